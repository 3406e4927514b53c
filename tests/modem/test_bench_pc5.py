"""The PC5 step: test frames with losses of a known number, and what a provider may lack."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.clock import FakeClock
from v2x.errors import ModemError
from v2x.modem.bench_pc5 import at_provider, counted, frame_provider, heard
from v2x.modem.errors import ProfileError
from v2x.modem.pc5 import Pc5Base
from v2x.modem.pc5_multicast import MulticastPc5
from v2x.modem.pc5_payload import TestPayload
from v2x.modem.pc5_types import ChannelBusy, Function, Pc5Counters, TestPlan
from v2x.modem.plan_steps import Pc5Step
from v2x.modem.radio import FrameQueue, RadioFrame
from v2x.modem.stats import Share
from v2x.modem.udp import UdpRadio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from v2x.modem.bench_module import Outcome

AGENT = Path(__file__).resolve().parents[2] / "examples" / "pc5_agent.py"
STEP = Pc5Step(name="pc5", limit_s=1.0, window_s=0.02, sender_hz=50.0)


class Provider(Pc5Base):
    """A provider that is given its frames and its counters."""

    def __init__(self, frames: Iterable[RadioFrame] = (), counters: Pc5Counters | None = None) -> None:
        functions = {Function.CBR, Function.FRAMES, Function.TEST, Function.COUNTERS}
        super().__init__("fake", frozenset(functions), simulated=True)
        self._queue = FrameQueue(1000)
        for frame in frames:
            self._queue.put(frame)
        self._counters = counters
        self.said: list[str] = []

    async def cbr(self) -> ChannelBusy:
        return ChannelBusy(0.31)

    async def start_test(self, plan: TestPlan) -> None:
        self.said.append(str(plan.direction))

    async def counters(self) -> Pc5Counters:
        return self._counters or Pc5Counters()

    def frames(self) -> AsyncIterator[RadioFrame]:
        return self._queue.frames()

    async def close(self) -> None:
        self.said.append("closed")
        self._queue.close()


def frame(sender: int, sequence: int, at: float, *, late_s: float = 0.004, utc: bool = True) -> RadioFrame:
    return RadioFrame(TestPayload(sender, sequence, at - late_s, utc).encode(), at)


def test_losses_gaps_and_latency_of_two_senders() -> None:
    frames = [frame(1, n, 100.0 + 0.1 * n) for n in range(10) if n not in (3, 7)]
    frames += [frame(2, n, 100.05 + 0.1 * n, utc=False) for n in range(10)]
    frames += [RadioFrame(b"\x04no test frame", 101.0), frames[0]]
    outcome = asyncio.run(heard(Provider(frames), STEP))
    assert outcome.reason is None
    assert outcome.shares["per"] == Share(2, 20)
    assert outcome.values["cbr_percent"] == pytest.approx(31.0)
    assert outcome.values["gap_p50_ms"] == pytest.approx(100.0, rel=1e-3)
    assert outcome.values["gap_p99_ms"] == pytest.approx(200.0, rel=1e-3)
    assert outcome.values["latency_p50_ms"] == pytest.approx(4.0, rel=1e-2)
    assert set(outcome.values) <= set(Pc5Step.VALUES)


def test_clocks_that_do_not_agree_give_no_latency() -> None:
    outcome = asyncio.run(heard(Provider([frame(2, n, 1.0 + n, utc=False) for n in range(3)]), STEP))
    assert not any(name.startswith("latency") for name in outcome.values)


def test_silence() -> None:
    outcome = asyncio.run(heard(Provider(), STEP))
    assert outcome.reason == "no test frame within 0.02 s"
    assert (outcome.shares, set(outcome.values)) == ({}, {"cbr_percent"})


@pytest.mark.parametrize(
    ("counters", "lost_of"),
    [
        (Pc5Counters(pscch=(9,), stch=(30, 10), pssch=(44,)), (10, 50)),
        (Pc5Counters(pscch=(9,), stch=(70,), pssch=(44,)), (0, 50)),  # more than was sent: no loss
        (Pc5Counters(pscch=(9,)), None),
    ],
)
def test_counted_packets(counters: Pc5Counters, lost_of: tuple[int, int] | None) -> None:
    """50 packets a second for a fiftieth of a second, 50 times as fast: 50 packets, or a few more."""
    provider = Provider(counters=counters)
    outcome = asyncio.run(counted(provider, STEP, speed=50.0))
    assert outcome.reason is None
    assert provider.said == ["receive", "closed"]
    assert outcome.values["pscch_tb"] == 9.0
    share = outcome.shares.get("per")
    if lost_of is None:
        assert share is None
        return
    assert share is not None
    assert share.of >= lost_of[1]
    assert share.hits == max(share.of - sum(counters.stch or ()), 0)


def test_without_a_known_sender_there_is_no_ratio() -> None:
    step = Pc5Step(name="pc5", limit_s=1.0, window_s=0.01)
    outcome = asyncio.run(counted(Provider(counters=Pc5Counters(stch=(3,))), step, speed=1.0))
    assert (outcome.shares, outcome.values["stch_sdu"]) == ({}, 3.0)


def test_a_unit_that_counts_nothing() -> None:
    class Bare(Provider):
        async def cbr(self) -> ChannelBusy:
            return ChannelBusy(None)

    outcome = asyncio.run(counted(Bare(), STEP, speed=1.0))
    assert outcome.reason == "the module counts nothing"


def test_frames_of_a_multicast_group() -> None:
    """Over real sockets of the loopback interface: three frames, the second is missing."""

    async def main() -> Outcome:
        clock = FakeClock(100.0)
        pipe = await UdpRadio.open("127.0.0.1:0", "127.0.0.1:0", clock)
        address = pipe.address  # a port that was free
        await pipe.close()
        step = Pc5Step(name="pc5", limit_s=10.0, provider="multicast", address=address, window_s=0.3)
        provider = await frame_provider(step, clock, "")
        sender = await MulticastPc5.open(address, clock, source_l2=1)
        try:
            for number in (0, 2):
                await sender.send(TestPayload(1, number, 100.0).encode())
            return await heard(provider, step)
        finally:
            await sender.close()
            await provider.close()

    assert asyncio.run(main()).shares["per"] == Share(1, 3)


def test_frames_of_an_agent_with_its_token(tmp_path: Path) -> None:
    """The reference agent in a process of its own: what one host sends, the bench counts."""
    (tmp_path / "token").write_bytes(b"0123456789abcdef")

    async def main() -> tuple[Outcome, str]:
        clock, address = FakeClock(100.0), f"unix://{tmp_path}/agent"
        agent = await asyncio.create_subprocess_exec(
            sys.executable, AGENT, "--listen", address, "--token-file", tmp_path / "token",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        step = Pc5Step(name="pc5", limit_s=10.0, provider="agent", address=address, window_s=0.5)
        try:
            assert agent.stdout is not None
            await asyncio.wait_for(agent.stdout.readline(), 20)  # it says where it listens
            with pytest.raises(ModemError) as refused:
                await frame_provider(step, clock, "")
            known = replace(step, token_file="token")
            provider = await frame_provider(known, clock, str(tmp_path))
            sender = await frame_provider(known, clock, str(tmp_path))
            try:
                for number in (0, 1, 3):
                    await sender.send(TestPayload(1, number, 100.0).encode())
                return await heard(provider, known), str(refused.value)
            finally:
                await sender.close()
                await provider.close()
        finally:
            agent.terminate()
            await agent.wait()

    outcome, refusal = asyncio.run(main())
    assert outcome.shares["per"] == Share(1, 4)
    assert "token" in refusal


class Line:
    """What a provider over AT commands needs to be made."""

    port_name = "x"

    async def execute(self, command: object) -> object:
        raise AssertionError(command)


def test_the_provider_that_the_plan_names(tmp_path: Path) -> None:
    def named(provider: str) -> str:
        step = Pc5Step(name="pc5", limit_s=1.0, provider=provider)
        return at_provider(Line(), step, str(tmp_path)).name  # type: ignore[arg-type]

    assert named("std27007") == "std27007 on x"
    assert named("hisilicon") == "hisilicon on x"
    own = '[dialect]\nname = "mine"\ntitle = "Mine"\nbase = "std27007"\nguess = true\n[functions]\n'
    (tmp_path / "own.toml").write_text(own)
    assert named("own.toml") == "mine on x"
    with pytest.raises(ProfileError):
        named("none")
