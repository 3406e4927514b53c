"""Final result codes: what ends an answer.

    always            OK, ERROR, +CME ERROR: x, +CMS ERROR: x, NO ANSWER, NO DIALTONE, COMMAND NOT SUPPORT
    while dialling    CONNECT[ text], NO CARRIER, BUSY; else these are notifications
    after a payload   SEND OK, SEND FAIL
    numeric (ATV0)    0 OK, 1 CONNECT, 2 RING, 3 NO CARRIER, 4 ERROR, 6 NO DIALTONE, 7 BUSY, 8 NO ANSWER

``+CME ERROR:`` without a value is no final result.  RING is never one.

Sources: ITU-T V.250 (result codes); 3GPP TS 27.007, 27.005 (+CME, +CMS ERROR); Quectel manuals (SEND OK);
what ModemManager's tests hold for final.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from v2x.modem.cme import cme_code, cme_text, cms_code, cms_text

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = ["NUMERIC", "Final", "Refusal", "RejectedBy", "final_of", "form_after"]

NUMERIC = {
    "0": "OK",
    "1": "CONNECT",
    "2": "RING",
    "3": "NO CARRIER",
    "4": "ERROR",
    "6": "NO DIALTONE",
    "7": "BUSY",
    "8": "NO ANSWER",
}

REFUSALS = frozenset({"ERROR", "NO ANSWER", "NO DIALTONE", "COMMAND NOT SUPPORT"})
DIAL_REFUSALS = frozenset({"NO CARRIER", "BUSY"})

_CODED = re.compile(r"\+(CME|CMS) ERROR:\s*(\S.*)\Z", re.IGNORECASE)
_FORM = re.compile(r"(?<!&)V([0-9]?)")
_CONNECT = re.compile(r"CONNECT(?: .*)?\Z")


class RejectedBy(StrEnum):
    """Which kind of final result refused a command."""

    CME = "CME"
    CMS = "CMS"
    FINAL = "final"  # ERROR, NO CARRIER, BUSY, ...: no code


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was refused: the code where there is one that is known, and the text."""

    by: RejectedBy
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """A final result: its text, why it refuses (``None`` where it does not), whether data mode begins."""

    text: str
    refusal: Refusal | None = None
    connects: bool = False


def final_of(line: str, command: Command[object], *, numeric: bool = False) -> Final | None:
    """The final result that ``line`` is for ``command``, or ``None``."""
    text = line.strip()
    if numeric or (command.sets_up and text in ("0", "4")):
        text = NUMERIC.get(text, text)
    if text == "OK":
        return Final(text)
    if text in REFUSALS or (command.dials and text in DIAL_REFUSALS):
        return Final(text, Refusal(RejectedBy.FINAL, None, text))
    if command.dials and _CONNECT.match(text):
        return Final(text, connects=True)
    if command.payload is not None and text in ("SEND OK", "SEND FAIL"):
        refusal = Refusal(RejectedBy.FINAL, None, text) if text == "SEND FAIL" else None
        return Final(text, refusal)
    match = _CODED.match(text)
    return None if match is None else Final(text, _coded(match.group(1), match.group(2)))


def form_after(text: str, *, digits: bool) -> bool:
    """Whether results are numeric after the line ``text`` succeeded; ``digits``: its own result was.

    ATV0 and ATV1 decide; without them (ATE0, ATZ, AT&F) the result's own form does.
    """
    basic = re.split(r"[+^*%#$]", text[2:], maxsplit=1)[0].upper()
    forms = _FORM.findall(basic)
    return forms[-1] != "1" if forms else digits


def _coded(kind: str, value: str) -> Refusal:
    by = RejectedBy(kind.upper())
    code = cme_code(value) if by is RejectedBy.CME else cms_code(value)
    known = cme_text if by is RejectedBy.CME else cms_text
    digits = value.strip().strip('"').isdigit()
    return Refusal(by, code, known(code) if digits and code is not None else value.strip())
