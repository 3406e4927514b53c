"""Networks and carriers: ``AT+QNWINFO``, ``AT+QCAINFO``, ``AT+QSPN``, ``AT+COPS=?``.

    +QNWINFO   technology, operator's code, band, channel; EN-DC has a line for each technology
    +QCAINFO   a line for each carrier; LTE and NR differ, and UNISOC-based modules differ from others
    +QSPN      the network's names, in UCS2 where the module says so
    +COPS=?    all networks in one line, each in parentheses

Sources: Quectel manuals; 3GPP TS 27.007 (+COPS); real answers (RM520N, EG18, RM500U, RM551E's joined rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.modem.records import row_command, rows_command

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = [
    "COPS_SCAN",
    "QSPN",
    "Carrier",
    "Network",
    "NetworkInfo",
    "OperatorNames",
    "carriers",
    "network_info",
]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier; ``role`` is ``PCC`` or ``SCC``, the channel is in ``earfcn`` or ``arfcn``."""

    role: str
    rat: str | None = None
    band: int | None = None
    band_name: str | None = None
    earfcn: int | None = None
    arfcn: int | None = None
    bandwidth_mhz: float | None = None
    pci: int | None = None
    state: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: int | None = None
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """What serves: ``network`` as the module names it (``No Service`` without one)."""

    network: str
    rat: str | None = None
    duplex: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    band: int | None = None
    band_name: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class OperatorNames:
    """Full, short and provider's name, and the registered network's code."""

    fnn: str | None = None
    snn: str | None = None
    spn: str | None = None
    rplmn: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A network of a scan; ``stat`` 0 unknown, 1 available, 2 current, 3 forbidden."""

    stat: int
    numeric: str
    long: str | None = None
    short: str | None = None
    act: int | None = None
    act_name: str | None = None


QSPN = row_command("AT+QSPN", "+QSPN", OperatorNames)
COPS_SCAN = rows_command("AT+COPS=?", "+COPS", Network)


def carriers(profile: str | None = None) -> Command[tuple[Carrier, ...]]:
    """``AT+QCAINFO``: the carriers in use, the primary one first."""
    return rows_command("AT+QCAINFO", "+QCAINFO", Carrier, profile=profile)


def network_info(profile: str | None = None) -> Command[tuple[NetworkInfo, ...]]:
    """``AT+QNWINFO``: a row for each technology that serves."""
    return rows_command("AT+QNWINFO", "+QNWINFO", NetworkInfo, profile=profile, min_lines=1)
