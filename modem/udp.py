"""A radio over UDP: one DSMP unit a datagram, for a bench without air or beside an SDK agent.

    unicast      one socket, bound to ``listen``; sends to ``send_to``
    multicast    members of ``group`` hear each other; a sender does not hear itself

There is no air, no layer-2 id and no priority on this radio, so ``simulated`` is true; who is asked to
change its source layer-2 id says that it has none, and the datagrams' address stays.  It stays on the
loopback interface unless ``allow_remote`` is given: a datagram has no sender that could be believed, and
whoever reaches the socket is on the air.  The queue drops its oldest frame and counts it (``shed``):
broadcast can't be slowed down.

Sources: RFC 768, RFC 1112; a UDP forward of DSMP units is how road-side units hand frames to a bench.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
from typing import TYPE_CHECKING

from v2x.errors import ModemError
from v2x.modem.errors import PortLost, PortProblem, PortUnavailable
from v2x.modem.radio import FrameQueue, RadioFrame, check_l2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from v2x.clock import Clock

__all__ = ["UdpRadio"]

QUEUE_LIMIT = 256
"""Frames that wait for the reader: some 0.3 s of a busy channel; older ones are out of date anyway."""

DATAGRAM_LIMIT = 65_507
"""Octets that an IPv4 datagram can carry; what is too long for a DSMP unit is counted further on."""

Address = tuple[str, int]


class UdpRadio:
    """A radio (``v2x.modem.radio.Radio``) over UDP; made by ``open``.  One task reads ``frames``."""

    def __init__(self, clock: Clock, send_to: Address, queue_limit: int, *, allow_remote: bool) -> None:
        self._clock = clock
        self._send_to = send_to
        self._allow_remote = allow_remote
        self._queue = FrameQueue(queue_limit)
        self._transports: list[asyncio.DatagramTransport] = []
        self._own: Address | None = None
        self._closed = False
        self.send_errors = 0
        self.congested = False  # asyncio holds 64 KiB unsent: sending fails instead of growing

    @classmethod
    async def open(
        cls,
        listen: str,
        send_to: str,
        clock: Clock,
        *,
        group: str | None = None,
        allow_remote: bool = False,
        queue_limit: int = QUEUE_LIMIT,
    ) -> UdpRadio:
        """Bind ``listen`` (port 0: any) and send to ``send_to``, both ``<ip>:<port>``.

        ``clock`` stamps what is received.
        With ``group`` (an IPv4 multicast address) it joins that group on the interface of ``listen``, at
        the port of ``listen``, and sends to the group at the port of ``send_to``.
        Raises PortUnavailable: an address that is not of this machine's loopback without ``allow_remote``,
        no group address, or what the system says.
        """
        here, there = _address(listen), _address(send_to)
        if not allow_remote:
            for address in (here,) if group else (here, there):
                _refuse_remote(address)
        radio = cls(clock, (group, there[1]) if group else there, queue_limit, allow_remote=allow_remote)
        try:
            if group:
                await radio._open_group(here, group)
            else:
                await radio._open_unicast(here)
        except OSError as error:
            await radio.close()
            detail = error.strerror or str(error)
            raise PortUnavailable(_shown(here), PortProblem.OTHER, detail) from error
        return radio

    async def _open_unicast(self, listen: Address) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), local_addr=listen)
        self._transports.append(transport)

    async def _open_group(self, listen: Address, group: str) -> None:
        """One socket hears the group, another sends, so that its own frames can be told apart."""
        if not _is_group(group):
            raise PortUnavailable(group, PortProblem.ADDRESS, "not an IPv4 multicast address")
        loop = asyncio.get_running_loop()
        interface = socket.inet_aton(listen[0])
        hearing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            for sock in (hearing, sending):
                sock.setblocking(False)
            hearing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            hearing.bind((group, listen[1]))
            membership = struct.pack("4s4s", socket.inet_aton(group), interface)
            hearing.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            sending.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
            sending.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
            sending.bind((listen[0], 0))
            self._own = sending.getsockname()[:2]
        except OSError:
            hearing.close()
            sending.close()
            raise
        transport, _ = await loop.create_datagram_endpoint(lambda: _Mouth(self), sock=sending)
        self._transports.append(transport)
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), sock=hearing)
        self._transports.append(transport)

    @property
    def simulated(self) -> bool:
        """No air is involved."""
        return True

    @property
    def shed(self) -> int:
        """Frames that the full queue had to give up."""
        return self._queue.shed

    @property
    def address(self) -> str:
        """Where it listens, ``<ip>:<port>``."""
        return _shown(self._transports[-1].get_extra_info("sockname")[:2]).removeprefix("udp://")

    def aim(self, send_to: str) -> None:
        """Change the destination, as when both ends took any free port.  Raises PortUnavailable."""
        address = _address(send_to)
        if not self._allow_remote:
            _refuse_remote(address)
        self._send_to = address

    def take(self, data: bytes, source: Address) -> None:
        """A datagram arrived; the oldest frame goes when the queue is full."""
        if source[:2] != self._own and data:
            self._queue.put(RadioFrame(data, self._clock.now()))

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in order; ends when the radio is closed and its queue is read."""
        return self._queue.frames()

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:  # noqa: ARG002
        """Send one DSMP unit; UDP has neither layer-2 ids nor priorities.

        Raises PortLost when closed, ModemError when the unit is too long or too much waits.
        """
        if self._closed:
            raise PortLost(_shown(self._send_to), "the radio is closed")
        if len(data) > DATAGRAM_LIMIT:
            raise ModemError(f"{len(data)} octets are no datagram (at most {DATAGRAM_LIMIT})")
        if self.congested:
            raise ModemError(f"{_shown(self._send_to)}: more waits to be sent than the network takes")
        self._transports[0].sendto(data, self._send_to)

    async def use_source_l2(self, source_l2: int) -> bool:
        """There is no layer-2 id here: False, for any that is one (else ValueError)."""
        check_l2(source_l2)
        return False

    async def close(self) -> None:
        """Close the sockets; ``frames`` ends.  Idempotent."""
        self._closed = True
        for transport in self._transports:
            transport.abort()
        self._queue.close()
        await asyncio.sleep(0)  # the sockets are closed on the loop's next turn


class _Mouth(asyncio.DatagramProtocol):
    """Tells the radio how its socket fares; what comes back to it is not for us."""

    def __init__(self, radio: UdpRadio) -> None:
        self._radio = radio

    def pause_writing(self) -> None:
        self._radio.congested = True

    def resume_writing(self) -> None:
        self._radio.congested = False

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002
        """Nobody listens over there: broadcast does not care, but counts it."""
        self._radio.send_errors += 1


class _Ear(_Mouth):
    """Hands datagrams to the radio."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._radio.take(data, addr)


def _address(text: str) -> Address:
    """``127.0.0.1:47700`` or ``[::1]:47700``.  Raises PortUnavailable."""
    host, _, port = text.rpartition(":")
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535:
            return str(address), int(port)
    raise PortUnavailable(text, PortProblem.ADDRESS, "an address is <ip>:<port>, as 127.0.0.1:47700")


def _shown(address: Address) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"udp://{host}:{address[1]}"


def _is_group(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.IPv4Address(text).is_multicast
    return False


def _refuse_remote(address: Address) -> None:
    if not ipaddress.ip_address(address[0]).is_loopback:
        detail = "not a loopback address; allow_remote=True lets others on the air"
        raise PortUnavailable(_shown(address), PortProblem.ADDRESS, detail)
