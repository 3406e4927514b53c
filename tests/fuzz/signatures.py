"""The native SM2 check against libcrypto: the same inputs, the same decisions.

    python tests/fuzz/signatures.py --count 1000000 --seed 1

Every input is a key, a digest e and a signature.  It goes through the portable code and, where the machine
has them, the eight lanes, with keys that have their table and keys that have none, in batches of any size;
libcrypto (``EVP_PKEY_verify`` over e) decides what is right.  Where e is that of a message, the way over Z_A
is taken too.  Any difference ends the run with status 1 and the input.

Inputs that are made, not drawn: numbers at 0, 1, n and 2**256 - 1, e at its ends, r + s = n, s * G equal or
opposite to t * P at the end and on the way, a point of infinity, x1 between n and p, x1 so small that x1 + n
is below p, keys that are small multiples of G or -G.  A good signature for these is made from its point:

    w * G with x1 known, private key d:   r = e + x1    s = (w - r d) / (1 + d)    so that s + (r + s) d = w

``--extension FILE`` takes another build of the extension, for instance one with sanitizers:

    gcc -O1 -g -shared -fPIC -fsanitize=address,undefined -I... certs/_sm2.c -o /tmp/_sm2.so
    LD_PRELOAD=$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \\
        python tests/fuzz/signatures.py --extension /tmp/_sm2.so --count 20000
"""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from v2x.certs import libcrypto, sm2

N, P = sm2.N, sm2.P
LARGEST = (1 << 256) - 1
G = (sm2.GX, sm2.GY)
ENDS = (0, 1, 2, N - 2, N - 1, N, N + 1, P - 1, P, P + 1, LARGEST - 1, LARGEST, 1 << 255, 1 << 128, P - N)

Point = tuple[int, int]


def add(a: Point | None, b: Point | None) -> Point | None:
    """The sum of two points; None is infinity."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if a != b:
            return None
        slope = (3 * a[0] * a[0] + sm2.A) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(number: int, point: Point) -> Point | None:
    """The multiple of a point."""
    out = None
    for bit in bin(number % N)[2:]:
        out = add(out, out)
        if bit == "1":
            out = add(out, point)
    return out


def octets(point: Point) -> bytes:
    """04 || x || y."""
    return b"\x04" + point[0].to_bytes(32) + point[1].to_bytes(32)


class Holder(NamedTuple):
    """A public key; its private number where it has one, and messages under an ID."""

    point: bytes
    number: int | None
    public: libcrypto.Key


class Case(NamedTuple):
    """One input; ``user_id`` and ``message`` where e comes from them."""

    kind: str
    holder: Holder
    digest: bytes
    signature: bytes
    user_id: bytes = b""
    message: bytes | None = None


def numbers(r: int, s: int) -> bytes:
    """A signature, of numbers that fit."""
    return (r & LARGEST).to_bytes(32) + (s & LARGEST).to_bytes(32)


def points_with_odd_x() -> list[Point]:
    """Points whose x is at least n, and points whose x is below p - n: both are as good as never met."""
    found: list[Point] = []
    for start in (N, P - 200, 1, P - N - 200):
        few = 0
        for x in range(start, start + 200):
            square = (x**3 + sm2.A * x + sm2.B) % P
            y = pow(square, (P + 1) // 4, P)
            if y * y % P == square and x < P and few < 4:
                few += 1
                found.append((x, y))
    return found


class Inputs:
    """Cases from a seed."""

    def __init__(self, rng: Random, holders: int = 40) -> None:
        self.rng = rng
        small = [1, 2, 3, 15, 16, 17, 31, 32, 33, 128, 1 << 65, N - 2, N - 3, N - 16, (N + 1) // 2]
        some = [rng.randrange(1, N - 1) for _ in range(holders - len(small))]
        self.holders = [self.holder(number) for number in small + some]
        minus_g = (G[0], P - G[1])
        self.holders.append(Holder(octets(minus_g), N - 1, libcrypto.Key(octets(minus_g))))
        self.waypoints = [
            (w, int.from_bytes(libcrypto.public_of(w.to_bytes(32))[1:33]))
            for w in [1, 2, 3, 16, 128, 129, N - 2, *(rng.randrange(1, N - 1) for _ in range(200))]
        ]
        self.odd = [case for point in points_with_odd_x() for case in self._aimed(point)]

    @staticmethod
    def holder(number: int) -> Holder:
        """The key of a private number in 1..n-2."""
        point = libcrypto.public_of(number.to_bytes(32))
        return Holder(point, number, libcrypto.Key(point))

    def _aimed(self, target: Point) -> list[Case]:
        """Signatures whose point is ``target``, under keys made to fit: P = (target - s * G) / t."""
        cases = []
        for t, s in ((1, 5), (2, N - 1), (self.rng.randrange(1, N), self.rng.randrange(1, N))):
            back = times(s, G)
            assert back is not None
            point = times(pow(t, -1, N), add(target, (back[0], P - back[1])) or G)
            assert point is not None
            holder = Holder(octets(point), None, libcrypto.Key(octets(point)))
            r = (t - s) % N
            for x1 in (target[0], target[0] + N, target[0] - 1):
                e = ((r - x1) % N).to_bytes(32)
                cases.append(Case("x1 at an end", holder, e, numbers(r, s)))
        return cases

    def number(self) -> int:
        """Any number of 256 bits, often near an end."""
        draw = self.rng.random()
        if draw < 0.3:
            return self.rng.choice(ENDS)
        if draw < 0.4:
            return self.rng.choice((0, N, P)) + self.rng.randrange(300) & LARGEST
        if draw < 0.5:
            return 1 << self.rng.randrange(256)
        return self.rng.randrange(LARGEST + 1)

    def good(self) -> Case:
        """A signature that is right."""
        holder = self.rng.choice(self.holders[:-1])
        e = self.number()
        return self.made("good", holder, e.to_bytes(32))

    def made(self, kind: str, holder: Holder, digest: bytes, **of: Any) -> Case:
        """The signature of a digest by a holder with a number, n - 1 excepted."""
        w, x1 = self.rng.choice(self.waypoints)
        assert holder.number is not None
        r = (int.from_bytes(digest) + x1) % N
        s = (w - r * holder.number) * pow(1 + holder.number, -1, N) % N
        return Case(kind, holder, digest, numbers(r, s), **of)

    def real(self) -> Case:
        """A signature over a message under an ID; half of them over another message."""
        holder = self.rng.choice(self.holders[:-1])
        user_id, message = (
            self.rng.randbytes(self.rng.choice((0, 16, 32))),
            self.rng.randbytes(self.rng.randrange(400)),
        )
        digest = sm2.sm3(sm2.identity_digest(holder.point, user_id) + message)
        signed = self.made("message", holder, digest)
        if self.rng.random() < 0.5:
            message += b"\x00"
            digest = sm2.sm3(sm2.identity_digest(holder.point, user_id) + message)
        return signed._replace(digest=digest, user_id=user_id, message=message)

    def spoilt(self) -> Case:
        """A good one with one bit turned, or one number replaced."""
        case = self.good()
        whole = bytearray(case.digest + case.signature)
        if self.rng.random() < 0.6:
            at = self.rng.randrange(len(whole) * 8)
            whole[at // 8] ^= 1 << at % 8
        else:
            at = 32 * self.rng.randrange(3)
            whole[at : at + 32] = self.number().to_bytes(32)
        return case._replace(kind="spoilt", digest=bytes(whole[:32]), signature=bytes(whole[32:]))

    def ends(self) -> Case:
        """Numbers at the ends of their ranges, r + s = n among them."""
        r, s = self.number(), self.number()
        if self.rng.random() < 0.2:
            s = N - r if 0 < r < N else s
        return Case("ends", self.rng.choice(self.holders), self.number().to_bytes(32), numbers(r, s))

    def met(self) -> Case:
        """s * G and t * P meet: equal, opposite (infinity), or opposite up to some digits of s."""
        holder = self.rng.choice(self.holders)
        assert holder.number is not None
        inverse = pow(holder.number, -1, N)
        digit = self.rng.choice((1, 2, 127, 128, self.rng.randrange(1, N)))
        s = digit << (8 * self.rng.randrange(32)) if digit < 129 else digit
        part = self.rng.choice((s, -s, -(s & (1 << 8 * self.rng.randrange(1, 32)) - 1), s + 1, -s - 1))
        if self.rng.random() < 0.3:
            s += self.rng.randrange(1, 100) << 240
        s, t = s % N, part * inverse % N
        sum_of = (s + t * holder.number) % N
        r = (t - s) % N
        point = libcrypto.public_of(sum_of.to_bytes(32)) if 1 <= sum_of <= N - 2 else octets(G)
        e = (r - int.from_bytes(point[1:33])) % N
        return Case("points meet", holder, e.to_bytes(32), numbers(r, s))

    def case(self) -> Case:
        """Any of them."""
        kinds = (self.good, self.real, self.spoilt, self.ends, self.met, lambda: self.rng.choice(self.odd))
        return self.rng.choices(kinds, (30, 15, 20, 15, 10, 10))[0]()


class Comparison:
    """The extension beside libcrypto, and counts of what was compared."""

    def __init__(self, extension: Any, seed: int) -> None:
        self.rng = Random(seed)
        self.inputs = Inputs(self.rng)
        self.extension = extension
        self.kept: dict[bytes, Any] = {}
        self.counts: Counter[str] = Counter()

    def key(self, point: bytes) -> Any:
        """A key that is kept and so gets its table, or a new one; by a point of either form."""
        if self.rng.random() < 0.3:
            return self.extension.Key(sm2.compress(point), b"")
        if point not in self.kept:
            self.kept[point] = self.extension.Key(point, b"")
        return self.kept[point]

    def batch(self, size: int) -> None:
        """Compare ``size`` inputs; AssertionError names the first that differs."""
        cases = [self.inputs.case() for _ in range(size)]
        wanted = [c.holder.public.verify(c.digest, sm2.raw_to_der(c.signature)) for c in cases]
        checks = [(self.key(c.holder.point), c.digest, c.signature) for c in cases]
        lanes = self.extension.verify_digests(checks, True)
        portable = self.extension.verify_digests(checks, False)
        for case, right, *found in zip(cases, wanted, lanes, portable, strict=True):
            assert found == [right, right], f"libcrypto: {right}, lanes and portable: {found}, {shown(case)}"
            self.counts[f"{case.kind}: {'good' if right else 'refused'}"] += 1
        for case, right in zip(cases, wanted, strict=True):
            if case.message is not None:
                key = self.extension.Key(case.holder.point, case.user_id)
                assert key.verify(case.message, case.signature) == right, shown(case)
                self.counts["by their message"] += 1
        self.counts["with a table"] += sum(key.ready for key, _, _ in checks)

    def run(self, count: int) -> Counter[str]:
        """Compare ``count`` inputs in batches of 1 to 40."""
        done = 0
        while done < count:
            size = min(self.rng.randrange(1, 41), count - done)
            self.batch(size)
            done += size
        return self.counts


def shown(case: Case) -> str:
    """The input, to be tried again."""
    return (
        f"{case.kind}: point {case.holder.point.hex()}, digest {case.digest.hex()}, "
        f"signature {case.signature.hex()}"
    )


def load(path: str | None) -> Any:
    """The extension that is installed, or that of a file."""
    if path is None:
        from v2x.certs import _sm2

        return _sm2
    loader = importlib.machinery.ExtensionFileLoader("_sm2", path)
    spec = importlib.util.spec_from_loader("_sm2", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def main() -> int:
    """Run as the command line says; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--extension", help="another build of the extension")
    given = parser.parse_args()
    extension = load(given.extension)
    comparison = Comparison(extension, given.seed)
    lanes = "and eight lanes" if extension.LANES else "only: this machine has no AVX512-IFMA"
    print(f"portable code {lanes}, beside {libcrypto.library_version()}", flush=True)
    start, done = time.monotonic(), 0
    while done < given.count:
        part = min(10_000, given.count - done)
        try:
            comparison.run(part)
        except AssertionError as error:
            print(f"DIFFERENT: {error}")
            return 1
        done += part
        print(f"{done} inputs in {time.monotonic() - start:.0f} s, no difference", flush=True)
    for name, count in sorted(comparison.counts.items()):
        print(f"{count:>10} {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
