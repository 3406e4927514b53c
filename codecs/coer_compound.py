"""SEQUENCE and CHOICE of the COER interpreter (rules and value forms: :mod:`v2x.codecs.coer_nodes`)."""
# ruff: noqa: D102 - the two methods of Node are documented there

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.codecs.coer_nodes import Node
from v2x.codecs.coer_wire import (
    MAX_ADDITIONS,
    MAX_DEPTH,
    UNKNOWN,
    NodeError,
    Record,
    malformed,
    read_length,
    truncated,
    unencodable,
    write_length,
)
from v2x.errors import CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_DEFAULT", "Choice", "Field", "Sequence"]

NO_DEFAULT: Any = object()


@dataclass(slots=True)
class Field:
    """A field of a SEQUENCE or an alternative of a CHOICE; ``default`` may be ``NO_DEFAULT``."""

    name: str
    node: Node
    optional: bool = False
    default: Any = NO_DEFAULT


def _write_open(node: Node, value: Any, out: bytearray, depth: int) -> None:
    inner = bytearray()
    node.write(value, inner, depth)
    write_length(len(inner), out)
    out += inner


def _read_open(node: Node, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
    length, start = read_length(data, at, end)
    after = start + length
    value, stop = node.read(data, start, after, depth)
    if stop != after:
        raise malformed(f"{after - stop} octets are left over in the open type", stop)
    return value, after


class Sequence(Node):
    """SEQUENCE: root fields, and additions where it is extensible."""

    __slots__ = ("additions", "extensible", "masks", "names", "padding", "preamble", "root")

    def __init__(self, root: tuple[Field, ...], additions: tuple[Field, ...], extensible: bool) -> None:
        self.root, self.additions, self.extensible = root, additions, extensible
        self._layout()

    def _layout(self) -> None:
        flags = [field.optional or field.default is not NO_DEFAULT for field in self.root]
        bits = int(self.extensible) + sum(flags)
        self.preamble = (bits + 7) // 8
        position = 8 * self.preamble - int(self.extensible)
        masks = []
        for flag in flags:
            position -= flag
            masks.append(1 << position if flag else 0)
        self.masks = tuple(masks)
        self.padding = (1 << (8 * self.preamble - bits)) - 1
        self.names = {field.name for field in (*self.root, *self.additions)}

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[Record, int]:
        if depth <= 0:
            raise NodeError(CodecErrorKind.UNSUPPORTED, f"more than {MAX_DEPTH} types deep", at)
        start = at
        at += self.preamble
        if at > end:
            raise truncated(start)
        bits = int.from_bytes(data[start:at])
        if bits & self.padding:
            raise malformed("padding of the preamble is not zero", start)
        record = Record()
        name = ""
        try:
            for field, mask in zip(self.root, self.masks, strict=True):
                name = field.name
                if mask == 0 or bits & mask:
                    begin = at
                    value, at = field.node.read(data, at, end, depth - 1)
                    if field.default is not NO_DEFAULT and value == field.default:
                        raise malformed("a DEFAULT value is written out", begin)
                    record[name] = value
                elif field.default is not NO_DEFAULT:
                    record[name] = field.default
            name = UNKNOWN
            if self.extensible and bits >> (8 * self.preamble - 1):
                at = self._read_additions(record, data, at, end, depth)
        except NodeError as fault:
            fault.names.append(name)
            raise
        record.octets = data[start:at]
        return record, at

    def _read_additions(self, record: Record, data: bytes, at: int, end: int, depth: int) -> int:
        length, start = read_length(data, at, end)
        after = start + length
        if length < 2:
            raise malformed("an empty presence bit string", at)
        unused, count = data[start], 8 * (length - 1) - data[start]
        present = int.from_bytes(data[start + 1 : after])
        if unused > 7 or present & ((1 << unused) - 1) or not present:
            raise malformed("the presence bit string is not canonical", at)
        if count > MAX_ADDITIONS:
            raise NodeError(CodecErrorKind.UNSUPPORTED, f"{count} additions", at)
        unknown: list[tuple[int, bytes]] = []
        for index in range(count):
            if not present >> (8 * (length - 1) - 1 - index) & 1:
                continue
            if index < len(self.additions):
                field = self.additions[index]
                try:
                    record[field.name], after = _read_open(field.node, data, after, end, depth - 1)
                except NodeError as fault:
                    fault.names.append(field.name)
                    raise
            else:
                size, start = read_length(data, after, end)
                after = start + size
                unknown.append((index, data[start:after]))
        if unknown or count != len(self.additions):
            record[UNKNOWN] = (count, tuple(unknown))
        return after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if depth <= 0:
            raise unencodable(f"more than {MAX_DEPTH} types deep")
        if not isinstance(value, dict):
            raise unencodable(f"a dict is wanted, not {type(value).__name__}")
        strange = value.keys() - self.names - {UNKNOWN}
        if strange:
            raise unencodable(f"no field {min(map(str, strange))!r}")
        begin = len(out)
        out += bytes(self.preamble)
        bits = 0
        name = ""
        try:
            for field, mask in zip(self.root, self.masks, strict=True):
                name = field.name
                if name not in value:
                    if mask == 0:
                        raise unencodable("the field is missing")
                    continue
                if field.default is not NO_DEFAULT and value[name] == field.default:
                    continue
                bits |= mask
                field.node.write(value[name], out, depth - 1)
            name = UNKNOWN
            if self._write_additions(value, out, depth):
                bits |= 1 << (8 * self.preamble - 1)
        except NodeError as fault:
            fault.names.append(name)
            raise
        out[begin : begin + self.preamble] = bits.to_bytes(self.preamble)

    def _write_additions(self, value: Mapping[str, Any], out: bytearray, depth: int) -> bool:
        count, unknown = value.get(UNKNOWN, (len(self.additions), ()))
        indices = [index for index, field in enumerate(self.additions) if field.name in value]
        indices += [index for index, _ in unknown]
        if not indices:
            return False
        if not self.extensible or count > MAX_ADDITIONS or sorted(set(indices)) != indices:
            raise unencodable("additions that this type can't have")
        if indices[-1] >= count:
            raise unencodable(f"addition {indices[-1]} in a presence bit string of {count} bits")
        size = (count + 7) // 8
        present = sum(1 << (8 * size - 1 - index) for index in indices)
        write_length(size + 1, out)
        out.append(8 * size - count)
        out += present.to_bytes(size)
        for index, field in enumerate(self.additions):
            if index < count and field.name in value:
                try:
                    _write_open(field.node, value[field.name], out, depth - 1)
                except NodeError as fault:
                    fault.names.append(field.name)
                    raise
        for _, octets in unknown:
            write_length(len(octets), out)
            out += octets
        return True


class Choice(Node):
    """CHOICE with automatic tags: root alternatives first, additions after them."""

    __slots__ = ("extensible", "fields", "roots", "tags")

    def __init__(self, root: tuple[Field, ...], additions: tuple[Field, ...], extensible: bool) -> None:
        self.fields = (*root, *additions)
        self.roots = len(root)
        self.extensible = extensible
        self.tags = {field.name: tag for tag, field in enumerate(self.fields)}

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[tuple[str, Any], int]:
        if depth <= 0:
            raise NodeError(CodecErrorKind.UNSUPPORTED, f"more than {MAX_DEPTH} types deep", at)
        if at >= end:
            raise truncated(at)
        tag = data[at] - 0x80
        if not 0 <= tag < 63:
            raise malformed(f"no tag {data[at]:#04x}", at)
        if tag >= len(self.fields):
            if not self.extensible:
                raise malformed(f"no alternative {tag}", at)
            length, start = read_length(data, at + 1, end)
            return (UNKNOWN, (tag, data[start : start + length])), start + length
        field = self.fields[tag]
        try:
            if tag < self.roots:
                value, after = field.node.read(data, at + 1, end, depth - 1)
            else:
                value, after = _read_open(field.node, data, at + 1, end, depth - 1)
        except NodeError as fault:
            fault.names.append(field.name)
            raise
        return (field.name, value), after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if depth <= 0:
            raise unencodable(f"more than {MAX_DEPTH} types deep")
        if not isinstance(value, tuple) or len(value) != 2:
            raise unencodable("(name, value) is wanted")
        name, inner = value
        if name == UNKNOWN and self.extensible:
            tag, octets = inner
            if not len(self.fields) <= tag < 63:
                raise unencodable(f"alternative {tag} is no unknown one")
            out.append(0x80 + tag)
            write_length(len(octets), out)
            out += octets
            return
        known = self.tags.get(name)
        if known is None:
            raise unencodable(f"no alternative {name!r}")
        out.append(0x80 + known)
        try:
            if known < self.roots:
                self.fields[known].node.write(inner, out, depth - 1)
            else:
                _write_open(self.fields[known].node, inner, out, depth - 1)
        except NodeError as fault:
            fault.names.append(name)
            raise
