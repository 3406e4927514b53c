"""The lanes of a drawn MAP: surfaces, edges, stop lines, directions, numbers, painted manoeuvres."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from v2x.codecs.mapcanvas import label, path
from v2x.codecs.maplines import direction, hull, shifted
from v2x.codecs.mapmodel import node_text
from v2x.codecs.maptheme import GROUND, LANE_COLOURS, MARKING, SURFACE, ZONE, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.mapcanvas import View
    from v2x.codecs.mapmodel import Junction, LaneLine

__all__ = ["markings", "surfaces"]

CHEVRON_PX = 90
"""Distance of the marks of a lane's direction."""

CHEVRONS = 12
"""Most marks of one lane."""

NUMBERED_PX = 7.0
"""Lanes narrower than this on the picture carry no number and no chevrons."""

ARROW_PX = 23
"""Length of a painted arrow."""

_OVER = ("crosswalk", "striping", "waiting")
"""Kinds that lie over other lanes."""


def surfaces(view: View, junction: Junction) -> Iterator[str]:
    """The junction's ground, its zones, and the lanes; those that lie over others last."""
    ground = hull([side for lane in junction.lanes for side in _corners(lane)])
    if len(ground) >= 3:
        points = [view.place(junction, east, north) for east, north in ground]
        yield f'<path d="{path(points)}Z" fill="{SURFACE}" stroke="{SURFACE}" stroke-width="6"/>'
    for zone in junction.zones:
        ring = path(view.line(junction, zone.ring))
        yield f'<path d="{ring}Z" fill="{ZONE}" fill-opacity="0.22" stroke="{ZONE}"/>'
    for lane in sorted(junction.lanes, key=lambda one: one.kind in _OVER):
        width = max(1.2, lane.width_m * view.scale)
        line = path(view.line(junction, lane.line))
        dash = ""
        if lane.kind == "crosswalk":
            dash = f' stroke-dasharray="{number(max(1.5, 0.5 * view.scale))}"'
        elif lane.kind in _OVER:
            dash = ' stroke-dasharray="8 5" stroke-opacity="0.6"'
        else:
            yield f'<path d="{line}" fill="none" stroke="{GROUND}" stroke-width="{number(width + 3)}"/>'
        colour = LANE_COLOURS.get(lane.kind, LANE_COLOURS["vehicle"])
        yield (
            f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="{number(width)}"{dash}>'
            f"<title>{text(_lane_text(lane))}</title></path>"
        )


def _corners(lane: LaneLine) -> list[tuple[float, float]]:
    """Both sides of the end of a lane that is driven on."""
    if lane.kind in _OVER or lane.kind in ("sidewalk", "median"):
        return []
    ahead, (east, north) = direction(lane.line, -1), lane.line[-1][:2]
    half = lane.width_m / 2
    return [(float(east - side * half * ahead[1]), float(north + side * half * ahead[0])) for side in (1, -1)]


def _lane_text(lane: LaneLine) -> str:
    """What a pointer over a lane shows."""
    said = f"lane {lane.name} from {node_text(lane.upstream)}, {lane.kind}, {lane.width_m:.2f} m"
    said += "" if lane.width_stated else " (width not stated)"
    if lane.manoeuvres:
        said += ", " + ", ".join(lane.manoeuvres)
    if lane.attributes:
        said += "; " + ", ".join(lane.attributes)
    for kind, limit in lane.speed_limits.items():
        said += f"; {kind} {'unknown' if limit is None else f'{limit * 3.6:.0f} km/h'}"
    return said


def markings(view: View, junction: Junction) -> Iterator[str]:
    """Edges, stop line, direction, painted manoeuvres."""
    for lane in junction.lanes:
        width = lane.width_m * view.scale
        if lane.kind in ("crosswalk", "striping", "waiting", "median"):
            continue
        for side in (0.5, -0.5):
            edge = path(view.line(junction, shifted(lane.line, side * lane.width_m)))
            yield (
                f'<path d="{edge}" fill="none" stroke="{MARKING}" stroke-opacity="0.75" '
                f'stroke-width="{number(min(1.4, max(0.4, width / 9)))}"/>'
            )
        if lane.kind == "sidewalk":
            continue
        yield from _stop_line(view, junction, lane, width)
        if width >= NUMBERED_PX:
            yield from _chevrons(view, junction, lane, width)
            yield from _painted(view, junction, lane, width)


def _stop_line(view: View, junction: Junction, lane: LaneLine, width: float) -> Iterator[str]:
    (x, y), (dx, dy) = _end(view, junction, lane)
    half = width / 2 - min(1.0, width / 6)
    ends = f'x1="{number(x - dy * half)}" y1="{number(y + dx * half)}" '
    ends += f'x2="{number(x + dy * half)}" y2="{number(y - dx * half)}"'
    yield f'<line {ends} stroke="{MARKING}" stroke-width="{number(min(4.0, max(1.0, width / 5)))}"/>'


def _end(view: View, junction: Junction, lane: LaneLine) -> tuple[tuple[float, float], tuple[float, float]]:
    """A lane's end and its direction there, on the picture."""
    east, north = lane.line[-1][:2]
    ahead = direction(lane.line, -1)
    return view.place(junction, east, north), (float(ahead[0]), -float(ahead[1]))


def _chevrons(view: View, junction: Junction, lane: LaneLine, width: float) -> Iterator[str]:
    """Marks in driving direction, from the middle of the lane's steps, not near its end."""
    size = min(7.0, width / 3)
    points = view.line(junction, lane.line)
    count, since = 0, 0.6 * CHEVRON_PX
    total = sum(math.dist(a, b) for a, b in pairwise(points))
    walked = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        step = math.hypot(x1 - x0, y1 - y0)
        if step <= 0:
            continue
        ux, uy = (x1 - x0) / step, (y1 - y0) / step
        while since <= step and count < CHEVRONS and walked + since < total - 70:
            x, y = x0 + ux * since, y0 + uy * since
            a = f"{number(x - ux * size - uy * size)} {number(y - uy * size + ux * size)}"
            b = f"{number(x - ux * size + uy * size)} {number(y - uy * size - ux * size)}"
            yield (
                f'<path d="M{a}L{number(x)} {number(y)}L{b}" fill="none" stroke="{MARKING}" '
                f'stroke-opacity="0.5" stroke-width="1.4"/>'
            )
            since += CHEVRON_PX
            count += 1
        since -= step
        walked += step


_GLYPHS = {
    "maneuverStraightAllowed": "M0 0V-22M-4 -16L0 -23L4 -16",
    "maneuverLeftAllowed": "M0 0V-7Q0 -12 -5 -12H-8M-6 -16L-11 -12L-6 -8",
    "maneuverRightAllowed": "M0 0V-7Q0 -12 5 -12H8M6 -16L11 -12L6 -8",
    "maneuverUTurnAllowed": "M0 0V-14Q0 -19 -5 -19Q-10 -19 -10 -14V-8M-13 -12L-10 -7L-7 -12",
}
"""Arrows as they are painted, 23 px long, pointing up."""


def _painted(view: View, junction: Junction, lane: LaneLine, width: float) -> Iterator[str]:
    """The lane's number and its manoeuvres, before the stop line."""
    (x, y), (dx, dy) = _end(view, junction, lane)
    size = min(1.5, width / 30)
    turn = math.degrees(math.atan2(dx, -dy))
    glyph = "".join(_GLYPHS[name] for name in lane.manoeuvres if name in _GLYPHS)
    back = 10.0
    if glyph and size > 0.4:
        back += ARROW_PX * size
        yield (
            f'<path transform="translate({number(x - dx * back)} {number(y - dy * back)}) '
            f'rotate({number(turn)}) scale({size:.2f})" d="{glyph}" fill="none" stroke="{MARKING}" '
            f'stroke-width="2.4" stroke-linecap="round"/>'
        )
    size = min(12.0, max(7.0, width * 0.8))
    back += 4 + size
    yield label(x - dx * back, y - dy * back + size / 3, lane.name, size, MARKING, "middle", bold=True)
