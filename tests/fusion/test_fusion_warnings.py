"""The crossing warning against a simulation of two rectangles, and in runs like those of a test track."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from v2x.fusion.conflict import path_conflicts
from v2x.fusion.warnings import WarningSettings, crossing_warning
from v2x.objects import EgoState, Environment, ObjectKind, Source, Track, Trust


def _track(east, north, yaw, speed, *, length=4.6, width=1.9, sigma=0.01, **more) -> Track:
    fields = {
        "existence": 0.99, "confirmed": True, "trust": Trust.VERIFIED, "accel_mps2": 0.0,
        "sources": frozenset({Source.BSM}), "signer": "ab", "track_id": 1, **more,
    }  # fmt: skip
    return Track(
        east_m=east, north_m=north, v_east_mps=speed * math.cos(yaw), v_north_mps=speed * math.sin(yaw),
        covariance=np.eye(4) * sigma**2, yaw_rad=yaw, yaw_sigma_rad=0.02, speed_mps=speed, yaw_rate_radps=0.0,
        length_m=length, width_m=width, height_m=1.5, kind=ObjectKind.CAR, hits=9, measured_at=0.0,
        latency_s=0.05, object_ids=frozenset({"bsm:01"}), **fields,
    )  # fmt: skip


def _environment(ego: EgoState, *tracks: Track) -> Environment:
    return Environment(ego.at, None, ego, tracks, (), (), ())  # type: ignore[arg-type]


def _corners(east, north, yaw, length, width):
    u, n = np.array([math.cos(yaw), math.sin(yaw)]), np.array([-math.sin(yaw), math.cos(yaw)])
    centre = np.array([east, north])
    return np.array(
        [centre + a * length / 2 * u + b * width / 2 * n for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
    )


def _touch(a, b) -> bool:
    """Separating axes of two rectangles."""
    for shape in (a, b):
        for k in (0, 1):
            axis = shape[k + 1] - shape[k]
            p, q = a @ axis, b @ axis
            if p.max() < q.min() or q.max() < p.min():
                return False
    return True


def _contact_s(ego: EgoState, track: Track, horizon=12.0, step=0.01):
    for t in np.arange(0.0, horizon, step):
        mine = _corners(
            ego.east_m + ego.speed_mps * t * math.cos(ego.yaw_rad),
            ego.north_m + ego.speed_mps * t * math.sin(ego.yaw_rad),
            ego.yaw_rad, ego.length_m, ego.width_m,
        )  # fmt: skip
        theirs = _corners(
            track.east_m + track.v_east_mps * t, track.north_m + track.v_north_mps * t,
            track.yaw_rad, track.length_m, track.width_m,
        )  # fmt: skip
        if _touch(mine, theirs):
            return float(t)
    return None


def _meet(angle, ego_speed, speed, in_s, offset_s, turn):
    """Ego and track that reach the crossing of their centre lines at ``in_s`` and ``in_s + offset_s``."""
    ego = EgoState(
        0.0, -ego_speed * in_s * math.cos(turn), -ego_speed * in_s * math.sin(turn), turn, ego_speed,
        position_sigma_m=0.0,
    )  # fmt: skip
    yaw = turn + angle
    back = speed * (in_s + offset_s)
    return ego, _track(-back * math.cos(yaw), -back * math.sin(yaw), yaw, speed, sigma=1e-6)


@given(
    st.sampled_from([-1.0, 1.0]),
    st.floats(3.0, 25.0),
    st.floats(3.0, 25.0),
    st.floats(1.0, 8.0),
    st.floats(-2.0, 2.0),
    st.floats(-3.0, 3.0),
)
@settings(max_examples=40, deadline=None)
def test_at_right_angles_the_conflict_is_the_contact(side, ego_speed, speed, in_s, offset_s, turn) -> None:
    ego, track = _meet(side * math.pi / 2, ego_speed, speed, in_s, offset_s, turn)
    found = path_conflicts(ego, [track])
    assume(_contact_s(ego, track, horizon=0.005) is None)
    edge = min(
        abs(float(found.ego_in_s[0] - found.other_out_s[0])),
        abs(float(found.ego_out_s[0] - found.other_in_s[0])),
    )
    assume(edge > 0.05)
    contact = _contact_s(ego, track)
    assert bool(found.collide(0.0, 0.0)[0]) == (contact is not None)
    if contact is not None:
        first = max(float(found.ego_in_s[0]), float(found.other_in_s[0]))
        assert first == pytest.approx(contact, abs=0.02)


@given(
    st.floats(0.5, 2.6),
    st.sampled_from([-1.0, 1.0]),
    st.floats(3.0, 25.0),
    st.floats(3.0, 25.0),
    st.floats(1.0, 8.0),
    st.floats(-2.0, 2.0),
)
@settings(max_examples=40, deadline=None)
def test_no_contact_is_missed_at_any_angle(angle, side, ego_speed, speed, in_s, offset_s) -> None:
    ego, track = _meet(side * angle, ego_speed, speed, in_s, offset_s, 0.3)
    contact = _contact_s(ego, track)
    assume(contact is not None)
    found = path_conflicts(ego, [track])
    assert found.collide(0.02, 0.0)[0]
    assert found.ego_in_s[0] <= contact + 0.02


def test_ttc_is_to_the_conflict_point_and_not_range_over_closing_rate() -> None:
    """Ego 60 km/h, other 60 km/h from the right, centre lines meet 50 m ahead of both."""
    v = 60 / 3.6
    ego = EgoState(0.0, 0.0, 0.0, 0.0, v, position_sigma_m=0.0)
    track = _track(50.0, -50.0, math.pi / 2, v)
    (warning,) = crossing_warning(_environment(ego, track), WarningSettings(ttc_s=5.0))
    assert warning.ttc_s == pytest.approx((50.0 - 0.95 - 2.3) / v)
    assert (warning.east_m, warning.north_m) == pytest.approx((50.0, 0.0))
    assert warning.kind == "ICW"
    assert warning.trust is Trust.VERIFIED
    assert warning.sources == {Source.BSM}
    assert warning.signer == "ab"


@pytest.mark.parametrize(
    ("why", "track"),
    [
        ("unverified", _track(30.0, -30.0, math.pi / 2, 15.0, trust=Trust.UNSIGNED)),
        ("unchecked", _track(30.0, -30.0, math.pi / 2, 15.0, trust=Trust.UNCHECKED)),
        ("not confirmed", _track(30.0, -30.0, math.pi / 2, 15.0, confirmed=False)),
        ("far ahead of it", _track(30.0, 40.0, math.pi / 2, 15.0)),
        ("far behind it", _track(30.0, -90.0, math.pi / 2, 15.0)),
        ("goes the same way", _track(30.0, 0.0, 0.0, 5.0)),
        ("comes the other way", _track(60.0, 3.5, math.pi, 15.0)),
        ("stands", _track(30.0, -5.0, math.pi / 2, 0.3)),
        ("has passed", _track(-10.0, 0.0, math.pi / 2, 15.0)),
    ],
)
def test_no_warning_where(why, track) -> None:
    ego = EgoState(0.0, 0.0, 0.0, 0.0, 15.0)
    assert crossing_warning(_environment(ego, track)) == ()


def test_own_measurements_are_good_enough_and_trust_is_a_setting() -> None:
    ego = EgoState(0.0, 0.0, 0.0, 0.0, 15.0)
    own = _track(30.0, -30.0, math.pi / 2, 15.0, trust=Trust.OWN)
    unsigned = _track(30.0, -30.0, math.pi / 2, 15.0, trust=Trust.UNSIGNED)
    assert crossing_warning(_environment(ego, own))
    assert crossing_warning(_environment(ego, unsigned), WarningSettings(least_trust=Trust.UNSIGNED))


def test_who_brakes_in_time_is_let_pass_if_asked() -> None:
    ego = EgoState(0.0, 0.0, 0.0, 0.0, 15.0)
    braking = _track(30.0, -30.0, math.pi / 2, 15.0, accel_mps2=-6.0)
    assert crossing_warning(_environment(ego, braking))
    assert not crossing_warning(_environment(ego, braking), WarningSettings(use_accel=True))


def test_uncertainty_widens_the_window() -> None:
    ego = EgoState(0.0, 0.0, 0.0, 0.0, 15.0)
    near_miss = {"east": 30.0, "north": -45.5, "yaw": math.pi / 2, "speed": 15.0}
    assert not crossing_warning(_environment(ego, _track(**near_miss)))
    assert crossing_warning(_environment(ego, _track(**near_miss, sigma=5.0)))


def test_the_most_urgent_comes_first() -> None:
    ego = EgoState(0.0, 0.0, 0.0, 0.0, 15.0)
    tracks = [_track(d, -d, math.pi / 2, 15.0, track_id=i) for i, d in enumerate((35.0, 25.0, 30.0))]
    assert [w.track_id for w in crossing_warning(_environment(ego, *tracks))] == [1, 2, 0]


@pytest.mark.parametrize(("ego_kmh", "other_kmh"), [(50, 40), (60, 50), (60, 60)])
@pytest.mark.parametrize("side", [-1.0, 1.0], ids=["from-the-right", "from-the-left"])
def test_an_obstructed_crossing_is_warned_before_the_line(
    ego_kmh, other_kmh, side, tracker, observe, start_at
) -> None:
    """BSM at 10 Hz, 30 ms late, with GNSS bias and noise; hit point a quarter behind the other's front.

    Geometry and the 1.7 s line: our facts on C-NCAP 2024 (C2C SCPO, not official).
    """
    rng = np.random.default_rng(ego_kmh + other_kmh)
    v, w = ego_kmh / 3.6, other_kmh / 3.6
    contact_at = start_at + 8.0
    bias = rng.normal(0.0, 0.4, 2)
    seen, first = {}, None
    for k in range(75):
        at = start_at + 0.1 * k
        if k:
            sent_at = at - 0.03
            along = -w * (contact_at - sent_at) - 4.6 / 4
            message = observe(
                "bsm:0a",
                sent_at,
                2.3 + bias[0] + rng.normal(0.0, 0.2),
                side * along + bias[1] + rng.normal(0.0, 0.2),
                speed=w + rng.normal(0.0, 0.1),
                yaw=side * math.pi / 2,
                latency=0.03,
                length_m=4.6,
                width_m=1.9,
            )
            ego = EgoState(at, -v * (contact_at - at) - 0.95, 0.0, 0.0, v, position_sigma_m=0.3)
            warnings = crossing_warning(tracker.step([message], ego, at))
            seen[k] = bool(warnings)
            if warnings and first is None:
                first = contact_at - at
    assert first is not None
    assert 2.2 <= first <= 2.8, "clearly before 1.7 s, and not much before what is set"
    start = min(k for k, warned in seen.items() if warned)
    assert all(seen[k] for k in range(start, max(seen))), "a warning that began must last"
