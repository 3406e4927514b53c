"""Decoding and encoding at their edges: ranges, sizes, what follows a message, extensions, Day-2."""

from __future__ import annotations

import copy
from random import Random

import pytest

from v2x.codecs import KINDS, PROFILES, Message, decode, encode
from v2x.codecs.codec import MAX_MESSAGE_OCTETS, decode_as
from v2x.codecs.reference_uper import encode_type
from v2x.errors import CodecError, Reason
from v2x.testing import random_message

DAY1 = KINDS[:5]
DAY2 = KINDS[5:]


@pytest.fixture
def bsm(recorded):
    return decode(recorded["BSM"].octets, profile="csae53_2020")


def changed(message: Message, **members: object) -> Message:
    body = {**copy.deepcopy(message.body), **members}
    return Message(message.kind, message.profile, (message.value[0], body))


def refused(message: Message) -> CodecError:
    with pytest.raises(CodecError) as caught:
        encode(message)
    assert caught.value.kind == "unencodable"
    return caught.value


class TestRanges:
    def test_a_latitude_that_fits_its_bits_but_not_its_range(self, bsm, expect_codec_error):
        octets = encode(changed(bsm, pos={"lat": 900000001, "long": 0}))
        number = int.from_bytes(octets, "big")
        # lat follows 4 + 8 + 7 + 64 + 16 + 1 bits; the next code, 900000002, is the first outside
        last_bit = 4 + 8 + 7 + 64 + 16 + 1 + 31
        forged = (number + (1 << (8 * len(octets) - last_bit))).to_bytes(len(octets), "big")
        error = expect_codec_error(forged, "csae53_2020")
        assert error.kind == "out_of_range"
        assert error.path == "MessageFrame.bsmFrame.pos.lat"
        assert error.detail == "900000002 is not in -900000000..900000001"
        assert error.reason is Reason.MESSAGE_OUT_OF_RANGE

    @pytest.mark.parametrize(
        ("members", "path", "detail"),
        [
            ({"msgCnt": 128}, "msgCnt", "128 is not in 0..127"),
            ({"msgCnt": -1}, "msgCnt", "-1 is not in 0..127"),
            ({"msgCnt": "7"}, "msgCnt", "'7' is no integer"),
            ({"msgCnt": True}, "msgCnt", "True is no integer"),
            ({"id": b"1234567"}, "id", "7 octets (b'1234567'), allowed are 8"),
            ({"id": "12345678"}, "id", "'12345678' is no octet string"),
            ({"transmission": "reverse"}, "transmission", "'reverse' is none of neutral, park"),
            ({"pos": {"lat": 0}}, "pos.long", "is missing"),
            ({"pos": 5}, "pos", "5 is no object"),
            ({"colour": 5}, "colour", "is no member"),
            ({"safetyExt": {"events": (b"\0\1", 13)}}, "safetyExt.events", "bits set behind its 13 bits"),
            ({"safetyExt": {"events": (b"\0", 13)}}, "safetyExt.events", "1 octets hold no 13 bits"),
            ({"safetyExt": {"events": 4}}, "safetyExt.events", "4 is no bit string"),
            (
                {"safetyExt": {"pathHistory": {"crumbData": []}}},
                "safetyExt.pathHistory.crumbData",
                "0 elements, allowed are 1..23",
            ),
            (
                {"safetyExt": {"pathHistory": {"crumbData": [{"llvOffset": {"offsetLL": ("nowhere", 1)}}]}}},
                "safetyExt.pathHistory.crumbData[0].timeOffset",
                "is missing",
            ),
            (
                {
                    "safetyExt": {
                        "pathHistory": {
                            "crumbData": [{"timeOffset": 1, "llvOffset": {"offsetLL": ("nowhere", 1)}}]
                        }
                    }
                },
                "safetyExt.pathHistory.crumbData[0].llvOffset.offsetLL",
                "'nowhere' is none of position-LL1",
            ),
        ],
    )
    def test_what_has_no_bits_is_named(self, bsm, members, path, detail):
        error = refused(changed(bsm, **members))
        assert error.path == f"MessageFrame.bsmFrame.{path}"
        assert detail in error.detail

    @pytest.mark.parametrize("value", [3, "bsmFrame", ("bsmFrame",), ("noFrame", {}), (["x"], {})])
    def test_a_frame_that_is_none(self, value):
        assert refused(Message("BSM", "csae53_2020", value)).path == "MessageFrame"

    def test_kind_and_value_agree(self, bsm):
        assert "kind MAP" in refused(Message("MAP", "csae53_2020", bsm.value)).detail

    def test_text_outside_ia5(self, recorded):
        message = decode(recorded["RSI"].octets)
        body = copy.deepcopy(message.body)
        body["rtes"][0]["description"] = ("textString", "Straße")
        error = refused(Message("RSI", message.profile, ("rsiFrame", body)))
        assert error.path == "MessageFrame.rsiFrame.rtes[0].description.textString"

    def test_an_unknown_profile_is_misuse(self, bsm):
        with pytest.raises(ValueError, match="unknown profile"):
            decode(b"\0", profile="csae53_2017")
        with pytest.raises(ValueError, match="unknown profile"):
            encode(Message("BSM", "csae53_2017", bsm.value))

    def test_octets_are_wanted(self):
        with pytest.raises(TypeError):
            decode("00", profile="csae53_2020")  # type: ignore[arg-type]


class TestWhatFollows:
    def test_a_zero_octet_is_trailing_unless_padding_is_taken(self, recorded, expect_codec_error):
        octets = recorded["RSM"].octets
        error = expect_codec_error(octets + b"\0", "csae53_2020")
        assert (error.kind, error.bit) == ("trailing", 8 * len(octets))
        assert error.reason is Reason.MESSAGE_TRAILING
        assert decode(octets + b"\0\0", profile="csae53_2020", lenient=True).kind == "RSM"
        assert expect_codec_error(octets + b"\0\1", "csae53_2020", lenient=True).kind == "trailing"

    def test_set_bits_in_the_last_octet_are_trailing(self, recorded, expect_codec_error):
        octets = recorded["BSM"].octets
        forged = octets[:-1] + bytes([octets[-1] | 1])
        error = expect_codec_error(forged, "csae53_2020")
        assert (error.kind, error.path) == ("trailing", "MessageFrame")

    @pytest.mark.parametrize("data", [bytearray, memoryview])
    def test_any_octets(self, recorded, data):
        octets = recorded["RSM"].octets
        assert encode(decode(data(octets), profile="csae53_2020")) == octets

    def test_the_longest_message(self, expect_codec_error):
        assert expect_codec_error(bytes(MAX_MESSAGE_OCTETS + 1), "csae53_2020").kind == "unsupported"
        assert expect_codec_error(bytes(MAX_MESSAGE_OCTETS), "csae53_2020").kind == "trailing"


class TestExtensions:
    @pytest.mark.parametrize("bits", [0, 1, 12, 14, 40])
    def test_an_extended_bit_string_is_read_and_written_as_it_came(self, bsm, bits):
        value = (b"\xff" * 5)[: (bits + 7) // 8]
        events = (
            (int.from_bytes(value, "big") >> (-bits % 8) << (-bits % 8)).to_bytes(len(value), "big"),
            bits,
        )
        octets = encode(changed(bsm, safetyExt={"events": events}))
        message = decode(octets, profile="csae53_2020")
        assert message.body["safetyExt"]["events"] == events
        assert message.record.safety_ext.events.length == bits
        assert encode(message) == octets

    def test_an_unknown_enumerator_is_unsupported(self, recorded):
        message = decode(recorded["SPAT"].octets, profile="csae53_2020")
        octets = encode(message)
        seen = set()
        for bit in range(8 * len(octets)):
            forged = bytearray(octets)
            forged[bit // 8] ^= 0x80 >> bit % 8
            error = expect_or_none(bytes(forged))
            if error and error.kind == "unsupported":
                seen.add(error.path.rpartition(".")[2])
        assert "light" in seen

    def test_additions_of_a_later_edition_are_kept_as_octets(self, recorded):
        """A Day-2 MAP with additions to its nodes, read by a first-stage receiver."""
        rng = Random(3)
        while True:
            later = random_message(rng, "MAP", "csae157_2020")
            nodes = later.body["nodes"]
            if any("inLinks-ex" in node or "prohibitedzone" in node for node in nodes):
                break
        message = decode(encode(later), profile="ydt3709_2020")
        assert encode(message) == encode(later)
        for node, expected in zip(message.body["nodes"], nodes, strict=True):
            unknown = node.pop("...", None)
            assert (unknown is not None) == ("inLinks-ex" in expected or "prohibitedzone" in expected)
            assert node == {k: v for k, v in expected.items() if k not in ("inLinks-ex", "prohibitedzone")}

    def test_frames_that_no_profile_knows(self, expect_codec_error):
        for lead in (0x50, 0x60, 0x70):
            error = expect_codec_error(bytes([lead, 0, 0]), "csae157_2020")
            assert error.kind == "unknown_message"
        assert expect_codec_error(b"\x81\x01\x00", "csae157_2020").kind == "unknown_message"
        assert expect_codec_error(b"\x80\x01\x00", "ydt3709_2020").kind == "unknown_message"


def expect_or_none(octets: bytes) -> CodecError | None:
    try:
        decode_as("csae53_2020", octets)
    except CodecError as error:
        return error
    return None


class TestDay2:
    @pytest.mark.parametrize("kind", DAY2)
    def test_there_and_back(self, kind):
        rng = Random(kind)
        for _ in range(20):
            message = random_message(rng, kind, "csae157_2020")
            octets = encode(message)
            assert octets[0] == 0x80
            assert decode(octets, profile="csae157_2020") == message
            assert decode(octets) == message
            assert message.body is message.value[1]["value"]

    def test_the_worked_layout(self):
        """80 | length | 0, messageId in 15 bits | length | message, by hand."""
        message = Message("TEST", "csae157_2020", ("msgFrameExt", {"messageId": 0, "value": TEST_VALUE}))
        bits = "0000101" + "00000000010" + "00001010" + "00001010" + "00010100" + "000000"
        inner = int(bits, 2).to_bytes(6, "big")
        assert encode(message) == bytes([0x80, 9, 0, 0, 6]) + inner
        assert decode(bytes([0x80, 9, 0, 0, 6]) + inner) == message

    def test_a_message_of_an_unknown_number_is_kept_as_octets(self):
        octets = encode_type(
            "csae157_2020", "MessageFrame", ("msgFrameExt", {"messageId": 28, "value": b"\1\2"})
        )
        message = decode(octets, profile="csae157_2020")
        assert (message.kind, message.record) == ("UNKNOWN", b"\1\2")
        assert encode(message) == octets
        assert message.value == ("msgFrameExt", {"messageId": 28, "value": b"\1\2"})
        assert encode(message) == octets

    def test_places_inside_count_from_the_start_of_the_frame(self, expect_codec_error):
        octets = encode_type(
            "csae157_2020", "MessageFrame", ("msgFrameExt", {"messageId": 15, "value": b"\0\1"})
        )
        error = expect_codec_error(octets, "csae157_2020")
        assert error.kind == "truncated"
        assert error.path.startswith("MessageFrame.msgFrameExt.value.")
        assert error.bit is not None
        assert 8 * (len(octets) - 2) <= error.bit <= 8 * len(octets)

    def test_octets_behind_the_inner_message_are_trailing(self, expect_codec_error):
        inner = encode_type("csae157_2020", "TestMsg", TEST_VALUE)
        frame = {"messageId": 0, "value": inner + b"\0"}
        octets = encode_type("csae157_2020", "MessageFrame", ("msgFrameExt", frame))
        error = expect_codec_error(octets, "csae157_2020")
        assert (error.kind, error.path) == ("trailing", "MessageFrame.msgFrameExt.value")
        assert error.bit == 8 * (len(octets) - 1)

    def test_octets_hidden_in_the_frame_are_trailing(self, expect_codec_error):
        octets = bytearray(
            encode(Message("TEST", "csae157_2020", ("msgFrameExt", {"messageId": 0, "value": TEST_VALUE})))
        )
        octets[1] += 3
        assert expect_codec_error(bytes(octets + b"abc"), "csae157_2020").kind == "trailing"

    @pytest.mark.parametrize(
        ("frame", "detail"),
        [
            ({"messageId": 28, "value": {}}, "messageId 28 is not known"),
            ({"messageId": False, "value": {}}, "is no integer"),
            ({"messageId": [], "value": {}}, "is no integer"),
            ({"messageId": 0}, "is missing"),
            (None, "is no object"),
            ({"messageId": 0, "value": {}}, "is missing"),
            ({"messageId": 0, "value": {"msgCnt": 1, "userData": b""}}, "0 octets"),
            ({"messageId": 0, "value": {"msgCnt": 1, "userData": b"1"}, "more": 1}, "is no member"),
        ],
    )
    def test_what_has_no_bits_is_named(self, frame, detail):
        assert detail in refused(Message("TEST", "csae157_2020", ("msgFrameExt", frame))).detail

    def test_day1_profiles_have_none(self):
        value = ("msgFrameExt", {"messageId": 0, "value": TEST_VALUE})
        assert "'msgFrameExt' is none of" in refused(Message("TEST", "csae53_2020", value)).detail


TEST_VALUE = {"msgCnt": 5, "userData": b"\x0a\x0a\x14"}


@pytest.mark.parametrize("profile", PROFILES)
def test_random_messages_come_back(profile):
    rng = Random(profile)
    for kind in DAY1:
        for _ in range(30):
            message = random_message(rng, kind, profile)
            assert decode(encode(message), profile=profile) == message


def test_random_messages_are_those_of_the_seed():
    assert random_message(Random(1), "MAP", "csae53_2020") == random_message(Random(1), "MAP", "csae53_2020")
    with pytest.raises(ValueError, match="no message 'PSM'"):
        random_message(Random(1), "PSM", "csae53_2020")
