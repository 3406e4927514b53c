"""Odd observations are refused with a reason and never raise."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.fusion import Tracker, TrackerSettings
from v2x.fusion.intake import intake
from v2x.objects import Observation, Provenance, Source, Trust

_NAN_FIELDS = [
    "measured_at", "east_m", "north_m", "speed_mps", "yaw_rad", "accel_mps2", "yaw_rate_radps",
    "position_sigma_m", "speed_sigma_mps", "yaw_sigma_rad", "length_m", "width_m", "height_m",
]  # fmt: skip


@pytest.mark.parametrize("field", _NAN_FIELDS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, "twelve", [1.0]])
def test_what_is_no_number_is_refused(field, value, tracker, observe, ego, start_at) -> None:
    good = observe(at=start_at, east=100.0)
    odd = replace(observe("bsm:02", at=start_at), **{field: value})
    environment = tracker.step([odd, good], ego(start_at), start_at)
    assert [t.object_ids for t in environment.tracks] == [{"bsm:01"}]
    assert dict(tracker.counters) == {"non_finite": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"east_m": 2e5}, "out_of_range"),
        ({"speed_mps": 500.0}, "out_of_range"),
        ({"speed_mps": -60.0}, "out_of_range"),
        ({"accel_mps2": 1000.0}, "out_of_range"),
        ({"yaw_rad": 90.0}, "out_of_range"),
        ({"length_m": -4.0}, "out_of_range"),
        ({"position_sigma_m": 0.0}, "out_of_range"),
        ({"position_sigma_m": 200.0}, "too_uncertain"),
        ({"measured_at": 1_763_700_001.0}, "future"),
        ({"measured_at": 1_763_699_998.0}, "stale"),
        ({"measured_at": 1_763_699_998.0, "speed_mps": None}, "stale"),
        ({"provenance": Provenance(Source.MAP, Trust.VERIFIED, None, 1_763_700_000.0)}, "source"),
        ({"measured_at": None}, "non_finite"),
        ({"provenance": Provenance(Source.BSM, Trust.VERIFIED, None, math.nan)}, "non_finite"),
    ],
)
def test_refusals_have_reasons(change, reason, tracker, observe, ego, start_at) -> None:
    environment = tracker.step([replace(observe(at=start_at), **change)], ego(start_at), start_at)
    assert environment.tracks == ()
    assert dict(tracker.counters) == {reason: 1}


def test_what_stands_may_be_older(tracker, observe, ego, start_at) -> None:
    parked = observe("cloud:1", start_at - 3.0, speed=0.0)
    assert len(tracker.step([parked], ego(start_at), start_at).tracks) == 1


def test_noise_grows_with_latency_and_has_a_floor(observe, ego, start_at) -> None:
    said = TrackerSettings()
    floor = said.noise[Source.BSM].position_floor_m

    def sigma(**change: object) -> float:
        batch = intake([observe(at=start_at, speed=0.0, **change)], ego(), start_at, said, Counter())
        return float(np.sqrt(batch.position_noise[0]))

    assert sigma(position_sigma_m=0.01, latency=0.0) == pytest.approx(floor)
    assert sigma(position_sigma_m=2.0, latency=0.0) == pytest.approx(2.0)
    assert sigma(position_sigma_m=None, latency=0.0) == said.noise[Source.BSM].position_m
    late = sigma(position_sigma_m=0.01, latency=1.0)
    assert late == pytest.approx(math.hypot(floor, said.latency_growth_mps))


def test_velocity_noise_is_turned_with_the_object(observe, ego, start_at) -> None:
    one = observe(at=start_at, speed=20.0, yaw=math.pi / 2, speed_sigma_mps=0.2, yaw_sigma_rad=0.1)
    batch = intake([one], ego(), start_at, TrackerSettings(), Counter())
    across_floor = TrackerSettings().noise[Source.BSM].speed_floor_mps
    np.testing.assert_allclose(batch.velocity[:, 0], [0.0, 20.0], atol=1e-12)
    np.testing.assert_allclose(batch.velocity_noise[:, 0], [4.0 + across_floor**2, 0.0, 0.04], atol=1e-9)


def test_reverse_gear_is_a_velocity_backwards(tracker, observe, ego, start_at) -> None:
    back = observe(at=start_at, speed=-2.0, yaw=0.0)
    (track,) = tracker.step([back], ego(start_at + 0.5), start_at + 0.5).tracks
    assert track.east_m == pytest.approx(-1.0)
    assert track.yaw_rad == pytest.approx(0.0)


_any = st.one_of(
    st.none(), st.floats(), st.floats(-10.0, 10.0), st.integers(), st.booleans(), st.text(max_size=3)
)


@given(
    fields=st.lists(st.dictionaries(st.sampled_from(_NAN_FIELDS), _any, max_size=4), min_size=1, max_size=6),
    trust=st.sampled_from(Trust),
    source=st.sampled_from(Source),
)
@settings(max_examples=150, deadline=None)
def test_nothing_raises_and_all_that_comes_out_is_finite(fields, trust, source, frame, ego, start_at) -> None:
    tracker = Tracker(frame)
    for k in range(2):
        at = start_at + 0.1 * k
        sweep = []
        for i, change in enumerate(fields):
            base = Observation(Provenance(source, trust, "ab", at), f"{source}:{i}", at, 10.0 * i, 0.0)
            sweep.append(replace(base, self_reported=bool(i % 2), **change))
        for track in tracker.step(sweep, ego(at), at).tracks:
            numbers = [track.east_m, track.v_north_mps, track.yaw_rad, track.length_m, track.existence]
            assert np.isfinite(numbers).all()
            assert np.linalg.eigvalsh(track.covariance).min() > 0.0
            assert -math.pi < track.yaw_rad <= math.pi
