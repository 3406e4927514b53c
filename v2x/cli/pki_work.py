"""``v2x pki issue, batch, revoke, publish, export, import-trcl``: an authority's daily work in a test PKI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2x.cli.pki_common import (
    AtOption,
    LeapOption,
    PkiDirectory,
    complaining,
    fail,
    instant,
    octets_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["batch", "export", "import_trcl", "issue", "numbers", "publish", "revoke"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `v2x pki list`.")]
PROGRESS_STEP = 20
"""Every so many certificates the line of progress is drawn anew."""


def numbers(text: str) -> tuple[int, ...]:
    """``111,112`` or ``3618..3620`` as numbers; typer.BadParameter where it is neither."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("..")
        try:
            low, high = int(first), int(last or first)
        except ValueError:
            raise typer.BadParameter(f"{part!r} is no AID (111,112 or 3618..3623)") from None
        if not 0 <= low <= high < low + 100:
            raise typer.BadParameter(f"{part!r} is no range of AIDs")
        found.extend(range(low, high + 1))
    return tuple(found)


def issue(
    directory: PkiDirectory,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A new name: a-z, 0-9 and dashes.")],
    kind: Annotated[str, typer.Option("--kind", help="vehicle, emergency or roadside.")] = "vehicle",
    aids: Annotated[
        str | None,
        typer.Option(
            "--aids", help="Some of its kind's AIDs: 3618,3619 or 3618..3623. Default: all of them."
        ),
    ] = None,
    circle: Annotated[
        str | None,
        typer.Option("--circle", metavar="LAT,LON,METRES", help="Valid here only. Default: all of China."),
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long it is valid.")] = 168,
    at: AtOption = None,
) -> None:
    """Issue a certificate with its key: a vehicle, an emergency vehicle, or a road-side unit."""
    from v2x.certs import pki_issue

    if kind not in pki_issue.KINDS:
        raise typer.BadParameter(f"{kind!r}: there are {', '.join(pki_issue.KINDS)}", param_hint="--kind")
    app = None if aids is None else numbers(aids)
    with complaining():
        region = None if circle is None else pki_issue.circle(*_circle(circle))
        made = pki_issue.issue_signer(directory, name, kind, instant(at), app=app, region=region, hours=hours)
    typer.echo(f"{name}: {kind}, HashedId8 {made.hashed_id8.hex()}, AIDs {sorted(made.app_permissions)}")


def _circle(text: str) -> tuple[float, float, int]:
    try:
        latitude, longitude, radius = text.split(",")
        return float(latitude), float(longitude), int(radius)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LAT,LON,METRES", param_hint="--circle") from None


def batch(
    directory: PkiDirectory,
    name: Name,
    weeks: Annotated[int, typer.Option(min=1, max=512, help="Weeks, from the present one on.")] = 1,
    per_week: Annotated[int, typer.Option(min=1, max=256, help="Certificates of one week.")] = 20,
    at: AtOption = None,
) -> None:
    """Give a vehicle pseudonyms for weeks: a butterfly request, answered under keys that nobody can link.

    They take the place of those that it had. A station uses them with `signer = "NAME"`.
    """
    from v2x.certs import pki_batch

    with complaining():
        made = pki_batch.batch(
            directory, name, weeks=weeks, per_week=per_week, at=instant(at), progress=_progress()
        )
    typer.echo(f"{name}: {made} pseudonyms, {per_week} for each of {weeks} weeks")


def _progress() -> Callable[[int, int], None] | None:
    """A line that is drawn over and over, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        if done % PROGRESS_STEP == 0 or done == total:
            typer.echo(f"\r{done} of {total}" + ("\n" if done == total else ""), err=True, nl=False)

    return show


def revoke(directory: PkiDirectory, name: Name, at: AtOption = None) -> None:
    """Revoke a name with its enrolment and pseudonyms; `v2x pki publish` tells the receivers."""
    from v2x.certs import pki_lists

    with complaining():
        marked = pki_lists.revoke(directory, name, instant(at))
    typer.echo(f"revoked: {', '.join(marked)}; now run `v2x pki publish {directory}`")


def publish(directory: PkiDirectory, at: AtOption = None) -> None:
    """Sign the lists: trusted roots, trusted domains, revocation lists by hash and by linkage seed."""
    from v2x.certs import pki_lists

    with complaining():
        for path in pki_lists.publish(directory, instant(at)):
            typer.echo(str(path))


def export(
    directory: PkiDirectory,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty directory.")],
) -> None:
    """Write what a receiver needs: certificates of roots and authorities, lists. No key leaves."""
    from v2x.certs import pki_lists

    with complaining():
        written = pki_lists.export(directory, out)
    typer.echo(f"{out}: {len(written)} files, no keys; use it with `--trust {out}`")


def import_trcl(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trusted-root list: COER, raw or in hex.")],
    authority: Annotated[
        Path, typer.Option("--authority", metavar="CERT", help="Certificate of the authority that signed it.")
    ],
    trust: Annotated[Path, typer.Option("--trust", metavar="DIR", help="Trust directory to put roots into.")],
    at: AtOption = None,
    leap_seconds: LeapOption = 0,
) -> None:
    """Take a real authority's list of trusted roots: verify it, write its roots, say what was done.

    That the authority is the right one nobody else checks: get its certificate from where you trust.
    """
    from v2x.certs import pki_lists
    from v2x.certs.certificate import Certificate
    from v2x.certs.lists import ListSettings
    from v2x.errors import V2XError

    with complaining():
        try:
            issuer = Certificate.decode(octets_of(authority))
        except V2XError as error:
            fail(f"{authority}: {error}")
        try:
            notes = pki_lists.import_trcl(
                octets_of(file), issuer, trust, instant(at), ListSettings(leap_seconds=leap_seconds)
            )
        except V2XError as error:
            fail(f"{file}: {error}")
    typer.echo(f"list of {issuer.hashed_id8.hex()} ({issuer.name or 'no name'}) verifies")
    for note in notes:
        typer.echo(note)
