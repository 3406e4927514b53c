"""PC5 over AT: the provider against scripted bytes and the simulator, with and without a dialect."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.errors import ModemError
from v2x.modem.errors import PortLost, Rejected, UnexpectedReply
from v2x.modem.host import simulated_module
from v2x.modem.modem import Modem
from v2x.modem.pc5_at import AtPc5
from v2x.modem.pc5_dialect import load_dialect, read_dialect
from v2x.modem.pc5_types import (
    ChannelBusy,
    Direction,
    Function,
    L2Ids,
    Pc5Cause,
    Pc5Counters,
    Pc5Signal,
    Pc5State,
    Pc5Status,
    Pc5Unsupported,
    SpsFlow,
    SyncSource,
    TestPlan,
)
from v2x.modem.port import open_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

OWN = Path(__file__).parent.parent / "data" / "pc5-dialect.toml"
BOUND_S = 20.0
HEARD = TestPlan(Direction.RECEIVE, monitor=(0x000001, 0xABCDEF))
SENT = TestPlan(Direction.TRANSMIT, octets=100, period_s=0.1)

HISILICON = load_dialect("hisilicon")

# -- the provider ----------------------------------------------------------------------------------


class ScriptedPort:
    """A port that answers each command line from a table, else with ERROR; everything byte by byte."""

    name = "scripted"

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.lines: list[str] = []
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self._pieces.get()

    async def write(self, data: bytes) -> None:
        line = data.decode().rstrip("\r")
        self.lines.append(line)
        known = self.answers.get(line)
        for text in ["ERROR"] if known is None else [*known, "OK"]:
            for octet in f"\r\n{text}\r\n".encode():
                self._pieces.put_nowait(bytes([octet]))

    async def close(self) -> None:
        pass


def script(answers: dict[str, list[str]], work: Callable[[Modem], Awaitable[None]]) -> list[str]:
    async def main() -> list[str]:
        port = ScriptedPort(answers)
        async with asyncio.timeout(BOUND_S), Modem(port) as modem:
            await work(modem)
        return port.lines

    return asyncio.run(main())


STANDARD = {
    "AT+CATM=1,1": [],
    "AT+CATM=0": [],
    'AT+CCUTLE=0,0,1,2,"000001ABCDEF"': [],
    "AT+CCUTLE=1": [],
    "AT+CV2XDTS=1,100,100": [],
    "AT+CV2XDTS=0": [],
    "AT+CV2XDTS?": ["+CV2XDTS: 1,100,100"],
    "AT+CATM?": ["+CATM: 1,1"],
    "AT+CCUTLE?": ['+CCUTLE: 0,0,1,1,"000001"'],
    "AT+CUSPCREQ": [f'+CUSPCREQ: 1,1,4,"{3:032b}",1,1,4,"{2:032b}",1,1,4,"{1:032b}"'],
    "AT+CCBRREQ": ["+CCBRREQ: 7"],
    "AT+CUTCR": [],
}


def test_the_standard_provider() -> None:
    async def work(modem: Modem) -> None:
        pc5 = AtPc5(modem)
        assert pc5.name == "std27007 on scripted"
        assert await pc5.cbr() == ChannelBusy(0.07)
        assert await pc5.status() == Pc5Status(Pc5State.ACTIVE, Pc5State.ACTIVE)
        with pytest.raises(ModemError, match="receive test only"):
            await pc5.reset_counters()
        await pc5.start_test(HEARD)
        await pc5.reset_counters()
        assert await pc5.counters() == Pc5Counters((3,), (2,), (1,))
        await pc5.start_test(SENT)  # the one that runs is ended first
        await pc5.close()
        await pc5.close()
        await pc5.reset_utc()

    lines = script(STANDARD, work)
    loop = 'AT+CCUTLE=0,0,1,2,"000001ABCDEF"'
    assert lines[4:] == [
        *("AT+CATM=1,1", loop, "AT+CCUTLE=1", loop, "AT+CUSPCREQ", "AT+CCUTLE=1", "AT+CATM=0"),
        *("AT+CATM=1,1", "AT+CV2XDTS=1,100,100", "AT+CV2XDTS=0", "AT+CATM=0", "AT+CUTCR"),
    ]


def test_outside_of_the_test_mode_nothing_is_known() -> None:
    async def work(modem: Modem) -> None:
        status = await AtPc5(modem).status()
        assert (status.rx, status.tx) == (Pc5State.UNKNOWN, Pc5State.UNKNOWN)

    script({"AT+CATM?": ["+CATM: 0"]}, work)


def test_a_refused_run_leaves_the_test_mode() -> None:
    async def work(modem: Modem) -> None:
        pc5 = AtPc5(modem)
        with pytest.raises(Rejected):
            await pc5.start_test(SENT)
        await pc5.stop_test()  # whatever somebody else began, as far as the module allows

    lines = script({"AT+CATM=1,1": [], "AT+CATM=0": []}, work)
    assert lines == [
        *("AT+CATM=1,1", "AT+CV2XDTS=1,100,100", "AT+CATM=0"),
        *("AT+CV2XDTS=0", "AT+CCUTLE=1", "AT+CATM=0"),
    ]


def test_what_no_at_command_can_do() -> None:
    async def work(modem: Modem) -> None:
        pc5 = AtPc5(modem)
        for call in (
            pc5.l2_ids,
            lambda: pc5.set_l2_ids(L2Ids(1)),
            pc5.signal,
            pc5.sync_source,
            lambda: pc5.set_tx_power(10.0),
            lambda: pc5.send(b"x"),
            lambda: pc5.open_flow(SpsFlow(1, 0.1, 300)),
            lambda: pc5.close_flow(1),
        ):
            with pytest.raises(Pc5Unsupported) as caught:
                await call()  # type: ignore[operator]
            assert caught.value.function not in pc5.functions
        with pytest.raises(Pc5Unsupported):
            pc5.frames()

    assert script({}, work) == []


# -- dialects --------------------------------------------------------------------------------------

HAT = {
    "AT^CV2XL2ID?": ["^CV2XL2ID: 187,188"],
    "AT^CV2XL2ID=1,188": [],
    "AT^CV2XL2ID=1,2": [],
    "AT^CBR?": ["^CBR: 7"],
    "AT^VPHYSTAT?": ["^VPHYSTAT: 1,2,3,4,5,6"],
    "AT^VPHYSTATCLR=0": [],
    "AT^VSYNCSRC?": ["^VSYNCSRC: 0,1,10,200,255"],
    "AT^VSNRRSRP?": [
        "^VSNRRSRP: 2",
        "^VSNRRSRP:   -56        -11         15         24        -93       -126       -126",
        "^VSNRRSRP:     1          2          3          4        -80        -81        -82",
    ],
    "AT^VTXPOWER=100": [],
}
"""Answers as the published source of that baseband documents them; numbers partly ours."""


def test_the_hisilicon_dialect() -> None:
    async def work(modem: Modem) -> None:
        pc5 = AtPc5(modem, HISILICON)
        assert pc5.functions == frozenset(Function) - {Function.FRAMES, Function.FLOWS}
        assert await pc5.cbr() == ChannelBusy(0.07)
        assert await pc5.l2_ids() == L2Ids(187, 188)
        await pc5.set_l2_ids(L2Ids(1))
        await pc5.set_l2_ids(L2Ids(1, 2))
        counted = Pc5Counters(sa_first=1, sa_second=2, sa_both=3, sent=4, received=5, phy_sent=6)
        assert await pc5.counters() == counted
        assert await pc5.sync_source() == SyncSource("gnss", False, 10, 200, 255)
        first, second = await pc5.signal()
        assert first == Pc5Signal(-56.0, -11.0, 15.0, 24.0, -93.0, -126.0, -126.0)
        assert second.da_rsrp_dbm == -80.0
        await pc5.set_tx_power(12.5)
        with pytest.raises(ValueError, match=r"-62\.\.30 dBm"):
            await pc5.set_tx_power(31.0)
        await pc5.start_test(HEARD)
        both = await pc5.counters()
        assert (both.pscch, both.sa_first) == ((3,), 1)
        await pc5.reset_counters()
        await pc5.stop_test()

    lines = script(HAT | STANDARD, work)
    assert lines[2:5] == ["AT^CV2XL2ID?", "AT^CV2XL2ID=1,188", "AT^CV2XL2ID=1,2"]
    assert lines[-5:-2] == ["AT^VPHYSTATCLR=0", "AT+CCUTLE=1", 'AT+CCUTLE=0,0,1,2,"000001ABCDEF"']


@pytest.mark.parametrize(("said", "came"), [(0, 0), (2, 2), (9, 2)])
def test_rows_may_be_fewer_than_said_but_not_more(said: int, came: int) -> None:
    def answers(number: int) -> dict[str, list[str]]:
        return {"AT^VSNRRSRP?": [f"^VSNRRSRP: {number}", *["^VSNRRSRP: 1 2 3 4 5 6 7"] * came]}

    async def work(modem: Modem) -> None:
        assert len(await AtPc5(modem, HISILICON).signal()) == came

    script(answers(said), work)

    async def refuse(modem: Modem) -> None:
        with pytest.raises(UnexpectedReply, match="rows are said"):
            await AtPc5(modem, HISILICON).signal()

    if came:
        script(answers(came - 1), refuse)


def test_a_users_own_dialect() -> None:
    dialect = read_dialect(OWN)

    async def work(modem: Modem) -> None:
        pc5 = AtPc5(modem, dialect)
        assert await pc5.status() == Pc5Status(
            Pc5State.ACTIVE, Pc5State.SUSPENDED, None, Pc5Cause.SENSING, (), pytest.approx(2.55e-7)
        )
        await pc5.set_l2_ids(L2Ids(0xAB))
        await pc5.start_test(HEARD)
        with pytest.raises(Pc5Unsupported):
            await pc5.start_test(SENT)
        await pc5.close()
        with pytest.raises(Pc5Unsupported):
            await pc5.cbr()

    answers = {
        "AT+X=1": [],
        "AT+XSTAT?": ["+XSTAT: 1,whatever,2,1,ff"],
        "AT+XID=0000AB": [],
        'AT+XRX=2,"000001ABCDEF"': [],
        "AT+XRX=0": [],
    }
    assert script(answers, work) == list(answers)


# -- the simulated module --------------------------------------------------------------------------


def test_the_simulated_module_in_test_mode() -> None:
    async def main() -> None:
        async with simulated_module("hisilicon_ltev", tcp_port=0, speed=50.0) as host:
            await host.until_ready()
            async with Modem(await open_port(host.path)) as modem:
                await modem.send("ATE0")
                pc5 = AtPc5(modem, HISILICON, simulated=True)
                await pc5.start_test(HEARD)
                status = await pc5.status()
                assert (status.rx, status.tx) == (Pc5State.ACTIVE, Pc5State.INACTIVE)
                await pc5.set_l2_ids(L2Ids(0x010203, 1))
                assert await pc5.l2_ids() == L2Ids(0x010203, 1)
                for busy in (await pc5.cbr(), await AtPc5(modem).cbr()):
                    assert busy.pssch is not None
                counters = await pc5.counters()
                assert counters.pscch is not None
                assert counters.received is not None
                assert (await pc5.sync_source()).kind == "gnss"
                await pc5.start_test(SENT)
                assert (await pc5.status()).tx is Pc5State.ACTIVE
                await pc5.close()
                assert (await pc5.status()).tx is Pc5State.UNKNOWN
        with pytest.raises(PortLost):
            await pc5.cbr()

    async def bounded() -> None:
        async with asyncio.timeout(BOUND_S):
            await main()

    asyncio.run(bounded())
