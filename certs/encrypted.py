"""Encrypted messages: a V2XSecData with encryptedData, for recipients by certificate, key or pre-shared key.

    03 | 82 EncryptedData { recipients, ciphertext sm4Ccm { nonce (12), octets | tag (16) } }
    certRecipInfo, signedDataRecipInfo, rekRecipInfo  { HashedId8, ecencSm2 { v, t, c } }   content key by SM2
    symmRecipInfo                                     { HashedId8, sm4Ccm { nonce, ... } }  content key by SM4
    pskRecipInfo                                        HashedId8                           is the content key

Sources: types of YD/T 3957-2021 by one public transcription.  Assumed, as IEEE 1609.2-2022 has it: what is
encrypted is the COER of a whole V2XSecData (here any octets); a symmetric key is named by the HashedId8 of
its SymmetricEncryptionKey, a response key by that of its PublicEncryptionKey, both with SM3; there is no
associated data.  CCM is :mod:`v2x.certs.sm4`, the key transport :mod:`v2x.certs.sm2_encryption`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.certs import sm2, sm2_encryption, sm4
from v2x.codecs import coer
from v2x.errors import CodecError, CodecErrorKind, Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "RECIPIENTS_LIMIT",
    "DecryptionKeys",
    "PublicRecipient",
    "SymmetricRecipient",
    "open_encrypted",
    "response_key_id",
    "seal",
    "symmetric_key_id",
]

RECIPIENTS_LIMIT = 64
"""Recipients of one message: each costs 100 octets and its sender an SM2 encryption."""

KEYS_LIMIT = 4096
"""Keys that a receiver holds: its own of some years, not a directory of others."""

PUBLIC_KINDS = ("certRecipInfo", "signedDataRecipInfo", "rekRecipInfo")
"""Recipients by an SM2 key: of a certificate, out of a signed message, or given for the response."""

_PROTOCOL_VERSION = 3


@dataclass(frozen=True, slots=True)
class PublicRecipient:
    """The holder of an SM2 encryption key: ``recipient_id`` names the key (HashedId8), ``point`` is it.

    ``kind`` is one of PUBLIC_KINDS; for certRecipInfo the id is the certificate's HashedId8.
    """

    recipient_id: bytes
    point: bytes
    kind: str = "certRecipInfo"

    def __post_init__(self) -> None:
        if self.kind not in PUBLIC_KINDS or len(self.recipient_id) != 8:
            raise ValueError(f"a recipient has 8 octets of id and one of the kinds {', '.join(PUBLIC_KINDS)}")


@dataclass(frozen=True, slots=True)
class SymmetricRecipient:
    """Whoever holds the SM4 ``key`` (16 octets); ``pre_shared``: it encrypts the payload itself."""

    key: bytes = field(repr=False)
    pre_shared: bool = False


@dataclass(slots=True)
class DecryptionKeys:
    """What a receiver can open: SM2 private keys by kind and id, SM4 keys by id."""

    _private: dict[tuple[str, bytes], bytes] = field(default_factory=dict, repr=False)
    _symmetric: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def add_private(self, recipient_id: bytes, private: bytes, kind: str = "certRecipInfo") -> None:
        """Open with this SM2 key (32 octets) what names it so; ValueError for no key or too many."""
        sm2.public_point(private)
        self._room()
        self._private[kind, bytes(recipient_id)] = private

    def add_symmetric(self, key: bytes) -> None:
        """Open with this SM4 key (16 octets); ValueError for no key or too many."""
        self._room()
        self._symmetric[symmetric_key_id(key)] = key

    def _room(self) -> None:
        if len(self._private) + len(self._symmetric) >= KEYS_LIMIT:
            raise ValueError(f"more than {KEYS_LIMIT} keys")

    def private(self, kind: str, recipient_id: bytes) -> bytes | None:
        """The SM2 key of a recipient, None if it isn't ours."""
        return self._private.get((kind, recipient_id))

    def symmetric(self, recipient_id: bytes) -> bytes | None:
        """The SM4 key of this id, None if it isn't ours."""
        return self._symmetric.get(recipient_id)


def symmetric_key_id(key: bytes) -> bytes:
    """HashedId8 of an SM4 key (16 octets, else ValueError), as recipients name it."""
    if len(key) != sm4.KEY_SIZE:
        raise ValueError(f"an SM4 key has {sm4.KEY_SIZE} octets, not {len(key)}")
    return sm2.sm3(coer.encode("SymmetricEncryptionKey", ("sm4Ccm", bytes(key))))[-8:]


def response_key_id(point: bytes) -> bytes:
    """HashedId8 of the PublicEncryptionKey for SM4-CCM with this SM2 point, as a rekRecipInfo names it."""
    key = {"supportedSymmAlg": "sm4Ccm", "publicKey": ("ecencSm2", _point_value(sm2.compress(point)))}
    return sm2.sm3(coer.encode("PublicEncryptionKey", key))[-8:]


def seal(
    payload: bytes,
    recipients: Sequence[PublicRecipient | SymmetricRecipient],
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> bytes:
    """The V2XSecData that only ``recipients`` (1 to 64) open; ValueError for a wrong list or key.

    ``random(n)`` gives n secret octets; a fixed source is for tests only.  A pre-shared key stands alone:
    as a content key that others receive too it would be given away.
    """
    if not 1 <= len(recipients) <= RECIPIENTS_LIMIT:
        raise ValueError(f"1 to {RECIPIENTS_LIMIT} recipients, not {len(recipients)}")
    content_key = random(sm4.KEY_SIZE)
    for recipient in recipients:
        if isinstance(recipient, SymmetricRecipient) and recipient.pre_shared:
            if len(recipients) > 1:
                raise ValueError("a pre-shared key can't have other recipients beside it")
            content_key = recipient.key
    value = {
        "recipients": [_recipient_info(recipient, content_key, random) for recipient in recipients],
        "ciphertext": _ciphertext(content_key, payload, random),
    }
    content = ("encryptedData", value)
    return coer.encode("V2XSecData", {"protocolVersion": _PROTOCOL_VERSION, "content": content})


def _recipient_info(
    recipient: PublicRecipient | SymmetricRecipient, content_key: bytes, random: Callable[[int], bytes]
) -> tuple[str, Any]:
    if isinstance(recipient, PublicRecipient):
        wrapped = sm2_encryption.encrypt(recipient.point, content_key, ephemeral=lambda: _scalar(random))
        key = {"v": _point_value(wrapped.v), "t": wrapped.t, "c": wrapped.c}
        return recipient.kind, {"recipientId": recipient.recipient_id, "encKey": ("ecencSm2", key)}
    key_id = symmetric_key_id(recipient.key)
    if recipient.pre_shared:
        return "pskRecipInfo", key_id
    return "symmRecipInfo", {"recipientId": key_id, "encKey": _ciphertext(recipient.key, content_key, random)}


def _scalar(random: Callable[[int], bytes]) -> bytes:
    """A private key, in 1..n-2; 320 bits, so that the remainder favours no value."""
    return (1 + int.from_bytes(random(40)) % (sm2.N - 2)).to_bytes(32)


def _point_value(point: bytes) -> tuple[str, bytes]:
    return ("compressed-y-0" if point[0] == 2 else "compressed-y-1", point[1:])


def _ciphertext(key: bytes, message: bytes, random: Callable[[int], bytes]) -> tuple[str, Any]:
    nonce = random(sm4.NONCE_SIZE)
    return "sm4Ccm", {"nonce": nonce, "ccmCiphertext": sm4.seal_ccm(key, nonce, message)}


def open_encrypted(data: bytes, keys: DecryptionKeys) -> bytes:
    """The payload of a V2XSecData with encryptedData, opened with the first recipient whose key is ours.

    TrustError of stage envelope: malformed (also where a tag doesn't fit), or unsupported (other content,
    other algorithms, not for us).
    """
    value = _encrypted_data(data)
    if len(value["recipients"]) > RECIPIENTS_LIMIT:
        raise _unsupported(f"{len(value['recipients'])} recipients, at most {RECIPIENTS_LIMIT} are looked at")
    for kind, info in value["recipients"]:
        content_key = _content_key(kind, info, keys)
        if content_key is not None:
            return _open(content_key, value["ciphertext"], "payload")
    raise _unsupported("encrypted for others: none of our keys is among the recipients")


def _encrypted_data(data: bytes) -> Any:
    try:
        value = coer.decode("V2XSecData", data)
    except CodecError as error:
        newer = error.kind is CodecErrorKind.UNSUPPORTED
        reason = Reason.ENVELOPE_UNSUPPORTED if newer else Reason.ENVELOPE_MALFORMED
        raise TrustError(reason, str(error)) from None
    if value["protocolVersion"] != _PROTOCOL_VERSION:
        raise _unsupported(f"version {value['protocolVersion']}, {_PROTOCOL_VERSION} is supported")
    kind, inner = value["content"]
    if kind != "encryptedData":
        raise _unsupported(f"content {kind}, encryptedData is wanted")
    return inner


def _content_key(kind: str, info: Any, keys: DecryptionKeys) -> bytes | None:
    """The content key, None where this recipient isn't us."""
    if kind == "pskRecipInfo":
        return keys.symmetric(info)
    if kind == "symmRecipInfo":
        key = keys.symmetric(info["recipientId"])
        return None if key is None else _sized(_open(key, info["encKey"], "content key"))
    private = keys.private(kind, info["recipientId"])
    if private is None:
        return None
    algorithm, wrapped = info["encKey"]
    if algorithm != "ecencSm2":
        raise _unsupported(f"content key by {algorithm}, ecencSm2 is supported")
    encrypted = sm2_encryption.Encrypted(_point(wrapped["v"]), wrapped["t"], wrapped["c"])
    return _sized(sm2_encryption.decrypt(private, encrypted))


def _sized(key: bytes) -> bytes:
    if len(key) != sm4.KEY_SIZE:
        raise TrustError(Reason.ENVELOPE_MALFORMED, f"a content key of {len(key)} octets")
    return key


def _point(value: tuple[str, Any]) -> bytes:
    form, inner = value
    if form == "uncompressed":
        return bytes(b"\x04" + inner["x"] + inner["y"])
    if form not in ("compressed-y-0", "compressed-y-1"):
        raise TrustError(Reason.ENVELOPE_MALFORMED, f"a point of the form {form} is no ephemeral key")
    return (b"\x02" if form == "compressed-y-0" else b"\x03") + bytes(inner)


def _open(key: bytes, ciphertext: tuple[str, Any], what: str) -> bytes:
    algorithm, inner = ciphertext
    if algorithm != "sm4Ccm":
        raise _unsupported(f"{what} by {algorithm}, sm4Ccm is supported")
    message = sm4.open_ccm(key, inner["nonce"], inner["ccmCiphertext"])
    if message is None:
        raise TrustError(Reason.ENVELOPE_MALFORMED, f"{what}: the tag does not fit")
    return message


def _unsupported(detail: str) -> TrustError:
    return TrustError(Reason.ENVELOPE_UNSUPPORTED, detail)
