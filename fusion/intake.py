"""From observations to arrays: check, refuse with a reason, complete, and prepare the measurement noise.

A :class:`Batch` holds n accepted observations as columns (SI units, local frame, NaN for "not said").
Position noise per axis:

    sigma^2 = max(stated, floor)^2 + (clock_sigma * speed)^2 + (growth * latency)^2

with latency = received_at - measured_at.  A velocity is measured where speed and yaw are said (along and
across sigma rotated into east/north), or where the object all but stands.

Nothing here raises on odd values: each refused observation adds one to its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from v2x.objects import ObjectKind, Source, Trust

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.fusion.settings import TrackerSettings
    from v2x.objects import EgoState, Observation

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["KINDS", "KIND_GROUP", "SOURCES", "Batch", "Column", "Refusal", "intake"]

SOURCES: tuple[Source, ...] = (Source.SENSOR, Source.BSM, Source.RSM, Source.SSM, Source.CLOUD)
"""The sources of observations; their place here is their code in the arrays."""

KINDS: tuple[ObjectKind, ...] = tuple(ObjectKind)
"""The place of a kind here is its code in the arrays."""

KIND_GROUP: NDArray[np.int64] = np.array(
    [{"unknown": 0, "pedestrian": 1, "bicycle": 2, "motorcycle": 2}.get(kind, 3) for kind in KINDS]
)
"""Kinds by code in groups: 1 on foot, 2 on two wheels, 3 on more; groups that differ by 2 never match."""

_SOURCE_CODE = {source: code for code, source in enumerate(SOURCES)}
_KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}


class Refusal(StrEnum):
    """Why an observation or update was not used; the keys of ``Tracker.counters``."""

    NON_FINITE = "non_finite"
    OUT_OF_RANGE = "out_of_range"
    TOO_UNCERTAIN = "too_uncertain"
    SOURCE = "source"
    FUTURE = "future"
    STALE = "stale"
    LATE = "late"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"  # an older one of the same identity in the same step
    EGO = "ego"
    SHADOWED = "shadowed"
    OBSERVATION_LIMIT = "observation_limit"
    REPORTER_LIMIT = "reporter_limit"
    TRACK_LIMIT = "track_limit"
    WORLD_LIMIT = "world_limit"
    WORLD_OUTDATED = "world_outdated"
    CLOCK_BACK = "clock_back"


class Column:
    """Column numbers of :attr:`Batch.value`; the order of ``_GET`` below."""

    AT, EAST, NORTH, RECEIVED_AT, TRUST, SELF = range(6)
    SPEED, YAW, ACCEL, YAW_RATE = range(6, 10)
    POSITION_SIGMA, SPEED_SIGMA, YAW_SIGMA = range(10, 13)
    LENGTH, WIDTH, HEIGHT = range(13, 16)
    BRAKING, LEFT, RIGHT = range(16, 19)


_REQUIRED = slice(0, 6)
_GET = attrgetter(
    "measured_at", "east_m", "north_m", "provenance.received_at", "provenance.trust", "self_reported",
    "speed_mps", "yaw_rad", "accel_mps2", "yaw_rate_radps",
    "position_sigma_m", "speed_sigma_mps", "yaw_sigma_rad",
    "length_m", "width_m", "height_m",
    "braking", "turn_left", "turn_right",
)  # fmt: skip
_COLUMNS = 19

_TINY = 1e-9
_RANGE = {
    Column.TRUST: (0.0, float(max(Trust))),
    Column.SPEED: (-30.0, 164.0),
    Column.ACCEL: (-100.0, 100.0),
    Column.YAW_RATE: (-10.0, 10.0),
    Column.YAW: (-7.0, 7.0),
    Column.POSITION_SIGMA: (_TINY, 1e6),
    Column.SPEED_SIGMA: (_TINY, 1e6),
    Column.YAW_SIGMA: (_TINY, 1e6),
    Column.LENGTH: (_TINY, 60.0),
    Column.WIDTH: (_TINY, 15.0),
    Column.HEIGHT: (_TINY, 10.0),
}
"""What no road user exceeds: 163.82 m/s is the largest speed of a BSM; reverse is negative."""

Identity = tuple[str, str | None]
"""An object id and the signer that vouches for it (``None`` unless verified)."""


@dataclass(slots=True)
class Batch:
    """n observations: columns ``value`` (n, 19), the prepared measurement, and who said it.

    ``velocity`` (2, n) and ``velocity_noise`` (3, n) hold only where ``has_velocity``; ``position_noise``
    is the variance per axis.  ``source`` and ``kind`` are codes into SOURCES and KINDS.
    """

    observations: list[Observation]
    identities: list[Identity]
    value: Floats
    source: Ints
    kind: Ints
    position_noise: Floats
    common_mode: Floats
    has_velocity: NDArray[np.bool_]
    velocity: Floats
    velocity_noise: Floats

    def __len__(self) -> int:
        return len(self.observations)

    def __getitem__(self, column: int) -> Floats:
        return self.value[:, column]


def _rows(observations: Sequence[Observation], counters: Counter[str]) -> tuple[list[Observation], Floats]:
    """Known sources as float rows; ``None`` becomes NaN, a NaN that was said is refused."""
    known = [o for o in observations if o.provenance.source in _SOURCE_CODE]
    if len(known) < len(observations):
        counters[Refusal.SOURCE] += len(observations) - len(known)
    tuples = [_GET(o) for o in known]
    try:
        value = np.array(tuples, dtype=np.float64).reshape(-1, _COLUMNS)
    except (TypeError, ValueError, OverflowError):  # one odd value among many: find it
        known, tuples = _convertible(known, counters)
        value = np.array(tuples, dtype=np.float64).reshape(-1, _COLUMNS)
    missing = np.isnan(value)
    unsaid = np.fromiter((row.count(None) for row in tuples), dtype=np.int64, count=len(tuples))
    good = (missing.sum(axis=1) == unsaid) & ~np.isinf(value).any(axis=1) & ~missing[:, _REQUIRED].any(axis=1)
    return _keep(known, value, good, counters, Refusal.NON_FINITE)


def _convertible(
    observations: list[Observation], counters: Counter[str]
) -> tuple[list[Observation], list[tuple[object, ...]]]:
    kept, tuples = [], []
    for observation in observations:
        row = _GET(observation)
        try:
            np.array(row, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            counters[Refusal.NON_FINITE] += 1
            continue
        kept.append(observation)
        tuples.append(row)
    return kept, tuples


def _keep(
    observations: list[Observation],
    value: Floats,
    good: NDArray[np.bool_],
    counters: Counter[str],
    reason: Refusal,
) -> tuple[list[Observation], Floats]:
    if good.all():
        return observations, value
    counters[reason] += int(good.size - good.sum())
    return [o for o, ok in zip(observations, good.tolist(), strict=True) if ok], value[good]


def _in_range(value: Floats, settings: TrackerSettings) -> NDArray[np.bool_]:
    good: NDArray[np.bool_] = (np.abs(value[:, Column.EAST]) <= settings.position_limit_m) & (
        np.abs(value[:, Column.NORTH]) <= settings.position_limit_m
    )
    for column, (low, high) in _RANGE.items():
        values = value[:, column]
        good &= ~((values < low) | (values > high))
    return good


def _kinds(observations: Sequence[Observation]) -> Ints:
    return np.array([_KIND_CODE.get(o.kind, 0) for o in observations], dtype=np.intp)


def _is_ego(value: Floats, kind: Ints, ego: EgoState, settings: TrackerSettings) -> NDArray[np.bool_]:
    """Centre in the ego's box at the measurement's instant, at ego's speed and yaw, and not on foot."""
    dt = value[:, Column.AT] - ego.at
    cos, sin = np.cos(ego.yaw_rad), np.sin(ego.yaw_rad)
    d_e = value[:, Column.EAST] - (ego.east_m + ego.speed_mps * cos * dt)
    d_n = value[:, Column.NORTH] - (ego.north_m + ego.speed_mps * sin * dt)
    inside = (np.abs(cos * d_e + sin * d_n) <= ego.length_m / 2 + settings.ego_margin_m) & (
        np.abs(cos * d_n - sin * d_e) <= ego.width_m / 2 + settings.ego_margin_m
    )
    other_speed = np.abs(value[:, Column.SPEED] - ego.speed_mps) > settings.ego_speed_gate_mps
    turn = np.abs(np.remainder(value[:, Column.YAW] - ego.yaw_rad + np.pi, 2 * np.pi) - np.pi)
    other_yaw = (turn > settings.ego_yaw_gate_rad) & (ego.speed_mps > settings.standing_mps)
    result: NDArray[np.bool_] = inside & ~other_speed & ~other_yaw & (KIND_GROUP[kind] != 1)
    return result


def _cut(
    observations: list[Observation],
    value: Floats,
    ego: EgoState,
    settings: TrackerSettings,
    counters: Counter[str],
) -> tuple[list[Observation], Floats]:
    """Within ``max_observations``: the better checked first, then the nearer."""
    excess = len(observations) - settings.max_observations
    if excess <= 0:
        return observations, value
    counters[Refusal.OBSERVATION_LIMIT] += excess
    reach = np.hypot(value[:, Column.EAST] - ego.east_m, value[:, Column.NORTH] - ego.north_m)
    chosen = np.sort(np.lexsort((reach, -value[:, Column.TRUST]))[: settings.max_observations])
    return [observations[i] for i in chosen.tolist()], value[chosen]


def _once(
    observations: list[Observation], value: Floats, counters: Counter[str]
) -> tuple[list[Observation], Floats, list[Identity]]:
    """One observation per identity: the newest; older ones are superseded, equally old ones duplicates."""
    verified = (value[:, Column.TRUST] >= Trust.VERIFIED).tolist()
    identities: list[Identity] = [
        (o.object_id, o.provenance.signer if checked else None)
        for o, checked in zip(observations, verified, strict=True)
    ]
    if len(set(identities)) == len(identities):
        return observations, value, identities
    newest: dict[Identity, int] = {}
    at = value[:, Column.AT].tolist()
    for index, identity in enumerate(identities):
        other = newest.setdefault(identity, index)
        if at[index] > at[other]:
            newest[identity] = index
    kept = sorted(newest.values())
    same = sum(at[i] == at[newest[identity]] for i, identity in enumerate(identities)) - len(kept)
    counters[Refusal.DUPLICATE] += same
    counters[Refusal.SUPERSEDED] += len(identities) - len(kept) - same
    return [observations[i] for i in kept], value[kept], [identities[i] for i in kept]


def intake(
    observations: Sequence[Observation],
    ego: EgoState,
    at: float,
    settings: TrackerSettings,
    counters: Counter[str],
) -> Batch:
    """Check ``observations`` at the step's instant ``at`` and prepare them; refusals are counted."""
    kept, value = _rows(observations, counters)
    kept, value = _keep(kept, value, _in_range(value, settings), counters, Refusal.OUT_OF_RANGE)
    sure = ~(value[:, Column.POSITION_SIGMA] > settings.sigma_limit_m)
    kept, value = _keep(kept, value, sure, counters, Refusal.TOO_UNCERTAIN)
    now = value[:, Column.AT] <= at + settings.future_tolerance_s
    kept, value = _keep(kept, value, now, counters, Refusal.FUTURE)
    standing = np.abs(value[:, Column.SPEED]) <= settings.standing_mps
    limit = np.where(standing, settings.stale_standing_s, settings.stale_moving_s)
    kept, value = _keep(kept, value, at - value[:, Column.AT] <= limit, counters, Refusal.STALE)
    kept, value = _keep(kept, value, ~_is_ego(value, _kinds(kept), ego, settings), counters, Refusal.EGO)
    kept, value = _cut(kept, value, ego, settings, counters)
    kept, value, identities = _once(kept, value, counters)
    return _prepare(kept, identities, value, settings)


def _prepare(
    observations: list[Observation], identities: list[Identity], value: Floats, settings: TrackerSettings
) -> Batch:
    source = np.array([_SOURCE_CODE[o.provenance.source] for o in observations], dtype=np.intp)
    table = np.array([
        (n.position_m, n.position_floor_m, n.common_mode_m, n.speed_mps, n.speed_floor_mps, n.yaw_rad,
         n.yaw_floor_rad, n.clock_sigma_s)
        for n in (settings.noise[s] for s in SOURCES)
    ])[source]  # fmt: skip

    def sigma(column: int, default: int) -> Floats:
        said = value[:, column]
        floored: Floats = np.maximum(np.where(np.isnan(said), table[:, default], said), table[:, default + 1])
        return floored

    position = sigma(Column.POSITION_SIGMA, 0)
    value[:, Column.SPEED_SIGMA] = sigma(Column.SPEED_SIGMA, 3)
    value[:, Column.YAW_SIGMA] = sigma(Column.YAW_SIGMA, 5)
    speed, yaw = value[:, Column.SPEED], value[:, Column.YAW]
    known_speed, known_yaw = ~np.isnan(speed), ~np.isnan(yaw)
    latency = np.maximum(value[:, Column.RECEIVED_AT] - value[:, Column.AT], 0.0)
    noise = position**2 + (settings.latency_growth_mps * np.minimum(latency, settings.stale_standing_s)) ** 2
    noise += (table[:, 7] * np.where(known_speed, speed, 0.0)) ** 2
    slow = known_speed & ~known_yaw & (np.abs(speed) <= settings.standing_mps)
    cos, sin = np.where(known_yaw, np.cos(yaw), 0.0), np.where(known_yaw, np.sin(yaw), 0.0)
    along = value[:, Column.SPEED_SIGMA] ** 2 + np.where(slow, settings.standing_mps**2, 0.0)
    across = np.where(slow, along, (speed * value[:, Column.YAW_SIGMA]) ** 2 + table[:, 4] ** 2)
    unturned = np.where(slow, 1.0, cos)
    return Batch(
        observations=observations,
        identities=identities,
        value=value,
        source=source,
        kind=_kinds(observations),
        position_noise=noise,
        common_mode=table[:, 2],
        has_velocity=(known_speed & known_yaw) | slow,
        velocity=np.stack((speed * cos, speed * sin)),
        velocity_noise=np.stack((
            unturned**2 * along + sin**2 * across,
            unturned * sin * (along - across),
            unturned**2 * across + sin**2 * along,
        )),
    )  # fmt: skip
