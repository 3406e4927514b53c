"""The priced assignment against a dense solver, and the gates."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from v2x.fusion.associate import assign


def _dense(rows, columns, cost, m, n, price):  # type: ignore[no-untyped-def]
    """The same problem with SciPy's dense solver: a block of private dummies beside the costs."""
    big = 1e6
    table = np.full((m, n + m), big)
    table[rows, columns] = cost
    table[np.arange(m), n + np.arange(m)] = price
    i, j = linear_sum_assignment(table)
    return float(table[i, j].sum())


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.floats(0.05, 1.0))
@settings(max_examples=150, deadline=None)
def test_the_assignment_is_the_cheapest(seed: int, m: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = np.nonzero(rng.random((m, n)) < density)
    cost, price = rng.uniform(0.1, 30.0, rows.size), 20.0
    taken = assign(rows, columns, cost, price)
    assert np.unique(rows[taken]).size == taken.size
    assert np.unique(columns[taken]).size == taken.size
    ours = cost[taken].sum() + price * (m - taken.size)
    np.testing.assert_allclose(ours, _dense(rows, columns, cost, m, n, price), rtol=1e-9)


def test_the_price_keeps_strangers_apart() -> None:
    """A full matching would pair 0 with 1 and 1 with 0; the price leaves the second one alone."""
    rows, columns = np.array([0, 0, 1]), np.array([0, 1, 0])
    cost = np.array([1.0, 19.5, 19.0])
    assert assign(rows, columns, cost, 15.0).tolist() == [0]
    assert sorted(assign(rows, columns, cost, 100.0).tolist()) == [1, 2]


def test_crossing_vehicles_are_told_apart_by_heading(tracker, observe, ego, start_at) -> None:
    """Two cars through one point, 90 degrees apart, under new sensor names in every sweep."""
    names = {}
    for k in range(41):
        t = 0.1 * k - 2.0
        at = start_at + 0.1 * k
        sweep = [
            observe(f"sensor:{2 * k}", at, east=10.0 * t, yaw=0.0),
            observe(f"sensor:{2 * k + 1}", at, north=10.0 * t, yaw=np.pi / 2),
        ]
        tracks = tracker.step(sweep, ego(at), at).tracks
        for track in tracks:
            names.setdefault(track.track_id, set()).add(round(track.yaw_rad, 1))
    assert names == {1: {0.0}, 2: {1.6}}


def test_a_late_sweep_of_fast_objects_finds_its_tracks(tracker, observe, ego, start_at) -> None:
    """30 m/s, 0.4 s old, no velocity said: the tracks are taken back to the sweep, not to now."""
    for k in range(10):
        at = start_at + 0.1 * k
        sweep = [observe("bsm:01", at, east=3.0 * k, speed=30.0)]
        if k >= 5:
            sweep.append(observe(f"cloud:{k}", at - 0.4, east=3.0 * k - 12.0, speed=None, yaw=None))
        tracks = tracker.step(sweep, ego(at), at).tracks
    assert len(tracks) == 1
    assert len(tracks[0].sources) == 2
