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
from enum import StrEnum
from typing import TYPE_CHECKING

from v2x.codecs.codec import decode_as, decode_noting, encode
from v2x.codecs.message import PROFILES, Message
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["FITS", "Confidence", "Detection", "SenderProfiles", "decode", "detect"]

FITS = "fits"
"""The evidence of a profile that fits."""

DIFFERENCES_SHOWN = 3
"""Places at which two readings differ that an explanation names."""


class Confidence(StrEnum):
    """How far the octets of one message settle the profile."""

    ONE = "one"  # a single profile reads it: good evidence, 1.5 % of random MAPs pass by a wrong one
    ALIKE = "alike"  # several read it, to the same values: it doesn't matter which
    OPEN = "open"  # several read it, to different values: another message, or the place, must tell
    LATER = "later"  # none reads all of it, one reads it as a message of a later edition
    NONE = "none"  # none reads it


@dataclass(frozen=True, slots=True)
class Detection:
    """The profiles that fit, newest first, and why each of the others does not.

    ``evidence`` has one text per profile.  ``message`` is the value by the newest profile that fits or, where
    none does, that reads the message of a later edition; ``error`` is what to raise where there is none.
    ``readings`` has the message by each profile that fits.
    """

    profiles: tuple[str, ...]
    evidence: dict[str, str]
    message: Message | None = field(repr=False)
    error: CodecError | None = None
    readings: dict[str, Message] = field(default_factory=dict, repr=False)

    @property
    def confidence(self) -> Confidence:
        """How sure the profile is, by these octets alone."""
        if not self.profiles:
            return Confidence.NONE if self.message is None else Confidence.LATER
        if len(self.profiles) == 1:
            return Confidence.ONE
        return Confidence.OPEN if self._differing() else Confidence.ALIKE

    @property
    def explanation(self) -> str:
        """A sentence for a person: what was found, and what remains possible."""
        match self.confidence:
            case Confidence.NONE:
                return f"no profile reads it: {self.error}"
            case Confidence.LATER:
                return "a message of a later edition: " + "; ".join(self.evidence.values())
            case Confidence.ONE:
                others = "; ".join(f"{p}: {text}" for p, text in self.evidence.items() if text != FITS)
                return f"only {self.profiles[0]} reads it ({others})"
            case Confidence.ALIKE:
                return f"{', '.join(self.profiles)} read it to the same values"
        told = "; ".join(f"{profile} differs at {paths}" for profile, paths in self._differing().items())
        return (
            f"{', '.join(self.profiles)} read it, to different values: against {self.profiles[0]} {told}. "
            "A MAP or RSI of the same sender, or whether the place is near the receiver, can tell"
        )

    def _differing(self) -> dict[str, str]:
        """Profiles that read other values than the newest that fits, and the first places where."""
        from v2x.codecs.diff import compare

        first = self.readings[self.profiles[0]]
        found: dict[str, str] = {}
        for profile in self.profiles[1:]:
            if self.readings[profile].value != first.value:
                places = compare(first, self.readings[profile]).differences
                paths = [one.path or first.kind for one in places[:DIFFERENCES_SHOWN]]
                found[profile] = ", ".join(paths) + (" ..." if len(places) > len(paths) else "")
        return found


def detect(data: bytes, *, lenient: bool = False) -> Detection:
    """Try every profile on the octets of one message; never raises for what they hold."""
    fitting: dict[str, Message] = {}
    later: Message | None = None
    evidence: dict[str, str] = {}
    errors: list[CodecError] = []
    for profile in PROFILES:
        try:
            message, skipped = decode_noting(profile, data, lenient=lenient)
            same = _same(encode(message), bytes(data), message)
        except CodecError as error:
            evidence[profile] = str(error)
            errors.append(error)
            continue
        if skipped:
            evidence[profile] = f"read, but {skipped} parts are of a later edition"
            later = later or message
        elif same:
            evidence[profile] = FITS
            fitting[profile] = message
        else:
            evidence[profile] = "encoding the value again gives other octets"
    message_found = next(iter(fitting.values()), later)
    error_found = None if message_found else _best_error(errors)
    return Detection(tuple(fitting), evidence, message_found, error_found, fitting)


def decode(data: bytes, *, profile: str | None = None, lenient: bool = False) -> Message:
    """The message of ``data`` by ``profile``, or by the newest that fits (None or ``"auto"``).

    ``lenient`` takes zero octets behind the message, and the message without MessageFrame
    (``Message.forgave`` says so).  Raises CodecError for any octets that are no message, ValueError for a
    profile that there is not.
    """
    if profile is not None and profile != "auto":
        return decode_as(profile, data, lenient=lenient)
    found = detect(data, lenient=lenient)
    if found.message is None:
        raise found.error or CodecError(CodecErrorKind.MALFORMED, "no profile fits")
    return found.message


def _same(octets: bytes, data: bytes, message: Message) -> bool:
    """True where the octets are the ones that we would write, but for what was forgiven."""
    return octets == data or bool(message.forgave)


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
    if message.kind != "BSM":
        return False
    extensions = message.record.safety_ext
    history = None if extensions is None else extensions.path_history
    return history is not None and history.initial_position is not None
