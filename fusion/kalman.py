"""Batched constant-velocity Kalman filter in closed 2 x 2 blocks, one time step per object.

State (e, n, ve, vn), arrays of shape (4, k); covariance

    P = [[A, B], [B^T, C]],  A = cov(position), C = cov(velocity), B = cov(position, velocity)

as ten rows: A_ee A_en A_nn | B_e,ve B_e,vn B_n,ve B_n,vn | C_ee C_en C_nn.  White acceleration of density q:

    A' = A + dt (B + B^T) + dt^2 C + q |dt|^3/3 I     B' = B + dt C + q dt |dt|/2 I     C' = C + q |dt| I

A two-dimensional measurement z of a block M (the other block O, the cross block X = cov(M, O)), noise R:

    S = M + R    m += M S^-1 y    o += X^T S^-1 y    M' = R S^-1 M    X' = R S^-1 X    O' = O - X^T S^-1 X

M' = R S^-1 M equals (I - K) M without its cancellation.  Position and velocity are measured one after the
other, as their noises are independent.  Units: m, m/s, s.  Source: the textbook filter (Kalman 1960).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["distance2", "full", "measure_position", "measure_velocity", "position_at", "predict"]

_POSITION = (0, 1, (0, 1, 2), (3, 4, 5, 6), 2, 3, (7, 8, 9))
_VELOCITY = (2, 3, (7, 8, 9), (3, 5, 4, 6), 0, 1, (0, 1, 2))


def predict(x: Floats, p: Floats, dt: Floats, q: Floats) -> tuple[Floats, Floats]:
    """State and covariance ``dt`` (k,) seconds later (earlier where negative); new arrays."""
    size = np.abs(dt)
    dt2 = dt * dt
    q1 = q * size
    q2 = 0.5 * q1 * dt
    q3 = q1 * dt2 / 3.0
    out_x = x.copy()
    out_x[0] += dt * x[2]
    out_x[1] += dt * x[3]
    out = np.empty_like(p)
    out[0] = p[0] + 2.0 * dt * p[3] + dt2 * p[7] + q3
    out[1] = p[1] + dt * (p[4] + p[5]) + dt2 * p[8]
    out[2] = p[2] + 2.0 * dt * p[6] + dt2 * p[9] + q3
    cross = dt * p[8]
    out[3] = p[3] + dt * p[7] + q2
    out[4] = p[4] + cross
    out[5] = p[5] + cross
    out[6] = p[6] + dt * p[9] + q2
    out[7] = p[7] + q1
    out[8] = p[8]
    out[9] = p[9] + q1
    return out_x, out


def position_at(x: Floats, p: Floats, dt: Floats, q: Floats) -> tuple[Floats, Floats, Floats]:
    """The position part of :func:`predict` alone: e (k,), n (k,) and A as (3, k)."""
    dt2 = dt * dt
    q3 = q * np.abs(dt) * dt2 / 3.0
    a = np.empty((3, dt.size))
    a[0] = p[0] + 2.0 * dt * p[3] + dt2 * p[7] + q3
    a[1] = p[1] + dt * (p[4] + p[5]) + dt2 * p[8]
    a[2] = p[2] + 2.0 * dt * p[6] + dt2 * p[9] + q3
    return x[0] + dt * x[2], x[1] + dt * x[3], a


def measure_position(x: Floats, p: Floats, z_e: Floats, z_n: Floats, r: Floats) -> None:
    """Take a position in place; ``r`` (3, k) holds R_ee, R_en, R_nn in m2."""
    _measure(x, p, z_e, z_n, r, _POSITION)


def measure_velocity(x: Floats, p: Floats, z_e: Floats, z_n: Floats, r: Floats) -> None:
    """Take a velocity in place; ``r`` (3, k) in m2/s2."""
    _measure(x, p, z_e, z_n, r, _VELOCITY)


_Layout = tuple[int, int, tuple[int, int, int], tuple[int, int, int, int], int, int, tuple[int, int, int]]


def _measure(x: Floats, p: Floats, z_e: Floats, z_n: Floats, r: Floats, layout: _Layout) -> None:
    i_e, i_n, (a, b, c), (k, l, m, n), o_e, o_n, (u, v, w) = layout  # noqa: E741
    m_ee, m_en, m_nn = p[a], p[b], p[c]
    x_ee, x_en, x_ne, x_nn = p[k], p[l], p[m], p[n]
    s_ee, s_en, s_nn = m_ee + r[0], m_en + r[1], m_nn + r[2]
    scale = 1.0 / (s_ee * s_nn - s_en * s_en)
    h_ee, h_en, h_nn = s_nn * scale, -s_en * scale, s_ee * scale
    y_e, y_n = z_e - x[i_e], z_n - x[i_n]
    w_e, w_n = h_ee * y_e + h_en * y_n, h_en * y_e + h_nn * y_n
    x[i_e] += m_ee * w_e + m_en * w_n
    x[i_n] += m_en * w_e + m_nn * w_n
    x[o_e] += x_ee * w_e + x_ne * w_n
    x[o_n] += x_en * w_e + x_nn * w_n
    t_ee, t_en = h_ee * x_ee + h_en * x_ne, h_ee * x_en + h_en * x_nn
    t_ne, t_nn = h_en * x_ee + h_nn * x_ne, h_en * x_en + h_nn * x_nn
    other = (
        p[u] - (x_ee * t_ee + x_ne * t_ne),
        p[v] - (x_ee * t_en + x_ne * t_nn),
        p[w] - (x_en * t_en + x_nn * t_nn),
    )
    g_ee, g_en = r[0] * h_ee + r[1] * h_en, r[0] * h_en + r[1] * h_nn
    g_ne, g_nn = r[1] * h_ee + r[2] * h_en, r[1] * h_en + r[2] * h_nn
    cross = (
        g_ee * x_ee + g_en * x_ne,
        g_ee * x_en + g_en * x_nn,
        g_ne * x_ee + g_nn * x_ne,
        g_ne * x_en + g_nn * x_nn,
    )
    mine = (
        g_ee * m_ee + g_en * m_en,
        0.5 * (g_ee * m_en + g_en * m_nn + g_ne * m_ee + g_nn * m_en),
        g_ne * m_en + g_nn * m_nn,
    )
    p[a], p[b], p[c] = mine
    p[k], p[l], p[m], p[n] = cross
    p[u], p[v], p[w] = other


def distance2(y_e: Floats, y_n: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Squared Mahalanobis distance (k,) of (y_e, y_n) under ``s`` (3, k), and det S."""
    det = s[0] * s[2] - s[1] * s[1]
    return (s[2] * y_e * y_e - 2.0 * s[1] * y_e * y_n + s[0] * y_n * y_n) / det, det


def full(p: Floats) -> Floats:
    """The ten rows (10, k) as matrices (k, 4, 4), C-order."""
    order = [0, 1, 3, 4, 1, 2, 5, 6, 3, 5, 7, 8, 4, 6, 8, 9]
    return np.ascontiguousarray(p[order].T).reshape(-1, 4, 4)
