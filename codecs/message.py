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
from typing import Any

__all__ = [
    "DAY1_FRAMES",
    "DAY2_FRAME",
    "DAY2_MESSAGES",
    "DAY2_PROFILE",
    "KINDS",
    "PROFILES",
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

KINDS = (*DAY1_FRAMES.values(), *(message.kind for message in DAY2_MESSAGES.values()))
"""Every kind of message, Day-1 first."""


@dataclass(frozen=True, slots=True)
class Message:
    """A decoded wire value: the kind, the profile by which it was decoded, and MessageFrame's value."""

    kind: str
    profile: str
    value: tuple[str, Any]

    @classmethod
    def of(cls, profile: str, value: tuple[str, Any]) -> Message:
        """The message of a MessageFrame value; ValueError where the value names no message."""
        name, body = value
        if name in DAY1_FRAMES:
            return cls(DAY1_FRAMES[name], profile, value)
        if name == DAY2_FRAME and isinstance(body, dict):
            day2 = DAY2_MESSAGES.get(body.get("messageId", -1))
            if day2 is not None:
                return cls(day2.kind, profile, value)
        raise ValueError(f"{name!r} is no frame of a known message")

    @property
    def body(self) -> dict[str, Any]:
        """The message itself, without its frame."""
        name, body = self.value
        inner: dict[str, Any] = body["value"] if name == DAY2_FRAME else body
        return inner


def check_profile(profile: str) -> str:
    """``profile`` itself; ValueError naming the known ones where it is none."""
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}: one of {', '.join(PROFILES)}")
    return profile
