"""What this node says of itself: its ego state as a signed BSM, ten times a second.

    EgoState ─► compose_bsm ─► encode ─► Signer.seal ─► DsmpFrame.render

The mirror of the receiver's way, in the same modules.  MsgCnt starts at random and counts modulo 128, the
id is 8 random octets (vehicle profile of GB/T 45315-2025).  The signer's certificate is kept for the
station's life: pseudonym change is not part of this version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.codecs import aids, encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.objects import ObjectKind

if TYPE_CHECKING:
    import random

    from v2x.certs import Signer
    from v2x.geo import LocalFrame
    from v2x.objects import EgoState

__all__ = ["BSM_PERIOD_S", "BsmTransmitter"]

BSM_PERIOD_S = 0.1
"""A BSM every 100 ms (GB/T 45315-2025)."""

BRAKING_MPS2 = -0.5
"""Below this acceleration the brake counts as applied; ours, a real vehicle reads its pedal."""


class BsmTransmitter:
    """Builds this node's BSM; ``build`` signs, so it belongs off the event loop."""

    period_s = BSM_PERIOD_S

    def __init__(self, signer: Signer, frame: LocalFrame, profile: str, rng: random.Random) -> None:
        self._signer = signer
        self._frame = frame
        self._profile = profile
        self._count = rng.randrange(128)
        self.vehicle_id = rng.randbytes(8)
        entry = aids.require(aids.BSM)
        self.priority = entry.priority or 0
        self.destination_l2 = entry.destination_l2

    def build(self, ego: EgoState, at: float) -> bytes:
        """One DSMP unit; raises CodecError or TrustError where state or certificate don't allow it."""
        report = VehicleReport.from_local(
            self._frame,
            ego.east_m,
            ego.north_m,
            vehicle_id=self.vehicle_id,
            message_count=self._count,
            at=ego.at,
            speed_mps=ego.speed_mps,
            yaw_rad=ego.yaw_rad,
            accel_mps2=ego.accel_mps2,
            yaw_rate_radps=ego.yaw_rate_radps,
            position_sigma_m=ego.position_sigma_m,
            length_m=ego.length_m,
            width_m=ego.width_m,
            kind=ObjectKind.CAR,
            braking=ego.accel_mps2 < BRAKING_MPS2,
        )
        self._count = (self._count + 1) % 128
        payload = encode(compose_bsm(report, self._profile))
        return DsmpFrame(aids.BSM, self._signer.seal(payload, aids.BSM, at)).render()
