"""``v2x pki``: a test PKI for a bench (init, list), and what a certificate says (show)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from v2x.certs.certificate import Certificate, IssuePermission

__all__ = ["app"]

app = typer.Typer(
    name="pki",
    no_args_is_help=True,
    help="A test PKI for a bench, and a look into certificates. Nothing that it makes is for a road.",
)

NewDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="New directory; its parent must exist.")]
PkiDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="A directory that `v2x pki init` made.")]
CertificateFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A certificate: COER octets, raw or in hex.")
]
LeapOption = Annotated[
    int, typer.Option("--leap-seconds", help="Leap seconds that certificate times count since 2004 (0 or 5).")
]


@app.command()
def init(
    directory: NewDirectory,
    vehicles: Annotated[int, typer.Option(min=1, max=9999, help="Vehicles with a certificate each.")] = 30,
    force: Annotated[bool, typer.Option("--force", help="Replace the PKI that is there.")] = False,
    leap_seconds: LeapOption = 0,
) -> None:
    """Make a TEST PKI: root, two authorities, vehicles, a road-side unit and an expired vehicle.

    Private keys are files of mode 0600, not encrypted. A station uses it with `[security] trust = "DIR"`.
    """
    from v2x.certs import pki
    from v2x.clock import SystemClock
    from v2x.errors import V2XError

    try:
        pki.init(directory, vehicles, at=SystemClock().now(), force=force, leap_seconds=leap_seconds)
        count = len(pki.entries(directory))
    except (V2XError, OSError) as error:
        _fail(str(error))
    typer.echo(f"{directory}: TEST PKI with {count} certificates (vehicle-01 ..., roadside, expired)")


@app.command("list")
def list_(
    directory: PkiDirectory,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")] = False,
) -> None:
    """List the certificates of a test PKI: name, kind, HashedId8, validity, AIDs."""
    from v2x.certs import pki
    from v2x.errors import V2XError

    try:
        rows = pki.entries(directory)
    except (V2XError, OSError) as error:
        _fail(str(error))
    if as_json:
        _print_json(rows)
        return
    line = "{:<22}{:<12}{:<18}{:<18}{}"
    typer.echo(f"TEST PKI {directory}, times in UTC")
    typer.echo(line.format("name", "kind", "HashedId8", "valid until", "AIDs"))
    for row in rows:
        until = _time(row["valid_until_at"]).removesuffix(" UTC")[:-3]
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
        certificate = Certificate.decode(_octets(file))
        facts = _facts(certificate, leap_seconds)
    except (V2XError, OSError) as error:
        _fail(f"{file}: {error.strerror if isinstance(error, OSError) and error.strerror else error}")
    if as_json:
        _print_json(facts)
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines or ["none"]):
            typer.echo(f"{name.replace('_', ' ') if number == 0 else '':<{width}}  {line}")


def _octets(file: Path) -> bytes:
    from v2x.certs.trust_files import CERTIFICATE_SIZE_LIMIT, TrustStoreError

    if file.stat().st_size > 3 * CERTIFICATE_SIZE_LIMIT:
        raise TrustStoreError(f"larger than {3 * CERTIFICATE_SIZE_LIMIT} octets, no certificate")
    data = file.read_bytes()
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return data


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
    """Sorted numbers with runs drawn together: 111..114, 3618."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) or "-"


def _time(at: float) -> str:
    from v2x.certs.trust import utc_text

    return utc_text(at)


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))


def _fail(message: str) -> NoReturn:
    typer.echo(f"v2x pki: {message}", err=True)
    raise typer.Exit(1)
