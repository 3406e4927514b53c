"""MQTT on the module: open, connect, subscribe, publish; each result is a notification after OK.

    AT+QMTOPEN=<id>,"<host>",<port>           +QMTOPEN: <id>,<result>      0 done, 2 id in use: close it first
    AT+QMTCONN=<id>,"<client>"[,...]          +QMTCONN: <id>,<result>[,<return code>]
    AT+QMTSUB=<id>,<msg>,"<topic>",<qos>      +QMTSUB: <id>,<msg>,<result>
    AT+QMTPUBEX=<id>,<msg>,<qos>,...,<n>      "> ", n octets, OK, then +QMTPUBEX: <id>,<msg>,<result>
    +QMTRECV: <id>,<msg>,"<topic>"[,<n>],"<payload>"       +QMTSTAT: <id>,<error>

Source: Quectel manuals (MQTT).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from v2x.modem.commands import Command, Response, action, quote

__all__ = [
    "OPEN_RESULTS",
    "MqttMessage",
    "MqttOpened",
    "MqttResult",
    "close_broker",
    "connect_client",
    "disconnect_client",
    "open_broker",
    "publish",
    "subscribe",
    "unsubscribe",
]

OPEN_RESULTS = {
    -1: "network failed",
    0: "opened",
    1: "wrong parameter",
    2: "identifier in use",
    3: "context activation failed",
    4: "name not resolved",
    5: "disconnected",
}
"""Results of +QMTOPEN."""

CLIENT_LAST = 5
"""Largest client id of the manuals."""

PUBLISH_LIMIT = 1500
"""Octets of one message."""

_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,100}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class MqttOpened:
    """+QMTOPEN, +QMTCONN, +QMTDISC, +QMTCLOSE: ``result`` 0 is success."""

    id: int
    result: int
    ret_code: int | None = None


@dataclass(frozen=True, slots=True)
class MqttResult:
    """+QMTSUB, +QMTUNS, +QMTPUBEX: ``result`` 0 is success, 1 a retransmission, 2 a failure."""

    id: int
    msg_id: int
    result: int


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """A message from the broker."""

    id: int
    msg_id: int
    topic: str
    payload: str
    length: int | None = None


def open_broker(client: int, host: str, port: int = 1883) -> Command[None]:
    """AT+QMTOPEN.  Raises ValueError."""
    if not _HOST.match(host) or not 0 < port <= 65535:
        raise ValueError("a host, and a port of 1 to 65535")
    return action(f"AT+QMTOPEN={_id(client)},{quote(host)},{port}")


def connect_client(
    client: int, name: str, user: str | None = None, password: str | None = None
) -> Command[None]:
    """AT+QMTCONN.  Raises ValueError."""
    texts = [quote(name)] + [quote(text) for text in (user, password) if text is not None]
    return action(f"AT+QMTCONN={_id(client)},{','.join(texts)}")


def subscribe(client: int, message: int, topic: str, qos: int = 0) -> Command[None]:
    """AT+QMTSUB.  Raises ValueError."""
    return action(f"AT+QMTSUB={_id(client)},{_message(message)},{quote(topic)},{_qos(qos)}")


def unsubscribe(client: int, message: int, topic: str) -> Command[None]:
    """AT+QMTUNS.  Raises ValueError."""
    return action(f"AT+QMTUNS={_id(client)},{_message(message)},{quote(topic)}")


def publish(
    client: int, message: int, topic: str, data: bytes, qos: int = 0, *, retain: bool = False
) -> Command[None]:
    """AT+QMTPUBEX with its length: any octets.  ``message`` is 0 with ``qos`` 0.  Raises ValueError."""
    if not 0 < len(data) <= PUBLISH_LIMIT:
        raise ValueError(f"1 to {PUBLISH_LIMIT} octets at a time")
    if (qos == 0) != (message == 0):
        raise ValueError("message 0 with a quality of service of 0, and only then")
    numbers = f"{_id(client)},{_message(message)},{_qos(qos)},{int(retain)}"
    text = f"AT+QMTPUBEX={numbers},{quote(topic)},{len(data)}"
    return Command(text, lambda _: None, Response.NONE, ("+QMTPUBEX",), payload=data)


def disconnect_client(client: int) -> Command[None]:
    """AT+QMTDISC."""
    return action(f"AT+QMTDISC={_id(client)}")


def close_broker(client: int) -> Command[None]:
    """AT+QMTCLOSE: also what frees an identifier that a host before us left in use."""
    return action(f"AT+QMTCLOSE={_id(client)}")


def _id(client: int) -> int:
    if not 0 <= client <= CLIENT_LAST:
        raise ValueError(f"a client id is 0 to {CLIENT_LAST}")
    return client


def _message(message: int) -> int:
    if not 0 <= message <= 65535:
        raise ValueError("a message id is 0 to 65535")
    return message


def _qos(qos: int) -> int:
    if not 0 <= qos <= 2:
        raise ValueError("a quality of service is 0 to 2")
    return qos
