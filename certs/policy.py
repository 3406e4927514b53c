"""Which signatures to check when there are more than time for them: the nearest and most threatening first.

    urgency_s = distance / max(closing speed, 1 m/s)         seconds until it could be here; small is urgent
    closing speed = - (relative position . relative velocity) / distance

Everything is taken from the messages unchecked, so it decides only what is looked at, never what is believed.
The rules, all ours:

1. A round is one message of each signer, its newest; a second message of the same signer comes in the second
   round.  So nobody gains by sending more, and who forges in another's name pushes back only that other.
2. Within a round, by ``urgency_s``.  A road-side message counts as ``roadside_s``, whatever it says: it
   speaks of many places.  A message with a critical event (AID 112, 114) counts as ``critical_share`` of its
   urgency.  A message that says no position comes last.
3. A signer whose certificate is new costs two checks (certificate and message) and everything that it says
   later hangs on it: a ``newcomer_share`` of the checks is theirs first.  A flood of made-up certificates can
   take no more than this and what the others leave.

``Budget`` says how many checks there are, by the time of reception.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.objects import EgoState

__all__ = ["Budget", "Claim", "EgoView", "PolicySettings", "choose", "urgency_s"]

CRITICAL_AIDS = frozenset({112, 114})
CLOSING_FLOOR_MPS = 1.0


@dataclass(frozen=True, slots=True)
class EgoView:
    """Where the receiver is and moves, in its local east-north frame."""

    east_m: float = 0.0
    north_m: float = 0.0
    v_east_mps: float = 0.0
    v_north_mps: float = 0.0

    @classmethod
    def of(cls, ego: EgoState) -> EgoView:
        """From this vehicle's own state."""
        v_east_mps = ego.speed_mps * math.cos(ego.yaw_rad)
        return cls(ego.east_m, ego.north_m, v_east_mps, ego.speed_mps * math.sin(ego.yaw_rad))


@dataclass(frozen=True, slots=True)
class Claim:
    """What an unchecked message says of its sender; ``place`` is (east_m, north_m, v_east_mps, v_north_mps).

    ``place`` is None where it says none, and where nobody looked.  ``newcomer``: its certificate is not
    judged yet.
    """

    signer: bytes
    aid: int
    generated_at: float
    place: tuple[float, float, float, float] | None = None
    roadside: bool = False
    newcomer: bool = False

    @property
    def checks(self) -> int:
        """Signatures that believing it takes."""
        return 2 if self.newcomer else 1


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Weights of the rules above; ours."""

    roadside_s: float = 2.0
    critical_share: float = 0.5
    newcomer_share: float = 0.25


def urgency_s(claim: Claim, ego: EgoView, settings: PolicySettings) -> float:
    """Seconds until the claimed sender could be here, weighted; infinite where nothing is known."""
    if claim.roadside:
        return settings.roadside_s
    if claim.place is None:
        return math.inf
    east_m, north_m, v_east_mps, v_north_mps = claim.place
    east_m, north_m = east_m - ego.east_m, north_m - ego.north_m
    distance_m = math.hypot(east_m, north_m)
    closing_mps = 0.0
    if distance_m > 0:
        towards = east_m * (v_east_mps - ego.v_east_mps) + north_m * (v_north_mps - ego.v_north_mps)
        closing_mps = -towards / distance_m
    seconds = distance_m / max(closing_mps, CLOSING_FLOOR_MPS)
    seconds = math.inf if math.isnan(seconds) else seconds
    return seconds * settings.critical_share if claim.aid in CRITICAL_AIDS else seconds


def choose(claims: Sequence[Claim], ego: EgoView, checks: int, settings: PolicySettings) -> list[bool]:
    """Which of ``claims`` to check with at most ``checks`` signatures; all of them where these suffice."""
    if sum(claim.checks for claim in claims) <= checks:
        return [True] * len(claims)
    urgencies = [urgency_s(claim, ego, settings) for claim in claims]
    rounds = _rounds(claims)
    ranked = sorted(range(len(claims)), key=lambda i: (rounds[i], urgencies[i], i))
    chosen = [False] * len(claims)
    left = checks
    reserved = math.ceil(settings.newcomer_share * checks)
    for among_newcomers in (True, False):
        for i in ranked:
            price = claims[i].checks
            if chosen[i] or price > left or (among_newcomers and not claims[i].newcomer):
                continue
            if among_newcomers and checks - left + price > reserved:
                break
            chosen[i] = True
            left -= price
    return chosen


def _rounds(claims: Sequence[Claim]) -> list[int]:
    """For each claim how many newer ones its signer has."""
    newer: dict[bytes, int] = {}
    rounds = [0] * len(claims)
    for i in sorted(range(len(claims)), key=lambda i: claims[i].generated_at, reverse=True):
        rounds[i] = newer.get(claims[i].signer, 0)
        newer[claims[i].signer] = rounds[i] + 1
    return rounds


class Budget:
    """Checks by time: ``checks_per_s`` of them, saved up for at most ``burst_s``.

    ``burst_s`` is 0.1: the period of a vehicle's messages, so that a share not used is not used later to
    make somebody wait.  The clock of the receiver may be set back: then nothing is saved up.
    """

    def __init__(self, checks_per_s: float, burst_s: float = 0.1) -> None:
        if not checks_per_s > 0 or not burst_s > 0:
            raise ValueError("a budget needs checks and a time to save them up")
        self._rate = checks_per_s
        self._most = max(2.0, checks_per_s * burst_s)
        self._left = self._most
        self._at: float | None = None

    def available(self, at: float) -> int:
        """Whole checks that there are at ``at`` (POSIX s)."""
        if self._at is not None and at > self._at:
            self._left = min(self._most, self._left + (at - self._at) * self._rate)
        self._at = at
        return max(0, int(self._left))

    def spend(self, checks: int) -> None:
        """These were made; more than there are is owed, up to a full budget."""
        self._left = max(-self._most, self._left - checks)
