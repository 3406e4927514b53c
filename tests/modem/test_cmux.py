"""The multiplexer: known octets, any cut, any octets, flow control, and channels as ports.

The known octets are what gsm0710muxd 1.13 sent to a responder and got from it, recorded on Debian 12.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from v2x.modem import answers, cmux_port
from v2x.modem.cmux import (
    FRAME_LIMIT,
    QUEUE_LIMIT,
    Closed,
    Ended,
    Mux,
    MuxEvent,
    Opened,
    Received,
    Refused,
    fcs,
)
from v2x.modem.cmux_port import CmuxLink, multiplex
from v2x.modem.errors import CommandTimeout, MuxError, PortLost
from v2x.modem.modem import Modem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BOUND_S = 20.0
SABM_0, SABM_1 = bytes.fromhex("F903 3F 01 1C F9"), bytes.fromhex("F907 3F 01 DE F9")
MSC, MSC_ANSWER = bytes.fromhex("F901EF09E305070D9AF9"), bytes.fromhex("F903EF09E105070DFBF9")


def joined(*, frame_size: int = 31, channels: int = 8) -> tuple[Mux, Mux]:
    """Both sides with channels 0 and 1 open."""
    host = Mux(initiator=True, frame_size=frame_size)
    module = Mux(initiator=False, frame_size=frame_size, channels=channels)
    host.open(0)
    host.open(1)
    exchange(host, module)
    return host, module


def exchange(host: Mux, module: Mux) -> tuple[list[MuxEvent], list[MuxEvent]]:
    """Carry what waits both ways until nothing does; returns what each side saw."""
    seen_host: list[MuxEvent] = []
    seen_module: list[MuxEvent] = []
    for _ in range(20):
        to_module, to_host = host.take_out(), module.take_out()
        if not to_module and not to_host:
            return seen_host, seen_module
        seen_module += module.feed(to_module)
        seen_host += host.feed(to_host)
    raise AssertionError("the sides never fall silent")


def data_of(events: list[MuxEvent], dlci: int) -> bytes:
    return b"".join(e.data for e in events if isinstance(e, Received) and e.dlci == dlci)


def test_the_octets_of_a_known_master() -> None:
    host = Mux(initiator=True)
    host.open(0)
    host.open(1)
    assert host.take_out() == SABM_0 + SABM_1
    module = Mux(initiator=False)
    assert module.feed(SABM_0) == [Opened(0)]
    assert module.take_out() == bytes.fromhex("F90373 01 D7F9")
    assert module.feed(SABM_1) == [Opened(1)]
    assert module.take_out().endswith(MSC)
    assert module.feed(MSC_ANSWER) == []
    assert host.feed(bytes.fromhex("F9037301D7F9") + bytes.fromhex("F907730115F9") + MSC) == [
        Opened(0),
        Opened(1),
    ]
    assert MSC_ANSWER in host.take_out()


def test_a_command_in_a_frame_as_it_was_recorded() -> None:
    module = joined()[1]
    events = module.feed(bytes.fromhex("F907EF0F41542B4353510DDDF9"))
    assert events == [Received(1, b"AT+CSQ\r")]
    assert module.bad_frames == 0


def close_down(dlci: int) -> bytes:
    octets = bytes((dlci << 2 | 3, 0xEF, 0x05))
    return b"\xf9" + octets + b"\xc3\x01" + bytes((fcs(octets),)) + b"\xf9"


def test_a_close_down_on_a_channel_closes_that_channel() -> None:
    _, module = joined()
    module.take_out()
    assert module.feed(close_down(1)) == [Closed(1)]
    assert not module.ended
    assert module.take_out().startswith(b"\xf9\x07\x73")  # UA


def test_a_close_down_on_the_control_channel_ends_it() -> None:
    host, module = joined()
    events = module.feed(close_down(0))
    assert events == [Closed(1), Ended()]
    assert module.ended
    assert module.feed(SABM_0) == []
    host.close(0)
    assert exchange(host, Mux(initiator=False)) == ([], [])


def test_the_host_never_takes_channel_octets_for_a_close_down() -> None:
    host, module = joined()
    module.send(1, b"\xc3\x01")
    assert exchange(host, module)[0] == [Received(1, b"\xc3\x01")]


def test_channels_are_granted_refused_and_closed() -> None:
    host, module = joined(channels=2)
    host.open(2)
    host.open(3)
    assert exchange(host, module) == ([Opened(2), Refused(3)], [Opened(2)])
    host.close(2)
    assert exchange(host, module) == ([], [Closed(2)])
    module.close(1)
    assert exchange(host, module) == ([Closed(1)], [])
    with pytest.raises(RuntimeError):
        host.send(1, b"x")
    with pytest.raises(ValueError):
        host.open(62)


def test_octets_for_a_channel_that_is_not_open_are_refused() -> None:
    module = Mux(initiator=False)
    assert module.feed(bytes.fromhex("F907EF0F41542B4353510DDDF9")) == []
    assert module.take_out()[2] == 0x0F  # DM


def test_asking_again_opens_a_channel_once() -> None:
    module = Mux(initiator=False)
    assert module.feed(SABM_0 + SABM_0 + SABM_0) == [Opened(0)]
    assert module.take_out().count(b"\x03\x73\x01\xd7") == 3


@pytest.mark.parametrize("whole_line", [False, True])
def test_a_side_that_wants_silence_gets_it(whole_line: bool) -> None:
    host, module = joined()
    stop = b"\x63\x01" if whole_line else b"\xe3\x05\x07\x0f"
    go = b"\xa3\x01" if whole_line else b"\xe3\x05\x07\x0d"

    def say(message: bytes) -> None:
        octets = bytes((0x01, 0xEF, len(message) << 1 | 1))
        assert host.feed(b"\xf9" + octets + message + bytes((fcs(octets),)) + b"\xf9") == []

    say(stop)
    host.take_out()
    assert not host.writable(1)
    host.send(1, b"later")
    assert host.take_out() == b""
    host.send(1, b"x" * QUEUE_LIMIT)
    assert host.dropped == len("later")
    say(go)
    assert data_of(module.feed(host.take_out()), 1) == b"x" * QUEUE_LIMIT


def test_control_messages_are_answered() -> None:
    module = joined()[1]
    octets = b"\x03\xef\x07"
    for message, answer in ((b"\x23\x03a", b"\x21\x03a"), (b"\x93\x03\x07", b"\x11\x03\x93")):
        frame = bytes((0x03, 0xEF, len(message) << 1 | 1))
        module.feed(b"\xf9" + frame + message + bytes((fcs(frame),)) + b"\xf9")
        assert answer in module.take_out()
    module.feed(b"\xf9" + octets + b"\xe3\x09\x07" + bytes((fcs(octets),)) + b"\xf9")
    assert module.bad_frames == 1


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=400)), max_size=8),
    st.integers(1, 200),
    st.integers(1, 64),
)
def test_octets_go_through_any_cut(sent: list[tuple[int, bytes]], frame_size: int, cut: int) -> None:
    whole = {channel: b"".join(data for dlci, data in sent if dlci == channel) for channel in (1, 2)}
    assume(not any(close in data for data in whole.values() for close in (b"\xc3\x01", b"\xc1\x01")))
    host, module = joined(frame_size=frame_size)
    host.open(2)
    exchange(host, module)
    for dlci, data in sent:
        host.send(dlci, data)
    out = host.take_out()
    events = [e for start in range(0, len(out), cut) for e in module.feed(out[start : start + cut])]
    for channel in (1, 2):
        assert data_of(events, channel) == whole[channel]
        assert module.bad_frames == 0


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([SABM_0, SABM_1, MSC, b"\xf9"])), max_size=12),
    st.booleans(),
)
def test_any_octets_are_events_and_cuts_change_nothing(pieces: list[bytes], initiator: bool) -> None:
    data = b"".join(pieces)
    whole, cut = Mux(initiator=initiator), Mux(initiator=initiator)
    assert whole.feed(data) == [event for octet in data for event in cut.feed(bytes((octet,)))]
    assert whole.take_out() == cut.take_out()
    assert whole.bad_frames == cut.bad_frames


@given(st.binary(max_size=40), st.integers(1, 5))
def test_a_damaged_frame_costs_no_other(garbage: bytes, times: int) -> None:
    host, module = joined()
    host.send(1, b"AT\r")
    good = host.take_out()
    damaged = bytearray(good)
    damaged[4] ^= 0x20  # data are not checked in UIH, but the check octet is
    damaged[-2] ^= 0x01
    noise = bytes(damaged) * times + garbage.replace(b"\xf9", b"")
    events = module.feed(noise + good + b"\xf9" * 2)
    events += module.quiet()
    assert not module.half_read
    assert data_of(events, 1).endswith(b"AT\r")
    assert module.bad_frames >= times


def test_limits() -> None:
    for values in ({"frame_size": 0}, {"frame_size": FRAME_LIMIT + 1}, {"channels": 0}, {"channels": 62}):
        with pytest.raises(ValueError):
            Mux(initiator=False, **values)


# -- channels as ports -----------------------------------------------------------------------------


class PipePort:
    """One end; ``lose`` ends it as an unplugged device does."""

    def __init__(self, name: str, *, piece: int = 4096) -> None:
        self.name = name
        self.closed = False
        self.other: PipePort | None = None
        self._piece = piece
        self._pieces: asyncio.Queue[bytes | PortLost] = asyncio.Queue()

    def give(self, data: bytes) -> None:
        for start in range(0, len(data), self._piece):
            self._pieces.put_nowait(data[start : start + self._piece])

    def lose(self, why: str = "unplugged") -> None:
        self._pieces.put_nowait(PortLost(self.name, why))

    async def read(self) -> bytes:
        piece = await self._pieces.get()
        if isinstance(piece, PortLost):
            self._pieces.put_nowait(piece)
            raise piece
        return piece

    async def write(self, data: bytes) -> None:
        if self.closed:
            raise PortLost(self.name, "closed")
        assert self.other is not None
        self.other.give(data)
        await asyncio.sleep(0)

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.lose("closed")
            assert self.other is not None
            self.other.lose("closed by the other side")


def pipe(*, piece: int = 4096) -> tuple[PipePort, PipePort]:
    """Both ends."""
    near, far = PipePort("near", piece=piece), PipePort("far", piece=piece)
    near.other, far.other = far, near
    return near, far


class Module:
    """A module behind a pipe: AT+CMUX, then a responder whose channels answer AT+CSQ."""

    def __init__(self, port: PipePort, *, grants: int = 4, mute: bool = False) -> None:
        self.port = port
        self.mux: Mux | None = None
        self.lines: list[str] = []
        self._grants = grants
        self._mute = mute
        self._typed: dict[int, bytes] = {}

    async def run(self) -> None:
        try:
            while True:
                data = await self.port.read()
                if self.mux is not None and not self._mute:
                    for event in self.mux.feed(data):
                        if isinstance(event, Received):
                            self._hear(event.dlci, event.data)
                    await self.port.write(self.mux.take_out())
                elif self.mux is None:
                    self._typed[0] = self._typed.get(0, b"") + data
                    if self._typed[0].endswith(b"\r"):
                        self.lines.append(self._typed.pop(0).decode().strip())
                        await self.port.write(b"\r\nOK\r\n")
                        self.mux = Mux(initiator=False, channels=self._grants)
        except PortLost:
            return

    def _hear(self, dlci: int, data: bytes) -> None:
        self._typed[dlci] = self._typed.get(dlci, b"") + data
        if self._typed[dlci].endswith(b"\r"):
            answer = b"\r\n+CSQ: %d,99\r\n\r\nOK\r\n" % dlci
            assert self.mux is not None
            self.mux.send(dlci, answer if b"+CSQ" in self._typed[dlci] else b"\r\nOK\r\n")
            self._typed[dlci] = b""


def over_a_line(
    work: Callable[[Modem, Module], Awaitable[None]], *, piece: int = 3, grants: int = 4, mute: bool = False
) -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S):
            near, far = pipe(piece=piece)
            module = Module(far, grants=grants, mute=mute)
            answering = asyncio.create_task(module.run())
            async with Modem(near) as modem:
                await work(modem, module)
            await answering
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cmux_port, "PAUSE_S", 0.0)


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_two_modems_share_one_line(piece: int) -> None:
    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem, frame_size=64)
        assert module.lines == ["AT+CMUX=0,0,5,64"]
        first, second = await link.channel(1), await link.channel(2)
        assert first.name == "near#1"
        async with Modem(first) as one, Modem(second) as two:
            signals = await asyncio.gather(*(m.execute(answers.CSQ) for m in (one, two, one, two)))
            assert [signal.rssi for signal in signals] == [1, 2, 1, 2]
        with pytest.raises(PortLost):
            await first.read()
        with pytest.raises(PortLost):
            await first.write(b"x")
        await link.close()
        await link.close()

    over_a_line(work, piece=piece)


def test_a_channel_that_is_refused_and_one_that_closes() -> None:
    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem)
        with pytest.raises(MuxError, match="channel 9"):
            await link.channel(9)
        channel = await link.channel(1)
        with pytest.raises(ValueError, match="open already"):
            await link.channel(1)
        assert module.mux is not None
        module.mux.close(1)
        await module.port.write(module.mux.take_out())
        with pytest.raises(PortLost, match="closed by the module"):
            await channel.read()
        await link.close()

    over_a_line(work)


def test_the_line_goes_away_under_its_channels() -> None:
    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem)
        channel = await link.channel(1)
        reading = asyncio.create_task(channel.read())
        await asyncio.sleep(0)
        await module.port.close()
        with pytest.raises(PortLost, match="closed by the other side"):
            await reading
        with pytest.raises(PortLost):
            await link.channel(2)
        await link.close()

    over_a_line(work)


def test_a_writer_that_waits_for_flow_learns_of_the_loss() -> None:
    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem)
        channel = await link.channel(1)
        frame = b"\x01\xef\x09"
        module.port.other.give(b"\xf9" + frame + b"\xe3\x05\x07\x0f" + bytes((fcs(frame),)) + b"\xf9")  # type: ignore[union-attr]
        for _ in range(20):
            await asyncio.sleep(0)
        writing = asyncio.create_task(channel.write(b"AT\r"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not writing.done()
        await module.port.close()
        with pytest.raises(PortLost):
            await writing
        await link.close()

    over_a_line(work)


def test_a_module_that_answers_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cmux_port, "ASK_TIMEOUT_S", 0.02)

    async def work(modem: Modem, module: Module) -> None:
        with pytest.raises(MuxError, match="no answer to 3 requests"):
            await multiplex(modem)
        with pytest.raises(PortLost):
            await modem.send("AT")

    over_a_line(work, mute=True)


def test_a_damaged_length_is_given_up_after_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cmux_port, "GAP_S", 0.02)

    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem)
        async with Modem(await link.channel(1)) as one:
            assert module.port.other is not None
            module.port.other.give(b"\xf9\x05\xef\x00\x10")
            assert (await one.execute(answers.CSQ)).rssi == 1
        assert link.bad_frames >= 1
        await link.close()

    over_a_line(work)


def test_what_nobody_reads_makes_the_line_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cmux_port, "UNREAD_LIMIT", 100)

    async def work(modem: Modem, module: Module) -> None:
        link = await multiplex(modem)
        slow, quick = await link.channel(1), await link.channel(2)
        assert module.mux is not None
        module.mux.send(1, b"s" * 1000)
        module.mux.send(2, b"q" * 10)
        await module.port.write(module.mux.take_out())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await quick.read()
        got = 0
        while got < 1000:
            got += len(await slow.read())
        assert await quick.read() == b"q" * 10
        await link.close()

    over_a_line(work, piece=64)


def test_a_line_that_carries_frames_already() -> None:
    async def main() -> None:
        near, far = pipe()
        module = Module(far)
        module.mux = Mux(initiator=False)
        answering = asyncio.create_task(module.run())
        link = CmuxLink(near)
        await link.start()
        async with Modem(await link.channel(1)) as modem:
            assert (await modem.execute(answers.CSQ)).rssi == 1
            with pytest.raises(CommandTimeout):
                await modem.expect_urc("+CREG", timeout_s=0.01)
        assert link.bad_frames == 0
        await link.close()
        await answering

    asyncio.run(main())
