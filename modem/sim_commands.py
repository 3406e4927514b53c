"""What the simulated module answers to each command, and how a command line falls apart.

    line       commands after AT, one after another: ``E0V1+CMEE=1;+CREG?``
    basic      a letter or & and a letter, digits: ``E0``, ``&F``
    extended   + * ^ % $ # and a name, then nothing, ``?``, ``=?`` or ``=`` and parameters, up to ``;``

Only what ``v2x.modem`` itself uses or a person types first is here, in the forms that 3GPP TS 27.007 and
the Quectel manuals give; everything else is refused with CME 4, as a real UNISOC module does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS, NO_SERVICE, NOT_SUPPORTED, SIM_PIN
from v2x.modem.fields import FieldError, Fields, split_fields
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from v2x.modem.sim import SimulatedModule

__all__ = ["Operation", "SimCommand", "SimError", "run_command", "split_line"]

COMMANDS_LIMIT = 16
"""Commands of one line."""

CID_LAST = 42
FUNCTIONALITIES = (0, 1, 4)

_BASIC = re.compile(r"(&?[A-Za-z])([0-9]*)", re.ASCII)
_EXTENDED = re.compile(r"[+*^%$#][A-Za-z0-9]+", re.ASCII)


class SimError(Exception):
    """The command is refused with CME ``code``, ``None``: with ERROR whatever AT+CMEE says."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(code)


class Operation(Enum):
    """What is asked of a command."""

    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    SET = "="


@dataclass(frozen=True, slots=True)
class SimCommand:
    """One command of a line; ``fields`` are the parameters of a set or of a basic command."""

    name: str
    operation: Operation
    fields: Fields


def split_line(body: str) -> Iterator[SimCommand]:
    """The commands after AT.  Raises SimError at the first that is none."""
    position = count = 0
    while position < len(body):
        if body[position] in " ;":
            position += 1
            continue
        count += 1
        if count > COMMANDS_LIMIT:
            raise SimError(None)
        basic = _BASIC.match(body, position)
        if basic is not None:
            position = basic.end()
            digits = split_fields(basic.group(2)) if basic.group(2) else Fields()
            yield SimCommand(basic.group(1).upper(), Operation.EXECUTE, digits)
            continue
        end = _end_of(body, position)
        yield _extended(body[position:end].strip())
        position = end


def _end_of(body: str, start: int) -> int:
    """Where an extended command ends: at a ``;`` outside quotes."""
    in_quotes = False
    for index in range(start, len(body)):
        if body[index] == '"':
            in_quotes = not in_quotes
        elif body[index] == ";" and not in_quotes:
            return index
    return len(body)


def _extended(text: str) -> SimCommand:
    name = _EXTENDED.match(text)
    if name is None:
        raise SimError(None)
    rest = text[name.end() :].strip()
    for operation in (Operation.TEST, Operation.READ, Operation.EXECUTE):
        if rest == operation.value:
            return SimCommand(name.group().upper(), operation, Fields())
    if not rest.startswith("="):
        raise SimError(None)
    return SimCommand(name.group().upper(), Operation.SET, split_fields(rest[1:]))


def run_command(module: SimulatedModule, command: SimCommand) -> Sequence[str]:
    """The information lines of the answer.  Raises SimError."""
    if not command.name.startswith(("+", "*", "^", "%", "$", "#")):
        return _run_basic(module, command)
    handler = _EXTENDED_COMMANDS.get(command.name)
    if handler is None or module.refuses(command.name):
        raise SimError(NOT_SUPPORTED)
    try:
        answer = handler(module, command)
    except FieldError:
        raise SimError(INCORRECT_PARAMETERS) from None
    return (answer,) if isinstance(answer, str) else answer


Answer = str | tuple[str, ...]


def _run_basic(module: SimulatedModule, command: SimCommand) -> Sequence[str]:
    state = module.state
    try:
        value = command.fields.optional_integer(0) or 0
    except FieldError:
        raise SimError(None) from None
    switches = {"E": "echo", "V": "verbose", "Q": "quiet"}
    if command.name in switches and value in (0, 1):
        setattr(state, switches[command.name], bool(value))
    elif command.name == "I" and value == 0:
        p = module.profile
        return (p.manufacturer, p.model, f"Revision: {p.revision}")
    elif command.name in ("Z", "&F"):
        state.echo, state.verbose, state.quiet, state.cmee = True, True, False, 1
    elif command.name not in ("H", "X", "&C", "&D", "&W"):
        raise SimError(None)
    return ()


# -- identity and card -----------------------------------------------------------------------------


def _constant(attribute: str, prefix: str = "") -> Callable[[SimulatedModule, SimCommand], Answer]:
    def answer(module: SimulatedModule, command: SimCommand) -> Answer:
        if command.operation is Operation.TEST:
            return ()
        if command.operation is not Operation.EXECUTE:
            raise SimError(NOT_SUPPORTED)
        return prefix + str(getattr(module.profile, attribute))

    return answer


def _of_card(attribute: str, prefix: str = "") -> Callable[[SimulatedModule, SimCommand], Answer]:
    constant = _constant(attribute, prefix)

    def answer(module: SimulatedModule, command: SimCommand) -> Answer:
        _need_card(module)
        return constant(module, command)

    return answer


def _need_card(module: SimulatedModule) -> None:
    error = module.card_error()
    if error is not None:
        raise SimError(error)


def _need_service(module: SimulatedModule) -> None:
    if not module.registered:
        raise SimError(NO_SERVICE)


def _cpin(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.TEST:
        return ()
    if command.operation is not Operation.READ:
        raise SimError(NOT_SUPPORTED)
    if module.card_error() == SIM_PIN:
        return "+CPIN: SIM PIN"
    _need_card(module)
    return "+CPIN: READY"


# -- settings --------------------------------------------------------------------------------------


def _setting(
    name: str, attribute: str, values: Sequence[int]
) -> Callable[[SimulatedModule, SimCommand], Answer]:
    def answer(module: SimulatedModule, command: SimCommand) -> Answer:
        if command.operation is Operation.TEST:
            return f"{name}: ({','.join(map(str, values))})"
        if command.operation is Operation.READ:
            return f"{name}: {getattr(module.state, attribute)}"
        setattr(module.state, attribute, _among(command, 0, values))
        return ()

    return answer


def _among(command: SimCommand, index: int, values: Sequence[int]) -> int:
    value = command.fields.integer(index)
    if value not in values:
        raise SimError(INCORRECT_PARAMETERS)
    return value


def _cfun(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.TEST:
        return "+CFUN: (0,1,4),(0,1)"
    if command.operation is Operation.READ:
        return f"+CFUN: {module.state.cfun}"
    value = _among(command, 0, FUNCTIONALITIES)
    if command.fields.optional_integer(1) == 1:
        module.restart()
    elif value != module.state.cfun:
        module.set_functionality(value)
    return ()


def _clac(_module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is not Operation.EXECUTE:
        raise SimError(NOT_SUPPORTED)
    return tuple(f"AT{name}" for name in sorted(_EXTENDED_COMMANDS))


# -- network ---------------------------------------------------------------------------------------


def _registration(module: SimulatedModule, command: SimCommand) -> Answer:
    reports = module.state.reports
    n = reports.get(command.name, 0)
    if command.operation is Operation.TEST:
        return f"{command.name}: (0-2)"
    if command.operation is Operation.READ:
        return f"{command.name}: {n},{module.registration_fields(command.name, n)}"
    reports[command.name] = _among(command, 0, (0, 1, 2))
    return ()


def _cops(module: SimulatedModule, command: SimCommand) -> Answer:
    p, state = module.profile, module.state
    if command.operation is Operation.TEST:
        _need_card(module)
        name = p.operator_name
        return f'+COPS: (2,"{name}","{name}","{p.operator_code}",{p.act}),,(0,3),(0,1,2)'
    if command.operation is Operation.READ:
        if not module.registered:
            return "+COPS: 0"
        name = p.operator_code if state.operator_format == 2 else p.operator_name
        return f'+COPS: 0,{state.operator_format},"{name}",{p.act}'
    if _among(command, 0, (0, 3)) == 3:
        state.operator_format = _among(command, 1, (0, 1, 2))
    return ()


def _csq(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.TEST:
        return "+CSQ: (0-31,99),(0-7,99)"
    if command.operation is not Operation.EXECUTE:
        raise SimError(NOT_SUPPORTED)
    return f"+CSQ: {module.profile.csq if module.registered else '99,99'}"


def _qeng(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is not Operation.SET or command.fields.text(0) != "servingcell":
        raise SimError(NOT_SUPPORTED)
    if not module.registered:
        return '+QENG: "servingcell","SEARCH"'
    state = "CONNECT" if module.state.active else "NOCONN"
    return f'+QENG: "servingcell","{state}",{module.profile.servingcell}'


# -- contexts and data -----------------------------------------------------------------------------


def _cid(command: SimCommand, index: int) -> int:
    return _among(command, index, range(1, CID_LAST + 1))


def _cgdcont(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.TEST:
        return tuple(f'+CGDCONT: (1-{CID_LAST}),"{kind}"' for kind in ("IP", "IPV6", "IPV4V6"))
    if command.operation is Operation.READ:
        return tuple(
            f'+CGDCONT: {cid},"{pdp_type}","{apn}",,0,0'
            for cid, (pdp_type, apn) in sorted(module.contexts.items())
        )
    cid = _cid(command, 0)
    if len(command.fields) == 1:
        module.contexts.pop(cid, None)
        return ()
    pdp_type = (command.fields.text(1) or "IP").upper()
    if pdp_type not in ("IP", "IPV6", "IPV4V6"):
        raise SimError(INCORRECT_PARAMETERS)
    module.define(cid, pdp_type, command.fields.text(2) or "")
    return ()


def _cgact(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.TEST:
        return "+CGACT: (0,1)"
    if command.operation is Operation.READ:
        active = module.state.active
        return tuple(f"+CGACT: {cid},{int(cid in active)}" for cid in sorted(module.contexts))
    on, cid = _among(command, 0, (0, 1)), _cid(command, 1)
    _switch(module, cid, on=bool(on), later=False)
    return ()


def _qnetdevctl(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is not Operation.SET:
        raise SimError(NOT_SUPPORTED)
    operation, cid = _among(command, 0, (0, 1, 3)), _cid(command, 1)
    module.state.netdev_urc = command.fields.optional_integer(2) == 1
    _switch(module, cid, on=operation != 0, later=True)
    return ()


def _switch(module: SimulatedModule, cid: int, *, on: bool, later: bool) -> None:
    if cid not in module.contexts:
        raise SimError(INCORRECT_PARAMETERS)
    if not on:
        module.deactivate(cid)
        return
    _need_card(module)
    _need_service(module)
    if later:
        module.activate_later(cid)
    else:
        module.activate(cid)


def _cgpaddr(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation in (Operation.TEST, Operation.READ):
        raise SimError(NOT_SUPPORTED)
    asked = [_cid(command, 0)] if command.operation is Operation.SET else sorted(module.contexts)
    active = module.state.active
    return tuple(
        f'+CGPADDR: {cid},"{module.profile.address_v4}"' if cid in active else f"+CGPADDR: {cid}"
        for cid in asked
        if cid in module.contexts
    )


def _cgatt(module: SimulatedModule, command: SimCommand) -> Answer:
    if command.operation is Operation.READ:
        return f"+CGATT: {int(module.registered)}"
    raise SimError(NOT_SUPPORTED)


_EXTENDED_COMMANDS: dict[str, Callable[[SimulatedModule, SimCommand], Answer]] = {
    "+CGMI": _constant("manufacturer"),
    "+CGMM": _constant("model"),
    "+CGMR": _constant("revision"),
    "+CGSN": _constant("imei"),
    "+CIMI": _of_card("imsi"),
    "+CCID": _of_card("iccid", "+CCID: "),
    "+CPIN": _cpin,
    "+CMEE": _setting("+CMEE", "cmee", (0, 1, 2)),
    "+CGEREP": _setting("+CGEREP", "cgerep", (0, 1, 2)),
    "+CFUN": _cfun,
    "+CLAC": _clac,
    "+COPS": _cops,
    "+CSQ": _csq,
    "+QENG": _qeng,
    "+CGDCONT": _cgdcont,
    "+CGACT": _cgact,
    "+CGPADDR": _cgpaddr,
    "+CGATT": _cgatt,
    "+QNETDEVCTL": _qnetdevctl,
    **dict.fromkeys(REGISTRATION, _registration),
}
