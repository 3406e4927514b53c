"""JSON by X.697: each form written as the rules say, and refused where it is not."""

from __future__ import annotations

import json
from random import Random

import pytest

from v2x.codecs import KINDS, PROFILES, decode
from v2x.codecs.jer import from_jer, to_jer
from v2x.errors import CodecError
from v2x.testing import random_message


@pytest.mark.parametrize("profile", PROFILES)
def test_random_messages_come_back_through_text(profile):
    rng = Random(profile)
    for kind in KINDS if profile == "csae157_2020" else KINDS[:5]:
        for _ in range(20):
            message = random_message(rng, kind, profile)
            assert from_jer(json.loads(json.dumps(to_jer(message))), profile) == message


def test_a_day2_message_stands_in_its_frame():
    message = random_message(Random(1), "PSM", "csae157_2020")
    document = to_jer(message)
    assert list(document) == ["msgFrameExt"]
    assert document["msgFrameExt"]["messageId"] == 15
    assert document["msgFrameExt"]["value"]["msgCnt"] == message.body["msgCnt"]


def test_forms_of_the_second_stage():
    """A VPM has BOOLEAN, and BIT STRING without a fixed size."""
    text = "".join(
        json.dumps(to_jer(random_message(Random(seed), "VPM", "csae157_2020"))) for seed in range(40)
    )
    assert "true" in text
    assert '"length": ' in text


def test_digits_are_upper_case_and_read_in_either(recorded):
    document = to_jer(decode(recorded["BSM"].octets, profile="csae53_2020"))
    assert document["bsmFrame"]["id"] == "BEA9423838383838"
    document["bsmFrame"]["id"] = "bea9423838383838"
    assert from_jer(document, "csae53_2020") == decode(recorded["BSM"].octets, profile="csae53_2020")


@pytest.mark.parametrize(
    ("members", "path", "detail"),
    [
        ({"id": "BEA94238383838"}, "id", "7 octets"),
        ({"id": "BEA942383838383"}, "id", "no even number of hexadecimal digits"),
        ({"id": "BE A942383838383"}, "id", "no even number of hexadecimal digits"),
        ({"id": 5}, "id", "a number instead of hexadecimal digits"),
        ({"msgCnt": 1.0}, "msgCnt", "1.0 is no integer"),
        ({"msgCnt": True}, "msgCnt", "True is no integer"),
        ({"msgCnt": 200}, "msgCnt", "200 is not in 0..127"),
        ({"transmission": 7}, "transmission", "7 is none of neutral"),
        ({"pos": []}, "pos", "an array instead of an object"),
        ({"extra": 1}, "extra", "is no member"),
        (
            {"safetyExt": {"events": "0000"}},
            "safetyExt.events",
            "text instead of an object of value and length",
        ),
        ({"safetyExt": {"events": {"value": "00", "length": 13}}}, "safetyExt.events", "1 octets hold no 13"),
        ({"safetyExt": {"events": {"value": "00", "length": "8"}}}, "safetyExt.events", "a length in bits"),
        ({"safetyExt": {"pathHistory": {"crumbData": {}}}}, "safetyExt.pathHistory.crumbData", "an array"),
        (
            {"safetyExt": {"pathHistory": {"crumbData": [{"llvOffset": {"offsetLL": {"a": 1, "b": 2}}}]}}},
            "safetyExt.pathHistory.crumbData[0].llvOffset.offsetLL",
            "an object of one member",
        ),
    ],
)
def test_what_is_wrong_is_named(recorded, members, path, detail):
    document = to_jer(decode(recorded["BSM"].octets, profile="csae53_2020"))
    document["bsmFrame"].update(members)
    with pytest.raises(CodecError) as caught:
        from_jer(document, "csae53_2020")
    assert caught.value.kind == "unencodable"
    assert caught.value.path == f"MessageFrame.bsmFrame.{path}"
    assert detail in caught.value.detail


@pytest.mark.parametrize(
    "document", [None, [], {}, {"bsmFrame": {}, "mapFrame": {}}, {"noFrame": {}}, {"msgFrameExt": {}}, "x"]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_no_frame(document, profile):
    with pytest.raises(CodecError) as caught:
        from_jer(document, profile)
    assert caught.value.path.startswith("MessageFrame")


def test_an_unknown_profile_is_misuse():
    with pytest.raises(ValueError, match="unknown profile"):
        from_jer({}, "csae53_2017")
