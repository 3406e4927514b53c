"""``v2x modem info`` and the questions behind it: identities, firmware, registration, cells, ports."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import pytest
from typer.testing import CliRunner

from v2x.cli import modem_info
from v2x.cli.modem import app
from v2x.modem.bringup import BringUpState, bring_up
from v2x.modem.bringup_types import BringUpSettings
from v2x.modem.discover import UsbPort
from v2x.modem.host import simulated_module
from v2x.modem.inventory import Inventory, inventory, questions
from v2x.modem.modem import Modem
from v2x.modem.nvm import persistent_reason
from v2x.modem.port import open_port
from v2x.modem.profiles import profile_names
from v2x.modem.redaction import MaskedId

SPEED = 50.0
IMEI, IMSI = "000000000000000", "001010000000001"


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["info", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@cache
def taken(profile: str, *, ready: bool = True) -> Inventory:
    async def run() -> Inventory:
        async with simulated_module(profile, speed=SPEED) as host:
            await host.until_ready()
            async with Modem(await open_port(host.path)) as modem:
                if ready:
                    result = await bring_up(modem, BringUpSettings(profile=profile))
                    assert result.state is BringUpState.DATA, result.reason
                return await inventory(modem, profile)

    return asyncio.run(run())


@pytest.mark.parametrize("profile", profile_names())
def test_every_simulated_module_answers(profile: str) -> None:
    found = taken(profile)
    assert found.simulated
    identity, network = found.sections["identity"], found.sections["network"]
    assert identity["manufacturer"] == [{"manufacturer": "SIMULATED (v2x)"}]
    assert identity["imei"][0]["imei"] == MaskedId(IMEI)
    assert found.sections["card"]["imsi"][0]["imsi"] == MaskedId(IMSI)
    assert any(rows[0].get("stat") == 1 for name, rows in network.items() if name.endswith("REG"))
    assert found.sections["data"]["addresses"][0]["address"] == "192.0.2.10"


def test_cells_have_units_in_their_names() -> None:
    cells = taken("unisoc").sections["cells"]
    serving = cells["serving"][0]
    assert (serving["rsrp_dbm"], serving["scs_khz"], serving["bandwidth_mhz"]) == (-89, 30, 100)
    assert cells["neighbours"][0]["pci"] == 703


def test_a_module_that_just_started_says_why_it_can_not_answer() -> None:
    found = taken("unisoc", ready=False)
    assert "SIM busy" in found.reasons["card: state"]
    assert found.answered
    assert IMEI not in repr(found)


@pytest.mark.parametrize("profile", profile_names())
def test_no_question_changes_the_module(profile: str) -> None:
    for question in questions(profile):
        assert persistent_reason(question.command) is None
        assert not question.command.partition("=")[2].rstrip('"').rpartition('"')[0]


def test_the_command() -> None:
    status, out, _ = call("--sim", "unisoc")
    assert status == 0
    assert out.startswith("SIMULATED module: no hardware, no air\n")
    rows = [line.split(None, 1) for line in out.splitlines()]
    assert ["imei", "***********0000"] in rows
    assert any(row[0] == "C5GREG" and row[1].startswith("home") for row in rows)
    assert "rsrp -89 dBm" in out
    assert IMEI not in out
    assert IMSI not in out


def test_the_command_as_json() -> None:
    status, out, _ = call("--sim", "qualcomm", "--json")
    view = json.loads(out)
    assert status == 0
    assert (view["simulated"], view["profile"], view["port"]) == (True, "qualcomm", None)
    assert view["identity"]["imei"] == [{"imei": "***********0000"}]
    assert view["cells"]["serving"][0]["rsrp_dbm"] <= -44
    assert view["ports"] == []
    shown = json.loads(call("--sim", "qualcomm", "--json", "--show-ids")[1])
    assert shown["identity"]["imei"] == [{"imei": IMEI}]
    assert shown["card"]["imsi"] == [{"imsi": IMSI}]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "No port given"),
        (("--sim", "unisoc", "-p", "/dev/ttyUSB2"), 2, "exclude each other"),
        (("--sim", "other"), 1, "no module profile 'other'"),
        (("-p", "/dev/ttyUSB999"), 1, "no such device"),
        (("-p", "/dev/ttyUSB999", "--trace", "/nowhere/t.jsonl"), 1, "/nowhere/t.jsonl"),
    ],
)
def test_what_goes_wrong(arguments: tuple[str, ...], status: int, words: str) -> None:
    found, _, errors = call(*arguments)
    assert found == status
    assert words in errors
    assert "Traceback" not in errors


# -- ports -----------------------------------------------------------------------------------------

AT = UsbPort("/dev/ttyUSB2", "2c7c", "0801", 2, "1-1", "012345678901234", "5G module")
NMEA = UsbPort("/dev/ttyUSB1", "2c7c", "0801", 1, "1-1", "012345678901234", "5G module")
OTHER = UsbPort("/dev/ttyACM0", "1234", "5678", 0, "1-2")


@pytest.fixture
def _plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("v2x.modem.discover.usb_ports", lambda: (OTHER, NMEA, AT))


@pytest.mark.usefixtures("_plugged")
def test_the_ports_of_the_same_device() -> None:
    assert modem_info._ports("/dev/ttyUSB2") == (NMEA, AT)
    assert modem_info._ports("tcp://127.0.0.1:5000") == (OTHER, NMEA, AT)


def test_a_serial_number_may_be_an_identity() -> None:
    assert modem_info._port(AT, "/dev/ttyUSB2", show=False) == {
        "path": "/dev/ttyUSB2", "vid": "2c7c", "pid": "0801", "interface": 2,
        "serial": "***********1234", "product": "5G module", "in_use_here": True,
    }  # fmt: skip
    assert modem_info._port(AT, "/dev/ttyUSB1", show=True)["serial"] == AT.serial


# -- rows as a person reads them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"model": "RM520N-GL"}, "RM520N-GL"),
        ({"rssi": 99, "rssi_dbm": None, "ber": 99}, "no value"),
        ({"rssi": 20, "rssi_dbm": -73.0}, "-73 dBm"),
        ({"command": "CEREG", "stat": 1, "tac": 1, "tac_hex": "0001"}, "home, tac 0001"),
        ({"stat": 42}, "stat 42"),
        ({"cid": 1, "active": True, "state": 1}, "cid 1, active yes"),
        ({"sensor": "modem", "temperature_c": 42}, "sensor modem, temperature 42 °C"),
        ({"key": "mode_pref", "value": "AUTO"}, "AUTO"),
        ({"fields": ["a", "b"]}, "a, b"),
        ({}, ""),
    ],
)
def test_a_row(row: dict[str, Any], text: str) -> None:
    assert modem_info.said(row) == text
