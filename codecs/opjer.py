"""Values as JSON by the JSON Encoding Rules, along the op-table: for records of any type.

The rules and the forms are those of :mod:`v2x.codecs.jer`, which writes whole messages along the schema.  A
Day-2 message stands where MessageFrameExt has its open type; one that is not known, as hexadecimal digits.
Unknown additions have no JSON form: they are left out.

Source: ITU-T X.697.
"""

from __future__ import annotations

from typing import Any

from v2x.codecs import optable
from v2x.codecs.identifiers import class_name
from v2x.codecs.optable import Code, Op, OpTable
from v2x.errors import CodecError, CodecErrorKind

__all__ = ["parse", "render"]


def render(profile: str, row: int, value: Any) -> Any:
    """JSON terms of a value in asn1tools' form, which is right: it was decoded or can be encoded."""
    table = optable.load(profile)
    return _render(table, table.ops[row], value, -1)


def parse(profile: str, row: int, document: Any) -> Any:
    """The value in asn1tools' form of a JSON document, its leaves unchecked: the encoder does that.

    Raises CodecError ``unencodable`` with the path of what is wrong.
    """
    table = optable.load(profile)
    op = table.ops[row]
    try:
        return _parse(table, op, document, -1)
    except _WrongError as wrong:
        path = class_name(op.type_name) + "".join(
            step if step[0] == "[" else f".{step}" for step in reversed(wrong.steps)
        )
        raise CodecError(CodecErrorKind.UNENCODABLE, wrong.detail, path=path) from None


class _WrongError(Exception):
    """What a document has wrong; ``steps`` is the path, innermost first."""

    def __init__(self, detail: str, *steps: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.steps = list(steps)


def _is_fixed(op: Op) -> bool:
    """Every value of the BIT STRING has the same number of bits."""
    return op.low == op.high and not op.is_extensible


def _message(table: OpTable, number: Any) -> Op | None:
    """The type behind a messageId; None for one that is not known."""
    row = dict(table.messages).get(number) if number.__class__ is int else None
    return None if row is None else table.ops[row]


def _render(table: OpTable, op: Op, value: Any, number: int) -> Any:
    match op.code:
        case Code.SEQ:
            number = value.get("messageId", -1)
            return {
                part.name: _render(table, table.ops[part.op], value[part.name], number)
                for part in table.parts_of(op)
                if part.name in value
            }
        case Code.LIST:
            return [_render(table, table.ops[op.first], item, number) for item in value]
        case Code.CHOICE:
            name, chosen = value
            part = next(part for part in table.parts_of(op) if part.name == name)
            return {name: _render(table, table.ops[part.op], chosen, number)}
        case Code.OPEN:
            inner = _message(table, number)
            return value.hex().upper() if inner is None else _render(table, inner, value, number)
        case Code.OCTETS:
            return value.hex().upper()
        case Code.BITS:
            octets, bits = value
            text = octets.hex().upper()
            return text if _is_fixed(op) else {"value": text, "length": bits}
    return value


def _parse(table: OpTable, op: Op, document: Any, number: Any) -> Any:
    match op.code:
        case Code.SEQ:
            return _parse_sequence(table, op, document)
        case Code.LIST:
            if not isinstance(document, list):
                raise _WrongError(f"{_kind_of(document)} instead of an array")
            element = table.ops[op.first]
            return [_part(table, element, f"[{at}]", item, -1) for at, item in enumerate(document)]
        case Code.CHOICE:
            return _parse_choice(table, op, document)
        case Code.OPEN:
            inner = _message(table, number)
            return _octets(document) if inner is None else _parse(table, inner, document, -1)
        case Code.OCTETS:
            return _octets(document)
        case Code.BITS:
            return _bits(op, document)
    return document


def _part(table: OpTable, op: Op, name: str, document: Any, number: Any) -> Any:
    try:
        return _parse(table, op, document, number)
    except _WrongError as wrong:
        wrong.steps.append(name)
        raise


def _parse_sequence(table: OpTable, op: Op, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _WrongError(f"{_kind_of(document)} instead of an object")
    rows = {part.name: part.op for part in table.parts_of(op)}
    number = document.get("messageId", -1)
    value: dict[str, Any] = {}
    for name, item in document.items():
        if name not in rows:
            raise _WrongError("is no member of this type", str(name) or "''")
        value[name] = _part(table, table.ops[rows[name]], name, item, number)
    return value


def _parse_choice(table: OpTable, op: Op, document: Any) -> tuple[str, Any]:
    if not isinstance(document, dict) or len(document) != 1:
        raise _WrongError(f"{_kind_of(document)} instead of an object of one member")
    ((name, chosen),) = document.items()
    rows = {part.name: part.op for part in table.parts_of(op)}
    if name not in rows:
        raise _WrongError(f"{name!r} is none of {', '.join(rows)}")
    return name, _part(table, table.ops[rows[name]], name, chosen, -1)


def _octets(document: Any) -> bytes:
    if not isinstance(document, str):
        raise _WrongError(f"{_kind_of(document)} instead of hexadecimal digits")
    try:
        octets = bytes.fromhex(document)
    except ValueError:
        octets = b""
    if 2 * len(octets) != len(document):  # fromhex takes spaces, X.697 does not
        raise _WrongError(f"{document[:60]!r} is no even number of hexadecimal digits")
    return octets


def _bits(op: Op, document: Any) -> tuple[bytes, int]:
    if _is_fixed(op):
        return _octets(document), op.low
    if not isinstance(document, dict) or set(document) != {"value", "length"}:
        raise _WrongError(f"{_kind_of(document)} instead of an object of value and length")
    if document["length"].__class__ is not int:
        raise _WrongError(f"{_kind_of(document['length'])} instead of a length in bits")
    return _octets(document["value"]), document["length"]


def _kind_of(document: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(document), "a number")
