"""Own BSMs: AIDs, events, counts, trail, the congestion rule, and when there is no message."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Verifier, pki, spdu
from v2x.certs.pseudonym import FIXED, ChangeRule, PseudonymPool
from v2x.codecs import decode
from v2x.codecs.compose import TRAIL_LIMIT
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError
from v2x.geo import LocalFrame
from v2x.objects import CriticalFlag, EgoState, ObjectKind, Observation
from v2x.pipeline import Accepted, Pipeline
from v2x.transmit import (
    BsmTransmitter,
    CongestionControl,
    CongestionSettings,
    Outgoing,
    TransmitSettings,
    critical_flags,
)

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000.0
FRAME = LocalFrame(28.0985258, 112.9830304)
PROFILE = "csae53_2020"
HAZARD = frozenset({CriticalFlag.HAZARD_LIGHTS})


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("transmit") / "pki"
    pki.init(folder, vehicles=3, at=NOW)
    return folder


@pytest.fixture
def sender(directory: Path) -> BsmTransmitter:
    return BsmTransmitter(pki.load_signer(directory, "vehicle-01"), FRAME, PROFILE, random.Random(7))


def ego(at: float, east_m: float = 0.0, **fields: Any) -> EgoState:
    return replace(EgoState(at, east_m, 0.0, 0.0, 10.0), **fields)


def message(sent: Outgoing) -> tuple[spdu.SignedMessage, dict[str, Any]]:
    """Envelope and BSM of what was sent."""
    frame = DsmpFrame.parse(sent.unit)
    envelope = spdu.parse(frame.payload)
    assert isinstance(envelope, spdu.SignedMessage)
    assert frame.aid == envelope.aid == sent.aid
    body: dict[str, Any] = decode(envelope.payload).value[1]
    return envelope, body


def test_each_kind_and_event_has_its_aid_destination_and_priority(directory: Path) -> None:
    signer = pki.load_signer(directory, "vehicle-01", enforce=False)
    rows = {}
    for kind in (ObjectKind.TRUCK, ObjectKind.EMERGENCY):
        sender = BsmTransmitter(signer, FRAME, PROFILE, random.Random(1), kind=kind)
        for number, flags in enumerate((frozenset(), HAZARD)):
            sent = sender.next(ego(NOW + number, flags=flags), NOW + number)
            rows[sent.aid] = (kind, bool(flags), sent.destination_l2, sent.priority)
    truck, emergency = ObjectKind.TRUCK, ObjectKind.EMERGENCY
    assert rows == {
        111: (truck, False, 0x000001, 112),
        112: (truck, True, 0x000002, 208),
        113: (emergency, False, 0x000003, 112),
        114: (emergency, True, 0x000004, 208),
    }


def test_an_emergency_vehicle_keeps_its_certificate(directory: Path) -> None:
    signer = pki.load_signer(directory, "vehicle-01", enforce=False)
    kind = ObjectKind.EMERGENCY
    with pytest.raises(ValueError, match="identity certificates"):
        BsmTransmitter(PseudonymPool([signer]), FRAME, PROFILE, random.Random(1), kind=kind)
    BsmTransmitter(PseudonymPool([signer], FIXED), FRAME, PROFILE, random.Random(1), kind=kind)


@pytest.mark.parametrize("flag", CriticalFlag)
def test_each_flag_is_told_and_believed(sender: BsmTransmitter, directory: Path, flag: CriticalFlag) -> None:
    """What a receiver observes names the flag, in a message that carries the whole certificate."""
    pipeline = Pipeline(Verifier(pki.load_trust(directory)), FRAME)
    names = set()
    for number, flags in enumerate((frozenset(), frozenset({flag}), frozenset({flag}), frozenset())):
        at = NOW + 0.1 * number
        state = ego(at, flags=flags)
        assert sender.is_urgent(state) is (number == 1)
        sent = sender.next(state, at)
        assert (message(sent)[0].certificate is not None) is (number in (0, 1, 2))
        verdict = pipeline.feed(sent.unit, at)
        assert isinstance(verdict, Accepted)
        (seen,) = verdict.observed
        assert isinstance(seen, Observation)
        assert bool(seen.events) is bool(flags)
        names |= seen.events
    assert len(names) == 1


def test_hard_braking_is_seen_by_its_acceleration(sender: BsmTransmitter) -> None:
    assert critical_flags(ego(NOW, accel_mps2=-4.0)) == frozenset()
    hard = ego(NOW, accel_mps2=-4.01, flags=HAZARD)
    assert critical_flags(hard) == HAZARD | {CriticalFlag.HARD_BRAKING}
    assert sender.next(hard, NOW).aid == 112
    assert not sender.is_urgent(ego(NOW, flags=HAZARD))
    assert sender.is_urgent(ego(NOW, flags=frozenset({CriticalFlag.FLAT_TYRE})))


def test_counts_go_round(sender: BsmTransmitter) -> None:
    counts, ids = [], set()
    for number in range(260):
        at = NOW + 0.1 * number
        sent = sender.next(ego(at), at)
        _, body = message(sent)
        counts.append(body["msgCnt"])
        ids.add(bytes(body["id"]))
    assert counts == [(counts[0] + k) % 128 for k in range(260)]
    assert ids == {sender.vehicle_id}
    assert sent.identity.message_count == counts[0]


def test_the_state_is_of_the_message_s_time(sender: BsmTransmitter) -> None:
    for age_s in (0.0, 0.15, -0.15):
        envelope, body = message(sender.next(ego(NOW - age_s), NOW))
        generated_ms = envelope.generation_time / 1000 % 60_000
        assert (generated_ms - body["secMark"]) % 60_000 == pytest.approx(1000 * age_s % 60_000, abs=1)
    for age_s in (0.16, -0.16, 30.0, float("nan")):
        with pytest.raises(TrustError) as caught:
            sender.next(ego(NOW - age_s), NOW)
        assert caught.value.reason is Reason.TIME_STALE
    relaxed = TransmitSettings(state_age_s=1.0)
    signer = sender.identity.pool.signer
    assert signer is not None
    BsmTransmitter(signer, FRAME, PROFILE, random.Random(1), settings=relaxed).next(ego(NOW - 0.9), NOW)


def test_without_a_valid_certificate_there_is_no_message(sender: BsmTransmitter) -> None:
    first = sender.next(ego(NOW), NOW)
    after = NOW + 8 * 86400.0
    with pytest.raises(TrustError) as caught:
        sender.next(ego(after), after)
    assert caught.value.reason is Reason.SIGNER_CERTIFICATE_INVALID
    assert sender.identity.current is None
    again = sender.next(ego(NOW), NOW)
    assert again.identity.source_l2 != first.identity.source_l2
    assert message(again)[1]["id"] != message(first)[1]["id"]


def test_the_trail_is_where_it_was(sender: BsmTransmitter, directory: Path) -> None:
    """23 points, 10 m apart, latest first; they fall behind with time and with the way."""
    for number in range(600):
        at = NOW + 0.1 * number
        sent = sender.next(ego(at, 1.0 * number), at)
    crumbs = message(sent)[1]["safetyExt"]["pathHistory"]["crumbData"]
    assert len(crumbs) == TRAIL_LIMIT
    ages_cs = [crumb["timeOffset"] for crumb in crumbs]
    assert ages_cs == [90 + 100 * k for k in range(TRAIL_LIMIT)]  # ten metres a second
    west = [crumb["llvOffset"]["offsetLL"][1]["lon"] for crumb in crumbs]
    assert west == sorted(west, reverse=True)
    assert west[0] < 0
    later = at + 655.0
    state = ego(later, 599.0)
    assert "pathHistory" not in message(sender.next(state, later))[1].get("safetyExt", {})


def test_a_change_begins_a_new_trail_even_with_a_state_of_before(directory: Path) -> None:
    signers = [pki.load_signer(directory, f"vehicle-{k:02d}") for k in (1, 2, 3)]
    pool = PseudonymPool(signers, ChangeRule(period_s=10.0, distance_m=0.0))
    sender = BsmTransmitter(pool, FRAME, PROFILE, random.Random(3))
    before = None
    for number in range(280):
        at = NOW + 0.1 * number
        sent = sender.next(ego(at - 0.1, 5.0 * number), at)
        crumbs = message(sent)[1].get("safetyExt", {}).get("pathHistory", {}).get("crumbData", [])
        if sent.identity is not before:
            assert not crumbs
        for crumb in crumbs:
            assert at - 0.1 - crumb["timeOffset"] / 100 >= sent.identity.at - 0.006  # TimeOffset has 10 ms
        before = sent.identity
    assert sender.identity.changes == 3


def test_a_clock_that_was_set_back_begins_a_new_trail(sender: BsmTransmitter) -> None:
    for number in range(50):
        sender.next(ego(NOW + 100 + number, 20.0 * number), NOW + 100 + number)
    sent = sender.next(ego(NOW, 2000.0), NOW)
    assert "safetyExt" not in message(sent)[1]
    sent = sender.next(ego(NOW + 1, 2020.0), NOW + 1)
    assert len(message(sent)[1]["safetyExt"]["pathHistory"]["crumbData"]) == 1


# -- congestion: the table of IMT-2020 C-V2X as our facts have it ------------------------------------

TABLE = {  # km/h: ms at CBR up to 0.6, 0.8, 1
    0.0: (100, 1000, 1000),
    4.9: (100, 1000, 1000),
    5.1: (100, 500, 500),
    9.9: (100, 500, 500),
    10.1: (100, 200, 400),
    24.9: (100, 200, 400),
    25.1: (100, 100, 100),
    120.0: (100, 100, 100),
}


@pytest.mark.parametrize("speed_kmh", TABLE)
def test_the_table(speed_kmh: float) -> None:
    for column, ratios in enumerate(((0.0, 0.3, 0.6), (0.601, 0.8), (0.801, 1.0, 1.2))):
        for ratio in ratios:
            period_s = CongestionControl().next_period_s(ratio, speed_kmh / 3.6)
            assert round(1000 * period_s) == TABLE[speed_kmh][column]
    assert CongestionControl().next_period_s(None, speed_kmh / 3.6) == 0.1
    assert CongestionControl().next_period_s(0.7, -speed_kmh / 3.6) == TABLE[speed_kmh][1] / 1000


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 20)), max_size=80), st.integers(1, 15))
def test_an_interval_is_held(steps: list[tuple[float, float]], hold: int) -> None:
    control = CongestionControl(CongestionSettings(hold_messages=hold))
    periods = [control.next_period_s(ratio, speed) for ratio, speed in steps]
    changes = [k for k in range(1, len(periods)) if periods[k] != periods[k - 1]]
    if periods and periods[0] != 0.1:
        changes.insert(0, 0)
    assert all(later - earlier >= hold for earlier, later in pairwise(changes))


def test_an_event_is_sent_every_100_ms_however_busy_the_channel(sender: BsmTransmitter) -> None:
    periods = []
    for number in range(6):
        flags = HAZARD if 2 <= number < 4 else frozenset()
        at = NOW + number
        periods.append(sender.next(ego(at, speed_mps=1.0, flags=flags), at, 0.9).period_s)
    assert periods == [1.0, 1.0, 0.1, 0.1, 1.0, 1.0]
