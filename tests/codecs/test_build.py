"""The build: parsed ASN.1 goes along, and without a compiler there is one notice and no failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from v2x.codecs.parsed import SOURCES

pytest.importorskip("setuptools", minversion="77", reason="pip install 'setuptools>=77'")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    """What a build needs, copied: the rooms without their links, and nothing built."""
    ignore = shutil.ignore_patterns("*.so", "*.parsed.json", "__pycache__")
    for folder in ("codecs", "certs", "modem", "fusion", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copytree(ROOT / "v2x", tmp_path / "v2x", ignore=links)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def links(directory: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(directory) / name).is_symlink() or name == "__pycache__"]


def build(checkout: Path, command: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "setup.py", "-q", command, "--build-lib", "out"],
        cwd=checkout,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout + run.stderr


def test_without_a_compiler_there_is_one_notice(checkout):
    log = build(checkout, "build_ext", CC="no-such-compiler")
    notices = [line for line in log.splitlines() if line.startswith("v2x: note:")]
    assert len(notices) == 1
    assert "no-such-compiler" in notices[0]
    assert "apt-get install gcc" in notices[0]
    assert "rror" not in log
    assert not list(checkout.rglob("*.so"))


def test_a_compiler_that_fails_costs_the_extension_only(checkout):
    log = build(checkout, "build_ext", CC="false")
    assert "v2x.codecs._native is not built, Python code does its work" in log


def test_parsed_asn1_goes_along(checkout):
    build(checkout, "build_py")
    built = {path.name for path in (checkout / "out/v2x/codecs/asn1").glob("*.parsed.json")}
    assert built == {f"{profile}.parsed.json" for profile in SOURCES}
    assert not list((checkout / "codecs").rglob("*.parsed.json"))
