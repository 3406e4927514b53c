"""The spread of many values in bounded memory: exact while there are few different ones, then near.

Up to ``EXACT_LIMIT`` different values are counted as they are, so that percentiles (nearest rank) are values
that were measured.  Beyond, a value v > 0 is counted in bin floor(ln(v) / ln(1.001)), and a percentile is the
middle of the bin in which the value of nearest rank lies, at most 0.05 % away from it, and never outside the
least and the greatest value; values below 0 are counted in bins of the same kind, by their magnitude.
Count, least, greatest and mean are always exact.  For hours of soak, where ``v2x.modem.stats.summary``
would have to keep every value.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TypeVar

from v2x.modem.stats import Summary

__all__ = ["Spread"]

EXACT_LIMIT = 4096
"""Different values: a minute of 60 senders, or a channel busy ratio for ever."""

STEP = 1.001
SMALLEST = 1e-6
"""Below it values are 0: a microsecond, the resolution of our time stamps."""

LARGEST = 1e6
"""Above it values count as this, for the percentiles: eleven days.  So there are at most 55,300 bins."""

_LN_STEP = math.log(STEP)


class Spread:
    """Values of one quantity, such as gaps in seconds.  Not thread-safe."""

    def __init__(self) -> None:
        self._exact: Counter[float] = Counter()
        self._bins: Counter[int] | None = None
        self._sum = 0.0
        self._least = math.inf
        self._most = -math.inf
        self.count = 0

    def add(self, value: float) -> None:
        """Count ``value``.  ValueError on what is not finite."""
        if not math.isfinite(value):
            raise ValueError(f"no value: {value}")
        if self._bins is not None:
            self._bins[_bin(value)] += 1
        else:
            self._exact[value] += 1
            if len(self._exact) > EXACT_LIMIT:
                self._fold()
        self._sum += value
        self._least = min(self._least, value)
        self._most = max(self._most, value)
        self.count += 1

    def _fold(self) -> None:
        self._bins = Counter()
        for value, count in self._exact.items():
            self._bins[_bin(value)] += count
        self._exact.clear()

    def percentile(self, percent: float) -> float | None:
        """The value of nearest rank, or near it; ``None`` of nothing.  ``percent``: above 0, at most 100."""
        if not 0.0 < percent <= 100.0:
            raise ValueError(f"a percentile is above 0 and at most 100, not {percent}")
        if not self.count:
            return None
        rank = math.ceil(percent / 100.0 * self.count)
        if self._bins is None:
            return _at(self._exact, rank)
        return min(max(_middle(_at(self._bins, rank)), self._least), self._most)

    def summary(self) -> Summary | None:
        """Everything together; ``None`` of nothing."""
        percentiles = [self.percentile(percent) for percent in (50, 90, 95, 99)]
        if None in percentiles:
            return None
        p50, p90, p95, p99 = (value for value in percentiles if value is not None)
        mean = min(max(self._sum / self.count, self._least), self._most)
        return Summary(self.count, self._least, p50, p90, p95, p99, self._most, mean)


_K = TypeVar("_K", int, float)


def _at(counts: Counter[_K], rank: int) -> _K:
    """The key at ``rank``, counted from the least."""
    seen = 0
    for key in sorted(counts):
        seen += counts[key]
        if seen >= rank:
            break
    return key


_ZERO = math.floor(math.log(SMALLEST) / _LN_STEP) - 1
"""Bins of positive values are numbered from 1 on by subtracting this."""


def _bin(value: float) -> int:
    magnitude = min(abs(value), LARGEST)
    if magnitude < SMALLEST:
        return 0
    number = math.floor(math.log(magnitude) / _LN_STEP) - _ZERO
    return number if value > 0.0 else -number


def _middle(number: int) -> float:
    if number == 0:
        return 0.0
    magnitude = math.exp((abs(number) + _ZERO + 0.5) * _LN_STEP)
    return magnitude if number > 0 else -magnitude
