"""SEQUENCE and CHOICE of the COER interpreter (rules and value forms: :mod:`v2x.codecs.coer_nodes`)."""
# ruff: noqa: D102 - the two methods of Node are documented there

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.codecs.coer_faults import Fault
from v2x.codecs.coer_nodes import Node
from v2x.codecs.coer_wire import (
    MAX_ADDITIONS,
    UNKNOWN,
    NodeError,
    Record,
    append,
    is_a,
    length_octets,
    read_length,
    write_length,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_DEFAULT", "Choice", "Field", "Sequence"]

NO_DEFAULT: Any = object()

MAX_TAGS = 63
"""Tags that stand in one octet: the longest CHOICE has 11 alternatives."""


@dataclass(slots=True)
class Field:
    """A field of a SEQUENCE or an alternative of a CHOICE.

    ``default`` may be ``NO_DEFAULT``; ``default_octets`` is its encoding, empty where there is none.
    """

    name: str
    node: Node
    optional: bool = False
    default: Any = NO_DEFAULT
    default_octets: bytes = b""


def _write_open(node: Node, value: Any, out: bytearray, depth: int) -> None:
    begin = len(out)
    append(out, b"\0")
    node.write(value, out, depth)
    length = length_octets(len(out) - begin - 1)
    if len(length) > 1:
        append(out, length[1:])
        out[begin + len(length) :] = out[begin + 1 : 1 - len(length)]
    out[begin : begin + len(length)] = length


def _write_octets(octets: Any, out: bytearray) -> None:
    write_length(len(memoryview(octets)), out)
    append(out, memoryview(octets))


def _is_numbered(pair: Any) -> bool:
    """Whether it is (number, octets)."""
    return (
        type(pair) is tuple and len(pair) == 2 and type(pair[0]) is int and is_a(pair[1], bytes | bytearray)
    )


def _read_open(node: Node, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
    length, start = read_length(data, at, end)
    after = start + length
    value, stop = node.read(data, start, after, depth)
    if stop != after:
        raise NodeError(Fault.OPEN_REST, stop, after - stop)
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
            raise NodeError(Fault.DEPTH, at)
        start = at
        at += self.preamble
        if at > end:
            raise NodeError(Fault.TRUNCATED, start)
        bits = int.from_bytes(data[start:at], "big")
        if bits & self.padding:
            raise NodeError(Fault.PADDING, start)
        record = Record()
        name = ""
        try:
            for field, mask in zip(self.root, self.masks, strict=True):
                name = field.name
                if mask == 0 or bits & mask:
                    begin = at
                    value, at = field.node.read(data, at, end, depth - 1)
                    if field.default_octets and data[begin:at] == field.default_octets:
                        raise NodeError(Fault.DEFAULT, begin)
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
            raise NodeError(Fault.PRESENCE_EMPTY, at)
        unused, count = data[start], 8 * (length - 1) - data[start]
        present = int.from_bytes(data[start + 1 : after], "big")
        if unused > 7 or present & ((1 << unused) - 1) or not present:
            raise NodeError(Fault.PRESENCE_FORM, at)
        if count > MAX_ADDITIONS:
            raise NodeError(Fault.ADDITIONS, at, count)
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
            raise NodeError(Fault.VALUE_DEPTH)
        given = self._given(value)
        begin = len(out)
        append(out, bytes(self.preamble))
        bits = 0
        name = ""
        try:
            for field, mask in zip(self.root, self.masks, strict=True):
                name = field.name
                if name not in given:
                    if mask == 0:
                        raise NodeError(Fault.VALUE_MISSING)
                    continue
                mark = len(out)
                field.node.write(given[name], out, depth - 1)
                if field.default_octets and out[mark:] == field.default_octets:
                    del out[mark:]
                else:
                    bits |= mask
            name = UNKNOWN
            if self._write_additions(given, out, depth):
                bits |= 1 << (8 * self.preamble - 1)
        except NodeError as fault:
            fault.names.append(name)
            raise
        out[begin : begin + self.preamble] = bits.to_bytes(self.preamble, "big")

    def _given(self, value: Any) -> dict[str, Any]:
        """The fields of a dict, all of them known; whatever the value is, none of its own code runs."""
        if not is_a(value, dict):
            raise NodeError(Fault.VALUE_NO_DICT, value=value)
        given = {}
        for name, inner in dict.items(value):
            if type(name) is not str or (name not in self.names and name != UNKNOWN):
                raise NodeError(Fault.VALUE_NO_FIELD, value=name)
            given[name] = inner
        return given

    def _unknown(self, given: Mapping[str, Any]) -> tuple[int, tuple[tuple[int, bytes], ...]]:
        """Bits of the presence bit string, and the additions without a name."""
        if UNKNOWN not in given:
            return len(self.additions), ()
        additions = given[UNKNOWN]
        if not self.extensible or type(additions) is not tuple or len(additions) != 2:
            raise NodeError(Fault.VALUE_ADDITIONS)
        count, unknown = additions
        if type(count) is not int or not 1 <= count <= MAX_ADDITIONS or type(unknown) is not tuple:
            raise NodeError(Fault.VALUE_ADDITIONS)
        lowest = len(self.additions)
        for addition in unknown:
            if not _is_numbered(addition):
                raise NodeError(Fault.VALUE_ADDITIONS)
            if not lowest <= addition[0] < count:
                raise NodeError(Fault.VALUE_ADDITION, value=addition[0])
            lowest = addition[0] + 1
        return count, unknown

    def _write_additions(self, given: Mapping[str, Any], out: bytearray, depth: int) -> bool:
        count, unknown = self._unknown(given)
        known = [(index, field) for index, field in enumerate(self.additions) if field.name in given]
        if known and known[-1][0] >= count:
            raise NodeError(Fault.VALUE_ADDITION, value=known[-1][0])
        if not known and not unknown:
            return False
        size = (count + 7) // 8
        present = sum(1 << (8 * size - 1 - index) for index, _ in (*known, *unknown))
        append(out, bytes((size + 1, 8 * size - count)) + present.to_bytes(size, "big"))
        for _, field in known:
            try:
                _write_open(field.node, given[field.name], out, depth - 1)
            except NodeError as fault:
                fault.names.append(field.name)
                raise
        for _, octets in unknown:
            _write_octets(octets, out)
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
            raise NodeError(Fault.DEPTH, at)
        if at >= end:
            raise NodeError(Fault.TRUNCATED, at)
        tag = data[at] - 0x80
        if not 0 <= tag < MAX_TAGS:
            raise NodeError(Fault.TAG, at, data[at])
        if tag >= len(self.fields):
            if not self.extensible:
                raise NodeError(Fault.ALTERNATIVE, at, tag)
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
            raise NodeError(Fault.VALUE_DEPTH)
        if type(value) is not tuple or len(value) != 2:
            raise NodeError(Fault.VALUE_NO_CHOICE)
        name, inner = value
        known = self.tags.get(str.__str__(name)) if is_a(name, str) else None
        if known is None:
            self._write_unknown(name, inner, out)
            return
        append(out, bytes((0x80 + known,)))
        try:
            if known < self.roots:
                self.fields[known].node.write(inner, out, depth - 1)
            else:
                _write_open(self.fields[known].node, inner, out, depth - 1)
        except NodeError as fault:
            fault.names.append(self.fields[known].name)
            raise

    def _write_unknown(self, name: Any, inner: Any, out: bytearray) -> None:
        if not self.extensible or not is_a(name, str) or str.__str__(name) != UNKNOWN:
            raise NodeError(Fault.VALUE_ALTERNATIVE, value=name)
        if not _is_numbered(inner) or not len(self.fields) <= inner[0] < MAX_TAGS:
            raise NodeError(Fault.VALUE_UNKNOWN)
        append(out, bytes((0x80 + inner[0],)))
        _write_octets(inner[1], out)
