"""``v2x decode`` and ``v2x encode``: messages as lines of hex or a capture, and as lines of JSON (JER).

``decode`` writes one JSON object a line, in the order of the input::

    {"profile": "csae53_2020", "profiles": ["csae53_2020"], "message": "MAP", "value": {"mapFrame": {...}}}
    {"error": {"kind": "truncated", "path": "MessageFrame.bsmFrame.pos.lat", "bit": 96, "reason": "..."}}

``profiles`` are all that fit; ``profile`` is the one asked for, else the sender's known one (signed frames
name their sender), else the newest that fits.  In layer ``frame`` there is ``frame`` too: its AID, and
whether it is signed.  Signatures are not checked here: ``verified`` is false, always.

``encode`` reads such lines and writes one line of hex for each, or an error object.  Both end with status 1
where any line failed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from v2x.cli.inputs import Input, Layer, Profile, lines, opened, packets, reader_may_leave, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs import Message, SenderProfiles
    from v2x.errors import CodecError

__all__ = ["decode", "encode"]

FileArgument = Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")]


def decode(
    file: FileArgument = Path("-"),
    profile: Annotated[
        Profile, typer.Option(help="The edition of the message dictionary; auto tries all.")
    ] = Profile.AUTO,
    input_format: Annotated[
        Input,
        typer.Option("--input", help="hex: one a line, # for comments; bin: one; pcap, pcapng: a capture."),
    ] = Input.HEX,
    layer: Annotated[
        Layer | None,
        typer.Option(
            help="What the octets are: a bare MessageFrame or a DSMP frame. Default: frame for a capture.",
            show_default=False,
        ),
    ] = None,
    lenient: Annotated[
        bool,
        typer.Option(
            "--lenient",
            help="Take zero octets behind a message, and a message without MessageFrame; 'forgave' says so.",
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show where every bit goes instead, as v2x explain does.")
    ] = False,
) -> None:
    """Decode C-V2X messages, all 14 kinds of three profiles, to one line of JSON each.

    A capture is a pcap or pcapng file of link type 147 (USER0), one DSMP frame per packet. Status 1 where any
    line failed.
    """
    from v2x.codecs import SenderProfiles
    from v2x.errors import CodecError

    layer = layer or (Layer.FRAME if input_format in (Input.PCAP, Input.PCAPNG) else Layer.MESSAGE)
    if explain:
        from v2x.cli.inspect import explain as explain_messages

        explain_messages(file, profile, input_format, layer)
        return
    senders = SenderProfiles()
    failed = False
    with opened(file) as stream, reader_may_leave():
        for item in _octets_of(stream, input_format):
            try:
                if isinstance(item, CodecError):
                    raise item
                line = _decoded(item, profile, layer, senders, lenient)
            except CodecError as error:
                failed = True
                line = _error(error)
            _print(json.dumps(line))
    if failed:
        raise typer.Exit(1)


def encode(
    file: FileArgument = Path("-"),
    profile: Annotated[
        Profile, typer.Option(help="The edition to write; auto: the one that each line names.")
    ] = Profile.AUTO,
) -> None:
    """Encode lines of JSON, as `v2x decode` writes them or just their values, to one line of hex each.

    A line that can't be encoded gives a line with the error object. Status 1 where any line failed.
    """
    from v2x.codecs import encode as encode_message
    from v2x.errors import CodecError

    failed = False
    with opened(file) as stream, reader_may_leave():
        for item in lines(stream):
            try:
                if isinstance(item, CodecError):
                    raise item
                if not item.strip():
                    continue
                line = encode_message(_message_of(item, profile)).hex()
            except CodecError as error:
                failed = True
                line = json.dumps(_error(error))
            _print(line)
    if failed:
        raise typer.Exit(1)


def _decoded(
    octets: bytes, profile: Profile, layer: Layer, senders: SenderProfiles, lenient: bool
) -> dict[str, Any]:
    """One line's object; CodecError."""
    from v2x.codecs import decode as decode_message
    from v2x.codecs import detect
    from v2x.codecs.dsmp import DsmpFrame
    from v2x.codecs.jer import to_jer

    line: dict[str, Any] = {}
    sender: str | None = None
    if layer is Layer.FRAME:
        octets, line["frame"] = unwrapped(DsmpFrame.parse(octets))
        sender = line["frame"].get("signer")
    if profile is Profile.AUTO and sender and not lenient:
        message = senders.decode(sender, octets)
    else:
        message = decode_message(octets, profile=profile, lenient=lenient)
    line["profile"] = message.profile
    line["profiles"] = list(detect(octets, lenient=lenient).profiles)
    line["message"] = message.kind
    line["value"] = to_jer(message)
    if message.forgave:
        line["forgave"] = list(message.forgave)
    return line


def _message_of(line: bytes, profile: Profile) -> Message:
    """The message that a line of JSON holds; CodecError."""
    from v2x.codecs import PROFILES
    from v2x.codecs.jer import from_jer
    from v2x.errors import CodecError, CodecErrorKind

    def refuse(reason: str) -> CodecError:
        return CodecError(CodecErrorKind.UNENCODABLE, reason)

    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise refuse(f"no JSON: {error}") from None
    if not isinstance(document, dict):
        raise refuse("no JSON object")
    if "error" in document and "value" not in document:
        raise refuse("the line is an error, not a message")
    name = document.get("profile") if profile is Profile.AUTO else str(profile)
    if name is None:
        raise refuse("the line names no profile: give one with --profile")
    if name not in PROFILES:
        raise refuse(f"unknown profile {name!r}: one of {', '.join(PROFILES)}")
    message = from_jer(document.get("value", document), name)
    if document.get("message", message.kind) != message.kind:
        raise refuse(f"the line says {document['message']!r}, its value is {message.kind}")
    return message


def _error(error: CodecError) -> dict[str, Any]:
    from v2x.errors import FrameError

    reason = f"{error.reason.label}: {error.detail}" if isinstance(error, FrameError) else error.detail
    return {"error": {"kind": str(error.kind), "path": error.path, "bit": error.bit, "reason": reason}}


def _octets_of(stream: BinaryIO, input_format: Input) -> Iterator[bytes | CodecError]:
    """The messages of the input, and an error in the place of each that can't be read."""
    from v2x.codecs.codec import MAX_MESSAGE_OCTETS
    from v2x.errors import CodecError, CodecErrorKind

    if input_format is Input.BIN:
        yield stream.read(MAX_MESSAGE_OCTETS + 1)
    elif input_format in (Input.PCAP, Input.PCAPNG):
        yield from packets(stream)
    else:
        for line in lines(stream):
            if isinstance(line, CodecError):
                yield line
                continue
            digits = line.partition(b"#")[0].strip()
            if not digits:
                continue
            try:
                yield bytes.fromhex(digits.decode("ascii"))
            except ValueError:
                yield CodecError(CodecErrorKind.MALFORMED, "the line is no even number of hexadecimal digits")


def _print(line: str) -> None:
    """One line, at once: what follows may take its time."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
