"""Hosts of the simulated module: a PTY that looks like a serial device, or a TCP port.

    async with simulated_module("unisoc") as sim:
        port = await open_port(sim.path)

The module boots when its host starts and goes on while nobody is connected.  What nobody reads is given
up, as a real module's UART does; the loss is counted.  Both hosts serve one client at a time and are
reached from this machine only.  Simulated time is the event loop's clock times ``speed``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from v2x.modem.errors import PortProblem, PortUnavailable
from v2x.modem.port import DEFAULT_BAUD, set_raw
from v2x.modem.profiles import load_profile
from v2x.modem.sim import SimOptions, SimulatedModule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["PtyHost", "SimHost", "TcpHost", "simulated_module"]

OUTPUT_LIMIT = 65_536
"""Octets that wait for a client that does not read."""

READ_CHUNK = 4096
PTY_FOLDER = "/dev/pts/"


class SimHost(ABC):
    """Drives a simulated module by the event loop; the subclasses carry its bytes."""

    def __init__(self, module: SimulatedModule, speed: float) -> None:
        if speed <= 0.0:
            raise ValueError("simulated time goes forward")
        self.module = module
        self.dropped = 0
        self.path = ""
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._listening = asyncio.Event()
        self._closed = False

    def boot(self) -> None:
        """Switch the module on."""
        self.module.power_on(self._now())
        self._tick()

    async def until_ready(self) -> None:
        """Return when the module has booted far enough to hear commands."""
        await self._listening.wait()

    async def close(self) -> None:
        """Switch it off and take its port away, as unplugging does; idempotent."""
        self._closed = True
        self.module.power_off()
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> float:
        return self._loop.time() * self._speed

    def _take(self, data: bytes) -> None:
        self._say(self.module.feed(data, self._now()))
        self._arm()

    def _tick(self) -> None:
        self._say(self.module.advance(self._now()))
        self._arm()

    def _arm(self) -> None:
        if self.module.listening:
            self._listening.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_at = self.module.due_at
        if due_at is not None and not self._closed:
            self._timer = self._loop.call_at(due_at / self._speed, self._tick)

    @abstractmethod
    def _say(self, data: bytes) -> None:
        """Carry ``data`` to the client, or give it up where nobody reads."""


class PtyHost(SimHost):
    """The module behind a PTY; ``path`` is the device to open, ``link`` a name that points to it."""

    def __init__(self, module: SimulatedModule, speed: float, link: Path | None) -> None:
        super().__init__(module, speed)
        self._waiting = bytearray()
        self._master, self._slave = os.openpty()  # the slave stays open: clients may come and go
        try:
            set_raw(self._slave, DEFAULT_BAUD)
            os.set_blocking(self._master, False)
            self.path = os.ttyname(self._slave)
            self._link = None if link is None else _point(link, self.path)
        except BaseException:
            os.close(self._master)
            os.close(self._slave)
            raise
        self._loop.add_reader(self._master, self._on_readable)

    async def close(self) -> None:
        """Hang up: clients read EIO."""
        if self._closed:
            return
        await super().close()
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._slave)
        os.close(self._master)
        if self._link is not None and _target(self._link) == self.path:
            self._link.unlink()

    def _on_readable(self) -> None:
        try:
            data = os.read(self._master, READ_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        self._take(data)

    def _say(self, data: bytes) -> None:
        if self._closed or not data:
            return
        self._waiting += data
        excess = len(self._waiting) - OUTPUT_LIMIT
        if excess > 0:  # the oldest goes: who comes back wants an answer, not history
            del self._waiting[:excess]
            self.dropped += excess
        self._flush()

    def _flush(self) -> None:
        try:
            while self._waiting:
                sent = os.write(self._master, self._waiting)
                del self._waiting[:sent]
        except (BlockingIOError, InterruptedError):
            self._loop.add_writer(self._master, self._flush)
        else:
            self._loop.remove_writer(self._master)


class TcpHost(SimHost):
    """The module behind a TCP port of this machine; ``path`` is ``tcp://127.0.0.1:<port>``."""

    def __init__(self, module: SimulatedModule, speed: float) -> None:
        super().__init__(module, speed)
        self._server: asyncio.Server | None = None
        self._client: asyncio.Transport | None = None

    async def listen(self, port: int) -> None:
        """Open the port, 0 for any free one.  Raises PortUnavailable."""
        try:
            self._server = await self._loop.create_server(lambda: _Client(self), "127.0.0.1", port)
        except (OSError, OverflowError) as error:
            detail = getattr(error, "strerror", None) or str(error)
            raise PortUnavailable(f"tcp://127.0.0.1:{port}", PortProblem.OTHER, detail) from error
        self.path = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and drop the client."""
        if self._closed:
            return
        await super().close()
        if self._client is not None:
            self._client.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def connected(self, transport: asyncio.Transport) -> bool:
        """Take a client; False where one is there already: a serial line has one other end."""
        if self._client is not None or self._closed:
            return False
        self._client = transport
        return True

    def disconnected(self) -> None:
        """The client is gone; the next one may come."""
        self._client = None

    def received(self, data: bytes) -> None:
        """The client sent something."""
        self._take(data)

    def _say(self, data: bytes) -> None:
        if self._client is None or not data:
            return
        if self._client.get_write_buffer_size() + len(data) > OUTPUT_LIMIT:
            self.dropped += len(data)
            return
        self._client.write(data)


class _Client(asyncio.Protocol):
    """One TCP connection; a second one is closed at once."""

    def __init__(self, host: TcpHost) -> None:
        self._host = host
        self._served = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._served = self._host.connected(transport)
        if not self._served:
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self._served:
            self._host.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._served:
            self._host.disconnected()


def _target(link: Path) -> str:
    """Where a link points to, empty for anything else."""
    return str(link.readlink()) if link.is_symlink() else ""


def _point(link: Path, target: str) -> Path:
    """Make ``link`` point to the PTY; only a link to another PTY may stand there already."""
    try:
        if _target(link).startswith(PTY_FOLDER):
            link.unlink()
        link.symlink_to(target)
    except FileExistsError:
        detail = "exists and is no link to a PTY; choose another name"
        raise PortUnavailable(str(link), PortProblem.OTHER, detail) from None
    except OSError as error:
        raise PortUnavailable(str(link), PortProblem.OTHER, error.strerror or "no link") from error
    return link


@contextlib.asynccontextmanager
async def simulated_module(
    profile: str = "unisoc",
    *,
    link: Path | None = None,
    tcp_port: int | None = None,
    options: SimOptions | None = None,
    speed: float = 1.0,
) -> AsyncIterator[SimHost]:
    """A booting simulated module; ``path`` of what it yields is to be opened as a port.

    A PTY, whose name ``link`` may point to, or with ``tcp_port`` a TCP port (0: any free one).
    Raises ProfileError, PortUnavailable.
    """
    module = SimulatedModule(load_profile(profile), options)
    host: SimHost
    if tcp_port is None:
        host = PtyHost(module, speed, link)
    else:
        host = TcpHost(module, speed)
        await host.listen(tcp_port)
    try:
        host.boot()
        yield host
    finally:
        await host.close()
