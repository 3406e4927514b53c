"""gsm0710muxd, a multiplexer of 27.010 as Debian has it, opens channels on the simulated module.

It sends AT+CMUX, opens the channels, and hands out a PTY for each, once the module says that it is ready
(MSC); commands and answers go through two of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from v2x.modem import answers
from v2x.modem.host import simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.counterpart("gsm0710muxd")

BOUND_S = 120.0
"""It takes some 20 s, because gsm0710muxd itself waits for 15."""

NAME, PATH, POWERED = "org.pyneo.mux", "/org/pyneo/Muxer", "org.pyneo.Powered"


async def channel(programs: Any) -> str:
    """A channel's PTY."""
    paths: list[str] = []

    async def given() -> bool:
        try:
            answer = await programs.call(NAME, PATH, f"{POWERED}.GetDevice", "string:v2x")
        except AssertionError:  # not yet
            return False
        paths[:] = [path for path in [answer.removeprefix("file://")] if path]
        return bool(paths)

    await programs.until(given, "channel", limit_s=60.0)
    return paths[0]


def test_commands_go_through_its_channels(programs: Any, missing: Callable[[str, str], None]) -> None:
    missing("gsm0710muxd dbus-daemon dbus-send", "apt-get install gsm0710muxd dbus")

    async def main() -> None:
        async with asyncio.timeout(BOUND_S), simulated_module("qualcomm") as sim, programs:
            await sim.until_ready()
            await programs.bus()
            await programs.start("gsm0710muxd", "gsm0710muxd", "-v", "-s", sim.path, "-m", "basic")

            async def on_the_bus() -> bool:
                names = await programs.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames")
                return NAME in names

            await programs.until(on_the_bus, "gsm0710muxd on the bus")
            await programs.call(NAME, PATH, f"{POWERED}.SetPower", "string:v2x", "boolean:true")
            first = Modem(await open_port(await channel(programs)))
            async with Modem(await open_port(await channel(programs))) as second:
                async with first:
                    both = await asyncio.gather(first.execute(answers.CGMI), second.execute(answers.CPIN))
                    assert both == [sim.module.profile.manufacturer, "READY"]
                assert sim.module.multiplexed
                await second.execute(answers.CSQ)  # closing one channel leaves the other
            async with Modem(await open_port(await channel(programs))) as again:
                await again.execute(answers.CSQ)
            await programs.call(NAME, PATH, f"{POWERED}.SetPower", "string:v2x", "boolean:false")
            await programs.until(lambda: not sim.module.multiplexed, "end of the multiplexer")

    asyncio.run(main())
