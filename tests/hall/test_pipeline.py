"""The whole receiver's way on real octets: what is accepted, and one frame for each stage that stops it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import Verifier, VerifierSettings, pki
from v2x.certs.policy import EgoView
from v2x.certs.waiting import Waiting
from v2x.codecs import aids, encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, V2XError
from v2x.geo import LocalFrame
from v2x.objects import EgoState, MapUpdate, Observation, SignalUpdate, Trust
from v2x.pipeline import Accepted, Dropped, Pipeline, PipelineSettings
from v2x.plausibility import Detectors, Finding
from v2x.scenarios.data import recorded
from v2x.transmit import BsmTransmitter

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.pipeline import Verdict

NOW = 1_790_000_000.0
FRAME = LocalFrame(28.0985258, 112.9830304)
PROFILE = "csae53_2020"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline") / "pki"
    pki.init(folder, vehicles=2, at=NOW)
    return folder


def pipeline_of(
    directory: Path, pipeline: PipelineSettings | None = None, detectors: Any = None, **settings: Any
) -> Pipeline:
    verifier = Verifier(pki.load_trust(directory), VerifierSettings(**settings))
    return Pipeline(verifier, FRAME, pipeline, detectors=detectors)


def bsm(directory: Path, *, at: float = NOW, name: str = "vehicle-01", **changes: Any) -> bytes:
    """One signed BSM as a vehicle of the test PKI sends it."""
    signer = pki.load_signer(directory, name, enforce=False)
    report = VehicleReport.from_local(
        FRAME, 10.0, -20.0, vehicle_id=b"\x01" * 8, message_count=5, at=at, speed_mps=12.0, yaw_rad=1.0
    )
    payload = encode(compose_bsm(replace(report, **changes), PROFILE))
    return DsmpFrame(aids.BSM, signer.seal(payload, aids.BSM, at)).render()


def roadside(directory: Path, aid: int, payload: bytes, at: float = NOW) -> bytes:
    return DsmpFrame(aid, pki.load_signer(directory, pki.ROADSIDE).seal(payload, aid, at)).render()


def drop(verdict: Accepted | Dropped) -> Reason:
    assert isinstance(verdict, Dropped), verdict
    assert verdict.detail
    return verdict.reason


def test_an_honest_vehicle_is_believed(directory: Path) -> None:
    verdict = pipeline_of(directory).feed(bsm(directory), NOW + 0.02)
    assert isinstance(verdict, Accepted)
    assert (verdict.message.kind, verdict.aid) == ("BSM", 111)
    assert verdict.generated_at == pytest.approx(NOW, abs=1e-5)
    (seen,) = verdict.observed
    assert isinstance(seen, Observation)
    assert (seen.east_m, seen.north_m) == (pytest.approx(10.0, abs=0.02), pytest.approx(-20.0, abs=0.02))
    assert seen.provenance.trust is Trust.VERIFIED
    assert seen.provenance.signer == pki.load_signer(directory, "vehicle-01").hashed_id8


def test_what_the_station_sends_is_what_it_would_believe(directory: Path) -> None:
    sender = BsmTransmitter(pki.load_signer(directory, "vehicle-02"), FRAME, PROFILE, random.Random(1))
    pipeline = pipeline_of(directory)
    for number in range(12):
        at = NOW + 0.1 * number
        verdict = pipeline.feed(sender.build(EgoState(at, 1.0, 2.0, 0.5, 3.0), at), at)
        assert isinstance(verdict, Accepted)
        (seen,) = verdict.observed
        assert isinstance(seen, Observation)
        assert seen.object_id == f"bsm:{sender.vehicle_id.hex()}"


def test_a_recorded_map_is_believed_from_a_road_side_unit_only(directory: Path) -> None:
    octets = recorded()["MAP"].octets
    verdict = pipeline_of(directory).feed(roadside(directory, aids.MAP, octets), NOW)
    assert isinstance(verdict, Accepted)
    (seen,) = verdict.observed
    assert isinstance(seen, MapUpdate)
    assert verdict.message.profile == PROFILE
    assert len(seen.lanes) == 4
    vehicle = pki.load_signer(directory, "vehicle-01", enforce=False)
    forged = DsmpFrame(aids.MAP, vehicle.seal(octets, aids.MAP, NOW)).render()
    assert drop(pipeline_of(directory).feed(forged, NOW)) is Reason.SIGNER_NOT_PERMITTED


def test_a_spat_of_another_year_is_implausible(directory: Path) -> None:
    frame = roadside(directory, aids.SPAT, recorded()["SPAT"].octets)
    assert drop(pipeline_of(directory).feed(frame, NOW)) is Reason.PLAUSIBILITY_MESSAGE_TIME
    then = recorded()["SPAT"].recorded_at
    old = pki.load_trust(directory)
    assert old is not None
    bench = pipeline_of(directory, accept_unsecured=True)
    verdict = bench.feed(DsmpFrame(aids.SPAT, recorded()["SPAT"].octets).render(), then)
    assert isinstance(verdict, Accepted)
    assert isinstance(verdict.observed[0], SignalUpdate)
    assert verdict.provenance.trust is Trust.UNSIGNED


def test_each_stage_stops_its_frame(directory: Path) -> None:
    good = bsm(directory)
    signed = DsmpFrame.parse(good).payload
    junk = pki.load_signer(directory, "vehicle-01").seal(b"\x00\x01", aids.BSM, NOW)
    cases = {
        Reason.FRAME_TOO_LONG: DsmpFrame(aids.BSM, signed).render() + bytes(1400),
        Reason.FRAME_VERSION: b"\x03" + good[1:],
        Reason.FRAME_UNKNOWN_AID: good[:2] + b"\x05" + good[3:],
        Reason.FRAME_LENGTH: good[:-1],
        Reason.ENVELOPE_MALFORMED: DsmpFrame(aids.BSM, signed[:40]).render(),
        Reason.ENVELOPE_AID_MISMATCH: DsmpFrame(aids.BSM_EVENT, signed).render(),
        Reason.SIGNATURE_BAD: good[:-1] + bytes((good[-1] ^ 1,)),
        Reason.MESSAGE_MALFORMED: DsmpFrame(aids.BSM, junk).render(),
        Reason.TIME_STALE: bsm(directory, at=NOW - 3.0),
        Reason.TIME_FUTURE: bsm(directory, at=NOW + 3.0),
        Reason.SIGNER_CERTIFICATE_INVALID: bsm(directory, name=pki.EXPIRED),
        Reason.PLAUSIBILITY_POSITION_RANGE: bsm(directory, lat_deg=39.9),
        Reason.PLAUSIBILITY_SPEED_RANGE: bsm(directory, speed_mps=150.0),
    }
    for reason, frame in cases.items():
        assert drop(pipeline_of(directory).feed(frame, NOW)) is reason
    pipeline = pipeline_of(directory)
    assert isinstance(pipeline.feed(good, NOW), Accepted)
    assert drop(pipeline.feed(good, NOW + 0.1)) is Reason.REPLAY_REPLAYED


def test_an_aid_must_carry_its_message(directory: Path) -> None:
    frame = roadside(directory, aids.SPAT, recorded()["MAP"].octets)
    assert drop(pipeline_of(directory).feed(frame, NOW)) is Reason.ENVELOPE_AID_MISMATCH


def test_an_error_that_no_gate_foresees_is_still_counted(directory: Path) -> None:
    class Odd:
        def open(self, frame: DsmpFrame, received_at: float) -> Any:
            raise V2XError("something new")

    verdict = Pipeline(cast(Any, Odd()), FRAME).feed(bsm(directory), NOW)
    assert drop(verdict) is Reason.MESSAGE_UNSUPPORTED


@given(st.binary(max_size=200))
def test_any_octets_give_a_verdict(directory: Path, octets: bytes) -> None:
    assert isinstance(pipeline_of(directory, accept_unsecured=True).feed(octets, NOW), Accepted | Dropped)


@given(st.data())
def test_any_damage_is_dropped(directory: Path, data: st.DataObject) -> None:
    frame = bytearray(bsm(directory))
    place = data.draw(st.integers(0, 8 * len(frame) - 1))
    frame[place // 8] ^= 0x80 >> place % 8
    assert isinstance(pipeline_of(directory).feed(bytes(frame), NOW), Dropped)


def brief(verdict: Verdict) -> object:
    """A verdict in a form that compares."""
    if isinstance(verdict, Accepted):
        return verdict.message, verdict.provenance, verdict.observed, verdict.findings
    return verdict


def test_a_run_of_frames_ends_as_one_by_one_would(directory: Path) -> None:
    good = bsm(directory)
    frames = [
        good, good[:-1], good, b"", bsm(directory, name="vehicle-02"), bsm(directory, name=pki.EXPIRED),
        bsm(directory, at=NOW + 0.1, lat_deg=39.9), good[:-1] + bytes((good[-1] ^ 1,)),
        b"\x04\x00\x05\x00\x00",
    ]  # fmt: skip
    at = NOW + 0.15
    many = pipeline_of(directory).feed_many([(data, at, number) for number, data in enumerate(frames)])
    assert [token for token, _ in many] == list(range(len(frames)))
    alone = pipeline_of(directory)
    assert [brief(verdict) for _, verdict in many] == [brief(alone.feed(data, at)) for data in frames]
    assert pipeline_of(directory).feed_many([]) == []


def test_a_message_waits_for_its_certificate_and_keeps_its_time(directory: Path) -> None:
    sender = pki.load_signer(directory, "vehicle-01")
    report = VehicleReport.from_local(
        FRAME, 10.0, -20.0, vehicle_id=b"\x01" * 8, message_count=5, at=NOW, speed_mps=12.0, yaw_rad=1.0
    )
    payload = encode(compose_bsm(report, PROFILE))
    whole, digest, late = (
        DsmpFrame(aids.BSM, sender.seal(payload, aids.BSM, NOW + step / 10)).render() for step in range(3)
    )
    pipeline = pipeline_of(directory)
    assert pipeline.feed_many([(digest, NOW + 0.11, "digest")]) == [("digest", Waiting(sender.hashed_id8))]
    results = pipeline.feed_many([(b"", NOW + 0.3, "bad"), (whole, NOW + 0.3, "whole")])
    assert [token for token, _ in results] == ["bad", "whole", "digest"]
    waited = results[2][1]
    assert isinstance(waited, Accepted)
    assert waited.provenance.received_at == NOW + 0.11
    assert waited.observed[0].provenance is waited.provenance
    other = pipeline_of(directory)
    assert other.feed_many([(late, NOW + 0.21, "late")]) == [("late", Waiting(sender.hashed_id8))]
    results = other.feed_many([(bsm(directory, name="vehicle-02", at=NOW + 0.9), NOW + 0.9, "next")])
    assert [token for token, _ in results] == ["late", "next"]
    assert drop(cast(Any, results[0][1])) is Reason.SIGNER_UNKNOWN
    assert other.expire(float("inf")) == []


def test_detectors_see_what_is_verified_and_say_what_is_odd(directory: Path) -> None:
    seen: list[tuple[int, float]] = []
    odd = Finding(Reason.PLAUSIBILITY_HEADING, "odd", "x", drop=False)
    false = Finding(Reason.PLAUSIBILITY_FROZEN, "false", "x", drop=True)

    class Watching(Detectors):
        def examine(self, claims: Any, received_at: float) -> tuple[Finding, ...]:
            seen.append((len(claims), received_at))
            return (odd, false) if len(seen) > 1 else (odd,)

    detectors = Watching()
    pipeline = pipeline_of(directory, detectors=detectors)
    pipeline.ego = EgoView(3.0, 4.0, 0.0, 0.0)
    verdict = pipeline.feed(bsm(directory), NOW)
    assert isinstance(verdict, Accepted)
    assert verdict.findings == (odd,)
    assert detectors.station_m == (3.0, 4.0)
    dropped = pipeline.feed(bsm(directory, at=NOW + 0.1), NOW + 0.1)
    signer = pki.load_signer(directory, "vehicle-01").hashed_id8
    assert dropped == Dropped(Reason.PLAUSIBILITY_FROZEN, "false", signer, (odd, false))
    assert seen == [(1, NOW), (1, NOW + 0.1)]
    assert drop(pipeline.feed(bsm(directory)[:-1], NOW)) is Reason.FRAME_LENGTH
    assert len(seen) == 2


@pytest.mark.parametrize("use", [True, False])
def test_on_demand_the_nearest_are_checked_and_the_rest_is_marked_or_shed(directory: Path, use: bool) -> None:
    settings = PipelineSettings(policy="demand", checks_per_s=20.0)  # two at a time
    seen = 0

    class Counting(Detectors):
        def examine(self, claims: Any, received_at: float) -> tuple[Finding, ...]:
            nonlocal seen
            seen += 1
            return ()

    pipeline = pipeline_of(directory, settings, Counting(), pass_unchecked=use)
    for number, name in enumerate(("vehicle-01", "vehicle-02")):  # certificates first: two checks each
        at = NOW + number
        assert isinstance(pipeline.feed_many([(bsm(directory, at=at, name=name), at, 0)])[0][1], Accepted)
    at = NOW + 3
    far, near = (
        digest_bsm(directory, name, at, east_m)
        for name, east_m in (("vehicle-01", 900.0), ("vehicle-02", 5.0))
    )
    junk = pki.load_signer(directory, "vehicle-01")
    junk.seal(b"", aids.BSM, at)  # its whole certificate
    silent = DsmpFrame(aids.BSM, junk.seal(b"\xff\xff", aids.BSM, at + 0.01)).render()
    damaged = far[:-1] + bytes((far[-1] ^ 1,))
    results = pipeline.feed_many(
        [(damaged, at, "damaged"), (far, at, "far"), (silent, at, "silent"), (near, at, "near")]
    )
    verdicts = dict(results)
    assert isinstance(verdicts["near"], Accepted)
    assert verdicts["near"].provenance.trust is Trust.VERIFIED
    assert seen == 3, "only what is verified reaches the detectors"
    unchecked = [
        one for one in verdicts.values() if isinstance(one, Accepted) and one is not verdicts["near"]
    ]
    if use:
        assert unchecked
        assert {one.provenance.trust for one in unchecked} == {Trust.UNCHECKED}
    else:
        assert not unchecked
        assert Reason.QUEUE_SHED in {one.reason for one in verdicts.values() if isinstance(one, Dropped)}


def digest_bsm(directory: Path, name: str, at: float, east_m: float) -> bytes:
    """A BSM by digest of a vehicle that stands ``east_m`` away."""
    signer = pki.load_signer(directory, name)
    report = VehicleReport.from_local(
        FRAME, east_m, 0.0, vehicle_id=name.encode()[-8:], message_count=5, at=at, speed_mps=0.0, yaw_rad=1.0
    )
    payload = encode(compose_bsm(report, PROFILE))
    signer.seal(payload, aids.BSM, at - 0.01)
    return DsmpFrame(aids.BSM, signer.seal(payload, aids.BSM, at)).render()


def test_on_demand_with_checks_enough_nothing_is_spared(directory: Path) -> None:
    pipeline = pipeline_of(directory, PipelineSettings(policy="demand", checks_per_s=1000.0))
    frames = [
        bsm(directory),
        bsm(directory, name="vehicle-02"),
        roadside(directory, aids.MAP, recorded()["MAP"].octets),
    ]
    results = pipeline.feed_many([(data, NOW, number) for number, data in enumerate(frames)])
    assert all(isinstance(verdict, Accepted) for _, verdict in results)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"\x04\x00\x6f" + rest)))
def test_any_run_of_octets_gives_each_its_verdict(directory: Path, frames: list[bytes]) -> None:
    pipeline = pipeline_of(directory, accept_unsecured=True)
    results = pipeline.feed_many([(data, NOW, number) for number, data in enumerate(frames)])
    results += pipeline.expire(float("inf"))
    last = [token for token, verdict in results if not isinstance(verdict, Waiting)]
    assert sorted(cast("list[int]", last)) == list(range(len(frames)))


def test_on_demand_the_checks_are_spent_and_come_back_with_time(directory: Path) -> None:
    pipeline = pipeline_of(directory, PipelineSettings(policy="demand", checks_per_s=20.0))  # two at a time
    frames = [bsm(directory, at=NOW + step / 100) for step in range(3)]
    verdicts = [pipeline.feed_many([(data, NOW + 0.05, None)])[0][1] for data in frames]
    assert isinstance(verdicts[0], Accepted), "certificate and message"
    assert [drop(cast(Any, one)) for one in verdicts[1:]] == [Reason.QUEUE_SHED] * 2
    later = pipeline.feed_many([(frames[1], NOW + 0.15, None)])[0][1]
    assert isinstance(later, Accepted)
