"""Bits and p-encoded numbers in pure Python: the contract that ``_native.c`` fulfils too.

``read_bits``: most significant bit first, as UPER counts them.  p-encoding (DSMP's AID): the lead octet
says how many octets the number has, and each length starts where the shorter one ends::

    0xxxxxxx                    0 .. 127              v
    10xxxxxx +1 octet         128 .. 16511       0x8000     + (v - 0x80)
    110xxxxx +2 octets      16512 .. 2113663     0xC00000   + (v - 0x4080)
    1110xxxx +3 octets    2113664 .. 270549119   0xE0000000 + (v - 0x204080)
    1111xxxx              invalid

Source: GB/T 31024.3-2019 (DSMP tables, through public articles); the bounds are published test values.
"""

from __future__ import annotations

__all__ = ["P_ENCODED_MAX", "p_decode", "p_encode", "read_bits"]

P_ENCODED_MAX = 270549119
"""The largest number that has a p-encoding."""

_FORMS = ((0x80, 0, 0x00), (0x4080, 0x80, 0x8000), (0x204080, 0x4080, 0xC00000))
"""Per length of 1, 2, 3 octets: first value that no longer fits, first value, prefix."""


def read_bits(data: bytes, bit_offset: int, width: int) -> int:
    """The unsigned number in ``width`` bits of ``data`` from ``bit_offset`` on.

    Raises ValueError where the bits are not all inside ``data`` or a number is negative.
    """
    end = bit_offset + width
    if bit_offset < 0 or width < 0 or end > 8 * len(data):
        raise ValueError(f"{width} bits at bit {bit_offset} are not inside {len(data)} octets")
    chunk = int.from_bytes(data[bit_offset >> 3 : (end + 7) >> 3], "big")
    return (chunk >> (-end & 7)) & ((1 << width) - 1)


def p_encode(value: int) -> bytes:
    """The p-encoding of ``value``, 1 to 4 octets; ValueError outside 0..270549119."""
    if not 0 <= value <= P_ENCODED_MAX:
        raise ValueError(f"{value} has no p-encoding: not in 0..{P_ENCODED_MAX}")
    for octets, (end, first, prefix) in enumerate(_FORMS, start=1):
        if value < end:
            return (prefix + value - first).to_bytes(octets, "big")
    return (0xE0000000 + value - 0x204080).to_bytes(4, "big")


def p_decode(data: bytes, offset: int = 0) -> tuple[int, int]:
    """The p-encoded number at ``offset`` and the offset after it.

    Raises ValueError on a lead octet of 0xF0 or more and where ``data`` ends too early.
    """
    if not 0 <= offset < len(data):
        raise ValueError(f"no octet at offset {offset}")
    lead = data[offset]
    if lead >= 0xF0:
        raise ValueError(f"lead octet 0x{lead:x} is invalid in p-encoding")
    octets = 1 if lead < 0x80 else 2 if lead < 0xC0 else 3 if lead < 0xE0 else 4
    end = offset + octets
    if end > len(data):
        raise ValueError(f"lead octet 0x{lead:x} announces {octets} octets, {len(data) - offset} are there")
    number = int.from_bytes(data[offset:end], "big")
    if octets == 4:
        return number - 0xE0000000 + 0x204080, end
    _, first, prefix = _FORMS[octets - 1]
    return number - prefix + first, end
