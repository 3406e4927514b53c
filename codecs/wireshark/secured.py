"""The types of the secured message as rows beside those of the messages: COER, by octets.

Kinds that differ from :mod:`v2x.codecs.wireshark.rows`::

    int      z (octets), lo, hi (absent where the octets hold no other value), g (signed)
    big      length and value; g (signed)          utf8   a text
    octets   lo, hi (equal: no length)             bits   w (fixed)
    enum     n, x                                  list   e, lo, hi
    seq      p, x; a part has o, a, or d: DEFAULT  choice p, x
    v        on any row: how to show the value (time32, time64, aid), c: a certificate is hashed here

A type that is a name for another has a row of its own with that name, so that a Time32 can be shown as time.
Source: the table ``asn1/secured-message.json`` of :mod:`v2x.codecs.coer`, ITU-T X.696.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from v2x.codecs.coer import UNKNOWN
from v2x.codecs.wireshark.names import snake
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from v2x.codecs.wireshark.rows import Rows

__all__ = ["ROOTS", "secured"]

ROOTS = {
    "V2XSecData": "sec",
    "Certificate": "cert",
    "CrlContents": "crl",
    "RootCtl": "root_ctl",
    "PkiCtl": "pki_ctl",
    "EeRaCertRequest": "cert_request",
    "CrlSsp": "crl_ssp",
    "ScmsSsp": "scms_ssp",
}
"""Types that stand alone, with their filter name behind ``v2x.``; inside another type their parts keep it."""

_SHOWN_AS = {"Time32": "time32", "Time64": "time64", "Aid": "aid"}


def secured(rows: Rows) -> dict[str, int]:
    """The row of each type that stands alone."""
    path = files("v2x.codecs").joinpath("asn1", "secured-message.json")
    table = _Table(rows, json.loads(path.read_text("utf-8"))["types"])
    return {name: table.named(name) for name in ROOTS}


class _Table:
    """Turns expressions of the table into rows; a named type is one row."""

    def __init__(self, rows: Rows, types: dict[str, Any]) -> None:
        self._rows = rows
        self._types = types
        self._numbers: dict[str, int] = {}

    def named(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers[name] = self._rows.reserve()
            row = {**self._row(self._types[name]), "t": name, "v": _SHOWN_AS.get(name), "r": ROOTS.get(name)}
            if row["k"] == "int":
                row["m"] = self._rows.meaning(ELEMENTS.get(name))
            self._rows.fill(self._numbers[name], row)
        return self._numbers[name]

    def _number(self, expression: Any) -> int:
        if isinstance(expression, str) and expression not in ("NULL", "UTF8String"):
            return self.named(expression)
        return self._rows.add({**self._row(expression), "t": ""})

    def _row(self, expression: Any) -> dict[str, Any]:
        if expression == "NULL":
            return {"k": "null"}
        if expression == "UTF8String":
            return {"k": "utf8"}
        if isinstance(expression, str):
            return self._row(self._types[expression])
        kind = next(iter(expression))
        body = expression[kind]
        match kind:
            case "INTEGER":
                return _integer(*(body or (None, None)))
            case "OCTETS":
                low, high = body or (0, None)
                return {"k": "octets", "lo": low, "hi": high}
            case "BITS":
                return {"k": "bits", "w": body[0]}
            case "ENUMERATED":
                return {"k": "enum", "n": [name for name in body if name != UNKNOWN], "x": UNKNOWN in body}
            case "LIST":
                low, high = expression.get("size", (0, None))
                return {"k": "list", "e": self._number(body), "lo": low, "hi": high}
        return {
            "k": "seq" if kind == "SEQUENCE" else "choice",
            "p": list(self._parts(body)),
            "x": UNKNOWN in body,
        }

    def _parts(self, body: list[Any]) -> Any:
        addition = False
        for row in body:
            if row == UNKNOWN:
                addition = True
                continue
            name, expression, *rest = row
            optional = bool(rest) and rest[0] == "optional"
            yield {
                "n": name,
                "s": snake(name),
                "t": self._number(expression),
                "o": True if optional else None,
                "a": True if addition else None,
                "d": None if optional or not rest else _default(rest[0]["default"]),
            }


def _integer(low: int | None, high: int | None) -> dict[str, Any]:
    if low is None or high is None:
        return {"k": "big", "g": low is None}
    signed = low < 0
    size = next(n for n in (1, 2, 4, 8) if _fits(low, high, n))
    full = high - low + 1 == 1 << (8 * size)
    bounds = {} if full else {"lo": low, "hi": high}
    return {"k": "int", "z": size, "g": signed, **bounds}


def _fits(low: int, high: int, octets: int) -> bool:
    if low < 0:
        return low >= -(1 << (8 * octets - 1)) and high < 1 << (8 * octets - 1)
    return high < 1 << (8 * octets)


def _default(value: Any) -> Any:
    """A DEFAULT as the decoded value that must not be written out: a number, or octets in hex."""
    return value["bits"] if isinstance(value, dict) else value
