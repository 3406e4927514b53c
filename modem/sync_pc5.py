"""PC5 functions for code that does not know ``await``: what ``v2x.modem.pc5.Pc5`` has, waiting.

    with sync_pc5(modem) as pc5:
        pc5.start_test(TestPlan(Direction.RECEIVE, monitor=(1,)))
        print(pc5.counters())

The functions are those of the module's AT commands: 3GPP TS 27.007 clause 15, or a dialect's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.commands import action
from v2x.modem.errors import Rejected
from v2x.modem.pc5_at import AtPc5
from v2x.modem.pc5_dialect import load_dialect

if TYPE_CHECKING:
    from v2x.modem.pc5 import Pc5
    from v2x.modem.pc5_types import (
        ChannelBusy,
        Function,
        L2Ids,
        Pc5Counters,
        Pc5Signal,
        Pc5Status,
        SyncSource,
        TestPlan,
    )
    from v2x.modem.sync import SyncModem

__all__ = ["SyncPc5", "sync_pc5"]

DIALECT_OF = {"hisilicon_ltev": "hisilicon"}
"""Profiles whose modules have a dialect beside the standard's commands."""


class SyncPc5:
    """A provider whose functions wait; each raises as the provider's own."""

    def __init__(self, modem: SyncModem, provider: Pc5) -> None:
        self.provider = provider
        self._modem = modem

    def __enter__(self) -> SyncPc5:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def simulated(self) -> bool:
        """True where no air is involved."""
        return self.provider.simulated

    @property
    def functions(self) -> frozenset[Function]:
        """What it can do."""
        return self.provider.functions

    def status(self) -> Pc5Status:
        """State of both directions."""
        return self._modem.run(self.provider.status())

    def cbr(self) -> ChannelBusy:
        """The channel busy ratio as the unit measures it."""
        return self._modem.run(self.provider.cbr())

    def counters(self) -> Pc5Counters:
        """What was received and sent."""
        return self._modem.run(self.provider.counters())

    def reset_counters(self) -> None:
        """Begin to count from 0."""
        self._modem.run(self.provider.reset_counters())

    def l2_ids(self) -> L2Ids:
        """The layer-2 ids in use."""
        return self._modem.run(self.provider.l2_ids())

    def set_l2_ids(self, ids: L2Ids) -> None:
        """Send under these layer-2 ids from now on."""
        self._modem.run(self.provider.set_l2_ids(ids))

    def start_test(self, plan: TestPlan) -> None:
        """Begin a run of the unit's own test mode."""
        self._modem.run(self.provider.start_test(plan))

    def stop_test(self) -> None:
        """End the run and leave the test mode."""
        self._modem.run(self.provider.stop_test())

    def sync_source(self) -> SyncSource:
        """Where the unit takes its time from."""
        return self._modem.run(self.provider.sync_source())

    def signal(self) -> tuple[Pc5Signal, ...]:
        """How senders are received, a row for each."""
        return self._modem.run(self.provider.signal())

    def set_tx_power(self, power_dbm: float) -> None:
        """Send with this power."""
        self._modem.run(self.provider.set_tx_power(power_dbm))

    def close(self) -> None:
        """Leave the unit alone; idempotent."""
        self._modem.run(self.provider.close())


def sync_pc5(modem: SyncModem) -> SyncPc5 | None:
    """The PC5 functions of ``modem``; ``None`` where it refuses AT+CATM=?.  Raises ModemError.

    A profile with a dialect brings that dialect along.
    """
    name = DIALECT_OF.get(modem.profile.name)
    try:
        modem.execute(action("AT+CATM=?"))
    except Rejected:
        return None
    dialect = None if name is None else load_dialect(name)
    return SyncPc5(modem, AtPc5(modem.modem, dialect, simulated=bool(modem.simulated)))
