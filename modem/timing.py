"""The module's clock and the network's: ``AT+CCLK?``, ``AT+QLTS``, ``AT+QNTP``.

    +CCLK: "yy/MM/dd,hh:mm:ss±zz"          zz: quarters of an hour; without it taken for UTC
    +QLTS: "yyyy/MM/dd,hh:mm:ss±zz,dst"    what the network said last
    +QNTP: <error>,"yyyy/MM/dd,hh:mm:ss±zz"    a notification after OK

The values are the module's claims, not a clock that anything here runs on.

Source: 3GPP TS 27.007 (+CCLK); Quectel manuals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from v2x.modem.commands import Command, action, quote
from v2x.modem.records import row_command

__all__ = ["CCLK", "ClockReading", "NtpResult", "network_time", "ntp"]

_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,150}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """An instant as ISO 8601 with its offset; ``dst`` only from the network."""

    iso8601: str
    offset_minutes: int
    dst: int | None = None


@dataclass(frozen=True, slots=True)
class NtpResult:
    """+QNTP: ``error`` 0 is success."""

    error: int
    iso8601: str | None = None


CCLK = row_command("AT+CCLK?", "+CCLK", ClockReading)


def network_time(mode: int = 0) -> Command[ClockReading]:
    """AT+QLTS; ``mode`` 0 as it was said, 1 as UTC, 2 as local time."""
    if not 0 <= mode <= 2:
        raise ValueError("a mode of 0 to 2")
    return row_command(f"AT+QLTS={mode}", "+QLTS", ClockReading)


def ntp(cid: int, host: str, port: int = 123) -> Command[None]:
    """AT+QNTP: set the clock by NTP; the result is a notification.  Raises ValueError."""
    if not _HOST.match(host) or not 0 < port <= 65535:
        raise ValueError("a host, and a port of 1 to 65535")
    return action(f"AT+QNTP={cid},{quote(host)},{port}")
