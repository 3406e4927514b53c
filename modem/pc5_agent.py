"""PC5 by an agent: a program beside the unit's own SDK, reached over TCP or a Unix socket.

    agent = await AgentPc5.connect("tcp://127.0.0.1:47800", SystemClock())
    await agent.send(octets, destination_l2=0x000001, pppp=5)

The protocol is docs/pc5-agent.md, a reference agent examples/pc5_agent.py, the connection
``v2x.modem.pc5_link``.  When it is lost a task opens it again, each time after a longer pause, and first
restores what was set: the layer-2 ids and the flows.  Until then everything raises PortLost.  After
the last attempt in vain it is over, and ``frames`` ends.

Frames that nobody fetches are bounded: the oldest go and are counted (``shed``).  A token is wanted wherever
the address is not of this machine.  It proves who is there and does not hide or protect what follows: such
a connection belongs into a tunnel or on a bench.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from v2x.errors import ModemError
from v2x.modem.errors import PortLost
from v2x.modem.pc5 import Pc5Base
from v2x.modem.pc5_json import from_json, to_json
from v2x.modem.pc5_link import AgentLink, AgentSettings
from v2x.modem.pc5_types import Direction, Function, L2Ids, Pc5Unsupported, SpsFlow, check_pppp
from v2x.modem.pc5_wire import AgentProtocolError, Message, Received, Send
from v2x.modem.radio import FrameQueue, RadioFrame, check_l2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from v2x.clock import Clock
    from v2x.modem.pc5_types import (
        ChannelBusy,
        EventFlow,
        Pc5Counters,
        Pc5Signal,
        Pc5Status,
        SyncSource,
        TestPlan,
    )

__all__ = ["AgentPc5"]

_log = logging.getLogger("v2x.modem.pc5")

FLOWS_LIMIT = 16
"""Flows of one host; units have a handful."""

BUSY_AGE_S = 5.0
"""An event with the channel's load is good for so long."""


class AgentPc5(Pc5Base):
    """A provider (:class:`v2x.modem.pc5.Pc5`) over an agent; made by ``connect``.

    Counters: ``reconnects``; ``send_failures`` as the agent tells them; ``bad_events`` that were none.
    ``last_status`` is what the agent said last on its own.
    """

    def __init__(self, address: str, clock: Clock, settings: AgentSettings) -> None:
        super().__init__(f"agent at {address}", frozenset(), simulated=True)
        self._address = address
        self._clock = clock
        self._settings = settings
        self._queue = FrameQueue(settings.queue_limit)
        self._link: AgentLink | None = None
        self._task: asyncio.Task[None] | None = None
        self._why = PortLost(address, "not connected")
        self._ids: L2Ids | None = None
        self._flows: dict[int, tuple[SpsFlow | EventFlow, int]] = {}
        self._next_flow = 1
        self._busy: tuple[float | None, float] | None = None
        self.last_status: Pc5Status | None = None
        self.reconnects = 0
        self.send_failures = 0
        self.bad_events = 0

    @classmethod
    async def connect(cls, address: str, clock: Clock, settings: AgentSettings | None = None) -> AgentPc5:
        """Connect to ``tcp://<ip>:<port>`` or ``unix:///<path>``; ``clock`` stamps what is received.

        Raises PortUnavailable (also for another machine's address without a token), PortLost, SettingError,
        AgentProtocolError, AgentRefused.
        """
        agent = cls(address, clock, settings or AgentSettings())
        await agent._open()
        agent._task = asyncio.create_task(agent._keep(), name=f"v2x-agent-keep-{address}")
        return agent

    # -- the connection ------------------------------------------------------------------------------

    async def _open(self) -> None:
        link = await AgentLink.open(self._address, self._settings, self._take)
        try:
            if self._ids is not None:
                await link.ask(Function.SET_L2_IDS, to_json(self._ids))
            for handle, (flow, _) in list(self._flows.items()):
                self._flows[handle] = (flow, await _open_flow(link, flow))
        except BaseException:
            await link.close("what was set could not be restored")
            raise
        self._name = f"agent {link.greeting.name} at {self._address}"
        self._functions, self._simulated = link.greeting.functions, link.greeting.simulated
        self._link = link

    async def _keep(self) -> None:
        """Open the connection again whenever it is lost, until that fails too often."""
        try:
            while self._link is not None:
                self._why = await self._link.lost()
                await self._link.close(self._why.detail)
                self._link = None
                await self._again()
        finally:
            self._queue.close()

    async def _again(self) -> None:
        wait_s = self._settings.first_wait_s
        for attempt in range(1, self._settings.attempts + 1):
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, self._settings.most_wait_s)
            try:
                await self._open()
            except ModemError as error:
                _log.info("%s: attempt %d of %d: %s", self._address, attempt, self._settings.attempts, error)
                self._why = PortLost(self._address, str(error))
            else:
                self.reconnects += 1
                return

    def _up(self, function: Function) -> AgentLink:
        """The connection.  Raises PortLost while there is none, Pc5Unsupported."""
        if self._link is None or self._link.why is not None:
            raise PortLost(self._why.port, self._why.detail)
        if function not in self._functions:
            raise Pc5Unsupported(self.name, function)
        return self._link

    async def close(self) -> None:
        """Leave the agent; ``frames`` ends.  Idempotent."""
        self._why = PortLost(self._address, "closed")
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        link, self._link = self._link, None
        if link is not None:
            await link.close("closed")
        self._queue.close()

    # -- frames --------------------------------------------------------------------------------------

    @property
    def shed(self) -> int:
        """Received frames that the full queue gave up."""
        return self._queue.shed

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in order; ends when it is closed or over."""
        return self._queue.frames()

    async def send(
        self,
        data: bytes,
        *,
        destination_l2: int | None = None,
        pppp: int | None = None,
        flow: int | None = None,
    ) -> None:
        """Give a frame to the agent, through a flow of ``open_flow`` where one is given.

        Whether it went out is told by ``send_failures``.  Raises PortLost, ModemError where too much waits,
        ValueError on what no frame has.
        """
        link = self._up(Function.FRAMES)
        destination = None if destination_l2 is None else check_l2(destination_l2)
        handle = None if flow is None else self._flow(flow)
        link.send(Send(data, destination, None if pppp is None else check_pppp(pppp), handle))

    def _take(self, message: Message | Received) -> None:
        if isinstance(message, Message):
            self._event(message.values)
            return
        at = self._clock.now()
        if self._settings.use_agent_time and message.utc and message.received_at is not None:
            at = message.received_at
        self._queue.put(RadioFrame(message.data, at, message.source_l2, message.destination_l2, message.pppp))

    def _event(self, values: dict[str, Any]) -> None:
        """What the agent says on its own; kinds that are not known are skipped."""
        try:
            match values.get("event"):
                case "status":
                    self.last_status = from_json(Function.STATUS, values)
                case "cbr":
                    self._busy = (from_json(Function.CBR, values).pssch, self._clock.now())
                case "send_failed":
                    count = values.get("count", 1)
                    self.send_failures += count if isinstance(count, int) and 0 < count < 1 << 32 else 1
        except ValueError as error:
            self.bad_events += 1
            _log.info("%s: an event that is none: %s", self._address, error)

    def busy_ratio(self) -> float | None:
        """The channel busy ratio (0..1) of the last event; ``None`` where there is none of the last 5 s."""
        if self._busy is None or not 0.0 <= self._clock.now() - self._busy[1] <= BUSY_AGE_S:
            return None
        return self._busy[0]

    # -- functions -----------------------------------------------------------------------------------

    async def _get(self, function: Function) -> Any:
        answer = await self._up(function).ask(function, {})
        try:
            return from_json(function, answer)
        except ValueError as error:
            raise AgentProtocolError(f"{function}: {error}") from None

    async def status(self) -> Pc5Status:
        """State of both directions."""
        status: Pc5Status = await self._get(Function.STATUS)
        return status

    async def cbr(self) -> ChannelBusy:
        """The channel busy ratio."""
        busy: ChannelBusy = await self._get(Function.CBR)
        return busy

    async def counters(self) -> Pc5Counters:
        """What was received and sent."""
        counters: Pc5Counters = await self._get(Function.COUNTERS)
        return counters

    async def reset_counters(self) -> None:
        """Begin to count from 0."""
        await self._up(Function.RESET_COUNTERS).ask(Function.RESET_COUNTERS, {})

    async def l2_ids(self) -> L2Ids:
        """The layer-2 ids in use."""
        ids: L2Ids = await self._get(Function.L2_IDS)
        return ids

    async def set_l2_ids(self, ids: L2Ids) -> None:
        """Send under these ids from now on, also after a reconnection."""
        await self._up(Function.SET_L2_IDS).ask(Function.SET_L2_IDS, to_json(ids))
        self._ids = ids

    async def sync_source(self) -> SyncSource:
        """Where the unit takes its time from."""
        source: SyncSource = await self._get(Function.SYNC_SOURCE)
        return source

    async def signal(self) -> tuple[Pc5Signal, ...]:
        """How senders are received."""
        rows: tuple[Pc5Signal, ...] = await self._get(Function.SIGNAL)
        return rows

    async def set_tx_power(self, power_dbm: float) -> None:
        """Send with this power."""
        await self._up(Function.SET_TX_POWER).ask(Function.SET_TX_POWER, {"power_dbm": power_dbm})

    async def reset_utc(self) -> None:
        """Forget the time that was derived from GNSS."""
        await self._up(Function.RESET_UTC).ask(Function.RESET_UTC, {})

    async def start_test(self, plan: TestPlan) -> None:
        """Begin a run of the unit's own test mode."""
        values: dict[str, Any] = {"direction": plan.direction.value}
        if plan.direction is Direction.RECEIVE:
            values["monitor"] = list(plan.monitor)
        else:
            values |= {"octets": plan.octets, "period_s": plan.period_s}
        await self._up(Function.TEST).ask("start_test", values)

    async def stop_test(self) -> None:
        """End it."""
        await self._up(Function.TEST).ask("stop_test", {})

    # -- flows ---------------------------------------------------------------------------------------

    async def open_flow(self, flow: SpsFlow | EventFlow) -> int:
        """Have the unit reserve it; the handle stays good after a reconnection."""
        link = self._up(Function.FLOWS)
        if len(self._flows) >= FLOWS_LIMIT:
            raise ModemError(f"{self.name}: {FLOWS_LIMIT} flows are open already")
        number = await _open_flow(link, flow)
        handle, self._next_flow = self._next_flow, self._next_flow + 1
        self._flows[handle] = (flow, number)
        return handle

    async def close_flow(self, handle: int) -> None:
        """Give it back.  ValueError on a handle that is none."""
        number = self._flow(handle)
        link = self._up(Function.FLOWS)
        del self._flows[handle]
        await link.ask("close_flow", {"flow": number})

    def _flow(self, handle: int) -> int:
        """The agent's number of a flow."""
        if handle not in self._flows:
            raise ValueError(f"no flow {handle}")
        return self._flows[handle][1]


async def _open_flow(link: AgentLink, flow: SpsFlow | EventFlow) -> int:
    kind = "sps" if isinstance(flow, SpsFlow) else "event"
    answer = await link.ask("open_flow", {"kind": kind, **to_json(flow)})
    number = answer.get("flow")
    if not isinstance(number, int) or not 1 <= number <= 0xFFFFFFFF:
        raise AgentProtocolError("open_flow: flow is no number above 0")
    return number
