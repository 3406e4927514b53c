"""Parts that several messages share, between wire and SI: places, named bits, node references, kinds, text.

A place on the wire is latitude and longitude in 1e-7 deg and an elevation in 0.1 m, either whole
(Position3D) or as an offset to one (PositionOffsetLLV): six widths of offsets, or ``position-LatLon``,
which in spite of its place among them is absolute; vertically six widths, or ``elevation``, absolute too.
Sums are made in the wire's integers, so an offset and an absolute position of one place agree exactly.

Named bits are kept by the names that the standards give them, spelling included.

Sources: the message dictionaries of T/CSAE 53-2020, YD/T 3709-2020 and T/CSAE 157-2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.objects import ObjectKind
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from v2x.geo import LocalFrame

__all__ = [
    "EVENT_FLAGS",
    "LIGHTS",
    "MANOEUVRES",
    "WirePlace",
    "class_of_kind",
    "kind_of_class",
    "named_bits",
    "node_reference",
    "offset_from_places",
    "place_from_offset",
    "place_from_position",
    "place_from_si",
    "position_from_place",
    "text",
    "to_bits",
    "to_local",
]

WirePlace = tuple[int, int, int | None]
"""Latitude and longitude in 1e-7 deg, elevation in 0.1 m or None: values, never unavailable codes."""

_LAT = ELEMENTS["Latitude"]
_LON = ELEMENTS["Longitude"]
_ELEVATION = ELEMENTS["Elevation"]
_LL_SCALE = 1e-7

_LEVEL = [
    (f"position-LL{i}", ELEMENTS[f"OffsetLL-B{bits}"]) for i, bits in enumerate((12, 14, 16, 18, 22, 24), 1)
]
_VERTICAL = [(f"offset{i}", ELEMENTS[f"VertOffset-B{bits:02}"]) for i, bits in enumerate(range(7, 13), 1)]
_VERTICAL_BY_NAME = dict(_VERTICAL)

EVENT_FLAGS = (
    "eventHazardLights", "eventStopLineViolation", "eventABSactivated", "eventTractionControlLoss",
    "eventStabilityControlactivated", "eventHazardousMaterials", "eventReserved1", "eventHardBraking",
    "eventLightsChanged", "eventWipersChanged", "eventFlatTire", "eventDisabledVehicle",
    "eventAirBagDeployment",
)  # fmt: skip
"""Bits of VehicleEventFlags, the first one first."""

LIGHTS = (
    "lowBeamHeadlightsOn", "highBeamHeadlightsOn", "leftTurnSignalOn", "rightTurnSignalOn", "hazardSignalOn",
    "automaticLightControlOn", "daytimeRunningLightsOn", "fogLightOn", "parkingLightsOn",
)  # fmt: skip
"""Bits of ExteriorLights."""

MANOEUVRES = (
    "maneuverStraightAllowed", "maneuverLeftAllowed", "maneuverRightAllowed", "maneuverUTurnAllowed",
    "maneuverLeftTurnOnRedAllowed", "maneuverRightTurnOnRedAllowed", "maneuverLaneChangeAllowed",
    "maneuverNoStoppingAllowed", "yieldAllwaysRequired", "goWithHalt", "caution", "reserved1",
)  # fmt: skip
"""Bits of AllowedManeuvers."""


def place_from_position(position: Mapping[str, Any]) -> WirePlace | None:
    """Place of a Position3D, None where its latitude or longitude is unavailable."""
    return _place(position["lat"], position["long"], position.get("elevation"))


def place_from_offset(offset: Mapping[str, Any], reference: WirePlace | None) -> WirePlace | None:
    """Place of a PositionOffsetLLV; ``reference`` may be unknown if the offset is absolute."""
    name, level = offset["offsetLL"]
    absolute = name == "position-LatLon"
    if not absolute and reference is None:
        return None
    lat0, lon0, elevation0 = (0, 0, None) if reference is None else reference
    elevation: int | None = None
    vertical = offset.get("offsetV")
    if vertical is not None:
        alternative, raw = vertical
        if alternative == "elevation":
            elevation = raw
        elif elevation0 is not None and alternative in _VERTICAL_BY_NAME:
            entry = _VERTICAL_BY_NAME[alternative]
            elevation = elevation0 + raw if entry.first <= raw <= entry.last else None
    if absolute:
        return _place(level["lat"], level["lon"], elevation)
    return _place(lat0 + level["lat"], lon0 + level["lon"], elevation)


def place_from_si(lat_deg: float, lon_deg: float, elevation_m: float | None) -> WirePlace:
    """Nearest place on the wire; ValueError where latitude or longitude is none."""
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):
        raise ValueError(f"no place on earth: {lat_deg}, {lon_deg}")
    elevation = None if elevation_m is None else _ELEVATION.from_si(elevation_m)
    return _LAT.from_si(lat_deg), _LON.from_si(lon_deg), None if elevation == _ELEVATION.low else elevation


def position_from_place(place: WirePlace) -> dict[str, int]:
    """Position3D of a place."""
    lat, lon, elevation = place
    position = {"lat": lat, "long": lon}
    if elevation is not None:
        position["elevation"] = elevation
    return position


def offset_from_places(place: WirePlace, reference: WirePlace) -> dict[str, Any]:
    """PositionOffsetLLV of a place: the narrowest offsets that hold it, absolute where none does."""
    d_lat, d_lon = place[0] - reference[0], place[1] - reference[1]
    level: tuple[str, dict[str, int]] = ("position-LatLon", {"lon": place[1], "lat": place[0]})
    for name, entry in _LEVEL:
        if entry.low <= d_lat <= entry.high and entry.low <= d_lon <= entry.high:
            level = (name, {"lon": d_lon, "lat": d_lat})
            break
    offset: dict[str, Any] = {"offsetLL": level}
    if place[2] is not None:
        offset["offsetV"] = _vertical(place[2], reference[2])
    return offset


def to_local(frame: LocalFrame, place: WirePlace) -> tuple[float, float, float | None]:
    """East, north, up in m; up is None without an elevation (the frame's own height is taken then)."""
    lat, lon, elevation = place
    if elevation is None:
        east, north, _ = frame.to_enu(lat * _LL_SCALE, lon * _LL_SCALE, frame.height_m)
        return east, north, None
    return frame.to_enu(lat * _LL_SCALE, lon * _LL_SCALE, elevation * 0.1)


def named_bits(value: tuple[bytes, int] | None, names: Sequence[str]) -> frozenset[str]:
    """Names of the bits that are set; bits beyond the names, which only a newer sender has, are left out."""
    if value is None:
        return frozenset()
    octets, count = value
    if not any(octets):
        return frozenset()
    return frozenset(
        name
        for i, name in enumerate(names[: min(count, 8 * len(octets))])
        if octets[i >> 3] & 0x80 >> (i & 7)
    )


def to_bits(chosen: Iterable[str], names: Sequence[str], size: int | None = None) -> tuple[bytes, int]:
    """BIT STRING of the root size with the chosen bits; ValueError for a name that is none of them."""
    size = len(names) if size is None else size
    octets = bytearray((size + 7) // 8)
    for name in chosen:
        if name not in names:
            raise ValueError(f"{name!r} is none of {', '.join(names)}")
        index = names.index(name)
        octets[index >> 3] |= 0x80 >> (index & 7)
    return bytes(octets), size


def node_reference(reference: Mapping[str, Any], region: int = 0) -> tuple[int, int]:
    """(region, id) of a NodeReferenceID; ``region`` is for one that leaves it out."""
    return reference.get("region", region), reference["id"]


_KIND_OF_CLASS = (
    (10, 11, ObjectKind.CAR), (20, 21, ObjectKind.TRUCK), (25, 35, ObjectKind.TRUCK),
    (40, 48, ObjectKind.MOTORCYCLE), (50, 58, ObjectKind.BUS), (60, 69, ObjectKind.EMERGENCY),
    (82, 84, ObjectKind.PEDESTRIAN), (85, 85, ObjectKind.BICYCLE), (86, 86, ObjectKind.PEDESTRIAN),
)  # fmt: skip
_KIND_BY_CODE = {code: kind for low, high, kind in _KIND_OF_CLASS for code in range(low, high + 1)}
_CLASS_BY_KIND = {
    ObjectKind.UNKNOWN: 0, ObjectKind.CAR: 10, ObjectKind.TRUCK: 25, ObjectKind.BUS: 50,
    ObjectKind.MOTORCYCLE: 40, ObjectKind.BICYCLE: 85, ObjectKind.PEDESTRIAN: 82, ObjectKind.EMERGENCY: 60,
}  # fmt: skip


def kind_of_class(code: int) -> ObjectKind:
    """What a BasicVehicleClass is."""
    return _KIND_BY_CODE.get(code, ObjectKind.UNKNOWN)


def class_of_kind(kind: ObjectKind) -> int:
    """The most general BasicVehicleClass of a kind."""
    return _CLASS_BY_KIND[kind]


def text(choice: tuple[str, Any] | None) -> str | None:
    """Text of a Description: ASCII, or GB2312 octets (read as its superset GB 18030).

    What can't be read or shown (control characters too) becomes U+FFFD.
    """
    if choice is None:
        return None
    _, value = choice
    read = value.decode("gb18030", errors="replace") if isinstance(value, bytes) else str(value)
    return "".join(c if c.isprintable() else "\ufffd" for c in read.rstrip("\0"))


def _place(lat: int, lon: int, elevation: int | None) -> WirePlace | None:
    if not (_LAT.first <= lat <= _LAT.last and _LON.first <= lon <= _LON.last):
        return None
    if elevation is not None and not _ELEVATION.first <= elevation <= _ELEVATION.last:
        elevation = None
    return lat, lon, elevation


def _vertical(elevation: int, reference: int | None) -> tuple[str, int]:
    if reference is not None:
        rise = elevation - reference
        for name, entry in _VERTICAL:
            if entry.first < rise < entry.last:  # the ends mean "this or beyond"
                return name, rise
    return "elevation", elevation
