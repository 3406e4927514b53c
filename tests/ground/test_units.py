"""v2x.units: every element's codes, both ways, and the accuracy classes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x import units
from v2x.units import (
    ELEMENTS,
    HEADING_CONFIDENCE,
    POSITION_CONFIDENCE,
    SPEED_CONFIDENCE,
    AccuracyClass,
    DataElement,
)

ASN1 = Path(__file__).resolve().parents[2] / "codecs" / "asn1"
CLASSES = [value for value in vars(units).values() if isinstance(value, AccuracyClass)]
elements = st.sampled_from(list(ELEMENTS.values()))


@settings(deadline=None)
@given(entry=elements, data=st.data())
def test_every_value_comes_back(entry: DataElement, data: st.DataObject) -> None:
    raw = data.draw(st.integers(entry.low, entry.high))
    value = entry.to_si(raw)
    if value is None:
        assert raw in entry.unavailable
    else:
        assert entry.from_si(value) == (raw if entry.period is None else raw % entry.period)


@settings(deadline=None)
@given(entry=elements, value=st.floats(allow_nan=False))
def test_any_number_has_a_code_that_is_a_value(entry: DataElement, value: float) -> None:
    raw = entry.from_si(value)
    assert entry.first <= raw <= entry.last
    assert entry.to_si(raw) is not None


@settings(deadline=None)
@given(entry=elements, value=st.floats(-1e5, 1e5))
def test_rounding_is_to_the_nearest_step(entry: DataElement, value: float) -> None:
    back = entry.to_si(entry.from_si(value))
    assert back is not None
    step = abs(entry.scale)
    ends = (entry.first * entry.scale, entry.last * entry.scale)
    if entry.period is not None:
        turn = entry.period * step
        assert abs((back - value + turn / 2) % turn - turn / 2) <= step * 0.5001
    elif min(ends) <= value <= max(ends):
        assert abs(back - value) <= step * 0.5001
    else:
        assert back in (pytest.approx(ends[0]), pytest.approx(ends[1]))


@pytest.mark.parametrize("entry", ELEMENTS.values(), ids=ELEMENTS)
def test_none_and_nan_are_unavailable(entry: DataElement) -> None:
    for nothing in (None, math.nan):
        if not entry.unavailable and entry.default is None:
            with pytest.raises(ValueError, match="no code for an unavailable"):
                entry.from_si(nothing)
        else:
            raw = entry.from_si(nothing)
            assert entry.low <= raw <= entry.high
            assert entry.to_si(raw) is None or raw == entry.default
    assert entry.to_si(None) is None
    assert entry.to_si(entry.low - 1) is entry.to_si(entry.high + 1) is None


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("Latitude", 399764645, 39.9764645),
        ("Longitude", 1163509503, 116.3509503),
        ("Elevation", -4095, -409.5),
        ("Elevation", 61439, 6143.9),
        ("Speed", 834, 16.68),
        ("Heading", 6161, 77.0125),
        ("LongitudinalAcceleration", 150, 1.5),
        ("LateralAcceleration", 150, -1.5),  # right positive on the wire, left inside
        ("VerticalAcceleration", 50, -9.80665),  # down positive on the wire, up inside
        ("YawRate", 9000, -math.pi / 2),  # clockwise on the wire, counter-clockwise inside
        ("SteeringWheelAngle", 60, -math.pi / 2),
        ("RadiusOfCurvature", 1000, -100.0),
        ("SemiMajorAxisAccuracy", 254, 12.7),
        ("VehicleWidth", 150, 1.5),
        ("VehicleHeight", 30, 1.5),
        ("SizeValue", 15, 1.5),
        ("TimeOffset", 5, 0.05),
        ("Confidence", 200, 1.0),
    ],
)
def test_units_and_signs(name: str, raw: int, value: float) -> None:
    assert ELEMENTS[name].to_si(raw) == pytest.approx(value)
    assert ELEMENTS[name].from_si(value) == raw


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Latitude", 900000001), ("Longitude", 1800000001), ("Elevation", -4096), ("Speed", 8191),
        ("Heading", 28800), ("LongitudinalAcceleration", 2001), ("VerticalAcceleration", -127),
        ("SteeringWheelAngle", 127), ("VehicleLength", 0), ("TimeOffset", 65535), ("VertOffset-B07", -64),
        ("VertOffset-B12", -2048), ("TimeMark", 36001), ("CoarseHeading", 240),
    ],
)  # fmt: skip
def test_unavailable_codes(name: str, code: int) -> None:
    assert ELEMENTS[name].to_si(code) is None
    assert ELEMENTS[name].from_si(None) == code


def test_clamping_never_reaches_an_unavailable_code() -> None:
    assert ELEMENTS["Speed"].from_si(1e9) == 8190
    assert ELEMENTS["LongitudinalAcceleration"].from_si(math.inf) == 2000
    assert ELEMENTS["VerticalAcceleration"].from_si(1e9) == -126
    assert ELEMENTS["Elevation"].from_si(-math.inf) == -4095
    assert ELEMENTS["VehicleLength"].from_si(0.0) == 1
    assert ELEMENTS["Heading"].from_si(359.999) == 0
    assert ELEMENTS["Heading"].from_si(-0.0125) == 28799


def test_ranges_and_names_are_those_of_the_asn1() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ASN1.glob("*.asn")))
    text = re.sub(r"--[^\n]*", "", text)
    ranges = re.findall(r"^\s*([A-Z][\w-]*) ::= INTEGER\s*(?:{[^}]*})?\s*\((-?\d+)\.\.(\d+)\)", text, re.M)
    stated = {name: (int(low), int(high)) for name, low, high in ranges}
    for name, entry in ELEMENTS.items():
        kind = "Acceleration" if name in ("LongitudinalAcceleration", "LateralAcceleration") else name
        assert stated[kind] == (entry.low, entry.high), name
    for entry in CLASSES:
        listed = re.search(rf"^\s*{entry.name} ::= ENUMERATED\s*{{([^}}]*)}}", text, re.M)
        assert listed, entry.name
        assert re.findall(r"([a-z][\w-]*)", listed[1]) == ["unavailable", *entry.bounds], entry.name


@pytest.mark.parametrize("entry", CLASSES, ids=lambda c: c.name)
def test_a_class_holds_its_own_sigma_and_never_less(entry: AccuracyClass) -> None:
    for code, bound in entry.bounds.items():
        sigma = entry.sigma(code)
        assert sigma == pytest.approx(bound * entry.si_factor / entry.sigmas)
        assert entry.code(sigma) == code
        looser = entry.sigma(entry.code(sigma * 1.001))
        assert looser is None or looser > sigma
    assert entry.code(1e9) == entry.code(None) == entry.code(math.nan) == entry.code(-1.0) == "unavailable"
    assert entry.sigma("unavailable") is entry.sigma(None) is entry.sigma("reserved9") is None


def test_the_95_percent_rules() -> None:
    assert POSITION_CONFIDENCE.sigma("a1m") == pytest.approx(1 / 2.4477, rel=1e-4)
    assert SPEED_CONFIDENCE.sigma("prec1ms") == pytest.approx(1 / 1.96, rel=1e-4)
    assert HEADING_CONFIDENCE.sigma("prec01deg") == pytest.approx(math.radians(1 / 1.96), rel=1e-4)
    assert HEADING_CONFIDENCE.code(math.radians(0.0125) / 1.96) == "prec0-0125deg"  # listed last, not finest


def test_ladders_spell_their_numbers() -> None:
    assert units.TIME_CONFIDENCE.bounds["time-000-001"] == 0.001
    assert units.TIME_CONFIDENCE.bounds["time-000-000-001"] == pytest.approx(1e-6)
    assert units.TIME_CONFIDENCE.bounds["time-000-000-000-000-01"] == pytest.approx(1e-11)
    assert units.ELEVATION_CONFIDENCE.bounds["elev-500-00"] == 500.0
    assert units.SIZE_VALUE_CONFIDENCE.bounds["size-000-01"] == 0.01
    assert [len(c.bounds) for c in (units.TIME_CONFIDENCE, POSITION_CONFIDENCE)] == [39, 15]
