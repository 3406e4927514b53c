"""PC5 dialects as files: what is wrong is told with file and key, whatever the file holds."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.errors import ProfileError
from v2x.modem.pc5_dialect import dialect_names, load_dialect, parse_dialect, read_dialect

OWN = (Path(__file__).parent.parent / "data" / "pc5-dialect.toml").read_text(encoding="utf-8")

CHANGES = [
    ('name = "mine"', 'name = "Mine!"', "dialect.name"),
    ('base = "none"', 'base = "some"', "dialect.base"),
    ("guess = true", "guess = 1", "dialect.guess"),
    ("guess = true", "guess = true\nmore = 1", "unknown key more"),
    ("[functions.status]", "[functions.stats]", "no such function"),
    ('prefix = "+xstat"', 'prefix = "xstat"', "prefix"),
    ('prefix = "+xstat"', "", "prefix"),
    ('"AT+XSTAT?"]', '"XSTAT?"]', "begins with AT"),
    ('"AT+XSTAT?"]', '"AT+XSTAT={what}"]', "no value 'what'"),
    ('"AT+XSTAT?"]', '"AT+XSTAT={"]', "brace"),
    ("timeout_s = 1.5", "timeout_s = 0", "timeout_s"),
    ("timeout_s = 1.5", "timeout_s = true", "timeout_s"),
    ("timeout_s = 1.5", "timout_s = 1", "unknown key timout_s"),
    ("timeout_s = 1.5", 'rows = "each"', "rows"),
    ("timeout_s = 1.5", 'separator = "tab"', "separator"),
    ('name = "rx", values', 'name = "ry", values', "no value 'ry'"),
    ('{ name = "rx", values = { "0" = "inactive", "1" = "active" } },', "", "rx is missing"),
    ('{ name = "rx", values = { "0" = "inactive", "1" = "active" } }', '"rx"', "values: missing"),
    ('"0" = "inactive", "1" = "active"', '"0" = "idle"', "one of active"),
    ('"0" = "inactive", "1" = "active"', '"0" = ["idle"]', "one of active"),
    ("scale = 1e-9, ", "scale = inf, ", "scale"),
    ("scale = 1e-9, ", 'values = { 0 = "x" }, ', "is a number"),
    ("hex = true", "hex = 1", "hex"),
    ('  "",\n', '  "rx_cause", 5,\n', "values: missing"),
    ('  "",\n', "  5,\n", "a name or a table"),
    ("{source:06X}", "{destination:06x}", "brace"),
    ("{count},", "{monitor:X},", "no hexadecimal form"),
    ("[functions.stop_test]", "[functions.reset_utc]", "stop_test: missing"),
    ('commands = ["AT+XRX=0"]', "commands = []", "1..8"),
    ('commands = ["AT+XRX=0"]', "commands = 5", "list of texts"),
    ('commands = ["AT+XRX=0"]', 'commands = ["AT+XRX=0"]\nprefix = "+A"', "unknown key prefix"),
    ('title = "made up for this test"', "", "title"),
    ("[dialect]", "[dialekt]", "unknown key dialekt"),
    ("[dialect]", "[dialect", "line"),
]


@pytest.mark.parametrize(("old", "new", "why"), CHANGES)
def test_a_wrong_dialect_is_told_file_and_key(old: str, new: str, why: str) -> None:
    assert old in OWN
    with pytest.raises(ProfileError, match=r"^mine\.toml: ") as caught:
        parse_dialect(OWN.replace(old, new, 1), "mine.toml")
    assert why in str(caught.value)


@given(st.binary(max_size=200), st.integers(0, len(OWN)), st.integers(0, 30))
def test_any_text_is_a_dialect_or_an_error(noise: bytes, start: int, cut: int) -> None:
    for text in (noise.decode("latin-1"), OWN[:start] + noise.decode("latin-1")[:9] + OWN[start + cut :]):
        with contextlib.suppress(ProfileError):
            parse_dialect(text, "x")


def test_dialects_that_come_along_and_files_that_do_not(tmp_path: Path) -> None:
    assert dialect_names() == ("hisilicon",)
    with pytest.raises(ProfileError, match="there is: hisilicon"):
        load_dialect("../profiles/unisoc")
    with pytest.raises(ProfileError, match="No such file"):
        read_dialect(tmp_path / "none.toml")
    (tmp_path / "big.toml").write_bytes(b"#" * 70_000)
    with pytest.raises(ProfileError, match="larger"):
        read_dialect(tmp_path / "big.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe4")
    with pytest.raises(ProfileError, match="UTF-8"):
        read_dialect(tmp_path / "latin.toml")
