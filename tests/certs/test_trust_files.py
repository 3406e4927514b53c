"""Trust directories: what is read, which lists are believed, and how each fault is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from v2x.certs import Certificate, TrustStore, TrustStoreError
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl, seal_crl
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.certs.linkage import LinkageSeed, RevokedSeeds, linkage_value, period_of
from v2x.certs.lists import DomainList, RootList
from v2x.certs.signer import Signer
from v2x.certs.trust_files import LISTS_LIMIT, TrustFolder, apply_lists, read_revoked
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_800_000_000.0
DAY_S = 86400.0
ISSUE = {"series": 1, "issued_at": AT - DAY_S, "next_at": AT + DAY_S}


def made(issuer: Holder | None = None, **changes: Any) -> Holder:
    return issue(Template(**{"starts_at": AT - 9 * DAY_S, "duration": ("years", 10), **changes}), issuer)


class Country:
    """A root with an authority and a vehicle, a second root known by lists only, and a list authority."""

    def __init__(self) -> None:
        may = IssueGroup((111, 3627, 3628), shortest=1, extra=2, any_ssp=True)
        self.root = made(name="root", app=(3627, 3628), issues=(may,))
        self.authority = made(self.root, name="pca", issues=(IssueGroup((111,)),))
        self.vehicle = made(self.authority, app=(111,))
        self.second = made(name="second", app=(3627,), issues=(may,))
        self.far = made(self.second, name="far", issues=(IssueGroup((111,)),))
        self.visitor = made(self.far, app=(111,))
        self.lists = made(name="lists", app=(3627,))

    def root_list(self, authority: Holder, *roots: Holder, **changes: Any) -> bytes:
        rows = [(one.certificate, None) for one in roots]
        fields = {**ISSUE, **changes}
        return RootList.make(rows, authority.certificate, authority.sign, **fields).octets

    def domain_list(self, authority: Holder, *chain: Holder, **changes: Any) -> bytes:
        rows = [([one.certificate for one in chain], None, None)]
        fields = {**ISSUE, **changes}
        return DomainList.make(rows, authority.certificate, authority.sign, **fields).octets

    def crl(self, *ids: bytes, serial: int = 1, **changes: Any) -> bytes:
        return self.seal(hash_crl(self.head(**changes), serial, [(one, AT + 99 * DAY_S) for one in ids]))

    def head(self, **changes: Any) -> CrlIssue:
        craca = self.root.certificate.hashed_id8
        return CrlIssue(**{"craca": craca, **ISSUE, **changes})

    def seal(self, contents: bytes) -> bytes:
        signer = Signer(self.root.certificate, self.root.private_key, enforce=False)
        return seal_crl(contents, signer, AT - DAY_S)


@pytest.fixture(scope="module")
def country() -> Country:
    return Country()


@pytest.fixture
def folder(tmp_path: Path, country: Country) -> Path:
    write(tmp_path, "roots/root.coer", country.root.certificate.octets)
    write(tmp_path, "authorities/pca.coer", country.authority.certificate.octets)
    write(tmp_path, "list-authorities/lists.coer", country.lists.certificate.octets)
    return tmp_path


def write(folder: Path, name: str, octets: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(octets)


def applied(folder: Path, at: float | None = AT) -> tuple[TrustStore, list[str]]:
    """The store of a folder and the notes of its lists, however the store itself loads."""
    found = TrustFolder.read(folder)
    store = TrustStore(found.roots, found.authorities, revoked=found.revoked)
    return store, apply_lists(found, store, at)


def refused(folder: Path, at: float | None = AT) -> str:
    with pytest.raises(TrustStoreError) as caught:
        applied(folder, at)
    return str(caught.value).removeprefix(f"{folder}/")


def believes(store: TrustStore, certificate: Certificate) -> bool:
    try:
        return store.find_certificate(certificate.value, AT).certificate.octets == certificate.octets
    except TrustError:
        return False


def test_an_empty_folder_is_read(tmp_path: Path) -> None:
    found = TrustFolder.read(tmp_path / "nothing")
    assert found == TrustFolder([], [], [], [], {}, {}, {})


def test_what_is_in_a_folder_is_read(folder: Path, country: Country) -> None:
    write(folder, "lists/trcl-1.coer", b"one")
    write(folder, "lists/domain.coer", b"two")
    write(folder, "lists/other.coer", b"ignored")
    write(folder, "crls/any.coer", b"three")
    write(folder, "revoked.txt", b"# by hand\n" + b"00" * 8 + b"\n" + b"11" * 10 + b" # ten\n\n")
    found = TrustFolder.read(str(folder))
    assert [one.octets for one in found.roots] == [country.root.certificate.octets]
    assert [one.octets for one in found.list_authorities] == [country.lists.certificate.octets]
    assert found.revoked == [bytes(8), b"\x11" * 10]
    assert found.root_lists == {folder / "lists/trcl-1.coer": b"one"}
    assert found.domain_lists == {folder / "lists/domain.coer": b"two"}
    assert found.crls == {folder / "crls/any.coer": b"three"}


def test_lists_bring_roots_and_authorities(folder: Path, country: Country) -> None:
    store, notes = applied(folder)
    assert notes == []
    assert believes(store, country.vehicle.certificate)
    assert not believes(store, country.visitor.certificate)
    write(folder, "lists/trcl.coer", country.root_list(country.lists, country.second, country.root))
    write(folder, "lists/domain.coer", country.domain_list(country.second, country.far, country.second))
    store, notes = applied(folder)
    assert [note.split(": ")[-1] for note in notes] == ["2 roots added", "1 authorities added"]
    assert believes(store, country.visitor.certificate)
    assert believes(store, country.vehicle.certificate)


def test_the_store_loads_them_too(folder: Path, country: Country) -> None:
    write(folder, "lists/trcl.coer", country.root_list(country.root, country.second))
    write(folder, "crls/a.coer", country.crl(country.vehicle.certificate.hashed_id10))
    store = TrustStore.load(folder)
    assert len(store.roots) == 2
    assert not believes(store, country.vehicle.certificate)


def test_a_list_brought_root_brings_no_roots(folder: Path, country: Country) -> None:
    third = made(name="third")
    write(folder, "lists/trcl-1.coer", country.root_list(country.lists, country.second))
    write(folder, "lists/trcl-2.coer", country.root_list(country.second, third))
    text = refused(folder)
    assert text.startswith("lists/trcl-2.coer: signer/unknown_signer: trusted-root list: no authority ")


def test_an_authority_signs_domain_lists_only_if_its_chain_holds(folder: Path, country: Country) -> None:
    believed = made(country.root, name="dca", app=(3627,))
    write(folder, "authorities/dca.coer", believed.certificate.octets)
    write(folder, "lists/domain.coer", country.domain_list(believed, country.far))
    assert len(applied(folder)[0].authorities) == 3
    stranger = made(country.second, name="stranger", app=(3627,))
    write(folder, "authorities/stranger.coer", stranger.certificate.octets)
    write(folder, "lists/domain.coer", country.domain_list(stranger, country.far))
    assert refused(folder).startswith("lists/domain.coer: signer/certificate_invalid")


def test_the_newest_list_of_a_series_counts(folder: Path, country: Country) -> None:
    older = country.root_list(country.lists, country.second, issued_at=AT - 2 * DAY_S)
    write(folder, "lists/trcl-a.coer", country.root_list(country.lists))
    write(folder, "lists/trcl-b.coer", older)
    assert len(applied(folder)[0].roots) == 1
    write(folder, "lists/trcl-b.coer", country.root_list(country.lists, country.second, series=2))
    assert len(applied(folder)[0].roots) == 2


def test_lists_out_of_their_time_are_left_out_with_a_note(folder: Path, country: Country) -> None:
    write(folder, "lists/trcl.coer", country.root_list(country.lists, country.second))
    write(folder, "crls/a.coer", country.crl(country.vehicle.certificate.hashed_id10))
    store, notes = applied(folder, AT + 2 * DAY_S)
    assert len(store.roots) == 1
    assert "trcl.coer: left out: time/stale: trusted-root list: a newer issue was due" in notes[0]
    assert "series 1 of " in notes[1]
    assert "the next one was due 2027-01-16" in notes[1]
    assert not believes(store, country.vehicle.certificate)
    store, notes = applied(folder, AT - 2 * DAY_S)
    assert len(store.roots) == 1
    assert ["left out: time/future" in note for note in notes] == [True, True]
    assert believes(store, country.vehicle.certificate)
    store, notes = applied(folder, None)
    assert len(store.roots) == 2
    assert not believes(store, country.vehicle.certificate)


def test_revocation_lists_of_both_forms(folder: Path, country: Country) -> None:
    i = period_of(AT)
    pair = LinkageSeed(b"\0\1", bytes(16)), LinkageSeed(b"\0\2", bytes(range(16)))
    linked = made(country.authority, app=(111,), linkage=(i, linkage_value(pair, 1)))
    spared = made(country.authority, app=(111,), linkage=(i, linkage_value(pair, 2)))
    contents = linked_crl(country.head(), i, 0, [RevokedSeeds(pair, i, 1)])
    write(folder, "crls/linked.coer", country.seal(contents))
    write(folder, "crls/b-delta.coer", country.crl(bytes(10), serial=2, is_delta=True))
    write(folder, "crls/z-full.coer", country.crl(country.vehicle.certificate.hashed_id10))
    store, notes = applied(folder)
    assert notes == []
    with pytest.raises(TrustError) as caught:
        store.find_certificate(linked.certificate.value, AT)
    assert caught.value.reason is Reason.SIGNER_REVOKED
    assert believes(store, spared.certificate)
    assert not believes(store, country.vehicle.certificate)
    assert {state.entries for state in store.revocations.states(AT)} == {1, 2}


def test_a_gap_in_the_lists_is_noted(folder: Path, country: Country) -> None:
    write(folder, "crls/delta.coer", country.crl(bytes(10), is_delta=True))
    assert applied(folder)[1][0].endswith("lists are missing")


def test_roots_and_domains_that_nothing_can_be_made_of_are_noted(folder: Path, country: Country) -> None:
    row = (country.authority.certificate, None)  # no root
    octets = RootList.make([row], country.lists.certificate, country.lists.sign, **ISSUE).octets
    write(folder, "lists/trcl.coer", octets)
    store, notes = applied(folder)
    assert len(store.roots) == 1
    assert "a root is left out: signer/certificate_invalid" in notes[0]


@pytest.mark.parametrize("name", ["lists/trcl.coer", "lists/domain.coer", "crls/a.coer"])
def test_a_damaged_list_is_an_error_with_its_name(folder: Path, country: Country, name: str) -> None:
    octets = {
        "lists/trcl.coer": country.root_list(country.lists, country.second),
        "lists/domain.coer": country.domain_list(country.root, country.far),
        "crls/a.coer": country.crl(bytes(10)),
    }[name]
    for damaged in (octets[:-1] + bytes([octets[-1] ^ 1]), octets[:-1], octets + b"\0", b""):
        write(folder, name, damaged)
        assert refused(folder).startswith(f"{name}: ")


def test_files_that_cannot_be_used(folder: Path) -> None:
    write(folder, "lists/trcl.coer", bytes((1 << 20) + 1))
    assert refused(folder) == "lists/trcl.coer: larger than 1048576 octets, no list"
    (folder / "lists/trcl.coer").unlink()
    (folder / "crls").mkdir()
    (folder / "crls/a.coer").mkdir()
    assert refused(folder) == "crls/a.coer: Is a directory"
    (folder / "crls/a.coer").rmdir()
    for number in range(LISTS_LIMIT + 1):
        write(folder, f"crls/{number}.coer", b"")
    assert refused(folder) == f"crls: more than {LISTS_LIMIT} files *.coer"
    for path in (folder / "crls").iterdir():
        path.unlink()
    write(folder, "roots/big.coer", bytes(4097))
    assert refused(folder) == "roots/big.coer: larger than 4096 octets, no certificate"


@pytest.mark.parametrize(
    ("text", "word"),
    [(b"00" * 10 + b"\nxy\n", "line 2: no hex"), (b"0011\n", "line 1: 2 octets"), (b"\xff", "octet 0")],
)
def test_revoked_ids_that_are_none(tmp_path: Path, text: bytes, word: str) -> None:
    (tmp_path / "revoked.txt").write_bytes(text)
    with pytest.raises(TrustStoreError, match=word):
        read_revoked(tmp_path / "revoked.txt")


def test_too_many_entries_are_an_error_with_the_file(folder: Path, country: Country) -> None:
    entries = [RevokedSeeds((LinkageSeed(bytes(2), bytes(16)),), 500, None)] * 257
    write(folder, "crls/groups.coer", country.seal(linked_crl(country.head(), 0, 0, entries)))
    assert refused(folder).startswith("crls/groups.coer: envelope/unsupported: more than 256 revoked groups")
