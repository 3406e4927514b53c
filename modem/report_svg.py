"""Plots of the report as inline SVG: pure text from numbers, bounded whatever the length of the run.

    series       values over cycles or time; many points become bars from least to most with their median
    spread       a histogram with median, 95th percentile and pass limits
    share_bar    a share with its interval, as small as a word

Each has a title that a screen reader speaks.  A plot has at most ``POINTS`` marks.  Coordinates are in the
units of the view box; the page scales it.  Where the largest value is far beyond the median the axis is
logarithmic, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from v2x.modem.stats import histogram, nice_step, percentile, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Series", "number", "series", "share_bar", "spread"]

POINTS = 420
"""Marks of a plot: beyond, they would lie on one another."""

MARKS = 60
"""Failures or changes drawn into a plot."""

LONG_GAP = 4.0
"""Median distances between points from which on a curve is broken."""

BINS = 24
FAR = 3.0
"""Beyond the 95th percentile by so many times its distance from the least value is far away."""

LOG_FACTOR = 20.0
"""Largest value over median from which on a linear axis shows nothing but the largest."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 46.0, 12.0, 16.0, 20.0
LABEL_WIDTH = 100.0
SMALL_WIDTH = 470.0


@dataclass(frozen=True, slots=True)
class Series:
    """What ``series`` draws: points by x, and what else happened at some x.

    ``lines`` are horizontal (value, css class, label), ``changes`` vertical (x, label); ``failed`` are the
    x of failures.  ``x_name`` gives the text of a tick.
    """

    title: str
    points: Sequence[tuple[float, float]]
    x_range: tuple[float, float]
    x_name: Callable[[float], str]
    x_step: float
    lines: Sequence[tuple[float, str, str]] = ()
    failed: Sequence[float] = ()
    changes: Sequence[tuple[float, str]] = ()
    zero: bool = True
    joined: bool = False
    x_label: str = field(default="")


def number(value: float) -> str:
    """A value for a person: three or four digits that matter."""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Axis:
    """Values to coordinates, linear or logarithmic, with the values of its ticks."""

    def __init__(self, low: float, high: float, start: float, end: float, *, log: bool = False) -> None:
        self._log = log
        if log:
            first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
            factors = (1.0, 3.0) if last - first < 3 else (1.0,)
            self.ticks = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
            low, high = low * 0.8, high * 1.1
        else:
            step = nice_step(high - low, 4)
            low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
            high = high if high > low else low + step
            self.ticks = [low + step * i for i in range(round((high - low) / step) + 1)]
        self.low, self.high, self._start, self._end = low, high, start, end
        near = 1e-9 * (high - low)
        self.ticks = [tick for tick in self.ticks if low - near <= tick <= high + near]

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self._log:
            value, low, high = (math.log10(max(v, 1e-12)) for v in (value, low, high))
        share = (value - low) / (high - low)
        return round(self._start + min(max(share, 0.0), 1.0) * (self._end - self._start), 2)


def series(plot: Series, height: float = 104.0) -> str:
    """A plot of values over x."""
    values = [value for _, value in plot.points]
    y, log = _value_axis(plot, values, height)
    x_low, x_high = plot.x_range

    def x(value: float) -> float:
        share = (value - x_low) / (x_high - x_low) if x_high > x_low else 0.5
        return round(LEFT + 6 + share * (WIDTH - LEFT - RIGHT - 12), 2)

    parts = [_grid(y, WIDTH)]
    first, last = (math.floor(edge / plot.x_step + 1e-9) for edge in plot.x_range)
    ticks = (plot.x_step * step for step in range(first, last + 1))
    names = [(x(tick), plot.x_name(tick)) for tick in ticks if tick >= x_low - 1e-9]
    parts += [_text(at, height - 5, name, "middle") for at, name in names]
    for at, label in plot.changes[:MARKS]:
        parts.append(_line(x(at), TOP, x(at), height - BOTTOM, "change"))
        parts.append(_text(x(at) + 3, TOP + 8, label, "start", "on-change"))
    parts += _marks(plot, x, y)
    foot = height - BOTTOM
    parts += [_line(x(at), foot, x(at), foot - 9, "failed") for at in _thinned(plot.failed)]
    parts += _levels(plot, y)
    if log:
        parts.append(_text(LEFT + 4, TOP - 4, "logarithmic", "start"))
    return _svg(WIDTH, height, plot.title, _spoken(values, len(plot.failed)), parts)


def _value_axis(plot: Series, values: Sequence[float], height: float) -> tuple[_Axis, bool]:
    """The axis of the values, and whether it is logarithmic."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    log = bool(values) and plot.zero and low > 0.0 and high > LOG_FACTOR * percentile(sorted(values), 50)
    if plot.zero and not log and low >= 0.0:
        low = 0.0
    elif low == high:
        low, high = low - 1.0, high + 1.0
    return _Axis(low, high, height - BOTTOM, TOP, log=log), log


def _levels(plot: Series, y: _Axis) -> list[str]:
    """Horizontal lines; labels that would lie on one another stand side by side."""
    parts: list[str] = []
    used: list[float] = []
    for value, css, label in plot.lines:
        if y.low <= value <= y.high:
            height = y(value)
            shift = LABEL_WIDTH * sum(abs(height - other) < 12.0 for other in used)
            used.append(height)
            parts.append(_line(LEFT, height, WIDTH - RIGHT, height, css))
            parts.append(_text(WIDTH - RIGHT - shift, height - 3, label, "end", f"on-{css}"))
    return parts


def _marks(plot: Series, x: Callable[[float], float], y: _Axis) -> list[str]:
    """The points themselves, or bars where there are too many."""
    if len(plot.points) <= POINTS:
        dots = [f'<circle class="dot" cx="{x(at)}" cy="{y(value)}" r="2"/>' for at, value in plot.points]
        return _pieces(plot.points, x, y) if plot.joined else dots
    size = -(-len(plot.points) // POINTS)
    bars, middle = [], []
    for start in range(0, len(plot.points), size):
        group = plot.points[start : start + size]
        at, ordered = x(group[len(group) // 2][0]), sorted(value for _, value in group)
        bars.append(_line(at, y(ordered[0]), at, y(ordered[-1]), "range"))
        middle.append((at, y(percentile(ordered, 50))))
    return [*bars, _curve(middle)]


def _pieces(
    points: Sequence[tuple[float, float]], x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    """Curves that end where nothing was measured for long."""
    gaps = sorted(after - before for (before, _), (after, _) in pairwise(points))
    longest = LONG_GAP * percentile(gaps, 50) if gaps else 0.0
    parts: list[str] = []
    piece: list[tuple[float, float]] = []
    last = points[0][0] if points else 0.0
    for at, value in points:
        if piece and at - last > longest:
            parts.append(_curve(piece))
            piece = []
        piece.append((x(at), y(value)))
        last = at
    single = [f'<circle class="dot" cx="{at}" cy="{height}" r="2"/>' for at, height in piece[:1]]
    return [*parts, *(single if len(piece) == 1 else [_curve(piece)])]


def _thinned(values: Sequence[float]) -> Sequence[float]:
    size = max(-(-len(values) // POINTS), 1)
    return values[::size]


def spread(
    title: str, values: Sequence[float], unit: str, limits: Sequence[float] = (), height: float = 150.0
) -> str:
    """A histogram of ``values`` (at least one) with its median, p95 and pass limits.

    What lies far beyond the 95th percentile is counted in words instead of drawn.
    """
    numbers = summary(values)
    assert numbers is not None
    edge = numbers.p95 + FAR * max(numbers.p95 - numbers.least, numbers.p95 - numbers.p50)
    shown = [value for value in values if value <= edge]
    whole = all(value.is_integer() for value in shown)
    found = histogram(shown, BINS, 1.0 if whole else 0.0)
    shift = found.width / 2.0 if whole and found.width == 1.0 else 0.0  # a bar stands over its number
    first, end = found.start - shift, found.start + found.width * len(found.counts) - shift
    near = [limit for limit in limits if numbers.least * 0.5 <= limit <= end * 1.6]
    left, right = 34.0, SMALL_WIDTH - 10.0
    x = _Axis(min([first, *near]), max([end, *near]), left, right)
    y = _Axis(0.0, float(max(found.counts)), height - BOTTOM, TOP + 12)
    parts = [_grid(y, SMALL_WIDTH, left, 10.0)]
    for index, count in enumerate(found.counts):
        start, stop = x(first + index * found.width), x(first + (index + 1) * found.width)
        if count:
            size = f'width="{max(stop - start - 1.0, 0.8):.2f}" height="{height - BOTTOM - y(count):.2f}"'
            parts.append(f'<rect class="column" x="{start}" y="{y(count)}" {size}/>')
    parts += [_text(x(tick), height - 5, number(tick), "middle") for tick in x.ticks]
    marks = [(numbers.p50, "median", "p50"), (numbers.p95, "high", "p95")]
    for row, (value, css, name) in enumerate([*marks, *((limit, "limit", "limit") for limit in near)]):
        anchor, aside = ("end", -4) if x(value) > SMALL_WIDTH * 0.6 else ("start", 4)
        parts.append(_line(x(value), TOP - 4, x(value), height - BOTTOM, css))
        parts.append(
            _text(x(value) + aside, TOP + 4 + 11 * (row % 3), f"{name} {number(value)}", anchor, f"on-{css}")
        )
    far = len(values) - len(shown)
    if far:
        words = f"{far} more, up to {number(numbers.most)} {unit}"
        parts.append(_text(right, TOP + 4 + 11 * 3, words, "end"))
    return _svg(SMALL_WIDTH, height, title, _spoken(values, 0, unit), parts)


def share_bar(value: float, low: float, high: float, words: str) -> str:
    """A share from 0 to 1 with its interval."""
    start, width = low * 120.0, max((high - low) * 120.0, 1.0)
    parts = [
        '<rect class="rail" x="0" y="5" width="120" height="4" rx="2"/>',
        f'<rect class="band" x="{start:.2f}" y="1" width="{width:.2f}" height="12" rx="2"/>',
        f'<rect class="column" x="{min(value * 120.0, 118.0):.2f}" y="1" width="2" height="12"/>',
    ]
    return _svg(120.0, 14.0, words, "", parts, css="bar")


# -- elements --------------------------------------------------------------------------------------


def _spoken(values: Sequence[float], failed: int, unit: str = "") -> str:
    numbers = summary(values)
    if numbers is None:
        return "no values"
    text = (
        f"{numbers.count} values from {number(numbers.least)} to {number(numbers.most)}{unit and ' ' + unit}"
    )
    text += f", median {number(numbers.p50)}, 95th percentile {number(numbers.p95)}"
    return f"{text}; {failed} failures" if failed else text


def _svg(
    width: float, height: float, title: str, description: str, parts: Sequence[str], css: str = ""
) -> str:
    spoken = f"<title>{escape(title)}</title>" + (
        f"<desc>{escape(description)}</desc>" if description else ""
    )
    label = escape(f"{title}: {description}" if description else title)
    head = f'<svg role="img" aria-label="{label}" viewBox="0 0 {width:g} {height:g}"'
    return f"{head}{f' class={chr(34)}{css}{chr(34)}' if css else ''}>{spoken}{''.join(parts)}</svg>"


def _grid(y: _Axis, width: float, left: float = LEFT, right: float = RIGHT) -> str:
    lines = [_line(left, y(tick), width - right, y(tick), "grid") for tick in y.ticks]
    names = [_text(left - 6, y(tick) + 4, number(tick), "end") for tick in y.ticks]
    return "".join([*lines, *names])


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _curve(points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="curve" points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>'


def _text(x: float, y: float, text: str, anchor: str, css: str = "") -> str:
    style = f' class="{css}"' if css else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
