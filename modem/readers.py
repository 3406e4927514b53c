"""Lines as rows of values: by layout, and by rule where no fixed order describes the line.

    +CREG and sisters   v2x.modem.registration
    +COPS: (...),(...)  networks in parentheses, each a row; parentheses and quotes come damaged
    +CGEV: NW PDN ACT 1 words, then values
    +CCLK: yy/MM/dd,... an instant, also unquoted
    +QENG               "servingcell",<state> first, then the mode's row; the state goes into every row
    +QMTRECV            the payload may hold commas and quotes
    SPENGMD             UNISOC: groups between dashes, a negative number begins with two
    without a prefix    identities, by the command that asked

Two rows of one answer that the module wrote into one line are parted at the second prefix.  Nothing here
fails on any line: what no rule reads gives a row of its tokens, or none.

Sources: 3GPP TS 27.007 (each command by its name); Quectel manuals; field notes on UNISOC (SPENGMD); real
answers, among them the damaged ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from v2x.modem.elements import Scalar, Value, element
from v2x.modem.fields import Field, Fields, prefix_of, split_fields
from v2x.modem.firmware import revision_values
from v2x.modem.layouts import Chosen, Row
from v2x.modem.registration import registration_row
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.layouts import LayoutBook

__all__ = ["Asked", "parted", "read_lines", "rows_of"]

NETWORK_LIMIT = 256
"""Networks of a scan; a dense city shows some dozens."""

_NETWORK = re.compile(
    r'\(\s*([0-9])\s*,\s*("[^"]*"|[^,()"]*)\s*,\s*("[^"]*"|[^,()"]*)\s*,\s*"?([0-9A-Fa-f]{5,24})"?\s*\)?'
    r"(?:\s*,\s*([0-9]{1,2})\s*(?=[,)]))?",
    re.ASCII,
)
_EVENT = re.compile(
    r"(?:(NW|ME)\s+)?(DETACH|CLASS|PDN ACT|PDN DEACT|ACT|DEACT|MODIFY|REACT|REJECT)\b\s*(.*)\Z"
)
_RECEIVED = re.compile(
    r'\s*([0-9]{1,2}),([0-9]{1,5}),"([^"]*)",(?:([0-9]{1,5}),)?(.*)\Z', re.ASCII | re.DOTALL
)
_REVISION_LINE = re.compile(r"Revision:\s*(\S.{0,80})\Z", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:-?[0-9]{1,9}[\s,]+){6}-?[0-9]{1,9}", re.ASCII)
_ATI = re.compile(r"ATI0?\Z", re.IGNORECASE)
_STATE_WORDS = frozenset({"SEARCH", "LIMSRV", "NOCONN", "CONNECT"})

IDENTITY_COMMANDS = {
    "+CGSN": "imei", "+GSN": "imei", "+CIMI": "imsi", "+CCID": "iccid", "+QCCID": "iccid", "+ICCID": "iccid",
    "+CGMI": "manufacturer:text", "+GMI": "manufacturer:text", "+CGMM": "model:text", "+GMM": "model:text",
}  # fmt: skip
ATI_LINES = ("manufacturer:text", "model:text")
"""The first lines of ATI; the revision says that it is one."""

REVISION_COMMANDS = frozenset({"+CGMR", "+GMR", "+QGMR"})
SPENGMD_NR = re.compile(r"AT\+SPENGMD=0,14,1\Z", re.IGNORECASE)
SPENGMD_NR_AT = ((0, "band_number"), (1, "arfcn"), (2, "pci"))
SPENGMD_NR_HUNDREDTHS = ((3, "rsrp_dbm"), (4, "rsrq_db"), (15, "sinr_db"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line answers: the command's text, the names in it, its form; nothing for a notification."""

    text: str = ""
    prefixes: tuple[str, ...] = ()
    reads: bool = False
    tests: bool = False


def parted(line: str) -> list[str]:
    """The rows that ``line`` holds: two, where a row break was lost before the same prefix."""
    prefix = prefix_of(line)
    if prefix is None:
        return [line]
    parts, start, quoted = list[str](), 0, False
    mark = f"{prefix}:"
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == prefix[0] and at and not quoted and line[at : at + len(mark)].upper() == mark:
            parts.append(line[start:at].rstrip())
            start = at
    return [*parts, line[start:]]


def rows_of(lines: tuple[str, ...], layouts: LayoutBook, asked: Asked | None = None) -> tuple[Row, ...]:
    """The rows of an answer's lines, or of one notification; lines that none can be made of give none."""
    return read_lines(lines, layouts, asked)[0]


def read_lines(
    lines: tuple[str, ...], layouts: LayoutBook, asked: Asked | None = None
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of lines, and the lines that none can be made of."""
    rows, unread = list[Row](), list[str]()
    state: Value | None = None
    for line in (part for whole in lines for part in parted(whole)):
        found = _rows(line, layouts, asked or Asked())
        if not found and asked and _ATI.match(asked.text) and len(rows) < len(ATI_LINES):
            found = [Row("ATI", "v250.ati", element(ATI_LINES[len(rows)])(Field(line.strip())), line)]
        if not found:
            unread.append(line)
        for row in found:
            if row.prefix == "+QENG":
                state = row.value("state") or state
            stateless = row.prefix == "+QENG" and state is not None and row.value("state") is None
            rows.append(replace(row, values=(state, *row.values)) if state and stateless else row)
    return tuple(rows), tuple(unread)


def _rows(line: str, layouts: LayoutBook, asked: Asked) -> list[Row]:
    prefix = prefix_of(line)
    if prefix is None:
        row = _plain(line, asked)
        return [] if row is None else [row]
    own = prefix in asked.prefixes
    body = line.partition(":")[2]
    if prefix in REGISTRATION and not (own and asked.tests):
        return [registration_row(line, solicited=own)]
    rule = _RULES.get(prefix)
    if rule is not None:
        found = rule(line, body, layouts)
        if found is not None:
            return found
    if own and asked.tests:
        return _tokens(prefix, line)
    if prefix in REVISION_COMMANDS:
        return [_revision(prefix, line, body)]
    row = layouts.read(prefix, split_fields(line), line, asked=asked.reads and own)
    return [row] if row is not None else _tokens(prefix, line)


def _tokens(prefix: str, line: str) -> list[Row]:
    """A line that no layout is for, as its tokens."""
    texts = tuple(token.text for token in split_fields(line))
    return [Row(prefix, None, (Value("fields", texts, None),), line)] if any(texts) else []


def _plain(line: str, asked: Asked) -> Row | None:
    """A line without a prefix: an identity, or a row of a command that writes none."""
    if SPENGMD_NR.match(asked.text):
        return _spengmd_nr(line)
    revision = _REVISION_LINE.match(line)
    if revision is not None:
        return _revision("ATI", line, revision.group(1))
    numbers = _NUMBERS.fullmatch(line.strip())
    if "^VSNRRSRP" in asked.prefixes and numbers is not None:
        parts = tuple(int(part) for part in re.split(r"[\s,]+", line.strip()))
        return Row("^VSNRRSRP", "hisilicon_ltev.snr_rsrp", (Value("values", parts, line),), line)
    for name in asked.prefixes:
        if name in REVISION_COMMANDS:
            return _revision(name, line, line)
        if name in IDENTITY_COMMANDS:
            values = element(IDENTITY_COMMANDS[name])(Field(line.strip().strip('"')))
            valid = all(value.valid for value in values)
            return Row(name, f"3gpp.{name[1:].lower()}", values, line) if valid else None
    return None


def _revision(name: str, line: str, body: str) -> Row:
    return Row(name, "quectel.revision", revision_values(body.strip().strip('"')), line, chosen=Chosen.FORM)


# -- rules -----------------------------------------------------------------------------------------


def _networks(line: str, body: str, _layouts: LayoutBook) -> list[Row] | None:
    """The networks of AT+COPS=?; one without <AcT> is of a module that knows only GSM."""
    if not body.lstrip().startswith("("):
        return None
    rows: list[Row] = []
    for found in _NETWORK.finditer(body):
        stat, long, short, numeric, act = found.groups()
        texts = {"long": long.strip().strip('"'), "short": short.strip().strip('"')}
        values = list(element("stat:int")(Field(stat)))
        for name, text in texts.items():
            values += [replace(value, name=name) for value in element("oper")(Field(text))]
        values += [
            replace(v, name=v.name.replace("plmn", "numeric")) for v in element("plmn")(Field(numeric))
        ]
        values += [replace(v, raw=act) for v in element("act")(Field(act or "0"))]
        rows.append(Row("+COPS", "3gpp.cops_scan", tuple(values), line, chosen=Chosen.FORM))
        if len(rows) == NETWORK_LIMIT:
            break
    return rows or None


_EVENT_NAMES = {
    "DETACH": "detach", "CLASS": "class", "PDN ACT": "act_primary", "PDN DEACT": "deact_primary",
    "ACT": "act_secondary", "DEACT": "deact_secondary", "MODIFY": "modify", "REACT": "react",
    "REJECT": "reject",
}  # fmt: skip


def _event(line: str, body: str, _layouts: LayoutBook) -> list[Row] | None:
    """A packet domain event: who, what, and its values; address forms name a PDP type first."""
    found = _EVENT.match(body.strip())
    if found is None:
        return None
    who, what, rest = found.groups()
    tokens = split_fields(rest) if rest.strip() else Fields()
    event = _EVENT_NAMES[what]
    names: tuple[str, ...] = ("cid:int", "reason:int")
    if tokens and not tokens[0].text.isdigit():
        names = ("class:text",) if what == "CLASS" else ("pdp_type:text", "pdp_addr:text", "cid:int")
        event = event.replace("secondary", "pdp")
    elif what in ("ACT", "DEACT"):
        names = ("parent_cid:int", "cid:int", "event_type:int")
    elif what == "MODIFY":
        names = ("cid:int", "change_reason:int", "event_type:int")
    name = f"{who.lower()}_{event}" if who else event
    values = [Value("event", name, body.strip())]
    for at, spec in enumerate(names):
        values += element(spec)(tokens[at] if at < len(tokens) else None)
    for missing in ("pdp_type", "pdp_addr", "cid", "parent_cid"):
        if not any(value.name == missing for value in values):
            values.append(Value(missing, None, None))
    extra = tuple(token.text for token in tokens[len(names) :])
    return [Row("+CGEV", "3gpp.cgev", tuple(values), line, extra, Chosen.FORM)]


def _clock(line: str, body: str, _layouts: LayoutBook) -> list[Row]:
    values = element("time")(Field(body.strip().strip('"')))
    return [Row("+CCLK", "3gpp.cclk", values, line, chosen=Chosen.FORM)]


def _cell(line: str, _body: str, layouts: LayoutBook) -> list[Row] | None:
    """A row of AT+QENG: the head of the serving cell is taken off, the layouts read the rest."""
    tokens = split_fields(line)
    if tokens.text(0) != "servingcell":
        return None
    state = tokens.text(1) or ""
    at = 2 if state in _STATE_WORDS or len(tokens) == 2 else 1
    head: tuple[Value, ...] = (
        Value("state", state if state in _STATE_WORDS else None, state, state in _STATE_WORDS),
    )
    rest = Fields(tokens[at:])
    row = layouts.read("+QENG", rest, line) if rest else None
    if at == 1:
        head = ()  # UNISOC's one-line row has no state
    if row is None:
        return [Row("+QENG", "quectel.state", head, line, tuple(token.text for token in rest), Chosen.FORM)]
    return [replace(row, values=(*head, *row.values))]


def _received(line: str, body: str, _layouts: LayoutBook) -> list[Row] | None:
    """A message from the broker: whatever stands behind the topic and the length is the payload."""
    found = _RECEIVED.match(body)
    if found is None:
        return None
    identity, message, topic, length, payload = found.groups()
    if len(payload) > 1 and payload[0] == payload[-1] == '"':
        payload = payload[1:-1]
    plain: tuple[tuple[str, Scalar, str | None], ...] = (
        ("id", int(identity), identity),
        ("msg_id", int(message), message),
        ("topic", topic, topic),
        ("length", None if length is None else int(length), length),
        ("payload", payload, payload),
    )
    values = tuple(Value(*value) for value in plain)
    return [Row("+QMTRECV", "quectel.qmtrecv", values, line, chosen=Chosen.FORM)]


def _spengmd_nr(line: str) -> Row | None:
    """UNISOC's serving NR cell: groups between dashes; powers and ratios in hundredths."""
    groups = line.strip().replace("--", "-+").split("-")
    if len(groups) <= max(at for at, _ in SPENGMD_NR_HUNDREDTHS):
        return None
    values = [value for at, name in SPENGMD_NR_AT for value in element(name)(Field(groups[at]))]
    for at, name in SPENGMD_NR_HUNDREDTHS:
        raw = groups[at].replace("+", "-", 1)
        known = re.match(r"-?[0-9]{1,6}\Z", raw, re.ASCII) is not None
        values.append(Value(name, int(raw) / 100 if known else None, raw, known or not raw))
    return Row("+SPENGMD", "unisoc.spengmd_nr", tuple(values), line, chosen=Chosen.FORM)


_RULES: dict[str, Callable[[str, str, LayoutBook], list[Row] | None]] = {
    "+COPS": _networks,
    "+CGEV": _event,
    "+CCLK": _clock,
    "+QENG": _cell,
    "+QMTRECV": _received,
}
