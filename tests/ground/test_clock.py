"""v2x.clock: instants from the wire's partial time stamps, at every edge of the calendar."""

from __future__ import annotations

import calendar
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.clock import (
    LEAP_SECOND_ENDS,
    TIME_EPOCH,
    FakeClock,
    SystemClock,
    dsecond_at,
    from_time32,
    from_time64,
    minute_of_year_at,
    moment_at,
    time_mark_at,
    to_dsecond,
    to_minute_of_year,
    to_time32,
    to_time64,
    to_time_mark,
)

YEAR_2000, YEAR_2100 = 946684800.0, 4102444800.0
instants = st.floats(YEAR_2000, YEAR_2100)
MS = 0.0006  # half a millisecond of rounding and the float's own


def utc(*parts: int) -> float:
    return float(calendar.timegm((*parts, *[0] * (6 - len(parts)))))


def test_dsecond_is_unwrapped_over_the_whole_window() -> None:
    """Lag -2..+30 s as in practice; the naive "same minute" rule errs by 60 s in a good part of these."""
    rng = random.Random(20201114)
    naive_errors = 0
    for _ in range(20_000):
        at = rng.uniform(YEAR_2000, YEAR_2100)
        received_at = at + rng.uniform(-2.0, 30.0)
        dsecond = to_dsecond(at)
        found = dsecond_at(dsecond, received_at)
        assert found is not None
        assert abs(found - at) < MS
        naive_errors += abs(received_at // 60 * 60 + dsecond / 1000 - at) > 1
    assert naive_errors > 1000


@settings(deadline=None)
@given(around=instants, dsecond=st.integers(0, 59999))
def test_dsecond_lies_in_its_window_and_comes_back(around: float, dsecond: int) -> None:
    at = dsecond_at(dsecond, around)
    assert at is not None
    assert -45.0 < at - around <= 15.0
    assert to_dsecond(at) == dsecond


def test_dsecond_window_edges() -> None:
    minute = utc(2020, 11, 14, 6, 55)
    assert dsecond_at(15000, minute) == minute + 15  # 15 s ahead: the last that counts as ahead
    assert dsecond_at(15001, minute) == minute - 60 + 15.001
    assert dsecond_at(0, minute + 45) == minute + 60  # 45 s behind is out, so it is 15 s ahead
    assert dsecond_at(1, minute + 45) == minute + 0.001
    assert dsecond_at(59999, minute) == minute - 0.001
    assert dsecond_at(0, minute + 59.999) == minute + 60


@pytest.mark.parametrize("dsecond", [-1, 61000, 65534, 65535, 70000])
def test_dsecond_that_names_nothing(dsecond: int) -> None:
    assert dsecond_at(dsecond, utc(2017, 1, 1)) is None
    assert moment_at(0, dsecond, utc(2017, 1, 1)) is None


def test_leap_second_only_in_its_minute() -> None:
    new_year = utc(2017, 1, 1)  # 2016-12-31 ended with a leap second
    for around in (new_year - 14, new_year, new_year + 10):
        assert dsecond_at(60500, around) == new_year + 0.5
        assert dsecond_at(60999, around) == new_year + 0.999
    assert dsecond_at(60500, new_year + 60) is None
    assert dsecond_at(60500, utc(2018, 1, 1)) is None
    assert moment_at(366 * 1440 - 1, 60500, new_year) == new_year + 0.5
    assert moment_at(366 * 1440 - 2, 60500, new_year) is None
    assert dsecond_at(60500, utc(2030, 7, 1), leap_ends={int(utc(2030, 7, 1))}) == utc(2030, 7, 1) + 0.5


def test_leap_second_table() -> None:
    """The ends of 2005, 2008, June 2012, June 2015 and 2016 (IERS): five since the epoch of Time64."""
    months = [(2006, 1), (2009, 1), (2012, 7), (2015, 7), (2017, 1)]
    assert {int(utc(year, month, 1)) for year, month in months} == LEAP_SECOND_ENDS
    assert all(end > TIME_EPOCH for end in LEAP_SECOND_ENDS)


@settings(deadline=None)
@given(at=instants)
def test_minute_of_year_and_dsecond_come_back_together(at: float) -> None:
    moy, dsecond = to_minute_of_year(at), to_dsecond(at)
    assert 0 <= moy < 527040
    for lag in (-86400.0, 0.0, 15_000_000.0):  # within half a year the year is found
        found = moment_at(moy, dsecond, at + lag)
        assert found is not None
        assert abs(found - at) < MS
    start = minute_of_year_at(moy, at)
    assert start is not None
    assert to_minute_of_year(start) == moy


def test_minute_of_year_at_new_year_and_in_leap_years() -> None:
    new_year = utc(2021, 1, 1)
    assert minute_of_year_at(527039, new_year + 5) == new_year - 60  # 2020 was a leap year
    assert minute_of_year_at(0, new_year - 5) == new_year
    assert minute_of_year_at(525600, utc(2021, 12, 31)) == utc(2020, 12, 31)  # exists in leap years only
    assert minute_of_year_at(525600, utc(2026, 6, 1)) is None
    assert minute_of_year_at(525599, utc(2022, 1, 1)) == utc(2022, 1, 1) - 60
    assert minute_of_year_at(527040, new_year) is None
    assert minute_of_year_at(-1, new_year) is None
    assert to_minute_of_year(new_year - 0.0001) == 0  # one rounding for minute and millisecond
    assert to_dsecond(new_year - 0.0001) == 0
    assert minute_of_year_at(1440 * 59, utc(2100, 3, 1)) == utc(2100, 3, 1)  # 2100 is none


@settings(deadline=None)
@given(moy=st.integers(0, 525599), around=instants)
def test_minute_of_year_is_the_nearest(moy: int, around: float) -> None:
    found = minute_of_year_at(moy, around)
    assert found is not None
    assert abs(found - around) <= 183 * 86400
    year = datetime.fromtimestamp(found, UTC).year
    assert found == utc(year, 1, 1) + moy * 60


def test_moment_without_a_minute_is_the_dsecond_alone() -> None:
    at = utc(2020, 11, 14, 6, 55, 2)
    assert moment_at(None, 5238, at) == dsecond_at(5238, at)
    assert moment_at(527040, 5238, at) == dsecond_at(5238, at)


def test_a_wrong_time_zone_shows_in_the_minute_not_in_the_mark() -> None:
    at = utc(2024, 5, 1, 12, 0, 30)
    beijing = at + 8 * 3600
    assert to_minute_of_year(beijing) - to_minute_of_year(at) == 480
    assert to_time_mark(beijing) == to_time_mark(at)
    assert moment_at(to_minute_of_year(beijing), to_dsecond(beijing), at) == beijing


@settings(deadline=None)
@given(tenths=st.integers(0, 35990), around=instants)
def test_time_mark_is_in_the_nearest_hour(tenths: int, around: float) -> None:
    at = time_mark_at(tenths, around)
    assert at is not None
    assert -1800 < at - around <= 1800
    assert to_time_mark(at) == tenths


@pytest.mark.parametrize("tenths", [-1, 35991, 35995, 35999, 36000, 36001, 40000])
def test_time_mark_that_names_nothing(tenths: int) -> None:
    assert time_mark_at(tenths, utc(2020, 1, 1)) is None


def test_time_mark_at_the_hour() -> None:
    hour = utc(2020, 11, 14, 7)
    assert time_mark_at(35990, hour) == hour - 1
    assert time_mark_at(10, hour - 0.5) == hour + 1
    assert time_mark_at(18000, hour) == hour + 1800
    assert time_mark_at(18001, hour) == hour - 1800 + 0.1
    assert to_time_mark(hour - 0.5) == 35990  # the reserved codes are never sent
    assert to_time_mark(hour - 0.04) == 0


@settings(deadline=None)
@given(us=st.integers(0, 4_000_000_000_000_000), leap=st.integers(0, 10))
def test_time64_comes_back(us: int, leap: int) -> None:
    at = from_time64(us, leap)
    if at >= TIME_EPOCH:
        assert abs(to_time64(at, leap) - us) <= 1
        assert abs(to_time32(at, leap) - us // 10**6) <= 1


def test_time64_epoch_and_leap_seconds() -> None:
    assert to_time64(utc(2004, 1, 1)) == 0
    assert to_time64(utc(2004, 1, 1) + 1.5) == 1_500_000
    assert to_time64(utc(2020, 1, 1), leap_seconds=5) - to_time64(utc(2020, 1, 1)) == 5_000_000
    assert from_time32(to_time32(utc(2026, 1, 1), 5), 5) == utc(2026, 1, 1)
    for convert in (to_time64, to_time32):
        with pytest.raises(ValueError, match="has no Time"):
            convert(TIME_EPOCH - 1.0)


def test_clocks() -> None:
    clock = FakeClock(100.0)
    assert clock.advance(0.5) == clock.now() == 100.5
    with pytest.raises(ValueError, match="go back"):
        clock.advance(-1.0)
    clock.set(50.0)
    assert clock.now() == 50.0
    assert SystemClock().now() > YEAR_2000
