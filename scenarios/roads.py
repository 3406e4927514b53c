"""Drivable routes through the recorded junction: its MAP's lanes, smooth curves, and assumed ways out.

    route = recorded lane (approach) + curve across the junction + exit beside another arm's approach

The recorded MAP (node 149) has one lane of 180 to 260 m towards the node on each of four arms, which ends
32 to 37 m before the node, and no lane that leads away.  So a vehicle leaves beside the approach of the arm
it drives to, in the opposite direction, ``exit_offset_m`` to the right in its own driving direction: an
assumption, it's a road that the map doesn't describe.  Distances are arc lengths from the route's start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from v2x.errors import ScenarioError
from v2x.scenarios.geometry import Path, hermite, resample, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.objects import Lane, MapUpdate

__all__ = ["EGO_STAND", "RoadSettings", "Roads", "Route"]

EGO_STAND = (30.0, -26.0, 3.0 * math.pi / 4.0)
"""East, north (m) and yaw (rad) of a place beside the recorded junction, clear of every route, that looks
towards the node: where the demo's own vehicle stands."""

POINT_SPACING_M = 1.0
TURN_RAD = math.pi / 6.0
"""A way that bends by less is no turn."""

LANES_LIMIT = 16
"""Approaches that are made drivable; the recorded junction has four."""


@dataclass(frozen=True, slots=True)
class RoadSettings:
    """How the recorded lanes become routes; all of it is ours.

    ``exit_offset_m``: distance between an approach's centre line and the way out beside it.
    ``smoothing_m``: over how much road the kinks of the recorded polylines are rounded.
    ``lateral_limit_mps2``: lateral acceleration that sets the speed in a curve.  ``slowing_mps2``: with
    which a vehicle slows down towards one.  ``diverged_m``: from which gap two routes no longer touch.
    ``default_limit_mps``: speed limit where the map gives none.
    """

    exit_offset_m: float = 11.0
    smoothing_m: float = 25.0
    lateral_limit_mps2: float = 2.0
    slowing_mps2: float = 1.5
    diverged_m: float = 4.5
    default_limit_mps: float = 13.9


@dataclass(frozen=True, slots=True)
class Route:
    """One way through the junction: from arm ``entry`` to arm ``leave``, governed by ``phase_id``.

    The stop line is at ``stop_m``, the way out begins at ``exit_m``.  ``allowed_mps`` is the speed that
    limit and curves ahead allow at each node of the path.  ``turn`` is left, straight or right.
    """

    index: int
    entry: int
    leave: int
    phase_id: int
    path: Path
    stop_m: float
    exit_m: float
    turn: str
    allowed_mps: tuple[float, ...] = field(repr=False)

    def allowed_at(self, along_m: float) -> float:
        """Speed allowed at ``along_m``."""
        place = int(along_m / self.path.step_m)
        return self.allowed_mps[min(max(place, 0), len(self.allowed_mps) - 1)]


class Roads:
    """The routes of one junction; ``arms[k]`` is the upstream node of arm ``k``, in the MAP's order."""

    def __init__(self, junction: MapUpdate, settings: RoadSettings | None = None) -> None:
        """Raises ScenarioError where no lane leads to another arm under a signal phase."""
        self.settings = settings or RoadSettings()
        self.node = junction.node
        lanes = junction.lanes[:LANES_LIMIT]
        self.arms: tuple[tuple[int, int], ...] = tuple(lane.upstream_node for lane in lanes)
        approaches = [self._approach(lane) for lane in lanes]
        exits = [self._exit(approach) for approach in approaches]
        routes: list[Route] = []
        for entry, lane in enumerate(lanes):
            for connection in lane.connections:
                if connection.phase_id is None or connection.remote_node not in self.arms:
                    continue
                leave = self.arms.index(connection.remote_node)
                limit_mps = lane.speed_limit_mps or self.settings.default_limit_mps
                ways = (approaches[entry], exits[leave])
                routes.append(self._route(len(routes), entry, leave, connection.phase_id, ways, limit_mps))
        self.routes: tuple[Route, ...] = tuple(routes)
        if not routes:
            raise ScenarioError(f"node {junction.node}: no lane leads to another arm under a signal phase")
        self._from = {k: tuple(r for r in routes if r.entry == k) for k in range(len(self.arms))}
        self._diverged = {
            (a.index, b.index): self._divergence(a, b)
            for a in routes
            for b in self._from[a.entry]
            if a is not b
        }

    def routes_from(self, arm: int) -> tuple[Route, ...]:
        """The routes that begin on ``arm``."""
        return self._from[arm]

    def phases_by_arm(self) -> list[list[int]]:
        """Signal phases of each arm, for the signal plan."""
        return [[route.phase_id for route in self._from[k]] for k in range(len(self.arms))]

    def diverged_m(self, leader: Route, follower: Route) -> float:
        """From where on ``leader`` a vehicle is clear of ``follower``, a route of the same arm."""
        return math.inf if leader is follower else self._diverged[leader.index, follower.index]

    def _approach(self, lane: Lane) -> NDArray[np.float64]:
        window = 2 * round(self.settings.smoothing_m / POINT_SPACING_M / 2.0) + 1
        return smooth(resample(np.asarray(lane.points_m, dtype=np.float64), POINT_SPACING_M), window)

    def _exit(self, approach: NDArray[np.float64]) -> NDArray[np.float64]:
        outward = approach[::-1]
        gradient = np.gradient(outward, axis=0)
        unit = gradient / np.hypot(*gradient.T)[:, None]
        right = np.stack([unit[:, 1], -unit[:, 0]], axis=1)
        shifted: NDArray[np.float64] = outward + self.settings.exit_offset_m * right
        return shifted

    def _route(
        self,
        index: int,
        entry: int,
        leave: int,
        phase_id: int,
        ways: tuple[NDArray[np.float64], NDArray[np.float64]],
        limit_mps: float,
    ) -> Route:
        approach, way_out = ways
        curve = hermite(approach[-1], _yaw(approach[-2:]), way_out[0], _yaw(way_out[:2]))
        path = Path(np.concatenate([approach, curve[1:-1], way_out]), POINT_SPACING_M)
        stop_m, out_m = _length(approach), _length(way_out)
        allowed = self._allowed(path, limit_mps)
        bend = math.remainder(_yaw(way_out[:2]) - _yaw(approach[-2:]), 2.0 * math.pi)
        turn = "straight" if abs(bend) < TURN_RAD else ("left" if bend > 0.0 else "right")
        return Route(index, entry, leave, phase_id, path, stop_m, path.length_m - out_m, turn, tuple(allowed))

    def _allowed(self, path: Path, limit_mps: float) -> list[float]:
        """Backwards along the path: what still lets a vehicle slow down for the next curve."""
        bend = np.maximum(np.abs(path.curvatures), 1e-6)
        allowed = np.minimum(limit_mps, np.sqrt(self.settings.lateral_limit_mps2 / bend))
        gain = 2.0 * self.settings.slowing_mps2 * path.step_m
        for k in range(len(allowed) - 2, -1, -1):
            allowed[k] = min(allowed[k], math.sqrt(allowed[k + 1] ** 2 + gain))
        return [float(v) for v in allowed]

    def _divergence(self, leader: Route, follower: Route) -> float:
        """First arc length beyond the stop line at which ``leader`` is ``diverged_m`` from ``follower``."""
        step_m = leader.path.step_m
        ours = leader.path.points[int(leader.stop_m / step_m) :]
        theirs = follower.path.points[int(follower.stop_m / follower.path.step_m) :]
        gaps = np.hypot(*(ours[:, None, :] - theirs[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        far = np.flatnonzero(gaps > self.settings.diverged_m)
        return math.inf if not len(far) else (int(leader.stop_m / step_m) + int(far[0])) * step_m


def _yaw(points: NDArray[np.float64]) -> float:
    step = points[1] - points[0]
    return math.atan2(step[1], step[0])


def _length(points: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())
