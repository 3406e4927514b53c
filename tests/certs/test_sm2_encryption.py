"""SM2 encryption: the standard's example, the openssl program both ways, and every altered octet."""

from __future__ import annotations

import base64
import dataclasses
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import evp, sm2, sm2_encryption
from v2x.certs.keys import write_key
from v2x.certs.sm2_encryption import Encrypted, decrypt, encrypt
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("openssl")
counterpart = [
    pytest.mark.counterpart("openssl"),
    pytest.mark.skipif(PROGRAM is None, reason="needs the openssl program (apt-get install openssl)"),
]

# The example of encryption in GB/T 32918.5-2017 (recommended curve); OpenSSL's own tests have it too.
EXAMPLE_KEY = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
EXAMPLE_EPHEMERAL = bytes.fromhex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21")
EXAMPLE_MESSAGE = b"encryption standard"
EXAMPLE = Encrypted(
    v=bytes.fromhex(
        "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
        "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    ),
    t=bytes.fromhex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"),
    c=bytes.fromhex("21886ca989ca9c7d58087307ca93092d651efa"),
)
KEY = bytes(range(1, 33))
POINT = sm2.public_point(KEY)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def test_the_example_of_the_standard() -> None:
    point = sm2.public_point(EXAMPLE_KEY)
    made = encrypt(point, EXAMPLE_MESSAGE, ephemeral=lambda: EXAMPLE_EPHEMERAL)
    assert made == dataclasses.replace(EXAMPLE, v=sm2.compress(EXAMPLE.v))
    assert decrypt(EXAMPLE_KEY, EXAMPLE) == EXAMPLE_MESSAGE
    assert decrypt(EXAMPLE_KEY, made) == EXAMPLE_MESSAGE


@given(number=st.integers(1, sm2.N - 2), message=st.binary(min_size=1, max_size=100))
@settings(max_examples=25, deadline=None)
def test_what_is_encrypted_decrypts_for_its_holder_only(number: int, message: bytes) -> None:
    private = number.to_bytes(32)
    for point in (sm2.public_point(private), sm2.compress(sm2.public_point(private))):
        made = encrypt(point, message)
        assert len(made.v) == 33
        assert len(made.c) == len(message)
        assert decrypt(private, made) == message
    with pytest.raises(TrustError):
        decrypt(EXAMPLE_KEY, made)


def test_it_is_never_the_same() -> None:
    assert len({encrypt(POINT, b"k" * 16).v for _ in range(8)}) == 8


def test_every_altered_octet_is_seen() -> None:
    made = encrypt(POINT, b"content key 16 o")
    for part in ("v", "t", "c"):
        octets = getattr(made, part)
        for at in range(len(octets)):
            altered = bytearray(octets)
            altered[at] ^= 1
            with pytest.raises(TrustError) as caught:
                decrypt(KEY, dataclasses.replace(made, **{part: bytes(altered)}))
            assert caught.value.reason is Reason.ENVELOPE_MALFORMED
        for other in (b"", octets[:-1], octets + b"\x00"):
            with pytest.raises(TrustError):
                decrypt(KEY, dataclasses.replace(made, **{part: other}))


@given(v=st.binary(max_size=70), t=st.binary(max_size=40), c=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_octets_are_refused(v: bytes, t: bytes, c: bytes) -> None:
    for point in (v, sm2.compress(POINT)):
        with pytest.raises(TrustError):
            decrypt(KEY, Encrypted(point, t, c))


def test_misuse() -> None:
    for wrong in (
        lambda: encrypt(POINT, b""),
        lambda: encrypt(POINT, bytes(sm2_encryption.MESSAGE_LIMIT + 1)),
        lambda: encrypt(b"\x02" + b"\xff" * 32, b"m"),
        lambda: decrypt(bytes(32), EXAMPLE),
        lambda: decrypt(KEY[1:], EXAMPLE),
    ):
        with pytest.raises(ValueError):
            wrong()


def test_a_source_that_gives_only_masks_of_zero_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2_encryption, "kdf", lambda _, size: bytes(size))
    with pytest.raises(RuntimeError, match="repeats itself"):
        encrypt(POINT, b"m")


def test_multiplication_is_that_of_public_keys() -> None:
    generator = sm2.public_point(bytes(31) + b"\x01")
    assert evp.multiply(generator, KEY) == POINT
    assert evp.multiply(sm2.compress(generator), KEY) == POINT
    one, other = KEY, EXAMPLE_KEY
    assert evp.multiply(sm2.public_point(one), other) == evp.multiply(sm2.public_point(other), one)
    for point in (b"\x04" + bytes(64), b"", POINT[:64]):
        with pytest.raises(ValueError, match="not on the SM2 curve"):
            evp.multiply(point, KEY)
    with pytest.raises(ValueError, match="infinity"):
        evp.multiply(generator, sm2.N.to_bytes(32))


def element(tag: int, octets: bytes) -> bytes:
    if tag == 2:
        octets = octets.lstrip(b"\x00")
        octets = b"\x00" + octets if octets[0] & 0x80 else octets
    return bytes((tag, len(octets))) + octets


class TestOpenssl:
    """The openssl program (libcrypto's EVP_PKEY_encrypt and EVP_PKEY_decrypt); its form is DER."""

    pytestmark = counterpart

    def run(self, *arguments: str | Path) -> None:
        assert PROGRAM is not None
        command = [PROGRAM, "pkeyutl", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr

    def test_it_decrypts_ours(self, tmp_path: Path) -> None:
        write_key(tmp_path / "key.pem", KEY, b"f" * 64)
        for message in (b"k" * 16, b"a longer message of 40 octets, so 2 rounds"):
            made = encrypt(POINT, message)
            v = sm2.decompress(made.v)
            body = element(2, v[1:33]) + element(2, v[33:]) + element(4, made.t) + element(4, made.c)
            head = b"\x30\x81" if len(body) > 127 else b"\x30"
            (tmp_path / "cipher").write_bytes(head + bytes((len(body),)) + body)
            key = ("-inkey", tmp_path / "key.pem", "-passin", "pass:" + "f" * 64)
            self.run("-decrypt", *key, "-in", tmp_path / "cipher", "-out", tmp_path / "plain")
            assert (tmp_path / "plain").read_bytes() == message

    def test_we_decrypt_its(self, tmp_path: Path) -> None:
        text = base64.encodebytes(SPKI + POINT).decode()
        (tmp_path / "pub.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n")
        (tmp_path / "plain").write_bytes(b"k" * 16)
        for _ in range(4):
            files = ("-in", tmp_path / "plain", "-out", tmp_path / "cipher")
            self.run("-encrypt", "-pubin", "-inkey", tmp_path / "pub.pem", *files)
            der, at, parts = (tmp_path / "cipher").read_bytes(), 2, []
            for _ in range(4):
                size = der[at + 1]
                parts.append(der[at + 2 : at + 2 + size])
                at += 2 + size
            x, y = (int.from_bytes(part).to_bytes(32) for part in parts[:2])
            assert decrypt(KEY, Encrypted(b"\x04" + x + y, parts[2], parts[3])) == b"k" * 16
