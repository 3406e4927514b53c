"""The radio as a frame pipe: DSMP units in and out, whatever carries them.

``Radio`` is the contract.  The loopback radio with its medium lives in ``v2x.scenarios.medium``;
``v2x.modem.udp.UdpRadio`` carries one DSMP unit per datagram, for a bench without radios;
``v2x.modem.pc5_radio.Pc5Radio`` makes a radio of a PC5 provider that carries frames.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["FrameQueue", "Radio", "RadioFrame", "check_l2"]


def check_l2(l2_id: int) -> int:
    """A layer-2 id of ProSe: 24 bits, else ValueError."""
    if not 0 <= l2_id <= 0xFFFFFF:
        raise ValueError(f"a layer-2 id has 24 bits, not {l2_id:#x}")
    return l2_id


@dataclass(frozen=True, slots=True)
class RadioFrame:
    """One received DSMP unit: its octets, the receive instant (POSIX s), the sender's layer-2 id if known.

    ``destination_l2`` and ``pppp`` (ProSe per-packet priority, 1 the most urgent) are ``None`` where the
    radio doesn't tell them.
    """

    data: bytes
    received_at: float
    source_l2: int | None = None
    destination_l2: int | None = None
    pppp: int | None = None


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

    async def use_source_l2(self, source_l2: int) -> bool:
        """Send under this source layer-2 id from now on; False: this radio has none, nothing changed.

        Raises ModemError where it has one that can't be changed now: what is sent next would still go out
        under the old one.  ValueError for what is no layer-2 id.
        """
        ...

    async def close(self) -> None:
        """Release the device; idempotent."""
        ...
