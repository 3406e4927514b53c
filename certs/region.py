"""Whether a certificate's region covers the place of use (GeographicRegion of YD/T 3957-2021).

An identified region is judged by its country code (156 is China); the regions and subregions inside a
country are not judged, because no table of them was available.  Circles, rectangles and polygons are judged
at a place, which is the receiver's own: PC5 reaches some hundred metres.  Latitude and longitude on the
wire are in 1e-7 degree, the radius in metres (both as in IEEE 1609.2, inferred).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Place", "describe", "is_identified", "region_complaint"]

Place = tuple[float, float]
"""Latitude and longitude in degrees, WGS-84."""

_DEGREE = 1e-7
_EARTH_RADIUS_M = 6_371_000.0
"""Mean radius; a region's border is no sharper than the 0.5 % that this neglects."""


def is_identified(region: tuple[str, Any] | None) -> bool:
    """True where the region is judged by country alone, or absent (no restriction of its own)."""
    return region is None or region[0] == "identifiedRegion"


def region_complaint(region: tuple[str, Any] | None, country: int, place: Place | None) -> str | None:
    """Why the region doesn't cover ``country`` (identified) or ``place`` (drawn); None where it does."""
    if region is None:
        return None
    kind, value = region
    if kind == "identifiedRegion":
        if any(_country(entry) == country for entry in value):
            return None
        return f"{describe(region)} does not cover country {country}"
    if kind not in _INSIDE:
        return f"a region of the unknown kind {kind} can't be judged"
    if place is None:
        return f"{describe(region)} can't be judged: the receiver's position is not set"
    inside: bool = _INSIDE[kind](value, place)
    if inside:
        return None
    return f"{describe(region)} does not cover {place[0]:.5f}, {place[1]:.5f}"


def describe(region: tuple[str, Any] | None) -> str:
    """The region in words, for messages and ``v2x pki show``."""
    if region is None:
        return "no region"
    kind, value = region
    if kind == "identifiedRegion":
        countries = sorted({code for entry in value if (code := _country(entry)) is not None})
        return "country " + (", ".join(map(str, countries)) or "none known")
    if kind == "circularRegion":
        latitude, longitude = _degrees(value["center"])
        return f"circle of {value['radius']} m around {latitude:.5f}, {longitude:.5f}"
    if kind == "rectangularRegion":
        return f"{len(value)} rectangle(s)"
    if kind == "polygonalRegion":
        return f"polygon of {len(value)} corners"
    return f"region of the unknown kind {kind}"


def _country(entry: tuple[str, Any]) -> int | None:
    kind, value = entry
    if kind == "countryOnly":
        return int(value)
    if kind == "countryAndRegions":
        return int(value["countryOnly"])
    if kind == "countryAndSubregions":
        return int(value["country"])
    return None


def _degrees(location: Mapping[str, int]) -> Place:
    return location["latitude"] * _DEGREE, location["longitude"] * _DEGREE


def _in_circle(circle: Mapping[str, Any], place: Place) -> bool:
    latitude, longitude = _degrees(circle["center"])
    north = math.radians(place[0] - latitude)
    east = math.radians((place[1] - longitude + 180) % 360 - 180) * math.cos(math.radians(latitude))
    return _EARTH_RADIUS_M * math.hypot(north, east) <= float(circle["radius"])


def _in_rectangles(rectangles: Sequence[Mapping[str, Any]], place: Place) -> bool:
    for rectangle in rectangles:
        north, west = _degrees(rectangle["northWest"])
        south, east = _degrees(rectangle["southEast"])
        if south <= place[0] <= north and west <= place[1] <= east:
            return True
    return False


def _in_polygon(corners: Sequence[Mapping[str, int]], place: Place) -> bool:
    """Even-odd rule in latitude and longitude."""
    inside = False
    points = [_degrees(corner) for corner in corners]
    for (lat_a, lon_a), (lat_b, lon_b) in zip(points, points[1:] + points[:1], strict=True):
        crosses = (lat_a > place[0]) != (lat_b > place[0])
        if crosses and place[1] < lon_a + (place[0] - lat_a) / (lat_b - lat_a) * (lon_b - lon_a):
            inside = not inside
    return inside


_INSIDE: dict[str, Any] = {
    "circularRegion": _in_circle,
    "rectangularRegion": _in_rectangles,
    "polygonalRegion": _in_polygon,
}
