"""The signer keeps the vehicle profile: when the whole certificate goes along, what stands in the header."""

from __future__ import annotations

from typing import Any

import pytest

from v2x.certs import Signer, sm2, spdu
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
BSM = b"\x00" * 40


def signer_kind(octets: bytes) -> str:
    return str(coer.decode("V2XSecData", octets)["content"][1]["signer"][0])


def kinds(signer: Signer, *offsets_s: float) -> str:
    sent = (signer.seal(BSM, 111, AT + offset_s) for offset_s in offsets_s)
    return "".join("C" if signer_kind(octets) == "certificate" else "d" for octets in sent)


def test_the_whole_certificate_at_start_and_every_450_ms(world: Any) -> None:
    assert kinds(world.signer(), *(step / 10 for step in range(12))) == "CddddCddddCd"
    assert kinds(world.signer(), 0.0, 0.449, 0.450, 0.899, 0.900) == "CdCdC"
    assert kinds(world.signer(), 0.0, 100.0, 100.1) == "CCd"


def test_a_clock_that_goes_back_sends_it_again(world: Any) -> None:
    assert kinds(world.signer(), 10.0, 5.0, 5.1) == "CCd"


def test_the_whole_certificate_in_a_critical_event(world: Any) -> None:
    signer = world.signer()
    assert kinds(signer, 0.0, 0.1) == "Cd"
    for step in (2, 3, 4):
        assert signer_kind(signer.seal(BSM, 112, AT + step / 10, critical=True)) == "certificate"
    assert kinds(signer, 0.5, 0.8, 0.9) == "ddC"


def test_the_envelope_is_that_of_the_profile(world: Any) -> None:
    signer = world.signer()
    octets = signer.seal(BSM, 111, AT)
    value = coer.decode("V2XSecData", octets)
    assert coer.encode("V2XSecData", value) == octets
    signed = value["content"][1]
    assert signed["hashId"] == "sm3"
    assert signed["tbsData"]["headerInfo"] == {"aid": 111, "generationTime": to_time64(AT)}
    head = bytes.fromhex("038102") + bytes.fromhex("40038028") + BSM + bytes.fromhex("40016f")
    assert octets.startswith(head + to_time64(AT).to_bytes(8) + b"\x81\x01\x01\x80\x03\x00")
    assert octets[-66:-64] == b"\x84\x40"
    digest = signer.seal(BSM, 111, AT + 0.1)
    assert digest[-75:-66] == b"\x80" + signer.certificate.hashed_id8
    message = spdu.parse(digest)
    assert isinstance(message, spdu.SignedMessage)
    assert sm2.verify(
        signer.certificate.point, message.to_be_signed, message.signature, signer.certificate.sm3
    )


@pytest.mark.parametrize(("size", "overhead"), [(0, 93), (127, 93), (128, 94), (255, 94), (256, 95)])
def test_overhead(world: Any, size: int, overhead: int) -> None:
    signer = world.signer()
    assert len(signer.seal(bytes(size), 111, AT)) - size == overhead - 6 + len(signer.certificate.octets)
    assert len(signer.seal(bytes(size), 111, AT + 0.1)) - size == overhead


def test_no_valid_certificate_no_message(world: Any) -> None:
    holder = world.holder()
    signer = Signer(holder.certificate, holder.private_key)
    assert signer.seal(BSM, 111, AT)
    for at, aid, reason in (
        (AT - 4000, 111, Reason.SIGNER_CERTIFICATE_INVALID),
        (AT + 168 * 3600, 111, Reason.SIGNER_CERTIFICATE_INVALID),
        (AT, 3618, Reason.SIGNER_NOT_PERMITTED),
    ):
        with pytest.raises(TrustError) as caught:
            signer.seal(BSM, aid, at)
        assert caught.value.reason is reason


def test_key_and_certificate_belong_together(world: Any) -> None:
    holder, other = world.holder(), world.holder()
    with pytest.raises(ValueError, match="does not belong"):
        Signer(holder.certificate, other.private_key)


def test_secrets_do_not_show(world: Any) -> None:
    holder = world.holder()
    signer = Signer(holder.certificate, holder.private_key)
    assert holder.private_key.hex() not in repr(holder) + repr(signer) + repr(vars(signer))
    assert repr(holder.private_key) not in repr(holder) + repr(signer) + repr(vars(signer))
