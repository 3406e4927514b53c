"""Three that must not be believed: one replays, one's certificate has expired, one sends damaged bytes.

    Replayer   honest frames again, inside the freshness window (-> replay) and after it (-> stale)
    Expired    well-formed BSM of a ghost vehicle, signed with a certificate whose time is over
    Damager    its own honestly signed BSM with flipped bits, cut, lengthened or overwritten octets

Each has a layer-2 id and a name of its own, is deterministic for its seed, and sends at 10 Hz.  The ghosts
follow a lane without regard for signals, so that believing them would show on the screen.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.objects import ObjectKind
from v2x.scenarios.schedule import Periodic, draw_l2_id
from v2x.scenarios.truth import Transmission, Truth

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from v2x.scenarios.fleet import BsmSender
    from v2x.scenarios.roads import Route

__all__ = ["AttackSettings", "Damager", "Expired", "Replayer"]

HEARD_LIMIT = 2048
"""Frames that the replayer remembers: more than 3 s of 30 vehicles at 10 Hz, then the oldest go."""


@dataclass(frozen=True, slots=True)
class AttackSettings:
    """How the attackers behave; all of it is ours.

    ``fresh_s`` and ``stale_s``: ages between which a frame is replayed inside the window of one second and
    after it.  ``ghost_mps``: speed of the ghosts.
    """

    period_s: float = 0.1
    fresh_s: tuple[float, float] = (0.06, 0.30)
    stale_s: tuple[float, float] = (1.2, 2.0)
    ghost_mps: float = 12.0


class Replayer:
    """Sends what it overheard again: in turn a fresh frame and a stale one."""

    name = "replayer"

    def __init__(self, start_at: float, rng: random.Random, settings: AttackSettings | None = None) -> None:
        self.settings = settings or AttackSettings()
        self.l2_id = draw_l2_id(rng)
        self._rng = rng
        self._period = Periodic(start_at + 0.5 * self.settings.period_s, self.settings.period_s)
        self._heard: deque[Transmission] = deque(maxlen=HEARD_LIMIT)
        self._turn = 0

    def overhear(self, sent: Sequence[Transmission]) -> None:
        """Remember what the honest ones sent, in order of time."""
        self._heard.extend(sent)

    def due(self, at: float) -> list[Transmission]:
        """The replayed frames up to ``at``; none before there is something to replay."""
        again: list[Transmission] = []
        for instant in self._period.due(at):
            youngest_s, oldest_s = (self.settings.fresh_s, self.settings.stale_s)[self._turn % 2]
            self._turn += 1
            choice = [t for t in self._heard if youngest_s <= instant - t.at <= oldest_s]
            if choice:
                chosen = self._rng.choice(choice)
                again.append(Transmission(instant, self.name, self.l2_id, chosen.data, "replay"))
        return again


class _Ghost:
    """A vehicle that isn't there: along a route at constant speed, over and over."""

    def __init__(self, name: str, object_id: str, route: Route, speed_mps: float, start_at: float) -> None:
        self._name = name
        self._object_id = object_id
        self._route = route
        self._speed_mps = speed_mps
        self._start_at = start_at

    def truth(self, at: float) -> Truth:
        """What it claims at ``at``."""
        along_m = (at - self._start_at) * self._speed_mps % self._route.path.length_m
        east, north, yaw, curvature = self._route.path.at(along_m)
        return Truth(
            self._name, self._object_id, at, east, north, math.remainder(yaw, 2.0 * math.pi),
            self._speed_mps, 0.0, self._speed_mps * curvature, 4.6, 1.9, 1.5, ObjectKind.CAR,
        )  # fmt: skip


class Expired:
    """A ghost whose BSMs are signed with an expired certificate (its signer must not enforce validity)."""

    def __init__(
        self, sender: BsmSender, route: Route, start_at: float, settings: AttackSettings | None = None
    ) -> None:
        self.settings = settings or AttackSettings()
        self.name = sender.identity.name
        self.l2_id = sender.identity.l2_id
        self._sender = sender
        self._ghost = _Ghost(
            self.name, sender.identity.object_id, route, self.settings.ghost_mps, start_at - 8.0
        )
        self._period = Periodic(start_at + 0.3 * self.settings.period_s, self.settings.period_s)

    def due(self, at: float) -> list[Transmission]:
        """Its frames up to ``at``."""
        return [self._sender.transmission(self._ghost.truth(t), t) for t in self._period.due(at)]


class Damager:
    """A ghost whose signed BSMs are damaged before they are sent."""

    def __init__(
        self,
        sender: BsmSender,
        route: Route,
        start_at: float,
        rng: random.Random,
        settings: AttackSettings | None = None,
    ) -> None:
        self.settings = settings or AttackSettings()
        self.name = sender.identity.name
        self.l2_id = sender.identity.l2_id
        self._sender = sender
        self._rng = rng
        self._ghost = _Ghost(
            self.name, sender.identity.object_id, route, self.settings.ghost_mps, start_at - 8.0
        )
        self._period = Periodic(start_at + 0.7 * self.settings.period_s, self.settings.period_s)

    def due(self, at: float) -> list[Transmission]:
        """Its damaged frames up to ``at``."""
        sent: list[Transmission] = []
        for instant in self._period.due(at):
            whole = self._sender.transmission(self._ghost.truth(instant), instant)
            sent.append(Transmission(instant, self.name, self.l2_id, self.damage(whole.data), "damage"))
        return sent

    def damage(self, data: bytes) -> bytes:
        """``data`` with one kind of damage; never the same octets, never none."""
        rng, octets = self._rng, bytearray(data)
        kind = rng.randrange(5)
        if kind <= 1:  # flipped bits, the most frequent kind
            for bit in rng.sample(range(8 * len(octets)), rng.randint(1, 4)):
                octets[bit // 8] ^= 1 << (bit % 8)
        elif kind == 2:
            del octets[rng.randint(1, len(octets) - 1) :]
        elif kind == 3:
            octets += rng.randbytes(rng.randint(1, 16))
        else:
            start = rng.randrange(len(octets) - 1)
            count = min(rng.randint(2, 24), len(octets) - start)
            octets[start : start + count] = rng.randbytes(count)
            if octets == data:
                octets[start] ^= 0x01
        return bytes(octets)
