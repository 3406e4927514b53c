"""Frames in batches: as one by one, waiting for certificates, learning them, choosing what to check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from v2x.certs import Signer, VerifiedPayload, Waiting, spdu
from v2x.certs.issue import IssueGroup
from v2x.certs.signer import Profile
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError
from v2x.objects import Trust

AT = 1_800_000_000.0
BSM = bytes.fromhex("0123456789abcdef") * 6


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


def test_a_spared_copy_of_a_checked_message_is_a_replay(world: Any) -> None:
    verifier, signer = world.verifier(pass_unchecked=True), world.signer()
    verifier.open_many(arrivals((signer.seal(BSM, 111, AT), AT)))
    octets = signer.seal(b"next", 111, AT + 0.1)
    frames = arrivals((octets, AT + 0.1), (octets, AT + 0.1))
    first, second = verifier.open_many(frames, lambda _: [True, False])
    assert brief(first[1]) == b"next"
    assert second[1].reason is Reason.REPLAY_REPLAYED  # type: ignore[union-attr]
