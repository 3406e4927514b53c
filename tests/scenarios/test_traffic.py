"""The simulated traffic: nobody overlaps, everybody obeys, everybody comes back, all of it repeatable."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from v2x.footprint import overlap
from v2x.objects import Light
from v2x.scenarios.junction import recorded_junction
from v2x.scenarios.roads import Roads
from v2x.scenarios.roadside import Rider
from v2x.scenarios.signals import SignalPlan, SignalSettings
from v2x.scenarios.traffic import Traffic, TrafficSettings

START_AT = 1_763_700_000.0


@pytest.fixture(scope="module")
def roads() -> Roads:
    return Roads(recorded_junction().update)


def make(roads: Roads, seed: int = 1) -> Traffic:
    plan = SignalPlan(roads.phases_by_arm(), START_AT)
    return Traffic(roads, plan, START_AT, random.Random(seed))


def test_ten_minutes_without_an_overlap(roads: Roads) -> None:
    traffic, rider = make(roads), Rider(START_AT)
    plan = SignalPlan(roads.phases_by_arm(), START_AT)
    fronts: dict[str, float] = {}
    trips = dict.fromkeys((t.name for t in traffic.truths()), 0)
    seen_away = dict.fromkeys(trips, False)
    most_away, hardest, jumps = 0, 0.0, 0
    before: dict[str, tuple[float, float]] = {}
    for tick in range(1, 3001):
        at = START_AT + 0.2 * tick
        traffic.step(at)
        truths = traffic.truths()
        users = [t for t in (*truths, rider.truth(at)) if t.on_road]
        centres = np.array([(t.east_m, t.north_m) for t in users])
        apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
        for i, j in zip(*np.nonzero(np.triu(apart < 8.0, 1)), strict=True):
            assert not overlap(users[i].box(), users[j].box()), (at - START_AT, users[i], users[j])
        most_away = max(most_away, traffic.away)
        hardest = min(hardest, *(t.accel_mps2 for t in truths))
        for index, truth in enumerate(truths):
            if truth.on_road and truth.name in before:
                moved = math.dist(before[truth.name], (truth.east_m, truth.north_m))
                jumps += moved > 0.2 * 17.0
            if truth.on_road:
                before[truth.name] = (truth.east_m, truth.north_m)
            else:
                before.pop(truth.name, None)
                trips[truth.name] += not seen_away[truth.name]
            seen_away[truth.name] = not truth.on_road
            vehicle = traffic._vehicles[index]
            crossed = fronts.get(truth.name, math.inf) <= vehicle.route.stop_m < vehicle.front_m
            if crossed and vehicle.on_road:
                light = plan.light(vehicle.route.phase_id, at - 0.2)
                assert light is not Light.RED or vehicle.leaves_anyway, (at - START_AT, vehicle.name)
            fronts[truth.name] = vehicle.front_m
    assert most_away <= 6
    assert hardest >= -4.0, "no hard braking, which would be a critical event"
    assert jumps == 0
    assert min(trips.values()) >= 1, "everybody gets through"
    assert sum(trips.values()) > 90


def test_the_state_depends_on_seed_and_instant_only(roads: Roads) -> None:
    one, two, other = make(roads), make(roads), make(roads, seed=2)
    for k in range(1, 301):
        one.step(START_AT + 0.1 * k)
    for k in range(1, 8):
        two.step(START_AT + 4.0 * k + 0.0137)
    two.step(START_AT + 30.0)
    other.step(START_AT + 30.0)
    assert one.truths() == two.truths()
    assert one.truths() != other.truths()


def test_time_does_not_go_back(roads: Roads) -> None:
    traffic = make(roads)
    traffic.step(START_AT + 1.0)
    with pytest.raises(ValueError, match="go back"):
        traffic.step(START_AT + 0.5)


def test_a_gap_of_hours_is_not_driven(roads: Roads) -> None:
    traffic = make(roads)
    traffic.step(START_AT + 7200.0)
    assert traffic.at == START_AT + 7200.0
    assert traffic._steps == 2400
    assert all(t.at == traffic.at for t in traffic.truths())


def test_too_many_vehicles_are_refused(roads: Roads) -> None:
    plan = SignalPlan(roads.phases_by_arm(), START_AT)
    with pytest.raises(ValueError, match="don't fit"):
        Traffic(roads, plan, START_AT, random.Random(1), TrafficSettings(vehicles=200))


def test_truth_is_consistent_with_itself(roads: Roads) -> None:
    """Velocity is the change of place, yaw rate the change of yaw."""
    traffic = make(roads)
    traffic.step(START_AT + 20.0)
    first = traffic.truths()
    traffic.step(START_AT + 20.05)
    for a, b in zip(first, traffic.truths(), strict=True):
        if not (a.on_road and b.on_road):
            continue
        assert math.hypot(b.east_m - a.east_m, b.north_m - a.north_m) == pytest.approx(
            0.05 * (a.speed_mps + b.speed_mps) / 2, abs=0.02
        )
        assert math.remainder(b.yaw_rad - a.yaw_rad, 2 * math.pi) == pytest.approx(
            0.05 * a.yaw_rate_radps, abs=0.01
        )


def test_routes_follow_the_recorded_lanes_and_the_movements(roads: Roads) -> None:
    update = recorded_junction().update
    assert len(roads.routes) == 12
    assert sorted(r.phase_id for r in roads.routes) == [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]
    arm_of = {node[1]: k for k, node in enumerate(roads.arms)}
    south = {r.phase_id: r for r in roads.routes_from(arm_of[150])}
    assert set(south) == {9, 10, 11}, "link 150: its movements win over its lane"
    assert (south[9].leave, south[10].leave) == (arm_of[1095], arm_of[148])
    for route in roads.routes:
        points = update.lanes[route.entry].points_m
        assert 170.0 < route.stop_m < 260.0
        for point in points:
            nearest = min(math.dist(point, p) for p in route.path.points[: int(route.stop_m) + 2])
            assert nearest < 1.0
        end = route.path.at(route.stop_m)
        assert math.dist(end[:2], points[-1]) < 0.5
        assert 1.0 / np.abs(route.path.curvatures).max() > 10.0
    turns = {r.phase_id: r.turn for r in roads.routes}
    assert [turns[p] for p in (1, 2, 3, 9, 10, 11)] == ["left", "straight", "right"] * 2


def test_the_cycle_gives_green_to_one_arm_at_a_time(roads: Roads) -> None:
    settings = SignalSettings(green_s=10.0, yellow_s=3.0, all_red_s=2.0)
    plan = SignalPlan(roads.phases_by_arm(), 100.0, settings)
    assert plan.cycle_s == 60.0
    for k in range(600):
        at = 100.0 + 0.1 * k
        state = plan.state_at(at)
        moving = {r.entry for r in roads.routes if state[r.phase_id] is not Light.RED}
        assert len(moving) <= 1
        for phase in plan.phases:
            now, second, third = plan.spans(phase, at)
            assert now.light is state[phase]
            assert now.starts_in_s == 0.0 < now.ends_in_s
            assert second.starts_in_s == pytest.approx(now.ends_in_s)
            assert third.starts_in_s == pytest.approx(second.ends_in_s)
            assert third.ends_in_s == pytest.approx(now.next_starts_in_s)
            assert plan.light(phase, at + now.ends_in_s + 0.01) is second.light
    with pytest.raises(ValueError):
        SignalSettings(green_s=0.0)
