"""The worker: order, bounds, accounting, and what happens when it stops or breaks."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from v2x.errors import Reason
from v2x.modem.radio import RadioFrame
from v2x.pipeline import OTHER_SENDERS, SENDER_LIMIT, Accepted, Dropped, Tally
from v2x.worker import Worker


class StillClock:
    def __init__(self, now: float) -> None:
        self.at = now

    def now(self) -> float:
        return self.at


class Script:
    """A pipeline that accepts frames beginning with 'a', drops others, and can be held."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def feed(self, frame: bytes, received_at: float) -> Accepted | Dropped:
        self.entered.set()
        assert self.gate.wait(10)
        self.seen.append(frame)
        if frame == b"defect":
            raise ZeroDivisionError
        if not frame.startswith(b"a"):
            return Dropped(Reason.TIME_STALE, "old")
        message = SimpleNamespace(kind="BSM")
        return Accepted(111, cast(Any, message), cast(Any, None), None, cast(Any, (frame,)), 0.001)


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
