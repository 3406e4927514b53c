"""A serial port over Telnet: RFC 2217's octets, both sides; no input, no output.

    FF FB|FC|FD|FE option                 WILL, WONT, DO, DONT
    FF FA 2C command value... FF F0       a command of the COM-PORT-OPTION (44); FF is doubled in values
    FF FF                                 one octet FF of the line
    FF other                              other Telnet commands: nothing to do with the line, dropped

    command   client asks, server answers with 100 more: 1 baud rate (4 octets), 2 data size, 3 parity,
              4 stop size, 5 control; 6, 7 line and modem state (from the server as 106, 107);
              8, 9 stop and go on sending; 12 purge

The client offers COM-PORT-OPTION, BINARY and SUPPRESS-GO-AHEAD and asks for the last two; all other options
are refused.  An option is answered when its state changes, so two sides never answer each other for ever.

Sources: RFC 854 (Telnet), 856, 858, 1143 (no loops), 2217.
"""

from __future__ import annotations

import struct

__all__ = ["Telnet"]

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44

SET_BAUD_RATE, SET_DATA_SIZE, SET_PARITY, SET_STOP_SIZE, SET_CONTROL = 1, 2, 3, 4, 5
SUSPEND, RESUME = 8, 9
FROM_SERVER = 100

EIGHT_BITS, NO_PARITY, ONE_STOP_BIT = 8, 1, 1
NO_FLOW_CONTROL, DTR_ON, RTS_ON = 1, 8, 11

COMMAND_LIMIT = 64
"""Octets of a subnegotiation: the longest in use is a signature; more is dropped."""

COMMANDS_LIMIT = 64
"""Commands that nobody fetched: a client sends some ten."""


class Telnet:
    """One side of a connection; ``server`` has the serial port.

    ``agreed`` says that both speak RFC 2217, ``suspended`` that the other side wants nothing sent now,
    ``baud_rate`` what the server confirmed.
    """

    def __init__(self, *, server: bool) -> None:
        self._server = server
        self._mine: set[int] = set()  # options that this side does
        self._theirs: set[int] = set()
        self._offered: set[int] = set()
        self._asked: set[int] = set()
        self._state = ""  # "", "iac", an option verb, "sb", "sb-iac"
        self._verb = 0
        self._command = bytearray()
        self._out = bytearray()
        self.suspended = False
        self.baud_rate: int | None = None
        self.commands: list[tuple[int, bytes]] = []

    @property
    def agreed(self) -> bool:
        """Whether both sides speak RFC 2217."""
        return COM_PORT in (self._theirs if self._server else self._mine)

    def begin(self) -> None:
        """The client's offer."""
        for option in (COM_PORT, BINARY, SUPPRESS_GO_AHEAD):
            self._offered.add(option)
            self._out += bytes((IAC, WILL, option))
        for option in (BINARY, SUPPRESS_GO_AHEAD):
            self._asked.add(option)
            self._out += bytes((IAC, DO, option))

    def set_line(self, baud: int) -> None:
        """Ask for a raw line: ``baud``, eight bits, no parity, one stop bit, no flow control, DTR and RTS."""
        self.command(SET_BAUD_RATE, struct.pack(">I", baud))
        self.command(SET_DATA_SIZE, bytes((EIGHT_BITS,)))
        self.command(SET_PARITY, bytes((NO_PARITY,)))
        self.command(SET_STOP_SIZE, bytes((ONE_STOP_BIT,)))
        for control in (NO_FLOW_CONTROL, DTR_ON, RTS_ON):
            self.command(SET_CONTROL, bytes((control,)))

    def command(self, number: int, value: bytes) -> None:
        """Send a command; a server's number is raised by 100."""
        number += FROM_SERVER if self._server else 0
        escaped = value.replace(bytes((IAC,)), bytes((IAC, IAC)))
        self._out += bytes((IAC, SB, COM_PORT, number)) + escaped + bytes((IAC, SE))

    def send(self, data: bytes) -> None:
        """Octets for the line."""
        self._out += data.replace(bytes((IAC,)), bytes((IAC, IAC)))

    def take_out(self) -> bytes:
        """What is to be sent now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def feed(self, data: bytes) -> bytes:
        """Take received octets, cut anywhere; returns those of the line.  Never raises."""
        line = bytearray()
        index = 0
        while index < len(data):
            if not self._state:
                end = data.find(IAC, index)
                end = len(data) if end < 0 else end
                line += data[index:end]
                self._state = "iac" if end < len(data) else ""
                index = end + 1
            else:
                if self._octet(data[index]):
                    line.append(IAC)
                index += 1
        return bytes(line)

    def _octet(self, octet: int) -> bool:
        """One octet within a command; True for a doubled FF, which is one of the line."""
        if self._state == "iac":
            if octet == SB:
                self._state = "sb"
                self._command.clear()
            elif octet in (WILL, WONT, DO, DONT):
                self._state, self._verb = "option", octet
            else:
                self._state = ""
                return octet == IAC
        elif self._state == "option":
            self._state = ""
            self._option(self._verb, octet)
        elif self._state == "sb":
            if octet == IAC:
                self._state = "sb-iac"
            elif len(self._command) <= COMMAND_LIMIT:
                self._command.append(octet)
        elif octet == IAC:  # doubled within a subnegotiation
            self._state = "sb"
            if len(self._command) <= COMMAND_LIMIT:
                self._command.append(IAC)
        else:  # SE, or a command cut off by another one
            self._state = ""
            if octet == SE and len(self._command) <= COMMAND_LIMIT:
                self._subnegotiated(bytes(self._command))
        return False

    def _option(self, verb: int, option: int) -> None:
        """An option is offered, asked for, refused or ended."""
        if verb in (DO, DONT):
            on, pending, yes, no = self._mine, self._offered, WILL, WONT
            wanted = option in (BINARY, SUPPRESS_GO_AHEAD) or (option == COM_PORT and not self._server)
        else:
            on, pending, yes, no = self._theirs, self._asked, DO, DONT
            wanted = option in (BINARY, SUPPRESS_GO_AHEAD) or (option == COM_PORT and self._server)
        answer = option not in pending
        pending.discard(option)
        if verb in (DO, WILL):
            if not wanted:
                self._out += bytes((IAC, no, option))
            elif option not in on:
                on.add(option)
                if answer:
                    self._out += bytes((IAC, yes, option))
        elif option in on:
            on.discard(option)
            self._out += bytes((IAC, no, option))

    def _subnegotiated(self, octets: bytes) -> None:
        if len(octets) < 2 or octets[0] != COM_PORT:
            return
        number, value = octets[1] - (0 if self._server else FROM_SERVER), octets[2:]
        if number in (SUSPEND, RESUME):
            self.suspended = number == SUSPEND
        elif number == SET_BAUD_RATE and len(value) == 4:
            self.baud_rate = struct.unpack(">I", value)[0]
        if len(self.commands) < COMMANDS_LIMIT:
            self.commands.append((number, value))
