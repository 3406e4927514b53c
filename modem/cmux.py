r"""The multiplexer of 3GPP TS 27.010, basic mode, both sides; no input, no output, no clock.

    frame    F9 address control length [length] information FCS F9
    address  DLCI << 2 | C/R << 1 | 1
    control  SABM 2F, UA 63, DM 0F, DISC 43, UIH EF, UI 03; P/F is 10
    length   7 bits << 1 | 1; or 15 bits, low seven first, with a 0 in the last bit of the first octet
    FCS      CRC-8, reversed polynomial E0, over address, control, length; for UI also the information

    channel 0   control: messages ``type length value``; MSC E3, CLD C3, test 23, PN 83, FCon A3, FCoff 63
    channel n   octets of a virtual port

``initiator`` is the side that sent AT+CMUX (the host); the module is the responder.  SABM opens a channel,
UA grants and DM refuses it; DISC closes it.  Each side says with MSC that its virtual port is ready, and
the responder does so as soon as a channel opens: known masters wait for it.

    mux = Mux(initiator=True)
    mux.open(0); mux.open(1)          # ask
    port.write(mux.take_out())        # what is to be sent
    for event in mux.feed(octets):    # Opened, Refused, Closed, Received, Ended
        ...
    mux.send(1, b"AT\r")

What is no frame is skipped up to the next flag and counted in ``bad_frames``.  Frames are taken cut anywhere;
a damaged length waits for octets that never come, until ``quiet`` is called after a silence.
A CLD that comes as octets of a channel is not standard, but gsm0710muxd closes a channel so and waits for
UA: the responder takes it for that channel's DISC.

Sources: 3GPP TS 27.010 (frame structure, control messages); the octets that gsm0710muxd 1.13 sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["CHANNEL_LAST", "Closed", "Ended", "Mux", "MuxEvent", "Opened", "Received", "Refused"]

FLAG = 0xF9
PF = 0x10
MSC, CLD, TEST, PN, FCON, FCOFF, NSC = 0xE3, 0xC3, 0x23, 0x83, 0xA3, 0x63, 0x13
COMMAND = 0x02
"""The bit of a control message's type, and of an address, that says command rather than response."""

READY = 0x0D
"""V.24 signals of a port that is ready: RTC and RTR."""
FLOW_OFF = 0x02
"""The FC bit of the signals: send nothing on this channel."""

CHANNEL_LAST = 61
"""Largest DLCI that may be used (62 and 63 are reserved)."""

FRAME_SIZE = 31
"""N1 of the basic option where AT+CMUX names none."""

FRAME_LIMIT = 4096
"""Octets of information that are taken: masters ask for 31 to 1600; more is a damaged length."""

QUEUE_LIMIT = 65_536
"""Octets that wait on a channel whose other side asked for silence."""


class Control(IntEnum):
    """Frame types, without the P/F bit."""

    SABM = 0x2F
    UA = 0x63
    DM = 0x0F
    DISC = 0x43
    UIH = 0xEF
    UI = 0x03


@dataclass(frozen=True, slots=True)
class Opened:
    """The channel is open."""

    dlci: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side does not open the channel."""

    dlci: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The channel is closed, by either side."""

    dlci: int


@dataclass(frozen=True, slots=True)
class Received:
    """Octets of a channel."""

    dlci: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """The multiplexer is closed: the line carries AT commands again, or nothing."""


MuxEvent = Opened | Refused | Closed | Received | Ended


def _table() -> tuple[int, ...]:
    table = []
    for octet in range(256):
        value = octet
        for _ in range(8):
            value = value >> 1 ^ (0xE0 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC = _table()


def fcs(octets: bytes) -> int:
    """The frame check sequence over ``octets``."""
    value = 0xFF
    for octet in octets:
        value = _CRC[value ^ octet]
    return 0xFF - value


def _header(address: int, control: int, length: int) -> bytes:
    if length < 0x80:
        return bytes((address, control, length << 1 | 1))
    return bytes((address, control, length << 1 & 0xFE, length >> 7))


@dataclass(slots=True)
class _Channel:
    """One DLC: open, or asked for (``asked``); what waits while the other side wants silence."""

    open: bool = False
    asked: bool = False
    silent: bool = False
    waiting: bytearray = field(default_factory=bytearray)


class Mux:
    """One side of a multiplexed line; see the module's text.

    ``frame_size`` is N1, the most octets of information that this side puts into a frame; ``channels`` are
    those that a responder grants beside 0.
    """

    def __init__(self, *, initiator: bool, frame_size: int = FRAME_SIZE, channels: int = 8) -> None:
        if not 1 <= frame_size <= FRAME_LIMIT or not 1 <= channels <= CHANNEL_LAST:
            raise ValueError(f"a frame has 1 to {FRAME_LIMIT} octets, a line 1 to {CHANNEL_LAST} channels")
        self._initiator = initiator
        self._frame_size = frame_size
        self._granted = CHANNEL_LAST if initiator else channels
        self._channels: dict[int, _Channel] = {}
        self._buffer = bytearray()
        self._out = bytearray()
        self._all_silent = False
        self.ended = False
        self.bad_frames = 0
        self.dropped = 0

    # -- what this side does -----------------------------------------------------------------------

    def open(self, dlci: int) -> None:
        """Ask for a channel, again if need be; Opened or Refused follows.  ValueError for no DLCI."""
        if not 0 <= dlci <= CHANNEL_LAST:
            raise ValueError(f"a channel is 0 to {CHANNEL_LAST}")
        channel = self._channels.setdefault(dlci, _Channel())
        if not channel.open:
            channel.asked = True
            self._frame(dlci, Control.SABM | PF, command=True)

    def is_open(self, dlci: int) -> bool:
        """Whether octets may be sent on the channel."""
        channel = self._channels.get(dlci)
        return channel is not None and channel.open

    def writable(self, dlci: int) -> bool:
        """Whether what is sent now goes out now: the other side did not ask for silence."""
        return self.is_open(dlci) and not self._channels[dlci].silent and not self._all_silent

    def send(self, dlci: int, data: bytes) -> None:
        """Send octets on an open channel, else RuntimeError.

        While the other side wants silence they wait; beyond the limit the oldest go and are counted.
        """
        if dlci == 0 or not self.is_open(dlci):
            raise RuntimeError(f"channel {dlci} is not open")
        waiting = self._channels[dlci].waiting
        waiting += data
        if not self.writable(dlci):
            excess = max(0, len(waiting) - QUEUE_LIMIT)
            self.dropped += excess
            del waiting[:excess]
        self._flush(dlci)

    def close(self, dlci: int) -> None:
        """Close a channel; 0 closes them all and ends the multiplexer."""
        if dlci == 0:
            self._control(CLD, b"")
            self.ended = True
            self._channels.clear()
        elif self._channels.pop(dlci, None) is not None:
            self._frame(dlci, Control.DISC | PF, command=True)

    def take_out(self) -> bytes:
        """What is to be sent now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    # -- what the other side does ------------------------------------------------------------------

    def feed(self, data: bytes) -> list[MuxEvent]:
        """Take received octets, cut anywhere.  Never raises; after Ended everything is ignored."""
        events: list[MuxEvent] = []
        self._buffer += data
        while not self.ended and self._step(events):
            pass
        if self.ended:
            self._buffer.clear()
        return events

    @property
    def half_read(self) -> bool:
        """Whether a frame began that did not end yet."""
        return len(self._buffer) > 1

    def quiet(self) -> list[MuxEvent]:
        """The line has been silent: what is half there is no frame, but frames may stand in it."""
        events: list[MuxEvent] = []
        while self.half_read:
            self._skip()
            events += self.feed(b"")
        return events

    def _step(self, events: list[MuxEvent]) -> bool:
        """One frame, or one piece of garbage; False when more octets are needed."""
        buffer = self._buffer
        start = buffer.find(FLAG)
        if start:  # none, or garbage before it
            del buffer[: len(buffer) if start < 0 else start]
            return start > 0
        first = next((i for i, octet in enumerate(buffer) if octet != FLAG), len(buffer))
        del buffer[: first - 1]  # one flag stays in front
        if len(buffer) < 4:
            return False
        long = not buffer[3] & 1
        if long and len(buffer) < 5:
            return False
        length = buffer[3] >> 1 | (buffer[4] << 7 if long else 0)
        begin = 5 if long else 4
        if length > FRAME_LIMIT or not buffer[1] & 1:
            return self._skip()
        if len(buffer) < begin + length + 2:
            return False
        control, information = buffer[2] & ~PF, bytes(buffer[begin : begin + length])
        checked = bytes(buffer[1:begin]) + (information if control == Control.UI else b"")
        if fcs(checked) != buffer[begin + length] or buffer[begin + length + 1] != FLAG:
            return self._skip()
        dlci = buffer[1] >> 2
        del buffer[: begin + length + 1]  # the closing flag may open the next frame
        self._take(dlci, control, information, events)
        return True

    def _skip(self) -> bool:
        """The flag in front opened no frame; another one may."""
        self.bad_frames += 1
        del self._buffer[0]
        return True

    def _take(self, dlci: int, control: int, information: bytes, events: list[MuxEvent]) -> None:
        channel = self._channels.get(dlci)
        if control == Control.SABM:
            self._asked_for(dlci, events)
        elif control == Control.UA:
            if channel is not None and channel.asked:
                channel.asked, channel.open = False, True
                events.append(Opened(dlci))
                self._ready(dlci)
        elif control == Control.DM:
            if channel is not None:
                del self._channels[dlci]
                events.append(Refused(dlci) if channel.asked else Closed(dlci))
        elif control == Control.DISC:
            self._let_go(dlci, channel, events)
        elif control in (Control.UIH, Control.UI):
            if channel is None or not channel.open:
                self._frame(dlci, Control.DM, command=False)
            elif dlci == 0:
                self._messages(information, events)
            elif information in (b"\xc3\x01", b"\xc1\x01") and not self._initiator:
                self._let_go(dlci, channel, events)
            elif information:
                events.append(Received(dlci, information))
        else:
            self.bad_frames += 1

    def _asked_for(self, dlci: int, events: list[MuxEvent]) -> None:
        if dlci > self._granted:
            self._frame(dlci, Control.DM | PF, command=False)
            return
        known = self.is_open(dlci)
        self._channels.setdefault(dlci, _Channel()).open = True
        self._frame(dlci, Control.UA | PF, command=False)
        if not known:
            events.append(Opened(dlci))
        self._ready(dlci)

    def _let_go(self, dlci: int, channel: _Channel | None, events: list[MuxEvent]) -> None:
        granted = Control.UA if channel is not None else Control.DM
        self._frame(dlci, granted | PF, command=False)
        if channel is not None and dlci == 0:
            self._end(events)
        elif channel is not None:
            del self._channels[dlci]
            events.append(Closed(dlci))

    def _end(self, events: list[MuxEvent]) -> None:
        events += [Closed(dlci) for dlci in sorted(self._channels) if dlci]
        events.append(Ended())
        self.ended = True
        self._channels.clear()

    # -- control messages --------------------------------------------------------------------------

    def _messages(self, octets: bytes, events: list[MuxEvent]) -> None:
        """The messages of one frame on channel 0; what is cut off is dropped."""
        while len(octets) >= 2 and not self.ended:
            kind, length = octets[0], octets[1] >> 1
            if not octets[1] & 1 or len(octets) < 2 + length:
                self.bad_frames += 1
                return
            value, octets = octets[2 : 2 + length], octets[2 + length :]
            if kind & COMMAND:
                self._message(kind, value, events)

    def _message(self, kind: int, value: bytes, events: list[MuxEvent]) -> None:
        if kind == MSC and len(value) >= 2:
            self._control(kind & ~COMMAND, value)
            channel = self._channels.get(value[0] >> 2)
            if channel is not None:
                channel.silent = bool(value[1] & FLOW_OFF)
                self._flush(value[0] >> 2)
        elif kind in (FCON, FCOFF):
            self._control(kind & ~COMMAND, value)
            self._all_silent = kind == FCOFF
            for dlci in sorted(self._channels):
                self._flush(dlci)
        elif kind == CLD:
            self._control(kind & ~COMMAND, value)
            self._end(events)
        elif kind in (TEST, PN):  # said back: this side takes what the other proposes
            self._control(kind & ~COMMAND, value)
        else:
            self._control(NSC & ~COMMAND, bytes((kind,)))

    def _ready(self, dlci: int) -> None:
        """Say that the virtual port is ready."""
        if dlci:
            self._control(MSC, bytes((dlci << 2 | COMMAND | 1, READY)))

    def _control(self, kind: int, value: bytes) -> None:
        self._frame(0, Control.UIH, bytes((kind, len(value) << 1 & 0xFF | 1)) + value, command=True)

    # -- frames out --------------------------------------------------------------------------------

    def _flush(self, dlci: int) -> None:
        waiting = self._channels[dlci].waiting
        if not self.writable(dlci):
            return
        for start in range(0, len(waiting), self._frame_size):
            self._frame(dlci, Control.UIH, bytes(waiting[start : start + self._frame_size]), command=True)
        waiting.clear()

    def _frame(self, dlci: int, control: int, information: bytes = b"", *, command: bool) -> None:
        """C/R is 1 in the initiator's commands and in the responder's responses (27.010, address field)."""
        bit = COMMAND if command is self._initiator else 0
        header = _header(dlci << 2 | bit | 1, control, len(information))
        checked = header + (information if control & ~PF == Control.UI else b"")
        self._out += bytes((FLAG,)) + header + information + bytes((fcs(checked), FLAG))
