"""Certificates of the secured message: what the receiver's checks need, out of the octets as received.

    Certificate { version 3, type explicit, issuer (self sm3 | sm3AndDigest id8), toBeSigned, signature }
    HashedId8, HashedId10 = the last 8, 10 octets of SM3(certificate as received)
    SM2 ID under which it is signed = SM3(issuer certificate); of a self-signed one "1234567812345678"

The key says the algorithm.  ``sm2`` is that of the vehicle profile.  ``p256`` (ECDSA on NIST P-256) stands in
the types too: its hash is SHA-256, issuers are named by sha256AndDigest, a root by self sha256, and the hash
that names a certificate is that of its own key's algorithm (all as in IEEE 1609.2: inferred).  Who signs
decides the form of the signature, so that a chain may change its algorithm on the way.

Source: YD/T 3957-2021 (types by one public transcription, tags confirmed on real certificates); explicit
certificates only, as the vehicle profile of GB/T 45315-2025 has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from v2x.certs import sm2
from v2x.clock import from_time32
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "P256",
    "SM2",
    "Certificate",
    "IssuePermission",
    "VerifyingKey",
    "certificate_digest",
    "certificate_id8",
    "raw_signature",
    "ssp_in_range",
]

SM2, P256 = "sm2", "p256"
"""Algorithms of a verification key."""

YEAR_S = 31_556_952
"""Seconds of a Duration in years (365.2425 days, as in IEEE 1609.2: inferred); a setting."""

_DURATION_S = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "sixtyHours": 216_000.0,
}


_CURVE_ALGORITHM = {"ecsigSm2": SM2, "ecdsaNistP256": P256}
_SIGNATURE_ALGORITHM = {"sm2Signature": SM2, "ecdsaNistP256Signature": P256}
_X_FORMS = frozenset({"x-only", "compressed-y-0", "compressed-y-1"})
_HASH_ALGORITHM = {"sm3": SM2, "sm3AndDigest": SM2, "sha256": P256, "sha256AndDigest": P256}


def certificate_id8(digest: bytes) -> bytes:
    """HashedId8 of a certificate with this hash."""
    return digest[-8:]


def certificate_digest(value: coer.Record) -> bytes:
    """The hash that names a decoded ``Certificate``: SM3, or SHA-256 where its key is one of P-256."""
    kind, key = value["toBeSigned"]["verifyKeyIndicator"]
    if kind == "verificationKey" and key[0] == "ecdsaNistP256":
        return hashlib.sha256(value.octets).digest()
    return sm2.sm3(value.octets)


def raw_signature(value: tuple[str, Any]) -> tuple[str, bytes] | None:
    """Algorithm and r || s (64 octets) of a decoded ``Signature``; None for one that is not supported."""
    kind, inner = value
    algorithm = _SIGNATURE_ALGORITHM.get(kind)
    if algorithm == SM2:
        return SM2, inner["rSig"] + inner["sSig"]
    if algorithm == P256 and inner["rSig"][0] in _X_FORMS:
        return P256, inner["rSig"][1] + inner["sSig"]
    return None


class VerifyingKey(Protocol):
    """A public key with its identity bound: :class:`v2x.certs.sm2.PublicKey`, or that of P-256."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (r || s) is this key's for ``message``."""
        ...


@dataclass(frozen=True, slots=True)
class IssuePermission:
    """One group of certIssuePermissions.

    ``ranges`` maps an AID to its SSP range (None: only an absent SSP), or is None for all AIDs.
    ``longest`` is None for chains of any length.
    """

    ranges: dict[int, tuple[str, Any] | None] | None
    shortest: int
    longest: int | None
    for_applications: bool

    def covers(self, aid: int, ssp: tuple[str, Any] | None, length: int) -> bool:
        """Whether the holder may stand ``length`` steps above a certificate with this permission."""
        if not self.for_applications or length < self.shortest:
            return False
        if self.longest is not None and length > self.longest:
            return False
        if self.ranges is None:
            return True
        return aid in self.ranges and ssp_in_range(ssp, self.ranges[aid])


def ssp_in_range(ssp: tuple[str, Any] | None, ssp_range: tuple[str, Any] | None) -> bool:
    """An absent SSP fits every range; a present one must be covered."""
    if ssp is None:
        return True
    if ssp_range is None:
        return False
    kind, value = ssp_range
    if kind == "all":
        return True
    if kind == "opaque":
        return ssp[0] == "opaque" and ssp[1] in value
    if kind == "bitmapSspRange" and ssp[0] == "bitmapSsp":
        wanted, mask, bits = value["sspValue"], value["sspBitmask"], ssp[1]
        if not len(wanted) == len(mask) == len(bits):
            return False
        return all(bit & m == want & m for bit, want, m in zip(bits, wanted, mask, strict=True))
    return False


def _invalid(detail: str, id8: bytes) -> TrustError:
    return TrustError(Reason.SIGNER_CERTIFICATE_INVALID, detail, signer=id8)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A certificate whose form is right; whether it is believed, :class:`v2x.certs.TrustStore` says.

    ``octets`` are those received and ``digest`` is their hash by the own key's ``algorithm`` (``sm2``: SM3,
    ``p256``: SHA-256); ``issuer`` is the issuer's HashedId8, None for a self-signed one; ``point`` is the
    verification key, compressed; ``signature`` is r || s of the algorithm ``signed_by``;
    ``app_permissions`` maps AID to SSP.
    """

    octets: bytes
    digest: bytes
    value: coer.Record
    issuer: bytes | None
    algorithm: str
    signed_by: str
    point: bytes
    signature: bytes
    app_permissions: dict[int, tuple[str, Any] | None]
    issue_permissions: tuple[IssuePermission, ...]

    @classmethod
    def decode(cls, octets: bytes) -> Certificate:
        """From COER octets: CodecError where they are none, TrustError where its kind isn't supported."""
        return cls.of(coer.decode("Certificate", octets))

    @classmethod
    def of(cls, value: coer.Record) -> Certificate:
        """From a decoded ``Certificate``; TrustError certificate_invalid says what isn't supported."""
        digest = certificate_digest(value)
        id8 = certificate_id8(digest)
        if value["version"] != 3:
            raise _invalid(f"version {value['version']}, 3 is supported", id8)
        if value["type"] != "explicit":
            raise _invalid(f"type {value['type']}, explicit is supported", id8)
        to_be_signed = value["toBeSigned"]
        algorithm, point = _point(to_be_signed["verifyKeyIndicator"], id8)
        signed_by, signature = _signature(value.get("signature"), id8)
        return cls(
            octets=value.octets,
            digest=digest,
            value=value,
            issuer=_issuer(value["issuer"], algorithm, signed_by, id8),
            algorithm=algorithm,
            signed_by=signed_by,
            point=point,
            signature=signature,
            app_permissions={row["aid"]: row.get("ssp") for row in to_be_signed.get("appPermissions", ())},
            issue_permissions=tuple(
                filter(None, map(_issue_permission, to_be_signed.get("certIssuePermissions", ())))
            ),
        )

    @property
    def sm3(self) -> bytes:
        """SM3 of the octets as received, whatever the key."""
        return self.digest if self.algorithm == SM2 else sm2.sm3(self.octets)

    @property
    def hashed_id8(self) -> bytes:
        """The last 8 octets of the digest: how messages and issued certificates name it."""
        return self.digest[-8:]

    @property
    def hashed_id10(self) -> bytes:
        """The last 10 octets of the digest: how a revocation list names it."""
        return self.digest[-10:]

    @property
    def to_be_signed(self) -> bytes:
        """The received octets that the signature covers."""
        inner: coer.Record = self.value["toBeSigned"]
        return inner.octets

    @property
    def region(self) -> tuple[str, Any] | None:
        """GeographicRegion, None where absent."""
        region: tuple[str, Any] | None = self.value["toBeSigned"].get("region")
        return region

    @property
    def name(self) -> str | None:
        """The name in its id, None where it has another kind of id."""
        kind, value = self.value["toBeSigned"]["id"]
        return str(value) if kind == "name" else None

    @property
    def kind(self) -> str:
        """root, authority or end entity, by who issued it and what it may issue."""
        if self.issuer is None:
            return "root"
        return "authority" if self.issue_permissions else "end entity"

    def validity(self, leap_seconds: int = 0, year_s: float = YEAR_S) -> tuple[float, float]:
        """First and last instant of its validity, POSIX s; the arguments are settings of the trust store."""
        period = self.value["toBeSigned"]["validityPeriod"]
        unit, count = period["duration"]
        start_at = from_time32(period["start"], leap_seconds)
        return start_at, start_at + count * _DURATION_S.get(unit, year_s)

    def is_signed_by(self, issuer: Certificate) -> bool:
        """Whether the signature is that of ``issuer`` (which is itself for a self-signed one)."""
        if self.signed_by != issuer.algorithm:
            return False
        try:
            if self.signed_by == SM2:
                user_id = sm2.DEFAULT_ID if self.issuer is None else issuer.digest
                return sm2.verify(issuer.point, self.to_be_signed, self.signature, user_id)
            from v2x.certs import p256

            digest = p256.SELF_SIGNED if self.issuer is None else issuer.digest
            return p256.PublicKey(issuer.point, digest).verify(self.to_be_signed, self.signature)
        except ValueError:  # the issuer's point is not on the curve
            return False

    def public_key(self) -> VerifyingKey:
        """The key under which its holder signs messages; ValueError where the point is not on the curve."""
        if self.algorithm == SM2:
            return sm2.PublicKey(self.point, self.digest)
        from v2x.certs import p256

        return p256.PublicKey(self.point, self.digest)

    def __repr__(self) -> str:
        return f"<Certificate {self.hashed_id8.hex()} {self.kind}>"


def _issuer(value: tuple[str, Any], algorithm: str, signed_by: str, id8: bytes) -> bytes | None:
    """The issuer's HashedId8; its kind must name the hash of the algorithm that signed."""
    kind, inner = value
    name = f"{kind} {inner}" if kind == "self" else kind
    named = _HASH_ALGORITHM.get(str(inner) if kind == "self" else kind)
    if named is None:
        raise _invalid(f"issuer {name}: SM3 and SHA-256 are supported", id8)
    if named != signed_by or (kind == "self" and algorithm != signed_by):
        raise _invalid(f"issuer {name} does not fit a signature of {signed_by} and a key of {algorithm}", id8)
    return None if kind == "self" else bytes(inner)


def _point(indicator: tuple[str, Any], id8: bytes) -> tuple[str, bytes]:
    """Algorithm and compressed point of the verification key."""
    kind, key = indicator
    if kind != "verificationKey":
        raise _invalid(f"{kind}: only explicit certificates are supported", id8)
    curve, point = key
    algorithm = _CURVE_ALGORITHM.get(curve)
    if algorithm is None:
        raise _invalid(f"key {curve}; ecsigSm2 and ecdsaNistP256 are supported", id8)
    form, value = point
    if form == "compressed-y-0":
        return algorithm, bytes(b"\x02" + value)
    if form == "compressed-y-1":
        return algorithm, bytes(b"\x03" + value)
    if form != "uncompressed":
        raise _invalid(f"a key of the form {form} can't verify", id8)
    try:
        return algorithm, _compress(algorithm)(b"\x04" + value["x"] + value["y"])
    except ValueError as error:
        raise _invalid(str(error), id8) from None


def _compress(algorithm: str) -> Callable[[bytes], bytes]:
    if algorithm == SM2:
        return sm2.compress
    from v2x.certs import p256

    return p256.compress


def _signature(value: tuple[str, Any] | None, id8: bytes) -> tuple[str, bytes]:
    if value is None:
        raise _invalid("no signature", id8)
    found = raw_signature(value)
    if found is None:
        raise _invalid(f"signature {value[0]}; sm2Signature and ecdsaNistP256Signature are supported", id8)
    return found


def _issue_permission(row: dict[str, Any]) -> IssuePermission | None:
    kind, value = row["subjectPermissions"]
    if kind == coer.UNKNOWN:  # a newer kind permits nothing that is known here
        return None
    shortest, extra = row["minChainLength"], row["chainLengthRange"]
    ranges = None if kind == "all" else {entry["aid"]: entry.get("sspRange") for entry in value}
    return IssuePermission(
        ranges=ranges,
        shortest=shortest,
        longest=None if extra == -1 else shortest + extra,
        for_applications=bool(row["eeType"][0][0] & 0x80),
    )
