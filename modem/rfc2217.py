"""A port behind a serial server that speaks RFC 2217: ``rfc2217://host:port``.

Unlike with plain TCP, the serial line's speed is this side's to set.  Opening fails where the server does
not agree, or does not confirm the speed; a server of plain TCP is opened as ``tcp://`` instead.

The protocol is ``v2x.modem.telnet``; this is the port around it, over any port that carries its octets.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.telnet import Telnet

if TYPE_CHECKING:
    from v2x.modem.port import Port

__all__ = ["Rfc2217Port"]

AGREE_TIMEOUT_S = 5.0
"""For the options and the confirmed speed: a few round trips (this project's choice)."""

EARLY_LIMIT = 65_536
"""Octets of the line that may come while the sides still agree."""


class Rfc2217Port:
    """The serial line behind ``inner``, a connection to its server; made by ``open``."""

    def __init__(self, inner: Port, name: str) -> None:
        self._inner = inner
        self._name = name
        self._telnet = Telnet(server=False)
        self._early = bytearray()
        self._resumed = asyncio.Event()
        self._closed = False

    @classmethod
    async def open(cls, inner: Port, name: str, baud: int) -> Rfc2217Port:
        """Agree with the server and set the line.  Raises PortUnavailable; ``inner`` is closed then."""
        port = cls(inner, name)
        try:
            async with asyncio.timeout(AGREE_TIMEOUT_S):
                await port._agree(baud)
        except TimeoutError:
            detail = f"no RFC 2217 within {AGREE_TIMEOUT_S:g} s; is it plain tcp://?"
            await inner.close()
            raise PortUnavailable(name, PortProblem.REFUSED, detail) from None
        except PortLost as error:
            await inner.close()
            raise PortUnavailable(name, PortProblem.REFUSED, error.detail) from error
        except BaseException:
            await inner.close()
            raise
        return port

    async def _agree(self, baud: int) -> None:
        telnet = self._telnet
        telnet.begin()
        asked = False
        while telnet.baud_rate is None:
            if telnet.agreed and not asked:
                telnet.set_line(baud)
                asked = True
            await self._flush()
            self._early += telnet.feed(await self._inner.read())
            del self._early[:-EARLY_LIMIT]
        if telnet.baud_rate != baud:
            detail = f"the server set {telnet.baud_rate} Bd instead of {baud}"
            raise PortUnavailable(self._name, PortProblem.OTHER, detail)
        await self._flush()

    @property
    def name(self) -> str:
        """The address."""
        return self._name

    async def read(self) -> bytes:
        """The next octets of the line.  Raises PortLost."""
        data = bytes(self._early)
        self._early.clear()
        while not data:
            try:
                data = self._telnet.feed(await self._inner.read())
            except PortLost:
                self._closed = True
                self._resumed.set()
                raise
            await self._flush()
            self._telnet.commands.clear()
            if not self._telnet.suspended:
                self._resumed.set()
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``, waiting while the server asks for it.  Raises PortLost."""
        while self._telnet.suspended and not self._closed:
            self._resumed.clear()
            await self._resumed.wait()
        if self._closed:
            raise PortLost(self._name, "closed")
        self._telnet.send(data)
        await self._flush()

    async def close(self) -> None:
        """Close the connection; idempotent."""
        self._closed = True
        self._resumed.set()
        await self._inner.close()

    async def _flush(self) -> None:
        out = self._telnet.take_out()
        if out:
            await self._inner.write(out)
