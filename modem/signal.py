"""Signal and temperature: ``AT+CESQ``, ``AT+QCSQ``, ``AT+QRSRP`` and sisters, ``AT+QTEMP``.

    +CESQ    levels of TS 27.007; dBm and dB are made of them (the lower edge of each step)
    +QCSQ    the technology, then its own values
    +QRSRP   one value for each receive chain, then the technology; in EN-DC a line for each
    +QTEMP   a sensor and its temperature; older modules write three temperatures without names

A chain that is idle, a sensor that is absent and a level that is unknown are ``None``.

Sources: 3GPP TS 27.007 (+CESQ); Quectel manuals and real answers (RM520N, RM500U).
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.modem.records import row_command, rows_command

__all__ = [
    "CESQ",
    "QCSQ",
    "QRSRP",
    "QRSRQ",
    "QSINR",
    "QTEMP",
    "ChainPower",
    "ChainRatio",
    "ExtendedSignal",
    "SystemSignal",
    "Temperature",
]


@dataclass(frozen=True, slots=True)
class ExtendedSignal:
    """+CESQ: GSM, UMTS, LTE, and since NR its synchronisation signals."""

    rxlev_dbm: float | None = None
    rscp_dbm: float | None = None
    ecn0_db: float | None = None
    rsrq_db: float | None = None
    rsrp_dbm: float | None = None
    ss_rsrq_db: float | None = None
    ss_rsrp_dbm: float | None = None
    ss_sinr_db: float | None = None


@dataclass(frozen=True, slots=True)
class SystemSignal:
    """+QCSQ: ``system`` is ``LTE``, ``NR5G``, ``WCDMA``, ``NOSERVICE`` or what else the module says."""

    system: str
    rssi_dbm: int | None = None
    rsrp_dbm: int | None = None
    sinr_db: float | None = None
    rsrq_db: int | None = None


@dataclass(frozen=True, slots=True)
class ChainPower:
    """+QRSRP: dBm of each receive chain; ``sysmode`` is missing on old firmware."""

    prx_dbm: int | None = None
    drx_dbm: int | None = None
    rx2_dbm: int | None = None
    rx3_dbm: int | None = None
    sysmode: str | None = None


@dataclass(frozen=True, slots=True)
class ChainRatio:
    """+QRSRQ, +QSINR: dB of each receive chain."""

    prx_db: int | None = None
    drx_db: int | None = None
    rx2_db: int | None = None
    rx3_db: int | None = None
    sysmode: str | None = None


@dataclass(frozen=True, slots=True)
class Temperature:
    """+QTEMP: a sensor by name, or the three of older modules."""

    sensor: str | None = None
    temperature_c: int | None = None
    temperature_1_c: int | None = None
    temperature_2_c: int | None = None
    temperature_3_c: int | None = None


CESQ = row_command("AT+CESQ", "+CESQ", ExtendedSignal)
QCSQ = row_command("AT+QCSQ", "+QCSQ", SystemSignal)
QRSRP = rows_command("AT+QRSRP", "+QRSRP", ChainPower, min_lines=1)
QRSRQ = rows_command("AT+QRSRQ", "+QRSRQ", ChainRatio, min_lines=1)
QSINR = rows_command("AT+QSINR", "+QSINR", ChainRatio, min_lines=1)
QTEMP = rows_command("AT+QTEMP", "+QTEMP", Temperature)
