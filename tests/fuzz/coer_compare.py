"""The native COER codec against its Python twin: the same inputs, the same results.

    python tests/fuzz/coer_compare.py --inputs 200000 --seed 1

For every input: the value (types, order of fields, ``octets`` of every record) or the error (kind, path, bit,
text) has to be the same, what is read has to encode to the same octets, and so for values, right and wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import corpus
from coer_inputs import ROOTS, pool_of, random_value
from inputs import mutated, spoilt

from v2x.codecs import coer
from v2x.errors import CodecError


def outcome(call: Any, *arguments: Any) -> Any:
    """What a call gives, or what its error says."""
    try:
        return call(*arguments)
    except CodecError as error:
        return "error", str(error.kind), error.path, error.bit, error.detail, str(error)
    except (TypeError, ValueError) as error:
        return "misuse", type(error).__name__


def plain(value: Any) -> Any:
    """A decoded value with everything in it that can be told apart."""
    if isinstance(value, dict):
        return type(value), value.octets, [(name, plain(inner)) for name, inner in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [plain(inner) for inner in value]
    return type(value), value


class Comparison:
    """Both codecs, and the counts of what was compared."""

    def __init__(self) -> None:
        self.native = coer.make(native=True)
        self.pure = coer.make(native=False)
        self.counts: Counter[str] = Counter()

    def check(self, name: str, data: bytes) -> None:
        """Octets as one type: all of them, and a value at the beginning of longer ones."""
        ours, theirs = outcome(self.native.decode, name, data), outcome(self.pure.decode, name, data)
        if isinstance(ours, tuple) and ours[0] == "error":
            assert ours == theirs, (name, data.hex(), ours, theirs)
            self.counts[ours[1]] += 1
        else:
            assert plain(ours) == plain(theirs), (name, data.hex(), ours, theirs)
            assert self.native.encode(name, ours) == data == self.pure.encode(name, ours), (name, data.hex())
            self.counts["read"] += 1
        longer = b"\x01" + data + b"\0"
        ours = outcome(self.native.decode_prefix, name, longer, 1)
        assert plain(ours) == plain(outcome(self.pure.decode_prefix, name, longer, 1)), (name, data.hex())

    def check_value(self, name: str, value: Any) -> None:
        """Encoding anything."""
        ours, theirs = outcome(self.native.encode, name, value), outcome(self.pure.encode, name, value)
        assert ours == theirs, (name, value, ours, theirs)
        if isinstance(ours, bytes):
            again = self.native.encode(name, self.native.decode(name, ours))
            assert again == ours, (name, value, ours)
        self.counts["written" if isinstance(ours, bytes) else ours[1]] += 1


def run(inputs: int, seed: int) -> Counter[str]:
    """Compare on ``inputs`` inputs, a quarter of them values."""
    comparison = Comparison()
    rng = Random(f"{seed} coer")
    pool = pool_of(rng, 40)
    octets = [data for _, data in pool]
    for _ in range(inputs * 3 // 4):
        name, data = rng.choice(pool)
        damaged = mutated(rng, [data] if rng.random() < 0.9 else octets)
        comparison.check(name if rng.random() < 0.9 else rng.choice(coer.type_names()), damaged)
    for _ in range(inputs // 4):
        name = rng.choice(ROOTS)
        value = random_value(rng, name)
        comparison.check_value(name, value if rng.random() < 0.2 else spoilt(rng, value))
    return comparison.counts


def main() -> None:
    arguments = argparse.ArgumentParser(description="The native COER codec against its Python twin.")
    arguments.add_argument("--inputs", type=int, default=30_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    comparison = Comparison()
    for data in corpus.load(Path(__file__).resolve().parent / "corpus"):
        for name in ROOTS:
            comparison.check(name, data)
    print("coer", dict(run(given.inputs, given.seed) + comparison.counts))


if __name__ == "__main__":
    main()
