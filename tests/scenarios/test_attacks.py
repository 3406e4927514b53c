"""The attack suite: it passes against our receiver, and fails against one that is less careful."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from v2x.certs import VerifierSettings
from v2x.cli.scenario import app
from v2x.errors import Reason, ScenarioError
from v2x.scenarios import attacks
from v2x.scenarios.attack_cases import ATTACKS
from v2x.scenarios.attack_world import Bench

if TYPE_CHECKING:
    from v2x.scenarios.attacks import AttackResult


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.make(tmp_path_factory.mktemp("attacks") / "trust")


def run(bench: Bench, name: str, settings: VerifierSettings | None = None) -> AttackResult:
    attack = next(one for one in ATTACKS if one.name == name)
    return attacks.run_attack(bench, attack, settings)


@pytest.mark.parametrize("name", attacks.attack_names())
def test_each_attack_meets_its_reason(bench: Bench, name: str) -> None:
    result = run(bench, name)
    assert result.met, result.verdicts
    assert result.honest == {"accepted": len(bench.honest)}
    assert all(result.peak[store] <= limit for store, limit in result.limits.items())
    assert result.passed


def test_the_reasons_of_stages_before_the_message_are_covered() -> None:
    met = {attack.expected for attack in ATTACKS}
    stages = {"envelope", "time", "replay", "signer", "signature"}
    assert {reason for reason in Reason if reason.stage in stages} <= met
    assert len(set(attacks.attack_names())) == len(ATTACKS)


def test_a_careless_receiver_fails(bench: Bench) -> None:
    stale = run(bench, "delay", VerifierSettings(max_age_s=5.0))
    assert not stale.passed
    assert stale.verdicts == {"replay/replayed": 60}
    clock = run(bench, "clock 5 s ahead", VerifierSettings(max_ahead_s=10.0))
    assert not clock.passed
    assert clock.verdicts == {"plausibility/message_time": 20}  # the next gate has it
    open_door = run(bench, "unsecured", VerifierSettings(accept_unsecured=True))
    assert not open_door.passed


def test_a_receiver_that_drops_honest_traffic_fails(bench: Bench) -> None:
    strict = run(bench, "wrong AID", VerifierSettings(max_age_s=0.001))
    assert not strict.passed
    assert strict.honest == {"time/stale": len(bench.honest)}


def test_a_small_replay_window_keeps_its_limit(bench: Bench) -> None:
    result = run(bench, "clock 1 s ahead", VerifierSettings(replay_limit=4))
    assert result.peak["replay window"] <= 4


def test_floods_fill_no_store_beyond_its_limit(bench: Bench) -> None:
    flood = run(bench, "certificate flood")
    assert flood.peak["refused"] == flood.limits["refused"]
    deluge = run(bench, "digest deluge")
    assert deluge.peak["waiting"] == deluge.limits["waiting"]
    assert deluge.after["waiting"] == 0
    assert set(deluge.verdicts) == {"signer/unknown_signer", "queue/shed"}
    assert run(bench, "digest flood").after["signers"] == run(bench, "replay").after["signers"]


def test_the_command_writes_the_result() -> None:
    result = CliRunner().invoke(app, ["attacks", "replay", "expired", "--json", "-"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["verdict"], report["simulated"], report["official"]) == ("PASS", True, False)
    assert [row["name"] for row in report["attacks"]] == ["replay", "expired"]
    row = report["attacks"][1]
    assert (row["expected"], row["sent"]) == ("signer/certificate_invalid", 20)
    assert row["honest_sent"] == row["honest_accepted"] == 60
    assert set(row["stores"]["refused"]) == {"before", "peak", "after", "limit"}


def test_the_command_shows_a_table() -> None:
    result = CliRunner().invoke(app, ["attacks", "replay"])
    assert result.exit_code == 0
    assert "SIMULATED" in result.stdout
    assert "replay/replayed 60" in result.stdout


def test_a_failure_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    careless = VerifierSettings(max_age_s=5.0)
    original = attacks.run_attacks
    monkeypatch.setattr(attacks, "run_attacks", lambda names: original(names, careless))
    result = CliRunner().invoke(app, ["attacks", "delay"])
    assert result.exit_code == 1
    assert "expected" in result.stdout


def test_a_wrong_name_is_invalid() -> None:
    with pytest.raises(ScenarioError, match="no attack"):
        attacks.run_attacks(["nonsense"])
    result = CliRunner().invoke(app, ["attacks", "nonsense", "--json", "-"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["verdict"] == "INVALID"
