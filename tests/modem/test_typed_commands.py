"""Typed commands: what they send, what their answers become; lines from manuals and real modules."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from v2x.modem import carrier, gnss, modes, mqtt, pdp, power, signal, sockets, timing
from v2x.modem.cells import Neighbour, SaLayout, neighbours, parse_serving_cell
from v2x.modem.commands import Command, Reply, parsed
from v2x.modem.errors import UnexpectedReply
from v2x.modem.events import Urc
from v2x.modem.fields import Fields
from v2x.modem.firmware import parse_revision
from v2x.modem.layouts import Row, book
from v2x.modem.notices import typed_notice
from v2x.modem.readers import rows_of
from v2x.modem.records import rows_command
from v2x.modem.registration import Registration


def value(command: Command[Any], *lines: str, payload: bytes | None = None) -> Any:
    return parsed(command, Reply(lines, "OK", payload))


def test_signal_and_temperature() -> None:
    extended = value(signal.CESQ, "+CESQ: 99,99,255,255,20,80")
    assert (extended.rsrq_db, extended.rsrp_dbm, extended.rxlev_dbm, extended.ss_rsrp_dbm) == (
        -10,
        -61,
        None,
        None,
    )
    nr = value(signal.CESQ, "+CESQ: 99,99,255,255,255,255,68,66,63")
    assert (nr.ss_rsrq_db, nr.ss_rsrp_dbm, nr.ss_sinr_db, nr.rsrp_dbm) == (-9.5, -91, 8, None)
    assert value(signal.QCSQ, '+QCSQ: "LTE",-52,-81,195,-10').sinr_db == 19
    assert value(signal.QCSQ, '+QCSQ: "NOSERVICE"') == signal.SystemSignal("NOSERVICE")
    both = value(signal.QRSRP, "+QRSRP: -80,-81,-140,-32768,LTE", "+QRSRP: -90,-140,-140,-140,NR5G")
    assert [(row.prx_dbm, row.rx2_dbm, row.sysmode) for row in both] == [
        (-80, None, "LTE"),
        (-90, None, "NR5G"),
    ]
    assert value(signal.QSINR, "+QSINR: 20,19,-32768,-32768")[0] == signal.ChainRatio(20, 19)
    sensors = value(signal.QTEMP, '+QTEMP:"pa1","37"', '+QTEMP:"none","-273"')
    assert [(row.sensor, row.temperature_c) for row in sensors] == [("pa1", 37), ("none", None)]
    assert value(signal.QTEMP, "+QTEMP: 30,31,32")[0].temperature_3_c == 32


def test_carriers_and_networks() -> None:
    lines = (
        '+QCAINFO: "PCC",275,75,"LTE BAND 1",1,280,-99,-14,-67,-4',
        '+QCAINFO: "SCC",1350,100,"LTE BAND 3",1,240,-95,-18,-68,-10,0,-,-',
        '+QCAINFO: "SCC",648768,10,"NR5G BAND 78",920',
    )
    found = value(carrier.carriers(), *lines)
    assert [(c.role, c.rat, c.band, c.bandwidth_mhz, c.pci) for c in found] == [
        ("PCC", "LTE", 1, 15, 280),
        ("SCC", "LTE", 3, 20, 240),
        ("SCC", "NR", 78, 80, 920),
    ]
    (unisoc,) = value(carrier.carriers("unisoc"), '+QCAINFO: "PCC",633984,100,"NR N78",1,702,-92,-7,-72,10')
    assert (unisoc.arfcn, unisoc.bandwidth_mhz, unisoc.rsrp_dbm) == (633984, 100, -92)
    (info,) = value(carrier.network_info(), '+QNWINFO: "NR5G-SA",46011,"NR N78",633984')
    assert (info.rat, info.mcc, info.mnc, info.band, info.channel) == ("NR", "460", "11", 78, 633984)
    assert value(carrier.network_info(), "+QNWINFO: No Service")[0].network == "No Service"
    names = value(carrier.QSPN, '+QSPN: "4E2D56FD8054901A","UNICOM","",1,"46001"')
    assert (names.fnn, names.snn, names.spn, names.rplmn) == ("中国联通", "UNICOM", None, "46001")
    scan = value(
        carrier.COPS_SCAN, '+COPS: (2,"00430048004E","U","46001",7),(3,"","","46000",11),,(0,1),(0,2)'
    )
    assert [(n.stat, n.long, n.short, n.numeric, n.act) for n in scan] == [
        (2, "CHN", "U", "46001", 7),
        (3, None, None, "46000", 11),
    ]


def test_cells_beside_the_serving_one() -> None:
    found = value(
        neighbours(),
        '+QENG: "neighbourcell intra","LTE",1300,246,-11,-93,-61,-,-,-,-,-,-',
        '+QENG: "neighbourcell","LTE",1300,246,-93,-11,20',
        '+QENG: "neighbourcell","NR5G",702,-92,-11,12',
    )
    assert [(c.rat, c.pci, c.rsrp_dbm, c.rsrq_db) for c in found] == [
        ("LTE", 246, -93, -11),
        ("LTE", 246, -93, -11),
        ("NR", 702, -92, -11),
    ]
    row = '+QENG: "neighbourcell","NR",633984,702,-92,-11,12,-,20'
    assert value(neighbours(SaLayout.UNISOC), row) == (
        Neighbour(
            "neighbourcell", "NR", arfcn=633984, pci=702, rsrp_dbm=-92, rsrq_db=-11, sinr_db=12, srxlev=20
        ),
    )
    assert value(neighbours()) == ()


def test_a_unisoc_non_standalone_line_has_no_state() -> None:
    line = '+QENG: "servingcell","NR5G-NSA",460,11,702,760BF0114,76010F,78,633984,30,-89,-8,15'
    found = parse_serving_cell(Reply((line,), "OK"))
    assert (found.state, found.rat, found.layout) == (None, "NR5G-NSA", "unisoc.nr_nsa_line")
    assert found.nr is not None
    assert (found.nr.scs_khz, found.nr.sinr_db, found.nr.tac) == (30, 15, 0x76010F)
    assert str(found) == "NR5G-NSA band 78, PCI 702, RSRP -89 dBm (state unknown)"


def test_packet_contexts() -> None:
    old = value(
        pdp.pdp_details(1),
        '+CGCONTRDP: 1,5,"apn","10.0.0.2","255.255.255.0","10.0.0.1","10.0.0.3","10.0.0.4"',
    )
    new = value(
        pdp.pdp_details(1), '+CGCONTRDP: 1,5,"apn","10.0.0.2.255.255.255.0","10.0.0.1","10.0.0.3","10.0.0.4"'
    )
    assert old[0].subnet_mask == new[0].subnet_mask == "255.255.255.0"
    assert old[0].gateway_address == new[0].gateway_address == "10.0.0.1"
    assert old[0].dns_secondary_address == new[0].dns_secondary_address == "10.0.0.4"
    assert value(pdp.QIACT, '+QIACT: 1,1,1,"10.0.0.2"') == (pdp.ModuleContext(1, True, 1, "10.0.0.2"),)
    assert value(pdp.counters(nr=False), "+QGDCNT: 100,200") == pdp.PacketCounters(100, 200)
    assert (
        pdp.set_module_context(1, "IP", "internet", "u", "p", 1).text == 'AT+QICSGP=1,1,"internet","u","p",1'
    )
    assert "internet" not in repr(pdp.set_module_context(1, "IP", "internet", "u", "p", 1))
    assert pdp.data_call(1, 1).text == "AT+QNETDEVCTL=1,1,1"
    assert (pdp.activate(1).timeout_s, pdp.deactivate(1).timeout_s) == (150, 40)
    assert pdp.packet_events().text == "AT+CGEREP=2,1"


def test_sockets() -> None:
    assert (
        sockets.open_socket(1, 0, "TCP", "example.org", 80).text == 'AT+QIOPEN=1,0,"TCP","example.org",80,0,0'
    )
    assert sockets.close_socket(0).timeout_s == 10
    sent = sockets.send_to_socket(0, b"\x1aany")
    assert (sent.text, sent.payload) == ("AT+QISEND=0,4", b"\x1aany")
    assert value(sockets.read_socket(0), "+QIRD: 4", payload=b"OK\r\n") == b"OK\r\n"
    assert value(sockets.read_socket(0), "+QIRD: 0") == b""
    with pytest.raises(UnexpectedReply):
        value(sockets.read_socket(0), "+QIRD: 4")
    assert value(sockets.send_counters(0), "+QISEND: 10,6,4").unacked_bytes == 4
    assert value(sockets.QIGETERROR, "+QIGETERROR: 566,socket connect failed").error == 566
    (state,) = value(sockets.socket_states(), '+QISTATE: 0,"TCP","192.0.2.1",80,5000,2,1,0,0,"usbmodem"')
    assert (state.service, state.address, state.remote_port, state.cid) == ("TCP", "192.0.2.1", 80, 1)
    assert sockets.ping(1, "192.0.2.1", 2, 3).text == 'AT+QPING=1,"192.0.2.1",2,3'


def test_position_in_each_form() -> None:
    lines = (
        "+QGPSLOC: 084020.5,3150.7822S,11711.9119W,0.9,62.2,3,000.00,0.0,0.0,171125,07",
        "+QGPSLOC: 084020.5,3150.782200,S,11711.911900,W,0.9,62.2,3,000.00,0.0,0.0,171125,07",
        "+QGPSLOC: 084020.5,-31.84637,-117.198531667,0.9,62.2,3,,0.0,0.0,171125,07",
    )
    for form, line in enumerate(lines):
        fix = value(gnss.position(form), line)
        assert (fix.latitude_deg, fix.longitude_deg) == (-31.84637, pytest.approx(-117.198531667))
        assert (fix.at, fix.altitude_m, fix.fix, fix.satellites) == (1_763_368_820.5, 62.2, 3, 7)
    for bad in ("+QGPSLOC: ,,,,,,,,,,", "+QGPSLOC: 246161.0,1.5,1.5,1,1,3,1,1,1,991399,07", "+QGPSLOC: 1"):
        with pytest.raises(UnexpectedReply):
            value(gnss.position(), bad)


def test_clocks() -> None:
    assert value(timing.CCLK, '+CCLK: "24/02/29,23:59:59-08"').iso8601 == "2024-02-29T23:59:59-02:00"
    network = value(timing.network_time(), '+QLTS: "2017/01/13,03:40:48+32,1"')
    assert (network.iso8601, network.offset_minutes, network.dst) == ("2017-01-13T03:40:48+08:00", 480, 1)
    for bad in ('+CCLK: "24/02/30,00:00:00+00"', '+CCLK: ""', "+CCLK: 1"):
        with pytest.raises(UnexpectedReply):
            value(timing.CCLK, bad)
    assert timing.ntp(1, "ntp.example.org").text == 'AT+QNTP=1,"ntp.example.org",123'


def test_modes_locks_and_power() -> None:
    setting = value(modes.preference(), '+QNWPREFCFG: "mode_pref",LTE:NR5G')
    assert (setting.key, setting.value) == ("mode_pref", "LTE:NR5G")
    assert value(modes.setting("usbnet"), '+QCFG: "usbnet",1').value == 1
    assert modes.set_preference("mode_pref", "NR5G").persists
    assert modes.lock_nr(633984, 702, 30, 78).text == 'AT+QNWLOCK="common/5g",702,633984,30,78'
    assert modes.lock_nr(633984, 702, unisoc=True).text == 'AT+QNWLOCK="common/5g",1,633984,702'
    assert modes.lock_lte(1300, 246).text == 'AT+QNWLOCK="common/4g",1,1300,246'
    assert modes.lock_lte(1300, 246, unisoc=True).text == 'AT+QNWLOCK="common/lte",1,1300,246'
    assert modes.unlock(4, unisoc=True).text == 'AT+QNWLOCK="common/lte",0'
    assert value(power.CFUN, "+CFUN: 19,0").fun == 19
    assert value(power.CBC, "+CBC: 2,90,4100") == power.Battery(2, 90, 4100)
    assert power.emergency_call(power.EcallType.TEST).text == "AT+CECALL=0"
    assert power.restart().text == "AT+CFUN=1,1"
    assert power.power_down().text == "AT+QPOWD=1"


@pytest.mark.parametrize(
    "make",
    [
        lambda: sockets.open_socket(1, 0, "TCP", 'a"b', 80),
        lambda: sockets.open_socket(1, 0, "SCTP", "a", 80),
        lambda: sockets.open_socket(1, 0, "TCP", "a", 0),
        lambda: sockets.send_to_socket(0, b""),
        lambda: sockets.send_to_socket(0, bytes(1461)),
        lambda: sockets.read_socket(0, 0),
        lambda: sockets.close_socket(12),
        lambda: sockets.ping(1, "a\r", 1, 1),
        lambda: sockets.ping(1, "a", 1, 11),
        lambda: mqtt.publish(0, 1, "t", b"x", 0),
        lambda: mqtt.publish(0, 0, "t", b"x", 1),
        lambda: mqtt.publish(0, 0, "t", b""),
        lambda: mqtt.open_broker(6, "a"),
        lambda: mqtt.open_broker(0, "a b"),
        lambda: mqtt.subscribe(0, 70000, "t"),
        lambda: mqtt.subscribe(0, 1, "t", 3),
        lambda: pdp.set_module_context(1, "PPP", "a"),
        lambda: pdp.activate(0),
        lambda: pdp.data_call(2, 1),
        lambda: pdp.packet_events(9),
        lambda: gnss.position(3),
        lambda: timing.network_time(3),
        lambda: timing.ntp(1, ""),
        lambda: modes.preference('a"'),
        lambda: modes.set_preference("mode_pref", "a,b"),
        lambda: modes.lock_nr(1, 1),
        lambda: modes.lock_nr(1, 1008, unisoc=True),
        lambda: modes.lock_lte(1, 504),
        lambda: modes.unlock(3),
        lambda: power.set_functionality(5),
        lambda: power.emergency_call(power.EcallType.MANUAL),
    ],
)
def test_what_no_command_can_carry(make: Any) -> None:
    with pytest.raises(ValueError):
        make()


NOTICES: list[tuple[str, Any]] = [
    ("+CREG: 5", Registration("+CREG", 5)),
    ("+CGEV: NW PDN DEACT 2", pdp.PacketEvent("nw_deact_primary", 2)),
    ("+CGEV: NW ACT 1,2,0", pdp.PacketEvent("nw_act_secondary", 2, 1)),
    ('+QIURC: "closed",1', sockets.SocketEvent("closed", 1)),
    ('+QIURC: "pdpdeact",1', sockets.SocketEvent("pdpdeact", cid=1)),
    ("+QIOPEN: 0,566", sockets.SocketOpened(0, 566)),
    ('+QPING: 0,"192.0.2.1",32,73,255', sockets.PingReply("192.0.2.1", 32, 73, 255)),
    ("+QPING: 0,4,4,0,56,73,66", sockets.PingSummary(0, 4, 4, 0, 56, 73, 66)),
    ("+QPING: 569", sockets.PingSummary(569)),
    ("+QMTOPEN: 0,2", mqtt.MqttOpened(0, 2)),
    ("+QMTOPEN: 0,-1", mqtt.MqttOpened(0, -1)),
    ("+QMTCONN: 0,0,0", mqtt.MqttOpened(0, 0, 0)),
    ("+QMTPUBEX: 0,1,0", mqtt.MqttResult(0, 1, 0)),
    ('+QMTRECV: 0,1,"a/b","{"x":1,2}"', mqtt.MqttMessage(0, 1, "a/b", '{"x":1,2}')),
    ('+QMTRECV: 0,1,"a/b",3,"abc"', mqtt.MqttMessage(0, 1, "a/b", "abc", 3)),
    ('+QNTP: 0,"2024/01/13,03:40:48+32"', timing.NtpResult(0, "2024-01-13T03:40:48+08:00")),
]


@pytest.mark.parametrize(("line", "expected"), NOTICES)
def test_notifications_are_typed(line: str, expected: Any) -> None:
    assert typed_notice(Urc(line)) == expected


@pytest.mark.parametrize(
    "line", ["+QIOPEN: x", "+QMTRECV: 0", "+CREG: x", "+CGEV: SOMETHING", '+QPING: 0,"a",x,1,2']
)
def test_damaged_notifications_stay_rows(line: str) -> None:
    assert isinstance(typed_notice(Urc(line)), Row)


def test_notifications_without_values() -> None:
    assert typed_notice(Urc("RDY")) is None


def test_mqtt_commands() -> None:
    assert mqtt.open_broker(0, "192.0.2.1").text == 'AT+QMTOPEN=0,"192.0.2.1",1883'
    assert mqtt.connect_client(0, "c", "u", "p").text == 'AT+QMTCONN=0,"c","u","p"'
    assert mqtt.subscribe(0, 1, "a/#", 1).text == 'AT+QMTSUB=0,1,"a/#",1'
    assert mqtt.unsubscribe(0, 1, "a/#").text == 'AT+QMTUNS=0,1,"a/#"'
    sent = mqtt.publish(0, 0, "t", b"hello")
    assert (sent.text, sent.payload) == ('AT+QMTPUBEX=0,0,0,0,"t",5', b"hello")
    assert mqtt.disconnect_client(0).text == "AT+QMTDISC=0"
    assert mqtt.close_broker(0).text == "AT+QMTCLOSE=0"


RECORDS = [
    ("+CESQ", signal.ExtendedSignal), ("+QCSQ", signal.SystemSignal), ("+QRSRP", signal.ChainPower),
    ("+QRSRQ", signal.ChainRatio), ("+QSINR", signal.ChainRatio), ("+QTEMP", signal.Temperature),
    ("+QCAINFO", carrier.Carrier), ("+QNWINFO", carrier.NetworkInfo), ("+QSPN", carrier.OperatorNames),
    ("+CGCONTRDP", pdp.PdpDetails), ("+QIACT", pdp.ModuleContext), ("+QGDCNT", pdp.PacketCounters),
    ("+QISTATE", sockets.SocketState), ("+QISEND", sockets.SendCounters), ("+QIURC", sockets.SocketEvent),
    ("+QENG", Neighbour), ("+CFUN", power.Functionality), ("+CBC", power.Battery), ("+QCFG", modes.Setting),
]  # fmt: skip


@pytest.mark.parametrize(("prefix", "kind"), RECORDS)
def test_every_field_of_a_record_is_a_value_of_some_layout(prefix: str, kind: type[Any]) -> None:
    known = {value.name for layout in book().layouts(prefix) for value in layout.values(Fields())}
    assert {field.name for field in fields(kind)} <= known


def test_revisions() -> None:
    read = parse_revision("EM05GFAR07A07M1G_01.016.01.016")
    assert (read.model, read.release, read.minor, read.memory, read.sub_version) == (
        "EM05GFA",
        7,
        7,
        "1",
        "01.016.01.016",
    )
    assert parse_revision("AT version:1.1").release is None


def test_ati_and_rows_of_a_question_without_a_type() -> None:
    from v2x.modem.readers import Asked

    rows = rows_of(("Quectel", "RM520N-GL", "Revision: RM520NGLAAR01A07M4G"), book(), Asked("ATI"))
    assert [rows[0].get("manufacturer"), rows[1].get("model"), rows[2].get("release")] == [
        "Quectel",
        "RM520N-GL",
        1,
    ]
    generic = value(rows_command('AT+QNWLOCK="common/5g"', "+QNWLOCK", Row), '+QNWLOCK: "common/5g",0')
    assert generic[0].get("key") == "common/5g"


def test_unisoc_engineering_rows() -> None:
    from v2x.modem.readers import Asked

    groups = ["78", "633984", "702", "-8900", "-800", *"0" * 10, "1500"]
    (row,) = rows_of(("-".join(groups),), book(), Asked("AT+SPENGMD=0,14,1", ("+SPENGMD",)))
    assert [row.get(name) for name in ("band", "arfcn", "pci", "rsrp_dbm", "rsrq_db", "sinr_db")] == [
        78,
        633984,
        702,
        -89,
        -8,
        15,
    ]
