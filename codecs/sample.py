"""Values that the schema allows: the plainest of a type, or random ones; for building and fuzzing messages.

``v2x.testing`` has the generator for tests of whole messages; this one is small and lives below it, for
:mod:`v2x.codecs.scapy_layers`.  The plainest value leaves every OPTIONAL member out, has the shortest lists
and strings, and numbers that say "unavailable" where there is such a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import Number, Typed, typed_of
from v2x.codecs.message import DAY1_FRAMES, DAY2_MESSAGES, DAY2_PROFILE, check_profile
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
)
from v2x.units import DataElement

if TYPE_CHECKING:
    from random import Random

__all__ = ["sample_body"]

MOST = 6
"""Elements, octets or characters beyond the least: messages stay near what a frame carries."""

DEPTH = 9
"""Below this depth OPTIONAL members are left out and lists are short: the dictionary nests 14 deep."""

_ENDS = 0.3
"""Share of numbers at an end of their range: where implementations fail."""


_PRESENT = 0.3
"""Share of OPTIONAL members that are there."""


def sample_body(rng: Random | None, kind: str, profile: str) -> dict[str, Any]:
    """The body of a message of ``kind``; the plainest without ``rng``.

    ValueError for a profile that there is not or that has no such message.
    """
    typed = _type_of_kind(kind, check_profile(profile))
    body: dict[str, Any] = _value(typed, rng, 0)
    return body


def _type_of_kind(kind: str, profile: str) -> Typed:
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind:
            return typed_of(profile).parts[name]
    for day2 in DAY2_MESSAGES.values():
        if day2.kind == kind and profile == DAY2_PROFILE:
            return typed_of(profile, day2.type_name)
    raise ValueError(f"{profile} has no message {kind!r}")


def _value(typed: Typed, rng: Random | None, depth: int) -> Any:
    node = typed.node
    free = rng is not None and depth < DEPTH
    match node:
        case Sequence():
            return {
                member.name: _value(typed.parts[member.name], rng, depth + 1)
                for member in node.members
                if not (member.optional or member.addition)
                or (free and rng is not None and rng.random() < 0.3)
            }
        case SequenceOf() if typed.item is not None:
            count = _size(node.low, node.high, rng if free else None)
            return [_value(typed.item, rng, depth + 1) for _ in range(count)]
        case Choice():
            roots = [member.name for member in node.members if not member.addition]
            name = roots[0] if rng is None else rng.choice(roots)
            return name, _value(typed.parts[name], rng, depth + 1)
        case Integer():
            return _number(typed, node, rng)
        case Enumerated():
            return node.names[0] if rng is None else rng.choice(node.names)
        case Boolean():
            return False if rng is None else rng.random() < 0.5
        case BitString():
            bits = 0 if rng is None else rng.getrandbits(node.low)
            return (bits << (-node.low % 8)).to_bytes((node.low + 7) // 8, "big"), node.low
        case OctetString():
            count = _size(node.low, node.high, rng)
            return bytes(count) if rng is None else rng.randbytes(count)
        case Text():
            count = _size(node.low, node.high, rng)
            return "".join("-" if rng is None else chr(rng.randint(32, 126)) for _ in range(count))
    return None


def _size(low: int, high: int | None, rng: Random | None) -> int:
    return low if rng is None else rng.randint(low, low + MOST if high is None else min(high, low + MOST))


def _number(typed: Typed, node: Integer, rng: Random | None) -> int:
    if rng is not None:
        ends = (node.low, node.high)
        return rng.choice(ends) if rng.random() < _ENDS else rng.randint(node.low, node.high)
    declared = typed.declared
    if isinstance(declared, DataElement):
        raw = declared.unavailable[0] if declared.unavailable else declared.default or 0
    else:
        raw = declared.unknown[0] if isinstance(declared, Number) and declared.unknown else 0
    return min(max(raw, node.low), node.high)
