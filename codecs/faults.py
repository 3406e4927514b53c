"""The faults that both engines find, and the errors that they become: one wording for C and Python.

An engine knows a number, up to three figures, the place and, on encode, the value; :func:`to_error` makes a
:class:`v2x.errors.CodecError` of them.  The numbers are those of ``engine_bits.h``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_MESSAGE_OCTETS", "Fault", "kind_of", "to_error"]

MAX_MESSAGE_OCTETS = 16383
"""Longest message, either way: ten times what a DSMP frame carries (1400), a map of 40 lanes has 2,700; from
16,384 on UPER splits lengths into fragments."""

SHOWN = 60
"""Characters of a wrong value that a message quotes."""


class Fault(IntEnum):
    """What can be wrong; see ``engine_bits.h`` for the figures that come along."""

    NONE = 0
    TRUNCATED = 1
    RANGE = 2
    COUNT = 3
    OCTETS = 4
    CHARACTERS = 5
    ENUMERATOR = 6
    ENUM_LATER = 7
    ALTERNATIVE = 8
    CHOICE_LATER = 9
    FRAME = 10
    FRAME_LATER = 11
    FRAGMENTS = 12
    LENGTH = 13
    ADDITIONS = 14
    INTEGER_EMPTY = 15
    INTEGER_HUGE = 16
    TAIL_BITS = 17
    TAIL_OCTETS = 18
    TOO_LONG = 19
    NO_INTEGER = 20
    NO_ENUMERATOR = 21
    NO_BOOLEAN = 22
    NO_NULL = 23
    NO_OCTETS = 24
    NO_TEXT = 25
    NOT_IA5 = 26
    NO_BITS = 27
    BITS_COUNT = 28
    BITS_OCTETS = 29
    BITS_TAIL = 30
    BITS_NAME = 31
    NO_LIST = 32
    NO_OBJECT = 33
    MISSING = 34
    NO_MEMBER = 35
    NO_CHOICE = 36
    NO_ALTERNATIVE = 37
    NO_RECORD = 38
    MESSAGE = 39
    UNKNOWN_FORM = 40


_DECODED: dict[int, tuple[CodecErrorKind, str]] = {
    Fault.TRUNCATED: (CodecErrorKind.TRUNCATED, "the data end before the value does"),
    Fault.RANGE: (CodecErrorKind.OUT_OF_RANGE, "{a} is not in {bounds}"),
    Fault.COUNT: (CodecErrorKind.OUT_OF_RANGE, "{a} elements, allowed are {bounds}"),
    Fault.OCTETS: (CodecErrorKind.OUT_OF_RANGE, "{a} octets, allowed are {bounds}"),
    Fault.CHARACTERS: (CodecErrorKind.OUT_OF_RANGE, "{a} characters, allowed are {bounds}"),
    Fault.BITS_COUNT: (CodecErrorKind.OUT_OF_RANGE, "{a} bits, allowed are {bounds}"),
    Fault.ENUMERATOR: (CodecErrorKind.MALFORMED, "no enumerator has the number {a}, the last is {c}"),
    Fault.ENUM_LATER: (CodecErrorKind.UNSUPPORTED, "an enumerator that this profile does not know"),
    Fault.ALTERNATIVE: (CodecErrorKind.MALFORMED, "no alternative has the number {a}, the last is {c}"),
    Fault.CHOICE_LATER: (CodecErrorKind.UNSUPPORTED, "an alternative that this profile does not know"),
    Fault.FRAME: (CodecErrorKind.UNKNOWN_MESSAGE, "frame number {a} is not in use"),
    Fault.FRAME_LATER: (CodecErrorKind.UNKNOWN_MESSAGE, "no frame that this profile knows"),
    Fault.FRAGMENTS: (CodecErrorKind.UNSUPPORTED, "a length in fragments, 16384 or more"),
    Fault.LENGTH: (CodecErrorKind.MALFORMED, "no length begins with 0x{a:02x}"),
    Fault.ADDITIONS: (CodecErrorKind.UNSUPPORTED, "more than 127 extension additions"),
    Fault.INTEGER_EMPTY: (CodecErrorKind.MALFORMED, "an INTEGER of 0 octets"),
    Fault.INTEGER_HUGE: (CodecErrorKind.OUT_OF_RANGE, "a huge number is not in {int64}"),
    Fault.TAIL_BITS: (CodecErrorKind.TRAILING, "bits are set behind the value"),
    Fault.TAIL_OCTETS: (CodecErrorKind.TRAILING, "{a} octets ({zero}) follow the value"),
    Fault.TOO_LONG: (CodecErrorKind.UNSUPPORTED, "{a} octets, more than the {most} that are read"),
}
"""Faults of octets: the kind of error and its text."""

_ENCODED: dict[int, str] = {
    Fault.NO_INTEGER: "{shown} is no integer, allowed is {bounds}",
    Fault.RANGE: "{number} is not in {bounds}",
    Fault.COUNT: "{a} elements, allowed are {bounds}",
    Fault.OCTETS: "{a} octets ({shown}), allowed are {bounds}",
    Fault.CHARACTERS: "{a} characters ({shown}), allowed are {bounds}",
    Fault.NO_ENUMERATOR: "{shown} is none of {names}",
    Fault.NO_BOOLEAN: "{shown} is neither true nor false",
    Fault.NO_NULL: "{shown} is not null",
    Fault.NO_OCTETS: "{shown} is no octet string",
    Fault.NO_TEXT: "{shown} is no text",
    Fault.NOT_IA5: "{shown} has characters outside IA5 (code 0..127)",
    Fault.NO_BITS: "{shown} is no bit string (octets, number of bits)",
    Fault.BITS_COUNT: "{a} bits ({shown}), allowed are {bounds}",
    Fault.BITS_OCTETS: "{a} octets hold no {b} bits, allowed are {needed}",
    Fault.BITS_TAIL: "{shown} has bits set behind its {a} bits",
    Fault.BITS_NAME: "{shown} is none of {names}",
    Fault.NO_LIST: "{shown} is no list",
    Fault.NO_OBJECT: "{shown} is no object",
    Fault.MISSING: "is missing",
    Fault.NO_MEMBER: "is no member of this type",
    Fault.NO_CHOICE: "{shown} is no choice (name, value)",
    Fault.NO_ALTERNATIVE: "{shown} is none of {names}",
    Fault.NO_RECORD: "{shown} is no {names}",
    Fault.MESSAGE: "{shown} is not the octets of a message: messageId {a} is not known",
    Fault.UNKNOWN_FORM: "{shown} is no (count, ((index, octets), ...)) of additions behind the known ones",
    Fault.TOO_LONG: "more than {most} octets",
}
"""Faults of values that have no octets."""


def kind_of(code: int) -> CodecErrorKind | None:
    """The kind of a fault that decoding found; None for 0."""
    return _DECODED[code][0] if code else None


def to_error(
    code: int,
    root: str,
    path: Sequence[str | int],
    bit: int,
    a: int,
    b: int,
    c: int,
    names: Sequence[str],
    value: Any,
    encoding: bool,
) -> CodecError:
    """The error of a fault.

    ``root`` and ``path`` name the place, ``bit`` is -1 where it is not known, ``a``, ``b`` and ``c`` are the
    fault's figures, ``names`` what the type allows, ``value`` what it does not.
    """
    place = root + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    if encoding:
        if code == Fault.NO_MEMBER:
            place += "." + (str(value)[:SHOWN] or "''")
        kind, text = CodecErrorKind.UNENCODABLE, _ENCODED[code]
    else:
        kind, text = _DECODED[code]
    detail = text.format_map(_Words(a, b, c, names, value))
    return CodecError(kind, detail, path=place, bit=None if bit < 0 else bit)


class _Words:
    """The words of a text, made only if it has them."""

    def __init__(self, a: int, b: int, c: int, names: Sequence[str], value: Any) -> None:
        self.a, self.b, self.c = a, b, c
        self._names, self._value = names, value

    def __getitem__(self, word: str) -> Any:
        return getattr(self, word)

    @property
    def bounds(self) -> str:
        return _bounds(self.b, self.c)

    @property
    def int64(self) -> str:
        return _bounds(-(1 << 63), (1 << 63) - 1)

    @property
    def zero(self) -> str:
        return "not all zero" if self.b else "all zero"

    @property
    def most(self) -> int:
        return MAX_MESSAGE_OCTETS

    @property
    def needed(self) -> int:
        return (self.b + 7) // 8

    @property
    def names(self) -> str:
        return ", ".join(name for name in self._names if name)

    @property
    def shown(self) -> str:
        return _shown(self._value)

    @property
    def number(self) -> Any:
        return self._value if self._value.bit_length() < 128 else "a huge number"


def _bounds(low: int, high: int) -> str:
    """In words; -1 is no bound: bounds of numbers below zero are never single."""
    if high == -1 and low >= 0:
        return f"{low} or more"
    return str(low) if low == high else f"{low}..{high}"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # the repr of a value that somebody else made: what it raises is none of ours
        return f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
