"""The encoder in Python: asn1tools' form to octets by the op-table, as ``engine_encode.h`` does it.

Every leaf is checked before it is written.  Source: ITU-T X.691, unaligned.
"""

from __future__ import annotations

from typing import Any

from v2x.codecs.faults import MAX_MESSAGE_OCTETS, Fault
from v2x.codecs.optable import OPTIONAL, SELECTOR, UNBOUNDED, Code, Op, OpTable, Part
from v2x.codecs.puredecode import MAX_ADDITIONS, UNKNOWN, FaultError

__all__ = ["Writer", "check_bits", "check_leaf", "check_unknown", "encode_value", "refuse", "size_is_right"]


class Writer:
    """Bits as pieces of text of zeros and ones, joined at the end."""

    __slots__ = ("bits", "done", "selector", "table")

    def __init__(self, table: OpTable) -> None:
        self.table = table
        self.selector = -1
        self.bits = 0
        self.done: list[str] = []

    def put(self, value: int, width: int) -> None:
        """Append a number; a fault where the message gets too long."""
        self.bits += width
        if self.bits > 8 * MAX_MESSAGE_OCTETS:
            raise FaultError(Fault.TOO_LONG)
        if width:
            self.done.append(f"{value:0{width}b}")

    def length(self, length: int) -> None:
        """Append a general length determinant."""
        if length > MAX_MESSAGE_OCTETS:
            raise FaultError(Fault.TOO_LONG)
        self.put(length if length < 128 else 0x8000 | length, 8 if length < 128 else 16)

    def octets(self, octets: bytes) -> None:
        """Append octets."""
        self.put(int.from_bytes(octets, "big"), 8 * len(octets))

    def finish(self) -> bytes:
        """All bits, filled up with zeros."""
        count = (self.bits + 7) // 8
        text = "".join(self.done)
        return (int(text, 2) << (-self.bits % 8)).to_bytes(count, "big") if text else b""


def refuse(
    code: Fault, op: Op | None, table: OpTable, value: Any, a: int = 0, b: int = 0, c: int = 0
) -> FaultError:
    """The fault of a value that its type does not have."""
    fault = FaultError(code, -1, a, b, c)
    fault.value = value
    if op is not None:
        fault.names = names_allowed(op, table)
    return fault


def names_allowed(op: Op, table: OpTable) -> tuple[str, ...]:
    """What an ENUMERATED, BIT STRING or CHOICE has names for."""
    if op.code in (Code.ENUM, Code.BITS):
        return table.names[op.first]
    if op.code == Code.CHOICE:
        return tuple(part.name for part in table.parts_of(op))
    return ()


def size_is_right(op: Op, size: int) -> bool:
    """True for a size that the type has a form for."""
    return op.is_extensible or (size >= op.low and (op.high == UNBOUNDED or size <= op.high))


# Leaves: each check gives the value back, or raises.


def check_leaf(op: Op, table: OpTable, value: Any) -> Any:
    """A value of INTEGER, ENUMERATED, BOOLEAN, NULL, OCTET STRING or IA5String."""
    return _CHECKS[op.code](op, table, value)


def _check_integer(op: Op, table: OpTable, value: Any) -> int:
    low, high = (-(1 << 63), (1 << 63) - 1) if op.is_extensible else (op.low, op.high)
    if value.__class__ is not int:
        raise refuse(Fault.NO_INTEGER, op, table, value, 0, low, high)
    if not low <= value <= high:
        raise refuse(Fault.RANGE, op, table, value, 0, low, high)
    number: int = value
    return number


def _check_enumerated(op: Op, table: OpTable, value: Any) -> str:
    if not isinstance(value, str) or value not in table.names[op.first]:
        raise refuse(Fault.NO_ENUMERATOR, op, table, value)
    return table.names[op.first][table.names[op.first].index(value)]


def _check_boolean(op: Op, table: OpTable, value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse(Fault.NO_BOOLEAN, op, table, value)
    return value


def _check_null(op: Op, table: OpTable, value: Any) -> None:
    if value is not None:
        raise refuse(Fault.NO_NULL, op, table, value)


def _check_octets(op: Op, table: OpTable, value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise refuse(Fault.NO_OCTETS, op, table, value)
    if not size_is_right(op, len(value)):
        raise refuse(Fault.OCTETS, op, table, value, len(value), op.low, op.high)
    return bytes(value)


def _check_text(op: Op, table: OpTable, value: Any) -> str:
    if not isinstance(value, str):
        raise refuse(Fault.NO_TEXT, op, table, value)
    if not size_is_right(op, len(value)):
        raise refuse(Fault.CHARACTERS, op, table, value, len(value), op.low, op.high)
    if not value.isascii():
        raise refuse(Fault.NOT_IA5, op, table, value)
    return str(value)


def check_bits(op: Op, table: OpTable, value: Any) -> tuple[bytes, int]:
    """A BIT STRING as (octets, number of bits)."""
    if not (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], bytes)
        and value[1].__class__ is int
    ):
        raise refuse(Fault.NO_BITS, op, table, value)
    octets, bits = value
    if bits.bit_length() > 63:
        bits = -1
    if not 0 <= bits < 16384 or not size_is_right(op, bits):
        raise refuse(Fault.BITS_COUNT, op, table, octets, bits, op.low, op.high)
    if len(octets) != (bits + 7) // 8:
        raise refuse(Fault.BITS_OCTETS, op, table, octets, len(octets), bits)
    if octets and octets[-1] & ((1 << (-bits % 8)) - 1):
        raise refuse(Fault.BITS_TAIL, op, table, octets, bits)
    return octets, bits


_CHECKS: dict[int, Any] = {
    Code.NULL: _check_null,
    Code.BOOL: _check_boolean,
    Code.INT: _check_integer,
    Code.ENUM: _check_enumerated,
    Code.OCTETS: _check_octets,
    Code.TEXT: _check_text,
}


def check_unknown(op: Op, table: OpTable, unknown: Any, last: int) -> int:
    """Bits of the bitmap of unknown additions; ``last`` is the last known addition there is, -1: none."""
    if _is_unknown(op, unknown, last):
        count: int = unknown[0]
        return count
    raise refuse(Fault.UNKNOWN_FORM, op, table, unknown)


def _is_unknown(op: Op, unknown: Any, last: int) -> bool:
    if unknown.__class__ is not tuple or len(unknown) != 2 or not op.is_extensible:
        return False
    count, entries = unknown
    if count.__class__ is not int or entries.__class__ is not tuple:
        return False
    if not 1 <= count <= MAX_ADDITIONS or last >= count:
        return False
    before = op.more - 1
    for entry in entries:
        if entry.__class__ is not tuple or len(entry) != 2:
            return False
        index, octets = entry
        if index.__class__ is not int or octets.__class__ is not bytes or not before < index < count:
            return False
        before = index
    return last >= 0 or bool(entries)


# Values.


def encode_value(table: OpTable, value: Any, row: int) -> bytes:
    """The octets of a value whose type stands in ``row``; FaultError."""
    writer = Writer(table)
    _value(writer, table.ops[row], value)
    return writer.finish()


def _value(w: Writer, op: Op, value: Any) -> None:
    _ENCODERS[op.code](w, op, value)


def _integer(w: Writer, op: Op, value: Any) -> None:
    number = _check_integer(op, w.table, value)
    if op.is_extensible:
        extended = not op.low <= number <= op.high
        w.put(int(extended), 1)
        if extended:
            octets = (number if number >= 0 else ~number).bit_length() // 8 + 1
            w.length(octets)
            w.put(number & ((1 << 8 * octets) - 1), 8 * octets)
            return
    w.put(number - op.low, op.width)


def _enumerated(w: Writer, op: Op, value: Any) -> None:
    name = _check_enumerated(op, w.table, value)
    w.put(w.table.names[op.first].index(name), op.width + op.is_extensible)


def _boolean(w: Writer, op: Op, value: Any) -> None:
    w.put(int(_check_boolean(op, w.table, value)), 1)


def _null(w: Writer, op: Op, value: Any) -> None:
    _check_null(op, w.table, value)


def _size(w: Writer, op: Op, size: int) -> None:
    if op.is_extensible:
        extended = size < op.low or (op.high != UNBOUNDED and size > op.high)
        w.put(int(extended), 1)
        if extended:
            w.length(size)
            return
    if op.high == UNBOUNDED:
        w.length(size)
    else:
        w.put(size - op.low, op.width)


def _bits(w: Writer, op: Op, value: Any) -> None:
    octets, bits = check_bits(op, w.table, value)
    _size(w, op, bits)
    w.put(int.from_bytes(octets, "big") >> (-bits % 8), bits)


def _octets(w: Writer, op: Op, value: Any) -> None:
    octets = _check_octets(op, w.table, value)
    _size(w, op, len(octets))
    w.octets(octets)


def _text(w: Writer, op: Op, value: Any) -> None:
    text = _check_text(op, w.table, value)
    _size(w, op, len(text))
    for character in text:
        w.put(ord(character), 7)


def _list(w: Writer, op: Op, value: Any) -> None:
    if not isinstance(value, list):
        raise refuse(Fault.NO_LIST, op, w.table, value)
    if not size_is_right(op, len(value)):
        raise refuse(Fault.COUNT, op, w.table, value, len(value), op.low, op.high)
    _size(w, op, len(value))
    element = w.table.ops[op.first]
    for index, item in enumerate(value):
        try:
            _value(w, element, item)
        except FaultError as fault:
            fault.steps.append(index)
            raise


def _part(w: Writer, part: Part, value: Any, is_open: bool) -> None:
    op = w.table.ops[part.op]
    try:
        if part.flags & SELECTOR:
            w.selector = _check_integer(op, w.table, value)
        (_open if is_open else _value)(w, op, value)
    except FaultError as fault:
        fault.steps.append(part.name)
        raise


def _open(w: Writer, op: Op, value: Any) -> None:
    """A value in an open type: its octets behind their length."""
    inner = Writer(w.table)
    inner.selector = w.selector
    inner.bits = w.bits + 8  # what it adds to counts against the longest message
    _value(inner, op, value)
    inner.bits -= w.bits + 8
    w.selector = inner.selector
    octets = inner.finish() or b"\0"
    w.length(len(octets))
    w.octets(octets)


def _message(w: Writer, _op: Op, value: Any) -> None:
    for number, row in w.table.messages:
        if number == w.selector:
            _open(w, w.table.ops[row], value)
            return
    if not isinstance(value, bytes):
        raise refuse(Fault.MESSAGE, None, w.table, value, w.selector)
    w.length(len(value))
    w.octets(value)


def _sequence(w: Writer, op: Op, value: Any) -> None:
    if not isinstance(value, dict):
        raise refuse(Fault.NO_OBJECT, op, w.table, value)
    parts = w.table.parts_of(op)
    for part in parts:
        if part.name not in value and not part.flags & OPTIONAL:
            fault = refuse(Fault.MISSING, op, w.table, None)
            fault.steps.append(part.name)
            raise fault
    names = {part.name for part in parts}
    for name in value:
        if name not in names and not (op.is_extensible and name == UNKNOWN):
            raise refuse(Fault.NO_MEMBER, op, w.table, name)
    root, additions = parts[: op.members], parts[op.members :]
    extended = op.is_extensible and (UNKNOWN in value or any(part.name in value for part in additions))
    preamble = int(extended)
    for part in root:
        if part.flags & OPTIONAL:
            preamble = preamble << 1 | (part.name in value)
    w.put(preamble, op.width)
    for part in root:
        if part.name in value:
            _part(w, part, value[part.name], False)
    if extended:
        _additions(w, op, additions, value)


def _additions(w: Writer, op: Op, additions: tuple[Part, ...], value: dict[str, Any]) -> None:
    present = [part.name in value for part in additions]
    count = op.more
    entries: tuple[tuple[int, bytes], ...] = ()
    if UNKNOWN in value:
        last = max((index for index, there in enumerate(present) if there), default=-1)
        count = check_unknown(op, w.table, value[UNKNOWN], last)
        entries = value[UNKNOWN][1]
    later = {index for index, _ in entries}
    w.put(count - 1 if count <= 64 else 0x100 | count, 7 if count <= 64 else 9)
    for index in range(count):
        w.put(int(present[index] if index < op.more else index in later), 1)
    for part in additions:
        if part.name in value:
            _part(w, part, value[part.name], True)
    for _, octets in entries:
        w.length(len(octets))
        w.octets(octets)


def _choice(w: Writer, op: Op, value: Any) -> None:
    if not isinstance(value, tuple) or len(value) != 2:
        raise refuse(Fault.NO_CHOICE, op, w.table, value)
    name, chosen = value
    parts = w.table.parts_of(op)
    index = next((i for i, part in enumerate(parts) if isinstance(name, str) and part.name == name), -1)
    if index < 0:
        raise refuse(Fault.NO_ALTERNATIVE, op, w.table, name)
    is_open = index >= op.members
    if op.is_extensible:
        w.put(int(is_open), 1)
    if is_open:
        w.put(index - op.members, 7)
    else:
        w.put(index, op.width)
    _part(w, parts[index], chosen, is_open)


_ENCODERS: dict[int, Any] = {
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
