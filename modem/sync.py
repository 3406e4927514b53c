"""A module for code that does not know ``await``: tests, notebooks, scripts.

    with LoopThread() as loop, SyncModem.open(loop, "/dev/ttyUSB2") as modem:
        print(modem.execute(answers.CSQ))

One thread runs the event loop; every call here hands its work to it and waits.  A call that is
interrupted (Ctrl-C) or that outlives ``CALL_LIMIT_S`` is cancelled, so nothing goes on behind the caller's
back.  Not to be called from the loop's own thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from v2x.modem import answers
from v2x.modem.bench_module import OPEN_LIMIT_S, ModuleLink
from v2x.modem.bringup import PASSING, SIMULATED_MARK, BringUpResult, BringUpSettings, bring_up
from v2x.modem.commands import action
from v2x.modem.errors import PortLost
from v2x.modem.host import SimHost, simulated_module
from v2x.modem.port import Port, open_port
from v2x.modem.profiles import load_profile
from v2x.modem.trace import TracePort

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from v2x.modem.commands import Command, Reply
    from v2x.modem.events import Urc
    from v2x.modem.modem import Modem
    from v2x.modem.profiles import Profile
    from v2x.modem.queues import UrcQueue
    from v2x.modem.sim_options import SimOptions
    from v2x.modem.sim_script import Script
    from v2x.modem.trace import TraceWriter

__all__ = ["LoopThread", "SyncModem", "SyncSim", "SyncUrcs"]

T = TypeVar("T")

CALL_LIMIT_S = 900.0
"""The longest call: a bring-up whose steps all take their whole limits ends before."""

RESTART_LIMIT_S = 120.0
"""A USB module is back after some ten to forty seconds; a search for the network is not waited for."""

GOING_S = 3.0
"""How long a module may go on answering after it took AT+CFUN=1,1 (this project's choice)."""

CLOSE_LIMIT_S = 10.0
"""Closing a port takes milliseconds; a driver that hangs must not hang the caller."""


class LoopThread:
    """An event loop in a thread of its own; ``run`` is its only door."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="v2x-modem-loop", daemon=True)
        self._thread.start()

    def __enter__(self) -> LoopThread:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Coroutine[Any, Any, T], *, limit_s: float = CALL_LIMIT_S) -> T:
        """The result of ``work``, run on the loop; raises what it raises, TimeoutError at the limit."""
        if not self._thread.is_alive() or threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the loop is closed, or this is its own thread")
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, limit_s), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """``function()`` on the loop's thread, where the loop's objects may be touched."""

        async def work() -> T:
            return function()

        return self.run(work())

    def close(self) -> None:
        """Cancel what still runs and end the thread; idempotent."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_LIMIT_S)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_cancel_the_rest())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()


async def _cancel_the_rest() -> None:
    """End every other task of this loop."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


class SyncUrcs:
    """A subscription to notifications; see ``SyncModem.subscribe``."""

    def __init__(self, loop: LoopThread, queue: UrcQueue) -> None:
        self._loop = loop
        self._queue = queue

    def get(self, timeout_s: float) -> Urc | None:
        """The next notification, ``None`` if none came in time.  Raises PortLost."""
        return self._loop.run(self._queue.get_within(timeout_s))

    def clear(self) -> None:
        """Forget what is unread."""
        self._loop.call(self._queue.clear)


class SyncModem:
    """A module on its port; the methods are ``Modem``'s, waiting.

    The port is opened here, and again by ``ensure_open`` after a loss.  ``simulated`` is ``None`` until it
    is known.  ``measures`` has the steps of the last bring-up and restart by name, seconds.
    """

    def __init__(self, loop: LoopThread, link: ModuleLink, *, simulated: bool | None = None) -> None:
        self.simulated = simulated
        self.measures: dict[str, float] = {}
        self._loop = loop
        self._link = link
        self._modem = loop.run(link.modem(0.0))

    @classmethod
    def open(
        cls,
        loop: LoopThread,
        name: str | Callable[[], str],
        *,
        profile: str = "unisoc",
        writer: TraceWriter | None = None,
        simulated: bool | None = None,
        allow_persistent: bool = False,
    ) -> SyncModem:
        """Open a port by its name, or by what tells the name each time; ``writer`` traces it.

        Raises PortUnavailable, ProfileError.
        """

        async def opener() -> Port:
            port = await open_port(name if isinstance(name, str) else name())
            return port if writer is None else TracePort(port, writer)

        link = ModuleLink(opener, load_profile(profile), allow_persistent=allow_persistent)
        return cls(loop, link, simulated=simulated)

    def __enter__(self) -> SyncModem:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def modem(self) -> Modem:
        """The asynchronous one, for ``run``; another one after the port was opened again."""
        return self._modem

    @property
    def profile(self) -> Profile:
        """What kind of module it was said to be."""
        return self._link.profile

    @property
    def port_name(self) -> str:
        """The port's path or address."""
        return self._modem.port_name

    def ensure_open(self, limit_s: float = OPEN_LIMIT_S) -> None:
        """Open the port again if it was lost, waiting for it.  Raises PortUnavailable."""
        self._modem = self.run(self._link.modem(limit_s))

    def run(self, work: Coroutine[Any, Any, T], *, limit_s: float = CALL_LIMIT_S) -> T:
        """Any coroutine on the module's loop, such as ``run(watcher.sample(m.modem))``."""
        return self._loop.run(work, limit_s=limit_s)

    def execute(self, command: Command[T]) -> T:
        """Run a command.  Raises as ``Modem.execute``."""
        return self.run(self._modem.execute(command))

    def send(self, text: str, *, timeout_s: float | None = None, payload: bytes | None = None) -> Reply:
        """A command line as a person types it.  Raises as ``Modem.send``."""
        return self.run(self._modem.send(text, timeout_s=timeout_s, payload=payload))

    def expect_urc(
        self,
        *prefixes: str,
        timeout_s: float,
        after: Command[object] | None = None,
        match: Callable[[Urc], bool] | None = None,
    ) -> Urc:
        """Wait for a notification, as after a command's OK.  Raises as ``Modem.expect_urc``."""
        return self.run(self._modem.expect_urc(*prefixes, timeout_s=timeout_s, after=after, match=match))

    @contextlib.contextmanager
    def subscribe(self, *prefixes: str) -> Iterator[SyncUrcs]:
        """Notifications from now on, by prefix (``+CREG``) or whole line (``RDY``); all without any."""
        held = self._modem.subscribe(*prefixes)
        queue = self._loop.call(held.__enter__)
        try:
            yield SyncUrcs(self._loop, queue)
        finally:
            self._loop.call(lambda: held.__exit__(None, None, None))

    def bring_up(self, settings: BringUpSettings | None = None) -> BringUpResult:
        """From the open port to a data session; failures are the result's reason.

        Without settings those of the own profile.  The steps go to ``measures``.  Raises ProfileError.
        """
        settings = settings or BringUpSettings(profile=self.profile.name)
        result = self.run(bring_up(self._modem, settings))
        self.measures |= {f"bringup_{step.name}_s": step.seconds for step in result.steps}
        if result.identity:
            self.simulated = result.simulated
        return result

    def restart(self, limit_s: float = RESTART_LIMIT_S) -> float:
        """AT+CFUN=1,1, then wait until the module answers again, on a new port if it must; the seconds taken.

        Raises CommandTimeout, PortUnavailable, Rejected.
        """

        async def work() -> float:
            clock = asyncio.get_running_loop().time
            began_at = clock()
            with self._modem.subscribe("RDY") as ready, contextlib.suppress(PortLost):
                await self._modem.execute(action("AT+CFUN=1,1"))
                await ready.get_within(GOING_S)  # it shows: RDY comes, or the port goes
            self._modem = await self._link.back(limit_s)
            return clock() - began_at

        self.measures["restart_s"] = self.run(work())
        return self.measures["restart_s"]

    def says_simulated(self) -> bool:
        """Whether the module calls itself simulated; False where it does not say what it is."""
        try:
            return SIMULATED_MARK in self.execute(answers.CGMI)
        except PASSING:
            return False

    def counters(self) -> dict[str, int]:
        """What ``Modem`` counts: late answers, octets of noise, resynchronisations."""
        m = self._modem
        return {"late": m.late, "noise_octets": m.noise, "resyncs": m.resyncs}

    def close(self) -> None:
        """Close the port; idempotent."""
        self.run(self._link.close(), limit_s=CLOSE_LIMIT_S)


class SyncSim:
    """A simulated module that boots here; ``path`` is the port to open, by this package or any other.

    ``options`` and ``script`` are its world and what happens in it.  Raises ProfileError, PortUnavailable.
    """

    def __init__(
        self,
        loop: LoopThread,
        profile: str,
        *,
        options: SimOptions | None = None,
        script: Script | None = None,
        speed: float = 1.0,
    ) -> None:
        self._loop = loop
        self._held = simulated_module(profile, options=options, script=script, speed=speed)
        self.profile = profile
        self.host: SimHost = loop.run(self._held.__aenter__())
        try:
            loop.run(self.host.until_ready())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SyncSim:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> str:
        """The port's path."""
        return self.host.path

    def call(self, function: Callable[[SimHost], T]) -> T:
        """Touch the host or its module where that is allowed: on the loop's thread."""
        return self._loop.call(lambda: function(self.host))

    @contextlib.contextmanager
    def open(self, *, profile: str | None = None, writer: TraceWriter | None = None) -> Iterator[SyncModem]:
        """A driver on this module's port until the block ends; one at a time."""
        profile = profile or self.profile
        with SyncModem.open(
            self._loop, lambda: self.path, profile=profile, writer=writer, simulated=True
        ) as modem:
            yield modem

    def close(self) -> None:
        """Switch it off and take its port away; idempotent."""
        self._loop.run(self._held.__aexit__(None, None, None), limit_s=CLOSE_LIMIT_S)
