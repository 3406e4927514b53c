"""``v2x wireshark``: put the dissector where Wireshark and tshark look for Lua plugins, or print it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

__all__ = ["app", "plugin_folder"]

ASK_LIMIT_S = 30.0
"""How long tshark may take to name its folders; it needs well below a second."""

_FOLDER_LINE = "Personal Lua Plugins:"

app = typer.Typer(
    name="wireshark",
    no_args_is_help=True,
    help="Read C-V2X in Wireshark and tshark: every field named, certificates included.",
)

Folder = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Folder of Lua plugins; yours if not given (see `path`)."),
]


@app.command()
def install(
    to: Folder = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a v2x.lua that is not from this command.")
    ] = False,
) -> None:
    """Write the dissector into Wireshark's folder of Lua plugins.

    It reads captures of link type USER0 (147), as `v2x` writes them. An older version is replaced.
    """
    from v2x.codecs.wireshark import FILE_NAME, dissector

    target = (to or plugin_folder()) / FILE_NAME
    text = dissector()
    try:
        present = target.read_text("utf-8") if target.exists() else None
        if present == text:
            typer.echo(f"{target}: is up to date")
            return
        if present is not None and not _is_ours(present) and not force:
            _fail(f"{target} is not from `v2x wireshark`; replace it with --force")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except UnicodeDecodeError:
        _fail(f"{target} is not from `v2x wireshark`; delete it first")
    except OSError as error:
        _fail(f"{error.filename or target}: {error.strerror or error}")
    typer.echo(f"{target}: {'replaced' if present is not None else 'written'}")
    typer.echo("Restart Wireshark, or press Ctrl+Shift+L in it. Without a window: tshark -V -r CAPTURE.pcap")


@app.command()
def path() -> None:
    """Print the folder where Wireshark looks for your Lua plugins."""
    typer.echo(plugin_folder())


@app.command("print")
def print_() -> None:
    """Print the dissector, for a folder that this command does not know."""
    from v2x.codecs.wireshark import dissector

    typer.echo(dissector(), nl=False)


def plugin_folder() -> Path:
    """Wireshark's folder of personal Lua plugins: as tshark says, else where it is by default."""
    tshark = shutil.which("tshark")
    if tshark is not None:
        try:
            said = subprocess.run(
                [tshark, "-G", "folders"], capture_output=True, timeout=ASK_LIMIT_S, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return _default_folder()
        for line in said.stdout.decode("utf-8", "replace").splitlines():
            if line.startswith(_FOLDER_LINE):
                return Path(line.removeprefix(_FOLDER_LINE).strip())
    return _default_folder()


def _default_folder() -> Path:
    """The user's guide of Wireshark, "Plugin folders"."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", "~")).expanduser() / "Wireshark" / "plugins"
    return Path("~/.local/lib/wireshark/plugins").expanduser()


def _is_ours(text: str) -> bool:
    from v2x.codecs.wireshark import MARK

    return text.startswith(MARK)


def _fail(message: str) -> NoReturn:
    typer.echo(f"v2x wireshark: {message}", err=True)
    raise typer.Exit(1)
