"""PC5 over AT commands: TS 27.007 clause 15, and what a dialect puts beside or in place of it.

    AtPc5(modem)                              "std27007"
    AtPc5(modem, load_dialect("hisilicon"))   the same and the ^ commands of that baseband
    AtPc5(modem, read_dialect(path))          a user's own

A function is asked as the dialect has it; where it has none, as TS 27.007 has it, if the dialect's base
says so.  AT commands carry no frames: such a unit can be put into its test mode and counted, no more.
Outside of the test mode TS 27.007 tells nothing about the state, so it is unknown there.

A transmit test is AT+CATM, then AT+CV2XDTS, the loop stays open; a receive test is AT+CATM, then AT+CCUTLE.
While a receive test runs, its counters come together with the dialect's own.
"""

from __future__ import annotations

import contextlib
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from v2x.errors import ModemError
from v2x.modem import pc5_std as std
from v2x.modem.errors import Rejected
from v2x.modem.pc5 import Pc5Base
from v2x.modem.pc5_types import (
    ChannelBusy,
    Direction,
    Function,
    L2Ids,
    Pc5Counters,
    Pc5Signal,
    Pc5State,
    Pc5Status,
    Pc5Unsupported,
    SyncSource,
    TestPlan,
)

if TYPE_CHECKING:
    from v2x.modem.commands import Command
    from v2x.modem.pc5_dialect import Dialect, DialectFunction

__all__ = ["AtPc5", "Executor"]

T = TypeVar("T")

STANDARD = frozenset(
    {
        Function.STATUS,
        Function.CBR,
        Function.COUNTERS,
        Function.RESET_COUNTERS,
        Function.TEST,
        Function.RESET_UTC,
    }
)


class Executor(Protocol):
    """Who executes commands: ``v2x.modem.modem.Modem``."""

    @property
    def port_name(self) -> str:
        """The port's path or address."""
        ...

    async def execute(self, command: Command[T]) -> T:
        """Run one command.  Raises ModemError."""
        ...


class AtPc5(Pc5Base):
    """A provider over AT commands; see :class:`v2x.modem.pc5.Pc5`.  The modem stays its owner's."""

    def __init__(
        self,
        modem: Executor,
        dialect: Dialect | None = None,
        *,
        simulated: bool = False,
        digits: std.ListDigits = std.ListDigits.HEX,
    ) -> None:
        """``simulated``: the module said so; ``digits``: how AT+CCUTLE takes its list of layer-2 ids."""
        self._modem = modem
        self._own = dict(dialect.functions) if dialect is not None else {}
        self._standard = dialect is None or dialect.uses_standard
        self._digits = digits
        self._plan: TestPlan | None = None
        self._by_own = False  # the run was begun by the dialect's commands
        functions = {Function(key) for key in self._own if key in set(Function)}
        if {"start_receive", "start_transmit"} & set(self._own):
            functions.add(Function.TEST)
        if self._standard:
            functions |= STANDARD
        title = "std27007" if dialect is None else dialect.name
        super().__init__(f"{title} on {modem.port_name}", frozenset(functions), simulated=simulated)

    async def _run(self, key: str, **values: int | str) -> Any:
        """The dialect's commands of a function in their order; the value of the last one."""
        result = None
        for command in self._own[key].lines(values):
            result = await self._modem.execute(command)
        return result

    def _check(self, function: Function) -> None:
        """Raises Pc5Unsupported where neither the dialect nor the standard has it."""
        if function not in self.functions:
            raise Pc5Unsupported(self.name, function)

    async def _get(self, function: Function) -> Any:
        self._check(function)
        return await self._run(function)

    # -- what is asked -------------------------------------------------------------------------------

    async def status(self) -> Pc5Status:
        """State of both directions; by TS 27.007 it is known in the test mode only."""
        if Function.STATUS in self._own or not self._standard:
            status: Pc5Status = await self._get(Function.STATUS)
            return status
        if not (await self._modem.execute(std.TEST_MODE)).active:
            return Pc5Status(Pc5State.UNKNOWN, Pc5State.UNKNOWN)
        loop = await self._modem.execute(std.LOOP_STATE)
        sends = (await self._modem.execute(std.TRANSMISSION)).active
        sends = sends or (loop.closed and loop.direction is Direction.TRANSMIT)
        receives = loop.closed and loop.direction is Direction.RECEIVE
        rx, tx = (Pc5State.ACTIVE if active else Pc5State.INACTIVE for active in (receives, sends))
        return Pc5Status(rx, tx)

    async def cbr(self) -> ChannelBusy:
        """The channel busy ratio; AT+CCBRREQ wants the test mode."""
        if Function.CBR in self._own or not self._standard:
            busy: ChannelBusy = await self._get(Function.CBR)
            return busy
        return await self._modem.execute(std.CBR)

    async def counters(self) -> Pc5Counters:
        """The dialect's counters, and in a receive test (or without a dialect) those of AT+CUSPCREQ."""
        own: Pc5Counters = Pc5Counters()
        if Function.COUNTERS in self._own or not self._standard:
            own = await self._get(Function.COUNTERS)
            if self._looped() is None:
                return own
        counted = await self._modem.execute(std.COUNTERS)
        values = {f.name: getattr(counted, f.name) for f in fields(counted)}
        return replace(own, **{name: value for name, value in values.items() if value is not None})

    async def l2_ids(self) -> L2Ids:
        """The layer-2 ids of what the unit sends."""
        ids: L2Ids = await self._get(Function.L2_IDS)
        return ids

    async def sync_source(self) -> SyncSource:
        """Where the unit takes its time from."""
        source: SyncSource = await self._get(Function.SYNC_SOURCE)
        return source

    async def signal(self) -> tuple[Pc5Signal, ...]:
        """How senders are received, a row for each."""
        rows: tuple[Pc5Signal, ...] = await self._get(Function.SIGNAL)
        return rows

    # -- what is told --------------------------------------------------------------------------------

    async def reset_counters(self) -> None:
        """Begin to count from 0; by TS 27.007 closing the loop anew does it, so a receive test must run."""
        looped = self._looped()
        if Function.RESET_COUNTERS in self._own or not self._standard:
            await self._get(Function.RESET_COUNTERS)
        elif looped is None:
            raise ModemError(f"{self.name}: counters are reset in a receive test only")
        if looped is not None:
            await self._modem.execute(std.open_loop())
            await self._modem.execute(std.close_loop_receive(looped.monitor, self._digits))

    async def set_l2_ids(self, ids: L2Ids) -> None:
        """Send under these ids; without a destination the present one stays, where the command wants one."""
        self._check(Function.SET_L2_IDS)
        destination = ids.destination
        if destination is None and self._own[Function.SET_L2_IDS].needs("destination"):
            destination = (await self.l2_ids()).destination
        await self._run(Function.SET_L2_IDS, source=ids.source, destination=destination or 0)

    async def set_tx_power(self, power_dbm: float) -> None:
        """Send with this power.  ValueError outside of what the dialect allows."""
        self._check(Function.SET_TX_POWER)
        own: DialectFunction = self._own[Function.SET_TX_POWER]
        if not own.least_dbm <= power_dbm <= own.most_dbm:
            raise ValueError(f"a power is {own.least_dbm:g}..{own.most_dbm:g} dBm, not {power_dbm:g}")
        await self._run(Function.SET_TX_POWER, power=round(power_dbm * own.scale))

    async def reset_utc(self) -> None:
        """Forget the time that was derived from GNSS."""
        if Function.RESET_UTC in self._own or not self._standard:
            await self._get(Function.RESET_UTC)
        else:
            await self._modem.execute(std.RESET_UTC)

    # -- test mode -----------------------------------------------------------------------------------

    def _looped(self) -> TestPlan | None:
        """The receive test that runs by AT+CCUTLE."""
        plan = self._plan
        return plan if plan is not None and plan.direction is Direction.RECEIVE and not self._by_own else None

    async def start_test(self, plan: TestPlan) -> None:
        """Begin a run; one that runs already is ended first.  ValueError on what no command can say."""
        self._check(Function.TEST)
        key = "start_receive" if plan.direction is Direction.RECEIVE else "start_transmit"
        if key not in self._own and not self._standard:
            raise Pc5Unsupported(self.name, Function.TEST)
        if self._plan is not None:
            await self.stop_test()
        if key in self._own:
            await self._run(key, **_values(plan))
        else:
            begin = self._begin(plan)
            await self._modem.execute(std.set_test_mode(active=True))
            try:
                await self._modem.execute(begin)
            except ModemError:
                with contextlib.suppress(ModemError):
                    await self._modem.execute(std.set_test_mode(active=False))
                raise
        self._plan, self._by_own = plan, key in self._own

    def _begin(self, plan: TestPlan) -> Command[None]:
        if plan.direction is Direction.RECEIVE:
            return std.close_loop_receive(plan.monitor, self._digits)
        return std.start_transmission(plan.octets or 0, round((plan.period_s or 0.0) * 1000))

    async def stop_test(self) -> None:
        """End the run and leave the test mode, also one that was begun by somebody else."""
        self._check(Function.TEST)
        plan, self._plan = self._plan, None
        if "stop_test" in self._own and (plan is None or self._by_own):
            await self._run("stop_test")
            return
        wanted = {Direction.TRANSMIT: std.STOP_TRANSMISSION, Direction.RECEIVE: std.open_loop()}
        for direction, command in wanted.items():
            if plan is not None and plan.direction is not direction:
                continue
            try:
                await self._modem.execute(command)
            except Rejected:
                if plan is not None:  # else nothing of the kind may run
                    raise
        await self._modem.execute(std.set_test_mode(active=False))

    async def close(self) -> None:
        """End a run that this provider began; the modem stays open."""
        if self._plan is not None:
            with contextlib.suppress(ModemError):
                await self.stop_test()


def _values(plan: TestPlan) -> dict[str, int | str]:
    """What a dialect's command lines are told of a plan."""
    if plan.direction is Direction.RECEIVE:
        return {"count": len(plan.monitor), "monitor": "".join(f"{one:06X}" for one in plan.monitor)}
    return {"octets": plan.octets or 0, "period_ms": round((plan.period_s or 0.0) * 1000)}
