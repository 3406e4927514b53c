"""What is true in the simulated world, and what a simulated actor puts on the air.

Truth is never sent: messages and sensors see it through noise, and tests compare with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from v2x.footprint import Box

if TYPE_CHECKING:
    from v2x.objects import ObjectKind

__all__ = ["Actor", "Transmission", "Truth"]


@dataclass(frozen=True, slots=True)
class Truth:
    """One simulated road user at one instant, in the local frame (m, rad, m/s, POSIX s).

    ``object_id`` is the id under which its messages are observed (``bsm:<id hex>``, ``rsm:<unit>/<ptcId>``).
    ``on_road`` is False while it is away: then nothing is heard of it, and the place is its last one.
    """

    name: str
    object_id: str
    at: float
    east_m: float
    north_m: float
    yaw_rad: float
    speed_mps: float
    accel_mps2: float
    yaw_rate_radps: float
    length_m: float
    width_m: float
    height_m: float
    kind: ObjectKind
    on_road: bool = True

    @property
    def v_east_mps(self) -> float:
        """Velocity towards the east."""
        return self.speed_mps * math.cos(self.yaw_rad)

    @property
    def v_north_mps(self) -> float:
        """Velocity towards the north."""
        return self.speed_mps * math.sin(self.yaw_rad)

    def box(self) -> Box:
        """Its outline."""
        return Box(self.east_m, self.north_m, self.yaw_rad, self.length_m, self.width_m)


@dataclass(frozen=True, slots=True)
class Transmission:
    """One frame that an actor sends: when, by whom, under which layer-2 id, and its octets (a DSMP unit).

    ``destination_l2`` and ``priority`` are those of the AID's row; a loopback medium ignores them.
    """

    at: float
    sender: str
    l2_id: int
    data: bytes
    kind: str
    destination_l2: int | None = None
    priority: int = 0


class Actor(Protocol):
    """Something that sends.  It signs, so ``due`` belongs off the event loop; one caller at a time."""

    def due(self, at: float) -> list[Transmission]:
        """Everything to be sent since the last call up to ``at``, in order of time."""
        ...
