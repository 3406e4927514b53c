"""Ports: what can't be opened says why, and what is open moves bytes, waits, and notices its loss."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tty
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.host import PtyHost, simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import READ_LIMIT, SerialPort, open_port
from v2x.modem.trace import TraceWriter, read_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

BOUND_S = 20.0
"""A hang is a failure."""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            await work()

    asyncio.run(main())


def problem_of(name: str) -> PortUnavailable:
    async def main() -> None:
        port = await open_port(name)
        await port.close()

    with pytest.raises(PortUnavailable) as caught:
        asyncio.run(main())
    assert str(caught.value).startswith(f"{name}: ")
    return caught.value


@pytest.fixture
def pty() -> Any:
    """Master and slave path of a raw PTY; the test may close the master."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    yield master, path
    try:
        os.close(master)
    except OSError:
        assert master >= 0  # closed by the test


# -- opening ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("/dev/ttyUSB999", PortProblem.MISSING),
        ("/dev/null", PortProblem.NO_TERMINAL),
        ("udp://127.0.0.1:1", PortProblem.ADDRESS),
        ("tcp://", PortProblem.ADDRESS),
        ("tcp://127.0.0.1", PortProblem.ADDRESS),
        ("tcp://127.0.0.1:99999", PortProblem.ADDRESS),
        ("tcp://127.0.0.1:5/x", PortProblem.ADDRESS),
    ],
)
def test_what_cannot_be_opened(name: str, problem: PortProblem) -> None:
    assert problem_of(name).problem is problem


def test_a_plain_file_is_no_serial_device(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("x")
    assert problem_of(str(plain)).problem is PortProblem.NO_TERMINAL
    assert plain.read_text() == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything; run the tests as a user")
def test_a_device_without_permission(pty: tuple[int, str]) -> None:
    os.chmod(pty[1], 0)  # noqa: PTH101
    assert problem_of(pty[1]).problem is PortProblem.PERMISSION


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert problem_of(f"tcp://127.0.0.1:{unused.getsockname()[1]}").problem is PortProblem.REFUSED


def test_a_port_has_one_owner(pty: tuple[int, str]) -> None:
    async def work() -> None:
        port = await open_port(pty[1])
        with pytest.raises(PortUnavailable) as caught:
            await open_port(pty[1])
        assert caught.value.problem is PortProblem.LOCKED
        await port.close()
        await port.close()
        again = await open_port(pty[1])
        await again.close()

    run(work)


def test_a_speed_that_does_not_exist(pty: tuple[int, str]) -> None:
    async def work() -> None:
        with pytest.raises(ValueError, match="no such speed"):
            SerialPort(pty[1], baud=12345)
        port = SerialPort(pty[1], baud=921600)
        await port.close()

    run(work)


# -- moving bytes ----------------------------------------------------------------------------------


def test_every_octet_goes_through_unchanged(pty: tuple[int, str]) -> None:
    every = bytes(range(256))

    async def work() -> None:
        port = await open_port(pty[1])
        os.write(pty[0], every)
        got = b""
        while len(got) < 256:
            got += await port.read()
        assert got == every
        await port.write(every)
        assert os.read(pty[0], 4096) == every
        await port.close()
        with pytest.raises(PortLost, match="closed"):
            await port.read()
        with pytest.raises(PortLost, match="closed"):
            await port.write(b"x")

    run(work)


def test_a_device_that_takes_nothing_holds_the_writer(pty: tuple[int, str]) -> None:
    data = os.urandom(300_000)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        port = await open_port(pty[1])
        writing = asyncio.create_task(port.write(data))
        got = bytearray()
        os.set_blocking(pty[0], False)
        done = asyncio.Event()

        def take() -> None:
            got.extend(os.read(pty[0], 4096))
            if len(got) == len(data):
                done.set()

        for _ in range(5):
            await asyncio.sleep(0)
        assert not writing.done()
        loop.add_reader(pty[0], take)
        await writing
        await done.wait()
        loop.remove_reader(pty[0])
        assert bytes(got) == data
        await port.close()

    run(work)


def test_a_reader_that_does_not_read_holds_the_device(pty: tuple[int, str]) -> None:
    data = os.urandom(4 * READ_LIMIT)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        port = await open_port(pty[1])
        os.set_blocking(pty[0], False)
        sent = 0
        stuck = asyncio.Event()

        def give() -> None:
            nonlocal sent
            try:
                sent += os.write(pty[0], data[sent : sent + 4096])
            except BlockingIOError:
                stuck.set()
            if sent == len(data):
                loop.remove_writer(pty[0])

        loop.add_writer(pty[0], give)
        await asyncio.sleep(0)
        got = bytearray()
        while len(got) < len(data):
            piece = await port.read()
            assert len(piece) <= READ_LIMIT + 4096
            got += piece
        assert bytes(got) == data
        await port.close()

    run(work)


def test_a_hang_up_is_a_loss_once_everything_was_read(pty: tuple[int, str]) -> None:
    async def work() -> None:
        port = await open_port(pty[1])
        os.write(pty[0], b"last words")
        assert await port.read() == b"last words"
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(0)
        os.close(pty[0])
        with pytest.raises(PortLost) as caught:
            await reading
        assert caught.value.port == pty[1]
        with pytest.raises(PortLost):
            await port.write(b"x")
        await port.close()

    run(work)


def test_tcp_moves_bytes_and_notices_the_end() -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(3))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        port = await open_port(address)
        assert port.name == address
        await port.write(b"abc")
        assert await port.read() == b"abc"
        with pytest.raises(PortLost, match="closed by the other side"):
            await port.read()
        await port.close()
        with pytest.raises(PortLost, match="closed"):
            await port.write(b"x")
        await port.close()
        server.close()
        await server.wait_closed()

    run(work)


# -- hosts of the simulated module -----------------------------------------------------------------


def test_clients_come_and_go(tmp_path: Path) -> None:
    link = tmp_path / "modem"

    async def work() -> None:
        async with simulated_module(link=link, speed=1000.0) as sim:
            await sim.until_ready()
            for _ in range(3):
                async with Modem(await open_port(str(link))) as modem:
                    assert "SIMULATED" in (await modem.send("ATI", timeout_s=5)).lines[0]
        assert not link.is_symlink()

    run(work)


def test_a_link_replaces_a_link_to_a_pty_and_nothing_else(tmp_path: Path) -> None:
    stale, mine = tmp_path / "stale", tmp_path / "mine"
    stale.symlink_to("/dev/pts/987654")
    mine.write_text("precious")

    async def work() -> None:
        async with simulated_module(link=stale) as sim:
            assert str(stale.readlink()) == sim.path
        for link in (mine, tmp_path / "no" / "where"):
            with pytest.raises(PortUnavailable):
                async with simulated_module(link=link):
                    raise AssertionError

    run(work)
    assert mine.read_text() == "precious"


def test_a_tcp_host_serves_one_client_at_a_time() -> None:
    async def work() -> None:
        async with simulated_module(tcp_port=0, speed=1000.0) as sim:
            await sim.until_ready()
            async with Modem(await open_port(sim.path)) as first:
                assert (await first.send("AT", timeout_s=5)).final == "OK"
                second = await open_port(sim.path)
                with pytest.raises(PortLost):
                    await second.read()
                await second.close()
                assert (await first.send("AT")).final == "OK"
            with pytest.raises(PortUnavailable):
                async with simulated_module(tcp_port=int(sim.path.rpartition(":")[2])):
                    raise AssertionError

    run(work)


def test_what_nobody_reads_is_given_up_and_counted() -> None:
    async def work() -> None:
        async with simulated_module(speed=1000.0) as sim:
            assert isinstance(sim, PtyHost)
            await sim.until_ready()
            for _ in range(200):
                sim.module.urc("+QIND: " + "x" * 2000)
                sim._tick()
            assert sim.dropped > 0
            async with Modem(await open_port(sim.path)) as modem:
                assert (await modem.send("AT", timeout_s=5)).final == "OK"
        with pytest.raises(ValueError):
            async with simulated_module(speed=0.0):
                raise AssertionError

    run(work)


# -- a counterpart ---------------------------------------------------------------------------------


@pytest.mark.counterpart("socat")
@pytest.mark.skipif(shutil.which("socat") is None, reason="needs socat: apt-get install socat")
def test_through_socat(tmp_path: Path) -> None:
    """Two PTYs that socat joins: the device side of a real program's making."""
    near, far = tmp_path / "near", tmp_path / "far"

    async def work() -> None:
        socat = await asyncio.create_subprocess_exec(
            "socat",
            *("-d", "-d", f"PTY,link={near},raw,echo=0", f"PTY,link={far},raw,echo=0"),
            stderr=asyncio.subprocess.PIPE,
        )
        assert socat.stderr is not None
        while b"starting data transfer" not in await socat.stderr.readline():
            pass
        module, host = await open_port(str(far)), await open_port(str(near))
        async with Modem(host) as modem:
            answering = asyncio.create_task(modem.send("AT+CGMI"))
            heard = b""
            while not heard.endswith(b"\r"):
                heard += await module.read()
            assert heard == b"AT+CGMI\r"
            await module.write(b"AT+CGMI\r\r\nSIMULATED\r\n\r\nOK\r\n")
            assert (await answering).lines == ("SIMULATED",)
            waiting = asyncio.create_task(modem.send("AT"))
            while not heard.endswith(b"AT\r"):
                heard += await module.read()
            socat.terminate()
            with pytest.raises(PortLost):
                await waiting
        await module.close()
        await socat.wait()

    run(work)


def test_a_port_is_traced_where_a_writer_is_given(pty: tuple[int, str], tmp_path: Path) -> None:
    async def work() -> None:
        writer = TraceWriter(tmp_path / "port.jsonl", FakeClock(1_800_000_000.0))
        port = await open_port(pty[1], trace=writer)
        await port.write(b"AT+CIMI\r")
        os.write(pty[0], b"\r\n001010123456789\r\n")
        while (await port.read())[-1:] != b"\n":
            pass
        assert port.name == pty[1]
        await port.close()
        writer.close()

    run(work)
    records = list(read_trace(tmp_path / "port.jsonl"))
    assert records[0].data == b"AT+CIMI\r"
    assert b"".join(r.data for r in records[1:]) == b"\r\n***********6789\r\n"
