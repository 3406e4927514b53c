"""What stands still: maps, signals and events, each kept under its name with revision and age.

A map is replaced by another revision and refreshed by the same one; a signal by a later statement; an event
by whatever its sender says last.  Nothing unverified replaces something verified that is still alive.
Signals find their lanes by the phase that a lane's connections name.  What is outdated, not finite, or
beyond a limit is counted and left out.  Sources: MAP, SPAT and RSI of YD/T 3709-2020 by their own names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from v2x.fusion.intake import Refusal
from v2x.objects import LaneView, MapUpdate, RoadEvent, SignalUpdate, SignalView, Trust

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from v2x.fusion.settings import WorldSettings
    from v2x.objects import EgoState, Lane, Observed, Provenance

__all__ = ["World"]

_TYPE_CODES = 1 << 16
"""EventType and SignType of an RSI have 16 bits."""

Node = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Map:
    """A map ready to be shown: its lanes in a fixed order and their boxes (n, 4): low e, n; high e, n."""

    provenance: Provenance
    lanes: tuple[Lane, ...]
    boxes: NDArray[np.float64]


_Name = TypeVar("_Name")
_Entry = TypeVar("_Entry", _Map, SignalUpdate, RoadEvent)


class World:
    """The store; ``take`` puts in, ``view`` gives out what holds at an instant."""

    def __init__(self, settings: WorldSettings, counters: Counter[str]) -> None:
        self._settings = settings
        self._counters = counters
        self._maps: dict[Node, _Map] = {}
        self._signals: dict[Node, SignalUpdate] = {}
        self._events: dict[str, RoadEvent] = {}

    def take(self, update: Observed, at: float) -> None:
        """Keep ``update`` as of ``at``, or count why not."""
        if isinstance(update, MapUpdate):
            self._take_map(update, at)
        elif isinstance(update, SignalUpdate):
            self._take_signal(update, at)
        elif isinstance(update, RoadEvent):
            self._take_event(update, at)
        else:
            self._counters[Refusal.SOURCE] += 1

    def _plausible(self, *numbers: float | None) -> bool:
        if all(n is None or _finite(n) for n in numbers):
            return True
        self._counters[Refusal.NON_FINITE] += 1
        return False

    def _defended(
        self, entry: _Map | SignalUpdate | RoadEvent | None, new: Provenance, at: float, limit_s: float
    ) -> bool:
        """A verified entry that is alive keeps the unverified out, and any entry what came before it."""
        if entry is None:
            return False
        old = entry.provenance
        if new.trust < Trust.VERIFIED <= old.trust and at - old.received_at <= limit_s:
            self._counters[Refusal.SHADOWED] += 1
            return True
        if new.received_at < old.received_at and old.trust >= new.trust:
            self._counters[Refusal.WORLD_OUTDATED] += 1
            return True
        return False

    def _take_map(self, update: MapUpdate, at: float) -> None:
        settings = self._settings
        if not self._plausible(update.east_m, update.north_m, update.provenance.received_at):
            return
        old = self._maps.get(update.node)
        if self._defended(old, update.provenance, at, settings.map_age_limit_s):
            return
        points = max((np.size(lane.points_m) // 2 for lane in update.lanes), default=0)
        if len(update.lanes) > settings.max_lanes_per_node or points > settings.max_points:
            self._counters[Refusal.WORLD_LIMIT] += 1
            return
        if not all(_sound(lane) for lane in update.lanes):
            self._counters[Refusal.NON_FINITE] += 1
            return
        lanes = tuple(sorted(update.lanes, key=lambda a: (a.upstream_node, a.lane_id)))
        boxes = np.array([(*a.points_m.min(axis=0), *a.points_m.max(axis=0)) for a in lanes]).reshape(-1, 4)
        self._maps.pop(update.node, None)
        self._maps[update.node] = _Map(update.provenance, lanes, boxes)
        self._trim(self._maps, settings.max_nodes)

    def _take_signal(self, update: SignalUpdate, at: float) -> None:
        settings = self._settings
        instants = [t for p in update.phases for t in (p.likely_end_at, p.min_end_at, p.max_end_at)]
        if not self._plausible(update.stated_at, update.provenance.received_at, *instants):
            return
        old = self._signals.get(update.node)
        if self._defended(old, update.provenance, at, settings.signal_age_limit_s):
            return
        ahead_s = update.stated_at - at
        if ahead_s > settings.future_tolerance_s or -ahead_s > settings.signal_age_limit_s:
            self._counters[Refusal.FUTURE if ahead_s > 0 else Refusal.STALE] += 1
            return
        trust = update.provenance.trust
        if old is not None and update.stated_at < old.stated_at and old.provenance.trust >= trust:
            self._counters[Refusal.WORLD_OUTDATED] += 1
            return
        if len(update.phases) > settings.max_phases_per_node:
            self._counters[Refusal.WORLD_LIMIT] += 1
            return
        self._signals.pop(update.node, None)
        self._signals[update.node] = update
        self._trim(self._signals, settings.max_nodes)

    def _take_event(self, update: RoadEvent, at: float) -> None:
        settings = self._settings
        numbers = (
            update.east_m, update.north_m, update.radius_m, update.path_radius_m, update.starts_at,
            update.ends_at, update.provenance.received_at,
        )  # fmt: skip
        if not self._plausible(*numbers):
            return
        if not 0 <= update.type_code < _TYPE_CODES:
            self._counters[Refusal.OUT_OF_RANGE] += 1
            return
        if update.path_m is not None and not _path(update.path_m):
            self._counters[Refusal.NON_FINITE] += 1
            return
        if update.path_m is not None and len(update.path_m) > settings.max_points:
            self._counters[Refusal.WORLD_LIMIT] += 1
            return
        old = self._events.get(update.event_id)
        if self._defended(old, update.provenance, at, settings.event_silence_s):
            return
        self._events.pop(update.event_id, None)
        self._events[update.event_id] = update
        self._trim(self._events, settings.max_events)

    def _trim(self, store: dict[_Name, _Entry], limit: int) -> None:
        """Drop what was heard longest ago; the unverified go first."""
        while len(store) > limit:
            self._counters[Refusal.WORLD_LIMIT] += 1
            del store[
                next((k for k, v in store.items() if v.provenance.trust < Trust.VERIFIED), next(iter(store)))
            ]

    # -- out ---------------------------------------------------------------------------------------

    def view(
        self, ego: EgoState, at: float
    ) -> tuple[tuple[LaneView, ...], tuple[SignalView, ...], tuple[RoadEvent, ...]]:
        """Lanes near ``ego``, their signals and the events that hold at ``at``; forgets the outdated."""
        settings = self._settings
        for node in [n for n, m in self._maps.items() if _age(m.provenance, at) > settings.map_age_limit_s]:
            del self._maps[node]
        for node in [n for n, s in self._signals.items() if at - s.stated_at > settings.signal_age_limit_s]:
            del self._signals[node]
        for name in [n for n, e in self._events.items() if self._over(e, at)]:
            del self._events[name]
        lanes: list[LaneView] = []
        governed: dict[tuple[Node, int], list[int]] = {}
        for node, lane, kept in self._near(ego):
            for phase_id in sorted({c.phase_id for c in lane.connections if c.phase_id is not None}):
                governed.setdefault((node, phase_id), []).append(len(lanes))
            lanes.append(LaneView(lane, kept.provenance, max(0.0, _age(kept.provenance, at))))
        signals = tuple(
            SignalView(
                node,
                phase,
                tuple(governed.get((node, phase.phase_id), ())),
                self._signals[node].provenance,
                max(0.0, at - self._signals[node].stated_at),
            )
            for node in sorted(self._signals)
            for phase in sorted(self._signals[node].phases, key=lambda p: p.phase_id)
        )
        events = tuple(
            event
            for _, event in sorted(self._events.items())
            if event.starts_at is None or event.starts_at <= at
        )
        return tuple(lanes), signals, events

    def _near(self, ego: EgoState) -> list[tuple[Node, Lane, _Map]]:
        """The lanes whose boxes reach into ``lane_radius_m``, in the order of their names."""
        settings = self._settings
        place = np.array([ego.east_m, ego.north_m])
        found: list[tuple[bool, float, int]] = []
        lanes: list[tuple[Node, Lane, _Map]] = []
        for node, kept in sorted(self._maps.items(), key=lambda item: item[0]):
            outside = np.maximum(kept.boxes[:, :2] - place, place - kept.boxes[:, 2:])
            away = np.hypot(*np.maximum(outside, 0.0).T).tolist()
            lesser = kept.provenance.trust < Trust.VERIFIED
            for lane, distance in zip(kept.lanes, away, strict=True):
                if distance <= settings.lane_radius_m:
                    found.append((lesser, distance, len(lanes)))
                    lanes.append((node, lane, kept))
        if len(lanes) <= settings.max_lanes_shown:
            return lanes
        return [lanes[i] for _, _, i in sorted(sorted(found)[: settings.max_lanes_shown], key=lambda f: f[2])]

    def _over(self, event: RoadEvent, at: float) -> bool:
        silent = _age(event.provenance, at) > self._settings.event_silence_s
        return silent or (event.ends_at is not None and event.ends_at < at)


def _age(provenance: Provenance, at: float) -> float:
    return at - provenance.received_at


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except (TypeError, OverflowError):
        return False


def _path(points: object) -> bool:
    return (
        isinstance(points, np.ndarray)
        and points.dtype.kind in "fiu"
        and points.ndim == 2
        and points.shape[0] >= 1
        and points.shape[1] == 2
        and bool(np.isfinite(points).all())
    )


def _sound(lane: Lane) -> bool:
    numbers = (lane.width_m, lane.speed_limit_mps)
    return (
        _path(lane.points_m) and lane.points_m.shape[0] >= 2 and all(n is None or _finite(n) for n in numbers)
    )
