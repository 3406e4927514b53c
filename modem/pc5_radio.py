"""A PC5 provider as a radio: the frame pipe that a station runs on.

    radio = Pc5Radio(await AgentPc5.connect("unix:///run/pc5.sock", SystemClock()))

Priorities of the AID table (0..255) become ProSe per-packet priorities: 8 - priority // 32, as inferred for
the table itself, unless another function is given.  ``flows`` names the flow for a destination layer-2 id.
Closing the radio closes the provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.pc5_types import Function, L2Ids, Pc5Unsupported
from v2x.modem.radio import check_l2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from v2x.modem.pc5 import Pc5
    from v2x.modem.radio import RadioFrame

__all__ = ["Pc5Radio", "pppp_of"]


def pppp_of(priority: int) -> int:
    """The per-packet priority of a priority 0..255, else ValueError."""
    if not 0 <= priority <= 255:
        raise ValueError(f"a priority is 0..255, not {priority}")
    return 8 - priority // 32


class Pc5Radio:
    """A radio (``v2x.modem.radio.Radio``) over a provider that carries frames, else Pc5Unsupported."""

    def __init__(
        self,
        provider: Pc5,
        *,
        pppp: Callable[[int], int] = pppp_of,
        flows: Mapping[int, int] | None = None,
    ) -> None:
        if Function.FRAMES not in provider.functions:
            raise Pc5Unsupported(provider.name, Function.FRAMES)
        self._provider = provider
        self._pppp = pppp
        self._flows = dict(flows or {})

    @property
    def simulated(self) -> bool:
        """True where no air is involved."""
        return self._provider.simulated

    @property
    def shed(self) -> int:
        """Frames that the full queue had to give up."""
        return self._provider.shed

    def frames(self) -> AsyncIterator[RadioFrame]:
        """Received frames in order; ends with the provider."""
        return self._provider.frames()

    async def send(self, data: bytes, *, destination_l2: int | None = None, priority: int = 0) -> None:
        """Broadcast one DSMP unit.  Raises ModemError where the provider can't."""
        flow = None if destination_l2 is None else self._flows.get(destination_l2)
        await self._provider.send(data, destination_l2=destination_l2, pppp=self._pppp(priority), flow=flow)

    async def use_source_l2(self, source_l2: int) -> bool:
        """Send under this id from now on; False where the provider has none to change.  Raises ModemError."""
        check_l2(source_l2)
        if Function.SET_L2_IDS not in self._provider.functions:
            return False
        await self._provider.set_l2_ids(L2Ids(source_l2))
        return True

    async def close(self) -> None:
        """Close the provider; idempotent."""
        await self._provider.close()
