"""The types of all profiles as rows of one table: what the Lua side decodes by and registers fields from.

A row is a dict that becomes a Lua table.  ``k`` is its kind, ``t`` the type's name; parts are named by the
number of their row, so that equal types of different profiles are one row and recursive types end::

    int      lo, hi, w (bits), x (extensible), m (number of its meaning), v (shown as)
    enum     n (names), w, x, b (95 % bounds)      bool, null
    octets   lo, hi, w (bits of the count), x; l (priority level), g (GB 2312 text)
    text     lo, hi, w                             bits   lo, hi, w, x, n ({bit, name, filter name}, ...)
    seq      p (parts), x, o (optional root parts) list   e (element), lo, hi, w
    choice   p, x, w
    part     n (name), s (filter name), t (row), o (optional), a (addition), r (root of a message)

``w`` is absent where there is no upper bound.  Source: X.691 (widths), the schema of :mod:`v2x.codecs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import PriorityLevel, Typed, typed_of
from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES, DAY2_PROFILE, PROFILES
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    Null,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
)
from v2x.codecs.wireshark.luatext import literal
from v2x.codecs.wireshark.meaning import accuracy_texts, meaning
from v2x.codecs.wireshark.names import snake

if TYPE_CHECKING:
    from v2x.codecs.schema import Member

__all__ = ["Rows", "profiles"]

_SHOWN_AS = {"MinuteOfTheYear": "moy"}
"""INTEGERs that a number with a unit does not explain."""

_GB2312 = "Description.textGB2312"
"""The one OCTET STRING that holds text of another character set."""


class Rows:
    """Collects rows and meanings; an equal one is stored once.  Numbers count from 1, as Lua does."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.meanings: list[str] = []
        self._of_row: dict[str, int] = {}
        self._of_meaning: dict[str, int] = {}
        self._of_type: dict[int, tuple[Typed, int]] = {}

    def add(self, row: dict[str, Any]) -> int:
        """The number of a row."""
        return _number(_text(row), self.rows, self._of_row)

    def meaning(self, declared: Any) -> int | None:
        """The number of what a declaration says about a number; None where it says nothing."""
        row = meaning(declared)
        return None if row is None else _number(literal(row), self.meanings, self._of_meaning)

    def reserve(self) -> int:
        """The number of a row that is filled in later: a type that holds itself."""
        self.rows.append("")
        return len(self.rows)

    def fill(self, number: int, row: dict[str, Any]) -> None:
        """Fill in a reserved row."""
        self.rows[number - 1] = _text(row)

    def uper(self, typed: Typed) -> int:
        """The row of a type of the message dictionary."""
        known = self._of_type.get(id(typed))
        if known is None:
            known = self._of_type[id(typed)] = (typed, self.add(self._row(typed)))
        return known[1]

    def _row(self, typed: Typed) -> dict[str, Any]:
        node, head = typed.node, {"t": typed.name}
        match node:
            case Integer():
                mean, way = self.meaning(typed.declared), _SHOWN_AS.get(typed.name)
                sizes = _bounds(node.low, node.high)
                return {**head, "k": "int", **sizes, "x": node.extensible, "m": mean, "v": way}
            case Enumerated():
                bounds = accuracy_texts(typed.declared, node.names)
                width = _width(len(node.names))
                return {**head, "k": "enum", "n": node.names, "w": width, "x": node.extensible, "b": bounds}
            case Boolean() | Null():
                return {**head, "k": "bool" if isinstance(node, Boolean) else "null"}
            case OctetString():
                level = isinstance(typed.declared, PriorityLevel)
                sizes = _bounds(node.low, node.high)
                gb2312 = typed.name == _GB2312
                return {**head, "k": "octets", **sizes, "x": node.extensible, "l": level, "g": gb2312}
            case Text():
                return {**head, "k": "text", **_bounds(node.low, node.high)}
            case BitString():
                named = [[bit, name, snake(name)] for name, bit in node.named.items()]
                return {**head, "k": "bits", **_bounds(node.low, node.high), "x": node.extensible, "n": named}
            case SequenceOf():
                assert typed.item is not None
                return {**head, "k": "list", "e": self.uper(typed.item), **_bounds(node.low, node.high)}
            case Sequence() | Choice():
                return self._compound(typed, node)

    def _compound(self, typed: Typed, node: Sequence | Choice) -> dict[str, Any]:
        parts = [self._part(typed, member) for member in node.members]
        row = {"t": typed.name, "p": parts, "x": node.extensible}
        if isinstance(node, Choice):
            return {**row, "k": "choice", "w": _width(sum(not member.addition for member in node.members))}
        optional = sum(member.optional and not member.addition for member in node.members)
        return {**row, "k": "seq", "o": optional}

    def _part(self, typed: Typed, member: Member) -> dict[str, Any]:
        kind = DAY1_FRAMES.get(member.name) if typed.name == "MessageFrame" else None
        return {
            "n": member.name,
            "s": snake(member.name),
            "t": self.uper(typed.parts[member.name]),
            "o": True if member.optional else None,
            "a": True if member.addition else None,
            "r": kind,
        }


def profiles(rows: Rows) -> list[dict[str, Any]]:
    """The profiles, newest first: name, the row of MessageFrame, the Day-2 messages by messageId."""
    table = []
    for profile in PROFILES:
        day2 = {}
        if profile == DAY2_PROFILE:
            for number, message in DAY2_MESSAGES.items():
                row = rows.uper(typed_of(profile, message.type_name))
                day2[number] = {"kind": message.kind, "t": row}
        frame = rows.uper(typed_of(profile))
        table.append({"name": profile, "frame": frame, "ext": DAY2_FRAME, "day2": day2})
    return table


def _text(row: dict[str, Any]) -> str:
    """The row in Lua, without what says nothing."""
    return literal({key: value for key, value in row.items() if value is not False and value != []})


def _bounds(low: int, high: int | None) -> dict[str, Any]:
    return {"lo": low, "hi": high, "w": None if high is None else _width(high - low + 1)}


def _width(count: int) -> int:
    """Bits that a constrained whole number of ``count`` values takes."""
    return (count - 1).bit_length()


def _number(text: str, store: list[str], index: dict[str, int]) -> int:
    if text not in index:
        store.append(text)
        index[text] = len(store)
    return index[text]
