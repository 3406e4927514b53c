"""What one wire value says, in a line of text: its number with the wire's unit, its name, its bits.

    meaning(typed, 617)   "12.34 m/s"        meaning(typed, 8191)   "unavailable"

The text is for people: numbers are in the unit and with the sign of the standards' text (headings clockwise
from north, lateral acceleration to the right), not in those of :mod:`v2x.codecs.physical`.  It never fails
for a value that a decoder gives, whether in range or not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import Codes, Number, PriorityLevel
from v2x.codecs.parts import text
from v2x.codecs.schema import BitString, Choice, Integer, OctetString, Sequence, SequenceOf, Text
from v2x.units import AccuracyClass, DataElement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.elements import Typed

__all__ = ["bit_names", "leaves", "meaning", "octets_text"]

SHOWN_OCTETS = 24
"""Octets of a longer string that are shown: a line of a terminal."""

SHOWN_CHARACTERS = 80

_MINUTES_PER_DAY = 1440


def meaning(typed: Typed, value: Any) -> str:
    """One line on a value in asn1tools' form."""
    node = typed.node
    match node:
        case Integer():
            said = _integer(typed, value)
            return said if node.low <= value <= node.high else f"{said} (outside {node.low}..{node.high})"
        case BitString():
            names = bit_names(node, value)
            return ", ".join(names) if names else "none"
        case OctetString():
            return _octets(typed, value)
        case Text():
            return _quoted(value)
        case Sequence():
            return f"{len(value)} members"
        case SequenceOf():
            return f"{len(value)} elements"
        case Choice():
            return str(value[0])
    if isinstance(typed.declared, AccuracyClass):
        return _accuracy(typed.declared, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "unknown to this profile" if value is None else str(value)


def leaves(typed: Typed, value: Any, path: str = "") -> Iterator[tuple[str, Typed, Any]]:
    """Path, type and value of every leaf of a value: ``pos.lat``, ``crumbData[0].timeOffset``."""
    match typed.node:
        case Sequence():
            for name, item in value.items():
                if name in typed.parts:
                    yield from leaves(typed.parts[name], item, f"{path}.{name}" if path else name)
        case Choice():
            name, chosen = value
            if name in typed.parts:
                yield from leaves(typed.parts[name], chosen, f"{path}.{name}" if path else name)
        case SequenceOf() if typed.item is not None:
            for index, item in enumerate(value):
                yield from leaves(typed.item, item, f"{path}[{index}]")
        case _:
            yield path, typed, value


def bit_names(node: BitString, value: tuple[bytes, int]) -> list[str]:
    """The names of the bits that are set, the first bit first; ``bit_9`` for one that has none."""
    octets, count = value
    by_number = {number: name for name, number in node.named.items()}
    return [
        by_number.get(i, f"bit_{i}")
        for i in range(min(count, 8 * len(octets)))
        if octets[i >> 3] & 0x80 >> (i & 7)
    ]


def octets_text(octets: bytes) -> str:
    """Octets in hex, the middle of long ones left out; with their text where they are printable ASCII."""
    if len(octets) > SHOWN_OCTETS:
        half = SHOWN_OCTETS // 2
        return f"{octets[:half].hex()}..{octets[-half:].hex()} ({len(octets)} octets)"
    shown = octets.hex()
    if octets and all(0x20 <= octet < 0x7F for octet in octets):
        return f"{shown} {_quoted(octets.decode('ascii'))}"
    return shown


def _integer(typed: Typed, value: int) -> str:
    declared = typed.declared
    if isinstance(declared, DataElement):
        return _quantity(declared, value)
    if isinstance(declared, Codes):
        name = declared.names.get(value)
        return str(value) if name is None else f"{value} {name}"
    if isinstance(declared, Number) and value in declared.unknown:
        return f"{value} (unknown)"
    return str(value)


def _quantity(element: DataElement, raw: int) -> str:
    if raw in element.unavailable:
        return "unavailable"
    decimals = max(0, math.ceil(-math.log10(element.resolution) - 1e-9))
    if element.resolution * 10**decimals % 1 > 1e-6:  # 0.0125: one step needs more digits than its size says
        decimals = 4
    number = f"{raw * element.resolution:.{decimals}f}"
    if element.name == "MinuteOfTheYear":
        day, minute = divmod(raw, _MINUTES_PER_DAY)
        return f"{number} min (day {day + 1}, {minute // 60:02}:{minute % 60:02} UTC)"
    return number if element.unit == "1" else f"{number} {element.unit}"


def _accuracy(accuracy: AccuracyClass, name: str | None) -> str:
    if name is None or name not in accuracy.bounds:
        return name or "unknown to this profile"
    return f"{accuracy.bounds[name]:g} {accuracy.unit} (95 %)"


def _octets(typed: Typed, value: bytes) -> str:
    if isinstance(typed.declared, PriorityLevel) and len(value) == 1:
        rest = value[0] & 0x1F
        return f"level {value[0] >> 5}" + (f", reserved bits {rest:05b}" if rest else "")
    if typed.name == "Description.textGB2312":
        return _quoted(text(("textGB2312", value)) or "")
    return octets_text(value)


def _quoted(content: str) -> str:
    """Text in quotes on one line; what can't be shown becomes U+FFFD."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in content)
    if len(shown) > SHOWN_CHARACTERS:
        shown = shown[: SHOWN_CHARACTERS - 3] + "..."
    return f'"{shown}"'
