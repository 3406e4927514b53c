"""What the leaves of every message mean: each INTEGER and ENUMERATED of the three profiles declared once.

:mod:`v2x.units` declares the quantities and accuracy classes that have a type of their own.  Here stand the
rest - quantities that Day-2 messages declare in place, plain numbers, codes with names - and the schema's
tree with a declaration at each leaf (:class:`Typed`), which the SI view, the bit-level explanation and the
comparison of messages walk.

A leaf is found by its use ``Owner.member`` first (acceleration has two signs, the inline types no name),
then by its type's name.  An ENUMERATED that is no accuracy class speaks through its names.

Sources: the letters of :mod:`v2x.units`; numbers of GB/T 29100-2012 (events) as the annex of YD/T 3709 lists
them, of GB 5768.2-2009 (signs) as the notes in the public ASN.1 packages do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from v2x import units
from v2x.codecs import parsed
from v2x.codecs.message import DAY2_FRAME, DAY2_MESSAGES, check_profile
from v2x.codecs.schema import Choice, Enumerated, Integer, Node, Sequence, SequenceOf, node_of
from v2x.units import ELEMENTS, AccuracyClass, DataElement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from v2x.codecs.message import Message

__all__ = [
    "DIRECTIONS",
    "Codes",
    "Declaration",
    "Names",
    "Number",
    "PriorityLevel",
    "Typed",
    "type_of",
    "typed_of",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number, count or identifier; ``unknown``: codes that are none, the one to send first."""

    name: str
    unknown: tuple[int, ...] | range = ()


@dataclass(frozen=True, slots=True)
class Codes:
    """A number with a list of names.  ``closed``: the name stands for the number in the SI view."""

    name: str
    names: Mapping[int, str] = field(repr=False)
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Names:
    """An ENUMERATED that speaks through its names."""

    name: str


@dataclass(frozen=True, slots=True)
class PriorityLevel:
    """One octet whose three most significant bits are a level 0..7, higher is more urgent; the rest is 0."""

    name: str


Declaration = DataElement | AccuracyClass | Number | Codes | Names | PriorityLevel
"""What a leaf means."""

DIRECTIONS = frozenset({"Heading", "CoarseHeading", "SemiMajorAxisOrientation"})
"""Angles clockwise from north on the wire, counter-clockwise from east in the SI view."""

_RADIUS = DataElement("overallRadius", 0, 200, 0.1, "m", source="A")
_TRACKING = DataElement("tracking", 1, 65535, 1, "s", source="A")

_IN_PLACE: dict[str, DataElement] = {
    "AccelerationSet4Way.long": ELEMENTS["LongitudinalAcceleration"],
    "AccelerationSet4Way.lat": ELEMENTS["LateralAcceleration"],
    "DetectedObstacleData.tracking": _TRACKING,
    "DetectedPTCData.tracking": _TRACKING,
    "Non-motorDataExtension.overallRadius": _RADIUS,
    "PersonalSafetyMessage.overallRadius": _RADIUS,
    "PAMDrive.heightRestriction": DataElement("heightRestriction", 0, 100, 0.1, "m", source="A"),
    "Req-SignalPriority.distance2Intersection": DataElement(
        "distance2Intersection", 0, 10000, 0.1, "m", source="A"
    ),
    "ST-Point.s-axis": DataElement("s-axis", -1024, 65535, 0.1, "m", source="A"),
    "ST-Point.t-axis": DataElement("t-axis", -32768, 32767, 0.01, "m", source="A"),
    "TollInfo.price": DataElement("price", 0, 424967295, 0.01, "CNY", source="A"),
}
"""Quantities by their use: those without a type of their own, and acceleration, whose type serves twice."""

_PLAIN = (
    # time of day and calendar, and numbers that join or count things
    "MsgCount", "LaneID", "LaneRefID", "NodeID", "PhaseID", "RTCM-ID", "RoadRegulatorID", "SectionId",
    "PAMNodeID", "StationOrGantryId", "DetectedObstacleData.obsId", "DriveRequest.reqID",
    "MemberManagement.capacity", "PAMDrive.driveID", "PAMDrive.laneNum", "PAMNode.floor",
    "ParkingGuide.targetParkingSlot", "ParkingLotInfo.buildingLayerNum", "ParkingLotInfo.id",
    "ParkingLotInfo.number", "ParkingSlot.slotID", "ParticipantData.ptcId",
    "Req-ParkingArea.expectedParkingSlotID", "RTEData.rteId", "RTSData.rtsId",
    # payment: keys, octets of a file, counts
    "GetSecureRq.keyIdForAuthen", "GetSecureRq.keyIdForEncrypt", "GetTollDataRq.keyIdForAC",
    "PartOfFile.length", "PartOfFile.offset", "RangeOfFile.length", "RangeOfFile.offset",
    "SetTollDataRq.keyIdForAuthen", "SysInfo.contractType", "SysInfo.contractVersion",
    "VehicleInfo.vehicleAxles", "VehicleInfo.vehicleTollingClass", "VehicleInfo.vehicleUserType",
    "VehicleInfo.vehicleWheels",
    # payment: quantities whose unit no source states
    "VehicleDimensions.vehicleHeigth", "VehicleDimensions.vehicleLength", "VehicleDimensions.vehicleWidth",
    "VehicleInfo.vehicleWeightLimits", "VehicleInfo.vehicleWheelBases",
)  # fmt: skip

_NUMBERS: dict[str, Number] = {name: Number(name) for name in _PLAIN} | {
    "DYear": Number("DYear", (0,)),
    "DMonth": Number("DMonth", (0,)),
    "DDay": Number("DDay", (0,)),
    "DHour": Number("DHour", range(24, 32)),
    "DMinute": Number("DMinute", (60,)),
}

_EVENTS = {
    202: "fire", 205: "damaged facility", 301: "rain", 302: "hail", 304: "wind", 305: "fog", 308: "snow",
    311: "haze", 399: "sandstorm", 401: "thrown object", 405: "pedestrian", 406: "animal",
    408: "slippery road", 409: "icy road", 707: "traffic jam", 901: "overspeed", 902: "slow vehicle",
    903: "stopped vehicle", 904: "wrong-way vehicle", 905: "emergency vehicle", 906: "large truck",
}  # fmt: skip
_SIGNS = {
    0: "unknown, or text only", 2: "sharp turn", 15: "rockfall", 17: "slippery", 21: "tunnel", 37: "danger",
    38: "road works",
}  # fmt: skip
_OPEN_CODES = {"EventType": Codes("EventType", _EVENTS, False), "SignType": Codes("SignType", _SIGNS, False)}

_LEVELS = {name: PriorityLevel(name) for name in ("RSIPriority", "DriveRequest.reqPriority")}

_ACCURACY = {entry.name: entry for entry in vars(units).values() if isinstance(entry, AccuracyClass)}


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A node of the schema with its name and, for a leaf, what it means.

    ``name``: the type's own, or ``Owner.member`` where it is declared in place.  ``declared``: None for a
    leaf of octets, text, bits or truth, and for what has ``parts`` (by member) or an ``item``.
    """

    node: Node
    name: str
    declared: Declaration | None = None
    parts: Mapping[str, Typed] = field(default_factory=dict)
    item: Typed | None = None


def typed_of(profile: str, type_name: str = "MessageFrame") -> Typed:
    """The tree of a named type; ValueError for a profile or type that there is not."""
    return _tree(check_profile(profile)).named(type_name)


def type_of(message: Message) -> Typed:
    """The type of a message's body."""
    name, body = message.value
    if name == DAY2_FRAME:
        return typed_of(message.profile, DAY2_MESSAGES[body["messageId"]].type_name)
    return typed_of(message.profile).parts[name]


@cache
def _tree(profile: str) -> _Tree:
    return _Tree(profile)


class _Tree:
    """The typed trees of one profile; a named type is one node, as in the schema."""

    def __init__(self, profile: str) -> None:
        modules = parsed.load(profile)
        self._profile = profile
        self._names = {
            id(node_of(profile, name)): name for module in modules.values() for name in module["types"]
        }
        self._codes: dict[str, dict[int, str]] = {}
        for module in modules.values():
            for name, constant in module["values"].items():
                self._codes.setdefault(constant["type"], {})[constant["value"]] = name
        self._typed: dict[str, Typed] = {}

    def named(self, name: str) -> Typed:
        if name not in self._typed:
            self._typed[name] = self._build(node_of(self._profile, name), name)
        return self._typed[name]

    def _at(self, node: Node, place: str) -> Typed:
        """The tree of a member or element; ``place`` is its use."""
        name = self._names.get(id(node))
        if name is None or place in _IN_PLACE:
            return self._build(node, place)
        return self.named(name)

    def _build(self, node: Node, name: str) -> Typed:
        match node:
            case Sequence() | Choice():
                parts = {m.name: self._at(m.node, f"{name}.{m.name}") for m in node.members}
                return Typed(node, name, None, parts)
            case SequenceOf():
                return Typed(node, name, None, {}, self._at(node.element, name))
        return Typed(node, name, self._declared(node, name))

    def _declared(self, node: Node, name: str) -> Declaration | None:
        if isinstance(node, Enumerated):
            return _ACCURACY.get(name) or Names(name)
        if not isinstance(node, Integer):
            return _LEVELS.get(name)
        if name in self._codes:
            return Codes(name, self._codes[name])
        declared = _IN_PLACE.get(name) or ELEMENTS.get(name) or _NUMBERS.get(name) or _OPEN_CODES.get(name)
        if declared is None:  # the tests see to it that there is none
            raise ValueError(f"{name} has no declaration")
        return declared
