"""Encrypted messages: each kind of recipient, strangers, altered octets, other algorithms."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import encrypted, sm2, sm4, spdu
from v2x.certs.encrypted import (
    DecryptionKeys,
    PublicRecipient,
    SymmetricRecipient,
    open_encrypted,
    response_key_id,
    seal,
    symmetric_key_id,
)
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

PRIVATE = bytes(range(1, 33))
POINT = sm2.compress(sm2.public_point(PRIVATE))
ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
SYMMETRIC = b"symmetric key 16"
PAYLOAD = spdu.unsecured(b"what is said") * 3
OWN = PublicRecipient(ID, POINT)


def keys() -> DecryptionKeys:
    held = DecryptionKeys()
    held.add_private(ID, PRIVATE)
    held.add_symmetric(SYMMETRIC)
    return held


def stranger(number: int) -> PublicRecipient:
    return PublicRecipient(number.to_bytes(8), sm2.public_point(sm2.generate()))


def refusal(data: bytes, held: DecryptionKeys | None = None) -> TrustError:
    with pytest.raises(TrustError) as caught:
        open_encrypted(data, held or keys())
    return caught.value


RECIPIENTS: dict[str, list[Any]] = {
    "certificate": [OWN],
    "certificate among others": [stranger(7), stranger(8), OWN, stranger(9)],
    "same id under another key's kind": [PublicRecipient(ID, stranger(1).point, "rekRecipInfo"), OWN],
    "symmetric": [SymmetricRecipient(SYMMETRIC)],
    "symmetric among others": [stranger(7), SymmetricRecipient(bytes(16)), SymmetricRecipient(SYMMETRIC)],
    "pre-shared": [SymmetricRecipient(SYMMETRIC, pre_shared=True)],
}


@pytest.mark.parametrize("name", RECIPIENTS)
@pytest.mark.parametrize("payload", [b"", b"x", PAYLOAD, bytes(5000)])
def test_a_recipient_opens_it(name: str, payload: bytes) -> None:
    sealed = seal(payload, RECIPIENTS[name])
    assert sealed[:2] == b"\x03\x82"
    assert payload == open_encrypted(sealed, keys())
    assert len(payload) < 12 or payload not in sealed
    assert coer.encode("V2XSecData", coer.decode("V2XSecData", sealed)) == sealed


@pytest.mark.parametrize("kind", encrypted.PUBLIC_KINDS)
def test_a_key_opens_only_its_own_kind(kind: str) -> None:
    sealed = seal(PAYLOAD, [PublicRecipient(ID, POINT, kind)])
    held = DecryptionKeys()
    held.add_private(ID, PRIVATE, kind)
    assert open_encrypted(sealed, held) == PAYLOAD
    other = DecryptionKeys()
    other.add_private(ID, PRIVATE, next(one for one in encrypted.PUBLIC_KINDS if one != kind))
    assert "encrypted for others" in str(refusal(sealed, other))


def test_octets_of_one_recipient_by_certificate() -> None:
    """The tags of the facts: sm4Ccm and ecencSm2 are extensions, an open type with its length each."""
    sealed = seal(b"", [OWN])
    value = coer.decode("V2XSecData", sealed)["content"][1]
    head = b"\x03\x82\x01\x01\x82" + ID + b"\x82\x51"
    assert sealed.startswith(head)
    point = sealed[len(head) : len(head) + 33]
    assert point[0] in (0x82, 0x83)
    wrapped = value["recipients"][0][1]["encKey"][1]
    assert sealed[len(head) + 33 : len(head) + 81] == wrapped["t"] + wrapped["c"]
    ciphertext = value["ciphertext"][1]
    assert sealed.endswith(b"\x81\x1d" + ciphertext["nonce"] + b"\x10" + ciphertext["ccmCiphertext"])
    assert len(ciphertext["ccmCiphertext"]) == sm4.TAG_SIZE


def test_two_sealings_share_nothing() -> None:
    one, other = (coer.decode("V2XSecData", seal(PAYLOAD, [OWN]))["content"][1] for _ in range(2))
    assert one["ciphertext"] != other["ciphertext"]
    assert one["ciphertext"][1]["nonce"] != other["ciphertext"][1]["nonce"]


def test_a_given_source_decides_every_octet() -> None:
    made = {seal(PAYLOAD, [OWN, SymmetricRecipient(SYMMETRIC)], random.Random(5).randbytes) for _ in range(2)}
    assert len(made) == 1


def test_strangers_are_told_that_it_is_not_for_them() -> None:
    held = DecryptionKeys()
    held.add_private(ID[::-1], PRIVATE)
    held.add_symmetric(bytes(16))
    for recipients in RECIPIENTS.values():
        if SymmetricRecipient(bytes(16)) not in recipients:
            error = refusal(seal(PAYLOAD, recipients), held)
            assert error.reason is Reason.ENVELOPE_UNSUPPORTED
            assert "encrypted for others" in error.detail


def test_a_wrong_key_under_the_right_name() -> None:
    held = DecryptionKeys()
    held.add_private(ID, sm2.generate())
    error = refusal(seal(PAYLOAD, [OWN]), held)
    assert error.reason is Reason.ENVELOPE_MALFORMED
    assert "check value" in error.detail


@pytest.mark.parametrize("name", ["certificate", "symmetric", "pre-shared"])
def test_every_altered_octet_is_seen(name: str) -> None:
    sealed = seal(b"payload", RECIPIENTS[name])
    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1
        assert refusal(bytes(altered)).reason.stage == "envelope"
        assert refusal(sealed[:at]).reason is Reason.ENVELOPE_MALFORMED
    assert refusal(sealed + b"\x00").reason is Reason.ENVELOPE_MALFORMED


@given(st.binary(max_size=300), st.integers(0, 150))
@settings(max_examples=200, deadline=None)
def test_any_octets_are_refused_with_a_reason(octets: bytes, keep: int) -> None:
    for data in (octets, SEALED[:keep] + octets):
        with contextlib.suppress(TrustError):
            assert open_encrypted(data, keys()) == b"payload"


SEALED = seal(b"payload", [OWN])


def rebuilt(**changes: Any) -> bytes:
    value = dict(coer.decode("V2XSecData", SEALED)["content"][1])
    value.update(changes)
    return coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("encryptedData", value)})


def test_other_algorithms_and_shapes() -> None:
    value = coer.decode("V2XSecData", SEALED)["content"][1]
    _, info = value["recipients"][0]
    wrapped = dict(info["encKey"][1])
    ecies = {"v": wrapped["v"], "c": bytes(16), "t": bytes(16)}
    aes = {"nonce": bytes(12), "ccmCiphertext": bytes(20)}
    short = ("symmRecipInfo", {"recipientId": symmetric_key_id(SYMMETRIC), "encKey": short_key()})
    for data, reason, detail in (
        (spdu.unsecured(b"x"), Reason.ENVELOPE_UNSUPPORTED, "content unsecuredData"),
        (b"\x02" + SEALED[1:], Reason.ENVELOPE_UNSUPPORTED, "version 2"),
        (rebuilt(ciphertext=("aes128ccm", aes)), Reason.ENVELOPE_UNSUPPORTED, "payload by aes128ccm"),
        (with_key(("eciesNistP256", ecies)), Reason.ENVELOPE_UNSUPPORTED, "content key by eciesNistP256"),
        (with_key(("ecencSm2", wrapped | {"v": ("fill", None)})), Reason.ENVELOPE_MALFORMED, "form fill"),
        (with_key(("ecencSm2", wrapped | {"v": ("x-only", bytes(32))})), Reason.ENVELOPE_MALFORMED, "x-only"),
        (rebuilt(recipients=[]), Reason.ENVELOPE_UNSUPPORTED, "none of our keys"),
        (rebuilt(recipients=[short]), Reason.ENVELOPE_MALFORMED, "content key of 15 octets"),
        (rebuilt(recipients=[("pskRecipInfo", ID)] * 65), Reason.ENVELOPE_UNSUPPORTED, "65 recipients"),
    ):
        error = refusal(data)
        assert error.reason is reason
        assert detail in error.detail


def short_key() -> tuple[str, Any]:
    nonce = bytes(12)
    return "sm4Ccm", {"nonce": nonce, "ccmCiphertext": sm4.seal_ccm(SYMMETRIC, nonce, bytes(15))}


def with_key(key: tuple[str, Any]) -> bytes:
    return rebuilt(recipients=[("certRecipInfo", {"recipientId": ID, "encKey": key})])


def test_an_uncompressed_ephemeral_key_is_taken() -> None:
    value = coer.decode("V2XSecData", SEALED)["content"][1]
    wrapped = dict(value["recipients"][0][1]["encKey"][1])
    form, x = wrapped["v"]
    whole = sm2.decompress((b"\x02" if form == "compressed-y-0" else b"\x03") + x)
    wrapped["v"] = ("uncompressed", {"x": whole[1:33], "y": whole[33:]})
    assert open_encrypted(with_key(("ecencSm2", wrapped)), keys()) == b"payload"


def test_names_of_keys() -> None:
    assert symmetric_key_id(SYMMETRIC) == sm2.sm3(b"\x81\x10" + SYMMETRIC)[-8:]
    form = bytes((0x80 + POINT[0],)) + POINT[1:]
    assert response_key_id(sm2.decompress(POINT)) == sm2.sm3(b"\x01\x82\x21" + form)[-8:]


def test_no_key_shows() -> None:
    shown = repr(keys()) + repr(SymmetricRecipient(SYMMETRIC)) + repr(RECIPIENTS)
    for secret in (PRIVATE, SYMMETRIC):
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_misuse(monkeypatch: pytest.MonkeyPatch) -> None:
    psk = SymmetricRecipient(SYMMETRIC, pre_shared=True)
    for wrong in (
        lambda: seal(PAYLOAD, []),
        lambda: seal(PAYLOAD, [OWN] * 65),
        lambda: seal(PAYLOAD, [OWN, psk]),
        lambda: seal(PAYLOAD, [SymmetricRecipient(b"short")]),
        lambda: seal(PAYLOAD, [PublicRecipient(ID, b"\x02" + b"\xff" * 32)]),
        lambda: PublicRecipient(ID[1:], POINT),
        lambda: PublicRecipient(ID, POINT, "pskRecipInfo"),
        lambda: DecryptionKeys().add_private(ID, bytes(32)),
        lambda: DecryptionKeys().add_symmetric(b"short"),
    ):
        with pytest.raises(ValueError):
            wrong()
    monkeypatch.setattr(encrypted, "KEYS_LIMIT", 2)
    with pytest.raises(ValueError, match="more than 2 keys"):
        keys().add_symmetric(bytes(16))
