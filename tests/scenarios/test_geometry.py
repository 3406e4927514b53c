"""Boxes, lines of sight, paths; the box test against an independent one by clipped polygons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.footprint import Box, overlap
from v2x.scenarios.geometry import Path, hermite, resample, sight_blocked, smooth

BOXES = st.builds(
    Box,
    st.floats(-8, 8),
    st.floats(-8, 8),
    st.floats(-math.pi, math.pi),
    st.floats(0.5, 6),
    st.floats(0.5, 3),
)


def clipped_area(a: Box, b: Box) -> float:
    """Area that two boxes share, by Sutherland-Hodgman clipping."""
    polygon = [tuple(p) for p in a.corners()]
    corners = b.corners()
    for k in range(4):
        p, q = corners[k], corners[(k + 1) % 4]
        edge = q - p

        def side(point, edge=edge, p=p) -> float:
            return edge[0] * (point[1] - p[1]) - edge[1] * (point[0] - p[0])

        kept = []
        for one, two in zip(polygon, polygon[1:] + polygon[:1], strict=True):
            s1, s2 = side(one), side(two)
            if s1 >= 0:
                kept.append(one)
            if s1 * s2 < 0:
                t = s1 / (s1 - s2)
                kept.append((one[0] + t * (two[0] - one[0]), one[1] + t * (two[1] - one[1])))
        polygon = kept
        if len(polygon) < 3:
            return 0.0
    area = sum(
        x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True)
    )
    return abs(area) / 2


@settings(max_examples=150, deadline=None)
@given(BOXES, BOXES)
def test_overlap_is_shared_area(a: Box, b: Box) -> None:
    area = clipped_area(a, b)
    if area > 1e-6:
        assert overlap(a, b)
    elif area == 0.0:
        assert not overlap(a, b) or clipped_area(b, a) > 0.0
    assert overlap(a, b) == overlap(b, a)


@settings(max_examples=100, deadline=None)
@given(
    BOXES,
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
)
def test_a_sight_is_blocked_where_a_point_of_it_lies_inside(box: Box, start, end) -> None:
    c, s = math.cos(box.yaw_rad), math.sin(box.yaw_rad)
    line = np.linspace(start, end, 400) - (box.east_m, box.north_m)
    x, y = c * line[:, 0] + s * line[:, 1], -s * line[:, 0] + c * line[:, 1]
    depth = np.minimum(box.length_m / 2 - abs(x), box.width_m / 2 - abs(y)).max()
    blocked = bool(sight_blocked(start, [end], [box])[0])
    if depth > 1e-3:
        assert blocked
    if blocked:
        assert depth > -0.2


def test_sight_without_boxes_is_free() -> None:
    assert not sight_blocked((0, 0), [(1, 1), (2, 2)], []).any()
    assert sight_blocked((0, 0), np.zeros((0, 2)), [Box(0, 0, 0, 1, 1)]).shape == (0,)


def test_a_path_knows_place_yaw_and_curvature() -> None:
    angle = np.linspace(0, math.pi / 2, 200)
    path = Path(np.stack([20 * np.sin(angle), 20 * (1 - np.cos(angle))], axis=1))
    assert path.length_m == pytest.approx(10 * math.pi, rel=1e-3)
    east, north, yaw, curvature = path.at(path.length_m / 2)
    assert (east, north) == pytest.approx(
        (20 * math.sin(math.pi / 4), 20 * (1 - math.cos(math.pi / 4))), abs=0.02
    )
    assert yaw == pytest.approx(math.pi / 4, abs=0.01)
    assert curvature == pytest.approx(1 / 20, rel=0.02)
    beyond = path.at(path.length_m + 5.0)
    assert beyond[:2] == pytest.approx((20, 25), abs=0.2)
    assert path.at(-3.0)[0] == pytest.approx(-3.0, abs=0.1)


def test_curves_join_smoothly() -> None:
    start, end = np.array([0.0, 0.0]), np.array([20.0, 15.0])
    curve = hermite(start, 0.0, end, math.pi / 2)
    path = Path(curve)
    assert np.allclose(curve[0], start)
    assert np.allclose(curve[-1], end)
    assert path.at(0.0)[2] == pytest.approx(0.0, abs=0.05)
    assert path.at(path.length_m)[2] == pytest.approx(math.pi / 2, abs=0.05)
    assert abs(path.curvatures[0]) < 0.02


def test_smoothing_keeps_the_ends_and_rounds_the_kink() -> None:
    line = resample(np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 10.0]]), 1.0)
    rounded = smooth(line, 21)
    assert np.allclose(rounded[[0, -1]], line[[0, -1]])
    assert np.abs(rounded - line).max() < 0.6
    assert np.abs(Path(rounded).curvatures).max() < np.abs(Path(line).curvatures).max() / 3
