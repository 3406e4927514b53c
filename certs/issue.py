"""Making certificates for the test PKI: ours, not the standard's (it satisfies the receiver's checks).

    root                    issues AIDs 111..114, 3618..3623, 3627..3629; minChainLength 2
    pseudonym authority     issues 111..114;   minChainLength 1, chainLengthRange 0, eeType app
    application authority   issues 3618..3623; likewise
    end entity              id none (a name only for the road-side unit), cracaId 000000, crlSeries 0,
                            region 156, appPermissions with SSP absent, explicit SM2 key

Sources: certificate form of YD/T 3957-2021; permissions of a published root and of a pseudonym request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.certificate import Certificate
from v2x.clock import to_time32
from v2x.codecs import coer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CHINA", "Holder", "IssueGroup", "Template", "issue"]

CHINA = 156
"""Country code of the region (009C on the wire)."""


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """What an authority may issue: AIDs at a distance of ``shortest`` to ``shortest + extra`` (-1: any)."""

    aids: tuple[int, ...]
    shortest: int = 1
    extra: int = 0

    def value(self) -> dict[str, Any]:
        """As AidGroupPermissions."""
        return {
            "subjectPermissions": ("explicit", [{"aid": aid} for aid in self.aids]),
            "minChainLength": self.shortest,
            "chainLengthRange": self.extra,
        }


@dataclass(frozen=True, slots=True)
class Template:
    """A certificate to be made: validity from ``starts_at`` (POSIX s) for ``duration`` (unit, count).

    ``name`` None gives an id of kind none.  ``countries`` empty leaves the region out.
    """

    starts_at: float
    duration: tuple[str, int]
    name: str | None = None
    app: tuple[int, ...] = ()
    issues: tuple[IssueGroup, ...] = ()
    countries: tuple[int, ...] = (CHINA,)
    leap_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate with its private key; the key never shows in a representation."""

    certificate: Certificate
    private_key: bytes

    def __repr__(self) -> str:
        return f"<Holder of {self.certificate!r}>"


def issue(template: Template, issuer: Holder | None, private_key: bytes | None = None) -> Holder:
    """A new certificate with a new key pair (or ``private_key``), signed by ``issuer`` or by itself."""
    subject_key = private_key or sm2.generate()
    point = sm2.compress(sm2.public_point(subject_key))
    value = {
        "version": 3,
        "type": "explicit",
        "issuer": ("self", "sm3") if issuer is None else ("sm3AndDigest", issuer.certificate.hashed_id8),
        "toBeSigned": _to_be_signed(template, point),
    }
    signing_key = subject_key if issuer is None else issuer.private_key
    user_id = sm2.DEFAULT_ID if issuer is None else issuer.certificate.sm3
    signature = sm2.sign(signing_key, coer.encode("ToBeSignedCertificate", value["toBeSigned"]), user_id)
    value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    return Holder(Certificate.decode(coer.encode("Certificate", value)), subject_key)


def _to_be_signed(template: Template, point: bytes) -> dict[str, Any]:
    form = "compressed-y-0" if point[0] == 2 else "compressed-y-1"
    value: dict[str, Any] = {
        "id": ("none", None) if template.name is None else ("name", template.name),
        "cracaId": bytes(3),
        "crlSeries": 0,
        "validityPeriod": {
            "start": to_time32(template.starts_at, template.leap_seconds),
            "duration": template.duration,
        },
        "verifyKeyIndicator": ("verificationKey", ("ecsigSm2", (form, point[1:]))),
    }
    if template.countries:
        value["region"] = ("identifiedRegion", [("countryOnly", code) for code in template.countries])
    if template.app:
        value["appPermissions"] = _app_permissions(template.app)
    if template.issues:
        value["certIssuePermissions"] = [group.value() for group in template.issues]
    return value


def _app_permissions(aids: Iterable[int]) -> list[dict[str, Any]]:
    return [{"aid": aid} for aid in aids]
