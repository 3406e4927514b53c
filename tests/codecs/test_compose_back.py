"""compose and observe are each other's mirror: what is sent reads back within the resolution of the wire."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs import PROFILES, Message, decode, encode
from v2x.codecs.compose import TrailPoint, VehicleReport, compose_bsm, compose_rsm, compose_spat
from v2x.codecs.compose_road import compose_map, compose_rsi
from v2x.codecs.observe import observe
from v2x.codecs.parts import EVENT_FLAGS, MANOEUVRES
from v2x.geo import LocalFrame, wrap_pi
from v2x.objects import (
    Connection,
    Lane,
    Light,
    MapUpdate,
    ObjectKind,
    Observation,
    PhaseState,
    Provenance,
    RoadEvent,
    Source,
    Trust,
)

FRAME = LocalFrame(28.0985258, 112.9830304, 45.0)
AT = 1_714_564_830.25
UNIT = b"RSU00001"
PLACE_M = 0.012  # half a step of 1e-7 deg and the float's own, in both axes
profiles = st.sampled_from(PROFILES)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


positions = number(-4000, 4000)
motions = {
    "speed_mps": maybe(number(0.02, 160)),
    "yaw_rad": maybe(number(-3.14, 3.14)),
    "accel_mps2": maybe(number(-20, 20)),
    "yaw_rate_radps": maybe(number(-5, 5).filter(lambda rate: abs(rate) > 0.001)),
    "position_sigma_m": maybe(number(0.005, 200)),
    "speed_sigma_mps": maybe(number(0.006, 50)),
    "yaw_sigma_rad": maybe(number(1e-4, 0.089)),
    "length_m": maybe(number(0.3, 25)),
    "width_m": maybe(number(0.3, 4)),
    "height_m": maybe(number(0.3, 5)),
}
kinds = st.sampled_from(list(ObjectKind))


def through(message: Message, received_at: float, frame: LocalFrame = FRAME) -> tuple[Any, ...]:
    """Encode, decode and observe, as a receiver would."""
    again = decode(encode(message), profile=message.profile)
    assert again == message
    provenance = Provenance(Source(message.kind.lower()), Trust.VERIFIED, "ab", received_at)
    return observe(again, provenance, frame)


def near(found: float | None, want: float | None, step: float) -> bool:
    if found is None or want is None:
        return found is want
    return abs(found - want) <= step * 0.5001 + 1e-9


def check_motion(found: Observation, want: Any) -> None:
    assert near(found.speed_mps, want.speed_mps, 0.02)
    assert (found.yaw_rad is None) == (want.yaw_rad is None)
    if found.yaw_rad is not None:
        assert abs(wrap_pi(found.yaw_rad - want.yaw_rad)) <= math.radians(0.0125) * 0.51
    assert near(found.accel_mps2, want.accel_mps2, 0.01)
    if want.yaw_rate_radps is None:  # the element has no code for that beside known accelerations
        assert found.yaw_rate_radps in (None, 0.0)
    else:
        assert near(found.yaw_rate_radps, want.yaw_rate_radps, math.radians(0.01))
    for name in ("position_sigma_m", "speed_sigma_mps", "yaw_sigma_rad"):
        sent, read = getattr(want, name), getattr(found, name)
        assert (sent is None) == (read is None), name
        if sent is not None:
            assert sent <= read * 1.0001 <= sent * 10.01, name  # a class says less than was known, never more
    assert near(found.length_m, want.length_m, 0.01)
    assert near(found.width_m, want.width_m, 0.01)
    assert near(found.height_m, want.height_m, 0.05)
    assert found.kind is want.kind


@st.composite
def reports(draw: st.DrawFn) -> VehicleReport:
    signals = draw(maybe(st.tuples(st.booleans(), st.booleans()))) or (None, None)
    return VehicleReport.from_local(
        FRAME,
        draw(positions),
        draw(positions),
        draw(maybe(number(-50, 300))),
        vehicle_id=draw(st.binary(min_size=8, max_size=8)),
        message_count=draw(st.integers(0, 300)),
        at=AT + draw(number(0, 4e7)),
        kind=draw(kinds),
        braking=draw(maybe(st.booleans())),
        turn_left=signals[0],
        turn_right=signals[1],
        events=draw(st.frozensets(st.sampled_from([*EVENT_FLAGS, "sirenUse", "lightsUse"]))),
        lateral_accel_mps2=draw(maybe(number(-20, 20))),
        vertical_accel_mps2=draw(maybe(number(-20, 20))),
        steering_rad=draw(maybe(number(-3, 3))),
        **{name: draw(strategy) for name, strategy in motions.items()},
    )


@settings(max_examples=150, deadline=None)
@given(report=reports(), profile=profiles, lag=number(0, 30))
def test_bsm(report: VehicleReport, profile: str, lag: float) -> None:
    (found,) = through(compose_bsm(report, profile), report.at + lag)
    assert found.object_id == f"bsm:{report.vehicle_id.hex()}"
    assert abs(found.measured_at - report.at) < 0.0006
    east, north, up = FRAME.to_enu(report.lat_deg, report.lon_deg, report.elevation_m or FRAME.height_m)
    assert math.hypot(found.east_m - east, found.north_m - north) < PLACE_M
    if report.elevation_m is None:
        assert found.up_m is None
    else:
        assert near(found.up_m, up, 0.1002)
    check_motion(found, report)
    assert (found.braking, found.turn_left, found.turn_right, found.events) == (
        report.braking, report.turn_left, report.turn_right, report.events,
    )  # fmt: skip
    assert found.self_reported


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    return Observation(
        Provenance(Source.SENSOR, Trust.OWN, None, AT),
        "sensor:1",
        AT - draw(number(0, 1)),
        draw(positions),
        draw(positions),
        draw(maybe(number(-50, 300))),
        kind=draw(kinds),
        **{name: draw(strategy) for name, strategy in motions.items()},
    )


@settings(max_examples=80, deadline=None)
@given(seen=st.lists(observations(), min_size=1, max_size=4), profile=profiles)
def test_rsm(seen: list[Observation], profile: str) -> None:
    numbered = list(enumerate(seen, 1))
    found = through(compose_rsm(UNIT, 5, FRAME, numbered, profile, source="lidar"), AT + 0.05)
    assert [each.object_id for each in found] == [f"rsm:{UNIT.hex()}/{i}" for i, _ in numbered]
    for read, sent in zip(found, seen, strict=True):
        assert abs(read.measured_at - sent.measured_at) < 0.0006
        assert math.hypot(read.east_m - sent.east_m, read.north_m - sent.north_m) < PLACE_M
        assert near(read.up_m, sent.up_m, 0.1002)
        check_motion(read, sent)
        assert not read.self_reported


@st.composite
def phases(draw: st.DrawFn) -> list[PhaseState]:
    numbers = draw(st.lists(st.integers(1, 255), min_size=1, max_size=6, unique=True))
    ends = maybe(number(0.1, 3500).map(lambda wait: AT + wait))
    lights = st.sampled_from(list(Light))
    return [
        PhaseState(
            i,
            draw(lights),
            draw(ends),
            draw(ends),
            draw(ends),
            draw(maybe(lights)),
            draw(maybe(number(0, 1))),
        )
        for i in numbers
    ]


@settings(max_examples=100, deadline=None)
@given(sent=phases(), profile=profiles)
def test_spat(sent: list[PhaseState], profile: str) -> None:
    (found,) = through(compose_spat((7, 9), sent, AT, 1, profile), AT + 0.2)
    assert found.node == (7, 9)
    assert found.stated_at == pytest.approx(AT, abs=0.001)
    for read, want in zip(found.phases, sent, strict=True):
        assert (read.phase_id, read.light, read.next_light) == (want.phase_id, want.light, want.next_light)
        assert near(read.likely_end_at, want.likely_end_at, 0.102)
        assert near(read.min_end_at, want.min_end_at, 0.102)
        assert near(read.max_end_at, want.max_end_at, 0.102)
        assert near(read.confidence, want.confidence, 0.005)


def test_spat_ends_that_have_passed_or_are_far() -> None:
    states = [PhaseState(1, Light.RED, AT + 7200, next_light=Light.YELLOW), PhaseState(2, Light.RED, AT - 5)]
    states += [PhaseState(3, Light.RED, AT - 5, next_light=Light.PROTECTED_GREEN)]
    (found,) = through(compose_spat((7, 9), states, AT, 1, "csae53_2020"), AT)
    assert found.phases[0] == PhaseState(1, Light.RED, None, next_light=Light.YELLOW)
    assert [phase.light for phase in found.phases] == [Light.RED] * 3
    assert [phase.likely_end_at for phase in found.phases[1:]] == pytest.approx([AT, AT], abs=0.001)
    assert found.phases[2].next_light is Light.PROTECTED_GREEN


lines = st.lists(st.tuples(positions, positions), min_size=2, max_size=8, unique_by=lambda p: round(p[0]))
nodes = st.tuples(st.integers(0, 65535), st.integers(0, 65535))


@st.composite
def maps(draw: st.DrawFn) -> MapUpdate:
    node = draw(nodes)
    upstream = draw(st.lists(nodes, min_size=1, max_size=3, unique=True))
    lanes = []
    for start in upstream:
        ways = draw(st.lists(nodes, min_size=1, max_size=3, unique=True))
        connections = tuple(
            Connection(
                way, 1, draw(maybe(st.integers(1, 255))), draw(st.frozensets(st.sampled_from(MANOEUVRES)))
            )
            for way in ways
        )
        for lane_id in range(1, draw(st.integers(2, 4))):
            line = np.array(draw(lines), dtype=float)
            width, limit = draw(maybe(number(0.1, 20))), draw(maybe(number(0, 60)))
            lanes.append(Lane(node, start, lane_id, line, width, limit, connections))
    provenance = Provenance(Source.MAP, Trust.VERIFIED, "ab", AT)
    return MapUpdate(provenance, node, 3, draw(positions), draw(positions), tuple(lanes))


@settings(max_examples=50, deadline=None)
@given(sent=maps(), profile=profiles)
def test_map(sent: MapUpdate, profile: str) -> None:
    (found,) = through(compose_map([sent], FRAME, AT, 3, profile), AT)
    assert (found.node, found.revision, found.notes) == (sent.node, 3, ())
    assert math.hypot(found.east_m - sent.east_m, found.north_m - sent.north_m) < PLACE_M
    for read, want in zip(found.lanes, sent.lanes, strict=True):
        assert (read.node, read.upstream_node, read.lane_id) == (want.node, want.upstream_node, want.lane_id)
        assert read.connections == want.connections
        assert np.hypot(*(read.points_m - want.points_m).T).max() < PLACE_M
        assert want.width_m is None or near(read.width_m, want.width_m, 0.01)
        assert near(read.speed_limit_mps, want.speed_limit_mps, 0.02)


@settings(max_examples=50, deadline=None)
@given(
    is_sign=st.booleans(), code=st.integers(0, 65535), priority=maybe(st.integers(0, 7)),
    place=maybe(st.tuples(positions, positions)), radius=maybe(number(0, 6000)), line=maybe(lines),
    text=st.sampled_from([None, "ROAD WORKS", "前方施工 100m"]), start=maybe(st.integers(-100, 100)),
    profile=profiles,
)  # fmt: skip
def test_rsi(
    is_sign: bool, code: int, priority: int | None, place: Any, radius: float | None, line: Any,
    text: str | None, start: int | None, profile: str,
) -> None:  # fmt: skip
    provenance = Provenance(Source.RSI, Trust.VERIFIED, "ab", AT)
    minute = AT - AT % 60
    sent = RoadEvent(
        provenance, "", code, is_sign, priority, *(place or (None, None)), None if is_sign else radius,
        None if line is None else np.array(line, dtype=float), None if line is None else 3.5, text,
        None if start is None else minute + 60 * start,
        None if start is None else minute + 60 * (start + 500),
    )  # fmt: skip
    (found,) = through(compose_rsi(UNIT, 1, FRAME, [sent], AT, profile), AT)
    plain = dataclasses.replace(found, path_m=None, east_m=None, north_m=None, radius_m=None, event_id="")
    bare = dataclasses.replace(sent, path_m=None, east_m=None, north_m=None, radius_m=None)
    assert plain == dataclasses.replace(bare, path_radius_m=plain.path_radius_m)
    assert near(found.path_radius_m, sent.path_radius_m, 0.1)
    assert near(found.radius_m, sent.radius_m, 0.1)
    assert (found.path_m is None) == (line is None)
    if line is not None:
        assert np.hypot(*(found.path_m - sent.path_m).T).max() < PLACE_M
    if place is not None:
        assert math.hypot(found.east_m - place[0], found.north_m - place[1]) < PLACE_M


def report(**changes: Any) -> VehicleReport:
    base = VehicleReport(b"\0" * 8, 0, AT, 28.1, 113.0, speed_mps=10.0)
    return dataclasses.replace(base, **changes)


def test_a_trail_goes_into_the_path_history() -> None:
    trail = tuple(TrailPoint(AT - 0.5 * i, 28.1 - i * 1e-5, 113.0, 40.0) for i in range(1, 24))
    message = compose_bsm(report(trail=trail, elevation_m=40.3), "csae53_2020")
    again = decode(encode(message), profile="csae53_2020")
    crumbs = again.body["safetyExt"]["pathHistory"]["crumbData"]
    assert len(crumbs) == 23
    assert crumbs[0] == {
        "llvOffset": {"offsetLL": ("position-LL1", {"lon": 0, "lat": -100}), "offsetV": ("offset1", -3)},
        "timeOffset": 50,
    }
    assert crumbs[22]["llvOffset"]["offsetLL"] == ("position-LL2", {"lon": 0, "lat": -2300})
    with pytest.raises(ValueError, match="at most 23"):
        compose_bsm(report(trail=(*trail, trail[0])), "csae53_2020")


def test_nothing_known_is_a_message_too() -> None:
    empty = VehicleReport(b"\0" * 8, 0, AT, 28.1, 113.0)
    body = compose_bsm(empty, "ydt3709_2020").body
    assert "safetyExt" not in body
    assert (body["speed"], body["heading"], body["transmission"]) == (8191, 28800, "unavailable")
    (found,) = through(compose_bsm(empty, "ydt3709_2020"), AT)
    assert found.yaw_rate_radps is found.speed_mps is found.braking is None


def test_not_a_number_is_unavailable() -> None:
    lost = report(
        speed_mps=math.nan, yaw_rad=math.nan, accel_mps2=math.nan, length_m=math.nan, elevation_m=math.nan
    )
    (found,) = through(compose_bsm(lost, "ydt3709_2020"), AT)
    assert found.speed_mps is found.yaw_rad is found.accel_mps2 is found.length_m is found.up_m is None


def test_reverse_reads_back_negative() -> None:
    (found,) = through(compose_bsm(report(speed_mps=-2.0), "ydt3709_2020"), AT)
    assert found.speed_mps == -2.0
    provenance = Provenance(Source.SENSOR, Trust.OWN, None, AT)
    backing = Observation(provenance, "s", AT, 0.0, 0.0, speed_mps=-1.5)
    (read,) = through(compose_rsm(UNIT, 0, FRAME, [(1, backing)], "csae53_2020"), AT)
    assert read.speed_mps == -1.5


def test_far_participants_go_absolute() -> None:
    far = Observation(Provenance(Source.SENSOR, Trust.OWN, None, AT), "s", AT, 95_000.0, 0.0)
    message = compose_rsm(UNIT, 0, FRAME, [(1, far)], "csae53_2020")
    assert message.body["participants"][0]["pos"]["offsetLL"][0] == "position-LatLon"
    (read,) = through(message, AT)
    assert read.east_m == pytest.approx(95_000.0, abs=15.0)  # no height sent: the plane is 700 m up there


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"vehicle_id": b"1234"}, "8 octets"),
        ({"lat_deg": 91.0}, "no place on earth"),
        ({"lon_deg": math.nan}, "no place on earth"),
        ({"events": frozenset({"eventBoredom"})}, "eventBoredom"),
    ],
)
def test_what_a_bsm_cant_hold(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        compose_bsm(report(**changes), "csae53_2020")


def test_what_the_road_side_cant_hold() -> None:
    seen = Observation(Provenance(Source.SENSOR, Trust.OWN, None, AT), "s", AT, 0.0, 0.0)
    for participants in ([], [(i, seen) for i in range(17)], [(65536, seen)]):
        with pytest.raises(ValueError, match=r"participants|ptcId"):
            compose_rsm(UNIT, 0, FRAME, participants, "csae53_2020")
    for count in (0, 17):
        with pytest.raises(ValueError, match="1 to 16 phases"):
            compose_spat((1, 1), [PhaseState(1, Light.RED, None)] * count, AT, 0, "csae53_2020")
    with pytest.raises(ValueError, match=r"outside 1\.\.255"):
        compose_spat((1, 1), [PhaseState(0, Light.RED, None)], AT, 0, "csae53_2020")
    with pytest.raises(ValueError, match="unknown profile"):
        compose_spat((1, 1), [PhaseState(1, Light.RED, None)], AT, 0, "csae54")
    provenance = Provenance(Source.RSI, Trust.OWN, None, AT)
    event = RoadEvent(provenance, "", 1, False, None, None, None, None)
    for events in ([], [event] * 9):
        with pytest.raises(ValueError, match="8 events"):
            compose_rsi(UNIT, 0, FRAME, events, AT, "csae53_2020")
    for wrong in (
        {"priority": 8},
        {"path_m": np.zeros((1, 2))},
        {"description": "x" * 513},
        {"description": "é" * 300},
    ):
        with pytest.raises(ValueError, match=r"outside 0\.\.7|2 to 32 points|512"):
            compose_rsi(UNIT, 0, FRAME, [dataclasses.replace(event, **wrong)], AT, "csae53_2020")
