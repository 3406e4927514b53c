r"""Traces: every octet both ways with its instant, identities masked before they are written.

A trace is JSON lines, one object for each read or write of a port, in the order of time:

    {"t": 1800000000.25, "port": "/dev/ttyUSB2", "dir": "tx", "data": "AT+CSQ\r"}
    {"t": 1800000000.31, "port": "/dev/ttyUSB2", "dir": "rx", "data": "\r\n+CSQ: 20,99\r\n\r\nOK\r\n"}

    t      POSIX seconds by the clock that is given; dir: tx to the module, rx from it
    data   the octets as the characters U+0000..U+00FF, so that a person can read them and nothing is lost

    writer = TraceWriter(Path("run.jsonl"), SystemClock())
    modem = Modem(TracePort(await open_port("/dev/ttyUSB2"), writer))
    ...
    writer.close()

``mask_octets`` keeps every length, so cuts and timings stay true.  An identity may be cut by a read, so
records wait until their line ends, the line has been silent for ``HOLD_S`` by the time of a later record,
or too much waits; ``flush`` and ``close`` write what waits.  What is hidden, by stars:

* runs of 14 to 22 digits but their last four: IMEI, IMSI, ICCID (3GPP TS 23.003, ITU-T E.118); the same
  runs as UCS2 (``0033...``) and as ASCII in hex (``33...``);
* arguments of commands that carry a PIN or a password, and of AT+CUSD;
* on the lines of calls, messages and numbers (``ATD``, +CNUM, +CLIP, +CMT, ...): digit runs of five and
  more, plain or UCS2; a dialled data service (``*99...#``) stays; +CRSM's and +CSIM's hex wholly;
* a line that is nothing but 16 and more hex digits: a message in PDU mode, or a SIM file.

Octets of data mode are written as they are, but for these rules.  A file is closed and renamed to
``<name>.1`` (``.2``, ...) when it has grown to its limit; the oldest goes.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from v2x.modem.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from v2x.clock import Clock
    from v2x.modem.port import Port

__all__ = ["TracePort", "TraceRecord", "TraceWriter", "mask_octets", "read_trace"]

FILE_LIMIT = 64 * 1024 * 1024
"""Octets of a file: a chatty hour has some 10 MB, and an editor still opens it."""

FILES_KEPT = 4
"""Files of one trace, the one being written among them: what a bench's disk is meant to give."""

HOLD_S = 1.0
"""Silence after which a half line is written: no module pauses so long within an identity."""

HOLD_LIMIT = 16_384
"""Octets that may wait for the end of their line: twice the engine's longest line."""

RECORD_LIMIT = 1_048_576
"""Characters of a line of a trace that is read: a port gives at most 64 KiB at a time, escaped sixfold."""

_TAIL = 4
_RUNS = (
    (re.compile(rb"(?<![0-9A-Za-z])[0-9]{14,22}(?=[Ff]{0,2}(?![0-9A-Za-z]))"), _TAIL),
    (re.compile(rb"(?<![0-9A-Za-z])(?:003[0-9]){14,22}(?![0-9A-Za-z])"), 4 * _TAIL),
    (re.compile(rb"(?<![0-9A-Za-z])(?:3[0-9]){14,22}(?![0-9A-Za-z])"), 2 * _TAIL),
)
_SECRET = re.compile(rb"(\+(?:CPIN|CPWD|CLCK|CGAUTH|QICSGP|CUSD)\s*=(?!\s*\?))([^\r\n]*)", re.IGNORECASE)
_PERSONAL = re.compile(
    rb"(?:\+(?:CNUM|CLIP|COLP|CCWA|CLCC|CMT|CDS|CMG[RLSW]|CSCA|CUSD|CPB[RWF]|CRSM|CSIM)\b|ATD)[^\r\n]*",
    re.IGNORECASE,
)
_SERVICE = re.compile(rb"ATD[*]99", re.IGNORECASE)
_NUMBER = re.compile(rb"(?:003[0-9]){5,}|[0-9]{5,}")
_CARD_FILE = re.compile(rb"[0-9A-Fa-f]{8,}")
_BARE_HEX = re.compile(rb"(?<![^\r\n])[0-9A-Fa-f]{16,}(?=[\r\n\x1a]|\Z)")


def mask_octets(data: bytes) -> bytes:
    """``data`` with identities, secrets and telephone numbers as stars; its length stays."""
    data = _SECRET.sub(lambda m: m.group(1) + _stars(m.group(2)), data)
    data = _PERSONAL.sub(_personal, data)
    for pattern, tail in _RUNS:
        data = pattern.sub(lambda m, keep=tail: _stars(m.group(), keep), data)  # type: ignore[misc]
    return _BARE_HEX.sub(lambda m: _stars(m.group()), data)


def _stars(run: bytes, keep: int = 0) -> bytes:
    return b"*" * (len(run) - keep) + run[len(run) - keep :]


def _personal(match: re.Match[bytes]) -> bytes:
    line = match.group()
    if _SERVICE.match(line):
        return line
    hidden = _CARD_FILE if line[:5].upper() in (b"+CRSM", b"+CSIM") else _NUMBER
    return hidden.sub(lambda m: _stars(m.group()), line)


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One read (``to_module`` false) or write of ``port`` at ``t``, POSIX seconds."""

    t: float
    port: str
    to_module: bool
    data: bytes

    def __repr__(self) -> str:
        way = "tx" if self.to_module else "rx"
        return f"TraceRecord({self.t}, {self.port!r}, {way}, {mask_octets(self.data)!r})"


class TraceWriter:
    """Writes traces to ``path``; not thread-safe.  Several ports may share one writer.

    ``limit`` are the octets of a file, ``files`` how many are kept.  Raises OSError where the file can't
    be made; what goes wrong while writing ends the trace (``failed`` says why), never the session.
    """

    def __init__(self, path: Path, clock: Clock, *, limit: int = FILE_LIMIT, files: int = FILES_KEPT) -> None:
        if limit < 1 or files < 1:
            raise ValueError("a trace needs room for one file")
        self.path = path
        self.failed: str | None = None
        self._clock = clock
        self._limit = limit
        self._files = files
        self._waiting: deque[TraceRecord] = deque()
        self._waiting_octets = 0
        self._file: TextIO | None = path.open("w", encoding="ascii")
        self._size = 0

    def add(self, port: str, data: bytes, *, to_module: bool) -> None:
        """Record octets that were just read or are about to be written."""
        if self._file is None or not data:
            return
        now = self._clock.now()
        if self._waiting and now - self._waiting[-1].t >= HOLD_S:
            self.flush()
        self._waiting.append(TraceRecord(now, port, to_module, data))
        self._waiting_octets += len(data)
        if self._waiting_octets > HOLD_LIMIT or self._all_ended():
            self.flush()

    def _all_ended(self) -> bool:
        """Whether no line of any port and direction is half there."""
        last = {(record.port, record.to_module): record.data[-1] for record in self._waiting}
        return all(octet in b"\r\n\x1a\x1b" for octet in last.values())

    def flush(self) -> None:
        """Mask and write what waits."""
        records, self._waiting, self._waiting_octets = list(self._waiting), deque(), 0
        masked = {
            key: mask_octets(b"".join(r.data for r in records if (r.port, r.to_module) == key))
            for key in {(r.port, r.to_module) for r in records}
        }
        try:
            for record in records:
                key = record.port, record.to_module
                data, masked[key] = masked[key][: len(record.data)], masked[key][len(record.data) :]
                self._write(record, data)
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            self.failed = error.strerror or "the trace can't be written"
            with contextlib.suppress(OSError):
                self._shut()

    def _write(self, record: TraceRecord, data: bytes) -> None:
        if self._file is None:
            return
        way = "tx" if record.to_module else "rx"
        view = {"t": round(record.t, 6), "port": record.port, "dir": way, "data": data.decode("latin-1")}
        line = json.dumps(view) + "\n"
        if self._size and self._size + len(line) > self._limit:
            self._rotate()
        self._size += self._file.write(line)

    def _rotate(self) -> None:
        self._shut()
        for number in range(self._files - 1, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        self._file, self._size = self.path.open("w", encoding="ascii"), 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    def _shut(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def close(self) -> None:
        """Write what waits and close the file; idempotent."""
        self.flush()
        try:
            self._shut()
        except OSError as error:
            self.failed = error.strerror or "the trace can't be closed"


class TracePort:
    """``inner`` with every octet traced; the writer stays the caller's to close."""

    def __init__(self, inner: Port, writer: TraceWriter) -> None:
        self._inner = inner
        self._writer = writer

    @property
    def name(self) -> str:
        """The inner port's name."""
        return self._inner.name

    async def read(self) -> bytes:
        """The next octets.  Raises PortLost."""
        data = await self._inner.read()
        self._writer.add(self._inner.name, data, to_module=False)
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``.  Raises PortLost."""
        self._writer.add(self._inner.name, data, to_module=True)
        await self._inner.write(data)

    async def close(self) -> None:
        """Close the inner port and write what waits."""
        await self._inner.close()
        self._writer.flush()


def read_trace(path: Path) -> Iterator[TraceRecord]:
    """The records of one trace file in order.  Raises TraceError with the line, OSError."""
    with path.open(encoding="utf-8", errors="replace") as file:
        number = 0
        while line := file.readline(RECORD_LIMIT):
            number += 1
            if line.strip():
                yield _record(line, f"{path.name}:{number}")


def _record(line: str, where: str) -> TraceRecord:
    try:
        view = json.loads(line)
    except (ValueError, RecursionError):
        raise TraceError(f"{where}: no JSON object on one line") from None
    if not isinstance(view, dict):
        raise TraceError(f"{where}: no JSON object")
    t, port, way, data = (view.get(key) for key in ("t", "port", "dir", "data"))
    if isinstance(t, bool) or not isinstance(t, int | float) or not abs(t) < math.inf:
        raise TraceError(f"{where}: t is no instant in seconds")
    if not isinstance(port, str) or way not in ("tx", "rx") or not isinstance(data, str):
        raise TraceError(f"{where}: port and data are texts, dir is tx or rx")
    try:
        return TraceRecord(float(t), port, way == "tx", data.encode("latin-1"))
    except (UnicodeEncodeError, OverflowError):
        raise TraceError(f"{where}: data has characters beyond U+00FF") from None
