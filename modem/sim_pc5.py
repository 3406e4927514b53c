"""PC5 of the simulated module: the test mode of 3GPP TS 27.007 clause 15, and a ``^`` dialect.

    AT+CATM=1            test mode on; everything below needs it (CME 3)
    AT+CCUTLE=0,0,1,1,"000001"   loop closed, receiving: counters begin at zero and grow with time
    AT+CCUTLE=0,1        closed, transmitting; AT+CCUTLE=1: open
    AT+CUSPCREQ          transport blocks of PSCCH, SDUs of STCH, transport blocks of PSSCH
    AT+CV2XDTS=1,100,100 transmit 100 octets each 100 ms
    AT+CCBRREQ           channel busy ratio, 0 to 100

There is no air: all values are SIMULATED, functions of time and of the world's ``pc5_rate_hz``,
``pc5_loss`` and ``pc5_cbr``.

Sources: 3GPP TS 27.007 clause 15 (commands, ranges); the AT table of a HiSilicon LTE-V baseband for the
``^`` commands, whose answer lines are inferred where the table gives only the values' order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS
from v2x.modem.sim_line import Operation, SimCommand, SimError, among, only

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.modem.sim import SimulatedModule
    from v2x.modem.sim_options import SimOptions

__all__ = ["COMMANDS", "Pc5"]

Given = str | tuple[str, ...]

NOT_ALLOWED = 3
CLOSED, OPEN = 0, 1
RECEIVE, TRANSMIT = 0, 1
L2_LAST = 0xFFFFFF
LIST_LIMIT = 16
"""Layer-2 ids of a monitor list; more than any test needs."""


class Pc5:
    """Test mode, loop, transmission; ``since`` are instants of the module."""

    def __init__(self, options: SimOptions) -> None:
        self._rate_hz = options.pc5_rate_hz
        self.cbr = options.pc5_cbr
        self.loss = options.pc5_loss
        self.stop()

    def stop(self) -> None:
        """As after a restart."""
        self.test_mode = False
        self.loop = OPEN
        self.direction = RECEIVE
        self.monitored: tuple[str, ...] = ()
        self.transmission: tuple[int, int] | None = None
        self.l2_ids = (0, 0)
        self.source_report = 0
        self.sync_mode = 0
        self.power_eighth_dbm = 184
        self.carrier = (47, 5, 54_990)
        self._closed_at = self._opened_at = 0.0
        self._sending_at = 0.0
        self._sent_before = 0

    def set_world(self, cbr: float | None, loss: float | None) -> None:
        """Change what is on the air."""
        self.cbr = self.cbr if cbr is None else cbr
        self.loss = self.loss if loss is None else loss

    def close_loop(self, direction: int, monitored: tuple[str, ...], at: float) -> None:
        """Begin to count."""
        self.loop, self.direction, self.monitored = CLOSED, direction, monitored
        self._closed_at = at

    def open_loop(self, at: float) -> None:
        """Stop counting."""
        if self.loop == CLOSED:
            self.loop, self._opened_at = OPEN, at

    def received(self, at: float) -> tuple[int, int, int]:
        """PSCCH blocks, STCH units, PSSCH blocks since the loop was closed; losses are PSSCH's."""
        if self.direction == TRANSMIT:
            return 0, 0, 0
        until = at if self.loop == CLOSED else self._opened_at
        heard = int(max(until - self._closed_at, 0.0) * self._rate_hz)
        whole = heard - int(heard * self.loss)
        return heard, whole, whole

    def transmit(self, what: tuple[int, int] | None, at: float) -> None:
        """Begin or stop the periodic transmission (octets, milliseconds)."""
        self._sent_before = self.sent(at)
        self.transmission, self._sending_at = what, at

    def sent(self, at: float) -> int:
        """Packets transmitted so far."""
        if self.transmission is None:
            return self._sent_before
        return self._sent_before + int(max(at - self._sending_at, 0.0) * 1000 / self.transmission[1])


def _need_test_mode(module: SimulatedModule) -> None:
    if not module.pc5.test_mode:
        raise SimError(NOT_ALLOWED)


def _catm(module: SimulatedModule, command: SimCommand) -> Given:
    pc5 = module.pc5
    if command.operation is Operation.TEST:
        return "+CATM: (0,1),(1)"
    if command.operation is Operation.READ:
        return f"+CATM: {int(pc5.test_mode)},1"
    only(command, Operation.SET)
    on = among(command, 0, (0, 1)) == 1
    if command.fields.text(1) is not None:
        among(command, 1, (1,))
    if not on:
        pc5.stop()
    pc5.test_mode = on
    return ()


def _ccutle(module: SimulatedModule, command: SimCommand) -> Given:
    pc5 = module.pc5
    if command.operation is Operation.TEST:
        return "+CCUTLE: (0,1),(0,1),(1)"
    if command.operation is Operation.READ:
        heard = f',1,{len(pc5.monitored)},"{"".join(pc5.monitored)}"' if pc5.monitored else ""
        return f"+CCUTLE: {pc5.loop},{pc5.direction}{heard}" if pc5.loop == CLOSED else f"+CCUTLE: {pc5.loop}"
    only(command, Operation.SET)
    _need_test_mode(module)
    if among(command, 0, (CLOSED, OPEN)) == OPEN:
        pc5.open_loop(module.now)
        return ()
    direction = among(command, 1, (RECEIVE, TRANSMIT))
    ids: tuple[str, ...] = ()
    if len(command.fields) > 2:
        among(command, 2, (1,))
        count, text = among(command, 3, range(LIST_LIMIT + 1)), command.fields.text(4) or ""
        ids = tuple(text[i : i + 6].upper() for i in range(0, len(text), 6))
        if len(ids) != count or not all(len(i) == 6 and set(i) <= set("0123456789ABCDEF") for i in ids):
            raise SimError(INCORRECT_PARAMETERS)
    pc5.close_loop(direction, ids, module.now)
    return ()


def _cuspcreq(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.EXECUTE)
    _need_test_mode(module)
    counts = ",".join(f'1,1,4,"{count & 0xFFFFFFFF:032b}"' for count in module.pc5.received(module.now))
    return f"+CUSPCREQ: {counts}"


def _cutcr(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.EXECUTE)
    _need_test_mode(module)
    return ()


def _ccbrreq(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return ()
    only(command, Operation.EXECUTE)
    _need_test_mode(module)
    return f"+CCBRREQ: {round(module.pc5.cbr * 100)}"


def _cv2xdts(module: SimulatedModule, command: SimCommand) -> Given:
    pc5 = module.pc5
    if command.operation is Operation.TEST:
        return "+CV2XDTS: (0,1),(0-8176),(10-10000)"
    if command.operation is Operation.READ:
        if pc5.transmission is None:
            return "+CV2XDTS: 0"
        return f"+CV2XDTS: 1,{pc5.transmission[0]},{pc5.transmission[1]}"
    only(command, Operation.SET)
    _need_test_mode(module)
    if among(command, 0, (0, 1)) == 0:
        pc5.transmit(None, module.now)
        return ()
    size = 100 if command.fields.text(1) is None else among(command, 1, range(8177))
    period = 100 if command.fields.text(2) is None else among(command, 2, range(10, 10_001))
    pc5.transmit((size, period), module.now)
    return ()


# -- the ^ dialect ---------------------------------------------------------------------------------


def _hat_l2(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.READ:
        return f"^CV2XL2ID: {module.pc5.l2_ids[0]},{module.pc5.l2_ids[1]}"
    only(command, Operation.SET)
    ids = command.fields.integer(0), command.fields.integer(1)
    if not all(0 <= value <= L2_LAST for value in ids):
        raise SimError(INCORRECT_PARAMETERS)
    module.pc5.l2_ids = ids
    return ()


def _hat_number(attribute: str, low: int, high: int) -> Callable[[SimulatedModule, SimCommand], Given]:
    def answer(module: SimulatedModule, command: SimCommand) -> Given:
        if command.operation is Operation.TEST:
            return f"{command.name}: ({low}-{high})"
        if command.operation is Operation.READ:
            return f"{command.name}: {getattr(module.pc5, attribute)}"
        only(command, Operation.SET)
        setattr(module.pc5, attribute, among(command, 0, range(low, high + 1)))
        return ()

    return answer


def _hat_carrier(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "^SLINFO: (47),(3,5),(54540-55239)"
    if command.operation is Operation.READ:
        return "^SLINFO: " + ",".join(map(str, module.pc5.carrier))
    only(command, Operation.SET)
    band, width = among(command, 0, (47,)), among(command, 1, (3, 5))
    module.pc5.carrier = (band, width, among(command, 2, range(54_540, 55_240)))
    return ()


def _hat_read(module: SimulatedModule, command: SimCommand) -> Given:
    """^VSYNCSRC?, ^CBR?, ^VPHYSTAT?, ^VSNRRSRP?, ^V2XRSSI?."""
    only(command, Operation.READ)
    pc5 = module.pc5
    heard, whole, _ = pc5.received(module.now)
    sent = pc5.sent(module.now)
    rows: dict[str, Given] = {
        "^VSYNCSRC": "^VSYNCSRC: 0,0,0,0,0",
        "^CBR": f"^CBR: {round(pc5.cbr * 100)}",
        "^VPHYSTAT": f"^VPHYSTAT: {heard},0,0,{sent},{whole},{sent}",
        "^VSNRRSRP": ("^VSNRRSRP: 1", "^VSNRRSRP:     18     17     16     15    -82    -80    -84"),
        "^V2XRSSI": "^V2XRSSI: -78,-80",
    }
    return rows[command.name]


def _hat_clear(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.SET)
    among(command, 0, (0,))
    if module.pc5.loop == CLOSED:
        module.pc5.close_loop(module.pc5.direction, module.pc5.monitored, module.now)
    return ()


COMMANDS = {
    "+CATM": _catm,
    "+CCUTLE": _ccutle,
    "+CUSPCREQ": _cuspcreq,
    "+CUTCR": _cutcr,
    "+CCBRREQ": _ccbrreq,
    "+CV2XDTS": _cv2xdts,
    "^CV2XL2ID": _hat_l2,
    "^VSYNCSRCRPT": _hat_number("source_report", 0, 1),
    "^VSYNCMODE": _hat_number("sync_mode", 0, 1),
    "^VTXPOWER": _hat_number("power_eighth_dbm", -496, 240),
    "^SLINFO": _hat_carrier,
    "^VPHYSTATCLR": _hat_clear,
    **dict.fromkeys(("^VSYNCSRC", "^CBR", "^VPHYSTAT", "^VSNRRSRP", "^V2XRSSI"), _hat_read),
}
