"""Chains: from a certificate by its issuers to a root, and what is checked along the way.

    signer ─► pseudonym authority ─► (intermediate) ─► root       each issuer by its HashedId8

Every function raises TrustError with the reason and a detail that begins with what is wrong: ``chain``, ``not
yet valid``, ``expired``, ``algorithm``, a region, a permission, a signature.  Nothing here has a memory;
:class:`v2x.certs.TrustStore` has.

Source: receiver's checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts; the meaning of minChainLength,
chainLengthRange and SSP ranges as in IEEE 1609.2 (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs.certificate import P256, SM2, YEAR_S, Certificate
from v2x.certs.instants import utc_text
from v2x.certs.region import is_identified, region_complaint
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs.region import Place

__all__ = [
    "MAX_CHAIN",
    "Chain",
    "LastingError",
    "MissingIssuerError",
    "TrustSettings",
    "check_algorithms",
    "check_permissions",
    "check_regions",
    "check_signature",
    "check_validity",
    "invalid",
]

MAX_CHAIN = 6
"""Certificates from a signer to its root: with an intermediate authority 4; a loop ends here."""


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """What the sources leave open, and bounds.

    ``leap_seconds``: how many of them Time32 and Time64 count (unknown; 0 or 5).  ``year_s``: seconds of a
    validity in years (as in IEEE 1609.2, inferred).  ``country``: the code a region must cover, 156 is China.
    ``algorithms``: those of keys that are taken; the vehicle profile has ``sm2`` only, ``p256`` counts where
    somebody trusts a root that leads to it.  ``signers_limit``: accepted signers kept, some 7 KB each; a
    vehicle hears hundreds of neighbours, who change their pseudonym every 300 s.  ``refused_limit``: refused
    certificates remembered for their digests; beyond it the oldest is forgotten and its digests count as
    unknown signers.  ``learnt_limit``: authorities learnt from messages; a region has tens.
    ``wanted_limit``: missing certificates that this node would ask for; a request is a header field, and
    three octets name each.
    """

    leap_seconds: int = 0
    year_s: float = YEAR_S
    country: int = 156
    algorithms: tuple[str, ...] = (SM2, P256)
    signers_limit: int = 2048
    refused_limit: int = 1024
    learnt_limit: int = 64
    wanted_limit: int = 16


class LastingError(TrustError):
    """A refusal that no later instant or setting can lift: its signature or key is wrong."""


class MissingIssuerError(TrustError):
    """The chain ends at an issuer whose certificate isn't there; ``issuer`` is its HashedId8."""

    def __init__(self, issuer: bytes, signer: bytes) -> None:
        self.issuer = issuer
        detail = f"chain: unknown issuer {issuer.hex()}"
        super().__init__(Reason.SIGNER_CERTIFICATE_INVALID, detail, signer=signer)


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Certificates, each issued by the next one, and the span in which all of them are valid (POSIX s)."""

    members: tuple[Certificate, ...]
    valid_from_at: float
    valid_until_at: float
    drawn_regions: bool

    @classmethod
    def of(cls, members: tuple[Certificate, ...], settings: TrustSettings) -> Chain:
        """The chain of these members."""
        spans = [member.validity(settings.leap_seconds, settings.year_s) for member in members]
        return cls(
            members,
            max(start for start, _ in spans),
            min(end for _, end in spans),
            not all(is_identified(member.region) for member in members),
        )


def invalid(detail: str, signer: Certificate) -> TrustError:
    """The refusal of ``signer`` for what ``detail`` says."""
    return TrustError(Reason.SIGNER_CERTIFICATE_INVALID, detail, signer=signer.hashed_id8)


def check_algorithms(chain: Chain, settings: TrustSettings) -> None:
    """Every key is of an algorithm that is taken, and of the one that the signature below it has."""
    signer = chain.members[0]
    for member in chain.members:
        if member.algorithm not in settings.algorithms:
            raise invalid(f"algorithm: a key of {member.algorithm} is not taken", signer)
    for subject, issuer in zip(chain.members, chain.members[1:], strict=False):
        if subject.signed_by != issuer.algorithm:
            detail = f"chain: a signature of {subject.signed_by} under a key of {issuer.algorithm}"
            raise invalid(detail, signer)


def check_validity(chain: Chain, at: float, settings: TrustSettings) -> None:
    """Every member is valid at ``at``; the details name the one that isn't."""
    if chain.valid_from_at <= at <= chain.valid_until_at:
        return
    signer = chain.members[0]
    for member in chain.members:
        start_at, end_at = member.validity(settings.leap_seconds, settings.year_s)
        whose = "" if member is signer else f"chain: issuer {member.hashed_id8.hex()} "
        if at < start_at:
            raise invalid(f"{whose}not yet valid (from {utc_text(start_at)})", signer)
        if not at <= end_at:
            raise invalid(f"{whose}expired ({utc_text(end_at)})", signer)


def check_regions(members: Iterable[Certificate], id8: bytes, country: int, place: Place | None) -> None:
    """Every region of ``members`` covers the country, or the place where it is drawn."""
    for member in members:
        complaint = region_complaint(member.region, country, place)
        if complaint:
            whose = "" if member.hashed_id8 == id8 else f"chain: issuer {member.hashed_id8.hex()}: "
            raise TrustError(Reason.SIGNER_REGION, whose + complaint, signer=id8)


def check_permissions(chain: Chain) -> None:
    """Each issuer may issue each of the signer's AIDs with its SSP, at its distance from the signer."""
    signer, *issuers = chain.members
    for distance, issuer in enumerate(issuers, start=1):
        for aid, ssp in signer.app_permissions.items():
            if any(group.covers(aid, ssp, distance) for group in issuer.issue_permissions):
                continue
            whose = f"chain: issuer {issuer.hashed_id8.hex()} may not issue"
            if any(group.covers(aid, None, distance) for group in issuer.issue_permissions):
                raise invalid(f"{whose} the SSP of AID {aid} at distance {distance}", signer)
            raise invalid(f"{whose} AID {aid} at distance {distance}", signer)


def check_signature(subject: Certificate, issuer: Certificate, signer: Certificate) -> None:
    """``subject``, a member of the chain of ``signer``, is signed by ``issuer``."""
    if not subject.is_signed_by(issuer):
        detail = f"chain: the signature of {subject.hashed_id8.hex()} is not its issuer's"
        raise LastingError(Reason.SIGNER_CERTIFICATE_INVALID, detail, signer=signer.hashed_id8)
