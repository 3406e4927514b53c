"""Fast encoders in Python, the mirror of :mod:`v2x.codecs.puregen`: one function per type, made on first use.

For a SEQUENCE of two numbers, for example::

    def f7(value):
        if value.__class__ is not dict: raise Rare
        a = value["lon"]
        if a.__class__ is not int or not -2048 <= a <= 2047: raise Rare
        n = a + 2048; w = 12
        ...
        if len(value) != 2: raise Rare
        return n, w

``n`` are the bits, ``w`` their number.  Whatever is rare or wrong raises :class:`Rare`, KeyError or
TypeError; the careful encoder (:mod:`v2x.codecs.pureencode`) then does it again and finds the fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.faults import MAX_MESSAGE_OCTETS
from v2x.codecs.optable import FRAME, OPTIONAL, SELECTOR, UNBOUNDED, Code, Op, OpTable
from v2x.codecs.purebitstring import load_bits
from v2x.codecs.puregen import Rare

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.codecs.purerecords import Maker

__all__ = ["FastWriter"]


def _open(n: int, width: int) -> tuple[int, int]:
    """An open type: octets behind their length."""
    octets = (width + 7) // 8
    if not 0 < octets < 16384:
        raise Rare
    n <<= -width % 8
    if octets < 128:
        return octets << 8 * octets | n, 8 * octets + 8
    return (0x8000 | octets) << 8 * octets | n, 8 * octets + 16


def _text(value: str) -> int:
    n = 0
    for octet in value.encode("ascii"):
        n = n << 7 | octet
    return n


class FastWriter:
    """The functions of one table: for asn1tools' form or, where a maker is given, for records.

    Records are right, so nothing in them is checked.
    """

    def __init__(self, table: OpTable, maker: Maker | None) -> None:
        self._table = table
        self._maker = maker
        self._space: dict[str, Any] = {"open_": _open, "text": _text, "Rare": Rare}
        if maker is not None:
            self._space |= {"load": maker.load, "load_bits": load_bits}
        for row, op in enumerate(table.ops):
            self._space[f"f{row}"] = self._later(row)
            if op.code == Code.ENUM:
                names = table.names[op.first]
                self._space[f"index{op.first}"] = {name: number for number, name in enumerate(names)}

    def encode(self, value: Any, row: int) -> bytes:
        """The octets of a value, or an exception that says nothing: see the module."""
        n, width = self._space[f"f{row}"](value)
        if width > 8 * MAX_MESSAGE_OCTETS:
            raise Rare
        octets: bytes = (n << (-width % 8)).to_bytes((width + 7) // 8, "big")
        return octets

    def _later(self, row: int) -> Callable[[Any], tuple[int, int]]:
        """A stand-in that compiles the function when it is called, and takes its place."""

        def compile_now(value: Any) -> tuple[int, int]:
            source = "\n".join(self._function(row))
            exec(compile(source, f"<encoder of row {row}>", "exec"), self._space)
            found: Callable[[Any], tuple[int, int]] = self._space[f"f{row}"]
            return found(value)

        return compile_now

    def _function(self, row: int) -> list[str]:
        op = self._table.ops[row]
        match op.code:
            case Code.SEQ:
                body = self._sequence(op)
            case Code.LIST:
                body = self._list(op)
            case Code.CHOICE:
                body = self._choice(op)
            case _:
                body = ["n = w = 0", *self._write(row, "value"), "return n, w"]
        return [f"def f{row}(value):", *("    " + line for line in body)]

    # Statements that append the value of a variable to n and w.

    def _write(self, row: int, name: str) -> list[str]:
        op = self._table.ops[row]
        match op.code:
            case Code.NULL:
                return [f"if {name} is not None: raise Rare"]
            case Code.BOOL:
                return [f"if {name}.__class__ is not bool: raise Rare", *_append(name, 1)]
            case Code.INT:
                return self._integer(op, name)
            case Code.ENUM:
                return _append(f"index{op.first}[{name}]", op.width + op.is_extensible)
            case Code.BITS:
                return self._bits(op, name)
            case Code.OCTETS | Code.TEXT:
                return self._string(op, name)
        return [f"x, k = f{row}({name})", "n = n << k | x", "w += k"]

    def _integer(self, op: Op, name: str) -> list[str]:
        outside = f"if not {op.low} <= {name} <= {op.high}: raise Rare"
        if self._maker is None:
            lines = [f"if {name}.__class__ is not int: raise Rare", outside]
        else:
            lines = [outside] if op.is_extensible else []
        if op.low:
            name = f"({name} - {op.low})" if op.low > 0 else f"({name} + {-op.low})"
        return [*lines, *_append(name, op.width + op.is_extensible)]

    def _bits(self, op: Op, name: str) -> list[str]:
        if op.low != op.high:
            return ["raise Rare"]
        count, fill = (op.low + 7) // 8, -op.low % 8
        if self._maker is not None:
            bits = "int.from_bytes(o, 'big')" + (f" >> {fill}" if fill else "")
            lines = [f"o, k, _ = load_bits({name})", f"if k != {op.low}: raise Rare"]
            return lines + _append(f"({bits})", op.low + op.is_extensible)
        lines = [f"if {name}.__class__ is not tuple or len({name}) != 2: raise Rare", f"o, k = {name}"]
        lines += [f"if o.__class__ is not bytes or k.__class__ is not int or k != {op.low}: raise Rare"]
        lines += [f"if len(o) != {count}: raise Rare", "x = int.from_bytes(o, 'big')"]
        lines += [f"if x & {(1 << fill) - 1}: raise Rare"] if fill else []
        return lines + _append(f"(x >> {fill})" if fill else "x", op.low + op.is_extensible)

    @staticmethod
    def _string(op: Op, name: str) -> list[str]:
        kind, unit = ("bytes", 8) if op.code == Code.OCTETS else ("str", 7)
        lines = [f"if {name}.__class__ is not {kind}: raise Rare", f"k = len({name})"]
        bits = f"int.from_bytes({name}, 'big')" if op.code == Code.OCTETS else f"text({name})"
        if op.code == Code.TEXT:
            lines += [f"if not {name}.isascii(): raise Rare"]
        lines += _append_size(op)
        return [*lines, f"n = n << {unit} * k | {bits}", f"w += {unit} * k"]

    # Bodies of functions.

    def _list(self, op: Op) -> list[str]:
        kind = "list" if self._maker is None else "tuple"
        lines = [f"if value.__class__ is not {kind}: raise Rare", "k = len(value)", "n = w = 0"]
        lines += [*_append_size(op), "for v in value:"]
        return [*lines, *("    " + line for line in self._write(op.first, "v")), "return n, w"]

    def _choice(self, op: Op) -> list[str]:
        lines = ["if value.__class__ is not tuple or len(value) != 2: raise Rare", "name, v = value"]
        if self._maker is not None:
            lines = ["name, v = load(value)"]
        for at, part in enumerate(self._table.parts_of(op)):
            lines += [f"if name == {part.name!r}:"]
            if at < op.members:
                body = [f"n = {at}", f"w = {op.width + op.is_extensible}", *self._write(part.op, "v")]
            elif op.flags & FRAME:
                body = ["n = w = 0", *self._write(part.op, "v"), "x, k = open_(n, w)"]
                body += [f"n = {0x80 | (at - op.members)} << k | x", "w = k + 8"]
            else:
                body = ["raise Rare"]
            lines += ["    " + line for line in [*body, "return n, w"]]
        return [*lines, "raise Rare"]

    def _sequence(self, op: Op) -> list[str]:
        if self._maker is not None:
            return self._sequence_of_record(op)
        parts = self._table.parts_of(op)[: op.members]
        lines = ["if value.__class__ is not dict: raise Rare", "n = 0", f"w = {op.width}"]
        optional = [part for part in parts if part.flags & OPTIONAL]
        if optional:
            lines += [f"seen = {op.members - len(optional)}"]
            for part in optional:
                lines += ["n <<= 1", f"if {part.name!r} in value: n |= 1; seen += 1"]
            lines += ["if len(value) != seen: raise Rare", "pre = n"]
        else:
            lines += [f"if len(value) != {op.members}: raise Rare"]
        bit = len(optional)
        for part in parts:
            inner = self._table.ops[part.op]
            write = self._message() if inner.code == Code.OPEN else self._write(part.op, "v")
            write = [f"v = value[{part.name!r}]", *write]
            if part.flags & SELECTOR:
                write += ["number = v"]
            if part.flags & OPTIONAL:
                bit -= 1
                write = [f"if pre & {1 << bit}:", *("    " + line for line in write)]
            lines += write
        return [*lines, "return n, w"]

    def _sequence_of_record(self, op: Op) -> list[str]:
        parts = self._table.parts_of(op)
        lines = ["p = load(value)", "n = 0", f"w = {op.width}"]
        for at in range(op.members, len(parts) + op.is_extensible):
            lines += [f"if p[{at}] is not None: raise Rare"]
        for at, part in enumerate(parts[: op.members]):
            lines += ["n <<= 1", f"if p[{at}] is not None: n |= 1"] if part.flags & OPTIONAL else []
        for at, part in enumerate(parts[: op.members]):
            inner = self._table.ops[part.op]
            write = self._message() if inner.code == Code.OPEN else self._write(part.op, "v")
            write += ["number = v"] if part.flags & SELECTOR else []
            if part.flags & OPTIONAL:
                write = ["if v is not None:", *("    " + line for line in write)]
            lines += [f"v = p[{at}]", *write]
        return [*lines, "return n, w"]

    def _message(self) -> list[str]:
        """The open type behind a messageId."""
        lines: list[str] = []
        word = "if"
        for number, row in self._table.messages:
            lines += [f"{word} number == {number}: x, k = f{row}(v)"]
            word = "elif"
        lines += ["else: raise Rare" if lines else "raise Rare"]
        return [*lines, "x, k = open_(x, k)", "n = n << k | x", "w += k"]


def _append(bits: str, width: int) -> list[str]:
    """Append a number of fixed width, which has no extension bit or a leading 0 for it."""
    return [f"n = n << {width} | {bits}", f"w += {width}"] if width else []


def _append_size(op: Op) -> list[str]:
    """Append the length ``k`` of a string or list."""
    if op.high == UNBOUNDED:
        lines = [
            f"if not {op.low} <= k < 16384: raise Rare",
            "x, j = (k, 8) if k < 128 else (0x8000 | k, 16)",
        ]
        return [*lines, "n = n << j | x", "w += j"]
    lines = [f"if not {op.low} <= k <= {op.high}: raise Rare"]
    return lines + _append(f"(k - {op.low})" if op.low else "k", op.width + op.is_extensible)
