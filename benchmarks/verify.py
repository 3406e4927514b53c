"""SM2 checked by libcrypto, by portable C and eight side by side, calls a second of one core, from one run.

The cases take turns in short rounds, so that a neighbour on the machine slows all of them; time is CPU time
of this thread, the figure of a case is the median of its rounds.  Trust the ratios, not absolute figures.

A check is of 300 octets, with e made from Z_A and the message.  An unknown signer is a key without its table,
which it would earn by good signatures: its signatures here are wrong, which costs the same.  The targets, in
multiples of libcrypto's rate: 3 for an unknown signer, 8 for a known one, 17 side by side.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from v2x.certs import libcrypto, sm2

try:
    from v2x.certs import _sm2
except ImportError:
    raise SystemExit("the extension is not built: apt-get install gcc python3-dev") from None

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 21
SIGNERS = 64
"""Keys that take turns: their tables have 256 KB, so they come from the second cache, as on the road."""


class Case(NamedTuple):
    """A call with the number of checks in it; ``target`` in multiples of libcrypto's rate."""

    name: str
    run: Callable[[], object]
    checks: int
    target: float | None = None


def cases() -> list[Case]:
    """All cases, over the same keys and messages."""
    made = [signed() for _ in range(SIGNERS)]
    known = [
        (sm2.PublicKey(point, user_id), message, signature) for point, user_id, message, signature in made
    ]
    slow = [(libcrypto.Key(point), sm2.identity_digest(point, user_id)) for point, user_id, _, _ in made]
    ready = [(_sm2.Key(point, user_id), message, signature) for point, user_id, message, signature in made]
    fresh = [(_sm2.Key(point, b""), message, signature) for point, _, message, signature in made]
    points = [sm2.compress(point) for point, *_ in made]
    signer = sm2.PrivateKey(sm2.generate(), b"")
    for items in (ready, known):
        for _ in range(_sm2.TABLE_AFTER + 1):
            assert all(key.verify(message, signature) for key, message, signature in items)

    def by_libcrypto() -> None:
        for (key, z), (_, _, message, signature) in zip(slow[:16], made, strict=False):
            key.verify(sm2.sm3(z + message), sm2.raw_to_der(signature))

    return [
        Case("libcrypto", by_libcrypto, 16),
        Case("portable C, unknown signer", lambda: _sm2.verify_keys(fresh, False), SIGNERS, 3),
        Case("portable C, known signer", lambda: _sm2.verify_keys(ready, False), SIGNERS, 8),
        Case("one at a time, known signer", lambda: [k.verify(m, s) for k, m, s in known], SIGNERS),
        *(lane_cases(fresh, ready) if _sm2.LANES else ()),
        Case("verify_keys, known signers", lambda: sm2.verify_keys(known), SIGNERS),
        Case("a new key, compressed", lambda: [sm2.PublicKey(point, b"") for point in points], SIGNERS),
        Case("SM3 of 300 octets, by libcrypto", lambda: [sm2.sm3(m) for _, m, _ in known], SIGNERS),
        Case("SM3 of 300 octets, in C", lambda: [_sm2.sm3(m) for _, m, _ in known], SIGNERS),
        Case("sign, key kept", lambda: [signer.sign(m) for _, m, _ in known[:16]], 16),
    ]


def lane_cases(
    fresh: list[tuple[_sm2.Key, bytes, bytes]], ready: list[tuple[_sm2.Key, bytes, bytes]]
) -> list[Case]:
    """Eight side by side."""
    return [
        Case("AVX512-IFMA, unknown signers", lambda: _sm2.verify_keys(fresh, True), SIGNERS, 17),
        Case("AVX512-IFMA, known signers", lambda: _sm2.verify_keys(ready, True), SIGNERS, 17),
    ]


def signed() -> tuple[bytes, bytes, bytes, bytes]:
    """Point, ID, message and signature of a new key."""
    private, user_id, message = sm2.generate(), os.urandom(32), os.urandom(300)
    return sm2.public_point(private), user_id, message, sm2.sign(private, message, user_id)


def main() -> None:
    """Run all cases and print one line each."""
    measured = cases()
    seconds: dict[str, list[float]] = {case.name: [] for case in measured}
    for _ in range(ROUNDS):
        for case in measured:
            start = time.thread_time()
            case.run()
            seconds[case.name].append((time.thread_time() - start) / case.checks)
    floor = statistics.median(seconds["libcrypto"])
    print(f"{libcrypto.library_version()}; {sm2.implementation()}; {ROUNDS} rounds")
    print(f"{'':<34}{'1/s':>9}{'us':>9}{'times libcrypto':>17}{'target':>9}")
    for case in measured:
        median = statistics.median(seconds[case.name])
        target = "" if case.target is None else f"{case.target:>9.0f}"
        print(f"{case.name:<34}{1 / median:>9.0f}{1e6 * median:>9.2f}{floor / median:>17.2f}{target}")


if __name__ == "__main__":
    main()
