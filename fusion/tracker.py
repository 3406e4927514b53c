"""The tracker: observations of all sources in, one frozen environment at the step's instant out.

A step, in this order, all in arrays:

    1. intake      check, refuse, complete                              v2x.fusion.intake
    2. known ids   an identity that feeds a track goes there, if it passes a wide gate; per track in
                   the order of measurement, in rounds of different tracks
    3. the rest    reporter by reporter (best checked first): gates, priced assignment, births
    4. upkeep      merge doubles, let the silent die, keep within the limits
    5. publish     predict everything to the step's instant             v2x.fusion.publish

Two observations of one reporter never feed one track in one step, and two of its ids that are alive are
two objects; an id that fell silent may be followed by another (a pseudonym change).  The order of the
input does not matter.  A claim below VERIFIED is shadowed by a track that better sources keep alive: it
neither moves it nor becomes a double.  Time is an argument; nothing here is random.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from v2x.errors import FusionError
from v2x.fusion.associate import assign, candidates, compare
from v2x.fusion.bank import Bank, Claim, Row
from v2x.fusion.intake import Column, Refusal, intake
from v2x.fusion.merge import Doubles
from v2x.fusion.publish import publish_tracks
from v2x.fusion.settings import TrackerSettings
from v2x.fusion.update import absorb, decayed, spawn
from v2x.fusion.world import World
from v2x.objects import Environment, Observation, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from v2x.fusion.bank import SourceKey
    from v2x.fusion.intake import Batch
    from v2x.geo import LocalFrame
    from v2x.objects import EgoState, Observed

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Tracker"]

ROUNDS = 16
"""Observations that one track takes in a step: more units than any crossing has; each round has its price."""

_FORGET_PERIOD_S = 0.5
"""How often silent identities are looked for: half a second late does no harm."""


class Tracker:
    """Fuses what a station hears and sees.  ``counters`` says by reason what was not used."""

    def __init__(self, frame: LocalFrame, settings: TrackerSettings | None = None) -> None:
        self._frame = frame
        self._settings = settings or TrackerSettings()
        self.counters: Counter[str] = Counter()
        self._clear()

    def _clear(self) -> None:
        self._bank = Bank()
        self._doubles = Doubles()
        self._world = World(self._settings.world, self.counters)
        self._at = -math.inf
        self._forgotten_at = -math.inf

    def _count(self, reason: Refusal, number: int) -> None:
        if number:
            self.counters[reason] += number

    @property
    def track_count(self) -> int:
        """Tracks alive, tentative ones included."""
        return self._bank.n

    def step(self, observed: Sequence[Observed], ego: EgoState, at: float) -> Environment:
        """Take what came since the last step and say what is believed at ``at`` (POSIX s).

        Odd, stale and surplus input is refused and counted, never raised.  Raises FusionError if ``at`` or
        ``ego`` are no numbers, or the ego state is too old: then no environment can be true.
        """
        settings = self._settings
        now = predict_ego(ego, at, settings)
        if at < self._at - settings.clock_back_s:
            self.counters[Refusal.CLOCK_BACK] += 1
            self._clear()
        self._at = at
        observations = []
        for item in observed:
            if isinstance(item, Observation):
                observations.append(item)
            else:
                self._world.take(item, at)
        batch = intake(observations, ego, at, settings, self.counters)
        rest = self._known(batch, at)
        for group in self._reporters(batch, rest):
            self._unknown(batch, group, at)
        self._upkeep(now, at)
        lanes, signals, events = self._world.view(now, at)
        tracks = publish_tracks(self._bank, at, settings)
        return Environment(at, self._frame, now, tracks, lanes, signals, events)

    # -- known identities --------------------------------------------------------------------------

    def _known(self, batch: Batch, at: float) -> Ints:
        """Feed the tracks by identity; returns the observations that have no track yet, or lost it."""
        bank, settings = self._bank, self._settings
        claims = [bank.claims.get(identity) for identity in batch.identities]
        known = np.array([c is not None for c in claims], dtype=bool)
        held = [c for c in claims if c is not None]
        chosen = np.flatnonzero(known)
        if chosen.size == 0:
            return np.arange(len(batch), dtype=np.intp)
        columns = np.array([c.member.column for c in held], dtype=np.intp)
        measured_at = batch[Column.AT][chosen]
        last_at = np.array([c.last_at for c in held])
        previous_at = np.array([c.previous_at for c in held])
        again = (measured_at == last_at) | (measured_at <= previous_at)
        self._count(Refusal.DUPLICATE, int(again.sum()))
        comparison = compare(bank, columns, batch, chosen, settings)
        stays = comparison.passes(settings.identity_gate, settings.identity_gate) | again
        for claim in (held[i] for i in np.flatnonzero(~stays).tolist()):
            bank.detach(claim.identity)
        lost = chosen[~stays]
        self._take(batch, columns, chosen, stays & ~again, at)
        return np.sort(np.concatenate((np.flatnonzero(~known), lost)))

    def _take(self, batch: Batch, columns: Ints, chosen: Ints, wanted: NDArray[np.bool_], at: float) -> None:
        """Update the tracks with what is timely and not shadowed, oldest measurement first."""
        bank, settings = self._bank, self._settings
        good = (
            wanted & self._timely(batch, columns, chosen, wanted) & self._lit(batch, columns, chosen, wanted)
        )
        columns, chosen = columns[good], chosen[good]
        if chosen.size == 0:
            return
        order = np.lexsort((batch.source[chosen], batch[Column.AT][chosen], columns))
        columns, chosen = columns[order], chosen[order]
        first = np.flatnonzero(np.diff(columns, prepend=-1))
        turn = np.arange(columns.size) - np.repeat(first, np.diff(first, append=columns.size))
        within = turn < ROUNDS
        self._count(Refusal.OBSERVATION_LIMIT, int((~within).sum()))
        columns, chosen, turn = columns[within], chosen[within], turn[within]
        for number in range(int(turn.max()) + 1):
            now = turn == number
            absorb(bank, columns[now], batch, chosen[now], at, settings, fresh=False)
        self._heard(batch, columns, chosen, at)

    def _timely(
        self, batch: Batch, columns: Ints, chosen: Ints, wanted: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        behind = self._bank.data[Row.CLOCK, columns] - batch[Column.AT][chosen]
        timely: NDArray[np.bool_] = behind <= self._settings.late_limit_s
        self._count(Refusal.LATE, int((wanted & ~timely).sum()))
        return timely

    def _lit(self, batch: Batch, columns: Ints, chosen: Ints, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """False where an unverified claim meets a track that better checked sources keep alive."""
        if not self._settings.shadow_unverified:
            return np.ones(chosen.size, dtype=bool)
        better = self._bank.data[Row.TRUST_AT.start + Trust.VERIFIED : Row.TRUST_AT.stop, columns].max(axis=0)
        alive = batch[Column.AT][chosen] - better <= self._settings.live_s
        lit: NDArray[np.bool_] = ~alive | (batch[Column.TRUST][chosen] >= Trust.VERIFIED)
        self._count(Refusal.SHADOWED, int((wanted & ~lit).sum()))
        return lit

    def _heard(self, batch: Batch, columns: Ints, chosen: Ints, at: float) -> None:
        """Bookkeeping that is no arithmetic: claims, signers, events."""
        bank = self._bank
        instants = batch[Column.AT][chosen].tolist()
        for column, index, measured_at in zip(columns.tolist(), chosen.tolist(), instants, strict=True):
            observation, identity = batch.observations[index], batch.identities[index]
            member = bank.members[column]
            claim = bank.claims.get(identity)
            if claim is None or claim.member is not member:
                reporter = reporter_of(observation, identity[1])
                silence_s = self._settings.noise[observation.provenance.source].identity_silence_s
                claim = Claim(
                    identity, reporter, member, observation.self_reported, silence_s, at, measured_at
                )
                bank.attach(claim)
            elif measured_at > claim.last_at:
                claim.previous_at, claim.last_at = claim.last_at, measured_at
            else:
                claim.previous_at = measured_at
            claim.heard_at = at
            if measured_at >= member.events_at and (observation.events or observation.self_reported):
                member.events, member.events_at = observation.events, measured_at

    # -- unknown identities ------------------------------------------------------------------------

    def _reporters(self, batch: Batch, rest: Ints) -> list[Ints]:
        """The observations ``rest`` by reporter: the best checked first, then by source and name."""
        lesser = (batch[Column.TRUST] < Trust.VERIFIED).tolist()
        source, measured_at = batch.source.tolist(), batch[Column.AT].tolist()
        groups: dict[tuple[bool, int, str, str], list[int]] = {}
        for index in rest.tolist():
            name, signer = reporter_of(batch.observations[index], batch.identities[index][1])
            groups.setdefault((lesser[index], source[index], name, signer or ""), []).append(index)
        names = sorted(groups)
        for key in names[self._settings.max_reporters :]:
            self._count(Refusal.REPORTER_LIMIT, len(groups[key]))
        return [
            np.array(
                sorted(groups[key], key=lambda i: (measured_at[i], batch.identities[i][0])), dtype=np.intp
            )
            for key in names[: self._settings.max_reporters]
        ]

    def _unknown(self, batch: Batch, group: Ints, at: float) -> None:
        """Assign one reporter's observations; the rest of them are new tracks."""
        bank, settings = self._bank, self._settings
        places, columns = candidates(bank, batch, group, settings)
        comparison = compare(bank, columns, batch, group[places], settings)
        open_ = comparison.passes(settings.gate_position, settings.gate_velocity)
        open_ &= self._free(batch, group, places, columns, open_)
        places, columns, cost = places[open_], columns[open_], comparison.cost()[open_]
        taken = assign(places, columns, cost, settings.unassigned_price)
        everything = np.ones(taken.size, dtype=bool)
        self._take(batch, columns[taken], group[places[taken]], everything, at)
        left = np.ones(group.size, dtype=bool)
        left[places[taken]] = False
        self._born(batch, group[left], at)

    def _born(self, batch: Batch, chosen: Ints, at: float) -> None:
        if chosen.size:
            columns = spawn(self._bank, batch, chosen, self._settings)
            absorb(self._bank, columns, batch, chosen, at, self._settings, fresh=True)
            self._heard(batch, columns, chosen, at)

    def _free(
        self, batch: Batch, group: Ints, places: Ints, columns: Ints, wanted: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """False where the reporter has another id in the track that is alive: two ids, two objects."""
        first = int(group[0])
        reporter = reporter_of(batch.observations[first], batch.identities[first][1])
        free = np.ones(places.size, dtype=bool)
        for pair in np.flatnonzero(wanted).tolist():
            claim = self._bank.members[int(columns[pair])].claims.get(reporter)
            if claim is None:
                continue
            index = int(group[places[pair]])
            same = claim.identity[0] == batch.identities[index][0]
            free[pair] = same or batch.value[index, Column.AT] > claim.alive_until
        return free

    # -- upkeep ------------------------------------------------------------------------------------

    def _upkeep(self, ego: EgoState, at: float) -> None:
        bank, settings = self._bank, self._settings
        if at - self._forgotten_at >= _FORGET_PERIOD_S:
            bank.forget(at - settings.track_timeout_s)
            self._forgotten_at = at
        bank.keep(~self._doubles.merge(bank, at, settings))
        silent = at - bank.row(Row.LAST_HIT_AT)
        confirmed = bank.row(Row.CONFIRMED) > 0
        fading = decayed(bank.row(Row.EXISTENCE), silent, settings) < settings.existence_floor
        unseen = ~confirmed & (silent > settings.tentative_timeout_s)
        bank.keep(~(fading | unseen | (silent > settings.track_timeout_s)))
        excess = bank.n - settings.max_tracks
        if excess > 0:
            self._count(Refusal.TRACK_LIMIT, excess)
            trust = bank.rows(Row.TRUST_AT)[Trust.VERIFIED :].max(axis=0) > -np.inf
            reach = np.hypot(bank.data[0, : bank.n] - ego.east_m, bank.data[1, : bank.n] - ego.north_m)
            best = np.lexsort((reach, -bank.row(Row.CONFIRMED), ~trust))[: settings.max_tracks]
            alive = np.zeros(bank.n, dtype=bool)
            alive[best] = True
            bank.keep(alive)


def reporter_of(observation: Observation, signer: str | None) -> SourceKey:
    """Who sees: self-reports are one reporter; else the part of the id before "/" with its signer."""
    if observation.self_reported:
        return ("self", None)
    unit = observation.object_id.rpartition("/")[0]
    return (unit or str(observation.provenance.source), signer)


def predict_ego(ego: EgoState, at: float, settings: TrackerSettings) -> EgoState:
    """The ego at ``at`` on an arc of constant speed and yaw rate; raises FusionError where that is absurd."""
    numbers = (
        at, ego.at, ego.east_m, ego.north_m, ego.yaw_rad, ego.speed_mps, ego.accel_mps2, ego.yaw_rate_radps,
        ego.position_sigma_m, ego.length_m, ego.width_m,
    )  # fmt: skip
    if not all(map(math.isfinite, numbers)):
        raise FusionError(f"the ego state or the step's instant is no number: {ego!r} at {at!r}")
    dt = at - ego.at
    if abs(dt) > settings.ego_age_limit_s:
        raise FusionError(f"the ego state is {dt:.3f} s old, limit {settings.ego_age_limit_s:g} s")
    if dt == 0.0:
        return ego
    half_turn = 0.5 * ego.yaw_rate_radps * dt
    chord = ego.speed_mps * dt * (math.sin(half_turn) / half_turn if half_turn else 1.0)
    return replace(
        ego,
        at=at,
        east_m=ego.east_m + chord * math.cos(ego.yaw_rad + half_turn),
        north_m=ego.north_m + chord * math.sin(ego.yaw_rad + half_turn),
        yaw_rad=math.remainder(ego.yaw_rad + 2.0 * half_turn, 2.0 * math.pi),
        position_sigma_m=ego.position_sigma_m + settings.ego_growth_mps * abs(dt),
    )
