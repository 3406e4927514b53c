"""Service of the simulated module: search, registration, contexts, and who is told of their changes.

    off -> searching -> registered -> contexts active
    a lost network, a detach, AT+CFUN=4, AT+COPS=2: contexts go first, data mode ends with NO CARRIER

Notifications go out only where AT+CREG and its sisters, AT+CGEREP or AT+QNETDEVCTL asked for them.

Sources: 3GPP TS 27.007 (+CGEV and its sisters); the Quectel manuals (+QNETDEVSTATUS, +QIURC "pdpdeact").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cme import NOT_SUPPORTED
from v2x.modem.sim_line import SimError
from v2x.modem.sim_network import STAT_OFF, STAT_SEARCHING, Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.sim import SimulatedModule

__all__ = ["Service"]

CONTEXT_LIMIT = 16
"""Contexts that can be defined."""


class Service:
    """What the network does for the module."""

    def __init__(self, module: SimulatedModule) -> None:
        self._module = module
        self._delays = module.profile.delays
        self.network = Network(module.profile, module.options)
        self.contexts: dict[int, tuple[str, str]] = {1: ("IPV4V6", "")}

    @property
    def registered(self) -> bool:
        """Whether a cell serves."""
        return self.network.serving is not None

    # -- registration ------------------------------------------------------------------------------

    def _able(self) -> bool:
        module = self._module
        return module.state.cfun == 1 and module.state.attached and module.card_error() is None

    def begin(self) -> None:
        """Search, after the profile's delay, if card and functionality allow."""
        if self._able():
            self._module.schedule("search", self._delays.search_s, self._search)

    def _search(self, _at: float) -> None:
        self._change(self.network.search)
        self._module.schedule("registered", self._delays.registration_s, self._register)

    def _register(self, _at: float) -> None:
        self._change(self.network.register)

    def _change(self, change: Callable[[], None]) -> None:
        """Change the network and report what changed to those who asked."""
        reports = self._module.state.reports
        before = self.network.all_fields(reports)
        change()
        for domain, fields in self.network.all_fields(reports).items():
            if fields != before[domain]:
                self._module.urc(f"{domain}: {fields}")

    def lose(self, stat: int = STAT_OFF) -> None:
        """No service any more: off, or searching because the network went."""
        for name in ("search", "registered"):
            self._module.cancel(name)
        for cid in sorted(self._module.state.active):
            self.deactivate(cid, by_network=stat != STAT_OFF)
        self._module.cancel("activation")
        self._change(self.network.leave if stat == STAT_OFF else self.network.search)

    def search_again(self) -> None:
        """The network or the mode changed: lose the service and look for another."""
        if self._able():
            self.lose(STAT_SEARCHING)
            self._module.schedule("registered", self._delays.registration_s, self._register)

    def detached_by_network(self) -> None:
        """The network detaches the module, which then looks for one again."""
        if self.registered:
            if self._module.state.cgerep:
                self._module.urc("+CGEV: NW DETACH")
            self.search_again()

    def attach(self, *, on: bool) -> float:
        """AT+CGATT, AT+COPS: on or off the network; returns the seconds that it takes."""
        state = self._module.state
        if on == state.attached and on == self.registered:
            return 0.0
        state.attached = on
        if not on:
            self.lose()
            return 0.0
        self.search_again()
        return self._delays.registration_s

    def handover(self, cell: str) -> None:
        """Another cell serves from here on, if any does.  Raises KeyError."""
        if self.registered:
            self._change(lambda: self.network.handover(cell))

    # -- contexts ----------------------------------------------------------------------------------

    def define(self, cid: int, pdp_type: str, apn: str) -> None:
        """AT+CGDCONT.  Raises SimError when there is no room."""
        if cid not in self.contexts and len(self.contexts) >= CONTEXT_LIMIT:
            raise SimError(NOT_SUPPORTED)
        self.contexts[cid] = (pdp_type, apn)

    @property
    def activation_s(self) -> float:
        """Seconds that an activation takes."""
        return self._delays.activation_s

    def activate(self, cid: int) -> None:
        """Give a context its address and tell those who asked."""
        module = self._module
        module.state.active.add(cid)
        if module.state.cgerep:
            module.urc(f"+CGEV: ME PDN ACT {cid}")
        if module.state.netdev_urc:
            module.urc(f"+QNETDEVSTATUS: {cid},1")

    def activate_later(self, cid: int) -> None:
        """Give a context its address after the profile's delay."""
        self._module.schedule("activation", self._delays.activation_s, lambda _: self.activate(cid))

    def deactivate(self, cid: int, *, by_network: bool = False) -> None:
        """Take a context's address away and tell those who asked; data mode on it ends."""
        module = self._module
        module.cancel("activation")
        if cid not in module.state.active:
            return
        module.state.active.discard(cid)
        if module.state.cgerep:
            module.urc(f"+CGEV: {'NW' if by_network else 'ME'} PDN DEACT {cid}")
        if module.state.netdev_urc:
            module.urc(f"+QNETDEVSTATUS: {cid},0")
        module.sockets.context_lost(cid, tell=by_network)
        for channel in module.channels:
            if channel.data_cid == cid:
                channel.hang_up()
