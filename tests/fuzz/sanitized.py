"""The native engine under AddressSanitizer and UndefinedBehaviorSanitizer, fed by the fuzzer's inputs.

    python tests/fuzz/sanitized.py --seconds 600 --seed 1 --corpus tests/fuzz/corpus

It compiles ``codecs/_engine.c`` with gcc's sanitizers into a temporary directory, starts Python again with
libasan in front and the sanitized engine in place of the installed one, and feeds it for the given time: UPER
octets (all decoders, columns included), values and constructor arguments; COER octets and values.  What was
new in the answers is kept in the corpus (corpus.py) and begins the next run.  Any report of a sanitizer ends
the process with its text and status 1.

gcc and its libasan are needed; on Debian: apt-get install gcc.
"""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
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


def fuzz(engine: Path, seconds: float, seed: int, part: str, directory: Path | None) -> None:
    """Runs in the process that has libasan in front."""
    load_engine(engine)
    import corpus
    from targets import CoerTarget, UperTarget

    from v2x.codecs.message import PROFILES

    rng = Random(seed)
    kept = corpus.load(directory) if directory else []
    targets: list[Any] = [] if part == "coer" else [UperTarget(profile, kept, rng) for profile in PROFILES]
    targets += [] if part == "uper" else [CoerTarget(kept, rng)]
    for target in targets:
        for data in kept:
            target.octets(data)
    fresh: list[bytes] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for data in rng.choice(targets).round(rng):
            if len(data) <= corpus.LONGEST and len(kept) + len(fresh) < corpus.MOST:
                fresh.append(data)
    for target in targets:
        print(target.name, dict(target.answers.counts))
    print("no finding")
    if directory:
        corpus.keep(directory, kept + fresh)
        print(f"{len(fresh)} inputs new in the corpus")


def main() -> None:
    arguments = argparse.ArgumentParser(description="The native engine under ASan and UBSan.")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--part", choices=("all", "uper", "coer"), default="all")
    arguments.add_argument("--corpus", type=Path, default=None)
    arguments.add_argument("--engine", type=Path, default=None, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.engine is not None:
        fuzz(given.engine, given.seconds, given.seed, given.part, given.corpus)
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
