"""What a PC5 bench measures: packet error ratio, inter-packet gaps, latency and channel load over time.

    expected    sequence numbers from the first to the latest, both included; a restart begins anew
    PER         lost / expected over the last ``window_s``, a point every ``step_s``
    gap         from one reception of a sender to its next (inter-packet gap)
    latency     received_at - sent_at, only where the caller passes ``sent_at``: clocks must agree

A loss is counted in the step in which the next number arrives, so a sender that falls silent loses nothing
by sequence: its points end, and the gap shows it.  A number that arrives late, at most ``late_limit``
behind, is no loss any more.  One that lies further back, or more than ``jump_limit`` ahead, means that the
sender began anew.  Instants are the caller's: a clock that is set back makes no gap.

Source: the window of 5 s with steps of 1 s is the practice of SAE J2945/1; sequence numbers are taken as
they are, so MsgCnt (modulus 128) works as well as the test frames of ``v2x.modem.pc5_payload``.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from v2x.modem.pc5_payload import SEQUENCE_MODULUS
from v2x.modem.pc5_spread import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from v2x.modem.pc5_types import ChannelBusy

__all__ = [
    "Arrival",
    "CbrMeasures",
    "CbrPoint",
    "LinkMeasures",
    "MeasureSettings",
    "PerPoint",
    "SenderMeasures",
]

WINDOW_S = 5.0
STEP_S = 1.0
"""Practice of SAE J2945/1."""

SERIES_LIMIT = 86_400
"""Points of one series: a day of seconds.  Then the oldest go."""

MSG_CNT_MODULUS = 128


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """How to measure; all limits are ours but the window's.  ValueError on what can't work together.

    ``silence_limit_s``: a longer silence makes the sender begin anew, because its numbers may have gone
    round meanwhile; ``None`` where they can't have.  ``sender_limit``: a flood of made-up senders is
    counted as ``others``.
    """

    modulus: int = SEQUENCE_MODULUS
    window_s: float = WINDOW_S
    step_s: float = STEP_S
    late_limit: int = 64
    jump_limit: int = 100_000
    silence_limit_s: float | None = None
    sender_limit: int = 256

    def __post_init__(self) -> None:
        if not 0.0 < self.step_s <= self.window_s or self.sender_limit < 1:
            raise ValueError("a window holds at least one step, and somebody is measured")
        if not 0 <= self.late_limit < self.modulus // 2 or self.jump_limit < 1:
            raise ValueError("what is late must be told from what is ahead")

    @classmethod
    def msg_cnt(cls) -> MeasureSettings:
        """For numbers modulo 128 (MsgCnt): a silence of a window may hide a whole round."""
        return cls(modulus=MSG_CNT_MODULUS, late_limit=16, silence_limit_s=WINDOW_S)


class Arrival(Enum):
    """What a received number was."""

    NEW = "new"
    LATE = "late"  # behind another one, and missed until now
    REPEATED = "repeated"  # known already, or from before the first
    RESTART = "restart"  # the first of a sender, or the first after it began anew
    IGNORED = "ignored"  # of a sender beyond the limit


@dataclass(frozen=True, slots=True)
class PerPoint:
    """The window that ends at ``at`` (POSIX s); ``lost`` of ``expected``."""

    at: float
    expected: int
    lost: int

    @property
    def per(self) -> float:
        """Packet error ratio, 0..1."""
        return self.lost / self.expected


class SenderMeasures:
    """One sender.  ``received`` counts each number once, ``repeated`` the rest."""

    def __init__(self, settings: MeasureSettings) -> None:
        self._settings = settings
        self._last: int | None = None
        self._missing = 0  # bit i: the number i behind the latest is missing
        self._step = 0
        self._open = [0, 0]  # expected and lost of this step
        self._steps = max(1, round(settings.window_s / settings.step_s))
        self._window: deque[tuple[int, int]] = deque(maxlen=self._steps)
        self.series: deque[PerPoint] = deque(maxlen=SERIES_LIMIT)
        self.gaps = Spread()
        self.latencies = Spread()
        self.received = self.lost = self.late = self.repeated = self.restarts = 0
        self.first_at = self.last_at = math.nan

    @property
    def expected(self) -> int:
        """Numbers that should have come."""
        return self.received + self.lost

    @property
    def per(self) -> float | None:
        """Packet error ratio over the whole time, 0..1; ``None`` before the first."""
        return self.lost / self.expected if self.expected else None

    def add(self, sequence: int, received_at: float, sent_at: float | None = None) -> Arrival:
        """Number ``sequence`` arrived.  ValueError where it is none of the modulus."""
        if not 0 <= sequence < self._settings.modulus:
            raise ValueError(f"a sequence number is 0..{self._settings.modulus - 1}, not {sequence}")
        self.advance(received_at)
        arrival = self._place(sequence, received_at)
        if arrival is Arrival.REPEATED:
            self.repeated += 1
            return arrival
        self.received += 1
        self._time(received_at, sent_at)
        return arrival

    def advance(self, at: float) -> None:
        """Close the steps that are over at ``at``; a bench calls it at its end."""
        step = math.floor(at / self._settings.step_s)
        if math.isnan(self.first_at):
            self._step = step
        elif step > self._step:
            for _ in range(min(step - self._step, self._steps + 1)):  # then the window is empty
                self._close_step()
            self._step = step

    def _close_step(self) -> None:
        self._window.append((self._open[0], self._open[1]))
        self._open = [0, 0]
        self._step += 1
        expected, lost = (sum(column) for column in zip(*self._window, strict=True))
        if expected > 0:
            self.series.append(
                PerPoint(self._step * self._settings.step_s, expected, min(max(lost, 0), expected))
            )

    def _place(self, sequence: int, received_at: float) -> Arrival:
        """Where the number stands among the others."""
        modulus, late_limit = self._settings.modulus, self._settings.late_limit
        if self._last is None or self._was_silent(received_at):
            return self._restart(sequence)
        ahead = (sequence - self._last) % modulus
        behind = (modulus - ahead) % modulus
        if behind <= late_limit:
            if not self._missing >> behind & 1:
                return Arrival.REPEATED
            self._missing &= ~(1 << behind)
            self.late += 1
            self._count(0, -1)
            return Arrival.LATE
        if ahead > self._settings.jump_limit:
            return self._restart(sequence)
        shift = min(ahead, late_limit + 1)
        self._missing = (self._missing << shift | ((1 << shift) - 2)) & ((2 << late_limit) - 1)
        self._last = sequence
        self._count(ahead, ahead - 1)
        return Arrival.NEW

    def _was_silent(self, received_at: float) -> bool:
        limit_s = self._settings.silence_limit_s
        return limit_s is not None and received_at - self.last_at > limit_s

    def _restart(self, sequence: int) -> Arrival:
        self.restarts += self._last is not None
        self._last, self._missing = sequence, 0
        self._count(1, 0)
        return Arrival.RESTART

    def _count(self, expected: int, lost: int) -> None:
        self._open[0] += expected
        self._open[1] += lost
        self.lost += lost

    def _time(self, received_at: float, sent_at: float | None) -> None:
        if math.isnan(self.first_at):
            self.first_at = received_at
        elif received_at >= self.last_at:
            self.gaps.add(received_at - self.last_at)
        self.last_at = received_at
        if sent_at is not None:
            self.latencies.add(received_at - sent_at)


class LinkMeasures:
    """All senders that one receiver hears.  ``others`` counts what came from senders beyond the limit."""

    def __init__(self, settings: MeasureSettings | None = None) -> None:
        self._settings = settings or MeasureSettings()
        self._senders: dict[int, SenderMeasures] = {}
        self.others = 0

    @property
    def senders(self) -> Mapping[int, SenderMeasures]:
        """By sender, in the order of their first frame."""
        return self._senders

    def add(self, sender: int, sequence: int, received_at: float, sent_at: float | None = None) -> Arrival:
        """Number ``sequence`` of ``sender`` arrived at ``received_at`` (POSIX s).

        ``sent_at`` is its instant by the sender's clock, to be passed only where both clocks agree.
        ValueError on a number that is none of the modulus.
        """
        measures = self._senders.get(sender)
        if measures is None:
            if len(self._senders) >= self._settings.sender_limit:
                self.others += 1
                return Arrival.IGNORED
            measures = self._senders[sender] = SenderMeasures(self._settings)
        return measures.add(sequence, received_at, sent_at)

    def advance(self, at: float) -> None:
        """Close the steps of every sender that are over at ``at``."""
        for measures in self._senders.values():
            measures.advance(at)

    @property
    def per(self) -> float | None:
        """Packet error ratio of all senders together, 0..1."""
        expected = sum(one.expected for one in self._senders.values())
        return sum(one.lost for one in self._senders.values()) / expected if expected else None


@dataclass(frozen=True, slots=True)
class CbrPoint:
    """Channel busy ratio of PSSCH at ``at`` (POSIX s), 0..1."""

    at: float
    pssch: float


class CbrMeasures:
    """Channel load over time.  ``missing`` counts answers without a value."""

    def __init__(self) -> None:
        self.series: deque[CbrPoint] = deque(maxlen=SERIES_LIMIT)
        self.spread = Spread()
        self.missing = 0

    def add(self, at: float, busy: ChannelBusy) -> None:
        """The unit said ``busy`` at ``at``."""
        if busy.pssch is None:
            self.missing += 1
            return
        self.series.append(CbrPoint(at, busy.pssch))
        self.spread.add(busy.pssch)
