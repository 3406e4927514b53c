"""What a module says of itself, its card, its network: the questions of ``v2x modem info``, and their rows.

    answer = await ask(modem, "AT+QTEMP", layouts)      rows of values, or why there are none
    found = await inventory(modem, "unisoc")            all questions, by section

No question changes anything, and each may fail without harm to the others: a module lacks some, a card
that is not ready refuses others.  Identities are ``MaskedId``.  How lines become values is the layouts'
(``v2x.modem.layouts``, data per profile).

Sources: 3GPP TS 27.007 (each command by its name); Quectel manuals and logs (+Q...).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2x.modem.cme import NOT_SUPPORTED
from v2x.modem.commands import raw
from v2x.modem.errors import CommandTimeout, Rejected, UnexpectedReply
from v2x.modem.finals import RejectedBy
from v2x.modem.firmware import parse_revision
from v2x.modem.layouts import book
from v2x.modem.profiles import load_profile
from v2x.modem.readers import Asked, rows_of
from v2x.modem.redaction import MaskedId, printable, redact

if TYPE_CHECKING:
    from v2x.modem.layouts import LayoutBook, Row
    from v2x.modem.modem import Modem

__all__ = ["IDENTITIES", "Answer", "Inventory", "Question", "ask", "inventory", "questions"]

IDENTITIES = frozenset({"imei", "imsi", "iccid", "number"})
"""Names of values that are shown masked."""

ROWS_LIMIT = 64
"""Rows of one answer: real modules list at most some twenty cells or sensors."""


@dataclass(frozen=True, slots=True)
class Question:
    """One command of a section; ``name`` is what its answer is called."""

    section: str
    name: str
    command: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer; without one ``reason`` says why, ``lacks`` that asking again is in vain."""

    rows: tuple[Row, ...] = ()
    reason: str | None = None
    lacks: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """Rows of values by section and question; ``reasons`` where there is no answer."""

    sections: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    simulated: bool = False

    @property
    def answered(self) -> bool:
        """Whether the module answered anything."""
        return bool(self.sections)


def questions(profile: str) -> tuple[Question, ...]:
    """What is asked of a module of this profile.  Raises ProfileError."""
    host = load_profile(profile).host
    texts = [
        ("identity", "manufacturer", "AT+CGMI"),
        ("identity", "model", "AT+CGMM"),
        ("identity", "revision", "AT+CGMR"),
        ("identity", "imei", "AT+CGSN"),
        ("card", "state", "AT+CPIN?"),
        ("card", "imsi", "AT+CIMI"),
        ("card", "iccid", host.iccid),
        ("card", "operator name", "AT+QSPN"),
        ("network", "functionality", "AT+CFUN?"),
        *(("network", domain[1:], f"AT{domain}?") for domain in host.registration),
        ("network", "operator", "AT+COPS?"),
        ("network", "band", "AT+QNWINFO"),
        ("network", "modes", 'AT+QNWPREFCFG="mode_pref"'),
        ("signal", "signal quality", "AT+CSQ"),
        ("signal", "extended", "AT+CESQ"),
        ("cells", "serving", 'AT+QENG="servingcell"'),
        ("cells", "neighbours", 'AT+QENG="neighbourcell"'),
        ("cells", "carriers", "AT+QCAINFO"),
        ("data", "attached", "AT+CGATT?"),
        ("data", "contexts", "AT+CGDCONT?"),
        ("data", "active", "AT+CGACT?"),
        ("data", "addresses", "AT+CGPADDR"),
        ("data", "usb network", 'AT+QCFG="usbnet"'),
        ("state", "temperature", "AT+QTEMP"),
        ("state", "clock", "AT+CCLK?"),
    ]
    return tuple(Question(*text) for text in texts)


async def ask(modem: Modem, command: str, layouts: LayoutBook) -> Answer:
    """One question and its rows.  Raises PortLost; a refusal or silence is the answer's ``reason``."""
    line = raw(command)
    try:
        reply = await modem.execute(line)
    except Rejected as error:
        lacks = error.code == NOT_SUPPORTED or error.by is RejectedBy.FINAL
        return Answer(reason=_shown(error), lacks=lacks)
    except (CommandTimeout, UnexpectedReply) as error:
        return Answer(reason=_shown(error))
    asked = Asked(line.text, line.prefixes, line.reads, line.tests)
    return Answer(rows_of(reply.lines, layouts, asked)[:ROWS_LIMIT])


def _shown(error: Exception) -> str:
    return printable(redact(str(error)))


async def inventory(modem: Modem, profile: str) -> Inventory:
    """Ask everything.  Raises PortLost, ProfileError."""
    layouts = book(profile)
    sections: dict[str, dict[str, list[dict[str, Any]]]] = {}
    reasons: dict[str, str] = {}
    simulated = False
    for question in questions(profile):
        answer = await ask(modem, question.command, layouts)
        if answer.reason is not None:
            reasons[f"{question.section}: {question.name}"] = answer.reason
            continue
        rows = [_values(row) for row in answer.rows]
        if question.name == "revision" and rows:
            rows = [_revision(rows[0])]
        simulated |= question.name == "manufacturer" and "SIMULATED" in str(rows)
        sections.setdefault(question.section, {})[question.name] = rows
    return Inventory(sections, reasons, simulated)


def _values(row: Row) -> dict[str, Any]:
    """A row's values by name; identities are masked, text can't steer a terminal."""
    found: dict[str, Any] = {}
    for value in row.values:
        content = value.value
        if isinstance(content, str) and value.name in IDENTITIES:
            found[value.name] = MaskedId(printable(content))
        elif isinstance(content, str):
            found[value.name] = printable(redact(content))
        elif isinstance(content, tuple):
            found[value.name] = [printable(redact(x)) if isinstance(x, str) else x for x in content]
        else:
            found[value.name] = content
    return found


def _revision(row: dict[str, Any]) -> dict[str, Any]:
    """A revision by its grammar; a text of another form stands alone."""
    text = row.get("revision")
    if not isinstance(text, str):
        return row
    read = parse_revision(text)
    parts = {"model": read.model, "release": read.release, "minor": read.minor, "memory": read.memory}
    return {"revision": text} | {
        name: part for name, part in {**parts, "sub_version": read.sub_version}.items() if part is not None
    }
