"""The demo's world: the recorded junction with its unit, the vehicles, the rider and the attackers.

``due(at)`` drives everything to ``at`` and gives what is to be put on the air, in order of time; afterwards
``truths`` is what is true at ``at``.  It signs some hundred frames a second, so it belongs off the event
loop, one caller at a time; ``truths`` may be read from elsewhere, because it is replaced as a whole.
Deterministic for a seed, but for the signatures, whose randomness is the library's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs import pki
from v2x.scenarios.attackers import Damager, Expired, Replayer
from v2x.scenarios.fleet import BsmSender, Fleet
from v2x.scenarios.junction import recorded_junction
from v2x.scenarios.roads import EGO_STAND, Roads
from v2x.scenarios.roadside import Rider, Roadside
from v2x.scenarios.signals import SignalPlan
from v2x.scenarios.traffic import Traffic, TrafficSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from v2x.certs import Signer
    from v2x.scenarios.truth import Actor, Transmission, Truth

__all__ = ["Credentials", "World"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs with what: one signer a vehicle, the unit, the expired one, and the one that damages."""

    vehicles: Sequence[Signer]
    unit: Signer
    expired: Signer | None = None
    damager: Signer | None = None

    @classmethod
    def of(cls, directory: str | Path, vehicles: int = 30, *, secret: bytes | None = None) -> Credentials:
        """From a test PKI (``v2x.certs.pki.init``) with at least ``vehicles + 1`` vehicles.

        The last vehicle of the PKI is the damager's, so that vehicles between are free for others; ``secret``
        as in :func:`v2x.certs.pki.load_signer`.  Raises PkiError where names are missing.
        """
        known = [name for name in pki.names(directory) if name.startswith("vehicle")]
        if len(known) < vehicles + 1:
            raise pki.PkiError(f"{directory}: {vehicles + 1} vehicles are needed, {len(known)} are there")
        return cls(
            [pki.load_signer(directory, name, secret=secret) for name in known[:vehicles]],
            pki.load_signer(directory, pki.ROADSIDE, secret=secret),
            pki.load_signer(directory, pki.EXPIRED, enforce=False, secret=secret),
            pki.load_signer(directory, known[-1], secret=secret),
        )


class World:
    """Everything that is simulated around the ego vehicle."""

    def __init__(
        self,
        credentials: Credentials,
        start_at: float,
        *,
        seed: int = 1,
        attackers: bool = True,
        traffic: TrafficSettings | None = None,
    ) -> None:
        """ValueError where signers are missing for what is asked."""
        rng = random.Random(seed)

        def fork() -> random.Random:
            return random.Random(rng.getrandbits(64))

        self.junction = recorded_junction()
        self.frame = self.junction.frame
        self.roads = Roads(self.junction.update)
        self.plan = SignalPlan(self.roads.phases_by_arm(), start_at)
        self.traffic = Traffic(self.roads, self.plan, start_at, fork(), traffic)
        profile = self.junction.profile
        self.fleet = Fleet(self.traffic, credentials.vehicles, self.frame, fork(), profile=profile)
        rider = Rider(start_at)
        self.roadside = Roadside(credentials.unit, self.junction, self.plan, rider, start_at, fork())
        self.replayer: Replayer | None = None
        self._honest: tuple[Actor, ...] = (self.fleet, self.roadside)
        self._others: tuple[Replayer | Expired | Damager, ...] = ()
        if attackers:
            if credentials.expired is None or credentials.damager is None:
                raise ValueError("the attackers need an expired signer and one for the damager")
            self.replayer = Replayer(start_at, fork())
            straight = [route for route in self.roads.routes if route.turn == "straight"]
            ghosts = (
                BsmSender("expired", credentials.expired, self.frame, fork(), profile=profile),
                BsmSender("damager", credentials.damager, self.frame, fork(), profile=profile),
            )
            self._others = (
                self.replayer,
                Expired(ghosts[0], straight[-1], start_at),
                Damager(ghosts[1], straight[0], start_at, fork()),
            )
        self.truths: tuple[Truth, ...] = ()
        self._look(start_at)

    @property
    def names(self) -> dict[int, str]:
        """Layer-2 id to name, of every sender."""
        known = {s.identity.l2_id: s.identity.name for s in self.fleet.senders}
        known[self.roadside.l2_id] = self.roadside.name
        return known | {other.l2_id: other.name for other in self._others}

    @property
    def attackers(self) -> dict[int, str]:
        """Layer-2 id to name, of those that must not be believed."""
        return {other.l2_id: other.name for other in self._others}

    def due(self, at: float) -> list[Transmission]:
        """Everything that is sent up to ``at``, in order of time; a clock that was set back stands still."""
        at = max(at, self.traffic.at)
        sent = sorted((t for actor in self._honest for t in actor.due(at)), key=lambda t: t.at)
        if self.replayer is not None:
            self.replayer.overhear(sent)
        sent += [t for other in self._others for t in other.due(at)]
        sent.sort(key=lambda t: t.at)
        self._look(at)
        return sent

    def _look(self, at: float) -> None:
        self.truths = (*self.traffic.truths(), self.roadside.rider.truth(at))

    @staticmethod
    def ego_stand() -> tuple[float, float, float]:
        """East, north (m) and yaw (rad) of the place beside the junction for the ego vehicle."""
        return EGO_STAND
