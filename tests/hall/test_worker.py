"""The worker: order, bounds, accounting, and what happens when it stops or breaks."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from v2x.certs.policy import EgoView
from v2x.errors import Reason
from v2x.misbehaviour import Reporter, ReporterSettings
from v2x.modem.radio import RadioFrame
from v2x.objects import Provenance, Source, Trust
from v2x.pipeline import OTHER_SENDERS, SENDER_LIMIT, Accepted, Dropped, Tally, Verdict, Waiting
from v2x.plausibility import Finding
from v2x.worker import BATCH_LIMIT, Worker

if TYPE_CHECKING:
    from collections.abc import Callable


class StillClock:
    def __init__(self, now: float) -> None:
        self.at = now

    def now(self) -> float:
        return self.at


class Script:
    """A pipeline that accepts frames beginning with 'a', drops others, and can be held."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.sizes: list[int] = []
        self.waiting: list[object] = []
        self.expired_at: list[float] = []
        self.patience_at = float("inf")
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def feed_many(self, arrivals: list[tuple[bytes, float, object]]) -> list[tuple[object, Verdict]]:
        self.entered.set()
        assert self.gate.wait(10)
        self.sizes.append(len(arrivals))
        results: list[tuple[object, Verdict]] = []
        for frame, _, token in arrivals:
            self.seen.append(frame)
            results.append((token, self.verdict(frame)))
            if frame.startswith(b"w"):
                self.waiting.append(token)
            if frame == b"release":
                results += [(one, self.accepted(b"late")) for one in self.waiting]
                self.waiting.clear()
        return results

    def verdict(self, frame: bytes) -> Verdict:
        if frame == b"defect":
            raise ZeroDivisionError
        if frame.startswith(b"w"):
            return Waiting("0011223344556677")
        return self.accepted(frame) if frame.startswith(b"a") else Dropped(Reason.TIME_STALE, "old")

    def accepted(self, frame: bytes) -> Accepted:
        message, findings = SimpleNamespace(kind="BSM"), ()
        if frame == b"aodd":
            findings = (Finding(Reason.PLAUSIBILITY_HEADING, "odd", "x", drop=False),)
        return Accepted(111, cast(Any, message), cast(Any, None), None, cast(Any, (frame,)), 0.001, findings)

    def expire(self, at: float) -> list[tuple[object, Verdict]]:
        self.expired_at.append(at)
        if at < self.patience_at:
            return []
        gone, self.waiting = self.waiting, []
        return [(one, Dropped(Reason.SIGNER_UNKNOWN, "never came")) for one in gone]


def worker_of(script: Script, limit: int = 100) -> Worker:
    return Worker(cast(Any, script), StillClock(5.0), queue_limit=limit)


def frame(data: bytes, sender: int | None = 1, at: float = 4.5) -> RadioFrame:
    return RadioFrame(data, at, sender)


def test_frames_are_worked_off_in_order_and_accounted_for() -> None:
    script = Script()
    worker = worker_of(script)
    worker.start()
    for data, sender in ((b"a1", 1), (b"x", 2), (b"a2", 1)):
        worker.submit(frame(data, sender))
    assert worker.drain(10)
    assert script.seen == [b"a1", b"x", b"a2"]
    assert worker.take() == cast(Any, [b"a1", b"a2"])
    assert worker.take() == []
    assert worker.tally.to_dict() == {"received": 3, "accepted": 2, "dropped": {"time": {"stale": 1}}}
    assert worker.tally.senders[1].accepted == 2
    assert worker.tally.senders[2].dropped == {Reason.TIME_STALE: 1}
    assert worker.latency().p50_ms == pytest.approx(500.0)
    worker.close()
    worker.close()


def test_a_full_queue_sheds_the_oldest_and_counts_it_for_its_sender() -> None:
    script = Script()
    script.gate.clear()
    worker = worker_of(script, limit=2)
    worker.start()
    worker.submit(frame(b"a0", 7))
    assert script.entered.wait(10)  # the thread holds a0; the queue is empty again
    for number in range(1, 5):
        worker.submit(frame(b"a%d" % number, number))
    assert worker.waiting == 2
    script.gate.set()
    assert worker.drain(10)
    assert script.seen == [b"a0", b"a3", b"a4"]
    assert worker.tally.received == worker.tally.accepted + worker.tally.dropped_total == 5
    assert worker.tally.senders[1].dropped == {Reason.QUEUE_SHED: 1}
    worker.close()


def test_closing_counts_what_still_waits() -> None:
    script = Script()
    script.gate.clear()
    worker = worker_of(script)
    worker.start()
    worker.submit(frame(b"a0"))
    assert script.entered.wait(10)
    worker.submit(frame(b"a1"))
    assert not worker.drain(0)
    closer = threading.Thread(target=worker.close)
    closer.start()
    script.gate.set()
    closer.join(10)
    assert worker.tally.received == worker.tally.accepted + worker.tally.dropped_total == 2
    assert worker.tally.dropped == {Reason.QUEUE_SHED: 1}


def test_a_defect_in_the_pipeline_is_not_swallowed() -> None:
    worker = worker_of(Script())
    worker.start()
    worker.submit(frame(b"defect"))
    with pytest.raises(RuntimeError, match="thread died"):
        worker.drain(10)
    worker.close()


def test_a_flood_of_senders_stays_bounded() -> None:
    tally = Tally()
    for sender in range(SENDER_LIMIT + 50):
        tally.count_received(sender)
    assert len(tally.senders) == SENDER_LIMIT + 1
    assert tally.senders[OTHER_SENDERS].received == 50
    assert tally.received == SENDER_LIMIT + 50


def until(worker: Worker, condition: Callable[[], bool]) -> None:
    """Wait for what the thread does; it tells whenever it looks for work."""
    with worker._changed:
        assert worker._changed.wait_for(condition, 10)


def test_what_has_come_meanwhile_is_worked_off_together() -> None:
    script = Script()
    script.gate.clear()
    worker = worker_of(script, limit=1000)
    worker.start()
    worker.submit(frame(b"a0"))
    assert script.entered.wait(10)
    for number in range(2 * BATCH_LIMIT + 3):
        worker.submit(frame(b"a%d" % number))
    script.gate.set()
    assert worker.drain(10)
    assert script.sizes == [1, BATCH_LIMIT, BATCH_LIMIT, 3]
    assert worker.tally.accepted == 2 * BATCH_LIMIT + 4
    worker.close()


def test_a_frame_that_waits_is_counted_when_it_is_released() -> None:
    script = Script()
    worker = worker_of(script)
    worker.start()
    for data, sender in ((b"w1", 1), (b"w2", 2), (b"release", 3)):
        worker.submit(frame(data, sender))
    assert worker.drain(10)
    assert worker.take() == cast(Any, [b"late", b"late"])
    assert worker.tally.to_dict() == {"received": 3, "accepted": 2, "dropped": {"time": {"stale": 1}}}
    assert [worker.tally.senders[sender].accepted for sender in (1, 2, 3)] == [1, 1, 0]
    worker.close()


def test_nothing_waits_after_draining_or_closing() -> None:
    for end in ("drain", "close"):
        script = Script()
        worker = worker_of(script)
        worker.start()
        worker.submit(frame(b"w1"))
        worker.submit(frame(b"a1"))
        until(worker, lambda tally=worker.tally: tally.accepted == 1)  # the thread has had both
        assert worker.tally.waiting == 1
        assert worker.tally.to_dict()["waiting"] == 1
        if end == "drain":
            assert worker.drain(10)
        else:
            worker.close()
        assert worker.tally.dropped == {Reason.SIGNER_UNKNOWN: 1}
        assert worker.tally.waiting == 0
        worker.close()


def test_a_quiet_worker_lets_time_pass_for_those_who_wait() -> None:
    script = Script()
    script.patience_at = 5.0  # the clock's time
    worker = worker_of(script)
    worker.start()
    worker.submit(frame(b"w1"))
    until(worker, lambda: worker.tally.dropped == {Reason.SIGNER_UNKNOWN: 1})
    assert script.expired_at[-1] == 5.0
    worker.close()


def test_findings_are_counted_and_the_place_is_handed_on() -> None:
    script = Script()
    worker = worker_of(script)
    worker.start()
    worker.submit(frame(b"aodd"))
    worker.submit(frame(b"a"))
    assert worker.drain(10)
    assert worker.findings == {Reason.PLAUSIBILITY_HEADING: 1}
    ego = EgoView(1.0, 2.0, 3.0, 4.0)
    worker.locate(ego)
    assert cast(Any, script).ego is ego
    worker.close()


def test_checked_frames_are_the_evidence_of_a_report() -> None:
    script = Script()
    script.accepted = odd  # type: ignore[method-assign]
    reporter = Reporter(ReporterSettings(findings=2))
    worker = Worker(cast(Any, script), StillClock(5.0), reporter=reporter)
    worker.start()
    for data in (b"a1", b"b", b"a2", b"a3"):
        worker.submit(frame(data))
    assert worker.drain(10)
    (report,) = worker.take_reports()
    assert worker.take_reports() == []
    worker.close()
    assert [one.frame for one in report.evidence] == [b"a1", b"a2"]
    assert (report.signer, report.reason) == ("ab" * 8, Reason.PLAUSIBILITY_HEADING)


def odd(data: bytes) -> Accepted:
    """A verified message that heads where it doesn't go."""
    signer = "ab" * 8
    found = Finding(Reason.PLAUSIBILITY_HEADING, "odd", "x", drop=False, signer=signer)
    said = Provenance(Source.BSM, Trust.VERIFIED, signer, 4.5)
    return Accepted(
        111, cast(Any, SimpleNamespace(kind="BSM")), said, None, cast(Any, (data,)), 0.0, (found,)
    )
