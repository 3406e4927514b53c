"""The ladder: the gentlest rung that helps is the last one, each has its budget, nothing loops tightly."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from v2x.errors import ModemError
from v2x.modem import answers, line, recovery, recovery_means
from v2x.modem import modem as modem_module
from v2x.modem.bringup import BringUpState, bring_up
from v2x.modem.cmux_port import multiplex
from v2x.modem.commands import action
from v2x.modem.errors import CommandTimeout, PortLost, PortProblem, PortUnavailable, RecoveryFailed
from v2x.modem.host import simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port
from v2x.modem.recovery import Recovered, Recovery, RecoverySettings, Rung, power_command, reopener
from v2x.modem.sim_options import SimOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from v2x.modem.port import Port

BOUND_S = 20.0
QUICK = RecoverySettings(0.4, 0.4, 0.3, 0.6, 1.0, 1.0, gone_s=0.05)
"""Budgets of reopen, drain, probe, second port, restart, power."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times that are meant to pass, soon."""
    monkeypatch.setattr(line, "QUIET_S", 0.01)
    monkeypatch.setattr(line, "QUIET_LIMIT_S", 0.05)
    monkeypatch.setattr(line, "PROBE_TIMEOUT_S", 0.02)
    monkeypatch.setattr(modem_module, "GUARD_S", 0.01)
    monkeypatch.setattr(modem_module, "ESCAPE_TIMEOUT_S", 0.02)
    monkeypatch.setattr(recovery, "PROBE_TIMEOUT_S", 0.03)
    monkeypatch.setattr(recovery, "PROBE_PAUSES_S", (0.02,))
    monkeypatch.setattr(recovery, "REFUSAL_LIMIT_S", 0.03)
    monkeypatch.setattr(recovery, "OPEN_PAUSE_S", 0.01)
    monkeypatch.setattr(recovery_means, "OPEN_PAUSE_S", 0.01)


class Bench:
    """A module with ports, each deaf or not; what heals it is the test's."""

    def __init__(self) -> None:
        self.deaf: set[str] = set()
        self.heard: list[str] = []
        self.opened: list[str] = []
        self.powered = 0
        self.restarts = True  # AT+CFUN=1,1 is heard even by a deaf port
        self.ports: list[Wire] = []

    def open(self, name: str = "first") -> Wire:
        self.opened.append(name)
        self.ports.append(Wire(self, name))
        return self.ports[-1]

    async def reopen(self) -> Port:
        return self.open()

    async def power(self) -> None:
        self.powered += 1
        self.deaf.clear()
        self.ports[-1].lose()


class Wire:
    """One port of the module."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.name = name
        self.closed = False
        self._bench = bench
        self._said: asyncio.Queue[bytes | PortLost] = asyncio.Queue()

    def say(self, data: bytes) -> None:
        self._said.put_nowait(data)

    def lose(self) -> None:
        self._said.put_nowait(PortLost(self.name, "unplugged"))

    async def read(self) -> bytes:
        said = await self._said.get()
        if isinstance(said, PortLost):
            raise said
        return said

    async def write(self, data: bytes) -> None:
        text = data.decode().strip()
        self._bench.heard.append(text)
        if text == "AT+CFUN=1,1" and self._bench.restarts:
            self._bench.deaf.clear()
            self.lose()
        elif self.name not in self._bench.deaf:
            answer = {"AT+CSQ": "+CSQ: 20,99", "AT+CMEE?": "+CMEE: 1"}.get(text)
            self.say((f"\r\n{answer}\r\n" if answer else "").encode() + b"\r\nOK\r\n")

    async def close(self) -> None:
        self.closed = True


def climbing(work: Callable[[Bench, Modem], Awaitable[None]]) -> Bench:
    async def main() -> Bench:
        bench = Bench()
        async with asyncio.timeout(BOUND_S):
            async with Modem(bench.open()) as modem:
                await work(bench, modem)
            assert all(wire.closed for wire in bench.ports)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return bench

    return asyncio.run(main())


async def make_deaf(modem: Modem, times: int = 2) -> None:
    for _ in range(times):
        with pytest.raises(CommandTimeout):
            await modem.execute(action("AT+X", timeout_s=0.02))


def rungs(recovered: Recovered) -> list[Rung]:
    return [attempt.rung for attempt in recovered.attempts]


def test_a_line_out_of_step_is_drained() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf.add("first")
        ladder = Recovery(settings=QUICK)
        await make_deaf(modem, 1)
        assert not ladder.needed(modem)
        await make_deaf(modem, 1)
        assert ladder.needed(modem)
        bench.deaf.clear()
        recovered = await ladder.run(modem)
        assert (recovered.rung, rungs(recovered)) == (Rung.DRAIN, [Rung.DRAIN])
        assert not ladder.needed(modem)
        assert (await modem.execute(answers.CSQ)).rssi == 20

    climbing(work)


def test_data_mode_is_left_by_draining() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        wire, write = bench.ports[0], bench.ports[0].write

        async def dialled(data: bytes) -> None:
            if data.startswith(b"ATD"):
                wire.say(b"\r\nCONNECT\r\n~~~")
            else:
                await write(data)

        wire.write = dialled  # type: ignore[method-assign]
        await modem.send("ATD*99#")
        assert modem.in_data
        assert (await Recovery(settings=QUICK).run(modem)).rung is Rung.DRAIN
        assert "+++" in bench.heard
        assert (await modem.execute(answers.CSQ)).rssi == 20

    climbing(work)


def test_probing_waits_for_a_module_that_takes_its_time() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf.add("first")
        write = bench.ports[0].write

        async def later(data: bytes) -> None:
            if bench.heard.count("AT") >= 3:
                bench.deaf.clear()
            await write(data)

        bench.ports[0].write = later  # type: ignore[method-assign]
        await make_deaf(modem)
        recovered = await Recovery(settings=QUICK).run(modem)
        assert rungs(recovered) == [Rung.DRAIN, Rung.PROBE]
        assert not recovered.attempts[0].worked
        assert "drain: AT: no final result" in str(recovered.attempts[0])
        assert bench.opened == ["first"]

    climbing(work)


def test_another_port_of_the_module_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        async def open_port(name: str, **_: object) -> Port:
            if name == "busy":
                raise PortUnavailable(name, PortProblem.LOCKED, "locked")
            return bench.open(name)

        monkeypatch.setattr(recovery, "open_port", open_port)
        bench.deaf |= {"first", "deaf too"}
        await make_deaf(modem)
        ladder = Recovery(others=lambda: ["first", "busy", "deaf too", "second", "third"], settings=QUICK)
        with modem.subscribe("+CREG") as heard:
            recovered = await ladder.run(modem)
            assert (recovered.rung, recovered.port) == (Rung.SECOND_PORT, "second")
            assert bench.opened == ["first", "deaf too", "second"]
            assert [wire.closed for wire in bench.ports] == [True, True, False]
            bench.ports[-1].say(b"\r\n+CREG: 1\r\n")
            assert (await heard.get()).line == "+CREG: 1"
        assert modem.port_name == "second"
        assert (await modem.execute(answers.CSQ)).rssi == 20

    climbing(work)


def test_a_restart_is_waited_out() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf.add("first")
        await make_deaf(modem)
        recovered = await Recovery(bench.reopen, settings=QUICK).run(modem)
        assert rungs(recovered) == [Rung.DRAIN, Rung.PROBE, Rung.RESTART]
        assert bench.heard.count("AT+CFUN=1,1") == 1
        assert bench.opened == ["first", "first"]
        assert (await modem.execute(answers.CSQ)).rssi == 20

    climbing(work)


def test_the_power_is_the_last_rung() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf.add("first")
        bench.restarts = False
        await make_deaf(modem)
        ladder = Recovery(bench.reopen, power=bench.power, settings=QUICK)
        recovered = await ladder.run(modem)
        assert (recovered.rung, bench.powered) == (Rung.POWER, 1)
        assert list(ladder.attempts) == list(recovered.attempts)

    climbing(work)


def test_a_port_that_is_gone_is_opened_again() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        ladder = Recovery(bench.reopen, settings=QUICK)
        bench.ports[0].lose()
        with pytest.raises(PortLost):
            await modem.send("AT+X", timeout_s=5)
        recovered = await ladder.run(modem)
        assert rungs(recovered) == [Rung.REOPEN]
        assert (await ladder.execute(modem, answers.CSQ)).rssi == 20

    climbing(work)


def test_an_idempotent_command_is_asked_again_and_no_other() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        ladder = Recovery(bench.reopen, settings=QUICK)
        bench.ports[-1].lose()
        assert (await ladder.execute(modem, answers.CSQ)).rssi == 20
        bench.ports[-1].lose()
        with pytest.raises(PortLost):
            await ladder.execute(modem, action("AT+X"))
        assert bench.heard.count("AT+X") == 1
        assert (await ladder.execute(modem, answers.CSQ)).rssi == 20

    climbing(work)


def test_callers_that_fail_together_climb_once() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        ladder = Recovery(bench.reopen, settings=QUICK)
        bench.ports[-1].lose()
        signals = await asyncio.gather(*(ladder.execute(modem, answers.CSQ) for _ in range(3)))
        assert [signal.rssi for signal in signals] == [20, 20, 20]
        assert len(ladder.attempts) == 1

    climbing(work)


def test_a_single_timeout_is_the_caller_s() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf.add("first")
        with pytest.raises(CommandTimeout):
            await Recovery(settings=QUICK).execute(modem, action("AT+X", timeout_s=0.02))
        bench.deaf.clear()

    assert "AT" not in climbing(work).heard


def test_a_module_beyond_help_ends_within_the_budgets() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        bench.deaf |= {"first"}
        bench.restarts = False
        await make_deaf(modem)
        began = asyncio.get_running_loop().time()
        with pytest.raises(RecoveryFailed) as caught:
            await Recovery(settings=QUICK).run(modem)
        assert [text.partition(":")[0] for text in caught.value.tried] == ["drain", "probe", "restart"]
        assert asyncio.get_running_loop().time() - began < BOUND_S / 2
        assert len(bench.heard) < 100  # no tight loop

    climbing(work)


def test_a_module_that_has_to_be_recovered_all_the_time_is_broken() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        ladder = Recovery(settings=RecoverySettings(runs=2))
        await ladder.run(modem)
        await ladder.run(modem)
        with pytest.raises(RecoveryFailed, match="2 recoveries before"):
            await ladder.run(modem)

    climbing(work)


def test_a_refused_restart_says_so() -> None:
    async def work(bench: Bench, modem: Modem) -> None:
        wire = bench.ports[0]

        async def refuse(data: bytes) -> None:
            if data.startswith(b"AT+CFUN"):
                wire.say(b"\r\n+CME ERROR: 4\r\n")

        wire.write = refuse  # type: ignore[method-assign]
        await make_deaf(modem)
        with pytest.raises(RecoveryFailed, match=r"restart: AT\+CFUN=1,1: \+CME ERROR 4"):
            await Recovery(settings=QUICK).run(modem)

    climbing(work)


# -- means -----------------------------------------------------------------------------------------


def test_a_port_is_opened_again_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    async def open_port(name: str, **_: object) -> Port:
        tries.append(name)
        if len(tries) < 3:
            raise PortUnavailable(name, PortProblem.MISSING, "not yet")
        return Bench().open(name)

    monkeypatch.setattr(recovery_means, "open_port", open_port)
    assert asyncio.run(_open(reopener("/dev/none"))) == "/dev/none"
    assert tries == ["/dev/none"] * 3


async def _open(reopen: Callable[[], Awaitable[Port]]) -> str:
    return (await reopen()).name


def test_a_name_that_can_never_be_opened_is_not_tried_again() -> None:
    for name in ("/dev/null", "x://y"):
        with pytest.raises(PortUnavailable):
            asyncio.run(_open(reopener(name)))


def test_a_port_that_is_not_on_usb_has_no_others() -> None:
    ladder = Recovery.of("/dev/null")
    assert ladder._others is None


def test_a_power_command_runs_and_fails_with_its_reason() -> None:
    asyncio.run(power_command(sys.executable, "-c", "")())
    with pytest.raises(ModemError, match="exit status 3"):
        asyncio.run(power_command(sys.executable, "-c", "raise SystemExit(3)")())
    with pytest.raises(ModemError, match="No such file"):
        asyncio.run(power_command("/nowhere/relay")())
    with pytest.raises(ModemError, match="not done within"):
        asyncio.run(power_command(sys.executable, "-c", "import time; time.sleep(60)", limit_s=0.1)())
    with pytest.raises(ValueError):
        power_command()


# -- against the simulated module ------------------------------------------------------------------


def test_a_simulated_usb_module_restarts_and_is_found_again(tmp_path: Path) -> None:
    async def main() -> None:
        options = SimOptions(usb=True)
        async with (
            asyncio.timeout(BOUND_S),
            simulated_module(link=tmp_path / "at", options=options, speed=50.0) as sim,
            Modem(await open_port(str(tmp_path / "at"))) as modem,
        ):
            await sim.until_ready()
            ladder = Recovery.of(str(tmp_path / "at"), settings=RecoverySettings(gone_s=1.0))
            with modem.subscribe("RDY") as heard:
                with contextlib.suppress(PortLost):
                    await modem.send("AT+CFUN=1,1")
                    while await heard.get_within(5.0) is not None:
                        pass  # the RDY of the first boot
                assert modem.lost is not None
                assert (await ladder.run(modem)).rung is Rung.REOPEN
            assert (await bring_up(modem)).state is BringUpState.DATA

    asyncio.run(main())


def test_a_simulated_module_is_multiplexed_and_brought_up() -> None:
    async def main() -> None:
        async with asyncio.timeout(BOUND_S), simulated_module(speed=1000.0) as sim:
            await sim.until_ready()
            async with Modem(await open_port(sim.path)) as modem:
                await modem.send("ATE0")
                link = await multiplex(modem)
                async with Modem(await link.channel(1)) as one, Modem(await link.channel(2)) as two:
                    assert (await bring_up(one)).state is BringUpState.DATA
                    assert (await two.execute(answers.CSQ)).ber >= 0
                await link.close()

    asyncio.run(main())
