"""Access technologies and registration states: the numbers of +CREG and its sisters, and their names.

Source: 3GPP TS 27.007 (<AcT>, <stat> of +CREG, +CGREG, +CEREG, +C5GREG).
"""

from __future__ import annotations

__all__ = ["ACT_KEYS", "ACT_NAMES", "REGISTERED_STATS", "STAT_NAMES"]

ACT_NAMES = {
    0: "GSM",
    2: "UTRAN",
    3: "GSM EGPRS",
    4: "HSDPA",
    5: "HSUPA",
    6: "HSPA",
    7: "E-UTRAN",
    8: "EC-GSM-IoT",
    9: "NB-S1",
    10: "E-UTRA 5GC",
    11: "NR 5GC",
    12: "NG-RAN",
    13: "EN-DC",
}
"""Access technologies by <AcT>."""

ACT_KEYS = {
    0: "gsm",
    2: "umts",
    3: "edge",
    4: "hsdpa",
    5: "hsupa",
    6: "hspa",
    7: "lte",
    8: "ec-gsm-iot",
    9: "nb-iot",
    10: "lte-5gc",
    11: "nr",
    12: "ng-ran",
    13: "en-dc",
}
"""The same in the short words that tools use."""

STAT_NAMES = {
    0: "not searching",
    1: "home",
    2: "searching",
    3: "denied",
    4: "unknown",
    5: "roaming",
    6: "home, SMS only",
    7: "roaming, SMS only",
    8: "emergency only",
    9: "home, CSFB not preferred",
    10: "roaming, CSFB not preferred",
    11: "emergency only",
}
"""Registration states by <stat>."""

REGISTERED_STATS = frozenset({1, 5, 9, 10})
