"""One connection to a PC5 agent: opening, the first words, requests and their answers, frames, silence.

    link = await AgentLink.open("tcp://127.0.0.1:47800", settings, take)
    answer = await link.ask("cbr", {})
    ...
    why = await link.lost()

``take`` is called on the loop with each frame and each event.  A connection that fails in any way is closed
and says why: ``lost``; who waits for an answer gets PortLost.  Octets and their meaning are
``v2x.modem.pc5_wire`` and ``v2x.modem.pc5_login``; the limits are in :class:`AgentSettings`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from v2x.errors import ModemError
from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.pc5_login import NONCE_SIZE, Greeting, Login
from v2x.modem.pc5_wire import (
    AgentProtocolError,
    Message,
    Received,
    Send,
    Type,
    WireDecoder,
    encode,
    encode_frame,
)
from v2x.modem.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.pc5_login import Token

__all__ = ["AgentLink", "AgentRefused", "AgentSettings"]

_log = logging.getLogger("v2x.modem.pc5")

READ_CHUNK = 65_536
WRITE_LIMIT = 65_536
"""Octets that may wait for the agent: more than it takes in any burst; then sending fails, nothing grows."""

REQUESTS_LIMIT = 32
"""Requests under way: more means that the agent does not answer."""

REASON_LIMIT = 200
"""Characters of an agent's reason that are shown."""


class AgentRefused(ModemError):  # noqa: N818  (says what happened)
    """The agent was asked for ``asked`` and said no; ``reason`` is its word."""

    def __init__(self, agent: str, asked: str, reason: str) -> None:
        self.asked = asked
        self.reason = reason
        super().__init__(f"agent {agent}: {asked}: {reason}")


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How to live with an agent.  ``token`` is shared with it; ``None`` is for this machine only.

    ``timeout_s`` bounds connecting, the first words and each answer.  A connection that is silent for
    ``keepalive_s`` is asked, and given up after as much again.  After a loss it is opened again at most
    ``attempts`` times, after ``first_wait_s``, then twice as long, up to ``most_wait_s``: some three minutes,
    in which a unit has restarted.
    ``use_agent_time``: frames are stamped by the agent's clock where it says that it is UTC.
    """

    token: Token | None = None
    queue_limit: int = 256
    timeout_s: float = 5.0
    keepalive_s: float = 5.0
    attempts: int = 20
    first_wait_s: float = 0.5
    most_wait_s: float = 10.0
    use_agent_time: bool = False

    def __post_init__(self) -> None:
        if min(self.timeout_s, self.keepalive_s, self.first_wait_s, self.most_wait_s) <= 0.0:
            raise ValueError("times are above 0")


class AgentLink:
    """A connection that has said its first words; made by ``open``."""

    def __init__(
        self,
        address: str,
        settings: AgentSettings,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        take: Callable[[Message | Received], None],
    ) -> None:
        self._address = address
        self._settings = settings
        self._reader, self._writer = streams
        self._take = take
        self._decoder = WireDecoder()
        self._early: list[Message | Received | Send] = []
        self._pending: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_id = 1
        self._task: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self.why: PortLost | None = None  # set once, when the connection is lost
        self.greeting = Greeting("", simulated=True, functions=frozenset(), nonce="", auth=False)

    @classmethod
    async def open(
        cls, address: str, settings: AgentSettings, take: Callable[[Message | Received], None]
    ) -> AgentLink:
        """Connect and greet.  An address of another machine is refused without a token.

        Raises PortUnavailable, PortLost, SettingError, AgentProtocolError, AgentRefused.
        """
        connect = _connector(address, has_token=settings.token is not None)
        try:
            async with asyncio.timeout(settings.timeout_s):
                link = cls(address, settings, await connect(), take)
        except TimeoutError:
            detail = f"no connection within {settings.timeout_s:g} s"
            raise PortUnavailable(address, PortProblem.REFUSED, detail) from None
        except OSError as error:
            detail = error.strerror or str(error)
            raise PortUnavailable(address, PortProblem.REFUSED, detail) from error
        try:
            async with asyncio.timeout(settings.timeout_s):
                await link._greet()
        except TimeoutError:
            await link.close("no greeting")
            raise PortLost(address, f"no greeting within {settings.timeout_s:g} s") from None
        except BaseException:
            await link.close("the first words failed")
            raise
        link._task = asyncio.create_task(link._read(), name=f"v2x-agent-{address}")
        return link

    async def _greet(self) -> None:
        self.greeting = Greeting.parse(await self._expect(Type.HELLO))
        login = Login(self.greeting, secrets.token_hex(NONCE_SIZE), self._settings.token)
        self._writer.write(encode(Type.LOGIN, login.values("v2x")))
        login.check(await self._expect(Type.READY))

    async def _expect(self, kind: Type) -> dict[str, Any]:
        """The next message, which must be of this type."""
        while not self._early:
            self._early = self._decoder.feed(await self._chunk())
        message = self._early.pop(0)
        if isinstance(message, Message) and message.type is Type.BYE:
            raise AgentRefused(self.greeting.name, "login", _reason(message.values))
        if not isinstance(message, Message) or message.type is not kind:
            raise AgentProtocolError(f"something else than {kind.name}")
        return message.values

    async def _chunk(self) -> bytes:
        try:
            data = await self._reader.read(READ_CHUNK)
        except OSError as error:
            raise PortLost(self._address, error.strerror or "read failed") from error
        if not data:
            raise PortLost(self._address, "closed by the agent")
        return data

    @property
    def skipped(self) -> int:
        """Messages of types that are not known."""
        return self._decoder.skipped

    async def lost(self) -> PortLost:
        """Wait until the connection is lost; why."""
        await self._gone.wait()
        assert self.why is not None
        return self.why

    # -- asking and sending --------------------------------------------------------------------------

    async def ask(self, do: str, values: dict[str, Any]) -> dict[str, Any]:
        """What the agent answers.  Raises AgentRefused, PortLost, ModemError (no answer in time)."""
        if len(self._pending) >= REQUESTS_LIMIT:
            raise ModemError(f"{self._address}: {REQUESTS_LIMIT} requests wait already")
        number, self._next_id = self._next_id, self._next_id + 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            self._write(encode(Type.REQUEST, {"id": number, "do": do, **values}))
            async with asyncio.timeout(self._settings.timeout_s):
                given = await answer
        except TimeoutError:
            raise ModemError(
                f"{self._address}: {do}: no answer within {self._settings.timeout_s:g} s"
            ) from None
        finally:
            del self._pending[number]
        if "error" in given:
            raise AgentRefused(self.greeting.name, do, _reason(given, "error"))
        return given

    def send(self, frame: Send) -> None:
        """Give a frame to the agent.  Raises PortLost, ModemError (too much waits), ValueError."""
        self._write(encode_frame(frame))

    def _write(self, data: bytes) -> None:
        if self.why is not None:
            raise PortLost(self._address, self.why.detail)
        if self._writer.transport.get_write_buffer_size() > WRITE_LIMIT:
            raise ModemError(f"{self._address}: more waits to be sent than the agent takes")
        self._writer.write(data)

    # -- reading -------------------------------------------------------------------------------------

    async def _read(self) -> None:
        why = "the reader failed"
        try:
            for message in self._early:
                self._handle(message)
            while True:
                for message in self._decoder.feed(await self._chunk_or_ping()):
                    self._handle(message)
        except PortLost as error:
            why = error.detail
        except AgentProtocolError as error:
            why = error.detail
        finally:
            self._lose(why)

    async def _chunk_or_ping(self) -> bytes:
        for last in (False, True):
            try:
                async with asyncio.timeout(self._settings.keepalive_s):
                    return await self._chunk()
            except TimeoutError:
                if not last:
                    with contextlib.suppress(ModemError):
                        self._write(encode(Type.PING, body=b"?"))
        raise PortLost(self._address, f"silent for {2 * self._settings.keepalive_s:g} s")

    def _handle(self, message: Message | Received | Send) -> None:
        if isinstance(message, Received) or (isinstance(message, Message) and message.type is Type.EVENT):
            self._take(message)
        elif isinstance(message, Send):
            raise AgentProtocolError("an agent does not send SEND")
        elif message.type is Type.ANSWER:
            number = message.values.get("id")
            answer = self._pending.get(number) if isinstance(number, int) else None
            if answer is not None and not answer.done():  # a late one is nobody's
                answer.set_result(message.values)
        elif message.type is Type.PING:
            with contextlib.suppress(ModemError):
                self._write(encode(Type.PONG, body=message.body))
        elif message.type is Type.BYE:
            raise PortLost(self._address, f"the agent says good-bye: {_reason(message.values)}")

    def _lose(self, why: str) -> None:
        if self.why is not None:
            return
        _log.info("%s: lost: %s", self._address, why)
        self.why = PortLost(self._address, why)
        self._gone.set()
        self._writer.transport.abort()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(PortLost(self._address, why))

    async def close(self, why: str) -> None:
        """Leave; idempotent."""
        if self.why is None:
            with contextlib.suppress(ModemError):
                self._write(encode(Type.BYE, {"reason": why}))
            self._writer.close()
        self._lose(why)
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def _reason(values: dict[str, Any], key: str = "reason") -> str:
    """An agent's own words, safe to be shown."""
    return printable(str(values.get(key, "no reason")))[:REASON_LIMIT]


def _connector(address: str, *, has_token: bool) -> Callable[[], Any]:
    """What connects to ``tcp://<ip>:<port>`` or ``unix://<path>``.  Raises PortUnavailable."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
        if parts.scheme == "unix" and parts.path and not parts.netloc:
            return lambda: asyncio.open_unix_connection(parts.path, limit=READ_CHUNK)
        if parts.scheme != "tcp" or not host or not port or parts.path not in ("", "/"):
            raise ValueError("an agent's address is tcp://<ip>:<port> or unix:///<path>")
        local = ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise PortUnavailable(address, PortProblem.ADDRESS, str(error)) from None
    if not (local or has_token):
        detail = "an agent on another machine needs a token"
        raise PortUnavailable(address, PortProblem.ADDRESS, detail)
    return lambda: asyncio.open_connection(host, port, limit=READ_CHUNK)
