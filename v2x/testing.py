"""Random messages for tests and load, and hypothesis strategies: every value of the dictionary has a chance.

``random_message(rng, "MAP", "csae53_2020")`` is a message that encodes.  Numbers lie at the ends of their
range in one of eight cases; OPTIONAL members are there in half of them; lists are mostly short, so that
a message stays near what is sent.  The same ``rng`` state gives the same message.

``messages("MAP", "csae53_2020")`` is a hypothesis strategy of the same messages, which shrinks to the
smallest one; it needs hypothesis (``pip install 'v2x[test]'``), nothing else here does.
"""

from __future__ import annotations

from functools import cache
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
    from collections.abc import Callable
    from random import Random

    from hypothesis.strategies import SearchStrategy

__all__ = ["messages", "random_message", "random_value", "values"]

LIST_LIMIT = 6
"""Longest list beyond its lower bound, but for one in :data:`LONG_LIST_ODDS`."""

LONG_LIST_ODDS = 100

STRING_LIMIT = 80
"""Longest string beyond its lower bound, with the same exception."""

LEAF_BUDGET = 600
"""Leaves after which lists have their least length and OPTIONAL members are left out: lists nest seven deep,
and a message may have 16,383 octets."""


STRATEGY_LIST_LIMIT = 3
"""Longest list of a strategy beyond its lower bound: lists nest, and hypothesis draws so many bits."""

STRATEGY_STRING_LIMIT = 12
"""Longest string of a strategy beyond its lower bound."""


def messages(kind: str, profile: str) -> SearchStrategy[Message]:
    """Messages of ``kind`` for hypothesis; ValueError where ``profile`` has none."""
    return values(kind, profile).map(lambda value: Message(kind, profile, value))


def values(kind: str, profile: str) -> SearchStrategy[tuple[str, Any]]:
    """MessageFrame's values for messages of ``kind``, for hypothesis."""
    from hypothesis import strategies as st

    name, node, number = _place(kind, profile)
    body = _strategy(node)
    if number is None:
        return st.tuples(st.just(name), body)
    frame = st.fixed_dictionaries({"messageId": st.just(number), "value": body})
    return st.tuples(st.just(name), frame)


@cache
def _strategy(node: Node) -> SearchStrategy[Any]:
    """The values of a type; types used twice share one strategy."""
    from hypothesis import strategies as st

    match node:
        case Sequence():
            wanted = {m.name: _strategy(m.node) for m in node.members if not (m.optional or m.addition)}
            others = {m.name: _strategy(m.node) for m in node.members if m.optional or m.addition}
            return st.fixed_dictionaries(wanted, optional=others).map(_in_order_of(node))
        case SequenceOf():
            low, high = _bounds(node.low, node.high, STRATEGY_LIST_LIMIT)
            return st.lists(_strategy(node.element), min_size=low, max_size=high)
        case Choice():
            return st.one_of([st.tuples(st.just(m.name), _strategy(m.node)) for m in node.members])
        case Integer():
            return st.integers(node.low, node.high)
        case Boolean():
            return st.booleans()
        case Enumerated():
            return st.sampled_from(node.names)
        case OctetString():
            low, high = _bounds(node.low, node.high, STRATEGY_STRING_LIMIT)
            return st.binary(min_size=low, max_size=high)
        case Text():
            low, high = _bounds(node.low, node.high, STRATEGY_STRING_LIMIT)
            return st.text(st.characters(min_codepoint=0, max_codepoint=127), min_size=low, max_size=high)
        case BitString():
            return st.integers(node.low, node.high).flatmap(_bits)
    return st.none()


def _bits(count: int) -> SearchStrategy[tuple[bytes, int]]:
    from hypothesis import strategies as st

    spare = -count % 8
    numbers = st.integers(0, (1 << count) - 1)
    return numbers.map(lambda number: ((number << spare).to_bytes((count + 7) // 8, "big"), count))


def _in_order_of(node: Sequence) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Members in the order of their type, as a decoder gives them."""
    names = [member.name for member in node.members]
    return lambda value: {name: value[name] for name in names if name in value}


def _bounds(low: int, high: int | None, limit: int) -> tuple[int, int]:
    return low, low + limit if high is None else min(high, low + limit)


def _place(kind: str, profile: str) -> tuple[str, Node, int | None]:
    """The frame's name, the type of the message, and its messageId if it is one of Day-2."""
    check_profile(profile)
    frame = node_of(profile)
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind and isinstance(frame, Choice):
            return name, frame.by_name[name].node, None
    for number, day2 in DAY2_MESSAGES.items():
        if day2.kind == kind and profile == DAY2_PROFILE:
            return DAY2_FRAME, node_of(profile, day2.type_name), number
    raise ValueError(f"{profile} has no message {kind!r}")


def random_message(rng: Random, kind: str, profile: str) -> Message:
    """A message of ``kind``; ValueError where ``profile`` has none."""
    return Message(kind, profile, random_value(rng, kind, profile))


def random_value(rng: Random, kind: str, profile: str) -> tuple[str, Any]:
    """MessageFrame's value for a message of ``kind``, as :class:`v2x.codecs.Message` holds it."""
    name, node, number = _place(kind, profile)
    value = _Maker(rng).value(node)
    return name, value if number is None else {"messageId": number, "value": value}


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
