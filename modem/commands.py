"""Commands are values: text, what an answer to it looks like, how long it may take, how it is read.

    command line   "AT" text <CR>; a compound line is AT+A;+B and has one final result
    answer         information lines (by prefix, or free text), then one final result
    prompted       "> " instead of a line; then the payload goes out, then the final result
    counted        an information line whose field says how many raw octets follow it
    dialling       a final CONNECT turns the line into a data pipe; only then NO CARRIER and BUSY are final

Times are the "maximum response times" of the Quectel manuals (RG520N/RM520N, EG800Q/EG91xQ), read there;
those marked practice are ModemManager's or from field notes.  Command form: ITU-T V.250, 3GPP TS 27.007.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from v2x.modem.errors import UnexpectedReply
from v2x.modem.fields import split_fields
from v2x.modem.nvm import persistent_reason
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DEFAULT_TIMEOUT_S",
    "Command",
    "Reply",
    "Response",
    "action",
    "parsed",
    "quote",
    "raw",
    "result_timeout_for",
    "timeout_for",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

TEXT_LIMIT = 2048
"""Characters of a command line: the longest in use is a compound line with a UCS2 topic, some hundred."""

PAYLOAD_LIMIT = 65_536
"""Octets sent after a prompt or read by count; modules take and give at most 1500 at a time."""

CTRL_Z = b"\x1a"
ESC = b"\x1b"

DEFAULT_TIMEOUT_S = 3.0
"""The manuals say 0.3 s; a busy module needs more (practice: 1 to 3 s)."""

TIMEOUT_S: tuple[tuple[str, float], ...] = (
    ("+COPS?", DEFAULT_TIMEOUT_S),
    ("+COPS=3", DEFAULT_TIMEOUT_S),  # only the format of the name
    ("+COPS", 180.0),
    ("+CFUN?", DEFAULT_TIMEOUT_S),
    ("+CFUN", 15.0),
    ("+CGATT?", DEFAULT_TIMEOUT_S),
    ("+CGATT", 140.0),
    ("+CGACT?", DEFAULT_TIMEOUT_S),
    ("+CGACT", 150.0),
    ("+CREG?", 10.0),  # practice
    ("+CGREG?", 10.0),  # practice
    ("+CEREG?", 10.0),  # practice
    ("+C5GREG?", 10.0),  # practice
    ("+CGDATA", 45.0),  # practice: UNISOC answers CONNECT after 10 to 20 s
    ("+CMGS", 120.0),
    ("+CUSD", 120.0),
    ("+CPIN=", 5.0),
    ("+CLCK", 5.0),
    ("+CPWD", 5.0),
    ("+QIACT?", DEFAULT_TIMEOUT_S),
    ("+QIACT", 150.0),
    ("+QIDEACT", 40.0),
    ("+QICLOSE", 10.0),
    ("+QDIAGPORT", 12.0),
    ("D", 5.0),
    ("H", 90.0),
)
"""First match by the beginning of the text after ``AT``; everything else takes ``DEFAULT_TIMEOUT_S``."""

RESULT_TIMEOUT_S: tuple[tuple[str, float], ...] = (
    ("+QIOPEN", 150.0),
    ("+QIDNSGIP", 60.0),
    ("+QNTP", 700.0),
    ("+QPOWD", 65.0),
    ("+QPING", 255.0),
)
"""The same for the notification that carries the result after the OK: Quectel's manuals."""

PING_MARGIN_S = 5.0
"""Beyond timeout times count of a +QPING: resolving the name (this project's choice)."""

_NAME = re.compile(r"(?:\AAT|;)\s*([+^*%&#$][A-Za-z0-9]+)", re.IGNORECASE | re.ASCII)
_QUOTED = re.compile(r'"[^"]*"?')
_DIALS = re.compile(r"AT(D|O[0-9]?\s*\Z|\+CGDATA=)", re.IGNORECASE | re.ASCII)
_OPENS = re.compile(r"AT\+QIOPEN=", re.IGNORECASE | re.ASCII)
_SETS_UP = re.compile(r"AT([EQVZ&]|\Z)", re.IGNORECASE | re.ASCII)
_ASKS = re.compile(
    r"AT(I[0-9]?|\+(CG(MI|MM|MR|SN)|CIMI|CSQ|CESQ|GMI|GMM|GMR|GSN))?\Z", re.IGNORECASE | re.ASCII
)


class Response(Enum):
    """What the information lines of an answer look like."""

    NONE = "none"  # a final result only
    TEXT = "text"  # lines without a prefix, as of AT+CGMI
    PREFIXED = "prefixed"  # lines with one of the command's prefixes
    ANY = "any"  # whatever is no unsolicited line, as of ATI


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command.

    ``foreign`` are lines that came meanwhile and belong to no known notification and not to this answer;
    ``damaged`` counts lines that were lost (too long, or too many).  ``charset`` is what AT+CSCS set or said
    last (``UCS2``), ``None`` where nobody asked: see ``v2x.modem.charset``.  The representation hides
    identities.
    """

    lines: tuple[str, ...]
    final: str
    payload: bytes | None = field(default=None, repr=False)
    foreign: tuple[str, ...] = ()
    damaged: int = 0
    charset: str | None = None

    def __repr__(self) -> str:
        lines = ", ".join(repr(redact(line)) for line in self.lines)
        return f"Reply([{lines}], {self.final!r})"


@dataclass(frozen=True, slots=True)
class Command(Generic[T_co]):
    """One command line and how its answer becomes a ``T_co``.

    ``parse`` reads a reply that has at least ``min_lines`` lines; it raises FieldError or ValueError on an
    answer that it can't read.  ``idempotent`` commands may be repeated after a spoilt answer.
    ``sets_up`` marks lines that set the form of answers (ATE, ATQ, ATV): a numeric result ends them too.
    ``dials`` marks those that a CONNECT ends, ``payload`` goes out at ``prompt`` (``CONNECT`` of a file
    upload is one, too), ``counted_field`` says which field counts the raw octets behind its line.
    Raises ValueError on text that is no single command line.
    """

    text: str
    parse: Callable[[Reply], T_co]
    response: Response = Response.NONE
    prefixes: tuple[str, ...] = ()
    min_lines: int = 0
    timeout_s: float = DEFAULT_TIMEOUT_S
    idempotent: bool = False
    dials: bool = False
    sets_up: bool = False
    payload: bytes | None = field(default=None, repr=False)
    prompt: bytes = b"> "
    counted_field: int | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.text) <= TEXT_LIMIT or self.text[:2].upper() != "AT":
            raise ValueError(f"a command line begins with AT and has at most {TEXT_LIMIT} characters")
        if not (self.text.isascii() and self.text.isprintable()):
            raise ValueError("a command line is printable ASCII")
        if self.payload is not None and len(self.payload) > PAYLOAD_LIMIT:
            raise ValueError(f"a payload has at most {PAYLOAD_LIMIT} octets")
        if self.timeout_s <= 0.0:
            raise ValueError("a command needs time to be answered")

    @property
    def reads(self) -> bool:
        """A read command, ``AT+X?``."""
        return self.text.endswith("?") and not self.tests

    @property
    def tests(self) -> bool:
        """A test command, ``AT+X=?``."""
        return self.text.endswith("=?")

    @property
    def persists(self) -> str | None:
        """Why the command asks first, ``None`` where it leaves nothing behind (``v2x.modem.nvm``)."""
        return persistent_reason(self.text)

    def __str__(self) -> str:
        return redact(self.text)

    def __repr__(self) -> str:
        return f"Command({redact(self.text)!r})"


def quote(value: str) -> str:
    """``value`` as a string parameter.  Raises ValueError on what no AT string can hold."""
    if '"' in value or not value.isascii() or not (value.isprintable() or not value):
        raise ValueError(f"not a string parameter: {value!r}")
    return f'"{value}"'


def prefixes_of(text: str) -> tuple[str, ...]:
    """The prefixes that the answers to a command line carry: ``+A`` and ``+B`` of ``AT+A;+B=1``."""
    return tuple(name.upper() for name in _NAME.findall(_QUOTED.sub('""', text)))


def timeout_for(text: str) -> float:
    """How long the first command of a line may take, seconds."""
    body = text[2:].lstrip().upper()
    return next((seconds for start, seconds in TIMEOUT_S if body.startswith(start)), DEFAULT_TIMEOUT_S)


def result_timeout_for(text: str) -> float:
    """How long the result after the OK may take, seconds; for +QPING by its own timeout and count."""
    body = text[2:].lstrip().upper()
    known = next((s for start, s in RESULT_TIMEOUT_S if body.startswith(start)), DEFAULT_TIMEOUT_S)
    if not body.startswith("+QPING="):
        return known
    fields = split_fields(text.partition("=")[2])
    try:
        each_s, count = fields.optional_integer(2) or 4, fields.optional_integer(3) or 4
    except ValueError:
        return known
    return float(min(max(each_s, 1), 255) * min(max(count, 1), 10)) + PING_MARGIN_S


def _dials(text: str) -> bool:
    """Whether CONNECT ends the line: dialling, going back to data, a socket opened in transparent mode."""
    if _OPENS.match(text):
        return split_fields(text.partition("=")[2]).text(6) == "2"
    return _DIALS.match(text) is not None


def _whole(reply: Reply) -> Reply:
    return reply


def _nothing(_: Reply) -> None:
    return None


def raw(text: str, *, timeout_s: float | None = None, payload: bytes | None = None) -> Command[Reply]:
    """Any command line as a person types it: every line that is no notification is its answer.

    ``payload`` goes out at the prompt.  Questions (``?``, identity, signal) are idempotent.
    """
    text = text.strip()
    return Command(
        text,
        _whole,
        Response.ANY,
        prefixes_of(text),
        timeout_s=timeout_for(text) if timeout_s is None else timeout_s,
        idempotent=text.endswith("?") or _ASKS.match(text) is not None,
        dials=_dials(text),
        sets_up=_SETS_UP.match(text) is not None,
        payload=payload,
    )


def action(text: str, *, timeout_s: float | None = None, sets_up: bool = False) -> Command[None]:
    """A command that answers with its final result only."""
    return Command(
        text,
        _nothing,
        Response.NONE,
        prefixes_of(text),
        timeout_s=timeout_for(text) if timeout_s is None else timeout_s,
        sets_up=sets_up,
    )


def parsed(command: Command[T], reply: Reply) -> T:
    """The reply as the command's type.  Raises UnexpectedReply where it is none."""
    if reply.damaged:
        raise UnexpectedReply(command.text, f"{reply.damaged} line(s) of the answer were lost", reply.lines)
    if len(reply.lines) < command.min_lines:
        detail = "another master's answer came" if reply.foreign else "the answer has no information line"
        raise UnexpectedReply(command.text, detail, reply.foreign, foreign=bool(reply.foreign))
    try:
        return command.parse(reply)
    except ValueError as error:
        raise UnexpectedReply(command.text, str(error), reply.lines) from error
