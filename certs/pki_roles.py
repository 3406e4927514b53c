"""Who may do what in the test PKI: the certificates of all roles as data.  Ours, not the standard's.

    root ─► intermediate ─┬─► enrolment authority     ─► enrolment certificates (sign requests)
                          ├─► pseudonym authority     ─► vehicles: 111..114, no name, hours
                          ├─► application authority   ─► road-side units 3618..3623, identities 113 and 114
                          ├─► registration authority      takes requests, sees no answer
                          ├─► misbehaviour authority      takes reports, signs revocation lists
                          └─► linkage authorities 1, 2    hold the linkage seeds
    list authority (self-signed)                          signs the root list and the domain list

A chain from a vehicle has four certificates: what an authority may issue is counted from it (1 its own, 2 the
next below).  All authorities sign management messages (3627) and carry their role as ScmsSsp, as a published
root does; who signs revocation lists has 3628 with CrlSsp.  Enrolment certificates permit 3627 and say in
certRequestPermissions for what they may ask.

Sources: roles and AIDs of YD/T 3957-2021 by our facts; permissions of a published root and of a pseudonym
request; the meaning of eeType and of the chain length as in IEEE 1609.2 (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from v2x.certs.issue import APPLICATION, ENROLMENT, IssueGroup, Template
from v2x.codecs import aids, coer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "APPLICATIONS",
    "CRL_SERIES",
    "EMERGENCY_AIDS",
    "ENROLMENTS",
    "INTERMEDIATE",
    "LINKAGE",
    "LISTS",
    "MANAGEMENT",
    "MISBEHAVIOUR",
    "PSEUDONYMS",
    "PSEUDONYM_AIDS",
    "REGISTRATION",
    "ROADSIDE_AIDS",
    "ROOT",
    "TRAFFIC_AIDS",
    "VEHICLE_AIDS",
    "Role",
    "authority_roles",
    "enrolment_template",
]

VEHICLE_AIDS = (aids.BSM, aids.BSM_EVENT)
EMERGENCY_AIDS = (aids.BSM_EMERGENCY, aids.BSM_EMERGENCY_EVENT)
PSEUDONYM_AIDS = VEHICLE_AIDS + EMERGENCY_AIDS
ROADSIDE_AIDS = (aids.MAP, aids.SPAT, aids.RSI_STATIC, aids.RSI_SEMI_STATIC, aids.RSI_DYNAMIC, aids.RSM)
TRAFFIC_AIDS = PSEUDONYM_AIDS + ROADSIDE_AIDS
MANAGEMENT = (aids.CERTIFICATE_MANAGEMENT, aids.CRL, aids.MISBEHAVIOUR)

ROOT, LISTS = "root", "list-authority"
INTERMEDIATE, ENROLMENTS = "intermediate-authority", "enrolment-authority"
PSEUDONYMS, APPLICATIONS = "pseudonym-authority", "application-authority"
REGISTRATION, MISBEHAVIOUR = "registration-authority", "misbehaviour-authority"
LINKAGE = {"linkage-authority-1": bytes((0, 1)), "linkage-authority-2": bytes((0, 2))}
"""Linkage authorities by name, with their LaId (2 octets)."""

CRL_SERIES = (0, 1)
"""Series of the revocation lists: 0 by hash (crlSeries of our certificates), 1 by linkage seeds (ours)."""

ENROLMENT_YEARS = 3
"""How long an enrolment certificate is valid."""


def _scms(kind: str, **more: Any) -> bytes:
    """SSP of AID 3627: the role."""
    return coer.encode("ScmsSsp", (kind, {"version": 1, **more}))


def _crl(own: bool) -> bytes:
    """SSP of AID 3628: whether the holder itself or its issuer is the CRACA of these series."""
    craca = "isCraca" if own else "issuerIsCraca"
    return coer.encode("CrlSsp", {"version": 1, "associatedCraca": craca, "crls": list(CRL_SERIES)})


def _levels(above: int) -> tuple[IssueGroup, ...]:
    """What an authority ``above`` steps over those that issue to end entities may do."""
    return (
        IssueGroup(TRAFFIC_AIDS, shortest=above + 1, kinds=APPLICATION | ENROLMENT),
        IssueGroup(MANAGEMENT, extra=above, any_ssp=True),
    )


@dataclass(frozen=True, slots=True)
class Role:
    """One authority: its issuer's name (None: self-signed), permissions, and whether one encrypts to it.

    ``ssp`` are the AIDs that it signs itself with their SSP, ``plain`` those without one.
    """

    issuer: str | None
    ssp: Mapping[int, bytes]
    issues: tuple[IssueGroup, ...] = ()
    plain: tuple[int, ...] = ()
    encrypts: bool = False

    def template(self, name: str, starts_at: float, years: int, leap_seconds: int) -> Template:
        """Its certificate, still without an encryption key."""
        return Template(
            starts_at,
            ("years", years),
            f"TEST {name.replace('-', ' ')}",
            (*self.ssp, *self.plain),
            self.issues,
            ssp=self.ssp,
            leap_seconds=leap_seconds,
        )


@cache
def authority_roles() -> Mapping[str, Role]:
    """The authorities, each after its issuer."""
    return {
        ROOT: Role(
            None,
            {aids.CERTIFICATE_MANAGEMENT: _scms("root"), aids.CRL: _crl(own=True)},
            _levels(2),
        ),
        INTERMEDIATE: Role(ROOT, {aids.CERTIFICATE_MANAGEMENT: _scms("ica")}, _levels(1)),
        ENROLMENTS: Role(
            INTERMEDIATE,
            {aids.CERTIFICATE_MANAGEMENT: _scms("eca")},
            (
                IssueGroup((aids.CERTIFICATE_MANAGEMENT,), any_ssp=True),
                IssueGroup(TRAFFIC_AIDS, kinds=ENROLMENT),
            ),
            encrypts=True,
        ),
        PSEUDONYMS: Role(
            INTERMEDIATE,
            {aids.CERTIFICATE_MANAGEMENT: _scms("aca")},
            (IssueGroup(PSEUDONYM_AIDS),),
            encrypts=True,
        ),
        APPLICATIONS: Role(
            INTERMEDIATE,
            {aids.CERTIFICATE_MANAGEMENT: _scms("aca")},
            (IssueGroup(ROADSIDE_AIDS + EMERGENCY_AIDS),),
            encrypts=True,
        ),
        REGISTRATION: Role(INTERMEDIATE, {aids.CERTIFICATE_MANAGEMENT: _scms("ra")}, encrypts=True),
        MISBEHAVIOUR: Role(
            INTERMEDIATE,
            {
                aids.CERTIFICATE_MANAGEMENT: _scms("ma", relevantAids=list(TRAFFIC_AIDS)),
                aids.CRL: _crl(own=False),
            },
            plain=(aids.MISBEHAVIOUR,),
            encrypts=True,
        ),
        **{
            name: Role(
                INTERMEDIATE,
                {aids.CERTIFICATE_MANAGEMENT: _scms("la", laId=int.from_bytes(la_id))},
                encrypts=True,
            )
            for name, la_id in LINKAGE.items()
        },
        LISTS: Role(None, {aids.CERTIFICATE_MANAGEMENT: _scms("root"), aids.CRL: _crl(own=True)}),
    }


def enrolment_template(name: str, app: tuple[int, ...], starts_at: float, leap_seconds: int) -> Template:
    """An enrolment certificate: it signs requests for certificates of these AIDs."""
    return Template(
        starts_at,
        ("years", ENROLMENT_YEARS),
        name,
        (aids.CERTIFICATE_MANAGEMENT,),
        ssp={aids.CERTIFICATE_MANAGEMENT: _scms("ee")},
        requests=(IssueGroup(app),),
        leap_seconds=leap_seconds,
    )
