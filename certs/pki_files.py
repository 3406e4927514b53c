"""The folder of a test PKI: its layout, its index, and writing into it.

    DIR/index.json                             names, roles, HashedId8, validity, revocations; no secrets
    DIR/roots/root.TEST.coer                   what a receiver trusts
    DIR/authorities/<authority>.TEST.coer      intermediate, enrolment, pseudonym, application, ...
    DIR/list-authorities/list-authority.TEST.coer
    DIR/signers/<name>.TEST.coer               end entities: vehicle-NN, roadside, expired, issued ones
    DIR/enrolments/<name>-enrolment.TEST.coer  enrolment certificates
    DIR/issued/<role>-<id8>.TEST.coer          answers to requests: certificates whose keys are elsewhere
    DIR/pools/<name>/<i>-<j>.TEST.coer         answers of a batch, each sealed to the vehicle's own key
    DIR/keys/<name>.TEST.key.pem               private keys, encrypted (v2x.certs.keys)
    DIR/lists/, DIR/crls/                      what `v2x pki publish` signed

All files have mode 0600 in folders of mode 0700.  TEST stands in every file's name: nothing here may ever
leave a bench.  The layout is ours.  A file is replaced at once, so that a reader never sees half of one; two
commands at a time on one directory are not provided for.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.issue import Holder
from v2x.certs.keys import read_key, write_key
from v2x.certs.passphrase import secret_for
from v2x.certs.trust import TrustSettings, TrustStore
from v2x.certs.trust_files import AUTHORITIES, LIST_AUTHORITIES, ROOTS, read_certificate
from v2x.errors import V2XError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from v2x.certs.certificate import Certificate

__all__ = [
    "ENROLMENTS",
    "FORMAT",
    "INDEX",
    "ISSUED",
    "KEYS",
    "NAME",
    "PARTS",
    "POOLS",
    "SIGNERS",
    "Index",
    "PkiError",
    "add_holder",
    "checked_name",
    "entry_of",
    "find_entry",
    "key_path",
    "load_holder",
    "load_store",
    "make_folder",
    "read_index",
    "secret_of",
    "tidy",
    "write_index",
    "write_octets",
]

FORMAT = 2
"""Of the index; 1 had three authorities and keys that were not encrypted."""
INDEX, KEYS, POOLS = "index.json", "keys", "pools"
SIGNERS, ENROLMENTS, ISSUED = "signers", "enrolments", "issued"
PARTS = (ROOTS, AUTHORITIES, LIST_AUTHORITIES, SIGNERS, ENROLMENTS, ISSUED)
INDEX_SIZE_LIMIT = 16 << 20
"""Octets of an index; 10,000 entries have 4 MB."""
ENTRIES_LIMIT = 20_000
"""Certificates of one test PKI: as many vehicles as one can be made with, each with an enrolment."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("role", "kind", "hashed_id8", "sm3")
NAME_LIMIT = 48
"""Letters of a name: it becomes a file's."""


class PkiError(V2XError):
    """A PKI directory can't be made or used; the message names the place and the reason."""


@dataclass
class Index:
    """What index.json holds.

    ``certificates`` are rows as :func:`entry_of` makes them.  ``revoked`` maps a name to the instant of its
    revocation (POSIX s), ``answered`` the SM3 of an answered request (hex) to the instant until which it is
    remembered, ``pools`` a name to the first and the last period and the number of certificates in one.
    ``issues`` counts what was published.
    """

    leap_seconds: int
    certificates: list[dict[str, Any]] = field(default_factory=list)
    revoked: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    pools: dict[str, list[int]] = field(default_factory=dict)
    issues: int = 0


@contextmanager
def tidy(folder: Path) -> Iterator[None]:
    """Inside, an OSError becomes a PkiError that names the place."""
    try:
        yield
    except OSError as error:
        raise PkiError(f"{error.filename or folder}: {error.strerror}") from error


def checked_name(name: str) -> str:
    """``name`` itself; PkiError unless it is of lower-case letters and digits with single dashes between."""
    if len(name) > NAME_LIMIT or not NAME.fullmatch(name):
        raise PkiError(
            f"{name!r} is no name: up to {NAME_LIMIT} lower-case letters, digits and single dashes"
        )
    return name


def secret_of(folder: Path, secret: bytes | None) -> bytes:
    """The secret of the folder's keys: the given one, else where :mod:`v2x.certs.passphrase` looks."""
    return secret_for(folder) if secret is None else secret


def make_folder(path: Path) -> None:
    """Make a folder (its parent is there) with mode 0700, or give it that mode."""
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)


def write_octets(path: Path, octets: bytes, mode: int = 0o600) -> None:
    """Write a file of this mode from its first instant; an existing one is replaced at once."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def key_path(folder: Path, name: str) -> Path:
    """Where the private key of ``name`` lies."""
    return folder / KEYS / f"{name}.TEST.key.pem"


def add_holder(folder: Path, part: str, name: str, holder: Holder, secret: bytes) -> None:
    """Write a certificate and its encrypted key."""
    write_octets(folder / part / f"{name}.TEST.coer", holder.certificate.octets)
    write_key(key_path(folder, name), holder.private_key, secret)


def entry_of(name: str, part: str, certificate: Certificate, leap_seconds: int, role: str) -> dict[str, Any]:
    """The row of a certificate in the index."""
    start_at, end_at = certificate.validity(leap_seconds)
    return {
        "name": name,
        "file": f"{part}/{name}.TEST.coer",
        "role": role,
        "kind": "authority" if part in (AUTHORITIES, LIST_AUTHORITIES) else certificate.kind,
        "hashed_id8": certificate.hashed_id8.hex(),
        "sm3": certificate.sm3.hex(),
        "issuer": certificate.issuer.hex() if certificate.issuer else None,
        "valid_from_at": start_at,
        "valid_until_at": end_at,
        "aids": sorted(certificate.app_permissions),
    }


def load_store(folder: Path, index: Index) -> TrustStore:
    """What a receiver of this PKI trusts, by its leap seconds; TrustStoreError names file and reason."""
    return TrustStore.load(folder, TrustSettings(leap_seconds=index.leap_seconds))


def load_holder(folder: Path, index: Index, name: str, secret: bytes) -> Holder:
    """Certificate and private key of ``name``; PkiError, TrustStoreError or KeyFileError name the file."""
    certificate = read_certificate(folder / find_entry(folder, index, name)["file"])
    path = key_path(folder, name)
    private_key = read_key(path, secret)
    if sm2.compress(sm2.public_point(private_key)) != certificate.point:
        raise PkiError(f"{path}: the private key does not belong to {name}'s certificate")
    return Holder(certificate, private_key)


def find_entry(folder: Path, index: Index, name: str) -> dict[str, Any]:
    """The row of ``name``; PkiError names some that are there."""
    row = next((row for row in index.certificates if row["name"] == name), None)
    if row is None:
        known = [row["name"] for row in index.certificates if row["file"].startswith(f"{SIGNERS}/")]
        raise PkiError(f"{folder}: no signer {name!r}; there are {', '.join(known[:8])}, ...")
    return row


def write_index(folder: Path, index: Index) -> None:
    """Write index.json; PkiError where it grew beyond its limit."""
    if len(index.certificates) > ENTRIES_LIMIT:
        raise PkiError(f"{folder}: more than {ENTRIES_LIMIT} certificates")
    value = {
        "format": FORMAT,
        "about": "TEST PKI of v2x: nothing here may leave a bench; the keys' secret is elsewhere",
        "leap_seconds": index.leap_seconds,
        "issues": index.issues,
        "certificates": index.certificates,
        "pools": index.pools,
        "revoked": index.revoked,
        "answered": index.answered,
    }
    write_octets(folder / INDEX, (json.dumps(value, indent=1) + "\n").encode("utf-8"))


def read_index(folder: Path) -> Index:
    """The index of a PKI directory; PkiError where there is none or a value is not of its kind."""
    path = folder / INDEX
    if not path.is_file():
        raise PkiError(f"{folder}: not a PKI directory ({INDEX} is missing); `v2x pki init` makes one")
    try:
        with path.open("rb") as file:
            octets = file.read(INDEX_SIZE_LIMIT + 1)
        if len(octets) > INDEX_SIZE_LIMIT:
            raise PkiError(f"{path}: larger than {INDEX_SIZE_LIMIT} octets")
        text = octets.decode("utf-8")
    except OSError as error:
        raise PkiError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PkiError(f"{path}: not UTF-8 at octet {error.start}") from error
    try:
        value = json.loads(text)
        if value["format"] == 1:
            raise PkiError(f"{path}: made by an older version; make the PKI anew in another directory")
        fit = value["format"] == FORMAT and _fits(value)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PkiError(f"{path}: not the index of a PKI ({type(error).__name__}: {error})") from error
    if not fit:
        raise PkiError(f"{path}: not the index of a PKI of format {FORMAT}")
    names = ("leap_seconds", "certificates", "revoked", "answered", "pools", "issues")
    return Index(**{name: value[name] for name in names})


def _fits(value: dict[str, Any]) -> bool:
    """Whether every value that is used is of its kind."""
    numbers = (*value["revoked"].values(), *value["answered"].values())
    return (
        isinstance(value["leap_seconds"], int)
        and isinstance(value["issues"], int)
        and all(_entry_fits(row) for row in value["certificates"])
        and all(isinstance(number, int | float) for number in numbers)
        and all(bool(NAME.fullmatch(name)) for name in (*value["revoked"], *value["pools"]))
        and all(
            len(row) == 3 and all(isinstance(number, int) for number in row)
            for row in value["pools"].values()
        )
    )


def _entry_fits(row: dict[str, Any]) -> bool:
    """The file is where its name says, so that a name can lead nowhere else."""
    name = str(row["name"])
    plain = bool(NAME.fullmatch(name)) and all(isinstance(row[key], str) for key in _TEXTS)
    dated = all(isinstance(row[key], int | float) for key in ("valid_from_at", "valid_until_at"))
    return plain and dated and all(isinstance(aid, int) for aid in row["aids"]) and _is_placed(row, name)


def _is_placed(row: dict[str, Any], name: str) -> bool:
    return row["file"] in {f"{part}/{name}.TEST.coer" for part in PARTS}
