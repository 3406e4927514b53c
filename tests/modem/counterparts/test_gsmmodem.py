"""python-gsmmodem-new talks to the simulated module over a PTY: identity, signal, registration.

It runs in a process of its own: it blocks, and its patterns warn.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from v2x.modem.host import simulated_module

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = [
    pytest.mark.counterpart("python-gsmmodem-new"),
    pytest.mark.skipif(
        importlib.util.find_spec("gsmmodem") is None,
        reason="needs python-gsmmodem-new (pip install python-gsmmodem-new)",
    ),
]

BOUND_S = 60.0

CLIENT = """
import json, sys
from gsmmodem.exceptions import CommandError
from gsmmodem.modem import GsmModem
modem = GsmModem(sys.argv[1])
modem.connect()
found = {
    "manufacturer": modem.manufacturer, "model": modem.model, "revision": modem.revision, "imei": modem.imei,
    "imsi": modem.imsi, "network": modem.networkName, "signal": modem.signalStrength,
    "registration": modem.write("AT+CEREG?")[0], "refused": False,
}
try:
    modem.write("AT+NOSUCH")
except CommandError:
    found["refused"] = True
modem.close()
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("profile", "registered", "signal"), [("hisilicon_ltev", 1, range(32)), ("qualcomm", 0, [-1])]
)
def test_it_knows_the_module(programs: Any, profile: str, registered: int, signal: Sequence[int]) -> None:
    """LTE has CSQ and CEREG; in standalone NR modules answer 99 and "not registered" there."""
    found: dict[str, Any] = {}

    async def main() -> None:
        async with asyncio.timeout(BOUND_S), simulated_module(profile, speed=20.0) as sim, programs:
            await programs.until(lambda: sim.module.registered, "registration")
            answer = await programs.ask(sys.executable, "-W", "ignore", "-c", CLIENT, sim.path, limit_s=40.0)
            found.update(json.loads(answer))
            said = sim.module.profile
            assert found["manufacturer"] == said.manufacturer
            assert (found["model"], found["revision"]) == (said.model, said.revision)
            assert (found["imei"], found["imsi"]) == (said.imei, said.imsi)
            assert found["network"] == said.operator_name

    asyncio.run(main())
    assert "SIMULATED" in found["manufacturer"]
    assert found["signal"] in signal
    assert found["registration"].startswith(f"+CEREG: 0,{registered}")
    assert found["refused"]
