"""Which pseudonym certificate a vehicle signs with, and when it changes to the next one.

    change  <=>  age_s >= 300  and  distance_m >= 2100  and  no critical flag     by the rule
             or  the certificate in use is no longer valid                        at once, whatever holds

The age counts from the change, the distance is the straight line from its place to the present one; what
held a change back (distance, flag) lets it happen at the first message at which it is gone.  A certificate
out of its validity is never used: where no other can follow there is no signer, and so no message.

Pure: time and place are arguments, nothing is drawn.  Ids, counts and trails that change along are the
matter of ``v2x.identity``.  Source: GB/T 45315-2025 by our facts; what follows when all certificates of
the pool were used isn't known: :class:`Exhausted`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.certs.signer import Signer

__all__ = ["FIXED", "POOL_LIMIT", "ChangeReason", "ChangeRule", "Exhausted", "PseudonymPool"]

POOL_LIMIT = 4096
"""Signers of one pool: three years of 20 a week are 3,120; each keeps its certificate and key in memory."""


class ChangeReason(StrEnum):
    """Why another certificate, or the first one, came into use."""

    START = "start"
    RULE = "rule"
    EXPIRED = "expired"


class Exhausted(StrEnum):
    """What follows when every valid certificate of the pool was used once.

    ``REUSE``: round robin from the first, as pseudonyms of a week are used elsewhere; the only one that is
    valid simply stays in use.  ``STOP``: no certificate is used twice, and so nothing is sent any more.
    """

    REUSE = "reuse"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """When to change; ``period_s`` infinite: only when the certificate in use expires."""

    period_s: float = 300.0
    distance_m: float = 2100.0
    exhausted: Exhausted = Exhausted.REUSE

    def __post_init__(self) -> None:
        if not self.period_s > 0.0 or not self.distance_m >= 0.0:
            raise ValueError(f"a change after {self.period_s} s and {self.distance_m} m")

    @property
    def fixed(self) -> bool:
        """Whether a certificate is kept as long as it is valid."""
        return self.period_s == math.inf


FIXED = ChangeRule(period_s=math.inf)
"""Keep the certificate: identity certificates of emergency vehicles, road-side units, benches."""


class PseudonymPool:
    """The signers of one vehicle, in their order of use; one thread owns it.

    ValueError for none, more than ``POOL_LIMIT``, or the same certificate twice.
    """

    def __init__(self, signers: Sequence[Signer], rule: ChangeRule | None = None) -> None:
        if not 1 <= len(signers) <= POOL_LIMIT:
            raise ValueError(f"a pool has 1 to {POOL_LIMIT} signers, not {len(signers)}")
        if len({signer.hashed_id8 for signer in signers}) < len(signers):
            raise ValueError("a certificate is twice in the pool")
        self.rule = rule or ChangeRule()
        self._signers = tuple(signers)
        self._unused = set(range(len(signers)))
        self._index: int | None = None
        self._last = -1
        self._since_at = 0.0
        self._from_m = (0.0, 0.0)

    def __len__(self) -> int:
        return len(self._signers)

    @property
    def signer(self) -> Signer | None:
        """The one in use; None before the first update and where no certificate may be used."""
        return None if self._index is None else self._signers[self._index]

    def update(self, at: float, east_m: float, north_m: float, *, critical: bool) -> ChangeReason | None:
        """Decide for the message at ``at`` (POSIX s), sent from this place of one local frame.

        The reason where ``signer`` is now another one than before (or the first), else None: it was kept, or
        there is none.  ``critical``: a critical flag is set.  A clock that was set back starts the age anew.
        """
        if self._index is None:
            return self._take(ChangeReason.START, at, east_m, north_m)
        if not self._signers[self._index].is_valid(at):
            if self._take(ChangeReason.EXPIRED, at, east_m, north_m):
                return ChangeReason.EXPIRED
            self._index = None
            return None
        self._since_at = min(self._since_at, at)
        if critical or not self._is_due(at, east_m, north_m):
            return None
        if self._take(ChangeReason.RULE, at, east_m, north_m):
            return ChangeReason.RULE
        if self.rule.exhausted is Exhausted.STOP:
            self._index = None
        return None

    def _is_due(self, at: float, east_m: float, north_m: float) -> bool:
        if at - self._since_at < self.rule.period_s:
            return False
        return math.hypot(east_m - self._from_m[0], north_m - self._from_m[1]) >= self.rule.distance_m

    def _take(self, reason: ChangeReason, at: float, east_m: float, north_m: float) -> ChangeReason | None:
        """Put the next usable signer after the last one in use; None where there is none."""
        count = len(self._signers)
        for step in range(1, count + 1):
            index = (self._last + step) % count
            used_up = self.rule.exhausted is Exhausted.STOP and index not in self._unused
            if index == self._index or used_up or not self._signers[index].is_valid(at):
                continue
            self._index = self._last = index
            self._unused.discard(index)
            self._since_at, self._from_m = at, (east_m, north_m)
            self._signers[index].introduce()
            return reason
        return None
