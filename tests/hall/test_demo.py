"""The demo as a user runs it: a process of its own, and what its report promises.

How well the tracks follow is judged in simulated time (``tests/scenarios/test_judge.py``): a machine that is
busy with something else may not decide here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-W", "error", "-m", "v2x"]
OTHERS = {"replayer", "expired", "damager"}


def run(*arguments: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's report, the pcap of what was received, and its test PKI."""
    folder = tmp_path_factory.mktemp("demo")
    done = run(
        "demo", "--seconds", "8", "--json", str(folder / "report.json"),
        "--record", str(folder / "drive.pcap"), "--trust", str(folder / "pki"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
    assert "29.72 N 107.41 E" in done.stdout  # the table of rewrites is shown
    return folder


@pytest.fixture(scope="module")
def report(recording: Path) -> dict[str, Any]:
    return json.loads((recording / "report.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def count(tree: dict[str, dict[str, int]]) -> int:
    return sum(n for reasons in tree.values() for n in reasons.values())


def test_no_frame_is_unaccounted_for(report: dict[str, Any]) -> None:
    frames = report["frames"]
    assert sum(frames["sent_by"].values()) == frames["received"]
    assert frames["received"] == frames["accepted"] + count(frames["dropped"])
    assert set(frames["by_sender"]) == set(frames["sent_by"])
    for name, row in frames["by_sender"].items():
        assert row["sent"] == frames["sent_by"][name] == row["received"], name
        assert row["received"] == row["accepted"] + count(row["dropped"]), name


def test_the_three_are_dropped_and_everybody_else_is_believed(report: dict[str, Any]) -> None:
    senders = report["frames"]["by_sender"]
    assert len(senders) == 30 + 1 + 3
    for name, row in senders.items():
        assert row["accepted"] == (0 if name in OTHERS else row["sent"]), name
    replayed = senders["replayer"]["dropped"]
    assert replayed["replay"]["replayed"] > 0
    assert replayed["time"]["stale"] > 0
    assert set(senders["expired"]["dropped"]) == {"signer"}
    assert len(senders["damager"]["dropped"]) >= 3


def test_all_kinds_of_messages_come_through(report: dict[str, Any]) -> None:
    assert set(report["messages"]) == {"BSM", "MAP", "RSI", "RSM", "SPAT"}


def test_each_vehicle_has_one_track_and_a_token(report: dict[str, Any]) -> None:
    matched = {m["truth_id"]: m for m in report["tracks"]["matched"]}
    assert set(matched) == {f"vehicle-{k:02d}" for k in range(1, 31)} | {"rider"}
    assert len({m["track_id"] for m in matched.values()}) == len(matched)
    assert all(m["followed"] > 0 for m in matched.values())
    assert report["tracks"]["by_source"]["bsm"] >= 25
    assert report["tokens"]["schema"] == "v2x-tokens 1.0.0"


def test_the_module_is_up_and_says_that_it_is_simulated(report: dict[str, Any]) -> None:
    modem = report["modem"]
    assert (modem["state"], modem["simulated"]) == ("data", True)
    assert [s["name"] for s in modem["steps"]] == ["port", "at", "sim", "registered", "data"]
    assert any("SIMULATED" in value for value in modem["identity"].values())
    assert "*" in modem["identity"]["imei"]


def test_without_the_three_nothing_is_dropped() -> None:
    done = run("demo", "--seconds", "3", "--no-attackers", "--json", "-")
    assert done.returncode == 0, done.stderr
    frames = json.loads(done.stdout)["frames"]
    assert frames["dropped"] == {}
    assert frames["received"] == frames["accepted"] == sum(frames["sent_by"].values()) > 500


def test_the_recording_gives_tokens_and_decodes(recording: Path, report: dict[str, Any]) -> None:
    pcap, out = str(recording / "drive.pcap"), recording / "tokens"
    done = run("tokens", "export", pcap, "--trust", str(recording / "pki"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert f"'accepted': {report['frames']['accepted']}" in done.stdout
    frames = sorted(out.glob("*.npz"))
    assert len(frames) > 70
    shown = run("tokens", "show", str(frames[-1]), "--json")
    assert len(json.loads(shown.stdout)["arrays"]["agents"]) >= 27
    decoded = run("decode", "--input", "pcap", "--layer", "frame", pcap)
    lines = [json.loads(line) for line in decoded.stdout.splitlines()]
    assert len(lines) == report["frames"]["received"]
    assert sum("error" not in line for line in lines) >= report["frames"]["accepted"]


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    """The interrupt comes once the service says that it runs; it must report and leave no traceback."""
    target = tmp_path / "report.json"
    with subprocess.Popen(
        [*COMMAND, "run", "--json", str(target)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if "frames/s" in line:
                process.send_signal(signal.SIGINT)
                break
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert errors == ""
    report = json.loads(target.read_text(encoding="utf-8"))
    assert report["tokens"]["frames"] > 0
    assert report["frames"]["transmitted"] > 0


def test_what_a_user_gets_wrong_is_said_in_a_line(tmp_path: Path) -> None:
    config = tmp_path / "station.toml"
    config.write_text("[radio]\nkind = 'udp'\nlisten = '127.0.0.1'\n", encoding="utf-8")
    for arguments, said in (
        (("run", "--config", str(tmp_path / "none.toml")), "No such file"),
        (("run", "--config", str(config), "--seconds", "1"), "127.0.0.1"),
        (("tokens", "export", str(config), "--out", str(tmp_path)), "--trust"),
        (("demo", "--seconds", "1", "--record", str(tmp_path / "no" / "x.pcap")), "No such file"),
    ):
        done = run(*arguments)
        assert done.returncode in (1, 2)
        assert said in done.stderr
        assert "Traceback" not in done.stderr
