"""Hosts and the reference agent: frames, functions, losses, tokens, strange hosts."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.modem.errors import PortLost, PortUnavailable, SettingError
from v2x.modem.pc5_agent import AgentPc5
from v2x.modem.pc5_link import AgentRefused, AgentSettings
from v2x.modem.pc5_login import Token
from v2x.modem.pc5_types import (
    ChannelBusy,
    Direction,
    EventFlow,
    L2Ids,
    Pc5Counters,
    Pc5State,
    Pc5Unsupported,
    SpsFlow,
    TestPlan,
)
from v2x.modem.pc5_wire import (
    AgentProtocolError,
    Message,
    Type,
    WireDecoder,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


BOUND_S = 20.0
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "pc5_agent.py"
QUICK = AgentSettings(timeout_s=5.0, first_wait_s=0.01, most_wait_s=0.02, attempts=200)


def reference() -> Any:
    spec = importlib.util.spec_from_file_location("pc5_agent_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AGENT = reference()


async def until(reached: Callable[[], bool]) -> None:
    """The bound of ``run`` ends the waiting."""
    while not reached():  # noqa: ASYNC110  (what is awaited is in another library's hands)
        await asyncio.sleep(0.001)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            await work()
            await until(lambda: len(asyncio.all_tasks()) == 1)  # the agents' own end with their hosts

    asyncio.run(main())


@contextlib.asynccontextmanager
async def served(
    path: Path, token: bytes | None = None, cbr: float | None = 0.25
) -> AsyncIterator[tuple[str, Any]]:
    """The reference agent on a Unix socket: its address and its unit."""
    unit = AGENT.SimulatedUnit(0.25)
    server = await AGENT.listen(f"unix://{path}", unit, token)
    try:
        yield f"unix://{path}", unit
    finally:
        server.close()
        for host in list(unit.hosts):
            host.writer.transport.abort()


def test_frames_and_functions_with_the_reference_agent(tmp_path: Path) -> None:
    async def work() -> None:
        async with served(tmp_path / "s") as (address, _):
            clock = FakeClock(1000.0)
            left = await AgentPc5.connect(address, clock)
            right = await AgentPc5.connect(address, clock)
            assert left.simulated
            assert left.name == f"agent simulated unit at {address}"
            await left.set_l2_ids(L2Ids(0x0A0A01))
            assert await left.l2_ids() == L2Ids(0x0A0A01)
            sps = await left.open_flow(SpsFlow(1, 0.1, 300))
            await left.open_flow(EventFlow(2))
            await left.send(b"\x04one", destination_l2=1, pppp=5, flow=sps)
            await left.send(b"\x04two")
            frames = right.frames()
            first, second = await anext(frames), await anext(frames)
            assert (first.data, first.source_l2, first.destination_l2, first.pppp) == (
                b"\x04one",
                0x0A0A01,
                1,
                5,
            )
            assert (first.received_at, second.data, second.destination_l2) == (1000.0, b"\x04two", None)
            assert await right.counters() == Pc5Counters(sent=0, received=2, send_failed=0)
            await right.reset_counters()
            assert (await right.counters()).received == 0
            assert await left.cbr() == ChannelBusy(0.25)
            assert (await left.status()).tx is Pc5State.ACTIVE
            await left.close_flow(sps)
            for call in (
                left.close_flow(sps),
                left.send(b"x", flow=sps),
                left.send(b""),
                left.send(b"x", pppp=9),
            ):
                with pytest.raises(ValueError):
                    await call
            for lacking in (left.signal(), left.start_test(TestPlan(Direction.RECEIVE, (1,)))):
                with pytest.raises(Pc5Unsupported):
                    await lacking
            await right.close()
            await right.close()
            assert [frame async for frame in frames] == []
            with pytest.raises(PortLost):
                await right.send(b"x")
            await left.close()

    run(work)


def test_after_a_loss_everything_is_set_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with served(tmp_path / "s") as (address, unit):
            agent = await AgentPc5.connect(address, FakeClock(0.0), QUICK)
            await agent.set_l2_ids(L2Ids(0x0A0A01))
            flow = await agent.open_flow(EventFlow(1))
            (host,) = unit.hosts
            host.next_flow = 40  # another number than before
            host.writer.transport.abort()
            while agent.reconnects == 0:
                with contextlib.suppress(PortLost):
                    await agent.send(b"lost perhaps")
                await asyncio.sleep(0)
            (again,) = unit.hosts
            assert again is not host
            assert (again.source, list(again.flows.values())) == (0x0A0A01, [1])
            await agent.send(b"x", flow=flow)
            await until(lambda: again.counters["sent"] > 0)
            assert agent.send_failures == 0
            await agent.close()

    run(work)


def test_it_is_over_after_the_last_attempt(tmp_path: Path) -> None:
    async def work() -> None:
        settings = replace(QUICK, attempts=2)
        async with served(tmp_path / "s") as (address, _):
            agent = await AgentPc5.connect(address, FakeClock(0.0), settings)
            (tmp_path / "s").unlink()
        assert [frame async for frame in agent.frames()] == []
        with pytest.raises(PortLost, match="No such file"):
            await agent.cbr()
        await agent.close()

    run(work)


def test_tokens(tmp_path: Path) -> None:
    secret = b"sixteen octets.."

    async def work() -> None:
        good, wrong = (replace(QUICK, token=Token(octets)) for octets in (secret, b"another secret.."))
        async with served(tmp_path / "s", secret) as (address, unit):
            agent = await AgentPc5.connect(address, FakeClock(0.0), good)
            assert (await agent.cbr()).pssch == 0.25
            await agent.close()
            with pytest.raises(SettingError):
                await AgentPc5.connect(address, FakeClock(0.0))
            with pytest.raises(AgentRefused, match="not proved"):
                await AgentPc5.connect(address, FakeClock(0.0), wrong)
            await until(lambda: not unit.hosts)
        async with served(tmp_path / "open") as (address, _):
            with pytest.raises(AgentProtocolError, match="prove"):
                await AgentPc5.connect(address, FakeClock(0.0), good)

    run(work)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://192.0.2.1:1",
        "tcp://localhost:1",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:99999",
        "unix://x",
        "",
        "udp://x:1",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    async def work() -> None:
        with pytest.raises(PortUnavailable):
            await AgentPc5.connect(address, FakeClock(0.0))

    run(work)


def test_the_reference_agent_listens_to_others_only_with_a_token() -> None:
    async def work() -> None:
        for address in ("tcp://0.0.0.0:0", "tcp://127.0.0.1", "http://127.0.0.1:1"):
            with pytest.raises(SystemExit):
                await AGENT.listen(address, AGENT.SimulatedUnit(None), None)
        server = await AGENT.listen("tcp://127.0.0.1:0", AGENT.SimulatedUnit(None), None)
        host, port = server.sockets[0].getsockname()
        agent = await AgentPc5.connect(f"tcp://{host}:{port}", FakeClock(0.0))
        assert await agent.cbr() == ChannelBusy(None)
        await agent.close()
        server.close()

    run(work)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0\0\0\0",
        b"\xff" * 8,
        encode(Type.REQUEST, {}),
        encode(Type.LOGIN, {"version": 2}),
        b"\0\0\0\x03\x02[]",
    ],
)
def test_the_reference_agent_survives_strange_hosts(tmp_path: Path, octets: bytes) -> None:
    async def work() -> None:
        async with served(tmp_path / "s", b"sixteen octets..") as (_, unit):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
            writer.write(octets)
            writer.write_eof()
            messages = WireDecoder().feed(await reader.read())
            assert isinstance(messages[0], Message)
            assert messages[0].type is Type.HELLO
            assert not unit.hosts
            writer.close()
            await writer.wait_closed()

    run(work)
