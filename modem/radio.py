"""The radio as a frame pipe: DSMP units in and out, whatever carries them.

``Radio`` is the contract.  The loopback radio with its medium lives in ``v2x.scenarios.medium``;
``v2x.modem.udp.UdpRadio`` carries one DSMP unit per datagram, for a bench without radios or beside an
SDK agent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Radio", "RadioFrame"]


@dataclass(frozen=True, slots=True)
class RadioFrame:
    """One received DSMP unit: its octets, the receive instant (POSIX s), the sender's layer-2 id if known."""

    data: bytes
    received_at: float
    source_l2: int | None = None


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
