"""The fuzzer's corpus (``tests/fuzz/corpus/octets.txt``): native engine and twin give one answer."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from v2x.codecs import records
from v2x.codecs.message import PROFILES

if not records.NATIVE:
    reason = "the native engine is not built: apt-get install gcc python3-dev"
    pytest.skip(reason, allow_module_level=True)

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"


def load(name: str) -> Any:
    """A file of the fuzzer, which is no package."""
    key = f"fuzz_{name}"
    if key not in sys.modules:
        spec = spec_from_file_location(key, FUZZ / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[key] = module
        spec.loader.exec_module(module)
    return sys.modules[key]


def inputs() -> list[bytes]:
    return load("corpus").load(FUZZ / "corpus")


def test_the_corpus_keeps_its_limits():
    kept = inputs()
    assert 100 < len(kept) <= load("corpus").MOST
    assert len(set(kept)) == len(kept)
    assert max(map(len, kept)) <= load("corpus").LONGEST


def test_secured_messages():
    both = load("coer_compare").Comparison()
    for data in inputs():
        for name in load("coer_compare").ROOTS:
            both.check(name, data)
    assert both.counts["read"] > 20


@pytest.mark.parametrize("profile", PROFILES)
def test_messages(profile):
    both = load("compare").Comparison(profile, oracle=False)
    for data in inputs():
        both.check(data)
    assert both.counts["canonical"] > 20
