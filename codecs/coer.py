"""COER codec of the secured message types: certificates, signed messages, trust lists, CRLs, requests.

The types stand as a table in ``asn1/secured-message.json`` (YD/T 3957-2021 by one public transcription;
encoding ITU-T X.696 canonical, automatic tags).  This module compiles the table on first use into nodes
(:mod:`v2x.codecs.coer_nodes`, where the rules and the value forms are written down) and is the public face::

    value = decode("V2XSecData", octets)      the whole input must be used up
    value, after = decode_prefix("Certificate", octets, offset)
    octets = encode("V2XSecData", value)

The native engine does it where it was built, else its Python twin, with the same values and errors.
``V2X_PURE_PYTHON`` in the environment, set to anything but nothing, chooses Python.

Decoding is canonical: what is accepted encodes back to the same octets.  Each decoded SEQUENCE is a
:class:`Record`, a dict whose ``octets`` are the received ones: hash those, never an encoding of the fields.
Any input gives a value or :class:`v2x.errors.CodecError` with the path of the field.  Encoding takes dict,
list, tuple, int, str and octets, and runs no code of a value's own.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from v2x.codecs import records
from v2x.codecs.coer_compound import NO_DEFAULT, Choice, Field, Sequence
from v2x.codecs.coer_faults import MAX_OCTETS, to_error
from v2x.codecs.coer_nodes import (
    BigInteger,
    Bits,
    Enumerated,
    Integer,
    ListOf,
    Node,
    Null,
    Octets,
    Reference,
    Utf8,
)
from v2x.codecs.coer_pure import PureCoer
from v2x.codecs.coer_table import table_of
from v2x.codecs.coer_wire import MAX_DEPTH, UNKNOWN, Record

__all__ = [
    "MAX_OCTETS",
    "UNKNOWN",
    "Coer",
    "Record",
    "decode",
    "decode_prefix",
    "encode",
    "make",
    "type_names",
]


class Coer(Protocol):
    """What the native codec and its Python twin have in common."""

    def decode(self, type_name: str, data: bytes, /) -> Any:
        """The value of all octets; CodecError."""

    def decode_prefix(self, type_name: str, data: bytes, offset: int, /) -> tuple[Any, int]:
        """The value that begins at ``offset`` and the offset after it; CodecError."""

    def encode(self, type_name: str, value: Any, /) -> bytes:
        """The canonical octets of a value; CodecError ``unencodable``."""


def decode(type_name: str, data: bytes) -> Any:
    """The value of ``data``, all of it; CodecError (``trailing`` where octets are left over)."""
    return _codec().decode(type_name, data)


def decode_prefix(type_name: str, data: bytes, offset: int) -> tuple[Any, int]:
    """The value that begins at ``offset`` and the offset after it; CodecError.

    ValueError for an offset outside of the data.
    """
    return _codec().decode_prefix(type_name, data, offset)


def encode(type_name: str, value: Any) -> bytes:
    """The canonical encoding of ``value``; CodecError ``unencodable`` names the field that has none."""
    return _codec().encode(type_name, value)


def make(*, native: bool) -> Coer:
    """A new codec, native or Python; ImportError where there is no native one."""
    if not native:
        return PureCoer(_node)
    from v2x.codecs import _engine

    return _engine.Coer(*table_of(_types()), Record, to_error)


@cache
def _codec() -> Coer:
    return make(native=records.NATIVE)


def type_names() -> tuple[str, ...]:
    """The types of the table."""
    return tuple(_types())


def _node(type_name: str) -> Node:
    try:
        return _types()[type_name]
    except KeyError:
        raise ValueError(f"no type {type_name!r} in the table of the secured message") from None


@cache
def _types() -> dict[str, Node]:
    table = json.loads(files("v2x.codecs").joinpath("asn1", "secured-message.json").read_text("utf-8"))
    references: dict[str, Reference] = {}
    compiled = {name: _compile(expression, references) for name, expression in table["types"].items()}
    for name, reference in references.items():
        reference.target = compiled[name]
    for node in tuple(compiled.values()):
        _bind(node)
    return {name: _direct(node) for name, node in compiled.items()}


def _direct(node: Node) -> Node:
    return node.resolve() if isinstance(node, Reference) else node


def _bind(node: Node) -> None:
    """Put the targets in the place of references, in this type and in the inline types inside it."""
    if isinstance(node, ListOf):
        if isinstance(node.element, Reference):
            node.element = node.element.resolve()
        else:
            _bind(node.element)
    elif isinstance(node, Sequence | Choice):
        fields = (*node.root, *node.additions) if isinstance(node, Sequence) else node.fields
        for field in fields:
            if isinstance(field.node, Reference):
                field.node = field.node.resolve()
            else:
                _bind(field.node)
            if field.default is not NO_DEFAULT:
                out = bytearray()
                field.node.write(field.default, out, MAX_DEPTH)
                field.default_octets = bytes(out)


def _compile(expression: Any, references: dict[str, Reference]) -> Node:
    if isinstance(expression, str):
        if expression == "NULL":
            return Null()
        if expression == "UTF8String":
            return Utf8()
        return references.setdefault(expression, Reference(expression))
    kind = next(iter(expression))
    body = expression[kind]
    match kind:
        case "INTEGER":
            low, high = body or (None, None)
            if low is None or high is None:
                return BigInteger(signed=low is None)
            return Integer(low, high)
        case "OCTETS":
            return Octets(*body)
        case "BITS":
            return Bits(body[0])
        case "ENUMERATED":
            return Enumerated(tuple(name for name in body if name != UNKNOWN), UNKNOWN in body)
        case "LIST":
            return ListOf(_compile(body, references), *expression.get("size", ()))
        case "SEQUENCE" | "CHOICE":
            cut = body.index(UNKNOWN) if UNKNOWN in body else len(body)
            root = tuple(_field(row, references) for row in body[:cut])
            additions = tuple(_field(row, references) for row in body[cut + 1 :])
            made = Sequence if kind == "SEQUENCE" else Choice
            return made(root, additions, cut < len(body))
        case _:
            raise ValueError(f"no kind {kind!r}")


def _field(row: list[Any], references: dict[str, Reference]) -> Field:
    name, expression, *rest = row
    node = _compile(expression, references)
    if not rest:
        return Field(name, node)
    if rest[0] == "optional":
        return Field(name, node, optional=True)
    default = rest[0].get("default", NO_DEFAULT)
    if isinstance(default, dict):
        default = (bytes.fromhex(default["bits"]), default["size"])
    return Field(name, node, default=default)
