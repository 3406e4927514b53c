"""Reading the answer layouts of a PC5 dialect (``v2x.modem.pc5_layout``) from TOML, every key checked.

What is wrong raises ProfileError with file, key and reason; nothing else can be raised by what a file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.modem.errors import ProfileError
from v2x.modem.fields import prefix_of
from v2x.modem.pc5_layout import RESULTS, FieldLayout, Kind, RowLayout, Rows, Separator

if TYPE_CHECKING:
    from v2x.modem.pc5_types import Function

__all__ = ["number", "only", "row_layout", "table_of", "take", "texts"]

FIELDS_LIMIT = 64
"""Fields of one line: the longest known has 18."""


def row_layout(function: Function, table: dict[str, Any], where: str) -> RowLayout:
    """The layout of ``function``'s answer.  Raises ProfileError."""
    result = RESULTS[function]
    prefix = take(table, "prefix", str, where).upper()
    if prefix_of(f"{prefix}:") != prefix:
        raise ProfileError(f"{where}.prefix: no name of an answer, as ^CBR")
    entries = table.get("fields")
    if not isinstance(entries, list) or not 1 <= len(entries) <= FIELDS_LIMIT:
        raise ProfileError(f"{where}.fields: a list of 1..{FIELDS_LIMIT} fields")
    fields = tuple(_field(function, entry, f"{where}.fields[{n}]") for n, entry in enumerate(entries))
    names = [one.name for one in fields if one.name]
    if len(set(names)) != len(names) or not names:
        raise ProfileError(f"{where}.fields: each value once, and at least one")
    if missing := sorted(result.required - set(names)):
        raise ProfileError(f"{where}.fields: {missing[0]} is missing")
    rows = _word(table, "rows", Rows, Rows.ONE, where)
    if (rows is not Rows.ONE) != result.many:
        raise ProfileError(f"{where}.rows: {'each or counted' if result.many else 'one'}")
    separator = _word(table, "separator", Separator, Separator.COMMA, where)
    return RowLayout(result, prefix, fields, rows, separator)


def _field(function: Function, entry: Any, where: str) -> FieldLayout:
    result = RESULTS[function]
    table = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict):
        raise ProfileError(f"{where}: a name or a table")
    only(table, {"name", "hex", "scale", "offset", "absent", "values"}, where)
    name = take(table, "name", str, where)
    if not name and len(table) == 1:
        return FieldLayout("")
    if name not in result.kinds:
        raise ProfileError(f"{where}: no value {name!r}; there is: {', '.join(result.kinds)}")
    kind = result.kinds[name]
    if kind is not Kind.NUMBER and {"scale", "offset"} & set(table):
        raise ProfileError(f"{where}: {name} is counted as it is, without scale and offset")
    return FieldLayout(
        name,
        kind,
        16 if take(table | {"hex": table.get("hex", False)}, "hex", bool, where) else 10,
        number(table, "scale", where, 1.0),
        number(table, "offset", where, 0.0),
        frozenset(texts(table, "absent", where)) if "absent" in table else frozenset(),
        _words(table, name, function, where),
    )


def _words(table: dict[str, Any], name: str, function: Function, where: str) -> dict[str, str]:
    """Raw text to word; must be there for words and flags, and only there."""
    kind, result = RESULTS[function].kinds[name], RESULTS[function]
    wanted = kind in (Kind.WORD, Kind.BOOL)
    if wanted != ("values" in table):
        raise ProfileError(f"{where}.values: {'missing' if wanted else f'{name} is a number'}")
    if not wanted:
        return {}
    allowed = frozenset({"true", "false"}) if kind is Kind.BOOL else result.words[name]
    values = table_of(table, "values", where)
    for raw, word in values.items():
        if not isinstance(word, str) or word not in allowed:
            raise ProfileError(f"{where}.values.{raw}: one of {', '.join(sorted(allowed))}")
    return values


# -- TOML --------------------------------------------------------------------------------------------


def only(table: dict[str, Any], known: set[str], where: str) -> None:
    """No other keys."""
    unknown = sorted(set(table) - known)
    if unknown:
        raise ProfileError(f"{where}: unknown key {unknown[0]}")


def table_of(tree: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """A table."""
    table = tree.get(key)
    if not isinstance(table, dict):
        raise ProfileError(f"{where}: {key}: missing table")
    return table


def take(table: dict[str, Any], key: str, kind: type[Any], where: str) -> Any:
    """A value of a type."""
    value = table.get(key)
    if not isinstance(value, kind):
        raise ProfileError(f"{where}.{key}: must be a {kind.__name__}")
    return value


def texts(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list of texts."""
    value = table.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProfileError(f"{where}.{key}: must be a list of texts")
    return tuple(value)


def number(table: dict[str, Any], key: str, where: str, default: float | None = None) -> float:
    """A finite number."""
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise ProfileError(f"{where}.{key}: must be a number")
    return float(value)


def _word(table: dict[str, Any], key: str, kind: type[Any], default: Any, where: str) -> Any:
    value = table.get(key, default.value)
    if value not in [one.value for one in kind]:
        raise ProfileError(f"{where}.{key}: one of {', '.join(one.value for one in kind)}")
    return kind(value)
