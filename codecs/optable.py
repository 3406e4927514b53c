"""A profile's types as a flat table of operations: what the native engine and its Python twin interpret.

One row per type (:class:`Op`), parts before wholes, so that no row refers to itself and the deepest nesting
is known.  SEQUENCE and CHOICE point into the list of :class:`Part`, enumerators and named bits into
``names``, the open type of ``MessageFrameExt`` into ``messages``: the messageId in front of it chooses the
row.

    code        low, high            width              first, members, more
    NULL BOOL
    INT         bounds               bits of value
    ENUM        0, last index        bits of index      first: names
    BITS        bits                 bits of length     first: names
    OCTETS      octets               bits of length
    TEXT        characters           bits of length     (7 bits a character)
    SEQ                              bits of preamble   parts: first, members of the root, more additions
    LIST        elements             bits of count      first: row of the element
    CHOICE                           bits of index      parts: as SEQ
    OPEN                                                messages: members

``high`` is -1 where there is no bound: a general length determinant stands in front.  ``least`` is the number
of bits that the shortest value takes, which bounds every list by what is left of the input.

The table is compiled from the schema (:mod:`v2x.codecs.opcompile`) and kept as JSON: beside the sources where
``setup.py`` built it, else in the user's cache directory.  Reading it needs neither asn1tools nor a parser.

Source: ITU-T X.691 (unaligned); T/CSAE 157-2020 for the open type.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from v2x.codecs.parsed import DIRECTORY, SOURCES, cache_directory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "COMPILER",
    "EXTENSIBLE",
    "FRAME",
    "OPTIONAL",
    "ROOT",
    "SELECTOR",
    "UNBOUNDED",
    "Code",
    "Op",
    "OpTable",
    "Part",
    "digest",
    "load",
    "write",
]

COMPILER = ("identifiers.py", "opcompile.py", "optable.py", "schema.py")
"""The modules that make the table: when one of them changes, what was made before does not count."""

ROOT = "MessageFrame"
"""The type of a whole message."""

UNBOUNDED = -1
"""``high`` of a size without a bound."""


class Code(IntEnum):
    """What an operation reads or writes; the numbers are those of ``engine_table.h``."""

    NULL = 0
    BOOL = 1
    INT = 2
    ENUM = 3
    BITS = 4
    OCTETS = 5
    TEXT = 6
    SEQ = 7
    LIST = 8
    CHOICE = 9
    OPEN = 10


EXTENSIBLE = 1
"""Flag of an operation: its type has the extension marker."""

FRAME = 2
"""Flag of the CHOICE that names the message: an unknown alternative is an unknown message."""

OPTIONAL = 1
"""Flag of a part: a bit of the preamble says whether it is there."""

SELECTOR = 2
"""Flag of a part: its number chooses what the open type behind it holds."""


class Op(NamedTuple):
    """One type; the columns are explained above.  ``type_name`` is empty where ASN.1 gives no name."""

    code: int
    flags: int
    low: int
    high: int
    width: int
    first: int
    members: int
    more: int
    least: int
    type_name: str

    @property
    def is_choice(self) -> bool:
        """A CHOICE, which is a record of name and value."""
        return self.code == Code.CHOICE

    @property
    def is_extensible(self) -> bool:
        """The type has the extension marker."""
        return bool(self.flags & EXTENSIBLE)


class Part(NamedTuple):
    """A component of a SEQUENCE or an alternative of a CHOICE: its row, flags, identifier and attribute."""

    op: int
    flags: int
    name: str
    attribute: str


class OpTable(NamedTuple):
    """The table of one profile; ``roots`` gives the row of each SEQUENCE and CHOICE by its name."""

    profile: str
    ops: tuple[Op, ...]
    parts: tuple[Part, ...]
    names: tuple[tuple[str, ...], ...]
    messages: tuple[tuple[int, int], ...]
    roots: dict[str, int]

    def parts_of(self, op: Op) -> tuple[Part, ...]:
        """All parts of a SEQUENCE or CHOICE: those of the root, then the additions."""
        return self.parts[op.first : op.first + op.members + op.more]

    def to_json(self) -> dict[str, Any]:
        """The table in JSON terms."""
        return {
            "profile": self.profile,
            "ops": [list(op) for op in self.ops],
            "parts": [list(part) for part in self.parts],
            "names": [list(names) for names in self.names],
            "messages": [list(pair) for pair in self.messages],
            "roots": self.roots,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> OpTable:
        """The table of such a document; ValueError, TypeError or KeyError where it is none."""
        return cls(
            document["profile"],
            tuple(Op(*row) for row in document["ops"]),
            tuple(Part(*row) for row in document["parts"]),
            tuple(tuple(names) for names in document["names"]),
            tuple((number, op) for number, op in document["messages"]),
            dict(document["roots"]),
        )


def digest(profile: str, directory: Path = DIRECTORY) -> str:
    """SHA-256 in hex over the sources of ``profile`` and those of the compiler."""
    state = hashlib.sha256(profile.encode())
    paths = [directory / name for name in SOURCES[profile]] + [DIRECTORY.parent / name for name in COMPILER]
    for path in paths:
        text = path.read_bytes()
        state.update(f"\n{path.name} {len(text)}\n".encode())
        state.update(text)
    return state.hexdigest()


@cache
def load(profile: str) -> OpTable:
    """The table of ``profile``: built, cached or compiled now, whichever comes first.

    ValueError for a profile that there is not.
    """
    if profile not in SOURCES:
        raise ValueError(f"unknown profile {profile!r}: one of {', '.join(SOURCES)}")
    wanted = digest(profile)
    cached = cache_directory() / f"{profile}-{wanted[:16]}.optable.json"
    for path in (DIRECTORY / f"{profile}.optable.json", cached):
        table = _read(path, wanted)
        if table is not None:
            return table
    table = _compiled(profile)
    with contextlib.suppress(OSError):  # a cache that can't be written costs time, nothing else
        cached.parent.mkdir(parents=True, exist_ok=True)
        _write(cached, table, wanted)
    return table


def write(profile: str, target: Path) -> Path:
    """Compile ``profile`` and write ``<profile>.optable.json`` into ``target``; gives its path."""
    path = target / f"{profile}.optable.json"
    _write(path, _compiled(profile), digest(profile))
    return path


def _compiled(profile: str) -> OpTable:
    from v2x.codecs.opcompile import compile_profile

    return compile_profile(profile)


def _read(path: Path, wanted: str) -> OpTable | None:
    try:
        document = json.loads(path.read_bytes())
        if document["sha256"] != wanted:
            return None
        return OpTable.from_json(document["table"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _write(path: Path, table: OpTable, fingerprint: str) -> None:
    """Write a file so that a reader finds the old one, the new one or none, never a part."""
    document = {"sha256": fingerprint, "table": table.to_json()}
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(json.dumps(document, separators=(",", ":")), encoding="ascii")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
