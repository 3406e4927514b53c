"""MQTT on the simulated module: a broker that gives every message back to who subscribed to its topic.

    AT+QMTOPEN, AT+QMTCONN, AT+QMTSUB, AT+QMTUNS, AT+QMTDISC, AT+QMTCLOSE   OK, then the result
    AT+QMTPUBEX=<id>,<msg>,<qos>,<retain>,"<topic>",<length>   "> ", payload, OK, then the result

A client id that is open already is refused with 2, as after a restart of the host that forgot to close.
The broker is this process; nothing leaves it.

Source: the Quectel manuals (MQTT application notes), commands and results.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.modem.sim_line import Answer, Operation, Prompt, SimCommand, SimError, among, only
from v2x.modem.sim_sockets import resolve

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule

__all__ = ["COMMANDS", "Client", "matches"]

Given = Answer | str | tuple[str, ...]

CLIENTS = range(6)
TOPICS_LIMIT = 32
"""Topics of a client."""
PAYLOAD_LIMIT = 1548
"""Octets of a message."""

OPENED, OPEN_FAILED, ID_USED, NO_CONTEXT, NO_ADDRESS = 0, -1, 2, 3, 4
REFUSED_PORT = 1


@dataclass(slots=True)
class Client:
    """An open connection to the broker."""

    host: str
    port: int
    connected: bool = False
    topics: dict[str, int] = field(default_factory=dict)


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic filter with + and # matches a topic."""
    parts, levels = pattern.split("/"), topic.split("/")
    for index, part in enumerate(parts):
        if part == "#":
            return True
        if index >= len(levels) or part not in ("+", levels[index]):
            return False
    return len(parts) == len(levels)


def _client(module: SimulatedModule, command: SimCommand, *, connected: bool) -> tuple[int, Client]:
    number = among(command, 0, CLIENTS)
    client = module.sockets.mqtt.get(number)
    if client is None or (connected and not client.connected):
        raise SimError(None)
    return number, client


def _soon(module: SimulatedModule, name: str, text: str) -> None:
    module.schedule(name, module.sockets.round_trip_s, lambda _: module.urc(text))


def _open(module: SimulatedModule, command: SimCommand) -> Given:
    clients = module.sockets.mqtt
    if command.operation is Operation.TEST:
        return "+QMTOPEN: (0-5),<host>,(1-65535)"
    if command.operation is Operation.READ:
        return tuple(f'+QMTOPEN: {n},"{c.host}",{c.port}' for n, c in sorted(clients.items()))
    only(command, Operation.SET)
    number, host = among(command, 0, CLIENTS), command.fields.text(1) or ""
    port = among(command, 2, range(1, 65_536))
    result = OPENED
    if number in clients:
        result = ID_USED
    elif not module.state.active:
        result = NO_CONTEXT
    elif resolve(host) is None:
        result = NO_ADDRESS
    elif port == REFUSED_PORT:
        result = OPEN_FAILED
    if result == OPENED:
        clients[number] = Client(host, port)
    _soon(module, f"mqtt open {number}", f"+QMTOPEN: {number},{result}")
    return ()


def _connect(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.READ:
        return tuple(
            f"+QMTCONN: {n},{3 if c.connected else 1}" for n, c in sorted(module.sockets.mqtt.items())
        )
    only(command, Operation.SET)
    number, client = _client(module, command, connected=False)
    client.connected = True
    _soon(module, f"mqtt conn {number}", f"+QMTCONN: {number},0,0")
    return ()


def _subscribe(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    number, client = _client(module, command, connected=True)
    message, topic, qos = (
        command.fields.integer(1),
        command.fields.text(2) or "",
        among(command, 3, (0, 1, 2)),
    )
    if topic not in client.topics and len(client.topics) >= TOPICS_LIMIT:
        raise SimError(None)
    client.topics[topic] = qos
    _soon(module, f"mqtt sub {number}", f"+QMTSUB: {number},{message},0,{qos}")
    return ()


def _unsubscribe(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    number, client = _client(module, command, connected=True)
    client.topics.pop(command.fields.text(2) or "", None)
    _soon(module, f"mqtt uns {number}", f"+QMTUNS: {number},{command.fields.integer(1)},0")
    return ()


def _publish(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    number, _ = _client(module, command, connected=True)
    f = command.fields
    message, topic = f.integer(1), f.text(4) or ""
    among(command, 2, (0, 1, 2))
    length = None if f.text(5) is None else among(command, 5, range(1, PAYLOAD_LIMIT + 1))

    def done(data: bytes) -> Given:
        _soon(module, f"mqtt pub {number}", f"+QMTPUB: {number},{message},0")
        if not module.crowded:
            name, trip_s = f"mqtt recv {number} {message}", 2 * module.sockets.round_trip_s
            module.schedule(name, trip_s, lambda _: _deliver(module, topic, data))
        return ()

    return Answer(prompt=Prompt(length, done))


def _deliver(module: SimulatedModule, topic: str, data: bytes) -> None:
    """Give a message to every client that wants it."""
    for number, client in sorted(module.sockets.mqtt.items()):
        if any(matches(pattern, topic) for pattern in client.topics):
            head = f'\r\n+QMTRECV: {number},0,"{topic}",{len(data)},"'.encode("latin-1", "replace")
            module.say_octets(head + data + b'"\r\n')


def _disconnect(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    number, _ = _client(module, command, connected=False)
    del module.sockets.mqtt[number]
    _soon(module, f"mqtt end {number}", f"{command.name}: {number},0")
    return ()


COMMANDS = {
    "+QMTOPEN": _open,
    "+QMTCONN": _connect,
    "+QMTSUB": _subscribe,
    "+QMTUNS": _unsubscribe,
    "+QMTPUBEX": _publish,
    "+QMTPUB": _publish,
    "+QMTDISC": _disconnect,
    "+QMTCLOSE": _disconnect,
}
