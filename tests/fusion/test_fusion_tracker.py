"""What the tracker does with one, two, late, doubled, unsigned and renamed observations."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import FusionError
from v2x.fusion import Tracker, TrackerSettings
from v2x.objects import ObjectKind, Source, Trust


def test_a_verified_self_report_is_confirmed_at_once(tracker, observe, ego, start_at) -> None:
    message = observe(
        at=start_at,
        east=3.0,
        north=4.0,
        yaw=0.5,
        accel_mps2=-1.0,
        length_m=5.0,
        width_m=2.0,
        braking=True,
        turn_left=False,
        events=frozenset({"eventHazardLights"}),
    )
    (track,) = tracker.step([message], ego(start_at + 0.1), start_at + 0.1).tracks
    assert track.confirmed
    assert track.trust is Trust.VERIFIED
    assert track.signer == "5197000000000001"
    assert track.sources == {Source.BSM}
    assert track.object_ids == {"bsm:01"}
    assert (track.braking, track.turn_left, track.turn_right) == (True, False, None)
    assert track.events == {"eventHazardLights"}
    assert track.measured_at == start_at
    assert track.latency_s == pytest.approx(0.05)
    assert track.unknown == {"yaw_rate_radps", "height_m"}
    assert (track.length_m, track.width_m, track.height_m) == (5.0, 2.0, 1.5)
    assert track.kind is ObjectKind.CAR


def test_latency_is_compensated(tracker, observe, ego, start_at) -> None:
    """Measured 0.3 s before the instant at 20 m/s: published 6 m further."""
    message = observe(at=start_at, speed=20.0, yaw=math.pi / 2, latency=0.3)
    (track,) = tracker.step([message], ego(start_at + 0.3), start_at + 0.3).tracks
    assert track.north_m == pytest.approx(6.0)
    assert track.east_m == pytest.approx(0.0, abs=1e-9)
    (later,) = tracker.step([], ego(start_at + 0.5), start_at + 0.5).tracks
    assert later.north_m == pytest.approx(10.0)
    assert later.covariance[1, 1] > track.covariance[1, 1]
    assert later.existence < 1.0
    assert later.measured_at == start_at


@pytest.mark.parametrize("name", ["rsm:0a/1", "sensor:1", "cloud:1"])
def test_others_need_three_observations(name, tracker, observe, ego, start_at) -> None:
    confirmed = []
    for k in range(4):
        at = start_at + 0.1 * k
        message = observe(name, at, east=1.0 * k, trust=Trust.UNSIGNED)
        (track,) = tracker.step([message], ego(at + 0.05), at + 0.05).tracks
        confirmed.append(track.confirmed)
    assert confirmed == [False, False, True, True]
    assert track.trust is Trust.UNSIGNED
    assert track.signer is None
    assert track.hits == 4


def test_an_unsigned_self_report_is_not_born_confirmed(tracker, observe, ego, start_at) -> None:
    for trust in (Trust.UNSIGNED, Trust.UNCHECKED):
        name = f"bsm:{int(trust):02d}"
        message = observe(name, start_at, east=50.0 * trust, trust=trust, signer="aa")
        tracks = tracker.step([message], ego(start_at + 0.1), start_at + 0.1).tracks
        track = next(t for t in tracks if name in t.object_ids)
        assert not track.confirmed
        assert track.signer is None


def test_silence_ends_a_track(tracker, observe, ego, start_at) -> None:
    tracker.step([observe(at=start_at)], ego(start_at), start_at)
    assert tracker.step([], ego(start_at + 1.4), start_at + 1.4).tracks
    assert not tracker.step([], ego(start_at + 1.6), start_at + 1.6).tracks
    assert tracker.track_count == 0


def test_an_unconfirmed_track_ends_sooner(tracker, observe, ego, start_at) -> None:
    tracker.step([observe("sensor:1", start_at)], ego(start_at), start_at)
    assert tracker.step([], ego(start_at + 0.5), start_at + 0.5).tracks
    assert not tracker.step([], ego(start_at + 0.7), start_at + 0.7).tracks


def _drive(tracker, observe, ego, start_at, steps, names, offset=0.0, **more):
    """``names[k]`` report at step k; returns the last environment."""
    environment = None
    for k in range(steps):
        at = start_at + 0.1 * k
        sweep = [
            observe(name, at, east=1.0 * k, north=i * offset, **more)
            for i, name in enumerate(names(k) if callable(names) else names)
        ]
        environment = tracker.step(sweep, ego(at + 0.05), at + 0.05)
    return environment


def test_sources_of_one_object_make_one_track(tracker, observe, ego, start_at) -> None:
    environment = _drive(tracker, observe, ego, start_at, 10, ["bsm:01", "sensor:7", "rsm:0a/3"], offset=0.3)
    (track,) = environment.tracks
    assert track.sources == {Source.BSM, Source.SENSOR, Source.RSM}
    assert track.trust is Trust.OWN
    assert track.signer == "5197000000000001"
    assert track.object_ids == {"bsm:01", "sensor:7", "rsm:0a/3"}


def test_two_live_self_reports_are_two_vehicles(tracker, observe, ego, start_at) -> None:
    """At the same place, the same speed, for 3 s: never one track."""
    environment = _drive(tracker, observe, ego, start_at, 30, ["bsm:01", "bsm:02"], offset=0.1)
    assert sorted(len(t.object_ids) for t in environment.tracks) == [1, 1]


def test_a_pseudonym_change_keeps_the_track(tracker, observe, ego, start_at) -> None:
    environment = _drive(tracker, observe, ego, start_at, 40, lambda k: ["bsm:01" if k < 20 else "bsm:02"])
    (track,) = environment.tracks
    assert track.track_id == 1
    assert track.object_ids == {"bsm:02"}


def test_a_renamed_roadside_object_keeps_the_track(tracker, observe, ego, start_at) -> None:
    environment = _drive(tracker, observe, ego, start_at, 20, lambda k: [f"rsm:0a/{k // 5}"])
    (track,) = environment.tracks
    assert track.track_id == 1


def test_an_identity_that_jumps_is_a_new_object(tracker, observe, ego, start_at) -> None:
    tracker.step([observe(at=start_at)], ego(start_at), start_at)
    at = start_at + 0.1
    tracks = tracker.step([observe(at=at, east=60.0)], ego(at), at).tracks
    assert [t.object_ids for t in tracks] == [frozenset(), {"bsm:01"}]


def test_an_identity_under_another_signer_does_not_take_a_track_over(tracker, observe, ego, start_at) -> None:
    tracker.step([observe(at=start_at)], ego(start_at), start_at)
    at = start_at + 0.1
    tracks = tracker.step([observe(at=at, east=30.0, signer="ee")], ego(at), at).tracks
    assert [t.signer for t in tracks] == ["5197000000000001", "ee"]


@pytest.mark.parametrize("trust", [Trust.UNSIGNED, Trust.UNCHECKED])
def test_an_unverified_claim_never_moves_a_verified_track(trust, tracker, observe, ego, start_at) -> None:
    honest = Tracker(None, TrackerSettings())  # type: ignore[arg-type]
    for k in range(20):
        at = start_at + 0.1 * k
        true = observe(at=at, east=1.0 * k)
        false = observe(at=at + 0.01, east=1.0 * k + 0.6, speed=11.0, trust=trust, signer="aa")
        alone = honest.step([true], ego(at + 0.05), at + 0.05).tracks
        both = tracker.step([true, false], ego(at + 0.05), at + 0.05).tracks
        assert [(t.east_m, t.hits, t.measured_at) for t in both] == [
            (t.east_m, t.hits, t.measured_at) for t in alone
        ]
    assert tracker.counters["shadowed"] == 20


def test_doubles_of_different_sources_are_merged(tracker, observe, ego, start_at) -> None:
    """First 3.5 m apart and so two, then together: one, under the older name."""
    tracks = []
    for k in range(30):
        at = start_at + 0.1 * k
        gap = max(0.0, 3.5 - 0.25 * k)
        sweep = [
            observe("sensor:1", at, east=k, position_sigma_m=0.2),
            observe("rsm:0a/1", at, east=k, north=gap, position_sigma_m=0.2),
        ]
        tracks.append(tracker.step(sweep, ego(at), at).tracks)
    assert len(tracks[3]) == 2
    (track,) = tracks[-1]
    assert track.track_id == min(t.track_id for t in tracks[3])
    assert track.object_ids == {"sensor:1", "rsm:0a/1"}


def test_a_pedestrian_is_no_car(tracker, observe, ego, start_at) -> None:
    sweep = [
        observe("sensor:1", start_at, speed=1.0),
        observe("rsm:0a/1", start_at, speed=1.0, kind=ObjectKind.PEDESTRIAN),
    ]
    assert len(tracker.step(sweep, ego(start_at), start_at).tracks) == 2


def test_out_of_order_is_moved_forward_and_counts_less(observe, ego, start_at, make_tracker) -> None:
    """A late observation agrees with the truth, so it may only make the estimate surer, a little."""
    shapes = {}
    for late in (None, 0.05, 0.6):
        tracker = make_tracker()
        for k in range(10):
            at = start_at + 0.1 * k
            sweep = [observe("sensor:1", at, east=k)]
            if late is not None and k == 9:
                sweep.append(observe("rsm:0a/1", at - late, east=10.0 * (0.1 * k - late)))
            (track,) = tracker.step(sweep, ego(at), at).tracks
        assert track.east_m == pytest.approx(9.0, abs=0.05)
        assert track.measured_at == at
        shapes[late] = track.covariance[0, 0]
    assert shapes[0.05] < shapes[0.6] < shapes[None]


def test_what_is_too_late_for_its_track_is_counted(tracker, observe, ego, start_at) -> None:
    _drive(tracker, observe, ego, start_at, 20, ["bsm:01"])
    at = start_at + 2.0
    late = observe("rsm:0a/1", at - 1.3, east=7.0)
    tracks = tracker.step([observe(at=at, east=20.0), late], ego(at), at).tracks
    assert len(tracks) == 1
    assert tracker.counters["late"] == 1


def test_repeats_count_once(tracker, observe, ego, start_at) -> None:
    first = observe(at=start_at)
    tracker.step([first, first, first], ego(start_at), start_at)
    assert tracker.counters["duplicate"] == 2
    at = start_at + 0.1
    (track,) = tracker.step([first], ego(at), at).tracks
    assert tracker.counters["duplicate"] == 3
    assert track.hits == 1
    second = observe(at=at, east=1.0)
    tracker.step([second], ego(at), at)
    (track,) = tracker.step([first, second], ego(at), at).tracks
    assert track.hits == 2


def test_ego_does_not_see_itself(tracker, observe, ego, start_at) -> None:
    me = ego(start_at, east_m=10.0, north_m=5.0, speed_mps=10.0)
    echo = observe("rsm:0a/9", start_at - 0.2, east=10.0 - 2.0 + 0.4, north=5.2)
    beside = observe("rsm:0a/8", start_at - 0.2, east=8.0, north=8.5)
    across = observe("rsm:0a/7", start_at, east=11.0, north=5.0, yaw=math.pi / 2)
    walker = observe("rsm:0a/6", start_at, east=12.0, north=5.0, kind=ObjectKind.PEDESTRIAN)
    environment = tracker.step([echo, beside, across, walker], me, start_at)
    assert {i for t in environment.tracks for i in t.object_ids} == {"rsm:0a/8", "rsm:0a/7", "rsm:0a/6"}
    assert tracker.counters["ego"] == 1


def test_the_limits_hold_and_keep_the_best(observe, ego, start_at, make_tracker) -> None:
    tracker = make_tracker(max_tracks=10, max_observations=40)
    flood = [observe(f"bsm:{i:04x}", start_at, east=20.0 * i, trust=Trust.UNSIGNED) for i in range(100)]
    honest = [observe(f"bsm:f{i}", start_at, east=20.0 * i, north=900.0) for i in range(5)]
    environment = tracker.step(flood + honest, ego(start_at), start_at)
    assert len(environment.tracks) == 10
    assert sum(t.trust is Trust.VERIFIED for t in environment.tracks) == 5
    assert tracker.counters["observation_limit"] == 65
    assert tracker.counters["track_limit"] == 30


def test_a_flood_of_reporters_is_cut(observe, ego, start_at, make_tracker) -> None:
    """Each forged road-side unit costs a round; the verified ones are heard first."""
    tracker = make_tracker(max_reporters=4)
    flood = [observe(f"rsm:{i:02x}/1", start_at, trust=Trust.UNSIGNED) for i in range(50)]
    honest = [observe(f"rsm:e{i}/1", start_at, east=50.0 * i, north=300.0) for i in range(3)]
    environment = tracker.step(flood + honest, ego(start_at), start_at)
    assert tracker.counters["reporter_limit"] == 49
    assert sum(t.trust is Trust.VERIFIED for t in environment.tracks) == 3


def test_one_track_takes_a_bounded_number_of_observations(observe, ego, start_at, make_tracker) -> None:
    tracker = make_tracker(max_reporters=100)
    for k in range(3):
        at = start_at + 0.1 * k
        flood = [observe(f"rsm:{i:02x}/1", at, east=k, trust=Trust.UNSIGNED) for i in range(40)]
        (track,) = tracker.step(flood, ego(at), at).tracks
    assert track.hits == 40 + 16 + 16
    assert tracker.counters["observation_limit"] == 2 * 24


def test_the_environment_is_predicted_to_the_instant(tracker, ego, start_at, frame) -> None:
    turning = ego(start_at, east_m=0.0, north_m=0.0, speed_mps=10.0, yaw_rate_radps=0.5)
    environment = tracker.step([], turning, start_at + 0.2)
    assert environment.frame is frame
    assert environment.ego.at == start_at + 0.2
    assert environment.ego.yaw_rad == pytest.approx(0.1)
    assert environment.ego.east_m == pytest.approx(20.0 * math.sin(0.1))
    assert environment.ego.north_m == pytest.approx(20.0 * (1.0 - math.cos(0.1)))
    assert environment.ego.position_sigma_m > turning.position_sigma_m


def test_an_impossible_instant_or_ego_is_a_fusion_error(tracker, ego, start_at) -> None:
    with pytest.raises(FusionError, match="1\\.500 s old"):
        tracker.step([], ego(start_at), start_at + 1.5)
    with pytest.raises(FusionError, match="no number"):
        tracker.step([], ego(start_at), math.nan)
    with pytest.raises(FusionError, match="no number"):
        tracker.step([], ego(start_at, east_m=math.inf), start_at)


def test_a_clock_that_is_set_back_starts_anew(tracker, observe, ego, start_at) -> None:
    tracker.step([observe(at=start_at)], ego(start_at), start_at)
    assert not tracker.step([], ego(start_at - 60.0), start_at - 60.0).tracks
    assert tracker.counters["clock_back"] == 1


def test_settings_refuse_what_is_no_setting() -> None:
    with pytest.raises(ValueError, match=r"TrackerSettings\.gate_position"):
        TrackerSettings(gate_position=-1.0)
    noise = dict(TrackerSettings().noise)
    with pytest.raises(ValueError, match="rsm"):
        TrackerSettings(noise={k: v for k, v in noise.items() if k is not Source.RSM})
    with pytest.raises(ValueError, match="floor"):
        replace(noise[Source.BSM], speed_floor_mps=0.0)


@given(order=st.permutations(range(12)), seed=st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_input_does_not_matter(order, seed, observe, ego, start_at, frame) -> None:
    """Twelve observations by three sources of four objects, in any order, over five steps."""
    rng = np.random.default_rng(seed)
    trackers = [Tracker(frame), Tracker(frame)]
    for k in range(5):
        at = start_at + 0.1 * k
        sweep = [
            observe(
                f"{source}{i}",
                at - delay,
                east=k + 6.0 * i + rng.normal(0.0, 0.3),
                north=rng.normal(0.0, 0.3),
                trust=trust,
            )
            for i in range(4)
            for source, delay, trust in (
                ("bsm:0", 0.03, Trust.VERIFIED),
                ("rsm:0a/", 0.12, Trust.VERIFIED),
                ("sensor:", 0.0, Trust.OWN),
            )
        ]
        straight = trackers[0].step(sweep, ego(at), at).tracks
        shuffled = trackers[1].step([sweep[i] for i in order], ego(at), at).tracks
        assert [(t.track_id, t.object_ids, t.hits) for t in straight] == [
            (t.track_id, t.object_ids, t.hits) for t in shuffled
        ]
        for one, other in zip(straight, shuffled, strict=True):
            np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-9)
            assert one.east_m == pytest.approx(other.east_m, abs=1e-9)
