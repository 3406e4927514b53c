"""The radio as a frame pipe: DSMP units in and out, whatever carries them.

``Radio`` is the contract.  The loopback radio with its medium lives in ``v2x.scenarios.medium``;
``v2x.modem.udp.UdpRadio`` carries one DSMP unit per datagram, for a bench without radios or beside an
SDK agent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["FrameQueue", "Radio", "RadioFrame"]


@dataclass(frozen=True, slots=True)
class RadioFrame:
    """One received DSMP unit: its octets, the receive instant (POSIX s), the sender's layer-2 id if known."""

    data: bytes
    received_at: float
    source_l2: int | None = None


class FrameQueue:
    """What a radio has received and nobody has read yet: bounded, and one task reads it.

    Broadcast can't be slowed down: when the queue is full the oldest frame goes, and ``shed`` counts it.
    Not thread-safe.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("a radio needs room for one frame")
        self._frames: deque[RadioFrame] = deque()
        self._limit = limit
        self._changed = asyncio.Event()
        self._closed = False
        self.shed = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: RadioFrame) -> None:
        """A frame arrived; after ``close`` it is ignored."""
        if self._closed:
            return
        if len(self._frames) >= self._limit:
            self._frames.popleft()
            self.shed += 1
        self._frames.append(frame)
        self._changed.set()

    async def frames(self) -> AsyncIterator[RadioFrame]:
        """The frames in order; ends when the queue is closed and read."""
        while True:
            while self._frames:
                yield self._frames.popleft()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Take no more; what is there is still read.  Idempotent."""
        self._closed = True
        self._changed.set()


class Radio(Protocol):
    """A frame pipe.  ``frames`` ends when the radio is closed; ``send`` raises ModemError when it can't."""

    @property
    def simulated(self) -> bool:
        """True where no air is involved; the screen and the reports say so."""
        ...

    @property
    def shed(self) -> int:
        """Received frames that its full queue had to give up so far."""
        ...

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in the order of reception."""
        ...

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:
        """Broadcast one DSMP unit; ``priority`` is the PPPP-side priority of the AID table."""
        ...

    async def close(self) -> None:
        """Release the device; idempotent."""
        ...
