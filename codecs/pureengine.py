"""The engine in Python: the contract of ``_engine.c`` where no compiler was, with the same results.

Decoding tries the fast functions (:mod:`v2x.codecs.puregen`) and falls back on the careful decoder
(:mod:`v2x.codecs.puredecode`), which knows every form and every fault; encoding has the same two stages
(:mod:`v2x.codecs.purewrite`, :mod:`v2x.codecs.pureencode`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from v2x.codecs.faults import MAX_MESSAGE_OCTETS, to_error
from v2x.codecs.identifiers import class_name
from v2x.codecs.optable import ROOT, OpTable
from v2x.codecs.purecolumns import fill_columns
from v2x.codecs.puredecode import FaultError, decode_octets
from v2x.codecs.pureencode import encode_value
from v2x.codecs.puregen import Fast, Rare
from v2x.codecs.purerecords import Maker, PureValue
from v2x.codecs.purewrite import FastWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from v2x.codecs.records import Record
    from v2x.errors import CodecError

__all__ = ["PureEngine", "frames_of"]

_NOT_FAST = (Rare, ValueError, OverflowError, IndexError)
"""What the fast functions raise for a message that is not theirs."""

_NOT_WRITTEN = (Rare, KeyError, TypeError)
"""What the fast encoders raise for a value that is not theirs."""


class PureEngine:
    """One profile: its op-table and the classes made from it; see :class:`v2x.codecs.records.Engine`."""

    def __init__(self, table: OpTable) -> None:
        self._table = table
        self._root = table.roots[ROOT]
        self._maker = Maker(table, _error)
        self._records = Fast(table, self._maker)
        self._forms = Fast(table, None)
        self._writer = FastWriter(table, None)
        self._record_writer = FastWriter(table, self._maker)

    @property
    def classes(self) -> dict[str, type[Record]]:
        """The classes by the names of their types."""
        return dict(self._maker.classes)

    def decode(self, data: bytes, flags: int = 0, row: int | None = None, /) -> Any:
        """The record of a message."""
        return self._decode(data, flags, self._row(row), 1)[0]

    def decode_dict(self, data: bytes, flags: int = 0, row: int | None = None, /) -> Any:
        """The value of a message in asn1tools' form."""
        return self._decode(data, flags, self._row(row), 2)[0]

    def inspect(
        self, data: bytes, flags: int = 0, row: int | None = None, form: int = 1, /
    ) -> tuple[Any, bool, int, int]:
        """(value, canonical, padding, unknown)."""
        if form not in (0, 1, 2):
            raise ValueError(f"form is 0, 1 or 2, not {form}")
        value, canonical, padding, unknown = self._decode(data, flags, self._row(row), form)
        return (value if form else None), canonical, padding, unknown

    def encode(self, record: Any, /) -> bytes:
        """The octets of a record."""
        if not isinstance(record, PureValue) or self._maker.classes.get(record.TYPE_NAME) is not type(record):
            raise TypeError(f"a record of this profile is wanted, not {type(record).__name__}")
        try:
            return self._record_writer.encode(record, record.ROW)
        except Rare:
            return self.encode_dict(self._maker.form(record.ROW, record), record.ROW)

    def encode_dict(self, value: Any, row: int | None = None, /) -> bytes:
        """The octets of a value in asn1tools' form."""
        at = self._row(row)
        try:
            return self._writer.encode(value, at)
        except _NOT_WRITTEN:
            pass
        try:
            return encode_value(self._table, value, at)
        except FaultError as fault:
            raise _error(fault, class_name(self._table.ops[at].type_name), True) from None

    def walk_many(self, frames: Any, offsets: Any = None, flags: int = 0, row: int | None = None, /) -> bytes:
        """One fault number per frame; 0 for none."""
        at = self._row(row)
        return bytes(self.fault_of(frame, flags, at) for frame in frames_of(frames, offsets))

    def fault_of(self, data: bytes, flags: int, row: int) -> int:
        """The number of a frame's fault; 0 for none."""
        try:
            self._careful(data, flags, row)
        except FaultError as fault:
            return int(fault.code)
        return 0

    def columns(
        self,
        frames: Any,
        offsets: Any,
        flags: int,
        plan: Any,
        columns: Sequence[tuple[Any, ...]],
        rows: Sequence[tuple[Any, ...]],
        faults: Any,
        fill: int,
        /,
    ) -> tuple[list[int], list[int]]:
        """Values into arrays: see :mod:`v2x.codecs.columns`."""
        cut = frames_of(frames, offsets)
        return fill_columns(self._table, cut, flags, plan, columns, rows, faults, fill)

    def _row(self, row: int | None) -> int:
        if row is None:
            return self._root
        if not 0 <= row < len(self._table.ops):
            raise ValueError(f"the table has no row {row}")
        if row not in self._table.roots.values():
            raise ValueError("values begin with a SEQUENCE or CHOICE")
        return row

    def _decode(self, data: Any, flags: int, row: int, form: int) -> tuple[Any, bool, int, int]:
        if isinstance(data, str):
            raise TypeError("octets are wanted, not str")
        data = bytes(memoryview(data))
        if len(data) <= MAX_MESSAGE_OCTETS:
            try:
                return (self._records if form == 1 else self._forms).decode(data, row), True, 0, 0
            except _NOT_FAST:
                pass
        try:
            value, reader = self._careful(data, flags, row)
        except FaultError as fault:
            raise _error(fault, class_name(self._table.ops[row].type_name), False) from None
        if form == 1:
            value = self._maker.record(row, value)
        return value, not reader.odd, reader.padding, reader.unknown

    def _careful(self, data: bytes, flags: int, row: int) -> tuple[Any, Any]:
        return decode_octets(self._table, data, flags, row)


def frames_of(frames: Any, offsets: Any) -> Iterator[bytes]:
    """The frames of a sequence of bytes, or of one buffer and the offsets of one more than there are."""
    if offsets is None:
        for index, frame in enumerate(frames):
            if not isinstance(frame, bytes):
                raise TypeError(f"frame {index} is no bytes object")
            yield frame
        return
    data = memoryview(frames).cast("B")
    bounds = [int(offset) for offset in offsets]
    if not bounds:
        raise ValueError("offsets are int64, one more than there are frames")
    for start, stop in pairwise(bounds):
        yield bytes(data[start:stop]) if 0 <= start <= stop <= len(data) else b""


def _error(fault: FaultError, root: str, encoding: bool) -> CodecError:
    path = fault.steps[::-1]
    return to_error(
        fault.code, root, path, fault.bit, fault.a, fault.b, fault.c, fault.names, fault.value, encoding
    )
