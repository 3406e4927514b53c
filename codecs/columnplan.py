"""What :mod:`v2x.codecs.columns` asks of the engines: the fields as a tree beside the types.

``tree`` is ``(column, rows, parts)`` for a type that has something wanted in it, else None: the number of the
column its own value goes to or -1, for a list the number of its table or -1, and the same for each part
(SEQUENCE, CHOICE), the element (list) or each message (open type).  ``parents`` has the outer table of each
table; the first is that of the frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES
from v2x.codecs.optable import ROOT, UNBOUNDED, Code, Op, OpTable

__all__ = ["FILL", "FILL_RIGHT", "MEASURE", "ColumnPlan", "Kind", "Plan"]

MEASURE, FILL, FILL_RIGHT = 0, 1, 2
"""What one pass does: count rows and lengths, fill, or fill from the frames that measuring found right."""


class Kind(IntEnum):
    """The arrays; the numbers are those of ``engine_columns.h``."""

    INT32 = 0
    INT64 = 1
    UINT8 = 2
    BITS32 = 3
    OCTETS = 4


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column: its field, its table, its kind of array; ``size`` of octets where fixed, else 0."""

    path: str
    rows: int
    kind: Kind
    size: int
    names: tuple[str, ...]
    is_text: bool


@dataclass(slots=True)
class _Branch:
    """A type on the way to something wanted."""

    column: int = -1
    rows: int = -1
    place: str = ""
    parts: dict[int, _Branch] = field(default_factory=dict)


class Plan:
    """The plan for some fields of a profile; ValueError for a field that there is not."""

    def __init__(self, table: OpTable, fields: tuple[str, ...]) -> None:
        self._table = table
        self.columns: list[ColumnPlan] = []
        self.parents: list[int] = [-1]
        self.paths: list[str] = [""]
        self._root = _Branch()
        for path in fields:
            self._add(path)
        if not fields:
            raise ValueError("at least one field is wanted")
        self.tree = self._tuple(table.ops[table.roots[ROOT]], self._root)
        self.needs_measuring = len(self.parents) > 1 or any(
            column.kind == Kind.OCTETS and not column.size for column in self.columns
        )

    @classmethod
    def of_everything(cls, table: OpTable) -> Plan:
        """Every field of every message, lists included: for tests."""
        paths = [
            part.name for part in table.parts_of(table.ops[table.roots[ROOT]]) if part.name in DAY1_FRAMES
        ]
        paths += [f"{DAY2_FRAME}.value.{table.ops[row].type_name}" for _, row in table.messages]
        plan = cls(table, tuple(paths))
        seen: set[str] = set()
        while True:
            lists = [path for path in plan.lists() if path not in seen]
            if not lists:
                return plan
            seen |= set(lists)
            plan = cls(table, (*paths, *sorted(seen)))

    def lists(self) -> list[str]:
        """The paths of the lists that stand directly in what is planned."""
        found: list[str] = []
        self._lists(self._table.ops[self._table.roots[ROOT]], self._root, "", found)
        return found

    def _lists(self, op: Op, branch: _Branch, path: str, found: list[str]) -> None:
        for at, (name, row) in enumerate(self._parts(op)):
            inner = self._table.ops[row]
            below = branch.parts.get(at)
            place = path if op.code == Code.LIST else f"{path}.{name}".lstrip(".")
            if inner.code == Code.LIST and op.code != Code.LIST and (below or branch.parts):
                found.append(place)
            if below:
                self._lists(inner, below, place, found)

    def _add(self, path: str) -> None:
        first, *names = path.split(".")
        op, branch, rows, done = self._table.ops[self._table.roots[ROOT]], self._root, 0, first
        steps = self._frame_steps(first)
        for number, name in enumerate((*steps, *names), start=1):
            at, row = self._find(op, name, path)
            done = f"{done}.{name}" if number > len(steps) else first
            branch, op = branch.parts.setdefault(at, _Branch()), self._table.ops[row]
            if number >= len(steps):
                if branch.place not in ("", done):
                    raise ValueError(f"{done!r} is {branch.place!r}: one spelling at a time")
                branch.place = done
            branch, op, rows = self._into_list(branch, op, rows, done)
        self._expand(op, branch, rows, path)

    def _frame_steps(self, first: str) -> list[str]:
        """From MessageFrame to a message by its kind; or the alternative itself."""
        for name, kind in DAY1_FRAMES.items():
            if kind == first:
                return [name]
        for number, row in self._table.messages:
            if DAY2_MESSAGES[number].kind == first:
                return [DAY2_FRAME, "value", self._table.ops[row].type_name]
        return [first]

    def _parts(self, op: Op) -> list[tuple[str, int]]:
        """(name, row) of what is in a type."""
        match op.code:
            case Code.SEQ | Code.CHOICE:
                return [(part.name, part.op) for part in self._table.parts_of(op)]
            case Code.LIST:
                return [("", op.first)]
            case Code.OPEN:
                return [(self._table.ops[row].type_name, row) for _, row in self._table.messages]
        return []

    def _find(self, op: Op, name: str, path: str) -> tuple[int, int]:
        attributes = (
            [part.attribute for part in self._table.parts_of(op)]
            if op.code in (Code.SEQ, Code.CHOICE)
            else []
        )
        for at, (identifier, row) in enumerate(self._parts(op)):
            if name == identifier or (attributes and name == attributes[at]):
                return at, row
        known = ", ".join(identifier for identifier, _ in self._parts(op)) or "nothing"
        raise ValueError(f"no field {path!r}: {name!r} is none of {known}")

    def _into_list(self, branch: _Branch, op: Op, rows: int, path: str) -> tuple[_Branch, Op, int]:
        """Through a list (of lists) to its element, with a table for each."""
        while op.code == Code.LIST:
            if branch.rows < 0:
                branch.rows = len(self.parents)
                self.parents.append(rows)
                self.paths.append(path if rows == 0 or self.paths[rows] != path else f"{path}[]")
            rows = branch.rows
            path = self.paths[rows]
            branch, op = branch.parts.setdefault(0, _Branch()), self._table.ops[op.first]
        return branch, op, rows

    def _expand(self, op: Op, branch: _Branch, rows: int, path: str) -> None:
        """Columns for all values of a type but those in lists and open types."""
        made = self._column(op, rows, path)
        if made is not None and branch.column < 0:
            branch.column = len(self.columns)
            self.columns.append(made)
        if op.code in (Code.SEQ, Code.CHOICE):
            for at, part in enumerate(self._table.parts_of(op)):
                inner = self._table.ops[part.op]
                if inner.code not in (Code.LIST, Code.OPEN):
                    below = branch.parts.setdefault(at, _Branch())
                    self._expand(inner, below, rows, f"{path}.{part.name}")

    def _column(self, op: Op, rows: int, path: str) -> ColumnPlan | None:
        names: tuple[str, ...] = ()
        size = 0
        match op.code:
            case Code.INT:
                wide = op.is_extensible or op.low < -(1 << 31) or op.high >= 1 << 31
                kind = Kind.INT64 if wide else Kind.INT32
            case Code.ENUM:
                kind, names = Kind.UINT8, self._table.names[op.first]
            case Code.CHOICE:
                kind, names = Kind.UINT8, tuple(part.name for part in self._table.parts_of(op))
            case Code.BOOL | Code.NULL:
                kind = Kind.UINT8
            case Code.BITS:
                kind, names = Kind.BITS32, self._table.names[op.first]
            case Code.OCTETS | Code.TEXT:
                fixed = op.high == op.low and not op.is_extensible and op.high != UNBOUNDED
                kind, size = Kind.OCTETS, op.low if fixed else 0
            case _:
                return None
        return ColumnPlan(path, rows, kind, size, names, op.code == Code.TEXT)

    def _tuple(self, op: Op, branch: _Branch) -> Any:
        parts = tuple(
            self._tuple(self._table.ops[row], branch.parts[at]) if at in branch.parts else None
            for at, (_, row) in enumerate(self._parts(op))
        )
        return branch.column, branch.rows, parts
