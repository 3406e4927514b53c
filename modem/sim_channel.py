"""One AT channel of the simulated module: the line, the prompt, data mode, and when octets go out.

    line     what stands before AT is skipped, LF is ignored, backspace works, A/ repeats
    busy     a slow command runs; what comes meanwhile waits, as in a UART's buffer
    prompt   "> ": so many octets, or all up to Ctrl-Z; ESC leaves it with OK and nothing done
    data     opaque octets until +++ between two silences of a second, or until the network hangs up

Output has instants: ``send`` puts octets behind all earlier ones, later by a fault's delay, each octet by
itself where a fault splits.  ``take`` gives what is due.

Sources: ITU-T V.250 (command line, result codes, ATO); the guard time of +++ by the Quectel manuals.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from v2x.modem.cme import cme_text, cms_text
from v2x.modem.finals import NUMERIC
from v2x.modem.sim_faults import Plan, framed
from v2x.modem.sim_line import Answer, DataSink, FinalError, Prompt, SimCommand, SimError, split_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from v2x.modem.sim import SimulatedModule

__all__ = ["SimChannel"]

LINE_LIMIT = 2048
"""Octets of a command line; a longer one is refused at its end."""

INPUT_LIMIT = 8192
"""Octets that wait while a command runs: a UART's buffer; more are lost."""

PAYLOAD_LIMIT = 4096
"""Octets of a prompt without a count; then it is answered as it is."""

OUTPUT_LIMIT = 262_144
"""Octets that wait for their instant: a split answer of a fault; the newest are lost."""

GUARD_S = 1.0
"""Silence before and after +++."""

CTRL_Z, ESC, BACKSPACES = 0x1A, 0x1B, (0x08, 0x7F)

_ATTENTION = re.compile("AT", re.IGNORECASE | re.ASCII)
_NUMBER_OF = {text: digit for digit, text in NUMERIC.items()}


class SimChannel:
    """A channel; the module tells the time and runs the commands."""

    def __init__(self, module: SimulatedModule, index: int) -> None:
        self._module = module
        self._index = index
        self._out: deque[tuple[float, bytes]] = deque()
        self._waiting_octets = 0
        self.lost = 0
        self.reset()

    def reset(self) -> None:
        """As after power-on: nothing typed, nothing running; what was said stays said."""
        self._input = bytearray()
        self._line = bytearray()
        self._overflow = False
        self._last_line = "AT"
        self._answer = bytearray()
        self._pending: Iterator[SimCommand] = iter(())
        self._plan = Plan()
        self._busy = False
        self._prompt: Prompt | None = None
        self._typed = bytearray()
        self._data: DataSink | None = None
        self._suspended: DataSink | None = None
        self._pluses = 0
        self._last_data_at = 0.0

    # -- output ------------------------------------------------------------------------------------

    @property
    def due_at(self) -> float | None:
        """When the next octets go out."""
        return self._out[0][0] if self._out else None

    def take(self, at: float) -> bytes:
        """The octets that are due by ``at``; split ones come one by one."""
        out = bytearray()
        while self._out and self._out[0][0] <= at:
            out += self._out.popleft()[1]
        self._waiting_octets -= len(out)
        return bytes(out)

    def send(self, octets: bytes, *, delay_s: float = 0.0, gap_s: float = 0.0) -> None:
        """Say octets behind everything said before."""
        if not octets or self._module.silent:
            return
        if self._waiting_octets + len(octets) > OUTPUT_LIMIT:
            self.lost += len(octets)
            return
        self._waiting_octets += len(octets)
        at = self._module.now + delay_s
        if self._out:
            at = max(at, self._out[-1][0])
        gap_s = gap_s or self._module.gap_s
        if gap_s <= 0.0:
            self._out.append((at, octets))
            return
        for index in range(len(octets)):
            self._out.append((at + (index + 1) * gap_s, octets[index : index + 1]))

    def drop_what_waits(self) -> None:
        """What is not out yet never comes; what is due goes out."""
        while self._out and self._out[-1][0] > self._module.now:
            self._waiting_octets -= len(self._out.pop()[1])

    def urc(self, text: str) -> None:
        """Say something unasked; in data mode it is not said, as no module does."""
        if self._data is None:
            self.send(self._framed(text))

    def _framed(self, text: str) -> bytes:
        head = "\r\n" if self._module.state.verbose else ""
        return f"{head}{text}\r\n".encode("latin-1", "replace")

    # -- input -------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Octets of the host, cut anywhere."""
        self._input += data[: max(INPUT_LIMIT - len(self._input), 0)]
        self._work()

    def _work(self) -> None:
        while self._input and not self._busy:
            if self._data is not None:
                octets = bytes(self._input)
                self._input.clear()
                self._data_octets(self._data, octets)
                return
            octet = self._input[0]
            del self._input[0]
            if self._prompt is not None:
                self._prompt_octet(self._prompt, octet)
            else:
                self._octet(octet)

    def _octet(self, octet: int) -> None:
        if octet == 0x0D:
            self._echo(b"\r")
            line, overflow = self._line.decode("latin-1"), self._overflow
            self._line.clear()
            self._overflow = False
            if overflow:
                self._plan = Plan()
                self._finish("ERROR")
            else:
                self._command_line(line)
        elif octet in BACKSPACES:
            if self._line:
                del self._line[-1]
                self._echo(b"\b \b")
        elif octet >= 0x20:
            self._echo(bytes([octet]))
            if len(self._line) < LINE_LIMIT:
                self._line.append(octet)
            else:
                self._overflow = True

    def _echo(self, octets: bytes) -> None:
        if self._module.state.echo:
            self.send(octets)

    # -- a command line ----------------------------------------------------------------------------

    def _command_line(self, line: str) -> None:
        if line.strip().upper() == "A/":
            line = self._last_line
        start = _ATTENTION.search(line)
        if start is None:
            return
        self._last_line = line[start.start() :]
        self._plan = self._module.faults.plan(self._last_line.strip())
        if self._plan.instead is not None:
            text, final = self._plan.instead
            self._answer += framed(text)
            self._finish(final)
        elif self._plan.code is not None:
            self._refuse(SimError(self._plan.code))
        else:
            self._pending = split_line(self._last_line[2:])
            self._go_on(self._run_pending)

    def _run_pending(self) -> None:
        for command in self._pending:
            if not self._apply(self._module.run(replace(command, channel=self._index))):
                return
        self._finish("OK")

    def _go_on(self, work: Callable[[], None]) -> None:
        """Run a part of the answer; what is refused ends it."""
        try:
            work()
        except SimError as error:
            self._refuse(error)

    def _apply(self, answer: Answer) -> bool:
        """Say an answer; whether the next command may run now."""
        for line in answer.lines:
            self._answer += self._framed(line)
        if answer.payload is not None:
            self._answer += answer.payload + b"\r\n"
        if answer.takes_s > 0.0:
            self._busy = True
            later = replace(answer, lines=(), payload=None, takes_s=0.0)
            self._module.schedule(f"answer {self._index}", answer.takes_s, lambda _: self._after(later))
            return False
        if answer.later is not None:
            return self._apply(self._module.normal(answer.later()))
        if answer.prompt is not None:
            self._prompt = answer.prompt
            self._typed.clear()
            self.send(bytes(self._answer) + b"\r\n> ")
            self._answer.clear()
            return False
        if answer.connects is not None:
            self._connect(answer.connects)
            return False
        if answer.final != "OK":
            self._finish(answer.final)
            return False
        return True

    def _after(self, answer: Answer) -> None:
        """A slow command is done."""
        self._busy = False

        def work() -> None:
            if self._apply(answer):
                self._run_pending()

        self._go_on(work)
        self._work()

    def _refuse(self, error: SimError) -> None:
        cmee = self._module.state.cmee
        if isinstance(error, FinalError):
            self._finish(error.final)
        elif error.code is None or cmee == 0:
            self._finish("ERROR")
        else:
            kind, texts = ("CMS", cms_text) if error.sms else ("CME", cme_text)
            self._finish(f"+{kind} ERROR: {error.code if cmee == 1 else texts(error.code)}")

    def _finish(self, final: str) -> None:
        state, plan = self._module.state, self._plan
        if not state.quiet:
            number = f"{_NUMBER_OF.get(final, final)}\r".encode("latin-1")
            self._answer += framed(final) if state.verbose else number
        self._pending = iter(())
        octets = plan.shape(bytes(self._answer))
        self._answer.clear()
        self.send(octets, delay_s=plan.delay_s, gap_s=plan.gap_s)
        self._plan = Plan()
        for action in plan.world:
            self._module.happen(action)

    # -- prompt ------------------------------------------------------------------------------------

    def _prompt_octet(self, prompt: Prompt, octet: int) -> None:
        if prompt.octets is None and octet == ESC:
            self._prompt = None
            self._finish("OK")
            return
        ended = prompt.octets is None and octet == CTRL_Z
        if not ended:
            self._typed.append(octet)
            self._echo(bytes([octet]))
        limit = PAYLOAD_LIMIT if prompt.octets is None else prompt.octets
        if ended or len(self._typed) >= limit:
            self._prompt = None
            typed = bytes(self._typed)

            def work() -> None:
                if self._apply(self._module.normal(prompt.done(typed))):
                    self._run_pending()

            self._go_on(work)

    # -- data mode ---------------------------------------------------------------------------------

    @property
    def in_data_mode(self) -> bool:
        """Whether octets are data and no commands."""
        return self._data is not None

    @property
    def data_cid(self) -> int | None:
        """The context of data mode, suspended or not."""
        sink = self._data or self._suspended
        return None if sink is None else sink.cid

    def suspended(self) -> DataSink | None:
        """What ATO goes back to."""
        return self._suspended

    def _connect(self, sink: DataSink) -> None:
        self._finish("CONNECT")
        self._data, self._suspended = sink, None
        self._pluses = 0
        self._last_data_at = self._module.now

    def _data_octets(self, sink: DataSink, octets: bytes) -> None:
        now = self._module.now
        silent = now - self._last_data_at >= GUARD_S
        self._last_data_at = now
        if octets.strip(b"+") == b"" and len(octets) + self._pluses <= 3 and (self._pluses or silent):
            self._pluses += len(octets)
            if self._pluses == 3:
                self._module.schedule(f"escape {self._index}", GUARD_S, self._escape)
            return
        if self._pluses:
            self._module.cancel(f"escape {self._index}")
            octets, self._pluses = b"+" * self._pluses + octets, 0
        if back := sink.received(octets):
            self.send(back)

    def _escape(self, _at: float) -> None:
        self._suspended, self._data = self._data, None
        self._pluses = 0
        self._finish("OK")

    def hang_up(self, *, say: bool = True) -> None:
        """End data mode for good: the network's doing, or ATH's, or DTR's; NO CARRIER where it is said."""
        sink = self._data or self._suspended
        self._module.cancel(f"escape {self._index}")
        active, self._data, self._suspended, self._pluses = self._data is not None, None, None, 0
        if sink is not None:
            sink.hung_up()
        if active and say:
            self._finish("NO CARRIER")
