"""The run of ``v2x modem watch``: samples at their times, to the screen and into the files, until the end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import sys
from typing import TYPE_CHECKING, TypeVar

import typer

from v2x.cli.modem_watch_files import Sink
from v2x.cli.modem_watch_screen import WatchScreen
from v2x.clock import SystemClock
from v2x.modem import answers
from v2x.modem.bringup import PASSING, SIMULATED_MARK
from v2x.modem.errors import PortLost, PortUnavailable
from v2x.modem.watch import Change, Sample, Watcher, changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from v2x.cli.modem_common import Target
    from v2x.modem.bench_module import ModuleLink

__all__ = ["Watching", "watch_module"]

T = TypeVar("T")


async def watch_module(
    aim: Target,
    interval_s: float,
    seconds: float | None,
    samples: int | None,
    csv_file: Path | None,
    json_file: Path | None,
) -> int:
    """Watch until the end; status 1 where not a sample was taken.  Raises ModemError, OSError."""
    to_stdout = json_file is not None and str(json_file) == "-"
    notes: list[str] = []
    async with aim.link(notes.append) as link:
        simulated = aim.simulated is not None or await _says_simulated(link)
        name = (
            f"SIMULATED module, profile {aim.profile}" if simulated else f"{aim.port}, profile {aim.profile}"
        )
        screen = WatchScreen(name)
        watching = Watching(link, Watcher(aim.profile), notes, interval_s)
        with Sink(csv_file, json_file) as sink, _shown(screen, silent=to_stdout) as show:
            sink.start(simulated=simulated, profile=aim.profile, interval_s=interval_s)
            async for sample, changed in watching.samples(seconds, samples):
                sink.add(sample, changed)
                screen.add(sample, changed)
                show()
            sink.end(watching.taken)
    if not to_stdout:
        typer.echo("\n".join(screen.summary()))
    return 0 if watching.taken else 1


@contextlib.contextmanager
def _shown(screen: WatchScreen, *, silent: bool) -> Iterator[Callable[[], None]]:
    """What shows the latest sample: the live screen in a terminal, else a line; nothing where silent."""
    if silent:
        yield lambda: None
    elif not sys.stdout.isatty():
        typer.echo(screen.title)
        yield lambda: typer.echo(screen.line())
    else:
        from rich.live import Live

        with Live(screen, auto_refresh=False) as live:
            yield live.refresh


class Watching:
    """Takes samples at their times until it is told to stop, over losses of the port."""

    def __init__(self, link: ModuleLink, watcher: Watcher, notes: list[str], interval_s: float) -> None:
        self._link = link
        self._watcher = watcher
        self._notes = notes
        self._interval_s = interval_s
        self._stop = asyncio.Event()
        self.taken = 0

    async def samples(
        self, seconds: float | None, count: int | None
    ) -> AsyncIterator[tuple[Sample, tuple[Change, ...]]]:
        """Samples with what changed; ends after ``seconds``, ``count``, SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        began_s = loop.time()
        timer = None if seconds is None else loop.call_at(began_s + seconds, self._stop.set)
        before: Sample | None = None
        try:
            while not self._stop.is_set():
                sample = await self._unless_stopped(self._next())
                if sample is None:
                    break
                changed = (*self._noted(sample.at), *(changes(before, sample) if before else ()))
                before = sample
                self.taken += 1
                yield sample, changed
                if self.taken == count:
                    break
                due_s = began_s + math.ceil((loop.time() - began_s) / self._interval_s) * self._interval_s
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), due_s - loop.time())
        finally:
            if timer is not None:
                timer.cancel()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _next(self) -> Sample:
        """A sample; where the port is lost or away, one without values."""
        clock = SystemClock()
        try:
            modem = await self._link.modem()
            return await self._watcher.sample(modem, at=clock.now())
        except (PortLost, PortUnavailable) as error:
            self._notes.append(str(error))
            return Sample(clock.now(), failed=(str(error),))

    def _noted(self, at: float) -> Iterator[Change]:

        while self._notes:
            yield Change(at, "port", self._notes.pop(0))

    async def _unless_stopped(self, work: Coroutine[None, None, T]) -> T | None:
        """The result of ``work``; ``None`` where it was stopped meanwhile."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for each in (task, stopped):
                each.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)


async def _says_simulated(link: ModuleLink) -> bool:

    try:
        return SIMULATED_MARK in await (await link.modem(0.0)).execute(answers.CGMI)
    except PASSING:
        return False
