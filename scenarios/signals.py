"""The simulated signal controller: a fixed cycle in which the arms of a junction get green one by one.

    arm k:   |<- green ->|<- yellow ->|<- all red ->| then arm k + 1;  cycle = n (green + yellow + all red)

Every phase of an arm shows the same light.  The cycle is anchored at an instant, so that the state is a
function of the time alone.  The times are ours: the recorded SPAT belongs to another junction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.objects import Light

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["LightSpan", "SignalPlan", "SignalSettings"]


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """Durations of the cycle, seconds.

    ``all_red_s`` need not empty the junction: a simulated vehicle also waits for crossing traffic to leave.
    """

    green_s: float = 14.0
    yellow_s: float = 3.0
    all_red_s: float = 4.0

    def __post_init__(self) -> None:
        if min(self.green_s, self.yellow_s, self.all_red_s) <= 0.0:
            raise ValueError("every part of the cycle needs some time")


@dataclass(frozen=True, slots=True)
class LightSpan:
    """One light of one phase, seen from ``at``: seconds until it starts (0: it shows), ends, starts again.

    ``duration_s`` is how long it shows when it starts again.
    """

    light: Light
    starts_in_s: float
    ends_in_s: float
    next_starts_in_s: float
    duration_s: float


class SignalPlan:
    """The cycle of one junction.  ``arms``: the phase ids of each arm, in the order of the greens."""

    def __init__(
        self,
        arms: Sequence[Sequence[int]],
        anchor_at: float,
        settings: SignalSettings | None = None,
    ) -> None:
        """``anchor_at``: an instant at which the first arm's green begins."""
        self.settings = settings or SignalSettings()
        self._anchor_at = anchor_at
        self._arm_of: dict[int, int] = {phase: k for k, arm in enumerate(arms) for phase in arm}
        self._slot_s = self.settings.green_s + self.settings.yellow_s + self.settings.all_red_s
        self.cycle_s = self._slot_s * len(arms)

    @property
    def phases(self) -> tuple[int, ...]:
        """Every phase id, ascending."""
        return tuple(sorted(self._arm_of))

    def light(self, phase: int, at: float) -> Light:
        """What ``phase`` shows at ``at``; KeyError for a phase that isn't of this junction."""
        into_s = self._into(phase, at)
        if into_s < self.settings.green_s:
            return Light.PERMISSIVE_GREEN
        if into_s < self.settings.green_s + self.settings.yellow_s:
            return Light.YELLOW
        return Light.RED

    def state_at(self, at: float) -> Mapping[int, Light]:
        """The light of every phase at ``at``."""
        return {phase: self.light(phase, at) for phase in self.phases}

    def spans(self, phase: int, at: float) -> tuple[LightSpan, LightSpan, LightSpan]:
        """The running light of ``phase`` and the two that follow it, with their countdowns."""
        into_s = self._into(phase, at)
        green_s, yellow_s = self.settings.green_s, self.settings.yellow_s
        parts = (
            (Light.PERMISSIVE_GREEN, 0.0, green_s),
            (Light.YELLOW, green_s, yellow_s),
            (Light.RED, green_s + yellow_s, self.cycle_s - green_s - yellow_s),
        )
        now = next(k for k in (2, 1, 0) if into_s >= parts[k][1])
        found: list[LightSpan] = []
        for k in (now, (now + 1) % 3, (now + 2) % 3):
            light, begins_s, duration_s = parts[k]
            starts_in_s = begins_s - into_s + (self.cycle_s if k < now else 0.0)
            found.append(
                LightSpan(
                    light,
                    max(0.0, starts_in_s),
                    starts_in_s + duration_s,
                    starts_in_s + self.cycle_s,
                    duration_s,
                )
            )
        return found[0], found[1], found[2]

    def _into(self, phase: int, at: float) -> float:
        return (at - self._anchor_at - self._arm_of[phase] * self._slot_s) % self.cycle_s
