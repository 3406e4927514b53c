"""Batches, revocation and lists of the test PKI: what receivers refuse, and from when on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from v2x.certs import Certificate, Signer, TrustStore, TrustStoreError, Verifier, linkage, pki, spdu
from v2x.certs.issue import Template, issue
from v2x.certs.lists import RootList
from v2x.certs.pki_batch import batch, seeds_of
from v2x.certs.pki_files import load_holder, read_index
from v2x.certs.pki_lists import PUBLISHED, export, import_trcl, publish, revoke
from v2x.certs.pki_roles import LISTS
from v2x.certs.trust_files import read_certificate
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import CodecError, Reason, TrustError

AT = 1_800_000_000.0
SECRET = b"5a" * 32
WEEK = 604_800.0
NOW = linkage.period_of(AT)


@pytest.fixture(scope="module")
def stocked(made_box: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PKI in which two vehicles have pseudonyms of three weeks, four each."""
    path = Path(shutil.copytree(made_box, tmp_path_factory.mktemp("stocked") / "pki"))
    for name in ("vehicle-01", "vehicle-02"):
        assert batch(path, name, weeks=3, per_week=4, at=AT, secret=SECRET) == 12
    return path


@pytest.fixture
def stock(stocked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stocked, tmp_path / "stock"))


def signers(folder: Path, name: str) -> list[Signer]:
    return list(pki.load_pool(folder, name, secret=SECRET)._signers)


def verdict(store: TrustStore, signer: Signer, at: float) -> Reason | None:
    """Why a message of this signer is refused; None where it is believed."""
    signer.introduce()
    try:
        Verifier(store).open(DsmpFrame(111, signer.seal(b"BSM", 111, at)), at)
    except TrustError as error:
        return error.reason
    return None


def test_a_pool_holds_weeks_of_pseudonyms(stocked: Path) -> None:
    pool = signers(stocked, "vehicle-01")
    store = pki.load_trust(stocked)
    assert len({signer.certificate.point for signer in pool}) == 12
    for number, signer in enumerate(pool):
        week = number // 4
        start_at = linkage.period_start(NOW + week)
        assert signer.certificate.validity() == (start_at, start_at + WEEK)
        kind, value = signer.certificate.value["toBeSigned"]["id"]
        assert (kind, value["iCert"]) == ("linkageData", NOW + week)
        assert verdict(store, signer, max(AT, start_at + 1.0)) is None
    others = {signer.certificate.point for signer in signers(stocked, "vehicle-02")}
    assert not others & {signer.certificate.point for signer in pool}


def test_linkage_values_are_those_of_both_authorities(stocked: Path) -> None:
    seeds = seeds_of(stocked, read_index(stocked), "vehicle-01", SECRET)
    wanted = linkage.linkage_values(linkage.after_all(seeds, NOW + 1), range(4))
    found = [
        signer.certificate.value["toBeSigned"]["id"][1]["linkage-value"]
        for signer in signers(stocked, "vehicle-01")[4:8]
    ]
    assert found == wanted


def test_no_key_of_a_pool_lies_open(stocked: Path) -> None:
    everything = b"".join(path.read_bytes() for path in sorted(stocked.rglob("*")) if path.is_file())
    for signer in signers(stocked, "vehicle-01"):
        assert signer.certificate.octets not in everything
        assert signer.certificate.point[1:] not in everything
    for seed in seeds_of(stocked, read_index(stocked), "vehicle-01", SECRET):
        assert seed.octets not in everything
    files = [path for path in (stocked / "pools").rglob("*") if path.is_file()]
    assert len(files) == 24
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def test_a_new_batch_takes_the_place_of_the_old_one(stock: Path) -> None:
    before = {signer.hashed_id8 for signer in signers(stock, "vehicle-01")}
    seen: list[tuple[int, int]] = []
    batch(
        stock,
        "vehicle-01",
        weeks=1,
        per_week=2,
        at=AT + WEEK,
        secret=SECRET,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
    after = signers(stock, "vehicle-01")
    assert len(after) == 2
    assert not before & {signer.hashed_id8 for signer in after}
    assert verdict(pki.load_trust(stock), after[0], AT + WEEK) is None


def test_who_gets_no_batch(box: Path) -> None:
    for name, why in (("roadside", "no vehicle"), ("root", "no vehicle"), ("nobody", "no signer 'nobody'")):
        with pytest.raises(pki.PkiError, match=why):
            batch(box, name, weeks=1, per_week=1, at=AT, secret=SECRET)
    revoke(box, "vehicle-01", AT)
    with pytest.raises(pki.PkiError, match="revoked"):
        batch(box, "vehicle-01", weeks=1, per_week=1, at=AT, secret=SECRET)
    for weeks, per_week in ((0, 1), (1, 0), (1, 257), (17, 256)):
        with pytest.raises(ValueError, match="a week"):
            batch(box, "vehicle-02", weeks=weeks, per_week=per_week, at=AT, secret=SECRET)
    assert not (box / "pools").exists()


def test_weeks_that_are_over_stay_closed(stocked: Path) -> None:
    whole = [signer.hashed_id8 for signer in signers(stocked, "vehicle-01")]
    pool = pki.load_pool(stocked, "vehicle-01", at=AT + WEEK, secret=SECRET)
    assert [signer.hashed_id8 for signer in pool._signers] == whole[4:]
    with pytest.raises(pki.PkiError, match="expired"):
        pki.load_pool(stocked, "vehicle-01", at=AT + 4 * WEEK, secret=SECRET)


def test_a_damaged_pool_names_the_file(stock: Path) -> None:
    path = stock / "pools" / "vehicle-01" / f"{NOW:05d}-002.TEST.coer"
    octets = path.read_bytes()
    other = stock / "pools" / "vehicle-02" / path.name
    shutil.copy(other, path)
    with pytest.raises(pki.PkiError, match=path.name):
        signers(stock, "vehicle-01")
    message = spdu.parse(octets)
    assert isinstance(message, spdu.SignedMessage)
    start = octets.index(message.payload)
    for place in range(start, start + len(message.payload), 5):
        altered = bytearray(octets)
        altered[place] ^= 1
        path.write_bytes(altered)
        with pytest.raises(pki.PkiError, match=path.name):
            signers(stock, "vehicle-01")
    path.unlink()
    with pytest.raises(pki.PkiError, match=path.name):
        signers(stock, "vehicle-01")


def test_a_revoked_vehicle_is_refused_in_every_later_week_and_nobody_else(stock: Path) -> None:
    """From the week of its revocation on; what it signed before stays as it was."""
    revoked, innocent = signers(stock, "vehicle-01"), signers(stock, "vehicle-02")
    next_week = linkage.period_start(NOW + 1) + 10.0
    assert revoke(stock, "vehicle-01", next_week) == ["vehicle-01", "vehicle-01-enrolment"]
    assert all(verdict(pki.load_trust(stock), signer, AT) is None for signer in revoked[:4])
    publish(stock, next_week, secret=SECRET)
    store = pki.load_trust(stock)
    for number, signer in enumerate(revoked):
        at = max(AT, signer.certificate.validity()[0] + 5.0)
        assert verdict(store, signer, at) is (Reason.SIGNER_REVOKED if number >= 4 else None)
    for signer in innocent:
        assert verdict(store, signer, max(AT, signer.certificate.validity()[0] + 5.0)) is None
    single = pki.load_signer(stock, "vehicle-01", secret=SECRET)
    assert verdict(store, single, AT) is Reason.SIGNER_REVOKED
    assert verdict(store, pki.load_signer(stock, "vehicle-02", secret=SECRET), AT) is None


def test_a_revoked_authority_takes_its_own_with_it(box: Path) -> None:
    revoke(box, "pseudonym-authority", AT)
    publish(box, AT, secret=SECRET)
    store = pki.load_trust(box)
    assert verdict(store, pki.load_signer(box, "vehicle-01", secret=SECRET), AT) is Reason.SIGNER_REVOKED
    unit = pki.load_signer(box, pki.ROADSIDE, secret=SECRET)
    assert Verifier(store).open(DsmpFrame(3618, unit.seal(b"MAP", 3618, AT)), AT).aid == 3618


def test_what_is_not_revoked(box: Path) -> None:
    for name in ("root", "intermediate-authority", "misbehaviour-authority", "list-authority"):
        with pytest.raises(pki.PkiError, match="lists hang on it"):
            revoke(box, name, AT)
    with pytest.raises(pki.PkiError, match="no signer"):
        revoke(box, "vehicle-09", AT)
    revoke(box, "vehicle-01", AT)
    with pytest.raises(pki.PkiError, match="already"):
        revoke(box, "vehicle-01", AT)
    rows = {row["name"]: row["revoked_at"] for row in pki.entries(box)}
    assert (rows["vehicle-01"], rows["vehicle-02"]) == (AT, None)


def test_published_lists_may_be_published_again(box: Path) -> None:
    first = publish(box, AT, secret=SECRET)
    assert [path.relative_to(box).as_posix() for path in first] == list(PUBLISHED)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in first)
    revoke(box, "vehicle-03", AT)
    publish(box, AT, secret=SECRET)
    store = pki.load_trust(box)
    assert verdict(store, pki.load_signer(box, "vehicle-03", secret=SECRET), AT) is Reason.SIGNER_REVOKED
    for name in PUBLISHED:
        octets = (box / name).read_bytes()
        (box / name).write_bytes(octets[:-1] + bytes((octets[-1] ^ 1,)))
        with pytest.raises(TrustStoreError, match=name):
            pki.load_trust(box)
        (box / name).write_bytes(octets)


def test_what_is_exported_is_all_that_a_receiver_needs_and_no_more(stock: Path, tmp_path: Path) -> None:
    revoke(stock, "vehicle-01", AT)
    publish(stock, AT, secret=SECRET)
    out = tmp_path / "out"
    names = export(stock, out)
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert found == set(names)
    assert not any("keys" in name or "index" in name or "vehicle" in name for name in found)
    store = pki.load_trust(out)
    assert verdict(store, signers(stock, "vehicle-01")[0], AT) is Reason.SIGNER_REVOKED
    assert verdict(store, signers(stock, "vehicle-02")[0], AT) is None
    with pytest.raises(pki.PkiError, match="not an empty directory"):
        export(stock, out)
    (stock / "authorities" / "pseudonym-authority.TEST.coer").write_bytes(b"a key, perhaps")
    with pytest.raises(TrustStoreError, match="pseudonym-authority"):
        export(stock, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def root_list(box: Path, roots: list[Certificate], issued_at: float) -> RootList:
    """A list by the box's list authority."""
    holder = load_holder(box, read_index(box), LISTS, SECRET)
    return RootList.make(
        [(root, None) for root in roots],
        holder.certificate,
        holder.sign,
        series=7,
        issued_at=issued_at,
        next_at=issued_at + WEEK,
    )


def test_a_root_list_is_imported(made_box: Path, tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    authority = read_certificate(made_box / "list-authorities" / "list-authority.TEST.coer")
    root = read_certificate(made_box / "roots" / "root.TEST.coer")
    other = issue(Template(AT - 9, ("years", 9), "other"), None).certificate
    child = issue(Template(AT - 9, ("years", 9), "child"), issue(Template(AT, ("years", 1)), None))
    listed = root_list(made_box, [root, other, child.certificate], AT)
    notes = import_trcl(listed.octets, authority, trust, AT + 1)
    assert sum("added" in note for note in notes) == 2
    assert "not signed by itself" in notes[0]
    assert {one.octets for one in TrustStore.load(trust).roots} == {root.octets, other.octets}
    newer = root_list(made_box, [root], AT + 100)
    notes = import_trcl(newer.octets, authority, trust, AT + 101)
    assert any("no longer listed" in note for note in notes)
    assert any(note.startswith("kept") for note in notes)
    assert [one.octets for one in TrustStore.load(trust).roots] == [root.octets]
    with pytest.raises(TrustError, match="is newer") as caught:
        import_trcl(listed.octets, authority, trust, AT + 102)
    assert caught.value.reason is Reason.REPLAY_REPLAYED
    assert [one.octets for one in TrustStore.load(trust).roots] == [root.octets]


def test_a_root_list_that_is_not_believed_changes_nothing(made_box: Path, tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    authority = read_certificate(made_box / "list-authorities" / "list-authority.TEST.coer")
    root = read_certificate(made_box / "roots" / "root.TEST.coer")
    listed = root_list(made_box, [root], AT)
    for issuer, at, reason in (
        (root, AT, Reason.SIGNER_UNKNOWN),
        (authority, AT - 100, Reason.TIME_FUTURE),
        (authority, AT + WEEK + 1, Reason.TIME_STALE),
    ):
        with pytest.raises(TrustError) as caught:
            import_trcl(listed.octets, issuer, trust, at)
        assert caught.value.reason is reason
    for place in range(0, len(listed.octets), 11):
        altered = bytearray(listed.octets)
        altered[place] ^= 1
        with pytest.raises((TrustError, CodecError)):
            import_trcl(bytes(altered), authority, trust, AT)
    child = issue(Template(AT, ("years", 9), "child"), issue(Template(AT, ("years", 1)), None))
    empty = root_list(made_box, [child.certificate], AT)
    with pytest.raises(pki.PkiError, match="no root that is supported"):
        import_trcl(empty.octets, authority, trust, AT)
    assert not trust.exists()
