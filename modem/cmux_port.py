"""The multiplexer on a port: each channel is a port of its own.

    modem = Modem(await open_port("/dev/ttyS1"))
    link = await multiplex(modem)                 # AT+CMUX, pause, channel 0; the modem gives its port away
    first, second = await link.channel(1), await link.channel(2)
    async with Modem(first) as commands: ...
    await link.close()                            # closes the channels and the port below

``CmuxLink(port)`` alone is for a line that carries the multiplexer already.  Whether a module hears plain
AT commands after ``close`` differs; who needs that restarts it.

Sources: 3GPP TS 27.010; BG96 wants a short pause between the OK of AT+CMUX and the first frame.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from v2x.modem.cmux import FRAME_SIZE, Closed, Ended, Mux, MuxEvent, Opened, Received
from v2x.modem.commands import action
from v2x.modem.errors import MuxError, PortLost

if TYPE_CHECKING:
    from v2x.modem.modem import Modem
    from v2x.modem.port import Port

__all__ = ["CmuxLink", "CmuxPort", "multiplex"]

PAUSE_S = 0.2
"""Between the OK of AT+CMUX and the first frame (this project's choice; field notes say "short")."""

ASK_TIMEOUT_S = 1.0
ASK_LIMIT = 3
"""Times that a channel is asked for; TS 27.010 has three tries, too."""

GAP_S = 0.5
"""Silence within a frame after which it is given up: a frame of 4096 octets takes 0.36 s at 115,200 Bd."""

CHUNK_LIMIT = 16
"""Frames' worth of octets per write: a long write must not hold back other channels."""

UNREAD_LIMIT = 65_536
"""Octets of a channel that nobody read; beyond them the whole line waits, as one serial line does."""


class CmuxPort:
    """One channel as a port; made by ``CmuxLink.channel``."""

    def __init__(self, link: CmuxLink, dlci: int, name: str) -> None:
        self._link = link
        self._dlci = dlci
        self._name = name
        self._unread = bytearray()
        self._changed = asyncio.Event()
        self._lost: str | None = None

    @property
    def name(self) -> str:
        """The line's name and the channel, ``/dev/ttyS1#1``."""
        return self._name

    @property
    def full(self) -> bool:
        """Whether so much is unread that the line has to wait."""
        return self._lost is None and len(self._unread) >= UNREAD_LIMIT

    async def read(self) -> bytes:
        """The next octets.  Raises PortLost after what came before the loss was read."""
        while not self._unread:
            if self._lost is not None:
                raise PortLost(self._name, self._lost)
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._unread)
        self._unread.clear()
        self._link.was_read()
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``, waiting while the other side wants silence.  Raises PortLost."""
        step = self._link.mux_frame * CHUNK_LIMIT
        for start in range(0, len(data), step):
            if self._lost is not None:
                raise PortLost(self._name, self._lost)
            await self._link.send(self._dlci, data[start : start + step])

    async def close(self) -> None:
        """Close the channel; idempotent."""
        if self._lost is None:
            self.end("closed")
            await self._link.let_go(self._dlci)

    def offer(self, data: bytes) -> None:
        """Octets came."""
        self._unread += data
        self._changed.set()

    def end(self, why: str) -> None:
        """Nothing more will come."""
        self._lost = self._lost or why
        self._changed.set()
        self._link.was_read()


class CmuxLink:
    """The initiator's side of a multiplexed line over ``port``, which it owns from now on."""

    def __init__(self, port: Port, *, frame_size: int = FRAME_SIZE) -> None:
        self._port = port
        self._mux = Mux(initiator=True, frame_size=frame_size)
        self.mux_frame = frame_size
        self._channels: dict[int, CmuxPort] = {}
        self._asked: dict[int, asyncio.Future[bool]] = {}
        self._changed = asyncio.Event()
        self._read_some = asyncio.Event()
        self._why: str | None = None
        self._reading: asyncio.Future[bytes] | None = None
        self._reader = asyncio.create_task(self._read(), name=f"v2x-cmux-{port.name}")

    @property
    def bad_frames(self) -> int:
        """Frames that were damaged, or of a kind that is not used here."""
        return self._mux.bad_frames

    async def start(self) -> None:
        """Open channel 0.  Raises MuxError, PortLost."""
        await self._ask(0)

    async def channel(self, dlci: int) -> CmuxPort:
        """Open channel ``dlci``, 1 to 61.  Raises MuxError, PortLost, ValueError (none, or open)."""
        if dlci < 1 or dlci in self._channels:
            raise ValueError(f"channel {dlci} is open already, or none")
        port = CmuxPort(self, dlci, f"{self._port.name}#{dlci}")
        self._channels[dlci] = port
        try:
            await self._ask(dlci)
        except BaseException:
            self._channels.pop(dlci, None)
            raise
        return port

    async def close(self) -> None:
        """Close channels, multiplexer and port; idempotent."""
        if self._why is None:
            with contextlib.suppress(PortLost):
                for dlci in sorted(self._channels):
                    self._mux.close(dlci)
                self._mux.close(0)
                await self._flush()
        self._lose("closed")
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._port.close()

    # -- for its channels --------------------------------------------------------------------------

    async def send(self, dlci: int, data: bytes) -> None:
        """Send octets of a channel once the other side takes them.  Raises PortLost."""
        while self._why is None and self._mux.is_open(dlci) and not self._mux.writable(dlci):
            self._changed.clear()
            await self._changed.wait()
        if self._why is not None or not self._mux.is_open(dlci):
            raise PortLost(f"{self._port.name}#{dlci}", self._why or "closed by the other side")
        self._mux.send(dlci, data)
        await self._flush()

    async def let_go(self, dlci: int) -> None:
        """Close a channel."""
        self._channels.pop(dlci, None)
        if self._why is None:
            self._mux.close(dlci)
            with contextlib.suppress(PortLost):
                await self._flush()

    def was_read(self) -> None:
        """A channel's octets were taken: the line may go on."""
        self._read_some.set()

    # -- the line ----------------------------------------------------------------------------------

    async def _ask(self, dlci: int) -> None:
        granted = self._asked[dlci] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(ASK_LIMIT):
                if self._why is not None:
                    raise PortLost(self._port.name, self._why)
                self._mux.open(dlci)
                await self._flush()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ASK_TIMEOUT_S):
                        if await asyncio.shield(granted):
                            return
                        raise MuxError(self._port.name, dlci, "refused by the module, or the line was lost")
            raise MuxError(self._port.name, dlci, f"no answer to {ASK_LIMIT} requests")
        finally:
            granted.cancel()
            self._asked.pop(dlci, None)

    async def _flush(self) -> None:
        out = self._mux.take_out()
        if out:
            await self._port.write(out)

    async def _read(self) -> None:
        why = "the reader failed"
        try:
            while not self._mux.ended:
                while any(channel.full for channel in self._channels.values()):
                    self._read_some.clear()
                    await self._read_some.wait()
                for event in await self._events():
                    self._take(event)
                self._changed.set()
                await self._flush()
            why = "the multiplexer was closed by the module"
        except PortLost as error:
            why = error.detail
        finally:
            if self._reading is not None:
                self._reading.cancel()
                with contextlib.suppress(asyncio.CancelledError, PortLost):
                    await self._reading
            self._lose(why)

    async def _events(self) -> list[MuxEvent]:
        """What the line gives; silence within a frame says that it was damaged."""
        reading = self._reading
        if reading is None and not self._mux.half_read:
            return self._mux.feed(await self._port.read())
        if reading is None:
            reading = self._reading = asyncio.ensure_future(self._port.read())
        done, _ = await asyncio.wait((reading,), timeout=GAP_S)
        if not done:
            return self._mux.quiet()
        self._reading = None
        return self._mux.feed(reading.result())

    def _take(self, event: MuxEvent) -> None:
        if isinstance(event, Ended):
            return
        channel, asked = self._channels.get(event.dlci), self._asked.get(event.dlci)
        if isinstance(event, Received):
            if channel is not None:
                channel.offer(event.data)
        elif isinstance(event, Closed):
            if self._channels.pop(event.dlci, None) is not None and channel is not None:
                channel.end("closed by the module")
        elif asked is not None and not asked.done():
            asked.set_result(isinstance(event, Opened))

    def _lose(self, why: str) -> None:
        if self._why is not None:
            return
        self._why = why
        for asked in self._asked.values():
            if not asked.done():
                asked.set_result(False)
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.end(why)
        self._changed.set()


async def multiplex(modem: Modem, *, frame_size: int | None = None) -> CmuxLink:
    """Switch the module to basic mode and take the port over from ``modem``; channel 0 is open then.

    ``frame_size`` goes into AT+CMUX as N1; without it the module's own stands (31 octets).  Raises what
    ``Modem.execute`` raises, MuxError; where the module answers no frame the port is closed.
    """
    line = "AT+CMUX=0" if frame_size is None else f"AT+CMUX=0,0,5,{frame_size}"
    await modem.execute(action(line))
    link = CmuxLink(await modem.detach(), frame_size=frame_size or FRAME_SIZE)
    try:
        await asyncio.sleep(PAUSE_S)
        await link.start()
    except BaseException:
        await link.close()
        raise
    return link
