"""SM2 signatures with SM3 as the secured message uses them (GB/T 32918.2; inputs by network-layer facts).

    Z_A = SM3(ENTL || ID || a || b || xG || yG || xA || yA)   ENTL: bits of ID, 16 bit big endian
    e   = SM3(Z_A || M)                                       M: the octets that are signed, not prehashed

Signatures are r || s, 64 octets.  The ID is never left to a library's default (defaults differ, and a wrong
one silently makes wrong signatures): it is always an argument.

Signing is always libcrypto's (:mod:`v2x.certs.libcrypto`), which is made for secret numbers.  Checking has
public data only and is done by the extension ``_sm2`` where it could be built, in portable C, and eight side
by side where the processor has AVX512-IFMA; else libcrypto does it.  The decisions are the same.
:data:`CRYPTO` in the environment chooses.

A point is 33 octets (02 or 03, x) or 65 octets (04, x, y); a private key is 32 octets in 1..n-2.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from v2x.certs import libcrypto

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "CRYPTO",
    "DEFAULT_ID",
    "PrivateKey",
    "PublicKey",
    "compress",
    "decompress",
    "generate",
    "identity_digest",
    "implementation",
    "public_point",
    "raw_from_der",
    "raw_to_der",
    "sign",
    "sm3",
    "verify",
    "verify_keys",
    "verify_many",
]

DEFAULT_ID = b"1234567812345678"
"""The ID under which a self-signed certificate is signed."""

CRYPTO = "V2X_CRYPTO"
"""Environment variable: "portable" checks one signature at a time even where eight could be, "libcrypto"
leaves the extension alone; not set or empty takes the fastest there is.  It is read at the first use."""

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
GX = 0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7
GY = 0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0
_CURVE = b"".join(number.to_bytes(32) for number in (A, B, GX, GY))

KEY_CACHE = 1024
"""Public keys that :func:`verify` keeps ready, up to 5 KB each: more than the neighbours in radio range."""

ID_LIMIT = 8191
"""Octets of an SM2 ID: Z_A has its length in bits, in 16 bits."""


class _LibcryptoKey:
    """What ``_sm2.Key`` is, by libcrypto."""

    __slots__ = ("_key", "_z", "point")

    def __init__(self, point: bytes, user_id: bytes) -> None:
        self.point = _decompress(point)
        self._z = identity_digest(self.point, user_id)
        self._key = libcrypto.Key(self.point)

    def verify(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        return self._key.verify(sm3(self._z + message), raw_to_der(signature))


class _Backend(NamedTuple):
    """Who checks: a key's type, many checks (a list of key, message, signature), and decompressing."""

    name: str
    key: Callable[[bytes, bytes], Any]
    many: Callable[[list[tuple[Any, bytes, bytes]]], list[bool]]
    decompress: Callable[[bytes], bytes]


def _choose(wish: str) -> _Backend:
    """The backend for a value of :data:`CRYPTO`; ValueError if it has no meaning."""
    if wish not in ("", "portable", "libcrypto"):
        raise ValueError(f'{CRYPTO} may be "portable", "libcrypto" or nothing, not {wish!r}')
    if wish != "libcrypto":
        try:
            from v2x.certs import _sm2
        except ImportError:
            pass
        else:
            lanes = _sm2.LANES and not wish
            name = "native with AVX512-IFMA" if lanes else "native"
            return _Backend(name, _sm2.Key, lambda items: _sm2.verify_keys(items, lanes), _sm2.decompress)
    return _Backend(
        "libcrypto", _LibcryptoKey, lambda items: [key.verify(m, s) for key, m, s in items], _decompress
    )


@cache
def _backend() -> _Backend:
    return _choose(os.environ.get(CRYPTO, ""))


def implementation() -> str:
    """Who checks signatures: "libcrypto", "native" or "native with AVX512-IFMA"."""
    return _backend().name


@cache
def _hashlib_has_sm3() -> bool:
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return False
    return True


def sm3(data: bytes) -> bytes:
    """SM3 of ``data``, 32 octets; hashlib where its OpenSSL has SM3, else libcrypto."""
    if _hashlib_has_sm3():
        return hashlib.new("sm3", data).digest()
    return libcrypto.sm3(data)


def decompress(point: bytes) -> bytes:
    """The point as 04 || x || y (65 octets); ValueError if it isn't one of the curve."""
    return _backend().decompress(point)


def _decompress(point: bytes) -> bytes:
    if len(point) == 65 and point[0] == 4:
        x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
        if x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
            raise ValueError("the point is not on the SM2 curve")
        return bytes(point)
    if len(point) != 33 or point[0] not in (2, 3):
        raise ValueError(f"{len(point)} octets are no SM2 point")
    x = int.from_bytes(point[1:])
    square = (x * x * x + A * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if x >= P or y * y % P != square:
        raise ValueError("the point is not on the SM2 curve")
    if y & 1 != point[0] & 1:
        y = P - y
    return b"\x04" + point[1:] + y.to_bytes(32)


def compress(point: bytes) -> bytes:
    """The point as 02 or 03 || x (33 octets); ValueError if it isn't one of the curve."""
    whole = decompress(point)
    return bytes((2 + (whole[64] & 1),)) + whole[1:33]


def identity_digest(point: bytes, user_id: bytes) -> bytes:
    """Z_A of an uncompressed point under an ID of up to 8191 octets (ValueError beyond)."""
    if len(user_id) > ID_LIMIT:
        raise ValueError(f"an SM2 ID has at most {ID_LIMIT} octets")
    return sm3((8 * len(user_id)).to_bytes(2) + user_id + _CURVE + point[1:])


def raw_to_der(signature: bytes) -> bytes:
    """Turn r || s (64 octets, else ValueError) into DER SEQUENCE { r, s }."""
    if len(signature) != 64:
        raise ValueError(f"a signature has 64 octets, not {len(signature)}")
    body = _der_integer(signature[:32]) + _der_integer(signature[32:])
    return b"\x30" + bytes((len(body),)) + body


def _der_integer(octets: bytes) -> bytes:
    octets = octets.lstrip(b"\x00") or b"\x00"
    if octets[0] & 0x80:
        octets = b"\x00" + octets
    return b"\x02" + bytes((len(octets),)) + octets


def raw_from_der(signature: bytes) -> bytes:
    """A DER signature as r || s, 64 octets; ValueError if it isn't the DER of two numbers below 2**256."""
    numbers, at = [], 2
    for _ in range(2):
        if signature[at : at + 1] != b"\x02" or at + 1 >= len(signature):
            raise ValueError("no DER signature")
        length = signature[at + 1]
        numbers.append(int.from_bytes(signature[at + 2 : at + 2 + length]))
        at += 2 + length
    if max(numbers) >> 256:
        raise ValueError("no SM2 signature: a number has more than 256 bits")
    raw = numbers[0].to_bytes(32) + numbers[1].to_bytes(32)
    if raw_to_der(raw) != signature:
        raise ValueError("no DER signature")
    return raw


class PublicKey:
    """A point with its ID, ready to verify many signatures; any thread may use it.

    ``point`` has 33 or 65 octets; ValueError if it isn't one of the curve, or the ID has over 8191 octets.
    A key that was good a few times gets a table of 4 KB in the extension, which bounds their number.
    """

    __slots__ = ("checker",)

    def __init__(self, point: bytes, user_id: bytes) -> None:
        self.checker = _backend().key(point, user_id)

    @property
    def point(self) -> bytes:
        """04 || x || y, 65 octets."""
        point: bytes = self.checker.point
        return point

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (r || s) is this key's for ``message``; anything but 64 octets is False."""
        good: bool = self.checker.verify(message, signature)
        return good


class PrivateKey:
    """A private key with its ID, ready to sign; ValueError if ``private`` isn't 32 octets in 1..n-2."""

    __slots__ = ("_key", "_z", "point")

    def __init__(self, private: bytes, user_id: bytes) -> None:
        self.point = public_point(private)
        self._z = identity_digest(self.point, user_id)
        self._key = libcrypto.Key(self.point, private)

    def sign(self, message: bytes) -> bytes:
        """The signature r || s over ``message``."""
        return raw_from_der(self._key.sign(sm3(self._z + message)))


def public_point(private: bytes) -> bytes:
    """The uncompressed point of a private key; ValueError if it isn't 32 octets in 1..n-2."""
    if len(private) != 32 or not 1 <= int.from_bytes(private) <= N - 2:
        raise ValueError("a private key has 32 octets, of a value in 1..n-2")
    return libcrypto.public_of(private)


def generate() -> bytes:
    """A new private key from the system's secret randomness."""
    return (1 + secrets.randbelow(N - 2)).to_bytes(32)


def sign(private_key: bytes, message: bytes, user_id: bytes) -> bytes:
    """Sign once; r || s.  A holder that signs often keeps a :class:`PrivateKey`."""
    return PrivateKey(private_key, user_id).sign(message)


def verify_keys(items: Sequence[tuple[PublicKey, bytes, bytes]]) -> list[bool]:
    """Verify (key, message, signature) one by one or side by side; a verdict for each, in their order.

    Any number of items; the interpreter lock is free meanwhile, so other threads go on.
    """
    return _backend().many([(key.checker, message, signature) for key, message, signature in items])


@lru_cache(maxsize=KEY_CACHE)
def _public_key(point: bytes, user_id: bytes) -> PublicKey:
    return PublicKey(point, user_id)


def verify(point: bytes, message: bytes, signature: bytes, user_id: bytes) -> bool:
    """Whether ``signature`` (r || s) is that of ``point``'s holder for ``message`` under ``user_id``.

    A point that isn't on the curve or isn't a point is ValueError; a wrong signature of any shape is False.
    """
    return _public_key(point, user_id).verify(message, signature)


def verify_many(items: Sequence[tuple[bytes, bytes, bytes, bytes]]) -> list[bool]:
    """:func:`verify` for many (point, message, signature, user_id), as :func:`verify_keys` does it.

    Unlike there, what is no point of the curve is only False.  ValueError for an ID of over 8191 octets.
    """
    verdicts = [False] * len(items)
    places, checks = [], []
    for place, (point, message, signature, user_id) in enumerate(items):
        if len(user_id) > ID_LIMIT:
            raise ValueError(f"an SM2 ID has at most {ID_LIMIT} octets")
        try:
            key = _public_key(point, user_id)
        except ValueError:
            continue
        places.append(place)
        checks.append((key, message, signature))
    for place, good in zip(places, verify_keys(checks), strict=True):
        verdicts[place] = good
    return verdicts
