"""ECDSA signatures on NIST P-256, with the input of IEEE 1609.2, through pyca/cryptography.

    e = SHA-256( SHA-256(tbs) || SHA-256(signer certificate) )    self-signed: SHA-256 of no octets instead

``tbs`` is the COER of what is signed.  The certificates of the Chinese profile sign with SM2; its ASN.1 also
names ecdsaNistP256 and says nothing of the input, so the rule of IEEE 1609.2-2022, 5.3.1 is taken: an
assumption.  Signatures are r || s, 64 octets.  A point has 33 octets (02 or 03, x) or 65 (04, x, y); a
private key has 32, of a value in 1..n-1.
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = [
    "SELF_SIGNED",
    "PrivateKey",
    "PublicKey",
    "compress",
    "decompress",
    "generate",
    "public_point",
    "signing_digest",
]

N = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551
"""Order of the group (FIPS 186-5 by way of SP 800-186, 3.2.1.3)."""

SELF_SIGNED = hashlib.sha256(b"").digest()
"""Signer digest of a self-signed certificate."""

_PREHASHED = ec.ECDSA(Prehashed(SHA256()))


def signing_digest(message: bytes, signer_digest: bytes) -> bytes:
    """The 32 octets that are signed; ``signer_digest`` is SHA-256 of the signer's certificate (32 octets)."""
    return hashlib.sha256(hashlib.sha256(message).digest() + signer_digest).digest()


def _load(point: bytes) -> ec.EllipticCurvePublicKey:
    if (len(point), point[:1]) not in ((33, b"\x02"), (33, b"\x03"), (65, b"\x04")):
        raise ValueError(f"{len(point)} octets are no P-256 point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes(point))
    except ValueError:
        raise ValueError("the point is not on the P-256 curve") from None


def decompress(point: bytes) -> bytes:
    """The point as 04 || x || y (65 octets); ValueError if it isn't one of the curve."""
    return _load(point).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def compress(point: bytes) -> bytes:
    """The point as 02 or 03 || x (33 octets); ValueError if it isn't one of the curve."""
    return _load(point).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _checked(signer_digest: bytes) -> bytes:
    if len(signer_digest) != 32:
        raise ValueError(f"a signer digest has 32 octets, not {len(signer_digest)}")
    return bytes(signer_digest)


class PublicKey:
    """A point with the digest of its certificate, ready to verify many signatures; any thread may use it.

    ``point`` has 33 or 65 octets, ``signer_digest`` 32; ValueError if not, or off the curve.
    """

    __slots__ = ("_key", "_signer_digest", "point")

    def __init__(self, point: bytes, signer_digest: bytes) -> None:
        self._key = _load(point)
        self._signer_digest = _checked(signer_digest)
        self.point = self._key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (r || s) is this key's for ``message``; anything but 64 octets is False."""
        if len(signature) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        try:
            self._key.verify(der, signing_digest(message, self._signer_digest), _PREHASHED)
        except InvalidSignature:
            return False
        return True


class PrivateKey:
    """A private key with the digest of its certificate, ready to sign.

    ValueError if ``private`` isn't 32 octets in 1..n-1 or ``signer_digest`` isn't 32 octets.
    """

    __slots__ = ("_key", "_signer_digest", "point")

    def __init__(self, private: bytes, signer_digest: bytes) -> None:
        self._key = _load_private(private)
        self._signer_digest = _checked(signer_digest)
        self.point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, message: bytes) -> bytes:
        """The signature r || s over ``message``."""
        r, s = decode_dss_signature(self._key.sign(signing_digest(message, self._signer_digest), _PREHASHED))
        return r.to_bytes(32) + s.to_bytes(32)

    def __repr__(self) -> str:
        return "<P-256 private key>"


def _load_private(private: bytes) -> ec.EllipticCurvePrivateKey:
    if len(private) != 32 or not 1 <= int.from_bytes(private) < N:
        raise ValueError("a private key has 32 octets, of a value in 1..n-1")
    return ec.derive_private_key(int.from_bytes(private), ec.SECP256R1())


def public_point(private: bytes) -> bytes:
    """The uncompressed point of a private key; ValueError if it isn't 32 octets in 1..n-1."""
    key = _load_private(private).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def generate() -> bytes:
    """A new private key from the system's secret randomness."""
    return (1 + secrets.randbelow(N - 1)).to_bytes(32)
