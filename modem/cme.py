"""Codes and texts of ``+CME ERROR`` and ``+CMS ERROR``, both ways.

A module answers with the code (``AT+CMEE=1``) or with the text (``AT+CMEE=2``).  Texts are compared by
their letters and digits only: modules differ in case, spaces, hyphens and commas.  Text that is not in
the table survives as text, without a code; a code that is not in the table survives as a code.

Sources: 3GPP TS 27.007 (+CME ERROR: mobile termination error result code); 3GPP TS 27.005 (+CMS ERROR);
vendor codes 5xx by the Quectel manuals.
"""

from __future__ import annotations

__all__ = ["CME", "CMS", "TRANSIENT", "cme_code", "cme_text", "cms_code", "cms_text"]

NOT_SUPPORTED = 4
SIM_NOT_INSERTED = 10
SIM_PIN = 11
SIM_BUSY = 14
NO_SERVICE = 30
INCORRECT_PARAMETERS = 50

TRANSIENT = frozenset({SIM_BUSY, NO_SERVICE})
"""CME codes that are normal for some seconds after a module's start, and pass."""

CME: dict[int, str] = {
    0: "phone failure",
    1: "no connection to phone",
    2: "phone-adaptor link reserved",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    6: "PH-FSIM PIN required",
    7: "PH-FSIM PUK required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    24: "text string too long",
    25: "invalid characters in text string",
    26: "dial string too long",
    27: "invalid characters in dial string",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    40: "network personalization PIN required",
    41: "network personalization PUK required",
    42: "network subset personalization PIN required",
    43: "network subset personalization PUK required",
    44: "service provider personalization PIN required",
    45: "service provider personalization PUK required",
    46: "corporate personalization PIN required",
    47: "corporate personalization PUK required",
    50: "incorrect parameters",
    100: "unknown",
    103: "illegal MS",
    106: "illegal ME",
    107: "GPRS services not allowed",
    111: "PLMN not allowed",
    112: "location area not allowed",
    113: "roaming not allowed in this location area",
    132: "service option not supported",
    133: "requested service option not subscribed",
    134: "service option temporarily out of order",
    148: "unspecified GPRS error",
    149: "PDP authentication failure",
    150: "invalid mobile class",
    516: "not fixed now",
    561: "open PDP context failed",
    563: "socket identity has been used",
    565: "DNS parse failed",
    566: "socket connect failed",
    569: "operation timeout",
    572: "operation not allowed (TCP/IP)",
}

CMS: dict[int, str] = {
    300: "ME failure",
    301: "SMS service of ME reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    312: "PH-SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "SIM wrong",
    316: "SIM PUK required",
    317: "SIM PIN2 required",
    318: "SIM PUK2 required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}


def _key(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum()).replace("personalisation", "personalization")


_CME_BY_TEXT = {_key(text): code for code, text in CME.items()} | {"unknownerror": 100}
_CMS_BY_TEXT = {_key(text): code for code, text in CMS.items()}

CODE_LIMIT = 65_535
"""Largest number taken for a code; longer digit strings are text."""


def _code(value: str, by_text: dict[str, int]) -> int | None:
    value = value.strip().strip('"')
    if value.isascii() and value.isdigit() and len(value) <= 5 and int(value) <= CODE_LIMIT:
        return int(value)
    return by_text.get(_key(value))


def cme_code(value: str) -> int | None:
    """The code in ``value`` (digits or text of a +CME ERROR), ``None`` where it is not known."""
    return _code(value, _CME_BY_TEXT)


def cms_code(value: str) -> int | None:
    """The code in ``value`` (digits or text of a +CMS ERROR), ``None`` where it is not known."""
    return _code(value, _CMS_BY_TEXT)


def cme_text(code: int) -> str:
    """The text of a CME code; an unknown code says so."""
    return CME.get(code, f"code {code}")


def cms_text(code: int) -> str:
    """The text of a CMS code; an unknown code says so."""
    return CMS.get(code, f"code {code}")
