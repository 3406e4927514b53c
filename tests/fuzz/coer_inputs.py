"""What the fuzzers feed the COER codecs: values of every type, also of a later edition, and their octets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs import coer, coer_compound, coer_nodes

if TYPE_CHECKING:
    from random import Random

__all__ = ["ROOTS", "pool_of", "random_value", "value_of"]

ROOTS = (
    "V2XSecData", "Certificate", "HeaderInfo", "SignerIdentifier", "RootCtl", "PkiCtl", "CrlContents",
    "CrlSsp", "ScmsSsp", "EeRaCertRequest",
)  # fmt: skip
"""The types that octets from outside are read as, and two that stand in an addition."""

DEPTH = 11
"""Types that a value nests before only the smallest are taken: a certificate in a message needs 9."""


def random_value(rng: Random, type_name: str) -> Any:
    """A value of the type."""
    return value_of(rng, coer._types()[type_name], rng.choice((2, 5, DEPTH)))


def pool_of(rng: Random, each: int) -> list[tuple[str, bytes]]:
    """(type, octets) of random values of the root types."""
    return [(name, coer.encode(name, random_value(rng, name))) for name in ROOTS for _ in range(each)]


def value_of(rng: Random, node: coer_nodes.Node, depth: int) -> Any:
    """A value of ``node``; below depth 0 nothing that can be left out."""
    match node:
        case coer_nodes.Integer():
            return rng.choice((node.low, node.high, rng.randint(node.low, node.high)))
        case coer_nodes.BigInteger():
            most = 1 << rng.choice((1, 7, 8, 31, 63 if node.signed else 64))
            return rng.randrange(-most if node.signed else 0, most)
        case coer_nodes.Octets():
            return rng.randbytes(_count(rng, node.low, node.high, (0, 1, 3, 8, 130, 300)))
        case coer_nodes.Bits():
            return bytes([rng.choice((0x80, rng.randrange(256)))]), node.bits
        case coer_nodes.Enumerated():
            later = (len(node.names), 127, 128, 40000, -1) if node.extensible and rng.random() < 0.1 else ()
            return rng.choice(later or node.names)
        case coer_nodes.Utf8():
            return rng.choice(("", "v2x", "京A·12345", "x" * 200))
        case coer_nodes.ListOf():
            count = node.low if depth <= 0 else _count(rng, node.low, node.high, (0, 1, 1, 2, 3))
            return [value_of(rng, node.element, depth - 1) for _ in range(count)]
        case coer_compound.Choice():
            return _alternative(rng, node, depth)
        case coer_compound.Sequence():
            return _fields(rng, node, depth)
        case _:
            return None


def _count(rng: Random, low: int, high: int | None, more: tuple[int, ...]) -> int:
    count = low + rng.choice(more)
    return count if high is None else min(count, high)


def _alternative(rng: Random, node: coer_compound.Choice, depth: int) -> tuple[str, Any]:
    if node.extensible and rng.random() < 0.03:
        return coer.UNKNOWN, (rng.randrange(len(node.fields), 63), rng.randbytes(rng.choice((0, 1, 9, 200))))
    field = rng.choice(node.fields) if depth > 0 else node.fields[0]
    return field.name, value_of(rng, field.node, depth - 1)


def _fields(rng: Random, node: coer_compound.Sequence, depth: int) -> dict[str, Any]:
    value = {}
    for field in (*node.root, *node.additions):
        default = field.default is not coer_compound.NO_DEFAULT
        may_lack = default or field.optional or field in node.additions
        if may_lack and (depth <= 0 or rng.random() < 0.5):
            continue
        value[field.name] = (
            field.default if default and rng.random() < 0.3 else value_of(rng, field.node, depth - 1)
        )
    if node.extensible and rng.random() < 0.1:
        known = len(node.additions)
        count = known + rng.choice((1, 1, 5, 70))
        indices = sorted(rng.sample(range(known, count), rng.randrange(1, min(3, count - known) + 1)))
        value[coer.UNKNOWN] = (count, tuple((i, rng.randbytes(rng.choice((0, 1, 5, 130)))) for i in indices))
    return value
