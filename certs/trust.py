"""The trust store: roots and authorities, and which signers are believed now.

A certificate is believed when, in this order (cheap checks first):

1. its issuers, by HashedId8, lead to a trusted root in at most :data:`MAX_CHAIN` steps,
2. it and every issuer is valid at the instant, not revoked, and its region covers the place of use,
3. each issuer's permissions cover every AID of its appPermissions, at the issuer's distance from it,
4. every signature on the way verifies (those of authorities are checked once and remembered).

Only this store makes a :class:`KnownSigner`.  Accepted signers and refused certificates are remembered within
bounds, so that a digest alone finds its signer, or the reason why that one was refused.  One thread at a
time calls ``find_*`` (the verification worker); ``revoke`` may be called from another.

Source: receiver's checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts; the meaning of minChainLength,
chainLengthRange and SSP ranges as in IEEE 1609.2 (inferred).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from v2x.certs import sm2
from v2x.certs.certificate import YEAR_S, Certificate, certificate_id8
from v2x.certs.region import is_identified, region_complaint
from v2x.certs.trust_files import (
    AUTHORITIES,
    REVOKED,
    ROOTS,
    TrustStoreError,
    read_certificates,
    read_revoked,
)
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs.region import Place
    from v2x.codecs.coer import Record

__all__ = ["KnownSigner", "TrustSettings", "TrustStore", "utc_text"]

MAX_CHAIN = 6
"""Certificates from a signer to its root: with an intermediate authority 4; a loop ends here."""


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """What the sources leave open, and bounds.

    ``leap_seconds``: how many of them Time32 and Time64 count (unknown; 0 or 5).  ``year_s``: seconds of a
    validity in years (as in IEEE 1609.2, inferred).  ``country``: the code a region must cover, 156 is China.
    ``signers_limit``: accepted signers kept, some 7 KB each; a vehicle hears hundreds of neighbours, who
    change their pseudonym every 300 s.  ``refused_limit``: refused certificates remembered for their digests;
    beyond it the oldest is forgotten and its digests count as unknown signers.
    """

    leap_seconds: int = 0
    year_s: float = YEAR_S
    country: int = 156
    signers_limit: int = 2048
    refused_limit: int = 1024


@dataclass(frozen=True, slots=True, eq=False)
class KnownSigner:
    """A believed certificate with its ready key; its whole chain is valid in ``valid_*_at``."""

    certificate: Certificate
    key: sm2.PublicKey
    chain: tuple[Certificate, ...]
    valid_from_at: float
    valid_until_at: float
    ids: frozenset[bytes]
    drawn_regions: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: Reason
    detail: str
    lasting: bool


class TrustStore:
    """Trusted roots, authorities, revocations; judges certificates and remembers the verdicts.

    ``place`` (latitude, longitude in degrees) is the receiver's; it may be set anew as it moves, and is
    needed only for certificates whose region is drawn and not named.
    """

    def __init__(
        self,
        roots: Iterable[Certificate],
        authorities: Iterable[Certificate] = (),
        *,
        revoked: Iterable[bytes] = (),
        settings: TrustSettings | None = None,
        place: Place | None = None,
    ) -> None:
        self.settings = settings or TrustSettings()
        self.place = place
        self._roots: dict[bytes, Certificate] = {}
        self._authorities: dict[bytes, Certificate] = {}
        self._revoked: set[bytes] = set()
        self._proven: set[bytes] = set()
        self._known: OrderedDict[bytes, KnownSigner] = OrderedDict()
        self._refused: OrderedDict[bytes, _Refusal] = OrderedDict()
        for root in roots:
            self._add_root(root)
        for authority in authorities:
            self._authorities[authority.hashed_id8] = authority
        self.revoke(revoked)

    @classmethod
    def load(
        cls, path: str | Path, settings: TrustSettings | None = None, *, place: Place | None = None
    ) -> TrustStore:
        """From a directory with ``roots/*.coer``, ``authorities/*.coer`` and, optional, ``revoked.txt``.

        TrustStoreError names the file and what is wrong with it.
        """
        folder = Path(path)
        roots = read_certificates(folder / ROOTS)
        if not roots:
            raise TrustStoreError(
                f"{folder}: no trusted root ({ROOTS}/*.coer); `v2x pki init` makes a test PKI"
            )
        try:
            return cls(
                roots,
                read_certificates(folder / AUTHORITIES),
                revoked=read_revoked(folder / REVOKED),
                settings=settings,
                place=place,
            )
        except TrustError as error:
            raise TrustStoreError(f"{folder}: {error}") from error

    def _add_root(self, root: Certificate) -> None:
        if root.issuer is not None or not root.is_signed_by(root):
            raise TrustError(
                Reason.SIGNER_CERTIFICATE_INVALID,
                f"{root.hashed_id8.hex()} is no root: its own signature does not verify"
                if root.issuer is None
                else f"{root.hashed_id8.hex()} is no root: it is not self-signed",
                signer=root.hashed_id8,
            )
        self._roots[root.hashed_id8] = root
        self._proven.add(root.hashed_id8)

    @property
    def roots(self) -> tuple[Certificate, ...]:
        """The trusted roots."""
        return tuple(self._roots.values())

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """The authorities' certificates that chains may use; each is believed only through its own chain."""
        return tuple(self._authorities.values())

    @property
    def known_count(self) -> int:
        """Accepted signers remembered."""
        return len(self._known)

    @property
    def refused_count(self) -> int:
        """Refused certificates remembered."""
        return len(self._refused)

    def revoke(self, ids: Iterable[bytes]) -> None:
        """Refuse these certificates from now on, named by HashedId10 or HashedId8 (else ValueError)."""
        fresh = {bytes(one) for one in ids}
        wrong = [one for one in fresh if len(one) not in (8, 10)]
        if wrong:
            raise ValueError(f"{wrong[0].hex()} is neither a HashedId10 nor a HashedId8")
        self._revoked |= fresh

    def find_digest(self, digest: bytes, at: float) -> KnownSigner:
        """The believed signer with this HashedId8; TrustError: unknown, refused or no longer valid."""
        known = self._known.get(digest)
        if known is not None:
            self._known.move_to_end(digest)
            self._recheck(known, at)
            return known
        refusal = self._refused.get(digest)
        if refusal is not None:
            raise TrustError(refusal.reason, refusal.detail, signer=digest)
        raise TrustError(
            Reason.SIGNER_UNKNOWN, f"no certificate of {digest.hex()} was received", signer=digest
        )

    def find_certificate(self, value: Record, at: float) -> KnownSigner:
        """The believed signer with this whole certificate, judged on first sight; TrustError says why not."""
        digest = sm2.sm3(value.octets)
        id8 = certificate_id8(digest)
        known = self._known.get(id8)
        if known is not None and known.certificate.sm3 == digest:
            self._known.move_to_end(id8)
            self._recheck(known, at)
            return known
        refusal = self._refused.get(id8)
        if refusal is not None and refusal.lasting:
            raise TrustError(refusal.reason, refusal.detail, signer=id8)
        known = self._judge_and_remember(value, id8, at)
        self._refused.pop(id8, None)
        self._known[id8] = known
        if len(self._known) > self.settings.signers_limit:
            self._known.popitem(last=False)
        if known.drawn_regions:
            self._check_regions(known.chain, id8)
        return known

    def _judge_and_remember(self, value: Record, id8: bytes, at: float) -> KnownSigner:
        try:
            return self._judge(Certificate.of(value), at)
        except TrustError as error:
            self._refused[id8] = _Refusal(error.reason, error.detail, isinstance(error, _LastingError))
            self._refused.move_to_end(id8)
            if len(self._refused) > self.settings.refused_limit:
                self._refused.popitem(last=False)
            raise

    def _judge(self, certificate: Certificate, at: float) -> KnownSigner:
        id8 = certificate.hashed_id8
        chain = self._chain(certificate)
        spans = []
        for member in chain:
            span = member.validity(self.settings.leap_seconds, self.settings.year_s)
            self._check_validity(member, span, certificate, at)
            spans.append(span)
        ids = frozenset(one for member in chain for one in (member.hashed_id8, member.hashed_id10))
        self._check_revocation(ids, id8)
        self._check_regions([member for member in chain if is_identified(member.region)], id8)
        _check_permissions(chain)
        self._check_signatures(chain)
        try:
            key = sm2.PublicKey(certificate.point, certificate.sm3)
        except ValueError as error:
            raise _LastingError(Reason.SIGNER_CERTIFICATE_INVALID, str(error), signer=id8) from None
        return KnownSigner(
            certificate=certificate,
            key=key,
            chain=chain,
            valid_from_at=max(start for start, _ in spans),
            valid_until_at=min(end for _, end in spans),
            ids=ids,
            drawn_regions=not all(is_identified(member.region) for member in chain),
        )

    def _recheck(self, known: KnownSigner, at: float) -> None:
        """What can change after a signer was accepted: time, revocations, the receiver's place."""
        id8 = known.certificate.hashed_id8
        if not known.valid_from_at <= at <= known.valid_until_at:
            for member in known.chain:
                span = member.validity(self.settings.leap_seconds, self.settings.year_s)
                self._check_validity(member, span, known.certificate, at)
        self._check_revocation(known.ids, id8)
        if known.drawn_regions:
            self._check_regions(known.chain, id8)

    def _chain(self, certificate: Certificate) -> tuple[Certificate, ...]:
        chain = [certificate]
        while (issuer := chain[-1].issuer) is not None:
            found = self._roots.get(issuer) or self._authorities.get(issuer)
            if found is None:
                raise _invalid(f"chain: unknown issuer {issuer.hex()}", certificate)
            if len(chain) == MAX_CHAIN:
                raise _invalid(f"chain: more than {MAX_CHAIN} certificates", certificate)
            chain.append(found)
        root = self._roots.get(chain[-1].hashed_id8)
        if root is None or root.sm3 != chain[-1].sm3:
            raise _invalid(f"chain: root {chain[-1].hashed_id8.hex()} is not trusted", certificate)
        return tuple(chain)

    def _check_validity(
        self, member: Certificate, span: tuple[float, float], signer: Certificate, at: float
    ) -> None:
        whose = "" if member is signer else f"chain: issuer {member.hashed_id8.hex()} "
        if at < span[0]:
            raise _invalid(f"{whose}not yet valid (from {utc_text(span[0])})", signer)
        if at > span[1]:
            raise _invalid(f"{whose}expired ({utc_text(span[1])})", signer)

    def _check_revocation(self, ids: frozenset[bytes], id8: bytes) -> None:
        if not self._revoked.isdisjoint(ids):
            hit = max(one.hex() for one in ids & self._revoked)
            raise TrustError(Reason.SIGNER_REVOKED, f"{hit} is on the revocation list", signer=id8)

    def _check_regions(self, members: Iterable[Certificate], id8: bytes) -> None:
        for member in members:
            complaint = region_complaint(member.region, self.settings.country, self.place)
            if complaint:
                whose = "" if member.hashed_id8 == id8 else f"chain: issuer {member.hashed_id8.hex()}: "
                raise TrustError(Reason.SIGNER_REGION, whose + complaint, signer=id8)

    def _check_signatures(self, chain: tuple[Certificate, ...]) -> None:
        """From the root down, so that no signature is tried under a key that is not believed itself."""
        for subject, issuer in reversed(list(pairwise(chain))):
            if subject.hashed_id8 in self._proven:
                continue
            if not subject.is_signed_by(issuer):
                raise _LastingError(
                    Reason.SIGNER_CERTIFICATE_INVALID,
                    f"chain: the signature of {subject.hashed_id8.hex()} is not its issuer's",
                    signer=chain[0].hashed_id8,
                )
            if subject is not chain[0]:
                self._proven.add(subject.hashed_id8)


class _LastingError(TrustError):
    """A refusal that no later instant or setting can lift: its signature or key is wrong."""


def _invalid(detail: str, signer: Certificate) -> TrustError:
    return TrustError(Reason.SIGNER_CERTIFICATE_INVALID, detail, signer=signer.hashed_id8)


def _check_permissions(chain: tuple[Certificate, ...]) -> None:
    """Each issuer may issue each of the signer's AIDs, at its distance from the signer."""
    signer = chain[0]
    for distance, issuer in enumerate(chain[1:], start=1):
        for aid, ssp in signer.app_permissions.items():
            if not any(group.covers(aid, ssp, distance) for group in issuer.issue_permissions):
                raise _invalid(
                    f"chain: issuer {issuer.hashed_id8.hex()} may not issue AID {aid} at distance {distance}",
                    signer,
                )


def utc_text(at: float) -> str:
    """An instant as messages and listings show it; POSIX seconds where no calendar has it."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"POSIX {at:.0f}"
