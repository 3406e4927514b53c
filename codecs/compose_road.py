"""The crossing from SI to wire for what stands by the road: MAP and RSI.

    MapUpdate  -> MAP   compose_map, the lanes grouped by the node they come from
    RoadEvent  -> RSI   compose_rsi

The rules are those of :mod:`v2x.codecs.compose`.  Lines become offsets to the junction's or the message's
reference.  A link's movements are those of its lanes' connections, where these agree on the phase.

Sources: T/CSAE 53-2020 and YD/T 3709-2020, MAP and RSI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.clock import to_minute_of_year
from v2x.codecs.message import Message, check_profile
from v2x.codecs.parts import MANOEUVRES, offset_from_places, place_from_si, position_from_place, to_bits
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.codecs.parts import WirePlace
    from v2x.geo import LocalFrame
    from v2x.objects import Connection, Lane, MapUpdate, RoadEvent

__all__ = ["EVENTS_LIMIT", "LINE_LIMIT", "PATH_LIMIT", "SIGNS_LIMIT", "compose_map", "compose_rsi"]

LINE_LIMIT = 31
"""Points of a lane (PointList)."""

PATH_LIMIT = 32
"""Points of a reference path (PathPointList)."""

EVENTS_LIMIT = 8
"""Events of an RSI (RTEList)."""

SIGNS_LIMIT = 16
"""Signs of an RSI (RTSList)."""

_TEXT_LIMIT = 512

_WIDTH = ELEMENTS["LaneWidth"]
_RADIUS = ELEMENTS["Radius"]


def compose_map(
    junctions: Sequence[MapUpdate], frame: LocalFrame, at: float, message_count: int, profile: str
) -> Message:
    """MAP of one or more junctions, each with its lanes; ``provenance``, ``revision``, ``notes`` aren't sent.

    ValueError for a line, or a list of lanes, that the message can't hold.
    """
    check_profile(profile)
    body = {
        "msgCnt": message_count % 128,
        "timeStamp": to_minute_of_year(at),
        "nodes": [_node(junction, frame) for junction in junctions],
    }
    return Message("MAP", profile, ("mapFrame", body))


def compose_rsi(
    unit_id: bytes,
    message_count: int,
    frame: LocalFrame,
    events: Sequence[RoadEvent],
    at: float,
    profile: str,
) -> Message:
    """RSI of up to 8 events and 16 signs, numbered in the order given; the frame's origin is its reference.

    Descriptions are sent as ASCII where they are, else as GB2312.  ValueError for what can't be held.
    """
    check_profile(profile)
    if len(unit_id) != 8:
        raise ValueError(f"an id has 8 octets, not {len(unit_id)}")
    reference = place_from_si(frame.lat_deg, frame.lon_deg, frame.height_m)
    happenings = [event for event in events if not event.is_sign]
    signs = [event for event in events if event.is_sign]
    if not events or len(happenings) > EVENTS_LIMIT or len(signs) > SIGNS_LIMIT:
        raise ValueError(f"an RSI holds 1 to {EVENTS_LIMIT} events and to {SIGNS_LIMIT} signs")
    body: dict[str, Any] = {
        "msgCnt": message_count % 128,
        "moy": to_minute_of_year(at),
        "id": bytes(unit_id),
        "refPos": position_from_place(reference),
    }
    if happenings:
        body["rtes"] = [_event(i, event, frame, reference) for i, event in enumerate(happenings)]
    if signs:
        body["rtss"] = [_sign(i, event, frame, reference) for i, event in enumerate(signs)]
    return Message("RSI", profile, ("rsiFrame", body))


def _place(frame: LocalFrame, east_m: float, north_m: float) -> WirePlace:
    lat, lon, _ = frame.to_geodetic(east_m, north_m)
    return place_from_si(lat, lon, None)


def _reference(node: tuple[int, int]) -> dict[str, int]:
    return {"region": node[0], "id": node[1]}


def _offsets(
    points: NDArray[Any], frame: LocalFrame, reference: WirePlace, limit: int
) -> list[dict[str, Any]]:
    if not 2 <= len(points) <= limit:
        raise ValueError(f"a line has 2 to {limit} points, not {len(points)}")
    return [offset_from_places(_place(frame, float(x), float(y)), reference) for x, y in points]


def _node(junction: MapUpdate, frame: LocalFrame) -> dict[str, Any]:
    place = _place(frame, junction.east_m, junction.north_m)
    links: dict[tuple[int, int], list[Lane]] = {}
    for lane in junction.lanes:
        links.setdefault(lane.upstream_node, []).append(lane)
    node: dict[str, Any] = {"id": _reference(junction.node), "refPos": position_from_place(place)}
    if links:
        node["inLinks"] = [_link(upstream, lanes, frame, place) for upstream, lanes in links.items()]
    return node


def _link(
    upstream: tuple[int, int], lanes: Sequence[Lane], frame: LocalFrame, place: WirePlace
) -> dict[str, Any]:
    link: dict[str, Any] = {
        "upstreamNodeId": _reference(upstream),
        "linkWidth": _WIDTH.from_si(sum(lane.width_m or 0.0 for lane in lanes)),
    }
    phases: dict[tuple[int, int], set[int | None]] = {}
    for lane in lanes:
        for connection in lane.connections:
            phases.setdefault(connection.remote_node, set()).add(connection.phase_id)
    if phases and all(len(agreed) == 1 for agreed in phases.values()):
        link["movements"] = [
            {"remoteIntersection": _reference(remote), **({} if phase is None else {"phaseId": phase})}
            for remote, (phase,) in phases.items()
        ]
    link["lanes"] = [_lane(lane, frame, place) for lane in lanes]
    return link


def _lane(lane: Lane, frame: LocalFrame, place: WirePlace) -> dict[str, Any]:
    entry: dict[str, Any] = {"laneID": lane.lane_id}
    if lane.width_m is not None:
        entry["laneWidth"] = _WIDTH.from_si(lane.width_m)
    if lane.connections:
        entry["connectsTo"] = [_connection(connection) for connection in lane.connections]
    if lane.speed_limit_mps is not None:
        speed = ELEMENTS["Speed"].from_si(lane.speed_limit_mps)
        entry["speedLimits"] = [{"type": "vehicleMaxSpeed", "speed": speed}]
    offsets = _offsets(lane.points_m, frame, place, LINE_LIMIT)
    entry["points"] = [{"posOffset": offset} for offset in offsets]
    return entry


def _connection(connection: Connection) -> dict[str, Any]:
    entry: dict[str, Any] = {"remoteIntersection": _reference(connection.remote_node)}
    if connection.remote_lane is not None:
        entry["connectingLane"] = {"lane": connection.remote_lane}
        if connection.manoeuvres:
            entry["connectingLane"]["maneuver"] = to_bits(connection.manoeuvres, MANOEUVRES)
    if connection.phase_id is not None:
        entry["phaseId"] = connection.phase_id
    return entry


def _event(number: int, event: RoadEvent, frame: LocalFrame, reference: WirePlace) -> dict[str, Any]:
    entry = {
        "rteId": number,
        "eventType": event.type_code,
        "eventSource": "unknown",
        **_common(event, "event", frame, reference),
    }
    if event.radius_m is not None:
        entry["eventRadius"] = _RADIUS.from_si(event.radius_m)
    return entry


def _sign(number: int, event: RoadEvent, frame: LocalFrame, reference: WirePlace) -> dict[str, Any]:
    return {"rtsId": number, "signType": event.type_code, **_common(event, "sign", frame, reference)}


def _common(event: RoadEvent, prefix: str, frame: LocalFrame, reference: WirePlace) -> dict[str, Any]:
    """What events and signs share."""
    entry: dict[str, Any] = {}
    if event.east_m is not None and event.north_m is not None:
        place = _place(frame, event.east_m, event.north_m)
        entry[f"{prefix}Pos"] = offset_from_places(place, reference)
    if event.description:
        entry["description"] = _description(event.description)
    times = {"startTime": event.starts_at, "endTime": event.ends_at}
    details = {name: to_minute_of_year(at) for name, at in times.items() if at is not None}
    if details:
        entry["timeDetails"] = details
    if event.priority is not None:
        if not 0 <= event.priority <= 7:
            raise ValueError(f"priority {event.priority} is outside 0..7")
        entry["priority"] = bytes([event.priority << 5])
    if event.path_m is not None:
        path = _offsets(event.path_m, frame, reference, PATH_LIMIT)
        entry["referencePaths"] = [{"activePath": path, "pathRadius": _RADIUS.from_si(event.path_radius_m)}]
    return entry


def _description(text: str) -> tuple[str, str | bytes]:
    if text.isascii():
        if len(text) > _TEXT_LIMIT:
            raise ValueError(f"a description has at most {_TEXT_LIMIT} octets")
        return "textString", text
    octets = text.encode("gb2312", errors="replace")
    if not 2 <= len(octets) <= _TEXT_LIMIT:
        raise ValueError(f"a description has 2 to {_TEXT_LIMIT} octets of GB2312, not {len(octets)}")
    return "textGB2312", octets
