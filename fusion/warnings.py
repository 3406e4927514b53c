"""Reference warning for crossing paths (intersection collision warning, ICW).

A warning is due where a confirmed, sufficiently checked track and the ego are going to be in the area that
both sweep at the same time (:mod:`v2x.fusion.conflict`), give or take a margin and the uncertainty of the
other's arrival, and the ego's front reaches that area within ``ttc_s``:

    ttc = ego_in = (a - h_e - L_e/2) / v_e

The default of 2.6 s lies before the 1.7 s at which C-NCAP 2024 expects a forward collision warning in a
crossing (the threshold of 2027 is not public), by more than one message period, one tick and the latency of
both; the choice between early and annoying is the user's.  The function keeps no state: a consumer that
wants a warning to hold adds its own hysteresis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from v2x.fusion.conflict import path_conflicts
from v2x.objects import Trust

if TYPE_CHECKING:
    from v2x.objects import Environment, Source

__all__ = ["CrossingWarning", "WarningSettings", "crossing_warning"]


@dataclass(frozen=True, slots=True)
class WarningSettings:
    """When to warn; the values are ours, for a passenger car on a dry road."""

    ttc_s: float = 2.6
    """The ego's time to the conflict at which the warning starts."""
    margin_s: float = 0.3
    """Arrivals this far apart still count as together."""
    sigmas: float = 1.0
    """How many sigma of the other's arrival widen the margin."""
    least_trust: Trust = Trust.VERIFIED
    """An unchecked claim must not make a car brake."""
    least_angle_rad: float = math.radians(20.0)
    """Flatter angles are following or oncoming, not crossing."""
    use_accel: bool = False
    """Extrapolate with the present accelerations: fewer alarms for who brakes, more noise."""


@dataclass(frozen=True, slots=True)
class CrossingWarning:
    """One reason to warn: about which track, in how many seconds, where, and on whose word."""

    track_id: int
    kind: str
    ttc_s: float
    east_m: float
    north_m: float
    sources: frozenset[Source]
    trust: Trust
    signer: str | None


def crossing_warning(
    environment: Environment, settings: WarningSettings | None = None
) -> tuple[CrossingWarning, ...]:
    """The warnings due at the environment's instant, the most urgent first."""
    settings = settings or WarningSettings()
    tracks = [t for t in environment.tracks if t.confirmed and t.trust >= settings.least_trust]
    if not tracks:
        return ()
    conflicts = path_conflicts(
        environment.ego, tracks, least_angle_rad=settings.least_angle_rad, use_accel=settings.use_accel
    )
    due = conflicts.collide(settings.margin_s, settings.sigmas) & (conflicts.ego_in_s <= settings.ttc_s)
    warnings = [
        CrossingWarning(
            track_id=tracks[i].track_id,
            kind="ICW",
            ttc_s=max(0.0, float(conflicts.ego_in_s[i])),
            east_m=float(conflicts.east_m[i]),
            north_m=float(conflicts.north_m[i]),
            sources=tracks[i].sources,
            trust=tracks[i].trust,
            signer=tracks[i].signer,
        )
        for i in np.flatnonzero(due).tolist()
    ]
    return tuple(sorted(warnings, key=lambda w: (w.ttc_s, w.track_id)))
