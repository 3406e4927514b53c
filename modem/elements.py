"""The values that stand in answers, each declared once: how its token reads, its range, its unit.

    token     what the module wrote for one parameter
    element   a name that layouts use; reading a token with it gives one value or several (the number of a
              table and what the table says; a hexadecimal number and its digits)
    value     name (unit last), value, the token as it came, whether the token was one of this element

A name with a unit is a measure; a name without one is the module's own number, as it came.  "No value" is
``None`` and valid: an empty token, ``-``, or a number outside the range that modules are known to write so.
Any other token outside the range, or of another form, is ``None`` and not valid.

Sources: 3GPP TS 27.007 (+CSQ, +CESQ and others), 27.005; Quectel manuals RG520N/RM520N and EG800Q (tables of
bandwidth and subcarrier spacing); LTE's SINR by a reading over QMI in the same second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from v2x.modem import element_forms as forms
from v2x.modem.act import ACT_KEYS
from v2x.modem.charset import decode_text
from v2x.modem.fields import Field
from v2x.modem.redaction import mask

__all__ = ["ARFCN_LAST", "NO_NUMBERS", "Element", "Scalar", "Value", "element"]

Scalar = int | float | str | bool | tuple[int, ...] | tuple[str, ...] | None

LTE_BANDWIDTHS_MHZ = (1.4, 3.0, 5.0, 10.0, 15.0, 20.0)
NR_BANDWIDTHS_MHZ = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 200, 400, 35, 45)
LTE_BLOCKS_MHZ = {6: 1.4, 15: 3.0, 25: 5.0, 50: 10.0, 75: 15.0, 100: 20.0}
"""Resource blocks of a carrier and its bandwidth (3GPP TS 36.101)."""

SCS_KHZ = (15, 30, 60, 120, 240)
ARFCN_LAST = 3_279_165
"""Largest NR-ARFCN (3GPP TS 38.104)."""

NO_NUMBERS = frozenset({-32768, 32767, 65535, 255, 99, -140, -273, 2549, 4294967295})
"""Numbers that modules were seen to write for "no value", where they lie outside an element's range."""

MEMORIES = frozenset({"SM", "ME", "MT", "BM", "SR", "TA"})
"""Message stores of TS 27.005."""

RATS = {"NR5G-SA": "NR", "NR5G-NSA": "NR", "NR5G": "NR", "NR": "NR"}
NR_MODES = {"NR5G-SA": "SA", "NR5G-NSA": "NSA"}

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?\Z", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{1,16}\Z", re.ASCII)
_BAND = re.compile(r"(?:BAND|[Nn])\s*([0-9]{1,3})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a row; ``raw`` is the token, ``None`` where the row ended before it."""

    name: str
    value: Scalar
    raw: str | None
    valid: bool = True

    def __repr__(self) -> str:
        return f"Value({self.name}={self.value if isinstance(self.value, int | float) else '...'})"


Element = Callable[[Field | None], tuple[Value, ...]]
"""Reads one token; ``None`` for a token that is missing."""


def _element(names: tuple[str, ...], read: Callable[[str], tuple[Scalar, ...]]) -> Element:
    """An element of ``names``; ``read`` raises ValueError on a token that is none of it."""

    def reading(token: Field | None) -> tuple[Value, ...]:
        raw = None if token is None else token.text
        if token is None or raw is None or (raw == "-" and not token.quoted) or not raw.strip():
            return tuple(Value(name, None, raw) for name in names)
        try:
            values = read(raw)
        except ValueError:
            return tuple(Value(name, None, raw, valid=False) for name in names)
        return tuple(Value(name, value, raw) for name, value in zip(names, values, strict=True))

    return reading


def _integer(raw: str) -> int:
    if not _INTEGER.match(raw):
        raise ValueError(raw)
    return int(raw)


def _measured(raw: str, low: float, high: float) -> int | None:
    """A number in its range, ``None`` for a known "no value" outside it."""
    number = _integer(raw)
    if low <= number <= high:
        return number
    if number in NO_NUMBERS:
        return None
    raise ValueError(raw)


def number(name: str, low: float = -(2**63), high: float = 2**64) -> Element:
    """An integer in its range."""
    return _element((name,), lambda raw: (_measured(raw, low, high),))


def decimal(name: str) -> Element:
    """A decimal fraction."""

    def read(raw: str) -> tuple[Scalar, ...]:
        if not _DECIMAL.match(raw):
            raise ValueError(raw)
        return (float(raw),)

    return _element((name,), read)


def scaled(name: str, own: str, scale: float, offset: float, low: int, high: int) -> Element:
    """``offset + scale * n``; ``n`` itself is kept as ``own``, also where it means no value."""

    def read(raw: str) -> tuple[Scalar, ...]:
        n = _integer(raw)
        return (round(offset + scale * n, 6) if low <= n <= high else None, n)

    def reading(token: Field | None) -> tuple[Value, ...]:
        value, kept = _element((name, own), read)(token)
        suspicious = value.value is None and isinstance(kept.value, int) and kept.value not in NO_NUMBERS
        return (Value(name, value.value, value.raw, value.valid and not suspicious), kept)

    return reading


def indexed(name: str, own: str, table: tuple[float, ...] | dict[int, float]) -> Element:
    """What ``table`` says at the token's number; the number is kept as ``own``."""

    def read(raw: str) -> tuple[Scalar, ...]:
        n = _integer(raw)
        known = n in table if isinstance(table, dict) else 0 <= n < len(table)
        if not known and n not in NO_NUMBERS:
            raise ValueError(raw)
        return (table[n] if known else None, n)

    return _element((name, own), read)


def hexadecimal(name: str) -> Element:
    """A hexadecimal number; its digits are kept as ``<name>_hex``."""

    def read(raw: str) -> tuple[Scalar, ...]:
        if not _HEX.match(raw):
            raise ValueError(raw)
        return (int(raw, 16), raw)

    return _element((name, f"{name}_hex"), read)


def text(name: str) -> Element:
    """Text as it stands; UCS2 in hexadecimal digits is decoded."""
    return _element((name,), lambda raw: (decode_text(raw),))


def word(name: str, known: frozenset[str]) -> Element:
    """One of the known words."""

    def read(raw: str) -> tuple[Scalar, ...]:
        if raw.upper() not in known:
            raise ValueError(raw)
        return (raw.upper(),)

    return _element((name,), read)


def _act(raw: str) -> tuple[Scalar, ...]:
    act = _integer(raw)
    if len(raw) > 2:
        raise ValueError(raw)
    return (act, ACT_KEYS.get(act))


def _auto(raw: str) -> tuple[Scalar, ...]:
    return (int(raw) if (_INTEGER.match(raw) and len(raw) < 10 and raw[0] != "0") or raw == "0" else raw,)


def _band(raw: str) -> tuple[Scalar, ...]:
    """``LTE BAND 3``, ``NR5G BAND 78``, ``NR N78``, or the number alone."""
    found = _BAND.search(raw)
    if found is None and not _INTEGER.match(raw):
        raise ValueError(raw)
    band = int(found.group(1)) if found else int(raw)
    rat = next((rat for rat in ("LTE", "WCDMA", "GSM", "NR") if raw.upper().startswith(rat)), None)
    return (band, raw, rat)


def _network(raw: str) -> tuple[Scalar, ...]:
    """``TDD NR5G``, ``FDD LTE``, ``NR5G-SA``: technology and duplex."""
    upper = raw.upper()
    duplex = next((d for d in ("FDD", "TDD") if upper.startswith(d)), None)
    rat = next((rat for sign, rat in (("NR", "NR"), ("LTE", "LTE")) if sign in upper), None)
    return (raw, rat, duplex)


def _plmn(raw: str) -> tuple[Scalar, ...]:
    """``46001``: MCC and MNC together, five or six digits; UCS2 is decoded."""
    plmn = decode_text(raw)
    if not (plmn.isascii() and plmn.isdigit() and 5 <= len(plmn) <= 6):
        raise ValueError(raw)
    return (plmn, plmn[:3], plmn[3:])


def _mode(raw: str) -> tuple[Scalar, ...]:
    upper = raw.upper()
    return (upper, RATS.get(upper, upper), NR_MODES.get(upper))


def _duplex(raw: str) -> tuple[Scalar, ...]:
    duplex = {"0": "FDD", "1": "TDD"}.get(raw, raw.upper())  # UNISOC: a number, by one source
    if duplex not in ("FDD", "TDD"):
        raise ValueError(raw)
    return (duplex,)


def _plmn_part(raw: str) -> tuple[Scalar, ...]:
    if not (raw.isascii() and raw.isdigit() and 1 <= len(raw) <= 3):
        raise ValueError(raw)
    return (raw,)


def _lock(raw: str) -> tuple[Scalar, ...]:
    return (raw, None if raw == "READY" else raw.replace(" ", "_").replace("-", "_"))


def _scs(raw: str) -> tuple[Scalar, ...]:
    n = _integer(raw)
    if n not in SCS_KHZ and not 0 <= n < len(SCS_KHZ):
        raise ValueError(raw)
    return (n if n in SCS_KHZ else SCS_KHZ[n],)


_DBM = (-160, -20)
_RSRQ = (-50, 30)
_SINR = (-40, 60)

ELEMENTS: dict[str, Element] = {
    "mode": _element(("mode", "rat", "nr_mode"), _mode),
    "state": text("state"),
    "pin": _element(("state", "lock"), _lock),
    "act": _element(("act", "act_name"), _act),
    "network": _element(("network", "rat", "duplex"), _network),
    "duplex": _element(("duplex",), _duplex),
    "mcc": _element(("mcc",), _plmn_part),
    "mnc": _element(("mnc",), _plmn_part),
    "plmn": _element(("plmn", "mcc", "mnc"), _plmn),
    "cell_id": hexadecimal("cell_id"),
    "tac": hexadecimal("tac"),
    "lac": hexadecimal("lac"),
    "pci": number("pci", 0, 1007),
    "psc": number("psc", 0, 511),
    "earfcn": number("earfcn", 0, 262_143),
    "uarfcn": number("uarfcn", 0, 16_383),
    "arfcn": number("arfcn", 0, ARFCN_LAST),
    "band": _element(("band", "band_name", "rat"), _band),
    "band_number": number("band", 1, 1023),
    "ul_bw_idx": indexed("ul_bandwidth_mhz", "ul_bw_idx", LTE_BANDWIDTHS_MHZ),
    "dl_bw_idx": indexed("dl_bandwidth_mhz", "dl_bw_idx", LTE_BANDWIDTHS_MHZ),
    "nr_bw_idx": indexed("bandwidth_mhz", "nr_bw_idx", NR_BANDWIDTHS_MHZ),
    "bandwidth_rb": indexed("bandwidth_mhz", "bandwidth_rb", LTE_BLOCKS_MHZ),
    "nr_bandwidth_mhz": number("bandwidth_mhz", 5, 400),
    "scs_idx": indexed("scs_khz", "scs_idx", SCS_KHZ),
    "scs": _element(("scs_khz",), _scs),
    "rsrp_dbm": number("rsrp_dbm", *_DBM),
    "rsrq_db": number("rsrq_db", *_RSRQ),
    "rssi_dbm": number("rssi_dbm", -140, 0),
    "rscp_dbm": number("rscp_dbm", -140, 0),
    "ecio_db": number("ecio_db", -60, 0),
    "sinr_db": number("sinr_db", *_SINR),
    "lte_sinr": scaled("sinr_db", "sinr_raw", 2.0, -20.0, 0, 35),
    "sinr_tenth_db": scaled("sinr_db", "sinr_raw", 0.1, 0.0, -400, 600),
    "sinr_fifth_db": scaled("sinr_db", "sinr_raw", 0.2, -20.0, 0, 250),
    "tx_power_tenth_dbm": scaled("tx_power_dbm", "tx_power_tenth_dbm", 0.1, 0.0, -500, 500),
    "tx_power": number("tx_power"),
    "cqi": number("cqi", 0, 15),
    **{
        f"{chain}_{unit}": number(f"{chain}_{unit}", low, high)
        for chain in ("prx", "drx", "rx2", "rx3")
        for unit, low, high in (("dbm", -139, -20), ("db", -60, 60))
    },
    "rssi_level": scaled("rssi_dbm", "rssi", 2.0, -113.0, 0, 31),
    "rxlev": scaled("rxlev_dbm", "rxlev", 1.0, -111.0, 0, 63),
    "rscp_level": scaled("rscp_dbm", "rscp_level", 1.0, -121.0, 0, 96),
    "ecn0_level": scaled("ecn0_db", "ecn0_level", 0.5, -24.5, 0, 49),
    "rsrq_level": scaled("rsrq_db", "rsrq_level", 0.5, -20.0, 0, 34),
    "rsrp_level": scaled("rsrp_dbm", "rsrp_level", 1.0, -141.0, 0, 97),
    "ss_rsrq_level": scaled("ss_rsrq_db", "ss_rsrq_level", 0.5, -43.5, 0, 126),
    "ss_rsrp_level": scaled("ss_rsrp_dbm", "ss_rsrp_level", 1.0, -157.0, 0, 126),
    "ss_sinr_level": scaled("ss_sinr_db", "ss_sinr_level", 0.5, -23.5, 0, 127),
    "temperature_c": number("temperature_c", -60, 200),
    **{f"temperature_{n}_c": number(f"temperature_{n}_c", -60, 200) for n in (1, 2, 3)},
    "power_eighth_dbm": scaled("power_dbm", "power_eighth_dbm", 0.125, 0.0, -496, 240),
    "cbr_pssch": scaled("cbr_pssch", "cbr_pssch_percent", 0.01, 0.0, 0, 100),
    "cbr_pscch": scaled("cbr_pscch", "cbr_pscch_percent", 0.01, 0.0, 0, 100),
    "active": _element(("active", "state"), lambda raw: (_integer(raw) != 0, _integer(raw))),
    "mem1": word("mem1", MEMORIES),
    "mem2": word("mem2", MEMORIES),
    "mem3": word("mem3", MEMORIES),
    "role": word("role", frozenset({"PCC", "SCC"})),
    "value": _element(("value",), _auto),
    "oper": _element(("oper",), lambda raw: (forms.operator_name(raw),)),
    "zone": _element(("offset_minutes",), lambda raw: (forms.zone_minutes(raw),)),
    "time": _element(("iso8601", "offset_minutes"), forms.instant),
    "dst_time": _element(("iso8601", "offset_minutes", "dst"), forms.instant_with_dst),
    "address": _element(("address",), lambda raw: (forms.usable_address(raw),)),
    "address_2": _element(("address_2",), lambda raw: (forms.usable_address(raw),)),
    "gateway_address": _element(("gateway_address",), lambda raw: (forms.host_address(raw),)),
    "dns_primary_address": _element(("dns_primary_address",), lambda raw: (forms.usable_address(raw),)),
    "dns_secondary_address": _element(("dns_secondary_address",), lambda raw: (forms.usable_address(raw),)),
    "local_address": _element(("local_address", "subnet_mask"), forms.address_and_mask),
    "own_address": _element(("local_address",), lambda raw: (forms.usable_address(raw),)),
    "subnet_mask": _element(("subnet_mask",), lambda raw: (forms.subnet_mask(raw),)),
    "iccid": _element(("iccid",), lambda raw: (forms.card_number(raw),)),
    "imei": _element(("imei",), lambda raw: (forms.digits(raw, 14, 16),)),
    "imsi": _element(("imsi",), lambda raw: (forms.digits(raw, 6, 15),)),
    "password": _element(("password",), lambda raw: (mask(raw[:8]),)),
    "monitor_list": _element(("monitor_list",), lambda raw: (forms.layer2_ids(raw),)),
    **{name: _element((name, f"{name}_counts"), forms.layer2_counts) for name in ("pscch", "stch", "pssch")},
    "latitude": _element(("latitude_deg",), lambda raw: (forms.degrees(raw, 90),)),
    "longitude": _element(("longitude_deg",), lambda raw: (forms.degrees(raw, 180),)),
    "north_south": word("north_south", frozenset({"N", "S"})),
    "east_west": word("east_west", frozenset({"E", "W"})),
}
"""Elements by the name that layouts use."""

KINDS: dict[str, Callable[[str], Element]] = {
    "int": number,
    "float": decimal,
    "hex": hexadecimal,
    "text": text,
    "auto": lambda name: _element((name,), _auto),
}
"""Forms that a layout may name for a value that has no element: ``name:int``."""


@cache
def element(spec: str) -> Element:
    """The element ``name`` or ``name:kind``.  Raises KeyError where there is none."""
    name, colon, kind = spec.partition(":")
    return KINDS[kind](name) if colon else ELEMENTS[name]
