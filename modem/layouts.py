"""Layouts: which value stands where in a line, as data; and the choice among several.

    nr_sa = "mode='NR5G-SA' duplex mcc mnc cell_id pci [srxlev:int] ..."

    name          an element (``v2x.modem.elements``); ``name:kind`` a plain int, float, hex, text or auto
    'text'        this token; ``*`` stands for any characters, upper and lower case are the same
    name='text'   the same, and the element reads the token; without such an element it is text
    -             a token that says nothing
    [ ]           what stands within may be missing as a whole, with all that follows
    ...           more tokens may follow; they are kept, unread

Lines whose length and literals fit several layouts: the profile's own go first; else the one with the fewest
implausible values, and of equals the first.  A length that fits none takes the layout whose literals fit,
as far as it goes.  A row says which layout it took, and why.  Nothing here fails on any line.

The layouts are tables of ``profiles/*.toml``: those with ``_`` in front are everybody's (3GPP, Quectel), a
profile's are its own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from v2x.modem.elements import Element, Scalar, Value, element
from v2x.modem.errors import ProfileError
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from v2x.modem.fields import Fields

__all__ = ["Chosen", "Layout", "LayoutBook", "Row", "book", "parse_layout", "parse_layouts"]

PREFERENCE = ("_3gpp", "_quectel", "qualcomm", "unisoc")
"""Files whose layouts win where no profile is given and length and plausibility leave several."""

LAYOUT_LIMIT = 64
"""Items of a layout; the longest line in use has some twenty."""

_ITEM = re.compile(r"(?P<name>[a-z][a-z0-9_]*(?::[a-z]+)?)?(?P<equal>=)?(?:'(?P<literal>[^']*)')?\Z")
_WORDS = re.compile(r"'[^']*'|[^\s'\[\]]+(?:'[^']*')?|[\[\]]")


class Chosen(StrEnum):
    """Why a layout was taken."""

    ONLY = "only"  # no other fits
    PROFILE = "profile"  # the profile's own fits
    PLAUSIBILITY = "plausibility"  # others have more implausible values
    ORDER = "order"  # others fit as well; see Row.ambiguous
    PARTIAL = "partial"  # the length fits none
    FORM = "form"  # a form that is read by rule, not by position


@dataclass(frozen=True, slots=True)
class Item:
    """One position: its element, and the text that must stand there."""

    read: Element | None
    literal: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """One line's order; ``lengths`` are the numbers of tokens that it may have."""

    name: str
    items: tuple[Item, ...]
    lengths: frozenset[int]
    open: bool = False

    @property
    def literals(self) -> int:
        """How many words it asks for."""
        return sum(item.literal is not None for item in self.items)

    def fits(self, tokens: Fields) -> bool:
        """Whether the literals stand where they must."""
        fixed = [(at, item.literal) for at, item in enumerate(self.items) if item.literal is not None]
        return all(at < len(tokens) and p.fullmatch(tokens[at].text) is not None for at, p in fixed)

    def fits_length(self, count: int) -> bool:
        """Whether a line may have so many tokens."""
        return count in self.lengths or (self.open and count > max(self.lengths))

    def values(self, tokens: Fields) -> tuple[Value, ...]:
        """Every value of the layout; missing tokens give ``None``."""
        found: list[Value] = []
        for at, item in enumerate(self.items):
            if item.read is not None:
                found += item.read(tokens[at] if at < len(tokens) else None)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Row:
    """One line as values; ``extra`` are tokens that the layout has no place for."""

    prefix: str
    layout: str | None
    values: tuple[Value, ...]
    line: str = field(default="", repr=False)
    extra: tuple[str, ...] = field(default=(), repr=False)
    chosen: Chosen = Chosen.ONLY
    ambiguous: tuple[str, ...] = ()

    def get(self, name: str) -> Scalar:
        """A value by its name; ``None`` where it says that there is none, or isn't in this row."""
        return next((v.value for v in self.values if v.name == name), None)

    def value(self, name: str) -> Value | None:
        """The whole value: number, raw token, validity."""
        return next((v for v in self.values if v.name == name), None)

    @property
    def invalid(self) -> dict[str, str]:
        """Tokens that are no value of their element, by name."""
        return {v.name: v.raw or "" for v in self.values if not v.valid}

    def __repr__(self) -> str:
        return f"Row({redact(self.line)!r}, layout={self.layout!r})"


def parse_layout(name: str, text: str) -> Layout:
    """Read one layout.  Raises ValueError with what is wrong."""
    items: list[Item] = []
    lengths: set[int] = set()
    more, depth = False, 0
    for part in _WORDS.findall(text):
        if more and part != "]":
            raise ValueError("nothing follows ...")
        if part == "[":
            lengths.add(len(items))
            depth += 1
        elif part == "]":
            depth -= 1
        elif part == "...":
            more = True
        else:
            items.append(_item(part))
    if depth or not items or len(items) > LAYOUT_LIMIT or not _covers(text):
        raise ValueError("brackets that close, at least one item and nothing else")
    return Layout(name, tuple(items), frozenset(lengths | {len(items)}), more)


def _covers(text: str) -> bool:
    """Whether nothing of ``text`` but spaces lies between its words."""
    return not _WORDS.sub("", text).strip()


def _item(part: str) -> Item:
    if part == "-":
        return Item(None, None)
    found = _ITEM.match(part)
    name, literal = (found.group("name"), found.group("literal")) if found else (None, None)
    if (
        found is None
        or (name is None and literal is None)
        or bool(found.group("equal")) != bool(name and literal)
    ):
        raise ValueError(f"no item: {part}")
    try:
        read = None if name is None else element(name)
    except KeyError:
        if literal is None:
            raise ValueError(f"no element: {name}") from None
        read = element(f"{name}:text")
    if literal is None:
        return Item(read, None)
    pattern = ".*".join(re.escape(piece) for piece in literal.split("*"))
    return Item(read, re.compile(pattern, re.IGNORECASE | re.DOTALL))


Layouts = dict[str, tuple[Layout, ...]]
"""Layouts by the prefix of their lines; ``+X?`` is for answers to the read command only."""


def parse_layouts(tree: Any, owner: str, where: str) -> Layouts:
    """The ``[layouts]`` table of a file.  Raises ProfileError with the key and the reason."""
    if not isinstance(tree, dict):
        raise ProfileError(f"{where}: layouts: must be a table")
    found: Layouts = {}
    for prefix, rows in tree.items():
        if not isinstance(rows, dict) or not all(isinstance(text, str) for text in rows.values()):
            raise ProfileError(f"{where}: layouts: {prefix}: must be a table of texts")
        layouts: list[Layout] = []
        for key, text in rows.items():
            try:
                layouts.append(parse_layout(f"{owner.lstrip('_')}.{key}", text))
            except ValueError as error:
                raise ProfileError(f"{where}: layouts: {prefix}: {key}: {error}") from None
        found[prefix.upper()] = tuple(layouts)
    return found


class LayoutBook:
    """All layouts in the order of their rank; ``own`` are the profile's, which go first."""

    def __init__(self, shared: tuple[Layouts, ...], own: Layouts | None = None) -> None:
        self._shared = shared
        self._own = own or {}

    def layouts(self, prefix: str) -> tuple[Layout, ...]:
        """The layouts of lines of ``prefix``, the profile's own first."""
        return tuple(layout for table in (self._own, *self._shared) for layout in table.get(prefix, ()))

    def read(self, prefix: str, tokens: Fields, line: str = "", *, asked: bool = False) -> Row | None:
        """A line as a row; ``None`` where no layout's literals fit.  ``asked``: it answers ``prefix?``."""
        keys = (f"{prefix}?", prefix) if asked else (prefix,)
        own = [layout for key in keys for layout in self._own.get(key, ())]
        shared = [layout for key in keys for table in self._shared for layout in table.get(key, ())]
        for pool, why in ((own, Chosen.PROFILE), (shared, Chosen.ONLY)):
            fitting = [x for x in pool if x.fits(tokens) and x.fits_length(len(tokens))]
            if fitting:
                return _best(prefix, tokens, line, fitting, why)
        partial = [x for x in (*own, *shared) if x.fits(tokens)]
        return _best(prefix, tokens, line, partial, Chosen.PARTIAL) if partial else None


def _best(prefix: str, tokens: Fields, line: str, layouts: list[Layout], why: Chosen) -> Row:
    """The layout with the fewest implausible values, the first of equals."""
    read = [(layout, layout.values(tokens)) for layout in layouts]
    partial = why is Chosen.PARTIAL
    faults: list[tuple[int, int, int, int]] = []
    for layout, values in read:  # one that asks for more words is the more particular one
        missing = len(layout.items) - len(tokens) if partial else 0
        implausible = sum(not value.valid for value in values)
        faults.append((implausible, max(0, -missing), max(0, missing), -layout.literals))
    least = min(faults)
    equal = [pair for pair, n in zip(read, faults, strict=True) if n == least]
    layout, values = equal[0]
    if why is Chosen.ONLY and len(read) > 1:
        why = Chosen.ORDER if len(equal) > 1 else Chosen.PLAUSIBILITY
    others = tuple(x.name for x, _ in equal[1:])
    extra = tuple(token.text for token in tokens[len(layout.items) :])
    return Row(prefix, layout.name, values, line, extra, why, others)


@cache
def _tables() -> dict[str, Layouts]:
    """The layouts of every file that comes with the package, in order of preference."""
    folder = resources.files("v2x.modem") / "profiles"
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    names.sort(key=lambda name: PREFERENCE.index(name) if name in PREFERENCE else len(PREFERENCE))
    tables: dict[str, Layouts] = {}
    for name in names:
        tree = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        tables[name] = parse_layouts(tree.get("layouts", {}), name, f"{name}.toml")
    return tables


@cache
def book(profile: str | None = None) -> LayoutBook:
    """The layouts of a profile, before everybody's; ``None``: all, the choice is the line's.

    Raises ProfileError on a profile that doesn't exist.
    """
    tables = _tables()
    if profile is not None and (profile.startswith("_") or profile not in tables):
        known = ", ".join(sorted(name for name in tables if not name.startswith("_")))
        raise ProfileError(f"no module profile {profile!r}; there is: {known}")
    return LayoutBook(tuple(tables.values()), None if profile is None else tables[profile])
