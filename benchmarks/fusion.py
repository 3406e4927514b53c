"""How long a fusion step and a token frame take, beside plain per-object filters in the same run.

Random traffic on a grid of streets at 60 m2 per object, 10 Hz; 80 % of the objects send BSM, 40 % are seen
by a road-side unit, 40 % by the own sensor, with noise and 30 to 120 ms of latency: 1.6 observations per
object.  "changing ids" gives every sensor and road-side object a new id in each sweep, so that everything
but the BSM goes through gates and assignment.  The peer is what is usually written first: one 4 x 4 Kalman
filter per object (filterpy where it is installed, else plain numpy matrices), a dense cost matrix and SciPy's
linear_sum_assignment for each source.  "filter alone" is predict and update of that many objects, without
matching.  Tokens are packed with a map of 120 lanes, 16 signal phases and 6 events.

Usage: python benchmarks/fusion.py [--steps N] [--quick]
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from v2x.fusion import Tracker, kalman
from v2x.fusion.tokens import tokenize
from v2x.geo import LocalFrame
from v2x.objects import (
    Connection,
    EgoState,
    Environment,
    Lane,
    Light,
    MapUpdate,
    ObjectKind,
    Observation,
    PhaseState,
    Provenance,
    RoadEvent,
    SignalUpdate,
    Source,
    Trust,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START_AT = 1_700_000_000.0
SOURCES = ((Source.BSM, 0.8, 0.4, 0.05), (Source.RSM, 0.4, 0.5, 0.12), (Source.SENSOR, 0.4, 0.3, 0.03))
TRUST = {Source.BSM: Trust.VERIFIED, Source.RSM: Trust.VERIFIED, Source.SENSOR: Trust.OWN}


def traffic(count: int, steps: int, changing_ids: bool) -> list[list[Observation]]:
    """``steps`` sweeps of ``count`` objects that drive straight."""
    rng = np.random.default_rng(count)
    side = np.sqrt(60.0 * count)
    place = rng.uniform(-side / 2, side / 2, (count, 2)) + 20.0
    yaw = rng.integers(0, 4, count) * np.pi / 2
    speed = rng.uniform(3.0, 15.0, count)
    seen = [rng.random(count) < share for _, share, _, _ in SOURCES]
    sweeps: list[list[Observation]] = []
    for step in range(steps):
        sweep: list[Observation] = []
        for (source, _, sigma, latency), who in zip(SOURCES, seen, strict=True):
            at = START_AT + 0.1 * step - latency
            origin = Provenance(source, TRUST[source], None, at + latency)
            for i in np.flatnonzero(who).tolist():
                age = at - START_AT
                place_now = place[i] + age * speed[i] * np.array([np.cos(yaw[i]), np.sin(yaw[i])])
                east, north = place_now + rng.normal(0.0, sigma, 2)
                name = f"{step}-{i}" if changing_ids and source is not Source.BSM else str(i)
                prefix = "rsm:1/" if source is Source.RSM else f"{source}:"
                sweep.append(
                    Observation(
                        origin,
                        prefix + name,
                        at,
                        float(east),
                        float(north),
                        speed_mps=float(abs(speed[i] + rng.normal(0.0, 0.3))),
                        yaw_rad=float(yaw[i] + rng.normal(0.0, 0.03)),
                        accel_mps2=0.0 if source is Source.BSM else None,
                        position_sigma_m=sigma,
                        length_m=4.6,
                        width_m=1.9,
                        kind=ObjectKind.CAR,
                        self_reported=source is Source.BSM,
                    )
                )
        sweeps.append(sweep)
    return sweeps


def junction(at: float) -> list[MapUpdate | SignalUpdate | RoadEvent]:
    """Four junctions of 30 lanes, their signals, and six events, around the origin."""
    origin = Provenance(Source.MAP, Trust.VERIFIED, None, at)
    found: list[MapUpdate | SignalUpdate | RoadEvent] = []
    for number in range(4):
        lanes = []
        for k in range(30):
            angle = 2 * np.pi * k / 30
            along = np.linspace(90.0, 10.0, 9)[:, None]
            points = along * np.array([[np.cos(angle), np.sin(angle)]]) + 60.0 * number
            way = (Connection((1, 99), 1, k % 4 + 1),)
            lanes.append(Lane((1, number), (1, 50 + k), 1, points, 3.5, 13.9, way))
        found.append(MapUpdate(origin, (1, number), 1, 60.0 * number, 60.0 * number, tuple(lanes)))
        phases = tuple(PhaseState(i, Light.RED, at + 9.0) for i in range(1, 5))
        found.append(SignalUpdate(origin, (1, number), at, phases))
    path = np.array([[0.0, 0.0], [50.0, 50.0]])
    return found + [RoadEvent(origin, f"e{i}", 707, False, 3, 9.0 * i, 0.0, 20.0, path) for i in range(6)]


class PlainFilter:
    """A textbook 4 x 4 filter with matrices."""

    def __init__(self, z: np.ndarray) -> None:
        self.x = np.array([z[0], z[1], 0.0, 0.0])
        self.P = np.diag([1.0, 1.0, 100.0, 100.0])
        self.F, self.H = np.eye(4), np.eye(4)[:2]
        self.Q, self.R = np.eye(4) * 0.1, np.eye(2) * 0.25

    def predict(self) -> None:
        """One tick later."""
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def update(self, z: np.ndarray) -> None:
        """Take a position."""
        gain = self.P @ self.H.T @ np.linalg.inv(self.H @ self.P @ self.H.T + self.R)
        self.x = self.x + gain @ (z - self.H @ self.x)
        self.P = (np.eye(4) - gain @ self.H) @ self.P


def new_filter(z: np.ndarray, peer: str) -> PlainFilter:
    if peer != "filterpy":
        one = PlainFilter(z)
    else:
        from filterpy.kalman import KalmanFilter

        one = KalmanFilter(dim_x=4, dim_z=2)
        one.x = np.array([z[0], z[1], 0.0, 0.0])
        one.P, one.H = np.diag([1.0, 1.0, 100.0, 100.0]), np.eye(4)[:2]
        one.Q, one.R = np.eye(4) * 0.1, np.eye(2) * 0.25
    one.F = np.eye(4)
    one.F[0, 2] = one.F[1, 3] = 0.1
    return one


class PlainTracker:
    """The peer: a list of filters, one dense assignment per source."""

    def __init__(self, peer: str) -> None:
        self.peer, self.filters = peer, []

    def step(self, sweep: Sequence[Observation]) -> None:
        """Predict, then match and update source by source; who is left is new."""
        for one in self.filters:
            one.predict()
        for source, *_ in SOURCES:
            points = np.array([(o.east_m, o.north_m) for o in sweep if o.provenance.source is source])
            left = set(range(len(points)))
            if self.filters:
                places = np.array([one.x[:2] for one in self.filters])
                cost = np.minimum(np.linalg.norm(points[:, None] - places[None], axis=2), 5.0)
                for i, j in zip(*linear_sum_assignment(cost), strict=True):
                    if cost[i, j] < 5.0:
                        self.filters[j].update(points[i])
                        left.discard(i)
            self.filters += [new_filter(points[i], self.peer) for i in sorted(left)]


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000.0 * (time.perf_counter() - start)


def spread(values: list[float]) -> str:
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:7.2f}  p95 {p95:7.2f} ms"


def run(
    count: int, steps: int, changing_ids: bool, with_map: bool = False
) -> tuple[list[float], Environment, float]:
    tracker = Tracker(LocalFrame(30.0, 104.0))
    sweeps = traffic(count, steps, changing_ids)
    gc.collect()
    gc.freeze()  # the prepared input must not weigh on the collector
    times = []
    for step, sweep in enumerate(sweeps):
        at = START_AT + 0.1 * step
        ego = EgoState(at, -40.0, 0.0, 0.0, 5.0)
        items = [*sweep, *junction(at)] if with_map else sweep
        start = time.perf_counter()
        environment = tracker.step(items, ego, at)
        times.append(1000.0 * (time.perf_counter() - start))
    return times[10:], environment, sum(map(len, sweeps)) / steps


def run_plain(peer: str, sweeps: list[list[Observation]]) -> list[float]:
    rival = PlainTracker(peer)
    return [timed(lambda sweep=sweep: rival.step(sweep)) for sweep in sweeps][5:]


def filter_alone(count: int, peer: str) -> None:
    rng = np.random.default_rng(1)
    x, p = rng.normal(0.0, 50.0, (4, count)), np.zeros((10, count))
    p[0], p[2], p[7], p[9] = 1.0, 1.0, 100.0, 100.0
    dt, density, noise = np.full(count, 0.1), np.full(count, 3.0), np.full((3, count), 0.25)
    noise[1] = 0.0

    def ours() -> None:
        state, covariance = kalman.predict(x, p, dt, density)
        kalman.measure_position(state, covariance, x[0], x[1], noise)

    plain = [new_filter(x[:2, i], peer) for i in range(count)]

    def theirs() -> None:
        for i, one in enumerate(plain):
            one.predict()
            one.update(x[:2, i])

    batched, single = [timed(ours) for _ in range(50)], [timed(theirs) for _ in range(5)]
    ratio = np.median(single) / np.median(batched)
    print(f"filter alone {count:5d} objects  {spread(batched)};  {peer} {spread(single)}  {ratio:.0f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=110)
    parser.add_argument("--quick", action="store_true", help="30 steps, small traffic only")
    options = parser.parse_args()
    steps = 30 if options.quick else options.steps
    peer = "filterpy" if importlib.util.find_spec("filterpy") else "plain numpy matrices"
    goals = {200: 8.0} if options.quick else {200: 8.0, 1000: 25.0}
    for count, goal in goals.items():
        for changing in (False, True):
            times, environment, seen = run(count, steps, changing)
            ids = "changing ids" if changing else "stable ids"
            tracks = f"{len(environment.tracks):5d} tracks {seen:6.0f} observations"
            print(f"step {tracks}, {ids:12s}  {spread(times)}  goal p95 {goal:g}")
        plain = run_plain(peer, traffic(count, min(steps, 20), changing_ids=False))
        ratio = np.median(plain) / np.median(times)
        print(f"     one filter per object ({peer})  {spread(plain)}  {ratio:.1f} x ours with changing ids")
    for count in goals:
        filter_alone(count, peer)
    for count in (64, 200):
        _, environment, _ = run(count, 15, changing_ids=False, with_map=True)
        frame = tokenize(environment)
        tokens = [timed(lambda e=environment: tokenize(e)) for _ in range(steps)]
        held = ", ".join(f"{int(frame.arrays[n + '_mask'].sum())} {n}" for n in ("agents", "map", "signals"))
        print(f"tokenize {len(environment.tracks):4d} tracks: {held}  {spread(tokens)}  goal 1")


if __name__ == "__main__":
    main()
