"""``v2x demo`` and ``v2x run``: the service in the foreground, with a live view or a JSON report.

In a terminal the view is redrawn four times a second; elsewhere a line of progress is printed every
second.  ``--seconds`` ends the run by itself, Ctrl-C ends it cleanly, and ``--json`` writes one object
after everything received was worked off.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["demo", "run"]

SecondsOption = Annotated[
    float | None,
    typer.Option("--seconds", min=0.5, help="End after so many seconds. Without it: until Ctrl-C."),
]
JsonOption = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the report as one JSON object; - is standard output."),
]
RecordOption = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Record what is received: pcap, one DSMP unit per packet."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the simulated traffic.")]


def demo(
    seconds: SecondsOption = None,
    json: JsonOption = None,
    attackers: Annotated[
        bool, typer.Option(help="With or without the three that replay, have expired, or send damage.")
    ] = True,
    seed: SeedOption = 1,
    record: RecordOption = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="DIR", help="Keep the TEST PKI there, to verify a recording later."),
    ] = None,
) -> None:
    """The main job with everything simulated: module, road-side unit, 30 vehicles, live tokens.

    A simulated module is brought up over its PTY. On a loopback radio a road-side unit replays recorded
    MAP and RSI of a junction, 30 simulated vehicles send signed BSM at 10 Hz, and three others replay,
    send with an expired certificate, or send damaged bytes. What they send is dropped and counted by
    reason; the rest becomes tracks and, ten times a second, tokens. Needs no configuration, no device.
    """
    from v2x.demo import run_demo

    quiet = _to_stdout(json)
    work = run_demo(seconds, attackers=attackers, seed=seed, record=record, trust=trust, quiet=quiet)
    report = _supervise(work)
    if not quiet:
        typer.echo("\n".join(_summary(report)))
    _write(report, json)


def run(
    config: Annotated[
        Path | None,
        typer.Option(help="The station's TOML file. Without it: embedded defaults, all parts simulated."),
    ] = None,
    seconds: SecondsOption = None,
    json: JsonOption = None,
    record: RecordOption = None,
) -> None:
    """The service itself: receive, authenticate, decode, fuse, and give out tokens at 10 Hz.

    Without a file it runs on embedded defaults: a simulated module, a loopback radio on which nobody else
    sends, a test PKI of its own. With real parts: `[modem] kind = "port"`, `[radio] kind = "udp"`,
    `[security] trust = "pki"`; `v2x run --config` with a wrong key says which one and why.
    """
    from v2x.config import ConfigError, StationConfig, load
    from v2x.service import run_service

    try:
        settings = StationConfig() if config is None else load(config)
    except ConfigError as error:
        typer.echo(f"configuration: {error}", err=True)
        raise typer.Exit(2) from None
    report = _supervise(run_service(settings, seconds, record=record, quiet=_to_stdout(json)))
    _write(report, json)


def _summary(report: dict[str, Any]) -> list[str]:
    """What the demo came to, in a few lines."""
    frames, tracks, tokens = report["frames"], report["tracks"], report["tokens"]
    sent, accepted, by_sender = sum(frames["sent_by"].values()), frames["accepted"], frames["by_sender"]
    believed = sum(row["accepted"] == row["sent"] for row in by_sender.values())
    refused = [name for name, row in by_sender.items() if row["sent"] and not row["accepted"]]
    followed = sum(m["on_road"] for m in tracks["matched"])
    share = tokens["honest_share_least"]
    rows = {
        "frames": f"{sent} sent, {frames['received']} received, {accepted} accepted, "
        f"{frames['received'] - accepted} dropped",
        "senders": f"{believed} of {len(by_sender)} always believed; never: {', '.join(refused) or '-'}",
        "tracks": f"{followed} of {tracks['on_road']} road users followed, {tracks['strays']} strays",
        "tokens": f"{tokens['frames']} frames, {tokens['missed_ticks']} missed, {tokens['rate_hz']} Hz; "
        f"honest vehicles in the mask at any tick: {'-' if share is None else f'{share:.0%}'} or more",
        "module": f"{report['modem']['state']} (simulated)",
    }
    return ["", *(f"{name:8} {text}" for name, text in rows.items())]


def _to_stdout(path: Path | None) -> bool:
    return path is not None and str(path) == "-"


def _supervise(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Run the service; errors that a user can mend become one line and status 1."""
    import asyncio

    from v2x.errors import V2XError

    try:
        report = asyncio.run(work)
    except (V2XError, OSError) as error:
        typer.echo(f"stopped: {error}", err=True)
        raise typer.Exit(1) from None
    recording = report.get("recording", {})
    if "problem" in recording:
        typer.echo(f"recording: {recording['left_out']} frames left out: {recording['problem']}", err=True)
    return report


def _write(report: dict[str, Any], path: Path | None) -> None:
    import json

    if path is None:
        return
    text = json.dumps(report, indent=1) + "\n"
    if _to_stdout(path):
        typer.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{path}: the report can't be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
