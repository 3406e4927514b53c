"""The codec beside asn1tools, pycrate and asn1c, from one run: microseconds per message, and how many times.

    python benchmarks/codec.py [--no-pycrate] [--no-asn1c]

Messages: :mod:`workload`, profile csae157_2020.  ``typed`` gives and takes records, ``dict`` asn1tools' form;
both check ranges and what follows the message.  asn1tools and pycrate are their public calls, without such
checks.  ``columns`` is every field of the message that is no list, and the list that makes it long where it
has one, into numpy arrays, per message of 20,000 (MAP: 500).  asn1c decodes to C structs and encodes those,
in a process of its own (:mod:`_asn1c`).  Each figure is the best of several rounds with
the garbage collector running, as it does in a program; trust the ratios, machines differ.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _asn1c
import asn1tools
from workload import messages

from v2x.codecs import parsed, records, uper
from v2x.codecs.columns import decode_columns
from v2x.codecs.schema import BitString, Choice, Node, Sequence, SequenceOf, node_of

if TYPE_CHECKING:
    from collections.abc import Callable

PROFILE = "csae157_2020"
ROUNDS = 7
ROUND_S = 0.02
"""Seconds that a round of calls takes, about."""

FIELDS = {
    "BSM": ["BSM"],
    "BSM+path": ["BSM", "BSM.safetyExt.pathHistory.crumbData"],
    "SPAT": ["SPAT", "SPAT.intersections.phases.phaseStates"],
    "RSM16": ["RSM", "RSM.participants"],
    "MAP40": ["MAP", "MAP.nodes.inLinks.lanes.points"],
}


def microseconds(call: Callable[[], Any], messages_per_call: int = 1) -> float:
    """Microseconds per message, of the best round."""
    start = time.perf_counter()
    call()
    calls = max(1, int(ROUND_S / max(time.perf_counter() - start, 1e-7)))
    best = min(timeit.repeat(call, "import gc; gc.enable()", number=calls, repeat=ROUNDS))
    return best / calls / messages_per_call * 1e6


def to_pycrate(node: Node, value: Any) -> Any:
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


def pycrate_frame() -> Any:
    """MessageFrame of pycrate; None where pycrate is not installed."""
    try:
        from pycrate_asn1c.asnproc import compile_text
        from pycrate_asn1c.generator import PycrateGenerator
    except ImportError:
        print("pycrate is not installed: pip install pycrate")
        return None
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "peer.py"
        with contextlib.redirect_stdout(io.StringIO()):
            names = parsed.SOURCES[PROFILE]
            compile_text([(parsed.DIRECTORY / name).read_text(encoding="utf-8") for name in names])
            PycrateGenerator(str(path))
        spec = importlib.util.spec_from_file_location("pycrate_peer", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.V2X_Edition.MessageFrame


def asn1c_times() -> dict[str, tuple[float, float]]:
    """Microseconds of asn1c by message; empty, with the reason printed, where it can't be had."""
    with tempfile.TemporaryDirectory() as directory:
        built = _asn1c.build(PROFILE, Path(directory))
        if isinstance(built, str):
            print(f"asn1c is left out: {built}")
            return {}
        table = messages()
        return dict(
            zip(
                table,
                _asn1c.times_us(built, [uper.encode_dict(v, PROFILE) for v in table.values()]),
                strict=True,
            )
        )


def row(verb: str, way: str, ours: float, peers: dict[str, float]) -> str:
    ratios = "".join(f"{peer / ours:10.1f}" for peer in peers.values())
    return f"    {verb:8}{way:22}{ours:10.2f}{ratios}"


def measure(name: str, value: Any, peer: Any, compiled: tuple[float, float] | None) -> None:
    """All figures of one message."""
    bare = asn1tools.compile_dict(parsed.load(PROFILE), "uper")
    _, native = uper.make_engine(PROFILE, native=records.NATIVE)
    _, pure = uper.make_engine(PROFILE, native=False)
    octets = native.encode_dict(value)
    assert bytes(bare.encode("MessageFrame", value)) == octets
    record, twin = native.decode(octets), pure.decode(octets)
    decoders = {"asn1tools": microseconds(lambda: bare.decode("MessageFrame", octets))}
    encoders = {"asn1tools": microseconds(lambda: bare.encode("MessageFrame", value, check_types=False))}
    if peer is not None:
        theirs = to_pycrate(node_of(PROFILE), value)
        decoders["pycrate"] = microseconds(lambda: (peer.from_uper(octets), peer.get_val()))
        encoders["pycrate"] = microseconds(lambda: (peer.set_val(theirs), peer.to_uper()))
    if compiled is not None:
        decoders["asn1c"], encoders["asn1c"] = compiled
    print(f"\n{name}, {len(octets)} octets")
    for verb, peers in (("decode", decoders), ("encode", encoders)):
        print("    " + verb.ljust(30) + "".join(f"{peer} {us:.1f} us   " for peer, us in peers.items()))
    frames = (octets,) * (500 if name == "MAP40" else 20_000)
    ways: list[tuple[str, Callable[[], Any], int]] = [
        ("typed", lambda: native.decode(octets), 1),
        ("dict", lambda: native.decode_dict(octets), 1),
        ("check only", lambda: native.walk_many(frames), len(frames)),
        ("columns", lambda: decode_columns(frames, FIELDS[name], PROFILE), len(frames)),
        ("typed, pure Python", lambda: pure.decode(octets), 1),
        ("dict, pure Python", lambda: pure.decode_dict(octets), 1),
    ]
    print("    " + "".ljust(30) + "        us" + "".join(f"{'x ' + peer[:8]:>10}" for peer in decoders))
    for way, call, count in ways:
        print(row("decode", way, microseconds(call, count), decoders))
    ways = [
        ("typed", lambda: native.encode(record), 1),
        ("dict", lambda: native.encode_dict(value), 1),
        ("typed, pure Python", lambda: pure.encode(twin), 1),
        ("dict, pure Python", lambda: pure.encode_dict(value), 1),
    ]
    for way, call, count in ways:
        print(row("encode", way, microseconds(call, count), encoders))


def first_decode(octets: bytes) -> None:
    """A new process: import and the first message."""
    code = (
        "import sys, time; start = time.perf_counter(); import v2x.codecs; from v2x.codecs import uper;"
        f"uper.decode(bytes.fromhex('{octets.hex()}'), '{PROFILE}');"
        "print(time.perf_counter() - start, 'asn1tools' in sys.modules)"
    )
    runs = []
    for _ in range(5):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        runs.append(float(run.stdout.split()[0]))
    print(f"\nimport v2x.codecs and the first decode, in a new process: {1e3 * min(runs):.0f} ms")


def main() -> None:
    arguments = argparse.ArgumentParser(description="The codec beside asn1tools, pycrate and asn1c.")
    arguments.add_argument(
        "--no-pycrate", action="store_true", help="leave pycrate out, which takes long to start"
    )
    arguments.add_argument("--no-asn1c", action="store_true", help="leave asn1c out, which is compiled first")
    given = arguments.parse_args()
    engine = "native" if records.NATIVE else "Python only: the native one was not built"
    print(f"profile {PROFILE}, engine {engine}; x: times as fast as the peer")
    peer = None if given.no_pycrate else pycrate_frame()
    compiled = {} if given.no_asn1c else asn1c_times()
    for name, value in messages().items():
        measure(name, value, peer, compiled.get(name))
    first_decode(uper.encode_dict(messages()["BSM"], PROFILE))


if __name__ == "__main__":
    main()
