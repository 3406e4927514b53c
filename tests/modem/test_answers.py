"""Typed answers against the fields that recorded output states, and against what must not be taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from v2x.modem import answers
from v2x.modem.cells import SaLayout, ServingCell, parse_serving_cell
from v2x.modem.cme import CME, CMS, cme_code, cme_text, cms_code, cms_text
from v2x.modem.commands import Command, Reply, action, parsed, quote, raw, timeout_for
from v2x.modem.errors import CommandTimeout, Rejected, UnexpectedReply
from v2x.modem.fields import FieldError, split_fields
from v2x.modem.finals import Refusal, RejectedBy
from v2x.modem.redaction import MaskedId, mask, redact

DATA = Path(__file__).parent.parent / "data" / "modem-transcripts.json"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"]
}


def lines_of(case: dict[str, Any]) -> tuple[str, ...]:
    rows = [row.strip() for row in case["raw"].replace("\r", "\n").split("\n")]
    return tuple(row for row in rows if row and row != "OK" and not row.startswith("AT"))


REGISTRATIONS = [
    case["id"] for case in CASES.values() if "lac_tac" in (case["expected"] or {}) and case["gate"]
]


@pytest.mark.parametrize("case_id", REGISTRATIONS)
def test_registration(case_id: str) -> None:
    case = CASES[case_id]
    expected = case["expected"]
    found = answers.parse_registration(lines_of(case)[0])
    assert found.domain == "+" + expected["command"]
    assert (found.stat, found.area, found.cell) == (
        expected["stat"],
        expected["lac_tac"],
        expected["ci"],
    )
    act = {"gsm": 0, "edge": 3, "lte": 7, "unknown": None}[expected["act_name"]]
    assert found.act == act
    if case_id != "mm-creg2_s8500_wave_multidigit_stat_unsolicited":  # this module sends <n> unasked
        assert (found.n is not None) == expected["solicited"]


def test_registration_in_a_5g_core() -> None:
    case = CASES["manual-urc-2"]
    found = answers.parse_registration(lines_of(case)[0])
    assert (found.stat, found.act, found.area, found.cell) == (1, 11, 0x690E0F, 0x9013B004)
    assert found.registered
    assert str(found) == "C5GREG home NR 5GC"


def cell(case_id: str) -> ServingCell:
    return parse_serving_cell(Reply(lines_of(CASES[case_id]), "OK"))


LTE_NAMES = {
    "duplex": "duplex",
    "mcc": "mcc",
    "mnc": "mnc",
    "pci": "pci",
    "earfcn": "earfcn",
    "band": "band",
    "rsrp_dbm": "rsrp_dbm",
    "rsrq_db": "rsrq_db",
    "rssi_dbm": "rssi_dbm",
    "sinr_db": "sinr_db",
    "cqi": "cqi",
}


@pytest.mark.parametrize(
    "case_id",
    ["vjt-qeng-lte-2line", "issue-libqmi2-qeng-old-nsa", "issue-pastebin-eg18-servingcell", "manual-12"],
)
def test_lte_cells(case_id: str) -> None:
    expected = CASES[case_id]["expected"]
    found = cell(case_id)
    assert found.state == expected["state"]
    assert found.lte is not None
    for name, field in LTE_NAMES.items():
        if name in expected["lte"]:
            assert getattr(found.lte, field) == expected["lte"][name], name
    if "cell_id_hex" in expected["lte"]:
        assert found.lte.cell_id == int(expected["lte"]["cell_id_hex"], 16)
        assert found.lte.tac == int(expected["lte"]["tac_hex"], 16)
    if "tx_power_tenth_dbm" in expected["lte"]:
        assert found.lte.tx_power_dbm == expected["lte"]["tx_power_tenth_dbm"] / 10


@pytest.mark.parametrize("case_id", ["issue-libqmi2-qeng-old-nsa", "manual-12"])
def test_non_standalone_cells(case_id: str) -> None:
    found, expected = cell(case_id), CASES[case_id]["expected"]["nr"]
    assert found.rat == "EN-DC"
    assert found.nr is not None
    names = {"pci": "pci", "rsrp_dbm": "rsrp_dbm", "sinr_db": "sinr_db", "rsrq_db": "rsrq_db"}
    names |= {"arfcn": "arfcn", "band": "band", "dl_bandwidth_mhz": "bandwidth_mhz", "scs_khz": "scs_khz"}
    for name, field in names.items():
        if name in expected:
            assert getattr(found.nr, field) == expected[name], name


def test_standalone_cell_of_a_qualcomm_module() -> None:
    found, expected = cell("rm520n-2"), CASES["rm520n-2"]["expected"]
    assert found.nr is not None
    assert (found.rat, found.nr.duplex, found.nr.mcc, found.nr.mnc) == ("NR5G-SA", "TDD", "310", "260")
    assert (found.nr.cell_id, found.nr.tac) == (expected["cell_id"], 0x794E00)
    assert (found.nr.bandwidth_mhz, found.nr.scs_khz, found.nr.sinr_db) == (100, 30, 5)
    assert (found.nr.rsrp_dbm, found.nr.rsrq_db, found.nr.band, found.nr.arfcn) == (-75, -11, 41, 516270)


UNISOC_ROW = '"TDD",460,11,760BF0114,702,76010F,633984,78,100,-89,-8,15,18,34,1'  # a real RM500U's
EARLY_ROW = '"TDD",460,11,760BF0114,702,76010F,633984,78,12,-89,-8,15,180,34'


@pytest.mark.parametrize("layout", [None, *SaLayout])
def test_the_length_of_a_standalone_row_overrules_the_layout(layout: SaLayout | None) -> None:
    row = f'+QENG: "servingcell","CONNECT","NR5G-SA",{UNISOC_ROW}'
    found = parse_serving_cell(Reply((row,), "OK"), layout).nr
    assert found is not None
    assert (found.bandwidth_mhz, found.scs_khz, found.mnc, found.pci) == (100, 30, "11", 702)
    assert (found.rsrp_dbm, found.rsrq_db, found.sinr_db) == (-89, -8, 15)


def test_an_early_row_of_the_same_length_is_told_by_its_scs() -> None:
    row = f'+QENG: "servingcell","CONNECT","NR5G-SA",{EARLY_ROW}'
    found = parse_serving_cell(Reply((row,), "OK")).nr
    assert found is not None
    assert (found.scs_khz, found.bandwidth_mhz) == (None, 100)


def test_cells_without_values_and_other_technologies() -> None:
    assert cell("atengine-7") == ServingCell("LIMSRV", "LTE")
    assert cell("mihari-wcdma").rat == "WCDMA"
    search = parse_serving_cell(Reply(('+QENG: "servingcell","SEARCH"',), "OK"))
    assert (search.rat, str(search)) == (None, "SEARCH")
    placeholder = '+QENG: "NR5G-NSA",1,01,65535,-32768,-32768,-32768'
    rows = ('+QENG: "servingcell","NOCONN"', placeholder)
    found = parse_serving_cell(Reply(rows, "OK")).nr
    assert found is not None
    assert (found.pci, found.rsrp_dbm, found.sinr_db, found.rsrq_db) == (None, None, None, None)
    assert parse_serving_cell(Reply((rows[0], '+QENG: "NR5G-NSA",'), "OK")).nr is None
    for bad in ('+QENG: "servingcell","DANCING"', '+QENG: "LTE","FDD",1'):
        with pytest.raises(FieldError):
            parse_serving_cell(Reply((bad,), "OK"))


def value(command: Command[Any], *lines: str) -> Any:
    return parsed(command, Reply(lines, "OK"))


def test_signal_operator_and_contexts() -> None:
    assert value(answers.CSQ, "+CSQ: 31,99").rssi_dbm == CASES["atengine-5"]["expected"]["rssi_dbm"]
    assert value(answers.CSQ, "+CSQ: 44,26").rssi_dbm is None
    assert value(answers.CSQ, "+CSQ:99,99").rssi_dbm is None
    assert value(answers.COPS, '+COPS: 1,0,"CHINA MOBILE"') == answers.Operator(1, "CHINA MOBILE", None)
    assert value(answers.COPS, '+COPS: 0,0,"0033002000410054",7') == answers.Operator(0, "3 AT", 7)
    assert value(answers.COPS, "+COPS: 0").name is None
    assert value(answers.CGDCONT, *lines_of(CASES["mm-cgdcont_read_response_nokia"])) == (
        answers.PdpContext(1, "IP", None),
    )
    assert value(answers.CGACT, *lines_of(CASES["mm-cgact_read_response_multiple"])) == {
        1: False,
        4: True,
        5: False,
    }
    assert value(answers.CPIN, *lines_of(CASES["mm-cpin-1"])) == "SIM PIN"


def test_addresses() -> None:
    ask = answers.addresses_of(1)
    assert value(ask, '+CGPADDR: 1,"10.0.0.2"') == ("10.0.0.2",)
    assert value(ask, "+CGPADDR: 1") == ()
    assert value(ask, '+CGPADDR: 1,"0.0.0.0","0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"') == ()
    dotted = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"
    assert value(ask, f'+CGPADDR: 1,"10.0.0.2","{dotted}"') == ("10.0.0.2", "2001:db8::1")
    with pytest.raises(UnexpectedReply):
        value(ask, '+CGPADDR: 1,"nowhere"')


def test_identities_are_masked_until_revealed() -> None:
    found = value(answers.CGSN, "001010123456789")
    assert isinstance(found, MaskedId)
    assert str(found) == "***********6789"
    assert "00101" not in repr(found)
    assert found.reveal() == "001010123456789"
    assert value(answers.CGSN, '+CGSN: "001010123456789"') == found
    assert value(answers.iccid("AT+CCID"), "+CCID: 89001010000000000001F").reveal() == "89001010000000000001"
    with pytest.raises(UnexpectedReply):
        value(answers.CGSN, "no number")
    assert mask("1234") == "****"
    assert redact('AT+CGSN;+CPIN="1234"') == "AT+CGSN;+CPIN=***"
    assert redact("AT+CPIN=?") == "AT+CPIN=?"
    assert redact("+CUSPCREQ: " + "0" * 32) == "+CUSPCREQ: " + "0" * 32


def test_errors_name_the_command_and_hide_what_is_secret() -> None:
    refused = Rejected('AT+CPIN="1234"', Refusal(RejectedBy.CME, 16, "incorrect password"))
    assert str(refused) == "AT+CPIN=***: +CME ERROR 16 (incorrect password)"
    assert (refused.code, refused.text, refused.by) == (16, "incorrect password", "CME")
    assert "460001234567890" not in str(UnexpectedReply("AT+CSQ", "x", ("460001234567890",)))
    assert str(CommandTimeout("AT+CSQ", 3.0)) == "AT+CSQ: no final result within 3 s"


def test_error_tables_go_both_ways() -> None:
    for code, text in CME.items():
        assert cme_code(str(code)) == cme_code(text.upper()) == code
        assert cme_text(code) == text
    for code, text in CMS.items():
        assert cms_code(str(code)) == cms_code(text) == code
        assert cms_text(code) == text
    assert cme_code("Network personalisation PIN required") == 40
    assert cme_code("unknown error") == 100
    assert cme_code("٣") is None


def test_times_of_commands() -> None:
    assert timeout_for("AT+COPS=?") == 180
    assert timeout_for("AT+COPS?") < 10
    assert timeout_for("at+cgact=1,1") == 150
    assert timeout_for("ATH") == 90
    assert raw("AT+CFUN=1").timeout_s == 15
    assert raw("AT+CFUN=1", timeout_s=1).timeout_s == 1


@pytest.mark.parametrize("text", ["", "A", "XX", "AT\rAT", "AT\nAT", "ATé", "AT" + "x" * 3000])
def test_what_is_no_command_line(text: str) -> None:
    with pytest.raises(ValueError):
        raw(text)


def test_strings_that_no_command_can_carry() -> None:
    assert quote("internet") == '"internet"'
    assert quote("") == '""'
    for bad in ('a"b', "a\rb", "é"):
        with pytest.raises(ValueError):
            quote(bad)
    with pytest.raises(ValueError):
        answers.define_context(0, "IP", "x")
    with pytest.raises(ValueError):
        action("AT+X", timeout_s=0)


def test_fields() -> None:
    fields = split_fields('+COPS: (2,"a,b"),"c,d" , ,-,"-",007,"open')
    assert [field.text for field in fields] == ['(2,"a,b")', "c,d", "", "-", "-", "007", "open"]
    assert [fields.text(i) for i in (2, 3, 4)] == [None, None, "-"]
    assert fields.integer(5) == 7
    assert fields.optional_integer(99) is None
    for index in (1, 2):
        with pytest.raises(FieldError):
            fields.integer(index)
    with pytest.raises(FieldError):
        fields.optional_hex(1)
