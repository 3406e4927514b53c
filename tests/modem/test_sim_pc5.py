"""PC5 of the simulated module: counters of the test mode over time, and the ``^`` dialect's settings."""

from __future__ import annotations

import re

from v2x.modem.profiles import load_profile
from v2x.modem.sim import SimOptions, SimulatedModule

BOOTED_S = 100.0


class Bench:
    """A LTE-V module and the instant that a test has reached."""

    def __init__(self, loss: float = 0.0) -> None:
        self.sim = SimulatedModule(load_profile("hisilicon_ltev"), SimOptions(pc5_loss=loss))
        self.sim.power_on(0.0)
        self.at = BOOTED_S
        self.sim.advance(self.at)
        self.sim.feed(b"ATE0\r", self.at)

    def wait(self, seconds: float) -> None:
        self.at += seconds
        self.sim.advance(self.at)

    def ask(self, line: str) -> list[str]:
        out = self.sim.feed(line.encode("latin-1") + b"\r", self.at).decode("latin-1")
        return [row for row in re.split(r"[\r\n]+", out) if row]


def counters(row: str) -> list[int]:
    return [int(bits, 2) for bits in re.findall(r'"([01]+)"', row)]


def test_pc5_test_mode_counts_while_the_loop_is_closed() -> None:
    bench = Bench(loss=0.1)
    assert bench.ask("AT+CCUTLE=0,0") == ["+CME ERROR: 3"]
    assert bench.ask("AT+CATM=1;+CATM?") == ["+CATM: 1,1", "OK"]
    assert bench.ask('AT+CCUTLE=0,0,1,1,"00000A"') == ["OK"]
    assert bench.ask("AT+CCUTLE?") == ['+CCUTLE: 0,0,1,1,"00000A"', "OK"]
    assert counters(bench.ask("AT+CUSPCREQ")[0]) == [0, 0, 0]
    bench.wait(10.0)
    assert counters(bench.ask("AT+CUSPCREQ")[0]) == [100, 90, 90]
    assert bench.ask("AT+CCUTLE=1") == ["OK"]
    bench.wait(10.0)
    assert counters(bench.ask("AT+CUSPCREQ")[0]) == [100, 90, 90]
    assert bench.ask("AT+CCBRREQ") == ["+CCBRREQ: 7", "OK"]
    assert bench.ask("AT+CV2XDTS=1,200,50;+CV2XDTS?") == ["+CV2XDTS: 1,200,50", "OK"]
    bench.wait(1.0)
    assert bench.ask("AT^VPHYSTAT?")[0].split(",")[3] == "20"
    assert bench.ask('AT+CCUTLE=0,0,1,2,"00000A"') == ["+CME ERROR: 50"]
    assert bench.ask("AT+CATM=0;+CUTCR") == ["+CME ERROR: 3"]


def test_the_dialect_keeps_its_settings_within_their_ranges() -> None:
    bench = Bench()
    assert bench.ask("AT^CV2XL2ID=1,16777215;^CV2XL2ID?") == ["^CV2XL2ID: 1,16777215", "OK"]
    assert bench.ask("AT^CV2XL2ID=1,16777216") == ["+CME ERROR: 50"]
    assert bench.ask("AT^VTXPOWER=-496;^VTXPOWER?") == ["^VTXPOWER: -496", "OK"]
    assert bench.ask("AT^VTXPOWER=241") == ["+CME ERROR: 50"]
    assert bench.ask("AT^SLINFO=47,3,54540;^SLINFO?") == ["^SLINFO: 47,3,54540", "OK"]
    assert bench.ask("AT^VSNRRSRP?")[0] == "^VSNRRSRP: 1"
