"""The crossing behind an obstruction: geometry, verdicts, what moves them, and what is no test at all."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from v2x.cli.scenario import app
from v2x.errors import ScenarioError
from v2x.scenarios.crossing import CrossingLayout
from v2x.scenarios.data import scenario_figures, scenario_names
from v2x.scenarios.gnss import GnssSettings
from v2x.scenarios.scpo import run_scpo

FIGURES = scenario_figures("scpo-2024")


@pytest.mark.parametrize(
    ("vut", "gvt", "opens_s"),
    [(50, 60, 1.73), (60, 60, 1.50)],
)
def test_line_of_sight_opens_when_the_layout_says(vut: float, gvt: float, opens_s: float) -> None:
    """Derived once by hand from the CCCscp layout (far side, camera 1.5 m behind the bumper)."""
    layout = CrossingLayout.of(FIGURES, vut, gvt)
    contact = layout.contact_s(-10.0)
    opened = layout.sight_opens_s(-10.0, contact)
    assert contact == pytest.approx(0.0, abs=0.011)
    assert opened is not None
    assert contact - opened == pytest.approx(opens_s, abs=0.011)


def test_the_point_of_impact() -> None:
    layout = CrossingLayout.of(FIGURES, 50, 40)
    vut, gvt = layout.vut(0.0), layout.gvt(0.0)
    assert vut.east_m + vut.length_m / 2 == pytest.approx(gvt.east_m - gvt.width_m / 2)
    front = gvt.north_m - gvt.length_m / 2
    assert vut.north_m - front == pytest.approx(gvt.length_m / 4)
    assert layout.camera(0.0)[0] == pytest.approx(vut.east_m + vut.length_m / 2 - 1.5)


@pytest.mark.parametrize(("vut", "gvt"), [(50, 40), (60, 50)])
@pytest.mark.parametrize("seed", [1, 2])
def test_with_v2x_it_passes_and_the_radio_warned(vut: float, gvt: float, seed: int, pki_directory) -> None:
    result = run_scpo(vut, gvt, seed=seed)
    assert result.verdict == "PASS"
    assert result.warned_by == ("bsm",)
    assert result.ttc_at_first_bsm_s > 6.0 > result.ttc_at_warning_s > result.ttc_at_line_of_sight_s
    frames = result.frames
    lost = frames["out_of_range"] + frames["under_way_at_contact"] + sum(frames["dropped"].values())
    assert frames["sent"] == frames["accepted"] + lost
    assert set(frames["dropped"]) <= {"signer/unknown_signer"}, "digests before the first certificate"


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize(("vut", "gvt"), [(50, 40), (60, 50)])
def test_without_radio_it_fails(vut: float, gvt: float, seed: int, pki_directory) -> None:
    result = run_scpo(vut, gvt, radio=False, seed=seed)
    assert result.verdict == "FAIL"
    assert result.warned_by == ("sensor",)
    assert result.ttc_at_first_bsm_s is None
    assert 0.3 < result.ttc_at_warning_s < result.ttc_at_line_of_sight_s - 0.4
    assert result.frames["sent"] == 0


def test_with_damaged_signatures_it_fails(pki_directory) -> None:
    result = run_scpo(50, 40, damage=True)
    assert result.verdict == "FAIL"
    assert result.frames["accepted"] == 0
    assert result.frames["dropped"]["signature/bad_signature"] > 50
    assert result.warned_by == ("sensor",)


def test_moving_the_line_moves_the_verdict(pki_directory) -> None:
    early, late = run_scpo(50, 40, line_s=3.5), run_scpo(50, 40, line_s=0.5, radio=False)
    assert (early.verdict, late.verdict) == ("FAIL", "PASS")
    warned = run_scpo(50, 40).ttc_at_warning_s
    assert run_scpo(50, 40, line_s=warned).verdict == "PASS"
    assert run_scpo(50, 40, line_s=warned + 0.001).verdict == "FAIL"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"vut_kmh": 50, "gvt_kmh": 50}, "not the scenario's speeds"),
        ({"vut_kmh": 0, "gvt_kmh": 40, "allow_other_speeds": True}, "can't be driven"),
        ({"vut_kmh": math.nan, "gvt_kmh": 40, "allow_other_speeds": True}, "can't be driven"),
        ({"line_s": 0.0}, "outside the run"),
        ({"line_s": math.nan}, "outside the run"),
        ({"gvt_delay_s": 3.0}, "never meet"),
        ({"gvt_delay_s": -3.0}, "never meet"),
        ({"gvt_delay_s": 1e9}, "outside"),
    ],
)
def test_an_ill_posed_test_is_invalid(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        run_scpo(**settings)


def test_other_speeds_are_run_when_allowed(pki_directory) -> None:
    assert run_scpo(40, 30, allow_other_speeds=True).verdict == "PASS"


def test_the_report_is_one_json_object_with_its_sources(pki_directory) -> None:
    report = json.loads(json.dumps(run_scpo().to_dict()))
    assert report["official"] is False
    assert report["scenario"] == "scpo-2024"
    assert len(report["evidence_sha256"]) == 64
    assert report["assumptions"]
    assert report["ttc_min_s"] == 0.0
    for name, leaf in report["parameters"].items():
        assert {"value", "unit", "source", "confidence"} <= set(leaf), name
    sigma = report["parameters"]["run.gnss_axis_sigma_m"]["value"]
    assert sigma == pytest.approx(GnssSettings().axis_sigma_m, abs=0.005)


def test_the_same_seed_gives_the_same_times(pki_directory) -> None:
    one, two = run_scpo(seed=7), run_scpo(seed=7)
    assert (one.ttc_at_first_bsm_s, one.ttc_at_warning_s, one.frames) == (
        two.ttc_at_first_bsm_s,
        two.ttc_at_warning_s,
        two.frames,
    )


def test_there_is_no_other_scenario() -> None:
    assert list(scenario_names()) == ["scpo-2024"]
    with pytest.raises(ScenarioError, match="no scenario 'ccrh'"):
        scenario_figures("ccrh")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["run", "scpo-2024"], 0, "PASS"),
        (["run", "scpo-2024", "--vut", "60"], 0, "GVT 50 km/h"),
        (["run", "scpo-2024", "--no-radio"], 1, "FAIL"),
        (["run", "scpo-2024", "--damage-signatures"], 1, "bad_signature"),
        (["run", "scpo-2024", "--line", "3.5"], 1, "3.50 s"),
        (["run", "scpo-2024", "--vut", "55"], 2, "INVALID"),
        (["run", "scpo-2024", "--gvt-delay", "5"], 2, "never meet"),
        (["run", "nothing"], 2, "no scenario"),
        (["list"], 0, "scpo-2024"),
    ],
)
def test_the_command_line(arguments: list[str], status: int, words: str, pki_directory) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == status, result.output
    assert words in result.output


def test_the_command_line_writes_json(tmp_path, pki_directory) -> None:
    runner = CliRunner()
    target = tmp_path / "result.json"
    assert runner.invoke(app, ["run", "scpo-2024", "--json", str(target)]).exit_code == 0
    assert json.loads(target.read_text("utf-8"))["verdict"] == "PASS"
    piped = runner.invoke(app, ["run", "scpo-2024", "--vut", "55", "--json", "-"])
    assert piped.exit_code == 2
    assert json.loads(piped.output)["verdict"] == "INVALID"
    lost = runner.invoke(app, ["run", "scpo-2024", "--json", str(tmp_path / "no" / "x.json")])
    assert lost.exit_code == 2
    assert "can't be written" in lost.output
