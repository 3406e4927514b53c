"""Differences of messages: paths and meanings, lists by identity, profiles, and the command."""

from __future__ import annotations

import copy
import json
from random import Random

import pytest
import typer
from typer.testing import CliRunner

from v2x.cli import inspect
from v2x.codecs import KINDS, PROFILES, Message, decode, encode
from v2x.codecs.diff import IDENTITIES, compare
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.elements import typed_of
from v2x.codecs.message import DAY2_MESSAGES
from v2x.codecs.pcapng import write_pcapng
from v2x.testing import random_message

app = typer.Typer()
app.command("explain")(inspect.explain)  # two commands, so that the name is needed
app.command("diff")(inspect.diff)


def changed(message: Message) -> Message:
    return copy.deepcopy(message)


def paths(a: Message, b: Message) -> list[str]:
    return [one.path for one in compare(a, b).differences]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_message_does_not_differ_from_itself(profile):
    rng = Random(profile)
    for kind in KINDS if profile == "csae157_2020" else KINDS[:5]:
        message, other = (random_message(rng, kind, profile) for _ in range(2))
        assert compare(message, changed(message)).same
        comparison = compare(message, other)
        assert comparison.same == (message == other)
        assert json.loads(json.dumps(comparison.to_json()))["kinds"] == [kind, kind]
        back = compare(other, message)
        assert {d.path for d in comparison.differences} == {d.path for d in back.differences}


def test_fields_of_a_bsm(recorded):
    a = decode(recorded["BSM"].octets, profile="csae53_2020")
    b = changed(a)
    b.body["speed"] = 617
    b.body["pos"]["elevation"] = -4096
    del b.body["safetyExt"]["lights"]
    b.body["brakes"]["abs"] = "engaged"
    b.body["safetyExt"]["pathHistory"]["crumbData"].pop()
    b.body["safetyExt"]["events"] = (b"\x00\x80", 13)
    found = {one.path: one for one in compare(a, b).differences}
    assert list(found) == [
        "pos.elevation",
        "speed",
        "brakes.abs",
        "safetyExt.events",
        "safetyExt.pathHistory.crumbData[3]",
        "safetyExt.lights",
    ]
    assert (found["speed"].a, found["speed"].b) == (0, 617)
    assert (found["speed"].a_meaning, found["speed"].b_meaning) == ("0.00 m/s", "12.34 m/s")
    assert (found["pos.elevation"].a_meaning, found["pos.elevation"].b_meaning) == ("37.5 m", "unavailable")
    assert (found["brakes.abs"].a, found["brakes.abs"].a_meaning) == (None, "absent")
    assert found["safetyExt.events"].b_meaning == "{eventLightsChanged}"
    crumb = found["safetyExt.pathHistory.crumbData[3]"]
    assert crumb.a["timeOffset"] == 5
    assert "116.3508893 deg" in crumb.a_meaning
    assert crumb.b is None


def test_lanes_links_and_phases_are_aligned_by_identity(recorded):
    a = decode(recorded["MAP"].octets, profile="csae53_2020")
    b = changed(a)
    links = b.body["nodes"][0]["inLinks"]
    links[0]["lanes"].insert(0, {"laneID": 7})
    links[0]["movements"][1]["phaseId"] = 99
    assert paths(a, b) == [
        "nodes[id=1/149].inLinks[upstreamNodeId=1/148].movements[remoteIntersection=1/150].phaseId",
        "nodes[id=1/149].inLinks[upstreamNodeId=1/148].lanes[laneID=7]",
    ]
    links.reverse()
    (order, *_) = compare(a, b).differences
    assert order.path == "nodes[id=1/149].inLinks"
    assert order.a[0] == "[upstreamNodeId=1/148]"
    assert order.b_meaning.startswith("order [upstreamNodeId=1/1095]")


def test_an_identity_that_stands_twice_leaves_the_index(recorded):
    a = decode(recorded["MAP"].octets, profile="csae53_2020")
    b = changed(a)
    lanes = b.body["nodes"][0]["inLinks"][0]["lanes"]
    lanes.append(copy.deepcopy(lanes[0]))
    lanes[1]["laneWidth"] = 5
    assert paths(a, b) == ["nodes[id=1/149].inLinks[upstreamNodeId=1/148].lanes[[1]]".replace("[[1]]", "[1]")]


def test_a_choice_made_otherwise_is_one_difference(recorded):
    a = decode(recorded["RSI"].octets, profile="csae53_2020")
    b = changed(a)
    b.body["rtes"][0]["eventPos"]["offsetLL"] = ("position-LL2", {"lon": 1, "lat": 2})
    (one,) = compare(a, b).differences
    assert one.path == "rtes[rteId=123].eventPos.offsetLL"
    assert one.b == {"position-LL2": {"lon": 1, "lat": 2}}
    assert one.b_meaning == "position-LL2 {lon 0.0000001 deg, lat 0.0000002 deg}"


def test_editions_differ_in_what_their_owner_changed_only(recorded):
    a = decode(recorded["MAP"].octets, profile="csae53_2020")
    b = Message("MAP", "csae157_2020", copy.deepcopy(a.value))
    assert encode(a) != encode(b)
    comparison = compare(a, b)
    assert comparison.same
    assert comparison.profiles == ("csae53_2020", "csae157_2020")


def test_additions_of_a_later_edition_are_compared(recorded):
    a = decode(recorded["BSM"].octets, profile="csae53_2020")
    b = changed(a)
    b.body["safetyExt"]["..."] = (2, ((1, b"\xab"),))
    (one,) = compare(a, b).differences
    assert (one.path, one.a, one.b) == ("safetyExt....", None, {"1": "AB"})
    json.dumps(compare(b, a).to_json())
    del a.body["safetyExt"]
    (one,) = compare(a, b).differences
    assert "..." not in one.b


def test_kinds_that_differ(recorded):
    a, b = (decode(recorded[kind].octets, profile="csae53_2020") for kind in ("BSM", "SPAT"))
    (one,) = compare(a, b).differences
    assert (one.path, one.a, one.b) == ("", "BSM", "SPAT")


def test_identities_are_members_of_types_that_lists_hold():
    held = {}
    todo = [typed_of(p) for p in PROFILES]
    todo += [typed_of("csae157_2020", one.type_name) for one in DAY2_MESSAGES.values()]
    while todo:
        typed = todo.pop()
        todo += typed.parts.values()
        if typed.item:
            held[typed.item.name] = typed.item
            todo.append(typed.item)
    for name, member in IDENTITIES.items():
        typed = held[name]
        for part in member.split("."):
            typed = typed.parts[part]


# The command


def run(*arguments, data=b""):
    result = CliRunner().invoke(app, ["diff", *arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def pair(recorded, tmp_path):
    a = decode(recorded["BSM"].octets, profile="csae53_2020")
    b = changed(a)
    b.body["msgCnt"] = 118
    first, second = encode(a), encode(b)
    (tmp_path / "a.hex").write_text(first.hex(), encoding="ascii")
    (tmp_path / "both.hex").write_text(f"{first.hex()}\n{second.hex()}  # later\n", encoding="ascii")
    with (tmp_path / "both.pcapng").open("wb") as stream:
        write_pcapng(stream, [(t, DsmpFrame(111, o).render()) for t, o in ((1.0, first), (1.1, second))])
    return tmp_path, first, second


def test_the_same_is_status_0(pair):
    folder, first, _ = pair
    status, text, _ = run(str(folder / "a.hex"), first.hex())
    assert (status, text) == (0, "# BSM by csae157_2020: no differences\n")


def test_a_difference_is_status_1(pair):
    folder, _, _ = pair
    status, text, _ = run(f"{folder / 'both.hex'}:1", f"{folder / 'both.pcapng'}:2")
    assert status == 1
    assert text.splitlines() == [
        "# BSM by csae157_2020: 1 difference",
        "path    A    B",
        "msgCnt  117  118",
    ]
    status, text, _ = run("--json", str(folder / "a.hex"), f"{folder / 'both.hex'}:2")
    assert json.loads(text)["differences"] == [
        {"path": "msgCnt", "a": {"value": 117, "meaning": "117"}, "b": {"value": 118, "meaning": "118"}}
    ]


def test_digits_too_long_for_a_name_are_taken(recorded):
    status, text, _ = run(recorded["MAP"].octets.hex(), recorded["BSM"].octets.hex())
    assert status == 1
    assert text.splitlines()[-1].split() == ["(kind)", "MAP", "BSM"]


def test_trouble_is_status_2(pair):
    folder, first, _ = pair
    for a, b, said in [
        (str(folder / "both.hex"), first.hex(), "more than one message"),
        (f"{folder / 'both.hex'}:3", first.hex(), "2 messages are there"),
        (first.hex()[:20], first.hex(), "truncated"),
        ("nowhere.hex", first.hex(), "can't be read"),
        ("-", first.hex(), "no message"),
    ]:
        status, _, error = run(a, b)
        assert status == 2, said
        assert said in error
