"""Your own host software against a module that misbehaves: ``modem_sim`` is always simulated.

``modem_sim.path`` is a serial device for any program; here this package's own driver opens it.
"""

from __future__ import annotations

import pytest

from v2x.modem import answers
from v2x.modem.bringup import BringUpState
from v2x.modem.errors import CommandTimeout

SPLIT = """
[[on]]
command = "*"
do = "split"
"""

MUTE = """
[[on]]
command = "AT+CSQ"
times = 1
do = "mute"
"""


@pytest.mark.modem_sim(script=SPLIT, speed=20.0)
def test_answers_may_come_octet_by_octet(modem_sim):
    with modem_sim.open() as modem:
        assert modem.bring_up().state is BringUpState.DATA


@pytest.mark.modem_sim(script=MUTE)
def test_a_missing_answer_does_not_spoil_the_next(modem_sim):
    with modem_sim.open() as modem:
        modem.send("ATE0")
        with pytest.raises(CommandTimeout):
            modem.send("AT+CSQ", timeout_s=0.3)
        assert modem.execute(answers.CGMI).startswith("SIMULATED")


@pytest.mark.modem_sim(card="absent", speed=20.0)
def test_a_missing_card_is_named(modem_sim):
    with modem_sim.open() as modem:
        result = modem.bring_up()
    assert result.state is BringUpState.AT
    assert "SIM" in result.reason
