"""The native engine, its Python twin and asn1tools: the same octets, values and errors, for every message.

The long run is ``tests/fuzz/compare.py``, of which this is a short one.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs import records, reference
from v2x.codecs.message import DAY2_PROFILE, KINDS, PROFILES
from v2x.testing import random_message

if not records.NATIVE:
    reason = "the native engine is not built: apt-get install gcc python3-dev"
    pytest.skip(reason, allow_module_level=True)

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"


@cache
def comparison(profile):
    """The fuzzer's comparison of one profile; its files are no package."""
    name = "fuzz_compare"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FUZZ / "compare.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].Comparison(profile)


def kinds_of(profile):
    return KINDS if profile == DAY2_PROFILE else KINDS[:5]


@pytest.mark.parametrize(("profile", "kind"), [(p, k) for p in PROFILES for k in kinds_of(p)])
def test_random_messages_are_asn1tools(profile, kind):
    """Octets and values, both ways, of both engines in both forms."""
    both = comparison(profile)
    rng = Random(f"{profile} {kind}")
    for _ in range(40):
        message = random_message(rng, kind, profile)
        octets = reference.encode(message)
        for engine in (both.native, both.pure):
            record = engine.decode(octets)
            assert engine.decode_dict(octets) == message.value == record.to_dict()
            assert engine.encode_dict(message.value) == octets == engine.encode(record)
            assert engine.inspect(octets)[1:] == (True, 0, 0)
            assert type(record).from_dict(message.value) == record


@pytest.mark.parametrize("profile", PROFILES)
def test_damaged_messages(profile):
    both = comparison(profile)
    inputs = sys.modules["inputs"]
    rng = Random(profile)
    pool = inputs.pool_of(both.table, rng, both.native.encode_dict, 10)
    for _ in range(600):
        both.check(inputs.octets(rng, pool))
    values = [both.native.decode_dict(data) for data in pool]
    for _ in range(300):
        both.check_value(inputs.spoilt(rng, rng.choice(values)))
    assert both.counts["canonical"] > 100
    assert both.counts["as asn1tools"] > 100
    assert both.counts["beyond asn1tools"] > 10


@given(st.binary(max_size=200), st.sampled_from(PROFILES))
@settings(max_examples=300, deadline=None)
def test_any_octets(data, profile):
    comparison(profile).check(data)


@given(st.sampled_from((0, 10, 11, 12, 13, 14, 15, 16, 17, 28)), st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_any_octets_of_day2(number, data):
    octets = bytes([0x80, len(data) + 3, 0, number, len(data)]) + data
    comparison(DAY2_PROFILE).check(octets)


LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.binary()


def containers(inner):
    return st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner)


@given(st.recursive(LEAVES, containers, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_any_value(value):
    for wrapped in (value, ("bsmFrame", value), ("msgFrameExt", {"messageId": 15, "value": value})):
        comparison(DAY2_PROFILE).check_value(wrapped)
