"""The detectors with memory: each sender against its own last states, and against the others'.

What they compare, and by which equation, stands in :mod:`v2x.plausibility`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

from v2x.errors import Reason
from v2x.footprint import Box, overlap
from v2x.objects import Observation, Trust
from v2x.plausibility.finding import Finding, PlausibilitySettings, finding, out_of_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.objects import Observed

__all__ = ["Detectors"]

SENDER_LIMIT = 4096
"""Senders whose history is kept, some 1 KB each; a radio's range holds hundreds, a flood ends here."""

IDS_LIMIT = 8
"""Histories kept of one certificate's self-reported ids: it should have one, and must not push out others."""

STATES_LIMIT = 32_768
"""States remembered against replays: 200 neighbours at 10 Hz for 16 s, some 6 MB."""

CELL_M = 25
"""Side of the squares by which near vehicles are found: larger than any vehicle."""

NEAR_M = 3.0
"""How far a vehicle goes between its message and its neighbour's, at 30 m/s and 10 Hz."""


class _Sender:
    """What is kept of one sender: its last state, the start of its window, its last replay match."""

    __slots__ = (
        "anchor", "cell", "count", "heard_at", "key", "last", "least_mps", "matched", "matches", "moved_m",
        "speed_sum",
    )  # fmt: skip

    def __init__(self, key: tuple[str | None, str], first: Observation) -> None:
        self.key = key
        self.last = first
        self.heard_at = first.measured_at
        self.cell: tuple[int, int] | None = None
        self.matched: tuple[str | None, str] | None = None
        self.matches = 0
        self.begin(first)

    def begin(self, claim: Observation) -> None:
        """Start a window at this state."""
        self.anchor = claim
        self.count = 0
        self.speed_sum = 0.0
        self.least_mps = math.inf
        self.moved_m = 0.0


class Detectors:
    """All detectors with their memory; one thread owns it.

    ``station_m`` is this station's place (east, north) in the frame of the claims; set it as it moves.
    """

    def __init__(self, settings: PlausibilitySettings | None = None) -> None:
        self.settings = settings or PlausibilitySettings()
        self.station_m = (0.0, 0.0)
        self._senders: OrderedDict[tuple[str | None, str], _Sender] = OrderedDict()
        self._ids: dict[str, OrderedDict[str, float]] = {}
        self._cells: dict[tuple[int, int], set[tuple[str | None, str]]] = {}
        self._states: OrderedDict[tuple[float, ...], tuple[str | None, str]] = OrderedDict()

    @property
    def sender_count(self) -> int:
        """Senders remembered."""
        return len(self._senders)

    @property
    def state_count(self) -> int:
        """States remembered against replays."""
        return len(self._states)

    def examine(self, claims: Sequence[Observed], received_at: float) -> tuple[Finding, ...]:
        """What is wrong with the claims of one message, received at ``received_at`` (POSIX s)."""
        found: list[Finding] = []
        for claim in claims:
            wrong = out_of_range(claim, received_at, self.settings, self.station_m)
            if wrong is not None:
                found.append(wrong)
            elif isinstance(claim, Observation):
                self._track(claim, found)
        return tuple(found)

    # -- a claim against its sender's last ones --------------------------------------------------

    def _track(self, claim: Observation, found: list[Finding]) -> None:
        limits = self.settings
        key = (claim.provenance.signer, claim.object_id)
        sender = self._senders.get(key)
        if sender is not None and claim.measured_at - sender.heard_at > limits.memory_s:
            self._forget(key)
            sender = None
        if sender is None:
            sender = self._admit(key, claim)
        else:
            self._senders.move_to_end(key)
            sender.heard_at = claim.measured_at
            if self._jumps(sender.last, claim, found):
                return
        if claim.self_reported:
            if self._replays(sender, claim, found):
                return
            self._locate(sender, claim)
        sender.last = claim
        self._count(sender, claim)
        if claim.measured_at - sender.anchor.measured_at >= limits.window_s or sender.count >= 1000:
            self._close_window(sender, claim, found)

    def _admit(self, key: tuple[str | None, str], claim: Observation) -> _Sender:
        sender = self._senders[key] = _Sender(key, claim)
        signer = key[0]
        if signer is not None and claim.self_reported:
            ids = self._ids.setdefault(signer, OrderedDict())
            ids[key[1]] = claim.measured_at
            if len(ids) > IDS_LIMIT:
                self._forget((signer, next(iter(ids))))
        if len(self._senders) > SENDER_LIMIT:
            self._forget(next(iter(self._senders)))
        return sender

    def _forget(self, key: tuple[str | None, str]) -> None:
        sender = self._senders.pop(key, None)
        if sender is None:
            return
        self._leave_cell(sender)
        signer, object_id = key
        if signer is not None and (ids := self._ids.get(signer)) is not None:
            ids.pop(object_id, None)
            if not ids:
                del self._ids[signer]

    def _jumps(self, last: Observation, claim: Observation, found: list[Finding]) -> bool:
        limits = self.settings
        elapsed_s = abs(claim.measured_at - last.measured_at)
        moved_m = math.hypot(claim.east_m - last.east_m, claim.north_m - last.north_m)
        reach_m = limits.speed_limit_mps * elapsed_s + limits.jump_margin_m
        if moved_m <= reach_m or moved_m <= reach_m + 3.0 * _sigma_m(last, claim):
            return False
        detail = f"moved {moved_m:.1f} m in {elapsed_s:.2f} s"
        found.append(finding(Reason.PLAUSIBILITY_POSITION_JUMP, claim, claim.object_id, detail, drop=True))
        return True

    def _replays(self, sender: _Sender, claim: Observation, found: list[Finding]) -> bool:
        """Whether another sender said these very states before."""
        speed_mps = claim.speed_mps
        if speed_mps is None or abs(speed_mps) < self.settings.replay_speed_mps:
            return False
        state = (claim.east_m, claim.north_m, speed_mps, claim.yaw_rad or 0.0)
        owner = self._states.get(state)
        if owner is None:
            self._states[state] = sender.key
            if len(self._states) > STATES_LIMIT:
                self._states.popitem(last=False)
            sender.matches = 0
            return False
        if owner == sender.key or (owner[0] is not None and owner[0] == sender.key[0]):
            return False  # its own earlier state
        sender.matches = sender.matches + 1 if owner == sender.matched else 1
        sender.matched = owner
        if sender.matches < self.settings.replay_matches:
            return False
        detail = f"its last {sender.matches} states are those that {owner[1]} sent before"
        found.append(
            finding(
                Reason.PLAUSIBILITY_REPLAYED_STATE, claim, claim.object_id, detail, drop=True, other=owner[0]
            )
        )
        return True

    def _locate(self, sender: _Sender, claim: Observation) -> None:
        cell = (int(claim.east_m // CELL_M), int(claim.north_m // CELL_M))
        if cell != sender.cell:
            self._leave_cell(sender)
            sender.cell = cell
            self._cells.setdefault(cell, set()).add(sender.key)

    def _leave_cell(self, sender: _Sender) -> None:
        if sender.cell is not None and (members := self._cells.get(sender.cell)) is not None:
            members.discard(sender.key)
            if not members:
                del self._cells[sender.cell]
        sender.cell = None

    @staticmethod
    def _count(sender: _Sender, claim: Observation) -> None:
        sender.count += 1
        speed_mps = claim.speed_mps
        if speed_mps is not None:
            sender.speed_sum += speed_mps
            if speed_mps < sender.least_mps:
                sender.least_mps = speed_mps
        else:
            sender.least_mps = -math.inf
        anchor = sender.anchor
        moved_m = abs(claim.east_m - anchor.east_m) + abs(claim.north_m - anchor.north_m)
        if moved_m > sender.moved_m:
            sender.moved_m = moved_m

    # -- once a window ---------------------------------------------------------------------------

    def _close_window(self, sender: _Sender, claim: Observation, found: list[Finding]) -> None:
        elapsed_s = max(claim.measured_at - sender.anchor.measured_at, 1e-3)
        self._check_motion(sender, claim, elapsed_s, found)
        if claim.self_reported:
            self._check_radio_range(claim, found)
            self._check_rate(sender, claim, elapsed_s, found)
            self._check_ids(claim, found)
            self._check_overlap(claim, found)
        sender.begin(claim)

    def _check_motion(
        self, sender: _Sender, claim: Observation, elapsed_s: float, found: list[Finding]
    ) -> None:
        limits, anchor, name = self.settings, sender.anchor, claim.object_id
        if sender.least_mps == -math.inf or sender.count < 3:
            return
        east_m, north_m = claim.east_m - anchor.east_m, claim.north_m - anchor.north_m
        moved_m = math.hypot(east_m, north_m)
        if sender.least_mps > limits.frozen_speed_mps and sender.moved_m < limits.frozen_move_m:
            detail = f"moves at {sender.least_mps:.1f} m/s or more and stayed in place for {elapsed_s:.1f} s"
            found.append(finding(Reason.PLAUSIBILITY_FROZEN, claim, name, detail))
            return
        said_mps, done_mps = sender.speed_sum / sender.count, moved_m / elapsed_s
        tolerance_mps = limits.speed_margin_mps + limits.speed_margin_share * abs(said_mps)
        tolerance_mps += 3.0 * _sigma_m(anchor, claim) / elapsed_s
        if abs(done_mps - abs(said_mps)) > tolerance_mps:
            detail = f"says {said_mps:.1f} m/s, moved at {done_mps:.1f} m/s over {elapsed_s:.1f} s"
            found.append(finding(Reason.PLAUSIBILITY_SPEED_DISPLACEMENT, claim, name, detail))
        if claim.yaw_rad is None or sender.least_mps < limits.heading_speed_mps:
            return
        if moved_m < limits.heading_speed_mps * elapsed_s / 2 + 3.0 * _sigma_m(anchor, claim):
            return
        course_rad = math.atan2(north_m, east_m)
        yaw_rad = claim.yaw_rad
        if anchor.yaw_rad is not None:  # half way between both ends of a curve
            yaw_rad = anchor.yaw_rad + 0.5 * math.remainder(yaw_rad - anchor.yaw_rad, math.tau)
        off_rad = abs(math.remainder(course_rad - yaw_rad, math.tau))
        if off_rad > limits.heading_margin_rad:
            detail = f"heads {math.degrees(off_rad):.0f} degrees off the course it moves on"
            found.append(finding(Reason.PLAUSIBILITY_HEADING, claim, name, detail))

    def _check_radio_range(self, claim: Observation, found: list[Finding]) -> None:
        station_m = self.station_m
        distance_m = math.hypot(claim.east_m - station_m[0], claim.north_m - station_m[1])
        if distance_m > self.settings.radio_range_m:
            detail = f"was heard directly from {distance_m:.0f} m"
            found.append(finding(Reason.PLAUSIBILITY_RADIO_RANGE, claim, claim.object_id, detail))

    def _check_rate(
        self, sender: _Sender, claim: Observation, elapsed_s: float, found: list[Finding]
    ) -> None:
        rate_hz = sender.count / elapsed_s
        if rate_hz > self.settings.rate_limit_hz:
            detail = f"sends {rate_hz:.0f} messages a second"
            found.append(finding(Reason.PLAUSIBILITY_FREQUENCY, claim, claim.object_id, detail))

    def _check_ids(self, claim: Observation, found: list[Finding]) -> None:
        signer = claim.provenance.signer
        ids = None if signer is None else self._ids.get(signer)
        if signer is None or ids is None:
            return
        ids[claim.object_id] = claim.measured_at
        horizon_at = claim.measured_at - 2.0 * self.settings.window_s
        live = [name for name, seen_at in ids.items() if seen_at >= horizon_at]
        if len(live) > 1:
            detail = f"its certificate speaks for {len(live)} ids at once"
            found.append(finding(Reason.PLAUSIBILITY_SEVERAL_IDS, claim, claim.object_id, detail))

    def _check_overlap(self, claim: Observation, found: list[Finding]) -> None:
        if claim.provenance.trust is not Trust.VERIFIED or not claim.length_m:
            return
        signer, east_m, north_m = claim.provenance.signer, claim.east_m, claim.north_m
        column, row = int(east_m // CELL_M), int(north_m // CELL_M)
        for near in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            for key in self._cells.get(near, ()):
                other = self._senders[key].last
                reach_m = claim.length_m + (other.length_m or 0.0) + NEAR_M
                if abs(other.east_m - east_m) > reach_m or abs(other.north_m - north_m) > reach_m:
                    continue
                if key[0] != signer and self._overlaps(claim, other):
                    detail, name = f"stands in the place of {other.object_id}", claim.object_id
                    reason = Reason.PLAUSIBILITY_OVERLAP
                    found.append(finding(reason, claim, name, detail, other=key[0]))
                    return

    def _overlaps(self, a: Observation, b: Observation) -> bool:
        if b.provenance.trust is not Trust.VERIFIED:
            return False
        lag_s = a.measured_at - b.measured_at
        if abs(lag_s) > self.settings.overlap_age_s:
            return False
        smaller_m = self.settings.overlap_margin_m + 2.0 * _sigma_m(a, b)
        boxes = _box(a, smaller_m, 0.0), _box(b, smaller_m, lag_s)
        return boxes[0] is not None and boxes[1] is not None and overlap(boxes[0], boxes[1])


def _box(claim: Observation, smaller_m: float, later_s: float) -> Box | None:
    """What the vehicle surely covers ``later_s`` on; None where its accuracy leaves nothing sure."""
    length_m, width_m = (claim.length_m or 0.0) - smaller_m, (claim.width_m or 0.0) - smaller_m
    if length_m <= 0 or width_m <= 0:
        return None
    yaw_rad, ahead_m = claim.yaw_rad or 0.0, (claim.speed_mps or 0.0) * later_s
    east_m = claim.east_m + ahead_m * math.cos(yaw_rad)
    north_m = claim.north_m + ahead_m * math.sin(yaw_rad)
    return Box(east_m, north_m, yaw_rad, length_m, width_m)


def _sigma_m(a: Observation, b: Observation) -> float:
    return (a.position_sigma_m or 0.0) + (b.position_sigma_m or 0.0)
