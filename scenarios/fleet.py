"""The honest vehicles' radios: each vehicle of the simulated traffic sends a signed BSM at 10 Hz.

    truth ─► GNSS noise ─► compose_bsm ─► encode ─► Signer.seal ─► DsmpFrame.render (AID 111)

Phases are staggered over the period.  A vehicle that is away is silent; when it comes back, certificate,
id and count go on.  Ids, counts, layer-2 ids and noise come from the seed; pseudonyms are not changed.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.codecs import aids, encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.scenarios.gnss import GnssNoise, GnssSettings
from v2x.scenarios.schedule import Periodic, draw_l2_id
from v2x.scenarios.truth import Transmission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.certs import Signer
    from v2x.geo import LocalFrame
    from v2x.scenarios.traffic import Traffic
    from v2x.scenarios.truth import Truth

__all__ = ["BSM_PERIOD_S", "BsmSender", "Fleet"]

BSM_PERIOD_S = 0.1
"""BSM period of GB/T 45315-2025."""

BRAKING_MPS2 = -0.5
"""From this deceleration on the brake pedal counts as pressed; ours."""


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """Who sends: the name on the screen, the layer-2 id, and the id inside the BSM."""

    name: str
    l2_id: int
    vehicle_id: bytes

    @property
    def object_id(self) -> str:
        """Under which id its BSM is observed."""
        return f"bsm:{self.vehicle_id.hex()}"


class BsmSender:
    """Makes the signed BSM of one simulated road user out of its truth."""

    def __init__(
        self,
        name: str,
        signer: Signer,
        frame: LocalFrame,
        rng: random.Random,
        *,
        profile: str,
        gnss: GnssSettings | None = None,
    ) -> None:
        self.identity = SenderIdentity(name, draw_l2_id(rng), rng.randbytes(8))
        self._signer = signer
        self._frame = frame
        self._profile = profile
        self._noise = GnssNoise(rng, gnss)
        self._count = rng.randrange(128)

    def transmission(
        self, truth: Truth, at: float, *, turn_left: bool = False, turn_right: bool = False
    ) -> Transmission:
        """The frame for ``truth`` (which is of the instant ``at``)."""
        error, claim = self._noise.at(at), self._noise.settings
        report = VehicleReport.from_local(
            self._frame,
            truth.east_m + error.east_m,
            truth.north_m + error.north_m,
            0.0,
            vehicle_id=self.identity.vehicle_id,
            message_count=self._count,
            at=at,
            speed_mps=max(0.0, truth.speed_mps + error.speed_mps),
            yaw_rad=math.remainder(truth.yaw_rad + error.yaw_rad, 2.0 * math.pi),
            accel_mps2=truth.accel_mps2,
            lateral_accel_mps2=truth.speed_mps * truth.yaw_rate_radps,
            yaw_rate_radps=truth.yaw_rate_radps,
            position_sigma_m=claim.axis_sigma_m,
            speed_sigma_mps=claim.speed_sigma_mps,
            yaw_sigma_rad=math.radians(claim.heading_sigma_deg),
            length_m=truth.length_m,
            width_m=truth.width_m,
            height_m=truth.height_m,
            kind=truth.kind,
            braking=truth.accel_mps2 < BRAKING_MPS2,
            turn_left=turn_left,
            turn_right=turn_right,
        )
        self._count = (self._count + 1) % 128
        payload = encode(compose_bsm(report, self._profile))
        data = DsmpFrame(aids.BSM, self._signer.seal(payload, aids.BSM, at)).render()
        row = aids.require(aids.BSM)
        return Transmission(
            at, self.identity.name, self.identity.l2_id, data, "BSM", row.destination_l2, row.priority or 0
        )


class Fleet:
    """The radios of all vehicles of a :class:`Traffic`; ``due`` also drives the traffic on."""

    def __init__(
        self,
        traffic: Traffic,
        signers: Sequence[Signer],
        frame: LocalFrame,
        rng: random.Random,
        *,
        profile: str,
        gnss: GnssSettings | None = None,
    ) -> None:
        """``signers``: one for each vehicle; ValueError where there are fewer."""
        if len(signers) < len(traffic):
            raise ValueError(f"{len(traffic)} vehicles need as many signers, not {len(signers)}")
        self._traffic = traffic
        self.senders: list[BsmSender] = []
        self._periods: list[Periodic] = []
        for index in range(len(traffic)):
            own = random.Random(rng.getrandbits(64))
            name = traffic.truth(index).name
            sender = BsmSender(name, signers[index], frame, own, profile=profile, gnss=gnss)
            traffic.name_as(index, sender.identity.object_id)
            self.senders.append(sender)
            phase_s = BSM_PERIOD_S * (index + 1) / len(traffic)
            self._periods.append(Periodic(traffic.at + phase_s, BSM_PERIOD_S))

    @property
    def skipped(self) -> int:
        """Messages that were not sent because the caller came too late."""
        return sum(period.skipped for period in self._periods)

    def due(self, at: float) -> list[Transmission]:
        """The BSMs of every vehicle on the road up to ``at``; the traffic stands at ``at`` afterwards."""
        instants = sorted((t, k) for k, period in enumerate(self._periods) for t in period.due(at))
        sent: list[Transmission] = []
        for instant, index in instants:
            self._traffic.step(max(instant, self._traffic.at))
            truth = self._traffic.truth(index)
            if not truth.on_road:
                continue
            left, right = self._traffic.turning(index)
            sent.append(self.senders[index].transmission(truth, instant, turn_left=left, turn_right=right))
        self._traffic.step(at)
        return sent
