"""The agent protocol's octets: messages of host and agent, without input or output (docs/pc5-agent.md).

    message   length (4 octets, counts what follows), type (1 octet), body; numbers are unsigned, big endian
    0x01 HELLO     agent  JSON  protocol, versions, name, simulated, functions, nonce, auth
    0x02 LOGIN     host   JSON  version, name, nonce, proof
    0x03 READY     agent  JSON  proof
    0x10 REQUEST   host   JSON  id, do, and what the function is told
    0x11 ANSWER    agent  JSON  id, and what the function gives, or error
    0x12 EVENT     agent  JSON  event, and its values
    0x20 RECEIVED  agent  received_us 8, source 4, destination 4, pppp 1, flags 1, zero 2; then the frame
    0x21 SEND      host   flow 4, destination 4, pppp 1, zero 3; then the frame
    0x30 PING, 0x31 PONG  either; the body comes back as it was
    0x3F BYE       either JSON  reason

An id that is not known is FF FF FF FF, a pppp 0, a flow 0.  Types that are not known are skipped, and so are
keys of JSON objects, so that later minor additions hurt nobody.  Everything else that is not as it must be
raises :class:`AgentProtocolError`; then the connection is of no use any more.  The protocol is ours.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from v2x.errors import ModemError

__all__ = [
    "FRAME_LIMIT",
    "VERSION",
    "AgentProtocolError",
    "Message",
    "Received",
    "Send",
    "Type",
    "WireDecoder",
    "encode",
    "encode_frame",
]

PROTOCOL = "v2x-pc5-agent"
VERSION = 1

FRAME_LIMIT = 8188
"""Octets of one frame: the largest PDCP SDU of LTE (3GPP TS 36.323); DSMP units have 1400 at most."""

LENGTH_LIMIT = 16_384
"""Of one message behind its length: a frame with its head, or a JSON object of some hundred values."""

UNKNOWN_ID = 0xFFFFFFFF
FLAG_UTC = 0x01

_LENGTH = struct.Struct(">IB")
_RECEIVED = struct.Struct(">QIIBBH")
_SEND = struct.Struct(">IIB3x")


class Type(IntEnum):
    """Of a message."""

    HELLO = 0x01
    LOGIN = 0x02
    READY = 0x03
    REQUEST = 0x10
    ANSWER = 0x11
    EVENT = 0x12
    RECEIVED = 0x20
    SEND = 0x21
    PING = 0x30
    PONG = 0x31
    BYE = 0x3F


JSON_TYPES = frozenset({Type.HELLO, Type.LOGIN, Type.READY, Type.REQUEST, Type.ANSWER, Type.EVENT, Type.BYE})


class AgentProtocolError(ModemError):
    """The other side does not speak the protocol; ``detail`` says where."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"agent protocol: {detail}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message with a JSON body, or PING and PONG with their octets.  Its values stay out of logs."""

    type: Type
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """A frame from the air; ``received_at`` (POSIX s) by the agent's clock, which is UTC where ``utc``."""

    data: bytes
    source_l2: int | None = None
    destination_l2: int | None = None
    pppp: int | None = None
    received_at: float | None = None
    utc: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A frame for the air, through ``flow`` where one is given."""

    data: bytes
    destination_l2: int | None = None
    pppp: int | None = None
    flow: int | None = None


def encode(kind: Type, values: dict[str, Any] | None = None, body: bytes = b"") -> bytes:
    """A message that is no frame.  ValueError where it is longer than the other side takes."""
    if kind in JSON_TYPES:
        body = json.dumps(values or {}, separators=(",", ":"), allow_nan=False).encode()
    return _framed(kind, body)


def encode_frame(frame: Received | Send) -> bytes:
    """A frame's message.  ValueError on a number or a length that the layout can't hold."""
    if not 1 <= len(frame.data) <= FRAME_LIMIT:
        raise ValueError(f"a frame has 1..{FRAME_LIMIT} octets, not {len(frame.data)}")
    destination = UNKNOWN_ID if frame.destination_l2 is None else frame.destination_l2
    try:
        if isinstance(frame, Send):
            head = _SEND.pack(frame.flow or 0, destination, frame.pppp or 0)
            return _framed(Type.SEND, head + frame.data)
        source = UNKNOWN_ID if frame.source_l2 is None else frame.source_l2
        received_us = 0 if frame.received_at is None else round(frame.received_at * 1e6)
        flags = FLAG_UTC if frame.utc else 0
        head = _RECEIVED.pack(received_us, source, destination, frame.pppp or 0, flags, 0)
        return _framed(Type.RECEIVED, head + frame.data)
    except struct.error as error:
        raise ValueError(f"not in a message: {error}") from None


def _framed(kind: Type, body: bytes) -> bytes:
    if len(body) + 1 > LENGTH_LIMIT:
        raise ValueError(f"a message has at most {LENGTH_LIMIT} octets")
    return _LENGTH.pack(len(body) + 1, kind) + body


class WireDecoder:
    """Octets as they come to messages; cuts anywhere make no difference.

    ``skipped`` counts messages of types that are not known.  After an error it takes nothing more.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._broken = False
        self.skipped = 0

    def feed(self, data: bytes) -> list[Message | Received | Send]:
        """The messages that ``data`` completes.  Raises AgentProtocolError."""
        if self._broken:
            raise AgentProtocolError("octets behind an error")
        self._waiting += data
        messages: list[Message | Received | Send] = []
        try:
            while (message := self._next()) is not None:
                messages += message
        except AgentProtocolError:
            self._broken = True
            self._waiting.clear()
            raise
        return messages

    def _next(self) -> list[Message | Received | Send] | None:
        """The next message in a list, an empty one for a type to skip; ``None`` until it is there."""
        if len(self._waiting) < 4:
            return None
        length = int.from_bytes(self._waiting[:4], "big")
        if not 1 <= length <= LENGTH_LIMIT:
            raise AgentProtocolError(f"a message of {length} octets")
        if len(self._waiting) < 4 + length:
            return None
        number, body = self._waiting[4], bytes(self._waiting[5 : 4 + length])
        del self._waiting[: 4 + length]
        if number not in set(Type):
            self.skipped += 1
            return []
        return [_decode(Type(number), body)]


def _decode(kind: Type, body: bytes) -> Message | Received | Send:
    if kind in JSON_TYPES:
        return Message(kind, _object(body))
    if kind is Type.RECEIVED:
        data = _rest(body, _RECEIVED)
        received_us, source, destination, pppp, flags, _ = _RECEIVED.unpack_from(body)
        at = received_us / 1e6 if received_us else None
        return Received(data, _id(source), _id(destination), _pppp(pppp), at, bool(flags & FLAG_UTC))
    if kind is Type.SEND:
        data = _rest(body, _SEND)
        flow, destination, pppp = _SEND.unpack_from(body)
        return Send(data, _id(destination), _pppp(pppp), flow or None)
    return Message(kind, body=body)


def _rest(body: bytes, head: struct.Struct) -> bytes:
    data = body[head.size :]
    if not 1 <= len(data) <= FRAME_LIMIT:
        raise AgentProtocolError(f"a frame of {len(body) - head.size} octets")
    return data


def _id(number: int) -> int | None:
    if number != UNKNOWN_ID and number > 0xFFFFFF:
        raise AgentProtocolError(f"a layer-2 id of {number:#x}")
    return None if number == UNKNOWN_ID else number


def _pppp(number: int) -> int | None:
    if number > 8:
        raise AgentProtocolError(f"a pppp of {number}")
    return number or None


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise AgentProtocolError("no JSON") from None
    if not isinstance(value, dict):
        raise AgentProtocolError("JSON that is no object")
    return value


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no JSON")
