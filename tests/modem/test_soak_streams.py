"""Random streams into the engine, with commands begun and given up at random: only events and ModemError.

``V2X_STREAMS`` says how many, 2,000 in the suite.  A stream is octets without sense, words without sense, or
both, cut anywhere; fifty of them go into one engine, one behind the other.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from v2x.errors import ModemError
from v2x.modem import answers
from v2x.modem.commands import Command, Response, action, parsed, raw
from v2x.modem.engine import Engine
from v2x.modem.events import Data, Done, Event, Intermediate, Late, Noise, Prompted, State, Urc

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = int(os.environ.get("V2X_STREAMS", "2000"))

COMMANDS: tuple[Command[Any], ...] = (
    raw("ATI"),
    raw("ATD*99#"),
    raw('AT+QENG="servingcell"'),
    raw("AT+CMGS=5", payload=b"ab\x1a"),
    raw("AT+QISEND=0,4", payload=b"abcd"),
    Command("AT+QIRD=0,9", lambda reply: reply, Response.PREFIXED, ("+QIRD",), 1, counted_field=0),
    action("ATE0", sets_up=True),
    action("ATV0", sets_up=True),
    answers.CSQ,
    answers.CPIN,
    answers.COPS,
    answers.CGDCONT,
    answers.registration("+C5GREG"),
)

PIECES = [
    *(b"\r\n", b"\r", b"\n", b"\x00", b"> ", b"\r\n> ", b"@", b"+++", b"\xff\xfe", b'"', b",", b": ", b"1"),
    *(b"OK", b"\r\nOK\r\n", b"\r\nERROR\r\n", b"0\r", b"4\r", b"\r\nCONNECT 9600\r\n", b"\r\nNO CARRIER\r\n"),
    *(b"+CME ERROR: 14\r\n", b"+CMS ERROR: ", b"RING", b"BUSY", b"+CSQ: 20,99", b"+CREG: 1", b"+C5GREG: 2"),
    *(b'+QIURC: "recv",0,4\r\n', b"+QIRD: 3\r\n", b"+CMT: ,1\r\n", b"+CPIN: READY", b"AT+CSQ\r", b"A" * 9000),
]  # fmt: skip

EVENTS = (Data, Done, Intermediate, Late, Noise, Prompted, Urc)


def stream(dice: random.Random) -> Iterator[bytes]:
    """Octets without sense, words without sense, or both, in pieces of any size."""
    kind, octets = dice.randrange(3), b""
    while dice.random() < 0.95 and len(octets) < 20_000:
        word = kind == 1 or (kind == 2 and dice.random() < 0.5)
        octets += dice.choice(PIECES) if word else dice.randbytes(dice.randrange(24))
    while octets:
        size = dice.choice([1, 2, 7, 64, len(octets)])
        yield octets[:size]
        octets = octets[size:]


def use(engine: Engine, dice: random.Random, number: int) -> None:
    """One stream, with commands begun, given up and timed out at random instants; only ModemError comes."""
    for piece in stream(dice):
        act = dice.randrange(24)
        if act < 12 and engine.state is State.IDLE:
            engine.start(dice.choice(COMMANDS))
        elif act < 6 and engine.state is State.DRAIN:
            engine.start(answers.CSQ, resync=True)
        elif act == 12:
            engine.abandon()
        elif act == 13:
            check(engine.quiet(), number)
        elif act > 18 and engine.state is State.DATA:
            try:
                engine.escape()
            except RuntimeError:  # asked twice: misuse, and said so
                continue
        check(engine.feed(piece), number)
    if dice.random() < 0.2:
        engine.reset()
        assert engine.state is State.IDLE, f"stream {number}"


def check(events: list[Event], number: int) -> None:
    for event in events:
        assert isinstance(event, EVENTS), f"stream {number}: {event!r}"
        if isinstance(event, Done):
            for command in COMMANDS:
                try:
                    parsed(command, event.reply)
                except ModemError:
                    continue


def test_random_streams_give_only_events_and_modem_errors() -> None:
    dice = random.Random(20)
    engine, kinds = Engine(), Counter[str]()
    for number in range(STREAMS):
        if number % 50 == 0:
            engine = Engine(numeric=dice.random() < 0.3)
        use(engine, dice, number)
        kinds[str(engine.state)] += 1
        held = len(engine._buffer) + len(engine._urc or "") + sum(map(len, engine.lines))
        assert held < 100_000, f"stream {number}: {held} octets are held"
    assert len(kinds) >= 5, f"the streams come to few states: {kinds}"
