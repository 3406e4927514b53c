"""Certificate revocation lists: a signed message with AID 3628 whose payload is a CrlContents.

    CrlContents { version 1, crlSeries, crlCraca HashedId8, issueDate, nextCrl, priority?, typeSpecific }
    typeSpecific  fullHashCrl | deltaHashCrl      { crlSerial, { HashedId10, expiry }* }
                  fullLinkedCrl | deltaLinkedCrl  { iRev, indexWithinI, individual?, groups?, single seeds? }
    individual    jMax { la1Id, la2Id { iMax { seed1, seed2 }*, single seeds? }* }*

:func:`open_crl` is the only way to a list that :class:`v2x.certs.revocation.Revocations` takes.  It believes
a list whose signer the trust store believes (at its generationTime, as of any message) and permits AID 3628,
and who is the crlCraca or was issued by it.  The SSP of AID 3628 is a CrlSsp in COER (so in the published
certificate of a list authority): it says which of the two, and which series.

Source: YD/T 3957-2021 (types by one public transcription); the meaning of crlCraca, CrlSsp, full and delta as
in IEEE 1609.2 (inferred).  Without an SSP both ways to the crlCraca are taken, and any series.  A list that
is overdue is still opened, and an expiryTime of the message is not judged: what was revoked stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from v2x.certs import spdu
from v2x.certs.instants import utc_text
from v2x.certs.linkage import LinkageSeed, RevokedSeeds
from v2x.clock import from_time32, from_time64
from v2x.codecs import coer
from v2x.errors import CodecError, Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.certs.certificate import Certificate, VerifyingKey

__all__ = ["CRL_AID", "Crl", "SignerStore", "open_crl"]

CRL_AID = 3628
MAX_AHEAD_S = 1.0
"""How far issueDate and generationTime may lie ahead of ``at``: as much as clocks of messages may differ."""


class BelievedSigner(Protocol):
    """What is needed of :class:`v2x.certs.trust.KnownSigner`."""

    @property
    def certificate(self) -> Certificate:
        """The believed certificate."""
        ...

    @property
    def key(self) -> VerifyingKey:
        """Its key."""
        ...


class SignerStore(Protocol):
    """What is needed of :class:`v2x.certs.TrustStore`."""

    @property
    def roots(self) -> tuple[Certificate, ...]:
        """The trusted roots."""
        ...

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """The authorities."""
        ...

    def find_certificate(self, value: coer.Record, at: float) -> BelievedSigner:
        """The believed signer with this certificate, or TrustError."""
        ...

    def find_digest(self, digest: bytes, at: float) -> BelievedSigner:
        """The believed signer with this HashedId8, or TrustError."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Crl:
    """The content of a list; ``issued_at``, ``next_at`` and the expiry of entries are POSIX s.

    ``hashed`` are (HashedId10, expiry) of a hash-based list, ``linked`` the entries of a linkage-based one,
    whose seeds are those of period ``i_rev`` (None of the other).  ``serial`` is crlSerial or indexWithinI.
    ``signer`` is the HashedId8 of the believed signer, None where nobody has verified the list.
    """

    octets: bytes
    is_delta: bool
    craca: bytes
    series: int
    issued_at: float
    next_at: float
    priority: int | None
    serial: int
    i_rev: int | None
    hashed: tuple[tuple[bytes, float], ...]
    linked: tuple[RevokedSeeds, ...]
    signer: bytes | None = None

    @property
    def rank(self) -> tuple[float, int, int]:
        """Of two lists of one series and form, the newer one has the higher rank."""
        return self.issued_at, self.i_rev or 0, self.serial

    @classmethod
    def decode(cls, contents: bytes, leap_seconds: int = 0) -> Crl:
        """From the octets of a CrlContents, not believed; CodecError, TrustError for a newer kind of list."""
        value = coer.decode("CrlContents", contents)
        kind, inner = value["typeSpecific"]
        if kind == coer.UNKNOWN:
            raise TrustError(Reason.ENVELOPE_UNSUPPORTED, f"revocation list of the unknown kind {inner[0]}")
        hashed: tuple[tuple[bytes, float], ...] = ()
        linked: tuple[RevokedSeeds, ...] = ()
        if kind.endswith("HashCrl"):
            hashed = tuple((row["id"], from_time32(row["expiry"], leap_seconds)) for row in inner["entries"])
        else:
            linked = tuple(_linked(inner))
        return cls(
            octets=value.octets,
            is_delta=kind.startswith("delta"),
            craca=value["crlCraca"],
            series=value["crlSeries"],
            issued_at=from_time32(value["issueDate"], leap_seconds),
            next_at=from_time32(value["nextCrl"], leap_seconds),
            priority=value["priorityInfo"].get("priority"),
            serial=inner["crlSerial"] if "crlSerial" in inner else inner["indexWithinI"],
            i_rev=inner.get("iRev"),
            hashed=hashed,
            linked=linked,
        )

    def __repr__(self) -> str:
        kind, count = "delta" if self.is_delta else "full", len(self.hashed) + len(self.linked)
        return f"<Crl {kind} series {self.series} of {self.craca.hex()}, {count} entries>"


def _linked(value: coer.Record) -> Iterator[RevokedSeeds]:
    """The entries of a ToBeSignedLinkageValueCrl; a single seed belongs to la1Id (inferred)."""
    for by_j in value.get("individual", ()):
        for by_la in by_j["contents"]:
            first, second = by_la["la1Id"], by_la["la2Id"]
            for by_i in by_la["contents"]:
                i_max, j_max = by_i["iMax"], by_j["jmax"]
                for row in by_i["contents"]:
                    pair = LinkageSeed(first, row["linkageSeed1"]), LinkageSeed(second, row["linkageSeed2"])
                    yield RevokedSeeds(pair, i_max, j_max)
                for seed in by_i.get("singleSeeds", ()):
                    yield RevokedSeeds((LinkageSeed(first, seed),), i_max, j_max)
    for row in value.get("groups", ()):
        pair = LinkageSeed(row["la1Id"], row["linkageSeed1"]), LinkageSeed(row["la2Id"], row["linkageSeed2"])
        yield RevokedSeeds(pair, row["iMax"], None)
    for row in value.get("groupsSingleSeed", ()):
        yield RevokedSeeds((LinkageSeed(row["laid"], row["linkageSeed"]),), row["iMax"], None)


def open_crl(octets: bytes, store: SignerStore, at: float, *, leap_seconds: int = 0) -> Crl:
    """The believed list in a secured message, at ``at`` (POSIX s); TrustError or CodecError says why not.

    Its signer's certificate comes whole, or is one of the store's own or a known signer named by digest.
    """
    message = spdu.parse(octets)
    if isinstance(message, bytes):
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, "an unsecured message; a revocation list is signed")
    if message.aid != CRL_AID:
        raise TrustError(Reason.ENVELOPE_AID_MISMATCH, f"AID {message.aid}, of a revocation list {CRL_AID}")
    generated_at = from_time64(message.generation_time, leap_seconds)
    crl = Crl.decode(message.payload, leap_seconds)
    _check_dates(crl, generated_at, at, message.signer)
    signer = _signer(message, store, generated_at)
    _check_permission(crl, signer.certificate)
    fits = message.algorithm == signer.certificate.algorithm
    if not fits or not signer.key.verify(message.to_be_signed, message.signature):
        raise TrustError(
            Reason.SIGNATURE_BAD, "the signature does not fit list and certificate", signer=message.signer
        )
    return replace(crl, signer=message.signer)


def _check_dates(crl: Crl, generated_at: float, at: float, signer: bytes) -> None:
    if crl.next_at < crl.issued_at:
        raise TrustError(
            Reason.ENVELOPE_MALFORMED, "the next revocation list is due before this one", signer=signer
        )
    begins_at = max(crl.issued_at, generated_at)
    if begins_at > at + MAX_AHEAD_S:
        raise TrustError(
            Reason.TIME_FUTURE, f"the revocation list is of {utc_text(begins_at)}", signer=signer
        )


def _signer(message: spdu.SignedMessage, store: SignerStore, at: float) -> BelievedSigner:
    value = message.certificate
    if value is None:
        own = (*store.roots, *store.authorities)
        value = next((one.value for one in own if one.hashed_id8 == message.signer), None)
    return store.find_digest(message.signer, at) if value is None else store.find_certificate(value, at)


def _check_permission(crl: Crl, certificate: Certificate) -> None:
    """AID 3628, and by its CrlSsp the way to the crlCraca and the series."""
    if CRL_AID not in certificate.app_permissions:
        raise _not_permitted(f"the certificate does not permit AID {CRL_AID}", certificate)
    ways = {"isCraca": certificate.hashed_id8, "issuerIsCraca": certificate.issuer}
    ssp = _crl_ssp(certificate)
    if ssp is not None:
        ways = {name: one for name, one in ways.items() if name == ssp["associatedCraca"]}
        if crl.series not in ssp["crls"]:
            raise _not_permitted(f"its SSP does not permit series {crl.series}", certificate)
    if crl.craca not in ways.values():
        raise _not_permitted(
            f"crlCraca {crl.craca.hex()} is not its signer ({' or '.join(ways)})", certificate
        )


def _crl_ssp(certificate: Certificate) -> dict[str, Any] | None:
    ssp = certificate.app_permissions[CRL_AID]
    if ssp is None:
        return None
    kind, value = ssp
    if kind != "opaque":
        raise _not_permitted(f"its SSP is {kind}, a CrlSsp is wanted", certificate)
    try:
        decoded: dict[str, Any] = coer.decode("CrlSsp", value)
    except CodecError as error:
        raise _not_permitted(f"its SSP is no CrlSsp: {error}", certificate) from None
    return decoded


def _not_permitted(detail: str, certificate: Certificate) -> TrustError:
    return TrustError(Reason.SIGNER_NOT_PERMITTED, detail, signer=certificate.hashed_id8)
