"""Lines over time in a terminal: braille characters, two by four dots each.

    plot(lines, columns, rows, low, high)    text rows, newest value at the right edge

A character holds eight dots (Unicode block "Braille Patterns", U+2800).  A value takes one dot column, and
is joined with its neighbour by a vertical run; ``None`` leaves a gap.  Where lines cross, the later one's
style colours the whole character.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Line", "bounds", "plot"]

BRAILLE = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the dots of a character, left column then right, top to bottom."""

BLANK = chr(BRAILLE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a value for each instant, oldest first, and how it is coloured."""

    name: str
    values: Sequence[float | None]
    style: str = ""


def bounds(lines: Sequence[Line], step: float, least: float) -> tuple[float, float]:
    """The range of all values, widened to whole ``step`` and to at least ``least``."""
    values = [value for line in lines for value in line.values if value is not None]
    if not values:
        return 0.0, max(least, step)
    low = math.floor(min(values) / step) * step
    high = math.ceil(max(values) / step) * step
    while high - low < max(least, step):
        low, high = low - step, high + step
    return low, high


def plot(lines: Sequence[Line], columns: int, rows: int, low: float, high: float) -> list[Text]:
    """``rows`` texts of ``columns`` characters; values outside ``low``..``high`` stand at the edge.

    Raises ValueError where there is no room or no range.
    """
    if columns < 1 or rows < 1 or not high > low:
        raise ValueError("a plot needs room and a range")
    cells = [[0] * columns for _ in range(rows)]
    styles = [[""] * columns for _ in range(rows)]
    for line in lines:
        _draw(line, cells, styles, low, high)
    found: list[Text] = []
    for bits, colours in zip(cells, styles, strict=True):
        text = Text()
        for bit, style in zip(bits, colours, strict=True):
            text.append(chr(BRAILLE + bit), style=style)
        found.append(text)
    return found


def _draw(line: Line, cells: list[list[int]], styles: list[list[str]], low: float, high: float) -> None:
    width, height = 2 * len(cells[0]), 4 * len(cells)
    values = list(line.values)[-width:]
    before: int | None = None
    for x, value in enumerate(values, start=width - len(values)):
        if value is None:
            before = None
            continue
        part = (high - min(max(value, low), high)) / (high - low)
        y = min(int(part * (height - 1) + 0.5), height - 1)
        for dot in range(
            min(y, y if before is None else before), max(y, y if before is None else before) + 1
        ):
            cells[dot // 4][x // 2] |= DOTS[x % 2][dot % 4]
            styles[dot // 4][x // 2] = line.style
        before = y
