"""The ego vehicle's own simulated sensor: what a forward camera with radar would report of road users.

A road user is seen when it is in range, in the field of view, and when a straight line to its centre or
one of its corners is free of obstructions and of other road users.  What is seen is reported with noise
that grows with distance, as ``Source.SENSOR`` and ``Trust.OWN``; object ids are ``sensor:<n>``, given anew
when a road user was out of sight for a while, because a real sensor doesn't recognise it either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from v2x.objects import Observation, Provenance, Source, Trust
from v2x.scenarios.geometry import sight_blocked

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from v2x.footprint import Box
    from v2x.objects import EgoState
    from v2x.scenarios.truth import Truth

__all__ = ["SensorSettings", "SimulatedSensor"]

MEMORY_LIMIT = 1024
"""Road users whose ids are remembered; more than any scenario has."""


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """What the sensor can do; all of it is an assumption of ours, one sigma where noise is meant.

    ``mount_ahead_m``: sensor ahead of the ego's centre.  ``sigma_m`` and ``sigma_per_m``: position noise
    per axis, and its growth with distance.  ``detection``: chance that a visible road user is reported.
    ``confirm_s``: how long a road user must have been in sight before it is reported at all.
    ``forget_s``: after so long out of sight it gets a new id and must be confirmed again.
    """

    range_m: float = 70.0
    half_angle_deg: float = 60.0
    mount_ahead_m: float = 0.8
    sigma_m: float = 0.15
    sigma_per_m: float = 0.008
    speed_sigma_mps: float = 0.4
    yaw_sigma_rad: float = 0.06
    size_sigma_m: float = 0.15
    detection: float = 0.95
    confirm_s: float = 0.3
    forget_s: float = 1.0


@dataclass(slots=True)
class _Memory:
    object_id: str
    first_at: float
    last_at: float


class SimulatedSensor:
    """Call :meth:`observe` once per sweep.  Deterministic for a seeded generator."""

    simulated = True

    def __init__(self, rng: random.Random, settings: SensorSettings | None = None) -> None:
        self.settings = settings or SensorSettings()
        self._rng = rng
        self._memory: dict[str, _Memory] = {}
        self._next_id = 1

    def visible(self, ego: EgoState, truths: Sequence[Truth], obstacles: Sequence[Box] = ()) -> list[Truth]:
        """The road users in range, field of view and line of sight."""
        c, s = math.cos(ego.yaw_rad), math.sin(ego.yaw_rad)
        origin = (
            ego.east_m + c * self.settings.mount_ahead_m,
            ego.north_m + s * self.settings.mount_ahead_m,
        )
        on_road = [(truth, truth.box()) for truth in truths if truth.on_road]
        half_angle = math.radians(self.settings.half_angle_deg)
        seen: list[Truth] = []
        for truth, box in on_road:
            points = np.concatenate([[[truth.east_m, truth.north_m]], box.corners()])
            offset = points - np.array(origin)
            bearing = np.arctan2(c * offset[:, 1] - s * offset[:, 0], c * offset[:, 0] + s * offset[:, 1])
            inside = (np.hypot(*offset.T) <= self.settings.range_m) & (np.abs(bearing) <= half_angle)
            if not inside.any():
                continue
            blockers = [*obstacles, *(other for user, other in on_road if user is not truth)]
            if not sight_blocked(origin, points[inside], blockers).all():
                seen.append(truth)
        return seen

    def observe(
        self, at: float, ego: EgoState, truths: Sequence[Truth], obstacles: Sequence[Box] = ()
    ) -> list[Observation]:
        """One sweep at ``at``: a noisy claim about each confirmed, visible road user."""
        found: list[Observation] = []
        for truth in self.visible(ego, truths, obstacles):
            memory = self._remember(truth.name, at)
            if at - memory.first_at < self.settings.confirm_s - 1e-9:
                continue
            if self._rng.random() >= self.settings.detection:
                continue
            found.append(self._claim(at, ego, truth, memory.object_id))
        return found

    def _remember(self, name: str, at: float) -> _Memory:
        known = self._memory.get(name)
        if known is None or at - known.last_at > self.settings.forget_s:
            known = _Memory(f"sensor:{self._next_id}", at, at)
            self._next_id += 1
            if len(self._memory) >= MEMORY_LIMIT and name not in self._memory:
                del self._memory[next(iter(self._memory))]
            self._memory[name] = known
        known.last_at = at
        return known

    def _claim(self, at: float, ego: EgoState, truth: Truth, object_id: str) -> Observation:
        s, gauss = self.settings, self._rng.gauss
        distance_m = math.hypot(truth.east_m - ego.east_m, truth.north_m - ego.north_m)
        sigma_m = s.sigma_m + s.sigma_per_m * distance_m
        return Observation(
            provenance=Provenance(Source.SENSOR, Trust.OWN, None, at),
            object_id=object_id,
            measured_at=truth.at,
            east_m=truth.east_m + gauss(0.0, sigma_m),
            north_m=truth.north_m + gauss(0.0, sigma_m),
            speed_mps=max(0.0, truth.speed_mps + gauss(0.0, s.speed_sigma_mps)),
            yaw_rad=math.remainder(truth.yaw_rad + gauss(0.0, s.yaw_sigma_rad), 2.0 * math.pi),
            position_sigma_m=sigma_m,
            speed_sigma_mps=s.speed_sigma_mps,
            yaw_sigma_rad=s.yaw_sigma_rad,
            length_m=max(0.3, truth.length_m + gauss(0.0, s.size_sigma_m)),
            width_m=max(0.3, truth.width_m + gauss(0.0, s.size_sigma_m)),
            height_m=truth.height_m,
            kind=truth.kind,
        )
