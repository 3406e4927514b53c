"""Keys at rest: encrypted PKCS#8 files, read by openssl and by us; wrong secrets and damaged files."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import keys, p256, pkcs8, sm2
from v2x.certs.keys import KeyFileError, read_any_key, read_key, write_key

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("openssl")
with_openssl = [
    pytest.mark.counterpart("openssl"),
    pytest.mark.skipif(PROGRAM is None, reason="needs the openssl program (apt-get install openssl)"),
]

SECRET = b"0123456789abcdef" * 4
"""Of the form of a random one, so that the tests are fast."""
KEY = bytes(range(1, 33))
MODULES = {"sm2": sm2, "p256": p256}
CURVES = {"sm2": "SM2", "p256": "prime256v1"}


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROGRAM is not None
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=20, check=False
    )


def succeed(*arguments: str | Path) -> str:
    done = openssl(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def body(path: Path) -> bytes:
    return base64.b64decode("".join(path.read_text().splitlines()[1:-1]))


@pytest.mark.parametrize("algorithm", ["sm2", "p256"])
@given(number=st.integers(1, sm2.N - 2), secret=st.binary(min_size=32, max_size=32))
@settings(max_examples=15, deadline=None)
def test_a_key_comes_back(
    tmp_path_factory: pytest.TempPathFactory, algorithm: str, number: int, secret: bytes
) -> None:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    text = secret.hex().encode()
    write_key(path, number.to_bytes(32), text, algorithm=algorithm)
    assert read_key(path, text, algorithm=algorithm) == number.to_bytes(32)
    assert read_any_key(path, text) == (algorithm, number.to_bytes(32))


def test_the_file_is_tight_and_shows_nothing(tmp_path: Path) -> None:
    path, mask = tmp_path / "key.pem", os.umask(0)
    try:
        path.write_text("older, open to all")
        path.chmod(0o644)
        write_key(path, KEY, SECRET)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert KEY not in body(path)
    assert sm2.public_point(KEY)[1:33] not in body(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["key.pem"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere", tmp_path / "key.pem"
    target.write_text("untouched")
    link.symlink_to(target)
    write_key(link, KEY, SECRET)
    assert target.read_text() == "untouched"
    assert not link.is_symlink()


def test_a_file_that_cannot_be_replaced_stays_and_nothing_is_left(tmp_path: Path) -> None:
    taken = tmp_path / "key.pem"
    taken.mkdir()
    with pytest.raises(OSError):
        write_key(taken, KEY, SECRET)
    assert [entry.name for entry in tmp_path.iterdir()] == ["key.pem"]


def test_one_key_is_written_in_two_ways(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_key(tmp_path / name, KEY, SECRET)
    assert body(tmp_path / "one")[-64:] != body(tmp_path / "two")[-64:]


def test_typed_secrets_cost_more_rounds(tmp_path: Path) -> None:
    assert keys.iterations_for(SECRET) == keys.RANDOM_ITERATIONS
    for typed in (b"correct horse", SECRET[:-1], SECRET.upper()):
        assert keys.iterations_for(typed) == keys.TYPED_ITERATIONS
    write_key(tmp_path / "typed.pem", KEY, b"correct horse")
    assert keys.TYPED_ITERATIONS.to_bytes(3) in body(tmp_path / "typed.pem")[:120]
    assert read_key(tmp_path / "typed.pem", b"correct horse") == KEY


def test_misuse_is_refused(tmp_path: Path) -> None:
    for wrong in (
        lambda: write_key(tmp_path / "key.pem", KEY, b""),
        lambda: write_key(tmp_path / "key.pem", KEY[:31], SECRET),
        lambda: write_key(tmp_path / "key.pem", b"\xff" * 32, SECRET),
        lambda: write_key(tmp_path / "key.pem", KEY, SECRET, algorithm="rsa"),
    ):
        with pytest.raises(ValueError):
            wrong()
    assert not list(tmp_path.iterdir())


def refusal(path: Path, secret: bytes = SECRET, algorithm: str = "sm2") -> str:
    with pytest.raises(KeyFileError) as caught:
        read_key(path, secret, algorithm=algorithm)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert KEY.hex() not in text
    assert SECRET.decode() not in text
    return text


def test_refusals_name_file_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_key(path, KEY, SECRET)
    assert "the secret does not open it" in refusal(path, b"f" * 64)
    assert "no secret is given" in refusal(path, b"")
    assert "a key of sm2, p256 is wanted" in refusal(path, algorithm="p256")
    assert "No such file" in refusal(tmp_path / "none.pem")
    good = path.read_text()
    for text, reason in (
        ("x" * 5000, "larger than"),
        ("hello", "no private key in PEM form"),
        (good.replace("ENCRYPTED ", ""), "no element of tag"),
        (good.replace("M", "*"), "no base64"),
        (good[:200] + good[201:], "no base64"),
    ):
        path.write_text(text)
        assert reason in refusal(path)
    path.write_bytes(b"\xff" * 100)
    assert "no PEM file" in refusal(path)


def test_a_key_with_a_foreign_point_is_refused(tmp_path: Path) -> None:
    foreign = pkcs8.PlainKey("sm2", KEY, sm2.public_point(bytes(31) + b"\x05"))
    text = base64.b64encode(pkcs8.encrypt(foreign, SECRET, 1)).decode()
    path = tmp_path / "key.pem"
    path.write_text(f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{text}\n-----END ENCRYPTED PRIVATE KEY-----\n")
    assert "do not belong together" in refusal(path)


def test_no_file_asks_for_endless_work() -> None:
    der = pkcs8.encrypt(pkcs8.PlainKey("sm2", KEY, b""), SECRET, 0x010203)
    patient = der.replace(b"\x02\x03\x01\x02\x03", b"\x02\x03\x7f\xff\xff")
    assert patient != der
    with pytest.raises(pkcs8.KeyFormatError, match="iterations"):
        pkcs8.decrypt(patient, SECRET)


def test_a_key_does_not_show_in_its_representation() -> None:
    assert repr(pkcs8.PlainKey("sm2", KEY, b"")) == "<sm2 private key>"


DER = pkcs8.encrypt(pkcs8.PlainKey("sm2", KEY, sm2.public_point(KEY)), SECRET, 1)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_octets_give_the_key_or_our_error(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(DER) - 1))
    damaged = bytearray(DER)
    damaged[at] ^= data.draw(st.integers(1, 255))
    end = data.draw(st.integers(0, len(DER)) | st.just(len(DER)))
    with contextlib.suppress(pkcs8.KeyFormatError):
        opened = pkcs8.decrypt(bytes(damaged[:end]), SECRET)
        assert opened.algorithm in ("sm2", "p256")


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_octets_are_a_key_or_our_error(octets: bytes) -> None:
    for read in (pkcs8.parse_plain, pkcs8.parse_ec, lambda octets: pkcs8.decrypt(octets, SECRET)):
        for start in (b"", b"\x30" + bytes((min(127, len(octets)),)), DER[:60]):
            with contextlib.suppress(pkcs8.KeyFormatError):
                read(start + octets)


class TestOpenssl:
    """The openssl program reads our files, and we read its files."""

    pytestmark = with_openssl

    @pytest.mark.parametrize("algorithm", ["sm2", "p256"])
    def test_it_reads_ours(self, tmp_path: Path, algorithm: str) -> None:
        path, secret = tmp_path / "key.pem", tmp_path / "secret"
        secret.write_bytes(SECRET + b"\n")
        write_key(path, KEY, SECRET, algorithm=algorithm)
        text = succeed("pkey", "-in", path, "-passin", f"file:{secret}", "-text", "-noout")
        digits = "".join(text.split("priv:")[1].split("ASN1")[0].replace("pub:", "").split()).replace(":", "")
        assert digits == KEY.hex() + MODULES[algorithm].public_point(KEY).hex()
        assert openssl("pkey", "-in", path, "-passin", "pass:wrong", "-noout").returncode != 0

    @pytest.mark.parametrize("algorithm", ["sm2", "p256"])
    @pytest.mark.parametrize(
        "options",
        [
            ("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"),
            ("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"),
            ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
            ("-iter", "100000"),
            (),
        ],
    )
    def test_we_read_its_encrypted_keys(
        self, tmp_path: Path, algorithm: str, options: tuple[str, ...]
    ) -> None:
        plain, path = tmp_path / "plain.pem", tmp_path / "key.pem"
        curve = f"ec_paramgen_curve:{CURVES[algorithm]}"
        succeed("genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", plain)
        secret = ("-passout", f"pass:{SECRET.decode()}")
        succeed("pkcs8", "-topk8", *options, "-in", plain, "-out", path, *secret)
        private = read_key(path, SECRET, algorithm=algorithm)
        assert private == read_key(plain, algorithm=algorithm)
        public = succeed("pkey", "-in", plain, "-pubout", "-outform", "DER", "-out", tmp_path / "pub.der")
        assert not public
        assert (tmp_path / "pub.der").read_bytes()[-65:] == MODULES[algorithm].public_point(private)

    @pytest.mark.parametrize("algorithm", ["sm2", "p256"])
    def test_we_read_its_older_form(self, tmp_path: Path, algorithm: str) -> None:
        succeed("ecparam", "-genkey", "-name", CURVES[algorithm], "-out", tmp_path / "with-parameters.pem")
        succeed("ec", "-in", tmp_path / "with-parameters.pem", "-out", tmp_path / "ec.pem")
        private = read_key(tmp_path / "ec.pem", algorithm=algorithm)
        assert read_key(tmp_path / "with-parameters.pem", algorithm=algorithm) == private

    def test_other_keys_are_refused_with_a_reason(self, tmp_path: Path) -> None:
        path, plain = tmp_path / "key.pem", tmp_path / "plain.pem"
        succeed("genpkey", "-algorithm", "ED25519", "-out", path)
        assert "no key on an elliptic curve" in refusal(path)
        succeed("ecparam", "-genkey", "-noout", "-name", "secp384r1", "-out", path)
        assert "a curve other than SM2 and P-256" in refusal(path)
        succeed("ecparam", "-genkey", "-noout", "-name", "SM2", "-out", plain)
        password = ("-passout", "pass:x")
        succeed("pkcs8", "-topk8", "-scrypt", "-in", plain, "-out", path, *password)
        assert "another function than PBKDF2" in refusal(path)
        succeed("pkcs8", "-topk8", "-v2", "aes-256-ofb", "-in", plain, "-out", path, *password)
        assert "another cipher than AES-CBC" in refusal(path)
