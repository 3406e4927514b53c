"""Messages of the simulated module: kept, listed, sent into nothing, and coming in by the script.

    AT+CMGF=0   PDU mode: a line with the length, then the PDU in hexadecimal digits
    AT+CMGF=1   text mode
    AT+CMGS     "> ", text or PDU, Ctrl-Z; +CMGS: <reference>.  Nobody receives it.

A message that comes in is an SMS-DELIVER in UCS2 of a test number; AT+CNMI decides whether it is kept and
told (+CMTI) or given out at once (+CMT).

Sources: 3GPP TS 27.005 (commands, states); TS 23.040 (SMS-DELIVER).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.modem.sim_card import need_card
from v2x.modem.sim_line import Answer, Operation, Prompt, SimCommand, SimError, among, only
from v2x.modem.sim_time import local_time

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule

__all__ = ["COMMANDS", "Messages"]

Given = Answer | str | tuple[str, ...]

MEMORIES = ("ME", "SM")
ROOM = 23
"""Messages of a memory; the manuals' usual number for a card is of this size."""

TEST_NUMBER = "10000000000"
TEXT_LIMIT = 70
"""UCS2 characters of one message (TS 23.040)."""

NOT_SUPPORTED, INVALID_PDU, INVALID_INDEX, MEMORY_FULL = 303, 304, 321, 322
STATES = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT")


@dataclass(slots=True)
class Message:
    """A message that is kept; ``state`` is its number in PDU mode."""

    state: int
    number: str
    text: str
    pdu: str


class Messages:
    """The memories; they outlast a restart, the modes too, as most modules have it."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[int, Message]] = {name: {} for name in MEMORIES}
        self.memories = ["ME", "ME", "ME"]
        self.text_mode = False
        self.reference = 0
        self.cnmi = (2, 1, 0, 0, 0)

    def keep(self, memory: str, message: Message) -> int:
        """Store a message; its index.  Raises SimError."""
        kept = self.stored[memory]
        index = next((i for i in range(ROOM) if i not in kept), None)
        if index is None:
            raise SimError(MEMORY_FULL, sms=True)
        kept[index] = message
        return index

    def arrive(self, module: SimulatedModule, text: str) -> None:
        """A message comes in."""
        message = Message(0, f"+{TEST_NUMBER}", text[:TEXT_LIMIT], _deliver_pdu(module, text[:TEXT_LIMIT]))
        if self.cnmi[1] == 2:
            if self.text_mode:
                module.say_octets(b"", f'+CMT: "{message.number}",,"{_when(module)}"\r\n{message.text}')
            else:
                module.say_octets(b"", f"+CMT: ,{len(message.pdu) // 2 - 1}\r\n{message.pdu}")
            return
        memory = self.memories[2]
        try:
            index = self.keep(memory, message)
        except SimError:
            return  # a full memory refuses: the network would try again
        if self.cnmi[1] == 1:
            module.urc(f'+CMTI: "{memory}",{index}')


def _when(module: SimulatedModule) -> str:
    quarters = module.options.zone_quarters
    return time.strftime("%y/%m/%d,%H:%M:%S", local_time(module)) + f"{quarters:+03d}"


def _swapped(digits: str) -> str:
    padded = digits + "F" * (len(digits) % 2)
    return "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))


def _deliver_pdu(module: SimulatedModule, text: str) -> str:
    """No service centre, one SMS-DELIVER: address, UCS2, time stamp, text."""
    content = text.encode("utf-16-be")[: 2 * TEXT_LIMIT]
    stamp = _swapped(time.strftime("%y%m%d%H%M%S", local_time(module)))
    zone = _swapped(f"{abs(module.options.zone_quarters):02d}")
    address = f"{len(TEST_NUMBER):02X}91{_swapped(TEST_NUMBER)}"
    return f"0004{address}0008{stamp}{zone}{len(content):02X}{content.hex().upper()}"


def _cmgf(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CMGF: (0,1)"
    if command.operation is Operation.READ:
        return f"+CMGF: {int(module.messages.text_mode)}"
    only(command, Operation.SET)
    module.messages.text_mode = among(command, 0, (0, 1)) == 1
    return ()


def _cpms(module: SimulatedModule, command: SimCommand) -> Given:
    messages = module.messages
    if command.operation is Operation.TEST:
        names = "(" + ",".join(f'"{name}"' for name in MEMORIES) + ")"
        return f"+CPMS: {names},{names},{names}"
    need_card(module)
    if command.operation is Operation.READ:
        parts = [f'"{name}",{len(messages.stored[name])},{ROOM}' for name in messages.memories]
        return "+CPMS: " + ",".join(parts)
    only(command, Operation.SET)
    wanted = [command.fields.text(i) for i in range(min(len(command.fields), 3))]
    for index, name in enumerate(wanted):
        if name not in MEMORIES:
            raise SimError(302, sms=True)
        messages.memories[index] = name
    return "+CPMS: " + ",".join(f"{len(messages.stored[name])},{ROOM}" for name in messages.memories)


def _cnmi(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CNMI: (0-2),(0-2),(0,2),(0-2),(0,1)"
    if command.operation is Operation.READ:
        return "+CNMI: " + ",".join(map(str, module.messages.cnmi))
    only(command, Operation.SET)
    limits = (3, 3, 3, 2, 1)
    before = module.messages.cnmi
    values = [
        before[i] if command.fields.text(i) is None else among(command, i, range(limits[i] + 1))
        for i in range(5)
    ]
    module.messages.cnmi = (values[0], values[1], values[2], values[3], values[4])
    return ()


def _rows(module: SimulatedModule, head: str, message: Message) -> tuple[str, ...]:
    if module.messages.text_mode:
        return (f'{head}"{STATES[message.state]}","{message.number}",,"{_when(module)}"', message.text)
    length = len(message.pdu) // 2 - 1 - int(message.pdu[:2] or "0", 16)
    return (f"{head}{message.state},,{length}", message.pdu)


def _joined(rows: tuple[str, ...]) -> str:
    return "\r\n".join(rows)


def _cmgl(module: SimulatedModule, command: SimCommand) -> Given:
    messages = module.messages
    if command.operation is Operation.TEST:
        names = ",".join(f'"{name}"' for name in (*STATES, "ALL"))
        return f"+CMGL: ({names})" if messages.text_mode else "+CMGL: (0-4)"
    need_card(module)
    asked = command.fields.text(0)
    if messages.text_mode:
        known = {name: number for number, name in enumerate((*STATES, "ALL"))}
        wanted = known.get(asked or "REC UNREAD")
    else:
        wanted = 0 if asked is None else among(command, 0, range(5))
    if wanted is None:
        raise SimError(305, sms=True)
    rows = []
    for index, message in sorted(messages.stored[messages.memories[0]].items()):
        if wanted in (4, message.state):
            rows.append(_joined(_rows(module, f"+CMGL: {index},", message)))
            message.state = 1 if message.state == 0 else message.state
    return tuple(rows)


def _at_index(module: SimulatedModule, command: SimCommand) -> tuple[int, Message]:
    need_card(module)
    only(command, Operation.SET)
    messages = module.messages
    index = command.fields.integer(0)
    message = messages.stored[messages.memories[0]].get(index)
    if message is None:
        raise SimError(INVALID_INDEX, sms=True)
    return index, message


def _cmgr(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    _, message = _at_index(module, command)
    rows = _rows(module, "+CMGR: ", message)
    message.state = 1 if message.state == 0 else message.state
    return _joined(rows)


def _cmgd(module: SimulatedModule, command: SimCommand) -> Given:
    messages = module.messages
    kept = messages.stored[messages.memories[0]]
    if command.operation is Operation.TEST:
        return f"+CMGD: ({','.join(map(str, sorted(kept)))}),(0-4)"
    if command.fields.optional_integer(1):
        need_card(module)
        spared = {1: (0, 2, 3), 2: (0, 2), 3: (0,), 4: ()}.get(among(command, 1, range(1, 5)), ())
        for index in [i for i, message in kept.items() if message.state not in spared]:
            del kept[index]
        return ()
    index, _ = _at_index(module, command)
    del kept[index]
    return ()


def _typed(module: SimulatedModule, command: SimCommand) -> Given:
    """AT+CMGS and AT+CMGW."""
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.SET)
    need_card(module)
    messages = module.messages
    head = command.fields.text(0) or ""
    if not messages.text_mode:
        command.fields.integer(0)

    def done(data: bytes) -> Given:
        text = data.decode("latin-1").strip()
        if not messages.text_mode:
            _check_pdu(text, int(head))
        if command.name == "+CMGW":
            message = Message(2, head, text, text if not messages.text_mode else "00")
            return f"+CMGW: {messages.keep(messages.memories[1], message)}"
        if not module.registered:
            raise SimError(331, sms=True)
        messages.reference = (messages.reference + 1) % 256
        return f"+CMGS: {messages.reference}"

    return Answer(prompt=Prompt(None, done))


def _check_pdu(text: str, length: int) -> None:
    """The PDU's octets behind the service centre's are as many as was said.  Raises SimError."""
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise SimError(INVALID_PDU, sms=True) from None
    if not octets or len(octets) - 1 - octets[0] != length:
        raise SimError(INVALID_PDU, sms=True)


def _csca(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.READ:
        need_card(module)
        return f'+CSCA: "+{TEST_NUMBER}",145'
    return ()


def _parameters(_module: SimulatedModule, command: SimCommand) -> Given:
    """AT+CSMP, AT+CSDH, AT+CSCB: taken, without effect."""
    if command.operation is Operation.READ:
        return {"+CSMP": "+CSMP: 17,167,0,0", "+CSDH": "+CSDH: 0"}.get(command.name, '+CSCB: 0,"",""')
    return ()


COMMANDS = {
    "+CMGF": _cmgf,
    "+CPMS": _cpms,
    "+CNMI": _cnmi,
    "+CMGL": _cmgl,
    "+CMGR": _cmgr,
    "+CMGD": _cmgd,
    "+CMGS": _typed,
    "+CMGW": _typed,
    "+CSCA": _csca,
    **dict.fromkeys(("+CSMP", "+CSDH", "+CSCB"), _parameters),
}
