"""The judge, in simulated time: it finds what is right, and it finds what is wrong."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from v2x.certs import Verifier, pki
from v2x.fusion import Tracker
from v2x.fusion.tokens import tokenize
from v2x.objects import EgoState
from v2x.pipeline import Accepted, Pipeline
from v2x.scenarios.judge import Judge
from v2x.scenarios.sensor import SimulatedSensor
from v2x.scenarios.world import Credentials, World
from v2x.station import Tick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from v2x.objects import Environment

TICKS = 200


def unchanged(environment: Environment) -> Environment:
    return environment


def play(
    credentials: Credentials,
    directory: Path,
    start_at: float,
    change: Callable[[Environment], Environment] = unchanged,
    ticks: int = TICKS,
) -> Judge:
    """The demo's whole way without threads and without waiting: ten frames of tokens a simulated second."""
    world = World(credentials, start_at, seed=3)
    pipeline = Pipeline(Verifier(pki.load_trust(directory)), world.frame)
    tracker, sensor = Tracker(world.frame), SimulatedSensor(random.Random(4))
    judge = Judge(lambda _at: world.truths, frozenset(s.identity.name for s in world.fleet.senders))
    east_m, north_m, yaw_rad = world.ego_stand()
    for index in range(1, ticks + 1):
        at = start_at + 0.1 * index
        ego = EgoState(at, east_m, north_m, yaw_rad, 0.0)
        verdicts = [pipeline.feed(sent.data, sent.at) for sent in world.due(at)]
        observed: list[Any] = [claim for v in verdicts if isinstance(v, Accepted) for claim in v.observed]
        observed += sensor.observe(at, ego, world.truths)
        environment = change(tracker.step(observed, ego, at))
        judge(Tick(index, environment, tokenize(environment)))
    return judge


@pytest.fixture(scope="module")
def judged(pki_directory: Path, start_at: float) -> Judge:
    return play(Credentials.of(pki_directory), pki_directory, start_at)


def test_each_true_road_user_has_one_track_of_its_own(judged: Judge) -> None:
    matched = {m["truth_id"]: m for m in judged.report()["matched"]}
    assert set(matched) == {f"vehicle-{k:02d}" for k in range(1, 31)} | {"rider"}
    assert len({m["track_id"] for m in matched.values()}) == len(matched)
    for name, row in matched.items():
        assert row["followed"] == row["ticks"] > 50, name
        assert row["switches"] == 0, name
        assert row["rmse_m"] < 1.5, name


def test_nine_of_ten_honest_vehicles_are_tokens_at_any_tick(judged: Judge) -> None:
    assert judged.least_share is not None
    assert judged.least_share >= 0.9


def test_tracks_of_those_that_left_are_all_that_follows_nobody(judged: Judge) -> None:
    assert judged.ticks == TICKS
    assert judged.strays < 0.05 * 31 * TICKS


def test_displaced_tracks_do_not_pass(credentials: Credentials, pki_directory: Path, start_at: float) -> None:
    def displaced(environment: Environment) -> Environment:
        moved = tuple(
            replace(t, east_m=t.east_m + 40.0, north_m=t.north_m + 40.0) for t in environment.tracks
        )
        return replace(environment, tracks=moved)

    judge = play(credentials, pki_directory, start_at, displaced, ticks=12)
    assert judge.report()["strays"] > 20
    assert judge.least_share is not None
    assert judge.least_share < 0.3


def test_ghosts_are_counted(credentials: Credentials, pki_directory: Path, start_at: float) -> None:
    def haunted(environment: Environment) -> Environment:
        if not environment.tracks:
            return environment
        ghost = replace(environment.tracks[0], track_id=9999, east_m=900.0, north_m=900.0)
        return replace(environment, tracks=(*environment.tracks, ghost))

    honest = play(credentials, pki_directory, start_at, ticks=12)
    judge = play(credentials, pki_directory, start_at, haunted, ticks=12)
    assert judge.report()["strays"] == honest.report()["strays"] + 1


def test_a_switch_of_tracks_is_counted(
    credentials: Credentials, pki_directory: Path, start_at: float
) -> None:
    def renamed(environment: Environment) -> Environment:
        late = environment.at > start_at + 1.0
        tracks = tuple(replace(t, track_id=t.track_id + (1000 if late else 0)) for t in environment.tracks)
        return replace(environment, tracks=tracks)

    judge = play(credentials, pki_directory, start_at, renamed, ticks=20)
    assert sum(m["switches"] for m in judge.report()["matched"]) >= 30
