"""Messages from octets and back, by the native engine or its Python twin: typed, or in asn1tools' form.

    frame = decode(octets, "csae53_2020")            a record: frame.value.pos.lat
    value = decode_dict(octets, "csae53_2020")       ("bsmFrame", {"msgCnt": 117, ...})
    octets = encode(frame)                           a record knows its profile
    octets = encode_dict(value, "csae53_2020")
    found = inspect(octets, "csae53_2020", lenient=True)     what was forgiven, whether it is canonical

Any octets give a value or :class:`v2x.errors.CodecError`.  What is accepted:

* Every value is in the range of its type; after a message, and after a value in an open type, only the zero
  bits
  that fill the last octet may follow.  BIT STRINGs of any length in extension form are legal (real encoders
  send them) and are written as they came.
* Extension additions and messageIds of a later edition are kept as octets and written as they came.  An
  enumerator or alternative of a later edition has no name here: ``unsupported``.
* Octets that this package would not write are read if they are unambiguous: a length in two octets where one
  would do, a value of the root in extension form, an extension bit with nothing behind it.
  ``Outcome.canonical`` is then False; it is True if and only if encoding gives the same octets.
* ``lenient`` takes two more habits of senders and names them in ``Outcome.forgave``: zero octets behind a
  message (or
  behind a value in an open type), and the message itself without MessageFrame.  For the latter every message
  of the profile is tried, or only ``kind``; it counts only if it fits to the last bit, and if no other does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from v2x.codecs import faults, optable, records
from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES
from v2x.codecs.records import Record
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.optable import OpTable
    from v2x.codecs.records import Engine

__all__ = [
    "DROP_UNKNOWN",
    "LENIENT",
    "Outcome",
    "decode",
    "decode_dict",
    "encode",
    "encode_dict",
    "engine",
    "inspect",
    "walk_many",
]

LENIENT = 1
"""Flag of the engines: zero octets behind a value are forgiven."""

DROP_UNKNOWN = 2
"""Flag of the engines: unknown additions are left out of dicts."""

_RECORD, _DICT = 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decoded message and what was noticed on the way.

    ``forgave``: texts, empty where nothing had to be forgiven.  ``canonical``: encoding the value gives the
    same octets.  ``unknown``: additions and messages of a later edition, kept as octets.
    """

    value: Any
    forgave: tuple[str, ...]
    canonical: bool
    unknown: int


@cache
def engine(profile: str) -> tuple[OpTable, Engine]:
    """The op-table of ``profile`` and the engine in use; ValueError for a profile that there is not.

    The engine's methods are the functions of this module without their conveniences: for tight loops.
    """
    return make_engine(profile, native=records.NATIVE)


def make_engine(profile: str, *, native: bool) -> tuple[OpTable, Engine]:
    """A new engine, native or Python; ImportError where there is no native one."""
    table = optable.load(profile)
    made: Engine
    if native:
        from v2x.codecs import _engine

        module = f"{__package__}.{profile}"
        made = _engine.Engine(
            table.ops,
            table.parts,
            table.names,
            table.messages,
            table.roots,
            table.roots[optable.ROOT],
            module,
            faults.to_error,
        )
    else:
        from v2x.codecs.pureengine import PureEngine

        made = PureEngine(table)
    records.complete_classes(table, made)
    return table, made


def decode(data: bytes, profile: str, *, lenient: bool = False) -> Any:
    """The record of MessageFrame; CodecError, or ValueError for a profile that there is not."""
    return inspect(data, profile, lenient=True).value if lenient else engine(profile)[1].decode(data)


def decode_dict(data: bytes, profile: str, *, lenient: bool = False, keep_unknown: bool = True) -> Any:
    """MessageFrame's value in asn1tools' form; as :func:`decode`.

    Unknown additions stand under the key ``"..."``, as ``(bits of the bitmap, ((index, octets), ...))``,
    unless ``keep_unknown`` is False; the value of an unknown messageId is its octets.
    """
    if lenient:
        return inspect(data, profile, lenient=True, as_dict=True, keep_unknown=keep_unknown).value
    return engine(profile)[1].decode_dict(data, 0 if keep_unknown else DROP_UNKNOWN)


def encode(record: Record) -> bytes:
    """The octets of a record; CodecError where they are more than a message has.

    TypeError for what is no record, or one of the other engine.
    """
    if not isinstance(record, Record):
        raise TypeError(f"a record is wanted, not {type(record).__name__}")
    return engine(record.PROFILE)[1].encode(record)


def encode_dict(value: Any, profile: str) -> bytes:
    """The octets of MessageFrame's value; CodecError ``unencodable`` says where and what is allowed."""
    return engine(profile)[1].encode_dict(value)


def walk_many(frames: Any, profile: str, *, offsets: Any = None, lenient: bool = False) -> bytes:
    """Which of many frames are messages: one :class:`v2x.codecs.faults.Fault` each, 0 for none.

    ``frames``: a sequence of bytes, or one buffer with int64 ``offsets``, one more than there are frames.
    The native engine does it without the interpreter lock.
    """
    return engine(profile)[1].walk_many(frames, offsets, LENIENT if lenient else 0)


def inspect(
    data: bytes,
    profile: str,
    *,
    lenient: bool = False,
    as_dict: bool = False,
    keep_unknown: bool = True,
    kind: str | None = None,
) -> Outcome:
    """A message with what was noticed; CodecError as :func:`decode`.

    ``kind``: the message that a bare one has to be (the sender's AID tells), with ``lenient``; None for any.
    """
    table, found = engine(profile)
    flags = (LENIENT if lenient else 0) | (0 if keep_unknown else DROP_UNKNOWN)
    form = _DICT if as_dict else _RECORD
    try:
        value, canonical, padding, unknown = found.inspect(data, flags, table.roots[optable.ROOT], form)
    except CodecError:
        outcome = _bare(table, found, data, flags, form, kind) if lenient else None
        if outcome is None:
            raise
        return outcome
    return Outcome(value, _padding(padding), canonical, unknown)


def _padding(octets: int) -> tuple[str, ...]:
    return (f"{octets} zero octets behind the value",) if octets else ()


def _bare(
    table: OpTable, found: Engine, data: bytes, flags: int, form: int, kind: str | None
) -> Outcome | None:
    """The message that the octets are without MessageFrame; None if they are none, or of two kinds."""
    outcomes: list[Outcome] = []
    for row, name, number, frame_kind in _messages(table):
        if kind not in (None, frame_kind):
            continue
        try:
            value, _, padding, unknown = found.inspect(data, flags, row, form)
        except CodecError:
            continue
        forgave = (f"{frame_kind} without MessageFrame", *_padding(padding))
        framed = _framed(found, name, number, value, form)
        outcomes.append(Outcome(framed, forgave, False, unknown))
    if len(outcomes) > 1:
        kinds = " or ".join(outcome.forgave[0].partition(" ")[0] for outcome in outcomes)
        raise CodecError(
            CodecErrorKind.MALFORMED, f"no MessageFrame; without it, {kinds}", path=optable.ROOT, bit=0
        )
    return outcomes[0] if outcomes else None


def _messages(table: OpTable) -> Iterator[tuple[int, str, int, str]]:
    """(row, alternative of MessageFrame, messageId, kind) of every message; -1 for no messageId."""
    for part in table.parts_of(table.ops[table.roots[optable.ROOT]]):
        if part.name in DAY1_FRAMES:
            yield part.op, part.name, -1, DAY1_FRAMES[part.name]
    for number, row in table.messages:
        yield row, DAY2_FRAME, number, DAY2_MESSAGES[number].kind


def _framed(found: Engine, name: str, number: int, value: Any, form: int) -> Any:
    """A message in MessageFrame."""
    if form == _DICT:
        return name, (value if number < 0 else {"messageId": number, "value": value})
    classes: dict[str, Any] = dict(found.classes)
    if number >= 0:
        value = classes["MessageFrameExt"](message_id=number, value=value)
    return classes[optable.ROOT](name, value)
