"""The bench on a simulated module: every step, failures of the module, a run's ends, what is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from v2x.clock import FakeClock
from v2x.modem import bench_module
from v2x.modem.bench import COMPLETE, Progress, environment, progress, run_bench
from v2x.modem.bench_judge import Overall, judge, overall
from v2x.modem.bench_module import ModuleLink
from v2x.modem.bench_record import Cycle, Status, StepRecord
from v2x.modem.bench_steps import _ping_outcome
from v2x.modem.bench_store import Store, read_results
from v2x.modem.errors import CommandTimeout, PortLost, PortProblem, PortUnavailable
from v2x.modem.fields import split_fields
from v2x.modem.host import SimHost, simulated_module
from v2x.modem.plan import Plan, parse_plan
from v2x.modem.port import open_port
from v2x.modem.profiles import load_profile
from v2x.modem.recovery import Recovery
from v2x.modem.sim_options import SimOptions
from v2x.modem.sim_script import parse_script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from v2x.modem.modem import Modem
    from v2x.modem.port import Port

SPEED = 1000.0
"""Simulated seconds in a real one."""

BOUND_S = 20.0
"""A hang is a failure."""

UP = '[[step]]\ndo = "bringup"\nlimit_s = 10\n'
ALL_STEPS = (
    UP
    + """
[[step]]
do = "data_down"
[[step]]
do = "data_up"
[[step]]
do = "detach"
[[step]]
do = "attach"
[[step]]
name = "off"
do = "detach"
by = "cfun"
[[step]]
name = "on"
do = "attach"
by = "cfun"
[[step]]
name = "up"
do = "data_up"
[[step]]
do = "signal"
[[step]]
do = "ping"
host = "192.0.2.1"
[[step]]
do = "pc5"
monitor = [1]
window_s = 0.05
sender_hz = 10
[[step]]
do = "at"
command = "AT+CSQ"
[[step]]
do = "wait"
wait_s = 0
[[step]]
do = "reboot"
"""
)


def plan_of(steps: str, **bench: object) -> Plan:
    settings = {"cycles": 1} | bench
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items() if value is not None)
    return parse_plan(f"[bench]\n{lines}{steps}", "p.toml")


class Run:
    """One run of ``plan`` in ``folder``; ``why`` it ended."""

    def __init__(self, folder: Path, plan: Plan, *, resume: bool = False) -> None:
        self.plan = plan
        self.store = (Store.resume if resume else Store.create)(folder, plan)
        self.shown: list[Progress] = []
        self.why = ""

    @property
    def cycles(self) -> list[Cycle]:
        return self.store.results.cycles

    @property
    def notes(self) -> list[str]:
        return [note.text for note in self.store.results.notes]

    def show(self, now: Progress) -> None:
        self.shown.append(now)
        self.begun.set()

    async def work(
        self, opener: Callable[[], Awaitable[Port]], begun: asyncio.Event | None = None, **options: Any
    ) -> None:
        tasks = asyncio.all_tasks()
        self.begun = begun or asyncio.Event()
        async with asyncio.timeout(BOUND_S):
            self.why = await run_bench(
                self.plan, self.store, opener, FakeClock(1e9), on_progress=self.show, **options
            )
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= tasks  # nothing is left running

    def on_simulated(
        self,
        world: SimOptions | None = None,
        *,
        script: str | None = None,
        prepare: Callable[[SimHost], None] | None = None,
        speed: float = SPEED,
        recover: bool = False,
    ) -> Run:
        async def main() -> None:
            parsed = None if script is None else parse_script(script, "script.toml")
            link = self.store.folder / "module"  # while the port is away, its name is too
            async with simulated_module(link=link, options=world, script=parsed, speed=speed) as host:
                if prepare is not None:
                    prepare(host)

                async def opener() -> Port:
                    return await open_port(str(link))

                await self.work(opener, recovery=Recovery(opener) if recover else None)

        try:
            asyncio.run(main())
        finally:
            self.store.close()
        return self


def test_every_step(tmp_path: Path) -> None:
    run = Run(tmp_path, plan_of(ALL_STEPS)).on_simulated()
    assert run.why == COMPLETE
    (only,) = run.cycles
    assert only.reason is None
    last = {step.name: step for step in only.steps}
    steps = {"port_s", "at_s", "sim_s", "registered_s", "data_s"}
    assert set(last["bringup"].values) == steps | {"c5greg_s"}  # a standalone network registers in 5GS only
    assert set(last["reboot"].values) == {"down_s", "ready_s"}
    assert last["attach"].values.keys() == last["on"].values.keys() == {"registered_s"}
    assert last["data_up"].values.keys() == {"address_s"}
    assert last["signal"].values["pci"] == 702
    assert -160 < last["signal"].values["rsrp_dbm"] < -20
    assert last["ping"].shares["loss"].of == 4
    assert {"cbr_percent", "stch_sdu"} <= last["pc5"].values.keys()
    assert last["pc5"].shares["per"].of > 0
    assert [shown.share for shown in run.shown] == [1.0]
    assert run.store.results.simulated
    assert run.store.results.identity["imei"] == "***********0000"
    assert read_results(tmp_path)[0] == run.store.results


def test_a_module_that_is_not_brought_up_says_what_it_is_all_the_same(tmp_path: Path) -> None:
    run = Run(tmp_path, plan_of('[[step]]\ndo = "signal"')).on_simulated()
    assert run.store.results.identity["manufacturer"] == "SIMULATED (v2x)"


def test_after_a_failure_the_rest_is_skipped_unless_it_goes_on(tmp_path: Path) -> None:
    steps = """
[[step]]
do = "at"
name = "first"
command = "AT+NOSUCH"
go_on = true
[[step]]
do = "at"
name = "second"
command = "AT+NOSUCH"
[[step]]
do = "at"
name = "third"
command = "AT"
"""
    run = Run(tmp_path, plan_of(steps)).on_simulated()
    assert [step.status for step in run.cycles[0].steps] == [Status.FAILED, Status.FAILED, Status.SKIPPED]
    assert run.cycles[0].reason is not None
    assert run.cycles[0].reason.startswith("first: AT+NOSUCH: +CME ERROR")
    assert run.why == COMPLETE


def test_too_many_failures_in_a_row_end_the_run(tmp_path: Path) -> None:
    bad = '[[step]]\ndo = "at"\ncommand = "AT+NOSUCH"'
    run = Run(tmp_path, plan_of(bad, cycles=50, stop_after=3)).on_simulated()
    assert (len(run.cycles), run.why) == (3, "stopped: 3 failed cycles in a row")
    assert run.store.results.sessions[-1].why == run.why


def test_a_step_has_a_limit(tmp_path: Path) -> None:
    steps = UP.replace("10", "0.2")
    run = Run(tmp_path, plan_of(steps)).on_simulated(SimOptions(coverage=False))
    assert run.cycles[0].reason == "bringup: given up after 0.2 s"


def test_the_reason_of_a_bring_up_that_stops(tmp_path: Path) -> None:
    script = '[[on]]\ncommand = "AT+QNETDEVCTL=*"\ntimes = 1\ndo = "error"\ncode = 148'
    run = Run(tmp_path, plan_of(UP, cycles=2)).on_simulated(script=script)
    assert run.cycles[0].reason is not None
    assert "CME ERROR 148" in run.cycles[0].reason
    assert "registered_s" in run.cycles[0].steps[0].values
    assert run.cycles[1].ok


def test_a_usb_module_goes_and_comes_back_under_another_name(tmp_path: Path) -> None:
    steps = '[[step]]\ndo = "reboot"\n' + UP
    run = Run(tmp_path, plan_of(steps, cycles=2)).on_simulated(SimOptions(usb=True, usb_s=20.0))
    assert [one.reason for one in run.cycles] == [None] * 2
    assert not run.notes  # what a restart does is nothing to note


def test_a_restart_that_is_none(tmp_path: Path) -> None:
    steps = '[[step]]\ndo = "reboot"\ncommand = "AT"\nsign_limit_s = 0.05'
    run = Run(tmp_path, plan_of(steps)).on_simulated()
    assert run.cycles[0].reason == "reboot: no sign of a restart within 0.05 s: port kept, no RDY"


def test_a_port_that_is_lost_is_opened_again(tmp_path: Path) -> None:
    script = '[[on]]\ncommand = "AT+CSQ"\ntimes = 1\ndo = "port_loss"\nseconds = 5.0'
    steps = '[[step]]\ndo = "at"\ncommand = "AT+CSQ"\n[[step]]\ndo = "wait"\nwait_s = 0.02'
    run = Run(tmp_path, plan_of(steps, cycles=3)).on_simulated(script=script)
    assert run.cycles[-1].ok
    assert any("port lost" in note for note in run.notes)
    assert any("opened again" in note for note in run.notes)


def test_a_deaf_module_is_recovered_between_cycles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def needed(_: Recovery, modem: Modem) -> bool:
        asked.append(modem.port_name)
        return len(asked) == 1

    monkeypatch.setattr(Recovery, "needed", needed)
    run = Run(tmp_path, plan_of('[[step]]\ndo = "at"\ncommand = "AT"', cycles=2)).on_simulated(recover=True)
    assert len(asked) == 2
    (note,) = run.notes
    assert note.startswith("recovered: drain: in step again")


# -- ends ------------------------------------------------------------------------------------------


def test_a_port_that_is_not_there_at_the_beginning(tmp_path: Path) -> None:
    async def opener() -> Port:
        raise PortUnavailable("/dev/none", PortProblem.MISSING, "no such device")

    run = Run(tmp_path, plan_of(UP))
    with pytest.raises(PortUnavailable):
        asyncio.run(run.work(opener))
    assert run.store.results.sessions[-1].why == "failed: /dev/none: no such device"
    run.store.close()


def test_a_cancelled_run_is_taken_up_where_it_was(tmp_path: Path) -> None:
    plan = plan_of(UP, cycles=3)
    first = Run(tmp_path, plan)

    async def main() -> None:
        async with simulated_module(speed=SPEED) as host:
            begun = asyncio.Event()
            task = asyncio.create_task(first.work(lambda: open_port(host.path), begun=begun))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    first.store.close()
    done = len(first.cycles)
    assert 1 <= done < 3
    assert first.store.results.sessions[0].why == "interrupted"
    again = Run(tmp_path, plan, resume=True).on_simulated()
    assert [one.number for one in again.cycles] == [1, 2, 3]
    assert f"resumed after cycle {done}" in again.notes
    assert [session.why for session in again.store.results.sessions] == ["interrupted", COMPLETE]
    assert Run(tmp_path, plan, resume=True).on_simulated().cycles == again.cycles  # nothing is left to do


def test_a_run_by_time_ends_by_the_time_of_its_cycles() -> None:
    plan = plan_of(UP, cycles=None, duration_s=10.0, pause_s=1.0)
    one = Cycle(1, 1e9, 4.0, ())
    assert [round(progress(plan, [one] * n).share, 3) for n in range(4)] == [0.0, 0.5, 1.0, 1.0]
    both = plan_of(UP, cycles=10, duration_s=10.0, pause_s=1.0)
    assert progress(both, [one]).share == 0.5
    assert progress(plan_of(UP, duration_s=0.0), []).share == 1.0


def test_a_short_run_by_time(tmp_path: Path) -> None:
    plan = plan_of('[[step]]\ndo = "wait"\nwait_s = 0.02', cycles=None, duration_s=0.05, pause_s=0.001)
    run = Run(tmp_path, plan).on_simulated()
    assert run.why == COMPLETE
    assert 1 <= len(run.cycles) <= 3


def test_the_machine_is_described_without_names() -> None:
    assert environment().keys() == {"v2x", "python", "system", "processors"}


# -- the module's port -----------------------------------------------------------------------------


def test_a_port_comes_back_late_or_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_module, "OPEN_PAUSES_S", (0.001,))
    tries: list[int] = []

    async def main() -> None:
        async with simulated_module(speed=SPEED) as host:

            async def opener() -> Port:
                tries.append(1)
                if len(tries) in (2, 3):
                    raise PortUnavailable("x", PortProblem.MISSING, "gone")
                if len(tries) > 4:
                    raise PortUnavailable("x", PortProblem.NO_TERMINAL, "no terminal")
                return await open_port(host.path)

            link = ModuleLink(opener, load_profile("unisoc"))
            await link.modem()
            await link.close()
            await link.back(10.0)
            assert len(tries) == 4
            await link.close()
            with pytest.raises(PortUnavailable):  # at once: this does not mend itself
                await link.modem(10.0)
            assert len(tries) == 5

    asyncio.run(main())


class Deaf:
    """A port behind which nobody is; ``lost`` after so many writes."""

    name = "deaf"

    def __init__(self, writes: int = 1000) -> None:
        self._writes = writes

    async def read(self) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async def write(self, data: bytes) -> None:
        self._writes -= 1
        if self._writes < 0:
            raise PortLost(self.name, "gone")
        await asyncio.sleep(0)

    async def close(self) -> None:
        await asyncio.sleep(0)


def test_a_module_that_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_module, "ANSWERS_S", (0.01,))

    async def main() -> None:
        async def opener() -> Port:
            return Deaf()

        link = ModuleLink(opener, load_profile("unisoc"))
        with pytest.raises(CommandTimeout):
            await link.back(0.3)
        await link.close()

    asyncio.run(main())


# -- ping ------------------------------------------------------------------------------------------

REPLY = '+QPING: 0,"192.0.2.1",32,21,64'


@pytest.mark.parametrize(
    ("lines", "lost", "times", "reason"),
    [
        ([REPLY] * 2 + ["+QPING: 0,2,2,0,20,24,22"], (0, 2), (20, 22, 24), None),
        ([REPLY, "+QPING: 569", "+QPING: 0,2,1,1,21,21,21"], (1, 2), (21, 21, 21), None),
        ([REPLY, "+QPING: 569"], (1, 2), (21, 21, 21), None),  # no summary came
        (["+QPING: 569", "+QPING: 569"], (2, 2), None, "no reply to 2 pings"),
        (["+QPING: 561"], None, None, "+QPING: 561"),
        ([], (2, 2), None, "no reply to 2 pings"),
        (["+QPING: 0,2,9,0,20,24,22"], (0, 2), (20, 22, 24), None),  # more than was sent
    ],
)
def test_what_pings_tell(
    lines: list[str], lost: tuple[int, int] | None, times: tuple[int, int, int] | None, reason: str | None
) -> None:
    """Forms by the Quectel manuals: a reply, a summary, an error code alone."""
    outcome = _ping_outcome([split_fields(line) for line in lines], 2)
    assert outcome.reason == reason
    share = outcome.shares.get("loss")
    assert (None if share is None else (share.hits, share.of)) == lost
    found = tuple(outcome.values[name] for name in ("min_ms", "avg_ms", "max_ms")) if outcome.values else None
    assert found == times


def test_a_ping_s_summary_that_is_none() -> None:
    with pytest.raises(ValueError):
        _ping_outcome([split_fields("+QPING: 0,a,b,c,d,e,f")], 2)


# -- verdicts --------------------------------------------------------------------------------------


def judged(statistic: str, measure: str, cycles: list[Cycle], **bounds: float) -> tuple[float | None, bool]:
    limit = f'[[limit]]\nmeasure = "{measure}"\nstatistic = "{statistic}"\n'
    plan = plan_of(UP + limit + "".join(f"{key} = {value}\n" for key, value in bounds.items()))
    (verdict,) = judge(plan, cycles)
    assert verdict.name.startswith(f"{statistic} of {measure}")
    return verdict.value, verdict.passed


def test_limits_against_cycles() -> None:
    good = [Cycle(n, 1e9, 2.0, (StepRecord("bringup", Status.OK, float(n)),)) for n in range(1, 21)]
    bad = [Cycle(21, 1e9, 2.0, (StepRecord("bringup", Status.FAILED, 99.0, "no"),))]
    assert judged("p95", "bringup.seconds", good + bad, at_most=19.0) == (19.0, True)
    assert judged("max", "bringup.seconds", good + bad, at_most=19.0) == (20.0, False)
    assert judged("min", "bringup.seconds", good, at_least=1.0) == (1.0, True)
    assert judged("mean", "cycle.seconds", good + bad, at_least=3.0) == (2.0, False)
    assert judged("share", "bringup.success", good + bad, at_least=0.95) == (20 / 21, True)
    low, passed = judged("lower", "cycle.success", good + bad, at_least=0.95)
    assert low is not None
    assert low < 20 / 21
    assert not passed
    assert judged("p95", "bringup.data_s", good, at_most=1.0) == (None, False)  # nothing was shown
    assert judged("upper", "cycle.success", [], at_most=1.0) == (None, False)


def test_the_run_as_a_whole() -> None:
    plan = plan_of(UP + '[[limit]]\nmeasure = "cycle.success"\nstatistic = "share"\nat_least = 0.5')
    good, bad = Cycle(1, 1e9, 1.0, ()), Cycle(1, 1e9, 1.0, (StepRecord("bringup", Status.FAILED, 1.0, "no"),))
    assert overall(judge(plan, [good]), complete=True) is Overall.PASS
    assert overall(judge(plan, [good]), complete=False) is Overall.INCOMPLETE
    assert overall(judge(plan, [bad]), complete=False) is Overall.FAIL
    assert overall((), complete=True) is Overall.MEASURED
