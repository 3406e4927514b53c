"""Test frames of the bench: who sent it, which one it is, and when.

    octets  0..3    magic "V2XT" (56 32 58 54)
            4       version, 1
            5       flags: bit 0, the sender's clock is disciplined to UTC; the other bits are 0
            6..7    0
            8..11   sender: what the bench calls it, such as its layer-2 id
            12..15  sequence: 0, 1, 2, ... modulo 2^32
            16..23  microseconds since 1970-01-01 00:00 UTC by the sender's clock, when it was sent
            24..27  CRC-32 (ISO 3309, as zlib.crc32) of all other octets, in their order
            28..    filling up to the wanted size, zeros; receivers take any

All numbers are unsigned, big endian.  The layout is ours.  The first octet is no Protocol Type of the
adaptation layer that is in use (4 is DSMP), so a station that hears a test frame drops it and counts it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from v2x.errors import ModemError

__all__ = [
    "HEADER_SIZE",
    "SEQUENCE_MODULUS",
    "SIZE_LIMIT",
    "TestPayload",
    "TestPayloadError",
    "is_test_payload",
]

MAGIC = b"V2XT"
VERSION = 1
FLAG_UTC = 0x01
SEQUENCE_MODULUS = 1 << 32

SIZE_LIMIT = 8176
"""Octets of the longest test frame: what AT+CV2XDTS takes at most."""

_HEAD = struct.Struct(">4sBBHIIQ")
_CRC = struct.Struct(">I")
HEADER_SIZE = _HEAD.size + _CRC.size
"""Octets of the shortest test frame."""


class TestPayloadError(ModemError):
    """Octets that are no test frame of ours, or a damaged one; ``damaged`` tells them apart."""

    __test__ = False  # no test class, whatever pytest thinks of the name

    def __init__(self, detail: str, *, damaged: bool = False) -> None:
        self.damaged = damaged
        super().__init__(f"no test frame: {detail}")


@dataclass(frozen=True, slots=True)
class TestPayload:
    """One test frame; ``sent_at`` in POSIX s of the sender's clock, kept to the microsecond."""

    __test__ = False

    sender: int
    sequence: int
    sent_at: float
    utc: bool = False

    def encode(self, size: int = HEADER_SIZE) -> bytes:
        """The frame with ``size`` octets.  ValueError on a number or size that the layout can't hold."""
        if not HEADER_SIZE <= size <= SIZE_LIMIT:
            raise ValueError(f"a test frame has {HEADER_SIZE}..{SIZE_LIMIT} octets, not {size}")
        flags = FLAG_UTC if self.utc else 0
        sent_us = round(self.sent_at * 1e6)
        try:
            head = _HEAD.pack(MAGIC, VERSION, flags, 0, self.sender, self.sequence, sent_us)
        except struct.error as error:
            raise ValueError(f"not in a test frame: {error}") from None
        filling = bytes(size - HEADER_SIZE)
        return head + _CRC.pack(zlib.crc32(filling, zlib.crc32(head))) + filling

    @classmethod
    def decode(cls, data: bytes) -> TestPayload:
        """Read a frame.  Raises TestPayloadError."""
        if not is_test_payload(data):
            raise TestPayloadError("other magic")
        if not HEADER_SIZE <= len(data) <= SIZE_LIMIT:
            raise TestPayloadError(f"{len(data)} octets", damaged=True)
        head, (crc,), filling = data[: _HEAD.size], _CRC.unpack_from(data, _HEAD.size), data[HEADER_SIZE:]
        if crc != zlib.crc32(filling, zlib.crc32(head)):
            raise TestPayloadError("check sum", damaged=True)
        _, version, flags, zero, sender, sequence, sent_us = _HEAD.unpack(head)
        if version != VERSION or zero or flags & ~FLAG_UTC:
            raise TestPayloadError(f"version {version}, flags {flags:#x}")
        return cls(sender, sequence, sent_us / 1e6, bool(flags & FLAG_UTC))


def is_test_payload(data: bytes) -> bool:
    """Whether ``data`` begins as a test frame does."""
    return data.startswith(MAGIC)
