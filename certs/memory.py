"""What a trust store remembers of signers: the believed ones with their keys, and why others were refused.

Both are bounded and least recently used leaves first.  A believed signer is found by its HashedId8 or by the
octets of its certificate, so that a certificate seen before is neither decoded into parts nor hashed again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs.chains import LastingError, MissingIssuerError
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from v2x.certs.certificate import Certificate, VerifyingKey
    from v2x.certs.chains import Chain

__all__ = ["KnownSigner", "Refusal", "SignerMemory"]


@dataclass(slots=True, eq=False)
class KnownSigner:
    """A believed certificate with its ready key; ``path`` says in which span its whole chain is valid.

    ``name`` is the HashedId8 in lower-case hex.  ``cleared_by`` is the version of the revocations by which
    no member of the chain is revoked.
    """

    certificate: Certificate
    name: str
    key: VerifyingKey
    path: Chain
    cleared_by: int

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The certificates from this one to its root."""
        return self.path.members


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a certificate was refused; ``missing`` is the issuer whose certificate would have to come first.

    ``version`` is that of the revocations: a revoked certificate stays so until they change.
    """

    reason: Reason
    detail: str
    lasting: bool
    missing: bytes | None
    version: int

    @classmethod
    def of(cls, error: TrustError, version: int) -> Refusal:
        """What ``error`` says."""
        missing = error.issuer if isinstance(error, MissingIssuerError) else None
        return cls(error.reason, error.detail, isinstance(error, LastingError), missing, version)

    def stands(self, version: int) -> bool:
        """Whether judging the certificate again would end alike."""
        return self.lasting or (self.reason is Reason.SIGNER_REVOKED and self.version == version)

    def error(self, id8: bytes) -> TrustError:
        """The refusal as an error, made anew each time."""
        return TrustError(self.reason, self.detail, signer=id8)


class SignerMemory:
    """At most ``signers_limit`` believed signers and ``refused_limit`` refused ones."""

    def __init__(self, signers_limit: int, refused_limit: int) -> None:
        self._signers_limit = signers_limit
        self._refused_limit = refused_limit
        self._known: OrderedDict[bytes, KnownSigner] = OrderedDict()
        self._by_octets: dict[bytes, KnownSigner] = {}
        self._refused: OrderedDict[bytes, Refusal] = OrderedDict()

    @property
    def known_count(self) -> int:
        """Believed signers."""
        return len(self._known)

    @property
    def refused_count(self) -> int:
        """Refused certificates."""
        return len(self._refused)

    def known(self, id8: bytes) -> KnownSigner | None:
        """The believed signer with this HashedId8, now the most recently used."""
        known = self._known.get(id8)
        if known is not None:
            self._known.move_to_end(id8)
        return known

    def holder(self, octets: bytes) -> KnownSigner | None:
        """The believed signer with this certificate, octet for octet."""
        return self._by_octets.get(octets)

    def refusal(self, id8: bytes) -> Refusal | None:
        """Why the certificate with this HashedId8 was refused."""
        return self._refused.get(id8)

    def believe(self, known: KnownSigner) -> None:
        """A certificate was judged and is believed."""
        id8 = known.certificate.hashed_id8
        self._refused.pop(id8, None)
        self._forget(id8)
        self._known[id8] = known
        self._by_octets[known.certificate.octets] = known
        if len(self._known) > self._signers_limit:
            self._forget(next(iter(self._known)))

    def refuse(self, id8: bytes, refusal: Refusal) -> None:
        """A certificate was judged and is not believed."""
        self._refused[id8] = refusal
        self._refused.move_to_end(id8)
        if len(self._refused) > self._refused_limit:
            self._refused.popitem(last=False)

    def forgive(self, issuer: bytes) -> None:
        """The certificate of ``issuer`` came: who was refused for its lack is unknown again."""
        for id8 in [one for one, refusal in self._refused.items() if refusal.missing == issuer]:
            del self._refused[id8]

    def _forget(self, id8: bytes) -> None:
        known = self._known.pop(id8, None)
        if known is not None:
            del self._by_octets[known.certificate.octets]
