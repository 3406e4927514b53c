"""``v2x pki request, answer, accept``: a device asks, an authority answers, the device takes the certificate.

v2x pki request DEV --enrol NAME -o enrol.coer          a new device: its folder, its key, its request
v2x pki answer DIR enrol.coer --enrol NAME -o answer    the operator says who it is
v2x pki accept DEV answer --trust DIR
v2x pki request DEV --key pc1 -o req; v2x pki answer DIR req -o answer; v2x pki accept DEV answer --trust DIR
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from v2x.cli.pki_common import (
    AtOption,
    LeapOption,
    OutOption,
    PkiDirectory,
    complaining,
    fail,
    instant,
    octets_of,
    write_out,
)
from v2x.cli.pki_work import numbers

__all__ = ["accept", "answer", "request"]

Device = Annotated[Path, typer.Argument(metavar="DEV", help="The device's own directory; made if it is new.")]
Kind = Annotated[str, typer.Option("--kind", help="What the device is: vehicle, emergency or roadside.")]


def _kind_aids(kind: str) -> tuple[int, ...]:
    from v2x.certs.pki_issue import KINDS

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: there are {', '.join(KINDS)}", param_hint="--kind")
    return KINDS[kind].app


def request(
    device: Device,
    out: OutOption,
    enrol: Annotated[
        str | None, typer.Option("--enrol", metavar="NAME", help="Ask for the enrolment, under this name.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="Ask for a certificate for a new key KEY.")
    ] = None,
    kind: Kind = "vehicle",
    aids: Annotated[
        str | None, typer.Option("--aids", help="Some of its kind's AIDs. Default: all of them.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="Validity wished (not of enrolments).")] = 168,
    encrypt_to: Annotated[
        Path | None,
        typer.Option("--encrypt-to", metavar="CERT", help="Certificate of the registration authority."),
    ] = None,
    at: AtOption = None,
    leap_seconds: LeapOption = 0,
) -> None:
    """Make a key and write a request: the first one for the enrolment, later ones signed with it."""
    from v2x.certs import pki_device
    from v2x.certs.issue import Template
    from v2x.certs.pki_issue import KINDS
    from v2x.certs.pki_roles import enrolment_template
    from v2x.certs.trust_files import read_certificate

    if (enrol is None) == (key is None):
        raise typer.BadParameter("give either --enrol NAME or --key KEY")
    app = _kind_aids(kind) if aids is None else numbers(aids)
    with complaining():
        when = instant(at)
        recipient = None if encrypt_to is None else read_certificate(encrypt_to)
        if enrol is not None:
            wish = enrolment_template(enrol, app, when, leap_seconds)
        else:
            name = f"TEST {key}" if KINDS[kind].named else None
            wish = Template(when, ("hours", hours), name, app, leap_seconds=leap_seconds)
        octets = pki_device.request(device, key or pki_device.ENROLMENT, wish, when, encrypt_to=recipient)
        write_out(out, octets)
    typer.echo(f"{out}: {len(octets)} octets, for a new key in {device}")


def answer(
    directory: PkiDirectory,
    file: Annotated[Path, typer.Argument(metavar="REQUEST", help="A request: COER octets, raw or in hex.")],
    out: OutOption,
    enrol: Annotated[
        str | None,
        typer.Option("--enrol", metavar="NAME", help="Say who asks: this device may be enrolled."),
    ] = None,
    kind: Kind = "vehicle",
    at: AtOption = None,
) -> None:
    """Judge a request and write the answer with the certificate, or say why it is refused."""
    from v2x.certs import pki_authority
    from v2x.errors import V2XError

    granted = None if enrol is None else (enrol, _kind_aids(kind))
    with complaining():
        octets = octets_of(file)
        try:
            answered = pki_authority.answer_request(directory, octets, instant(at), enrol=granted)
        except V2XError as error:
            fail(f"{file}: {error}")
        write_out(out, answered)
    typer.echo(f"{out}: answered")


def accept(
    device: Device,
    file: Annotated[Path, typer.Argument(metavar="ANSWER", help="An answer: COER octets, raw or in hex.")],
    trust: Annotated[Path, typer.Option("--trust", metavar="DIR", help="What the device trusts.")],
    at: AtOption = None,
    leap_seconds: LeapOption = 0,
) -> None:
    """Take an answer: verify it, find the key it is for, keep the certificate."""
    from v2x.certs import TrustSettings, TrustStore, pki_device
    from v2x.errors import V2XError

    with complaining():
        octets = octets_of(file)
        store = TrustStore.load(trust, TrustSettings(leap_seconds=leap_seconds))
        try:
            taken = pki_device.accept(device, octets, store, instant(at))
        except V2XError as error:
            fail(f"{file}: {error}")
    for name, certificate in taken.items():
        typer.echo(f"{device}: {name}, HashedId8 {certificate.hashed_id8.hex()}")
