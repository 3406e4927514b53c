"""Packet contexts and data calls beyond bring-up: what a context got, events, counters, Quectel's own calls.

    AT+CGCONTRDP=<cid>            what the network gave: addresses, gateway, name servers
    +CGEV: ...                    events of the packet domain
    AT+QICSGP, AT+QIACT           contexts of the module's own TCP/IP stack
    AT+QNETDEVCTL                 the data call on the USB network interface
    AT+QGDNRCNT?, AT+QGDCNT?      octets sent and received, by the manual; one tool reads them the other way

Sources: 3GPP TS 27.007 (+CGCONTRDP, +CGEREP); Quectel manuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.modem.commands import action, quote
from v2x.modem.records import row_command, rows_command

if TYPE_CHECKING:
    from v2x.modem.commands import Command

__all__ = [
    "QIACT",
    "ModuleContext",
    "PacketCounters",
    "PacketEvent",
    "PdpDetails",
    "activate",
    "counters",
    "data_call",
    "deactivate",
    "packet_events",
    "pdp_details",
    "set_module_context",
]

IP_TYPES = {"IP": 1, "IPV6": 2, "IPV4V6": 3}
"""Quectel's numbers of PDP types."""

CID_LAST = 42
"""Largest context id that the manuals name."""


@dataclass(frozen=True, slots=True)
class PdpDetails:
    """What a context got from the network."""

    cid: int
    bearer_id: int | None = None
    apn: str | None = None
    local_address: str | None = None
    subnet_mask: str | None = None
    gateway_address: str | None = None
    dns_primary_address: str | None = None
    dns_secondary_address: str | None = None


@dataclass(frozen=True, slots=True)
class PacketEvent:
    """A +CGEV: ``event`` begins with who did it (``nw``, ``me``)."""

    event: str
    cid: int | None = None
    parent_cid: int | None = None
    pdp_type: str | None = None
    pdp_addr: str | None = None
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class ModuleContext:
    """A context of the module's own stack."""

    cid: int
    active: bool
    ip_type: int | None = None
    address: str | None = None
    address_2: str | None = None


@dataclass(frozen=True, slots=True)
class PacketCounters:
    """Octets since the counters were reset."""

    sent_bytes: int
    received_bytes: int


QIACT = rows_command("AT+QIACT?", "+QIACT", ModuleContext)


def pdp_details(cid: int) -> Command[tuple[PdpDetails, ...]]:
    """What context ``cid`` got; an IPv4v6 context has two rows."""
    return rows_command(f"AT+CGCONTRDP={_cid(cid)}", "+CGCONTRDP", PdpDetails)


def packet_events(level: int = 2, buffer: int = 1) -> Command[None]:
    """Have +CGEV notified."""
    if not 0 <= level <= 2 or not 0 <= buffer <= 1:
        raise ValueError("AT+CGEREP takes 0 to 2 and 0 to 1")
    return action(f"AT+CGEREP={level},{buffer}")


def set_module_context(
    cid: int, pdp_type: str, apn: str, user: str = "", password: str = "", auth: int = 0
) -> Command[None]:
    """AT+QICSGP; ``auth`` 0 none, 1 PAP, 2 CHAP, 3 both.  Raises ValueError on what no command carries."""
    if pdp_type not in IP_TYPES or not 0 <= auth <= 3:
        raise ValueError(f"a PDP type of {', '.join(IP_TYPES)}, and an authentication of 0 to 3")
    texts = ",".join(map(quote, (apn, user, password)))
    return action(f"AT+QICSGP={_cid(cid)},{IP_TYPES[pdp_type]},{texts},{auth}")


def activate(cid: int) -> Command[None]:
    """AT+QIACT: activate a context of the module's own stack; the port is deaf meanwhile."""
    return action(f"AT+QIACT={_cid(cid)}")


def deactivate(cid: int) -> Command[None]:
    """AT+QIDEACT."""
    return action(f"AT+QIDEACT={_cid(cid)}")


def data_call(operation: int, cid: int, *, notify: bool = True) -> Command[None]:
    """AT+QNETDEVCTL: ``operation`` 0 stop, 1 start, 3 start at every boot (asks first: it is kept)."""
    if operation not in (0, 1, 3):
        raise ValueError("an operation of 0, 1 or 3")
    return action(f"AT+QNETDEVCTL={operation},{_cid(cid)},{int(notify)}")


def counters(*, nr: bool) -> Command[PacketCounters]:
    """AT+QGDNRCNT? of Qualcomm-based 5G modules (``nr``), else AT+QGDCNT?."""
    name = "+QGDNRCNT" if nr else "+QGDCNT"
    return row_command(f"AT{name}?", name, PacketCounters)


def _cid(cid: int) -> int:
    if not 1 <= cid <= CID_LAST:
        raise ValueError(f"a context id is 1 to {CID_LAST}")
    return cid
