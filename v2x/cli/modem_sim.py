"""``v2x modem sim``: run the simulated module alone, until Ctrl-C; any terminal program can open it.

    v2x modem sim                                        a PTY, whose name is printed
    v2x modem sim --profile qualcomm --pty /tmp/modem    a link to the PTY, the same after each restart
    v2x modem sim --tcp 5000 --script faults.toml        on 127.0.0.1, with a world and faults by script
    v2x modem sim --replay run.jsonl                     answers as a recorded trace has it

Scripts are described in ``v2x/modem/sim_script.py``, traces in ``v2x/modem/trace.py``.  Exit status: 0
ended, 1 failed (the reason is printed), 2 wrong usage.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from v2x.modem.host import SimHost

__all__ = ["sim"]

SHOWN_DIVERGENCES = 20


def sim(
    profile: Annotated[str, typer.Option("--profile", help="What kind of module it is.")] = "unisoc",
    pty: Annotated[
        Path | None,
        typer.Option("--pty", metavar="LINK", help="Make LINK point to the PTY, so that its name is known."),
    ] = None,
    tcp: Annotated[
        int | None,
        typer.Option("--tcp", metavar="PORT", min=0, max=65535, help="Listen on 127.0.0.1 instead; 0: any."),
    ] = None,
    script: Annotated[
        Path | None, typer.Option("--script", metavar="FILE", help="World and faults, TOML or JSON lines.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="TRACE", help="Answer as a recorded trace has it.")
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.001, max=10_000.0, help="Simulated seconds in a second.")
    ] = 1.0,
) -> None:
    """Run the simulated module alone until Ctrl-C; any terminal program can open it."""
    import asyncio

    from v2x.errors import ModemError

    if pty is not None and tcp is not None:
        typer.echo("--pty and --tcp exclude each other", err=True)
        raise typer.Exit(2)
    if script is not None and replay is not None:
        typer.echo("--script and --replay exclude each other", err=True)
        raise typer.Exit(2)
    try:
        asyncio.run(_serve(profile, pty, tcp, script, replay, speed))
    except (ModemError, OSError) as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("simulated module stopped", err=True)


async def _serve(
    profile: str, link: Path | None, tcp: int | None, script: Path | None, replay: Path | None, speed: float
) -> None:
    import asyncio
    import signal

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    what = f"profile {profile}" if replay is None else f"replay of {replay.name}"
    async with _host(profile, link, tcp, script, replay, speed) as host:
        path = host.path if link is None else str(link)
        typer.echo(f"SIMULATED module, {what}; no real hardware, no air.")
        typer.echo(f"port: {path}")
        typer.echo(f"try:  v2x modem bringup --port {path}")
        typer.echo("Ctrl-C ends it.")
        host.when_changed = lambda there: typer.echo(f"port: {host.path}" if there else "port: gone")
        await stop.wait()
        _report(host)
    typer.echo("simulated module stopped", err=True)


def _host(
    profile: str, link: Path | None, tcp: int | None, script: Path | None, replay: Path | None, speed: float
) -> AbstractAsyncContextManager[SimHost]:
    from v2x.modem.host import replayed_module, simulated_module
    from v2x.modem.sim_script import load_script
    from v2x.modem.trace import read_trace

    if replay is not None:
        return replayed_module(read_trace(replay), link=link, tcp_port=tcp, speed=speed)
    loaded = None if script is None else load_script(script)
    return simulated_module(profile, link=link, tcp_port=tcp, script=loaded, speed=speed)


def _report(host: SimHost) -> None:
    """What a replay did not follow."""
    from v2x.modem.sim_replay import ReplayedModule

    if isinstance(host.device, ReplayedModule):
        device = host.device
        typer.echo(f"{device.answered} lines answered from the trace, {device.diverged} diverged")
        for divergence in device.divergences[:SHOWN_DIVERGENCES]:
            typer.echo(f"  {divergence}")
