"""Revocation, and the lists of the test PKI: what goes to the receivers.

    revoke    marks everything that belongs to a name; nobody hears of it before it is published
    publish   lists/trcl.coer, lists/domain.coer     signed by the list authority
              crls/hash.coer                         HashedId10 of revoked certificates
              crls/linkage.coer                      seeds of revoked vehicles with a batch, from now on
    export    what a receiver needs and nothing else: certificates, lists, revocation lists; no key, no index
    import_trcl   takes the root list of a real authority into a trust directory

Both revocation lists are full ones, signed by the misbehaviour authority for its issuer, the intermediate
authority (crlCraca).  Forms: :mod:`v2x.certs.lists`, :mod:`v2x.certs.crl`.  Ours: who signs, how long a list
holds, the names of the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.certs import linkage
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl, seal_crl
from v2x.certs.instants import utc_text
from v2x.certs.lists import DomainList, ListSettings, RootList
from v2x.certs.pki_batch import seeds_of
from v2x.certs.pki_files import (
    PkiError,
    find_entry,
    load_holder,
    make_folder,
    read_index,
    secret_of,
    tidy,
    write_index,
    write_octets,
)
from v2x.certs.pki_roles import (
    APPLICATIONS,
    CRL_SERIES,
    ENROLMENTS,
    INTERMEDIATE,
    LISTS,
    MISBEHAVIOUR,
    PSEUDONYMS,
    ROOT,
)
from v2x.certs.signer import Signer
from v2x.certs.trust_files import AUTHORITIES, LIST_AUTHORITIES, ROOTS, read_certificate
from v2x.certs.trust_files import LISTS as LISTS_FOLDER
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.certs.certificate import Certificate
    from v2x.certs.issue import Holder
    from v2x.certs.pki_files import Index

__all__ = ["PUBLISHED", "clear_lists", "export", "import_trcl", "publish", "revoke"]

TRCL, DOMAIN = "lists/trcl.coer", "lists/domain.coer"
HASHES, SEEDS = "crls/hash.coer", "crls/linkage.coer"
PUBLISHED = (TRCL, DOMAIN, HASHES, SEEDS)
"""Files that :func:`publish` writes."""

LISTS_HOLD_S = 30 * 86_400.0
"""Until the next root list and domain list are due."""
CRLS_HOLD_S = 7 * 86_400.0
"""Until the next revocation lists are due."""
LIST_SERIES = 1
RECEIVERS = (ROOTS, AUTHORITIES, LIST_AUTHORITIES)
"""Folders whose certificates a receiver needs."""


def revoke(directory: Path, name: str, at: float) -> list[str]:
    """Mark ``name``, its enrolment and its batch as revoked at ``at`` (POSIX s); the names that now are.

    PkiError for a name that isn't there, that is revoked already, or that of the root.
    """
    index = read_index(directory)
    find_entry(directory, index, name)
    if name in index.revoked:
        raise PkiError(f"{directory}: {name} is revoked already")
    if name in (ROOT, LISTS, INTERMEDIATE, MISBEHAVIOUR):
        raise PkiError(f"{directory}: {name} can't be revoked: lists hang on it; make a new PKI")
    marked = [name]
    if any(row["name"] == f"{name}-enrolment" for row in index.certificates):
        marked.append(f"{name}-enrolment")
    for one in marked:
        index.revoked.setdefault(one, at)
    with tidy(directory):
        write_index(directory, index)
    return marked


def publish(directory: Path, at: float, *, secret: bytes | None = None) -> list[Path]:
    """Sign and write all lists at ``at`` (POSIX s); their files."""
    index = read_index(directory)
    secret = secret_of(directory, secret)
    index.issues += 1
    authority = load_holder(directory, index, LISTS, secret)
    trcl, domain = _trust_lists(directory, index, authority, at)
    hashes, seeds = _revocation_lists(directory, index, at, secret)
    written = []
    with tidy(directory):
        for name, octets in zip(PUBLISHED, (trcl, domain, hashes, seeds), strict=True):
            path = directory / name
            make_folder(path.parent)
            write_octets(path, octets)
            written.append(path)
        write_index(directory, index)
    return written


def _trust_lists(directory: Path, index: Index, authority: Holder, at: float) -> tuple[bytes, bytes]:
    """Root list and domain list: the one root, and the chains of those who issue to end entities."""

    def certificate(name: str) -> Certificate:
        return read_certificate(directory / find_entry(directory, index, name)["file"])

    root_list = RootList.make(
        [(certificate(ROOT), None)],
        authority.certificate,
        authority.sign,
        series=LIST_SERIES,
        issued_at=at,
        next_at=at + LISTS_HOLD_S,
        leap_seconds=index.leap_seconds,
    )
    intermediate = certificate(INTERMEDIATE)
    chains = [
        ((certificate(one), intermediate), None, None) for one in (PSEUDONYMS, APPLICATIONS, ENROLMENTS)
    ]
    domain_list = DomainList.make(
        chains,
        authority.certificate,
        authority.sign,
        series=LIST_SERIES,
        issued_at=at,
        next_at=at + LISTS_HOLD_S,
        leap_seconds=index.leap_seconds,
    )
    return root_list.octets, domain_list.octets


def _revocation_lists(directory: Path, index: Index, at: float, secret: bytes) -> tuple[bytes, bytes]:
    """Both full revocation lists as signed messages."""
    holder = load_holder(directory, index, MISBEHAVIOUR, secret)
    signer = Signer(holder.certificate, holder.private_key, leap_seconds=index.leap_seconds)
    craca = holder.certificate.issuer or holder.certificate.hashed_id8
    by_hash, by_seed = (
        CrlIssue(craca, series, at, at + CRLS_HOLD_S, leap_seconds=index.leap_seconds)
        for series in CRL_SERIES
    )
    entries = [
        (bytes.fromhex(row["sm3"])[-10:], row["valid_until_at"])
        for row in index.certificates
        if row["name"] in index.revoked and row["valid_until_at"] >= at
    ]
    now = linkage.period_of(at)
    seeds = []
    for name, (_, last, per_week) in index.pools.items():
        if name in index.revoked and last >= now:
            later = linkage.after_all(seeds_of(directory, index, name, secret), now)
            seeds.append(linkage.RevokedSeeds(later, last, per_week - 1))
    return (
        seal_crl(hash_crl(by_hash, index.issues, entries), signer, at),
        seal_crl(linked_crl(by_seed, now, index.issues % 256, seeds), signer, at),
    )


def clear_lists(directory: Path) -> None:
    """Remove what :func:`publish` wrote."""
    for name in PUBLISHED:
        (directory / name).unlink(missing_ok=True)


def export(directory: Path, out: Path) -> list[str]:
    """Write what a receiver needs into the new directory ``out``; the names of its files.

    Each file is read and must be what its name says: a certificate, or a list; PkiError or TrustStoreError.
    """
    index = read_index(directory)
    names = [row["file"] for row in index.certificates if row["file"].split("/")[0] in RECEIVERS]
    for name in names:
        read_certificate(directory / name)
    names += [name for name in PUBLISHED if (directory / name).exists()]
    with tidy(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise PkiError(f"{out}: is there and not an empty directory")
        out.mkdir(exist_ok=True)
        for name in names:
            path = out / name
            path.parent.mkdir(exist_ok=True)
            write_octets(path, (directory / name).read_bytes(), 0o644)
    return names


def import_trcl(
    octets: bytes, authority: Certificate, trust: Path, at: float, settings: ListSettings | None = None
) -> list[str]:
    """Put the roots of a root list by ``authority`` into the directory ``trust``; what was done, one a line.

    Writes ``roots/trcl-<authority>-<root>.coer``, the list itself and its authority's certificate, so that
    :class:`v2x.certs.TrustStore` can check it again; roots of an earlier issue that are no longer listed are
    removed.  TrustError or CodecError where the list is not to be believed at ``at`` (POSIX s), or is older
    than the one that is there.  A root that isn't supported or not self-signed is named and left out.
    """
    settings = settings or ListSettings()
    found = RootList.decode(octets, settings.leap_seconds)
    found.verify(authority, at, settings)
    id8 = authority.hashed_id8.hex()
    kept = trust / f"{LISTS_FOLDER}/trcl-{id8}-{found.series}.coer"
    with tidy(trust):
        _refuse_older(kept, found, settings)
        roots, notes = _usable_roots(found, f"trcl-{id8}-{found.series}")
        if not roots:
            raise PkiError(f"the list of {id8} has no root that is supported; nothing was written")
        for part in (ROOTS, LIST_AUTHORITIES, LISTS_FOLDER):
            (trust / part).mkdir(parents=True, exist_ok=True)
        for path in sorted((trust / ROOTS).glob(f"trcl-{id8}-{found.series}-*.coer")):
            if path.name not in roots:
                path.unlink()
                notes.append(f"removed {path}: no longer listed")
        for name, root in roots.items():
            path = trust / ROOTS / name
            notes.append(f"{'kept' if path.exists() else 'added'} {path}: {root.name or 'no name'}")
            write_octets(path, root.octets, 0o644)
        write_octets(trust / LIST_AUTHORITIES / f"{id8}.coer", authority.octets, 0o644)
        write_octets(kept, found.octets, 0o644)
    return notes


def _refuse_older(kept: Path, found: RootList, settings: ListSettings) -> None:
    """TrustError where the list that was imported before is newer."""
    if not kept.exists():
        return
    before = RootList.decode(kept.read_bytes(), settings.leap_seconds)
    if before.issued_at > found.issued_at:
        detail = f"trusted-root list: issued {utc_text(found.issued_at)}, {kept} is newer"
        raise TrustError(Reason.REPLAY_REPLAYED, detail, signer=found.issuer_id8)


def _usable_roots(found: RootList, prefix: str) -> tuple[dict[str, Certificate], list[str]]:
    """Roots by the names of their files, and why others are left out."""
    roots, notes = {}, []
    for number, entry in enumerate(found.entries, start=1):
        try:
            root = entry.certificate()
        except TrustError as error:
            notes.append(f"left out entry {number}: {error}")
            continue
        if root.issuer is not None or not root.is_signed_by(root):
            notes.append(f"left out entry {number}: {root.hashed_id8.hex()} is not signed by itself")
            continue
        roots[f"{prefix}-{root.hashed_id8.hex()}.coer"] = root
    return roots, notes
