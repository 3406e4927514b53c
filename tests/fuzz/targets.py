"""What the fuzzer feeds: the engine of one profile, and the COER codec; all they do, and what they answered.

A target's ``octets`` takes one input through all that reads octets and says whether the answer is new: a part
of a message, or a fault at a place, that no input before it had.  ``round`` is a batch of inputs and values.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

from coer_inputs import ROOTS, pool_of, random_value
from inputs import STRANGE, mutated, octets, spoilt
from inputs import pool_of as messages_of

from v2x.codecs import coer
from v2x.codecs.columnplan import Plan
from v2x.codecs.columns import run_plan
from v2x.codecs.uper import make_engine
from v2x.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

__all__ = ["CoerTarget", "UperTarget"]


class Answers:
    """The answers seen so far, and how often each kind came."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()

    def are_new(self, kind: str, places: set[str]) -> bool:
        """Note the places of one answer; True if one of them is new."""
        self.counts[kind] += 1
        before = len(self.seen)
        self.seen |= {(kind, place) for place in places}
        return len(self.seen) > before


def _place(path: str) -> str:
    """A path without numbers, its last three names: types nest in themselves."""
    return ".".join("".join(c for c in path if not c.isdigit()).split(".")[-3:])


def _names(value: Any, path: str = "") -> Iterator[str]:
    """The places that a value has."""
    yield _place(path)
    if isinstance(value, dict):
        for name in value:
            yield from _names(value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for item in value[:8]:
            yield from _names(item, f"{path}[]")
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        yield from _names(value[1], f"{path}.{value[0]}")


class UperTarget:
    """One profile's engine."""

    def __init__(self, profile: str, kept: list[bytes], rng: Random) -> None:
        self.name = profile
        self.table, self.engine = make_engine(profile, native=True)
        self.root = self.table.roots["MessageFrame"]
        self.pool = messages_of(self.table, rng, self.engine.encode_dict, 8) + kept
        self.values = [
            self.engine.decode_dict(data) for data in self.pool if not self.engine.walk_many([data])[0]
        ]
        self.records = [self.engine.decode(self.engine.encode_dict(value)) for value in self.values]
        self.plan = Plan.of_everything(self.table)
        self.answers = Answers()

    def round(self, rng: Random) -> Iterator[bytes]:
        """A batch, and values; yields the inputs that are new."""
        frames = tuple(octets(rng, self.pool) for _ in range(300))
        self.batch(frames)
        for data in frames:
            if self.octets(data, rng.choice((0, 0, 1, 2, 3))):
                self.pool.append(data)
                yield data
        for _ in range(60):
            self.value(spoilt(rng, rng.choice(self.values)))
            self.construct(rng)

    def octets(self, data: bytes, flags: int = 0) -> bool:
        """All decoders on one input."""
        try:
            record = self.engine.decode(data, flags)
        except CodecError as error:
            for row in (self.table.roots["BasicSafetyMessage"], self.table.roots["MapData"]):
                try:
                    self.engine.decode(data, flags, row)
                except CodecError:
                    self.answers.counts["bare refused"] += 1
            return self.answers.are_new(str(error.kind), {_place(error.path)})
        value, canonical, _, _ = self.engine.inspect(data, flags, self.root, 2)
        back = self.engine.encode(record)
        assert flags & 2 or back == self.engine.encode_dict(value)
        assert (back == data) == canonical
        hash(record), repr(record)
        return self.answers.are_new("value", set(_names(value)))

    def batch(self, frames: tuple[bytes, ...]) -> None:
        """Every column of many inputs, as they are and out of one buffer with offsets, some of them wrong."""
        faults = self.engine.walk_many(frames)
        assert bytes(run_plan(self.plan, self.engine, frames, None, 0).faults) == faults  # type: ignore[arg-type]
        offsets = array("q", (sum(map(len, frames[:at])) for at in range(len(frames) + 1)))
        assert self.engine.walk_many(b"".join(frames), offsets) == faults
        offsets[len(frames) // 2] = len(frames) * (-1) ** len(frames)
        self.engine.walk_many(b"".join(frames), offsets)

    def value(self, value: Any) -> None:
        """Encoding anything."""
        try:
            self.engine.decode(self.engine.encode_dict(value))
        except CodecError as error:
            self.answers.counts[f"encode {error.kind}"] += 1

    def construct(self, rng: Random) -> None:
        """A constructor with a wrong argument in it."""
        record = rng.choice(self.records).value
        while rng.random() < 0.7:
            inner = [getattr(record, name) for name in record.__match_args__]
            inner += [item for items in inner if isinstance(items, tuple) for item in items]
            below = [item for item in inner if hasattr(item, "replace") and hasattr(item, "to_dict")]
            if not below:
                break
            record = rng.choice(below)
        names = [*record.__match_args__, "unknown_additions", "strange"]
        try:
            other = record.replace(**{rng.choice(names): rng.choice((*STRANGE, *self.records[:3], record))})
            assert self.engine.decode(self.engine.encode(other), 0, other.ROW) == other
        except (CodecError, TypeError) as error:
            self.answers.counts[f"construct {type(error).__name__}"] += 1


class CoerTarget:
    """The native codec of the secured message: messages, certificates, lists, requests."""

    name = "secured message"

    def __init__(self, kept: list[bytes], rng: Random) -> None:
        self.codec = coer.make(native=True)
        self.pool = pool_of(rng, 12) + [(name, data) for data in kept for name in ROOTS]
        self.answers = Answers()

    def round(self, rng: Random) -> Iterator[bytes]:
        """Damaged octets, and values; yields the inputs that are new."""
        for _ in range(300):
            name, data = rng.choice(self.pool)
            data = mutated(rng, [data, rng.choice(self.pool)[1]] if rng.random() < 0.1 else [data])
            name = name if rng.random() < 0.95 else rng.choice(coer.type_names())
            if self._read(name, data):
                self.pool.append((name, data))
                if name in ROOTS:
                    yield data
        for _ in range(100):
            name = rng.choice(ROOTS if rng.random() < 0.8 else coer.type_names())
            value = random_value(rng, name)
            self._write(name, value if rng.random() < 0.2 else spoilt(rng, value))

    def octets(self, data: bytes) -> bool:
        """One input as every root type."""
        return sum(self._read(name, data) for name in ROOTS) > 0

    def _read(self, name: str, data: bytes) -> bool:
        try:
            value = self.codec.decode(name, data)
        except CodecError as error:
            try:
                self.codec.decode_prefix(name, data, min(1, len(data)))
            except CodecError:
                self.answers.counts["prefix refused"] += 1
            return self.answers.are_new(str(error.kind), {f"{name}: {_place(error.path)}"})
        assert self.codec.encode(name, value) == data
        repr(value)
        return self.answers.are_new("value", set(_names(value, name)))

    def _write(self, name: str, value: Any) -> None:
        try:
            data = self.codec.encode(name, value)
        except CodecError as error:
            self.answers.counts[f"encode {error.kind}"] += 1
        else:
            assert self.codec.encode(name, self.codec.decode(name, data)) == data
