"""Bring-up over real ports against the simulated module, and every way in which it can stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.modem import bringup as bringup_module
from v2x.modem import recovery as recovery_module
from v2x.modem.bringup import BringUpResult, BringUpSettings, BringUpState, Pin, Step, bring_up, not_opened
from v2x.modem.errors import PortLost, ProfileError, SettingError
from v2x.modem.host import SimHost, simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import Port, open_port
from v2x.modem.recovery import Recovery
from v2x.modem.sim import Card, SimOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

SPEED = 1000.0
"""Simulated seconds in a real one."""

AT_LEISURE = 8.0
"""A speed at which the module is seen booting, busy and searching."""

BOUND_S = 20.0
"""A hang is a failure."""


def open_files() -> int:
    listing = Path("/proc/self/fd")
    return len(list(listing.iterdir())) if listing.is_dir() else 0


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``work`` bounded; it may leave no task and no file behind."""

    async def main() -> None:
        before = open_files()
        async with asyncio.timeout(BOUND_S):
            await work()
            await asyncio.sleep(0)  # closed transports release their sockets on the loop's next turn
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before

    asyncio.run(main())


def brought_up(
    settings: BringUpSettings | None = None,
    *,
    options: SimOptions | None = None,
    tcp_port: int | None = None,
    prepare: Callable[[SimHost], None] | None = None,
    speed: float = SPEED,
) -> BringUpResult:
    results: list[BringUpResult] = []

    async def work() -> None:
        async with simulated_module(tcp_port=tcp_port, options=options, speed=speed) as sim:
            if prepare is not None:
                prepare(sim)
            async with Modem(await open_port(sim.path)) as modem:
                results.append(await bring_up(modem, settings))

    run(work)
    return results[0]


@pytest.mark.parametrize("tcp_port", [None, 0], ids=["pty", "tcp"])
def test_from_the_port_to_a_session(tcp_port: int | None) -> None:
    result = brought_up(BringUpSettings(apn="internet"), tcp_port=tcp_port, speed=AT_LEISURE)
    assert result.reason is None
    assert result.state is BringUpState.DATA
    assert [step.name for step in result.steps] == ["port", "at", "sim", "registered", "data"]
    assert result.simulated
    assert result.addresses == ("192.0.2.10",)
    assert result.registration == "C5GREG home NR 5GC"
    assert result.operator == "V2X TEST"
    assert result.cell is not None
    assert result.cell.nr is not None
    assert result.cell.nr.bandwidth_mhz == 100
    assert result.identity["imei"] == "***********0000"
    view = result.to_dict()
    assert set(view) >= {"identity", "simulated", "state", "steps"}
    assert "reason" not in view
    assert "000000000000000" not in str(view)


def quiet_numeric(sim: SimHost) -> None:
    """As saved by someone else: no results, no words, echo."""
    real = sim.module.power_on

    def power_on(at: float) -> None:
        real(at)
        sim.module.state.quiet, sim.module.state.verbose = True, False

    sim.module.power_on = power_on  # type: ignore[method-assign]
    sim.boot()


def test_a_module_that_was_left_silent_and_numeric() -> None:
    assert brought_up(prepare=quiet_numeric).state is BringUpState.DATA


def limits(**values: float) -> BringUpSettings:
    return BringUpSettings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "settings", "state", "reason"),
    [
        (SimOptions(card=Card.ABSENT), None, BringUpState.AT, "sim: SIM not inserted"),
        (SimOptions(card=Card.PIN), None, BringUpState.AT, "sim: the card is not ready: SIM PIN"),
        (
            SimOptions(coverage=False),
            limits(registration_limit_s=1.0),
            BringUpState.SIM,
            "registered: not registered: C5GREG searching; CEREG not searching, given up after 1 s",
        ),
    ],
    ids=["no card", "PIN", "no network"],
)
def test_the_reason_why_it_stopped(
    options: SimOptions, settings: BringUpSettings | None, state: BringUpState, reason: str
) -> None:
    result = brought_up(settings, options=options)
    assert result.state is state
    assert result.reason is not None
    assert result.reason.replace("; CGREG not searching; CREG not searching", "") == reason
    assert result.to_dict()["reason"] == result.reason


def refuse(*names: str) -> Callable[[SimHost], None]:
    """A module that does not know some commands."""

    def prepare(sim: SimHost) -> None:
        known = sim.module.refuses
        sim.module.refuses = lambda name: name in names or known(name)  # type: ignore[method-assign]

    return prepare


def test_without_the_profile_s_data_call_the_standard_one_is_used() -> None:
    assert brought_up(prepare=refuse("+QNETDEVCTL", "+C5GREG=", "+CGEREP")).state is BringUpState.DATA


def test_a_module_without_serving_cell_and_operator_comes_up_too() -> None:
    result = brought_up(prepare=refuse("+QENG", "+COPS", "+CGMR", "+CGSN"))
    assert result.state is BringUpState.DATA
    assert (result.cell, result.operator) == (None, None)
    assert set(result.identity) == {"manufacturer", "model"}


def test_a_module_without_any_data_call() -> None:
    result = brought_up(prepare=refuse("+QNETDEVCTL", "+CGACT"), settings=limits(data_limit_s=5.0))
    assert result.state is BringUpState.REGISTERED
    assert result.reason is not None
    assert result.reason.startswith("data: AT+CGACT=1,1: +CME ERROR 4")


def heard(sim: SimHost, words: str, *, and_falls_silent: bool = False) -> asyncio.Event:
    """Set once the module was sent ``words``; it may answer nothing from then on."""
    event, received, feed = asyncio.Event(), bytearray(), sim.module.feed

    def listen(data: bytes, at: float) -> bytes:
        received.extend(data)
        if words.encode() in received:
            event.set()
            return b"" if and_falls_silent else feed(data, at)
        return feed(data, at)

    sim.module.feed = listen  # type: ignore[method-assign]
    return event


@pytest.mark.parametrize("tcp_port", [None, 0], ids=["pty", "tcp"])
@pytest.mark.parametrize("last_words", ["+CPIN?", "+CGACT?"])
def test_the_module_is_unplugged_half_way(tcp_port: int | None, last_words: str) -> None:
    results: list[BringUpResult] = []

    async def work() -> None:
        async with simulated_module(tcp_port=tcp_port, speed=SPEED) as sim:
            asked = heard(sim, last_words, and_falls_silent=True)
            async with Modem(await open_port(sim.path)) as modem:
                running = asyncio.create_task(bring_up(modem))
                await asked.wait()
                await sim.close()
                results.append(await running)
                with pytest.raises(PortLost):
                    await modem.send("AT")

    run(work)
    (result,) = results
    assert result.state is (BringUpState.AT if last_words == "+CPIN?" else BringUpState.REGISTERED)
    assert result.reason is not None
    assert "port lost" in result.reason


def test_a_port_that_is_gone_before_it_begins() -> None:
    async def work() -> None:
        async with simulated_module(speed=SPEED) as sim:
            modem = Modem(await open_port(sim.path))
        await modem.close()
        await modem.close()
        result = await bring_up(modem)
        assert (result.state, result.steps) == (BringUpState.NONE, ())
        assert result.reason is not None
        assert "port lost" in result.reason
        assert not_opened(PortLost("x", "y")).to_dict()["reason"] == "port: x: port lost: y"

    run(work)


class Deaf:
    """A port behind which nobody is."""

    name = "deaf"

    async def read(self) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async def write(self, data: bytes) -> None:
        await asyncio.sleep(0)

    async def close(self) -> None:
        await asyncio.sleep(0)


def test_a_module_that_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringup_module, "FIRST_WORDS_S", (0.01,))

    async def work() -> None:
        port: Port = Deaf()
        async with Modem(port) as modem:
            result = await bring_up(modem, BringUpSettings(at_limit_s=0.4))
        assert result.state is BringUpState.PORT
        assert result.reason == "at: the module answers nothing, given up after 0.4 s"

    run(work)


def test_a_bring_up_that_is_cancelled_leaves_nothing_behind() -> None:
    async def work() -> None:
        nowhere = SimOptions(coverage=False)
        async with (
            simulated_module(speed=AT_LEISURE, options=nowhere) as sim,
            Modem(await open_port(sim.path)) as modem,
        ):
            asked = heard(sim, "+C5GREG?")
            running = asyncio.create_task(bring_up(modem))
            await asked.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert (await modem.send("AT")).final == "OK"

    run(work)


def test_steps_are_timed_by_the_clock_that_is_given() -> None:
    clock = FakeClock(1000.0)

    async def work() -> None:
        async with simulated_module(speed=SPEED) as sim, Modem(await open_port(sim.path)) as modem:
            execute: Callable[[Any], Awaitable[Any]] = modem.execute

            async def counted(command: Any) -> Any:
                clock.advance(1.0)
                return await execute(command)

            modem.execute = counted  # type: ignore[method-assign]
            result = await bring_up(modem, clock=clock)
            assert result.steps[0] == Step("port", 0.0)
            assert all(step.seconds == int(step.seconds) >= 1 for step in result.steps[1:])
            assert sum(step.seconds for step in result.steps) == clock.now() - 1000.0

    run(work)


# -- PIN, radio off, domains, recovery -------------------------------------------------------------


def sent(sim: SimHost) -> list[str]:
    """The command lines that the module gets from now on."""
    lines: list[str] = []
    feed, typed = sim.module.feed, bytearray()

    def listen(data: bytes, at: float) -> bytes:
        typed.extend(data)
        while b"\r" in typed:
            line, _, rest = bytes(typed).partition(b"\r")
            typed[:] = rest
            lines.append(line.decode("latin-1"))
        return feed(data, at)

    sim.module.feed = listen  # type: ignore[method-assign]
    return lines


def test_a_configured_pin_opens_the_card() -> None:
    result = brought_up(BringUpSettings(pin=Pin("1234")), options=SimOptions(card=Card.PIN))
    assert result.state is BringUpState.DATA
    assert "the card asked for its PIN" in result.steps[2].notes
    assert "1234" not in str(result.to_dict())


def test_a_wrong_pin_is_tried_once_and_never_again() -> None:
    pin, lines = Pin("9999"), list[str]()
    settings = BringUpSettings(pin=pin)

    async def work() -> None:
        async with simulated_module(options=SimOptions(card=Card.PIN), speed=SPEED) as sim:
            lines.extend(heard_lines := sent(sim))
            async with Modem(await open_port(sim.path)) as modem:
                first = await bring_up(modem, settings)
                again = await bring_up(modem, settings)
            lines.extend(heard_lines)
        assert first.reason is not None
        assert "did not accept the PIN" in first.reason
        assert again.reason == "sim: the card asks for its PIN; the configured one was not accepted before"
        assert first.failed is not None
        assert (first.state, first.failed.name) == (BringUpState.AT, "sim")
        assert "9999" not in f"{first.reason}{again.reason}{settings!r}"

    run(work)
    assert pin.spent
    assert sum("+CPIN=" in line for line in lines) == 1


def test_a_pin_whose_fate_is_unknown_is_not_tried_again() -> None:
    pin = Pin("1234")

    async def work() -> None:
        async with simulated_module(options=SimOptions(card=Card.PIN), speed=SPEED) as sim:
            asked = heard(sim, "+CPIN=", and_falls_silent=True)
            async with Modem(await open_port(sim.path)) as modem:
                running = asyncio.create_task(bring_up(modem, BringUpSettings(pin=pin)))
                await asked.wait()
                await sim.close()
                result = await running
        assert result.reason is not None

    run(work)
    assert pin.spent
    with pytest.raises(RuntimeError):
        pin.take()


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12a4", "\u0661234", "12 4"])
def test_what_is_no_pin(digits: str) -> None:
    with pytest.raises(SettingError):
        Pin(digits)


def test_a_radio_that_was_off_is_switched_on() -> None:
    def radio_off(sim: SimHost) -> None:
        real = sim.module.power_on

        def power_on(at: float) -> None:
            real(at)
            sim.module.state.cfun = 4

        sim.module.power_on = power_on  # type: ignore[method-assign]
        sim.boot()

    result = brought_up(prepare=radio_off)
    assert result.state is BringUpState.DATA
    assert "the radio was off (CFUN 4)" in result.steps[1].notes


def test_registration_is_timed_by_domain_and_can_be_demanded() -> None:
    result = brought_up(limits(), speed=AT_LEISURE)
    assert set(result.registered_s) == {"C5GREG"}
    assert 0 < result.registered_s["C5GREG"] <= result.steps[3].seconds
    assert set(result.to_dict()["registered_s"]) == {"C5GREG"}
    demanded = BringUpSettings(domains=("+CREG", "+C5GREG"), registration_limit_s=0.3)
    result = brought_up(demanded)
    assert result.state is BringUpState.SIM
    assert result.reason is not None
    assert "CREG not searching" in result.reason
    assert set(result.registered_s) == {"C5GREG"}
    assert result.failed is not None
    assert "CREG not searching" in result.failed.notes[-1]
    assert result.to_dict()["failed"]["notes"] == list(result.failed.notes)


def test_a_module_that_went_away_is_recovered_and_brought_up_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "OPEN_PAUSE_S", 0.02)

    async def work() -> None:
        async with (
            simulated_module(speed=SPEED, tcp_port=0) as sim,
            Modem(await open_port(sim.path)) as modem,
        ):
            await modem.detach()  # as unplugged
            result = await bring_up(modem, recovery=Recovery.of(sim.path))
            assert result.state is BringUpState.DATA
            assert len(result.recoveries) == 1
            assert result.recoveries[0].startswith("reopen: the port came back")
            assert (await modem.send("AT")).final == "OK"

    run(work)


def test_a_recovery_that_fails_is_told() -> None:
    async def gone() -> Port:
        raise PortLost("nowhere", "still unplugged")

    async def work() -> None:
        async with Modem(Deaf()) as modem:
            await modem.close()
            result = await bring_up(modem, recovery=Recovery(gone))
            assert result.state is BringUpState.NONE
            assert result.recoveries == ("reopen: nowhere: port lost: still unplugged (0.0 s)",)

    run(work)


def test_a_card_that_is_missing_is_no_matter_for_recovery() -> None:
    async def work() -> None:
        async with (
            simulated_module(options=SimOptions(card=Card.ABSENT), speed=SPEED) as sim,
            Modem(await open_port(sim.path)) as modem,
        ):
            result = await bring_up(modem, recovery=Recovery.of(sim.path))
            assert result.reason == "sim: SIM not inserted"
            assert result.recoveries == ()

    run(work)


def test_settings_that_no_module_can_take() -> None:
    for values in (
        {"apn": 'a"b'},
        {"cid": 0},
        {"cid": 99},
        {"pdp_type": "é"},
        {"domains": ("+X",)},
        {"recoveries": -1},
    ):
        with pytest.raises(SettingError):
            BringUpSettings(**values)  # type: ignore[arg-type]

    async def work() -> None:
        async with Modem(Deaf()) as modem:
            with pytest.raises(ProfileError):
                await bring_up(modem, BringUpSettings(profile="other"))

    run(work)
