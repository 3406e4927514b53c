"""UPER: microseconds per recorded frame, ours beside asn1tools alone and pycrate, from one run.

Ours is what a receiver does: asn1tools' rules over our bit reader, the range check and the check of the end
(decode); the full check of the value, then asn1tools (encode).  asn1tools alone is its public ``decode`` and
``encode`` without checks.  Each figure is the best of several rounds; trust the ratios, machines differ.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import tempfile
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asn1tools

from v2x.codecs import decode, encode, native_in_use, parsed
from v2x.codecs.schema import BitString, Choice, Node, Sequence, SequenceOf, node_of

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = Path(__file__).resolve().parent.parent / "tests" / "data" / "rsu2020.json"
PROFILE = "csae53_2020"
ROUNDS, CALLS = 7, 100


def microseconds(call: Callable[[], Any]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


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
    """MessageFrame of pycrate for the profile; None where pycrate is not installed."""
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


def main() -> None:
    frames = json.loads(FRAMES.read_text(encoding="utf-8"))["frames"]
    bare = asn1tools.compile_dict(parsed.load(PROFILE), "uper")
    peer = pycrate_frame()
    print(f"profile {PROFILE}, bits read by {'the C extension' if native_in_use() else 'Python'}")
    print(f"{'frame':6}{'octets':>7}{'':9}{'ours us':>9}{'asn1tools':>16}{'pycrate':>16}")
    for frame in frames:
        octets = bytes.fromhex(frame["hex"])
        message = decode(octets, profile=PROFILE)
        value = to_pycrate(node_of(PROFILE), message.value)
        calls: dict[str, list[Callable[[], Any]]] = {
            "decode": [
                lambda octets=octets: decode(octets, profile=PROFILE),
                lambda octets=octets: bare.decode("MessageFrame", octets),
            ],
            "encode": [
                lambda message=message: encode(message),
                lambda message=message: bare.encode("MessageFrame", message.value, check_types=False),
            ],
        }
        if peer is not None:
            calls["decode"].append(lambda octets=octets: (peer.from_uper(octets), peer.get_val()))
            calls["encode"].append(lambda value=value: (peer.set_val(value), peer.to_uper()))
        for verb, competitors in calls.items():
            ours, *others = [microseconds(call) for call in competitors]
            columns = "".join(f"{other:9.1f} ({other / ours:4.2f})" for other in others)
            print(f"{frame['message']:6}{len(octets):7} {verb:8}{ours:9.1f}{columns}")
    print("in brackets: the peer's time divided by ours; above 1 ours is faster")


if __name__ == "__main__":
    main()
