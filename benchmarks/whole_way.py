"""The whole way of a received frame: frames a second and core, and latency at an offered rate.

    python benchmarks/whole_way.py [--seconds 20] [--rate 2000] [--frames 20000]

Way: DSMP, envelope, signer, signature, decode, observe, plausibility with all detectors, tally.  Traffic:
BSMs of 200 vehicles on rings at 10 Hz, whole certificates every 450 ms; one frame in a hundred comes from a
signer never heard before, with its certificate.  First the frames a second of CPU time, in batches of the
worker's size, for each way of checking signatures in a process of its own (V2X_CRYPTO).  Then the worker's
thread with the best of them gets ``rate`` frames a second for ``seconds`` from another process: latency from
reception to observation, CPU share, and memory at start and end.

The senders here sign with one nonce again and again, which gives their keys away and costs next to nothing;
a receiver can't tell, and checks such a signature like any other.  Machines differ: trust the ratios.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from v2x import worker as worker_module
from v2x.certs import Signer, TrustStore, Verifier, sm2
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.clock import SystemClock
from v2x.codecs import encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.geo import LocalFrame, wrap_pi
from v2x.modem.radio import RadioFrame
from v2x.pipeline import Accepted, Dropped, Pipeline, Tally
from v2x.plausibility import Detectors

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = 1_800_000_000.0
VEHICLES = 200
NEWCOMER_EVERY = 100
PLACE = LocalFrame(28.0985258, 112.9830304)
HEAD = struct.Struct("<dI")
NONCE = 0x1234567890ABCDEF
NONCE_X = int.from_bytes(sm2.public_point(NONCE.to_bytes(32))[1:33])
WAYS = {"native with AVX512-IFMA": None, "native": "portable", "libcrypto": "libcrypto"}
WARM_S = 0.5
LATENCY_OCTETS = 32  # a float and its place in the worker's queue
CAUGHT_UP_S = 10.0


class CarelessKey:
    """A signing key with one nonce for all messages, for load only."""

    def __init__(self, private: bytes, user_id: bytes) -> None:
        self.point = sm2.public_point(private)
        self._z = sm2.identity_digest(self.point, user_id)
        self._private = int.from_bytes(private)
        self._inverse = pow(1 + self._private, -1, sm2.N)

    def sign(self, message: bytes) -> bytes:
        """The signature r || s of GB/T 32918.2, with the nonce above."""
        r = (int.from_bytes(sm2.sm3(self._z + message)) + NONCE_X) % sm2.N
        s = self._inverse * (NONCE - r * self._private) % sm2.N
        return r.to_bytes(32) + s.to_bytes(32)


class Authorities:
    """A root and a pseudonym authority, the same in every process."""

    def __init__(self, at: float) -> None:
        span: Any = {"starts_at": at - 3600.0, "duration": ("years", 1)}
        root_key, authority_key = bytes(31) + b"\x11", bytes(31) + b"\x22"
        self.root = issue(Template(**span, issues=(IssueGroup((111,), shortest=2),)), None, root_key)
        self.issuer = issue(Template(**span, issues=(IssueGroup((111,)),)), self.root, authority_key)
        self._starts_at = at - 60.0

    def signer(self) -> Signer:
        """A vehicle's with a new certificate."""
        holder: Holder = issue(Template(self._starts_at, ("hours", 168), app=(111,)), self.issuer)
        key = CarelessKey(holder.private_key, holder.certificate.sm3)
        return Signer(holder.certificate, key)


def traffic(authorities: Authorities, start_at: float, rate: float) -> Iterator[tuple[float, bytes]]:
    """Instants and frames without end; a vehicle's pseudonym changes with every hundredth frame."""
    signers = [authorities.signer() for _ in range(VEHICLES)]
    pseudonyms = list(range(VEHICLES))
    number = 0
    while True:
        vehicle, at = number % VEHICLES, start_at + number / rate
        if number % NEWCOMER_EVERY == NEWCOMER_EVERY - 1:
            vehicle = number // NEWCOMER_EVERY % VEHICLES
            signers[vehicle] = authorities.signer()
            pseudonyms[vehicle] = VEHICLES + number
        radius_m, speed_mps = 100.0 + 4.0 * vehicle, 10.0 + vehicle % 10
        turned_rad = vehicle + speed_mps * (at - start_at) / radius_m
        report = VehicleReport.from_local(
            PLACE, radius_m * math.cos(turned_rad), radius_m * math.sin(turned_rad), at=at,
            vehicle_id=pseudonyms[vehicle].to_bytes(8), message_count=number // VEHICLES,
            speed_mps=speed_mps, yaw_rad=wrap_pi(turned_rad + math.pi / 2), length_m=4.6, width_m=1.9,
        )  # fmt: skip
        sealed = signers[vehicle].seal(encode(compose_bsm(report, "csae53_2020")), 111, at)
        yield at, DsmpFrame(111, sealed).render()
        number += 1


def pipeline(root: bytes, issuer: bytes) -> Pipeline:
    """As the service makes it, trusting the benchmark's authorities."""
    from v2x.certs import Certificate

    store = TrustStore([Certificate.decode(root)], [Certificate.decode(issuer)])
    return Pipeline(Verifier(store), PLACE, detectors=Detectors())


def throughput(frames: int) -> dict[str, Any]:
    """Frames a second of CPU time with this process's way of checking signatures."""
    authorities = Authorities(AT)
    source = traffic(authorities, AT, 10.0 * VEHICLES)
    arrivals = [(data, at + 0.002, None) for at, data in (next(source) for _ in range(2 * VEHICLES + frames))]
    way = pipeline(authorities.root.certificate.octets, authorities.issuer.certificate.octets)
    warm = way.feed_many(arrivals[: 2 * VEHICLES])
    assert all(isinstance(verdict, Accepted) for _, verdict in warm), warm[0]
    tally, size = Tally(), worker_module.BATCH_LIMIT
    start = time.process_time()
    for first in range(2 * VEHICLES, len(arrivals), size):
        batch = arrivals[first : first + size]
        for _ in batch:
            tally.count_received(None)
        for _, verdict in way.feed_many(batch):
            if isinstance(verdict, Accepted):
                tally.count_accepted(None, verdict.message.kind)
            elif isinstance(verdict, Dropped):
                tally.count_dropped(None, verdict.reason)
    seconds = time.process_time() - start
    return {"way": sm2.implementation(), "frames_per_s": frames / seconds, **tally.to_dict()}


def latency(rate: float, seconds: float) -> dict[str, Any]:
    """A worker under ``rate`` frames a second from another process."""
    clock = SystemClock()
    total = int(rate * seconds)
    worker_module.LATENCY_LIMIT = total
    sender = subprocess.Popen(
        [sys.executable, __file__, "--part", "traffic", "--rate", str(rate), "--frames", str(total)],
        stdout=subprocess.PIPE,
    )
    assert sender.stdout is not None
    octets = [read(sender.stdout, int.from_bytes(read(sender.stdout, 2))) for _ in range(2)]
    worker = worker_module.Worker(pipeline(*octets), clock)
    worker.start()
    first_at, data = next_frame(sender.stdout)
    late_s = 0.0
    memory, cpu_s, began_at = memory_mb(), time.process_time(), clock.now()
    for number in range(total):
        due_at = first_at + number / rate
        if (pause_s := due_at - clock.now()) > 0:
            time.sleep(pause_s)
        late_s = max(late_s, clock.now() - due_at)
        worker.submit(RadioFrame(data, clock.now(), number % VEHICLES))
        if number % 200 == 0:
            worker.take()
        if number == total // 2:
            memory_half = memory_mb(number)
        if number + 1 < total:
            _, data = next_frame(sender.stdout)
    worker.drain(CAUGHT_UP_S)
    wall_s = clock.now() - began_at
    memory_end = memory_mb(total)
    worker.close()
    sender.wait()
    window = worker.latency()
    return {
        "way": sm2.implementation(), "offered_per_s": rate, "seconds": seconds, "latencies": window.count,
        "p50_ms": window.p50_ms, "p99_ms": window.p99_ms, "latest_submit_ms": 1000 * late_s,
        "cpu_share": (time.process_time() - cpu_s) / wall_s,
        "memory_mb": {"start": memory, "half": memory_half, "end": memory_end}, **worker.tally.to_dict(),
    }  # fmt: skip


def send(rate: float, frames: int) -> None:
    """Write the authorities' certificates, then frames as the pipe takes them, ahead of their time."""
    start_at = time.time() + WARM_S + 1.0
    authorities = Authorities(start_at)
    out = sys.stdout.buffer
    for holder in (authorities.root, authorities.issuer):
        octets = holder.certificate.octets
        out.write(len(octets).to_bytes(2) + octets)
    source = traffic(authorities, start_at, rate)
    for _ in range(frames):
        at, data = next(source)
        out.write(HEAD.pack(at, len(data)) + data)
    out.flush()


def next_frame(stream: IO[bytes]) -> tuple[float, bytes]:
    at, size = HEAD.unpack(read(stream, HEAD.size))
    return at, read(stream, size)


def read(stream: IO[bytes], size: int) -> bytes:
    octets = stream.read(size)
    assert len(octets) == size, "the sender has stopped"
    return octets


def memory_mb(latencies: int = 0) -> float:
    """Resident memory of this process, without the latencies that only this benchmark keeps all of."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (pages * os.sysconf("SC_PAGESIZE") - latencies * LATENCY_OCTETS) / 1e6


def child(part: str, way: str | None, *arguments: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "V2X_CRYPTO"}
    if way is not None:
        environment["V2X_CRYPTO"] = way
    command = [sys.executable, __file__, "--part", part, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=2000.0)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--part", choices=("throughput", "latency", "traffic"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "traffic":
        send(given.rate, given.frames)
        return
    if given.part is not None:
        part = throughput(given.frames) if given.part == "throughput" else latency(given.rate, given.seconds)
        print(json.dumps(part))
        return
    print(f"{'signatures by':<28}{'frames/s and core':>18}{'us a frame':>12}   verdicts")
    for way in WAYS.values():
        found = child("throughput", way, "--frames", str(given.frames))
        verdicts = {name: found[name] for name in ("received", "accepted", "dropped")}
        rate = found["frames_per_s"]
        print(f"{found['way']:<28}{rate:>18.0f}{1e6 / rate:>12.1f}   {verdicts}")
    found = child("latency", None, "--rate", str(given.rate), "--seconds", str(given.seconds))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
