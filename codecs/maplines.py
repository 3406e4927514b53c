"""Lines in a plane with heights: parallels, points along a line, smooth curves.

A line is an array (n, 3) of east, north, up in metres, n >= 2, no point twice in a row; "left" is level and
to the left of the line's direction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Line = NDArray[np.float64]

__all__ = ["along", "curve", "direction", "hull", "rotated", "shifted"]

CURVE_POINTS = 16
"""Points of a curve: a pixel or two from the true one on a screen."""

APART_M = 1e-3
"""Points closer than this are one: no position on the wire is finer than 1 cm."""

TURN_M = 20.0
"""How far straight on a curve leaves at most: who turns towards a far place turns in the junction."""

_TINY_M = 1e-9
"""A step is never shorter, so that a line shifted into a point is no division by zero."""

_SHARPEST = 0.2
"""1 + cosine of the sharpest turn (about 143 deg) at which a shifted line keeps its distance exactly."""


def shifted(line: Line, left_m: float) -> Line:
    """The parallel of a line (n, 3), ``left_m`` to its left; corners are mitred, hairpins cut."""
    steps = np.diff(line[:, :2], axis=0)
    steps /= np.maximum(np.hypot(steps[:, 0], steps[:, 1]), _TINY_M)[:, None]
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
    before, after = np.vstack([normals[:1], normals]), np.vstack([normals, normals[-1:]])
    spread = (1 + np.sum(before * after, axis=1))[:, None]
    mitre = np.where(spread > _SHARPEST, (before + after) / np.maximum(spread, _SHARPEST), after)
    moved: Line = line.copy()
    moved[:, :2] += left_m * mitre
    return moved


def along(line: Line, points: Sequence[Mapping[str, int]] | None) -> Line | None:
    """The line of (s, t) points along a reference line, which goes straight on beyond its ends."""
    if not points:
        return None
    steps = np.diff(line, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    found: list[list[float]] = []
    for point in points:
        s, t = point["s-axis"] * 0.1, point["t-axis"] * 0.01
        index = int(np.clip(np.searchsorted(starts, s, side="right") - 1, 0, len(lengths) - 1))
        unit = steps[index] / lengths[index]
        place = line[index] + (s - starts[index]) * unit
        there = [float(place[0] - t * unit[1]), float(place[1] + t * unit[0]), float(place[2])]
        if not found or math.dist(there[:2], found[-1][:2]) > APART_M:
            found.append(there)
    return np.array(found) if len(found) >= 2 else None


def direction(line: Line, at: int) -> Line:
    """The unit vector (level) of a line's first (0) or last (-1) step."""
    step = line[1] - line[0] if at == 0 else line[-1] - line[-2]
    level = np.array([step[0], step[1], 0.0])
    length = float(np.hypot(level[0], level[1]))
    unit: Line = level / length if length > 0 else np.array([1.0, 0.0, 0.0])
    return unit


def rotated(vector: Line, by_rad: float) -> Line:
    """A level vector, turned counter-clockwise."""
    c, s = math.cos(by_rad), math.sin(by_rad)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], 0.0])


def curve(start: Line, ahead: Line, end: Line, onward: Line) -> Line:
    """A cubic Bezier curve that leaves and arrives in the given directions."""
    reach = 0.42 * float(np.hypot(*(end - start)[:2]))
    first, second = start + min(reach, TURN_M) * ahead, end - reach * onward
    t = np.linspace(0.0, 1.0, CURVE_POINTS)[:, None]
    curve: Line = (
        (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end
    )
    return curve


def hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The convex hull of points in the plane, counter-clockwise; the monotone chain."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    found: list[tuple[float, float]] = []
    for half in (ordered, ordered[::-1]):
        begun = len(found)
        for x, y in half:
            while len(found) >= begun + 2:
                (x0, y0), (x1, y1) = found[-2:]
                if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                    break
                found.pop()
            found.append((x, y))
        found.pop()
    return found
