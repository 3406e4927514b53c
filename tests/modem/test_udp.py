"""The UDP radio: frames in, frames out, nothing from or to elsewhere, nothing without bound."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.errors import ModemError
from v2x.modem.errors import PortLost, PortUnavailable
from v2x.modem.udp import DATAGRAM_LIMIT, UdpRadio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from v2x.modem.radio import Radio

HERE = "127.0.0.1:0"
BOUND_S = 20.0
"""A hang is a failure."""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            await work()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


async def pair(**values: Any) -> tuple[UdpRadio, UdpRadio]:
    clock = FakeClock(1000.0)
    left = await UdpRadio.open(HERE, "127.0.0.1:9", clock, **values)
    right = await UdpRadio.open(HERE, left.address, clock, **values)
    left.aim(right.address)
    return left, right


def test_frames_go_both_ways_and_end_with_the_radio() -> None:
    async def work() -> None:
        left, right = await pair()
        radio: Radio = left
        assert radio.simulated
        await radio.send(b"\x01\x02", destination_l2=0xFFFFFF, priority=3)
        await radio.send(b"\x03")
        frames = right.frames()
        first, second = await anext(frames), await anext(frames)
        assert (first.data, second.data) == (b"\x01\x02", b"\x03")
        assert (first.received_at, first.source_l2) == (1000.0, None)
        await right.send(b"back")
        assert (await anext(left.frames())).data == b"back"
        ending = asyncio.create_task(anext(frames, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await right.close()
        await right.close()
        assert await ending is None
        with pytest.raises(PortLost):
            await right.send(b"x")
        await left.close()

    run(work)


def test_the_oldest_frame_goes_and_is_counted() -> None:
    async def work() -> None:
        radio, other = await pair(queue_limit=3)
        for number in range(10):
            radio.take(bytes([number]), ("127.0.0.1", 9))
        radio.take(b"", ("127.0.0.1", 9))
        assert radio.shed == 7
        await radio.close()
        await other.close()
        assert [frame.data[0] async for frame in radio.frames()] == [7, 8, 9]
        radio.take(b"x", ("127.0.0.1", 9))
        assert [frame async for frame in radio.frames()] == []

    run(work)


@pytest.mark.parametrize(
    ("listen", "send_to", "why"),
    [
        ("0.0.0.0:0", "127.0.0.1:9", "not a loopback address"),
        ("127.0.0.1:0", "192.0.2.1:9", "not a loopback address"),
        ("[::]:0", "[::1]:9", "not a loopback address"),
        ("localhost:0", "127.0.0.1:9", "an address is"),
        ("127.0.0.1", "127.0.0.1:9", "an address is"),
        ("127.0.0.1:0", "127.0.0.1:99999", "an address is"),
        ("", "", "an address is"),
    ],
)
def test_addresses_that_are_refused(listen: str, send_to: str, why: str) -> None:
    async def work() -> None:
        with pytest.raises(PortUnavailable, match=why):
            await UdpRadio.open(listen, send_to, FakeClock(0.0))

    run(work)


def test_remote_addresses_only_when_allowed() -> None:
    async def work() -> None:
        clock = FakeClock(0.0)
        remote = await UdpRadio.open("0.0.0.0:0", "192.0.2.1:9", clock, allow_remote=True)
        remote.aim("192.0.2.2:9")
        await remote.close()
        local = await UdpRadio.open(HERE, "127.0.0.1:9", clock)
        with pytest.raises(PortUnavailable, match="loopback"):
            local.aim("192.0.2.2:9")
        with pytest.raises(PortUnavailable):
            await UdpRadio.open(local.address, "127.0.0.1:9", clock)  # taken
        with pytest.raises(ModemError, match="no datagram"):
            await local.send(bytes(DATAGRAM_LIMIT + 1))
        local.congested = True
        with pytest.raises(ModemError, match="waits to be sent"):
            await local.send(b"x")
        with pytest.raises(ValueError):
            await UdpRadio.open(HERE, HERE, clock, queue_limit=0)
        await local.close()

    run(work)


def can_multicast() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            membership = socket.inet_aton("239.255.77.77") + socket.inet_aton("127.0.0.1")
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError:
        return False
    return True


@pytest.mark.skipif(not can_multicast(), reason="the loopback interface takes no multicast membership here")
def test_a_group_hears_everybody_but_oneself() -> None:
    async def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        here = f"127.0.0.1:{port}"
        members = [await UdpRadio.open(here, here, FakeClock(0.0), group="239.255.77.77") for _ in range(3)]
        await members[0].send(b"from 0")
        await members[1].send(b"from 1")
        heard = [anext(member.frames()) for member in members]
        assert [(await frame).data for frame in heard] == [b"from 1", b"from 0", b"from 0"]
        for member in members:
            await member.close()

    run(work)


@pytest.mark.parametrize("group", ["127.0.0.1", "not one", "::1"])
def test_what_is_no_group(group: str) -> None:
    async def work() -> None:
        with pytest.raises(PortUnavailable, match="multicast"):
            await UdpRadio.open(HERE, HERE, FakeClock(0.0), group=group)

    run(work)
