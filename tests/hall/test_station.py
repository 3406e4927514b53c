"""The hall: ticks, listeners, draining, transmission, and what it does when a part fails."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from v2x.certs import Verifier, pki
from v2x.certs.keystore import KeyStoreError
from v2x.certs.pseudonym import ChangeRule, Exhausted, PseudonymPool
from v2x.clock import SystemClock
from v2x.errors import FusionError, ModemError, Reason, TrustError
from v2x.fusion import Tracker
from v2x.fusion.tokens import validate
from v2x.geo import LocalFrame
from v2x.identity import SOURCE_L2
from v2x.modem.bringup import BringUpResult, BringUpState, Step
from v2x.objects import CriticalFlag, EgoState, Source
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
    from v2x.transmit import Outgoing

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


def test_neighbours_hear_each_identity_under_its_own_layer_2_id(directory: Path) -> None:
    """Certificate, layer-2 id and the BSM's id change in the same message."""

    async def scene() -> None:
        medium = Medium(SystemClock())
        other = medium.attach(THEM, "them")
        signers = [pki.load_signer(directory, name) for name in ("vehicle-01", "vehicle-02")]
        pool = PseudonymPool(signers, ChangeRule(period_s=0.15, distance_m=0.0))
        sender = BsmTransmitter(pool, FRAME, PROFILE, random.Random(3))
        station = Station(parts_of(directory, medium, transmitter=sender))
        pipeline = Pipeline(Verifier(pki.load_trust(directory)), FRAME)
        heard: list[tuple[int | None, str, str | None]] = []
        async with station, asyncio.timeout(20):
            async for frame in other.frames():
                verdict: Any = pipeline.feed(frame.data, frame.received_at)
                heard.append((frame.source_l2, verdict.observed[0].object_id, verdict.provenance.signer))
                if len(set(heard)) == 4:
                    break
        for part in (0, 1):
            assert len({row[part] for row in heard}) == 4
        assert {row[2] for row in heard} == {signer.hashed_id8 for signer in signers}
        assert all(row[0] is not None and SOURCE_L2[0] <= row[0] <= SOURCE_L2[1] for row in heard)
        assert station.report()["frames"]["identity_changes"] >= 4
        assert medium.senders[US].frames == station.transmitted  # the account stays with the radio

    asyncio.run(scene())


class Rare:
    """A transmitter that is never due again, and tells a flag as the real one does."""

    def __init__(self, inner: BsmTransmitter) -> None:
        self.inner = inner
        self.ratios: list[float | None] = []

    def is_urgent(self, ego: EgoState) -> bool:
        return self.inner.is_urgent(ego)

    def next(self, ego: EgoState, at: float, busy_ratio: float | None = None) -> Outgoing:
        self.ratios.append(busy_ratio)
        return replace(self.inner.next(ego, at, busy_ratio), period_s=3600.0)


@pytest.mark.parametrize("tick_hz", [50.0, 0.001])
def test_a_critical_event_does_not_wait_for_the_period(directory: Path, tick_hz: float) -> None:
    """Each tick looks for it; and without ticks whoever knows of it says so."""
    flags: set[CriticalFlag] = set()

    def ego(at: float) -> EgoState:
        return EgoState(at, 0.0, 0.0, 0.0, 0.0, flags=frozenset(flags))

    async def scene() -> None:
        medium = Medium(SystemClock())
        other = medium.attach(THEM, "them")
        sender = Rare(
            BsmTransmitter(pki.load_signer(directory, "vehicle-01"), FRAME, PROFILE, random.Random(3))
        )
        parts = parts_of(
            directory, medium, transmitter=sender, ego=ego, tick_hz=tick_hz, busy_ratio=lambda: 0.25
        )
        station = Station(parts)
        aids = []
        async with station, asyncio.timeout(20):
            async for frame in other.frames():
                aids.append(frame.data[2])
                if len(aids) == 3:
                    break
                station.look()  # nothing new yet: nothing is sent
                await asyncio.sleep(0)
                flags.add((CriticalFlag.ABS, CriticalFlag.AIR_BAG)[len(aids) - 1])
                if tick_hz < 1.0:
                    station.look()
        assert aids == [111, 112, 112]
        assert sender.ratios == [0.25] * 3

    asyncio.run(scene())


class Refusing:
    """A transmitter without a message, four times."""

    def __init__(self, inner: BsmTransmitter) -> None:
        self.inner = inner
        self.calls = 0

    def is_urgent(self, ego: EgoState) -> bool:
        return False

    def next(self, ego: EgoState, at: float, busy_ratio: float | None = None) -> Outgoing:
        self.calls += 1
        if self.calls <= 3:
            raise TrustError(Reason.TIME_STALE, "too old")
        if self.calls == 4:
            raise KeyStoreError("the token was pulled out")
        return self.inner.next(ego, at, busy_ratio)


def test_without_a_message_the_station_goes_on_and_counts(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        pool = PseudonymPool(
            [pki.load_signer(directory, "vehicle-01")],
            ChangeRule(period_s=0.001, distance_m=0.0, exhausted=Exhausted.STOP),
        )
        sender = Refusing(BsmTransmitter(pool, FRAME, PROFILE, random.Random(4)))
        station = Station(parts_of(directory, medium, transmitter=sender))
        async with station:
            await first(station, lambda _: station.transmit_refusals["signer/certificate_invalid"] >= 2)
        frames = station.report()["frames"]
        assert frames["transmitted"] == 1
        assert frames["transmit_refusals"]["time/stale"] == 3
        assert frames["transmit_refusals"]["KeyStoreError"] == 1

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

    async def use_source_l2(self, source_l2: int) -> bool:
        return False

    async def close(self) -> None:
        self.closed.set()


class StubbornRadio(BrokenRadio):
    """Keeps its layer-2 id, whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.sent: list[bytes] = []

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:
        self.sent.append(data)

    async def use_source_l2(self, source_l2: int) -> bool:
        self.asked.append(source_l2)
        if len(self.asked) <= 2:
            raise ModemError("busy")
        return True


def test_under_an_old_layer_2_id_nothing_is_sent(directory: Path) -> None:
    async def scene() -> None:
        medium = Medium(SystemClock())
        radio = StubbornRadio()
        sender = BsmTransmitter(pki.load_signer(directory, "vehicle-01"), FRAME, PROFILE, random.Random(4))
        station = Station(parts_of(directory, medium, radio=radio, transmitter=sender))
        async with station:
            await first(station, lambda _: station.transmitted >= 3)
        assert station.transmit_failures == 2
        assert len(radio.asked) == 3  # once it is changed nobody asks again
        assert len(set(radio.asked)) == 1
        assert len(radio.sent) == station.transmitted
        frames = station.report()["frames"]
        assert (frames["identity_changes"], frames["identity_changes_without_l2"]) == (1, 0)

    asyncio.run(scene())


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
        assert report["identity_changes_without_l2"] == report["identity_changes"] == 1
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
