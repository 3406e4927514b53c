"""Statistics of repeated measurements: percentiles, shares with their interval, histograms.

    percentile   nearest rank: of n ordered values the one at ceil(p n / 100), so it was really measured
    share        k of n, with Wilson's score interval at confidence c, z = quantile (1 + c) / 2 of N(0, 1):

                     (k + z^2 / 2) / (n + z^2)  -+  z / (n + z^2) sqrt(k (n - k) / n + z^2 / 4)

    histogram    bins of equal width whose edges are round numbers (1, 2 or 5 times a power of ten)

Nothing here guesses: without values there is no percentile, and a share of nothing may be anything in 0..1.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
American Statistical Association 22 (1927).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Histogram", "Share", "Summary", "histogram", "nice_step", "percentile", "summary"]


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` out of ``of``.  Raises ValueError unless 0 <= hits <= of."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of} is no share")

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; ``None`` of nothing."""
        return self.hits / self.of if self.of else None

    def interval(self, confidence: float) -> tuple[float, float]:
        """Wilson's bounds, 0 to 1.  ``confidence`` is between 0 and 1 (0.95), else ValueError."""
        if not 0.0 < confidence < 1.0:
            raise ValueError(f"a confidence lies between 0 and 1: {confidence}")
        if not self.of:
            return 0.0, 1.0
        z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
        n, k = float(self.of), float(self.hits)
        centre = (k + z * z / 2.0) / (n + z * z)
        half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4.0)
        low = 0.0 if self.hits == 0 else max(0.0, centre - half)
        return low, 1.0 if self.hits == self.of else min(1.0, centre + half)

    def __add__(self, other: Share) -> Share:
        """Both counts together."""
        return Share(self.hits + other.hits, self.of + other.of)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a set of values is like; all in the values' unit, percentiles by nearest rank."""

    count: int
    least: float
    p50: float
    p90: float
    p95: float
    p99: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts[i]`` values lie in ``start + i width`` (included) to ``start + (i + 1) width`` (not)."""

    start: float
    width: float
    counts: tuple[int, ...]


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value at a percentile of ``ordered`` values, nearest rank.

    ``percent`` is 1 to 100.  Raises ValueError outside, or where there are no values.
    """
    if not 1 <= percent <= 100:
        raise ValueError(f"a percentile is 1 to 100, not {percent}")
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[-(-percent * len(ordered) // 100) - 1]


def summary(values: Sequence[float]) -> Summary | None:
    """``values`` (finite, in any order) in eight numbers; ``None`` where there are none."""
    if not values:
        return None
    ordered = sorted(values)
    p50, p90, p95, p99 = (percentile(ordered, percent) for percent in (50, 90, 95, 99))
    mean = min(max(math.fsum(ordered) / len(ordered), ordered[0]), ordered[-1])  # rounding stays inside
    return Summary(len(ordered), ordered[0], p50, p90, p95, p99, ordered[-1], mean)


def nice_step(span: float, parts: int) -> float:
    """The smallest of 1, 2, 5, 10, ... times a power of ten that ``parts`` times covers ``span``.

    1 where there is no span, or one too small to be told from nothing.  ``parts`` is at least 1.
    """
    if not math.isfinite(span) or span <= 1e-300 or parts < 1:
        return 1.0
    raw = span / parts
    power = 10.0 ** math.floor(math.log10(raw))
    return next((m * power for m in (1.0, 2.0, 5.0) if m * power >= raw * (1.0 - 1e-9)), 10.0 * power)


def histogram(values: Sequence[float], bins: int, least_width: float = 0.0) -> Histogram:
    """How ``values`` (finite) are spread, in at most ``bins`` + 2 bins, each ``least_width`` wide or wider.

    Raises ValueError without values.
    """
    if not values or bins < 1:
        raise ValueError("a histogram needs values and a bin")
    low, high = min(values), max(values)
    width = max(nice_step(high - low, bins), least_width)
    if not low + width > low or not high - width < high:  # values so large that a bin would have no width
        width = max(abs(low), abs(high))
    first = math.floor(low / width)
    counts = [0] * (math.floor(high / width) - first + 1)
    for value in values:
        counts[math.floor(value / width) - first] += 1
    return Histogram(first * width, width, tuple(counts))
