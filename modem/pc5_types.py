"""The words of PC5: what a unit's sidelink can be asked and told, as values.

``v2x.modem.pc5`` has the contract and the list of the providers.  Nothing is made up: a value that the
unit does not give is ``None``.  States and causes follow the names of the TelSDK status model
(telux::cv2x), since TS 27.007 has none; the channel busy ratio is TS 27.007's 0..100 as 0.0..1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from v2x.errors import ModemError
from v2x.modem.radio import check_l2

__all__ = [
    "ChannelBusy",
    "Direction",
    "EventFlow",
    "Function",
    "L2Ids",
    "Pc5Cause",
    "Pc5Counters",
    "Pc5Signal",
    "Pc5State",
    "Pc5Status",
    "Pc5Unsupported",
    "PoolStatus",
    "SpsFlow",
    "SyncSource",
    "TestPlan",
    "check_pppp",
]

MONITOR_LIMIT = 16
"""Layer-2 ids that a receive test can watch: the range that a real baseband answers to AT+CCUTLE=?."""

PPPP_LAST = 8
"""ProSe per-packet priority is 1..8, 1 the most urgent (3GPP TS 23.303)."""


class Function(StrEnum):
    """What a provider may be able to do."""

    STATUS = "status"
    CBR = "cbr"
    COUNTERS = "counters"
    RESET_COUNTERS = "reset_counters"
    L2_IDS = "l2_ids"
    SET_L2_IDS = "set_l2_ids"
    TEST = "test"  # the unit's own test mode: counts, or periodic transmission
    FRAMES = "frames"  # frames in and out
    FLOWS = "flows"  # SPS and event flows
    SYNC_SOURCE = "sync_source"
    SIGNAL = "signal"
    SET_TX_POWER = "set_tx_power"
    RESET_UTC = "reset_utc"


class Pc5State(StrEnum):
    """Whether one direction works."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


class Pc5Cause(StrEnum):
    """Why a direction is not active."""

    TIMING = "timing"
    CONFIG = "config"
    UE_MODE = "ue_mode"
    GEOPOLYGON = "geopolygon"
    GEOPOLYGON_SWITCH = "geopolygon_switch"
    THERMAL = "thermal"
    THERMAL_ECALL = "thermal_ecall"
    SENSING = "sensing"
    LPM = "lpm"
    DISABLED = "disabled"
    NO_GNSS = "no_gnss"
    INVALID_LICENSE = "invalid_license"
    NOT_READY = "not_ready"
    NTN = "ntn"
    NO_DATA_CALL = "no_data_call"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Of a test."""

    RECEIVE = "receive"
    TRANSMIT = "transmit"


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """State of one resource pool."""

    pool: int
    rx: Pc5State
    tx: Pc5State


@dataclass(frozen=True, slots=True)
class Pc5Status:
    """Both directions with their causes; ``time_uncertainty_s`` is the unit's own claim about its clock."""

    rx: Pc5State
    tx: Pc5State
    rx_cause: Pc5Cause | None = None
    tx_cause: Pc5Cause | None = None
    pools: tuple[PoolStatus, ...] = ()
    time_uncertainty_s: float | None = None


@dataclass(frozen=True, slots=True)
class ChannelBusy:
    """Channel busy ratio, 0.0..1.0; ``pscch`` only where PSCCH and PSSCH are not adjacent.

    ``pssch`` is ``None`` where the unit says that it has not measured it.
    """

    pssch: float | None = None
    pscch: float | None = None

    def __post_init__(self) -> None:
        for value in (self.pssch, self.pscch):
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"a channel busy ratio is 0..1, not {value}")


@dataclass(frozen=True, slots=True)
class Pc5Counters:
    """What was received and sent since the start or the last reset; ``None`` where the unit doesn't count it.

    ``pscch``, ``stch``, ``pssch``: transport blocks, PDCP (NR: SDAP) SDUs, transport blocks received, one
    number for each layer-2 id that a receive test watches, or one in all.  ``sa_first``, ``sa_second``,
    ``sa_both``: control blocks decoded from the first, the second, both transmissions.  ``sent``,
    ``received``: packets; ``phy_sent``: packets that the physical layer sent; ``send_failed``: not sent.
    """

    pscch: tuple[int, ...] | None = None
    stch: tuple[int, ...] | None = None
    pssch: tuple[int, ...] | None = None
    sa_first: int | None = None
    sa_second: int | None = None
    sa_both: int | None = None
    sent: int | None = None
    received: int | None = None
    phy_sent: int | None = None
    send_failed: int | None = None


@dataclass(frozen=True, slots=True)
class L2Ids:
    """Own source id and the destination of what is sent; 24 bits each, else ValueError."""

    source: int
    destination: int | None = None

    def __post_init__(self) -> None:
        check_l2(self.source)
        if self.destination is not None:
            check_l2(self.destination)


@dataclass(frozen=True, slots=True)
class SyncSource:
    """Where the sidelink takes its time from: ``kind`` is gnss, base_station, reference_ue or own."""

    kind: str
    synchronised: bool
    earfcn: int | None = None
    slss_id: int | None = None
    sub_slss_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pc5Signal:
    """Reception of one sender on main and diversity antenna: SINR of control (SA) and data (DA), RSRP."""

    sa_main_sinr_db: float | None = None
    sa_diversity_sinr_db: float | None = None
    da_main_sinr_db: float | None = None
    da_diversity_sinr_db: float | None = None
    da_rsrp_dbm: float | None = None
    da_main_max_rsrp_dbm: float | None = None
    da_diversity_max_rsrp_dbm: float | None = None


@dataclass(frozen=True, slots=True)
class SpsFlow:
    """Semi-persistent transmission: ``octets`` reserved every ``period_s``.  ValueError on what none has."""

    destination_l2: int
    period_s: float
    octets: int
    pppp: int = 5

    def __post_init__(self) -> None:
        _check_flow(self.destination_l2, self.pppp)
        if not 0.0 < self.period_s <= 10.0 or self.octets < 1:
            raise ValueError("a flow reserves at least one octet, every 10 s or more often")


@dataclass(frozen=True, slots=True)
class EventFlow:
    """Transmission when there is something to send.  ValueError on what no flow has."""

    destination_l2: int
    pppp: int = 5

    def __post_init__(self) -> None:
        _check_flow(self.destination_l2, self.pppp)


def _check_flow(destination_l2: int, pppp: int) -> None:
    check_l2(destination_l2)
    check_pppp(pppp)


def check_pppp(pppp: int) -> int:
    """A ProSe per-packet priority, else ValueError."""
    if not 1 <= pppp <= PPPP_LAST:
        raise ValueError(f"a per-packet priority is 1..{PPPP_LAST}, not {pppp}")
    return pppp


@dataclass(frozen=True, slots=True)
class TestPlan:
    """A run of the unit's own test mode.

    Receive: counts what comes for the layer-2 ids in ``monitor`` (at most 16).  Transmit: ``octets`` every
    ``period_s``, by the unit itself.  ValueError on any other mixture; a unit may take less.
    """

    __test__ = False  # no test class, whatever pytest thinks of the name

    direction: Direction
    monitor: tuple[int, ...] = ()
    octets: int | None = None
    period_s: float | None = None

    def __post_init__(self) -> None:
        for l2_id in self.monitor:
            check_l2(l2_id)
        if self.direction is Direction.RECEIVE:
            if not 1 <= len(self.monitor) <= MONITOR_LIMIT or self.octets is not None:
                raise ValueError(f"a receive test watches 1..{MONITOR_LIMIT} layer-2 ids and sends nothing")
        elif self.monitor or self.octets is None or self.period_s is None:
            raise ValueError("a transmit test needs octets and a period, and watches nothing")


class Pc5Unsupported(ModemError):  # noqa: N818  (says what happened)
    """The provider has no way to do this; another one may."""

    def __init__(self, provider: str, function: Function) -> None:
        self.provider = provider
        self.function = function
        super().__init__(f"PC5 provider {provider} can't do {function}")
