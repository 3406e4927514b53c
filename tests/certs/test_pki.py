"""The test PKI in a directory, its files, and ``v2x pki``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from v2x.certs import TrustStoreError, Verifier, pki
from v2x.certs.keys import KeyFileError, read_key, write_key
from v2x.cli.pki import app
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
BSM = b"\x00" * 40
REAL = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())["trcla_certificate"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


def test_files_say_test_and_keys_are_private(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "index.json"]
    assert len(files) == 2 * (3 + 5)
    assert all(".TEST." in path.name for path in files)
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in (folder / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert read_key(path).hex() not in (folder / "index.json").read_text()


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
    assert len(list((path / "keys").iterdir())) == 6
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
        json.dumps({**good, "format": 2}),
        json.dumps({**good, "leap_seconds": "5"}),
        json.dumps({**good, "certificates": [1]}),
        json.dumps({**good, "certificates": [entry]}),
    ):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises(pki.PkiError, match="not the index"):
            pki.load_trust(tmp_path)
    (tmp_path / "index.json").write_bytes(b"\xff")
    with pytest.raises(pki.PkiError, match="UTF-8"):
        pki.names(tmp_path)
    (tmp_path / "index.json").write_text(json.dumps(good))
    with pytest.raises(TrustStoreError, match="no trusted root"):
        pki.load_trust(tmp_path)
    with pytest.raises(TrustStoreError, match="No such file"):
        pki.load_signer(tmp_path, "vehicle-01")


def test_key_files_with_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_key(path, bytes(31) + b"\x07")
    good = path.read_text()
    assert read_key(path) == bytes(31) + b"\x07"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = good.splitlines()
    for text, why in (
        ("", "no EC PRIVATE KEY"),
        (good.replace("EC PRIVATE", "PRIVATE"), "no EC PRIVATE KEY"),
        (good.replace(lines[1], "?"), "base64"),
        (good.replace(lines[1], ""), "no SM2 private key"),
        (good.replace("MHcCAQEE", "MHcCAQEF"), "no SM2 private key"),
        (good.replace(lines[3], lines[3][:6] + "AAAA" + lines[3][10:]), "belong together"),
        ("x" * 5000, "larger"),
    ):
        path.write_text(text)
        with pytest.raises(KeyFileError, match=why) as caught:
            read_key(path)
        assert lines[2] not in str(caught.value)
    path.write_bytes(b"\xff")
    with pytest.raises(KeyFileError, match="PEM"):
        read_key(path)
    with pytest.raises(KeyFileError, match="No such file"):
        read_key(tmp_path / "none.pem")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_command_line(tmp_path: Path) -> None:
    path = tmp_path / "pki"
    assert run("init", path, "--vehicles", 2)[0] == 0
    code, text = run("init", path)
    assert code == 1
    assert "already" in text
    assert run("init", path, "--vehicles", 1, "--force")[0] == 0
    code, text = run("list", path)
    assert code == 0
    assert "vehicle-01" in text
    code, text = run("list", path, "--json")
    assert [row["name"] for row in json.loads(text)][-1] == "expired"
    code, text = run("show", path / "roots" / "root.TEST.coer")
    assert code == 0
    assert "verifies" in text
    assert "111..114" in text
    code, text = run("show", path / "signers" / "vehicle-01.TEST.coer", "--json")
    assert json.loads(text)["kind"] == "end entity"


def test_show_explains_the_real_certificate(tmp_path: Path) -> None:
    for name, content in (("raw", bytes.fromhex(REAL["hex"])), ("hex", REAL["hex"].encode())):
        (tmp_path / name).write_bytes(content)
        code, text = run("show", tmp_path / name, "--json")
        assert code == 0
        facts = json.loads(text)
        assert facts["hashed_id8"] == REAL["hashedId8"]
        assert facts["sm3"] == REAL["sm3"]
        assert facts["name"] == "v2x.caict.ac.cn"
        assert facts["region"] == "country 156"
        assert facts["own_signature"] == "verifies"
    (tmp_path / "bad").write_bytes(bytes.fromhex(REAL["hex"])[:-1] + b"\x00")
    assert "DOES NOT VERIFY" in run("show", tmp_path / "bad")[1]


def test_command_line_errors_name_the_place(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    (tmp_path / "long").write_bytes(bytes(20000))
    for arguments, why in (
        (("list", tmp_path), "not a PKI directory"),
        (("show", tmp_path / "none"), "No such file"),
        (("show", tmp_path / "rubbish"), "Certificate"),
        (("show", tmp_path / "long"), "larger"),
        (("show", tmp_path), "directory"),
        (("init", tmp_path), "not empty"),
    ):
        code, text = run(*arguments)
        assert code == 1
        assert why in text
        assert str(tmp_path) in text
