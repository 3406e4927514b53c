"""A trust directory: ``roots/*.coer``, ``authorities/*.coer`` and, optional, ``revoked.txt``.

The layout is ours: certificates as COER octets, one a file, and revoked ones as HashedId10 or HashedId8 in
hex.  Every problem is a :class:`TrustStoreError` that names the file (and line) and the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.certs.certificate import Certificate
from v2x.errors import CodecError, TrustError, V2XError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AUTHORITIES",
    "REVOKED",
    "ROOTS",
    "TrustStoreError",
    "read_certificate",
    "read_certificates",
    "read_revoked",
]

ROOTS, AUTHORITIES, REVOKED = "roots", "authorities", "revoked.txt"
"""Names in a trust directory."""

REVOKED_SIZE_LIMIT = 32 << 20
"""Octets of a revocation file: a million entries, more than a region's list."""

CERTIFICATE_SIZE_LIMIT = 4096
"""Octets of a certificate file; real ones have some 200."""


class TrustStoreError(V2XError):
    """A trust directory can't be used; the message names the file and the reason."""


def read_certificate(path: Path) -> Certificate:
    """The certificate in a file of COER octets."""
    try:
        if path.stat().st_size > CERTIFICATE_SIZE_LIMIT:
            raise TrustStoreError(f"{path}: larger than {CERTIFICATE_SIZE_LIMIT} octets, no certificate")
        octets = path.read_bytes()
    except OSError as error:
        raise TrustStoreError(f"{path}: {error.strerror}") from error
    try:
        return Certificate.decode(octets)
    except (CodecError, TrustError) as error:
        raise TrustStoreError(f"{path}: {error}") from error


def read_certificates(folder: Path) -> list[Certificate]:
    """The certificates of ``*.coer`` in ``folder``, by file name; none where there is no folder."""
    return [read_certificate(path) for path in sorted(folder.glob("*.coer"))]


def read_revoked(path: Path) -> list[bytes]:
    """HashedId10 or HashedId8 in hex, one a line, ``#`` begins a remark; none where there is no file."""
    try:
        if not path.exists():
            return []
        if path.stat().st_size > REVOKED_SIZE_LIMIT:
            raise TrustStoreError(f"{path}: larger than {REVOKED_SIZE_LIMIT} octets")
        lines = path.read_text("ascii").splitlines()
    except OSError as error:
        raise TrustStoreError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TrustStoreError(f"{path}: octet {error.start} is no hex digit") from error
    ids = []
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].strip()
        try:
            one = bytes.fromhex(text)
        except ValueError:
            raise TrustStoreError(f"{path}, line {number}: no hex digits") from None
        if text and len(one) not in (8, 10):
            raise TrustStoreError(f"{path}, line {number}: {len(one)} octets are no HashedId10 or HashedId8")
        if text:
            ids.append(one)
    return ids
