"""The loopback medium: who hears whom, what full queues and bad air do, how it ends."""

from __future__ import annotations

import asyncio
import random

import pytest

from v2x.clock import FakeClock
from v2x.errors import ModemError
from v2x.scenarios.medium import OTHER_SENDERS, SENDER_LIMIT, Medium, MediumSettings


def drain(radio) -> list[bytes]:
    """Close the radio and read what it had received."""

    async def read() -> list[bytes]:
        await radio.close()
        return [frame.data async for frame in radio.frames()]

    return asyncio.run(read())


def test_a_broadcast_reaches_all_others_and_never_its_sender() -> None:
    clock = FakeClock(100.0)
    medium = Medium(clock)
    radios = [medium.attach(0x010001 + k, f"r{k}") for k in range(3)]

    async def run() -> list[list[tuple[bytes, float, int | None]]]:
        await radios[0].send(b"one", destination_l2=7, priority=112)
        clock.advance(0.5)
        medium.transmit(0xABCDEF, b"two", 100.5)
        heard = []
        for radio in radios:
            await radio.close()
            heard.append([(f.data, f.received_at, f.source_l2) async for f in radio.frames()])
        return heard

    heard = asyncio.run(run())
    two = (b"two", 100.5, 0xABCDEF)
    assert heard == [[two], [(b"one", 100.0, 0x010001), two], [(b"one", 100.0, 0x010001), two]]
    assert radios[0].simulated


def test_a_full_queue_gives_up_the_oldest_and_counts_it() -> None:
    medium = Medium(FakeClock())
    radio = medium.attach(1, "slow", queue_limit=3)
    for k in range(10):
        medium.transmit(2, bytes([k + 1]), 0.0)
    assert (radio.shed, radio.waiting) == (7, 3)
    assert drain(radio) == [b"\x08", b"\x09", b"\x0a"]


def test_senders_are_counted_by_name() -> None:
    medium = Medium(FakeClock())
    medium.attach(1, "unit")
    medium.register(2, "ghost")
    medium.transmit(2, b"abc", 5.0)
    medium.transmit(2, b"abcd", 6.0)
    medium.transmit(3, b"x", 7.0)
    count = medium.senders[2]
    assert (count.name, count.frames, count.octets, count.last_at) == ("ghost", 2, 7, 6.0)
    assert medium.senders[3].name == "000003"
    assert medium.sent == 3


def test_a_flood_of_ids_does_not_grow_the_counters() -> None:
    medium = Medium(FakeClock())
    for k in range(SENDER_LIMIT + 50):
        medium.transmit(k, b"x", 0.0)
    assert len(medium.senders) == SENDER_LIMIT + 1
    assert medium.senders[OTHER_SENDERS].frames == 50
    assert medium.sent == SENDER_LIMIT + 50


def test_a_changed_layer_2_id_goes_out_and_the_account_stays_with_the_radio() -> None:
    medium = Medium(FakeClock(5.0))
    ours, theirs = medium.attach(1, "ours"), medium.attach(2, "theirs")

    async def run() -> list[tuple[bytes, int | None]]:
        await ours.send(b"a")
        assert await ours.use_source_l2(0xABCDEF)
        await ours.send(b"b")
        assert await ours.use_source_l2(2)  # the air forbids nobody to draw what another one has
        await ours.send(b"c")
        medium.transmit(2, b"d", 5.0)  # an actor without a radio: who has its id doesn't hear it
        for wrong in (-1, 1 << 24):
            with pytest.raises(ValueError, match="24 bits"):
                await ours.use_source_l2(wrong)
        await theirs.close()
        return [(frame.data, frame.source_l2) async for frame in theirs.frames()]

    assert asyncio.run(run()) == [(b"a", 1), (b"b", 0xABCDEF), (b"c", 2)]
    assert ours.waiting == 0
    assert medium.senders[1].frames == 3
    assert {key: count.name for key, count in medium.senders.items()} == {1: "ours", 2: "theirs"}
    for taken in (1, 2):
        with pytest.raises(ModemError, match="attached already"):
            medium.attach(taken, "again")


def test_loss_is_seeded_and_counted() -> None:
    def run(seed: int) -> tuple[list[bytes], int]:
        medium = Medium(FakeClock(), MediumSettings(loss=0.5), rng=random.Random(seed))
        radio = medium.attach(1, "r")
        for k in range(200):
            medium.transmit(2, bytes([k]), 0.0)
        return drain(radio), medium.lost

    heard, lost = run(7)
    assert run(7) == (heard, lost)
    assert len(heard) + lost == 200
    assert 60 < lost < 140
    with pytest.raises(ValueError, match="generator"):
        Medium(FakeClock(), MediumSettings(loss=0.1))


def test_a_delayed_frame_is_stamped_when_it_arrives() -> None:
    clock, timers = FakeClock(10.0), []
    settings = MediumSettings(delay_s=0.02, jitter_s=0.01)
    medium = Medium(
        clock, settings, rng=random.Random(1), schedule=lambda delay_s, call: timers.append((delay_s, call))
    )
    radio = medium.attach(1, "r")
    medium.transmit(2, b"late", 10.0)
    assert radio.waiting == 0
    [(delay_s, call)] = timers
    assert 0.02 <= delay_s <= 0.03
    clock.advance(delay_s)
    call()

    async def read() -> list[float]:
        await radio.close()
        return [frame.received_at async for frame in radio.frames()]

    assert asyncio.run(read()) == [10.0 + delay_s]


def test_a_reader_that_waits_is_woken_by_frame_and_by_close() -> None:
    async def run() -> list[bytes]:
        medium = Medium(FakeClock())
        radio = medium.attach(1, "r")
        heard: list[bytes] = []

        async def read() -> None:
            async for frame in radio.frames():
                heard.append(frame.data)  # noqa: PERF401

        task = asyncio.create_task(read())
        await asyncio.sleep(0)
        medium.transmit(2, b"a", 0.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        medium.transmit(2, b"b", 0.0)
        await radio.close()
        await radio.close()
        medium.transmit(2, b"too late", 0.0)
        await task
        return heard

    assert asyncio.run(run()) == [b"a", b"b"]


def test_misuse_is_refused() -> None:
    medium = Medium(FakeClock())
    radio = medium.attach(1, "r")
    with pytest.raises(ModemError, match="attached already"):
        medium.attach(1, "again")
    with pytest.raises(ModemError, match="octets"):
        medium.transmit(2, b"", 0.0)
    with pytest.raises(ModemError, match="octets"):
        medium.transmit(2, bytes(9000), 0.0)
    with pytest.raises(ValueError, match="probability"):
        MediumSettings(loss=1.5)

    async def run() -> None:
        await radio.close()
        with pytest.raises(ModemError, match="closed"):
            await radio.send(b"x")

    asyncio.run(run())
    medium.attach(1, "the id is free again")
