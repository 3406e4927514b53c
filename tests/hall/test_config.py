"""The configuration: defaults, the example of the README, and errors that name the key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from v2x.config import ConfigError, StationConfig, load

ROOT = Path(__file__).resolve().parents[2]


def written(folder: Path, text: str) -> Path:
    path = folder / "station.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_has_a_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == StationConfig()


def test_the_example_of_the_readme_is_accepted(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    config = load(written(tmp_path, example))
    assert (config.radio.kind, config.modem.kind) == ("udp", "port")
    assert config.security.trust == tmp_path / "pki"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[radio]\nkid = 'udp'", "radio.kid"),
        ("[radio]\nkind = 'tcp'", "radio.kind"),
        ("[station]\nlatitude_deg = 91", "station.latitude_deg"),
        ("[station]\nlatitude_deg = nan", "station.latitude_deg"),
        ("[modem]\nkind = 'port'", "modem.port"),
        ("[output]\ntick_hz = 0", "output.tick_hz"),
        ("[station\nname = 1", "line 1"),
    ],
)
def test_a_mistake_is_named_with_file_and_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, text))
    assert "station.toml" in str(error.value)
    assert place in str(error.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "nowhere.toml")
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(odd)


def test_the_folder_of_reports_must_be_there(tmp_path: Path) -> None:
    path = written(tmp_path, '[security]\nreports = "found"\n')
    with pytest.raises(ConfigError, match="no folder"):
        load(path)
    (tmp_path / "found").mkdir()
    assert load(path).security.reports == tmp_path / "found"
