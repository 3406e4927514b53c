"""Sockets and ping of the simulated module.  Nothing leaves this process: the far end is simulated.

    every host but *.invalid has an address of 198.51.100.0/24 (RFC 5737); port 1 refuses
    what is sent to a socket comes back after the ping time: an echo server
    AT+QPING answers with the ping time, its jitter and loss; one echo a second

Sources: the Quectel manuals and a log of an RM510Q (+QPING); +QIOPEN to +QIDNSGIP by the manuals.
"""

from __future__ import annotations

import ipaddress
import random
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.modem.cme import CME, INCORRECT_PARAMETERS
from v2x.modem.sim_line import Answer, Operation, Prompt, SimCommand, SimError, among, only

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule
    from v2x.modem.sim_mqtt import Client

__all__ = ["COMMANDS", "Sockets", "resolve"]

Given = Answer | str | tuple[str, ...]

PDP_FAILED, ID_USED, DNS_FAILED, CONNECT_FAILED, TIMED_OUT, NOT_ALLOWED = 561, 563, 565, 566, 569, 572

SOCKETS = range(12)
SEND_LIMIT = 1460
BUFFER_LIMIT = 16_384
"""Octets of a socket that nobody reads; the newest are lost, as behind a full window."""

CONTEXTS = range(1, 17)
PING_OCTETS = 32
PING_EVERY_S = 1.0


def resolve(host: str) -> str | None:
    """The simulated address of a host; ``None`` where there is none."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not host or host.lower().endswith(".invalid"):
        return None
    return f"198.51.100.{zlib.crc32(host.lower().encode('utf-8')) % 254 + 1}"


@dataclass(slots=True)
class Socket:
    """An open socket; ``mode`` 0 keeps what comes, 1 pushes it."""

    context: int
    kind: str
    address: str
    port: int
    mode: int
    unread: bytearray = field(default_factory=bytearray)
    received: int = 0
    sent: int = 0


@dataclass(slots=True)
class Ping:
    """A run of AT+QPING."""

    context: int
    address: str | None
    timeout_s: int
    left: int
    sent: int = 0
    times_ms: list[int] = field(default_factory=list)


class Sockets:
    """The sockets of a module and its pings."""

    def __init__(self, module: SimulatedModule) -> None:
        self._module = module
        self._random = random.Random(f"ping {module.options.seed}")
        self.open: dict[int, Socket] = {}
        self.mqtt: dict[int, Client] = {}
        self.error = 0
        self._flights = 0

    def clear(self) -> None:
        """As after a restart."""
        self.open.clear()
        self.mqtt.clear()
        self.error = 0

    @property
    def round_trip_s(self) -> float:
        """The next round trip."""
        o = self._module.options
        return max(o.ping_ms + self._random.uniform(-o.ping_jitter_ms, o.ping_jitter_ms), 1.0) / 1000

    def lost(self) -> bool:
        """Whether the next echo gets lost."""
        return self._random.random() < self._module.options.ping_loss

    def context_lost(self, context: int, *, tell: bool) -> None:
        """A context is gone, and its sockets with it."""
        if tell and any(s.context == context for s in self.open.values()):
            self._module.urc(f'+QIURC: "pdpdeact",{context}')
        self.open = {number: s for number, s in self.open.items() if s.context != context}
        if not self._module.state.active:
            for number in sorted(self.mqtt):
                self._module.urc(f"+QMTSTAT: {number},1")
            self.mqtt.clear()

    def echo(self, number: int, data: bytes) -> None:
        """What was sent comes back."""
        if self._module.crowded:
            return
        self._flights += 1
        name = f"echo {number} {self._flights}"
        self._module.schedule(name, self.round_trip_s, lambda _: self._arrive(number, data))

    def _arrive(self, number: int, data: bytes) -> None:
        socket = self.open.get(number)
        if socket is None:
            return
        self._module.state.counters[1] += len(data)
        socket.received += len(data)
        if socket.mode == 1:
            head = f'\r\n+QIURC: "recv",{number},{len(data)}\r\n'.encode("ascii")
            self._module.say_octets(head + data + b"\r\n")
            return
        told = bool(socket.unread)
        socket.unread += data[: BUFFER_LIMIT - len(socket.unread)]
        if not told:
            self._module.urc(f'+QIURC: "recv",{number}')

    # -- ping --------------------------------------------------------------------------------------

    def ping(self, run: Ping) -> None:
        """Begin a run; its notifications follow the OK."""
        self._module.schedule("ping", 0.0, lambda _: self._ping(run))

    def _ping(self, run: Ping) -> None:
        module = self._module
        if run.context not in module.state.active:
            module.urc(f"+QPING: {PDP_FAILED}")
        elif run.address is None:
            module.urc(f"+QPING: {DNS_FAILED}")
        elif run.left == 0:
            times = run.times_ms or [0]
            lost = run.sent - len(run.times_ms)
            mean = round(sum(times) / len(times))
            module.urc(f"+QPING: 0,{run.sent},{len(run.times_ms)},{lost},{min(times)},{max(times)},{mean}")
        else:
            run.left -= 1
            run.sent += 1
            lost, round_trip_s = self.lost(), self.round_trip_s
            took_s = run.timeout_s if lost or round_trip_s > run.timeout_s else round_trip_s
            module.schedule("ping", took_s, lambda _: self._pong(run, took_s))

    def _pong(self, run: Ping, took_s: float) -> None:
        if took_s >= run.timeout_s:
            self._module.urc(f"+QPING: {TIMED_OUT}")
        else:
            run.times_ms.append(round(took_s * 1000))
            self._module.urc(f'+QPING: 0,"{run.address}",{PING_OCTETS},{run.times_ms[-1]},255')
        wait_s = max(PING_EVERY_S - took_s, 0.0) if run.left else 0.0
        self._module.schedule("ping", wait_s, lambda _: self._ping(run))


class Transparent:
    """Data mode on a socket: the echo comes at once."""

    def __init__(self, module: SimulatedModule, number: int, cid: int) -> None:
        self._module = module
        self._number = number
        self.cid = cid

    def received(self, data: bytes) -> bytes:
        """Say it back."""
        return data

    def hung_up(self) -> None:
        """The socket closes with data mode."""
        self._module.sockets.open.pop(self._number, None)


def _fail(module: SimulatedModule, error: int) -> SimError:
    module.sockets.error = error
    return SimError(error)


def _socket(module: SimulatedModule, command: SimCommand) -> tuple[int, Socket]:
    number = among(command, 0, SOCKETS)
    socket = module.sockets.open.get(number)
    if socket is None:
        raise _fail(module, NOT_ALLOWED)
    return number, socket


def _qping(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QPING: (1-16),<host>,(1-255),(1-10)"
    only(command, Operation.SET)
    context = among(command, 0, CONTEXTS)
    timeout_s = 4 if command.fields.text(2) is None else among(command, 2, range(1, 256))
    count = 4 if command.fields.text(3) is None else among(command, 3, range(1, 11))
    module.sockets.ping(Ping(context, resolve(command.fields.text(1) or ""), timeout_s, count))
    return ()


def _qiopen(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return '+QIOPEN: (1-16),(0-11),("TCP","UDP"),<host>,(1-65535),(0-65535),(0-2)'
    only(command, Operation.SET)
    f, sockets = command.fields, module.sockets
    context, number = among(command, 0, CONTEXTS), among(command, 1, SOCKETS)
    kind, port = (f.text(2) or "").upper(), among(command, 4, range(1, 65_536))
    mode = 0 if f.text(6) is None else among(command, 6, (0, 1, 2))
    if kind not in ("TCP", "UDP"):
        raise SimError(INCORRECT_PARAMETERS)
    address = resolve(f.text(3) or "")
    error = 0
    if number in sockets.open:
        error = ID_USED
    elif context not in module.state.active:
        error = PDP_FAILED
    elif address is None:
        error = DNS_FAILED
    elif port == 1:
        error = CONNECT_FAILED
    sockets.error = error
    if not error:
        sockets.open[number] = Socket(context, kind, address or "", port, mode)
    if mode == 2:
        if error:
            raise SimError(error)
        return Answer(takes_s=sockets.round_trip_s, connects=Transparent(module, number, context))
    opened = f"+QIOPEN: {number},{error}"
    module.schedule(f"open {number}", sockets.round_trip_s, lambda _: module.urc(opened))
    return ()


def _qisend(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QISEND: (0-11),(0-1460)"
    only(command, Operation.SET)
    number, socket = _socket(module, command)
    length = None if command.fields.text(1) is None else among(command, 1, range(SEND_LIMIT + 1))
    if length == 0:
        return f"+QISEND: {socket.sent},{socket.sent},0"

    def done(data: bytes) -> Given:
        socket.sent += len(data)
        module.state.counters[0] += len(data)
        module.sockets.echo(number, data)
        return Answer(final="SEND OK")

    return Answer(prompt=Prompt(length, done))


def _qird(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QIRD: (0-11),(0-1500)"
    only(command, Operation.SET)
    _, socket = _socket(module, command)
    length = 1500 if command.fields.text(1) is None else among(command, 1, range(1501))
    if length == 0:
        read = socket.received - len(socket.unread)
        return f"+QIRD: {socket.received},{read},{len(socket.unread)}"
    data = bytes(socket.unread[:length])
    del socket.unread[:length]
    return Answer((f"+QIRD: {len(data)}",), payload=data or None)


def _qiclose(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QICLOSE: (0-11),(0-65535)"
    only(command, Operation.SET)
    module.sockets.open.pop(among(command, 0, SOCKETS), None)
    return ()


def _qistate(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.READ, Operation.EXECUTE)
    return tuple(
        f'+QISTATE: {number},"{s.kind}","{s.address}",{s.port},0,2,{s.context},0,{s.mode},"usbat"'
        for number, s in sorted(module.sockets.open.items())
    )


def _qigeterror(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    error = module.sockets.error
    return f"+QIGETERROR: {error},{CME[error] if error else 'operate successfully'}"


def _qidnsgip(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    context = among(command, 0, CONTEXTS)
    address = resolve(command.fields.text(1) or "")

    def found(_at: float) -> None:
        if context not in module.state.active or address is None:
            module.urc(f'+QIURC: "dnsgip",{DNS_FAILED}')
            return
        module.urc('+QIURC: "dnsgip",0,1,600')
        module.urc(f'+QIURC: "dnsgip","{address}"')

    module.schedule("dns", module.sockets.round_trip_s, found)
    return ()


COMMANDS = {
    "+QPING": _qping,
    "+QIOPEN": _qiopen,
    "+QISEND": _qisend,
    "+QIRD": _qird,
    "+QICLOSE": _qiclose,
    "+QISTATE": _qistate,
    "+QIGETERROR": _qigeterror,
    "+QIDNSGIP": _qidnsgip,
}
