"""The SI objects that the rooms share: who said what, where, when, and how sure.

Units stand last in a name.  Instants are POSIX seconds of UTC and end in ``_at``; ages are ``_s``.
Positions are east, north, up metres in one :class:`v2x.geo.LocalFrame` per station.  ``yaw_rad`` is
counter-clockwise from east, in (-pi, pi].  ``None`` says that a value is unavailable; there are no
magic numbers.  Standard deviations are one sigma.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from v2x.geo import LocalFrame

__all__ = [
    "Connection",
    "CriticalFlag",
    "EgoState",
    "Environment",
    "Lane",
    "LaneView",
    "Light",
    "MapUpdate",
    "ObjectKind",
    "Observation",
    "Observed",
    "PhaseState",
    "Provenance",
    "RoadEvent",
    "SignalUpdate",
    "SignalView",
    "Source",
    "TokenFrame",
    "Track",
    "Trust",
]


class Source(StrEnum):
    """Through which door a claim came in."""

    SENSOR = "sensor"  # the vehicle's own radar, lidar, camera
    BSM = "bsm"
    RSM = "rsm"
    SSM = "ssm"
    MAP = "map"
    SPAT = "spat"
    RSI = "rsi"
    CLOUD = "cloud"


class Trust(IntEnum):
    """How far a claim's origin was checked; a higher value is better checked."""

    UNSIGNED = 0
    UNCHECKED = 1  # signed, but shed before its signature was checked
    VERIFIED = 2
    OWN = 3  # measured by this vehicle


class ObjectKind(StrEnum):
    """What a road user is, as far as its source says."""

    UNKNOWN = "unknown"
    CAR = "car"
    TRUCK = "truck"
    BUS = "bus"
    MOTORCYCLE = "motorcycle"
    BICYCLE = "bicycle"
    PEDESTRIAN = "pedestrian"
    EMERGENCY = "emergency"


class Light(StrEnum):
    """Signal state, the LightState of SPAT (YD/T 3709-2020) by its own names."""

    UNAVAILABLE = "unavailable"
    DARK = "dark"
    FLASHING_RED = "flashing-red"
    RED = "red"
    FLASHING_GREEN = "flashing-green"
    PERMISSIVE_GREEN = "permissive-green"
    PROTECTED_GREEN = "protected-green"
    YELLOW = "yellow"
    FLASHING_YELLOW = "flashing-yellow"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a claim comes from; it goes along into observation, track and token.

    ``signer`` is the HashedId8 of the certificate in lower-case hex, ``None`` for unsigned and own data.
    """

    source: Source
    trust: Trust
    signer: str | None
    received_at: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One claim about one road user at one instant, in SI units and the station's local frame.

    ``object_id`` is stable within its source (``bsm:<id hex>``, ``rsm:<unit hex>/<ptcId>``,
    ``sensor:<n>``).  ``position_sigma_m`` is per axis.  ``east_m``/``north_m`` are the object's centre.
    """

    provenance: Provenance
    object_id: str
    measured_at: float
    east_m: float
    north_m: float
    up_m: float | None = None
    speed_mps: float | None = None
    yaw_rad: float | None = None
    accel_mps2: float | None = None
    yaw_rate_radps: float | None = None
    position_sigma_m: float | None = None
    speed_sigma_mps: float | None = None
    yaw_sigma_rad: float | None = None
    length_m: float | None = None
    width_m: float | None = None
    height_m: float | None = None
    kind: ObjectKind = ObjectKind.UNKNOWN
    self_reported: bool = False
    braking: bool | None = None
    turn_left: bool | None = None
    turn_right: bool | None = None
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a lane leads: the remote node, the signal phase that governs it, and the manoeuvre."""

    remote_node: tuple[int, int]
    remote_lane: int | None
    phase_id: int | None
    manoeuvres: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of a directed link towards its node.

    ``points_m`` has shape (n, 2), n >= 2: east, north of the centre line in driving direction.
    """

    node: tuple[int, int]
    upstream_node: tuple[int, int]
    lane_id: int
    points_m: NDArray[np.float64]
    width_m: float | None
    speed_limit_mps: float | None
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class MapUpdate:
    """One junction of a MAP; ``node`` is (region, id); the node's place is in the local frame."""

    provenance: Provenance
    node: tuple[int, int]
    revision: int
    east_m: float
    north_m: float
    lanes: tuple[Lane, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseState:
    """One signal phase: the light that shows now and the instants at which it may change.

    ``next_light`` is what follows if the message says so.  Instants are ``None`` where unknown.
    """

    phase_id: int
    light: Light
    likely_end_at: float | None
    min_end_at: float | None = None
    max_end_at: float | None = None
    next_light: Light | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class SignalUpdate:
    """The signal states of one junction as a SPAT states them."""

    provenance: Provenance
    node: tuple[int, int]
    stated_at: float
    phases: tuple[PhaseState, ...]


@dataclass(frozen=True, slots=True)
class RoadEvent:
    """A traffic event or sign of an RSI; ``path_m`` is the reference path, shape (n, 2), or ``None``."""

    provenance: Provenance
    event_id: str
    type_code: int
    is_sign: bool
    priority: int | None
    east_m: float | None
    north_m: float | None
    radius_m: float | None
    path_m: NDArray[np.float64] | None = None
    path_radius_m: float | None = None
    description: str | None = None
    starts_at: float | None = None
    ends_at: float | None = None


Observed = Observation | MapUpdate | SignalUpdate | RoadEvent
"""What one message, sensor sweep or cloud document claims."""


class CriticalFlag(StrEnum):
    """What makes this vehicle's own state a critical event (GB/T 45315-2025)."""

    HAZARD_LIGHTS = "hazard-lights"
    ABS = "abs"
    TRACTION_CONTROL = "traction-control"
    STABILITY_CONTROL = "stability-control"
    HARD_BRAKING = "hard-braking"
    FLAT_TYRE = "flat-tyre"
    DISABLED_VEHICLE = "disabled-vehicle"
    AIR_BAG = "air-bag"


@dataclass(frozen=True, slots=True)
class EgoState:
    """This vehicle's own state at ``at``, in the local frame; ``flags`` are the critical ones it reports."""

    at: float
    east_m: float
    north_m: float
    yaw_rad: float
    speed_mps: float
    accel_mps2: float = 0.0
    yaw_rate_radps: float = 0.0
    position_sigma_m: float = 0.5
    length_m: float = 4.6
    width_m: float = 1.9
    flags: frozenset[CriticalFlag] = frozenset()


@dataclass(frozen=True, slots=True)
class Track:
    """A fused belief about one road user at the environment's instant.

    ``covariance`` has shape (4, 4), order east, north, v_east, v_north, units m and m/s.
    ``object_ids`` are the ids that its sources use; ``hits`` counts the observations taken.  ``unknown``
    names the fields that no source has said (lately): they hold a default, not a belief.
    """

    track_id: int
    east_m: float
    north_m: float
    v_east_mps: float
    v_north_mps: float
    covariance: NDArray[np.float64]
    yaw_rad: float
    yaw_sigma_rad: float
    speed_mps: float
    accel_mps2: float
    yaw_rate_radps: float
    length_m: float
    width_m: float
    height_m: float
    kind: ObjectKind
    existence: float
    confirmed: bool
    hits: int
    measured_at: float
    latency_s: float
    sources: frozenset[Source]
    trust: Trust
    signer: str | None
    object_ids: frozenset[str]
    braking: bool | None = None
    turn_left: bool | None = None
    turn_right: bool | None = None
    events: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane of the environment with the provenance and age of the map that gave it."""

    lane: Lane
    provenance: Provenance
    age_s: float


@dataclass(frozen=True, slots=True)
class SignalView:
    """One phase at the environment's instant: the lanes it governs by index into ``Environment.lanes``."""

    node: tuple[int, int]
    phase: PhaseState
    lane_indices: tuple[int, ...]
    provenance: Provenance
    age_s: float


@dataclass(frozen=True, slots=True)
class Environment:
    """A snapshot at instant ``at``: what the station believes, frozen."""

    at: float
    frame: LocalFrame
    ego: EgoState
    tracks: tuple[Track, ...]
    lanes: tuple[LaneView, ...]
    signals: tuple[SignalView, ...]
    events: tuple[RoadEvent, ...]


@dataclass(frozen=True, slots=True)
class TokenFrame:
    """Model input at instant ``at``: named arrays with their masks (``<name>_mask``, True is valid).

    Shapes, units, scales and fill values are those of the schema ``schema_name`` ``schema_version``,
    whose SHA-256 travels along; :func:`v2x.fusion.tokens.validate` checks a frame against it.
    """

    at: float
    schema_name: str
    schema_version: str
    schema_sha256: str
    arrays: dict[str, NDArray[np.generic]] = field(repr=False)
