"""The commands of the simulated module: what every module has, and where the others are.

    here          identity, functionality, result forms, dial and data mode's basics, plain settings
    sim_card      card, PIN, files of the card, locks             sim_radio    registration, signal, cells
    sim_packet    contexts, data call, dial-up                    sim_sockets  sockets, ping
    sim_mqtt      MQTT                                            sim_sms      messages
    sim_time      clock, GNSS, temperature, power                 sim_pc5      PC5 test mode

Everything else, and what the profile's module refuses, is answered with CME 4, as a real UNISOC module
does.  Forms are those of 3GPP TS 27.007 and the Quectel manuals.  A plain setting is kept and given back
and does nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS, NOT_SUPPORTED
from v2x.modem.fields import FieldError
from v2x.modem.sim_line import Answer, FinalError, Operation, SimCommand, SimError, among, is_extended, only

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from v2x.modem.sim import SimulatedModule

__all__ = ["normal", "run_command"]

Given = Answer | str | tuple[str, ...]

FUNCTIONALITIES = (0, 1, 4)

VALUE_LIMIT = 256
"""Characters of a plain setting."""

PLAIN: dict[str, tuple[str, str]] = {
    "+CSCS": ('("IRA","GSM","UCS2")', '"IRA"'),
    "+WS46": ("(12,22,25,28,29,30,31,35,36,37,38,39,40)", "35"),  # 35 to 40: with NR
    "+CEMODE": ("(0-3)", "2"),
    "+CTZU": ("(0,1,3)", "0"),
    "+CTZR": ("(0-2)", "0"),
    "+IFC": ("(0,2),(0,2)", "0,0"),
    "+ICF": ("(3),(3)", "3,3"),
    "+IPR": ("(),(9600,19200,38400,57600,115200,921600)", "115200"),
    "+CMER": ("(0,3),(0),(0),(0,1),(0)", "0,0,0,0,0"),
    "+CLIP": ("(0,1)", "0,0"),
    "+CRC": ("(0,1)", "0"),
    "+CCWA": ("(0,1)", "0"),
    "+CVHU": ("(0,1)", "0"),
    "+COLP": ("(0,1)", "0,0"),
    "+CSSN": ("(0,1),(0,1)", "0,0"),
    "+CUSD": ("(0-2)", "0"),
    "+CPLS": ("(0-2)", "0"),
    "+CPSMS": ("(0,1)", "0"),
    "+CIND": (
        '("signal",(0-5)),("service",(0,1)),("roam",(0,1)),("smsfull",(0,1))',
        "4,1,0,0",
    ),
    "+CECALL": ("(0-3)", "0"),
    "+QURCCFG": ('"urcport",("usbat","usbmodem","uart1","all")', '"urcport","usbat"'),
    "+QINDCFG": ('("all","csq","smsfull","ring","act","sqi","mode"),(0,1),(0,1)', '"all",0'),
}
"""Plain settings: what ``=?`` says and the value after power-on."""

KEPT: dict[str, dict[str, str]] = {
    "+QCFG": {"usbnet": "1", "data_interface": "0,0", "airplanecontrol": "0,0"},
    "+QNWPREFCFG": {
        "mode_pref": "AUTO",
        "nr5g_band": "1:28:41:78:79",
        "lte_band": "1:3:5:8:41",
        "nr5g_disable_mode": "0",
        "roam_pref": "255",
    },
    "+QNWLOCK": {"common/4g": "0", "common/lte": "0", "common/5g": "0", "save_ctrl": "0,0"},
    "+QNWCFG": {"csi_ctrl": "0,0"},
    "+QMTCFG": {"version": "0,4", "recv/mode": "0,0,0"},
    "+QGPSCFG": {"outport": '"none"'},
}
"""Settings with a key that outlast a restart; any other key is refused with CME 4."""

_NOTHING = frozenset({"+CSMS", "+CNMA", "+CPOL", "+CNUM", "+CLCC", "+CSSAC", "+CMUT", "+CHUP"})
"""Commands that succeed and say nothing: no calls, no numbers of its own, no list of operators."""


def normal(answer: Given) -> Answer:
    """What a handler gave, as an Answer."""
    if isinstance(answer, Answer):
        return answer
    return Answer((answer,) if isinstance(answer, str) else answer)


def run_command(module: SimulatedModule, command: SimCommand) -> Answer:
    """The answer to one command.  Raises SimError."""
    table = extended_commands() if is_extended(command.name) else _BASIC
    handler = table.get(command.name)
    if handler is None or module.refuses(command.name):
        raise SimError(NOT_SUPPORTED if is_extended(command.name) else None)
    try:
        return normal(handler(module, command))
    except FieldError:
        raise SimError(INCORRECT_PARAMETERS if is_extended(command.name) else None) from None


# -- basic commands --------------------------------------------------------------------------------


def _switch(attribute: str) -> Callable[[SimulatedModule, SimCommand], Given]:
    def answer(module: SimulatedModule, command: SimCommand) -> Given:
        value = command.fields.optional_integer(0) or 0
        if value not in (0, 1):
            raise SimError(None)
        setattr(module.state, attribute, bool(value))
        return ()

    return answer


def _accepted(_module: SimulatedModule, _command: SimCommand) -> Given:
    return ()


def _ati(module: SimulatedModule, command: SimCommand) -> Given:
    if command.fields.optional_integer(0):
        raise SimError(None)
    p = module.profile
    return (p.manufacturer, p.model, f"Revision: {p.revision}")


def _defaults(module: SimulatedModule, _command: SimCommand) -> Given:
    state = module.state
    state.echo, state.verbose, state.quiet, state.cmee = True, True, False, 1
    state.plain.clear()
    return ()


def _hang_up(module: SimulatedModule, command: SimCommand) -> Given:
    module.channels[command.channel].hang_up(say=False)
    return ()


def _back_online(module: SimulatedModule, command: SimCommand) -> Given:
    sink = module.channels[command.channel].suspended()
    if sink is None:
        raise FinalError("NO CARRIER")
    return Answer(connects=sink)


def _register(_module: SimulatedModule, command: SimCommand) -> Given:
    defaults = {0: 0, 3: 13, 4: 10, 5: 8, 7: 0, 8: 2, 10: 15}
    value = defaults.get(command.fields.integer(0), 0)
    return f"{value:03d}" if command.operation is Operation.READ else ()


# -- identity and settings -------------------------------------------------------------------------


def constant(attribute: str, prefix: str = "") -> Callable[[SimulatedModule, SimCommand], Given]:
    """A handler that says a value of the profile."""

    def answer(module: SimulatedModule, command: SimCommand) -> Given:
        if command.operation is Operation.TEST:
            return ()
        only(command, Operation.EXECUTE)
        return prefix + str(getattr(module.profile, attribute))

    return answer


def _revision(module: SimulatedModule, command: SimCommand) -> Given:
    """AT+QGMR: the sub-version stands behind the revision."""
    only(command, Operation.EXECUTE, Operation.TEST)
    return () if command.operation is Operation.TEST else f"{module.profile.revision}_01.001.01.001"


def _gcap(_module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE, Operation.TEST)
    return () if command.operation is Operation.TEST else "+GCAP: +CGSM"


def setting(
    name: str, attribute: str, values: Sequence[int]
) -> Callable[[SimulatedModule, SimCommand], Given]:
    """A handler that sets a number of the state."""

    def answer(module: SimulatedModule, command: SimCommand) -> Given:
        if command.operation is Operation.TEST:
            return f"{name}: ({','.join(map(str, values))})"
        if command.operation is Operation.READ:
            return f"{name}: {getattr(module.state, attribute)}"
        setattr(module.state, attribute, among(command, 0, values))
        return ()

    return answer


def rendered(command: SimCommand, first: int = 0) -> str:
    """Parameters as text again.  Raises SimError where they are too long to be kept."""
    text = ",".join(f'"{f.text}"' if f.quoted else f.text for f in command.fields[first:])
    if len(text) > VALUE_LIMIT or not text.isprintable():
        raise SimError(INCORRECT_PARAMETERS)
    return text


def _plain(module: SimulatedModule, command: SimCommand) -> Given:
    ranges, default = PLAIN[command.name]
    if command.operation is Operation.TEST:
        return f"{command.name}: {ranges}"
    if command.operation is Operation.READ:
        return f"{command.name}: {module.state.plain.get(command.name, default)}"
    only(command, Operation.SET)
    module.state.plain[command.name] = rendered(command)
    return ()


def _kept(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    key = (command.fields.text(0) or "").lower()
    if key not in KEPT[command.name]:
        raise SimError(NOT_SUPPORTED)
    name = f"{command.name} {key}"
    if len(command.fields) == 1:
        return f'{command.name}: "{key}",{module.kept.get(name, KEPT[command.name][key])}'
    value = rendered(command, 1)
    before, module.kept[name] = module.kept.get(name), value
    if key == "mode_pref" and before != value:
        module.service.network.allow(value)
        module.service.search_again()
    return ()


def _cfun(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CFUN: (0,1,4),(0,1)"
    if command.operation is Operation.READ:
        return f"+CFUN: {module.state.cfun}"
    value = among(command, 0, FUNCTIONALITIES)
    if command.fields.optional_integer(1) == 1:
        module.restart()
    elif value != module.state.cfun:
        module.set_functionality(value)
    return ()


def _cmux(module: SimulatedModule, command: SimCommand) -> Given:
    """AT+CMUX=0: basic mode; the port's owner takes over once OK is out."""
    if command.operation is Operation.TEST:
        return "+CMUX: (0),(0),(1-8),(1-1500)"
    if command.operation is Operation.READ:
        return "+CMUX: 0,0,5,31"
    only(command, Operation.SET)
    among(command, 0, (0,))
    if command.channel or not module.start_multiplexer(command.fields.optional_integer(3) or 31):
        raise SimError(NOT_SUPPORTED)
    return ()


def _clac(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    return tuple(f"AT{name}" for name in sorted(extended_commands()) if not module.refuses(name))


_BASIC: dict[str, Callable[[SimulatedModule, SimCommand], Given]] = {
    "E": _switch("echo"),
    "V": _switch("verbose"),
    "Q": _switch("quiet"),
    "I": _ati,
    "Z": _defaults,
    "&F": _defaults,
    "H": _hang_up,
    "O": _back_online,
    "S": _register,
    **dict.fromkeys(("X", "L", "M", "T", "P", "&C", "&D", "&S", "&K", "&W"), _accepted),
}
_EXTENDED: dict[str, Callable[[SimulatedModule, SimCommand], Given]] = {
    "+CGMI": constant("manufacturer"),
    "+CGMM": constant("model"),
    "+CGMR": constant("revision"),
    "+CGSN": constant("imei"),
    "+GMI": constant("manufacturer"),
    "+GMM": constant("model"),
    "+GMR": constant("revision"),
    "+GSN": constant("imei"),
    "+QGMR": _revision,
    "+GCAP": _gcap,
    "+CMEE": setting("+CMEE", "cmee", (0, 1, 2)),
    "+CGEREP": setting("+CGEREP", "cgerep", (0, 1, 2)),
    "+CFUN": _cfun,
    "+CMUX": _cmux,
    "+CLAC": _clac,
    **dict.fromkeys(PLAIN, _plain),
    **dict.fromkeys(KEPT, _kept),
    **dict.fromkeys(_NOTHING, _accepted),
}


def extended_commands() -> dict[str, Callable[[SimulatedModule, SimCommand], Given]]:
    """Every extended command; the rooms of ``sim_*`` are put together at the first call."""
    if "+CPIN" not in _EXTENDED:
        from v2x.modem import (
            sim_card,
            sim_mqtt,
            sim_packet,
            sim_pc5,
            sim_radio,
            sim_sms,
            sim_sockets,
            sim_time,
        )

        for part in (sim_card, sim_mqtt, sim_packet, sim_pc5, sim_radio, sim_sms, sim_sockets, sim_time):
            _EXTENDED.update(part.COMMANDS)
        _BASIC["D"] = sim_packet.dial
    return _EXTENDED
