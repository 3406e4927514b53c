"""The pytest plugin, run by pytest inside pytest: options, fixtures, markers, properties, xdist, examples."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.modem import sync_pc5, watch  # what inner runs import must outlive them
from v2x.modem.sync import LoopThread, SyncSim

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

KEPT = (sync_pc5, watch)
"""pytester forgets the modules that an inner run imported; asyncio does not survive that."""

ROOT = Path(__file__).resolve().parents[2]
REWRITE = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"  # by the outer run's own plugin
PLUGIN = ("-p", "v2x.modem.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", "-W", REWRITE)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugin but those that are named: an installed v2x would load ours twice."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    return pytester


def outcomes(result: pytest.RunResult, **wanted: int) -> None:
    result.assert_outcomes(**wanted)


TALK = """
    from v2x.modem import answers

    def test_talk(modem, kpi):
        assert modem.execute(answers.CGMI) == "SIMULATED (v2x)"
        assert modem.simulated is True
        kpi("answer_s", 0.25)

    def test_the_same_module(modem):
        assert modem.send("AT+CGMM").lines == ("SIM-UNISOC",)
"""


def test_a_simulated_module_for_the_session(inner: pytest.Pytester) -> None:
    inner.makepyfile(TALK)
    result = inner.runpytest(*PLUGIN, "--modem-sim", "unisoc", "--junit-xml", "out.xml", "--strict-markers")
    outcomes(result, passed=2)
    result.stdout.fnmatch_lines(["modem: SIMULATED, profile unisoc; no hardware, no air"])
    case = ET.parse(inner.path / "out.xml").getroot().find(".//testcase[@name='test_talk']")
    assert case is not None
    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert properties["modem_simulated"] == "True"
    assert properties["modem_profile"] == "unisoc"
    assert properties["answer_s"] == "0.25"
    assert properties["modem_resyncs"] == "0"


def test_without_a_module_its_tests_are_skipped(inner: pytest.Pytester) -> None:
    inner.makepyfile(TALK)
    result = inner.runpytest(*PLUGIN, "-rs")
    outcomes(result, skipped=2)
    result.stdout.fnmatch_lines(["*no module: give --modem-port*"])


def test_needs_hardware(inner: pytest.Pytester) -> None:
    inner.makepyfile("""
        import pytest

        @pytest.mark.needs_hardware
        def test_heat(modem):
            raise AssertionError

        @pytest.mark.needs_hardware
        def test_that_opens_nothing():
            raise AssertionError
    """)
    result = inner.runpytest(*PLUGIN, "--modem-sim", "unisoc", "-rs")
    outcomes(result, skipped=2)
    result.stdout.fnmatch_lines(["*this one is simulated*"])
    outcomes(inner.runpytest(*PLUGIN), skipped=2)


@pytest.fixture
def served() -> Iterator[str]:
    """The port of a simulated module that the inner run takes for any other."""
    with LoopThread() as loop, SyncSim(loop, "unisoc") as sim:
        yield sim.path


def test_a_port_and_its_trace(inner: pytest.Pytester, served: str) -> None:
    inner.makepyfile("""
        import pytest

        @pytest.mark.needs_hardware
        def test_that_is_not_hardware(modem):
            raise AssertionError

        def test_talk(modem, pytestconfig):
            assert modem.port_name == pytestconfig.getoption("--modem-port")[0]
            assert modem.simulated is True
            assert modem.send("AT+CGSN").lines == ("000000000000000",)
    """)
    result = inner.runpytest(
        *PLUGIN, "--modem-port", served, "--modem-profile", "unisoc", "--modem-trace", "t.jsonl", "-rs"
    )
    outcomes(result, passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*this one says that it is simulated*"])
    records = [json.loads(line) for line in (inner.path / "t.jsonl").read_text().splitlines()]
    sent = "".join(record["data"] for record in records if record["dir"] == "tx")
    heard = "".join(record["data"] for record in records if record["dir"] == "rx")
    assert "AT+CGSN\r" in sent
    assert "***********0000" in heard
    assert "000000000000000" not in heard


def test_a_module_that_is_lost_is_opened_again(inner: pytest.Pytester) -> None:
    inner.makepyfile("""
        def test_loses_it(modem):
            modem.run(modem.modem.close())

        def test_has_it_again(modem):
            assert modem.send("AT+CGMM").lines
    """)
    outcomes(inner.runpytest(*PLUGIN, "--modem-sim", "qualcomm"), passed=2)


def test_a_world_of_the_tests_own(inner: pytest.Pytester) -> None:
    inner.makepyfile('''
        import pytest
        from v2x.modem.bringup import BringUpState
        from v2x.modem.errors import Rejected

        @pytest.mark.modem_sim(card="absent", speed=20.0, profile="qualcomm")
        def test_no_card(modem_sim):
            with modem_sim.open() as modem:
                assert modem.profile.name == "qualcomm"
                result = modem.bring_up()
            assert result.state is BringUpState.AT
            assert modem_sim.call(lambda host: host.module.registered) is False

        @pytest.mark.modem_sim(speed=50.0, script="""
            [[on]]
            command = "AT+CSQ"
            do = "error"
            code = 100
        """)
        def test_script(modem_sim):
            with modem_sim.open() as modem, modem.subscribe("+CPIN") as cards:
                with pytest.raises(Rejected, match="100"):
                    modem.send("AT+CSQ")
                assert modem.restart() > 0.0
                assert cards.get(5.0).line == "+CPIN: READY"

        @pytest.mark.modem_sim(nonsense=1)
        def test_nonsense(modem_sim):
            raise AssertionError
    ''')
    result = inner.runpytest(*PLUGIN)
    outcomes(result, passed=2, errors=1)
    result.stdout.fnmatch_lines(["*modem_sim: *nonsense*"])


def test_pc5(inner: pytest.Pytester) -> None:
    inner.makepyfile("""
        import pytest
        from v2x.modem.pc5_types import Direction, TestPlan

        @pytest.mark.pc5
        def test_receive(pc5):
            assert pc5.simulated
            pc5.start_test(TestPlan(Direction.RECEIVE, monitor=(1,)))
            assert pc5.counters().pssch is not None
            assert 0.0 <= pc5.cbr().pssch <= 1.0
            pc5.stop_test()
    """)
    outcomes(inner.runpytest(*PLUGIN, "--modem-sim", "hisilicon_ltev"), passed=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--modem-sim", "unisoc", "--modem-port", "/dev/ttyUSB2"), "exclude each other"),
        (("--modem-port", "/dev/ttyUSB2", "--modem-port", "/dev/ttyUSB2"), "given twice"),
        (("--modem-sim", "unisoc", "--modem-sim-speed", "0"), "--modem-sim-speed is above 0"),
        (("--modem-sim", "other"), "no module profile 'other'"),
        (("--modem-port", "/dev/ttyUSB2", "--modem-profile", "other"), "no module profile 'other'"),
    ],
)
def test_what_can_not_work_is_refused_before_anything_runs(
    inner: pytest.Pytester, arguments: tuple[str, ...], words: str
) -> None:
    inner.makepyfile(TALK)
    result = inner.runpytest(*PLUGIN, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{words}*"])


def test_a_missing_port_is_one_error_with_its_reason(inner: pytest.Pytester) -> None:
    inner.makepyfile("def test_talk(modem): raise AssertionError")
    result = inner.runpytest(*PLUGIN, "--modem-port", "/dev/ttyUSB999")
    outcomes(result, errors=1)
    result.stdout.fnmatch_lines(["*no such device*"])


# -- xdist -----------------------------------------------------------------------------------------

XDIST = ("-p", "xdist.plugin", "-n", "2")


def test_one_port_belongs_to_one_worker(inner: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    inner.makepyfile(TALK)
    result = inner.runpytest(*PLUGIN, *XDIST, "--modem-port", "/dev/ttyUSB2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*2 workers and 1 port(s): one port belongs to one worker*"])


def test_workers_have_ports_and_traces_of_their_own(inner: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    inner.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_own_port(modem, pytestconfig, worker_id, number, record_property):
            ports = pytestconfig.getoption("--modem-port")
            assert modem.port_name == ports[int(worker_id[2:])]
            record_property("port", modem.port_name)
            assert modem.send("AT+CGMM").lines
    """)
    with LoopThread() as loop, SyncSim(loop, "unisoc") as one, SyncSim(loop, "unisoc") as two:
        ports = ("--modem-port", one.path, "--modem-port", two.path)
        result = inner.runpytest_subprocess(*PLUGIN, *XDIST, *ports, "--modem-trace", "t.jsonl")
        outcomes(result, passed=4)
        paths = {one.path, two.path}
    traced = [
        {json.loads(line)["port"] for line in (inner.path / f"t-gw{n}.jsonl").read_text().splitlines()}
        for n in range(2)
    ]
    assert all(len(ports) <= 1 for ports in traced)
    assert set().union(*traced) <= paths


# -- the examples ----------------------------------------------------------------------------------


def test_the_example_suite_passes_against_the_simulated_module(inner: pytest.Pytester) -> None:
    folder = ROOT / "examples" / "module_tests"
    result = inner.runpytest(
        *PLUGIN, str(folder), "--rootdir", str(folder), "--modem-sim", "unisoc", "--modem-sim-speed", "20"
    )
    found = result.parseoutcomes()
    assert found.get("failed", 0) == found.get("errors", 0) == 0
    assert found["passed"] >= 15
    assert found["skipped"] == 1
