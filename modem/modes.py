"""Modes, bands and locks: ``AT+QNWPREFCFG``, ``AT+QNWLOCK``, ``AT+QCFG``.

    mode_pref       AUTO, or technologies joined by colons (LTE:NR5G); UNISOC also NR5G-SA, NR5G-NSA
    lte_band, ...   numbers joined by colons
    nr5g_disable_mode   0 neither, 1 standalone off, 2 non-standalone off
    lock            to one cell; Qualcomm and UNISOC write it in different orders
    usbnet          the USB network interface; changing it re-enumerates the module

What is kept over a restart asks first (``Command.persists``).

Sources: Quectel manuals; parsers of RM500U and RG200U for the UNISOC form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.modem.commands import action, quote
from v2x.modem.records import row_command

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = [
    "USBNET",
    "Setting",
    "lock_lte",
    "lock_nr",
    "preference",
    "set_preference",
    "setting",
    "unlock",
]

USBNET = {0: "rmnet", 1: "ECM", 2: "MBIM", 3: "RNDIS", 5: "NCM"}
"""Values of AT+QCFG="usbnet"; UNISOC-based modules have no rmnet."""

SCS_KHZ = (15, 30, 60, 120, 240)

_KEY = re.compile(r"[a-z0-9_/]{1,40}\Z", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9:_-]{1,400}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setting:
    """A key and what the module says of it."""

    key: str
    value: int | str | None = None


def preference(key: str = "mode_pref") -> Command[Setting]:
    """Read a key of AT+QNWPREFCFG.  Raises ValueError."""
    return row_command(f"AT+QNWPREFCFG={quote(_key(key))}", "+QNWPREFCFG", Setting)


def set_preference(key: str, value: str) -> Command[None]:
    """Write a key of AT+QNWPREFCFG; it is kept over a restart.  Raises ValueError."""
    if not _VALUE.match(value):
        raise ValueError("a value of letters, digits, colons and dashes")
    return action(f"AT+QNWPREFCFG={quote(_key(key))},{value}")


def setting(key: str) -> Command[Setting]:
    """Read a key of AT+QCFG.  Raises ValueError."""
    return row_command(f"AT+QCFG={quote(_key(key))}", "+QCFG", Setting)


def lock_lte(earfcn: int, pci: int, *, unisoc: bool = False) -> Command[None]:
    """Stay on one LTE cell.  Raises ValueError."""
    if not 0 <= earfcn <= 262_143 or not 0 <= pci <= 503:
        raise ValueError("an EARFCN of 0 to 262143 and a PCI of 0 to 503")
    return action(f"AT+QNWLOCK={quote(_lock(4, unisoc=unisoc))},1,{earfcn},{pci}")


def lock_nr(
    arfcn: int, pci: int, scs_khz: int | None = None, band: int | None = None, *, unisoc: bool = False
) -> Command[None]:
    """Stay on one NR cell; UNISOC-based modules take neither spacing nor band.  Raises ValueError."""
    if not 0 <= arfcn <= 3_279_165 or not 0 <= pci <= 1007:
        raise ValueError("an NR-ARFCN of 0 to 3279165 and a PCI of 0 to 1007")
    if unisoc:
        return action(f"AT+QNWLOCK={quote(_lock(5, unisoc=True))},1,{arfcn},{pci}")
    if scs_khz not in SCS_KHZ or band is None or not 1 <= band <= 1023:
        raise ValueError(f"a spacing of {', '.join(map(str, SCS_KHZ))} kHz and a band")
    return action(f"AT+QNWLOCK={quote(_lock(5, unisoc=False))},{pci},{arfcn},{scs_khz},{band}")


def unlock(generation: int, *, unisoc: bool = False) -> Command[None]:
    """Give a lock up; ``generation`` is 4 or 5."""
    return action(f"AT+QNWLOCK={quote(_lock(generation, unisoc=unisoc))},0")


def _lock(generation: int, *, unisoc: bool) -> str:
    if generation not in (4, 5):
        raise ValueError("generation 4 or 5")
    if generation == 5:
        return "common/5g"
    return "common/lte" if unisoc else "common/4g"


def _key(key: str) -> str:
    if not _KEY.match(key):
        raise ValueError(f"no key: {key!r}")
    return key
