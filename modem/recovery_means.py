"""What the recovery ladder climbs with: a port that is opened again, and a hook that switches the power.

reopen = reopener("/dev/ttyUSB2")                    made while the module is plugged in
power = power_command("relay", "cycle", "3")         any program; a coroutine function does as well
recovery = Recovery(reopen, power=power)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from v2x.errors import ModemError
from v2x.modem.discover import DEV, SYSFS, UsbPort, Wanted, find_port, usb_ports
from v2x.modem.errors import PortProblem, PortUnavailable
from v2x.modem.port import DEFAULT_BAUD, Port, open_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from v2x.modem.trace import TraceWriter

__all__ = ["OPEN_PAUSE_S", "power_command", "reopener", "wait_for_port", "wanted_by_name"]

OPEN_PAUSE_S = 2.0
"""Between two attempts to open a port that is there but can't be opened yet."""

POLL_S = 0.25
"""How often the tree is looked at while a port is awaited: a walk takes a millisecond or two."""

WAIT_LIMIT_S = 600.0
"""For a port to come back where the caller gave more: no module boots so long."""

POWER_LIMIT_S = 60.0
"""For an external power command: a relay and a pause take seconds."""


def wanted_by_name(name: str) -> Wanted | None:
    """What a port's name stands for; ``None`` for what is not on USB."""
    if name.startswith("usb:"):
        return Wanted.parse(name)
    return next((Wanted.same_as(port) for port in usb_ports() if port.path == name), None)


def reopener(
    name: str, *, baud: int = DEFAULT_BAUD, trace: TraceWriter | None = None
) -> Callable[[], Awaitable[Port]]:
    """What opens ``name`` again, once it is there; call it while the module is still plugged in.

    A device on USB is remembered by what it is, and found under its new name; anything else is opened under
    the same name.  The caller's budget ends the waiting.
    """
    wanted = wanted_by_name(name)

    async def reopen() -> Port:
        while True:
            path = name if wanted is None else (await wait_for_port(wanted, limit_s=WAIT_LIMIT_S)).path
            try:
                return await open_port(path, baud=baud, trace=trace)
            except PortUnavailable as error:
                if error.problem in (PortProblem.ADDRESS, PortProblem.NO_TERMINAL):
                    raise
            await asyncio.sleep(OPEN_PAUSE_S)

    return reopen


def power_command(*argv: str, limit_s: float = POWER_LIMIT_S) -> Callable[[], Awaitable[None]]:
    """A hook that runs a program, without a shell.  It raises ModemError where the program fails."""
    if not argv:
        raise ValueError("a power command needs a program")

    async def power() -> None:
        try:
            process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.DEVNULL)
        except OSError as error:
            raise ModemError(f"power command {argv[0]}: {error.strerror}") from error
        try:
            async with asyncio.timeout(limit_s):
                status = await process.wait()
        except TimeoutError:
            raise ModemError(f"power command {argv[0]}: not done within {limit_s:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status:
            raise ModemError(f"power command {argv[0]}: exit status {status}")

    return power


async def wait_for_port(wanted: Wanted, *, limit_s: float, sysfs: Path = SYSFS, dev: Path = DEV) -> UsbPort:
    """The port that fits, once it is there.  Raises PortUnavailable after ``limit_s``."""
    try:
        async with asyncio.timeout(limit_s):
            while True:
                try:
                    return find_port(wanted, sysfs=sysfs, dev=dev)
                except PortUnavailable as error:
                    if error.problem is not PortProblem.MISSING:
                        raise
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        detail = f"did not come back within {limit_s:g} s"
        raise PortUnavailable(f"usb {wanted}", PortProblem.MISSING, detail) from None
