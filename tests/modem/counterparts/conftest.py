"""Real programs against the simulated module: a message bus of our own, processes that end with the test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

START_LIMIT_S = 20.0
"""What a program may take to start or to answer on a busy machine."""

END_LIMIT_S = 5.0
"""What it may take to end when it is told to."""

LOOK_AGAIN_S = 0.05
"""Between two looks at what can't be waited for."""


class Programs:
    """Programs that run beside a test, in ``folder``; leaving it ends them and waits for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self.environment = dict(os.environ)

    async def __aenter__(self) -> Programs:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in reversed(self._running.values()):
            await self._end(process)

    async def start(self, name: str, *arguments: str, **changes: str) -> asyncio.subprocess.Process:
        """Start a program whose output goes to ``<name>.log``; ``changes`` are of its environment."""
        with (self._folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.environment | changes, start_new_session=True,
            )  # fmt: skip
        self._running[name] = process
        return process

    def log(self, name: str) -> str:
        """What the program has written."""
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    async def ask(self, *arguments: str, limit_s: float = START_LIMIT_S) -> str:
        """Run a program to its end; its output.  AssertionError with what it says where it fails."""
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, env=self.environment, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(limit_s):
                out, err = await process.communicate()
        except TimeoutError:
            raise AssertionError(f"{' '.join(arguments)}: not done in {limit_s:g} s\n{self.logs()}") from None
        finally:
            await self._end(process)
        said = err.decode(errors="replace").strip()
        assert process.returncode == 0, f"{' '.join(arguments)}: {said}\n{self.logs()}"
        return out.decode(errors="replace")

    async def until(
        self, condition: Callable[[], Awaitable[bool] | bool], what: str, *, limit_s: float = START_LIMIT_S
    ) -> None:
        """Return when the condition holds; AssertionError with all logs where it does not in time."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + limit_s
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            assert loop.time() < give_up_at, f"no {what} within {limit_s:g} s\n{self.logs()}"
            await asyncio.sleep(LOOK_AGAIN_S)

    def logs(self) -> str:
        """The end of every program's output."""
        return "\n".join(f"== {name}\n{self.log(name)[-8000:]}" for name in self._running)

    async def bus(self) -> str:
        """A message bus that is session and system bus for what is started from now on; its address."""
        path = self._folder / "bus"
        address = f"unix:path={path}"
        await self.start(
            "dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}"
        )
        await self.until(path.exists, "message bus")
        self.environment |= {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
        return address

    async def call(
        self, destination: str, path: str, method: str, *arguments: str, limit_s: float = START_LIMIT_S
    ) -> str:
        """A method call on the bus; the literal answer."""
        return (
            await self.ask(
                "dbus-send", "--session", "--print-reply=literal", f"--reply-timeout={round(1000 * limit_s)}",
                f"--dest={destination}", path, method, *arguments, limit_s=limit_s + 1.0,
            )
        ).strip()  # fmt: skip

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """End a program and what it started."""
        if process.returncode is not None:
            return
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            try:
                async with asyncio.timeout(END_LIMIT_S):
                    await process.wait()
            except TimeoutError:
                continue
            return


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("p"))  # a short path: socket addresses have 107 octets


@pytest.fixture(scope="session")
def missing() -> Any:
    """Skip where a program is not there, with the way to get it: ``missing("socat", "apt-get ...")``."""

    def check(names: str, how: str) -> None:
        absent = [name for name in names.split() if shutil.which(name) is None]
        if absent:
            pytest.skip(f"needs {', '.join(absent)} ({how})")

    return check
