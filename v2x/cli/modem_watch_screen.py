"""The live screen of ``v2x modem watch``: plots of levels, the cells, what changed.  Pure rendering.

Three plots side by side, newest at the right: RSRP, RSRQ, SINR.  The serving cell is drawn over the NR cell
beside it and over the receive chains, in the colours that the legend shows.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from v2x.cli.modem_plot import Line, bounds, plot
from v2x.cli.modem_watch_files import instant
from v2x.modem.watch import CHAINS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from v2x.modem.watch import Cell, Change, Sample

__all__ = ["Tally", "WatchScreen"]

HISTORY_LIMIT = 1200
"""Samples that are drawn: the widest terminal shows some 400 in a plot."""

EVENTS_SHOWN = 6
NEIGHBOURS_SHOWN = 5
PLOT_ROWS = 8
LOW_PLOT_ROWS = 4
LABEL_WIDTH = 7
GAP = 2
LEAST_WIDTH = 14
"""Columns of a plot; where three don't fit side by side, they stand below one another."""

MEASURES = (
    ("rsrp_dbm", "RSRP", "dBm", 5.0, 20.0),
    ("rsrq_db", "RSRQ", "dB", 1.0, 5.0),
    ("sinr_db", "SINR", "dB", 2.0, 10.0),
)
"""Name, heading, unit, step of the scale, least range."""

STYLES = {
    "serving": "bold green",
    "nr": "bold magenta",
    "prx": "cyan",
    "drx": "blue",
    "rx2": "yellow",
    "rx3": "red",
}


@dataclass(slots=True)
class Tally:
    """Least, mean and greatest of what was seen."""

    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, value: float | None) -> None:
        """Count a value; ``None`` is none."""
        if value is not None:
            self.count += 1
            self.total += value
            self.least, self.most = min(self.least, value), max(self.most, value)

    def __str__(self) -> str:
        if not self.count:
            return "no value"
        return f"{self.least:.1f} / {self.total / self.count:.1f} / {self.most:.1f}"


@dataclass(slots=True)
class WatchScreen:
    """Collects samples; rich renders it."""

    title: str
    _samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=HISTORY_LIMIT))
    _events: deque[Change] = field(default_factory=lambda: deque(maxlen=EVENTS_SHOWN))
    _latest: tuple[Change, ...] = ()
    _tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name, *_ in MEASURES})
    _count: int = 0
    _event_count: int = 0

    def add(self, sample: Sample, changed: tuple[Change, ...]) -> None:
        """Take a sample and what changed with it."""
        self._samples.append(sample)
        self._events.extend(changed)
        self._latest = changed
        self._count += 1
        self._event_count += len(changed)
        for name, tally in self._tallies.items():
            tally.add(sample.level(name))

    def line(self) -> str:
        """The latest sample as one line, its events below it."""
        if not self._samples:
            return "no sample yet"
        sample = self._samples[-1]
        levels = "  ".join(
            f"{head} {_said(sample.level(name))} {unit}" for name, head, unit, _, _ in MEASURES
        )
        cell = "no cell" if sample.serving is None else str(sample.serving)
        text = f"{instant(sample.at)}  {sample.state or '-'}  {cell}  {levels}"
        if sample.secondary is not None:
            text += f"  + {sample.secondary} RSRP {_said(sample.secondary.rsrp_dbm)} dBm"
        if sample.temperature_c is not None:
            text += f"  {sample.temperature_c:g} °C"
        if sample.serving is None and sample.failed:
            text += f"  ({sample.failed[0]})"
        return "\n".join([text, *(f"  * {change.kind}: {change.text}" for change in self._latest)])

    def summary(self) -> list[str]:
        """What is said at the end."""
        lines = [f"{self.title}: {self._count} samples, {self._event_count} events"]
        if self._count:
            for name, head, unit, _, _ in MEASURES:
                lines.append(f"  {head} least / mean / most: {self._tallies[name]} {unit}")
            if self._samples[-1].missing:
                lines.append(f"  the module lacks: {', '.join(self._samples[-1].missing)}")
        return lines

    # -- rendering ---------------------------------------------------------------------------------

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The whole screen in the width that is there."""
        if not self._samples:
            yield Panel(Text("waiting for the first sample"), title=self.title)
            return
        sample = self._samples[-1]
        width = options.max_width - 4
        parts: list[RenderableType] = [self._plots(width), self._legend(sample), Text()]
        parts += [self._cells(sample), self._facts(sample)]
        if self._events:
            parts += [Text(), *(self._event(change) for change in self._events)]
        yield Panel(
            Group(*parts),
            title=f"[bold]{self.title}[/bold]  {instant(sample.at)}  {self._count} samples",
            subtitle="Ctrl-C ends",
            title_align="left",
            border_style="blue",
        )

    def _plots(self, width: int) -> Table:
        side_by_side = width >= len(MEASURES) * (LEAST_WIDTH + LABEL_WIDTH + GAP)
        grid = Table.grid(padding=(0, GAP, 0, 0))
        share = width // len(MEASURES) - GAP if side_by_side else width
        rows = PLOT_ROWS if side_by_side else LOW_PLOT_ROWS
        drawn = [self._plot(measure, max(share - LABEL_WIDTH, LEAST_WIDTH), rows) for measure in MEASURES]
        if side_by_side:
            grid.add_row(*drawn)
        else:
            for each in drawn:
                grid.add_row(each)
        return grid

    def _plot(self, measure: tuple[str, str, str, float, float], columns: int, height: int) -> Group:
        name, head, unit, step, least = measure
        recent = list(self._samples)[-2 * columns :]
        lines = self._lines(name, recent)
        low, high = bounds(lines, step, least)
        rows = plot(lines, columns, height, low, high)
        texts: list[Text] = [Text(f"{'':>{LABEL_WIDTH - 1}} {head}, {unit}", style="bold")]
        for number, row in enumerate(rows):
            mark = {0: high, len(rows) // 2: (high + low) / 2, len(rows) - 1: low}.get(number)
            label = "" if mark is None else f"{mark:g}"
            texts.append(Text(f"{label:>{LABEL_WIDTH - 1}} ", style="dim").append_text(row))
        return Group(*texts)

    def _lines(self, name: str, samples: list[Sample]) -> list[Line]:
        """Chains first, the cells over them."""
        lines: list[Line] = []
        for index, chain in enumerate(CHAINS):
            values = [_chain(sample, name, index) for sample in samples]
            if any(value is not None for value in values):
                lines.append(Line(chain, values, STYLES[chain]))
        nr = [None if s.secondary is None else getattr(s.secondary, name) for s in samples]
        if any(value is not None for value in nr):
            lines.append(Line("nr", nr, STYLES["nr"]))
        lines.append(Line("serving", [sample.level(name) for sample in samples], STYLES["serving"]))
        return lines

    def _legend(self, sample: Sample) -> Text:
        shown = {line.name for name, *_ in MEASURES for line in self._lines(name, [sample])}
        text = Text(" " * LABEL_WIDTH)
        for name, style in STYLES.items():
            if name in shown:
                text.append("━━ ", style=style).append(f"{'NR cell' if name == 'nr' else name}   ")
        return text

    def _cells(self, sample: Sample) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold cyan")
        for column in ("cell", "RAT", "band", "channel", "PCI", "MHz", "RSRP", "RSRQ", "SINR"):
            table.add_column(column, justify="left" if column in ("cell", "RAT") else "right")
        rows = [("serving", sample.serving), ("NR beside it", sample.secondary)]
        strongest = sorted(sample.neighbours, key=lambda cell: -(cell.rsrp_dbm or -999.0))
        rows += [("neighbour", cell) for cell in strongest[:NEIGHBOURS_SHOWN]]
        for name, cell in rows:
            if cell is not None:
                table.add_row(name, *_cell_texts(cell), style="" if name != "neighbour" else "dim")
        return table

    def _facts(self, sample: Sample) -> Text:
        facts = [f"state {sample.state or '-'}", f"RAT {sample.rat or '-'}"]
        facts += [f"{domain} {said}" for domain, said in sample.registration.items()]
        if sample.carriers:
            facts.append("carriers " + ", ".join(map(str, sample.carriers)))
        facts += [f"{name} {value:g} °C" for name, value in list(sample.temperatures_c.items())[:4]]
        if sample.missing:
            facts.append(f"the module lacks {', '.join(sample.missing)}")
        return Text(" · ".join(facts))

    @staticmethod
    def _event(change: Change) -> Text:
        return Text(f"{instant(change.at)[11:19]}  ", style="dim").append(
            f"{change.kind}: {change.text}", style="yellow"
        )


def _chain(sample: Sample, name: str, index: int) -> float | None:
    """A chain's value by the first technology that gives the measure."""
    values = next((v for key, v in sample.chains.items() if key.startswith(name)), ())
    return values[index] if index < len(values) else None


def _cell_texts(cell: Cell) -> tuple[str, ...]:
    values = (
        cell.band,
        cell.channel,
        cell.pci,
        cell.bandwidth_mhz,
        cell.rsrp_dbm,
        cell.rsrq_db,
        cell.sinr_db,
    )
    return (cell.rat or "-", *map(_said, values))


def _said(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{round(value, 1):g}"
