"""``v2x verify``: what a receiver says to each frame of a file, a capture or a pipe; one JSON object a frame.

    {"verdict": "accepted", "aid": 111, "signer": "...", "generation_time": "2026-...Z", "payload": "..."}
    {"verdict": "dropped", "stage": "signature", "reason": "bad_signature", "detail": "...", "signer": "..."}
    {"error": {"line": 3, "reason": "no even number of hexadecimal digits"}}

The gates are those of the station up to the signature and the replay window (:mod:`v2x.certs.verifier`);
messages are not decoded.  A message whose signer is not known yet waits for the certificate, as it would
there; verdicts come in the order of the frames all the same.  Frames are DSMP units as the radio gave them,
or bare secured messages, which begin with 03 80..83.  Status 0: all was judged, 2: something was not read.
"""

from __future__ import annotations

import json
import math
import sys
from collections import deque
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from v2x.cli.feed import Item, items
from v2x.cli.inputs import Input, opened, reader_may_leave
from v2x.cli.instant import AtOption, iso_utc, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs import TrustStore, VerifiedPayload, Verifier
    from v2x.certs.verifier import Frame, Verdict
    from v2x.errors import CodecError, TrustError

__all__ = [
    "CertificatesOption",
    "LeapOption",
    "TrustOption",
    "Unit",
    "judged",
    "learn",
    "trust_store",
    "verify",
]

TROUBLE = 2

HELD_LIMIT = 16_384
"""Messages that wait for a certificate, and verdicts behind such a one: some 30 MB; then the waiting ends."""


class Unit(StrEnum):
    """The choices of --layer."""

    AUTO = "auto"
    FRAME = "frame"
    SPDU = "spdu"


TrustOption = Annotated[
    Path,
    typer.Option("--trust", metavar="DIR", help="Whom to believe: a directory as `v2x pki` makes it."),
]
LeapOption = Annotated[
    int | None,
    typer.Option(
        "--leap-seconds",
        help="Leap seconds that times count since 2004 (0 or 5). Default: as the directory says, else 0.",
        show_default=False,
    ),
]
CertificatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--certificate",
        metavar="FILE|HEX",
        help="A signer's certificate known beforehand, for messages with a digest; may be given often.",
    ),
]


class _Bare(NamedTuple):
    """A secured message without a DSMP header: its own AID stands for the header's."""

    aid: int
    payload: bytes


def verify(
    trust: TrustOption,
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")] = Path("-"),
    at: AtOption = None,
    input_format: Annotated[
        Input,
        typer.Option("--input", help="hex: one a line, # for comments; bin: one; pcap, pcapng: a capture."),
    ] = Input.AUTO,
    layer: Annotated[
        Unit, typer.Option(help="What the octets are: DSMP units, or bare secured messages (spdu).")
    ] = Unit.AUTO,
    certificates: CertificatesOption = None,
    leap_seconds: LeapOption = None,
) -> None:
    """Verify signed frames as a receiver does: one JSON object each, accepted or dropped with the reason.

    The instant of reception is the capture's stamp, for hex and octets now; --at sets it for all.
    Certificates that frames bring are learned and hold for the rest of the input, and for messages that came
    up to 0.6 s before them.
    """
    from v2x.certs import Verifier, VerifierSettings
    from v2x.errors import CodecError

    settings = VerifierSettings(waiting_limit=HELD_LIMIT, waiting_per_signer=HELD_LIMIT)
    judge = _Judge(Verifier(trust_store(trust, leap_seconds), settings), layer)
    learn(judge.verifier.store, certificates, now() if at is None else at)
    unread = False
    with opened(file) as stream, reader_may_leave():
        for item in items(stream, input_format):
            if isinstance(item.octets, CodecError):
                unread = True
                judge.put(_unreadable(item, item.octets))
            else:
                judge.take(item.octets, _received_at(at, item))
            judge.write()
        judge.finish()
    if unread:
        raise typer.Exit(TROUBLE)


class _Judge:
    """Lines in the order of the input, though some verdicts come later; only whole beginnings are written."""

    def __init__(self, verifier: Verifier, layer: Unit) -> None:
        self.verifier = verifier
        self._layer = layer
        self._lines: deque[dict[str, Any] | None] = deque()
        self._written = 0

    def put(self, line: dict[str, Any] | None) -> None:
        """The next line; None: its verdict is to come."""
        self._lines.append(line)

    def take(self, octets: bytes, at: float) -> None:
        """Judge a frame received at ``at``, and whatever it ends the waiting of."""
        from v2x.errors import CodecError, TrustError

        self._settle(self.verifier.expire(at))
        self.put(None)
        token = self._written + len(self._lines) - 1
        try:
            unit = _unit(octets, self._layer)
        except (TrustError, CodecError) as error:
            self._lines[-1] = _line(error)
            return
        self._settle(self.verifier.open_many([(unit, at, token)]))

    def write(self) -> None:
        """Write what is settled up to the first line that isn't."""
        if len(self._lines) > HELD_LIMIT:
            self._settle(self.verifier.expire(math.inf))
        while self._lines and (line := self._lines[0]) is not None:
            self._lines.popleft()
            self._written += 1
            sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def finish(self) -> None:
        """Nothing more comes: end all waiting."""
        self._settle(self.verifier.expire(math.inf))
        self.write()

    def _settle(self, results: Iterable[tuple[object, Verdict]]) -> None:
        from v2x.certs.waiting import Waiting

        for token, verdict in results:
            if not isinstance(verdict, Waiting) and isinstance(token, int):
                self._lines[token - self._written] = _line(verdict)


def trust_store(directory: Path, leap_seconds: int | None) -> TrustStore:
    """What a directory says is trusted; ends with status 2 and the reason where it can't be used."""
    from v2x.certs import TrustSettings, TrustStore, pki
    from v2x.cli.inputs import fail
    from v2x.errors import V2XError

    settings = None if leap_seconds is None else TrustSettings(leap_seconds=leap_seconds)
    try:
        if (directory / "index.json").exists():
            return pki.load_trust(directory, settings)
        return TrustStore.load(directory, settings)
    except (V2XError, OSError) as error:
        raise fail(str(error), TROUBLE) from None


def learn(store: TrustStore, certificates: list[str] | None, at: float) -> None:
    """Have the store judge certificates given by option; status 2 where one is none."""
    from v2x.cli.feed import object_octets
    from v2x.cli.inputs import fail
    from v2x.codecs import coer
    from v2x.errors import CodecError, TrustError

    for text in certificates or ():
        try:
            store.find_certificate(coer.decode("Certificate", object_octets(text)), at)
        except CodecError as error:
            raise fail(f"--certificate {text}: {error}", TROUBLE) from None
        except TrustError:  # remembered: its messages are dropped for the same reason
            continue


def judged(verifier: Verifier, octets: bytes, layer: Unit, at: float) -> dict[str, Any]:
    """The verdict on one frame or bare secured message received at ``at`` (POSIX s)."""
    from v2x.errors import CodecError, TrustError

    try:
        return _line(verifier.open(_unit(octets, layer), at))
    except (TrustError, CodecError) as error:
        return _line(error)


def _line(verdict: VerifiedPayload | TrustError | CodecError) -> dict[str, Any]:
    """The object of a verdict."""
    from v2x.errors import TrustError, V2XError

    if isinstance(verdict, V2XError):
        signer = verdict.signer if isinstance(verdict, TrustError) else None
        return {
            "verdict": "dropped",
            "stage": str(verdict.reason.stage),
            "reason": verdict.reason.label,
            "detail": verdict.detail,
            "signer": None if signer is None else signer.hex(),
        }
    return {
        "verdict": "accepted",
        "aid": verdict.aid,
        "signer": verdict.signer,
        "generation_time": None if verdict.generated_at is None else iso_utc(verdict.generated_at),
        "payload": verdict.data.hex(),
    }


def _unit(octets: bytes, layer: Unit) -> Frame:
    """What the verifier opens; CodecError or TrustError where it has no form."""
    from v2x.certs import spdu
    from v2x.codecs import aids
    from v2x.codecs.dsmp import DsmpFrame

    bare = octets[:1] == b"\x03" and octets[1:2] in (b"\x80", b"\x81", b"\x82", b"\x83")
    if layer is Unit.SPDU or (layer is Unit.AUTO and bare):
        message = spdu.parse(octets)
        return _Bare(0 if isinstance(message, bytes) else message.aid, octets)
    frame = DsmpFrame.parse(octets)
    aids.require(frame.aid)
    return frame


def _received_at(at: float | None, item: Item) -> float:
    if at is not None:
        return at
    return now() if item.at is None else item.at


def _unreadable(item: Item, error: Any) -> dict[str, Any]:
    return {"error": {item.place: item.number, "reason": str(error)}}
