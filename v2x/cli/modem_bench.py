"""``v2x modem bench``: run a plan on a module, cycle after cycle, and report.

    v2x modem bench PLAN.toml --port /dev/ttyUSB2      a real module
    v2x modem bench PLAN.toml --sim unisoc             a simulated one in this process
    v2x modem bench PLAN.toml --resume                 go on after Ctrl-C or a kill

In the folder ``--out``: events.jsonl, cycles.csv, trace-*.jsonl while it runs; report.html, junit.xml (and
cycles.parquet with the extra ``arrow``) when it ends, also by Ctrl-C.

Exit status: 0 all limits hold, 1 one does not or the run could not go on, 2 wrong usage, 130 by Ctrl-C.
"""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2x.cli.modem_common import PortOption, SimOption, YesOption, needed_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from v2x.modem.bench_store import Results, Store
    from v2x.modem.plan import Plan
    from v2x.modem.port import Port
    from v2x.modem.recovery import Recovery
    from v2x.modem.trace import TraceWriter

__all__ = ["bench"]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says beside the plan."""

    yes: bool
    trace: bool
    power: tuple[str, ...]


def bench(
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN.toml", help="What to measure; examples/bench-*.toml.")
    ],
    port: PortOption = None,
    sim: SimOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the results. Default: PLAN-results."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that DIR holds.")] = False,
    yes: YesOption = False,
    trace: Annotated[
        bool, typer.Option(help="Record every octet beside the results, identities masked.")
    ] = True,
    power: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="Program that switches the module off and on, for recovery."),
    ] = None,
) -> None:
    """Run the steps of a plan over and over; write CSV, JSON lines, JUnit XML and one HTML report."""
    from v2x.errors import ModemError
    from v2x.modem.bench import asks_first
    from v2x.modem.bench_store import Store

    try:
        wanted = _plan(plan, port, sim)
        folder = out or Path(f"{plan.stem}-results")
        for line in [] if yes else asks_first(wanted):
            raise ModemError(f"{line}; allow it with --yes")
        wish = _Wish(yes, trace, tuple(shlex.split(power or "")))
        store = (Store.resume if resume else Store.create)(folder, wanted)
    except (ModemError, ValueError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(2) from None
    try:
        status = _run(wanted, store, wish)
    finally:
        store.close()
    raise typer.Exit(
        _report(folder, wanted, store.results) if status == 0 else _after(folder, wanted, store, status)
    )


def _plan(path: Path, port: str | None, sim: str | None) -> Plan:
    """The plan, with the port or the simulated module that the options name.  Raises ModemError, OSError."""
    from v2x.modem.plan import PlanError, Simulated, load_plan
    from v2x.modem.profiles import load_profile

    if port is not None and sim is not None:
        raise PlanError("--port and --sim exclude each other")
    plan = load_plan(path)
    if sim is not None:
        load_profile(sim)
        plan = replace(plan, port="", profile=sim, simulated=plan.simulated or Simulated())
    elif port is not None:
        plan = replace(plan, port=port, simulated=None)
    if plan.simulated is None and not plan.port:
        needed_port(None)
    return plan


def _run(plan: Plan, store: Store, wish: _Wish) -> int:
    """Run to an exit status; what ended it is in the store."""
    import asyncio

    from v2x.errors import ModemError

    try:
        asyncio.run(_bench(plan, store, wish))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except (ModemError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        return 1
    return 0


async def _bench(plan: Plan, store: Store, wish: _Wish) -> None:
    import asyncio
    import signal

    from v2x.cli.modem_progress import progress_bar
    from v2x.clock import SystemClock
    from v2x.modem.bench import run_bench

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    done = len(store.results.cycles)
    if done:
        typer.echo(f"resumed: {done} cycles are done, the next is {done + 1}")
    where = "a SIMULATED module; no real hardware, no air" if plan.simulated else plan.port
    typer.echo(f"{plan.title}: profile {plan.profile}, {where}")
    async with _module(plan, store, wish) as (opener, recovery):
        with progress_bar(plan, store.results) as show:
            await run_bench(
                plan,
                store,
                opener,
                SystemClock(),
                allow_persistent=wish.yes,
                recovery=recovery if plan.recover else None,
                on_progress=show,
            )


@contextlib.asynccontextmanager
async def _module(
    plan: Plan, store: Store, wish: _Wish
) -> AsyncIterator[tuple[Callable[[], Awaitable[Port]], Recovery]]:
    """What opens the module's port, and its recovery ladder."""
    from v2x.clock import SystemClock
    from v2x.modem.port import open_port
    from v2x.modem.recovery import Recovery
    from v2x.modem.recovery_means import power_command, reopener
    from v2x.modem.trace import TraceWriter

    power = power_command(*wish.power) if wish.power else None
    async with contextlib.AsyncExitStack() as stack:
        writer: TraceWriter | None = None
        if wish.trace:
            number = len(list(store.folder.glob("trace-*.jsonl"))) + 1
            writer = TraceWriter(store.folder / f"trace-{number:03d}.jsonl", SystemClock())
            stack.callback(writer.close)
        if plan.simulated is not None:
            link = store.folder / "module"
            await stack.enter_async_context(_simulated(plan, link))

            async def open_simulated() -> Port:
                return await open_port(str(link), trace=writer)

            yield open_simulated, Recovery(open_simulated)
            return
        again = reopener(plan.port, trace=writer)
        opened = False

        async def open_real() -> Port:
            nonlocal opened
            if not opened:  # a wrong name is an error now, not something to wait for
                port = await open_port(plan.port, trace=writer)
                opened = True
                return port
            return await again()

        yield open_real, Recovery.of(plan.port, power=power, trace=writer)


@contextlib.asynccontextmanager
async def _simulated(plan: Plan, link: Path) -> AsyncIterator[None]:
    """A simulated module with the plan's world; ``link`` is its port, while it has one."""
    from v2x.modem.host import simulated_module
    from v2x.modem.sim_script import load_script

    assert plan.simulated is not None
    script = load_script(Path(plan.folder) / plan.simulated.script) if plan.simulated.script else None
    async with simulated_module(plan.profile, link=link, script=script, speed=plan.simulated.speed):
        yield


def _after(folder: Path, plan: Plan, store: Store, status: int) -> int:
    """What is there is reported after an early end too; the status stays."""
    if store.results.cycles:
        _report(folder, plan, store.results)
    if status == 130:
        done = len(store.results.cycles)
        typer.echo(f"stopped after {done} cycles; the same command with --resume goes on", err=True)
    return status


def _report(folder: Path, plan: Plan, results: Results) -> int:
    """Write the report, print the verdicts; 0 where all limits hold."""
    from v2x.modem.bench import COMPLETE
    from v2x.modem.bench_judge import Overall, judge, overall
    from v2x.modem.report_files import write_report
    from v2x.modem.report_svg import number

    verdicts = judge(plan, results.cycles)
    for verdict in verdicts:
        value = "no value" if verdict.value is None else number(verdict.value)
        typer.echo(
            f"  {'PASS' if verdict.passed else 'FAIL'}  {verdict.name}: {value} ({verdict.limit.bound})"
        )
    ended = results.sessions[-1].why if results.sessions else None
    if ended not in (None, COMPLETE):
        typer.echo(f"  {ended}")
    whole = overall(verdicts, complete=ended == COMPLETE)
    typer.echo(f"{whole}{' (SIMULATED)' if results.simulated or plan.simulated else ''}")
    try:
        for path in write_report(folder, plan, results):
            typer.echo(f"  {path}")
    except OSError as error:
        typer.echo(f"failed: the report: {error}", err=True)
        return 1
    return 0 if whole in (Overall.PASS, Overall.MEASURED) else 1
