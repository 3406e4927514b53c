"""``v2x modem parse``: lines and documents in, one JSON object each, status 1 for a bad record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from v2x.cli.modem_parse import parse

DATA = Path(__file__).parent.parent / "data" / "modem-transcripts.json"
CASES: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))["cases"]

app = typer.Typer()
app.command()(parse)


def run(text: str | bytes, *options: str) -> Result:
    return CliRunner().invoke(app, [*options, "-"], input=text)


def views(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_lines_and_document_give_the_same() -> None:
    lines = run("\n".join(json.dumps({"command": c["command"], "raw": c["raw"]}) for c in CASES))
    document = run(DATA.read_bytes())
    array = run(json.dumps(CASES))
    assert (lines.exit_code, document.exit_code, array.exit_code) == (0, 0, 0)
    places = {"line", "case", "id"}

    def bare(result: Result) -> list[dict[str, Any]]:
        return [{k: v for k, v in view.items() if k not in places} for view in views(result)]

    assert bare(lines) == bare(document) == bare(array)
    assert [view["id"] for view in views(document)] == [case["id"] for case in CASES]


def test_a_file_and_a_profile(tmp_path: Path) -> None:
    row = '"servingcell","NOCONN","NR5G-SA","TDD",310,260,18666712F,335,794E00,516270,41,12,-75,-11,5,1,-'
    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps({"command": 'AT+QENG="servingcell"', "raw": f"+QENG: {row}\r\nOK\r\n"}) + "\n")
    for profile, layout, scs_khz in (
        ("qualcomm", "qualcomm.nr_sa", 30),
        ("early_x55", "early_x55.nr_sa", None),
    ):
        (view,) = views(CliRunner().invoke(app, ["--profile", profile, str(file)]))
        assert (view["layout"], view["rows"][0].get("scs_khz")) == (layout, scs_khz)
        assert (view["result"], view["rows"][0]["chosen"]) == ("OK", "profile")
    assert CliRunner().invoke(app, ["--profile", "nothing", str(file)]).exit_code == 2
    assert CliRunner().invoke(app, [str(tmp_path / "missing")]).exit_code == 2


BAD = [
    ("{", "no JSON"),
    ("[1", "no JSON"),
    ("3", "JSON object"),
    ("{}", "raw: missing"),
    ('{"raw": 3}', "raw: must be a text"),
    ('{"raw": "x", "command": 3}', "command: must be"),
    ('{"raw": "x", "command": "AT\\n"}', None),
    ('{"raw": "x", "command": "AT\\nX"}', "printable"),
    ('{"raw": "x", "command": "?"}', "command"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
@pytest.mark.parametrize("first", [True, False])
def test_a_bad_record_is_named_and_the_rest_goes_on(line: str, reason: str | None, first: bool) -> None:
    good = json.dumps({"command": "AT+CSQ", "raw": "+CSQ: 20,99\r\nOK\r\n"})
    text = f"{line}\n\n{good}\n" if first else f"{good}\n\n{line}\n{good}\n"
    result = run(text)
    found = views(result)
    assert result.exit_code == (0 if reason is None else 1)
    assert [view["line"] for view in found] == ([1, 3] if first else [1, 3, 4])
    bad = found[0 if first else 1]
    if reason is not None:
        assert reason in bad["error"]
    assert found[-1]["rows"][0]["rssi_dbm"] == -73


def test_an_overlong_line_is_named() -> None:
    good = json.dumps({"command": "AT+CSQ", "raw": "+CSQ: 20,99\r\nOK\r\n"})
    for text in (f"{good}\n{'x' * (5 << 20)}\n{good}\n", f"{'x' * (5 << 20)}\n{good}\n"):
        result = run(text)
        assert result.exit_code == 1
        assert [("error" in view) for view in views(result)] == [False, True, False][-len(views(result)) :]


def test_identities_can_be_hidden() -> None:
    record = json.dumps({"command": "AT+CGSN", "raw": "867160040000017\r\nOK\r\n"})
    assert views(run(record))[0]["rows"][0]["imei"] == "867160040000017"
    hidden = run(record, "--mask")
    assert "867160040000017" not in hidden.stdout
    assert views(hidden)[0]["rows"][0]["imei"] == "***********0017"


def test_nothing_in_nothing_out() -> None:
    for text in ("", "\n\n", "[]", '{"cases": []}'):
        result = run(text)
        assert (result.exit_code, result.stdout) == (0, "")
