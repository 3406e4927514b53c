"""``v2x pki`` as its users call it: what it prints, writes and returns, and that no key is ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from v2x.certs import TrustStore, pki
from v2x.certs.keys import read_key
from v2x.certs.passphrase import secret_for
from v2x.cli.pki import app

REAL = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())["trcla_certificate"]
AT = ("--at", "2027-01-15T08:00:00Z")
LATER = ("--at", "2027-01-15T08:05:00Z")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def done(*arguments: object) -> str:
    code, text = run(*arguments)
    assert code == 0, text
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pki"
    done("init", path, "--vehicles", 2, *AT)
    return path


def test_init_list_and_show(tmp_path: Path) -> None:
    path = tmp_path / "pki"
    done("init", path, "--vehicles", 2)
    code, text = run("init", path)
    assert code == 1
    assert "already" in text
    done("init", path, "--vehicles", 1, "--force")
    assert "vehicle-01" in done("list", path)
    rows = json.loads(done("list", path, "--json"))
    assert rows[-1]["name"] == "expired"
    assert {row["kind"] for row in rows} == {"root", "authority", "end entity"}
    text = done("show", path / "roots" / "root.TEST.coer")
    assert "verifies" in text
    assert "111..114" in text
    shown = done("show", path / "signers" / "vehicle-01.TEST.coer", "--json")
    assert json.loads(shown)["kind"] == "end entity"


def test_show_explains_the_real_certificate(tmp_path: Path) -> None:
    for name, content in (("raw", bytes.fromhex(REAL["hex"])), ("hex", REAL["hex"].encode())):
        (tmp_path / name).write_bytes(content)
        facts = json.loads(done("show", tmp_path / name, "--json"))
        assert facts["hashed_id8"] == REAL["hashedId8"]
        assert facts["sm3"] == REAL["sm3"]
        assert facts["name"] == "v2x.caict.ac.cn"
        assert facts["region"] == "country 156"
        assert facts["own_signature"] == "verifies"
    (tmp_path / "bad").write_bytes(bytes.fromhex(REAL["hex"])[:-1] + b"\x00")
    assert "DOES NOT VERIFY" in done("show", tmp_path / "bad")


def test_a_device_is_enrolled_and_gets_its_certificate(folder: Path, tmp_path: Path) -> None:
    device, asked, answered = tmp_path / "device", tmp_path / "request", tmp_path / "answer"
    registration = folder / "authorities" / "registration-authority.TEST.coer"
    done("request", device, "--enrol", "car-7", "-o", asked, "--encrypt-to", registration, *AT)
    code, text = run("answer", folder, asked, "-o", answered, *LATER)
    assert code == 1
    assert "nobody said who it is" in text
    assert str(asked) in text
    assert not answered.exists()
    done("answer", folder, asked, "--enrol", "car-7", "-o", answered, *LATER)
    assert "enrolment" in done("accept", device, answered, "--trust", folder, *LATER)
    done("request", device, "--key", "pc1", "-o", asked, *LATER)
    asked.write_text(asked.read_bytes().hex())
    done("answer", folder, asked, "-o", answered, *LATER)
    assert "pc1" in done("accept", device, answered, "--trust", folder, *LATER)
    assert (device / "pc1.TEST.coer").is_file()
    code, text = run("answer", folder, asked, "-o", answered, *LATER)
    assert code == 1
    assert "replayed" in text
    code, text = run("request", device, "--key", "pc2", "-o", asked, "--aids", "3618..3619", *LATER)
    assert code == 0
    code, text = run("answer", folder, asked, "-o", answered, *LATER)
    assert "may not request AID 3618, 3619" in text


def test_a_batch_is_made_revoked_published_and_exported(folder: Path, tmp_path: Path) -> None:
    assert "6 pseudonyms" in done("batch", folder, "vehicle-01", "--weeks", 2, "--per-week", 3, *AT)
    assert len(pki.load_pool(folder, "vehicle-01")) == 6
    assert "vehicle-01-enrolment" in done("revoke", folder, "vehicle-01", *AT)
    assert len(done("publish", folder, *AT).splitlines()) == 4
    assert "revoked" in done("list", folder)
    out, trust = tmp_path / "out", tmp_path / "trust"
    assert "no keys" in done("export", folder, out)
    authority = out / "list-authorities" / "list-authority.TEST.coer"
    text = done("import-trcl", out / "lists" / "trcl.coer", "--authority", authority, "--trust", trust, *AT)
    assert "verifies" in text
    assert "added" in text
    assert len(TrustStore.load(trust).roots) == 1
    code, text = run("import-trcl", out / "lists" / "trcl.coer", "--authority", authority, "--trust", trust)
    assert code == 1
    assert "trcl.coer" in text


def test_new_signers_are_issued(folder: Path) -> None:
    text = done(
        "issue",
        folder,
        "rsu-2",
        "--kind",
        "roadside",
        "--aids",
        "3618,3619",
        "--circle",
        "31.2,121.5,500",
        *AT,
    )
    assert "[3618, 3619]" in text
    shown = done("show", folder / "signers" / "rsu-2.TEST.coer")
    assert "500 m" in shown
    assert "[113, 114]" in done("issue", folder, "ambulance", "--kind", "emergency", *AT)


def test_no_key_is_ever_printed(folder: Path, tmp_path: Path) -> None:
    asked = tmp_path / "request"
    said = [
        done("batch", folder, "vehicle-01", "--per-week", 2, *AT),
        done("list", folder, "--json"),
        done("issue", folder, "car", *AT),
        done("request", tmp_path / "device", "--enrol", "car-7", "-o", asked, *AT),
        done("revoke", folder, "vehicle-01", *AT),
        done("publish", folder, *AT),
        (folder / "index.json").read_text(),
        asked.read_bytes().hex(),
    ]
    secret = secret_for(folder)
    keys = [read_key(path, secret) for path in (folder / "keys").glob("*.pem")]
    assert len(keys) > 20
    for text in said:
        assert secret.decode() not in text
        assert not any(key.hex() in text for key in keys)


def test_errors_name_the_place_and_the_reason(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    (tmp_path / "long").write_bytes(bytes(20000))
    root = folder / "roots" / "root.TEST.coer"
    for arguments, why in (
        (("list", tmp_path), "not a PKI directory"),
        (("show", tmp_path / "none"), "No such file"),
        (("show", tmp_path / "rubbish"), "Certificate"),
        (("show", tmp_path / "long"), "larger"),
        (("show", tmp_path), "directory"),
        (("init", tmp_path), "not empty"),
        (("issue", folder, "vehicle-01"), "there already"),
        (("issue", folder, "car", "--aids", "3618"), "AID 3618"),
        (("batch", folder, "roadside"), "no vehicle"),
        (("revoke", folder, "root"), "lists hang on it"),
        (("publish", tmp_path), "not a PKI directory"),
        (("export", folder, folder), "not an empty directory"),
        (("request", tmp_path / "dev", "--key", "pc1", "-o", tmp_path / "x"), "nothing to ask with"),
        (("answer", folder, tmp_path / "rubbish", "-o", tmp_path / "x"), "rubbish"),
        (("answer", folder, tmp_path / "none", "-o", tmp_path / "x"), "No such file"),
        (("accept", tmp_path / "dev", tmp_path / "rubbish", "--trust", folder), "rubbish"),
        (("import-trcl", tmp_path / "rubbish", "--authority", root, "--trust", tmp_path / "t"), "rubbish"),
        (("import-trcl", root, "--authority", tmp_path / "rubbish", "--trust", tmp_path / "t"), "rubbish"),
    ):
        code, text = run(*arguments)
        assert code == 1, (arguments, text)
        assert why in text
        assert not (tmp_path / "x").exists()
    assert not (tmp_path / "t").exists()


def test_wrong_usage_is_status_2(folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ("issue", folder, "car", "--kind", "truck"),
        ("issue", folder, "car", "--aids", "x"),
        ("issue", folder, "car", "--aids", "5..1"),
        ("issue", folder, "car", "--circle", "1,2"),
        ("issue", folder, "car", "--circle", "99,0,10"),
        ("batch", folder, "vehicle-01", "--weeks", 100, "--per-week", 100),
        ("batch", folder, "vehicle-01", "--at", "1990-01-01"),
        ("request", tmp_path / "dev", "-o", tmp_path / "x"),
        ("request", tmp_path / "dev", "--enrol", "a", "--key", "b", "-o", tmp_path / "x"),
        ("init", tmp_path / "new", "--at", "tomorrow"),
    ):
        code, text = run(*arguments)
        assert code == 2, (arguments, text)
