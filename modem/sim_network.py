"""The simulated network: cells, which of them serves, registration by domain, levels over time.

    searching (2)  ->  registered (1) on the first cell that the module's mode allows
                   ->  denied (3) where the network rejects with a cause
    registered     ->  other cell, other RAT (handover), searching (coverage lost), not searching (0)

A standalone NR cell registers in 5GS only (+C5GREG); an LTE cell, with or without an NR carrier beside it,
in +CREG, +CGREG and +CEREG.  Levels are a cell's own, plus a drift of two sines whose phases come from the
seed, or scripted points with straight lines between them; everything is a function of the elapsed time.

Sources: 3GPP TS 27.007 (registration states, AcT, CME 103 to 113 for the causes 3, 6, 7, 11, 12, 13).  How
a real network behaves in between is not modelled.
"""

from __future__ import annotations

import bisect
import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from v2x.modem.sim_options import Cell, Rat
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from v2x.modem.profiles import SimProfile
    from v2x.modem.sim_options import SignalPoint, SimOptions

__all__ = ["Level", "Network", "default_cells"]

STAT_OFF, STAT_HOME, STAT_SEARCHING, STAT_DENIED = 0, 1, 2, 3
ACT_LTE, ACT_SA, ACT_EN_DC = 7, 11, 13

DOMAINS = {Rat.LTE: frozenset({"+CREG", "+CGREG", "+CEREG"}), Rat.SA: frozenset({"+C5GREG"})}
"""Where a cell registers."""

CAUSE_TO_CME = {3: 103, 6: 106, 7: 107, 11: 111, 12: 112, 13: 113}
NSSAI = '4,"01.000000"'
"""<Allowed_NSSAI_length>,<Allowed_NSSAI> of +C5GREG, one slice; masters count on its being there."""

UNSPECIFIED_CME = 148
"""What an attach that was rejected for any other cause is answered with."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a cell is received with."""

    rsrp_dbm: float
    rsrq_db: float
    sinr_db: float

    @property
    def rssi_dbm(self) -> float:
        """All power in the carrier: some 32 dB above one resource element of a wide, loaded carrier."""
        return min(self.rsrp_dbm + 32.0, -25.0)


def default_cells(profile: SimProfile) -> tuple[Cell, ...]:
    """Two standalone cells, an LTE cell with an NR carrier beside it, a plain one; the profile's AcT first.

    A module whose profile begins on plain LTE gets the LTE cells only.
    """
    first = Cell("sa-1", Rat.SA, 702, 633984, 78, 100, profile.cell_hex, profile.area_hex)
    second = Cell("sa-2", Rat.SA, 703, 633984, 78, 100, "000000102", profile.area_hex, rsrp_dbm=-97.0)
    lte = Cell(
        "lte-1", Rat.LTE, 246, 1300, 3, 20, "0000101", "0001", "FDD", 15, -93.0, -11.0, 22.0, 10, 30,
        secondary="nsa-1",
    )  # fmt: skip
    beside = Cell("nsa-1", Rat.NSA, 242, 627264, 78, 100, rsrp_dbm=-91.0, rsrq_db=-11.0, sinr_db=19.0)
    plain = Cell(
        "lte-2", Rat.LTE, 275, 1300, 3, 20, "0000102", "0001", "FDD", 15, -99.0, -14.0, 8.0, 15, 24
    )  # fmt: skip
    if profile.act == ACT_LTE:
        return plain, replace(lte, secondary="")
    order = (lte, first, second, plain) if profile.act == ACT_EN_DC else (first, second, lte, plain)
    return *order, beside


class Network:
    """What is on the air; ``elapsed_s`` counts from the first power-on."""

    def __init__(self, profile: SimProfile, options: SimOptions) -> None:
        self._profile = profile
        self._options = options
        self.cells = {cell.name: cell for cell in options.cells or default_cells(profile)}
        self.coverage = options.coverage
        self.reject_cause = options.reject_cause
        self.allowed = frozenset(Rat)
        self.stat = STAT_OFF
        self._serving: Cell | None = None
        self._set_levels: dict[str, Level] = {}
        self._points = _by_cell(options.signal)
        random_phase = random.Random(options.seed)
        self._phases = {
            name: (random_phase.uniform(0, math.tau), random_phase.uniform(0, math.tau))
            for name in self.cells
        }

    # -- registration ------------------------------------------------------------------------------

    @property
    def serving(self) -> Cell | None:
        """The cell that serves, ``None`` while none does."""
        return self._serving if self.stat == STAT_HOME else None

    @property
    def secondary(self) -> Cell | None:
        """The NR carrier beside an LTE cell."""
        cell = self.serving
        if cell is None or Rat.NSA not in self.allowed:
            return None
        return self.cells.get(cell.secondary)

    @property
    def act(self) -> int:
        """<AcT> of the serving cell."""
        cell = self.serving
        if cell is None or cell.rat is Rat.SA:
            return ACT_SA if cell is not None else self._profile.act
        return ACT_LTE if self.secondary is None else ACT_EN_DC

    def search(self) -> None:
        """Begin to look for a cell."""
        self.stat = STAT_SEARCHING

    def register(self) -> None:
        """Take the first cell that the mode allows, or be rejected, or go on searching."""
        found = [c for c in self.cells.values() if c.rat in DOMAINS and c.rat in self.allowed]
        if not self.coverage or not found:
            self.stat = STAT_SEARCHING
        elif self.reject_cause:
            self.stat = STAT_DENIED
        else:
            self._serving, self.stat = found[0], STAT_HOME

    def leave(self) -> None:
        """Off the network."""
        self.stat = STAT_OFF

    def allow(self, mode: str) -> None:
        """AT+QNWPREFCFG="mode_pref": AUTO, or LTE, NR5G, NR5G-SA, NR5G-NSA joined by colons."""
        sets = {
            "LTE": {Rat.LTE},
            "NR5G": {Rat.SA, Rat.NSA},
            "NR5G-SA": {Rat.SA},
            "NR5G-NSA": {Rat.LTE, Rat.NSA},
        }
        rats = {rat for token in mode.upper().split(":") for rat in sets.get(token, set())}
        self.allowed = frozenset(rats or Rat)

    def handover(self, name: str) -> None:
        """Be served by another cell.  Raises KeyError."""
        cell = self.cells[name]
        if cell.rat not in DOMAINS:
            raise KeyError(name)
        self._serving, self.stat = cell, STAT_HOME

    def fields(self, domain: str, n: int) -> str:
        """``<stat>[,<area>,<cell>,<AcT>]`` of one domain; with ``n`` 3 the cause of a rejection."""
        cell = self.serving
        if cell is None:
            stat = self.stat if domain in self._searched() else STAT_OFF
            if stat == STAT_DENIED and n >= 3:
                skipped = ",,,,,," if domain == "+C5GREG" else ",,,,"
                return f"{stat}{skipped}0,{self.reject_cause}"
            return str(stat)
        if domain not in DOMAINS[cell.rat]:
            return str(STAT_OFF)
        if n < 2:
            return str(self.stat)
        tail = f",{NSSAI}" if domain == "+C5GREG" else ""
        return f'{self.stat},"{cell.area_hex}","{cell.cell_hex}",{self.act}{tail}'

    def all_fields(self, reports: dict[str, int]) -> dict[str, str]:
        """The fields of each domain that is reported, by what it is reported with."""
        return {d: self.fields(d, n) for d, n in sorted(reports.items()) if n and d in REGISTRATION}

    def _searched(self) -> frozenset[str]:
        """Domains that search or were denied: the mode's, else where the profile's module begins."""
        own = frozenset({self._profile.domain})
        ways = [domains for rat, domains in DOMAINS.items() if rat in self.allowed]
        return own if any(own <= way for way in ways) or not ways else ways[0]

    # -- levels ------------------------------------------------------------------------------------

    def level(self, cell: Cell, elapsed_s: float) -> Level:
        """What ``cell`` is received with now."""
        if cell.name in self._set_levels:
            return self._set_levels[cell.name]
        points = self._points.get(cell.name)
        if points:
            return _between(points, elapsed_s)
        drift = self._drift_db(cell.name, elapsed_s)
        return Level(cell.rsrp_dbm + drift, cell.rsrq_db + drift / 4, cell.sinr_db + drift / 2)

    def set_level(self, name: str, level: Level) -> None:
        """Fix a cell's level, as a script's action does.  Raises KeyError."""
        self._set_levels[self.cells[name].name] = level

    def _drift_db(self, name: str, elapsed_s: float) -> float:
        a, b = self._phases[name]
        turn = math.tau * elapsed_s / self._options.drift_period_s
        return self._options.drift_db * (0.7 * math.sin(turn + a) + 0.3 * math.sin(3.7 * turn + b))


def _by_cell(points: tuple[SignalPoint, ...]) -> dict[str, list[SignalPoint]]:
    found: dict[str, list[SignalPoint]] = {}
    for point in sorted(points, key=lambda p: p.time_s):
        found.setdefault(point.cell, []).append(point)
    return found


def _between(points: list[SignalPoint], elapsed_s: float) -> Level:
    """Straight lines between the points; the first and the last one hold outside."""
    after = bisect.bisect_right([p.time_s for p in points], elapsed_s)
    a, b = points[max(after - 1, 0)], points[min(after, len(points) - 1)]
    span = b.time_s - a.time_s
    part = min(max((elapsed_s - a.time_s) / span, 0.0), 1.0) if span > 0 else 0.0
    return Level(
        a.rsrp_dbm + part * (b.rsrp_dbm - a.rsrp_dbm),
        a.rsrq_db + part * (b.rsrq_db - a.rsrq_db),
        a.sinr_db + part * (b.sinr_db - a.sinr_db),
    )
