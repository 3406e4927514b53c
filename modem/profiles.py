"""Module profiles: what differs from module to module, as data (``profiles/*.toml``).

A profile has three sides: ``host``, how the driver talks to such a module, ``layouts``, what its lines
mean (``v2x.modem.layouts``), and ``sim``, what the simulated one answers.  Unknown keys and wrong types are
errors that name file and key.  ``guess`` says that nothing public documents the module; see the comments in
the file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from v2x.modem.cells import SaLayout
from v2x.modem.errors import ProfileError
from v2x.modem.layouts import parse_layouts
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = ["HostProfile", "Profile", "SimDelays", "SimProfile", "load_profile", "profile_names"]

T = TypeVar("T")

INIT_LIMIT = 16
"""Lines that set a module up; two are usual."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_URC = re.compile(r"[+^][A-Z0-9]{1,31}\Z")


@dataclass(frozen=True, slots=True)
class HostProfile:
    """How the driver talks to the module; see ``profiles/unisoc.toml`` for each value's reason."""

    init: tuple[str, ...]
    cooldown_s: float
    registration: tuple[str, ...]
    iccid: str
    servingcell: str
    data_call: str
    urcs: tuple[str, ...] = ()
    timeouts: dict[str, float] = field(default_factory=dict)

    def timed(self, command: Command[T]) -> Command[T]:
        """``command`` with the time that this module needs, where the profile names it by its beginning."""
        body = command.text[2:].lstrip().upper()
        known = (seconds for start, seconds in self.timeouts.items() if body.startswith(start.upper()))
        return replace(command, timeout_s=next(known, command.timeout_s))

    @property
    def sa_layout(self) -> SaLayout | None:
        """Layout of the serving cell's standalone row; ``None`` where the module has no such command."""
        return SaLayout(self.servingcell) if self.servingcell else None


@dataclass(frozen=True, slots=True)
class SimDelays:
    """Simulated seconds: boot to ready, to card, then to searching, to registered; context activation."""

    ready_s: float
    card_s: float
    search_s: float
    registration_s: float
    activation_s: float


@dataclass(frozen=True, slots=True)
class SimProfile:
    """What the simulated module answers."""

    manufacturer: str
    model: str
    revision: str
    imei: str
    imsi: str
    iccid: str
    operator_name: str
    operator_code: str
    csq: str
    area_hex: str
    cell_hex: str
    act: int
    domain: str
    address_v4: str
    servingcell: str
    refused: tuple[str, ...]
    delays: SimDelays


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of module."""

    name: str
    title: str
    guess: bool
    host: HostProfile
    sim: SimProfile


def profile_names() -> tuple[str, ...]:
    """The profiles that come with the package."""
    folder = resources.files("v2x.modem") / "profiles"
    names = (f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(name for name in names if _NAME.match(name)))


@cache
def load_profile(name: str) -> Profile:
    """A profile that comes with the package.  Raises ProfileError."""
    if not _NAME.match(name) or name not in profile_names():
        raise ProfileError(f"no module profile {name!r}; there is: {', '.join(profile_names())}")
    text = (resources.files("v2x.modem") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_profile(text, f"{name}.toml")


def parse_profile(text: str, where: str) -> Profile:
    """Read a profile; ``where`` names it in errors.  Raises ProfileError with the key and the reason."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where}: {error}") from None
    _only(tree, {"profile", "host", "layouts", "sim"}, where, "")
    head = dict(_table(tree, "profile", where))
    parse_layouts(tree.get("layouts", {}), str(head.get("name", "")), where)
    sim = dict(_table(tree, "sim", where))
    sim["delays"] = _fill(SimDelays, _table(sim, "delays", where), f"{where}: sim.delays")
    head["host"] = _fill(HostProfile, _table(tree, "host", where), f"{where}: host")
    head["sim"] = _fill(SimProfile, sim, f"{where}: sim")
    profile = _fill(Profile, head, f"{where}: profile")
    _check(profile, where)
    return profile


def _check(profile: Profile, where: str) -> None:
    host, delays = profile.host, profile.sim.delays
    if not 1 <= len(host.init) <= INIT_LIMIT:
        raise ProfileError(f"{where}: host.init: 1 to {INIT_LIMIT} lines")
    if not set(host.registration) <= REGISTRATION or not host.registration:
        raise ProfileError(f"{where}: host.registration: out of {', '.join(sorted(REGISTRATION))}")
    if host.servingcell and host.servingcell not in set(SaLayout):
        raise ProfileError(f"{where}: host.servingcell: empty or one of {', '.join(SaLayout)}")
    if any(seconds <= 0.0 for seconds in host.timeouts.values()):
        raise ProfileError(f"{where}: host.timeouts: a command needs time to be answered")
    if not all(_URC.match(name) for name in host.urcs):
        raise ProfileError(f"{where}: host.urcs: names as +NAME or ^NAME")
    if min(host.cooldown_s, *(getattr(delays, f.name) for f in fields(delays))) < 0:
        raise ProfileError(f"{where}: times are not negative")
    if "SIMULATED" not in profile.sim.manufacturer:
        raise ProfileError(f"{where}: sim.manufacturer: must say SIMULATED")


def _table(tree: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    table = tree.get(key)
    if not isinstance(table, dict):
        raise ProfileError(f"{where}: {key}: missing table")
    return table


def _only(table: dict[str, Any], known: set[str], where: str, key: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ProfileError(f"{where}: {key}unknown key {unknown[0]}")


def _fill(kind: type[T], table: dict[str, Any], where: str) -> T:
    """``table`` as a dataclass, with every type checked."""
    hints = get_type_hints(kind)
    known = fields(kind)  # type: ignore[arg-type]
    _only(table, {f.name for f in known}, where, "")
    values: dict[str, Any] = {}
    for f in known:
        if f.name not in table:
            if f.default is MISSING and f.default_factory is MISSING:
                raise ProfileError(f"{where}: {f.name}: missing")
            continue
        values[f.name] = _typed(table[f.name], hints[f.name], f"{where}: {f.name}")
    return kind(**values)


def _typed(value: Any, hint: Any, where: str) -> Any:
    if hint == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ProfileError(f"{where}: must be a list of texts")
    if hint == dict[str, float]:
        if isinstance(value, dict):
            return {str(key): _typed(item, float, f"{where}.{key}") for key, item in value.items()}
        raise ProfileError(f"{where}: must be a table of numbers")
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ProfileError(f"{where}: must be a {hint.__name__}")
    return value
