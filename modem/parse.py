"""Recorded output of a module, read by the real engine: what ``v2x modem parse`` prints.

    command and octets -> Engine.feed -> result, lines of the answer, notifications -> rows of values

A record without a command is a notification, unless it begins with the echo of a command or holds a final
result: then it is the answer to that, or to some, command.  The end of the record ends its last line.  Where
no final result came but a lone digit stands at the end, the module was in numeric mode.

The same record gives the same result wherever its octets are cut.  Source: this project's form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from v2x.modem.commands import Command, Reply, Response, raw
from v2x.modem.elements import Value
from v2x.modem.engine import Engine
from v2x.modem.events import Data, Done, Event, Late, Noise, State, Urc
from v2x.modem.fields import prefix_of
from v2x.modem.finals import NUMERIC, final_of
from v2x.modem.layouts import Chosen, Row, book
from v2x.modem.profiles import load_profile
from v2x.modem.readers import Asked, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from v2x.modem.layouts import LayoutBook

__all__ = ["OTHER_NAMES", "Parsed", "asked_of", "command_of", "parse_octets", "parse_text", "row_view"]

OTHER_NAMES = {
    "bandwidth_mhz": "dl_bandwidth_mhz",
    "dl_bandwidth_mhz": "bandwidth_mhz",
    "earfcn": "arfcn",
    "uarfcn": "arfcn",
    "channel": "arfcn",
    "plmn": "oper",
    "numeric": "plmn",
    "rtt_ms": "ms",
    "voltage_mv": "mv",
    "bcl_percent": "bcl",
}
"""Second names under which the printed rows give a value too, as other tools and collections call it."""

SOME_COMMAND: Command[Reply] = Command("AT", lambda reply: reply, Response.ANY)
"""Stands for the command of a record that holds a final result and doesn't name one."""

_PROMPTING = re.compile(r"AT\+(CMGS|CMGW|CNMA|QISEND|QISENDEX|QMTPUB|QMTPUBEX)=", re.IGNORECASE)
_COUNTERS = re.compile(r"AT\+(QISEND|QIRD)=\s*[0-9]+\s*,\s*0\s*\Z", re.IGNORECASE)
_READS_SOCKET = re.compile(r"AT\+QIRD=", re.IGNORECASE)
_ECHO = re.compile(rb"\s*(AT[\x20-\x7e]{0,2046})\r", re.IGNORECASE)
_SECRET = re.compile(r"(\+(?:CPIN|CPWD|CLCK|CGAUTH|QICSGP)\s*=)(?!\s*\?).*", re.IGNORECASE)
_SECRET_ANSWER = re.compile(r"(\+QICSGP:(?:[^,]*,){3}).*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9]{2,16}\b")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a record says; ``rows`` are those of the answer, ``notices`` those of the notifications."""

    command: str | None
    result: str | None = None
    code: int | None = None
    code_text: str | None = None
    is_error: bool | None = None
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    urcs: tuple[str, ...] = ()
    notices: tuple[Row, ...] = ()
    foreign: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    payload: bytes | None = field(default=None, repr=False)
    data: bytes = field(default=b"", repr=False)

    @property
    def layout(self) -> str | None:
        """The layouts taken, each once, in order."""
        names = dict.fromkeys(row.layout for row in (*self.rows, *self.notices) if row.layout)
        return " + ".join(names) or None

    def to_dict(self) -> dict[str, Any]:
        """As ``v2x modem parse`` prints it; see the command's help."""
        view: dict[str, Any] = {
            "command": None if self.command is None else _open(self.command),
            "result": self.result,
            "final": None if self.result is None else self.result.partition(":")[0],
            "final_found": self.result is not None,
            "is_error": self.is_error,
            "code": self.code,
            "code_text": self.code_text,
            "layout": self.layout,
            "rows": [row_view(row) for row in self.rows] + [row_view(row, urc=True) for row in self.notices],
            "urcs": [_open(line) for line in self.urcs],
            "lines": [_open(line) for line in self.lines],
            "left_over": [_open(line) for line in self.left_over],
        }
        if self.foreign:
            view["foreign"] = [_open(line) for line in self.foreign]
        for name, octets in (("payload", self.payload), ("data", self.data or None)):
            if octets is not None:
                view |= {f"{name}_octets": len(octets), f"{name}_hex": octets.hex()}
        return view


def _open(text: str) -> str:
    """``text`` without PINs and passwords, which are never printed."""
    return _SECRET_ANSWER.sub(r"\1***", _SECRET.sub(r"\1***", text))


def row_view(row: Row, *, urc: bool = False) -> dict[str, Any]:
    """A row as a JSON object: values by name, the layout, the line; what did not read."""
    values = {v.name: list(v.value) if isinstance(v.value, tuple) else v.value for v in row.values}
    for name, other in OTHER_NAMES.items():
        if name in values:
            values.setdefault(other, values[name])
    view: dict[str, Any] = {"prefix": row.prefix or None, "urc": urc, **values}
    view |= {"layout": row.layout, "chosen": str(row.chosen), "raw": _open(row.line)}
    extra = {"extra": list(row.extra), "invalid": row.invalid, "ambiguous": list(row.ambiguous)}
    return view | {name: value for name, value in extra.items() if value}


def command_of(text: str) -> Command[Reply]:
    """A command line as the record names it; one without ``AT+`` is its name.  Raises ValueError."""
    text = text.strip()
    if text[:2].upper() != "AT":
        name = _NAME.match(text)
        if name is None:
            raise ValueError("command: no AT command")
        text = f"AT+{name.group()}"
    prompts = _PROMPTING.match(text) is not None and _COUNTERS.match(text) is None
    counts = _READS_SOCKET.match(text) is not None and _COUNTERS.match(text) is None
    return replace(raw(text, payload=b"" if prompts else None), counted_field=0 if counts else None)


def asked_of(command: Command[Any]) -> Asked:
    """What the readers need to know of the command."""
    return Asked(command.text, command.prefixes, command.reads, command.tests)


def parse_text(command: str | None, text: str, profile: str | None = None) -> Parsed:
    """A record whose octets are written as text: Latin-1 where that holds them, else UTF-8.

    Raises ValueError on a command that is no command line, ProfileError on an unknown profile.
    """
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "surrogatepass")
    return parse_octets(command, (octets,), profile)


def parse_octets(command: str | None, pieces: Sequence[bytes], profile: str | None = None) -> Parsed:
    """A record as it came, in pieces; where it was cut makes no difference.

    Raises ValueError on a command that is no command line, ProfileError on an unknown profile.
    """
    own_urcs = frozenset[str]() if profile is None else frozenset(load_profile(profile).host.urcs)
    asked = _command(command, b"".join(pieces))
    events = _run(asked, pieces)
    if asked is None and any(_ends(event) for event in events):
        asked = SOME_COMMAND
        events = _run(asked, pieces)
    if asked is not None and not _final(events) and _ends_numeric(b"".join(pieces)):
        events = _run(asked, pieces, numeric=True)
    return _sorted(command, asked, events, book(profile), own_urcs)


def _ends(event: Event) -> bool:
    """Whether an event without a command is a final result, and so the end of some answer."""
    return isinstance(event, Late) or (
        isinstance(event, Urc) and final_of(event.line, SOME_COMMAND) is not None
    )


def _command(text: str | None, octets: bytes) -> Command[Reply] | None:
    if text is not None and text.strip():
        return command_of(text)
    echo = _ECHO.match(octets)
    return None if echo is None else command_of(echo.group(1).decode("ascii"))


def _ends_numeric(octets: bytes) -> bool:
    """Whether a lone digit ends the record, and CR without LF behind it."""
    last = re.split(rb"[\r\n]+", octets.rstrip(b"\r"))[-1]
    return octets.endswith(b"\r") and last.decode("latin-1") in NUMERIC


def _final(events: list[Event]) -> str:
    """The final result, empty where none came."""
    return next((event.reply.final for event in events if isinstance(event, Done)), "")


def _run(command: Command[Reply] | None, pieces: Iterable[bytes], *, numeric: bool = False) -> list[Event]:
    engine, events = Engine(numeric=numeric), list[Event]()
    if command is not None:
        engine.start(command)
    for piece in pieces:
        events += engine.feed(piece)
    if engine.state not in (State.DATA, State.PAYLOAD):
        events += engine.feed(b"\r\n")
    if not _final(events):
        events.append(Done(Reply(engine.lines, "")))
    events += engine.quiet()
    return events


def _sorted(
    text: str | None,
    command: Command[Reply] | None,
    events: list[Event],
    layouts: LayoutBook,
    own_urcs: frozenset[str],
) -> Parsed:
    """The events of one record as its result."""
    done = next(event for event in events if isinstance(event, Done))
    asked = Asked() if command is None else asked_of(command)
    lines, urcs = list[str](), list[Urc]()
    for line in done.reply.lines:
        prefix = prefix_of(line)
        if prefix in own_urcs and prefix not in asked.prefixes:
            urcs.append(Urc(line))
        else:
            lines.append(line)
    urcs += [event for event in events if isinstance(event, Urc)]
    left_over = [event.line for event in events if isinstance(event, Late)]
    left_over += [urc.line for urc in urcs if not _is_notice(urc)]
    left_over += [f"({e.octets} octets: {e.why})" for e in events if isinstance(e, Noise)]
    urcs = [urc for urc in urcs if _is_notice(urc)]
    rows, unread = read_lines(tuple(lines), layouts, asked)
    refusal = done.refusal
    return Parsed(
        text,
        done.reply.final or None,
        None if refusal is None else refusal.code,
        None if refusal is None else refusal.text,
        refusal is not None if done.reply.final else None,
        tuple(lines),
        rows,
        tuple(urc.line for urc in urcs),
        tuple(row for urc in urcs for row in _notice_rows(urc, layouts)),
        tuple(row.line for row in rows if asked.prefixes and row.layout and row.prefix not in asked.prefixes),
        (*unread, *left_over),
        done.reply.payload,
        b"".join(event.data for event in events if isinstance(event, Data)),
    )


def _is_notice(urc: Urc) -> bool:
    """Whether a line is a notification: known, or at least with a name; anything else was noise."""
    return urc.known or urc.prefix is not None


def _notice_rows(urc: Urc, layouts: LayoutBook) -> tuple[Row, ...]:
    rows, unread = read_lines((urc.line,), layouts)
    if unread and urc.prefix is None:
        return (Row("", "line", (Value("event", urc.line.strip(), urc.line),), urc.line, chosen=Chosen.FORM),)
    more: tuple[Value, ...] = ()
    if urc.body:
        more += (Value("body", urc.body, None),)
    if urc.payload is not None:
        more += (Value("payload_hex", urc.payload.hex(), None),)
    return tuple(replace(row, values=(*row.values, *more)) for row in rows)
