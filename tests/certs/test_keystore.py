"""The protocols of signing keys and secure elements, and the store of encrypted files."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

import pytest

from v2x.certs import keystore, p256, sm2
from v2x.certs.keys import KeyFileError
from v2x.certs.keystore import KeyStoreError, SecureElement, SigningKey, SoftwareStore

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"0123456789abcdef" * 4
USER_ID = hashlib.sha256(b"certificate").digest()
VERIFIERS = {"sm2": sm2.PublicKey, "p256": p256.PublicKey}


@pytest.fixture
def store(tmp_path: Path) -> SoftwareStore:
    return SoftwareStore(tmp_path / "store", SECRET)


def test_it_has_the_protocols(store: SoftwareStore) -> None:
    assert isinstance(store, SecureElement)
    assert isinstance(sm2.PrivateKey(sm2.generate(), USER_ID), SigningKey)
    assert isinstance(p256.PrivateKey(p256.generate(), USER_ID), SigningKey)


@pytest.mark.parametrize("algorithm", ["sm2", "p256"])
def test_a_key_signs_for_its_point_and_id(store: SoftwareStore, algorithm: str) -> None:
    point = store.generate("pseudonym-1", algorithm)
    key = store.signing_key("pseudonym-1", USER_ID)
    assert key.point == point == store.public_point("pseudonym-1")
    signature = key.sign(b"message")
    assert VERIFIERS[algorithm](point, USER_ID).verify(b"message", signature)
    assert not VERIFIERS[algorithm](point, bytes(32)).verify(b"message", signature)


def test_a_second_store_of_the_same_folder_signs_too(store: SoftwareStore, tmp_path: Path) -> None:
    point = store.generate("a")
    again = SoftwareStore(tmp_path / "store", SECRET)
    assert sm2.verify(point, b"m", again.signing_key("a", USER_ID).sign(b"m"), USER_ID)
    with pytest.raises(KeyFileError, match="secret does not open"):
        SoftwareStore(tmp_path / "store", b"f" * 64).signing_key("a", USER_ID)


def test_keys_are_listed_and_destroyed(store: SoftwareStore, tmp_path: Path) -> None:
    for name in ("b", "a", "c.1_x-y"):
        store.generate(name)
    (tmp_path / "store" / "notes.txt").write_text("no key")
    assert store.key_ids() == ("a", "b", "c.1_x-y")
    store.destroy("b")
    assert store.key_ids() == ("a", "c.1_x-y")
    for call in (store.destroy, store.public_point, lambda name: store.signing_key(name, USER_ID)):
        with pytest.raises(KeyStoreError, match="key b: not in the store"):
            call("b")


def test_files_are_tight(store: SoftwareStore, tmp_path: Path) -> None:
    store.generate("a")
    folder = tmp_path / "store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_an_id_is_never_used_twice(store: SoftwareStore) -> None:
    point = store.generate("a")
    with pytest.raises(KeyStoreError, match="is there already"):
        store.generate("a", "p256")
    assert store.public_point("a") == point


@pytest.mark.parametrize("key_id", ["", "../a", "a/b", ".a", "a" * 65, "ä", "a\n", "a\x00"])
def test_an_id_leads_nowhere_else(store: SoftwareStore, key_id: str) -> None:
    for call in (store.generate, store.public_point, store.destroy):
        with pytest.raises(ValueError, match="no key id"):
            call(key_id)


def test_misuse(store: SoftwareStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no algorithm"):
        store.generate("a", "rsa")
    with pytest.raises(ValueError, match="empty secret"):
        SoftwareStore(tmp_path, b"")
    with pytest.raises(KeyStoreError, match="none"):
        SoftwareStore(tmp_path / "none" / "there", SECRET)


def test_it_has_a_limit(store: SoftwareStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "KEYS_LIMIT", 2)
    for name in "ab":
        store.generate(name)
    with pytest.raises(KeyStoreError, match="full with 2 keys"):
        store.generate("c")
    store.destroy("a")
    store.generate("c")


def test_no_secret_shows(store: SoftwareStore) -> None:
    store.generate("a")
    shown = repr(store) + repr(store.signing_key("a", USER_ID))
    assert SECRET.decode() not in shown
    assert "SoftwareStore" in shown
