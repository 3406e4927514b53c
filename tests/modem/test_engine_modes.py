"""The AT engine's data mode, numeric results and character set; what a command line says of itself."""

from __future__ import annotations

import pytest

from v2x.modem.answers import CSQ
from v2x.modem.commands import Command, Reply, Response, raw, result_timeout_for
from v2x.modem.engine import Engine
from v2x.modem.events import Data, Done, Event, Late, Prompted, State, Urc


def answer(command: Command[object], *chunks: bytes, numeric: bool = False) -> list[Event]:
    engine = Engine(numeric=numeric)
    engine.start(command)
    return [event for chunk in chunks for event in engine.feed(chunk)]


def only_done(events: list[Event]) -> Done:
    (found,) = [event for event in events if isinstance(event, Done)]
    return found


def urcs(events: list[Event]) -> list[str]:
    return [event.line for event in events if isinstance(event, Urc)]


# -- data mode -------------------------------------------------------------------------------------


def dialled() -> Engine:
    engine = Engine()
    engine.start(raw("ATD*99#"))
    engine.feed(b"\r\nCONNECT\r\n")
    return engine


@pytest.mark.parametrize("cut", [1, 2, 3, 100])
@pytest.mark.parametrize("data", [b"", b"~}", b"\r\nO", b"\r\nNO CARR\r", b"OK\r\n\r", b"\r\n+++"])
def test_octets_before_the_answer_to_the_escape_are_data(data: bytes, cut: int) -> None:
    engine = dialled()
    engine.escape()
    with pytest.raises(RuntimeError):
        engine.escape()
    octets = data + b"\r\nOK\r\n\r\nRDY\r\n"
    events = [e for start in range(0, len(octets), cut) for e in engine.feed(octets[start : start + cut])]
    assert b"".join(e.data for e in events if isinstance(e, Data)) == data
    assert only_done(events).reply.final == "OK"
    assert urcs(events) == ["RDY"]
    assert engine.state is State.IDLE


def test_an_escape_that_is_not_answered_leaves_data_mode_as_it_was() -> None:
    engine = dialled()
    engine.escape()
    assert engine.feed(b"abc\r\nO") == [Data(b"abc")]
    engine.abandon()
    assert engine.state is State.DATA
    assert engine.feed(b"!") == [Data(b"\r\nO!")]


def test_an_escape_where_the_other_side_is_gone() -> None:
    engine = dialled()
    engine.escape()
    refusal = only_done(engine.feed(b"\r\nNO CARRIER\r\n")).refusal
    assert refusal is not None
    assert refusal.text == "NO CARRIER"
    assert engine.state is State.IDLE


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_no_carrier_and_silence_end_data_mode(cut: int) -> None:
    engine = dialled()
    octets = b"data\r\nNO CARRIER\r\n"
    for start in range(0, len(octets), cut):
        engine.feed(octets[start : start + cut])
    assert engine.hung_up
    assert engine.quiet() == [Urc("NO CARRIER")]
    assert (engine.state, engine.hung_up) == (State.IDLE, False)


def test_no_carrier_within_data_is_data() -> None:
    engine = dialled()
    engine.feed(b"\r\nNO CARRIER\r\n and on")
    assert not engine.hung_up
    assert engine.quiet() == []
    assert engine.state is State.DATA


def test_a_file_goes_up_behind_its_connect() -> None:
    upload: Command[Reply] = Command(
        'AT+QFUPL="f",3', lambda r: r, Response.PREFIXED, ("+QFUPL",), payload=b"abc", prompt=b"CONNECT\r\n"
    )
    events = answer(upload, b"\r\nCONN", b"ECT\r\n", b"+QFUPL: 3,6162\r\n\r\nOK\r\n")
    assert events[0] == Prompted(b"abc")
    assert only_done(events).reply.lines == ("+QFUPL: 3,6162",)


@pytest.mark.parametrize(
    ("text", "connects"),
    [('AT+QIOPEN=1,0,"TCP","h",80,0,2', True), ('AT+QIOPEN=1,0,"TCP","h",80,0,1', False), ("ATO1", True)],
)
def test_a_transparent_socket_connects(text: str, connects: bool) -> None:
    events = answer(raw(text), b"\r\nCONNECT\r\n")
    assert isinstance(events[0], Done if connects else Urc)


# -- numeric results, character set ----------------------------------------------------------------


def run(engine: Engine, text: str, octets: bytes) -> Done:
    engine.start(raw(text))
    return only_done(engine.feed(octets))


def test_the_form_of_results_is_learnt_from_the_lines_that_set_it() -> None:
    engine = Engine()
    run(engine, "ATV0", b"0\r")
    assert engine.numeric
    assert run(engine, "AT+CSQ", b"+CSQ: 20,99\r\n0\r").reply.lines == ("+CSQ: 20,99",)
    refusal = run(engine, "AT+X", b"4\r").refusal
    assert refusal is not None
    assert run(engine, "ATV7", b"4\r").refusal is not None
    assert engine.numeric
    run(engine, "ATZ", b"\r\nOK\r\n")
    assert not engine.numeric
    run(engine, "AT", b"0\r")
    assert engine.numeric
    run(engine, "ATQ0V1E0", b"\r\nOK\r\n")
    assert not engine.numeric
    run(engine, "AT&V", b"V0\r\n\r\nOK\r\n")
    assert not engine.numeric


def test_numeric_results_that_nobody_asked_for_are_notifications() -> None:
    engine = Engine(numeric=True)
    assert engine.feed(b"2\r") == [Urc("RING")]
    engine.start(CSQ)
    events = engine.feed(b"2\r+CSQ: 1,2\r\n3\r0\r")
    assert urcs(events) == ["RING", "NO CARRIER"]
    assert only_done(events).reply.lines == ("+CSQ: 1,2",)
    assert engine.feed(b"4\r") == [Late("ERROR")]


def test_numeric_data_mode() -> None:
    engine = Engine(numeric=True)
    engine.start(raw("ATD*99#"))
    assert engine.feed(b"1\r\n~")[-1] == Data(b"\n~")  # no line feed belongs to a numeric result
    engine.escape()
    assert engine.feed(b"~\r") == [Data(b"~")]
    assert only_done(engine.feed(b"\n0\r")).reply.final == "OK"


def test_the_character_set_goes_along_with_the_answers() -> None:
    engine = Engine()
    assert run(engine, 'AT+CSCS="UCS2"', b"\r\nERROR\r\n").reply.charset is None
    run(engine, 'AT+CSCS="UCS2"', b"\r\nOK\r\n")
    name = run(engine, "AT+COPS?", b'\r\n+COPS: 0,0,"0033002000410054",7\r\n\r\nOK\r\n').reply
    assert name.charset == engine.charset == "UCS2"
    run(engine, "AT+CSCS=?", b'\r\n+CSCS: ("GSM","UCS2")\r\n\r\nOK\r\n')
    assert engine.charset == "UCS2"
    run(engine, "AT+CSCS?", b'\r\n+CSCS: "GSM"\r\n\r\nOK\r\n')
    assert engine.charset == "GSM"


# -- commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["AT", "ATI", "AT+CSQ", "AT+CGSN", "AT+CREG?", "AT+COPS=?", "at+cimi", "AT+GMR"]
)
def test_what_may_be_asked_again(text: str) -> None:
    assert raw(text).idempotent


@pytest.mark.parametrize(
    "text", ["ATD1", "ATE0", "AT+CFUN=1", 'AT+CMGS="1"', "AT+CSQ;+CFUN=0", "ATO", "AT+QPOWD"]
)
def test_what_may_not(text: str) -> None:
    assert not raw(text).idempotent


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ('AT+QIOPEN=1,0,"TCP","h",80', 150.0),
        ('AT+QPING=1,"h"', 21.0),
        ('AT+QPING=1,"h",2,3', 11.0),
        ('AT+QPING=1,"h",x', 255.0),
        ('AT+QPING=1,"h",9999,9999', 2555.0),
        ("AT+QPOWD", 65.0),
        ("AT+X", 3.0),
    ],
)
def test_how_long_a_result_after_the_ok_may_take(text: str, seconds: float) -> None:
    assert result_timeout_for(text) == seconds
