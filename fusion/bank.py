"""The store of tracks: one float column per track, and beside it who claims to be that object.

:attr:`Bank.data` has shape (rows, capacity); the first ``n`` columns are alive and dense.  Rows are named
in :class:`Row`.  Unknown numbers are NaN, instants that never came are -inf.  Columns are compacted when
tracks die, so a column number is valid within a step only; a track's name is its ``track_id``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from v2x.fusion.intake import SOURCES
from v2x.objects import Trust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.intake import Identity

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Bank", "Claim", "Member", "Row", "SourceKey"]

SourceKey = tuple[str, str | None]
"""One reporter: all self-reports together, one road-side unit with its signer, the own sensor, ..."""

_LONGEST_PERIOD_S = 0.67
"""A period that is not known yet, or longer, counts as this: with it an id is given up after 1 s."""

CONFIRMING_HITS = 3
"""Observations that confirm a track; the width of Row.HIT_AT."""


class Row:
    """Row numbers of :attr:`Bank.data`."""

    X = slice(0, 4)  # e, n, ve, vn at CLOCK
    P = slice(4, 14)  # the ten rows of v2x.fusion.kalman
    CLOCK = 14  # newest measurement
    DENSITY = 15  # process noise
    YAW, YAW_VAR = 16, 17
    ACCEL, ACCEL_AT, YAW_RATE, YAW_RATE_AT = 18, 19, 20, 21
    LENGTH, WIDTH, HEIGHT, SIZE_RANK = 22, 23, 24, 25
    KIND, KIND_RANK = 26, 27
    EXISTENCE, HITS, CONFIRMED, LATENCY = 28, 29, 30, 31
    BRAKING, LEFT, RIGHT, INTENT_AT = 32, 33, 34, 35
    COMMON_MODE = 36  # sigma of the error that its sources share with themselves
    HIT_AT = slice(37, 37 + CONFIRMING_HITS)  # the last steps with an observation, oldest first
    LAST_HIT_AT = 37 + CONFIRMING_HITS - 1
    HEARD_AT = slice(40, 40 + len(SOURCES))  # newest measurement of each source
    TRUST_AT = slice(45, 45 + len(Trust))  # newest measurement at each trust level
    SHARE = slice(49, 49 + len(SOURCES))  # what part of the position each source made
    COUNT = 49 + len(SOURCES)


_NEVER = [Row.ACCEL_AT, Row.YAW_RATE_AT, Row.INTENT_AT, *range(37, 49)]


@dataclass(slots=True)
class Claim:
    """An identity that feeds a track: its reporter, the last step that heard it, its last measurements."""

    identity: Identity
    reporter: SourceKey
    member: Member
    self_reported: bool
    silence_s: float
    heard_at: float
    last_at: float
    previous_at: float = -np.inf

    @property
    def alive_until(self) -> float:
        """When the identity may be taken for given up.

        A tracker at the roadside renames its objects from one sweep to the next, a vehicle does not: its id
        is given up only after 1.5 of its own periods.
        """
        if not self.self_reported:
            return self.last_at + self.silence_s
        period_s = min(self.last_at - self.previous_at, _LONGEST_PERIOD_S)
        return self.last_at + max(self.silence_s, 1.5 * period_s)


@dataclass(slots=True)
class Member:
    """What a track has that is no number.  At most one claim per reporter."""

    track_id: int
    column: int
    claims: dict[SourceKey, Claim] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    events_at: float = -np.inf
    object_ids: frozenset[str] | None = None


class Bank:
    """All tracks.  ``members[i]`` belongs to column i; ``claims`` finds a track by an identity."""

    def __init__(self) -> None:
        self.data: Floats = np.empty((Row.COUNT, 64))
        self.members: list[Member] = []
        self.claims: dict[Identity, Claim] = {}
        self.next_id = 1

    @property
    def n(self) -> int:
        """Tracks alive."""
        return len(self.members)

    def row(self, row: int) -> Floats:
        """A writable view (n,) of one row."""
        view: Floats = self.data[row, : self.n]
        return view

    def rows(self, rows: slice) -> Floats:
        """A writable view (k, n) of some rows."""
        view: Floats = self.data[rows, : self.n]
        return view

    def append(self, count: int) -> Ints:
        """``count`` new columns, blank (NaN, never), with fresh ids; returns their numbers."""
        first, last = self.n, self.n + count
        if last > self.data.shape[1]:
            grown = np.empty((Row.COUNT, max(2 * self.data.shape[1], last)))
            grown[:, :first] = self.data[:, :first]
            self.data = grown
        self.data[:, first:last] = np.nan
        self.data[_NEVER, first:last] = -np.inf
        self.members += [Member(self.next_id + i, first + i) for i in range(count)]
        self.next_id += count
        return np.arange(first, last, dtype=np.intp)

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the columns where ``alive`` (n,) is False, with their claims."""
        if alive.all():
            return
        kept = np.flatnonzero(alive)
        for column in np.flatnonzero(~alive).tolist():
            for claim in self.members[column].claims.values():
                del self.claims[claim.identity]
        self.data[:, : kept.size] = self.data[:, kept]
        self.members = [self.members[i] for i in kept.tolist()]
        for column, member in enumerate(self.members):
            member.column = column

    def attach(self, claim: Claim) -> None:
        """Make ``claim`` its track's one claim of that reporter; the identity leaves any other track."""
        self.detach(claim.identity)
        before = claim.member.claims.get(claim.reporter)
        if before is not None:
            del self.claims[before.identity]
        claim.member.claims[claim.reporter] = claim
        claim.member.object_ids = None
        self.claims[claim.identity] = claim

    def detach(self, identity: Identity) -> None:
        """The identity feeds no track any more."""
        claim = self.claims.pop(identity, None)
        if claim is not None:
            del claim.member.claims[claim.reporter]
            claim.member.object_ids = None

    def forget(self, before_at: float) -> None:
        """Detach the identities that no step heard since ``before_at``."""
        for identity in [c.identity for c in self.claims.values() if c.heard_at < before_at]:
            self.detach(identity)
