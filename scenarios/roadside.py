"""The simulated road-side unit: replays recorded MAP and RSI, and SPAT and RSM moved to this junction.

    MAP  1 Hz     recorded octets, unchanged        AID 3618
    RSI  1 Hz     recorded octets, unchanged        AID 3620 (static)
    SPAT 2.5 Hz   recorded elsewhere, rewritten     AID 3619
    RSM  10 Hz    recorded elsewhere, rewritten     AID 3623; its participant is the simulated rider

Every message is signed now, with the unit's certificate.  :data:`REWRITES` says what is rewritten and how;
whatever it doesn't name goes out as recorded.  While the rider is away no RSM is sent: its list of
participants can't be empty.  Periods: MAP at most 1 s, SPAT at most 500 ms, RSM 100 ms, static RSI 1 s.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from v2x.clock import to_dsecond, to_minute_of_year
from v2x.codecs import Message, aids, encode
from v2x.codecs.dsmp import DsmpFrame
from v2x.geo import yaw_from_heading_deg
from v2x.objects import ObjectKind
from v2x.scenarios.data import recorded
from v2x.scenarios.junction import recorded_message
from v2x.scenarios.schedule import Periodic, draw_l2_id
from v2x.scenarios.truth import Transmission, Truth

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from v2x.certs import Signer
    from v2x.scenarios.junction import Junction
    from v2x.scenarios.signals import SignalPlan

__all__ = ["REWRITES", "Rewrite", "Rider", "RiderSettings", "Roadside"]

PHASES = {33: (1,), 35: (2, 3), 41: (5,), 43: (6, 7), 49: (9,), 51: (10, 11), 57: (13,), 59: (14, 15)}
"""Recorded phase to phases of this MAP: two per approach there, three here (left, straight, right)."""

SPEED_STEP_MPS = 0.02
HEADING_STEP_DEG = 0.0125


class Rewrite(NamedTuple):
    """One thing that a rewritten message says otherwise than the recording."""

    message: str
    field: str
    recorded: str
    sent: str


REWRITES = (
    Rewrite("SPAT", "intersectionId", "255 / 9", "node of this MAP, 1 / 149"),
    Rewrite("SPAT", "phase ids", "33 35 41 43 49 51 57 59", "1 | 2 3 | 5 | 6 7 | 9 | 10 11 | 13 | 14 15"),
    Rewrite("SPAT", "light and countdowns", "as recorded", "the stated cycle, one approach after the other"),
    Rewrite("SPAT", "moy, timeStamp", "November 2020", "now"),
    Rewrite("SPAT", "msgCnt", "48", "counted on"),
    Rewrite("RSM", "refPos (unit)", "39.0 N 116.0 E", "the node of this MAP"),
    Rewrite("RSM", "pos (participant)", "29.72 N 107.41 E", "beside the north arm, by its speed and heading"),
    Rewrite("RSM", "secMark", "12902", "now"),
    Rewrite("RSM", "msgCnt", "1", "counted on"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiderSettings:
    """Where the recorded participant rides: from a place (m, local frame) straight on, then it is away.

    The line runs beside the west side of the north arm to the corner, clear of every simulated lane.
    Speed and heading are the recorded ones.  The size is ours: the recording says "unavailable".
    """

    start_east_m: float = -25.0
    start_north_m: float = 75.0
    ride_m: float = 50.0
    away_s: float = 5.0
    length_m: float = 1.8
    width_m: float = 0.6
    height_m: float = 1.7


class Rider:
    """The 31st road user: the recorded RSM's participant, moving as its speed and heading say."""

    def __init__(self, start_at: float, settings: RiderSettings | None = None) -> None:
        self._settings = settings or RiderSettings()
        body = recorded_message("RSM").body
        participant = body["participants"][0]
        self._start_at = start_at
        self._speed_mps: float = participant["speed"] * SPEED_STEP_MPS
        self._yaw_rad = yaw_from_heading_deg(participant["heading"] * HEADING_STEP_DEG)
        self.object_id = f"rsm:{body['id'].hex()}/{participant['ptcId']}"
        self._ride_s = self._settings.ride_m / self._speed_mps

    def truth(self, at: float) -> Truth:
        """Where it is at ``at``; ``on_road`` False between two rides."""
        s = self._settings
        into_s = (at - self._start_at) % (self._ride_s + s.away_s)
        on_road = into_s <= self._ride_s
        along_m = self._speed_mps * min(into_s, self._ride_s)
        return Truth(
            name="rider",
            object_id=self.object_id,
            at=at,
            east_m=s.start_east_m + along_m * math.cos(self._yaw_rad),
            north_m=s.start_north_m + along_m * math.sin(self._yaw_rad),
            yaw_rad=self._yaw_rad,
            speed_mps=self._speed_mps if on_road else 0.0,
            accel_mps2=0.0,
            yaw_rate_radps=0.0,
            length_m=s.length_m,
            width_m=s.width_m,
            height_m=s.height_m,
            kind=ObjectKind.BICYCLE,
            on_road=on_road,
        )


class Roadside:
    """The unit's radio.  ``due`` gives its signed frames; it has no state but its counts."""

    name = "road-side unit"

    def __init__(
        self,
        signer: Signer,
        junction: Junction,
        plan: SignalPlan,
        rider: Rider,
        start_at: float,
        rng: random.Random,
    ) -> None:
        self.l2_id = draw_l2_id(rng)
        self._signer = signer
        self._junction = junction
        self._plan = plan
        self.rider = rider
        self._counts = {"SPAT": rng.randrange(128), "RSM": rng.randrange(128)}
        self._makers: list[tuple[Periodic, int, Callable[[float], bytes | None]]] = [
            (Periodic(start_at + 0.010, 1.0), aids.MAP, lambda _at: recorded()["MAP"].octets),
            (Periodic(start_at + 0.035, 1.0), aids.RSI_STATIC, lambda _at: recorded()["RSI"].octets),
            (Periodic(start_at + 0.060, 0.4), aids.SPAT, self._spat),
            (Periodic(start_at + 0.085, 0.1), aids.RSM, self._rsm),
        ]

    def due(self, at: float) -> list[Transmission]:
        """The unit's frames up to ``at``."""
        instants = sorted((t, k) for k, maker in enumerate(self._makers) for t in maker[0].due(at))
        sent: list[Transmission] = []
        for instant, index in instants:
            _, aid, make = self._makers[index]
            payload = make(instant)
            if payload is None:
                continue
            row = aids.require(aid)
            data = DsmpFrame(aid, self._signer.seal(payload, aid, instant)).render()
            kind = row.message or ""
            sent.append(
                Transmission(
                    instant, self.name, self.l2_id, data, kind, row.destination_l2, row.priority or 0
                )
            )
        return sent

    def _count(self, kind: str) -> int:
        self._counts[kind] = (self._counts[kind] + 1) % 128
        return self._counts[kind]

    def _spat(self, at: float) -> bytes:
        """The recorded SPAT with the rewrites of its rows in :data:`REWRITES`."""
        message = recorded_message("SPAT")
        body = copy.deepcopy(message.body)
        body["msgCnt"], body["moy"], body["timeStamp"] = (
            self._count("SPAT"),
            to_minute_of_year(at),
            to_dsecond(at),
        )
        state = body["intersections"][0]
        region, node = self._junction.update.node
        state["intersectionId"] = {"region": region, "id": node}
        state["phases"] = [
            {"id": phase, "phaseStates": self._states(phase, at, len(row["phaseStates"]))}
            for row in state["phases"]
            for phase in PHASES[row["id"]]
        ]
        return encode(Message("SPAT", message.profile, ("spatFrame", body)))

    def _states(self, phase: int, at: float, count: int) -> list[dict[str, Any]]:
        """The lights of ``phase`` in the recording's form: countdowns with these four fields."""
        return [
            {
                "light": str(span.light),
                "timing": (
                    "counting",
                    {
                        "startTime": round(10.0 * span.starts_in_s),
                        "likelyEndTime": round(10.0 * span.ends_in_s),
                        "nextStartTime": round(10.0 * span.next_starts_in_s),
                        "nextDuration": round(10.0 * span.duration_s),
                    },
                ),
            }
            for span in self._plan.spans(phase, at)[:count]
        ]

    def _rsm(self, at: float) -> bytes | None:
        """The recorded RSM with the rewrites of its rows; None while the rider is away."""
        truth = self.rider.truth(at)
        if not truth.on_road:
            return None
        message = recorded_message("RSM")
        body = copy.deepcopy(message.body)
        frame = self._junction.frame
        body["msgCnt"] = self._count("RSM")
        body["refPos"] = _wire(*frame.to_geodetic(0.0, 0.0)[:2], "long")
        participant = body["participants"][0]
        lat_deg, lon_deg, _ = frame.to_geodetic(truth.east_m, truth.north_m)
        participant["secMark"] = to_dsecond(at)
        participant["pos"]["offsetLL"] = ("position-LatLon", _wire(lat_deg, lon_deg, "lon"))
        return encode(Message("RSM", message.profile, ("rsmFrame", body)))


def _wire(lat_deg: float, lon_deg: float, lon_name: str) -> dict[str, int]:
    """Latitude and longitude in steps of 1e-7 degrees; the standard calls the latter long or lon."""
    return {"lat": round(lat_deg * 1e7), lon_name: round(lon_deg * 1e7)}
