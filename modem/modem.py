"""A module on a port: one command at a time, notifications to whom they concern.

    async with Modem(await open_port("/dev/ttyUSB2")) as modem:
        signal = await modem.execute(answers.CSQ)

``execute`` writes a command and waits for its answer; ``v2x.modem.line`` reads the port meanwhile.
After a timeout, a cancelled command or a foreign answer the line is out of step, and the next command
first resynchronises: silence for ``QUIET_S``, then a question whose answer can't be mistaken
(``AT+CMEE?``), until it is answered, then silence again if it was asked more than once.

A command that ends with CONNECT turns the port into a stream: ``read_data`` and ``write_data`` until
``leave_data``, ``resume_data`` to go on.  A command that writes the module's memory is refused unless
``allow_persistent`` was said.  ``detach`` gives the port away (a multiplexer takes it), ``attach`` takes a
new one after a restart; subscriptions outlive both.

Nothing grows without bound: callers that wait, notifications that nobody fetched, probes, unread data.
Identities in logs are masked.  Source: practice of atat, ModemManager and Quectel's manuals as cited in
the modules.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, TypeVar

from v2x.modem.commands import Command, Reply, parsed
from v2x.modem.commands import raw as raw_command
from v2x.modem.errors import CommandTimeout, NeedsConsent, PortBusy, Rejected, UnexpectedReply
from v2x.modem.events import State, Urc
from v2x.modem.line import Line
from v2x.modem.queues import UrcQueue

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

COLLECT_LIMIT = 256
"""Notifications that one command's results may take: AT+QPING has at most eleven."""

RESUME_TIMEOUT_S = 10.0
"""ATO is answered at once where the connection stands (this project's choice)."""

GUARD_S = 1.1
"""Silence before and after the escape sequence: at least 1 s (ITU-T V.250 practice, Quectel manuals)."""

ESCAPE_TIMEOUT_S = 3.0


class Modem(Line):
    """A module on ``port``, which it owns from now on.

    ``cooldown_s`` is the pause that the module needs after a final result or a notification;
    ``allow_persistent`` lets commands through that change the module for good.
    """

    def __init__(self, port: Port, *, cooldown_s: float = 0.0, allow_persistent: bool = False) -> None:
        super().__init__(port, cooldown_s)
        self.allow_persistent = allow_persistent
        self._waiting = 0

    async def __aenter__(self) -> Modem:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

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

    async def collect_urcs(
        self, *prefixes: str, timeout_s: float, after: Command[object], last: Callable[[Urc], bool]
    ) -> tuple[Urc, ...]:
        """The notifications that follow ``after`` up to the ``last`` one, as of AT+QPING.

        Raises CommandTimeout, PortLost, and what ``after`` raises.
        """
        found: list[Urc] = []

        def match(urc: Urc) -> bool:
            found.append(urc)
            return len(found) >= COLLECT_LIMIT or last(urc)

        await self.expect_urc(*prefixes, timeout_s=timeout_s, after=after, match=match)
        return tuple(found)

    # -- commands ----------------------------------------------------------------------------------

    async def send(self, text: str, *, timeout_s: float | None = None, payload: bytes | None = None) -> Reply:
        """A command line as a person types it, ``payload`` for its prompt.

        Raises as ``execute``, and ValueError on no command line.
        """
        return await self.execute(raw_command(text, timeout_s=timeout_s, payload=payload))

    async def execute(self, command: Command[T]) -> T:
        """Run ``command`` when its turn comes; one runs at a time.

        An idempotent command whose answer was spoilt by another master is asked once more.
        Raises PortLost, CommandTimeout, Rejected, UnexpectedReply, PortBusy, NeedsConsent.
        """
        reason = command.persists
        if reason is not None and not self.allow_persistent:
            raise NeedsConsent(command.text, reason)
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
            self.deaf += 1
            raise CommandTimeout(command.text, command.timeout_s, self._engine.lines) from None
        self.deaf = 0
        if done.refusal is not None:
            raise Rejected(command.text, done.refusal)
        if done.reply.damaged or len(done.reply.lines) < command.min_lines:
            self._engine.abandon()  # the final result may be another's, and ours still to come
        return parsed(command, done.reply)

    # -- data mode ---------------------------------------------------------------------------------

    async def read_data(self) -> bytes:
        """The next octets of data mode; empty once it is over (left, hung up, port lost) and all was read.

        While too much is unread the port waits.
        """
        return await self._data.get()

    async def write_data(self, data: bytes) -> None:
        """Send octets in data mode.  Raises PortLost; UnexpectedReply outside data mode."""
        async with self._turn:
            self._check()
            if not self.in_data:
                raise UnexpectedReply("data", "the port is not in data mode")
            await self._port.write(data)

    async def leave_data(self) -> None:
        """Back from data mode to commands: silence, ``+++``, silence; nothing to do outside data mode.

        Octets that nobody read stay readable.  Raises PortLost, CommandTimeout: then the module may still
        be in data mode, and the next command says so.
        """
        async with self._turn:
            if self.in_data:
                await asyncio.sleep(GUARD_S)
                await self._escape()

    async def _escape(self) -> None:
        if not self.in_data:  # hung up meanwhile
            return
        self._data.lift()
        try:
            async with asyncio.timeout(GUARD_S + ESCAPE_TIMEOUT_S):
                await self._exchange(self._engine.escape())
        except TimeoutError:
            if not self._engine.hung_up:
                raise CommandTimeout("+++", GUARD_S + ESCAPE_TIMEOUT_S) from None
            self._take(self._engine.quiet())
            self._engine.abandon()  # the module was in command mode already: +++ stands in its line
        finally:
            self._data.restore()

    async def resume_data(self) -> Reply:
        """Back to the data connection that ``leave_data`` left (ATO).

        Raises as ``execute``: Rejected (NO CARRIER) where there is none any more.
        """
        return await self.send("ATO", timeout_s=RESUME_TIMEOUT_S)
