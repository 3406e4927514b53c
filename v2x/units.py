"""Data elements of the messages, each declared once: range, resolution, unit, unavailable codes, source.

On the wire an element is an integer; inside it is a float in SI units (angles in radians, except latitude,
longitude and heading, which stay in degrees), or ``None`` where it is unavailable:

    si = raw * resolution * si_factor        raw = round(si / (resolution * si_factor))

``si_factor`` converts the wire's unit and turns the signs: inside, lateral is left positive, vertical is up
positive and every rotation is counter-clockwise positive.  Encoding clamps to the first or last code that
is a value; the standards say of many elements that these codes mean "this or beyond".  The unavailable
codes are no values, nor is anything outside the range (UPER can carry such codes): all decode to ``None``.

Accuracy classes state a 95 % bound.  The standards don't say how it becomes a standard deviation; ours is
the normal distribution's: a radius in the plane is 2.4477 sigma per axis, a half width on a line is
1.96 sigma.  (A peer, CARMA, takes sigma2 = c2 / 2, which is 1.4 to 1.7 times as careful.)

Sources, by the letter in ``source``: A the notes in public ASN.1 packages of T/CSAE 53-2020 and
157-2020; B the approval draft of YD/T 3709-2020 (December 2019); C public excerpts of T/CSAE 53-2020;
I inferred from SAE J2735, of which these elements are descendants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

__all__ = [
    "ACC_CONFIDENCE",
    "ANGULAR_V_CONFIDENCE",
    "ELEMENTS",
    "ELEVATION_CONFIDENCE",
    "HALF_WIDTH_95_SIGMAS",
    "HEADING_CONFIDENCE",
    "POSITION_CONFIDENCE",
    "RADIUS_95_SIGMAS",
    "SIZE_VALUE_CONFIDENCE",
    "SPEED_CONFIDENCE",
    "STEERING_CONFIDENCE",
    "TIME_CONFIDENCE",
    "AccuracyClass",
    "DataElement",
]

RADIUS_95_SIGMAS = math.sqrt(-2 * math.log(0.05))
"""95 % radius of a round normal distribution in the plane, in standard deviations per axis (assumption)."""

HALF_WIDTH_95_SIGMAS = 1.959964
"""95 % half width of a normal distribution on a line, in standard deviations (assumption)."""

_DEG = math.pi / 180
_G = 9.80665


@dataclass(frozen=True, slots=True)
class DataElement:
    """One INTEGER element of the messages.

    ``low``/``high``: range of the ASN.1 type.  ``resolution``: one step in ``unit``, the wire's unit.
    ``unavailable``: the codes that are no values, the one to send first (a range where they are many).
    ``si_factor``: SI (``si_unit``) per wire unit, with its sign.  ``default``: what to send for ``None``
    where there is no unavailable code.  ``period``: steps in a full circle, for angles that wrap.
    ``source``: see the module.
    """

    name: str
    low: int
    high: int
    resolution: float
    unit: str
    unavailable: tuple[int, ...] | range = ()
    source: str = "AB"
    si_unit: str = ""
    si_factor: float = 1.0
    default: int | None = None
    period: int | None = None
    first: int = field(init=False)
    last: int = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        first, last = self.low, self.high
        while first in self.unavailable:
            first += 1
        while last in self.unavailable:
            last -= 1
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "last", last)
        object.__setattr__(self, "scale", self.resolution * self.si_factor)
        object.__setattr__(self, "si_unit", self.si_unit or self.unit)

    def to_si(self, raw: int | None) -> float | None:
        """Value in ``si_unit``; None for None, an unavailable code and a code outside the range."""
        if raw is None or raw in self.unavailable or not self.first <= raw <= self.last:
            return None
        return raw * self.scale

    def from_si(self, value: float | None) -> int:
        """Nearest code, clamped to the first or last value (angles wrap); None and NaN become unavailable.

        ValueError for None where the element has neither an unavailable code nor a default.
        """
        if value is None or value != value:
            if self.unavailable:
                return self.unavailable[0]
            if self.default is None:
                raise ValueError(f"{self.name} has no code for an unavailable value")
            return self.default
        steps = value / self.scale
        if self.period is not None and math.isfinite(steps):
            return round(steps) % self.period
        if steps <= self.first:
            return self.first
        return self.last if steps >= self.last else round(steps)


def _offsets(prefix: str, widths: tuple[int, ...], resolution: float, unit: str) -> list[DataElement]:
    """The signed offsets of each width; the most negative vertical one means unknown."""
    vertical = prefix == "VertOffset-B"
    return [
        DataElement(
            f"{prefix}{bits:02}", -(1 << bits - 1), (1 << bits - 1) - 1, resolution, unit,
            (-(1 << bits - 1),) if vertical else (),
        )
        for bits in widths
    ]  # fmt: skip


_E = DataElement
_TABLE: list[DataElement] = [
    # Position
    _E("Latitude", -900000000, 900000001, 1e-7, "deg", (900000001,), "ABC, code I"),
    _E("Longitude", -1799999999, 1800000001, 1e-7, "deg", (1800000001,), "ABC, code I"),
    _E("Elevation", -4096, 61439, 0.1, "m", (-4096,), "ABC"),
    *_offsets("OffsetLL-B", (12, 14, 16, 18, 22, 24), 1e-7, "deg"),
    *_offsets("VertOffset-B", (7, 8, 9, 10, 11, 12), 0.1, "m"),
    _E("SemiMajorAxisAccuracy", 0, 255, 0.05, "m", (255,)),
    _E("SemiMinorAxisAccuracy", 0, 255, 0.05, "m", (255,)),
    _E("SemiMajorAxisOrientation", 0, 65535, 360 / 65535, "deg", (65535,), period=65535),
    # Motion
    _E("Speed", 0, 8191, 0.02, "m/s", (8191,), "ABC"),
    _E("Heading", 0, 28800, 0.0125, "deg", (28800,), "AB, code I", period=28800),
    _E("CoarseHeading", 0, 240, 1.5, "deg", (240,), period=240),
    _E("SteeringWheelAngle", -126, 127, 1.5, "deg", (127,), si_unit="rad", si_factor=-_DEG),
    _E("LongitudinalAcceleration", -2000, 2001, 0.01, "m/s2", (2001,)),
    _E("LateralAcceleration", -2000, 2001, 0.01, "m/s2", (2001,), si_factor=-1.0),
    _E("VerticalAcceleration", -127, 127, 0.02, "G", (-127,), si_unit="m/s2", si_factor=-_G),
    _E("YawRate", -32767, 32767, 0.01, "deg/s", (), "AB", "rad/s", -_DEG, 0),
    _E("RadiusOfCurvature", -32767, 32767, 0.1, "m", (32767,), si_factor=-1.0),
    _E("Confidence", 0, 200, 0.005, "1", default=0),
    # Size
    _E("VehicleWidth", 0, 1023, 0.01, "m", (0,)),
    _E("VehicleLength", 0, 4095, 0.01, "m", (0,)),
    _E("VehicleHeight", 0, 127, 0.05, "m", (0,)),
    # Time, as durations; instants are v2x.clock's
    _E("DSecond", 0, 65535, 0.001, "s", range(65535, 59999, -1), "ABC"),
    _E("MinuteOfTheYear", 0, 527040, 1, "min", (527040,), "ABC", "s", 60.0),
    _E("DTimeOffset", -840, 840, 1, "min", (), "AB", "s", 60.0, 0),
    _E("TimeMark", 0, 36001, 0.1, "s", range(36001, 35990, -1)),
    _E("TimeOffset", 1, 65535, 0.01, "s", (65535,)),
    _E("PlanningDuration", 0, 600, 0.1, "s", source="A", default=0),
    # Map and road side
    _E("LaneWidth", 0, 32767, 0.01, "m", source="ABC", default=0),
    _E("Radius", 0, 65535, 0.1, "m", default=0),
    # Day 2
    _E("SizeValue", 0, 1023, 0.1, "m", source="A", default=0),
    _E("Pitch", -7200, 7200, 0.0125, "deg", (), "A", "rad", _DEG, 0),
    _E("Roll", -7200, 7200, 0.0125, "deg", (), "A", "rad", _DEG, 0),
    _E("Yaw", -14400, 14400, 0.0125, "deg", (), "A", "rad", _DEG, 0),
    _E("PitchRate", -32767, 32767, 0.01, "deg/s", (), "A", "rad/s", _DEG, 0),
    _E("RollRate", -32767, 32767, 0.01, "deg/s", (), "A", "rad/s", _DEG, 0),
]

ELEMENTS: dict[str, DataElement] = {entry.name: entry for entry in _TABLE}
"""Every element by the name of its ASN.1 type; Acceleration by its two uses, whose signs differ.

DSecond is the place in its minute and MinuteOfTheYear in its year, as durations; the second of a leap
second (DSecond 60000..60999) is none here, :mod:`v2x.clock` knows it.  DTimeOffset ends at -720 and 721 in
T/CSAE 53-2020.  No source gives TimeMark 35991..35999 a meaning as a duration, and 36000 says only "more
than an hour": all are unavailable here.  A straight road's RadiusOfCurvature (32767) is no radius and so
None too.  The signs of pitch, roll and yaw in Day-2 messages are not stated by the sources and kept as on
the wire.
"""


@dataclass(frozen=True, slots=True)
class AccuracyClass:
    """One ENUMERATED accuracy: names with their 95 % bounds, in the enumeration's order from 1 on.

    ``sigmas`` is how many standard deviations the bound is; 0, "unavailable", is ``None``.
    """

    name: str
    unit: str
    bounds: dict[str, float]
    sigmas: float = HALF_WIDTH_95_SIGMAS
    si_factor: float = 1.0

    def sigma(self, code: str | None) -> float | None:
        """Standard deviation in SI units; None for None, "unavailable" and an unknown name."""
        bound = self.bounds.get(code) if code is not None else None
        return None if bound is None else bound * self.si_factor / self.sigmas

    def code(self, sigma: float | None) -> str:
        """The tightest class that still holds the standard deviation; "unavailable" where none does."""
        if sigma is None or not sigma >= 0:
            return "unavailable"
        bound = sigma * self.sigmas / self.si_factor * (1 - 1e-9)  # its own class holds a class's bound
        holding = [(value, name) for name, value in self.bounds.items() if value >= bound]
        return min(holding)[1] if holding else "unavailable"


def _decimal(code: str) -> float:
    """The number that a name such as ``time-000-000-5`` spells: its dashes are one decimal point."""
    whole, *digits = code.split("-")[1:]
    return float(f"{whole}.{''.join(digits)}")


def _ladder(prefix: str, text: str) -> dict[str, float]:
    return {f"{prefix}-{rung}": _decimal(f"{prefix}-{rung}") for rung in text.split()}


_METRES = (
    "500-00 200-00 100-00 050-00 020-00 010-00 005-00 002-00 001-00 000-50 000-20 000-10 000-05 000-02 000-01"
)
_SECONDS = (
    "100-000 050-000 020-000 010-000 002-000 001-000 000-500 000-200 000-100 000-050 000-020 000-010 "
    "000-005 000-002 000-001 000-000-5 000-000-2 000-000-1 000-000-05 000-000-02 000-000-01 000-000-005 "
    "000-000-002 000-000-001 000-000-000-5 000-000-000-2 000-000-000-1 000-000-000-05 000-000-000-02 "
    "000-000-000-01 000-000-000-005 000-000-000-002 000-000-000-001 000-000-000-000-5 000-000-000-000-2 "
    "000-000-000-000-1 000-000-000-000-05 000-000-000-000-02 000-000-000-000-01"
)
_RATES = {
    "prec100deg": 100.0, "prec10deg": 10.0, "prec5deg": 5.0, "prec1deg": 1.0,
    "prec0-1deg": 0.1, "prec0-05deg": 0.05, "prec0-01deg": 0.01,
}  # fmt: skip

POSITION_CONFIDENCE = AccuracyClass(
    "PositionConfidence",
    "m",
    {
        "a500m": 500.0, "a200m": 200.0, "a100m": 100.0, "a50m": 50.0, "a20m": 20.0, "a10m": 10.0, "a5m": 5.0,
        "a2m": 2.0, "a1m": 1.0, "a50cm": 0.5, "a20cm": 0.2, "a10cm": 0.1, "a5cm": 0.05, "a2cm": 0.02,
        "a1cm": 0.01,
    },
    RADIUS_95_SIGMAS,
)  # fmt: skip
ELEVATION_CONFIDENCE = AccuracyClass("ElevationConfidence", "m", _ladder("elev", _METRES))
SPEED_CONFIDENCE = AccuracyClass(
    "SpeedConfidence",
    "m/s",
    {
        "prec100ms": 100.0, "prec10ms": 10.0, "prec5ms": 5.0, "prec1ms": 1.0,
        "prec0-1ms": 0.1, "prec0-05ms": 0.05, "prec0-01ms": 0.01,
    },
)  # fmt: skip
HEADING_CONFIDENCE = AccuracyClass(
    "HeadingConfidence",
    "deg",
    {
        "prec10deg": 10.0, "prec05deg": 5.0, "prec01deg": 1.0, "prec0-1deg": 0.1,
        "prec0-05deg": 0.05, "prec0-01deg": 0.01, "prec0-0125deg": 0.0125,
    },
    si_factor=_DEG,
)  # fmt: skip
STEERING_CONFIDENCE = AccuracyClass(
    "SteeringWheelAngleConfidence",
    "deg",
    {"prec2deg": 2.0, "prec1deg": 1.0, "prec0-02deg": 0.02},
    si_factor=_DEG,
)
TIME_CONFIDENCE = AccuracyClass("TimeConfidence", "s", _ladder("time", _SECONDS))
SIZE_VALUE_CONFIDENCE = AccuracyClass("SizeValueConfidence", "m", _ladder("size", _METRES[14:]))
ACC_CONFIDENCE = AccuracyClass("AccConfidence", "m/s2", _RATES)
ANGULAR_V_CONFIDENCE = AccuracyClass("AngularVConfidence", "deg/s", _RATES, si_factor=_DEG)
