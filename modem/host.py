"""Hosts of the simulated module: a PTY that looks like a serial device, or a TCP port.

    async with simulated_module("unisoc", script=load_script(Path("faults.toml"))) as sim:
        port = await open_port(sim.path)
    async with replayed_module(read_trace(Path("run.jsonl"))) as sim:
        ...
        sim.device.divergences

The module boots when its host starts and goes on while nobody is connected.  What nobody reads is given
up, as a real module's UART does; the loss is counted.  Both hosts serve one client at a time and are
reached from this machine only.  Simulated time is the event loop's clock times ``speed``.

Where the module's port goes (a restart of a USB module, a script's port loss), the PTY hangs up and its
link goes; when it comes back it is another PTY, so ``path`` changes and ``link`` points there.  A TCP host
drops its client and takes none meanwhile; the end of a TCP connection ends data mode, as DTR does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from v2x.modem.errors import PortProblem, PortUnavailable
from v2x.modem.port import DEFAULT_BAUD, set_raw
from v2x.modem.profiles import load_profile
from v2x.modem.sim import SimOptions, SimulatedModule
from v2x.modem.sim_replay import ReplayedModule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from v2x.modem.sim_script import Script
    from v2x.modem.trace import TraceRecord

__all__ = ["Device", "PtyHost", "SimHost", "TcpHost", "replayed_module", "simulated_module"]

OUTPUT_LIMIT = 65_536
"""Octets that wait for a client that does not read."""

READ_CHUNK = 4096
PTY_FOLDER = "/dev/pts/"


class Device(Protocol):
    """What a host carries: a simulated module or a replayed one."""

    @property
    def due_at(self) -> float | None:
        """When ``advance`` is to be called next."""
        ...

    @property
    def listening(self) -> bool:
        """Whether it hears commands."""
        ...

    @property
    def port_present(self) -> bool:
        """Whether its port is there."""
        ...

    def power_on(self, at: float) -> None:
        """Boot."""
        ...

    def power_off(self) -> None:
        """Fall silent."""
        ...

    def hang_up(self) -> None:
        """The client is gone."""
        ...

    def feed(self, data: bytes, at: float) -> bytes:
        """Octets from the client; returns what is due."""
        ...

    def advance(self, at: float) -> bytes:
        """What is due by ``at``."""
        ...


class SimHost(ABC):
    """Drives a simulated module by the event loop; the subclasses carry its bytes."""

    def __init__(self, device: Device, speed: float) -> None:
        if speed <= 0.0:
            raise ValueError("simulated time goes forward")
        self.device = device
        self.dropped = 0
        self.path = ""
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._listening, self._registered = asyncio.Event(), asyncio.Event()
        self._closed = False
        self._plugged_in = True
        self.when_changed: Callable[[bool], None] | None = None
        """Told when the port went (False) and when it came back (True), under ``path``."""

    @property
    def module(self) -> SimulatedModule:
        """The simulated module.  Raises TypeError where a trace is replayed."""
        if not isinstance(self.device, SimulatedModule):
            raise TypeError("a trace is replayed here")
        return self.device

    def boot(self) -> None:
        """Switch the module on."""
        self.device.power_on(self._now())
        self._tick()

    async def until_ready(self) -> None:
        """Return when the module has booted far enough to hear commands."""
        await self._listening.wait()

    async def until_registered(self) -> None:
        """Return when the simulated network serves the module: its boot is over."""
        await self._registered.wait()

    async def close(self) -> None:
        """Switch it off and take its port away, as unplugging does; idempotent."""
        self._closed = True
        self.device.power_off()
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> float:
        return self._loop.time() * self._speed

    def _take(self, data: bytes) -> None:
        self._say(self.device.feed(data, self._now()))
        self._arm()

    def _tick(self) -> None:
        self._say(self.device.advance(self._now()))
        self._arm()

    def _arm(self) -> None:
        registered = isinstance(self.device, SimulatedModule) and self.device.registered
        for event, reached in ((self._listening, self.device.listening), (self._registered, registered)):
            (event.set if reached else event.clear)()
        if self.device.port_present != self._plugged_in and not self._closed:
            self._plugged_in = self.device.port_present
            (self._plug if self._plugged_in else self._unplug)()
            if self.when_changed is not None:
                self.when_changed(self._plugged_in)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_at = self.device.due_at
        if due_at is not None and not self._closed:
            self._timer = self._loop.call_at(due_at / self._speed, self._tick)

    @abstractmethod
    def _say(self, data: bytes) -> None:
        """Carry ``data`` to the client, or give it up where nobody reads."""

    @abstractmethod
    def _unplug(self) -> None:
        """The module's port goes."""

    @abstractmethod
    def _plug(self) -> None:
        """The module's port comes back."""


class PtyHost(SimHost):
    """The module behind a PTY; ``path`` is the device to open, ``link`` a name that points to it."""

    def __init__(self, device: Device, speed: float, link: Path | None) -> None:
        super().__init__(device, speed)
        self._waiting = bytearray()
        self._wanted_link = link
        self._link: Path | None = None
        self._plug()

    def _plug(self) -> None:
        self._master, self._slave = os.openpty()  # the slave stays open: clients may come and go
        try:
            set_raw(self._slave, DEFAULT_BAUD)
            os.set_blocking(self._master, False)
            self.path = os.ttyname(self._slave)
            self._link = None if self._wanted_link is None else _point(self._wanted_link, self.path)
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
        if self._plugged_in:
            self._unplug()

    def _unplug(self) -> None:
        self._waiting.clear()
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
        if self._closed or not self._plugged_in or not data:
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

    def __init__(self, device: Device, speed: float) -> None:
        super().__init__(device, speed)
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
        if self._client is not None or self._closed or not self._plugged_in:
            return False
        self._client = transport
        return True

    def disconnected(self) -> None:
        """The client is gone; the next one may come."""
        self._client = None
        self.device.hang_up()

    def received(self, data: bytes) -> None:
        """The client sent something."""
        self._take(data)

    def _unplug(self) -> None:
        if self._client is not None:
            self._client.abort()

    def _plug(self) -> None:
        """Clients are taken again."""

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
    script: Script | None = None,
) -> AsyncIterator[SimHost]:
    """A booting simulated module; ``path`` of what it yields is to be opened as a port.

    A PTY, whose name ``link`` may point to, or with ``tcp_port`` a TCP port (0: any free one).
    ``options`` count before those of ``script``.  Raises ProfileError, ScriptError, PortUnavailable.
    """
    module = SimulatedModule(load_profile(profile), options, script)
    async with _hosted(module, link, tcp_port, speed) as host:
        yield host


@contextlib.asynccontextmanager
async def replayed_module(
    records: Iterable[TraceRecord],
    *,
    link: Path | None = None,
    tcp_port: int | None = None,
    speed: float = 1.0,
) -> AsyncIterator[SimHost]:
    """A module that answers as a trace has it.  Raises TraceError, PortUnavailable."""
    async with _hosted(ReplayedModule(records), link, tcp_port, speed) as host:
        yield host


@contextlib.asynccontextmanager
async def _hosted(
    device: Device, link: Path | None, tcp_port: int | None, speed: float
) -> AsyncIterator[SimHost]:
    host: SimHost
    if tcp_port is None:
        host = PtyHost(device, speed, link)
    else:
        host = TcpHost(device, speed)
        await host.listen(tcp_port)
    try:
        host.boot()
        yield host
    finally:
        await host.close()
