"""What the ``v2x modem`` commands share: their options, the way to a module, exit statuses.

A command reaches a real module by ``--port``, or a simulated one in its own process by ``--sim PROFILE``.
``--trace FILE`` records every octet both ways, identities masked (``v2x.modem.trace``).

Exit status: 0 done, 1 failed (the reason is printed), 2 wrong usage, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from v2x.modem.bench_module import ModuleLink
    from v2x.modem.host import SimHost
    from v2x.modem.modem import Modem

__all__ = [
    "PortOption",
    "ProfileOption",
    "ShowOption",
    "SimOption",
    "Target",
    "TraceOption",
    "YesOption",
    "needed_port",
    "profile_of",
    "run",
    "target",
]

DEFAULT_PROFILE = "unisoc"

SIM_SEARCH_S = 5.0
"""A simulated module that has a network in reach is registered after some two seconds of its own."""

SIM_LOOK_S = 0.02

BOOT_SPEED = 20.0
"""Simulated seconds in a second, where a command wants a registered module and no one looks at its clock."""

PORT_HELP = "Device path (/dev/ttyUSB2), usb:VID:PID[:INTERFACE], tcp://host:port or rfc2217://host:port."

PortOption = Annotated[str | None, typer.Option("--port", "-p", help=PORT_HELP)]
SimOption = Annotated[
    str | None,
    typer.Option(
        "--sim", metavar="PROFILE", help="A simulated module of this profile instead of a port; no hardware."
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="What kind of module it is. Without it: that of --sim, else unisoc."),
]
TraceOption = Annotated[
    Path | None,
    typer.Option("--trace", metavar="FILE", help="Record every octet both ways; identities are masked."),
]
ShowOption = Annotated[
    bool,
    typer.Option(
        "--show-ids",
        "--show-identities",
        help="Print IMEI, IMSI, ICCID and telephone numbers in full instead of masked.",
    ),
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", help="Send commands that change the module for good without asking."),
]

NO_PORT = """\
No port given. Either

  --port /dev/ttyUSB2           a real module's AT port{found}
  --port tcp://127.0.0.1:5000   a module behind a serial server

or start a simulated one in another terminal and use the path that it prints:

  v2x modem sim
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The module to talk to: ``port``, or ``simulated`` with a profile's name; and how.

    The levels of a simulated one wander by ``wander_db``.
    """

    port: str
    simulated: str | None = None
    profile: str = DEFAULT_PROFILE
    trace: Path | None = None
    allow_persistent: bool = False
    wander_db: float = 0.0

    @contextlib.asynccontextmanager
    async def link(
        self, on_note: Callable[[str], None] | None = None, *, registered: bool = False
    ) -> AsyncIterator[ModuleLink]:
        """A way to the module that opens its port again after a loss; ``on_note`` hears of it.

        With ``registered`` a simulated module, which boots here, finds its network first, in fast motion.

        Raises ProfileError, PortUnavailable, and OSError where the trace can't be made.
        """
        from v2x.clock import SystemClock
        from v2x.modem.bench_module import ModuleLink
        from v2x.modem.host import simulated_module
        from v2x.modem.port import Port, open_port
        from v2x.modem.profiles import load_profile
        from v2x.modem.sim_options import SimOptions
        from v2x.modem.trace import TracePort, TraceWriter

        async with contextlib.AsyncExitStack() as stack:
            profile, host, writer = load_profile(self.profile), None, None
            if self.trace is not None:
                writer = TraceWriter(self.trace, SystemClock())
                stack.callback(writer.close)
            if self.simulated is not None:
                options, speed = SimOptions(drift_db=self.wander_db), BOOT_SPEED if registered else 1.0
                module = simulated_module(self.simulated, options=options, speed=speed)
                host = await stack.enter_async_context(module)
                await host.until_ready()
                if registered:
                    await _until_registered(host)

            async def opener() -> Port:
                port = await open_port(self.port if host is None else host.path)
                return port if writer is None else TracePort(port, writer)

            link = ModuleLink(opener, profile, allow_persistent=self.allow_persistent, on_note=on_note)
            stack.push_async_callback(link.close)
            yield link

    @contextlib.asynccontextmanager
    async def open(self, *, registered: bool = False) -> AsyncIterator[Modem]:
        """The open module, until the block ends.  Raises as ``link``, PortUnavailable at once."""
        async with self.link(registered=registered) as link:
            yield await link.modem(0.0)


async def _until_registered(host: SimHost) -> None:
    """Return when the simulated module is registered, or will hardly be any more."""
    import asyncio

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SIM_SEARCH_S):
            while not host.module.registered:  # noqa: ASYNC110  (a simulated module tells nobody)
                await asyncio.sleep(SIM_LOOK_S)


def target(
    port: str | None,
    simulated: str | None,
    *,
    profile: str | None = None,
    trace: Path | None = None,
    allow_persistent: bool = False,
) -> Target:
    """What the options ask for; status 2 where they contradict each other or name nothing."""
    if port is not None and simulated is not None:
        typer.echo("--port and --sim exclude each other", err=True)
        raise typer.Exit(2)
    name = needed_port(port) if simulated is None else ""
    return Target(name, simulated, profile_of(profile, simulated), trace, allow_persistent)


def profile_of(given: str | None, simulated: str | None) -> str:
    """The profile that the options ask for."""
    return given or simulated or DEFAULT_PROFILE


def needed_port(given: str | None) -> str:
    """The port, or help on what to do and status 2."""
    if given:
        return given
    devices = sorted(str(p) for pattern in ("ttyUSB*", "ttyACM*") for p in Path("/dev").glob(pattern))
    found = f" (here: {', '.join(devices[:8])})" if devices else " (none is plugged in)"
    typer.echo(NO_PORT.format(found=found), err=True, nl=False)
    raise typer.Exit(2)


def run(work: Coroutine[Any, Any, int], stopped: str, *, interrupted: int = 130) -> None:
    """Run to an exit status; what a user can mend becomes one line and status 1."""
    import asyncio

    from v2x.errors import ModemError

    try:
        status = asyncio.run(work)
    except (ModemError, ValueError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        status = 1
    except KeyboardInterrupt:
        typer.echo(stopped, err=True)
        status = interrupted
    raise typer.Exit(status)
