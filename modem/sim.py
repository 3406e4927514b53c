"""A simulated module: bytes in, bytes out, and the instant of each is an argument.

    power_on(at)            boot: silence, RDY, +CFUN: 1, +CPIN: READY, search, registered
    feed(octets, at)        what the host sent; returns what the module says
    advance(at)             what became due by ``at``; returns what the module says
    due_at                  when something is due next: an event, an action of the script, octets to go out
    port_present            whether its port is there; a USB module's goes while it restarts

It says that it is simulated in every identity answer, and its identities are test values.  What it keeps:
settings, card, network and cells (``sim_network``), contexts and data call, sockets, messages, PC5 test
mode, clock.  ``sim_commands`` and its sisters answer the commands, ``sim_channel`` is the line, and
``sim_script`` says what can be made to happen.  Everything that tells one module from another is the
profile's.  Same profile, script, seed, octets and instants: same answer.  Defaults after power-on are
Quectel's: E1 Q0 V1, CMEE=1.

Channel 0 is the port itself; after AT+CMUX (27.010) the port carries channels 1, 2, ...: each has its own
line, all share the module.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from v2x.modem.cme import SIM_BUSY, SIM_NOT_INSERTED, SIM_PIN
from v2x.modem.cmux import FRAME_LIMIT
from v2x.modem.sim_channel import SimChannel
from v2x.modem.sim_commands import normal, run_command
from v2x.modem.sim_faults import Faults, perform
from v2x.modem.sim_mux import Multiplexer
from v2x.modem.sim_options import Card, SimOptions, SimState
from v2x.modem.sim_pc5 import Pc5
from v2x.modem.sim_script import Do, Script, ScriptError
from v2x.modem.sim_service import Service
from v2x.modem.sim_sms import Messages
from v2x.modem.sim_sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.profiles import Profile, SimProfile
    from v2x.modem.sim_line import Answer, SimCommand
    from v2x.modem.sim_network import Network
    from v2x.modem.sim_script import Action

__all__ = ["Card", "SimOptions", "SimState", "SimulatedModule"]

CHANNEL_LIMIT = 8
"""Channels behind a multiplexer, and the port itself: as many as real modules give."""

EVENT_LIMIT = 1000
"""Things that can be due: its own are some forty, the rest are octets in flight."""

USB_LEAD_S = 1.0
"""From the OK of a restart until a USB module's port goes; real ones take a second or two."""

SIM_PUK = 12
PIN_ATTEMPTS = 3


class SimulatedModule:
    """One module; it is off until ``power_on``.  Raises ScriptError where a script names unknown cells."""

    def __init__(
        self, profile: Profile, options: SimOptions | None = None, script: Script | None = None
    ) -> None:
        script = script or Script()
        self._profile = profile.sim
        self._delays = profile.sim.delays
        self.options = options or script.options
        self.card = self.options.card
        self.pin_attempts = PIN_ATTEMPTS
        self.state = SimState()
        self.kept: dict[str, str] = {}
        self.service: Service = Service(self)
        self.faults: Faults = Faults(script.rules, self.options.seed)
        self.pc5: Pc5 = Pc5(self.options)
        self.messages: Messages = Messages()
        self.sockets: Sockets = Sockets(self)
        self.channels = [SimChannel(self, index) for index in range(CHANNEL_LIMIT)]
        self._mux: Multiplexer | None = None
        self._last_words = bytearray()
        self.clock_offset_s = 0.0
        self._timeline = deque(script.timed)
        self._due: dict[str, tuple[float, Callable[[float], None]]] = {}
        self._began_at: float | None = None
        self._on = self._listening = False
        self._absent = False
        self._now = self._stuck_until = self._split_until = self._split_gap_s = 0.0
        for action in [t.action for t in script.timed] + [r.action for r in script.rules]:
            if action.cell and action.cell not in self.network.cells:
                raise ScriptError(f"no cell {action.cell!r}; there is: {', '.join(self.network.cells)}")

    @property
    def profile(self) -> SimProfile:
        """What the module answers."""
        return self._profile

    @property
    def now(self) -> float:
        """The instant that it has reached."""
        return self._now

    @property
    def elapsed_s(self) -> float:
        """Simulated seconds since the first power-on."""
        return 0.0 if self._began_at is None else self._now - self._began_at

    @property
    def due_at(self) -> float | None:
        """When ``advance`` is to be called next; ``None`` while nothing is due."""
        found = [at for at, _ in self._due.values()]
        found += [at for channel in self.channels if (at := channel.due_at) is not None]
        if self._timeline and self._began_at is not None:
            found.append(self._began_at + self._timeline[0].time_s)
        return min(found, default=None)

    @property
    def listening(self) -> bool:
        """Whether it hears commands: not while it boots, is stuck, or has no port."""
        return self._listening and not self.silent

    @property
    def silent(self) -> bool:
        """Whether nothing that it says comes out: it is stuck, or has no port."""
        return self._absent or self._now < self._stuck_until

    @property
    def port_present(self) -> bool:
        """Whether its port can be opened."""
        return not self._absent

    @property
    def registered(self) -> bool:
        """Whether the simulated network serves it."""
        return self.service.registered

    @property
    def network(self) -> Network:
        """What is on the air."""
        return self.service.network

    @property
    def multiplexed(self) -> bool:
        """Whether the port carries channels."""
        return self._mux is not None

    @property
    def gap_s(self) -> float:
        """Time between octets while a script splits everything."""
        return self._split_gap_s if self._now < self._split_until else 0.0

    # -- time --------------------------------------------------------------------------------------

    def power_on(self, at: float) -> None:
        """Boot, or boot again: settings are forgotten, contexts stay."""
        self._now = max(self._now, at)
        if self._began_at is None:
            self._began_at = at
        self.state = SimState()
        self.service.network.leave()
        self.sockets.clear()
        self.pc5.stop()
        self._on, self._listening, self._stuck_until = True, False, 0.0
        self._end_multiplexer()
        for channel in self.channels:
            channel.hang_up(say=False)
            channel.reset()
        self._due = {name: due for name, due in self._due.items() if name == "port"}
        self._due["ready"] = (at + self._delays.ready_s, self._ready)

    def power_off(self) -> None:
        """Fall silent, script and all."""
        self._off()
        self._timeline.clear()

    def _off(self) -> None:
        self._on = self._listening = False
        self._due.clear()

    def switch_off(self) -> None:
        """Off by command or switch; a USB module's port goes until it is on again."""
        self._off()
        if self.options.usb and self.port_present:
            self.lose_port(math.inf)

    def advance(self, at: float) -> bytes:
        """Let everything happen that is due by ``at``, in order; returns what channel 0 says."""
        while (name := self._next(at)) is not None:
            if not name:
                timed = self._timeline.popleft()
                self._now = max(self._now, (self._began_at or 0.0) + timed.time_s)
                self.happen(timed.action)
            else:
                when, act = self._due.pop(name)
                self._now = max(self._now, when)
                act(when)
        self._now = max(self._now, at)
        return self._take(at)

    def _next(self, at: float) -> str | None:
        """The name of what is due next by ``at``; the empty name is the script's."""
        name, due = None, at
        for key, (when, _) in self._due.items():
            if when < due or (when == due and name is None):
                name, due = key, when
        if self._timeline and self._began_at is not None:
            when = self._began_at + self._timeline[0].time_s
            if when < due or (when == due and name is None):
                return ""
        return name

    def _take(self, at: float) -> bytes:
        """What the port says by ``at``: channel 0, and what goes through the multiplexer."""
        out = bytes(self._last_words) + self.channels[0].take(at)
        self._last_words.clear()
        if self._mux is not None:
            out += self._mux.take(at)
            if self._mux.ended:
                self._mux = None
        return out

    def _end_multiplexer(self) -> None:
        """What its channels said goes out before."""
        if self._mux is not None:
            self._last_words += self._take(self._now)
            self._mux = None

    def schedule(self, name: str, delay_s: float, act: Callable[[float], None]) -> None:
        """Do something later; a second one of the same name replaces the first."""
        self._due[name] = (self._now + delay_s, act)

    @property
    def crowded(self) -> bool:
        """Whether so much is in flight that what else is sent gets lost."""
        return len(self._due) >= EVENT_LIMIT

    def cancel(self, name: str) -> None:
        """Do not do it."""
        self._due.pop(name, None)

    def happen(self, action: Action) -> None:
        """An action of the script; while it is off, only what concerns the switch, the port or the world."""
        if self._on or action.do in (Do.POWER_ON, Do.PORT_LOSS, Do.CARD, Do.SIGNAL, Do.PC5):
            perform(self, action)

    # -- boot --------------------------------------------------------------------------------------

    def _ready(self, at: float) -> None:
        self._listening = True
        if self._absent and "port" not in self._due:  # it had been switched off
            self._absent = False
        self.urc("RDY")
        self.urc("+CFUN: 1")
        self._due["card"] = (at + self._delays.card_s, self._card)

    def _card(self, _at: float) -> None:
        self.state.card_seen = True
        error = self.card_error()
        if error is None:
            self.card_ready()
        else:
            self.urc("+CPIN: " + {SIM_NOT_INSERTED: "NOT INSERTED", SIM_PUK: "SIM PUK"}.get(error, "SIM PIN"))

    def card_ready(self) -> None:
        """The card can be used: say so and search."""
        self.urc("+CPIN: READY")
        if not self.refuses("+QINDCFG"):
            self.urc("+QUSIM: 1")
            self.schedule("indications", self._delays.search_s, self._indications)
        self.service.begin()

    def _indications(self, _at: float) -> None:
        self.urc("+QIND: SMS DONE")
        self.urc("+QIND: PB DONE")

    def change_card(self, card: Card) -> None:
        """A card is put in or taken out."""
        self.card, self.pin_attempts, self.state.unlocked = card, PIN_ATTEMPTS, False
        if self._listening and self.state.card_seen:
            self.service.lose()
            self._card(self._now)

    def card_error(self) -> int | None:
        """The CME code that commands of the card are answered with, ``None`` where it is ready."""
        if not self.state.card_seen:
            return SIM_BUSY
        if self.card is Card.PIN and not self.state.unlocked:
            return SIM_PIN if self.pin_attempts else SIM_PUK
        return SIM_NOT_INSERTED if self.card is Card.ABSENT else None

    def unlock(self) -> None:
        """The card's PIN was right."""
        self.state.unlocked, self.pin_attempts = True, PIN_ATTEMPTS
        self.schedule("unlocked", 0.0, lambda _: self.card_ready())

    def set_functionality(self, cfun: int) -> None:
        """AT+CFUN: 1 searches again, 0 and 4 leave the network."""
        self.state.cfun = cfun
        self.service.lose()
        self.service.begin()

    def restart(self) -> None:
        """AT+CFUN=1,1: boot again once the answer is out; a USB module's port goes meanwhile."""
        self.schedule("restart", 0.0, self._restart)

    def _restart(self, at: float) -> None:
        if not self.options.usb:
            self.power_on(at)
            return
        self._off()
        self.schedule("gone", USB_LEAD_S, self._gone)

    def _gone(self, _at: float) -> None:
        self.lose_port(math.inf)
        self.schedule("boot", self.options.usb_s, self._back)

    def _back(self, at: float) -> None:
        self._absent = False
        self.power_on(at)

    # -- port and line -----------------------------------------------------------------------------

    def feed(self, data: bytes, at: float) -> bytes:
        """Octets from the host, cut anywhere; what became due before them happens first."""
        out = self.advance(at)
        if self.listening and self._mux is not None:
            self._mux.feed(data)
        elif self.listening:
            self.channels[0].feed(data)
        return out + self.advance(at)

    def urc(self, text: str) -> None:
        """Say something unasked."""
        self.say_octets(b"", text)

    def say_octets(self, octets: bytes, text: str = "") -> None:
        """Say octets as they are, or a notification, on the channel of notifications."""
        channel = self.channels[0 if self._mux is None else 1]
        if text:
            channel.urc(text)
        else:
            channel.send(octets)

    def start_multiplexer(self, frame_size: int) -> bool:
        """AT+CMUX: the port carries channels from here on; False where it can't."""
        if self._mux is not None or not 1 <= frame_size <= FRAME_LIMIT:
            return False
        self._mux = Multiplexer(self.channels, frame_size)
        return True

    def hang_up(self) -> None:
        """The host dropped DTR or closed the connection: data mode ends."""
        for channel in self.channels:
            channel.hang_up(say=False)

    def lose_port(self, seconds: float) -> None:
        """The port goes away and comes back under whatever name it then gets."""
        self._absent = True
        for channel in self.channels:
            channel.hang_up(say=False)
            channel.drop_what_waits()
        self._end_multiplexer()
        if seconds < math.inf:
            self.schedule("port", seconds, self._port_back)

    def _port_back(self, _at: float) -> None:
        self._absent = False

    def stick(self, seconds: float) -> None:
        """Hear and say nothing for so long, 0: until power-on."""
        self._stuck_until = self._now + seconds if seconds > 0 else math.inf
        if seconds > 0:
            self.schedule("unstuck", seconds, lambda _: None)  # a host looks again

    def split(self, gap_s: float, seconds: float) -> None:
        """Say every octet by itself for so long, 0: for good."""
        self._split_gap_s = gap_s
        self._split_until = self._now + seconds if seconds > 0 else math.inf

    # -- what commands ask -------------------------------------------------------------------------

    def run(self, command: SimCommand) -> Answer:
        """The answer to one command.  Raises SimError."""
        return run_command(self, command)

    def normal(self, answer: Answer | str | tuple[str, ...]) -> Answer:
        """What a handler gave, as an Answer."""
        return normal(answer)

    def refuses(self, name: str) -> bool:
        """Whether the profile's module does not know a command of this name; ``+X*`` refuses a family."""
        return any(
            name == known or (known.endswith("*") and name.startswith(known[:-1]))
            for known in self._profile.refused
        )
