"""Each gate of the verifier: its reason, its order, and that nothing gets round it."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from v2x.certs import Signer, TrustStore, VerifiedPayload, Verifier, VerifierSettings, spdu
from v2x.certs.issue import IssueGroup, Template, issue
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError
from v2x.objects import Trust

AT = 1_800_000_000.0
BSM = bytes.fromhex("0123456789abcdef") * 6
SIZE_OF_REST = 87  # of a message with a whole certificate, payload under 128 octets


def test_honest_frames_are_opened(world: Any) -> None:
    verifier, signer = world.verifier(), world.signer()
    for step, whole in enumerate((True, False, False, False, False, True)):
        at = AT + step / 10
        octets = signer.seal(BSM, 111, at)
        payload = verifier.open(DsmpFrame(111, octets), at + 0.02)
        assert payload.data == BSM
        assert (payload.aid, payload.trust) == (111, Trust.VERIFIED)
        assert payload.signer == signer.hashed_id8
        assert payload.generated_at == pytest.approx(at, abs=1e-6)
        certificate = len(signer.certificate.octets)
        assert len(octets) - len(BSM) == (SIZE_OF_REST + certificate if whole else 93)
    assert verifier.replay_count == 6


def test_roadside_units_too(world: Any) -> None:
    signer = world.signer(world.applications, app=(3618, 3619), name="unit")
    verifier = world.verifier()
    for aid in (3618, 3619):
        octets = signer.seal(bytes(900), aid, AT)
        assert verifier_opens(verifier, octets, aid).data == bytes(900)


def verifier_opens(verifier: Verifier, octets: bytes, aid: int = 111, at: float = AT) -> VerifiedPayload:
    return verifier.open(DsmpFrame(aid, octets), at)


@pytest.mark.parametrize(
    ("octets", "reason", "detail"),
    [
        (b"", Reason.ENVELOPE_MALFORMED, "no octets"),
        (b"\x03", Reason.ENVELOPE_MALFORMED, "truncated"),
        (b"\x03\x80", Reason.ENVELOPE_MALFORMED, "truncated"),
        (b"\x03\x80\x01\x00\x00", Reason.ENVELOPE_MALFORMED, "trailing"),
        (b"\x03\x99\x00", Reason.ENVELOPE_UNSUPPORTED, "content"),
        (b"\x03\x80\x02\x01\x02", Reason.ENVELOPE_UNSUPPORTED, "unsecured"),
        (b"\x03\x83\x02\x01\x02", Reason.ENVELOPE_UNSUPPORTED, "signedCertificateRequest"),
        (b"\x02\x81\x02", Reason.ENVELOPE_UNSUPPORTED, "older traces"),
        (b"\x00\x21\x37", Reason.ENVELOPE_UNSUPPORTED, "version 0"),
    ],
)
def test_envelopes_that_are_none(
    world: Any, refusal: Any, octets: bytes, reason: Reason, detail: str
) -> None:
    error = refusal(world.verifier(), octets)
    assert error.reason is reason
    assert detail in error.detail


def test_encrypted_messages_are_unsupported(world: Any, refusal: Any) -> None:
    value = {
        "protocolVersion": 3,
        "content": (
            "encryptedData",
            {
                "recipients": [("pskRecipInfo", bytes(8))],
                "ciphertext": ("sm4Ccm", {"nonce": bytes(12), "ccmCiphertext": bytes(20)}),
            },
        ),
    }
    error = refusal(world.verifier(), coer.encode("V2XSecData", value))
    assert error.reason is Reason.ENVELOPE_UNSUPPORTED
    assert "encryptedData" in error.detail


P256 = ("ecdsaNistP256Signature", {"rSig": ("x-only", bytes(32)), "sSig": bytes(32)})
NESTED = {"protocolVersion": 3, "content": ("signedCertificateRequest", b"")}


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"hashId": "sha256"}, Reason.ENVELOPE_HASH_ALGORITHM, "sha256"),
        ({"hashId": 77}, Reason.ENVELOPE_HASH_ALGORITHM, "77"),
        ({"signer": ("self", None)}, Reason.ENVELOPE_SIGNER_TYPE, "self"),
        ({"signer": ("x509", b"\x30\x00")}, Reason.ENVELOPE_SIGNER_TYPE, "x509"),
        ({"signer": ("certificate", [])}, Reason.ENVELOPE_SIGNER_TYPE, "0 certificates"),
        ({"signature": P256}, Reason.ENVELOPE_UNSUPPORTED, "ecdsaNistP256Signature"),
        ({"header": {"generationTime": None}}, Reason.ENVELOPE_UNSUPPORTED, "generationTime"),
        ({"header": {"aid": 112}}, Reason.ENVELOPE_AID_MISMATCH, "112"),
        ({"payload": {"data": NESTED}}, Reason.ENVELOPE_UNSUPPORTED, "signedCertificateRequest"),
        ({"payload": {"extDataHash": ("sm3HashedData", bytes(32))}}, Reason.ENVELOPE_UNSUPPORTED, "hash"),
        ({"payload": {"data": {**NESTED, "protocolVersion": 2}}}, Reason.ENVELOPE_UNSUPPORTED, "older"),
        ({"header": {"generationTime": 0}}, Reason.TIME_STALE, "s ago"),
        ({"header": {"generationTime": (1 << 64) - 1}}, Reason.TIME_FUTURE, "in the future"),
        ({"header": {"expiryTime": to_time64(AT - 0.5)}}, Reason.TIME_STALE, "expiryTime"),
    ],
)
def test_strange_parts(
    world: Any, refusal: Any, handmade: Any, changes: dict[str, Any], reason: Reason, detail: str
) -> None:
    error = refusal(world.verifier(), handmade(world.holder(), **changes))
    assert error.reason is reason
    assert detail in error.detail


def test_two_certificates_are_one_too_many(world: Any, refusal: Any, handmade: Any) -> None:
    holder = world.holder()
    two = ("certificate", [holder.certificate.value, world.pseudonyms.certificate.value])
    assert refusal(world.verifier(), handmade(holder, signer=two)).reason is Reason.ENVELOPE_SIGNER_TYPE


def test_other_header_fields_are_signed_and_ignored(world: Any, handmade: Any) -> None:
    header = {
        "expiryTime": to_time64(AT + 5),
        "generationLocation": {"latitude": 281000000, "longitude": 1129000000, "elevation": 4096},
        "p2pcdLearningRequest": bytes(3),
        "inlineP2pcdRequest": [bytes(3)],
        coer.UNKNOWN: (5, ((4, b"\x01"),)),
    }
    octets = handmade(world.holder(), header=header)
    assert verifier_opens(world.verifier(), octets).data == BSM


@pytest.mark.parametrize(
    ("offset_s", "reason"),
    [
        (-0.999, None),
        (-1.001, Reason.TIME_FUTURE),
        (0.999, None),
        (1.001, Reason.TIME_STALE),
        (3600.0, Reason.TIME_STALE),
        (float("nan"), Reason.TIME_STALE),
    ],
)
def test_freshness(world: Any, refusal: Any, offset_s: float, reason: Reason | None) -> None:
    octets = world.signer().seal(BSM, 111, AT)
    if reason is None:
        assert verifier_opens(world.verifier(), octets, at=AT + offset_s).data == BSM
    else:
        error = refusal(world.verifier(), octets, AT + offset_s)
        assert error.reason is reason
        assert error.signer is not None


def test_tolerance_and_leap_seconds_are_settings(world: Any, refusal: Any) -> None:
    octets = world.signer().seal(BSM, 111, AT)
    verifier = world.verifier(max_age_s=5.0, max_ahead_s=0.1)
    assert verifier_opens(verifier, octets, at=AT + 4.9).data == BSM
    assert refusal(verifier, octets, AT - 0.2).reason is Reason.TIME_FUTURE
    from v2x.certs import TrustSettings

    counting = Verifier(world.store(settings=TrustSettings(leap_seconds=5)))
    assert refusal(counting, octets).reason is Reason.TIME_STALE
    assert verifier_opens(counting, octets, at=AT - 5).generated_at == pytest.approx(AT - 5)


def test_replays_are_refused_in_every_dress(world: Any, refusal: Any) -> None:
    verifier, signer = world.verifier(), world.signer()
    first = signer.seal(BSM, 111, AT)
    verifier_opens(verifier, first)
    assert refusal(verifier, first).reason is Reason.REPLAY_REPLAYED
    value = coer.decode("V2XSecData", first)["content"][1]
    digest = ("digest", signer.certificate.hashed_id8)
    signature = value["signature"][1]["rSig"] + value["signature"][1]["sSig"]
    other_dress = spdu.assemble(value["tbsData"].octets, digest, signature)
    error = refusal(verifier, other_dress, AT + 0.5)
    assert error.reason is Reason.REPLAY_REPLAYED
    assert error.signer == signer.certificate.hashed_id8
    assert refusal(verifier, first, AT + 5).reason is Reason.TIME_STALE


def test_a_forged_frame_takes_no_slot(world: Any, refusal: Any) -> None:
    verifier, signer = world.verifier(), world.signer()
    honest = signer.seal(BSM, 111, AT)
    forged = honest[:-1] + bytes([honest[-1] ^ 1])
    assert refusal(verifier, forged).reason is Reason.SIGNATURE_BAD
    assert verifier.replay_count == 0
    assert verifier_opens(verifier, honest).data == BSM


def test_the_replay_window_is_bounded_and_fails_closed(world: Any, refusal: Any) -> None:
    verifier, signer = world.verifier(replay_limit=4), world.signer()
    frames = [signer.seal(BSM, 111, AT + step / 100) for step in range(8)]
    for octets in frames:
        verifier_opens(verifier, octets, at=AT + 0.1)
        assert verifier.replay_count <= 4
    assert all(refusal(verifier, octets, AT + 0.1).reason is Reason.REPLAY_REPLAYED for octets in frames)
    late = signer.seal(b"late", 111, AT)
    assert refusal(verifier, late, AT + 0.1).reason is Reason.REPLAY_REPLAYED
    later = signer.seal(BSM, 111, AT + 10)
    assert verifier_opens(verifier, later, at=AT + 10).data == BSM
    assert verifier.replay_count == 1


def test_digests_need_their_certificate_first(world: Any, refusal: Any) -> None:
    verifier, signer = world.verifier(), world.signer()
    first, second, third = (signer.seal(BSM, 111, AT + step / 10) for step in range(3))
    error = refusal(verifier, second, AT + 0.1)
    assert error.reason is Reason.SIGNER_UNKNOWN
    assert error.signer == signer.certificate.hashed_id8
    verifier_opens(verifier, first)
    assert verifier_opens(verifier, third, at=AT + 0.2).data == BSM


def test_expired_signers_are_counted_as_expired_with_digests_too(world: Any, refusal: Any) -> None:
    verifier = world.verifier()
    signer = world.signer(starts_at=AT - 90000, duration=("hours", 24))
    for step in range(4):
        error = refusal(verifier, signer.seal(BSM, 111, AT + step / 10), AT + step / 10)
        assert error.reason is Reason.SIGNER_CERTIFICATE_INVALID
        assert error.detail.startswith("expired")
        assert error.signer == signer.certificate.hashed_id8


def test_aids_that_the_certificate_lacks(world: Any, refusal: Any) -> None:
    verifier = world.verifier()
    error = refusal(verifier, world.signer().seal(BSM, 113, AT), aid=113)
    assert error.reason is Reason.SIGNER_NOT_PERMITTED
    assert "111, 112" in error.detail
    assert refusal(verifier, world.signer().seal(BSM, 3619, AT), aid=3619).reason is (
        Reason.SIGNER_NOT_PERMITTED
    )


def test_signatures_by_others(world: Any, refusal: Any) -> None:
    honest, other = world.signer(), world.holder()
    octets = honest.seal(BSM, 111, AT)
    value = coer.decode("V2XSecData", octets)["content"][1]
    signature = value["signature"][1]["rSig"] + value["signature"][1]["sSig"]
    dressed = spdu.assemble(value["tbsData"].octets, ("certificate", [other.certificate.value]), signature)
    error = refusal(world.verifier(), dressed)
    assert error.reason is Reason.SIGNATURE_BAD
    assert error.signer == other.certificate.hashed_id8


@pytest.mark.parametrize("whole", [True, False])
def test_every_octet_matters(world: Any, whole: bool) -> None:
    verifier, signer = world.verifier(), world.signer()
    first, second = signer.seal(BSM, 111, AT), signer.seal(BSM, 111, AT + 0.1)
    if not whole:
        verifier_opens(verifier, first)
    octets = first if whole else second
    at = AT + (0.0 if whole else 0.1)
    for place in range(len(octets)):
        for mask in (0x01, 0x80):
            damaged = octets[:place] + bytes([octets[place] ^ mask]) + octets[place + 1 :]
            with pytest.raises(TrustError) as caught:
                verifier.open(DsmpFrame(111, damaged), at)
            assert caught.value.detail
    assert verifier_opens(verifier, octets, at=at).data == BSM


def test_only_the_verifier_makes_verified_payloads(world: Any) -> None:
    with pytest.raises(TypeError, match="Verifier"):
        VerifiedPayload(BSM, 111, "00" * 8, AT, Trust.VERIFIED)
    payload = verifier_opens(world.verifier(), world.signer().seal(BSM, 111, AT))
    with pytest.raises(TypeError, match="Verifier"):
        dataclasses.replace(payload, data=b"other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        payload.data = b"other"  # type: ignore[misc]
    assert copy.copy(payload) == payload


def test_unsecured_payloads_only_where_the_bench_says_so(world: Any, refusal: Any) -> None:
    bench = world.verifier(accept_unsecured=True)
    for octets in (spdu.unsecured(BSM), BSM, b"\x03\x80", b"\x03\x81" + BSM):
        payload = verifier_opens(bench, octets)
        assert payload.trust is Trust.UNSIGNED
        assert payload.signer is payload.generated_at is None
        assert payload.data == (BSM if octets == spdu.unsecured(BSM) else octets)
        assert refusal(world.verifier(), octets).reason in (
            Reason.ENVELOPE_UNSUPPORTED,
            Reason.ENVELOPE_MALFORMED,
        )
    assert verifier_opens(bench, world.signer().seal(BSM, 111, AT)).trust is Trust.VERIFIED
    forged = world.signer().seal(BSM, 111, AT)[:-1] + b"\x00"
    assert refusal(bench, forged).reason in (Reason.SIGNATURE_BAD, Reason.REPLAY_REPLAYED)
    assert refusal(bench, b"").reason is Reason.ENVELOPE_MALFORMED


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(
    octets=st.one_of(
        st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: b"\x03\x81\x02" + rest)
    ),
    at=st.floats(allow_nan=True, allow_infinity=True),
)
def test_any_octets_are_refused_with_a_reason(world: Any, octets: bytes, at: float) -> None:
    with pytest.raises(TrustError):
        world.verifier().open(DsmpFrame(111, octets), at)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_damaged_messages_are_refused_with_a_reason(world: Any, data: st.DataObject) -> None:
    octets = world.signer().seal(BSM, 111, AT)
    damaged = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(octets)))]
    try:
        payload = world.verifier().open(DsmpFrame(111, bytes(damaged)), AT)
    except TrustError:
        return
    assert bytes(damaged) == octets
    assert payload.data == BSM


def test_an_ssp_can_be_asked_for(world: Any, refusal: Any) -> None:
    wanted = {111: ("opaque", [b"\x01"])}
    octets = world.signer().seal(BSM, 111, AT)
    assert verifier_opens(world.verifier(), octets).data == BSM
    error = refusal(world.verifier(required_ssp=wanted), octets)
    assert error.reason is Reason.SIGNER_NOT_PERMITTED
    assert "no SSP" in error.detail
    any_ssp = IssueGroup((111,), any_ssp=True)
    root = issue(Template(AT - 10, ("years", 1), issues=(replace(any_ssp, shortest=2),)), None)
    authority = world.holder(root, app=(), starts_at=AT - 9, issues=(any_ssp,))
    for ssp, good in ((b"\x01", True), (b"\x02", False)):
        holder = world.holder(authority, app=(111,), ssp={111: ssp}, starts_at=AT - 5)
        store = TrustStore([root.certificate], [authority.certificate])
        verifier = Verifier(store, VerifierSettings(required_ssp=wanted))
        octets = Signer(holder.certificate, holder.private_key).seal(BSM, 111, AT)
        if good:
            assert verifier_opens(verifier, octets).data == BSM
        else:
            assert "SSP opaque" in refusal(verifier, octets).detail
