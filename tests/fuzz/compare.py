"""The native engine against its Python twin, and both against asn1tools: the same inputs, the same results.

    python tests/fuzz/compare.py --inputs 1000000 --seed 1

For every input: what decoding gives (record, asn1tools' form, canonical or not, what was passed over) or the
error (kind, path, bit, text) has to be the same in both engines; what is canonical has to encode to the same
octets, what is not must not.  What asn1tools reads, in range, and writes to the same octets again has to be
read to the same value; canonical messages that it does not read have a BIT STRING in extension form or
something of a later edition in them.
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

from inputs import octets, pool_of, spoilt

from v2x.codecs import faults, reference
from v2x.codecs.message import PROFILES
from v2x.codecs.optable import Code, OpTable
from v2x.codecs.uper import DROP_UNKNOWN, LENIENT, make_engine
from v2x.errors import CodecError


def outcome(call: Any, *arguments: Any) -> Any:
    """What a call gives, or what its error says."""
    try:
        return call(*arguments)
    except CodecError as error:
        return "error", str(error.kind), error.path, error.bit, error.detail
    except (TypeError, ValueError) as error:
        return "misuse", type(error).__name__


class Comparison:
    """Both engines of one profile, and the counts of what was compared."""

    def __init__(self, profile: str, oracle: bool = True) -> None:
        self.profile = profile
        self.table, self.native = make_engine(profile, native=True)
        _, self.pure = make_engine(profile, native=False)
        self.root = self.table.roots["MessageFrame"]
        self.oracle = oracle
        self.counts: Counter[str] = Counter()

    def check(self, data: bytes) -> None:
        """All of one input."""
        self.counts["inputs"] += 1
        for flags in (0, LENIENT, DROP_UNKNOWN):
            ours = outcome(self.native.inspect, data, flags, self.root, 2)
            theirs = outcome(self.pure.inspect, data, flags, self.root, 2)
            assert ours == theirs, (self.profile, data.hex(), flags, ours, theirs)
        strict = outcome(self.native.inspect, data, 0, self.root, 2)
        fault = self.native.walk_many([data])
        assert fault == self.pure.walk_many([data]), (self.profile, data.hex())
        if strict[0] == "error":
            self.counts[strict[1]] += 1
            assert str(faults.kind_of(fault[0])) == strict[1], (data.hex(), strict, fault)
            assert outcome(self.native.decode, data) == strict
        else:
            assert fault == b"\0"
            self._check_value(data, *strict)
        if self.oracle:
            self._check_oracle(data, strict)

    def _check_value(self, data: bytes, value: Any, canonical: bool, padding: int, unknown: int) -> None:
        self.counts["canonical" if canonical else "read"] += 1
        assert padding == 0
        record = self.native.decode(data)
        twin = self.pure.decode(data)
        assert repr(record) == repr(twin), (self.profile, data.hex())
        assert record.to_dict() == value == twin.to_dict(), (self.profile, data.hex())
        back = self.native.encode(record)
        assert (back == data) == canonical, (self.profile, data.hex(), back.hex())
        assert (
            back == self.native.encode_dict(value) == self.pure.encode(twin) == self.pure.encode_dict(value)
        )

    def _check_oracle(self, data: bytes, strict: Any) -> None:
        """asn1tools, where it says something: what it reads and writes to the same octets again."""
        value = self._reference(data)
        if value is not None:
            assert strict[:2] == (value, True), (self.profile, data.hex(), strict, value)
            self.counts["as asn1tools"] += 1
        elif strict[0] != "error" and strict[1]:
            # canonical, and asn1tools does not read it: for these reasons only
            assert strict[3] or _has_extended(self.table, self.root, strict[0]), (
                self.profile,
                data.hex(),
                strict,
            )
            self.counts["beyond asn1tools"] += 1

    def _reference(self, data: bytes) -> Any:
        try:
            message = reference.decode_as(self.profile, data)
            return message.value if reference.encode(message) == data else None
        except CodecError:
            return None

    def check_value(self, value: Any) -> None:
        """Encoding anything: the same octets or the same error, of both engines; and of asn1tools' path."""
        self.counts["values"] += 1
        ours = outcome(self.native.encode_dict, value)
        assert ours == outcome(self.pure.encode_dict, value), (self.profile, value, ours)
        if not isinstance(ours, bytes):
            self.counts["refused"] += 1
            return
        assert self.native.decode_dict(ours) == value, (self.profile, value)
        if self.oracle:
            assert self._reference(ours) in (None, value), (self.profile, value)


def _has_extended(table: OpTable, row: int, value: Any, number: int = -1) -> bool:
    """A BIT STRING of another size than the root's is in the value."""
    op = table.ops[row]
    if op.code == Code.SEQ:
        number = value.get("messageId", -1)
        inner = [(part.op, value[part.name]) for part in table.parts_of(op) if part.name in value]
        return any(_has_extended(table, below, item, number) for below, item in inner)
    if op.code == Code.LIST:
        return any(_has_extended(table, op.first, item) for item in value)
    if op.code == Code.CHOICE:
        below = next(part.op for part in table.parts_of(op) if part.name == value[0])
        return _has_extended(table, below, value[1])
    if op.code == Code.OPEN:
        return _has_extended(table, dict(table.messages)[number], value)
    return op.code == Code.BITS and value[1] != op.low


def run(profile: str, inputs: int, seed: int, oracle: bool = True) -> Counter[str]:
    """Compare on ``inputs`` inputs, a tenth of them values."""
    comparison = Comparison(profile, oracle)
    rng = Random(f"{seed} {profile}")
    pool = pool_of(comparison.table, rng, comparison.native.encode_dict, 30)
    values = [comparison.native.decode_dict(data) for data in pool]
    for _ in range(inputs * 9 // 10):
        comparison.check(octets(rng, pool))
    for _ in range(inputs // 10):
        comparison.check_value(spoilt(rng, rng.choice(values)))
    return comparison.counts


def main() -> None:
    arguments = argparse.ArgumentParser(description="Native engine against Python twin against asn1tools.")
    arguments.add_argument("--inputs", type=int, default=30_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument(
        "--no-oracle", action="store_true", help="leave asn1tools out, which is the slow one"
    )
    given = arguments.parse_args()
    for profile in PROFILES:
        counts = run(profile, given.inputs // len(PROFILES), given.seed, not given.no_oracle)
        print(profile, dict(counts))


if __name__ == "__main__":
    main()
