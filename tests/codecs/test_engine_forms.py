"""What the engines accept, and what they call what they don't: extensions, lengths, tails, bare messages."""

from __future__ import annotations

from functools import cache

import pytest

from v2x.codecs import records, uper
from v2x.codecs.faults import Fault
from v2x.codecs.optable import OPTIONAL, Code
from v2x.codecs.uper import DROP_UNKNOWN, LENIENT
from v2x.errors import CodecError, CodecErrorKind

BUILT = records.NATIVE
NOT_BUILT = pytest.mark.skipif(
    not BUILT, reason="the native engine is not built: apt-get install gcc python3-dev"
)

DAY1, DAY2 = "ydt3709_2020", "csae157_2020"
TEST = ("msgFrameExt", {"messageId": 0, "value": {"msgCnt": 5, "userData": b"\x0a\x0a\x14"}})
POSITION = {"lat": 280985258, "long": 1129830304}
RSM = {"msgCnt": 1, "id": b"RSU00001", "refPos": POSITION, "participants": []}
PARTICIPANT = {
    "ptcType": "motor",
    "ptcId": 1,
    "source": "video",
    "secMark": 10,
    "pos": {"offsetLL": ("position-LL1", {"lon": 1, "lat": 2})},
    "posConfidence": {"pos": "a1m"},
    "speed": 3,
    "heading": 4,
    "size": {"width": 180, "length": 460},
}


@cache
def make(profile, native):
    return uper.make_engine(profile, native=native)


@pytest.fixture(params=[pytest.param(True, id="native", marks=NOT_BUILT), pytest.param(False, id="pure")])
def make_engine(request):
    """Gives (op-table, engine) of a profile, of one engine after the other."""
    return lambda profile: make(profile, request.param)


def refusal(call, *arguments):
    with pytest.raises(CodecError) as caught:
        call(*arguments)
    return caught.value


def least(table, row):
    """The value with nothing optional in it and the least of everything."""
    op = table.ops[row]
    match op.code:
        case Code.SEQ:
            return {p.name: least(table, p.op) for p in table.parts_of(op) if not p.flags & OPTIONAL}
        case Code.CHOICE:
            part = table.parts_of(op)[0]
            return part.name, least(table, part.op)
        case Code.LIST:
            return [least(table, op.first)] * op.low
        case Code.ENUM:
            return table.names[op.first][0]
        case Code.OCTETS:
            return bytes(op.low)
        case Code.BITS:
            return bytes((op.low + 7) // 8), op.low
        case Code.TEXT:
            return "x" * op.low
    return op.low


def bits(*pieces):
    """Octets of pieces of zeros and ones."""
    text = "".join(pieces)
    return (
        int(text, 2).to_bytes(-(-len(text) // 8), "big")
        if len(text) % 8 == 0
        else bits(text, "0" * (-len(text) % 8))
    )


def digits(octets):
    """Octets as zeros and ones."""
    return "".join(f"{octet:08b}" for octet in octets)


class TestDay2:
    def test_the_worked_layout(self, make_engine):
        """80 | length | 0, messageId in 15 bits | length | message, by hand."""
        engine = make_engine(DAY2)[1]
        message = bits("0000101", "00000000010", "00001010", "00001010", "00010100")
        octets = bytes([0x80, 9, 0, 0, 6]) + message
        assert engine.encode_dict(TEST) == octets
        assert engine.decode_dict(octets) == TEST

    @pytest.mark.parametrize(
        "octets",
        ["80 8009 0000 06", "80 0a 0000 8006", "80 800a 0000 8006"],
    )
    def test_a_length_in_two_octets_is_read_and_is_not_canonical(self, make_engine, octets):
        engine = make_engine(DAY2)[1]
        message = engine.encode_dict(TEST)[5:]
        root = make_engine(DAY2)[0].roots["MessageFrame"]
        found = engine.inspect(bytes.fromhex(octets) + message, 0, root, 2)
        assert found == (TEST, False, 0, 0)

    def test_an_unknown_number_is_kept_as_octets(self, make_engine):
        engine = make_engine(DAY2)[1]
        octets = bytes.fromhex("80 06 001c 03 c0ffee")
        record = engine.decode(octets)
        assert (record.value.message_id, record.value.value) == (28, b"\xc0\xff\xee")
        assert engine.decode_dict(octets) == ("msgFrameExt", {"messageId": 28, "value": b"\xc0\xff\xee"})
        assert engine.encode(record) == octets == engine.encode_dict(record.to_dict())
        assert engine.inspect(octets)[1:] == (True, 0, 1)

    def test_a_known_number_wants_its_message(self, make_engine):
        encode = make_engine(DAY2)[1].encode_dict
        assert refusal(encode, ("msgFrameExt", {"messageId": 0, "value": b"1"})).detail == "b'1' is no object"
        error = refusal(encode, ("msgFrameExt", {"messageId": 28, "value": {}}))
        assert error.detail == "{} is not the octets of a message: messageId 28 is not known"

    def test_a_day1_receiver_knows_no_such_frame(self, make_engine):
        error = refusal(make_engine(DAY1)[1].decode, bytes([0x80, 1, 0]))
        assert (error.kind, error.path) == ("unknown_message", "MessageFrame")

    @pytest.mark.parametrize("lead", [0x50, 0x60, 0x70])
    def test_frames_not_in_use(self, make_engine, lead):
        assert refusal(make_engine(DAY1)[1].decode, bytes([lead, 0])).kind == "unknown_message"

    def test_the_message_has_to_fill_its_open_type(self, make_engine):
        engine = make_engine(DAY2)[1]
        message = engine.encode_dict(TEST)[5:]
        behind = bytes([0x80, 10, 0, 0, 7]) + message + b"\0"
        error = refusal(engine.decode, behind)
        assert (error.kind, error.path) == ("trailing", "MessageFrame.msgFrameExt.value")
        assert error.bit == 8 * (len(behind) - 1)
        short = bytes([0x80, 5, 0, 0, 2]) + message[:2]
        assert refusal(engine.decode, short).path == "MessageFrame.msgFrameExt.value.userData"


class TestExtensions:
    @pytest.mark.parametrize("size", [0, 1, 12, 14, 127, 128, 4000])
    def test_a_bit_string_of_any_length(self, make_engine, size):
        engine = make_engine(DAY2)[1]
        value = (((1 << size) - 1) << (-size % 8)).to_bytes((size + 7) // 8, "big")
        row = make_engine(DAY2)[0].roots["VehicleSafetyExtensions"]
        octets = engine.encode_dict({"events": (value, size)}, row)
        assert engine.decode_dict(octets, 0, row) == {"events": (value, size)}
        record = engine.decode(octets, 0, row)
        assert (record.events.value, record.events.length) == (value, size)
        assert engine.encode(record) == octets

    def test_the_zero_length_bit_string_of_a_known_encoder(self, make_engine):
        """0 1000 | extension bit 1 | length 0."""
        table, engine = make_engine(DAY2)
        octets = bits("01000", "1", "00000000")
        row = table.roots["VehicleSafetyExtensions"]
        assert engine.decode_dict(octets, 0, row) == {"events": (b"", 0)}
        assert engine.encode(engine.decode(octets, 0, row)) == octets

    def test_a_value_of_the_root_in_extension_form(self, make_engine):
        table, engine = make_engine(DAY2)
        octets = bits("01000", "1", "00001101", "1" * 13)
        value, canonical, _, _ = engine.inspect(octets, 0, table.roots["VehicleSafetyExtensions"], 2)
        assert value == {"events": (b"\xff\xf8", 13)}
        assert not canonical

    def test_integers_in_extension_form(self, make_engine):
        table, engine = make_engine(DAY2)
        row = table.roots["SysInfo"]
        system = {**least(table, row), "contractType": -1, "contractVersion": (1 << 63) - 1}
        octets = engine.encode_dict(system, row)
        assert engine.decode_dict(octets, 0, row) == system
        assert engine.encode(engine.decode(octets, 0, row)) == octets
        error = refusal(engine.encode_dict, {**system, "contractType": 1 << 63}, row)
        assert error.path == "SysInfo.contractType"

    def test_additions_of_a_later_edition_are_written_as_they_came(self, make_engine):
        value = ("rsmFrame", {**RSM, "participants": [PARTICIPANT], "...": (3, ((0, b"\1\2"), (2, b"")))})
        engine = make_engine(DAY1)[1]
        octets = engine.encode_dict(value)
        assert engine.decode_dict(octets) == value
        record = engine.decode(octets)
        assert record.value.unknown_additions == (3, ((0, b"\1\2"), (2, b"")))
        assert engine.encode(record) == octets
        assert engine.inspect(octets)[1:] == (True, 0, 2)
        assert "..." not in engine.decode_dict(octets, DROP_UNKNOWN)[1]
        assert record.value.replace(msg_cnt=2).unknown_additions == (3, ((0, b"\1\2"), (2, b"")))
        assert record.value.replace(unknown_additions=None).unknown_additions is None

    def test_day2_additions_for_a_day1_receiver(self, make_engine):
        node = {
            "id": {"id": 1},
            "refPos": POSITION,
            "prohibitedzone": {},
        }
        value = ("mapFrame", {"msgCnt": 1, "nodes": [node]})
        octets = make_engine(DAY2)[1].encode_dict(value)
        old = make_engine(DAY1)[1].decode(octets)
        count, ((index, _),) = old.value.nodes[0].unknown_additions
        assert (count, index) == (2, 1)
        assert make_engine(DAY1)[1].encode(old) == octets
        assert make_engine(DAY2)[1].decode_dict(octets) == value

    @pytest.mark.parametrize(
        "unknown",
        [
            1,
            (1, ()),
            (0, ((0, b""),)),
            (128, ((0, b""),)),
            (2, ((1, b""), (0, b""))),
            (1, ((1, b""),)),
            (2, [(0, b"")]),
        ],
    )
    def test_unknown_additions_that_are_none(self, make_engine, unknown):
        engine = make_engine(DAY1)[1]
        value = ("rsmFrame", {**RSM, "participants": [PARTICIPANT], "...": unknown})
        assert refusal(engine.encode_dict, value).kind == "unencodable"

    def test_an_extension_bit_with_nothing_behind_it(self, make_engine):
        """A preamble that promises additions, and a bitmap without a bit set."""
        table, engine = make_engine(DAY2)
        octets = bits("10000", "0000000", "0")
        value, canonical, _, unknown = engine.inspect(octets, 0, table.roots["VehicleSafetyExtensions"], 2)
        assert (value, canonical, unknown) == ({}, False, 0)

    def test_a_bitmap_of_more_than_127_bits(self, make_engine):
        table, engine = make_engine(DAY2)
        row = table.roots["VehicleSafetyExtensions"]
        error = refusal(engine.decode, bits("10000", "1", "10000001"), 0, row)
        assert (error.kind, error.path, error.bit) == ("unsupported", "VehicleSafetyExtensions", 5)

    def test_enumerators_and_alternatives_of_a_later_edition(self, make_engine):
        table, engine = make_engine(DAY2)
        error = refusal(engine.decode, bits("0", "0", "1", "0000011"), 0, table.roots["PhaseState"])
        assert (error.kind, error.path, error.bit) == ("unsupported", "PhaseState.light", 2)
        error = refusal(
            engine.decode, bits("1", "0000101", "00000001", "0" * 8), 0, table.roots["TimeChangeDetails"]
        )
        assert (error.kind, error.path) == ("unsupported", "TimeChangeDetails")


FAR = "900000002 is not in -900000000..900000001"
NO_ENUMERATOR = "no enumerator has the number 3, the last is 2"


class TestFaults:
    @pytest.mark.parametrize(
        ("row", "octets", "kind", "path", "bit", "detail"),
        [
            ("Position3D", "0" + f"{1800000002:031b}", "out_of_range", ".lat", 1, FAR),
            ("Position3D", "0" * 32, "truncated", ".long", 32, "the data end before the value does"),
            ("BrakeSystemStatus", "100000011", "malformed", ".brakePadel", 7, NO_ENUMERATOR),
            ("PositionOffsetLL", "111", "malformed", "", 0, "no alternative has the number 7, the last is 6"),
            ("PathHistory", "00011111", "out_of_range", ".crumbData", 3, "32 elements, allowed are 1..23"),
        ],
    )
    def test_octets(self, make_engine, row, octets, kind, path, bit, detail):
        table, engine = make_engine(DAY1)
        error = refusal(engine.decode, bits(octets), 0, table.roots[row])
        assert (error.kind, error.path, error.bit, error.detail) == (kind, row + path, bit, detail)
        assert error.kind == CodecErrorKind(kind)

    def test_a_list_that_the_input_can_not_hold_is_refused_before_it_is_made(self, make_engine):
        """An APDU list that says it has 16,383 elements of 127 octets, and has one."""
        table, engine = make_engine(DAY2)
        name, row = next(
            (name, row)
            for name, row in table.roots.items()
            if any(part.name == "apdu" for part in table.parts_of(table.ops[row]))
        )
        value = least(table, row)
        none, one = (digits(engine.encode_dict({**value, "apdu": [bytes(127)] * n}, row)) for n in (0, 1))
        at = next(at for at in range(len(none)) if none[at] != one[at]) - 7  # 00000000 against 00000001
        many = bits(one[:at], "10" + "1" * 14, one[at + 8 :])
        error = refusal(engine.decode, many, 0, row)
        assert (error.kind, error.path) == ("truncated", f"{name}.apdu")

    @pytest.mark.parametrize(
        ("lead", "kind"),
        [(0xC1, "unsupported"), (0xC4, "unsupported"), (0xC0, "malformed"), (0xFF, "malformed")],
    )
    def test_lengths_in_fragments(self, make_engine, lead, kind):
        assert refusal(make_engine(DAY2)[1].decode, bytes([0x80, lead, 0, 0, 0])).kind == kind

    def test_the_longest_message(self, make_engine):
        engine = make_engine(DAY2)[1]
        assert refusal(engine.decode, bytes(16384)).kind == "unsupported"
        assert refusal(engine.decode, bytes(16383)).kind == "trailing"
        octets = engine.encode_dict(("msgFrameExt", {"messageId": 99, "value": bytes(16383 - 7)}))
        assert len(octets) == 16383
        assert engine.decode(octets).value.value == bytes(16383 - 7)
        for more in (1, 2, 3, 20_000):
            value = ("msgFrameExt", {"messageId": 99, "value": bytes(16383 - 7 + more)})
            assert refusal(engine.encode_dict, value).detail == "more than 16383 octets"

    @pytest.mark.parametrize("empty", [b"", bytearray(), memoryview(b"")])
    def test_nothing(self, make_engine, empty):
        error = refusal(make_engine(DAY2)[1].decode, empty)
        assert (error.kind, error.path, error.bit) == ("truncated", "MessageFrame", 0)

    def test_misuse(self, make_engine):
        engine = make_engine(DAY2)[1]
        with pytest.raises(TypeError):
            engine.decode("00")
        with pytest.raises(ValueError, match="row"):
            engine.decode(b"", 0, 10**6)
        number = next(row for row, op in enumerate(make_engine(DAY2)[0].ops) if op.code == Code.INT)
        with pytest.raises(ValueError, match="begin with"):
            engine.decode(b"", 0, number)
        with pytest.raises(TypeError):
            engine.encode({"msgCnt": 1})
        with pytest.raises(TypeError):
            engine.walk_many(["00"])

    def test_walk_many_gives_the_fault_of_each(self, make_engine):
        engine = make_engine(DAY2)[1]
        good = engine.encode_dict(TEST)
        frames = [good, good[:-1], good + b"\0", b"", b"\x50\0"]
        faults = [Fault.NONE, Fault.TRUNCATED, Fault.TAIL_OCTETS, Fault.TRUNCATED, Fault.FRAME]
        assert list(engine.walk_many(frames)) == faults
        assert engine.walk_many(frames, None, LENIENT)[2] == 0


class TestLenient:
    def test_zero_octets_behind(self):
        octets = uper.encode_dict(TEST, DAY2)
        assert refusal(uper.decode, octets + b"\0\0", DAY2).kind == "trailing"
        found = uper.inspect(octets + b"\0\0", DAY2, lenient=True)
        assert found.forgave == ("2 zero octets behind the value",)
        assert not found.canonical
        assert found.value == uper.decode(octets, DAY2) == uper.decode(octets + b"\0", DAY2, lenient=True)
        assert refusal(uper.decode, octets + b"\0\1", DAY2).kind == "trailing"
        assert uper.inspect(octets, DAY2, lenient=True).forgave == ()

    @pytest.mark.parametrize("profile", [DAY1, DAY2])
    def test_the_bare_message(self, profile):
        table, engine = uper.engine(profile)
        body = {**RSM, "participants": [PARTICIPANT] * 3}
        bare = engine.encode_dict(body, table.roots["RoadsideSafetyMessage"])
        framed = uper.encode_dict(("rsmFrame", body), profile)
        found = uper.inspect(bare, profile, lenient=True, kind="RSM")
        assert found.forgave[0] == "RSM without MessageFrame"
        assert uper.encode(found.value) == framed
        assert uper.inspect(bare, profile, lenient=True, as_dict=True, kind="RSM").value == ("rsmFrame", body)
        assert refusal(uper.inspect, bare, profile).kind
        assert refusal(uper.decode, b"\xff" * 9, profile).kind

    def test_a_bare_day2_message(self):
        table, engine = uper.engine(DAY2)
        bare = engine.encode_dict(TEST[1]["value"], table.roots["TestMsg"])
        found = uper.inspect(bare, DAY2, lenient=True, kind="TEST")
        assert found.value == uper.decode(uper.encode_dict(TEST, DAY2), DAY2)
        assert uper.inspect(bare, DAY2, lenient=True, kind="TEST", as_dict=True).value == TEST

    def test_what_fits_two_messages_is_none(self):
        error = refusal(uper.inspect, b"\xfe" + bytes(60), DAY1)
        assert error.kind
        with pytest.raises(ValueError, match="unknown profile"):
            uper.inspect(b"", "csae53_2017")
