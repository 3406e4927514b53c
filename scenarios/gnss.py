"""Position, speed and heading as a vehicle's own receiver would report them.

Error of a position, axis by axis: a slow bias (first-order Gauss-Markov process) and white noise,

    b(t + dt) = b(t) exp(-dt / tau) + sigma_b sqrt(1 - exp(-2 dt / tau)) n,    e = b + sigma_w n'

What the receiver claims of its accuracy follows from the same figures, so that the claim is honest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random

__all__ = ["GnssError", "GnssNoise", "GnssSettings"]


@dataclass(frozen=True, slots=True)
class GnssSettings:
    """Errors of a simulated receiver, one sigma; assumptions of ours.

    0.38 m per axis is 0.57 m CEP68, inside the 1.5 m that the vehicle profile asks for.
    """

    bias_sigma_m: float = 0.35
    bias_time_s: float = 30.0
    white_sigma_m: float = 0.15
    speed_sigma_mps: float = 0.05
    heading_sigma_deg: float = 0.4

    @property
    def axis_sigma_m(self) -> float:
        """Position error per axis, bias and noise together: what the vehicle claims."""
        return math.hypot(self.bias_sigma_m, self.white_sigma_m)


class GnssError(NamedTuple):
    """What to add to the truth at one instant."""

    east_m: float
    north_m: float
    speed_mps: float
    yaw_rad: float


class GnssNoise:
    """The errors of one receiver over time; instants must not go back."""

    def __init__(self, rng: random.Random, settings: GnssSettings | None = None) -> None:
        self.settings = settings or GnssSettings()
        self._rng = rng
        self._at: float | None = None
        self._bias = [0.0, 0.0]

    def at(self, at: float) -> GnssError:
        """The errors at ``at``."""
        s, gauss = self.settings, self._rng.gauss
        if self._at is None:
            self._bias = [gauss(0.0, s.bias_sigma_m), gauss(0.0, s.bias_sigma_m)]
        else:
            keep = math.exp(-max(0.0, at - self._at) / s.bias_time_s)
            fresh = s.bias_sigma_m * math.sqrt(1.0 - keep * keep)
            self._bias = [keep * b + fresh * gauss(0.0, 1.0) for b in self._bias]
        self._at = at
        return GnssError(
            self._bias[0] + gauss(0.0, s.white_sigma_m),
            self._bias[1] + gauss(0.0, s.white_sigma_m),
            gauss(0.0, s.speed_sigma_mps),
            math.radians(gauss(0.0, s.heading_sigma_deg)),
        )
