"""What a decoded message is, and the names of profiles, messages and frames.

Three profiles of the message dictionary are in the field.  :data:`PROFILES` gives them newest first: the
second stage before the first, and T/CSAE 53-2020, which cites YD/T 3709-2020, before that.

A Day-1 message is one alternative of ``MessageFrame``.  A Day-2 message travels in its extension
``msgFrameExt`` as a number and an open type; here its value stands in place of the open type's octets::

    Message("BSM", "csae53_2020", ("bsmFrame", {"msgCnt": 117, ...}))
    Message("PSM", "csae157_2020", ("msgFrameExt", {"messageId": 15, "value": {"msgCnt": 3, ...}}))

Values have asn1tools' form: SEQUENCE dict, SEQUENCE OF list, CHOICE (name, value), ENUMERATED str,
BIT STRING (octets, bits), OCTET STRING bytes, IA5String str.  Integers are those of the wire; units and
special codes are the matter of :mod:`v2x.units`.

Source: YD/T 3709-2020, T/CSAE 53-2020, T/CSAE 157-2020, by public ASN.1 packages (``asn1/``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from v2x.codecs.records import Record

__all__ = [
    "DAY1_FRAMES",
    "DAY1_TYPES",
    "DAY2_FRAME",
    "DAY2_MESSAGES",
    "DAY2_PROFILE",
    "KINDS",
    "PROFILES",
    "UNKNOWN",
    "Day2",
    "Message",
    "check_profile",
]

PROFILES = ("csae157_2020", "csae53_2020", "ydt3709_2020")
"""The profiles, newest first."""

DAY1_FRAMES = {
    "bsmFrame": "BSM",
    "mapFrame": "MAP",
    "rsmFrame": "RSM",
    "spatFrame": "SPAT",
    "rsiFrame": "RSI",
}
"""Alternative of MessageFrame to the message's kind."""

DAY1_TYPES = {
    "BasicSafetyMessage": "bsmFrame",
    "MapData": "mapFrame",
    "RoadsideSafetyMessage": "rsmFrame",
    "SPAT": "spatFrame",
    "RoadSideInformation": "rsiFrame",
}
"""ASN.1 type of a message to its alternative of MessageFrame."""

DAY2_FRAME = "msgFrameExt"
"""The alternative that carries the messages of Day-2."""

DAY2_PROFILE = "csae157_2020"
"""The profile that has them."""


@dataclass(frozen=True, slots=True)
class Day2:
    """A Day-2 message: its kind here and its ASN.1 type."""

    kind: str
    type_name: str


DAY2_MESSAGES = {
    0: Day2("TEST", "TestMsg"),
    10: Day2("RTCM", "RTCMcorrections"),
    11: Day2("RSC", "RoadsideCoordination"),
    12: Day2("SSM", "SensorSharingMsg"),
    13: Day2("VIR", "VehIntentionAndRequest"),
    14: Day2("PAM", "PAMData"),
    15: Day2("PSM", "PersonalSafetyMessage"),
    16: Day2("PMM", "CLPMM"),
    17: Day2("VPM", "VehiclePaymentMessage"),
}
"""messageId to message (T/CSAE 157-2020, ExtMsgID)."""

UNKNOWN = "UNKNOWN"
"""The kind of a message whose messageId is of a later edition; it is kept as octets."""

KINDS = (*DAY1_FRAMES.values(), *(message.kind for message in DAY2_MESSAGES.values()))
"""Every kind of message, Day-1 first."""


class Message:
    """A message: its kind, the profile by which it is written, and MessageFrame's value in two forms.

        message.record      the message itself, typed: ``message.record.pos.lat``
        message.frame       MessageFrame, typed: ``frame.name``, ``frame.value``
        message.value       MessageFrame in asn1tools' form: ``("bsmFrame", {"msgCnt": 117, ...})``
        message.body        the message itself in that form

    The decoder gives the typed form, which is immutable; ``Message(kind, profile, value)`` takes the other.
    Each is made of the other when it is asked for.  Once the dicts were given out they are what counts: who
    changes them changes the message.  ``forgave`` names what a lenient decoder let pass.
    """

    __slots__ = ("_frame", "_value", "forgave", "kind", "profile")

    kind: str
    profile: str
    forgave: tuple[str, ...]
    _frame: Record | None
    _value: tuple[str, Any] | None

    def __init__(
        self,
        kind: str,
        profile: str,
        value: tuple[str, Any] | None = None,
        *,
        frame: Record | None = None,
        forgave: tuple[str, ...] = (),
    ) -> None:
        """``value`` in asn1tools' form, or ``frame``, a record of MessageFrame; nothing is checked yet."""
        if (value is None) == (frame is None):
            raise TypeError("a message has a value or a frame")
        for name, given in zip(self.__slots__, (frame, value, forgave, kind, profile), strict=True):
            object.__setattr__(self, name, given)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a Message is immutable: {name} can't be set")

    @classmethod
    def of(cls, profile: str, value: tuple[str, Any]) -> Message:
        """The message of a MessageFrame value; ValueError where the value names no message."""
        name, body = value
        number = body.get("messageId") if name == DAY2_FRAME and isinstance(body, dict) else None
        kind = _kind(name, number)
        if kind is None and isinstance(number, int):
            kind = UNKNOWN
        if kind is None:
            raise ValueError(f"{name!r} is no frame of a known message")
        return cls(kind, profile, value)

    @classmethod
    def of_frame(cls, frame: Any, forgave: tuple[str, ...] = ()) -> Message:
        """The message of a record of MessageFrame."""
        number = frame.value.message_id if frame.name == DAY2_FRAME else None
        kind = _kind(frame.name, number)
        return cls(UNKNOWN if kind is None else kind, frame.PROFILE, frame=frame, forgave=forgave)

    @property
    def typed(self) -> bool:
        """True while the typed form is what counts."""
        return self._frame is not None

    @property
    def frame(self) -> Any:
        """MessageFrame as a record; CodecError ``unencodable`` where the value has none."""
        if self._frame is not None:
            return self._frame
        from v2x.codecs import uper

        return uper.decode(uper.encode_dict(self._value, check_profile(self.profile)), self.profile)

    @property
    def record(self) -> Any:
        """The message itself as a record, such as :class:`v2x.codecs.csae53_2020.BasicSafetyMessage`.

        The octets of a message whose messageId is of a later edition.
        """
        return self.frame.value.value if self.frame.name == DAY2_FRAME else self.frame.value

    @property
    def value(self) -> tuple[str, Any]:
        """MessageFrame in asn1tools' form; unknown additions stand under the key ``"..."``."""
        if self._frame is not None:
            object.__setattr__(self, "_value", self._frame.to_dict())
            object.__setattr__(self, "_frame", None)
        assert self._value is not None
        return self._value

    @property
    def body(self) -> Any:
        """The message itself in asn1tools' form."""
        name, body = self.value
        return body["value"] if name == DAY2_FRAME else body

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        if (self.kind, self.profile) != (other.kind, other.profile):
            return False
        if self._frame is not None and other._frame is not None:
            return bool(self._frame == other._frame)
        return self.value == other.value

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.kind, self.profile, self.value)

    def __repr__(self) -> str:
        return f"Message({self.kind!r}, {self.profile!r}, {self._frame or self._value!r})"


def _kind(name: str, number: int | None) -> str | None:
    if name in DAY1_FRAMES:
        return DAY1_FRAMES[name]
    day2 = None if number is None else DAY2_MESSAGES.get(number)
    return None if day2 is None else day2.kind


def check_profile(profile: str) -> str:
    """``profile`` itself; ValueError naming the known ones where it is none."""
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}: one of {', '.join(PROFILES)}")
    return profile
