"""When a simulated sender sends: equal periods from its first instant, without drift.

    instant k = first_at + k period_s;  due(at) gives those in (last call, at]

What is older than ``BACKLOG_S`` when it is asked for is skipped and counted: a sender that was held up
doesn't send a burst of stale messages.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from v2x.identity import SOURCE_L2

if TYPE_CHECKING:
    import random

__all__ = ["BACKLOG_S", "Periodic", "draw_l2_id"]

BACKLOG_S = 0.5
"""Half of the second after which receivers drop a message as stale."""


def draw_l2_id(rng: random.Random) -> int:
    """A source layer-2 id."""
    return rng.randint(*SOURCE_L2)


class Periodic:
    """The instants of one sender."""

    __slots__ = ("_count", "_first_at", "_period_s", "skipped")

    def __init__(self, first_at: float, period_s: float) -> None:
        if period_s <= 0.0:
            raise ValueError("a period must be positive")
        self._first_at = first_at
        self._period_s = period_s
        self._count = 0
        self.skipped = 0

    def due(self, at: float) -> list[float]:
        """The instants up to ``at`` that were not given before."""
        upto = math.floor((at - self._first_at) / self._period_s + 1e-9) + 1
        oldest = math.ceil((at - BACKLOG_S - self._first_at) / self._period_s - 1e-9)
        if oldest > self._count:
            self.skipped += min(oldest, upto) - self._count
            self._count = min(oldest, upto)
        instants = [self._first_at + k * self._period_s for k in range(self._count, upto)]
        self._count = max(self._count, upto)
        return instants
