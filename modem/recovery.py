"""A module that does not answer any more: a ladder of remedies, the gentlest first, each with a budget.

    reopen        only where the port is gone: wait until it is back, open it
    drain         leave data mode, wait for silence, ask once
    probe         ask again, with pauses that grow
    second port   ask on the module's other AT ports; the first that answers becomes the modem's
    restart       AT+CFUN=1,1, wait for the port and the first answer
    power         the hook: an external command or a coroutine that switches the module off and on

    recovery = Recovery.of("/dev/ttyUSB2", power=power_command("relay", "cycle", "3"))
    recovered = await recovery.run(modem)            # the same modem, perhaps on another port
    rssi = await recovery.execute(modem, answers.CSQ)

``run`` ends at the first rung that brings an answer and returns what was tried; RecoveryFailed carries the
same list.  A port is opened at most each ``OPEN_PAUSE_S``: with some drivers, opening again and again
makes the channel deaf until the module is restarted.  Settings such as echo are forgotten by a restart:
bring the module up again.

Source: field notes on UNISOC's AT channels (probe, wait, other port, CFUN, power; no tight loops);
3GPP TS 27.007 (+CFUN).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from v2x.errors import ModemError
from v2x.modem.commands import Command, action
from v2x.modem.discover import at_ports
from v2x.modem.errors import CommandTimeout, PortLost, PortUnavailable, RecoveryFailed, Rejected
from v2x.modem.modem import Modem
from v2x.modem.port import DEFAULT_BAUD, Port, open_port
from v2x.modem.recovery_means import OPEN_PAUSE_S, power_command, reopener, wanted_by_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from v2x.modem.trace import TraceWriter

__all__ = [
    "Attempt",
    "Recovered",
    "Recovery",
    "RecoverySettings",
    "Rung",
    "power_command",
    "reopener",
]

T = TypeVar("T")
_log = logging.getLogger("v2x.modem")

PROBE_TIMEOUT_S = 2.0
PROBE_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Between questions; the last one repeats until the rung's budget is spent."""

OTHER_PORTS = 4
"""Other ports that are tried: a module has one or two more with AT commands."""

LOG_LIMIT = 256
"""Attempts that are remembered: fifty climbs of the whole ladder."""

REFUSAL_LIMIT_S = 15.0
"""For the answer to AT+CFUN=1,1 (Quectel manuals)."""


class Rung(StrEnum):
    """What is tried, in this order."""

    REOPEN = "reopen"
    DRAIN = "drain"
    PROBE = "probe"
    SECOND_PORT = "second port"
    RESTART = "restart"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """Seconds that each rung may take, and how often the ladder may be climbed; this project's choice.

    ``deaf_after`` timeouts in a row call for recovery; more than ``runs`` recoveries within ``window_s`` are
    no recovery but a broken module.  ``gone_s`` is how long a restarted module may still be seen.
    """

    reopen_s: float = 60.0
    drain_s: float = 12.0
    probe_s: float = 20.0
    second_port_s: float = 20.0
    restart_s: float = 120.0
    power_s: float = 180.0
    gone_s: float = 10.0
    deaf_after: int = 2
    runs: int = 10
    window_s: float = 3600.0

    def budget_s(self, rung: Rung) -> float:
        """What ``rung`` may take."""
        return float(getattr(self, f"{rung.name.lower()}_s"))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rung: whether it brought an answer, what happened, how long it took."""

    rung: Rung
    worked: bool
    detail: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.rung}: {self.detail} ({self.seconds:.1f} s)"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The rung that helped, the port that the modem is on now, and what was tried."""

    rung: Rung
    port: str
    attempts: tuple[Attempt, ...]


class Recovery:
    """The ladder for one module.

    ``reopen`` waits for the module's port and opens it; ``others`` names its other AT ports at the moment;
    ``power`` switches it off and on.  A rung without its means is left out.  ``attempts`` holds the latest.
    """

    def __init__(
        self,
        reopen: Callable[[], Awaitable[Port]] | None = None,
        *,
        others: Callable[[], Sequence[str]] | None = None,
        power: Callable[[], Awaitable[None]] | None = None,
        settings: RecoverySettings | None = None,
        trace: TraceWriter | None = None,
    ) -> None:
        self._reopen = reopen
        self._others = others
        self._power = power
        self._trace = trace
        self.settings = settings or RecoverySettings()
        self.attempts: deque[Attempt] = deque(maxlen=LOG_LIMIT)
        self._climbing = asyncio.Lock()  # two callers that time out together climb once
        self._runs: deque[float] = deque(maxlen=max(1, self.settings.runs))

    @classmethod
    def of(
        cls,
        name: str,
        *,
        baud: int = DEFAULT_BAUD,
        power: Callable[[], Awaitable[None]] | None = None,
        settings: RecoverySettings | None = None,
        trace: TraceWriter | None = None,
    ) -> Recovery:
        """The ladder for the module behind the port ``name``; call it while the module is plugged in."""
        wanted = wanted_by_name(name)
        reopen = reopener(name, baud=baud, trace=trace)
        if wanted is None:
            return cls(reopen, power=power, settings=settings, trace=trace)
        known = wanted

        def others() -> tuple[str, ...]:
            return tuple(port.path for port in at_ports(known))

        return cls(reopen, others=others, power=power, settings=settings, trace=trace)

    def needed(self, modem: Modem) -> bool:
        """Whether the port is gone or timeouts came in a row."""
        return modem.lost is not None or modem.deaf >= self.settings.deaf_after

    async def execute(self, modem: Modem, command: Command[T]) -> T:
        """``modem.execute``, with one recovery where it is needed; then only idempotent commands again.

        Raises as ``Modem.execute``, and RecoveryFailed.
        """
        try:
            return await modem.execute(command)
        except (CommandTimeout, PortLost):
            async with self._climbing:
                if self.needed(modem):
                    await self.run(modem)
                elif modem.lost is None and modem.deaf:
                    raise  # a single timeout is the caller's
            if not command.idempotent:
                raise
        return await modem.execute(command)

    async def run(self, modem: Modem) -> Recovered:
        """Climb until the module answers.  Raises RecoveryFailed."""
        loop = asyncio.get_running_loop()
        tried: list[Attempt] = []
        if len(self._runs) == self._runs.maxlen and loop.time() - self._runs[0] < self.settings.window_s:
            raise RecoveryFailed(modem.port_name, (f"{len(self._runs)} recoveries before, no more now",))
        self._runs.append(loop.time())
        for rung, climb in self._ladder(modem):
            began = loop.time()
            worked, detail = await self._climb(climb, modem, self.settings.budget_s(rung))
            attempt = Attempt(rung, worked, detail, loop.time() - began)
            _log.log(logging.INFO if worked else logging.WARNING, "%s: %s", modem.port_name, attempt)
            self.attempts.append(attempt)
            tried.append(attempt)
            if worked:
                return Recovered(rung, modem.port_name, tuple(tried))
        raise RecoveryFailed(modem.port_name, tuple(map(str, tried)))

    def _ladder(self, modem: Modem) -> list[tuple[Rung, Callable[[Modem], Awaitable[str]]]]:
        """The rungs that have their means."""
        lost = modem.lost is not None
        rungs: list[tuple[Rung, Callable[[Modem], Awaitable[str]], bool]] = [
            (Rung.REOPEN, self._reopened, lost and self._reopen is not None),
            (Rung.DRAIN, self._drained, not lost),
            (Rung.PROBE, self._probed, not lost),
            (Rung.SECOND_PORT, self._second_port, self._others is not None),
            (Rung.RESTART, self._restarted, not lost),
            (Rung.POWER, self._powered, self._power is not None),
        ]
        return [(rung, climb) for rung, climb, has_means in rungs if has_means]

    async def _climb(
        self, climb: Callable[[Modem], Awaitable[str]], modem: Modem, budget_s: float
    ) -> tuple[bool, str]:
        try:
            async with asyncio.timeout(budget_s):
                return True, await climb(modem)
        except TimeoutError:
            return False, f"no answer within {budget_s:g} s"
        except ModemError as error:
            return False, str(error)

    # -- rungs: each returns what helped, or raises ModemError or TimeoutError ----------------------

    async def _reopened(self, modem: Modem) -> str:
        await self._come_back(modem)
        return "the port came back"

    async def _drained(self, modem: Modem) -> str:
        if modem.in_data:
            with contextlib.suppress(CommandTimeout):
                await modem.leave_data()
        await modem.settle()
        await _ask(modem)
        return "in step again"

    async def _probed(self, modem: Modem) -> str:
        await _ask_until_answered(modem)
        return "answered again"

    async def _second_port(self, modem: Modem) -> str:
        assert self._others is not None
        reasons: list[str] = []
        for name in [n for n in self._others() if n != modem.port_name][:OTHER_PORTS]:
            try:
                other = Modem(await open_port(name, trace=self._trace), cooldown_s=modem.cooldown_s)
            except PortUnavailable as error:
                reasons.append(str(error))
                continue
            try:
                await _ask(other)
            except ModemError as error:
                reasons.append(str(error))
                await other.close()
            except BaseException:
                await other.close()
                raise
            else:
                await modem.attach(await other.detach())
                return f"{name} answers"
        raise RecoveryFailed(modem.port_name, tuple(reasons) or ("no other port",))

    async def _restarted(self, modem: Modem) -> str:
        with modem.subscribe("RDY") as ready:
            await modem.settle()
            try:
                await modem.execute(action("AT+CFUN=1,1", timeout_s=REFUSAL_LIMIT_S))
            except Rejected:
                raise
            except (CommandTimeout, PortLost):
                pass  # a module that does not answer may have heard it all the same
            with contextlib.suppress(PortLost):
                await ready.get_within(self.settings.gone_s)
        await self._come_back(modem)
        return "restarted by AT+CFUN=1,1"

    async def _powered(self, modem: Modem) -> str:
        assert self._power is not None
        with modem.subscribe("RDY") as ready:
            await self._power()
            with contextlib.suppress(PortLost):
                await ready.get_within(self.settings.gone_s)
        await self._come_back(modem)
        return "switched off and on"

    async def _come_back(self, modem: Modem) -> None:
        """The port where it was lost, and an answer."""
        while True:
            if modem.lost is not None:
                if self._reopen is None:
                    raise modem.lost
                await modem.close()  # a lock that is still held would keep ourselves out
                await modem.attach(await self._reopen())
            try:
                return await _ask_until_answered(modem)
            except PortLost:  # gone once more while it boots
                await asyncio.sleep(OPEN_PAUSE_S)


async def _ask(modem: Modem) -> None:
    """One question that any module answers, in whatever form.  What came late is thrown away after it."""
    await modem.execute(action("AT", timeout_s=PROBE_TIMEOUT_S, sets_up=True))
    modem.distrust()


async def _ask_until_answered(modem: Modem) -> None:
    """Ask until the caller's budget is spent.  Raises PortLost."""
    attempt = 0
    while True:
        try:
            return await _ask(modem)
        except PortLost:
            raise
        except ModemError:
            await asyncio.sleep(PROBE_PAUSES_S[min(attempt, len(PROBE_PAUSES_S) - 1)])
            if modem.lost is None:
                await modem.settle()
        attempt += 1
