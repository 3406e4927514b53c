"""The holder of a certificate: seals payloads by the vehicle profile of GB/T 45315-2025.

A message carries the whole certificate when the signer is new (at start and at each change of certificate: a
change is a new :class:`Signer`), when 450 ms have passed since the last one, and during a critical event;
the HashedId8 otherwise.  generationTime is present, the other optional header fields are absent.
"""

from __future__ import annotations

from v2x.certs import sm2, spdu
from v2x.certs.certificate import YEAR_S, Certificate
from v2x.clock import to_time64
from v2x.errors import Reason, TrustError

__all__ = ["CERTIFICATE_INTERVAL_US", "Signer"]

CERTIFICATE_INTERVAL_US = 450_000
"""After this time since the last whole certificate the next message carries it again (GB/T 45315-2025)."""


class Signer:
    """Signs with one certificate; one thread owns it.

    ``private_key`` has 32 octets and must fit the certificate (else ValueError).  ``leap_seconds`` and
    ``year_s`` as in :class:`v2x.certs.TrustSettings`.  ``enforce=False`` lets it sign what its certificate
    doesn't allow: for tests and simulated attackers.
    """

    def __init__(
        self,
        certificate: Certificate,
        private_key: bytes,
        *,
        leap_seconds: int = 0,
        year_s: float = YEAR_S,
        enforce: bool = True,
    ) -> None:
        self.certificate = certificate
        self._key = sm2.PrivateKey(private_key, certificate.sm3)
        if sm2.compress(self._key.point) != certificate.point:
            raise ValueError(f"the private key does not belong to certificate {certificate.hashed_id8.hex()}")
        self._leap_seconds = leap_seconds
        self._validity = certificate.validity(leap_seconds, year_s)
        self._enforce = enforce
        self._certificate_sent: int | None = None

    @property
    def hashed_id8(self) -> str:
        """HashedId8 of the certificate in lower-case hex, as receivers name this signer."""
        return self.certificate.hashed_id8.hex()

    def seal(self, payload: bytes, aid: int, at: float, *, critical: bool = False) -> bytes:
        """The SPDU of ``payload`` for ``aid``, generated at ``at`` (POSIX s).

        TrustError where the certificate isn't valid at ``at`` or doesn't permit the AID: without a valid
        certificate there is no message.  ``critical`` forces the whole certificate.
        """
        if self._enforce:
            self._check(aid, at)
        now = to_time64(at, self._leap_seconds)
        signed = spdu.to_be_signed(payload, aid, now)
        whole = critical or self._certificate_is_due(now)
        signer = (
            ("certificate", [self.certificate.value]) if whole else ("digest", self.certificate.hashed_id8)
        )
        sealed = spdu.assemble(signed, signer, self._key.sign(signed))
        if whole:
            self._certificate_sent = now
        return sealed

    def _certificate_is_due(self, now: int) -> bool:
        sent = self._certificate_sent
        return sent is None or not 0 <= now - sent < CERTIFICATE_INTERVAL_US

    def _check(self, aid: int, at: float) -> None:
        start_at, end_at = self._validity
        if not start_at <= at <= end_at:
            state = "not yet valid" if at < start_at else "expired"
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
