"""Private keys of the test PKI as PEM files: ECPrivateKey (RFC 5915) on the SM2 curve, with the public point.

    30 77 | 02 01 01 | 04 20 d | a0 0a 06 08 2a811ccf5501822d | a1 44 03 42 00 04 x y

The openssl program reads them, and what `openssl ec` writes is read here (OpenSSL 3 titles it SM2 PRIVATE
KEY).  They are not encrypted: they are test keys, mode 0600.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING

from v2x.certs import sm2
from v2x.errors import V2XError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KeyFileError", "read_key", "write_key"]

_HEAD = bytes.fromhex("30770201010420")
_CURVE = bytes.fromhex("a00a06082a811ccf5501822da144034200")
_BEGIN, _END = "-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----"
_BLOCK = re.compile("-----BEGIN (EC|SM2) PRIVATE KEY-----(?P<body>[^-]*)-----END \\1 PRIVATE KEY-----")
_SIZE = len(_HEAD) + 32 + len(_CURVE) + 65
_FILE_SIZE_LIMIT = 4096
"""Octets of a key file; ours have 227."""


class KeyFileError(V2XError):
    """A key file can't be used; the message names the file and the reason, never its content."""


def write_key(path: Path, private_key: bytes) -> None:
    """Write ``path`` with mode 0600 from its first instant; an existing file is replaced."""
    der = _HEAD + private_key + _CURVE + sm2.public_point(private_key)
    text = base64.encodebytes(der).decode("ascii")
    lines = "\n".join((_BEGIN, *_wrap(text.replace("\n", "")), _END, ""))
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(lines)


def _wrap(text: str) -> list[str]:
    return [text[start : start + 64] for start in range(0, len(text), 64)]


def read_key(path: Path) -> bytes:
    """The private key (32 octets) of a file that :func:`write_key` or openssl wrote; KeyFileError."""
    try:
        if path.stat().st_size > _FILE_SIZE_LIMIT:
            raise KeyFileError(f"{path}: larger than {_FILE_SIZE_LIMIT} octets")
        text = path.read_bytes().decode("ascii")
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise KeyFileError(f"{path}: no PEM file") from None
    block = _BLOCK.search(text)
    if block is None:
        raise KeyFileError(f"{path}: no EC PRIVATE KEY in PEM form (`openssl ec` makes it of other forms)")
    try:
        der = base64.b64decode("".join(block["body"].split()), validate=True)
    except (binascii.Error, ValueError):
        raise KeyFileError(f"{path}: its PEM body is no base64") from None
    start = len(_HEAD)
    private_key = der[start : start + 32]
    if len(der) != _SIZE or der[:start] != _HEAD or der[start + 32 : -65] != _CURVE:
        raise KeyFileError(f"{path}: no SM2 private key (ECPrivateKey with its curve and point)")
    try:
        point = sm2.public_point(private_key)
    except ValueError as error:
        raise KeyFileError(f"{path}: {error}") from None
    if point != der[-65:]:
        raise KeyFileError(f"{path}: private and public key do not belong together")
    return private_key
