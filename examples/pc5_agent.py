"""A reference agent for PC5 units that are driven by their own SDK; the protocol is docs/pc5-agent.md.

    python pc5_agent.py --listen tcp://127.0.0.1:47800
    python pc5_agent.py --listen unix:///tmp/pc5.sock
    python pc5_agent.py --listen tcp://0.0.0.0:47800 --token-file /etc/pc5-token

It needs Python 3.11 and nothing else, so that it can be copied to a unit.  ``SimulatedUnit`` is where the
SDK's calls go: as it stands it is no radio at all, and says so; what one host sends reaches the others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import ipaddress
import json
import secrets
import struct
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HELLO, LOGIN, READY, REQUEST, ANSWER, EVENT = 0x01, 0x02, 0x03, 0x10, 0x11, 0x12
RECEIVED, SEND, PING, PONG, BYE = 0x20, 0x21, 0x30, 0x31, 0x3F
NO_ID = 0xFFFFFFFF
MESSAGE_LIMIT = 16_384
HOSTS_LIMIT = 16
UNSENT_LIMIT = 65_536  # octets that wait for a host that does not read: then frames are dropped
LOGIN_S = 5.0
SILENCE_S = 30.0  # a host asks at least every five seconds


class Refused(Exception):  # noqa: N818
    """A request that can't be done; the text goes to the host."""


class SimulatedUnit:
    """What the SDK of a real unit does.  Replace the bodies; keep what they return."""

    name = "simulated unit"
    simulated = True
    functions = ("status", "cbr", "counters", "reset_counters", "l2_ids", "set_l2_ids", "frames", "flows")

    def __init__(self, cbr: float | None) -> None:
        self.hosts: set[Host] = set()
        self._cbr = cbr

    def send(self, sender: Host, data: bytes, destination: int, pppp: int, flow: int) -> None:
        """Put a frame on the air; ``flow`` 0 is none.  Here: hand it to the other hosts."""
        if flow and flow not in sender.flows:
            sender.event({"event": "send_failed", "count": 1, "reason": f"no flow {flow}"})
            return
        sender.counters["sent"] += 1
        for host in self.hosts - {sender}:
            host.received(data, sender.source, destination, pppp)

    def do(self, host: Host, do: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request.  Raises Refused."""
        match do:
            case "status":
                return {"rx": "active", "tx": "active"}
            case "cbr":
                return {"pssch": self._cbr}
            case "counters":
                return dict(host.counters)
            case "reset_counters":
                host.counters.update(dict.fromkeys(host.counters, 0))
            case "l2_ids":
                return {"source": host.source}
            case "set_l2_ids":
                host.source = number(request, "source", 0, 0xFFFFFF)
            case "open_flow":
                if request.get("kind") not in ("sps", "event") or len(host.flows) >= 16:
                    raise Refused("a flow is sps or event, and there are 16 at most")
                handle = host.next_flow = host.next_flow + 1
                host.flows[handle] = number(request, "destination_l2", 0, 0xFFFFFF)
                return {"flow": handle}
            case "close_flow":
                if host.flows.pop(number(request, "flow", 1, NO_ID), None) is None:
                    raise Refused("no such flow")
            case _:
                raise Refused(f"this unit can't do {do[:40]!r}")
        return {}


def number(request: dict[str, Any], key: str, least: int, most: int) -> int:
    """A number of a request.  Raises Refused."""
    value = request.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{key}: a number {least}..{most}")
    return value


class Host:
    """One connection."""

    def __init__(
        self, unit: SimulatedUnit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.unit, self.reader, self.writer = unit, reader, writer
        self.source = 0x010001 + secrets.randbelow(0xFE0000)
        self.flows: dict[int, int] = {}
        self.next_flow = 0
        self.counters = {"sent": 0, "received": 0, "send_failed": 0}

    def say(self, kind: int, body: bytes | dict[str, Any]) -> None:
        """Send a message."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        self.writer.write(struct.pack(">IB", len(data) + 1, kind) + data)

    def event(self, values: dict[str, Any]) -> None:
        """Tell something that was not asked for."""
        self.counters["send_failed"] += values["event"] == "send_failed"
        self.say(EVENT, values)

    def received(self, data: bytes, source: int, destination: int, pppp: int) -> None:
        """Hand over a frame from the air; one that finds no room is dropped."""
        if self.writer.transport.get_write_buffer_size() > UNSENT_LIMIT:
            return
        self.counters["received"] += 1
        head = struct.pack(">QIIBBH", time.time_ns() // 1000, source, destination, pppp, 0, 0)
        self.say(RECEIVED, head + data)

    async def message(self, timeout_s: float) -> tuple[int, bytes]:
        """The next message: type and body."""
        async with asyncio.timeout(timeout_s):
            length = int.from_bytes(await self.reader.readexactly(4), "big")
            if not 1 <= length <= MESSAGE_LIMIT:
                raise ValueError(f"a message of {length} octets")
            body = await self.reader.readexactly(length)
        return body[0], body[1:]

    async def login(self, token: bytes | None) -> None:
        """The first words.  Raises ValueError where the host is not let in."""
        nonce = secrets.token_hex(16)
        self.say(
            HELLO,
            {
                "protocol": "v2x-pc5-agent",
                "versions": [1],
                "name": self.unit.name,
                "simulated": self.unit.simulated,
                "functions": list(self.unit.functions),
                "nonce": nonce,
                "auth": token is not None,
            },
        )
        kind, body = await self.message(LOGIN_S)
        values = json.loads(body) if kind == LOGIN else None
        if not isinstance(values, dict) or values.get("version") != 1:
            raise ValueError("no LOGIN of version 1")
        if token is None:
            self.say(READY, {})
            return
        nonces = bytes.fromhex(nonce) + bytes.fromhex(str(values.get("nonce")))
        proofs = [
            hmac.new(token, f"v2x-pc5-agent {role} ".encode() + nonces, "sha256").hexdigest()
            for role in ("host", "agent")
        ]
        if len(nonces) != 32 or not hmac.compare_digest(
            str(values.get("proof")).encode(), proofs[0].encode()
        ):
            raise ValueError("the token is not proved")
        self.say(READY, {"proof": proofs[1]})

    def handle(self, kind: int, body: bytes) -> bool:
        """One message; False where the host leaves."""
        if kind == PING:
            self.say(PONG, body)
        elif kind == REQUEST:
            request = json.loads(body)
            if not isinstance(request, dict):
                raise ValueError("a request that is no object")
            answer: dict[str, Any] = {"id": request.get("id")}
            try:
                answer |= self.unit.do(self, str(request.get("do")), request)
            except Refused as error:
                answer["error"] = str(error)
            self.say(ANSWER, answer)
        elif kind == SEND:
            flow, destination, pppp = struct.unpack_from(">IIB", body)
            if len(body) <= 12 or pppp > 8 or 0xFFFFFF < destination < NO_ID:
                raise ValueError("no frame")
            self.unit.send(self, body[12:], destination, pppp, flow)
        return kind != BYE


async def serve(unit: SimulatedUnit, token: bytes | None, *streams: Any) -> None:
    """Live with one host until it leaves."""
    host = Host(unit, *streams)
    try:
        if len(unit.hosts) >= HOSTS_LIMIT:
            raise ValueError(f"{HOSTS_LIMIT} hosts are here already")
        await host.login(token)
        unit.hosts.add(host)
        while host.handle(*await host.message(SILENCE_S)):
            pass
    except (ValueError, RecursionError, struct.error) as error:
        host.say(BYE, {"reason": str(error)})
    except (OSError, EOFError, TimeoutError):
        pass  # it is gone
    finally:
        unit.hosts.discard(host)
        host.writer.close()
        with contextlib.suppress(OSError):
            await host.writer.wait_closed()


async def listen(address: str, unit: SimulatedUnit, token: bytes | None) -> asyncio.Server:
    """Wait for hosts at ``address``."""
    parts = urlsplit(address)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(unit, token, reader, writer)

    if parts.scheme == "unix":
        return await asyncio.start_unix_server(accept, parts.path)
    if parts.scheme != "tcp" or parts.hostname is None or parts.port is None:
        raise SystemExit("--listen: tcp://<ip>:<port> or unix:///<path>")
    if token is None and not ipaddress.ip_address(parts.hostname).is_loopback:
        raise SystemExit("--listen: others can reach this address: give a --token-file")
    return await asyncio.start_server(accept, parts.hostname, parts.port)


async def main() -> None:
    """Read the options and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="PC5 agent with a simulated unit")
    parser.add_argument("--listen", default="tcp://127.0.0.1:47800", metavar="ADDRESS")
    parser.add_argument(
        "--token-file", type=Path, help="a secret of 16 and more octets, as the hosts have it"
    )
    parser.add_argument("--cbr", type=float, help="channel busy ratio to tell; else: not measured")
    options = parser.parse_args()
    token = None if options.token_file is None else options.token_file.read_bytes().strip()
    if token is not None and len(token) < 16:
        raise SystemExit("--token-file: at least 16 octets")
    server = await listen(options.listen, SimulatedUnit(options.cbr), token)
    where = server.sockets[0].getsockname()
    sys.stdout.write(f"SIMULATED unit, no air; listening at {where}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
