"""The steps of a bench plan: what each does, its settings, and what it measures.

    do          settings (default)                        measures
    bringup     -                                         port_s at_s sim_s registered_s data_s, and of each
                                                          domain c5greg_s cereg_s cgreg_s creg_s
    reboot      command ("AT+CFUN=1,1") sign_limit_s (15)  down_s ready_s
    detach      by ("cgatt"; or "cfun")                   -
    attach      by ("cgatt"; or "cfun")                   registered_s
    data_up     command (AT+CGACT=1,cid)                  address_s
    data_down   command (AT+CGACT=0,cid)                  -
    ping        host count (4) timeout_s (4)              loss min_ms avg_ms max_ms
    signal      -                                         rsrp_dbm rsrq_db sinr_db rssi_dbm pci band
    pc5         provider ("std27007") monitor ([0])       per cbr_percent pscch_tb stch_sdu pssch_tb
                window_s (5) sender_hz (0) address ("")   gap_p50_ms gap_p95_ms gap_p99_ms latency_p50_ms
                                                          latency_p95_ms
    at          command                                   -
    wait        wait_s                                    -

Every step has ``name`` (its kind by default; unique in a plan), ``limit_s`` after which it has failed, and
``go_on``: with it the cycle goes on after a failure, else what follows is skipped.  Besides its own measures
every step has ``success`` (a share) and ``seconds`` (of what succeeded).

A measure's name ends in its unit; one without is a share (``loss``) or a plain number (``pci``).
Limits of ``count`` and ``timeout_s`` are those of AT+QPING (Quectel manuals).  That AT+CFUN=1,1 restarts the
module, and AT+CGATT, AT+CGACT: 3GPP TS 27.007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from v2x.modem.commands import action, quote
from v2x.modem.pc5_types import Direction, TestPlan

__all__ = [
    "CYCLE",
    "FRAME_PROVIDERS",
    "IDENTIFIERS",
    "KINDS",
    "AtStep",
    "Attach",
    "BringUp",
    "DataDown",
    "DataUp",
    "Detach",
    "Pc5Step",
    "Ping",
    "Reboot",
    "Signal",
    "Step",
    "Wait",
]

CYCLE = "cycle"
"""The name under which a whole cycle is measured; no step is called so."""

IDENTIFIERS = frozenset({"pci", "band"})
"""Measures that name something: an average of them means nothing."""

FRAME_PROVIDERS = ("agent", "multicast")
"""PC5 providers that carry frames and have an address; the others are asked by AT commands."""

ATTACH_BY = ("cgatt", "cfun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What all steps have.  ``VALUES`` are measured numbers, ``SHARES`` counts out of counts."""

    KIND: ClassVar[str] = ""
    VALUES: ClassVar[tuple[str, ...]] = ()
    SHARES: ClassVar[tuple[str, ...]] = ()
    LIMIT_S: ClassVar[float] = 60.0

    name: str = ""
    limit_s: float = 0.0
    go_on: bool = False

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        if self.limit_s <= 0.0:
            raise ValueError("limit_s: more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class BringUp(Step):
    """From the open port to a data session (``v2x.modem.bringup``).

    ``<domain>_s`` is how long after the registration step began that domain was first seen registered.
    """

    KIND: ClassVar[str] = "bringup"
    VALUES: ClassVar[tuple[str, ...]] = (
        "port_s",
        "at_s",
        "sim_s",
        "registered_s",
        "data_s",
        "c5greg_s",
        "cereg_s",
        "cgreg_s",
        "creg_s",
    )
    LIMIT_S: ClassVar[float] = 420.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reboot(Step):
    """Restart the module and wait until it answers again.

    ``sign_limit_s`` is how long the port's loss or RDY may take: without either nothing was restarted.
    """

    KIND: ClassVar[str] = "reboot"
    VALUES: ClassVar[tuple[str, ...]] = ("down_s", "ready_s")
    LIMIT_S: ClassVar[float] = 120.0

    command: str = "AT+CFUN=1,1"
    sign_limit_s: float = 15.0

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        action(self.command)
        if self.sign_limit_s <= 0.0:
            raise ValueError("sign_limit_s: more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach(Step):
    """Leave the network; ``by`` AT+CGATT=0, or AT+CFUN=4, which switches the radio off."""

    KIND: ClassVar[str] = "detach"
    LIMIT_S: ClassVar[float] = 150.0

    by: str = ATTACH_BY[0]

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        if self.by not in ATTACH_BY:
            raise ValueError(f"by: {' or '.join(ATTACH_BY)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach(Detach):
    """Join the network again and wait for the registration; ``by`` AT+CGATT=1 or AT+CFUN=1."""

    KIND: ClassVar[str] = "attach"
    VALUES: ClassVar[tuple[str, ...]] = ("registered_s",)
    LIMIT_S: ClassVar[float] = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUp(Step):
    """Start the data session and wait for an address; without ``command`` by AT+CGACT."""

    KIND: ClassVar[str] = "data_up"
    VALUES: ClassVar[tuple[str, ...]] = ("address_s",)
    LIMIT_S: ClassVar[float] = 150.0

    command: str = ""

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        if self.command:
            action(self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDown(DataUp):
    """End the data session and wait until the context is inactive; without ``command`` by AT+CGACT."""

    KIND: ClassVar[str] = "data_down"
    VALUES: ClassVar[tuple[str, ...]] = ()
    LIMIT_S: ClassVar[float] = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Step):
    """AT+QPING; it fails when no reply came at all, lost replies alone are a measure."""

    KIND: ClassVar[str] = "ping"
    VALUES: ClassVar[tuple[str, ...]] = ("min_ms", "avg_ms", "max_ms")
    SHARES: ClassVar[tuple[str, ...]] = ("loss",)
    LIMIT_S: ClassVar[float] = 300.0

    host: str
    count: int = 4
    timeout_s: int = 4

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        quote(self.host)
        if not self.host or not 1 <= self.count <= 10 or not 1 <= self.timeout_s <= 255:
            raise ValueError("host: a name or an address; count: 1 to 10; timeout_s: 1 to 255")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Step):
    """The serving cell's levels, and AT+CSQ; what the module has no value for is left out."""

    KIND: ClassVar[str] = "signal"
    VALUES: ClassVar[tuple[str, ...]] = ("rsrp_dbm", "rsrq_db", "sinr_db", "rssi_dbm", "pci", "band")
    LIMIT_S: ClassVar[float] = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStep(Step):
    """Any AT command; one that writes the module's memory needs consent."""

    KIND: ClassVar[str] = "at"
    LIMIT_S: ClassVar[float] = 200.0

    command: str

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        action(self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step):
    """Do nothing for ``wait_s``."""

    KIND: ClassVar[str] = "wait"
    LIMIT_S: ClassVar[float] = 86_400.0

    wait_s: float

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        if not 0.0 <= self.wait_s < self.limit_s:
            raise ValueError("wait_s: 0 to limit_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pc5Step(Step):
    """Listen on the sidelink for ``window_s``; ``v2x.modem.bench_pc5`` says what comes of it.

    ``provider``: std27007, a dialect's name, a dialect's file (``*.toml``) beside the plan, or multicast or
    agent with its ``address``: ``<ip>:<port>`` of the interface and the group's port, ``tcp://`` or
    ``unix://`` of the agent, which needs a ``token_file`` (beside the plan) on another machine.
    ``monitor``: the layer-2 ids that a receive test of the module watches.  ``sender_hz``: packets a second
    that the other side is known to send.
    """

    KIND: ClassVar[str] = "pc5"
    VALUES: ClassVar[tuple[str, ...]] = (
        "cbr_percent",
        "pscch_tb",
        "stch_sdu",
        "pssch_tb",
        "gap_p50_ms",
        "gap_p95_ms",
        "gap_p99_ms",
        "latency_p50_ms",
        "latency_p95_ms",
    )
    SHARES: ClassVar[tuple[str, ...]] = ("per",)
    LIMIT_S: ClassVar[float] = 120.0

    provider: str = "std27007"
    address: str = ""
    token_file: str = ""
    monitor: tuple[int, ...] = (0,)
    window_s: float = 5.0
    sender_hz: float = 0.0

    def check(self) -> None:
        """Raise ValueError on settings that can't be."""
        Step.check(self)
        TestPlan(Direction.RECEIVE, self.monitor)
        if not 0.0 < self.window_s < self.limit_s:
            raise ValueError("window_s: more than 0, less than limit_s")
        if not 0.0 <= self.sender_hz <= 10_000.0:
            raise ValueError("sender_hz: 0 to 10000")
        if (self.provider in FRAME_PROVIDERS) is not bool(self.address):
            raise ValueError(f"address: of {' and '.join(FRAME_PROVIDERS)}, and only there")
        if self.token_file and self.provider != "agent":
            raise ValueError("token_file: of an agent only")


KINDS: dict[str, type[Step]] = {
    kind.KIND: kind
    for kind in (BringUp, Reboot, Detach, Attach, DataUp, DataDown, Ping, Signal, Pc5Step, AtStep, Wait)
}
"""Steps by what ``do`` says."""
