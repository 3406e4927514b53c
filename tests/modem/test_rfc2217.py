"""RFC 2217: two sides agree, octets go through any cut, any octets are taken, and a real server answers."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.modem import rfc2217
from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.port import open_port
from v2x.modem.telnet import COMMANDS_LIMIT, RESUME, SET_BAUD_RATE, SUSPEND, Telnet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BOUND_S = 20.0
EVERY = bytes(range(256)) * 3


def agreed() -> tuple[Telnet, Telnet]:
    client, server = Telnet(server=False), Telnet(server=True)
    client.begin()
    settle(client, server)
    return client, server


def settle(client: Telnet, server: Telnet) -> tuple[bytes, bytes]:
    """Carry what waits both ways; returns what each side's line got.  It must come to an end."""
    at_client, at_server = b"", b""
    for _ in range(10):
        up, down = client.take_out(), server.take_out()
        if not up and not down:
            return at_client, at_server
        at_server += server.feed(up)
        at_client += client.feed(down)
    raise AssertionError("the sides answer each other for ever")


def test_the_first_octets_are_those_of_the_rfc() -> None:
    client = Telnet(server=False)
    client.begin()
    assert client.take_out().startswith(bytes.fromhex("FFFB2C"))  # WILL COM-PORT-OPTION
    client.command(SET_BAUD_RATE, struct.pack(">I", 115_200))
    assert client.take_out() == bytes.fromhex("FFFA2C01 0001C200 FFF0")
    client.command(SET_BAUD_RATE, b"\xff\x00\x00\xff")
    assert client.take_out() == bytes.fromhex("FFFA2C01 FFFF0000FFFF FFF0")


def test_the_sides_agree_and_set_the_line() -> None:
    client, server = agreed()
    assert client.agreed
    assert server.agreed
    client.set_line(921_600)
    settle(client, server)
    assert server.baud_rate == 921_600
    assert [number for number, _ in server.commands] == [1, 2, 3, 4, 5, 5, 5]
    server.command(SET_BAUD_RATE, struct.pack(">I", 921_600))
    settle(client, server)
    assert client.baud_rate == 921_600


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 20))
def test_every_octet_goes_through_any_cut(data: bytes, cut: int) -> None:
    client, server = agreed()
    client.send(data + b"\xff")
    out = client.take_out()
    got = b"".join(server.feed(out[start : start + cut]) for start in range(0, len(out), cut))
    assert got == data + b"\xff"


@given(st.binary(max_size=300), st.booleans())
def test_any_octets_are_taken_and_cuts_change_nothing(data: bytes, is_server: bool) -> None:
    whole, cut = Telnet(server=is_server), Telnet(server=is_server)
    assert whole.feed(data) == b"".join(cut.feed(bytes((octet,))) for octet in data)
    assert whole.take_out() == cut.take_out()
    assert whole.commands == cut.commands
    assert len(whole.commands) <= COMMANDS_LIMIT


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_two_sides_never_answer_each_other_for_ever(one: bytes, other: bytes) -> None:
    client, server = agreed()
    client.feed(one)
    server.feed(other)
    settle(client, server)


def test_options_are_refused_and_ended() -> None:
    client, _ = agreed()
    assert client.feed(bytes.fromhex("FFFD18")) == b""  # DO TERMINAL-TYPE
    assert client.take_out() == bytes.fromhex("FFFC18")
    client.feed(bytes.fromhex("FFFE2C"))  # DONT COM-PORT-OPTION
    assert client.take_out() == bytes.fromhex("FFFC2C")
    assert not client.agreed


def test_an_endless_subnegotiation_is_dropped() -> None:
    server = agreed()[1]
    server.feed(b"\xff\xfa\x2c\x01" + b"x" * 100_000 + b"\xff\xf0" + b"AT")
    assert server.commands == []
    assert server.feed(b"AT") == b"AT"


# -- over TCP --------------------------------------------------------------------------------------


class Server:
    """An RFC 2217 server whose line echoes; what it does wrong is an argument."""

    def __init__(self, *, mute: bool = False, baud: int | None = None) -> None:
        self.telnet = Telnet(server=True)
        self.writer: asyncio.StreamWriter | None = None
        self._mute = mute
        self._baud = baud

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                if self._mute:
                    continue
                line = self.telnet.feed(data)
                for number, value in self.telnet.commands:
                    if number == SET_BAUD_RATE:
                        self.telnet.command(number, struct.pack(">I", self._baud) if self._baud else value)
                self.telnet.commands.clear()
                self.telnet.send(line)
                await self.flush()
        writer.close()

    async def flush(self) -> None:
        assert self.writer is not None
        self.writer.write(self.telnet.take_out())
        await self.writer.drain()


def served(work: Callable[[str, Server], Awaitable[None]], **wrong: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            server = Server(**wrong)
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            async with listening:
                host, port = listening.sockets[0].getsockname()
                await work(f"rfc2217://{host}:{port}", server)

    asyncio.run(main())


async def read_exactly(port: Any, count: int) -> bytes:
    got = b""
    while len(got) < count:
        got += await port.read()
    return got


def test_a_port_over_rfc2217() -> None:
    async def work(name: str, server: Server) -> None:
        port = await open_port(name, baud=921_600)
        assert port.name == name
        assert server.telnet.baud_rate == 921_600
        await port.write(EVERY)
        assert await read_exactly(port, len(EVERY)) == EVERY
        await port.close()
        await port.close()
        with pytest.raises(PortLost):
            await port.write(b"x")

    served(work)


def test_a_server_that_asks_for_silence_gets_it() -> None:
    async def work(name: str, server: Server) -> None:
        port = await open_port(name)
        server.telnet.command(SUSPEND, b"")
        server.telnet.send(b"now")
        await server.flush()
        assert await read_exactly(port, 3) == b"now"
        writing = asyncio.create_task(port.write(b"out"))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not writing.done()
        reading = asyncio.create_task(read_exactly(port, 3))
        server.telnet.command(RESUME, b"")
        await server.flush()
        assert await reading == b"out"
        await writing
        server.telnet.command(SUSPEND, b"")
        await server.flush()
        assert server.writer is not None
        server.writer.close()
        with pytest.raises(PortLost):
            await port.read()
        with pytest.raises(PortLost):
            await port.write(b"x")
        await port.close()

    served(work)


def test_a_server_that_does_not_speak_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rfc2217, "AGREE_TIMEOUT_S", 0.05)

    async def work(name: str, _: Server) -> None:
        with pytest.raises(PortUnavailable, match="plain tcp") as caught:
            await open_port(name)
        assert caught.value.problem is PortProblem.REFUSED

    served(work, mute=True)


def test_a_server_that_sets_another_speed() -> None:
    async def work(name: str, _: Server) -> None:
        with pytest.raises(PortUnavailable, match="9600 Bd instead of 115200"):
            await open_port(name)

    served(work, baud=9600)


def test_addresses_that_are_none_and_nobody_there() -> None:
    for name in ("rfc2217://", "rfc2217://127.0.0.1", "rfc2217://127.0.0.1:1/x"):
        with pytest.raises(PortUnavailable):
            asyncio.run(open_port(name))


@pytest.mark.counterpart("pyserial")
@pytest.mark.skipif(
    importlib.util.find_spec("serial") is None, reason="needs pyserial (pip install pyserial)"
)
def test_pyserial_s_server_takes_us_for_a_client() -> None:
    serial = pytest.importorskip("serial")
    protocol = pytest.importorskip("serial.rfc2217")
    listening = socket.create_server(("127.0.0.1", 0))
    line = serial.serial_for_url("loop://", timeout=0.01)

    class Connection:
        def __init__(self, sock: socket.socket) -> None:
            self._sock = sock

        def write(self, data: bytes) -> None:
            self._sock.sendall(data)

    def run() -> None:
        sock, _ = listening.accept()
        with sock, contextlib.suppress(OSError):
            manager = protocol.PortManager(line, Connection(sock))
            while data := sock.recv(4096):
                line.write(b"".join(manager.filter(data)))
                while waiting := line.in_waiting:
                    sock.sendall(b"".join(manager.escape(line.read(waiting))))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            port = await open_port(f"rfc2217://127.0.0.1:{listening.getsockname()[1]}", baud=57_600)
            assert line.baudrate == 57_600
            await port.write(EVERY)
            assert await read_exactly(port, len(EVERY)) == EVERY
            await port.close()

    asyncio.run(main())
    thread.join(BOUND_S)
    listening.close()
    line.close()
    assert not thread.is_alive()
