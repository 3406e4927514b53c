"""What ``v2x modem watch`` writes: a CSV row for each sample, JSON lines of samples and events.

Each line is flushed as it is written, so that a run that is killed leaves whole files.  Empty fields of the
CSV are "no value"; instants are UTC.
"""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from v2x.modem.watch import CHAINS

if TYPE_CHECKING:
    from v2x.modem.watch import Cell, Change, Sample

__all__ = ["CSV_COLUMNS", "Sink", "csv_row", "instant"]

_CELL = ("pci", "channel", "band", "bandwidth_mhz", "rsrp_dbm", "rsrq_db", "sinr_db")
_MEASURES = ("rsrp_dbm", "rsrq_db", "sinr_db")


def _chain_column(measure: str, chain: str) -> str:
    name, _, unit = measure.rpartition("_")
    return f"{name}_{chain}_{unit}"


CSV_COLUMNS = (
    "at",
    "elapsed_s",
    "simulated",
    "state",
    "rat",
    *_CELL,
    *(f"nr_{name}" for name in _CELL),
    *(_chain_column(measure, chain) for measure in _MEASURES for chain in CHAINS),
    "registration",
    "neighbours",
    "best_neighbour_rsrp_dbm",
    "carriers",
    "temperature_c",
    "events",
)
"""``nr_`` is the NR cell beside an LTE one; chains are those of the first technology that gives them."""


def instant(at: float) -> str:
    """POSIX seconds as an instant of UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def csv_row(
    sample: Sample, changed: tuple[Change, ...], *, elapsed_s: float, simulated: bool
) -> dict[str, Any]:
    """One row by column; what has no value is missing."""
    row: dict[str, Any] = {
        "at": instant(sample.at),
        "elapsed_s": round(elapsed_s, 3),
        "simulated": simulated,
        "state": sample.state,
        "rat": sample.rat,
        **_cell(sample.serving, ""),
        **_cell(sample.secondary, "nr_"),
        "registration": "; ".join(f"{domain} {said}" for domain, said in sample.registration.items()),
        "neighbours": len(sample.neighbours),
        "best_neighbour_rsrp_dbm": max(
            (cell.rsrp_dbm for cell in sample.neighbours if cell.rsrp_dbm is not None), default=None
        ),
        "carriers": "; ".join(map(str, sample.carriers)),
        "temperature_c": sample.temperature_c,
        "events": "; ".join(f"{change.kind}: {change.text}" for change in changed),
    }
    for measure in _MEASURES:
        values = next((v for name, v in sample.chains.items() if name.startswith(measure)), ())
        for chain, value in zip(CHAINS, values, strict=False):
            row[_chain_column(measure, chain)] = value
    return {name: value for name, value in row.items() if value is not None}


def _cell(cell: Cell | None, before: str) -> dict[str, Any]:
    return {} if cell is None else {f"{before}{name}": getattr(cell, name) for name in _CELL}


class Sink:
    """The files of one run; ``-`` as the JSON file is standard output.  Raises OSError."""

    def __init__(self, csv_file: Path | None, json_file: Path | None) -> None:
        self._stack = contextlib.ExitStack()
        self._csv: TextIO | None = None
        self._json: TextIO | None = None
        self._simulated = False
        self._began_at: float | None = None
        with self._stack:
            if csv_file is not None:
                self._csv = self._stack.enter_context(csv_file.open("w", encoding="utf-8", newline=""))
            if json_file is not None:
                to_stdout = str(json_file) == "-"
                opened = None if to_stdout else json_file.open("w", encoding="utf-8")
                self._json = sys.stdout if opened is None else self._stack.enter_context(opened)
            self._stack = self._stack.pop_all()
        self._rows = None if self._csv is None else csv.DictWriter(self._csv, CSV_COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, *, simulated: bool, profile: str, interval_s: float) -> None:
        """Head of the files; says whether the module is simulated."""
        self._simulated = simulated
        if self._rows is not None:
            self._rows.writeheader()
        self._tell({"kind": "start", "simulated": simulated, "profile": profile, "interval_s": interval_s})

    def add(self, sample: Sample, changed: tuple[Change, ...]) -> None:
        """One sample and what changed with it."""
        if self._began_at is None:
            self._began_at = sample.at
        if self._rows is not None and self._csv is not None:
            elapsed_s = sample.at - self._began_at
            self._rows.writerow(csv_row(sample, changed, elapsed_s=elapsed_s, simulated=self._simulated))
            self._csv.flush()
        for change in changed:
            view = change.to_dict()
            self._tell({"kind": "event", "at": view["at"], "what": view["kind"], "text": view["text"]})
        self._tell({"kind": "sample", **sample.to_dict(), "simulated": self._simulated})

    def end(self, samples: int) -> None:
        """The last line of JSON."""
        self._tell({"kind": "end", "samples": samples, "simulated": self._simulated})

    def _tell(self, view: dict[str, Any]) -> None:
        if self._json is not None:
            self._json.write(json.dumps(view, ensure_ascii=False) + "\n")
            self._json.flush()
