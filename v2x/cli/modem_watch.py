"""``v2x modem watch``: radio over time, in a terminal, as CSV, as JSON lines.

    v2x modem watch --port /dev/ttyUSB2 --csv drive.csv
    v2x modem watch --sim unisoc --seconds 60 --json -

A sample each second (``--interval``); where one takes longer, the next is left out.  In a terminal a live
plot of RSRP, RSRQ and SINR, by receive chain where the module gives it; elsewhere a line for each sample.
What changes (state, technology, cell, carriers, registration, the port) is an event.  Ctrl-C ends it: the
files are whole at any moment, and a summary is printed.  A lost port is opened again.

CSV: one row for each sample, its events in the last column.  JSON lines: objects whose ``kind`` is
``start``, ``sample``, ``event`` or ``end``; both say when the module is simulated.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from v2x.cli.modem_common import PortOption, ProfileOption, SimOption, TraceOption, run, target

__all__ = ["watch"]

WANDER_DB = 4.0
"""How far the levels of a simulated module wander, so that there is something to see; no model of a road."""


def watch(
    port: PortOption = None,
    sim: SimOption = None,
    profile: ProfileOption = None,
    interval: Annotated[float, typer.Option(min=0.2, max=3600.0, help="Seconds between samples.")] = 1.0,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End after so many seconds. Without it: until Ctrl-C.")
    ] = None,
    samples: Annotated[int | None, typer.Option(min=1, help="End after so many samples.")] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a row for each sample.")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write JSON lines; - is standard output."),
    ] = None,
    trace: TraceOption = None,
) -> None:
    """Watch levels, cells, carriers and temperatures, live; Ctrl-C ends it."""
    from v2x.cli.modem_watching import watch_module

    aim = replace(target(port, sim, profile=profile, trace=trace), wander_db=WANDER_DB)
    run(watch_module(aim, interval, seconds, samples, csv_file, json_file), "stopped")
