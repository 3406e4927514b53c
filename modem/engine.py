"""The AT engine: bytes in, events out, bytes to send out; no input, no output, no clock.

    IDLE          no command waits; every line is a notification
    SENT          a command went out, nothing of its answer came yet
    INTERMEDIATE  information lines came, the final result did not
    PROMPT        a command with a payload went out; "> " or a final result is awaited
    FINAL         the payload went out too; only the final result is awaited
    PAYLOAD       raw octets counted by a line are read; then it goes on where it was
    DATA          CONNECT came: every octet is opaque
    DRAIN         a command was given up; its late answer is thrown away until the line is in step again

Bytes become lines at CR or LF; empty lines and NULs fall out, except where raw octets or the second line
of a notification are due.  The outcome does not depend on how the bytes are cut, but for where ``Data``
is cut.  An echo is a line equal to the command just sent, before anything of its answer.  After
``abandon`` finals that come late are ``Late`` events and never end another command.

DATA ends in three ways: the escape sequence is answered (``escape``; octets before the answer are data),
the host dropped the line (``reset``), or the module wrote NO CARRIER and then fell silent (``hung_up``,
which ``quiet`` turns into a notification; the words themselves went out as data before that was clear).
The form of results follows the lines that set it (ATV, and what ATZ leaves), the character set AT+CSCS.

The engine takes any bytes: what it can't use is ``Noise``.  Sources: ITU-T V.250 (lines, results, data
mode), 3GPP TS 27.005 (prompt), 27.007; traps as real logs show them (see the tests).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from v2x.modem.commands import PAYLOAD_LIMIT, Command, Reply, Response
from v2x.modem.escape import HANG_UP, find_answer
from v2x.modem.events import Data, Done, Event, Intermediate, Late, Noise, Prompted, State, Urc
from v2x.modem.fields import prefix_of, split_fields
from v2x.modem.finals import NUMERIC, Final, Refusal, RejectedBy, final_of, form_after
from v2x.modem.urcs import Kind, classify, counted, is_urc, shape_of

__all__ = ["Engine"]

LINE_LIMIT = 8192
"""Octets of a line: a network scan of a hundred operators has some 6000."""

LINES_LIMIT = 1024
"""Lines of one answer: AT+CLAC and configuration dumps have some hundred."""

FINAL_TEXTS = frozenset({"OK", "ERROR", "SEND OK", "SEND FAIL", "COMMAND NOT SUPPORT"})
"""What is a late final result when no command waits."""

_TERMINATOR = re.compile(rb"[\r\n]")
_LEADING = re.compile(rb"[\r\n\x00]+")


_CHARSET = re.compile(r'\+CSCS\s*[=:]\s*"?([A-Za-z0-9-]+)', re.IGNORECASE)


@dataclass(slots=True)
class _Pending:
    """The command that waits and what came of its answer; ``late`` once it was given up."""

    command: Command[object]
    echoes: list[str]
    lines: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    payload: bytes | None = None
    damaged: int = 0
    strict: bool = False


class Engine:
    """One port's AT state.

    ``numeric`` says that the module is set to numeric results (ATV0), ``charset`` what AT+CSCS set or said
    last.  ``prompt_open`` after ``quiet`` says that the module asks for a payload that nobody gives.
    """

    def __init__(self, *, numeric: bool = False) -> None:
        self.numeric = numeric
        self._state = State.IDLE
        self._buffer = bytearray()
        self._pending: _Pending | None = None
        self._skip_lf = False
        self._overlong = 0
        self._urc: str | None = None  # a notification whose body is awaited
        self._octets: int | None = None  # raw octets awaited
        self._escaping = False
        self._data_tail = b""
        self.prompt_open = False
        self.charset: str | None = None

    @property
    def state(self) -> State:
        """Where the engine is."""
        return State.PAYLOAD if self._octets is not None else self._state

    @property
    def lines(self) -> tuple[str, ...]:
        """What came so far of the pending answer."""
        return () if self._pending is None else tuple(self._pending.lines)

    @property
    def hung_up(self) -> bool:
        """Whether the last octets of data mode say NO CARRIER; silence after them makes it true."""
        return self._state is State.DATA and self._data_tail == HANG_UP

    # -- what the host does ------------------------------------------------------------------------

    def start(self, command: Command[object], *, resync: bool = False) -> bytes:
        """Begin ``command``; returns what is to be sent.

        ``resync`` begins it in DRAIN: finals before the command's own first line count as late, so the
        command must be one that answers with a line.  Raises RuntimeError if another one waits.
        """
        if self._state is not (State.DRAIN if resync else State.IDLE):
            raise RuntimeError(f"no command can begin in state {self._state.value}")
        self.prompt_open = False
        self._pending = _Pending(command, [command.text], strict=resync)
        self._state = State.SENT if command.payload is None else State.PROMPT
        return command.text.encode("ascii") + b"\r"

    def abandon(self) -> None:
        """Give the pending command up (timeout, cancelled, spoilt): what still comes of it is late."""
        self._escaping = False
        if self._state is not State.DATA:
            self._state = State.DRAIN

    def quiet(self) -> list[Event]:
        """The line has been silent: what is half there will not be completed, and is thrown away.

        In data mode nothing is thrown away; it ends if NO CARRIER was the last that came.
        """
        if self._state is State.DATA:
            return self._end_data([Urc("NO CARRIER")]) if self.hung_up and not self._escaping else []
        asked = b">" if self._pending is None else self._pending.command.prompt.strip()
        self.prompt_open = bytes(self._buffer).strip() in (b">", asked)
        octets = len(self._buffer) + self._overlong + len(self._urc or "")
        self._buffer.clear()
        self._overlong, self._urc, self._octets, self._skip_lf = 0, None, None, False
        return [Noise(octets, "cut off")] if octets else []

    def escape(self) -> bytes:
        """Leave data mode; the host keeps a second of silence on both sides of what is returned.

        Raises RuntimeError outside data mode.
        """
        if self._state is not State.DATA or self._escaping:
            raise RuntimeError("the escape sequence is for data mode, once")
        self._escaping = True
        return b"+++"

    def reset(self) -> None:
        """Forget everything, as after silence or a hang-up (DTR dropped): no command waits."""
        self._end_data([])
        self._pending = None
        self.quiet()

    def feed(self, data: bytes) -> list[Event]:
        """Take received octets, cut anywhere; returns what they mean.  Never raises."""
        self._buffer += data
        events: list[Event] = []
        while self._buffer and self._step(events):
            pass
        return events

    # -- octets to lines ---------------------------------------------------------------------------

    def _step(self, events: list[Event]) -> bool:
        """One piece of the buffer; False when more octets are needed."""
        buffer = self._buffer
        if self._skip_lf:
            self._skip_lf = False
            if buffer[0] == 0x0A:
                del buffer[0]
                return True
        if self._state is State.DATA:
            return self._take_data(events)
        if self._octets is not None:
            return self._take_octets(events)
        at_start = self._urc is None and not self._overlong
        if at_start:
            leading = _LEADING.match(buffer)
            if leading is not None:
                del buffer[: leading.end()]
                return True
            awaited = self._prompt(events)
            if awaited is not None:
                return awaited
        return self._take_line(events)

    def _prompt(self, events: list[Event]) -> bool | None:
        """True: a prompt was taken; False: it may be one; ``None``: it is none."""
        pending = self._pending
        if self._state is not State.PROMPT or pending is None or pending.command.payload is None:
            return None
        prompt, buffer = pending.command.prompt, self._buffer
        if not buffer.startswith(prompt):
            return False if prompt.startswith(buffer) else None
        del buffer[: len(prompt)]
        self._state = State.FINAL
        sent = pending.command.payload
        if len(sent) <= LINE_LIMIT:
            text = _text(sent.rstrip(b"\x1a"))
            pending.echoes = [line for line in re.split(r"[\r\n]+", text) if line]
        events.append(Prompted(sent))
        return True

    def _take_octets(self, events: list[Event]) -> bool:
        count = self._octets or 0
        if len(self._buffer) < count:
            return False
        octets = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._octets = None
        if self._urc is not None:
            events.append(Urc(self._urc, payload=octets))
            self._urc = None
        elif self._state is not State.DRAIN and self._pending is not None:
            self._pending.payload = (self._pending.payload or b"") + octets
        return True

    def _take_data(self, events: list[Event]) -> bool:
        """Octets of data mode; while an escape is awaited, up to its answer."""
        count, end, text = len(self._buffer), 0, None
        if self._escaping:
            count, end, text = find_answer(self._buffer, numeric=self.numeric)
        if count:
            data = bytes(self._buffer[:count])
            self._data_tail = (self._data_tail + data[-len(HANG_UP) :])[-len(HANG_UP) :]
            events.append(Data(data))
        del self._buffer[: count + end]
        if text is None:
            return False
        refusal = None if text == "OK" else Refusal(RejectedBy.FINAL, None, text)
        self._end_data(events)
        events.append(Done(Reply((), text), refusal))
        return True

    def _end_data(self, events: list[Event]) -> list[Event]:
        self._state, self._escaping, self._data_tail = State.IDLE, False, b""
        return events

    def _take_line(self, events: list[Event]) -> bool:
        buffer = self._buffer
        end = _TERMINATOR.search(buffer)
        if end is None:
            if self._overlong or len(buffer) > LINE_LIMIT:
                self._overlong += len(buffer)
                buffer.clear()
            return False
        raw = bytes(buffer[: end.start()])
        self._skip_lf = buffer[end.start()] == 0x0D
        del buffer[: end.end()]
        if self._overlong or len(raw) > LINE_LIMIT:
            events.append(Noise(self._overlong + len(raw), "line too long"))
            self._overlong, self._urc = 0, None
            if self._pending is not None:
                self._pending.damaged += 1
            return True
        text = _text(raw)
        if self._urc is not None:
            events.append(Urc(self._urc, body=(text,)))
            self._urc = None
        elif self._pending is None or self._state is State.DRAIN:
            self._unasked(text, events)
        else:
            self._line(text, self._pending, events)
        return True

    # -- lines to events ---------------------------------------------------------------------------

    def _line(self, text: str, pending: _Pending, events: list[Event]) -> None:
        if pending.echoes and text == pending.echoes[0] and not pending.lines:
            del pending.echoes[0]
            return
        final = final_of(text, pending.command, numeric=self.numeric)
        if final is not None:
            if not (pending.strict and not pending.lines):
                self._learn(pending, final, text.strip())
            self._finish(final, pending, events)
            return
        if self.numeric and pending.command.response in (Response.NONE, Response.PREFIXED):
            text = NUMERIC.get(text.strip(), text)
        kind = classify(text, pending.command)
        if kind is Kind.URC:
            self._notify(text, events)
        elif kind is Kind.FOREIGN:
            if len(pending.foreign) < LINES_LIMIT:
                pending.foreign.append(text)
            self._notify(text, events)
        elif len(pending.lines) >= LINES_LIMIT:
            pending.damaged += 1
        else:
            pending.lines.append(text)
            if self._state is State.SENT:
                self._state = State.INTERMEDIATE
            events.append(Intermediate(text))
            self._count(text, pending)

    def _count(self, text: str, pending: _Pending) -> None:
        """Raw octets follow the line, if the command says so and the count can be believed."""
        index = pending.command.counted_field
        if index is None or prefix_of(text) not in pending.command.prefixes:
            return
        count = counted(split_fields(text), index, PAYLOAD_LIMIT - len(pending.payload or b""))
        if count is None:
            pending.damaged += 1
        elif count:
            self._octets = count

    def _finish(self, final: Final, pending: _Pending, events: list[Event]) -> None:
        if pending.strict and not pending.lines:
            events.append(Late(final.text))
            return
        reply = Reply(
            tuple(pending.lines),
            final.text,
            pending.payload,
            tuple(pending.foreign),
            pending.damaged,
            self.charset,
        )
        self._pending = None
        self._state = State.DATA if final.connects else State.IDLE
        events.append(Done(reply, final.refusal))

    def _learn(self, pending: _Pending, final: Final, raw: str) -> None:
        """What an answered command says of the answers to come: numeric or not, the character set."""
        command = pending.command
        if command.sets_up and final.text in ("OK", "ERROR"):
            accepted = command.text if final.refusal is None else "AT"
            self.numeric = form_after(accepted, digits=raw in NUMERIC)
        if final.connects and raw in NUMERIC:
            self._skip_lf = False  # a numeric result ends with CR alone: what follows is data
        if final.refusal is None and "+CSCS" in command.prefixes and not command.tests:
            said = _CHARSET.search(" ".join((*pending.lines, command.text)))
            self.charset = said.group(1).upper() if said else self.charset

    def _unasked(self, text: str, events: list[Event]) -> None:
        """A line while no command waits, or after one was given up."""
        given_up = self._pending
        if given_up is not None:
            final = final_of(text, given_up.command, numeric=self.numeric)
            if final is not None and final.connects:  # too late, but the octets that follow are data
                self._pending, self._state = None, State.DATA
            elif final is None and not is_urc(text):
                self._count(text, given_up)
            if final is not None or not is_urc(text):
                events.append(Late(text))
                return
        if self.numeric:
            text = NUMERIC.get(text.strip(), text)
        if text.strip() in FINAL_TEXTS or text.upper().startswith(("+CME ERROR", "+CMS ERROR")):
            events.append(Late(text))
        else:
            self._notify(text, events)

    def _notify(self, text: str, events: list[Event]) -> None:
        shape = shape_of(text, PAYLOAD_LIMIT)
        if shape.octets:
            self._urc, self._octets = text, shape.octets
        elif shape.body_lines:
            self._urc = text
        else:
            events.append(Urc(text, known=is_urc(text)))


def _text(raw: bytes) -> str:
    """Octets as text: UTF-8 where they are, else Latin-1, which takes any; NULs fall out."""
    raw = raw.replace(b"\x00", b"")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
