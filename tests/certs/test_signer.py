"""The signer keeps the vehicle profile: when the whole certificate goes along, what stands in the header."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Certificate, Signer, p256, sm2, spdu
from v2x.certs.signer import ROADSIDE, VEHICLE, Profile
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
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


@given(st.lists(st.tuples(st.integers(0, 700), st.booleans()), min_size=1, max_size=30))
def test_who_hears_450_ms_of_a_signer_has_its_certificate(world: Any, steps: list[tuple[int, bool]]) -> None:
    """Whatever the rhythm: whole at first, in an event, and else exactly when 450 ms have passed."""
    holder = world.holder()
    signer = Signer(holder.certificate, holder.private_key)
    signer._key = Constant(signer._key.point)
    now_ms, whole_ms = 0, None
    for pause_ms, critical in steps:
        now_ms += pause_ms
        kind = signer_kind(signer.seal(BSM, 111, AT + now_ms / 1000, critical=critical))
        due = whole_ms is None or now_ms - whole_ms >= 450
        assert kind == ("certificate" if critical or due else "digest")
        if kind == "certificate":
            whole_ms = now_ms


class Constant:
    """A key that doesn't sign: where only the form of messages is of interest."""

    def __init__(self, point: bytes) -> None:
        self.point = point

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


def test_introduced_anew_it_shows_its_certificate(world: Any) -> None:
    signer = world.signer()
    assert kinds(signer, 0.0, 0.1) == "Cd"
    signer.introduce()
    assert kinds(signer, 0.2, 0.3) == "Cd"


def test_a_road_side_unit_has_the_interval_only(world: Any) -> None:
    holder = world.holder()
    signer = Signer(holder.certificate, holder.private_key, profile=ROADSIDE)
    sent = [signer_kind(signer.seal(BSM, 111, AT + k / 10, critical=True)) for k in range(7)]
    assert [kind == "certificate" for kind in sent] == [True, False, False, False, False, True, False]


def test_other_profiles_write_what_they_say(world: Any) -> None:
    holder = world.holder()
    wanted = Profile(
        "bench", 0.0, lifetime_s=2.5, fields=frozenset({"inlineP2pcdRequest", "pduFunctionalType"})
    )
    signer = Signer(holder.certificate, holder.private_key, profile=wanted)
    fields = {"inlineP2pcdRequest": [b"abc"], "pduFunctionalType": 7}
    for k in range(3):
        octets = signer.seal(BSM, 112, AT + k / 1000, fields=fields)
        assert signer_kind(octets) == "certificate"
    header = coer.decode("V2XSecData", octets)["content"][1]["tbsData"]["headerInfo"]
    time = to_time64(AT + 0.002)
    assert header == {"aid": 112, "generationTime": time, "expiryTime": time + 2_500_000, **fields}
    assert world.verifier().open(DsmpFrame(112, octets), AT).data == BSM
    for field in ("inlineP2pcdRequest", "generationLocation", "aid", "noSuchField"):
        with pytest.raises(ValueError, match=f"vehicle profile leaves out {field}"):
            world.signer().seal(BSM, 111, AT, fields={field: 1})


def test_a_profile_that_makes_no_sense_is_refused() -> None:
    assert not VEHICLE.fields
    for wrong in ({"certificate_interval_s": -1.0}, {"lifetime_s": 0.0}, {"fields": frozenset({"aid"})}):
        with pytest.raises(ValueError):
            Profile(**({"name": "odd", "certificate_interval_s": 1.0} | wrong))


def test_a_signing_key_of_elsewhere_must_fit(world: Any) -> None:
    holder, other = world.holder(), world.holder()
    right = sm2.PrivateKey(holder.private_key, holder.certificate.digest)
    octets = Signer(holder.certificate, right).seal(BSM, 111, AT)
    assert world.verifier().open(DsmpFrame(111, octets), AT).data == BSM
    with pytest.raises(ValueError, match="does not belong"):
        Signer(holder.certificate, sm2.PrivateKey(other.private_key, holder.certificate.digest))
    for wrong_id in (sm2.DEFAULT_ID, other.certificate.digest):
        with pytest.raises(ValueError, match="another ID"):
            Signer(holder.certificate, sm2.PrivateKey(holder.private_key, wrong_id))


def test_a_p256_certificate_signs_with_its_own_algorithm(world: Any) -> None:
    """An authority certifies the point, wherever the key is; the message says sha256 and ecdsaNistP256."""
    private, holder = p256.generate(), world.holder()
    point = p256.compress(p256.public_point(private))
    value = dict(holder.certificate.value)
    form = f"compressed-y-{point[0] - 2}"
    key = ("verificationKey", ("ecdsaNistP256", (form, point[1:])))
    value["toBeSigned"] = {**value["toBeSigned"], "verifyKeyIndicator": key}
    octets = coer.encode("ToBeSignedCertificate", value["toBeSigned"])
    issuer = world.pseudonyms
    signature = sm2.sign(issuer.private_key, octets, issuer.certificate.digest)
    value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    certificate = Certificate.decode(coer.encode("Certificate", value))
    for own in (private, p256.PrivateKey(private, certificate.digest)):
        octets = Signer(certificate, own).seal(BSM, 111, AT)
        signed = coer.decode("V2XSecData", octets)["content"][1]
        assert (signed["hashId"], signed["signature"][0]) == ("sha256", "ecdsaNistP256Signature")
        assert world.verifier().open(DsmpFrame(111, octets), AT).data == BSM
    with pytest.raises(ValueError, match="another ID"):
        Signer(certificate, p256.PrivateKey(private, bytes(32)))
    with pytest.raises(ValueError, match="does not belong"):
        Signer(certificate, holder.private_key)


def test_key_and_certificate_belong_together(world: Any) -> None:
    holder, other = world.holder(), world.holder()
    with pytest.raises(ValueError, match="does not belong"):
        Signer(holder.certificate, other.private_key)


def test_secrets_do_not_show(world: Any) -> None:
    holder = world.holder()
    signer = Signer(holder.certificate, holder.private_key)
    assert holder.private_key.hex() not in repr(holder) + repr(signer) + repr(vars(signer))
    assert repr(holder.private_key) not in repr(holder) + repr(signer) + repr(vars(signer))
