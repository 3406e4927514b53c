"""Assembly: from a configuration to a running station, with embedded defaults for every part.

``run_service`` is ``v2x run``.  ``operate`` drives a station for a while, for the demo too: it draws the
screen in a terminal, prints a line a second elsewhere, and stops cleanly at the end or on Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2x.cli.screen import Screen
from v2x.clock import SystemClock
from v2x.codecs import detect
from v2x.errors import ModemError
from v2x.fusion import Tracker
from v2x.geo import LocalFrame, yaw_from_heading_deg
from v2x.misbehaviour import Reporter
from v2x.objects import EgoState, ObjectKind
from v2x.pipeline import Pipeline, PipelineSettings
from v2x.plausibility import Detectors, PlausibilitySettings
from v2x.radios import open_radio
from v2x.record import PcapRecorder
from v2x.scenarios.data import recorded
from v2x.station import Station, StationParts
from v2x.transmit import BsmTransmitter
from v2x.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from v2x.certs import Verifier
    from v2x.certs.pseudonym import PseudonymPool
    from v2x.certs.region import Place
    from v2x.config import ModemSettings, SecuritySettings, StationConfig
    from v2x.misbehaviour import Report
    from v2x.modem.bringup import BringUpResult
    from v2x.radios import OpenedRadio

__all__ = ["closed", "modem_bring_up", "operate", "run_service", "warm_up"]

log = logging.getLogger(__name__)

SCREEN_PERIOD_S = 0.25
LINE_PERIOD_S = 1.0


async def run_service(
    config: StationConfig, seconds: float | None, *, record: Path | None = None, quiet: bool = False
) -> dict[str, Any]:
    """Run the station of ``config`` for ``seconds``, or until Ctrl-C; returns its report.

    Raises V2XError or OSError where a configured part can't be had (trust directory, socket).
    """
    site, clock = config.station, SystemClock()
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    async with AsyncExitStack() as stack:
        place = (site.latitude_deg, site.longitude_deg)
        verifier, pool = _security(config.security, place, site.transmit, stack, clock.now())
        limits, settings = config.limits, _pipeline_settings(config)
        recorder = None if record is None else stack.enter_context(PcapRecorder(record))
        await asyncio.to_thread(warm_up)
        pipeline = Pipeline(verifier, frame, settings, detectors=Detectors(settings.plausibility))
        worker = Worker(pipeline, clock, queue_limit=limits.queue, reporter=Reporter())
        opened = await open_radio(config.radio, site.name)
        stack.push_async_callback(opened.radio.close)
        parts = StationParts(
            radio=opened.radio,
            worker=worker,
            tracker=Tracker(frame),
            clock=clock,
            ego=_standing(config),
            transmitter=_transmitter(config, pool, frame),
            bring_up=await stack.enter_async_context(modem_bring_up(config.modem)),
            record=None if recorder is None else recorder.take,
            busy_ratio=opened.busy_ratio,
            report=_report_writer(config.security.reports),
            tick_hz=config.output.tick_hz,
        )
        station = Station(parts)
        notes = [*_notes(config, opened), *verifier.store.notes]
        screen = Screen(station, worker, parts.tracker.counters, f"v2x station {site.name}", notes)
        async with station:
            await operate(station, screen, seconds, quiet=quiet)
        return station.report() | closed(recorder)


def closed(recorder: PcapRecorder | None) -> dict[str, Any]:
    """What a recorder adds to the report, after it is closed."""
    if recorder is None:
        return {}
    recorder.close()
    return {"recording": recorder.to_dict()}


def warm_up() -> None:
    """Load every profile before the first frame comes, so that it is not the one that waits for it."""
    for frame in recorded().values():
        detect(frame.octets)


def _notes(config: StationConfig, radio: OpenedRadio) -> list[str]:
    notes = [radio.note]
    if config.security.trust is None:
        notes.append("trust: TEST PKI of our own, made at the start; it knows nobody else")
    if config.security.accept_unsecured:
        notes.append("security: unsecured messages are ACCEPTED (bench setting)")
    return notes


def _pipeline_settings(config: StationConfig) -> PipelineSettings:
    limits, security = config.limits, config.security
    plausibility = PlausibilitySettings(
        position_range_m=limits.position_range_m,
        speed_limit_mps=limits.speed_limit_mps,
        message_age_limit_s=limits.message_age_limit_s,
    )
    return PipelineSettings(plausibility, security.policy, security.checks_per_s)


def _standing(config: StationConfig) -> Callable[[float], EgoState]:
    """The ego source of this version: a vehicle that stands where the configuration says."""
    site = config.station
    yaw_rad = yaw_from_heading_deg(site.heading_deg)

    def ego(at: float) -> EgoState:
        return EgoState(at, 0.0, 0.0, yaw_rad, 0.0, length_m=site.length_m, width_m=site.width_m)

    return ego


def _transmitter(
    config: StationConfig, pool: PseudonymPool | None, frame: LocalFrame
) -> BsmTransmitter | None:
    if pool is None:
        return None
    site = config.station
    return BsmTransmitter(pool, frame, site.profile, random.SystemRandom(), kind=ObjectKind(site.kind))


def _report_writer(folder: Path | None) -> Callable[[Report], None] | None:
    """Writes each misbehaviour report to a file of its own; as many as a reporter makes."""
    if folder is None:
        return None

    def write(report: Report) -> None:
        name = f"misbehaviour-{report.reported_at:.3f}-{report.signer}-{report.reason.label}.json"
        try:
            (folder / name).write_bytes(report.to_bytes() + b"\n")
        except OSError as error:
            log.warning("%s: %s", folder / name, error.strerror)

    return write


def _security(
    settings: SecuritySettings, place: Place, transmit: bool, stack: AsyncExitStack, at: float
) -> tuple[Verifier, PseudonymPool | None]:
    """Verifier and own pseudonyms from the trust directory, or from a test PKI that lives as long as the run.

    ``place`` (latitude, longitude) is where certificates with a drawn region must be good.  Raises V2XError
    where the directory or, if this node transmits, its pseudonyms can't be used.
    """
    from v2x.certs import Verifier, VerifierSettings, pki

    directory, name, secret = settings.trust, settings.signer, None
    if directory is None:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v2x-test-pki-"))) / "pki"
        secret = pki.temporary_secret()  # dies with the directory; nothing goes to the home
        pki.init(directory, vehicles=1, at=at, secret=secret)
        name = pki.vehicle(1)
    store = pki.load_trust(directory, at=at)
    store.place = place
    verifier = Verifier(
        store,
        VerifierSettings(
            max_age_s=settings.freshness_s,
            max_ahead_s=settings.freshness_s,
            accept_unsecured=settings.accept_unsecured,
            wait_s=settings.wait_s,
            waiting_limit=settings.waiting_limit,
            pass_unchecked=settings.unchecked == "use",
        ),
    )
    return verifier, pki.load_pool(directory, name, at=at, secret=secret) if transmit else None


@asynccontextmanager
async def modem_bring_up(
    settings: ModemSettings,
) -> AsyncIterator[Callable[[], Awaitable[BringUpResult]] | None]:
    """A coroutine function that brings the configured module up; the simulated one lives inside.

    Raises ModemError where the settings can't be carried to a module.
    """
    from v2x.modem.bringup import BringUpSettings, bring_up, not_opened
    from v2x.modem.host import simulated_module
    from v2x.modem.modem import Modem
    from v2x.modem.port import open_port

    if settings.kind == "none":
        yield None
        return
    wanted = BringUpSettings(profile=settings.profile, apn=settings.apn)
    async with AsyncExitStack() as stack:
        path = settings.port
        if settings.kind == "simulated":
            path = (await stack.enter_async_context(simulated_module(profile=settings.profile))).path

        async def work() -> BringUpResult:
            try:
                port = await open_port(str(path))
            except ModemError as error:
                return not_opened(error)
            async with Modem(port) as modem:
                return await bring_up(modem, wanted)

        yield work


async def operate(station: Station, screen: Screen, seconds: float | None, *, quiet: bool = False) -> None:
    """Show the running station until ``seconds`` are over, Ctrl-C, or a defect; raises the defect."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(number, stop.set)
    show = asyncio.create_task(_show(screen, quiet))
    ends = [
        asyncio.create_task(stop.wait()),
        asyncio.create_task(station.failed()),
        show,
    ]
    try:
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()
        results = await asyncio.gather(*ends, return_exceptions=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.remove_signal_handler(number)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _show(screen: Screen, quiet: bool) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    if quiet:
        await asyncio.Event().wait()
    from rich.console import Console

    console = Console()
    console.print(screen.head())
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_PERIOD_S)
            sys.stdout.write(screen.line(loop.time() - start) + "\n")
            sys.stdout.flush()
    from rich.live import Live

    with Live(screen.render(0.0), console=console, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(SCREEN_PERIOD_S)
            live.update(screen.render(loop.time() - start), refresh=True)
