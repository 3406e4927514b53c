"""Plans of a bench: what is measured on which module, how often, and what it has to reach.

TOML:

    [bench]
    title = "Bring-up after a restart"
    profile = "unisoc"
    port = "/dev/ttyUSB2"        # or a table [simulated]; the command line may say either
    cycles = 200                 # or duration_s = 28800.0, or both: whichever ends first
    pause_s = 1.0                # between cycles
    stop_after = 20              # failed cycles in a row that end the run; 0: never
    recover = true               # a module that no longer answers: v2x.modem.recovery, between cycles
    apn = "internet"             # of bringup; without it the module's own context
    cid = 1
    confidence = 0.95            # of all intervals

    [simulated]                  # a simulated module in this process instead of a port
    speed = 20.0                 # simulated seconds in a real one
    script = "faults.toml"       # beside the plan: its world and its faults

    [[step]]                     # one after another, in every cycle
    do = "bringup"               # v2x.modem.plan_steps has the kinds and their settings
    limit_s = 60.0

    [[limit]]                    # the run passes when every limit holds
    measure = "bringup.seconds"  # <step>.<measure>, or cycle.seconds, cycle.success
    statistic = "p95"            # of numbers: min mean p50 p90 p95 p99 max
    at_most = 20.0               # of shares (0 to 1): share, and Wilson's bounds lower and upper
    name = "up within 20 s"      # optional

Numbers of a limit are in the unit of the measure's name, times are those of the machine that runs the bench.
Unknown keys, wrong types and measures that no step has are errors that name the key.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from v2x.errors import ModemError
from v2x.modem.answers import define_context
from v2x.modem.plan_steps import CYCLE, KINDS, Step
from v2x.modem.profiles import load_profile
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Limit", "Plan", "PlanError", "Simulated", "load_plan", "parse_plan"]

T = TypeVar("T")

SIZE_LIMIT = 262_144
"""Octets of a plan file: a hundred times a long one."""

CYCLES_LIMIT = 100_000
"""Cycles of a run: a day of one a second.  All of them are held to draw the report."""

DURATION_LIMIT_S = 30 * 86_400.0
"""A month."""

STEPS_LIMIT = 32
"""Steps of a cycle: each is a row of the report and up to ten columns of the table."""

LIMITS_LIMIT = 100
"""Pass limits: each is a test case and a row of the report."""

NUMBER_STATISTICS = ("min", "mean", "p50", "p90", "p95", "p99", "max")
SHARE_STATISTICS = ("share", "lower", "upper")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")


class PlanError(ModemError):
    """A plan is wrong; the message names the key and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The simulated module; ``script`` is a path beside the plan, empty for none."""

    speed: float = 1.0
    script: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a measure's statistic has to reach."""

    measure: str
    statistic: str
    at_most: float | None = None
    at_least: float | None = None
    name: str = ""

    def holds(self, value: float) -> bool:
        """Whether ``value`` is within the limit."""
        above = self.at_least is None or value >= self.at_least
        return above and (self.at_most is None or value <= self.at_most)

    @property
    def bound(self) -> str:
        """The limit in words."""
        parts = [] if self.at_least is None else [f"at least {self.at_least:g}"]
        parts += [] if self.at_most is None else [f"at most {self.at_most:g}"]
        return " and ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A bench, checked."""

    steps: tuple[Step, ...]
    limits: tuple[Limit, ...] = ()
    title: str = "Bench"
    profile: str = "unisoc"
    port: str = ""
    simulated: Simulated | None = None
    cycles: int | None = None
    duration_s: float | None = None
    pause_s: float = 0.0
    stop_after: int = 20
    recover: bool = True
    apn: str | None = None
    cid: int = 1
    confidence: float = 0.95
    folder: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, without where it was read from; secrets of commands are hidden."""
        view = asdict(self)
        del view["folder"]
        view["steps"] = [{"do": step.KIND} | asdict(step) for step in self.steps]
        for step in view["steps"]:
            if "command" in step:
                step["command"] = redact(step["command"])
        return view

    @property
    def content(self) -> dict[str, Any]:
        """What two runs must share to be one: the steps and the kind of module, not how often or how long."""
        view = self.to_dict()
        return {key: view[key] for key in ("steps", "profile", "simulated", "apn", "cid")}


def load_plan(path: Path) -> Plan:
    """Read a plan.  Raises PlanError, OSError."""
    with path.open("rb") as file:
        data = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise PlanError(f"{path.name}: longer than {SIZE_LIMIT} octets")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanError(f"{path.name}: no UTF-8: {error.reason} at octet {error.start}") from None
    return parse_plan(text, path.name, folder=str(path.parent))


def parse_plan(text: str, where: str, *, folder: str = "") -> Plan:
    """Read a plan from its text; ``where`` names it in errors.  Raises PlanError."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlanError(f"{where}: {error}") from None
    _only(tree, {"bench", "simulated", "step", "limit"}, where)
    values = dict(_table(tree.get("bench", {}), f"{where}: bench"))
    _only(
        values, {f.name for f in fields(Plan)} - {"steps", "limits", "simulated", "folder"}, f"{where}: bench"
    )
    simulated = tree.get("simulated")
    if simulated is not None:
        values["simulated"] = _fill(Simulated, simulated, f"{where}: simulated")
    values["steps"] = tuple(
        _step(table, f"{where}: step {number}")
        for number, table in _tables(tree.get("step", []), f"{where}: step", STEPS_LIMIT)
    )
    values["limits"] = tuple(
        _fill(Limit, table, f"{where}: limit {number}")
        for number, table in _tables(tree.get("limit", []), f"{where}: limit", LIMITS_LIMIT)
    )
    plan = _fill(Plan, values | {"folder": folder}, f"{where}: bench")
    _check(plan, where)
    return plan


def _step(table: Any, where: str) -> Step:
    table = dict(_table(table, where))
    do = table.pop("do", None)
    kind = KINDS.get(do) if isinstance(do, str) else None
    if kind is None:
        raise PlanError(f"{where}: do: one of {', '.join(KINDS)}")
    step = _fill(kind, {"name": kind.KIND, "limit_s": kind.LIMIT_S} | table, where)
    if not _NAME.match(step.name) or step.name == CYCLE:
        raise PlanError(f"{where}: name: a to z, 0 to 9, - and _, and not {CYCLE!r}")
    try:
        step.check()
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from None
    return step


def _check(plan: Plan, where: str) -> None:
    names = [step.name for step in plan.steps]
    if not names:
        raise PlanError(f"{where}: step: a bench needs one")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PlanError(f"{where}: step: two are called {twice}; give each a name")
    if plan.cycles is None and plan.duration_s is None:
        raise PlanError(f"{where}: bench: cycles or duration_s: one is needed")
    if plan.port and plan.simulated is not None:
        raise PlanError(f"{where}: bench: port: not beside [simulated]")
    ranges: tuple[tuple[str, float | None, float, float], ...] = (
        ("bench: cycles", plan.cycles, 1, CYCLES_LIMIT),
        ("bench: duration_s", plan.duration_s, 0, DURATION_LIMIT_S),
        ("bench: pause_s", plan.pause_s, 0, 86_400),
        ("bench: stop_after", plan.stop_after, 0, CYCLES_LIMIT),
        ("bench: confidence", plan.confidence, 0.5, 0.9999),
        ("simulated: speed", plan.simulated.speed if plan.simulated else None, 0.01, 10_000),
    )
    for key, value, low, high in ranges:
        if value is not None and not low <= value <= high:
            raise PlanError(f"{where}: {key}: {low:g} to {high:g}")
    try:
        define_context(plan.cid, "IP", plan.apn or "")
    except ValueError as error:
        raise PlanError(f"{where}: bench: cid, apn: {error}") from None
    load_profile(plan.profile)
    for number, limit in enumerate(plan.limits, 1):
        _check_limit(plan, limit, f"{where}: limit {number}")


def _check_limit(plan: Plan, limit: Limit, where: str) -> None:
    shares = {f"{CYCLE}.success"}
    numbers = {f"{CYCLE}.seconds"}
    for step in plan.steps:
        shares |= {f"{step.name}.{measure}" for measure in ("success", *step.SHARES)}
        numbers |= {f"{step.name}.{measure}" for measure in ("seconds", *step.VALUES)}
    if limit.measure not in shares | numbers:
        known = ", ".join(sorted(shares | numbers))
        raise PlanError(f"{where}: measure: no {limit.measure!r}; there is: {known}")
    allowed = SHARE_STATISTICS if limit.measure in shares else NUMBER_STATISTICS
    if limit.statistic not in allowed:
        raise PlanError(f"{where}: statistic of {limit.measure}: {', '.join(allowed)}")
    bounds = [bound for bound in (limit.at_least, limit.at_most) if bound is not None]
    if not bounds or not all(map(math.isfinite, bounds)):
        raise PlanError(f"{where}: at_most or at_least: one is needed")


# -- tables of TOML as dataclasses -----------------------------------------------------------------


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PlanError(f"{where}: must be a table")
    return value


def _tables(value: Any, where: str, limit: int) -> list[tuple[int, Any]]:
    if not isinstance(value, list) or len(value) > limit:
        raise PlanError(f"{where}: tables [[...]], at most {limit}")
    return list(enumerate(value, 1))


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise PlanError(f"{where}: unknown key {unknown[0]}; there is: {', '.join(sorted(known))}")


def _fill(kind: type[T], table: Any, where: str) -> T:
    """``table`` as the dataclass ``kind``, with every type checked."""
    table = _table(table, where)
    hints = get_type_hints(kind)
    known = fields(kind)  # type: ignore[arg-type]
    _only(table, {f.name for f in known}, where)
    for f in known:
        if f.name not in table and f.default is MISSING:
            raise PlanError(f"{where}: {f.name}: missing")
    return kind(**{name: _typed(value, hints[name], f"{where}: {name}") for name, value in table.items()})


def _typed(value: Any, hint: Any, where: str) -> Any:
    if isinstance(value, tuple | Simulated):
        return value  # made here
    if hint == tuple[int, ...]:
        if isinstance(value, list) and all(type(item) is int for item in value):
            return tuple(value)
        raise PlanError(f"{where}: must be a list of whole numbers")
    kinds = getattr(hint, "__args__", (hint,))
    if isinstance(value, int) and not isinstance(value, bool) and int not in kinds and float in kinds:
        value = float(value) if abs(value) < 1e15 else math.nan
    if type(value) not in kinds or (isinstance(value, float) and not math.isfinite(value)):
        names = " or ".join(k.__name__ for k in kinds if k is not type(None))
        raise PlanError(f"{where}: must be a {names}")
    return value
