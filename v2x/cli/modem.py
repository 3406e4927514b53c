"""``v2x modem``: a module at the command line, simulated or real.

    v2x modem sim                     run the simulated module alone, until Ctrl-C
    v2x modem info --port P           what the module says of itself
    v2x modem bringup --port P        from the port to a data session
    v2x modem at --port P AT+CSQ ...  send commands as typed and print the answers

Exit status: 0 done, 1 failed (the reason is printed), 2 wrong usage.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from v2x.modem.modem import Modem

__all__ = ["app"]

app = typer.Typer(
    name="modem",
    help="A module on its port: run a simulated one, ask a real one, bring it up, send AT commands.",
    no_args_is_help=True,
)

PortOption = Annotated[
    str | None,
    typer.Option("--port", "-p", help="Device path (/dev/ttyUSB2) or tcp://host:port."),
]
ProfileOption = Annotated[str, typer.Option("--profile", help="What kind of module it is.")]
ShowOption = Annotated[
    bool, typer.Option("--show-identities", help="Print IMEI, IMSI and ICCID in full instead of masked.")
]

NO_PORT = """\
No port given. Either

  --port /dev/ttyUSB2           a real module's AT port{found}
  --port tcp://127.0.0.1:5000   a module behind a serial server

or start a simulated one in another terminal and use the path that it prints:

  v2x modem sim
"""


@app.command()
def sim(
    profile: ProfileOption = "unisoc",
    pty: Annotated[
        Path | None,
        typer.Option("--pty", metavar="LINK", help="Make LINK point to the PTY, so that its name is known."),
    ] = None,
    tcp: Annotated[
        int | None,
        typer.Option("--tcp", metavar="PORT", min=0, max=65535, help="Listen on 127.0.0.1 instead; 0: any."),
    ] = None,
) -> None:
    """Run the simulated module alone until Ctrl-C; any terminal program can open it."""
    if pty is not None and tcp is not None:
        typer.echo("--pty and --tcp exclude each other", err=True)
        raise typer.Exit(2)
    _run(_serve(profile, pty, tcp), "simulated module stopped", interrupted=0)


@app.command()
def info(port: PortOption = None, show_identities: ShowOption = False) -> None:
    """Print what the module says of itself, its card, its signal and its registration."""
    _run(_info(_port(port), show_identities), "stopped")


@app.command()
def bringup(
    port: PortOption = None,
    profile: ProfileOption = "unisoc",
    apn: Annotated[str | None, typer.Option(help="Access point name; without it the module's own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Bring the module up to a data session: port, at, sim, registered, data, each step timed."""
    _run(_bring_up(_port(port), profile, apn, as_json), "stopped")


@app.command()
def at(
    commands: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="Command lines, sent one after another.")
    ],
    port: PortOption = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for each; without it the manual's.")
    ] = None,
    show_identities: ShowOption = False,
) -> None:
    """Send AT commands as typed and print the lines of each answer; the AT may be left out."""
    _run(_at(_port(port), commands, timeout, show_identities), "stopped")


# -- what they do ----------------------------------------------------------------------------------


def _port(given: str | None) -> str:
    """The port, or help on what to do and status 2."""
    if given:
        return given
    devices = sorted(str(p) for pattern in ("ttyUSB*", "ttyACM*") for p in Path("/dev").glob(pattern))
    found = f" (here: {', '.join(devices[:8])})" if devices else " (none is plugged in)"
    typer.echo(NO_PORT.format(found=found), err=True, nl=False)
    raise typer.Exit(2)


def _run(work: Coroutine[Any, Any, int], stopped: str, *, interrupted: int = 130) -> None:
    """Run to an exit status; what a user can mend becomes one line and status 1."""
    import asyncio

    from v2x.errors import ModemError

    try:
        status = asyncio.run(work)
    except (ModemError, ValueError) as error:
        typer.echo(f"failed: {error}", err=True)
        status = 1
    except KeyboardInterrupt:
        typer.echo(stopped, err=True)
        status = interrupted
    raise typer.Exit(status)


async def _serve(profile: str, link: Path | None, tcp: int | None) -> int:
    import asyncio
    import signal

    from v2x.modem.host import simulated_module

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulated_module(profile, link=link, tcp_port=tcp) as host:
        path = host.path if link is None else str(link)
        typer.echo(f"SIMULATED module, profile {profile}; no real hardware, no air.")
        typer.echo(f"port: {path}")
        typer.echo(f"try:  v2x modem bringup --port {path}")
        typer.echo("Ctrl-C ends it.")
        await stop.wait()
    typer.echo("simulated module stopped", err=True)
    return 0


async def _open(port: str) -> Modem:
    from v2x.modem.modem import Modem
    from v2x.modem.port import open_port

    return Modem(await open_port(port))


async def _info(port: str, show: bool) -> int:
    from v2x.modem import answers
    from v2x.modem.cells import serving_cell
    from v2x.modem.errors import CommandTimeout, Rejected, UnexpectedReply
    from v2x.modem.redaction import MaskedId, printable

    async with await _open(port) as modem:
        await modem.send("ATE0")
        domains = [answers.registration(name) for name in ("+C5GREG", "+CEREG", "+CREG")]
        questions: list[tuple[str, Any]] = [
            ("manufacturer", answers.CGMI),
            ("model", answers.CGMM),
            ("revision", answers.CGMR),
            ("IMEI", answers.CGSN),
            ("IMSI", answers.CIMI),
            ("card", answers.CPIN),
            ("signal", answers.CSQ),
            ("operator", answers.COPS),
            *(("registration", question) for question in domains),
            ("serving cell", serving_cell()),
        ]
        for name, question in questions:
            try:
                answer = await modem.execute(question)
            except (Rejected, UnexpectedReply, CommandTimeout) as error:
                text = f"- ({error})"
            else:
                text = answer.reveal() if show and isinstance(answer, MaskedId) else str(answer)
            typer.echo(f"{name:<13} {printable(text)}")
    return 0


async def _bring_up(port: str, profile: str, apn: str | None, as_json: bool) -> int:
    import json

    from v2x.errors import ModemError
    from v2x.modem.bringup import BringUpSettings, BringUpState, bring_up, not_opened

    settings = BringUpSettings(profile=profile, apn=apn)
    try:
        modem = await _open(port)
    except ModemError as error:
        result = not_opened(error)
    else:
        async with modem:
            result = await bring_up(modem, settings)
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


async def _at(port: str, commands: list[str], timeout_s: float | None, show: bool) -> int:
    from v2x.modem.commands import raw
    from v2x.modem.errors import Rejected
    from v2x.modem.redaction import printable, redact

    def shown(text: str) -> str:
        return printable(text if show else redact(text))

    lines = [text if text[:2].upper() == "AT" else f"AT{text}" for text in map(str.strip, commands)]
    typed = [raw(line, timeout_s=timeout_s) for line in lines]
    status = 0
    async with await _open(port) as modem:
        with modem.subscribe() as notified:
            for command in typed:
                try:
                    reply = await modem.execute(command)
                except Rejected as error:
                    typer.echo(f"failed: {error}", err=True)
                    status = 1
                    continue
                for line in (*reply.lines, reply.final):
                    typer.echo(shown(line))
            while (urc := await notified.get_within(0.05)) is not None:
                typer.echo(f"notified: {shown(urc.line)}", err=True)
    return status
