"""Contexts and data calls of the simulated module: AT+CGDCONT to the PPP octets of ATD*99#.

    AT+CGACT, AT+QIACT, AT+QNETDEVCTL    a context gets the profile's address (a documentation address)
    ATD*99***<cid>#, AT+CGDATA="PPP"     CONNECT, then opaque octets: counted, never answered
    AT+CGDATA="M-ETHER",<cid>            as UNISOC's field notes say: ^ORIG first, CONNECT much later

Sources: 3GPP TS 27.007 (+CGDCONT, +CGACT, +CGPADDR, +CGCONTRDP, +CGATT, +CGDATA, D*99); the Quectel manuals
(+QICSGP, +QIACT, +QNETDEVCTL); UNISOC field notes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS, NOT_SUPPORTED
from v2x.modem.sim_card import need_card
from v2x.modem.sim_line import Answer, FinalError, Operation, SimCommand, SimError, among, only
from v2x.modem.sim_network import CAUSE_TO_CME, STAT_DENIED, UNSPECIFIED_CME
from v2x.modem.sim_radio import need_service

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule

__all__ = ["COMMANDS", "Pipe", "dial"]

Given = Answer | str | tuple[str, ...]

CID_LAST = 42
PDP_TYPES = ("IP", "IPV6", "IPV4V6")
M_ETHER_S = 12.0
"""Field notes: CONNECT comes 10 to 20 s after ^ORIG."""

_SERVICE = re.compile(r"\*99(?:\*[^*#]*){0,2}?(?:\*([0-9]{1,2}))?#\Z", re.ASCII)


class Pipe:
    """Data mode on a context: octets are counted and go nowhere."""

    def __init__(self, module: SimulatedModule, cid: int) -> None:
        self.cid = cid
        self._module = module

    def received(self, data: bytes) -> bytes:
        """Count them."""
        self._module.state.counters[0] += len(data)
        return b""

    def hung_up(self) -> None:
        """The call ends, and the context with it."""
        self._module.service.deactivate(self.cid)


def _cid(command: SimCommand, index: int) -> int:
    return among(command, index, range(1, CID_LAST + 1))


# -- definition ------------------------------------------------------------------------------------


def _cgdcont(module: SimulatedModule, command: SimCommand) -> Given:
    contexts = module.service.contexts
    if command.operation is Operation.TEST:
        return tuple(f'+CGDCONT: (1-{CID_LAST}),"{kind}",,,(0),(0)' for kind in PDP_TYPES)
    if command.operation is Operation.READ:
        return tuple(
            f'+CGDCONT: {cid},"{pdp_type}","{apn}",,0,0' for cid, (pdp_type, apn) in sorted(contexts.items())
        )
    cid = _cid(command, 0)
    if len(command.fields) == 1:
        contexts.pop(cid, None)
        return ()
    pdp_type = (command.fields.text(1) or "IP").upper()
    if pdp_type not in PDP_TYPES:
        raise SimError(INCORRECT_PARAMETERS)
    module.service.define(cid, pdp_type, command.fields.text(2) or "")
    return ()


def _qicsgp(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QICSGP: (1-16),(1-3),<APN>,<username>,<password>,(0-3)"
    only(command, Operation.SET)
    cid = among(command, 0, range(1, 17))
    if len(command.fields) == 1:
        pdp_type, apn = module.service.contexts.get(cid, ("IP", ""))
        return f'+QICSGP: {PDP_TYPES.index(pdp_type) + 1},"{apn}","","",0'
    kind = among(command, 1, (1, 2, 3))
    module.service.define(cid, PDP_TYPES[kind - 1], command.fields.text(2) or "")
    return ()


# -- attach and activation -------------------------------------------------------------------------


def _cgatt(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CGATT: (0,1)"
    if command.operation is Operation.READ:
        return f"+CGATT: {int(module.registered)}"
    only(command, Operation.SET)
    on = among(command, 0, (0, 1)) == 1
    need_card(module)
    return Answer(takes_s=module.service.attach(on=on), later=lambda: _attached(module, on=on))


def _attached(module: SimulatedModule, *, on: bool) -> Given:
    network = module.service.network
    if on and network.stat == STAT_DENIED:
        raise SimError(CAUSE_TO_CME.get(network.reject_cause, UNSPECIFIED_CME))
    if on:
        need_service(module)
    return ()


def _cgact(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CGACT: (0,1)"
    if command.operation is Operation.READ:
        active = module.state.active
        return tuple(f"+CGACT: {cid},{int(cid in active)}" for cid in sorted(module.service.contexts))
    only(command, Operation.SET)
    on = among(command, 0, (0, 1)) == 1
    for cid in [_cid(command, 1)] if len(command.fields) > 1 else sorted(module.service.contexts):
        _switch(module, cid, on=on, later=False)
    return ()


def _qnetdevctl(module: SimulatedModule, command: SimCommand) -> Given:
    active = module.state.active
    if command.operation is Operation.READ:
        urc = int(module.state.netdev_urc)
        return tuple(f"+QNETDEVCTL: 1,{cid},{urc},1" for cid in sorted(active))
    only(command, Operation.SET)
    operation, cid = among(command, 0, (0, 1, 3)), _cid(command, 1)
    module.state.netdev_urc = command.fields.optional_integer(2) == 1
    _switch(module, cid, on=operation != 0, later=True)
    return ()


def _switch(module: SimulatedModule, cid: int, *, on: bool, later: bool) -> None:
    if cid not in module.service.contexts:
        raise SimError(INCORRECT_PARAMETERS)
    if not on:
        module.service.deactivate(cid)
        return
    need_card(module)
    need_service(module)
    if later:
        module.service.activate_later(cid)
    else:
        module.service.activate(cid)


def _qiact(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QIACT: (1-16)"
    if command.operation is Operation.READ:
        address = module.profile.address_v4
        return tuple(f'+QIACT: {cid},1,1,"{address}"' for cid in sorted(module.state.active))
    only(command, Operation.SET)
    cid = _cid(command, 0)
    if cid not in module.service.contexts:
        raise SimError(INCORRECT_PARAMETERS)
    need_card(module)
    need_service(module)
    return Answer(takes_s=module.service.activation_s, later=lambda: _activated(module, cid))


def _activated(module: SimulatedModule, cid: int) -> Given:
    need_service(module)
    module.service.activate(cid)
    return ()


def _qideact(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+QIDEACT: (1-16)"
    only(command, Operation.SET)
    _switch(module, _cid(command, 0), on=False, later=False)
    return ()


def _cgpaddr(module: SimulatedModule, command: SimCommand) -> Given:
    contexts, active = module.service.contexts, module.state.active
    if command.operation is Operation.TEST:
        return f"+CGPADDR: ({','.join(map(str, sorted(contexts)))})"
    if command.operation is Operation.READ:
        raise SimError(NOT_SUPPORTED)
    asked = [_cid(command, 0)] if command.operation is Operation.SET else sorted(contexts)
    return tuple(
        f'+CGPADDR: {cid},"{module.profile.address_v4}"' if cid in active else f"+CGPADDR: {cid}"
        for cid in asked
        if cid in contexts
    )


def _cgcontrdp(module: SimulatedModule, command: SimCommand) -> Given:
    contexts, active = module.service.contexts, module.state.active
    if command.operation is Operation.TEST:
        return f"+CGCONTRDP: ({','.join(map(str, sorted(active)))})"
    asked = [_cid(command, 0)] if command.operation is Operation.SET else sorted(active)
    return tuple(
        f'+CGCONTRDP: {cid},{4 + cid},"{contexts[cid][1]}","{module.profile.address_v4}.255.255.255.0",'
        '"192.0.2.1","192.0.2.53"'
        for cid in asked
        if cid in active and cid in contexts
    )


# -- data mode -------------------------------------------------------------------------------------


def _call(module: SimulatedModule, cid: int, takes_s: float) -> Answer:
    """CONNECT once the context is active; NO CARRIER where that can't be."""
    if cid not in module.service.contexts or module.card_error() is not None or not module.registered:
        raise FinalError("NO CARRIER")

    def later() -> Answer:
        if not module.registered:
            raise FinalError("NO CARRIER")
        module.service.activate(cid)
        return Answer(connects=Pipe(module, cid))

    return Answer(takes_s=takes_s, later=later)


def dial(module: SimulatedModule, command: SimCommand) -> Given:
    """ATD: a data service; nobody else can be called."""
    service = _SERVICE.match((command.fields.text(0) or "").replace(" ", "").lstrip("TPtp"))
    if service is None:
        raise FinalError("NO CARRIER")
    return _call(module, int(service.group(1) or 1), module.service.activation_s)


def _cgdata(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return '+CGDATA: ("PPP","M-ETHER")'
    only(command, Operation.SET)
    kind, cid = (command.fields.text(0) or "").upper(), command.fields.optional_integer(1) or 1
    if kind not in ("PPP", "M-ETHER"):
        raise SimError(INCORRECT_PARAMETERS)
    if kind == "PPP":
        return _call(module, cid, module.service.activation_s)
    answer = _call(module, cid, M_ETHER_S)
    module.urc(f"^ORIG: {cid},2")
    return answer


COMMANDS = {
    "+CGDCONT": _cgdcont,
    "+QICSGP": _qicsgp,
    "+CGATT": _cgatt,
    "+CGACT": _cgact,
    "+CGPADDR": _cgpaddr,
    "+CGCONTRDP": _cgcontrdp,
    "+CGDATA": _cgdata,
    "+QIACT": _qiact,
    "+QIDEACT": _qideact,
    "+QNETDEVCTL": _qnetdevctl,
}
