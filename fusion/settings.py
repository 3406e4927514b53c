"""Settings of the fusion: every number that no standard gives, named, with its unit and its reason.

Standard deviations are one sigma per axis.  The defaults are ours (engineering values), except where a
docstring names a source.  Nothing here is read from a standard's clause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from v2x.objects import Source

__all__ = ["SourceNoise", "TrackerSettings", "WorldSettings"]


def _check_numbers(settings: object) -> None:
    """Raise ValueError on a setting that is not finite or is negative: misuse, not data."""
    for entry in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, entry.name)
        if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{type(settings).__name__}.{entry.name}: {value!r} is not a number >= 0")


@dataclass(frozen=True, slots=True)
class SourceNoise:
    """What is assumed of one source where it does not say, and the least that is believed of what it says.

    ``position_m``, ``speed_mps``, ``yaw_rad`` stand in for an absent sigma; the ``_floor_`` values bound a
    stated one from below.  ``common_mode_m`` is the part of the position error that does not average out
    (GNSS, survey of the road-side unit): it counts in a source's weight and is never filtered away.
    ``clock_sigma_s`` times the speed is the place error of a wrong time stamp.  ``belief`` is what one
    observation adds to the existence probability.  ``identity_silence_s``: an id that was heard within
    this time is alive, and another id of the same source is another object.
    """

    position_m: float
    position_floor_m: float
    common_mode_m: float
    speed_mps: float
    speed_floor_mps: float
    yaw_rad: float
    yaw_floor_rad: float
    clock_sigma_s: float
    belief: float
    identity_silence_s: float

    def __post_init__(self) -> None:
        _check_numbers(self)
        if self.position_floor_m == 0 or self.speed_floor_mps == 0 or self.yaw_floor_rad == 0:
            raise ValueError("SourceNoise: a floor of 0 makes the filter singular")
        if self.belief >= 1:
            raise ValueError(f"SourceNoise.belief: {self.belief!r} is no probability below 1")


def _default_noise() -> dict[Source, SourceNoise]:
    """BSM: 0.35 m and a common 0.5 m together are 1.5 m at 95 %, which C-NCAP asks of a vehicle's GNSS."""
    return {
        Source.SENSOR: SourceNoise(0.3, 0.15, 0.1, 0.5, 0.2, 0.10, 0.03, 0.005, 0.5, 0.05),
        Source.BSM: SourceNoise(0.35, 0.30, 0.5, 0.3, 0.1, 0.05, 0.02, 0.005, 0.6, 0.25),
        Source.RSM: SourceNoise(0.6, 0.30, 0.3, 0.6, 0.2, 0.15, 0.05, 0.03, 0.5, 0.05),
        Source.SSM: SourceNoise(0.6, 0.30, 0.3, 0.6, 0.2, 0.15, 0.05, 0.03, 0.5, 0.05),
        Source.CLOUD: SourceNoise(1.0, 0.50, 0.5, 1.0, 0.3, 0.20, 0.05, 0.05, 0.4, 0.05),
    }


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """How long maps, signals and events are kept, and how many.

    A SPAT is repeated several times a second, so one of ``signal_age_limit_s`` says nothing about the
    light any more.  A map stays true much longer than its sender is heard.
    """

    map_age_limit_s: float = 300.0
    signal_age_limit_s: float = 3.0
    event_silence_s: float = 10.0
    future_tolerance_s: float = 1.0
    """A stated instant may lie this far ahead of ours before it is refused."""
    lane_radius_m: float = 400.0
    """Lanes with no point nearer than this are kept but not shown: beyond the reach of PC5 in a town."""
    max_nodes: int = 64
    """Junctions kept (maps, and signals): a 400 m circle of a dense town holds about 20."""
    max_lanes_per_node: int = 256
    """Eight links of 32 lanes (LaneList of a MAP); a MAP may carry 32 links, a road does not."""
    max_points: int = 64
    """Points of a lane or path: twice the 31 of a PointList, 32 of a PathPointList."""
    max_lanes_shown: int = 512
    """Lanes of an environment, the verified and the nearest first: five times what a token frame takes."""
    max_phases_per_node: int = 16
    """PhaseList of a SPAT."""
    max_events: int = 256
    """Events kept; 32 road-side units with 8 events each."""

    def __post_init__(self) -> None:
        _check_numbers(self)


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """The tracker's numbers; gates are squared Mahalanobis distances with two degrees of freedom each."""

    noise: dict[Source, SourceNoise] = field(default_factory=_default_noise)
    world: WorldSettings = field(default_factory=WorldSettings)

    process_vehicle: float = 3.0
    """Spectral density of the white acceleration, m2/s3: 1 s of unseen driving adds 1.7 m/s."""
    process_vru: float = 0.8
    """The same for people on foot and bicycles."""
    process_yaw: float = 0.1
    """Spectral density of the white yaw rate, rad2/s."""
    unknown_speed_vehicle_mps: float = 10.0
    """Speed sigma of a new track whose first observation has no velocity."""
    unknown_speed_vru_mps: float = 2.0
    latency_growth_mps: float = 0.3
    """Position sigma that each second between measurement and reception adds."""

    gate_position: float = 13.8
    """99.9 % of chi-square with two degrees of freedom."""
    gate_velocity: float = 16.0
    gate_yaw_rad: float = 1.0
    """Moving objects whose headings differ by more are different objects."""
    identity_gate: float = 25.0
    """For an id that already feeds the track, position and velocity each; a jump beyond is a new object."""
    unassigned_price: float = 20.0
    """Cost of leaving an observation without a track, in the units of squared distance + ln(det S)."""
    gate_radius_m: float = 8.0
    """Hard bound of the association distance; without it one uncertain track takes what it likes."""
    gate_speed_slack_mps: float = 0.5
    """Added to the velocity sigma in the gate: sources differ in how they smooth a speed."""

    late_limit_s: float = 1.0
    """An observation that is older than its track by at most this is propagated forward, else dropped."""
    stale_moving_s: float = 1.5
    """Older observations of moving (or maybe moving) objects are dropped."""
    stale_standing_s: float = 5.0
    """The same for objects that stand."""
    standing_mps: float = 0.5
    future_tolerance_s: float = 0.2
    """A measurement may lie this far ahead of the step: clocks differ."""
    clock_back_s: float = 1.0
    """If the step's instant falls back by more, the clock was set: everything is forgotten."""
    ego_age_limit_s: float = 1.0
    """An older ego state makes the step impossible."""

    confirm_window_s: float = 0.7
    """Three observations within it confirm a track; a verified self-report needs one."""
    tentative_timeout_s: float = 0.6
    track_timeout_s: float = 1.5
    existence_floor: float = 0.1
    existence_grace_s: float = 0.3
    existence_decay_s: float = 1.0
    """After the grace the existence falls by 1/e in this time without an observation."""
    verified_birth: float = 0.9
    """Existence of a track born from one verified self-report."""
    live_s: float = 1.0
    """A source, a trust level, an acceleration or an intent counts if it was measured within this time."""
    shadow_unverified: bool = True
    """A claim below VERIFIED never moves a track that a verified source or the own sensor keeps alive."""

    merge_steps: int = 4
    """Two tracks of different sources that stay together this many steps are one object."""
    merge_radius_m: float = 2.0
    merge_gate: float = 6.0

    ego_margin_m: float = 0.5
    """Observations whose centre lies in the ego's box widened by this, at ego's velocity, are ego itself."""
    ego_speed_gate_mps: float = 3.0
    ego_yaw_gate_rad: float = 0.5
    ego_growth_mps: float = 0.3
    """What each second of predicting the ego adds to its position sigma."""

    max_tracks: int = 1024
    """A full PC5 channel carries some hundred senders; beyond it the step would outlast its tick."""
    max_observations: int = 2048
    """Per step: a third more than 1000 objects seen by four sources give; a flood is cut, not computed."""
    max_reporters: int = 32
    """Road-side units, sensors and clouds whose unknown objects are matched in one step, each in its own
    round; the best checked first.  More than a few units in reach of PC5 are a forgery or a mistake."""
    position_limit_m: float = 100_000.0
    """Coordinates beyond it are no neighbours in any local frame."""
    sigma_limit_m: float = 20.0
    """An observation that is less sure says nothing about which lane, and is refused."""

    def __post_init__(self) -> None:
        _check_numbers(self)
        missing = {Source.SENSOR, Source.BSM, Source.RSM, Source.SSM, Source.CLOUD} - set(self.noise)
        if missing:
            raise ValueError(f"TrackerSettings.noise: nothing for {', '.join(sorted(missing))}")
