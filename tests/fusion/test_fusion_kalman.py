"""The batched filter against plain matrices, and what must always hold of a covariance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.fusion import kalman

_ROWS = [(0, 0), (0, 1), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]


def _rows(p: np.ndarray) -> np.ndarray:
    return np.array([p[:, i, j] for i, j in _ROWS])


def _random(rng: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray]:
    root = rng.normal(size=(k, 4, 4)) * rng.uniform(0.1, 5.0, (k, 1, 1))
    return rng.normal(0.0, 50.0, (4, k)), root @ root.transpose(0, 2, 1) + 0.01 * np.eye(4)


def _textbook_predict(x, p, dt, q):  # type: ignore[no-untyped-def]
    f = np.eye(4)
    f[0, 2] = f[1, 3] = dt
    a, b, c = abs(dt) ** 3 / 3, dt * abs(dt) / 2, abs(dt)
    noise = q * np.block([[a * np.eye(2), b * np.eye(2)], [b * np.eye(2), c * np.eye(2)]])
    return f @ x, f @ p @ f.T + noise


def _textbook_update(x, p, z, h, r):  # type: ignore[no-untyped-def]
    s = h @ p @ h.T + r
    k = p @ h.T @ np.linalg.inv(s)
    joseph = np.eye(4) - k @ h
    return x + k @ (z - h @ x), joseph @ p @ joseph.T + k @ r @ k.T


@given(st.integers(0, 2**32 - 1), st.floats(-1.0, 2.0), st.floats(0.0, 10.0))
@settings(max_examples=60, deadline=None)
def test_a_step_is_the_textbook_s(seed: int, dt: float, q: float) -> None:
    rng = np.random.default_rng(seed)
    k = 5
    x, p = _random(rng, k)
    z, v = rng.normal(0.0, 50.0, (2, k)), rng.normal(0.0, 10.0, (2, k))
    roots = rng.normal(size=(2, k, 2, 2))
    r, rv = roots @ roots.transpose(0, 1, 3, 2) + 0.05 * np.eye(2)
    ours_x, ours_p = kalman.predict(x, _rows(p), np.full(k, dt), np.full(k, q))
    east, north, a = kalman.position_at(x, _rows(p), np.full(k, dt), np.full(k, q))
    np.testing.assert_allclose(np.stack((east, north)), ours_x[:2], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(a, ours_p[:3], rtol=1e-12, atol=1e-12)
    r_rows, rv_rows = (np.array([m[:, 0, 0], m[:, 0, 1], m[:, 1, 1]]) for m in (r, rv))
    kalman.measure_position(ours_x, ours_p, z[0], z[1], r_rows)
    kalman.measure_velocity(ours_x, ours_p, v[0], v[1], rv_rows)
    full = kalman.full(ours_p)
    for i in range(k):
        plain_x, plain_p = _textbook_predict(x[:, i], p[i], dt, q)
        plain_x, plain_p = _textbook_update(plain_x, plain_p, z[:, i], np.eye(4)[:2], r[i])
        plain_x, plain_p = _textbook_update(plain_x, plain_p, v[:, i], np.eye(4)[2:], rv[i])
        np.testing.assert_allclose(ours_x[:, i], plain_x, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(full[i], plain_p, rtol=1e-6, atol=1e-7)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 20.0), st.floats(1e-3, 20.0))
@settings(max_examples=60, deadline=None)
def test_covariances_stay_positive_definite(seed: int, sigma: float, q: float) -> None:
    """Through a hundred updates with unequal steps, from a state of which the velocity is unknown."""
    rng = np.random.default_rng(seed)
    x = np.zeros((4, 3))
    p = np.zeros((10, 3))
    p[0] = p[2] = sigma**2
    p[7] = p[9] = 100.0
    r = np.stack((np.full(3, sigma**2), np.zeros(3), np.full(3, sigma**2)))
    for _ in range(100):
        x, p = kalman.predict(x, p, rng.uniform(0.0, 0.5, 3), np.full(3, q))
        kalman.measure_position(x, p, *rng.normal(0.0, sigma, (2, 3)), r)
        if rng.random() < 0.5:
            kalman.measure_velocity(x, p, *rng.normal(0.0, 1.0, (2, 3)), r)
    full = kalman.full(p)
    np.testing.assert_array_equal(full, full.transpose(0, 2, 1))
    assert (np.linalg.eigvalsh(full) > 0.0).all()


def test_a_prediction_and_its_way_back_is_the_state() -> None:
    x, p = _random(np.random.default_rng(1), 4)
    dt, q = np.full(4, 0.7), np.zeros(4)
    there = kalman.predict(x, _rows(p), dt, q)
    back = kalman.predict(*there, -dt, q)
    np.testing.assert_allclose(back[0], x, atol=1e-9)
    np.testing.assert_allclose(back[1], _rows(p), atol=1e-9)


def test_distance2_is_mahalanobis() -> None:
    s = np.array([[2.0], [0.5], [1.0]])
    y = np.array([1.0, -2.0])
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    distance, det = kalman.distance2(y[:1], y[1:], s)
    assert np.isclose(distance[0], y @ np.linalg.inv(matrix) @ y)
    assert np.isclose(det[0], np.linalg.det(matrix))
