"""The simulated module's world: network, cells, contexts, data mode, sockets, messages, GNSS, PC5."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem import answers
from v2x.modem.cells import serving_cell
from v2x.modem.engine import Engine
from v2x.modem.events import Done
from v2x.modem.profiles import load_profile, profile_names
from v2x.modem.sim import Card, SimOptions, SimulatedModule
from v2x.modem.sim_commands import extended_commands
from v2x.modem.sim_mqtt import matches
from v2x.modem.sim_network import DOMAINS
from v2x.modem.sim_options import Cell, Rat, SignalPoint

BOOTED_S = 100.0


class Bench:
    """A module and the instant that a test has reached."""

    def __init__(self, profile: str = "qualcomm", **options: object) -> None:
        self.sim = SimulatedModule(load_profile(profile), SimOptions(**options))  # type: ignore[arg-type]
        self.sim.power_on(0.0)
        self.at = BOOTED_S
        self.sim.advance(self.at)
        self.sim.feed(b"ATE0\r", self.at)

    def send(self, octets: bytes) -> bytes:
        return self.sim.feed(octets, self.at)

    def wait(self, seconds: float) -> bytes:
        self.at += seconds
        return self.sim.advance(self.at)

    def ask(self, line: str, wait_s: float = 0.0) -> list[str]:
        out = self.send(line.encode("latin-1") + b"\r")
        if wait_s:
            out += self.wait(wait_s)
        return rows(out)


def rows(out: bytes) -> list[str]:
    return [row for row in re.split(r"[\r\n]+", out.decode("latin-1")) if row]


# -- network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_boots_registers_and_names_a_known_domain(name: str) -> None:
    bench = Bench(name)
    profile = load_profile(name)
    domains = DOMAINS[Rat.SA if profile.sim.act == 11 else Rat.LTE]
    assert profile.sim.domain in domains
    for domain in domains:
        assert bench.ask(f"AT{domain}?") == [f"{domain}: 0,1", "OK"]
    assert bench.ask('AT+CGDCONT=3,"IP","x";+CGACT=1,3;+CGPADDR=3')[-1] == "OK"
    assert "SIMULATED" in bench.ask("ATI")[0]


@pytest.mark.parametrize("cause", [3, 7, 11, 15])
def test_a_rejected_attach_says_its_cause(cause: int) -> None:
    bench = Bench(reject_cause=cause)
    assert bench.ask("AT+C5GREG=3;+C5GREG?") == [f"+C5GREG: 3,3,,,,,,0,{cause}", "OK"]
    code = {3: 103, 7: 107, 11: 111}.get(cause, 148)
    assert bench.ask("AT+CGATT=1", 5.0)[-1] == f"+CME ERROR: {code}"
    assert bench.ask("ATD*99#", 5.0) == ["NO CARRIER"]


def test_a_handover_between_radio_accesses_moves_the_registration() -> None:
    bench = Bench()
    bench.ask("AT+CEREG=2;+C5GREG=2;+CREG=1")
    bench.ask("AT+CGACT=1,1")
    bench.sim.service.handover("lte-1")
    assert rows(bench.wait(0.0)) == ["+C5GREG: 0", '+CEREG: 1,"0001","0000101",13', "+CREG: 1"]
    assert bench.ask("AT+CGACT?") == ["+CGACT: 1,1", "OK"]  # contexts move along
    found = [row.partition(":")[2] for row in bench.ask('AT+QENG="servingcell"')]
    assert [row.split(",")[0] for row in found[:3]] == [' "servingcell"', ' "LTE"', ' "NR5G-NSA"']
    bench.sim.service.handover("lte-2")
    assert '+CEREG: 1,"0001","0000102",7' in rows(bench.wait(0.0))
    assert bench.ask("AT+CSQ") == ["+CSQ: 23,99", "OK"]
    with pytest.raises(KeyError):
        bench.sim.service.handover("nsa-1")


def test_the_mode_decides_where_it_registers() -> None:
    bench = Bench()
    assert bench.ask('AT+QNWPREFCFG="mode_pref"') == ['+QNWPREFCFG: "mode_pref",AUTO', "OK"]
    assert bench.ask('AT+QNWPREFCFG="mode_pref",LTE', 5.0)[-1] == "OK"
    assert bench.ask("AT+CEREG?;+C5GREG?") == ["+CEREG: 0,1", "+C5GREG: 0,0", "OK"]
    assert bench.ask("AT+COPS?") == ['+COPS: 0,0,"V2X TEST",7', "OK"]  # no NR beside it
    assert bench.ask("AT+CFUN=1,1", 10.0)  # kept over a restart
    assert bench.ask("AT+CEREG?")[-2:] == ["+CEREG: 0,1", "OK"]


def test_operators_are_looked_for_chosen_and_left() -> None:
    bench = Bench()
    assert bench.ask("AT+COPS=?") == []  # takes its time
    assert bench.send(b"AT+CSQ\r") == b""  # and the port is deaf meanwhile
    out = rows(bench.wait(60.0))
    assert out[0].startswith('+COPS: (2,"V2X TEST","V2X TEST","00101",7),(2,')
    assert out[1:] == ["OK", "+CSQ: 99,99", "OK"]
    assert bench.ask("AT+COPS=2", 1.0) == ["OK"]
    assert bench.ask("AT+COPS?") == ["+COPS: 2", "OK"]
    assert bench.ask('AT+COPS=1,2,"99999"', 1.0) == ["+CME ERROR: 30"]
    assert bench.ask('AT+COPS=1,2,"00101"', 5.0) == ["OK"]
    assert bench.ask("AT+CGATT?") == ["+CGATT: 1", "OK"]
    name = bench.ask('AT+CSCS="UCS2";+COPS=3,0;+COPS?')[0].split('"')[1]
    assert bytes.fromhex(name).decode("utf-16-be") == "V2X TEST"


def test_levels_follow_points_drift_and_the_seed() -> None:
    points = (SignalPoint("sa-1", 100.0, -80.0), SignalPoint("sa-1", 200.0, -110.0, -12.0, 0.0))
    bench = Bench(signal=points)
    assert bench.ask("AT+QCSQ")[0] == '+QCSQ: "NR5G",-80,15,-8'
    bench.wait(50.0)
    assert bench.ask("AT+QCSQ")[0] == '+QCSQ: "NR5G",-95,8,-10'
    bench.wait(500.0)
    assert bench.ask("AT+QCSQ")[0] == '+QCSQ: "NR5G",-110,0,-12'

    def walk(seed: int) -> list[str]:
        wandering = Bench(drift_db=8.0, seed=seed)
        return [wandering.ask("AT+QRSRP", 7.0)[0] for _ in range(20)]

    assert walk(1) == walk(1) != walk(2)
    assert len(set(walk(1))) > 5


@pytest.mark.parametrize("name", [n for n in profile_names() if n != "hisilicon_ltev"])
def test_the_serving_cell_reads_as_it_was_set(name: str) -> None:
    cell = Cell("x", Rat.SA, 321, 627264, 78, 60, "ABCDEF012", "00BEEF", rsrp_dbm=-101.0, sinr_db=7.0)
    bench = Bench(name, cells=(cell,))
    engine = Engine()
    engine.start(serving_cell(load_profile(name).host.sa_layout))
    done = [e for e in engine.feed(bench.send(b'AT+QENG="servingcell"\r')) if isinstance(e, Done)]
    reply = done[0].reply
    nr = serving_cell(load_profile(name).host.sa_layout).parse(reply).nr
    assert nr is not None
    assert (nr.pci, nr.arfcn, nr.band, nr.bandwidth_mhz) == (321, 627264, 78, 60)
    assert (nr.cell_id, nr.tac, nr.rsrp_dbm, nr.sinr_db) == (0xABCDEF012, 0xBEEF, -101, 7)
    assert nr.scs_khz == (None if name == "early_x55" else 30)


def test_a_card_with_a_pin_opens_with_it_and_locks_without() -> None:
    bench = Bench(card=Card.PIN)
    assert bench.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert bench.ask("AT+CPIN=0000") == ["+CME ERROR: 16"]
    assert bench.ask('AT+CSIM=10,"0020000100"') == ['+CSIM: 4,"63C2"', "OK"]
    assert bench.ask("AT+CPIN=1234", 5.0)[:2] == ["OK", "+CPIN: READY"]
    assert bench.sim.registered
    assert bench.ask("AT+CPIN=1234") == ["+CME ERROR: 3"]
    locked = Bench(card=Card.PIN)
    for _ in range(3):
        locked.ask("AT+CPIN=0000")
    assert locked.ask("AT+CPIN=1234") == ["+CME ERROR: 12"]
    assert locked.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]


def test_files_of_the_card() -> None:
    bench = Bench()
    assert bench.ask("AT+CRSM=176,12258,0,0,10") == ['+CRSM: 144,0,"98000101000000000010"', "OK"]
    assert bench.ask("AT+CRSM=192,12258")[0].startswith('+CRSM: 144,0,"0000000A2FE204')
    assert bench.ask("AT+CRSM=176,28478,0,0,0")[0] == '+CRSM: 148,4,""'
    assert bench.ask("AT+CRSM=176,12258,0,9,9")[0] == '+CRSM: 103,0,""'


# -- data mode -------------------------------------------------------------------------------------


def test_data_mode_is_left_by_its_escape_and_resumed() -> None:
    bench = Bench()
    assert bench.ask("ATO") == ["NO CARRIER"]
    assert bench.ask("ATD*99***1#", 1.0) == ["CONNECT"]
    assert bench.send(b"~\x7d}\xffAT+CSQ\r") == b""  # opaque
    bench.wait(0.5)
    bench.send(b"+++")
    assert bench.wait(2.0) == b""  # too soon after data
    bench.send(b"+")
    bench.send(b"++")
    assert bench.wait(0.9) == b""
    assert rows(bench.wait(0.1)) == ["OK"]
    assert bench.ask("AT+CGACT?") == ["+CGACT: 1,1", "OK"]
    assert bench.ask("ATO0") == ["CONNECT"]
    bench.wait(2.0)
    bench.send(b"+++")
    bench.wait(0.2)
    bench.send(b"x")  # no silence after it: data
    assert bench.wait(5.0) == b""
    assert bench.sim.state.counters[0] > 3


def test_the_network_ends_data_mode() -> None:
    bench = Bench()
    bench.ask("ATD*99#", 1.0)
    bench.sim.service.deactivate(1, by_network=True)
    assert rows(bench.wait(0.0)) == ["NO CARRIER"]
    assert bench.ask("AT") == ["OK"]
    bench.ask("ATD*99#", 1.0)
    bench.sim.hang_up()  # DTR
    assert bench.ask("AT+CGACT?") == ["+CGACT: 1,0", "OK"]
    assert bench.ask("ATD0123456789;") == ["NO CARRIER"]
    assert bench.ask("ATD*99***9#") == ["NO CARRIER"]


def test_m_ether_is_slow_as_in_the_field() -> None:
    bench = Bench("unisoc")
    assert bench.ask('AT+CGDATA="M-ETHER",1') == ["^ORIG: 1,2"]
    assert bench.wait(8.0) == b""
    assert rows(bench.wait(10.0)) == ["CONNECT"]


# -- sockets, ping, MQTT ---------------------------------------------------------------------------


def online(**options: object) -> Bench:
    bench = Bench(**options)
    assert bench.ask("AT+QIACT=1", 1.0) == ["OK"]
    assert bench.ask("AT+QIACT?") == ['+QIACT: 1,1,1,"192.0.2.10"', "OK"]
    return bench


def test_ping() -> None:
    out = online().ask('AT+QPING=1,"test.example",2,3', 10.0)
    assert out[0] == "OK"
    assert len([row for row in out if ",32," in row]) == 3
    assert re.fullmatch(r"\+QPING: 0,3,3,0,\d+,\d+,\d+", out[-1])
    lossy = online(ping_loss=1.0).ask('AT+QPING=1,"192.0.2.1",2,3', 20.0)
    assert lossy == ["OK", *["+QPING: 569"] * 3, "+QPING: 0,3,0,3,0,0,0"]
    assert online().ask('AT+QPING=1,"nowhere.invalid"', 1.0) == ["OK", "+QPING: 565"]
    assert Bench().ask('AT+QPING=1,"192.0.2.1"', 1.0) == ["OK", "+QPING: 561"]


@given(payload=st.binary(min_size=1, max_size=1460))
def test_a_socket_gives_back_every_octet(payload: bytes) -> None:
    bench = online()
    assert bench.ask('AT+QIOPEN=1,0,"UDP","test.example",7,0,0', 1.0) == ["OK", "+QIOPEN: 0,0"]
    assert bench.send(f"AT+QISEND=0,{len(payload)}\r".encode()) == b"\r\n> "
    assert bench.send(payload).endswith(b"\r\nSEND OK\r\n")
    assert rows(bench.wait(1.0)) == ['+QIURC: "recv",0']
    assert bench.ask("AT+QIRD=0,0") == [f"+QIRD: {len(payload)},0,{len(payload)}", "OK"]
    out = bench.send(b"AT+QIRD=0,1500\r")
    assert out == f"\r\n+QIRD: {len(payload)}\r\n".encode() + payload + b"\r\n\r\nOK\r\n"
    assert bench.ask("AT+QIRD=0") == ["+QIRD: 0", "OK"]


def test_sockets_say_what_is_wrong() -> None:
    bench = online()
    assert bench.ask('AT+QIOPEN=1,0,"TCP","test.example",1', 1.0) == ["OK", "+QIOPEN: 0,566"]
    assert bench.ask("AT+QIGETERROR") == ["+QIGETERROR: 566,socket connect failed", "OK"]
    assert bench.ask("AT+QISEND=0,5") == ["+CME ERROR: 572"]
    assert bench.ask('AT+QIOPEN=1,3,"TCP","192.0.2.7",80,0,1', 1.0)[1] == "+QIOPEN: 3,0"
    assert bench.ask('AT+QIOPEN=1,3,"TCP","192.0.2.7",80', 1.0)[1] == "+QIOPEN: 3,563"
    bench.send(b"AT+QISEND=3\r")
    bench.send(b"push\x1a")
    assert b'\r\n+QIURC: "recv",3,4\r\npush\r\n' in bench.wait(1.0)
    assert bench.ask("AT+QISTATE?")[0] == '+QISTATE: 3,"TCP","192.0.2.7",80,0,2,1,0,1,"usbat"'
    bench.sim.service.deactivate(1, by_network=True)
    assert rows(bench.wait(0.0)) == ['+QIURC: "pdpdeact",1']
    bench = online()
    assert bench.ask('AT+QIOPEN=1,0,"TCP","192.0.2.7",80,0,2', 1.0) == ["CONNECT"]
    assert bench.send(b"OK\r\n") == b"OK\r\n"  # transparent: an echo


def test_mqtt_brings_back_what_is_subscribed_to() -> None:
    bench = online()
    assert bench.ask('AT+QMTOPEN=0,"broker.example",1883', 1.0) == ["OK", "+QMTOPEN: 0,0"]
    assert bench.ask('AT+QMTOPEN=0,"broker.example",1883', 1.0) == ["OK", "+QMTOPEN: 0,2"]
    assert bench.ask('AT+QMTSUB=0,1,"a/+",1') == ["ERROR"]
    assert bench.ask('AT+QMTCONN=0,"me"', 1.0) == ["OK", "+QMTCONN: 0,0,0"]
    assert bench.ask('AT+QMTSUB=0,1,"a/+",1', 1.0) == ["OK", "+QMTSUB: 0,1,0,1"]
    assert bench.send(b'AT+QMTPUBEX=0,2,1,0,"a/b",5\r') == b"\r\n> "
    bench.send(b"hello")
    assert rows(bench.wait(1.0)) == ["+QMTPUB: 0,2,0", '+QMTRECV: 0,0,"a/b",5,"hello"']
    assert bench.ask("AT+QMTDISC=0", 1.0) == ["OK", "+QMTDISC: 0,0"]


@pytest.mark.parametrize(
    ("pattern", "topic", "found"),
    [
        ("a", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "x", True),
        ("a/+", "a/b/c", False),
        ("+/b", "a/b", True),
        ("a/b", "a", False),
    ],
)
def test_topic_filters(pattern: str, topic: str, found: bool) -> None:
    assert matches(pattern, topic) is found


# -- messages, time, GNSS, power -------------------------------------------------------------------


def test_messages_come_in_are_listed_and_deleted() -> None:
    bench = Bench()
    bench.ask("AT+CMGF=1")
    bench.sim.messages.arrive(bench.sim, "Grüße")
    assert rows(bench.wait(0.0)) == ['+CMTI: "ME",0']
    assert bench.ask('AT+CMGL="ALL"')[1:] == ["Grüße", "OK"]
    assert bench.ask("AT+CMGF=0;+CMGR=0")[1].endswith("Grüße".encode("utf-16-be").hex().upper())
    assert bench.ask("AT+CMGD=0;+CMGR=0") == ["+CMS ERROR: 321"]
    bench.ask("AT+CNMI=2,2")
    bench.sim.messages.arrive(bench.sim, "now")
    assert rows(bench.wait(0.0))[0].startswith("+CMT: ,")
    for _ in range(30):  # a full memory refuses, silently
        bench.ask("AT+CNMI=2,1")
        bench.sim.messages.arrive(bench.sim, "x")
    assert bench.ask("AT+CPMS?")[0].startswith('+CPMS: "ME",23,23')


def test_a_message_is_sent_checked_or_given_up() -> None:
    bench = Bench()
    assert bench.send(b"AT+CMGS=18\r") == b"\r\n> "
    assert bench.send(b"0011000B910000000000F00008FF0461626364\x1a").endswith(b"+CMGS: 1\r\n\r\nOK\r\n")
    bench.send(b"AT+CMGS=5\r")
    assert rows(bench.send(b"00\x1a")) == ["+CMS ERROR: 304"]
    bench.send(b"AT+CMGS=5\r")
    assert rows(bench.send(b"00\x1b")) == ["OK"]


def test_clock_gnss_and_power() -> None:
    bench = Bench()
    assert bench.ask("AT+CCLK?") == ['+CCLK: "26/01/01,08:01:40+32"', "OK"]
    assert bench.ask('AT+CCLK="30/05/06,07:08:09+00"') == ["OK"]
    assert bench.ask("AT+CCLK?") == ['+CCLK: "30/05/06,15:08:09+32"', "OK"]
    assert bench.ask('AT+CCLK="30/13/06,07:08:09"') == ["+CME ERROR: 50"]
    assert bench.ask("AT+QLTS=1") == ['+QLTS: "2030/05/06,07:08:09+00,0"', "OK"]
    assert bench.ask("AT+QGPSLOC=2") == ["+CME ERROR: 505"]
    assert bench.ask("AT+QGPS=1") == ["OK"]
    assert bench.ask("AT+QGPSLOC=2") == ["+CME ERROR: 516"]
    bench.wait(31.0)
    where = "31.00000,121.00000,0.9,12.0,3,000.00,0.0,0.0,060530,12"
    assert bench.ask("AT+QGPSLOC=2")[0] == f"+QGPSLOC: 070840.000,{where}"
    assert bench.ask("AT+QGPSLOC=0")[0].split(",")[1:3] == ["3100.0000N", "12100.0000E"]
    assert bench.ask("AT+QPOWD") == ["OK"]
    assert rows(bench.wait(2.0)) == ["POWERED DOWN"]
    assert bench.ask("AT") == []


# -- any command -----------------------------------------------------------------------------------

PARAMETERS = st.lists(
    st.one_of(
        st.integers(-2, 70_000).map(str), st.sampled_from(["", '"', '"x"', '"UDP"', '"a/b"', "é", "-"])
    ),
    max_size=7,
).map(",".join)


@given(
    profile=st.sampled_from(profile_names()),
    lines=st.lists(
        st.tuples(
            st.sampled_from(sorted(extended_commands())), st.sampled_from(["", "?", "=?", "="]), PARAMETERS
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_any_command_is_answered_in_time(profile: str, lines: list[tuple[str, str, str]]) -> None:
    bench = Bench(profile)
    for name, operation, parameters in lines:
        if name in ("+CMUX", "+CFUN", "+QPOWD"):
            continue
        out = bench.send(f"AT{name}{operation}{parameters if operation == '=' else ''}\r".encode("latin-1"))
        out += bench.wait(20.0)
        channel = bench.sim.channels[0]
        if out.endswith(b"\r\n> "):
            bench.send(b"\x1b" * 2000)
            bench.wait(1.0)
        elif channel.in_data_mode:
            channel.hang_up()
            bench.wait(0.0)
    bench.wait(100.0)
    assert bench.ask("AT") == ["OK"]


def test_identities_read_as_the_driver_reads_them() -> None:
    bench = Bench()
    engine = Engine()
    engine.start(answers.CIMI)
    (done,) = [e for e in engine.feed(bench.send(b"AT+CIMI\r")) if isinstance(e, Done)]
    assert "001010000000001" not in repr(answers.CIMI.parse(done.reply))
