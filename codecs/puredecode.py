"""The decoder in Python: octets to asn1tools' form by the op-table, as ``engine_decode.h`` does it.

It is the careful one of two: :mod:`v2x.codecs.puregen` makes fast functions for what messages mostly look
like, and whatever those don't take (extension forms, additions, anything wrong) comes here and gets its value
or its fault.

Forms that the encoder would not write are read and counted in :attr:`Reader.odd`.

Source: ITU-T X.691, unaligned.
"""

from __future__ import annotations

from typing import Any

from v2x.codecs.faults import MAX_MESSAGE_OCTETS, Fault
from v2x.codecs.optable import FRAME, OPTIONAL, SELECTOR, UNBOUNDED, Code, Op, OpTable

__all__ = ["DROP_UNKNOWN", "LENIENT", "UNKNOWN", "FaultError", "Reader", "decode_octets"]

LENIENT = 1
"""Flag: zero octets behind a value are forgiven."""

DROP_UNKNOWN = 2
"""Flag: unknown additions are left out of dicts."""

UNKNOWN = "..."
"""Key of unknown additions in a dict."""

MAX_ADDITIONS = 127
"""Bits of a presence bitmap: the one-octet form of its length; the schema has 3."""

HUGE = (1 << 32) - 1
"""Numbers of enumerators and alternatives stop here: no type has that many."""


class FaultError(Exception):
    """A fault, its figures and, filled on the way out, the path to it, innermost step first."""

    def __init__(self, code: Fault, bit: int = -1, a: int = 0, b: int = 0, c: int = 0) -> None:
        super().__init__(code)
        self.code, self.bit = code, bit
        self.a, self.b, self.c = a, b, c
        self.names: tuple[str, ...] = ()
        self.value: Any = None
        self.steps: list[str | int] = []


class Reader:
    """Bits of one message as one big integer, the fastest way that Python has."""

    __slots__ = ("end", "flags", "number", "odd", "padding", "pos", "selector", "table", "total", "unknown")

    def __init__(self, table: OpTable, data: bytes, flags: int) -> None:
        self.table = table
        self.number = int.from_bytes(data, "big")
        self.total = self.end = 8 * len(data)
        self.flags = flags
        self.pos = 0
        self.selector = -1
        self.odd = self.padding = self.unknown = 0

    def peek(self, pos: int, width: int) -> int:
        """Bits from a position inside the data."""
        return self.number >> (self.total - pos - width) & ((1 << width) - 1)

    def need(self, width: int) -> None:
        """Fault where fewer bits are left."""
        if width > self.end - self.pos:
            raise FaultError(Fault.TRUNCATED, self.pos)

    def take(self, width: int) -> int:
        """The next bits as a number."""
        self.need(width)
        self.pos += width
        return self.number >> (self.total - self.pos) & ((1 << width) - 1)

    def octets(self, pos: int, count: int) -> bytes:
        """Octets from a position inside the data."""
        return self.peek(pos, 8 * count).to_bytes(count, "big")

    def length(self) -> int:
        """A general length determinant: one octet below 128, two octets below 16,384."""
        start = self.pos
        lead = self.take(8)
        if lead < 0x80:
            return lead
        if lead >= 0xC0:
            raise FaultError(Fault.FRAGMENTS if 0xC1 <= lead <= 0xC4 else Fault.LENGTH, start, lead)
        length = (lead & 0x3F) << 8 | self.take(8)
        self.odd += length < 128
        return length

    def small(self) -> int:
        """A normally small number: a bit and six more, or a length and octets."""
        value = self.take(7)
        if value < 64:
            return value
        self.pos -= 6
        length = self.length()
        self.need(8 * length)
        value = min(self.take(8 * length), HUGE)
        self.odd += value < 64
        return value

    def check_tail(self, start: int) -> None:
        """What follows a value up to the end of its octets: the zero bits that fill the last one."""
        left = self.end - self.pos
        last = self.pos + (left & 7)
        if self.peek(self.pos, left & 7):
            raise FaultError(Fault.TAIL_BITS, self.pos)
        if left < 8:
            return
        rest = self.peek(last, self.end - last)
        if self.pos == start and left == 8 and not rest:
            return  # a value without bits has an octet of zeros
        if rest or not self.flags & LENIENT:
            raise FaultError(Fault.TAIL_OCTETS, last, left >> 3, int(rest != 0))
        self.padding += left >> 3
        self.odd += 1


def decode_octets(table: OpTable, data: bytes, flags: int, row: int) -> tuple[Any, Reader]:
    """The value of all of ``data``, and the reader with what it noticed; FaultError."""
    reader = Reader(table, data, flags)
    if len(data) > MAX_MESSAGE_OCTETS:
        raise FaultError(Fault.TOO_LONG, -1, len(data))
    value = _value(reader, table.ops[row])
    reader.check_tail(-1)
    return value, reader


def _value(r: Reader, op: Op) -> Any:
    return _DECODERS[op.code](r, op)


def _null(_r: Reader, _op: Op) -> None:
    return None


def _boolean(r: Reader, _op: Op) -> bool:
    return r.take(1) == 1


def _integer(r: Reader, op: Op) -> int:
    start = r.pos
    if op.is_extensible and r.take(1):
        return _extended_integer(r, op)
    value = op.low + r.take(op.width)
    if value > op.high:
        raise FaultError(Fault.RANGE, start, value, op.low, op.high)
    return value


def _extended_integer(r: Reader, op: Op) -> int:
    start = r.pos
    length = r.length()
    if length == 0:
        raise FaultError(Fault.INTEGER_EMPTY, start)
    r.need(8 * length)
    bits = r.take(8 * length)
    value = bits - (1 << 8 * length if bits >> (8 * length - 1) else 0)
    if not -(1 << 63) <= value < 1 << 63:
        raise FaultError(Fault.INTEGER_HUGE, start)
    shortest = (value if value >= 0 else ~value).bit_length() // 8 + 1
    r.odd += length > shortest
    r.odd += op.low <= value <= op.high
    return value


def _enumerated(r: Reader, op: Op) -> str:
    start = r.pos
    if op.is_extensible and r.take(1):
        raise FaultError(Fault.ENUM_LATER, start, r.small())
    number = r.take(op.width)
    if number > op.high:
        raise FaultError(Fault.ENUMERATOR, start, number, 0, op.high)
    return r.table.names[op.first][number]


def _size(r: Reader, op: Op, fault: Fault) -> int:
    """The length of a string or list."""
    start = r.pos
    if op.is_extensible and r.take(1):
        size = r.length()
        r.odd += op.low <= size <= op.high
        return size
    if op.high == UNBOUNDED:
        size = r.length()
        if size < op.low:
            raise FaultError(fault, start, size, op.low, op.high)
        return size
    size = op.low + r.take(op.width)
    if size > op.high:
        raise FaultError(fault, start, size, op.low, op.high)
    return size


def _bits(r: Reader, op: Op) -> tuple[bytes, int]:
    size = _size(r, op, Fault.BITS_COUNT)
    number = r.take(size) << (-size % 8)
    return number.to_bytes((size + 7) // 8, "big"), size


def _octets(r: Reader, op: Op) -> bytes:
    size = _size(r, op, Fault.OCTETS)
    return r.take(8 * size).to_bytes(size, "big")


def _text(r: Reader, op: Op) -> str:
    size = _size(r, op, Fault.CHARACTERS)
    r.need(7 * size)
    return "".join(chr(r.take(7)) for _ in range(size))


def _list(r: Reader, op: Op) -> list[Any]:
    element = r.table.ops[op.first]
    count = _size(r, op, Fault.COUNT)
    r.need(count * element.least)
    values: list[Any] = []
    try:
        for _ in range(count):
            values.append(_value(r, element))  # noqa: PERF401 (a fault has to know how many there are)
    except FaultError as fault:
        fault.steps.append(len(values))
        raise
    return values


def _open(r: Reader, op: Op) -> Any:
    """A known type in an open type."""
    length, outer = r.length(), r.end
    r.need(8 * length)
    start = r.pos
    r.end = start + 8 * length
    value = _value(r, op)
    r.check_tail(start)
    r.pos, r.end = r.end, outer
    return value


def _skip_open(r: Reader) -> bytes:
    """An unknown type in an open type: its octets."""
    length = r.length()
    r.need(8 * length)
    octets = r.octets(r.pos, length)
    r.pos += 8 * length
    r.unknown += 1
    return octets


def _message(r: Reader, _op: Op) -> Any:
    """The open type behind a messageId."""
    for number, row in r.table.messages:
        if number == r.selector:
            return _open(r, r.table.ops[row])
    return _skip_open(r)


def _sequence(r: Reader, op: Op) -> dict[str, Any]:
    parts = r.table.parts_of(op)
    preamble = r.take(op.width)
    mask = 1 << op.width >> 1
    extended = op.is_extensible and preamble & mask
    mask >>= op.is_extensible
    values: dict[str, Any] = {}
    for part in parts[: op.members]:
        if part.flags & OPTIONAL:
            there = preamble & mask
            mask >>= 1
            if not there:
                continue
        inner = r.table.ops[part.op]
        if part.flags & SELECTOR and r.end - r.pos >= inner.width:
            r.selector = inner.low + r.peek(r.pos, inner.width)
        try:
            values[part.name] = _value(r, inner)
        except FaultError as fault:
            fault.steps.append(part.name)
            raise
    if extended:
        _additions(r, op, values)
    return values


def _bitmap_length(r: Reader) -> int:
    start = r.pos
    count = r.take(7)
    if count < 64:
        return count + 1
    r.pos -= 6
    count = r.take(8)
    if count > MAX_ADDITIONS:
        raise FaultError(Fault.ADDITIONS, start)
    r.odd += count <= 64
    return count


def _additions(r: Reader, op: Op, values: dict[str, Any]) -> None:
    """A presence bitmap, then an open type for each addition."""
    count = _bitmap_length(r)
    bitmap = r.take(count)
    parts = r.table.parts_of(op)[op.members :]
    kept: list[tuple[int, bytes]] = []
    for index in range(count):
        if not bitmap >> (count - 1 - index) & 1:
            continue
        if index >= op.more:
            kept.append((index, _skip_open(r)))
            continue
        try:
            values[parts[index].name] = _open(r, r.table.ops[parts[index].op])
        except FaultError as fault:
            fault.steps.append(parts[index].name)
            raise
    r.odd += not bitmap  # the extension bit says that there are some
    if bitmap and (kept or count != op.more) and not r.flags & DROP_UNKNOWN:
        values[UNKNOWN] = (count, tuple(kept))


def _choice(r: Reader, op: Op) -> tuple[str, Any]:
    start = r.pos
    extended = op.is_extensible and r.take(1)
    frame = op.flags & FRAME
    if extended:
        later = r.small()
        if later >= op.more:
            raise FaultError(Fault.FRAME_LATER if frame else Fault.CHOICE_LATER, start, later)
        part = r.table.parts[op.first + op.members + later]
    else:
        index = r.take(op.width)
        if index >= op.members:
            raise FaultError(Fault.FRAME if frame else Fault.ALTERNATIVE, start, index, 0, op.members - 1)
        part = r.table.parts[op.first + index]
    inner = r.table.ops[part.op]
    try:
        return part.name, _open(r, inner) if extended else _value(r, inner)
    except FaultError as fault:
        fault.steps.append(part.name)
        raise


_DECODERS: dict[int, Any] = {
    Code.NULL: _null,
    Code.BOOL: _boolean,
    Code.INT: _integer,
    Code.ENUM: _enumerated,
    Code.BITS: _bits,
    Code.OCTETS: _octets,
    Code.TEXT: _text,
    Code.SEQ: _sequence,
    Code.LIST: _list,
    Code.CHOICE: _choice,
    Code.OPEN: _message,
}
