"""Radios by configuration: each kind opens, says what it is, and names what is missing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.config import RadioSettings
from v2x.errors import ModemError
from v2x.radios import open_radio

if TYPE_CHECKING:
    from v2x.radios import OpenedRadio

AGENT = Path(__file__).resolve().parents[2] / "examples" / "pc5_agent.py"


async def opened(settings: RadioSettings) -> OpenedRadio:
    return await open_radio(settings, "s")


@pytest.mark.parametrize(
    "settings",
    [
        RadioSettings(),
        RadioSettings(kind="udp", listen="127.0.0.1:0", send_to="127.0.0.1:47791"),
        RadioSettings(kind="multicast", listen="127.0.0.1:47792"),
    ],
    ids=lambda settings: settings.kind,
)
def test_what_is_simulated_says_so(settings: RadioSettings) -> None:
    async def work() -> None:
        radio = await opened(settings)
        assert "SIMULATED" in radio.note
        assert radio.radio.simulated
        await radio.radio.close()

    asyncio.run(work())


def test_an_agent_that_is_not_there(tmp_path: Path) -> None:
    settings = RadioSettings(kind="agent", address=f"unix://{tmp_path}/agent")
    with pytest.raises(ModemError, match="agent"):
        asyncio.run(opened(settings))


def test_the_reference_agent_carries_frames(tmp_path: Path) -> None:
    async def work() -> None:
        agent = await asyncio.create_subprocess_exec(
            sys.executable, AGENT, "--listen", f"unix://{tmp_path}/agent", stdout=asyncio.subprocess.PIPE
        )
        assert agent.stdout is not None
        try:
            await asyncio.wait_for(agent.stdout.readline(), 20)  # it says where it listens
            settings = RadioSettings(kind="agent", address=f"unix://{tmp_path}/agent")
            here, there = await opened(settings), await opened(settings)
            assert "SIMULATED" in here.note
            await here.radio.send(b"\x04\x00one unit", destination_l2=1)
            async for frame in there.radio.frames():
                assert frame.data == b"\x04\x00one unit"
                break
            await here.radio.close()
            await there.radio.close()
        finally:
            agent.terminate()
            await agent.wait()

    asyncio.run(work())
