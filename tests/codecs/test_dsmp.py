"""DSMP units and the AID table, against the octets that the tests of YD/T 3708-2020 show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.codecs import KINDS, aids
from v2x.codecs.bits import P_ENCODED_MAX
from v2x.codecs.dsmp import DsmpFrame, DsmpSettings, p_encode
from v2x.errors import FrameError, Reason


def refused(data: bytes, **settings: int | None) -> FrameError:
    with pytest.raises(FrameError) as caught:
        DsmpFrame.parse(data, DsmpSettings(**settings))  # type: ignore[arg-type]
    return caught.value


def test_heads_of_bsm_and_map():
    assert DsmpFrame(aids.BSM, b"abc").render() == bytes.fromhex("04 00 6F 00 03") + b"abc"
    assert DsmpFrame(aids.MAP, b"abc").render() == bytes.fromhex("04 00 8D A2 00 03") + b"abc"
    assert DsmpFrame.parse(bytes.fromhex("04 00 8D A2 00 03 61 62 63")) == DsmpFrame(3618, b"abc")


@given(st.integers(0, P_ENCODED_MAX), st.binary(max_size=64))
def test_units_come_back(aid, payload):
    frame = DsmpFrame(aid, payload)
    assert DsmpFrame.parse(frame.render()) == frame


@pytest.mark.parametrize(
    ("octets", "reason", "detail", "octet"),
    [
        ("", Reason.FRAME_LENGTH, "no octets", 0),
        ("04", Reason.FRAME_LENGTH, "before its header", 1),
        ("0400", Reason.FRAME_LENGTH, "AID", 2),
        ("04008D", Reason.FRAME_LENGTH, "announces 2 octets, 1 are there", 2),
        ("04006F00", Reason.FRAME_LENGTH, "inside its Length", 3),
        ("04006F0002AA", Reason.FRAME_LENGTH, "Length says 2 octets of Data, 1 are there", 3),
        ("04006F0001AAAA", Reason.FRAME_LENGTH, "Length says 1 octets of Data, 2 are there", 3),
        ("04206F0001AA", Reason.FRAME_VERSION, "DSMP version 1", 1),
        ("04E06F0001AA", Reason.FRAME_VERSION, "DSMP version 7", 1),
        ("04106F0001AA", Reason.FRAME_EXTENSION, "Extension", 1),
        ("04016F0001AA", Reason.FRAME_RESERVED_BITS, "0001", 1),
        ("0400F00001AA", Reason.FRAME_UNKNOWN_AID, "lead octet 0xf0", 2),
        ("03006F0001AA", Reason.FRAME_VERSION, "ETSI", 0),
        ("05006F0001AA", Reason.FRAME_VERSION, "IPv4", 0),
        ("0060000000000000", Reason.FRAME_VERSION, "IPv6", 0),
        ("07006F0001AA", Reason.FRAME_VERSION, "reserved", 0),
        ("006F0001AA", Reason.FRAME_VERSION, "older trace", 0),
        ("008DA20001AA", Reason.FRAME_VERSION, "older trace", 0),
    ],
)
def test_what_is_no_unit(octets, reason, detail, octet):
    error = refused(bytes.fromhex(octets))
    assert error.reason is reason
    assert detail in error.detail
    assert error.bit == 8 * octet


def test_the_longest_unit():
    frame = DsmpFrame(aids.BSM, bytes(1395))
    assert len(frame.render()) == 1400
    assert DsmpFrame.parse(frame.render()) == frame
    longer = DsmpFrame(aids.BSM, bytes(1396))
    with pytest.raises(FrameError) as caught:
        longer.render()
    assert caught.value.reason is Reason.FRAME_TOO_LONG
    octets = longer.render(DsmpSettings(max_octets=2000))
    assert refused(octets).reason is Reason.FRAME_TOO_LONG
    assert DsmpFrame.parse(octets, DsmpSettings(max_octets=2000)) == longer
    with pytest.raises(FrameError):
        DsmpFrame(1, bytes(0x10000)).render(DsmpSettings(max_octets=1 << 20))


def test_a_radio_that_takes_the_adaptation_octet_away():
    bare = DsmpSettings(protocol_type=None)
    frame = DsmpFrame(aids.RSM, b"abc")
    assert frame.render(bare) == frame.render()[1:]
    assert DsmpFrame.parse(frame.render()[1:], bare) == frame


@pytest.mark.parametrize("aid", [-1, P_ENCODED_MAX + 1])
def test_an_aid_without_encoding_is_misuse(aid):
    with pytest.raises(ValueError, match="not in 0"):
        DsmpFrame(aid, b"")


class TestAids:
    def test_octets_and_layer2_ids_of_the_table(self):
        """The p-encoded AID and the destination as the configuration lists them."""
        listed = {
            "6F": 0x01, "70": 0x02, "71": 0x03, "72": 0x04, "8DA2": 0x06, "8DA3": 0x07, "8DA4": 0x08,
            "8DA5": 0x09, "8DA6": 0x0A, "8DA7": 0x0B, "8DAB": None, "8DAC": None, "8DAD": None,
        }  # fmt: skip
        table = {p_encode(aid).hex().upper(): entry.destination_l2 for aid, entry in aids.TABLE.items()}
        assert table == listed

    def test_messages_are_kinds(self):
        messages = {entry.message for entry in aids.TABLE.values()} - {None}
        assert messages == set(KINDS[:5])

    def test_every_priority_has_its_pppp(self):
        for entry in aids.TABLE.values():
            if entry.priority is not None:
                assert aids.pppp(entry.priority) == 8 - entry.priority // 32
        with pytest.raises(ValueError, match="no PPPP"):
            aids.pppp(1)

    def test_unknown_aids(self):
        assert aids.lookup(3618) == aids.require(3618)
        assert aids.lookup(3617) is None
        with pytest.raises(FrameError, match="after-market") as caught:
            aids.require(3617)
        assert caught.value.reason is Reason.FRAME_UNKNOWN_AID
        bench = {**aids.TABLE, 20: aids.AidEntry(20, "pedestrians, this bench", "PSM", None, None)}
        assert aids.require(20, bench).message == "PSM"
