"""Places and directions: WGS-84, one local east-north-up frame per station, and the Chinese map systems.

The local frame is exact, in closed form through earth-centred coordinates (ECEF).  With the ellipsoid's
a and e2 and the prime vertical N = a / sqrt(1 - e2 sin2(lat)):

    X = (N + h) cos(lat) cos(lon)    Y = (N + h) cos(lat) sin(lon)    Z = (N (1 - e2) + h) sin(lat)
    (e, n, u) = R (X - X0, Y - Y0, Z - Z0),   R: the directions east, north, up at the origin

and back by Bowring's iteration on the reduced latitude, of which a few rounds leave only rounding.
"Up" is the tangent plane's: the earth's surface lies 8 cm below it at 1 km and 2 m below it at 5 km.

Yaw is counter-clockwise from east, radians in (-pi, pi]; heading is clockwise from true north, degrees in
[0, 360).  On a projected map the grid's north differs from the true one by the convergence.

CGCS2000 (EPSG:4490) is taken for WGS 84, as PROJ does; the plates' motion between their epochs (about 3 cm
a year) is not modelled.  GCJ-02 is the public approximation of the published maps' offset, BD-09 one map
maker's further offset on it; both are ours here because PROJ has neither.

Sources: EPSG:7030 (ellipsoid), EPSG:4513..4554 (3-degree Gauss-Kruger zones), B. R. Bowring in Survey
Review 181 (1976); the constants of GCJ-02 and BD-09 are those in public use since 2010, in no standard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "GaussKruger",
    "LocalFrame",
    "bd09_from_gcj02",
    "gauss_kruger_epsg",
    "gcj02_from_bd09",
    "gcj02_from_wgs84",
    "heading_deg_from_yaw",
    "wgs84_from_gcj02",
    "wrap_pi",
    "wrap_pi_array",
    "yaw_from_heading_deg",
]

_A = 6378137.0
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_B = _A * (1 - _F)
_EP2 = _E2 / (1 - _E2)
_RAD = math.pi / 180
_TAU = 2 * math.pi

_BOWRING_ROUNDS = 3
"""One round errs by under 1 um near the ground; after three only rounding is left, also far from it."""

Coordinate = TypeVar("Coordinate", float, "NDArray[np.float64]")
"""One coordinate in degrees, or an array of them; what goes in comes out."""


def wrap_pi(angle_rad: float) -> float:
    """The same angle in (-pi, pi]."""
    wrapped = math.remainder(angle_rad, _TAU)
    return math.pi if wrapped <= -math.pi else wrapped


def wrap_pi_array(angles_rad: ArrayLike) -> NDArray[np.float64]:
    """The same angles in (-pi, pi], any shape."""
    angles = np.asarray(angles_rad, dtype=np.float64)
    return angles - _TAU * np.ceil(angles / _TAU - 0.5)


def yaw_from_heading_deg(heading_deg: float) -> float:
    """Yaw (rad, counter-clockwise from east) of a heading (deg, clockwise from true north)."""
    return wrap_pi((90.0 - heading_deg) * _RAD)


def heading_deg_from_yaw(yaw_rad: float) -> float:
    """Heading in [0, 360) deg of a yaw in rad."""
    heading = (90.0 - yaw_rad / _RAD) % 360.0
    return 0.0 if heading >= 360.0 else heading


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """East, north, up metres in the plane that touches the ellipsoid below a place.

    ``lat_deg`` in [-90, 90], ``lon_deg`` in [-180, 180], ``height_m`` above the ellipsoid; ValueError else.
    """

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    _pose: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (abs(self.lat_deg) <= 90 and abs(self.lon_deg) <= 180 and math.isfinite(self.height_m)):
            raise ValueError(f"no place on earth: {self.lat_deg}, {self.lon_deg}, {self.height_m} m")
        lat, lon = self.lat_deg * _RAD, self.lon_deg * _RAD
        sin_lat, cos_lat, sin_lon, cos_lon = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
        normal = _A / math.sqrt(1 - _E2 * sin_lat * sin_lat)
        radius = (normal + self.height_m) * cos_lat
        z = (normal * (1 - _E2) + self.height_m) * sin_lat
        pose = (radius * cos_lon, radius * sin_lon, z, sin_lat, cos_lat, sin_lon, cos_lon)
        object.__setattr__(self, "_pose", pose)

    def to_enu(self, lat_deg: float, lon_deg: float, height_m: float = 0.0) -> tuple[float, float, float]:
        """East, north, up in m of a place."""
        x0, y0, z0, sin_lat, cos_lat, sin_lon, cos_lon = self._pose
        lat, lon = lat_deg * _RAD, lon_deg * _RAD
        s = math.sin(lat)
        normal = _A / math.sqrt(1 - _E2 * s * s)
        radius = (normal + height_m) * math.cos(lat)
        dx = radius * math.cos(lon) - x0
        dy = radius * math.sin(lon) - y0
        dz = (normal * (1 - _E2) + height_m) * s - z0
        outward = cos_lon * dx + sin_lon * dy
        return (
            cos_lon * dy - sin_lon * dx,
            cos_lat * dz - sin_lat * outward,
            cos_lat * outward + sin_lat * dz,
        )

    def to_geodetic(self, east_m: float, north_m: float, up_m: float = 0.0) -> tuple[float, float, float]:
        """Latitude deg, longitude deg, height m of a place in the frame."""
        x0, y0, z0, sin_lat, cos_lat, sin_lon, cos_lon = self._pose
        outward = cos_lat * up_m - sin_lat * north_m
        x = x0 + cos_lon * outward - sin_lon * east_m
        y = y0 + sin_lon * outward + cos_lon * east_m
        z = z0 + cos_lat * north_m + sin_lat * up_m
        p = math.hypot(x, y)
        lat, beta = 0.0, math.atan2(z * _A, p * _B)
        for _ in range(_BOWRING_ROUNDS):
            lat = math.atan2(z + _EP2 * _B * math.sin(beta) ** 3, p - _E2 * _A * math.cos(beta) ** 3)
            beta = math.atan2((1 - _F) * math.sin(lat), math.cos(lat))
        s, c = math.sin(lat), math.cos(lat)
        height_m = p * c + z * s - _A * math.sqrt(1 - _E2 * s * s)
        return lat / _RAD, math.atan2(y, x) / _RAD, height_m

    def to_enu_array(self, places: ArrayLike) -> NDArray[np.float64]:
        """East, north, up in m, shape (n, 3), of places (n, 3): latitude deg, longitude deg, height m."""
        rows = _rows(places)
        x0, y0, z0, sin_lat, cos_lat, sin_lon, cos_lon = self._pose
        lat, lon, height = rows[:, 0] * _RAD, rows[:, 1] * _RAD, rows[:, 2]
        s = np.sin(lat)
        normal = _A / np.sqrt(1 - _E2 * s * s)
        radius = (normal + height) * np.cos(lat)
        dx, dy = radius * np.cos(lon) - x0, radius * np.sin(lon) - y0
        dz = (normal * (1 - _E2) + height) * s - z0
        outward = cos_lon * dx + sin_lon * dy
        out = np.empty_like(rows)
        out[:, 0] = cos_lon * dy - sin_lon * dx
        out[:, 1] = cos_lat * dz - sin_lat * outward
        out[:, 2] = cos_lat * outward + sin_lat * dz
        return out

    def to_geodetic_array(self, points_m: ArrayLike) -> NDArray[np.float64]:
        """Latitude deg, longitude deg, height m, shape (n, 3), of points (n, 3): east, north, up in m."""
        rows = _rows(points_m)
        x0, y0, z0, sin_lat, cos_lat, sin_lon, cos_lon = self._pose
        east, north, up = rows[:, 0], rows[:, 1], rows[:, 2]
        outward = cos_lat * up - sin_lat * north
        x = x0 + cos_lon * outward - sin_lon * east
        y = y0 + sin_lon * outward + cos_lon * east
        z = z0 + cos_lat * north + sin_lat * up
        p = np.hypot(x, y)
        beta = np.arctan2(z * _A, p * _B)
        for _ in range(_BOWRING_ROUNDS):
            lat = np.arctan2(z + _EP2 * _B * np.sin(beta) ** 3, p - _E2 * _A * np.cos(beta) ** 3)
            beta = np.arctan2((1 - _F) * np.sin(lat), np.cos(lat))
        s = np.sin(lat)
        out = np.empty_like(rows)
        out[:, 0] = lat / _RAD
        out[:, 1] = np.arctan2(y, x) / _RAD
        out[:, 2] = p * np.cos(lat) + z * s - _A * np.sqrt(1 - _E2 * s * s)
        return out


def _rows(values: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ValueError(f"want shape (n, 3), got {rows.shape}")
    return rows


_ZONES = (25, 45)
"""The 3-degree zones of the Chinese grid: central meridians 75 to 135 deg east."""


def gauss_kruger_epsg(lon_deg: float, *, zone_in_easting: bool = False) -> int:
    """EPSG code of the CGCS2000 3-degree Gauss-Kruger zone around a longitude.

    The zones reach from 73.5 to 136.5 deg, ValueError outside.  ``zone_in_easting`` picks the
    variant whose eastings begin with the zone's number (EPSG:4513..4533), otherwise the one without
    (EPSG:4534..4554).
    """
    zone = math.floor((lon_deg + 1.5) / 3) if math.isfinite(lon_deg) else 0
    if not _ZONES[0] <= zone <= _ZONES[1]:
        raise ValueError(f"no 3-degree zone of CGCS2000 at longitude {lon_deg}")
    return (4513 if zone_in_easting else 4534) + zone - _ZONES[0]


class GaussKruger:
    """One projected CGCS2000 grid, through PROJ (imported when the first grid is made).

    The official axes are X north and Y east, geographic ones latitude before longitude: both traps are
    closed here by naming the results.
    """

    def __init__(self, epsg: int) -> None:
        import pyproj

        self.epsg = epsg
        crs = pyproj.CRS.from_epsg(epsg)
        self._transformer: Any = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
        self._projection: Any = pyproj.Proj(crs)

    def from_geodetic(self, lat_deg: Coordinate, lon_deg: Coordinate) -> tuple[Coordinate, Coordinate]:
        """Northing (X) and easting (Y) in m of latitude and longitude in deg; floats or arrays."""
        easting, northing = self._transformer.transform(lon_deg, lat_deg)
        return northing, easting

    def to_geodetic(self, northing_m: Coordinate, easting_m: Coordinate) -> tuple[Coordinate, Coordinate]:
        """Latitude and longitude in deg of northing (X) and easting (Y) in m; floats or arrays."""
        lon, lat = self._transformer.transform(easting_m, northing_m, direction="INVERSE")
        return lat, lon

    def convergence_rad(self, lat_deg: float, lon_deg: float) -> float:
        """Angle from true north to the grid's north, clockwise positive: grid yaw = yaw + convergence."""
        return float(self._projection.get_factors(lon_deg, lat_deg).meridian_convergence) * _RAD


_GCJ_A = 6378245.0
_GCJ_E2 = 0.00669342162296594323
_GCJ_BOX = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west, east bounds in deg within which GCJ-02 differs from WGS 84."""

_INVERSE_ROUNDS = 5
"""The inverse gains a factor of 200 per round from 600 m: four reach 1 um, one is reserve."""


def gcj02_from_wgs84(lat_deg: Coordinate, lon_deg: Coordinate) -> tuple[Coordinate, Coordinate]:
    """GCJ-02 latitude and longitude (deg) of WGS-84 ones; unchanged outside the box around China."""
    lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
    d_lat, d_lon = _gcj_offset(lat, lon)
    inside = _in_gcj_box(lat, lon)
    return _like(lat_deg, np.where(inside, lat + d_lat, lat), np.where(inside, lon + d_lon, lon))


def wgs84_from_gcj02(lat_deg: Coordinate, lon_deg: Coordinate) -> tuple[Coordinate, Coordinate]:
    """WGS-84 latitude and longitude (deg) whose GCJ-02 these are, to under 1 mm.

    Where the answer lies outside the box around China the input is returned: no offset applies there.
    """
    gcj_lat, gcj_lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
    lat, lon = gcj_lat, gcj_lon
    for _ in range(_INVERSE_ROUNDS):
        d_lat, d_lon = _gcj_offset(lat, lon)
        lat, lon = gcj_lat - d_lat, gcj_lon - d_lon
    inside = _in_gcj_box(lat, lon)
    return _like(lat_deg, np.where(inside, lat, gcj_lat), np.where(inside, lon, gcj_lon))


def bd09_from_gcj02(lat_deg: Coordinate, lon_deg: Coordinate) -> tuple[Coordinate, Coordinate]:
    """BD-09 latitude and longitude (deg) of GCJ-02 ones."""
    d_lat, d_lon = _bd_offset(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
    return _like(lat_deg, lat_deg + d_lat, lon_deg + d_lon)


def gcj02_from_bd09(lat_deg: Coordinate, lon_deg: Coordinate) -> tuple[Coordinate, Coordinate]:
    """GCJ-02 latitude and longitude (deg) whose BD-09 these are, to under 1 mm."""
    bd_lat, bd_lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
    lat, lon = bd_lat - 0.006, bd_lon - 0.0065
    for _ in range(_INVERSE_ROUNDS):
        d_lat, d_lon = _bd_offset(lat, lon)
        lat, lon = bd_lat - d_lat, bd_lon - d_lon
    return _like(lat_deg, lat, lon)


def _gcj_offset(
    lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What GCJ-02 adds to latitude and longitude, deg, by the formula without its box."""
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), 0.1 * x * y
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    by_y = 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
    by_y += 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)
    by_x = 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)
    by_x += 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + product + 0.2 * root + (waves + by_y) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + product + 0.1 * root + (waves + by_x) * 2 / 3
    s = np.sin(lat * _RAD)
    w2 = 1 - _GCJ_E2 * s * s
    meridian_m = _GCJ_A * (1 - _GCJ_E2) / (w2 * np.sqrt(w2))
    parallel_m = _GCJ_A / np.sqrt(w2) * np.cos(lat * _RAD)
    return north_m / (meridian_m * _RAD), east_m / (parallel_m * _RAD)


def _bd_offset(
    lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What BD-09 adds to a GCJ-02 latitude and longitude, deg."""
    turns = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turns)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turns)
    return radius * np.sin(angle) + 0.006 - lat, radius * np.cos(angle) + 0.0065 - lon


def _in_gcj_box(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.bool_]:
    south, north, west, east = _GCJ_BOX
    return (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east)


def _like(given: Coordinate, lat: Any, lon: Any) -> tuple[Any, Any]:
    """Floats for a float, arrays for an array."""
    if isinstance(given, np.ndarray):
        return lat, lon
    return float(lat), float(lon)
