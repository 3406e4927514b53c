"""What a certificate says, as plain data: the part of :mod:`v2x.certs.describe` for certificates.

    object, kind, version, type, id, issuer, issuer_hash, hashed_id8, hashed_id10, sm3, octets, craca_id,
    crl_series, validity, region, assurance_level, permissions {sign, issue, request}, can_request_rollover,
    verification_key, encryption_key, signature, own_signature, unknown

It reads the decoded value, not :class:`v2x.certs.Certificate`: what the receiver doesn't support is explained
too.  Nothing is believed here; of a self-signed certificate it is tried whether its own signature verifies.

Source: types of YD/T 3957-2021 by one public transcription; that the SSP of AID 3627 and 3629 is a ScmsSsp
and that of 3628 a CrlSsp fits the certificate of a real authority and is inferred for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.certificate import YEAR_S, Certificate, certificate_digest
from v2x.certs.instants import utc_text
from v2x.certs.region import describe as region_text
from v2x.clock import from_time32
from v2x.codecs import aids, coer
from v2x.errors import CodecError, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "DescribeSettings",
    "certificate_facts",
    "curve_point",
    "instant",
    "issuer_name",
    "plain",
    "signature_facts",
    "subject_facts",
    "unknown_parts",
]

_SECONDS = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "sixtyHours": 216_000.0,
}

_SSP_TYPES = {aids.CERTIFICATE_MANAGEMENT: "ScmsSsp", aids.CRL: "CrlSsp", aids.MISBEHAVIOUR: "ScmsSsp"}
_END_ENTITIES = ((0x80, "app"), (0x40, "enroll"))


@dataclass(frozen=True, slots=True)
class DescribeSettings:
    """What the sources leave open, as in :class:`v2x.certs.TrustSettings`.

    ``leap_seconds``: how many of them the times count since 2004; ``year_s``: seconds of a year.
    """

    leap_seconds: int = 0
    year_s: float = YEAR_S


def certificate_facts(value: coer.Record, settings: DescribeSettings) -> dict[str, Any]:
    """A decoded ``Certificate`` in plain data."""
    digest = certificate_digest(value)
    facts: dict[str, Any] = {
        "object": "certificate",
        "kind": _kind(value),
        "version": value["version"],
        "type": value["type"],
        **issuer_name(value["issuer"]),
        "hashed_id8": digest[-8:].hex(),
        "hashed_id10": digest[-10:].hex(),
        "sm3": sm2.sm3(value.octets).hex(),
        "octets": len(value.octets),
        **subject_facts(value["toBeSigned"], settings),
        "signature": signature_facts(value["signature"]) if "signature" in value else None,
        "own_signature": _own_signature(value),
        "unknown": list(unknown_parts(value)),
    }
    return facts


def subject_facts(subject: Mapping[str, Any], settings: DescribeSettings) -> dict[str, Any]:
    """A decoded ``ToBeSignedCertificate``: what a certificate says or a request asks for."""
    region = subject.get("region")
    level = subject.get("assuranceLevel")
    key = subject.get("encryptionKey")
    kind, indicator = subject["verifyKeyIndicator"]
    return {
        "id": _id(subject["id"]),
        "craca_id": subject["cracaId"].hex(),
        "crl_series": subject["crlSeries"],
        "validity": _validity(subject["validityPeriod"], settings),
        "region": None if region is None else {"text": region_text(region), "value": plain(region)},
        "assurance_level": None if level is None else level.hex(),
        "permissions": {
            "sign": [_permission(row) for row in subject.get("appPermissions", ())],
            "issue": [_group(row) for row in subject.get("certIssuePermissions", ())],
            "request": [_group(row) for row in subject.get("certRequestPermissions", ())],
        },
        "can_request_rollover": "canRequestRollover" in subject,
        "verification_key": _verification_key(kind, indicator),
        "encryption_key": None if key is None else _encryption_key(key),
    }


def issuer_name(issuer: tuple[str, Any]) -> dict[str, Any]:
    """Who signed: ``issuer`` is a HashedId8 in hex, or ``self``; ``issuer_hash`` the hash algorithm."""
    kind, value = issuer
    if kind == "self":
        return {"issuer": "self", "issuer_hash": value}
    if kind == coer.UNKNOWN:
        return {"issuer": value[1].hex(), "issuer_hash": f"unknown alternative {value[0]}"}
    return {"issuer": value.hex(), "issuer_hash": kind.removesuffix("AndDigest")}


def signature_facts(signature: tuple[str, Any]) -> dict[str, Any]:
    """A decoded ``Signature``."""
    kind, value = signature
    return {"algorithm": kind, "value": plain(value)}


def curve_point(point: tuple[str, Any]) -> dict[str, Any]:
    """A decoded ``EccP256CurvePoint`` or ``EccP384CurvePoint``: its form, and its octets as in SEC 1."""
    form, value = point
    if form == "uncompressed":
        return {"form": form, "point": "04" + value["x"].hex() + value["y"].hex()}
    head = {"compressed-y-0": "02", "compressed-y-1": "03"}.get(form, "")
    return {"form": form, "point": head + value.hex() if isinstance(value, bytes) else None}


def instant(seconds: int, settings: DescribeSettings) -> str:
    """A Time32 in words."""
    return utc_text(from_time32(seconds, settings.leap_seconds))


def plain(value: Any) -> Any:
    """Any decoded value as what JSON has: octets in hex, a choice as an object of its alternative."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != coer.UNKNOWN}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return {value[0]: plain(value[1])}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def unknown_parts(value: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Additions and alternatives of a later edition, kept as octets: path, index or tag, hex."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == coer.UNKNOWN:
                for index, octets in inner[1]:
                    yield {"path": path or ".", "addition": index, "octets": octets.hex()}
            else:
                yield from unknown_parts(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from unknown_parts(inner, f"{path}[{index}]")
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        if value[0] == coer.UNKNOWN:
            yield {"path": path or ".", "alternative": value[1][0], "octets": value[1][1].hex()}
        else:
            yield from unknown_parts(value[1], path)


def _own_signature(value: coer.Record) -> str | None:
    """What is said of the signature of one that signs itself; None for what another signed."""
    if value["issuer"][0] != "self":
        return None
    try:
        certificate = Certificate.of(value)
    except TrustError as error:
        return f"not tried: {error.detail}"
    return "verifies" if certificate.is_signed_by(certificate) else "does not verify"


def _kind(value: coer.Record) -> str:
    if value["issuer"][0] == "self":
        return "root" if "certIssuePermissions" in value["toBeSigned"] else "self-signed"
    return "authority" if "certIssuePermissions" in value["toBeSigned"] else "end entity"


def _id(value: tuple[str, Any]) -> dict[str, Any]:
    kind, inner = value
    if kind == "linkageData":
        group = inner.get("group-linkage-value")
        return {
            "kind": "linkageData",
            "i": inner["iCert"],
            "linkage_value": inner["linkage-value"].hex(),
            "group": None if group is None else {"j": group["jValue"].hex(), "value": group["value"].hex()},
        }
    if kind == "name":
        return {"kind": "name", "name": inner}
    return {"kind": kind} if inner is None else {"kind": kind, "value": plain(inner)}


def _validity(period: Mapping[str, Any], settings: DescribeSettings) -> dict[str, Any]:
    unit, count = period["duration"]
    start_at = from_time32(period["start"], settings.leap_seconds)
    end_at = start_at + count * _SECONDS.get(unit, settings.year_s)
    return {
        "from": utc_text(start_at),
        "until": utc_text(end_at),
        "duration": f"{count} {unit}",
        "from_at": start_at,
        "until_at": end_at,
    }


def _permission(row: Mapping[str, Any]) -> dict[str, Any]:
    ssp = row.get("ssp")
    return {**_aid(row["aid"]), "ssp": None if ssp is None else _ssp(row["aid"], ssp)}


def _aid(aid: int) -> dict[str, Any]:
    entry = aids.lookup(aid)
    return {"aid": aid, "use": entry.use if entry else aids.VENDOR_ONLY.get(aid)}


def _ssp(aid: int, ssp: tuple[str, Any]) -> dict[str, Any]:
    """An SSP: its octets, and what they mean where the AID has a type for them."""
    kind, value = ssp
    facts = {"kind": kind, "octets": plain(value)}
    if kind == "opaque" and aid in _SSP_TYPES:
        try:
            facts["means"] = {_SSP_TYPES[aid]: plain(coer.decode(_SSP_TYPES[aid], value))}
        except CodecError:  # of another type than is known: the octets stand there
            facts["means"] = None
    return facts


def _group(row: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = row["subjectPermissions"]
    if kind == "explicit":
        permitted: Any = [{**_aid(one["aid"]), "ssp_range": plain(one.get("sspRange"))} for one in value]
    else:
        permitted = "all" if kind == "all" else f"unknown alternative {value[0]}"
    shortest, extra = row["minChainLength"], row["chainLengthRange"]
    bits = row["eeType"][0][0]
    return {
        "aids": permitted,
        "min_chain_length": shortest,
        "max_chain_length": None if extra == -1 else shortest + extra,
        "for": [name for bit, name in _END_ENTITIES if bits & bit],
    }


def _verification_key(kind: str, indicator: Any) -> dict[str, Any]:
    if kind == "verificationKey":
        algorithm, point = indicator
        if algorithm != coer.UNKNOWN:
            return {"algorithm": algorithm, **curve_point(point)}
        return {"algorithm": f"unknown alternative {point[0]}", "form": None, "point": None}
    if kind == "reconstructionValue":
        return {"algorithm": "implicit: reconstruction value", **curve_point(indicator)}
    return {"algorithm": f"unknown alternative {indicator[0]}", "form": None, "point": None}


def _encryption_key(key: Mapping[str, Any]) -> dict[str, Any]:
    algorithm, point = key["publicKey"]
    cipher = key["supportedSymmAlg"]
    if algorithm == coer.UNKNOWN:
        return {"algorithm": f"unknown alternative {point[0]}", "cipher": cipher, "form": None, "point": None}
    return {"algorithm": algorithm, "cipher": cipher, **curve_point(point)}
