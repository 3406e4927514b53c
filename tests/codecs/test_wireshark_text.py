"""The dissector's text, names and command, without Wireshark: what is made from the schema must fit it."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from v2x.cli import wireshark
from v2x.codecs.identifiers import attribute_name
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE, PROFILES
from v2x.codecs.schema import BitString, Choice, Sequence, SequenceOf, node_of
from v2x.codecs.wireshark import FILE_NAME, MARK, dissector, snake
from v2x.codecs.wireshark.luatext import literal

if TYPE_CHECKING:
    from pathlib import Path

run = CliRunner()


def identifiers(node: Any, parents: set[tuple[str, ...]]) -> None:
    """The names that stand beside each other, one tuple per type."""
    match node:
        case Sequence() | Choice():
            parents.add(tuple(member.name for member in node.members))
            for member in node.members:
                identifiers(member.node, parents)
        case SequenceOf():
            identifiers(node.element, parents)
        case BitString():
            parents.add(tuple(node.named))


@pytest.fixture(scope="module")
def neighbours() -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for profile in PROFILES:
        identifiers(node_of(profile), found)
    for message in DAY2_MESSAGES.values():
        identifiers(node_of(DAY2_PROFILE, message.type_name), found)
    return found


def test_names_are_valid_and_unlike_beside_each_other(neighbours: set[tuple[str, ...]]) -> None:
    for names in neighbours:
        made = [snake(name) for name in names]
        assert len(set(made)) == len(names), names
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in made), made


def test_members_are_called_as_in_python() -> None:
    for profile in PROFILES:
        stack: list[Any] = [node_of(profile)]
        while stack:
            node = stack.pop()
            if isinstance(node, Sequence | Choice):
                stack += [member.node for member in node.members]
                assert all(snake(member.name) == attribute_name(member.name) for member in node.members)
            elif isinstance(node, SequenceOf):
                stack.append(node.element)


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("posConficence", "pos_conficence"),
        ("position-LL1", "position_ll1"),
        ("eventABSactivated", "event_abs_activated"),
        ("noValidSPATisAvailableAtThisTime", "no_valid_spat_is_available_at_this_time"),
        ("recentChangeInMAPassignedLanesIDsUsed", "recent_change_in_map_assigned_lanes_ids_used"),
        ("hasIRbeaconCoverage", "has_ir_beacon_coverage"),
        ("setMMIRq", "set_mmi_rq"),
    ],
)
def test_run_on_abbreviations_are_parted(identifier: str, name: str) -> None:
    assert snake(identifier) == name


def test_the_same_schema_gives_the_same_text() -> None:
    text = dissector()
    assert text.startswith(MARK + "\n")
    assert text == dissector()
    assert text.isascii()
    assert all(f'name="{profile}"' in text for profile in PROFILES)


def test_no_line_begins_with_a_parenthesis() -> None:
    """Lua takes `f` and `(x)` on the next line for a call; only the parts begin so, behind a semicolon."""
    for number, line in enumerate(dissector().splitlines(), 1):
        assert not line.lstrip().startswith("("), f"line {number}: {line}"
        assert "\t" not in line


@given(st.text())
def test_text_survives_as_a_lua_string(text: str) -> None:
    made = literal(text)
    assert made.isascii()
    assert made.isprintable()
    octets = re.sub(rb"\\(\d{3})", lambda m: bytes([int(m.group(1))]), made[1:-1].encode())
    assert octets == text.encode()


def test_literals() -> None:
    assert literal({"lo": -4096, "end": 1, "in-lane": True, 7: None, 8: 0.5}) == (
        '{lo=-4096,["end"]=1,["in-lane"]=true,[8]=0.5}'
    )
    assert literal([(1, "a"), []]) == '{{1,"a"},{}}'
    with pytest.raises(ValueError, match="not exact"):
        literal(2**53 + 1)
    with pytest.raises(TypeError):
        literal(b"")


@pytest.fixture
def no_tshark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_install_writes_and_keeps(no_tshark: Path) -> None:
    target = no_tshark / ".local/lib/wireshark/plugins" / FILE_NAME
    assert run.invoke(wireshark.app, ["path"]).output.strip() == str(target.parent)
    first = run.invoke(wireshark.app, ["install"])
    assert first.exit_code == 0
    assert target.read_text("utf-8") == dissector()
    assert "up to date" in run.invoke(wireshark.app, ["install"]).output
    target.write_text(MARK + "\n-- of an older version\n", "utf-8")
    assert "replaced" in run.invoke(wireshark.app, ["install"]).output
    assert target.read_text("utf-8") == dissector()


def test_install_does_not_replace_what_is_not_ours(tmp_path: Path) -> None:
    target = tmp_path / FILE_NAME
    target.write_text("-- somebody's own\n", "utf-8")
    refused = run.invoke(wireshark.app, ["install", "--to", str(tmp_path)])
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert target.read_text("utf-8") == "-- somebody's own\n"
    assert run.invoke(wireshark.app, ["install", "--to", str(tmp_path), "--force"]).exit_code == 0
    assert target.read_text("utf-8") == dissector()


def test_install_names_the_place_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failed = run.invoke(wireshark.app, ["install", "--to", str(tmp_path / "file" / "folder")])
    assert failed.exit_code == 1
    assert str(tmp_path / "file") in failed.output


def test_print_gives_the_whole_file() -> None:
    assert run.invoke(wireshark.app, ["print"]).output == dissector()


def test_a_tshark_that_fails_leaves_the_default(monkeypatch: pytest.MonkeyPatch, no_tshark: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/nowhere/tshark")

    def fail(*_args: Any, **_options: Any) -> None:
        raise subprocess.TimeoutExpired("tshark", 1)

    monkeypatch.setattr(subprocess, "run", fail)
    assert wireshark.plugin_folder() == no_tshark / ".local/lib/wireshark/plugins"


@pytest.mark.parametrize("version", ["luac5.1", "luac5.2", "luac5.3", "luac5.4"])
def test_every_lua_of_wireshark_takes_it(version: str, tmp_path: Path) -> None:
    compiler = shutil.which(version)
    if compiler is None:
        pytest.skip(f"no {version}: apt-get install lua{version[4:]}")
    (tmp_path / FILE_NAME).write_text(dissector(), "utf-8")
    subprocess.run([compiler, "-p", str(tmp_path / FILE_NAME)], check=True, capture_output=True)


def test_random_numbers_stay_exact() -> None:
    rng = random.Random(1)
    for _ in range(100):
        number = rng.randint(-(2**53), 2**53)
        assert int(literal(number)) == number
