"""A Wireshark dissector in Lua: DSMP, secured messages with certificates, and every message of every edition.

:func:`dissector` gives the text of one file, ``v2x.lua``, which goes into Wireshark's folder of Lua plugins.
It is hand-written Lua (``lua/``: readers for UPER and COER, the drawing of trees) behind tables that are made
from what this package decodes by: the schema, units and codes, AIDs, the types of the secured message.  So
there is one source of each bound and name, and the file needs neither Python nor this package to run.

Filter names are the path of a value (:mod:`v2x.codecs.wireshark.names`).  The dissector reads
``LINKTYPE_USER0`` (147), the link type of :mod:`v2x.codecs.pcap`.  Nothing is verified in it: a signature
that it shows is not a signature that was checked.
"""

from __future__ import annotations

from importlib.resources import files

from v2x.codecs import aids
from v2x.codecs.dsmp import DEFAULTS
from v2x.codecs.wireshark.luatext import literal
from v2x.codecs.wireshark.names import PREFIX, snake
from v2x.codecs.wireshark.rows import Rows, profiles
from v2x.codecs.wireshark.secured import ROOTS, secured

__all__ = ["FILE_NAME", "MARK", "PREFIX", "ROOTS", "dissector", "snake"]

FILE_NAME = "v2x.lua"
"""What the plugin is called in Wireshark's folder."""

MARK = "-- C-V2X dissector for Wireshark, written by `v2x wireshark`"
"""The first line of every file that is ours, and may be replaced."""

_PARTS = ("base", "fields", "uper", "coer", "sm3", "tree", "message", "spdu", "dsmp")
"""The files of ``lua/`` in the order in which they need each other."""

_GUARD = """\
-- Made from the schema: do not edit, write it anew.  Licence: Apache-2.0.
if rawget(_G, "v2x_dissector") then
   return -- a second copy in another folder: protocols can be registered once
end
rawset(_G, "v2x_dissector", true)
"""


def dissector() -> str:
    """The text of ``v2x.lua``; the same schema gives the same text."""
    folder = files(__name__).joinpath("lua")
    parts = [MARK, _GUARD, _tables()]
    for name in _PARTS:
        text = folder.joinpath(f"{name}.lua").read_text("utf-8")
        parts.append(f"-- part: {name}\n;(function()\n{text}end)()\n")
    return "\n".join(parts)


def _tables() -> str:
    """The generated tables, as fields of the local table V."""
    rows = Rows()
    editions, roots = profiles(rows), secured(rows)
    lines = ["local V = {}", "V.rows = {"]
    lines += [f"{row}," for row in rows.rows]
    lines += ["}", "V.meanings = {"]
    lines += [f"{row}," for row in rows.meanings]
    lines += ["}", "V.profiles = {"]
    lines += [f"{literal(edition)}," for edition in editions]
    lines += ["}", f"V.roots = {literal(roots)}", f"V.aids = {literal(_aids())}"]
    lines.append(f"V.max_unit = {literal(DEFAULTS.max_octets)}\n")
    return "\n".join(lines)


def _aids() -> dict[int, dict[str, object]]:
    """What is known of each AID: its text, the message it carries, whether only a vendor uses it."""
    table: dict[int, dict[str, object]] = {}
    for aid, entry in sorted(aids.TABLE.items()):
        use = f"{entry.message}: {entry.use}" if entry.message else entry.use
        table[aid] = {"text": use, "message": entry.message}
    for aid, use in sorted(aids.VENDOR_ONLY.items()):
        table[aid] = {"text": use, "vendor": True}
    return table
