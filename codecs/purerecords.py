"""The classes of records in Python: the contract of ``engine_records.h`` and its kin.

A record keeps its parts in one tuple, in the order of the type, None where an optional one is absent; behind
them, where the type is extensible, unknown additions.  A CHOICE keeps ``(name, value)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.faults import Fault
from v2x.codecs.identifiers import class_name
from v2x.codecs.optable import OPTIONAL, Code, Op, OpTable, Part
from v2x.codecs.purebitstring import PureBits, bits_of
from v2x.codecs.puredecode import UNKNOWN, FaultError
from v2x.codecs.pureencode import check_bits, check_leaf, check_unknown, refuse, size_is_right
from v2x.codecs.records import PureRecord

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Maker", "PureValue"]

_new = object.__new__


class PureValue(PureRecord):
    """A record in Python; its parts stand in one tuple."""

    __slots__ = ("_parts",)

    _parts: tuple[Any, ...]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} can't be set: records are immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} can't be deleted: records are immutable")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._parts == _load(other)

    def __hash__(self) -> int:
        return hash((type(self), self._parts))


_store: Callable[[PureValue, tuple[Any, ...]], None] = PureValue.__dict__["_parts"].__set__
"""Puts the parts into a new record: the one way around ``__setattr__``."""

_load: Callable[[PureValue], tuple[Any, ...]] = PureValue.__dict__["_parts"].__get__
"""The parts of a record."""


class Maker:
    """The classes of one table, and the ways between records and asn1tools' form."""

    def __init__(self, table: OpTable, to_error: Callable[[FaultError, str, bool], Exception]) -> None:
        self._table = table
        self._to_error = to_error
        self.classes: dict[str, type[PureValue]] = {}
        self._by_row: dict[int, type[PureValue]] = {}
        for type_name, row in table.roots.items():
            made = self._class(type_name, table.ops[row])
            self.classes[type_name] = self._by_row[row] = made

    def of(self, row: int, parts: tuple[Any, ...]) -> PureValue:
        """A record of parts that are known to be right."""
        record = _new(self._by_row[row])
        _store(record, parts)
        return record

    @property
    def store(self) -> Callable[[PureValue, tuple[Any, ...]], None]:
        """Puts parts that are known to be right into a new record."""
        return _store

    @property
    def load(self) -> Callable[[PureValue], tuple[Any, ...]]:
        """The parts of a record."""
        return _load

    def class_of(self, row: int) -> type[PureValue]:
        """The class of a SEQUENCE or CHOICE."""
        return self._by_row[row]

    # From asn1tools' form, known to be right, and back.

    def record(self, row: int, value: Any, selector: int = -1) -> Any:
        """What a record holds for a value in asn1tools' form."""
        op = self._table.ops[row]
        match op.code:
            case Code.SEQ:
                return self._sequence_record(row, op, value)
            case Code.CHOICE:
                name, chosen = value
                return self.of(row, (name, self.record(self._named(op, name).op, chosen)))
            case Code.LIST:
                return tuple(self.record(op.first, item) for item in value)
            case Code.BITS:
                octets, bits = value
                return bits_of(octets, bits, self._table.names[op.first])
            case Code.OPEN:
                inner = self._message(selector)
                return value if inner is None else self.record(inner, value)
        return value

    def _sequence_record(self, row: int, op: Op, value: dict[str, Any]) -> PureValue:
        selector = value.get("messageId", -1)
        parts = [
            self.record(part.op, value[part.name], selector) if part.name in value else None
            for part in self._table.parts_of(op)
        ]
        if op.is_extensible:
            parts.append(value.get(UNKNOWN))
        return self.of(row, tuple(parts))

    def form(self, row: int, held: Any, selector: int = -1) -> Any:
        """A value in asn1tools' form of what a record holds."""
        op = self._table.ops[row]
        match op.code:
            case Code.SEQ:
                return self._sequence_form(op, _load(held))
            case Code.CHOICE:
                name, chosen = _load(held)
                return name, self.form(self._named(op, name).op, chosen)
            case Code.LIST:
                return [self.form(op.first, item) for item in held]
            case Code.BITS:
                return held.value, held.length
            case Code.OPEN:
                inner = self._message(selector)
                return held if inner is None else self.form(inner, held)
        return held

    def _sequence_form(self, op: Op, held: tuple[Any, ...]) -> dict[str, Any]:
        parts = self._table.parts_of(op)
        selector = held[0] if parts[0].name == "messageId" else -1
        value = {
            part.name: self.form(part.op, item, selector)
            for part, item in zip(parts, held, strict=False)
            if item is not None
        }
        if op.is_extensible and held[-1] is not None:
            value[UNKNOWN] = held[-1]
        return value

    def _named(self, op: Op, name: str) -> Part:
        return next(part for part in self._table.parts_of(op) if part.name == name)

    def _message(self, selector: int) -> int | None:
        return dict(self._table.messages).get(selector)

    # From Python values, checked.

    def checked(self, row: int, value: Any) -> Any:
        """What a record holds for a value that somebody gives; FaultError."""
        op = self._table.ops[row]
        match op.code:
            case Code.SEQ | Code.CHOICE:
                return self._checked_record(row, op, value)
            case Code.LIST:
                return self._checked_list(op, value)
            case Code.BITS:
                return self._checked_bits(op, value)
            case Code.OPEN:
                return value  # looked at where the messageId is known
        return check_leaf(op, self._table, value)

    def _checked_record(self, row: int, op: Op, value: Any) -> Any:
        wanted = self._by_row[row]
        if type(value) is not wanted:
            fault = refuse(Fault.NO_RECORD, op, self._table, value)
            fault.names = (f"{wanted.__module__}.{wanted.__name__}",)
            raise fault
        return value

    def _checked_list(self, op: Op, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise refuse(Fault.NO_LIST, op, self._table, value)
        if not size_is_right(op, len(value)):
            raise refuse(Fault.COUNT, op, self._table, value, len(value), op.low, op.high)
        held: list[Any] = []
        try:
            for item in value:
                held.append(self.checked(op.first, item))  # noqa: PERF401 (a fault has to know how many)
        except FaultError as fault:
            fault.steps.append(len(held))
            raise
        return tuple(held)

    def _checked_bits(self, op: Op, value: Any) -> PureBits:
        names = self._table.names[op.first]
        if isinstance(value, set | frozenset | list):
            number = 0
            for name in value:
                if not isinstance(name, str) or not name or name not in names[: op.low]:
                    raise refuse(Fault.BITS_NAME, op, self._table, name)
                number |= 1 << (op.low - 1 - names.index(name))
            octets = (number << (-op.low % 8)).to_bytes((op.low + 7) // 8, "big")
            return PureBits(octets, op.low, names)
        if isinstance(value, PureBits):
            if value.length >= 16384 or not size_is_right(op, value.length):
                raise refuse(Fault.BITS_COUNT, op, self._table, value, value.length, op.low, op.high)
            return PureBits(value.value, value.length, names)
        octets, bits = check_bits(op, self._table, value)
        return PureBits(bytes(octets), bits, names)

    def _fill_sequence(self, row: int, op: Op, values: dict[str, Any]) -> tuple[Any, ...]:
        name = self._by_row[row].__name__
        parts = self._table.parts_of(op)
        by_attribute = {part.attribute: at for at, part in enumerate(parts)}
        unknown = values.pop("unknown_additions", None) if op.is_extensible else None
        held: list[Any] = [None] * len(parts)
        for attribute, value in values.items():
            if attribute not in by_attribute:
                raise TypeError(f"{name}: {attribute} is no attribute")
            part = parts[by_attribute[attribute]]
            if value is None and part.flags & OPTIONAL:
                continue
            try:
                held[by_attribute[attribute]] = self.checked(part.op, value)
            except FaultError as fault:
                fault.steps.append(part.name)
                raise
        for at, part in enumerate(parts):
            if self._table.ops[part.op].code == Code.OPEN and part.attribute in values:
                self._check_message(part, held[at], held[at - 1] if held[at - 1] is not None else -1)
            if part.attribute not in values and not part.flags & OPTIONAL:
                raise TypeError(f"{name}: {part.attribute} is missing")
        return tuple(held) + ((self._unknown(op, held, unknown),) if op.is_extensible else ())

    def _check_message(self, part: Part, value: Any, number: int) -> None:
        """The value of an open type is the message of its number; of an unknown number, octets."""
        row = self._message(number)
        try:
            if row is not None:
                self._checked_record(row, self._table.ops[row], value)
            elif value.__class__ is not bytes:
                raise refuse(Fault.MESSAGE, None, self._table, value, number)
        except FaultError as fault:
            fault.steps.append(part.name)
            raise

    def _unknown(self, op: Op, held: list[Any], unknown: Any) -> Any:
        if unknown is None:
            return None
        present = [index for index, item in enumerate(held[op.members :]) if item is not None]
        count = check_unknown(op, self._table, unknown, max(present, default=-1))
        return unknown if unknown[1] or count != op.more else None  # else it is written without them too

    def _fill_choice(self, op: Op, name: Any, value: Any) -> tuple[str, Any]:
        part = next((p for p in self._table.parts_of(op) if isinstance(name, str) and p.name == name), None)
        if part is None:
            raise refuse(Fault.NO_ALTERNATIVE, op, self._table, name)
        try:
            return part.name, self.checked(part.op, value)
        except FaultError as fault:
            fault.steps.append(part.name)
            raise

    # Classes.

    def _class(self, type_name: str, op: Op) -> type[PureValue]:
        name = class_name(type_name)
        row = self._table.roots[type_name]

        def make_choice(_cls: type[PureValue], name: str, value: Any) -> PureValue:
            return self._made(row, lambda: self._fill_choice(op, name, value))

        def make_sequence(cls: type[PureValue], *arguments: Any, **values: Any) -> PureValue:
            if arguments:
                raise TypeError(f"{cls.__name__} takes keyword arguments only")
            return self._made(row, lambda: self._fill_sequence(row, op, values))

        members: dict[str, Any] = {
            "__slots__": (),
            "__module__": f"v2x.codecs.{self._table.profile}",
            "__new__": make_choice if op.is_choice else make_sequence,
        }
        if op.is_choice:
            members |= {"name": _getter(0), "value": _getter(1)}
        else:
            parts = self._table.parts_of(op)
            members |= {part.attribute: _getter(at) for at, part in enumerate(parts)}
            if op.is_extensible:
                members["unknown_additions"] = _getter(len(parts))
        return type(name, (PureValue,), members)

    def _made(self, row: int, fill: Callable[[], tuple[Any, ...]]) -> PureValue:
        try:
            return self.of(row, fill())
        except FaultError as fault:
            raise self._to_error(fault, self._by_row[row].__name__, True) from None


def _getter(at: int) -> property:
    return property(lambda record: _load(record)[at])
