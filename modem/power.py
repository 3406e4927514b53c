"""Power, functionality, and the emergency call in its 3GPP form.

    AT+CFUN?            <fun>: 0 off, 1 on, 4 radio off
    AT+CFUN=1,1         restart; the port goes away and comes back
    AT+QPOWD            OK at once, POWERED DOWN within a minute, then a second before power is cut
    AT+CBC              <bcs>,<bcl>[,<mV>]
    AT+CECALL=<type>    0 test, 1 reconfiguration, 2 manual, 3 automatic

No vendor's eCall commands are public; none are here.

Source: 3GPP TS 27.007 (+CFUN, +CBC, +CECALL); Quectel manuals (+QPOWD).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from v2x.modem.commands import action
from v2x.modem.records import row_command

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = [
    "CBC",
    "CFUN",
    "POWERED_DOWN",
    "Battery",
    "EcallType",
    "Functionality",
    "emergency_call",
    "power_down",
    "restart",
    "set_functionality",
]

POWERED_DOWN = "POWERED DOWN"
"""The notification after which power may be cut, a second later."""


@dataclass(frozen=True, slots=True)
class Functionality:
    """+CFUN."""

    fun: int


@dataclass(frozen=True, slots=True)
class Battery:
    """+CBC: state, charge and supply voltage."""

    bcs: int | None = None
    bcl_percent: int | None = None
    voltage_mv: int | None = None


class EcallType(IntEnum):
    """What AT+CECALL starts."""

    TEST = 0
    RECONFIGURATION = 1
    MANUAL = 2
    AUTOMATIC = 3


CFUN = row_command("AT+CFUN?", "+CFUN", Functionality)
CBC = row_command("AT+CBC", "+CBC", Battery)


def set_functionality(fun: int) -> Command[None]:
    """AT+CFUN=0, 1 or 4.  Raises ValueError."""
    if fun not in (0, 1, 4):
        raise ValueError("a functionality of 0, 1 or 4")
    return action(f"AT+CFUN={fun}")


def restart() -> Command[None]:
    """AT+CFUN=1,1."""
    return action("AT+CFUN=1,1")


def power_down(*, graceful: bool = True) -> Command[None]:
    """AT+QPOWD: 1 leaves the network first, 0 does not."""
    return action(f"AT+QPOWD={int(graceful)}")


def emergency_call(kind: EcallType, *, confirmed: bool = False) -> Command[None]:
    """AT+CECALL.  A manual or automatic call reaches the emergency service: it needs ``confirmed``.

    Raises ValueError without it.
    """
    if kind in (EcallType.MANUAL, EcallType.AUTOMATIC) and not confirmed:
        raise ValueError("a manual or automatic eCall reaches the emergency service: confirm it")
    return action(f"AT+CECALL={int(kind)}")
