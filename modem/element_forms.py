"""Tokens with a form of their own: instants, addresses, names, identities, positions, counters.

    instant      "yy/MM/dd,hh:mm:ss±zz", the year also with four digits; zz counts quarters of an hour
    address      dotted IPv4, IPv6 as usual, or sixteen decimals; with its mask twice as long
    name         GSM 7-bit (3GPP TS 23.038) where the character set is not said, UCS2 in hexadecimal digits
    position     ddmm.mmmmN, dddmm.mmmmE, or signed degrees
    counters     32 binary digits, or a 24-bit layer-2 id as six hexadecimal digits, one behind another

Every function raises ValueError on a token of another form.  Sources: 3GPP TS 27.007 (+CCLK, +CGCONTRDP,
+CCUTLE, +CUSPCREQ); Quectel manuals (AT+QLTS, AT+QGPSLOC); ITU-T E.118 (padding of a card's number).
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timedelta, timezone

from v2x.modem.charset import decode_text

__all__ = [
    "address_and_mask",
    "card_number",
    "degrees",
    "digits",
    "host_address",
    "instant",
    "instant_with_dst",
    "layer2_counts",
    "layer2_ids",
    "operator_name",
    "subnet_mask",
    "usable_address",
    "zone_minutes",
]

COUNTER_DIGITS = 32
"""Binary digits of one counter of +CUSPCREQ: four octets for each layer-2 id."""

LAYER2_DIGITS = 6
"""Hexadecimal digits of a layer-2 id: 24 bits."""

ZONE_QUARTERS_LAST = 96
"""Largest offset of +CCLK, in quarters of an hour."""

_INSTANT = re.compile(
    r"([0-9]{2}|[0-9]{4})/([0-9]{1,2})/([0-9]{1,2}),([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})"
    r"([+-][0-9]{1,2})?(?:,([01]))?\Z",
    re.ASCII,
)
_NMEA = re.compile(r"([0-9]{2,3})([0-9]{2}\.[0-9]{1,8})([NSEW]?)\Z", re.ASCII)
_SIGNED = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{1,9}\Z", re.ASCII)

_GSM7 = str.maketrans("@$[\\]^_`{|}~", "¡¤ÄÖÑÜ§¿äöñü")
"""Where the GSM default alphabet differs from ASCII among the printable codes; what is escaped is left."""


def operator_name(raw: str) -> str:
    """A network's name; with no word on the character set it is in the GSM alphabet, the usual default."""
    decoded = decode_text(raw)
    return decoded.translate(_GSM7) if decoded == raw and raw.isascii() else decoded


def zone_minutes(raw: str) -> int:
    """``+32``: quarters of an hour, as minutes."""
    if not re.match(r"[+-]?[0-9]{1,2}\Z", raw, re.ASCII) or abs(int(raw)) > ZONE_QUARTERS_LAST:
        raise ValueError(raw)
    return int(raw) * 15


def _instant(raw: str) -> tuple[str, int, int | None]:
    found = _INSTANT.match(raw.strip())
    if found is None:
        raise ValueError(raw)
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    minutes = zone_minutes(found.group(7)) if found.group(7) else 0
    zone = timezone(timedelta(minutes=minutes))
    year = year if year > 99 else 2000 + year
    when = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    text = when.isoformat()
    dst = None if found.group(8) is None else int(found.group(8))
    return text.replace("+00:00", "Z") if not minutes else text, minutes, dst


def instant(raw: str) -> tuple[str, int]:
    """ISO 8601 and the offset in minutes; without a zone it is taken for UTC."""
    return _instant(raw)[:2]


def instant_with_dst(raw: str) -> tuple[str, int, int | None]:
    """The same and the daylight saving flag behind it, as AT+QLTS writes it."""
    return _instant(raw)


def _address(raw: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; IPv6 also as sixteen decimals, as TS 27.007 writes it."""
    parts = raw.split(".")
    if len(parts) == 16 and all(p.isascii() and p.isdigit() and int(p[:4]) <= 255 for p in parts):
        return ipaddress.IPv6Address(bytes(int(part[:4]) for part in parts))
    return ipaddress.ip_address(raw)


def usable_address(raw: str) -> str | None:
    """An address; an all-zero one says that there is none."""
    address = _address(raw)
    return None if address.is_unspecified else str(address)


def host_address(raw: str) -> str | None:
    """An address that a host can have, so no mask."""
    address = _address(raw)
    if address.version == 4 and address.packed[0] >= 240:
        raise ValueError(raw)
    return usable_address(raw)


def address_and_mask(raw: str) -> tuple[str | None, str | None]:
    """An address, and its mask where it stands behind it, as since TS 27.007 9.4.0."""
    parts = raw.split(".")
    if len(parts) not in (8, 32):
        return usable_address(raw), None
    half = len(parts) // 2
    return usable_address(".".join(parts[:half])), str(_address(".".join(parts[half:])))


def subnet_mask(raw: str) -> str:
    """A mask by itself: ones, then zeros."""
    address = _address(raw)
    ones = f"{int(address):0{address.max_prefixlen}b}"
    if "01" in ones or "1" not in ones:
        raise ValueError(raw)
    return str(address)


def digits(raw: str, shortest: int, longest: int) -> str:
    """A run of decimal digits."""
    if not (raw.isascii() and raw.isdigit() and shortest <= len(raw) <= longest):
        raise ValueError(raw)
    return raw


def card_number(raw: str) -> str:
    """A card's number without its padding."""
    return digits(raw.rstrip("Ff"), 18, 20)


def layer2_ids(raw: str) -> tuple[str, ...]:
    """The layer-2 ids of a monitor list."""
    if len(raw) % LAYER2_DIGITS or not re.match(r"[0-9A-Fa-f]+\Z", raw, re.ASCII):
        raise ValueError(raw)
    return tuple(raw[at : at + LAYER2_DIGITS] for at in range(0, len(raw), LAYER2_DIGITS))


def layer2_counts(raw: str) -> tuple[int, tuple[int, ...]]:
    """The counters of +CUSPCREQ: over all layer-2 ids, and each."""
    if len(raw) % COUNTER_DIGITS or not re.match(r"[01]+\Z", raw):
        raise ValueError(raw)
    counts = tuple(int(raw[at : at + COUNTER_DIGITS], 2) for at in range(0, len(raw), COUNTER_DIGITS))
    return sum(counts), counts


def degrees(raw: str, limit: float) -> float:
    """Degrees, north and east positive; a form without hemisphere and sign is positive."""
    found = _NMEA.match(raw)
    if found is not None:
        sign = -1.0 if found.group(3) in ("S", "W") else 1.0
        value = sign * (int(found.group(1)) + float(found.group(2)) / 60.0)
    elif _SIGNED.match(raw):
        value = float(raw)
    else:
        raise ValueError(raw)
    if abs(value) > limit:
        raise ValueError(raw)
    return round(value, 9)
