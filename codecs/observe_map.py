"""MAP to SI: for each junction the lanes that lead to it, their lines, limits and connections.

A lane's line is its own points.  Where it has none, it is its link's points shifted sideways: lanes are
numbered from the left in driving direction, their widths side by side, the link's points running at
``ObserveSettings.link_line`` across them (its centre; an assumption).  A lane without a width has an equal
share of its link's.  Only lanes that vehicles and cycles drive on are given.

A link says twice which signal phase governs which way out: in its movements (remote node and phase) and in
its lanes' connections.  Senders contradict themselves: a recorded map has phases 9, 10, 11 in one place and
1, 2, 3, which are another link's, in the other.  The movements win:

    same remote node, other phase       the movement's phase
    unknown remote node, known phase    the movement's remote node
    neither known                       the connection is left out
    no connection at all                the movements, where the link has one lane or all share one phase

Each such step, and each part that had to be left out, is a note in ``MapUpdate.notes``.

Sources: T/CSAE 53-2020 and YD/T 3709-2020, MAP.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.codecs.parts import (
    MANOEUVRES,
    named_bits,
    node_reference,
    place_from_offset,
    place_from_position,
    to_local,
)
from v2x.objects import Connection, Lane, MapUpdate
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from v2x.codecs.observe import ObserveSettings
    from v2x.codecs.parts import WirePlace
    from v2x.geo import LocalFrame
    from v2x.objects import Provenance

__all__ = ["observe_map"]

NOTES_LIMIT = 64
"""Notes kept of one junction: enough to find the fault, too few to fill a log."""

DRIVEN = frozenset({"vehicle", "bikeLane", "trackedVehicle"})
"""Kinds of lane (LaneTypeAttributes) that are given; a median or a crosswalk is no way to the node."""

_SPEED = ELEMENTS["Speed"]
_WIDTH = ELEMENTS["LaneWidth"]
_SHARPEST = 0.2
"""1 + cosine of the sharpest turn (about 143 deg) at which a shifted line keeps its distance exactly."""

Node = tuple[int, int]
Movements = dict[Node, int | None]


def observe_map(
    body: Mapping[str, Any], provenance: Provenance, frame: LocalFrame, settings: ObserveSettings
) -> tuple[MapUpdate, ...]:
    """One MapUpdate per junction of a MAP; a junction without a position is left out."""
    found: list[MapUpdate] = []
    for node in body["nodes"]:
        place = place_from_position(node["refPos"])
        if place is None:
            continue
        reader = _Junction(node_reference(node["id"]), place, frame, settings)
        lanes = tuple(lane for link in node.get("inLinks") or () for lane in reader.lanes(link))
        east, north, _ = to_local(frame, place)
        notes = tuple(reader.notes)
        found.append(
            MapUpdate(provenance, reader.node, body["msgCnt"], east, north, lanes, notes),
        )
    return tuple(found)


class _Junction:
    """Reads the links of one junction and keeps the notes."""

    def __init__(self, node: Node, place: WirePlace, frame: LocalFrame, settings: ObserveSettings) -> None:
        self.node = node
        self.notes: list[str] = []
        self._place = place
        self._frame = frame
        self._settings = settings

    def lanes(self, link: Mapping[str, Any]) -> list[Lane]:
        """The lanes of one link that have a line."""
        upstream = node_reference(link["upstreamNodeId"], self.node[0])
        listed = sorted(link["lanes"], key=lambda lane: lane["laneID"])
        widths = self._widths(link, listed)
        shifts = self._shifts(listed, widths)
        centre = self._line(link.get("points"))
        limit = _speed_limit(link.get("speedLimits"))
        movements = self._movements(link)
        found = []
        for lane, width, shift in zip(listed, widths, shifts, strict=True):
            name = f"link {upstream[0]}/{upstream[1]}, lane {lane['laneID']}"
            line = self._line(lane.get("points"))
            if line is None and centre is not None:
                line = _shifted(centre, shift)
            if line is None:
                self._note(f"{name}: neither the lane nor its link has a line; left out")
                continue
            attributes = lane.get("laneAttributes")
            if attributes is not None and attributes["laneType"][0] not in DRIVEN:
                self._note(f"{name}: a {attributes['laneType'][0]}; left out")
                continue
            own_limit = _speed_limit(lane.get("speedLimits"))
            connections = self._connections(lane, movements, len(listed) == 1, name)
            found.append(
                Lane(
                    self.node, upstream, lane["laneID"], line, width,
                    limit if own_limit is None else own_limit, connections,
                )
            )  # fmt: skip
        return found

    def _note(self, note: str) -> None:
        if len(self.notes) < NOTES_LIMIT:
            self.notes.append(note)

    def _line(self, points: Sequence[Mapping[str, Any]] | None) -> NDArray[np.float64] | None:
        """Line (n, 2) of a PointList without its unplaceable and repeated points; None under two points."""
        found: list[tuple[float, float]] = []
        for point in points or ():
            place = place_from_offset(point["posOffset"], self._place)
            if place is None:
                continue
            east, north, _ = to_local(self._frame, place)
            if not found or (east, north) != found[-1]:
                found.append((east, north))
        return np.array(found) if len(found) >= 2 else None

    def _widths(self, link: Mapping[str, Any], lanes: Sequence[Mapping[str, Any]]) -> list[float | None]:
        whole = _WIDTH.to_si(link.get("linkWidth"))
        abreast = sum(not _is_crosswalk(lane) for lane in lanes)
        share = whole / abreast if whole and abreast else None
        return [_WIDTH.to_si(lane.get("laneWidth")) or share for lane in lanes]

    def _shifts(self, lanes: Sequence[Mapping[str, Any]], widths: Sequence[float | None]) -> list[float]:
        """How far left of the link's points the centre of each lane lies, lanes from left to right.

        A crosswalk lies across the others and takes none of the width.
        """
        known = [self._settings.lane_width_m if width is None else width for width in widths]
        known = [0.0 if _is_crosswalk(lane) else width for lane, width in zip(lanes, known, strict=True)]
        edge = sum(known) * self._settings.link_line
        shifts = []
        for width in known:
            shifts.append(edge - width / 2)
            edge -= width
        return shifts

    def _movements(self, link: Mapping[str, Any]) -> Movements:
        """Remote node to phase; of two movements to one node the first counts."""
        movements: Movements = {}
        for movement in link.get("movements") or ():
            remote = node_reference(movement["remoteIntersection"], self.node[0])
            movements.setdefault(remote, movement.get("phaseId") or None)
        return movements

    def _connections(
        self, lane: Mapping[str, Any], movements: Movements, sole: bool, name: str
    ) -> tuple[Connection, ...]:
        """Connections of a lane with the movements' word over them (see the module)."""
        stated = [_connection(entry, self.node[0]) for entry in lane.get("connectsTo") or ()]
        if not movements:
            return tuple(stated)
        if not stated:
            if sole or len(set(movements.values())) == 1:
                return tuple(Connection(remote, None, phase) for remote, phase in movements.items())
            self._note(f"{name}: no connections, and the link's movements don't say which are the lane's")
            return ()
        agreed = [self._agree(connection, movements, name) for connection in stated]
        kept = list(dict.fromkeys(connection for connection in agreed if connection is not None))
        if sole:
            reached = {connection.remote_node for connection in kept}
            kept += [Connection(to, None, phase) for to, phase in movements.items() if to not in reached]
        return tuple(kept)

    def _agree(self, connection: Connection, movements: Movements, name: str) -> Connection | None:
        """The connection as the movements have it; None if they have nothing like it."""
        remote, phase = connection.remote_node, connection.phase_id
        place = f"{name}: to node {remote[0]}/{remote[1]}"
        if remote in movements:
            right = movements[remote]
            if right is None or right == phase:
                return connection
            if phase is not None:
                self._note(f"{place} by phase {phase}, by its movement phase {right}; the movement is taken")
            return replace(connection, phase_id=right)
        for other, right in movements.items():
            if phase is not None and right == phase:
                self._note(
                    f"{place} by phase {phase}, whose movement leads to {other[0]}/{other[1]}; "
                    "the movement is taken"
                )
                return replace(connection, remote_node=other, remote_lane=None)
        self._note(f"{place}: no movement of its link leads there; left out")
        return None


def _connection(entry: Mapping[str, Any], region: int) -> Connection:
    lane = entry.get("connectingLane")
    return Connection(
        node_reference(entry["remoteIntersection"], region),
        None if lane is None else lane["lane"],
        entry.get("phaseId") or None,  # 0 is no phase
        frozenset() if lane is None else named_bits(lane.get("maneuver"), MANOEUVRES),
    )


def _is_crosswalk(lane: Mapping[str, Any]) -> bool:
    attributes = lane.get("laneAttributes")
    return attributes is not None and attributes["laneType"][0] == "crosswalk"


def _speed_limit(limits: Sequence[Mapping[str, Any]] | None) -> float | None:
    for limit in limits or ():
        if limit["type"] == "vehicleMaxSpeed":
            return _SPEED.to_si(limit["speed"])
    return None


def _shifted(line: NDArray[np.float64], left_m: float) -> NDArray[np.float64]:
    """The parallel of a line (n, 2), ``left_m`` to its left; corners are mitred, hairpins cut."""
    steps = np.diff(line, axis=0)
    steps /= np.hypot(steps[:, 0], steps[:, 1])[:, None]
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
    before = np.vstack([normals[:1], normals])
    after = np.vstack([normals, normals[-1:]])
    spread = 1 + np.sum(before * after, axis=1)
    mitre = np.where(
        (spread > _SHARPEST)[:, None], (before + after) / np.maximum(spread, _SHARPEST)[:, None], after
    )
    return line + left_m * mitre
