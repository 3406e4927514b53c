"""pytest plugin: tests of a module, real or simulated, in plain synchronous functions.

    pytest --modem-port /dev/ttyUSB2 --modem-profile unisoc      a real module
    pytest --modem-sim unisoc                                    a simulated one, no hardware
    ... --modem-trace run.jsonl                                  every octet both ways, identities masked

    modem       the module on its port, open, one for the session; opened again after a loss
    modem_sim   a simulated module of the test's own; ``modem_sim.open()`` drives it, ``modem_sim.path`` is
                for any other program.  ``@pytest.mark.modem_sim(coverage=False, speed=10)`` sets its world:
                profile, speed, script (text as of ``v2x modem sim --script``), fields of ``SimOptions``
    pc5         the module's PC5 functions by 3GPP TS 27.007 clause 15
    kpi         ``kpi("attach_s", 2.3)``: a measure of the test, kept as a property (JUnit XML has it)

    needs_hardware   skipped where the module is simulated
    pc5              skipped where the module has no PC5 test mode

Without a port and without ``--modem-sim`` tests that use ``modem`` are skipped.  Each test that uses it
gets properties: whether the module was simulated, commands, resynchronisations, steps of a bring-up.

With pytest-xdist one port belongs to one worker: give ``--modem-port`` once for each worker (the first to
``gw0``, and so on), or run a lone port with ``-n 0`` or ``-n 1``.  Simulated modules are made for each
worker.  Traces get the worker's name before their ending.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from v2x.modem.sim_options import SimOptions
    from v2x.modem.sim_script import Script
    from v2x.modem.sync import LoopThread, SyncModem, SyncSim
    from v2x.modem.sync_pc5 import SyncPc5
    from v2x.modem.trace import TraceWriter

__all__: list[str] = []

NO_MODULE = "no module: give --modem-port /dev/ttyUSB2 (a real one) or --modem-sim unisoc (a simulated one)"
SPEED_LIMIT = 1000.0
"""Beyond, simulated pauses are shorter than the timer's."""

MARKERS = (
    "needs_hardware: needs a real module; skipped where it is simulated",
    "pc5: needs the module's PC5 test mode (3GPP TS 27.007 clause 15); skipped where it has none",
    "modem_sim(profile=..., speed=..., script=..., **options): the world of the fixture modem_sim",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the module under test."""
    group = parser.getgroup("v2x modem", "a module under test")
    group.addoption(
        "--modem-port",
        action="append",
        default=[],
        metavar="PORT",
        help="the module's AT port: device path or tcp://host:port; once for each xdist worker",
    )
    group.addoption("--modem-profile", default=None, metavar="NAME", help="what kind of module it is")
    group.addoption(
        "--modem-sim", default=None, metavar="PROFILE", help="use a simulated module of this profile"
    )
    group.addoption(
        "--modem-sim-speed", type=float, default=1.0, metavar="N", help="simulated seconds in a second"
    )
    group.addoption(
        "--modem-trace", default=None, metavar="FILE", help="record every octet both ways; identities masked"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; refuse what can't work before anything runs."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    ports, simulated = config.getoption("--modem-port"), config.getoption("--modem-sim")
    if ports and simulated:
        raise pytest.UsageError("--modem-port and --modem-sim exclude each other")
    if not 0.0 < config.getoption("--modem-sim-speed") <= SPEED_LIMIT:
        raise pytest.UsageError(f"--modem-sim-speed is above 0 and at most {SPEED_LIMIT:g}")
    workers = config.getoption("numprocesses", 0) or 0
    if ports and isinstance(workers, int) and workers > len(ports):
        raise pytest.UsageError(
            f"{workers} workers and {len(ports)} port(s): one port belongs to one worker; "
            "give --modem-port once for each, or run with -n 0"
        )
    if len(set(ports)) != len(ports):
        raise pytest.UsageError("a port was given twice: one port belongs to one worker")
    names = [name for name in (simulated, config.getoption("--modem-profile")) if name is not None]
    if names:
        from v2x.modem.errors import ProfileError
        from v2x.modem.profiles import load_profile

        try:
            for name in names:
                load_profile(name)
        except ProfileError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what the module under test can't be asked for, before it is opened."""
    if item.get_closest_marker("needs_hardware") is None:
        return
    if item.config.getoption("--modem-sim"):
        pytest.skip("needs a real module, and this one is simulated")
    if not item.config.getoption("--modem-port"):
        pytest.skip(NO_MODULE)


def pytest_report_header(config: pytest.Config) -> str | None:
    """What is under test; a simulated module is called so."""
    ports, simulated = config.getoption("--modem-port"), config.getoption("--modem-sim")
    if simulated:
        return f"modem: SIMULATED, profile {simulated}; no hardware, no air"
    return f"modem: {', '.join(ports)}, profile {profile_name(config)}" if ports else None


def profile_name(config: pytest.Config) -> str:
    """The profile that was asked for."""
    name = config.getoption("--modem-profile") or config.getoption("--modem-sim") or "unisoc"
    return str(name)


def worker_of(config: pytest.Config) -> tuple[str, int]:
    """The xdist worker's name and number; empty and 0 without xdist."""
    name = str(getattr(config, "workerinput", {}).get("workerid", ""))
    digits = name.removeprefix("gw")
    return name, int(digits) if digits.isdigit() else 0


def own_port(config: pytest.Config) -> str | None:
    """This worker's port.  Raises UsageError where there is none left for it."""
    ports: list[str] = config.getoption("--modem-port")
    worker, number = worker_of(config)
    if not ports:
        return None
    if number >= len(ports):
        raise pytest.UsageError(f"no --modem-port for worker {worker}: one port belongs to one worker")
    return ports[number]


# -- fixtures --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _modem_loop() -> Iterator[LoopThread]:
    from v2x.modem.sync import LoopThread

    with LoopThread() as loop:
        yield loop


@pytest.fixture(scope="session")
def _modem_trace(request: pytest.FixtureRequest) -> Iterator[TraceWriter | None]:
    from v2x.clock import SystemClock
    from v2x.modem.trace import TraceWriter

    given = request.config.getoption("--modem-trace")
    if given is None:
        yield None
        return
    path, worker = Path(given), worker_of(request.config)[0]
    writer = TraceWriter(path.with_stem(f"{path.stem}-{worker}") if worker else path, SystemClock())
    yield writer
    writer.close()


@pytest.fixture(scope="session")
def _modem_session(
    request: pytest.FixtureRequest, _modem_loop: LoopThread, _modem_trace: TraceWriter | None
) -> Iterator[SyncModem]:
    """The module under test, one for all tests of this worker."""
    from v2x.modem.sync import SyncModem, SyncSim

    config, profile = request.config, profile_name(request.config)
    simulated = config.getoption("--modem-sim")
    port = own_port(config)
    if simulated:
        speed = config.getoption("--modem-sim-speed")
        with (
            SyncSim(_modem_loop, simulated, speed=speed) as sim,
            sim.open(writer=_modem_trace, profile=profile) as modem,
        ):
            yield modem
    elif port is None:
        pytest.skip(NO_MODULE)
    else:
        with SyncModem.open(_modem_loop, port, profile=profile, writer=_modem_trace) as modem:
            yield modem


@pytest.fixture
def kpi(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Keeps a measure of the test; its name ends with the unit, as in ``attach_s``."""

    def keep(name: str, value: float) -> None:
        _keep(request, name, round(float(value), 6))

    return keep


def _keep(request: pytest.FixtureRequest, name: str, value: object) -> None:
    """A property of the test, as ``record_property`` keeps it, but without its warning in JUnit XML files."""
    request.node.user_properties.append((name, value))


@pytest.fixture
def modem(request: pytest.FixtureRequest, _modem_session: SyncModem) -> Iterator[SyncModem]:
    """The module under test, on an open port; opened again if the test before lost it."""
    module = _modem_session
    module.ensure_open()
    if module.simulated is None:
        module.simulated = module.says_simulated()
    _keep(request, "modem_simulated", module.simulated)
    _keep(request, "modem_profile", profile_name(request.config))
    if module.simulated and request.node.get_closest_marker("needs_hardware") is not None:
        pytest.skip("needs a real module, and this one says that it is simulated")
    before = module.counters()
    module.measures.clear()
    yield module
    for name, value in module.counters().items():
        _keep(request, f"modem_{name}", value - before[name])
    for name, seconds in module.measures.items():
        _keep(request, name, round(seconds, 6))


@pytest.fixture
def modem_sim(request: pytest.FixtureRequest, _modem_loop: LoopThread) -> Iterator[SyncSim]:
    """A simulated module that no other test sees, whatever ``--modem-port`` says."""
    from v2x.modem.sync import SyncSim

    marker = request.node.get_closest_marker("modem_sim")
    wanted: dict[str, Any] = {} if marker is None else dict(marker.kwargs)
    profile = wanted.pop("profile", None) or profile_name(request.config)
    _keep(request, "modem_simulated", True)
    speed = wanted.pop("speed", 1.0)
    script, options = _world(wanted.pop("script", None), wanted)
    with SyncSim(_modem_loop, profile, speed=speed, script=script, options=options) as sim:
        yield sim


def _world(script: str | None, wanted: dict[str, Any]) -> tuple[Script | None, SimOptions | None]:
    """What the marker says, as a script and options.  Raises UsageError."""
    from v2x.modem.sim_options import Card, SimOptions
    from v2x.modem.sim_script import ScriptError, parse_script

    try:
        if "card" in wanted:
            wanted["card"] = Card(wanted["card"])
        parsed = None if script is None else parse_script(script, "modem_sim")
        return parsed, SimOptions(**wanted) if wanted else None
    except (ScriptError, TypeError, ValueError) as error:
        raise pytest.UsageError(f"modem_sim: {error}") from None


@pytest.fixture
def pc5(modem: SyncModem) -> Iterator[SyncPc5]:
    """The module's PC5 functions; skipped where it has none."""
    from v2x.modem.sync_pc5 import sync_pc5

    provider = sync_pc5(modem)
    if provider is None:
        pytest.skip("the module has no PC5 test mode (AT+CATM is refused)")
    with provider:
        yield provider
