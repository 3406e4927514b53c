"""PC5 values as JSON objects and back, as the agent protocol and the bench's records write them.

    value      JSON object: its fields by their names, states and causes as their words, tuples as lists
    counts     a list of numbers, one for each layer-2 id
    signal     {"rows": [{...}, ...]}

Names, kinds and what must be there are those of :data:`v2x.modem.pc5_layout.RESULTS`.  Keys that are not
known are skipped; a value of another type is an error.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from v2x.modem.pc5_layout import RESULTS, Kind, Result
from v2x.modem.pc5_types import Function, Pc5State, PoolStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["from_json", "to_json"]

LIST_LIMIT = 256
"""Entries of one list: pools, layer-2 ids or senders in reach; more is damage."""

INTEGER_LIMIT = 1 << 63


def to_json(value: Any) -> dict[str, Any]:
    """A PC5 value as a JSON object, without the fields that have no value."""
    if isinstance(value, tuple):
        return {"rows": [to_json(row) for row in value]}
    return {name: item for name, item in asdict(value).items() if item is not None and item != ()}


def from_json(function: Function, values: Mapping[str, Any]) -> Any:
    """What ``function`` gives, of a JSON object.  ValueError where it is none."""
    result = RESULTS[function]
    if not result.many:
        return _row(function, result, values)
    rows = values.get("rows")
    if not isinstance(rows, list) or len(rows) > LIST_LIMIT:
        raise ValueError(f"rows: no list of at most {LIST_LIMIT}")
    return tuple(_row(function, result, row) for row in rows)


def _row(function: Function, result: Result, values: Any) -> Any:
    if not isinstance(values, dict):
        raise ValueError(f"{function}: no object")
    row: dict[str, Any] = {}
    for name, kind in result.kinds.items():
        value = values.get(name)
        if value is not None:
            row[name] = _value(name, kind, value, result)
        elif name in result.required:
            raise ValueError(f"{name}: missing")
    if function is Function.STATUS and "pools" in values:
        row["pools"] = _pools(values["pools"])
    return result.make(**row)


def _value(name: str, kind: Kind, value: Any, result: Result) -> Any:
    if kind is Kind.BOOL:
        if isinstance(value, bool):
            return value
    elif kind is Kind.WORD:
        if isinstance(value, str) and value in result.words[name]:
            return value
    elif kind is Kind.NUMBER:
        if isinstance(value, int | float) and not isinstance(value, bool) and _finite(value):
            return float(value)
    elif kind is Kind.COUNTS:
        if isinstance(value, list) and len(value) <= LIST_LIMIT and all(_integer(item) for item in value):
            return tuple(value)
    elif _integer(value):
        return value
    raise ValueError(f"{name}: no {kind.value}")


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < INTEGER_LIMIT


def _finite(value: float) -> bool:
    return abs(value) < INTEGER_LIMIT and math.isfinite(value)


def _pools(value: Any) -> tuple[PoolStatus, ...]:
    if not isinstance(value, list) or len(value) > LIST_LIMIT:
        raise ValueError("pools: no list")
    pools = []
    for entry in value:
        if not isinstance(entry, dict) or not _integer(entry.get("pool")):
            raise ValueError("pools: no pool")
        pools.append(PoolStatus(entry["pool"], *(Pc5State(str(entry.get(key))) for key in ("rx", "tx"))))
    return tuple(pools)
