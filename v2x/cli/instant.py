"""Instants on the command line: ISO 8601 in UTC, or POSIX seconds; and how the commands write them.

2026-11-21T13:30:00Z   2026-11-21T21:30:00.25+08:00   2026-11-21T13:30 (UTC)   2026-11-21   1795267800.25
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

__all__ = ["AtOption", "instant_of", "iso_utc", "now"]

LATEST_AT = 253_402_300_799.0
"""The last second of the year 9999: what calendars here can write."""


def instant_of(text: str) -> float:
    """POSIX seconds of an argument; typer.BadParameter where it is no instant."""
    try:
        at = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise typer.BadParameter(
                f"{text!r} is neither ISO 8601 (2026-11-21T13:30:00Z) nor POSIX seconds"
            ) from None
        at = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    if not 0 <= at <= LATEST_AT:
        raise typer.BadParameter(f"{text!r} is not between 1970 and 9999")
    return at


def iso_utc(at: float) -> str:
    """An instant as ISO 8601 in UTC to the microsecond; POSIX seconds where no calendar has it."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return f"POSIX {at:.6f}"


def now() -> float:
    """The instant, POSIX s."""
    from v2x.clock import SystemClock

    return SystemClock().now()


AtOption = Annotated[
    float | None,
    typer.Option(
        "--at",
        metavar="TIME",
        parser=instant_of,
        help="The instant of the check: ISO 8601 (UTC where it names no zone) or POSIX seconds.",
        show_default=False,
    ),
]
