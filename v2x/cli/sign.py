"""``v2x sign``: payloads in, signed frames out: one line of hex each, ready for a radio or `v2x verify`.

A payload is a UPER MessageFrame (or whatever the AID carries): hex, one a line, or one in octets.  What can't
be signed gives a line with an error object in its place, and the next one follows; status 1 then.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2x.cli.feed import items
from v2x.cli.inputs import Input, fail, opened, reader_may_leave
from v2x.cli.instant import AtOption, now
from v2x.cli.verify import TROUBLE

if TYPE_CHECKING:
    from v2x.certs import Signer

__all__ = ["sign"]

DigestOption = Annotated[
    bool | None,
    typer.Option(
        "--digest/--certificate",
        help="Name the signer by digest, or by its whole certificate. Default: as a vehicle does.",
        show_default=False,
    ),
]


def sign(
    trust: Annotated[
        Path, typer.Option("--trust", metavar="DIR", help="A directory that `v2x pki init` made.")
    ],
    signer: Annotated[
        str, typer.Option("--signer", metavar="NAME", help="Who signs: a name of `v2x pki list`.")
    ],
    aid: Annotated[int, typer.Option("--aid", min=0, help="The application: 111 is a vehicle's BSM.")],
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")] = Path("-"),
    at: AtOption = None,
    spdu: Annotated[
        bool, typer.Option("--spdu", help="Write the secured message without a DSMP header.")
    ] = False,
    digest: DigestOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Sign what the certificate does not allow, to test receivers.")
    ] = False,
    input_format: Annotated[
        Input, typer.Option("--input", help="hex: one payload a line, # for comments; bin: one in octets.")
    ] = Input.AUTO,
) -> None:
    """Sign payloads as a station of a test PKI does; write DSMP units in hex, one a line.

    Without a choice the first message carries the whole certificate and later ones the digest until 450 ms
    have passed, by the vehicle profile. --at is the generation time of all; without it each is signed now.
    """
    from v2x.certs import pki
    from v2x.errors import CodecError, V2XError

    _check(aid, at, input_format)
    try:
        holder = pki.load_signer(trust, signer, enforce=not force)
    except (V2XError, OSError) as error:
        raise fail(str(error), TROUBLE) from None
    failed = False
    with opened(file) as stream, reader_may_leave():
        for item in items(stream, input_format, single=True):
            try:
                if isinstance(item.octets, CodecError):
                    raise item.octets
                line = _sealed(holder, item.octets, aid, now() if at is None else at, digest, spdu).hex()
            except V2XError as error:
                failed = True
                line = json.dumps({"error": {item.place: item.number, "reason": str(error)}})
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _check(aid: int, at: float | None, input_format: Input) -> None:
    """Refuse options that no message can have."""
    from v2x.clock import TIME_EPOCH
    from v2x.codecs.bits import P_ENCODED_MAX

    if aid > P_ENCODED_MAX:
        raise typer.BadParameter(f"a DSMP header holds AIDs up to {P_ENCODED_MAX}", param_hint="--aid")
    if at is not None and at < TIME_EPOCH:
        raise typer.BadParameter("messages have no generation time before 2004", param_hint="--at")
    if input_format in (Input.PCAP, Input.PCAPNG):
        raise typer.BadParameter("payloads are hex or octets", param_hint="--input")


def _sealed(signer: Signer, payload: bytes, aid: int, at: float, digest: bool | None, spdu: bool) -> bytes:
    """One signed frame or SPDU; V2XError where there is none."""
    from v2x.certs import spdu as envelope
    from v2x.codecs.dsmp import DsmpFrame

    if digest is False:
        signer.introduce()
    sealed = signer.seal(payload, aid, at)
    if digest:
        message = envelope.parse(sealed)
        if not isinstance(message, bytes) and message.certificate is not None:
            sealed = signer.seal(payload, aid, at)  # the certificate was just due: now the digest is
    return sealed if spdu else DsmpFrame(aid, sealed).render()
