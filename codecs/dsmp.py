"""The DSMP unit, one PDCP service data unit on PC5: parse and render.

    octet 0   Protocol Type     8 bits   4 = DSMP (0 IPv6, 5 IPv4)              adaptation layer
    octet 1   Version           3 bits   most significant side, 0               DSMP header
              Extension         1 bit    1 = an Extension field follows
              Reserved          4 bits   0
    [...]     AID               1..4 octets, p-encoding (purebits.py)
              Length            2 octets, big endian, octets of Data only
              Data              a secured message, or a bare MessageFrame where a bench turns security off

Head of a BSM: ``04 00 6F LL LL``; of a MAP: ``04 00 8D A2 LL LL``.  The format of the Extension field is not
known: a unit that has one is refused with a reason of its own.  An AID that nobody registered is parsed all
the same; whether to take it is asked of :func:`v2x.codecs.aids.require`.

Source: YD/T 3708-2020 (network-layer tests), GB/T 31024.3-2019 (through public articles), GB/T 45315-2025.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.codecs.bits import P_ENCODED_MAX, p_decode, p_encode
from v2x.errors import FrameError, Reason

__all__ = ["DEFAULTS", "DsmpFrame", "DsmpSettings", "p_decode", "p_encode"]


@dataclass(frozen=True, slots=True)
class DsmpSettings:
    """What the sources leave open.

    ``max_octets``: DsmMaxLength, the largest unit, adaptation octet and header included; 1400 in the tests
    of YD/T 3708-2020, whether it counts the whole unit is an assumption.  ``protocol_type``: the adaptation
    octet of a DSMP unit; None where a radio takes it away and puts it on by itself.
    """

    max_octets: int = 1400
    protocol_type: int | None = 4


DEFAULTS = DsmpSettings()

_TYPE_NAMES = {
    0: "IPv6, or an older trace without the adaptation octet",
    3: "ETSI GeoNetworking, as European stations send",
    5: "IPv4",
}


@dataclass(frozen=True, slots=True)
class DsmpFrame:
    """One DSMP unit: the application identifier and the octets of Data."""

    aid: int
    payload: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.aid <= P_ENCODED_MAX:
            raise ValueError(f"AID {self.aid} is not in 0..{P_ENCODED_MAX}")

    @classmethod
    def parse(cls, data: bytes, settings: DsmpSettings = DEFAULTS) -> DsmpFrame:
        """The unit that ``data`` are, all of them; FrameError with the reason of stage ``frame``."""
        data = bytes(data)
        if len(data) > settings.max_octets:
            raise FrameError(
                Reason.FRAME_TOO_LONG, f"{len(data)} octets, the largest unit has {settings.max_octets}"
            )
        start = _check_type(data, settings)
        if len(data) <= start:
            raise FrameError(Reason.FRAME_LENGTH, "the unit ends before its header does", octet=len(data))
        _check_flags(data[start], start)
        aid, after = _aid(data, start + 1)
        body = after + 2
        if len(data) < body:
            raise FrameError(Reason.FRAME_LENGTH, "the unit ends inside its Length field", octet=after)
        length = int.from_bytes(data[after:body], "big")
        if length != len(data) - body:
            detail = f"Length says {length} octets of Data, {len(data) - body} are there"
            raise FrameError(Reason.FRAME_LENGTH, detail, octet=after)
        return cls(aid, data[body:])

    def render(self, settings: DsmpSettings = DEFAULTS) -> bytes:
        """The octets of this unit; FrameError ``too_long`` where they are more than a unit may have."""
        type_octet = b"" if settings.protocol_type is None else bytes([settings.protocol_type])
        octets = len(type_octet) + 1 + len(p_encode(self.aid)) + 2 + len(self.payload)
        if octets > settings.max_octets or len(self.payload) > 0xFFFF:
            raise FrameError(
                Reason.FRAME_TOO_LONG, f"{octets} octets, the largest unit has {settings.max_octets}"
            )
        length = len(self.payload).to_bytes(2, "big")
        return type_octet + b"\0" + p_encode(self.aid) + length + self.payload


def _check_type(data: bytes, settings: DsmpSettings) -> int:
    """The offset behind the adaptation octet, which is checked."""
    wanted = settings.protocol_type
    if wanted is None:
        return 0
    if not data:
        raise FrameError(Reason.FRAME_LENGTH, "no octets", octet=0)
    if data[0] == wanted:
        return 1
    name = _TYPE_NAMES.get(data[0], "reserved")
    if _stands_alone(data):
        name = "an older trace: a DSMP header without the adaptation octet before it"
    raise FrameError(
        Reason.FRAME_VERSION, f"protocol type {data[0]} is not DSMP ({wanted}) but {name}", octet=0
    )


def _stands_alone(data: bytes) -> bool:
    """True where ``data`` are a whole DSMP unit without the adaptation octet."""
    if data[0] != 0:
        return False
    try:
        _, after = p_decode(data, 1)
    except ValueError:
        return False
    return len(data) >= after + 2 and int.from_bytes(data[after : after + 2], "big") == len(data) - after - 2


def _check_flags(octet: int, at: int) -> None:
    if octet >> 5:
        raise FrameError(Reason.FRAME_VERSION, f"DSMP version {octet >> 5}, known is 0", octet=at)
    if octet & 0x10:
        raise FrameError(
            Reason.FRAME_EXTENSION, "an Extension field follows, whose format is not known", octet=at
        )
    if octet & 0x0F:
        raise FrameError(Reason.FRAME_RESERVED_BITS, f"reserved bits are {octet & 0x0F:04b}", octet=at)


def _aid(data: bytes, at: int) -> tuple[int, int]:
    try:
        return p_decode(data, at)
    except ValueError as error:
        invalid = at < len(data) and data[at] >= 0xF0
        reason = Reason.FRAME_UNKNOWN_AID if invalid else Reason.FRAME_LENGTH
        raise FrameError(reason, f"AID: {error}", octet=at) from None
