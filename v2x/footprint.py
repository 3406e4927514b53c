"""The ground that a road user covers: an oriented rectangle, and whether two of them share area.

East and north in metres of the local frame, yaw counter-clockwise from east in radians.  Two boxes overlap
unless one of their four edge directions separates them (separating axis theorem).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Box", "overlap"]


@dataclass(frozen=True, slots=True)
class Box:
    """An oriented rectangle: its centre, yaw, length along the yaw, and width."""

    east_m: float
    north_m: float
    yaw_rad: float
    length_m: float
    width_m: float

    def corners(self) -> NDArray[np.float64]:
        """The four corners, shape (4, 2): front left, rear left, rear right, front right."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        x = np.array([1.0, -1.0, -1.0, 1.0]) * self.length_m / 2.0
        y = np.array([1.0, 1.0, -1.0, -1.0]) * self.width_m / 2.0
        return np.stack([self.east_m + c * x - s * y, self.north_m + s * x + c * y], axis=1)

    @property
    def radius_m(self) -> float:
        """Radius of the circle around the box."""
        return math.hypot(self.length_m, self.width_m) / 2.0


TOUCH_M = 1e-9
"""Boxes this little into each other only touch: rounding of a turned edge, not shared area."""


def overlap(a: Box, b: Box) -> bool:
    """True where the two boxes share area."""
    if math.hypot(a.east_m - b.east_m, a.north_m - b.north_m) > a.radius_m + b.radius_m:
        return False
    corners_a, corners_b = a.corners(), b.corners()
    for yaw in (a.yaw_rad, a.yaw_rad + math.pi / 2, b.yaw_rad, b.yaw_rad + math.pi / 2):
        axis = np.array([math.cos(yaw), math.sin(yaw)])
        pa, pb = corners_a @ axis, corners_b @ axis
        if pa.max() <= pb.min() + TOUCH_M or pb.max() <= pa.min() + TOUCH_M:
            return False
    return True
