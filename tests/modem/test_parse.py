"""Recorded output through engine and layouts: the stated fields, the same wherever the bytes are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.parse import command_of, parse_octets, parse_text
from v2x.modem.profiles import profile_names

DATA = Path(__file__).parent.parent / "data" / "modem-transcripts.json"
CASES: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
GATE = [case for case in CASES if case["gate"]]

OURS = {
    "rsrq": "rsrq_db",
    "rsrp": "rsrp_dbm",
    "rscp": "rscp_dbm",
    "ecio": "ecio_db",
    "data_size": "data_size_bytes",
    "min": "min_ms",
    "max": "max_ms",
    "avg": "avg_ms",
}
"""Names of the collection that lack their unit."""

ON_TOP = {"final", "code", "final_found", "is_error", "lines", "urcs"}


def assert_row(row: dict[str, Any], stated: dict[str, Any]) -> None:
    for name, value in stated.items():
        if (name, value) == ("mode", "NSA"):
            name = "nr_mode"
        assert row[OURS.get(name, name)] == (None if value == "unknown" else value), name


def assert_stated(view: dict[str, Any], expected: Any) -> None:
    """Every field that the collection states stands in the rows, or at the top."""
    rows = view["rows"]
    if expected is None:  # an answer without a value
        assert not rows
        assert view["left_over"]
        return
    if isinstance(expected, list):
        assert len(rows) == len(expected)
        for row, stated in zip(rows, expected, strict=True):
            assert_row(row, stated)
        return
    for name in ON_TOP & expected.keys():
        assert view[name] == expected[name]
    if "events" in expected:
        assert view["urcs"] == [line for _, line in expected["events"]]
    if "replies" in expected:
        *replies, summary = rows
        assert len(replies) == len(expected["replies"])
        for row, stated in zip(replies, expected["replies"], strict=True):
            assert_row(row, stated)
        assert_row(summary, expected["summary"])
        return
    for name, rat in (("lte", "LTE"), ("nr", "NR")):
        found = [row for row in rows if row.get("rat") == rat]
        if name in expected:
            assert len(found) == (expected[name] is not None)
            for row in found:
                assert_row(row, expected[name])
    own = {k: v for k, v in expected.items() if k not in ON_TOP | {"lte", "nr", "events", "replies"}}
    if own:
        assert_row(rows[0], own)


def octets(case: dict[str, Any]) -> bytes:
    data: bytes = case["raw"].encode("latin-1")
    return data


@pytest.mark.parametrize("case", GATE, ids=[case["id"] for case in GATE])
def test_gate_cases_give_their_stated_fields_at_every_cut(case: dict[str, Any]) -> None:
    whole = parse_text(case["command"], case["raw"])
    assert_stated(whole.to_dict(), case["expected"])
    data = octets(case)
    for cut in range(len(data) + 1):
        assert parse_octets(case["command"], (data[:cut], data[cut:])) == whole
    assert parse_octets(case["command"], [data[at : at + 1] for at in range(len(data))]) == whole


@pytest.mark.parametrize("profile", [None, *profile_names()])
def test_every_case_parses_under_every_profile(profile: str | None) -> None:
    for case in CASES:
        view = parse_text(case["command"], case["raw"], profile).to_dict()
        json.dumps(view)
        if case["gate"] and "QENG" not in (case["command"] or ""):  # the profile's own rows may be others
            assert_stated(view, case["expected"])


def test_a_record_without_its_command_is_the_answer_to_its_echo() -> None:
    parsed = parse_text(None, "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
    assert parsed.command is None
    assert [row.get("rssi_dbm") for row in parsed.rows] == [-73.0]
    assert parse_text(None, "\r\n+CSQ: 20,99\r\n").urcs == ("+CSQ: 20,99",)
    assert parse_text(None, "\r\nNO CARRIER\r\n").result is None
    assert parse_text("ATD*99#", "\r\nNO CARRIER\r\n").result == "NO CARRIER"


def test_numeric_results_are_understood() -> None:
    parsed = parse_text("AT+CSQ", "+CSQ: 20,99\r\n0\r")
    assert (parsed.result, parsed.is_error) == ("OK", False)
    assert parse_text("AT+CSQ", "4\r").is_error
    assert parse_text("AT+CGMR", "4\r\nOK\r\n").lines == ("4",)


def test_counted_octets_prompts_and_data_mode() -> None:
    read = parse_text("AT+QIRD=0,1500", "\r\n+QIRD: 8\r\n\r\nOK\r\nab\r\n\r\nOK\r\n")
    assert (read.payload, read.result) == (b"\r\nOK\r\nab", "OK")
    assert read.to_dict()["payload_hex"] == b"\r\nOK\r\nab".hex()
    counted = parse_text("AT+QIRD=0,0", "+QIRD: 10,4,6\r\nOK\r\n").rows[0]
    assert counted.get("unread_bytes") == 6
    sent = parse_text("AT+QISEND=0,4", "> \r\nSEND OK\r\n")
    assert (sent.result, sent.is_error) == ("SEND OK", False)
    pushed = parse_text(None, '\r\n+QIURC: "recv",1,4\r\nO\r\nK\r\n')
    assert pushed.notices[0].get("payload_hex") == b"O\r\nK".hex()
    data = parse_octets("ATD*99#", (b"\r\nCONNECT 150000000\r\n~\xff}#", b"~"))
    assert (data.result, data.data) == ("CONNECT 150000000", b"~\xff}#~")


def test_rows_that_lost_their_break_are_parted() -> None:
    joined = (
        '+QCAINFO: "PCC",520110,12,"NR5G BAND 41",123+QCAINFO: "SCC",501390,11,"NR5G BAND 41",45\r\nOK\r\n'
    )
    parsed = parse_text("AT+QCAINFO", joined)
    assert [(row.get("role"), row.get("pci"), row.get("bandwidth_mhz")) for row in parsed.rows] == [
        ("PCC", 123, 100),
        ("SCC", 45, 90),
    ]
    assert not parsed.left_over


def test_what_belongs_to_nobody_is_left_over() -> None:
    raw = '\r\nx\r\n+CCLK: "24/01/01,00:00:00+00"\r\n001010123456789\r\n\r\nOK\r\nERROR\r\n'
    parsed = parse_text("AT+CIMI", raw)
    assert parsed.rows[-1].get("imsi") == "001010123456789"
    assert parsed.foreign == ('+CCLK: "24/01/01,00:00:00+00"',)
    assert parsed.left_over == ("x", "ERROR")
    assert "00101" not in repr(parsed.rows)


def test_passwords_and_pins_are_never_printed() -> None:
    answer = parse_text("AT+QICSGP=1", '+QICSGP: 1,"internet","user","secret99",1\r\nOK\r\n').to_dict()
    pin = parse_text('AT+CPIN="4711"', "OK\r\n").to_dict()
    assert "secret99" not in json.dumps(answer)
    assert answer["rows"][0]["user"] == "user"
    assert "4711" not in json.dumps(pin)


@pytest.mark.parametrize("bad", ["AT+\x00", "AT\nAT", "AT" + "x" * 3000, "?"])
def test_what_is_no_command_line(bad: str) -> None:
    with pytest.raises(ValueError):
        parse_text(bad, "OK\r\n")


def test_the_at_may_be_left_out() -> None:
    assert command_of("CSQ").text == "AT+CSQ"
    assert command_of("ICCID (printed)").text == "AT+ICCID"


TOKENS = st.sampled_from(
    [
        *("-", "", "0", "1", "99", "255", "-32768", "65535", "46001", "7FFF", "1.5", "3" * 30, "NOCONN"),
        *('"LTE"', '"NR5G-SA"', '"NR5G-NSA"', '"servingcell"', '"46001"', '"10.0.0.1"', '"NR N78"', '"PCC"'),
        *("(", '"', "é", "٣", "+CREG:"),
    ]
)
PREFIXES = st.sampled_from(
    [
        *("+QENG", "+CREG", "+C5GREG", "+COPS", "+CGEV", "+CCLK", "+QCAINFO", "+QMTRECV", "+CGCONTRDP"),
        *(
            "+QPING",
            "+CUSPCREQ",
            "+CCUTLE",
            "+QGPSLOC",
            "+CESQ",
            "+QNWINFO",
            "+CGPADDR",
            "+QLTS",
            "^CBR",
            "+X",
        ),
    ]
)


@given(
    PREFIXES, st.lists(TOKENS | st.text(max_size=8), max_size=24), st.sampled_from([None, *profile_names()])
)
def test_any_line_gives_rows_or_is_left_over(prefix: str, tokens: list[str], profile: str | None) -> None:
    line = f"{prefix}: {','.join(tokens)}"
    for command in (None, f"AT{prefix}?", f"AT{prefix}=?", f"AT{prefix}"):
        view = parse_text(command, f"\r\n{line}\r\n\r\nOK\r\n", profile).to_dict()
        json.loads(json.dumps(view))


@given(
    st.binary(max_size=200),
    st.sampled_from([None, "AT+CSQ", "AT+QIRD=0,10", "AT+CMGS=1", "ATD1", "AT+SPENGMD=0,14,1"]),
)
def test_any_octets_give_a_result(data: bytes, command: str | None) -> None:
    whole = parse_octets(command, (data,))
    json.dumps(whole.to_dict())
    assert parse_octets(command, [data[at : at + 1] for at in range(len(data))]) == whole
