"""How a dialect's answer lines become the values of a PC5 function: layouts as data.

    layout    an entry for each field of the line in its order: the name of a value, or "" to skip it
    entry     name; hex = true where the digits are hexadecimal; scale and offset: value = raw * scale +
              offset; absent: raw texts that mean "no value"; values: raw text to word, for words and flags
    rows      "one": the first line; "each": every line is a row; "counted": the first says how many
    separator "comma" (quotes count) or "space" (any run of spaces)

Names, kinds and what must be there belong to the function (:data:`RESULTS`), not to the dialect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from v2x.modem.fields import Field, FieldError, Fields, prefix_of, split_fields
from v2x.modem.pc5_types import (
    ChannelBusy,
    Function,
    L2Ids,
    Pc5Cause,
    Pc5Counters,
    Pc5Signal,
    Pc5State,
    Pc5Status,
    PoolStatus,
    SyncSource,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from v2x.modem.commands import Reply

__all__ = ["RESULTS", "FieldLayout", "Kind", "Result", "RowLayout", "Rows", "Separator"]

ROWS_LIMIT = 256
"""Rows taken from one answer: senders in reach of a busy junction; more is damage."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?\Z", re.ASCII)


class Kind(Enum):
    """What a value is."""

    INT = "int"
    NUMBER = "number"
    COUNTS = "counts"
    BOOL = "bool"
    WORD = "word"


class Rows(Enum):
    """Which lines hold values."""

    ONE = "one"
    EACH = "each"
    COUNTED = "counted"


class Separator(Enum):
    """What stands between fields."""

    COMMA = "comma"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Result:
    """What a function gives: its values by name, which of them must be there, and what is made of them."""

    make: Callable[..., Any]
    kinds: Mapping[str, Kind]
    required: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    many: bool = False


def _numbers(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, Kind.NUMBER)


def _integers(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, Kind.INT)


def _status(
    *,
    rx: str,
    tx: str,
    rx_cause: str | None = None,
    tx_cause: str | None = None,
    pools: tuple[PoolStatus, ...] = (),
    time_uncertainty_s: float | None = None,
) -> Pc5Status:
    rx_why, tx_why = (None if word is None else Pc5Cause(word) for word in (rx_cause, tx_cause))
    return Pc5Status(Pc5State(rx), Pc5State(tx), rx_why, tx_why, pools, time_uncertainty_s)


_STATES = frozenset(state.value for state in Pc5State)
_CAUSES = frozenset(cause.value for cause in Pc5Cause)

RESULTS: dict[Function, Result] = {
    Function.STATUS: Result(
        _status,
        dict.fromkeys(("rx", "tx", "rx_cause", "tx_cause"), Kind.WORD) | _numbers("time_uncertainty_s"),
        frozenset({"rx", "tx"}),
        {"rx": _STATES, "tx": _STATES, "rx_cause": _CAUSES, "tx_cause": _CAUSES},
    ),
    Function.CBR: Result(ChannelBusy, _numbers("pssch", "pscch")),
    Function.COUNTERS: Result(
        Pc5Counters,
        dict.fromkeys(("pscch", "stch", "pssch"), Kind.COUNTS)
        | _integers("sa_first", "sa_second", "sa_both", "sent", "received", "phy_sent", "send_failed"),
    ),
    Function.L2_IDS: Result(L2Ids, _integers("source", "destination"), frozenset({"source"})),
    Function.SYNC_SOURCE: Result(
        SyncSource,
        {"kind": Kind.WORD, "synchronised": Kind.BOOL} | _integers("earfcn", "slss_id", "sub_slss_id"),
        frozenset({"kind", "synchronised"}),
        {"kind": frozenset({"gnss", "base_station", "reference_ue", "own"})},
    ),
    Function.SIGNAL: Result(
        Pc5Signal,
        _numbers("sa_main_sinr_db", "sa_diversity_sinr_db", "da_main_sinr_db", "da_diversity_sinr_db")
        | _numbers("da_rsrp_dbm", "da_main_max_rsrp_dbm", "da_diversity_max_rsrp_dbm"),
        many=True,
    ),
}
"""The functions that answer.  ``cbr`` gives 0..1, whatever the unit writes: ``scale`` makes it so."""


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field of a line; an empty ``name`` skips it."""

    name: str
    kind: Kind = Kind.INT
    base: int = 10
    scale: float = 1.0
    offset: float = 0.0
    absent: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)

    def read(self, fields: Fields, index: int) -> Any:
        """The value, ``None`` where there is none.  Raises FieldError on what can't be read."""
        text = fields.text(index)
        if text is None or text in self.absent:
            return None
        if self.kind in (Kind.WORD, Kind.BOOL):
            if text not in self.values:
                raise FieldError(index, f"a value that the dialect does not know: {text!r}")
            word = self.values[text]
            return word == "true" if self.kind is Kind.BOOL else word
        if self.kind is Kind.NUMBER and self.base == 10:
            if not _NUMBER.match(text):
                raise FieldError(index, f"no number: {text!r}")
            return float(text) * self.scale + self.offset
        number = fields.optional_hex(index) if self.base == 16 else fields.optional_integer(index)
        if number is None:
            return None
        if self.kind is Kind.NUMBER:
            return number * self.scale + self.offset
        return (number,) if self.kind is Kind.COUNTS else number


@dataclass(frozen=True, slots=True)
class RowLayout:
    """All fields of an answer, and what is made of them."""

    result: Result
    prefix: str
    fields: tuple[FieldLayout, ...]
    rows: Rows = Rows.ONE
    separator: Separator = Separator.COMMA

    def parse(self, reply: Reply) -> Any:
        """The function's value, or a tuple of them.  Raises FieldError or ValueError on another answer."""
        lines = [line for line in reply.lines if prefix_of(line) == self.prefix]
        if not lines:
            raise FieldError(0, f"no line of {self.prefix}")
        if self.rows is Rows.COUNTED:
            count = split_fields(lines[0]).integer(0)
            if count < len(lines) - 1:  # fewer may come: a real baseband says all and lists the first
                raise FieldError(0, f"{count} rows are said, {len(lines) - 1} came")
            lines = lines[1:]
        elif self.rows is Rows.ONE:
            lines = lines[:1]
        if len(lines) > ROWS_LIMIT:
            raise FieldError(0, f"more than {ROWS_LIMIT} rows")
        rows = tuple(self._row(line) for line in lines)
        return rows if self.result.many else rows[0]

    def _row(self, line: str) -> Any:
        if self.separator is Separator.SPACE:
            fields = Fields(Field(word) for word in line.partition(":")[2].split())
        else:
            fields = split_fields(line)
        values = {
            layout.name: layout.read(fields, index) for index, layout in enumerate(self.fields) if layout.name
        }
        for name in sorted(self.result.required):
            if values.get(name) is None:
                raise FieldError(0, f"{name}: no value")
        return self.result.make(**values)
