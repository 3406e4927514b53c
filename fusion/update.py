"""Tracks are born from observations and take observations: the filter and what is kept beside it.

A round updates k different tracks with one observation each, at once:

    dt = measured_at - clock     dt >= 0: predict the track by dt, then measure
                                 dt < 0:  move the observation forward by |dt| at its own velocity (else the
                                          track's), with R + (sigma_v dt)^2 + q |dt|^3/3, then measure

The common-mode error c_s of a source (one for all its reports) is no white noise.  It counts in a source's
weight, R = sigma^2 + c_s^2, and the track remembers the share m_s of each source in its position:
m <- (1 - K) m, m_s += K, with K = 1 - tr A' / tr A.  Its common-mode variance is then sum (m_s c_s)^2.

Existence: p <- 1 - (1 - p d)(1 - belief), d the decay since the last hit.  Yaw is a scalar filter on
the circle; acceleration and yaw rate are blended; sizes follow a self-report, else an exponential mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from v2x.fusion import kalman
from v2x.fusion.bank import Row
from v2x.fusion.intake import KIND_GROUP, SOURCES, Column
from v2x.objects import Trust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.bank import Bank
    from v2x.fusion.intake import Batch
    from v2x.fusion.settings import TrackerSettings

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["absorb", "decayed", "spawn", "wrap"]

_BLEND = 0.6
"""Weight of a new acceleration or yaw rate: two reports make 84 % of it."""
_SIZE_BLEND = 0.2
"""Weight of a new size that a sensor or road-side unit estimates."""
_UNKNOWN_YAW_VAR = np.pi**2 / 3
"""Variance of a direction about which nothing is known."""


def wrap(angle: Floats) -> Floats:
    """Into (-pi, pi]."""
    wrapped: Floats = np.pi - np.remainder(np.pi - angle, 2 * np.pi)
    return wrapped


def decayed(existence: Floats, silent_s: Floats, settings: TrackerSettings) -> Floats:
    """Existence after ``silent_s`` without an observation."""
    beyond = np.maximum(silent_s - settings.existence_grace_s, 0.0)
    result: Floats = existence * np.exp(-beyond / settings.existence_decay_s)
    return result


def _is_vru(kind: Ints) -> NDArray[np.bool_]:
    """On foot or on two wheels."""
    group = KIND_GROUP[kind]
    vru: NDArray[np.bool_] = (group == 1) | (group == 2)
    return vru


def spawn(bank: Bank, batch: Batch, chosen: Ints, settings: TrackerSettings) -> Ints:
    """One new track for each of the observations ``chosen`` (k,); returns their columns (k,)."""
    columns = bank.append(chosen.size)
    data = bank.data
    known = batch.has_velocity[chosen]
    data[0, columns], data[1, columns] = batch[Column.EAST][chosen], batch[Column.NORTH][chosen]
    data[2:4, columns] = np.where(known, batch.velocity[:, chosen], 0.0)
    vru = _is_vru(batch.kind[chosen])
    guess = np.where(vru, settings.unknown_speed_vru_mps, settings.unknown_speed_vehicle_mps) ** 2
    data[Row.P, columns] = 0.0
    data[4, columns] = data[6, columns] = batch.position_noise[chosen]
    blank = np.stack((guess, np.zeros_like(guess), guess))
    data[11:14, columns] = np.where(known, batch.velocity_noise[:, chosen], blank)
    data[Row.CLOCK, columns] = batch[Column.AT][chosen]
    yaw = batch[Column.YAW][chosen]
    data[Row.YAW, columns] = np.where(np.isnan(yaw), 0.0, wrap(yaw))
    sure = batch[Column.YAW_SIGMA][chosen] ** 2
    data[Row.YAW_VAR, columns] = np.where(np.isnan(yaw), _UNKNOWN_YAW_VAR, sure)
    data[Row.DENSITY, columns] = np.where(vru, settings.process_vru, settings.process_vehicle)
    data[Row.KIND, columns] = 0.0
    for row in (Row.SIZE_RANK, Row.KIND_RANK, Row.EXISTENCE, Row.HITS, Row.CONFIRMED):
        data[row, columns] = 0.0
    data[Row.SHARE, columns] = 0.0
    data[Row.SHARE.start + batch.source[chosen], columns] = 1.0
    data[Row.COMMON_MODE, columns] = batch.common_mode[chosen]
    return columns


def absorb(
    bank: Bank,
    columns: Ints,
    batch: Batch,
    chosen: Ints,
    at: float,
    settings: TrackerSettings,
    *,
    fresh: bool,
) -> None:
    """Tracks ``columns`` (k, all different) take the observations ``chosen`` (k,) in a step at ``at``.

    ``fresh`` tracks have the measurement in their state already (they were born from it).
    """
    clock = bank.data[Row.CLOCK, columns]
    dt = batch[Column.AT][chosen] - clock
    if not fresh:
        _filter(bank, columns, batch, chosen, dt, settings)
    _believe(bank, columns, batch, chosen, dt, at, settings)
    _describe(bank, columns, batch, chosen)
    _name(bank, columns, batch, chosen, settings)
    bank.data[Row.CLOCK, columns] = np.maximum(clock, batch[Column.AT][chosen])


def _filter(
    bank: Bank, columns: Ints, batch: Batch, chosen: Ints, dt: Floats, settings: TrackerSettings
) -> None:
    data = bank.data
    density = data[Row.DENSITY, columns]
    ahead, lag = np.maximum(dt, 0.0), np.maximum(-dt, 0.0)
    x, p = kalman.predict(data[Row.X, columns], data[Row.P, columns], ahead, density)
    known = batch.has_velocity[chosen]
    speed_var = batch.velocity_noise[:, chosen]
    v_e, v_n = (np.where(known, batch.velocity[i, chosen], x[2 + i]) for i in (0, 1))
    grown = density * lag**3 / 3.0
    noise = batch.position_noise[chosen] + batch.common_mode[chosen] ** 2
    r = np.stack((
        noise + lag**2 * np.where(known, speed_var[0], p[7]) + grown,
        lag**2 * np.where(known, speed_var[1], p[8]),
        noise + lag**2 * np.where(known, speed_var[2], p[9]) + grown,
    ))  # fmt: skip
    east, north = batch[Column.EAST][chosen] + lag * v_e, batch[Column.NORTH][chosen] + lag * v_n
    spread = p[0] + p[2]
    kalman.measure_position(x, p, east, north, r)
    _mix(bank, columns, batch, chosen, 1.0 - (p[0] + p[2]) / spread, settings)
    if known.all():
        r = speed_var + (density * lag) * np.array([[1.0], [0.0], [1.0]])
        kalman.measure_velocity(x, p, v_e, v_n, r)
    elif known.any():
        x_known, p_known = x[:, known], p[:, known]
        r = speed_var[:, known] + (density * lag)[known] * np.array([[1.0], [0.0], [1.0]])
        kalman.measure_velocity(x_known, p_known, v_e[known], v_n[known], r)
        x[:, known], p[:, known] = x_known, p_known
    data[Row.X, columns] = x
    data[Row.P, columns] = p
    _turn(bank, columns, batch, chosen, dt, settings)


def _mix(
    bank: Bank, columns: Ints, batch: Batch, chosen: Ints, gain: Floats, settings: TrackerSettings
) -> None:
    """Who made the position: each source's share, and with it the sigma of the shared error."""
    share = bank.data[Row.SHARE, columns] * (1.0 - gain)
    share[batch.source[chosen], np.arange(columns.size)] += gain
    common = np.array([settings.noise[s].common_mode_m for s in SOURCES])
    bank.data[Row.SHARE, columns] = share
    bank.data[Row.COMMON_MODE, columns] = np.sqrt(np.square(share * common[:, None]).sum(axis=0))


def _turn(
    bank: Bank, columns: Ints, batch: Batch, chosen: Ints, dt: Floats, settings: TrackerSettings
) -> None:
    """The yaw filter, and the blends of yaw rate and acceleration (the late say nothing about now)."""
    data = bank.data
    clock = data[Row.CLOCK, columns]
    ahead, lag = np.maximum(dt, 0.0), np.maximum(-dt, 0.0)
    live = clock - data[Row.YAW_RATE_AT, columns] <= settings.live_s
    yaw = data[Row.YAW, columns] + np.where(live, data[Row.YAW_RATE, columns], 0.0) * ahead
    var = data[Row.YAW_VAR, columns] + settings.process_yaw * ahead
    said = batch[Column.YAW][chosen]
    noise = batch[Column.YAW_SIGMA][chosen] ** 2 + settings.process_yaw * lag
    gain = np.where(np.isnan(said), 0.0, var / (var + noise))
    data[Row.YAW, columns] = wrap(yaw + gain * np.where(np.isnan(said), 0.0, wrap(said - yaw)))
    data[Row.YAW_VAR, columns] = np.minimum((1.0 - gain) * var, _UNKNOWN_YAW_VAR)


def _blend(bank: Bank, columns: Ints, row: int, row_at: int, said: Floats, at: Floats) -> None:
    data = bank.data
    old, old_at = data[row, columns], data[row_at, columns]
    new = ~np.isnan(said) & (at >= old_at)
    mixed = np.where(np.isnan(old), said, old + _BLEND * (said - old))
    data[row, columns] = np.where(new, mixed, old)
    data[row_at, columns] = np.where(new, at, old_at)


def _believe(
    bank: Bank, columns: Ints, batch: Batch, chosen: Ints, dt: Floats, at: float, settings: TrackerSettings
) -> None:
    """Existence, hits, confirmation, and who was heard when and how well checked."""
    data = bank.data
    source, measured_at = batch.source[chosen], batch[Column.AT][chosen]
    trust = batch[Column.TRUST][chosen].astype(np.intp)
    belief = np.array([settings.noise[s].belief for s in SOURCES])[source]
    vouched = (trust >= Trust.VERIFIED) & (batch[Column.SELF][chosen] > 0)
    belief = np.where(vouched, np.maximum(belief, settings.verified_birth), belief)
    before = decayed(data[Row.EXISTENCE, columns], at - data[Row.LAST_HIT_AT, columns], settings)
    data[Row.EXISTENCE, columns] = 1.0 - (1.0 - before) * (1.0 - belief)
    data[Row.HITS, columns] += 1.0
    hits = data[Row.HIT_AT, columns]
    hits[:-1] = hits[1:]
    hits[-1] = at
    data[Row.HIT_AT, columns] = hits
    often = at - hits[0] <= settings.confirm_window_s
    data[Row.CONFIRMED, columns] = np.maximum(data[Row.CONFIRMED, columns], often | vouched)
    newest = dt >= 0.0
    latency = np.maximum(batch[Column.RECEIVED_AT][chosen] - measured_at, 0.0)
    data[Row.LATENCY, columns] = np.where(newest, latency, data[Row.LATENCY, columns])
    for first, code in ((Row.HEARD_AT.start, source), (Row.TRUST_AT.start, trust)):
        data[first + code, columns] = np.maximum(data[first + code, columns], measured_at)


def _describe(bank: Bank, columns: Ints, batch: Batch, chosen: Ints) -> None:
    """Acceleration, yaw rate, size and intents; a self-report outranks what others see of it."""
    data = bank.data
    at = batch[Column.AT][chosen]
    _blend(bank, columns, Row.ACCEL, Row.ACCEL_AT, batch[Column.ACCEL][chosen], at)
    _blend(bank, columns, Row.YAW_RATE, Row.YAW_RATE_AT, batch[Column.YAW_RATE][chosen], at)
    own = batch[Column.SELF][chosen] > 0
    rank = 1.0 + own
    may = rank >= data[Row.SIZE_RANK, columns]
    for row, column in (
        (Row.LENGTH, Column.LENGTH),
        (Row.WIDTH, Column.WIDTH),
        (Row.HEIGHT, Column.HEIGHT),
    ):
        old, said = data[row, columns], batch[column][chosen]
        mean = np.where(own | np.isnan(old), said, old + _SIZE_BLEND * (said - old))
        data[row, columns] = np.where(may & ~np.isnan(said), mean, old)
    sized = may & ~np.isnan(batch[Column.LENGTH][chosen])
    data[Row.SIZE_RANK, columns] = np.where(sized, rank, data[Row.SIZE_RANK, columns])
    intents = batch.value[chosen][:, Column.BRAKING : Column.RIGHT + 1].T
    says = ~np.isnan(intents).all(axis=0) & (at >= data[Row.INTENT_AT, columns])
    rows = slice(Row.BRAKING, Row.RIGHT + 1)
    data[rows, columns] = np.where(says, intents, data[rows, columns])
    data[Row.INTENT_AT, columns] = np.where(says, at, data[Row.INTENT_AT, columns])


def _name(bank: Bank, columns: Ints, batch: Batch, chosen: Ints, settings: TrackerSettings) -> None:
    """The kind, and the process noise that goes with it."""
    data = bank.data
    rank = 1.0 + (batch[Column.SELF][chosen] > 0)
    kind = batch.kind[chosen]
    named = (rank >= data[Row.KIND_RANK, columns]) & (kind > 0)
    data[Row.KIND, columns] = np.where(named, kind, data[Row.KIND, columns])
    data[Row.KIND_RANK, columns] = np.where(named, rank, data[Row.KIND_RANK, columns])
    density = np.where(_is_vru(kind), settings.process_vru, settings.process_vehicle)
    data[Row.DENSITY, columns] = np.where(named, density, data[Row.DENSITY, columns])
