"""The types of a profile as a tree of nodes: what range checks, JSON and random values walk.

Built from the same parsed modules that asn1tools compiles, so that there is one source of each bound.  No
type of the dictionary is recursive: the tree is finite, and types used twice are one node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from v2x.codecs import parsed
from v2x.codecs.message import check_profile

__all__ = [
    "BitString",
    "Boolean",
    "Choice",
    "Enumerated",
    "Integer",
    "Member",
    "Node",
    "Null",
    "OctetString",
    "Sequence",
    "SequenceOf",
    "Text",
    "node_of",
]


@dataclass(frozen=True, slots=True, eq=False)
class Integer:
    """INTEGER ``low..high``; ``extensible``: other values have an encoding too."""

    low: int
    high: int
    extensible: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Boolean:
    """BOOLEAN."""


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """NULL."""


@dataclass(frozen=True, slots=True, eq=False)
class Enumerated:
    """ENUMERATED with its root names in the order of their numbers."""

    names: tuple[str, ...]
    extensible: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class OctetString:
    """OCTET STRING of ``low..high`` octets; ``high`` None: no limit."""

    low: int
    high: int | None
    extensible: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """IA5String of ``low..high`` characters."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class BitString:
    """BIT STRING of ``low..high`` bits, and the numbers of its named bits."""

    low: int
    high: int
    extensible: bool
    named: dict[str, int]

    @property
    def fixed(self) -> bool:
        """True where every value has the same number of bits."""
        return self.low == self.high and not self.extensible


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A component of a SEQUENCE or an alternative of a CHOICE; ``addition``: after the extension marker."""

    name: str
    node: Node
    optional: bool = False
    addition: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """SEQUENCE."""

    members: tuple[Member, ...]
    extensible: bool = False
    by_name: dict[str, Member] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class SequenceOf:
    """SEQUENCE OF ``low..high`` elements; ``high`` None: no limit."""

    element: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """CHOICE."""

    members: tuple[Member, ...]
    extensible: bool = False
    by_name: dict[str, Member] = field(default_factory=dict)


Node = Integer | Boolean | Null | Enumerated | OctetString | Text | BitString | Sequence | SequenceOf | Choice
"""Any type."""


def node_of(profile: str, type_name: str = "MessageFrame") -> Node:
    """The node of a named type of ``profile``; ValueError for a profile or type that isn't there."""
    return _builder(check_profile(profile)).named(type_name)


@cache
def _builder(profile: str) -> _Builder:
    return _Builder(parsed.load(profile))


class _Builder:
    """Turns asn1tools' parsed descriptors into nodes."""

    def __init__(self, modules: dict[str, Any]) -> None:
        self._descriptors: dict[str, dict[str, Any]] = {
            name: descriptor for module in modules.values() for name, descriptor in module["types"].items()
        }
        self._nodes: dict[str, Node] = {}

    def named(self, name: str) -> Node:
        if name not in self._nodes:
            if name not in self._descriptors:
                raise ValueError(f"no type {name!r} in this profile")
            self._nodes[name] = self._build(self._descriptors[name])
        return self._nodes[name]

    def _build(self, descriptor: dict[str, Any]) -> Node:
        kind = descriptor["type"]
        if kind in ("SEQUENCE", "CHOICE"):
            members, extensible = self._members(descriptor["members"])
            by_name = {member.name: member for member in members}
            return (Sequence if kind == "SEQUENCE" else Choice)(members, extensible, by_name)
        if kind == "SEQUENCE OF":
            low, high, _ = _size(descriptor)
            return SequenceOf(self._build(descriptor["element"]), low, high)
        leaf = _leaf(kind, descriptor)
        return self.named(kind) if leaf is None else leaf

    def _members(self, descriptors: list[dict[str, Any] | None]) -> tuple[tuple[Member, ...], bool]:
        """The members; asn1tools' extension marker is None."""
        members: list[Member] = []
        addition = False
        for descriptor in descriptors:
            if descriptor is None:
                addition = True
                continue
            node = self._build(descriptor)
            members.append(Member(descriptor["name"], node, descriptor.get("optional", False), addition))
        return tuple(members), addition


def _leaf(kind: str, descriptor: dict[str, Any]) -> Node | None:
    """A node without parts, or None where ``kind`` is the name of a type."""
    if kind == "INTEGER":
        bounds = descriptor["restricted-to"]
        low, high = bounds[0]
        return Integer(low, high, None in bounds)
    if kind == "ENUMERATED":
        values = descriptor["values"]
        names = sorted((value for value in values if value is not None), key=lambda pair: int(pair[1]))
        return Enumerated(tuple(name for name, _ in names), None in values)
    if kind == "BOOLEAN":
        return Boolean()
    if kind == "NULL":
        return Null()
    least, most, extensible = _size(descriptor)
    if kind == "OCTET STRING":
        return OctetString(least, most, extensible)
    if kind in ("IA5String", "BIT STRING") and most is not None:
        if kind == "IA5String":
            return Text(least, most)
        named = {name: int(bit) for name, bit in descriptor.get("named-bits", ())}
        return BitString(least, most, extensible, named)
    return None


def _size(descriptor: dict[str, Any]) -> tuple[int, int | None, bool]:
    size = descriptor.get("size")
    if size is None:
        return 0, None, False
    low, high = size[0] if isinstance(size[0], tuple) else (size[0], size[0])
    return low, high, None in size
