"""Replay window: which signed messages were accepted while they could still be fresh.

A message is known by a digest of its ToBeSignedData with its signer, so that neither a new signature, nor a
certificate in the place of the digest, makes it new.  It is remembered until its generation time is too old
to be taken anyway.  ``seen`` looks up, ``commit`` remembers: a forged frame that fails in between takes no
slot.  Ours; the standard asks for the check only.
"""

from __future__ import annotations

import hashlib
import heapq

__all__ = ["ReplayWindow"]


class ReplayWindow:
    """Digests of accepted messages, at most ``limit`` of them.

    When it is full the oldest goes early, and from then on what is not younger than that one counts as seen:
    it could no longer be told from a replay.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("a replay window needs at least one place")
        self._limit = limit
        self._seen: set[bytes] = set()
        self._order: list[tuple[float, bytes]] = []
        self._floor_at = float("-inf")

    def __len__(self) -> int:
        return len(self._seen)

    @staticmethod
    def key(signer: bytes, to_be_signed: bytes) -> bytes:
        """The name of a message: 16 octets of BLAKE2b over signer and signed octets (public data)."""
        return hashlib.blake2b(to_be_signed, digest_size=16, key=signer).digest()

    def seen(self, key: bytes, generated_at: float) -> bool:
        """Whether the message was accepted before, or can no longer be told from one that was."""
        return key in self._seen or generated_at <= self._floor_at

    def commit(self, key: bytes, generated_at: float, oldest_fresh_at: float) -> None:
        """Remember an accepted message; what was generated before ``oldest_fresh_at`` is forgotten."""
        while self._order and self._order[0][0] < oldest_fresh_at:
            self._seen.discard(heapq.heappop(self._order)[1])
        if key in self._seen:
            return
        if len(self._seen) >= self._limit:
            self._floor_at, oldest = heapq.heappop(self._order)
            self._seen.discard(oldest)
        self._seen.add(key)
        heapq.heappush(self._order, (generated_at, key))
