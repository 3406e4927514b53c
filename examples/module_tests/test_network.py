"""From the port to a data session, and what the radio says then."""

from __future__ import annotations

import pytest

from v2x.modem import answers
from v2x.modem.bringup import BringUpState
from v2x.modem.watch import Watcher

REGISTRATION_LIMIT_S = 120.0
"""A cold search takes a minute or two; choose what your product promises."""


@pytest.fixture
def connected(modem):
    """The module with a data session; the times of the steps become properties of the test."""
    result = modem.bring_up()
    assert result.state is BringUpState.DATA, result.reason
    return modem


def test_bring_up(modem, kpi):
    result = modem.bring_up()
    assert result.state is BringUpState.DATA, result.reason
    seconds = {step.name: step.seconds for step in result.steps}
    kpi("registered_s", seconds["registered"])
    assert seconds["registered"] <= REGISTRATION_LIMIT_S


def test_a_domain_is_registered(connected):
    domains = connected.profile.host.registration
    states = [connected.execute(answers.registration(domain)) for domain in domains]
    assert any(state.registered for state in states), "; ".join(map(str, states))


def test_the_context_has_an_address(connected):
    assert connected.execute(answers.addresses_of(1))


def test_the_serving_cell_is_plausible(connected, kpi):
    watcher = Watcher(connected.profile.name)
    sample = connected.run(watcher.sample(connected.modem, at=0.0))
    if sample.serving is None:
        pytest.skip(f"the module gives no cell: {', '.join(sample.missing)}")
    kpi("rsrp_dbm", sample.serving.rsrp_dbm)
    assert -140.0 <= sample.serving.rsrp_dbm <= -44.0
    assert sample.serving.sinr_db is None or -25.0 <= sample.serving.sinr_db <= 45.0


def test_it_comes_back_after_a_restart(modem, kpi):
    kpi("restart_s", modem.restart())
    assert modem.bring_up().state is BringUpState.DATA
