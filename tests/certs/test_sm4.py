"""SM4 and SM4-CCM: published vectors, an independent CCM with AES in SM4's place, altered octets."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import sm4

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes.fromhex("00001234567800000000abcd")
AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
PLAIN = b"".join(bytes((octet,)) * 8 for octet in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
CIPHER = bytes.fromhex(  # RFC 8998, A.2, with its tag
    "48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094"
    "fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b"
    "16842d4fa186f56ab33256971fa110f4"
)


def test_the_block_of_the_standard() -> None:  # GB/T 32907-2016, A.1
    assert sm4.block(KEY, KEY) == bytes.fromhex("681edf34d206965e86b3e94f536e4246")


def test_blocks_are_each_on_their_own() -> None:
    other = bytes(range(16))
    assert sm4.blocks(KEY, KEY + other) == sm4.block(KEY, KEY) + sm4.block(KEY, other)
    assert sm4.blocks(KEY, b"") == b""


def test_ccm_of_the_rfc() -> None:
    assert sm4.seal_ccm(KEY, NONCE, PLAIN, aad=AAD) == CIPHER
    assert sm4.open_ccm(KEY, NONCE, CIPHER, aad=AAD) == PLAIN


@given(message=st.binary(max_size=100), aad=st.binary(max_size=40), tag=st.sampled_from(range(4, 17, 2)))
def test_what_is_sealed_opens(message: bytes, aad: bytes, tag: int) -> None:
    sealed = sm4.seal_ccm(KEY, NONCE, message, aad=aad, tag_size=tag)
    assert len(sealed) == len(message) + tag
    assert sm4.open_ccm(KEY, NONCE, sealed, aad=aad, tag_size=tag) == message
    assert sm4.open_ccm(KEY, NONCE, sealed, aad=aad + b"\x00", tag_size=tag) is None


def test_every_altered_octet_is_seen() -> None:
    for at in range(len(CIPHER)):
        altered = bytearray(CIPHER)
        altered[at] ^= 0x80
        assert sm4.open_ccm(KEY, NONCE, bytes(altered), aad=AAD) is None
    for size in range(len(CIPHER)):
        assert sm4.open_ccm(KEY, NONCE, CIPHER[:size], aad=AAD) is None
    assert sm4.open_ccm(KEY, NONCE, CIPHER + b"\x00", aad=AAD) is None
    assert sm4.open_ccm(NONCE + bytes(4), NONCE, CIPHER, aad=AAD) is None
    assert sm4.open_ccm(KEY, NONCE[::-1], CIPHER, aad=AAD) is None


@given(
    key=st.binary(min_size=16, max_size=16),
    nonce=st.binary(min_size=12, max_size=12),
    message=st.binary(max_size=300),
    aad=st.binary(max_size=300),
    tag=st.sampled_from(range(4, 17, 2)),
)
@settings(max_examples=150)
def test_the_mode_is_that_of_another_implementation(
    key: bytes, nonce: bytes, message: bytes, aad: bytes, tag: int
) -> None:
    expected = AESCCM(key, tag_length=tag).encrypt(nonce, message, aad)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sm4, "_cipher", AES)
        assert sm4.seal_ccm(key, nonce, message, aad=aad, tag_size=tag) == expected


def test_misuse() -> None:
    for wrong in (
        lambda: sm4.block(KEY, KEY[1:]),
        lambda: sm4.blocks(KEY, KEY + b"\x00"),
        lambda: sm4.block(KEY[1:], KEY),
        lambda: sm4.seal_ccm(KEY, NONCE[1:], b""),
        lambda: sm4.seal_ccm(KEY + KEY, NONCE, b""),
        lambda: sm4.seal_ccm(KEY, NONCE, b"", tag_size=5),
        lambda: sm4.seal_ccm(KEY, NONCE, b"", tag_size=18),
        lambda: sm4.seal_ccm(KEY, NONCE, b"", aad=bytes(sm4.AAD_LIMIT + 1)),
        lambda: sm4.open_ccm(KEY, NONCE + b"\x00", CIPHER),
    ):
        with pytest.raises(ValueError):
            wrong()
