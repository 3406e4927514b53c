"""A MAP as a picture: one self-contained SVG with lanes, connections, signal groups, scale and legend.

North is up, one scale for both axes, the junction's links around it.  Lanes have their width and a colour by
their kind, chevrons in driving direction, a stop line, their number and their painted manoeuvres; a
connection is a curve in the colour of its signal phase, dashed where its end is a guess (see
:mod:`v2x.codecs.mapgeometry`).  The panel on the right says what the colours mean and lists the phases with
the ways that they govern and what could not be drawn.  Of one junction its surroundings are shown, with the
whole of it as a small map in the panel; of several all.

Text from the message is escaped, and characters that XML does not know become U+FFFD.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from v2x.codecs.mapcanvas import label, path, view_around, view_of_all
from v2x.codecs.maplanes import markings, surfaces
from v2x.codecs.maplines import direction
from v2x.codecs.mapmodel import node_text
from v2x.codecs.mappanel import PANEL_PX, panel
from v2x.codecs.maptheme import FAINT, GROUND, INK, LANE_COLOURS, NO_PHASE, number, phase_colours, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from v2x.codecs.mapcanvas import Point, View
    from v2x.codecs.mapmodel import Junction, LinkLine, MapGeometry, Turn

__all__ = ["map_svg"]

MARGIN_PX = 70
INSET_PX = 230
"""Height of the small map in the panel."""

CHARACTER_PX = 7.4
"""Width of a character of the labels, rather more than less."""

LEAST_RADIUS_M = 45.0
"""The surroundings of a junction of which nothing but the middle is known."""

BADGE_PX = 34.0
"""Connections shorter than this on the picture carry no number: it would hide them."""

_DASHES = {"beside": "9 5", "manoeuvre": "3 4", "stub": "1 5"}


def map_svg(
    made: MapGeometry, *, width_px: int = 1280, height_px: int = 860, radius_m: float | None = None
) -> str:
    """The picture.

    ``radius_m``: how far around the first node it goes; None: the junction and the last stretch of its links,
    or everything where there are several nodes; infinity: everything.  ValueError for a size that is not
    640 x 480 to 8192 x 8192 or a radius that is not positive.
    """
    if not (640 <= width_px <= 8192 and 480 <= height_px <= 8192):
        raise ValueError("a picture has 640 x 480 to 8192 x 8192 pixels")
    if radius_m is not None and not radius_m > 0:
        raise ValueError("a radius is positive")
    area = (float(width_px - PANEL_PX), float(height_px))
    view, inset = _views(made, area, radius_m)
    colours = phase_colours(made)
    title = "MAP " + ", ".join(node_text(one.node) for one in made.junctions[:4])
    size = f'width="{width_px}" height="{height_px}" viewBox="0 0 {width_px} {height_px}"'
    area_clip = f'<clipPath id="area"><rect width="{number(area[0])}" height="{height_px}"/></clipPath>'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Helvetica, Arial, sans-serif">',
        f"<title>{text(title)}</title>",
        f"<defs>{area_clip}</defs>",
        f'<rect width="{width_px}" height="{height_px}" fill="{GROUND}"/>',
        '<g clip-path="url(#area)" stroke-linejoin="round">',
    ]
    for junction in made.junctions:
        parts += surfaces(view, junction)
    for junction in made.junctions:
        parts += markings(view, junction)
    for junction in made.junctions:
        parts += _turns(view, junction, colours)
    for junction in made.junctions:
        parts += _labels(view, junction)
    if not made.junctions:
        parts.append(label(area[0] / 2, area[1] / 2, "no node has a position", 16, anchor="middle"))
    parts += ["</g>", *_north(area[0] - 40, 52.0), *_scale_bar(view, 28.0, area[1] - 26)]
    parts += panel(made, area[0], float(height_px), colours, INSET_PX + 20.0 if inset else 0.0)
    if inset is not None:
        parts += _inset(made, inset, view, (area[0] + 15, height_px - INSET_PX - 15.0))
    return "\n".join([*parts, "</svg>", ""])


def _views(made: MapGeometry, area: Point, radius_m: float | None) -> tuple[View, View | None]:
    """The view of the picture, and that of the small map where the picture does not show everything."""
    everything = view_of_all(made, area, MARGIN_PX)
    if not made.junctions or (radius_m is None and len(made.junctions) > 1) or radius_m == math.inf:
        return everything, None
    junction = made.junctions[0]
    if radius_m is None:
        ends = [math.hypot(*lane.line[-1][:2]) for lane in junction.lanes]
        radius_m = max(LEAST_RADIUS_M, 2.0 * sorted(ends)[len(ends) // 2] if ends else 0.0)
    close = view_around(junction, radius_m, area)
    if close.scale <= everything.scale:
        return everything, None
    return close, view_of_all(made, (PANEL_PX - 30.0, float(INSET_PX)), 14.0)


def _inset(made: MapGeometry, inset: View, view: View, corner: Point) -> Iterator[str]:
    """The whole MAP, small, with a frame around what the picture shows."""
    width, height = inset.size
    yield (
        f'<svg x="{number(corner[0])}" y="{number(corner[1])}" width="{number(width)}" '
        f'height="{number(height)}"><rect width="100%" height="100%" fill="{GROUND}"/>'
    )
    for junction in made.junctions:
        for lane in junction.lanes:
            colour = LANE_COLOURS.get(lane.kind, LANE_COLOURS["vehicle"])
            wide = number(max(1.2, lane.width_m * inset.scale))
            line = path(inset.line(junction, lane.line))
            yield f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="{wide}"/>'
    ratio = inset.scale / view.scale
    x = width / 2 + (view.middle[0] - inset.middle[0]) * inset.scale - view.size[0] * ratio / 2
    y = height / 2 - (view.middle[1] - inset.middle[1]) * inset.scale - view.size[1] * ratio / 2
    frame = f'width="{number(view.size[0] * ratio)}" height="{number(view.size[1] * ratio)}"'
    yield f'<rect x="{number(x)}" y="{number(y)}" {frame} fill="none" stroke="{INK}" stroke-width="1.5"/>'
    yield from _scale_bar(inset, 12.0, height - 12, 60.0)
    yield "</svg>"


def _turns(view: View, junction: Junction, colours: Mapping[int, str]) -> Iterator[str]:
    """The connections' curves with arrow heads, and on each the number of its phase."""
    badges: list[str] = []
    for turn in junction.turns:
        points = view.line(junction, turn.line)
        colour = colours[turn.phase_id] if turn.phase_id else NO_PHASE
        dash = f' stroke-dasharray="{_DASHES[turn.certainty]}"' if turn.certainty in _DASHES else ""
        line = path(points)
        yield f'<path d="{line}" fill="none" stroke="{GROUND}" stroke-opacity="0.7" stroke-width="5"/>'
        yield (
            f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="2.6"{dash}>'
            f"<title>{text(_turn_text(turn))}</title></path>"
        )
        yield _arrow_head(points, colour)
        if turn.phase_id and math.dist(points[0], points[-1]) > BADGE_PX:
            x, y = points[min(len(points) - 1, int(len(points) * _badge_at(turn)))]
            circle = f'cx="{number(x)}" cy="{number(y)}" r="8.5"'
            badges.append(f'<circle {circle} fill="{colour}" stroke="#fff"/>')
            badges.append(label(x, y + 3.6, str(turn.phase_id), 10, "#fff", "middle", bold=True))
    yield from badges


def _badge_at(turn: Turn) -> float:
    """Where along its curve a connection carries its phase: left, straight and right apart."""
    before, after = direction(turn.line, 0), direction(turn.line, -1)
    sideways = float(before[0] * after[1] - before[1] * after[0])
    if sideways > 0.5:
        return 0.38
    return 0.52 if sideways < -0.5 else 0.26


def _turn_text(turn: Turn) -> str:
    """What a pointer over a connection shows."""
    said = f"from {node_text(turn.upstream)}" + (f" lane {turn.lane}" if turn.lane else "")
    said += f" to {node_text(turn.remote)}" + (f" lane {turn.remote_lane}" if turn.remote_lane else "")
    said += f", phase {turn.phase_id}" if turn.phase_id else ", no phase"
    return said + (f", {', '.join(turn.manoeuvres)}" if turn.manoeuvres else "")


def _arrow_head(points: list[Point], colour: str) -> str:
    (x0, y0), (x, y) = points[-2], points[-1]
    length = math.hypot(x - x0, y - y0) or 1.0
    ux, uy = (x - x0) / length, (y - y0) / length
    corners = [(x + 5 * ux, y + 5 * uy)]
    corners += [(x - 6 * ux + s * 5 * uy, y - 6 * uy - s * 5 * ux) for s in (1, -1)]
    return f'<path d="{path(corners)}Z" fill="{colour}"/>'


def _labels(view: View, junction: Junction) -> Iterator[str]:
    """The node, and beside each link where it comes from."""
    for link in junction.links:
        found = _link_place(view, junction, link)
        if found is not None:
            yield from _link_label(view, link, *found)
    x, y = view.place(junction, 0.0, 0.0)
    circle = f'cx="{number(x)}" cy="{number(y)}"'
    yield f'<circle {circle} r="6" fill="#fff" stroke="{INK}" stroke-width="2"/>'
    yield f'<circle {circle} r="1.8" fill="{INK}"/>'
    said = f"node {node_text(junction.node)}" + (f" {junction.name}" if junction.name else "")
    x, y = _fitting(view, (x, y + 23), len(said), "middle")
    yield label(x, y, said, 12.5, INK, "middle", bold=True, halo=True)


def _link_place(view: View, junction: Junction, link: LinkLine) -> tuple[Point, Point] | None:
    """The farthest point of a link that the picture shows, moved beside it, and the way there from it."""
    lanes = [lane for lane in junction.lanes if lane.upstream == link.upstream]
    line = link.line if link.line is not None else (lanes[0].line if lanes else None)
    if line is None:
        return None
    points = view.line(junction, line)
    inside = _clipped(view, points)
    ahead = direction(line, 0)
    aside = (float(-ahead[1]), -float(ahead[0]))  # left of the link, on the picture
    half = (link.width_m or (sum(lane.width_m for lane in lanes))) / 2 * view.scale + 12
    return (inside[0] + aside[0] * half, inside[1] + aside[1] * half), aside


def _clipped(view: View, points: list[Point]) -> Point:
    """The point nearest to the line's beginning that the picture shows, its end where it shows none."""
    for (x0, y0), (x1, y1) in pairwise(points):
        for step in range(21):
            place = (x0 + (x1 - x0) * step / 20, y0 + (y1 - y0) * step / 20)
            if view.holds(place, MARGIN_PX - 20.0):
                return place
    return points[-1]


def _link_label(view: View, link: LinkLine, place: Point, aside: Point) -> Iterator[str]:
    x, y = place
    anchor = "middle" if abs(aside[0]) < 0.5 else ("start" if aside[0] > 0 else "end")
    limit = link.speed_limits.get("vehicleMaxSpeed")
    said = ([link.name] if link.name else []) + ([f"{limit * 3.6:.0f} km/h"] if limit else [])
    if anchor == "middle":
        y += 8 if aside[1] > 0 else -4 - 15 * bool(said)
    lines = [f"from {node_text(link.upstream)}", " \u00b7 ".join(said)]
    x, y = _fitting(view, (x, y), max(len(line) for line in lines), anchor)
    yield label(x, y, lines[0], 12.5, INK, anchor, bold=True, halo=True)
    if said:
        yield label(x, y + 15, lines[1], 11, FAINT, anchor, halo=True)


def _fitting(view: View, place: Point, characters: int, anchor: str) -> Point:
    """A place for a text of so many characters that lies inside the picture."""
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * characters * CHARACTER_PX
    after = characters * CHARACTER_PX - before
    x = max(min(place[0], view.size[0] - after - 6), before + 6)
    return x, max(min(place[1], view.size[1] - 34), 20.0)


def _north(x: float, y: float) -> Iterator[str]:
    yield (
        f'<g transform="translate({number(x)} {number(y)})"><path d="M0 -26L9 12L0 5L-9 12Z" fill="{INK}"/>'
        f"{label(0, 28, 'N', 14, INK, 'middle', bold=True)}</g>"
    )


def _scale_bar(view: View, x: float, y: float, length_px: float = 130.0) -> Iterator[str]:
    """A bar of a round length, at most ``length_px``."""
    wanted = length_px / view.scale
    power = 10.0 ** math.floor(math.log10(wanted))
    length = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    end = x + length * view.scale
    said = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    bar = f"M{number(x)} {number(y - 6)}v6H{number(end)}v-6"
    yield f'<path d="{bar}" fill="none" stroke="{INK}" stroke-width="2"/>'
    yield label(end + 8, y + 1, said, 12, INK, halo=True)
