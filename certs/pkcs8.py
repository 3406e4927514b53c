"""Private keys on a curve as PKCS#8, encrypted under a secret or plain, and as the older ECPrivateKey.

    EncryptedPrivateKeyInfo { PBES2 { PBKDF2 { salt, iterations, hmacWithSHA256 }, aes256-CBC { iv } }, data }
      data decrypts to  PrivateKeyInfo { 0, { ecPublicKey, curve }, ECPrivateKey }
    ECPrivateKey { 1, d, [0] curve (inside PrivateKeyInfo left out), [1] point 04 x y }

Sources: RFC 5958 (PKCS#8), RFC 8018 (PBES2, PBKDF2), RFC 5915 (ECPrivateKey); curve identifiers
1.2.156.10197.1.301 (SM2) and 1.2.840.10045.3.1.7 (P-256).  What the openssl program writes with PBES2 and
AES-CBC is read too.  Bytes in, bytes out; files are :mod:`v2x.certs.keys`.  AES and PBKDF2 are those of
pyca/cryptography and hashlib.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

__all__ = ["ITERATIONS_LIMIT", "KeyFormatError", "PlainKey", "decrypt", "encrypt", "parse_ec", "parse_plain"]

ITERATIONS_LIMIT = 4_000_000
"""Iterations that a file may ask for: a few seconds of work, and well above the usual 600,000."""

_SEQUENCE, _INTEGER, _OCTETS, _NULL, _OID = 0x30, 0x02, 0x04, 0x05, 0x06
_CURVES = {"sm2": bytes.fromhex("2a811ccf5501822d"), "p256": bytes.fromhex("2a8648ce3d030107")}
_ALGORITHMS = {octets: name for name, octets in _CURVES.items()}
_EC_PUBLIC_KEY = bytes.fromhex("2a8648ce3d0201")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("2a864886f70d0209")
_HMACS = {
    bytes.fromhex("2a864886f70d0207"): "sha1",
    _HMAC_SHA256: "sha256",
    bytes.fromhex("2a864886f70d020a"): "sha384",
    bytes.fromhex("2a864886f70d020b"): "sha512",
}
_AES256_CBC = bytes.fromhex("60864801650304012a")
_CIPHERS = {
    bytes.fromhex("608648016503040102"): 16,
    bytes.fromhex("608648016503040116"): 24,
    _AES256_CBC: 32,
}


class KeyFormatError(ValueError):
    """Octets that are no private key of these forms, or that the secret does not open."""


@dataclass(frozen=True, slots=True)
class PlainKey:
    """A private key (32 octets) of ``algorithm`` "sm2" or "p256"; ``point`` has 65 octets or is empty."""

    algorithm: str
    private: bytes
    point: bytes

    def __repr__(self) -> str:
        return f"<{self.algorithm} private key>"


def _write(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes((size,)) if size < 0x80 else bytes((0x82, size >> 8, size & 0xFF))
    if 0x80 <= size < 0x100:
        length = bytes((0x81, size))
    return bytes((tag,)) + length + body


class _Reader:
    """Elements of one DER body, one after another."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    @property
    def next_tag(self) -> int:
        """The tag of the next element, -1 at the end."""
        return self._body[self._at] if self._at < len(self._body) else -1

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag."""
        body, at = self._body, self._at + 2
        if self.next_tag != tag or at > len(body):
            raise KeyFormatError(f"no element of tag {tag:#04x} at octet {self._at}")
        size = body[at - 1]
        if size in (0x81, 0x82):
            width = size & 0x0F
            size, at = int.from_bytes(body[at : at + width]), at + width
        elif size >= 0x80:
            raise KeyFormatError(f"a length of a form that no key has at octet {self._at}")
        if at + size > len(body):
            raise KeyFormatError(f"the element at octet {self._at} goes beyond the end")
        self._at = at + size
        return body[at : self._at]

    def enter(self, tag: int) -> _Reader:
        """The elements inside the next one."""
        return _Reader(self.take(tag))

    def number(self) -> int:
        """A non-negative INTEGER of at most four octets."""
        octets = self.take(_INTEGER)
        if not 1 <= len(octets) <= 4 or octets[0] & 0x80:
            raise KeyFormatError("a number out of range")
        return int.from_bytes(octets)

    def end(self) -> None:
        """Nothing more may follow."""
        if self.next_tag != -1:
            raise KeyFormatError(f"more octets than a key has from octet {self._at}")


def _integer(value: int) -> bytes:
    return _write(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def _plain(key: PlainKey) -> bytes:
    """PrivateKeyInfo of ``key``."""
    point = _write(0xA1, _write(0x03, b"\x00", key.point)) if key.point else b""
    inner = _write(_SEQUENCE, _integer(1), _write(_OCTETS, key.private), point)
    kind = _write(_SEQUENCE, _write(_OID, _EC_PUBLIC_KEY), _write(_OID, _CURVES[key.algorithm]))
    return _write(_SEQUENCE, _integer(0), kind, _write(_OCTETS, inner))


def encrypt(key: PlainKey, secret: bytes, iterations: int) -> bytes:
    """EncryptedPrivateKeyInfo of ``key``, with a salt and an initial value of this call."""
    salt, start = secrets.token_bytes(16), secrets.token_bytes(16)
    padder = PKCS7(128).padder()
    padded = padder.update(_plain(key)) + padder.finalize()
    encryptor = Cipher(AES(_derive(secret, salt, iterations, "sha256", 32)), CBC(start)).encryptor()
    data = encryptor.update(padded) + encryptor.finalize()
    prf = _write(_SEQUENCE, _write(_OID, _HMAC_SHA256), _write(_NULL))
    derivation = _write(_SEQUENCE, _write(_OCTETS, salt), _integer(iterations), prf)
    scheme = _write(
        _SEQUENCE,
        _write(_SEQUENCE, _write(_OID, _PBKDF2), derivation),
        _write(_SEQUENCE, _write(_OID, _AES256_CBC), _write(_OCTETS, start)),
    )
    return _write(_SEQUENCE, _write(_SEQUENCE, _write(_OID, _PBES2), scheme), _write(_OCTETS, data))


def decrypt(der: bytes, secret: bytes) -> PlainKey:
    """The key in an EncryptedPrivateKeyInfo; KeyFormatError says whether form or secret is wrong."""
    outer = _Reader(der)
    whole = outer.enter(_SEQUENCE)
    outer.end()
    scheme = whole.enter(_SEQUENCE)
    data = whole.take(_OCTETS)
    whole.end()
    if scheme.take(_OID) != _PBES2:
        raise KeyFormatError("encrypted in another way than PBES2 (`openssl pkcs8 -topk8` converts it)")
    parameters = scheme.enter(_SEQUENCE)
    derivation, encryption = parameters.enter(_SEQUENCE), parameters.enter(_SEQUENCE)
    size, start = _cipher(encryption)
    key = _derived(derivation, secret, size)
    if not data or len(data) % 16:
        raise KeyFormatError("the encrypted part is no number of whole blocks")
    decryptor = Cipher(AES(key), CBC(start)).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    try:
        return parse_plain(unpadder.update(padded) + unpadder.finalize())
    except ValueError:
        raise KeyFormatError("the secret does not open it (or it is damaged)") from None


def _cipher(encryption: _Reader) -> tuple[int, bytes]:
    """Octets of the AES key and the initial value."""
    size = _CIPHERS.get(encryption.take(_OID))
    if size is None:
        raise KeyFormatError("encrypted with another cipher than AES-CBC")
    start = encryption.take(_OCTETS)
    if len(start) != 16:
        raise KeyFormatError("an initial value of other than 16 octets")
    return size, start


def _derived(derivation: _Reader, secret: bytes, size: int) -> bytes:
    if derivation.take(_OID) != _PBKDF2:
        raise KeyFormatError("its key is derived by another function than PBKDF2")
    parameters = derivation.enter(_SEQUENCE)
    salt, iterations = parameters.take(_OCTETS), parameters.number()
    if not 1 <= iterations <= ITERATIONS_LIMIT:
        raise KeyFormatError(f"{iterations} iterations, at most {ITERATIONS_LIMIT} are done")
    if parameters.next_tag == _INTEGER and parameters.number() != size:
        raise KeyFormatError("a derived key of another size than its cipher takes")
    name: str | None = "sha1"  # the default of the type
    if parameters.next_tag == _SEQUENCE:
        name = _HMACS.get(parameters.enter(_SEQUENCE).take(_OID))
    parameters.end()
    if name is None:
        raise KeyFormatError("its key is derived with an unknown hash")
    return _derive(secret, salt, iterations, name, size)


def _derive(secret: bytes, salt: bytes, iterations: int, name: str, size: int) -> bytes:
    return hashlib.pbkdf2_hmac(name, secret, salt, iterations, size)


def parse_plain(der: bytes) -> PlainKey:
    """The key in a PrivateKeyInfo; KeyFormatError."""
    outer = _Reader(der)
    whole = outer.enter(_SEQUENCE)
    outer.end()
    if whole.number() not in (0, 1):
        raise KeyFormatError("another version of PKCS#8 than 0 or 1")
    kind = whole.enter(_SEQUENCE)
    if kind.take(_OID) != _EC_PUBLIC_KEY:
        raise KeyFormatError("no key on an elliptic curve")
    algorithm = _algorithm(kind.take(_OID))
    kind.end()
    return parse_ec(whole.take(_OCTETS), algorithm)  # attributes may follow; they say nothing of the key


def parse_ec(der: bytes, algorithm: str | None = None) -> PlainKey:
    """The key in an ECPrivateKey, which must name its curve unless ``algorithm`` does; KeyFormatError."""
    outer = _Reader(der)
    whole = outer.enter(_SEQUENCE)
    outer.end()
    if whole.number() != 1:
        raise KeyFormatError("another version of ECPrivateKey than 1")
    private, point = whole.take(_OCTETS), b""
    if whole.next_tag == 0xA0:
        named = _algorithm(whole.enter(0xA0).take(_OID))
        if algorithm not in (None, named):
            raise KeyFormatError("two different curves")
        algorithm = named
    if whole.next_tag == 0xA1:
        point = whole.enter(0xA1).take(0x03)[1:]
    whole.end()
    if algorithm is None:
        raise KeyFormatError("it does not name its curve")
    return PlainKey(algorithm, private, point)


def _algorithm(curve: bytes) -> str:
    try:
        return _ALGORITHMS[curve]
    except KeyError:
        raise KeyFormatError("a curve other than SM2 and P-256") from None
