"""Percentiles, Wilson's interval, histograms: properties, and figures that others computed."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from v2x.modem.stats import Histogram, Share, histogram, nice_step, percentile, summary

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
shares = st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares, st.floats(0.5, 0.999))
def test_wilson_as_scipy_has_it(pair: tuple[int, int], confidence: float) -> None:
    share = Share(*pair)
    low, high = share.interval(confidence)
    assert 0.0 <= low <= high <= 1.0
    if not share.of:
        assert (low, high, share.value) == (0.0, 1.0, None)
        return
    theirs = binomtest(share.hits, share.of).proportion_ci(confidence, method="wilson")
    assert low == pytest.approx(theirs.low, abs=1e-9)
    assert high == pytest.approx(theirs.high, abs=1e-9)
    assert share.value is not None
    assert low <= share.value <= high


@given(st.integers(1, 4000), st.floats(0.5, 0.999))
def test_wilson_at_the_ends_in_closed_form(n: int, confidence: float) -> None:
    """All of n: the lower bound is n / (n + z^2); the bounds of none mirror it."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    low, high = Share(n, n).interval(confidence)
    assert (low, high) == (pytest.approx(n / (n + z * z)), 1.0)
    none_low, none_high = Share(0, n).interval(confidence)
    assert (none_low, none_high) == (0.0, pytest.approx(1.0 - low))


def test_shares_add_and_refuse_nonsense() -> None:
    assert Share(1, 4) + Share(2, 6) == Share(3, 10)
    for hits, of in ((-1, 3), (4, 3), (0, -1)):
        with pytest.raises(ValueError):
            Share(hits, of)
    for confidence in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(ValueError):
            Share(1, 2).interval(confidence)


@given(values, st.integers(1, 100))
def test_a_percentile_is_a_value_and_splits_the_rest(data: list[float], percent: int) -> None:
    found = percentile(sorted(data), percent)
    assert found in data
    assert sum(v <= found for v in data) * 100 >= percent * len(data)
    assert sum(v < found for v in data) * 100 < percent * len(data)


def test_percentiles_of_one_to_twenty() -> None:
    """ceil(p n / 100): 0.07 * 100 is 7.000000000000001 in floating point, and must stay rank 7."""
    data = [float(n) for n in range(1, 21)]
    assert [percentile(data, p) for p in (1, 5, 6, 50, 95, 96, 100)] == [1, 1, 2, 10, 19, 20, 20]
    assert percentile([float(n) for n in range(1, 101)], 7) == 7
    for percent in (0, 101):
        with pytest.raises(ValueError):
            percentile(data, percent)
    with pytest.raises(ValueError):
        percentile([], 50)


@given(values)
def test_a_summary_is_in_order(data: list[float]) -> None:
    s = summary(data)
    assert s is not None
    assert s.least == min(data) <= s.p50 <= s.p90 <= s.p95 <= s.p99 <= s.most == max(data)
    assert s.least <= s.mean <= s.most
    assert s.mean == pytest.approx(math.fsum(data) / len(data))
    assert s.count == len(data)
    assert summary([]) is None


@given(st.floats(1e-9, 1e9), st.integers(1, 50))
def test_a_nice_step_covers_and_is_not_wasteful(span: float, parts: int) -> None:
    step = nice_step(span, parts)
    assert span <= step * parts * (1 + 1e-6) <= span * 2.6
    assert float(f"{step:.3e}"[0]) in (1, 2, 5)


def test_a_nice_step_without_a_span() -> None:
    assert nice_step(0.0, 5) == nice_step(math.inf, 5) == nice_step(1.0, 0) == 1.0


@given(values, st.integers(1, 40))
def test_a_histogram_loses_nothing(data: list[float], bins: int) -> None:
    found = histogram(data, bins)
    assert sum(found.counts) == len(data)
    assert len(found.counts) <= bins + 2
    assert found.counts[0]
    assert found.counts[-1]


def test_a_histogram_of_known_values() -> None:
    assert histogram([0.0, 0.1, 0.99, 1.0, 4.0], 4) == Histogram(0.0, 1.0, (3, 1, 0, 0, 1))
    assert sum(histogram([1e300, -1e300, 1.0], 5).counts) == 3
    assert histogram([3.0], 5) == Histogram(3.0, 1.0, (1,))
    for data, bins in (([], 4), ([1.0], 0)):
        with pytest.raises(ValueError):
            histogram(data, bins)
