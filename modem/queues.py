"""What came and waits for its reader: notifications, and the octets of data mode.

Both are bounded: of notifications the oldest go and are counted, octets make the port wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from v2x.modem.errors import PortLost

if TYPE_CHECKING:
    from v2x.modem.events import Urc

__all__ = ["DATA_LIMIT", "DataQueue", "UrcQueue"]

DATA_LIMIT = 262_144
"""Octets of data mode that nobody read yet: a quarter of a second at 10 Mbit/s; then the port waits."""


class UrcQueue:
    """A subscription: the notifications with one of ``prefixes`` (all without any), oldest first."""

    def __init__(self, prefixes: tuple[str, ...], limit: int) -> None:
        self._prefixes = prefixes
        self._waiting: deque[Urc] = deque()
        self._limit = limit
        self._changed = asyncio.Event()
        self._lost: PortLost | None = None
        self.dropped = 0

    def offer(self, urc: Urc) -> None:
        """Take a notification if it is asked for."""
        if self._prefixes and (urc.prefix or urc.line.strip()) not in self._prefixes:
            return
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(urc)
        self._changed.set()

    def end(self, lost: PortLost) -> None:
        """No more will come, unless the modem gets another port."""
        self._lost = lost
        self._changed.set()

    def resume(self) -> None:
        """The modem has a port again."""
        self._lost = None

    def clear(self) -> None:
        """Forget what is unread."""
        self._waiting.clear()

    async def get(self) -> Urc:
        """The next notification.  Raises PortLost when none can come any more."""
        while not self._waiting:
            if self._lost is not None:
                raise PortLost(self._lost.port, self._lost.detail)
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    async def get_within(self, timeout_s: float) -> Urc | None:
        """The next notification, ``None`` if none came in time.  Raises PortLost."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.get()
        except TimeoutError:
            return None


class DataQueue:
    """The octets of data mode between the port's reader and who calls ``get``."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._open = False
        self._lifted = False

    def begin(self) -> None:
        """Data mode begins: what an earlier one left is forgotten."""
        self._waiting.clear()
        self._open = True

    def put(self, data: bytes) -> None:
        """Octets came; before ``begin`` and after ``end`` they are nobody's."""
        if self._open:
            self._waiting += data[: 2 * DATA_LIMIT - len(self._waiting)] if self._lifted else data
            self._changed.set()

    def lift(self) -> None:
        """Stop waiting for room: the answer to an escape is behind it.  Beyond twice the limit octets go."""
        self._lifted = True
        self._room.set()

    def restore(self) -> None:
        """The limit holds again."""
        self._lifted = False

    def end(self) -> None:
        """Data mode is over: ``get`` gives what is there, then nothing."""
        self._open = False
        self._changed.set()
        self._room.set()

    async def room(self) -> None:
        """Return once there is room for more."""
        while self._open and not self._lifted and len(self._waiting) >= DATA_LIMIT:
            self._room.clear()
            await self._room.wait()

    async def get(self) -> bytes:
        """The next octets; empty once data mode is over and all was read."""
        while not self._waiting and self._open:
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._waiting)
        self._waiting.clear()
        self._room.set()
        return data
