"""Making certificates: ours, not the standard's arrangement (it satisfies the receiver's checks).

    Certificate { version 3, type explicit, issuer, toBeSigned, sm2Signature }
    toBeSigned  { id, cracaId, crlSeries, validityPeriod, region?, appPermissions?, certIssuePermissions?,
                  certRequestPermissions?, encryptionKey?, verifyKeyIndicator }

:class:`Template` says what stands in it, :func:`issue` makes a key pair and a certificate, and
:func:`issue_to` certifies the key that somebody else holds.  Which role gets which permissions stands in
:mod:`v2x.certs.pki_roles`.

Sources: certificate form of YD/T 3957-2021; permissions of a published root and of a pseudonym request;
types of SSP for management (ScmsSsp, CrlSsp) from the same transcription.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.certificate import Certificate
from v2x.clock import to_time32
from v2x.codecs import coer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "APPLICATION",
    "CHINA",
    "ENROLMENT",
    "Holder",
    "IssueGroup",
    "Template",
    "issue",
    "issue_to",
    "point_value",
    "to_be_signed",
]

CHINA = 156
"""Country code of the region (009C on the wire)."""

APPLICATION, ENROLMENT = 0x80, 0x40
"""Bits of EndEntityType: certificates that sign messages, and those that sign requests (as IEEE 1609.2)."""


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """What one may issue or request: AIDs at a distance of ``shortest`` to ``shortest + extra`` (-1: any).

    ``any_ssp``: with every SSP, else only without one.  ``kinds``: bits of EndEntityType.
    """

    aids: tuple[int, ...]
    shortest: int = 1
    extra: int = 0
    any_ssp: bool = False
    kinds: int = APPLICATION

    def value(self) -> dict[str, Any]:
        """As AidGroupPermissions."""
        ssp_range = {"sspRange": ("all", None)} if self.any_ssp else {}
        value: dict[str, Any] = {
            "subjectPermissions": ("explicit", [{"aid": aid, **ssp_range} for aid in self.aids]),
            "minChainLength": self.shortest,
            "chainLengthRange": self.extra,
        }
        if self.kinds != APPLICATION:
            value["eeType"] = (bytes((self.kinds,)), 8)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """A certificate to be made: validity from ``starts_at`` (POSIX s) for ``duration`` (unit, count).

    ``name`` None gives an id of kind none, ``linkage`` (iCert, 9 octets) one of kind linkageData.  ``app``
    are the AIDs of its appPermissions, ``ssp`` the opaque SSP of some of them.  ``region`` is a
    GeographicRegion; without it ``countries`` are named, and where those are empty, too, it is absent.
    ``encryption_point`` (33 or 65 octets) is a public SM2 key to encrypt to.
    """

    starts_at: float
    duration: tuple[str, int]
    name: str | None = None
    app: tuple[int, ...] = ()
    issues: tuple[IssueGroup, ...] = ()
    countries: tuple[int, ...] = (CHINA,)
    leap_seconds: int = 0
    ssp: Mapping[int, bytes] = field(default_factory=dict)
    requests: tuple[IssueGroup, ...] = ()
    linkage: tuple[int, bytes] | None = None
    region: tuple[str, Any] | None = None
    encryption_point: bytes | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its private key; the key never shows in a representation."""

    certificate: Certificate
    private_key: bytes

    def sign(self, message: bytes) -> bytes:
        """Signature r || s over ``message`` under the SM3 of the certificate."""
        return sm2.sign(self.private_key, message, self.certificate.sm3)

    def __repr__(self) -> str:
        return f"<Holder of {self.certificate!r}>"


def issue(template: Template, issuer: Holder | None, private_key: bytes | None = None) -> Holder:
    """A new certificate with a new key pair (or ``private_key``), signed by ``issuer`` or by itself."""
    subject_key = private_key or sm2.generate()
    point = sm2.public_point(subject_key)
    if issuer is not None:
        return Holder(issue_to(template, point, issuer), subject_key)
    inner = coer.encode("ToBeSignedCertificate", to_be_signed(template, point))
    signature = sm2.sign(subject_key, inner, sm2.DEFAULT_ID)
    return Holder(_certificate(("self", "sm3"), inner, signature), subject_key)


def issue_to(template: Template, point: bytes, issuer: Holder) -> Certificate:
    """A certificate by ``issuer`` for the holder of the public key ``point``; ValueError if it is none."""
    inner = coer.encode("ToBeSignedCertificate", to_be_signed(template, point))
    named = ("sm3AndDigest", issuer.certificate.hashed_id8)
    return _certificate(named, inner, issuer.sign(inner))


def _certificate(issuer: tuple[str, Any], inner: bytes, signature: bytes) -> Certificate:
    value = {
        "version": 3,
        "type": "explicit",
        "issuer": issuer,
        "toBeSigned": coer.decode("ToBeSignedCertificate", inner),
        "signature": ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]}),
    }
    return Certificate.decode(coer.encode("Certificate", value))


def point_value(point: bytes) -> tuple[str, bytes]:
    """A key of 33 or 65 octets as compressed EccP256CurvePoint; ValueError if it isn't on the curve."""
    short = sm2.compress(point)
    return "compressed-y-0" if short[0] == 2 else "compressed-y-1", short[1:]


def to_be_signed(template: Template, point: bytes) -> dict[str, Any]:
    """ToBeSignedCertificate by ``template`` for the key ``point``; ValueError if that isn't on the curve."""
    value: dict[str, Any] = {
        "id": _id(template),
        "cracaId": bytes(3),
        "crlSeries": 0,
        "validityPeriod": {
            "start": to_time32(template.starts_at, template.leap_seconds),
            "duration": template.duration,
        },
        "verifyKeyIndicator": ("verificationKey", ("ecsigSm2", point_value(point))),
    }
    if template.region is not None:
        value["region"] = template.region
    elif template.countries:
        value["region"] = ("identifiedRegion", [("countryOnly", code) for code in template.countries])
    if template.app:
        value["appPermissions"] = [_permission(aid, template.ssp.get(aid)) for aid in template.app]
    if template.issues:
        value["certIssuePermissions"] = [group.value() for group in template.issues]
    if template.requests:
        value["certRequestPermissions"] = [group.value() for group in template.requests]
    if template.encryption_point is not None:
        key = ("ecencSm2", point_value(template.encryption_point))
        value["encryptionKey"] = {"supportedSymmAlg": "sm4Ccm", "publicKey": key}
    return value


def _id(template: Template) -> tuple[str, Any]:
    if template.linkage is not None:
        i_cert, value = template.linkage
        return "linkageData", {"iCert": i_cert, "linkage-value": value}
    return ("none", None) if template.name is None else ("name", template.name)


def _permission(aid: int, ssp: bytes | None) -> dict[str, Any]:
    return {"aid": aid} if ssp is None else {"aid": aid, "ssp": ("opaque", ssp)}
