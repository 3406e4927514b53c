"""What the steps of a bench do to the module, one function for each kind of ``v2x.modem.plan_steps``.

    run_step(step, bed) -> Outcome    measured values and shares; a reason where it failed all the same

A failure of the module raises ModemError, or is the outcome's ``reason`` where something was measured
before.  Nothing is sent that the plan does not ask for.  +QPING's result: one notification for each reply
(0, address, octets, ms, ttl), then 0, sent, received, lost, min, max, avg; a number alone is an error, 569
(timeout) the one of a single lost reply.

Sources: 3GPP TS 27.007 (+CGATT, +CFUN, +CGACT, +CGPADDR); Quectel manuals (+QPING); that a restart shows as
the port's loss or as RDY: logs of real modules.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from v2x.modem import answers
from v2x.modem.bench_module import Bed, Outcome, elapsed, pause
from v2x.modem.bench_pc5 import at_provider, counted, frame_provider, heard
from v2x.modem.bringup import BringUpSettings, BringUpState, bring_up
from v2x.modem.cells import serving_cell
from v2x.modem.commands import action, quote, raw, result_timeout_for
from v2x.modem.errors import PortLost, Rejected, UnexpectedReply
from v2x.modem.fields import Fields, split_fields
from v2x.modem.plan_steps import (
    FRAME_PROVIDERS,
    AtStep,
    Attach,
    BringUp,
    DataDown,
    DataUp,
    Detach,
    Pc5Step,
    Ping,
    Reboot,
    Signal,
    Step,
    Wait,
)
from v2x.modem.redaction import printable
from v2x.modem.stats import Share

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from v2x.modem.modem import Modem

__all__ = ["identify", "run_step"]

ASK_AGAIN_S = 1.0
"""Longest pause between questions while nothing is notified."""

SUMMARY_S = 2.0
"""How long +QPING's summary may come after its last reply (this project's choice)."""

PING_TIMEOUT = "569"
SUMMARY_FIELDS = 7


async def run_step(step: Step, bed: Bed) -> Outcome:
    """Run one step.  Raises ModemError; the caller bounds its time."""
    return await _RUN[type(step)](step, bed)


async def identify(bed: Bed) -> None:
    """Ask the module what it is; ``bed`` knows then.  Raises ModemError where it does not answer."""
    modem = await bed.link.modem()
    await modem.execute(action(bed.link.profile.host.init[0], sets_up=True))
    questions: tuple[tuple[str, Any], ...] = (
        ("manufacturer", answers.CGMI),
        ("model", answers.CGMM),
        ("revision", answers.CGMR),
        ("imei", answers.CGSN),
    )
    for name, question in questions:
        with contextlib.suppress(Rejected, UnexpectedReply):
            bed.identity[name] = printable(str(await modem.execute(question)))
    bed.simulated = bed.simulated or any("SIMULATED" in text for text in bed.identity.values())


async def _bring_up(_step: BringUp, bed: Bed) -> Outcome:
    settings = BringUpSettings(profile=bed.link.profile.name, apn=bed.apn, cid=bed.cid)
    result = await bring_up(await bed.link.modem(), settings)
    bed.identity = dict(result.identity) or bed.identity
    bed.simulated = bed.simulated or result.simulated
    values = {f"{step.name}_s": step.seconds for step in result.steps}
    values |= {f"{domain.lower()}_s": seconds for domain, seconds in result.registered_s.items()}
    reason = None if result.state is BringUpState.DATA else result.reason or f"stopped at {result.state}"
    return Outcome({key: values[key] for key in BringUp.VALUES if key in values}, reason=reason)


async def _reboot(step: Reboot, bed: Bed) -> Outcome:
    began_at = elapsed()
    modem = await bed.link.modem()
    gone = False
    with modem.subscribe("RDY") as signs:
        try:
            await modem.execute(action(step.command))
            sign = await signs.get_within(step.sign_limit_s)
        except PortLost:
            gone, sign = True, None
    if not gone and sign is None:
        return Outcome(reason=f"no sign of a restart within {step.sign_limit_s:g} s: port kept, no RDY")
    down_s = elapsed() - began_at
    await bed.link.back(max(step.limit_s - down_s, 0.0))
    return Outcome({"down_s": down_s, "ready_s": elapsed() - began_at})


# -- network ---------------------------------------------------------------------------------------


async def _detach(step: Detach, bed: Bed) -> Outcome:
    modem = await bed.link.modem()
    await modem.execute(action("AT+CFUN=4" if step.by == "cfun" else "AT+CGATT=0"))
    await _until(modem, bed, registered=False)
    return Outcome()


async def _attach(step: Attach, bed: Bed) -> Outcome:
    modem = await bed.link.modem()
    began_at = elapsed()
    for domain in bed.link.profile.host.registration:
        with contextlib.suppress(Rejected):
            await modem.execute(action(f"AT{domain}=2"))
    await modem.execute(action("AT+CFUN=1" if step.by == "cfun" else "AT+CGATT=1"))
    await _until(modem, bed, registered=True)
    return Outcome({"registered_s": elapsed() - began_at})


async def _until(modem: Modem, bed: Bed, *, registered: bool) -> None:
    """Wait until some domain is registered, or none is."""
    domains = bed.link.profile.host.registration
    with modem.subscribe(*domains) as notified:
        while await _registered(modem, domains) is not registered:
            await notified.get_within(ASK_AGAIN_S)
            notified.clear()


async def _registered(modem: Modem, domains: tuple[str, ...]) -> bool:
    for domain in domains:
        with contextlib.suppress(Rejected, UnexpectedReply):
            if (await modem.execute(answers.registration(domain))).registered:
                return True
    return False


async def _data_up(step: DataUp, bed: Bed) -> Outcome:
    modem = await bed.link.modem()
    began_at = elapsed()
    with modem.subscribe("+CGEV", "+QNETDEVSTATUS") as notified:
        await modem.execute(action(step.command or f"AT+CGACT=1,{bed.cid}"))
        while not await _addresses(modem, bed.cid):
            await notified.get_within(ASK_AGAIN_S)
            notified.clear()
    return Outcome({"address_s": elapsed() - began_at})


async def _addresses(modem: Modem, cid: int) -> tuple[str, ...]:
    active = (await modem.execute(answers.CGACT)).get(cid, False)
    return await modem.execute(answers.addresses_of(cid)) if active else ()


async def _data_down(step: DataDown, bed: Bed) -> Outcome:
    modem = await bed.link.modem()
    with modem.subscribe("+CGEV", "+QNETDEVSTATUS") as notified:
        await modem.execute(action(step.command or f"AT+CGACT=0,{bed.cid}"))
        while (await modem.execute(answers.CGACT)).get(bed.cid, False):
            await notified.get_within(ASK_AGAIN_S)
            notified.clear()
    return Outcome()


# -- measurements ----------------------------------------------------------------------------------


async def _ping(step: Ping, bed: Bed) -> Outcome:
    text = f"AT+QPING={bed.cid},{quote(step.host)},{step.timeout_s},{step.count}"
    rows = await _ping_rows(await bed.link.modem(), text, step.count)
    try:
        return _ping_outcome(rows, step.count)
    except ValueError as error:
        raise UnexpectedReply(text, str(error)) from None


async def _ping_rows(modem: Modem, text: str, count: int) -> list[Fields]:
    """The notifications of one AT+QPING, until its summary, an error, or silence."""
    rows: list[Fields] = []
    until = elapsed() + result_timeout_for(text)
    with modem.subscribe("+QPING") as notified:
        await modem.execute(action(text))
        while (rest_s := until - elapsed()) > 0.0:
            urc = await notified.get_within(SUMMARY_S if len(rows) >= count else rest_s)
            if urc is None:
                break
            rows.append(split_fields(urc.line))
            row = rows[-1]
            if len(row) >= SUMMARY_FIELDS or (len(row) == 1 and row.text(0) != PING_TIMEOUT):
                break
    return rows


def _ping_outcome(rows: list[Fields], count: int) -> Outcome:
    """Loss and times; a summary is believed, without one the replies are counted.  Raises FieldError."""
    replies = [row for row in rows if len(row) == 5 and row.text(0) == "0"]
    last = rows[-1] if rows else Fields()
    if len(last) >= SUMMARY_FIELDS and last.text(0) == "0":
        sent, received = last.integer(1), min(last.integer(2), last.integer(1))
        least, most, average = (float(last.integer(index)) for index in (4, 5, 6))
    else:
        sent, received = count, min(len(replies), count)
        times = [row.integer(3) for row in replies] or [0]
        least, most, average = float(min(times)), float(max(times)), sum(times) / len(times)
    if len(last) == 1 and last.text(0) != PING_TIMEOUT and not received:
        return Outcome(reason=f"+QPING: {last.text(0)}")
    outcome = Outcome(shares={"loss": Share(max(sent - received, 0), max(sent, 0))})
    if received <= 0:
        outcome.reason = f"no reply to {sent} pings"
    else:
        outcome.values = {"min_ms": least, "avg_ms": average, "max_ms": most}
    return outcome


async def _signal(_step: Signal, bed: Bed) -> Outcome:
    modem = await bed.link.modem()
    found: dict[str, float | None] = {}
    layout = bed.link.profile.host.sa_layout
    if layout is not None:
        with contextlib.suppress(Rejected):
            serving = await modem.execute(serving_cell(layout))
            cell = serving.nr or serving.lte
            for name in ("rsrp_dbm", "rsrq_db", "sinr_db", "pci", "band"):
                found[name] = None if cell is None else getattr(cell, name)
    with contextlib.suppress(Rejected):
        found["rssi_dbm"] = (await modem.execute(answers.CSQ)).rssi_dbm
    values = {name: float(value) for name, value in found.items() if value is not None}
    return Outcome(values, reason=None if values else "the module gives no level")


async def _pc5(step: Pc5Step, bed: Bed) -> Outcome:
    if step.provider in FRAME_PROVIDERS:
        provider = await frame_provider(step, bed.clock, bed.folder)
        try:
            return await heard(provider, step)
        finally:
            await provider.close()
    return await counted(at_provider(await bed.link.modem(), step, bed.folder), step, bed.speed)


async def _at(step: AtStep, bed: Bed) -> Outcome:
    await (await bed.link.modem()).execute(raw(step.command))
    return Outcome()


async def _wait(step: Wait, _bed: Bed) -> Outcome:
    await pause(step.wait_s)
    return Outcome()


_RUN: dict[type[Step], Callable[[Any, Bed], Awaitable[Outcome]]] = {
    BringUp: _bring_up,
    Reboot: _reboot,
    Detach: _detach,
    Attach: _attach,
    DataUp: _data_up,
    DataDown: _data_down,
    Ping: _ping,
    Signal: _signal,
    Pc5Step: _pc5,
    AtStep: _at,
    Wait: _wait,
}
