"""What the simulated world is like: the card, the network and its cells, the signal, PC5, the clock.

All but :class:`SimState`, which is what a restart forgets, are values that a script or a test sets before
power-on (``v2x.modem.sim_script`` says how) and that the script's actions change later.  Nothing is taken
from a real network: MCC and MNC are the test network's (001/01), addresses are the documentation's
(RFC 5737), instants begin at a fixed day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Card", "Cell", "Rat", "SignalPoint", "SimOptions", "SimState"]


class Card(StrEnum):
    """What is in the card slot."""

    READY = "ready"
    ABSENT = "absent"
    PIN = "pin"


class Rat(StrEnum):
    """Radio access of a cell; ``NSA`` cells serve only beside an LTE cell (EN-DC)."""

    LTE = "LTE"
    SA = "NR5G-SA"
    NSA = "NR5G-NSA"


@dataclass(frozen=True, slots=True)
class Cell:
    """One carrier, in the terms of AT+QENG; identities are hexadecimal text as on the wire.

    ``secondary`` names the NR cell that an LTE cell takes along (EN-DC).  Raises ValueError.
    """

    name: str
    rat: Rat
    pci: int
    arfcn: int
    band: int
    bandwidth_mhz: int
    cell_hex: str = "000000101"
    area_hex: str = "000001"
    duplex: str = "TDD"
    scs_khz: int = 30
    rsrp_dbm: float = -89.0
    rsrq_db: float = -8.0
    sinr_db: float = 15.0
    tx_power_dbm: int = 18
    srxlev: int = 34
    secondary: str = ""

    def __post_init__(self) -> None:
        for name in ("cell_hex", "area_hex"):
            int(getattr(self, name), 16)
        limits = {"pci": 1007, "arfcn": 3_279_165, "band": 1023, "bandwidth_mhz": 400}
        for name, last in limits.items():
            if not 0 <= getattr(self, name) <= last:
                raise ValueError(f"{name}: 0 to {last}")
        if self.duplex not in ("FDD", "TDD"):
            raise ValueError("duplex: FDD or TDD")


@dataclass(frozen=True, slots=True)
class SignalPoint:
    """What a cell is received with ``time_s`` after the first power-on; between points it is linear."""

    cell: str
    time_s: float
    rsrp_dbm: float
    rsrq_db: float = -8.0
    sinr_db: float = 15.0


@dataclass(frozen=True, slots=True)
class SimOptions:
    """The world at power-on.

    ``usb``: a restart takes the port away for ``usb_s``, and RDY comes once it is back (a USB module;
    without it a UART's port stays).
    ``drift_db`` lets levels wander by so much.  ``clock_at`` is the POSIX instant that the network's clock
    shows at the first power-on, ``zone_quarters`` its zone.  ``pin``: what a card in state PIN takes.
    ``reject_cause``: an EMM or 5GMM cause that the network answers to registration, 0 for none.
    """

    card: Card = Card.READY
    coverage: bool = True
    seed: int = 0
    pin: str = "1234"
    usb: bool = False
    usb_s: float = 2.0
    clock_at: float = 1_767_225_600.0
    zone_quarters: int = 32
    reject_cause: int = 0
    drift_db: float = 0.0
    drift_period_s: float = 60.0
    ping_ms: float = 20.0
    ping_jitter_ms: float = 4.0
    ping_loss: float = 0.0
    gnss_fix_s: float = 30.0
    latitude_deg: float = 31.0
    longitude_deg: float = 121.0
    pc5_cbr: float = 0.07
    pc5_loss: float = 0.0
    pc5_rate_hz: float = 10.0
    temperature_c: float = 42.0
    cells: tuple[Cell, ...] = field(default=())
    signal: tuple[SignalPoint, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("ping_loss", "pc5_cbr", "pc5_loss"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: 0 to 1")
        for name in ("usb_s", "drift_db", "ping_ms", "ping_jitter_ms", "gnss_fix_s", "pc5_rate_hz"):
            if not 0.0 <= getattr(self, name) < 1e6:
                raise ValueError(f"{name}: 0 to 1e6")
        if not 1.0 <= self.drift_period_s < 1e9:
            raise ValueError("drift_period_s: at least 1")
        if not 0 <= self.reject_cause <= 255:
            raise ValueError("reject_cause: 0 to 255")


@dataclass(slots=True)
class SimState:
    """What a restart forgets."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    cmee: int = 1
    cfun: int = 1
    card_seen: bool = False
    unlocked: bool = False
    attached: bool = True
    operator_mode: int = 0
    operator_format: int = 0
    cgerep: int = 0
    netdev_urc: bool = False
    gnss_since: float | None = None
    reports: dict[str, int] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)
    plain: dict[str, str] = field(default_factory=dict)
    counters: list[int] = field(default_factory=lambda: [0, 0])
