"""What octets of the security layer are, in plain data: for ``v2x cert show`` and for people who debug.

    DSMP unit (04 ...)                its AID, then what it carries
    secured message (03 8x)           signer, AID, times, payload; encrypted: for whom
    certificate                       :mod:`v2x.certs.describe_certificate`
    root list, domain list            issuer, series, dates, each certificate, addresses
    revocation list                   by itself, or inside a signed message of AID 3628
    certificate request               by itself, or inside a secured message

:func:`describe` tries each type whole, so what is accepted is canonical; any octets give a description or
CodecError of the type that was understood farthest.  Nothing is believed.

Source: types of YD/T 3957-2021 by one public transcription (``codecs/asn1/secured-message.json``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.describe_certificate import (
    DescribeSettings,
    certificate_facts,
    instant,
    issuer_name,
    plain,
    signature_facts,
    subject_facts,
    unknown_parts,
)
from v2x.certs.instants import utc_text
from v2x.clock import from_time64
from v2x.codecs import aids, coer, decode
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DescribeSettings", "describe", "recognise"]

DEPTH_LIMIT = 4
"""Secured messages inside each other that are opened: a request inside a signed inside an encrypted one is
three; deeper ones are shown as octets."""

_FRAME = 4
_TYPES = ("Certificate", "V2XSecData", "RootCtl", "PkiCtl", "CrlContents", "EeRaCertRequest")
"""In this order; the second and later octets tell them apart, but for lists without entries."""

_SIGNED_REQUEST = ("HashAlgorithm", "EeRaCertRequest", "SignerIdentifier", "Signature")
"""What stands inside a signedCertificateRequest, as in :mod:`v2x.certs.request` (inferred)."""


def describe(octets: bytes, settings: DescribeSettings | None = None) -> dict[str, Any]:
    """What ``octets`` are and say; ``object`` names the type.  CodecError where they are nothing known."""
    return _described(bytes(octets), settings or DescribeSettings(), DEPTH_LIMIT)


def recognise(octets: bytes) -> tuple[str, Any]:
    """The ASN.1 type of ``octets`` and their value; CodecError of the type that was understood farthest."""
    best: CodecError | None = None
    if not octets:
        raise CodecError(CodecErrorKind.TRUNCATED, "no octets")
    for name in _TYPES:
        try:
            return name, coer.decode(name, octets)
        except CodecError as error:
            if best is None or (error.bit or 0) > (best.bit or 0):
                best = error
    raise best or AssertionError("no type was tried")


def _described(octets: bytes, settings: DescribeSettings, depth: int) -> dict[str, Any]:
    if octets[:1] == bytes((_FRAME,)):
        unit = DsmpFrame.parse(octets)
        entry = aids.lookup(unit.aid)
        return {
            "object": "DSMP unit",
            "kind": "DSMP unit",
            "aid": unit.aid,
            "use": entry.use if entry else aids.VENDOR_ONLY.get(unit.aid),
            "octets": len(octets),
            "content": _inside(unit.payload, settings, depth, unit.aid),
        }
    name, value = recognise(octets)
    return _FACTS[name](value, settings, depth)


def _inside(octets: bytes, settings: DescribeSettings, depth: int, aid: int | None = None) -> dict[str, Any]:
    """A payload: something of the security layer, a message of the dictionary, or octets."""
    entry = None if aid is None else aids.lookup(aid)
    if (
        depth > 0
        and octets[:1] != bytes((_FRAME,))
        and (octets[:1] == b"\x03" or not (entry and entry.message))
    ):
        try:
            return _described(octets, settings, depth - 1)
        except CodecError:  # no type of this layer: a message, or octets
            pass
    if entry is None or entry.message:
        try:
            message = decode(octets)
        except CodecError as error:
            return {"object": "octets", "octets": len(octets), "hex": octets.hex(), "no_message": str(error)}
        return {"object": "message", "kind": message.kind, "profile": message.profile, "octets": len(octets)}
    return {"object": "octets", "octets": len(octets), "hex": octets.hex()}


def _certificate(value: coer.Record, settings: DescribeSettings, _depth: int) -> dict[str, Any]:
    return certificate_facts(value, settings)


def _secured(value: coer.Record, settings: DescribeSettings, depth: int) -> dict[str, Any]:
    kind, content = value["content"]
    facts: dict[str, Any] = {
        "object": "secured message",
        "kind": kind,
        "version": value["protocolVersion"],
        "octets": len(value.octets),
    }
    if kind == "signedData":
        facts |= _signed(content, settings, depth)
    elif kind == "unsecuredData":
        facts["payload"] = _inside(content, settings, depth)
    elif kind == "signedCertificateRequest":
        facts |= _signed_request(content, settings, depth)
    elif kind == "encryptedData":
        facts |= _encrypted(content)
    facts["unknown"] = list(unknown_parts(value))
    return facts


def _signed(value: coer.Record, settings: DescribeSettings, depth: int) -> dict[str, Any]:
    signed = value["tbsData"]
    header, payload = signed["headerInfo"], signed["payload"]
    aid = header["aid"]
    entry = aids.lookup(aid)
    facts: dict[str, Any] = {
        "hash_algorithm": value["hashId"],
        "aid": aid,
        "use": entry.use if entry else aids.VENDOR_ONLY.get(aid),
        "generation_time": _time64(header.get("generationTime"), settings),
        "expiry_time": _time64(header.get("expiryTime"), settings),
    }
    known = {"aid", "generationTime", "expiryTime", coer.UNKNOWN}
    facts["other_header_fields"] = {
        name: _header_field(name, field) for name, field in header.items() if name not in known
    }
    facts["signer"] = _signer(value["signer"], settings)
    facts["payload"] = _payload(payload, settings, depth, aid)
    facts["signature"] = signature_facts(value["signature"])
    return facts


def _signed_request(octets: bytes, settings: DescribeSettings, depth: int) -> dict[str, Any]:
    """Hash algorithm, EeRaCertRequest, signer, signature in a row; another form is shown as it is."""
    parts, after = [], 0
    try:
        for name in _SIGNED_REQUEST:
            part, after = coer.decode_prefix(name, octets, after)
            parts.append(part)
    except CodecError:
        return {"payload": _inside(octets, settings, depth)}
    if after != len(octets):
        return {"payload": _inside(octets, settings, depth)}
    hash_algorithm, wished, signer, signature = parts
    return {
        "hash_algorithm": hash_algorithm,
        "signer": _signer(signer, settings),
        "payload": _request(wished, settings, depth),
        "signature": signature_facts(signature),
    }


def _header_field(name: str, value: Any) -> Any:
    """A field in plain data; of a symmetric key only its algorithm: keys are never shown."""
    if name == "encryptionKey" and value[0] == "symmetric":
        return {"symmetric": value[1][0]}
    return plain(value)


def _payload(
    payload: Mapping[str, Any], settings: DescribeSettings, depth: int, aid: int
) -> dict[str, Any] | None:
    data = payload.get("data")
    if data is None:
        return {"object": "hash of external data", "value": plain(payload.get("extDataHash"))}
    kind, content = data["content"]
    if kind == "unsecuredData":
        return _inside(content, settings, depth, aid)
    if depth > 0:
        return _secured(data, settings, depth - 1)
    return {"object": "octets", "octets": len(data.octets), "hex": data.octets.hex()}


def _signer(signer: tuple[str, Any], settings: DescribeSettings) -> dict[str, Any]:
    kind, value = signer
    if kind == "digest":
        return {"kind": "digest", "hashed_id8": value.hex()}
    if kind == "certificate":
        return {"kind": kind, "certificates": [certificate_facts(one, settings) for one in value]}
    return {"kind": kind, "value": plain(value)}


def _encrypted(value: coer.Record) -> dict[str, Any]:
    cipher, text = value["ciphertext"]
    recipients = []
    for kind, who in value["recipients"]:
        named = who if isinstance(who, bytes) else who["recipientId"]
        key = None if isinstance(who, bytes) else who["encKey"][0]
        recipients.append({"kind": kind, "hashed_id8": named.hex(), "key": key})
    known = cipher != coer.UNKNOWN
    return {
        "cipher": cipher,
        "recipients": recipients,
        "nonce": text["nonce"].hex() if known else None,
        "ciphertext_octets": len(text["ccmCiphertext"]) if known else None,
    }


def _list_head(
    value: coer.Record, signed: coer.Record, ends: str, settings: DescribeSettings
) -> dict[str, Any]:
    return {
        "version": signed["version"],
        **issuer_name(signed["issuer"]),
        "sm3": sm2.sm3(value.octets).hex(),
        "octets": len(value.octets),
        "series": signed["series"],
        "validity": {
            "from": instant(signed["issueDate"], settings),
            "until": instant(signed[ends], settings),
        },
    }


def _span(start: int, end: int, settings: DescribeSettings) -> dict[str, Any]:
    return {"from": instant(start, settings), "until": instant(end, settings)}


def _root_list(value: coer.Record, settings: DescribeSettings, _depth: int) -> dict[str, Any]:
    signed = value["toBeSignedRootCtl"]
    rows = signed["pkiCtlInfoList"]
    name = "root list" if rows else "root or domain list without entries"
    return {
        "object": name,
        "kind": name,
        **_list_head(value, signed, "nextRootCtl", settings),
        "entries": [
            {
                "certificate": certificate_facts(row["rootCertificate"], settings),
                "ca_list_url": row.get("caListUrl"),
            }
            for row in rows
        ],
        "signature": signature_facts(value["signature"]),
        "unknown": list(unknown_parts(value)),
    }


def _domain_list(value: coer.Record, settings: DescribeSettings, _depth: int) -> dict[str, Any]:
    signed = value["toBeSignedPkiCtl"]
    return {
        "object": "domain list",
        "kind": "domain list",
        **_list_head(value, signed, "nextPkiCtl", settings),
        "entries": [
            {
                "certificates": [certificate_facts(one, settings) for one in row["certificate"]],
                "crl_url": row.get("crlUrl"),
                "ma_url": row.get("maUrl"),
            }
            for row in signed["pkiCertInfoList"]
        ],
        "signature": signature_facts(value["signature"]),
        "unknown": list(unknown_parts(value)),
    }


def _revocations(value: coer.Record, settings: DescribeSettings, _depth: int) -> dict[str, Any]:
    kind, content = value["typeSpecific"]
    facts: dict[str, Any] = {
        "object": "revocation list",
        "kind": kind,
        "version": value["version"],
        "issuer": value["crlCraca"].hex(),
        "sm3": sm2.sm3(value.octets).hex(),
        "octets": len(value.octets),
        "series": value["crlSeries"],
        "validity": {
            "from": instant(value["issueDate"], settings),
            "until": instant(value["nextCrl"], settings),
        },
        "priority": value["priorityInfo"].get("priority"),
    }
    if kind in ("fullHashCrl", "deltaHashCrl"):
        facts["serial"] = content["crlSerial"]
        facts["entries"] = [
            {"hashed_id10": row["id"].hex(), "expiry": instant(row["expiry"], settings)}
            for row in content["entries"]
        ]
    elif kind in ("fullLinkedCrl", "deltaLinkedCrl"):
        facts["i_rev"] = content["iRev"]
        facts["index_within_i"] = content["indexWithinI"]
        for name in ("individual", "groups", "groupsSingleSeed"):
            facts[name] = plain(content.get(name, []))
    facts["unknown"] = list(unknown_parts(value))
    return facts


def _request(value: coer.Record, settings: DescribeSettings, _depth: int) -> dict[str, Any]:
    more = value.get("additionalParams")
    return {
        "object": "certificate request",
        "kind": "certificate request",
        "version": value["version"],
        "type": value["type"],
        "octets": len(value.octets),
        "generation_time": instant(value["generationTime"], settings),
        **subject_facts(value["tbsCert"], settings),
        "additional": None if more is None else {"kind": more[0]},
        "unknown": list(unknown_parts(value)),
    }


def _time64(microseconds: int | None, settings: DescribeSettings) -> dict[str, Any] | None:
    if microseconds is None:
        return None
    at = from_time64(microseconds, settings.leap_seconds)
    return {"text": utc_text(at), "at": at, "time64": microseconds}


_FACTS: Mapping[str, Callable[[Any, DescribeSettings, int], dict[str, Any]]] = {
    "Certificate": _certificate,
    "V2XSecData": _secured,
    "RootCtl": _root_list,
    "PkiCtl": _domain_list,
    "CrlContents": _revocations,
    "EeRaCertRequest": _request,
}
