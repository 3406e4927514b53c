"""Map, signals and events of a token frame: polylines near the ego, resampled in one go.

All lanes' points are laid end to end; with s the arc length along that chain, one interpolation answers for
all of them.  Of each lane a window of +-100 m around the point nearest to the ego is taken, at 20 even
steps.  A signal stands at the end of the nearest lane that it governs.  Order: distance to the ego in
millimetres, then the environment's own order, which is fixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from v2x.fusion.schema import EVENTS, POINTS, SIGNALS, field_index
from v2x.objects import Light, Source, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.objects import EgoState, Environment, LaneView, RoadEvent, SignalView

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["EgoFrame", "Lanes", "pack_events", "pack_map", "pack_signals"]

MAP_REACH_M = 300.0
"""Lanes with no point nearer than this are left out."""
WINDOW_M = 100.0
"""How much of a lane is shown to either side of the point nearest to the ego."""
USUAL_LANE_WIDTH_M = 3.5
"""Where a map says none, to decide whether the ego is on the lane."""

_SIGNAL = field_index("signals")


class EgoFrame:
    """East/north to x forward, y left."""

    def __init__(self, ego: EgoState) -> None:
        self.origin = np.array([ego.east_m, ego.north_m])
        self.cos, self.sin = float(np.cos(ego.yaw_rad)), float(np.sin(ego.yaw_rad))

    def turn(self, vectors: Floats) -> Floats:
        """Rotate vectors (..., 2)."""
        out = np.empty(vectors.shape)
        out[..., 0] = self.cos * vectors[..., 0] + self.sin * vectors[..., 1]
        out[..., 1] = self.cos * vectors[..., 1] - self.sin * vectors[..., 0]
        return out

    def point(self, east: float, north: float) -> tuple[float, float]:
        """One point."""
        d_e, d_n = east - float(self.origin[0]), north - float(self.origin[1])
        return self.cos * d_e + self.sin * d_n, self.cos * d_n - self.sin * d_e

    def place(self, points: Floats) -> Floats:
        """Move and rotate points (..., 2)."""
        return self.turn(points - self.origin)


@dataclass(slots=True)
class Lanes:
    """All lanes of the environment in the ego frame, end to end.

    ``points`` (m, 2); ``chain`` (m,) rises along and between the lanes; per lane (n,): ``start`` and
    ``length`` on the chain, ``distance`` to the ego, ``nearest`` its arc length, ``ego_on`` and the end.
    """

    points: Floats
    chain: Floats
    start: Floats
    length: Floats
    distance: Floats
    nearest: Floats
    ego_on: NDArray[np.bool_]
    end: Floats
    end_direction: Floats

    @classmethod
    def of(cls, views: Sequence[LaneView], frame: EgoFrame) -> Lanes:
        """Lay out ``views`` (at least one)."""
        pieces = [v.lane.points_m for v in views]
        counts = np.array([len(p) for p in pieces], dtype=np.intp)
        points = frame.place(np.concatenate(pieces).astype(np.float64))
        last = np.cumsum(counts) - 1
        first = last - counts + 1
        step = np.diff(points, axis=0)
        size = np.hypot(step[:, 0], step[:, 1])
        between = last[:-1]
        size[between] = 1.0  # a gap on the chain keeps the lanes apart
        chain = np.concatenate(([0.0], np.cumsum(size)))
        ratio = -(points[:-1] * step).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-12)
        ratio = np.clip(ratio, 0.0, 1.0)
        foot = points[:-1] + ratio[:, None] * step
        away = np.hypot(foot[:, 0], foot[:, 1])
        away[between] = np.inf
        distance = np.minimum.reduceat(away, first[: counts.size])
        lane_of = np.repeat(np.arange(counts.size), counts)[:-1]
        hits = np.flatnonzero(away == distance[lane_of])
        lanes, at = np.unique(lane_of[hits], return_index=True)
        segment = np.zeros(counts.size, dtype=np.intp)
        segment[lanes] = hits[at]
        direction = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)[:, None]
        widths = np.array([v.lane.width_m or USUAL_LANE_WIDTH_M for v in views])
        return cls(
            points=points,
            chain=chain,
            start=chain[first],
            length=chain[last] - chain[first],
            distance=distance,
            nearest=(chain[segment] + ratio[segment] * size[segment]) - chain[first],
            ego_on=(distance <= widths / 2) & (direction[segment, 0] > np.cos(np.pi / 4)),
            end=points[last],
            end_direction=direction[last - 1],
        )

    def sample(self, chosen: Ints) -> tuple[Floats, Floats]:
        """Points (k, 20, 2) and arc lengths (k, 20) of the windows of the lanes ``chosen`` (k,)."""
        low = np.clip(self.nearest[chosen] - WINDOW_M, 0.0, None)
        high = np.minimum(self.nearest[chosen] + WINDOW_M, self.length[chosen])
        along = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, POINTS)
        where = (self.start[chosen][:, None] + along).ravel()
        points = np.stack([np.interp(where, self.chain, self.points[:, i]) for i in (0, 1)], axis=1)
        return points.reshape(-1, POINTS, 2), along


def nearest_first(distance: Floats, reach_m: float, limit: int) -> Ints:
    """Indices within reach, ordered by distance in millimetres, then by index, at most ``limit``."""
    order = np.argsort(np.round(distance, 3), kind="stable")
    chosen: Ints = order[distance[order] <= reach_m][:limit]
    return chosen


def pack_map(
    views: Sequence[LaneView],
    lanes: Lanes,
    chosen: Ints,
    points: NDArray[np.float32],
    attributes: NDArray[np.float32],
) -> None:
    """Fill the first rows of ``map`` (96, 20, 7) and ``map_attributes`` with the lanes ``chosen``."""
    place, along = lanes.sample(chosen)
    k = chosen.size
    direction, curvature = _shape(place)
    points[:k, :, 0:2] = place
    points[:k, :, 2:4] = direction
    points[:k, :, 4] = curvature
    points[:k, :, 5] = along
    points[:k, :, 6] = np.maximum(lanes.length[chosen][:, None] - along, 0.0)
    if k:
        attributes[:k] = [_attributes(views[index]) for index in chosen.tolist()]


def _shape(place: Floats) -> tuple[Floats, Floats]:
    """Directions (k, 20, 2) and curvatures (k, 20) of sampled lines (k, 20, 2)."""
    step = place[:, 1:] - place[:, :-1]
    size = np.sqrt(np.square(step).sum(axis=2))
    unit = np.where(size[..., None] > 1e-9, step / np.maximum(size, 1e-9)[..., None], (1.0, 0.0))
    before, after = unit[:, :-1], unit[:, 1:]
    cross = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
    bend = np.arctan2(cross, (before * after).sum(axis=2))
    curvature = np.zeros(place.shape[:2])
    curvature[:, 1:-1] = np.where(size[:, 1:] > 1e-3, bend / np.maximum(size[:, 1:], 1e-3), 0.0)
    direction = np.concatenate((unit[:, :1], before + after, unit[:, -1:]), axis=1)
    length = np.sqrt(np.square(direction).sum(axis=2))[..., None]
    direction = np.where(length > 1e-9, direction / np.maximum(length, 1e-9), (1.0, 0.0))
    return direction, curvature


def _attributes(view: LaneView) -> tuple[float, ...]:
    """One row of ``map_attributes``, its signal not yet known."""
    lane = view.lane
    straight = left = right = back = False
    for connection in lane.connections:
        ways = _ways(connection.manoeuvres)
        straight, left, right, back = straight | ways[0], left | ways[1], right | ways[2], back | ways[3]
    return (
        -1.0 if lane.speed_limit_mps is None else lane.speed_limit_mps,
        -1.0 if lane.width_m is None else lane.width_m,
        -1.0,
        view.age_s,
        view.provenance.trust >= Trust.VERIFIED,
        straight,
        left,
        right,
        back,
    )


@lru_cache(maxsize=256)
def _ways(manoeuvres: frozenset[str]) -> tuple[bool, bool, bool, bool]:
    """Straight on, left, right, back, by what the manoeuvres' names say."""
    says = " ".join(manoeuvres).lower()
    return "straight" in says, "left" in says, "right" in says, "uturn" in says or "u-turn" in says


def pack_signals(
    environment: Environment, lanes: Lanes | None, out: NDArray[np.float32]
) -> tuple[int, dict[int, int]]:
    """Fill ``signals``; returns how many, and by lane index the slot of its first signal."""
    ranked = []
    if lanes is not None:
        near, on, stop = lanes.distance.tolist(), lanes.ego_on.tolist(), np.hypot(*lanes.end.T).tolist()
    for index, view in enumerate(environment.signals):
        lane, mine, distance = -1, False, float("inf")
        if lanes is not None and view.lane_indices:
            lane = min(view.lane_indices, key=near.__getitem__)
            mine = any(on[i] for i in view.lane_indices)
            distance = round(stop[lane], 3)
            if distance > MAP_REACH_M:
                continue
        ranked.append((not mine, distance, index, lane))
    ranked.sort()
    slots: dict[int, int] = {}
    for slot, (not_mine, _, index, lane) in enumerate(ranked[:SIGNALS]):
        view = environment.signals[index]
        if lanes is not None and lane >= 0:
            out[slot, 0:2], out[slot, 2:4], out[slot, 4] = lanes.end[lane], lanes.end_direction[lane], 1.0
        _pack_phase(view, environment.at, not not_mine, out[slot])
        for governed in view.lane_indices:
            slots.setdefault(governed, slot)
    return min(len(ranked), SIGNALS), slots


def _pack_phase(view: SignalView, at: float, for_ego: bool, row: NDArray[np.float32]) -> None:
    phase = view.phase
    if phase.light is not Light.UNAVAILABLE:
        row[_SIGNAL[f"light_{phase.light.replace('-', '_')}"]] = 1.0
    for name, ends_at in (
        ("min_end_s", phase.min_end_at),
        ("likely_end_s", phase.likely_end_at),
        ("max_end_s", phase.max_end_at),
    ):
        row[_SIGNAL[name]] = -1.0 if ends_at is None else max(0.0, ends_at - at)
    row[_SIGNAL["confidence"]] = -1.0 if phase.confidence is None else phase.confidence
    row[_SIGNAL["age_s"]] = view.age_s
    row[_SIGNAL["verified"]] = view.provenance.trust >= Trust.VERIFIED
    row[_SIGNAL["for_ego"]] = for_ego


def pack_events(
    environment: Environment, frame: EgoFrame, out: NDArray[np.float32], types: NDArray[np.int64]
) -> int:
    """Fill ``events`` and ``events_type``, the nearest by area of effect first; returns how many."""
    rows = [_event(event, frame, environment.at) for event in environment.events]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], i))[:EVENTS]
    for slot, index in enumerate(order):
        out[slot] = rows[index][1]
        types[slot] = environment.events[index].type_code
    return len(order)


def _event(event: RoadEvent, frame: EgoFrame, at: float) -> tuple[float, list[float]]:
    """How far the ego is from its effect, and its row."""
    x = y = 0.0
    placed = event.east_m is not None and event.north_m is not None
    away = float("inf")
    if event.east_m is not None and event.north_m is not None:
        x, y = frame.point(event.east_m, event.north_m)
        away = max(0.0, math.hypot(x, y) - (event.radius_m or 0.0))
    box = [0.0, 0.0, 0.0, 0.0]
    if event.path_m is not None:
        path = frame.place(np.asarray(event.path_m, dtype=np.float64))
        box = [*path.min(axis=0).tolist(), *path.max(axis=0).tolist()]
        away = min(
            away, max(0.0, float(np.hypot(path[:, 0], path[:, 1]).min()) - (event.path_radius_m or 0.0))
        )
    row = [
        x, y, float(placed),
        -1.0 if event.radius_m is None else event.radius_m,
        *box, float(event.path_m is not None), float(event.is_sign),
        -1.0 if event.priority is None else float(event.priority),
        -1.0 if event.ends_at is None else max(0.0, event.ends_at - at),
        max(0.0, at - event.provenance.received_at),
        float(event.provenance.source is Source.CLOUD),
        float(event.provenance.trust >= Trust.VERIFIED),
    ]  # fmt: skip
    return round(away, 3), row
