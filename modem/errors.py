"""What goes wrong with a module, sorted by what the caller does next.

    PortUnavailable   the device can't be opened: mend the reason that it names, then open again
    PortLost          the device went away (unplugged, rebooted, closed): open it again
    CommandTimeout    no final result in time: the next command resynchronises first
    Rejected          the module said no: its code decides (14 and 30 pass, 4 never will)
    UnexpectedReply   an answer that is none to this command: a foreign master, a damaged line, new firmware
    PortBusy          too many callers wait for the one command at a time
    NeedsConsent      the command writes the module's memory: ask who owns it, then allow it
    MuxError          the multiplexer, or one of its channels, was refused or ended: open it again
    RecoveryFailed    every rung of the ladder was climbed in vain: a person has to look

All are :class:`v2x.errors.ModemError` and carry data.  Messages never show an identity in full
(``v2x.modem.redaction``); the attributes hold what was on the wire.
"""
# ruff: noqa: N818  (the names say what happened)

from __future__ import annotations

from enum import StrEnum

from v2x.errors import ModemError
from v2x.modem.finals import Refusal, RejectedBy
from v2x.modem.redaction import redact

__all__ = [
    "CommandTimeout",
    "MuxError",
    "NeedsConsent",
    "PortBusy",
    "PortLost",
    "PortProblem",
    "PortUnavailable",
    "ProfileError",
    "RecoveryFailed",
    "Rejected",
    "SettingError",
    "TraceError",
    "UnexpectedReply",
]


class PortProblem(StrEnum):
    """Why a port can't be opened."""

    MISSING = "missing"
    PERMISSION = "permission"
    LOCKED = "locked"
    NO_TERMINAL = "no_terminal"
    REFUSED = "refused"
    ADDRESS = "address"
    OTHER = "other"


class PortUnavailable(ModemError):
    """The port ``port`` can't be opened; ``problem`` is the kind, ``detail`` says what to do."""

    def __init__(self, port: str, problem: PortProblem, detail: str) -> None:
        self.port = port
        self.problem = problem
        self.detail = detail
        super().__init__(f"{port}: {detail}")


class PortLost(ModemError):
    """The port ``port`` was open and is gone."""

    def __init__(self, port: str, detail: str) -> None:
        self.port = port
        self.detail = detail
        super().__init__(f"{port}: port lost: {detail}")


class PortBusy(ModemError):
    """``waiting`` callers wait already; this one was not queued."""

    def __init__(self, port: str, waiting: int) -> None:
        self.port = port
        self.waiting = waiting
        super().__init__(f"{port}: {waiting} commands wait already")


class CommandTimeout(ModemError):
    """``command`` had no final result after ``timeout_s``; ``lines`` came until then."""

    def __init__(self, command: str, timeout_s: float, lines: tuple[str, ...] = ()) -> None:
        self.command = command
        self.timeout_s = timeout_s
        self.lines = lines
        partial = f" ({len(lines)} line(s) came)" if lines else ""
        super().__init__(f"{redact(command)}: no final result within {timeout_s:g} s{partial}")


class Rejected(ModemError):
    """The module refused ``command``.

    ``code`` is the number of +CME/+CMS ERROR, also where the module gave its text only; ``None`` where
    there is none or the text is not in the tables.  ``text`` is what the module wrote, or the table's text.
    """

    def __init__(self, command: str, refusal: Refusal) -> None:
        self.command = command
        self.by = refusal.by
        self.code = refusal.code
        self.text = refusal.text
        what = self.text
        if self.by is not RejectedBy.FINAL:
            what = f"+{self.by} ERROR {'?' if self.code is None else self.code} ({what})"
        super().__init__(f"{redact(command)}: {redact(what)}")


class UnexpectedReply(ModemError):
    """``lines`` are no answer to ``command``; ``detail`` says why, ``foreign`` that others' answers came."""

    def __init__(
        self, command: str, detail: str, lines: tuple[str, ...] = (), *, foreign: bool = False
    ) -> None:
        self.command = command
        self.detail = detail
        self.lines = lines
        self.foreign = foreign
        shown = "; ".join(redact(line) for line in lines[:3])
        super().__init__(f"{redact(command)}: {detail}{': ' + shown if shown else ''}")


class NeedsConsent(ModemError):
    """``command`` was not sent: it changes the module for good; ``reason`` says what."""

    def __init__(self, command: str, reason: str) -> None:
        self.command = command
        self.reason = reason
        super().__init__(f"{redact(command)}: not sent, it {reason}; allow it with allow_persistent (--yes)")


class MuxError(ModemError):
    """Channel ``dlci`` (0: the multiplexer itself) of ``port`` can't be opened or used."""

    def __init__(self, port: str, dlci: int, detail: str) -> None:
        self.port = port
        self.dlci = dlci
        self.detail = detail
        super().__init__(f"{port}: channel {dlci}: {detail}")


class RecoveryFailed(ModemError):
    """The module could not be brought back; ``tried`` are the rungs with their outcome, in order."""

    def __init__(self, port: str, tried: tuple[str, ...]) -> None:
        self.port = port
        self.tried = tried
        super().__init__(f"{port}: not recovered: {'; '.join(tried) or 'nothing could be tried'}")


class TraceError(ModemError):
    """A trace file can't be read; the message names line and reason."""


class ProfileError(ModemError):
    """A module profile is unknown or its file is wrong; the message names file and key."""


class SettingError(ModemError):
    """A setting that no command can carry (an APN with a quote in it)."""
