"""Notifications as typed values.

    async with modem.subscribe("+QPING") ...: notice = typed_notice(urc)

A notification that has no type here, or whose line is damaged, is its row of values, or ``None`` where not
even a row can be made.  Total.

Sources: as in the modules that declare the types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.modem.fields import FieldError
from v2x.modem.layouts import Row, book
from v2x.modem.mqtt import MqttMessage, MqttOpened, MqttResult
from v2x.modem.pdp import PacketEvent
from v2x.modem.readers import rows_of
from v2x.modem.records import filled
from v2x.modem.registration import Registration, parse_registration
from v2x.modem.sockets import PingReply, PingSummary, SocketEvent, SocketOpened
from v2x.modem.timing import NtpResult
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from v2x.modem.events import Urc

__all__ = ["Notice", "typed_notice"]

Notice = (
    Registration
    | PacketEvent
    | PingReply
    | PingSummary
    | SocketEvent
    | SocketOpened
    | MqttMessage
    | MqttOpened
    | MqttResult
    | NtpResult
    | Row
)

_TYPES: dict[str, type[Any]] = {
    "+CGEV": PacketEvent,
    "+QIURC": SocketEvent,
    "+QIOPEN": SocketOpened,
    "+QNTP": NtpResult,
    "+QMTRECV": MqttMessage,
    **dict.fromkeys(("+QMTOPEN", "+QMTCONN", "+QMTDISC", "+QMTCLOSE"), MqttOpened),
    **dict.fromkeys(("+QMTSUB", "+QMTUNS", "+QMTPUB", "+QMTPUBEX"), MqttResult),
}


def typed_notice(urc: Urc, profile: str | None = None) -> Notice | None:
    """What a notification says; ``profile`` names the layouts.  Raises ProfileError, nothing else."""
    prefix = urc.prefix
    if prefix in REGISTRATION:
        try:
            return parse_registration(urc.line)
        except FieldError:
            pass
    rows = rows_of((urc.line,), book(profile))
    if not rows:
        return None
    row = rows[0]
    kind = _TYPES.get(prefix or "")
    if prefix == "+QPING":
        kind = PingReply if row.value("ttl") is not None else PingSummary
    try:
        return row if kind is None else filled(kind, row)
    except FieldError:
        return row
