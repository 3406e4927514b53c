"""Fast decoders in Python, one function per type, written out and compiled on first use.

For a SEQUENCE of two numbers, for example::

    def f7(n, left):
        left -= 24
        return {"lon": (n >> left + 12 & 4095) - 2048, "lat": (n >> left & 4095) - 2048}, left

``n`` is the whole message as one integer, ``left`` the bits behind the place.  Nothing is asked of the
length: where the message ends too early, ``left`` gets negative and the shift raises ValueError.  What is
rare (extension forms, additions) or wrong raises :class:`Rare` or ValueError, OverflowError or IndexError;
the careful decoder (:mod:`v2x.codecs.puredecode`) then does it again.  So what comes back from here is right,
in range and canonical.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.optable import FRAME, OPTIONAL, SELECTOR, UNBOUNDED, Code, Op, OpTable
from v2x.codecs.purebitstring import bits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.codecs.purerecords import Maker

__all__ = ["Fast", "Rare"]

LONG = 1500
"""Bits behind the place from which on it pays to cut off what is before it, once for each long element."""


class Rare(Exception):  # noqa: N818 (nobody but the careful decoder hears of it)
    """Something that the fast functions do not take."""


def _length(n: int, left: int) -> tuple[int, int]:
    """A general length determinant in its shortest form."""
    left -= 8
    length = n >> left & 255
    if length < 128:
        return length, left
    left -= 8
    length = n >> left & 0xFFFF
    if length >= 0xC000 or length < 0x8080:
        raise Rare
    return length & 0x3FFF, left


def _text(n: int, left: int, count: int) -> str:
    """Characters of seven bits; ``left`` is behind the last."""
    return bytes([n >> left + 7 * i & 127 for i in range(count - 1, -1, -1)]).decode("ascii")


def _close(n: int, left: int, stop: int) -> None:
    """Only zero bits, fewer than eight, up to the end of an open type."""
    if not 0 <= left - stop < 8 or n >> stop & ((1 << (left - stop)) - 1):
        raise Rare


class Fast:
    """The functions of one table that make asn1tools' form, or records where a maker is given."""

    def __init__(self, table: OpTable, maker: Maker | None) -> None:
        self._table = table
        self._maker = maker
        self._space: dict[str, Any] = {"length": _length, "text": _text, "close": _close, "Rare": Rare}
        for row, op in enumerate(table.ops):
            self._space[f"f{row}"] = self._later(row)
            if op.code in (Code.ENUM, Code.BITS):
                self._space[f"names{op.first}"] = table.names[op.first]
        self._space["bits_of"] = bits_of
        if maker is not None:
            self._space |= {"new": object.__new__, "store": maker.store}
            self._space |= {f"C{row}": maker.class_of(row) for row in table.roots.values()}

    def decode(self, data: bytes, row: int) -> Any:
        """The value of octets, or an exception that says nothing: see the module."""
        n = int.from_bytes(data, "big")
        value, left = self._space[f"f{row}"](n, 8 * len(data))
        _close(n, left, 0)
        return value

    def _later(self, row: int) -> Callable[[int, int], tuple[Any, int]]:
        """A stand-in that compiles the function when it is called, and takes its place."""

        def compile_now(n: int, left: int) -> tuple[Any, int]:
            source = "\n".join(self._function(row))
            exec(compile(source, f"<decoder of row {row}>", "exec"), self._space)
            found: Callable[[int, int], tuple[Any, int]] = self._space[f"f{row}"]
            return found(n, left)

        return compile_now

    def _function(self, row: int) -> list[str]:
        """The source of the function of a row."""
        op = self._table.ops[row]
        match op.code:
            case Code.SEQ:
                body = self._sequence(row, op)
            case Code.LIST:
                body = self._list(op)
            case Code.CHOICE:
                body = self._choice(row, op)
            case _:
                body = [*self._read(row, "v"), "return v, left"]
        return [f"def f{row}(n, left):", *("    " + line for line in body)]

    # Statements that read one value into a variable.

    def _read(self, row: int, to: str) -> list[str]:
        op = self._table.ops[row]
        mask = (1 << op.width) - 1
        match op.code:
            case Code.NULL:
                return [f"{to} = None"]
            case Code.BOOL:
                return ["left -= 1", f"{to} = n >> left & 1 == 1"]
            case Code.INT:
                return self._integer(op, to, mask)
            case Code.ENUM:
                # the extension bit makes an index behind the last name
                width = op.width + op.is_extensible
                reach = (1 << width) - 1
                return [f"left -= {width}", f"{to} = names{op.first}[n >> left & {reach}]"]
            case Code.BITS:
                return self._bits(op, to)
            case Code.OCTETS | Code.TEXT:
                return self._string(op, to)
        return [f"{to}, left = f{row}(n, left)"]

    @staticmethod
    def _integer(op: Op, to: str, mask: int) -> list[str]:
        lines = [f"left -= {op.width}", f"{to} = " + _plus(f"n >> left & {mask}", op.low)]
        if op.high - op.low != mask:
            lines += [f"if {to} > {op.high}: raise Rare"]
        return _no_extension(op) + lines

    def _bits(self, op: Op, to: str) -> list[str]:
        if op.high != op.low:
            return ["raise Rare"]
        count, fill = (op.low + 7) // 8, -op.low % 8
        value = f"(n >> left & {(1 << op.low) - 1}" + (f") << {fill}" if fill else ")")
        octets = f"({value}).to_bytes({count}, 'big')"
        made = f"bits_of({octets}, {op.low}, names{op.first})" if self._maker else f"({octets}, {op.low})"
        return [*_no_extension(op), f"left -= {op.low}", f"{to} = {made}"]

    @staticmethod
    def _string(op: Op, to: str) -> list[str]:
        lines = _no_extension(op)
        unit = 8 if op.code == Code.OCTETS else 7
        if op.code == Code.OCTETS and op.low == op.high:
            mask = (1 << 8 * op.low) - 1
            octets = f"(n >> left & {mask:#x}).to_bytes({op.low}, 'big')"
            return [*lines, f"left -= {8 * op.low}", f"{to} = {octets}"]
        if op.high == UNBOUNDED:
            lines += ["size, left = length(n, left)", f"if size < {op.low}: raise Rare"]
        else:
            lines += [f"left -= {op.width}", "size = " + _plus(f"n >> left & {(1 << op.width) - 1}", op.low)]
            lines += [f"if size > {op.high}: raise Rare"]
        lines += [f"left -= {unit} * size"]
        if op.code == Code.OCTETS:
            return [*lines, f"{to} = (n >> left & (1 << 8 * size) - 1).to_bytes(size, 'big')"]
        return [*lines, "if left < 0: raise Rare", f"{to} = text(n, left, size)"]

    # Bodies of functions.

    def _list(self, op: Op) -> list[str]:
        if op.high == UNBOUNDED:
            lines = ["count, left = length(n, left)"]
        else:
            lines = [f"left -= {op.width}", "count = " + _plus(f"n >> left & {(1 << op.width) - 1}", op.low)]
            lines += [f"if count > {op.high}: raise Rare"]
        lines += ["values = []", "for _ in range(count):"]
        if self._is_long(op.first):
            lines += [f"    if left > {LONG}: n &= (1 << left) - 1"]
        lines += ["    " + line for line in self._read(op.first, "v")]
        return [
            *lines,
            "    values.append(v)",
            f"return {'tuple(values)' if self._maker else 'values'}, left",
        ]

    def _is_long(self, row: int) -> bool:
        """Elements that have lists in them: what is behind a place costs nothing, what is before it does."""
        op = self._table.ops[row]
        inner = (
            [self._table.ops[part.op].code for part in self._table.parts_of(op)]
            if op.code == Code.SEQ
            else []
        )
        return Code.LIST in inner

    def _choice(self, row: int, op: Op) -> list[str]:
        lines: list[str] = []
        parts = self._table.parts_of(op)
        if op.is_extensible:
            lines += [
                "left -= 1",
                "if n >> left & 1:",
                *("    " + line for line in self._later_choice(row, op)),
            ]
        lines += [f"left -= {op.width}", f"at = n >> left & {(1 << op.width) - 1}"]
        for at, part in enumerate(parts[: op.members]):
            lines += [f"if at == {at}:", *("    " + line for line in self._read(part.op, "v"))]
            lines += ["    " + line for line in self._pair(row, part.name, "left")]
        return [*lines, "raise Rare"]

    def _later_choice(self, row: int, op: Op) -> list[str]:
        """An alternative behind the root, in its open type; only that of Day-2 messages is common."""
        if not op.flags & FRAME or not op.more:
            return ["raise Rare"]
        lines = [
            "left -= 7",
            "at = n >> left & 127",
            "size, left = length(n, left)",
            "stop = left - 8 * size",
        ]
        for at, part in enumerate(self._table.parts_of(op)[op.members :]):
            lines += [f"if at == {at}:", *("    " + line for line in self._read(part.op, "v"))]
            lines += ["    close(n, left, stop)"]
            lines += ["    " + line for line in self._pair(row, part.name, "stop")]
        return [*lines, "raise Rare"]

    def _pair(self, row: int, name: str, left: str) -> list[str]:
        pair = f"({name!r}, v)"
        return _return_record(row, pair, left) if self._maker else [f"return {pair}, {left}"]

    def _sequence(self, row: int, op: Op) -> list[str]:
        parts = self._table.parts_of(op)
        lines: list[str] = []
        if op.width:
            lines += [f"left -= {op.width}", f"pre = n >> left & {(1 << op.width) - 1}"]
        if op.is_extensible:
            lines += [f"if pre & {1 << op.width - 1}: raise Rare"]
        bit = op.width - op.is_extensible
        if not self._maker:
            lines += ["values = {}"]
        run: list[tuple[Op, str]] = []
        for at, part in enumerate(parts[: op.members]):
            to = f"v{at}" if self._maker else f"values[{part.name!r}]"
            inner = self._table.ops[part.op]
            if not part.flags and _is_plain(inner):
                run.append((inner, to))
                continue
            lines += _read_run(run)
            run = []
            read = self._message(to) if inner.code == Code.OPEN else self._read(part.op, to)
            if part.flags & SELECTOR:
                read += [f"number = {to}"]
            if part.flags & OPTIONAL:
                bit -= 1
                lines += [f"if pre & {1 << bit}:", *("    " + line for line in read)]
                lines += [f"else: {to} = None"] if self._maker else []
            else:
                lines += read
        lines += _read_run(run)
        if not self._maker:
            return [*lines, "return values, left"]
        held = [f"v{at}" for at in range(op.members)] + ["None"] * (op.more + op.is_extensible)
        return lines + _return_record(row, f"({', '.join(held)},)", "left")

    def _message(self, to: str) -> list[str]:
        """The open type behind a messageId."""
        lines = ["size, left = length(n, left)", "stop = left - 8 * size"]
        word = "if"
        for number, row in self._table.messages:
            lines += [f"{word} number == {number}: {to}, left = f{row}(n, left)"]
            word = "elif"
        return [
            *lines,
            "else: raise Rare" if self._table.messages else "raise Rare",
            "close(n, left, stop)",
            "left = stop",
        ]


def _return_record(row: int, parts: str, left: str) -> list[str]:
    return [f"o = new(C{row})", f"store(o, {parts})", f"return o, {left}"]


def _is_plain(op: Op) -> bool:
    """A number of fixed width without an extension bit."""
    return op.code in (Code.INT, Code.ENUM) and not op.is_extensible and op.width > 0


def _read_run(run: list[tuple[Op, str]]) -> list[str]:
    """Numbers that stand side by side: one cut from the long integer, the rest from a short one."""
    below = sum(op.width for op, _ in run)
    if not run:
        return []
    lines = [f"left -= {below}", f"x = n >> left & {(1 << below) - 1:#x}"]
    for op, to in run:
        below -= op.width
        mask = (1 << op.width) - 1
        cut = f"x >> {below} & {mask}" if below else f"x & {mask}"
        if op.code == Code.ENUM:
            lines += [f"{to} = names{op.first}[{cut}]"]
        else:
            lines += [f"{to} = " + _plus(cut, op.low)]
            lines += [f"if {to} > {op.high}: raise Rare"] if op.high - op.low != mask else []
    return lines


def _plus(expression: str, low: int) -> str:
    if low == 0:
        return expression
    return f"({expression}) {'+' if low > 0 else '-'} {abs(low)}"


def _no_extension(op: Op) -> list[str]:
    """The extension bit has to be 0."""
    return ["left -= 1", "if n >> left & 1: raise Rare"] if op.is_extensible else []
