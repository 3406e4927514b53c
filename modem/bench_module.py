"""The module under test: its port is opened when it is needed, again after each loss, never in a tight loop.

    link = ModuleLink(opener, profile)
    modem = await link.modem()        an open port, the one from before or a new one
    link.spoilt()                     a step failed: the line is brought into step before the next command
    await link.heal()                 between cycles: a module that does not answer climbs the recovery ladder
    await link.back(limit_s)          after a restart: the port is there and the module answers

A port that is missing, locked or not permitted yet is tried again: USB modules take seconds to come back,
and their device gets its owner later than its name.  What can't mend itself (no terminal, no address) ends
at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.modem.commands import action
from v2x.modem.errors import (
    CommandTimeout,
    PortLost,
    PortProblem,
    PortUnavailable,
    RecoveryFailed,
    Rejected,
    UnexpectedReply,
)
from v2x.modem.modem import Modem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from v2x.clock import Clock
    from v2x.modem.port import Port
    from v2x.modem.profiles import Profile
    from v2x.modem.recovery import Recovery
    from v2x.modem.stats import Share

__all__ = ["Bed", "ModuleLink", "Outcome", "elapsed", "pause", "within"]

OPEN_LIMIT_S = 30.0
"""How long a missing port is waited for between steps; a restart has its own limit."""

OPENING_S = 10.0
"""Least time for one attempt to open a port: connecting over TCP has a limit of its own below it."""

OPEN_PAUSES_S = (0.05, 0.1, 0.2, 0.5)
"""Pauses between attempts to open a port; the last one repeats."""

ANSWERS_S = (0.3, 0.6, 1.0)
"""Times allowed to AT after a restart: the manual's longest for a plain command first, since a module that
still boots hears nothing; the last one repeats until the step's limit."""

HOPELESS = frozenset({PortProblem.NO_TERMINAL, PortProblem.ADDRESS})


class ModuleLink:
    """One module; ``opener`` opens its port, ``on_note`` hears what happens to it.  One task uses it."""

    def __init__(
        self,
        opener: Callable[[], Awaitable[Port]],
        profile: Profile,
        *,
        allow_persistent: bool = False,
        recovery: Recovery | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.profile = profile
        self._recovery = recovery
        self._opener = opener
        self._allow = allow_persistent
        self._on_note = on_note
        self._modem: Modem | None = None
        self._opened = 0

    async def modem(self, limit_s: float = OPEN_LIMIT_S, *, expected: bool = False) -> Modem:
        """The module on an open port; ``expected`` losses are not noted.

        The first time the port has to be there; later it may take ``limit_s``.  Raises PortUnavailable,
        CommandTimeout where opening it takes longer.
        """
        if self._modem is not None and self._modem.lost is not None:
            if not expected:
                self.note(f"port lost: {self._modem.lost.detail}")
            await self.close()
        if self._modem is None:
            port = await self._open(limit_s if self._opened else 0.0)
            self._modem = Modem(port, cooldown_s=self.profile.host.cooldown_s, allow_persistent=self._allow)
            self._modem.start()
            self._opened += 1
            if self._opened > 1 and not expected:
                self.note(f"port {port.name} opened again")
        return self._modem

    async def _open(self, limit_s: float) -> Port:
        loop = asyncio.get_running_loop()
        until = loop.time() + limit_s
        attempt = 0
        while True:
            try:
                async with asyncio.timeout_at(max(until, loop.time() + OPENING_S)):
                    return await self._opener()
            except TimeoutError:
                raise CommandTimeout("opening the port", limit_s) from None
            except PortUnavailable as error:
                pause_s = OPEN_PAUSES_S[min(attempt, len(OPEN_PAUSES_S) - 1)]
                if error.problem in HOPELESS or loop.time() + pause_s > until:
                    raise
            attempt += 1
            await asyncio.sleep(pause_s)

    async def back(self, limit_s: float) -> Modem:
        """The module once it answers after a restart.  Raises CommandTimeout, PortUnavailable.

        A port that goes away meanwhile is opened again: a module may show its port before it has settled.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + limit_s
        unheard = 0
        while (rest_s := until - loop.time()) > 0.0:
            modem = await self.modem(rest_s, expected=True)
            answer_s = ANSWERS_S[min(unheard, len(ANSWERS_S) - 1)]
            try:
                await modem.execute(action("AT", timeout_s=answer_s, sets_up=True))
            except CommandTimeout:
                unheard += 1
                await self._settle(modem)
            except PortLost:
                await asyncio.sleep(OPEN_PAUSES_S[0])
            except (Rejected, UnexpectedReply):
                return modem  # it spoke
            else:
                return modem
        raise CommandTimeout("AT (after a restart)", limit_s)

    async def _settle(self, modem: Modem) -> None:
        with contextlib.suppress(PortLost):
            await modem.settle()

    def spoilt(self) -> None:
        """A step failed: answers may still come.  The port stays open: some wedge when opened again."""
        if self._modem is not None:
            self._modem.distrust()

    async def heal(self) -> None:
        """Let a module that timed out again and again climb the recovery ladder; what came of it is noted."""
        modem, recovery = self._modem, self._recovery
        if modem is None or recovery is None or modem.lost is not None or not recovery.needed(modem):
            return
        try:
            recovered = await recovery.run(modem)
        except RecoveryFailed as error:
            self.note(str(error))
        else:
            self.note(f"recovered: {'; '.join(map(str, recovered.attempts))}")

    async def close(self) -> None:
        """Close the port; idempotent."""
        modem, self._modem = self._modem, None
        if modem is not None:
            await modem.close()

    def note(self, text: str) -> None:
        """Tell whoever listens."""
        if self._on_note is not None:
            self._on_note(text)


@dataclass(slots=True)
class Bed:
    """What the steps work on: the module, the plan's settings, and what is learnt of the module.

    ``folder`` is where the plan's files are, ``speed`` how fast a simulated module's time runs, ``clock``
    stamps received frames.
    """

    link: ModuleLink
    clock: Clock
    apn: str | None = None
    cid: int = 1
    folder: str = ""
    speed: float = 1.0
    identity: dict[str, str] = field(default_factory=dict)
    simulated: bool = False


@dataclass(slots=True)
class Outcome:
    """What a step measured; ``reason`` where it failed nevertheless."""

    values: dict[str, float] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    reason: str | None = None


@contextlib.asynccontextmanager
async def within(limit_s: float) -> AsyncIterator[None]:
    """What runs inside has ``limit_s``; then TimeoutError."""
    async with asyncio.timeout(limit_s):
        yield


async def pause(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


def elapsed() -> float:
    """The event loop's monotonic clock, seconds."""
    return asyncio.get_running_loop().time()
