"""How instants are shown in reasons, notes and listings of this room: UTC to the second (form: ours)."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["utc_text"]


def utc_text(at: float) -> str:
    """An instant (POSIX s) as text; the POSIX seconds where no calendar has it."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"POSIX {at:.0f}"
