"""Which profile a message is of, and what is remembered of a sender."""

from __future__ import annotations

from random import Random

import pytest

from v2x.codecs import PROFILES, Message, SenderProfiles, decode, detect, encode
from v2x.codecs.detect import FITS, Confidence
from v2x.codecs.reference_uper import decode_type
from v2x.errors import CodecError
from v2x.testing import random_message


def test_the_evidence_names_what_is_wrong(recorded):
    found = detect(recorded["MAP"].octets)
    assert found.evidence["csae53_2020"] == FITS
    assert "trailing" in found.evidence["ydt3709_2020"]
    assert found.message == decode(recorded["MAP"].octets, profile="csae53_2020")
    assert found.error is None


def test_no_profile_fits():
    found = detect(b"\x00\x2e")
    assert (found.profiles, found.message) == ((), None)
    assert found.error is not None
    assert found.error.kind == "truncated"
    with pytest.raises(CodecError, match="truncated"):
        decode(b"\x00\x2e")
    with pytest.raises(CodecError, match="unknown_message"):
        decode(b"\x50")


def test_padding_is_no_fit_unless_it_is_taken(recorded):
    padded = recorded["MAP"].octets + b"\0"
    assert detect(padded).profiles == ()
    assert detect(padded, lenient=True).profiles == ("csae53_2020",)
    assert decode(padded, lenient=True).profile == "csae53_2020"
    assert decode(padded, profile="auto", lenient=True).profile == "csae53_2020"


@pytest.mark.parametrize(("kind", "limit"), [("MAP", 6), ("BSM", 4), ("RSI", 1), ("RSM", 0), ("SPAT", 0)])
def test_few_random_messages_are_misread(kind, limit):
    """Another profile fits too and gives another value: 9 MAPs, 4 BSMs, 0 RSIs of 600 by the sources."""
    rng = Random(kind)
    misread = 0
    for _ in range(200):
        message = random_message(rng, kind, "csae53_2020")
        octets = encode(message)
        profiles = detect(octets).profiles
        assert "csae53_2020" in profiles
        misread += any(decode(octets, profile=profile).value != message.value for profile in profiles)
    assert misread <= limit


def test_a_later_edition_is_read_but_fits_no_first_stage_profile():
    """An addition that no profile knows is kept as octets, and the message around it is read."""
    message = decode(encode(random_message(Random(5), "BSM", "csae157_2020")))
    octets = with_unknown_addition(message)
    found = detect(octets)
    assert found.profiles == ()
    assert all("later edition" in text for text in found.evidence.values())
    assert found.message is not None
    assert found.message.body.pop("...") == (1, ((0, b"\xaaU"),))
    assert found.message.body == message.body
    assert encode(decode(octets)) == octets


def with_unknown_addition(message: Message) -> bytes:
    """The BSM with the extension bit set, and one addition of two octets behind it (X.691, clause 19)."""
    octets = encode(message)
    used = decode_type(message.profile, "MessageFrame", octets)[1].position
    bits = [bit for octet in octets for bit in f"{octet:08b}"][:used]
    assert bits[4] == "0"
    bits[4] = "1"
    bits += "0000000" + "1" + "00000010" + "1010101001010101"
    bits += "0" * (-len(bits) % 8)
    return int("".join(bits), 2).to_bytes(len(bits) // 8, "big")


class TestSenders:
    def test_a_map_tells_the_profile_of_all_that_follows(self, recorded):
        senders = SenderProfiles()
        assert senders.decode("rsu", recorded["SPAT"].octets).profile == PROFILES[0]
        assert senders.profiles_of("rsu") == PROFILES
        assert senders.decode("rsu", recorded["MAP"].octets).profile == "csae53_2020"
        assert senders.profiles_of("rsu") == ("csae53_2020",)
        assert senders.decode("rsu", recorded["SPAT"].octets).profile == "csae53_2020"
        assert senders.decode("car", recorded["BSM"].octets).profile == PROFILES[0]

    def test_nobody_to_remember(self, recorded):
        senders = SenderProfiles()
        senders.decode(None, recorded["MAP"].octets)
        assert len(senders) == 0

    def test_a_sender_that_was_updated_is_learnt_anew(self, recorded):
        senders = SenderProfiles(patience=3)
        senders.decode("rsu", recorded["MAP"].octets)
        rng = Random(2)
        maps = []
        while len(maps) < 4:
            octets = encode(random_message(rng, "MAP", "ydt3709_2020"))
            if "csae53_2020" not in detect(octets).profiles and readable(octets, "csae53_2020") is None:
                maps.append(octets)
        for octets in maps[:3]:
            with pytest.raises(CodecError):
                senders.decode("rsu", octets)
        assert senders.decode("rsu", maps[3]).profile != "csae53_2020"

    def test_one_bad_frame_changes_nothing(self, recorded):
        senders = SenderProfiles()
        senders.decode("rsu", recorded["MAP"].octets)
        for _ in range(5):
            with pytest.raises(CodecError):
                senders.decode("rsu", b"\x10")
            senders.decode("rsu", recorded["RSI"].octets)
        assert senders.profiles_of("rsu") == ("csae53_2020",)

    def test_a_contradiction_is_refused(self, recorded):
        """Known to be of the second or the plain first stage, then a MAP of T/CSAE 53: not this sender's."""
        senders = SenderProfiles()
        rng = Random(7)
        while senders.profiles_of("rsu") != ("csae157_2020", "ydt3709_2020"):
            senders = SenderProfiles()
            senders.decode("rsu", encode(random_message(rng, "MAP", "ydt3709_2020")))
        with pytest.raises(CodecError, match="not of profile csae157_2020 or ydt3709_2020"):
            senders.decode("rsu", recorded["MAP"].octets)

    def test_memory_is_bounded_oldest_out(self, recorded):
        senders = SenderProfiles(limit=3)
        for number in range(3):
            senders.decode(number, recorded["MAP"].octets)
        senders.decode(0, recorded["MAP"].octets)
        senders.decode(3, recorded["MAP"].octets)
        assert len(senders) == 3
        assert senders.profiles_of(1) == PROFILES
        assert senders.profiles_of(0) == ("csae53_2020",)

    @pytest.mark.parametrize("settings", [{"limit": 0}, {"patience": 0}])
    def test_limits_are_positive(self, settings):
        with pytest.raises(ValueError, match="at least 1"):
            SenderProfiles(**settings)


def readable(octets: bytes, profile: str) -> Message | None:
    try:
        return decode(octets, profile=profile)
    except CodecError:
        return None


def test_how_sure_and_why(recorded):
    assert detect(recorded["MAP"].octets).confidence is Confidence.ONE
    assert "only csae53_2020 reads it" in detect(recorded["MAP"].octets).explanation
    assert detect(recorded["BSM"].octets).confidence is Confidence.ALIKE
    assert "same values" in detect(recorded["BSM"].octets).explanation
    none = detect(b"\x00\x20")
    assert none.confidence is Confidence.NONE
    assert "truncated" in none.explanation


def test_two_editions_that_remain_possible_are_explained():
    """Some random MAPs read in the other editions too; which values they would have is named."""
    rng = Random(3)
    found = (detect(encode(random_message(rng, "MAP", "csae53_2020"))) for _ in range(400))
    open_ones = [detection for detection in found if detection.confidence is Confidence.OPEN]
    assert open_ones
    for detection in open_ones:
        assert "csae53_2020" in detection.profiles
        assert "to different values" in detection.explanation
        assert "differs at" in detection.explanation
