"""The demo: the whole way live, with every part simulated and saying so.

    simulated module on a PTY ──── bring-up ────────────────────────────┐
    road-side unit ─┐                                                   ▼
    30 vehicles ────┼─► loopback medium ─► station: worker, tracker, tokens ─► screen, report, judge
    three others ───┘                                                              ▲
    simulated own sensor ──────────────────────────────────────────────────────────┘

The world is stepped and its frames are signed in a thread; the station neither knows nor sees the truth.
The judge holds the result against it, and the report accounts for every frame, sender by sender.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2x.certs import Verifier, pki
from v2x.cli.screen import Screen
from v2x.clock import SystemClock
from v2x.config import ModemSettings
from v2x.fusion import Tracker
from v2x.misbehaviour import Reporter
from v2x.objects import EgoState
from v2x.pipeline import Pipeline, Tally
from v2x.plausibility import Detectors
from v2x.record import PcapRecorder
from v2x.scenarios.judge import Judge
from v2x.scenarios.medium import Medium
from v2x.scenarios.roadside import REWRITES
from v2x.scenarios.sensor import SimulatedSensor
from v2x.scenarios.world import Credentials, World
from v2x.service import closed, modem_bring_up, operate, warm_up
from v2x.station import Station, StationParts
from v2x.transmit import BsmTransmitter
from v2x.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.certs import Signer
    from v2x.clock import Clock
    from v2x.objects import Observation
    from v2x.scenarios.truth import Truth

__all__ = ["VEHICLES", "run_demo"]

VEHICLES = 30
"""Honest vehicles; the station and the one that damages hold a certificate each, too."""

STATION_L2 = 0x0A0A01
"""Under which the station is attached to the medium, in the vehicles' range [0x010001, 0xFFFFFE]."""

PUMP_PERIOD_S = 0.01
"""How often the world is asked for frames; a BSM goes out at most so late."""


ATTACKERS = {
    "replayer": "honest frames again, within and after the freshness window",
    "expired": "a certificate that has expired",
    "damager": "its own frames, damaged",
}
"""The three others by name, and what they do."""


class Truths:
    """The truth at any instant shortly after the world's last step: moved on by its velocity."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, at: float) -> list[Truth]:
        """Every road user at ``at``, some 10 ms after the last step."""
        return [
            replace(
                t,
                at=at,
                east_m=t.east_m + t.v_east_mps * (at - t.at),
                north_m=t.north_m + t.v_north_mps * (at - t.at),
            )
            for t in self._world.truths
        ]


async def run_demo(
    seconds: float | None,
    *,
    attackers: bool = True,
    seed: int = 1,
    record: Path | None = None,
    trust: Path | None = None,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run the demo for ``seconds``, or until Ctrl-C; returns the report.

    ``record``: a pcap of what the station receives; ``trust``: a directory to be made for the test PKI, so
    that the recording can be verified later.  Raises V2XError or OSError where they can't be written.
    """
    clock = SystemClock()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="v2x-demo-"))
        recorder = None if record is None else stack.enter_context(PcapRecorder(record))
        await asyncio.to_thread(warm_up)
        directory, secret = trust, None
        if directory is None:
            directory, secret = Path(folder) / "pki", pki.temporary_secret()
        world = await asyncio.to_thread(_world, directory, secret, clock, attackers, seed)
        async with modem_bring_up(ModemSettings()) as bring_up:
            medium = Medium(clock)
            truths = Truths(world)
            signer = pki.load_signer(directory, pki.vehicle(VEHICLES + 1, VEHICLES + 2), secret=secret)
            pipeline = Pipeline(Verifier(pki.load_trust(directory)), world.frame, detectors=Detectors())
            parts, worker = _parts(world, truths, signer, pipeline, medium, clock, seed)
            parts.bring_up = bring_up
            parts.record = recorder.take if recorder else None
            station = Station(parts)
            judge = Judge(truths, frozenset(s.identity.name for s in world.fleet.senders))
            station.listen(judge)
            async with station:
                pump = asyncio.create_task(_pump(world, medium, clock))
                try:
                    await operate(station, _screen(parts, station, attackers), seconds, quiet=quiet)
                finally:
                    pump.cancel()
                    await asyncio.gather(pump, return_exceptions=True)
                    medium_sent = {k: c.frames for k, c in medium.senders.items() if k != STATION_L2}
            return _report(station, worker.tally, world, judge, medium_sent) | closed(recorder)


def _world(directory: Path, secret: bytes | None, clock: Clock, attackers: bool, seed: int) -> World:
    pki.init(directory, vehicles=VEHICLES + 2, at=clock.now(), secret=secret)
    credentials = Credentials.of(directory, VEHICLES, secret=secret)
    return World(credentials, clock.now(), seed=seed, attackers=attackers)


def _parts(
    world: World,
    truths: Truths,
    signer: Signer,
    pipeline: Pipeline,
    medium: Medium,
    clock: Clock,
    seed: int,
) -> tuple[StationParts, Worker]:
    frame, profile = world.frame, world.junction.profile
    east_m, north_m, yaw_rad = world.ego_stand()

    def ego(at: float) -> EgoState:
        return EgoState(at, east_m, north_m, yaw_rad, 0.0)

    sensor = SimulatedSensor(random.Random(seed + 1))

    def sweep(at: float) -> Sequence[Observation]:
        return sensor.observe(at, ego(at), truths(at))

    worker = Worker(pipeline, clock, reporter=Reporter())
    parts = StationParts(
        radio=medium.attach(STATION_L2, "station"),
        worker=worker,
        tracker=Tracker(frame),
        clock=clock,
        ego=ego,
        sensors=(sweep,),
        transmitter=BsmTransmitter(signer, frame, profile, random.Random(seed + 2)),
    )
    return parts, worker


async def _pump(world: World, medium: Medium, clock: Clock) -> None:
    """Put on the air what the world sends."""
    while True:
        for frame in await asyncio.to_thread(world.due, clock.now()):
            medium.transmit(frame.l2_id, frame.data, frame.at)
        await asyncio.sleep(PUMP_PERIOD_S)


def _screen(parts: StationParts, station: Station, attackers: bool) -> Screen:
    notes = [
        "SIMULATED: module (PTY), radio (loopback), 30 vehicles, rider, own sensor.  Trust: TEST PKI.",
        "RECORDED in 2020: MAP and RSI of node 149, Changsha, byte for byte; signed now by a TEST unit.",
    ]
    if attackers:
        notes.append(
            "Three others: " + "; ".join(f"{name}: {what}" for name, what in ATTACKERS.items()) + "."
        )
    return Screen(
        station,
        parts.worker,
        parts.tracker.counters,
        "v2x demo",
        notes,
        [(row.message, row.field, row.recorded, row.sent) for row in REWRITES],
    )


def _report(
    station: Station, tally: Tally, world: World, judge: Judge, sent: dict[int, int]
) -> dict[str, Any]:
    """The station's report, and what only the demo can know: who sent what, and the truth."""
    report = station.report()
    report["simulated"] = True
    report["frames"]["sent_by"] = {world.names[l2]: n for l2, n in sent.items()}
    report["frames"]["by_sender"] = {
        world.names[l2]: {"sent": sent[l2], **tally.senders.get(l2, Tally()).to_dict()} for l2 in sent
    }
    report["tracks"].update(judge.report())
    report["tokens"]["honest_share_least"] = judge.least_share
    return report
