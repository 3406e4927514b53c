"""Clock, GNSS, temperature and power of the simulated module.

    clock    the world's instant at power-on plus the elapsed time; AT+CCLK= moves it; local time is UTC
             plus the zone in quarter hours
    GNSS     AT+QGPS=1, CME 516 until the fix, then the world's position
    power    AT+QPOWD: OK, POWERED DOWN a second later, then off

Sources: 3GPP TS 27.007 (+CCLK); the Quectel manuals (+QLTS, +QNTP, +QGPS, +QGPSLOC, +QTEMP, +QPOWD, +CBC);
the names of the temperatures are two of those seen in logs.
"""

from __future__ import annotations

import calendar
import re
import time
from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS
from v2x.modem.sim_line import Operation, SimCommand, SimError, among, only
from v2x.modem.sim_radio import need_service
from v2x.modem.sim_sockets import DNS_FAILED, PDP_FAILED, resolve

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule

__all__ = ["COMMANDS", "local_time"]

Given = str | tuple[str, ...]

GNSS_RUNNING, GNSS_NOT_RUNNING, GNSS_NOT_FIXED = 504, 505, 516
POWER_DOWN_S = 1.0
QUARTER_S = 900
_CLOCK = re.compile(r"(\d{2}|\d{4})/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)?\Z", re.ASCII)


def local_time(module: SimulatedModule, *, zone: bool = True) -> time.struct_time:
    """The simulated clock, in local time or UTC."""
    at = module.options.clock_at + module.clock_offset_s + module.elapsed_s
    return time.gmtime(at + (module.options.zone_quarters * QUARTER_S if zone else 0))


def _stamp(module: SimulatedModule, *, year: str = "%y", zone: bool = True) -> str:
    quarters = module.options.zone_quarters if zone else 0
    return time.strftime(f"{year}/%m/%d,%H:%M:%S", local_time(module, zone=zone)) + f"{quarters:+03d}"


def _cclk(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    if command.operation is Operation.READ:
        return f'+CCLK: "{_stamp(module)}"'
    only(command, Operation.SET)
    match = _CLOCK.match(command.fields.text(0) or "")
    if match is None:
        raise SimError(INCORRECT_PARAMETERS)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        raise SimError(INCORRECT_PARAMETERS)
    zone = int(match.group(7) or 0)
    wanted = calendar.timegm((2000 + year % 100, month, day, hour, minute, second)) - zone * QUARTER_S
    module.clock_offset_s = wanted - module.options.clock_at - module.elapsed_s
    return ()


def _qlts(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QLTS: (0-2)"
    only(command, Operation.EXECUTE, Operation.SET)
    mode = among(command, 0, (0, 1, 2)) if command.operation is Operation.SET else 0
    need_service(module)
    return f'+QLTS: "{_stamp(module, year="%Y", zone=mode == 2)},0"'


def _qntp(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    context, host = among(command, 0, range(1, 17)), command.fields.text(1) or ""

    def answered(_at: float) -> None:
        if context not in module.state.active:
            module.urc(f"+QNTP: {PDP_FAILED}")
        elif resolve(host) is None:
            module.urc(f"+QNTP: {DNS_FAILED}")
        else:
            module.urc(f'+QNTP: 0,"{_stamp(module, year="%Y")}"')

    module.schedule("ntp", module.sockets.round_trip_s, answered)
    return ()


def _qgps(module: SimulatedModule, command: SimCommand) -> Given:
    state = module.state
    if command.operation is Operation.TEST:
        return "+QGPS: (1)"
    if command.operation is Operation.READ:
        return f"+QGPS: {int(state.gnss_since is not None)}"
    only(command, Operation.SET)
    among(command, 0, (1,))
    if state.gnss_since is not None:
        raise SimError(GNSS_RUNNING)
    state.gnss_since = module.now
    return ()


def _qgpsend(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.EXECUTE)
    if module.state.gnss_since is None:
        raise SimError(GNSS_NOT_RUNNING)
    module.state.gnss_since = None
    return ()


def _degrees_minutes(value: float, width: int, digits: int) -> str:
    minutes = round(abs(value) * 60, digits)
    whole, rest = divmod(minutes, 60)
    return f"{int(whole):0{width}d}{rest:0{3 + digits}.{digits}f}"


def _qgpsloc(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QGPSLOC: (0-2)"
    only(command, Operation.SET, Operation.READ)
    mode = among(command, 0, (0, 1, 2)) if command.operation is Operation.SET else 0
    since, o = module.state.gnss_since, module.options
    if since is None:
        raise SimError(GNSS_NOT_RUNNING)
    if module.now - since < o.gnss_fix_s:
        raise SimError(GNSS_NOT_FIXED)
    if mode == 2:
        where = f"{o.latitude_deg:.5f},{o.longitude_deg:.5f}"
    else:
        digits, mark = (4, "") if mode == 0 else (6, ",")
        latitude = _degrees_minutes(o.latitude_deg, 2, digits) + mark + "NS"[o.latitude_deg < 0]
        longitude = _degrees_minutes(o.longitude_deg, 3, digits) + mark + "EW"[o.longitude_deg < 0]
        where = f"{latitude},{longitude}"
    utc = local_time(module, zone=False)
    head, day = time.strftime("%H%M%S.000", utc), time.strftime("%d%m%y", utc)
    return f"+QGPSLOC: {head},{where},0.9,12.0,3,000.00,0.0,0.0,{day},12"


def _qtemp(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    warm = module.options.temperature_c
    return (f'+QTEMP: "modem-ambient-usr","{round(warm)}"', f'+QTEMP: "cpuss-0-usr","{round(warm + 4)}"')


def _cbc(_module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE, Operation.TEST)
    return "+CBC: (0,1,2),(0-100),(3300-4300)" if command.operation is Operation.TEST else "+CBC: 0,100,3800"


def _qpowd(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QPOWD: (0,1)"
    only(command, Operation.EXECUTE, Operation.SET)
    normal = command.operation is Operation.EXECUTE or among(command, 0, (0, 1)) == 1

    def off(_at: float) -> None:
        module.urc("POWERED DOWN")
        module.switch_off()

    module.schedule("power down", POWER_DOWN_S if normal else 0.0, off)
    return ()


COMMANDS = {
    "+CCLK": _cclk,
    "+QLTS": _qlts,
    "+QNTP": _qntp,
    "+QGPS": _qgps,
    "+QGPSEND": _qgpsend,
    "+QGPSLOC": _qgpsloc,
    "+QTEMP": _qtemp,
    "+CBC": _cbc,
    "+QPOWD": _qpowd,
}
