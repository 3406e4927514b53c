"""The crossing from wire to SI: what a decoded message claims, as observations in the station's frame.

    BSM   one Observation of the sender itself; its position is the vehicle's centre
    RSM   one Observation per participant, each by its own secMark
    MAP   one MapUpdate per junction           (:mod:`v2x.codecs.observe_map`)
    SPAT  one SignalUpdate per junction        (:mod:`v2x.codecs.observe_signal`)
    RSI   one RoadEvent per event, sign, path  (:mod:`v2x.codecs.observe_event`)

Anything else gives nothing.  Decodable content never raises: a part that says nothing usable (no position,
an invalid time, a code from outside its range) is left out or ``None``.  Whether a claim is believable is
not judged here; that comes after.

Rules that the standards leave open, ours and listed as assumptions: an invalid secMark means "as received";
the speed of a vehicle in reverse gear counts backwards along its yaw; a yaw rate of 0 beside three
unavailable accelerations is unavailable too (the element has no code for that); semi-axes (posAccuracy) go
before the confidence class, as their root mean square.

Sources: T/CSAE 53-2020 and YD/T 3709-2020 for the messages; signs and codes in :mod:`v2x.units`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.clock import dsecond_at
from v2x.codecs.parts import (
    EVENT_FLAGS,
    kind_of_class,
    named_bits,
    place_from_offset,
    place_from_position,
    to_local,
)
from v2x.geo import yaw_from_heading_deg
from v2x.objects import ObjectKind, Observation
from v2x.units import ELEMENTS, HEADING_CONFIDENCE, POSITION_CONFIDENCE, SPEED_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from v2x.codecs.message import Message
    from v2x.codecs.parts import WirePlace
    from v2x.geo import LocalFrame
    from v2x.objects import Observed, Provenance

__all__ = ["ObserveSettings", "observe"]


@dataclass(frozen=True, slots=True)
class ObserveSettings:
    """What the standards leave open.

    ``reverse_is_negative``: a speed in reverse gear is negative along the yaw (heading taken as the
    vehicle's axis, not its course).  ``silent_yaw_rate``: YawRate 0 beside three unavailable accelerations
    is unavailable.  ``lane_width_m``: a lane whose width nobody states.  ``link_line``: where a link's
    points run across its lanes, from 0 (left edge) over 0.5 (centre) to 1 (right edge).
    """

    reverse_is_negative: bool = True
    silent_yaw_rate: bool = True
    lane_width_m: float = 3.5
    link_line: float = 0.5


_DEFAULT = ObserveSettings()
_SPEED = ELEMENTS["Speed"]
_HEADING = ELEMENTS["Heading"]
_ACCELERATION = ELEMENTS["LongitudinalAcceleration"]
_LATERAL = ELEMENTS["LateralAcceleration"]
_VERTICAL = ELEMENTS["VerticalAcceleration"]
_YAW_RATE = ELEMENTS["YawRate"]
_SEMI_MAJOR = ELEMENTS["SemiMajorAxisAccuracy"]
_LENGTH, _WIDTH, _HEIGHT = ELEMENTS["VehicleLength"], ELEMENTS["VehicleWidth"], ELEMENTS["VehicleHeight"]

_KIND_OF_PARTICIPANT = {
    "motor": ObjectKind.CAR,
    "non-motor": ObjectKind.BICYCLE,
    "pedestrian": ObjectKind.PEDESTRIAN,
}
_NO_EVENTS: frozenset[str] = frozenset()
_LEFT_SIGNAL, _RIGHT_SIGNAL = 0x20, 0x10
"""Bits 2 and 3 of ExteriorLights in its first octet."""

_WHEELS = 0x78
"""Bits 1 to 4 of BrakeAppliedStatus, one for each wheel; bit 0 says that none is known."""


def observe(
    message: Message, provenance: Provenance, frame: LocalFrame, settings: ObserveSettings = _DEFAULT
) -> tuple[Observed, ...]:
    """What ``message`` claims, in the local ``frame``; times are resolved around ``provenance.received_at``.

    Takes any decoded message of any profile; a kind that has no observations (and a BSM without a
    position) gives an empty tuple.
    """
    body = message.body
    match message.kind:
        case "BSM":
            return _observe_bsm(body, provenance, frame, settings)
        case "RSM":
            return _observe_rsm(body, provenance, frame, settings)
        case "MAP":
            from v2x.codecs.observe_map import observe_map

            return observe_map(body, provenance, frame, settings)
        case "SPAT":
            from v2x.codecs.observe_signal import observe_spat

            return observe_spat(body, provenance)
        case "RSI":
            from v2x.codecs.observe_event import observe_rsi

            return observe_rsi(body, provenance, frame)
    return ()


def _observe_bsm(
    body: Mapping[str, Any], provenance: Provenance, frame: LocalFrame, settings: ObserveSettings
) -> tuple[Observed, ...]:
    place = place_from_position(body["pos"])
    if place is None:
        return ()
    safety = body.get("safetyExt")
    events, left, right = _NO_EVENTS, None, None
    if safety is not None:
        events = named_bits(safety.get("events"), EVENT_FLAGS)
        left, right = _turn_signals(safety.get("lights"))
        events = _with_hazard_light(events, safety.get("lights"))
    emergency = body.get("emergencyExt")
    if emergency is not None:
        events |= {name for name in ("sirenUse", "lightsUse") if emergency.get(name) == "inUse"}
    kind = kind_of_class(body["vehicleClass"]["classification"])
    sigma = _position_sigma_m(body.get("posAccuracy"), body.get("posConfidence"))
    braking = _braking(body["brakes"])
    return (
        _road_user(
            body, f"bsm:{body['id'].hex()}", place, provenance, frame, settings,
            kind=kind, sigma=sigma, braking=braking, left=left, right=right, events=events, own=True,
        ),
    )  # fmt: skip


def _observe_rsm(
    body: Mapping[str, Any], provenance: Provenance, frame: LocalFrame, settings: ObserveSettings
) -> tuple[Observed, ...]:
    reference = place_from_position(body["refPos"])
    unit = body["id"].hex()
    found: list[Observed] = []
    for participant in body["participants"]:
        if participant["ptcType"] == "rsu":  # the road-side unit is no road user
            continue
        place = place_from_offset(participant["pos"], reference)
        if place is None:
            continue
        kind = _KIND_OF_PARTICIPANT.get(participant["ptcType"], ObjectKind.UNKNOWN)
        vehicle_class = participant.get("vehicleClass")
        if vehicle_class is not None:
            stated = kind_of_class(vehicle_class["classification"])
            kind = kind if stated is ObjectKind.UNKNOWN else stated
        sigma = _position_sigma_m(None, participant["posConfidence"])
        found.append(
            _road_user(
                participant, f"rsm:{unit}/{participant['ptcId']}", place, provenance, frame, settings,
                kind=kind, sigma=sigma,
            )
        )  # fmt: skip
    return tuple(found)


def _road_user(
    body: Mapping[str, Any],
    object_id: str,
    place: WirePlace,
    provenance: Provenance,
    frame: LocalFrame,
    settings: ObserveSettings,
    *,
    kind: ObjectKind,
    sigma: float | None,
    braking: bool | None = None,
    left: bool | None = None,
    right: bool | None = None,
    events: frozenset[str] = _NO_EVENTS,
    own: bool = False,
) -> Observation:
    """What a BSM and a participant of an RSM have in common, under the same field names."""
    east, north, up = to_local(frame, place)
    measured_at = dsecond_at(body["secMark"], provenance.received_at)
    speed = _SPEED.to_si(body["speed"])
    if speed and settings.reverse_is_negative and body.get("transmission") == "reverseGears":
        speed = -speed
    heading = _HEADING.to_si(body["heading"])
    accel, yaw_rate = _acceleration(body.get("accelSet"), settings)
    motion = body.get("motionCfd")
    size = body["size"]
    return Observation(
        provenance,
        object_id,
        provenance.received_at if measured_at is None else measured_at,
        east,
        north,
        up,
        speed,
        None if heading is None else yaw_from_heading_deg(heading),
        accel,
        yaw_rate,
        sigma,
        None if motion is None else SPEED_CONFIDENCE.sigma(motion.get("speedCfd")),
        None if motion is None else HEADING_CONFIDENCE.sigma(motion.get("headingCfd")),
        _LENGTH.to_si(size["length"]),
        _WIDTH.to_si(size["width"]),
        _HEIGHT.to_si(size.get("height")),
        kind,
        own,
        braking,
        left,
        right,
        events,
    )


def _acceleration(
    accel: Mapping[str, int] | None, settings: ObserveSettings
) -> tuple[float | None, float | None]:
    """Longitudinal acceleration in m/s2 and yaw rate in rad/s."""
    if accel is None:
        return None, None
    forward, yaw_rate = _ACCELERATION.to_si(accel["long"]), _YAW_RATE.to_si(accel["yaw"])
    if yaw_rate == 0 and forward is None and settings.silent_yaw_rate:
        silent = _LATERAL.to_si(accel["lat"]) is None and _VERTICAL.to_si(accel["vert"]) is None
        return None, None if silent else 0.0
    return forward, yaw_rate


def _position_sigma_m(
    ellipse: Mapping[str, int] | None, confidence: Mapping[str, str] | None
) -> float | None:
    """Standard deviation per axis in m: of the ellipse, else of the class.

    An ellipse whose axes are at their last code is only a lower bound.
    """
    stated = None if confidence is None else POSITION_CONFIDENCE.sigma(confidence["pos"])
    if ellipse is None:
        return stated
    major, minor = _SEMI_MAJOR.to_si(ellipse["semiMajor"]), _SEMI_MAJOR.to_si(ellipse["semiMinor"])
    if major is None or minor is None:
        return stated
    mean = math.sqrt((major * major + minor * minor) / 2)
    saturated = _SEMI_MAJOR.last in (ellipse["semiMajor"], ellipse["semiMinor"])
    return max(mean, stated) if saturated and stated is not None else mean


def _turn_signals(lights: tuple[bytes, int] | None) -> tuple[bool | None, bool | None]:
    if lights is None or lights[1] < 4 or not lights[0]:
        return None, None
    first = lights[0][0]
    return bool(first & _LEFT_SIGNAL), bool(first & _RIGHT_SIGNAL)


def _with_hazard_light(events: frozenset[str], lights: tuple[bytes, int] | None) -> frozenset[str]:
    """The hazard lamps are an event, whichever of its two places says so."""
    if lights is None or lights[1] < 5 or not lights[0] or not lights[0][0] & 0x08:
        return events
    return events | {EVENT_FLAGS[0]}


def _braking(brakes: Mapping[str, Any]) -> bool | None:
    """Whether the brakes are applied: by the pedal, else by the wheels, None where neither is known."""
    pedal = brakes.get("brakePadel")
    if pedal == "on":
        return True
    wheels = brakes.get("wheelBrakes")
    if wheels is not None and wheels[0] and not wheels[0][0] & 0x80:
        return bool(wheels[0][0] & _WHEELS)
    return False if pedal == "off" else None
