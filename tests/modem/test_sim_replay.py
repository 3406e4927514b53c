"""Replay: a trace of the simulated module, played back, answers as the module did."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.errors import TraceError
from v2x.modem.profiles import load_profile
from v2x.modem.sim import SimulatedModule
from v2x.modem.sim_replay import DIVERGENCES_LIMIT, ReplayedModule
from v2x.modem.trace import TraceRecord


def record(*lines: tuple[float, str]) -> list[TraceRecord]:
    """What a trace of the simulated module holds: its boot, then each line at its time."""
    sim = SimulatedModule(load_profile("qualcomm"))
    sim.power_on(0.0)
    found: list[TraceRecord] = []

    def heard(octets: bytes, at: float) -> None:
        if octets:
            found.append(TraceRecord(1000.0 + at, "p", False, octets))

    for at, line in lines:
        while (due := sim.due_at) is not None and due < at:
            heard(sim.advance(due), due)
        found.append(TraceRecord(1000.0 + at, "p", True, line.encode() + b"\r"))
        heard(sim.feed(line.encode() + b"\r", at), at)
    while (due := sim.due_at) is not None:
        heard(sim.advance(due), due)
    return found


LINES = ((5.0, "ATE0"), (6.0, "AT+CSQ"), (7.0, "AT+COPS=?"), (20.0, "AT+CSQ"), (21.0, "AT+CGACT=1,1"))
TRACE = record(*LINES)


def played(records: list[TraceRecord], lines: tuple[tuple[float, str], ...], cut: int = 1000) -> bytes:
    """All that a replay says to the same lines at the same times, each line in pieces."""
    module = ReplayedModule(records)
    module.power_on(0.0)
    out = b""
    for at, line in lines:
        octets = line.encode() + b"\r"
        for start in range(0, len(octets), cut):
            out += module.feed(octets[start : start + cut], at)
    while module.due_at is not None:
        out += module.advance(module.due_at)
    assert module.diverged == 0
    assert module.answered == len(lines)
    return out


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_the_same_lines_get_the_same_octets(cut: int) -> None:
    recorded = b"".join(r.data for r in TRACE if not r.to_module)
    assert b"RDY" in recorded
    assert played(TRACE, LINES, cut) == recorded


def test_the_same_distances_in_time() -> None:
    module = ReplayedModule(TRACE)
    module.power_on(50.0)
    assert module.advance(55.0).startswith(b"\r\nRDY")
    module.feed(b"ATE0\rAT+CSQ\r", 60.0)
    assert module.feed(b"AT+COPS=?\r", 61.0) == b""
    assert module.due_at == pytest.approx(65.0)
    assert b"+COPS: (" in module.advance(65.1)


def ask(module: ReplayedModule, line: str) -> list[str]:
    out = module.feed(line.encode() + b"\r", 100.0) + module.advance(200.0)
    return [row for row in re.split(r"[\r\n]+", out.decode()) if row]


def test_what_differs_is_answered_and_told() -> None:
    module = ReplayedModule(TRACE)
    module.power_on(0.0)
    module.advance(50.0)
    ask(module, "ATE0")
    assert ask(module, "AT+CGACT=1,1") == ["OK"]  # a jump
    assert ask(module, "AT+CSQ")[0].startswith("+CSQ")  # from before
    assert ask(module, "AT+NEW") == ["ERROR"]
    assert [d.found for d in module.divergences] == [
        "3 lines skipped",
        "stands before, answered as then",
        "not in the trace, answered with ERROR",
    ]
    assert module.divergences[0].expected == "AT+CSQ"
    for _ in range(DIVERGENCES_LIMIT + 5):
        ask(module, "AT+CIMI=001010000000001")
    assert len(module.divergences) == DIVERGENCES_LIMIT
    assert module.diverged == DIVERGENCES_LIMIT + 8
    assert "001010000000001" not in repr(module.divergences[-1])


def test_the_last_line_of_a_kind_answers_once_it_is_past() -> None:
    module = ReplayedModule(TRACE)
    module.power_on(0.0)
    module.advance(50.0)
    first, second, third = (ask(module, "AT+CSQ") for _ in range(3))
    assert first == ["+CSQ: 99,99", "OK"]
    assert second == third


def test_other_ports_are_not_played_and_power_counts() -> None:
    other = [TraceRecord(1001.0, "q", True, b"AT+OTHER\r"), TraceRecord(1001.1, "q", False, b"no\r\n")]
    module = ReplayedModule([*TRACE, *other])
    assert module.feed(b"ATE0\r", 0.0) == b""
    module.power_on(0.0)
    module.advance(50.0)
    assert ask(module, "AT+OTHER") == ["ERROR"]
    module.feed(b"AT+C", 60.0)
    module.hang_up()
    assert ask(module, "AT+CSQ")[0].startswith("+CSQ")
    module.power_off()
    assert module.due_at is None
    assert not module.listening


def test_a_trace_without_a_host_is_refused() -> None:
    with pytest.raises(TraceError, match="no command"):
        ReplayedModule([TraceRecord(0.0, "p", False, b"RDY\r\n")])


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.booleans(), st.binary(max_size=20)), max_size=20),
    st.lists(st.binary(max_size=20), max_size=10),
)
def test_any_trace_and_any_octets(rows: list[tuple[float, bool, bytes]], sent: list[bytes]) -> None:
    records = [TraceRecord(t, "p", way, data) for t, way, data in rows]
    try:
        module = ReplayedModule(records)
    except TraceError:
        return
    module.power_on(0.0)
    for index, data in enumerate(sent):
        module.feed(data, float(index))
    assert module.answered + module.diverged >= 0
    module.advance(1e12)
    assert module.due_at is None
