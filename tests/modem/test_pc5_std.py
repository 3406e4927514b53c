"""The typed commands of TS 27.007 clause 15: recorded answers, other forms, and what is none."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem import pc5_std as std
from v2x.modem.commands import Command, Reply, parsed
from v2x.modem.engine import Engine
from v2x.modem.errors import UnexpectedReply
from v2x.modem.events import Done
from v2x.modem.pc5_dialect import load_dialect
from v2x.modem.pc5_types import (
    ChannelBusy,
    Direction,
    Pc5Counters,
    TestPlan,
)

DATA = Path(__file__).parent.parent / "data" / "modem-transcripts.json"

TYPED: dict[str, tuple[Command[Any], Any]] = {
    "v2x-ccbrreq": (std.CBR, ChannelBusy(0.07)),
    "v2x-ccutle-read-rx": (std.LOOP_STATE, std.TestLoop(True, Direction.RECEIVE, (0,))),
    "v2x-cuspcreq": (std.COUNTERS, Pc5Counters((1,), (1,), (1,))),
    "v2x-cv2xdts-read": (std.TRANSMISSION, std.Transmission(True, 100, 100)),
}
"""Recorded answers (origin: the collection) and what they say."""


@pytest.mark.parametrize("case_id", TYPED)
def test_recorded_answers_are_typed_at_every_cut(case_id: str) -> None:
    cases = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
    (case,) = [case for case in cases if case["id"] == case_id]
    command, expected = TYPED[case_id]
    octets = case["raw"].encode()
    for cut in range(len(octets)):
        engine = Engine()
        assert engine.start(command) == case["command"].encode() + b"\r"
        done = [e for e in engine.feed(octets[:cut]) + engine.feed(octets[cut:]) if isinstance(e, Done)]
        assert parsed(command, done[0].reply) == expected


@pytest.mark.parametrize(
    ("command", "line", "expected"),
    [
        (std.TEST_MODE, "+CATM: 1,1", std.TestMode(True, 1)),
        (std.TEST_MODE, "+CATM: 0", std.TestMode(False)),
        (std.LOOP_STATE, "+CCUTLE: 1", std.TestLoop(False)),
        (std.LOOP_STATE, "+CCUTLE: 0,1", std.TestLoop(True, Direction.TRANSMIT)),
        (
            std.LOOP_STATE,
            f'+CCUTLE: 0,0,1,2,"{1:024b}{2:024b}"',
            std.TestLoop(True, Direction.RECEIVE, (1, 2)),
        ),
        (std.CBR, "+CCBRREQ: 100,0", ChannelBusy(1.0, 0.0)),
        (
            std.COUNTERS,
            f'+CUSPCREQ: 1,1,4,"{7:032b}{8:032b}",,,,,1,1,4,"{9:032b}{10:032b}"',
            Pc5Counters((7, 8), None, (9, 10)),
        ),
        (std.TRANSMISSION, "+CV2XDTS: 0", std.Transmission(False)),
    ],
)
def test_other_forms_of_the_answers(command: Command[Any], line: str, expected: Any) -> None:
    assert parsed(command, Reply((line,), "OK")) == expected


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (std.CBR, "+CCBRREQ: 101"),
        (std.CBR, "+CCBRREQ:"),
        (std.TEST_MODE, "+CATM: 2"),
        (std.LOOP_STATE, '+CCUTLE: 0,0,1,2,"000000"'),
        (std.LOOP_STATE, '+CCUTLE: 0,0,1,17,"00"'),
        (std.COUNTERS, '+CUSPCREQ: 1,1,4,"0101"'),
        (std.COUNTERS, f'+CUSPCREQ: 1,2,4,"{1:032b}"'),
        (std.COUNTERS, f'+CUSPCREQ: 1,1,4,"{"2" * 32}"'),
    ],
)
def test_answers_that_are_none(command: Command[Any], line: str) -> None:
    with pytest.raises(UnexpectedReply):
        parsed(command, Reply((line,), "OK"))


HISILICON = load_dialect("hisilicon")
READING = [
    *(std.CBR, std.COUNTERS, std.LOOP_STATE, std.TEST_MODE, std.TRANSMISSION),
    *(f.lines({})[-1] for key, f in HISILICON.functions.items() if f.layout is not None),
]


@given(
    st.sampled_from(READING), st.lists(st.text('0123456789-+,." :^ACV2XL2IDSNRP', max_size=60), max_size=4)
)
def test_any_answer_is_a_value_or_an_error(command: Command[Any], tails: list[str]) -> None:
    lines = tuple(f"{command.prefixes[0]}:{tail}" for tail in tails)
    with contextlib.suppress(UnexpectedReply):
        parsed(command, Reply(lines, "OK"))


def test_command_texts() -> None:
    assert std.set_test_mode(active=True).text == "AT+CATM=1,1"
    assert std.close_loop_receive((1, 0xABCDEF)).text == 'AT+CCUTLE=0,0,1,2,"000001ABCDEF"'
    assert std.close_loop_receive((1,), std.ListDigits.BINARY).text.endswith('"000000000000000000000001"')
    assert std.start_transmission(0, 10_000).text == "AT+CV2XDTS=1,0,10000"
    for wrong in ((8177, 100), (100, 9), (100, 10_001), (-1, 100)):
        with pytest.raises(ValueError):
            std.start_transmission(*wrong)
    for ids in ((), tuple(range(17)), (1 << 24,)):
        with pytest.raises(ValueError):
            std.close_loop_receive(ids)


@pytest.mark.parametrize(
    "values",
    [
        {"direction": Direction.RECEIVE},
        {"direction": Direction.RECEIVE, "monitor": (1,), "octets": 5},
        {"direction": Direction.TRANSMIT, "octets": 5},
        {"direction": Direction.TRANSMIT, "octets": 5, "period_s": 1.0, "monitor": (1,)},
        {"direction": Direction.RECEIVE, "monitor": (1 << 24,)},
    ],
)
def test_plans_that_are_none(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        TestPlan(**values)
