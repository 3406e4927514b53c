"""Makers of observations and ego states, and a small world of moving objects with known truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from v2x.fusion import Tracker, TrackerSettings
from v2x.geo import LocalFrame
from v2x.objects import EgoState, ObjectKind, Observation, Provenance, Source, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

START_AT = 1_763_700_000.0


def _observe(
    name: str = "bsm:01",
    at: float = START_AT,
    east: float = 0.0,
    north: float = 0.0,
    *,
    speed: float | None = 10.0,
    yaw: float | None = 0.0,
    source: Source | None = None,
    trust: Trust | None = None,
    signer: str | None = None,
    latency: float = 0.05,
    kind: ObjectKind = ObjectKind.CAR,
    **more: Any,
) -> Observation:
    origin = source or Source(name.partition(":")[0])
    level = trust if trust is not None else Trust.OWN if origin is Source.SENSOR else Trust.VERIFIED
    if signer is None and level is Trust.VERIFIED:
        signer = "5197000000000001" if origin is Source.BSM else "5197000000000002"
    values: dict[str, Any] = {"position_sigma_m": 0.4, "self_reported": origin is Source.BSM}
    return Observation(
        Provenance(origin, level, signer, at + latency),
        name,
        at,
        east,
        north,
        speed_mps=speed,
        yaw_rad=yaw,
        kind=kind,
        **{**values, **more},
    )


@pytest.fixture(scope="session")
def start_at() -> float:
    return START_AT


@pytest.fixture(scope="session")
def observe() -> Callable[..., Observation]:
    """observe(name, at, east, north, speed=, yaw=, source=, trust=, ...) with plausible defaults."""
    return _observe


@pytest.fixture(scope="session")
def frame() -> LocalFrame:
    return LocalFrame(28.0985258, 112.9830304)


@pytest.fixture(scope="session")
def ego() -> Callable[..., EgoState]:
    """ego(at, **fields): out of the way unless told otherwise."""

    def make(at: float = START_AT, **fields: float) -> EgoState:
        return replace(EgoState(at, -500.0, -500.0, 0.0, 0.0), **fields)

    return make


@pytest.fixture
def tracker(frame: LocalFrame) -> Tracker:
    return Tracker(frame)


@pytest.fixture(scope="session")
def make_tracker(frame: LocalFrame) -> Callable[..., Tracker]:
    def make(**settings: Any) -> Tracker:
        return Tracker(frame, TrackerSettings(**settings))

    return make


@dataclass(frozen=True)
class Mover:
    """Truth: constant speed, constant yaw rate."""

    east: float
    north: float
    yaw: float
    speed: float
    yaw_rate: float = 0.0

    def at(self, t: float) -> tuple[float, float, float]:
        """East, north, yaw ``t`` seconds after the start."""
        half = 0.5 * self.yaw_rate * t
        chord = self.speed * t * (math.sin(half) / half if half else 1.0)
        return (
            self.east + chord * math.cos(self.yaw + half),
            self.north + chord * math.sin(self.yaw + half),
            self.yaw + 2.0 * half,
        )


@pytest.fixture(scope="session")
def grid_traffic() -> Callable[[int], list[Mover]]:
    """``n`` vehicles in ten lanes 3.5 m apart, driving east and west by turns, 12 m apart in a lane."""

    def make(n: int) -> list[Mover]:
        rng = np.random.default_rng(7)
        lanes, movers = 10, []
        for i in range(n):
            lane, place = i % lanes, i // lanes
            yaw = 0.0 if lane % 2 else math.pi
            east = 14.0 * place + float(rng.uniform(0.0, 2.0)) - 7.0 * n / lanes
            movers.append(Mover(east, 3.5 * lane, yaw, 8.0 + lane))
        return movers

    return make
