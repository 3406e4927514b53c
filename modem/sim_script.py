"""Scripts of the simulated module: its world, and what happens in it and when, as TOML or JSON lines.

    [module]                       # the world at power-on: the fields of SimOptions
    seed = 7
    drift_db = 3.0

    [[cell]]                       # replaces the built-in cells; the fields of Cell
    name = "a"
    rat = "NR5G-SA"                # LTE, NR5G-SA, NR5G-NSA
    pci = 1
    ...
    [[signal]]                     # levels over time; the fields of SignalPoint
    cell = "a"
    time_s = 0.0
    rsrp_dbm = -80.0

    [[at]]                         # once, so many simulated seconds after the first power-on
    time_s = 12.5
    do = "handover"
    cell = "b"

    [[on]]                         # at a command line; * stands for anything
    command = "AT+CSQ"
    after = 2                      # let the first two pass
    times = 1                      # then once; 0: always
    probability = 0.5              # of those, half, by the seed
    do = "delay"
    seconds = 5.0

The same as JSON lines: one object a line, whose key ``kind`` is ``module``, ``cell``, ``signal``, ``at`` or
``on``.  What ``do`` may be, with its parameters (those in brackets have a default):

    delay seconds            the answer comes later       mute                     it never comes
    split [gap_s seconds]    every octet by itself; from a timed action for so long, 0: for good
    answer text [final]      another answer instead       error code               +CME ERROR instead
    foreign text [final]     another master's answer first
    urc text [where]         a notification before, in the middle of, or after the answer
    garbage [count hex where]  octets that are none; by default 16 random ones
    echo on                  ATE0 or ATE1 from here on    stuck seconds            deaf and dumb
    port_loss seconds        the port goes and comes back restart                  boots again
    power_off, power_on      by the switch                handover cell            another cell serves
    coverage on              a network or none            reject cause             registration is rejected
    detach                   the network lets it go       deactivate cid           and closes a context
    signal cell rsrp_dbm [rsrq_db sinr_db]  a cell's level from here on
    card card                ready, absent, pin           pc5 [cbr loss]           PC5 from here on
    sms text                 a message comes in

A module that is stuck for 0 s stays so until power-on.  Where an ``[[on]]`` action is none of the answer's
own (restart, handover, ...), it happens once the answer is out.  All times are simulated seconds.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from v2x.errors import ModemError
from v2x.modem.sim_options import Cell, SignalPoint, SimOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OF_THE_ANSWER",
    "Action",
    "Do",
    "Rule",
    "Script",
    "ScriptError",
    "Timed",
    "load_script",
    "parse_script",
]

T = TypeVar("T")

SIZE_LIMIT = 4 * 1024 * 1024
"""Octets of a script file."""

NUMBER_LIMIT = 1e12
"""No time or level is larger; an instant of the year 33,658 is."""

ENTRIES_LIMIT = 10_000
"""Cells, points, actions and rules of a script together: a day of one event in nine seconds."""


class ScriptError(ModemError):
    """A script is wrong; the message names the place and the reason."""


class Do(StrEnum):
    """What can happen; see the module's text."""

    DELAY = "delay"
    MUTE = "mute"
    SPLIT = "split"
    ANSWER = "answer"
    ERROR = "error"
    FOREIGN = "foreign"
    URC = "urc"
    GARBAGE = "garbage"
    ECHO = "echo"
    STUCK = "stuck"
    PORT_LOSS = "port_loss"
    RESTART = "restart"
    POWER_OFF = "power_off"
    POWER_ON = "power_on"
    HANDOVER = "handover"
    COVERAGE = "coverage"
    REJECT = "reject"
    DETACH = "detach"
    DEACTIVATE = "deactivate"
    SIGNAL = "signal"
    CARD = "card"
    PC5 = "pc5"
    SMS = "sms"


PARAMETERS: dict[Do, tuple[str, ...]] = {
    Do.DELAY: ("seconds",),
    Do.SPLIT: ("[gap_s]", "[seconds]"),
    Do.ANSWER: ("text", "[final]"),
    Do.ERROR: ("code",),
    Do.FOREIGN: ("text", "[final]"),
    Do.URC: ("text", "[where]"),
    Do.GARBAGE: ("[count]", "[hex]", "[where]"),
    Do.ECHO: ("on",),
    Do.STUCK: ("seconds",),
    Do.PORT_LOSS: ("seconds",),
    Do.HANDOVER: ("cell",),
    Do.COVERAGE: ("on",),
    Do.REJECT: ("cause",),
    Do.DEACTIVATE: ("cid",),
    Do.SIGNAL: ("cell", "rsrp_dbm", "[rsrq_db]", "[sinr_db]"),
    Do.CARD: ("card",),
    Do.PC5: ("[cbr]", "[loss]"),
    Do.SMS: ("text",),
}

OF_THE_ANSWER = frozenset({Do.DELAY, Do.MUTE, Do.SPLIT, Do.ANSWER, Do.ERROR, Do.FOREIGN, Do.URC, Do.GARBAGE})
"""Actions that change an answer; all others change the world."""

NEED_AN_ANSWER = frozenset({Do.DELAY, Do.MUTE, Do.ANSWER, Do.ERROR, Do.FOREIGN})
"""Actions that only a rule can have."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to happen; which of the parameters count is in ``PARAMETERS``."""

    do: Do
    seconds: float = 0.0
    gap_s: float = 0.001
    text: str = ""
    final: str = "OK"
    where: str = "middle"
    hex: str = ""
    count: int = 16
    on: bool = True
    code: int = 0
    cause: int = 0
    cid: int = 0
    cell: str = ""
    card: str = ""
    rsrp_dbm: float = 0.0
    rsrq_db: float = -8.0
    sinr_db: float = 15.0
    cbr: float | None = None
    loss: float | None = None

    def __post_init__(self) -> None:
        if self.where not in ("before", "middle", "after"):
            raise ValueError("where: before, middle or after")
        if self.card not in ("", "ready", "absent", "pin"):
            raise ValueError("card: ready, absent or pin")
        if not all(0.0 <= part <= 1.0 for part in (self.cbr or 0.0, self.loss or 0.0)):
            raise ValueError("cbr, loss: 0 to 1")
        if min(self.seconds, self.gap_s) < 0.0 or max(self.seconds, self.gap_s) > 1e9:
            raise ValueError("seconds, gap_s: 0 to 1e9")
        if not 0 <= self.count <= 65_536:
            raise ValueError("count: 0 to 65536")
        if not 0 <= self.cause <= 255 or not 0 <= self.code <= 65_535:
            raise ValueError("cause: 0 to 255, code: 0 to 65535")
        bytes.fromhex(self.hex)
        (self.text + self.final).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Timed:
    """An action at its time, seconds after the first power-on."""

    time_s: float
    action: Action


@dataclass(frozen=True, slots=True)
class Rule:
    """An action at a command line."""

    command: str
    action: Action
    after: int = 0
    times: int = 0
    probability: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError("probability: 0 to 1")
        if min(self.after, self.times) < 0:
            raise ValueError("after, times: not negative")


@dataclass(frozen=True, slots=True)
class Script:
    """A world and what happens in it; ``timed`` is in order of time."""

    options: SimOptions = field(default_factory=SimOptions)
    timed: tuple[Timed, ...] = ()
    rules: tuple[Rule, ...] = ()


def load_script(path: Path) -> Script:
    """Read a script; ``.toml`` is TOML, anything else JSON lines.  Raises ScriptError."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ScriptError(f"{path.name}: larger than {SIZE_LIMIT} octets")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError(f"{path.name}: {error.strerror or 'unreadable'}") from error
    except UnicodeDecodeError:
        raise ScriptError(f"{path.name}: not UTF-8 text") from None
    return parse_script(text, path.name, toml=path.suffix == ".toml")


def parse_script(text: str, where: str, *, toml: bool = True) -> Script:
    """A script from its text; ``where`` names it in errors.  Raises ScriptError."""
    tables = _toml(text, where) if toml else _json_lines(text, where)
    if len(tables) > ENTRIES_LIMIT:
        raise ScriptError(f"{where}: more than {ENTRIES_LIMIT} entries")
    options = SimOptions()
    cells, points, timed, rules = list[Cell](), list[SignalPoint](), list[Timed](), list[Rule]()
    for place, kind, table in tables:
        if kind == "module":
            options = _fill(SimOptions, table, place, leave_out=("cells", "signal"))
        elif kind == "cell":
            cells.append(_fill(Cell, table, place))
        elif kind == "signal":
            points.append(_fill(SignalPoint, table, place))
        elif kind == "at":
            timed.append(_timed(table, place))
        elif kind == "on":
            rules.append(_rule(table, place))
        else:
            raise ScriptError(f"{place}: unknown kind {kind!r}")
    if len({cell.name for cell in cells}) != len(cells):
        raise ScriptError(f"{where}: two cells of one name")
    options = replace(options, cells=tuple(cells), signal=tuple(points))
    return Script(options, tuple(sorted(timed, key=lambda t: t.time_s)), tuple(rules))


Table = tuple[str, str, dict[str, Any]]


def _toml(text: str, where: str) -> list[Table]:
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScriptError(f"{where}: {error}") from None
    found: list[Table] = []
    for kind, value in tree.items():
        rows = [value] if kind == "module" else value
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ScriptError(f"{where}: {kind}: must be {'[module]' if kind == 'module' else f'[[{kind}]]'}")
        found += [(f"{where}: {kind} {number}", kind, row) for number, row in enumerate(rows, 1)]
    return found


def _json_lines(text: str, where: str) -> list[Table]:
    found: list[Table] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"{where}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise ScriptError(f"{place}: no JSON object on one line") from None
        if not isinstance(row, dict):
            raise ScriptError(f"{place}: no JSON object")
        found.append((place, str(row.pop("kind", "")), row))
    return found


def _timed(table: dict[str, Any], place: str) -> Timed:
    rest = dict(table)
    time_s = _typed(rest.pop("time_s", None), float, f"{place}: time_s")
    action = _action(rest, place)
    if action.do in NEED_AN_ANSWER:
        raise ScriptError(f"{place}: do: {action.do} belongs to [[on]]")
    return Timed(time_s, action)


def _rule(table: dict[str, Any], place: str) -> Rule:
    rest = dict(table)
    own = {name: rest.pop(name) for name in ("command", "after", "times", "probability") if name in rest}
    return _fill(Rule, own | {"action": _action(rest, place)}, place)


def _action(table: dict[str, Any], place: str) -> Action:
    try:
        do = Do(table.get("do", ""))
    except ValueError:
        raise ScriptError(f"{place}: do: one of {', '.join(Do)}") from None
    names = PARAMETERS.get(do, ())
    for name in names:
        if not name.startswith("[") and name not in table:
            raise ScriptError(f"{place}: {do} needs {name}")
    known = {name.strip("[]") for name in names}
    for name in table:
        if name != "do" and name not in known:
            raise ScriptError(f"{place}: {do} has no {name}")
    return _fill(Action, table | {"do": do}, place)


def _fill(kind: type[T], table: dict[str, Any], place: str, leave_out: tuple[str, ...] = ()) -> T:
    """``table`` as a dataclass, with every type checked."""
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind) if f.name not in leave_out}  # type: ignore[arg-type]
    for name in table:
        if name not in known:
            raise ScriptError(f"{place}: unknown key {name}")
    for name, f in known.items():
        if name not in table and f.default is MISSING and f.default_factory is MISSING:
            raise ScriptError(f"{place}: {name}: missing")
    values = {name: _typed(value, hints[name], f"{place}: {name}") for name, value in table.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise ScriptError(f"{place}: {error}") from None


def _typed(value: Any, hint: Any, place: str) -> Any:
    if hint in (float, float | None):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < NUMBER_LIMIT:
            raise ScriptError(f"{place}: must be a number")
        return float(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(value)
        except ValueError:
            raise ScriptError(f"{place}: one of {', '.join(hint)}") from None
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ScriptError(f"{place}: must be a {hint.__name__}")
    return value
