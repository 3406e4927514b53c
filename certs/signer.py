"""The holder of a certificate: seals payloads by a signing profile.

    header      aid, generationTime; of the optional fields those that the profile allows
    signer      the whole certificate, or its HashedId8
    signature   over ToBeSignedData, under the SM2 ID = SM3(certificate); P-256 likewise with SHA-256

The vehicle profile (GB/T 45315-2025): a message carries the whole certificate when the signer is new, at
start and at each change of certificate, when 450 ms have passed since the last one, and during a critical
event; the HashedId8 otherwise.  generationTime is present, the other optional header fields are absent.
What a road-side unit does instead was not found: :data:`ROADSIDE` takes the vehicle's interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2, spdu
from v2x.certs.certificate import SM2, YEAR_S, Certificate
from v2x.clock import to_time64
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from v2x.certs.keystore import SigningKey

__all__ = ["ROADSIDE", "VEHICLE", "Profile", "Signer"]

PROOF = b"v2x: does this key sign for its certificate?"
"""What a key that isn't ours signs once, to show its SM2 ID; no ToBeSignedData begins so."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a kind of station signs.

    ``certificate_interval_s``: after this time since the last whole certificate the next message carries it
    again (0: every message).  ``whole_in_event``: so does every message of a critical event.
    ``lifetime_s``: expiryTime is so much after generationTime, None leaves it out.  ``fields``: further
    names of HeaderInfo that a caller may give.
    """

    name: str
    certificate_interval_s: float
    whole_in_event: bool = True
    lifetime_s: float | None = None
    fields: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.certificate_interval_s >= 0.0:
            raise ValueError(f"an interval of {self.certificate_interval_s} s")
        if self.lifetime_s is not None and not self.lifetime_s > 0.0:
            raise ValueError(f"a lifetime of {self.lifetime_s} s")
        given = {"aid", "generationTime", "expiryTime"} & self.fields
        if given:
            raise ValueError(f"{', '.join(sorted(given))}: the signer writes it by itself")


VEHICLE = Profile("vehicle", 0.450)
"""GB/T 45315-2025."""

ROADSIDE = Profile("road-side unit", 0.450, whole_in_event=False)
"""Assumed: the vehicle's interval and header; no source says it for a road-side unit."""


def _bind(private_key: bytes, certificate: Certificate) -> SigningKey:
    if certificate.algorithm == SM2:
        return sm2.PrivateKey(private_key, certificate.digest)
    from v2x.certs import p256

    return p256.PrivateKey(private_key, certificate.digest)


def _compressed(point: bytes) -> bytes:
    """The form in which a certificate has it, of a point of any curve."""
    return bytes((2 + (point[64] & 1),)) + point[1:33]


class Signer:
    """Signs with one certificate; one thread owns it.

    ``key`` is the private key's 32 octets, or a :class:`v2x.certs.keystore.SigningKey` (an HSM's, say) made
    with the SM3 of the certificate as its SM2 ID.  It must fit the certificate, and so must its ID, which
    is seen by one trial signature (else ValueError).  ``leap_seconds`` and ``year_s`` as in
    :class:`v2x.certs.TrustSettings`.  ``enforce=False`` lets it sign what its certificate doesn't allow: for
    tests and simulated attackers.
    """

    def __init__(
        self,
        certificate: Certificate,
        key: bytes | SigningKey,
        *,
        profile: Profile = VEHICLE,
        leap_seconds: int = 0,
        year_s: float = YEAR_S,
        enforce: bool = True,
    ) -> None:
        self.certificate = certificate
        self.profile = profile
        own = isinstance(key, bytes)
        self._key = _bind(key, certificate) if isinstance(key, bytes) else key
        if _compressed(self._key.point) != certificate.point:
            raise ValueError(f"the private key does not belong to certificate {self.hashed_id8}")
        if not own and not certificate.public_key().verify(PROOF, self._key.sign(PROOF)):
            raise ValueError(f"the key signs under another ID than that of certificate {self.hashed_id8}")
        self._leap_seconds = leap_seconds
        self._validity = certificate.validity(leap_seconds, year_s)
        self._enforce = enforce
        self._certificate_sent: int | None = None

    @property
    def hashed_id8(self) -> str:
        """HashedId8 of the certificate in lower-case hex, as receivers name this signer."""
        return self.certificate.hashed_id8.hex()

    def is_valid(self, at: float) -> bool:
        """Whether the certificate is valid at ``at`` (POSIX s)."""
        start_at, end_at = self._validity
        return start_at <= at <= end_at

    def introduce(self) -> None:
        """Let the next message carry the whole certificate, as it does when this signer takes over."""
        self._certificate_sent = None

    def seal(
        self,
        payload: bytes,
        aid: int,
        at: float,
        *,
        critical: bool = False,
        fields: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The SPDU of ``payload`` for ``aid``, generated at ``at`` (POSIX s).

        ``critical``: it belongs to a critical event.  ``fields``: optional fields of HeaderInfo in the forms
        of :mod:`v2x.codecs.coer`; ValueError for one that the profile leaves out.  TrustError where the
        certificate isn't valid at ``at`` or doesn't permit the AID: without a valid certificate there is no
        message.
        """
        if self._enforce:
            self._check(aid, at)
        now = to_time64(at, self._leap_seconds)
        signed = self._to_be_signed(payload, aid, now, fields or {})
        whole = (critical and self.profile.whole_in_event) or self._certificate_is_due(now)
        signer = (
            ("certificate", [self.certificate.value]) if whole else ("digest", self.certificate.hashed_id8)
        )
        signature = self._key.sign(signed)
        sealed = spdu.assemble(signed, signer, signature, algorithm=self.certificate.algorithm)
        if whole:
            self._certificate_sent = now
        return sealed

    def _to_be_signed(self, payload: bytes, aid: int, now: int, fields: Mapping[str, Any]) -> bytes:
        foreign = fields.keys() - self.profile.fields
        if foreign:
            raise ValueError(f"the {self.profile.name} profile leaves out {', '.join(sorted(foreign))}")
        if self.profile.lifetime_s is not None:
            fields = {**fields, "expiryTime": now + round(self.profile.lifetime_s * 1e6)}
        return spdu.to_be_signed(payload, aid, now, fields)

    def _certificate_is_due(self, now: int) -> bool:
        sent = self._certificate_sent
        return sent is None or not 0 <= now - sent < round(self.profile.certificate_interval_s * 1e6)

    def _check(self, aid: int, at: float) -> None:
        if not self.is_valid(at):
            state = "not yet valid" if at < self._validity[0] else "expired"
            raise TrustError(
                Reason.SIGNER_CERTIFICATE_INVALID,
                f"own certificate is {state}",
                signer=self.certificate.hashed_id8,
            )
        if aid not in self.certificate.app_permissions:
            raise TrustError(
                Reason.SIGNER_NOT_PERMITTED,
                f"own certificate does not permit AID {aid}",
                signer=self.certificate.hashed_id8,
            )

    def __repr__(self) -> str:
        return f"<Signer {self.hashed_id8}>"
