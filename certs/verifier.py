"""The one place where a received payload becomes a verified one.

Gates in order, cheap ones first; each failure is a :class:`v2x.errors.TrustError` with its counted reason::

    envelope    version 3, signedData, SM3, one certificate or a digest, sm2Signature, the DSMP header's AID
    time        generationTime at most ``max_age_s`` old and ``max_ahead_s`` ahead; expiryTime not passed
    replay      look-up only
    signer      digest known, or the certificate judged by the trust store; AID in its appPermissions
    signature   SM2 over ToBeSignedData as received, ID = SM3(signer certificate as received)
    replay      commit, only now: a forged frame can't burn an honest one's slot

Other header fields (generationLocation, requests for certificates or lists) are signed and ignored: the
vehicle profile leaves them out, and a newer sender must not look like an attacker.  Sources: receiver's
checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts; that the AIDs must agree is inferred.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Protocol

from v2x.certs import spdu
from v2x.certs.replay import ReplayWindow
from v2x.clock import from_time64
from v2x.errors import Reason, TrustError
from v2x.objects import Trust

if TYPE_CHECKING:
    from v2x.certs.trust import KnownSigner, TrustStore

__all__ = ["Frame", "VerifiedPayload", "Verifier", "VerifierSettings"]

_SEAL = object()


class Frame(Protocol):
    """What the verifier reads of a DSMP unit: :class:`v2x.codecs.dsmp.DsmpFrame`."""

    @property
    def aid(self) -> int:
        """The AID of the DSMP header."""
        ...

    @property
    def payload(self) -> bytes:
        """The Data field: the secured message."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedPayload:
    """A payload whose origin was checked as far as ``trust`` says; only a :class:`Verifier` makes one.

    ``data`` is the inner MessageFrame, ``signer`` the HashedId8 of the certificate in lower-case hex,
    ``generated_at`` POSIX s.  Both are None for an unsecured bench payload (``Trust.UNSIGNED``).
    """

    data: bytes
    aid: int
    signer: str | None
    generated_at: float | None
    trust: Trust
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only Verifier.open makes a VerifiedPayload")


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """Tolerances and bounds.

    ``max_age_s`` and ``max_ahead_s``: a message older than one second or from the future is dropped; how much
    the clocks may differ is ours.  ``accept_unsecured``: for a bench without security; unsecured messages,
    and whatever is no envelope of version 3 (a bare MessageFrame), are taken as ``Trust.UNSIGNED``.
    ``replay_limit``: messages remembered; 2 s (1 s old to 1 s ahead) at the 2,000 frames a second that
    tenders ask for are 4,000, and four times that.
    """

    max_age_s: float = 1.0
    max_ahead_s: float = 1.0
    accept_unsecured: bool = False
    replay_limit: int = 16_384


class Verifier:
    """Opens frames against one trust store; one thread (the verification worker) owns it."""

    def __init__(self, store: TrustStore, settings: VerifierSettings | None = None) -> None:
        self.store = store
        self.settings = settings or VerifierSettings()
        self._replay = ReplayWindow(self.settings.replay_limit)

    @property
    def replay_count(self) -> int:
        """Messages in the replay window."""
        return len(self._replay)

    def open(self, frame: Frame, received_at: float) -> VerifiedPayload:
        """The payload of a DSMP unit received at ``received_at`` (POSIX s), or TrustError with the reason."""
        message = self._parse(frame.payload)
        if isinstance(message, bytes):
            return VerifiedPayload(message, frame.aid, None, None, Trust.UNSIGNED, _SEAL)
        if message.aid != frame.aid:
            raise TrustError(
                Reason.ENVELOPE_AID_MISMATCH,
                f"AID {message.aid} is signed, the DSMP header has {frame.aid}",
                signer=message.signer,
            )
        generated_at = self._check_time(message, received_at)
        key = self._replay.key(message.signer, message.to_be_signed)
        if self._replay.seen(key, generated_at):
            raise TrustError(
                Reason.REPLAY_REPLAYED, "the same message was accepted before", signer=message.signer
            )
        signer = self._find_signer(message, generated_at)
        if not signer.key.verify(message.to_be_signed, message.signature):
            raise TrustError(
                Reason.SIGNATURE_BAD,
                "the signature does not fit message and certificate",
                signer=message.signer,
            )
        self._replay.commit(key, generated_at, received_at - self.settings.max_age_s)
        return VerifiedPayload(
            data=message.payload,
            aid=message.aid,
            signer=signer.certificate.hashed_id8.hex(),
            generated_at=generated_at,
            trust=Trust.VERIFIED,
            seal=_SEAL,
        )

    def _parse(self, data: bytes) -> spdu.SignedMessage | bytes:
        """The envelope, or the payload of an unsecured message where those are accepted."""
        lenient = self.settings.accept_unsecured
        try:
            message = spdu.parse(data)
        except TrustError as error:
            bare = data[:1] != bytes((spdu.PROTOCOL_VERSION,)) or error.reason is Reason.ENVELOPE_MALFORMED
            if lenient and data and bare:
                return data
            raise
        if isinstance(message, bytes) and not lenient:
            raise TrustError(Reason.ENVELOPE_UNSUPPORTED, "an unsecured message; signedData is wanted")
        return message

    def _check_time(self, message: spdu.SignedMessage, received_at: float) -> float:
        leap_seconds = self.store.settings.leap_seconds
        generated_at = from_time64(message.generation_time, leap_seconds)
        age_s = received_at - generated_at
        if not age_s <= self.settings.max_age_s:
            raise TrustError(
                Reason.TIME_STALE,
                f"generated {age_s:.3f} s ago, at most {self.settings.max_age_s} s are taken",
                signer=message.signer,
            )
        if not -age_s <= self.settings.max_ahead_s:
            raise TrustError(
                Reason.TIME_FUTURE,
                f"generated {-age_s:.3f} s in the future, at most {self.settings.max_ahead_s} s are taken",
                signer=message.signer,
            )
        if message.expiry_time is not None and received_at > from_time64(message.expiry_time, leap_seconds):
            raise TrustError(Reason.TIME_STALE, "its expiryTime has passed", signer=message.signer)
        return generated_at

    def _find_signer(self, message: spdu.SignedMessage, generated_at: float) -> KnownSigner:
        if message.certificate is None:
            signer = self.store.find_digest(message.signer, generated_at)
        else:
            signer = self.store.find_certificate(message.certificate, generated_at)
        if message.aid not in signer.certificate.app_permissions:
            allowed = ", ".join(map(str, sorted(signer.certificate.app_permissions))) or "none"
            raise TrustError(
                Reason.SIGNER_NOT_PERMITTED,
                f"the certificate permits AID {allowed}, not {message.aid}",
                signer=message.signer,
            )
        return signer
