"""The serving cell: ``AT+QENG="servingcell"``, whose layout differs by chipset and firmware.

One line while idle or in standalone mode; with EN-DC the state alone, then an LTE row and an NR row.
After the mode, values in order:

    NR5G-SA    duplex MCC MNC cell(hex) PCI TAC(hex) ARFCN band bandwidth RSRP RSRQ SINR, then
        qualcomm   scs(index) srxlev              bandwidth is an index
        unisoc     tx_power srxlev scs(index)     bandwidth in MHz
        early_x55  tx_power srxlev                bandwidth is an index
    NR5G-NSA   MCC MNC PCI RSRP SINR RSRQ [ARFCN band bw(index) scs(index)]; short rows have SINR x 10
    LTE        duplex MCC MNC cell(hex) PCI EARFCN band UL(index) DL(index) TAC(hex) RSRP RSRQ RSSI
               SINR, then CQI tx_power(0.1 dBm) srxlev, or srxlev alone on older firmware

LTE's SINR is 2 raw - 20 dB, NR's is in dB.  MCC and MNC are text: ``01`` is not ``1``.  Values outside
their range (-32768, 65535, ...) are "no value".  The layout of a standalone row is the profile's; where
its length contradicts, length and the plausibility of scs decide.

Sources: Quectel manual RG520N/RM520N; real answers of RM520N, RM500U (UNISOC), EG18, RM500Q old firmware;
LTE's SINR by a reading over QMI in the same second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from v2x.modem.commands import Command, Reply, Response
from v2x.modem.fields import FieldError, Fields, split_fields

__all__ = ["LteCell", "NrCell", "SaLayout", "ServingCell", "parse_serving_cell", "serving_cell"]

STATES = frozenset({"SEARCH", "LIMSRV", "NOCONN", "CONNECT"})
LTE_BANDWIDTHS_MHZ = (1.4, 3.0, 5.0, 10.0, 15.0, 20.0)
NR_BANDWIDTHS_MHZ = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 200, 400, 35, 45)
SCS_KHZ = (15, 30, 60, 120, 240)

RSRP_RANGE = (-160, -20)
RSRQ_RANGE = (-50, 30)
SINR_RANGE = (-40, 60)
SINR_TENTHS_RANGE = (-400, 600)
LTE_SINR_RAW_RANGE = (0, 35)  # -20 to 50 dB
PCI_LAST = 1007
ARFCN_LAST = 3_279_165
"""Largest NR-ARFCN (3GPP TS 38.104)."""


class SaLayout(StrEnum):
    """The order of a standalone row's last values."""

    QUALCOMM = "qualcomm"
    UNISOC = "unisoc"
    EARLY_X55 = "early_x55"


@dataclass(frozen=True, slots=True)
class NrCell:
    """A 5G cell; ``duplex``, ``cell_id`` and ``tac`` only in standalone mode."""

    mcc: str | None
    mnc: str | None
    pci: int | None
    rsrp_dbm: int | None
    rsrq_db: int | None
    sinr_db: float | None
    arfcn: int | None = None
    band: int | None = None
    bandwidth_mhz: float | None = None
    scs_khz: float | None = None
    duplex: str | None = None
    cell_id: int | None = None
    tac: int | None = None


@dataclass(frozen=True, slots=True)
class LteCell:
    """An LTE cell."""

    duplex: str | None
    mcc: str | None
    mnc: str | None
    cell_id: int | None
    pci: int | None
    earfcn: int | None
    band: int | None
    uplink_mhz: float | None
    downlink_mhz: float | None
    tac: int | None
    rsrp_dbm: int | None
    rsrq_db: int | None
    rssi_dbm: int | None
    sinr_db: float | None
    cqi: int | None = None
    tx_power_dbm: float | None = None


@dataclass(frozen=True, slots=True)
class ServingCell:
    """What serves the module; ``rat`` is ``NR5G-SA``, ``EN-DC``, ``LTE``, another name, or ``None``."""

    state: str
    rat: str | None = None
    lte: LteCell | None = None
    nr: NrCell | None = None

    def __str__(self) -> str:
        cell = self.nr or self.lte
        if cell is None:
            return f"{self.state}{' ' + self.rat if self.rat else ''}"
        power = "" if cell.rsrp_dbm is None else f", RSRP {cell.rsrp_dbm} dBm"
        band = "" if cell.band is None else f" band {cell.band}"
        return f"{self.rat}{band}, PCI {cell.pci}{power} ({self.state})"


def serving_cell(layout: SaLayout | None = None) -> Command[ServingCell]:
    """``AT+QENG="servingcell"``; ``layout`` is the profile's, ``None`` leaves it to the row's length."""
    return Command(
        'AT+QENG="servingcell"',
        lambda reply: parse_serving_cell(reply, layout),
        Response.PREFIXED,
        ("+QENG",),
        min_lines=1,
        idempotent=True,
    )


def parse_serving_cell(reply: Reply, layout: SaLayout | None = None) -> ServingCell:
    """Read the one to three rows.  Raises FieldError on a state or a number that is none."""
    state: str | None = None
    rat: str | None = None
    lte: LteCell | None = None
    nr: NrCell | None = None
    for line in reply.lines:
        fields = split_fields(line)
        if fields.text(0) == "servingcell":
            state = fields.text(1)
            if state not in STATES:
                raise FieldError(1, f"no state: {state!r}")
            fields = Fields(fields[2:])
        mode, row = fields.text(0), Fields(fields[1:])
        if mode == "NR5G-SA":
            nr = _standalone(row, layout) if row else None
        elif mode == "NR5G-NSA":
            nr = _non_standalone(row) if len(row) > 1 else None
        elif mode == "LTE":
            lte = _lte(row) if row else None
        rat = "EN-DC" if lte is not None and mode == "NR5G-NSA" else mode or rat
    if state is None:
        raise FieldError(0, "no servingcell row")
    return ServingCell(state, rat, lte, nr)


def _standalone(row: Fields, layout: SaLayout | None) -> NrCell:
    """A standalone row: 14 values, UNISOC's 15."""
    if len(row) == 15:
        layout = SaLayout.UNISOC
    elif layout is None or layout is SaLayout.UNISOC:
        scs = row.optional_integer(12)
        early = scs is not None and not 0 <= scs < len(SCS_KHZ)
        layout = SaLayout.EARLY_X55 if early else SaLayout.QUALCOMM
    scs_at = {SaLayout.QUALCOMM: 12, SaLayout.UNISOC: 14}.get(layout)
    width = row.optional_integer(8)
    return NrCell(
        duplex=row.text(0),
        mcc=row.text(1),
        mnc=row.text(2),
        cell_id=row.optional_hex(3),
        pci=_ranged(row, 4, 0, PCI_LAST),
        tac=row.optional_hex(5),
        arfcn=_ranged(row, 6, 0, ARFCN_LAST),
        band=_ranged(row, 7, 1, 1023),
        bandwidth_mhz=width if layout is SaLayout.UNISOC else _of(NR_BANDWIDTHS_MHZ, width),
        rsrp_dbm=_ranged(row, 9, *RSRP_RANGE),
        rsrq_db=_ranged(row, 10, *RSRQ_RANGE),
        sinr_db=_ranged(row, 11, *SINR_RANGE),
        scs_khz=None if scs_at is None else _of(SCS_KHZ, row.optional_integer(scs_at)),
    )


def _non_standalone(row: Fields) -> NrCell:
    """The NR row of EN-DC: SINR stands before RSRQ."""
    sinr: float | None
    if len(row) <= 6:  # early firmware: tenths of a dB, and nothing behind
        tenths = _ranged(row, 4, *SINR_TENTHS_RANGE)
        sinr = None if tenths is None else tenths / 10
    else:
        sinr = _ranged(row, 4, *SINR_RANGE)
    return NrCell(
        mcc=row.text(0),
        mnc=row.text(1),
        pci=_ranged(row, 2, 0, PCI_LAST),
        rsrp_dbm=_ranged(row, 3, *RSRP_RANGE),
        sinr_db=sinr,
        rsrq_db=_ranged(row, 5, *RSRQ_RANGE),
        arfcn=_ranged(row, 6, 0, ARFCN_LAST),
        band=_ranged(row, 7, 1, 1023),
        bandwidth_mhz=_of(NR_BANDWIDTHS_MHZ, row.optional_integer(8)),
        scs_khz=_of(SCS_KHZ, row.optional_integer(9)),
    )


def _lte(row: Fields) -> LteCell:
    """An LTE row: 17 values, older firmware's 15 without CQI and power."""
    raw_sinr = _ranged(row, 13, *LTE_SINR_RAW_RANGE)
    full = len(row) >= 17
    tenths = row.optional_integer(15) if full else None
    duplex = row.text(0)
    return LteCell(
        duplex={"0": "FDD", "1": "TDD"}.get(duplex or "", duplex),  # UNISOC: a number, by one source
        mcc=row.text(1),
        mnc=row.text(2),
        cell_id=row.optional_hex(3),
        pci=_ranged(row, 4, 0, PCI_LAST),
        earfcn=_ranged(row, 5, 0, ARFCN_LAST),
        band=_ranged(row, 6, 1, 1023),
        uplink_mhz=_of(LTE_BANDWIDTHS_MHZ, row.optional_integer(7)),
        downlink_mhz=_of(LTE_BANDWIDTHS_MHZ, row.optional_integer(8)),
        tac=row.optional_hex(9),
        rsrp_dbm=_ranged(row, 10, *RSRP_RANGE),
        rsrq_db=_ranged(row, 11, *RSRQ_RANGE),
        rssi_dbm=_ranged(row, 12, -120, 0),
        sinr_db=None if raw_sinr is None else 2.0 * raw_sinr - 20.0,
        cqi=_ranged(row, 14, 0, 15) if full else None,
        tx_power_dbm=None if tenths is None or abs(tenths) > 500 else tenths / 10,
    )


def _ranged(row: Fields, index: int, low: int, high: int) -> int | None:
    """A number within its range; outside it, the module says that there is none."""
    value = row.optional_integer(index)
    return value if value is not None and low <= value <= high else None


def _of(table: tuple[float, ...], index: int | None) -> float | None:
    return table[index] if index is not None and 0 <= index < len(table) else None
