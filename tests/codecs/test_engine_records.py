"""Typed messages, of the native engine and of its Python twin: attributes, checks, copies, JSON."""

from __future__ import annotations

import copy
import gc
import importlib
import importlib.util
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest

from v2x.codecs import jer, records, uper
from v2x.codecs.identifiers import attribute_name, class_name
from v2x.codecs.message import DAY2_PROFILE, KINDS, PROFILES, Message
from v2x.errors import CodecError
from v2x.testing import random_value

BUILT = records.NATIVE
NOT_BUILT = pytest.mark.skipif(
    not BUILT, reason="the native engine is not built: apt-get install gcc python3-dev"
)

PROFILE = "csae53_2020"
ROOT = Path(__file__).resolve().parents[2]
POSITION = {"lat": 280985258, "long": 1129830304, "elevation": 521}


@cache
def make(profile, native):
    return uper.make_engine(profile, native=native)


class Kit:
    """The classes and the engine of a profile."""

    def __init__(self, profile, native):
        self.table, self.engine = make(profile, native)
        self.types = self.engine.classes
        self.native = native

    def __getattr__(self, name):
        return self.types[name]


@pytest.fixture(params=[pytest.param(True, id="native", marks=NOT_BUILT), pytest.param(False, id="pure")])
def kit(request):
    return Kit(PROFILE, request.param)


def refusal(call, **arguments):
    with pytest.raises(CodecError) as caught:
        call(**arguments)
    assert caught.value.kind == "unencodable"
    return caught.value


@pytest.mark.parametrize(
    ("identifier", "attribute"),
    [
        ("msgCnt", "msg_cnt"),
        ("posConficence", "pos_conficence"),
        ("inLinks-ex", "in_links_ex"),
        ("position-LL1", "position_ll1"),
        ("minEndUTCTime", "min_end_utc_time"),
        ("upstreamPAMNodeId", "upstream_pam_node_id"),
        ("currGNSSstatus", "curr_gnss_status"),
        ("textGB2312", "text_gb2312"),
        ("class", "class_"),
        ("non-motorExt", "non_motor_ext"),
    ],
)
def test_attributes_are_snake_case(identifier, attribute):
    assert attribute_name(identifier) == attribute
    assert class_name("Position-LL-24B") == "Position_LL_24B"


class TestValues:
    def test_a_message_by_its_attributes(self, kit):
        position = kit.Position3D(**POSITION)
        assert (position.lat, position.long, position.elevation) == (280985258, 1129830304, 521)
        assert kit.Position3D(lat=1, long=2).elevation is None
        offset = kit.PositionOffsetLL("position-LL1", kit.types["Position-LL-24B"](lon=-5, lat=6))
        assert (offset.name, offset.value.lon) == ("position-LL1", -5)
        point = kit.PathHistoryPoint(llv_offset=kit.PositionOffsetLLV(offset_ll=offset), time_offset=9)
        history = kit.PathHistory(crumb_data=[point, point])
        assert history.crumb_data == (point, point)
        assert history.crumb_data[1].llv_offset.offset_ll.value.lat == 6
        events = kit.VehicleSafetyExtensions(path_history=history, events={"eventHardBraking"})
        assert events.events["eventHardBraking"]
        assert events.lights is None

    def test_they_know_their_type(self, kit):
        cls = kit.types["Position-LL-24B"]
        assert (cls.PROFILE, cls.TYPE_NAME, cls.__name__) == (PROFILE, "Position-LL-24B", "Position_LL_24B")
        assert cls.__module__ == f"v2x.codecs.{PROFILE}"
        assert cls.__match_args__ == ("lon", "lat")
        match cls(lon=1, lat=2):
            case cls(lon=1, lat=lat):
                assert lat == 2

    def test_they_are_immutable(self, kit):
        position = kit.Position3D(**POSITION)
        for name in ("lat", "elevation", "strange"):
            with pytest.raises(AttributeError):
                setattr(position, name, 1)
        with pytest.raises(AttributeError):
            del position.lat
        with pytest.raises(AttributeError):
            kit.VehicleSafetyExtensions(events=set()).events.value = b""
        assert not hasattr(position, "__dict__")

    def test_equality_and_hash(self, kit):
        one, same, other = (kit.Position3D(lat=lat, long=2) for lat in (1, 1, 3))
        assert one == same
        assert hash(one) == hash(same)
        assert one != other
        assert one != (1, 2, None)
        assert one != kit.Position3D(lat=1, long=2, elevation=0)
        assert len({one, same, other}) == 2
        vertical = kit.VerticalOffset("offset1", 1)
        assert vertical != kit.VerticalOffset("offset2", 1)
        assert vertical == kit.VerticalOffset("offset1", 1)
        with pytest.raises(TypeError):
            one < other  # noqa: B015

    def test_repr_makes_the_same_value(self, kit):
        rng = Random(4)
        space = {cls.__name__: cls for cls in kit.types.values()} | {"Bits": records.Bits}
        for kind in KINDS[:5]:
            value = random_value(rng, kind, PROFILE)
            frame = kit.MessageFrame.from_dict(value)
            if kit.native == records.NATIVE:
                assert eval(repr(frame), space) == frame
            assert repr(frame).startswith("MessageFrame('")

    def test_replace(self, kit):
        position = kit.Position3D(**POSITION)
        assert position.replace(lat=5) == kit.Position3D(**{**POSITION, "lat": 5})
        assert position.replace(elevation=None).elevation is None
        assert position.replace() == position
        assert kit.VerticalOffset("offset1", 1).replace(value=-64).value == -64
        with pytest.raises(TypeError, match="strange"):
            position.replace(strange=1)

    def test_copies_are_the_value_itself(self, kit):
        position = kit.Position3D(**POSITION)
        assert copy.copy(position) is position
        assert copy.deepcopy([position])[0] is position
        bits = kit.VehicleSafetyExtensions(events=(b"\xff\xf8", 13)).events
        assert copy.deepcopy(bits) is bits

    @pytest.mark.skipif(not BUILT, reason="the garbage collector knows what Python made")
    def test_the_garbage_collector_need_not_know_them(self):
        kit = Kit(DAY2_PROFILE, True)
        rng = Random(5)
        for kind in KINDS:
            frame = kit.MessageFrame.from_dict(random_value(rng, kind, DAY2_PROFILE))
            found = [frame]
            for value in found:
                assert not gc.is_tracked(value), value
                if isinstance(value, tuple):
                    found += value
                elif isinstance(value, records.Record):
                    found += [getattr(value, name) for name in value.__match_args__]
            assert len(found) > 3


class TestConstructors:
    @pytest.mark.parametrize(
        ("arguments", "path", "detail"),
        [
            ({"lat": 900000002}, "Position3D.lat", "900000002 is not in -900000000..900000001"),
            ({"lat": 1 << 200}, "Position3D.lat", "a huge number is not in -900000000..900000001"),
            ({"lat": True}, "Position3D.lat", "True is no integer, allowed is -900000000..900000001"),
            ({"lat": None}, "Position3D.lat", "None is no integer, allowed is -900000000..900000001"),
            ({"elevation": 1.5}, "Position3D.elevation", "1.5 is no integer, allowed is -4096..61439"),
        ],
    )
    def test_numbers(self, kit, arguments, path, detail):
        error = refusal(kit.Position3D, **{**POSITION, **arguments})
        assert (error.path, error.detail) == (path, detail)

    def test_missing_and_strange_attributes_are_misuse(self, kit):
        with pytest.raises(TypeError, match="long is missing"):
            kit.Position3D(lat=1)
        with pytest.raises(TypeError, match="height"):
            kit.Position3D(lat=1, long=2, height=3)
        with pytest.raises(TypeError):
            kit.Position3D(1, 2)
        with pytest.raises(TypeError):
            kit.VerticalOffset("offset1")

    def test_enumerators(self, kit):
        state = kit.PhaseState(light="red")
        assert state.light == "red"
        error = refusal(kit.PhaseState, light="pink")
        assert error.detail.startswith("'pink' is none of unavailable, dark, flashing-red")

    def test_choices(self, kit):
        error = refusal(kit.VerticalOffset, name="offset9", value=1)
        assert error.detail.startswith("'offset9' is none of offset1, ")
        error = refusal(kit.VerticalOffset, name="offset1", value=64)
        assert (error.path, error.detail) == ("VerticalOffset.offset1", "64 is not in -64..63")
        assert refusal(kit.VerticalOffset, name=5, value=1).detail.startswith("5 is none of")

    def test_records_of_the_class_that_is_wanted(self, kit):
        error = refusal(kit.RoadPoint, pos_offset=kit.Position3D(lat=1, long=2))
        assert error.path == "RoadPoint.posOffset"
        assert error.detail == "Position3D(lat=1, long=2) is no v2x.codecs.csae53_2020.PositionOffsetLLV"
        other = Kit("ydt3709_2020", kit.native)
        assert refusal(kit.RSITimeDetails, start_time=other.Position3D(lat=1, long=2))
        assert refusal(kit.RoadPoint, pos_offset={"offsetLL": 1}).detail.startswith(
            "{'offsetLL': 1} is no v2x"
        )

    def test_lists(self, kit):
        point = kit.RoadPoint(
            pos_offset=kit.PositionOffsetLLV(
                offset_ll=kit.PositionOffsetLL("position-LL1", kit.types["Position-LL-24B"](lon=1, lat=2))
            )
        )
        lane = kit.Lane(lane_id=1, points=(point, point))
        assert lane.points == (point, point)
        assert refusal(kit.Lane, lane_id=1, points=[point]).detail == "1 elements, allowed are 2..31"
        assert refusal(kit.Lane, lane_id=1, points=[point, 5]).path == "Lane.points[1]"
        assert refusal(kit.Lane, lane_id=1, points="ab").detail == "'ab' is no list"

    def test_bit_strings(self, kit):
        make_events = kit.VehicleSafetyExtensions
        names = {"eventHazardLights", "eventAirBagDeployment"}
        events = make_events(events=names).events
        assert (events.value, events.length, events.set) == (b"\x80\x08", 13, names)
        assert events.names[0] == "eventHazardLights"
        assert make_events(events=(b"\x80\x08", 13)).events == events == make_events(events=events).events
        assert make_events(events=list(names)).events == events
        assert [events[0], events["eventHazardLights"], events["eventHardBraking"]] == [True, True, False]
        with pytest.raises(KeyError):
            events["eventStrange"]
        with pytest.raises(IndexError):
            events[13]
        assert make_events(events=(b"", 0)).events["eventHazardLights"] is False
        assert refusal(make_events, events={"eventStrange"}).detail.startswith(
            "'eventStrange' is none of event"
        )
        assert refusal(make_events, events={""}).path == "VehicleSafetyExtensions.events"
        assert refusal(make_events, events=(b"\0\1", 13)).detail.endswith("has bits set behind its 13 bits")
        assert refusal(make_events, events=5).detail == "5 is no bit string (octets, number of bits)"
        brakes = kit.BrakeSystemStatus
        assert refusal(brakes, wheel_brakes=(b"\0", 4)).detail == "4 bits (b'\\x00'), allowed are 5"
        assert refusal(brakes, wheel_brakes=events).detail.startswith("13 bits")

    def test_strings(self, kit):
        assert refusal(kit.MapData, msg_cnt=1, nodes=[]).path == "MapData.nodes"
        assert kit.Description("textString", "abc").value == "abc"
        assert "outside IA5" in refusal(kit.Description, name="textString", value="Straße").detail
        assert (
            refusal(kit.Description, name="textString", value="").detail
            == "0 characters (''), allowed are 1..512"
        )
        assert refusal(kit.Description, name="textGB2312", value="ab").detail == "'ab' is no octet string"
        assert (
            refusal(kit.Description, name="textGB2312", value=b"1").detail
            == "1 octets (b'1'), allowed are 2..512"
        )

    def test_subclasses_of_text_and_octets_are_not_kept(self, kit):
        class Text(str):
            __slots__ = ("other",)

        class Octets(bytes):
            pass

        text = kit.Description("textString", Text("abc")).value
        octets = kit.Description("textGB2312", Octets(b"abc")).value
        assert (type(text), type(octets)) == (str, bytes)
        assert (text, octets) == ("abc", b"abc")
        assert type(kit.PhaseState(light=Text("red")).light) is str

    def test_open_types(self, kit):
        day2 = Kit(DAY2_PROFILE, kit.native)
        message = day2.TestMsg(msg_cnt=1, user_data=b"x")
        frame = day2.MessageFrame("msgFrameExt", day2.MessageFrameExt(message_id=0, value=message))
        assert day2.engine.decode(day2.engine.encode(frame)) == frame
        unknown = day2.MessageFrameExt(message_id=28, value=b"abc")
        assert day2.engine.decode(day2.engine.encode(unknown), 0, day2.MessageFrameExt.ROW) == unknown
        error = refusal(day2.MessageFrameExt, message_id=0, value=b"abc")
        assert (error.path, error.detail) == (
            "MessageFrameExt.value",
            "b'abc' is no v2x.codecs.csae157_2020.TestMsg",
        )
        assert "28 is not known" in refusal(day2.MessageFrameExt, value=message, message_id=28).detail

    def test_unknown_additions(self, kit):
        unknown = (1, ((0, b"ab"),))
        state = kit.PhaseState(light="red", unknown_additions=unknown)
        assert state.unknown_additions == unknown
        assert state != kit.PhaseState(light="red")
        assert kit.engine.decode(kit.engine.encode(state), 0, state.ROW) == state
        assert state.to_dict() == {"light": "red", "...": unknown}
        assert eval(repr(state), {"PhaseState": kit.PhaseState}) == state
        refusal(kit.PhaseState, light="red", unknown_additions=(1, ()))
        with pytest.raises(TypeError):
            kit.Position3D(lat=1, long=2, unknown_additions=None)


class TestForms:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_dicts_and_json_are_those_of_the_whole_message(self, profile):
        rng = Random(profile)
        for kind in KINDS if profile == DAY2_PROFILE else KINDS[:5]:
            for _ in range(5):
                value = random_value(rng, kind, profile)
                frame = uper.engine(profile)[1].classes["MessageFrame"].from_dict(value)
                assert frame.to_dict() == value
                document = frame.to_jer()
                assert document == jer.to_jer(Message.of(profile, value))
                assert type(frame).from_jer(document) == frame
                inner = frame.value
                assert type(inner).from_jer(inner.to_jer()) == inner

    @pytest.mark.parametrize(
        ("document", "path", "detail"),
        [
            ([], "MessageFrame", "an array instead of an object of one member"),
            ({"mapFrame": 5}, "MessageFrame.mapFrame", "a number instead of an object"),
            ({"mapFrame": {"nodes": {}}}, "MessageFrame.mapFrame.nodes", "an object instead of an array"),
            (
                {"rsmFrame": {"id": "0"}},
                "MessageFrame.rsmFrame.id",
                "'0' is no even number of hexadecimal digits",
            ),
            ({"rsmFrame": {"colour": 1}}, "MessageFrame.rsmFrame.colour", "is no member of this type"),
            ({"pinkFrame": {}}, "MessageFrame", "'pinkFrame' is none of bsmFrame"),
            ({"rsmFrame": {"participants": [None]}}, "MessageFrame.rsmFrame.participants[0]", "null instead"),
        ],
    )
    def test_json_that_is_no_message(self, kit, document, path, detail):
        error = refusal(lambda: kit.MessageFrame.from_jer(document))
        assert error.path == path
        assert error.detail.startswith(detail)

    def test_pickles(self):
        rng = Random(6)
        for kind in KINDS:
            frame = (
                uper.engine(DAY2_PROFILE)[1]
                .classes["MessageFrame"]
                .from_dict(random_value(rng, kind, DAY2_PROFILE))
            )
            assert pickle.loads(pickle.dumps(frame)) == frame
            assert pickle.loads(pickle.dumps(frame.value)) == frame.value
        bits = records.Bits(b"\x80", 3, ("a", "", "c"))
        again = pickle.loads(pickle.dumps(bits))
        assert (again, again.names) == (bits, bits.names)

    @pytest.mark.parametrize("profile", PROFILES)
    def test_the_module_of_a_profile(self, profile):
        module = importlib.import_module(f"v2x.codecs.{profile}")
        position = module.Position3D(lat=1, long=2)
        assert isinstance(position, records.Record)
        assert module.encode(position) == uper.encode(position)
        value = random_value(Random(1), "BSM", profile)
        frame = module.decode(uper.encode_dict(value, profile))
        assert isinstance(frame, module.MessageFrame)
        assert isinstance(frame.value, module.BasicSafetyMessage)
        names = {cls.__name__ for cls in uper.engine(profile)[1].classes.values()}
        assert set(module.__all__) == names | {"decode", "encode"}

    def test_python_takes_over_without_the_native_engine(self, tmp_path):
        code = (
            "from v2x.codecs import records, csae53_2020 as m; import pickle, sys; assert not records.NATIVE;"
            "p = m.Position3D(lat=1, long=2); assert isinstance(p, records.Record);"
            "assert pickle.loads(pickle.dumps(p)) == p; print(m.encode(p).hex(), 'asn1tools' in sys.modules)"
        )
        environment = {"V2X_PURE_PYTHON": "1", "PATH": "", "HOME": str(tmp_path)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            cwd=ROOT,
        )
        position = uper.engine(PROFILE)[1].classes["Position3D"](lat=1, long=2)
        assert run.stdout.split()[0] == uper.encode(position).hex()


def test_bits_of_the_two_engines_have_one_contract():
    from v2x.codecs.purebitstring import PureBits

    for cls in {records.Bits, PureBits}:
        bits = cls(b"\xa0", 3, ("a", "", "c"))
        assert (bits.value, bits.length, bits.set) == (b"\xa0", 3, frozenset("ac"))
        assert repr(bits) == "Bits(b'\\xa0', 3)"
        assert bits == cls(b"\xa0", 3)
        assert hash(bits) == hash(cls(b"\xa0", 3))
        assert bits != cls(b"\xa0", 4)
        assert bits != b"\xa0"
        with pytest.raises(TypeError):
            "a" in bits  # noqa: B015
        with pytest.raises(TypeError):
            list(bits)
        for wrong in ((b"\xa1", 3), (b"", 3), (b"\0\0", 3), (b"", -1)):
            with pytest.raises(ValueError, match="not the octets"):
                cls(*wrong)
