"""The reference: the same messages by asn1tools, a second implementation to hold the engine against.

Slow and, in three points, narrower than :mod:`v2x.codecs.codec`: it can't read BIT STRINGs in extended form
(``unsupported``), passes over what a later edition added, and refuses unknown messageIds.  Tests, fuzzers and
benchmarks use it; nothing on a message's way does.

Source: X.691 (UPER); T/CSAE 157-2020 for ``msgFrameExt`` (``80 | length | 0, messageId | length | value``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs import reference_uper
from v2x.codecs.faults import MAX_MESSAGE_OCTETS
from v2x.codecs.message import DAY2_FRAME, DAY2_MESSAGES, DAY2_PROFILE, Message, check_profile
from v2x.codecs.ranges import Fault, decoded_check, full_check
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from v2x.codecs.reference_uper import BitReader

__all__ = ["ROOT", "decode_as", "encode"]

ROOT = "MessageFrame"


def decode_as(profile: str, data: bytes, *, strict: bool = True) -> Message:
    """The message of ``data`` by the rules of one profile.

    ``strict=False`` takes zero octets behind the message, which some senders add.  Raises CodecError for
    any octets that are no message, ValueError for a profile that there is not.
    """
    check_profile(profile)
    data = _limited(data)
    if data and 5 <= data[0] >> 4 <= 7:
        raise CodecError(
            CodecErrorKind.UNKNOWN_MESSAGE, f"frame number {data[0] >> 4} is not in use", path=ROOT, bit=1
        )
    value, reader = reference_uper.decode_type(profile, ROOT, data)
    name, body = value
    if name is None:
        raise CodecError(CodecErrorKind.UNKNOWN_MESSAGE, f"no frame that {profile} knows", path=ROOT, bit=1)
    _check_range(decoded_check(profile), value, ROOT)
    _check_end(data, reader, ROOT, strict, 0)
    if name == DAY2_FRAME:
        return _decode_day2(profile, body, reader, strict)
    return Message.of(profile, value)


def encode(message: Message) -> bytes:
    """The octets of a message by the rules of its profile, canonical and complete.

    Raises CodecError ``unencodable`` with the path, the value and what is allowed.
    """
    profile = check_profile(message.profile)
    value: Any = message.value
    if profile == DAY2_PROFILE and isinstance(value, tuple) and len(value) == 2 and value[0] == DAY2_FRAME:
        value = (DAY2_FRAME, _encode_day2(profile, value[1]))
    _check_value(full_check(profile), value, ROOT)
    if Message.of(profile, message.value).kind != message.kind:
        raise CodecError(
            CodecErrorKind.UNENCODABLE, f"{value[0]} is no frame of kind {message.kind}", path=ROOT
        )
    octets: bytes = reference_uper.encode_type(profile, ROOT, value)
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise CodecError(
            CodecErrorKind.UNENCODABLE, f"{len(octets)} octets, allowed are {MAX_MESSAGE_OCTETS}", path=ROOT
        )
    return octets


def _limited(data: bytes) -> bytes:
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"octets are wanted, not {type(data).__name__}")
    if len(data) > MAX_MESSAGE_OCTETS:
        detail = f"{len(data)} octets, more than the {MAX_MESSAGE_OCTETS} that are read"
        raise CodecError(CodecErrorKind.UNSUPPORTED, detail, path=ROOT)
    return bytes(data)


def _decode_day2(profile: str, frame: dict[str, Any], reader: BitReader, strict: bool) -> Message:
    """The message inside ``msgFrameExt``: a second decode of the open type's octets."""
    number, octets = frame["messageId"], frame["value"]
    path = f"{ROOT}.{DAY2_FRAME}"
    if number not in DAY2_MESSAGES:
        raise CodecError(
            CodecErrorKind.UNKNOWN_MESSAGE, f"messageId {number} is no message here", path=f"{path}.messageId"
        )
    start = _start_of_day2(profile, frame, reader, path)
    path += ".value"
    type_name = DAY2_MESSAGES[number].type_name
    try:
        value, inner = reference_uper.decode_type(profile, type_name, octets)
    except CodecError as error:
        place = path + error.path.removeprefix(type_name)
        bit = None if error.bit is None or start is None else start + error.bit
        raise CodecError(error.kind, error.detail, path=place, bit=bit) from None
    _check_range(decoded_check(profile, type_name), value, path)
    _check_end(octets, inner, path, strict, start)
    return Message.of(profile, (DAY2_FRAME, {"messageId": number, "value": value}))


def _start_of_day2(profile: str, frame: dict[str, Any], reader: BitReader, path: str) -> int | None:
    """The bit at which the message inside the frame starts; None where the frame is not canonical.

    Raises CodecError ``trailing`` where octets are hidden behind the message, inside the frame's open type.
    """
    data, octets = reader.data, frame["value"]
    canonical = reference_uper.encode_type(profile, ROOT, (DAY2_FRAME, frame))
    if data.startswith(canonical):
        return 8 * (len(canonical) - len(octets))
    # 80, then a length of one or two octets, then the bit that says that the frame has additions
    extended = data[0] == 0x80 and data[2 if data[1] < 0x80 else 3] & 0x80
    if reader.skipped and not extended:
        raise CodecError(CodecErrorKind.TRAILING, "octets follow the message inside its frame", path=path)
    return None


def _encode_day2(profile: str, frame: Any) -> Any:
    """The frame's body with the octets of the message in place of the message."""
    number = frame.get("messageId") if isinstance(frame, dict) else None
    path = f"{ROOT}.{DAY2_FRAME}"
    if number.__class__ is not int or number not in DAY2_MESSAGES or "value" not in frame:
        known = ", ".join(str(number) for number in DAY2_MESSAGES)
        detail = f"an object is wanted of messageId ({known}) and value"
        raise CodecError(CodecErrorKind.UNENCODABLE, detail, path=path)
    type_name = DAY2_MESSAGES[number].type_name
    _check_value(full_check(profile, type_name), frame["value"], path + ".value")
    return {**frame, "value": reference_uper.encode_type(profile, type_name, frame["value"])}


def _check_range(check: Any, value: Any, root: str) -> None:
    try:
        check(value)
    except Fault as fault:
        unknown = fault.unknown_extension
        kind = CodecErrorKind.UNSUPPORTED if unknown else CodecErrorKind.OUT_OF_RANGE
        raise CodecError(kind, fault.detail, path=fault.path(root)) from None


def _check_value(check: Any, value: Any, root: str) -> None:
    try:
        check(value)
    except Fault as fault:
        raise CodecError(CodecErrorKind.UNENCODABLE, fault.detail, path=fault.path(root)) from None


def _check_end(data: bytes, reader: BitReader, path: str, strict: bool, start: int | None) -> None:
    """Only the zero bits that fill the last octet may follow; zero octets too where not ``strict``.

    ``start`` is the bit at which ``data`` lie in the message, None where it is not known.
    """
    used = reader.position
    last = (used + 7) // 8
    extra = data[last:]
    if used % 8 and data[last - 1] & ((1 << (-used % 8)) - 1):
        detail, place = "bits are set behind the value", used
    elif extra and (strict or any(extra)):
        place = 8 * last
        detail = f"{len(extra)} octets ({'not ' if any(extra) else ''}all zero) follow the value"
    else:
        return
    bit = None if start is None else start + place
    raise CodecError(CodecErrorKind.TRAILING, detail, path=path, bit=bit)
