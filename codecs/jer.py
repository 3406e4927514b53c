"""Messages as JSON by the JSON Encoding Rules, both ways.

    SEQUENCE object · SEQUENCE OF array · CHOICE object of one member · INTEGER number · BOOLEAN · NULL null
    ENUMERATED its name · IA5String text · OCTET STRING upper-case hex
    BIT STRING hex where its size is fixed (without "..."), else {"value": hex, "length": bits}

A Day-2 message stands where MessageFrame has its open type: ``{"msgFrameExt": {"messageId": 15, "value":
{...}}}`` with the value of the message itself; of a messageId of a later edition, hex.  Extension additions
of a later edition have no name and are left out.

The work is done by :mod:`v2x.codecs.opjer`.  Hexadecimal digits: either case.  Source: ITU-T X.697.
"""

from __future__ import annotations

from typing import Any

from v2x.codecs import opjer, optable, uper
from v2x.codecs.message import Message, check_profile

__all__ = ["from_jer", "to_jer"]


def to_jer(message: Message) -> dict[str, Any]:
    """MessageFrame's value in JSON terms: dict, list, str, int, bool, None.

    The message is one that was decoded or can be encoded; for another the result is not defined.
    """
    row = optable.load(message.profile).roots[optable.ROOT]
    document: dict[str, Any] = opjer.render(message.profile, row, message.value)
    return document


def from_jer(document: Any, profile: str) -> Message:
    """The message of a JSON document; its value is complete and in range.

    Raises CodecError ``unencodable`` with the path of what is wrong, ValueError for an unknown profile.
    """
    row = optable.load(check_profile(profile)).roots[optable.ROOT]
    octets = uper.encode_dict(opjer.parse(profile, row, document), profile)
    return Message.of_frame(uper.decode(octets, profile))
