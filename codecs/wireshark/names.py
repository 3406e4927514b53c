"""Filter names: the standards' identifiers in snake_case, joined to the path of the value.

``pos.lat`` of a BSM is ``v2x.bsm.pos.lat``, ``nodes[0].inLinks-ex[1].linkWidth`` of a MAP is
``v2x.map.nodes.in_links_ex.link_width``: the path in the value without indices, so that one filter finds
every lane.  The line of an element is ``<list>.item``; parts of an element stand right below the list.  The
spelling of the standards stays (``brake_padel``), so that who knows the dictionary finds the field.
"""

from __future__ import annotations

import re

from v2x.codecs.identifiers import attribute_name

__all__ = ["PREFIX", "snake"]

PREFIX = "v2x"
"""What every filter name begins with."""

_RUN_ON = re.compile(r"(ABS|GNSS|MAP|PDOP|SPAT)(?=[a-z])|IR(?=beacon)")
"""Abbreviations that the standards write together with the next word: ``eventABSactivated``."""


def snake(identifier: str) -> str:
    """The attribute's name, and the like for named bits: ``eventABSactivated`` is event_abs_activated."""
    parted = _RUN_ON.sub(lambda match: match.group() + "-", identifier).replace("IDs", "Ids")
    return attribute_name(parted).rstrip("_")
