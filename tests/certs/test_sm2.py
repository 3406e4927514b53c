"""SM2: the published vector, a real certificate, odd keys and signatures, and no leak."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import Certificate, CryptoUnavailableError, libcrypto, sm2

DATA = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())
VECTOR = {name: bytes.fromhex(value) for name, value in DATA["sm2_message_signature_vector"].items()}
POINT = b"\x04" + VECTOR["pubX"] + VECTOR["pubY"]
MESSAGE, USER_ID = VECTOR["toBeSignedData"], VECTOR["signerCertSM3"]
SIGNATURE = VECTOR["r"] + VECTOR["s"]


def flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1 << at % 8]) + octets[at + 1 :]


def test_published_vector_reproduces() -> None:
    assert sm2.public_point(VECTOR["privateKey"]) == POINT
    z = sm2.identity_digest(POINT, USER_ID)
    assert z == VECTOR["ZA"]
    assert sm2.sm3(z + MESSAGE) == VECTOR["e"]
    assert sm2.verify(POINT, MESSAGE, SIGNATURE, USER_ID)
    assert sm2.verify(sm2.compress(POINT), MESSAGE, SIGNATURE, USER_ID)


def test_every_octet_of_the_vector_matters() -> None:
    for at in range(len(MESSAGE)):
        assert not sm2.verify(POINT, flipped(MESSAGE, at), SIGNATURE, USER_ID)
    for at in range(64):
        assert not sm2.verify(POINT, MESSAGE, flipped(SIGNATURE, at), USER_ID)
    for at in range(32):
        assert not sm2.verify(POINT, MESSAGE, SIGNATURE, flipped(USER_ID, at))
    assert not sm2.verify(POINT, MESSAGE, SIGNATURE, sm2.DEFAULT_ID)


def test_real_certificate_verifies_under_the_default_id_only() -> None:
    certificate = Certificate.decode(bytes.fromhex(DATA["trcla_certificate"]["hex"]))
    assert certificate.sm3.hex() == DATA["trcla_certificate"]["sm3"]
    assert certificate.hashed_id8.hex() == DATA["trcla_certificate"]["hashedId8"]
    assert certificate.is_signed_by(certificate)
    signed = certificate.to_be_signed
    assert sm2.verify(certificate.point, signed, certificate.signature, sm2.DEFAULT_ID)
    assert not sm2.verify(certificate.point, signed, certificate.signature, certificate.sm3)
    assert not sm2.verify(certificate.point, signed, certificate.signature, b"")


def test_sm3_agrees_between_hashlib_and_libcrypto() -> None:
    for size in (0, 1, 63, 64, 65, 1000):
        assert sm2.sm3(bytes(size)) == libcrypto.sm3(bytes(size))
    assert sm2.sm3(b"abc").hex().startswith("66c7f0f462eeedd9")  # GB/T 32905, first example


def test_a_python_without_sm3_uses_libcrypto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "_hashlib_has_sm3", lambda: False)
    assert sm2.sm3(sm2.identity_digest(POINT, USER_ID) + MESSAGE) == VECTOR["e"]
    assert sm2.PublicKey(POINT, USER_ID).verify(MESSAGE, SIGNATURE)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, sm2.N - 2), st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_signed_verifies(number: int, message: bytes, user_id: bytes) -> None:
    key = number.to_bytes(32)
    point = sm2.public_point(key)
    signature = sm2.sign(key, message, user_id)
    assert len(signature) == 64
    assert sm2.verify(point, message, signature, user_id)
    assert not sm2.verify(point, message + b"\x00", signature, user_id)
    assert sm2.decompress(sm2.compress(point)) == point


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\x00",
        b"\x02" + bytes(31),
        b"\x02" + b"\xff" * 32,
        b"\x05" + POINT[1:],
        b"\x04" + bytes(64),
        b"\x04" + POINT[1:33] + POINT[1:33],
        b"\x04" + (sm2.P + 1).to_bytes(32) + POINT[33:],
        b"\x02" + (5).to_bytes(32),
    ],
)
def test_points_that_are_none(point: bytes) -> None:
    with pytest.raises(ValueError, match=r"point"):
        sm2.verify(point, MESSAGE, SIGNATURE, USER_ID)


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(31), (sm2.N - 1).to_bytes(32), b"\xff" * 32])
def test_private_keys_that_are_none(key: bytes) -> None:
    with pytest.raises(ValueError, match="private key"):
        sm2.sign(key, b"", b"")


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:63],
        SIGNATURE + b"\x00",
        bytes(64),
        bytes(32) + SIGNATURE[32:],
        SIGNATURE[:32] + bytes(32),
        b"\xff" * 64,
        sm2.N.to_bytes(32) + SIGNATURE[32:],
        (int.from_bytes(SIGNATURE[:32]) + sm2.N).to_bytes(33)[1:] + SIGNATURE[32:],
        SIGNATURE[:32] + (sm2.N - int.from_bytes(SIGNATURE[:32])).to_bytes(32),
    ],
)
def test_signatures_that_are_none(signature: bytes) -> None:
    assert not sm2.verify(POINT, MESSAGE, signature, USER_ID)


@given(st.integers(0, (1 << 256) - 1), st.integers(0, (1 << 256) - 1))
def test_raw_and_der_both_ways(r: int, s: int) -> None:
    raw = r.to_bytes(32) + s.to_bytes(32)
    assert sm2.raw_from_der(sm2.raw_to_der(raw)) == raw


@given(st.binary(max_size=80))
def test_any_octets_are_der_or_value_error(data: bytes) -> None:
    try:
        raw = sm2.raw_from_der(data)
    except ValueError:
        return
    assert sm2.raw_to_der(raw) == data


def test_generated_keys_differ_and_work() -> None:
    keys = {sm2.generate() for _ in range(8)}
    assert len(keys) == 8
    for key in keys:
        assert sm2.decompress(sm2.public_point(key))


def test_a_public_key_does_not_sign() -> None:
    with pytest.raises(ValueError, match="public"):
        libcrypto.Key(POINT).sign(bytes(32))
    assert VECTOR["privateKey"].hex() not in repr(libcrypto.Key(POINT, VECTOR["privateKey"]))


def test_an_id_is_bounded() -> None:
    with pytest.raises(ValueError, match="8191"):
        sm2.identity_digest(POINT, bytes(8192))


def test_a_missing_libcrypto_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(libcrypto.ENVIRONMENT, "/nonexistent/libcrypto.so.3")
    libcrypto.library.cache_clear()
    try:
        with pytest.raises(CryptoUnavailableError, match=r"apt-get install libssl3.*nonexistent"):
            libcrypto.library()
    finally:
        monkeypatch.undo()
        libcrypto.library.cache_clear()
    assert "OpenSSL 3" in libcrypto.library_version()


def test_many_threads_may_verify_and_sign() -> None:
    public, private = sm2.PublicKey(POINT, USER_ID), sm2.PrivateKey(VECTOR["privateKey"], USER_ID)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(25):
            message = bytes([number])
            if not public.verify(message, private.sign(message)) or public.verify(message, SIGNATURE):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc; run it on Linux")
def test_keys_signatures_and_refusals_leave_no_memory_behind() -> None:
    def resident_kb() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    def work(count: int) -> None:
        for number in range(count):
            key = sm2.PublicKey(POINT, number.to_bytes(4))
            if number % 8 == 0:
                key.verify(MESSAGE, SIGNATURE)
                sm2.sign(VECTOR["privateKey"], MESSAGE, USER_ID)

    work(400)
    before = resident_kb()
    work(4000)  # a key kept alive costs 2.4 KB: a leak would be 10 MB
    assert resident_kb() - before < 4000
