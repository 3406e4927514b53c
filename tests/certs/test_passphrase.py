"""Where the secret of a directory's keys comes from, and what stands in its way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from v2x.certs import keys
from v2x.certs.keys import KeyFileError, read_key, write_key
from v2x.certs.passphrase import PASSPHRASE_FILE, PassphraseError, read_passphrase, secret_for, secrets_folder

KEY = bytes(range(1, 33))


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    (tmp_path / "pki").mkdir()
    return tmp_path / "pki"


def refusal(directory: Path, environment: dict[str, str], *, create: bool = False) -> str:
    with pytest.raises(PassphraseError) as caught:
        secret_for(directory, create=create, environment=environment)
    return str(caught.value)


def test_a_made_secret_is_found_again(pki: Path, home: dict[str, str]) -> None:
    secret = secret_for(pki, create=True, environment=home)
    assert len(bytes.fromhex(secret.decode())) == 32
    assert keys.iterations_for(secret) == keys.RANDOM_ITERATIONS
    assert secret_for(pki, environment=home) == secret
    assert secret_for(pki, create=True, environment=home) == secret


def test_each_directory_has_its_own(tmp_path: Path, home: dict[str, str]) -> None:
    made = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.add(secret_for(tmp_path / name, create=True, environment=home))
    assert len(made) == 2


def test_files_and_folders_are_tight_whatever_the_umask(pki: Path, home: dict[str, str]) -> None:
    mask = os.umask(0)
    try:
        secret_for(pki, create=True, environment=home)
    finally:
        os.umask(mask)
    folder = secrets_folder(home)
    (secret,) = folder.iterdir()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    for made in (folder, folder.parent, pki / "keys"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert [entry.name for entry in (pki / "keys").iterdir()] == ["id"]
    assert (pki / "keys" / "id").read_text().strip() == secret.name


def test_nothing_in_the_directory_is_the_secret(pki: Path, home: dict[str, str]) -> None:
    secret = secret_for(pki, create=True, environment=home)
    for path in pki.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes()


def test_a_copied_directory_has_no_usable_keys(tmp_path: Path, pki: Path, home: dict[str, str]) -> None:
    write_key(pki / "key.pem", KEY, secret_for(pki, create=True, environment=home))
    (tmp_path / "stranger").mkdir()
    stranger = {"HOME": str(tmp_path / "stranger")}
    text = refusal(pki, stranger)
    (name,) = (entry.name for entry in secrets_folder(home).iterdir())
    assert str(secrets_folder(stranger) / name) in text
    assert PASSPHRASE_FILE in text
    own = secret_for(tmp_path, create=True, environment=stranger)
    with pytest.raises(KeyFileError, match="secret does not open it"):
        read_key(pki / "key.pem", own)
    carried = {**stranger, PASSPHRASE_FILE: str(secrets_folder(home) / name)}
    assert read_key(pki / "key.pem", secret_for(pki, environment=carried)) == KEY


def test_no_second_secret_is_made_beside_keys(tmp_path: Path, pki: Path, home: dict[str, str]) -> None:
    write_key(pki / "keys.pem", KEY, secret_for(pki, create=True, environment=home))
    (pki / "keys.pem").rename(pki / "keys" / "a.key.pem")
    before = (pki / "keys" / "id").read_text()
    stranger = {"HOME": str(tmp_path)}
    assert "whose secret is missing" in refusal(pki, stranger, create=True)
    assert (pki / "keys" / "id").read_text() == before
    assert not secrets_folder(stranger).exists()


def test_a_lost_secret_is_replaced_where_there_are_no_keys(pki: Path, home: dict[str, str]) -> None:
    first = secret_for(pki, create=True, environment=home)
    for path in secrets_folder(home).iterdir():
        path.unlink()
    assert secret_for(pki, create=True, environment=home) != first


def test_the_named_file_goes_first(tmp_path: Path, pki: Path, home: dict[str, str]) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"correct horse\r\nsecond line\n")
    path.chmod(0o400)
    given = {**home, PASSPHRASE_FILE: str(path)}
    for create in (True, False):
        assert secret_for(pki, create=create, environment=given) == b"correct horse"
    assert not list(pki.iterdir())
    assert not list(Path(home["HOME"]).iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_secret_open_to_others_is_refused(tmp_path: Path, pki: Path, mode: int) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\n")
    path.chmod(mode)
    text = refusal(pki, {PASSPHRASE_FILE: str(path)})
    assert f"{mode:04o}" in text
    assert "chmod 600" in text
    assert "horse" not in text


def test_the_kept_secret_is_refused_too_when_it_is_open(pki: Path, home: dict[str, str]) -> None:
    secret_for(pki, create=True, environment=home)
    (path,) = secrets_folder(home).iterdir()
    path.chmod(0o644)
    assert "lets others" in refusal(pki, home)


def test_bad_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    for octets, reason in ((b"", "empty"), (b"\nsecret", "empty"), (b"x" * 1025, "more than 1024")):
        path.write_bytes(octets)
        path.chmod(0o600)
        with pytest.raises(PassphraseError, match=reason):
            read_passphrase(path)
    path.write_bytes(b"x" * 1024 + b"\n")
    assert len(read_passphrase(path)) == 1024
    with pytest.raises(PassphraseError, match="No such file"):
        read_passphrase(tmp_path / "none")


def test_a_directory_without_a_name_or_with_a_wrong_one(pki: Path, home: dict[str, str]) -> None:
    assert "id: missing" in refusal(pki, home)
    (pki / "keys").mkdir()
    for wrong in ("../../../../etc/passwd", "", "g" * 32, "A" * 32, "a" * 33):
        (pki / "keys" / "id").write_text(wrong)
        assert "32 hex digits" in refusal(pki, home)
        assert "32 hex digits" in refusal(pki, home, create=True)


def test_a_home_that_cannot_be_written(tmp_path: Path, pki: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    text = refusal(pki, {"HOME": str(tmp_path / "file")}, create=True)
    assert str(tmp_path / "file") in text
    assert PASSPHRASE_FILE in text
    assert not (pki / "keys" / "id").exists()
    assert PASSPHRASE_FILE in refusal(pki, {}, create=True)


def test_where_secrets_lie(tmp_path: Path) -> None:
    assert secrets_folder({"HOME": "/home/a"}) == Path("/home/a/.config/v2x/secrets")
    assert secrets_folder({"HOME": "/home/a", "XDG_CONFIG_HOME": "/x"}) == Path("/x/v2x/secrets")
    relative = {"HOME": "/home/a", "XDG_CONFIG_HOME": "x"}  # the specification ignores relative ones
    assert secrets_folder(relative) == Path("/home/a/.config/v2x/secrets")
    assert secrets_folder({"USERPROFILE": str(tmp_path)}) == tmp_path / ".config" / "v2x" / "secrets"
