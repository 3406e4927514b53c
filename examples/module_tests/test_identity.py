"""The module says what it is, and its card is ready.

The tests of this folder run against any module:

    pytest examples/module_tests --modem-sim unisoc                                a simulated one
    pytest examples/module_tests --modem-port /dev/ttyUSB2 --modem-profile unisoc  a real one
"""

from __future__ import annotations

import pytest

from v2x.modem import answers
from v2x.modem.bringup import BringUpState
from v2x.modem.errors import Rejected


@pytest.mark.parametrize("command", [answers.CGMI, answers.CGMM, answers.CGMR], ids=str)
def test_it_says_what_it_is(modem, command):
    assert modem.execute(command)


def test_the_serial_number_has_its_length_and_stays_hidden(modem):
    imei = modem.execute(answers.CGSN)
    assert len(imei.reveal()) in (14, 15, 16)
    assert str(imei).startswith("*" * 10)


def test_the_card_is_ready(modem):
    result = modem.bring_up()
    assert result.state not in (BringUpState.NONE, BringUpState.PORT, BringUpState.AT), result.reason


def test_an_unknown_command_is_refused_and_the_next_one_works(modem):
    with pytest.raises(Rejected):
        modem.send("AT+NOSUCHCOMMAND")
    assert modem.execute(answers.CGMI)
