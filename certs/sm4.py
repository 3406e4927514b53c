"""The block cipher SM4 (GB/T 32907-2016) and SM4-CCM, the authenticated encryption of the secured message.

    B0   = flags | nonce | length of the message           flags 40 * (with aad) + 8 * (tag - 2) / 2 + q - 1
    tag  = first octets of  E(A0) XOR CBC-MAC(B0 | aad with its length | message), each padded with zeros
    data = message XOR E(A1) | E(A2) | ...                 Ai = q - 1 | nonce | i,    q = 15 - nonce octets

Sources: CCM of NIST SP 800-38C; with SM4 as in RFC 8998, whose vector the tests hold.  OpenSSL 3.0 has no
SM4-CCM, so it is put together from SM4-CBC and SM4-CTR of pyca/cryptography.  Nonce 12 and tag 16 octets are
the secured message's (the tag's size is inferred).
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB

__all__ = ["KEY_SIZE", "NONCE_SIZE", "TAG_SIZE", "block", "blocks", "open_ccm", "seal_ccm"]

KEY_SIZE = 16
NONCE_SIZE = 12
"""Octets of a nonce in SymmetricCiphertext."""
TAG_SIZE = 16
"""Octets of the tag at the end of a ciphertext: no source states it (inferred)."""

_Q = 15 - NONCE_SIZE
MESSAGE_LIMIT = (1 << 8 * _Q) - 1
"""Octets of a message whose length fits the q octets of B0."""
AAD_LIMIT = 0xFEFF
"""Octets of associated data whose length is written in two octets; the secured message has none."""


def block(key: bytes, octets: bytes) -> bytes:
    """One block (16 octets) encrypted under ``key`` (16 octets), else ValueError."""
    if len(octets) != 16:
        raise ValueError(f"a block has 16 octets, not {len(octets)}")
    return blocks(key, octets)


def blocks(key: bytes, octets: bytes) -> bytes:
    """Blocks encrypted each on its own under one key; ValueError where ``octets`` are no whole blocks."""
    if len(octets) % 16:
        raise ValueError(f"{len(octets)} octets are no number of whole blocks")
    encryptor = Cipher(_cipher(key), ECB()).encryptor()
    return encryptor.update(octets) + encryptor.finalize()


def _cipher(key: bytes) -> SM4:
    if len(key) != KEY_SIZE:
        raise ValueError(f"an SM4 key has {KEY_SIZE} octets, not {len(key)}")
    return SM4(bytes(key))


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 16)


def _mac(key: bytes, nonce: bytes, message: bytes, aad: bytes, tag_size: int) -> bytes:
    """CBC-MAC of the formatted input, 16 octets."""
    flags = 0x40 * bool(aad) + 8 * ((tag_size - 2) // 2) + _Q - 1
    first = bytes((flags,)) + nonce + len(message).to_bytes(_Q)
    associated = _padded(len(aad).to_bytes(2) + aad) if aad else b""
    encryptor = Cipher(_cipher(key), CBC(bytes(16))).encryptor()
    return (encryptor.update(first + associated + _padded(message)) + encryptor.finalize())[-16:]


def _keystream(key: bytes, nonce: bytes, octets: bytes) -> bytes:
    """``octets`` XOR E(A0) | E(A1) | ..."""
    encryptor = Cipher(_cipher(key), CTR(bytes((_Q - 1,)) + nonce + bytes(_Q))).encryptor()
    return encryptor.update(octets) + encryptor.finalize()


def _check(nonce: bytes, size: int, aad: bytes, tag_size: int) -> None:
    if len(nonce) != NONCE_SIZE:
        raise ValueError(f"a nonce has {NONCE_SIZE} octets, not {len(nonce)}")
    if tag_size not in range(4, 17, 2):
        raise ValueError(f"a tag has 4, 6, ... 16 octets, not {tag_size}")
    if size > MESSAGE_LIMIT or len(aad) > AAD_LIMIT:
        raise ValueError("more octets than CCM takes here")


def seal_ccm(
    key: bytes, nonce: bytes, message: bytes, *, aad: bytes = b"", tag_size: int = TAG_SIZE
) -> bytes:
    """``message`` encrypted, then the tag.  A nonce may never come twice with the same key.

    ValueError for a key, nonce or tag of a wrong size.
    """
    _check(nonce, len(message), aad, tag_size)
    mac = _mac(key, nonce, message, aad, tag_size)
    stream = _keystream(key, nonce, mac + message)
    return stream[16:] + stream[:tag_size]


def open_ccm(
    key: bytes, nonce: bytes, ciphertext: bytes, *, aad: bytes = b"", tag_size: int = TAG_SIZE
) -> bytes | None:
    """The message, None where the tag does not fit (another key, nonce or an altered octet).

    ValueError for a key, nonce or tag of a wrong size.
    """
    size = len(ciphertext) - tag_size
    _check(nonce, size, aad, tag_size)
    if size < 0:
        return None
    stream = _keystream(key, nonce, bytes(16) + ciphertext[:size])
    message = stream[16:]
    mac = _mac(key, nonce, message, aad, tag_size)
    tag = bytes(a ^ b for a, b in zip(mac, stream[:16], strict=True))[:tag_size]
    return message if hmac.compare_digest(tag, ciphertext[size:]) else None
