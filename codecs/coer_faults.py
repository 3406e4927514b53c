"""The faults that both COER codecs find, and the errors that they become: one wording for C and Python.

A codec knows a number, the octet, a figure, and a value or the bounds of its type; :func:`to_error` makes a
:class:`v2x.errors.CodecError` of them.  The numbers are those of ``engine_coer_table.h``.  Of a wrong value
only numbers and names are quoted: octets may be a key.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_DEPTH", "MAX_OCTETS", "Fault", "to_error"]

MAX_DEPTH = 48
"""Nested types: a certificate in a signed message needs 16, a second message inside it as many again."""

MAX_OCTETS = 1 << 20
"""Longest input and longest encoding: a revocation list of 65,536 hash entries of 15 octets; frames are far
below."""

SHOWN = 60
"""Characters of a wrong name that a message quotes."""


class Fault(IntEnum):
    """What can be wrong: first with octets, from 32 on with a value."""

    TRUNCATED = 1
    DEPTH = 2
    LENGTH_OCTETS = 3
    LENGTH_FORM = 4
    RANGE = 5
    INTEGER_OCTETS = 6
    INTEGER_FORM = 7
    SIZE = 8
    UTF8 = 9
    UNUSED_BITS = 10
    ENUM_OCTETS = 11
    ENUM_FORM = 12
    ENUM_VALUE = 13
    COUNT_FORM = 14
    COUNT = 15
    PADDING = 16
    DEFAULT = 17
    PRESENCE_EMPTY = 18
    PRESENCE_FORM = 19
    ADDITIONS = 20
    OPEN_REST = 21
    TAG = 22
    ALTERNATIVE = 23
    TRAILING = 24
    TOO_LONG = 25
    VALUE_DEPTH = 32
    VALUE_FULL = 33
    VALUE_NULL = 34
    VALUE_RANGE = 35
    VALUE_UNSIGNED = 36
    VALUE_INTEGER = 37
    VALUE_NO_OCTETS = 38
    VALUE_SIZE = 39
    VALUE_NO_TEXT = 40
    VALUE_UTF8 = 41
    VALUE_NO_BITS = 42
    VALUE_BITS_SIZE = 43
    VALUE_UNUSED_BITS = 44
    VALUE_ENUM = 45
    VALUE_LIST = 46
    VALUE_NO_DICT = 47
    VALUE_NO_FIELD = 48
    VALUE_MISSING = 49
    VALUE_ADDITIONS = 50
    VALUE_ADDITION = 51
    VALUE_NO_CHOICE = 52
    VALUE_ALTERNATIVE = 53
    VALUE_UNKNOWN = 54


_TRUNCATED = CodecErrorKind.TRUNCATED
_MALFORMED = CodecErrorKind.MALFORMED
_RANGE = CodecErrorKind.OUT_OF_RANGE
_UNSUPPORTED = CodecErrorKind.UNSUPPORTED

_DECODED: dict[int, tuple[CodecErrorKind, str]] = {
    Fault.TRUNCATED: (_TRUNCATED, "the octets end inside this value"),
    Fault.DEPTH: (_UNSUPPORTED, f"more than {MAX_DEPTH} types deep"),
    Fault.LENGTH_OCTETS: (_MALFORMED, "length of {a} octets"),
    Fault.LENGTH_FORM: (_MALFORMED, "length is not in its shortest form"),
    Fault.RANGE: (_RANGE, "{shown} is not in {bounds}"),
    Fault.INTEGER_OCTETS: (_MALFORMED, "INTEGER of {a} octets (1..8 are taken)"),
    Fault.INTEGER_FORM: (_MALFORMED, "INTEGER is not in its shortest form"),
    Fault.SIZE: (_RANGE, "{a} octets, not {bounds}"),
    Fault.UTF8: (_MALFORMED, "no UTF-8"),
    Fault.UNUSED_BITS: (_MALFORMED, "unused bits are not zero"),
    Fault.ENUM_OCTETS: (_MALFORMED, "ENUMERATED of {a} octets"),
    Fault.ENUM_FORM: (_MALFORMED, "ENUMERATED is not in its shortest form"),
    Fault.ENUM_VALUE: (_MALFORMED, "no value {a}"),
    Fault.COUNT_FORM: (_MALFORMED, "the count is not in its shortest form"),
    Fault.COUNT: (_RANGE, "{a} elements, not {bounds}"),
    Fault.PADDING: (_MALFORMED, "padding of the preamble is not zero"),
    Fault.DEFAULT: (_MALFORMED, "a DEFAULT value is written out"),
    Fault.PRESENCE_EMPTY: (_MALFORMED, "an empty presence bit string"),
    Fault.PRESENCE_FORM: (_MALFORMED, "the presence bit string is not canonical"),
    Fault.ADDITIONS: (_UNSUPPORTED, "{a} additions"),
    Fault.OPEN_REST: (_MALFORMED, "{a} octets are left over in the open type"),
    Fault.TAG: (_MALFORMED, "no tag {a:#04x}"),
    Fault.ALTERNATIVE: (_MALFORMED, "no alternative {a}"),
    Fault.TRAILING: (CodecErrorKind.TRAILING, "{a} octets are left over"),
    Fault.TOO_LONG: (_UNSUPPORTED, f"more than {MAX_OCTETS} octets"),
}
"""Faults of octets: the kind of error and its text."""

_ENCODED: dict[int, str] = {
    Fault.VALUE_DEPTH: f"more than {MAX_DEPTH} types deep",
    Fault.VALUE_FULL: f"more than {MAX_OCTETS} octets",
    Fault.VALUE_NULL: "NULL takes None, not {type}",
    Fault.VALUE_RANGE: "{shown} is not in {bounds}",
    Fault.VALUE_UNSIGNED: "{shown} is no unsigned integer of up to 8 octets",
    Fault.VALUE_INTEGER: "{shown} is no integer of up to 8 octets",
    Fault.VALUE_NO_OCTETS: "octets are wanted, not {type}",
    Fault.VALUE_SIZE: "{a} octets, not {bounds}",
    Fault.VALUE_NO_TEXT: "a str is wanted, not {type}",
    Fault.VALUE_UTF8: "the text has no UTF-8",
    Fault.VALUE_NO_BITS: "(octets, {a}) is wanted",
    Fault.VALUE_BITS_SIZE: "{a} bits stand in {octets} octets",
    Fault.VALUE_UNUSED_BITS: "unused bits are not zero",
    Fault.VALUE_ENUM: "no value {shown}",
    Fault.VALUE_LIST: "a list of {bounds} elements is wanted",
    Fault.VALUE_NO_DICT: "a dict is wanted, not {type}",
    Fault.VALUE_NO_FIELD: "no field {shown}",
    Fault.VALUE_MISSING: "the field is missing",
    Fault.VALUE_ADDITIONS: "additions that this type can't have",
    Fault.VALUE_ADDITION: "addition {shown} does not fit the presence bit string",
    Fault.VALUE_NO_CHOICE: "(name, value) is wanted",
    Fault.VALUE_ALTERNATIVE: "no alternative {shown}",
    Fault.VALUE_UNKNOWN: "an unknown alternative is (tag, octets) with a tag above the known ones",
}
"""Faults of values, all of them ``unencodable``."""


def to_error(
    code: int, root: str, path: Sequence[str | int], octet: int, a: int, value: Any, low: Any, high: Any
) -> CodecError:
    """The error of a fault.

    ``root`` and ``path`` name the place, ``octet`` is -1 where it is not known, ``a`` is the fault's figure,
    ``value`` what the type does not have, ``low`` and ``high`` are its bounds (-1 or None: no upper one).
    """
    place = root + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    if code in _ENCODED:
        kind, text = CodecErrorKind.UNENCODABLE, _ENCODED[code]
    else:
        kind, text = _DECODED[code]
    detail = text.format(
        a=a,
        octets=(a + 7) // 8,
        bounds=f"{low}..{'' if high in (None, -1) and low >= 0 else high}" if low is not None else "",
        shown=_shown(value),
        type=type(value).__name__,
    )
    return CodecError(kind, detail, path=place, bit=None if octet < 0 else 8 * octet)


def _shown(value: Any) -> str:
    """A number or a name; of everything else the type."""
    if issubclass(type(value), int):
        return int.__repr__(value) if int.bit_length(value) < 128 else "a huge number"
    if issubclass(type(value), str):
        text = str.__repr__(value)
        return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return type(value).__name__
