"""Many bring-ups under random faults: each ends connected or with a named reason, and nothing is left over.

``V2X_CYCLES`` says how many, 30 in the suite; 1,000 take a minute.  A cycle is a profile, a PTY or a TCP
port, a world and a script of faults, all by the cycle's number; one that fails runs again alone with
V2X_CYCLE=number.  The ports are real ones and time is not: the event loop's clock jumps to the next timer
whenever no octets are under way, so hours pass in seconds.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import selectors
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from v2x.errors import ModemError
from v2x.modem import answers
from v2x.modem.bringup import BringUpResult, BringUpSettings, BringUpState, bring_up
from v2x.modem.host import simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import DEFAULT_BAUD, open_port, set_raw
from v2x.modem.profiles import profile_names
from v2x.modem.recovery import Recovery
from v2x.modem.sim_script import Script, parse_script

if TYPE_CHECKING:
    import pytest

CYCLES = int(os.environ.get("V2X_CYCLES", "30"))

STEPS = [str(state) for state in BringUpState if state is not BringUpState.NONE]

CANARIES = 3
"""Octets that go through a PTY of our own before the clock jumps: those sent earlier have arrived by then."""

CYCLE_LIMIT_S = 3600.0
"""Simulated time of a cycle: all steps may take 7 minutes, all rungs of a recovery as much, repeatedly."""

AGAIN, ROUNDS = max(5, CYCLES // 20), 3
"""Cycles that run again, and how often, to see what they leave in memory; caches fill up, a leak stays."""

BLOCKS_LIMIT = 8.0
"""Blocks of memory of a cycle in the best round: a task that is forgotten has some ten, a module hundreds."""


class JumpingSelector(selectors.DefaultSelector):
    """Where nothing becomes readable, waiting is over at once and the clock jumps ahead.

    The kernel carries octets through a PTY in the background, on a busy machine later than on an idle one;
    so an octet is sent after them through another PTY, and they are looked for once that one has come.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._canary = os.openpty()
        set_raw(self._canary[1], DEFAULT_BAUD)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0.0)
        for _ in range(CANARIES):
            if ready or timeout == 0.0:
                return ready
            os.write(self._canary[0], b".")
            os.read(self._canary[1], 1)
            ready = super().select(0.0)
        if not ready:
            self.now += max(timeout or 0.0, 0.0)
        return ready

    def close(self) -> None:
        for fd in self._canary:
            os.close(fd)
        super().close()


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in the selector's time; what it would only log fails the test."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self.unhandled: list[str] = []
        self.set_exception_handler(lambda _, context: self.unhandled.append(str(context)))

    def time(self) -> float:
        return self._jumping.now


def line(dice: random.Random) -> str:
    """Which commands a fault meets."""
    return dice.choice(
        ["*", "*", "AT+C*", "ATE0", "AT+C5GREG?", "AT+CPIN?", "AT+CGACT*", "AT+CGPADDR*", "AT+Q*"]
    )


def fault(dice: random.Random) -> str:
    """One fault of an answer or of the module, as a table of a script."""
    seconds = round(dice.choice([0.05, 0.5, 2.0, 8.0, 40.0]), 3)
    timed = [
        f'do = "stuck"\nseconds = {seconds}',
        f'do = "port_loss"\nseconds = {seconds}',
        'do = "restart"',
        'do = "power_off"',
        'do = "echo"\non = true',
        'do = "detach"',
        'do = "deactivate"\ncid = 1',
        'do = "coverage"\non = false',
        f'do = "reject"\ncause = {dice.choice([3, 6, 7, 11, 12, 13, 22])}',
        'do = "card"\ncard = "absent"',
        'do = "card"\ncard = "pin"',
        f'do = "garbage"\ncount = {dice.choice([1, 16, 300])}',
        'do = "urc"\ntext = "+CREG: 1"',
        'do = "urc"\ntext = "RING"',
        'do = "split"\ngap_s = 0.0005\nseconds = 3.0',
    ]
    answered = [
        f'do = "delay"\nseconds = {seconds}',
        'do = "mute"',
        'do = "split"\ngap_s = 0.0005',
        'do = "answer"\ntext = "+CCLK: \\"26/01/01,00:00:00+32\\""',
        'do = "answer"\ntext = ""\nfinal = "ERROR"',
        f'do = "error"\ncode = {dice.choice([3, 4, 10, 11, 14, 30, 100])}',
        'do = "foreign"\ntext = "+CIMI: x"\nfinal = "OK"',
        f'do = "urc"\ntext = "+CGREG: 2"\nwhere = "{dice.choice(["before", "middle", "after"])}"',
        f'do = "garbage"\ncount = 9\nwhere = "{dice.choice(["before", "middle", "after"])}"',
    ]
    if dice.random() < 0.4:
        return f"[[at]]\ntime_s = {dice.choice([0.01, 0.5, 2.5, 6.0, 9.0])}\n{dice.choice(timed)}\n"
    head = f'[[on]]\ncommand = "{line(dice)}"\nprobability = {dice.choice([0.1, 0.3, 1.0])}\n'
    limits = f"after = {dice.choice([0, 0, 1, 5])}\ntimes = {dice.choice([0, 1, 1, 2])}\n"
    return head + limits + dice.choice(answered + timed) + "\n"


def script_of(number: int) -> tuple[Script, bool]:
    """The script of a cycle, and whether it has no fault; every eighth has none."""
    dice = random.Random(number)
    world = f"[module]\nseed = {number}\nusb = {dice.choice(['true', 'false'])}\n"
    faults = 0 if number % 8 == 0 else dice.choice([1, 1, 2, 3, 6])
    text = world + "".join(fault(dice) for _ in range(faults))
    return parse_script(text, f"cycle {number}"), faults == 0


async def cycle(number: int, folder: Path) -> BringUpResult:
    """One module from power-on to wherever it comes, and unplugged again; every third one is recovered."""
    script, _ = script_of(number)
    tcp_port, link = (0, None) if number % 4 == 1 else (None, folder / f"module{number}")
    profile = profile_names()[number % len(profile_names())]
    async with simulated_module(profile, script=script, tcp_port=tcp_port, link=link) as sim:

        async def switch() -> None:
            sim.module.switch_off()
            sim.boot()

        name = sim.path if link is None else str(link)
        try:
            modem = Modem(await open_port(name))
        except ModemError as error:
            return BringUpResult(BringUpState.NONE, (), reason=f"port: {error}")
        async with modem:
            recovery = Recovery.of(name, power=switch) if number % 3 == 2 else None
            settings = BringUpSettings(profile=profile, apn="internet")
            result = await bring_up(modem, settings, recovery=recovery)
            if result.reason is None:
                await hold(modem)
        return result


async def hold(modem: Modem) -> None:
    """A module that came up is asked a few things, under the same faults."""
    for command in (answers.CSQ, answers.CPIN, answers.CGACT):
        try:
            await modem.execute(command)
        except ModemError:
            continue


def open_files() -> list[str]:
    listing = Path("/proc/self/fd")
    return sorted(p.name for p in listing.iterdir()) if listing.is_dir() else []


def blocks() -> int:
    """Blocks of memory in use."""
    gc.collect()
    return sys.getallocatedblocks()


def run_cycle(number: int, folder: Path) -> BringUpResult:
    """A cycle in a loop of its own; it ends by itself and leaves no task and no file behind."""
    before, loop = open_files(), JumpingLoop()

    async def bounded() -> BringUpResult:
        async with asyncio.timeout(CYCLE_LIMIT_S):
            result = await cycle(number, folder)
        await asyncio.sleep(0)  # closed transports release their sockets on the loop's next turn
        assert asyncio.all_tasks() == {asyncio.current_task()}, f"cycle {number}: a task is left"
        return result

    try:
        result = loop.run_until_complete(bounded())
        assert not loop.unhandled, f"cycle {number}: {loop.unhandled}"
    finally:
        loop.close()
    assert open_files() == before, f"cycle {number}: a file is left"
    return result


def run_checked(number: int, folder: Path) -> BringUpResult:
    """A cycle that ended as it may: with an address, or with the step and the reason."""
    result = run_cycle(number, folder)
    if result.state is BringUpState.DATA:
        assert result.reason is None, f"cycle {number}: {result.reason}"
        assert result.addresses, f"cycle {number}: connected without an address"
    else:
        step, _, why = (result.reason or "").partition(": ")
        assert step in STEPS, f"cycle {number}: {result.reason}"
        assert why, f"cycle {number}: {result.reason}"
        assert not script_of(number)[1], f"cycle {number} has no fault: {result.reason}"
    return result


def blocks_left(folder: Path) -> float:
    """Blocks of memory that a cycle leaves, on average of those that run again."""
    before = blocks()
    for number in range(AGAIN):
        run_checked(number, folder)
    return (blocks() - before) / AGAIN


def test_every_cycle_ends_connected_or_with_a_named_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if alone := os.environ.get("V2X_CYCLE"):
        with capsys.disabled():
            print(f"\n{run_checked(int(alone), tmp_path)}")
        return
    ends = Counter(str(run_checked(number, tmp_path).state) for number in range(CYCLES))
    assert ends[BringUpState.DATA] > CYCLES / 4, f"faults leave too little: {ends}"
    assert len(ends) > 1, "no fault bites"
    left = min(blocks_left(tmp_path) for _ in range(ROUNDS))
    if CYCLES >= 1000:
        with capsys.disabled():
            print(f"\n{CYCLES} cycles came as far as {dict(ends)}; {left:+.1f} blocks of memory each")
    assert left < BLOCKS_LIMIT, f"{left:.1f} blocks of memory are left of a cycle"
