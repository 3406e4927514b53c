"""Columns in Python: what ``engine_columns.h`` and ``columns()`` of ``engine_batch.h`` do, value for value.

A frame is decoded to asn1tools' form and its values are put into the arrays along the plan
(:mod:`v2x.codecs.columnplan`).  Nothing here needs numpy: arrays are whatever takes items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.columnplan import FILL_RIGHT, MEASURE
from v2x.codecs.optable import ROOT, Code, Op, OpTable
from v2x.codecs.puredecode import FaultError, decode_octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["fill_columns"]

BITS_KEPT = 32
"""Bits of a BIT STRING that a column holds."""


def fill_columns(
    table: OpTable,
    frames: Iterable[bytes],
    flags: int,
    plan: Any,
    columns: Sequence[tuple[Any, ...]],
    rows: Sequence[tuple[Any, ...]],
    faults: Any,
    mode: int,
) -> tuple[list[int], list[int]]:
    """One pass over the frames; ([rows per table], [longest string per column])."""
    job = _Job(table, columns, rows, mode)
    row = table.roots[ROOT]
    for index, frame in enumerate(frames):
        if mode == FILL_RIGHT and faults[index]:
            continue
        try:
            value, _ = decode_octets(table, frame, flags, row)
        except FaultError as fault:
            faults[index] = int(fault.code)
            continue
        faults[index] = 0
        job.row[0] = index
        job.put(table.ops[row], plan, value)
    return job.counts, job.longest


class _Job:
    """The arrays of one pass and where it is."""

    def __init__(
        self, table: OpTable, columns: Sequence[tuple[Any, ...]], rows: Sequence[tuple[Any, ...]], mode: int
    ) -> None:
        self._table = table
        self._columns = columns
        self._rows = rows
        self._fill = mode != MEASURE
        self.row = [0] * len(rows)
        self.counts = [0] * len(rows)
        self.longest = [0] * len(columns)

    def put(self, op: Op, plan: Any, value: Any, number: int = -1) -> None:
        """A value along its plan."""
        if plan is None:
            return
        column, rows, parts = plan
        match op.code:
            case Code.SEQ:
                number = value.get("messageId", -1)
                for part, below in zip(self._table.parts_of(op), parts, strict=True):
                    if below is not None and part.name in value:
                        self.put(self._table.ops[part.op], below, value[part.name], number)
            case Code.CHOICE:
                names = [part.name for part in self._table.parts_of(op)]
                at = names.index(value[0])
                self._store(op, column, at)
                self.put(self._table.ops[self._table.parts_of(op)[at].op], parts[at], value[1])
            case Code.LIST:
                for item in value:
                    self._begin(rows)
                    self.put(self._table.ops[op.first], parts[0], item)
            case Code.OPEN:
                for (known, row), below in zip(self._table.messages, parts, strict=True):
                    if known == number:
                        self.put(self._table.ops[row], below, value)
            case _:
                self._store(op, column, value)

    def _begin(self, rows: int) -> None:
        parent, _, parents = self._rows[rows]
        self.row[rows] = self.counts[rows]
        self.counts[rows] += 1
        if self._fill:
            parents[self.row[rows]] = self.row[parent]

    def _store(self, op: Op, column: int, value: Any) -> None:
        if column < 0:
            return
        rows, _, _, values, mask, lengths = self._columns[column]
        row = self.row[rows]
        if op.code in (Code.OCTETS, Code.TEXT):
            octets = value.encode("ascii") if op.code == Code.TEXT else value
            if not self._fill:
                self.longest[column] = max(self.longest[column], len(octets))
                return
            values[row][: len(octets)] = list(octets)
            if lengths is not None:
                lengths[row] = len(octets)
        elif not self._fill:
            return
        else:
            values[row] = self._number(op, value)
        mask[row] = 1

    def _number(self, op: Op, value: Any) -> int:
        match op.code:
            case Code.ENUM:
                return self._table.names[op.first].index(value)
            case Code.BITS:
                octets, bits = value
                number = int.from_bytes(octets, "big") >> (-bits % 8)
                kept = min(bits, BITS_KEPT)
                return sum((number >> (bits - 1 - k) & 1) << k for k in range(kept))
            case Code.NULL:
                return 0
        return int(value)
