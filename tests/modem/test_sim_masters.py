"""What masters ask of a module, and the multiplexed line: each line that they send has a sensible answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.cmux import Ended, Mux, Opened, Received
from v2x.modem.profiles import load_profile, profile_names
from v2x.modem.sim import SimulatedModule

MASTERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data" / "modem-masters.json").read_text(encoding="utf-8")
)
UNKNOWN = {
    "AT*CNTI=2": "Icera's, which ModemManager tries on every modem",
    "AT^CVOICE=?": "Huawei's voice",
    "AT^DTMF=?": "Huawei's tones",
    "AT^USSDMODE=?": "Huawei's USSD",
    "AT+WIND=?": "Wavecom's indications",
    "AT+ZPAS=?": "ZTE's state",
    "AT+ZPAS?": "ZTE's state",
    "AT+VTS=?": "tones: there are no calls",
}
"""Commands of other vendors: refused, as they are by any module that is not theirs."""

READY_S = 100.0


def booted(profile: str = "qualcomm") -> SimulatedModule:
    sim = SimulatedModule(load_profile(profile))
    sim.power_on(0.0)
    sim.advance(READY_S)
    return sim


@pytest.mark.parametrize("profile", profile_names())
@pytest.mark.parametrize("master", [name for name in MASTERS if name != "about"])
def test_every_line_of_a_master_is_answered(master: str, profile: str) -> None:
    sim, at = booted(profile), READY_S
    for line in MASTERS[master]:
        at += 1.0
        out = sim.feed(line.encode() + b"\r", at) + sim.advance(at + 0.9)
        answer = [row for row in re.split(r"[\r\n]+", out.decode("latin-1")) if row and row != line]
        refused = answer[-1].startswith("+CME ERROR") or answer[-1] == "ERROR"
        expected = line in UNKNOWN or (profile == "hisilicon_ltev" and "+C5GREG" in line)
        assert refused == expected, (line, answer)
        if line.endswith(("?",)) and not refused and len(answer) > 1:
            assert answer[0].startswith(line[2:].rstrip("=?") + ":"), (line, answer)
    if master.startswith("modemmanager"):
        assert answer[-1] == "CONNECT"
        assert sim.service.contexts[2] == ("IP", "internet")
        assert sim.state.active == {2}


def test_modes_of_the_network_have_nr_or_nobody_asks_for_5gs() -> None:
    answer = booted().feed(b"AT+WS46=?\r", READY_S)
    assert all(str(code).encode() in answer for code in range(35, 41))


def test_a_line_may_begin_with_what_masters_flush_with() -> None:
    sim = booted()
    assert sim.feed(b"\x1aAT\r\n", READY_S).endswith(b"\r\nOK\r\n")
    assert sim.feed(b"AT+CFUN=0\r", READY_S).endswith(b"OK\r\n")
    assert sim.feed(b"AT\r", READY_S).endswith(b"OK\r\n")


# -- the multiplexed line --------------------------------------------------------------------------


def multiplexed(sim: SimulatedModule) -> Mux:
    assert sim.feed(b"ATE0\r", READY_S)
    assert sim.feed(b"AT+CMUX=0,0,5,64\r", READY_S) == b"\r\nOK\r\n"
    return Mux(initiator=True, frame_size=64)


def exchange(sim: SimulatedModule, mux: Mux, at: float = READY_S) -> list[object]:
    events: list[object] = []
    while octets := mux.take_out():
        events += mux.feed(sim.feed(octets, at))
    events += mux.feed(sim.advance(at))
    return events


def said(events: list[object], dlci: int) -> bytes:
    return b"".join(e.data for e in events if isinstance(e, Received) and e.dlci == dlci)


def test_channels_are_apart_and_share_the_module() -> None:
    sim = booted()
    mux = multiplexed(sim)
    for dlci in (0, 1, 2):
        mux.open(dlci)
    assert {e.dlci for e in exchange(sim, mux) if isinstance(e, Opened)} == {0, 1, 2}
    mux.send(1, b"AT+CSQ")
    mux.send(2, b"AT+CMEE?\r")
    assert said(exchange(sim, mux), 2) == b"\r\n+CMEE: 1\r\n\r\nOK\r\n"
    mux.send(1, b"\r")
    assert said(exchange(sim, mux), 1) == b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n"
    mux.send(2, b"ATD*99#\r")
    exchange(sim, mux)
    assert said(exchange(sim, mux, READY_S + 1), 2) == b"\r\nCONNECT\r\n"
    mux.send(2, b"AT opaque\r")
    mux.send(1, b"AT+CGACT?\r")  # commands beside the data call
    events = exchange(sim, mux, READY_S + 1)
    assert (said(events, 1), said(events, 2)) == (b"\r\n+CGACT: 1,1\r\n\r\nOK\r\n", b"")
    sim.service.detached_by_network()
    events = exchange(sim, mux, READY_S + 1)
    assert said(events, 2) == b"\r\nNO CARRIER\r\n"


def test_the_line_carries_commands_again_when_the_multiplexer_ends() -> None:
    sim = booted()
    mux = multiplexed(sim)
    for dlci in (0, 1):
        mux.open(dlci)
    exchange(sim, mux)
    mux.send(1, b"AT+CMUX=0\r")
    assert said(exchange(sim, mux), 1) == b"\r\n+CME ERROR: 4\r\n"
    mux.close(0)
    sim.feed(mux.take_out(), READY_S)
    assert sim.feed(b"AT\r", READY_S) == b"\r\nOK\r\n"
    assert sim.feed(b"AT+CMUX=1\r", READY_S) == b"\r\n+CME ERROR: 50\r\n"


def test_a_restart_ends_the_multiplexer() -> None:
    sim = booted()
    mux = multiplexed(sim)
    for dlci in (0, 1):
        mux.open(dlci)
    exchange(sim, mux)
    mux.send(1, b"AT+CFUN=1,1\r")
    assert said(exchange(sim, mux), 1) == b"\r\nOK\r\n"
    assert b"RDY" in sim.advance(READY_S + 10)


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_any_octets_on_a_multiplexed_line(pieces: list[bytes]) -> None:
    sim = booted()
    mux = multiplexed(sim)
    mux.open(0)
    mux.open(1)
    exchange(sim, mux)
    for piece in pieces:
        sim.feed(piece, READY_S)
    events = mux.feed(sim.advance(READY_S + 1))
    assert not any(isinstance(event, Ended) for event in events) or pieces
