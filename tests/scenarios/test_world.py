"""The whole simulated world against the real receiver: who is believed, who isn't, and for what reason."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict

import pytest

from v2x.certs import Verifier, pki, spdu
from v2x.codecs import aids, decode, encode
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.observe import observe
from v2x.errors import Reason, Stage
from v2x.objects import Light, Observation, Provenance, SignalUpdate, Source, Trust
from v2x.pipeline import Accepted, Dropped, Pipeline
from v2x.plausibility import Detectors
from v2x.scenarios.data import recorded
from v2x.scenarios.gnss import GnssSettings
from v2x.scenarios.roadside import PHASES, REWRITES, Rider
from v2x.scenarios.schedule import Periodic
from v2x.scenarios.world import Credentials, World

SECONDS = 12.0


@pytest.fixture(scope="module")
def heard(pki_directory, start_at):
    """Twelve seconds of the world with everything that the receiver made of it."""
    world = World(Credentials.of(pki_directory), start_at, seed=3)
    pipeline = Pipeline(Verifier(pki.load_trust(pki_directory)), world.frame)
    log, truth_at = [], {}
    for step in range(1, round(SECONDS / 0.05) + 1):
        at = start_at + 0.05 * step
        log += [(sent, pipeline.feed(sent.data, sent.at + 0.005)) for sent in world.due(at)]
        truth_at[step] = world.truths
    return world, log, truth_at


def test_every_honest_frame_is_accepted_and_no_other(heard) -> None:
    world, log, _ = heard
    honest = set(world.names) - set(world.attackers)
    assert {t.l2_id for t, _ in log} == set(world.names)
    for sent, verdict in log:
        assert isinstance(verdict, Accepted if sent.l2_id in honest else Dropped), (sent.sender, verdict)
    assert [t.at for t, _ in log] == sorted(t.at for t, _ in log)
    assert len(world.names) == 34
    assert all(0x010001 <= l2 <= 0xFFFFFE for l2 in world.names)


def test_honest_traffic_is_plausible(heard) -> None:
    """Driving, braking, turning, noise of the receivers: none of it is a finding."""
    _, log, _ = heard
    detectors = Detectors()
    findings = [
        finding
        for sent, verdict in log
        if isinstance(verdict, Accepted)
        for finding in detectors.examine(verdict.observed, sent.at + 0.005)
    ]
    assert not findings
    assert detectors.sender_count > 30


def test_the_attackers_fail_for_their_own_reasons(heard) -> None:
    _, log, _ = heard
    reasons: dict[str, Counter[Reason]] = defaultdict(Counter)
    for sent, verdict in log:
        if isinstance(verdict, Dropped):
            reasons[sent.sender][verdict.reason] += 1
    assert set(reasons["replayer"]) == {Reason.REPLAY_REPLAYED, Reason.TIME_STALE}
    assert min(reasons["replayer"].values()) > 40
    assert set(reasons["expired"]) == {Reason.SIGNER_CERTIFICATE_INVALID}
    assert reasons["expired"].total() == 120
    assert reasons["damager"].total() == 120
    assert {Stage.FRAME, Stage.SIGNATURE} < {reason.stage for reason in reasons["damager"]}


def test_rates_and_kinds(heard) -> None:
    _world, log, truth_at = heard
    kinds = Counter(sent.kind for sent, v in log if isinstance(v, Accepted))
    away = sum(not t.on_road for truths in truth_at.values() for t in truths[:-1])
    assert kinds["BSM"] == pytest.approx(30 * 10 * SECONDS - away / 2, abs=40)
    assert (kinds["MAP"], kinds["RSI"], kinds["SPAT"]) == (12, 12, 30)
    assert 70 <= kinds["RSM"] <= 120
    for sent, _ in log:
        if sent.kind in ("BSM", "MAP", "SPAT", "RSI", "RSM"):
            row = aids.require(DsmpFrame.parse(sent.data).aid) if sent.sender != "damager" else None
            assert row is None or (row.message, row.destination_l2) == (sent.kind, sent.destination_l2)
    per_vehicle = Counter(sent.sender for sent, _ in log if sent.kind == "BSM" and sent.sender != "expired")
    assert len(per_vehicle) == 30
    offsets = {round((sent.at % 0.1) * 1000) for sent, _ in log if sent.kind == "BSM"}
    assert len(offsets) >= 30, "phases are staggered"


def test_what_vehicles_say_is_true_within_what_they_claim(heard, start_at) -> None:
    """Position errors follow the claimed sigma; ids lead back to the truth."""
    world, log, _ = heard
    names = {s.identity.object_id: s.identity.name for s in world.fleet.senders}
    claim = GnssSettings().axis_sigma_m
    fresh = World(
        Credentials([s._signer for s in world.fleet.senders], world.roadside._signer),
        start_at,
        seed=3,
        attackers=False,
    )
    errors: list[float] = []
    for sent, verdict in log:
        if sent.kind != "BSM" or not isinstance(verdict, Accepted):
            continue
        [seen] = verdict.observed
        assert isinstance(seen, Observation)
        assert names[seen.object_id] == sent.sender
        fresh.traffic.step(max(fresh.traffic.at, sent.at))
        truth = fresh.traffic.truth(int(sent.sender[-2:]) - 1)
        assert seen.measured_at == pytest.approx(sent.at, abs=0.001)
        errors += [seen.east_m - truth.east_m, seen.north_m - truth.north_m]
        assert seen.position_sigma_m == pytest.approx(claim, rel=0.35)
        assert seen.speed_mps == pytest.approx(truth.speed_mps, abs=0.3)
        assert abs(math.remainder(seen.yaw_rad - truth.yaw_rad, 2 * math.pi)) < math.radians(2.5)
        assert (seen.length_m, seen.width_m) == pytest.approx((truth.length_m, truth.width_m), abs=0.01)
        assert seen.kind is truth.kind
    rms = math.sqrt(sum(e * e for e in errors) / len(errors))
    assert 0.6 * claim < rms < 1.5 * claim
    assert max(map(abs, errors)) < 5 * claim


def test_message_counts_go_up_by_one(heard) -> None:
    _, log, _ = heard
    last: dict[tuple[str, str], int] = {}
    for sent, verdict in log:
        if isinstance(verdict, Accepted) and sent.kind in ("BSM", "RSM", "SPAT"):
            count = verdict.message.body["msgCnt"]
            key = (sent.sender, sent.kind)
            assert key not in last or count == (last[key] + 1) % 128
            last[key] = count


def test_map_and_rsi_are_the_recorded_octets(heard, pki_directory) -> None:
    _world, log, _ = heard
    for sent, verdict in log:
        if isinstance(verdict, Accepted) and sent.kind in ("MAP", "RSI"):
            assert recorded()[sent.kind].octets in sent.data
            assert encode(verdict.message) == recorded()[sent.kind].octets
            assert verdict.message.profile == "csae53_2020"


def test_spat_says_what_the_cycle_shows(heard) -> None:
    world, log, _ = heard
    mapped = {r.phase_id for r in world.roads.routes}
    assert {phase for row in PHASES.values() for phase in row} == mapped
    for sent, verdict in log:
        if sent.kind != "SPAT" or not isinstance(verdict, Accepted):
            continue
        [update] = verdict.observed
        assert isinstance(update, SignalUpdate)
        assert update.node == world.roads.node == (1, 149)
        assert update.stated_at == pytest.approx(sent.at, abs=0.001)
        assert {p.phase_id for p in update.phases} == mapped
        for phase in update.phases:
            span, after, _ = world.plan.spans(phase.phase_id, sent.at)
            if span.ends_in_s < 0.06:
                continue  # rounded to tenths this is the next light already
            assert phase.light is span.light
            assert phase.likely_end_at == pytest.approx(sent.at + span.ends_in_s, abs=0.06)
            assert phase.next_light is after.light
        assert sum(p.light is Light.PERMISSIVE_GREEN for p in update.phases) in (0, 3)


def test_only_what_the_table_names_is_rewritten(heard) -> None:
    """Put the recorded values back at the places of the table: the recorded octets must come out."""
    _, log, _ = heard
    fields = {(row.message, row.field) for row in REWRITES}
    assert len(fields) == len(REWRITES)
    assert {message for message, _ in fields} == {"SPAT", "RSM"}
    kept = decode(recorded()["RSM"].octets, profile="csae53_2020")
    rsm = next(v.message for s, v in log if s.kind == "RSM" and isinstance(v, Accepted))
    body, old = rsm.body, kept.body
    body["msgCnt"], body["refPos"] = old["msgCnt"], old["refPos"]
    for key in ("secMark", "pos"):
        body["participants"][0][key] = old["participants"][0][key]
    assert encode(rsm) == recorded()["RSM"].octets
    spat = next(v.message for s, v in log if s.kind == "SPAT" and isinstance(v, Accepted))
    source = decode(recorded()["SPAT"].octets, profile="csae53_2020")
    assert set(spat.body) == set(source.body)
    [now], [then] = spat.body["intersections"], source.body["intersections"]
    assert now["status"] == then["status"]
    forms = {tuple(sorted(s["timing"][1])) for p in then["phases"] for s in p["phaseStates"]}
    assert {tuple(sorted(s["timing"][1])) for p in now["phases"] for s in p["phaseStates"]} == forms
    assert {len(p["phaseStates"]) for p in now["phases"]} == {len(p["phaseStates"]) for p in then["phases"]}


def test_the_rider_moves_as_it_says(heard, start_at) -> None:
    _world, log, _ = heard
    rider = Rider(start_at)
    seen = [(s.at, v.observed[0]) for s, v in log if s.kind == "RSM" and isinstance(v, Accepted)]
    for at, observation in seen:
        truth = rider.truth(at)
        assert truth.on_road
        assert observation.object_id == truth.object_id
        assert math.hypot(observation.east_m - truth.east_m, observation.north_m - truth.north_m) < 0.05
        assert observation.speed_mps == pytest.approx(5.16)
        assert math.degrees(math.pi / 2 - observation.yaw_rad) % 360 == pytest.approx(169.45)
    (a_at, a), (b_at, b) = seen[0], seen[20]
    assert math.hypot(b.east_m - a.east_m, b.north_m - a.north_m) == pytest.approx(
        5.16 * (b_at - a_at), abs=0.05
    )
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(seen)]
    assert max(gaps) < 5.3
    assert any(not rider.truth(start_at + k).on_road for k in range(15))


def test_the_same_seed_gives_the_same_world(credentials, start_at) -> None:
    def run(seed: int) -> list[tuple[float, str, int, bytes]]:
        world = World(credentials, start_at, seed=seed)
        provenance = Provenance(Source.BSM, Trust.VERIFIED, None, start_at)
        rows = []
        for k in range(1, 11):
            for sent in world.due(start_at + 0.1 * k):
                if sent.kind == "BSM" and sent.sender.startswith("vehicle"):
                    signed = spdu.parse(DsmpFrame.parse(sent.data).payload)
                    message = decode(signed.payload, profile="csae53_2020")
                    observed = observe(message, provenance, world.frame)
                    rows.append((sent.at, sent.sender, sent.l2_id, repr(observed)))
        return rows

    first = run(5)
    assert len(first) == 300
    assert run(5) == first
    assert run(6) != first


def test_without_attackers_nobody_lies(credentials, start_at) -> None:
    world = World(credentials, start_at, attackers=False)
    assert world.attackers == {}
    assert {t.kind for k in range(1, 21) for t in world.due(start_at + 0.1 * k)} == {
        "BSM", "MAP", "RSI", "SPAT", "RSM",
    }  # fmt: skip
    with pytest.raises(ValueError, match="expired signer"):
        World(Credentials(credentials.vehicles, credentials.unit), start_at)
    with pytest.raises(ValueError, match="as many signers"):
        World(Credentials(credentials.vehicles[:5], credentials.unit), start_at, attackers=False)


def test_a_late_caller_gets_no_burst(credentials, start_at) -> None:
    world = World(credentials, start_at, attackers=False)
    sent = world.due(start_at + 20.0)
    assert min(t.at for t in sent) >= start_at + 19.4
    assert world.fleet.skipped > 5000


def test_a_clock_that_is_set_back_does_no_harm(credentials, start_at) -> None:
    world = World(credentials, start_at)
    assert world.due(start_at + 1.0)
    assert world.due(start_at + 0.5) == []
    assert world.due(start_at + 1.1)
    assert world.truths[0].at == start_at + 1.1


def test_too_small_a_pki_is_refused(pki_directory) -> None:
    with pytest.raises(pki.PkiError, match="are needed"):
        Credentials.of(pki_directory, vehicles=40)


def test_periods_do_not_drift() -> None:
    period = Periodic(100.0, 0.1)
    times = [t for k in range(1000) for t in period.due(100.0 + 0.07 * k)]
    assert times == pytest.approx([100.0 + 0.1 * k for k in range(len(times))])
    assert len(times) == 700
    assert period.skipped == 0
    with pytest.raises(ValueError):
        Periodic(0.0, 0.0)
