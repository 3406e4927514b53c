"""Trust lists: made and read back, believed by their authority only, every octet of them matters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Certificate, sm2
from v2x.certs.issue import Holder, Template, issue
from v2x.certs.lists import DomainList, ListSettings, RootList
from v2x.codecs import coer
from v2x.errors import CodecError, Reason, TrustError

AT = 1_800_000_000.0
DAY_S = 86400.0
REAL = Certificate.decode(
    bytes.fromhex(
        json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())["trcla_certificate"][
            "hex"
        ]
    )
)
ANY_AID = ListSettings(aid=None)


@pytest.fixture(scope="module")
def authority() -> Holder:
    return self_signed(app=(3627,), name="list authority")


def self_signed(**changes: Any) -> Holder:
    fields = {"starts_at": AT - 86400.0, "duration": ("years", 10), **changes}
    return issue(Template(**fields), None)


def signing(authority: Holder) -> Any:
    return sm2.PrivateKey(authority.private_key, authority.certificate.sm3).sign


def roots(world: Any, authority: Holder, **changes: Any) -> RootList:
    fields = {"series": 7, "issued_at": AT, "next_at": AT + 30 * DAY_S, **changes}
    entries = [(world.root.certificate, "https://roots.example/list"), (REAL, None)]
    return RootList.make(entries, authority.certificate, signing(authority), **fields)


def domains(world: Any, authority: Holder, **changes: Any) -> DomainList:
    fields = {"series": 0, "issued_at": AT, "next_at": AT + DAY_S, **changes}
    chain = [world.pseudonyms.certificate, world.root.certificate]
    urls = "https://a.example/crl", "https://b.example/ma"
    entries = [(chain, urls[0], None), ([REAL], None, urls[1]), ([], None, None)]
    return DomainList.make(entries, authority.certificate, signing(authority), **fields)


def refused(found: RootList | DomainList, authority: Certificate, *args: Any, **kw: Any) -> TrustError:
    with pytest.raises(TrustError) as caught:
        found.verify(authority, *(args or (AT,)), **kw)
    assert caught.value.detail.startswith("trusted-")
    return caught.value


def test_a_root_list_comes_back(world: Any, authority: Holder) -> None:
    made = roots(world, authority)
    found = RootList.decode(made.octets)
    found.verify(authority.certificate, AT + 1, series=7)
    assert (found.series, found.issued_at, found.next_at) == (7, AT, AT + 30 * DAY_S)
    assert found.issuer_id8 == authority.certificate.hashed_id8
    assert [entry.ca_list_url for entry in found.entries] == ["https://roots.example/list", None]
    assert [entry.certificate().octets for entry in found.entries] == [
        world.root.certificate.octets,
        REAL.octets,
    ]
    assert repr(found) == "<RootList series 7, 2 entries>"


def test_a_domain_list_comes_back(world: Any, authority: Holder) -> None:
    found = DomainList.decode(domains(world, authority).octets)
    found.verify(authority.certificate, AT)
    first, second, third = found.entries
    assert [one.kind for one in first.certificates()] == ["authority", "root"]
    assert (first.crl_url, first.ma_url) == ("https://a.example/crl", None)
    assert (second.crl_url, second.ma_url) == (None, "https://b.example/ma")
    assert third.certificates() == ()


@given(
    series=st.integers(0, 65535),
    issued=st.integers(0, 2**31 - 6),
    lasts=st.integers(0, 2**31),
    urls=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=3),
    leap=st.sampled_from([0, 5]),
)
def test_every_made_list_comes_back(
    world: Any, authority: Holder, series: int, issued: int, lasts: int, urls: list[str | None], leap: int
) -> None:
    """Signed by a stand-in: forms are what is tried here."""
    start_at = 1_072_915_200.0 + issued
    issue = {"series": series, "issued_at": start_at, "next_at": start_at + lasts, "leap_seconds": leap}
    held = authority.certificate
    made = RootList.make([(REAL, url) for url in urls], held, lambda octets: sm2.sm3(octets) * 2, **issue)
    found = RootList.decode(made.octets, leap)
    assert (found.series, found.issued_at, found.next_at) == (series, start_at, start_at + lasts)
    assert [entry.ca_list_url for entry in found.entries] == urls
    chains = [([REAL] * number, url, None) for number, url in enumerate(urls)]
    pki = DomainList.make(chains, held, lambda octets: sm2.sm3(octets) * 2, **issue)
    assert [(len(entry.chain), entry.crl_url) for entry in DomainList.decode(pki.octets, leap).entries] == [
        (len(chain), url) for chain, url, _ in chains
    ]


@pytest.mark.parametrize("make", [roots, domains])
def test_every_octet_matters(world: Any, authority: Holder, make: Any) -> None:
    made = make(world, authority)
    for place in range(len(made.octets)):
        damaged = bytearray(made.octets)
        damaged[place] ^= 1 << place % 8
        with pytest.raises((CodecError, TrustError)) as caught:
            type(made).decode(bytes(damaged)).verify(authority.certificate, AT)
        assert caught.value.detail


@pytest.mark.parametrize("kind", [RootList, DomainList])
@given(octets=st.binary(max_size=80))
def test_any_octets_are_a_list_or_none(kind: Any, octets: bytes) -> None:
    with pytest.raises(CodecError):
        kind.decode(octets)


def test_the_published_authority_is_taken_as_one(world: Any) -> None:
    """Its list isn't public and its key is its own, so a list in its name fails only at the signature."""
    stranger = Holder(REAL, sm2.generate())
    made = roots(world, stranger)
    assert made.issuer_id8 == REAL.hashed_id8
    assert refused(made, REAL).reason is Reason.SIGNATURE_BAD


def test_why_a_list_is_refused(world: Any, authority: Holder) -> None:
    held, made = authority.certificate, roots(world, authority)
    other = self_signed(app=(3627,), name="another")
    assert refused(made, other.certificate).reason is Reason.SIGNER_UNKNOWN
    assert refused(made, held, AT, series=8).reason is Reason.ENVELOPE_UNSUPPORTED
    assert refused(made, held, AT - 2).reason is Reason.TIME_FUTURE
    made.verify(held, AT - 1)
    stale = refused(made, held, AT + 30 * DAY_S + 1)
    assert stale.reason is Reason.TIME_STALE
    assert "2027" in stale.detail
    made.verify(held, AT + 30 * DAY_S + 1, ListSettings(overdue_s=2.0))
    backwards = roots(world, authority, next_at=AT - 1)
    assert refused(backwards, held).reason is Reason.ENVELOPE_MALFORMED
    late = self_signed(app=(3627,), starts_at=AT + 1)
    assert refused(roots(world, late), late.certificate).reason is Reason.SIGNER_CERTIFICATE_INVALID
    over = self_signed(app=(3627,), duration=("seconds", 1))
    assert "expired" in refused(roots(world, over), over.certificate).detail
    powerless = self_signed(app=(3628,))
    assert refused(roots(world, powerless), powerless.certificate).reason is Reason.SIGNER_NOT_PERMITTED
    roots(world, powerless).verify(powerless.certificate, AT, ANY_AID)


def test_the_identity_of_the_signature_is_a_setting(world: Any, authority: Holder) -> None:
    held = authority.certificate
    plain = ListSettings(identity="default")
    made = RootList.make(
        [], held, sm2.PrivateKey(authority.private_key, plain.user_id(held)).sign,
        series=0, issued_at=AT, next_at=AT,
    )  # fmt: skip
    made.verify(held, AT, plain)
    assert refused(made, held).reason is Reason.SIGNATURE_BAD
    assert refused(roots(world, authority), held, AT, plain).reason is Reason.SIGNATURE_BAD


def test_other_forms_are_unsupported(world: Any, authority: Holder) -> None:
    made = roots(world, authority)
    for issuer in (("self", "sm3"), ("sha256AndDigest", bytes(8)), ("...", (9, b"x"))):
        foreign = replace(made, issuer=issuer)
        assert refused(foreign, authority.certificate).reason is Reason.ENVELOPE_HASH_ALGORITHM
    p256 = ("ecdsaNistP256Signature", {"rSig": ("x-only", bytes(32)), "sSig": bytes(32)})
    for signature in (p256, ("...", (9, b""))):
        error = refused(replace(made, signature=signature), authority.certificate)
        assert error.reason is Reason.ENVELOPE_UNSUPPORTED


def test_a_root_that_says_so_itself_must_prove_it(world: Any, authority: Holder) -> None:
    value = coer.decode("Certificate", authority.certificate.octets)
    value["signature"] = ("sm2Signature", {"rSig": bytes(31) + b"\1", "sSig": bytes(31) + b"\1"})
    fake = Holder(Certificate.decode(coer.encode("Certificate", value)), authority.private_key)
    assert refused(roots(world, fake), fake.certificate).reason is Reason.SIGNER_CERTIFICATE_INVALID


def test_unknown_extensions_of_certificates_survive(world: Any, authority: Holder) -> None:
    value = coer.decode("Certificate", world.root.certificate.octets)
    value["toBeSigned"]["..."] = (3, ((2, b"new"),))
    strange = coer.decode("Certificate", coer.encode("Certificate", value))
    made = RootList.make(
        [(Certificate.of(strange), None)], authority.certificate, signing(authority),
        series=0, issued_at=AT, next_at=AT,
    )  # fmt: skip
    found = RootList.decode(made.octets)
    found.verify(authority.certificate, AT)
    assert found.entries[0].value.octets == strange.octets
    assert found.entries[0].value["toBeSigned"]["..."] == (3, ((2, b"new"),))
