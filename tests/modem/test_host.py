"""Hosts: the simulated module behind a PTY or TCP port, its port's loss and return, and replays."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from v2x.cli.modem_sim import sim as sim_command
from v2x.modem.cmux_port import multiplex
from v2x.modem.errors import PortLost, PortUnavailable
from v2x.modem.host import SimHost, replayed_module, simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port
from v2x.modem.profiles import profile_names
from v2x.modem.sim_options import SimOptions
from v2x.modem.sim_replay import ReplayedModule
from v2x.modem.sim_script import parse_script
from v2x.modem.trace import TraceRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 20.0
"""A hang is a failure."""

FAST = 200.0


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        before = open_files()
        async with asyncio.timeout(BOUND_S):
            await work()
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before

    asyncio.run(main())


def comings_and_goings(host: SimHost) -> asyncio.Queue[bool]:
    seen: asyncio.Queue[bool] = asyncio.Queue()
    host.when_changed = seen.put_nowait
    return seen


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_answers_on_a_pty(profile: str) -> None:
    async def work() -> None:
        async with simulated_module(profile, speed=FAST) as host:
            await host.until_ready()
            async with Modem(await open_port(host.path)) as modem:
                assert "SIMULATED" in (await modem.send("ATI", timeout_s=5)).lines[0]

    run(work)


@pytest.mark.parametrize("tcp_port", [None, 0], ids=["pty", "tcp"])
def test_a_usb_module_restarts_with_its_port(tcp_port: int | None, tmp_path: Path) -> None:
    link = tmp_path / "modem"

    async def work() -> None:
        options = SimOptions(usb=True, usb_s=2.0)
        named = link if tcp_port is None else None
        async with simulated_module(options=options, speed=50.0, link=named, tcp_port=tcp_port) as host:
            await host.until_ready()
            seen = comings_and_goings(host)
            before = host.path
            async with Modem(await open_port(before)) as modem:
                assert (await modem.send("AT+CFUN=1,1", timeout_s=5)).final == "OK"
                assert await seen.get() is False
                with pytest.raises(PortLost):
                    await modem.send("AT", timeout_s=5)
            if tcp_port is None:
                assert not link.is_symlink()
            assert await seen.get() is True
            await host.until_ready()
            if tcp_port is None:
                assert str(link.readlink()) == host.path
            async with Modem(await open_port(host.path if named is None else str(link))) as modem:
                assert (await modem.send("AT", timeout_s=5)).final == "OK"

    run(work)
    assert not link.is_symlink()


def test_while_the_port_is_gone_nobody_gets_in() -> None:
    script = parse_script('[[on]]\ncommand = "AT+CSQ"\ndo = "port_loss"\nseconds = 1e6\n', "test")

    async def work() -> None:
        async with simulated_module(tcp_port=0, speed=FAST, script=script) as host:
            await host.until_ready()
            seen = comings_and_goings(host)
            async with Modem(await open_port(host.path)) as modem:
                await modem.send("AT+CSQ", timeout_s=5)
                assert await seen.get() is False
            port = await open_port(host.path)
            with pytest.raises(PortLost):
                await port.read()
            await port.close()

    run(work)


def test_the_end_of_a_tcp_connection_ends_data_mode() -> None:
    async def work() -> None:
        async with simulated_module(tcp_port=0, speed=FAST) as host:
            await host.until_ready()
            port = await open_port(host.path)
            await host.until_registered()
            await port.write(b"ATD*99#\r")
            heard = b""
            while b"CONNECT" not in heard:
                heard += await port.read()
            assert host.module.channels[0].in_data_mode
            ended = asyncio.Event()
            hang_up = host.module.hang_up

            def hung_up() -> None:
                hang_up()
                ended.set()

            host.module.hang_up = hung_up  # type: ignore[method-assign]
            await port.close()
            await ended.wait()
            assert not host.module.channels[0].in_data_mode
            async with Modem(await open_port(host.path)) as modem:
                assert (await modem.send("AT", timeout_s=5)).final == "OK"

    run(work)


@pytest.mark.parametrize("tcp_port", [None, 0], ids=["pty", "tcp"])
def test_a_multiplexed_line_from_end_to_end(tcp_port: int | None) -> None:
    async def work() -> None:
        async with simulated_module(speed=FAST, tcp_port=tcp_port) as host:
            await host.until_ready()
            modem = Modem(await open_port(host.path))
            async with modem:
                await modem.send("ATE0", timeout_s=5)
                link = await multiplex(modem)
                first, second = await link.channel(1), await link.channel(2)
                async with Modem(first) as one, Modem(second) as two:
                    answers = await asyncio.gather(
                        one.send("AT+CMEE?", timeout_s=5), two.send("AT+CGMM", timeout_s=5)
                    )
                assert [answer.lines for answer in answers] == [("+CMEE: 1",), ("SIM-UNISOC",)]
                await link.close()

    run(work)


def test_a_replay_answers_on_a_port_and_has_no_module() -> None:
    records = [
        TraceRecord(0.0, "p", True, b"AT+CSQ\r"),
        TraceRecord(0.5, "p", False, b"\r\n+CSQ: 20"),
        TraceRecord(0.6, "p", False, b",99\r\n\r\nOK\r\n"),
    ]

    async def work() -> None:
        async with replayed_module(records, speed=FAST) as host:
            async with Modem(await open_port(host.path)) as modem:
                assert (await modem.send("AT+CSQ", timeout_s=5)).lines == ("+CSQ: 20,99",)
            assert isinstance(host.device, ReplayedModule)
            assert host.device.diverged == 0
            with pytest.raises(TypeError):
                assert host.module

    run(work)


# -- the command line ------------------------------------------------------------------------------


def call(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(sim_command)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--pty", "x", "--tcp", "1"), 2, "--pty and --tcp exclude each other"),
        (("--script", "x", "--replay", "y"), 2, "--script and --replay exclude each other"),
        (("--profile", "other"), 1, "there is: early_x55"),
        (("--script", "/nowhere.toml"), 1, "failed: nowhere.toml: No such file"),
        (("--replay", "/nowhere.jsonl"), 1, "failed: [Errno 2] No such file"),
    ],
)
def test_what_goes_wrong_is_one_line(arguments: tuple[str, ...], status: int, words: str) -> None:
    found, errors = call(*arguments)
    assert (found, "Traceback" in errors) == (status, False)
    assert words in errors


def test_a_replay_alone_reports_what_diverged(tmp_path: Path) -> None:
    trace, link = tmp_path / "run.jsonl", tmp_path / "modem"
    rows = [
        {"t": 1.0, "port": "p", "dir": "tx", "data": "AT\r"},
        {"t": 1.1, "port": "p", "dir": "rx", "data": "\r\nOK\r\n"},
    ]
    trace.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code = (
        "import typer; from v2x.cli.modem_sim import sim; app = typer.Typer(); app.command()(sim); "
        f"app(['--replay', {str(trace)!r}, '--pty', {str(link)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        assert said[0] == "SIMULATED module, replay of run.jsonl; no real hardware, no air.\n"

        async def talk() -> None:
            async with Modem(await open_port(str(link))) as modem:
                assert (await modem.send("AT", timeout_s=5)).final == "OK"

        asyncio.run(talk())
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=BOUND_S)
    assert (process.returncode, errors) == (0, "simulated module stopped\n")
    assert out == "1 lines answered from the trace, 0 diverged\n"


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("precious")

    async def work() -> None:
        with pytest.raises(PortUnavailable, match="no link to a PTY"):
            async with simulated_module(link=taken):
                raise AssertionError

    run(work)
    assert taken.read_text() == "precious"
