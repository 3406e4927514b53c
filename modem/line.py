"""One port and its engine, kept in step: reading, exchanging, resynchronising; ``Modem`` stands on it.

One task reads the port and feeds the engine.  What is said goes out by ``_exchange``, which waits for the
answer or gives it up; after that ``_resynchronise`` waits for silence and probes.  In data mode the octets
go to a queue, and reading waits while it is full.

Source: practice of atat, ModemManager and Quectel's manuals as cited in the modules.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from v2x.modem.commands import ESC, Command, Reply, Response
from v2x.modem.engine import Engine
from v2x.modem.errors import CommandTimeout, PortLost
from v2x.modem.events import Data, Done, Event, Late, Noise, Prompted, State, Urc
from v2x.modem.queues import DataQueue, UrcQueue
from v2x.modem.redaction import printable, redact

if TYPE_CHECKING:
    from v2x.modem.port import Port

__all__ = ["Line"]

_log = logging.getLogger("v2x.modem")

QUIET_S = 0.2
"""Silence after which nothing more is expected of an old answer."""

QUIET_LIMIT_S = 2.0
"""How long to wait for silence on a line that never falls silent (a flood of notifications)."""

PROBE_TIMEOUT_S = 2.0
PROBE_LIMIT = 3
"""Probes before resynchronising fails: a deaf module answers neither the third nor the tenth."""

HANG_UP_QUIET_S = 0.5
"""Silence after NO CARRIER in data mode until it is taken for the end (this project's choice)."""

_PROBE: Command[Reply] = Command(
    "AT+CMEE?",
    lambda reply: reply,
    Response.PREFIXED,
    ("+CMEE",),
    1,
    PROBE_TIMEOUT_S,
    idempotent=True,
    sets_up=True,  # a numeric result ends it, too: a restart may have changed the form
)


class Line:
    """A port that is read and an engine that understands it; see ``v2x.modem.modem.Modem``.

    Counters: ``late`` answers, ``noise`` octets that were no line, ``data_octets`` of data mode,
    ``resyncs``; ``deaf`` counts the commands in a row that timed out, and is 0 after any answer.
    """

    def __init__(self, port: Port, cooldown_s: float) -> None:
        self._port = port
        self.cooldown_s = cooldown_s
        self._engine = Engine()
        self._turn = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._lost: PortLost | None = None
        self._answer: asyncio.Future[Done] | None = None
        self._prompted: asyncio.Future[bytes] | None = None
        self._heard = asyncio.Event()
        self._heard_at = float("-inf")
        self._subscriptions: list[UrcQueue] = []
        self._data = DataQueue()
        self._streaming = False
        self.late = 0
        self.noise = 0
        self.data_octets = 0
        self.resyncs = 0
        self.deaf = 0

    @property
    def port_name(self) -> str:
        """The port's path or address."""
        return self._port.name

    @property
    def lost(self) -> PortLost | None:
        """Why the port is gone; ``None`` while it is there."""
        return self._lost

    @property
    def in_data(self) -> bool:
        """Whether the port is a stream of data now."""
        return self._engine.state is State.DATA

    @property
    def charset(self) -> str | None:
        """What AT+CSCS set or said last, ``None`` where nobody asked."""
        return self._engine.charset

    def start(self) -> None:
        """Begin to read the port; ``execute`` does it where this was not called.  Idempotent."""
        if self._reader is None and self._lost is None:
            self._reader = asyncio.create_task(self._read(), name=f"v2x-modem-{self._port.name}")

    async def close(self) -> None:
        """Stop reading and close the port; who waits gets PortLost.  Idempotent."""
        await (await self._release("closed")).close()

    async def detach(self) -> Port:
        """Stop reading and give the port away, open; who waits gets PortLost, as after ``close``."""
        return await self._release("given away")

    async def attach(self, port: Port) -> None:
        """Go on with another port, as after a restart of the module; the old one is closed.

        Subscriptions stay; what was pending is forgotten.  Who waits for an answer gets PortLost.
        """
        await self.close()
        async with self._turn:
            self._port, self._lost, self._engine, self.deaf = port, None, Engine(), 0
            for queue in self._subscriptions:
                queue.resume()
            self.start()

    async def _release(self, why: str) -> Port:
        self._lose(PortLost(self._port.name, why))
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader
        return self._port

    # -- exchanging --------------------------------------------------------------------------------

    async def _exchange(self, line: bytes) -> Done:
        """Send what the engine began and wait; what does not come to its end is given up."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Done] = loop.create_future()
        prompted: asyncio.Future[bytes] = loop.create_future()
        self._answer, self._prompted = answer, prompted
        may_prompt = self._engine.state is not State.SENT
        try:
            await self._port.write(line)
            if may_prompt:
                await asyncio.wait((answer, prompted), return_when=asyncio.FIRST_COMPLETED)
                if prompted.done() and not answer.done():
                    await self._port.write(prompted.result())
            return await answer
        except BaseException:
            self._engine.abandon()
            raise
        finally:
            self._answer = self._prompted = None
            prompted.cancel()
            if not answer.cancel() and not answer.cancelled():
                answer.exception()  # seen, whoever else reported the loss

    async def _cool_down(self) -> None:
        loop = asyncio.get_running_loop()
        rest_s = self._heard_at + self.cooldown_s - loop.time()
        if self.cooldown_s > 0.0 and rest_s > 0.0:
            await asyncio.sleep(min(rest_s, self.cooldown_s))

    # -- resynchronising ---------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait for silence and forget what was pending, without asking the module anything.

        For the first words to a module whose settings (echo, numeric results) are not known yet.
        """
        async with self._turn:
            await self._until_quiet()
            self._engine.reset()
            self._take([])

    def distrust(self) -> None:
        """Resynchronise before the next command: answers to earlier ones may still come."""
        self._engine.abandon()

    async def _resynchronise(self, command: Command[object]) -> None:
        """Bring the line back into step before ``command``.  Raises CommandTimeout if nothing answers."""
        self.resyncs += 1
        _log.info("%s: resynchronising before %s", self._port.name, command)
        for probes in range(1, PROBE_LIMIT + 1):
            await self._until_quiet()
            if self._engine.prompt_open:  # a payload is asked for: a probe would become part of it
                await self._port.write(ESC)
                await self._until_quiet()
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self._exchange(self._engine.start(_PROBE, resync=True))
            except TimeoutError:
                continue
            if probes > 1:  # answers to the earlier probes may still come
                await self._until_quiet()
            return
        self.deaf += 1
        raise CommandTimeout(
            f"{command} (resynchronising, {PROBE_LIMIT} probes)", PROBE_LIMIT * PROBE_TIMEOUT_S
        )

    async def _until_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + QUIET_LIMIT_S
        while self._lost is None and loop.time() < until:
            self._heard.clear()
            try:
                async with asyncio.timeout(QUIET_S):
                    await self._heard.wait()
            except TimeoutError:
                break
        self._check()
        self._take(self._engine.quiet())

    # -- reading -----------------------------------------------------------------------------------

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                data = await self._read_some()
                self._heard_at = loop.time()
                self._heard.set()
                self._take(self._engine.feed(data))
                await self._data.room()
        except PortLost as error:
            self._lose(error)
        except Exception:
            self._lose(PortLost(self._port.name, "the reader failed"))
            raise

    async def _read_some(self) -> bytes:
        """What the port gives; silence after NO CARRIER ends data mode."""
        if not self._engine.hung_up:
            return await self._port.read()
        reading = asyncio.ensure_future(self._port.read())
        try:
            done, _ = await asyncio.wait((reading,), timeout=HANG_UP_QUIET_S)
            if not done:
                self._take(self._engine.quiet())
            return await reading
        except asyncio.CancelledError:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, PortLost):
                await reading
            raise

    def _take(self, events: list[Event]) -> None:
        if self.in_data and not self._streaming:
            self._data.begin()
        for event in events:
            if isinstance(event, Done) and self._answer is not None and not self._answer.done():
                self._answer.set_result(event)
            elif isinstance(event, Prompted) and self._prompted is not None and not self._prompted.done():
                self._prompted.set_result(event.data)
            elif isinstance(event, Urc):
                _log.debug("%s < %s", self._port.name, printable(redact(event.line)))
                for queue in self._subscriptions:
                    queue.offer(event)
            elif isinstance(event, Late | Done):
                self.late += 1
            elif isinstance(event, Noise):
                self.noise += event.octets
            elif isinstance(event, Data):
                self.data_octets += len(event.data)
                self._data.put(event.data)
        if self._streaming and not self.in_data:
            self._data.end()
        self._streaming = self.in_data

    def _lose(self, why: PortLost) -> None:
        if self._lost is not None:
            return
        self._lost = why
        self._heard.set()
        self._data.end()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(PortLost(why.port, why.detail))
        for queue in self._subscriptions:
            queue.end(why)

    def _check(self) -> None:
        if self._lost is not None:
            raise PortLost(self._lost.port, self._lost.detail)
