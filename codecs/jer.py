"""Messages as JSON by the JSON Encoding Rules, both ways.

    SEQUENCE object · SEQUENCE OF array · CHOICE object of one member · INTEGER number · BOOLEAN · NULL null
    ENUMERATED its name · IA5String text · OCTET STRING upper-case hex
    BIT STRING hex where its size is fixed (without "..."), else {"value": hex, "length": bits}

A Day-2 message stands where MessageFrame has its open type: ``{"msgFrameExt": {"messageId": 15, "value":
{...}}}`` with the value of the message itself; of a messageId of a later edition, hex.  Extension additions
of a later edition have no name and are left out.

Source: ITU-T X.697.  Hexadecimal digits are read in either case.
"""

from __future__ import annotations

from typing import Any

from v2x.codecs.message import DAY2_FRAME, DAY2_MESSAGES, DAY2_PROFILE, Message, check_profile
from v2x.codecs.ranges import Fault, full_check
from v2x.codecs.schema import BitString, Choice, Node, OctetString, Sequence, SequenceOf, node_of
from v2x.errors import CodecError, CodecErrorKind

__all__ = ["from_jer", "to_jer"]

ROOT = "MessageFrame"


def to_jer(message: Message) -> dict[str, Any]:
    """MessageFrame's value in JSON terms: dict, list, str, int, bool, None.

    The message is one that was decoded or can be encoded; for another the result is not defined.
    """
    name, body = message.value
    if name == DAY2_FRAME:
        number, value = body["messageId"], body["value"]
        if number not in DAY2_MESSAGES:
            return {name: {"messageId": number, "value": value.hex().upper()}}
        node = node_of(message.profile, DAY2_MESSAGES[number].type_name)
        return {name: {"messageId": number, "value": _render(node, value)}}
    frame: dict[str, Any] = _render(node_of(message.profile), message.value)
    return frame


def from_jer(document: Any, profile: str) -> Message:
    """The message of a JSON document; its value is complete and in range.

    Raises CodecError ``unencodable`` with the path of what is wrong, ValueError for an unknown profile.
    """
    check_profile(profile)
    try:
        if profile == DAY2_PROFILE and isinstance(document, dict) and list(document) == [DAY2_FRAME]:
            value = (DAY2_FRAME, _parse_day2(profile, document[DAY2_FRAME]))
        else:
            value = _parse(node_of(profile), document)
            full_check(profile)(value)
    except Fault as fault:
        raise CodecError(CodecErrorKind.UNENCODABLE, fault.detail, path=fault.path(ROOT)) from None
    return Message.of(profile, value)


def _parse_day2(profile: str, document: Any) -> dict[str, Any]:
    try:
        number = document.get("messageId") if isinstance(document, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or set(document) != {"messageId", "value"}:
            raise Fault("an object of messageId and value is wanted")
        try:
            if number not in DAY2_MESSAGES:
                return {"messageId": number, "value": _octets(document["value"])}
            type_name = DAY2_MESSAGES[number].type_name
            value = _parse(node_of(profile, type_name), document["value"])
            full_check(profile, type_name)(value)
        except Fault as fault:
            fault.names.append("value")
            raise
    except Fault as fault:
        fault.names.append(DAY2_FRAME)
        raise
    return {"messageId": number, "value": value}


def _render(node: Node, value: Any) -> Any:
    match node:
        case Sequence():
            return {m.name: _render(m.node, value[m.name]) for m in node.members if m.name in value}
        case SequenceOf():
            return [_render(node.element, item) for item in value]
        case Choice():
            name, chosen = value
            return {name: _render(node.by_name[name].node, chosen)}
        case OctetString():
            return value.hex().upper()
        case BitString():
            octets, bits = value
            text = octets.hex().upper()
            return text if node.fixed else {"value": text, "length": bits}
    return value


def _parse(node: Node, document: Any) -> Any:
    """The value of a document; what has the wrong form goes on as it is, for the check to name it."""
    match node:
        case Sequence():
            return _parse_sequence(node, document)
        case SequenceOf():
            if not isinstance(document, list):
                raise Fault(f"{_type_of(document)} instead of an array")
            return [_named(f"[{index}]", node.element, item) for index, item in enumerate(document)]
        case Choice():
            if not isinstance(document, dict) or len(document) != 1:
                raise Fault(f"{_type_of(document)} instead of an object of one member")
            ((name, chosen),) = document.items()
            if name not in node.by_name:
                raise Fault(f"{name!r} is none of {', '.join(node.by_name)}")
            return name, _named(name, node.by_name[name].node, chosen)
        case OctetString():
            return _octets(document)
        case BitString():
            return _bits(node, document)
    return document


def _parse_sequence(node: Sequence, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise Fault(f"{_type_of(document)} instead of an object")
    value: dict[str, Any] = {}
    for name, item in document.items():
        member = node.by_name.get(name)
        if member is None:
            fault = Fault("is no member of this type")
            fault.names.append(str(name) or "''")
            raise fault
        value[name] = _named(name, member.node, item)
    return value


def _named(name: str, node: Node, document: Any) -> Any:
    try:
        return _parse(node, document)
    except Fault as fault:
        fault.names.append(name)
        raise


def _octets(document: Any) -> bytes:
    if not isinstance(document, str):
        raise Fault(f"{_type_of(document)} instead of hexadecimal digits")
    try:
        octets = bytes.fromhex(document)
    except ValueError:
        octets = b""
    if 2 * len(octets) != len(document):  # fromhex takes spaces, X.697 does not
        raise Fault(f"{document[:60]!r} is no even number of hexadecimal digits")
    return octets


def _bits(node: BitString, document: Any) -> tuple[bytes, int]:
    if node.fixed:
        return _octets(document), node.low
    if not isinstance(document, dict) or set(document) != {"value", "length"}:
        raise Fault(f"{_type_of(document)} instead of an object of value and length")
    if document["length"].__class__ is not int:
        raise Fault(f"{_type_of(document['length'])} instead of a length in bits")
    return _octets(document["value"]), document["length"]


def _type_of(document: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(document), "a number")
