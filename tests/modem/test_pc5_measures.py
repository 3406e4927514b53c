"""PC5 measures: every number is accounted for, in order or not, and the spread is as near as it says."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.pc5_measures import Arrival, CbrMeasures, LinkMeasures, MeasureSettings, SenderMeasures
from v2x.modem.pc5_payload import HEADER_SIZE, SIZE_LIMIT, TestPayload, TestPayloadError, is_test_payload
from v2x.modem.pc5_spread import Spread
from v2x.modem.pc5_types import ChannelBusy
from v2x.modem.stats import percentile

T0 = 1_800_000_000.0


def fed(numbers: list[int], settings: MeasureSettings | None = None, period_s: float = 0.1) -> SenderMeasures:
    measures = SenderMeasures(settings or MeasureSettings())
    for index, number in enumerate(numbers):
        measures.add(number, T0 + index * period_s)
    return measures


@given(
    st.sets(st.integers(0, 500), min_size=1),
    st.integers(0, (1 << 32) - 1),
    st.sampled_from([1 << 32, 1 << 16]),
)
def test_losses_are_the_gaps_in_the_numbers(kept: set[int], start: int, modulus: int) -> None:
    numbers = [(start + one) % modulus for one in sorted(kept)]
    measures = fed(numbers, MeasureSettings(modulus=modulus))
    assert measures.received == len(kept)
    assert measures.lost == max(kept) - min(kept) + 1 - len(kept)
    assert (measures.repeated, measures.late, measures.restarts) == (0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60), st.randoms())
def test_disorder_and_repetition_change_no_account(jumps: list[tuple[int, bool]], rng: random.Random) -> None:
    """Each number delayed by less than the late limit, some doubled: same losses as in order."""
    numbers = [1000 + 2 * index for index in range(len(jumps))]
    keyed = sorted((number + delay, number) for number, (delay, _) in zip(numbers, jumps, strict=True))
    arrived = [1000, *(number for _, number in keyed if number != 1000)]
    doubled = [number for number, (_, twice) in zip(numbers, jumps, strict=True) if twice]
    measures = fed(arrived + doubled)
    assert measures.received == len(numbers)
    assert measures.lost == numbers[-1] - 1000 + 1 - len(numbers)
    assert measures.repeated == len(doubled)
    assert measures.restarts == 0


def test_message_counts_go_round_and_a_silence_hides_a_round() -> None:
    settings = MeasureSettings.msg_cnt()
    measures = fed([(120 + index) % 128 for index in range(300) if index % 10], settings)
    assert (measures.received, measures.lost, measures.restarts) == (270, 29, 0)
    assert measures.add(60, measures.last_at + 5.1) is Arrival.RESTART
    assert (measures.lost, measures.restarts) == (29, 1)
    with pytest.raises(ValueError, match="0\\.\\.127"):
        measures.add(128, measures.last_at)


@pytest.mark.parametrize("second", [0, 500_000])
def test_a_sender_that_begins_anew_has_lost_nothing(second: int) -> None:
    measures = fed([10_000, 10_001, second, second + 1])
    assert (measures.received, measures.lost, measures.restarts) == (4, 0, 1)
    assert measures.add(second - 1 if second else (1 << 32) - 1, T0 + 1) is Arrival.REPEATED


def test_per_has_a_point_each_second_over_five() -> None:
    """10 Hz, every tenth lost in seconds 0..9, all fine in 10..19: worked out by hand."""
    numbers = [n for n in range(200) if n >= 100 or n % 10 != 5]
    measures = SenderMeasures(MeasureSettings())
    for number in numbers:
        measures.add(number, T0 + number / 10)
    measures.advance(T0 + 20)
    points = {point.at - T0: point for point in measures.series}
    assert list(points) == [float(second) for second in range(1, 21)]
    assert (points[1].expected, points[1].lost) == (10, 1)
    assert [points[second].per for second in (5, 10)] == [0.1, 0.1]
    assert [(points[12].lost, points[12].expected), (points[15].lost, points[20].lost)] == [(3, 50), (0, 0)]
    measures.advance(T0 + 1e6)  # silence: the window empties, then no points at all
    assert len(measures.series) == 24


def test_what_comes_late_takes_its_loss_back_in_the_window() -> None:
    measures = SenderMeasures(MeasureSettings())
    for number, at in ((0, 0.1), (2, 0.2), (1, 1.3), (3, 2.1)):
        measures.add(number, T0 + at)
    measures.advance(T0 + 3)
    assert [point.lost for point in measures.series] == [1, 0, 0]
    assert (measures.lost, measures.late, measures.per) == (0, 1, 0.0)


def test_gaps_and_latency() -> None:
    measures = LinkMeasures()
    for number in range(100):
        measures.add(7, number, T0 + number * 0.1, T0 + number * 0.1 - 0.02)
    measures.add(7, 100, T0 + 12.0)
    one = measures.senders[7]
    gaps, latencies = one.gaps.summary(), one.latencies.summary()
    assert gaps is not None
    assert latencies is not None
    assert (gaps.count, latencies.count) == (100, 100)
    assert gaps.p50 == pytest.approx(0.1, rel=6e-4)
    assert gaps.most == pytest.approx(2.1)
    assert latencies.p95 == pytest.approx(0.02, rel=6e-4)
    one.add(101, T0)  # the clock was set back
    assert one.gaps.count == 100


def test_a_flood_of_senders_is_bounded() -> None:
    measures = LinkMeasures(MeasureSettings(sender_limit=2))
    for sender in range(5):
        arrival = measures.add(sender, 0, T0)
    assert arrival is Arrival.IGNORED
    assert (len(measures.senders), measures.others, measures.per) == (2, 3, 0.0)
    assert LinkMeasures().per is None


@pytest.mark.parametrize(
    "values",
    [{"step_s": 6.0}, {"sender_limit": 0}, {"modulus": 128}, {"late_limit": -1}, {"jump_limit": 0}],
)
def test_settings_that_contradict_each_other(values: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        MeasureSettings(**values)  # type: ignore[arg-type]


@given(st.lists(st.floats(-1e5, 1e5), min_size=1), st.integers(1, 100), st.booleans())
def test_percentiles_are_exact_or_within_their_bound(values: list[float], percent: int, many: bool) -> None:
    spread = Spread()
    for value in values:
        spread.add(value)
    if many:
        spread._fold()
    exact = percentile(sorted(values), percent)
    found = spread.percentile(percent)
    assert found is not None
    assert found == (pytest.approx(exact, rel=6e-4, abs=1e-6) if many else exact)
    assert min(values) <= found <= max(values)
    summary = spread.summary()
    assert summary is not None
    assert (summary.count, summary.least, summary.most) == (len(values), min(values), max(values))
    assert summary.mean == pytest.approx(math.fsum(values) / len(values), rel=1e-9, abs=1e-6)


def test_many_values_take_bounded_memory() -> None:
    rng, spread = random.Random(5), Spread()
    values = [rng.expovariate(10.0) for _ in range(20_000)]
    for value in values:
        spread.add(value)
    assert not spread._exact
    assert spread._bins is not None
    assert len(spread._bins) < 12_000
    for percent in (1, 50, 99, 100):
        assert spread.percentile(percent) == pytest.approx(percentile(sorted(values), percent), rel=6e-4)


def test_a_spread_of_nothing_and_of_no_numbers() -> None:
    spread = Spread()
    assert (spread.summary(), spread.percentile(50)) == (None, None)
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError):
            spread.add(value)
    with pytest.raises(ValueError):
        spread.percentile(0)
    spread.add(1e300)
    assert spread.percentile(50) == 1e300


def test_channel_load_over_time() -> None:
    load = CbrMeasures()
    load.add(T0, ChannelBusy(0.2))
    load.add(T0 + 1, ChannelBusy(0.6, 0.1))
    load.add(T0 + 2, ChannelBusy())
    assert [(point.at, point.pssch) for point in load.series] == [(T0, 0.2), (T0 + 1, 0.6)]
    assert load.missing == 1
    assert load.spread.percentile(100) == 0.6


# -- test frames -----------------------------------------------------------------------------------


@given(
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 32) - 1),
    st.integers(0, 4_000_000_000_000_000),
    st.booleans(),
    st.integers(HEADER_SIZE, 300),
)
def test_test_frames_come_back(sender: int, sequence: int, sent_us: int, utc: bool, size: int) -> None:
    payload = TestPayload(sender, sequence, sent_us / 1e6, utc)
    octets = payload.encode(size)
    assert len(octets) == size
    assert is_test_payload(octets)
    assert TestPayload.decode(octets) == payload


def test_the_layout_by_hand() -> None:
    """Octets put together from the module's table; the check sum is zlib's CRC-32."""
    octets = TestPayload(0x010203, 7, 1.5, utc=True).encode()
    assert octets[:24].hex() == "56325854010100000001020300000007000000000016e360"
    assert len(octets) == 28


@given(st.binary(max_size=80), st.integers(0, 8 * 40 - 1))
def test_any_octets_are_a_frame_or_an_error(noise: bytes, bit: int) -> None:
    for octets in (noise, b"V2XT" + noise):
        with pytest.raises(TestPayloadError):
            TestPayload.decode(octets)
    damaged = bytearray(TestPayload(1, 2, 3.0).encode(40))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TestPayloadError) as caught:
        TestPayload.decode(bytes(damaged))
    assert caught.value.damaged is (bit >= 32)


def test_what_no_test_frame_holds() -> None:
    for payload, size in (
        (TestPayload(1 << 32, 0, 0.0), HEADER_SIZE),
        (TestPayload(0, -1, 0.0), HEADER_SIZE),
        (TestPayload(0, 0, -1.0), HEADER_SIZE),
        (TestPayload(0, 0, 0.0), HEADER_SIZE - 1),
        (TestPayload(0, 0, 0.0), SIZE_LIMIT + 1),
    ):
        with pytest.raises(ValueError):
            payload.encode(size)
