"""The progress bar of ``v2x modem bench``: cycles or time, failures, and why the last cycle failed.

Where the output is no terminal, a line at each tenth of the way stands in for it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from v2x.modem.bench import Progress
    from v2x.modem.bench_store import Results
    from v2x.modem.plan import Plan

__all__ = ["progress_bar"]

REASON_WIDTH = 60
"""Characters of a reason beside the bar; the files have all."""


@contextlib.contextmanager
def progress_bar(plan: Plan, results: Results) -> Iterator[Callable[[Progress], None]]:
    """Show progress while the block runs; what it yields is told of each cycle."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from v2x.modem.bench import progress

    console = Console(stderr=True)
    began = progress(plan, results.cycles)
    if not console.is_terminal:
        yield _Lines(began.share).show
        return
    parts = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Bar(*parts, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(words(began), total=1.0)
        bar.update(task, completed=began.share)

        def show(now: Progress) -> None:
            bar.update(task, completed=now.share, description=words(now))
            if now.last is not None and now.last.reason is not None:
                bar.console.print(
                    f"cycle {now.last.number}: {_cut(now.last.reason)}", markup=False, highlight=False
                )

        yield show


def words(now: Progress) -> str:
    """How far it is, in words."""
    total = "" if now.total is None else f" of {now.total}"
    return f"cycle {now.cycles}{total}, {now.failed} failed"


def _cut(text: str) -> str:
    return text if len(text) <= REASON_WIDTH else f"{text[:REASON_WIDTH]}..."


class _Lines:
    """A line at each tenth of the way."""

    def __init__(self, share: float) -> None:
        self._tenths = int(share * 10)

    def show(self, now: Progress) -> None:
        if int(now.share * 10) > self._tenths:
            self._tenths = int(now.share * 10)
            typer.echo(f"{words(now)} ({now.share:.0%})", err=True)
