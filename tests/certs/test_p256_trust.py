"""Certificates and messages of P-256 signers: chains of one kind, mixed chains, and what does not fit."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from v2x.certs import Certificate, Signer, TrustSettings, TrustStore, Verifier, p256, sm2
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
BSM = bytes(47)


def refused(store: TrustStore, certificate: Certificate) -> TrustError:
    with pytest.raises(TrustError) as caught:
        store.find_certificate(certificate.value, AT)
    return caught.value


def damaged(octets: bytes) -> bytes:
    return octets[:-1] + bytes([octets[-1] ^ 1])


P256 = "p256"


def p256_holder(issuer: Holder | None, *, algorithm: str = P256, **fields: Any) -> Holder:
    """A certificate with a key of P-256 (or SM2), signed by an issuer of either kind, or by itself."""
    template = Template(AT - 3600, ("hours", 168), **fields)
    private = p256.generate() if algorithm == P256 else sm2.generate()
    made = p256 if algorithm == P256 else sm2
    point = made.compress(made.public_point(private))
    value = coer.decode("Certificate", issue(template, None).certificate.octets)
    curve = "ecdsaNistP256" if algorithm == P256 else "ecsigSm2"
    form = "compressed-y-0" if point[0] == 2 else "compressed-y-1"
    value["toBeSigned"]["verifyKeyIndicator"] = ("verificationKey", (curve, (form, point[1:])))
    signed_by = P256 if issuer is None else issuer.certificate.algorithm
    kind = {P256: "sha256AndDigest", "sm2": "sm3AndDigest"}[signed_by]
    value["issuer"] = ("self", "sha256") if issuer is None else (kind, issuer.certificate.hashed_id8)
    signed = coer.encode("ToBeSignedCertificate", value["toBeSigned"])
    key = private if issuer is None else issuer.private_key
    if signed_by == P256:
        digest = p256.SELF_SIGNED if issuer is None else issuer.certificate.digest
        signature = p256.PrivateKey(key, digest).sign(signed)
        parts = {"rSig": ("x-only", signature[:32]), "sSig": signature[32:]}
        value["signature"] = ("ecdsaNistP256Signature", parts)
    else:
        assert issuer is not None
        signature = sm2.sign(key, signed, issuer.certificate.digest)
        value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    return Holder(Certificate.decode(coer.encode("Certificate", value)), private)


def test_p256_from_the_root_down() -> None:
    root = p256_holder(None, issues=(IssueGroup((111,), shortest=2),))
    authority = p256_holder(root, issues=(IssueGroup((111,)),))
    vehicle = p256_holder(authority, app=(111,)).certificate
    assert (vehicle.algorithm, vehicle.digest) == (P256, hashlib.sha256(vehicle.octets).digest())
    assert vehicle.sm3 == sm2.sm3(vehicle.octets)
    store = TrustStore([root.certificate], [authority.certificate])
    assert store.find_certificate(vehicle.value, AT)
    assert store.find_digest(hashlib.sha256(vehicle.octets).digest()[-8:], AT)
    forged = Certificate.decode(damaged(vehicle.octets))
    assert "signature" in refused(store, forged).detail
    only_sm2 = TrustStore(
        [root.certificate], [authority.certificate], settings=TrustSettings(algorithms=("sm2",))
    )
    assert refused(only_sm2, vehicle).detail.startswith("algorithm: a key of p256")


def test_chains_may_change_their_algorithm(world: Any) -> None:
    authority = p256_holder(world.root, issues=(IssueGroup((111,)),))
    assert (authority.certificate.signed_by, authority.certificate.algorithm) == ("sm2", P256)
    vehicle = p256_holder(authority, algorithm="sm2", app=(111,)).certificate
    store = TrustStore([world.root.certificate], [authority.certificate])
    assert store.find_certificate(vehicle.value, AT).certificate.signed_by == P256


def test_a_key_off_the_curve_is_refused() -> None:
    root = p256_holder(None, issues=(IssueGroup((111,)),))
    value = coer.decode("Certificate", root.certificate.octets)
    bad = ("verificationKey", ("ecdsaNistP256", ("uncompressed", {"x": bytes(32), "y": bytes(32)})))
    value["toBeSigned"]["verifyKeyIndicator"] = bad
    with pytest.raises(TrustError, match="curve"):
        Certificate.decode(coer.encode("Certificate", value))


def test_their_messages(refusal: Any) -> None:
    root = p256_holder(None, issues=(IssueGroup((111,)),))
    holder = p256_holder(root, app=(111,))
    signer = Signer(holder.certificate, holder.private_key)
    octets = [signer.seal(BSM, 111, AT + step / 10) for step in range(3)]
    assert [one[2] for one in octets] == [0, 0, 0], "hash algorithm sha256"
    verifier = Verifier(TrustStore([root.certificate]))
    frames = [(DsmpFrame(111, one), AT + 0.2, None) for one in (*octets, damaged(octets[2]))]
    results = [verdict for _, verdict in verifier.open_many(frames)]
    assert [one.data for one in results[:3]] == [BSM] * 3  # type: ignore[union-attr]
    assert results[3].reason is Reason.REPLAY_REPLAYED  # type: ignore[union-attr]
    fresh = Verifier(TrustStore([root.certificate]))
    assert refusal(fresh, damaged(octets[0])).reason is Reason.SIGNATURE_BAD


def test_hash_and_signature_must_be_of_the_signers_kind(refusal: Any) -> None:
    root = p256_holder(None, issues=(IssueGroup((111,)),))
    holder = p256_holder(root, app=(111,))
    value = coer.decode("V2XSecData", Signer(holder.certificate, holder.private_key).seal(BSM, 111, AT))
    signed = value["content"][1]
    verifier = Verifier(TrustStore([root.certificate]))
    signed["hashId"] = "sm3"
    assert refusal(verifier, coer.encode("V2XSecData", value)).reason is Reason.ENVELOPE_UNSUPPORTED
    signed["signature"] = ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)})
    assert refusal(verifier, coer.encode("V2XSecData", value)).reason is Reason.SIGNATURE_BAD
    signed["hashId"] = "sha256"
    assert refusal(verifier, coer.encode("V2XSecData", value)).reason is Reason.ENVELOPE_HASH_ALGORITHM


def test_an_sm2_signature_in_the_dress_of_p256_is_none(world: Any, refusal: Any) -> None:
    value = coer.decode("V2XSecData", world.signer().seal(BSM, 111, AT))
    signed = value["content"][1]
    raw = signed["signature"][1]
    signed["hashId"] = "sha256"
    signed["signature"] = ("ecdsaNistP256Signature", {"rSig": ("x-only", raw["rSig"]), "sSig": raw["sSig"]})
    assert refusal(world.verifier(), coer.encode("V2XSecData", value)).reason is Reason.SIGNATURE_BAD


def test_an_issuer_must_have_a_key_of_the_kind_that_signed(world: Any) -> None:
    authority = p256_holder(world.root, issues=(IssueGroup((111,)),))
    value = coer.decode("Certificate", world.holder(app=(111,)).certificate.octets)
    value["issuer"] = ("sm3AndDigest", authority.certificate.hashed_id8)
    odd = Certificate.decode(coer.encode("Certificate", value))
    store = TrustStore([world.root.certificate], [authority.certificate])
    assert refused(store, odd).detail == "chain: a signature of sm2 under a key of p256"
