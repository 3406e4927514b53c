"""The scapy layers: dissect, build, change, fuzz, show, captures; skipped where scapy is not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from v2x.codecs import KINDS, PROFILES, coer, decode, encode
from v2x.codecs.dsmp import DsmpFrame
from v2x.testing import random_message

pytest.importorskip("scapy", reason="scapy is not here: pip install 'v2x[scapy]'")

from scapy.packet import Padding, Raw, fuzz
from scapy.utils import rdpcap, wrpcap, wrpcapng

from v2x.codecs.scapy_layers import DSMP, MessageFrame, SecuredMessage
from v2x.errors import CodecError

ROOT = Path(__file__).resolve().parents[2]


def test_the_core_does_not_need_scapy():
    code = (
        "import sys; sys.modules['scapy'] = None; import v2x.cli; v2x.cli.build(); "
        "import v2x.codecs, v2x.codecs.explain, v2x.codecs.pcapng"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("profile", PROFILES)
def test_messages_are_dissected_and_built(profile):
    rng = Random(profile)
    for kind in KINDS if profile == "csae157_2020" else KINDS[:5]:
        message = random_message(rng, kind, profile)
        octets = encode(message)
        assert bytes(MessageFrame(profile=profile, kind=kind, body=message.body)) == octets
        dissected = MessageFrame(octets)
        assert bytes(dissected) == octets
        assert dissected.kind == kind
        assert dissected.message() == decode(octets)


def test_a_frame_on_the_air(recorded):
    octets = DsmpFrame(111, recorded["BSM"].octets).render()
    packet = DSMP(octets)
    assert (packet.protocol_type, packet.version, packet.aid, packet.length) == (4, 0, 111, 86)
    assert packet[MessageFrame].body["pos"]["lat"] == 399764645
    assert bytes(packet) == octets
    packet[MessageFrame].body["speed"] = 617  # a change deep inside is seen
    assert decode(bytes(packet)[5:]).body["speed"] == 617
    assert packet.summary() == "DSMP / BSM (csae157_2020)"


def test_a_capture_can_be_read_by_one_profile(recorded):
    from scapy.config import conf

    conf.contribs["v2x"] = {"profile": "ydt3709_2020"}
    try:
        assert MessageFrame(recorded["BSM"].octets).profile == "ydt3709_2020"
    finally:
        del conf.contribs["v2x"]


def test_show_names_every_field(recorded):
    text = DSMP(DsmpFrame(111, recorded["BSM"].octets).render()).show(dump=True)
    assert "pos.lat = 399764645  [39.9764645 deg]" in text
    assert "accelSet.vert = -127  [unavailable]" in text
    assert "111 (vehicle, periodic)" in text


def test_aids_and_lengths_are_filled_in():
    packet = DSMP(bytes(DSMP() / SecuredMessage(generation_time=5) / MessageFrame(kind="SPAT")))
    assert (packet.aid, packet[SecuredMessage].aid, packet[SecuredMessage].generation_time) == (3619, 3619, 5)
    assert packet.length == len(packet.payload)
    assert DSMP(bytes(DSMP() / MessageFrame(kind="PSM"))).aid == 111  # no AID is known for it
    assert DSMP(bytes(DSMP(aid=7, length=2) / MessageFrame())).length == 2  # or as one wants them


def test_a_body_that_was_not_given_can_be_changed():
    frame = MessageFrame(kind="BSM")
    frame.body["speed"] = 5
    assert MessageFrame(bytes(frame)).body["speed"] == 5
    assert MessageFrame(bytes(MessageFrame(kind="RSI"))).body["refPos"]["lat"] == 900000001


def test_a_signed_message_round_trips_and_can_be_forged(recorded):
    packet = DSMP() / SecuredMessage(generation_time=1) / MessageFrame(recorded["BSM"].octets)
    octets = bytes(packet)
    again = DSMP(octets)
    assert bytes(again) == octets
    assert again[SecuredMessage].signer == ("digest", bytes(8))
    assert "sm2Signature.rSig = " in again.show(dump=True)
    again[MessageFrame].body["msgCnt"] = 1
    again[SecuredMessage].generation_time = 2
    again.length = None
    forged = DSMP(bytes(again))
    assert forged[MessageFrame].body["msgCnt"] == 1
    assert forged[SecuredMessage].generation_time == 2
    assert forged[SecuredMessage].signature == again[SecuredMessage].signature


def test_secured_messages_of_other_forms_are_kept_whole():
    unsecured = coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("unsecuredData", b"abc")})
    packet = SecuredMessage(unsecured)
    assert (packet.content, bytes(packet.payload), bytes(packet)) == ("unsecuredData", b"abc", unsecured)
    cipher = ("sm4Ccm", {"nonce": bytes(12), "ccmCiphertext": b"abc"})
    encrypted = ("encryptedData", {"recipients": [("pskRecipInfo", bytes(8))], "ciphertext": cipher})
    octets = coer.encode("V2XSecData", {"protocolVersion": 3, "content": encrypted})
    assert bytes(SecuredMessage(octets)) == octets
    only_hash = {
        "hashId": "sm3",
        "tbsData": {"payload": {"extDataHash": ("sm3HashedData", bytes(32))}, "headerInfo": {"aid": 111}},
        "signer": ("self", None),
        "signature": ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)}),
    }
    octets = coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("signedData", only_hash)})
    assert bytes(SecuredMessage(octets)) == octets


def test_a_signed_message_with_certificate_and_headers_round_trips():
    certificate = json.loads((ROOT / "tests" / "data" / "security.json").read_text("utf-8"))
    octets = bytes.fromhex(certificate["trcla_certificate"]["hex"])
    message = {
        "hashId": "sm3",
        "tbsData": {
            "payload": {"data": {"protocolVersion": 3, "content": ("unsecuredData", b"xyz")}},
            "headerInfo": {"aid": 111, "expiryTime": 9, "generationTime": 8},
        },
        "signer": ("certificate", [coer.decode("Certificate", octets)]),
        "signature": ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)}),
    }
    sealed = coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("signedData", message)})
    packet = SecuredMessage(sealed)
    assert bytes(packet) == sealed
    assert packet.header == {"expiryTime": 9}
    assert "v2x.caict.ac.cn" in packet.show(dump=True)


@pytest.mark.parametrize("kind", KINDS)
def test_fuzzed_messages_are_allowed_and_differ(kind):
    packet = fuzz(DSMP(protocol_type=4, version=0, extension=0, reserved=0) / MessageFrame(kind=kind))
    built = {bytes(packet) for _ in range(8)}
    assert len(built) > 4
    for octets in built:
        assert DSMP(octets)[MessageFrame].kind == kind
    signed = fuzz(SecuredMessage() / MessageFrame(kind=kind))
    for _ in range(3):
        octets = bytes(signed)
        again = SecuredMessage(octets)
        assert bytes(again) == octets
        assert again[MessageFrame].kind == kind


def test_what_is_no_message_is_raw():
    packet = DSMP(b"\x04\0\x6f\0\x03abcd")
    assert (packet[Raw].load, packet[Padding].load) == (b"abc", b"d")
    assert bytes(packet) == b"\x04\0\x6f\0\x03abcd"
    rng = Random(1)
    for _ in range(300):
        octets = b"\x04\0\x6f" + rng.randbytes(rng.randint(2, 60))
        assert bytes(DSMP(octets)) == octets


def test_a_body_that_is_none_is_refused_with_its_path():
    with pytest.raises(CodecError, match="msgCnt: is missing"):
        bytes(MessageFrame(kind="BSM", body={}))
    with pytest.raises(ValueError, match="has no message"):
        bytes(MessageFrame(kind="CAM"))
    assert "{}" in MessageFrame(kind="BSM", body={}).show(dump=True)


@pytest.mark.parametrize("write", [wrpcap, wrpcapng])
def test_captures_are_of_link_type_147(tmp_path, write):
    from v2x.codecs.pcapng import open_capture

    packets = [DSMP() / MessageFrame(kind="BSM"), DSMP() / SecuredMessage() / MessageFrame(kind="MAP")]
    path = str(tmp_path / "capture")
    write(path, packets)
    with Path(path).open("rb") as stream:
        assert [(p.link_type, p.octets) for p in open_capture(stream)] == [(147, bytes(p)) for p in packets]
    read = rdpcap(path)
    assert [p[MessageFrame].kind for p in read] == ["BSM", "MAP"]
