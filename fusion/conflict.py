"""Crossing paths: when the ego and each other object enter and leave the area that both sweep.

Both go straight on, the ego along u_e, the other along u_t, centres apart by p = other - ego, phi the angle
between them.  The centre lines meet a ahead of the ego's and b ahead of the other's centre:

    a = (p x u_t) / (u_e x u_t)        b = (p x u_e) / (u_e x u_t)

The strips of widths W_e, W_t meet in a parallelogram that reaches along the ego's line and the other's

    h_e = (W_t + W_e |cos phi|) / (2 |sin phi|)     h_t = (W_e + W_t |cos phi|) / (2 |sin phi|)

to either side of that point, so that the ego's front enters after a - h_e - L_e/2 and its rear leaves after
a + h_e + L_e/2 metres, and the other likewise.  Times follow from s = v t, or s = v t + a t^2/2.  The time
to enter is the time to contact if the other is there: it is measured to the conflict, never range over
closing rate.  Its sigma: sqrt(sigma_along^2 + (sigma_v t)^2) / v of the other, with the ego's position.

Source: plane geometry; the use of a time to the conflict point follows test practice for crossing paths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.objects import EgoState, Track

    Floats = NDArray[np.float64]

__all__ = ["Conflicts", "path_conflicts", "stacked_covariance"]

LEAST_SPEED_MPS = 1.0
"""What is slower has no path yet: its direction is noise and its time to anywhere unbounded."""

_GET = attrgetter("east_m", "north_m", "v_east_mps", "v_north_mps", "length_m", "width_m", "accel_mps2")


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Arrays (k,) in the order of the tracks; seconds from the environment's instant, inf for never.

    Times in the past are negative.  ``crossing`` says that both move and the angle is large enough; where
    it is False the rest is meaningless.  ``sigma_s`` is the sigma of the other's arrival.
    """

    crossing: NDArray[np.bool_]
    ego_in_s: Floats
    ego_out_s: Floats
    other_in_s: Floats
    other_out_s: Floats
    sigma_s: Floats
    east_m: Floats
    north_m: Floats

    def collide(self, margin_s: float, sigmas: float) -> NDArray[np.bool_]:
        """Both are in the area at once if either is ``margin_s`` + ``sigmas`` sigma early or late."""
        window = margin_s + sigmas * self.sigma_s
        together: NDArray[np.bool_] = (
            self.crossing
            & (self.ego_out_s > 0.0)
            & (self.other_in_s - window <= self.ego_out_s)
            & (self.ego_in_s <= self.other_out_s + window)
            & (self.other_out_s + window > 0.0)
        )
        return together


def _time(distance: Floats, speed: Floats | float, accel: Floats | float | None) -> Floats:
    """When ``distance`` is covered; behind us by the present speed, inf if the braking ends before it."""
    steady = distance / speed
    if accel is None:
        return steady
    rate = np.broadcast_to(np.asarray(accel, dtype=np.float64), distance.shape)
    bends = (np.abs(rate) > 0.05) & (distance > 0.0)
    root = np.square(speed) + 2.0 * rate * distance
    bent = 2.0 * distance / (speed + np.sqrt(np.maximum(root, 0.0)))
    times: Floats = np.where(bends, np.where(root < 0.0, np.inf, bent), steady)
    return times


def stacked_covariance(tracks: Sequence[Track]) -> Floats:
    """The tracks' covariances as one array (k, 4, 4)."""
    if not tracks:
        return np.empty((0, 4, 4))
    stacked: Floats = np.concatenate([t.covariance for t in tracks]).reshape(-1, 4, 4)
    return stacked


def path_conflicts(
    ego: EgoState,
    tracks: Sequence[Track],
    *,
    least_angle_rad: float = math.radians(20.0),
    use_accel: bool = False,
) -> Conflicts:
    """Geometry of the crossing of the ego's path with each track's.

    Paths that meet at less than ``least_angle_rad`` (following, oncoming) don't cross.  ``use_accel`` lets
    both keep their acceleration, else their speed.
    """
    value = np.array([_GET(t) for t in tracks], dtype=np.float64).reshape(-1, 7)
    east, north, v_e, v_n, length, width, accel = value.T
    speed = np.hypot(v_e, v_n)
    safe = np.maximum(speed, LEAST_SPEED_MPS)
    t_e, t_n = v_e / safe, v_n / safe
    e_e, e_n = math.cos(ego.yaw_rad), math.sin(ego.yaw_rad)
    p_e, p_n = east - ego.east_m, north - ego.north_m
    sin, cos = e_e * t_n - e_n * t_e, np.abs(e_e * t_e + e_n * t_n)
    crossing = (speed >= LEAST_SPEED_MPS) & (np.abs(sin) >= math.sin(least_angle_rad))
    crossing &= ego.speed_mps >= LEAST_SPEED_MPS
    sin = np.where(crossing, sin, 1.0)
    a, b = (p_e * t_n - p_n * t_e) / sin, (p_e * e_n - p_n * e_e) / sin
    h_ego = (width + ego.width_m * cos) / (2.0 * np.abs(sin)) + ego.length_m / 2
    h_other = (ego.width_m + width * cos) / (2.0 * np.abs(sin)) + length / 2
    ego_speed = max(ego.speed_mps, LEAST_SPEED_MPS)
    ego_accel = ego.accel_mps2 if use_accel else None
    other_accel = accel if use_accel else None
    other_in = _time(b - h_other, safe, other_accel)
    cov = stacked_covariance(tracks)
    along = t_e**2 * cov[:, 0, 0] + 2.0 * t_e * t_n * cov[:, 0, 1] + t_n**2 * cov[:, 1, 1]
    along += ego.position_sigma_m**2
    speed_var = t_e**2 * cov[:, 2, 2] + 2.0 * t_e * t_n * cov[:, 2, 3] + t_n**2 * cov[:, 3, 3]
    ahead = np.minimum(np.maximum(other_in, 0.0), 30.0)
    return Conflicts(
        crossing=crossing,
        ego_in_s=_time(a - h_ego, ego_speed, ego_accel),
        ego_out_s=_time(a + h_ego, ego_speed, ego_accel),
        other_in_s=other_in,
        other_out_s=_time(b + h_other, safe, other_accel),
        sigma_s=np.sqrt(np.maximum(along + speed_var * ahead**2, 0.0)) / safe,
        east_m=ego.east_m + a * e_e,
        north_m=ego.north_m + a * e_n,
    )
