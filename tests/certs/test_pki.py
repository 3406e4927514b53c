"""The test PKI in a directory: who is heard, its files, their modes, and what is no such directory."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from v2x.certs import TrustStore, TrustStoreError, Verifier, pki, pki_files, sm2
from v2x.certs.keys import KeyFileError, read_key
from v2x.certs.passphrase import PASSPHRASE_FILE, PassphraseError
from v2x.certs.pki_issue import circle, issue_signer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
BSM = b"\x00" * 40
SECRET = b"5a" * 32
AUTHORITIES = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose secret is kept for the user, as the command makes them."""
    path = tmp_path_factory.mktemp("test") / "pki"
    pki.init(path, vehicles=3, at=AT)
    return path


def test_everybody_who_may_is_heard(folder: Path) -> None:
    verifier = Verifier(pki.load_trust(folder))
    assert pki.names(folder) == ("vehicle-01", "vehicle-02", "vehicle-03", pki.ROADSIDE, pki.EXPIRED)
    for name in pki.names(folder)[:3]:
        signer = pki.load_signer(folder, name)
        assert verifier.open(DsmpFrame(111, signer.seal(BSM, 111, AT)), AT).signer == signer.hashed_id8
        assert verifier.open(DsmpFrame(112, signer.seal(BSM, 112, AT + 0.1)), AT).signer == signer.hashed_id8
    unit = pki.load_signer(folder, pki.ROADSIDE)
    for step, aid in enumerate(range(3618, 3624)):
        assert verifier.open(DsmpFrame(aid, unit.seal(BSM, aid, AT + step / 10)), AT + step / 10).aid == aid


def test_the_expired_one_is_refused(folder: Path) -> None:
    verifier = Verifier(pki.load_trust(folder))
    with pytest.raises(TrustError, match="expired"):
        pki.load_signer(folder, pki.EXPIRED).seal(BSM, 111, AT)
    signer = pki.load_signer(folder, pki.EXPIRED, enforce=False)
    for step in range(3):
        with pytest.raises(TrustError) as caught:
            verifier.open(DsmpFrame(111, signer.seal(BSM, 111, AT + step / 10)), AT + step / 10)
        assert caught.value.reason is Reason.SIGNER_CERTIFICATE_INVALID
        assert caught.value.detail.startswith("expired")


def test_two_worlds_do_not_trust_each_other(folder: Path, tmp_path: Path) -> None:
    pki.init(tmp_path / "other", vehicles=1, at=AT)
    signer = pki.load_signer(tmp_path / "other", "vehicle-01")
    with pytest.raises(TrustError, match="unknown issuer"):
        Verifier(pki.load_trust(folder)).open(DsmpFrame(111, signer.seal(BSM, 111, AT)), AT)


def test_a_chain_has_four_certificates(folder: Path) -> None:
    store = pki.load_trust(folder)
    for name, authority in (("vehicle-01", "pseudonym"), (pki.ROADSIDE, "application")):
        signer = pki.load_signer(folder, name).certificate
        chain = store.find_certificate(signer.value, AT).chain
        assert [one.name for one in chain][1:] == [
            f"TEST {authority} authority",
            "TEST intermediate authority",
            "TEST root",
        ]


@pytest.mark.counterpart("openssl")
@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl program (apt-get install openssl)")
def test_openssl_verifies_each_link_of_a_chain(folder: Path, tmp_path: Path) -> None:
    store = pki.load_trust(folder)
    signer = pki.load_signer(folder, "vehicle-02").certificate
    chain = store.find_certificate(signer.value, AT).chain
    head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
    for subject, issuer in zip(chain, (*chain[1:], chain[-1]), strict=True):
        point = sm2.decompress(issuer.point)
        body = base64.encodebytes(head + point).decode()
        (tmp_path / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n")
        (tmp_path / "signed").write_bytes(subject.to_be_signed)
        (tmp_path / "signature").write_bytes(sm2.raw_to_der(subject.signature))
        identity = f"hexdistid:{issuer.sm3.hex()}"
        if subject is issuer:
            identity = "distid:1234567812345678"
        done = subprocess.run(
            ["openssl", "dgst", "-sm3", "-verify", "key.pem", "-sigopt", identity,
             "-signature", "signature", "signed"],
            cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert done.stdout.strip() == "Verified OK", (subject, done)


def test_files_say_test_and_are_for_their_owner_only(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    named = [path for path in files if path.name not in ("index.json", "id")]
    encryption_keys = 7
    assert len(named) == 2 * (AUTHORITIES + 5) + encryption_keys
    assert all(".TEST." in path.name for path in named)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in folders)


def test_no_key_lies_open_in_the_directory(made_box: Path) -> None:
    """Neither a private key nor the secret, as octets, hex or base64, in any file."""
    everything = b"".join(path.read_bytes() for path in sorted(made_box.rglob("*")) if path.is_file())
    keys = sorted((made_box / "keys").glob("*.pem"))
    assert keys
    for path in keys:
        assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        key = read_key(path, SECRET)
        assert key not in everything
        assert key.hex().encode() not in everything
        assert base64.b64encode(key)[:40] not in everything
    assert SECRET not in everything


def test_a_given_secret_leaves_nothing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    secret = pki.temporary_secret()
    assert secret != pki.temporary_secret()
    pki.init(tmp_path / "pki", vehicles=1, at=AT, secret=secret)
    assert pki.load_signer(tmp_path / "pki", "vehicle-01", secret=secret)
    assert not (tmp_path / "config").exists()
    with pytest.raises(PassphraseError, match="not known"):
        pki.load_signer(tmp_path / "pki", "vehicle-01")
    with pytest.raises(KeyFileError, match=r"vehicle-01\.TEST\.key\.pem"):
        pki.load_signer(tmp_path / "pki", "vehicle-01", secret=pki.temporary_secret())


def test_a_copy_has_no_usable_keys(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    assert pki.load_signer(copy, "vehicle-01")
    kept = (
        Path(os.environ["XDG_CONFIG_HOME"]) / "v2x" / "secrets" / (copy / "keys" / "id").read_text().strip()
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(PassphraseError, match="Carry this file over"):
        pki.load_signer(copy, "vehicle-01")
    assert pki.load_trust(copy).roots
    monkeypatch.setenv(PASSPHRASE_FILE, str(kept))
    assert pki.load_signer(copy, "vehicle-01")


def test_keys_that_were_exchanged_are_noticed(box: Path) -> None:
    shutil.copy(box / "keys" / "vehicle-01.TEST.key.pem", box / "keys" / "vehicle-02.TEST.key.pem")
    with pytest.raises(pki.PkiError, match="does not belong"):
        pki.load_signer(box, "vehicle-02", secret=SECRET)


def test_new_signers(box: Path) -> None:
    place = circle(31.2, 121.5, 500)
    issue_signer(box, "rsu-2", "roadside", AT, app=(3619, 3618), region=place, secret=SECRET)
    issue_signer(box, "ambulance", "emergency", AT, hours=8760, secret=SECRET)
    issue_signer(box, "vehicle-04", "vehicle", AT, secret=SECRET)
    verifier = Verifier(pki.load_trust(box))
    for name, aid in (("ambulance", 113), ("vehicle-04", 111)):
        signer = pki.load_signer(box, name, secret=SECRET)
        assert verifier.open(DsmpFrame(aid, signer.seal(BSM, aid, AT)), AT).signer == signer.hashed_id8
    unit = pki.load_signer(box, "rsu-2", secret=SECRET)
    assert unit.profile.name == "road-side unit"
    assert sorted(unit.certificate.app_permissions) == [3618, 3619]
    assert unit.certificate.name == "TEST rsu-2"
    frame = DsmpFrame(3618, unit.seal(BSM, 3618, AT))
    assert Verifier(TrustStore.load(box, place=(31.203, 121.5))).open(frame, AT).aid == 3618
    with pytest.raises(TrustError) as caught:
        Verifier(TrustStore.load(box, place=(31.3, 121.5))).open(frame, AT)
    assert caught.value.reason is Reason.SIGNER_REGION
    assert pki.names(box)[-3:] == ("rsu-2", "ambulance", "vehicle-04")
    pool = pki.load_pool(box, "ambulance", secret=SECRET)
    assert (len(pool), pool.rule.fixed) == (1, True)
    assert not pki.load_pool(box, "vehicle-04", secret=SECRET).rule.fixed


def test_signers_that_nobody_issues(box: Path) -> None:
    before = {path: path.read_bytes() for path in box.rglob("*") if path.is_file()}
    for name, kind, more, why in (
        ("vehicle-01", "vehicle", {}, "there already"),
        ("../x", "vehicle", {}, "no name"),
        ("a" * 49, "vehicle", {}, "no name"),
        ("Car", "vehicle", {}, "no name"),
        ("car", "vehicle", {"app": (113,)}, "AID 113 is not given to kind vehicle"),
        ("car", "roadside", {"app": (3618, 111)}, "AID 111"),
    ):
        with pytest.raises(pki.PkiError, match=why):
            issue_signer(box, name, kind, AT, secret=SECRET, **more)
    for kind, more in (("truck", {}), ("vehicle", {"hours": 0}), ("vehicle", {"app": ()})):
        with pytest.raises(ValueError, match="kinds are"):
            issue_signer(box, "car", kind, AT, secret=SECRET, **more)
    for wrong in ((91.0, 0.0, 10), (0.0, -180.0, 10), (0.0, 0.0, 0), (float("nan"), 0.0, 10)):
        with pytest.raises(ValueError, match="no circle"):
            circle(*wrong)
    assert before == {path: path.read_bytes() for path in box.rglob("*") if path.is_file()}


def test_leap_seconds_go_through(tmp_path: Path) -> None:
    pki.init(tmp_path / "pki", vehicles=1, at=AT, leap_seconds=5)
    signer = pki.load_signer(tmp_path / "pki", "vehicle-01")
    verifier = Verifier(pki.load_trust(tmp_path / "pki"))
    payload = verifier.open(DsmpFrame(111, signer.seal(BSM, 111, AT)), AT)
    assert payload.generated_at == pytest.approx(AT)


def test_what_is_there_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(pki.PkiError, match="already"):
        pki.init(folder, at=AT)
    (tmp_path / "file").write_text("x")
    with pytest.raises(pki.PkiError, match="no directory"):
        pki.init(tmp_path / "file", at=AT)
    with pytest.raises(pki.PkiError, match="not empty"):
        pki.init(tmp_path, at=AT, force=True)
    assert (tmp_path / "file").read_text() == "x"
    with pytest.raises(pki.PkiError, match="No such file"):
        pki.init(tmp_path / "a" / "b", at=AT)
    with pytest.raises(ValueError, match="vehicles"):
        pki.init(tmp_path / "c", vehicles=0, at=AT)
    with pytest.raises(ValueError, match="years"):
        pki.init(tmp_path / "c", years=0, at=AT)


def test_force_replaces_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "pki"
    pki.init(path, vehicles=3, at=AT)
    before = pki.load_signer(path, "vehicle-01").hashed_id8
    pki.init(path, vehicles=1, at=AT, force=True)
    assert pki.load_signer(path, "vehicle-01").hashed_id8 != before
    assert len(list((path / "keys").glob("*.pem"))) == AUTHORITIES + 3 + 7
    assert len(list((path / "signers").iterdir())) == 3


def test_strange_directories(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(pki.PkiError, match="not a PKI directory"):
        pki.entries(tmp_path)
    with pytest.raises(pki.PkiError, match=r"vehicle-09.*vehicle-01"):
        pki.load_signer(folder, "vehicle-09")
    good = json.loads((folder / "index.json").read_text())
    entry = {**good["certificates"][0], "name": "../../etc", "file": "roots/../../etc.TEST.coer"}
    for text in (
        "",
        "[]",
        "{}",
        json.dumps({**good, "format": 3}),
        json.dumps({**good, "issues": None}),
        json.dumps({**good, "revoked": {"vehicle-01": "today"}}),
        json.dumps({**good, "revoked": {"../x": 1}}),
        json.dumps({**good, "pools": {"vehicle-01": [1, 2]}}),
        json.dumps({**good, "certificates": [{**good["certificates"][0], "aids": ["111"]}]}),
        json.dumps({**good, "leap_seconds": "5"}),
        json.dumps({**good, "certificates": [1]}),
        json.dumps({**good, "certificates": [entry]}),
    ):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises(pki.PkiError, match="not the index"):
            pki.load_trust(tmp_path)
    (tmp_path / "index.json").write_text(json.dumps({**good, "format": 1}))
    with pytest.raises(pki.PkiError, match="older version"):
        pki.init(tmp_path, at=AT, force=True)
    (tmp_path / "index.json").write_bytes(b" " * (pki_files.INDEX_SIZE_LIMIT + 1))
    with pytest.raises(pki.PkiError, match="larger"):
        pki.names(tmp_path)
    (tmp_path / "index.json").write_bytes(b"\xff")
    with pytest.raises(pki.PkiError, match="UTF-8"):
        pki.names(tmp_path)
    (tmp_path / "index.json").write_text(json.dumps(good))
    with pytest.raises(TrustStoreError, match="no trusted root"):
        pki.load_trust(tmp_path)
    with pytest.raises(TrustStoreError, match="No such file"):
        pki.load_signer(tmp_path, "vehicle-01", secret=SECRET)
