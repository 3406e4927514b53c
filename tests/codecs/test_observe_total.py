"""observe() takes whatever decodes: random values of every type, their extremes first."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from v2x.codecs import PROFILES, Message, schema
from v2x.codecs.observe import observe
from v2x.geo import LocalFrame
from v2x.objects import MapUpdate, Observation, Provenance, RoadEvent, SignalUpdate, Source, Trust

FRAME = LocalFrame(28.0985258, 112.9830304)
FRAMES = {"BSM": "bsmFrame", "MAP": "mapFrame", "RSM": "rsmFrame", "SPAT": "spatFrame", "RSI": "rsiFrame"}


def value(node: schema.Node, rng: random.Random) -> Any:
    match node:
        case schema.Integer():
            return rng.choice((node.low, node.high, rng.randint(node.low, node.high)))
        case schema.Boolean():
            return rng.random() < 0.5
        case schema.Null():
            return None
        case schema.Enumerated():
            return rng.choice(node.names)
        case schema.OctetString():
            return rng.randbytes(rng.choice((node.low, min(node.high or 40, node.low + 8))))
        case schema.Text():
            return "".join(chr(rng.randrange(128)) for _ in range(rng.randint(node.low, node.low + 8)))
        case schema.BitString():
            bits = rng.randint(0, node.high + 9) if node.extensible else rng.randint(node.low, node.high)
            spare = -bits % 8
            return (rng.getrandbits(bits) << spare).to_bytes((bits + 7) // 8, "big") if bits else b"", bits
        case schema.SequenceOf():
            most = min(node.high or 6, node.low + 4)
            return [value(node.element, rng) for _ in range(rng.randint(node.low, most))]
        case schema.Choice():
            member = rng.choice([m for m in node.members if not m.addition])
            return member.name, value(member.node, rng)
        case schema.Sequence():
            return {
                member.name: value(member.node, rng)
                for member in node.members
                if not (member.optional and rng.random() < 0.4) and not member.addition
            }


def is_sound(number: float | None) -> bool:
    return number is None or math.isfinite(number)


def check(claim: Any) -> None:
    match claim:
        case Observation():
            numbers = [
                getattr(claim, name)
                for name in Observation.__slots__
                if name.endswith(("_m", "_rad", "_mps"))
            ]
            assert all(map(is_sound, numbers))
            assert is_sound(claim.measured_at)
        case MapUpdate():
            for lane in claim.lanes:
                assert lane.points_m.shape[0] >= 2
                assert lane.points_m.shape[1] == 2
                assert np.isfinite(lane.points_m).all()
        case SignalUpdate():
            assert all(is_sound(phase.likely_end_at) for phase in claim.phases)
        case RoadEvent():
            assert claim.path_m is None or np.isfinite(claim.path_m).all()
            assert claim.priority is None or 0 <= claim.priority <= 7


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", FRAMES)
def test_any_value_of_the_schema_is_taken(kind: str, profile: str) -> None:
    root = schema.node_of(profile)
    assert isinstance(root, schema.Choice)
    node = root.by_name[FRAMES[kind]].node
    rng = random.Random(f"{kind} {profile}")
    for _ in range(150):
        message = Message(kind, profile, (FRAMES[kind], value(node, rng)))
        provenance = Provenance(Source(kind.lower()), Trust.UNSIGNED, None, rng.uniform(1e9, 2e9))
        for claim in observe(message, provenance, FRAME):
            check(claim)
            assert claim.provenance is provenance
