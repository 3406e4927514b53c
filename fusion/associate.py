"""Which observation belongs to which track: gates on position, heading and speed, then priced assignment.

For a pair, with dt = measured_at - track clock, y the innovation and S its covariance (both clocks, both
common-mode errors, and for velocities a slack):

    d2_position = y^T S^-1 y  <= gate     d2_velocity <= gate     |yaw difference| <= gate where both move
    cost        = d2_position + d2_velocity + max(0, ln det S)

The assignment minimises the sum of costs where leaving an observation alone has a price of its own: without
it, a full matching pairs strangers as soon as traffic is dense.  Candidates come from a k-d tree at one
common instant; the solver is SciPy's sparse bipartite matching with one private dummy per observation.

Source: Mahalanobis gating and global nearest neighbour are textbook; the priced dummy column is the usual
reduction of an assignment with misses to a full matching.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from v2x.fusion import kalman
from v2x.fusion.bank import Row
from v2x.fusion.intake import KIND_GROUP, Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.bank import Bank
    from v2x.fusion.intake import Batch
    from v2x.fusion.settings import TrackerSettings

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Comparison", "assign", "candidates", "compare"]

NEAREST = 8
"""Tracks compared with an observation: at 15 m2 per object as many lie within 6 m.  A flood of claims about
one place would else make the pairs grow with its square."""

_MOVING_MPS = 1.5
"""Below it a heading is noise."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs (k,) of one observation and one track each."""

    position: Floats
    """Squared Mahalanobis distance of the positions."""
    velocity: Floats
    """The same of the velocities; 0 where the observation says none."""
    log_det: Floats
    """ln det S of the position, m4."""
    compatible: NDArray[np.bool_]
    """Headings and kinds don't contradict."""

    def passes(self, position: float, velocity: float) -> NDArray[np.bool_]:
        """Within both gates, and compatible."""
        good: NDArray[np.bool_] = (self.position <= position) & (self.velocity <= velocity) & self.compatible
        return good

    def cost(self) -> Floats:
        """What a pair costs; above 0, as the sparse solver takes 0 for "no edge"."""
        cost: Floats = self.position + self.velocity + np.maximum(self.log_det, 0.0) + 1e-6
        return cost


def compare(bank: Bank, columns: Ints, batch: Batch, chosen: Ints, settings: TrackerSettings) -> Comparison:
    """Compare the tracks ``columns`` (k,) with the observations ``chosen`` (k,), pair by pair."""
    data = bank.data
    x, p = data[Row.X, columns], data[Row.P, columns]
    density = data[Row.DENSITY, columns]
    dt = batch[Column.AT][chosen] - data[Row.CLOCK, columns]
    east, north, s = kalman.position_at(x, p, dt, density)
    common = data[Row.COMMON_MODE, columns] ** 2 + batch.common_mode[chosen] ** 2
    lag2 = np.square(np.minimum(dt, 0.0)) * np.where(
        batch.has_velocity[chosen], batch.velocity_noise[0, chosen] + batch.velocity_noise[2, chosen], 0.0
    )
    widened = batch.position_noise[chosen] + common + lag2
    s[0] += widened
    s[2] += widened
    position, det = kalman.distance2(
        batch[Column.EAST][chosen] - east, batch[Column.NORTH][chosen] - north, s
    )
    return Comparison(
        position=position,
        velocity=_velocity_distance(x, p, density * np.abs(dt), batch, chosen, settings),
        log_det=np.log(np.maximum(det, 1e-300)),
        compatible=_compatible(bank, columns, x, batch, chosen, settings),
    )


def _velocity_distance(
    x: Floats, p: Floats, grown: Floats, batch: Batch, chosen: Ints, settings: TrackerSettings
) -> Floats:
    slack = settings.gate_speed_slack_mps**2 + grown
    noise = batch.velocity_noise[:, chosen]
    s = np.stack((p[7] + noise[0] + slack, p[8] + noise[1], p[9] + noise[2] + slack))
    vector, _ = kalman.distance2(batch.velocity[0, chosen] - x[2], batch.velocity[1, chosen] - x[3], s)
    spread = p[7] + p[9] + slack + batch[Column.SPEED_SIGMA][chosen] ** 2
    scalar = np.square(np.abs(batch[Column.SPEED][chosen]) - np.hypot(x[2], x[3])) / spread
    distance: Floats = np.where(batch.has_velocity[chosen], vector, np.where(np.isnan(scalar), 0.0, scalar))
    return distance


def _compatible(
    bank: Bank, columns: Ints, x: Floats, batch: Batch, chosen: Ints, settings: TrackerSettings
) -> NDArray[np.bool_]:
    yaw = batch[Column.YAW][chosen]
    moving = (np.hypot(x[2], x[3]) > _MOVING_MPS) & (batch[Column.SPEED][chosen] > _MOVING_MPS)
    along = (np.cos(yaw) * x[2] + np.sin(yaw) * x[3]) / np.maximum(np.hypot(x[2], x[3]), 1e-9)
    turned = moving & (along < np.cos(settings.gate_yaw_rad))
    mine = KIND_GROUP[bank.data[Row.KIND, columns].astype(np.intp)]
    theirs = KIND_GROUP[batch.kind[chosen]]
    strange = (mine > 0) & (theirs > 0) & (np.abs(mine - theirs) >= 2)
    compatible: NDArray[np.bool_] = ~turned & ~strange
    return compatible


def candidates(bank: Bank, batch: Batch, chosen: Ints, settings: TrackerSettings) -> tuple[Ints, Ints]:
    """The nearest tracks within ``gate_radius_m`` at the observations' median instant.

    Returns pairs, sorted: places in ``chosen``, columns.
    """
    if bank.n == 0 or chosen.size == 0:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    at = float(np.median(batch[Column.AT][chosen]))
    x = bank.rows(Row.X)
    ahead = at - bank.row(Row.CLOCK)
    tracks = cKDTree(np.stack((x[0] + ahead * x[2], x[1] + ahead * x[3]), axis=1))
    lag = at - batch[Column.AT][chosen]
    velocity = np.where(batch.has_velocity[chosen], batch.velocity[:, chosen], 0.0)
    points = np.stack(
        (batch[Column.EAST][chosen] + lag * velocity[0], batch[Column.NORTH][chosen] + lag * velocity[1]),
        axis=1,
    )
    k = min(NEAREST, bank.n)
    found = tracks.query(points, k=range(1, k + 1), distance_upper_bound=settings.gate_radius_m)
    away, column = np.asarray(found[0]), np.asarray(found[1])
    places, which = np.nonzero(np.isfinite(away))
    return places, column[places, which].astype(np.intp)


def assign(rows: Ints, columns: Ints, cost: Floats, price: float) -> Ints:
    """Indices into the pairs (``rows``, ``columns``) that the cheapest assignment takes.

    Each row (observation) takes at most one column (track) and each column is taken at most once; a row
    left alone costs ``price``.  Pairs must be unique and sorted by row.
    """
    affordable = np.flatnonzero(cost < price)
    if affordable.size == 0:
        return affordable
    row, column = rows[affordable], columns[affordable]
    alone = (np.bincount(row)[row] == 1) & (np.bincount(column)[column] == 1)
    hard = np.flatnonzero(~alone)
    if hard.size == 0:
        return affordable
    row_names, row_at = np.unique(row[hard], return_inverse=True)
    column_names, column_at = np.unique(column[hard], return_inverse=True)
    m, k = row_names.size, column_names.size
    weights = csr_matrix(
        (
            np.concatenate((cost[affordable][hard], np.full(m, price))),
            (
                np.concatenate((row_at, np.arange(m))),
                np.concatenate((column_at, k + np.arange(m))),
            ),
        ),
        shape=(m, k + m),
    )
    taken_row, taken_column = min_weight_full_bipartite_matching(weights)
    partner = np.full(m, -1, dtype=np.intp)
    partner[taken_row] = taken_column
    chosen = hard[partner[row_at] == column_at]
    return np.sort(np.concatenate((affordable[alone], affordable[chosen])))
