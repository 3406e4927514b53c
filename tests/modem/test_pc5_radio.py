"""Providers with frames as a radio: multicast members hear each other, and what no provider has is said."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.clock import FakeClock
from v2x.errors import ModemError
from v2x.modem.errors import PortLost, PortUnavailable
from v2x.modem.pc5 import Pc5Base
from v2x.modem.pc5_multicast import MulticastPc5, _frame
from v2x.modem.pc5_radio import Pc5Radio, pppp_of
from v2x.modem.pc5_types import EventFlow, Function, L2Ids, Pc5Counters, Pc5State, Pc5Unsupported
from v2x.modem.radio import RadioFrame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from v2x.modem.pc5 import Pc5
    from v2x.modem.radio import Radio

BOUND_S = 20.0


def can_multicast() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            membership = socket.inet_aton("239.255.53.5") + socket.inet_aton("127.0.0.1")
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError:
        return False
    return True


needs_multicast = pytest.mark.skipif(
    not can_multicast(), reason="the loopback interface takes no multicast membership here"
)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            await work()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


async def members(count: int) -> list[MulticastPc5]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{unused.getsockname()[1]}"
    clock = FakeClock(1000.0)
    return [await MulticastPc5.open(here, clock, source_l2=0x010001 + n) for n in range(count)]


@needs_multicast
def test_members_hear_each_other_with_their_ids() -> None:
    async def work() -> None:
        one, two = await members(2)
        radio: Radio = Pc5Radio(one)
        assert radio.simulated
        await radio.send(b"\x04first", destination_l2=0x000001, priority=112)
        assert await radio.use_source_l2(0x0A0A01) is True
        await one.set_l2_ids(L2Ids(0x0A0A01, 0x000002))
        await one.send(b"\x04second")
        frames = Pc5Radio(two).frames()
        assert await anext(frames) == RadioFrame(b"\x04first", 1000.0, 0x010001, 0x000001, 5)
        assert await anext(frames) == RadioFrame(b"\x04second", 1000.0, 0x0A0A01, 0x000002, None)
        assert (await one.counters(), await two.counters()) == (
            Pc5Counters(sent=2, received=0),
            Pc5Counters(sent=0, received=2),
        )
        await two.reset_counters()
        assert await two.counters() == Pc5Counters(sent=0, received=0)
        assert (await one.status()).tx is Pc5State.ACTIVE
        with pytest.raises(ValueError, match="24 bits"):
            await radio.use_source_l2(1 << 24)
        for call in (one.cbr(), one.open_flow(EventFlow(1)), one.send(b"x", flow=1), one.reset_utc()):
            with pytest.raises(Pc5Unsupported):
                await call
        await radio.close()
        await two.close()
        assert [frame async for frame in radio.frames()] == []
        assert (await one.status()).rx is Pc5State.INACTIVE
        with pytest.raises(PortLost):
            await radio.send(b"x")

    run(work)


@needs_multicast
def test_other_datagrams_are_counted() -> None:
    async def work() -> None:
        one, two = await members(2)
        await one._pipe.send(b"\x04a bare unit")
        await one.send(b"ours")
        assert (await anext(two.frames())).data == b"ours"
        assert two.foreign == 1
        assert two.shed == 0
        await one.close()
        await two.close()

    run(work)


@given(st.binary(max_size=40), st.booleans())
def test_any_datagram_is_a_frame_or_nothing(noise: bytes, headed: bool) -> None:
    frame = _frame(RadioFrame(b"P5\x01" + noise if headed else noise, 5.0))
    if frame is not None:
        assert frame.data
        assert frame.source_l2 is not None
        assert 0 <= frame.source_l2 <= 0xFFFFFF


def test_remote_addresses_only_when_allowed() -> None:
    async def work() -> None:
        with pytest.raises(PortUnavailable, match="loopback"):
            await MulticastPc5.open("192.0.2.1:5000", FakeClock(0.0), source_l2=1)
        with pytest.raises(PortUnavailable, match="multicast"):
            await MulticastPc5.open("127.0.0.1:0", FakeClock(0.0), source_l2=1, group="127.0.0.1")
        with pytest.raises(ValueError, match="24 bits"):
            await MulticastPc5.open("127.0.0.1:0", FakeClock(0.0), source_l2=-1)

    run(work)


class FixedId(Pc5Base):
    """A provider whose layer-2 id can't be changed; keeps what it is given."""

    def __init__(self) -> None:
        super().__init__("fixed", frozenset({Function.FRAMES}), simulated=False)
        self.sent: list[dict[str, Any]] = []

    async def send(self, data: bytes, **given: Any) -> None:
        self.sent.append({"data": data} | given)

    async def frames(self) -> AsyncIterator[RadioFrame]:
        yield RadioFrame(b"x", 1.0)


def test_a_provider_without_changeable_ids() -> None:
    async def work() -> None:
        provider = FixedId()
        radio: Radio = Pc5Radio(provider, pppp=lambda _: 1, flows={7: 99})
        assert not radio.simulated
        assert await radio.use_source_l2(1) is False
        await radio.send(b"a", destination_l2=7, priority=112)
        await radio.send(b"b")
        assert provider.sent == [
            {"data": b"a", "destination_l2": 7, "pppp": 1, "flow": 99},
            {"data": b"b", "destination_l2": None, "pppp": 1, "flow": None},
        ]
        assert [frame.data async for frame in radio.frames()] == [b"x"]
        assert radio.shed == 0
        await radio.close()

    run(work)


def test_a_provider_that_can_do_nothing_says_so() -> None:
    async def work() -> None:
        provider: Pc5 = Pc5Base("nothing", frozenset(), simulated=True)
        with pytest.raises(Pc5Unsupported, match="nothing can't do frames"):
            Pc5Radio(provider)
        for call in (provider.status(), provider.counters(), provider.reset_counters(), provider.stop_test()):
            with pytest.raises(ModemError):
                await call

    run(work)


def test_priorities_of_the_table() -> None:
    """The AID table's priorities and the PPPP that is inferred for them."""
    table = {16: 8, 48: 7, 80: 6, 112: 5, 176: 3, 208: 2, 0: 8, 255: 1}
    assert {priority: pppp_of(priority) for priority in table} == table
    for wrong in (-1, 256):
        with pytest.raises(ValueError):
            pppp_of(wrong)
