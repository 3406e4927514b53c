"""From an environment to a token frame: fixed arrays, ordered by relevance, deterministic to the byte.

Agents are the confirmed tracks within reach, most relevant first:

    relevance = distance at the closest approach within 5 s + 2 m/s * its time + distance / 20

rounded to millimetres, ties by track id.  Layout, units, ranges and fills: :mod:`v2x.fusion.schema`.
Arrays hold SI values; normalising is the consumer's, with the schema's scales.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from v2x.fusion import schema as layout
from v2x.fusion.conflict import path_conflicts, stacked_covariance
from v2x.fusion.intake import SOURCES
from v2x.fusion.token_io import frame_digest, load_npz, save_npz, validate
from v2x.fusion.token_map import (
    MAP_REACH_M,
    EgoFrame,
    Lanes,
    nearest_first,
    pack_events,
    pack_map,
    pack_signals,
)
from v2x.objects import ObjectKind, Source, TokenFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.objects import EgoState, Environment, Track

    Floats = NDArray[np.float64]

__all__ = ["frame_digest", "load_npz", "save_npz", "schema", "tokenize", "validate"]

HORIZON_S = 5.0
"""How far ahead the closest approach is looked for."""
CONFLICT_MARGIN_S = 0.3
"""The path conflict of a token uses the margin of the crossing warning, plus one sigma."""
CONFLICT_LIMIT_S = 30.0

_PLACE = attrgetter("east_m", "north_m", "v_east_mps", "v_north_mps", "track_id")
_NUMBERS = attrgetter(
    "yaw_rad", "accel_mps2", "yaw_rate_radps", "length_m", "width_m", "height_m", "yaw_sigma_rad",
    "measured_at", "latency_s", "existence", "hits", "braking", "turn_left", "turn_right",
)  # fmt: skip
_AGENT = layout.field_index("agents")
_KIND = {kind: _AGENT[f"kind_{kind}"] for kind in ObjectKind}
_SOURCE = {source: _AGENT[f"source_{source}"] for source in SOURCES}
_SIGNAL_SLOT = layout.field_index("map_attributes")["signal_slot"]


def schema() -> dict[str, Any]:
    """The layout as plain values: name, version, arrays with their fields."""
    return layout.as_dict()


def _blank() -> dict[str, NDArray[Any]]:
    """Every array with its fills, every mask False."""
    out: dict[str, NDArray[Any]] = {}
    for spec in layout.arrays():
        array: NDArray[Any] = np.zeros(spec.shape, dtype=spec.dtype)
        if spec.fields:
            array[...] = layout.fills(spec.name)
        out[spec.name] = array
    return out


def tokenize(environment: Environment) -> TokenFrame:
    """The token frame of ``environment``; an empty one still holds a valid ego."""
    out = _blank()
    frame = EgoFrame(environment.ego)
    count, beyond = _pack_agents(environment, frame, out)
    out["agents_mask"][:count] = True
    _pack_ego(environment.ego, beyond, out["ego"])
    lanes = Lanes.of(environment.lanes, frame) if environment.lanes else None
    count, slots = pack_signals(environment, lanes, out["signals"])
    out["signals_mask"][:count] = True
    if lanes is not None:
        chosen = nearest_first(lanes.distance, MAP_REACH_M, layout.LANES)
        pack_map(environment.lanes, lanes, chosen, out["map"], out["map_attributes"])
        out["map_attributes"][: chosen.size, _SIGNAL_SLOT] = [slots.get(i, -1) for i in chosen.tolist()]
        out["map_mask"][: chosen.size] = True
    count = pack_events(environment, frame, out["events"], out["events_type"])
    out["events_mask"][:count] = True
    for spec in layout.arrays():
        if spec.dtype == "<f4":
            _fit(out, spec.name)
    return TokenFrame(environment.at, layout.NAME, layout.VERSION, layout.digest(), out)


def _fit(out: dict[str, NDArray[Any]], name: str) -> None:
    """The valid slots into their ranges; what lies below the range of an optional field is unknown."""
    low, high, fill, optional = _bounds(name)
    mask = layout.mask_of(name)
    used = int(np.count_nonzero(out[mask])) if mask else len(out[name])
    array = out[name][:used]
    unknown = optional[:used] & (array < low[:used]) if optional.size else None
    np.maximum(array, low[:used], out=array)
    np.minimum(array, high[:used], out=array)
    if unknown is not None:
        np.copyto(array, fill[:used], where=unknown)


@cache
def _bounds(name: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Low, high, fill and optional in the array's full shape (a broadcast costs ten times as much).

    ``optional`` is empty where no field is.
    """
    shape = next(spec.shape for spec in layout.arrays() if spec.name == name)
    low, high, fill, optional = layout.limits(name)
    full = [np.ascontiguousarray(np.broadcast_to(row, shape)) for row in (low, high, fill)]
    marks = (
        np.ascontiguousarray(np.broadcast_to(optional, shape)) if optional.any() else np.empty(0, dtype=bool)
    )
    return full[0], full[1], full[2], marks


def _pack_ego(ego: EgoState, beyond: int, out: NDArray[np.float32]) -> None:
    out[:] = (
        ego.speed_mps,
        ego.accel_mps2,
        ego.yaw_rate_radps,
        ego.length_m,
        ego.width_m,
        ego.position_sigma_m,
        beyond,
    )


def _pack_agents(environment: Environment, frame: EgoFrame, out: dict[str, NDArray[Any]]) -> tuple[int, int]:
    """Fill ``agents`` and ``agents_id``; returns how many slots, and how many confirmed tracks had none."""
    confirmed = [t for t in environment.tracks if t.confirmed]
    if not confirmed:
        return 0, 0
    ego = environment.ego
    value = np.array([_PLACE(t) for t in confirmed], dtype=np.float64)
    place = frame.place(value[:, 0], value[:, 1])
    velocity = (value[:, 2] + 1j * value[:, 3]) * frame.turn
    relative = velocity - ego.speed_mps
    closing = -(place * relative.conj()).real
    closest_s = np.clip(closing / np.maximum(np.square(np.abs(relative)), 1e-6), 0.0, HORIZON_S)
    relevance = np.abs(place + closest_s * relative) + 2.0 * closest_s + np.abs(place) / 20.0
    order = np.lexsort((value[:, 4], np.round(relevance, 3)))
    reach = np.maximum(np.abs(place.real), np.abs(place.imag))
    order = order[reach[order] <= layout.REACH_M][: layout.AGENTS]
    tracks = [confirmed[i] for i in order.tolist()]
    count = len(tracks)
    if count:
        rows = out["agents"][:count]
        for names, column in ((("x_m", "y_m"), place), (("vx_mps", "vy_mps"), velocity)):
            rows[:, _AGENT[names[0]]], rows[:, _AGENT[names[1]]] = column[order].real, column[order].imag
        _pack_state(environment, tracks, frame, rows)
        _pack_origin(tracks, rows)
        rows[:, _AGENT["conflict_s"]] = _conflict_s(ego, tracks)
        out["agents_id"][:count, ...] = [t.track_id for t in tracks]
    return count, len(confirmed) - count


def _pack_state(
    environment: Environment, tracks: Sequence[Track], frame: EgoFrame, rows: NDArray[np.float32]
) -> None:
    """What is a number: direction, motion, size, uncertainty, ages, intents."""
    value = np.array([_NUMBERS(t) for t in tracks], dtype=np.float64)
    yaw = value[:, 0] - environment.ego.yaw_rad
    cov = stacked_covariance(tracks)
    cos, sin = frame.turn.real, frame.turn.imag
    turn = np.array([[cos, -sin], [sin, cos]])
    place = turn @ cov[:, :2, :2] @ turn.T
    sigma_x, sigma_y = np.sqrt(np.maximum(place[:, 0, 0], 0.0)), np.sqrt(np.maximum(place[:, 1, 1], 0.0))
    put = {
        "cos_yaw": np.cos(yaw),
        "sin_yaw": np.sin(yaw),
        "accel_mps2": value[:, 1],
        "accel_known": ["accel_mps2" not in t.unknown for t in tracks],
        "yaw_rate_radps": value[:, 2],
        "yaw_rate_known": ["yaw_rate_radps" not in t.unknown for t in tracks],
        "length_m": value[:, 3],
        "width_m": value[:, 4],
        "height_m": value[:, 5],
        "size_known": ["length_m" not in t.unknown and "width_m" not in t.unknown for t in tracks],
        "sigma_x_m": sigma_x,
        "sigma_y_m": sigma_y,
        "rho_xy": place[:, 0, 1] / np.maximum(sigma_x * sigma_y, 1e-12),
        "sigma_v_mps": np.sqrt(np.maximum((cov[:, 2, 2] + cov[:, 3, 3]) / 2.0, 0.0)),
        "sigma_yaw_rad": value[:, 6],
        "age_s": environment.at - value[:, 7],
        "latency_s": value[:, 8],
        "existence": value[:, 9],
        "hits": value[:, 10],
    }
    for number, name in enumerate(("braking", "turn_left", "turn_right"), start=11):
        put[name] = np.where(np.isnan(value[:, number]), 0.0, 2.0 * value[:, number] - 1.0)
    for name, column in put.items():
        rows[:, _AGENT[name]] = column


def _pack_origin(tracks: Sequence[Track], rows: NDArray[np.float32]) -> None:
    """Kind, source bits, whether only V2X knows it, whether a verified signature stands behind it."""
    rows[np.arange(len(tracks)), [_KIND[t.kind] for t in tracks]] = 1.0
    slots = [slot for slot, t in enumerate(tracks) for _ in t.sources]
    rows[slots, [_SOURCE[source] for t in tracks for source in t.sources]] = 1.0
    rows[:, _AGENT["only_v2x"]] = [Source.SENSOR not in t.sources for t in tracks]
    rows[:, _AGENT["verified"]] = [t.signer is not None for t in tracks]


def _conflict_s(ego: EgoState, tracks: Sequence[Track]) -> Floats:
    conflicts = path_conflicts(ego, tracks)
    together = conflicts.collide(CONFLICT_MARGIN_S, 1.0) & (conflicts.ego_in_s <= CONFLICT_LIMIT_S)
    seconds: Floats = np.where(together, np.maximum(conflicts.ego_in_s, 0.0), -1.0)
    return seconds
