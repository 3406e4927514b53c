"""Unsolicited result codes (URCs), and whose a line is while a command waits for its answer.

    two-line    +CMT, +CDS, +CBM: the next line, which may be empty or look like a final result, is theirs
    counted     +QIURC: "recv",<id>,<n>: n raw octets follow the line
    same name   +CREG: 1 is a notification, +CREG: 2,1 the answer to AT+CREG?: told apart by arity, quotes
                and form, never by the prefix alone
    foreign     a line with a prefix that is neither the command's nor known: an answer to another master
                on the same port, or a notification that nobody wrote down

A notification that has exactly the form of the pending answer (+CSQ, +CPIN) can't be told apart, and is
taken for the answer; it says the same.

Sources: 3GPP TS 27.007 and 27.005 (registration, packet domain, messages); Quectel manuals and logs (+Q...);
UNISOC field notes (+SIND, +ECIND, ^ORIG, ^CEND); HiSilicon sources (^...).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from v2x.modem.commands import Command, Response
from v2x.modem.fields import Fields, prefix_of, split_fields

__all__ = ["REGISTRATION", "Kind", "UrcShape", "classify", "is_urc", "registration_has_n", "shape_of"]

KNOWN_LINES = frozenset(
    {"RDY", "RING", "POWERED DOWN", "NORMAL POWER DOWN", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"}
)
"""Notifications without a prefix; the call results are notifications only while nothing dials."""

REGISTRATION = frozenset({"+CREG", "+CGREG", "+CEREG", "+C5GREG"})

KNOWN_PREFIXES = REGISTRATION | frozenset(
    {"+CFUN", "+CPIN", "+CSQ", "+CGEV", "+CIEV", "+CTZV", "+CTZE", "+CUSD", "+CMTI", "+CMT", "+CDS", "+CDSI"}
    | {"+CBM", "+CRING", "+CLIP", "+QUSIM", "+QSIMSTAT", "+QIND", "+QIURC", "+QIOPEN", "+QPING", "+QNTP"}
    | {"+QNETDEVSTATUS", "+QNETDEVCTL", "+QGPSURC", "+QNETRC", "+QLWURC", "+SIND", "+ECIND"}
    | {"+QIDNSGIP", "+QHTTPGET", "+QFOTADL", "+CCWA"}
)
KNOWN_FAMILIES = ("+QMT", "^")
"""Beginnings of prefixes that are notifications unless a command asked for them."""

STAT_LAST = 11
"""Largest <stat> of +CREG and its sisters (3GPP TS 27.007)."""

N_LAST = 5
"""Largest <n> of +CREG and its sisters (3GPP TS 27.007)."""


class Kind(Enum):
    """Whose a line is."""

    ANSWER = "answer"
    URC = "urc"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class UrcShape:
    """What belongs to a notification beyond its first line: so many lines, or so many raw octets."""

    body_lines: int = 0
    octets: int | None = None


_ONE_LINE = UrcShape()
_TWO_LINES = UrcShape(body_lines=1)
_BODY_PREFIXES = frozenset({"+CMT", "+CDS", "+CBM"})


def is_urc(line: str) -> bool:
    """Whether ``line`` is a notification that the table knows."""
    prefix = prefix_of(line)
    if prefix is None:
        return line.strip() in KNOWN_LINES or line.startswith("CONNECT")
    return prefix in KNOWN_PREFIXES or prefix.startswith(KNOWN_FAMILIES)


def shape_of(line: str, octet_limit: int) -> UrcShape:
    """What follows the first line of a notification; a count beyond ``octet_limit`` is not believed."""
    prefix = prefix_of(line)
    if prefix in _BODY_PREFIXES:
        return _TWO_LINES
    if prefix == "+QIURC":
        fields = split_fields(line)
        if fields.text(0) == "recv":
            return UrcShape(octets=counted(fields, 2, octet_limit))
    return _ONE_LINE


def counted(fields: Fields, index: int, octet_limit: int) -> int | None:
    """The count of raw octets in a field, ``None`` where there is none to be believed."""
    try:
        count = fields.optional_integer(index)
    except ValueError:
        return None
    return count if count is not None and 0 <= count <= octet_limit else None


def registration_has_n(fields: Fields) -> bool:
    """Whether the fields of +CREG and its sisters begin with ``<n>``, as only the answer to a read does.

    ``<n>,<stat>``: the second field is an unquoted decimal of at most three digits, no more than the
    largest stat.  Without ``<n>`` the second field is the area code: quoted, or four and more digits.
    """
    if len(fields) < 2 or fields.quoted(0) or fields.quoted(1):
        return False
    n, stat = fields[0].text, fields[1].text
    if not (n.isascii() and n.isdigit() and stat.isascii() and stat.isdigit()):
        return False
    return len(n) <= 3 and len(stat) <= 3 and int(n) <= N_LAST and int(stat) <= STAT_LAST


def classify(line: str, command: Command[object]) -> Kind:
    """Whose ``line`` is while ``command`` waits for its answer; final results are sorted out before."""
    prefix = prefix_of(line)
    own = prefix is not None and prefix in command.prefixes
    if own and prefix in REGISTRATION:
        if command.tests:
            return Kind.ANSWER if "(" in line else Kind.URC
        reads = command.reads or command.response is Response.PREFIXED
        return Kind.ANSWER if reads and registration_has_n(split_fields(line)) else Kind.URC
    if own and command.response is not Response.NONE:
        return Kind.ANSWER
    if is_urc(line):
        return Kind.URC
    if own or command.response is Response.ANY:
        return Kind.ANSWER
    if command.response is Response.TEXT and prefix is None:
        return Kind.ANSWER
    return Kind.FOREIGN
