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

from v2x.codecs.coer_faults import Fault
from v2x.codecs.coer_wire import MAX_LIST, NodeError, append, is_a, read_length, write_length

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
            raise NodeError(Fault.VALUE_NULL, value=value)


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
            raise NodeError(Fault.TRUNCATED, at)
        value = int.from_bytes(data[at:after], "big", signed=self.signed)
        if not self.low <= value <= self.high:
            raise NodeError(Fault.RANGE, at, value=value, bounds=(self.low, self.high))
        return value, after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not is_a(value, int) or not self.low <= (number := int.__index__(value)) <= self.high:
            raise NodeError(Fault.VALUE_RANGE, value=value, bounds=(self.low, self.high))
        append(out, number.to_bytes(self.size, "big", signed=self.signed))


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
            raise NodeError(Fault.INTEGER_OCTETS, at, length)
        value = int.from_bytes(data[start : start + length], "big", signed=self.signed)
        if self._octets(value) != length:
            raise NodeError(Fault.INTEGER_FORM, at)
        return value, start + length

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        wrong = Fault.VALUE_INTEGER if self.signed else Fault.VALUE_UNSIGNED
        if not is_a(value, int):
            raise NodeError(wrong, value=value)
        number = int.__index__(value)
        length = self._octets(number)
        if length > 8 or (number < 0 and not self.signed):
            raise NodeError(wrong, value=value)
        append(out, bytes((length,)) + number.to_bytes(length, "big", signed=self.signed))


class Octets(Node):
    """OCTET STRING of a size in low..high (``None``: no bound); a fixed size has no length."""

    __slots__ = ("fixed", "high", "low")

    def __init__(self, low: int = 0, high: int | None = None) -> None:
        self.low, self.high, self.fixed = low, high, low == high

    def _has(self, size: int) -> bool:
        return size >= self.low and (self.high is None or size <= self.high)

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
        if self.fixed:
            length, start = self.low, at
            if start + length > end:
                raise NodeError(Fault.TRUNCATED, at)
        else:
            length, start = read_length(data, at, end)
            if not self._has(length):
                raise NodeError(Fault.SIZE, at, length, bounds=(self.low, self.high))
        return data[start : start + length], start + length

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not is_a(value, bytes | bytearray):
            raise NodeError(Fault.VALUE_NO_OCTETS, value=value)
        octets = memoryview(value)
        if not self._has(len(octets)):
            raise NodeError(Fault.VALUE_SIZE, a=len(octets), bounds=(self.low, self.high))
        if not self.fixed:
            write_length(len(octets), out)
        append(out, octets)


class Utf8(Node):
    """UTF8String: a str."""

    __slots__ = ()

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[str, int]:
        length, start = read_length(data, at, end)
        try:
            return data[start : start + length].decode(), start + length
        except UnicodeDecodeError:
            raise NodeError(Fault.UTF8, at) from None

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if not is_a(value, str):
            raise NodeError(Fault.VALUE_NO_TEXT, value=value)
        try:
            octets = str.encode(value)
        except UnicodeEncodeError:
            raise NodeError(Fault.VALUE_UTF8) from None
        write_length(len(octets), out)
        append(out, octets)


class Bits(Node):
    """BIT STRING of a fixed size: (octets, bits)."""

    __slots__ = ("bits", "size", "unused")

    def __init__(self, bits: int) -> None:
        self.bits, self.size = bits, (bits + 7) // 8
        self.unused = (1 << (8 * self.size - bits)) - 1

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[tuple[bytes, int], int]:
        after = at + self.size
        if after > end:
            raise NodeError(Fault.TRUNCATED, at)
        octets = data[at:after]
        if octets[-1] & self.unused:
            raise NodeError(Fault.UNUSED_BITS, at)
        return (octets, self.bits), after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if type(value) is not tuple or len(value) != 2 or type(value[1]) is not int or value[1] != self.bits:
            raise NodeError(Fault.VALUE_NO_BITS, a=self.bits)
        octets = value[0]
        if type(octets) is not bytes or len(octets) != self.size:
            raise NodeError(Fault.VALUE_BITS_SIZE, a=self.bits)
        if octets[-1] & self.unused:
            raise NodeError(Fault.VALUE_UNUSED_BITS)
        append(out, octets)


class Enumerated(Node):
    """ENUMERATED that counts from 0; an unknown addition is its number."""

    __slots__ = ("extensible", "names", "numbers")

    def __init__(self, names: tuple[str, ...], extensible: bool) -> None:
        self.names, self.extensible = names, extensible
        self.numbers = {name: number for number, name in enumerate(names)}

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[str | int, int]:
        if at >= end:
            raise NodeError(Fault.TRUNCATED, at)
        number, after = data[at], at + 1
        if number >= 0x80:
            length, start = number - 0x80, after
            if not 1 <= length <= 4:
                raise NodeError(Fault.ENUM_OCTETS, at, length)
            after = start + length
            if after > end:
                raise NodeError(Fault.TRUNCATED, at)
            number = int.from_bytes(data[start:after], "big", signed=True)
            if 0 <= number < 0x80 or _signed_octets(number) != length:
                raise NodeError(Fault.ENUM_FORM, at)
        if 0 <= number < len(self.names):
            return self.names[number], after
        if not self.extensible:
            raise NodeError(Fault.ENUM_VALUE, at, number)
        return number, after

    def _number(self, value: Any) -> int:
        if is_a(value, str):
            number = self.numbers.get(str.__str__(value))
        elif self.extensible and is_a(value, int):
            number = int.__index__(value)
            if 0 <= number < len(self.names) or _signed_octets(number) > 4:
                number = None
        else:
            number = None
        if number is None:
            raise NodeError(Fault.VALUE_ENUM, value=value)
        return number

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        number = self._number(value)
        if 0 <= number < 0x80:
            append(out, bytes((number,)))
            return
        length = _signed_octets(number)
        append(out, bytes((0x80 + length,)) + number.to_bytes(length, "big", signed=True))


def _signed_octets(number: int) -> int:
    """Octets of the shortest two's complement."""
    return (number if number >= 0 else ~number).bit_length() // 8 + 1


class ListOf(Node):
    """SEQUENCE OF: a list of at least ``low`` and at most ``high`` elements (``None``: :data:`MAX_LIST`)."""

    __slots__ = ("element", "high", "low")

    def __init__(self, element: Node, low: int = 0, high: int | None = None) -> None:
        self.element, self.low = element, low
        self.high = MAX_LIST if high is None else min(high, MAX_LIST)

    def read(self, data: bytes, at: int, end: int, depth: int) -> tuple[list[Any], int]:
        if depth <= 0:
            raise NodeError(Fault.DEPTH, at)
        length, start = read_length(data, at, end)
        after = start + length
        if not 1 <= length <= 4 or (length > 1 and data[start] == 0):
            raise NodeError(Fault.COUNT_FORM, at)
        count = int.from_bytes(data[start:after], "big")
        if not self.low <= count <= self.high:
            raise NodeError(Fault.COUNT, at, count, bounds=(self.low, self.high))
        if count > end - after:
            raise NodeError(Fault.TRUNCATED, at)
        values: list[Any] = []
        read = self.element.read
        try:
            for _ in range(count):
                value, after = read(data, after, end, depth - 1)
                values.append(value)
        except NodeError as fault:
            fault.names.append(len(values))
            raise
        return values, after

    def write(self, value: Any, out: bytearray, depth: int) -> None:
        if depth <= 0:
            raise NodeError(Fault.VALUE_DEPTH)
        if type(value) not in (list, tuple) or not self.low <= len(value) <= self.high:
            raise NodeError(Fault.VALUE_LIST, bounds=(self.low, self.high))
        size = max(1, (len(value).bit_length() + 7) // 8)
        append(out, bytes((size,)) + len(value).to_bytes(size, "big"))
        for index, element in enumerate(value):
            try:
                self.element.write(element, out, depth - 1)
            except NodeError as fault:
                fault.names.append(index)
                raise
