"""Inputs for the codec fuzzers: octets near messages and far from them, and values near and far from right
ones.

Everything comes from a seeded generator: the same seed gives the same inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE, KINDS
from v2x.codecs.optable import Code
from v2x.testing import random_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from v2x.codecs.optable import OpTable

__all__ = ["later_edition", "mutated", "octets", "pool_of", "reframed", "spoilt"]


def pool_of(table: OpTable, rng: Random, encode: Callable[[Any], bytes], each: int) -> list[bytes]:
    """Encoded random messages of every kind, half of them as a later edition would send them."""
    kinds = KINDS if table.profile == DAY2_PROFILE else KINDS[:5]
    values = [random_value(rng, kind, table.profile) for kind in kinds for _ in range(each)]
    root = table.roots["MessageFrame"]
    for at in range(0, len(values), 2):
        values[at] = later_edition(rng, table, root, values[at])
    return [encode(value) for value in values]


def later_edition(rng: Random, table: OpTable, row: int, value: Any, number: int = -1) -> Any:
    """A value with what extension markers allow: strings and numbers in extension form, unknown additions."""
    op = table.ops[row]
    if op.code == Code.SEQ:
        number = value.get("messageId", -1)
        made = {
            part.name: later_edition(rng, table, part.op, value[part.name], number)
            for part in table.parts_of(op)
            if part.name in value
        }
        if op.is_extensible and rng.random() < 0.1:
            count = op.more + rng.choice((1, 1, 2, 70))
            made["..."] = (count, ((count - 1, rng.randbytes(rng.choice((0, 1, 5, 130)))),))
        return made
    if op.code == Code.LIST:
        return [later_edition(rng, table, op.first, item) for item in value]
    if op.code == Code.CHOICE:
        part = next(part for part in table.parts_of(op) if part.name == value[0])
        return value[0], later_edition(rng, table, part.op, value[1])
    if op.code == Code.OPEN:
        return later_edition(rng, table, dict(table.messages)[number], value)
    if op.is_extensible and rng.random() < 0.3:
        if op.code == Code.BITS:
            bits = rng.choice((0, 1, op.low, op.low + 1, 64, 200))
            return ((rng.getrandbits(bits + 1) >> 1) << (-bits % 8)).to_bytes((bits + 7) // 8, "big"), bits
        if op.code == Code.OCTETS:
            return rng.randbytes(rng.choice((0, 33, 128, 200)))
        if op.code == Code.INT:
            return rng.choice((-1, 1 << 40, -(1 << 63), (1 << 63) - 1, 128, -129))
    return value


def octets(rng: Random, pool: list[bytes]) -> bytes:
    """One input: a message with damage, mostly; else octets behind a lead that means something, or any."""
    draw = rng.random()
    if draw < 0.05:
        return reframed(rng, rng.choice(pool))
    if draw < 0.8:
        return mutated(rng, pool)
    tail = rng.randbytes(rng.randrange(1, 90))
    if draw < 0.9:
        return bytes([rng.choice((0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x80))]) + tail
    if draw < 0.97:
        number = rng.choice((*DAY2_MESSAGES, 28))
        return bytes([0x80, len(tail) + 3, 0, number, len(tail)]) + tail
    return rng.randbytes(rng.randrange(0, 60))


def reframed(rng: Random, data: bytes) -> bytes:
    """A Day-2 message with lengths in two octets or zero octets behind or inside it; others: behind."""
    if len(data) < 6 or data[0] != 0x80:
        return data + bytes(rng.choice((0, 1, 3)))
    at = 2 if data[1] < 0x80 else 3
    number = data[at : at + 2]
    message = data[at + (3 if data[at + 2] < 0x80 else 4) :] + bytes(rng.choice((0, 0, 0, 2)))
    inner = number + _length(rng, len(message)) + message + bytes(rng.choice((0, 0, 0, 1)))
    return b"\x80" + _length(rng, len(inner)) + inner + bytes(rng.choice((0, 0, 0, 1)))


def _length(rng: Random, length: int) -> bytes:
    """A length determinant in one octet or, though one would do, in two."""
    if length < 128 and rng.random() < 0.5:
        return bytes([length])
    return (0x8000 | length).to_bytes(2, "big")


def mutated(rng: Random, pool: list[bytes]) -> bytes:
    """A message with bits flipped, octets changed, put in or taken out, two spliced, or as it is."""
    data = bytearray(rng.choice(pool))
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        draw = rng.random()
        at = rng.randrange(len(data)) if data else 0
        if not data:
            break
        if draw < 0.6:
            data[at] ^= 1 << rng.randrange(8)
        elif draw < 0.75:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xC1, 0xFF, rng.randrange(256)))
        elif draw < 0.83:
            data[at:at] = rng.randbytes(rng.randrange(1, 4))
        elif draw < 0.9:
            del data[at : at + rng.randrange(1, 4)]
        elif draw < 0.95:
            del data[at:]
        else:
            other = rng.choice(pool)
            data[at:] = other[rng.randrange(len(other) + 1) :]
    return bytes(data)


STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 31, 1 << 63, 1 << 200, -(1 << 63) - 1, 1.5, "", "x", "é", b"", b"\xff",
    b"\0" * 600,
    [], [None], (), (1, 2), (b"\0", 5), (b"\xff", 3), (b"", 0), (b"\0" * 40, 320), {}, {"x": 1},
    "unavailable",
    ("position-LL1", {}), (None, None), (1, ((0, b"a"),)), (3, ((2, b"ab"),)), (2, ()),
)  # fmt: skip


def spoilt(rng: Random, value: Any) -> Any:
    """A copy of a value in asn1tools' form with one thing in it changed, mostly to something wrong."""
    if rng.random() < 0.15:
        return rng.choice(STRANGE)
    if isinstance(value, dict) and value:
        copy = dict(value)
        name = rng.choice(list(copy))
        draw = rng.random()
        if draw < 0.06:
            del copy[name]
        elif draw < 0.12:
            copy[rng.choice(("strange", "...", "", 7, "messageId"))] = rng.choice(STRANGE)
        else:
            copy[name] = spoilt(rng, copy[name])
        return copy
    if isinstance(value, list) and value:
        items = list(value)
        if rng.random() < 0.2:
            return items * rng.choice((0, 2, 70))
        at = rng.randrange(len(items))
        items[at] = spoilt(rng, items[at])
        return items
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value[0], spoilt(rng, value[1])
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.5:
        return value + rng.choice((-1, 1, 256, -65536, 1 << 33))
    return rng.choice(STRANGE)
