"""Scripts: what they may say, and what each action does to answers and to the world."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.engine import Engine
from v2x.modem.events import Done
from v2x.modem.profiles import load_profile
from v2x.modem.sim import SimulatedModule
from v2x.modem.sim_script import PARAMETERS, Do, Script, ScriptError, load_script, parse_script

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = load_profile("qualcomm")
READY_S = 100.0


def running(text: str) -> SimulatedModule:
    sim = SimulatedModule(PROFILE, script=parse_script(text, "test"))
    sim.power_on(0.0)
    sim.advance(READY_S)
    sim.feed(b"ATE0\r", READY_S)
    return sim


def ask(sim: SimulatedModule, line: str, at: float = READY_S) -> list[str]:
    out = sim.feed(line.encode("latin-1") + b"\r", at).decode("latin-1")
    return [row for row in re.split(r"[\r\n]+", out) if row]


def rule(do: str, command: str = "AT+CSQ*", **values: object) -> str:
    rows = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    return f'[[on]]\ncommand = "{command}"\ndo = "{do}"\n{rows}\n'


# -- answers ---------------------------------------------------------------------------------------


def test_a_delayed_answer_comes_late_and_in_order() -> None:
    sim = running(rule("delay", seconds=5, times=1))
    assert ask(sim, "AT+CSQ") == []
    assert ask(sim, "AT+CMEE?") == []  # behind the late one
    assert sim.due_at == READY_S + 5
    assert sim.advance(READY_S + 4.9) == b""
    assert sim.advance(READY_S + 5) == b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n"
    assert ask(sim, "AT+CSQ", READY_S + 6) == ["+CSQ: 99,99", "OK"]


def test_an_answer_is_split_at_every_octet() -> None:
    sim = running(rule("split", gap_s=0.25))
    assert sim.feed(b"AT+CSQ\r", READY_S) == b""
    pieces, at = [], READY_S
    while sim.due_at is not None:
        at = sim.due_at
        pieces.append(sim.advance(at))
    assert b"".join(pieces) == b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n"
    assert {len(piece) for piece in pieces} == {1}
    assert at == READY_S + 0.25 * len(pieces)
    everything = running('[[at]]\ntime_s = 100.5\ndo = "split"\nseconds = 10\n')
    assert everything.feed(b"AT\r", READY_S + 1) == b""
    assert everything.advance(READY_S + 2) == b"\r\nOK\r\n"
    assert ask(everything, "AT", READY_S + 11) == ["OK"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (rule("mute"), b""),
        (rule("answer", text="+CSQ: 7,7", final="OK"), b"\r\n+CSQ: 7,7\r\n\r\nOK\r\n"),
        (rule("answer", text="", final="ERROR"), b"\r\nERROR\r\n"),
        (rule("error", code=30), b"\r\n+CME ERROR: 30\r\n"),
        (
            rule("foreign", text='+CCLK: "26/01/01"'),
            b'\r\n+CCLK: "26/01/01"\r\n\r\nOK\r\n\r\n+CSQ: 99,99\r\n\r\nOK\r\n',
        ),
        (rule("urc", text="RING"), b"\r\n+CSQ: 99,99\r\n\r\nRING\r\n\r\nOK\r\n"),
        (rule("urc", text="RING", where="before"), b"\r\nRING\r\n\r\n+CSQ: 99,99\r\n\r\nOK\r\n"),
        (rule("urc", text="RING", where="after"), b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n\r\nRING\r\n"),
        (rule("garbage", hex="00ff", where="before"), b"\x00\xff\r\n+CSQ: 99,99\r\n\r\nOK\r\n"),
        (rule("delay", seconds=0) + rule("mute", times=0, after=1), b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n"),
    ],
)
def test_what_becomes_of_an_answer(text: str, answer: bytes) -> None:
    assert running(text).feed(b"AT+CSQ\r", READY_S) == answer


def test_garbage_of_a_seed_is_the_same_again_and_leaves_the_answer_in_it() -> None:
    text = "[module]\nseed = 5\n" + rule("garbage", count=9)
    first, second = (running(text).feed(b"AT+CSQ\r", READY_S) for _ in range(2))
    assert first == second
    assert len(first) == len(b"\r\n+CSQ: 99,99\r\n\r\nOK\r\n") + 9


def test_rules_count_and_gamble() -> None:
    sim = running(rule("error", code=14, after=1, times=2))
    assert [ask(sim, "AT+CSQ")[-1] for _ in range(5)] == ["OK", *["+CME ERROR: 14"] * 2, "OK", "OK"]
    sim = running("[module]\nseed = 3\n" + rule("error", code=14, probability=0.5))
    refused = sum(ask(sim, "AT+CSQ")[-1] != "OK" for _ in range(400))
    assert 150 < refused < 250


def test_a_command_matches_whole_and_by_star() -> None:
    sim = running(rule("error", "at+cgact=*,1", code=30))
    assert ask(sim, "AT+CGACT=1,1") == ["+CME ERROR: 30"]
    assert ask(sim, "AT+CGACT?")[-1] == "OK"
    assert ask(sim, "AT+CGACT=0,1;+CGATT?")[-1] == "OK"


# -- the world -------------------------------------------------------------------------------------


def timed(do: str, **values: object) -> str:
    rows = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    return f'[[at]]\ntime_s = 150.0\ndo = "{do}"\n{rows}\n'


AT = 150.0


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (
            timed("handover", cell="sa-2"),
            "AT+C5GREG=2;+C5GREG?",
            '+C5GREG: 2,1,"000001","000000102",11,4,"01.000000"',
        ),
        (timed("signal", cell="sa-1", rsrp_dbm=-120.0), "AT+QCSQ", '+QCSQ: "NR5G",-120,15,-8'),
        (timed("coverage", on=False), "AT+C5GREG?", "+C5GREG: 0,2"),
        (timed("detach"), "AT+C5GREG?", "+C5GREG: 0,2"),
        (timed("reject", cause=11), "AT+CGATT?", "+CGATT: 0"),
        (timed("card", card="absent"), "AT+CPIN?", "+CME ERROR: 10"),
        (timed("echo", on=True), "AT", "AT"),
        (timed("pc5", cbr=0.5), "AT+CATM=1;+CCBRREQ", "+CCBRREQ: 50"),
        (timed("sms", text="x"), "AT+CPMS?", '+CPMS: "ME",1,23,"ME",1,23,"ME",1,23'),
    ],
)
def test_what_happens_at_a_time(text: str, question: str, answer: str) -> None:
    sim = running(text)
    before = ask(sim, question, AT - 1)
    sim.advance(AT)
    assert ask(sim, question, AT)[0] == answer
    assert before[0] != answer


def test_a_lost_network_takes_the_session_along_and_gives_it_back() -> None:
    sim = running(timed("coverage", on=False) + '[[at]]\ntime_s = 160.0\ndo = "coverage"\non = true\n')
    ask(sim, "AT+CGEREP=2;+C5GREG=1;+CGACT=1,1")
    out = sim.advance(AT).decode()
    assert "+CGEV: NW PDN DEACT 1" in out
    assert "+C5GREG: 2" in out
    assert b"+C5GREG: 1" in sim.advance(AT + 20)


def test_a_deactivation_by_the_network_is_reported() -> None:
    sim = running(timed("deactivate", cid=1))
    ask(sim, "AT+CGEREP=2;+CGACT=1,1")
    assert sim.advance(AT) == b"\r\n+CGEV: NW PDN DEACT 1\r\n"


def test_a_stuck_module_is_deaf_and_dumb_until_its_time_or_power_on() -> None:
    sim = running(timed("stuck", seconds=10.0) + '[[at]]\ntime_s = 155.0\ndo = "urc"\ntext = "RING"\n')
    sim.advance(AT)
    assert ask(sim, "AT", AT) == []
    assert not sim.listening
    assert sim.advance(AT + 9) == b""
    assert ask(sim, "AT", AT + 10) == ["OK"]
    sim = running(timed("stuck", seconds=0))
    sim.advance(AT + 1000)
    assert ask(sim, "AT", AT + 1000) == []
    sim.power_on(AT + 1000)
    assert b"RDY" in sim.advance(AT + 1010)


def test_the_port_goes_and_comes_back() -> None:
    sim = running(timed("port_loss", seconds=3.0))
    sim.advance(AT)
    assert not sim.port_present
    assert ask(sim, "AT", AT + 1) == []
    sim.advance(AT + 3)
    assert sim.port_present
    assert ask(sim, "AT", AT + 3) == ["OK"]


def test_a_usb_module_loses_its_port_when_it_restarts_and_while_it_is_off() -> None:
    sim = running("[module]\nusb = true\nusb_s = 4\n")
    assert ask(sim, "AT+CFUN=1,1") == ["OK"]
    assert ask(sim, "AT") == []  # the port is there yet, but nobody listens
    assert sim.port_present
    assert sim.advance(READY_S + 1) == b""
    assert not sim.port_present
    assert sim.advance(READY_S + 4.9) == b""
    assert b"RDY" in sim.advance(READY_S + 5.5)
    assert sim.port_present
    assert ask(sim, "ATE0", READY_S + 10)[-1] == "OK"
    ask(sim, "AT+QPOWD", READY_S + 10)
    sim.advance(READY_S + 20)
    assert not sim.port_present
    sim.power_on(READY_S + 30)
    assert b"RDY" in sim.advance(READY_S + 40)
    assert sim.port_present


def test_restart_and_power_by_rule_and_by_time() -> None:
    sim = running(
        rule("restart") + '[[at]]\ntime_s = 150\ndo = "power_off"\n[[at]]\ntime_s = 170\ndo = "power_on"\n'
    )
    assert ask(sim, "AT+CSQ") == ["+CSQ: 99,99", "OK"]
    assert not sim.listening
    assert b"RDY" in sim.advance(READY_S + 10)
    sim.advance(AT)
    assert ask(sim, "AT", AT + 1) == []
    assert b"RDY" in sim.advance(180)


def test_every_action_has_its_effect_somewhere() -> None:
    """A new one can't be forgotten by the table of parameters or by the world."""
    values = {
        "seconds": 1.0, "text": "x", "code": 1, "on": True, "cell": "sa-1", "cause": 1, "cid": 1,
        "rsrp_dbm": -90.0, "card": "ready",
    }  # fmt: skip
    for do in Do:
        needed = {n: values[n] for n in PARAMETERS.get(do, ()) if not n.startswith("[")}
        sim = running(rule(do.value, "AT+CSQ", **needed))
        sim.feed(b"AT+CSQ\r", READY_S)
        sim.advance(READY_S + 100)


# -- what a script may say -------------------------------------------------------------------------


def test_toml_and_json_lines_say_the_same(tmp_path: Path) -> None:
    toml, lines = tmp_path / "a.toml", tmp_path / "a.jsonl"
    cell = {"name": "a", "rat": "NR5G-SA", "pci": 1, "arfcn": 2, "band": 78, "bandwidth_mhz": 100}
    toml.write_text(
        '[module]\nseed = 1\n[[cell]]\nname = "a"\nrat = "NR5G-SA"\npci = 1\narfcn = 2\nband = 78\n'
        'bandwidth_mhz = 100\n[[signal]]\ncell = "a"\ntime_s = 1\nrsrp_dbm = -90\n'
        '[[at]]\ntime_s = 2\ndo = "restart"\n' + rule("mute")
    )
    rows = [
        {"kind": "on", "command": "AT+CSQ*", "do": "mute"},
        {"kind": "at", "time_s": 2, "do": "restart"},
        {"kind": "signal", "cell": "a", "time_s": 1, "rsrp_dbm": -90},
        {"kind": "cell", **cell},
        {"kind": "module", "seed": 1},
    ]
    lines.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    assert load_script(toml) == load_script(lines) != Script()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[module", "Expected"),
        ("[module]\nsed = 1\n", "module 1: unknown key sed"),
        ('[module]\nseed = "x"\n', "seed: must be a int"),
        ("[module]\nping_loss = 2.0\n", "ping_loss: 0 to 1"),
        ("[module]\nclock_at = 1e300\n", "clock_at: must be a number"),
        ("[module]\nclock_at = nan\n", "clock_at: must be a number"),
        ("[modul]\nseed = 1\n", "modul: must be [[modul]]"),
        ("[[modul]]\nseed = 1\n", "unknown kind 'modul'"),
        ("[[module]]\nseed = 1\n", "module: must be [module]"),
        ('[[at]]\ntime_s = 1\ndo = "jump"\n', "do: one of delay, mute"),
        ('[[at]]\ntime_s = 1\ndo = "mute"\n', "belongs to [[on]]"),
        ('[[at]]\ndo = "restart"\n', "time_s: must be a number"),
        ('[[on]]\ndo = "mute"\n', "command: missing"),
        (rule("delay"), "delay needs seconds"),
        (rule("mute", seconds=1), "mute has no seconds"),
        (rule("urc", text="x", where="left"), "where: before, middle or after"),
        (rule("urc", text="中"), "latin-1"),
        (rule("garbage", hex="0g"), "non-hexadecimal"),
        (rule("garbage", count=10**9), "count: 0 to 65536"),
        (rule("mute", probability=1.5), "probability: 0 to 1"),
        (timed("card", card="none"), "card: ready, absent or pin"),
        (timed("pc5", cbr=-0.5), "cbr, loss: 0 to 1"),
        ('[[cell]]\nname = "a"\n', "rat: missing"),
        (
            '[[cell]]\nname = "a"\nrat = "GSM"\npci = 1\narfcn = 2\nband = 3\nbandwidth_mhz = 4\n',
            "one of LTE, NR5G-SA, NR5G-NSA",
        ),
        (
            2 * '[[cell]]\nname = "a"\nrat = "LTE"\npci = 1\narfcn = 2\nband = 3\nbandwidth_mhz = 4\n',
            "two cells of one name",
        ),
        (
            '[[cell]]\nname = "a"\nrat = "LTE"\npci = 1008\narfcn = 2\nband = 3\nbandwidth_mhz = 4\n',
            "pci: 0 to 1007",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(why)) as caught:
        parse_script(text, "faults.toml")
    assert str(caught.value).startswith("faults.toml")


def test_files_that_are_no_scripts(tmp_path: Path) -> None:
    for name, content, why in (
        ("a.jsonl", b"[1]\n", "a.jsonl:1: no JSON object"),
        ("b.jsonl", b"{\n", "no JSON object on one line"),
        ("c.toml", b"\xff", "not UTF-8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ScriptError, match=why):
            load_script(tmp_path / name)
    with pytest.raises(ScriptError, match="No such file"):
        load_script(tmp_path / "none.toml")
    with pytest.raises(ScriptError, match="no cell 'nowhere'"):
        running(timed("handover", cell="nowhere"))


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_a_script_or_an_error(text: str, toml: bool) -> None:
    with contextlib.suppress(ScriptError):
        assert isinstance(parse_script(text, "x", toml=toml), Script)


@given(
    st.lists(st.sampled_from(["garbage", "urc", "split", "mute", "foreign"]), max_size=4),
    st.integers(0, 1000),
)
def test_the_engine_gets_over_any_mix_of_faults(faults: list[str], seed: int) -> None:
    """Whatever a faulty answer is, the engine neither raises nor answers twice."""
    from v2x.modem.answers import CSQ

    values = {"urc": {"text": "RING"}, "foreign": {"text": "+CCLK: 1"}, "split": {"gap_s": 0.01}}
    sim = running(f"[module]\nseed = {seed}\n" + "".join(rule(do, **values.get(do, {})) for do in faults))
    engine = Engine()
    events = engine.feed(sim.feed(engine.start(CSQ), READY_S))
    while sim.due_at is not None:
        events += engine.feed(sim.advance(sim.due_at))
    assert sum(isinstance(event, Done) for event in events) <= 1
