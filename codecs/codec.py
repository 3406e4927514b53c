"""Messages from octets and back: the decoder and encoder that everybody uses.

Decoding takes the octets of one ``MessageFrame``, no more: after the value only the zero bits that fill the
last octet may follow.  It does not encode again to compare: encodings that are readable but not canonical (a
length in two octets where one would do) are taken, as they harm nobody, and :mod:`v2x.codecs.detect`
compares where it decides something.  What a later edition added is kept as octets and written as it came.

An ENUMERATED or CHOICE number that means nothing is ``malformed`` (there is no value to name); an INTEGER,
size or length outside its range is ``out_of_range``, with the value and the allowed range.

The work is done by :mod:`v2x.codecs.uper`, native or Python.  Source: X.691 (UPER); T/CSAE 157-2020 for
``msgFrameExt`` (``80 | length | 0, messageId | length | value``).
"""

from __future__ import annotations

from typing import Any

from v2x.codecs import uper
from v2x.codecs.faults import MAX_MESSAGE_OCTETS
from v2x.codecs.message import DAY1_TYPES, DAY2_FRAME, DAY2_MESSAGES, Message, check_profile
from v2x.codecs.records import Record
from v2x.errors import CodecError, CodecErrorKind

__all__ = ["MAX_MESSAGE_OCTETS", "ROOT", "decode_as", "decode_noting", "encode"]

ROOT = "MessageFrame"


def decode_as(profile: str, data: bytes, *, lenient: bool = False) -> Message:
    """The message of ``data`` by the rules of one profile.

    ``lenient`` takes two habits of senders and names them in ``Message.forgave``: zero octets behind the
    message, and the message without MessageFrame.  Raises CodecError for any octets that are no message,
    ValueError for a profile that there is not.
    """
    if lenient:
        return decode_noting(profile, data, lenient=True)[0]
    return Message.of_frame(uper.engine(check_profile(profile))[1].decode(_octets(data)))


def decode_noting(profile: str, data: bytes, *, lenient: bool = False) -> tuple[Message, int]:
    """As :func:`decode_as`, and how many extension additions and messages of a later edition were kept."""
    outcome = uper.inspect(_octets(data), check_profile(profile), lenient=lenient)
    return Message.of_frame(outcome.value, outcome.forgave), outcome.unknown


def encode(message: Message | Record) -> bytes:
    """The octets of a message by the rules of its profile, complete and in range.

    Takes a record of a message, too: ``encode(BasicSafetyMessage(...))``.  Raises CodecError ``unencodable``
    with the path, the value and what is allowed.
    """
    if not isinstance(message, Message):
        return uper.encode(_framed(message))
    if message.typed:
        return uper.encode(message.frame)
    profile, value = check_profile(message.profile), message.value
    octets = uper.encode_dict(value, profile)
    if Message.of(profile, value).kind != message.kind:
        detail = f"{value[0]} is no frame of kind {message.kind}"
        raise CodecError(CodecErrorKind.UNENCODABLE, detail, path=ROOT)
    return octets


def _octets(data: bytes) -> bytes:
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"octets are wanted, not {type(data).__name__}")
    return bytes(data)


def _framed(record: Record) -> Record:
    """MessageFrame around a message; TypeError for another record."""
    if not isinstance(record, Record):
        raise TypeError(f"a message or a record is wanted, not {type(record).__name__}")
    name = record.TYPE_NAME
    if name == ROOT:
        return record
    classes: dict[str, Any] = dict(uper.engine(record.PROFILE)[1].classes)
    if name in DAY1_TYPES:
        found: Record = classes[ROOT](DAY1_TYPES[name], record)
        return found
    for number, day2 in DAY2_MESSAGES.items():
        if day2.type_name == name and "MessageFrameExt" in classes:
            inner = classes["MessageFrameExt"](message_id=number, value=record)
            framed: Record = classes[ROOT](DAY2_FRAME, inner)
            return framed
    raise TypeError(f"a {name} is part of a message, not one")
