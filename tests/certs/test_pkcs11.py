"""Keys on a PKCS#11 token: SoftHSM2 makes and signs with P-256 keys, we and openssl verify."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.certs import p256, pkcs11, sm2
from v2x.certs.keystore import KeyStoreError, SecureElement, SigningKey
from v2x.certs.pkcs11 import Pkcs11Store, Sm2Mechanisms

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = ("/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64", "/opt/homebrew/lib/softhsm")
MODULE = next((found for place in PLACES if (found := Path(place) / "libsofthsm2.so").exists()), None)
PROGRAM, OPENSSL = shutil.which("softhsm2-util"), shutil.which("openssl")
LABEL, PIN = "v2x test", "834501927"
DIGEST = hashlib.sha256(b"certificate").digest()
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

with_token = [
    pytest.mark.counterpart("softhsm2"),
    pytest.mark.skipif(MODULE is None or PROGRAM is None, reason="needs SoftHSM2 (apt-get install softhsm2)"),
    pytest.mark.skipif(
        importlib.util.find_spec("pkcs11") is None, reason="needs python-pkcs11 (pip install 'v2x[hsm]')"
    ),
]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The module with one fresh token; its place is read from the environment when the module loads."""
    assert MODULE is not None
    assert PROGRAM is not None
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    (folder / "softhsm2.conf").write_text(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        command = [PROGRAM, "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678"]
        subprocess.run(command, capture_output=True, timeout=20, check=True)
        yield MODULE


@pytest.fixture
def store(module: Path) -> Iterator[Pkcs11Store]:
    with Pkcs11Store(module, LABEL, PIN, sm2_mechanisms=Sm2Mechanisms(sign=0x80000123)) as opened:
        yield opened
        for key_id in opened.key_ids():
            opened.destroy(key_id)


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(pkcs11.importlib, "import_module", missing)
    with pytest.raises(KeyStoreError, match=r"pip install 'v2x\[hsm\]'"):
        Pkcs11Store("module.so", LABEL, PIN)


class TestToken:
    """What a token does and refuses."""

    pytestmark = with_token

    def test_it_signs_and_we_verify(self, store: Pkcs11Store) -> None:
        assert isinstance(store, SecureElement)
        point = store.generate("pseudonym-1", "p256")
        key = store.signing_key("pseudonym-1", DIGEST)
        assert isinstance(key, SigningKey)
        assert key.point == point == store.public_point("pseudonym-1") == p256.decompress(point)
        public = p256.PublicKey(point, DIGEST)
        for message in (b"", b"message", bytes(5000)):
            assert public.verify(message, key.sign(message))
        assert not public.verify(b"another", key.sign(b"message"))
        assert not p256.PublicKey(point, p256.SELF_SIGNED).verify(b"message", key.sign(b"message"))

    @pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program (apt-get install openssl)")
    def test_openssl_verifies_too(self, store: Pkcs11Store, tmp_path: Path) -> None:
        assert OPENSSL is not None
        point = store.generate("a", "p256")
        signature = store.signing_key("a", DIGEST).sign(b"message")
        text = base64.encodebytes(SPKI + point).decode()
        (tmp_path / "pub.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n")
        (tmp_path / "signature").write_bytes(sm2.raw_to_der(signature))
        for message, code in ((b"message", 0), (b"another", 1)):
            (tmp_path / "digest").write_bytes(p256.signing_digest(message, DIGEST))
            command = (
                OPENSSL, "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "pub.pem",
                "-in", tmp_path / "digest", "-sigfile", tmp_path / "signature",
            )  # fmt: skip
            assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == code

    def test_the_private_part_stays_inside(self, store: Pkcs11Store) -> None:
        store.generate("a", "p256")
        library, (key,) = store._library, store._find("a", "PRIVATE_KEY")
        assert key[library.Attribute.SENSITIVE]
        assert key[library.Attribute.NEVER_EXTRACTABLE]
        with pytest.raises(library.PKCS11Error):
            key[library.Attribute.VALUE]

    def test_keys_outlast_the_session_and_are_destroyed(self, module: Path) -> None:
        with Pkcs11Store(module, LABEL, PIN) as first:
            points = {name: first.generate(name, "p256") for name in ("b", "a")}
        with Pkcs11Store(module, LABEL, PIN) as again:
            assert again.key_ids() == ("a", "b")
            assert {name: again.public_point(name) for name in ("b", "a")} == points
            for name in ("a", "b"):
                again.destroy(name)
                with pytest.raises(KeyStoreError, match=f"key {name}: not on the token"):
                    again.signing_key(name, DIGEST)
                with pytest.raises(KeyStoreError, match="not on the token"):
                    again.public_point(name)
                with pytest.raises(KeyStoreError, match="not on the token"):
                    again.destroy(name)
            assert again.key_ids() == ()

    def test_an_id_is_never_used_twice(self, store: Pkcs11Store) -> None:
        point = store.generate("a", "p256")
        with pytest.raises(KeyStoreError, match="is there already"):
            store.generate("a", "p256")
        assert store.public_point("a") == point

    def test_sm2_goes_as_far_as_the_module_can(self, store: Pkcs11Store) -> None:
        """SoftHSM2 makes a pair on the SM2 curve, but knows no mechanism that signs by SM2."""
        point = store.generate("a", "sm2")
        assert sm2.decompress(point) == point
        with pytest.raises(KeyStoreError, match="key a: MechanismInvalid"):
            store.signing_key("a", DIGEST).sign(b"message")

    def test_sm2_without_a_mechanism_is_refused(self, store: Pkcs11Store) -> None:
        store.generate("a", "sm2")
        store._sm2 = None
        for call in (lambda: store.generate("b", "sm2"), lambda: store.signing_key("a", DIGEST)):
            with pytest.raises(KeyStoreError, match="no mechanism for SM2"):
                call()

    def test_a_foreign_key_on_the_token_is_refused(self, store: Pkcs11Store) -> None:
        names = store._library
        parameters = {names.Attribute.EC_PARAMS: bytes.fromhex("06052b81040022")}  # secp384r1
        curve = store._session.create_domain_parameters(names.KeyType.EC, parameters, local=True)
        curve.generate_keypair(id=b"x", label="x", store=True)
        with pytest.raises(KeyStoreError, match="a curve other than"):
            store.signing_key("x", DIGEST)

    def test_a_closed_store_signs_no_more(self, module: Path) -> None:
        with Pkcs11Store(module, LABEL, PIN) as opened:
            opened.generate("a", "p256")
            key = opened.signing_key("a", DIGEST)
        with pytest.raises(KeyStoreError, match="key a: "):
            key.sign(b"message")
        with Pkcs11Store(module, LABEL, PIN) as opened:
            opened.destroy("a")

    def test_refusals_name_the_reason_and_never_the_pin(self, module: Path) -> None:
        wrong = "111122223333"
        for label, pin, reason in ((LABEL, wrong, "PinIncorrect"), ("no such token", wrong, "NoSuchToken")):
            with pytest.raises(KeyStoreError, match=reason) as caught:
                Pkcs11Store(module, label, pin)
            assert label in str(caught.value)
            assert wrong not in str(caught.value) + str(caught.value.__cause__)
        with pytest.raises(KeyStoreError, match="no-such-module"):
            Pkcs11Store("/no-such-module.so", LABEL, wrong)
        with Pkcs11Store(module, LABEL, PIN) as opened:
            with pytest.raises(KeyStoreError, match="UserAlreadyLoggedIn"):
                Pkcs11Store(module, LABEL, PIN)
            assert PIN not in repr(opened) + repr(vars(opened))

    def test_misuse(self, store: Pkcs11Store) -> None:
        store.generate("a", "p256")
        with pytest.raises(ValueError, match="no algorithm"):
            store.generate("b", "rsa")
        with pytest.raises(ValueError, match="no key id"):
            store.generate("../b", "p256")
        with pytest.raises(ValueError, match="signer digest"):
            store.signing_key("a", b"short")
        assert "private key on a token" in repr(store.signing_key("a", DIGEST))
