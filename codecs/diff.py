"""Which fields two messages differ in: paths, both values, and what they say.

``compare(a, b)`` walks two messages side by side.  Messages of different kinds differ in their kind and
nothing else is compared; of different profiles what has the same name is, so that a MAP written by two
editions shows only what the junction's owner changed.

Lists of things that have an identity are aligned by it, so that one lane more does not make every lane after
it differ; the path then names the identity, ``lanes[laneID=3]``.  :data:`IDENTITIES` says which.  Other lists
(points, phase states, paths), and lists in which an identity stands twice, are aligned by index.  A different
order of the same identities is a difference of its own, at the list.

A difference's values are in JER's terms (integers of the wire), None where the member is absent; no type of
the dictionary is NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import type_of
from v2x.codecs.meaning import meaning
from v2x.codecs.schema import BitString, Choice, Sequence, SequenceOf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from v2x.codecs.elements import Typed
    from v2x.codecs.message import Message

__all__ = ["IDENTITIES", "Comparison", "Difference", "compare"]

IDENTITIES: Mapping[str, str] = {
    "Node": "id",
    "Link": "upstreamNodeId",
    "LinkEx": "upstreamNodeId",
    "Section": "secId",
    "Lane": "laneID",
    "LaneEx": "laneRefID",
    "Movement": "remoteIntersection",
    "MovementEx": "remoteIntersection",
    "Connection": "remoteIntersection",
    "ConnectionEx": "remoteIntersection",
    "RegulatorySpeedLimit": "type",
    "IntersectionState": "intersectionId",
    "Phase": "id",
    "ParticipantData": "ptcId",
    "DetectedPTCData": "ptc.ptcId",
    "DetectedObstacleData": "obsId",
    "RTEData": "rteId",
    "RTSData": "rtsId",
    "VehicleCoordination": "vehId",
    "DriveRequest": "reqID",
    "MemberNode": "vid",
    "PAMNode": "id",
    "PAMDrive": "upstreamPAMNodeId",
    "ParkingSlot": "slotID",
    "ParkingGuide": "vehId",
}
"""Type of a list's elements to the member that tells them apart."""

LATER = "..."
"""Key of the additions of a later edition: (bits of the bitmap, ((index, octets), ...))."""

SUMMARY = 100
"""Characters that the meaning of a whole structure may take."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its path in the message, both values (None: absent) and what they say."""

    path: str
    a: Any
    b: Any
    a_meaning: str
    b_meaning: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Kinds and profiles of the two messages, and the fields in which they differ, in the schema's order."""

    kinds: tuple[str, str]
    profiles: tuple[str, str]
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """True where nothing differs but, maybe, the profile."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """The comparison for ``json.dumps``."""
        return {
            "kinds": list(self.kinds),
            "profiles": list(self.profiles),
            "same": self.same,
            "differences": [
                {
                    "path": one.path,
                    "a": {"value": one.a, "meaning": one.a_meaning},
                    "b": {"value": one.b, "meaning": one.b_meaning},
                }
                for one in self.differences
            ],
        }


def compare(a: Message, b: Message) -> Comparison:
    """The fields in which ``b`` differs from ``a``."""
    kinds, profiles = (a.kind, b.kind), (a.profile, b.profile)
    if a.kind != b.kind:
        differing: tuple[Difference, ...] = (Difference("", a.kind, b.kind, a.kind, b.kind),)
    else:
        differing = tuple(_compare((type_of(a), a.body), (type_of(b), b.body), ""))
    return Comparison(kinds, profiles, differing)


Side = tuple["Typed", Any]
"""A type and its value."""


def _compare(a: Side, b: Side, path: str) -> Iterator[Difference]:
    node, other = a[0].node, b[0].node
    if isinstance(node, Sequence) and isinstance(other, Sequence):
        yield from _compare_members(a, b, path)
    elif isinstance(node, SequenceOf) and isinstance(other, SequenceOf):
        yield from _compare_lists(a, b, path)
    elif isinstance(node, Choice) and isinstance(other, Choice) and a[1][0] == b[1][0]:
        name = a[1][0]
        yield from _compare((a[0].parts[name], a[1][1]), (b[0].parts[name], b[1][1]), _at(path, name))
    elif a[1] != b[1]:
        yield _difference(path, a, b)


def _compare_members(a: Side, b: Side, path: str) -> Iterator[Difference]:
    for name in dict.fromkeys((*a[0].parts, *b[0].parts)):
        one = (a[0].parts[name], a[1][name]) if name in a[1] else None
        two = (b[0].parts[name], b[1][name]) if name in b[1] else None
        yield from _compare_optional(one, two, _at(path, name))
    later = (a[1].get(LATER), b[1].get(LATER))
    if later[0] != later[1]:
        one_later, two_later = (_additions(one) for one in later)
        said = ("absent" if one is None else str(one) for one in (one_later, two_later))
        yield Difference(_at(path, LATER), one_later, two_later, *said)


def _additions(later: tuple[int, tuple[tuple[int, bytes], ...]] | None) -> dict[str, str] | None:
    """Additions of a later edition: number to octets."""
    return None if later is None else {str(index): octets.hex().upper() for index, octets in later[1]}


def _compare_optional(a: Side | None, b: Side | None, path: str) -> Iterator[Difference]:
    if a is not None and b is not None:
        yield from _compare(a, b, path)
    elif a is not None or b is not None:
        yield _difference(path, a, b)


def _compare_lists(a: Side, b: Side, path: str) -> Iterator[Difference]:
    (typed, values), (other, others) = a, b
    assert typed.item is not None
    assert other.item is not None
    ours, theirs = _identified(typed.item, values), _identified(other.item, others)
    if ours is None or theirs is None:
        ours = {f"[{i}]": value for i, value in enumerate(values)}
        theirs = {f"[{i}]": value for i, value in enumerate(others)}
    elif list(ours) != list(theirs) and set(ours) == set(theirs):
        yield Difference(path, list(ours), list(theirs), "order " + "".join(ours), "order " + "".join(theirs))
    for key in dict.fromkeys((*ours, *theirs)):
        one = (typed.item, ours[key]) if key in ours else None
        two = (other.item, theirs[key]) if key in theirs else None
        yield from _compare_optional(one, two, path + key)


def _identified(item: Typed, values: list[Any]) -> dict[str, Any] | None:
    """``[name=identity]`` to element; None where the type has no identity or one stands twice."""
    member = IDENTITIES.get(item.name)
    if member is None:
        return None
    found = {f"[{member.rpartition('.')[2]}={_identity(value, member)}]": value for value in values}
    return found if len(found) == len(values) else None


def _identity(value: Any, member: str) -> str:
    for name in member.split("."):
        value = value[name]
    if isinstance(value, dict):  # NodeReferenceID
        return "/".join(str(value[name]) for name in ("region", "id") if name in value)
    return value.hex() if isinstance(value, bytes) else str(value)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _difference(path: str, a: Side | None, b: Side | None) -> Difference:
    return Difference(path, _plain(a), _plain(b), _said(a), _said(b))


def _plain(side: Side | None) -> Any:
    """A value in JER's terms; a BIT STRING is its hex digits."""
    return None if side is None else _jer(side[1])


def _jer(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _jer(item) for name, item in value.items() if name != LATER}
    if isinstance(value, list):
        return [_jer(item) for item in value]
    if isinstance(value, tuple):
        first, second = value
        return first.hex().upper() if isinstance(first, bytes) else {first: _jer(second)}
    return value.hex().upper() if isinstance(value, bytes) else value


def _said(side: Side | None) -> str:
    if side is None:
        return "absent"
    said = _summary(*side)
    return said if len(said) <= SUMMARY else said[: SUMMARY - 3] + "..."


def _summary(typed: Typed, value: Any) -> str:
    """The meaning of a leaf, or the leaves of a structure in a line."""
    match typed.node:
        case Sequence():
            known = ((typed.parts[name], name, item) for name, item in value.items() if name in typed.parts)
            return f"{{{', '.join(f'{name} {_summary(part, item)}' for part, name, item in known)}}}"
        case SequenceOf() if typed.item is not None:
            shown = ", ".join(_summary(typed.item, item) for item in value[:3])
            return f"{len(value)}: {shown}"
        case Choice():
            return f"{value[0]} {_summary(typed.parts[value[0]], value[1])}"
        case BitString():
            return f"{{{meaning(typed, value)}}}"
    return meaning(typed, value)
