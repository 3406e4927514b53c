"""Radio over time: one sample of levels, cells, carriers and temperatures, and what changed since the last.

    watcher = Watcher(profile)
    sample = await watcher.sample(modem, at=clock.now())
    for change in changes(before, sample): ...

Each sample asks what moves fast (serving cell, levels by receive chain) and one of what moves slowly
(neighbours, carriers, temperatures, registration), so that a module that needs its 300 ms for a command
still gives a sample a second.  What was asked earlier stays in the sample until it is asked again.  A
command that the module does not have is asked once and named in ``missing``; without a serving cell
command AT+CESQ gives the levels.

Values are as the layouts give them (units in the names); "no value" is ``None``.
Sources: 3GPP TS 27.007 (+CESQ, registration), Quectel manuals and logs (+Q...); the layouts name each.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.modem.act import STAT_NAMES
from v2x.modem.inventory import ask
from v2x.modem.layouts import book
from v2x.modem.profiles import load_profile
from v2x.modem.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.layouts import Row
    from v2x.modem.modem import Modem

__all__ = ["CHAINS", "Carrier", "Cell", "Change", "Sample", "Watcher", "changes"]

CHAINS = ("prx", "drx", "rx2", "rx3")
"""Receive chains in the order of +QRSRP and its sisters."""

SERVING = 'AT+QENG="servingcell"'
FAST = (("AT+QRSRP", "rsrp_dbm", "dbm"), ("AT+QRSRQ", "rsrq_db", "db"), ("AT+QSINR", "sinr_db", "db"))
"""Levels by receive chain: command, measure, unit in the layout's names."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the module measures it; ``channel`` is EARFCN or NR-ARFCN."""

    rat: str | None = None
    pci: int | None = None
    channel: int | None = None
    band: int | None = None
    bandwidth_mhz: float | None = None
    rsrp_dbm: float | None = None
    rsrq_db: float | None = None
    sinr_db: float | None = None

    @property
    def place(self) -> tuple[str | None, int | None, int | None]:
        """What tells one cell from another on the air."""
        return self.rat, self.channel, self.pci

    def __str__(self) -> str:
        band = "" if self.band is None else f" band {self.band}"
        return f"{self.rat or 'cell'}{band} channel {self.channel} PCI {self.pci}"


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier of an aggregation; ``role`` is PCC or SCC."""

    role: str | None
    band: str | None
    channel: int | None
    bandwidth_mhz: float | None
    pci: int | None

    def __str__(self) -> str:
        width = "" if self.bandwidth_mhz is None else f" {self.bandwidth_mhz:g} MHz"
        return f"{self.role} {self.band}{width}"


@dataclass(frozen=True, slots=True)
class Sample:
    """What a module said at ``at``, POSIX seconds.

    ``serving`` is the serving cell, ``secondary`` the NR cell beside an LTE one (EN-DC).  ``chains`` has
    the four receive chains by measure and technology (``rsrp_dbm LTE``), ``temperatures_c`` the sensors,
    ``registration`` the domains.  ``missing`` are commands that the module lacks, ``failed`` what went wrong.
    """

    at: float
    state: str | None = None
    rat: str | None = None
    serving: Cell | None = None
    secondary: Cell | None = None
    registration: dict[str, str] = field(default_factory=dict)
    chains: dict[str, tuple[float | None, ...]] = field(default_factory=dict)
    neighbours: tuple[Cell, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    temperatures_c: dict[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def temperature_c(self) -> float | None:
        """The hottest sensor."""
        return max(self.temperatures_c.values(), default=None)

    def level(self, name: str) -> float | None:
        """``rsrp_dbm``, ``rsrq_db`` or ``sinr_db`` of the serving cell."""
        value: float | None = getattr(self.serving, name, None)
        return value

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        view = asdict(self)
        return view | {"chains": {name: list(values) for name, values in self.chains.items()}}


@dataclass(frozen=True, slots=True)
class Change:
    """Something that became different: ``kind`` names what, ``text`` how."""

    at: float
    kind: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def changes(before: Sample, now: Sample) -> tuple[Change, ...]:
    """What changed between two samples: state, technology, cell, carriers, registration.

    A value that was not known before or is not known now is no change, but for the serving cell.
    """
    found: list[Change] = []

    def tell(kind: str, old: object, new: object) -> None:
        if old != new:
            found.append(Change(now.at, kind, f"{_said(old)} -> {_said(new)}"))

    tell("state", before.state, now.state)
    tell("rat", before.rat, now.rat)
    for kind, old, new in (
        ("cell", before.serving, now.serving),
        ("secondary cell", before.secondary, now.secondary),
    ):
        if (old and old.place) != (new and new.place):
            tell(kind, old and str(old), new and str(new))
    tell("carriers", _set_of(before.carriers), _set_of(now.carriers))
    for domain in before.registration.keys() & now.registration.keys():
        tell(f"registration {domain}", before.registration[domain], now.registration[domain])
    return tuple(found)


def _set_of(carriers: tuple[Carrier, ...]) -> str | None:
    return ", ".join(str(carrier) for carrier in carriers) or None


def _said(value: object) -> str:
    return "none" if value is None else str(value)


class Watcher:
    """Asks one module; remembers what it lacks and what moves slowly.  Raises ProfileError."""

    def __init__(self, profile: str) -> None:
        self._layouts = book(profile)
        self._slow_questions: tuple[tuple[str, Callable[[tuple[Row, ...]], dict[str, Any]]], ...] = (
            ('AT+QENG="neighbourcell"', _neighbours),
            ("AT+QCAINFO", _carriers),
            ("AT+QTEMP", _temperatures),
            *((f"AT{domain}?", self._register) for domain in load_profile(profile).host.registration),
        )
        self._missing: dict[str, None] = {}
        self._turn = 0
        self._slow: dict[str, Any] = {}
        self._registration: dict[str, str] = {}
        self._failed: list[str] = []

    async def sample(self, modem: Modem, *, at: float) -> Sample:
        """The next sample, taken at ``at``.  Raises PortLost; what is not answered is ``None`` in it."""
        self._failed = []
        state, cells = await self._serving(modem)
        chains: dict[str, tuple[float | None, ...]] = {}
        for command, measure, unit in FAST:
            for row in await self._ask(modem, command) or ():
                rat = _text(row.get("sysmode"))
                chains[f"{measure} {rat}" if rat else measure] = tuple(
                    _number(row.get(f"{chain}_{unit}")) for chain in CHAINS
                )
        await self._ask_slowly(modem)
        return Sample(
            at,
            state,
            "EN-DC" if len(cells) > 1 else cells[0].rat if cells else None,
            cells[0] if cells else None,
            cells[1] if len(cells) > 1 else None,
            dict(self._registration),
            chains,
            **self._slow,
            missing=tuple(self._missing),
            failed=tuple(self._failed),
        )

    async def _serving(self, modem: Modem) -> tuple[str | None, list[Cell]]:
        """State and serving cells, LTE before the NR cell beside it; levels by AT+CESQ where that is all."""
        rows = await self._ask(modem, SERVING)
        if SERVING in self._missing:
            levels = await self._ask(modem, "AT+CESQ") or ()
            return None, [cell for row in levels if (cell := _levels(row)) is not None]
        rows = rows or ()
        state = next((said for row in rows if (said := _text(row.get("state")))), None)
        cells = [_cell(row) for row in rows if _text(row.get("rat"))]
        return state, [cell for cell in cells if cell.pci is not None or cell.rsrp_dbm is not None]

    async def _ask_slowly(self, modem: Modem) -> None:
        """One of the slow questions: the next one in turn that the module has."""
        for _ in self._slow_questions:
            command, read = self._slow_questions[self._turn % len(self._slow_questions)]
            self._turn += 1
            rows = await self._ask(modem, command)
            if rows is not None:
                self._slow |= read(rows)
            if command not in self._missing:
                return

    async def _ask(self, modem: Modem, command: str) -> tuple[Row, ...] | None:
        """The rows of an answer; ``None`` where the module lacks the command, or did not answer it."""
        if command in self._missing:
            return None
        answer = await ask(modem, command, self._layouts)
        if answer.reason is None:
            return answer.rows
        if answer.lacks:
            self._missing[command] = None
        self._failed.append(answer.reason)
        return None

    def _register(self, rows: tuple[Row, ...]) -> dict[str, Any]:
        """One domain's registration, kept beside the others'."""
        for row in rows:
            stat = _integer(row.get("stat"))
            if stat is not None:
                act = _text(row.get("act_name"))
                said = STAT_NAMES.get(stat, f"stat {stat}")
                self._registration[row.prefix[1:]] = f"{said} {act}" if act else said
        return {}


# -- rows to cells ---------------------------------------------------------------------------------


def _cell(row: Row) -> Cell:
    return Cell(
        _text(row.get("rat")),
        _integer(row.get("pci")),
        _integer(row.get("earfcn"), row.get("arfcn"), row.get("uarfcn")),
        _integer(row.get("band")),
        _number(row.get("bandwidth_mhz"), row.get("dl_bandwidth_mhz")),
        _number(row.get("rsrp_dbm"), row.get("rscp_dbm")),
        _number(row.get("rsrq_db")),
        _number(row.get("sinr_db")),
    )


def _levels(row: Row) -> Cell | None:
    """The levels of +CESQ: NR's where they are given."""
    nr = Cell(
        "NR",
        rsrp_dbm=_number(row.get("ss_rsrp_dbm")),
        rsrq_db=_number(row.get("ss_rsrq_db")),
        sinr_db=_number(row.get("ss_sinr_db")),
    )
    if nr.rsrp_dbm is not None:
        return nr
    lte = Cell("LTE", rsrp_dbm=_number(row.get("rsrp_dbm")), rsrq_db=_number(row.get("rsrq_db")))
    return lte if lte.rsrp_dbm is not None else None


def _neighbours(rows: tuple[Row, ...]) -> dict[str, Any]:
    return {"neighbours": tuple(_cell(row) for row in rows)}


def _carriers(rows: tuple[Row, ...]) -> dict[str, Any]:
    found = tuple(
        Carrier(
            _text(row.get("role")),
            _text(row.get("band_name")),
            _integer(row.get("freq"), row.get("earfcn"), row.get("arfcn")),
            _number(row.get("bandwidth_mhz")),
            _integer(row.get("pci")),
        )
        for row in rows
    )
    return {"carriers": found}


def _temperatures(rows: tuple[Row, ...]) -> dict[str, Any]:
    found: dict[str, float] = {}
    for number, row in enumerate(rows):
        name = _text(row.get("sensor")) or f"sensor {number + 1}"
        for key in ("temperature_c", "temperature_1_c", "temperature_2_c", "temperature_3_c"):
            value = _number(row.get(key))
            if value is not None:
                found[name if key == "temperature_c" else f"sensor {key[12]}"] = value
    return {"temperatures_c": found}


def _text(value: object) -> str | None:
    return printable(value) if isinstance(value, str) and value else None


def _number(*values: object) -> float | None:
    return next((float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)), None)


def _integer(*values: object) -> int | None:
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)
