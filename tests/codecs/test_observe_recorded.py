"""observe() on five frames that a road-side unit sent in November 2020.

Source: zyjohn0822/asn1-uper-v2x, commit 6b233cb61f549567273739077f9f7c5528ce8926 (Apache-2.0); the frames of
the unit itself are those that the scenarios carry, the relayed BSM is below.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from v2x.codecs import decode
from v2x.codecs.observe import observe
from v2x.geo import LocalFrame
from v2x.objects import (
    Light,
    MapUpdate,
    ObjectKind,
    Observation,
    Provenance,
    RoadEvent,
    SignalUpdate,
    Source,
    Trust,
)

DATA = Path(__file__).resolve().parents[2] / "scenarios" / "data" / "rsu2020.json"
BSM_AT = 1605340329.636
BSM = (
    "002eb7d528470707070704a399af1ab4b614721fc22efc0006047e87e8401fffe022587080a68000060d614712f335e34fdc"
    "00101ac28e335a6bc6a578002035851c6f54d78d4c2000406b0a38e9c9af1a9480008000"
)
JUNCTION = LocalFrame(28.0985258, 112.9830304)


def frames() -> dict[str, Any]:
    return json.loads(DATA.read_text(encoding="utf-8"))["frames"]


def seen(kind: str, frame: LocalFrame = JUNCTION) -> tuple[Any, ...]:
    row = frames()[kind]
    message = decode(bytes.fromhex(row["hex"]), profile="csae53_2020")
    assert message.kind == kind
    provenance = Provenance(
        Source(kind.lower()), Trust.UNSIGNED, None, received_at=row["recorded_utc_ms"] / 1000
    )
    return observe(message, provenance, frame)


def test_bsm() -> None:
    message = decode(bytes.fromhex(BSM), profile="csae53_2020")
    provenance = Provenance(Source.BSM, Trust.VERIFIED, "0011223344556677", BSM_AT)
    frame = LocalFrame(39.9764645, 116.3509503, 37.5)
    (car,) = observe(message, provenance, frame)
    assert isinstance(car, Observation)
    assert car.provenance is provenance
    assert car.object_id == "bsm:bea9423838383838"
    assert car.measured_at == pytest.approx(1605340329.5)  # secMark 9500 of the minute of reception
    assert (car.east_m, car.north_m, car.up_m) == pytest.approx((0, 0, 0), abs=1e-3)
    assert car.speed_mps == 0.0
    assert car.yaw_rad == pytest.approx(math.radians(90 - 77.0125))
    assert (car.length_m, car.width_m, car.height_m) == (4.5, 1.5, None)
    assert car.kind is ObjectKind.CAR
    assert car.self_reported
    assert (car.braking, car.turn_left, car.turn_right) == (False, False, False)
    assert car.events == frozenset()
    # its accelerations are all unavailable, so the yaw rate of 0 beside them says nothing
    assert car.accel_mps2 is car.yaw_rate_radps is car.position_sigma_m is car.yaw_sigma_rad is None


def test_rsm() -> None:
    (cyclist,) = seen("RSM", LocalFrame(29.7241937, 107.4134465))
    assert isinstance(cyclist, Observation)
    assert cyclist.object_id == "rsm:3132333435000000/1"
    assert cyclist.kind is ObjectKind.BICYCLE
    assert (cyclist.east_m, cyclist.north_m) == pytest.approx((0, 0), abs=1e-3)  # absolute, not an offset
    assert cyclist.speed_mps == pytest.approx(5.16)
    assert cyclist.yaw_rad == pytest.approx(math.radians(90 - 169.45))
    assert cyclist.measured_at == pytest.approx(1606393092.902)  # 31.8 s before: its sender's clock
    assert not cyclist.self_reported
    assert cyclist.up_m is cyclist.length_m is cyclist.position_sigma_m is cyclist.braking is None


def test_map_is_a_junction_of_four_arms_with_one_lane_each() -> None:
    (junction,) = seen("MAP")
    assert isinstance(junction, MapUpdate)
    assert junction.node == (1, 149)
    assert (junction.east_m, junction.north_m) == pytest.approx((0, 0), abs=1e-6)
    assert [lane.upstream_node for lane in junction.lanes] == [(1, 148), (1, 150), (1, 1091), (1, 1095)]
    for lane in junction.lanes:
        assert lane.node == (1, 149)
        assert lane.lane_id == 1
        assert lane.points_m.shape == (4, 2)
        length = np.hypot(*np.diff(lane.points_m, axis=0).T).sum()
        assert 180 < length < 260
        gap = np.hypot(*lane.points_m[-1])
        assert 8 < gap < 38  # each ends before the node, in driving direction
        assert np.hypot(*lane.points_m[0]) > gap
        assert lane.speed_limit_mps == pytest.approx(16.68)
        assert lane.width_m in (22.0, 13.0)
        assert len(lane.connections) == 3
        assert all(connection.remote_lane == 1 for connection in lane.connections)


def test_the_maps_link_150_contradicts_itself_and_its_movements_win() -> None:
    (junction,) = seen("MAP")
    phases = {
        lane.upstream_node[1]: {c.remote_node[1]: c.phase_id for c in lane.connections}
        for lane in junction.lanes
    }
    assert phases == {
        148: {1091: 1, 150: 2, 1095: 3},
        150: {1095: 9, 148: 10, 1091: 11},  # the lane says 1, 2, 3
        1091: {150: 5, 1095: 6, 148: 7},
        1095: {148: 13, 1091: 14, 150: 15},
    }
    assert len(junction.notes) == 3
    assert all(note.startswith("link 1/150, lane 1") for note in junction.notes)
    assert "phase 1, by its movement phase 9" in junction.notes[0]
    (left,) = [c for c in junction.lanes[1].connections if c.phase_id == 9]
    assert left.manoeuvres == {"maneuverLeftAllowed"}


def test_spat() -> None:
    (signal,) = seen("SPAT")
    assert isinstance(signal, SignalUpdate)
    assert signal.node == (255, 9)
    assert signal.stated_at == pytest.approx(1605336905.238)  # moy 458335, timeStamp 5238
    assert {phase.phase_id: (phase.light, phase.next_light) for phase in signal.phases} == {
        **dict.fromkeys((33, 35, 49, 51), (Light.PERMISSIVE_GREEN, Light.YELLOW)),
        **dict.fromkeys((41, 43, 57, 59), (Light.RED, Light.PERMISSIVE_GREEN)),
    }
    ends = {phase.phase_id: phase.likely_end_at - signal.stated_at for phase in signal.phases}
    assert ends == pytest.approx({33: 3, 35: 3, 41: 46, 43: 6, 49: 3, 51: 3, 57: 46, 59: 6})
    assert all(phase.min_end_at is phase.max_end_at is phase.confidence is None for phase in signal.phases)


def test_rsi() -> None:
    (event,) = seen("RSI")
    assert isinstance(event, RoadEvent)
    assert event.event_id == "rsi:3132333435000000/rte/123"
    assert (event.type_code, event.is_sign, event.priority) == (9902, False, 0)
    assert event.radius_m == pytest.approx(100.0)
    assert (event.east_m, event.north_m) == pytest.approx((-7.79, 30.95), abs=0.01)
    assert event.path_m is not None
    assert event.path_m.shape == (4, 2)
    assert event.path_m[-1] == pytest.approx([event.east_m, event.north_m], abs=1e-3)
    assert event.path_radius_m == pytest.approx(20.0)
    assert event.description is event.starts_at is event.ends_at is None
