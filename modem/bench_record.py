"""What a bench measured, cycle by cycle, as values and as JSON.

    cycle   number (from 1), at (POSIX s when it began), seconds, its steps in the plan's order
    step    name; status ok, failed or skipped; seconds (not of a skipped one), reason (of a failed one);
            values: numbers by measure; shares: [hits, of] by measure

A cycle is ok when none of its steps failed.  A step that failed after its first measurements keeps them.
``rows`` gives the same as a table: one row a cycle, columns named ``<step>.<measure>``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from v2x.errors import ModemError
from v2x.modem.plan_steps import CYCLE
from v2x.modem.stats import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from v2x.modem.plan import Plan

__all__ = [
    "Cycle",
    "RecordError",
    "Status",
    "StepRecord",
    "columns",
    "instant",
    "numbers_of",
    "parse_cycle",
    "row_of",
    "share_of",
]

INSTANT_LIMIT = 32_503_680_000.0
"""The year 3000: beyond it a time stamp is damage."""

Cell = str | int | float | bool | None


class RecordError(ModemError):
    """Recorded results can't be read; the message says where."""


class Status(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of one cycle; see the module's text."""

    name: str
    status: Status
    seconds: float | None = None
    reason: str | None = None
    values: dict[str, float] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; what is not there is left out."""
        view: dict[str, Any] = {"name": self.name, "status": str(self.status)}
        if self.seconds is not None:
            view["seconds"] = round(self.seconds, 6)
        if self.reason is not None:
            view["reason"] = self.reason
        if self.values:
            view["values"] = {key: round(value, 6) for key, value in self.values.items()}
        if self.shares:
            view["shares"] = {key: [share.hits, share.of] for key, share in self.shares.items()}
        return view


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle; see the module's text."""

    number: int
    at: float
    seconds: float
    steps: tuple[StepRecord, ...]

    @property
    def ok(self) -> bool:
        """Whether no step failed."""
        return not any(step.status is Status.FAILED for step in self.steps)

    @property
    def reason(self) -> str | None:
        """Why the first step that failed did."""
        return next((f"{s.name}: {s.reason}" for s in self.steps if s.status is Status.FAILED), None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "number": self.number,
            "at": round(self.at, 6),
            "seconds": round(self.seconds, 6),
            "ok": self.ok,
            "steps": [step.to_dict() for step in self.steps],
        }


def parse_cycle(view: Any) -> Cycle:
    """``Cycle.to_dict`` read back.  Raises RecordError."""
    try:
        return Cycle(
            _whole(view["number"]),
            instant(view["at"]),
            _number(view["seconds"]),
            tuple(map(_step, view["steps"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RecordError(f"no cycle: {type(error).__name__}: {error}") from None


def _step(view: Any) -> StepRecord:
    seconds, reason = view.get("seconds"), view.get("reason")
    return StepRecord(
        str(view["name"]),
        Status(view["status"]),
        None if seconds is None else _number(seconds),
        None if reason is None else str(reason),
        {str(key): _number(value) for key, value in view.get("values", {}).items()},
        {str(key): Share(_whole(h), _whole(of)) for key, (h, of) in view.get("shares", {}).items()},
    )


def instant(value: Any) -> float:
    """A POSIX instant that a calendar has.  Raises ValueError."""
    at = _number(value)
    if not 0.0 <= at < INSTANT_LIMIT:
        raise ValueError(f"no instant: {at!r:.40}")
    return at


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"no number: {value!r:.40}")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise ValueError(f"no count: {value!r:.40}")
    return value


# -- as a table ------------------------------------------------------------------------------------


def columns(plan: Plan) -> dict[str, type]:
    """The table's columns in order, with the type of their cells; a cell without a value is ``None``."""
    found: dict[str, type] = {"cycle": int, "at": float, "seconds": float, "ok": bool, "reason": str}
    for step in plan.steps:
        found |= {f"{step.name}.status": str, f"{step.name}.seconds": float}
        found |= dict.fromkeys((f"{step.name}.{measure}" for measure in step.VALUES), float)
        for measure in step.SHARES:
            found |= {f"{step.name}.{measure}_count": int, f"{step.name}.{measure}_of": int}
    return found


def row_of(cycle: Cycle, names: Iterable[str]) -> list[Cell]:
    """One row with the columns ``names``."""
    cells: dict[str, Cell] = {
        "cycle": cycle.number,
        "at": cycle.at,
        "seconds": cycle.seconds,
        "ok": cycle.ok,
        "reason": cycle.reason,
    }
    for step in cycle.steps:
        cells |= {f"{step.name}.status": str(step.status), f"{step.name}.seconds": step.seconds}
        cells |= {f"{step.name}.{measure}": value for measure, value in step.values.items()}
        for measure, share in step.shares.items():
            cells[f"{step.name}.{measure}_count"] = share.hits
            cells[f"{step.name}.{measure}_of"] = share.of
    return [cells.get(name) for name in names]


def numbers_of(cycles: Sequence[Cycle], measure: str) -> list[tuple[int, float]]:
    """Cycle number and value of a number ``<step>.<measure>``; ``seconds`` only of what succeeded."""
    step_name, _, name = measure.partition(".")
    found: list[tuple[int, float]] = []
    for cycle in cycles:
        if step_name == CYCLE:
            if cycle.ok:
                found.append((cycle.number, cycle.seconds))
            continue
        for step in cycle.steps:
            if step.name != step_name:
                continue
            value = step.values.get(name)
            if name == "seconds" and step.status is Status.OK:
                value = step.seconds
            if value is not None:
                found.append((cycle.number, value))
    return found


def share_of(cycles: Sequence[Cycle], measure: str) -> Share:
    """All cycles' counts of a share ``<step>.<measure>`` together; ``success`` counts what was tried."""
    step_name, _, name = measure.partition(".")
    if step_name == CYCLE:
        return Share(sum(cycle.ok for cycle in cycles), len(cycles))
    total = Share(0, 0)
    for cycle in cycles:
        for step in cycle.steps:
            if step.name != step_name or step.status is Status.SKIPPED:
                continue
            if name == "success":
                total += Share(int(step.status is Status.OK), 1)
            else:
                total += step.shares.get(name, Share(0, 0))
    return total
