"""The command line ``v2x``: one command for each thing that its users do.

Sub-commands live in modules of their own, which import what is heavy only when they run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build", "main"]


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    from v2x.codecs import native_in_use

    try:
        number = version("v2x")
    except PackageNotFoundError:
        number = "(not installed: run from a checkout)"
    typer.echo(f"v2x {number}, codec engine: {'native' if native_in_use() else 'pure Python'}")
    raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """C-V2X by the Chinese standards: from radio bytes to the tokens of a driving model.

    Start with `v2x demo`: a simulated module, a recorded road-side unit and 30 vehicles, live.
    """


def build() -> typer.Typer:
    """The command tree; importing it pulls in nothing heavy."""
    from v2x.cli import (
        cert,
        export,
        live,
        messages,
        modem,
        pki,
        scenario,
        sign,
        tokens,
        verify,
        wireshark,
    )
    from v2x.cli import inspect as inspection
    from v2x.cli import map as drawing

    app = typer.Typer(
        name="v2x",
        callback=_root,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command("demo")(live.demo)
    app.command("run")(live.run)
    app.command("decode")(messages.decode)
    app.command("encode")(messages.encode)
    app.command("explain")(inspection.explain)
    app.command("diff")(inspection.diff)
    app.command("map")(drawing.map_command)
    app.command("verify")(verify.verify)
    app.command("sign")(sign.sign)
    app.add_typer(cert.app, name="cert")
    app.add_typer(pki.app, name="pki")
    app.add_typer(modem.app, name="modem")
    app.add_typer(scenario.app, name="scenario")
    tokens.app.command("export")(export.export)
    app.add_typer(tokens.app, name="tokens")
    app.add_typer(wireshark.app, name="wireshark")
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; Ctrl-C ends with status 130 and without a traceback."""
    try:
        build()(args=None if arguments is None else list(arguments))
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        raise SystemExit(130) from None
