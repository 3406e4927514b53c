"""The detectors: honest traffic passes, each kind of lie is found by its own reason, memory stays bounded."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from v2x.errors import Reason
from v2x.objects import (
    Light,
    MapUpdate,
    Observation,
    PhaseState,
    Provenance,
    SignalUpdate,
    Source,
    Trust,
)
from v2x.plausibility import Detectors, PlausibilitySettings
from v2x.plausibility.detectors import IDS_LIMIT, SENDER_LIMIT, STATES_LIMIT

START = 1_800_000_000.0
PERIOD = 0.1


def claim(
    index: int,
    east: float,
    north: float,
    *,
    speed: float | None = 10.0,
    yaw: float = 0.0,
    signer: str | None = "a" * 16,
    name: str | None = None,
    at: float | None = None,
    trust: Trust = Trust.VERIFIED,
    own: bool = True,
    sigma: float | None = 0.5,
) -> Observation:
    measured_at = START + index * PERIOD if at is None else at
    return Observation(
        Provenance(Source.BSM, trust, signer, measured_at + 0.02),
        name or f"bsm:{signer}",
        measured_at,
        east,
        north,
        speed_mps=speed,
        yaw_rad=yaw,
        position_sigma_m=sigma,
        length_m=4.6,
        width_m=1.9,
        self_reported=own,
    )


def reasons(detectors: Detectors, *claims: Observation) -> Counter[Reason]:
    found: Counter[Reason] = Counter()
    for one in claims:
        for finding in detectors.examine([one], one.measured_at + 0.02):
            assert finding.object_id == one.object_id
            assert finding.signer == one.provenance.signer
            found[finding.reason] += 1
    return found


def straight(
    count: int, *, speed: float = 10.0, said: float | None = None, **parts: object
) -> list[Observation]:
    shown = speed if said is None else said
    return [claim(i, speed * i * PERIOD, 0.0, speed=shown, **parts) for i in range(count)]


def test_a_straight_drive_and_a_stop_are_plausible() -> None:
    detectors = Detectors()
    assert not reasons(detectors, *straight(100))
    standing = [claim(100 + i, 99.0, 0.0, speed=0.0) for i in range(100)]
    assert not reasons(detectors, *standing)


@pytest.mark.parametrize("radius", [8.0, 30.0, 200.0])
def test_a_roundabout_is_plausible(radius: float) -> None:
    speed = min(10.0, math.sqrt(4.0 * radius))
    turn = [
        claim(
            i,
            radius * math.cos(a := speed * i * PERIOD / radius),
            radius * math.sin(a),
            speed=speed,
            yaw=math.remainder(a + math.pi / 2, math.tau),
        )
        for i in range(200)
    ]
    assert not reasons(Detectors(), *turn)


def test_noise_within_the_stated_accuracy_is_plausible() -> None:
    rng = random.Random(1)
    noisy = [claim(i, 10 * i * PERIOD + rng.gauss(0, 0.7), rng.gauss(0, 0.7), sigma=0.75) for i in range(600)]
    assert not reasons(Detectors(), *noisy)


def test_hard_braking_is_plausible() -> None:
    east, speed, drive = 0.0, 30.0, []
    for index in range(60):
        drive.append(claim(index, east, 0.0, speed=speed))
        east += max(0.0, speed) * PERIOD - 0.5 * 9.0 * PERIOD**2 * (speed > 0)
        speed = max(0.0, speed - 9.0 * PERIOD)
    assert not reasons(Detectors(), *drive)


def test_ranges() -> None:
    detectors = Detectors(PlausibilitySettings(position_range_m=1000.0))
    assert reasons(detectors, claim(0, 800.0, 800.0)) == {Reason.PLAUSIBILITY_POSITION_RANGE: 1}
    assert reasons(detectors, claim(0, 0.0, 0.0, speed=101.0)) == {Reason.PLAUSIBILITY_SPEED_RANGE: 1}
    old = claim(0, 0.0, 0.0)
    (finding,) = detectors.examine([old], old.measured_at + 2.5)
    assert finding.reason is Reason.PLAUSIBILITY_MESSAGE_TIME
    assert finding.drop
    detectors.station_m = (800.0, 800.0)
    assert not reasons(detectors, claim(0, 800.0, 800.0, signer="b" * 16))


def test_nothing_is_not_a_number() -> None:
    detectors = Detectors()
    assert reasons(detectors, claim(0, math.nan, 0.0)) == {Reason.PLAUSIBILITY_POSITION_RANGE: 1}
    assert reasons(detectors, claim(0, 0.0, 0.0, speed=math.nan)) == {Reason.PLAUSIBILITY_SPEED_RANGE: 1}


def test_maps_and_signals_have_their_ranges() -> None:
    provenance = Provenance(Source.MAP, Trust.VERIFIED, "c" * 16, START)
    detectors = Detectors()
    far = MapUpdate(provenance, (1, 2), 0, 6000.0, 0.0, ())
    (finding,) = detectors.examine([far], START)
    assert finding.reason is Reason.PLAUSIBILITY_POSITION_RANGE
    assert "node 1/2" in finding.detail
    stale = SignalUpdate(provenance, (1, 2), START - 6.0, (PhaseState(1, Light.RED, None),))
    (finding,) = detectors.examine([stale], START)
    assert finding.reason is Reason.PLAUSIBILITY_MESSAGE_TIME
    assert not detectors.examine([SignalUpdate(provenance, (1, 2), START - 1.0, ())], START)


def test_a_jump_is_dropped_and_does_not_poison_what_follows() -> None:
    detectors = Detectors()
    drive = straight(40)
    assert not reasons(detectors, *drive[:20])
    assert reasons(detectors, claim(20, 500.0, 0.0)) == {Reason.PLAUSIBILITY_POSITION_JUMP: 1}
    assert not reasons(detectors, *drive[21:])


def test_after_a_pause_a_new_place_is_no_jump() -> None:
    detectors = Detectors()
    assert not reasons(detectors, *straight(5))
    assert not reasons(detectors, claim(100, 1500.0, 0.0))


def test_a_speed_that_the_way_contradicts() -> None:
    found = reasons(Detectors(), *straight(40, speed=10.0, said=25.0))
    assert set(found) == {Reason.PLAUSIBILITY_SPEED_DISPLACEMENT}
    found = reasons(Detectors(), *straight(40, speed=25.0, said=5.0))
    assert set(found) == {Reason.PLAUSIBILITY_SPEED_DISPLACEMENT}


def test_a_heading_off_the_course() -> None:
    assert set(reasons(Detectors(), *straight(40, yaw=math.pi / 2))) == {Reason.PLAUSIBILITY_HEADING}
    assert not reasons(Detectors(), *straight(40, yaw=math.radians(20)))
    backing = straight(40, speed=2.0, yaw=math.pi)  # reverse gear: too slow to be judged
    assert not reasons(Detectors(), *backing)


def test_a_frozen_state() -> None:
    frozen = [claim(i, 5.0, 5.0, speed=10.0) for i in range(30)]
    assert set(reasons(Detectors(), *frozen)) == {Reason.PLAUSIBILITY_FROZEN}


def test_flooding() -> None:
    flood = [claim(0, 10 * i * 0.02, 0.0, at=START + i * 0.02) for i in range(200)]
    assert set(reasons(Detectors(), *flood)) == {Reason.PLAUSIBILITY_FREQUENCY}
    event = [claim(0, 10 * i * 0.09, 0.0, at=START + i * 0.09) for i in range(200)]
    assert not reasons(Detectors(), *event)


def test_too_far_to_have_been_heard() -> None:
    far = [claim(i, 3000.0 + i, 0.0) for i in range(20)]
    assert set(reasons(Detectors(), *far)) == {Reason.PLAUSIBILITY_RADIO_RANGE}
    relayed = [claim(i, 3000.0 + i, 0.0, own=False) for i in range(20)]
    assert not reasons(Detectors(), *relayed)


def test_a_ghost_in_the_place_of_a_car() -> None:
    detectors, found = Detectors(), Counter()
    for index in range(40):
        car = claim(index, index * 1.0, 0.0, sigma=0.2)
        ghost = claim(index, index * 1.0 + 0.3, 0.2, signer="b" * 16, sigma=0.2)
        found += reasons(detectors, car, ghost)
    assert set(found) == {Reason.PLAUSIBILITY_OVERLAP}
    assert found[Reason.PLAUSIBILITY_OVERLAP] >= 2


def test_neighbours_bumper_to_bumper_do_not_overlap() -> None:
    detectors, found = Detectors(), Counter()
    for index in range(40):
        found += reasons(
            detectors,
            claim(index, 0.0, 0.0, speed=0.0),
            claim(index, 5.0, 0.0, speed=0.0, signer="b" * 16),
            claim(index, 0.0, 2.2, speed=0.0, signer="c" * 16),
        )
    assert not found


def test_a_change_of_pseudonym_is_no_overlap_and_no_replay() -> None:
    detectors, found = Detectors(), Counter()
    for index in range(100):
        signer = ("a" if index < 50 else "b") * 16
        found += reasons(detectors, claim(index, index * 1.0, 0.0, signer=signer, sigma=0.1))
        if index == 49:  # the last state again, under the new name
            found += reasons(detectors, claim(index, index * 1.0, 0.0, signer="b" * 16, sigma=0.1))
    assert not found


def test_a_replayed_trajectory_under_another_name() -> None:
    detectors = Detectors()
    rng = random.Random(3)
    drive = [claim(i, 10 * i * PERIOD + rng.gauss(0, 0.2), rng.gauss(0, 0.2)) for i in range(60)]
    assert not reasons(detectors, *drive)
    again = [claim(0, one.east_m, one.north_m, signer="b" * 16, at=one.measured_at + 8.0) for one in drive]
    found = reasons(detectors, *again)
    assert set(found) == {Reason.PLAUSIBILITY_REPLAYED_STATE}
    assert found[Reason.PLAUSIBILITY_REPLAYED_STATE] == len(again) - PlausibilitySettings().replay_matches + 1


def test_one_certificate_for_several_vehicles() -> None:
    detectors, found = Detectors(), Counter()
    for index in range(30):
        for lane in range(3):
            found += reasons(detectors, claim(index, index * 1.0, 10.0 * lane, name=f"bsm:{lane}"))
    assert set(found) == {Reason.PLAUSIBILITY_SEVERAL_IDS}


def test_a_road_side_unit_speaks_for_many() -> None:
    detectors, found = Detectors(), Counter()
    for index in range(30):
        for number in range(12):
            one = claim(index, index * 1.0, 4.0 * number, name=f"rsm:u/{number}", own=False)
            found += reasons(detectors, one)
    assert not found


def test_forged_claims_of_one_signer_do_not_touch_another() -> None:
    detectors = Detectors()
    drive = straight(60)
    found: Counter[Reason] = Counter()
    for one in drive:
        found += reasons(detectors, one)
        liar = claim(0, -one.east_m, 300.0, signer="b" * 16, name=one.object_id, at=one.measured_at)
        assert Reason.PLAUSIBILITY_POSITION_JUMP not in reasons(detectors, liar)
    assert not found


def test_memory_is_bounded_under_a_flood_of_names() -> None:
    detectors = Detectors()
    for index in range(3 * SENDER_LIMIT):
        at = START + index * 1e-4
        detectors.examine([claim(0, index % 900, 1.0 * index / 900, signer=f"{index:016x}", at=at)], at)
    assert detectors.sender_count == SENDER_LIMIT
    for index in range(1000):
        at = START + 2.0 + index * 1e-4
        detectors.examine([claim(0, 1.0, 1.0, signer="f" * 16, name=f"bsm:{index}", at=at)], at)
    assert sum(1 for key in detectors._senders if key[0] == "f" * 16) == IDS_LIMIT
    for index in range(STATES_LIMIT + 10):
        at = START + 3.0 + index * 1e-4
        detectors.examine([claim(0, index * 0.01, 2.0, signer="e" * 16, at=at)], at)
    assert detectors.state_count == STATES_LIMIT
    kept = {key for members in detectors._cells.values() for key in members}
    assert kept <= set(detectors._senders)
