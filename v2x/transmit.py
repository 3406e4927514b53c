"""What this node says of itself: its ego state as a signed BSM.

    EgoState ─► Identity ─► compose_bsm ─► encode ─► Signer.seal ─► DsmpFrame.render ─► Outgoing

The mirror of the receiver's way, in the same modules.  By the vehicle profile of GB/T 45315-2025:

    period     100 ms, or what the congestion rule says; a critical event at once, then every 100 ms
    AID        111, in a critical event 112; of an emergency vehicle 113, 114; priority and destination
               layer-2 id with it (:mod:`v2x.codecs.aids`)
    MsgCnt     from the identity's random start, modulo 128
    DSecond    that of the ego state, at most 150 ms from the generation time

    congestion     CBR      0 - 5   5 - 10   10 - 25   > 25 km/h      (IMT-2020 C-V2X, one source)
                  <= 0.6     100      100       100      100 ms
                  <= 0.8    1000      500       200      100 ms
                  <= 1      1000      500       400      100 ms       an interval holds for ten messages

The upper bounds of both belong to their class: assumed.  Nothing here awaits or asks a clock; the station
does both.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs.pseudonym import FIXED, PseudonymPool
from v2x.codecs import aids, encode
from v2x.codecs.compose import TRAIL_LIMIT, TrailPoint, VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError
from v2x.identity import COUNTS, Identity, IdentityChange
from v2x.objects import CriticalFlag, ObjectKind

if TYPE_CHECKING:
    import random

    from v2x.certs import Signer
    from v2x.geo import LocalFrame
    from v2x.objects import EgoState

__all__ = [
    "BSM_PERIOD_S",
    "BsmTransmitter",
    "CongestionControl",
    "CongestionSettings",
    "Outgoing",
    "PathHistory",
    "TransmitSettings",
    "critical_flags",
]

BSM_PERIOD_S = 0.1
"""A BSM every 100 ms (GB/T 45315-2025)."""

HARD_BRAKING_MPS2 = -4.0
"""Below this acceleration it is hard braking (GB/T 45315-2025)."""

BRAKING_MPS2 = -0.5
"""Below this acceleration the brake counts as applied; ours, a real vehicle reads its pedal."""

TRAIL_AGE_S = 655.34
"""Oldest point that TimeOffset can name."""

KMH = 1.0 / 3.6
FAR_APART_S = 1e-6
"""Instants closer than this are one: the resolution of a POSIX time in a double is some 0.2 us."""

_EVENTS = {
    CriticalFlag.HAZARD_LIGHTS: "eventHazardLights",
    CriticalFlag.ABS: "eventABSactivated",
    CriticalFlag.TRACTION_CONTROL: "eventTractionControlLoss",
    CriticalFlag.STABILITY_CONTROL: "eventStabilityControlactivated",
    CriticalFlag.HARD_BRAKING: "eventHardBraking",
    CriticalFlag.FLAT_TYRE: "eventFlatTire",
    CriticalFlag.DISABLED_VEHICLE: "eventDisabledVehicle",
    CriticalFlag.AIR_BAG: "eventAirBagDeployment",
}
"""Bit of VehicleEventFlags of each critical flag."""


def critical_flags(ego: EgoState) -> frozenset[CriticalFlag]:
    """The flags that the state reports, and hard braking by its acceleration."""
    if ego.accel_mps2 < HARD_BRAKING_MPS2:
        return ego.flags | {CriticalFlag.HARD_BRAKING}
    return ego.flags


@dataclass(frozen=True, slots=True)
class CongestionSettings:
    """The table above.  ``rows``: CBR up to which the periods (s) hold, one for each speed class.

    ``speeds_mps``: upper ends of the speed classes but the last; ``hold_messages``: how many periodic
    messages an interval holds at least.
    """

    rows: tuple[tuple[float, tuple[float, ...]], ...] = (
        (0.6, (0.1, 0.1, 0.1, 0.1)),
        (0.8, (1.0, 0.5, 0.2, 0.1)),
        (1.0, (1.0, 0.5, 0.4, 0.1)),
    )
    speeds_mps: tuple[float, ...] = (5.0 * KMH, 10.0 * KMH, 25.0 * KMH)
    hold_messages: int = 10


class CongestionControl:
    """The interval of periodic BSMs, message by message; those of a critical event are none of its."""

    def __init__(self, settings: CongestionSettings | None = None) -> None:
        self.settings = settings or CongestionSettings()
        self._period_s = BSM_PERIOD_S
        self._held = self.settings.hold_messages  # nothing to hold before the first change

    def next_period_s(self, busy_ratio: float | None, speed_mps: float) -> float:
        """The interval after a periodic message that is sent now.

        ``busy_ratio``: CBR in 0..1, None where it isn't measured (counts as a free channel).
        """
        wanted_s = self._wanted_s(0.0 if busy_ratio is None else busy_ratio, abs(speed_mps))
        if wanted_s != self._period_s and self._held >= self.settings.hold_messages:
            self._period_s, self._held = wanted_s, 0
        self._held += 1
        return self._period_s

    def _wanted_s(self, busy_ratio: float, speed_mps: float) -> float:
        rows = self.settings.rows
        periods_s = next((row for upto, row in rows if busy_ratio <= upto), rows[-1][1])
        speeds = self.settings.speeds_mps
        return periods_s[next((k for k, upto in enumerate(speeds) if speed_mps <= upto), len(speeds))]


class PathHistory:
    """Own places, one for each ``spacing_m`` driven, latest first; those of one identity only."""

    def __init__(self, frame: LocalFrame, spacing_m: float) -> None:
        self._frame = frame
        self._spacing_m = spacing_m
        self._points: deque[TrailPoint] = deque(maxlen=TRAIL_LIMIT)
        self._last_m: tuple[float, float] | None = None

    def clear(self) -> None:
        """Forget everything, as at a change of identity."""
        self._points.clear()
        self._last_m = None

    def points(self, at: float) -> tuple[TrailPoint, ...]:
        """The points that a message of the instant ``at`` can name: strictly before it, and not too old."""
        return tuple(point for point in self._points if FAR_APART_S < at - point.at <= TRAIL_AGE_S)

    def add(self, ego: EgoState) -> None:
        """Remember the place if it is far enough from the last one; a clock set back begins anew."""
        if self._points and ego.at < self._points[0].at:
            self.clear()
        last = self._last_m
        if last is not None and math.dist(last, (ego.east_m, ego.north_m)) < self._spacing_m:
            return
        lat_deg, lon_deg, _ = self._frame.to_geodetic(ego.east_m, ego.north_m)
        self._points.appendleft(TrailPoint(ego.at, lat_deg, lon_deg))
        self._last_m = (ego.east_m, ego.north_m)


@dataclass(frozen=True, slots=True)
class TransmitSettings:
    """What the sources leave open, or ask of the sender.

    ``state_age_s``: how far the ego state may be from the generation time (150 ms by GB/T 45315-2025).
    ``trail_spacing_m``: distance of the points of the path history; ours, 23 points then reach 220 m back.
    """

    state_age_s: float = 0.150
    trail_spacing_m: float = 10.0
    congestion: CongestionSettings = CongestionSettings()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready for the radio: ``unit`` is the DSMP unit, to be sent as ``identity`` and no other.

    ``period_s``: after this time the next one is due, unless an event comes first.
    """

    unit: bytes
    aid: int
    destination_l2: int | None
    priority: int
    identity: IdentityChange
    period_s: float


class BsmTransmitter:
    """Builds this node's BSM; building signs, so it belongs off the event loop.  One thread at a time.

    ``signer``: a pool of pseudonyms, or one signer that is kept.  ``kind``: an emergency vehicle has AIDs of
    its own and signs with identity certificates, so that a pool that changes is ValueError.
    """

    def __init__(
        self,
        signer: Signer | PseudonymPool,
        frame: LocalFrame,
        profile: str,
        rng: random.Random,
        *,
        kind: ObjectKind = ObjectKind.CAR,
        settings: TransmitSettings | None = None,
    ) -> None:
        pool = signer if isinstance(signer, PseudonymPool) else PseudonymPool([signer], FIXED)
        emergency = kind is ObjectKind.EMERGENCY
        if emergency and not pool.rule.fixed:
            raise ValueError("an emergency vehicle signs with identity certificates: a pool that is kept")
        self.identity = Identity(pool, rng)
        self.settings = settings or TransmitSettings()
        self._frame = frame
        self._profile = profile
        self._kind = kind
        self._aids = (
            (aids.BSM_EMERGENCY, aids.BSM_EMERGENCY_EVENT) if emergency else (aids.BSM, aids.BSM_EVENT)
        )
        self._congestion = CongestionControl(self.settings.congestion)
        self._trail = PathHistory(frame, self.settings.trail_spacing_m)
        self._used: IdentityChange | None = None
        self._count = 0
        self._told: frozenset[CriticalFlag] = frozenset()

    @property
    def vehicle_id(self) -> bytes | None:
        """The id of the last message, None before the first."""
        return None if self._used is None else self._used.vehicle_id

    def is_urgent(self, ego: EgoState) -> bool:
        """Whether a critical flag is set that the last message did not tell; any thread may ask."""
        return not critical_flags(ego) <= self._told

    def next(self, ego: EgoState, at: float, busy_ratio: float | None = None) -> Outgoing:
        """The message of the instant ``at``; ``busy_ratio`` is the channel's CBR where it is measured.

        TrustError where there is no valid certificate or the state is too old (or ahead), CodecError where
        it can't be encoded, KeyStoreError where the holder of the key fails: then there is no message.
        """
        self._check_state(ego, at)
        flags = critical_flags(ego)
        identity = self._identify(ego, at, critical=bool(flags))
        report = self._report(ego, flags, identity)
        aid = self._aids[bool(flags)]
        payload = encode(compose_bsm(report, self._profile))
        sealed = identity.signer.seal(payload, aid, at, critical=bool(flags))
        unit = DsmpFrame(aid, sealed).render()
        self._count = (self._count + 1) % COUNTS
        set_back = at < identity.at
        if set_back or ego.at >= identity.at:  # no state of the time before the change
            self._trail.add(ego)
        self._told = flags
        period_s = BSM_PERIOD_S if flags else self._congestion.next_period_s(busy_ratio, ego.speed_mps)
        entry = aids.require(aid)
        return Outgoing(unit, aid, entry.destination_l2, entry.priority or 0, identity, period_s)

    def build(self, ego: EgoState, at: float) -> bytes:
        """The DSMP unit alone, for who sends under no layer-2 id; else as :meth:`next`."""
        return self.next(ego, at).unit

    def _check_state(self, ego: EgoState, at: float) -> None:
        age_s = at - ego.at
        if not abs(age_s) <= self.settings.state_age_s + FAR_APART_S:
            raise TrustError(
                Reason.TIME_STALE,
                f"own state is {age_s:.3f} s old, at most {self.settings.state_age_s} s are sent",
            )

    def _identify(self, ego: EgoState, at: float, *, critical: bool) -> IdentityChange:
        """The identity to send under; a new one begins its count and its trail."""
        identity = self.identity.update(at, ego.east_m, ego.north_m, critical=critical)
        if identity is None:
            raise TrustError(Reason.SIGNER_CERTIFICATE_INVALID, "own pool has no certificate to be used now")
        if identity is not self._used:
            self._used = identity
            self._count = identity.message_count
            self._trail.clear()
        return identity

    def _report(
        self, ego: EgoState, flags: frozenset[CriticalFlag], identity: IdentityChange
    ) -> VehicleReport:
        return VehicleReport.from_local(
            self._frame,
            ego.east_m,
            ego.north_m,
            vehicle_id=identity.vehicle_id,
            message_count=self._count,
            at=ego.at,
            speed_mps=ego.speed_mps,
            yaw_rad=ego.yaw_rad,
            accel_mps2=ego.accel_mps2,
            yaw_rate_radps=ego.yaw_rate_radps,
            position_sigma_m=ego.position_sigma_m,
            length_m=ego.length_m,
            width_m=ego.width_m,
            kind=self._kind,
            braking=ego.accel_mps2 < BRAKING_MPS2,
            events=frozenset(_EVENTS[flag] for flag in flags),
            trail=self._trail.points(ego.at),
        )
