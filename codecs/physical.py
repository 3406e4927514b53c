"""The SI view of a message, and the way back: every data element of the profiles in metres, seconds, radians.

``physical(message)`` is the message as plain nested values, ``from_physical(kind, view, profile)`` makes the
message of them again.  The shape is the schema's; keys are its names in snake_case, as the
typed messages have them (:mod:`v2x.codecs.identifiers`), and a quantity's key ends in its unit::

    {"msg_cnt": 117, "id": "BEA9423838383838", "sec_mark_s": 2.333,
     "pos": {"lat_deg": 39.9764645, "long_deg": 116.3509503, "elevation_m": 46.2},
     "speed_mps": 16.68, "yaw_rad": 0.2266, "pos_confidence": {"pos_sigma_m": 0.0408, ...},
     "brakes": {"brake_padel": "off", "wheel_brakes": frozenset()}, "size": {"width_m": 1.8, ...}, ...}

Rules, one for each kind of element:

* Quantities are floats in SI units, or None where the wire has an unavailable code.  Latitude, longitude and
  offsets to them stay in degrees (``_deg``); lateral is left positive, vertical up, rotations are
  counter-clockwise.  A time inside the minute, hour or year is in seconds.
* Directions are yaws, counter-clockwise from east in (-pi, pi]: the key ends in ``yaw_rad``; ``heading``
  becomes ``yaw_rad``, ``orientation`` ``orientation_yaw_rad``.
* Accuracy classes are standard deviations, ``_sigma_m`` and so on, by the rule of :mod:`v2x.units`.
* ENUMERATED is its name, None where the name is ``unavailable``; BIT STRING the set of its bits' names
  (``bit_9`` for one that has none); CHOICE a dict of one member; OCTET STRING upper-case hex.
* A calendar number is an int, None where unknown; a vehicle class or fuel its name, an int where it has none.
* RSIPriority and reqPriority are levels 0..7; a GB2312 text is a str, or ``{"octets": hex}`` where it can't
  be read and written back.

The way back rounds to the wire's resolution and clamps to what is a value, as the standards say of many
elements; it gives the wire's integers again but for these: codes that are unavailable besides the first one
(DSecond 60000.., TimeMark 35991..36000, DHour 25..) become the first, the reserved bits of a priority
become 0, a BIT STRING in extension form gets its root size.  Additions of a later edition have no view.

Sources: those of :mod:`v2x.units`; ITU-T X.697 for the forms of what has no unit.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from v2x.codecs.elements import DIRECTIONS, Codes, Names, Number, PriorityLevel, Typed, type_of, typed_of
from v2x.codecs.identifiers import attribute_name
from v2x.codecs.meaning import bit_names
from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES, DAY2_PROFILE, Message, check_profile
from v2x.codecs.ranges import Fault, full_check
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Integer,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
)
from v2x.errors import CodecError, CodecErrorKind
from v2x.geo import heading_deg_from_yaw, yaw_from_heading_deg
from v2x.units import AccuracyClass, DataElement

__all__ = ["from_physical", "physical", "physical_value", "to_plain", "value_from_physical"]

_SUFFIX = {
    "deg": "_deg", "rad": "_rad", "m": "_m", "m/s": "_mps", "m/s2": "_mps2", "rad/s": "_radps", "s": "_s",
    "CNY": "_cny", "1": "",
}  # fmt: skip
_SIGMA_SUFFIX = {"deg": "_rad", "deg/s": "_radps"}
"""Accuracy classes state their bounds in the wire's unit and give their sigma in SI."""

_DECIMALS = 10
"""Finer than any element's step by two digits and coarser than a product's rounding: 39.9764399, not
39.976439899999995."""

_GB2312 = "Description.textGB2312"
_UNAVAILABLE = "unavailable"


def physical(message: Message) -> dict[str, Any]:
    """The SI view of a message's body; the message is one that was decoded or can be encoded."""
    view: dict[str, Any] = _read(type_of(message), message.body)
    return view


def physical_value(profile: str, type_name: str, value: Any) -> Any:
    """The SI view of a value of a named type; ValueError for a profile or type that there is not."""
    return _read(typed_of(profile, type_name), value)


def from_physical(kind: str, view: Any, profile: str) -> Message:
    """The message of an SI view; it can be encoded.

    Sets may be any iterables of names.  Raises CodecError ``unencodable`` with the path of what is wrong,
    ValueError for a profile that there is not or that has no such message.
    """
    frame, number, type_name = _frame_of(kind, check_profile(profile))
    typed = typed_of(profile).parts[frame] if type_name is None else typed_of(profile, type_name)
    body = _checked(typed, view, kind)
    value = (frame, body if number is None else {"messageId": number, "value": body})
    try:
        full_check(profile, typed.name)(body)
    except Fault as fault:
        raise CodecError(CodecErrorKind.UNENCODABLE, fault.detail, path=fault.path(kind)) from None
    return Message.of(profile, value)


def value_from_physical(profile: str, type_name: str, view: Any) -> Any:
    """The value of a named type in asn1tools' form; errors as :func:`from_physical`."""
    value = _checked(typed_of(profile, type_name), view, type_name)
    try:
        full_check(profile, type_name)(value)
    except Fault as fault:
        raise CodecError(CodecErrorKind.UNENCODABLE, fault.detail, path=fault.path(type_name)) from None
    return value


def to_plain(view: Any) -> Any:
    """An SI view for JSON: sets become sorted lists."""
    if isinstance(view, dict):
        return {key: to_plain(item) for key, item in view.items()}
    if isinstance(view, list):
        return [to_plain(item) for item in view]
    return sorted(view) if isinstance(view, frozenset) else view


def _frame_of(kind: str, profile: str) -> tuple[str, int | None, str | None]:
    """(alternative of MessageFrame, messageId, type) of a kind."""
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind:
            return name, None, None
    for number, day2 in DAY2_MESSAGES.items():
        if day2.kind == kind and profile == DAY2_PROFILE:
            return DAY2_FRAME, number, day2.type_name
    raise ValueError(f"{profile} has no message {kind!r}")


@cache
def _keys(typed: Typed) -> dict[str, str]:
    """Member or alternative to the view's key."""
    return {name: _key(name, part) for name, part in typed.parts.items()}


@cache
def _members(typed: Typed) -> dict[str, str]:
    """The view's key to member or alternative."""
    return {key: name for name, key in _keys(typed).items()}


def _key(name: str, typed: Typed) -> str:
    stem, declared = attribute_name(name), typed.declared
    while typed.item is not None:
        typed = typed.item
        declared = typed.declared
    if isinstance(declared, AccuracyClass):
        return f"{stem}_sigma{_SIGMA_SUFFIX.get(declared.unit) or _SUFFIX[declared.unit]}"
    if not isinstance(declared, DataElement):
        return stem
    if declared.name in DIRECTIONS:
        return "yaw_rad" if stem == "heading" else f"{stem}_yaw_rad"
    return stem + _SUFFIX[declared.si_unit]


def _read(typed: Typed, value: Any) -> Any:
    """The view of a value."""
    node = typed.node
    match node:
        case Sequence():
            keys = _keys(typed)
            return {
                keys[m.name]: _read(typed.parts[m.name], value[m.name])
                for m in node.members
                if m.name in value
            }
        case SequenceOf():
            assert typed.item is not None
            return [_read(typed.item, element) for element in value]
        case Choice():
            name, chosen = value
            return {_keys(typed)[name]: _read(typed.parts[name], chosen)}
        case Integer():
            return _read_integer(typed, value)
        case BitString():
            return frozenset(bit_names(node, value))
        case OctetString():
            return _read_octets(typed, value)
    if isinstance(typed.declared, AccuracyClass):
        return typed.declared.sigma(value)
    return None if isinstance(typed.declared, Names) and value == _UNAVAILABLE else value


def _read_integer(typed: Typed, value: int) -> Any:
    declared = typed.declared
    if isinstance(declared, DataElement):
        si = declared.to_si(value)
        if si is not None and declared.name in DIRECTIONS:
            si = yaw_from_heading_deg(si)
        return None if si is None else round(si, _DECIMALS) + 0.0  # + 0.0: no minus zero
    if isinstance(declared, Number) and value in declared.unknown:
        return None
    if isinstance(declared, Codes) and declared.closed:
        return declared.names.get(value, value)
    return value


def _read_octets(typed: Typed, value: bytes) -> Any:
    if isinstance(typed.declared, PriorityLevel) and len(value) == 1:
        return value[0] >> 5
    if typed.name == _GB2312:
        try:
            read = value.decode("gb18030")
            if read.encode("gb18030") == value:
                return read
        except UnicodeError:
            pass
        return {"octets": value.hex().upper()}
    return value.hex().upper()


def _checked(typed: Typed, view: Any, root: str) -> Any:
    try:
        return _write(typed, view)
    except Fault as fault:
        raise CodecError(CodecErrorKind.UNENCODABLE, fault.detail, path=fault.path(root)) from None


def _write(typed: Typed, view: Any) -> Any:
    """The value of a view; Fault with the view's keys as its path."""
    node = typed.node
    match node:
        case Sequence():
            members = _members(typed)
            if not isinstance(view, dict):
                raise Fault(f"{_shown(view)} instead of a dict")
            return {_known(members, key): _inside(key, typed, members, item) for key, item in view.items()}
        case SequenceOf():
            return _write_list(typed, view)
        case Choice():
            members = _members(typed)
            if not isinstance(view, dict) or len(view) != 1:
                raise Fault(f"{_shown(view)} instead of a dict of one alternative ({', '.join(members)})")
            ((key, chosen),) = view.items()
            return _known(members, key), _inside(key, typed, members, chosen)
        case Integer():
            return _write_integer(typed, node, view)
        case BitString():
            return _write_bits(node, view)
        case OctetString():
            return _write_octets(typed, view)
        case Boolean() | Text():
            return view  # the check of the whole value names what it is not
    if isinstance(typed.declared, AccuracyClass):
        return typed.declared.code(None if view is None else _number(view))
    return _UNAVAILABLE if view is None and isinstance(typed.declared, Names) else view


def _known(members: dict[str, str], key: Any) -> str:
    if key not in members:
        fault = Fault(f"is none of {', '.join(members)}")
        fault.names.append(str(key) or "''")
        raise fault
    return members[key]


def _inside(key: str, typed: Typed, members: dict[str, str], view: Any) -> Any:
    try:
        return _write(typed.parts[members[key]], view)
    except Fault as fault:
        fault.names.append(key)
        raise


def _write_list(typed: Typed, view: Any) -> list[Any]:
    if not isinstance(view, list | tuple) or typed.item is None:
        raise Fault(f"{_shown(view)} instead of a list")
    values = []
    for index, item in enumerate(view):
        try:
            values.append(_write(typed.item, item))
        except Fault as fault:
            fault.names.append(f"[{index}]")
            raise
    return values


def _write_integer(typed: Typed, node: Integer, view: Any) -> int:
    declared = typed.declared
    if isinstance(declared, DataElement):
        number = None if view is None else _number(view)
        if number is not None and declared.name in DIRECTIONS and number - number == 0:
            number = heading_deg_from_yaw(number)
        try:
            raw = declared.from_si(number)
        except ValueError as error:
            raise Fault(str(error)) from None
        return max(node.low, min(node.high, raw))
    if view is None and isinstance(declared, Number) and declared.unknown:
        return declared.unknown[0]
    if isinstance(view, str) and isinstance(declared, Codes):
        for code, name in declared.names.items():
            if name == view:
                return code
        raise Fault(f"{_shown(view)} is the name of no {declared.name}")
    if view.__class__ is not int:
        raise Fault(f"{_shown(view)} is no integer")
    whole: int = view
    return whole


def _write_bits(node: BitString, view: Any) -> tuple[bytes, int]:
    if isinstance(view, str | bytes | dict) or not hasattr(view, "__iter__"):
        raise Fault(f"{_shown(view)} instead of a set of names")
    octets = bytearray((node.low + 7) // 8)
    numbers = dict(node.named) | {f"bit_{i}": i for i in range(node.low) if i not in node.named.values()}
    for name in view:
        index = numbers.get(name) if isinstance(name, str) else None
        if index is None or index >= node.low:
            raise Fault(f"{_shown(name)} is none of {', '.join(numbers)}")
        octets[index >> 3] |= 0x80 >> (index & 7)
    return bytes(octets), node.low


def _write_octets(typed: Typed, view: Any) -> bytes:
    if isinstance(typed.declared, PriorityLevel):
        if view.__class__ is not int or not 0 <= view <= 7:
            raise Fault(f"{_shown(view)} is no level 0..7")
        return bytes([view << 5])
    digits = view
    if typed.name == _GB2312:
        if isinstance(view, str):
            try:
                return view.encode("gb18030")
            except UnicodeError:
                raise Fault(f"{_shown(view)} has no octets in GB 18030") from None
        digits = view.get("octets") if isinstance(view, dict) and len(view) == 1 else None
    try:
        octets = bytes.fromhex(digits)
    except (TypeError, ValueError):
        raise Fault(f"{_shown(view)} is no even number of hexadecimal digits") from None
    return octets


def _number(view: Any) -> float:
    """A number that is no truth value; None stands for nothing here."""
    if isinstance(view, bool) or not isinstance(view, int | float):
        raise Fault(f"{_shown(view)} is no number")
    try:
        return float(view)
    except OverflowError:
        raise Fault("a huge number") from None


def _shown(view: Any) -> str:
    shown = repr(view)
    return shown if len(shown) <= 60 else shown[:57] + "..."
