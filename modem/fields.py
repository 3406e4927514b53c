"""The parameters of one answer line: ``+NAME: 1,"a,b",,-,(0-3)``.

    line    name ":" fields            a name is what stands before the first colon, outside quotes
    fields  field ("," field)*         a comma inside quotes or parentheses belongs to its field
    field   spaces around it are none of it; quotes are removed and remembered

Nothing here fails on the split: an open quote or parenthesis reaches to the end of the line.  Reading a
field as a number fails with :class:`FieldError`, which the command turns into UnexpectedReply.

Sources: ITU-T V.250 (information text of extended commands); real answers of modules, which put spaces
after commas and quote what their manuals don't.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["NO_VALUE", "Field", "FieldError", "Fields", "prefix_of", "split_fields"]

NO_VALUE = frozenset({"", "-"})
"""How a module writes that a field has no value; numbers that say so belong to their command."""

INTEGER_DIGITS = 19
"""Digits of the longest integer taken: 64 bits; longer ones are damage."""

_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{INTEGER_DIGITS}}}\Z", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{1,16}\Z", re.ASCII)
_PREFIX = re.compile(r"([+^*%&#$][A-Za-z0-9][A-Za-z0-9_ ]{0,31}?)\s*:", re.ASCII)


class FieldError(ValueError):
    """A field that is missing or no value of its type; ``index`` counts from 0."""

    def __init__(self, index: int, detail: str) -> None:
        self.index = index
        self.detail = detail
        super().__init__(f"field {index + 1}: {detail}")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: its text without quotes, and whether it was quoted."""

    text: str
    quoted: bool = False


class Fields(tuple[Field, ...]):
    """The parameters of a line in order; reading past the end gives "no value", never IndexError."""

    __slots__ = ()

    def text(self, index: int) -> str | None:
        """The text of a field; ``None`` where it is missing, empty or ``-``."""
        if not 0 <= index < len(self):
            return None
        field = self[index]
        return None if field.text in NO_VALUE and not (field.quoted and field.text) else field.text

    def quoted(self, index: int) -> bool:
        """Whether a field was quoted."""
        return 0 <= index < len(self) and self[index].quoted

    def integer(self, index: int) -> int:
        """A field as a decimal integer.  Raises FieldError where there is none."""
        value = self.optional_integer(index)
        if value is None:
            raise FieldError(index, "no value")
        return value

    def optional_integer(self, index: int) -> int | None:
        """A field as a decimal integer, ``None`` without a value.  Raises FieldError on other text."""
        text = self.text(index)
        if text is None:
            return None
        if not _INTEGER.match(text):
            raise FieldError(index, f"no integer: {text!r}")
        return int(text)

    def optional_hex(self, index: int) -> int | None:
        """A field as hexadecimal digits, ``None`` without a value.  Raises FieldError on other text."""
        text = self.text(index)
        if text is None:
            return None
        if not _HEX.match(text):
            raise FieldError(index, f"no hexadecimal number: {text!r}")
        return int(text, 16)


def prefix_of(line: str) -> str | None:
    """``+CREG`` of ``+CREG: 1``, upper case; ``None`` for a line without a name before a colon.

    Only names behind a mark of extended commands count: ``mode: 2`` and ``AT version:1.1`` have none.
    """
    match = _PREFIX.match(line)
    return None if match is None else match.group(1).upper()


def split_fields(text: str) -> Fields:
    """The parameters of ``text``: a line, whose prefix is taken off first, or what follows one."""
    if prefix_of(text) is not None:
        text = text.partition(":")[2]
    fields: list[Field] = []
    start, depth, in_quotes = 0, 0, False
    for index, char in enumerate(text):
        if char == '"':
            in_quotes = not in_quotes
        elif in_quotes:
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char == "," and depth == 0:
            fields.append(_field(text[start:index]))
            start = index + 1
    fields.append(_field(text[start:]))
    return Fields(fields)


def _field(raw: str) -> Field:
    raw = raw.strip()
    if raw.startswith('"'):
        return Field(raw[1:-1] if len(raw) > 1 and raw.endswith('"') else raw[1:], quoted=True)
    return Field(raw)
