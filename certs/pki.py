"""A test PKI in a directory: all authorities, vehicles, one road-side unit, one expired vehicle.

    init            root, intermediate, seven authorities, list authority, then the end entities
    load_trust      what a receiver trusts         load_signer     a certificate with its key
    load_pool       the pseudonyms of one vehicle  names, entries  what there is

The layout of the directory is in :mod:`v2x.certs.pki_files`, the permissions are in
:mod:`v2x.certs.pki_roles` (both ours); requests, batches, revocation and lists are made by
:mod:`v2x.certs.pki_authority`, :mod:`v2x.certs.pki_batch` and :mod:`v2x.certs.pki_lists`.  Keys are encrypted
under a secret that :mod:`v2x.certs.passphrase` keeps outside of the directory; a PKI that lives only as long
as a process is given one (``secret``), and nothing of it is kept.  Time is the argument ``at``; keys come
from the system's secret randomness.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2
from v2x.certs.issue import Holder, Template, issue
from v2x.certs.keys import write_key
from v2x.certs.passphrase import secret_for
from v2x.certs.pki_batch import open_pool
from v2x.certs.pki_files import (
    INDEX,
    KEYS,
    PARTS,
    POOLS,
    SIGNERS,
    Index,
    PkiError,
    add_holder,
    entry_of,
    find_entry,
    key_path,
    load_holder,
    make_folder,
    read_index,
    secret_of,
    tidy,
    write_index,
)
from v2x.certs.pki_lists import clear_lists
from v2x.certs.pki_roles import (
    APPLICATIONS,
    LISTS,
    PSEUDONYMS,
    ROADSIDE_AIDS,
    ROOT,
    VEHICLE_AIDS,
    authority_roles,
)
from v2x.certs.pseudonym import FIXED, PseudonymPool
from v2x.certs.signer import ROADSIDE as ROADSIDE_PROFILE
from v2x.certs.signer import VEHICLE, Signer
from v2x.certs.trust import TrustSettings, TrustStore
from v2x.certs.trust_files import AUTHORITIES, LIST_AUTHORITIES, ROOTS

if TYPE_CHECKING:
    from v2x.certs.pseudonym import ChangeRule

__all__ = [
    "EXPIRED",
    "ROADSIDE",
    "PkiError",
    "entries",
    "init",
    "load_pool",
    "load_signer",
    "load_trust",
    "names",
    "temporary_secret",
    "vehicle",
]

ROADSIDE, EXPIRED = "roadside", "expired"
VEHICLES_LIMIT = 9999
"""Vehicles of one test PKI: more than the simulated traffic ever has; each costs some milliseconds."""
START_MARGIN_S = 3600.0
"""Certificates begin this long before ``at``, so that a clock a little behind still finds them valid."""


def vehicle(number: int, vehicles: int = 1) -> str:
    """Name of the vehicle ``number`` (from 1) in a PKI of ``vehicles``: vehicle-01 (of 100: vehicle-001)."""
    return f"vehicle-{number:0{max(2, len(str(vehicles)))}d}"


def temporary_secret() -> bytes:
    """A secret for a PKI that lives only as long as this process: 64 random hex digits."""
    return secrets.token_hex(32).encode("ascii")


def init(
    directory: str | Path,
    vehicles: int = 30,
    *,
    at: float,
    years: int = 10,
    hours: int = 168,
    leap_seconds: int = 0,
    force: bool = False,
    secret: bytes | None = None,
) -> None:
    """Make a test PKI in ``directory`` (made with mode 0700 if it isn't there; its parent must be).

    ``at`` is now (POSIX s); authorities are valid for ``years``, end entities for ``hours`` (168 as in a real
    pseudonym request), the vehicle named expired until one hour before ``at``.  ``force`` replaces a PKI that
    is there already.  ``secret`` encrypts the keys; without it one is made and kept for this user
    (:func:`v2x.certs.passphrase.secret_for`).  PkiError or PassphraseError says why not; ValueError for
    numbers out of range.
    """
    if not 1 <= vehicles <= VEHICLES_LIMIT:
        raise ValueError(f"1..{VEHICLES_LIMIT} vehicles, not {vehicles}")
    if not 1 <= years <= 100 or not 2 <= hours <= 65535:
        raise ValueError("authorities are valid for 1..100 years, end entities for 2..65535 hours")
    folder = Path(directory)
    _check(folder, force)
    encryption_keys: dict[str, bytes] = {}
    holders = _authorities(at - START_MARGIN_S, years, leap_seconds, encryption_keys)
    holders |= _end_entities(holders, vehicles, at, hours, leap_seconds)
    index = Index(leap_seconds)
    with tidy(folder):
        if (folder / INDEX).exists():
            _remove(folder)
        make_folder(folder)
        for part in (*PARTS, KEYS):
            make_folder(folder / part)
        secret = secret_for(folder, create=True) if secret is None else secret
        for name, (part, role, holder) in holders.items():
            add_holder(folder, part, name, holder, secret)
            index.certificates.append(entry_of(name, part, holder.certificate, leap_seconds, role))
        for name, private_key in encryption_keys.items():
            write_key(key_path(folder, f"{name}-encryption"), private_key, secret)
        write_index(folder, index)


def _check(folder: Path, force: bool) -> None:
    """Refuse to touch what is there, unless it is a PKI and ``force`` is set."""
    with tidy(folder):
        if not folder.exists():
            return
        if not folder.is_dir():
            raise PkiError(f"{folder}: is there and no directory")
        if (folder / INDEX).exists():
            if not force:
                raise PkiError(f"{folder}: holds a PKI already (--force replaces it)")
            read_index(folder)
        elif any(folder.iterdir()):
            raise PkiError(f"{folder}: is not empty and holds no PKI; name a new directory")


def _remove(folder: Path) -> None:
    """Remove what was made here before, and nothing else: files with TEST in their names, and lists."""
    for part in PARTS:
        for path in (folder / part).glob("*.TEST.coer"):
            path.unlink()
    for path in (folder / KEYS).glob("*.TEST.key.pem"):
        path.unlink()
    for pool in (folder / POOLS).glob("*/"):
        for path in pool.glob("*.TEST.coer"):
            path.unlink()
    clear_lists(folder)
    (folder / INDEX).unlink()


_FOLDER = {ROOT: ROOTS, LISTS: LIST_AUTHORITIES}
"""Where the certificates of the self-signed authorities lie."""

_Members = dict[str, tuple[str, str, Holder]]
"""Folder, role and holder by name."""


def _authorities(
    starts_at: float, years: int, leap_seconds: int, encryption_keys: dict[str, bytes]
) -> _Members:
    """All authorities, each after its issuer; private encryption keys go into ``encryption_keys``."""
    made: _Members = {}
    for name, role in authority_roles().items():
        template = role.template(name, starts_at, years, leap_seconds)
        if role.encrypts:
            encryption_keys[name] = sm2.generate()
            point = sm2.public_point(encryption_keys[name])
            template = replace(template, encryption_point=point)
        issuer = None if role.issuer is None else made[role.issuer][2]
        made[name] = (_FOLDER.get(name, AUTHORITIES), name, issue(template, issuer))
    return made


def _end_entities(authorities: _Members, vehicles: int, at: float, hours: int, leap_seconds: int) -> _Members:
    pseudonyms, applications = authorities[PSEUDONYMS][2], authorities[APPLICATIONS][2]
    now = at - START_MARGIN_S

    def signer(issuer: Holder, app: tuple[int, ...], start: float, name: str | None = None) -> Holder:
        return issue(Template(start, ("hours", hours), name, app, leap_seconds=leap_seconds), issuer)

    made: _Members = {}
    for number in range(1, vehicles + 1):
        made[vehicle(number, vehicles)] = (SIGNERS, "vehicle", signer(pseudonyms, VEHICLE_AIDS, now))
    roadside = signer(applications, ROADSIDE_AIDS, now, "TEST roadside")
    made[ROADSIDE] = (SIGNERS, "roadside", roadside)
    long_ago = at - 3600.0 * (hours + 1)
    made[EXPIRED] = (SIGNERS, "vehicle", signer(pseudonyms, VEHICLE_AIDS, long_ago))
    return made


def entries(directory: str | Path) -> list[dict[str, Any]]:
    """The certificates of a PKI directory as its index has them; PkiError where it is none.

    ``revoked_at`` is the instant (POSIX s) of a certificate's revocation, or None.
    """
    index = read_index(Path(directory))
    return [{**row, "revoked_at": index.revoked.get(row["name"])} for row in index.certificates]


def names(directory: str | Path) -> tuple[str, ...]:
    """Names of the signers (vehicles, road-side units, expired one), in the order of the index."""
    return tuple(str(row["name"]) for row in entries(directory) if row["file"].startswith(f"{SIGNERS}/"))


def load_trust(
    directory: str | Path, settings: TrustSettings | None = None, *, at: float | None = None
) -> TrustStore:
    """What a receiver of this PKI trusts; PkiError or TrustStoreError name the file and the reason.

    A trust directory without an index (an exported or imported one) will do, too.  ``at`` (POSIX s) is when
    lists are judged stale or overdue; without it none is.
    """
    folder = Path(directory)
    if settings is None and (folder / INDEX).exists():
        settings = TrustSettings(leap_seconds=read_index(folder).leap_seconds)
    return TrustStore.load(folder, settings, at=at)


def load_signer(
    directory: str | Path, name: str, *, enforce: bool = True, secret: bytes | None = None
) -> Signer:
    """The signer ``name``; ``enforce=False`` as in :class:`v2x.certs.Signer` (the expired one needs it).

    ``secret`` as in :func:`init`.
    """
    folder = Path(directory)
    index = read_index(folder)
    row = find_entry(folder, index, name)
    holder = load_holder(folder, index, name, secret_of(folder, secret))
    profile = VEHICLE if row["role"] == "vehicle" else ROADSIDE_PROFILE
    return Signer(
        holder.certificate,
        holder.private_key,
        profile=profile,
        leap_seconds=index.leap_seconds,
        enforce=enforce,
    )


def load_pool(
    directory: str | Path,
    name: str,
    *,
    rule: ChangeRule | None = None,
    at: float | None = None,
    secret: bytes | None = None,
) -> PseudonymPool:
    """The pseudonyms of ``name``: those of its batch, else its one certificate.

    ``rule`` is that of :class:`v2x.certs.pseudonym.PseudonymPool`; who has an identity (a road-side unit, an
    emergency vehicle) keeps it.  ``at`` (POSIX s) leaves out the weeks before.
    """
    folder = Path(directory)
    index = read_index(folder)
    row = find_entry(folder, index, name)
    if name in index.pools:
        return PseudonymPool(open_pool(folder, index, name, secret_of(folder, secret), at), rule)
    fixed = None if row["role"] == "vehicle" else FIXED
    return PseudonymPool([load_signer(folder, name, secret=secret)], rule or fixed)
