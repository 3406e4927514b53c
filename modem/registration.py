"""Registration in one domain: ``+CREG``, ``+CGREG``, ``+CEREG``, ``+C5GREG``.

    answer        <n>,<stat>[,<lac or tac>[,<rac>],<ci>[,<AcT>[,<len>,<allowed NSSAI> | ,<cause>,<reject>]]]
    notification  the same without <n>

Area and cell are hexadecimal, quoted or not; a routing area stands between them on some modules.  Whether
``<n>`` is there is told by form (``v2x.modem.urcs``), never by whether somebody asked.  An unknown ``<AcT>``
is "no value".

Source: 3GPP TS 27.007 (+CREG, +CGREG, +CEREG, +C5GREG); answers of real modules for spaces, quotes and the
routing area.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.modem.act import ACT_NAMES, REGISTERED_STATS, STAT_NAMES
from v2x.modem.commands import Command, Reply, Response, timeout_for
from v2x.modem.elements import Value, element
from v2x.modem.fields import FieldError, Fields, prefix_of, split_fields
from v2x.modem.layouts import Chosen, Row
from v2x.modem.urcs import registration_has_n

__all__ = ["Registration", "parse_registration", "registration", "registration_row"]

FIVE_G = "+C5GREG"


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


def registration_row(line: str, *, solicited: bool = True) -> Row:
    """An answer or a notification as values.  Total; a ``stat`` that is none is not valid.

    ``solicited`` says whether it was asked for: some modules notify with ``<n>``.
    """
    tokens = split_fields(line)
    prefix = prefix_of(line) or "+CREG"
    has_n = registration_has_n(tokens)
    values = [Value("command", prefix[1:], None), Value("solicited", solicited and has_n, None)]
    if has_n:
        values += element("n:int")(tokens[0])
        tokens = Fields(tokens[1:])
    values += element("stat:int")(tokens[0] if tokens else None)
    cell_at = 3 if len(tokens) >= 5 and _looks_like_area_code(tokens) else 2
    names = [(1, "lac_tac:hex"), (cell_at, "ci:hex"), (cell_at + 1, "act")]
    if cell_at == 3:
        names.append((2, "rac:hex"))
    last = cell_at + 2
    if prefix == FIVE_G:
        names += [(last, "nssai_length:int"), (last + 1, "nssai:text")]
        last += 2
    elif len(tokens) >= last + 2:
        names += [(last, "cause_type:int"), (last + 1, "reject_cause:int")]
        last += 2
    for at, name in names:
        values += element(name)(tokens[at] if at < len(tokens) else None)
    area = next(value for value in values if value.name == "lac_tac")
    digits = next(value for value in values if value.name == "lac_tac_hex")
    own = "lac" if prefix in ("+CREG", "+CGREG") else "tac"
    values += [Value(own, area.value, area.raw), Value(f"{own}_hex", digits.value, digits.raw)]
    extra = tuple(token.text for token in tokens[last:])
    return Row(
        prefix,
        "3gpp.registration_n" if has_n else "3gpp.registration",
        tuple(values),
        line,
        extra,
        Chosen.FORM,
    )


def _looks_like_area_code(tokens: Fields) -> bool:
    """A routing area (two digits) stands between area and cell, as some modules write it."""
    rac, cell = tokens.text(2), tokens.text(3)
    return rac is not None and cell is not None and len(rac) <= 2 and len(cell) >= 4


def parse_registration(line: str) -> Registration:
    """Read an answer or a notification of +CREG, +CGREG, +CEREG, +C5GREG.  Raises FieldError."""
    row = registration_row(line)
    for at, name in enumerate(("n", "stat", "lac_tac", "ci")):
        value = row.value(name)
        if value is not None and (not value.valid or (name == "stat" and value.value is None)):
            raise FieldError(at, f"no {name}: {value.raw!r}")

    def whole(name: str) -> int | None:
        value = row.get(name)
        return value if isinstance(value, int) else None

    stat = whole("stat")
    if stat is None:
        raise FieldError(0, "no stat")
    return Registration(row.prefix, stat, whole("n"), whole("lac_tac"), whole("ci"), whole("act"))


def _registrations(reply: Reply) -> Registration:
    return parse_registration(reply.lines[0])


def registration(domain: str) -> Command[Registration]:
    """Read one domain: ``+CREG``, ``+CGREG``, ``+CEREG`` or ``+C5GREG``."""
    text = f"AT{domain}?"
    return Command(text, _registrations, Response.PREFIXED, (domain,), 1, timeout_for(text), idempotent=True)
