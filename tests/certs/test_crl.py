"""Revocation lists: every kind made, signed and read back; who may sign which; every octet matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import Signer, TrustStore, sm2, spdu
from v2x.certs.crl import CRL_AID, Crl, open_crl
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl, seal_crl
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.certs.linkage import LinkageSeed, RevokedSeeds
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.errors import CodecError, CodecErrorKind, Reason, TrustError

AT = 1_800_000_000.0
DAY_S = 86400.0
IDS = [(bytes([one]) * 10, AT + DAY_S * one) for one in range(3)]

la_ids = st.binary(min_size=2, max_size=2)
seeds = st.builds(LinkageSeed, la_ids, st.binary(min_size=16, max_size=16))
entries = st.builds(
    RevokedSeeds,
    st.lists(seeds, min_size=1, max_size=2).map(tuple),
    st.integers(0, 65535),
    st.none() | st.integers(0, 255),
)


def crl_ssp(way: str, *series: int) -> bytes:
    return coer.encode("CrlSsp", {"version": 1, "associatedCraca": way, "crls": list(series)})


class Country:
    """A root that permits AID 3628, and signers of revocation lists below it."""

    def __init__(self) -> None:
        group = (IssueGroup((CRL_AID,), any_ssp=True), IssueGroup((111, 112), extra=1))
        span = {"starts_at": AT - DAY_S, "duration": ("years", 10)}
        self.root = issue(Template(**span, name="root", app=(3627, CRL_AID), issues=group), None)
        self.store = TrustStore([self.root.certificate])

    def signer(self, issuer: Holder | None = None, **changes: Any) -> Signer:
        fields = {"starts_at": AT - DAY_S, "duration": ("hours", 168), "app": (CRL_AID,), **changes}
        holder = issue(Template(**fields), issuer or self.root)
        return Signer(holder.certificate, holder.private_key, enforce=False)

    def root_signer(self) -> Signer:
        return Signer(self.root.certificate, self.root.private_key, enforce=False)

    def head(self, **changes: Any) -> CrlIssue:
        head = CrlIssue(self.root.certificate.hashed_id8, 3, AT - 60, AT + DAY_S)
        return replace(head, **changes)


@pytest.fixture(scope="module")
def country() -> Country:
    return Country()


def refused(country: Country, octets: bytes, at: float = AT) -> TrustError:
    with pytest.raises(TrustError) as caught:
        open_crl(octets, country.store, at)
    assert caught.value.detail
    return caught.value


def test_a_list_by_hash_comes_back(country: Country) -> None:
    signer = country.signer()
    for is_delta in (False, True):
        head = country.head(is_delta=is_delta, priority=9)
        crl = open_crl(seal_crl(hash_crl(head, 77, IDS), signer, AT), country.store, AT)
        assert (crl.is_delta, crl.craca, crl.series, crl.serial) == (is_delta, head.craca, 3, 77)
        assert (crl.issued_at, crl.next_at, crl.priority, crl.i_rev) == (AT - 60, AT + DAY_S, 9, None)
        assert crl.hashed == tuple(IDS)
        assert crl.signer == signer.certificate.hashed_id8
        assert "3 entries" in repr(crl)


def test_a_list_by_linkage_comes_back(country: Country) -> None:
    one, two = LinkageSeed(b"\0\1", bytes(16)), LinkageSeed(b"\0\2", bytes(range(16)))
    every = (
        RevokedSeeds((one, two), 500, 20),
        RevokedSeeds((one,), 500, 20),
        RevokedSeeds((two,), 501, 40),
        RevokedSeeds((two, one), 502, None),
        RevokedSeeds((one,), 503, None),
    )
    for is_delta in (False, True):
        contents = linked_crl(country.head(is_delta=is_delta), 365, 4, every)
        crl = open_crl(seal_crl(contents, country.root_signer(), AT), country.store, AT)
        assert crl.linked == every
        assert (crl.is_delta, crl.i_rev, crl.serial, crl.hashed) == (is_delta, 365, 4, ())


@given(st.lists(entries, max_size=6), st.integers(0, 65535), st.integers(0, 255), st.booleans())
def test_every_list_by_linkage_comes_back(
    revoked: list[RevokedSeeds], i_rev: int, index: int, is_delta: bool
) -> None:
    """Entries of like heads are put together, so their order may change."""
    crl = Crl.decode(linked_crl(CrlIssue(bytes(8), 1, AT, AT, is_delta), i_rev, index, revoked))
    assert sorted(map(key, crl.linked)) == sorted(map(key, revoked))
    assert (crl.i_rev, crl.serial, crl.is_delta, crl.signer) == (i_rev, index, is_delta, None)


def key(entry: RevokedSeeds) -> Any:
    j_max = -1 if entry.j_max is None else entry.j_max
    return [(seed.la_id, seed.octets) for seed in entry.seeds], entry.i_max, j_max


@given(
    st.lists(st.tuples(st.binary(min_size=10, max_size=10), st.integers(0, 2**32 - 1)), max_size=6),
    st.integers(0, 2**32 - 1),
    st.none() | st.integers(0, 255),
    st.sampled_from([0, 5]),
)
def test_every_list_by_hash_comes_back(
    rows: list[tuple[bytes, int]], serial: int, priority: int | None, leap: int
) -> None:
    ids = [(one, 1_072_915_200.0 - leap + ends) for one, ends in rows]
    head = CrlIssue(b"CRACA-id", 65535, AT, AT + 1, priority=priority, leap_seconds=leap)
    crl = Crl.decode(hash_crl(head, serial, ids), leap)
    assert crl.hashed == tuple(ids)
    assert (crl.serial, crl.priority, crl.issued_at, crl.craca) == (serial, priority, AT, b"CRACA-id")


def test_every_octet_matters(country: Country) -> None:
    one, two = LinkageSeed(b"\0\1", bytes(16)), LinkageSeed(b"\0\2", bytes(range(16)))
    revoked = [RevokedSeeds((one, two), 500, 20), RevokedSeeds((one,), 500, None)]
    signer = country.root_signer()
    for contents in (hash_crl(country.head(), 1, IDS), linked_crl(country.head(), 365, 0, revoked)):
        octets = seal_crl(contents, signer, AT)
        assert open_crl(octets, country.store, AT).octets == contents
        for place in range(len(octets)):
            damaged = bytearray(octets)
            damaged[place] ^= 1 << place % 8
            with pytest.raises((CodecError, TrustError)) as caught:
                open_crl(bytes(damaged), country.store, AT)
            assert caught.value.detail


@given(octets=st.binary(max_size=120))
def test_any_octets_are_a_list_or_an_error(country: Country, octets: bytes) -> None:
    with pytest.raises((CodecError, TrustError)):
        open_crl(octets, country.store, AT)
    with pytest.raises((CodecError, TrustError)):
        Crl.decode(octets)


@settings(max_examples=30)
@given(payload=st.binary(max_size=120))
def test_any_signed_octets_are_a_list_or_an_error(country: Country, payload: bytes) -> None:
    octets = seal_crl(payload, country.root_signer(), AT)
    with pytest.raises((CodecError, TrustError)):
        open_crl(octets, country.store, AT)


def test_what_is_no_revocation_list(country: Country) -> None:
    contents = hash_crl(country.head(), 1, IDS)
    assert refused(country, spdu.unsecured(contents)).reason is Reason.ENVELOPE_UNSUPPORTED
    other = country.root_signer().seal(contents, 3627, AT)
    assert refused(country, other).reason is Reason.ENVELOPE_AID_MISMATCH
    value = coer.decode("CrlContents", contents)
    value["typeSpecific"] = ("...", (7, b"new"))
    newer = seal_crl(coer.encode("CrlContents", value), country.root_signer(), AT)
    assert "unknown kind 7" in refused(country, newer).detail
    value = coer.decode("CrlContents", contents)
    with pytest.raises(CodecError) as caught:
        Crl.decode(b"\2" + value.octets[1:])
    assert caught.value.kind is CodecErrorKind.OUT_OF_RANGE


def test_dates(country: Country) -> None:
    signer = country.root_signer()
    tomorrow = hash_crl(country.head(issued_at=AT + DAY_S), 1, IDS)
    assert refused(country, seal_crl(tomorrow, signer, AT)).reason is Reason.TIME_FUTURE
    contents = hash_crl(country.head(), 1, IDS)
    assert refused(country, seal_crl(contents, signer, AT + 5)).reason is Reason.TIME_FUTURE
    backwards = hash_crl(country.head(next_at=AT - 61), 1, IDS)
    assert refused(country, seal_crl(backwards, signer, AT)).reason is Reason.ENVELOPE_MALFORMED
    overdue = open_crl(seal_crl(contents, signer, AT), country.store, AT + 400 * DAY_S)
    assert overdue.next_at < AT + 400 * DAY_S
    late = country.signer(starts_at=AT + 1)
    assert refused(country, seal_crl(contents, late, AT)).reason is Reason.SIGNER_CERTIFICATE_INVALID


def test_leap_seconds_move_all_dates(country: Country) -> None:
    head = country.head(leap_seconds=5)
    signed = spdu.to_be_signed(hash_crl(head, 1, IDS), CRL_AID, to_time64(AT, 5))
    held = country.root
    signature = sm2.sign(held.private_key, signed, held.certificate.sm3)
    octets = spdu.assemble(signed, ("certificate", [held.certificate.value]), signature)
    crl = open_crl(octets, country.store, AT, leap_seconds=5)
    assert (crl.issued_at, crl.hashed) == (AT - 60, tuple(IDS))


def test_who_may_sign(country: Country) -> None:
    contents = hash_crl(country.head(), 1, IDS)
    foreign = Country()
    unknown = seal_crl(contents, foreign.root_signer(), AT)
    assert refused(country, unknown).reason is Reason.SIGNER_CERTIFICATE_INVALID
    vehicle = country.signer(app=(111,))
    assert refused(country, seal_crl(contents, vehicle, AT)).reason is Reason.SIGNER_NOT_PERMITTED
    stray = hash_crl(country.head(craca=bytes(8)), 1, IDS)
    assert "crlCraca" in refused(country, seal_crl(stray, country.signer(), AT)).detail
    thief = country.signer()
    parsed = spdu.parse(seal_crl(contents, country.root_signer(), AT))
    assert isinstance(parsed, spdu.SignedMessage)
    whose = ("certificate", [thief.certificate.value])
    stolen = spdu.assemble(parsed.to_be_signed, whose, parsed.signature)
    assert refused(country, stolen).reason is Reason.SIGNATURE_BAD


@pytest.mark.parametrize(
    ("ssp", "own_craca", "word"),
    [
        (crl_ssp("issuerIsCraca", 3), False, None),
        (crl_ssp("issuerIsCraca", 1, 3), False, None),
        (crl_ssp("isCraca", 3), True, None),
        (None, True, None),
        (crl_ssp("issuerIsCraca", 3), True, "crlCraca"),
        (crl_ssp("isCraca", 3), False, "crlCraca"),
        (crl_ssp("issuerIsCraca", 2, 4), False, "series 3"),
        (crl_ssp("issuerIsCraca"), False, "series 3"),
        (b"\xff", False, "no CrlSsp"),
    ],
)
def test_the_ssp_says_what_a_signer_may(
    country: Country, ssp: bytes | None, own_craca: bool, word: str | None
) -> None:
    signer = country.signer(ssp={} if ssp is None else {CRL_AID: ssp})
    craca = signer.certificate if own_craca else country.root.certificate
    octets = seal_crl(hash_crl(country.head(craca=craca.hashed_id8), 1, IDS), signer, AT)
    if word is None:
        assert open_crl(octets, country.store, AT).signer == signer.certificate.hashed_id8
    else:
        error = refused(country, octets)
        assert error.reason is Reason.SIGNER_NOT_PERMITTED
        assert word in error.detail


def test_the_published_ssp_is_a_crl_ssp() -> None:
    """SSP of AID 3628 in the published certificate of tests/data/security.json."""
    found = coer.decode("CrlSsp", bytes.fromhex("00010001010000"))
    assert found == {"version": 1, "associatedCraca": "isCraca", "crls": [0]}


def test_a_signer_may_be_named_by_digest(country: Country) -> None:
    contents = hash_crl(country.head(), 1, IDS)
    held = country.root
    signed = spdu.to_be_signed(contents, CRL_AID, to_time64(AT))
    signature = sm2.sign(held.private_key, signed, held.certificate.sm3)
    octets = spdu.assemble(signed, ("digest", held.certificate.hashed_id8), signature)
    assert open_crl(octets, country.store, AT).hashed == tuple(IDS)
    assert refused(Country(), octets).reason is Reason.SIGNER_UNKNOWN


def test_a_sealed_list_always_has_the_whole_certificate(country: Country) -> None:
    contents, signer = hash_crl(country.head(), 1, IDS), country.signer()
    for _ in range(2):
        message = spdu.parse(seal_crl(contents, signer, AT))
        assert isinstance(message, spdu.SignedMessage)
        assert message.certificate is not None
        assert message.certificate.octets == signer.certificate.octets


def test_the_longest_list_is_read(country: Country) -> None:
    """65,536 entries, as coer.MAX_LIST and coer.MAX_OCTETS have it."""
    ids = [(one.to_bytes(10, "big"), AT) for one in range(65536)]
    octets = seal_crl(hash_crl(country.head(), 1, ids), country.root_signer(), AT)
    assert len(octets) < coer.MAX_OCTETS
    assert open_crl(octets, country.store, AT).hashed[-1] == ids[-1]
    with pytest.raises(CodecError):
        hash_crl(country.head(), 1, [*ids, ids[0]])
