"""Ports: asynchronous byte pipes to a module, over a serial device, a PTY, or TCP.

    open_port("/dev/ttyUSB2")              serial device or PTY: raw, locked, exclusive
    open_port("usb:2c7c:0900:2")           the same, found by USB ids (``v2x.modem.discover``)
    open_port("tcp://127.0.0.1:5000")      TCP, as of a serial server or the simulated module
    open_port("rfc2217://192.0.2.1:2217")  a serial server that takes the line's speed (RFC 2217)

A serial port is locked twice: ``flock`` keeps out those who ask (this package, most tools), TIOCEXCL all
but root.  A PTY has only the first, because there the exclusive flag outlives a killed owner.  EIO, a
hang-up and an empty read all mean that the device is gone.  Nothing is buffered without bound: reading
stops while ``READ_LIMIT`` octets wait, and ``write`` returns when the device took the last octet.

Source: termios(3), ioctl_tty(2), flock(2); EIO after unplugging as USB serial drivers and PTYs do it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import termios
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from v2x.modem.discover import Wanted, find_port
from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.rfc2217 import Rfc2217Port
from v2x.modem.trace import TracePort

if TYPE_CHECKING:
    from v2x.modem.trace import TraceWriter

__all__ = ["DEFAULT_BAUD", "Port", "SerialPort", "TcpPort", "open_port", "set_raw"]

READ_CHUNK = 4096
READ_LIMIT = 65_536
"""Octets received and not read yet: beyond, the kernel's own buffer holds the device back."""

WRITE_LIMIT = 65_536
"""Octets of a TCP write that may wait in this process before ``write`` does."""

CONNECT_TIMEOUT_S = 5.0
DEFAULT_BAUD = 115_200
"""What the manuals give for UARTs; USB and PTYs take any."""

PTY_MAJORS = range(136, 144)
"""Device numbers of Unix98 PTY slaves (Linux)."""


class Port(Protocol):
    """A byte pipe.  ``read`` and ``write`` raise PortLost when the device is gone or the port is closed."""

    @property
    def name(self) -> str:
        """The path or address that it was opened by."""
        ...

    async def read(self) -> bytes:
        """The next octets, at least one; one task reads."""
        ...

    async def write(self, data: bytes) -> None:
        """Send all of ``data``; returns when the device took it."""
        ...

    async def close(self) -> None:
        """Release the device; idempotent."""
        ...


async def open_port(name: str, *, baud: int = DEFAULT_BAUD, trace: TraceWriter | None = None) -> Port:
    """Open what ``name`` says, with every octet traced where ``trace`` is given.

    Raises PortUnavailable with the reason.
    """
    port = await _open(name, baud)
    return port if trace is None else TracePort(port, trace)


async def _open(name: str, baud: int) -> Port:
    if name.startswith("tcp://"):
        return await TcpPort.open(name)
    if name.startswith("rfc2217://"):
        inner = await TcpPort.open(f"tcp://{name.removeprefix('rfc2217://')}")
        return await Rfc2217Port.open(inner, name, baud)
    if name.startswith("usb:"):
        return SerialPort(find_port(Wanted.parse(name)).path, baud=baud)
    if "://" in name:
        detail = "a port is a device path, usb:<vid>:<pid>[:<interface>], tcp:// or rfc2217://host:port"
        raise PortUnavailable(name, PortProblem.ADDRESS, detail)
    return SerialPort(name, baud=baud)


# -- serial devices and PTYs -----------------------------------------------------------------------

_OPEN_PROBLEMS = {
    errno.ENOENT: (PortProblem.MISSING, "no such device; is the module plugged in and powered?"),
    errno.ENODEV: (PortProblem.MISSING, "the device is gone"),
    errno.ENXIO: (PortProblem.MISSING, "no device behind this name"),
    errno.EIO: (PortProblem.MISSING, "the device is gone"),
    errno.EACCES: (
        PortProblem.PERMISSION,
        "no permission; join the group that owns the device (ls -l)",
    ),
    errno.EPERM: (PortProblem.PERMISSION, "no permission"),
    errno.EBUSY: (PortProblem.LOCKED, "in use by another process"),
}


def _unavailable(name: str, error: OSError) -> PortUnavailable:
    problem, detail = _OPEN_PROBLEMS.get(
        error.errno or 0, (PortProblem.OTHER, error.strerror or "can't be opened")
    )
    return PortUnavailable(name, problem, detail)


def _lock(fd: int, name: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PortUnavailable(
            name, PortProblem.LOCKED, "locked by another process (lsof or fuser names it)"
        ) from None


def _is_pty(fd: int) -> bool:
    return os.major(os.fstat(fd).st_rdev) in PTY_MAJORS


def set_raw(fd: int, baud: int) -> None:
    """Make a terminal a plain byte pipe.  Raises ValueError on a speed that termios does not know."""
    speed = getattr(termios, f"B{baud}", None)
    if speed is None:
        raise ValueError(f"no such speed: {baud}")
    iflag, oflag, cflag, lflag, _, _, cc = termios.tcgetattr(fd)
    iflag &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
    )
    iflag &= ~(termios.ICRNL | termios.IXON | termios.IXOFF | termios.INPCK)
    oflag &= ~termios.OPOST
    lflag &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    cflag &= ~(termios.CSIZE | termios.PARENB | termios.CSTOPB)
    cflag |= termios.CS8 | termios.CREAD | termios.CLOCAL
    cc[termios.VMIN], cc[termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, cc])


def _open_device(name: str, baud: int) -> tuple[int, bool]:
    """Open, lock and set up a terminal; returns its descriptor and whether TIOCEXCL is set."""
    try:
        fd = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unavailable(name, error) from error
    try:
        if not stat.S_ISCHR(os.fstat(fd).st_mode) or not os.isatty(fd):
            raise PortUnavailable(name, PortProblem.NO_TERMINAL, "not a serial device")
        _lock(fd, name)
        exclusive = not _is_pty(fd)
        if exclusive:
            fcntl.ioctl(fd, termios.TIOCEXCL)
        set_raw(fd, baud)
        termios.tcflush(fd, termios.TCIOFLUSH)  # what was said before is no answer to us
    except BaseException as error:
        os.close(fd)
        if isinstance(error, termios.error):
            raise PortUnavailable(name, PortProblem.NO_TERMINAL, str(error.args[-1])) from error
        if isinstance(error, OSError):
            raise _unavailable(name, error) from error
        raise
    return fd, exclusive


class SerialPort:
    """A terminal device, opened raw and exclusively.  Needs a running event loop.

    Raises PortUnavailable with the reason, ValueError on a speed that termios does not know.
    """

    def __init__(self, name: str, *, baud: int = DEFAULT_BAUD) -> None:
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._fd, self._exclusive = _open_device(name, baud)
        self._received = bytearray()
        self._readable = asyncio.Event()
        self._writable: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()
        self._lost: str | None = None
        self._paused = False
        self._loop.add_reader(self._fd, self._on_readable)

    @property
    def name(self) -> str:
        """The device's path."""
        return self._name

    async def read(self) -> bytes:
        """The next octets.  Raises PortLost after what came before the loss was read."""
        while not self._received:
            self._check()
            self._readable.clear()
            await self._readable.wait()
        data = bytes(self._received)
        self._received.clear()
        if self._paused and self._lost is None:
            self._paused = False
            self._loop.add_reader(self._fd, self._on_readable)
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``, waiting while the device takes no more."""
        async with self._writing:
            view = memoryview(data)
            while view:
                self._check()
                view = view[self._write_some(view) :]
                if view:
                    await self._until_writable()

    async def close(self) -> None:
        """Unlock and close; idempotent."""
        self._lose("closed")

    def _write_some(self, view: memoryview) -> int:
        try:
            return os.write(self._fd, view[:READ_CHUNK])
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._lose(error.strerror or "write failed")
            raise PortLost(self._name, self._lost or "write failed") from error

    async def _until_writable(self) -> None:
        self._writable = self._loop.create_future()
        self._loop.add_writer(self._fd, self._on_writable)
        try:
            await self._writable
        finally:
            self._writable = None
            if self._lost is None:
                self._loop.remove_writer(self._fd)

    def _on_writable(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def _on_readable(self) -> None:
        try:
            data = os.read(self._fd, READ_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose("hang-up" if error.errno == errno.EIO else error.strerror or "read failed")
            return
        if not data:
            self._lose("hang-up")
            return
        self._received += data
        self._readable.set()
        if len(self._received) >= READ_LIMIT:
            self._paused = True
            self._loop.remove_reader(self._fd)

    def _check(self) -> None:
        if self._lost is not None:
            raise PortLost(self._name, self._lost)

    def _lose(self, why: str) -> None:
        if self._lost is not None:
            return
        self._lost = why
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        if self._exclusive:
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._fd, termios.TIOCNXCL)
        os.close(self._fd)
        self._readable.set()
        self._on_writable()


# -- TCP -------------------------------------------------------------------------------------------


class TcpPort:
    """A TCP connection to a serial server or a simulated module; made by ``open``."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._name = name
        self._reader = reader
        self._writer = writer
        self._writing = asyncio.Lock()
        self._closed = False
        writer.transport.set_write_buffer_limits(high=WRITE_LIMIT)

    @classmethod
    async def open(cls, name: str) -> TcpPort:
        """Connect to ``tcp://host:port``.  Raises PortUnavailable."""
        try:
            parts = urlsplit(name)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise PortUnavailable(name, PortProblem.ADDRESS, str(error)) from None
        if parts.scheme != "tcp" or not host or not port or parts.path not in ("", "/"):
            raise PortUnavailable(name, PortProblem.ADDRESS, "an address is tcp://host:port")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(host, port, limit=READ_LIMIT)
        except TimeoutError:
            detail = f"no connection within {CONNECT_TIMEOUT_S:g} s"
            raise PortUnavailable(name, PortProblem.REFUSED, detail) from None
        except OSError as error:
            refused = isinstance(error, ConnectionRefusedError)
            detail = "connection refused; does anything listen there?" if refused else str(error)
            raise PortUnavailable(name, PortProblem.REFUSED, detail) from error
        return cls(name, reader, writer)

    @property
    def name(self) -> str:
        """The address."""
        return self._name

    async def read(self) -> bytes:
        """The next octets.  Raises PortLost at the end of the stream."""
        try:
            data = await self._reader.read(READ_CHUNK)
        except OSError as error:
            raise PortLost(self._name, error.strerror or "read failed") from error
        if not data:
            raise PortLost(self._name, "closed" if self._closed else "closed by the other side")
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``, waiting while too much is under way."""
        async with self._writing:
            if self._closed or self._writer.is_closing():
                raise PortLost(self._name, "closed")
            try:
                self._writer.write(data)
                await self._writer.drain()
            except OSError as error:
                raise PortLost(self._name, error.strerror or "write failed") from error

    async def close(self) -> None:
        """Close the connection; idempotent."""
        self._closed = True
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
