"""Our octets against a second implementation: pycrate 0.8 compiles the same ASN.1 and writes the same bits.

500 random values of each Day-1 message and profile and 100 of each Day-2 message, both directions; as many of
all as ``V2X_VALUES`` says, where it is set (10,000 take some minutes).
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from v2x.codecs import KINDS, PROFILES, decode, encode
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE
from v2x.codecs.parsed import DIRECTORY, SOURCES
from v2x.codecs.reference_uper import encode_type
from v2x.codecs.schema import BitString, Choice, Node, Sequence, SequenceOf, node_of
from v2x.testing import random_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

pytest.importorskip("pycrate_asn1c", reason="pip install pycrate")

DAY1_VALUES = int(os.environ.get("V2X_VALUES", "500"))
DAY2_VALUES = int(os.environ.get("V2X_VALUES", "100"))


def to_pycrate(node: Node, value: Any) -> Any:
    """A value in pycrate's form: a BIT STRING is a number and its length."""
    match node:
        case Sequence():
            return {name: to_pycrate(node.by_name[name].node, item) for name, item in value.items()}
        case SequenceOf():
            return [to_pycrate(node.element, item) for item in value]
        case Choice():
            return value[0], to_pycrate(node.by_name[value[0]].node, value[1])
        case BitString():
            return int.from_bytes(value[0], "big") >> (-value[1] % 8), value[1]
    return value


@pytest.fixture(scope="module")
def peer(tmp_path_factory) -> Callable[[str], ModuleType]:
    """Gives pycrate's module of a profile, compiled from the same sources."""
    from pycrate_asn1c.asnproc import GLOBAL, compile_text
    from pycrate_asn1c.generator import PycrateGenerator

    @cache
    def compiled(profile: str) -> ModuleType:
        path = tmp_path_factory.mktemp("pycrate") / f"{profile}.py"
        with contextlib.redirect_stdout(io.StringIO()):
            GLOBAL.clear()
            compile_text([(DIRECTORY / name).read_text(encoding="utf-8") for name in SOURCES[profile]])
            PycrateGenerator(str(path))
        spec = importlib.util.spec_from_file_location(f"pycrate_{profile}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return compiled


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", KINDS[:5])
def test_day1(peer, kind, profile):
    theirs = peer(profile).V2X_Edition.MessageFrame
    rng = Random(f"{kind} {profile}")
    for _ in range(DAY1_VALUES):
        message = random_message(rng, kind, profile)
        octets = encode(message)
        value = to_pycrate(node_of(profile), message.value)
        theirs.set_val(value)
        assert theirs.to_uper() == octets
        theirs.from_uper(octets)
        assert theirs.get_val() == value
        assert decode(octets, profile=profile) == message


@pytest.mark.parametrize("number", DAY2_MESSAGES)
def test_day2(peer, number):
    module, day2 = peer(DAY2_PROFILE), DAY2_MESSAGES[number]
    frame, theirs = module.V2X_Edition.MessageFrame, getattr(module.V2X_Day2, day2.type_name)
    rng = Random(day2.kind)
    for _ in range(DAY2_VALUES):
        message = random_message(rng, day2.kind, DAY2_PROFILE)
        theirs.set_val(to_pycrate(node_of(DAY2_PROFILE, day2.type_name), message.body))
        octets = theirs.to_uper()
        assert octets == encode_type(DAY2_PROFILE, day2.type_name, message.body)
        frame.set_val(("msgFrameExt", {"messageId": number, "value": octets}))
        assert frame.to_uper() == encode(message)
