"""The loopback radio's medium: simulated air inside one process, and the radios attached to it.

    actor ── transmit(l2_id, data, at) ──┐
    radio A ── send(data) ───────────────┴─► Medium ─► queue of every other radio ─► frames()

A broadcast reaches every attached radio but its sender.  A radio may change its source layer-2 id; what it
sends counts under the id with which it was attached, so that the account of who sent what survives a change
of pseudonym.  A frame that arrives carries the instant that the injected clock shows then.  Loss and delay
are off unless asked for, and random only through the generator that is passed in.  Nothing is modelled of
the physical layer: no range, no collisions, no channel load.  Not thread-safe: transmit and receive on one
event loop.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from v2x.errors import ModemError
from v2x.modem.radio import FrameQueue, RadioFrame, check_l2

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable

    from v2x.clock import Clock

__all__ = ["LoopbackRadio", "Medium", "MediumSettings", "SenderCount"]

RECEIVE_QUEUE = 4096
"""Frames that wait in one radio: some seconds of a crowded channel; then the oldest go, and are counted."""

FRAME_LIMIT = 8192
"""Octets of one frame on this medium; well above the 1400 of DSMP, so that receivers must check theirs."""

SENDER_LIMIT = 4096
"""Senders counted one by one; a flood of made-up ids is added up under ``OTHER_SENDERS``."""

IN_FLIGHT_LIMIT = 65536
"""Delayed deliveries under way; what would exceed it is lost, and counted as such."""

RADIO_LIMIT = 256
"""Radios on one medium: the work of a broadcast grows with them."""

OTHER_SENDERS = -1
"""The key of the senders beyond the limit."""


class Schedule(Protocol):
    """Calls ``callback`` after ``delay_s``, as ``loop.call_later`` does."""

    def __call__(self, delay_s: float, callback: Callable[[], None], /) -> object: ...


@dataclass(frozen=True, slots=True)
class MediumSettings:
    """How bad the air is; the default is perfect.  All of it is ours, not a standard's.

    ``loss`` is the probability that one receiver misses one frame.  A delivery takes ``delay_s`` plus a
    uniform share of ``jitter_s``.
    """

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.loss <= 1.0:
            raise ValueError(f"loss is a probability, not {self.loss}")
        if self.delay_s < 0.0 or self.jitter_s < 0.0:
            raise ValueError("a delay can't be negative")

    @property
    def random(self) -> bool:
        """True where a generator is needed."""
        return self.loss > 0.0 or self.jitter_s > 0.0


@dataclass(slots=True)
class SenderCount:
    """What one sender has sent: a layer-2 id, or a radio under the id with which it was attached."""

    name: str
    frames: int = 0
    octets: int = 0
    last_at: float | None = None


class Medium:
    """Simulated air.  ``senders`` counts what was sent, ``lost`` the deliveries that loss took away."""

    def __init__(
        self,
        clock: Clock,
        settings: MediumSettings | None = None,
        *,
        rng: random.Random | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        """``rng`` is needed where loss or jitter are set; ``schedule`` replaces the running loop's timer."""
        self._clock = clock
        self._settings = settings or MediumSettings()
        if self._settings.random and rng is None:
            raise ValueError("loss and jitter need a generator")
        self._rng = rng
        self._schedule = schedule
        self._radios: list[LoopbackRadio] = []
        self._in_flight = 0
        self.senders: dict[int, SenderCount] = {}
        self.lost = 0

    def attach(self, l2_id: int, name: str, *, queue_limit: int = RECEIVE_QUEUE) -> LoopbackRadio:
        """A new radio with this layer-2 id; ModemError where it is taken, ValueError where it is none."""
        if any(l2_id in (radio.l2_id, radio.attached_as) for radio in self._radios):
            raise ModemError(f"layer-2 id {l2_id:#08x} is attached already")
        if len(self._radios) >= RADIO_LIMIT:
            raise ModemError(f"the medium carries at most {RADIO_LIMIT} radios")
        radio = LoopbackRadio(self, check_l2(l2_id), name, queue_limit)
        self._radios.append(radio)
        self.register(l2_id, name)
        return radio

    def register(self, l2_id: int, name: str) -> None:
        """Name a sender that has no radio of its own, so that the counters can show it."""
        self._count(l2_id).name = name

    def transmit(self, l2_id: int, data: bytes, at: float) -> None:
        """Broadcast ``data`` as ``l2_id`` at ``at`` (POSIX s) to every radio with another id.

        For a sender without a radio.  Raises ModemError where ``data`` is empty or longer than the medium
        carries.
        """
        self._account(l2_id, data, at)
        for receiver in tuple(self._radios):
            if receiver.l2_id != l2_id:
                self._deliver(receiver, data, l2_id)

    def broadcast(self, sender: LoopbackRadio, data: bytes) -> None:
        """What ``sender`` sends now reaches every other radio, under its layer-2 id of this moment."""
        self._account(sender.attached_as, data, self.now())
        for receiver in tuple(self._radios):
            if receiver is not sender:
                self._deliver(receiver, data, sender.l2_id)

    def _account(self, key: int, data: bytes, at: float) -> None:
        if not 0 < len(data) <= FRAME_LIMIT:
            raise ModemError(f"a frame has 1 to {FRAME_LIMIT} octets, not {len(data)}")
        count = self._count(key)
        count.frames += 1
        count.octets += len(data)
        count.last_at = at

    @property
    def sent(self) -> int:
        """Frames sent by all."""
        return sum(count.frames for count in self.senders.values())

    def _count(self, l2_id: int) -> SenderCount:
        known = self.senders.get(l2_id)
        if known is not None:
            return known
        if len(self.senders) >= SENDER_LIMIT:
            return self.senders.setdefault(OTHER_SENDERS, SenderCount("others"))
        return self.senders.setdefault(l2_id, SenderCount(f"{l2_id:06x}"))

    def _deliver(self, receiver: LoopbackRadio, data: bytes, source_l2: int) -> None:
        settings, rng = self._settings, self._rng
        if rng is not None and settings.loss > 0.0 and rng.random() < settings.loss:
            self.lost += 1
            return
        delay_s = settings.delay_s
        if rng is not None and settings.jitter_s > 0.0:
            delay_s += rng.uniform(0.0, settings.jitter_s)
        if delay_s <= 0.0:
            receiver.take(RadioFrame(data, self._clock.now(), source_l2))
            return
        if self._in_flight >= IN_FLIGHT_LIMIT:
            self.lost += 1
            return
        self._in_flight += 1

        def arrive() -> None:
            self._in_flight -= 1
            receiver.take(RadioFrame(data, self._clock.now(), source_l2))

        schedule = self._schedule or asyncio.get_running_loop().call_later
        schedule(delay_s, arrive)

    def detach(self, radio: LoopbackRadio) -> None:
        """Take a radio off the air; idempotent."""
        if radio in self._radios:
            self._radios.remove(radio)

    def now(self) -> float:
        """The medium's clock."""
        return self._clock.now()


class LoopbackRadio:
    """A radio of the medium (``v2x.modem.radio.Radio``).  One task reads ``frames``."""

    def __init__(self, medium: Medium, l2_id: int, name: str, queue_limit: int) -> None:
        """Made by :meth:`Medium.attach`."""
        self._medium = medium
        self._queue = FrameQueue(queue_limit)
        self._closed = False
        self.attached_as = self.l2_id = l2_id
        self.name = name

    @property
    def simulated(self) -> bool:
        """No air is involved."""
        return True

    @property
    def shed(self) -> int:
        """Frames that the full queue had to give up."""
        return self._queue.shed

    @property
    def waiting(self) -> int:
        """Frames received and not read yet."""
        return len(self._queue)

    def take(self, frame: RadioFrame) -> None:
        """The medium delivers; the oldest frame goes when the queue is full."""
        self._queue.put(frame)

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in the order of reception; ends when the radio is closed and its queue is read."""
        return self._queue.frames()

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:  # noqa: ARG002
        """Broadcast to all others; the destination id and the priority change nothing on this medium."""
        if self._closed:
            raise ModemError(f"radio {self.name} is closed")
        self._medium.broadcast(self, data)

    async def use_source_l2(self, source_l2: int) -> bool:
        """Send under this layer-2 id from now on; True.  ValueError for what is none."""
        self.l2_id = check_l2(source_l2)
        return True

    async def close(self) -> None:
        """Leave the medium; idempotent."""
        self._closed = True
        self._medium.detach(self)
        self._queue.close()
