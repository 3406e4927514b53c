"""``v2x tokens schema`` and ``v2x tokens show`` as a user meets them."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from v2x.cli.tokens import app
from v2x.fusion import schema as layout
from v2x.fusion.tokens import save_npz, tokenize

RUN = CliRunner()


def _frame(tracker, observe, ego, start_at):
    return tokenize(tracker.step([observe(at=start_at, east=-480.0, north=-490.0)], ego(start_at), start_at))


def test_the_schema_is_printed_for_people_and_for_machines() -> None:
    text = RUN.invoke(app, ["schema"])
    assert text.exit_code == 0
    assert f"{layout.NAME} {layout.VERSION}" in text.output
    assert layout.digest() in text.output
    assert "conflict_s" in text.output
    assert json.loads(RUN.invoke(app, ["schema", "--json"]).output) == layout.as_dict()


def test_a_frame_is_shown(tmp_path, tracker, observe, ego, start_at) -> None:
    path = tmp_path / "frame.npz"
    save_npz(_frame(tracker, observe, ego, start_at), path)
    text = RUN.invoke(app, ["show", str(path)])
    assert text.exit_code == 0
    assert "agents: 1" in text.output
    assert "x_m 20" in text.output
    content = json.loads(RUN.invoke(app, ["show", str(path), "--json"]).output)
    assert content["arrays"]["agents"][0]["source_bsm"] == 1.0
    assert content["arrays"]["agents_id"] == [{"track_id": 1}]


def test_what_can_not_be_shown_ends_with_one_line(tmp_path, tracker, observe, ego, start_at) -> None:
    missing = RUN.invoke(app, ["show", str(tmp_path / "none.npz")])
    assert missing.exit_code == 1
    assert "No such file" in missing.output
    rubbish = tmp_path / "rubbish.npz"
    rubbish.write_bytes(b"rubbish")
    assert "no token file" in RUN.invoke(app, ["show", str(rubbish)]).output
    frame = _frame(tracker, observe, ego, start_at)
    frame.arrays["agents"][0, 0] = 1e9
    wrong = tmp_path / "wrong.npz"
    save_npz(frame, wrong)
    result = RUN.invoke(app, ["show", str(wrong)])
    assert result.exit_code == 1
    assert "agents.x_m, row 0" in result.output
