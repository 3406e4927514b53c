"""The hypothesis strategies of ``v2x.testing``, and with them every message of every profile both ways."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from v2x.codecs import KINDS, PROFILES, decode, encode
from v2x.codecs.jer import from_jer, to_jer
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE
from v2x.testing import messages

DAY2 = {message.kind for message in DAY2_MESSAGES.values()}
PLACES = [
    (kind, profile) for profile in PROFILES for kind in KINDS if kind not in DAY2 or profile == DAY2_PROFILE
]


@pytest.mark.parametrize(("kind", "profile"), PLACES)
@given(st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_message_goes_both_ways(kind: str, profile: str, data: st.DataObject) -> None:
    message = data.draw(messages(kind, profile))
    assert message.kind == kind
    octets = encode(message)
    assert decode(octets, profile=profile) == message
    assert from_jer(to_jer(message), profile) == message


def test_they_shrink() -> None:
    smallest = find(messages("TEST", DAY2_PROFILE), lambda message: message.body["msgCnt"] >= 60)
    assert smallest.body == {"msgCnt": 60, "userData": b"\x00"}


def test_a_profile_without_the_message_is_refused() -> None:
    with pytest.raises(ValueError, match="has no message 'PSM'"):
        messages("PSM", "csae53_2020")
