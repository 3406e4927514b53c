"""By which profile was a message written?  Trial decoding, range check, encoding again and comparing.

The profiles share a name's year and most types, yet MAP and RSI of one are garbage in another.  A profile
fits where the octets decode to the last bit, every value is in range, and encoding gives the same octets
back.  SPAT, RSM and most BSM are the same in all profiles and fit all.  By the sources' count, 9 of 600
random MAPs and 4 of 600 BSMs pass by the wrong profile; what settles the rest is plausibility (the map is
near the receiver) and memory: a sender does not change its profile from frame to frame
(:class:`SenderProfiles`).

A sender of a later edition, whose extension additions no profile here knows, fits none in that sense: its
octets can't come back.  Its messages are then decoded by the newest profile that reads them completely.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.codecs.codec import decode_as, decode_noting, encode
from v2x.codecs.message import PROFILES, Message
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["FITS", "Detection", "SenderProfiles", "decode", "detect"]

FITS = "fits"
"""The evidence of a profile that fits."""


@dataclass(frozen=True, slots=True)
class Detection:
    """The profiles that fit, newest first, and why each of the others does not.

    ``evidence`` has one text per profile.  ``message`` is the value by the newest profile that fits or, where
    none does, that reads the message of a later edition; ``error`` is what to raise where there is none.
    """

    profiles: tuple[str, ...]
    evidence: dict[str, str]
    message: Message | None = field(repr=False)
    error: CodecError | None = None


def detect(data: bytes, *, strict: bool = True) -> Detection:
    """Try every profile on the octets of one message; never raises for what they hold."""
    fitting: dict[str, Message] = {}
    later: Message | None = None
    evidence: dict[str, str] = {}
    errors: list[CodecError] = []
    for profile in PROFILES:
        try:
            message, skipped = decode_noting(profile, data, strict=strict)
            same = _same(encode(message), bytes(data), strict)
        except CodecError as error:
            evidence[profile] = str(error)
            errors.append(error)
            continue
        if same:
            evidence[profile] = FITS
            fitting[profile] = message
        elif skipped:
            evidence[profile] = f"read, but {skipped} extension additions are of a later edition"
            later = later or message
        else:
            evidence[profile] = "encoding the value again gives other octets"
    message_found = next(iter(fitting.values()), later)
    error_found = None if message_found else _best_error(errors)
    return Detection(tuple(fitting), evidence, message_found, error_found)


def decode(data: bytes, *, profile: str | None = None, strict: bool = True) -> Message:
    """The message of ``data`` by ``profile``, or by the newest that fits (None or ``"auto"``).

    ``strict=False`` takes zero octets behind the message.  Raises CodecError for any octets that are no
    message, ValueError for a profile that there is not.
    """
    if profile is not None and profile != "auto":
        return decode_as(profile, data, strict=strict)
    found = detect(data, strict=strict)
    if found.message is None:
        raise found.error or CodecError(CodecErrorKind.MALFORMED, "no profile fits")
    return found.message


def _same(octets: bytes, data: bytes, strict: bool) -> bool:
    return octets == data or (not strict and data.startswith(octets) and not any(data[len(octets) :]))


_TELLING = (
    CodecErrorKind.UNSUPPORTED,
    CodecErrorKind.UNKNOWN_MESSAGE,
    CodecErrorKind.OUT_OF_RANGE,
    CodecErrorKind.TRAILING,
    CodecErrorKind.MALFORMED,
    CodecErrorKind.TRUNCATED,
)
"""Which error says most, where every profile has one: a wrong profile mostly ends in the last two."""


def _best_error(errors: list[CodecError]) -> CodecError:
    if len(errors) < len(PROFILES):
        return CodecError(
            CodecErrorKind.MALFORMED, "encoding the value again gives other octets", path="MessageFrame"
        )
    return min(errors, key=lambda error: _TELLING.index(error.kind))


_TELL_APART = frozenset({"MAP", "RSI"})
"""Kinds whose wire form differs between profiles throughout; of BSM, only one with an initial position."""


@dataclass(slots=True)
class _Memory:
    profiles: tuple[str, ...] = PROFILES
    contradictions: int = 0


class SenderProfiles:
    """Which profile a sender writes, learnt from what it sends; at most ``limit`` senders, oldest out first.

    ``limit`` 1024: a radio's range holds hundreds of signers.  A message that the known profile can't read is
    refused; after ``patience`` of them in a row the sender is forgotten and learnt anew (a unit that was
    updated), 3 because one or two bad frames happen to everybody.  Key the memory by what the sender
    can't choose freely: the signer's HashedId8.  Not thread-safe, like the pipeline that owns it.
    """

    def __init__(self, limit: int = 1024, patience: int = 3) -> None:
        if limit < 1 or patience < 1:
            raise ValueError("limit and patience are at least 1")
        self._limit = limit
        self._patience = patience
        self._senders: OrderedDict[Hashable, _Memory] = OrderedDict()

    def __len__(self) -> int:
        return len(self._senders)

    def profiles_of(self, sender: Hashable) -> tuple[str, ...]:
        """The profiles that the sender may be writing, newest first; all of them for a stranger."""
        memory = self._senders.get(sender)
        return PROFILES if memory is None else memory.profiles

    def decode(self, sender: Hashable | None, data: bytes) -> Message:
        """The message of ``data`` by the sender's profile; CodecError.  ``None``: nobody to remember."""
        if sender is None:
            return decode(data)
        memory = self._recall(sender)
        try:
            message = self._decode(memory, data)
        except CodecError:
            memory.contradictions += 1
            if memory.contradictions >= self._patience:
                del self._senders[sender]
            raise
        memory.contradictions = 0
        return message

    def _recall(self, sender: Hashable) -> _Memory:
        memory = self._senders.get(sender)
        if memory is None:
            memory = self._senders[sender] = _Memory()
            if len(self._senders) > self._limit:
                self._senders.popitem(last=False)
        else:
            self._senders.move_to_end(sender)
        return memory

    def _decode(self, memory: _Memory, data: bytes) -> Message:
        """One decode where the profile is known or can't matter, else a detection that narrows it."""
        known = memory.profiles
        if len(known) == 1:
            return decode_as(known[0], data)
        try:
            message = decode_as(known[0], data)
        except CodecError:
            return self._narrow(memory, data)
        return self._narrow(memory, data) if _telling(message) else message

    @staticmethod
    def _narrow(memory: _Memory, data: bytes) -> Message:
        found = detect(data)
        left = tuple(profile for profile in memory.profiles if profile in found.profiles)
        if left:
            memory.profiles = left
            return decode_as(left[0], data)
        if found.message is None or found.profiles:
            raise found.error or CodecError(
                CodecErrorKind.MALFORMED,
                f"not of profile {' or '.join(memory.profiles)}",
                path="MessageFrame",
            )
        return found.message


def _telling(message: Message) -> bool:
    """True where the message looks different in different profiles."""
    if message.kind in _TELL_APART:
        return True
    extensions = message.body.get("safetyExt") or {}
    return "initialPosition" in extensions.get("pathHistory", {})
