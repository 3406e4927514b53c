"""The attack suite: each attack against a real receiver in fake time, with honest traffic at the same time.

    honest vehicles ─┐ by the instant of reception
    attack's frames ─┴─► Pipeline.feed_many, 10 ms at a time ─► verdict, counted for each of the two

A receiver is made anew for each attack, and messages of unknown signers wait in it for their certificate, as
in a station.  PASS: every frame of the attack met an expected verdict, every honest frame was accepted, and
no store of the receiver ever held more than its limit.  Simulated: nothing was
on the air, and the attacks are those that we thought of.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2x.certs import Verifier, VerifierSettings
from v2x.errors import ScenarioError
from v2x.pipeline import Accepted, Dropped, Pipeline
from v2x.scenarios.attack_cases import ATTACKS, Attack
from v2x.scenarios.attack_world import RUN_AT, RUN_S, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from v2x.certs import TrustStore
    from v2x.errors import Reason

__all__ = ["AttackResult", "Stores", "SuiteResult", "attack_names", "run_attack", "run_attacks"]

ACCEPTED = "accepted"
BATCH_S = 0.01
"""Frames of so long a time are given to the receiver at once, as its worker takes what has come meanwhile."""

FALSE, HONEST = "attack", "honest"
"""Whose a frame is; in this order where both are heard at once."""

Stores = dict[str, int]
"""How much each bounded store of a receiver holds."""


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What one attack met: verdicts as ``stage/reason`` or ``accepted`` with their counts.

    A verdict with the right reason and the wrong detail stands apart, with its detail.
    """

    attack: Attack
    verdicts: dict[str, int]
    honest: dict[str, int]
    before: Stores
    peak: Stores
    after: Stores
    limits: Stores

    @property
    def expected(self) -> str:
        """The verdict that the frames of the attack should meet."""
        return ACCEPTED if self.attack.expected is None else _name(self.attack.expected)

    @property
    def met(self) -> bool:
        """Whether the attack met what it should."""
        others = set(self.verdicts) - {self.expected}
        return self.expected in self.verdicts and others <= {_name(one) for one in self.attack.also}

    @property
    def passed(self) -> bool:
        """Whether the attack met what it should, honest traffic passed, and every store kept its limit."""
        kept = all(self.peak[name] <= limit for name, limit in self.limits.items())
        return self.met and set(self.honest) == {ACCEPTED} and kept

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "name": self.attack.name,
            "sends": self.attack.sends,
            "verdict": "PASS" if self.passed else "FAIL",
            "expected": self.expected,
            "sent": sum(self.verdicts.values()),
            "verdicts": self.verdicts,
            "honest_sent": sum(self.honest.values()),
            "honest_accepted": self.honest.get(ACCEPTED, 0),
            "honest_verdicts": self.honest,
            "stores": {
                name: {
                    "before": self.before[name],
                    "peak": self.peak[name],
                    "after": self.after[name],
                    "limit": limit,
                }
                for name, limit in self.limits.items()
            },
        }


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """All attacks of one run."""

    results: tuple[AttackResult, ...]

    @property
    def passed(self) -> bool:
        """Whether each attack passed."""
        return all(result.passed for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "scenario": "attacks",
            "simulated": True,
            "official": False,
            "verdict": "PASS" if self.passed else "FAIL",
            "seconds_of_each": RUN_S,
            "attacks": [result.to_dict() for result in self.results],
        }


def attack_names() -> tuple[str, ...]:
    """Names of the attacks, in their order."""
    return tuple(attack.name for attack in ATTACKS)


def run_attacks(names: Sequence[str] = (), settings: VerifierSettings | None = None) -> SuiteResult:
    """Run the named attacks (none: all) against receivers with ``settings``.  ScenarioError: no such name."""
    unknown = sorted(set(names) - set(attack_names()))
    if unknown:
        raise ScenarioError(f"no attack {', '.join(unknown)}; there are {', '.join(attack_names())}")
    chosen = [attack for attack in ATTACKS if not names or attack.name in names]
    with tempfile.TemporaryDirectory(prefix="v2x-attacks-") as folder:
        bench = Bench.make(Path(folder) / "trust")
        return SuiteResult(tuple(run_attack(bench, attack, settings) for attack in chosen))


def run_attack(bench: Bench, attack: Attack, settings: VerifierSettings | None = None) -> AttackResult:
    """One attack against a new receiver; equal instants: the attacker is heard first."""
    store = bench.store()
    verifier = Verifier(store, settings)
    pipeline = Pipeline(verifier, bench.frame)
    before = _sizes(store, verifier)
    peak = dict(before)
    results: list[tuple[object, object]] = []
    for batch in _batches(bench, attack):
        results += pipeline.feed_many(batch)
        for name, size in _sizes(store, verifier).items():
            peak[name] = max(peak[name], size)
    results += pipeline.expire(math.inf)
    counts: dict[object, Counter[str]] = {FALSE: Counter(), HONEST: Counter()}
    for token, verdict in results:
        if isinstance(verdict, Accepted | Dropped):
            counts[token][_word(verdict, attack.says if token == FALSE else "")] += 1
    return AttackResult(
        attack=attack,
        verdicts=dict(counts[FALSE]),
        honest=dict(counts[HONEST]),
        before=before,
        peak=peak,
        after=_sizes(store, verifier),
        limits=_limits(store, verifier),
    )


def _batches(bench: Bench, attack: Attack) -> Iterator[list[tuple[bytes, float, str]]]:
    """What is heard, in order and in batches: octets, instant of reception, whose it is."""
    heard = [(shot.at, FALSE, shot.octets) for shot in attack.shots(bench)]
    heard += [(shot.at, HONEST, shot.octets) for shot in bench.honest]
    for _, group in groupby(sorted(heard), key=lambda one: math.floor((one[0] - RUN_AT) / BATCH_S)):
        yield [(octets, at, whose) for at, whose, octets in group]


def _name(reason: Reason) -> str:
    return f"{reason.stage}/{reason.label}"


def _word(verdict: Accepted | Dropped, says: str) -> str:
    """The verdict as it is counted."""
    if isinstance(verdict, Accepted):
        return ACCEPTED
    word = _name(verdict.reason)
    return word if says in verdict.detail else f"{word}: {verdict.detail}"


def _sizes(store: TrustStore, verifier: Verifier) -> Stores:
    return {
        "signers": store.known_count,
        "refused": store.refused_count,
        "learnt authorities": store.learnt_count,
        "wanted certificates": len(store.wanted()),
        "replay window": verifier.replay_count,
        "waiting": verifier.waiting_count,
    }


def _limits(store: TrustStore, verifier: Verifier) -> Stores:
    return {
        "signers": store.settings.signers_limit,
        "refused": store.settings.refused_limit,
        "learnt authorities": store.settings.learnt_limit,
        "wanted certificates": store.settings.wanted_limit,
        "replay window": verifier.settings.replay_limit,
        "waiting": verifier.settings.waiting_limit,
    }
