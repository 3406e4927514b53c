"""The card of the simulated module: PIN, identities, files, locks.

    files     EF by its id, as AT+CRSM reads it: ICCID 2FE2, SPN 6F46, AD 6FAD, ECC 6FB7; any other is
              "not found" (94 04)
    PIN       three attempts, then PUK; AT+CSIM with an empty VERIFY asks how many are left (63 CX)

Identities are test values of the profile.

Sources: 3GPP TS 27.007 (+CPIN, +CRSM, +CSIM, +CLCK); TS 51.011 (answer to a GET RESPONSE, status words);
TS 31.102 (files); the commands that ModemManager 1.20 sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS, NOT_SUPPORTED, SIM_PIN
from v2x.modem.sim_line import Operation, SimCommand, SimError, among, only

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule

__all__ = ["COMMANDS", "need_card"]

Given = str | tuple[str, ...]

NOT_ALLOWED, SIM_PUK, WRONG_PASSWORD = 3, 12, 16
READ_BINARY, GET_RESPONSE, STATUS = 176, 192, 242
FACILITIES = ("SC", "FD", "PN", "PU", "PP", "PC")

_RETRIES = {"0020000100": "63C3", "002C000100": "63CA", "0020008100": "63C3", "002C008100": "63CA"}
"""Empty VERIFY and UNBLOCK of PIN and PIN2: tries left, PIN's overwritten by what was tried."""


def need_card(module: SimulatedModule) -> None:
    """Refuse where the card is not ready."""
    error = module.card_error()
    if error is not None:
        raise SimError(error)


def _cpin(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    error = module.card_error()
    if command.operation is Operation.READ:
        if error in (SIM_PIN, SIM_PUK):
            return f"+CPIN: SIM {'PIN' if error == SIM_PIN else 'PUK'}"
        need_card(module)
        return "+CPIN: READY"
    only(command, Operation.SET)
    if error is None:
        raise SimError(NOT_ALLOWED)
    if error != SIM_PIN:
        raise SimError(error)
    if command.fields.text(0) != module.options.pin:
        module.pin_attempts -= 1
        raise SimError(WRONG_PASSWORD)
    module.unlock()
    return ()


def _imsi(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    need_card(module)
    only(command, Operation.EXECUTE)
    return module.profile.imsi


def _iccid(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    need_card(module)
    only(command, Operation.EXECUTE, Operation.READ)
    return f"{command.name}: {module.profile.iccid}"


def _files(module: SimulatedModule) -> dict[int, bytes]:
    iccid = (module.profile.iccid + "F" * 20)[:20]
    swapped = "".join(iccid[i + 1] + iccid[i] for i in range(0, 20, 2))
    mnc_digits = len(module.profile.operator_code) - 3
    name = module.profile.operator_name.encode("ascii", "replace")[:16]
    return {
        0x2FE2: bytes.fromhex(swapped),
        0x6F46: b"\x00" + name.ljust(16, b"\xff"),
        0x6FAD: bytes((0, 0, 0, mnc_digits)),
        0x6FB7: bytes.fromhex("11F2FF").ljust(15, b"\xff"),  # 112
    }


def _crsm(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.SET)
    need_card(module)
    what, file_id = among(command, 0, (READ_BINARY, 178, GET_RESPONSE, STATUS)), command.fields.integer(1)
    content = _files(module).get(file_id)
    if content is None:
        return '+CRSM: 148,4,""'
    if what == READ_BINARY:
        offset = (command.fields.optional_integer(2) or 0) << 8 | (command.fields.optional_integer(3) or 0)
        length = command.fields.optional_integer(4) or len(content)
        if offset < 0 or offset + length > len(content) or length < 0:
            return '+CRSM: 103,0,""'
        return f'+CRSM: 144,0,"{content[offset : offset + length].hex().upper()}"'
    if what == GET_RESPONSE:
        return f'+CRSM: 144,0,"0000{len(content):04X}{file_id:04X}0400FFFFFF01020000"'
    raise SimError(NOT_SUPPORTED)


def _csim(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.SET)
    if module.card_error() not in (None, SIM_PIN, SIM_PUK):
        need_card(module)
    status = _RETRIES.get((command.fields.text(1) or "").upper())
    if status is None:
        raise SimError(NOT_SUPPORTED)
    if (command.fields.text(1) or "").upper() == "0020000100":
        status = f"63C{module.pin_attempts:X}"
    return f'+CSIM: 4,"{status}"'


def _clck(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CLCK: (" + ",".join(f'"{name}"' for name in FACILITIES) + ")"
    only(command, Operation.SET)
    need_card(module)
    if command.fields.text(0) not in FACILITIES:
        raise SimError(INCORRECT_PARAMETERS)
    if command.fields.integer(1) != 2:
        raise SimError(NOT_ALLOWED)
    return "+CLCK: 0"


COMMANDS = {
    "+CPIN": _cpin,
    "+CIMI": _imsi,
    "+CCID": _iccid,
    "+ICCID": _iccid,
    "+QCCID": _iccid,
    "+CRSM": _crsm,
    "+CSIM": _csim,
    "+CLCK": _clck,
}
