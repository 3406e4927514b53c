"""Recorded module output through the engine: the stated outcome, the same wherever the bytes are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from v2x.modem.commands import Command, Reply, raw
from v2x.modem.engine import Engine
from v2x.modem.events import Done, Event, Late, Urc

DATA = Path(__file__).parent.parent / "data" / "modem-transcripts.json"
CASES: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
BY_ID = {case["id"]: case for case in CASES}
FRAMED = [case for case in CASES if case["kind"] != "value"]


def octets(case: dict[str, Any]) -> bytes:
    """The collection trims the end of some cases: a line always ends."""
    text: bytes = case["raw"].encode("utf-8")
    return text if text.endswith((b"\n", b"\r")) else text + b"\r\n"


def asked(case: dict[str, Any]) -> Command[Reply] | None:
    if case["command"]:
        return raw(case["command"])
    first = case["raw"].partition("\r")[0]
    if first.startswith("AT"):
        return raw(first)
    return raw("AT") if case["id"].startswith("mm-final") else None


def run(case: dict[str, Any], *cuts: int) -> list[Event]:
    engine, events, data = Engine(), list[Event](), octets(case)
    command = asked(case)
    if command is not None:
        engine.start(command)
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        events += engine.feed(data[start:end])
    return events


def done(case_id: str) -> Done:
    (found,) = [event for event in run(BY_ID[case_id]) if isinstance(event, Done)]
    return found


@pytest.mark.parametrize("case", FRAMED, ids=[case["id"] for case in FRAMED])
def test_the_outcome_is_the_same_at_every_cut(case: dict[str, Any]) -> None:
    whole = run(case)
    for cut in range(len(octets(case)) + 1):
        assert run(case, cut) == whole
    assert run(case, *range(1, len(octets(case)))) == whole


@pytest.mark.parametrize("case_id", ["atat-noprefix", "atat-multiline"])
def test_framing_gives_the_stated_lines(case_id: str) -> None:
    answer, expected = done(case_id), BY_ID[case_id]["expected"]
    assert list(answer.reply.lines) == expected["lines"]
    assert answer.reply.final == expected["final"]
    assert answer.refusal is None


@pytest.mark.parametrize("case_id", ["mm-final-ok-1", "mm-final-ok-2"])
def test_notifications_behind_a_final_are_notifications(case_id: str) -> None:
    first, *rest = run(BY_ID[case_id])
    assert isinstance(first, Done)
    assert first.refusal is None
    assert rest
    assert all(isinstance(event, Urc) for event in rest)


@pytest.mark.parametrize(
    "case_id",
    [case["id"] for case in CASES if (case["expected"] or {}) and "is_error" in case["expected"]],
)
def test_final_results_are_found_and_judged(case_id: str) -> None:
    expected = BY_ID[case_id]["expected"]
    finals = [event for event in run(BY_ID[case_id]) if isinstance(event, Done)]
    if case_id == "mm-final-err-17":  # NO CARRIER: final only while something dials, on purpose
        assert not finals
        engine = Engine()
        engine.start(raw("ATD*99#"))
        finals = [event for event in engine.feed(octets(BY_ID[case_id])) if isinstance(event, Done)]
    assert bool(finals) == expected["final_found"]
    assert [final.refusal is not None for final in finals] == [expected["is_error"]] * len(finals)


@pytest.mark.parametrize("case_id", ["atat-cpin-err", "qmodem-rm500u-aaf934"])
def test_error_codes(case_id: str) -> None:
    refusal = done(case_id).refusal
    assert refusal is not None
    assert refusal.by == "CME"
    assert refusal.code == BY_ID[case_id]["expected"]["code"]


def test_a_notification_behind_garbage_and_one_before_the_answer() -> None:
    found = [event for event in run(BY_ID["atat-garbage-nl-urc"]) if isinstance(event, Urc)]
    assert found[-1].line == "+UUSORD: 0,5"
    events = run(BY_ID["atengine-1"])
    assert [event.line for event in events if isinstance(event, Urc)] == ['+CMTI: "ME",1']
    assert done("atengine-1").reply.lines == ("+CBC: 2,90,4100",)


def test_results_behind_the_ok_are_notifications() -> None:
    first, *rest = run(BY_ID["rm510q-qping-ok"])
    assert isinstance(first, Done)
    assert [event.line[:8] for event in rest if isinstance(event, Urc)] == ["+QPING: "] * 5


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "urc"], ids=lambda case: str(case["id"]))
def test_every_notification_is_known(case: dict[str, Any]) -> None:
    events = run(case)
    assert events
    assert all(isinstance(event, Urc) and event.known for event in events)


def test_nothing_is_late_where_the_answer_was_awaited() -> None:
    for case in FRAMED:
        if case["complete"] and asked(case) is not None:
            assert not any(isinstance(event, Late) for event in run(case)), case["id"]
