"""observe() of what stands by the road: MAP, SPAT and RSI with odd content."""

from __future__ import annotations

import calendar
from typing import Any

import numpy as np
import pytest

from v2x.clock import to_minute_of_year, to_time_mark
from v2x.codecs import Message
from v2x.codecs.observe import ObserveSettings, observe
from v2x.geo import LocalFrame
from v2x.objects import Light, Provenance, Source, Trust

FRAME = LocalFrame(30.0, 120.0)
AT = float(calendar.timegm((2024, 5, 1, 12, 0, 30)))
PROVENANCE = Provenance(Source.MAP, Trust.VERIFIED, "aa", AT + 0.1)


def point(east: float, north: float) -> dict[str, Any]:
    lat, lon, _ = FRAME.to_geodetic(east, north)
    return {
        "posOffset": {"offsetLL": ("position-LatLon", {"lat": round(lat * 1e7), "lon": round(lon * 1e7)})}
    }


NOWHERE = {"posOffset": {"offsetLL": ("position-LatLon", {"lat": 900000001, "lon": 1800000001})}}
NORTHWARD = [point(0, -200), point(0, -100), point(0, -20)]


def way(remote: int, phase: int | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"remoteIntersection": {"id": remote}}
    return entry if phase is None else {**entry, "phaseId": phase}


def lane(number: int = 1, **parts: Any) -> dict[str, Any]:
    return {"laneID": number, **parts}


def junction(lanes: list[dict[str, Any]], settings: ObserveSettings | None = None, **link: Any) -> Any:
    link = {"upstreamNodeId": {"id": 2}, "linkWidth": 700, "lanes": lanes, **link}
    node = {"id": {"region": 1, "id": 1}, "refPos": {"lat": 300000000, "long": 1200000000}, "inLinks": [link]}
    body = {"msgCnt": 4, "nodes": [node]}
    message = Message("MAP", "csae53_2020", ("mapFrame", body))
    (found,) = observe(message, PROVENANCE, FRAME, settings or ObserveSettings())
    return found


def reaches(found: Any) -> list[set[tuple[int, int | None]]]:
    return [{(c.remote_node[1], c.phase_id) for c in each.connections} for each in found.lanes]


def test_lanes_without_points_lie_beside_each_other_from_the_left() -> None:
    found = junction(
        [lane(2, laneWidth=400), lane(1, laneWidth=300), lane(3)], points=NORTHWARD, linkWidth=1050
    )
    assert [each.lane_id for each in found.lanes] == [1, 2, 3]
    assert [each.width_m for each in found.lanes] == pytest.approx([3.0, 4.0, 3.5])
    easts = [each.points_m[:, 0] for each in found.lanes]
    for east, want in zip(easts, [-3.75, -0.25, 3.5], strict=True):
        assert east == pytest.approx(np.full(3, want), abs=0.02)
    assert found.notes == ()


def test_where_the_links_line_runs_is_a_setting() -> None:
    found = junction([lane(1), lane(2)], ObserveSettings(link_line=0.0), points=NORTHWARD, linkWidth=700)
    assert [each.points_m[0, 0] for each in found.lanes] == pytest.approx([1.75, 5.25], abs=0.02)


def test_a_width_that_nobody_states() -> None:
    found = junction([lane(1), lane(2)], ObserveSettings(lane_width_m=3.0), points=NORTHWARD, linkWidth=0)
    assert [each.width_m for each in found.lanes] == [None, None]
    assert [each.points_m[0, 0] for each in found.lanes] == pytest.approx([-1.5, 1.5], abs=0.02)


def test_a_shifted_line_keeps_its_distance_round_a_corner() -> None:
    bend = [point(0, -100), point(0, 0), point(100, 0)]
    found = junction([lane(1), lane(2)], points=bend, linkWidth=700)
    assert found.lanes[0].points_m[1] == pytest.approx([-1.75, 1.75], abs=0.02)
    hairpin = [point(0, -100), point(0, 0), point(0.01, -100)]
    assert np.isfinite(junction([lane(1), lane(2)], points=hairpin).lanes[0].points_m).all()


def test_own_points_go_first_and_bad_ones_are_skipped() -> None:
    own = [point(5, -200), NOWHERE, point(5, -100), point(5, -100), point(5, -20)]
    found = junction([lane(1, points=own)], points=NORTHWARD)
    assert found.lanes[0].points_m == pytest.approx(np.array([[5, -200], [5, -100], [5, -20]]), abs=0.02)


def test_a_lane_without_a_line_is_left_out_and_noted() -> None:
    found = junction([lane(1), lane(2, points=[point(0, 0), NOWHERE])])
    assert found.lanes == ()
    assert len(found.notes) == 2
    assert "link 1/2, lane 1" in found.notes[0]


def test_a_median_is_no_lane_to_drive_on() -> None:
    median = lane(1, laneAttributes={"laneType": ("median", (b"\0\0", 16))})
    cycles = lane(2, laneAttributes={"laneType": ("bikeLane", (b"\0\0", 16))})
    found = junction([median, cycles], points=NORTHWARD)
    assert [each.lane_id for each in found.lanes] == [2]
    assert "median" in found.notes[0]


def test_a_crosswalk_takes_no_width_of_the_link() -> None:
    across = lane(3, laneAttributes={"laneType": ("crosswalk", (b"\0\0", 16))})
    found = junction([lane(1), lane(2), across], points=NORTHWARD, linkWidth=700)
    assert [each.points_m[0, 0] for each in found.lanes] == pytest.approx([-1.75, 1.75], abs=0.02)
    assert [each.width_m for each in found.lanes] == pytest.approx([3.5, 3.5])


def test_speed_limits() -> None:
    limits = [{"type": "vehicleMinSpeed", "speed": 0}, {"type": "vehicleMaxSpeed", "speed": 834}]
    own = lane(2, speedLimits=[{"type": "vehicleMaxSpeed", "speed": 417}])
    found = junction([lane(1), own, lane(3)], points=NORTHWARD, speedLimits=limits)
    assert [each.speed_limit_mps for each in found.lanes] == pytest.approx([16.68, 8.34, 16.68])
    assert junction([lane()], points=NORTHWARD).lanes[0].speed_limit_mps is None


def test_movements_win_over_connections() -> None:
    ways = [way(3, 1), way(4, 5), way(9, 2), way(9, 77)]
    found = junction(
        [lane(1, connectsTo=ways), lane(2, connectsTo=[way(3)])],
        points=NORTHWARD,
        movements=[way(3, 1), way(4, 6), way(5, 2)],
    )
    assert reaches(found) == [{(3, 1), (4, 6), (5, 2)}, {(3, 1)}]
    assert len(found.notes) == 3
    assert "by phase 5, by its movement phase 6" in found.notes[0]
    assert "whose movement leads to 1/5" in found.notes[1]
    assert "no movement" in found.notes[2]


def test_connections_alone_and_movements_alone() -> None:
    alone = junction([lane(1, connectsTo=[way(3, 1), way(4, 0)])], points=NORTHWARD)
    assert reaches(alone) == [{(3, 1), (4, None)}]  # phase 0 is none
    movements = [way(3, 1), way(4, 2)]
    assert reaches(junction([lane(1)], points=NORTHWARD, movements=movements)) == [{(3, 1), (4, 2)}]
    two = junction([lane(1), lane(2)], points=NORTHWARD, movements=movements)
    assert reaches(two) == [set(), set()]
    assert len(two.notes) == 2
    same = junction([lane(1), lane(2)], points=NORTHWARD, movements=[way(3, 1), way(4, 1)])
    assert reaches(same) == [{(3, 1), (4, 1)}] * 2


def test_a_sole_lane_has_all_movements() -> None:
    found = junction([lane(1, connectsTo=[way(3, 1)])], points=NORTHWARD, movements=[way(3, 1), way(4, 2)])
    assert reaches(found) == [{(3, 1), (4, 2)}]


def test_references_without_a_region_are_the_nodes_own() -> None:
    found = junction([lane(1, connectsTo=[way(3, 1)])], points=NORTHWARD)
    assert found.lanes[0].upstream_node == (1, 2)
    assert found.lanes[0].connections[0].remote_node == (1, 3)
    assert found.revision == 4


def test_notes_are_bounded() -> None:
    ways = [way(100 + i, 1) for i in range(16)]
    lanes = [lane(i, connectsTo=ways) for i in range(1, 9)]
    found = junction(lanes, points=NORTHWARD, movements=[way(3, 200)])
    assert len(found.notes) == 64


def test_a_junction_without_a_place_is_left_out() -> None:
    node = {"id": {"id": 1}, "refPos": {"lat": 900000001, "long": 0}}
    bare = {"id": {"id": 2}, "refPos": {"lat": 300000000, "long": 1200000000}}
    message = Message("MAP", "csae53_2020", ("mapFrame", {"msgCnt": 0, "nodes": [node, bare]}))
    (found,) = observe(message, PROVENANCE, FRAME)
    assert found.node == (0, 2)
    assert found.lanes == ()


def counting(start: int, likely: int, light: str = "red", **more: int) -> dict[str, Any]:
    return {"light": light, "timing": ("counting", {"startTime": start, "likelyEndTime": likely, **more})}


def utc(start: int, likely: int, light: str = "red", **more: int) -> dict[str, Any]:
    timing = {"startUTCTime": start, "likelyEndUTCTime": likely, **more}
    return {"light": light, "timing": ("utcTiming", timing)}


def signal(states: list[dict[str, Any]], *, phase_id: int = 1, **body: Any) -> Any:
    phases = [{"id": phase_id, "phaseStates": states}]
    state = {"intersectionId": {"id": 1}, "status": (b"\4\0", 16), "phases": phases, **body.pop("state", {})}
    body = {"msgCnt": 0, "intersections": [state], **body}
    (found,) = observe(Message("SPAT", "csae53_2020", ("spatFrame", body)), PROVENANCE, FRAME)
    return found


def test_counting_form() -> None:
    states = [
        counting(300, 400, "permissive-green"),
        counting(0, 270, "red", minEndTime=250, maxEndTime=36000, timeConfidence=100),
        counting(270, 300, "yellow"),
    ]
    found = signal(states, moy=to_minute_of_year(AT), timeStamp=30_000)
    assert found.stated_at == AT
    (phase,) = found.phases
    assert (phase.light, phase.next_light) == (Light.RED, Light.YELLOW)
    assert phase.likely_end_at == pytest.approx(AT + 27.0)
    assert phase.min_end_at == pytest.approx(AT + 25.0)
    assert phase.max_end_at is None  # more than an hour
    assert phase.confidence == pytest.approx(0.5)


def test_utc_form_over_the_hour() -> None:
    hour = AT + 3600 - AT % 3600
    provenance = Provenance(Source.SPAT, Trust.VERIFIED, "aa", hour - 1.0)
    states = [
        utc(to_time_mark(hour + 2), to_time_mark(hour + 30), "protected-green"),
        utc(to_time_mark(hour - 20), to_time_mark(hour + 2), "red", minEndUTCTime=to_time_mark(hour + 1)),
        utc(to_time_mark(hour - 23), to_time_mark(hour - 20), "yellow"),
    ]
    phases = [{"id": 1, "phaseStates": states}]
    body = {"intersections": [{"intersectionId": {"id": 1}, "status": (b"\4\0", 16), "phases": phases}]}
    message = Message("SPAT", "csae53_2020", ("spatFrame", {"msgCnt": 0, **body}))
    (found,) = observe(message, provenance, FRAME)
    assert found.stated_at == hour - 1.0  # no time of its own: as received
    (phase,) = found.phases
    assert (phase.light, phase.next_light) == (Light.RED, Light.PROTECTED_GREEN)
    assert phase.likely_end_at == pytest.approx(hour + 2)
    assert phase.min_end_at == pytest.approx(hour + 1)


@pytest.mark.parametrize(
    ("states", "light", "following", "wait_s"),
    [
        ([{"light": "red"}], Light.RED, None, None),
        ([counting(50, 90)], Light.RED, None, 9.0),  # a lone state runs
        ([counting(36001, 36001)], Light.RED, None, None),
        ([counting(0, 36001), counting(36001, 36001, "yellow")], Light.RED, Light.YELLOW, None),
        (
            [counting(0, 0), counting(0, 30, "yellow")],
            Light.YELLOW,
            None,
            3.0,
        ),  # one ends as the other starts
        ([counting(0, 50), counting(0, 30, "yellow")], Light.RED, None, 5.0),
        ([counting(50, 90), counting(90, 99, "yellow")], Light.UNAVAILABLE, Light.RED, None),
        ([{"light": "red"}, counting(40, 90, "yellow")], Light.RED, Light.YELLOW, None),
        ([{"light": "red"}, {"light": "yellow"}, {"light": "dark"}], Light.UNAVAILABLE, None, None),
    ],
)
def test_which_state_runs(
    states: list[dict[str, Any]], light: Light, following: Light | None, wait_s: float | None
) -> None:
    found = signal(states)
    (phase,) = found.phases
    assert (phase.light, phase.next_light) == (light, following)
    want = None if wait_s is None else found.stated_at + wait_s
    assert phase.likely_end_at == (None if want is None else pytest.approx(want))


def test_a_junctions_own_time_goes_first() -> None:
    own = {"moy": to_minute_of_year(AT), "timeStamp": 29_000}
    assert signal([counting(0, 10)], moy=0, timeStamp=0, state=own).stated_at == AT - 1.0
    assert signal([counting(0, 10)], timeStamp=29_500).stated_at == AT - 0.5
    assert signal([counting(0, 10)], moy=5, timeStamp=65535).stated_at == PROVENANCE.received_at
    assert signal([counting(0, 10)], moy=5).stated_at == PROVENANCE.received_at


def test_phase_zero_is_none() -> None:
    assert signal([counting(0, 10)], phase_id=0).phases == ()


def information(**parts: Any) -> tuple[Any, ...]:
    reference = {"lat": 300000000, "long": 1200000000}
    body = {"msgCnt": 0, "id": b"RSU00001", "refPos": reference, **parts}
    return observe(Message("RSI", "csae53_2020", ("rsiFrame", body)), PROVENANCE, FRAME)


def path(*norths: float) -> dict[str, Any]:
    return {"activePath": [point(0, north)["posOffset"] for north in norths], "pathRadius": 35}


def rte(**parts: Any) -> dict[str, Any]:
    return {"rteId": 3, "eventType": 408, "eventSource": "detection", **parts}


def test_events_and_signs() -> None:
    sign = {"rtsId": 9, "signType": 38, "signPos": {"offsetLL": ("position-LL1", {"lon": 100, "lat": 0})}}
    event, board = information(
        rtes=[rte(priority=b"\xe0", eventRadius=500)], rtss=[{**sign, "priority": b"\x3f"}]
    )
    assert (event.event_id, event.type_code, event.is_sign) == ("rsi:5253553030303031/rte/3", 408, False)
    assert (event.priority, event.radius_m, event.east_m, event.path_m) == (7, 50.0, None, None)
    assert (board.event_id, board.type_code, board.is_sign) == ("rsi:5253553030303031/rts/9", 38, True)
    assert board.priority == 1  # the low five bits don't count
    assert board.east_m == pytest.approx(0.96, abs=0.01)
    assert information() == ()


def test_each_reference_path_is_an_event() -> None:
    first, second, third = information(rtes=[rte(referencePaths=[path(0, 50), path(60, 90), path(5)])])
    assert [each.event_id.rpartition("/")[2] for each in (first, second, third)] == ["3", "3#2", "3#3"]
    assert first.path_m == pytest.approx(np.array([[0, 0], [0, 50]]), abs=0.02)
    assert second.path_radius_m == pytest.approx(3.5)
    assert third.path_m is None  # one point is no path


@pytest.mark.parametrize(
    ("description", "read"),
    [
        (("textString", "ROAD WORKS"), "ROAD WORKS"),
        (("textGB2312", "前方施工".encode("gb2312")), "前方施工"),
        (("textGB2312", b"\xc7\xb0\xff\xff"), "前\ufffd\ufffd"),
        (("textGB2312", b"ok\0\0"), "ok"),
        (("textString", "a\x1b[2Jb"), "a\ufffd[2Jb"),  # nothing that a terminal obeys
        (None, None),
    ],
)
def test_descriptions(description: Any, read: str | None) -> None:
    (event,) = information(rtes=[rte(**({} if description is None else {"description": description}))])
    assert event.description == read


def test_times_and_the_turn_of_the_year() -> None:
    may, april = to_minute_of_year(AT), to_minute_of_year(AT - 30 * 86400)
    (event,) = information(rtes=[rte(timeDetails={"startTime": april, "endTime": may})])
    assert event.ends_at == AT - 30
    assert event.starts_at == pytest.approx(AT - 30 * 86400 - 30)
    (event,) = information(rtes=[rte(timeDetails={"startTime": may, "endTime": april})])
    assert event.ends_at == calendar.timegm((2025, 4, 2, 12, 0, 0))  # its day 92, after no 29 February
    (event,) = information(rtes=[rte(timeDetails={"startTime": 527040})])
    assert event.starts_at is event.ends_at is None
