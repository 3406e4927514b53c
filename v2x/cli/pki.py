"""``v2x pki``: a test PKI for a bench (init, list), and what a certificate says (show).

The other commands are in :mod:`v2x.cli.pki_work` and :mod:`v2x.cli.pki_request`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2x.cli import pki_request, pki_work
from v2x.cli.pki_common import AtOption, LeapOption, PkiDirectory, complaining, fail, instant, octets_of

if TYPE_CHECKING:
    from v2x.certs.certificate import Certificate, IssuePermission

__all__ = ["app"]

app = typer.Typer(
    name="pki",
    no_args_is_help=True,
    help="A test PKI for a bench, and a look into certificates. Nothing that it makes is for a road.",
)

FILE_LIMIT = 12_288
"""Octets of a file with a certificate in hex."""

NewDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="New directory; its parent must exist.")]
CertificateFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A certificate: COER octets, raw or in hex.")
]


@app.command()
def init(
    directory: NewDirectory,
    vehicles: Annotated[int, typer.Option(min=1, max=9999, help="Vehicles with a certificate each.")] = 30,
    force: Annotated[bool, typer.Option("--force", help="Replace the PKI that is there.")] = False,
    leap_seconds: LeapOption = 0,
    at: AtOption = None,
) -> None:
    """Make a TEST PKI: all authorities, vehicles, a road-side unit and an expired vehicle.

    Private keys are encrypted; their secret is kept in your own configuration folder (or in the file that
    V2X_PASSPHRASE_FILE names), so that a copy of DIR can't sign. A station uses it with
    `[security] trust = "DIR"`.
    """
    from v2x.certs import pki

    with complaining():
        pki.init(directory, vehicles, at=instant(at), force=force, leap_seconds=leap_seconds)
        count = len(pki.entries(directory))
    typer.echo(f"{directory}: TEST PKI with {count} certificates (vehicle-01 ..., roadside, expired)")


@app.command("list")
def list_(
    directory: PkiDirectory,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
) -> None:
    """List the certificates of a test PKI: name, kind, HashedId8, validity, AIDs."""
    from v2x.certs import pki

    with complaining():
        rows = pki.entries(directory)
    if as_json:
        _print_json(rows)
        return
    width = 2 + max([4, *(len(row["name"]) for row in rows)])
    line = f"{{:<{width}}}{{:<12}}{{:<18}}{{:<18}}{{}}"
    typer.echo(f"TEST PKI {directory}, times in UTC")
    typer.echo(line.format("name", "kind", "HashedId8", "valid until", "AIDs"))
    for row in rows:
        until = _time(row["valid_until_at"]).removesuffix(" UTC")[:-3]
        until = until if row["revoked_at"] is None else "revoked"
        typer.echo(line.format(row["name"], row["kind"], row["hashed_id8"], until, _numbers(row["aids"])))


@app.command()
def show(
    file: CertificateFile,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    leap_seconds: LeapOption = 0,
) -> None:
    """Explain a certificate: kind, issuer, hashes, validity, region, permissions, signature."""
    from v2x.certs import Certificate
    from v2x.errors import V2XError

    try:
        certificate = Certificate.decode(octets_of(file, FILE_LIMIT))
        facts = _facts(certificate, leap_seconds)
    except (V2XError, OSError) as error:
        fail(f"{file}: {error.strerror if isinstance(error, OSError) and error.strerror else error}")
    if as_json:
        _print_json(facts)
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines or ["none"]):
            typer.echo(f"{name.replace('_', ' ') if number == 0 else '':<{width}}  {line}")


def _facts(certificate: Certificate, leap_seconds: int) -> dict[str, Any]:
    from v2x.certs.region import describe

    start_at, end_at = certificate.validity(leap_seconds)
    return {
        "kind": certificate.kind,
        "name": certificate.name or "none",
        "issuer": certificate.issuer.hex() if certificate.issuer else "itself",
        "hashed_id8": certificate.hashed_id8.hex(),
        "sm3": certificate.sm3.hex(),
        "octets": len(certificate.octets),
        "valid_from": _time(start_at),
        "valid_until": _time(end_at),
        "region": describe(certificate.region),
        "application_permissions": [
            f"AID {aid}, SSP {_ssp(ssp)}" for aid, ssp in certificate.app_permissions.items()
        ],
        "issue_permissions": [_issue(group) for group in certificate.issue_permissions],
        "public_key": certificate.point.hex(),
        "own_signature": _own_signature(certificate),
    }


def _own_signature(certificate: Certificate) -> str:
    if certificate.issuer is not None:
        return "to be checked with the issuer's certificate"
    return "verifies" if certificate.is_signed_by(certificate) else "DOES NOT VERIFY"


def _ssp(ssp: tuple[str, Any] | None) -> str:
    if ssp is None:
        return "absent"
    return f"{ssp[0]} {ssp[1].hex()}" if isinstance(ssp[1], bytes) else ssp[0]


def _issue(group: IssuePermission) -> str:
    aids = "all AIDs" if group.ranges is None else f"AID {_numbers(sorted(group.ranges))}"
    if group.longest is None:
        length = f"{group.shortest} or more"
    else:
        length = f"{group.shortest}" + (f" to {group.longest}" if group.longest != group.shortest else "")
    kind = "" if group.for_applications else ", not for application certificates"
    return f"{aids}; chain length below it {length}{kind}"


def _numbers(numbers: list[int]) -> str:
    from v2x.certs.describe_text import number_runs

    return number_runs(numbers) or "-"


def _time(at: float) -> str:
    from v2x.certs.trust import utc_text

    return utc_text(at)


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))


app.command("issue")(pki_work.issue)
app.command("request")(pki_request.request)
app.command("answer")(pki_request.answer)
app.command("accept")(pki_request.accept)
app.command("batch")(pki_work.batch)
app.command("revoke")(pki_work.revoke)
app.command("publish")(pki_work.publish)
app.command("export")(pki_work.export)
app.command("import-trcl")(pki_work.import_trcl)
