"""What all nodes of the COER interpreter share: limits, the error, the decoded SEQUENCE, lengths.

Source: ITU-T X.696 (canonical form); the limits are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.coer_faults import MAX_DEPTH, MAX_OCTETS, Fault

if TYPE_CHECKING:
    from types import UnionType

__all__ = [
    "MAX_ADDITIONS",
    "MAX_DEPTH",
    "MAX_LIST",
    "MAX_OCTETS",
    "UNKNOWN",
    "NodeError",
    "Record",
    "append",
    "is_a",
    "length_octets",
    "read_length",
    "write_length",
]

MAX_LIST = 65_536
"""Elements of a list: a revocation list of a city's vehicles; every element costs at least one octet."""
MAX_ADDITIONS = 256
"""Bits of a presence bit string: the longest type known has 3 additions."""
UNKNOWN = "..."
"""Key of unknown additions of a SEQUENCE, name of an unknown alternative of a CHOICE."""


class NodeError(Exception):
    """A node's complaint; names are added from the inside out; the public functions make it a CodecError.

    The arguments are those of :func:`v2x.codecs.coer_faults.to_error`.
    """

    def __init__(
        self,
        fault: Fault,
        at: int = -1,
        a: int = 0,
        *,
        value: Any = None,
        bounds: tuple[int | None, int | None] = (None, None),
    ) -> None:
        super().__init__(fault)
        self.fault = fault
        self.at = at
        self.a = a
        self.value = value
        self.bounds = bounds
        self.names: list[str | int] = []


class Record(dict[str, Any]):
    """A decoded SEQUENCE: its fields by name, and in ``octets`` the received octets that they came from.

    What is hashed and what a signature covers is ``octets``, never an encoding of the fields.
    """

    __slots__ = ("octets",)
    octets: bytes


def is_a(value: object, kind: type | UnionType) -> bool:
    """Whether the value is one, whatever it says of itself."""
    return issubclass(type(value), kind)


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Length determinant at ``at``: (length, offset after it); the octets it announces are present."""
    if at >= end:
        raise NodeError(Fault.TRUNCATED, at)
    length = data[at]
    start = at + 1
    if length >= 0x80:
        count = length - 0x80
        if not 1 <= count <= 4:
            raise NodeError(Fault.LENGTH_OCTETS, at, count)
        start += count
        if start > end:
            raise NodeError(Fault.TRUNCATED, at)
        length = int.from_bytes(data[at + 1 : start], "big")
        if length < 0x80 or length < 1 << (8 * (count - 1)):
            raise NodeError(Fault.LENGTH_FORM, at)
    if length > end - start:
        raise NodeError(Fault.TRUNCATED, at)
    return length, start


def append(out: bytearray, octets: bytes | bytearray | memoryview) -> None:
    """Append octets, up to the longest encoding."""
    if len(octets) > MAX_OCTETS - len(out):
        raise NodeError(Fault.VALUE_FULL)
    out += octets


def length_octets(length: int) -> bytes:
    """A length determinant in its shortest form."""
    if length < 0x80:
        return bytes((length,))
    count = (length.bit_length() + 7) // 8
    return bytes((0x80 + count,)) + length.to_bytes(count, "big")


def write_length(length: int, out: bytearray) -> None:
    """Append a length determinant."""
    append(out, length_octets(length))
