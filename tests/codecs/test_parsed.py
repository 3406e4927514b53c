"""The parsed form of the ASN.1: what is cached is what is parsed, and a stale or broken cache is no harm."""

from __future__ import annotations

import json
import shutil

import pytest

from v2x.codecs import parsed


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the sources alone, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    directory = tmp_path / "asn1"
    directory.mkdir()
    for name in {name for names in parsed.SOURCES.values() for name in names}:
        shutil.copy(parsed.DIRECTORY / name, directory)
    return directory


@pytest.fixture
def no_parsing(monkeypatch):
    def fail(*_arguments):
        pytest.fail("parsed again")

    return lambda: monkeypatch.setattr(parsed, "parse", fail)


@pytest.mark.parametrize("profile", parsed.SOURCES)
def test_what_is_read_is_what_was_parsed(profile, sources, tmp_path, no_parsing, monkeypatch):
    modules = parsed.parse(profile, sources)
    monkeypatch.setattr(parsed, "parse", lambda *_arguments: modules)
    path = parsed.write(profile, sources, sources)
    assert path.name == f"{profile}.parsed.json"
    no_parsing()
    assert parsed.load(profile, sources) == modules
    assert not (tmp_path / "cache").exists()


def test_the_user_cache(sources, tmp_path, no_parsing):
    modules = parsed.load("csae53_2020", sources)
    (cached,) = (tmp_path / "cache" / "v2x").iterdir()
    assert cached.suffixes == [".parsed", ".json"]
    no_parsing()
    assert parsed.load("csae53_2020", sources) == modules


def test_an_edited_source_takes_effect(sources):
    (sources / "csae53_2020.parsed.json").write_text(
        json.dumps({"sha256": parsed.digest("csae53_2020", sources), "modules": {}}), encoding="ascii"
    )
    assert parsed.load("csae53_2020", sources) == {}
    source = sources / "csae53_2020.asn"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("INTEGER (0..24)", "INTEGER (0..23)"), encoding="utf-8")
    hour = parsed.load("csae53_2020", sources)["V2X-Edition"]["types"]["DHour"]
    assert hour["restricted-to"] == [(0, 23)]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": 1, "modules": {}}', "\xff", "[" * 100000])
def test_a_broken_file_is_passed_over(text, sources, monkeypatch):
    monkeypatch.setattr(parsed, "parse", lambda *_arguments: {"parsed": "again"})
    (sources / "csae53_2020.parsed.json").write_text(text, encoding="latin-1")
    assert parsed.load("csae53_2020", sources) == {"parsed": "again"}


def test_a_cache_that_cannot_be_written_is_no_harm(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(parsed, "parse", lambda *_arguments: {"parsed": "anyway"})
    (tmp_path / "cache").write_text("a file, not a directory", encoding="ascii")
    assert parsed.load("ydt3709_2020", sources) == {"parsed": "anyway"}


def test_a_relative_cache_directory_counts_as_none(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert parsed.cache_directory().is_absolute()
    assert parsed.cache_directory().parts[-2:] == (".cache", "v2x")


def test_writing_leaves_the_old_file_or_the_new_one(sources, monkeypatch):
    monkeypatch.setattr(parsed, "parse", lambda *_arguments: {})
    path = parsed.write("csae53_2020", sources, sources)
    before = path.read_bytes()

    def fail(*_arguments):
        raise OSError("no space")

    monkeypatch.setattr(parsed.os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        parsed.write("csae53_2020", sources, sources)
    assert path.read_bytes() == before
    assert not list(sources.glob("*.tmp"))
    assert json.loads(before)["sha256"] == parsed.digest("csae53_2020", sources)
