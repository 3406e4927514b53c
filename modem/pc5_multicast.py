"""PC5 without a radio: the members of a UDP multicast group hear each other, with layer-2 ids and priorities.

    datagram  octets 0..1   "P5"
              2             version, 1
              3             pppp 1..8, 0 where none was given
              4..7          source layer-2 id
              8..11         destination layer-2 id, FF FF FF FF where none was given
              12..          the frame

Numbers are unsigned, big endian; the layout is ours.  Nothing is modelled of the air: no loss but the
network's, no channel load, so there is no channel busy ratio.  Datagrams of another form are counted as
``foreign``.  Sockets, queue and the rule for remote addresses are those of ``v2x.modem.udp``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from v2x.modem.pc5 import Pc5Base
from v2x.modem.pc5_types import PPPP_LAST, Function, L2Ids, Pc5Counters, Pc5State, Pc5Status, check_pppp
from v2x.modem.radio import RadioFrame, check_l2
from v2x.modem.udp import UdpRadio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from v2x.clock import Clock

__all__ = ["DEFAULT_GROUP", "MulticastPc5"]

DEFAULT_GROUP = "239.255.53.5"
"""In the range of administratively scoped addresses (RFC 2365); ours."""

MAGIC = b"P5"
VERSION = 1
NO_ID = 0xFFFFFFFF
_HEAD = struct.Struct(">2sBBII")


class MulticastPc5(Pc5Base):
    """A provider (:class:`v2x.modem.pc5.Pc5`) over UDP multicast; made by ``open``."""

    def __init__(self, pipe: UdpRadio, group: str, source_l2: int) -> None:
        functions = (
            Function.STATUS,
            Function.COUNTERS,
            Function.RESET_COUNTERS,
            Function.L2_IDS,
            Function.SET_L2_IDS,
            Function.FRAMES,
        )
        super().__init__(f"multicast {group} at {pipe.address}", frozenset(functions), simulated=True)
        self._pipe = pipe
        self._ids = L2Ids(source_l2)
        self._closed = False
        self._sent = self._received = 0
        self.foreign = 0

    @classmethod
    async def open(
        cls,
        listen: str,
        clock: Clock,
        *,
        source_l2: int,
        group: str = DEFAULT_GROUP,
        allow_remote: bool = False,
    ) -> MulticastPc5:
        """Join ``group`` on the interface and at the port of ``listen`` (``<ip>:<port>``).

        ``clock`` stamps what is received.  Raises PortUnavailable as ``UdpRadio.open``, ValueError on what is
        no layer-2 id.
        """
        check_l2(source_l2)
        pipe = await UdpRadio.open(listen, listen, clock, group=group, allow_remote=allow_remote)
        return cls(pipe, group, source_l2)

    @property
    def shed(self) -> int:
        """Received datagrams that the full queue gave up."""
        return self._pipe.shed

    async def status(self) -> Pc5Status:
        """Active until it is closed."""
        state = Pc5State.INACTIVE if self._closed else Pc5State.ACTIVE
        return Pc5Status(state, state)

    async def counters(self) -> Pc5Counters:
        """Frames sent and fetched."""
        return Pc5Counters(sent=self._sent, received=self._received)

    async def reset_counters(self) -> None:
        """Begin to count from 0."""
        self._sent = self._received = 0

    async def l2_ids(self) -> L2Ids:
        """The ids in use."""
        return self._ids

    async def set_l2_ids(self, ids: L2Ids) -> None:
        """Send under these ids from now on; a destination is taken for frames that come without one."""
        self._ids = ids

    async def send(
        self,
        data: bytes,
        *,
        destination_l2: int | None = None,
        pppp: int | None = None,
        flow: int | None = None,
    ) -> None:
        """Send one frame to the group.  Raises PortLost, ModemError; ValueError on what no frame has."""
        if flow is not None:
            raise self._lacks(Function.FLOWS)
        destination = self._ids.destination if destination_l2 is None else check_l2(destination_l2)
        head = _HEAD.pack(
            MAGIC,
            VERSION,
            0 if pppp is None else check_pppp(pppp),
            self._ids.source,
            NO_ID if destination is None else destination,
        )
        await self._pipe.send(head + data)
        self._sent += 1

    async def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in order; ends when it is closed."""
        async for datagram in self._pipe.frames():
            frame = _frame(datagram)
            if frame is None:
                self.foreign += 1
            else:
                self._received += 1
                yield frame

    async def close(self) -> None:
        """Leave the group; idempotent."""
        self._closed = True
        await self._pipe.close()


def _frame(datagram: RadioFrame) -> RadioFrame | None:
    """The frame in a datagram, ``None`` where it is none of ours."""
    data = datagram.data
    if len(data) <= _HEAD.size:
        return None
    magic, version, pppp, source, destination = _HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION or pppp > PPPP_LAST or source > 0xFFFFFF:
        return None
    if destination > 0xFFFFFF and destination != NO_ID:
        return None
    return RadioFrame(
        data[_HEAD.size :],
        datagram.received_at,
        source,
        None if destination == NO_ID else destination,
        pppp or None,
    )
