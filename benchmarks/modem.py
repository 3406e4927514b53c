"""What a command costs beside python-gsmmodem-new, and the octets a second of the engine, from one run.

    python benchmarks/modem.py [--commands N] [--rounds N]

Both drivers, and "plain read and write" that does nothing but wait for OK, talk to the same peer: another
process behind a PTY that answers at once.  They take turns in short rounds, so that a neighbour on the
machine slows all of them; figures are medians of the rounds.  "wall" is a command's whole time, and what is
"over plain" the driver adds to it; "CPU" is this process's time for it, of all its threads.  AT+CSQ gives a
number on both sides; AT+QENG gives its line.  Where python-gsmmodem-new is missing, its rows are left out.

The engine alone, without any port: a command begun, its answer fed and read; and a stream of answers and
notifications in pieces of 4096, 64 and 1 octets.  Trust the ratios, machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from v2x.modem import answers
from v2x.modem.commands import parsed
from v2x.modem.engine import Engine
from v2x.modem.events import Done
from v2x.modem.modem import Modem
from v2x.modem.port import SerialPort, set_raw

if TYPE_CHECKING:
    from collections.abc import Callable

QENG = '+QENG: "servingcell","NOCONN","NR5G-SA","TDD",001,01,000000101,702,000001,633984,78,12,-89,-8,15,1,34'
ANSWERS = {
    b"AT": b"\r\nOK\r\n",
    b"AT+CSQ": b"\r\n+CSQ: 23,99\r\n\r\nOK\r\n",
    b'AT+QENG="servingcell"': f"\r\n{QENG}\r\n\r\nOK\r\n".encode(),
}
NAMES = [text.decode() for text in ANSWERS]

PEER = f"""
import os, sys
answers, fd, waiting = {ANSWERS!r}, int(sys.argv[1]), b""
while True:
    waiting += os.read(fd, 4096)
    *lines, waiting = waiting.split(b"\\r")
    for line in lines:
        os.write(fd, answers[line])
"""
"""A process that answers what it knows; it ends when it is told to."""

STREAM = (
    b"\r\n+CSQ: 23,99\r\n\r\nOK\r\n" + f"\r\n{QENG}\r\n\r\nOK\r\n".encode() + b"\r\n+CREG: 1\r\n"
    b'\r\n+QIND: "csq",23,99\r\n\r\n+CGEV: ME PDN ACT 1\r\n\r\n+C5GREG: 1,"000001","000000101",11\r\n'
) * 500
PIECES = (4096, 64, 1)


class Cost(NamedTuple):
    """Seconds a command of one round."""

    wall_s: float
    cpu_s: float


def timed(run: Callable[[], object], calls: int) -> Cost:
    """``calls`` commands, one after the other."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        run()
    return Cost((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)


class Peer:
    """A PTY whose other end answers at once."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        set_raw(slave, 115_200)
        self.path = os.ttyname(slave)
        self._process = subprocess.Popen(
            [sys.executable, "-c", PEER, str(self._master)], pass_fds=(self._master,)
        )
        self._slave = slave

    def close(self) -> None:
        """End the process and the PTY."""
        self._process.kill()
        self._process.wait()
        os.close(self._slave)
        os.close(self._master)


def plain(peer: Peer, calls: int) -> dict[str, Cost]:
    """The floor: write the line, read until OK."""
    fd = os.open(peer.path, os.O_RDWR | os.O_NOCTTY)

    def ask(line: bytes) -> None:
        os.write(fd, line + b"\r")
        received = b""
        while not received.endswith(b"OK\r\n"):
            received += os.read(fd, 4096)

    try:
        ask(b"AT")
        return {name: timed(lambda name=name: ask(name.encode()), calls) for name in NAMES}  # type: ignore[misc]
    finally:
        os.close(fd)


def ours(peer: Peer, calls: int) -> dict[str, Cost]:
    """``Modem`` on a serial port."""

    async def commands(modem: Modem, name: str) -> Cost:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(calls):
            if name == "AT+CSQ":
                assert (await modem.execute(answers.CSQ)) is not None
            else:
                assert (await modem.send(name)).final == "OK"
        return Cost((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)

    async def main() -> dict[str, Cost]:
        async with Modem(SerialPort(peer.path)) as modem:
            await modem.send("AT")
            return {name: await commands(modem, name) for name in NAMES}

    return asyncio.run(main())


def gsmmodem(peer: Peer, calls: int) -> dict[str, Cost]:
    """python-gsmmodem-new on the same PTY: its port and reading thread, without its thirty commands first."""
    from gsmmodem.modem import GsmModem
    from gsmmodem.serial_comms import SerialComms

    modem = GsmModem(peer.path)
    SerialComms.connect(modem)

    def ask(name: str) -> None:
        if name == "AT+CSQ":
            assert modem.signalStrength == 23
        else:
            assert modem.write(name)[-1] == "OK"

    try:
        ask("AT")
        return {name: timed(lambda name=name: ask(name), calls) for name in NAMES}  # type: ignore[misc]
    finally:
        modem.serial.cancel_read()
        modem.close()


def has_gsmmodem() -> bool:
    """Whether python-gsmmodem-new is installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its patterns are no raw strings
            import gsmmodem.modem  # noqa: F401
    except ImportError:
        return False
    return True


def drivers(calls: int, rounds: int) -> None:
    """The table of the drivers."""
    cases: dict[str, Any] = {"plain read and write": plain, "v2x": ours}
    if has_gsmmodem():
        cases["python-gsmmodem-new"] = gsmmodem
    else:
        print("python-gsmmodem-new is not installed (pip install python-gsmmodem-new): its rows are left out")
    peer = Peer()
    try:
        found: dict[str, list[dict[str, Cost]]] = {case: [] for case in cases}
        for _ in range(rounds):
            for case, run in cases.items():
                found[case].append(run(peer, calls))
    finally:
        peer.close()
    print(f"{rounds} rounds of {calls} commands over a PTY; us a command")
    print(f"{'':<24}{'':<22}{'wall':>8}{'over plain':>12}{'CPU':>8}")
    for name in NAMES:
        costs = {
            case: Cost(*(statistics.median(part) for part in zip(*(r[name] for r in results), strict=True)))
            for case, results in found.items()
        }
        floor = costs["plain read and write"]
        for case, cost in costs.items():
            over = 1e6 * (cost.wall_s - floor.wall_s)
            print(f"{name:<24}{case:<22}{1e6 * cost.wall_s:>8.1f}{over:>12.1f}{1e6 * cost.cpu_s:>8.1f}")
        if len(costs) == 3:
            us, them = costs["v2x"], costs["python-gsmmodem-new"]
            over = (them.wall_s - floor.wall_s) / max(us.wall_s - floor.wall_s, 1e-9)
            ratios = f"over plain {over:.1f}, CPU {them.cpu_s / us.cpu_s:.1f}"
            print(f"{'':<24}python-gsmmodem-new, times v2x: wall {them.wall_s / us.wall_s:.1f}, {ratios}")


def engine_alone(rounds: int) -> None:
    """Commands and octets a second of the engine, without a port."""
    engine, answer = Engine(), ANSWERS[b"AT+CSQ"]

    def command() -> None:
        engine.start(answers.CSQ)
        done = engine.feed(answer)[-1]
        assert isinstance(done, Done)
        parsed(answers.CSQ, done.reply)

    seconds = statistics.median(timed(command, 2000).wall_s for _ in range(rounds))
    print(f"engine alone, AT+CSQ begun, answered, read: {1e6 * seconds:.1f} us")
    for piece in PIECES:
        octets = STREAM[: len(STREAM) if piece > 1 else len(STREAM) // 20]
        rates = []
        for _ in range(rounds):
            start = time.perf_counter()
            for index in range(0, len(octets), piece):
                engine.feed(octets[index : index + piece])
            rates.append(len(octets) / (time.perf_counter() - start))
        print(f"engine alone, stream in pieces of {piece:>4}: {statistics.median(rates) / 1e6:.2f} MB/s")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--commands", type=int, default=300, help="commands of a round")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    drivers(arguments.commands, arguments.rounds)
    engine_alone(arguments.rounds)


if __name__ == "__main__":
    main()
