"""One conversation of ``v2x modem shell``: typed lines in, answers and notifications out.

Where lines come from and where text goes is the caller's (``v2x.cli.modem_terminal``).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Protocol

from v2x.cli.modem_words import LOCAL
from v2x.errors import ModemError
from v2x.modem.commands import raw
from v2x.modem.errors import CommandTimeout, PortLost, Rejected
from v2x.modem.redaction import printable, redact

if TYPE_CHECKING:
    from v2x.modem.commands import Command, Reply
    from v2x.modem.events import Urc
    from v2x.modem.modem import Modem

__all__ = ["Screen", "Shell", "payload_of"]

HELP = r"""AT command        sent as typed; the AT may be left out before + ^ & and the like
command < text    text for the module's prompt, then Ctrl-Z (AT+CMGS, AT+QISEND without a length)
command << text   the same without Ctrl-Z; \r \n \t \\ and \xNN stand for octets
"""

LEAVE = frozenset({".quit", ".exit", "quit", "exit"})
_PAYLOAD = re.compile(r'((?:[^"<]|"[^"]*")*?)\s(<<?)\s?(.*)\Z', re.DOTALL)
_ESCAPES = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_NAMED = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}


class Screen(Protocol):
    """Where the shell writes, and whom it asks."""

    def write(self, text: str, style: str = "") -> None:
        """One line; ``style`` is ``notified``, ``error`` or empty."""
        ...

    async def agreed(self, question: str) -> bool:
        """Whether the person says yes."""
        ...


def payload_of(text: str) -> tuple[str, bytes | None]:
    r"""A typed line as command and payload: ``A < b`` is ``A`` and ``b`` with Ctrl-Z behind it.

    Raises ValueError on an escape that is none, and on text that is not Latin-1.
    """
    match = _PAYLOAD.match(text)
    if match is None:
        return text, None
    command, mark, typed = match.groups()
    payload = _ESCAPES.sub(_escape, typed).encode("latin-1")
    return command.rstrip(), payload + (b"\x1a" if mark == "<" else b"")


def _escape(match: re.Match[str]) -> str:
    name = match.group(1)
    if name in _NAMED:
        return _NAMED[name]
    if len(name) != 3:
        raise ValueError(f"no escape: {match.group()}")
    return chr(int(name[1:], 16))


class Shell:
    """One conversation: takes typed lines, writes answers; ``failed`` after any command that failed."""

    def __init__(self, modem: Modem, screen: Screen, *, show_identities: bool = False) -> None:
        self._modem = modem
        self._screen = screen
        self._show = show_identities
        self._timeout_s: float | None = None
        self._quiet = False
        self._stream: asyncio.Task[None] | None = None
        self.failed = False

    async def take(self, line: str) -> bool:
        """Do what a line says; False when it says to leave.  Raises PortLost."""
        line = line.strip()
        if line.lower() in LEAVE:
            return False
        if line.startswith("."):
            await self._local(line)
        elif line and not line.startswith("#"):
            await self._send(line)
        return True

    def notify(self, urc: Urc) -> None:
        """Show a notification."""
        if self._quiet:
            return
        for text in (urc.line, *urc.body):
            self._screen.write(f"! {self._shown(text)}", "notified")
        if urc.payload is not None:
            self._screen.write(f"! {len(urc.payload)} octets", "notified")

    # -- commands ----------------------------------------------------------------------------------

    async def _send(self, line: str) -> None:
        try:
            text, payload = payload_of(line)
            if text[:2].upper() != "AT":
                text = f"AT{text}"
            command = raw(text, timeout_s=self._timeout_s, payload=payload)
            reply = await self._execute(command)
        except PortLost:
            raise
        except (ModemError, ValueError) as error:
            self._fail(str(error))
            return
        if reply is None:
            return
        for answer in reply.lines:
            self._screen.write(self._shown(answer))
        self._screen.write(reply.final)
        if self._modem.in_data:
            self._screen.write("data mode: commands are not heard; .escape comes back", "notified")
            self._stream = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        """Read and count what comes in data mode, which nobody could read at a prompt."""
        octets = 0
        while data := await self._modem.read_data():
            octets += len(data)
        self._screen.write(f"! data mode is over, {octets} octets came", "notified")

    def close(self) -> None:
        """End what runs beside the conversation."""
        if self._stream is not None:
            self._stream.cancel()

    async def _execute(self, command: Command[Reply]) -> Reply | None:
        """The answer; ``None`` where the person did not agree."""
        reason = command.persists
        if reason is None or self._modem.allow_persistent:
            return await self._modem.execute(command)
        if not await self._screen.agreed(f"{self._shown(command.text)} {reason}. Send it?"):
            self._fail("not sent")
            return None
        self._modem.allow_persistent = True
        try:
            return await self._modem.execute(command)
        finally:
            self._modem.allow_persistent = False

    async def _local(self, line: str) -> None:
        name, _, value = line.partition(" ")
        if name == ".help":
            self._screen.write(HELP.rstrip())
            for word, meaning in LOCAL.items():
                self._screen.write(f"{word:<17} {meaning}")
        elif name in (".quiet", ".loud"):
            self._quiet = name == ".quiet"
        elif name == ".timeout":
            self._set_timeout(value.strip())
        elif name == ".escape":
            await self._escape()
        else:
            self._fail(f"no such command: {name}; .help lists them")

    def _set_timeout(self, value: str) -> None:
        try:
            seconds = float(value) if value else None
        except ValueError:
            seconds = -1.0
        if seconds is not None and not 0.0 < seconds <= 3600.0:
            self._fail("a timeout is a number of seconds, up to 3600")
            return
        self._timeout_s = seconds

    async def _escape(self) -> None:
        if not self._modem.in_data:
            self._fail("the port is not in data mode")
            return
        try:
            await self._modem.leave_data()
        except (CommandTimeout, Rejected) as error:
            self._fail(str(error))
        else:
            self._screen.write("command mode")

    # -- what is shown -----------------------------------------------------------------------------

    def _fail(self, why: str) -> None:
        self.failed = True
        self._screen.write(f"failed: {why}", "error")

    def _shown(self, text: str) -> str:
        return printable(text if self._show else redact(text))
