"""The simulated module's side of a multiplexed line: channels of 27.010 above the port.

    port octets  <->  Mux (responder)  <->  SimChannel 1, 2, ...

Notifications go to channel 1.  When the host ends the multiplexer, the port carries AT commands again.

Source: 3GPP TS 27.010, basic mode; ``v2x.modem.cmux``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cmux import FRAME_LIMIT, Closed, Ended, Mux, Received

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.modem.sim_channel import SimChannel

__all__ = ["Multiplexer"]


class Multiplexer:
    """A multiplexed line; ``ended`` once the host closed it.  Raises ValueError on no frame size."""

    def __init__(self, channels: Sequence[SimChannel], frame_size: int) -> None:
        if not 1 <= frame_size <= FRAME_LIMIT:
            raise ValueError("no frame size")
        self._channels = channels
        self._mux = Mux(initiator=False, frame_size=frame_size, channels=len(channels) - 1)

    @property
    def ended(self) -> bool:
        """Whether the host closed it."""
        return self._mux.ended

    def feed(self, data: bytes) -> None:
        """Octets of the port."""
        for event in self._mux.feed(data):
            if isinstance(event, Received):
                self._channels[event.dlci].feed(event.data)
            elif isinstance(event, Closed):
                self._channels[event.dlci].hang_up(say=False)
                self._channels[event.dlci].reset()
            elif isinstance(event, Ended):
                return

    def take(self, at: float) -> bytes:
        """What the port says by ``at``; what a closed channel says is lost."""
        for dlci, channel in enumerate(self._channels):
            octets = channel.take(at) if dlci else b""
            if octets and self._mux.is_open(dlci):
                self._mux.send(dlci, octets)
        return self._mux.take_out()
