"""Map, signals and events of a token frame: polylines near the ego, resampled in one go.

All lanes' points are laid end to end; with s the arc length along that chain, one interpolation answers for
all of them.  Of each lane a window of +-100 m around the point nearest to the ego is taken, at 20 even
steps.  A signal stands at the end of the nearest lane that it governs.  Order: distance to the ego in
millimetres, then the environment's own order, which is fixed.
"""

from __future__ import annotations

import cmath
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
    Complexes = NDArray[np.complex128]

__all__ = ["EgoFrame", "Lanes", "pack_events", "pack_map", "pack_signals"]

MAP_REACH_M = 300.0
"""Lanes with no point nearer than this are left out."""
WINDOW_M = 100.0
"""How much of a lane is shown to either side of the point nearest to the ego."""
USUAL_LANE_WIDTH_M = 3.5
"""Where a map says none, to decide whether the ego is on the lane."""

_SIGNAL = field_index("signals")


class EgoFrame:
    """East/north to x forward, y left, with places and vectors as complex numbers: z = east + i north.

    Turning by the ego's yaw is one multiplication, (z - ego) * exp(-i yaw).
    """

    def __init__(self, ego: EgoState) -> None:
        self.origin = complex(ego.east_m, ego.north_m)
        self.turn = cmath.exp(-1j * ego.yaw_rad)

    def place(self, east: Floats, north: Floats) -> Complexes:
        """Places, as x + i y."""
        placed: Complexes = (east + 1j * north - self.origin) * self.turn
        return placed

    def point(self, east: float, north: float) -> complex:
        """One place."""
        return (complex(east, north) - self.origin) * self.turn


@dataclass(slots=True)
class Lanes:
    """All lanes of the environment in the ego frame, end to end.

    ``points`` (m,) are x + i y; ``chain`` (m,) rises along and between the lanes; per lane (n,): ``start``
    and ``length`` on the chain, ``distance`` to the ego, ``nearest`` its arc length, ``ego_on``, and the
    end with its direction.
    """

    points: Complexes
    chain: Floats
    start: Floats
    length: Floats
    distance: Floats
    nearest: Floats
    ego_on: NDArray[np.bool_]
    end: Complexes
    end_direction: Complexes

    @classmethod
    def of(cls, views: Sequence[LaneView], frame: EgoFrame) -> Lanes:
        """Lay out ``views`` (at least one)."""
        pieces = [v.lane.points_m for v in views]
        counts = np.array([len(p) for p in pieces], dtype=np.intp)
        laid = np.concatenate(pieces).astype(np.float64)
        points = frame.place(laid[:, 0], laid[:, 1])
        last = np.cumsum(counts) - 1
        first = last - counts + 1
        step = np.diff(points)
        size = np.abs(step)
        direction = step / np.maximum(size, 1e-12)
        # The foot of the perpendicular from the ego, which is the origin, on each segment.
        along = np.clip(-(points[:-1] * direction.conj()).real, 0.0, size)
        away = np.abs(points[:-1] + along * direction)
        between = last[:-1]
        away[between] = np.inf
        size[between] = 1.0  # a gap on the chain keeps the lanes apart
        chain = np.concatenate(([0.0], np.cumsum(size)))
        distance = np.minimum.reduceat(away, first)
        lane_of = np.repeat(np.arange(counts.size), counts)[:-1]
        hits = np.flatnonzero(away == distance[lane_of])[::-1]
        segment = np.zeros(counts.size, dtype=np.intp)
        segment[lane_of[hits]] = hits  # the first hit of a lane is written last
        widths = np.array([v.lane.width_m or USUAL_LANE_WIDTH_M for v in views])
        return cls(
            points=points,
            chain=chain,
            start=chain[first],
            length=chain[last] - chain[first],
            distance=distance,
            nearest=chain[segment] + along[segment] - chain[first],
            ego_on=(distance <= widths / 2) & (direction[segment].real > math.cos(math.pi / 4)),
            end=points[last],
            end_direction=direction[last - 1],
        )

    def sample(self, chosen: Ints) -> tuple[Complexes, Floats]:
        """Points (k, 20) and arc lengths (k, 20) of the windows of the lanes ``chosen`` (k,)."""
        low = np.maximum(self.nearest[chosen] - WINDOW_M, 0.0)
        high = np.minimum(self.nearest[chosen] + WINDOW_M, self.length[chosen])
        along = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, POINTS)
        points: Complexes = np.interp(self.start[chosen][:, None] + along, self.chain, self.points)
        return points, along


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
    direction, curvature = _shape(place)
    remaining = np.maximum(lanes.length[chosen][:, None] - along, 0.0)
    columns = (place.real, place.imag, direction.real, direction.imag, curvature, along, remaining)
    k = chosen.size
    for number, column in enumerate(columns):
        points[:k, :, number] = column
    if k:
        attributes[:k] = [_attributes(views[index]) for index in chosen.tolist()]


def _shape(place: Complexes) -> tuple[Complexes, Floats]:
    """Directions and curvatures (k, 20) of sampled lines (k, 20)."""
    step = np.diff(place, axis=1)
    size = np.abs(step)
    unit = np.where(size > 1e-9, step / np.maximum(size, 1e-9), 1.0)
    before, after = unit[:, :-1], unit[:, 1:]
    curvature = np.zeros(place.shape)
    curvature[:, 1:-1] = np.angle(before.conj() * after) / np.maximum(size[:, 1:], 1e-3)
    direction = np.concatenate((unit[:, :1], before + after, unit[:, -1:]), axis=1)
    length = np.abs(direction)
    return np.where(length > 1e-9, direction / np.maximum(length, 1e-9), 1.0), curvature


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
        near, on, stop = lanes.distance.tolist(), lanes.ego_on.tolist(), np.abs(lanes.end).tolist()
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
            end, direction = lanes.end[lane], lanes.end_direction[lane]
            out[slot, 0:5] = (end.real, end.imag, direction.real, direction.imag, 1.0)
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
    place, away, box = 0j, math.inf, [0.0, 0.0, 0.0, 0.0]
    placed = event.east_m is not None and event.north_m is not None
    if event.east_m is not None and event.north_m is not None:
        place = frame.point(event.east_m, event.north_m)
        away = max(0.0, abs(place) - (event.radius_m or 0.0))
    if event.path_m is not None:
        path = [frame.point(east, north) for east, north in event.path_m.tolist()]
        ahead, left = [z.real for z in path], [z.imag for z in path]
        box = [min(ahead), min(left), max(ahead), max(left)]
        away = min(away, max(0.0, min(map(abs, path)) - (event.path_radius_m or 0.0)))
    row = [
        place.real, place.imag, float(placed),
        -1.0 if event.radius_m is None else event.radius_m,
        *box, float(event.path_m is not None), float(event.is_sign),
        -1.0 if event.priority is None else float(event.priority),
        -1.0 if event.ends_at is None else max(0.0, event.ends_at - at),
        max(0.0, at - event.provenance.received_at),
        float(event.provenance.source is Source.CLOUD),
        float(event.provenance.trust >= Trust.VERIFIED),
    ]  # fmt: skip
    return round(away, 3), row
