"""The folder of a bench's results, written so that a kill at any moment loses at most the cycle under way.

    events.jsonl    the truth: one object a line, appended, flushed and synced before the next cycle begins
    cycles.csv      the same as a table, one row a cycle; written anew when a run is taken up again

    {"event": "begin", "at": s, "schema": 1, "plan": {...}, "environment": {...}}   a session begins
    {"event": "module", "at": s, "identity": {...}, "simulated": true}              what the module says it is
    {"event": "cycle", "at": s, "number": 1, "seconds": s, "ok": true, "steps": []} v2x.modem.bench_record
    {"event": "note", "at": s, "text": "..."}                                       what happened besides
    {"event": "end", "at": s, "why": "complete"}                                    a session ends

Instants are POSIX seconds.  A session that has no end was killed.  A last line that was cut off is dropped
when the run is taken up again; any other line that can't be read is an error.
"""

from __future__ import annotations

import csv
import json
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from v2x.modem.bench_record import Cell, Cycle, RecordError, columns, instant, parse_cycle, row_of
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.modem.plan import Plan

__all__ = ["CSV_NAME", "EVENTS_NAME", "Note", "Results", "Session", "Store", "read_results"]

SCHEMA = 1
EVENTS_NAME = "events.jsonl"
CSV_NAME = "cycles.csv"

LINE_LIMIT = 1_048_576
"""Octets of an event: the longest, a begin with a plan of 32 steps and 100 limits, has some 30 kB."""

NOTES_KEPT = 1000
"""Notes held for the report; the file keeps all."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened at ``at``, POSIX seconds."""

    at: float
    text: str


@dataclass(slots=True)
class Session:
    """One run of the program over the plan; ``why`` it ended, ``None`` where it was killed or goes on."""

    began_at: float
    environment: dict[str, str]
    ended_at: float | None = None
    why: str | None = None


@dataclass(slots=True)
class Results:
    """What is known of a run."""

    content: dict[str, Any] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)
    simulated: bool = False
    cycles: list[Cycle] = field(default_factory=list)
    notes: deque[Note] = field(default_factory=lambda: deque(maxlen=NOTES_KEPT))

    def take(self, view: Any) -> None:
        """Add one event.  Raises RecordError."""
        try:
            self._take(view["event"], view)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise RecordError(f"no event: {type(error).__name__}: {error}") from None

    def _take(self, kind: Any, view: dict[str, Any]) -> None:
        if not isinstance(kind, str):
            raise TypeError("an event has a name")  # unknown names are a newer writer's
        if kind == "cycle":
            cycle = parse_cycle(view)
            if cycle.number != len(self.cycles) + 1:
                raise RecordError(f"cycle {cycle.number} where {len(self.cycles) + 1} was to come")
            self.cycles.append(cycle)
        elif kind == "begin":
            if view["schema"] != SCHEMA:
                raise RecordError(f"schema {view['schema']!r:.20}, not {SCHEMA}")
            self.content = dict(view["plan"])
            environment = {str(key): str(value) for key, value in view["environment"].items()}
            self.sessions.append(Session(instant(view["at"]), environment))
        elif kind == "module":
            self.identity = {str(key): str(value) for key, value in view["identity"].items()}
            self.simulated = self.simulated or view["simulated"] is True
        elif kind == "note":
            self.notes.append(Note(instant(view["at"]), str(view["text"])))
        elif kind == "end":
            self.sessions[-1].ended_at, self.sessions[-1].why = instant(view["at"]), str(view["why"])


def read_results(folder: Path) -> tuple[Results, int]:
    """The results in ``folder`` and how many octets of their file are whole.  Raises RecordError, OSError."""
    results, whole = Results(), 0
    with (folder / EVENTS_NAME).open("rb") as file:
        number = 0
        while line := file.readline(LINE_LIMIT):
            number += 1
            try:
                results.take(json.loads(line))
            except (ValueError, RecursionError, RecordError) as error:
                if not file.readline(1):  # nothing follows: it was cut off
                    break
                raise RecordError(f"{EVENTS_NAME}:{number}: {error}") from None
            if not line.endswith(b"\n"):
                break
            whole += len(line)
    return results, whole


class Store:
    """Writes the results of ``plan`` to ``folder``.  Made by ``create`` or ``resume``."""

    def __init__(self, folder: Path, plan: Plan, results: Results) -> None:
        self.folder = folder
        self.results = results
        self._columns = tuple(columns(plan))
        self._events: TextIO = (folder / EVENTS_NAME).open("a", encoding="utf-8", newline="\n")
        self._csv: TextIO = (folder / CSV_NAME).open("w", encoding="utf-8", newline="")
        self._table = csv.writer(self._csv)
        self._table.writerow(self._columns)
        for cycle in results.cycles:
            self._row(cycle)
        self._csv.flush()

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> Store:
        """Begin a run in ``folder``, which is made.  Raises RecordError where it holds one, OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / EVENTS_NAME).exists():
            raise RecordError(f"{folder} holds results already: --resume goes on with them")
        return cls(folder, plan, Results())

    @classmethod
    def resume(cls, folder: Path, plan: Plan) -> Store:
        """Go on with the run in ``folder``.  Raises RecordError where there is none or of another plan."""
        if not (folder / EVENTS_NAME).exists():
            raise RecordError(f"{folder} holds no results to go on with")
        results, whole = read_results(folder)
        mine = json.loads(json.dumps(plan.content))
        for key, value in mine.items():
            if results.sessions and results.content.get(key) != value:
                raise RecordError(f"{folder} holds results of another plan: {key} differs")
        os.truncate(folder / EVENTS_NAME, whole)
        return cls(folder, plan, results)

    def begin(self, at: float, plan: Plan, environment: dict[str, str]) -> None:
        """A session begins."""
        self._write("begin", at, schema=SCHEMA, plan=plan.content, environment=environment)

    def module(self, at: float, identity: dict[str, str], *, simulated: bool) -> None:
        """What the module says that it is; ``identity`` is masked."""
        self._write("module", at, identity=identity, simulated=simulated)

    def note(self, at: float, text: str) -> None:
        """Something happened; identities in ``text`` are masked."""
        self._write("note", at, text=redact(text))

    def cycle(self, cycle: Cycle) -> None:
        """A cycle is done; returns when it is on the disk."""
        view = cycle.to_dict()
        self._write("cycle", view.pop("at"), **view)
        self._row(cycle)
        self._csv.flush()
        os.fsync(self._events.fileno())

    def end(self, at: float, why: str) -> None:
        """The session ends."""
        self._write("end", at, why=why)

    def close(self) -> None:
        """Close the files; idempotent."""
        self._events.close()
        self._csv.close()

    def _write(self, kind: str, at: float, **values: Any) -> None:
        view = {"event": kind, "at": round(at, 6)} | values
        line = json.dumps(view, ensure_ascii=True, allow_nan=False)
        self.results.take(json.loads(line))
        self._events.write(line + "\n")
        self._events.flush()

    def _row(self, cycle: Cycle) -> None:
        cells: list[Cell] = row_of(cycle, self._columns)
        self._table.writerow(map(_written, cells))


def _written(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    return round(cell, 6) if isinstance(cell, float) else "" if cell is None else cell
