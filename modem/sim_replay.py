"""A recorded trace played back: the same commands get the recorded octets at the recorded distances.

    records    tx (to the module) and rx (from it), as ``v2x.modem.trace`` writes them
    exchange   a command line and the octets that came until the next one, each with its distance in time
    opening    what came before the first line: the boot

A line of the host is looked for from where the trace has got to; one that stands further on is a jump, one
that stands only before is answered as it was then, and one that stands nowhere is answered with ERROR.  All
three are divergences: counted, and kept with the line that was expected.  Only the first port of a trace
is played.  Octets of data mode, of prompts and of multiplexers are taken for lines, too: a replay of those is
true only as long as the host does the same.

Identities in a trace are masked, so the host reads stars.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.modem.errors import TraceError
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.modem.trace import TraceRecord

__all__ = ["Divergence", "ReplayedModule"]

EXCHANGES_LIMIT = 1_000_000
"""Exchanges of a trace: a bench of days; each takes some hundred octets of memory."""

DIVERGENCES_LIMIT = 1000
"""Divergences that are kept; more are counted only."""

LINE_LIMIT = 8192
"""Octets of a line without its end; then it is taken as it is."""

_ENDS = (b"\r", b"\x1a", b"\x1b")


@dataclass(slots=True)
class _Exchange:
    """A line of the host and what it was answered: (seconds after the line, octets)."""

    line: bytes
    answer: list[tuple[float, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The host sent ``line`` where the trace had ``expected`` (empty: its end)."""

    line: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{redact(self.line)!r} where the trace has {redact(self.expected)!r}: {self.found}"

    def __repr__(self) -> str:
        return f"Divergence({self})"


class ReplayedModule:
    """Stands for a module; the interface that a host needs.  Raises TraceError on an empty trace."""

    def __init__(self, records: Iterable[TraceRecord]) -> None:
        self._opening: list[tuple[float, bytes]] = []
        self._exchanges: list[_Exchange] = []
        self._read(records)
        if not self._exchanges:
            raise TraceError("the trace has no command of a host")
        self._by_line: dict[bytes, list[int]] = {}
        for index, exchange in enumerate(self._exchanges):
            self._by_line.setdefault(exchange.line, []).append(index)
        self._next = 0
        self._line = bytearray()
        self._out: deque[tuple[float, bytes]] = deque()
        self._on = False
        self.divergences: list[Divergence] = []
        self.diverged = 0
        self.answered = 0

    def _read(self, records: Iterable[TraceRecord]) -> None:
        first: float | None = None
        port: str | None = None
        line, said_at = bytearray(), 0.0
        for record in records:
            port = record.port if port is None else port
            if record.port != port:
                continue
            first = record.t if first is None else first
            if record.to_module:
                line += record.data
                for whole in _lines(line):
                    if len(self._exchanges) >= EXCHANGES_LIMIT:
                        raise TraceError(f"a trace of more than {EXCHANGES_LIMIT} commands")
                    self._exchanges.append(_Exchange(whole))
                said_at = record.t
            elif self._exchanges:
                self._exchanges[-1].answer.append((max(record.t - said_at, 0.0), record.data))
            else:
                self._opening.append((max(record.t - first, 0.0), record.data))

    # -- what a host needs -------------------------------------------------------------------------

    @property
    def due_at(self) -> float | None:
        """When the next octets go out."""
        return self._out[0][0] if self._out else None

    @property
    def listening(self) -> bool:
        """Whether it is on."""
        return self._on

    @property
    def port_present(self) -> bool:
        """Its port stays."""
        return True

    def power_on(self, at: float) -> None:
        """Begin again with the trace's opening."""
        self._on, self._next = True, 0
        self._line.clear()
        self._out.clear()
        self._say(self._opening, at)

    def power_off(self) -> None:
        """Fall silent."""
        self._on = False
        self._out.clear()

    def hang_up(self) -> None:
        """The host went; the half line that it left is forgotten."""
        self._line.clear()

    def feed(self, data: bytes, at: float) -> bytes:
        """Octets of the host; returns what is due."""
        out = self.advance(at)
        if self._on:
            self._line += data
            for line in _lines(self._line):
                self._answer(line, at)
        return out + self.advance(at)

    def advance(self, at: float) -> bytes:
        """What is due by ``at``."""
        out = bytearray()
        while self._out and self._out[0][0] <= at:
            out += self._out.popleft()[1]
        return bytes(out)

    # -- the trace ---------------------------------------------------------------------------------

    def _answer(self, line: bytes, at: float) -> None:
        expected = self._exchanges[self._next].line if self._next < len(self._exchanges) else b""
        places = self._by_line.get(line, [])
        ahead = next((i for i in places if i >= self._next), None)
        if ahead is None and not places:
            self._diverge(line, expected, "not in the trace, answered with ERROR")
            self._say([(0.0, b"\r\nERROR\r\n")], at)
            return
        found = places[-1] if ahead is None else ahead
        if ahead is None:
            self._diverge(line, expected, "stands before, answered as then")
        elif ahead > self._next:
            self._diverge(line, expected, f"{ahead - self._next} lines skipped")
        if ahead is not None:
            self._next = ahead + 1
        self.answered += 1
        self._say(self._exchanges[found].answer, at)

    def _say(self, answer: list[tuple[float, bytes]], at: float) -> None:
        for delay_s, octets in answer:
            when = at + delay_s
            self._out.append((max(when, self._out[-1][0]) if self._out else when, octets))

    def _diverge(self, line: bytes, expected: bytes, found: str) -> None:
        self.diverged += 1
        if len(self.divergences) < DIVERGENCES_LIMIT:
            texts = (line.decode("latin-1").strip(), expected.decode("latin-1").strip())
            self.divergences.append(Divergence(*texts, found))


def _lines(buffer: bytearray) -> list[bytes]:
    """The whole lines of ``buffer``, taken out of it; LF between them is nothing."""
    found: list[bytes] = []
    while True:
        ends = [at for end in _ENDS if (at := buffer.find(end)) >= 0]
        if not ends and len(buffer) < LINE_LIMIT:
            return found
        end = min(ends) + 1 if ends else LINE_LIMIT
        found.append(bytes(buffer[:end]).lstrip(b"\n"))
        del buffer[:end]
