"""The simulated own sensor: range, field of view, line of sight, confirmation, ids, noise."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from v2x.footprint import Box
from v2x.objects import EgoState, ObjectKind, Source, Trust
from v2x.scenarios.sensor import SensorSettings, SimulatedSensor
from v2x.scenarios.truth import Truth

EGO = EgoState(100.0, 0.0, 0.0, 0.0, 0.0)
CAR = Truth("a", "bsm:00", 100.0, 30.0, 0.0, 1.0, 8.0, 0.0, 0.0, 4.5, 1.8, 1.5, ObjectKind.CAR)
SURE = SensorSettings(detection=1.0, confirm_s=0.0)


def names(sensor: SimulatedSensor, truths, obstacles=()) -> list[str]:
    return [truth.name for truth in sensor.visible(EGO, truths, obstacles)]


def test_range_field_of_view_and_presence() -> None:
    sensor = SimulatedSensor(random.Random(1), SensorSettings(range_m=50.0, half_angle_deg=45.0))
    places = {"ahead": (40, 0), "far": (60, 0), "left": (20, 15), "beside": (0, 20), "behind": (-20, 0)}
    truths = [replace(CAR, name=n, east_m=e, north_m=u) for n, (e, u) in places.items()]
    assert names(sensor, truths) == ["ahead", "left"]
    assert names(sensor, [replace(CAR, on_road=False)]) == []
    turned = replace(EGO, yaw_rad=math.pi)
    assert [t.name for t in sensor.visible(turned, truths)] == ["behind"]


def test_obstructions_and_other_road_users_hide() -> None:
    sensor = SimulatedSensor(random.Random(1))
    wall = Box(15.0, 0.0, math.pi / 2, 20.0, 0.5)
    truck = replace(CAR, name="truck", east_m=12.0, yaw_rad=math.pi / 2, length_m=9.0, width_m=2.5)
    assert names(sensor, [CAR]) == ["a"]
    assert names(sensor, [CAR], [wall]) == []
    assert names(sensor, [CAR, truck]) == ["truck"]
    assert names(sensor, [replace(CAR, north_m=11.0)], [wall]) == []
    assert names(sensor, [replace(CAR, north_m=25.0)], [wall]) == ["a"]


def test_a_road_user_is_confirmed_before_it_is_reported_and_forgotten_when_hidden() -> None:
    settings = SensorSettings(detection=1.0, confirm_s=0.3, forget_s=1.0)
    sensor = SimulatedSensor(random.Random(1), settings)
    reported = [(k, sensor.observe(100 + 0.1 * k, EGO, [CAR])) for k in range(6)]
    assert [k for k, seen in reported if seen] == [3, 4, 5]
    assert {seen[0].object_id for _, seen in reported if seen} == {"sensor:1"}
    assert sensor.observe(103.0, EGO, [CAR]) == [], "out of sight too long: seen anew"
    again = sensor.observe(103.3, EGO, [CAR])
    assert [o.object_id for o in again] == ["sensor:2"]


def test_what_it_says() -> None:
    sensor = SimulatedSensor(random.Random(2), SURE)
    errors = []
    for k in range(400):
        [seen] = sensor.observe(100 + 0.1 * k, EGO, [CAR])
        assert seen.provenance.source is Source.SENSOR
        assert seen.provenance.trust is Trust.OWN
        assert seen.provenance.signer is None
        assert seen.measured_at == CAR.at
        errors += [seen.east_m - CAR.east_m, seen.north_m - CAR.north_m]
    rms = math.sqrt(sum(e * e for e in errors) / len(errors))
    assert rms == pytest.approx(seen.position_sigma_m, rel=0.15)
    assert seen.position_sigma_m == pytest.approx(0.15 + 0.008 * 30)
    assert not seen.self_reported
    assert SimulatedSensor(random.Random(2), SURE).observe(100, EGO, [CAR]) == SimulatedSensor(
        random.Random(2), SURE
    ).observe(100, EGO, [CAR])


def test_it_misses_some() -> None:
    sensor = SimulatedSensor(random.Random(3), replace(SURE, detection=0.5))
    found = sum(len(sensor.observe(100 + 0.1 * k, EGO, [CAR])) for k in range(200))
    assert 70 < found < 130
