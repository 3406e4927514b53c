"""Clocks, and the time stamps of the wire as absolute POSIX time.

A message names only a part of the time: the millisecond in the minute (DSecond), the minute in the year
(MinuteOfTheYear), the tenth of a second in the hour (TimeMark).  The rest comes from a stamp near it,
``around``, which is when the receiver got the message:

    DSecond          the instant in (around - 45 s, around + 15 s]: such a window holds each value once
    TimeMark         the instant in (around - 30 min, around + 30 min]
    MinuteOfTheYear  the instant in the year that puts it nearest to ``around``

Instants are POSIX seconds of UTC, which know no leap seconds: every day has 86 400 s.  A leap second is
the 61st second of its minute, DSecond 60000..60999; POSIX gives it the instants of the first second of
the next minute, so DSecond 60500 and DSecond 500 of the minute after it are the same instant here.  It is
taken only in a minute that has a leap second (:data:`LEAP_SECOND_ENDS`); elsewhere it is invalid.

Sources: T/CSAE 53-2020 and YD/T 3709-2020 (DSecond, MinuteOfTheYear, TimeMark); the leap second's codes of
DSecond are inferred from SAE J2735; Time32 and Time64 of the Chinese secured messages count from 2004-01-01.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "LEAP_SECOND_ENDS",
    "TIME_EPOCH",
    "Clock",
    "FakeClock",
    "SystemClock",
    "dsecond_at",
    "from_time32",
    "from_time64",
    "minute_of_year_at",
    "moment_at",
    "time_mark_at",
    "to_dsecond",
    "to_minute_of_year",
    "to_time32",
    "to_time64",
    "to_time_mark",
]

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400

DSECOND_AHEAD_S = 15.0
"""How far a DSecond may lie after its receive stamp (clock error); the other 45 s lie before it (latency)."""

DSECOND_LIMIT = 60000
"""First DSecond that is no millisecond of an ordinary minute."""

DSECOND_LEAP_LIMIT = 61000
"""First DSecond that is not even a millisecond of a leap second."""

DSECOND_UNAVAILABLE = 65535

MINUTES_LIMIT = 527040
"""Minutes of a leap year, and so the code that says "invalid"."""

TIME_MARK_LAST = 35990
"""Last TimeMark that names an instant: 35991..35999 are reserved, 36000 and 36001 are no instants."""

TIME_EPOCH = 1072915200
"""2004-01-01 00:00 UTC as POSIX seconds, where Time32 and Time64 begin."""

LEAP_SECOND_ENDS = frozenset({1136073600, 1230768000, 1341100800, 1435708800, 1483228800})
"""POSIX seconds at which the minutes with a leap second ended, since 2004: the ends of 2005, 2008, June 2012,
June 2015 and 2016 (the announcements of the IERS).  A later one is passed in as ``leap_ends``."""


class Clock(Protocol):
    """What tells the time to the station; everything below takes the time as an argument."""

    def now(self) -> float:
        """The instant, POSIX seconds of UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """The instant, POSIX seconds of UTC."""
        return time.time()


class FakeClock:
    """A clock that stands still until it is advanced: for tests and for a scenario's own time."""

    def __init__(self, start: float = 0.0) -> None:
        self._at = float(start)

    def now(self) -> float:
        """The instant, POSIX seconds of UTC."""
        return self._at

    def advance(self, seconds: float) -> float:
        """Let ``seconds`` (not negative, else ValueError) pass; the new instant."""
        if not seconds >= 0:
            raise ValueError(f"a clock can't go back by {-seconds} s")
        self._at += seconds
        return self._at

    def set(self, at: float) -> None:
        """Jump to an instant, also backwards, as a clock that is corrected does."""
        self._at = float(at)


def dsecond_at(dsecond: int, around: float, *, leap_ends: Collection[int] = LEAP_SECOND_ENDS) -> float | None:
    """Instant of a DSecond, or None where it names none (invalid, unavailable, no leap second then).

    ``around`` is the receive stamp; the result lies in (around - 45 s, around + 15 s].
    """
    if not 0 <= dsecond < DSECOND_LEAP_LIMIT:
        return None
    start = math.floor(around / MINUTE_S) * MINUTE_S
    at = start + dsecond / 1000
    if at - around > DSECOND_AHEAD_S:
        start -= MINUTE_S
        at = start + dsecond / 1000
    elif at - around <= DSECOND_AHEAD_S - MINUTE_S:
        start += MINUTE_S
        at = start + dsecond / 1000
    if dsecond >= DSECOND_LIMIT and start + MINUTE_S not in leap_ends:
        return None
    return at


def minute_of_year_at(moy: int, around: float) -> float | None:
    """Start of a MinuteOfTheYear in the year that puts it nearest to ``around``, or None.

    527040 is invalid; 525600..527039 exist in leap years only and are None if none is next to ``around``.
    """
    if not 0 <= moy < MINUTES_LIMIT:
        return None
    year = time.gmtime(around).tm_year
    best: float | None = None
    for candidate in (year, year - 1, year + 1):
        start = _year_start(candidate)
        at = float(start + moy * MINUTE_S)
        if at < _year_start(candidate + 1) and (best is None or abs(at - around) < abs(best - around)):
            best = at
    return best


def moment_at(
    moy: int | None, dsecond: int, around: float, *, leap_ends: Collection[int] = LEAP_SECOND_ENDS
) -> float | None:
    """Instant that MinuteOfTheYear and DSecond name together; by DSecond alone where the minute is unknown.

    None where the DSecond names no instant: a minute alone is no moment.
    """
    start = None if moy is None else minute_of_year_at(moy, around)
    if start is None:
        return dsecond_at(dsecond, around, leap_ends=leap_ends)
    if not 0 <= dsecond < DSECOND_LEAP_LIMIT:
        return None
    if dsecond >= DSECOND_LIMIT and int(start) + MINUTE_S not in leap_ends:
        return None
    return start + dsecond / 1000


def time_mark_at(tenths: int, around: float) -> float | None:
    """Instant of a TimeMark in the UTC hour nearest to ``around``; None for 35991..36001, which name none."""
    if not 0 <= tenths <= TIME_MARK_LAST:
        return None
    at = math.floor(around / HOUR_S) * HOUR_S + tenths / 10
    if at - around > HOUR_S / 2:
        return at - HOUR_S
    if at - around <= -HOUR_S / 2:
        return at + HOUR_S
    return at


def to_dsecond(at: float) -> int:
    """DSecond of an instant, to the nearest millisecond: 0..59999 (POSIX time has no leap second)."""
    return round(at * 1000) % (MINUTE_S * 1000)


def to_minute_of_year(at: float) -> int:
    """MinuteOfTheYear of an instant, of the same rounded millisecond as :func:`to_dsecond`."""
    minute_start = round(at * 1000) // (MINUTE_S * 1000) * MINUTE_S
    return (minute_start - _year_start(time.gmtime(minute_start).tm_year)) // MINUTE_S


def to_time_mark(at: float) -> int:
    """TimeMark of an instant, to the nearest tenth of a second.

    The reserved 35991..35999 are never given: the last 0.9 s of an hour become 35990.
    """
    return min(round(at * 10) % (HOUR_S * 10), TIME_MARK_LAST)


def to_time64(at: float, leap_seconds: int = 0) -> int:
    """Time64: microseconds since 2004-01-01 00:00 UTC.

    ``leap_seconds`` is how many of them count since then: the sources leave open whether they do, so it is
    a setting (0: not counted; 5: counted, since 2017).  ValueError before 2004.
    """
    microseconds = round((at - TIME_EPOCH) * 1e6) + leap_seconds * 1_000_000
    if not 0 <= microseconds < 1 << 64:
        raise ValueError(f"POSIX time {at} has no Time64")
    return microseconds


def from_time64(microseconds: int, leap_seconds: int = 0) -> float:
    """Instant of a Time64; ``leap_seconds`` as in :func:`to_time64`."""
    return TIME_EPOCH - leap_seconds + microseconds / 1e6


def to_time32(at: float, leap_seconds: int = 0) -> int:
    """Time32: whole seconds since 2004-01-01 00:00 UTC, rounded down; else as :func:`to_time64`."""
    seconds = math.floor(at) - TIME_EPOCH + leap_seconds
    if not 0 <= seconds < 1 << 32:
        raise ValueError(f"POSIX time {at} has no Time32")
    return seconds


def from_time32(seconds: int, leap_seconds: int = 0) -> float:
    """Instant of a Time32; ``leap_seconds`` as in :func:`to_time64`."""
    return float(TIME_EPOCH - leap_seconds + seconds)


def _year_start(year: int) -> int:
    """POSIX seconds of January 1st, 00:00 UTC, by the Gregorian calendar."""
    before = year - 1
    days = 365 * (year - 1970) + (before // 4 - 492) - (before // 100 - 19) + (before // 400 - 4)
    return days * DAY_S
