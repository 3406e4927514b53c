"""``v2x cert show`` and ``v2x cert check``: explain an object of the security layer; say if it is believed.

``show`` believes nothing: certificates, trust lists, revocation lists, requests, secured messages and DSMP
units, raw or in hex.  ``check`` asks what a receiver with a trust directory would say at an instant::

    {"verdict": "accepted", "object": "certificate", "signer": "...", ...}           status 0
    {"verdict": "refused", "reason": "signer/certificate_invalid", "detail": "..."}  status 1
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2x.cli.feed import object_octets
from v2x.cli.inputs import fail, reader_may_leave
from v2x.cli.instant import AtOption, iso_utc, now
from v2x.cli.verify import (
    TROUBLE,
    CertificatesOption,
    LeapOption,
    TrustOption,
    Unit,
    judged,
    learn,
    trust_store,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.certs import Certificate, TrustStore
    from v2x.codecs.coer import Record
    from v2x.errors import CodecError

__all__ = ["app"]

app = typer.Typer(
    name="cert",
    no_args_is_help=True,
    help="Look into certificates, lists, requests and signed messages, and check them.",
)

ObjectArgument = Annotated[
    str,
    typer.Argument(metavar="FILE|HEX", help="A file (octets or hex, - is standard input), or hex."),
]


@app.command()
def show(
    what: ObjectArgument,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    leap_seconds: Annotated[
        int, typer.Option("--leap-seconds", help="Leap seconds that times count since 2004 (0 or 5).")
    ] = 0,
) -> None:
    """Explain a certificate, trust list, revocation list, request or signed message: who, when, what it may.

    Nothing is believed and no trust directory is asked; `v2x cert check` does that. Status 1 with the place
    of the fault where the octets are none of these.
    """
    from v2x.certs.describe import DescribeSettings, describe
    from v2x.certs.describe_text import text_lines
    from v2x.errors import CodecError

    octets = object_octets(what)
    try:
        facts = describe(octets, DescribeSettings(leap_seconds))
    except CodecError as error:
        raise fail(f"v2x cert: {error}") from None
    with reader_may_leave():
        if as_json:
            typer.echo(json.dumps(facts, indent=1, ensure_ascii=False))
            return
        for line in text_lines(facts):
            typer.echo(line)


@app.command()
def check(
    what: ObjectArgument,
    trust: TrustOption,
    at: AtOption = None,
    certificates: CertificatesOption = None,
    authority: Annotated[
        str | None,
        typer.Option(
            "--authority",
            metavar="FILE|HEX",
            help="The certificate of a trust list's authority, where the directory does not hold it.",
        ),
    ] = None,
    leap_seconds: LeapOption = None,
) -> None:
    """Check an object against a trust directory, as a receiver would at an instant (default: now).

    Of a certificate: chain, signatures, validity, revocation, region, permissions. Of a message, list or
    request: also its own signature and dates. Status 0: believed, 1: refused, with the reason as JSON.
    """
    from v2x.errors import CodecError, TrustError

    octets = object_octets(what)
    store = trust_store(trust, leap_seconds)
    instant = now() if at is None else at
    learn(store, certificates, instant)
    try:
        verdict = _checked(octets, store, instant, trust, authority)
    except TrustError as error:
        verdict = _refused(f"{error.reason.stage}/{error.reason.label}", error.detail, error.signer)
    except CodecError as error:
        verdict = _refused(_codec_reason(error), str(error))
    typer.echo(json.dumps({**verdict, "checked_at": iso_utc(instant)}))
    if verdict["verdict"] != "accepted":
        raise typer.Exit(1)


def _checked(
    octets: bytes, store: TrustStore, at: float, trust: Path, authority: str | None
) -> dict[str, Any]:
    """What is said of an object; TrustError or CodecError where it is not believed."""
    from v2x.certs.describe import recognise
    from v2x.errors import Reason, TrustError

    if octets[:1] == b"\x04":
        return _message(octets, store, at, Unit.FRAME)
    name, value = recognise(octets)
    if name == "Certificate":
        return _certificate(value, store, at)
    if name == "V2XSecData":
        kind, content = value["content"]
        if kind == "signedCertificateRequest":
            return _request(octets, store, at)
        if kind == "signedData" and _is_revocation_list(content):
            return _revocation_list(octets, store, at)
        return _message(octets, store, at, Unit.SPDU)
    if name in ("RootCtl", "PkiCtl"):
        return _trust_list(name, octets, at, trust, authority, store)
    detail = f"{name} without a signature: it is believed inside a signed message only"
    raise TrustError(Reason.ENVELOPE_UNSUPPORTED, detail)


def _certificate(value: Record, store: TrustStore, at: float) -> dict[str, Any]:
    known = store.find_certificate(value, at)
    return _accepted(
        "certificate",
        signer=known.certificate.hashed_id8.hex(),
        kind=known.certificate.kind,
        chain=[member.hashed_id8.hex() for member in known.chain],
        valid_from=iso_utc(known.path.valid_from_at),
        valid_until=iso_utc(known.path.valid_until_at),
    )


def _message(octets: bytes, store: TrustStore, at: float, unit: Unit) -> dict[str, Any]:
    from v2x.certs import Verifier

    verdict = judged(Verifier(store), octets, unit, at)
    if verdict.pop("verdict") == "accepted":
        return _accepted("signed message", **verdict)
    reason = f"{verdict['stage']}/{verdict['reason']}"
    return {"verdict": "refused", "reason": reason, "detail": verdict["detail"], "signer": verdict["signer"]}


def _request(octets: bytes, store: TrustStore, at: float) -> dict[str, Any]:
    from v2x.certs.request import RequestSettings, parse

    request = parse(octets)
    known = request.check(store, at, RequestSettings())
    signer = None if known is None else known.certificate.hashed_id8.hex()
    return _accepted("certificate request", signer=signer, aids=sorted(request.app))


def _revocation_list(octets: bytes, store: TrustStore, at: float) -> dict[str, Any]:
    from v2x.certs.crl import open_crl

    crl = open_crl(octets, store, at)
    return _accepted(
        "revocation list",
        signer=None if crl.signer is None else crl.signer.hex(),
        series=crl.series,
        issued=iso_utc(crl.issued_at),
        next=iso_utc(crl.next_at),
        overdue=at > crl.next_at,
    )


def _is_revocation_list(signed: Record) -> bool:
    from v2x.codecs import aids

    return bool(signed["tbsData"]["headerInfo"]["aid"] == aids.CRL)


def _trust_list(
    name: str, octets: bytes, at: float, trust: Path, authority: str | None, store: TrustStore
) -> dict[str, Any]:
    from v2x.certs.lists import DomainList, ListSettings, RootList
    from v2x.errors import Reason, TrustError

    leap_seconds = store.settings.leap_seconds
    kind = RootList if name == "RootCtl" else DomainList
    made = kind.decode(octets, leap_seconds)
    id8 = made.issuer_id8
    holder = next((one for one in _authorities(trust, authority) if one.hashed_id8 == id8), None)
    if holder is None:
        named = "unnamed" if id8 is None else id8.hex()
        raise TrustError(
            Reason.SIGNER_UNKNOWN, f"{made.title}: no certificate of its authority {named}", signer=id8
        )
    made.verify(holder, at, ListSettings(leap_seconds=leap_seconds, year_s=store.settings.year_s))
    return _accepted(
        made.title,
        signer=holder.hashed_id8.hex(),
        series=made.series,
        issued=iso_utc(made.issued_at),
        next=iso_utc(made.next_at),
        entries=len(made.rows),
    )


def _authorities(trust: Path, authority: str | None) -> Iterator[Certificate]:
    """Certificates that may be the list authority's: the one given, then those of the directory."""
    from v2x.certs import Certificate
    from v2x.certs.trust_files import AUTHORITIES, LIST_AUTHORITIES, ROOTS, read_certificates
    from v2x.errors import V2XError

    if authority is not None:
        try:
            yield Certificate.decode(object_octets(authority))
        except V2XError as error:
            raise fail(f"--authority {authority}: {error}", TROUBLE) from None
    for folder in (LIST_AUTHORITIES, ROOTS, AUTHORITIES):
        yield from read_certificates(trust / folder)


def _accepted(what: str, **facts: Any) -> dict[str, Any]:
    return {"verdict": "accepted", "object": what, **facts}


def _refused(reason: str, detail: str, signer: bytes | None = None) -> dict[str, Any]:
    named = None if signer is None else signer.hex()
    return {"verdict": "refused", "reason": reason, "detail": detail, "signer": named}


def _codec_reason(error: CodecError) -> str:
    """Stage and label: a frame's own reason, else that of an envelope that can't be read."""
    from v2x.errors import CodecErrorKind, FrameError, Reason

    if isinstance(error, FrameError):
        reason = error.reason
    else:
        newer = error.kind is CodecErrorKind.UNSUPPORTED
        reason = Reason.ENVELOPE_UNSUPPORTED if newer else Reason.ENVELOPE_MALFORMED
    return f"{reason.stage}/{reason.label}"
