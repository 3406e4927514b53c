"""The radio that a configuration names, opened: loopback, UDP, an SDK's agent, or multicast.

Each comes with the line that the screen shows of it; what is simulated says so there.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.clock import SystemClock
from v2x.identity import SOURCE_L2

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.config import RadioSettings
    from v2x.modem.radio import Radio

__all__ = ["OpenedRadio", "open_radio"]


@dataclass(frozen=True, slots=True)
class OpenedRadio:
    """A radio, what it is in words, and its channel busy ratio where it tells."""

    radio: Radio
    note: str
    busy_ratio: Callable[[], float | None] | None = None


async def open_radio(settings: RadioSettings, name: str) -> OpenedRadio:
    """Open the radio of ``settings`` for the station ``name``; ModemError or OSError where there is none."""
    clock = SystemClock()
    if settings.kind == "loopback":
        from v2x.scenarios.medium import Medium

        note = "radio: SIMULATED, loopback inside this process: nobody else sends on it"
        return OpenedRadio(Medium(clock).attach(_source_l2(), name), note)
    if settings.kind == "udp":
        from v2x.modem.udp import UdpRadio

        note = f"radio: SIMULATED, one DSMP unit per datagram, from {settings.listen}, to {settings.send_to}"
        remote = settings.allow_remote
        return OpenedRadio(
            await UdpRadio.open(settings.listen, settings.send_to, clock, allow_remote=remote), note
        )
    if settings.kind == "multicast":
        return await _multicast(settings, clock)
    return await _agent(settings, clock)


async def _multicast(settings: RadioSettings, clock: SystemClock) -> OpenedRadio:
    from v2x.modem.pc5_multicast import MulticastPc5
    from v2x.modem.pc5_radio import Pc5Radio

    provider = await MulticastPc5.open(
        settings.listen,
        clock,
        source_l2=_source_l2(),
        group=settings.group,
        allow_remote=settings.allow_remote,
    )
    return OpenedRadio(Pc5Radio(provider), f"radio: SIMULATED, UDP multicast group {settings.group}")


async def _agent(settings: RadioSettings, clock: SystemClock) -> OpenedRadio:
    from v2x.modem.pc5_agent import AgentPc5
    from v2x.modem.pc5_link import AgentSettings
    from v2x.modem.pc5_login import Token
    from v2x.modem.pc5_radio import Pc5Radio

    path = settings.token_file
    token = None if path is None else Token.read(path)
    provider = await AgentPc5.connect(settings.address, clock, AgentSettings(token=token))
    mark = "SIMULATED, " if provider.simulated else ""
    note = f"radio: {mark}agent at {settings.address}"
    return OpenedRadio(Pc5Radio(provider), note, provider.busy_ratio)


def _source_l2() -> int:
    return random.SystemRandom().randint(*SOURCE_L2)
