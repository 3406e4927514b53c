"""From an open port to a data session, step by step, each timed, each failure with its reason.

    port         the port is open and is read
    at           the module answers, is set up (profile's init lines), and says what it is
    sim          the card is ready; "SIM busy" is waited for, a card that asks for a PIN is not guessed at
    registered   any of the profile's domains is registered (a standalone network registers in 5GS only)
    data         the context is active and has an address

A step ends early on what can't pass (no card, PIN asked, port lost) and late on its own limit.  Between
questions it waits for the notification that would change the answer, at most a pause that grows; CME 14
and 30 are normal after a start and are asked again.  Retries end with the step's limit.

Sources: 3GPP TS 27.007 (commands, states); Quectel logs (order of a boot, transient errors); the data
call's command is the profile's.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from v2x.errors import ModemError
from v2x.modem import answers
from v2x.modem.cells import ServingCell, serving_cell
from v2x.modem.cme import NOT_SUPPORTED, TRANSIENT, cme_text
from v2x.modem.commands import Command, action
from v2x.modem.errors import CommandTimeout, Rejected, SettingError, UnexpectedReply
from v2x.modem.finals import RejectedBy
from v2x.modem.profiles import Profile, load_profile
from v2x.modem.redaction import MaskedId, printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from v2x.clock import Clock
    from v2x.modem.modem import Modem, UrcQueue

__all__ = ["BringUpResult", "BringUpSettings", "BringUpState", "Step", "bring_up", "not_opened"]

SIMULATED_MARK = "SIMULATED"
"""Stands in what a simulated module says of itself."""

PAUSES_S = (0.25, 0.5, 1.0, 2.0)
"""Longest waits between questions while nothing is notified; the last one repeats."""

FIRST_WORDS_S = (0.3, 0.6, 1.2, 2.4, 3.0)
"""Times allowed to the first line: the manuals' 0.3 s, then longer, while the module may be booting."""

FIRST_REFUSALS = 3
"""Refusals of the first line: what stood before it on the line may have spoilt it once or twice."""

PASSING = (Rejected, UnexpectedReply, CommandTimeout)
"""What leaves the line usable: the question may be asked again, or done without."""


class BringUpState(StrEnum):
    """How far it came."""

    NONE = "none"
    PORT = "port"
    AT = "at"
    SIM = "sim"
    REGISTERED = "registered"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class BringUpSettings:
    """What is wanted, and how long each step may take, seconds.

    ``apn`` ``None`` leaves the context as the module has it.  Raises SettingError on an APN or a context
    id that no command can carry.  The limits are this project's choice: a cold search takes a minute or two.
    """

    profile: str = "unisoc"
    apn: str | None = None
    cid: int = 1
    pdp_type: str = "IPV4V6"
    at_limit_s: float = 30.0
    sim_limit_s: float = 30.0
    registration_limit_s: float = 180.0
    data_limit_s: float = 150.0

    def __post_init__(self) -> None:
        try:
            answers.define_context(self.cid, self.pdp_type, self.apn or "")
        except ValueError as error:
            raise SettingError(f"cid, pdp_type, apn: {error}") from None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that succeeded and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BringUpResult:
    """How far the module came; ``reason`` says why not further, ``identity`` is masked."""

    state: BringUpState
    steps: tuple[Step, ...]
    simulated: bool = False
    identity: dict[str, str] = field(default_factory=dict)
    reason: str | None = None
    registration: str | None = None
    operator: str | None = None
    cell: ServingCell | None = None
    addresses: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; keys without a value are left out."""
        view: dict[str, Any] = {
            "identity": self.identity,
            "simulated": self.simulated,
            "state": str(self.state),
            "steps": [{"name": step.name, "seconds": round(step.seconds, 4)} for step in self.steps],
        }
        extra = {
            "reason": self.reason,
            "registration": self.registration,
            "operator": self.operator,
            "cell": None if self.cell is None else str(self.cell),
            "addresses": list(self.addresses) or None,
        }
        return view | {key: value for key, value in extra.items() if value is not None}


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
    modem: Modem, settings: BringUpSettings | None = None, *, clock: Clock | None = None
) -> BringUpResult:
    """Bring ``modem`` as far as it goes; failures of the module are the result's reason, not exceptions.

    ``clock`` times the steps; without it the event loop's clock does.  Raises ProfileError.
    """
    settings = settings or BringUpSettings()
    return await _BringUp(modem, settings, load_profile(settings.profile), clock or _LoopClock()).run()


class _BringUp:
    """One run."""

    def __init__(self, modem: Modem, settings: BringUpSettings, profile: Profile, clock: Clock) -> None:
        self._modem = modem
        self._settings = settings
        self._host = profile.host
        self._clock = clock
        self._waiting_for = ""
        self._identity: dict[str, str] = {}
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
        state, steps, reason = BringUpState.NONE, list[Step](), None
        for name, work, limit_s in plan:
            began_at = self._clock.now()
            self._waiting_for = ""
            try:
                async with asyncio.timeout(limit_s):
                    await work()
            except TimeoutError:
                reason = f"{name}: {self._waiting_for or 'no answer'}, given up after {limit_s:g} s"
                break
            except ModemError as error:
                reason = f"{name}: {error}"
                break
            state = name
            steps.append(Step(str(name), self._clock.now() - began_at))
        simulated = any(SIMULATED_MARK in text for text in self._identity.values())
        return BringUpResult(state, tuple(steps), simulated, self._identity, reason, **self._found)

    # -- steps -------------------------------------------------------------------------------------

    async def _port(self) -> None:
        self._modem.start()
        if self._modem.lost is not None:
            raise self._modem.lost

    async def _at(self) -> None:
        await self._first_words(self._host.init[0])
        for line in self._host.init[1:]:
            with contextlib.suppress(Rejected):
                await self._modem.execute(action(line, sets_up=True))
        questions: tuple[tuple[str, Command[str] | Command[MaskedId]], ...] = (
            ("manufacturer", answers.CGMI),
            ("model", answers.CGMM),
            ("revision", answers.CGMR),
            ("imei", answers.CGSN),
        )
        for name, question in questions:
            with contextlib.suppress(*PASSING):
                self._identity[name] = printable(str(await self._modem.execute(question)))

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
        with self._modem.subscribe("+CPIN", "+QUSIM") as notified:
            pauses = _Pauses(notified)
            while True:
                try:
                    asked = await self._modem.execute(answers.CPIN)
                except Rejected as error:
                    if error.code not in TRANSIENT:
                        raise _StepError(error.text) from error
                    self._waiting_for = cme_text(error.code or 0)
                except (UnexpectedReply, CommandTimeout) as error:
                    self._waiting_for = str(error)
                else:
                    if asked == "READY":
                        return
                    raise _StepError(f"the card is not ready: {printable(asked)}")
                await pauses.wait()

    async def _registered(self) -> None:
        domains = self._host.registration
        with self._modem.subscribe(*domains) as notified:
            for domain in domains:
                with contextlib.suppress(Rejected):
                    await self._modem.execute(action(f"AT{domain}=2"))
            pauses = _Pauses(notified)
            while (found := await self._registration()) is None:
                await pauses.wait()
            self._found["registration"] = str(found)
            await self._look_around()

    async def _registration(self) -> answers.Registration | None:
        """The first domain that is registered; what the others say is what is waited for."""
        seen: list[str] = []
        for domain in self._host.registration:
            try:
                found = await self._modem.execute(answers.registration(domain))
            except Rejected as error:
                if error.code in TRANSIENT:
                    seen.append(f"{domain[1:]} {error.text}")
            except (UnexpectedReply, CommandTimeout) as error:
                seen.append(str(error))
            else:
                if found.registered:
                    return found
                seen.append(str(found))
        self._waiting_for = "not registered: " + ("; ".join(seen) or "no domain can be asked")
        return None

    async def _look_around(self) -> None:
        """Operator and serving cell, for the screen; bring-up does without them."""
        with contextlib.suppress(*PASSING):
            name = (await self._modem.execute(answers.COPS)).name
            self._found["operator"] = None if name is None else printable(name)
        layout = self._host.sa_layout
        if layout is not None:
            with contextlib.suppress(*PASSING):
                self._found["cell"] = await self._modem.execute(serving_cell(layout))

    async def _data(self) -> None:
        with self._modem.subscribe("+CGEV", "+QNETDEVSTATUS", "+QNETDEVCTL") as notified:
            with contextlib.suppress(Rejected):
                await self._modem.execute(action("AT+CGEREP=2,1"))
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
        known = await self._modem.execute(answers.CGDCONT)
        if not any(c.cid == s.cid and (c.pdp_type, c.apn) == (s.pdp_type, s.apn or None) for c in known):
            await self._modem.execute(answers.define_context(s.cid, s.pdp_type, s.apn))

    async def _session(self) -> bool:
        """Whether the context is active and has an address."""
        cid = self._settings.cid
        try:
            active = (await self._modem.execute(answers.CGACT)).get(cid, False)
            addresses = await self._modem.execute(answers.addresses_of(cid)) if active else ()
        except PASSING as error:
            self._waiting_for = str(error)
            return False
        self._waiting_for = f"context {cid} {'has no address' if active else 'is not active'}"
        self._found["addresses"] = addresses
        return bool(addresses)

    async def _call(self, pauses: _Pauses) -> None:
        """Start the data call: the profile's line, or AT+CGACT where the module does not have it."""
        cid = self._settings.cid
        lines = [self._host.data_call.format(cid=cid)] if self._host.data_call else []
        lines.append(f"AT+CGACT=1,{cid}")
        while True:
            try:
                await self._modem.execute(action(lines[0]))
            except Rejected as error:
                self._waiting_for = str(error)
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
