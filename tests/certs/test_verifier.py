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
from v2x.certs.signer import Profile
from v2x.certs.waiting import Waiting
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


def arrivals(*frames: tuple[bytes, float]) -> list[tuple[DsmpFrame, float, object]]:
    """Frames with AID 111 and their reception, the number of each as its token."""
    return [(DsmpFrame(111, octets), at, number) for number, (octets, at) in enumerate(frames)]


def brief(verdict: object) -> object:
    """A verdict in a form that compares: the payload, or the reason with its detail."""
    if isinstance(verdict, TrustError):
        return verdict.reason, verdict.detail
    return verdict.data if isinstance(verdict, VerifiedPayload) else verdict


def finals(results: list[tuple[object, Any]]) -> dict[object, object]:
    """Token to the last word on it."""
    found = {token: brief(verdict) for token, verdict in results if not isinstance(verdict, Waiting)}
    tokens = [token for token, verdict in results if not isinstance(verdict, Waiting)]
    assert len(tokens) == len(found), "no token comes back twice"
    return found


def damaged(octets: bytes) -> bytes:
    return octets[:-1] + bytes([octets[-1] ^ 1])


def test_a_batch_ends_as_one_by_one_would(world: Any) -> None:
    honest, other = world.signer(), world.signer()
    expired = world.signer(starts_at=AT - 90000, duration=("hours", 24))
    first, second = honest.seal(BSM, 111, AT), honest.seal(BSM, 111, AT + 0.1)
    third = other.seal(BSM, 111, AT)
    frames = arrivals(
        (first, AT), (first, AT), (damaged(second), AT + 0.1), (second, AT + 0.1), (second, AT + 0.1),
        (b"\x03", AT), (damaged(third), AT), (third, AT), (third, AT), (expired.seal(BSM, 111, AT), AT),
        (first, AT + 5), (world.signer().seal(BSM, 113, AT), AT),
    )  # fmt: skip
    batch = world.verifier().open_many(frames)
    assert [token for token, _ in batch] == list(range(len(frames)))
    alone = world.verifier()
    for (token, verdict), (frame, at, _) in zip(batch, frames, strict=True):
        try:
            expected = brief(alone.open(frame, at))
        except TrustError as error:
            expected = brief(error)
        assert brief(verdict) == expected, token


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cut_into_batches_gives_the_same_verdicts(world: Any, pool: Any, data: st.DataObject) -> None:
    picks = data.draw(st.lists(st.integers(0, len(pool) - 1), max_size=24))
    frames = arrivals(*(pool[pick] for pick in picks))
    alone, many = world.verifier(), world.verifier()
    single = [result for frame in frames for result in alone.open_many([frame])]
    batched = []
    while frames:
        size = data.draw(st.integers(1, len(frames)))
        batched += many.open_many(frames[:size])
        frames = frames[size:]
    single += alone.expire(float("inf"))
    batched += many.expire(float("inf"))
    assert finals(single) == finals(batched)
    assert alone.waiting_count == many.waiting_count == 0
    assert alone.replay_count == many.replay_count


@pytest.fixture(scope="module")
def pool(world: Any) -> list[tuple[bytes, float]]:
    """Frames of all kinds at one instant: whole and by digest, of good and bad signers, copies, forgeries."""
    made: list[bytes] = []
    for changes in ({}, {}, {"countries": (840,)}, {"app": (112,)}):
        signer = world.signer(**changes)
        whole, digest = signer.seal(b"whole", 111, AT), signer.seal(b"digest", 111, AT + 0.1)
        value = coer.decode("V2XSecData", whole)["content"][1]
        raw = value["signature"][1]["rSig"] + value["signature"][1]["sSig"]
        dressed = spdu.assemble(value["tbsData"].octets, ("digest", signer.certificate.hashed_id8), raw)
        made += [whole, digest, damaged(whole), damaged(digest), dressed]
    return [(octets, AT + 0.1) for octets in made]


def test_unknown_signers_wait_for_their_certificate(world: Any) -> None:
    verifier, signer, stranger = world.verifier(), world.signer(), world.signer()
    whole = signer.seal(BSM, 111, AT)
    early, later = signer.seal(b"early", 111, AT + 0.1), signer.seal(b"later", 111, AT + 0.2)
    stranger.seal(BSM, 111, AT)
    unheard = stranger.seal(BSM, 111, AT + 0.1)
    results = verifier.open_many(arrivals((early, AT + 0.1), (unheard, AT + 0.1), (later, AT + 0.2)))
    assert [brief(verdict) for _, verdict in results] == [
        Waiting(signer.hashed_id8), Waiting(stranger.hashed_id8), Waiting(signer.hashed_id8)
    ]  # fmt: skip
    assert verifier.waiting_count == 3
    assert verifier.expire(AT + 0.69) == []
    results = verifier.open_many([(DsmpFrame(111, whole), AT + 0.5, "whole")])
    assert [(token, brief(verdict)) for token, verdict in results] == [
        ("whole", BSM), (0, b"early"), (2, b"later")
    ]  # fmt: skip
    ((token, verdict),) = verifier.expire(AT + 0.7)
    assert (token, verdict.reason, verdict.signer) == (  # type: ignore[union-attr]
        1, Reason.SIGNER_UNKNOWN, stranger.certificate.hashed_id8
    )  # fmt: skip
    assert verifier.waiting_count == 0


def test_what_waited_is_no_easier_to_replay(world: Any) -> None:
    verifier, signer = world.verifier(), world.signer()
    whole, digest = signer.seal(BSM, 111, AT), signer.seal(b"digest", 111, AT + 0.1)
    verifier.open_many(arrivals((digest, AT + 0.1), (digest, AT + 0.1), (damaged(digest), AT + 0.1)))
    found = finals(verifier.open_many([(DsmpFrame(111, whole), AT + 0.5, "whole")]))
    assert found[0] == b"digest"
    assert [found[token][0] for token in (1, 2)] == [Reason.REPLAY_REPLAYED] * 2  # type: ignore[index]
    for at in (AT + 0.5, AT + 1.05, AT + 1.1):
        ((_, verdict),) = verifier.open_many(arrivals((digest, at)))
        assert verdict.reason is Reason.REPLAY_REPLAYED, at  # type: ignore[union-attr]


def test_a_refused_certificate_ends_the_waiting_too(world: Any) -> None:
    verifier, signer = world.verifier(), world.signer(countries=(840,))
    whole, digest = signer.seal(BSM, 111, AT), signer.seal(BSM, 111, AT + 0.1)
    verifier.open_many(arrivals((digest, AT + 0.1)))
    results = verifier.open_many([(DsmpFrame(111, whole), AT + 0.2, "whole")])
    assert [(token, verdict.reason) for token, verdict in results] == [  # type: ignore[union-attr]
        ("whole", Reason.SIGNER_REGION), (0, Reason.SIGNER_REGION)
    ]  # fmt: skip


def test_waiting_can_be_off_and_is_bounded(world: Any) -> None:
    signer = world.signer()
    signer.seal(BSM, 111, AT)
    frames = arrivals(*((signer.seal(BSM, 111, AT + step / 100), AT + 0.1) for step in range(1, 6)))
    off = world.verifier(wait_s=0.0).open_many(frames)
    assert {verdict.reason for _, verdict in off} == {Reason.SIGNER_UNKNOWN}  # type: ignore[union-attr]
    small = world.verifier(waiting_limit=3, waiting_per_signer=2)
    results = small.open_many(frames)
    assert small.waiting_count == 2
    shed = [
        token for token, one in results if isinstance(one, TrustError) and one.reason is Reason.QUEUE_SHED
    ]
    assert shed == [0, 1, 2]
    assert finals(results + small.expire(AT + 9)).keys() == {0, 1, 2, 3, 4}


def test_a_flood_of_digests_leaves_those_who_wait_in_peace(world: Any) -> None:
    verifier, signer = world.verifier(waiting_limit=64), world.signer()
    whole, digest = signer.seal(BSM, 111, AT), signer.seal(b"digest", 111, AT + 0.1)
    raw = bytes(64)
    signed = coer.decode("V2XSecData", digest)["content"][1]["tbsData"].octets
    verifier.open_many([(DsmpFrame(111, digest), AT + 0.1, "honest")])
    flood = [(spdu.assemble(signed, ("digest", number.to_bytes(8)), raw), AT + 0.1) for number in range(500)]
    verifier.open_many(arrivals(*flood))
    assert verifier.waiting_count == 64
    found = finals(verifier.open_many([(DsmpFrame(111, whole), AT + 0.4, "whole")]))
    assert found == {"whole": BSM, "honest": b"digest"}


COURIER = Profile("courier", 0.45, fields=frozenset({"requestedCertificate"}))


def test_certificates_that_are_handed_on_are_learnt(world: Any) -> None:
    authority = world.holder(world.root, app=(), issues=(IssueGroup((111, 112)),))
    unknown, absent = world.signer(authority), world.signer()
    whole = unknown.seal(BSM, 111, AT)
    absent.seal(BSM, 111, AT)
    digest = absent.seal(b"absent", 111, AT + 0.1)
    holder = world.holder()
    courier = Signer(holder.certificate, holder.private_key, profile=COURIER)
    verifier = world.verifier()
    results = verifier.open_many(arrivals((whole, AT), (digest, AT + 0.1)))
    assert "unknown issuer" in brief(results[0][1])[1]  # type: ignore[index]
    assert verifier.store.wanted() == (
        authority.certificate.hashed_id8[-3:],
        absent.certificate.hashed_id8[-3:],
    )
    forged = damaged(courier.seal(BSM, 111, AT, fields={"requestedCertificate": authority.certificate.value}))
    verifier.open_many(arrivals((forged, AT)))
    assert verifier.store.learnt_count == 0, "only an accepted message teaches"
    hands = [authority.certificate.value, absent.certificate.value]
    sealed = [
        courier.seal(BSM, 111, AT + 0.2 + n / 10, fields={"requestedCertificate": hands[n]}) for n in (0, 1)
    ]
    results = verifier.open_many([(DsmpFrame(111, octets), AT + 0.3, octets) for octets in sealed])
    assert finals(results) == {sealed[0]: BSM, sealed[1]: BSM, 1: b"absent"}
    assert verifier.store.learnt_count == 1
    assert verifier.store.wanted() == ()
    assert brief(verifier.open_many(arrivals((whole, AT + 0.3)))[0][1]) == BSM


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


def test_a_choice_spares_signatures_and_nothing_of_it_is_remembered(world: Any) -> None:
    signers = [world.signer() for _ in range(4)]
    known = [signer.seal(BSM, 111, AT) for signer in signers[:3]]
    frames = arrivals(*((signer.seal(b"next", 111, AT + 0.1), AT + 0.1) for signer in signers))
    for unchecked in (False, True):
        verifier = world.verifier(pass_unchecked=unchecked)
        verifier.open_many(arrivals(*((octets, AT) for octets in known)))
        asked: list[list[bool]] = []

        def choose(candidates: Any, asked: list[list[bool]] = asked) -> list[bool]:
            asked.append([one.signer is None for one in candidates])
            return [number == 1 for number in range(len(candidates))]

        results = verifier.open_many(frames, choose)
        assert asked == [[False, False, False, True]]
        trusts = [one.trust if isinstance(one, VerifiedPayload) else one.reason for _, one in results]  # type: ignore[union-attr]
        spared = Trust.UNCHECKED if unchecked else Reason.QUEUE_SHED
        assert trusts == [spared, Trust.VERIFIED, spared, Reason.QUEUE_SHED]
        assert verifier.replay_count == 4
        assert verifier.store.known_count == 3, "no certificate of a spared newcomer is judged"
        again = verifier.open_many(frames)
        assert [brief(one) for _, one in again][:1] == [b"next"], "a spared message can still be verified"
        ((_, spared_copy),) = verifier.open_many(frames[:1], lambda _: [False])
        assert spared_copy.reason is Reason.REPLAY_REPLAYED  # type: ignore[union-attr]
