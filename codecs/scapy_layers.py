"""Layers for scapy: ``DSMP / SecuredMessage / MessageFrame``; dissect, build, show, fuzz, captures.

    from v2x.codecs.scapy_layers import DSMP, MessageFrame, SecuredMessage
    for packet in rdpcap("drive.pcap"):           link type 147 (USER0) is bound to DSMP
        packet.show()                             every field by its name, with its meaning
    frame = DSMP() / MessageFrame(kind="BSM")     lengths and AIDs left out are filled in
    frame[MessageFrame].body["speed"] = 8191      wire integers, in asn1tools' form
    wrpcap("out.pcap", [frame, fuzz(DSMP() / MessageFrame(kind="MAP"))])

scapy is GPL-2.0-only, and who distributes a work made of it and this module has to heed that licence.
This package is Apache-2.0, needs no scapy (it is the optional extra ``v2x[scapy]``), and this is the only
module that imports it; nothing else imports this one.

Signatures are neither checked nor made here: a changed signed message keeps its old signature, which is what
a test of a receiver wants.  What is no secured message and no message of any profile is ``Raw``.  fuzz()
gives values that the schema allows, ends of ranges often; for broken bits use scapy's ``corrupt_bytes``.

Sources: as :mod:`v2x.codecs.dsmp`, :mod:`v2x.codecs.coer` and :mod:`v2x.codecs.codec`.
"""
# ruff: noqa: ARG002 - the arguments of scapy's methods

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING, Any

from scapy.config import conf
from scapy.fields import BitField, ByteField, Field, ShortField
from scapy.packet import NoPayload, Packet, Raw
from scapy.volatile import RandChoice, RandNum, VolatileValue

from v2x.codecs import KINDS, PROFILES, Message, coer, decode, encode
from v2x.codecs.aids import TABLE
from v2x.codecs.dsmp import p_decode, p_encode
from v2x.codecs.elements import type_of
from v2x.codecs.meaning import leaves, meaning
from v2x.codecs.message import DAY1_FRAMES, DAY2_FRAME, DAY2_MESSAGES
from v2x.codecs.pcap import DSMP_LINK_TYPE
from v2x.codecs.sample import sample_body
from v2x.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DSMP", "MessageFrame", "SecuredMessage"]

_SECURED = "V2XSecData"
_UNKNOWN_AID = 111
"""The AID of what carries no message that has one: that of BSM, which every receiver takes."""

_FUZZ_SEEDS = 1 << 62


def _signature(rng: Random) -> tuple[str, dict[str, bytes]]:
    return "sm2Signature", {"rSig": rng.randbytes(32), "sSig": rng.randbytes(32)}


class _Sampled:
    """A body to be made when kind and profile are known: the plainest, or a random one from ``seed``."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed

    def body(self, kind: str, profile: str) -> dict[str, Any]:
        """The body, the same each time; ValueError for a kind that the profile does not have."""
        return sample_body(None if self.seed is None else Random(self.seed), kind, profile)


class _RandBody(VolatileValue):  # type: ignore[misc]
    """scapy's random value for a message's body."""

    def _fix(self) -> _Sampled:
        return _Sampled(int(RandNum(0, _FUZZ_SEEDS)))


class _RandValue(VolatileValue):  # type: ignore[misc]
    """scapy's random value for what a function makes of a generator."""

    def __init__(self, make: Callable[[Random], Any]) -> None:
        self._make = make

    def _fix(self) -> Any:
        return self._make(Random(int(RandNum(0, _FUZZ_SEEDS))))


class _Value(Field):  # type: ignore[misc]
    """A field that is a value and no octets of its own: its layer builds and dissects them together."""

    __slots__ = ("_random",)
    ismutable = True

    def __init__(self, name: str, default: Any, random: Callable[[], Any] | None = None) -> None:
        self._random = random
        super().__init__(name, default)

    def addfield(self, pkt: Any, s: bytes, val: Any) -> bytes:
        """No octets."""
        return s

    def do_copy(self, x: Any) -> Any:
        """A copy that shares nothing."""
        return copy.deepcopy(x)

    def i2repr(self, pkt: Any, x: Any) -> str:
        """Structures as lines of ``path = value``."""
        lines = list(_lines(x)) if isinstance(x, dict | list | tuple) and x else []
        return "\n" + "\n".join(lines) if len(lines) > 1 else (lines[0] if lines else repr(x))

    def randval(self) -> Any:
        """A random value, None where fuzzing leaves the field alone."""
        return None if self._random is None else self._random()


class _Body(_Value):
    """The body of a message."""

    def i2repr(self, pkt: Any, x: Any) -> str:
        """Every leaf with its value on the wire and what it says."""
        if not isinstance(x, dict) and getattr(x, "seed", 0) is not None:
            return "a random message"
        try:
            message = pkt.message()
            rows = [
                f"{path} = {_short(value)}  [{meaning(typed, value)}]"
                for path, typed, value in leaves(type_of(message), message.body)
            ]
        except (CodecError, ValueError, KeyError, TypeError, AttributeError):
            return repr(x)  # a body that is none: it is shown as it is, and refused when it is built
        return "\n" + "\n".join(rows) if rows else repr(x)


class _Aid(Field):  # type: ignore[misc]
    """An AID in p-encoding; None: that of the message inside."""

    def addfield(self, pkt: Any, s: bytes, val: int | None) -> bytes:
        """One to four octets more."""
        return s + p_encode(_aid_of(pkt.payload) if val is None else val)

    def getfield(self, pkt: Any, s: bytes) -> tuple[bytes, int]:
        """The rest of the octets, and the AID; ValueError where there is none."""
        value, after = p_decode(bytes(s), 0)
        return s[after:], value

    def i2repr(self, pkt: Any, x: int | None) -> str:
        """The number and its use."""
        entry = TABLE.get(-1 if x is None else x)
        return f"{x} ({entry.use})" if entry else repr(x)

    def randval(self) -> Any:
        """One of the registered ones."""
        return RandChoice(*TABLE)


class DSMP(Packet):  # type: ignore[misc]
    """A DSMP unit: adaptation octet, header, AID, length."""

    name = "DSMP"
    fields_desc = [  # noqa: RUF012 (scapy's form)
        ByteField("protocol_type", 4),
        BitField("version", 0, 3),
        BitField("extension", 0, 1),
        BitField("reserved", 0, 4),
        _Aid("aid", None),
        ShortField("length", None),
    ]

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Fill in the length."""
        if self.length is None:
            pkt = pkt[:-2] + (len(pay) & 0xFFFF).to_bytes(2, "big")
        return pkt + pay

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        """Data as long as the header says, and what follows."""
        return s[: self.length], s[self.length :]

    def guess_payload_class(self, payload: bytes) -> Any:
        """SecuredMessage, MessageFrame or Raw."""
        try:
            coer.decode(_SECURED, payload)
        except CodecError:
            return _message_or_raw(payload)
        return SecuredMessage

    def mysummary(self) -> str:
        """One line."""
        return f"DSMP aid {self.aid}"


class SecuredMessage(Packet):  # type: ignore[misc]
    """A secured message; its payload is the message that it carries in the clear.

    ``header`` are the header fields besides AID and generationTime; ``header``, ``signer`` and ``signature``
    have the form of :mod:`v2x.codecs.coer`.  ``value`` is the whole content where it is not of the plain
    form (encrypted, only a hash, unknown additions); then there is no payload.
    """

    name = "SecuredMessage"
    fields_desc = [  # noqa: RUF012
        _Value("protocol_version", 3),
        _Value("content", "signedData"),
        _Value("hash_id", "sm3"),
        _Value("inner_version", 3),
        _Value("aid", None),
        _Value("generation_time", 0, lambda: RandNum(0, (1 << 53) - 1)),
        _Value("header", {}),
        _Value("signer", ("digest", bytes(8)), lambda: _RandValue(lambda rng: ("digest", rng.randbytes(8)))),
        _Value("signature", _signature(Random(0)), lambda: _RandValue(_signature)),
        _Value("value", None),
    ]

    def do_dissect(self, s: bytes) -> bytes:
        """Fields from the octets; the message that they carry is left for the payload."""
        secured = _plain(coer.decode(_SECURED, bytes(s)))
        content, value = secured["content"]
        self.fields.update(protocol_version=secured["protocolVersion"], content=content)
        self.explicit = 1
        if content == "unsecuredData":
            return bytes(value)
        payload = value["tbsData"]["payload"] if content == "signedData" else {}
        data = payload.get("data", {"content": ("", b"")})
        if set(payload) != {"data"} or data["content"][0] != "unsecuredData":
            self.fields["value"] = value
            return b""
        header = value["tbsData"]["headerInfo"]
        self.fields.update(
            hash_id=value["hashId"],
            inner_version=data["protocolVersion"],
            aid=header.pop("aid"),
            generation_time=header.pop("generationTime", None),
            header=header,
            signer=value["signer"],
            signature=value["signature"],
        )
        return bytes(data["content"][1])

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """The octets of all of it; CodecError where a field has none."""
        value: Any = self.value
        if value is None and self.content == "unsecuredData":
            value = pay
        elif value is None:
            header = {"aid": _aid_of(self.payload) if self.aid is None else self.aid, **self.header}
            if self.generation_time is not None:
                header["generationTime"] = self.generation_time
            data = {"protocolVersion": self.inner_version, "content": ("unsecuredData", pay)}
            value = {
                "hashId": self.hash_id,
                "tbsData": {"payload": {"data": data}, "headerInfo": header},
                "signer": self.signer,
                "signature": self.signature,
            }
        secured = {"protocolVersion": self.protocol_version, "content": (self.content, value)}
        return coer.encode(_SECURED, secured)

    def guess_payload_class(self, payload: bytes) -> Any:
        """MessageFrame or Raw."""
        return _message_or_raw(payload)

    def mysummary(self) -> str:
        """One line."""
        return f"SecuredMessage {self.content}"


class MessageFrame(Packet):  # type: ignore[misc]
    """A message of the dictionary; ``body`` is in asn1tools' form; without one, the plainest of its kind.

    ``profile`` is the newest that fits; set ``conf.contribs["v2x"] = {"profile": ...}`` to decode by one.
    """

    name = "MessageFrame"
    fields_desc = [  # noqa: RUF012
        _Value("profile", PROFILES[0]),
        _Value("kind", "BSM"),
        _Body("body", _Sampled(None), _RandBody),
    ]

    def __getattr__(self, attr: str) -> Any:
        """A field; asking for a body that was not given fixes it, so that it can be changed."""
        value = super().__getattr__(attr)
        if attr == "body" and isinstance(value, _Sampled):
            value = self.fields["body"] = value.body(self.kind, self.profile)
        return value

    def do_dissect(self, s: bytes) -> bytes:
        """Fields from the octets, all of them."""
        message = _decoded(bytes(s))
        self.raw_packet_cache_fields = {"body": copy.deepcopy(message.body)}
        self.fields.update(profile=message.profile, kind=message.kind, body=message.body)
        self.raw_packet_cache = bytes(s)
        self.explicit = 1
        return b""

    def message(self) -> Message:
        """The fields as a message; ValueError for a kind that the profile does not have."""
        body = self.getfieldval("body")
        if isinstance(body, _Sampled):
            body = body.body(self.kind, self.profile)
        return Message.of(self.profile, _framed(self.kind, body))

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """The message's octets; CodecError with the path of what has none."""
        return encode(self.message()) + pay

    def mysummary(self) -> str:
        """One line."""
        return f"{self.kind} ({self.profile})"


def _framed(kind: str, body: dict[str, Any]) -> tuple[str, Any]:
    for name, day1 in DAY1_FRAMES.items():
        if day1 == kind:
            return name, body
    for number, day2 in DAY2_MESSAGES.items():
        if day2.kind == kind:
            return DAY2_FRAME, {"messageId": number, "value": body}
    raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")


def _decoded(octets: bytes) -> Message:
    return decode(octets, profile=conf.contribs.get("v2x", {}).get("profile"))


def _message_or_raw(payload: bytes) -> Any:
    try:
        _decoded(payload)
    except CodecError:
        return Raw
    return MessageFrame


def _aid_of(payload: Any) -> int:
    """The AID of the message that a layer carries."""
    while not isinstance(payload, NoPayload):
        if isinstance(payload, MessageFrame):
            return next((aid for aid, entry in TABLE.items() if entry.message == payload.kind), _UNKNOWN_AID)
        payload = payload.payload
    return _UNKNOWN_AID


def _plain(value: Any) -> Any:
    """A decoded value without the octets that it came from, which a change would make wrong."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """``path = value`` for each leaf of a COER value."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _lines(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _lines(item, f"{path}[{index}]")
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        yield from _lines(value[1], f"{path}.{value[0]}" if path else value[0])
    else:
        yield f"{path} = {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], bytes):
        value = value[0]
    return value.hex() if isinstance(value, bytes) else repr(value)


conf.l2types.register(DSMP_LINK_TYPE, DSMP)
