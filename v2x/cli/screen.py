"""The live terminal view of a station: what came in, what was dropped and why, and what comes out.

Pure rendering: it reads a station and returns a rich renderable; whoever runs it decides how often.
Whatever is simulated is called so.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from v2x.objects import Light

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from v2x.objects import SignalView
    from v2x.station import Station
    from v2x.worker import Worker

__all__ = ["Screen"]

SIGNAL_ROWS = 12
"""Rows of signals; phases that show the same share one."""

RATE_WINDOW_S = 2.0
"""Over how long frames per second are averaged."""

LIGHT_STYLE = {
    Light.RED: "red",
    Light.FLASHING_RED: "red",
    Light.YELLOW: "yellow",
    Light.FLASHING_YELLOW: "yellow",
    Light.PERMISSIVE_GREEN: "green",
    Light.PROTECTED_GREEN: "bold green",
    Light.FLASHING_GREEN: "green",
}


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1, 0, 0),
        show_header=any(columns),
    )
    for number, column in enumerate(columns):
        table.add_column(
            column, justify="left" if any(columns) or number == 0 else "right", style="" if number else "cyan"
        )
    return table


@dataclass(slots=True)
class Screen:
    """Renders one station.

    ``counters``: what the tracker did not use; ``notes``: lines of the head; ``rewrites``: the demo's table.
    """

    station: Station
    worker: Worker
    counters: Mapping[str, int]
    title: str
    notes: Sequence[str] = ()
    rewrites: Sequence[tuple[str, str, str, str]] = ()
    _history: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=256))

    def head(self) -> RenderableType:
        """What doesn't change, to be printed once above the live part: notes and the rewrites."""
        parts: list[RenderableType] = [Text(note) for note in self.notes]
        if self.rewrites:
            parts += [Text(), self._rewrites()]
        return Group(*parts)

    def render(self, elapsed_s: float) -> RenderableType:
        """The live part at ``elapsed_s`` since the start; about 24 lines in a terminal of 140 columns."""
        body = Columns(
            [self._frames(elapsed_s), self._dropped(), self._tracks(), self._signals(), self._modem()],
            padding=(0, 2),
        )
        title = f"[bold]{self.title}[/bold]  {elapsed_s:.1f} s"
        return Panel(
            Group(body, Text(), self._tokens()), title=title, title_align="left", border_style="blue"
        )

    def line(self, elapsed_s: float) -> str:
        """One line of progress, for where there is no terminal."""
        tally, tick = self.worker.tally, self.station.last
        tracks = sum(t.confirmed for t in tick.environment.tracks) if tick else 0
        drops = ", ".join(
            f"{stage}/{reason} {count}"
            for stage, reasons in tally.dropped_tree().items()
            for reason, count in reasons.items()
        )
        return (
            f"{elapsed_s:6.1f} s  {self._rate(elapsed_s):4.0f} frames/s  accepted {tally.accepted}  "
            f"dropped {tally.dropped_total}{f' ({drops})' if drops else ''}  tracks {tracks}  "
            f"ticks {self.station.ticks_done}  modem {self.station.modem.state}"
        )

    def _rate(self, elapsed_s: float) -> float:
        received = self.worker.tally.received
        self._history.append((elapsed_s, received))
        while len(self._history) > 2 and elapsed_s - self._history[0][0] > RATE_WINDOW_S:
            self._history.popleft()
        first_s, first = self._history[0]
        return (received - first) / (elapsed_s - first_s) if elapsed_s > first_s else 0.0

    def _frames(self, elapsed_s: float) -> Table:
        tally, latency = self.worker.tally, self.worker.latency()
        table = _table("frames", "", "")
        table.add_row("per second", f"{self._rate(elapsed_s):.0f}")
        table.add_row("received", str(tally.received))
        table.add_row("accepted", str(tally.accepted))
        table.add_row("dropped", str(tally.dropped_total))
        table.add_row("waiting", str(self.worker.waiting))
        table.add_row("sent by us", str(self.station.transmitted))
        verify_ms = 1000 * self.worker.verify_s_total / tally.accepted if tally.accepted else None
        for name, value in (
            ("authentication", verify_ms),
            ("latency p50", latency.p50_ms),
            ("latency p99", latency.p99_ms),
        ):
            table.add_row(name, "-" if value is None else f"{value:.2f} ms")
        for kind, count in sorted(tally.messages.items()):
            table.add_row(f"  {kind}", str(count))
        return table

    def _dropped(self) -> Table:
        table = _table("dropped by stage and reason", "", "")
        tree = self.worker.tally.dropped_tree()
        for stage, reasons in tree.items():
            for reason, count in reasons.items():
                table.add_row(f"{stage} / {reason}", str(count))
        if not tree:
            table.add_row("nothing", "0")
        return table

    def _tracks(self) -> Table:
        table = _table("tracks", "", "")
        unused = {str(k): n for k, n in self.counters.items() if n}
        tick = self.station.last
        tracks = tick.environment.tracks if tick else ()
        table.add_row("confirmed", str(sum(t.confirmed for t in tracks)))
        table.add_row("tentative", str(sum(not t.confirmed for t in tracks)))
        counts: dict[str, int] = {}
        for track in tracks:
            label = " + ".join(sorted(str(s) for s in track.sources))
            counts[label] = counts.get(label, 0) + 1
        for label, count in sorted(counts.items()):
            table.add_row(f"  {label}", str(count))
        for label, count in sorted(unused.items()):
            table.add_row(f"not used: {label}", str(count))
        return table

    def _signals(self) -> Table:
        table = _table("signals (node: phases)", "", "", "")
        tick = self.station.last
        signals: tuple[SignalView, ...] = tick.environment.signals if tick else ()
        rows: dict[tuple[int, Light, str], list[int]] = {}
        for view in signals:
            left = "-"
            if view.phase.likely_end_at is not None and tick is not None:
                left = f"{max(0.0, view.phase.likely_end_at - tick.environment.at):.1f} s"
            rows.setdefault((view.node[1], view.phase.light, left), []).append(view.phase.phase_id)
        for (node, light, left), phases in list(rows.items())[:SIGNAL_ROWS]:
            shown = Text(str(light), style=LIGHT_STYLE.get(light, "dim"))
            table.add_row(f"{node}: {' '.join(map(str, sorted(phases)))}", shown, left)
        if not signals:
            table.add_row("none heard", "", "")
        return table

    def _modem(self) -> Table:
        modem = self.station.modem
        simulated = " (SIMULATED)" if modem.simulated else ""
        table = _table(f"modem{simulated}", "", "")
        table.columns[1].justify = "left"
        table.add_row("state", modem.state)
        for name, value in modem.identity.items():
            table.add_row(name, value)
        if modem.steps:
            steps = (f"{step['name']} {step['seconds']:.2f}" for step in modem.steps)
            table.add_row("steps, s", ", ".join(steps))
        if modem.reason:
            table.add_row("reason", modem.reason)
        return table

    def _tokens(self) -> Text:
        tick, rate = self.station.last, self.station.rate_hz()
        if tick is None:
            return Text("tokens: none yet")
        tokens = tick.tokens
        line = Text(
            f"tokens {tokens.schema_name} {tokens.schema_version}: {self.station.ticks_done} frames, "
            f"{self.station.ticks_missed + self.station.ticks_refused} missed, "
            f"{'-' if rate is None else f'{rate:.2f}'} Hz\n"
        )
        for name in sorted(n for n in tokens.arrays if n.endswith("_mask")):
            mask = tokens.arrays[name].reshape(-1)
            shown = "".join("█" if valid else "·" for valid in mask[:96])
            line.append(f"{name.removesuffix('_mask'):>8} ", style="cyan")
            line.append(f"{shown} {int(mask.sum())}/{mask.size}\n")
        return line

    def _rewrites(self) -> Table:
        table = _table("recorded elsewhere, rewritten here", "message", "field", "recorded", "sent")
        for row in self.rewrites:
            table.add_row(*row)
        return table
