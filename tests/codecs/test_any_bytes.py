"""Any octets give a message or a CodecError, by every profile; and what is read can be written as JSON."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs import KINDS, PROFILES, decode, detect, encode
from v2x.codecs.detect import FITS
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.jer import from_jer, to_jer
from v2x.errors import CodecError, FrameError, Stage
from v2x.testing import random_message

if TYPE_CHECKING:
    from collections.abc import Callable


def outcome(call: Callable[[], Any]) -> Any:
    """What ``call`` gives, or the CodecError that it raises; another error is a failure."""
    try:
        return call()
    except CodecError as error:
        return error


def check(octets: bytes, profile: str) -> None:
    message = outcome(lambda: decode(octets, profile=profile))
    if isinstance(message, CodecError):
        assert message.path.startswith("MessageFrame")
        assert message.detail
        assert message.reason.stage is Stage.MESSAGE
        assert message.bit is None or 0 <= message.bit <= 8 * len(octets)
    else:
        assert from_jer(json.loads(json.dumps(to_jer(message))), profile) == message


@given(st.binary(max_size=300), st.sampled_from(PROFILES))
@settings(max_examples=500, deadline=None)
def test_any_octets(octets, profile):
    check(octets, profile)


@given(st.integers(0, 4), st.binary(max_size=200), st.sampled_from(PROFILES))
@settings(max_examples=300, deadline=None)
def test_any_octets_behind_a_lead_that_means_something(kind, octets, profile):
    check(bytes([kind << 4]) + octets, profile)


@given(st.sampled_from((0, 10, 11, 12, 13, 14, 15, 16, 17, 28)), st.binary(max_size=100))
@settings(max_examples=300, deadline=None)
def test_any_octets_of_day2(number, octets):
    check(bytes([0x80, len(octets) + 3, 0, number, len(octets)]) + octets, "csae157_2020")


@pytest.mark.parametrize("profile", PROFILES)
def test_messages_with_flipped_bits(profile):
    """1,600 damaged messages: the damage is read as another value or refused, nothing else."""
    rng = Random(profile)
    kinds = KINDS if profile == "csae157_2020" else KINDS[:5]
    pool = [encode(random_message(rng, kind, profile)) for kind in kinds for _ in range(4)]
    for _ in range(1600):
        octets = bytearray(rng.choice(pool))
        for _ in range(rng.choice((1, 1, 2, 5))):
            octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        check(bytes(octets[: rng.randrange(len(octets)) if rng.random() < 0.1 else None]), profile)


@given(st.binary(max_size=120))
@settings(max_examples=200, deadline=None)
def test_detection_of_any_octets(octets):
    found = detect(octets)
    assert set(found.evidence) == set(PROFILES)
    assert found.profiles == tuple(p for p in PROFILES if found.evidence[p] == FITS)
    assert (found.message is None) == (found.error is not None)
    for profile in found.profiles:
        assert encode(decode(octets, profile=profile)) == octets


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_octets_as_a_frame(octets):
    frame = outcome(lambda: DsmpFrame.parse(octets))
    if isinstance(frame, FrameError):
        assert frame.reason.stage is Stage.FRAME
    else:
        assert frame.render() == octets


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("bsmFrame", "msgCnt", "id", "pos", "msgFrameExt", "messageId", "value", "x")),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(PROFILES))
@settings(max_examples=300, deadline=None)
def test_any_json(document, profile):
    message = outcome(lambda: from_jer(document, profile))
    if isinstance(message, CodecError):
        assert message.kind == "unencodable"
    else:
        assert encode(message)
