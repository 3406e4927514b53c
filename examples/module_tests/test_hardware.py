"""What only a real module can show; skipped where it is simulated."""

from __future__ import annotations

import pytest

from v2x.modem.watch import Watcher

pytestmark = pytest.mark.needs_hardware

HOTTEST_C = 85.0
"""Above it most modules of industrial grade leave their range; the data sheet of yours says it."""


def test_it_stays_cool(modem, kpi):
    watcher = Watcher(modem.profile.name)
    samples = [modem.run(watcher.sample(modem.modem, at=float(n))) for n in range(5)]
    if samples[-1].temperature_c is None:
        pytest.skip("the module tells no temperature")
    kpi("temperature_c", samples[-1].temperature_c)
    assert samples[-1].temperature_c < HOTTEST_C
