"""The worker: one thread that runs the pipeline, so that no signature check blocks the event loop.

    receive task ─► bounded queue (drops the oldest, counts it) ─► thread: Pipeline.feed ─► results

Broadcast can't be slowed down; under overload the oldest frame is the least worth, so it is shed and
counted as ``queue/shed``.  The order of the frames is kept.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.errors import Reason
from v2x.pipeline import Accepted, Tally

if TYPE_CHECKING:
    from v2x.clock import Clock
    from v2x.modem.radio import RadioFrame
    from v2x.objects import Observed
    from v2x.pipeline import Pipeline

__all__ = ["LatencyWindow", "Worker"]

QUEUE_LIMIT = 2048
"""Frames that wait for the pipeline: about one second of a crowded channel (2,000 frames a second)."""

RESULT_LIMIT = 65536
"""Claims that wait for the next tick: more means that nobody ticks; the oldest go, and are counted."""

LATENCY_LIMIT = 100_000
"""Latencies kept for the percentiles: five minutes at 300 frames a second; then the oldest go."""


@dataclass(frozen=True, slots=True)
class LatencyWindow:
    """Percentiles over the kept latencies, in milliseconds; ``None`` before the first frame."""

    count: int
    p50_ms: float | None
    p99_ms: float | None


def _percentile(ordered: list[float], share: float) -> float | None:
    """Nearest-rank percentile of an ordered list."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


class Worker:
    """Owns the pipeline, its thread and the tally.  ``submit`` and ``take`` are called by the station."""

    def __init__(self, pipeline: Pipeline, clock: Clock, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._queue: deque[RadioFrame] = deque()
        self._queue_limit = queue_limit
        self._results: deque[Observed] = deque()
        self._latencies_s: deque[float] = deque(maxlen=LATENCY_LIMIT)
        self._changed = threading.Condition()
        self._busy = False
        self._closing = False
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.tally = Tally()
        self.results_shed = 0
        self.verify_s_total = 0.0

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="v2x-worker", daemon=True)
        self._thread.start()

    def submit(self, frame: RadioFrame) -> None:
        """Queue a frame; the oldest one is shed when the queue is full."""
        with self._changed:
            self._raise_failure()
            self.tally.count_received(frame.source_l2)
            if len(self._queue) >= self._queue_limit:
                shed = self._queue.popleft()
                self.tally.count_dropped(shed.source_l2, Reason.QUEUE_SHED)
            self._queue.append(frame)
            self._changed.notify_all()

    def count_shed(self, source_l2: int | None) -> None:
        """Account for a frame that the radio itself had to shed: received, and dropped unread."""
        with self._changed:
            self.tally.count_received(source_l2)
            self.tally.count_dropped(source_l2, Reason.QUEUE_SHED)

    def take(self) -> list[Observed]:
        """Everything observed since the last call."""
        with self._changed:
            self._raise_failure()
            taken = list(self._results)
            self._results.clear()
        return taken

    def drain(self, timeout_s: float) -> bool:
        """Wait until the queue is worked off; False if that took longer than ``timeout_s``."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: (not self._queue and not self._busy) or self._failure is not None, timeout_s
            )
            self._raise_failure()
            return done

    def close(self) -> None:
        """Stop the thread after the frame it works on; idempotent.  What still waits is counted as shed."""
        with self._changed:
            self._closing = True
            while self._queue:
                self.tally.count_dropped(self._queue.popleft().source_l2, Reason.QUEUE_SHED)
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def waiting(self) -> int:
        """Frames in the queue."""
        return len(self._queue)

    def latency(self) -> LatencyWindow:
        """From frame received to observation accepted."""
        with self._changed:
            ordered = sorted(self._latencies_s)
        p50, p99 = _percentile(ordered, 0.50), _percentile(ordered, 0.99)
        return LatencyWindow(
            len(ordered), None if p50 is None else 1000 * p50, None if p99 is None else 1000 * p99
        )

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise RuntimeError("the pipeline's thread died") from self._failure

    def _run(self) -> None:
        try:
            while (frame := self._next()) is not None:
                self._work(frame)
        except BaseException as error:  # a defect, not data: hand it to the station
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _next(self) -> RadioFrame | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue or self._closing)
            if self._closing:
                return None
            self._busy = True
            return self._queue.popleft()

    def _work(self, frame: RadioFrame) -> None:
        verdict = self._pipeline.feed(frame.data, frame.received_at)
        with self._changed:
            if not isinstance(verdict, Accepted):
                self.tally.count_dropped(frame.source_l2, verdict.reason)
                return
            self.tally.count_accepted(frame.source_l2, verdict.message.kind)
            self.verify_s_total += verdict.verify_s
            self._latencies_s.append(self._clock.now() - frame.received_at)
            for claim in verdict.observed:
                if len(self._results) >= RESULT_LIMIT:
                    self._results.popleft()
                    self.results_shed += 1
                self._results.append(claim)
