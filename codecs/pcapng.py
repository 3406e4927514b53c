"""Capture files of the pcapng format: read in both byte orders, written with one interface.

    block           type (4 octets), total length, body, total length again; padded to 4 octets
    Section Header  0A0D0D0A, byte-order magic 1A2B3C4D, version 1.0, section length; begins anew what follows
    Interface       1: link type, longest packet; option 9 the resolution of time stamps (10^-n s, or 2^-n s
                    with the top bit set; 10^-6 without it), option 14 an offset in s
    Enhanced Packet 6: interface, time stamp (high, low), octets captured, octets on the air, the octets
    Simple Packet   3: octets on the air, the octets; of the first interface, without a time
    Packet          2: the obsolete form of 6

Other blocks (names, statistics, comments, decryption secrets) are passed over.  What is written has link type
147 (USER0) like :mod:`v2x.codecs.pcap`: one DSMP unit per packet, the adaptation octet first.

Source: IETF draft draft-ietf-opsawg-pcapng (PCAP Next Generation Capture File Format).
"""

from __future__ import annotations

import io
import math
import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

from v2x.codecs.pcap import DSMP_LINK_TYPE, MAX_PACKET_OCTETS, Packet, read_pcap
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PcapngWriter", "Readable", "open_capture", "read_pcapng", "write_pcapng"]

MAX_BLOCK_OCTETS = 16 << 20
"""Longest block that is read, as in Wireshark: a broken length can't fill memory."""

MAX_INTERFACES = 1024
"""Interfaces of a section: a test bench has a handful; each costs memory for as long as the file is read."""

_SECTION, _INTERFACE, _PACKET, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_MAGIC = 0x1A2B3C4D
_RESOLUTION, _OFFSET = 9, 14
_MICROSECONDS = 6


class Readable(Protocol):
    """What a capture is read from."""

    def read(self, count: int, /) -> bytes:
        """Up to ``count`` octets, none at the end."""
        ...


class _Interface(NamedTuple):
    link_type: int
    longest: int
    ticks_per_s: int
    offset_s: int


class _Block(NamedTuple):
    """A block's type and body, and the offset of its first octet in the file."""

    kind: int
    body: bytes
    at: int


def open_capture(stream: Readable) -> Iterator[Packet]:
    """The packets of a capture of either format, which its first octets tell; errors as its reader's."""
    head = _exactly(stream, 4, 0, "file header")
    joined = _Joined(head, stream)
    if head == _SECTION.to_bytes(4, "big"):
        return read_pcapng(joined)
    return read_pcap(cast(BinaryIO, joined))


def read_pcapng(stream: Readable) -> Iterator[Packet]:
    """The packets of a capture, one at a time; ``at`` is NaN for a Simple Packet, which has no time.

    Raises CodecError: ``malformed`` for another file, lengths that contradict each other or an interface
    that there is not, ``unsupported`` for another version, a block of more than 16 MiB or more than 1,024
    interfaces, ``truncated`` where the file ends inside a block.  ``bit`` is the place in the file.
    """
    interfaces: list[_Interface] = []
    for order, block in _blocks(stream):
        if block.kind == _SECTION:
            interfaces = []
        elif block.kind == _INTERFACE:
            if len(interfaces) >= MAX_INTERFACES:
                raise _fault(CodecErrorKind.UNSUPPORTED, f"more than {MAX_INTERFACES} interfaces", block.at)
            interfaces.append(_interface(order, block))
        elif block.kind in (_ENHANCED, _PACKET, _SIMPLE):
            yield _packet(order, block, interfaces)


class PcapngWriter:
    """Writes a capture packet by packet: one section, one interface, little endian, in microseconds."""

    def __init__(self, stream: BinaryIO, link_type: int = DSMP_LINK_TYPE) -> None:
        self._stream = stream
        header = struct.pack("<IHHq", _MAGIC, 1, 0, -1) + _option(4, b"v2x") + _option(0, b"")
        interface = struct.pack("<HHI", link_type, 0, MAX_PACKET_OCTETS)
        interface += _option(_RESOLUTION, bytes([_MICROSECONDS])) + _option(0, b"")
        self._write(_SECTION, header)
        self._write(_INTERFACE, interface)

    def write(self, at: float, octets: bytes) -> None:
        """Add a packet captured at ``at`` (POSIX s); ValueError for no such instant or > 262,144 octets."""
        if not (math.isfinite(at) and 0 <= at * 1e6 < 1 << 64):
            raise ValueError(f"{at} has no place in 64 bits of microseconds")
        if len(octets) > MAX_PACKET_OCTETS:
            raise ValueError(f"{len(octets)} octets, the limit is {MAX_PACKET_OCTETS}")
        high, low = divmod(round(at * 1e6), 1 << 32)
        head = struct.pack("<IIIII", 0, high, low, len(octets), len(octets))
        self._write(_ENHANCED, head + _padded(octets))

    def _write(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", 12 + len(body))
        self._stream.write(struct.pack("<I", kind) + length + body + length)


def write_pcapng(
    stream: BinaryIO, packets: Iterable[tuple[float, bytes]], link_type: int = DSMP_LINK_TYPE
) -> int:
    """Write (POSIX seconds, octets) pairs as a capture; gives their number.  ValueError as the writer's."""
    writer = PcapngWriter(stream, link_type)
    count = 0
    for at, octets in packets:
        writer.write(at, octets)
        count += 1
    return count


class _Joined:
    """A stream with the octets before it that were read already."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = io.BytesIO(head)
        self._stream = stream

    def read(self, count: int, /) -> bytes:
        return self._head.read(count) or self._stream.read(count)


def _blocks(stream: Readable) -> Iterator[tuple[str, _Block]]:
    """The blocks with the byte order of their section; the first one is a Section Header."""
    order, offset = "", 0
    while first := stream.read(1):
        head = first + _exactly(stream, 7, offset + 1, "block header")
        if head[:4] == _SECTION.to_bytes(4, "big"):  # the same in both orders
            magic = _exactly(stream, 4, offset + 8, "section header")
            order = _order(magic, offset)
            rest = 12
        elif order:
            magic, rest = b"", 8
        else:
            raise _fault(CodecErrorKind.MALFORMED, f"{head[:4].hex()} begins no pcapng file", offset)
        kind, length = struct.unpack(order + "II", head)
        if length < rest + 4 or length % 4:
            raise _fault(CodecErrorKind.MALFORMED, f"a block of {length} octets", offset)
        if length > MAX_BLOCK_OCTETS:
            detail = f"a block of {length} octets, the limit is {MAX_BLOCK_OCTETS}"
            raise _fault(CodecErrorKind.UNSUPPORTED, detail, offset)
        octets = _exactly(stream, length - rest, offset + rest, "block")
        if struct.unpack(order + "I", octets[-4:])[0] != length:
            raise _fault(CodecErrorKind.MALFORMED, "a block's two lengths differ", offset)
        body = magic + octets[:-4]
        if kind == _SECTION:
            _check_version(order, body, offset)
        yield order, _Block(kind, body, offset)
        offset += length


def _order(magic: bytes, offset: int) -> str:
    for order in "<>":
        if struct.unpack(order + "I", magic)[0] == _MAGIC:
            return order
    raise _fault(CodecErrorKind.MALFORMED, f"{magic.hex()} is no byte-order magic", offset)


def _check_version(order: str, body: bytes, offset: int) -> None:
    if len(body) < 16:
        raise _fault(CodecErrorKind.MALFORMED, "a section header of too few octets", offset)
    major, minor = struct.unpack(order + "HH", body[4:8])
    if major != 1:
        raise _fault(CodecErrorKind.UNSUPPORTED, f"pcapng version {major}.{minor}, known is 1.x", offset)


def _interface(order: str, block: _Block) -> _Interface:
    if len(block.body) < 8:
        raise _fault(CodecErrorKind.MALFORMED, "an interface of too few octets", block.at)
    link, _, longest = struct.unpack(order + "HHI", block.body[:8])
    ticks_per_s, offset_s, at = 10**_MICROSECONDS, 0, 8
    while at + 4 <= len(block.body):
        code, length = struct.unpack(order + "HH", block.body[at : at + 4])
        value = block.body[at + 4 : at + 4 + length]
        if code == 0 or len(value) < length:
            break
        if code == _RESOLUTION and length == 1:
            exponent = value[0] & 0x7F
            ticks_per_s = (2 if value[0] & 0x80 else 10) ** exponent
        elif code == _OFFSET and length == 8:
            (offset_s,) = struct.unpack(order + "q", value)
        at += 4 + length + -length % 4
    return _Interface(link, longest, ticks_per_s, offset_s)


def _packet(order: str, block: _Block, interfaces: list[_Interface]) -> Packet:
    body, simple = block.body, block.kind == _SIMPLE
    head = 4 if simple else 20
    if len(body) < head:
        raise _fault(CodecErrorKind.MALFORMED, "a packet block of too few octets", block.at)
    if simple:
        number, high, low = 0, 0, 0
        (captured,) = struct.unpack(order + "I", body[:4])
    elif block.kind == _ENHANCED:
        number, high, low, captured, _ = struct.unpack(order + "IIIII", body[:20])
    else:
        number, _, high, low, captured, _ = struct.unpack(order + "HHIIII", body[:20])
    if number >= len(interfaces):
        raise _fault(CodecErrorKind.MALFORMED, f"interface {number} of {len(interfaces)}", block.at)
    interface = interfaces[number]
    if simple:
        captured = min(captured, interface.longest or captured)
    if captured > min(len(body) - head, MAX_PACKET_OCTETS):
        detail = f"a packet of {captured} octets in a block of {len(body)}, the limit is {MAX_PACKET_OCTETS}"
        raise _fault(CodecErrorKind.MALFORMED, detail, block.at)
    at = math.nan if simple else ((high << 32) + low) / interface.ticks_per_s + interface.offset_s
    return Packet(at, interface.link_type, body[head : head + captured])


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _fault(kind: CodecErrorKind, detail: str, offset: int) -> CodecError:
    return CodecError(kind, detail, path="pcapng", bit=8 * offset)


def _exactly(stream: Readable, count: int, offset: int, what: str) -> bytes:
    """``count`` octets, however the stream cuts them up."""
    parts: list[bytes] = []
    missing = count
    while missing:
        part = stream.read(missing)
        if not part:
            detail = f"the file ends inside a {what}: {missing} octets are missing"
            raise _fault(CodecErrorKind.TRUNCATED, detail, offset)
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
