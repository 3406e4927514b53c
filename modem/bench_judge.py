"""Verdicts on a bench: each pass limit of the plan against what the cycles measured.

    numbers   min mean p50 p90 p95 p99 max of all cycles that have the measure; ``seconds`` of a step (or of
              the cycle) only where it succeeded: how often it does not is another measure
    shares    all cycles' counts together: share, and Wilson's bounds at the plan's confidence

A limit without a single value does not hold: nothing was shown.  A run that did not come to its end is
INCOMPLETE whatever its limits say, unless one of them fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from v2x.modem.bench_record import numbers_of, share_of
from v2x.modem.plan import SHARE_STATISTICS
from v2x.modem.stats import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.modem.bench_record import Cycle
    from v2x.modem.plan import Limit, Plan

__all__ = ["Overall", "Verdict", "judge", "overall", "statistic_of"]


class Overall(StrEnum):
    """The run as a whole; MEASURED: it came to its end and the plan has no limits."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"
    MEASURED = "MEASURED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit: the statistic's ``value`` (``None``: nothing was measured) out of ``count`` samples."""

    limit: Limit
    value: float | None
    count: int

    @property
    def passed(self) -> bool:
        """Whether the limit holds."""
        return self.value is not None and self.limit.holds(self.value)

    @property
    def name(self) -> str:
        """The limit's name, or what it says."""
        return self.limit.name or f"{self.limit.statistic} of {self.limit.measure} {self.limit.bound}"


def judge(plan: Plan, cycles: Sequence[Cycle]) -> tuple[Verdict, ...]:
    """A verdict for each limit of ``plan``, in its order."""
    return tuple(_verdict(plan, limit, cycles) for limit in plan.limits)


def _verdict(plan: Plan, limit: Limit, cycles: Sequence[Cycle]) -> Verdict:
    value, count = statistic_of(cycles, limit.measure, limit.statistic, plan.confidence)
    return Verdict(limit, value, count)


def statistic_of(
    cycles: Sequence[Cycle], measure: str, statistic: str, confidence: float
) -> tuple[float | None, int]:
    """A statistic of a measure and of how many samples; ``None`` without any."""
    if statistic in SHARE_STATISTICS:
        share = share_of(cycles, measure)
        low, high = share.interval(confidence)
        found = {"share": share.value, "lower": low, "upper": high}[statistic]
        return found if share.of else None, share.of
    numbers = summary([value for _, value in numbers_of(cycles, measure)])
    if numbers is None:
        return None, 0
    name = {"min": "least", "max": "most"}.get(statistic, statistic)
    return float(getattr(numbers, name)), numbers.count


def overall(verdicts: Sequence[Verdict], *, complete: bool) -> Overall:
    """The run's verdict from its limits' and from whether it came to its end."""
    if not all(verdict.passed for verdict in verdicts):
        return Overall.FAIL
    if not complete:
        return Overall.INCOMPLETE
    return Overall.PASS if verdicts else Overall.MEASURED
