"""From the bank's columns to frozen :class:`~v2x.objects.Track` objects at the step's instant.

Everything is predicted from the track's clock to the instant.  To the covariance of the positions the
common-mode variance is added: an error that all reports of a source share does not shrink by averaging.
What was not said within ``live_s`` (acceleration, yaw rate, intents, events, a source, a trust level) is not
published as if it held; sizes that nobody said are the kind's default, and ``Track.unknown`` names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from v2x.fusion import kalman
from v2x.fusion.bank import Row
from v2x.fusion.intake import KINDS, SOURCES
from v2x.fusion.update import decayed, wrap
from v2x.objects import ObjectKind, Track, Trust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.bank import Bank, Member
    from v2x.fusion.settings import TrackerSettings

    Floats = NDArray[np.float64]

__all__ = ["DEFAULT_SIZE", "publish_tracks"]

DEFAULT_SIZE: dict[ObjectKind, tuple[float, float, float]] = {
    ObjectKind.UNKNOWN: (4.6, 1.9, 1.5),
    ObjectKind.CAR: (4.6, 1.9, 1.5),
    ObjectKind.TRUCK: (9.0, 2.5, 3.5),
    ObjectKind.BUS: (12.0, 2.5, 3.2),
    ObjectKind.MOTORCYCLE: (2.1, 0.8, 1.6),
    ObjectKind.BICYCLE: (1.8, 0.6, 1.7),
    ObjectKind.PEDESTRIAN: (0.5, 0.5, 1.7),
    ObjectKind.EMERGENCY: (5.5, 2.1, 2.5),
}
"""Length, width, height in metres where nobody said them: typical values of ours."""

_SIZES = np.array([DEFAULT_SIZE[kind] for kind in KINDS])
_SOURCE_SETS = tuple(
    frozenset(source for code, source in enumerate(SOURCES) if bits >> code & 1)
    for bits in range(1 << len(SOURCES))
)
_UNSAID = ("accel_mps2", "yaw_rate_radps", "length_m", "width_m", "height_m")
_UNKNOWN_SETS = tuple(
    frozenset(name for place, name in enumerate(_UNSAID) if bits >> place & 1)
    for bits in range(1 << len(_UNSAID))
)
_INTENT = (None, False, True)
_TRUST = tuple(Trust)
_LEAST_SPEED_MPS = 1.0
"""Below it the velocity says nothing about the direction."""


def publish_tracks(bank: Bank, at: float, settings: TrackerSettings) -> tuple[Track, ...]:
    """All tracks at ``at``, in the order of their ids."""
    if bank.n == 0:
        return ()
    ahead = at - bank.row(Row.CLOCK)
    live = at - bank.rows(Row.HEARD_AT) <= settings.live_s
    live |= bank.rows(Row.HEARD_AT) == bank.rows(Row.HEARD_AT).max(axis=0)
    x, p = kalman.predict(bank.rows(Row.X), bank.rows(Row.P), ahead, bank.row(Row.DENSITY))
    p[0] += bank.row(Row.COMMON_MODE) ** 2
    p[2] += bank.row(Row.COMMON_MODE) ** 2
    covariance = kalman.full(p)
    covariance.flags.writeable = False
    yaw, yaw_sigma = _direction(bank, x, p, ahead, at, settings)
    accel, yaw_rate, sizes, unknown = _described(bank, at, settings)
    existence = decayed(bank.row(Row.EXISTENCE), at - bank.row(Row.LAST_HIT_AT), settings)
    columns = [
        *x.tolist(), yaw.tolist(), yaw_sigma.tolist(), np.hypot(x[2], x[3]).tolist(), accel.tolist(),
        yaw_rate.tolist(), *sizes.T.tolist(), existence.tolist(),
        (bank.row(Row.CONFIRMED) > 0).tolist(), bank.row(Row.HITS).astype(np.int64).tolist(),
        bank.row(Row.CLOCK).tolist(), bank.row(Row.LATENCY).tolist(),
        bank.row(Row.KIND).astype(np.int64).tolist(), unknown.tolist(),
        (live * (1 << np.arange(len(SOURCES)))[:, None]).sum(axis=0).tolist(),
        _trust_levels(bank, at, settings).tolist(), *_intents(bank, at, settings).tolist(),
    ]  # fmt: skip
    rows = zip(bank.members, covariance, *columns, strict=True)
    tracks = [_track(at, settings.live_s, *row) for row in rows]
    tracks.sort(key=lambda t: t.track_id)
    return tuple(tracks)


def _track(
    at: float, live_s: float, member: Member, covariance: Floats,
    east: float, north: float, v_east: float, v_north: float, yaw: float, yaw_sigma: float, speed: float,
    accel: float, yaw_rate: float, length: float, width: float, height: float, existence: float,
    confirmed: bool, hits: int, measured_at: float, latency: float,
    kind: int, unknown: int, sources: int, trust: int, braking: int, left: int, right: int,
) -> Track:  # fmt: skip
    ids = member.object_ids
    if ids is None:
        ids = member.object_ids = frozenset([c.identity[0] for c in member.claims.values()])
    return Track(
        member.track_id, east, north, v_east, v_north, covariance, yaw, yaw_sigma, speed, accel, yaw_rate,
        length, width, height, KINDS[kind], existence, confirmed, hits, measured_at, latency,
        _SOURCE_SETS[sources], _TRUST[trust], _signer(member, at, live_s), ids,
        _INTENT[braking], _INTENT[left], _INTENT[right],
        member.events if at - member.events_at <= live_s else frozenset(), _UNKNOWN_SETS[unknown],
    )  # fmt: skip


def _signer(member: Member, at: float, live_s: float) -> str | None:
    """Who vouches for it now: the object itself before those who see it."""
    signer = None
    for claim in member.claims.values():
        if claim.identity[1] is not None and at - claim.last_at <= live_s:
            if claim.self_reported:
                return claim.identity[1]
            signer = signer or claim.identity[1]
    return signer


def _direction(
    bank: Bank, x: Floats, p: Floats, ahead: Floats, at: float, settings: TrackerSettings
) -> tuple[Floats, Floats]:
    """Yaw and its sigma; where no source said one, the direction of the velocity."""
    turning = at - bank.row(Row.YAW_RATE_AT) <= settings.live_s
    yaw = wrap(bank.row(Row.YAW) + np.where(turning, bank.row(Row.YAW_RATE), 0.0) * ahead)
    variance = bank.row(Row.YAW_VAR) + settings.process_yaw * np.abs(ahead)
    speed2 = np.maximum(np.square(x[2]) + np.square(x[3]), _LEAST_SPEED_MPS**2)
    across = (x[3] ** 2 * p[7] - 2.0 * x[2] * x[3] * p[8] + x[2] ** 2 * p[9]) / speed2**2
    moving = np.square(x[2]) + np.square(x[3]) > _LEAST_SPEED_MPS**2
    better = moving & (across < variance) & (bank.row(Row.YAW_VAR) > 1.0)
    yaw = np.where(better, np.arctan2(x[3], x[2]), yaw)
    return yaw, np.sqrt(np.minimum(np.where(better, across, variance), np.pi**2 / 3))


def _described(
    bank: Bank, at: float, settings: TrackerSettings
) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Acceleration (n,), yaw rate (n,), sizes (n, 3) with defaults, and the bits of what is unknown."""
    values, bits = [], np.zeros(bank.n, dtype=np.int64)
    for place, (row, row_at) in enumerate(((Row.ACCEL, Row.ACCEL_AT), (Row.YAW_RATE, Row.YAW_RATE_AT))):
        live = at - bank.row(row_at) <= settings.live_s
        values.append(np.where(live, bank.row(row), 0.0))
        bits |= (~live).astype(np.int64) << place
    sizes = bank.rows(slice(Row.LENGTH, Row.HEIGHT + 1)).T
    unsaid = np.isnan(sizes)
    bits |= (unsaid.astype(np.int64) << np.arange(2, 5)).sum(axis=1)
    defaults = _SIZES[bank.row(Row.KIND).astype(np.intp)]
    return values[0], values[1], np.where(unsaid, defaults, sizes), bits


def _trust_levels(bank: Bank, at: float, settings: TrackerSettings) -> NDArray[np.int64]:
    """The best level among the live sources; if none is live, the level heard last."""
    trust_at = bank.rows(Row.TRUST_AT)
    live = at - trust_at <= settings.live_s
    best = len(Trust) - 1 - np.argmax(live[::-1], axis=0)
    level: NDArray[np.int64] = np.where(live.any(axis=0), best, np.argmax(trust_at, axis=0))
    return level


def _intents(bank: Bank, at: float, settings: TrackerSettings) -> NDArray[np.int64]:
    """Codes (3, n) into ``_INTENT``: braking, turning left, turning right."""
    said = bank.rows(slice(Row.BRAKING, Row.RIGHT + 1))
    known = ~np.isnan(said) & (at - bank.row(Row.INTENT_AT) <= settings.live_s)
    codes: NDArray[np.int64] = np.where(known, 1.0 + np.nan_to_num(said), 0.0).astype(np.int64)
    return codes
