"""From the standards' identifiers to Python's: attributes in snake_case, classes with underscores.

    posConficence   pos_conficence      (the standards' spelling is kept)
    refPos          ref_pos             minEndUTCTime   min_end_utc_time
    inLinks-ex      in_links_ex         position-LL1    position_ll1
    class           class_              (a keyword of Python takes an underscore)
    Position-LL-24B Position_LL_24B     (types keep their capitals; a hyphen becomes an underscore)

A run of capitals is one word, whose last capital begins the next word if a small letter follows.  Where the
small letter belongs to the run (``GNSSstatus``), no rule can know: :data:`SPLIT_BY_HAND` does.
"""

from __future__ import annotations

import keyword
import re

__all__ = ["SPLIT_BY_HAND", "attribute_name", "class_name"]

SPLIT_BY_HAND = {"currGNSSstatus": "curr_gnss_status"}
"""Identifiers whose words the rule would cut in the wrong place."""

_ACRONYM_END = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD_START = re.compile(r"([a-z0-9])([A-Z])")


def attribute_name(identifier: str) -> str:
    """The attribute that holds the component ``identifier``."""
    if identifier in SPLIT_BY_HAND:
        return SPLIT_BY_HAND[identifier]
    words = _ACRONYM_END.sub(r"\1_\2", identifier.replace("-", "_"))
    name = _WORD_START.sub(r"\1_\2", words).lower()
    return name + "_" if keyword.iskeyword(name) else name


def class_name(type_name: str) -> str:
    """The class of the SEQUENCE or CHOICE type ``type_name``."""
    return type_name.replace("-", "_")
