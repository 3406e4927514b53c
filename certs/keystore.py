"""Who signs: the two protocols behind which a private key stays where it is, and a store of encrypted files.

    SigningKey      point, sign(message)                          bound to one SM2 id (P-256: signer digest)
    SecureElement   generate, public_point, signing_key, destroy  by the key's id

:class:`SoftwareStore` keeps keys as ``<key id>.key.pem`` (:mod:`v2x.certs.keys`), :mod:`v2x.certs.pkcs11` in
a hardware module.  ``v2x.certs.sm2.PrivateKey`` and ``v2x.certs.p256.PrivateKey`` are signing keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from v2x.certs import p256, sm2
from v2x.certs.keys import ALGORITHMS, read_any_key, write_key
from v2x.errors import V2XError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KEYS_LIMIT", "KeyStoreError", "SecureElement", "SigningKey", "SoftwareStore", "check_key_id"]

KEYS_LIMIT = 10_000
"""Keys of one software store: pseudonyms of years, some 400 octets each."""

_SUFFIX = ".key.pem"
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeyStoreError(V2XError):
    """A key store refused or failed; the message names the key's id and the reason, never a key or a PIN."""


@runtime_checkable
class SigningKey(Protocol):
    """A private key that signs for one certificate; where it lies is its own business.

    The SM2 id (for P-256 the SHA-256 of the certificate) was bound when it was made.
    """

    @property
    def point(self) -> bytes:
        """The public point, 65 octets: 04, x, y."""

    def sign(self, message: bytes) -> bytes:
        """The signature r || s (64 octets) over ``message``; V2XError where the holder of the key fails."""


@runtime_checkable
class SecureElement(Protocol):
    """A holder of private keys by id (1 to 64 letters, digits, dots, dashes, underscores).

    KeyStoreError where it refuses or fails; ValueError for an id or algorithm that is none.
    """

    def generate(self, key_id: str, algorithm: str = "sm2") -> bytes:
        """Make a key ("sm2" or "p256") and return its public point (65 octets); an id is never used twice."""

    def public_point(self, key_id: str) -> bytes:
        """The public point of a key, 65 octets."""

    def signing_key(self, key_id: str, user_id: bytes) -> SigningKey:
        """The key, bound to the SM2 id ``user_id`` (P-256: SHA-256 of the signer's certificate)."""

    def destroy(self, key_id: str) -> None:
        """Delete a key for good."""


def check_key_id(key_id: str) -> str:
    """``key_id`` itself; ValueError if it has not the form of one."""
    if not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"no key id: {key_id!r} (1 to 64 letters, digits, dots, dashes, underscores)")
    return key_id


class SoftwareStore:
    """Keys as files of ``directory``, encrypted under ``secret``; a :class:`SecureElement` without hardware.

    The directory is made with mode 0700 if it isn't there.  A key is in this process's memory while it signs.
    """

    def __init__(self, directory: Path, secret: bytes) -> None:
        if not secret:
            raise ValueError("an empty secret protects nothing")
        self._directory, self._secret = directory, secret
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise KeyStoreError(f"{directory}: {error.strerror}") from error

    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, sorted."""
        found = (path.name.removesuffix(_SUFFIX) for path in self._directory.glob(f"*{_SUFFIX}"))
        return tuple(sorted(name for name in found if _KEY_ID.fullmatch(name)))

    def generate(self, key_id: str, algorithm: str = "sm2") -> bytes:
        """Make a key and return its public point, 65 octets."""
        if algorithm not in ALGORITHMS:
            raise ValueError(f"no algorithm {algorithm!r}: there are {', '.join(ALGORITHMS)}")
        path = self._path(key_id)
        if path.exists():
            raise KeyStoreError(f"key {key_id}: is there already")
        if len(self.key_ids()) >= KEYS_LIMIT:
            raise KeyStoreError(f"key {key_id}: the store is full with {KEYS_LIMIT} keys")
        private = sm2.generate() if algorithm == "sm2" else p256.generate()
        try:
            write_key(path, private, self._secret, algorithm=algorithm)
        except OSError as error:
            raise KeyStoreError(f"key {key_id}: {error.strerror}") from error
        return sm2.public_point(private) if algorithm == "sm2" else p256.public_point(private)

    def public_point(self, key_id: str) -> bytes:
        """The public point of a key, 65 octets."""
        algorithm, private = self._read(key_id)
        return sm2.public_point(private) if algorithm == "sm2" else p256.public_point(private)

    def signing_key(self, key_id: str, user_id: bytes) -> SigningKey:
        """The key, bound to ``user_id``."""
        algorithm, private = self._read(key_id)
        return sm2.PrivateKey(private, user_id) if algorithm == "sm2" else p256.PrivateKey(private, user_id)

    def destroy(self, key_id: str) -> None:
        """Delete a key's file (a disk may still hold its encrypted octets)."""
        try:
            self._path(key_id).unlink()
        except FileNotFoundError:
            raise KeyStoreError(f"key {key_id}: not in the store") from None
        except OSError as error:
            raise KeyStoreError(f"key {key_id}: {error.strerror}") from error

    def _path(self, key_id: str) -> Path:
        return self._directory / f"{check_key_id(key_id)}{_SUFFIX}"

    def _read(self, key_id: str) -> tuple[str, bytes]:
        path = self._path(key_id)
        if not path.exists():
            raise KeyStoreError(f"key {key_id}: not in the store")
        return read_any_key(path, self._secret)

    def __repr__(self) -> str:
        return f"<SoftwareStore {self._directory}>"
