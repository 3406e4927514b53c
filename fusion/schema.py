"""The layout of a token frame: every array, every field, with unit, range, scale and fill.

All places and directions are in the ego frame at the frame's instant: x forward, y left, origin at the
ego's centre, angles counter-clockwise.  Arrays hold SI values as they are; ``scale`` is the constant by
which a consumer divides, and nobody else.  Masks are True where a slot is valid (``key_padding_mask`` of
torch is the inverse); valid slots come first, an empty slot holds the fills.

A value that is not known is never a plausible number: an ``optional`` field holds its ``fill``, which lies
outside its range or means "unknown" by definition (0 in a field of -1 no, +1 yes), or a ``..._known`` flag
beside it says so.

Versions: a new field or array is a minor, another order, unit, scale, range or fill a major version,
another wording a patch.  The SHA-256 of the canonical JSON travels in each frame.  Source: our own layout.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.objects import Light, ObjectKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Numbers = NDArray[Any]

__all__ = [
    "NAME",
    "VERSION",
    "ArraySpec",
    "Field",
    "arrays",
    "as_dict",
    "digest",
    "field_index",
    "fills",
    "limits",
    "mask_of",
]

NAME = "v2x-tokens"
VERSION = "1.0.0"

AGENTS = 64
"""Agents of a frame: a junction's traffic within 100 m; more cost attention and add little."""
LANES = 96
"""Map lanes: four arms of a large junction with their connections."""
POINTS = 20
"""Points of a lane: 10 m apart over the window of 200 m."""
SIGNALS = 8
"""Signal phases: two for each arm."""
EVENTS = 8
"""Road events and signs."""
REACH_M = 500.0
"""Nothing farther than this becomes a token; beyond the usual range of PC5."""

LIGHT_ORDER: tuple[Light, ...] = tuple(light for light in Light if light is not Light.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an array: ``low`` <= value <= ``high``, or ``fill`` where it is ``optional``."""

    name: str
    unit: str
    low: float
    high: float
    scale: float
    text: str
    fill: float = 0.0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """One array: ``dtype`` in numpy's spelling, ``shape``; ``fields`` name the last axis (or are empty).

    ``mask`` names the array that says which slots (the first axis) are valid; it is empty for the ego,
    which always is, and for the masks.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    mask: str = ""
    fields: tuple[Field, ...] = ()


def _flag(name: str, text: str) -> Field:
    return Field(name, "1", 0.0, 1.0, 1.0, text)


def _intent(name: str, text: str) -> Field:
    return Field(name, "1", -1.0, 1.0, 1.0, text + ": +1 yes, -1 no, 0 unknown")


def _place(name: str, text: str, reach: float = REACH_M) -> Field:
    return Field(name, "m", -reach, reach, 50.0, text)


_EGO = (
    Field("speed_mps", "m/s", -20.0, 164.0, 15.0, "speed along x, negative in reverse"),
    Field("accel_mps2", "m/s2", -100.0, 100.0, 5.0, "acceleration along x"),
    Field("yaw_rate_radps", "rad/s", -10.0, 10.0, 0.5, "yaw rate, left positive"),
    Field("length_m", "m", 0.0, 60.0, 5.0, "length"),
    Field("width_m", "m", 0.0, 15.0, 2.0, "width"),
    Field("position_sigma_m", "m", 0.0, 100.0, 1.0, "own position sigma, per axis"),
    Field("agents_beyond", "1", 0.0, 4096.0, 64.0, "confirmed tracks that had no slot or were out of reach"),
)

_AGENT = (
    _place("x_m", "centre, forward"),
    _place("y_m", "centre, left"),
    Field("cos_yaw", "1", -1.0, 1.0, 1.0, "direction, cosine"),
    Field("sin_yaw", "1", -1.0, 1.0, 1.0, "direction, sine"),
    Field("vx_mps", "m/s", -200.0, 200.0, 15.0, "velocity over ground along x"),
    Field("vy_mps", "m/s", -200.0, 200.0, 15.0, "velocity over ground along y"),
    Field("accel_mps2", "m/s2", -100.0, 100.0, 5.0, "acceleration along its own direction"),
    _flag("accel_known", "the acceleration was said lately"),
    Field("yaw_rate_radps", "rad/s", -10.0, 10.0, 0.5, "yaw rate, left positive"),
    _flag("yaw_rate_known", "the yaw rate was said lately"),
    Field("length_m", "m", 0.0, 60.0, 5.0, "length, or the usual one of its kind"),
    Field("width_m", "m", 0.0, 15.0, 2.0, "width, or the usual one of its kind"),
    Field("height_m", "m", 0.0, 10.0, 2.0, "height, or the usual one of its kind"),
    _flag("size_known", "length and width were said by a source"),
    Field("sigma_x_m", "m", 0.0, 100.0, 1.0, "position sigma along x"),
    Field("sigma_y_m", "m", 0.0, 100.0, 1.0, "position sigma along y"),
    Field("rho_xy", "1", -1.0, 1.0, 1.0, "correlation of the position error"),
    Field("sigma_v_mps", "m/s", 0.0, 100.0, 1.0, "root mean velocity variance per axis"),
    Field("sigma_yaw_rad", "rad", 0.0, 3.2, 0.5, "direction sigma; 1.81 where nothing is known"),
    Field("age_s", "s", 0.0, 60.0, 0.5, "since the newest measurement"),
    Field("latency_s", "s", 0.0, 60.0, 0.5, "from measurement to reception of the newest report"),
    Field("existence", "1", 0.0, 1.0, 1.0, "probability that it exists"),
    Field("hits", "1", 0.0, 1e6, 10.0, "observations taken"),
    *(_flag(f"kind_{kind}", f"kind is {kind}") for kind in ObjectKind),
    _flag("source_sensor", "measured by the own sensor lately"),
    _flag("source_bsm", "reports itself (BSM)"),
    _flag("source_rsm", "seen by a road-side unit (RSM)"),
    _flag("source_ssm", "seen in shared sensor data (SSM)"),
    _flag("source_cloud", "reported by the cloud"),
    _flag("only_v2x", "not seen by the own sensor: hidden, or out of its range"),
    _flag("verified", "a verified signature stands behind it now"),
    _intent("braking", "brakes"),
    _intent("turn_left", "indicates left"),
    _intent("turn_right", "indicates right"),
    Field("conflict_s", "s", 0.0, 30.0, 5.0,
          "until the ego reaches the area that both sweep at the same time", -1.0, True),
)  # fmt: skip

_MAP_POINT = (
    _place("x_m", "centre line, forward"),
    _place("y_m", "centre line, left"),
    Field("cos_yaw", "1", -1.0, 1.0, 1.0, "driving direction, cosine"),
    Field("sin_yaw", "1", -1.0, 1.0, 1.0, "driving direction, sine"),
    Field("curvature_per_m", "1/m", -10.0, 10.0, 0.05, "left positive"),
    Field("from_start_m", "m", 0.0, 10000.0, 50.0, "along the lane from its start"),
    Field("to_end_m", "m", 0.0, 10000.0, 50.0, "along the lane to its end, the stop line"),
)

_MAP_ATTRIBUTE = (
    Field("speed_limit_mps", "m/s", 0.0, 200.0, 15.0, "speed limit", -1.0, True),
    Field("width_m", "m", 0.0, 60.0, 3.5, "lane width", -1.0, True),
    Field(
        "signal_slot", "1", 0.0, SIGNALS - 1.0, 1.0, "slot of the first signal that governs it", -1.0, True
    ),
    Field("age_s", "s", 0.0, 3600.0, 60.0, "since the map was received"),
    _flag("verified", "the map was verified"),
    _flag("leads_straight", "a connection leads straight on"),
    _flag("leads_left", "a connection leads left"),
    _flag("leads_right", "a connection leads right"),
    _flag("leads_uturn", "a connection turns back"),
)

_SIGNAL = (
    _place("x_m", "end of the governed lane nearest to the ego: its stop line, forward"),
    _place("y_m", "the same, left"),
    Field("cos_yaw", "1", -1.0, 1.0, 1.0, "driving direction there, cosine"),
    Field("sin_yaw", "1", -1.0, 1.0, 1.0, "driving direction there, sine"),
    _flag("place_known", "a map says which lanes it governs"),
    *(_flag(f"light_{light.replace('-', '_')}", f"shows {light}; none set: unavailable")
      for light in LIGHT_ORDER),
    Field("min_end_s", "s", 0.0, 3600.0, 10.0, "earliest change", -1.0, True),
    Field("likely_end_s", "s", 0.0, 3600.0, 10.0, "likely change", -1.0, True),
    Field("max_end_s", "s", 0.0, 3600.0, 10.0, "latest change", -1.0, True),
    Field("confidence", "1", 0.0, 1.0, 1.0, "as the signal states it", -1.0, True),
    Field("age_s", "s", 0.0, 60.0, 1.0, "since the state was stated"),
    _flag("verified", "the statement was verified"),
    _flag("for_ego", "the ego drives on a lane that it governs"),
)  # fmt: skip

_EVENT = (
    _place("x_m", "place, forward", 100000.0),
    _place("y_m", "place, left", 100000.0),
    _flag("place_known", "the event says where it is"),
    Field("radius_m", "m", 0.0, 100000.0, 50.0, "radius of effect", -1.0, True),
    _place("path_x_low_m", "box of the reference path", 100000.0),
    _place("path_y_low_m", "box of the reference path", 100000.0),
    _place("path_x_high_m", "box of the reference path", 100000.0),
    _place("path_y_high_m", "box of the reference path", 100000.0),
    _flag("path_known", "the event has a reference path"),
    _flag("is_sign", "a traffic sign, not an event"),
    Field("priority", "1", 0.0, 255.0, 7.0, "priority as sent", -1.0, True),
    Field("ends_in_s", "s", 0.0, 1e9, 3600.0, "until it ends", -1.0, True),
    Field("age_s", "s", 0.0, 3600.0, 10.0, "since it was last heard"),
    _flag("from_cloud", "came from the cloud"),
    _flag("verified", "was verified"),
)


@cache
def arrays() -> tuple[ArraySpec, ...]:
    """All arrays of a frame, in the order of the schema."""
    code = Field("type_code", "1", 0.0, 2.0**31, 1.0, "type as sent; a name, not a magnitude", -1.0)
    name = Field("track_id", "1", 0.0, 2.0**62, 1.0, "stable name of the track, no feature", -1.0)
    return (
        ArraySpec("ego", "<f4", (len(_EGO),), "", _EGO),
        ArraySpec("agents", "<f4", (AGENTS, len(_AGENT)), "agents_mask", _AGENT),
        ArraySpec("agents_mask", "|b1", (AGENTS,)),
        ArraySpec("agents_id", "<i8", (AGENTS,), "agents_mask", (name,)),
        ArraySpec("map", "<f4", (LANES, POINTS, len(_MAP_POINT)), "map_mask", _MAP_POINT),
        ArraySpec("map_attributes", "<f4", (LANES, len(_MAP_ATTRIBUTE)), "map_mask", _MAP_ATTRIBUTE),
        ArraySpec("map_mask", "|b1", (LANES,)),
        ArraySpec("signals", "<f4", (SIGNALS, len(_SIGNAL)), "signals_mask", _SIGNAL),
        ArraySpec("signals_mask", "|b1", (SIGNALS,)),
        ArraySpec("events", "<f4", (EVENTS, len(_EVENT)), "events_mask", _EVENT),
        ArraySpec("events_type", "<i8", (EVENTS,), "events_mask", (code,)),
        ArraySpec("events_mask", "|b1", (EVENTS,)),
    )


@cache
def limits(name: str) -> tuple[_Numbers, _Numbers, _Numbers, NDArray[np.bool_]]:
    """Low, high, fill and optional of the fields of one array, each (fields,), in the array's dtype."""
    spec = _by_name()[name]
    low, high, fill = (
        np.array([getattr(f, what) for f in spec.fields]).astype(spec.dtype)
        for what in ("low", "high", "fill")
    )
    return low, high, fill, np.array([f.optional for f in spec.fields])


def fills(name: str) -> _Numbers:
    """What an empty slot of one array holds, (fields,)."""
    return limits(name)[2]


def mask_of(name: str) -> str:
    """The mask of one array; empty for the ego."""
    return _by_name()[name].mask


@cache
def field_index(array: str) -> dict[str, int]:
    """Column number by field name of one array; raises KeyError for an unknown array."""
    return {f.name: i for i, f in enumerate(_by_name()[array].fields)}


@cache
def _by_name() -> dict[str, ArraySpec]:
    return {spec.name: spec for spec in arrays()}


def as_dict() -> dict[str, Any]:
    """The schema as plain values, as ``v2x tokens schema --json`` prints it."""
    return {
        "name": NAME,
        "version": VERSION,
        "frame": "ego at the frame's instant: x forward, y left, origin at the centre; SI units",
        "mask": "True is valid; valid slots come first",
        "arrays": [
            {
                "name": spec.name,
                "dtype": spec.dtype,
                "shape": list(spec.shape),
                "mask": spec.mask,
                "fields": [
                    {
                        "name": f.name,
                        "unit": f.unit,
                        "low": f.low,
                        "high": f.high,
                        "scale": f.scale,
                        "fill": f.fill,
                        "optional": f.optional,
                        "text": f.text,
                    }
                    for f in spec.fields
                ],
            }
            for spec in arrays()
        ],
    }


@cache
def digest() -> str:
    """SHA-256, lower-case hex, of the schema's canonical JSON (sorted keys, no spaces, ASCII)."""
    text = json.dumps(as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
