"""Any bytes: the engine gives events, the parsers values or their error, and cuts change nothing."""

from __future__ import annotations

import contextlib
import os
from random import Random
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import ModemError
from v2x.modem import answers
from v2x.modem.cells import parse_serving_cell, serving_cell
from v2x.modem.commands import Command, Reply, Response, action, parsed, raw
from v2x.modem.engine import LINES_LIMIT, Engine
from v2x.modem.events import Data, Done, Event, State
from v2x.modem.fields import FieldError, split_fields
from v2x.modem.redaction import printable, redact

COMMANDS: tuple[Command[object], ...] = (
    raw("ATI"),
    raw("ATD*99#"),
    action("ATE0", sets_up=True),
    answers.CSQ,
    answers.CGSN,
    answers.CPIN,
    answers.COPS,
    answers.CGDCONT,
    answers.CGACT,
    answers.addresses_of(1),
    answers.registration("+C5GREG"),
    serving_cell(),
    Command("AT+QIRD=0,9", lambda r: r, Response.PREFIXED, ("+QIRD",), 1, counted_field=0),
    Command("AT+QISEND=0", lambda r: r, payload=b"ab\x1a"),
)

TEXTS = (
    "OK ERROR 4 0 CONNECT RING NO_CARRIER +CME_ERROR:_ +CSQ:_1,2 +CREG:_1 +C5GREG:_2,1 +CMT:_,1 +QIRD:_3"
    " AT+CSQ"
    ' +QIURC:_"recv",0,3 ATI +CGDCONT:_1 +QENG:_"servingcell","NOCONN" +CGPADDR:_1,1.2.3.4 , - ( " > >_'
)
PIECES = st.sampled_from(
    [
        *(text.replace("_", " ").encode() for text in TEXTS.split()),
        *(b"\r", b"\n", b"\r\n", b"\x00", b"1" * 15, b"\xff\xfe", b"\xe4\xb8\xad"),
    ]
)
OCTETS = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join))


def merged(events: list[Event]) -> list[Event]:
    """Data mode may be cut anywhere: neighbours become one."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, Data) and out and isinstance(out[-1], Data):
            out[-1] = Data(out[-1].data + event.data)
        else:
            out.append(event)
    return out


@settings(max_examples=400, deadline=None)
@given(
    OCTETS, st.sampled_from(COMMANDS), st.lists(st.integers(0, 300), max_size=6), st.booleans(), st.booleans()
)
def test_any_octets_any_cut(
    data: bytes, command: Command[object], cuts: list[int], numeric: bool, given_up: bool
) -> None:
    results: list[tuple[list[Event], State, tuple[str, ...]]] = []
    for places in ([], sorted(cut for cut in cuts if cut <= len(data)), list(range(1, len(data)))):
        engine = Engine(numeric=numeric)
        engine.start(command)
        if given_up:
            engine.abandon()
        events: list[Event] = []
        for start, end in zip([0, *places], [*places, len(data)], strict=True):
            events += engine.feed(data[start:end])
        results.append((merged(events), engine.state, engine.lines))
    assert results[0] == results[1] == results[2]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from([b"\r\nOK\r\n", b"\r\nNO CARRIER\r\n", b"0\r", b"3\r", b"\r", b"\r\nO"]),
        ),
        max_size=12,
    ).map(b"".join),
    st.lists(st.integers(0, 100), max_size=5),
    st.booleans(),
)
def test_an_escape_answered_within_any_data_any_cut(data: bytes, cuts: list[int], numeric: bool) -> None:
    results: list[tuple[list[Event], State, bool]] = []
    for places in ([], sorted(cut for cut in cuts if cut <= len(data)), list(range(1, len(data)))):
        engine = Engine(numeric=numeric)
        engine.start(raw("ATD*99#"))
        engine.feed(b"1\r" if numeric else b"CONNECT\r\n")
        engine.escape()
        pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
        events = [event for piece in pieces for event in engine.feed(piece)]
        results.append((merged(events), engine.state, engine.hung_up))
    assert results[0] == results[1] == results[2]


STREAMS = int(os.environ.get("V2X_STREAMS", "1500"))
"""Random streams into the engine; the acceptance run takes 200,000."""


def random_stream(random: Random) -> bytes:
    pieces = [
        random.randbytes(random.randrange(1, 40)) if random.random() < 0.3 else random.choice(WORDS)
        for _ in range(random.randrange(1, 14))
    ]
    return b"".join(pieces)


WORDS = [text.replace("_", " ").encode() for text in TEXTS.split()] + [
    b"\r", b"\n", b"\r\n", b"\r\n", b"\r\n", b"\x00", b"\r\nNO CARRIER\r\n", b"\r\n> ", b"\x1a", b"0\r",
    b"\r\nCONNECT\r\n", b"\r\nCONNECT\r\n", b"\r\nOK\r\n", b"\r\nOK\r\n",
]  # fmt: skip


def test_random_streams_give_only_events_and_modem_errors() -> None:
    """A long life of one engine: commands, time-outs, silence, escapes, hang-ups, in any order."""
    random = Random(20_270)
    engine = Engine()
    kinds: set[type] = set()
    for _ in range(STREAMS):
        events: list[Event] = []
        act = random.randrange(10)
        if engine.state is State.IDLE and act < 6:
            engine.start(random.choice(COMMANDS))
        elif engine.state is State.DRAIN and act < 4:
            engine.start(COMMANDS[0], resync=True)
        elif engine.state is State.DATA and act < 2:
            with contextlib.suppress(RuntimeError):
                engine.escape()
        elif act == 7:
            engine.abandon()
        elif act == 8:
            events += engine.quiet()
        elif act == 9:
            engine.reset()
        data = random_stream(random)
        cut = random.randrange(len(data))
        for event in events + engine.feed(data[:cut]) + engine.feed(data[cut:]):
            assert isinstance(event, Event)
            kinds.add(type(event))
            if isinstance(event, Done):
                with contextlib.suppress(ModemError):
                    parsed(random.choice(COMMANDS), event.reply)
        assert len(engine.lines) <= LINES_LIMIT
        if random.random() < 0.01:
            engine = Engine(numeric=random.random() < 0.3)
    assert STREAMS < 1500 or kinds == set(get_args(Event))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=4), st.sampled_from(COMMANDS))
def test_any_answer_is_a_value_or_a_modem_error(lines: list[str], command: Command[object]) -> None:
    with contextlib.suppress(ModemError):
        parsed(command, Reply(tuple(lines), "OK"))


FIELD = st.sampled_from(
    [
        "",
        *[
            "-",
            '"LTE"',
            '"servingcell"',
            '"NOCONN"',
            '"NR5G-SA"',
            '"NR5G-NSA"',
            "1",
            "99",
            "-32768",
            "65535",
            "FFFF",
            "x",
            '"',
            "(",
            "001",
            "-5",
        ],
        "9" * 25,
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.lists(FIELD, max_size=20).map(",".join), min_size=1, max_size=3),
    st.sampled_from(["+QENG", "+CREG", "+CSQ", "+CGPADDR", "+CGACT", "+COPS", "+CGDCONT"]),
)
def test_any_fields_are_a_value_or_a_modem_error(rows: list[str], prefix: str) -> None:
    reply = Reply(tuple(f"{prefix}: {row}" for row in rows), "OK")
    for command in COMMANDS:
        with contextlib.suppress(ModemError):
            parsed(command, reply)
    with contextlib.suppress(FieldError):
        parse_serving_cell(reply)
    with contextlib.suppress(FieldError):
        answers.parse_registration(reply.lines[0])


@given(st.text(max_size=200))
def test_splitting_loses_no_field_and_redaction_takes_any_text(text: str) -> None:
    fields = split_fields(text)
    assert len(fields) >= 1
    assert fields.text(len(fields)) is None
    assert fields.text(-1) is None
    assert not any(ord(c) < 32 for c in printable(redact(text)))


@given(st.text("0123456789", min_size=14, max_size=20))
def test_identities_never_survive_redaction(identity: str) -> None:
    for form in (identity, f'+CGSN: "{identity}"', f"IMEI:{identity}", f"+QCCID: {identity}F"):
        assert identity not in redact(form)
