"""Capture files of libpcap's classic format: read both byte orders and both resolutions, write one.

    file    magic A1B2C3D4 (microseconds) or A1B23C4D (nanoseconds), version 2.4, zone and accuracy (unused),
            longest packet, link type; the magic tells the byte order
    packet  seconds, fraction, octets captured, octets on the air; then the octets

Link type 147 (USER0) is what this project writes: one DSMP unit per packet, the adaptation octet first.  To
make one from hex: ``text2pcap -F pcap -l 147 IN OUT`` (Wireshark 4 writes pcapng without ``-F pcap``).

Source: the libpcap file format as tcpdump.org describes it (pcap-savefile); LINKTYPE_USER0 = 147.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DSMP_LINK_TYPE", "MAX_PACKET_OCTETS", "Packet", "PcapWriter", "read_pcap", "write_pcap"]

DSMP_LINK_TYPE = 147
"""LINKTYPE_USER0: private use, here one DSMP unit."""

MAX_PACKET_OCTETS = 262144
"""Longest packet that is read, the limit of tcpdump and Wireshark: a broken length can't fill memory."""

_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_LINK_TYPE_BITS = 0x0FFFFFFF
"""The rest of that field tells the length of a frame check sequence."""


class Packet(NamedTuple):
    """One captured packet: POSIX seconds, the link type of its file, and the octets captured."""

    at: float
    link_type: int
    octets: bytes


def read_pcap(stream: BinaryIO) -> Iterator[Packet]:
    """The packets of a capture, one at a time.

    Raises CodecError: ``unsupported`` for pcapng, ``malformed`` for another file or a packet longer than
    262,144 octets, ``truncated`` where the file ends inside a packet.  ``bit`` is the place in the file.
    """
    head = _exactly(stream, 4, 0, "file header")
    if head == _PCAPNG:
        raise CodecError(
            CodecErrorKind.UNSUPPORTED,
            "this is a pcapng file; convert it: editcap -F pcap IN OUT (or: text2pcap -F pcap)",
            path="pcap",
            bit=0,
        )
    if head not in _MAGICS:
        raise CodecError(CodecErrorKind.MALFORMED, f"{head.hex()} begins no pcap file", path="pcap", bit=0)
    order, unit_s = _MAGICS[head]
    major, minor, *_, link = struct.unpack(order + "HHiIII", _exactly(stream, 20, 4, "file header"))
    if (major, minor) != (2, 4):
        raise CodecError(
            CodecErrorKind.UNSUPPORTED, f"pcap version {major}.{minor}, known is 2.4", path="pcap", bit=32
        )
    return _packets(stream, struct.Struct(order + "IIII"), unit_s, link & _LINK_TYPE_BITS)


def _packets(stream: BinaryIO, header: struct.Struct, unit_s: float, link: int) -> Iterator[Packet]:
    offset = 24
    while True:
        first = stream.read(1)
        if not first:
            return
        rest = _exactly(stream, header.size - 1, offset + 1, "packet header")
        seconds, fraction, captured, _ = header.unpack(first + rest)
        if captured > MAX_PACKET_OCTETS:
            raise CodecError(
                CodecErrorKind.MALFORMED,
                f"a packet of {captured} octets, the limit is {MAX_PACKET_OCTETS}",
                path="pcap",
                bit=8 * (offset + 8),
            )
        offset += header.size
        octets = _exactly(stream, captured, offset, "packet")
        offset += captured
        yield Packet(seconds + fraction * unit_s, link, octets)


class PcapWriter:
    """Writes a capture packet by packet, little endian, in microseconds."""

    def __init__(self, stream: BinaryIO, link_type: int = DSMP_LINK_TYPE) -> None:
        self._stream = stream
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, MAX_PACKET_OCTETS, link_type))

    def write(self, at: float, octets: bytes) -> None:
        """Add a packet captured at ``at`` (POSIX s).

        ValueError for an instant that 32 bits can't hold or more than 262,144 octets.
        """
        microseconds = round(at * 1e6)
        if not 0 <= microseconds < 1_000_000 << 32:
            raise ValueError(f"{at} has no place in 32 bits of seconds")
        if len(octets) > MAX_PACKET_OCTETS:
            raise ValueError(f"{len(octets)} octets, the limit is {MAX_PACKET_OCTETS}")
        seconds, fraction = divmod(microseconds, 1_000_000)
        self._stream.write(struct.pack("<IIII", seconds, fraction, len(octets), len(octets)) + octets)


def write_pcap(
    stream: BinaryIO, packets: Iterable[tuple[float, bytes]], link_type: int = DSMP_LINK_TYPE
) -> int:
    """Write (POSIX seconds, octets) pairs as a capture; gives their number.  ValueError as the writer's."""
    writer = PcapWriter(stream, link_type)
    count = 0
    for at, octets in packets:
        writer.write(at, octets)
        count += 1
    return count


def _exactly(stream: BinaryIO, count: int, offset: int, what: str) -> bytes:
    """``count`` octets, however the stream cuts them up."""
    parts: list[bytes] = []
    missing = count
    while missing:
        part = stream.read(missing)
        if not part:
            raise CodecError(
                CodecErrorKind.TRUNCATED,
                f"the file ends inside a {what}: {missing} octets are missing",
                path="pcap",
                bit=8 * offset,
            )
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
