"""Certificate requests: made by a device, taken apart and judged by an authority.

    V2XSecData { 3, signedCertificateRequest: Opaque }
    Opaque = 02 sm3 | EeRaCertRequest | SignerIdentifier | Signature       (no preamble: nothing is optional)

    EeRaCertRequest { version 1, generationTime, type explicit, tbsCert, additionalParams? }
    tbsCert holds what is wished, with the public key to be certified (with butterfly: the caterpillar key A)

    enrolment      signer self: signed with the key to be certified, ID = "1234567812345678"
    pseudonym      signer certificate: the enrolment certificate, ID = SM3(enrolment certificate);
    application    its certRequestPermissions cover the wished AIDs

A signature covers the EeRaCertRequest octets as received.  Sources: EeRaCertRequest, AdditionalParams and the
content 83 of V2XSecData by a public transcription of YD/T 3957-2021; what stands inside the Opaque follows
SignedCertificateRequest of IEEE 1609.2.1 without its outer protocol choice (inferred), and the IDs are those
of certificates and messages (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.butterfly import Caterpillar
from v2x.certs.issue import point_value, to_be_signed
from v2x.certs.spdu import PROTOCOL_VERSION
from v2x.clock import from_time32, to_time32
from v2x.codecs import coer
from v2x.errors import CodecError, CodecErrorKind, Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.certs.certificate import Certificate
    from v2x.certs.issue import Template
    from v2x.certs.trust import KnownSigner, TrustStore

__all__ = ["Request", "RequestSettings", "make", "parse"]

REQUEST_LIMIT = 4096
"""Octets of a request; ours have some 500 with the enrolment certificate and a caterpillar."""

_SM3 = b"\x02"
"""COER of HashAlgorithm sm3."""


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """What an authority tolerates, all ours.

    ``max_age_s`` and ``max_ahead_s``: how old a request may be, and how far its clock ahead; an answered one
    is remembered for so long.  ``start_ahead_s``: how far in the future a wished validity may begin;
    ``start_behind_s``: how far back.
    """

    max_age_s: float = 600.0
    max_ahead_s: float = 60.0
    start_ahead_s: float = 7 * 86_400.0
    start_behind_s: float = 3600.0


def make(
    template: Template,
    point: bytes,
    sign: Callable[[bytes], bytes],
    at: float,
    *,
    enrolment: Certificate | None = None,
    caterpillar: Caterpillar | None = None,
) -> bytes:
    """A request at ``at`` (POSIX s) for a certificate by ``template`` for the key ``point``.

    ``sign`` makes r || s: with the key of ``enrolment``, or, without one, with that of ``point`` under the ID
    of self-signed certificates.  ``caterpillar`` asks for a batch; then ``point`` is its signing point.
    """
    value: dict[str, Any] = {
        "version": 1,
        "generationTime": to_time32(at, template.leap_seconds),
        "type": "explicit",
        "tbsCert": to_be_signed(template, point),
    }
    if caterpillar is not None:
        value["additionalParams"] = ("original", _butterfly_value(caterpillar))
    wished = coer.encode("EeRaCertRequest", value)
    signer = ("self", None) if enrolment is None else ("certificate", [enrolment.value])
    signature = sign(wished)
    parts = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    opaque = _SM3 + wished + coer.encode("SignerIdentifier", signer) + coer.encode("Signature", parts)
    content = ("signedCertificateRequest", opaque)
    return coer.encode("V2XSecData", {"protocolVersion": PROTOCOL_VERSION, "content": content})


def _butterfly_value(caterpillar: Caterpillar) -> dict[str, Any]:
    key = ("ecencSm2", point_value(caterpillar.encryption_point))
    return {
        "signingExpansion": ("sm4", caterpillar.signing_expansion),
        "encryptionKey": {"supportedSymmAlg": "sm4Ccm", "publicKey": key},
        "encryptionExpansion": ("sm4", caterpillar.encryption_expansion),
    }


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose form is right; whether it is to be answered, :meth:`check` says.

    ``signed`` are the EeRaCertRequest octets as received, ``wished`` its ToBeSignedCertificate, ``point`` the
    key to be certified (65 octets), ``app`` its AIDs with their SSP.  ``signer`` is the enrolment
    certificate's value, None where the request signs itself.
    """

    signed: bytes
    generation_time: int
    wished: coer.Record
    point: bytes
    app: dict[int, tuple[str, Any] | None]
    caterpillar: Caterpillar | None
    signer: coer.Record | None
    signature: bytes

    @property
    def sm3(self) -> bytes:
        """What an answered request is remembered by (32 octets)."""
        return sm2.sm3(self.signed)

    @property
    def name(self) -> str | None:
        """The name in the wished id, None where it has another kind of id."""
        kind, value = self.wished["id"]
        return str(value) if kind == "name" else None

    def check(self, store: TrustStore, at: float, settings: RequestSettings) -> KnownSigner | None:
        """Judge age, signature and permission; the enrolment certificate, None for a self-signed request.

        What may be wished beyond that is the authority's affair.  TrustError says why it is refused.
        """
        age_s = at - from_time32(self.generation_time, store.settings.leap_seconds)
        if age_s > settings.max_age_s:
            raise TrustError(Reason.TIME_STALE, f"request of {age_s:.0f} s ago")
        if -age_s > settings.max_ahead_s:
            raise TrustError(Reason.TIME_FUTURE, f"request of {-age_s:.0f} s in the future")
        if self.signer is None:
            if not sm2.verify(self.point, self.signed, self.signature, sm2.DEFAULT_ID):
                raise TrustError(Reason.SIGNATURE_BAD, "the request is not signed with the key it names")
            return None
        known = store.find_certificate(self.signer, at)
        enrolment = known.certificate
        if not sm2.verify(enrolment.point, self.signed, self.signature, enrolment.sm3):
            raise TrustError(
                Reason.SIGNATURE_BAD,
                "the request's signature is not that of its enrolment certificate",
                signer=enrolment.hashed_id8,
            )
        allowed = _request_aids(enrolment)
        refused = sorted(set(self.app) - allowed)
        if refused:
            raise TrustError(
                Reason.SIGNER_NOT_PERMITTED,
                f"the enrolment certificate may not request AID {', '.join(map(str, refused))}",
                signer=enrolment.hashed_id8,
            )
        return known

    def __repr__(self) -> str:
        return f"<Request {self.sm3[-8:].hex()}>"


def _request_aids(enrolment: Certificate) -> set[int]:
    """AIDs that an enrolment certificate may request; a range of SSP is not judged (requests carry none)."""
    groups = enrolment.value["toBeSigned"].get("certRequestPermissions", ())
    rows = (group["subjectPermissions"] for group in groups)
    return {entry["aid"] for kind, entries in rows if kind == "explicit" for entry in entries}


def parse(octets: bytes) -> Request:
    """A request from octets; CodecError where they are none, TrustError where its form isn't supported."""
    if len(octets) > REQUEST_LIMIT:
        raise TrustError(Reason.ENVELOPE_MALFORMED, f"more than {REQUEST_LIMIT} octets, no request")
    outer = coer.decode("V2XSecData", octets)
    kind, opaque = outer["content"]
    if outer["protocolVersion"] != PROTOCOL_VERSION or kind != "signedCertificateRequest":
        version = outer["protocolVersion"]
        raise _unsupported(f"version {version}, content {kind}: no signed certificate request")
    if opaque[:1] != _SM3:
        raise TrustError(Reason.ENVELOPE_HASH_ALGORITHM, "the request's hash algorithm is not sm3")
    value, after = coer.decode_prefix("EeRaCertRequest", opaque, 1)
    signer, after = coer.decode_prefix("SignerIdentifier", opaque, after)
    signature, after = coer.decode_prefix("Signature", opaque, after)
    if after != len(opaque):
        detail = f"{len(opaque) - after} octets are left over"
        raise CodecError(CodecErrorKind.TRAILING, detail, path="SignedCertificateRequest", bit=8 * after)
    if value["type"] != "explicit":
        raise _unsupported(f"certificate type {value['type']}, explicit is supported")
    if signature[0] != "sm2Signature":
        raise _unsupported(f"signature {signature[0]}, sm2Signature is supported")
    wished = value["tbsCert"]
    point = _signing_point(wished["verifyKeyIndicator"])
    return Request(
        signed=value.octets,
        generation_time=value["generationTime"],
        wished=wished,
        point=point,
        app={row["aid"]: row.get("ssp") for row in wished.get("appPermissions", ())},
        caterpillar=_caterpillar(value.get("additionalParams"), point),
        signer=_signer(signer),
        signature=signature[1]["rSig"] + signature[1]["sSig"],
    )


def _unsupported(detail: str) -> TrustError:
    return TrustError(Reason.ENVELOPE_UNSUPPORTED, detail)


def _signer(value: tuple[str, Any]) -> coer.Record | None:
    kind, inner = value
    if kind == "self":
        return None
    if kind != "certificate" or len(inner) != 1:
        raise TrustError(
            Reason.ENVELOPE_SIGNER_TYPE, f"signer {kind}: self or one enrolment certificate is taken"
        )
    certificate: coer.Record = inner[0]
    return certificate


def _signing_point(indicator: tuple[str, Any]) -> bytes:
    kind, key = indicator
    if kind != "verificationKey" or key[0] != "ecsigSm2":
        raise _unsupported("the key to be certified is no explicit SM2 key")
    return _point(key[1], "key to be certified")


def _point(value: tuple[str, Any], what: str) -> bytes:
    form, octets = value
    try:
        if form == "uncompressed":
            return sm2.decompress(b"\x04" + octets["x"] + octets["y"])
        if form in ("compressed-y-0", "compressed-y-1"):
            return sm2.decompress(bytes((2 + (form == "compressed-y-1"),)) + octets)
    except ValueError as error:
        raise TrustError(Reason.ENVELOPE_MALFORMED, f"{what}: {error}") from None
    raise _unsupported(f"{what}: form {form}")


def _caterpillar(params: tuple[str, Any] | None, point: bytes) -> Caterpillar | None:
    if params is None:
        return None
    kind, value = params
    if kind != "original":
        raise _unsupported(f"additional parameters {kind}: original is supported")
    keys = value["signingExpansion"], value["encryptionExpansion"]
    curve, encryption_point = value["encryptionKey"]["publicKey"]
    if {key[0] for key in keys} != {"sm4"} or curve != "ecencSm2":
        raise _unsupported("butterfly keys other than SM4 and SM2")
    return Caterpillar(point, _point(encryption_point, "butterfly encryption key"), keys[0][1], keys[1][1])
