"""Sockets and ping of the module's own stack.

    AT+QIOPEN=<cid>,<id>,...     OK, then +QIOPEN: <id>,<error>
    AT+QISEND=<id>,<length>      "> ", the octets, SEND OK: the stack has them, nobody acknowledged yet
    AT+QIRD=<id>,<length>        +QIRD: <n>, then n raw octets
    +QIURC: ...                  data is there, the socket closed, the context went
    AT+QPING=<cid>,"<host>"      OK, then a +QPING for each reply, then the summary or an error

Commands whose result comes after OK: wait for the notification of the same name, subscribed before sending
(``Modem.expect_urc``), at most ``result_timeout_for`` its text.

Source: Quectel manuals (TCP/IP); a real log of a ping (RM510Q).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.modem.commands import Command, Response, action, quote, timeout_for
from v2x.modem.fields import FieldError, split_fields
from v2x.modem.records import row_command, rows_command

if TYPE_CHECKING:
    from v2x.modem.commands import Reply

__all__ = [
    "QIGETERROR",
    "PingReply",
    "PingSummary",
    "SendCounters",
    "SocketError",
    "SocketEvent",
    "SocketOpened",
    "SocketState",
    "close_socket",
    "open_socket",
    "ping",
    "read_socket",
    "send_counters",
    "send_to_socket",
    "socket_states",
]

SERVICES = ("TCP", "UDP", "TCP LISTENER", "UDP SERVICE")
SOCKET_LAST = 11
"""Largest socket id of the manuals."""

SEND_LIMIT = 1460
"""Octets of one AT+QISEND."""

READ_LIMIT = 1500
"""Octets of one AT+QIRD."""

_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,200}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """+QIOPEN: ``error`` 0 is success, else a CME code of TCP/IP (``v2x.modem.cme``)."""

    id: int
    error: int


@dataclass(frozen=True, slots=True)
class SocketEvent:
    """+QIURC: ``event`` is ``recv``, ``closed``, ``pdpdeact``, ``incoming`` or ``dnsgip``."""

    event: str
    id: int | None = None
    cid: int | None = None
    length: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class SocketState:
    """A row of AT+QISTATE?."""

    id: int
    service: str | None = None
    address: str | None = None
    remote_port: int | None = None
    local_port: int | None = None
    state: int | None = None
    cid: int | None = None


@dataclass(frozen=True, slots=True)
class SocketError:
    """The last error of a socket command."""

    error: int
    error_text: str | None = None


@dataclass(frozen=True, slots=True)
class SendCounters:
    """Octets sent, acknowledged by the other side, and not yet."""

    sent_bytes: int
    acked_bytes: int
    unacked_bytes: int


@dataclass(frozen=True, slots=True)
class PingReply:
    """One reply."""

    ip: str
    bytes: int
    rtt_ms: int
    ttl: int


@dataclass(frozen=True, slots=True)
class PingSummary:
    """The end of a ping; ``result`` 0 is success, and only then are the numbers there."""

    result: int
    sent: int | None = None
    rcvd: int | None = None
    lost: int | None = None
    min_ms: int | None = None
    max_ms: int | None = None
    avg_ms: int | None = None


QIGETERROR = row_command("AT+QIGETERROR", "+QIGETERROR", SocketError)


def open_socket(
    cid: int, socket: int, service: str, host: str, port: int, local_port: int = 0, mode: int = 0
) -> Command[None]:
    """AT+QIOPEN; ``mode`` 0 buffer, 1 push (2, transparent, is ``raw``).  Raises ValueError."""
    if service not in SERVICES or not _HOST.match(host) or not 0 <= mode <= 1:
        raise ValueError(f"a service of {', '.join(SERVICES)}, a host, a mode of 0 or 1")
    if not 0 < port <= 65535 or not 0 <= local_port <= 65535:
        raise ValueError("a port is 1 to 65535")
    return action(f"AT+QIOPEN={cid},{_id(socket)},{quote(service)},{quote(host)},{port},{local_port},{mode}")


def close_socket(socket: int) -> Command[None]:
    """AT+QICLOSE."""
    return action(f"AT+QICLOSE={_id(socket)}")


def send_to_socket(socket: int, data: bytes) -> Command[None]:
    """AT+QISEND with its length: the octets may be any.  Raises ValueError on none and on too many."""
    if not 0 < len(data) <= SEND_LIMIT:
        raise ValueError(f"1 to {SEND_LIMIT} octets at a time")
    text = f"AT+QISEND={_id(socket)},{len(data)}"
    return Command(text, lambda _: None, Response.ANY, ("+QISEND",), payload=data)


def send_counters(socket: int) -> Command[SendCounters]:
    """AT+QISEND=<id>,0: what the other side acknowledged."""
    return row_command(f"AT+QISEND={_id(socket)},0", "+QISEND", SendCounters)


def read_socket(socket: int, limit: int = READ_LIMIT) -> Command[bytes]:
    """AT+QIRD: the octets that came, empty where there are none."""
    if not 0 < limit <= READ_LIMIT:
        raise ValueError(f"1 to {READ_LIMIT} octets at a time")
    text = f"AT+QIRD={_id(socket)},{limit}"
    return Command(text, _octets, Response.PREFIXED, ("+QIRD",), 1, timeout_for(text), counted_field=0)


def _octets(reply: Reply) -> bytes:
    octets = reply.payload or b""
    if len(octets) != split_fields(reply.lines[0]).integer(0):
        raise FieldError(0, "fewer octets than counted")
    return octets


def socket_states() -> Command[tuple[SocketState, ...]]:
    """AT+QISTATE?."""
    return rows_command("AT+QISTATE?", "+QISTATE", SocketState)


def ping(cid: int, host: str, timeout_s: int = 4, count: int = 4) -> Command[None]:
    """AT+QPING; its replies and its summary are notifications.  Raises ValueError."""
    if not _HOST.match(host) or not 1 <= timeout_s <= 255 or not 1 <= count <= 10:
        raise ValueError("a host, a timeout of 1 to 255 s, a count of 1 to 10")
    return action(f"AT+QPING={cid},{quote(host)},{timeout_s},{count}")


def _id(socket: int) -> int:
    if not 0 <= socket <= SOCKET_LAST:
        raise ValueError(f"a socket id is 0 to {SOCKET_LAST}")
    return socket
