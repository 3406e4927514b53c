"""From metres to pixels, and the elements of which a drawn MAP is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from v2x.codecs.maptheme import GROUND, INK, number, text

if TYPE_CHECKING:
    from v2x.codecs.maplines import Line
    from v2x.codecs.mapmodel import Junction, MapGeometry

__all__ = ["View", "label", "path", "view_around", "view_of_all"]

SMALLEST_SPAN_M = 40.0
"""A MAP of one point is drawn as this many metres."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class View:
    """From metres to pixels: ``scale`` in px per m, the middle of the map and of its area."""

    scale: float
    middle: tuple[float, float]
    size: tuple[float, float]

    def line(self, junction: Junction, line: Line) -> list[tuple[float, float]]:
        """Points on the picture."""
        return [self.place(junction, point[0], point[1]) for point in line]

    def place(self, junction: Junction, east: float, north: float) -> tuple[float, float]:
        """One point on the picture."""
        x = self.size[0] / 2 + (east + junction.origin[0] - self.middle[0]) * self.scale
        y = self.size[1] / 2 - (north + junction.origin[1] - self.middle[1]) * self.scale
        return x, y

    def holds(self, point: Point, margin: float) -> bool:
        """True where a point of the picture lies inside the area, that far from its edge."""
        x, y = point
        return margin <= x <= self.size[0] - margin and margin <= y <= self.size[1] - margin


def view_of_all(made: MapGeometry, area: Point, margin: float) -> View:
    """The view that shows every line of a MAP."""
    places = [np.array([[*junction.origin]]) for junction in made.junctions]
    for junction in made.junctions:
        lines = [lane.line for lane in junction.lanes] + [turn.line for turn in junction.turns]
        lines += [link.line for link in junction.links if link.line is not None]
        lines += [zone.ring for zone in junction.zones]
        places += [line[:, :2] + np.array(junction.origin) for line in lines]
    points = np.concatenate(places) if places else np.zeros((1, 2))
    low, high = points.min(axis=0), points.max(axis=0)
    spans = np.maximum(high - low, SMALLEST_SPAN_M)
    scale = min((area[0] - 2 * margin) / float(spans[0]), (area[1] - 2 * margin) / float(spans[1]))
    middle = (low + high) / 2
    return View(scale, (float(middle[0]), float(middle[1])), area)


def view_around(junction: Junction, radius_m: float, area: Point) -> View:
    """The view that shows what is that near to a junction."""
    return View(min(area) / (2 * radius_m), junction.origin, area)


def path(points: list[Point]) -> str:
    """The ``d`` of a line through points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def label(
    x: float,
    y: float,
    said: str,
    size: float,
    colour: str = INK,
    anchor: str = "start",
    *,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """A text; ``halo``: readable on whatever lies under it."""
    style = ' font-weight="bold"' if bold else ""
    if halo:
        style += f' stroke="{GROUND}" stroke-width="3" paint-order="stroke"'
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" fill="{colour}" '
        f'text-anchor="{anchor}"{style}>{text(said)}</text>'
    )
