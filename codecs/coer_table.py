"""The types of the secured message as rows of numbers, for the native COER codec (``engine_coer_table.h``).

Made in memory from the nodes of :mod:`v2x.codecs.coer_nodes` when the codec is made::

    ops      (code, flags, size, low, high, first, count, more), one per node
    fields   (row, flags, name, default, its octets), one per field of a SEQUENCE, alternative of a CHOICE
    names    tuples of enumerators
    roots    {type name: row}

``size`` is octets (INTEGER, BIT STRING); ``low`` and ``high`` are bounds of the number, the octets, the bits
or the elements, -1 for no upper one; ``first`` is the first field, the row of the element or the tuple of
names; ``count`` fields stand in the root and ``more`` behind the extension marker.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from v2x.codecs.coer_compound import NO_DEFAULT, Choice, Field, Sequence
from v2x.codecs.coer_nodes import BigInteger, Bits, Enumerated, Integer, ListOf, Node, Null, Octets, Utf8

__all__ = ["EXTENSIBLE", "OPTIONAL", "SIGNED", "Code", "FieldRow", "Op", "Table", "table_of"]

EXTENSIBLE, SIGNED = 1, 2
"""Flags of a row."""

OPTIONAL = 1
"""Flag of a field: it has a bit in the preamble."""


class Code(IntEnum):
    """The kind of a row."""

    NULL = 0
    INTEGER = 1
    BIG = 2
    ENUMERATED = 3
    OCTETS = 4
    BITS = 5
    UTF8 = 6
    SEQUENCE = 7
    LIST = 8
    CHOICE = 9


Op = tuple[int, int, int, int, int, int, int, int]
FieldRow = tuple[int, int, str, object, bytes]


class Table(NamedTuple):
    """The arguments of the native codec."""

    ops: tuple[Op, ...]
    fields: tuple[FieldRow, ...]
    names: tuple[tuple[str, ...], ...]
    roots: dict[str, int]


def table_of(types: dict[str, Node]) -> Table:
    """The rows of all types and of what is inside them."""
    maker = _Maker()
    roots = {name: maker.row(node) for name, node in types.items()}
    while maker.waiting:
        maker.fill(maker.waiting.pop())
    return Table(
        tuple(maker.ops[row] for row in range(len(maker.ops))), tuple(maker.fields), tuple(maker.names), roots
    )


class _Maker:
    def __init__(self) -> None:
        self.ops: dict[int, Op] = {}
        self.fields: list[FieldRow] = []
        self.names: list[tuple[str, ...]] = []
        self.waiting: list[Node] = []
        self._rows: dict[int, int] = {}

    def row(self, node: Node) -> int:
        """The node's row; one that is new waits to be filled in."""
        if id(node) not in self._rows:
            self._rows[id(node)] = len(self._rows)
            self.waiting.append(node)
        return self._rows[id(node)]

    def fill(self, node: Node) -> None:
        """The row of a node, and rows for those inside it."""
        self.ops[self.row(node)] = self._op(node)

    def _op(self, node: Node) -> Op:
        match node:
            case Null():
                return Code.NULL, 0, 0, 0, 0, 0, 0, 0
            case Integer():
                return Code.INTEGER, SIGNED * node.signed, node.size, node.low, node.high, 0, 0, 0
            case BigInteger():
                return Code.BIG, SIGNED * node.signed, 0, 0, -1, 0, 0, 0
            case Enumerated():
                self.names.append(node.names)
                return Code.ENUMERATED, int(node.extensible), 0, 0, -1, len(self.names) - 1, 0, 0
            case Octets():
                return Code.OCTETS, 0, 0, node.low, -1 if node.high is None else node.high, 0, 0, 0
            case Bits():
                return Code.BITS, 0, node.size, node.bits, node.bits, 0, 0, 0
            case Utf8():
                return Code.UTF8, 0, 0, 0, -1, 0, 0, 0
            case ListOf():
                return Code.LIST, 0, 0, node.low, node.high, self.row(node.element), 0, 0
            case Sequence():
                first = self._add(*node.root, *node.additions)
                more = len(node.additions)
                return Code.SEQUENCE, int(node.extensible), 0, 0, -1, first, len(node.root), more
            case Choice():
                first = self._add(*node.fields)
                more = len(node.fields) - node.roots
                return Code.CHOICE, int(node.extensible), 0, 0, -1, first, node.roots, more
            case _:
                raise TypeError(f"no row for {type(node).__name__}")

    def _add(self, *fields: Field) -> int:
        first = len(self.fields)
        for field in fields:
            has_default = field.default is not NO_DEFAULT
            flags = OPTIONAL * (field.optional or has_default)
            default = field.default if has_default else None
            self.fields.append((self.row(field.node), flags, field.name, default, field.default_octets))
        return first
