"""A bench: the plan's steps on one module, cycle after cycle, every result on the disk before the next.

    store = Store.create(folder, plan)         or Store.resume: goes on with the next cycle
    why = await run_bench(plan, store, opener, clock)

In a cycle the steps follow one another; after one that fails the rest is skipped, unless it says ``go_on``.
A failure of the module is a result, never an exception.  The run ends with its cycles or its time
("complete"), after so many failed cycles in a row, or when it is cancelled ("interrupted"): the cycle
under way is lost then, and a resumed run begins it again.  The time that counts for ``duration_s`` is that
of the cycles and their pauses, not that between sessions.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from v2x.errors import ModemError
from v2x.modem.bench_module import Bed, ModuleLink, Outcome, elapsed, pause, within
from v2x.modem.bench_record import Cycle, Status, StepRecord
from v2x.modem.bench_steps import identify, run_step
from v2x.modem.errors import CommandTimeout
from v2x.modem.nvm import persistent_reason
from v2x.modem.plan_steps import BringUp, Step
from v2x.modem.profiles import load_profile
from v2x.modem.redaction import printable, redact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from v2x.clock import Clock
    from v2x.modem.bench_store import Store
    from v2x.modem.plan import Plan
    from v2x.modem.port import Port
    from v2x.modem.recovery import Recovery

__all__ = ["COMPLETE", "Progress", "asks_first", "environment", "run_bench"]

COMPLETE = "complete"
INTERRUPTED = "interrupted"

START_LIMIT_S = 60.0
"""For the first answer: a module that was just switched on boots so long."""

REASON_LIMIT = 300
"""Characters of a reason: a refused command with its answer fits."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: ``cycles`` done of ``total`` (``None``: by time), ``share`` of the whole, 0 to 1."""

    cycles: int
    total: int | None
    failed: int
    share: float
    last: Cycle | None = None


def environment() -> dict[str, str]:
    """What the run's machine is, without its name or its user."""
    try:
        own = version("v2x")
    except PackageNotFoundError:
        own = "not installed"
    return {
        "v2x": own,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(os.cpu_count() or "unknown"),
    }


def asks_first(plan: Plan) -> list[str]:
    """The plan's commands that change the module for good, each with its reason."""
    commands = [str(getattr(step, "command", "")) for step in plan.steps]
    reasons = [(command, persistent_reason(command)) for command in commands if command]
    return [f"{redact(command)} {reason}" for command, reason in reasons if reason is not None]


def progress(plan: Plan, cycles: Sequence[Cycle]) -> Progress:
    """How far ``cycles`` are on the way that ``plan`` asks for."""
    shares = [0.0]
    if plan.cycles is not None:
        shares.append(len(cycles) / plan.cycles)
    if plan.duration_s is not None:
        spent_s = sum(cycle.seconds for cycle in cycles) + plan.pause_s * len(cycles)
        shares.append(spent_s / plan.duration_s if plan.duration_s > 0.0 else 1.0)
    failed = sum(not cycle.ok for cycle in cycles)
    return Progress(len(cycles), plan.cycles, failed, min(max(shares), 1.0), cycles[-1] if cycles else None)


async def run_bench(
    plan: Plan,
    store: Store,
    opener: Callable[[], Awaitable[Port]],
    clock: Clock,
    *,
    allow_persistent: bool = False,
    recovery: Recovery | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> str:
    """Run ``plan`` from the cycle after the last one in ``store`` on; returns why it ended.

    ``opener`` opens the module's port, again after each loss; ``clock`` stamps the events, durations are
    the event loop's.  ``recovery`` climbs for a module that no longer answers, between cycles.  Raises
    ProfileError, PortUnavailable where the port can't be opened at the beginning, OSError where the results
    can't be written.
    """
    link = ModuleLink(
        opener,
        load_profile(plan.profile),
        allow_persistent=allow_persistent,
        recovery=recovery,
        on_note=lambda text: store.note(clock.now(), text),
    )
    why = "failed: an error of this program"
    store.begin(clock.now(), plan, environment())
    try:
        speed = plan.simulated.speed if plan.simulated is not None else 1.0
        bed = Bed(link, clock, plan.apn, plan.cid, plan.folder, speed)
        await _first_answer(link)
        why = await _run(plan, store, bed, clock, on_progress)
    except ModemError as error:
        why = f"failed: {_short(error)}"
        raise
    except OSError as error:
        why = f"failed: {error.strerror}"
        raise
    except BaseException as error:
        why = why if isinstance(error, Exception) else INTERRUPTED
        raise
    finally:
        try:
            await link.close()
        finally:
            store.end(clock.now(), why)
    return why


async def _first_answer(link: ModuleLink) -> None:
    """Open the port and wait while the module boots; one that stays silent fails in its cycles.

    Raises PortUnavailable.
    """
    await link.modem()
    try:
        await link.back(START_LIMIT_S)
    except CommandTimeout:
        link.note(f"the module answers nothing within {START_LIMIT_S:g} s")


async def _run(
    plan: Plan, store: Store, bed: Bed, clock: Clock, on_progress: Callable[[Progress], None] | None
) -> str:
    cycles = store.results.cycles
    if cycles:
        store.note(clock.now(), f"resumed after cycle {len(cycles)}")
    if not any(isinstance(step, BringUp) for step in plan.steps):
        try:
            await identify(bed)
        except ModemError as error:
            store.note(clock.now(), f"the module does not say what it is: {_short(error)}")
    known: dict[str, str] = {}
    failed = 0
    while (now := progress(plan, cycles)).share < 1.0:
        await bed.link.heal()
        cycle = await _cycle(len(cycles) + 1, plan, bed, clock)
        if bed.identity != known:
            known = dict(bed.identity)
            store.module(clock.now(), known, simulated=bed.simulated)
        store.cycle(cycle)
        now = progress(plan, cycles)
        if on_progress is not None:
            on_progress(now)
        failed = 0 if cycle.ok else failed + 1
        if plan.stop_after and failed >= plan.stop_after:
            return f"stopped: {failed} failed cycles in a row"
        if plan.pause_s and now.share < 1.0:
            await pause(plan.pause_s)
    return COMPLETE


async def _cycle(number: int, plan: Plan, bed: Bed, clock: Clock) -> Cycle:
    at, began_at = clock.now(), elapsed()
    records: list[StepRecord] = []
    skip = False
    for step in plan.steps:
        if skip:
            records.append(StepRecord(step.name, Status.SKIPPED))
            continue
        records.append(await _step(step, bed))
        skip = records[-1].status is Status.FAILED and not step.go_on
    return Cycle(number, at, elapsed() - began_at, tuple(records))


async def _step(step: Step, bed: Bed) -> StepRecord:
    began_at = elapsed()
    outcome = Outcome()
    try:
        async with within(step.limit_s):
            outcome = await run_step(step, bed)
    except TimeoutError:
        outcome.reason = f"given up after {step.limit_s:g} s"
    except (ModemError, OSError) as error:
        outcome.reason = _short(error)
    seconds = elapsed() - began_at
    status = Status.OK
    if outcome.reason is not None:
        status, outcome.reason = Status.FAILED, _clean(outcome.reason)
        bed.link.spoilt()
    return StepRecord(step.name, status, seconds, outcome.reason, outcome.values, outcome.shares)


def _short(error: Exception) -> str:
    return _clean(str(error))


def _clean(reason: str) -> str:
    """``reason`` without identities, in printable ASCII: it may quote any octets."""
    return printable(redact(reason)).encode("ascii", "backslashreplace").decode()[:REASON_LIMIT]
