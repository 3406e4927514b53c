"""The bench's PC5 step: what a sidelink received in a window of time.

    by AT commands   a receive test (3GPP TS 27.007 clause 15, or the dialect's own) counts for ``window_s``:
                     pscch_tb, stch_sdu, pssch_tb of all watched layer-2 ids.  Where the plan says how often
                     the other side sends (``sender_hz``), per is what is missing of sender_hz * window_s
                     packets, by the SDUs of STCH: the ends of the window make it uncertain by one packet
    with frames      test frames (``v2x.modem.pc5_payload``) by sender and sequence: per is lost of expected;
                     gap_*_ms from one frame to the next of its sender; latency_*_ms only of senders whose
                     clock is disciplined to UTC, and as good as this machine's clock is

    cbr_percent      channel busy ratio at the window's end, where the provider has it

Whose packets are counted is the plan's matter; a window without any packet has no gap and no latency.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from v2x.modem.bench_module import Outcome, elapsed, pause, within
from v2x.modem.pc5_agent import AgentPc5
from v2x.modem.pc5_at import AtPc5
from v2x.modem.pc5_dialect import load_dialect, read_dialect
from v2x.modem.pc5_link import AgentSettings
from v2x.modem.pc5_login import Token
from v2x.modem.pc5_measures import Arrival, LinkMeasures
from v2x.modem.pc5_multicast import MulticastPc5
from v2x.modem.pc5_payload import TestPayload, TestPayloadError
from v2x.modem.pc5_spread import Spread
from v2x.modem.pc5_types import Direction, Function, TestPlan
from v2x.modem.stats import Share

if TYPE_CHECKING:
    from v2x.clock import Clock
    from v2x.modem.modem import Modem
    from v2x.modem.pc5 import Pc5
    from v2x.modem.plan_steps import Pc5Step
    from v2x.modem.radio import RadioFrame

__all__ = ["at_provider", "counted", "frame_provider", "heard"]

STANDARD = "std27007"

LISTENER_L2 = 0
"""The bench only listens: it sends nothing under this layer-2 id."""


def at_provider(modem: Modem, step: Pc5Step, folder: str) -> AtPc5:
    """The provider over AT commands that the plan names.  Raises ProfileError, OSError."""
    if step.provider == STANDARD:
        return AtPc5(modem)
    if step.provider.endswith(".toml"):
        return AtPc5(modem, read_dialect(Path(folder) / step.provider))
    return AtPc5(modem, load_dialect(step.provider))


async def frame_provider(step: Pc5Step, clock: Clock, folder: str) -> Pc5:
    """The provider with frames that the plan in ``folder`` names; the caller closes it.

    Raises ModemError.
    """
    if step.provider == "multicast":
        return await MulticastPc5.open(step.address, clock, source_l2=LISTENER_L2)
    token = Token.read(Path(folder) / step.token_file) if step.token_file else None
    return await AgentPc5.connect(step.address, clock, AgentSettings(token=token))


async def counted(provider: Pc5, step: Pc5Step, speed: float) -> Outcome:
    """A receive test of ``window_s``; ``speed`` is how fast a simulated module's time runs."""
    outcome = Outcome()
    await provider.start_test(TestPlan(Direction.RECEIVE, step.monitor))
    try:
        began_at = elapsed()
        await pause(step.window_s)
        counters = await provider.counters()
        window_s = (elapsed() - began_at) * speed
        await _busy(provider, outcome)
    finally:
        await provider.close()
    for name, numbers in (
        ("pscch_tb", counters.pscch),
        ("stch_sdu", counters.stch),
        ("pssch_tb", counters.pssch),
    ):
        if numbers is not None:
            outcome.values[name] = float(sum(numbers))
    expected = round(step.sender_hz * window_s)
    if counters.stch is not None and expected:
        received = min(sum(counters.stch), expected)
        outcome.shares["per"] = Share(expected - received, expected)
    if not outcome.values:
        outcome.reason = "the module counts nothing"
    return outcome


async def heard(provider: Pc5, step: Pc5Step) -> Outcome:
    """The test frames of ``window_s``."""
    window = _Window()
    with contextlib.suppress(TimeoutError):
        async with within(step.window_s):
            async for frame in provider.frames():
                window.take(frame)
    outcome = window.outcome()
    if not outcome.shares:
        outcome.reason = f"no test frame within {step.window_s:g} s"
    await _busy(provider, outcome)
    return outcome


class _Window:
    """What is heard in one window, in bounded memory."""

    def __init__(self) -> None:
        self._link = LinkMeasures()
        self._heard_at: dict[int, float] = {}
        self._gaps, self._latencies = Spread(), Spread()

    def take(self, frame: RadioFrame) -> None:
        """A frame; what is no test frame is left aside."""
        try:
            payload = TestPayload.decode(frame.data)
        except TestPayloadError:
            return
        arrival = self._link.add(payload.sender, payload.sequence, frame.received_at)
        if arrival in (Arrival.REPEATED, Arrival.IGNORED):
            return
        before_at = self._heard_at.get(payload.sender)
        if before_at is not None:
            self._gaps.add(max(frame.received_at - before_at, 0.0))
        self._heard_at[payload.sender] = frame.received_at
        if payload.utc:
            self._latencies.add(frame.received_at - payload.sent_at)

    def outcome(self) -> Outcome:
        """Its measures; empty where nothing was heard."""
        outcome = Outcome()
        expected = sum(one.expected for one in self._link.senders.values())
        if expected > 0:
            lost = sum(one.lost for one in self._link.senders.values())
            outcome.shares["per"] = Share(min(max(lost, 0), expected), expected)
        for name, spread, percents in (
            ("gap", self._gaps, (50, 95, 99)),
            ("latency", self._latencies, (50, 95)),
        ):
            for percent in percents:
                value = spread.percentile(percent)
                if value is not None:
                    outcome.values[f"{name}_p{percent}_ms"] = 1000.0 * value
        return outcome


async def _busy(provider: Pc5, outcome: Outcome) -> None:
    if Function.CBR in provider.functions:
        busy = (await provider.cbr()).pssch
        if busy is not None:
            outcome.values["cbr_percent"] = 100.0 * busy
