"""The worker: one thread that runs the pipeline, so that no signature check blocks the event loop.

    receive task ─► bounded queue (drops the oldest, counts it) ─► thread: Pipeline.feed_many ─► results

Broadcast can't be slowed down; under overload the oldest frame is the least worth, so it is shed and
counted as ``queue/shed``.  The thread takes what has come meanwhile, at most a batch: one frame at a time
when there is little to do, many signatures at once under load.  The order of the frames is kept, except that
a message which waits for its signer's certificate comes when that is there.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from v2x.errors import Reason
from v2x.objects import Trust
from v2x.pipeline import Accepted, Dropped, Tally, Waiting

if TYPE_CHECKING:
    from v2x.certs.policy import EgoView
    from v2x.clock import Clock
    from v2x.misbehaviour import Report, Reporter
    from v2x.modem.radio import RadioFrame
    from v2x.objects import Observed
    from v2x.pipeline import Pipeline, Verdict

__all__ = ["LatencyWindow", "Worker"]

QUEUE_LIMIT = 2048
"""Frames that wait for the pipeline: about one second of a crowded channel (2,000 frames a second)."""

BATCH_LIMIT = 32
"""Frames that are worked on together: four fillings of an eight-lane kernel; through libcrypto alone such a
batch takes some 12 ms, so that what comes meanwhile does not wait longer than that."""

EXPIRY_PERIOD_S = 0.1
"""How often a quiet thread looks for messages that have waited too long; the wait itself is 0.6 s."""

RESULT_LIMIT = 65536
"""Claims that wait for the next tick: more means that nobody ticks; the oldest go, and are counted."""

REPORT_LIMIT = 64
"""Misbehaviour reports that wait for the tick: a reporter makes 20 an hour."""

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

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Clock,
        *,
        queue_limit: int = QUEUE_LIMIT,
        batch_limit: int = BATCH_LIMIT,
        reporter: Reporter | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._reporter = reporter
        self._clock = clock
        self._queue: deque[RadioFrame] = deque()
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._results: deque[Observed] = deque()
        self._latencies_s: deque[float] = deque(maxlen=LATENCY_LIMIT)
        self._changed = threading.Condition()
        self._held = 0
        self._idle = False
        self._draining = 0
        self._closing = False
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.tally = Tally()
        self.results_shed = 0
        self.verify_s_total = 0.0
        self.findings: dict[Reason, int] = {}
        self._reports: deque[Report] = deque(maxlen=REPORT_LIMIT)

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
            if self._idle:
                self._changed.notify_all()

    def locate(self, ego: EgoView) -> None:
        """Where the station is and moves: what is near decides which signatures are worth checking."""
        self._pipeline.ego = ego

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

    def take_reports(self) -> list[Report]:
        """Misbehaviour reports that came due since the last call."""
        with self._changed:
            taken = list(self._reports)
            self._reports.clear()
        return taken

    def drain(self, timeout_s: float) -> bool:
        """Wait until every frame has its verdict; False if that took longer than ``timeout_s``.

        No more frames are expected, so what waits for a certificate is not left to wait.
        """
        with self._changed:
            self._draining += 1
            self._changed.notify_all()
            try:
                done = self._changed.wait_for(
                    lambda: (not self._queue and not self._held) or self._failure is not None, timeout_s
                )
            finally:
                self._draining -= 1
            self._raise_failure()
            return done

    def close(self) -> None:
        """Stop the thread after the frames it works on; idempotent.

        What is queued is counted as shed, what waits for a certificate as of an unknown signer.
        """
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

    # -- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        """``held`` frames are those in the thread's hands: of this run, and waiting for a certificate."""
        try:
            while not self._closing:
                frames, settle = self._next()
                if frames:
                    arrivals = [(frame.data, frame.received_at, frame) for frame in frames]
                    self._account(self._pipeline.feed_many(arrivals))
                else:
                    at = math.inf if settle else self._clock.now()
                    self._account(self._pipeline.expire(at))
            self._account(self._pipeline.expire(math.inf))
        except BaseException as error:  # a defect, not data: hand it to the station
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _next(self) -> tuple[list[RadioFrame], bool]:
        """Frames to work on; none where only time has passed, or (True) where nobody will send any more."""
        with self._changed:
            self._changed.notify_all()
            self._idle = True
            timeout_s = EXPIRY_PERIOD_S if self._held else None
            self._changed.wait_for(
                lambda: self._queue or self._closing or (self._draining and self._held), timeout_s
            )
            self._idle = False
            queue = self._queue
            frames = [queue.popleft() for _ in range(min(len(queue), self._batch_limit))]
            self._held += len(frames)
            return frames, bool(self._draining)

    def _account(self, results: list[tuple[object, Verdict]]) -> None:
        """Count the verdicts and hand the claims over, under one lock."""
        now = self._clock.now() if results else 0.0
        with self._changed:
            for token, verdict in results:
                frame = cast("RadioFrame", token)
                if isinstance(verdict, Waiting):
                    continue
                self._held -= 1
                self._testify(frame, verdict)
                if isinstance(verdict, Dropped):
                    self.tally.count_dropped(frame.source_l2, verdict.reason)
                    continue
                self.tally.count_accepted(frame.source_l2, verdict.message.kind)
                self.verify_s_total += verdict.verify_s
                self._latencies_s.append(now - frame.received_at)
                self._hand_over(verdict.observed)

    def _testify(self, frame: RadioFrame, verdict: Accepted | Dropped) -> None:
        """Keep checked frames as evidence, count findings, collect the reports that come due."""
        for found in verdict.findings:
            self.findings[found.reason] = self.findings.get(found.reason, 0) + 1
        if self._reporter is None:
            return
        checked = verdict.findings or (
            isinstance(verdict, Accepted) and verdict.provenance.trust is Trust.VERIFIED
        )
        signer = verdict.provenance.signer if isinstance(verdict, Accepted) else verdict.signer
        if checked and signer is not None:
            self._reporter.remember(frame.data, signer, frame.received_at)
        self._reports.extend(self._reporter.take(verdict.findings, frame.received_at))

    def _hand_over(self, observed: tuple[Observed, ...]) -> None:
        for claim in observed:
            if len(self._results) >= RESULT_LIMIT:
                self._results.popleft()
                self.results_shed += 1
            self._results.append(claim)
