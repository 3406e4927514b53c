"""Typed commands of the way from an open port to a data session, and what their answers mean.

    AT+CSQ                 <rssi>,<ber>: -113 + 2 rssi dBm for 0..31, 99 unknown; UNISOC also says more
    AT+COPS?               <mode>[,<format>,<operator>[,<AcT>]]
    AT+CGDCONT?            <cid>,<type>,<apn>,... a line for each context
    AT+CGACT?              <cid>,<state> a line for each context
    AT+CGPADDR=<cid>       <cid>[,<address>[,<address>]]

Source: 3GPP TS 27.007 (each command by its name); answers of real modules for what differs: spaces,
missing quotes, more values than documented, names in UCS2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from v2x.modem.act import ACT_NAMES, STAT_NAMES
from v2x.modem.charset import decode_text
from v2x.modem.commands import Command, Reply, Response, action, quote, timeout_for
from v2x.modem.element_forms import usable_address
from v2x.modem.fields import FieldError, prefix_of, split_fields
from v2x.modem.redaction import MaskedId
from v2x.modem.registration import Registration, parse_registration, registration

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

CID_LAST = 42
"""Largest context id that the manuals name."""


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
    name = fields.text(2)
    name = None if name is None else decode_text(name, reply.charset)
    return Operator(fields.integer(0), name, fields.optional_integer(3))


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
                address = usable_address(text)
            except ValueError:
                raise FieldError(index, f"no address: {text!r}") from None
            if address is not None:
                found.append(address)
    return tuple(found)


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
