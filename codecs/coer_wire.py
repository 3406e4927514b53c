"""What all nodes of the COER interpreter share: limits, the error, the decoded SEQUENCE, lengths.

Source: ITU-T X.696 (canonical form); the limits are ours.
"""

from __future__ import annotations

from typing import Any

from v2x.errors import CodecErrorKind

__all__ = [
    "MAX_ADDITIONS",
    "MAX_DEPTH",
    "MAX_LIST",
    "UNKNOWN",
    "NodeError",
    "Record",
    "malformed",
    "read_length",
    "truncated",
    "unencodable",
    "write_length",
]

MAX_DEPTH = 48
"""Nested types: a certificate in a signed message needs 16, a second message inside it as many again."""
MAX_LIST = 65_536
"""Elements of a list: a revocation list of a city's vehicles; every element costs at least one octet."""
MAX_ADDITIONS = 256
"""Bits of a presence bit string: the longest type known has 3 additions."""
UNKNOWN = "..."
"""Key of unknown additions of a SEQUENCE, name of an unknown alternative of a CHOICE."""


class NodeError(Exception):
    """A node's complaint; names are added from the inside out; the public functions make it a CodecError."""

    def __init__(self, kind: CodecErrorKind, detail: str, at: int | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.at = at
        self.names: list[str] = []


class Record(dict[str, Any]):
    """A decoded SEQUENCE: its fields by name, and in ``octets`` the received octets that they came from.

    What is hashed and what a signature covers is ``octets``, never an encoding of the fields.
    """

    __slots__ = ("octets",)
    octets: bytes


def truncated(at: int) -> NodeError:
    """The input ended inside a value that begins at octet ``at``."""
    return NodeError(CodecErrorKind.TRUNCATED, "the octets end inside this value", at)


def malformed(detail: str, at: int) -> NodeError:
    """Octets that no canonical encoder writes."""
    return NodeError(CodecErrorKind.MALFORMED, detail, at)


def unencodable(detail: str) -> NodeError:
    """A value that the type doesn't have."""
    return NodeError(CodecErrorKind.UNENCODABLE, detail)


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Length determinant at ``at``: (length, offset after it); the octets it announces are present."""
    if at >= end:
        raise truncated(at)
    length = data[at]
    start = at + 1
    if length >= 0x80:
        count = length - 0x80
        if not 1 <= count <= 4:
            raise malformed(f"length of {count} octets", at)
        start += count
        if start > end:
            raise truncated(at)
        length = int.from_bytes(data[at + 1 : start])
        if length < 0x80 or length < 1 << (8 * (count - 1)):
            raise malformed("length is not in its shortest form", at)
    if length > end - start:
        raise truncated(at)
    return length, start


def write_length(length: int, out: bytearray) -> None:
    """Append a length determinant in its shortest form."""
    if length < 0x80:
        out.append(length)
        return
    count = (length.bit_length() + 7) // 8
    out.append(0x80 + count)
    out += length.to_bytes(count)
