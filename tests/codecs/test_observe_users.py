"""observe() of road users: BSM and RSM, field by field and with odd content."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs import Message
from v2x.codecs.observe import ObserveSettings, observe
from v2x.codecs.parts import offset_from_places, place_from_offset
from v2x.geo import LocalFrame
from v2x.objects import ObjectKind, Provenance, Source, Trust

FRAME = LocalFrame(30.0, 120.0, 10.0)
RECEIVED_AT = 1_700_000_030.0  # 50 s into a minute
PROVENANCE = Provenance(Source.BSM, Trust.VERIFIED, "aa", RECEIVED_AT)
BSM: dict[str, Any] = {
    "msgCnt": 1,
    "id": bytes(range(8)),
    "secMark": 49_900,
    "pos": {"lat": 300000000, "long": 1200000000, "elevation": 100},
    "transmission": "forwardGears",
    "speed": 500,
    "heading": 0,
    "accelSet": {"long": 150, "lat": 20, "vert": 0, "yaw": 573},
    "brakes": {},
    "size": {"width": 180, "length": 450, "height": 30},
    "vehicleClass": {"classification": 10},
}
RSM: dict[str, Any] = {
    "msgCnt": 1,
    "id": b"RSU00001",
    "refPos": {"lat": 300000000, "long": 1200000000, "elevation": 100},
    "participants": [
        {
            "ptcType": "motor",
            "ptcId": 7,
            "source": "lidar",
            "secMark": 49_800,
            "pos": {"offsetLL": ("position-LL2", {"lon": 1000, "lat": -1000}), "offsetV": ("offset1", -5)},
            "posConfidence": {"pos": "a1m"},
            "speed": 8191,
            "heading": 28800,
            "size": {"width": 0, "length": 0},
        }
    ],
}


def bsm(settings: ObserveSettings | None = None, **changes: Any) -> Any:
    message = Message("BSM", "ydt3709_2020", ("bsmFrame", {**copy.deepcopy(BSM), **changes}))
    found = observe(message, PROVENANCE, FRAME, settings or ObserveSettings())
    assert len(found) <= 1
    return found[0] if found else None


def rsm(frame: LocalFrame = FRAME, **changes: Any) -> Any:
    body = copy.deepcopy(RSM)
    body["participants"][0].update(changes)
    found = observe(Message("RSM", "ydt3709_2020", ("rsmFrame", body)), PROVENANCE, frame)
    assert len(found) <= 1
    return found[0] if found else None


def test_motion_in_si_with_inside_signs() -> None:
    car = bsm()
    assert (car.east_m, car.north_m, car.up_m) == pytest.approx((0, 0, 0), abs=1e-6)
    assert car.measured_at == pytest.approx(RECEIVED_AT - 0.1)
    assert car.speed_mps == pytest.approx(10.0)
    assert car.yaw_rad == pytest.approx(math.pi / 2)  # heading north
    assert car.accel_mps2 == pytest.approx(1.5)
    assert car.yaw_rate_radps == pytest.approx(math.radians(-5.73))  # clockwise on the wire
    assert (car.length_m, car.width_m, car.height_m) == pytest.approx((4.5, 1.8, 1.5))
    assert car.turn_left is car.turn_right is car.braking is None


def test_unavailable_is_none() -> None:
    car = bsm(
        speed=8191,
        heading=28800,
        accelSet={"long": 2001, "lat": 2001, "vert": -127, "yaw": 0},
        size={"width": 0, "length": 0},
        pos={"lat": 300000000, "long": 1200000000},
        vehicleClass={"classification": 0},
    )
    assert car.speed_mps is car.yaw_rad is car.accel_mps2 is car.yaw_rate_radps is None
    assert car.length_m is car.width_m is car.height_m is car.up_m is None
    assert car.kind is ObjectKind.UNKNOWN


@pytest.mark.parametrize("pos", [{"lat": 900000001, "long": 0}, {"lat": 0, "long": 1800000001}])
def test_a_bsm_without_a_place_claims_nothing(pos: dict[str, int]) -> None:
    assert bsm(pos=pos) is None


def test_unknown_elevation_is_none_and_does_not_shift() -> None:
    car = bsm(pos={"lat": 300100000, "long": 1200100000, "elevation": -4096})
    assert car.up_m is None
    assert (car.east_m, car.north_m) == pytest.approx(FRAME.to_enu(30.01, 120.01, 10.0)[:2], abs=1e-6)


@pytest.mark.parametrize("mark", [60000, 60500, 65535])
def test_an_invalid_time_means_as_received(mark: int) -> None:
    assert bsm(secMark=mark).measured_at == RECEIVED_AT


def test_quiet_yaw_rate_is_a_setting() -> None:
    quiet = {"long": 2001, "lat": 2001, "vert": -127, "yaw": 0}
    assert bsm(accelSet=quiet).yaw_rate_radps is None
    assert bsm(ObserveSettings(silent_yaw_rate=False), accelSet=quiet).yaw_rate_radps == 0.0
    assert bsm(accelSet={**quiet, "yaw": 5}).yaw_rate_radps is not None
    assert bsm(accelSet={**quiet, "lat": 3}).yaw_rate_radps == 0.0


def test_reverse_gear_counts_backwards() -> None:
    assert bsm(transmission="reverseGears").speed_mps == pytest.approx(-10.0)
    assert bsm(ObserveSettings(reverse_is_negative=False), transmission="reverseGears").speed_mps == 10.0
    assert bsm(transmission="reverseGears", speed=0).speed_mps == 0.0
    assert bsm(transmission="reverseGears", speed=8191).speed_mps is None


@pytest.mark.parametrize(
    ("brakes", "braking"),
    [
        ({}, None),
        ({"brakePadel": "unavailable"}, None),
        ({"brakePadel": "off"}, False),
        ({"brakePadel": "on"}, True),
        ({"brakePadel": "off", "wheelBrakes": (b"\x40", 5)}, True),
        ({"wheelBrakes": (b"\x08", 5)}, True),
        ({"wheelBrakes": (b"\x00", 5)}, False),
        ({"wheelBrakes": (b"\x80", 5)}, None),
        ({"brakePadel": "off", "wheelBrakes": (b"\x80", 5)}, False),
    ],
)
def test_braking(brakes: dict[str, Any], braking: bool | None) -> None:
    assert bsm(brakes=brakes).braking is braking


@pytest.mark.parametrize(
    ("lights", "left", "right", "hazard"),
    [
        (None, None, None, False),
        ((b"\x00\x00", 9), False, False, False),
        ((b"\x20\x00", 9), True, False, False),
        ((b"\x10\x00", 9), False, True, False),
        ((b"\x08\x00", 9), False, False, True),
        ((b"\x38\x00\x00", 20), True, True, True),  # a newer sender's longer string
        ((b"", 0), None, None, False),  # a sender's empty one
        ((b"\x20", 3), None, None, False),
        ((b"\x30", 4), True, True, False),
    ],
)
def test_lights(lights: Any, left: bool | None, right: bool | None, hazard: bool) -> None:
    car = bsm(safetyExt={} if lights is None else {"lights": lights})
    assert (car.turn_left, car.turn_right) == (left, right)
    assert ("eventHazardLights" in car.events) is hazard


def test_events_by_their_own_names() -> None:
    car = bsm(
        safetyExt={"events": (b"\xa1\x28", 13)}, emergencyExt={"sirenUse": "inUse", "lightsUse": "notInUse"}
    )
    assert car.events == {
        "eventHazardLights", "eventABSactivated", "eventHardBraking", "eventFlatTire",
        "eventAirBagDeployment", "sirenUse",
    }  # fmt: skip
    assert bsm(safetyExt={"events": (b"", 0)}).events == frozenset()
    assert bsm(safetyExt={"events": (b"\x00\x07", 16)}).events == frozenset()  # bits that have no name yet


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10, ObjectKind.CAR), (20, ObjectKind.TRUCK), (35, ObjectKind.TRUCK), (40, ObjectKind.MOTORCYCLE),
        (50, ObjectKind.BUS), (65, ObjectKind.EMERGENCY), (82, ObjectKind.PEDESTRIAN),
        (85, ObjectKind.BICYCLE), (0, ObjectKind.UNKNOWN), (36, ObjectKind.UNKNOWN), (91, ObjectKind.UNKNOWN),
        (255, ObjectKind.UNKNOWN),
    ],
)  # fmt: skip
def test_kinds(code: int, kind: ObjectKind) -> None:
    assert bsm(vehicleClass={"classification": code}).kind is kind


def test_accuracies() -> None:
    one = 1 / 2.4477
    assert bsm(posConfidence={"pos": "a1m"}).position_sigma_m == pytest.approx(one, rel=1e-4)
    assert bsm(posConfidence={"pos": "unavailable"}).position_sigma_m is None
    ellipse = {"semiMajor": 20, "semiMinor": 10, "orientation": 0}  # 1 m and 0.5 m
    both = bsm(posAccuracy=ellipse, posConfidence={"pos": "a1m"})
    assert both.position_sigma_m == pytest.approx(math.sqrt((1 + 0.25) / 2))
    unknown = {**ellipse, "semiMinor": 255}
    assert bsm(posAccuracy=unknown, posConfidence={"pos": "a1m"}).position_sigma_m == pytest.approx(
        one, rel=1e-4
    )
    assert bsm(posAccuracy=unknown).position_sigma_m is None
    saturated = {"semiMajor": 254, "semiMinor": 254, "orientation": 65535}
    assert bsm(posAccuracy=saturated).position_sigma_m == pytest.approx(12.7)
    wide = bsm(posAccuracy=saturated, posConfidence={"pos": "a100m"})
    assert wide.position_sigma_m == pytest.approx(100 * one, rel=1e-4)
    car = bsm(motionCfd={"speedCfd": "prec0-1ms", "headingCfd": "prec01deg"})
    assert car.speed_sigma_mps == pytest.approx(0.1 / 1.96, rel=1e-4)
    assert car.yaw_sigma_rad == pytest.approx(math.radians(1) / 1.96, rel=1e-4)
    assert bsm(motionCfd={}).speed_sigma_mps is None


def test_a_participant_with_unavailable_parts() -> None:
    car = rsm()
    assert car.object_id == f"rsm:{b'RSU00001'.hex()}/7"
    assert car.measured_at == pytest.approx(RECEIVED_AT - 0.2)  # its own secMark
    assert car.kind is ObjectKind.CAR
    assert not car.self_reported
    assert car.speed_mps is car.yaw_rad is car.accel_mps2 is car.yaw_rate_radps is car.length_m is None
    assert (car.east_m, car.north_m) == pytest.approx(FRAME.to_enu(29.9999, 120.0001, 9.5)[:2], abs=1e-6)
    assert car.up_m == pytest.approx(-0.5, abs=1e-3)


def test_participants_kind() -> None:
    assert rsm(ptcType="unknown").kind is ObjectKind.UNKNOWN
    assert rsm(ptcType="pedestrian").kind is ObjectKind.PEDESTRIAN
    assert rsm(ptcType="non-motor").kind is ObjectKind.BICYCLE
    assert rsm(vehicleClass={"classification": 52}).kind is ObjectKind.BUS
    assert rsm(vehicleClass={"classification": 0}).kind is ObjectKind.CAR
    assert rsm(ptcType="rsu") is None


@pytest.mark.parametrize(
    ("vertical", "up"),
    [
        (None, None), (("offset1", -64), None), (("offset6", -2048), None), (("offset3", 100), 10.0),
        (("elevation", 250), 15.0), (("elevation", -4096), None),
    ],
)  # fmt: skip
def test_vertical_offsets(vertical: Any, up: float | None) -> None:
    pos = {"offsetLL": ("position-LL1", {"lon": 0, "lat": 0})}
    if vertical is not None:
        pos["offsetV"] = vertical
    found = rsm(pos=pos).up_m
    assert found == (None if up is None else pytest.approx(up, abs=1e-6))


@settings(deadline=None)
@given(
    d_lat=st.integers(-9_000_000, 9_000_000),
    d_lon=st.integers(-9_000_000, 9_000_000),
    rise=st.none() | st.integers(-3000, 3000),
)
def test_every_width_of_offset_is_the_same_place(d_lat: int, d_lon: int, rise: int | None) -> None:
    reference = (300000000, 1200000000, 1000)
    place = (reference[0] + d_lat, reference[1] + d_lon, None if rise is None else 1000 + rise)
    offset = offset_from_places(place, reference)
    assert place_from_offset(offset, reference) == place
    wide = max(abs(d_lat), abs(d_lon))
    name = offset["offsetLL"][0]
    assert (name == "position-LatLon") == (wide > 8388607 and min(d_lat, d_lon) != -8388608)
    if wide < 2047:
        assert name == "position-LL1"


def test_offsets_without_a_reference() -> None:
    body = copy.deepcopy(RSM)
    body["refPos"]["lat"] = 900000001
    absolute = copy.deepcopy(body["participants"][0])
    absolute["pos"] = {"offsetLL": ("position-LatLon", {"lon": 1200000000, "lat": 300000000})}
    body["participants"].append(absolute)
    found = observe(Message("RSM", "ydt3709_2020", ("rsmFrame", body)), PROVENANCE, FRAME)
    assert len(found) == 1
    assert found[0].east_m == pytest.approx(0.0, abs=1e-6)


def test_other_kinds_claim_nothing() -> None:
    day2 = Message("PSM", "csae157_2020", ("msgFrameExt", {"messageId": 15, "value": {"msgCnt": 3}}))
    assert observe(day2, PROVENANCE, FRAME) == ()
