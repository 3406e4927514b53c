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

import contextlib
import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs import Message, SenderProfiles
    from v2x.codecs.dsmp import DsmpFrame
    from v2x.errors import CodecError

__all__ = ["decode", "encode"]

MAX_LINE_OCTETS = 4 << 20
"""Longest input line: the JSON of the longest message stays below a quarter of that."""

STATUS_BROKEN_PIPE = 141
"""What a shell shows for a program whose reader went away (128 + SIGPIPE)."""


class Profile(StrEnum):
    """The choices of --profile."""

    AUTO = "auto"
    CSAE157_2020 = "csae157_2020"
    CSAE53_2020 = "csae53_2020"
    YDT3709_2020 = "ydt3709_2020"


class Input(StrEnum):
    """The choices of --input."""

    HEX = "hex"
    BIN = "bin"
    PCAP = "pcap"


class Layer(StrEnum):
    """The choices of --layer."""

    MESSAGE = "message"
    FRAME = "frame"


FileArgument = Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")]


def decode(
    file: FileArgument = Path("-"),
    profile: Annotated[
        Profile, typer.Option(help="The edition of the message dictionary; auto tries all.")
    ] = Profile.AUTO,
    input_format: Annotated[
        Input,
        typer.Option("--input", help="hex: one a line, # for comments; bin: one; pcap: a capture."),
    ] = Input.HEX,
    layer: Annotated[
        Layer | None,
        typer.Option(
            help="What the octets are: a bare MessageFrame or a DSMP frame. Default: frame for pcap.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Decode C-V2X messages (BSM, MAP, SPAT, RSI, RSM and Day-2) to one line of JSON each.

    A capture is a classic pcap file of link type 147 (USER0), one DSMP frame per packet. Status 1 where any
    line failed.
    """
    from v2x.codecs import SenderProfiles
    from v2x.errors import CodecError

    layer = layer or (Layer.FRAME if input_format is Input.PCAP else Layer.MESSAGE)
    senders = SenderProfiles()
    failed = False
    with _opened(file) as stream, _reader_may_leave():
        for item in _octets_of(stream, input_format):
            try:
                if isinstance(item, CodecError):
                    raise item
                line = _decoded(item, profile, layer, senders)
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
    with _opened(file) as stream, _reader_may_leave():
        for item in _lines(stream):
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


def _decoded(octets: bytes, profile: Profile, layer: Layer, senders: SenderProfiles) -> dict[str, Any]:
    """One line's object; CodecError."""
    from v2x.codecs import decode as decode_message
    from v2x.codecs import detect
    from v2x.codecs.dsmp import DsmpFrame
    from v2x.codecs.jer import to_jer

    line: dict[str, Any] = {}
    sender: str | None = None
    if layer is Layer.FRAME:
        octets, line["frame"] = _unwrapped(DsmpFrame.parse(octets))
        sender = line["frame"].get("signer")
    if profile is Profile.AUTO and sender:
        message = senders.decode(sender, octets)
    else:
        message = decode_message(octets, profile=profile)
    line["profile"] = message.profile
    line["profiles"] = list(detect(octets).profiles)
    line["message"] = message.kind
    line["value"] = to_jer(message)
    return line


def _unwrapped(frame: DsmpFrame) -> tuple[bytes, dict[str, Any]]:
    """The octets of the message inside a DSMP frame, and what there is to say about the frame.

    A secured message is opened without any check.  Octets that begin like one and aren't are taken for a
    bare message, which may begin the same way.
    """
    from v2x.codecs import coer
    from v2x.errors import CodecError, CodecErrorKind

    about: dict[str, Any] = {"aid": frame.aid, "signed": False, "verified": False}
    octets = frame.payload
    if octets[:1] != b"\x03" or octets[1:2] not in (b"\x80", b"\x81", b"\x82", b"\x83"):
        return octets, about
    try:
        kind, content = coer.decode("V2XSecData", octets)["content"]
    except CodecError:
        return octets, about
    if kind == "signedData":
        about["signed"] = True
        signer, identity = content["signer"]
        if signer == "digest":
            about["signer"] = bytes(identity).hex()
        data = content["tbsData"]["payload"].get("data")
        kind, content = data["content"] if data else ("external data", b"")
    if kind != "unsecuredData":
        raise CodecError(CodecErrorKind.UNSUPPORTED, f"a secured message of {kind}", path="V2XSecData")
    return bytes(content), about


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
    from v2x.codecs.pcap import DSMP_LINK_TYPE, read_pcap
    from v2x.errors import CodecError, CodecErrorKind

    if input_format is Input.BIN:
        yield stream.read(MAX_MESSAGE_OCTETS + 1)
    elif input_format is Input.PCAP:
        try:
            for packet in read_pcap(stream):
                if packet.link_type != DSMP_LINK_TYPE:
                    detail = f"link type {packet.link_type}, DSMP frames have {DSMP_LINK_TYPE} (USER0)"
                    raise CodecError(CodecErrorKind.UNSUPPORTED, detail, path="pcap")
                yield packet.octets
        except CodecError as error:  # nothing behind it can be found
            yield error
    else:
        for line in _lines(stream):
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


def _lines(stream: BinaryIO) -> Iterator[bytes | CodecError]:
    """The lines of the input as they come, and an error in the place of one that is too long."""
    from v2x.errors import CodecError, CodecErrorKind

    while line := stream.readline(MAX_LINE_OCTETS):
        if len(line) < MAX_LINE_OCTETS or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_OCTETS)
        yield CodecError(CodecErrorKind.UNSUPPORTED, f"a line of more than {MAX_LINE_OCTETS} octets")


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}", param_hint="FILE") from None
    with stream:
        yield stream


@contextlib.contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End quietly where what reads our output went away (``v2x decode ... | head``)."""
    try:
        yield
    except BrokenPipeError:
        # Python flushes standard output once more when it ends: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(STATUS_BROKEN_PIPE) from None


def _print(line: str) -> None:
    """One line, at once: what follows may take its time."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
