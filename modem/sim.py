"""A simulated UNISOC-based module: bytes in, bytes out, and the instant of each is an argument.

    power_on(at)            boot: silence, RDY, +CFUN: 1, +CPIN: READY, search, registered
    feed(octets, at)        what the host sent; returns what the module says
    advance(at)             what became due by ``at``; returns what the module says
    due_at                  when something is due next

It says that it is simulated in every identity answer, and its identities are test values.  It keeps the
state that bring-up and a person at a terminal need: echo and result forms, error reports, functionality,
card, registration, contexts, data call; ``v2x.modem.sim_commands`` answers the commands.  Everything that
tells one module from another is the profile's.  Defaults after power-on are Quectel's: E1 Q0 V1, CMEE=1.

Command lines by ITU-T V.250: what stands before AT is skipped, LF is ignored, backspace works, A/ repeats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from v2x.modem.cme import NOT_SUPPORTED, SIM_BUSY, SIM_NOT_INSERTED, SIM_PIN, cme_text
from v2x.modem.finals import NUMERIC
from v2x.modem.sim_commands import SimError, run_command, split_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.profiles import Profile, SimProfile

__all__ = ["Card", "SimOptions", "SimulatedModule"]

LINE_LIMIT = 2048
"""Octets of a command line; a longer one is refused at its end."""

CONTEXT_LIMIT = 16
"""Contexts that can be defined."""

_ATTENTION = re.compile("AT", re.IGNORECASE | re.ASCII)
_NUMBER_OF = {text: digit for digit, text in NUMERIC.items()}


class Card(StrEnum):
    """What is in the card slot."""

    READY = "ready"
    ABSENT = "absent"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class SimOptions:
    """What the simulated world is like: the card, and whether a network is in reach."""

    card: Card = Card.READY
    coverage: bool = True


@dataclass(slots=True)
class SimState:
    """What a restart forgets."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    cmee: int = 1
    cfun: int = 1
    stat: int = 0
    card_seen: bool = False
    operator_format: int = 0
    cgerep: int = 0
    netdev_urc: bool = False
    reports: dict[str, int] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)


class SimulatedModule:
    """One module; it is off until ``power_on``."""

    def __init__(self, profile: Profile, options: SimOptions | None = None) -> None:
        self._profile = profile.sim
        self._delays = profile.sim.delays
        self.options = options or SimOptions()
        self.state = SimState()
        self.contexts: dict[int, tuple[str, str]] = {1: ("IPV4V6", "")}
        self._due: dict[str, tuple[float, Callable[[float], None]]] = {}
        self._out = bytearray()
        self._line = bytearray()
        self._overflow = False
        self._last_line = "AT"
        self._listening = False
        self._now = 0.0

    @property
    def profile(self) -> SimProfile:
        """What the module answers."""
        return self._profile

    @property
    def due_at(self) -> float | None:
        """When ``advance`` is to be called next; ``None`` while nothing is due."""
        return min((at for at, _ in self._due.values()), default=None)

    @property
    def listening(self) -> bool:
        """Whether it hears commands: not while it boots."""
        return self._listening

    @property
    def registered(self) -> bool:
        """Whether the simulated network serves it."""
        return self.state.stat == 1

    # -- time --------------------------------------------------------------------------------------

    def power_on(self, at: float) -> None:
        """Boot, or boot again: settings are forgotten, contexts stay."""
        self.state = SimState()
        self._listening = False
        self._line.clear()
        self._due = {"ready": (at + self._delays.ready_s, self._ready)}

    def power_off(self) -> None:
        """Fall silent."""
        self._listening = False
        self._due.clear()

    def advance(self, at: float) -> bytes:
        """Let everything happen that is due by ``at``, in order."""
        while (due := self.due_at) is not None and due <= at:
            name = min(self._due, key=lambda key: self._due[key][0])
            when, happen = self._due.pop(name)
            self._now = when
            happen(when)
        self._now = max(self._now, at)
        return self._take_out()

    def schedule(self, name: str, delay_s: float, happen: Callable[[float], None]) -> None:
        """Do something later; a second one of the same name replaces the first."""
        self._due[name] = (self._now + delay_s, happen)

    def _ready(self, at: float) -> None:
        self._listening = True
        self.urc("RDY")
        self.urc("+CFUN: 1")
        self._due["card"] = (at + self._delays.card_s, self._card)

    def _card(self, at: float) -> None:
        self.state.card_seen = True
        if self.options.card is Card.ABSENT:
            self.urc("+CPIN: NOT INSERTED")
        elif self.options.card is Card.PIN:
            self.urc("+CPIN: SIM PIN")
        else:
            self.urc("+CPIN: READY")
            self._due["search"] = (at + self._delays.search_s, self._search)

    def _search(self, at: float) -> None:
        self.set_stat(2)
        if self.options.coverage:
            self._due["registered"] = (at + self._delays.registration_s, lambda _: self.set_stat(1))

    def set_functionality(self, cfun: int) -> None:
        """AT+CFUN: 1 searches again, 0 and 4 leave the network."""
        self.state.cfun = cfun
        for name in ("search", "registered", "activation"):
            self._due.pop(name, None)
        if cfun == 1 and self.card_error() is None:
            self.schedule("search", self._delays.search_s, self._search)
        elif cfun != 1:
            self.state.active.clear()
            self.set_stat(0)

    def restart(self) -> None:
        """AT+CFUN=1,1: boot again once the answer is out."""
        self.schedule("restart", 0.0, self.power_on)

    # -- network -----------------------------------------------------------------------------------

    def set_stat(self, stat: int) -> None:
        """Change the registration of the profile's domain and report it if asked to."""
        if stat == self.state.stat:
            return
        self.state.stat = stat
        domain = self._profile.domain
        n = self.state.reports.get(domain, 0)
        if n:
            self.urc(f"{domain}: {self.registration_fields(domain, n)}")

    def registration_fields(self, domain: str, n: int) -> str:
        """``<stat>[,<area>,<cell>,<AcT>]``: other domains than the profile's are not registered."""
        stat = self.state.stat if domain == self._profile.domain else 0
        if n < 2 or stat != 1:
            return str(stat)
        return f'{stat},"{self._profile.area_hex}","{self._profile.cell_hex}",{self._profile.act}'

    def card_error(self) -> int | None:
        """The CME code that commands of the card are answered with, ``None`` where it is ready."""
        if not self.state.card_seen:
            return SIM_BUSY
        return {Card.ABSENT: SIM_NOT_INSERTED, Card.PIN: SIM_PIN}.get(self.options.card)

    def activate(self, cid: int) -> None:
        """Give a context its address and tell those who asked."""
        self.state.active.add(cid)
        if self.state.cgerep:
            self.urc(f"+CGEV: ME PDN ACT {cid}")
        if self.state.netdev_urc:
            self.urc(f"+QNETDEVSTATUS: {cid},1")

    def deactivate(self, cid: int) -> None:
        """Take a context's address away and tell those who asked."""
        self._due.pop("activation", None)
        if cid not in self.state.active:
            return
        self.state.active.discard(cid)
        if self.state.cgerep:
            self.urc(f"+CGEV: ME PDN DEACT {cid}")
        if self.state.netdev_urc:
            self.urc(f"+QNETDEVSTATUS: {cid},0")

    def activate_later(self, cid: int) -> None:
        """Give a context its address after the profile's delay."""
        self.schedule("activation", self._delays.activation_s, lambda _: self.activate(cid))

    # -- the line ----------------------------------------------------------------------------------

    def feed(self, data: bytes, at: float) -> bytes:
        """Octets from the host, cut anywhere; what became due before them happens first."""
        out = self.advance(at)
        for octet in data:
            if self._listening:  # a booting module hears nothing
                self._octet(octet)
        return out + self.advance(at)

    def _octet(self, octet: int) -> None:
        if octet == 0x0D:
            self._echo(b"\r")
            line, overflow = self._line.decode("latin-1"), self._overflow
            self._line.clear()
            self._overflow = False
            if overflow:
                self._final("ERROR")
            else:
                self._command_line(line)
        elif octet in (0x08, 0x7F):
            if self._line:
                del self._line[-1]
                self._echo(b"\b \b")
        elif octet >= 0x20:
            self._echo(bytes([octet]))
            if len(self._line) < LINE_LIMIT:
                self._line.append(octet)
            else:
                self._overflow = True

    def _echo(self, octets: bytes) -> None:
        if self.state.echo:
            self._out += octets

    def _command_line(self, line: str) -> None:
        if line.strip().upper() == "A/":
            line = self._last_line
        start = _ATTENTION.search(line)
        if start is None:
            return
        self._last_line = line[start.start() :]
        try:
            for command in split_line(self._last_line[2:]):
                for answer in run_command(self, command):
                    self._say(answer)
        except SimError as error:
            self._refuse(error.code)
        else:
            self._final("OK")

    def _refuse(self, code: int | None) -> None:
        if code is None or self.state.cmee == 0:
            self._final("ERROR")
        elif self.state.cmee == 1:
            self._final(f"+CME ERROR: {code}")
        else:
            self._final(f"+CME ERROR: {cme_text(code)}")

    def _final(self, text: str) -> None:
        if self.state.quiet:
            return
        if self.state.verbose:
            self._out += f"\r\n{text}\r\n".encode("latin-1")
        else:
            self._out += f"{_NUMBER_OF.get(text, text)}\r".encode("latin-1")

    def _say(self, text: str) -> None:
        head = "\r\n" if self.state.verbose else ""
        self._out += f"{head}{text}\r\n".encode("latin-1")

    def urc(self, text: str) -> None:
        """Say something unasked."""
        self._say(text)

    def _take_out(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    # -- what commands ask -------------------------------------------------------------------------

    def refuses(self, name: str) -> bool:
        """Whether the profile's module does not know a command of this name."""
        return name in self._profile.refused

    def define(self, cid: int, pdp_type: str, apn: str) -> None:
        """AT+CGDCONT.  Raises SimError when there is no room."""
        if cid not in self.contexts and len(self.contexts) >= CONTEXT_LIMIT:
            raise SimError(NOT_SUPPORTED)
        self.contexts[cid] = (pdp_type, apn)
