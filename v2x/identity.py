"""Under which identity this node sends, and its change as one event.

    signer (certificate)   source layer-2 id   MsgCnt   8-octet id   path history
          next of the pool     redrawn          redrawn    redrawn      begins anew

All five change together or not at all: whoever sends takes them from the one :class:`IdentityChange` in
force, so that no message carries an old part beside a new one.  Source: GB/T 45315-2025 (what changes
along, id 8 random octets, MsgCnt from a random start); the layer-2 ids' range is that of the IMT-2020 C-V2X
access-layer configuration.  When to change is the pool's matter (:mod:`v2x.certs.pseudonym`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from v2x.certs import Signer
    from v2x.certs.pseudonym import ChangeReason, PseudonymPool

__all__ = ["COUNTS", "SOURCE_L2", "Identity", "IdentityChange"]

SOURCE_L2 = (0x010001, 0xFFFFFE)
"""First and last source layer-2 id of a vehicle."""

COUNTS = 128
"""MsgCnt counts modulo this."""


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """From ``at`` (POSIX s) on this node is another one: everything that names it, at once.

    ``message_count``: MsgCnt of the first message; ``vehicle_id``: the BSM's id, 8 octets.  A path history
    begins at ``at``: no point of it is older.
    """

    at: float
    reason: ChangeReason
    signer: Signer
    source_l2: int
    message_count: int
    vehicle_id: bytes


class Identity:
    """The identity in force; one thread owns it.  ``rng``: :class:`random.SystemRandom`, but in tests."""

    def __init__(self, pool: PseudonymPool, rng: random.Random) -> None:
        self.pool = pool
        self._rng = rng
        self._current: IdentityChange | None = None
        self.changes = 0

    @property
    def current(self) -> IdentityChange | None:
        """The last change; None before the first message, and where no certificate may be used."""
        return self._current

    def update(self, at: float, east_m: float, north_m: float, *, critical: bool) -> IdentityChange | None:
        """The identity of the message at ``at``: the same object while it is kept, None for no message.

        Arguments as those of :meth:`v2x.certs.pseudonym.PseudonymPool.update`.
        """
        reason = self.pool.update(at, east_m, north_m, critical=critical)
        signer = self.pool.signer
        if signer is None:
            self._current = None
        elif reason is not None:
            self._current = self._draw(at, reason, signer)
            self.changes += 1
        return self._current

    def _draw(self, at: float, reason: ChangeReason, signer: Signer) -> IdentityChange:
        before = self._current
        source_l2, vehicle_id = self._rng.randint(*SOURCE_L2), self._rng.randbytes(8)
        while before is not None and source_l2 == before.source_l2:
            source_l2 = self._rng.randint(*SOURCE_L2)
        return IdentityChange(at, reason, signer, source_l2, self._rng.randrange(COUNTS), vehicle_id)
