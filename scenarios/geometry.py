"""Plane geometry of the simulated world: lines of sight and smooth paths.

All lengths in metres, east and north of the local frame; yaw counter-clockwise from east, radians.  A line
of sight is blocked by a box where the segment enters it (slab method in the box's own axes).  Curves that
join two directed points are quintic Hermite curves whose second derivative is zero at both ends, so that
curvature starts and ends at nought.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from v2x.footprint import Box

__all__ = ["Path", "hermite", "resample", "sight_blocked", "smooth"]


def sight_blocked(origin: tuple[float, float], targets: ArrayLike, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Which of the ``targets``, shape (n, 2), are hidden from ``origin`` by any of ``boxes``; shape (n,).

    A target on a box's edge is hidden by that box only if the segment passes through its inside.
    """
    ends = np.asarray(targets, dtype=np.float64).reshape(-1, 2)
    if not boxes or not len(ends):
        return np.zeros(len(ends), dtype=np.bool_)
    centre = np.array([(b.east_m, b.north_m) for b in boxes])
    yaw = np.array([b.yaw_rad for b in boxes])
    half = np.array([(b.length_m, b.width_m) for b in boxes])[:, None, :] / 2.0
    axes = np.stack(
        [np.stack([np.cos(yaw), np.sin(yaw)], -1), np.stack([-np.sin(yaw), np.cos(yaw)], -1)], axis=1
    )
    start = np.einsum("bij,bj->bi", axes, np.asarray(origin, dtype=np.float64) - centre)[:, None, :]
    end = np.einsum("bij,bnj->bni", axes, ends[None, :, :] - centre[:, None, :])
    step = np.where(np.abs(end - start) < 1e-12, 1e-12, end - start)
    one, two = (-half - start) / step, (half - start) / step
    enter = np.maximum(np.minimum(one, two).max(axis=2), 0.0)
    leave = np.minimum(np.maximum(one, two).min(axis=2), 1.0)
    blocked: NDArray[np.bool_] = (leave - enter > 1e-9).any(axis=0)
    return blocked


def resample(points: NDArray[np.float64], spacing_m: float) -> NDArray[np.float64]:
    """The polyline ``points``, shape (n, 2), with equal steps of about ``spacing_m``; ends are kept."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, round(along[-1] / spacing_m) + 1)
    wanted = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(wanted, along, points[:, k]) for k in (0, 1)], axis=1)


def smooth(points: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """A moving average over ``window`` (odd) equally spaced points; the ends stay where they are."""
    half = min(window // 2, len(points) - 1)
    if half < 1:
        return points
    head = 2.0 * points[0] - points[half:0:-1]
    tail = 2.0 * points[-1] - points[-2 : -2 - half : -1]
    padded = np.concatenate([head, points, tail])
    kernel = np.full(2 * half + 1, 1.0 / (2 * half + 1))
    return np.stack([np.convolve(padded[:, k], kernel, mode="valid") for k in (0, 1)], axis=1)


def hermite(
    start: NDArray[np.float64], heading_in: float, end: NDArray[np.float64], heading_out: float
) -> NDArray[np.float64]:
    """A smooth curve from ``start`` with yaw ``heading_in`` to ``end`` with yaw ``heading_out``; (33, 2)."""
    reach = float(np.hypot(*(end - start)))
    tangent_in = reach * np.array([math.cos(heading_in), math.sin(heading_in)])
    tangent_out = reach * np.array([math.cos(heading_out), math.sin(heading_out)])
    t = np.linspace(0.0, 1.0, 33)[:, None]
    t3, t4, t5 = t**3, t**4, t**5
    rise = 10.0 * t3 - 15.0 * t4 + 6.0 * t5
    curve: NDArray[np.float64] = (
        (1.0 - rise) * start
        + rise * end
        + (t - 6.0 * t3 + 8.0 * t4 - 3.0 * t5) * tangent_in
        + (-4.0 * t3 + 7.0 * t4 - 3.0 * t5) * tangent_out
    )
    return curve


class Path:
    """A path by arc length: place, yaw and curvature at any distance along it, interpolated at ``step_m``."""

    __slots__ = ("_curvature", "_east", "_north", "_yaw", "length_m", "step_m")

    def __init__(self, points: NDArray[np.float64], spacing_m: float = 1.0) -> None:
        """``points``: shape (n, 2), n >= 2, in driving direction; yaw is continuous along the path."""
        fine = resample(np.asarray(points, dtype=np.float64), spacing_m)
        steps = np.diff(fine, axis=0)
        self.step_m = float(np.hypot(*steps.T).mean())
        self.length_m = self.step_m * len(steps)
        gradient = np.gradient(fine, self.step_m, axis=0)
        yaw = np.unwrap(np.arctan2(gradient[:, 1], gradient[:, 0]))
        self._east: list[float] = fine[:, 0].tolist()
        self._north: list[float] = fine[:, 1].tolist()
        self._yaw: list[float] = yaw.tolist()
        self._curvature: list[float] = np.gradient(yaw, self.step_m).tolist()

    @property
    def points(self) -> NDArray[np.float64]:
        """The nodes, shape (n, 2), ``step_m`` apart."""
        return np.stack([self._east, self._north], axis=1)

    @property
    def curvatures(self) -> NDArray[np.float64]:
        """Curvature at the nodes, 1/m, left positive."""
        return np.array(self._curvature)

    def at(self, along_m: float) -> tuple[float, float, float, float]:
        """East, north, yaw (unwrapped) and curvature at ``along_m``; beyond the ends it goes straight on."""
        place = min(max(along_m / self.step_m, 0.0), len(self._east) - 1.000001)
        low = int(place)
        share = place - low
        east = self._east[low] + share * (self._east[low + 1] - self._east[low])
        north = self._north[low] + share * (self._north[low + 1] - self._north[low])
        yaw = self._yaw[low] + share * (self._yaw[low + 1] - self._yaw[low])
        curvature = self._curvature[low] + share * (self._curvature[low + 1] - self._curvature[low])
        beyond = along_m if along_m < 0.0 else max(0.0, along_m - self.length_m)
        if beyond:
            east += beyond * math.cos(yaw)
            north += beyond * math.sin(yaw)
            curvature = 0.0
        return east, north, yaw, curvature
