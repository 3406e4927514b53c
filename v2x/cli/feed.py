"""What the security commands read: frames or payloads one by one, each with its place and its capture time.

``auto`` looks at the first octets: a capture begins with its magic number, a single frame in octets with 3 or
4, everything else is hex, one a line, with comments behind ``#``.  What can't be read stands as an error in
its place, and the next one follows.  Hex lines are given out as they come, so that a live pipe works.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import typer

from v2x.cli.inputs import Input, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.errors import CodecError

__all__ = ["MAX_OBJECT_OCTETS", "Item", "items", "object_octets"]

MAX_OBJECT_OCTETS = 4 << 20
"""Most that is read of a certificate, list or message: the COER codec takes 1 MiB, which is 2 MiB of hex."""

MAX_UNIT_OCTETS = 1 << 17
"""Most that is read of a single frame or payload in octets: DSMP's Length field ends at 65,535."""

_PCAPNG = b"\x0a\x0d\x0d\x0a"
_TEXT = frozenset(range(32, 127)) | frozenset(b"\t\r\n")
_FIRST_OCTETS = frozenset((3, 4))
"""Protocol version of a secured message, protocol type of a DSMP unit; no capture begins with them."""


class Item(NamedTuple):
    """One frame or payload: line or packet (from 1), the capture's stamp (POSIX s), octets or why not."""

    place: str
    number: int
    at: float | None
    octets: bytes | CodecError


def items(stream: BinaryIO, input_format: Input, *, single: bool = False) -> Iterator[Item]:
    """The items of a stream.  ``single``: octets that are no text are one item, whatever they begin with."""
    if input_format is Input.AUTO:
        input_format = _recognised(_head(stream), single=single)
    if input_format is Input.BIN:
        yield Item("line", 1, None, stream.read(MAX_UNIT_OCTETS))
    elif input_format is Input.HEX:
        yield from _hex_items(stream)
    else:
        yield from _packet_items(stream)


def object_octets(text: str) -> bytes:
    """The octets that an argument means: of a file (raw or hex, ``-`` is standard input), or hex digits.

    typer.BadParameter says why there are none.
    """
    is_file = text == "-" or _is_file(text)
    if is_file:
        from v2x.cli.inputs import opened

        with opened(Path(text)) as stream:
            data = stream.read(MAX_OBJECT_OCTETS + 1)
        if len(data) > MAX_OBJECT_OCTETS:
            raise typer.BadParameter(f"{text}: more than {MAX_OBJECT_OCTETS} octets", param_hint="FILE|HEX")
        if not _TEXT.issuperset(data):
            return data
        digits = "".join(line.partition("#")[0] for line in data.decode("ascii").splitlines())
    else:
        digits = text
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        octets = b""
    if not octets:
        why = f"{text}: text that is no hex" if is_file else f"{_short(text)} is no file and no hex"
        raise typer.BadParameter(why, param_hint="FILE|HEX")
    return octets


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _is_file(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # hex digits are too long for a name
        return False


def _head(stream: BinaryIO) -> bytes:
    """The first octets, which stay in the stream."""
    if isinstance(stream, io.BufferedReader):
        return stream.peek(4)[:4]
    head = stream.read(4)
    stream.seek(-len(head), io.SEEK_CUR)
    return head


def _recognised(head: bytes, *, single: bool) -> Input:
    if head == _PCAPNG:
        return Input.PCAPNG
    if _TEXT.issuperset(head):
        return Input.HEX
    return Input.BIN if single or head[0] in _FIRST_OCTETS else Input.PCAP


def _hex_items(stream: BinaryIO) -> Iterator[Item]:
    from v2x.errors import CodecError, CodecErrorKind

    for number, line in enumerate(lines(stream), 1):
        if isinstance(line, CodecError):
            yield Item("line", number, None, line)
            continue
        digits = line.partition(b"#")[0].strip()
        if not digits:
            continue
        try:
            yield Item("line", number, None, bytes.fromhex(digits.decode("ascii")))
        except ValueError:
            wrong = CodecError(CodecErrorKind.MALFORMED, "no even number of hexadecimal digits")
            yield Item("line", number, None, wrong)


def _packet_items(stream: BinaryIO) -> Iterator[Item]:
    from v2x.codecs.pcap import DSMP_LINK_TYPE
    from v2x.codecs.pcapng import open_capture
    from v2x.errors import CodecError, CodecErrorKind

    number = 0
    try:
        for number, packet in enumerate(open_capture(stream), 1):
            if packet.link_type == DSMP_LINK_TYPE:
                yield Item("packet", number, packet.at, packet.octets)
                continue
            detail = f"link type {packet.link_type}, DSMP frames have {DSMP_LINK_TYPE} (USER0)"
            yield Item(
                "packet", number, packet.at, CodecError(CodecErrorKind.UNSUPPORTED, detail, path="pcap")
            )
    except CodecError as error:  # nothing behind it can be found
        yield Item("packet", number + 1, None, error)
