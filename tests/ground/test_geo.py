"""v2x.geo against an independent authority (PROJ), and against itself backwards."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.geo import (
    GaussKruger,
    LocalFrame,
    bd09_from_gcj02,
    gauss_kruger_epsg,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    heading_deg_from_yaw,
    wgs84_from_gcj02,
    wrap_pi,
    wrap_pi_array,
    yaw_from_heading_deg,
)

METRES_PER_DEG = 111_320.0
PLACES = [
    (28.0985258, 112.9830304, 50.0),
    (39.9764645, 116.3509503, 0.0),
    (-33.9, -70.6, 520.0),
    (89.9, 0, 0),
]
lats, lons = st.floats(-89.5, 89.5), st.floats(-180, 180)
spans = st.floats(-5000, 5000)
angles = st.floats(-1e4, 1e4)


def around(frame: LocalFrame, count: int, radius_m: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    enu = np.column_stack([rng.uniform(-radius_m, radius_m, (count, 2)), rng.uniform(-100, 500, count)])
    return frame.to_geodetic_array(enu)


@pytest.mark.parametrize("place", PLACES)
def test_enu_is_projs_topocentric(place: tuple[float, float, float]) -> None:
    pyproj = pytest.importorskip("pyproj")
    frame = LocalFrame(*place)
    transformer = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lat_0={place[0]} +lon_0={place[1]} +h_0={place[2]}"
    )
    places = around(frame, 500, 5000.0)
    want = np.column_stack(transformer.transform(places[:, 1], places[:, 0], places[:, 2]))
    assert np.abs(frame.to_enu_array(places) - want).max() < 1e-6  # 1 mm is the goal
    assert np.abs(np.array([frame.to_enu(*row) for row in places]) - want).max() < 1e-6


@settings(deadline=None)
@given(lat=lats, lon=lons, height=st.floats(-400, 9000), east=spans, north=spans, up=st.floats(-500, 5000))
def test_enu_comes_back(lat: float, lon: float, height: float, east: float, north: float, up: float) -> None:
    frame = LocalFrame(lat, lon, height)
    assert frame.to_enu(*frame.to_geodetic(east, north, up)) == pytest.approx((east, north, up), abs=1e-6)
    row = np.array([[east, north, up]])
    assert frame.to_geodetic_array(row)[0] == pytest.approx(frame.to_geodetic(east, north, up), abs=1e-8)
    assert np.abs(frame.to_enu_array(frame.to_geodetic_array(row)) - row).max() < 1e-6


def test_the_ground_falls_away_below_up() -> None:
    frame = LocalFrame(30.0, 115.0)
    north = 1000.0 / METRES_PER_DEG
    assert frame.to_enu(30.0 + north, 115.0)[2] == pytest.approx(-0.08, abs=0.01)
    assert frame.to_enu(30.0 + 5 * north, 115.0)[2] == pytest.approx(-2.0, abs=0.05)


def test_poles_and_the_antimeridian_are_places_too() -> None:
    east, north, _ = LocalFrame(0.0, 179.9999).to_enu(0.0, -179.9999)
    assert east == pytest.approx(0.0002 * METRES_PER_DEG, rel=1e-3)
    assert north == pytest.approx(0.0, abs=1e-6)
    assert LocalFrame(90.0, 0.0).to_geodetic(0.0, 0.0, 10.0)[0] == pytest.approx(90.0)


@pytest.mark.parametrize("place", [(90.1, 0, 0), (0, 180.1, 0), (math.nan, 0, 0), (0, 0, math.inf)])
def test_a_frame_needs_a_place(place: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no place on earth"):
        LocalFrame(*place)


def test_arrays_have_three_columns() -> None:
    frame = LocalFrame(30.0, 115.0)
    assert frame.to_enu_array(np.empty((0, 3))).shape == (0, 3)
    for wrong in (np.zeros(3), np.zeros((2, 2))):
        with pytest.raises(ValueError, match="shape"):
            frame.to_enu_array(wrong)
        with pytest.raises(ValueError, match="shape"):
            frame.to_geodetic_array(wrong)


def test_frames_compare_by_their_place() -> None:
    assert LocalFrame(30, 115) == LocalFrame(30.0, 115.0, 0.0) != LocalFrame(30.0, 115.0, 1.0)
    assert len({LocalFrame(30, 115), LocalFrame(30, 115)}) == 1


@settings(deadline=None)
@given(angle=angles)
def test_wrapping_keeps_the_direction(angle: float) -> None:
    wrapped = wrap_pi(angle)
    assert -math.pi < wrapped <= math.pi
    assert math.cos(wrapped) == pytest.approx(math.cos(angle), abs=1e-9)
    assert math.sin(wrapped) == pytest.approx(math.sin(angle), abs=1e-9)
    other = float(wrap_pi_array([angle])[0])
    assert -math.pi - 1e-9 < other <= math.pi + 1e-9
    assert math.cos(other - wrapped) == pytest.approx(1.0)


def test_wrapping_at_the_edge() -> None:
    assert wrap_pi(math.pi) == wrap_pi(-math.pi) == wrap_pi(3 * math.pi) == math.pi
    assert wrap_pi_array(np.array([[math.pi, -math.pi], [0.0, 2 * math.pi]])).tolist() == [
        [math.pi, math.pi],
        [0.0, 0.0],
    ]


@pytest.mark.parametrize(("heading", "yaw_deg"), [(0, 90), (90, 0), (180, -90), (270, 180), (45, 45)])
def test_heading_and_yaw(heading: float, yaw_deg: float) -> None:
    assert yaw_from_heading_deg(heading) == pytest.approx(math.radians(yaw_deg))
    assert heading_deg_from_yaw(math.radians(yaw_deg)) == pytest.approx(heading)


@settings(deadline=None)
@given(yaw=st.floats(-10, 10))
def test_heading_stays_below_the_full_circle(yaw: float) -> None:
    heading = heading_deg_from_yaw(yaw)
    assert 0.0 <= heading < 360.0
    assert math.cos(yaw_from_heading_deg(heading) - yaw) == pytest.approx(1.0)


def test_heading_of_a_hair_west_of_north() -> None:
    assert heading_deg_from_yaw(math.pi / 2 + 1e-16) < 360.0


def test_gauss_kruger_zones_are_those_of_epsg() -> None:
    pyproj = pytest.importorskip("pyproj")
    assert gauss_kruger_epsg(116.3) == 4548
    assert gauss_kruger_epsg(116.3, zone_in_easting=True) == 4527
    assert gauss_kruger_epsg(118.4999) == 4548
    assert gauss_kruger_epsg(118.5) == 4549
    for meridian in range(75, 136, 3):
        plain = pyproj.CRS.from_epsg(gauss_kruger_epsg(meridian)).name
        zoned = pyproj.CRS.from_epsg(gauss_kruger_epsg(meridian, zone_in_easting=True)).name
        assert plain == f"CGCS2000 / 3-degree Gauss-Kruger CM {meridian}E"
        assert zoned == f"CGCS2000 / 3-degree Gauss-Kruger zone {meridian // 3}"
    for lon in (73.4, 136.5, math.nan, -116.0):
        with pytest.raises(ValueError, match="no 3-degree zone"):
            gauss_kruger_epsg(lon)


def test_gauss_kruger_axes_are_named_not_ordered() -> None:
    """On the central meridian the easting is the false 500 km; the northing is some 4,400 km at 40 deg."""
    pytest.importorskip("pyproj")
    northing, easting = GaussKruger(4548).from_geodetic(40.0, 117.0)
    assert easting == pytest.approx(500_000.0, abs=1e-6)
    assert northing == pytest.approx(4_429_529.0, abs=1.0)
    zoned_northing, zoned_easting = GaussKruger(4527).from_geodetic(40.0, 117.0)
    assert zoned_easting == pytest.approx(39_500_000.0, abs=1e-6)
    assert zoned_northing == pytest.approx(northing)


def test_gauss_kruger_comes_back_and_knows_its_convergence() -> None:
    pytest.importorskip("pyproj")
    grid, frame = GaussKruger(4548), LocalFrame(38.99, 116.1)
    lat, lon = np.array([38.99, 39.2]), np.array([116.1, 117.9])
    back = grid.to_geodetic(*grid.from_geodetic(lat, lon))
    assert np.abs(np.array(back) - [lat, lon]).max() < 1e-9
    origin = grid.from_geodetic(38.99, 116.1)
    ahead = grid.from_geodetic(*frame.to_geodetic(0.0, 10.0)[:2])
    grid_yaw = math.atan2(ahead[0] - origin[0], ahead[1] - origin[1])
    assert grid_yaw == pytest.approx(math.pi / 2 + grid.convergence_rad(38.99, 116.1), abs=1e-6)
    assert math.degrees(grid.convergence_rad(38.99, 116.1)) == pytest.approx(-0.566, abs=0.001)


@settings(deadline=None)
@given(lat=st.floats(3.0, 53.0), lon=st.floats(73.5, 135.0))
def test_map_offsets_come_back_within_a_millimetre(lat: float, lon: float) -> None:
    gcj = gcj02_from_wgs84(lat, lon)
    assert isinstance(gcj[0], float)
    back = wgs84_from_gcj02(*gcj)
    assert math.dist(back, (lat, lon)) * METRES_PER_DEG < 1e-3
    bd = bd09_from_gcj02(*gcj)
    assert math.dist(gcj02_from_bd09(*bd), gcj) * METRES_PER_DEG < 1e-3


def test_map_offsets_have_the_published_size() -> None:
    """265 to 607 m in Chinese cities; Beijing's Tiananmen as the public converters have it."""
    lat, lon = gcj02_from_wgs84(39.9042, 116.4074)
    assert (lat, lon) == pytest.approx((39.905603, 116.413642), abs=1e-6)
    for city in [(39.90, 116.40), (31.23, 121.47), (23.13, 113.26), (22.54, 114.06), (30.57, 104.07)]:
        shifted = gcj02_from_wgs84(*city)
        east, north, _ = LocalFrame(*city).to_enu(*shifted)
        assert 200.0 < math.hypot(east, north) < 700.0
        bd = bd09_from_gcj02(*shifted)
        assert 500.0 < math.hypot(*LocalFrame(*shifted).to_enu(*bd)[:2]) < 1500.0


@pytest.mark.parametrize(
    "place", [(35.68, 139.77), (0.5, 100.0), (48.85, 2.35), (-33.9, 151.2), (56.0, 90.0)]
)
def test_outside_the_box_nothing_is_shifted(place: tuple[float, float]) -> None:
    assert gcj02_from_wgs84(*place) == place
    assert wgs84_from_gcj02(*place) == place


def test_map_offsets_at_the_edge_of_the_box() -> None:
    """A place just inside comes back, whichever side its image falls on."""
    for lat, lon in [(30.0, 72.00401), (30.0, 137.8346), (55.8270, 100.0), (0.8294, 100.0)]:
        assert wgs84_from_gcj02(*gcj02_from_wgs84(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)


def test_map_offsets_take_arrays() -> None:
    lat, lon = np.array([39.9, 35.68, 31.2]), np.array([116.4, 139.77, 121.5])
    gcj = gcj02_from_wgs84(lat, lon)
    for i in range(3):
        assert (gcj[0][i], gcj[1][i]) == pytest.approx(gcj02_from_wgs84(lat[i], lon[i]))
    back = wgs84_from_gcj02(*gcj)
    assert np.abs(np.array(back) - [lat, lon]).max() < 1e-9
