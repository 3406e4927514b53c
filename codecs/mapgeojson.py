"""A MAP as GeoJSON: nodes, links, lanes, connections and zones as features with properties.

    kind        geometry    properties besides ``kind`` and ``node``
    node        Point       name
    link        LineString  upstream, name, width_m, speed_limits_mps, movements
    lane        LineString  upstream, lane, lane_type, width_m, width_stated, manoeuvres, attributes, ...
    connection  LineString  upstream, lane, remote, remote_lane, phase_id, manoeuvres, certainty
    zone        Polygon     zone

Nodes are ``region/number``.  Coordinates are WGS-84 longitude and latitude in degrees, seven decimals (the
wire's resolution); CGCS2000 is taken for WGS 84, as everywhere in this project.  Heights are left out: most
MAPs have none, and the link's lines mix points with and without.  What a line means, and the ``certainty``
of a connection's end, is written in :mod:`v2x.codecs.mapgeometry`.

Source: RFC 7946 (a polygon's ring is closed and counter-clockwise; ``bbox`` is west, south, east, north).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.mapmodel import node_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.maplines import Line
    from v2x.codecs.mapmodel import Junction, LaneLine, LinkLine, MapGeometry, Turn

__all__ = ["map_geojson"]

_DECIMALS = 7


def map_geojson(made: MapGeometry) -> dict[str, Any]:
    """A FeatureCollection, for ``json.dumps``."""
    features = [feature for junction in made.junctions for feature in _features(junction)]
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    places = [place for feature in features for place in _places(feature["geometry"])]
    if places:
        east, north = [place[0] for place in places], [place[1] for place in places]
        collection["bbox"] = [min(east), min(north), max(east), max(north)]
    return collection


def _features(junction: Junction) -> Iterator[dict[str, Any]]:
    node = node_text(junction.node)
    frame = junction.frame
    place = [round(frame.lon_deg, _DECIMALS), round(frame.lat_deg, _DECIMALS)]
    yield _feature("node", node, {"type": "Point", "coordinates": place}, {"name": junction.name})
    for link in junction.links:
        if link.line is not None:
            yield _feature("link", node, _line(junction, link.line), _link(link))
    for lane in junction.lanes:
        yield _feature("lane", node, _line(junction, lane.line), _lane(lane))
    for turn in junction.turns:
        yield _feature("connection", node, _line(junction, turn.line), _turn(turn))
    for zone in junction.zones:
        ring = _coordinates(junction, zone.ring)
        if _area(ring) < 0:
            ring.reverse()
        polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        yield _feature("zone", node, polygon, {"zone": zone.kind})


def _feature(kind: str, node: str, geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, "node": node, **properties}}


def _link(link: LinkLine) -> dict[str, Any]:
    return {
        "upstream": node_text(link.upstream),
        "name": link.name,
        "width_m": link.width_m,
        "speed_limits_mps": dict(link.speed_limits),
        "movements": [{"remote": node_text(remote), "phase_id": phase} for remote, phase in link.movements],
    }


def _lane(lane: LaneLine) -> dict[str, Any]:
    return {
        "upstream": node_text(lane.upstream),
        "lane": lane.name,
        "lane_type": lane.kind,
        "width_m": round(lane.width_m, 3),
        "width_stated": lane.width_stated,
        "manoeuvres": list(lane.manoeuvres),
        "attributes": list(lane.attributes),
        "speed_limits_mps": dict(lane.speed_limits),
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "upstream": node_text(turn.upstream),
        "lane": turn.lane,
        "remote": node_text(turn.remote),
        "remote_lane": turn.remote_lane,
        "phase_id": turn.phase_id,
        "manoeuvres": list(turn.manoeuvres),
        "certainty": turn.certainty,
    }


def _line(junction: Junction, line: Line) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": _coordinates(junction, line)}


def _coordinates(junction: Junction, line: Line) -> list[list[float]]:
    """Longitude and latitude of each point."""
    found = []
    for east, north, up in line.tolist():
        lat, lon, _ = junction.frame.to_geodetic(east, north, up)
        found.append([round(lon, _DECIMALS), round(lat, _DECIMALS)])
    return found


def _area(ring: list[list[float]]) -> float:
    """Twice the signed area of a ring; positive counter-clockwise."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True))


def _places(geometry: dict[str, Any]) -> list[list[float]]:
    coordinates: Any = geometry["coordinates"]
    if geometry["type"] == "Point":
        return [coordinates]
    places: list[list[float]] = coordinates[0] if geometry["type"] == "Polygon" else coordinates
    return places
