"""Signed trust lists: the trusted-root list (TRCL) and the trusted-domain list, plain and not in a message.

    RootCtl, PkiCtl { toBeSigned { version 1, issuer, series, issueDate, next..., entries }, signature }
    entry of a RootCtl { root certificate, caListUrl? },  of a PkiCtl { chain, crlUrl?, maUrl? }

``decode`` gives a list's content without any belief; ``verify`` raises where the authority, whose certificate
the caller brings, did not sign it or its dates do not hold.  The octets are kept as received, and those of
each certificate in it too.

Source: YD/T 3957-2021 (types by one public transcription).  Inferred, and so settings: the SM2 ID under which
a list is signed, the AID that its authority must hold; inferred too: the signature covers toBeSigned as
encoded.  Authorities that sign lists have SM2 keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from v2x.certs import sm2
from v2x.certs.certificate import SM2, YEAR_S, Certificate, raw_signature
from v2x.certs.instants import utc_text
from v2x.clock import from_time32, to_time32
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["MANAGEMENT_AID", "DomainEntry", "DomainList", "ListSettings", "RootEntry", "RootList"]

MANAGEMENT_AID = 3627
"""Certificate management: the AID that the known authority of the root list holds."""


@dataclass(frozen=True, slots=True)
class ListSettings:
    """What the sources leave open.

    ``identity``: the SM2 ID of a list's signature, the SM3 of the authority's certificate ("certificate",
    inferred) or 1234567812345678 ("default").  ``aid``: what the authority's certificate must permit
    (inferred), None: not judged.  ``max_ahead_s``: how far issueDate may lie ahead (clocks differ).
    ``overdue_s``: how long a list counts after its next issue was due.  ``leap_seconds`` and ``year_s`` as in
    :class:`v2x.certs.TrustSettings`.
    """

    identity: Literal["certificate", "default"] = "certificate"
    aid: int | None = MANAGEMENT_AID
    max_ahead_s: float = 1.0
    overdue_s: float = 0.0
    leap_seconds: int = 0
    year_s: float = YEAR_S

    def user_id(self, authority: Certificate) -> bytes:
        """The SM2 ID under which ``authority`` signs its lists."""
        return authority.sm3 if self.identity == "certificate" else sm2.DEFAULT_ID


@dataclass(frozen=True, slots=True, eq=False)
class RootEntry:
    """One trusted root: its certificate as received and where the list of its authorities is to be had."""

    value: coer.Record
    ca_list_url: str | None

    def certificate(self) -> Certificate:
        """The root; TrustError where its kind isn't supported."""
        return Certificate.of(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class DomainEntry:
    """One domain: certificates of a chain as received, where its CRL and its misbehaviour authority are."""

    chain: tuple[coer.Record, ...]
    crl_url: str | None
    ma_url: str | None

    def certificates(self) -> tuple[Certificate, ...]:
        """The chain's certificates; TrustError where the kind of one isn't supported."""
        return tuple(map(Certificate.of, self.chain))


@dataclass(frozen=True, slots=True, eq=False)
class _SignedList:
    """What both lists have: ``issuer`` is an IssuerIdentifier, ``issued_at`` and ``next_at`` POSIX s."""

    octets: bytes
    to_be_signed: bytes
    issuer: tuple[str, Any]
    series: int
    issued_at: float
    next_at: float
    signature: tuple[str, Any]
    rows: tuple[coer.Record, ...]

    type_name: ClassVar[str]
    signed_name: ClassVar[str]
    signed_field: ClassVar[str]
    next_field: ClassVar[str]
    rows_field: ClassVar[str]
    title: ClassVar[str]

    @classmethod
    def decode(cls, octets: bytes, leap_seconds: int = 0) -> Self:
        """The content of COER octets, not believed yet; CodecError where they are no such list."""
        value = coer.decode(cls.type_name, octets)
        signed = value[cls.signed_field]
        return cls(
            octets=value.octets,
            to_be_signed=signed.octets,
            issuer=signed["issuer"],
            series=signed["series"],
            issued_at=from_time32(signed["issueDate"], leap_seconds),
            next_at=from_time32(signed[cls.next_field], leap_seconds),
            signature=value["signature"],
            rows=tuple(signed[cls.rows_field]),
        )

    @property
    def issuer_id8(self) -> bytes | None:
        """HashedId8 of the authority's certificate; None where it is not named by SM3."""
        return bytes(self.issuer[1]) if self.issuer[0] == "sm3AndDigest" else None

    def verify(
        self,
        authority: Certificate,
        at: float,
        settings: ListSettings | None = None,
        *,
        series: int | None = None,
    ) -> None:
        """Believe the list at ``at`` (POSIX s) by its authority's certificate, or TrustError with the reason.

        Whether the authority itself is trusted, the caller knows.  ``series`` is the one wanted, None any.
        """
        settings = settings or ListSettings()
        if self.issuer_id8 is None:
            raise self._refusal(
                Reason.ENVELOPE_HASH_ALGORITHM, f"its issuer is named by {self.issuer[0]}, not by SM3"
            )
        if self.issuer_id8 != authority.hashed_id8:
            raise self._refusal(
                Reason.SIGNER_UNKNOWN,
                f"its issuer is {self.issuer_id8.hex()}, not the authority {authority.hashed_id8.hex()}",
            )
        if series is not None and series != self.series:
            raise self._refusal(Reason.ENVELOPE_UNSUPPORTED, f"series {self.series}, {series} is wanted")
        algorithm, signature = raw_signature(self.signature) or (self.signature[0], b"")
        if not algorithm == authority.algorithm == SM2:
            raise self._refusal(
                Reason.ENVELOPE_UNSUPPORTED,
                f"signature {algorithm} by a key {authority.algorithm}, {SM2} is supported",
            )
        self._check_dates(at, settings)
        self._check_authority(authority, settings)
        try:
            user_id = settings.user_id(authority)
            genuine = sm2.verify(authority.point, self.to_be_signed, signature, user_id)
        except ValueError:  # the point is not on the curve
            genuine = False
        if not genuine:
            raise self._refusal(Reason.SIGNATURE_BAD, "the signature is not the authority's")

    def _check_dates(self, at: float, settings: ListSettings) -> None:
        if self.next_at < self.issued_at:
            raise self._refusal(Reason.ENVELOPE_MALFORMED, "its next issue is due before its own")
        if at < self.issued_at - settings.max_ahead_s:
            raise self._refusal(Reason.TIME_FUTURE, f"not issued yet ({utc_text(self.issued_at)})")
        if at > self.next_at + settings.overdue_s:
            raise self._refusal(Reason.TIME_STALE, f"a newer issue was due {utc_text(self.next_at)}")

    def _check_authority(self, authority: Certificate, settings: ListSettings) -> None:
        """Its validity when the list was issued, its permission, and its own signature if it is a root."""
        start_at, end_at = authority.validity(settings.leap_seconds, settings.year_s)
        if not start_at <= self.issued_at <= end_at:
            state = "not yet valid" if self.issued_at < start_at else "expired"
            raise self._refusal(
                Reason.SIGNER_CERTIFICATE_INVALID, f"its authority was {state} when it was issued"
            )
        if settings.aid is not None and settings.aid not in authority.app_permissions:
            raise self._refusal(
                Reason.SIGNER_NOT_PERMITTED, f"its authority does not hold AID {settings.aid}"
            )
        if authority.issuer is None and not authority.is_signed_by(authority):
            raise self._refusal(
                Reason.SIGNER_CERTIFICATE_INVALID, "the authority's own signature does not verify"
            )

    def _refusal(self, reason: Reason, detail: str) -> TrustError:
        return TrustError(reason, f"{self.title}: {detail}", signer=self.issuer_id8)

    @classmethod
    def _make(
        cls,
        rows: Sequence[dict[str, Any]],
        authority: Certificate,
        sign: Callable[[bytes], bytes],
        issue: tuple[int, float, float],
        leap_seconds: int,
    ) -> Self:
        series, issued_at, next_at = issue
        signed = {
            "version": 1,
            "issuer": ("sm3AndDigest", authority.hashed_id8),
            "series": series,
            "issueDate": to_time32(issued_at, leap_seconds),
            cls.next_field: to_time32(next_at, leap_seconds),
            cls.rows_field: list(rows),
        }
        signature = sign(coer.encode(cls.signed_name, signed))
        parts = {"rSig": signature[:32], "sSig": signature[32:]}
        value = {cls.signed_field: signed, "signature": ("sm2Signature", parts)}
        return cls.decode(coer.encode(cls.type_name, value), leap_seconds)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} series {self.series}, {len(self.rows)} entries>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RootList(_SignedList):
    """The trusted-root list."""

    type_name = "RootCtl"
    signed_name = "ToBeSignedRootCtl"
    signed_field = "toBeSignedRootCtl"
    next_field = "nextRootCtl"
    rows_field = "pkiCtlInfoList"
    title = "trusted-root list"

    @property
    def entries(self) -> tuple[RootEntry, ...]:
        """The roots, in the list's order."""
        return tuple(RootEntry(row["rootCertificate"], row.get("caListUrl")) for row in self.rows)

    @classmethod
    def make(
        cls,
        roots: Iterable[tuple[Certificate, str | None]],
        authority: Certificate,
        sign: Callable[[bytes], bytes],
        *,
        series: int,
        issued_at: float,
        next_at: float,
        leap_seconds: int = 0,
    ) -> RootList:
        """A new list of (root, URL of its authorities' list or None), issued by ``authority``.

        ``sign`` gives r || s of octets under :meth:`ListSettings.user_id` (a key of the authority, bound to
        its SM3).  CodecError for what has no encoding, ValueError for instants that have no Time32.
        """
        rows = [_row(("rootCertificate", root.value), ("caListUrl", url)) for root, url in roots]
        return cls._make(rows, authority, sign, (series, issued_at, next_at), leap_seconds)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DomainList(_SignedList):
    """The trusted-domain list."""

    type_name = "PkiCtl"
    signed_name = "ToBeSignedPkiCtl"
    signed_field = "toBeSignedPkiCtl"
    next_field = "nextPkiCtl"
    rows_field = "pkiCertInfoList"
    title = "trusted-domain list"

    @property
    def entries(self) -> tuple[DomainEntry, ...]:
        """The domains, in the list's order."""
        return tuple(
            DomainEntry(tuple(row["certificate"]), row.get("crlUrl"), row.get("maUrl")) for row in self.rows
        )

    @classmethod
    def make(
        cls,
        domains: Iterable[tuple[Sequence[Certificate], str | None, str | None]],
        authority: Certificate,
        sign: Callable[[bytes], bytes],
        *,
        series: int,
        issued_at: float,
        next_at: float,
        leap_seconds: int = 0,
    ) -> DomainList:
        """A new list of (chain, URL of its CRL, URL of its misbehaviour authority).

        Else as :meth:`RootList.make`.
        """
        rows = [
            _row(("certificate", [one.value for one in chain]), ("crlUrl", crl_url), ("maUrl", ma_url))
            for chain, crl_url, ma_url in domains
        ]
        return cls._make(rows, authority, sign, (series, issued_at, next_at), leap_seconds)


def _row(*fields: tuple[str, Any]) -> dict[str, Any]:
    """The fields that are there."""
    return {name: value for name, value in fields if value is not None}
