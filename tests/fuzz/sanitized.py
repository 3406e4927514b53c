"""The native engine under AddressSanitizer and UndefinedBehaviorSanitizer, fed by the fuzzer's inputs.

    python tests/fuzz/sanitized.py --seconds 600 --seed 1 --corpus tests/fuzz/corpus

It compiles ``codecs/_engine.c`` with gcc's sanitizers into a temporary directory, starts Python again with
libasan in front and the sanitized engine in place of the installed one, and feeds it octets (all decoders,
columns included), values and constructor arguments for the given time.  What was new in the engine's answers
(a fault at a path where none was seen) is kept in the corpus directory and begins the next run.  Any report
of a sanitizer ends the process with its text and status 1.

gcc and its libasan are needed; on Debian: apt-get install gcc.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from array import array
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

FLAGS = [
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-shared",
    "-fPIC",
]
CORPUS_LIMIT = 4000
"""Files kept: the answers that are told apart number about that many."""


def build(directory: Path) -> Path:
    """Compile the engine with sanitizers; SystemExit where that can't be done."""
    compiler = shutil.which(os.environ.get("CC", "gcc"))
    if compiler is None:
        raise SystemExit("no gcc; on Debian: apt-get install gcc")
    target = directory / "_engine.so"
    include = sysconfig.get_path("include")
    source = ROOT / "codecs" / "_engine.c"
    subprocess.run([compiler, *FLAGS, f"-I{include}", str(source), "-o", str(target)], check=True)
    return target


def libasan() -> str:
    """The library that has to be loaded first."""
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    return str(Path(found.stdout.strip()).resolve())


def load_engine(path: Path) -> None:
    """Put the sanitized engine where ``import v2x.codecs._engine`` looks first."""
    name = "v2x.codecs._engine"
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[name] = module


class Target:
    """One profile's engine, everything it does, and what it answered so far."""

    def __init__(self, profile: str, corpus: list[bytes], rng: Random) -> None:
        from inputs import pool_of

        from v2x.codecs.columnplan import Plan
        from v2x.codecs.uper import make_engine

        self.table, self.engine = make_engine(profile, native=True)
        self.root = self.table.roots["MessageFrame"]
        self.pool = pool_of(self.table, rng, self.engine.encode_dict, 8) + corpus
        self.values = [
            self.engine.decode_dict(data) for data in self.pool if not self.engine.walk_many([data])[0]
        ]
        self.records = [self.engine.decode(self.engine.encode_dict(value)) for value in self.values]
        self.plan = Plan.of_everything(self.table)
        self.seen: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()

    def octets(self, data: bytes, flags: int) -> str | None:
        """All decoders on one input; the answer's name if it is new."""
        from v2x.errors import CodecError

        try:
            record = self.engine.decode(data, flags)
        except CodecError as error:
            path = "".join(c for c in error.path if not c.isdigit())
            answer = (str(error.kind), path)
            for row in (self.table.roots["BasicSafetyMessage"], self.table.roots["MapData"]):
                try:
                    self.engine.decode(data, flags, row)
                except CodecError:
                    self.counts["bare refused"] += 1
        else:
            value, canonical, _, _ = self.engine.inspect(data, flags, self.root, 2)
            back = self.engine.encode(record)
            assert flags & 2 or back == self.engine.encode_dict(value)
            assert (back == data) == canonical
            hash(record), repr(record)
            answer = ("value", repr(sorted(_names(value)))[:4000])
        self.counts[answer[0]] += 1
        if answer in self.seen:
            return None
        self.seen.add(answer)
        return hashlib.sha256(data).hexdigest()[:16]

    def batch(self, frames: tuple[bytes, ...]) -> None:
        """Every column of many inputs, as they are and out of one buffer with offsets, some of them wrong."""
        from v2x.codecs.columns import run_plan

        faults = self.engine.walk_many(frames)
        assert bytes(run_plan(self.plan, self.engine, frames, None, 0).faults) == faults  # type: ignore[arg-type]
        offsets = array("q", (sum(map(len, frames[:at])) for at in range(len(frames) + 1)))
        assert self.engine.walk_many(b"".join(frames), offsets) == faults
        offsets[len(frames) // 2] = len(frames) * (-1) ** len(frames)
        self.engine.walk_many(b"".join(frames), offsets)

    def value(self, value: Any) -> None:
        """Encoding anything."""
        from v2x.errors import CodecError

        try:
            self.engine.decode(self.engine.encode_dict(value))
        except CodecError as error:
            self.counts[f"encode {error.kind}"] += 1

    def construct(self, rng: Random) -> None:
        """A constructor with a wrong argument in it."""
        from inputs import STRANGE

        from v2x.errors import CodecError

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
            self.counts[f"construct {type(error).__name__}"] += 1


def _names(value: Any, path: str = "") -> set[str]:
    """The paths that a value has: what makes it another answer."""
    if isinstance(value, dict):
        return {path} | {inner for name in value for inner in _names(value[name], f"{path}.{name}")}
    if isinstance(value, list):
        return {path} | {inner for item in value[:8] for inner in _names(item, f"{path}[]")}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return _names(value[1], f"{path}.{value[0]}")
    return {path}


def fuzz(engine: Path, seconds: float, seed: int, corpus: Path | None) -> None:
    """Runs in the process that has libasan in front."""
    load_engine(engine)
    from inputs import octets, spoilt

    from v2x.codecs.message import PROFILES

    rng = Random(seed)
    kept = [path.read_bytes() for path in sorted(corpus.iterdir())] if corpus and corpus.is_dir() else []
    targets = [Target(profile, kept, rng) for profile in PROFILES]
    for target in targets:
        for data in kept:
            target.octets(data, 0)
    fresh = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        target = rng.choice(targets)
        frames = tuple(octets(rng, target.pool) for _ in range(300))
        target.batch(frames)
        for data in frames:
            name = target.octets(data, rng.choice((0, 0, 1, 2, 3)))
            if name and corpus and len(kept) + fresh < CORPUS_LIMIT:
                corpus.mkdir(parents=True, exist_ok=True)
                (corpus / name).write_bytes(data)
                target.pool.append(data)
                fresh += 1
        for _ in range(60):
            target.value(spoilt(rng, rng.choice(target.values)))
            target.construct(rng)
    for target in targets:
        print(target.table.profile, dict(target.counts))
    print(f"no finding; {fresh} inputs new in the corpus")


def main() -> None:
    arguments = argparse.ArgumentParser(description="The native engine under ASan and UBSan.")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--corpus", type=Path, default=None)
    arguments.add_argument("--engine", type=Path, default=None, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.engine is not None:
        fuzz(given.engine, given.seconds, given.seed, given.corpus)
        return
    with tempfile.TemporaryDirectory() as directory:
        engine = build(Path(directory))
        environment = {
            **os.environ,
            "LD_PRELOAD": libasan(),
            "PYTHONMALLOC": "malloc",  # each object its own block, or no overrun is seen
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        }
        run = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--engine", str(engine)], env=environment, check=False
        )
    raise SystemExit(run.returncode)


if __name__ == "__main__":
    main()
