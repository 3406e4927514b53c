"""PC5 by the test mode of 3GPP TS 27.007 clause 15; skipped where the module has none."""

from __future__ import annotations

import pytest

from v2x.modem.pc5_types import Direction, Function, TestPlan

pytestmark = pytest.mark.pc5

L2_ID = 0x000001
"""The layer-2 id that the sender on the bench uses."""


@pytest.fixture
def receiving(pc5):
    """PC5 in a receive test."""
    pc5.start_test(TestPlan(Direction.RECEIVE, monitor=(L2_ID,)))
    yield pc5
    pc5.stop_test()


def test_the_channel_busy_ratio_is_one(receiving, kpi):
    if Function.CBR not in receiving.functions:
        pytest.skip("the module does not measure it")
    busy = receiving.cbr()
    assert busy.pssch is None or 0.0 <= busy.pssch <= 1.0
    if busy.pssch is not None:
        kpi("cbr_ratio", busy.pssch)


def test_counters_never_go_back(receiving):
    first, second = receiving.counters(), receiving.counters()
    assert first.pssch is not None
    assert all(a <= b for a, b in zip(first.pssch, second.pssch, strict=True))


def test_it_transmits_and_stops(pc5):
    pc5.start_test(TestPlan(Direction.TRANSMIT, octets=100, period_s=0.1))
    pc5.stop_test()
