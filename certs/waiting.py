"""Messages of signers whose certificate has not come yet: they wait for it, within bounds.

A signer sends its whole certificate at the latest 450 ms after the last one (GB/T 45315-2025), and its
HashedId8 in between.  A message that comes first waits here; when the certificate is there it is checked as
if it came now, with its own time of reception.  What waits too long, or finds no room, is given back to be
counted.

Who gets the room: a signer has at most ``per_signer`` places, and its oldest message gives way to its newest.
When the room is full, the signer with the most messages gives its oldest; where several have as many, the one
that came to that number last does.  So a flood of made-up signers, one message each, keeps out newcomers,
and pushes out none that wait already.  Ours; the standard does not speak of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Waiting", "WaitingRoom"]

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The verdict on a message that waits for the certificate of ``signer`` (HashedId8 in hex)."""

    signer: str


class WaitingRoom(Generic[Entry]):
    """Entries by signer, each for at most ``wait_s``; times are POSIX s of reception."""

    def __init__(self, limit: int, per_signer: int, wait_s: float) -> None:
        if limit < 1 or per_signer < 1:
            raise ValueError("a waiting room needs at least one place")
        self._limit = limit
        self._wait_s = wait_s
        self._queues: dict[bytes, deque[tuple[float, Entry]]] = {}
        self._by_length: list[dict[bytes, None]] = [{} for _ in range(per_signer + 1)]
        self._count = 0
        self._due_at = float("inf")

    def __len__(self) -> int:
        return self._count

    def add(self, signer: bytes, entry: Entry, received_at: float) -> list[Entry]:
        """Let ``entry`` wait; gives back those that have to leave for it, which may be itself."""
        queue = self._queues.get(signer)
        length = 0 if queue is None else len(queue)
        if length == len(self._by_length) - 1 and queue is not None:
            left = [queue.popleft()[1]]
            self._count -= 1
        elif self._count < self._limit:
            left = []
        else:
            longest = next(n for n in range(len(self._by_length) - 1, -1, -1) if self._by_length[n])
            if length + 1 >= longest:  # its own signer would be one of the longest, and the last of them
                if queue is None:
                    return [entry]
                left = [queue.popleft()[1]]
                self._count -= 1
            else:
                left = [self._shorten(next(reversed(self._by_length[longest])))]
        self._queues.setdefault(signer, deque()).append((received_at, entry))
        self._count += 1
        self._file(signer, length)
        self._due_at = min(self._due_at, received_at + self._wait_s)
        return left

    def release(self, signer: bytes) -> list[Entry]:
        """Take out all that waits for ``signer``, oldest first."""
        queue = self._queues.get(signer)
        if queue is None:
            return []
        length = len(queue)
        del self._queues[signer], self._by_length[length][signer]
        self._count -= length
        return [entry for _, entry in queue]

    def expire(self, at: float) -> list[Entry]:
        """Take out all that has waited for its time at ``at``, oldest first."""
        if at < self._due_at:
            return []
        gone: list[tuple[float, Entry]] = []
        for signer, queue in list(self._queues.items()):
            length = len(queue)
            while queue and queue[0][0] + self._wait_s <= at:
                gone.append(queue.popleft())
            self._count -= length - len(queue)
            self._file(signer, length)
        heads = [queue[0][0] for queue in self._queues.values()]
        self._due_at = min(heads) + self._wait_s if heads else float("inf")
        gone.sort(key=lambda pair: pair[0])
        return [entry for _, entry in gone]

    def _shorten(self, signer: bytes) -> Entry:
        queue = self._queues[signer]
        entry = queue.popleft()[1]
        self._count -= 1
        self._file(signer, len(queue) + 1)
        return entry

    def _file(self, signer: bytes, length: int) -> None:
        """Put the signer among those with as many entries as it has now; it had ``length``."""
        now = len(self._queues[signer])
        if now == length:
            return
        self._by_length[length].pop(signer, None)
        if now:
            self._by_length[now][signer] = None
        else:
            del self._queues[signer]
