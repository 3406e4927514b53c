"""Maps, signals and events: replaced, joined, aged, bounded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.objects import (
    Connection,
    EgoState,
    Lane,
    Light,
    MapUpdate,
    PhaseState,
    Provenance,
    RoadEvent,
    SignalUpdate,
    Source,
    Trust,
)

NODE = (430, 12)


@pytest.fixture
def ego(start_at):
    """Near the junction, unlike the others' ego."""
    return lambda at=start_at, **fields: replace(EgoState(at, -150.0, -20.0, 0.0, 0.0), **fields)


@pytest.fixture
def make_map(start_at):
    def make(node=NODE, at=start_at, revision=1, lanes=2, trust=Trust.VERIFIED, length=100.0, phase=None):
        made = tuple(
            Lane(
                node,
                (node[0], 99),
                i + 1,
                np.array([[-length, 3.5 * i], [0.0, 3.5 * i]]),
                3.5,
                16.7,
                (Connection((node[0], 77), 1, phase or i + 1, frozenset({"maneuverStraightAllowed"})),),
            )
            for i in range(lanes)
        )
        return MapUpdate(Provenance(Source.MAP, trust, "ab", at), node, revision, 0.0, 0.0, made)

    return make


@pytest.fixture
def make_signal(start_at):
    def make(at=start_at, light=Light.RED, trust=Trust.VERIFIED, node=NODE, **ends):
        phases = (
            PhaseState(1, light, ends.get("likely", at + 10.0)),
            PhaseState(2, Light.PROTECTED_GREEN, None),
        )
        return SignalUpdate(Provenance(Source.SPAT, trust, "ab", at + 0.02), node, at, phases)

    return make


@pytest.fixture
def make_event(start_at):
    def make(name="rsi:0a/rte/1", at=start_at, **fields):
        origin = Provenance(Source.RSI, fields.pop("trust", Trust.VERIFIED), "ab", at)
        base = RoadEvent(origin, name, 707, False, 3, 10.0, 5.0, 50.0)
        return replace(base, **fields)

    return make


def test_signals_find_their_lanes(tracker, ego, start_at, make_map, make_signal) -> None:
    environment = tracker.step([make_signal(), make_map()], ego(start_at), start_at + 0.5)
    assert [v.lane.lane_id for v in environment.lanes] == [1, 2]
    assert [(s.phase.phase_id, s.lane_indices) for s in environment.signals] == [(1, (0,)), (2, (1,))]
    assert environment.lanes[0].age_s == pytest.approx(0.5)
    assert environment.signals[0].age_s == pytest.approx(0.5)
    assert environment.signals[0].provenance.signer == "ab"


def test_a_signal_without_a_map_is_still_said(tracker, ego, start_at, make_signal) -> None:
    environment = tracker.step([make_signal()], ego(start_at), start_at)
    assert [s.lane_indices for s in environment.signals] == [(), ()]


def test_an_outdated_signal_is_dropped(tracker, ego, start_at, make_signal, make_map) -> None:
    tracker.step([make_signal(), make_map()], ego(start_at), start_at)
    assert tracker.step([], ego(start_at + 2.9), start_at + 2.9).signals
    assert not tracker.step([], ego(start_at + 3.1), start_at + 3.1).signals
    late = make_signal(at=start_at)
    assert not tracker.step([late], ego(start_at + 3.2), start_at + 3.2).signals
    assert tracker.counters["stale"] == 1


def test_a_signal_from_the_future_is_refused(tracker, ego, start_at, make_signal) -> None:
    environment = tracker.step([make_signal(at=start_at + 5.0)], ego(start_at), start_at)
    assert not environment.signals
    assert tracker.counters["future"] == 1


def test_an_older_statement_does_not_replace_a_newer(tracker, ego, start_at, make_signal) -> None:
    new, old = make_signal(at=start_at, light=Light.YELLOW), make_signal(at=start_at - 0.5)
    environment = tracker.step([new, old], ego(start_at), start_at)
    assert environment.signals[0].phase.light is Light.YELLOW
    assert tracker.counters["world_outdated"] == 1


def test_another_revision_replaces_the_map(tracker, ego, start_at, make_map) -> None:
    tracker.step([make_map(lanes=4)], ego(start_at), start_at)
    newer = make_map(at=start_at + 1.0, revision=2, lanes=1)
    environment = tracker.step([newer], ego(start_at + 1.0), start_at + 1.0)
    assert len(environment.lanes) == 1


@pytest.mark.parametrize("trust", [Trust.UNSIGNED, Trust.UNCHECKED])
def test_the_unverified_does_not_replace_the_verified(
    trust, tracker, ego, start_at, make_map, make_signal, make_event
) -> None:
    tracker.step([make_map(), make_signal(), make_event()], ego(start_at), start_at)
    at = start_at + 0.1
    forged = [
        make_map(at=at, revision=2, lanes=1, trust=trust),
        make_signal(at=at, light=Light.PROTECTED_GREEN, trust=trust),
        make_event(at=at, trust=trust, type_code=1),
    ]
    environment = tracker.step(forged, ego(at), at)
    assert len(environment.lanes) == 2
    assert environment.signals[0].phase.light is Light.RED
    assert environment.events[0].type_code == 707
    assert tracker.counters["shadowed"] == 3


def test_events_end_by_their_time_or_by_silence(tracker, ego, start_at, make_event) -> None:
    at = start_at
    timed = make_event("a", ends_at=at + 5.0)
    silent = make_event("b")
    planned = make_event("c", starts_at=at + 2.0)

    def names(after):
        environment = tracker.step([], ego(at + after), at + after)
        return [e.event_id for e in environment.events]

    tracker.step([timed, silent, planned], ego(at), at)
    assert names(0.5) == ["a", "b"]
    assert names(2.5) == ["a", "b", "c"]
    assert names(5.5) == ["b", "c"]
    assert names(10.5) == []


def test_far_lanes_are_kept_but_not_shown(tracker, ego, start_at, make_map) -> None:
    tracker.step([make_map()], ego(start_at, east_m=-50.0, north_m=0.0), start_at)
    away = ego(start_at + 0.1, east_m=900.0, north_m=0.0)
    assert not tracker.step([], away, start_at + 0.1).lanes
    through = ego(start_at + 0.2, east_m=-50.0, north_m=0.0)
    assert tracker.step([make_map(length=5000.0)], through, start_at + 0.2).lanes


def test_stores_are_bounded_and_the_unverified_goes_first(
    tracker, ego, start_at, make_map, make_event
) -> None:
    maps = [make_map(node=(1, i), trust=Trust.UNSIGNED) for i in range(80)]
    events = [make_event(f"e{i}", trust=Trust.UNSIGNED) for i in range(300)]
    sweep = [make_map(), make_event("honest"), *maps, *events]
    environment = tracker.step(sweep, ego(start_at), start_at)
    assert len(environment.lanes) == 64 * 2
    assert len(environment.events) == 256
    assert any(v.lane.node == NODE for v in environment.lanes)
    assert any(e.event_id == "honest" for e in environment.events)
    assert tracker.counters["world_limit"] == 81 - 64 + 301 - 256


def test_only_the_best_lanes_are_shown(tracker, ego, start_at, make_map) -> None:
    maps = [make_map(node=(1, i), trust=Trust.UNSIGNED, lanes=250) for i in range(6)]
    environment = tracker.step([*maps, make_map(lanes=30)], ego(start_at), start_at)
    assert len(environment.lanes) == 512
    assert sum(v.lane.node == NODE for v in environment.lanes) == 30


def test_odd_updates_are_refused(tracker, ego, start_at, make_map, make_signal, make_event) -> None:
    good = make_map()
    bent = replace(good.lanes[0], points_m=np.array([[0.0, np.nan], [1.0, 1.0]]))
    flat = replace(good.lanes[0], points_m=np.array([1.0, 2.0]))
    short = replace(good.lanes[0], points_m=np.array([[0.0, 1.0]]))
    sweep = [
        replace(good, lanes=(bent,)),
        replace(good, lanes=(flat,)),
        replace(good, lanes=(short,)),
        replace(good, lanes=(replace(good.lanes[0], points_m=np.array([["a", "b"], ["c", None]])),)),
        replace(good, east_m=float("nan")),
        make_signal(likely=float("inf")),
        make_event(path_m=np.array([[0.0, np.inf]])),
        make_event(radius_m=float("nan")),
        make_event(starts_at="soon"),
    ]
    environment = tracker.step(sweep, ego(start_at), start_at)
    assert not environment.lanes
    assert not environment.signals
    assert not environment.events
    assert dict(tracker.counters) == {"non_finite": 9}
    tracker.step([replace(good, lanes=good.lanes * 200), object()], ego(start_at), start_at)  # type: ignore[list-item]
    tracker.step([make_event(type_code=1 << 70)], ego(start_at), start_at)
    assert tracker.counters["out_of_range"] == 1
    long = np.zeros((65, 2))
    tracker.step(
        [replace(good, lanes=(replace(good.lanes[0], points_m=long),)), make_event(path_m=long)],
        ego(start_at),
        start_at,
    )
    assert tracker.counters["world_limit"] == 3
    assert tracker.counters["source"] == 1
