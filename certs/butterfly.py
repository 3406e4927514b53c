"""Butterfly expansion: one request for many pseudonym certificates whose keys nobody else can link.

    device       a, p private; A = aG, P = pG; expansion keys kS, kP           (the caterpillar keys)
    registrar    B(i,j) = A + f(kS, i, j) G;  Q(i,j) = P + f(kP, i, j) G       (the cocoon keys)
    authority    S = B(i,j) + cG with a random c; certifies S, encrypts c to Q(i,j)
    device       s = a + f(kS, i, j) + c mod n;  q = p + f(kP, i, j) mod n opens the answer

    f(k, i, j) = (E_k(x+1) xor x+1 || E_k(x+2) xor x+2 || E_k(x+3) xor x+3) mod n
    x = 32 bits of 0 (signing keys) or of 1 (encryption keys) || i (32 bit) || j (32 bit) || 32 bits of 0

The scheme is that of YD/T 3957-2021 by our facts (A, P and two SM4 keys go to the registrar); the exact f was
not found.  The form of IEEE 1609.2.1 with SM4 in the place of AES is assumed, and is an argument everywhere
(``f``).  Points have 65 octets (04, x, y).  Points are added in Python on public data; sums of private keys
are made in Python's integers, whose time depends on their values: right for a test PKI, not for a device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from v2x.certs import libcrypto, sm2, sm4

__all__ = [
    "Caterpillar",
    "CaterpillarKeys",
    "Expansion",
    "add_points",
    "expand",
    "hatch",
    "private_sum",
    "sm4_expansion",
]

Expansion = Callable[[bytes, int, int, bool], int]
"""f(key, i, j, encryption): a number, for an encryption or a signing key; who uses it reduces it modulo n."""

_BLOCK_LIMIT = 1 << 128


def sm4_expansion(key: bytes, i: int, j: int, encryption: bool) -> int:
    """The assumed f, 384 bits; ValueError unless i and j have 32 bits and the key 16 octets."""
    if not (0 <= i < 1 << 32 and 0 <= j < 1 << 32):
        raise ValueError(f"i and j have 32 bits, not {i} and {j}")
    if len(key) != 16:
        raise ValueError(f"an expansion key has 16 octets, not {len(key)}")
    start = (0xFFFFFFFF if encryption else 0) << 96 | i << 64 | j << 32
    octets = b""
    for step in (1, 2, 3):
        block = ((start + step) % _BLOCK_LIMIT).to_bytes(16)
        octets += (int.from_bytes(sm4.block(key, block)) ^ int.from_bytes(block)).to_bytes(16)
    return int.from_bytes(octets)


def add_points(one: bytes, other: bytes) -> bytes:
    """The sum of two points of the SM2 curve; ValueError where one is none, or the sum is at infinity."""
    x1, y1 = _coordinates(one)
    x2, y2 = _coordinates(other)
    if x1 == x2:
        if (y1 + y2) % sm2.P == 0:
            raise ValueError("the sum of the points is at infinity")
        slope = (3 * x1 * x1 + sm2.A) * pow(2 * y1, -1, sm2.P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, sm2.P)
    x3 = (slope * slope - x1 - x2) % sm2.P
    y3 = (slope * (x1 - x3) - y1) % sm2.P
    return b"\x04" + x3.to_bytes(32) + y3.to_bytes(32)


def _coordinates(point: bytes) -> tuple[int, int]:
    whole = sm2.decompress(point)
    return int.from_bytes(whole[1:33]), int.from_bytes(whole[33:])


def private_sum(*terms: bytes | int) -> bytes:
    """The sum of private numbers modulo n as a private key; ValueError where it is none (0 or n - 1)."""
    total = sum(term if isinstance(term, int) else int.from_bytes(term) for term in terms) % sm2.N
    if not 1 <= total <= sm2.N - 2:
        raise ValueError("the sum is no private key")
    return total.to_bytes(32)


def expand(point: bytes, key: bytes, i: int, j: int, encryption: bool, f: Expansion = sm4_expansion) -> bytes:
    """The cocoon key: ``point`` + f(key, i, j) G."""
    return add_points(point, libcrypto.public_of(private_sum(f(key, i, j, encryption))))


def hatch(cocoon: bytes, contribution: bytes) -> bytes:
    """The key that is certified: ``cocoon`` + cG for the authority's private ``contribution`` c."""
    return add_points(cocoon, sm2.public_point(contribution))


@dataclass(frozen=True, slots=True)
class Caterpillar:
    """What the device sends: two points (ValueError unless on the curve) and two keys of 16 octets.

    Whoever has the expansion keys can link the device's cocoon keys, so they never show in a representation.
    """

    signing_point: bytes
    encryption_point: bytes
    signing_expansion: bytes
    encryption_expansion: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "signing_point", sm2.decompress(self.signing_point))
        object.__setattr__(self, "encryption_point", sm2.decompress(self.encryption_point))
        if len(self.signing_expansion) != 16 or len(self.encryption_expansion) != 16:
            raise ValueError("an expansion key has 16 octets")

    def cocoon(self, i: int, j: int, f: Expansion = sm4_expansion) -> tuple[bytes, bytes]:
        """B(i,j) to be certified and Q(i,j) to encrypt the answer to."""
        return (
            expand(self.signing_point, self.signing_expansion, i, j, False, f),
            expand(self.encryption_point, self.encryption_expansion, i, j, True, f),
        )

    def __repr__(self) -> str:
        return f"<Caterpillar {sm2.compress(self.signing_point).hex()}>"


@dataclass(frozen=True, slots=True)
class CaterpillarKeys:
    """What the device keeps: a, p and the expansion keys."""

    signing: bytes
    encryption: bytes
    signing_expansion: bytes
    encryption_expansion: bytes

    @classmethod
    def of(cls, secret: bytes) -> CaterpillarKeys:
        """All four out of one private key (32 octets), so that a device keeps one secret at rest (ours).

        a is the secret itself; p and the expansion keys are taken from SM3(label || secret), one way.
        """
        number = int.from_bytes(sm2.sm3(b"v2x caterpillar encryption key" + secret))
        return cls(
            signing=secret,
            encryption=(1 + number % (sm2.N - 2)).to_bytes(32),
            signing_expansion=sm2.sm3(b"v2x caterpillar signing expansion" + secret)[:16],
            encryption_expansion=sm2.sm3(b"v2x caterpillar encryption expansion" + secret)[:16],
        )

    def public(self) -> Caterpillar:
        """What goes into the request."""
        return Caterpillar(
            sm2.public_point(self.signing),
            sm2.public_point(self.encryption),
            self.signing_expansion,
            self.encryption_expansion,
        )

    def signing_key(self, i: int, j: int, contribution: bytes, f: Expansion = sm4_expansion) -> bytes:
        """The private key s of certificate (i, j) whose answer carried ``contribution``; ValueError."""
        return private_sum(self.signing, f(self.signing_expansion, i, j, False), contribution)

    def opening_key(self, i: int, j: int, f: Expansion = sm4_expansion) -> bytes:
        """The private key q that opens the answer (i, j)."""
        return private_sum(self.encryption, f(self.encryption_expansion, i, j, True))

    def __repr__(self) -> str:
        return "<CaterpillarKeys>"
