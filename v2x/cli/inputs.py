"""What the engineers' commands read: files of hex, octets or captures, as messages.

``auto`` looks at the octets: a capture begins with its magic number, ASCII text is hex (one message a line,
comments behind ``#``), everything else is one message in octets.  Packets of a capture are DSMP
frames; of a signed frame the message inside is taken, without any check.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Protocol

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs import Message
    from v2x.codecs.dsmp import DsmpFrame
    from v2x.errors import CodecError

__all__ = [
    "Input",
    "InputOption",
    "Layer",
    "LayerOption",
    "Profile",
    "ProfileOption",
    "fail",
    "lines",
    "message_of",
    "octets_of",
    "opened",
    "packets",
    "reader_may_leave",
    "unwrapped",
]

MAX_LINE_OCTETS = 4 << 20
"""Longest input line: the JSON of the longest message stays below a quarter of that."""

STATUS_BROKEN_PIPE = 141
"""What a shell shows for a program whose reader went away (128 + SIGPIPE)."""

MAX_INPUT_OCTETS = 64 << 20
"""Most that is read of hex or octets at once: ten hours of one sender's BSM."""

_CAPTURES = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
_TEXT = frozenset(range(32, 127)) | frozenset(b"\t\r\n")


class Profile(StrEnum):
    """The choices of --profile."""

    AUTO = "auto"
    CSAE157_2020 = "csae157_2020"
    CSAE53_2020 = "csae53_2020"
    YDT3709_2020 = "ydt3709_2020"


class Input(StrEnum):
    """The choices of --input."""

    AUTO = "auto"
    HEX = "hex"
    BIN = "bin"
    PCAP = "pcap"
    PCAPNG = "pcapng"


class Layer(StrEnum):
    """The choices of --layer."""

    MESSAGE = "message"
    FRAME = "frame"


ProfileOption = Annotated[
    Profile, typer.Option(help="The edition of the message dictionary; auto takes the newest that fits.")
]
InputOption = Annotated[
    Input,
    typer.Option(
        "--input", help="hex: one message a line, # for comments; bin: one; pcap, pcapng: a capture."
    ),
]
LayerOption = Annotated[
    Layer | None,
    typer.Option(
        help="What the octets are: a bare MessageFrame or a DSMP frame. Default: frame for a capture.",
        show_default=False,
    ),
]


class Readable(Protocol):
    """What a capture is read from."""

    def read(self, count: int, /) -> bytes:
        """Up to ``count`` octets; fewer only at the end."""
        ...


@contextlib.contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A file or, for ``-``, standard input."""
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}", param_hint="FILE") from None
    with stream:
        yield stream


def octets_of(
    stream: BinaryIO, input_format: Input, layer: Layer | None
) -> Iterator[tuple[bytes | CodecError, Layer]]:
    """Each message's or frame's octets with their layer, an error in the place of what can't be read."""
    from v2x.errors import CodecError, CodecErrorKind

    head = stream.read(4)
    whole = _Joined(head, stream)
    if input_format in (Input.PCAP, Input.PCAPNG) or (input_format is Input.AUTO and head in _CAPTURES):
        for item in packets(whole):
            yield item, layer or Layer.FRAME
        return
    octets = whole.read(MAX_INPUT_OCTETS + 1)
    layer = layer or Layer.MESSAGE
    if len(octets) > MAX_INPUT_OCTETS:
        detail = f"more than the {MAX_INPUT_OCTETS} octets that are read"
        yield CodecError(CodecErrorKind.UNSUPPORTED, detail), layer
    elif input_format is Input.BIN or (input_format is Input.AUTO and not _TEXT.issuperset(octets)):
        yield octets, layer
    else:
        for line in octets.splitlines():
            digits = line.partition(b"#")[0].strip()
            if digits:
                yield _digits(digits), layer


def message_of(octets: bytes, layer: Layer, profile: Profile) -> Message:
    """The message of octets, a signed frame opened without a check; CodecError."""
    from v2x.codecs import decode
    from v2x.codecs.dsmp import DsmpFrame

    if layer is Layer.FRAME:
        octets, _ = unwrapped(DsmpFrame.parse(octets))
    return decode(octets, profile=profile.value)


def fail(text: str, status: int = 1) -> typer.Exit:
    """Write why to standard error; raise what this gives."""
    sys.stderr.write(f"{text}\n")
    return typer.Exit(status)


class _Joined:
    """A stream with the octets before it that were read already."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._stream = stream

    def read(self, count: int) -> bytes:
        """Up to ``count`` octets, as a stream gives them."""
        first = self._head.read(count)
        return first + self._stream.read(count - len(first)) if len(first) < count else first


def packets(stream: Readable) -> Iterator[bytes | CodecError]:
    """The DSMP frames of a capture, an error in the place of what is none or can't be read."""
    from v2x.codecs.pcap import DSMP_LINK_TYPE
    from v2x.codecs.pcapng import open_capture
    from v2x.errors import CodecError, CodecErrorKind

    try:
        for packet in open_capture(stream):
            if packet.link_type == DSMP_LINK_TYPE:
                yield packet.octets
            else:
                detail = f"link type {packet.link_type}, DSMP frames have {DSMP_LINK_TYPE} (USER0)"
                yield CodecError(CodecErrorKind.UNSUPPORTED, detail, path="pcap")
    except CodecError as error:  # nothing behind it can be found
        yield error


def lines(stream: BinaryIO) -> Iterator[bytes | CodecError]:
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
def reader_may_leave() -> Iterator[None]:
    """End quietly where what reads our output went away (``v2x decode ... | head``)."""
    try:
        yield
    except BrokenPipeError:
        # Python flushes standard output once more when it ends: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(STATUS_BROKEN_PIPE) from None


def _digits(digits: bytes) -> bytes | CodecError:
    from v2x.errors import CodecError, CodecErrorKind

    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return CodecError(CodecErrorKind.MALFORMED, "the line is no even number of hexadecimal digits")


def unwrapped(frame: DsmpFrame) -> tuple[bytes, dict[str, Any]]:
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
