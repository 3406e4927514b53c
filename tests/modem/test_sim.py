"""The simulated module by itself: bytes, instants and state; no port, no event loop."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.engine import Engine
from v2x.modem.errors import ProfileError
from v2x.modem.events import Noise
from v2x.modem.profiles import load_profile, parse_profile, profile_names
from v2x.modem.redaction import mask
from v2x.modem.sim import Card, SimOptions, SimulatedModule

PROFILE = load_profile("unisoc")
DELAYS = PROFILE.sim.delays
BOOTED_AT = DELAYS.ready_s + DELAYS.card_s
REGISTERED_AT = BOOTED_AT + DELAYS.search_s + DELAYS.registration_s


def module(at: float = 100.0, options: SimOptions | None = None) -> SimulatedModule:
    """A module that was switched on at 0 and has been on until ``at``."""
    sim = SimulatedModule(PROFILE, options)
    sim.power_on(0.0)
    sim.advance(at)
    return sim


def ask(sim: SimulatedModule, line: str, at: float = 100.0) -> list[str]:
    """The lines of the answer, without the echo."""
    text = sim.feed(line.encode("latin-1") + b"\r", at).decode("latin-1")
    text = text.removeprefix(line + "\r")
    return [row for row in re.split(r"[\r\n]+", text) if row]


def test_it_boots_as_a_real_one_does() -> None:
    sim = SimulatedModule(PROFILE)
    assert sim.due_at is None
    assert sim.feed(b"AT\r", 0.0) == b""
    sim.power_on(0.0)
    assert sim.feed(b"AT\r", DELAYS.ready_s / 2) == b""  # a booting module hears nothing
    assert sim.due_at == DELAYS.ready_s
    assert sim.advance(DELAYS.ready_s) == b"\r\nRDY\r\n\r\n+CFUN: 1\r\n"
    assert ask(sim, "AT+CPIN?", DELAYS.ready_s) == ["+CME ERROR: 14"]
    assert sim.advance(BOOTED_AT) == b"\r\n+CPIN: READY\r\n"
    assert ask(sim, "AT+CPIN?", BOOTED_AT) == ["+CPIN: READY", "OK"]
    assert ask(sim, "AT+C5GREG=2", BOOTED_AT) == ["OK"]
    assert b'+C5GREG: 1,"000001","000000101",11' in sim.advance(REGISTERED_AT)


def test_it_says_that_it_is_simulated() -> None:
    sim = module()
    assert "SIMULATED" in ask(sim, "ATI")[0]
    assert "SIMULATED" in ask(sim, "AT+CGMI")[0]
    assert "SIMULATED" in ask(sim, "AT+CGMR")[0]
    assert ask(sim, "AT+CGSN") == ["000000000000000", "OK"]
    assert ask(sim, "AT+CIMI")[0].startswith("00101")


def test_echo_results_and_defaults() -> None:
    sim = module()
    assert sim.feed(b"at\r\n", 100.0) == b"at\r\r\nOK\r\n"
    assert sim.feed(b"ATE0V0\r", 100.0) == b"ATE0V0\r0\r"
    assert sim.feed(b"AT+CGMM;+NONE\r", 100.0) == b"SIM-UNISOC\r\n+CME ERROR: 4\r"
    assert sim.feed(b"ATQ1\r", 100.0) == b""
    assert sim.feed(b"AT\r", 100.0) == b""
    assert sim.feed(b"ATZ\r", 100.0) == b"\r\nOK\r\n"
    assert sim.feed(b"AT\r", 100.0) == b"AT\r\r\nOK\r\n"


def test_typing_with_mistakes_and_repeating() -> None:
    sim = module()
    assert sim.feed(b"ATX\x08\x7f\x7f\x7f\x7fAT+CMEE?\r", 100.0).endswith(b"\r\n+CMEE: 1\r\n\r\nOK\r\n")
    assert sim.feed(b"A/\r", 100.0) == b"A/\r\r\n+CMEE: 1\r\n\r\nOK\r\n"
    assert ask(sim, "garbageAT") == ["OK"]
    assert ask(sim, "hello") == []
    assert ask(sim, "AT" + "+" * 5000) == ["ERROR"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("AT+UNKNOWN", ["+CME ERROR: 4"]),
        ("AT+CMEE=0;+UNKNOWN", ["ERROR"]),
        ("AT+CMEE=2;+UNKNOWN", ["+CME ERROR: operation not supported"]),
        ("AT+ICCID", ["+CME ERROR: 4"]),
        ('AT+QCFG="nwscanmode"', ["+CME ERROR: 4"]),
        ("AT+CMEE=7", ["+CME ERROR: 50"]),
        ("AT+CMEE=x", ["+CME ERROR: 50"]),
        ("AT+CGDCONT=0", ["+CME ERROR: 50"]),
        ("AT+CPIN=1234", ["+CME ERROR: 3"]),
        ("ATE7", ["ERROR"]),
        ("ATY", ["ERROR"]),
        ("AT?", ["ERROR"]),
        ("AT+", ["ERROR"]),
        ("AT" + ";".join(["+CMEE?"] * 20), ["+CMEE: 1"] * 16 + ["ERROR"]),
        ("AT+CMEE?;+CGATT?", ["+CMEE: 1", "+CGATT: 1", "OK"]),
        ('AT+CGDCONT=1;+CGDCONT=2,"IP","a;b";+CGDCONT?', ['+CGDCONT: 2,"IP","a;b",,0,0', "OK"]),
        ("AT+CREG?", ["+CREG: 0,0", "OK"]),
        ("AT+C5GREG?", ["+C5GREG: 0,1", "OK"]),
        ("AT+CREG=?", ["+CREG: (0-3)", "OK"]),
        ("AT+COPS?", ['+COPS: 0,0,"V2X TEST",11', "OK"]),
        ("AT+COPS=3,2;+COPS?", ['+COPS: 0,2,"00101",11', "OK"]),
        ("AT+CSQ", ["+CSQ: 44,26", "OK"]),
        ("AT+CGACT=1,9", ["+CME ERROR: 50"]),
        ("AT+CGPADDR=1", ["+CGPADDR: 1", "OK"]),
    ],
)  # fmt: skip
def test_answers(line: str, answer: list[str]) -> None:
    assert ask(module(), line) == answer


def test_the_data_call_takes_its_time_and_is_reported() -> None:
    sim = module()
    assert ask(sim, "AT+CGEREP=2,1") == ["OK"]
    assert ask(sim, "AT+QNETDEVCTL=1,1,1") == ["OK"]
    assert ask(sim, "AT+CGACT?") == ["+CGACT: 1,0", "OK"]
    at = 100.0 + DELAYS.activation_s
    assert sim.advance(at) == b"\r\n+CGEV: ME PDN ACT 1\r\n\r\n+QNETDEVSTATUS: 1,1\r\n"
    assert ask(sim, "AT+CGPADDR=1", at) == ['+CGPADDR: 1,"192.0.2.10"', "OK"]
    assert '"CONNECT"' in ask(sim, 'AT+QENG="servingcell"', at)[0]
    assert "+QNETDEVSTATUS: 1,0" in ask(sim, "AT+QNETDEVCTL=0,1,1", at)
    assert ask(sim, "AT+CGACT=1,1", at)[-1] == "OK"
    assert ask(sim, "AT+CGACT?", at) == ["+CGACT: 1,1", "OK"]


def test_without_a_network_there_is_no_session() -> None:
    sim = module(options=SimOptions(coverage=False))
    assert ask(sim, "AT+C5GREG?") == ["+C5GREG: 0,2", "OK"]
    assert ask(sim, "AT+QNETDEVCTL=1,1,1") == ["+CME ERROR: 30"]
    assert ask(sim, 'AT+QENG="servingcell"') == ['+QENG: "servingcell","SEARCH"', "OK"]
    assert ask(sim, "AT+CSQ") == ["+CSQ: 99,99", "OK"]
    assert ask(sim, "AT+COPS?") == ["+COPS: 0", "OK"]


@pytest.mark.parametrize(
    ("card", "read", "imsi"),
    [(Card.ABSENT, ["+CME ERROR: 10"], 10), (Card.PIN, ["+CPIN: SIM PIN", "OK"], 11)],
)
def test_cards_that_are_not_ready(card: Card, read: list[str], imsi: int) -> None:
    sim = module(options=SimOptions(card=card))
    assert ask(sim, "AT+CPIN?") == read
    assert ask(sim, "AT+CIMI") == [f"+CME ERROR: {imsi}"]
    assert not sim.registered


def test_flight_mode_and_restart() -> None:
    sim = module()
    ask(sim, "AT+QNETDEVCTL=1,1")
    assert ask(sim, "AT+CFUN=4") == ["OK"]
    assert not sim.registered
    assert ask(sim, "AT+CFUN?;+CGACT?") == ["+CFUN: 4", "+CGACT: 1,0", "OK"]
    assert ask(sim, "AT+CFUN=1") == ["OK"]
    sim.advance(100.0 + DELAYS.search_s + DELAYS.registration_s)
    assert sim.registered
    assert ask(sim, "ATE0;+CFUN=1,1", 200.0) == ["OK"]
    assert sim.feed(b"AT\r", 200.0) == b""
    assert b"RDY" in sim.advance(200.0 + DELAYS.ready_s)
    assert sim.state.echo
    sim.power_off()
    assert sim.due_at is None
    assert sim.feed(b"AT\r", 300.0) == b""


def test_contexts_are_bounded() -> None:
    sim = module()
    for cid in range(1, 43):
        ask(sim, f'AT+CGDCONT={cid},"IP","x"')
    assert len(sim.service.contexts) == 16
    assert ask(sim, "AT+CGDCONT=2") == ["OK"]
    assert 2 not in sim.service.contexts


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"AT", b"\r", b"+CFUN=1,1", b'"', b";"]))))
def test_any_octets_at_any_time(pieces: list[bytes]) -> None:
    sim, engine, at = module(), Engine(), 100.0
    for piece in pieces:
        at += 0.1
        assert not any(isinstance(event, Noise) for event in engine.feed(sim.feed(piece, at)))
    assert sim.due_at is None or sim.due_at > at


@given(
    st.sampled_from(["+CGMI", "+CGDCONT", "+CREG", "+CGACT", "+CGPADDR", "+CFUN", "+COPS", "+QNETDEVCTL"]),
    st.text(),
)
def test_any_parameters(name: str, parameters: str) -> None:
    sim = module()
    line = re.sub(r"[\x00-\x1f\x7f]", "", f"AT{name}={parameters}").encode("latin-1", "replace") + b"\r"
    out = sim.feed(line, 100.0) + sim.advance(110.0)
    assert out.endswith((b"OK\r\n", b"ERROR\r\n")) or b"+CME ERROR: " in out or b"RDY" in out


# -- profiles --------------------------------------------------------------------------------------


def test_the_profile_is_a_documented_guess() -> None:
    assert profile_names() == ("early_x55", "hisilicon_ltev", "qualcomm", "unisoc")
    assert PROFILE.guess
    assert PROFILE.host.sa_layout == "unisoc"
    assert mask(PROFILE.sim.imei) != PROFILE.sim.imei
    with pytest.raises(ProfileError, match="there is: early_x55, hisilicon_ltev"):
        load_profile("../unisoc")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("guess = true", 'guess = "yes"', "profile: guess: must be a bool"),
        ("guess = true", "", "profile: guess: missing"),
        ("cooldown_s = 0.02", 'cooldown_s = "soon"', "host: cooldown_s: must be a float"),
        ("cooldown_s = 0.02", "cooldown_s = -1", "times are not negative"),
        ("ready_s = 0.2", "redy_s = 0.2", "sim.delays: unknown key redy_s"),
        ('init = ["ATQ0V1E0", "AT+CMEE=1"]', "init = [1]", "host: init: must be a list of texts"),
        ('init = ["ATQ0V1E0", "AT+CMEE=1"]', "init = []", "host.init: 1 to 16 lines"),
        ('servingcell = "unisoc"', 'servingcell = "x"', "host.servingcell: empty or one of"),
        ('"+C5GREG", "+CEREG"', '"+XREG"', "host.registration: out of"),
        ('manufacturer = "SIMULATED (v2x)"', 'manufacturer = "Real"', "must say SIMULATED"),
        ("[sim.delays]", "[other]", "unknown key other"),
        ("[host]", "[host", "Expected"),
        ("act = 11", "act = true", "sim: act: must be a int"),
    ],
)
def test_a_wrong_profile_names_key_and_reason(old: str, new: str, why: str) -> None:
    from importlib import resources

    text = (resources.files("v2x.modem") / "profiles" / "unisoc.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ProfileError) as caught:
        parse_profile(text.replace(old, new, 1), "test.toml")
    assert str(caught.value).startswith("test.toml: ")
    assert why in str(caught.value)
