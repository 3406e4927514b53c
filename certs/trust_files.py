"""A trust directory: what a receiver believes, as files.  Keys have no place in it.

    roots/*.coer              trusted roots, one certificate a file
    authorities/*.coer        authorities, each believed only through its chain
    list-authorities/*.coer   self-signed authorities that may sign lists and nothing else
    lists/trcl*.coer          trusted-root lists: add roots
    lists/domain*.coer        trusted-domain lists: add authorities
    crls/*.coer               revocation lists, each a secured message
    revoked.txt               revoked ids in hex, HashedId10 or HashedId8, one a line

The layout is ours; everything but ``roots`` is optional.  A file that can't be read, or holds what nobody
trusted has signed, is a :class:`TrustStoreError` with the file (and line) and the reason: who runs on without
a revocation list must have taken it away himself.  A list whose time has not come or has passed is left out,
with a note.  A revocation list that is overdue goes on to count, with a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from v2x.certs.certificate import Certificate
from v2x.certs.crl import SignerStore, open_crl
from v2x.certs.instants import utc_text
from v2x.certs.lists import DomainList, ListSettings, RootList
from v2x.codecs import coer
from v2x.errors import CodecError, Reason, TrustError, V2XError

if TYPE_CHECKING:
    from v2x.certs.chains import TrustSettings
    from v2x.certs.revocation import Revocations

__all__ = [
    "AUTHORITIES",
    "CRLS",
    "DOMAIN_LISTS",
    "LISTS",
    "LIST_AUTHORITIES",
    "REVOKED",
    "ROOTS",
    "ROOT_LISTS",
    "ListStore",
    "TrustFolder",
    "TrustStoreError",
    "apply_lists",
    "read_certificate",
    "read_certificates",
    "read_revoked",
]

ROOTS, AUTHORITIES, LIST_AUTHORITIES = "roots", "authorities", "list-authorities"
LISTS, CRLS, REVOKED = "lists", "crls", "revoked.txt"
ROOT_LISTS, DOMAIN_LISTS = "trcl*.coer", "domain*.coer"
"""Names in a trust directory."""

REVOKED_SIZE_LIMIT = 32 << 20
"""Octets of a revocation file: a million entries, more than a region's list."""
CERTIFICATE_SIZE_LIMIT = 4096
"""Octets of a certificate file; real ones have some 200."""
LIST_SIZE_LIMIT = coer.MAX_OCTETS
"""Octets of a list: more than the decoder takes."""
LISTS_LIMIT = 64
"""Files of one kind of list: one a domain or series; all are in memory at once, 64 MB at most."""


class TrustStoreError(V2XError):
    """A trust directory can't be used; the message names the file and the reason."""


class ListStore(SignerStore, Protocol):
    """What :func:`apply_lists` needs of :class:`v2x.certs.TrustStore`."""

    settings: TrustSettings
    revocations: Revocations

    def add_root(self, root: Certificate) -> None:
        """Trust a root, or TrustError."""
        ...

    def add_authority(self, authority: Certificate) -> None:
        """Let chains use an authority's certificate."""
        ...


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """The content of a trust directory, not judged yet; lists and CRLs are octets by their file."""

    roots: list[Certificate]
    authorities: list[Certificate]
    list_authorities: list[Certificate]
    revoked: list[bytes]
    root_lists: dict[Path, bytes]
    domain_lists: dict[Path, bytes]
    crls: dict[Path, bytes]

    @classmethod
    def read(cls, path: str | Path) -> TrustFolder:
        """Of the directory ``path``; what isn't there is empty.  TrustStoreError names file and reason."""
        folder = Path(path)
        return cls(
            roots=read_certificates(folder / ROOTS),
            authorities=read_certificates(folder / AUTHORITIES),
            list_authorities=read_certificates(folder / LIST_AUTHORITIES),
            revoked=read_revoked(folder / REVOKED),
            root_lists=_read_lists(folder / LISTS, ROOT_LISTS),
            domain_lists=_read_lists(folder / LISTS, DOMAIN_LISTS),
            crls=_read_lists(folder / CRLS, "*.coer"),
        )


def _read(path: Path, limit: int, what: str) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise TrustStoreError(f"{path}: larger than {limit} octets, no {what}")
        return path.read_bytes()
    except OSError as error:
        raise TrustStoreError(f"{path}: {error.strerror}") from error


def _read_lists(folder: Path, pattern: str) -> dict[Path, bytes]:
    paths = sorted(islice(folder.glob(pattern), LISTS_LIMIT + 1))
    if len(paths) > LISTS_LIMIT:
        raise TrustStoreError(f"{folder}: more than {LISTS_LIMIT} files {pattern}")
    return {path: _read(path, LIST_SIZE_LIMIT, "list") for path in paths}


def read_certificate(path: Path) -> Certificate:
    """The certificate in a file of COER octets."""
    octets = _read(path, CERTIFICATE_SIZE_LIMIT, "certificate")
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
        lines = _read(path, REVOKED_SIZE_LIMIT, "revocation file").decode("ascii").splitlines()
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


def apply_lists(folder: TrustFolder, store: ListStore, at: float | None = None) -> list[str]:
    """Take the lists of ``folder`` into ``store``: roots, authorities, revocations; notes for a person.

    ``at`` is now (POSIX s); without it each list is judged at its own issue, so that none is too old or too
    early.  Trusted-root lists are believed by the roots and list authorities of the folder itself, never by a
    root that another list has brought; domain lists also by the store's roots and authorities.
    TrustStoreError names the file and why its list is not believed.
    """
    notes: list[str] = []
    own = [*folder.roots, *folder.list_authorities]
    for path, roots in _believed(RootList, folder.root_lists, own, store, at, notes):
        notes.append(f"{path}: {_add_roots(path, roots, store, notes)} roots added")
    issuers = [*own, *store.roots, *store.authorities]
    for path, domains in _believed(DomainList, folder.domain_lists, issuers, store, at, notes):
        notes.append(f"{path}: {_add_authorities(path, domains, store, notes)} authorities added")
    _add_crls(folder.crls, store, at, notes)
    return notes


_List = TypeVar("_List", RootList, DomainList)


def _believed(
    kind: type[_List],
    files: dict[Path, bytes],
    issuers: list[Certificate],
    store: ListStore,
    at: float | None,
    notes: list[str],
) -> list[tuple[Path, _List]]:
    """The lists that hold now, the newest of each issuer and series."""
    settings = ListSettings(leap_seconds=store.settings.leap_seconds, year_s=store.settings.year_s)
    newest: dict[tuple[bytes | None, int], tuple[Path, _List]] = {}
    for path, octets in files.items():
        try:
            found = kind.decode(octets, settings.leap_seconds)
            found.verify(_issuer(found, issuers, store), found.issued_at if at is None else at, settings)
        except (CodecError, TrustError) as error:
            if isinstance(error, TrustError) and error.reason in (Reason.TIME_FUTURE, Reason.TIME_STALE):
                notes.append(f"{path}: left out: {error}")
                continue
            raise TrustStoreError(f"{path}: {error}") from error
        key = found.issuer_id8, found.series
        older = newest.get(key)
        if older is None or older[1].issued_at < found.issued_at:
            newest[key] = path, found
    return list(newest.values())


def _issuer(found: RootList | DomainList, issuers: list[Certificate], store: ListStore) -> Certificate:
    """The certificate of the list's issuer; one with an issuer of its own only if the store believes it."""
    for one in issuers:
        if one.hashed_id8 == found.issuer_id8:
            return (
                one if one.issuer is None else store.find_certificate(one.value, found.issued_at).certificate
            )
    name = found.issuer_id8.hex() if found.issuer_id8 else found.issuer[0]
    raise TrustError(
        Reason.SIGNER_UNKNOWN, f"{found.title}: no authority {name} is trusted", signer=found.issuer_id8
    )


def _add_roots(path: Path, roots: RootList, store: ListStore, notes: list[str]) -> int:
    """Roots of a kind that isn't supported, or not self-signed, are left out with a note."""
    count = 0
    for entry in roots.entries:
        try:
            store.add_root(entry.certificate())
            count += 1
        except TrustError as error:
            notes.append(f"{path}: a root is left out: {error}")
    return count


def _add_authorities(path: Path, domains: DomainList, store: ListStore, notes: list[str]) -> int:
    """Issuing certificates of the chains; their roots are trusted by a root list or not at all."""
    count = 0
    for entry in domains.entries:
        try:
            for certificate in entry.certificates():
                if certificate.issuer is not None and certificate.issue_permissions:
                    store.add_authority(certificate)
                    count += 1
        except TrustError as error:
            notes.append(f"{path}: a domain is left out: {error}")
    return count


def _add_crls(files: dict[Path, bytes], store: ListStore, at: float | None, notes: list[str]) -> None:
    """In any order: the revocations know which is newer."""
    now = float("inf") if at is None else at
    for path, octets in files.items():
        try:
            store.revocations.add_crl(open_crl(octets, store, now, leap_seconds=store.settings.leap_seconds))
        except (CodecError, TrustError) as error:
            if isinstance(error, TrustError) and error.reason is Reason.TIME_FUTURE:
                notes.append(f"{path}: left out: {error}")
                continue
            raise TrustStoreError(f"{path}: {error}") from error
    if at is None:
        return
    store.revocations.prepare(at)
    for state in store.revocations.states(at):
        if state.is_overdue:
            notes.append(
                f"revocation list series {state.series} of {state.craca}: "
                f"the next one was due {utc_text(state.next_at)}"
            )
        if not state.is_complete:
            notes.append(f"revocation list series {state.series} of {state.craca}: lists are missing")
