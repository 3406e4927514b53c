"""The whole receiver's way on real octets: what is accepted, and one frame for each stage that stops it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Verifier, VerifierSettings, pki
from v2x.codecs import aids, encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, V2XError
from v2x.geo import LocalFrame
from v2x.objects import EgoState, MapUpdate, Observation, SignalUpdate, Trust
from v2x.pipeline import Accepted, Dropped, Pipeline, PipelineSettings
from v2x.scenarios.data import recorded
from v2x.transmit import BsmTransmitter

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000.0
FRAME = LocalFrame(28.0985258, 112.9830304)
PROFILE = "csae53_2020"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline") / "pki"
    pki.init(folder, vehicles=2, at=NOW)
    return folder


def pipeline_of(directory: Path, **settings: Any) -> Pipeline:
    verifier = Verifier(pki.load_trust(directory), VerifierSettings(**settings))
    return Pipeline(verifier, FRAME, PipelineSettings())


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

    verdict = Pipeline(Odd(), FRAME).feed(bsm(directory), NOW)
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
