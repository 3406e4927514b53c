"""``v2x modem info``: what a module says of itself, its card, its network, its cells; and its ports.

    identity, firmware by its grammar, card, registration by domain, operator, signal, serving and neighbour
    cells, carriers, contexts and addresses, temperatures, clock; USB ports by VID:PID and interface

Identities are masked; ``--show-ids`` prints them in full.  ``--json`` gives everything as one object, with
the reason for each question that has no answer.  Status 1 when the module answered nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2x.cli.modem_common import (
    PortOption,
    ProfileOption,
    ShowOption,
    SimOption,
    Target,
    TraceOption,
    run,
    target,
)

if TYPE_CHECKING:
    from v2x.modem.discover import UsbPort
    from v2x.modem.inventory import Inventory

__all__ = ["info", "said"]

UNITS = {
    "dbm": "dBm",
    "db": "dB",
    "mhz": "MHz",
    "khz": "kHz",
    "c": "°C",
    "s": "s",
    "ms": "ms",
    "mv": "mV",
    "percent": "%",
    "bytes": "octets",
    "minutes": "min",
}
"""Units at the end of a value's name, as a person writes them."""

UNSAID = frozenset({"command", "solicited", "n", "scope", "mode", "nr_mode", "act", "stat_text", "ber"})
"""Values that another one of the same row says better."""


def info(
    port: PortOption = None,
    sim: SimOption = None,
    profile: ProfileOption = None,
    trace: TraceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    show_identities: ShowOption = False,
) -> None:
    """Print what the module says of itself, its card, its network, its cells, and its USB ports."""
    run(_info(target(port, sim, profile=profile, trace=trace), as_json, show_identities), "stopped")


async def _info(aim: Target, as_json: bool, show: bool) -> int:
    from v2x.modem.commands import action
    from v2x.modem.errors import CommandTimeout, Rejected
    from v2x.modem.inventory import inventory

    async with aim.open(registered=True) as modem:
        try:
            await modem.execute(action("ATE0", sets_up=True))
        except (CommandTimeout, Rejected) as error:
            typer.echo(f"failed: {error}", err=True)
            return 1
        found = await inventory(modem, aim.profile)
    ports = () if aim.simulated is not None else _ports(aim.port)
    if as_json:
        view = {
            "port": aim.port or None,
            "simulated": found.simulated,
            "profile": aim.profile,
            **_revealed(found.sections, show),
            "not_answered": found.reasons,
            "ports": [_port(each, aim.port, show) for each in ports],
        }
        typer.echo(json.dumps(view, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(aim, found, ports, show)))
    return 0 if found.answered else 1


def _ports(name: str) -> tuple[UsbPort, ...]:
    """The USB ports of the device behind ``name``; all of them where it is none of these."""
    from v2x.modem.discover import usb_ports

    ports = usb_ports()
    own = next((port for port in ports if _same(port.path, name)), None)
    return ports if own is None else tuple(port for port in ports if port.place == own.place)


def _same(path: str, name: str) -> bool:
    return "://" not in name and Path(path).resolve() == Path(name).resolve()


def _port(port: UsbPort, name: str, show: bool) -> dict[str, Any]:
    from v2x.modem.redaction import mask

    serial = port.serial if port.serial is None or show else mask(port.serial)
    return {
        "path": port.path,
        "vid": port.vid,
        "pid": port.pid,
        "interface": port.interface,
        "serial": serial,
        "product": port.product,
        "in_use_here": _same(port.path, name),
    }


def _revealed(tree: Any, show: bool) -> Any:
    """``tree`` with identities as text, masked or not."""
    from v2x.modem.redaction import MaskedId

    if isinstance(tree, MaskedId):
        return tree.reveal() if show else str(tree)
    if isinstance(tree, dict):
        return {key: _revealed(value, show) for key, value in tree.items()}
    return [_revealed(value, show) for value in tree] if isinstance(tree, list) else tree


# -- as a person reads it --------------------------------------------------------------------------


def _lines(aim: Target, found: Inventory, ports: tuple[UsbPort, ...], show: bool) -> list[str]:
    lines = ["SIMULATED module: no hardware, no air"] if found.simulated else []
    for section, answers in _revealed(found.sections, show).items():
        lines.append(section)
        for name, rows in answers.items():
            texts = [text for row in rows if (text := said(row))] or ["-"]
            lines.append(f"  {name:<15} {texts[0]}")
            lines += [f"  {'':<15} {text}" for text in texts[1:]]
    if ports:
        lines.append("ports")
        for port in ports:
            mark = " (this one)" if _same(port.path, aim.port) else ""
            lines.append(f"  {port.path:<15} {port.vid}:{port.pid} interface {port.interface}{mark}")
    if found.reasons:
        lines.append("not answered")
        lines += [f"  {reason}" for reason in found.reasons.values()]
    return lines


def said(row: dict[str, Any]) -> str:
    """A row as one line: one value alone, else each with its name and unit."""
    shown = {name: value for name, value in row.items() if value is not None and not _said_better(name, row)}
    if not shown:
        return "no value" if row else ""
    if shown.keys() == {"key", "value"}:
        del shown["key"]
    if len(shown) == 1 and "stat" not in shown:
        name, value = next(iter(shown.items()))
        return f"{_value(value)} {_unit(name)}".rstrip()
    return ", ".join(_named(name, value) for name, value in shown.items())


def _said_better(name: str, row: dict[str, Any]) -> bool:
    """Whether another value of the row says the same to a person: one with a unit, digits, a name."""
    if name in UNSAID or name.endswith(("_idx", "_raw", "_level")) or (name == "state" and "active" in row):
        return True
    return f"{name}_hex" in row or any(f"{name}_{unit}" in row for unit in UNITS)


def _unit(name: str) -> str:
    return UNITS.get(name.rpartition("_")[2], "") if "_" in name else ""


def _named(name: str, value: Any) -> str:
    if name == "stat":
        from v2x.modem.act import STAT_NAMES

        return STAT_NAMES.get(value, f"stat {value}") if isinstance(value, int) else str(value)
    unit = _unit(name)
    words = name.removesuffix("_hex") if not unit else name.rpartition("_")[0]
    return f"{words.replace('_', ' ')} {_value(value)} {unit}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
