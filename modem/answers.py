"""Typed commands of the way from an open port to a data session, and what their answers mean.

    AT+CREG? and sisters   <n>,<stat>[,<area>,<cell>,<AcT>,...]; the notification lacks <n>
    AT+CSQ                 <rssi>,<ber>: -113 + 2 rssi dBm for 0..31, 99 unknown; UNISOC also says more
    AT+COPS?               <mode>[,<format>,<operator>[,<AcT>]]
    AT+CGDCONT?            <cid>,<type>,<apn>,... a line for each context
    AT+CGACT?              <cid>,<state> a line for each context
    AT+CGPADDR=<cid>       <cid>[,<address>[,<address>]]

Source: 3GPP TS 27.007 (each command by its name); answers of real modules for what differs: spaces,
missing quotes, a routing area between area and cell, more values than documented.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from v2x.modem.commands import Command, Reply, Response, action, quote, timeout_for
from v2x.modem.fields import FieldError, Fields, prefix_of, split_fields
from v2x.modem.redaction import MaskedId
from v2x.modem.urcs import registration_has_n

__all__ = [
    "ACT_NAMES",
    "ATI",
    "CGACT",
    "CGDCONT",
    "CGMI",
    "CGMM",
    "CGMR",
    "CGSN",
    "CIMI",
    "COPS",
    "CPIN",
    "CSQ",
    "STAT_NAMES",
    "Operator",
    "PdpContext",
    "Registration",
    "SignalQuality",
    "addresses_of",
    "define_context",
    "iccid",
    "parse_registration",
    "registration",
]

ACT_NAMES = {
    0: "GSM",
    2: "UTRAN",
    3: "GSM EGPRS",
    4: "HSDPA",
    5: "HSUPA",
    6: "HSPA",
    7: "E-UTRAN",
    8: "EC-GSM-IoT",
    9: "NB-S1",
    10: "E-UTRA 5GC",
    11: "NR 5GC",
    12: "NG-RAN",
    13: "EN-DC",
}
"""Access technologies by <AcT>."""

STAT_NAMES = {
    0: "not searching",
    1: "home",
    2: "searching",
    3: "denied",
    4: "unknown",
    5: "roaming",
    6: "home, SMS only",
    7: "roaming, SMS only",
    8: "emergency only",
    9: "home, CSFB not preferred",
    10: "roaming, CSFB not preferred",
    11: "emergency only",
}
"""Registration states by <stat>."""

REGISTERED_STATS = frozenset({1, 5, 9, 10})
CID_LAST = 42
"""Largest context id that the manuals name."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One domain's registration: ``area`` (TAC or LAC) and ``cell`` are numbers; ``n`` only in answers."""

    domain: str
    stat: int
    n: int | None = None
    area: int | None = None
    cell: int | None = None
    act: int | None = None

    @property
    def registered(self) -> bool:
        """Whether the network serves this domain."""
        return self.stat in REGISTERED_STATS

    def __str__(self) -> str:
        act = "" if self.act is None else f" {ACT_NAMES.get(self.act, f'AcT {self.act}')}"
        return f"{self.domain[1:]} {STAT_NAMES.get(self.stat, f'stat {self.stat}')}{act}"


@dataclass(frozen=True, slots=True)
class SignalQuality:
    """``rssi_dbm`` is ``None`` for "unknown" and for values that TS 27.007 does not define."""

    rssi: int
    ber: int
    rssi_dbm: int | None

    def __str__(self) -> str:
        return f"no value ({self.rssi},{self.ber})" if self.rssi_dbm is None else f"{self.rssi_dbm} dBm"


@dataclass(frozen=True, slots=True)
class Operator:
    """The chosen operator; ``name`` is ``None`` while there is none."""

    mode: int
    name: str | None
    act: int | None

    def __str__(self) -> str:
        act = "" if self.act is None else f" ({ACT_NAMES.get(self.act, f'AcT {self.act}')})"
        return "none" if self.name is None else f"{self.name}{act}"


@dataclass(frozen=True, slots=True)
class PdpContext:
    """A defined context; ``apn`` is ``None`` where the network's default is asked for."""

    cid: int
    pdp_type: str | None
    apn: str | None


def parse_registration(line: str) -> Registration:
    """Read an answer or a notification of +CREG, +CGREG, +CEREG, +C5GREG.  Raises FieldError."""
    fields = split_fields(line)
    n: int | None = None
    if registration_has_n(fields):
        n = fields.integer(0)
        fields = Fields(fields[1:])
    cell_at = 2
    if len(fields) >= 5 and _looks_like_area_code(fields):
        cell_at = 3
    act = fields.text(cell_at + 1)
    return Registration(
        prefix_of(line) or "+CREG",
        fields.integer(0),
        n,
        fields.optional_hex(1),
        fields.optional_hex(cell_at),
        int(act) if act is not None and act.isascii() and act.isdigit() and len(act) <= 2 else None,
    )


def _looks_like_area_code(fields: Fields) -> bool:
    """A routing area (two digits) stands between area and cell, as some modules write it."""
    rac, cell = fields.text(2), fields.text(3)
    return rac is not None and cell is not None and len(rac) <= 2 and len(cell) >= 4


def _first(reply: Reply) -> str:
    """The first line without its prefix and quotes."""
    line = reply.lines[0]
    if prefix_of(line) is not None:
        line = line.partition(":")[2]
    return line.strip().strip('"')


def _text(command: str) -> Command[str]:
    name = "+" + command.partition("+")[2]
    return Command(command, _first, Response.TEXT, (name,), min_lines=1, idempotent=True)


def _masked(reply: Reply) -> MaskedId:
    match = re.search(r"[0-9]{14,22}[0-9A-Fa-f]?", " ".join(reply.lines))
    if match is None:
        raise FieldError(0, "no identity")
    return MaskedId(match.group().rstrip("Ff"))


def _identity(text: str) -> Command[MaskedId]:
    name = "+" + text.partition("+")[2]
    return Command(text, _masked, Response.TEXT, (name,), min_lines=1, idempotent=True)


def _lines(reply: Reply) -> tuple[str, ...]:
    return reply.lines


def _signal(reply: Reply) -> SignalQuality:
    fields = split_fields(reply.lines[0])
    rssi, ber = fields.integer(0), fields.optional_integer(1)
    return SignalQuality(rssi, 99 if ber is None else ber, -113 + 2 * rssi if 0 <= rssi <= 31 else None)


def _operator(reply: Reply) -> Operator:
    fields = split_fields(reply.lines[0])
    return Operator(fields.integer(0), fields.text(2), fields.optional_integer(3))


def _contexts(reply: Reply) -> tuple[PdpContext, ...]:
    rows = [split_fields(line) for line in reply.lines]
    return tuple(PdpContext(row.integer(0), row.text(1), row.text(2)) for row in rows)


def _active(reply: Reply) -> dict[int, bool]:
    rows = [split_fields(line) for line in reply.lines]
    return {row.integer(0): row.integer(1) != 0 for row in rows}


def _addresses(reply: Reply) -> tuple[str, ...]:
    """Usable addresses; all-zero ones say that there is none yet."""
    found: list[str] = []
    for line in reply.lines:
        fields = split_fields(line)
        for index in range(1, len(fields)):
            text = fields.text(index)
            if text is None:
                continue
            try:
                address = ipaddress.ip_address(_colons(text))
            except ValueError:
                raise FieldError(index, f"no address: {text!r}") from None
            if not address.is_unspecified:
                found.append(str(address))
    return tuple(found)


def _colons(text: str) -> str:
    """An IPv6 address written as sixteen decimals, as TS 27.007 does, in the usual form."""
    parts = text.split(".")
    if len(parts) != 16 or not all(p.isascii() and p.isdigit() and int(p[:4]) <= 255 for p in parts):
        return text
    return str(ipaddress.IPv6Address(bytes(int(part[:4]) for part in parts)))


def _registrations(reply: Reply) -> Registration:
    return parse_registration(reply.lines[0])


ATI: Command[tuple[str, ...]] = Command("ATI", _lines, Response.ANY, min_lines=1, idempotent=True)
CGMI = _text("AT+CGMI")
CGMM = _text("AT+CGMM")
CGMR = _text("AT+CGMR")
CGSN = _identity("AT+CGSN")
CIMI = _identity("AT+CIMI")
CPIN: Command[str] = Command(
    "AT+CPIN?", _first, Response.PREFIXED, ("+CPIN",), 1, timeout_for("AT+CPIN?"), idempotent=True
)
CSQ: Command[SignalQuality] = Command("AT+CSQ", _signal, Response.PREFIXED, ("+CSQ",), 1, idempotent=True)
COPS: Command[Operator] = Command(
    "AT+COPS?", _operator, Response.PREFIXED, ("+COPS",), 1, timeout_for("AT+COPS?"), idempotent=True
)
CGDCONT: Command[tuple[PdpContext, ...]] = Command(
    "AT+CGDCONT?", _contexts, Response.PREFIXED, ("+CGDCONT",), idempotent=True
)
CGACT: Command[dict[int, bool]] = Command(
    "AT+CGACT?", _active, Response.PREFIXED, ("+CGACT",), 0, timeout_for("AT+CGACT?"), idempotent=True
)


def registration(domain: str) -> Command[Registration]:
    """Read one domain: ``+CREG``, ``+CGREG``, ``+CEREG`` or ``+C5GREG``."""
    text = f"AT{domain}?"
    return Command(text, _registrations, Response.PREFIXED, (domain,), 1, timeout_for(text), idempotent=True)


def iccid(text: str) -> Command[MaskedId]:
    """The card's number; which command reads it is the profile's (``AT+CCID``, ``AT+QCCID``)."""
    return _identity(text)


def addresses_of(cid: int) -> Command[tuple[str, ...]]:
    """The addresses of a context, empty while it has none."""
    return Command(f"AT+CGPADDR={_cid(cid)}", _addresses, Response.PREFIXED, ("+CGPADDR",), idempotent=True)


def define_context(cid: int, pdp_type: str, apn: str) -> Command[None]:
    """AT+CGDCONT.  Raises ValueError on a type or an APN that no AT string can hold."""
    return action(f"AT+CGDCONT={_cid(cid)},{quote(pdp_type)},{quote(apn)}")


def _cid(cid: int) -> int:
    if not 1 <= cid <= CID_LAST:
        raise ValueError(f"a context id is 1 to {CID_LAST}")
    return cid
