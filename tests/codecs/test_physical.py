"""The SI view: units and signs, the way back for every message and profile, and what it refuses."""

from __future__ import annotations

import json
import math
from random import Random

import pytest

from v2x.codecs import KINDS, PROFILES, decode, encode
from v2x.codecs.elements import Number, PriorityLevel, type_of
from v2x.codecs.meaning import leaves
from v2x.codecs.physical import from_physical, physical, physical_value, to_plain, value_from_physical
from v2x.codecs.schema import Choice, Sequence, SequenceOf
from v2x.errors import CodecError
from v2x.testing import random_message
from v2x.units import DataElement


def kinds_of(profile):
    return KINDS if profile == "csae157_2020" else KINDS[:5]


def canonical(typed, value):
    """A value as it comes back: of several unavailable codes the first, no reserved bits of a priority."""
    match typed.node:
        case Sequence():
            return {name: canonical(typed.parts[name], item) for name, item in value.items()}
        case SequenceOf():
            return [canonical(typed.item, item) for item in value]
        case Choice():
            return value[0], canonical(typed.parts[value[0]], value[1])
    declared = typed.declared
    if isinstance(declared, DataElement) and value in declared.unavailable:
        return declared.unavailable[0]
    if isinstance(declared, Number) and value in declared.unknown:
        return declared.unknown[0]
    if isinstance(declared, PriorityLevel):
        return bytes([value[0] & 0xE0])
    return value


@pytest.mark.parametrize("profile", PROFILES)
def test_random_messages_come_back(profile):
    rng = Random(profile)
    for kind in kinds_of(profile):
        for _ in range(25):
            message = random_message(rng, kind, profile)
            view = physical(message)
            back = from_physical(kind, json.loads(json.dumps(to_plain(view))), profile)
            assert back.body == canonical(type_of(message), message.body)
            assert back.kind == kind
            assert encode(back)
            assert physical(back) == view


def test_a_recorded_bsm(recorded):
    view = physical(decode(recorded["BSM"].octets, profile="csae53_2020"))
    assert view["id"] == "BEA9423838383838"
    assert view["sec_mark_s"] == 9.5
    assert view["pos"] == {"lat_deg": 39.9764645, "long_deg": 116.3509503, "elevation_m": 37.5}
    assert view["speed_mps"] == 0.0
    assert view["transmission"] is None
    assert view["yaw_rad"] == pytest.approx(math.radians(90 - 77.0125))
    assert view["accel_set"] == {"long_mps2": None, "lat_mps2": None, "vert_mps2": None, "yaw_radps": 0.0}
    assert view["size"] == {"width_m": 1.5, "length_m": 4.5}
    assert view["vehicle_class"] == {"classification": "passenger-Vehicle-TypeUnknown"}
    assert view["safety_ext"]["events"] == frozenset()
    first = view["safety_ext"]["path_history"]["crumb_data"][0]
    assert first == {
        "llv_offset": {"offset_ll": {"position_lat_lon": {"lon_deg": 116.3507578, "lat_deg": 39.9764215}}},
        "time_offset_s": 0.05,
    }


@pytest.mark.parametrize(
    ("type_name", "value", "view"),
    [
        ("AccelerationSet4Way", {"long": 100, "lat": 100, "vert": 50, "yaw": 9000},
         {"long_mps2": 1.0, "lat_mps2": -1.0, "vert_mps2": -9.80665, "yaw_radps": -1.5707963268}),
        ("PositionConfidenceSet", {"pos": "a1m", "elevation": "unavailable"},
         {"pos_sigma_m": pytest.approx(1 / 2.4477, rel=1e-4), "elevation_sigma_m": None}),
        ("MotionConfidenceSet", {"speedCfd": "prec1ms", "headingCfd": "prec01deg"},
         {"speed_cfd_sigma_mps": pytest.approx(1 / 1.96, rel=1e-4),
          "heading_cfd_sigma_rad": pytest.approx(math.radians(1) / 1.96, rel=1e-4)}),
        ("PositionalAccuracy", {"semiMajor": 254, "semiMinor": 255, "orientation": 65535},
         {"semi_major_m": 12.7, "semi_minor_m": None, "orientation_yaw_rad": None}),
        ("DDateTime",
         {"year": 0, "month": 11, "day": 0, "hour": 24, "minute": 60, "second": 65535, "offset": 480},
         {"year": None, "month": 11, "day": None, "hour": None, "minute": None, "second_s": None,
          "offset_s": 28800.0}),
        ("VehicleClassification", {"classification": 200, "fuelType": 4},
         {"classification": 200, "fuel_type": "electric"}),
        ("TimeCountingDown", {"startTime": 0, "likelyEndTime": 36001, "timeConfidence": 200},
         {"start_time_s": 0.0, "likely_end_time_s": None, "time_confidence": 1.0}),
        ("BrakeSystemStatus", {"wheelBrakes": (b"\x48", 5), "abs": "engaged", "scs": "unavailable"},
         {"wheel_brakes": {"leftFront", "rightRear"}, "abs": "engaged", "scs": None}),
        ("LaneTypeAttributes", ("median", (b"\x80\x21", 16)),
         {"median": {"median-RevocableLane", "bit_10", "bit_15"}}),
        ("Description", ("textGB2312", "\u8def\u9762".encode("gb2312")), {"text_gb2312": "\u8def\u9762"}),
        ("Description", ("textGB2312", b"\xff\xff"), {"text_gb2312": {"octets": "FFFF"}}),
        ("TollInfo", {"price": 1250}, {"price_cny": 12.5}),
        ("ST-Point", {"s-axis": -1024, "t-axis": 350}, {"s_axis_m": -102.4, "t_axis_m": 3.5}),
        ("Attitude", {"pitch": 80, "roll": -80, "yaw": 7200},
         {"pitch_rad": pytest.approx(math.radians(1)), "roll_rad": pytest.approx(-math.radians(1)),
          "yaw_rad": pytest.approx(math.pi / 2)}),
    ],
)  # fmt: skip
def test_units_and_signs(type_name, value, view):
    assert physical_value("csae157_2020", type_name, value) == view
    made = physical_value("csae157_2020", type_name, value)
    assert value_from_physical("csae157_2020", type_name, made) == value


def test_priority_is_a_level():
    rte = {"rteId": 1, "eventType": 707, "eventSource": "police", "priority": b"\xa7"}
    view = physical_value("csae53_2020", "RTEData", rte)
    assert view["priority"] == 5
    assert value_from_physical("csae53_2020", "RTEData", view)["priority"] == b"\xa0"


def test_numbers_are_rounded_and_clamped():
    size = value_from_physical("csae53_2020", "VehicleSize", {"width_m": 1.804, "length_m": 1e9})
    assert size == {"width": 180, "length": 4095}
    offset = value_from_physical("csae53_2020", "DDateTime", {"offset_s": -50400})
    assert offset == {"offset": -720}  # this edition's range ends there
    bare = {"lat_deg": math.nan, "long_deg": 1}  # whole numbers are numbers
    assert value_from_physical("csae53_2020", "Position3D", bare) == {"lat": 900000001, "long": 10000000}


@pytest.mark.parametrize(
    ("change", "path", "detail"),
    [
        ({"speed_mps": "fast"}, "BSM.speed_mps", "'fast' is no number"),
        ({"speed_mps": True}, "BSM.speed_mps", "True is no number"),
        ({"speed": 3}, "BSM.speed", "is none of msg_cnt"),
        ({"yaw_rad": math.inf}, None, None),
        ({"msg_cnt": 200}, "BSM.msgCnt", "200 is not in 0..127"),
        ({"msg_cnt": 1.0}, "BSM.msg_cnt", "1.0 is no integer"),
        ({"id": "BEA"}, "BSM.id", "no even number of hexadecimal digits"),
        ({"id": 5}, "BSM.id", "no even number"),
        ({"transmission": "fifth"}, "BSM.transmission", "'fifth' is none of neutral"),
        ({"pos": []}, "BSM.pos", "[] instead of a dict"),
        ({"pos": {"lat_deg": 1.0}}, "BSM.pos.long", "is missing"),
        ({"brakes": {"wheel_brakes": "leftFront"}}, "BSM.brakes.wheel_brakes", "instead of a set"),
        ({"brakes": {"wheel_brakes": ["middle"]}}, "BSM.brakes.wheel_brakes", "none of unavailable"),
        ({"safety_ext": {"path_history": {"crumb_data": [{}]}}},
         "BSM.safetyExt.pathHistory.crumbData[0].llvOffset", "is missing"),
        ({"safety_ext": {"path_history": {"crumb_data": [{"llv_offset": {"offset_ll": {}}}]}}},
         "BSM.safety_ext.path_history.crumb_data[0].llv_offset.offset_ll", "of one alternative"),
        ({"vehicle_class": {"classification": "tank"}}, "BSM.vehicle_class.classification", "the name of no"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(recorded, change, path, detail):
    view = physical(decode(recorded["BSM"].octets, profile="csae53_2020")) | change
    if path is None:
        assert from_physical("BSM", view, "csae53_2020").body["heading"] in range(28801)
        return
    with pytest.raises(CodecError) as caught:
        from_physical("BSM", view, "csae53_2020")
    assert caught.value.kind == "unencodable"
    assert caught.value.path == path
    assert detail in caught.value.detail


def test_no_value_for_what_can_not_be_unavailable():
    with pytest.raises(CodecError, match="price has no code for an unavailable value"):
        value_from_physical("csae157_2020", "TollInfo", {"price_cny": None})


def test_unknown_kinds_and_profiles():
    with pytest.raises(ValueError, match="has no message 'PSM'"):
        from_physical("PSM", {}, "csae53_2020")
    with pytest.raises(ValueError, match="unknown profile"):
        from_physical("BSM", {}, "csae2099")


@pytest.mark.parametrize("profile", PROFILES)
def test_views_are_plain(profile):
    rng = Random(7)
    plain = str | int | float | bool | None
    for kind in kinds_of(profile):
        todo = [physical(random_message(rng, kind, profile))]
        while todo:
            item = todo.pop()
            if isinstance(item, dict):
                assert all(key.isidentifier() and key == key.lower() for key in item)
                todo += item.values()
            elif isinstance(item, list | frozenset):
                todo += item
            else:
                assert isinstance(item, plain)
                assert not isinstance(item, float) or math.isfinite(item)


def test_leaves_are_all_of_a_message(recorded):
    message = decode(recorded["SPAT"].octets, profile="csae53_2020")
    found = {path: value for path, _, value in leaves(type_of(message), message.body)}
    assert found["intersections[0].phases[0].id"] == 33
    assert found["intersections[0].phases[7].phaseStates[2].timing.counting.likelyEndTime"] == 60
