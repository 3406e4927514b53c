"""ECDSA on P-256: against the openssl program, with damaged signatures, points and wrong signers."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import p256, sm2
from v2x.certs.keys import write_key

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("openssl")
counterpart = [
    pytest.mark.counterpart("openssl"),
    pytest.mark.skipif(PROGRAM is None, reason="needs the openssl program (apt-get install openssl)"),
]
DIGEST = hashlib.sha256(b"certificate").digest()
KEY = bytes(range(1, 33))
POINT = p256.public_point(KEY)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

GENERATOR = bytes.fromhex(  # SP 800-186, 3.2.1.3
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def test_the_point_of_one_is_the_generator() -> None:
    assert p256.public_point(bytes(31) + b"\x01") == GENERATOR


def test_the_input_is_a_hash_of_two_hashes() -> None:
    inner = hashlib.sha256(b"tbs").digest() + DIGEST
    assert p256.signing_digest(b"tbs", DIGEST) == hashlib.sha256(inner).digest()
    assert hashlib.sha256().digest() == p256.SELF_SIGNED


@given(st.integers(1, p256.N - 1), st.binary(max_size=300))
@settings(max_examples=25, deadline=None)
def test_a_signature_holds_for_its_message_and_signer_only(number: int, message: bytes) -> None:
    key = p256.PrivateKey(number.to_bytes(32), DIGEST)
    signature = key.sign(message)
    assert len(signature) == 64
    for point in (key.point, p256.compress(key.point)):
        assert p256.PublicKey(point, DIGEST).verify(message, signature)
    assert not p256.PublicKey(key.point, DIGEST).verify(message + b"\x00", signature)
    assert not p256.PublicKey(key.point, p256.SELF_SIGNED).verify(message, signature)


def test_a_damaged_signature_is_false() -> None:
    signature = p256.PrivateKey(KEY, DIGEST).sign(b"m")
    public = p256.PublicKey(POINT, DIGEST)
    for at in range(64):
        damaged = bytearray(signature)
        damaged[at] ^= 1
        assert not public.verify(b"m", bytes(damaged))
    zero, top, order = bytes(32), b"\xff" * 32, p256.N.to_bytes(32)
    for r in (zero, top, order, signature[:32]):
        for s in (zero, top, order):
            assert not public.verify(b"m", r + s)
    for shape in (b"", signature[:63], signature + b"\x00", sm2.raw_to_der(signature)):
        assert not public.verify(b"m", shape)


@given(st.binary(max_size=70) | st.binary(min_size=32, max_size=32).map(lambda x: b"\x02" + x))
@settings(max_examples=200)
def test_any_octets_are_a_point_or_a_value_error(octets: bytes) -> None:
    try:
        whole = p256.decompress(octets)
    except ValueError:
        with pytest.raises(ValueError):
            p256.compress(octets)
    else:
        assert p256.decompress(p256.compress(whole)) == whole
        assert octets in (whole, p256.compress(whole))


def test_foreign_points_are_refused() -> None:
    foreign = sm2.public_point(KEY)
    hybrid = b"\x06" + POINT[1:]
    for point in (
        foreign,
        b"",
        b"\x00",
        hybrid,
        POINT + b"\x00",
        b"\x04" + bytes(64),
        b"\x02" + b"\xff" * 32,
    ):
        with pytest.raises(ValueError):
            p256.PublicKey(point, DIGEST)


def test_misuse() -> None:
    for wrong in (bytes(32), p256.N.to_bytes(32), b"\xff" * 32, KEY[1:], KEY + b"\x00"):
        with pytest.raises(ValueError):
            p256.PrivateKey(wrong, DIGEST)
    for digest in (b"", DIGEST[1:]):
        with pytest.raises(ValueError, match="signer digest"):
            p256.PublicKey(POINT, digest)
        with pytest.raises(ValueError, match="signer digest"):
            p256.PrivateKey(KEY, digest)
    assert KEY.hex() not in repr(p256.PrivateKey(KEY, DIGEST))


def test_new_keys_are_keys() -> None:
    made = {p256.generate() for _ in range(20)}
    assert len(made) == 20
    for key in made:
        p256.public_point(key)


class TestOpenssl:
    """The openssl program verifies the digest that we sign, and signs one that we verify."""

    pytestmark = counterpart

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        assert PROGRAM is not None
        command = [PROGRAM, "pkeyutl", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    def test_it_verifies_ours(self, tmp_path: Path) -> None:
        text = base64.encodebytes(SPKI + POINT).decode()
        (tmp_path / "pub.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n")
        signature = p256.PrivateKey(KEY, DIGEST).sign(b"message")
        (tmp_path / "signature").write_bytes(sm2.raw_to_der(signature))
        for message, code in ((b"message", 0), (b"another", 1)):
            (tmp_path / "digest").write_bytes(p256.signing_digest(message, DIGEST))
            key = ("-pubin", "-inkey", tmp_path / "pub.pem")
            files = ("-in", tmp_path / "digest", "-sigfile", tmp_path / "signature")
            assert self.run("-verify", *key, *files).returncode == code

    def test_we_verify_its(self, tmp_path: Path) -> None:
        write_key(tmp_path / "key.pem", KEY, b"f" * 64, algorithm="p256")
        (tmp_path / "digest").write_bytes(p256.signing_digest(b"message", DIGEST))
        key = ("-inkey", tmp_path / "key.pem", "-passin", "pass:" + "f" * 64)
        done = self.run("-sign", *key, "-in", tmp_path / "digest", "-out", tmp_path / "signature")
        assert done.returncode == 0, done.stderr
        signature = sm2.raw_from_der((tmp_path / "signature").read_bytes())
        assert p256.PublicKey(POINT, DIGEST).verify(b"message", signature)
        assert not p256.PublicKey(POINT, DIGEST).verify(b"another", signature)
