"""SM2 public-key encryption, as the secured message wraps a content key with it.

    k random in 1..n-1     v = [k] G                  point C1
    (x2, y2) = [k] P       c = M XOR KDF(x2 || y2)    octets C2 (16 for an SM4 key)
                           t = SM3(x2 || M || y2)     check value C3, 32 octets
    KDF(Z) = SM3(Z || 00000001) || SM3(Z || 00000002) || ...

Who decrypts gets [d] v = [k] P and compares t.  Source: GB/T 32918.4-2016, 6 and 7 (the algorithm), 5.4.3
(the KDF).  EcencP256EncryptedKey of YD/T 3957-2021 orders the parts v, t, c (C1 C3 C2), by one public
transcription.  Curve arithmetic is libcrypto's (:mod:`v2x.certs.evp`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs import evp, sm2
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MESSAGE_LIMIT", "Encrypted", "decrypt", "encrypt", "kdf"]

MESSAGE_LIMIT = 1024
"""Octets of a message: keys have 16, and whatever is longer belongs under one of them."""

TRIES = 64
"""Ephemeral keys tried: even for one octet, 64 masks of zero come once in 2**512."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What goes over the air: ``v`` (a point, 33 or 65 octets), ``t`` (32 octets), ``c`` (as the message)."""

    v: bytes
    t: bytes
    c: bytes


def kdf(shared: bytes, size: int) -> bytes:
    """``size`` octets derived from ``shared`` (x2 || y2)."""
    rounds = range(1, (size + 31) // 32 + 1)
    return b"".join(sm2.sm3(shared + counter.to_bytes(4)) for counter in rounds)[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))


def encrypt(point: bytes, message: bytes, *, ephemeral: Callable[[], bytes] = sm2.generate) -> Encrypted:
    """``message`` (1 to 1024 octets) for the holder of ``point`` (33 or 65 octets); ValueError if not.

    ``ephemeral`` gives k (32 octets in 1..n-2), new and secret at each call.
    """
    if not 1 <= len(message) <= MESSAGE_LIMIT:
        raise ValueError(f"a message has 1 to {MESSAGE_LIMIT} octets, not {len(message)}")
    point = sm2.decompress(point)
    for _ in range(TRIES):
        scalar = ephemeral()
        v = sm2.compress(sm2.public_point(scalar))
        shared = evp.multiply(point, scalar)[1:]
        mask = kdf(shared, len(message))
        if any(mask):  # step A5: a mask of zeros would show the message
            return Encrypted(v, _check_value(shared, message), _xor(message, mask))
    raise RuntimeError("the source of ephemeral keys repeats itself")


def _check_value(shared: bytes, message: bytes) -> bytes:
    return sm2.sm3(shared[:32] + message + shared[32:])


def decrypt(private: bytes, encrypted: Encrypted) -> bytes:
    """The message; TrustError where the parts don't fit each other and this key, whichever was altered.

    ValueError if ``private`` isn't 32 octets in 1..n-2.
    """
    sm2.public_point(private)
    if not 1 <= len(encrypted.c) <= MESSAGE_LIMIT:
        raise _refused("no octets, or too many")
    try:
        shared = evp.multiply(sm2.decompress(encrypted.v), private)[1:]
    except ValueError as error:
        raise _refused(str(error)) from None
    message = _xor(encrypted.c, kdf(shared, len(encrypted.c)))
    if not hmac.compare_digest(_check_value(shared, message), encrypted.t):
        raise _refused("the check value does not fit")
    return message


def _refused(detail: str) -> TrustError:
    return TrustError(Reason.ENVELOPE_MALFORMED, f"encrypted key: {detail}")
