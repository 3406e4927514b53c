"""Five frames that a road-side unit really sent: values, octets back, profile, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from v2x.codecs import Message, decode, detect, encode
from v2x.codecs.jer import from_jer, to_jer
from v2x.codecs.schema import BitString, Choice, Enumerated, OctetString, Sequence, SequenceOf, node_of

if TYPE_CHECKING:
    from v2x.codecs.schema import Node

KINDS = ("SPAT", "BSM", "RSM", "RSI", "MAP")

OTHERWISE = {
    "SPAT": {".msgCnt": 48, ".moy": 458335, ".timeStamp": 5238},
    "BSM": {".msgCnt": 117, ".secMark": 9500},
    "RSM": {},
    "RSI": {},
    "MAP": {".timeStamp": 475970},
}
"""What ours has in the leaves in which, by the source's notes, its text is of a neighbouring transmission."""

LEAVES = {"SPAT": 134, "BSM": None, "RSM": None, "RSI": None, "MAP": 78}
"""How many leaves the notes count in the text."""


def leaves_of_text(lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """(path, text) of each leaf in order; a CHOICE's alternative stands there by its type, without a name."""
    leaves: list[tuple[str, str]] = []
    stack: list[list[Any]] = []  # path, and how many list elements it has had
    for line in lines:
        match = re.fullmatch(r"\s*(?:([\w-]+): )?(?:[\w-]+ ::= (\{)|(.*))", line)
        assert match, line
        name, opens, text = match.groups()
        if line.strip() == "}":
            stack.pop()
        elif not opens:
            leaves.append((f"{stack[-1][0]}.{name}", text))
        elif name or not stack:
            stack.append([f"{stack[-1][0]}.{name}" if stack else "", 0])
        else:
            stack[-1][1] += 1
            stack.append([f"{stack[-1][0]}[{stack[-1][1] - 1}]", 0])
    return leaves


def leaves_of_value(node: Node, value: Any, path: str = "") -> list[tuple[str, str]]:
    """The same of a decoded value, in the source's way of writing."""
    match node:
        case Sequence():
            return [
                leaf
                for member in node.members
                if member.name in value
                for leaf in leaves_of_value(member.node, value[member.name], f"{path}.{member.name}")
            ]
        case SequenceOf():
            return [
                leaf
                for index, item in enumerate(value)
                for leaf in leaves_of_value(node.element, item, f"{path}[{index}]")
            ]
        case Choice():
            return leaves_of_value(node.by_name[value[0]].node, value[1], path)
        case Enumerated():
            return [(path, f"{node.names.index(value)} ({value})")]
        case OctetString():
            return [(path, value.hex(" ").upper())]
        case BitString():
            unused = f" ({-value[1] % 8} bits unused)" if value[1] % 8 else ""
            return [(path, value[0].hex(" ").upper() + unused)]
    return [(path, str(value))]


def body_node(message: Message) -> Node:
    frame = node_of(message.profile)
    assert isinstance(frame, Choice)
    return frame.by_name[message.value[0]].node


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_the_source(recorded, kind):
    frame = recorded[kind]
    for profile in frame.profiles:
        message = decode(frame.octets, profile=profile)
        assert message.kind == kind
        wanted = leaves_of_text(frame.text)
        got = leaves_of_value(body_node(message), message.body)
        assert len(wanted) == (LEAVES[kind] or len(got))
        assert len(got) == len(wanted) or kind == "MAP"  # the source cuts that text off
        assert [path for path, _ in got][: len(wanted)] == [path for path, _ in wanted]
        different = {
            path: int(text) for (path, text), theirs in zip(got, wanted, strict=False) if text != theirs[1]
        }
        assert different == OTHERWISE[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_octets_come_back(recorded, kind):
    frame = recorded[kind]
    for profile in frame.profiles:
        assert encode(decode(frame.octets, profile=profile)) == frame.octets


@pytest.mark.parametrize("kind", KINDS)
def test_profiles_are_detected(recorded, kind):
    frame = recorded[kind]
    found = detect(frame.octets)
    assert sorted(found.profiles) == sorted(frame.profiles)
    assert found.message == decode(frame.octets)
    if kind in ("MAP", "RSI"):
        assert found.profiles == ("csae53_2020",)
    else:
        assert found.profiles == ("csae157_2020", "csae53_2020", "ydt3709_2020")


@pytest.mark.parametrize("kind", KINDS)
def test_json_and_back(recorded, kind):
    frame = recorded[kind]
    message = decode(frame.octets, profile="csae53_2020")
    assert from_jer(to_jer(message), "csae53_2020") == message


def test_json_of_each_form(recorded):
    spat = to_jer(decode(recorded["SPAT"].octets))["spatFrame"]
    assert spat["intersections"][0]["status"] == "0400"
    assert spat["intersections"][0]["phases"][0]["phaseStates"][0] == {
        "light": "permissive-green",
        "timing": {
            "counting": {"startTime": 0, "likelyEndTime": 30, "nextStartTime": 30, "nextDuration": 30}
        },
    }
    bsm = to_jer(decode(recorded["BSM"].octets))["bsmFrame"]
    assert bsm["id"] == "BEA9423838383838"
    assert bsm["safetyExt"]["events"] == {"value": "0000", "length": 13}
    assert bsm["brakes"] == {"brakePadel": "off"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_is_an_error_with_its_place(recorded, kind, expect_codec_error):
    octets = recorded[kind].octets
    for length in range(0, len(octets), 7):
        error = expect_codec_error(octets[:length], "csae53_2020")
        assert error.kind in ("truncated", "trailing")
        assert error.path.startswith("MessageFrame")
        assert error.bit is not None
        assert error.bit <= 8 * length
