"""The serving cell and its neighbours: ``AT+QENG``, whose rows differ by chipset and firmware.

One line while idle or in standalone mode; with EN-DC the state alone, then an LTE row and an NR row.  The
order of each row is a layout (``profiles/*.toml``): standalone rows of Qualcomm-based, UNISOC-based and early
X55 modules differ in their last values.  The layout is the profile's; where a row's length contradicts,
length and plausibility decide.

MCC and MNC are text: ``01`` is not ``1``.  LTE's SINR is 2 raw - 20 dB, NR's is in dB, tenths of a dB in the
short rows of early firmware.

Sources: Quectel manual RG520N/RM520N; real answers of RM520N, RM500U (UNISOC), EG18, RM500Q old firmware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from v2x.modem.commands import Command, Reply, Response
from v2x.modem.fields import FieldError
from v2x.modem.layouts import Row, book
from v2x.modem.readers import read_lines
from v2x.modem.records import filled, rows_command

__all__ = [
    "LteCell",
    "Neighbour",
    "NrCell",
    "SaLayout",
    "ServingCell",
    "neighbours",
    "parse_serving_cell",
    "serving_cell",
]


class SaLayout(StrEnum):
    """Whose standalone rows: the profiles that have a layout of their own."""

    QUALCOMM = "qualcomm"
    UNISOC = "unisoc"
    EARLY_X55 = "early_x55"


@dataclass(frozen=True, slots=True)
class NrCell:
    """A 5G cell; ``duplex``, ``cell_id`` and ``tac`` only in standalone mode."""

    mcc: str | None = None
    mnc: str | None = None
    pci: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: int | None = None
    sinr_db: float | None = None
    arfcn: int | None = None
    band: int | None = None
    bandwidth_mhz: float | None = None
    scs_khz: float | None = None
    duplex: str | None = None
    cell_id: int | None = None
    tac: int | None = None
    srxlev: int | None = None


@dataclass(frozen=True, slots=True)
class LteCell:
    """An LTE cell."""

    duplex: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    cell_id: int | None = None
    pci: int | None = None
    earfcn: int | None = None
    band: int | None = None
    ul_bandwidth_mhz: float | None = None
    dl_bandwidth_mhz: float | None = None
    tac: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: int | None = None
    rssi_dbm: int | None = None
    sinr_db: float | None = None
    cqi: int | None = None
    tx_power_dbm: float | None = None
    srxlev: int | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour cell; ``scope`` is ``neighbourcell`` with what the module adds (``intra``, ``inter``)."""

    scope: str
    rat: str
    earfcn: int | None = None
    arfcn: int | None = None
    uarfcn: int | None = None
    pci: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: int | None = None
    rssi_dbm: int | None = None
    sinr_db: float | None = None
    srxlev: int | None = None


@dataclass(frozen=True, slots=True)
class ServingCell:
    """What serves the module.

    ``rat`` is ``NR5G-SA``, ``EN-DC``, ``LTE``, another name, or ``None``; ``state`` is ``None`` in the
    one-line row of a UNISOC module in EN-DC, which has none.  ``layout`` names the layouts
    that the rows were read by.
    """

    state: str | None
    rat: str | None = None
    lte: LteCell | None = None
    nr: NrCell | None = None
    layout: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        cell = self.nr or self.lte
        state = self.state or "state unknown"
        if cell is None:
            return f"{state}{' ' + self.rat if self.rat else ''}"
        power = "" if cell.rsrp_dbm is None else f", RSRP {cell.rsrp_dbm} dBm"
        band = "" if cell.band is None else f" band {cell.band}"
        return f"{self.rat}{band}, PCI {cell.pci}{power} ({state})"


def serving_cell(layout: SaLayout | None = None) -> Command[ServingCell]:
    """``AT+QENG="servingcell"``; ``layout`` is the profile's, ``None`` leaves it to the row."""
    return Command(
        'AT+QENG="servingcell"',
        lambda reply: parse_serving_cell(reply, layout),
        Response.PREFIXED,
        ("+QENG",),
        min_lines=1,
        idempotent=True,
    )


def neighbours(layout: SaLayout | None = None) -> Command[tuple[Neighbour, ...]]:
    """``AT+QENG="neighbourcell"``: LTE, NR and WCDMA cells beside the serving one."""
    profile = None if layout is None else str(layout)
    return rows_command('AT+QENG="neighbourcell"', "+QENG", Neighbour, profile=profile)


def parse_serving_cell(reply: Reply, layout: SaLayout | None = None) -> ServingCell:
    """Read the one to three rows.  Raises FieldError on a state that is none, and where there is no row."""
    rows, unread = read_lines(reply.lines, book(None if layout is None else str(layout)))
    state: str | None = None
    rat: str | None = None
    lte: LteCell | None = None
    nr: NrCell | None = None
    for row in rows:
        said = row.value("state")
        if said is not None and not said.valid:
            raise FieldError(1, f"no state: {said.raw!r}")
        state = said.value if said is not None and isinstance(said.value, str) else state
        mode = row.get("mode")
        if mode == "LTE" and _has_cell(row):
            lte = filled(LteCell, row)
        elif mode in ("NR5G-SA", "NR5G-NSA") and _has_cell(row):
            nr = filled(NrCell, row)
        if isinstance(mode, str):
            rat = "EN-DC" if lte is not None and mode == "NR5G-NSA" else mode
    if unread or not any(row.layout is not None and row.line.find("servingcell") >= 0 for row in rows):
        raise FieldError(0, "no servingcell row")
    layouts = dict.fromkeys(row.layout for row in rows if row.layout and row.get("mode"))
    return ServingCell(state, rat, lte, nr, " + ".join(layouts) or None)


def _has_cell(row: Row) -> bool:
    """Whether a row says anything of a cell beyond its technology."""
    return any(value.raw for value in row.values if value.name not in ("state", "mode", "rat", "nr_mode"))
