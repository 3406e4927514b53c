"""The trust store: roots and authorities, and which signers are believed now.

A certificate is believed when, in this order (cheap checks first, each in :mod:`v2x.certs.chains`):

1. its issuers, by HashedId8, lead to a trusted root in few steps, with keys of algorithms that are taken,
2. it and every issuer is valid at the instant, not revoked, and its region covers the place of use,
3. each issuer's permissions cover every AID and SSP of its appPermissions, at the issuer's distance from it,
4. every signature on the way verifies (chains of authorities are judged once and remembered).

Only this store makes a :class:`KnownSigner`.  Accepted signers, refused certificates and authorities learnt
from messages are remembered within bounds, so that a digest alone finds its signer, or the reason why that
one was refused.  One thread at a time calls ``find_*``, ``learn`` and ``wanted`` (the verification worker);
``revoke`` and what ``revocations`` offers may be called from another.

Source: receiver's checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts; authorities' certificates in
requestedCertificate as in the peer-to-peer distribution of IEEE 1609.2 (inferred).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from v2x.certs import spdu
from v2x.certs.certificate import Certificate
from v2x.certs.chains import (
    MAX_CHAIN,
    Chain,
    LastingError,
    MissingIssuerError,
    TrustSettings,
    check_algorithms,
    check_permissions,
    check_regions,
    check_signature,
    check_validity,
    invalid,
)
from v2x.certs.instants import utc_text
from v2x.certs.memory import KnownSigner, Refusal, SignerMemory
from v2x.certs.region import is_identified
from v2x.certs.revocation import Revocations
from v2x.certs.trust_files import ROOTS, TrustFolder, TrustStoreError, apply_lists
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from v2x.certs.certificate import VerifyingKey
    from v2x.certs.region import Place
    from v2x.codecs.coer import Record

__all__ = ["KnownSigner", "TrustSettings", "TrustStore", "utc_text"]


class TrustStore:
    """Trusted roots, authorities, revocations; judges certificates and remembers the verdicts.

    ``place`` (latitude, longitude in degrees) is the receiver's; it may be set anew as it moves, and is
    needed only for certificates whose region is drawn and not named.  ``notes`` say what loading found that
    a person should know (an old list, for example).
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
        self.revocations = Revocations()
        self.notes: tuple[str, ...] = ()
        self._roots: dict[bytes, Certificate] = {}
        self._authorities: dict[bytes, Certificate] = {}
        self._learnt: OrderedDict[bytes, Certificate] = OrderedDict()
        self._judged: dict[bytes, Chain] = {}
        self._memory = SignerMemory(self.settings.signers_limit, self.settings.refused_limit)
        self._wanted: OrderedDict[bytes, float] = OrderedDict()
        for root in roots:
            self.add_root(root)
        for authority in authorities:
            self.add_authority(authority)
        self.revoke(revoked)

    @classmethod
    def load(
        cls,
        path: str | Path,
        settings: TrustSettings | None = None,
        *,
        place: Place | None = None,
        at: float | None = None,
    ) -> TrustStore:
        """From a trust directory (:mod:`v2x.certs.trust_files`) that leads to at least one root.

        ``at`` (POSIX s) is the instant at which its lists are judged; None: each at its own issue.
        TrustStoreError names the file and what is wrong with it.
        """
        folder = TrustFolder.read(path)
        try:
            store = cls(
                folder.roots, folder.authorities, revoked=folder.revoked, settings=settings, place=place
            )
        except TrustError as error:
            raise TrustStoreError(f"{path}: {error}") from error
        store.notes = tuple(apply_lists(folder, store, at))
        if not store.roots:
            raise TrustStoreError(
                f"{path}: no trusted root ({ROOTS}/*.coer); `v2x pki init` makes a test PKI"
            )
        return store

    def add_root(self, root: Certificate) -> None:
        """Trust ``root`` from now on; TrustError where it is not signed by itself."""
        if root.issuer is not None or not root.is_signed_by(root):
            raise TrustError(
                Reason.SIGNER_CERTIFICATE_INVALID,
                f"{root.hashed_id8.hex()} is no root: its own signature does not verify"
                if root.issuer is None
                else f"{root.hashed_id8.hex()} is no root: it is not self-signed",
                signer=root.hashed_id8,
            )
        self._roots[root.hashed_id8] = root
        self._judged[root.hashed_id8] = Chain.of((root,), self.settings)
        self._came(root.hashed_id8)

    def add_authority(self, authority: Certificate) -> None:
        """An authority's certificate that chains may use; it is believed only through its own chain."""
        self._authorities[authority.hashed_id8] = authority
        self._came(authority.hashed_id8)

    @property
    def roots(self) -> tuple[Certificate, ...]:
        """The trusted roots."""
        return tuple(self._roots.values())

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """The authorities' certificates given to this store; each is believed only through its own chain."""
        return tuple(self._authorities.values())

    @property
    def known_count(self) -> int:
        """Accepted signers remembered."""
        return self._memory.known_count

    @property
    def refused_count(self) -> int:
        """Refused certificates remembered."""
        return self._memory.refused_count

    @property
    def learnt_count(self) -> int:
        """Authorities learnt from messages."""
        return len(self._learnt)

    def revoke(self, ids: Iterable[bytes]) -> None:
        """Refuse these certificates from now on, named by HashedId10 or HashedId8 (else ValueError)."""
        self.revocations.add_ids(ids)

    def identify(self, value: Record) -> bytes:
        """HashedId8 of a decoded ``Certificate``; a known signer's is found by its octets, unhashed."""
        known = self._memory.holder(value.octets)
        return spdu.identify(value) if known is None else known.certificate.hashed_id8

    def is_judged(self, value: Record) -> bool:
        """Whether ``find_certificate`` will answer without checking a signature."""
        if self._memory.holder(value.octets) is not None:
            return True
        refusal = self._memory.refusal(spdu.identify(value))
        return refusal is not None and refusal.stands(self.revocations.version)

    def find_digest(self, digest: bytes, at: float) -> KnownSigner:
        """The believed signer with this HashedId8; TrustError: unknown, refused or no longer valid."""
        known = self._memory.known(digest)
        if known is not None:
            self._recheck(known, at)
            return known
        refusal = self._memory.refusal(digest)
        if refusal is not None:
            raise refusal.error(digest)
        self._miss(digest, at)
        raise TrustError(
            Reason.SIGNER_UNKNOWN, f"no certificate of {digest.hex()} was received", signer=digest
        )

    def find_certificate(self, value: Record, at: float) -> KnownSigner:
        """The believed signer with this whole certificate, judged on first sight; TrustError says why not."""
        known = self._memory.holder(value.octets)
        if known is not None:
            self._memory.known(known.certificate.hashed_id8)
            self._recheck(known, at)
            return known
        id8 = spdu.identify(value)
        refusal = self._memory.refusal(id8)
        if refusal is not None and refusal.stands(self.revocations.version):
            raise refusal.error(id8)
        known = self._judge_and_remember(value, id8, at)
        if known.path.drawn_regions:
            check_regions(known.chain, id8, self.settings.country, self.place)
        return known

    def learn(self, value: Record, at: float) -> Certificate | None:
        """Take a certificate that somebody hands on, if it is believed by itself; None where it is not.

        An authority's serves chains from now on, an end entity's makes its holder a known signer.
        """
        try:
            certificate = Certificate.of(value)
            if not certificate.issue_permissions:
                return self.find_certificate(value, at).certificate
            if certificate.hashed_id8 in self._judged or certificate.hashed_id8 in self._authorities:
                return certificate
            self._judged[certificate.hashed_id8] = self._judge(certificate, at)
        except TrustError as error:
            self._ask_for(error, at)
            return None
        self._learnt[certificate.hashed_id8] = certificate
        if len(self._learnt) > self.settings.learnt_limit:
            del self._judged[self._learnt.popitem(last=False)[0]]
        self._came(certificate.hashed_id8)
        return certificate

    def wanted(self, since: float = float("-inf")) -> tuple[bytes, ...]:
        """HashedId3 of the certificates that were missing at ``since`` (POSIX s) or later, oldest first.

        What a station may ask for in inlineP2pcdRequest; the vehicle profile leaves that field out.
        """
        return tuple(id8[-3:] for id8, at in self._wanted.items() if at >= since)

    def _miss(self, id8: bytes, at: float) -> None:
        self._wanted[id8] = at
        self._wanted.move_to_end(id8)
        if len(self._wanted) > self.settings.wanted_limit:
            self._wanted.popitem(last=False)

    def _ask_for(self, error: TrustError, at: float) -> None:
        if isinstance(error, MissingIssuerError):
            self._miss(error.issuer, at)

    def _came(self, id8: bytes) -> None:
        """A certificate is there: nobody is asked for it, and who was refused for its lack no longer is."""
        self._wanted.pop(id8, None)
        self._memory.forgive(id8)

    def _judge_and_remember(self, value: Record, id8: bytes, at: float) -> KnownSigner:
        version = self.revocations.version
        try:
            certificate = Certificate.of(value)
            chain = self._judge(certificate, at)
            key = _key(certificate)
        except TrustError as error:
            self._ask_for(error, at)
            self._memory.refuse(id8, Refusal.of(error, version))
            raise
        known = KnownSigner(certificate, id8.hex(), key, chain, version)
        self._memory.believe(known)
        self._wanted.pop(id8, None)
        return known

    def _judge(self, certificate: Certificate, at: float) -> Chain:
        id8 = certificate.hashed_id8
        chain = self._chain(certificate)
        check_algorithms(chain, self.settings)
        check_validity(chain, at, self.settings)
        named = [member for member in chain.members if is_identified(member.region)]
        check_regions(named, id8, self.settings.country, self.place)
        check_permissions(chain)
        self._check_signatures(chain)
        self._check_revocation(chain, at)  # last: working out linkage values is only for what is signed
        return chain

    def _recheck(self, known: KnownSigner, at: float) -> None:
        """What can change after a signer was accepted: time, revocations, the receiver's place."""
        path = known.path
        if not path.valid_from_at <= at <= path.valid_until_at:
            check_validity(path, at, self.settings)
        version = self.revocations.version
        if known.cleared_by != version:
            self._check_revocation(path, at)
            known.cleared_by = version
        if path.drawn_regions:
            check_regions(path.members, path.members[0].hashed_id8, self.settings.country, self.place)

    def _chain(self, certificate: Certificate) -> Chain:
        chain = [certificate]
        while (issuer := chain[-1].issuer) is not None:
            judged = self._judged.get(issuer)
            if judged is not None and len(chain) + len(judged.members) <= MAX_CHAIN:
                return Chain.of((*chain, *judged.members), self.settings)
            found = self._authorities.get(issuer)
            if len(chain) == MAX_CHAIN or judged is not None:
                raise invalid(f"chain: more than {MAX_CHAIN} certificates", certificate)
            if found is None:
                raise MissingIssuerError(issuer, certificate.hashed_id8)
            chain.append(found)
        root = self._roots.get(chain[-1].hashed_id8)
        if root is None or root.digest != chain[-1].digest:
            raise invalid(f"chain: root {chain[-1].hashed_id8.hex()} is not trusted", certificate)
        return Chain.of(tuple(chain), self.settings)

    def _check_revocation(self, chain: Chain, at: float) -> None:
        for member in chain.members:
            complaint = self.revocations.complaint(member, at)
            if complaint:
                raise TrustError(Reason.SIGNER_REVOKED, complaint, signer=chain.members[0].hashed_id8)

    def _check_signatures(self, chain: Chain) -> None:
        """From the root down, so that no signature is tried under a key that is not believed itself."""
        members = chain.members
        for place in reversed(range(len(members) - 1)):
            subject = members[place]
            judged = self._judged.get(subject.hashed_id8)
            if judged is not None and judged.members[0].digest == subject.digest:
                continue
            check_signature(subject, members[place + 1], members[0])
            if place:
                self._judged[subject.hashed_id8] = Chain.of(members[place:], self.settings)


def _key(certificate: Certificate) -> VerifyingKey:
    try:
        return certificate.public_key()
    except ValueError as error:
        raise LastingError(
            Reason.SIGNER_CERTIFICATE_INVALID, str(error), signer=certificate.hashed_id8
        ) from None
