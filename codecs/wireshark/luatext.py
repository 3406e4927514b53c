"""Lua source from Python values: literals of the tables that the generated dissector carries.

Numbers, strings, booleans, lists and dicts become table constructors of Lua 5.1 to 5.4; None and empty
optional parts are left out, since nil is how Lua says "absent".  Source: the Lua 5.2 reference manual.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["literal"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS = frozenset({
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
})  # fmt: skip
_EXACT = 1 << 53
"""Integers up to here are exact in Lua 5.2, whose only number is a double."""


def literal(value: Any) -> str:
    """Lua source of a str, bool, int, float, list, tuple or dict; ValueError for an inexact integer."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            if not -_EXACT <= value <= _EXACT:
                raise ValueError(f"{value} is not exact in Lua 5.2")
            return str(value)
        case float():
            return repr(value)
        case str():
            return _string(value)
        case list() | tuple():
            return "{" + ",".join(literal(item) for item in value) + "}"
        case dict():
            parts = (f"{_key(key)}={literal(item)}" for key, item in value.items() if item is not None)
            return "{" + ",".join(parts) + "}"
    raise TypeError(f"{type(value).__name__} has no Lua form")


def _key(key: Any) -> str:
    if isinstance(key, str) and _NAME.match(key) and key not in _WORDS:
        return key
    return f"[{literal(key)}]"


def _string(text: str) -> str:
    escaped = (
        character if " " <= character <= "~" and character not in '"\\' else None for character in text
    )
    octets = (
        plain if plain is not None else "".join(f"\\{octet:03d}" for octet in character.encode())
        for plain, character in zip(escaped, text, strict=True)
    )
    return '"' + "".join(octets) + '"'
