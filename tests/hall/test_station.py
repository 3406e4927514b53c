"""The hall: ticks, listeners, draining, transmission, and what it does when a part fails."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, cast

import pytest

from v2x.certs import Verifier, pki
from v2x.clock import SystemClock
from v2x.errors import FusionError, ModemError
from v2x.fusion import Tracker
from v2x.fusion.tokens import validate
from v2x.geo import LocalFrame
from v2x.modem.bringup import BringUpResult, BringUpState, Step
from v2x.objects import EgoState, Source
from v2x.pipeline import Pipeline
from v2x.scenarios.medium import Medium
from v2x.station import Station, StationParts, Tick
from v2x.transmit import BsmTransmitter
from v2x.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from v2x.modem.radio import RadioFrame
    from v2x.objects import Environment

FRAME = LocalFrame(28.0985258, 112.9830304)
PROFILE = "csae53_2020"
US, THEM = 0x0A0A01, 0x0A0A02


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("station") / "pki"
    pki.init(folder, vehicles=2, at=SystemClock().now())
    return folder


def standing(at: float) -> EgoState:
    return EgoState(at, 0.0, 0.0, 0.0, 0.0)


def parts_of(directory: Path, medium: Medium, **changes: Any) -> StationParts:
    clock = SystemClock()
    worker = Worker(Pipeline(Verifier(pki.load_trust(directory)), FRAME), clock)
    defaults: dict[str, Any] = {
        "radio": medium.attach(US, "us"),
        "worker": worker,
        "tracker": Tracker(FRAME),
        "clock": clock,
        "ego": standing,
        "tick_hz": 50.0,
    }
    return StationParts(**(defaults | changes))


async def first(station: Station, wanted: Any) -> Tick:
    """The first tick for which ``wanted`` holds."""
    async with asyncio.timeout(20):
        async for tick in station.ticks():
            if wanted(tick):
                return tick
    raise AssertionError("the station stopped")


def test_a_neighbour_becomes_a_track_and_a_token(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        sender = BsmTransmitter(pki.load_signer(directory, "vehicle-01"), FRAME, PROFILE, random.Random(2))
        other = medium.attach(THEM, "them")
        heard: list[Tick] = []
        station = Station(parts_of(directory, medium))
        station.listen(heard.append)
        async with station:
            at = SystemClock().now()
            await other.send(sender.build(EgoState(at, 20.0, 5.0, 1.0, 8.0), at))
            tick = await first(station, lambda t: t.environment.tracks)
        (track,) = tick.environment.tracks
        assert (track.confirmed, track.sources) == (True, frozenset({Source.BSM}))
        validate(tick.tokens)
        assert tick.tokens.arrays["agents_mask"].sum() == 1
        assert tick.index in [t.index for t in heard]
        report = station.report()
        assert report["frames"]["received"] == report["frames"]["accepted"] == 1
        assert report["messages"] == {"BSM": 1}
        assert report["latency_ms"]["p50"] > 0
        assert report["modem"]["state"] == "none"

    asyncio.run(scene())


def test_stopping_works_off_what_was_received(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        other = medium.attach(THEM, "them")
        station = Station(parts_of(directory, medium))
        async with station:
            for _ in range(300):
                await other.send(b"\x04\x00\x6f\x00\x01\x00")
        tally = station.report()["frames"]
        assert tally["received"] == 300
        assert tally["dropped"] == {"envelope": {"unsupported": 300}}
        await station.stop()  # idempotent

    asyncio.run(scene())


def test_it_sends_its_own_state(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        other = medium.attach(THEM, "them")
        signer = pki.load_signer(directory, "vehicle-02")
        sender = BsmTransmitter(signer, FRAME, PROFILE, random.Random(3))
        station = Station(parts_of(directory, medium, transmitter=sender))
        pipeline = Pipeline(Verifier(pki.load_trust(directory)), FRAME)
        async with station, asyncio.timeout(20):
            async for frame in other.frames():
                verdict = pipeline.feed(frame.data, frame.received_at)
                assert verdict.message.kind == "BSM"  # type: ignore[union-attr]
                break
        assert station.transmitted >= 1

    asyncio.run(scene())


class BrokenRadio:
    """Refuses to send and gives up frames that it never delivered."""

    simulated = True
    shed = 7

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def frames(self) -> AsyncIterator[RadioFrame]:
        await self.closed.wait()
        return
        yield

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:
        raise ModemError("no air")

    async def close(self) -> None:
        self.closed.set()


def test_a_radio_that_refuses_is_counted_and_outlived(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        sender = BsmTransmitter(pki.load_signer(directory, "vehicle-01"), FRAME, PROFILE, random.Random(4))
        parts = parts_of(directory, medium, radio=BrokenRadio(), transmitter=sender)
        station = Station(parts)
        async with station:
            await first(station, lambda _: station.transmit_failures >= 2)
        report = station.report()["frames"]
        assert report["transmitted"] == 0
        assert (report["received"], report["dropped"]) == (7, {"queue": {"shed": 7}})

    asyncio.run(scene())


class RefusingTracker(Tracker):
    calls = 0

    def step(self, observed: Sequence[Any], ego: EgoState, at: float) -> Environment:
        self.calls += 1
        if self.calls <= 3:
            raise FusionError("not now")
        return super().step(observed, ego, at)


def test_a_tick_that_cannot_be_computed_is_skipped_and_counted(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        station = Station(parts_of(directory, medium, tracker=RefusingTracker(FRAME)))
        async with station:
            await first(station, lambda _: True)
        assert station.ticks_refused == 3
        assert station.report()["tokens"]["missed_ticks"] >= 3

    asyncio.run(scene())


def test_a_defect_ends_the_station_and_is_shown(directory: Path) -> None:
    def defect(_at: float) -> EgoState:
        raise ZeroDivisionError

    async def scene() -> None:
        medium = Medium(SystemClock())
        station = Station(parts_of(directory, medium, ego=defect))
        with pytest.raises(ZeroDivisionError):
            async with station, asyncio.timeout(20):
                await station.failed()

    asyncio.run(scene())


def test_the_report_shows_the_module(directory: Path) -> None:
    async def bring_up() -> BringUpResult:
        return BringUpResult(
            BringUpState.SIM,
            (Step("port", 0.1), Step("at", 0.2)),
            True,
            {"model": "SIM"},
            "registered: denied",
        )

    async def scene() -> None:
        medium = Medium(SystemClock())
        station = Station(parts_of(directory, medium, bring_up=bring_up))
        async with station:
            await first(station, lambda _: station.modem.state == "sim")
        assert station.report()["modem"] == {
            "identity": {"model": "SIM"},
            "simulated": True,
            "state": "sim",
            "steps": [{"name": "port", "seconds": 0.1}, {"name": "at", "seconds": 0.2}],
            "reason": "registered: denied",
        }

    asyncio.run(scene())


def test_a_slow_reader_loses_the_oldest_ticks_and_delays_nobody(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        station = Station(parts_of(directory, medium))
        async with station:
            slow = station.ticks()
            one = await anext(slow)
            await first(station, lambda t: t.index >= one.index + 40)
            two = await anext(slow)
            assert two.index > one.index + 1
            await cast(Any, slow).aclose()
        assert station.ticks_done >= 40

    asyncio.run(scene())
