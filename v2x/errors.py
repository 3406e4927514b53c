"""Errors sorted by what the caller does, and the one list of reasons for which a frame is dropped.

``V2XError`` is the root.  ``CodecError``: drop and count.  ``TrustError``: reject, count, perhaps alarm.
``ModemError``: retry or resynchronise.  ``FusionError``: skip the tick.  ``CloudError``: keep and
reconnect.  ``ScenarioError``: the test is ill-posed (INVALID, never FAIL).  Misuse by a programmer is a
builtin exception and is never caught.
"""

from __future__ import annotations

from enum import Enum, StrEnum

__all__ = [
    "CloudError",
    "CodecError",
    "CodecErrorKind",
    "FrameError",
    "FusionError",
    "ModemError",
    "PlausibilityError",
    "Reason",
    "ScenarioError",
    "Stage",
    "TrustError",
    "V2XError",
]


class Stage(StrEnum):
    """Where on the receiver's way a frame was dropped, in the order of the gates."""

    FRAME = "frame"
    ENVELOPE = "envelope"
    TIME = "time"
    REPLAY = "replay"
    SIGNER = "signer"
    SIGNATURE = "signature"
    MESSAGE = "message"
    PLAUSIBILITY = "plausibility"
    QUEUE = "queue"


class Reason(Enum):
    """Why a frame was dropped: what tables, logs, metrics and JSON show, as ``stage`` and ``label``."""

    FRAME_TOO_LONG = (Stage.FRAME, "too_long")
    FRAME_VERSION = (Stage.FRAME, "version")
    FRAME_RESERVED_BITS = (Stage.FRAME, "reserved_bits")
    FRAME_UNKNOWN_AID = (Stage.FRAME, "unknown_aid")
    FRAME_LENGTH = (Stage.FRAME, "length")
    FRAME_EXTENSION = (Stage.FRAME, "extension")
    ENVELOPE_MALFORMED = (Stage.ENVELOPE, "malformed")
    ENVELOPE_UNSUPPORTED = (Stage.ENVELOPE, "unsupported")
    ENVELOPE_HASH_ALGORITHM = (Stage.ENVELOPE, "hash_algorithm")
    ENVELOPE_SIGNER_TYPE = (Stage.ENVELOPE, "signer_type")
    ENVELOPE_AID_MISMATCH = (Stage.ENVELOPE, "aid_mismatch")
    TIME_STALE = (Stage.TIME, "stale")
    TIME_FUTURE = (Stage.TIME, "future")
    REPLAY_REPLAYED = (Stage.REPLAY, "replayed")
    SIGNER_UNKNOWN = (Stage.SIGNER, "unknown_signer")
    SIGNER_CERTIFICATE_INVALID = (Stage.SIGNER, "certificate_invalid")
    SIGNER_REVOKED = (Stage.SIGNER, "revoked")
    SIGNER_NOT_PERMITTED = (Stage.SIGNER, "not_permitted")
    SIGNER_REGION = (Stage.SIGNER, "region")
    SIGNATURE_BAD = (Stage.SIGNATURE, "bad_signature")
    MESSAGE_MALFORMED = (Stage.MESSAGE, "malformed")
    MESSAGE_OUT_OF_RANGE = (Stage.MESSAGE, "out_of_range")
    MESSAGE_TRAILING = (Stage.MESSAGE, "trailing")
    MESSAGE_UNSUPPORTED = (Stage.MESSAGE, "unsupported")
    MESSAGE_UNKNOWN = (Stage.MESSAGE, "unknown_message")
    PLAUSIBILITY_POSITION_RANGE = (Stage.PLAUSIBILITY, "position_range")
    PLAUSIBILITY_SPEED_RANGE = (Stage.PLAUSIBILITY, "speed_range")
    PLAUSIBILITY_MESSAGE_TIME = (Stage.PLAUSIBILITY, "message_time")
    PLAUSIBILITY_POSITION_JUMP = (Stage.PLAUSIBILITY, "position_jump")
    PLAUSIBILITY_SPEED_DISPLACEMENT = (Stage.PLAUSIBILITY, "speed_displacement")
    PLAUSIBILITY_RADIO_RANGE = (Stage.PLAUSIBILITY, "radio_range")
    PLAUSIBILITY_HEADING = (Stage.PLAUSIBILITY, "heading")
    PLAUSIBILITY_OVERLAP = (Stage.PLAUSIBILITY, "overlap")
    PLAUSIBILITY_FREQUENCY = (Stage.PLAUSIBILITY, "frequency")
    PLAUSIBILITY_FROZEN = (Stage.PLAUSIBILITY, "frozen")
    PLAUSIBILITY_REPLAYED_STATE = (Stage.PLAUSIBILITY, "replayed_state")
    PLAUSIBILITY_SEVERAL_IDS = (Stage.PLAUSIBILITY, "several_ids")
    QUEUE_SHED = (Stage.QUEUE, "shed")

    @property
    def stage(self) -> Stage:
        """The gate."""
        return self.value[0]

    @property
    def label(self) -> str:
        """The reason's name inside its stage, as JSON shows it."""
        return self.value[1]


class V2XError(Exception):
    """Root of all errors that data, peers and devices can cause."""


class CodecErrorKind(StrEnum):
    """What is wrong with the bits (or, on encode, with the value)."""

    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    OUT_OF_RANGE = "out_of_range"
    TRAILING = "trailing"
    UNSUPPORTED = "unsupported"
    UNKNOWN_MESSAGE = "unknown_message"
    UNENCODABLE = "unencodable"


_MESSAGE_REASON = {
    CodecErrorKind.TRUNCATED: Reason.MESSAGE_MALFORMED,
    CodecErrorKind.MALFORMED: Reason.MESSAGE_MALFORMED,
    CodecErrorKind.OUT_OF_RANGE: Reason.MESSAGE_OUT_OF_RANGE,
    CodecErrorKind.TRAILING: Reason.MESSAGE_TRAILING,
    CodecErrorKind.UNSUPPORTED: Reason.MESSAGE_UNSUPPORTED,
    CodecErrorKind.UNKNOWN_MESSAGE: Reason.MESSAGE_UNKNOWN,
    CodecErrorKind.UNENCODABLE: Reason.MESSAGE_MALFORMED,
}


class CodecError(V2XError):
    """Bits that are no message, or a value that has no bits.

    ``path`` names the place in the schema (``MessageFrame.bsmFrame.pos.lat``, may be empty), ``bit`` the
    offset of the first bit that could not be used (``None`` where it is not known).
    """

    def __init__(self, kind: CodecErrorKind, detail: str, *, path: str = "", bit: int | None = None) -> None:
        self.kind = kind
        self.detail = detail
        self.path = path
        self.bit = bit
        place = path + (f" (bit {bit})" if bit is not None else "")
        super().__init__(f"{kind}: {place + ': ' if place else ''}{detail}")

    @property
    def reason(self) -> Reason:
        """The counter for a received message."""
        return _MESSAGE_REASON[self.kind]


class FrameError(CodecError):
    """A DSMP unit that can't be taken (stage ``frame``)."""

    def __init__(self, reason: Reason, detail: str, *, octet: int | None = None) -> None:
        self._reason = reason
        super().__init__(
            CodecErrorKind.MALFORMED, detail, path="DSMP", bit=None if octet is None else 8 * octet
        )

    @property
    def reason(self) -> Reason:
        """The counter of stage ``frame``."""
        return self._reason


class TrustError(V2XError):
    """A secured message or certificate that is not believed.

    ``reason`` is its counter, ``detail`` says what exactly is wrong (``expired``, ``chain``, ...),
    ``signer`` the HashedId8 of the certificate in question where it is known.
    """

    def __init__(self, reason: Reason, detail: str, *, signer: bytes | None = None) -> None:
        self.reason = reason
        self.detail = detail
        self.signer = signer
        super().__init__(f"{reason.stage}/{reason.label}: {detail}")


class PlausibilityError(V2XError):
    """An authentic message whose content can't be true."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason.stage}/{reason.label}: {detail}")


class ModemError(V2XError):
    """A port, a module or its answer failed: retry, resynchronise, or give up with the reason."""


class FusionError(V2XError):
    """This tick can't be computed; the next one may."""


class CloudError(V2XError):
    """The cloud can't be reached or refused: keep what is to be sent and reconnect."""


class ScenarioError(V2XError):
    """The test is ill-posed: its verdict is INVALID, never FAIL."""
