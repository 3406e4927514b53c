"""Many messages as numpy arrays: for logs, statistics and learning.

    table = decode_columns(frames, ["bsmFrame.pos", "bsmFrame.speed"], "csae53_2020")
    table["bsmFrame.speed"]               int32, one row per frame: the wire's integers, units in v2x.units
    table.masks["bsmFrame.speed"]         bool, True where there is a value
    table.faults                          uint8, one v2x.codecs.faults.Fault per frame, 0 for none

A field is a path of the standards' identifiers or of the attributes' names, from MessageFrame on, or from a
message by its kind: ``bsmFrame.pos.lat``, ``bsm_frame.pos.lat`` and ``BSM.pos.lat`` are one.  A path that
ends at a SEQUENCE or CHOICE stands for all numbers and strings in it, without the lists.  A list is named
itself and gets a table of its own, which knows the row that each of its rows belongs to::

    table = decode_columns(frames, ["RSM.refPos", "RSM.participants.speed"], profile)
    inner = table.children["RSM.participants"]
    inner["RSM.participants.speed"], inner.row      row: of the frame (of the outer list, in a list of lists)

    type          array                                  beside it
    INTEGER       int32, int64 where its range needs it
    BOOLEAN       uint8, 0 or 1
    ENUMERATED    uint8, the number                      ``names[field]``
    CHOICE        uint8, the number of the alternative   ``names[field]``
    BIT STRING    uint32, named bit k is bit k           ``names[field]``; bits from 32 on are left out
    OCTET STRING  S, as long as the longest that came    ``lengths[field]`` where the size is not fixed
    IA5String     S                                      ``lengths[field]``

Where there is no value the array holds 0.  A frame that is no message has its fault, and no values; numpy
shows an S value without the zero octets at its end, :meth:`Columns.objects` shows all of it.  The native
engine works without the interpreter lock.  Several messages that stand in one buffer need not be cut: give
their offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.codecs.columnplan import FILL, FILL_RIGHT, MEASURE, Kind, Plan
from v2x.codecs.faults import kind_of
from v2x.codecs.uper import LENIENT, engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from v2x.codecs.columnplan import ColumnPlan
    from v2x.codecs.records import Engine
    from v2x.errors import CodecErrorKind

__all__ = ["Columns", "decode_columns", "run_plan"]

PLANS = 64
"""Plans kept: a program asks for the same few fields again and again."""

_TYPES: dict[int, str] = {
    Kind.INT32: "int32",
    Kind.INT64: "int64",
    Kind.UINT8: "uint8",
    Kind.BITS32: "uint32",
}


@dataclass(frozen=True, eq=False)
class Columns(Mapping[str, "NDArray[Any]"]):
    """A table: arrays of ``length`` rows by field, and what stands beside them; see the module."""

    length: int
    arrays: dict[str, NDArray[Any]]
    masks: dict[str, NDArray[np.bool_]]
    names: dict[str, tuple[str, ...]]
    lengths: dict[str, NDArray[np.int32]]
    texts: frozenset[str]
    children: dict[str, Columns] = field(default_factory=dict)
    row: NDArray[np.int64] | None = None
    faults: NDArray[np.uint8] | None = None

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def error_kind(self, row: int) -> CodecErrorKind | None:
        """Why the frame of a row is no message; None where it is one."""
        return None if self.faults is None else kind_of(int(self.faults[row]))

    def objects(self, name: str) -> list[Any]:
        """A column as Python values: int, names, whole bytes, str; None where there is none."""
        values = self.arrays[name]
        mask = self.masks[name].tolist()
        if values.dtype.kind == "S":
            return [item if there else None for item, there in zip(self._strings(name), mask, strict=True)]
        items = values.tolist()
        if name in self.names and values.dtype == np.uint8:
            names = self.names[name]
            return [names[item] if there else None for item, there in zip(items, mask, strict=True)]
        return [item if there else None for item, there in zip(items, mask, strict=True)]

    def _strings(self, name: str) -> list[Any]:
        values = self.arrays[name]
        whole = values.tobytes()
        size = values.dtype.itemsize
        lengths = self.lengths[name].tolist() if name in self.lengths else [size] * self.length
        cut = [whole[at * size : at * size + length] for at, length in enumerate(lengths)]
        return [octets.decode("ascii") for octets in cut] if name in self.texts else cut

    def to_arrow(self) -> Any:
        """This table without its children as an Arrow table, absent values null; ImportError: no pyarrow."""
        from v2x.codecs.arrow import arrow_table

        return arrow_table(self)


def decode_columns(
    frames: Any,
    fields: Sequence[str],
    profile: str,
    *,
    offsets: Any = None,
    lenient: bool = False,
) -> Columns:
    """The fields of many messages; see the module.

    ``frames``: a sequence of bytes; or, with int64 ``offsets``, one more than there are frames, a buffer that
    holds them.  ``lenient``: zero octets behind a message are forgiven.  ValueError for a field that the
    profile does not have.
    """
    plan = _plan(profile, tuple(fields))
    if offsets is not None:
        offsets = np.ascontiguousarray(offsets, dtype=np.int64)
    elif not isinstance(frames, tuple):
        frames = tuple(frames)
    return run_plan(plan, engine(profile)[1], frames, offsets, LENIENT if lenient else 0)


@lru_cache(maxsize=PLANS)
def _plan(profile: str, fields: tuple[str, ...]) -> Plan:
    return Plan(engine(profile)[0], fields)


def run_plan(plan: Plan, found: Engine, frames: Any, offsets: Any, flags: int) -> Columns:
    """The tables of a plan, by an engine."""
    count = len(frames) if offsets is None else len(offsets) - 1
    if count < 0:
        raise ValueError("offsets are int64, one more than there are frames")
    faults = np.zeros(count, np.uint8)
    counts, longest = [count], [0] * len(plan.columns)
    if plan.needs_measuring:
        blank = tuple((column.rows, column.kind, 0, None, None, None) for column in plan.columns)
        rows = tuple((parent, 0, None) for parent in plan.parents)
        counts, longest = found.columns(frames, offsets, flags, plan.tree, blank, rows, faults, MEASURE)
        counts[0] = count
    parents = [np.zeros(rows, np.int64) for rows in counts]
    arrays = [
        _arrays(column, counts[column.rows], most) for column, most in zip(plan.columns, longest, strict=True)
    ]
    columns = tuple(
        (column.rows, column.kind, max(column.size, most), *made)
        for column, most, made in zip(plan.columns, longest, arrays, strict=True)
    )
    tables = tuple(zip(plan.parents, counts, parents, strict=True))
    mode = FILL_RIGHT if plan.needs_measuring else FILL
    found.columns(frames, offsets, flags, plan.tree, columns, tables, faults, mode)
    if not plan.needs_measuring:
        _clear(arrays, faults)
    return _tables(plan, counts, arrays, parents, faults)


def _arrays(column: ColumnPlan, rows: int, longest: int) -> tuple[Any, Any, Any]:
    """Values, mask and lengths of a column, zero."""
    mask = np.zeros(rows, np.uint8)
    if column.kind != Kind.OCTETS:
        return np.zeros(rows, _TYPES[column.kind]), mask, None
    values = np.zeros((rows, max(column.size, longest)), np.uint8)
    return values, mask, (np.zeros(rows, np.int32) if not column.size else None)


def _clear(arrays: list[tuple[Any, Any, Any]], faults: NDArray[np.uint8]) -> None:
    """What frames left that turned out to be none."""
    wrong = np.flatnonzero(faults)
    if len(wrong):
        for values, mask, lengths in arrays:
            values[wrong] = 0
            mask[wrong] = 0
            if lengths is not None:
                lengths[wrong] = 0


def _tables(
    plan: Plan, counts: list[int], arrays: list[Any], parents: list[Any], faults: NDArray[np.uint8]
) -> Columns:
    tables: list[Columns] = []
    for at, (parent, path) in enumerate(zip(plan.parents, plan.paths, strict=True)):
        mine = [
            (column, made) for column, made in zip(plan.columns, arrays, strict=True) if column.rows == at
        ]
        tables.append(
            Columns(
                length=counts[at],
                arrays={column.path: _values(made[0], made[2]) for column, made in mine},
                masks={column.path: made[1].view(np.bool_) for column, made in mine},
                names={column.path: column.names for column, _ in mine if column.names},
                lengths={column.path: made[2] for column, made in mine if made[2] is not None},
                texts=frozenset(column.path for column, _ in mine if column.is_text),
                row=parents[at] if at else None,
                faults=None if at else faults,
            )
        )
        if at:
            tables[parent].children[path] = tables[at]
    return tables[0]


def _values(values: NDArray[Any], lengths: NDArray[np.int32] | None) -> NDArray[Any]:
    """Octets in two dimensions as S in one, as long as the longest that there is but at least one octet."""
    if values.ndim == 1:
        return values
    if lengths is not None:  # what was measured may have been longer: of frames that were wrong further on
        values = np.ascontiguousarray(values[:, : max(1, lengths.max(initial=0))])
    rows, size = values.shape
    return values.view(f"S{size}").reshape(rows) if size else np.zeros(rows, "S1")
