"""The cheap gates of a secured message, before any signature: envelope, AID, time.  Nothing here remembers.

    envelope    version 3, signedData, hash and signature of one algorithm, one certificate or a digest
    AID         that of the DSMP header is the signed one
    time        generationTime at most ``max_age_s`` old and ``max_ahead_s`` ahead; expiryTime not passed
    permission  after the signer is known: the AID is in its appPermissions, with the SSP that is asked for

Each failure is a TrustError with its counted reason.  What passes is a :class:`Candidate`, not believed yet.
Sources: receiver's checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts; that the AIDs must agree is
inferred.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from v2x.certs import spdu
from v2x.certs.certificate import ssp_in_range
from v2x.clock import from_time64
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from v2x.certs.memory import KnownSigner
    from v2x.codecs.coer import Record

__all__ = [
    "Candidate",
    "Frame",
    "Slot",
    "VerifierSettings",
    "check_aid",
    "check_permitted",
    "check_time",
    "parse",
]


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
class VerifierSettings:
    """Tolerances and bounds.

    ``max_age_s`` and ``max_ahead_s``: a message older than one second or from the future is dropped; how much
    the clocks may differ is ours.  ``accept_unsecured``: for a bench without security; unsecured messages,
    and whatever is no envelope of version 3 (a bare MessageFrame), are taken as ``Trust.UNSIGNED``.
    ``replay_limit``: messages remembered; 2.6 s (1 s old to 1 s ahead, and the wait) at the 2,000 frames a
    second that tenders ask for are 5,200, and three times that.

    ``required_ssp``: AID to the SspRange that a signer's SSP must be in; what an SSP of 111..114 means is
    unknown, so nothing is asked for.  ``wait_s``: how long a message waits for its signer's certificate,
    which comes 450 ms after the last one at the latest, and a little later on the air; 0: not at all.
    ``waiting_limit``: messages that wait, of up to 1,400 octets; 0.6 s at 2,000 frames a second are 1,200, so
    that not even a channel full of unknown signers fills it.  ``waiting_per_signer``: 450 ms at 10 Hz are
    five, and critical events come in between.  ``pass_unchecked``: where a policy chooses what to check, let
    the rest pass as ``Trust.UNCHECKED``, else it is dropped as shed.
    """

    max_age_s: float = 1.0
    max_ahead_s: float = 1.0
    accept_unsecured: bool = False
    replay_limit: int = 16_384
    required_ssp: Mapping[int, tuple[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    wait_s: float = 0.6
    waiting_limit: int = 2048
    waiting_per_signer: int = 8
    pass_unchecked: bool = False


@dataclass(slots=True, eq=False)
class Slot:
    """The place of one frame among the results of a call: ``verdict`` is None while it is open."""

    token: object
    verdict: Any


@dataclass(slots=True, eq=False)
class Candidate(Slot):
    """A secured message on its way through the gates; ``signer`` is None until its certificate is judged.

    ``key`` names it in the replay window.  ``skipped``: a policy spares its signature.  ``place`` is that of
    its slot, -1 between calls.
    """

    received_at: float
    message: spdu.SignedMessage
    generated_at: float
    key: bytes
    signer: KnownSigner | None = None
    skipped: bool = False
    place: int = -1


def parse(
    data: bytes, settings: VerifierSettings, identify: Callable[[Record], bytes]
) -> spdu.SignedMessage | bytes:
    """The envelope, or the payload of an unsecured message where those are accepted."""
    lenient = settings.accept_unsecured
    try:
        message = spdu.parse(data, identify)
    except TrustError as error:
        bare = data[:1] != bytes((spdu.PROTOCOL_VERSION,)) or error.reason is Reason.ENVELOPE_MALFORMED
        if lenient and data and bare:
            return data
        raise
    if isinstance(message, bytes) and not lenient:
        raise TrustError(Reason.ENVELOPE_UNSUPPORTED, "an unsecured message; signedData is wanted")
    return message


def check_aid(message: spdu.SignedMessage, aid: int) -> None:
    """The AID of the DSMP header is the one that is signed."""
    if message.aid != aid:
        raise TrustError(
            Reason.ENVELOPE_AID_MISMATCH,
            f"AID {message.aid} is signed, the DSMP header has {aid}",
            signer=message.signer,
        )


def check_time(
    message: spdu.SignedMessage, received_at: float, settings: VerifierSettings, leap_seconds: int
) -> float:
    """The instant of generation (POSIX s), which is near enough to ``received_at``."""
    generated_at = from_time64(message.generation_time, leap_seconds)
    age_s = received_at - generated_at
    if not age_s <= settings.max_age_s:
        raise TrustError(
            Reason.TIME_STALE,
            f"generated {age_s:.3f} s ago, at most {settings.max_age_s} s are taken",
            signer=message.signer,
        )
    if not -age_s <= settings.max_ahead_s:
        raise TrustError(
            Reason.TIME_FUTURE,
            f"generated {-age_s:.3f} s in the future, at most {settings.max_ahead_s} s are taken",
            signer=message.signer,
        )
    if message.expiry_time is not None and received_at > from_time64(message.expiry_time, leap_seconds):
        raise TrustError(Reason.TIME_STALE, "its expiryTime has passed", signer=message.signer)
    return generated_at


def check_permitted(
    message: spdu.SignedMessage, signer: KnownSigner, required_ssp: Mapping[int, tuple[str, Any]]
) -> None:
    """The signer's certificate permits the message's AID, and has the SSP that is asked for."""
    permissions = signer.certificate.app_permissions
    aid = message.aid
    if aid not in permissions:
        allowed = ", ".join(map(str, sorted(permissions))) or "none"
        raise TrustError(
            Reason.SIGNER_NOT_PERMITTED,
            f"the certificate permits AID {allowed}, not {aid}",
            signer=message.signer,
        )
    if aid not in required_ssp:
        return
    ssp = permissions[aid]
    if ssp is None or not ssp_in_range(ssp, required_ssp[aid]):
        state = "no SSP" if ssp is None else f"the SSP {ssp[0]}"
        raise TrustError(
            Reason.SIGNER_NOT_PERMITTED,
            f"{state} in the certificate's permission of AID {aid}, another one is asked for",
            signer=message.signer,
        )
