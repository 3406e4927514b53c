"""What a detector says, its thresholds, and the ranges that each claim is held to by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.errors import Reason
from v2x.objects import MapUpdate, Observation, SignalUpdate

if TYPE_CHECKING:
    from v2x.objects import Observed, RoadEvent

__all__ = ["Finding", "PlausibilitySettings", "finding", "out_of_range"]


@dataclass(frozen=True, slots=True)
class PlausibilitySettings:
    """Thresholds, all of them ours (see the module for the equations).

    ``position_range_m``: farthest place that a message may speak of; a road-side unit's map reaches farther
    than its radio.  ``radio_range_m``: farthest place of a sender who was heard directly; PC5 carries some
    hundred metres, a kilometre over open ground.  ``window_s``: what the slow detectors look back on.
    ``rate_limit_hz``: 10 Hz and what a critical event adds.
    """

    position_range_m: float = 5000.0
    speed_limit_mps: float = 100.0
    message_age_limit_s: float = 2.0
    signal_age_limit_s: float = 5.0
    jump_margin_m: float = 10.0
    radio_range_m: float = 2000.0
    window_s: float = 1.0
    memory_s: float = 5.0
    speed_margin_mps: float = 3.0
    speed_margin_share: float = 0.25
    heading_margin_rad: float = math.radians(75.0)
    heading_speed_mps: float = 5.0
    frozen_speed_mps: float = 2.0
    frozen_move_m: float = 0.05
    rate_limit_hz: float = 15.0
    replay_matches: int = 5
    replay_speed_mps: float = 1.0
    overlap_margin_m: float = 0.5
    overlap_age_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim that one detector doesn't believe; ``other`` is the signer of the second party, if any."""

    reason: Reason
    detail: str
    object_id: str
    drop: bool
    signer: str | None = None
    other: str | None = None


def finding(
    reason: Reason, claim: Observed, name: str, detail: str, *, drop: bool = False, other: str | None = None
) -> Finding:
    """A finding about ``claim``, which goes by ``name``."""
    return Finding(reason, f"{name} {detail}", name, drop, claim.provenance.signer, other)


def out_of_range(
    claim: Observed, received_at: float, limits: PlausibilitySettings, station_m: tuple[float, float]
) -> Finding | None:
    """The first range that the claim leaves: place, speed, age; None where it leaves none."""
    if isinstance(claim, SignalUpdate):
        name = "SPAT of node " + "/".join(map(str, claim.node))
        return _too_old(claim, name, received_at - claim.stated_at, limits.signal_age_limit_s)
    if claim.east_m is not None and claim.north_m is not None:
        distance_m = math.hypot(claim.east_m - station_m[0], claim.north_m - station_m[1])
        if not distance_m <= limits.position_range_m:
            detail = f"is said to be {distance_m:.0f} m away"
            return finding(Reason.PLAUSIBILITY_POSITION_RANGE, claim, _name(claim), detail, drop=True)
    if not isinstance(claim, Observation):
        return None
    speed_mps = claim.speed_mps
    if speed_mps is not None and not abs(speed_mps) <= limits.speed_limit_mps:
        detail = f"claims {speed_mps:.1f} m/s"
        return finding(Reason.PLAUSIBILITY_SPEED_RANGE, claim, claim.object_id, detail, drop=True)
    return _too_old(claim, claim.object_id, received_at - claim.measured_at, limits.message_age_limit_s)


def _too_old(claim: Observed, name: str, gap_s: float, limit_s: float) -> Finding | None:
    if abs(gap_s) <= limit_s:
        return None
    detail = f"dates from {gap_s:.2f} s before its reception"
    return finding(Reason.PLAUSIBILITY_MESSAGE_TIME, claim, name, detail, drop=True)


def _name(claim: Observation | MapUpdate | RoadEvent) -> str:
    if isinstance(claim, MapUpdate):
        return f"node {claim.node[0]}/{claim.node[1]}"
    return claim.object_id if isinstance(claim, Observation) else claim.event_id
