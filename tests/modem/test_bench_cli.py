"""``v2x modem bench`` as a user runs it: statuses, files, Ctrl-C, a kill and the way on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from v2x.cli.modem_bench import bench
from v2x.modem.bench_store import read_results

ROOT = Path(__file__).resolve().parents[2]
END_S = 20.0
"""A process that does not end is a failure."""

PLAN = """
[bench]
title = "A bench"
cycles = {cycles}
[simulated]
speed = 1000
[[step]]
do = "at"
command = "AT+CSQ"
[[step]]
do = "wait"
wait_s = {wait_s}
[[limit]]
measure = "cycle.success"
statistic = "share"
at_least = {at_least}
"""


def call(*arguments: str | Path) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(bench)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def plan_in(
    folder: Path, cycles: int = 2, *, wait_s: float = 0.0, at_least: float = 1.0, more: str = ""
) -> Path:
    path = folder / "plan.toml"
    path.write_text(PLAN.format(cycles=cycles, wait_s=wait_s, at_least=at_least) + more)
    return path


def test_a_run_and_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    status, said, errors = call(plan_in(tmp_path), "--out", out)
    assert status == 0
    assert "a SIMULATED module" in said
    assert "PASS  share of cycle.success at least 1: 1 (at least 1)" in said
    assert "PASS (SIMULATED)" in said
    assert "cycle 2 of 2, 0 failed" in errors
    names = {path.name for path in out.iterdir()} - {"cycles.parquet"}
    assert names == {"events.jsonl", "cycles.csv", "report.html", "junit.xml", "trace-001.jsonl"}
    octets = b"".join(path.read_bytes() for path in out.iterdir())
    assert b"000000000000000" not in octets  # the test IMEI, masked everywhere
    assert "AT+CSQ" in (out / "trace-001.jsonl").read_text()


def test_a_limit_that_does_not_hold(tmp_path: Path) -> None:
    path = plan_in(tmp_path, 1, at_least=1.5)
    status, said, _ = call(path, "--out", tmp_path / "out", "--no-trace")
    assert status == 1
    assert "FAIL (SIMULATED)" in said
    assert not list((tmp_path / "out").glob("trace-*"))


def test_a_finished_run_is_only_reported_again(tmp_path: Path) -> None:
    path, out = plan_in(tmp_path), tmp_path / "out"
    call(path, "--out", out)
    (out / "report.html").unlink()
    status, said, _ = call(path, "--out", out, "--resume")
    assert status == 0
    assert "resumed: 2 cycles are done" in said
    assert len(read_results(out)[0].cycles) == 2
    assert (out / "report.html").exists()


def test_a_simulated_module_of_another_profile(tmp_path: Path) -> None:
    assert call(plan_in(tmp_path), "--out", tmp_path / "out", "--sim", "qualcomm")[0] == 0
    status, _, errors = call(plan_in(tmp_path), "--out", tmp_path / "out", "--resume")
    assert (status, "another plan: profile differs" in errors) == (2, True)


WRONG = [
    (("missing.toml",), "No such file"),
    (("plan.toml", "--port", "x", "--sim", "unisoc"), "exclude each other"),
    (("plan.toml", "--sim", "other"), "no module profile"),
    (("plan.toml", "--power", "'open"), "No closing quotation"),
    (("plan.toml", "--resume"), "no results to go on with"),
    (("plan.toml", "--out", "plan.toml"), "File exists"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    plan_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    status, _, errors = call(*arguments)
    assert status == 2
    assert said in errors


def test_results_are_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = plan_in(tmp_path, 1)
    assert call(path)[0] == 0
    assert (tmp_path / "plan-results" / "report.html").exists()
    status, _, errors = call(path)
    assert (status, "--resume goes on" in errors) == (2, True)


def test_a_plan_without_a_module(tmp_path: Path) -> None:
    path = plan_in(tmp_path)
    path.write_text(path.read_text().replace("[simulated]\nspeed = 1000\n", ""))
    status, _, errors = call(path, "--out", tmp_path / "out")
    assert (status, "No port given" in errors) == (2, True)
    status, _, errors = call(path, "--out", tmp_path / "out", "--port", tmp_path / "none")
    assert (status, "no such device" in errors) == (1, True)


def test_a_write_to_the_memory_asks_first(tmp_path: Path) -> None:
    asks = '[[step]]\ndo = "at"\nname = "store"\ncommand = "AT&W"\n'
    path = plan_in(tmp_path, 1, more=asks)
    status, _, errors = call(path, "--out", tmp_path / "out")
    assert (status, "allow it with --yes" in errors) == (2, True)
    assert not (tmp_path / "out").exists()
    assert call(path, "--out", tmp_path / "out", "--yes")[0] == 0


# -- in a process of its own -----------------------------------------------------------------------


def begun(path: Path, out: Path, *arguments: str) -> subprocess.Popen[str]:
    """A bench in a process, once its first cycle is on the disk."""
    options = [str(path), "--out", str(out), *arguments]
    code = f"from v2x.cli.modem import app; app({['bench', *options]!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + END_S
    events = out / "events.jsonl"
    while not (events.exists() and '"cycle"' in events.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    process = begun(plan_in(tmp_path, 10_000, wait_s=0.05), out)
    process.send_signal(number)
    said, errors = process.communicate(timeout=END_S)
    assert process.returncode == 130, errors
    assert "INCOMPLETE (SIMULATED)" in said
    assert "--resume goes on" in errors
    assert "Traceback" not in errors
    results, whole = read_results(out)
    assert results.sessions[0].why == "interrupted"
    assert whole == (out / "events.jsonl").stat().st_size
    assert (out / "report.html").exists()
    assert not (out / "module").is_symlink()


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = begun(plan_in(tmp_path, 10_000, wait_s=0.05), out)
    process.kill()
    process.communicate(timeout=END_S)
    with (out / "events.jsonl").open("a") as file:
        file.write('{"event": "cycle", "numb')  # as a kill in the middle of a line leaves it
    done = len(read_results(out)[0].cycles)
    assert done >= 1
    status, said, _ = call(plan_in(tmp_path, done + 2, wait_s=0.05), "--out", out, "--resume")
    assert status == 0
    assert f"resumed: {done} cycles are done, the next is {done + 1}" in said
    results, _ = read_results(out)
    assert [cycle.number for cycle in results.cycles] == list(range(1, done + 3))
    assert [session.why for session in results.sessions] == [None, "complete"]
    assert {path.name for path in out.glob("trace-*")} == {"trace-001.jsonl", "trace-002.jsonl"}
    for line in (out / "events.jsonl").read_text().splitlines():
        json.loads(line)
