"""What the commands of ``v2x pki`` share: arguments, the clock, reading a file, and how they fail.

Exit status: 0 done, 1 failed or refused (the reason is printed), 2 wrong usage.  No key is ever printed.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from v2x.cli.instant import instant_of, now

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AtOption",
    "LeapOption",
    "OutOption",
    "PkiDirectory",
    "complaining",
    "fail",
    "instant",
    "octets_of",
    "write_out",
]

PkiDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="A directory that `v2x pki init` made.")]
LeapOption = Annotated[
    int, typer.Option("--leap-seconds", help="Leap seconds that certificate times count since 2004 (0 or 5).")
]
AtOption = Annotated[
    float | None,
    typer.Option(
        "--at",
        metavar="TIME",
        parser=instant_of,
        help="Do it as of this instant: ISO 8601 (UTC without a zone) or POSIX seconds. Default: now.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; an existing file is replaced.")
]

FILE_LIMIT = 2 << 20
"""Octets of a file that is read: a list of 1 MiB in hex."""


@contextmanager
def complaining() -> Iterator[None]:
    """Inside, our errors and those of files end the command with their reason and status 1.

    An argument that no instant, number or region can be made of ends it with status 2.
    """
    from v2x.errors import V2XError

    try:
        yield
    except V2XError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except ValueError as error:
        fail(str(error), 2)


def fail(message: str, status: int = 1) -> NoReturn:
    """Print why and end with this status."""
    typer.echo(f"v2x pki: {message}", err=True)
    raise typer.Exit(status)


def instant(at: float | None) -> float:
    """The given instant or now, POSIX s."""
    return now() if at is None else at


def octets_of(file: Path, limit: int = FILE_LIMIT) -> bytes:
    """The octets in a file, raw or in hex; PkiError where it is larger than ``limit``."""
    from v2x.certs.pki import PkiError

    with file.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise PkiError(f"{file}: larger than {limit} octets")
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return data


def write_out(file: Path, octets: bytes) -> None:
    """Write a file that others may read: it holds no key."""
    from v2x.certs.pki_files import write_octets

    write_octets(file, octets, 0o644)
