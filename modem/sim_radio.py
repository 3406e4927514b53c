"""What the simulated module says of its registration, its signal and its cells.

    AT+QENG="servingcell"   the profile's row for a standalone cell, filled with the cell's values;
                            LTE and EN-DC in the forms of the Quectel manuals
    AT+CSQ                  the profile's answer on a standalone cell, else from the power received
    AT+CESQ                 nine values where an NR cell serves, six on LTE

The profile's ``servingcell`` is a pattern; a name in braces is a value of the cell: {duplex}, {cell_hex},
{pci}, {area_hex}, {arfcn}, {band}, {bandwidth_mhz}, {bandwidth_index}, {rsrp}, {rsrq}, {sinr}, {scs_index},
{tx_power}, {srxlev}, {mcc}, {mnc}.  A pattern with {bandwidth_mhz} is a UNISOC module's, whose other answers
differ, too.

Sources: 3GPP TS 27.007 (+CREG and its sisters, +COPS, +CSQ, +CESQ); Quectel manuals and logs (+Q...);
UNISOC's forms from two public parsers and one log, its EN-DC row from a single source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.modem.cme import INCORRECT_PARAMETERS, NO_SERVICE, NOT_SUPPORTED
from v2x.modem.sim_card import need_card
from v2x.modem.sim_line import Answer, Operation, SimCommand, SimError, among, only
from v2x.modem.sim_options import Rat
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from v2x.modem.sim import SimulatedModule
    from v2x.modem.sim_network import Level
    from v2x.modem.sim_options import Cell

__all__ = ["COMMANDS", "need_service"]

Given = Answer | str | tuple[str, ...]

LTE_BANDWIDTHS_MHZ = (1, 3, 5, 10, 15, 20)
LTE_RESOURCE_BLOCKS = (6, 15, 25, 50, 75, 100)
NR_BANDWIDTHS_MHZ = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 200, 400, 35, 45)
SCS_KHZ = (15, 30, 60, 120, 240)

SCAN_S = 4.0
"""Simulated seconds of AT+COPS=?; real ones take up to three minutes."""

CHAINS_DB = (0, -1, -4, -5)
"""How much less each receiver has than the first."""


def need_service(module: SimulatedModule) -> None:
    """Refuse where no cell serves."""
    if not module.registered:
        raise SimError(NO_SERVICE)


def _unisoc(module: SimulatedModule) -> bool:
    return "{bandwidth_mhz}" in module.profile.servingcell


def _level(module: SimulatedModule, cell: Cell) -> Level:
    return module.service.network.level(cell, module.elapsed_s)


# -- registration ----------------------------------------------------------------------------------


def _registration(module: SimulatedModule, command: SimCommand) -> Given:
    reports = module.state.reports
    n = reports.get(command.name, 0)
    if command.operation is Operation.TEST:
        return f"{command.name}: (0-3)"
    if command.operation is Operation.READ:
        return f"{command.name}: {n},{module.service.network.fields(command.name, n)}"
    only(command, Operation.SET)
    reports[command.name] = among(command, 0, (0, 1, 2, 3))
    return ()


def _name(module: SimulatedModule, text: str) -> str:
    """A name in the character set that AT+CSCS chose."""
    chosen = module.state.plain.get("+CSCS", "").strip('"').upper()
    return text.encode("utf-16-be").hex().upper() if chosen == "UCS2" else text


def _cops(module: SimulatedModule, command: SimCommand) -> Given:
    p, state, network = module.profile, module.state, module.service.network
    if command.operation is Operation.TEST:
        need_card(module)
        name = _name(module, p.operator_name)
        acts = sorted({11 if c.rat is Rat.SA else 7 for c in network.cells.values() if c.rat is not Rat.NSA})
        here = 2 if module.registered else 1
        rows = [f'({here},"{name}","{name}","{p.operator_code}",{act})' for act in acts]
        found = ",".join(rows) if network.coverage else ""
        return Answer((f"+COPS: {found},,(0-4),(0-2)",), takes_s=SCAN_S)
    if command.operation is Operation.READ:
        if not module.registered:
            return f"+COPS: {state.operator_mode}"
        name = p.operator_code if state.operator_format == 2 else _name(module, p.operator_name)
        return f'+COPS: {state.operator_mode},{state.operator_format},"{name}",{network.act}'
    only(command, Operation.SET)
    mode = among(command, 0, (0, 1, 2, 3, 4))
    if mode == 3:
        state.operator_format = among(command, 1, (0, 1, 2))
        return ()
    need_card(module)
    wanted = command.fields.text(2)
    known = (p.operator_code, p.operator_name, _name(module, p.operator_name))
    if mode in (1, 4) and wanted not in known:
        raise SimError(NO_SERVICE)
    state.operator_mode = mode
    return Answer(takes_s=module.service.attach(on=mode != 2))


# -- signal ----------------------------------------------------------------------------------------


def _csq(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CSQ: (0-31,99),(0-7,99)"
    only(command, Operation.EXECUTE)
    cell = module.service.network.serving
    if cell is None:
        return "+CSQ: 99,99"
    if cell.rat is Rat.SA:
        return f"+CSQ: {module.profile.csq}"
    step = min(max(round((_level(module, cell).rssi_dbm + 113) / 2), 0), 31)
    return f"+CSQ: {step},99"


def _step(value: float, low: float, per_step: float, last: int) -> int:
    return min(max(int((value - low) / per_step), 0), last)


def _cesq(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"
    only(command, Operation.EXECUTE)
    cell = module.service.network.serving
    if cell is None:
        return "+CESQ: 99,99,255,255,255,255"
    level = _level(module, cell)
    if cell.rat is Rat.LTE:
        rsrq, rsrp = _step(level.rsrq_db, -20, 0.5, 34), _step(level.rsrp_dbm, -141, 1, 97)
        return f"+CESQ: 99,99,255,255,{rsrq},{rsrp}"
    rsrq, rsrp = _step(level.rsrq_db, -43.5, 0.5, 126), _step(level.rsrp_dbm, -157, 1, 126)
    return f"+CESQ: 99,99,255,255,255,255,{rsrq},{rsrp},{_step(level.sinr_db, -23.5, 0.5, 127)}"


def _qcsq(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return '+QCSQ: "NOSERVICE","WCDMA","LTE","NR5G"'
    only(command, Operation.EXECUTE)
    cell = module.service.network.serving
    if cell is None:
        return '+QCSQ: "NOSERVICE"'
    level = _level(module, cell)
    rsrp, rsrq = round(level.rsrp_dbm), round(level.rsrq_db)
    if cell.rat is Rat.LTE:
        raw = min(max(round((level.sinr_db + 20) * 5), 0), 250)
        return f'+QCSQ: "LTE",{round(level.rssi_dbm)},{rsrp},{raw},{rsrq}'
    return f'+QCSQ: "NR5G",{rsrp},{round(level.sinr_db)},{rsrq}'


def _per_chain(module: SimulatedModule, command: SimCommand) -> Given:
    """AT+QRSRP, AT+QRSRQ, AT+QSINR: a row for each carrier kind."""
    only(command, Operation.EXECUTE)
    network = module.service.network
    cells = [cell for cell in (network.serving, network.secondary) if cell is not None]
    rows = []
    for cell in cells:
        level = _level(module, cell)
        value = {"+QRSRP": level.rsrp_dbm, "+QRSRQ": level.rsrq_db, "+QSINR": level.sinr_db}[command.name]
        falls = 0.25 if command.name == "+QRSRQ" else 1.0
        chains = ",".join(str(round(value + falls * less)) for less in CHAINS_DB)
        rows.append(f"{command.name}: {chains},{'LTE' if cell.rat is Rat.LTE else 'NR5G'}")
    return tuple(rows)


# -- cells -----------------------------------------------------------------------------------------


def _values(module: SimulatedModule, cell: Cell) -> dict[str, str | int]:
    level, code = _level(module, cell), module.profile.operator_code
    bandwidths = LTE_BANDWIDTHS_MHZ if cell.rat is Rat.LTE else NR_BANDWIDTHS_MHZ
    return {
        "duplex": cell.duplex,
        "mcc": code[:3],
        "mnc": code[3:],
        "cell_hex": cell.cell_hex,
        "area_hex": cell.area_hex,
        "pci": cell.pci,
        "arfcn": cell.arfcn,
        "band": cell.band,
        "bandwidth_mhz": cell.bandwidth_mhz,
        "bandwidth_index": bandwidths.index(cell.bandwidth_mhz) if cell.bandwidth_mhz in bandwidths else "-",
        "rsrp": round(level.rsrp_dbm),
        "rsrq": round(level.rsrq_db),
        "sinr": round(level.sinr_db),
        "scs_index": SCS_KHZ.index(cell.scs_khz) if cell.scs_khz in SCS_KHZ else "-",
        "scs_khz": cell.scs_khz,
        "tx_power": cell.tx_power_dbm,
        "srxlev": cell.srxlev,
        "rssi": round(level.rssi_dbm),
        "raw_sinr": min(max(round(level.sinr_db / 2 + 10), 0), 25),
        "tx_tenths": cell.tx_power_dbm * 10,
    }


LTE_ROW = (
    '"LTE","{duplex}",{mcc},{mnc},{cell_hex},{pci},{arfcn},{band},{bandwidth_index},{bandwidth_index},'
    "{area_hex},{rsrp},{rsrq},{rssi},{raw_sinr},9,{tx_tenths},{srxlev}"
)
NSA_ROW = '"NR5G-NSA",{mcc},{mnc},{pci},{rsrp},{sinr},{rsrq},{arfcn},{band},{bandwidth_index},{scs_index}'
UNISOC_NSA_ROW = (
    '"servingcell","NR5G-NSA",{mcc},{mnc},{pci},{cell_hex},{area_hex},{band},{arfcn},{scs_khz},'
    "{rsrp},{rsrq},{sinr}"
)


def _qeng(module: SimulatedModule, command: SimCommand) -> Given:
    if command.operation is Operation.TEST:
        return '+QENG: ("servingcell","neighbourcell")'
    only(command, Operation.SET)
    asked = command.fields.text(0)
    if asked == "neighbourcell":
        return _neighbours(module)
    if asked != "servingcell":
        raise SimError(INCORRECT_PARAMETERS)
    network = module.service.network
    cell, beside = network.serving, network.secondary
    if cell is None:
        return '+QENG: "servingcell","SEARCH"'
    state = "CONNECT" if module.state.active else "NOCONN"
    values = _values(module, cell)
    if cell.rat is Rat.SA:
        return f'+QENG: "servingcell","{state}",{module.profile.servingcell.format_map(values)}'
    if beside is None:
        return f'+QENG: "servingcell","{state}",{LTE_ROW.format_map(values)}'
    if _unisoc(module):
        return "+QENG: " + UNISOC_NSA_ROW.format_map(_values(module, beside))
    return (
        f'+QENG: "servingcell","{state}"',
        "+QENG: " + LTE_ROW.format_map(values),
        "+QENG: " + NSA_ROW.format_map(_values(module, beside)),
    )


def _neighbours(module: SimulatedModule) -> Given:
    network = module.service.network
    serving = network.serving
    if serving is None:
        return ()
    rows = []
    for cell in network.cells.values():
        v = _values(module, cell)
        if cell in (serving, network.secondary) or cell.rat is not serving.rat:
            continue
        if cell.rat is Rat.LTE:
            same = cell.arfcn == serving.arfcn
            where, tail = ("intra", "4,10,8,62") if same else ("inter", "4,10,8")
            text = (
                f"{v['arfcn']},{v['pci']},{v['rsrq']},{v['rsrp']},{v['rssi']},{v['raw_sinr']},{v['srxlev']}"
            )
            rows.append(f'+QENG: "neighbourcell {where}","LTE",{text},{tail}')
        else:
            text = f"{v['arfcn']},{v['pci']},{v['rsrp']},{v['rsrq']},{v['sinr']}"
            kind, tail = ("NR", f",-,{v['srxlev']}") if _unisoc(module) else ("NR5G", "")
            rows.append(f'+QENG: "neighbourcell","{kind}",{text}{tail}')
    return tuple(rows)


def _qnwinfo(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    network, code = module.service.network, module.profile.operator_code
    if network.serving is None:
        return "+QNWINFO: No Service"
    rows = []
    for cell in (network.serving, network.secondary):
        if cell is None:
            continue
        if cell.rat is Rat.SA and _unisoc(module):
            rows.append(f'+QNWINFO: "NR5G-SA",{code},"NR N{cell.band}",{cell.arfcn}')
            continue
        rat, band = ("LTE", "LTE BAND") if cell.rat is Rat.LTE else ("NR5G", "NR5G BAND")
        act = f"{cell.duplex} {rat}"
        rows.append(f'+QNWINFO: "{act}","{code}","{band} {cell.band}",{cell.arfcn}')
    return tuple(rows)


def _qcainfo(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    network = module.service.network
    cell, beside = network.serving, network.secondary
    if cell is None:
        raise SimError(NO_SERVICE)
    v = _values(module, cell)
    if cell.rat is Rat.SA:
        if _unisoc(module):
            tail = f"1,{cell.pci},{v['rsrp']},{v['rsrq']},{v['rssi']},{v['sinr']}"
            return f'+QCAINFO: "PCC",{cell.arfcn},{cell.bandwidth_mhz},"NR N{cell.band}",{tail}'
        return f'+QCAINFO: "PCC",{cell.arfcn},{v["bandwidth_index"]},"NR5G BAND {cell.band}",{cell.pci}'
    index = v["bandwidth_index"]
    blocks = LTE_RESOURCE_BLOCKS[index] if isinstance(index, int) else "-"
    tail = f"1,{cell.pci},{v['rsrp']},{v['rsrq']},{v['rssi']},{v['sinr']}"
    rows = [f'+QCAINFO: "PCC",{cell.arfcn},{blocks},"LTE BAND {cell.band}",{tail}']
    if beside is not None:
        wide = _values(module, beside)["bandwidth_index"]
        rows.append(f'+QCAINFO: "SCC",{beside.arfcn},{wide},"NR5G BAND {beside.band}",{beside.pci}')
    return tuple(rows)


def _qspn(module: SimulatedModule, command: SimCommand) -> Given:
    only(command, Operation.EXECUTE)
    need_service(module)
    name = module.profile.operator_name
    return f'+QSPN: "{name}","{name}","{name}",0,"{module.profile.operator_code}"'


def _counters(module: SimulatedModule, command: SimCommand) -> Given:
    """AT+QGDCNT, AT+QGDNRCNT: octets sent and received."""
    if command.operation is Operation.SET:
        if among(command, 0, (0, 1)) == 0:
            module.state.counters = [0, 0]
        return ()
    if command.operation is Operation.TEST:
        return f"{command.name}: (0,1)"
    if command.operation is not Operation.READ:
        raise SimError(NOT_SUPPORTED)
    return f"{command.name}: {module.state.counters[0]},{module.state.counters[1]}"


COMMANDS = {
    "+COPS": _cops,
    "+CSQ": _csq,
    "+CESQ": _cesq,
    "+QCSQ": _qcsq,
    "+QENG": _qeng,
    "+QNWINFO": _qnwinfo,
    "+QCAINFO": _qcainfo,
    "+QSPN": _qspn,
    **dict.fromkeys(("+QRSRP", "+QRSRQ", "+QSINR"), _per_chain),
    **dict.fromkeys(("+QGDCNT", "+QGDNRCNT"), _counters),
    **dict.fromkeys(REGISTRATION, _registration),
}
