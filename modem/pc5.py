"""PC5: the contract of whatever drives a unit's sidelink.

    AtPc5          AT commands: 3GPP TS 27.007 clause 15 (``v2x.modem.pc5_at``, "std27007"), and vendors'
                   own as data (``v2x.modem.pc5_dialect``, ``dialects/*.toml``, "hisilicon")
    AgentPc5       a program beside the unit's own SDK (``v2x.modem.pc5_agent``, docs/pc5-agent.md)
    MulticastPc5   no radio at all: UDP multicast for a bench (``v2x.modem.pc5_multicast``)

A provider has some of the functions and says which: ``functions``.  What it lacks raises
:class:`Pc5Unsupported`.  ``v2x.modem.pc5_radio.Pc5Radio`` makes a radio of one that carries frames;
``v2x.modem.pc5_measures`` has the measures of a bench, ``v2x.modem.pc5_payload`` its test frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from v2x.modem.pc5_types import Function, Pc5Unsupported

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from v2x.modem.pc5_types import (
        ChannelBusy,
        EventFlow,
        L2Ids,
        Pc5Counters,
        Pc5Signal,
        Pc5Status,
        SpsFlow,
        SyncSource,
        TestPlan,
    )
    from v2x.modem.radio import RadioFrame

__all__ = ["Pc5", "Pc5Base"]


class Pc5(Protocol):
    """A unit's sidelink.

    Every function raises ModemError where the unit can't be asked or refuses, :class:`Pc5Unsupported` where
    it is not in ``functions``.  ``frames`` ends when the provider is closed or its unit is gone for good.
    """

    @property
    def name(self) -> str:
        """The provider, and what it talks to."""
        ...

    @property
    def simulated(self) -> bool:
        """True where no air is involved; reports say so."""
        ...

    @property
    def functions(self) -> frozenset[Function]:
        """What it can do."""
        ...

    @property
    def shed(self) -> int:
        """Received frames that a full queue gave up."""
        ...

    async def status(self) -> Pc5Status:
        """State of both directions."""
        ...

    async def cbr(self) -> ChannelBusy:
        """The channel busy ratio as the unit measures it."""
        ...

    async def counters(self) -> Pc5Counters:
        """What was received and sent."""
        ...

    async def reset_counters(self) -> None:
        """Begin to count from 0."""
        ...

    async def l2_ids(self) -> L2Ids:
        """The layer-2 ids in use."""
        ...

    async def set_l2_ids(self, ids: L2Ids) -> None:
        """Send under these layer-2 ids from now on."""
        ...

    async def start_test(self, plan: TestPlan) -> None:
        """Begin a run of the unit's own test mode."""
        ...

    async def stop_test(self) -> None:
        """End the run and leave the test mode."""
        ...

    async def open_flow(self, flow: SpsFlow | EventFlow) -> int:
        """Reserve what ``flow`` asks for; the handle is for ``send`` and ``close_flow``."""
        ...

    async def close_flow(self, handle: int) -> None:
        """Give it back.  ValueError on a handle that is none."""
        ...

    async def send(
        self,
        data: bytes,
        *,
        destination_l2: int | None = None,
        pppp: int | None = None,
        flow: int | None = None,
    ) -> None:
        """Send one frame, through a flow where one is given; ValueError on what no frame has."""
        ...

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in order; one task reads them."""
        ...

    async def sync_source(self) -> SyncSource:
        """Where the unit takes its time from."""
        ...

    async def signal(self) -> tuple[Pc5Signal, ...]:
        """How senders are received, a row for each."""
        ...

    async def set_tx_power(self, power_dbm: float) -> None:
        """Send with this power."""
        ...

    async def reset_utc(self) -> None:
        """Forget the time that was derived from GNSS."""
        ...

    async def close(self) -> None:
        """Leave the unit alone; idempotent."""
        ...


class Pc5Base:
    """A provider that can do nothing: the built-in ones override what they can.  See :class:`Pc5`."""

    def __init__(self, name: str, functions: frozenset[Function], *, simulated: bool) -> None:
        self._name = name
        self._functions = functions
        self._simulated = simulated

    @property
    def name(self) -> str:
        """The provider, and what it talks to."""
        return self._name

    @property
    def simulated(self) -> bool:
        """True where no air is involved."""
        return self._simulated

    @property
    def functions(self) -> frozenset[Function]:
        """What it can do."""
        return self._functions

    @property
    def shed(self) -> int:
        """Received frames that a full queue gave up."""
        return 0

    def _lacks(self, function: Function) -> Pc5Unsupported:
        return Pc5Unsupported(self.name, function)

    async def status(self) -> Pc5Status:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.STATUS)

    async def cbr(self) -> ChannelBusy:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.CBR)

    async def counters(self) -> Pc5Counters:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.COUNTERS)

    async def reset_counters(self) -> None:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.RESET_COUNTERS)

    async def l2_ids(self) -> L2Ids:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.L2_IDS)

    async def set_l2_ids(self, ids: L2Ids) -> None:  # noqa: ARG002
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.SET_L2_IDS)

    async def start_test(self, plan: TestPlan) -> None:  # noqa: ARG002
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.TEST)

    async def stop_test(self) -> None:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.TEST)

    async def open_flow(self, flow: SpsFlow | EventFlow) -> int:  # noqa: ARG002
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.FLOWS)

    async def close_flow(self, handle: int) -> None:  # noqa: ARG002
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.FLOWS)

    async def send(
        self,
        data: bytes,  # noqa: ARG002
        *,
        destination_l2: int | None = None,  # noqa: ARG002
        pppp: int | None = None,  # noqa: ARG002
        flow: int | None = None,  # noqa: ARG002
    ) -> None:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.FRAMES)

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.FRAMES)

    async def sync_source(self) -> SyncSource:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.SYNC_SOURCE)

    async def signal(self) -> tuple[Pc5Signal, ...]:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.SIGNAL)

    async def set_tx_power(self, power_dbm: float) -> None:  # noqa: ARG002
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.SET_TX_POWER)

    async def reset_utc(self) -> None:
        """Raises Pc5Unsupported."""
        raise self._lacks(Function.RESET_UTC)

    async def close(self) -> None:
        """Nothing to release."""
