"""A module on a port: one command at a time, notifications to whom they concern.

    async with Modem(await open_port("/dev/ttyUSB2")) as modem:
        signal = await modem.execute(answers.CSQ)

One task reads the port and feeds the engine; ``execute`` writes a command and waits for its answer.
After a timeout, a cancelled command or a foreign answer the line is out of step, and the next command
first resynchronises: silence for ``QUIET_S``, then a question whose answer can't be mistaken
(``AT+CMEE?``), until it is answered, then silence again if it was asked more than once.

Nothing grows without bound: callers that wait, notifications that nobody fetched, probes.  Identities in
logs are masked.  Source: practice of atat, ModemManager and Quectel's manuals as cited in the modules.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from v2x.modem.commands import Command, Reply, Response, parsed
from v2x.modem.commands import raw as raw_command
from v2x.modem.engine import Engine
from v2x.modem.errors import CommandTimeout, PortBusy, PortLost, Rejected, UnexpectedReply
from v2x.modem.events import Data, Done, Event, Late, Noise, Prompted, State, Urc
from v2x.modem.redaction import printable, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from v2x.modem.port import Port

__all__ = ["Modem", "UrcQueue"]

T = TypeVar("T")
_log = logging.getLogger("v2x.modem")

WAITING_LIMIT = 32
"""Callers that may wait for their turn: more means that the module answers too slowly for them."""

URC_LIMIT = 64
"""Notifications that a subscriber may leave unread; then the oldest go, and are counted."""

QUIET_S = 0.2
"""Silence after which nothing more is expected of an old answer."""

QUIET_LIMIT_S = 2.0
"""How long to wait for silence on a line that never falls silent (a flood of notifications)."""

PROBE_TIMEOUT_S = 2.0
PROBE_LIMIT = 3
"""Probes before resynchronising fails: a deaf module answers neither the third nor the tenth."""

GUARD_S = 1.1
"""Silence before and after the escape sequence: at least 1 s (ITU-T V.250 practice, Quectel manuals)."""

ESCAPE_TIMEOUT_S = 3.0

_PROBE: Command[Reply] = Command(
    "AT+CMEE?", lambda reply: reply, Response.PREFIXED, ("+CMEE",), 1, PROBE_TIMEOUT_S, idempotent=True
)


class UrcQueue:
    """A subscription: the notifications with one of ``prefixes`` (all without any), oldest first."""

    def __init__(self, prefixes: tuple[str, ...], limit: int) -> None:
        self._prefixes = prefixes
        self._waiting: deque[Urc] = deque()
        self._limit = limit
        self._changed = asyncio.Event()
        self._lost: PortLost | None = None
        self.dropped = 0

    def offer(self, urc: Urc) -> None:
        """Take a notification if it is asked for."""
        if self._prefixes and (urc.prefix or urc.line.strip()) not in self._prefixes:
            return
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(urc)
        self._changed.set()

    def end(self, lost: PortLost) -> None:
        """No more will come."""
        self._lost = lost
        self._changed.set()

    def clear(self) -> None:
        """Forget what is unread."""
        self._waiting.clear()

    async def get(self) -> Urc:
        """The next notification.  Raises PortLost when none can come any more."""
        while not self._waiting:
            if self._lost is not None:
                raise PortLost(self._lost.port, self._lost.detail)
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    async def get_within(self, timeout_s: float) -> Urc | None:
        """The next notification, ``None`` if none came in time.  Raises PortLost."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.get()
        except TimeoutError:
            return None


class Modem:
    """A module on ``port``, which it owns from now on.

    ``cooldown_s`` is the pause that the module needs after a final result or a notification.
    Counters: ``late`` answers, ``noise`` octets that were no line, ``data_octets`` thrown away in data
    mode (data sessions run over the network interface), ``resyncs``.
    """

    def __init__(self, port: Port, *, cooldown_s: float = 0.0) -> None:
        self._port = port
        self.cooldown_s = cooldown_s
        self._engine = Engine()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._reader: asyncio.Task[None] | None = None
        self._lost: PortLost | None = None
        self._answer: asyncio.Future[Done] | None = None
        self._prompted: asyncio.Future[bytes] | None = None
        self._heard = asyncio.Event()
        self._heard_at = float("-inf")
        self._subscriptions: list[UrcQueue] = []
        self.late = 0
        self.noise = 0
        self.data_octets = 0
        self.resyncs = 0

    async def __aenter__(self) -> Modem:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def port_name(self) -> str:
        """The port's path or address."""
        return self._port.name

    @property
    def lost(self) -> PortLost | None:
        """Why the port is gone; ``None`` while it is there."""
        return self._lost

    def start(self) -> None:
        """Begin to read the port; ``execute`` does it where this was not called.  Idempotent."""
        if self._reader is None and self._lost is None:
            self._reader = asyncio.create_task(self._read(), name=f"v2x-modem-{self._port.name}")

    async def close(self) -> None:
        """Stop reading and close the port; who waits gets PortLost.  Idempotent."""
        self._lose(PortLost(self._port.name, "closed"))
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader
        await self._port.close()

    # -- notifications -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def subscribe(self, *prefixes: str, limit: int = URC_LIMIT) -> Iterator[UrcQueue]:
        """Notifications from now on, by prefix (``+CREG``) or whole line (``RDY``); all without any."""
        self.start()
        queue = UrcQueue(prefixes, limit)
        if self._lost is not None:
            queue.end(self._lost)
        self._subscriptions.append(queue)
        try:
            yield queue
        finally:
            self._subscriptions.remove(queue)

    async def expect_urc(
        self,
        *prefixes: str,
        timeout_s: float,
        after: Command[object] | None = None,
        match: Callable[[Urc], bool] | None = None,
    ) -> Urc:
        """Wait for a notification, such as the result that follows a command's OK.

        ``after`` is executed once the subscription stands, so a result right behind its OK is not missed.
        Raises CommandTimeout, PortLost, and what ``after`` raises.
        """
        with self.subscribe(*prefixes) as queue:
            if after is not None:
                await self.execute(after)
            try:
                async with asyncio.timeout(timeout_s):
                    while True:
                        urc = await queue.get()
                        if match is None or match(urc):
                            return urc
            except TimeoutError:
                asked = str(after) if after is not None else "notification"
                raise CommandTimeout(f"{asked} ({' or '.join(prefixes) or 'any'})", timeout_s) from None

    # -- commands ----------------------------------------------------------------------------------

    async def send(self, text: str, *, timeout_s: float | None = None) -> Reply:
        """A command line as a person types it.  Raises as ``execute``, and ValueError on no command line."""
        return await self.execute(raw_command(text, timeout_s=timeout_s))

    async def execute(self, command: Command[T]) -> T:
        """Run ``command`` when its turn comes; one runs at a time.

        An idempotent command whose answer was spoilt by another master is asked once more.
        Raises PortLost, CommandTimeout, Rejected, UnexpectedReply, PortBusy.
        """
        if self._waiting >= WAITING_LIMIT:
            raise PortBusy(self._port.name, self._waiting)
        self._waiting += 1
        try:
            async with self._turn:
                try:
                    return await self._run(command)
                except UnexpectedReply as error:
                    if not (command.idempotent and error.foreign):
                        raise
                    return await self._run(command)
        finally:
            self._waiting -= 1

    async def _run(self, command: Command[T]) -> T:
        self.start()
        self._check()
        if self._engine.state is State.DATA:
            raise UnexpectedReply(command.text, "the port is in data mode")
        if self._engine.state is State.DRAIN:
            await self._resynchronise(command)
        await self._cool_down()
        try:
            async with asyncio.timeout(command.timeout_s):
                _log.debug("%s > %s", self._port.name, command)
                done = await self._exchange(self._engine.start(command))
        except TimeoutError:
            raise CommandTimeout(command.text, command.timeout_s, self._engine.lines) from None
        if done.refusal is not None:
            raise Rejected(command.text, done.refusal)
        if done.reply.damaged or len(done.reply.lines) < command.min_lines:
            self._engine.abandon()  # the final result may be another's, and ours still to come
        return parsed(command, done.reply)

    async def _exchange(self, line: bytes) -> Done:
        """Send what the engine began and wait; what does not come to its end is given up."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Done] = loop.create_future()
        prompted: asyncio.Future[bytes] = loop.create_future()
        self._answer, self._prompted = answer, prompted
        try:
            await self._port.write(line)
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

    async def leave_data(self) -> None:
        """Back from data mode to commands: silence, ``+++``, silence; nothing to do outside data mode.

        Raises PortLost, CommandTimeout (the module stays in data mode or hung up).
        """
        async with self._turn:
            if self._engine.state is not State.DATA:
                return
            await asyncio.sleep(GUARD_S)
            try:
                async with asyncio.timeout(GUARD_S + ESCAPE_TIMEOUT_S):
                    await self._exchange(self._engine.escape())
            except TimeoutError:
                raise CommandTimeout("+++", GUARD_S + ESCAPE_TIMEOUT_S) from None

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

    def distrust(self) -> None:
        """Resynchronise before the next command: answers to earlier ones may still come."""
        self._engine.abandon()

    async def _resynchronise(self, command: Command[object]) -> None:
        """Bring the line back into step before ``command``.  Raises CommandTimeout if nothing answers."""
        self.resyncs += 1
        _log.info("%s: resynchronising before %s", self._port.name, command)
        for probes in range(1, PROBE_LIMIT + 1):
            await self._until_quiet()
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self._exchange(self._engine.start(_PROBE, resync=True))
            except TimeoutError:
                continue
            if probes > 1:  # answers to the earlier probes may still come
                await self._until_quiet()
            return
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
                data = await self._port.read()
                self._heard_at = loop.time()
                self._heard.set()
                self._take(self._engine.feed(data))
        except PortLost as error:
            self._lose(error)
        except Exception:
            self._lose(PortLost(self._port.name, "the reader failed"))
            raise

    def _take(self, events: list[Event]) -> None:
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

    def _lose(self, why: PortLost) -> None:
        if self._lost is not None:
            return
        self._lost = why
        self._heard.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(PortLost(why.port, why.detail))
        for queue in self._subscriptions:
            queue.end(why)

    def _check(self) -> None:
        if self._lost is not None:
            raise PortLost(self._lost.port, self._lost.detail)
