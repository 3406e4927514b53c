"""ModemManager as Debian has it brings simulated modules to ``connected`` over PTYs.

It runs on a message bus of our own, takes no real device, and is told of ports: abstract sockets, which
socat joins with the PTYs.  mmcli is the one who asks; the modules answer in real time.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from v2x.modem.host import SimHost, simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.counterpart("ModemManager")

MM = "org.freedesktop.ModemManager1"
CONNECTED = 11
"""MM_MODEM_STATE_CONNECTED."""

LIMIT_S = 60.0
"""One step of ModemManager."""

MMCLI = ("mmcli", "--test-session", f"--timeout={LIMIT_S - 5:.0f}")

BOUND_S = 120.0
"""All of it; some 10 s are usual, because ModemManager itself waits."""


async def modem_manager(programs: Any, hosts: dict[str, SimHost]) -> None:
    """ModemManager on our bus, told of each module's port as a Quectel's."""
    await programs.bus()
    await programs.start(
        "ModemManager", "ModemManager", "--test-session", "--test-enable", "--no-auto-scan",
        "--test-no-udev", "--test-no-qrtr", "--debug",
    )  # fmt: skip

    async def on_the_bus() -> bool:
        names = await programs.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames")
        return MM in names

    await programs.until(on_the_bus, "ModemManager on the bus")
    for name, sim in hosts.items():
        port = port_of(name)
        listen = f"ABSTRACT-LISTEN:{port.replace(':', chr(92) + ':')},fork,unix-tightsocklen=1"
        await programs.start(f"socat-{name}", "socat", listen, f"OPEN:{sim.path},raw,echo=0")
        await programs.until(lambda port=port: listens(port), f"socat on {port}")
        await programs.call(
            MM, "/org/freedesktop/ModemManager1", f"{MM}.Test.SetProfile", f"string:{name}",
            "string:quectel", f"array:string:{port}",
        )  # fmt: skip


def listens(port: str) -> bool:
    """Whether the abstract socket is there: ModemManager tries a port once."""
    return f"@{port}\n" in Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")


def port_of(name: str) -> str:
    """The abstract socket of a module; the process's number keeps runs side by side apart."""
    return f"abstract:v2x-{os.getpid()}-{name}"


async def mmcli(programs: Any, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await programs.ask(*MMCLI, "-J", *arguments))
    return found


async def exported(programs: Any, name: str) -> str:
    """The path of a module's object, once ModemManager has it."""
    paths: list[str] = []

    async def listed() -> bool:
        for path in (await mmcli(programs, "-L"))["modem-list"]:
            generic = (await mmcli(programs, "-m", path))["modem"]["generic"]
            if generic["primary-port"] == port_of(name):
                paths.append(path)
        return bool(paths)

    await programs.until(listed, f"module {name} at ModemManager", limit_s=LIMIT_S)
    return paths[0]


async def report_in_full(sim: SimHost) -> None:
    """Let C5GREG tell the access technology: ModemManager 1.20 reads it, but leaves its <n> as it is."""
    async with Modem(await open_port(sim.path)) as modem:
        await modem.send("AT+C5GREG=2")


async def connected(programs: Any, sim: SimHost, name: str) -> None:
    """Enable and connect one module, and look at what ModemManager says of it."""
    path = await exported(programs, name)
    await programs.ask(*MMCLI, "-m", path, "--enable", limit_s=LIMIT_S)
    await programs.ask(*MMCLI, "-m", path, "--simple-connect=apn=internet,ip-type=ipv4", limit_s=LIMIT_S)
    state = await programs.call(
        MM, path, "org.freedesktop.DBus.Properties.Get", f"string:{MM}.Modem", "string:State"
    )
    assert state.split()[-1] == str(CONNECTED)

    found = (await mmcli(programs, "-m", path))["modem"]
    generic, network = found["generic"], found["3gpp"]
    assert "SIMULATED" in generic["manufacturer"]
    assert generic["state"] == "connected"
    assert generic["equipment-identifier"] == sim.module.profile.imei
    assert generic["access-technologies"] == ["5gnr"]
    assert 1 <= int(generic["signal-quality"]["value"]) <= 100
    assert network["registration-state"] == "home"
    assert network["operator-code"] == sim.module.profile.operator_code
    assert network["operator-name"] == sim.module.profile.operator_name

    (bearer,) = generic["bearers"]
    session = (await mmcli(programs, "-b", bearer))["bearer"]
    assert session["status"]["connected"] == "yes"
    assert session["properties"]["apn"] == "internet"
    assert session["ipv4-config"]["method"] == "ppp"
    assert sim.module.channels[0].in_data_mode


def test_it_brings_the_modules_to_connected(programs: Any, missing: Callable[[str, str], None]) -> None:
    """Two modules at once, because most of the time is ModemManager's waiting."""
    missing("ModemManager mmcli dbus-daemon dbus-send socat", "apt-get install modemmanager dbus socat")

    async def main() -> None:
        async with (
            asyncio.timeout(BOUND_S),
            simulated_module("qualcomm") as qualcomm,
            simulated_module("unisoc") as unisoc,
            programs,
        ):
            hosts = {"qualcomm": qualcomm, "unisoc": unisoc}
            for sim in hosts.values():
                await sim.until_registered()  # a late +QUSIM would make ModemManager probe again
                await report_in_full(sim)
            await modem_manager(programs, hosts)
            await asyncio.gather(*(connected(programs, sim, name) for name, sim in hosts.items()))

    asyncio.run(main())
