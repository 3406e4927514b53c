"""The judge: holds what a station believes against the simulated truth, tick by tick.

At each tick truth and confirmed tracks are paired one to one so that the total distance is least, and
pairs farther apart than ``gate_m`` are no pairs.  Identities play no part in it: a track is right because
of where it is, not because of what it is called.  The result says for each true road user which track
followed it, how well, and how often it had none; and how many tracks followed nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from v2x.objects import Track
    from v2x.scenarios.truth import Truth
    from v2x.station import Tick

__all__ = ["Judge", "JudgeSettings"]


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How strict the judge is; ours.

    ``gate_m``: farthest distance of a pair.  ``settle_s``: a road user counts as there only after so long on
    the road (its first message, and the tick after it, have to come).
    """

    gate_m: float = 3.0
    settle_s: float = 0.3


@dataclass(slots=True)
class _Record:
    """What is remembered of one true road user."""

    ticks: int = 0
    followed: int = 0
    squared_m2: float = 0.0
    track_id: int | None = None
    switches: int = 0
    on_road_since: float | None = None
    new_trip: bool = True  # it has just come (again): another track than before is no switch

    def take(self, track_id: int, distance_m: float) -> None:
        self.followed += 1
        self.squared_m2 += distance_m**2
        self.switches += not self.new_trip and self.track_id != track_id
        self.track_id, self.new_trip = track_id, False


@dataclass(slots=True)
class Judge:
    """Listens to a station.

    ``truths(at)`` gives every simulated road user at an instant; ``voices`` are the names of those that
    send for themselves, whose share in the token mask is watched.
    """

    truths: Callable[[float], Sequence[Truth]]
    voices: frozenset[str]
    settings: JudgeSettings = field(default_factory=JudgeSettings)
    ticks: int = 0
    strays: int = 0
    last_strays: int = 0
    least_share: float | None = None
    _records: dict[str, _Record] = field(default_factory=dict)
    _on_road: frozenset[str] = frozenset()

    def __call__(self, tick: Tick) -> None:
        """Judge one tick."""
        at = tick.environment.at
        there = [t for t in self.truths(at) if t.on_road or self._left(t)]
        present = [t for t in there if self._settled(t, at)]
        tracks = [t for t in tick.environment.tracks if t.confirmed]
        pairs = self._pair(there, tracks)
        self.ticks += 1
        self._on_road = frozenset(t.name for t in there)
        self.last_strays = len(tracks) - len(pairs)
        self.strays += self.last_strays
        settled = {t.name for t in present}
        pairs = [pair for pair in pairs if pair[0].name in settled]
        for truth in present:
            self._records[truth.name].ticks += 1
        shown = set(tick.tokens.arrays["agents_id"][tick.tokens.arrays["agents_mask"]].tolist())
        seen = 0
        for truth, track, distance_m in pairs:
            self._records[truth.name].take(track.track_id, distance_m)
            seen += truth.name in self.voices and track.track_id in shown
        speaking = sum(t.name in self.voices for t in present)
        if speaking:
            share = seen / speaking
            self.least_share = share if self.least_share is None else min(self.least_share, share)

    def _left(self, truth: Truth) -> bool:
        """Note that it is away; always False."""
        self._records.setdefault(truth.name, _Record()).on_road_since = None
        return False

    def _settled(self, truth: Truth, at: float) -> bool:
        record = self._records.setdefault(truth.name, _Record())
        if record.on_road_since is None:
            record.on_road_since, record.new_trip = at, True
        return at - record.on_road_since >= self.settings.settle_s

    def _pair(self, truths: Sequence[Truth], tracks: Sequence[Track]) -> list[tuple[Truth, Track, float]]:
        if not truths or not tracks:
            return []
        here = np.array([(t.east_m, t.north_m) for t in truths])
        there = np.array([(t.east_m, t.north_m) for t in tracks])
        distance = np.linalg.norm(here[:, None, :] - there[None, :, :], axis=2)
        rows, columns = linear_sum_assignment(np.minimum(distance, 2.0 * self.settings.gate_m))
        return [
            (truths[r], tracks[c], float(distance[r, c]))
            for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
            if distance[r, c] <= self.settings.gate_m
        ]

    def report(self) -> dict[str, Any]:
        """For the report's ``tracks``: the pairs, who was on the road at the end, and the strays."""
        matched = [
            {
                "truth_id": name,
                "track_id": r.track_id,
                "rmse_m": round(math.sqrt(r.squared_m2 / r.followed), 3),
                "on_road": name in self._on_road,
                "ticks": r.ticks,
                "followed": r.followed,
                "switches": r.switches,
            }
            for name, r in sorted(self._records.items())
            if r.followed
        ]
        return {
            "matched": matched,
            "on_road": len(self._on_road),
            "strays": self.last_strays,
            "stray_ticks": self.strays,
        }
