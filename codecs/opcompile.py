"""The compiler of :mod:`v2x.codecs.optable`: from the tree of a profile's types to rows.

Only what can be reached from ``MessageFrame`` and the Day-2 messages gets a row; a type used twice is one
row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.codecs import parsed
from v2x.codecs.identifiers import attribute_name, class_name
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE
from v2x.codecs.optable import (
    EXTENSIBLE,
    FRAME,
    OPTIONAL,
    ROOT,
    SELECTOR,
    UNBOUNDED,
    Code,
    Op,
    OpTable,
    Part,
)
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    Member,
    Node,
    Null,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
    node_of,
)

if TYPE_CHECKING:
    from typing import Any

__all__ = ["compile_profile"]

OPEN_FRAME = "MessageFrameExt"
"""The SEQUENCE whose OCTET STRING is an open type: ``messageId`` says what ``value`` holds."""

BITS_PER_CHARACTER = 7
"""IA5String."""

MAX_WIDTH = 57
"""Widest field: eight octets hold it at any offset in its first octet."""


def compile_profile(profile: str) -> OpTable:
    """The table of ``profile``; ValueError for types that the engines can't hold."""
    return _Compiler(profile).table()


class _Compiler:
    """Turns nodes into rows, each once."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._type_names = _type_names(profile)
        self._rows: dict[Node, int] = {}
        self._classes: set[str] = set()
        self._ops: list[Op] = []
        self._parts: list[Part] = []
        self._names: list[tuple[str, ...]] = []
        self._messages: list[tuple[int, int]] = []

    def table(self) -> OpTable:
        if self._profile == DAY2_PROFILE:
            for number, day2 in sorted(DAY2_MESSAGES.items()):
                self._messages.append((number, self._row(node_of(self._profile, day2.type_name), "")))
        self._row(node_of(self._profile, ROOT), "")
        compound = (Code.SEQ, Code.CHOICE)
        roots = {op.type_name: row for row, op in enumerate(self._ops) if op.code in compound}
        return OpTable(
            self._profile,
            tuple(self._ops),
            tuple(self._parts),
            tuple(self._names),
            tuple(self._messages),
            roots,
        )

    def _row(self, node: Node, place: str) -> int:
        """The row of ``node``; ``place`` names a type that has no name of its own."""
        if node not in self._rows:
            name = self._type_names.get(node, "")
            op = self._op(node, name or place)
            self._ops.append(op if op.type_name else op._replace(type_name=name))
            self._rows[node] = len(self._ops) - 1
        return self._rows[node]

    def _op(self, node: Node, type_name: str) -> Op:
        match node:
            case Null():
                return _op(Code.NULL)
            case Boolean():
                return _op(Code.BOOL, least=1)
            case Integer():
                width = _width(node.high - node.low)
                return _op(Code.INT, node.extensible, node.low, node.high, width)
            case Enumerated():
                last = len(node.names) - 1
                return _op(Code.ENUM, node.extensible, 0, last, _width(last), self._list(node.names))
            case BitString():
                return self._string(Code.BITS, node, 1, self._list(_bit_names(node)))
            case OctetString():
                return self._string(Code.OCTETS, node, 8, 0)
            case Text():
                return self._string(Code.TEXT, node, BITS_PER_CHARACTER, 0)
            case SequenceOf():
                return self._list_of(node, type_name)
            case Sequence() | Choice():
                return self._compound(node, type_name)

    def _list(self, names: tuple[str, ...]) -> int:
        if names not in self._names:
            self._names.append(names)
        return self._names.index(names)

    @staticmethod
    def _string(code: Code, node: BitString | OctetString | Text, unit: int, first: int) -> Op:
        extensible = not isinstance(node, Text) and node.extensible
        if node.high is None:
            return _op(code, extensible, node.low, UNBOUNDED, least=8)
        op = _op(code, extensible, node.low, node.high, _width(node.high - node.low), first)
        # in extension form a shorter string than the shortest of the root may come
        return op._replace(least=op.least + (0 if extensible else unit * node.low))

    def _list_of(self, node: SequenceOf, type_name: str) -> Op:
        element = self._row(node.element, f"{type_name}_element")
        least = self._ops[element].least
        if least < (8 if node.high is None else 1):
            raise ValueError(f"{type_name}: elements of {least} bits would not be bounded by the input")
        if node.high is None:
            return _op(Code.LIST, False, node.low, UNBOUNDED, first=element, least=8)
        width = _width(node.high - node.low)
        return _op(Code.LIST, False, node.low, node.high, width, element, least=width + node.low * least)

    def _compound(self, node: Sequence | Choice, type_name: str) -> Op:
        if not type_name:
            raise ValueError("a SEQUENCE or CHOICE without a name")
        root = [member for member in node.members if not member.addition]
        parts = [self._part(member, type_name) for member in node.members]
        self._check_names(class_name(type_name), parts)
        first = len(self._parts)
        self._parts += parts
        if isinstance(node, Choice):
            flags = node.extensible * EXTENSIBLE | (type_name == ROOT) * FRAME
            width = _width(len(root) - 1)
            least = min(self._ops[part.op].least for part in parts[: len(root)]) + width + node.extensible
            code = Code.CHOICE
        else:
            flags = node.extensible * EXTENSIBLE
            width = node.extensible + sum(member.optional for member in root)
            if width > MAX_WIDTH:
                raise ValueError(f"{type_name}: {width} bits of preamble")
            mandatory = [part for part in parts[: len(root)] if not part.flags & OPTIONAL]
            least = width + sum(self._ops[part.op].least for part in mandatory)
            code = Code.SEQ
        members, more = len(root), len(parts) - len(root)
        return Op(code, flags, 0, 0, width, first, members, more, least, type_name)

    def _part(self, member: Member, owner: str) -> Part:
        flags = OPTIONAL if member.optional or member.addition else 0
        if owner == OPEN_FRAME and member.name == "messageId":
            flags |= SELECTOR
        if owner == OPEN_FRAME and member.name == "value":
            row = self._open_type()
        else:
            row = self._row(member.node, f"{owner}_{attribute_name(member.name)}")
        return Part(row, flags, member.name, attribute_name(member.name))

    def _open_type(self) -> int:
        self._ops.append(_op(Code.OPEN, members=len(self._messages), least=8))
        return len(self._ops) - 1

    def _check_names(self, name: str, parts: list[Part]) -> None:
        """Two types must not share a class, two parts not an attribute."""
        if name in self._classes:
            raise ValueError(f"two types give the class {name}")
        self._classes.add(name)
        if len({part.attribute for part in parts}) != len(parts):
            raise ValueError(f"two parts of {name} give one attribute")


def _type_names(profile: str) -> dict[Node, str]:
    """The name of each type that has one; of an alias, the name of what it stands for."""
    names: dict[Node, str] = {}
    modules: dict[str, Any] = parsed.load(profile)
    for module in modules.values():
        for name, descriptor in module["types"].items():
            if descriptor["type"] in ("SEQUENCE", "CHOICE", "SEQUENCE OF", "ENUMERATED", "BIT STRING"):
                names[node_of(profile, name)] = name
    return names


def _op(
    code: Code,
    extensible: bool = False,
    low: int = 0,
    high: int = 0,
    width: int = 0,
    first: int = 0,
    members: int = 0,
    least: int | None = None,
) -> Op:
    """A row; ``least`` defaults to the field and the extension bit."""
    if width > MAX_WIDTH:
        raise ValueError(f"a field of {width} bits")
    shortest = width + extensible if least is None else least
    return Op(code, extensible * EXTENSIBLE, low, high, width, first, members, 0, shortest, "")


def _width(span: int) -> int:
    """Bits of a number 0..span."""
    return span.bit_length()


def _bit_names(node: BitString) -> tuple[str, ...]:
    """The names by bit number; a bit without a name has an empty one."""
    names = [""] * (1 + max(node.named.values(), default=-1))
    for name, bit in node.named.items():
        names[bit] = name
    return tuple(names)
