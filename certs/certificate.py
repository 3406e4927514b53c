"""Certificates of the secured message: what the receiver's checks need, out of the octets as received.

    Certificate { version 3, type explicit, issuer (self sm3 | sm3AndDigest id8), toBeSigned, signature }
    HashedId8, HashedId10 = the last 8, 10 octets of SM3(certificate as received)
    SM2 ID under which it is signed = SM3(issuer certificate); of a self-signed one "1234567812345678"

Source: YD/T 3957-2021 (types by one public transcription, tags confirmed on real certificates); explicit
certificates with SM2 keys only, as the vehicle profile of GB/T 45315-2025 has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from v2x.certs import sm2
from v2x.clock import from_time32
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

__all__ = ["Certificate", "IssuePermission", "certificate_id8"]

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


def certificate_id8(sm3: bytes) -> bytes:
    """HashedId8 of a certificate with this SM3."""
    return sm3[-8:]


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
        return aid in self.ranges and _ssp_in_range(ssp, self.ranges[aid])


def _ssp_in_range(ssp: tuple[str, Any] | None, ssp_range: tuple[str, Any] | None) -> bool:
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

    ``octets`` are those received; ``issuer`` is the issuer's HashedId8, None for a self-signed one;
    ``point`` is the SM2 verification key, compressed; ``app_permissions`` maps AID to SSP.
    """

    octets: bytes
    sm3: bytes
    value: coer.Record
    issuer: bytes | None
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
        digest = sm2.sm3(value.octets)
        id8 = certificate_id8(digest)
        if value["version"] != 3:
            raise _invalid(f"version {value['version']}, 3 is supported", id8)
        if value["type"] != "explicit":
            raise _invalid(f"type {value['type']}, explicit is supported", id8)
        to_be_signed = value["toBeSigned"]
        return cls(
            octets=value.octets,
            sm3=digest,
            value=value,
            issuer=_issuer(value["issuer"], id8),
            point=_point(to_be_signed["verifyKeyIndicator"], id8),
            signature=_signature(value.get("signature"), id8),
            app_permissions={row["aid"]: row.get("ssp") for row in to_be_signed.get("appPermissions", ())},
            issue_permissions=tuple(
                filter(None, map(_issue_permission, to_be_signed.get("certIssuePermissions", ())))
            ),
        )

    @property
    def hashed_id8(self) -> bytes:
        """The last 8 octets of the SM3: how messages and issued certificates name it."""
        return self.sm3[-8:]

    @property
    def hashed_id10(self) -> bytes:
        """The last 10 octets of the SM3: how a revocation list names it."""
        return self.sm3[-10:]

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
        user_id = sm2.DEFAULT_ID if self.issuer is None else issuer.sm3
        try:
            return sm2.verify(issuer.point, self.to_be_signed, self.signature, user_id)
        except ValueError:  # the issuer's point is not on the curve
            return False

    def __repr__(self) -> str:
        return f"<Certificate {self.hashed_id8.hex()} {self.kind}>"


def _issuer(value: tuple[str, Any], id8: bytes) -> bytes | None:
    kind, inner = value
    if kind == "sm3AndDigest":
        return bytes(inner)
    if kind == "self" and inner == "sm3":
        return None
    raise _invalid(f"issuer {kind}{f' {inner}' if kind == 'self' else ''}: only SM3 is supported", id8)


def _point(indicator: tuple[str, Any], id8: bytes) -> bytes:
    kind, key = indicator
    if kind != "verificationKey":
        raise _invalid(f"{kind}: only explicit certificates are supported", id8)
    curve, point = key
    if curve != "ecsigSm2":
        raise _invalid(f"key {curve}, ecsigSm2 is supported", id8)
    form, value = point
    if form == "compressed-y-0":
        return bytes(b"\x02" + value)
    if form == "compressed-y-1":
        return bytes(b"\x03" + value)
    if form == "uncompressed":
        try:
            return sm2.compress(b"\x04" + value["x"] + value["y"])
        except ValueError as error:
            raise _invalid(str(error), id8) from None
    raise _invalid(f"a key of the form {form} can't verify", id8)


def _signature(value: tuple[str, Any] | None, id8: bytes) -> bytes:
    if value is None:
        raise _invalid("no signature", id8)
    kind, inner = value
    if kind != "sm2Signature":
        raise _invalid(f"signature {kind}, sm2Signature is supported", id8)
    return bytes(inner["rSig"] + inner["sSig"])


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
