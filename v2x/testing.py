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
"""Longest list beyond its lower bound, but for one in :data:`LONG_LIST_ODDS`."""

LONG_LIST_ODDS = 100

STRING_LIMIT = 80
"""Longest string beyond its lower bound, with the same exception."""

LEAF_BUDGET = 600
"""Leaves after which lists have their least length and OPTIONAL members are left out: lists nest seven deep,
and a message may have 16,383 octets."""


def random_message(rng: Random, kind: str, profile: str) -> Message:
    """A message of ``kind``; ValueError where ``profile`` has none."""
    return Message(kind, profile, random_value(rng, kind, profile))


def random_value(rng: Random, kind: str, profile: str) -> tuple[str, Any]:
    """MessageFrame's value for a message of ``kind``, as :class:`v2x.codecs.Message` holds it."""
    check_profile(profile)
    maker = _Maker(rng)
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind:
            frame = node_of(profile)
            if isinstance(frame, Choice):
                return name, maker.value(frame.by_name[name].node)
    for number, day2 in DAY2_MESSAGES.items():
        if day2.kind == kind and profile == DAY2_PROFILE:
            return DAY2_FRAME, {
                "messageId": number,
                "value": maker.value(node_of(profile, day2.type_name)),
            }
    raise ValueError(f"{profile} has no message {kind!r}")


class _Maker:
    """Makes the parts of one message."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._leaves_left = LEAF_BUDGET

    def value(self, node: Node) -> Any:
        match node:
            case Sequence():
                return {
                    member.name: self.value(member.node)
                    for member in node.members
                    if not (member.optional or member.addition) or self._maybe()
                }
            case SequenceOf():
                limit = LIST_LIMIT if self._leaves_left > 0 else 0
                return [self.value(node.element) for _ in range(self._length(node.low, node.high, limit))]
            case Choice():
                member = self._rng.choice(node.members)
                return member.name, self.value(member.node)
        self._leaves_left -= 1
        return self._leaf(node)

    def _leaf(self, node: Node) -> Any:
        match node:
            case Integer():
                if self._rng.random() < 0.125:
                    return self._rng.choice((node.low, node.high))
                return self._rng.randint(node.low, node.high)
            case Boolean():
                return self._rng.random() < 0.5
            case Enumerated():
                return self._rng.choice(node.names)
            case OctetString():
                return self._rng.randbytes(self._length(node.low, node.high, STRING_LIMIT))
            case Text():
                count = self._length(node.low, node.high, STRING_LIMIT)
                return "".join(chr(self._rng.randint(32, 126)) for _ in range(count))
            case BitString():
                count = self._rng.randint(node.low, node.high)
                number = self._rng.getrandbits(count) << (-count % 8)
                return number.to_bytes((count + 7) // 8, "big"), count
        return None

    def _maybe(self) -> bool:
        return self._leaves_left > 0 and self._rng.random() < 0.5

    def _length(self, low: int, high: int | None, limit: int) -> int:
        if high is None:
            high = low + limit
        if not limit:
            return low
        if self._rng.randrange(LONG_LIST_ODDS) == 0:
            return self._rng.choice((low, min(high, 4 * (low + limit))))
        return min(high, low + int(self._rng.expovariate(1.0) * limit / 4))
