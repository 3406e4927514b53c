"""The hall: receives, has frames believed and fused, ticks at 10 Hz, transmits, and reports.

    Radio.frames() ─► Worker (thread: Pipeline.feed) ─► tick: Tracker.step ─► tokenize ─► listeners

    EgoState, every period or at a critical event ─► Transmitter.next (thread) ─► Radio.send

Only this module and those that own a port or a socket await.  Signature checks and signing run in
threads.  Ticks are due at ``start + k / tick_hz`` on the loop's monotonic clock; a tick that can't begin
before the next one is due is missed, and counted.  A message goes out under its own identity only: where
the radio can't change its source layer-2 id along with the pseudonym, it isn't sent.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from v2x.certs.policy import EgoView
from v2x.errors import FusionError, ModemError, Reason, V2XError
from v2x.fusion.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from v2x.clock import Clock
    from v2x.fusion import Tracker
    from v2x.identity import IdentityChange
    from v2x.misbehaviour import Report
    from v2x.modem.bringup import BringUpResult
    from v2x.modem.radio import Radio, RadioFrame
    from v2x.objects import EgoState, Environment, Observation, TokenFrame
    from v2x.transmit import Outgoing
    from v2x.worker import Worker

__all__ = ["ModemView", "Station", "StationParts", "Tick", "Transmitter"]

LISTENER_QUEUE = 16
"""Ticks that wait for a slow reader of ``Station.ticks``: 1.6 s; then the oldest go."""

STAMP_LIMIT = 36_000
"""Tick stamps kept for the rate: an hour at 10 Hz."""

DRAIN_LIMIT_S = 10.0
"""How long a stopping station works off its queue before the rest counts as shed."""


RETRY_S = 0.1
"""After a message that could not be built, the next one is tried when a BSM would be due."""


class Transmitter(Protocol):
    """What this node sends of itself: :class:`v2x.transmit.BsmTransmitter`."""

    def is_urgent(self, ego: EgoState) -> bool:
        """Whether the state is one that can't wait for the period; called on the event loop."""
        ...

    def next(self, ego: EgoState, at: float, busy_ratio: float | None = None) -> Outgoing:
        """The message of the instant ``at``; called off the event loop, because it signs.

        V2XError where there is none now: state, certificate or key don't allow it.
        """
        ...


def _label(error: V2XError) -> str:
    """How a refusal is counted: by its reason, or by its class (a key store's error has none)."""
    reason = getattr(error, "reason", None)
    return f"{reason.stage}/{reason.label}" if isinstance(reason, Reason) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Tick:
    """What comes out at one instant."""

    index: int
    environment: Environment
    tokens: TokenFrame


@dataclass(slots=True)
class ModemView:
    """The module as the screen and the report show it."""

    state: str = "none"
    simulated: bool = False
    identity: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As the report has it; identities are masked where they are made."""
        view: dict[str, Any] = {
            "identity": self.identity,
            "simulated": self.simulated,
            "state": self.state,
            "steps": self.steps,
        }
        if self.reason:
            view["reason"] = self.reason
        return view


@dataclass(slots=True)
class StationParts:
    """What a station is made of; real or simulated, it does not know.

    ``ego`` gives this vehicle's state at an instant, each of ``sensors`` a sweep of its own sensor.
    ``bring_up`` brings the module to a data session, or is ``None`` where there is no module.  ``record``
    gets every frame as it was received.  ``busy_ratio`` gives the channel's CBR (0..1) as the radio
    measured it last, ``None`` where it doesn't.  ``report`` gets the misbehaviour reports.
    """

    radio: Radio
    worker: Worker
    tracker: Tracker
    clock: Clock
    ego: Callable[[float], EgoState]
    sensors: Sequence[Callable[[float], Sequence[Observation]]] = ()
    transmitter: Transmitter | None = None
    bring_up: Callable[[], Any] | None = None
    record: Callable[[RadioFrame], None] | None = None
    busy_ratio: Callable[[], float | None] | None = None
    report: Callable[[Report], None] | None = None
    tick_hz: float = 10.0


class Station:
    """This node.  ``async with Station(parts) as station`` starts it; leaving drains and stops it."""

    def __init__(self, parts: StationParts) -> None:
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[Callable[[Tick], None]] = []
        self._queues: list[asyncio.Queue[Tick | None]] = []
        self._stamps: deque[float] = deque(maxlen=STAMP_LIMIT)
        self._radio_shed = 0
        self.modem = ModemView()
        self._look = asyncio.Event()
        self._identity: IdentityChange | None = None
        self.transmitted = 0
        self.transmit_failures = 0
        self.transmit_refusals: Counter[str] = Counter()
        self.identity_changes = 0
        self.identity_changes_without_l2 = 0  # a radio that has no layer-2 id
        self.misbehaviour_reports = 0
        self.ticks_done = 0
        self.ticks_missed = 0
        self.ticks_refused = 0
        self.last: Tick | None = None

    # -- life ------------------------------------------------------------------------------------

    async def __aenter__(self) -> Station:
        self._parts.worker.start()
        self._spawn(self._receive(), "receive")
        self._spawn(self._tick(), "tick")
        if self._parts.transmitter is not None:
            self._spawn(self._transmit(self._parts.transmitter), "transmit")
        if self._parts.bring_up is not None:
            self._spawn(self._bring_up(self._parts.bring_up), "modem")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _spawn(self, work: Any, name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"v2x-{name}"))

    async def stop(self) -> None:
        """Close the radio, work off what was received, then stop every task; idempotent."""
        if not self._tasks:
            return
        await self._parts.radio.close()
        await asyncio.wait([t for t in self._tasks if t.get_name() == "v2x-receive"], timeout=DRAIN_LIMIT_S)
        await asyncio.to_thread(self._parts.worker.drain, DRAIN_LIMIT_S)
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._parts.worker.close()
        self._sync_shed()
        for queue in self._queues:
            self._offer(queue, None)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def failed(self) -> None:
        """Return when a task has died of a defect; ``stop`` then raises it."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        if not any(t.exception() for t in done if not t.cancelled()):
            await asyncio.Event().wait()

    def look(self) -> None:
        """Look at the ego state now: who sees a critical flag rise calls it, on the event loop.

        Each tick looks too, so that an event waits for the next tick at most.
        """
        self._look.set()

    # -- outlets ---------------------------------------------------------------------------------

    def listen(self, listener: Callable[[Tick], None]) -> None:
        """Call ``listener`` at every tick, on the event loop; it must be quick."""
        self._listeners.append(listener)

    async def ticks(self) -> AsyncIterator[Tick]:
        """Environment and tokens as they come; a slow reader loses the oldest, never delays the station."""
        queue: asyncio.Queue[Tick | None] = asyncio.Queue(LISTENER_QUEUE)
        self._queues.append(queue)
        try:
            while (tick := await queue.get()) is not None:
                yield tick
        finally:
            self._queues.remove(queue)

    @staticmethod
    def _offer(queue: asyncio.Queue[Tick | None], tick: Tick | None) -> None:
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(tick)

    # -- tasks -----------------------------------------------------------------------------------

    async def _receive(self) -> None:
        async for frame in self._parts.radio.frames():
            if self._parts.record is not None:
                self._parts.record(frame)
            self._parts.worker.submit(frame)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        period_s = 1.0 / self._parts.tick_hz
        start, index = loop.time(), 0
        while True:
            index += 1
            late_s = loop.time() - (start + index * period_s)
            if late_s >= period_s:  # the next one is due already: these can't be made any more
                missed = int(late_s / period_s)
                self.ticks_missed += missed
                index += missed
            await asyncio.sleep(max(0.0, start + index * period_s - loop.time()))
            self._make_tick(index)

    def _make_tick(self, index: int) -> None:
        at = self._parts.clock.now()
        observed = self._parts.worker.take()
        ego = self._parts.ego(at)
        self.look()
        for sweep in self._parts.sensors:
            observed.extend(sweep(at))
        self._parts.worker.locate(EgoView.of(ego))
        for report in self._parts.worker.take_reports():
            self.misbehaviour_reports += 1
            if self._parts.report is not None:
                self._parts.report(report)
        try:
            environment = self._parts.tracker.step(observed, ego, at)
            tokens = tokenize(environment)
        except FusionError:
            self.ticks_refused += 1
            return
        self.ticks_done += 1
        self._stamps.append(at)
        self.last = Tick(index, environment, tokens)
        for listener in self._listeners:
            listener(self.last)
        for queue in self._queues:
            self._offer(queue, self.last)

    async def _transmit(self, transmitter: Transmitter) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            period_s = await self._send_next(transmitter)
            due = max(due + period_s, loop.time() - period_s)
            if await self._urgent_before(due, transmitter):
                due = loop.time()

    async def _urgent_before(self, due: float, transmitter: Transmitter) -> bool:
        """Wait until ``due`` (False), or until the ego state can't wait (True)."""
        try:
            async with asyncio.timeout_at(due):
                while True:
                    await self._look.wait()
                    self._look.clear()
                    if transmitter.is_urgent(self._parts.ego(self._parts.clock.now())):
                        return True
        except TimeoutError:
            return False

    async def _send_next(self, transmitter: Transmitter) -> float:
        """Build and send one message; the time until the next."""
        at = self._parts.clock.now()
        busy_ratio = self._parts.busy_ratio() if self._parts.busy_ratio is not None else None
        try:
            message = await asyncio.to_thread(transmitter.next, self._parts.ego(at), at, busy_ratio)
        except V2XError as error:
            self.transmit_refusals[_label(error)] += 1
            return RETRY_S
        try:
            await self._become(message.identity)
            await self._parts.radio.send(
                message.unit, destination_l2=message.destination_l2, priority=message.priority
            )
            self.transmitted += 1
        except ModemError:
            self.transmit_failures += 1
        return message.period_s

    async def _become(self, identity: IdentityChange) -> None:
        """Have the radio send as ``identity`` from now on; ModemError where it can't, and nothing is sent."""
        if identity is self._identity:
            return
        changed = await self._parts.radio.use_source_l2(identity.source_l2)
        self._identity = identity
        self.identity_changes += 1
        self.identity_changes_without_l2 += not changed

    async def _bring_up(self, bring_up: Callable[[], Any]) -> None:
        self.modem.state = "starting"
        result: BringUpResult = await bring_up()
        self.modem.state = result.state
        self.modem.simulated = result.simulated
        self.modem.identity = dict(result.identity)
        self.modem.steps = [{"name": s.name, "seconds": round(s.seconds, 4)} for s in result.steps]
        self.modem.reason = result.reason

    # -- report ----------------------------------------------------------------------------------

    def _sync_shed(self) -> None:
        """Frames that the radio's own queue lost count as received and shed."""
        shed = self._parts.radio.shed
        for _ in range(shed - self._radio_shed):
            self._parts.worker.count_shed(None)
        self._radio_shed = shed

    def rate_hz(self) -> float | None:
        """Ticks per second, from the stamps of the environments."""
        if len(self._stamps) < 2:
            return None
        return (len(self._stamps) - 1) / (self._stamps[-1] - self._stamps[0])

    def report(self) -> dict[str, Any]:
        """What ``--json`` writes; the demo adds what it knows of the truth."""
        tally, latency = self._parts.worker.tally, self._parts.worker.latency()
        tracks = [t for t in self.last.environment.tracks if t.confirmed] if self.last else []
        by_source: dict[str, int] = {}
        for track in tracks:
            for source in sorted(track.sources):
                by_source[str(source)] = by_source.get(str(source), 0) + 1
        rate = self.rate_hz()
        tokens = self.last.tokens if self.last else None
        return {
            "frames": {
                "sent_by": {},
                **tally.to_dict(),
                "transmitted": self.transmitted,
                "transmit_failures": self.transmit_failures,
                "transmit_refusals": dict(sorted(self.transmit_refusals.items())),
                "identity_changes": self.identity_changes,
                "identity_changes_without_l2": self.identity_changes_without_l2,
            },
            "messages": dict(sorted(tally.messages.items())),
            "misbehaviour": {
                "findings": {f"{r.stage}/{r.label}": n for r, n in self._parts.worker.findings.items()},
                "reports": self.misbehaviour_reports,
            },
            "tracks": {
                "confirmed": len(tracks),
                "by_source": by_source,
                "matched": [],
                "not_used": {str(k): n for k, n in sorted(self._parts.tracker.counters.items()) if n},
            },
            "tokens": {
                "frames": self.ticks_done,
                "missed_ticks": self.ticks_missed + self.ticks_refused,
                "rate_hz": None if rate is None else round(rate, 3),
                "schema": f"{tokens.schema_name} {tokens.schema_version}" if tokens else None,
            },
            "latency_ms": {
                "p50": None if latency.p50_ms is None else round(latency.p50_ms, 3),
                "p99": None if latency.p99_ms is None else round(latency.p99_ms, 3),
            },
            "modem": self.modem.to_dict(),
        }
