"""Typed messages: what every record can do, and where the classes come from.

A record is an immutable value of a SEQUENCE or CHOICE.  The classes of a profile stand in the modules
``v2x.codecs.csae157_2020``, ``csae53_2020`` and ``ydt3709_2020`` and are made from its op-table, by the
native engine or by its Python twin, with the same contract::

    bsm.pos.lat                     attributes in snake_case of the standard's identifiers; absent: None
    frame.name, frame.value         CHOICE: the alternative, as the standard names it, and its value
    Position3D(lat=1, long=2)       keywords, checked: CodecError names path, value and allowed range
    bsm.replace(msg_cnt=5)          a copy with other values
    record == other, hash(record), repr(record), pickle, copy, match

INTEGER is int, BOOLEAN bool, ENUMERATED str, OCTET STRING bytes, IA5String str, NULL None, SEQUENCE OF a
tuple, BIT STRING :class:`Bits`; for that a tuple (octets, number of bits) or a set of names may be given.
``unknown_additions`` of an extensible SEQUENCE is None, or ``(bits of the bitmap, ((index, octets), ...))``:
what a sender of a later edition added; encoding writes it as it came.

``to_dict`` and ``from_dict`` go through the octets: the engine checks a value wholly when it encodes it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from v2x.codecs.purebitstring import PureBits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.codecs.optable import OpTable

__all__ = ["NATIVE", "Bits", "Engine", "PureRecord", "Record", "complete_classes", "restore"]


class Engine(Protocol):
    """What the native engine and its Python twin have in common, for one profile.

    ``flags``: :data:`v2x.codecs.uper.LENIENT` and others.  ``row``: of the type where the octets begin,
    MessageFrame if it is not given.
    """

    @property
    def classes(self) -> dict[str, type[Record]]:
        """The classes by the names of their types."""

    def decode(self, data: bytes, flags: int = 0, row: int = ..., /) -> Any:
        """The record of octets; CodecError."""

    def decode_dict(self, data: bytes, flags: int = 0, row: int = ..., /) -> Any:
        """The value of octets in asn1tools' form; CodecError."""

    def inspect(
        self, data: bytes, flags: int = 0, row: int = ..., form: int = 1, /
    ) -> tuple[Any, bool, int, int]:
        """(value, canonical, zero octets, unknown additions); CodecError.

        ``form`` 0: the value is None, 1: a record, 2: asn1tools'.  Canonical: encoding gives the same octets.
        """

    def encode(self, record: Record, /) -> bytes:
        """The octets of a record; CodecError where they are too many."""

    def encode_dict(self, value: Any, row: int = ..., /) -> bytes:
        """The octets of a value in asn1tools' form; CodecError ``unencodable`` names what has none."""

    def walk_many(self, frames: Any, offsets: Any = None, flags: int = 0, row: int = ..., /) -> bytes:
        """One :class:`v2x.codecs.faults.Fault` per frame; 0 for none."""

    def columns(
        self,
        frames: Any,
        offsets: Any,
        flags: int,
        plan: Any,
        columns: Sequence[tuple[Any, ...]],
        rows: Sequence[tuple[Any, ...]],
        faults: Any,
        fill: int,
        /,
    ) -> tuple[list[int], list[int]]:
        """Values into arrays, for :mod:`v2x.codecs.columns`.

        ``plan`` and ``fill`` are those of :mod:`v2x.codecs.columnplan`, a column is (table, kind, octets,
        values, mask, lengths), a table (outer table, rows, outer rows).  Gives the rows of each table and the
        longest string of each column.
        """


class PureRecord:
    """A value of a SEQUENCE or CHOICE; see the module."""

    __slots__ = ()

    PROFILE: ClassVar[str]
    """The profile to whose dictionary the type belongs."""

    TYPE_NAME: ClassVar[str]
    """The type, as the standard names it."""

    IS_CHOICE: ClassVar[bool]
    """True for a CHOICE, whose attributes are ``name`` and ``value``."""

    ROW: ClassVar[int]
    """The type's row in the op-table."""

    __match_args__: ClassVar[tuple[str, ...]]

    _engine: ClassVar[Engine]

    def replace(self, **changes: Any) -> Self:
        """A record with other values in some attributes; None takes an optional one away."""
        values = {name: getattr(self, name) for name in self.__match_args__}
        unknown = getattr(self, "unknown_additions", None)
        if unknown is not None:
            values["unknown_additions"] = unknown
        return type(self)(**{**values, **changes})

    def to_dict(self) -> Any:
        """The value in asn1tools' form: dict, list, (name, value), (octets, bits), bytes, str, int, bool.

        Unknown additions stand under the key ``"..."``.
        """
        return self._engine.decode_dict(self._engine.encode(self), 0, self.ROW)

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """The record of such a value; CodecError ``unencodable`` names path, value and what is allowed."""
        record: Self = cls._engine.decode(cls._engine.encode_dict(value, cls.ROW), 0, cls.ROW)
        return record

    def to_jer(self) -> Any:
        """The value in JSON terms, by the JSON Encoding Rules as :mod:`v2x.codecs.jer` has them."""
        from v2x.codecs.opjer import render

        return render(self.PROFILE, self.ROW, self.to_dict())

    @classmethod
    def from_jer(cls, document: Any) -> Self:
        """The record of a JSON document; CodecError ``unencodable`` names what is wrong."""
        from v2x.codecs.opjer import parse

        return cls.from_dict(parse(cls.PROFILE, cls.ROW, document))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, tuple[str, str, bytes]]:
        return restore, (self.PROFILE, self.TYPE_NAME, self._engine.encode(self))

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.IS_CHOICE:
            return f"{name}({self.name!r}, {self.value!r})"  # type: ignore[attr-defined]
        values = {attribute: getattr(self, attribute) for attribute in self.__match_args__}
        values["unknown_additions"] = getattr(self, "unknown_additions", None)
        shown = ", ".join(f"{key}={value!r}" for key, value in values.items() if value is not None)
        return f"{name}({shown})"


def restore(profile: str, type_name: str, octets: bytes) -> Record:
    """A record that was pickled: its octets, by the engine that is in use now."""
    from v2x.codecs.uper import engine

    table, found = engine(profile)
    record: Record = found.decode(octets, 0, table.roots[type_name])
    return record


def complete_classes(table: OpTable, made: Engine) -> None:
    """Give the classes that an engine made what :class:`Record` says they have."""
    for type_name, cls in made.classes.items():
        row = table.roots[type_name]
        op = table.ops[row]
        cls.PROFILE = table.profile
        cls.TYPE_NAME = type_name
        cls.ROW = row
        cls.IS_CHOICE = op.is_choice
        names = ("name", "value") if op.is_choice else tuple(p.attribute for p in table.parts_of(op))
        setattr(cls, "__match_args__", names)  # noqa: B010 (mypy knows that it is final; here it is made)
        cls.__doc__ = f"{'CHOICE' if op.is_choice else 'SEQUENCE'} {type_name} of {table.profile}."
        cls._engine = made


def _adopt(base: Any) -> None:
    """Give the native base of records the methods of :class:`PureRecord`."""
    own = {"__dict__", "__weakref__", "__slots__", "__module__", "__doc__", "__annotations__"}
    for name, value in vars(PureRecord).items():
        if name not in own:
            setattr(base, name, value)


NATIVE: bool
"""True where the native engine is in use."""

if TYPE_CHECKING:
    Record = PureRecord
    Bits = PureBits
else:
    try:
        if os.environ.get("V2X_PURE_PYTHON"):
            raise ImportError("V2X_PURE_PYTHON is set")
        from v2x.codecs._engine import Bits, Record

        _adopt(Record)
        NATIVE = True
    except ImportError:
        Record, Bits = PureRecord, PureBits
        NATIVE = False
