"""What a number means, as the dissector says it behind the raw value: unit, resolution, named codes.

Everything comes from the declarations of :mod:`v2x.codecs.elements` and :mod:`v2x.units`; only the wording of
codes that are not simply "unavailable" stands here.  Values are shown in the wire's unit and sense (a yaw
rate in deg/s, clockwise positive), since that is what the raw value beside them counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import Codes, Number
from v2x.units import AccuracyClass, DataElement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.codecs.elements import Declaration

__all__ = ["accuracy_texts", "meaning"]

_WORDED: dict[str, dict[int, str]] = {
    "Elevation": {-4096: "unknown"},
    "TimeMark": {
        36001: "undefined",
        36000: "more than one hour",
        **dict.fromkeys(range(35991, 36000), "reserved"),
    },
    "TimeOffset": {65534: "655.34 s or more"},
    "SemiMajorAxisAccuracy": {254: "12.70 m or more"},
    "SemiMinorAxisAccuracy": {254: "12.70 m or more"},
    "SteeringWheelAngle": {-126: "189 deg left or beyond", 126: "189 deg right or beyond"},
    "RadiusOfCurvature": {32767: "straight"},
    "LaneID": {0: "invalid", 255: "reserved"},
    "PhaseID": {0: "invalid"},
    "RoadRegulatorID": {0: "for tests"},
    **{f"VertOffset-B{bits:02}": {-(1 << bits - 1): "unknown"} for bits in range(7, 13)},
}
"""Codes whose name says more than "unavailable"; from the notes of the public ASN.1 packages."""


def meaning(declared: Declaration | None) -> dict[str, Any] | None:
    """The row of an INTEGER: ``r`` resolution, ``d`` decimals, ``u`` unit, ``c`` [first, last, name]s."""
    match declared:
        case DataElement():
            row: dict[str, Any] = {"c": _codes(declared.name, declared.unavailable, "unavailable")}
            if declared.unit == "1":
                row |= {"r": 100 * declared.resolution, "d": _decimals(100 * declared.resolution), "u": "%"}
            else:
                row |= {"r": declared.resolution, "d": _decimals(declared.resolution), "u": declared.unit}
        case Number():
            row = {"c": _codes(declared.name, declared.unknown, "unknown")}
        case Codes():
            row = {"c": [[code, code, name] for code, name in sorted(declared.names.items())]}
        case _:
            return None
    return {key: value for key, value in row.items() if value != []} or None


def accuracy_texts(declared: Declaration | None, names: tuple[str, ...]) -> list[str] | None:
    """The 95 % bound of each name of an accuracy class ("" for unavailable); None for another ENUMERATED."""
    if not isinstance(declared, AccuracyClass):
        return None
    bounds = declared.bounds
    return [f"95 %: {bounds[name]:.12g} {declared.unit}" if name in bounds else "" for name in names]


def _codes(name: str, codes: Iterable[int], word: str) -> list[list[int | str]]:
    """Runs of codes with one name."""
    named = dict.fromkeys(codes, word) | _WORDED.get(name, {})
    runs: list[list[Any]] = []
    for code, text in sorted(named.items()):
        if runs and runs[-1][1] == code - 1 and runs[-1][2] == text:
            runs[-1][1] = code
        else:
            runs.append([code, code, text])
    return runs


def _decimals(resolution: float) -> int:
    """Digits behind the point that show every step; four where a step is no decimal fraction."""
    for digits in range(8):
        if math.isclose(resolution * 10**digits, round(resolution * 10**digits), rel_tol=1e-9):
            return digits
    return 4
