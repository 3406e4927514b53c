"""A MAP drawn: geometry, SVG and GeoJSON of a recorded, a made and many random maps; the command."""

from __future__ import annotations

import io
import json
import math
import shutil
import subprocess
from itertools import pairwise
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from v2x.cli import map as command
from v2x.codecs import PROFILES, Message, decode, encode
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.mapgeojson import map_geojson
from v2x.codecs.mapgeometry import map_geometry
from v2x.codecs.maplines import hull, shifted
from v2x.codecs.mapmodel import DrawSettings
from v2x.codecs.mapsvg import map_svg
from v2x.codecs.parts import MANOEUVRES, to_bits
from v2x.codecs.pcap import write_pcap
from v2x.geo import LocalFrame
from v2x.testing import random_message

FRAME = LocalFrame(31.2, 121.4)
SVG = "{http://www.w3.org/2000/svg}"

app = typer.Typer()
app.command("map")(command.map_command)
app.command("other")(lambda: None)  # two commands, so that the name is needed


def place(east: float, north: float) -> dict:
    lat, lon, _ = FRAME.to_geodetic(east, north)
    return {"lat": round(lat * 1e7), "long": round(lon * 1e7)}


def offset(east: float, north: float) -> dict:
    there = place(east, north)
    return {"offsetLL": ("position-LatLon", {"lon": there["long"], "lat": there["lat"]})}


def points(*places: tuple[float, float]) -> list[dict]:
    return [{"posOffset": offset(*one)} for one in places]


def node(number: int) -> dict:
    return {"region": 3, "id": number}


def link(upstream: int, line: list[dict], lanes: list[dict], **members) -> dict:
    return {"upstreamNodeId": node(upstream), "linkWidth": 700, "points": line, "lanes": lanes, **members}


def connection(remote: int, lane: int, manoeuvre: str, phase: int) -> dict:
    allowed = to_bits([f"maneuver{manoeuvre}Allowed"], MANOEUVRES)
    return {
        "remoteIntersection": node(remote),
        "connectingLane": {"lane": lane, "maneuver": allowed},
        "phaseId": phase,
    }


def made_map(profile: str = "csae157_2020") -> Message:
    """Two junctions 300 m apart, east of one another; the western one has two approaches."""
    lanes = [
        {"laneID": 1, "laneWidth": 350, "maneuvers": to_bits(["maneuverLeftAllowed"], MANOEUVRES),
         "connectsTo": [connection(14, 1, "Left", 5)]},
        {"laneID": 2, "connectsTo": [connection(11, 2, "Straight", 6), connection(98, 1, "Right", 7)]},
        {"laneID": 3, "laneWidth": 400, "laneAttributes": {"laneType": ("crosswalk", (b"\x04\0", 16))},
         "points": points((-14, -10), (-14, 10))},
    ]  # fmt: skip
    west = {
        "name": "Gate & <1>",
        "id": node(10),
        "refPos": place(0, 0),
        "inLinks": [
            link(13, points((-150, -4), (-20, -4)), lanes, name="West \x01 road",
                 speedLimits=[{"type": "vehicleMaxSpeed", "speed": 694}]),
            link(14, points((4, 150), (-4, 20)), [{"laneID": 1}],
                 movements=[{"remoteIntersection": node(13), "phaseId": 9}]),
        ],
    }  # fmt: skip
    east = {
        "id": node(11),
        "refPos": place(300, 0),
        "inLinks": [link(10, points((30, -4), (280, -4)), [{"laneID": 1}, {"laneID": 2}])],
    }
    return Message("MAP", profile, ("mapFrame", {"msgCnt": 5, "nodes": [west, east]}))


def day2_map() -> Message:
    section = {
        "secId": 1,
        "lanes": [
            {"laneRefID": 1, "laneWidth": 300,
             "st-points": [{"s-axis": 0, "t-axis": 150}, {"s-axis": 1000, "t-axis": 150}],
             "connectsTo-ex": [
                 {"remoteIntersection": node(11), "phaseId": 3, "turn-direction": "maneuverLeftTurn",
                  "swl": {"laneWidth": 300, "points": points((-20, 2), (-8, 2))},
                  "connectingLane": [
                      {"target-section": 1, "target-lane": -2,
                       "connectingLanePoints": points((-20, 2), (0, 8), (5, 30))},
                      {"target-section": 1, "target-lane": -1}]}]},
            {"laneRefID": -1},
            {"laneRefID": -2, "laneWidth": 200},
        ],
    }  # fmt: skip
    body = {
        "msgCnt": 1,
        "nodes": [
            {
                "id": node(10),
                "refPos": place(0, 0),
                "inLinks-ex": [
                    {
                        "upstreamNodeId": node(13),
                        "refLine": points((-120, 0), (-20, 0)),
                        "sections": [section],
                    }
                ],
                "prohibitedzone": {
                    "centralCircleProhibitedZone": [offset(*p) for p in ((-5, -5), (-5, 5), (5, 5), (5, -5))]
                },
            }
        ],
    }
    return Message("MAP", "csae157_2020", ("mapFrame", body))


def test_a_junction_of_two_nodes():
    assert encode(made_map())
    made = map_geometry(made_map())
    west, east = made.junctions
    assert (west.node, west.name, east.node) == ((3, 10), "Gate & <1>", (3, 11))
    assert east.origin == pytest.approx((300, 0), abs=0.05)
    assert [(lane.name, lane.kind, lane.width_stated) for lane in west.lanes] == [
        ("1", "vehicle", True), ("2", "vehicle", True), ("3", "crosswalk", True), ("1", "vehicle", True),
    ]  # fmt: skip
    first, second, crosswalk, _ = west.lanes
    # side by side from the left: the crosswalk takes no part
    assert first.line[-1][:2] == pytest.approx((-20, -4 + 7 / 6), abs=0.02)
    assert second.line[-1][:2] == pytest.approx((-20, -4 - 3.5 / 2), abs=0.02)
    assert first.width_m == 3.5
    assert second.width_m == pytest.approx(7 / 3)
    assert crosswalk.attributes == ("hasPushToWalkButton",)
    assert made.notes == []


def test_where_connections_lead():
    west, east = map_geometry(made_map()).junctions
    turns = {(turn.lane, turn.remote): turn for turn in west.turns}
    known = turns["2", (3, 11)]
    assert (known.certainty, known.phase_id) == ("map", 6)
    there = east.lanes[1].line[0][:2] + np.array(east.origin)
    assert known.line[-1][:2] == pytest.approx(there, abs=0.05)
    beside = turns["1", (3, 14)]
    assert beside.certainty == "beside"
    assert beside.line[-1][0] > -4 + 6  # the way out lies to the right of those who leave northwards
    assert turns["2", (3, 98)].certainty == "manoeuvre"
    right = turns["2", (3, 98)].line[-1] - turns["2", (3, 98)].line[0]
    assert right[0] > 5
    assert right[1] < -5
    movement = turns[None, (3, 13)]
    assert (movement.phase_id, movement.certainty) == (9, "beside")
    for turn in west.turns:
        start = next((lane.line[-1] for lane in west.lanes if lane.name == turn.lane), None)
        if turn.upstream == (3, 13):
            assert turn.line[0] == pytest.approx(start)


def test_sections_of_day2():
    assert encode(day2_map())
    (junction,) = map_geometry(day2_map()).junctions
    lanes = {lane.name: lane for lane in junction.lanes if lane.kind == "vehicle"}
    assert set(lanes) == {"1:1", "1:-1", "1:-2"}
    assert lanes["1:1"].line[0][:2] == pytest.approx((-120, 1.5), abs=0.02)
    assert lanes["1:1"].line[-1][:2] == pytest.approx((-20, 1.5), abs=0.02)
    assert lanes["1:-1"].line[-1][1] == pytest.approx(-1.75, abs=0.02)  # 3.5 m where nothing is stated
    assert lanes["1:-2"].line[-1][1] == pytest.approx(-3.5 - 1.0, abs=0.02)
    assert [lane.kind for lane in junction.lanes].count("waiting") == 1
    own, other = junction.turns
    assert (own.certainty, own.remote_lane, other.certainty) == ("points", "1:-2", "manoeuvre")
    assert own.line[-1][:2] == pytest.approx((5, 30), abs=0.02)
    (zone,) = junction.zones
    assert len(zone.ring) == 4


def test_settings_stand_in_for_what_is_not_said():
    message = day2_map()
    (junction,) = map_geometry(message, DrawSettings(lane_width_m=4.0)).junctions
    assert {lane.name: lane.width_m for lane in junction.lanes}["1:-1"] == 4.0


def test_what_can_not_be_drawn_is_noted():
    message = made_map()
    message.body["nodes"][1]["refPos"]["lat"] = 900000001
    del message.body["nodes"][0]["inLinks"][1]["points"]
    made = map_geometry(message)
    assert made.notes == ["link 3/14, lane 1: no points: left out", "node 3/11 has no position: left out"]
    with pytest.raises(ValueError, match="a MAP is wanted, not a BSM"):
        map_geometry(random_message(Random(1), "BSM", "csae53_2020"))


def test_parallels_keep_their_distance():
    line = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0]])
    assert shifted(line, 1.0) == pytest.approx(np.array([[0.0, 1, 0], [9, 1, 0], [9, 10, 0]]))
    assert hull([(0, 0), (2, 0), (1, 1), (2, 2), (0, 2), (1, 0.5)]) == [(0, 0), (2, 0), (2, 2), (0, 2)]
    assert hull([(0, 0), (0, 0)]) == [(0, 0)]


def elements(text: str, name: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(text).findall(f".//{SVG}{name}")


def test_the_picture_of_a_recorded_map(recorded):
    made = map_geometry(decode(recorded["MAP"].octets, profile="csae53_2020"))
    text = map_svg(made)
    said = [element.text for element in elements(text, "text")]
    assert {"node 1/149", "from 1/148", "from 1/1095", "60 km/h", "N"} <= set(said)
    assert "4 links, 4 lanes, 12 connections" in said
    assert {"1", "2", "3", "5", "6", "7", "13", "14", "15"} <= set(said)
    assert "1/148 \u2192 1/1091  left" in said
    assert "1/150 \u2192 1/1095  (movement only)" in said  # the recorded contradiction
    assert "way out beside the approach (guess)" in said
    assert any(one.endswith(" m") and one.split()[0].isdigit() for one in said if one)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")  # nothing is fetched
    everything = map_svg(made, radius_m=math.inf)
    assert len(elements(everything, "svg")) == 0  # no small map beside one that shows all
    assert len(elements(text, "svg")) == 1


def test_text_of_a_message_is_escaped():
    text = map_svg(map_geometry(made_map()))
    said = [element.text for element in elements(text, "text")]
    assert "node 3/10 Gate & <1>" in said
    assert any("West \ufffd road" in one for one in said if one)


def test_pictures_of_day2_and_of_nothing():
    text = map_svg(map_geometry(day2_map()))
    assert elements(text, "path")
    message = made_map()
    for one in message.body["nodes"]:
        one["refPos"]["long"] = 1800000001
    said = [element.text for element in elements(map_svg(map_geometry(message)), "text")]
    assert "no node has a position" in said
    with pytest.raises(ValueError, match="640 x 480"):
        map_svg(map_geometry(message), width_px=100)
    with pytest.raises(ValueError, match="positive"):
        map_svg(map_geometry(message), radius_m=0.0)


@pytest.mark.parametrize("profile", PROFILES)
def test_random_maps_never_fail(profile):
    rng = Random(profile)
    for _ in range(60):
        made = map_geometry(random_message(rng, "MAP", profile))
        for radius in (None, 1e-3, math.inf):
            ElementTree.fromstring(map_svg(made, radius_m=radius))
        check_geojson(json.loads(json.dumps(map_geojson(made), allow_nan=False)))


def check_geojson(document: dict) -> None:
    assert document["type"] == "FeatureCollection"
    for feature in document["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        geometry = feature["geometry"]
        coordinates = geometry["coordinates"]
        if geometry["type"] == "Point":
            coordinates = [coordinates]
        elif geometry["type"] == "Polygon":
            (coordinates,) = coordinates
            assert coordinates[0] == coordinates[-1]
            assert len(coordinates) >= 4
        else:
            assert geometry["type"] == "LineString"
            assert len(coordinates) >= 2
        for lon, lat in coordinates:
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90


def test_geojson_of_a_recorded_map(recorded):
    message = decode(recorded["MAP"].octets, profile="csae53_2020")
    document = map_geojson(map_geometry(message))
    check_geojson(document)
    kinds = [feature["properties"]["kind"] for feature in document["features"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "node": 1, "link": 4, "lane": 4, "connection": 12,
    }  # fmt: skip
    (first, *_) = [f for f in document["features"] if f["properties"]["kind"] == "lane"]
    assert first["geometry"]["coordinates"][0] == [112.9827867, 28.1010657]  # as on the wire
    assert first["properties"] == {
        "kind": "lane",
        "node": "1/149",
        "upstream": "1/148",
        "lane": "1",
        "lane_type": "vehicle",
        "width_m": 22.0,
        "width_stated": True,
        "manoeuvres": ["maneuverStraightAllowed", "maneuverLeftAllowed", "maneuverRightAllowed"],
        "attributes": [],
        "speed_limits_mps": {},
    }
    west, south, east, north = document["bbox"]
    assert west < 112.9830304 < east
    assert south < 28.0985258 < north


def test_geojson_zones_are_closed_and_counter_clockwise():
    document = map_geojson(map_geometry(day2_map()))
    (zone,) = [f for f in document["features"] if f["properties"]["kind"] == "zone"]
    (ring,) = zone["geometry"]["coordinates"]
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
    assert area > 0


def test_a_renderer_takes_the_picture(recorded, tmp_path):
    program = shutil.which("rsvg-convert")
    if program is None:
        pytest.skip("rsvg-convert is not here: apt-get install librsvg2-bin")
    path = tmp_path / "map.svg"
    path.write_text(map_svg(map_geometry(made_map())), encoding="utf-8")
    run = subprocess.run([program, str(path)], capture_output=True, check=True)
    assert run.stdout.startswith(b"\x89PNG")


# The command


def run(*arguments, data=b""):
    result = CliRunner().invoke(app, ["map", *arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_draws_to_files_and_standard_output(recorded, tmp_path):
    octets = recorded["MAP"].octets
    svg, geojson = tmp_path / "out.svg", tmp_path / "out.geojson"
    status, text, error = run("--svg", str(svg), "--geojson", str(geojson), data=octets.hex())
    assert (status, text, error) == (0, "", "")
    assert svg.read_text("utf-8").startswith("<svg ")
    check_geojson(json.loads(geojson.read_text("utf-8")))
    status, text, _ = run("--svg", "-", "--radius", "0", data=octets.hex())
    assert (status, text[:5]) == (0, "<svg ")


def test_the_map_of_a_capture_is_found(recorded, tmp_path):
    stream = io.BytesIO()
    frames = [(111, recorded["BSM"].octets), (3618, recorded["MAP"].octets), (3618, encode(made_map()))]
    write_pcap(stream, [(1.0, DsmpFrame(aid, octets).render()) for aid, octets in frames])
    (tmp_path / "drive.pcap").write_bytes(stream.getvalue())
    path = str(tmp_path / "drive.pcap")
    for number, name in (("1", "1/149"), ("2", "3/10")):
        status, text, _ = run(path, "--geojson", "-", "--number", number)
        assert status == 0
        assert json.loads(text)["features"][0]["properties"]["node"] == name
    status, _, error = run(path, "--svg", "-", "--number", "3")
    assert (status, error) == (1, "there is no MAP number 3 in the input (1 BSM, 2 MAP)\n")


def test_trouble_is_named(recorded, tmp_path):
    status, _, error = run(data=recorded["MAP"].octets.hex())
    assert status == 2
    assert "--svg OUT" in error
    status, _, error = run("--svg", "-", data="00ff")
    assert status == 1
    assert "no message" in error
    target = tmp_path / "nowhere" / "x.svg"
    status, _, error = run("--svg", str(target), data=recorded["MAP"].octets.hex())
    assert (status, error) == (1, f"{target} can't be written: No such file or directory\n")
