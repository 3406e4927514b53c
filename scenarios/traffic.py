"""Simulated vehicles that drive the recorded junction, and the truth about them.

Following distance and free driving: the Intelligent Driver Model (M. Treiber, A. Hennecke, D. Helbing,
Physical Review E 62 (2000) 1805), with gap s, speed v, closing speed dv, wanted speed v0:

    a = A (1 - (v / v0)^4 - (s* / s)^2),   s* = S0 + max(0, v T + v dv / (2 sqrt(A B)))

A red signal is a standing leader at the stop line.  A vehicle that can't stop comfortably when its signal
turns yellow drives on.  Nobody enters the junction while a vehicle of another arm is still inside.  Where
its way out ends, a vehicle is away for some seconds, as if it turned round out of sight, and comes back on
the same arm when the entry is free.  The world advances in fixed steps from its start, so that its state
depends on the seed and the instant only, not on how often it is asked (but for gaps of minutes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.objects import Light, ObjectKind
from v2x.scenarios.truth import Truth

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from v2x.scenarios.roads import Roads, Route
    from v2x.scenarios.signals import SignalPlan

__all__ = ["Traffic", "TrafficSettings", "VehicleModel"]

STEP_S = 0.05
"""Length of a simulation step."""

CATCH_UP_LIMIT_S = 120.0
"""The most that one call drives the world on; the rest of a longer gap (a machine that slept) is skipped."""

FREE_GAP_M = 1e6
"""The gap of a vehicle with nobody ahead."""


@dataclass(frozen=True, slots=True)
class VehicleModel:
    """Outline and class of a vehicle; ``class_code`` is its BasicVehicleClass."""

    length_m: float
    width_m: float
    height_m: float
    kind: ObjectKind
    class_code: int


MODELS = (
    VehicleModel(4.70, 1.85, 1.45, ObjectKind.CAR, 10),
    VehicleModel(4.30, 1.80, 1.50, ObjectKind.CAR, 10),
    VehicleModel(4.90, 1.95, 1.75, ObjectKind.CAR, 10),
    VehicleModel(5.90, 2.05, 2.30, ObjectKind.TRUCK, 20),
)
"""Ordinary sizes; every tenth vehicle is the light truck."""


@dataclass(frozen=True, slots=True)
class TrafficSettings:
    """The fleet and how it drives; all of it is ours (SI units; the driver model's letters in brackets)."""

    vehicles: int = 30
    acceleration_mps2: float = 1.8  # A
    braking_mps2: float = 2.0  # B
    headway_s: float = 1.2  # T
    standing_gap_m: float = 2.5  # S0
    hardest_braking_mps2: float = 6.0
    stop_distance_m: float = 1.0  # front bumper before the stop line
    yellow_braking_mps2: float = 2.5  # a harder stop is not made: the vehicle drives on
    calm_factor: float = 1.3  # before a red light nobody brakes harder than this times what is needed
    wanted_share: tuple[float, float] = (0.80, 0.95)  # of the allowed speed, vehicle by vehicle
    away_s: tuple[float, float] = (2.5, 3.5)
    entry_speed_mps: float = 9.0
    indicator_m: float = 60.0  # before the stop line the turn signal goes on
    entry_gap_m: float = 12.0  # free road that an entering vehicle needs


class _Vehicle:
    """The state of one vehicle: where along which route, how fast, and what it decided at the signal."""

    __slots__ = (
        "acceleration_mps2",
        "along_m",
        "away_until",
        "green_before",
        "leaves_anyway",
        "model",
        "name",
        "object_id",
        "on_road",
        "route",
        "speed_mps",
        "wanted_share",
    )

    def __init__(self, name: str, model: VehicleModel, route: Route, wanted_share: float) -> None:
        self.name = name
        self.object_id = f"truth:{name}"
        self.model = model
        self.route = route
        self.wanted_share = wanted_share
        self.along_m = 0.0
        self.speed_mps = 0.0
        self.acceleration_mps2 = 0.0
        self.on_road = True
        self.away_until = 0.0
        self.green_before = False
        self.leaves_anyway = False

    @property
    def front_m(self) -> float:
        return self.along_m + self.model.length_m / 2.0

    @property
    def rear_m(self) -> float:
        return self.along_m - self.model.length_m / 2.0

    @property
    def inside(self) -> bool:
        """Between its stop line and its way out."""
        return self.front_m > self.route.stop_m and self.rear_m < self.route.exit_m


class Traffic:
    """The fleet.  ``step(at)`` advances it, ``truth(k)`` tells where vehicle ``k`` is then."""

    def __init__(
        self,
        roads: Roads,
        plan: SignalPlan,
        start_at: float,
        rng: random.Random,
        settings: TrafficSettings | None = None,
    ) -> None:
        """Every vehicle begins on an approach, the arms in turn."""
        self.settings = settings or TrafficSettings()
        self._roads = roads
        self._plan = plan
        self._rng = rng
        self._start_at = start_at
        self._steps = 0
        self._at = start_at
        self._vehicles = [self._place(k) for k in range(self.settings.vehicles)]

    def _place(self, number: int) -> _Vehicle:
        arms = len(self._roads.arms)
        arm, rank = number % arms, number // arms
        per_arm = math.ceil(self.settings.vehicles / arms)
        model = MODELS[3] if number % 10 == 9 else MODELS[self._rng.randrange(3)]
        route = self._rng.choice(self._roads.routes_from(arm))
        vehicle = _Vehicle(
            f"vehicle-{number + 1:02d}", model, route, self._rng.uniform(*self.settings.wanted_share)
        )
        spacing_m = min(22.0, (route.stop_m - 25.0) / per_arm)
        if spacing_m < 9.0:
            raise ValueError(f"{per_arm} vehicles don't fit on an approach of {route.stop_m:.0f} m")
        vehicle.along_m = route.stop_m - 20.0 - rank * spacing_m
        vehicle.speed_mps = 4.0
        return vehicle

    # -- what others ask -------------------------------------------------------------------------

    @property
    def at(self) -> float:
        """The instant up to which the world was stepped."""
        return self._at

    @property
    def away(self) -> int:
        """Vehicles that are away now."""
        return sum(not v.on_road for v in self._vehicles)

    def __len__(self) -> int:
        return len(self._vehicles)

    def name_as(self, index: int, object_id: str) -> None:
        """Set under which id vehicle ``index`` is observed."""
        self._vehicles[index].object_id = object_id

    def model(self, index: int) -> VehicleModel:
        """Outline and class of vehicle ``index``."""
        return self._vehicles[index].model

    def truth(self, index: int) -> Truth:
        """Vehicle ``index`` at :attr:`at`."""
        v = self._vehicles[index]
        ahead_s = self._at - (self._start_at + self._steps * STEP_S)
        speed_mps = max(0.0, v.speed_mps + v.acceleration_mps2 * ahead_s)
        along_m = v.along_m + (v.speed_mps + speed_mps) / 2.0 * ahead_s
        east, north, yaw, curvature = v.route.path.at(along_m)
        return Truth(
            name=v.name,
            object_id=v.object_id,
            at=self._at,
            east_m=east,
            north_m=north,
            yaw_rad=math.remainder(yaw, 2.0 * math.pi),
            speed_mps=speed_mps,
            accel_mps2=v.acceleration_mps2 if speed_mps > 0.0 else 0.0,
            yaw_rate_radps=speed_mps * curvature,
            length_m=v.model.length_m,
            width_m=v.model.width_m,
            height_m=v.model.height_m,
            kind=v.model.kind,
            on_road=v.on_road,
        )

    def turning(self, index: int) -> tuple[bool, bool]:
        """Whether vehicle ``index`` shows its left and its right turn signal."""
        v = self._vehicles[index]
        near = v.route.stop_m - self.settings.indicator_m < v.front_m and v.rear_m < v.route.exit_m
        return near and v.route.turn == "left", near and v.route.turn == "right"

    def truths(self) -> list[Truth]:
        """Every vehicle at :attr:`at`, also those that are away (``on_road`` False)."""
        return [self.truth(k) for k in range(len(self._vehicles))]

    # -- the world goes on -----------------------------------------------------------------------

    def step(self, at: float) -> None:
        """Advance to ``at`` (POSIX s); ValueError for an instant that has passed."""
        if at < self._at:
            raise ValueError(f"the world can't go back by {self._at - at} s")
        self._start_at += max(0.0, at - self._at - CATCH_UP_LIMIT_S)
        wanted = math.floor((at - self._start_at) / STEP_S + 1e-9)
        while self._steps < wanted:
            self._advance(self._start_at + self._steps * STEP_S)
            self._steps += 1
        self._at = at

    def _advance(self, now: float) -> None:
        on_road = [v for v in self._vehicles if v.on_road]
        lights = self._plan.state_at(now)
        inside = [v.route.entry for v in on_road if v.inside]
        busy = [any(entry != arm for entry in inside) for arm in range(len(self._roads.arms))]
        for v in on_road:
            v.acceleration_mps2 = self._acceleration(
                v, on_road, lights[v.route.phase_id], busy[v.route.entry]
            )
        for v in on_road:
            speed_mps = max(0.0, v.speed_mps + v.acceleration_mps2 * STEP_S)
            v.along_m += (v.speed_mps + speed_mps) / 2.0 * STEP_S
            v.speed_mps = speed_mps
            if v.along_m >= v.route.path.length_m - 1.0:
                v.on_road = False
                v.speed_mps = v.acceleration_mps2 = 0.0
                v.away_until = now + self._rng.uniform(*self.settings.away_s)
        for v in self._vehicles:
            if not v.on_road and now >= v.away_until:
                self._enter(v)

    def _acceleration(self, v: _Vehicle, on_road: Sequence[_Vehicle], light: Light, busy: bool) -> float:
        s = self.settings
        a = self._follow(v, *self._leader(v, on_road))
        if v.front_m <= v.route.stop_m and self._must_stop(v, light, busy):
            to_line_m = v.route.stop_m - s.stop_distance_m - v.front_m
            at_line = self._follow(v, to_line_m + s.standing_gap_m, 0.0)
            calm = -max(s.calm_factor * v.speed_mps**2 / (2.0 * max(0.1, to_line_m)), 1.0)
            a = min(a, max(at_line, calm))
        return max(-s.hardest_braking_mps2, a)

    def _follow(self, v: _Vehicle, gap_m: float, leader_mps: float) -> float:
        """The driver model's acceleration behind a leader ``gap_m`` ahead."""
        s = self.settings
        wanted_mps = v.wanted_share * v.route.allowed_at(v.along_m)
        closing = v.speed_mps * (v.speed_mps - leader_mps)
        closing /= 2.0 * math.sqrt(s.acceleration_mps2 * s.braking_mps2)
        desired_m = s.standing_gap_m + max(0.0, v.speed_mps * s.headway_s + closing)
        free = (v.speed_mps / wanted_mps) ** 4
        return s.acceleration_mps2 * (1.0 - free - (desired_m / max(gap_m, 0.1)) ** 2)

    def _leader(self, v: _Vehicle, on_road: Sequence[_Vehicle]) -> tuple[float, float]:
        """Gap to the nearest vehicle ahead on the same way, and its speed."""
        nearest_m, speed_mps = FREE_GAP_M, 0.0
        to_end_m = v.route.path.length_m - v.along_m
        for other in on_road:
            if other is v:
                continue
            if other.route.entry == v.route.entry:
                if other.along_m <= v.along_m or other.rear_m > self._roads.diverged_m(other.route, v.route):
                    continue
                gap_m = other.rear_m - v.front_m
            elif other.route.leave == v.route.leave and other.rear_m >= other.route.exit_m:
                gap_m = to_end_m - (other.route.path.length_m - other.along_m)
                if gap_m <= 0.0:
                    continue
                gap_m -= (other.model.length_m + v.model.length_m) / 2.0
            else:
                continue
            if gap_m < nearest_m:
                nearest_m, speed_mps = gap_m, other.speed_mps
        return nearest_m, speed_mps

    def _must_stop(self, v: _Vehicle, light: Light, busy: bool) -> bool:
        """Decide at the signal; a decision to drive on at yellow holds until the line is crossed."""
        if light is Light.PERMISSIVE_GREEN:
            v.green_before, v.leaves_anyway = True, False
            return busy
        if v.green_before:
            v.green_before = False
            to_line_m = max(0.1, v.route.stop_m - self.settings.stop_distance_m - v.front_m)
            needed = v.speed_mps**2 / (2.0 * to_line_m)
            v.leaves_anyway = not busy and needed > self.settings.yellow_braking_mps2
        return not v.leaves_anyway

    def _enter(self, v: _Vehicle) -> None:
        """Come back on the arm beside which it left, if there is room."""
        arm = v.route.leave
        ahead = [o for o in self._vehicles if o.on_road and o.route.entry == arm]
        room_m = min((o.rear_m for o in ahead), default=FREE_GAP_M) - v.model.length_m
        if room_m < self.settings.entry_gap_m:
            return
        last_mps = min((o.speed_mps for o in ahead if o.rear_m < 40.0), default=FREE_GAP_M)
        load = [1 + sum(o.route.entry == k for o in self._vehicles) for k in range(len(self._roads.arms))]
        routes = self._roads.routes_from(arm)
        v.route = self._rng.choices(routes, weights=[1.0 / load[r.leave] ** 2 for r in routes])[0]
        v.along_m = v.model.length_m / 2.0
        v.speed_mps = min(self.settings.entry_speed_mps, last_mps + 2.0)
        v.on_road, v.green_before, v.leaves_anyway = True, False, False
