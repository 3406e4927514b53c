"""``v2x modem``: a module at the command line, simulated or real.

    v2x modem sim                     run the simulated module alone, until Ctrl-C
    v2x modem info --port P           what the module says of itself
    v2x modem bringup --port P        from the port to a data session
    v2x modem at --port P AT+CSQ ...  send commands as typed and print the answers
    v2x modem shell --port P          the same by hand, with history and notifications as they come
    v2x modem watch --port P          levels, cells and carriers over time
    v2x modem bench PLAN --port P     cycles of steps, limits, one report
    v2x modem parse FILE              recorded answers as typed rows

``--sim PROFILE`` instead of ``--port`` takes a simulated module.  Each command's own module has more; exit
statuses are those of ``v2x.cli.modem_common``.
"""

from __future__ import annotations

from typing import Annotated

import typer

from v2x.cli import modem_bench, modem_info, modem_parse, modem_shell, modem_sim, modem_watch
from v2x.cli.modem_common import (
    PortOption,
    ProfileOption,
    ShowOption,
    SimOption,
    Target,
    TraceOption,
    YesOption,
    run,
    target,
)

__all__ = ["app"]

app = typer.Typer(
    name="modem",
    help="A module on its port: ask it, bring it up, talk to it, watch it, bench it; or a simulated one.",
    no_args_is_help=True,
)
app.command("sim")(modem_sim.sim)
app.command("info")(modem_info.info)
app.command("shell")(modem_shell.shell)
app.command("watch")(modem_watch.watch)
app.command("bench")(modem_bench.bench)
app.command("parse")(modem_parse.parse)


@app.command()
def bringup(
    port: PortOption = None,
    sim: SimOption = None,
    profile: ProfileOption = None,
    apn: Annotated[str | None, typer.Option(help="Access point name; without it the module's own.")] = None,
    pin: Annotated[
        str | None,
        typer.Option(
            envvar="V2X_MODEM_PIN",
            show_envvar=True,
            help="PIN for a card that asks, tried once. Other users see a command line: use the environment.",
        ),
    ] = None,
    trace: TraceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Bring the module up to a data session: port, at, sim, registered, data, each step timed."""
    run(_bring_up(target(port, sim, profile=profile, trace=trace), apn, pin, as_json), "stopped")


@app.command()
def at(
    commands: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="Command lines, sent one after another.")
    ],
    port: PortOption = None,
    sim: SimOption = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for each; without it the manual's.")
    ] = None,
    trace: TraceOption = None,
    yes: YesOption = False,
    show_identities: ShowOption = False,
) -> None:
    """Send AT commands as typed and print the lines of each answer; the AT may be left out."""
    aim = target(port, sim, trace=trace, allow_persistent=yes)
    run(_at(aim, commands, timeout, show_identities), "stopped")


# -- what they do ----------------------------------------------------------------------------------


async def _bring_up(aim: Target, apn: str | None, pin: str | None, as_json: bool) -> int:
    import json

    from v2x.modem.bringup import BringUpSettings, BringUpState, bring_up, not_opened
    from v2x.modem.bringup_types import Pin
    from v2x.modem.errors import PortUnavailable

    settings = BringUpSettings(profile=aim.profile, apn=apn, pin=None if pin is None else Pin(pin))
    try:
        async with aim.open() as modem:
            result = await bring_up(modem, settings)
    except PortUnavailable as error:
        result = not_opened(error)
    view = result.to_dict()
    if as_json:
        typer.echo(json.dumps(view, indent=1))
    else:
        typer.echo(f"module{' (SIMULATED)' if result.simulated else ''}")
        for name, value in view["identity"].items():
            typer.echo(f"  {name:<13} {value}")
        for step in result.steps:
            typer.echo(f"  {step.name:<13} {step.seconds:.3f} s")
        for name in ("registration", "operator", "cell", "addresses"):
            if name in view:
                value = view[name]
                typer.echo(f"  {name:<13} {', '.join(value) if isinstance(value, list) else value}")
        typer.echo(f"state: {result.state}")
    if result.state is BringUpState.DATA:
        return 0
    typer.echo(f"failed: {result.reason}", err=True)
    return 1


async def _at(aim: Target, commands: list[str], timeout_s: float | None, show: bool) -> int:
    from v2x.modem.commands import raw
    from v2x.modem.errors import NeedsConsent, Rejected
    from v2x.modem.redaction import printable, redact

    def shown(text: str) -> str:
        return printable(text if show else redact(text))

    lines = [text if text[:2].upper() == "AT" else f"AT{text}" for text in map(str.strip, commands)]
    typed = [raw(line, timeout_s=timeout_s) for line in lines]
    status = 0
    async with aim.open() as modem:
        with modem.subscribe() as notified:
            for command in typed:
                try:
                    reply = await modem.execute(command)
                except (Rejected, NeedsConsent) as error:
                    typer.echo(f"failed: {error}", err=True)
                    status = 1
                    continue
                for line in (*reply.lines, reply.final):
                    typer.echo(shown(line))
            while (urc := await notified.get_within(0.05)) is not None:
                typer.echo(f"notified: {shown(urc.line)}", err=True)
    return status
