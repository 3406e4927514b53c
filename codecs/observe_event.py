"""RSI to SI: traffic events (rtes) and traffic signs (rtss) as RoadEvent, with place, reach and time.

An event's path holds for a strip of ``pathRadius`` to both sides of it.  An event with several reference
paths gives one RoadEvent for each, the second and later ones with ``#2``, ``#3``, ... behind their id.
Times are minutes of the year; an end before its start belongs to the next year.  RSIPriority holds the
level 0..7 in its three most significant bits.

Sources: T/CSAE 53-2020 and YD/T 3709-2020, RSI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.clock import DAY_S, minute_of_year_at
from v2x.codecs.parts import place_from_offset, place_from_position, text, to_local
from v2x.objects import RoadEvent
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from v2x.codecs.parts import WirePlace
    from v2x.geo import LocalFrame
    from v2x.objects import Provenance

__all__ = ["observe_rsi"]

_RADIUS = ELEMENTS["Radius"]


def observe_rsi(body: Mapping[str, Any], provenance: Provenance, frame: LocalFrame) -> tuple[RoadEvent, ...]:
    """RoadEvents of an RSI: its events, then its signs, in the message's order."""
    reference = place_from_position(body["refPos"])
    unit = body["id"].hex()
    found: list[RoadEvent] = []
    for entry in body.get("rtes") or ():
        event_id = f"rsi:{unit}/rte/{entry['rteId']}"
        found += _events(entry, event_id, "event", reference, provenance, frame)
    for entry in body.get("rtss") or ():
        event_id = f"rsi:{unit}/rts/{entry['rtsId']}"
        found += _events(entry, event_id, "sign", reference, provenance, frame)
    return tuple(found)


def _events(
    entry: Mapping[str, Any],
    event_id: str,
    prefix: str,
    reference: WirePlace | None,
    provenance: Provenance,
    frame: LocalFrame,
) -> list[RoadEvent]:
    offset = entry.get(f"{prefix}Pos")
    place = None if offset is None else place_from_offset(offset, reference)
    east, north = (None, None) if place is None else to_local(frame, place)[:2]
    priority = entry.get("priority")
    starts_at, ends_at = _times(entry.get("timeDetails"), provenance.received_at)
    paths = [_path(path, reference, frame) for path in entry.get("referencePaths") or ()]
    return [
        RoadEvent(
            provenance=provenance,
            event_id=event_id if i == 0 else f"{event_id}#{i + 1}",
            type_code=entry[f"{prefix}Type"],
            is_sign=prefix == "sign",
            priority=priority[0] >> 5 if priority else None,
            east_m=east,
            north_m=north,
            radius_m=_RADIUS.to_si(entry.get("eventRadius")),
            path_m=points,
            path_radius_m=half_width,
            description=text(entry.get("description")),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        for i, (points, half_width) in enumerate(paths or [(None, None)])
    ]


def _path(
    path: Mapping[str, Any], reference: WirePlace | None, frame: LocalFrame
) -> tuple[NDArray[np.float64] | None, float | None]:
    """Points (n, 2) and half width; no points where fewer than two can be placed."""
    places = [place_from_offset(offset, reference) for offset in path["activePath"]]
    points = [to_local(frame, place)[:2] for place in places if place is not None]
    return np.array(points) if len(points) >= 2 else None, _RADIUS.to_si(path["pathRadius"])


def _times(details: Mapping[str, Any] | None, received_at: float) -> tuple[float | None, float | None]:
    if details is None:
        return None, None
    start, end = details.get("startTime"), details.get("endTime")
    starts_at = None if start is None else minute_of_year_at(start, received_at)
    ends_at = None if end is None else minute_of_year_at(end, received_at)
    if end is not None and starts_at is not None and ends_at is not None and ends_at < starts_at:
        ends_at = minute_of_year_at(end, starts_at + 183 * DAY_S)  # the year that begins with the start
    return starts_at, ends_at
