"""The envelope of a signed message, taken apart and put together without any belief.

    03 | 81 signedData | 02 sm3 | ToBeSignedData                         | SignerIdentifier | 84 40 r s
                                  40 payload | 03 80 L data                80 HashedId8
                                  header: preamble, aid, generationTime    81 count certificate ...

``ToBeSignedData`` is kept as received: it is what the signature covers.  A message of a P-256 signer has
sha256 (00) in the place of sm3 and an ecdsaNistP256Signature (that the two go together is inferred).
Source: V2XSecData of YD/T 3957-2021, tags confirmed on a published signature vector; the vehicle profile is
that of GB/T 45315-2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs.certificate import P256, SM2, certificate_digest, certificate_id8, raw_signature
from v2x.codecs import coer
from v2x.errors import CodecError, CodecErrorKind, Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PROTOCOL_VERSION", "SignedMessage", "assemble", "parse", "to_be_signed", "unsecured"]

PROTOCOL_VERSION = 3

_HASH_OF = {SM2: "sm3", P256: "sha256"}
_HASH_OCTET = {SM2: 2, P256: 0}


@dataclass(slots=True)
class SignedMessage:
    """An envelope as received; ``signer`` is the HashedId8, ``certificate`` None where only that was sent.

    ``generation_time`` and ``expiry_time`` are Time64 (expiry None where absent); ``signature`` is r || s of
    the ``algorithm`` (``sm2`` or ``p256``).  ``requested`` is the certificate of somebody else that the
    sender hands on (requestedCertificate), if any.
    """

    to_be_signed: bytes
    payload: bytes
    aid: int
    generation_time: int
    expiry_time: int | None
    signer: bytes
    certificate: coer.Record | None
    signature: bytes
    algorithm: str = SM2
    requested: coer.Record | None = None


def identify(certificate: coer.Record) -> bytes:
    """HashedId8 of a decoded ``Certificate``."""
    return certificate_id8(certificate_digest(certificate))


def parse(data: bytes, identify: Callable[[coer.Record], bytes] = identify) -> SignedMessage | bytes:
    """A signed message's parts, or the payload of an unsecured one (bytes); TrustError of stage envelope.

    ``identify`` gives the HashedId8 of a whole certificate: a store that knows it by its octets is quicker.
    """
    content, value = _content(data)
    if content == "unsecuredData":
        return bytes(value)
    if content != "signedData":
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, f"content {content}, signedData is supported")
    algorithm, signature = _signature(value["hashId"], value["signature"])
    signer, certificate = _signer(value["signer"], identify)
    signed = value["tbsData"]
    header = signed["headerInfo"]
    generation_time = header.get("generationTime")
    if generation_time is None:
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, "no generationTime: freshness can't be judged")
    return SignedMessage(
        to_be_signed=signed.octets,
        payload=_payload(signed["payload"]),
        aid=header["aid"],
        generation_time=generation_time,
        expiry_time=header.get("expiryTime"),
        signer=signer,
        certificate=certificate,
        signature=signature,
        algorithm=algorithm,
        requested=header.get("requestedCertificate"),
    )


def _signature(hash_name: object, value: tuple[str, Any]) -> tuple[str, bytes]:
    """Algorithm and r || s; the hash must be that of the algorithm."""
    if hash_name not in ("sm3", "sha256"):
        raise TrustError(Reason.ENVELOPE_HASH_ALGORITHM, f"hash algorithm {hash_name}, not sm3")
    if hash_name == "sha256" and value[0] == "sm2Signature":
        raise TrustError(Reason.ENVELOPE_HASH_ALGORITHM, "hash algorithm sha256, SM2 goes with sm3")
    found = raw_signature(value)
    if found is None or hash_name != _HASH_OF[found[0]]:
        raise TrustError(
            Reason.ENVELOPE_UNSUPPORTED, f"signature {value[0]} beside {hash_name}, sm2Signature is supported"
        )
    return found


def _content(data: bytes) -> tuple[str, Any]:
    if not data:
        raise TrustError(Reason.ENVELOPE_MALFORMED, "no octets")
    _check_version(data[0])
    try:
        value = coer.decode("V2XSecData", data)
    except CodecError as error:
        newer = error.kind is CodecErrorKind.UNSUPPORTED
        reason = Reason.ENVELOPE_UNSUPPORTED if newer else Reason.ENVELOPE_MALFORMED
        raise TrustError(reason, str(error)) from None
    kind, inner = value["content"]
    return kind, inner


def _check_version(version: int) -> None:
    if version == PROTOCOL_VERSION:
        return
    if version == 2:
        detail = "version 2 is the SecuredMessage of older traces; version 3 is supported"
    else:
        detail = f"version {version}: no secured message of version 3 (a bare message, or a newer version)"
    raise TrustError(Reason.ENVELOPE_UNSUPPORTED, detail)


def _signer(
    value: tuple[str, Any], identify: Callable[[coer.Record], bytes]
) -> tuple[bytes, coer.Record | None]:
    kind, inner = value
    if kind == "digest":
        return bytes(inner), None
    if kind != "certificate":
        raise TrustError(Reason.ENVELOPE_SIGNER_TYPE, f"signer {kind}: a digest or one certificate is taken")
    if len(inner) != 1:
        raise TrustError(Reason.ENVELOPE_SIGNER_TYPE, f"{len(inner)} certificates: exactly one is taken")
    certificate: coer.Record = inner[0]
    return identify(certificate), certificate


def _payload(value: dict[str, Any]) -> bytes:
    data = value.get("data")
    if data is None:
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, "no payload (a hash of external data is not supported)")
    _check_version(data["protocolVersion"])
    kind, inner = data["content"]
    if kind != "unsecuredData":
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, f"payload {kind}, unsecuredData is supported")
    return bytes(inner)


def to_be_signed(
    payload: bytes, aid: int, generation_time: int, fields: Mapping[str, Any] | None = None
) -> bytes:
    """ToBeSignedData: payload, aid and generationTime (Time64), by the vehicle profile nothing else.

    ``fields`` are further values of HeaderInfo for other profiles.
    """
    data = {"protocolVersion": PROTOCOL_VERSION, "content": ("unsecuredData", payload)}
    header = {"aid": aid, "generationTime": generation_time, **(fields or {})}
    return coer.encode("ToBeSignedData", {"payload": {"data": data}, "headerInfo": header})


def assemble(signed: bytes, signer: tuple[str, Any], signature: bytes, *, algorithm: str = SM2) -> bytes:
    """The SPDU of these ToBeSignedData octets; ``signer`` is a SignerIdentifier, ``signature`` r || s."""
    r, s = signature[:32], signature[32:]
    parts: tuple[str, Any] = ("sm2Signature", {"rSig": r, "sSig": s})
    if algorithm == P256:
        parts = ("ecdsaNistP256Signature", {"rSig": ("x-only", r), "sSig": s})
    head = bytes((PROTOCOL_VERSION, 0x81, _HASH_OCTET[algorithm]))
    return head + signed + coer.encode("SignerIdentifier", signer) + coer.encode("Signature", parts)


def unsecured(payload: bytes) -> bytes:
    """An unsecured message, for a bench that turns security off."""
    content = ("unsecuredData", payload)
    return coer.encode("V2XSecData", {"protocolVersion": PROTOCOL_VERSION, "content": content})
