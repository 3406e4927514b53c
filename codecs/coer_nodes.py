"""The node kinds of the COER interpreter: each reads and writes one kind of ASN.1 type.

Encoding rules (ITU-T X.696, canonical form), as far as the secured message needs them::

    length       0..127 one octet; else 0x80 + n, then n octets, minimal
    INTEGER      bounds inside 1, 2, 4, 8 octets: that many (two's complement with a negative lower bound);
                 lower bound >= 0 without upper: length + unsigned, minimal; no bounds: length + signed
    ENUMERATED   0..127 one octet; else 0x80 + n, then n octets of two's complement
    OCTET STRING fixed size: the octets; else length + octets.  UTF8String: length + octets
    BIT STRING   fixed size here: the octets, unused bits zero
    SEQUENCE     preamble (extension bit, one bit per OPTIONAL or DEFAULT, zero padded; absent if empty),
                 root fields, then the additions' presence bit string and one open type per addition
    SEQUENCE OF  count as length + unsigned, then the elements
    CHOICE       tag octet 0x80 + index; an extension alternative is an open type (length + encoding)

A node's ``read`` checks every canonical rule (minimal lengths, zero padding, DEFAULT values left out), so
what it accepts has exactly one encoding, the one received.  Values: SEQUENCE is a ``Record``, CHOICE
``(name, value)``, ENUMERATED its name (an unknown addition: its number), BIT STRING ``(octets, bits)``.
Unknown additions survive: of a SEQUENCE under the key ``"..."`` as ``(bits of the presence bit string,
((index, octets), ...))``, of a CHOICE as ``("...", (tag, octets))``.
"""
# ruff: noqa: ARG002, D102 - every node has the two methods of Node, documented there

from __future__ import annotations

from typing import Any

from v2x.codecs.coer_wire import (
    MAX_DEPTH,
    MAX_LIST,
    NodeError,
    malformed,
    read_length,
    truncated,
    unencodable,
    write_length,
)
from v2x.errors import CodecErrorKind

__all__ = [
    "BigInteger",
    "Bits",
    "Enumerated",
    "Integer",
    "ListOf",
    "Node",
    "Null",
    "Octets",
    "Reference",
    "Utf8",
]


class Node:
    """One type.  ``read`` returns (value, offset after it); ``write`` appends; both raise ``NodeError``."""

    __slots__ = ()

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
        """Decode the value that begins at ``at``; octets from ``end`` on don't exist."""
        raise AssertionError("abstract")

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        """Append the encoding of ``value``."""
        raise AssertionError("abstract")


class Reference(Node):
    """A type by name, bound once every name is known."""

    __slots__ = ("name", "target")

    def __init__(self, name: str) -> None:
        self.name = name
        self.target: Node = self

    def resolve(self) -> Node:
        """The node at the end of the references."""
        node: Node = self
        while isinstance(node, Reference):
            node = node.target
        return node


class Null(Node):
    """NULL: no octets."""

    __slots__ = ()

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
        return None, at

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if value is not None:
            raise unencodable(f"NULL takes None, not {type(value).__name__}")


class Integer(Node):
    """INTEGER with bounds that fit 1, 2, 4 or 8 octets."""

    __slots__ = ("high", "low", "signed", "size")

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high, self.signed = low, high, low < 0
        self.size = next(n for n in (1, 2, 4, 8) if self._fits(n))

    def _fits(self, octets: int) -> bool:
        if self.signed:
            return self.low >= -(1 << (8 * octets - 1)) and self.high < 1 << (8 * octets - 1)
        return self.high < 1 << (8 * octets)

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[int, int]:
        after = at + self.size
        if after > end:
            raise truncated(at)
        value = int.from_bytes(data[at:after], signed=self.signed)
        if not self.low <= value <= self.high:
            raise NodeError(CodecErrorKind.OUT_OF_RANGE, f"{value} is not in {self.low}..{self.high}", at)
        return value, after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, int) or not self.low <= value <= self.high:
            raise unencodable(f"{value!r} is not in {self.low}..{self.high}")
        out += value.to_bytes(self.size, signed=self.signed)


class BigInteger(Node):
    """INTEGER of any size, with a lower bound of 0 (unsigned) or without bounds (two's complement)."""

    __slots__ = ("signed",)

    def __init__(self, signed: bool) -> None:
        self.signed = signed

    def _octets(self, value: int) -> int:
        if self.signed:
            return ((value if value >= 0 else ~value).bit_length() + 8) // 8
        return max(1, (value.bit_length() + 7) // 8)

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[int, int]:
        length, start = read_length(data, at, end)
        if not 1 <= length <= 8:
            raise malformed(f"INTEGER of {length} octets (1..8 are taken)", at)
        value = int.from_bytes(data[start : start + length], signed=self.signed)
        if self._octets(value) != length:
            raise malformed("INTEGER is not in its shortest form", at)
        return value, start + length

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, int) or (value < 0 and not self.signed) or self._octets(value) > 8:
            raise unencodable(
                f"{value!r} is no {'' if self.signed else 'unsigned '}integer of up to 8 octets"
            )
        length = self._octets(value)
        out.append(length)
        out += value.to_bytes(length, signed=self.signed)


class Octets(Node):
    """OCTET STRING of a size in low..high (``None``: no bound); a fixed size has no length."""

    __slots__ = ("fixed", "high", "low")

    def __init__(self, low: int = 0, high: int | None = None) -> None:
        self.low, self.high, self.fixed = low, high, low == high

    def _check(self, size: int) -> str | None:
        if size < self.low or (self.high is not None and size > self.high):
            return f"{size} octets, not {self.low}..{'' if self.high is None else self.high}"
        return None

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
        if self.fixed:
            length, start = self.low, at
            if start + length > end:
                raise truncated(at)
        else:
            length, start = read_length(data, at, end)
            if wrong := self._check(length):
                raise NodeError(CodecErrorKind.OUT_OF_RANGE, wrong, at)
        return data[start : start + length], start + length

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, bytes | bytearray):
            raise unencodable(f"octets are wanted, not {type(value).__name__}")
        if wrong := self._check(len(value)):
            raise unencodable(wrong)
        if not self.fixed:
            write_length(len(value), out)
        out += value


class Utf8(Node):
    """UTF8String: a str."""

    __slots__ = ()

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[str, int]:
        length, start = read_length(data, at, end)
        try:
            return data[start : start + length].decode(), start + length
        except UnicodeDecodeError:
            raise malformed("no UTF-8", at) from None

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, str):
            raise unencodable(f"a str is wanted, not {type(value).__name__}")
        try:
            octets = value.encode()
        except UnicodeEncodeError:
            raise unencodable("the text has no UTF-8") from None
        write_length(len(octets), out)
        out += octets


class Bits(Node):
    """BIT STRING of a fixed size: (octets, bits)."""

    __slots__ = ("bits", "size")

    def __init__(self, bits: int) -> None:
        self.bits, self.size = bits, (bits + 7) // 8

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[tuple[bytes, int], int]:
        after = at + self.size
        if after > end:
            raise truncated(at)
        octets = data[at:after]
        if octets[-1] & ((1 << (8 * self.size - self.bits)) - 1):
            raise malformed("unused bits are not zero", at)
        return (octets, self.bits), after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not isinstance(value, tuple) or len(value) != 2 or value[1] != self.bits:
            raise unencodable(f"(octets, {self.bits}) is wanted")
        octets = value[0]
        if not isinstance(octets, bytes) or len(octets) != self.size:
            raise unencodable(f"{self.bits} bits stand in {self.size} octets")
        if octets[-1] & ((1 << (8 * self.size - self.bits)) - 1):
            raise unencodable("unused bits are not zero")
        out += octets


class Enumerated(Node):
    """ENUMERATED that counts from 0; an unknown addition is its number."""

    __slots__ = ("extensible", "names", "numbers")

    def __init__(self, names: tuple[str, ...], extensible: bool) -> None:
        self.names, self.extensible = names, extensible
        self.numbers = {name: number for number, name in enumerate(names)}

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[str | int, int]:
        if at >= end:
            raise truncated(at)
        number, after = data[at], at + 1
        if number >= 0x80:
            length, start = number - 0x80, after
            if not 1 <= length <= 4:
                raise malformed(f"ENUMERATED of {length} octets", at)
            after = start + length
            if after > end:
                raise truncated(at)
            number = int.from_bytes(data[start:after], signed=True)
            if 0 <= number < 0x80 or (number if number >= 0 else ~number).bit_length() // 8 + 1 != length:
                raise malformed("ENUMERATED is not in its shortest form", at)
        if 0 <= number < len(self.names):
            return self.names[number], after
        if not self.extensible:
            raise malformed(f"no value {number}", at)
        return number, after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if isinstance(value, str):
            number = self.numbers.get(value, -1)
            if number < 0:
                raise unencodable(f"no value {value!r}")
        elif isinstance(value, int) and self.extensible and not 0 <= value < len(self.names):
            number = value
        else:
            raise unencodable(f"no value {value!r}")
        if 0 <= number < 0x80:
            out.append(number)
            return
        length = (number if number >= 0 else ~number).bit_length() // 8 + 1
        if length > 4:
            raise unencodable(f"no value {number}")
        out.append(0x80 + length)
        out += number.to_bytes(length, signed=True)


class ListOf(Node):
    """SEQUENCE OF: a list of at least ``low`` and at most ``high`` elements (``None``: :data:`MAX_LIST`)."""

    __slots__ = ("element", "high", "low")

    def __init__(self, element: Node, low: int = 0, high: int | None = None) -> None:
        self.element, self.low = element, low
        self.high = MAX_LIST if high is None else min(high, MAX_LIST)

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[list[Any], int]:
        if depth <= 0:
            raise NodeError(CodecErrorKind.UNSUPPORTED, f"more than {MAX_DEPTH} types deep", at)
        length, start = read_length(data, at, end)
        after = start + length
        if not 1 <= length <= 4 or (length > 1 and data[start] == 0):
            raise malformed("the count is not in its shortest form", at)
        count = int.from_bytes(data[start:after])
        if not self.low <= count <= self.high:
            raise NodeError(CodecErrorKind.OUT_OF_RANGE, f"{count} elements, not {self.low}..{self.high}", at)
        if count > end - after:
            raise truncated(at)
        values: list[Any] = []
        read = self.element.read
        try:
            for _ in range(count):
                value, after = read(data, after, end, depth - 1)
                values.append(value)
        except NodeError as fault:
            fault.names.append(f"[{len(values)}]")
            raise
        return values, after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if depth <= 0:
            raise unencodable(f"more than {MAX_DEPTH} types deep")
        if not isinstance(value, list | tuple) or not self.low <= len(value) <= self.high:
            raise unencodable(f"a list of {self.low}..{self.high} elements is wanted")
        size = max(1, (len(value).bit_length() + 7) // 8)
        out.append(size)
        out += len(value).to_bytes(size)
        for index, element in enumerate(value):
            try:
                self.element.write(element, out, depth - 1)
            except NodeError as fault:
                fault.names.append(f"[{index}]")
                raise
