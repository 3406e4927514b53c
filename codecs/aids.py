"""Application identifiers: which message an AID carries, to which layer-2 id it goes, and how urgently.

The table is data: pass another one where a bench has more (no standard AIDs for the Day-2 messages were
found, and the units of some makers use :data:`VENDOR_ONLY`).

Source: IMT-2020 C-V2X working group, access-layer and AID configuration of 2020.  The layer-2 ids of BSM are
confirmed by a second source, the others are not.  The map from priority to PPPP is an inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from v2x.errors import FrameError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BSM",
    "BSM_EMERGENCY",
    "BSM_EMERGENCY_EVENT",
    "BSM_EVENT",
    "CERTIFICATE_MANAGEMENT",
    "CRL",
    "MAP",
    "MISBEHAVIOUR",
    "PPPP",
    "RSI_DYNAMIC",
    "RSI_SEMI_STATIC",
    "RSI_STATIC",
    "RSM",
    "SPAT",
    "TABLE",
    "VENDOR_ONLY",
    "AidEntry",
    "lookup",
    "pppp",
    "require",
]

BSM, BSM_EVENT, BSM_EMERGENCY, BSM_EMERGENCY_EVENT = 111, 112, 113, 114
MAP, SPAT = 3618, 3619
RSI_STATIC, RSI_SEMI_STATIC, RSI_DYNAMIC = 3620, 3621, 3622
RSM = 3623
CERTIFICATE_MANAGEMENT, CRL, MISBEHAVIOUR = 3627, 3628, 3629


@dataclass(frozen=True, slots=True)
class AidEntry:
    """One application: ``message`` is the kind it carries, None for what is no message of the dictionary.

    ``destination_l2`` and ``priority`` are None where the source gives none.
    """

    aid: int
    use: str
    message: str | None
    destination_l2: int | None
    priority: int | None


_ENTRIES = (
    AidEntry(BSM, "vehicle, periodic", "BSM", 0x000001, 112),
    AidEntry(BSM_EVENT, "vehicle, critical event", "BSM", 0x000002, 208),
    AidEntry(BSM_EMERGENCY, "emergency vehicle, periodic", "BSM", 0x000003, 112),
    AidEntry(BSM_EMERGENCY_EVENT, "emergency vehicle, critical event", "BSM", 0x000004, 208),
    AidEntry(MAP, "map", "MAP", 0x000006, 16),
    AidEntry(SPAT, "signals", "SPAT", 0x000007, 176),
    AidEntry(RSI_STATIC, "road information, static", "RSI", 0x000008, 48),
    AidEntry(RSI_SEMI_STATIC, "road information, semi-static", "RSI", 0x000009, 80),
    AidEntry(RSI_DYNAMIC, "road information, dynamic", "RSI", 0x00000A, 112),
    AidEntry(RSM, "road-side perception", "RSM", 0x00000B, 208),
    AidEntry(CERTIFICATE_MANAGEMENT, "certificate management", None, None, None),
    AidEntry(CRL, "certificate revocation list", None, None, None),
    AidEntry(MISBEHAVIOUR, "misbehaviour reports", None, None, None),
)

TABLE: Mapping[int, AidEntry] = MappingProxyType({entry.aid: entry for entry in _ENTRIES})
"""AID to entry."""

VENDOR_ONLY: Mapping[int, str] = MappingProxyType(
    {
        18: "PAM in one maker's configuration",
        19: "PMM in one maker's configuration",
        20: "PSM in one maker's configuration",
        21: "RSC in one maker's configuration",
        22: "RTCM in one maker's configuration",
        23: "SSM in one maker's configuration",
        24: "VIR in one maker's configuration",
        25: "VPM in one maker's configuration",
        26: "TEST in one maker's configuration",
        3616: "service announcement; one real platoon message was seen on it",
        3617: "BSM of an after-market unit",
        3624: "test vehicle",
        3625: "test road-side unit 1",
        3626: "test road-side unit 2",
    }
)
"""AIDs seen in the field that no source registers: not in :data:`TABLE`, so not accepted by default."""

PPPP: Mapping[int, int] = MappingProxyType({208: 2, 176: 3, 112: 5, 80: 6, 48: 7, 16: 8})
"""Priority to ProSe per-packet priority, 1 the most urgent; inferred as 8 - priority // 32."""


def lookup(aid: int, table: Mapping[int, AidEntry] = TABLE) -> AidEntry | None:
    """The entry of an AID, None where nobody registered it."""
    return table.get(aid)


def require(aid: int, table: Mapping[int, AidEntry] = TABLE) -> AidEntry:
    """The entry of an AID; FrameError ``unknown_aid`` where nobody registered it."""
    entry = table.get(aid)
    if entry is None:
        known = f" ({VENDOR_ONLY[aid]})" if aid in VENDOR_ONLY else ""
        raise FrameError(Reason.FRAME_UNKNOWN_AID, f"AID {aid} is not registered{known}", octet=2)
    return entry


def pppp(priority: int) -> int:
    """The PPPP of a priority of the table; ValueError for another."""
    if priority not in PPPP:
        raise ValueError(f"no PPPP is known for priority {priority}: one of {sorted(PPPP)}")
    return PPPP[priority]
