"""Names in UCS2: what a module writes after AT+CSCS="UCS2".

    "0033002000410054"    "3 AT": four hexadecimal digits for each UTF-16 unit, high octet first
    "80..." "81..."       other codings of a card's alphabet: not taken, left as they are

With the character set known (``Reply.charset``) every quoted text is decoded; unknown, only a text that
can hardly be anything else: whole units, none unassigned, all of them Latin or common Chinese characters.
``00470053004D`` is "GSM", while the hexadecimal digits of a cell id stay what they are.

Source: 3GPP TS 27.007 (+CSCS), 27.005; a real module's operator name.
"""

from __future__ import annotations

import re

__all__ = ["decode_text", "encode_ucs2"]

_UNITS = re.compile(r"(?:[0-9A-Fa-f]{4}){1,256}\Z")

SURE_DIGITS = 8
"""Digits from which an unannounced text is taken: two characters."""


def decode_text(text: str, charset: str | None = None) -> str:
    """``text`` as a person reads it; unchanged where it is no UCS2.  Total."""
    if charset is not None and charset.upper() != "UCS2":
        return text
    if not _UNITS.match(text) or (charset is None and len(text) < SURE_DIGITS):
        return text
    try:
        decoded = bytes.fromhex(text).decode("utf-16-be")
    except UnicodeDecodeError:
        return text
    if charset is None and not all(_likely(char) for char in decoded):
        return text
    return decoded.rstrip("\x00\uffff")


def encode_ucs2(text: str) -> str:
    """``text`` as a parameter of a module that is set to UCS2."""
    return text.encode("utf-16-be", "surrogatepass").hex().upper()


def _likely(char: str) -> bool:
    """Latin letters, digits and signs, CJK unified ideographs, fullwidth forms."""
    code = ord(char)
    return 0x20 <= code < 0x7F or 0xC0 <= code < 0x180 or 0x4E00 <= code < 0xA000 or 0xFF01 <= code < 0xFF5F
