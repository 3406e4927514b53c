"""The octets of a secured message or certificate, field by field: rows for :mod:`v2x.codecs.explain`.

An own reader of the table ``asn1/secured-message.json``, beside :mod:`v2x.codecs.coer` and independent of it;
the rules of COER stand in :mod:`v2x.codecs.coer_nodes`.  Rows are whole octets: preamble, tag, length, value.
It reads as far as the octets make sense; whether the encoding is canonical, and so acceptable, is the word
of :func:`v2x.codecs.coer.decode`, whose error it gives where it has none of its own.

Source: YD/T 3957-2021 through the table; ITU-T X.696.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from v2x.clock import from_time32, from_time64
from v2x.codecs import coer
from v2x.codecs.meaning import octets_text
from v2x.codecs.walker import Row
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CoerRows", "coer_rows"]

MAX_DEPTH = 48
"""Nested types, as in :mod:`v2x.codecs.coer_wire`: a signed message inside a signed one needs 32."""

_MORE = "..."
_CLEAR = ".unsecuredData"
"""End of the path of octets that are not secured: the message."""


@dataclass(frozen=True, slots=True)
class CoerRows:
    """The rows, the octets (first, behind the last) of the innermost message in the clear, and the fault."""

    rows: tuple[Row, ...]
    content: tuple[int, int] | None
    error: CodecError | None


def coer_rows(type_name: str, data: bytes, base: int = 0) -> CoerRows:
    """The rows of ``data`` as a ``type_name``, which begins ``base`` bits into something larger.

    Never raises for what the octets hold; ValueError for a type that the table does not have.
    """
    data = bytes(data)
    if type_name not in _table():
        raise ValueError(f"no type {type_name!r} in the table of the secured message")
    reader = _Reader(data, base)
    error: CodecError | None = None
    try:
        reader.walk(type_name, type_name, len(data), MAX_DEPTH)
    except CodecError as fault:
        error = fault
    if reader.at < len(data):
        reader.take(len(data) - reader.at, "", "unread" if error else "unknown", "not read")
    if error is None:
        try:
            coer.decode(type_name, data)
        except CodecError as refused:
            bit = None if refused.bit is None else refused.bit + base
            error = CodecError(refused.kind, refused.detail, path=refused.path, bit=bit)
    return CoerRows(tuple(reader.rows), reader.content, error)


@cache
def _table() -> dict[str, Any]:
    document = json.loads(files("v2x.codecs").joinpath("asn1", "secured-message.json").read_text("utf-8"))
    types: dict[str, Any] = document["types"]
    return types


class _Reader:
    """Reads on from ``at`` and writes rows."""

    def __init__(self, data: bytes, base: int) -> None:
        self.rows: list[Row] = []
        self.content: tuple[int, int] | None = None
        self.at = 0
        self._data = data
        self._base = base

    def take(self, count: int, path: str, part: str, said: str) -> None:
        """The next octets as a row; nothing for none."""
        if count:
            raw = "0x" + self._data[self.at : self.at + count].hex()
            self.rows.append(Row(self._base + 8 * self.at, 8 * count, path, part, raw, said))
            self.at += count

    def walk(self, expression: Any, path: str, end: int, depth: int, name: str = "") -> None:
        """One value; ``name`` is the name by which its type was asked for: it says what a number means."""
        if depth <= 0:
            raise self._fault(CodecErrorKind.UNSUPPORTED, f"more than {MAX_DEPTH} types deep", path)
        if isinstance(expression, str):
            if expression in ("NULL", "UTF8String"):
                self._text_or_null(expression, path, end)
            else:
                self.walk(_table()[expression], path, end, depth - 1, name or expression)
            return
        kind = next(iter(expression))
        body = expression[kind]
        if kind == "INTEGER":
            self._integer(body, path, end, name)
        elif kind == "ENUMERATED":
            self._enumerated(body, path, end)
        elif kind in ("OCTETS", "BITS"):
            self._octets(kind, body, path, end)
        elif kind == "LIST":
            self._list(body, path, end, depth)
        elif kind == "SEQUENCE":
            self._sequence(body, path, end, depth)
        else:
            self._choice(body, path, end, depth)

    def _fault(self, kind: CodecErrorKind, detail: str, path: str) -> CodecError:
        return CodecError(kind, detail, path=path, bit=self._base + 8 * self.at)

    def _peek(self, count: int, path: str, end: int) -> bytes:
        if count > end - self.at:
            raise self._fault(CodecErrorKind.TRUNCATED, "the octets end inside this value", path)
        return self._data[self.at : self.at + count]

    def _length(self, path: str, end: int, unit: str = "octets") -> int:
        first = self._peek(1, path, end)[0]
        count = 1 if first < 0x80 else first - 0x7F
        if not 1 <= count <= 5 or first == 0x80:
            raise self._fault(CodecErrorKind.MALFORMED, f"length of {count - 1} octets", path)
        octets = self._peek(count, path, end)
        length = first if count == 1 else int.from_bytes(octets[1:], "big")
        self.take(count, path, "length", f"{length} {unit}")
        return length

    def _integer(self, bounds: list[int | None], path: str, end: int, name: str) -> None:
        low, high = bounds or (None, None)
        if low is None or high is None:
            count, signed = self._length(path, end), low is None
        else:
            signed = low < 0
            size = max((~low if signed else low).bit_length(), high.bit_length()) + signed
            count = next(n for n in (1, 2, 4, 8) if size <= 8 * n)
        value = int.from_bytes(self._peek(count, path, end), "big", signed=signed)
        said = _SPECIAL[name](value) if name in _SPECIAL else str(value)
        outside = low is not None and high is not None and not low <= value <= high
        self.take(count, path, "value", f"{said} (outside {low}..{high})" if outside else said)

    def _enumerated(self, names: list[str], path: str, end: int) -> None:
        first = self._peek(1, path, end)[0]
        count = 1 if first < 0x80 else first - 0x7F
        octets = self._peek(count, path, end)
        number = first if count == 1 else int.from_bytes(octets[1:], "big", signed=True)
        known = [entry for entry in names if entry != _MORE]
        said = known[number] if 0 <= number < len(known) else "not known"
        self.take(count, path, "value", f"{number}: {said}")

    def _octets(self, kind: str, size: list[int | None], path: str, end: int) -> None:
        low, high = size or (0, None)
        if kind == "BITS":
            count = ((low or 0) + 7) // 8
        elif low is not None and low == high:
            count = low
        else:
            count = self._length(path, end)
        octets = self._peek(count, path, end)
        if path.endswith(_CLEAR):
            self.content = (self.at, self.at + count)
        self.take(count, path, "value", octets_text(octets))

    def _text_or_null(self, kind: str, path: str, end: int) -> None:
        if kind == "NULL":
            return
        count = self._length(path, end)
        read = self._peek(count, path, end).decode("utf-8", errors="replace")
        self.take(count, path, "value", '"' + "".join(c if c.isprintable() else "\ufffd" for c in read) + '"')

    def _list(self, element: Any, path: str, end: int, depth: int) -> None:
        size = self._peek(1, path, end)[0]
        octets = self._peek(1 + size, path, end)
        count = int.from_bytes(octets[1:], "big")
        if not 1 <= size <= 4 or count > end - self.at:
            raise self._fault(CodecErrorKind.MALFORMED, f"a count of {size} octets, {count} elements", path)
        self.take(1 + size, path, "length", f"{count} elements")
        for index in range(count):
            self.walk(element, f"{path}[{index}]", end, depth - 1)

    def _sequence(self, rows: list[Any], path: str, end: int, depth: int) -> None:
        extensible = _MORE in rows
        cut = rows.index(_MORE) if extensible else len(rows)
        flags = [len(row) > 2 for row in rows[:cut]]
        bits = extensible + sum(flags)
        size = (bits + 7) // 8
        preamble = int.from_bytes(self._peek(size, path, end), "big")
        position = 8 * size - 1
        extended = bool(extensible and preamble >> position & 1)
        position -= extensible
        present = []
        for flag in flags:
            present.append(not flag or bool(preamble >> position & 1))
            position -= flag
        shown = [row[0] for row, flag, there in zip(rows, flags, present, strict=False) if flag and there]
        self.take(size, path, "presence", ", ".join(shown + [_MORE] * extended) or "no optional fields")
        for row, there in zip(rows[:cut], present, strict=True):
            if there:
                self.walk(row[1], f"{path}.{row[0]}", end, depth - 1)
        if extended:
            self._additions(rows[cut + 1 :], path, end, depth)

    def _additions(self, rows: list[Any], path: str, end: int, depth: int) -> None:
        size = self._length(path, end, "octets of the presence bits")
        octets = self._peek(size, path, end)
        if size < 2 or octets[0] > 7:
            raise self._fault(CodecErrorKind.MALFORMED, "an empty presence bit string", path)
        count = 8 * (size - 1) - octets[0]
        present = [i for i in range(count) if octets[1 + (i >> 3)] & 0x80 >> (i & 7)]
        names = [rows[i][0] if i < len(rows) else f"[addition {i}]" for i in present]
        self.take(size, path, "presence", ", ".join(names) or "none")
        for index, name in zip(present, names, strict=True):
            self._open(rows[index][1] if index < len(rows) else None, f"{path}.{name}", end, depth)

    def _choice(self, rows: list[Any], path: str, end: int, depth: int) -> None:
        tag = self._peek(1, path, end)[0] - 0x80
        roots = rows.index(_MORE) if _MORE in rows else len(rows)
        alternatives = [row for row in rows if row != _MORE]
        if not 0 <= tag < 63 or (tag >= len(alternatives) and _MORE not in rows):
            raise self._fault(CodecErrorKind.MALFORMED, f"no alternative has the tag {tag + 0x80:#04x}", path)
        if tag >= len(alternatives):
            self.take(1, path, "index", f"{tag}: not known")
            self._open(None, f"{path}.[alternative {tag}]", end, depth)
            return
        name, expression = alternatives[tag][:2]
        self.take(1, path, "index", f"{tag}: {name}")
        if tag < roots:
            self.walk(expression, f"{path}.{name}", end, depth - 1)
        else:
            self._open(expression, f"{path}.{name}", end, depth)

    def _open(self, expression: Any, path: str, end: int, depth: int) -> None:
        """A length and a value in its own octets."""
        count = self._length(path, end)
        self._peek(count, path, end)
        inner = self.at + count
        if expression is not None:
            self.walk(expression, path, inner, depth - 1)
        self.take(inner - self.at, path, "unknown", "of a later edition, or left over")


def _instant(posix_s: float) -> str:
    moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(seconds=posix_s)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"


def _time64(value: int) -> str:
    try:
        return f"{value} us ({_instant(from_time64(value))})"
    except (OverflowError, ValueError):
        return f"{value} us"


def _aid(value: int) -> str:
    from v2x.codecs.aids import lookup

    entry = lookup(value)
    return f"{value} ({entry.use})" if entry else f"{value} (not registered)"


_SPECIAL: dict[str, Callable[[int], str]] = {
    "Time32": lambda value: f"{value} s ({_instant(from_time32(value))})",
    "Time64": _time64,
    "Aid": _aid,
    "Latitude": lambda value: f"{value / 1e7:.7f} deg",
    "Longitude": lambda value: f"{value / 1e7:.7f} deg",
}
"""What numbers of a named type mean."""
