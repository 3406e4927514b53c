"""Typed answers from rows: a dataclass whose fields are names of the layouts' values.

    @dataclass(frozen=True, slots=True)
    class Temperature:
        sensor: str | None = None
        temperature_c: int | None = None

    TEMPERATURES = rows_command("AT+QTEMP", "+QTEMP", Temperature)

A field without a default must have a value: without one the answer is none (FieldError, which becomes
UnexpectedReply).  Every other field is ``None`` where the module says nothing, or nothing sensible; the row
with the raw tokens and the layout taken is reached with ``rows_command(..., Row)``.

Source: this project's form.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TypeVar, cast

from v2x.modem.commands import Command, Reply, Response, timeout_for
from v2x.modem.fields import FieldError
from v2x.modem.layouts import Row, book
from v2x.modem.readers import Asked, read_lines

__all__ = ["filled", "row_command", "rows_command"]

T = TypeVar("T")


def filled(kind: type[T], row: Row) -> T:
    """A row as ``kind``.  Raises FieldError where a field that must have a value has none."""
    if kind is Row:
        return cast("T", row)
    values = {}
    for at, field in enumerate(fields(kind)):  # type: ignore[arg-type]
        value = row.get(field.name)
        if value is None and field.default is MISSING:
            raise FieldError(at, f"no {field.name} in a line of {row.prefix}")
        if value is not None:
            values[field.name] = value
    return kind(**values)


def _rows(reply: Reply, text: str, prefix: str, profile: str | None) -> tuple[Row, ...]:
    asked = Asked(text, (prefix,), reads=text.endswith("?"))
    rows, unread = read_lines(reply.lines, book(profile), asked)
    if unread or (reply.lines and not rows):
        raise FieldError(0, f"no row of {prefix}")
    return rows


def rows_command(
    text: str, prefix: str, kind: type[T], *, profile: str | None = None, min_lines: int = 0
) -> Command[tuple[T, ...]]:
    """A question that is answered with a row for each of something; ``profile`` names the layouts."""

    def parse(reply: Reply) -> tuple[T, ...]:
        return tuple(filled(kind, row) for row in _rows(reply, text, prefix, profile))

    return Command(text, parse, Response.PREFIXED, (prefix,), min_lines, timeout_for(text), idempotent=True)


def row_command(text: str, prefix: str, kind: type[T], *, profile: str | None = None) -> Command[T]:
    """A question that is answered with one row."""

    def parse(reply: Reply) -> T:
        return filled(kind, _rows(reply, text, prefix, profile)[0])

    return Command(text, parse, Response.PREFIXED, (prefix,), 1, timeout_for(text), idempotent=True)
