"""What a command line leaves behind in the module: the writes that ask first.

    part                            why it asks
    AT...&W                         stores the settings in the profile of the next start
    AT+IPR=<rate>                   the port's speed: the host that does not follow loses the module
    AT+QCFG="usbnet",<mode>         other USB interfaces: the AT port may go
    AT+QCFG="<key>",<value>,...     kept over a restart; the read form has the key alone
    AT+QNWPREFCFG="<key>",<value>   the same
    AT+QNWLOCK="save_ctrl",...      locks outlive a restart
    AT+QURCCFG="urcport",<port>     kept over a restart
    AT+QINDCFG="<type>",<en>,<1>    the third value says: save
    AT+QNWCFG="up/down"             each question writes the memory
    AT+QFOTADL=...                  new firmware
    AT+CLCK=<lock>,<0|1>, AT+CPWD=  change the card's lock or password
    AT+CSAS                         stores message settings
    AT+SPLBAND=, AT+SP5GRAN=        bands and modes of raw UNISOC: that they are kept is inferred
    AT+SPENGMD=0,1,0                no write, but known to make the AT port deaf until a restart

The parts of a compound line (``AT+A;+B``) are judged one by one.  A command that is not in the table is
not asked about: the table holds what sources name, not all that a module may store.

Sources: ITU-T V.250 (&W, +IPR); 3GPP TS 27.007, 27.005 (+CLCK, +CPWD, +CSAS); Quectel manuals RG520N/RM520N
and EG800Q/EG91xQ (Q...); UNISOC field notes (SP...).
"""

from __future__ import annotations

import re

from v2x.modem.fields import Fields, split_fields

__all__ = ["parts_of", "persistent_reason"]

USBNET = "changes the USB interfaces: the module re-enumerates and this port may be gone"
KEPT = "is kept over a restart (non-volatile memory)"
CARD = "changes the card's lock or password"
WEDGES = "is known to make the AT port deaf until the module is restarted"
WRITES_EACH_TIME = "writes the non-volatile memory each time it is asked"
FIRMWARE = "replaces the firmware"
SPEED = "changes the port's speed and is kept over a restart"

KEYED = frozenset({"+QCFG", "+QNWPREFCFG", "+QURCCFG"})
"""``="<key>"`` reads, ``="<key>",<value>`` writes."""

ANY_VALUE = {
    "+IPR": SPEED,
    "+CPWD": CARD,
    "+QFOTADL": FIRMWARE,
    "+SPLBAND": f"{KEPT} (inferred)",
    "+SP5GRAN": f"{KEPT} (inferred)",
}
"""Each ``=<value>`` is a write; ``?`` and ``=?`` are none."""

_BASIC_STORE = re.compile(r"&W[0-9]?", re.IGNORECASE)
_EXTENDED = re.compile(r"([+^*%#$][A-Za-z0-9]+)\s*(=\??|\?)?(.*)\Z", re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"?')


def parts_of(text: str) -> tuple[str, ...]:
    """The commands of a line without their AT: ``E0`` and ``+CMEE=1`` of ``ATE0+CMEE=1;``.

    A semicolon inside quotes parts nothing.  What stands before an extended command is a part of its own.
    """
    body = text[2:] if text[:2].upper() == "AT" else text
    hidden = _QUOTED.sub(lambda match: "_" * len(match.group()), body)
    parts: list[str] = []
    start = 0
    for end in [*(i for i, char in enumerate(hidden) if char == ";"), len(hidden)]:
        part = body[start:end].strip()
        first = next((i for i, char in enumerate(part) if char in "+^*%#$"), len(part))
        parts += [piece for piece in (part[:first], part[first:]) if piece]
        start = end + 1
    return tuple(parts)


def persistent_reason(text: str) -> str | None:
    """Why the command line ``text`` asks first; ``None`` for one that leaves nothing behind."""
    for part in parts_of(text):
        reason = _reason(part)
        if reason is not None:
            return reason
    return None


def _reason(part: str) -> str | None:
    match = _EXTENDED.match(part)
    if match is None:
        dials = part[:1].upper() == "D"
        return None if dials or not _BASIC_STORE.search(part) else KEPT
    name, sign, rest = match.group(1).upper(), match.group(2), match.group(3)
    if name == "+CSAS" and sign in (None, "="):
        return KEPT
    if sign != "=":
        return None
    if name in ANY_VALUE:
        return ANY_VALUE[name]
    return _valued(name, split_fields(rest))


def _valued(name: str, fields: Fields) -> str | None:
    """The commands whose values decide."""
    key = (fields.text(0) or "").lower()
    if name in KEYED and len(fields) > 1:
        return USBNET if name == "+QCFG" and key == "usbnet" else KEPT
    if name == "+QNWLOCK" and key == "save_ctrl" and len(fields) > 1:
        return KEPT
    if name == "+QINDCFG" and fields.text(2) not in (None, "0"):
        return KEPT
    if name == "+QNWCFG" and key == "up/down":
        return WRITES_EACH_TIME
    if name == "+CLCK" and fields.text(1) in ("0", "1"):
        return CARD
    if name == "+SPENGMD" and [fields.text(i) for i in range(3)] == ["0", "1", "0"]:
        return WEDGES
    return None
