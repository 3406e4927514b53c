"""``v2x modem`` as a user runs it: the simulated module in one process, the commands in another."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from v2x.cli.modem import app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
END_S = 20.0
"""A process that does not end is a failure."""


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


class Sim:
    """A simulated module in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        code = f"from v2x.cli.modem import app; app({['sim', *arguments]!r})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.said = [self.process.stdout.readline() for _ in range(4)]
        self.port = self.said[1].removeprefix("port: ").strip()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=END_S)
        assert errors == "simulated module stopped\n"
        return self.process.returncode


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    link = tmp_path_factory.mktemp("sim") / "modem"
    module = Sim("--pty", str(link))
    assert module.port == str(link)
    assert call("bringup", "-p", module.port)[0] == 0  # from here on it has booted
    yield module
    assert module.end(signal.SIGINT) == 0
    assert not link.is_symlink()


def test_it_says_that_it_is_simulated_and_what_to_do(sim: Sim) -> None:
    assert sim.said[0].startswith("SIMULATED module, profile unisoc")
    assert f"v2x modem bringup --port {sim.port}" in sim.said[2]


def test_bring_up(sim: Sim) -> None:
    status, out, errors = call("bringup", "--port", sim.port, "--apn", "internet")
    assert (status, errors) == (0, "")
    assert out.startswith("module (SIMULATED)\n")
    assert "***********0000" in out
    assert "000000000000000" not in out
    assert out.endswith("state: data\n")


def test_bring_up_as_json(sim: Sim) -> None:
    status, out, _ = call("bringup", "-p", sim.port, "--json")
    view = json.loads(out)
    assert status == 0
    assert (view["state"], view["simulated"], view["addresses"]) == ("data", True, ["192.0.2.10"])
    assert [step["name"] for step in view["steps"]] == ["port", "at", "sim", "registered", "data"]


def test_info(sim: Sim) -> None:
    status, out, _ = call("info", "-p", sim.port)
    assert status == 0
    assert out.startswith("SIMULATED module")
    rows = [line.split(None, 1) for line in out.splitlines()]
    assert ["manufacturer", "SIMULATED (v2x)"] in rows
    assert ["imei", "***********0000"] in rows
    assert "000000000000000" in call("info", "-p", sim.port, "--show-identities")[1]


def test_watch(sim: Sim) -> None:
    status, out, _ = call("watch", "-p", sim.port, "--samples", "1")
    assert status == 0
    assert out.startswith("SIMULATED module, profile unisoc\n")
    assert "PCI 702" in out


def test_what_changes_the_module_for_good_needs_a_yes(sim: Sim) -> None:
    status, out, errors = call("at", "-p", sim.port, "AT&W")
    assert (status, out) == (1, "")
    assert "allow_persistent (--yes)" in errors
    assert call("at", "-p", sim.port, "--yes", "AT&W")[:2] == (0, "OK\n")


def test_a_module_in_the_same_process() -> None:
    assert call("at", "--sim", "qualcomm", "E0", "+CGMM")[:2] == (0, "OK\nSIM-QUALCOMM\nOK\n")
    assert call("at", "--sim", "qualcomm", "-p", "/dev/ttyUSB2", "AT")[0] == 2


def test_every_command_is_there_and_says_what_it_does() -> None:
    status, out, _ = call("--help")
    assert status == 0
    for name in ("sim", "info", "shell", "watch", "bench", "parse", "bringup", "at"):
        assert name in out
        assert call(name, "--help")[0] == 0


def test_a_trace_hides_identities(sim: Sim, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    assert call("at", "-p", sim.port, "--trace", str(path), "+CGSN")[0] == 0
    assert "***********0000" in path.read_text()
    assert "000000000000000" not in path.read_text()


def test_at(sim: Sim) -> None:
    status, out, errors = call("at", "-p", sim.port, "AT+CMEE?", "+CGSN")
    assert (status, out, errors) == (0, "+CMEE: 1\nOK\n***********0000\nOK\n", "")
    assert call("at", "-p", sim.port, "+CGSN", "--show-identities")[1] == "000000000000000\nOK\n"
    status, out, errors = call("at", "-p", sim.port, "AT+NONE", "AT")
    assert (status, out) == (1, "OK\n")
    assert errors == "failed: AT+NONE: +CME ERROR 4 (operation not supported)\n"


def test_a_port_in_use_says_so(sim: Sim) -> None:
    lock = f"fcntl.flock(os.open({sim.port!r}, os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)"
    code = f"import os, fcntl; {lock}; print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        status, _, errors = call("at", "-p", sim.port, "AT")
        other.communicate(b"\n", timeout=END_S)
    assert status == 1
    assert "locked by another process" in errors


def test_over_tcp_and_ended_by_the_system() -> None:
    module = Sim("--tcp", "0")
    assert module.port.startswith("tcp://127.0.0.1:")
    host, _, port = module.port.removeprefix("tcp://").rpartition(":")
    socket.create_connection((host, int(port)), timeout=END_S).close()
    assert module.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("info",), 2, "v2x modem sim"),
        (("bringup",), 2, "--port /dev/ttyUSB2"),
        (("at", "AT"), 2, "No port given"),
        (("at", "-p", "/dev/ttyUSB999", "AT"), 1, "no such device"),
        (("at", "-p", "/dev/ttyUSB999", "AT\rAT"), 1, "a command line is printable ASCII"),
        (("info", "-p", "tcp://127.0.0.1"), 1, "an address is tcp://host:port"),
        (("bringup", "-p", "/dev/ttyUSB999"), 1, "failed: port: /dev/ttyUSB999: no such device"),
        (("bringup", "-p", "/dev/ttyUSB999", "--apn", 'a"b'), 1, "not a string parameter"),
        (("bringup", "-p", "/dev/ttyUSB999", "--pin", "12"), 1, "a PIN has four to eight digits"),
        (("bringup", "-p", "/dev/null", "--profile", "unisoc"), 1, "not a serial device"),
        (("sim", "--profile", "other"), 1, "no module profile 'other'"),
        (("sim", "--pty", "x", "--tcp", "1"), 2, "exclude each other"),
        (("sim", "--pty", str(ROOT / "pyproject.toml")), 1, "choose another name"),
    ],
)
def test_what_goes_wrong_is_one_line_with_its_reason(
    arguments: tuple[str, ...], status: int, words: str
) -> None:
    found, _, errors = call(*arguments)
    assert found == status
    assert words in errors
    assert "Traceback" not in errors
