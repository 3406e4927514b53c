"""AT commands of the V2X test functions: 3GPP TS 27.007 (Release 14 and later), clause 15.

    AT+CATM=<status>[,<mode>]              test mode: 1 on, 0 off; mode 1 is loop mode E
    AT+CCUTLE=<status>[,<direction>[,<format>,<length>,<list>]]
                                           0 closes the loop (a run begins, counters are 0), 1 opens it
                                           direction 0 receive, 1 transmit; length: layer-2 ids in the list
    AT+CUSPCREQ                            three groups <type>,<format>,<length>,"<bits>": PSCCH, STCH, PSSCH
    AT+CCBRREQ                             <pssch>[,<pscch>], 0..100 is 0.00..1.00
    AT+CV2XDTS=<action>[,<size>,<period>]  1 sends size octets every period ms, 0 stops
    AT+CUTCR                               forgets the UTC derived from GNSS

The counters are binary digits, 32 for each layer-2 id of the list in its order; an HiSilicon LTE-V baseband
writes the list as hexadecimal digits, six for each id, and so do we (``ListDigits``).  Timeouts are in no
source: the default.  What TS 36.509 and TS 36.521-1 Annex G call state variables are these counters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from v2x.modem.commands import Command, Reply, Response, action, quote
from v2x.modem.fields import FieldError, Fields, split_fields
from v2x.modem.pc5_types import MONITOR_LIMIT, ChannelBusy, Direction, Pc5Counters
from v2x.modem.radio import check_l2

__all__ = [
    "CBR",
    "COUNTERS",
    "LOOP_STATE",
    "RESET_UTC",
    "STOP_TRANSMISSION",
    "TEST_MODE",
    "TRANSMISSION",
    "ListDigits",
    "TestLoop",
    "TestMode",
    "Transmission",
    "close_loop_receive",
    "close_loop_transmit",
    "open_loop",
    "set_test_mode",
    "start_transmission",
]

LOOP_MODE_E = 1
"""<mode> of AT+CATM: the only one that AT commands set."""

BINARY = 1
"""<format> of a list or a counter: the only one defined."""

COUNTER_BITS = 32
OCTETS_LIMIT = 8176
PERIOD_MS = (10, 10_000)
"""What a real baseband answers to AT+CV2XDTS=? as the range of octets and milliseconds."""


class ListDigits(StrEnum):
    """How the list of layer-2 ids is written: hexadecimal digits, or the bits themselves."""

    HEX = "hex"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class TestMode:
    """Whether the test mode is on."""

    __test__ = False  # no test class, whatever pytest thinks of the name

    active: bool
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class TestLoop:
    """Whether the loop is closed, that is a run goes on, and which; ``monitor`` are layer-2 ids."""

    __test__ = False

    closed: bool
    direction: Direction | None = None
    monitor: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Transmission:
    """Whether the module sends by itself: ``octets`` every ``period_ms``."""

    active: bool
    octets: int | None = None
    period_ms: int | None = None


# -- answers ---------------------------------------------------------------------------------------


def _first(reply: Reply) -> Fields:
    return split_fields(reply.lines[0])


def _flag(fields: Fields, index: int) -> bool:
    value = fields.integer(index)
    if value not in (0, 1):
        raise FieldError(index, f"neither 0 nor 1: {value}")
    return value == 1


def _test_mode(reply: Reply) -> TestMode:
    fields = _first(reply)
    return TestMode(_flag(fields, 0), fields.optional_integer(1))


def _loop(reply: Reply) -> TestLoop:
    fields = _first(reply)
    if _flag(fields, 0):
        return TestLoop(closed=False)
    transmits = fields.text(1) is not None and _flag(fields, 1)
    if transmits:
        return TestLoop(closed=True, direction=Direction.TRANSMIT)
    return TestLoop(closed=True, direction=Direction.RECEIVE, monitor=_monitor(fields))


def _monitor(fields: Fields) -> tuple[int, ...]:
    """Fields 3..5: format, number of ids, their digits."""
    count, digits = fields.optional_integer(3) or 0, fields.text(4) or ""
    if not 0 <= count <= MONITOR_LIMIT:
        raise FieldError(3, f"more than {MONITOR_LIMIT} layer-2 ids: {count}")
    for width, base, allowed in ((6, 16, "[0-9A-Fa-f]*"), (24, 2, "[01]*")):
        if len(digits) == width * count and re.fullmatch(allowed, digits):
            return tuple(int(digits[i : i + width], base) for i in range(0, len(digits), width))
    raise FieldError(4, f"no list of {count} layer-2 ids")


def _counters(reply: Reply) -> Pc5Counters:
    fields = _first(reply)
    pscch, stch, pssch = (_counter(fields, start) for start in (0, 4, 8))
    return Pc5Counters(pscch, stch, pssch)


def _counter(fields: Fields, start: int) -> tuple[int, ...] | None:
    """One group; ``None`` where it is left out."""
    digits = fields.text(start + 3)
    if digits is None:
        return None
    if fields.optional_integer(start + 1) not in (BINARY, None):
        raise FieldError(start + 1, "a format that TS 27.007 does not define")
    count, rest = divmod(len(digits), COUNTER_BITS)
    if rest or not 1 <= count <= MONITOR_LIMIT or not re.fullmatch("[01]+", digits):
        raise FieldError(start + 3, "no counters of 32 binary digits each")
    return tuple(int(digits[i : i + COUNTER_BITS], 2) for i in range(0, len(digits), COUNTER_BITS))


def _cbr(reply: Reply) -> ChannelBusy:
    fields = _first(reply)
    return ChannelBusy(_ratio(fields.integer(0), 0), _ratio(fields.optional_integer(1), 1))


def _ratio(percent: int | None, index: int) -> float | None:
    if percent is not None and not 0 <= percent <= 100:
        raise FieldError(index, f"no ratio: {percent}")
    return None if percent is None else percent / 100


def _transmission(reply: Reply) -> Transmission:
    fields = _first(reply)
    return Transmission(_flag(fields, 0), fields.optional_integer(1), fields.optional_integer(2))


# -- commands --------------------------------------------------------------------------------------

TEST_MODE = Command("AT+CATM?", _test_mode, Response.PREFIXED, ("+CATM",), 1, idempotent=True)
LOOP_STATE = Command("AT+CCUTLE?", _loop, Response.PREFIXED, ("+CCUTLE",), 1, idempotent=True)
COUNTERS = Command("AT+CUSPCREQ", _counters, Response.PREFIXED, ("+CUSPCREQ",), 1, idempotent=True)
CBR = Command("AT+CCBRREQ", _cbr, Response.PREFIXED, ("+CCBRREQ",), 1, idempotent=True)
TRANSMISSION = Command("AT+CV2XDTS?", _transmission, Response.PREFIXED, ("+CV2XDTS",), 1, idempotent=True)
STOP_TRANSMISSION = action("AT+CV2XDTS=0")
RESET_UTC = action("AT+CUTCR")


def set_test_mode(*, active: bool) -> Command[None]:
    """Switch the test mode (loop mode E) on or off."""
    return action(f"AT+CATM=1,{LOOP_MODE_E}" if active else "AT+CATM=0")


def close_loop_receive(monitor: tuple[int, ...], digits: ListDigits = ListDigits.HEX) -> Command[None]:
    """Begin to count what comes for these layer-2 ids, 1 to 16.  ValueError on others."""
    if not 1 <= len(monitor) <= MONITOR_LIMIT:
        raise ValueError(f"1..{MONITOR_LIMIT} layer-2 ids, not {len(monitor)}")
    form = "06X" if digits is ListDigits.HEX else "024b"
    text = "".join(f"{check_l2(one):{form}}" for one in monitor)
    return action(f"AT+CCUTLE=0,0,{BINARY},{len(monitor)},{quote(text)}")


def close_loop_transmit() -> Command[None]:
    """Begin a run that sends."""
    return action("AT+CCUTLE=0,1")


def open_loop() -> Command[None]:
    """End the run."""
    return action("AT+CCUTLE=1")


def start_transmission(octets: int, period_ms: int) -> Command[None]:
    """Send ``octets`` every ``period_ms``.  ValueError outside of what is known to be possible."""
    least, most = PERIOD_MS
    if not 0 <= octets <= OCTETS_LIMIT or not least <= period_ms <= most:
        raise ValueError(f"0..{OCTETS_LIMIT} octets every {least}..{most} ms, not {octets} every {period_ms}")
    return action(f"AT+CV2XDTS=1,{octets},{period_ms}")
