"""Connections to agents that are cruel: silent, late, wrong, flooding.  Nothing hangs or is left over."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.errors import ModemError
from v2x.modem.errors import PortLost
from v2x.modem.pc5_agent import AgentPc5
from v2x.modem.pc5_link import REQUESTS_LIMIT, AgentRefused, AgentSettings
from v2x.modem.pc5_login import Token
from v2x.modem.pc5_types import (
    Direction,
    EventFlow,
    Function,
    L2Ids,
    Pc5State,
    SpsFlow,
    TestPlan,
)
from v2x.modem.pc5_wire import (
    AgentProtocolError,
    Message,
    Received,
    Send,
    Type,
    WireDecoder,
    encode,
    encode_frame,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Behaviour = Callable[["Cruel"], Awaitable[None]]

BOUND_S = 20.0
QUICK = AgentSettings(timeout_s=5.0, first_wait_s=0.01, most_wait_s=0.02, attempts=200)


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


HELLO = {
    "protocol": "v2x-pc5-agent",
    "versions": [1],
    "name": "cruel",
    "simulated": False,
    "functions": [function.value for function in Function],
    "nonce": "00" * 16,
    "auth": False,
}


class Cruel:
    """An agent that greets and then does what the test says; ``heard`` is what the host said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._decoder = WireDecoder()
        self._waiting: list[Message | Received | Send] = []

    async def hear(self) -> Message | Received | Send:
        while not self._waiting:
            data = await self.reader.read(65_536)
            if not data:
                raise EOFError
            self._waiting = self._decoder.feed(data)
        return self._waiting.pop(0)

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)

    async def answer(self, values: dict[str, Any]) -> dict[str, Any]:
        """Answer the next request."""
        asked = await self.hear()
        assert isinstance(asked, Message)
        self.say(encode(Type.ANSWER, {"id": asked.values["id"], **values}))
        return asked.values


@contextlib.asynccontextmanager
async def cruel(
    path: Path, behave: Callable[[Cruel], Awaitable[None]], *, greet: bool = True
) -> AsyncIterator[str]:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agent = Cruel(reader, writer)
        with contextlib.suppress(EOFError, OSError):
            if greet:
                agent.say(encode(Type.HELLO, HELLO))
                await agent.hear()
                agent.say(encode(Type.READY, {}))
            await behave(agent)
        writer.close()

    server = await asyncio.start_unix_server(accept, str(path))
    try:
        yield f"unix://{path}"
    finally:
        server.close()


async def until_gone(agent: Cruel) -> None:
    while True:
        await agent.hear()


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        encode(Type.READY, {}),
        encode_frame(Received(b"x")),
        encode(Type.BYE, {"reason": "\x1b[31mno"}),
        encode(Type.HELLO, HELLO | {"versions": [9]}),
        encode(Type.HELLO, HELLO) + encode(Type.ANSWER, {}),
        encode(Type.HELLO, HELLO) + encode(Type.BYE, {}),
    ],
)
def test_first_words_that_are_none(tmp_path: Path, words: bytes) -> None:
    async def behave(agent: Cruel) -> None:
        agent.say(words)

    async def work() -> None:
        async with cruel(tmp_path / "s", behave, greet=False) as address:
            with pytest.raises((AgentProtocolError, PortLost, AgentRefused)) as caught:
                await AgentPc5.connect(address, FakeClock(0.0))
            assert "\x1b" not in str(caught.value)

    run(work)


def test_an_agent_that_never_greets(tmp_path: Path) -> None:
    async def work() -> None:
        async with cruel(tmp_path / "s", until_gone, greet=False) as address:
            with pytest.raises(PortLost, match="no greeting"):
                await AgentPc5.connect(address, FakeClock(0.0), replace(QUICK, timeout_s=0.05))

    run(work)


def test_a_silent_agent_is_asked_and_given_up(tmp_path: Path) -> None:
    pings: list[Message] = []

    async def behave(agent: Cruel) -> None:
        ping = await agent.hear()
        assert isinstance(ping, Message)
        pings.append(ping)
        agent.say(encode(Type.PONG, body=ping.body), encode(Type.PING, body=b"you?"))
        pong = await agent.hear()
        assert isinstance(pong, Message)
        pings.append(pong)
        await until_gone(agent)

    async def work() -> None:
        settings = replace(QUICK, keepalive_s=0.2, attempts=0)
        async with cruel(tmp_path / "s", behave) as address:
            agent = await AgentPc5.connect(address, FakeClock(0.0), settings)
            assert [frame async for frame in agent.frames()] == []
            with pytest.raises(PortLost, match="silent"):
                await agent.cbr()
            await agent.close()
        assert [(p.type, p.body) for p in pings] == [(Type.PING, b"?"), (Type.PONG, b"you?")]

    run(work)


def test_every_function_speaks_as_the_document_says(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    async def behave(agent: Cruel) -> None:
        answers: list[dict[str, Any]] = [{}] * 9
        answers[0] = {"kind": "gnss", "synchronised": True, "earfcn": 55140}
        answers[1] = {"rows": [{"da_rsrp_dbm": -90}]}
        answers[7] = {"flow": 77}
        asked.extend([await agent.answer(values) for values in answers])
        await until_gone(agent)

    async def work() -> None:
        async with cruel(tmp_path / "s", behave) as address:
            agent = await AgentPc5.connect(address, FakeClock(0.0))
            assert not agent.simulated
            assert (await agent.sync_source()).earfcn == 55140
            assert (await agent.signal())[0].da_rsrp_dbm == -90.0
            await agent.set_tx_power(23.0)
            await agent.reset_utc()
            await agent.start_test(TestPlan(Direction.RECEIVE, (1, 2)))
            await agent.start_test(TestPlan(Direction.TRANSMIT, octets=100, period_s=0.1))
            await agent.stop_test()
            handle = await agent.open_flow(SpsFlow(1, 0.1, 300, 2))
            await agent.close_flow(handle)
            await agent.close()

    run(work)
    for number, values in enumerate(asked):
        assert values.pop("id") == number + 1
    assert asked == [
        {"do": "sync_source"},
        {"do": "signal"},
        {"do": "set_tx_power", "power_dbm": 23.0},
        {"do": "reset_utc"},
        {"do": "start_test", "direction": "receive", "monitor": [1, 2]},
        {"do": "start_test", "direction": "transmit", "octets": 100, "period_s": 0.1},
        {"do": "stop_test"},
        {"do": "open_flow", "kind": "sps", "destination_l2": 1, "period_s": 0.1, "octets": 300, "pppp": 2},
        {"do": "close_flow", "flow": 77},
    ]


def test_answers_late_wrong_and_refused(tmp_path: Path) -> None:
    async def behave(agent: Cruel) -> None:
        late = await agent.hear()
        assert isinstance(late, Message)
        await agent.hear()  # unanswered, too
        agent.say(encode(Type.ANSWER, {"id": late.values["id"], "pssch": 1.0}))
        agent.say(encode(Type.ANSWER, {"id": [1]}), encode(Type.ANSWER, {}))
        await agent.answer({"pssch": 0.5})
        await agent.answer({"pssch": 5})
        await agent.answer({"error": "tx suspended\n"})
        await agent.answer({"flow": 0})
        await until_gone(agent)

    async def work() -> None:
        async with cruel(tmp_path / "s", behave) as address:
            agent = await AgentPc5.connect(address, FakeClock(0.0), replace(QUICK, timeout_s=0.4))
            for _ in range(2):
                with pytest.raises(ModemError, match="no answer within"):
                    await agent.cbr()
            assert (await agent.cbr()).pssch == 0.5
            with pytest.raises(AgentProtocolError, match="cbr"):
                await agent.cbr()
            with pytest.raises(AgentRefused, match="tx suspended") as caught:
                await agent.set_l2_ids(L2Ids(1))
            assert caught.value.asked == "set_l2_ids"
            with pytest.raises(AgentProtocolError, match="flow"):
                await agent.open_flow(EventFlow(1))
            await agent.close()

    run(work)


def test_events_and_the_agents_clock(tmp_path: Path) -> None:
    def behaviour(agent: Cruel) -> Awaitable[None]:
        for values in (
            {"event": "cbr", "pssch": 0.4},
            {"event": "status", "rx": "active", "tx": "suspended", "tx_cause": "no_gnss"},
            {"event": "send_failed", "count": 3},
            {"event": "send_failed"},
            {"event": "status", "rx": "asleep"},
            {"event": "of tomorrow"},
        ):
            agent.say(encode(Type.EVENT, values))
        agent.say(b"\0\0\0\x02\x77!")
        for utc in (True, False):
            agent.say(encode_frame(Received(b"x", 1, received_at=999.5, utc=utc)))
        return until_gone(agent)

    async def work() -> None:
        clock = FakeClock(1000.0)
        async with cruel(tmp_path / "s", behaviour) as address:
            agent = await AgentPc5.connect(address, clock, replace(QUICK, use_agent_time=True))
            frames = agent.frames()
            assert [(await anext(frames)).received_at for _ in range(2)] == [999.5, 1000.0]
            assert agent.busy_ratio() == 0.4
            clock.advance(5.5)
            assert agent.busy_ratio() is None
            assert agent.last_status is not None
            assert agent.last_status.tx is Pc5State.SUSPENDED
            assert (agent.send_failures, agent.bad_events) == (4, 1)
            await agent.close()

    run(work)


def test_floods_are_bounded_both_ways(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def behave(agent: Cruel) -> None:
        agent.say(*(encode_frame(Received(struct.pack(">H", n))) for n in range(1000)))
        await release.wait()  # and reads nothing
        await until_gone(agent)

    async def work() -> None:
        async with cruel(tmp_path / "s", behave) as address:
            agent = await AgentPc5.connect(address, FakeClock(0.0), replace(QUICK, queue_limit=10))
            await until(lambda: agent.shed == 990)
            assert (await anext(agent.frames())).data == struct.pack(">H", 990)

            async def flood() -> None:
                for _ in range(1000):
                    await agent.send(bytes(8000))

            with pytest.raises(ModemError, match="more waits"):
                await flood()
            release.set()
            await agent.close()

    run(work)


def test_requests_under_way_are_bounded_and_end_with_the_connection(tmp_path: Path) -> None:
    async def behave(agent: Cruel) -> None:
        for _ in range(REQUESTS_LIMIT):
            await agent.hear()
        agent.say(encode(Type.BYE, {"reason": "shift is over"}))

    async def work() -> None:
        async with cruel(tmp_path / "s", behave) as address:
            agent = await AgentPc5.connect(address, FakeClock(0.0), replace(QUICK, attempts=0))
            asking = [asyncio.create_task(agent.cbr()) for _ in range(REQUESTS_LIMIT + 1)]
            failures = await asyncio.gather(*asking, return_exceptions=True)
            assert "requests wait already" in str(failures[-1])
            assert all("shift is over" in str(failure) for failure in failures[:-1])
            await agent.close()

    run(work)


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ValueError):
        AgentSettings(keepalive_s=0.0)
    assert "sixteen" not in repr(AgentSettings(token=Token(b"sixteen octets..")))
