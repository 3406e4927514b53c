"""From an open port to a data session, step by step, each timed, each failure with its reason.

    port         the port is open and is read
    at           the module answers, is set up (profile's init lines), its radio is on (CFUN 1), and it says
                 what it is
    sim          the card is ready; "SIM busy" is waited for, a configured PIN is tried once, none is guessed
    registered   any of the profile's domains is registered (a standalone network registers in 5GS only), or
                 all that the settings name; each one's time is kept
    data         the context is active and has an address

A step ends early on what can't pass (no card, PIN asked, port lost) and late on its own limit.  Between
questions it waits for the notification that would change the answer, at most a pause that grows; CME 14
and 30 are normal after a start and are asked again.  Retries end with the step's limit.  Where a
``Recovery`` is given and the module stopped answering or its port went away, it is recovered and the
steps begin anew.

Sources: 3GPP TS 27.007 (commands, states); Quectel logs (order of a boot, transient errors); the data
call's command is the profile's.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from v2x.errors import ModemError
from v2x.modem import answers
from v2x.modem.bringup_types import BringUpResult, BringUpSettings, BringUpState, Pin, Step
from v2x.modem.cells import serving_cell
from v2x.modem.charset import decode_text
from v2x.modem.cme import NOT_SUPPORTED, TRANSIENT, cme_text
from v2x.modem.commands import Command, action, raw
from v2x.modem.errors import CommandTimeout, RecoveryFailed, Rejected, UnexpectedReply
from v2x.modem.fields import split_fields
from v2x.modem.finals import RejectedBy
from v2x.modem.profiles import Profile, load_profile
from v2x.modem.redaction import MaskedId, printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from v2x.clock import Clock
    from v2x.modem.modem import Modem, UrcQueue
    from v2x.modem.recovery import Recovery

__all__ = ["BringUpResult", "BringUpSettings", "BringUpState", "Pin", "Step", "bring_up", "not_opened"]

T = TypeVar("T")

SIMULATED_MARK = "SIMULATED"
"""Stands in what a simulated module says of itself."""

PAUSES_S = (0.25, 0.5, 1.0, 2.0)
"""Longest waits between questions while nothing is notified; the last one repeats."""

FIRST_WORDS_S = (0.3, 0.6, 1.2, 2.4, 3.0)
"""Times allowed to the first line: the manuals' 0.3 s, then longer, while the module may be booting."""

FIRST_REFUSALS = 3
"""Refusals of the first line: what stood before it on the line may have spoilt it once or twice."""

NOTES_LIMIT = 8
"""Different things that one step waited for and that are kept."""

PIN_ASKED = "SIM PIN"
"""What +CPIN says where the card's own PIN is missing; other answers (PUK, PIN2) are a person's matter."""

RADIO_OFF = frozenset({0, 4})
"""Values of +CFUN with the radio off."""

PASSING = (Rejected, UnexpectedReply, CommandTimeout)
"""What leaves the line usable: the question may be asked again, or done without."""


class _StepError(ModemError):
    """A step that can't succeed; the text is the reason."""


class _LoopClock:
    """The event loop's monotonic clock."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()


def not_opened(error: ModemError) -> BringUpResult:
    """The result where not even the port could be opened."""
    return BringUpResult(BringUpState.NONE, (), reason=f"port: {error}")


async def bring_up(
    modem: Modem,
    settings: BringUpSettings | None = None,
    *,
    clock: Clock | None = None,
    recovery: Recovery | None = None,
) -> BringUpResult:
    """Bring ``modem`` as far as it goes; failures of the module are the result's reason, not exceptions.

    ``clock`` times the steps; without it the event loop's clock does.  Raises ProfileError.
    """
    settings = settings or BringUpSettings()
    profile = load_profile(settings.profile)
    tried: list[str] = []
    recoveries = 0 if recovery is None else settings.recoveries
    while True:
        result = await _BringUp(modem, settings, profile, clock or _LoopClock()).run()
        if result.reason is None or recovery is None or not recoveries or not recovery.needed(modem):
            break
        recoveries -= 1
        try:
            tried += map(str, (await recovery.run(modem)).attempts)
        except RecoveryFailed as error:
            tried += error.tried
            break
    return replace(result, recoveries=tuple(tried))


class _BringUp:
    """One run."""

    def __init__(self, modem: Modem, settings: BringUpSettings, profile: Profile, clock: Clock) -> None:
        self._modem = modem
        self._settings = settings
        self._host = profile.host
        self._clock = clock
        self._waiting_for = ""
        self._notes: list[str] = []
        self._identity: dict[str, str] = {}
        self._registered_s: dict[str, float] = {}
        self._found: dict[str, Any] = {}
        modem.cooldown_s = profile.host.cooldown_s

    async def run(self) -> BringUpResult:
        s = self._settings
        plan: tuple[tuple[BringUpState, Callable[[], Awaitable[None]], float], ...] = (
            (BringUpState.PORT, self._port, s.at_limit_s),
            (BringUpState.AT, self._at, s.at_limit_s),
            (BringUpState.SIM, self._sim, s.sim_limit_s),
            (BringUpState.REGISTERED, self._registered, s.registration_limit_s),
            (BringUpState.DATA, self._data, s.data_limit_s),
        )
        state, steps, reason, failed = BringUpState.NONE, list[Step](), None, None
        for name, work, limit_s in plan:
            began_at = self._clock.now()
            self._waiting_for, self._notes = "", []
            try:
                async with asyncio.timeout(limit_s):
                    await work()
            except TimeoutError:
                reason = f"{name}: {self._waiting_for or 'no answer'}, given up after {limit_s:g} s"
            except ModemError as error:
                reason = f"{name}: {error}"
            step = Step(str(name), self._clock.now() - began_at, tuple(self._notes))
            if reason is not None:
                failed = step
                break
            state = name
            steps.append(step)
        simulated = any(SIMULATED_MARK in text for text in self._identity.values())
        return BringUpResult(
            state,
            tuple(steps),
            simulated,
            self._identity,
            reason,
            failed=failed,
            registered_s=self._registered_s,
            **self._found,
        )

    async def _do(self, command: Command[T]) -> T:
        """One command, in the time that the profile gives it."""
        return await self._modem.execute(self._host.timed(command))

    async def _set(self, command: Command[None]) -> None:
        """A setting: once more where its answer was lost, since it may be made twice."""
        try:
            await self._do(command)
        except (CommandTimeout, UnexpectedReply):
            await self._do(command)

    def _waits(self, what: str) -> None:
        """What the step waits for now: its reason if it ends here, a note if it goes on."""
        self._waiting_for = what
        if what not in self._notes and len(self._notes) < NOTES_LIMIT:
            self._notes.append(what)

    # -- steps -------------------------------------------------------------------------------------

    async def _port(self) -> None:
        self._modem.start()
        if self._modem.lost is not None:
            raise self._modem.lost

    async def _at(self) -> None:
        await self._first_words(self._host.init[0])
        for line in self._host.init[1:]:
            with contextlib.suppress(Rejected):
                await self._set(action(line, sets_up=True))
        await self._radio_on()
        questions: tuple[tuple[str, Command[str] | Command[MaskedId]], ...] = (
            ("manufacturer", answers.CGMI),
            ("model", answers.CGMM),
            ("revision", answers.CGMR),
            ("imei", answers.CGSN),
        )
        for name, question in questions:
            with contextlib.suppress(*PASSING):
                self._identity[name] = printable(str(await self._do(question)))

    async def _radio_on(self) -> None:
        """Full functionality where the module was left without."""
        with contextlib.suppress(*PASSING, ValueError):
            reply = await self._do(raw("AT+CFUN?"))
            if reply.lines and (mode := split_fields(reply.lines[0]).integer(0)) in RADIO_OFF:
                self._waits(f"the radio was off (CFUN {mode})")
                await self._do(action("AT+CFUN=1"))

    async def _first_words(self, line: str) -> None:
        self._waiting_for = "the module answers nothing"
        refusals = 0
        for attempt in itertools.count():
            timeout_s = FIRST_WORDS_S[min(attempt, len(FIRST_WORDS_S) - 1)]
            try:
                await self._modem.execute(action(line, timeout_s=timeout_s, sets_up=True))
            except CommandTimeout:
                await self._modem.settle()
            except Rejected:
                refusals += 1
                if refusals >= FIRST_REFUSALS:
                    raise
            else:
                if attempt:
                    self._modem.distrust()  # the earlier lines may be answered yet
                return

    async def _sim(self) -> None:
        s, entered = self._settings, False
        with self._modem.subscribe("+CPIN", "+QUSIM") as notified:
            pauses = _Pauses(notified)
            while True:
                try:
                    asked = await self._do(answers.CPIN)
                except Rejected as error:
                    if error.code not in TRANSIENT:
                        raise _StepError(error.text) from error
                    self._waits(cme_text(error.code or 0))
                except (UnexpectedReply, CommandTimeout) as error:
                    self._waits(str(error))
                else:
                    if asked == "READY":
                        return
                    if asked != PIN_ASKED or s.pin is None:
                        raise _StepError(f"the card is not ready: {printable(asked)}")
                    if not entered:
                        await self._enter(s.pin)
                        entered = True
                    self._waits("the card asked for its PIN")
                await pauses.wait()

    async def _enter(self, pin: Pin) -> None:
        """One try; whatever is not a clear yes is not tried again."""
        if pin.spent:
            raise _StepError("the card asks for its PIN; the configured one was not accepted before")
        try:
            await self._do(action(f'AT+CPIN="{pin.take()}"'))
        except Rejected as error:
            raise _StepError(f"the card did not accept the PIN ({error.text}); not tried again") from error
        except PASSING as error:
            raise _StepError(f"whether the card took the PIN is unknown; not tried again: {error}") from error
        pin.accepted()

    async def _registered(self) -> None:
        domains = self._host.registration
        with self._modem.subscribe(*domains) as notified:
            for domain in domains:
                with contextlib.suppress(Rejected):
                    await self._set(action(f"AT{domain}=2"))
            pauses = _Pauses(notified)
            began_at = self._clock.now()
            while (found := await self._registration(began_at)) is None:
                await pauses.wait()
            self._found["registration"] = str(found)
            await self._look_around()

    async def _registration(self, began_at: float) -> answers.Registration | None:
        """The best domain once enough are registered; what the others say is what is waited for."""
        seen: list[str] = []
        best: answers.Registration | None = None
        wanted = set(self._settings.domains)
        for domain in dict.fromkeys((*self._host.registration, *self._settings.domains)):
            try:
                found = await self._do(answers.registration(domain))
            except Rejected as error:
                if error.code in TRANSIENT or domain in wanted:
                    seen.append(f"{domain[1:]} {error.text}")
            except (UnexpectedReply, CommandTimeout) as error:
                seen.append(str(error))
            else:
                if found.registered:
                    best = best or found
                    wanted.discard(domain)
                    self._registered_s.setdefault(domain[1:], self._clock.now() - began_at)
                else:
                    seen.append(str(found))
        if best is None or wanted:
            self._waits("not registered: " + ("; ".join(seen) or "no domain can be asked"))
            return None
        return best

    async def _look_around(self) -> None:
        """Operator and serving cell, for the screen; bring-up does without them."""
        with contextlib.suppress(*PASSING):
            name = (await self._do(answers.COPS)).name
            if name is not None:
                self._found["operator"] = printable(decode_text(name, self._modem.charset))
        layout = self._host.sa_layout
        if layout is not None:
            with contextlib.suppress(*PASSING):
                self._found["cell"] = await self._do(serving_cell(layout))

    async def _data(self) -> None:
        with self._modem.subscribe("+CGEV", "+QNETDEVSTATUS", "+QNETDEVCTL") as notified:
            with contextlib.suppress(Rejected):
                await self._set(action("AT+CGEREP=2,1"))
            await self._define()
            if await self._session():
                return
            pauses = _Pauses(notified)
            await self._call(pauses)
            while not await self._session():
                await pauses.wait()

    async def _define(self) -> None:
        s = self._settings
        if s.apn is None:
            return
        known = await self._do(answers.CGDCONT)
        if not any(c.cid == s.cid and (c.pdp_type, c.apn) == (s.pdp_type, s.apn or None) for c in known):
            await self._do(answers.define_context(s.cid, s.pdp_type, s.apn))

    async def _session(self) -> bool:
        """Whether the context is active and has an address."""
        cid = self._settings.cid
        try:
            active = (await self._do(answers.CGACT)).get(cid, False)
            addresses = await self._do(answers.addresses_of(cid)) if active else ()
        except PASSING as error:
            self._waits(str(error))
            return False
        if not addresses:
            self._waits(f"context {cid} {'has no address' if active else 'is not active'}")
        self._found["addresses"] = addresses
        return bool(addresses)

    async def _call(self, pauses: _Pauses) -> None:
        """Start the data call: the profile's line, or AT+CGACT where the module does not have it."""
        cid = self._settings.cid
        lines = [self._host.data_call.format(cid=cid)] if self._host.data_call else []
        lines.append(f"AT+CGACT=1,{cid}")
        while True:
            try:
                await self._do(action(lines[0]))
            except Rejected as error:
                self._waits(str(error))
                unknown = error.code == NOT_SUPPORTED or (error.by is RejectedBy.FINAL)
                if unknown and len(lines) > 1:
                    del lines[0]
                    continue
                if error.code not in TRANSIENT:
                    raise
            else:
                return
            await pauses.wait()


class _Pauses:
    """Pauses between questions: until something is notified, else longer each time."""

    def __init__(self, notified: UrcQueue) -> None:
        self._notified = notified
        self._silent = 0

    async def wait(self) -> None:
        limit_s = PAUSES_S[min(self._silent, len(PAUSES_S) - 1)]
        if await self._notified.get_within(limit_s) is None:
            self._silent += 1
        self._notified.clear()  # a burst is one reason to ask again, not many
