"""Parts of the report in HTML: tiles, tables, facts.  Every text that comes from outside is escaped here.

What a module or a plan says may hold any character: control characters are shown, not written.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from v2x.modem.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Cell", "facts", "section", "table", "text", "tiles"]

Cell = str | tuple[str, str]
"""Escaped markup of a table's cell, alone or with its css class."""


def text(value: str) -> str:
    """``value`` as HTML text; half surrogates, which no file can hold, as question marks."""
    return escape(printable(value).encode("utf-8", "replace").decode("utf-8"))


def section(title: str, body: str, note: str = "") -> str:
    """A titled part; empty where there is nothing in it."""
    if not body:
        return ""
    below = f'<p class="note">{text(note)}</p>' if note else ""
    return f"<section><h2>{text(title)}</h2>{below}{body}</section>"


def tiles(values: Iterable[tuple[str, str, str]]) -> str:
    """The numbers that matter most: name, value, what it rests on."""
    made = (
        f'<div class="tile"><dt>{text(name)}</dt><dd>{text(value)}</dd><dd>{text(more)}</dd></div>'
        for name, value, more in values
    )
    return f'<dl class="tiles">{"".join(made)}</dl>'


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], texts: Sequence[int] = (0,)
) -> str:
    """A table; the columns ``texts`` are set to the left, the first cell of a row is its head."""
    if not rows:
        return ""

    def css(index: int, name: str = "") -> str:
        classes = " ".join(filter(None, ["text" if index in texts else "", name]))
        return f' class="{classes}"' if classes else ""

    head = "".join(f'<th scope="col"{css(i)}>{text(name)}</th>' for i, name in enumerate(heads))
    body: list[str] = []
    for row in rows:
        cells: list[str] = []
        for index, cell in enumerate(row):
            markup, name = (cell, "") if isinstance(cell, str) else cell
            tag = 'th scope="row"' if index == 0 else "td"
            cells.append(f"<{tag}{css(index, name)}>{markup}</{tag[:2]}>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="wide"><table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def facts(values: Mapping[str, str]) -> str:
    """Names and values."""
    rows = (f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in values.items())
    return f'<dl class="facts">{"".join(rows)}</dl>' if values else ""
