"""Doubles: two tracks of different sources that stay together are one object.

A pair counts up in each step in which its positions (Mahalanobis with both covariances and both common-mode
errors, and a hard radius) and velocities agree and no reporter holds a live id in each of them: two
self-reports are two vehicles.  At ``merge_steps`` in a row the pair becomes one track.  It keeps the
estimate of the better checked, then surer one (the two share information, so they are not averaged), and
the smaller track id, so that an identity does not change when it is confirmed from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from v2x.fusion import kalman
from v2x.fusion.bank import Row
from v2x.fusion.intake import KIND_GROUP
from v2x.objects import Trust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.bank import Bank, Member
    from v2x.fusion.settings import TrackerSettings

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Doubles"]


_NEAREST = 4
"""Neighbours looked at: more tracks at one place are no doubles but a flood."""


class Doubles:
    """Remembers for how many steps each close pair stayed together."""

    def __init__(self) -> None:
        self._together: dict[tuple[int, int], int] = {}

    def merge(self, bank: Bank, at: float, settings: TrackerSettings) -> NDArray[np.bool_]:
        """Merge the ripe pairs in ``bank``; returns the columns (n,) that are now to be dropped."""
        gone = np.zeros(bank.n, dtype=bool)
        together: dict[tuple[int, int], int] = {}
        for i, j in self._close(bank, at, settings).tolist():
            a, b = bank.members[i], bank.members[j]
            if not _disjoint(a, b):
                continue
            key = (min(a.track_id, b.track_id), max(a.track_id, b.track_id))
            together[key] = self._together.get(key, 0) + 1
            if together[key] >= settings.merge_steps and not (gone[i] or gone[j]):
                winner, loser = (
                    (i, j) if _rank(bank, i, at, settings) >= _rank(bank, j, at, settings) else (j, i)
                )
                _join(bank, winner, loser)
                gone[loser] = True
                del together[key]
        self._together = together
        return gone

    @staticmethod
    def _close(bank: Bank, at: float, settings: TrackerSettings) -> Ints:
        """Pairs (k, 2) of columns that agree at ``at``."""
        if bank.n < 2:
            return np.empty((0, 2), dtype=np.intp)
        x, p = kalman.predict(
            bank.rows(Row.X), bank.rows(Row.P), at - bank.row(Row.CLOCK), bank.row(Row.DENSITY)
        )
        place = x[:2].T
        k = min(_NEAREST + 1, bank.n)
        found = cKDTree(place).query(place, k=k, distance_upper_bound=settings.merge_radius_m)
        away, other = np.asarray(found[0]), np.asarray(found[1])
        mine, which = np.nonzero(np.isfinite(away))
        pairs = np.sort(np.stack((mine, other[mine, which]), axis=1).astype(np.intp), axis=1)
        pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
        i, j = pairs[:, 0], pairs[:, 1]
        y, s = x[:, i] - x[:, j], p[:, i] + p[:, j]
        common = bank.row(Row.COMMON_MODE)[i] ** 2 + bank.row(Row.COMMON_MODE)[j] ** 2
        near, _ = kalman.distance2(y[0], y[1], np.stack((s[0] + common, s[1], s[2] + common)))
        slack = settings.gate_speed_slack_mps**2
        alike, _ = kalman.distance2(y[2], y[3], np.stack((s[7] + slack, s[8], s[9] + slack)))
        group = KIND_GROUP[bank.row(Row.KIND).astype(np.intp)]
        strange = (group[i] > 0) & (group[j] > 0) & (np.abs(group[i] - group[j]) >= 2)
        good = (near <= settings.merge_gate) & (alike <= settings.merge_gate) & ~strange
        result: Ints = pairs[good]
        return result


def _disjoint(a: Member, b: Member) -> bool:
    """No reporter has an id that is alive in both."""
    for reporter in a.claims.keys() & b.claims.keys():
        older, newer = sorted((a.claims[reporter], b.claims[reporter]), key=lambda c: c.last_at)
        if newer.last_at <= older.alive_until:
            return False
    return True


def _rank(bank: Bank, column: int, at: float, settings: TrackerSettings) -> tuple[bool, bool, float]:
    data = bank.data[:, column]
    checked = at - float(data[Row.TRUST_AT][Trust.VERIFIED :].max()) <= settings.live_s
    return checked, bool(data[Row.CONFIRMED] > 0), -float(data[4] + data[6])


def _join(bank: Bank, winner: int, loser: int) -> None:
    """The winner takes what the loser knows beside the estimate."""
    data = bank.data
    for row in (Row.EXISTENCE, Row.CONFIRMED, Row.LAST_HIT_AT):
        data[row, winner] = max(data[row, winner], data[row, loser])
    data[Row.HITS, winner] += data[Row.HITS, loser]
    for rows in (Row.HEARD_AT, Row.TRUST_AT):
        data[rows, winner] = np.maximum(data[rows, winner], data[rows, loser])
    if data[Row.SIZE_RANK, loser] > data[Row.SIZE_RANK, winner]:
        rows = slice(Row.LENGTH, Row.SIZE_RANK + 1)
        data[rows, winner] = data[rows, loser]
    if data[Row.KIND_RANK, loser] > data[Row.KIND_RANK, winner]:
        rows = slice(Row.KIND, Row.KIND_RANK + 1)
        data[rows, winner] = data[rows, loser]
    kept, dropped = bank.members[winner], bank.members[loser]
    kept.track_id = min(kept.track_id, dropped.track_id)
    if dropped.events_at > kept.events_at:
        kept.events, kept.events_at = dropped.events, dropped.events_at
    for claim in list(dropped.claims.values()):
        mine = kept.claims.get(claim.reporter)
        bank.detach(claim.identity)
        if mine is None or claim.last_at > mine.last_at:
            claim.member = kept
            bank.attach(claim)
    kept.object_ids = None
