"""The report of a bench: one HTML page that needs nothing beside it.

    report_page(plan, results) -> str

Style and plots are inside, scripts there are none, and its content security policy forbids to load
anything.  It reads in light and dark, on paper and aloud.  Identities come masked, a simulated module is
called so above everything else.  What the numbers are is said at the end of the page.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from v2x.modem.bench_judge import Overall, judge, overall
from v2x.modem.bench_record import Status, numbers_of, share_of
from v2x.modem.plan_steps import IDENTIFIERS, Pc5Step, Ping, Signal, Step
from v2x.modem.report_parts import Cell, facts, section, table, text, tiles
from v2x.modem.report_plots import distributions, label_of, over_time, timeline, unit_of
from v2x.modem.report_style import STYLE
from v2x.modem.report_svg import number, share_bar
from v2x.modem.stats import Summary, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.modem.bench_judge import Verdict
    from v2x.modem.bench_record import Cycle
    from v2x.modem.bench_store import Results
    from v2x.modem.plan import Plan

__all__ = ["report_page"]

REASONS_SHOWN = 40
NOTES_SHOWN = 40
"""Rows of a table that may grow with the run; the files beside the report have the rest."""

_QUOTED = re.compile(r"(?<=: )['\"].*", re.DOTALL)
"""The octets that a reason quotes: noise differs each time, and what it means does not."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

SIMULATED = (
    '<div class="simulated" role="note"><strong>SIMULATED</strong> The module is a program. '
    "No radio, no air and no real device was measured{speed}.</div>"
)

METHOD = """\
Percentiles are by nearest rank: the value itself was measured. Durations are of what succeeded; how often a \
step succeeds is its own measure. Intervals of shares are Wilson's score interval at {confidence:g} % \
confidence. A limit without any value does not hold. Durations are by the monotonic clock of the machine \
that ran the bench and include its port, its system and the pauses between questions."""


def report_page(plan: Plan, results: Results) -> str:
    """The page.  ``results`` may be of a run that is not at its end; the page says so."""
    verdicts = judge(plan, results.cycles)
    complete = bool(results.sessions) and results.sessions[-1].why == "complete"
    whole = overall(verdicts, complete=complete)
    speed = plan.simulated.speed if plan.simulated else 1.0
    hurried = (
        f"; its time ran {number(speed)} times as fast, so durations are no module's" if speed != 1.0 else ""
    )
    body = [
        _header(plan, results, whole),
        SIMULATED.format(speed=text(hurried)) if results.simulated or plan.simulated else "",
        _tiles(plan, results.cycles),
        section("Pass limits", _limits(verdicts)),
        section("Steps", _steps(plan, results.cycles)),
        section("Durations over the run", timeline(plan, results.cycles)),
        _over_time(plan, results.cycles, "Signal over time", Signal),
        _over_time(plan, results.cycles, "PC5 over time", Pc5Step),
        _over_time(plan, results.cycles, "Ping over time", Ping),
        section("Distributions", _pairs(distributions(plan, results.cycles))),
        section("Measures", _measures(plan, results.cycles)),
        section("Failures", _failures(results.cycles)),
        section("What happened besides", _notes(results)),
        section("Module and machine", _facts(plan, results)),
        _plan(plan),
        f"<footer><p>{text(METHOD.format(confidence=100.0 * plan.confidence))}</p></footer>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(plan.title)}: {whole}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{chr(10).join(filter(None, body))}</main></body></html>\n"
    )


def _plan(plan: Plan) -> str:
    body = text(json.dumps(plan.to_dict(), indent=1)).replace("\\x0a", "\n")
    return f'<section class="plan"><details><summary>Plan</summary><pre>{body}</pre></details></section>'


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _header(plan: Plan, results: Results, whole: Overall) -> str:
    css = {Overall.PASS: "pass", Overall.FAIL: "fail"}.get(whole, "other")
    wanted = f" of {plan.cycles}" if plan.cycles is not None else ""
    lead = [f"{len(results.cycles)}{wanted} cycles", f"profile {plan.profile}"]
    if results.sessions:
        lead.append(f"begun {_instant(results.sessions[0].began_at)}")
        lead.append(_ended(results))
    return (
        f'<header><h1>{text(plan.title)}</h1><span class="verdict {css}">{whole}</span>'
        f'<p class="lead">{text(" · ".join(filter(None, lead)))}</p></header>'
    )


def _ended(results: Results) -> str:
    last = results.sessions[-1]
    if last.why is None:
        return "not at its end"
    again = f", in {len(results.sessions)} sessions" if len(results.sessions) > 1 else ""
    return f"{last.why} {'' if last.ended_at is None else _instant(last.ended_at)}{again}"


def _percent(value: float | None) -> str:
    """A share in words; 100 % only where nothing is missing."""
    if value is None:
        return "no value"
    shown = f"{100.0 * value:.1f}"
    return "99.9+ %" if shown == "100.0" and value < 1.0 else f"{shown.removesuffix('.0')} %"


def _tiles(plan: Plan, cycles: Sequence[Cycle]) -> str:
    done = share_of(cycles, "cycle.success")
    low, high = done.interval(plan.confidence)
    found = [
        (
            "Cycles that succeeded",
            _percent(done.value),
            f"{_percent(low)} to {_percent(high)}, {done.of} cycles",
        )
    ]
    for step in plan.steps:
        numbers = summary([value for _, value in numbers_of(cycles, f"{step.name}.seconds")])
        if numbers is not None and step.KIND in ("bringup", "reboot", "attach", "data_up"):
            more = f"median {number(numbers.p50)} s, longest {number(numbers.most)} s"
            found.append((f"{step.name}, p95", f"{number(numbers.p95)} s", more))
        for name in step.SHARES:
            share = share_of(cycles, f"{step.name}.{name}")
            if share.of:
                found.append((f"{step.name}: {name}", _percent(share.value), f"{share.hits} of {share.of}"))
    return tiles(found[:6])


def _limits(verdicts: Sequence[Verdict]) -> str:
    rows: list[list[Cell]] = []
    for verdict in verdicts:
        limit = verdict.limit
        unit = unit_of(limit.measure)
        value = "no value" if verdict.value is None else f"{number(verdict.value)} {unit}".strip()
        mark = ("✓ PASS", "state pass") if verdict.passed else ("✗ FAIL", "state fail")
        what = f"{limit.statistic} of {limit.measure}"
        rows.append(
            [
                text(verdict.name),
                mark,
                text(what),
                text(value),
                text(f"{limit.bound} {unit}".strip()),
                str(verdict.count),
            ]
        )
    heads = ("limit", "result", "statistic", "value", "asked for", "samples")
    return table("What the plan asks for, and what came out", heads, rows, (0, 1, 2))


def _numbers(numbers: Summary | None) -> list[Cell]:
    if numbers is None:
        return ["–"] * 6
    values = (numbers.least, numbers.p50, numbers.p90, numbers.p95, numbers.p99, numbers.most)
    return [number(value) for value in values]


def _steps(plan: Plan, cycles: Sequence[Cycle]) -> str:
    rows: list[list[Cell]] = []
    for name in (*(step.name for step in plan.steps), "cycle"):
        share = share_of(cycles, f"{name}.success")
        low, high = share.interval(plan.confidence)
        words = f"{_percent(share.value)} ({_percent(low)} to {_percent(high)})"
        bar = share_bar(share.value, low, high, f"{name}: {words}") if share.value is not None else ""
        numbers = summary([value for _, value in numbers_of(cycles, f"{name}.seconds")])
        label = text(name) if name != "cycle" else "whole cycle"
        rows.append([label, f"{share.hits} / {share.of}", bar + text(words), *_numbers(numbers)])
    heads = ("step", "ok / tried", "success", "min", "p50", "p90", "p95", "p99", "max")
    return table("Success with its interval (the bar), and seconds of what succeeded", heads, rows, (0, 2))


def _measures(plan: Plan, cycles: Sequence[Cycle]) -> str:
    rows: list[list[Cell]] = []
    for step in plan.steps:
        for name in step.VALUES:
            measure = f"{step.name}.{name}"
            numbers = summary([value for _, value in numbers_of(cycles, measure)])
            if numbers is not None and name not in IDENTIFIERS:
                unit = unit_of(measure)
                rows.append([text(label_of(measure)), unit, str(numbers.count), *_numbers(numbers)])
        for name in step.SHARES:
            share = share_of(cycles, f"{step.name}.{name}")
            if share.of:
                low, high = share.interval(plan.confidence)
                words = f"{_percent(share.value)} ({_percent(low)} to {_percent(high)})"
                rows.append([text(f"{step.name}: {name}"), "share", str(share.of), (text(words), "text")])
    heads = ("measure", "unit", "samples", "min", "p50", "p90", "p95", "p99", "max")
    return table("Everything that was measured besides durations of whole steps", heads, _padded(rows), (0,))


def _padded(rows: list[list[Cell]]) -> list[list[Cell]]:
    return [[*row, *[""] * (9 - len(row))] for row in rows]


def _over_time(plan: Plan, cycles: Sequence[Cycle], title: str, kind: type[Step]) -> str:
    steps = [step for step in plan.steps if isinstance(step, kind)]
    return section(title, over_time(plan, cycles, steps)) if cycles else ""


def _pairs(figures: str) -> str:
    return f'<div class="pair">{figures}</div>' if figures else ""


def _failures(cycles: Sequence[Cycle]) -> str:
    found: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], list[int]] = {}
    for cycle in cycles:
        for step in cycle.steps:
            if step.status is Status.FAILED:
                key = step.name, _QUOTED.sub("…", step.reason or "")
                found[key] += 1
                first.setdefault(key, []).append(cycle.number)
    rows: list[list[Cell]] = []
    for key, count in found.most_common(REASONS_SHOWN):
        numbers = first[key]
        where = ", ".join(map(str, numbers[:8])) + (", …" if len(numbers) > 8 else "")
        rows.append([text(key[0]), text(key[1]), str(count), text(where)])
    more = len(found) - REASONS_SHOWN
    caption = "Reasons, most frequent first" + (f"; {more} more in events.jsonl" if more > 0 else "")
    return table(caption, ("step", "reason", "times", "in cycles"), rows, (0, 1, 3))


def _notes(results: Results) -> str:
    notes = list(results.notes)[-NOTES_SHOWN:]
    rows: list[list[Cell]] = [[text(_instant(note.at)), text(note.text)] for note in notes]
    return table(f"The last {len(notes)} notes; events.jsonl has all", ("when", "what"), rows, (0, 1))


def _facts(plan: Plan, results: Results) -> str:
    values = {f"module: {name}": value for name, value in results.identity.items()}
    values["profile"] = plan.profile
    values["port"] = "simulated module, in this program" if plan.simulated else plan.port
    if results.sessions:
        values |= {f"machine: {name}": value for name, value in results.sessions[-1].environment.items()}
    return facts(values)
