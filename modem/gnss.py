"""Position by the module: ``AT+QGPS=1``, ``AT+QGPSLOC``, ``AT+QGPSEND``.

    +QGPSLOC: <utc>,<lat>,<lon>,<hdop>,<altitude>,<fix>,<cog>,<spkm>,<spkn>,<date>,<nsat>

Three forms of the position: ddmm.mmmmN,dddmm.mmmmE (0), hemispheres by themselves (1), signed degrees (2).
Without a fix the module refuses with CME 516.

Source: Quectel manuals (GNSS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from v2x.modem.commands import Command, Response, action, timeout_for
from v2x.modem.fields import FieldError
from v2x.modem.layouts import Row, book
from v2x.modem.readers import rows_of

if TYPE_CHECKING:
    from v2x.modem.commands import Reply

__all__ = ["NOT_FIXED", "Fix", "fix_of", "position", "start_gnss", "stop_gnss"]

NOT_FIXED = 516
"""CME code while there is no fix."""

_TIME = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{1,6}))?\Z", re.ASCII)
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the module is: WGS 84 degrees, north and east positive; ``at`` in POSIX seconds."""

    at: float
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    hdop: float | None
    fix: int | None
    speed_kmh: float | None
    satellites: int | None


def start_gnss() -> Command[None]:
    """AT+QGPS=1."""
    return action("AT+QGPS=1")


def stop_gnss() -> Command[None]:
    """AT+QGPSEND."""
    return action("AT+QGPSEND")


def position(form: int = 2) -> Command[Fix]:
    """AT+QGPSLOC; every form gives the same degrees, form 2 the most digits."""
    if not 0 <= form <= 2:
        raise ValueError("a form of 0 to 2")
    text = f"AT+QGPSLOC={form}"
    return Command(text, _fix, Response.PREFIXED, ("+QGPSLOC",), 1, timeout_for(text), idempotent=True)


def _fix(reply: Reply) -> Fix:
    rows = rows_of(reply.lines, book())
    if not rows:
        raise FieldError(0, "no position")
    return fix_of(rows[0])


def fix_of(row: Row) -> Fix:
    """A row of +QGPSLOC.  Raises FieldError without instant or place."""
    latitude, longitude = _number(row, "latitude_deg"), _number(row, "longitude_deg")
    at = _instant(row.get("date"), row.get("utc"))
    if latitude is None or longitude is None or at is None:
        raise FieldError(0, "no instant or no place")
    if row.get("north_south") == "S":
        latitude = -latitude
    if row.get("east_west") == "W":
        longitude = -longitude
    numbers = [_number(row, name) for name in ("altitude_m", "hdop", "fix", "speed_kmh", "satellites")]
    altitude_m, hdop, fix, speed_kmh, satellites = numbers
    return Fix(at, latitude, longitude, altitude_m, hdop, _whole(fix), speed_kmh, _whole(satellites))


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _instant(date: object, utc: object) -> float | None:
    """``ddmmyy`` and ``hhmmss.s`` as POSIX seconds."""
    day, time = _DATE.match(str(date)), _TIME.match(str(utc))
    if day is None or time is None:
        return None
    d, m, y = (int(part) for part in day.groups())
    hour, minute, second = (int(part) for part in time.groups()[:3])
    try:
        whole = datetime(2000 + y, m, d, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return whole + float(f"0.{time.group(4) or 0}")
