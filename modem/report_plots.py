"""Which plots a report has: from the plan's steps and the cycles to figures.

    timeline        a panel for each step: its duration over the cycles, failures along the foot
    distributions   a histogram for each duration and each measured number that has a spread
    radio           levels over time, with the changes of the cell
    PC5             packet error ratio and channel busy ratio over time, where the plan measures them

All pure; what has no values is left out.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from v2x.modem.bench_record import Status, numbers_of, share_of
from v2x.modem.plan_steps import IDENTIFIERS, Step, Wait
from v2x.modem.report_svg import Series, number, series, spread
from v2x.modem.stats import nice_step, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from v2x.modem.bench_record import Cycle
    from v2x.modem.plan import Plan

__all__ = ["distributions", "label_of", "over_time", "timeline", "unit_of"]

UNITS = {"s": "s", "seconds": "s", "ms": "ms", "dbm": "dBm", "db": "dB"} | {
    "percent": "%",
    "tb": "TB",
    "sdu": "SDU",
}
TIME_STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800)
TICKS = 8

TOLD_BY_OTHERS = frozenset({"min_ms", "max_ms", "pscch_tb", "stch_sdu", "pssch_tb"})
"""Measures that the table has and no plot: the average and the ratio beside them say it better."""

LEAST_S = 0.001
"""Durations that never reach it are no duration of a module."""


def unit_of(measure: str) -> str:
    """The unit that a measure's name ends with, as people write it."""
    return UNITS.get(measure.rpartition(".")[2].rpartition("_")[2], "")


def label_of(measure: str) -> str:
    """A measure's name for people: ``bringup: registered``, ``ping``."""
    step, _, name = measure.partition(".")
    if name == "seconds":
        return step
    stem = name.rpartition("_")[0] if unit_of(measure) else name
    return f"{step}: {stem}"


def _figure(title: str, more: str, drawing: str) -> str:
    return f"<figure><figcaption>{escape(title)} <span>{escape(more)}</span></figcaption>{drawing}</figure>"


def timeline(plan: Plan, cycles: Sequence[Cycle]) -> str:
    """Durations over the cycles, a panel for each step that was measured."""
    panels = [_timeline(plan, step, cycles) for step in plan.steps if not isinstance(step, Wait)]
    return "".join(panels)


def _timeline(plan: Plan, step: Step, cycles: Sequence[Cycle]) -> str:
    measure = f"{step.name}.seconds"
    points = [(float(n), value) for n, value in numbers_of(cycles, measure)]
    failed = [
        float(c.number) for c in cycles for s in c.steps if s.name == step.name and s.status is Status.FAILED
    ]
    if not points and not failed:
        return ""
    lines = [(value, "limit", f"limit {number(value)} s") for value in _bounds(plan, measure)]
    more = f"s by cycle; {len(points)} done" + (f", {len(failed)} failed (red)" if failed else "")
    if points:
        p95 = percentile(sorted(value for _, value in points), 95)
        lines.append((p95, "high", f"p95 {number(p95)} s"))
    more += "".join(f"; {words}" for _, css, words in lines if css == "limit")
    last = float(max(len(cycles), 1))
    tick = max(nice_step(last, TICKS), 1.0)
    plot = Series(f"{step.name}: seconds by cycle", points, (1.0, last), number, tick, lines, failed)
    return _figure(step.name, more, series(plot))


def distributions(plan: Plan, cycles: Sequence[Cycle]) -> str:
    """Histograms of all numbers that are no identifiers and not always the same."""
    figures: list[str] = []
    for measure in _measures(plan):
        values = [value for _, value in numbers_of(cycles, measure)]
        if len(set(values)) < 2 or (unit_of(measure) == "s" and max(values) < LEAST_S):
            continue
        unit = unit_of(measure)
        drawing = spread(f"Distribution of {label_of(measure)}", values, unit, _bounds(plan, measure))
        figures.append(_figure(label_of(measure), f"{unit}, {len(values)} values", drawing))
    return "".join(figures)


def _measures(plan: Plan) -> Iterable[str]:
    for step in plan.steps:
        if isinstance(step, Wait):
            continue
        yield f"{step.name}.seconds"
        for name in step.VALUES:
            if name not in IDENTIFIERS | TOLD_BY_OTHERS:
                yield f"{step.name}.{name}"


def _bounds(plan: Plan, measure: str) -> list[float]:
    """The pass limits of a measure."""
    found = [
        bound
        for limit in plan.limits
        if limit.measure == measure
        for bound in (limit.at_least, limit.at_most)
    ]
    return sorted({bound for bound in found if bound is not None})


# -- over time -------------------------------------------------------------------------------------


def over_time(plan: Plan, cycles: Sequence[Cycle], steps: Sequence[Step]) -> str:
    """The numbers and shares of ``steps`` over the time since the first cycle began."""
    panels: list[str] = []
    for step in steps:
        for name in step.VALUES:
            if name not in IDENTIFIERS | TOLD_BY_OTHERS:
                measure = f"{step.name}.{name}"
                times = {cycle.number: cycle.at - cycles[0].at for cycle in cycles}
                points = [(times[n], value) for n, value in numbers_of(cycles, measure)]
                panels.append(_over_time(plan, cycles, measure, points, _changes(cycles, step)))
        for name in step.SHARES:
            measure = f"{step.name}.{name}"
            shares = [(cycle.at - cycles[0].at, share_of([cycle], measure).value) for cycle in cycles]
            points = [(at, 100.0 * value) for at, value in shares if value is not None]
            panels.append(_over_time(plan, cycles, measure, points, ()))
    return "".join(panels)


def _changes(cycles: Sequence[Cycle], step: Step) -> list[tuple[float, str]]:
    """When another cell served, by its PCI."""
    if "pci" not in step.VALUES:
        return []
    at = {cycle.number: cycle.at - cycles[0].at for cycle in cycles}
    seen = numbers_of(cycles, f"{step.name}.pci")
    return [(at[n], f"PCI {value:.0f}") for (_, before), (n, value) in pairwise(seen) if value != before]


def _over_time(
    plan: Plan,
    cycles: Sequence[Cycle],
    measure: str,
    points: Sequence[tuple[float, float]],
    changes: Sequence[tuple[float, str]],
) -> str:
    if not points:
        return ""
    last_s = max(cycles[-1].at - cycles[0].at, 1.0)
    step_s = next((s for s in TIME_STEPS_S if last_s / s <= TICKS), TIME_STEPS_S[-1])
    share = not unit_of(measure)
    unit = "%" if share else unit_of(measure)
    bounds = [] if share else _bounds(plan, measure)  # a share's limit is for all cycles together
    lines = [(value, "limit", f"limit {number(value)} {unit}") for value in bounds]
    drawing = series(
        Series(
            f"{label_of(measure)} over time",
            points,
            (0.0, last_s),
            _clock_name(step_s),
            float(step_s),
            lines,
            changes=changes,
            zero=share,
            joined=True,
        )
    )
    return _figure(label_of(measure), f"{unit} over time", drawing)


def _clock_name(step_s: float) -> Callable[[float], str]:
    unit, size = ("s", 1) if step_s < 60 else ("min", 60) if step_s < 3600 else ("h", 3600)
    return lambda seconds: f"{seconds / size:g} {unit}"
