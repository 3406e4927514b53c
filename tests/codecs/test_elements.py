"""Every number and enumeration of the three profiles is declared, once, and with the range of its type."""

from __future__ import annotations

import pytest

from v2x.codecs import PROFILES
from v2x.codecs.elements import _IN_PLACE, _LEVELS, _NUMBERS, _OPEN_CODES, Codes, Typed, typed_of
from v2x.codecs.identifiers import attribute_name
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE
from v2x.codecs.schema import Enumerated, Integer, OctetString
from v2x.units import ELEMENTS, AccuracyClass, DataElement


def all_types(profile: str) -> dict[str, Typed]:
    """Every type that a message of the profile can hold, by its name."""
    roots = [typed_of(profile)]
    if profile == DAY2_PROFILE:
        roots += [typed_of(profile, message.type_name) for message in DAY2_MESSAGES.values()]
    found: dict[str, Typed] = {}
    while roots:
        typed = roots.pop()
        if typed.name in found and found[typed.name].node is typed.node:
            continue
        found[typed.name] = typed
        roots += [*typed.parts.values(), *([typed.item] if typed.item else [])]
    return found


TYPES = {profile: all_types(profile) for profile in PROFILES}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_leaf_is_declared(profile):
    for name, typed in TYPES[profile].items():
        if isinstance(typed.node, Integer | Enumerated):
            assert typed.declared is not None, name
        elif not isinstance(typed.node, OctetString):
            assert typed.declared is None, name


@pytest.mark.parametrize("profile", PROFILES)
def test_quantities_have_the_range_of_their_type(profile):
    edition = {"DTimeOffset", "DHour"}  # their ranges differ between the profiles
    for name, typed in TYPES[profile].items():
        if isinstance(typed.declared, DataElement) and name not in edition:
            assert (typed.declared.low, typed.declared.high) == (typed.node.low, typed.node.high), name


@pytest.mark.parametrize("profile", PROFILES)
def test_classes_and_codes_have_the_names_of_their_type(profile):
    for name, typed in TYPES[profile].items():
        if isinstance(typed.declared, AccuracyClass):
            assert typed.node.names == ("unavailable", *typed.declared.bounds), name
        if isinstance(typed.declared, Codes):
            assert all(typed.node.low <= code <= typed.node.high for code in typed.declared.names), name


def test_no_declaration_is_left_over():
    names = {name for types in TYPES.values() for name in types}
    assert (set(_IN_PLACE) | set(_NUMBERS) | set(_OPEN_CODES) | set(_LEVELS)) <= names
    used = {id(t.declared) for types in TYPES.values() for t in types.values()}
    assert [name for name, entry in ELEMENTS.items() if id(entry) not in used] == []


def test_nothing_is_declared_twice():
    tables = [set(_IN_PLACE), set(_NUMBERS), set(_OPEN_CODES), set(_LEVELS), set(ELEMENTS)]
    assert sum(map(len, tables)) == len(set().union(*tables))


@pytest.mark.parametrize("profile", PROFILES)
def test_names_of_a_structure_stay_apart_in_snake_case(profile):
    for typed in TYPES[profile].values():
        assert len({attribute_name(name) for name in typed.parts}) == len(typed.parts), typed.name
