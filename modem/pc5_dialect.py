r"""PC5 dialects: a vendor's AT commands for the PC5 functions, as a TOML file.

    [dialect]
    name = "mine"                # a-z, 0-9, _
    title = "..."                # what a person reads
    base = "std27007"            # the functions of TS 27.007 clause 15 beside these; or "none"
    guess = false                # true where no document stands behind it

    [functions.cbr]              # a function that answers
    commands = ["AT^CBR?"]       # in their order; the last one gives the answer
    prefix = "^CBR"              # of the answer's lines
    fields = [{ name = "pssch", scale = 0.01 }, "pscch"]    # see v2x.modem.pc5_layout
    timeout_s = 3.0              # optional, as rows and separator are

    [functions.set_l2_ids]       # a function that is told something: its values in braces
    commands = ["AT^CV2XL2ID={source},{destination:06X}"]

    values        set_l2_ids: source, destination; start_receive: count, monitor (the ids, six hex digits
                  each); start_transmit: octets, period_ms; set_tx_power: power (the dBm times ``scale``,
                  between ``least_dbm`` and ``most_dbm``)
    form          {name} decimal, {name:X} and {name:06X} hexadecimal

Everything is checked when the file is read: unknown keys, functions, values, words and command lines that
can't be sent are errors with file and key.  Built-in dialects are in ``dialects/*.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from v2x.modem.commands import Command, Response, action
from v2x.modem.errors import ProfileError
from v2x.modem.pc5_dialect_fields import number, only, row_layout, table_of, take, texts
from v2x.modem.pc5_layout import RESULTS
from v2x.modem.pc5_types import Function

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from v2x.modem.pc5_layout import RowLayout

__all__ = ["Dialect", "DialectFunction", "dialect_names", "load_dialect", "parse_dialect", "read_dialect"]

FILE_LIMIT = 65_536
"""Octets of a dialect file; ours have two thousand."""

COMMANDS_LIMIT = 8
"""Commands of one function: a test run takes three."""

TIMEOUT_LIMIT_S = 300.0

Values = dict[str, int | str]

_VALUES: dict[str, Values] = {
    "set_l2_ids": {"source": 1, "destination": 1},
    "start_receive": {"count": 1, "monitor": "000001"},
    "start_transmit": {"octets": 100, "period_ms": 100},
    "set_tx_power": {"power": 80},
}
"""The values that a function is told, with one of each that can be sent, to try a command line."""

_TOLD = (*_VALUES, "stop_test", "reset_counters", "reset_utc")
_BASES = ("std27007", "none")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_BRACES = re.compile(r"\{([a-z0-9_]+)(?::(0?[0-9]{0,2})X)?\}")


@dataclass(frozen=True, slots=True)
class DialectFunction:
    """The command lines of one function and the layout of its answer (``None``: it has none)."""

    commands: tuple[str, ...]
    layout: RowLayout | None = None
    timeout_s: float | None = None
    scale: float = 1.0
    least_dbm: float = -200.0
    most_dbm: float = 200.0

    def needs(self, name: str) -> bool:
        """Whether a command line has a place for the value ``name``."""
        return any(match.group(1) == name for text in self.commands for match in _BRACES.finditer(text))

    def lines(self, values: Values) -> tuple[Command[Any], ...]:
        """The commands to be executed in their order.  ValueError on a value that fits no command line."""
        texts = [_BRACES.sub(lambda match: _shown(match, values), text) for text in self.commands]
        commands: list[Command[Any]] = [action(text, timeout_s=self.timeout_s) for text in texts]
        if self.layout is not None:
            last = commands[-1]
            commands[-1] = Command(
                last.text, self.layout.parse, Response.PREFIXED, (self.layout.prefix,), 1, last.timeout_s
            )
        return tuple(commands)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vendor's commands by function; ``uses_standard``: what is not here is asked as TS 27.007 has it."""

    name: str
    title: str
    uses_standard: bool
    guess: bool
    functions: Mapping[str, DialectFunction] = field(default_factory=dict)


def dialect_names() -> tuple[str, ...]:
    """The dialects that come with the package."""
    folder = resources.files("v2x.modem") / "dialects"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_dialect(name: str) -> Dialect:
    """A dialect that comes with the package.  Raises ProfileError."""
    if not _NAME.match(name) or name not in dialect_names():
        raise ProfileError(f"no PC5 dialect {name!r}; there is: {', '.join(dialect_names())}")
    text = (resources.files("v2x.modem") / "dialects" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_dialect(text, f"{name}.toml")


def read_dialect(path: Path) -> Dialect:
    """A user's dialect file.  Raises ProfileError with file, key and reason."""
    try:
        octets = path.read_bytes()
        if len(octets) > FILE_LIMIT:
            raise ProfileError(f"{path}: larger than {FILE_LIMIT} octets")
        text = octets.decode("utf-8")
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: not UTF-8 at octet {error.start}") from error
    return parse_dialect(text, str(path))


def parse_dialect(text: str, where: str) -> Dialect:
    """Read a dialect; ``where`` names it in errors.  Raises ProfileError with key and reason."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"{where}: {error}") from None
    only(tree, {"dialect", "functions"}, where)
    head = table_of(tree, "dialect", where)
    only(head, {"name", "title", "base", "guess"}, f"{where}: dialect")
    name = take(head, "name", str, f"{where}: dialect")
    base = take(head, "base", str, f"{where}: dialect")
    if not _NAME.match(name):
        raise ProfileError(f"{where}: dialect.name: letters a-z, digits and _")
    if base not in _BASES:
        raise ProfileError(f"{where}: dialect.base: one of {', '.join(_BASES)}")
    functions = {
        key: _function(key, value, f"{where}: functions.{key}")
        for key, value in table_of(tree, "functions", where).items()
    }
    if {"start_receive", "start_transmit"} & set(functions) and "stop_test" not in functions:
        raise ProfileError(f"{where}: functions.stop_test: missing, but tests are started")
    title, guess = (
        take(head, key, kind, f"{where}: dialect") for key, kind in (("title", str), ("guess", bool))
    )
    return Dialect(name, title, base == "std27007", guess, functions)


def _function(key: str, table: Any, where: str) -> DialectFunction:
    answers = key in RESULTS
    if not answers and key not in _TOLD:
        raise ProfileError(f"{where}: no such function; there is: {', '.join(sorted([*RESULTS, *_TOLD]))}")
    if not isinstance(table, dict):
        raise ProfileError(f"{where}: must be a table")
    known = {"commands", "timeout_s"}
    known |= {"prefix", "fields", "rows", "separator"} if answers else set()
    known |= {"scale", "least_dbm", "most_dbm"} if key == "set_tx_power" else set()
    only(table, known, where)
    commands = texts(table, "commands", where)
    if not 1 <= len(commands) <= COMMANDS_LIMIT:
        raise ProfileError(f"{where}.commands: 1..{COMMANDS_LIMIT} command lines")
    layout = row_layout(Function(key), table, where) if answers else None
    wanted = [name for name in ("timeout_s", "scale", "least_dbm", "most_dbm") if name in table]
    numbers = {name: number(table, name, where) for name in wanted}
    if not 0.0 < numbers.get("timeout_s", 1.0) <= TIMEOUT_LIMIT_S:
        raise ProfileError(f"{where}.timeout_s: above 0, at most {TIMEOUT_LIMIT_S:g}")
    function = DialectFunction(commands, layout, **numbers)
    _try(key, function, where)
    return function


def _try(key: str, function: DialectFunction, where: str) -> None:
    """Every command line must be one, and name only values that the function is told."""
    values = _VALUES.get(key, {})
    for text in function.commands:
        rest = _BRACES.sub("", text)
        unknown = [m.group(1) for m in _BRACES.finditer(text) if m.group(1) not in values]
        if unknown or "{" in rest or "}" in rest:
            detail = f"no value {unknown[0]!r}" if unknown else "a brace that names no value"
            raise ProfileError(f"{where}.commands: {detail}; there is: {', '.join(values) or 'none'}")
    try:
        function.lines(values)
    except ValueError as error:
        raise ProfileError(f"{where}.commands: {error}") from None


def _shown(match: re.Match[str], values: Values) -> str:
    value, width = values[match.group(1)], match.group(2)
    if width is None:
        return str(value)
    if isinstance(value, str):
        raise ValueError(f"{match.group(1)} is text and has no hexadecimal form")
    return f"{value:{width}X}"
