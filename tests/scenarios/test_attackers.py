"""Damage in every form is never accepted; replays lie in the windows that they are meant for."""

from __future__ import annotations

import random

import pytest

from v2x.certs import Verifier, pki
from v2x.pipeline import Dropped, Pipeline
from v2x.scenarios.attackers import Damager, Replayer
from v2x.scenarios.fleet import BsmSender
from v2x.scenarios.junction import recorded_junction
from v2x.scenarios.roads import Roads
from v2x.scenarios.truth import Transmission


@pytest.fixture
def damager(pki_directory, start_at) -> Damager:
    junction = recorded_junction()
    signer = pki.load_signer(pki_directory, "vehicle-32")
    sender = BsmSender("damager", signer, junction.frame, random.Random(4), profile=junction.profile)
    return Damager(sender, Roads(junction.update).routes[0], start_at, random.Random(4))


def test_no_damage_is_ever_accepted(damager, pki_directory, start_at) -> None:
    """Whole and digest frames, of a signer that the receiver knows and would believe."""
    junction = recorded_junction()
    sender, route = damager._sender, damager._ghost
    frames = [sender.transmission(route.truth(start_at + k), start_at + 0.1 * k).data for k in range(3)]
    pipeline = Pipeline(Verifier(pki.load_trust(pki_directory)), junction.frame)
    lengths = {len(f) for f in frames}
    assert len(lengths) == 2, "one with the certificate, two with its digest"
    reasons = set()
    for k in range(900):
        data = damager.damage(frames[k % 3])
        assert data != frames[k % 3]
        assert data
        verdict = pipeline.feed(data, start_at + 0.3)
        assert isinstance(verdict, Dropped), data.hex()
        reasons.add(verdict.reason.stage)
    assert len(reasons) >= 5
    for data in frames:
        assert not isinstance(pipeline.feed(data, start_at + 0.3), Dropped), "the whole frame is fine"


def test_every_single_flipped_bit_is_noticed(damager, pki_directory, start_at) -> None:
    junction = recorded_junction()
    sender, route = damager._sender, damager._ghost
    first = sender.transmission(route.truth(start_at), start_at).data
    short = sender.transmission(route.truth(start_at), start_at + 0.1).data
    pipeline = Pipeline(Verifier(pki.load_trust(pki_directory)), junction.frame)
    assert not isinstance(pipeline.feed(first, start_at + 0.1), Dropped)
    for data in (short, first):
        for bit in range(8 * len(data)):
            octets = bytearray(data)
            octets[bit // 8] ^= 0x80 >> bit % 8
            assert isinstance(pipeline.feed(bytes(octets), start_at + 0.2), Dropped), bit


def test_replays_are_fresh_and_stale_in_turn(start_at) -> None:
    replayer = Replayer(start_at, random.Random(1))
    assert replayer.due(start_at + 0.2) == []
    heard = {}
    ages = []
    for k in range(1, 60):
        at = start_at + 0.2 + 0.1 * k
        honest = Transmission(at - 0.01, "honest", 1, k.to_bytes(2, "big"), "BSM")
        heard[honest.data] = honest.at
        replayer.overhear([honest])
        ages += [sent.at - heard[sent.data] for sent in replayer.due(at)]
    fresh, stale = [a for a in ages if a < 1.0], [a for a in ages if a >= 1.0]
    assert len(fresh) > 20
    assert len(stale) > 15
    assert min(fresh) >= 0.06
    assert max(fresh) <= 0.3
    assert min(stale) >= 1.2
    assert max(stale) <= 2.0
