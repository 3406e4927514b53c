"""Random messages for tests and load: every value of the dictionary has a chance.

``random_message(rng, "MAP", "csae53_2020")`` is a message that encodes.  Numbers lie at the ends of their
range in one of eight cases; OPTIONAL members are there in half of them; lists are mostly short, so that
a message stays near what is sent.  The same ``rng`` state gives the same message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES, DAY2_PROFILE, Message, check_profile
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    Node,
    Null,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
    node_of,
)

if TYPE_CHECKING:
    from random import Random

__all__ = ["random_message", "random_value"]

LIST_LIMIT = 6
"""Longest list beyond its lower bound, but for one in :data:`LONG_LIST_ODDS`; lists nest seven deep."""

LONG_LIST_ODDS = 100
NEST_LIMIT = 5
"""Below so many lists each list has its least length: a MAP of maps has no end otherwise."""

STRING_LIMIT = 80
"""Longest string beyond its lower bound."""


def random_message(rng: Random, kind: str, profile: str) -> Message:
    """A message of ``kind``; ValueError where ``profile`` has none."""
    return Message(kind, profile, random_value(rng, kind, profile))


def random_value(rng: Random, kind: str, profile: str) -> tuple[str, Any]:
    """MessageFrame's value for a message of ``kind``, as :class:`v2x.codecs.Message` holds it."""
    check_profile(profile)
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind:
            frame = node_of(profile)
            if isinstance(frame, Choice):
                return name, _value(rng, frame.by_name[name].node, 0)
    for number, day2 in DAY2_MESSAGES.items():
        if day2.kind == kind and profile == DAY2_PROFILE:
            value = _value(rng, node_of(profile, day2.type_name), 0)
            return DAY2_FRAME, {"messageId": number, "value": value}
    raise ValueError(f"{profile} has no message {kind!r}")


def _value(rng: Random, node: Node, depth: int) -> Any:
    match node:
        case Integer():
            return _number(rng, node.low, node.high)
        case Boolean():
            return rng.random() < 0.5
        case Null():
            return None
        case Enumerated():
            return rng.choice(node.names)
        case OctetString():
            return rng.randbytes(_length(rng, node.low, node.high, STRING_LIMIT))
        case Text():
            return "".join(
                chr(rng.randint(32, 126)) for _ in range(_length(rng, node.low, node.high, STRING_LIMIT))
            )
        case BitString():
            return _bits(rng, node)
        case Sequence():
            return {
                member.name: _value(rng, member.node, depth)
                for member in node.members
                if not (member.optional or member.addition) or rng.random() < 0.5
            }
        case SequenceOf():
            limit = LIST_LIMIT if depth < NEST_LIMIT else 0
            count = _length(rng, node.low, node.high, limit)
            return [_value(rng, node.element, depth + 1) for _ in range(count)]
        case Choice():
            member = rng.choice(node.members)
            return member.name, _value(rng, member.node, depth)


def _number(rng: Random, low: int, high: int) -> int:
    if rng.random() < 0.125:
        return rng.choice((low, high))
    return rng.randint(low, high)


def _length(rng: Random, low: int, high: int | None, limit: int) -> int:
    if high is None:
        high = low + limit
    if limit and rng.randrange(LONG_LIST_ODDS) == 0:
        return rng.choice((low, min(high, 4 * (low + limit))))
    return min(high, low + int(rng.expovariate(1.0) * limit / 4)) if limit else low


def _bits(rng: Random, node: BitString) -> tuple[bytes, int]:
    count = rng.randint(node.low, node.high)
    number = rng.getrandbits(count) if count else 0
    return (number << (-count % 8)).to_bytes((count + 7) // 8, "big"), count
