"""Private keys in files: PKCS#8 in PEM form, encrypted under a secret, mode 0600 from the first instant.

    -----BEGIN ENCRYPTED PRIVATE KEY-----     PBES2: PBKDF2-HMAC-SHA256, AES-256-CBC (v2x.certs.pkcs8)

``openssl pkey -in FILE -passin file:SECRET`` reads them, and what openssl wrote is read here: encrypted and
plain PKCS#8 and the plain ``EC PRIVATE KEY`` (OpenSSL 3 titles that of SM2 ``SM2 PRIVATE KEY``).  Where the
secret comes from is :mod:`v2x.certs.passphrase`.  Python can't wipe its memory: a key that must not be
readable in a process's memory belongs into a secure element (:mod:`v2x.certs.pkcs11`).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from typing import TYPE_CHECKING

from v2x.certs import p256, sm2
from v2x.certs.pkcs8 import PlainKey, decrypt, encrypt, parse_ec, parse_plain
from v2x.errors import V2XError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ALGORITHMS", "KeyFileError", "iterations_for", "read_any_key", "read_key", "write_key"]

ALGORITHMS = ("sm2", "p256")
"""Kinds of keys that a file can hold."""

RANDOM_ITERATIONS = 2048
"""Rounds of PBKDF2 over 32 random octets: they can't be guessed, so this only keeps openssl's own default."""

TYPED_ITERATIONS = 600_000
"""Rounds over what a person may have thought of (OWASP, Password Storage, for PBKDF2-HMAC-SHA256)."""

_RANDOM_SECRET = re.compile(rb"[0-9a-f]{64}")
_TITLES = "ENCRYPTED PRIVATE KEY|PRIVATE KEY|EC PRIVATE KEY|SM2 PRIVATE KEY"
_BLOCK = re.compile(f"-----BEGIN (?P<title>{_TITLES})-----(?P<body>[^-]*)-----END (?P=title)-----")
_FILE_SIZE_LIMIT = 4096
"""Octets of a key file; ours have some 400."""


class KeyFileError(V2XError):
    """A key file can't be used; the message names the file and the reason, never its content."""


def iterations_for(secret: bytes) -> int:
    """How often PBKDF2 goes round: 64 hex digits are taken for random ones, everything else as typed.

    Opening a key costs about a millisecond with a random secret and some hundred with a typed one.
    """
    return RANDOM_ITERATIONS if _RANDOM_SECRET.fullmatch(secret) else TYPED_ITERATIONS


def write_key(path: Path, private_key: bytes, secret: bytes, *, algorithm: str = "sm2") -> None:
    """Write ``private_key`` (32 octets) encrypted under ``secret``; an existing file is replaced at once.

    ValueError for a key, secret or algorithm that is none; OSError where the file can't be written.
    """
    if not secret:
        raise ValueError("an empty secret protects nothing")
    key = PlainKey(algorithm, private_key, _public_point(algorithm, private_key))
    body = base64.b64encode(encrypt(key, secret, iterations_for(secret))).decode("ascii")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    title = "ENCRYPTED PRIVATE KEY"
    text = "\n".join((f"-----BEGIN {title}-----", *lines, f"-----END {title}-----", ""))
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def read_key(path: Path, secret: bytes = b"", *, algorithm: str = "sm2") -> bytes:
    """The private key (32 octets) in a file; KeyFileError where it is none of ``algorithm``.

    ``secret`` opens an encrypted one; a plain one needs none.
    """
    found, private = read_any_key(path, secret)
    if found != algorithm:
        raise KeyFileError(f"{path}: a key of {found}, {algorithm} is wanted")
    return private


def read_any_key(path: Path, secret: bytes = b"") -> tuple[str, bytes]:
    """Algorithm and private key (32 octets) of a file; KeyFileError."""
    title, der = _read_pem(path)
    if title == "ENCRYPTED PRIVATE KEY" and not secret:
        raise KeyFileError(f"{path}: encrypted, and no secret is given")
    try:
        key = _parse(title, der, secret)
        point = _public_point(key.algorithm, key.private)
    except ValueError as error:
        raise KeyFileError(f"{path}: {error}") from None
    if key.point not in (b"", point):
        raise KeyFileError(f"{path}: private and public key do not belong together")
    return key.algorithm, key.private


def _parse(title: str, der: bytes, secret: bytes) -> PlainKey:
    if title == "ENCRYPTED PRIVATE KEY":
        return decrypt(der, secret)
    return parse_plain(der) if title == "PRIVATE KEY" else parse_ec(der)


def _public_point(algorithm: str, private_key: bytes) -> bytes:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"no algorithm {algorithm!r}: there are {', '.join(ALGORITHMS)}")
    return sm2.public_point(private_key) if algorithm == "sm2" else p256.public_point(private_key)


def _read_pem(path: Path) -> tuple[str, bytes]:
    """Title and octets of the first private key in a file."""
    try:
        with path.open("rb") as file:
            octets = file.read(_FILE_SIZE_LIMIT + 1)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from error
    if len(octets) > _FILE_SIZE_LIMIT:
        raise KeyFileError(f"{path}: larger than {_FILE_SIZE_LIMIT} octets")
    try:
        text = octets.decode("ascii")
    except UnicodeDecodeError:
        raise KeyFileError(f"{path}: no PEM file") from None
    block = _BLOCK.search(text)
    if block is None:
        raise KeyFileError(f"{path}: no private key in PEM form (`openssl pkcs8 -topk8` makes it of others)")
    try:
        return block["title"], base64.b64decode("".join(block["body"].split()), validate=True)
    except (binascii.Error, ValueError):
        raise KeyFileError(f"{path}: its PEM body is no base64") from None
