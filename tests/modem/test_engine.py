"""The AT engine's rules, one by one."""

from __future__ import annotations

import pytest

from v2x.modem.answers import CPIN, CSQ, registration
from v2x.modem.commands import Command, Reply, Response, action, raw
from v2x.modem.engine import LINE_LIMIT, LINES_LIMIT, Engine
from v2x.modem.events import Data, Done, Event, Intermediate, Late, Noise, Prompted, State, Urc


def answer(command: Command[object], *chunks: bytes, numeric: bool = False) -> list[Event]:
    engine = Engine(numeric=numeric)
    engine.start(command)
    return [event for chunk in chunks for event in engine.feed(chunk)]


def only_done(events: list[Event]) -> Done:
    (found,) = [event for event in events if isinstance(event, Done)]
    return found


def urcs(events: list[Event]) -> list[str]:
    return [event.line for event in events if isinstance(event, Urc)]


# -- states and echo -------------------------------------------------------------------------------


def test_a_command_goes_through_the_states() -> None:
    engine = Engine()
    assert engine.state is State.IDLE
    assert engine.start(CSQ) == b"AT+CSQ\r"
    assert engine.state is State.SENT
    assert engine.feed(b"\r\n+CSQ: 20,99\r\n") == [Intermediate("+CSQ: 20,99")]
    assert engine.state is State.INTERMEDIATE
    assert engine.lines == ("+CSQ: 20,99",)
    assert engine.feed(b"\r\nOK\r\n") == [Done(Reply(("+CSQ: 20,99",), "OK"))]
    assert engine.state is State.IDLE


def test_one_command_at_a_time() -> None:
    engine = Engine()
    engine.start(CSQ)
    with pytest.raises(RuntimeError):
        engine.start(CPIN)
    with pytest.raises(RuntimeError):
        engine.escape()


@pytest.mark.parametrize("echo", [b"AT+CSQ\r\r\n", b"AT+CSQ\r\n\r\n", b"AT+CSQ\r\n", b"\x00\x00AT+CSQ\r\r\n"])
def test_echo_is_removed(echo: bytes) -> None:
    reply = only_done(answer(CSQ, echo, b"+CSQ: 20,99\r\n\r\nOK\r\n")).reply
    assert reply.lines == ("+CSQ: 20,99",)


def test_a_data_line_that_looks_like_a_command_stays() -> None:
    events = answer(raw("AT+GMR"), b"AT+GMR\r\r\nAT version:1\r\nAT+GMR\r\nAT+CSQ\r\nOK\r\n")
    assert only_done(events).reply.lines == ("AT version:1", "AT+GMR", "AT+CSQ")


def test_no_prefix_is_needed_and_a_quoted_ok_is_no_final() -> None:
    events = answer(raw("AT+GSN"), b'\r\n"OK"\r\n\r\nOKAY\r\n\r\nOK\r\n')
    assert only_done(events).reply.lines == ('"OK"', "OKAY")


# -- finals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "by", "code", "text"),
    [
        ("ERROR", "final", None, "ERROR"),
        ("+CME ERROR: 14", "CME", 14, "SIM busy"),
        ("+CME ERROR: SIM busy", "CME", 14, "SIM busy"),
        ("+CME ERROR: sim  BUSY", "CME", 14, "sim  BUSY"),
        ("+CME ERROR:4", "CME", 4, "operation not supported"),
        ("+CME ERROR: raspberry", "CME", None, "raspberry"),
        ("+CME ERROR: 99999", "CME", None, "99999"),
        ("+CMS ERROR: 305", "CMS", 305, "invalid text mode parameter"),
        ("+CMS ERROR: 600", "CMS", 600, "code 600"),
        ("COMMAND NOT SUPPORT", "final", None, "COMMAND NOT SUPPORT"),
        ("NO ANSWER", "final", None, "NO ANSWER"),
    ],
)
def test_refusals(line: str, by: str, code: int | None, text: str) -> None:
    refusal = only_done(answer(CSQ, f"\r\n{line}\r\n".encode())).refusal
    assert refusal is not None
    assert (refusal.by, refusal.code, refusal.text) == (by, code, text)


def test_an_error_without_a_value_is_no_final() -> None:
    engine = Engine()
    engine.start(CSQ)
    assert not any(
        isinstance(event, Done) for event in engine.feed(b"\r\n+CME ERROR:\r\n\r\n+CMS ERROR: \r\n")
    )


@pytest.mark.parametrize("line", ["NO CARRIER", "BUSY", "CONNECT 115200", "RING"])
def test_call_results_are_final_only_while_dialling(line: str) -> None:
    octets = f"\r\n{line}\r\n".encode()
    assert urcs(answer(CSQ, octets)) == [line]
    assert urcs(Engine().feed(octets)) == [line]
    dialled = answer(raw("ATD*99***1#"), octets)
    assert isinstance(dialled[0], Urc if line == "RING" else Done)


@pytest.mark.parametrize("text", ["ATD*99#", "ATO", 'AT+CGDATA="M-ETHER",1', "ATD123;"])
def test_what_dials(text: str) -> None:
    assert raw(text).dials


def test_numeric_results() -> None:
    assert only_done(answer(CSQ, b"+CSQ: 20,99\r\n0\r", numeric=True)).reply.final == "OK"
    refusal = only_done(answer(CSQ, b"4\r", numeric=True)).refusal
    assert refusal is not None
    assert refusal.text == "ERROR"
    dialled = only_done(answer(raw("ATD1"), b"3\r", numeric=True))
    assert dialled.refusal is not None
    assert dialled.refusal.text == "NO CARRIER"


def test_set_up_lines_end_in_either_form() -> None:
    assert only_done(answer(action("ATV1", sets_up=True), b"0\r")).reply.final == "OK"
    assert only_done(answer(action("ATV1", sets_up=True), b"\r\nOK\r\n")).reply.final == "OK"
    assert not any(isinstance(e, Done) for e in answer(CSQ, b"0\r"))


def test_a_compound_line_has_one_final_and_its_parts_in_any_order() -> None:
    command = raw("AT+CSQ;+CPIN?")
    assert command.prefixes == ("+CSQ", "+CPIN")
    reply = only_done(answer(command, b"\r\n+CPIN: READY\r\n\r\n+CSQ: 1,2\r\n\r\nOK\r\n")).reply
    assert reply.lines == ("+CPIN: READY", "+CSQ: 1,2")


# -- notifications and foreign answers -------------------------------------------------------------


def test_notifications_before_between_and_after() -> None:
    events = answer(
        CSQ,
        b'\r\n+CMTI: "ME",1\r\n\r\n+CSQ: 20,99\r\n\r\nRING\r\n\r\nOK\r\n\r\n+QIND: "csq",1,2\n+CFUN: 1\r\n',
    )
    assert only_done(events).reply.lines == ("+CSQ: 20,99",)
    assert urcs(events) == ['+CMTI: "ME",1', "RING", '+QIND: "csq",1,2', "+CFUN: 1"]


@pytest.mark.parametrize(
    "line", ["+CREG: 1", '+CREG: 1,"8BE3","00002BAF"', "+CREG: 1,8BE3,2BAF", "+CREG: 10,0001,0010,0"]
)
def test_a_notification_of_the_same_name_is_told_apart(line: str) -> None:
    events = answer(
        registration("+CREG"), f'\r\n{line}\r\n\r\n+CREG: 2,1,"8BE3","0000"\r\n\r\nOK\r\n'.encode()
    )
    assert urcs(events) == [line]
    assert only_done(events).reply.lines == ('+CREG: 2,1,"8BE3","0000"',)


def test_a_registration_notification_in_a_set_or_test_command() -> None:
    assert urcs(answer(raw("AT+CREG=2"), b"\r\n+CREG: 1\r\n\r\nOK\r\n")) == ["+CREG: 1"]
    events = answer(raw("AT+CREG=?"), b"\r\n+CREG: 1\r\n\r\n+CREG: (0-2)\r\n\r\nOK\r\n")
    assert urcs(events) == ["+CREG: 1"]
    assert only_done(events).reply.lines == ("+CREG: (0-2)",)


@pytest.mark.parametrize("prefix", ["+CMT", "+CDS", "+CBM"])
@pytest.mark.parametrize("body", ["OK", "07911326040000F0", "", "+CREG: 1"])
def test_the_second_line_belongs_to_the_notification(prefix: str, body: str) -> None:
    events = answer(CSQ, f"\r\n{prefix}: ,24\r\n{body}\r\n\r\n+CSQ: 1,2\r\n\r\nOK\r\n".encode())
    assert events[0] == Urc(f"{prefix}: ,24", body=(body,))
    assert only_done(events).reply.lines == ("+CSQ: 1,2",)


def test_raw_octets_of_a_notification() -> None:
    payload = b"\r\nOK\r\n\x00+CSQ: 7"
    line = f'+QIURC: "recv",0,{len(payload)}'
    engine = Engine()
    assert engine.feed(f"\r\n{line}\r\n".encode()) == []
    assert engine.state is State.PAYLOAD
    assert engine.feed(payload + b"\r\nRDY\r\n") == [Urc(line, payload=payload), Urc("RDY")]


@pytest.mark.parametrize("count", ["-1", "70000", "x", "", "99999999999999999999999"])
def test_a_count_that_cannot_be_is_not_believed(count: str) -> None:
    line = f'+QIURC: "recv",0,{count}'
    assert Engine().feed(f"\r\n{line}\r\nRDY\r\n".encode()) == [Urc(line), Urc("RDY")]


def test_an_answer_to_another_master_is_foreign() -> None:
    cimi: Command[Reply] = Command("AT+CIMI", lambda reply: reply, Response.TEXT, ("+CIMI",), 1)
    events = answer(cimi, b'\r\n+CCLK: "21/01/01,00:00:00+00"\r\n\r\nOK\r\n')
    done = only_done(events)
    assert done.reply.lines == ()
    assert done.reply.foreign == ('+CCLK: "21/01/01,00:00:00+00"',)
    assert events[0] == Urc('+CCLK: "21/01/01,00:00:00+00"', known=False)


# -- payloads and prompts --------------------------------------------------------------------------

QIRD: Command[Reply] = Command(
    "AT+QIRD=0,1500", lambda reply: reply, Response.PREFIXED, ("+QIRD",), 1, counted_field=0
)
SEND: Command[Reply] = Command(
    "AT+QISEND=0,4", lambda reply: reply, Response.NONE, ("+QISEND",), payload=b"\r\nOK"
)


def test_counted_octets_are_not_read_as_lines() -> None:
    events = answer(QIRD, b"\r\n+QIRD: 8\r\n\r\nOK\r\n\x1a+\r\n\r\nOK\r\n")
    reply = only_done(events).reply
    assert reply.payload == b"\r\nOK\r\n\x1a+"
    assert reply.lines == ("+QIRD: 8",)


def test_no_octets_and_a_count_beyond_the_limit() -> None:
    assert only_done(answer(QIRD, b"\r\n+QIRD: 0\r\n\r\nOK\r\n")).reply.payload is None
    assert only_done(answer(QIRD, b"\r\n+QIRD: 70000\r\n\r\nOK\r\n")).reply.damaged == 1


@pytest.mark.parametrize("before", [b"\r\n> ", b"AT+QISEND=0,4\r> ", b"\r\nRING\r\n\r\n> "])
def test_a_prompt_asks_for_the_payload(before: bytes) -> None:
    engine = Engine()
    engine.start(SEND)
    assert engine.state is State.PROMPT
    events = [event for octet in before for event in engine.feed(bytes([octet]))]
    assert events[-1] == Prompted(b"\r\nOK")
    assert engine.state is State.FINAL
    assert only_done(engine.feed(b"\r\nSEND OK\r\n")).reply.final == "SEND OK"


def test_a_refused_prompt_and_a_failed_send() -> None:
    refusal = only_done(answer(SEND, b"\r\nERROR\r\n")).refusal
    assert refusal is not None
    refusal = only_done(answer(SEND, b"\r\n> ", b"\r\nSEND FAIL\r\n")).refusal
    assert refusal is not None
    assert refusal.text == "SEND FAIL"


def test_the_echo_of_a_payload_is_removed() -> None:
    sms: Command[Reply] = Command(
        'AT+CMGS="1"', lambda reply: reply, Response.PREFIXED, ("+CMGS",), payload=b"hello\r\nthere\x1a"
    )
    events = answer(sms, b'AT+CMGS="1"\r\r\n> ', b"hello\r\nthere\r\n+CMGS: 1\r\n\r\nOK\r\n")
    assert only_done(events).reply == Reply(("+CMGS: 1",), "OK")


def test_a_greater_than_sign_is_a_line_where_nothing_was_to_be_sent() -> None:
    assert only_done(answer(raw("ATI"), b"\r\n> 1\r\n\r\nOK\r\n")).reply.lines == ("> 1",)


# -- data mode -------------------------------------------------------------------------------------


def test_data_mode_is_opaque_until_it_is_left() -> None:
    engine = Engine()
    engine.start(raw("ATD*99#"))
    events = engine.feed(b"\r\nCONNECT 150000000\r\n~\r\nOK\r\n")
    assert only_done(events).reply.final == "CONNECT 150000000"
    assert events[-1] == Data(b"~\r\nOK\r\n")
    assert engine.state is State.DATA
    engine.abandon()
    assert engine.state is State.DATA
    assert engine.escape() == b"+++"
    assert only_done(engine.feed(b"~}\r\nOK\r\n")).refusal is None
    assert engine.state is State.IDLE


def test_a_hang_up_ends_data_mode() -> None:
    engine = Engine()
    engine.start(raw("ATD*99#"))
    engine.feed(b"\r\nCONNECT\r\n")
    engine.reset()
    assert engine.state is State.IDLE
    assert engine.feed(b"\r\nNO CARRIER\r\n") == [Urc("NO CARRIER")]


# -- limits, noise, late answers -------------------------------------------------------------------


def test_a_line_without_end_is_noise_and_spoils_the_answer() -> None:
    engine = Engine()
    engine.start(CSQ)
    for _ in range(50):
        assert engine.feed(b"x" * 4096) == []
    assert engine.feed(b"\r\n\r\nOK\r\n") == [
        Noise(50 * 4096, "line too long"),
        Done(Reply((), "OK", damaged=1)),
    ]


def test_the_longest_line_is_taken() -> None:
    assert urcs(Engine().feed(b"y" * LINE_LIMIT + b"\r\n")) == ["y" * LINE_LIMIT]


def test_too_many_lines_spoil_the_answer() -> None:
    events = answer(raw("AT+CLAC"), b"AT+X\r\n" * (LINES_LIMIT + 3) + b"OK\r\n")
    reply = only_done(events).reply
    assert (len(reply.lines), reply.damaged) == (LINES_LIMIT, 3)


def test_a_late_answer_ends_no_other_command() -> None:
    engine = Engine()
    engine.start(CSQ)
    engine.abandon()
    assert engine.state is State.DRAIN
    with pytest.raises(RuntimeError):
        engine.start(CPIN)
    probe: Command[Reply] = Command("AT+CMEE?", lambda r: r, Response.PREFIXED, ("+CMEE",), 1)
    engine.start(probe, resync=True)
    events = engine.feed(b"\r\nERROR\r\n\r\nOK\r\n\r\nRDY\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n")
    assert [event for event in events if isinstance(event, Late)] == [Late("ERROR"), Late("OK")]
    assert urcs(events) == ["RDY"]
    assert only_done(events).reply.lines == ("+CMEE: 1",)
    assert engine.state is State.IDLE


def test_late_octets_and_finals_without_a_command_are_no_notifications() -> None:
    engine = Engine()
    engine.start(QIRD)
    engine.abandon()
    assert engine.feed(b"\r\n+QIRD: 7\r\n\r\nRDY\r\n\r\nOK\r\n") == [Late("+QIRD: 7"), Late("OK")]
    assert Engine().feed(b"\r\nOK\r\n\r\n+CME ERROR: 3\r\n") == [Late("OK"), Late("+CME ERROR: 3")]


def test_a_late_connect_is_data_mode_all_the_same() -> None:
    engine = Engine()
    engine.start(raw("ATD*99#"))
    engine.abandon()
    assert engine.feed(b"\r\nCONNECT\r\nOK\r\n") == [Late("CONNECT"), Data(b"OK\r\n")]
    assert engine.state is State.DATA


def test_silence_throws_away_what_is_half_there() -> None:
    engine = Engine()
    engine.feed(b'\r\n+QIURC: "recv",0,1500\r\nabc')
    assert engine.state is State.PAYLOAD
    assert isinstance(engine.quiet()[0], Noise)
    assert engine.quiet() == []
    assert engine.feed(b"\r\nRDY\r\n") == [Urc("RDY")]


def test_silence_tells_a_prompt_that_nobody_answers() -> None:
    engine = Engine()
    engine.start(raw('AT+CMGS="1"'))
    engine.feed(b"\r\n> ")
    engine.abandon()
    engine.quiet()
    assert engine.prompt_open
    engine.start(raw("AT+CMEE?"), resync=True)
    assert not engine.prompt_open


def test_representations_hide_identities() -> None:
    events = answer(raw("AT+CIMI"), b"\r\n460001234567890\r\n\r\nOK\r\n")
    assert "460001234567890" not in repr(events)
    assert "7890" in repr(only_done(events))
    assert "460001234567890" not in repr(Engine().feed(b"\r\n460001234567890\r\n"))
    assert "1234" not in repr(raw('AT+CPIN="1234"'))
