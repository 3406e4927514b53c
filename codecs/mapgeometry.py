"""A MAP as lines to draw: lanes with widths, connections as curves, links, zones; for SVG and GeoJSON.

Everything is said as the MAP says it (:mod:`v2x.codecs.observe_map` is where contradictions are settled and
what nobody drives on is left out).  Lines are east, north, up in metres in their junction's own frame.

A lane's line is its points; without points its link's, shifted sideways by the widths of the lanes, which
stand side by side from the left with the link's points in their middle (crosswalks don't).  A lane of a
Day-2 section (``inLinks-ex``) has points along and across its link's reference line (s, t); without them it
runs beside the whole line, +1, +2 to the left and -1, -2 to the right.

A connection leads from the end of its lane to the remote link, which is an approach to *another* junction and
mostly not in the MAP.  ``certainty`` says where the curve's end comes from:

    points      the connection's own points (Day-2)
    map         the first point of the remote lane, which the same MAP holds
    beside      this junction's approach from that remote node: the way out lies to the left of it
    manoeuvre   only the direction: straight on, left, right or back
    stub        nothing: straight on

Sources: T/CSAE 53-2020, YD/T 3709-2020 and T/CSAE 157-2020, MAP; what is not theirs is in
:class:`v2x.codecs.mapmodel.DrawSettings`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.codecs.maplines import APART_M, along, curve, direction, rotated, shifted
from v2x.codecs.mapmodel import (
    DrawSettings,
    Junction,
    LaneLine,
    LinkLine,
    MapGeometry,
    Node,
    Turn,
    Zone,
    node_text,
)
from v2x.codecs.meaning import bit_names
from v2x.codecs.parts import (
    MANOEUVRES,
    named_bits,
    node_reference,
    place_from_offset,
    place_from_position,
    to_local,
)
from v2x.codecs.schema import BitString, node_of
from v2x.geo import LocalFrame
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from v2x.codecs.maplines import Line
    from v2x.codecs.message import Message
    from v2x.codecs.parts import WirePlace

__all__ = ["map_geometry"]

_WIDTH, _SPEED = ELEMENTS["LaneWidth"], ELEMENTS["Speed"]
_TURNS_RAD = {
    "maneuverStraightAllowed": 0.0, "maneuverLeftAllowed": math.pi / 2, "maneuverRightAllowed": -math.pi / 2,
    "maneuverUTurnAllowed": math.pi, "maneuverStraight": 0.0, "maneuverLeftTurn": math.pi / 2,
    "maneuverRightTurn": -math.pi / 2, "maneuverUTurn": math.pi,
}  # fmt: skip
"""Change of yaw by a manoeuvre, of AllowedManeuvers and of Day-2's Maneuver."""


def map_geometry(message: Message, settings: DrawSettings | None = None) -> MapGeometry:
    """What there is to draw of a MAP; ValueError for a message of another kind."""
    if message.kind != "MAP":
        raise ValueError(f"a MAP is wanted, not a {message.kind}")
    settings = settings or DrawSettings()
    body = message.body
    made = MapGeometry(message.profile, body["msgCnt"], body.get("timeStamp"))
    exits: list[_Exit] = []
    for node in body["nodes"]:
        number = node_reference(node["id"])
        place = place_from_position(node["refPos"])
        if place is None:
            made.note(f"node {node_text(number)} has no position: left out")
            continue
        _Reader(made, settings, number, place, exits).read(node)
    for leaving in exits:
        _draw_turn(made, settings, leaving)
    return made


@dataclass(frozen=True, slots=True, eq=False)
class _Exit:
    """A connection before its curve is known: where it begins, and what it says."""

    junction: Junction
    start: Line
    link: LinkLine
    lane: str | None
    remote: Node
    remote_lane: str | None
    phase_id: int | None
    manoeuvres: tuple[str, ...]
    points: Line | None = None


class _Reader:
    """Reads one node's links into a junction."""

    def __init__(
        self, made: MapGeometry, settings: DrawSettings, node: Node, place: WirePlace, exits: list[_Exit]
    ) -> None:
        height = 0.0 if place[2] is None else place[2] * 0.1
        frame = LocalFrame(place[0] * 1e-7, place[1] * 1e-7, height)
        origin = (0.0, 0.0)
        if made.junctions:
            east, north, _ = to_local(made.junctions[0].frame, place)
            origin = (east, north)
        self._made = made
        self._settings = settings
        self._place = place
        self._exits = exits
        self._junction = Junction(node, None, frame, origin)

    def read(self, node: Mapping[str, Any]) -> None:
        self._junction.name = node.get("name")
        self._made.junctions.append(self._junction)
        for link in node.get("inLinks") or ():
            self._link(link)
        for link in node.get("inLinks-ex") or ():
            self._link_ex(link)
        zones = node.get("prohibitedzone") or {}
        for kind, polygons in zones.items():
            for polygon in [polygons] if kind == "centralCircleProhibitedZone" else polygons:
                ring = self._line({"posOffset": offset} for offset in polygon)
                if ring is not None and len(ring) >= 3:
                    self._junction.zones.append(Zone(kind, ring))

    def _line(self, points: Iterable[Mapping[str, Any]] | None) -> Line | None:
        """The line of a PointList without unplaceable and repeated points; None under two points."""
        found: list[tuple[float, float, float]] = []
        for point in points or ():
            place = place_from_offset(point["posOffset"], self._place)
            if place is None:
                continue
            east, north, up = to_local(self._junction.frame, place)
            if not found or math.hypot(east - found[-1][0], north - found[-1][1]) > APART_M:
                found.append((east, north, up or 0.0))
        return np.array(found) if len(found) >= 2 else None

    def _link_line(self, link: Mapping[str, Any], points: str, movements: str) -> LinkLine:
        region = self._junction.node[0]
        made = LinkLine(
            node_reference(link["upstreamNodeId"], region),
            link.get("name"),
            self._line(link.get(points)),
            _WIDTH.to_si(link.get("linkWidth")) or None,
            _limits(link),
            tuple(
                (node_reference(one["remoteIntersection"], region), one.get("phaseId"))
                for one in link.get(movements) or ()
            ),
        )
        self._junction.links.append(made)
        return made

    def _link(self, link: Mapping[str, Any]) -> None:
        made = self._link_line(link, "points", "movements")
        lanes = sorted(link["lanes"], key=lambda lane: lane["laneID"])
        part = None if made.width_m is None else made.width_m / len(lanes)
        stated = [_WIDTH.to_si(lane.get("laneWidth")) or None for lane in lanes]
        widths = [width or part or self._settings.lane_width_m for width in stated]
        abreast = [0.0 if _kind(lane) == "crosswalk" else w for lane, w in zip(lanes, widths, strict=True)]
        edge, connected = sum(abreast) / 2, False
        for lane, width, share in zip(lanes, widths, abreast, strict=True):
            beside = None if made.line is None else shifted(made.line, edge - share / 2)
            edge -= share
            line = self._line(lane.get("points"))
            line = beside if line is None else line
            name = str(lane["laneID"])
            if line is None:
                self._made.note(f"link {node_text(made.upstream)}, lane {name}: no points: left out")
                continue
            known = bool(lane.get("laneWidth") or made.width_m)
            self._junction.lanes.append(_lane(made, name, lane, line, width, known, self._made.profile))
            for connection in lane.get("connectsTo") or ():
                connected = True
                self._exits.append(self._exit(made, name, line, connection))
        if not connected and made.line is not None:
            for remote, phase in made.movements:
                self._exits.append(_Exit(self._junction, made.line, made, None, remote, None, phase, ()))

    def _exit(self, link: LinkLine, lane: str, line: Line, connection: Mapping[str, Any]) -> _Exit:
        target = connection.get("connectingLane") or {}
        return _Exit(
            self._junction,
            line,
            link,
            lane,
            node_reference(connection["remoteIntersection"], self._junction.node[0]),
            str(target["lane"]) if target else None,
            connection.get("phaseId"),
            _ordered(target.get("maneuver")),
        )

    def _link_ex(self, link: Mapping[str, Any]) -> None:
        made = self._link_line(link, "refLine", "movements-ex")
        for section in link["sections"]:
            number = section["secId"]
            widths = {
                lane["laneRefID"]: _WIDTH.to_si(lane.get("laneWidth")) or self._settings.lane_width_m
                for lane in section["lanes"]
            }
            for lane in section["lanes"]:
                reference, name = lane["laneRefID"], f"{number}:{lane['laneRefID']}"
                if made.line is None:
                    self._made.note(
                        f"link {node_text(made.upstream)}, lane {name}: no reference line: left out"
                    )
                    continue
                line = along(made.line, lane.get("st-points"))
                if line is None:
                    line = shifted(made.line, _beside(reference, widths))
                drawn = _lane(
                    made, name, lane, line, widths[reference], "laneWidth" in lane, self._made.profile
                )
                self._junction.lanes.append(drawn)
                for connection in lane.get("connectsTo-ex") or ():
                    self._exits.extend(self._exits_ex(made, name, line, connection))

    def _exits_ex(
        self, link: LinkLine, lane: str, line: Line, connection: Mapping[str, Any]
    ) -> Iterable[_Exit]:
        remote = node_reference(connection["remoteIntersection"], self._junction.node[0])
        phase = connection.get("phaseId")
        manoeuvres = (connection["turn-direction"],) if "turn-direction" in connection else ()
        waiting = connection.get("swl")
        if waiting is not None:
            area = self._line(waiting["points"])
            if area is not None:
                width = _WIDTH.to_si(waiting["laneWidth"]) or self._settings.lane_width_m
                self._junction.lanes.append(LaneLine(link.upstream, lane, "waiting", area, width, True))
        for target in connection.get("connectingLane") or (None,):
            name, points = None, None
            if target is not None:
                name = f"{target['target-section']}:{target['target-lane']}"
                points = self._line(target.get("connectingLanePoints"))
            yield _Exit(self._junction, line, link, lane, remote, name, phase, manoeuvres, points)


def _lane(
    link: LinkLine,
    name: str,
    lane: Mapping[str, Any],
    line: Line,
    width: float,
    stated: bool,
    profile: str,
) -> LaneLine:
    kind, attributes = _kind(lane), tuple[str, ...]()
    if "laneAttributes" in lane:
        attributes = _attribute_names(profile, *lane["laneAttributes"]["laneType"])
    manoeuvres = _ordered(lane.get("maneuvers"))
    return LaneLine(link.upstream, name, kind, line, width, stated, manoeuvres, attributes, _limits(lane))


def _kind(lane: Mapping[str, Any]) -> str:
    """The alternative of LaneTypeAttributes; a lane that does not say is for vehicles."""
    kind: str = lane["laneAttributes"]["laneType"][0] if "laneAttributes" in lane else "vehicle"
    return kind


def _attribute_names(profile: str, kind: str, bits: tuple[bytes, int]) -> tuple[str, ...]:
    types = node_of(profile, "LaneTypeAttributes")
    node = getattr(types, "by_name", {})[kind].node
    return tuple(bit_names(node, bits)) if isinstance(node, BitString) else ()


def _ordered(bits: tuple[bytes, int] | None) -> tuple[str, ...]:
    chosen = named_bits(bits, MANOEUVRES)
    return tuple(name for name in MANOEUVRES if name in chosen)


def _limits(part: Mapping[str, Any]) -> dict[str, float | None]:
    """Kind of speed limit to m/s; of two of a kind the first."""
    found: dict[str, float | None] = {}
    for limit in part.get("speedLimits") or ():
        found.setdefault(limit["type"], _SPEED.to_si(limit["speed"]))
    return found


def _beside(reference: int, widths: Mapping[int, float]) -> float:
    """How far left of the reference line the middle of a lane lies that has no points of its own."""
    if reference == 0:
        return 0.0
    sign = 1 if reference > 0 else -1
    inner = sum(widths.get(sign * i, 0.0) for i in range(1, abs(reference)))
    return sign * (inner + widths[reference] / 2)


def _draw_turn(made: MapGeometry, settings: DrawSettings, leaving: _Exit) -> None:
    start, ahead = leaving.start[-1], direction(leaving.start, -1)
    end, onward, certainty = _target(made, settings, leaving)
    line = leaving.points if certainty == "points" else None
    if line is None:
        line = curve(start, ahead, end, onward)
    leaving.junction.turns.append(
        Turn(
            leaving.link.upstream, leaving.lane, leaving.remote, leaving.remote_lane, leaving.phase_id,
            leaving.manoeuvres, line, certainty,
        )
    )  # fmt: skip


def _target(made: MapGeometry, settings: DrawSettings, leaving: _Exit) -> tuple[Line, Line, str]:
    """Where a connection ends, in which direction it goes on there, and how that is known."""
    junction = leaving.junction
    if leaving.points is not None:
        return leaving.points[-1], direction(leaving.points, -1), "points"
    for other in made.junctions:
        if other.node != leaving.remote:
            continue
        line = _remote_line(other, junction.node, leaving.remote_lane)
        if line is not None:
            shift = np.array(
                [other.origin[0] - junction.origin[0], other.origin[1] - junction.origin[1], 0.0]
            )
            return line[0] + shift, direction(line, 0), "map"
    for link in junction.links:
        if link.upstream == leaving.remote and link.line is not None and link is not leaving.link:
            back = -direction(link.line, -1)
            aside = min(link.width_m or settings.exit_offset_m, settings.exit_offset_m)
            right = np.array([back[1], -back[0], 0.0])  # to the right of those who leave
            return link.line[-1] + aside * right, back, "beside"
    ahead = direction(leaving.start, -1)
    turns = [_TURNS_RAD[name] for name in leaving.manoeuvres if name in _TURNS_RAD]
    onward = rotated(ahead, turns[0]) if turns else ahead
    end = leaving.start[-1] + settings.stub_m * (0.6 * ahead + 0.6 * onward)
    if turns and turns[0] == math.pi:
        end = leaving.start[-1] + settings.stub_m / 3 * rotated(ahead, math.pi / 2)
    return end, onward, "manoeuvre" if turns else "stub"


def _remote_line(junction: Junction, upstream: Node, lane: str | None) -> Line | None:
    lanes = [one for one in junction.lanes if one.upstream == upstream]
    for one in lanes:
        if one.name == lane:
            return one.line
    for link in junction.links:
        if link.upstream == upstream and link.line is not None:
            return link.line
    return lanes[0].line if lanes else None
