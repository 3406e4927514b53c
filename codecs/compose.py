"""The crossing from SI to wire, the mirror of :mod:`v2x.codecs.observe`: BSM, RSM and SPAT.

    VehicleReport     -> BSM       compose_bsm
    Observation ...   -> RSM       compose_rsm
    PhaseState ...    -> SPAT      compose_spat, countdown form
    MapUpdate, RoadEvent           :mod:`v2x.codecs.compose_road`

Every value is rounded to its element's resolution and clamped to its range; ``None`` and NaN become the
unavailable code, and a standard deviation the tightest class that holds it.  Reading the result back with
``observe`` gives the input to within these resolutions.  Optional parts that would say nothing are left
out.  A list that the standard bounds, and a name that it doesn't know, raise ValueError: what is sent is
the caller's to choose.

Sources: T/CSAE 53-2020, YD/T 3709-2020; the vehicle's parts that GB/T 45315-2025 asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.clock import to_dsecond, to_minute_of_year
from v2x.codecs.message import Message, check_profile
from v2x.codecs.parts import (
    EVENT_FLAGS,
    LIGHTS,
    class_of_kind,
    offset_from_places,
    place_from_si,
    position_from_place,
    to_bits,
)
from v2x.geo import heading_deg_from_yaw
from v2x.objects import ObjectKind
from v2x.units import ELEMENTS, HEADING_CONFIDENCE, POSITION_CONFIDENCE, SPEED_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from v2x.codecs.parts import WirePlace
    from v2x.geo import LocalFrame
    from v2x.objects import Observation, PhaseState

__all__ = [
    "PARTICIPANTS_LIMIT",
    "PHASES_LIMIT",
    "TRAIL_LIMIT",
    "TrailPoint",
    "VehicleReport",
    "compose_bsm",
    "compose_rsm",
    "compose_spat",
]

TRAIL_LIMIT = 23
"""Points of a PathHistory."""

PARTICIPANTS_LIMIT = 16
"""Participants of an RSM."""

PHASES_LIMIT = 16
"""Phases of one junction in a SPAT."""

_STATUS = (
    "manualControlIsEnabled", "stopTimeIsActivated", "failureFlash", "preemptIsActive",
    "signalPriorityIsActive", "fixedTimeOperation", "trafficDependentOperation", "standbyOperation",
    "failureMode", "off", "recentMAPmessageUpdate", "recentChangeInMAPassignedLanesIDsUsed",
    "noValidMAPisAvailableAtThisTime", "noValidSPATisAvailableAtThisTime",
)  # fmt: skip
"""Bits of IntersectionStatusObject, of 16."""

_PARTICIPANT_OF_KIND = {
    ObjectKind.UNKNOWN: "unknown", ObjectKind.BICYCLE: "non-motor", ObjectKind.PEDESTRIAN: "pedestrian",
}  # fmt: skip
"""ParticipantType of the kinds that are no motor vehicles."""


@dataclass(frozen=True, slots=True)
class TrailPoint:
    """Where a vehicle was: one point of the path history."""

    at: float
    lat_deg: float
    lon_deg: float
    elevation_m: float | None = None


@dataclass(frozen=True, slots=True)
class VehicleReport:
    """A vehicle's own state in SI units: what it says of itself in a BSM.

    ``vehicle_id``: 8 octets, temporary.  ``message_count``: taken modulo 128.  ``elevation_m`` above the
    ellipsoid; ``yaw_rad`` counter-clockwise from east; a negative speed is driven in reverse gear.
    Position is the vehicle's centre.  ``events``: names of VehicleEventFlags, and ``sirenUse`` or
    ``lightsUse`` for an emergency vehicle at work.  ``trail``: at most 23 earlier places, latest first.
    Accelerations are forward, left and up.
    """

    vehicle_id: bytes
    message_count: int
    at: float
    lat_deg: float
    lon_deg: float
    elevation_m: float | None = None
    speed_mps: float | None = None
    yaw_rad: float | None = None
    accel_mps2: float | None = None
    lateral_accel_mps2: float | None = None
    vertical_accel_mps2: float | None = None
    yaw_rate_radps: float | None = None
    steering_rad: float | None = None
    position_sigma_m: float | None = None
    speed_sigma_mps: float | None = None
    yaw_sigma_rad: float | None = None
    length_m: float | None = None
    width_m: float | None = None
    height_m: float | None = None
    kind: ObjectKind = ObjectKind.CAR
    braking: bool | None = None
    turn_left: bool | None = None
    turn_right: bool | None = None
    events: frozenset[str] = frozenset()
    trail: tuple[TrailPoint, ...] = field(default=())

    @classmethod
    def from_local(
        cls,
        frame: LocalFrame,
        east_m: float,
        north_m: float,
        up_m: float | None = None,
        **rest: Any,
    ) -> VehicleReport:
        """The report of a vehicle at a place of a local frame; ``rest``: its other fields.

        Without ``up_m`` the elevation is unknown.
        """
        lat, lon, height = frame.to_geodetic(east_m, north_m, 0.0 if up_m is None else up_m)
        return cls(lat_deg=lat, lon_deg=lon, elevation_m=None if up_m is None else height, **rest)


def compose_bsm(report: VehicleReport, profile: str) -> Message:
    """BSM of a vehicle's report; ValueError for a field that the message can't hold."""
    check_profile(profile)
    place = place_from_si(report.lat_deg, report.lon_deg, report.elevation_m)
    body: dict[str, Any] = {
        "msgCnt": report.message_count % 128,
        "id": _identity(report.vehicle_id),
        "secMark": to_dsecond(report.at),
        "pos": position_from_place(place),
        "transmission": _transmission(report.speed_mps),
        "speed": _speed(report.speed_mps),
        "heading": _heading(report.yaw_rad),
        "accelSet": _acceleration(
            report.accel_mps2, report.yaw_rate_radps, report.lateral_accel_mps2, report.vertical_accel_mps2
        ),
        "brakes": {"brakePadel": {True: "on", False: "off", None: "unavailable"}[report.braking]},
        "size": _size(report),
        "vehicleClass": {"classification": class_of_kind(report.kind)},
    }
    if report.position_sigma_m is not None:
        body["posConfidence"] = {"pos": POSITION_CONFIDENCE.code(report.position_sigma_m)}
    if report.steering_rad is not None:
        body["angle"] = ELEMENTS["SteeringWheelAngle"].from_si(report.steering_rad)
    motion = _motion_confidence(report.speed_sigma_mps, report.yaw_sigma_rad)
    if motion:
        body["motionCfd"] = motion
    safety = _safety(report, place)
    if safety:
        body["safetyExt"] = safety
    used = [name for name in ("sirenUse", "lightsUse") if name in report.events]
    if used:
        body["emergencyExt"] = dict.fromkeys(used, "inUse")
    return Message("BSM", profile, ("bsmFrame", body))


def compose_rsm(
    unit_id: bytes,
    message_count: int,
    frame: LocalFrame,
    participants: Sequence[tuple[int, Observation]],
    profile: str,
    *,
    source: str = "integrated",
) -> Message:
    """RSM of 1 to 16 observed road users, each with its ``ptcId`` (0..65535, kept while it is followed).

    Positions are offsets to the frame's origin, which is the message's reference; each has its own time.
    ``source`` is the SourceType (``video``, ``lidar``, ...).  ValueError for what the message can't hold.
    """
    check_profile(profile)
    if not 1 <= len(participants) <= PARTICIPANTS_LIMIT:
        raise ValueError(f"an RSM holds 1 to {PARTICIPANTS_LIMIT} participants, not {len(participants)}")
    reference = place_from_si(frame.lat_deg, frame.lon_deg, frame.height_m)
    body = {
        "msgCnt": message_count % 128,
        "id": _identity(unit_id),
        "refPos": position_from_place(reference),
        "participants": [
            _participant(number, seen, frame, reference, source) for number, seen in participants
        ],
    }
    return Message("RSM", profile, ("rsmFrame", body))


def compose_spat(
    node: tuple[int, int],
    phases: Iterable[PhaseState],
    at: float,
    message_count: int,
    profile: str,
    *,
    status: Iterable[str] = ("fixedTimeOperation",),
) -> Message:
    """SPAT of one junction's 1 to 16 phases at the instant ``at``, as countdowns.

    An end more than an hour ahead is sent as such and reads back as unknown, one that has passed as 0.
    """
    check_profile(profile)
    listed = [_phase(phase, at) for phase in phases]
    if not 1 <= len(listed) <= PHASES_LIMIT:
        raise ValueError(f"a SPAT holds 1 to {PHASES_LIMIT} phases of a junction, not {len(listed)}")
    junction = {
        "intersectionId": {"region": node[0], "id": node[1]},
        "status": to_bits(status, _STATUS, 16),
        "phases": listed,
    }
    body = {
        "msgCnt": message_count % 128,
        "moy": to_minute_of_year(at),
        "timeStamp": to_dsecond(at),
        "intersections": [junction],
    }
    return Message("SPAT", profile, ("spatFrame", body))


def _participant(
    number: int, seen: Observation, frame: LocalFrame, reference: WirePlace, source: str
) -> dict[str, Any]:
    if not 0 <= number <= 65535:
        raise ValueError(f"ptcId {number} is outside 0..65535")
    lat, lon, height = frame.to_geodetic(seen.east_m, seen.north_m, seen.up_m or 0.0)
    place = place_from_si(lat, lon, None if seen.up_m is None else height)
    entry: dict[str, Any] = {
        "ptcType": _PARTICIPANT_OF_KIND.get(seen.kind, "motor"),
        "ptcId": number,
        "source": source,
        "secMark": to_dsecond(seen.measured_at),
        "pos": offset_from_places(place, reference),
        "posConfidence": {"pos": POSITION_CONFIDENCE.code(seen.position_sigma_m)},
        "speed": _speed(seen.speed_mps),
        "heading": _heading(seen.yaw_rad),
        "size": _size(seen),
    }
    if seen.speed_mps is not None and seen.speed_mps < 0:
        entry["transmission"] = _transmission(seen.speed_mps)
    motion = _motion_confidence(seen.speed_sigma_mps, seen.yaw_sigma_rad)
    if motion:
        entry["motionCfd"] = motion
    if seen.accel_mps2 is not None or seen.yaw_rate_radps is not None:
        entry["accelSet"] = _acceleration(seen.accel_mps2, seen.yaw_rate_radps)
    if seen.kind is not ObjectKind.UNKNOWN:
        entry["vehicleClass"] = {"classification": class_of_kind(seen.kind)}
    return entry


def _identity(octets: bytes) -> bytes:
    if len(octets) != 8:
        raise ValueError(f"an id has 8 octets, not {len(octets)}")
    return bytes(octets)


def _transmission(speed_mps: float | None) -> str:
    if speed_mps is None or speed_mps != speed_mps:
        return "unavailable"
    return "reverseGears" if speed_mps < 0 else "forwardGears"


def _speed(speed_mps: float | None) -> int:
    return ELEMENTS["Speed"].from_si(None if speed_mps is None else abs(speed_mps))


def _heading(yaw_rad: float | None) -> int:
    return ELEMENTS["Heading"].from_si(None if yaw_rad is None else heading_deg_from_yaw(yaw_rad))


def _acceleration(
    forward: float | None, yaw_rate: float | None, left: float | None = None, up: float | None = None
) -> dict[str, int]:
    return {
        "long": ELEMENTS["LongitudinalAcceleration"].from_si(forward),
        "lat": ELEMENTS["LateralAcceleration"].from_si(left),
        "vert": ELEMENTS["VerticalAcceleration"].from_si(up),
        "yaw": ELEMENTS["YawRate"].from_si(yaw_rate),
    }


def _size(body: VehicleReport | Observation) -> dict[str, int]:
    size = {
        "width": ELEMENTS["VehicleWidth"].from_si(body.width_m),
        "length": ELEMENTS["VehicleLength"].from_si(body.length_m),
    }
    if body.height_m is not None:
        size["height"] = ELEMENTS["VehicleHeight"].from_si(body.height_m)
    return size


def _motion_confidence(speed_sigma: float | None, yaw_sigma: float | None) -> dict[str, str]:
    motion = {}
    if speed_sigma is not None:
        motion["speedCfd"] = SPEED_CONFIDENCE.code(speed_sigma)
    if yaw_sigma is not None:
        motion["headingCfd"] = HEADING_CONFIDENCE.code(yaw_sigma)
    return motion


def _safety(report: VehicleReport, place: WirePlace) -> dict[str, Any]:
    safety: dict[str, Any] = {}
    events = report.events - {"sirenUse", "lightsUse"}
    if events:
        safety["events"] = to_bits(events, EVENT_FLAGS)
    if report.trail:
        if len(report.trail) > TRAIL_LIMIT:
            raise ValueError(f"a trail has at most {TRAIL_LIMIT} points, not {len(report.trail)}")
        safety["pathHistory"] = {"crumbData": [_crumb(point, report.at, place) for point in report.trail]}
    if report.turn_left is not None or report.turn_right is not None:
        lamps = {LIGHTS[2]: report.turn_left, LIGHTS[3]: report.turn_right}
        lit = [name for name, on in lamps.items() if on]
        if EVENT_FLAGS[0] in events:
            lit.append(LIGHTS[4])
        safety["lights"] = to_bits(lit, LIGHTS)
    return safety


def _crumb(point: TrailPoint, at: float, place: WirePlace) -> dict[str, Any]:
    was = place_from_si(point.lat_deg, point.lon_deg, point.elevation_m)
    return {
        "llvOffset": offset_from_places(was, place),
        "timeOffset": ELEMENTS["TimeOffset"].from_si(at - point.at),
    }


def _phase(phase: PhaseState, at: float) -> dict[str, Any]:
    """The running state from now on and, if known, the one that follows it."""
    if not 1 <= phase.phase_id <= 255:
        raise ValueError(f"phase {phase.phase_id} is outside 1..255")
    likely = _countdown(phase.likely_end_at, at)
    timing: dict[str, int] = {"startTime": 0}
    if phase.min_end_at is not None:
        timing["minEndTime"] = _countdown(phase.min_end_at, at)
    if phase.max_end_at is not None:
        timing["maxEndTime"] = _countdown(phase.max_end_at, at)
    timing["likelyEndTime"] = likely
    if phase.confidence is not None:
        timing["timeConfidence"] = ELEMENTS["Confidence"].from_si(phase.confidence)
    states = [{"light": phase.light.value, "timing": ("counting", timing)}]
    if phase.next_light is not None:
        follows = {"startTime": max(likely, 1), "likelyEndTime": _UNDEFINED}  # not before the next step
        states.append({"light": phase.next_light.value, "timing": ("counting", follows)})
    return {"id": phase.phase_id, "phaseStates": states}


_UNDEFINED, _OVER_AN_HOUR = 36001, 36000


def _countdown(end_at: float | None, at: float) -> int:
    """TimeMark as a duration: the reserved 35991..35999 are "more than an hour" too."""
    if end_at is None or end_at != end_at:
        return _UNDEFINED
    entry = ELEMENTS["TimeMark"]
    tenths = max(0, round((end_at - at) / entry.resolution))
    return tenths if tenths <= entry.last and entry.to_si(tenths) is not None else _OVER_AN_HOUR
