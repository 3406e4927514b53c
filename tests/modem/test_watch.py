"""``v2x modem watch``: samples, what changed, the plot, the files, the run."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import math
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from v2x.cli.modem import app
from v2x.cli.modem_plot import BRAILLE, Line, bounds, plot
from v2x.cli.modem_watch_files import CSV_COLUMNS, csv_row
from v2x.cli.modem_watch_screen import WatchScreen
from v2x.cli.modem_watching import Watching
from v2x.modem.bench_module import ModuleLink
from v2x.modem.errors import PortLost
from v2x.modem.host import SimHost, simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port
from v2x.modem.profiles import load_profile, profile_names
from v2x.modem.sim_script import parse_script
from v2x.modem.watch import Carrier, Cell, Sample, Watcher, changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).resolve().parents[2]
SPEED = 50.0
END_S = 30.0


def on_module(
    profile: str, work: Callable[[Modem, SimHost], Awaitable[None]], *, script: str | None = None
) -> None:
    async def run() -> None:
        loaded = None if script is None else parse_script(script, "test")
        async with simulated_module(profile, speed=SPEED, script=loaded) as host:
            await host.until_ready()
            async with Modem(await open_port(host.path)) as modem:
                domains = load_profile(profile).host.registration
                with modem.subscribe(*domains) as heard:
                    await modem.send("ATE0" + "".join(f";{domain}=2" for domain in domains))
                    while not host.module.registered:
                        await heard.get()
                await work(modem, host)

    asyncio.run(asyncio.wait_for(run(), END_S))


# -- samples ---------------------------------------------------------------------------------------


def test_a_standalone_cell_with_all_that_is_beside_it() -> None:
    async def work(modem: Modem, _: SimHost) -> None:
        watcher = Watcher("unisoc")
        sample = Sample(0.0)
        for at in range(8):  # slow questions take turns
            sample = await watcher.sample(modem, at=float(at))
        assert (sample.at, sample.rat, sample.state) == (7.0, "NR", "NOCONN")
        assert sample.serving == Cell("NR", 702, 633984, 78, 100.0, -89.0, -8.0, 15.0)
        assert sample.secondary is None
        assert [cell.pci for cell in sample.neighbours] == [703]
        assert [carrier.role for carrier in sample.carriers] == ["PCC"]
        assert sample.registration["C5GREG"] == "home nr"
        assert sample.temperature_c is not None
        assert json.loads(json.dumps(sample.to_dict()))["serving"]["pci"] == 702

    on_module("unisoc", work)


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_gives_a_level_or_says_what_it_lacks(profile: str) -> None:
    async def work(modem: Modem, _: SimHost) -> None:
        watcher = Watcher(profile)
        first = await watcher.sample(modem, at=0.0)
        second = await watcher.sample(modem, at=1.0)
        assert second.level("rsrp_dbm") is not None or second.missing
        assert not set(second.failed) & set(first.failed), "what is lacking is asked once"

    on_module(profile, work)


EN_DC = """
[[cell]]
name = "l"
rat = "LTE"
pci = 246
arfcn = 1300
band = 3
bandwidth_mhz = 20
duplex = "FDD"
secondary = "n"
[[cell]]
name = "n"
rat = "NR5G-NSA"
pci = 242
arfcn = 627264
band = 78
bandwidth_mhz = 100
[[cell]]
name = "s"
rat = "NR5G-SA"
pci = 7
arfcn = 633984
band = 78
bandwidth_mhz = 100
"""


def test_a_handover_is_seen() -> None:
    async def work(modem: Modem, host: SimHost) -> None:
        watcher = Watcher("qualcomm")
        before = await watcher.sample(modem, at=0.0)
        assert (before.rat, before.serving and before.serving.rat) == ("EN-DC", "LTE")
        assert before.secondary is not None
        assert before.secondary.pci == 242
        host.module.network.handover("s")
        now = await watcher.sample(modem, at=1.0)
        found = {change.kind: change.text for change in changes(before, now)}
        assert found["rat"] == "EN-DC -> NR"
        assert found["cell"].endswith("-> NR band 78 channel 633984 PCI 7")
        assert found["secondary cell"].endswith("-> none")
        assert not changes(now, now)

    on_module("qualcomm", work, script=EN_DC)


USB = """
[module]
usb = true
usb_s = 5.0
"""


def test_a_restart_takes_the_port_away_and_brings_another() -> None:
    async def run() -> None:
        async with simulated_module("unisoc", speed=SPEED, script=parse_script(USB, "test")) as host:
            await host.until_ready()
            notes: list[str] = []
            link = ModuleLink(lambda: open_port(host.path), load_profile("unisoc"), on_note=notes.append)
            watching = Watching(link, Watcher("unisoc"), notes, 0.01)
            events: list[str] = []
            async for sample, changed in watching.samples(None, 200):
                events += [f"{change.kind}: {change.text}" for change in changed]
                if watching.taken == 1:
                    with contextlib.suppress(PortLost):  # it may go before its OK is out
                        await (await link.modem()).send("AT+CFUN=1,1")
                if sample.serving is not None and any("opened again" in event for event in events):
                    break
            await link.close()
            assert any(event.startswith("port: port lost") for event in events)
            assert any("opened again" in event for event in events)
            assert not notes

    asyncio.run(asyncio.wait_for(run(), END_S))


cells = st.none() | st.builds(
    Cell,
    st.sampled_from([None, "LTE", "NR"]),
    st.none() | st.integers(0, 1007),
    st.none() | st.integers(0, 3_279_165),
    st.none() | st.integers(1, 1023),
    st.none() | st.sampled_from([1.4, 20.0, 100.0]),
    *[st.none() | st.integers(-160, 60).map(float)] * 3,
)
samples = st.builds(
    Sample,
    st.floats(0, 4e9),
    st.sampled_from([None, "NOCONN", "CONNECT", "SEARCH"]),
    st.sampled_from([None, "LTE", "NR", "EN-DC"]),
    cells,
    cells,
    st.dictionaries(st.sampled_from(["CEREG", "C5GREG"]), st.sampled_from(["home", "searching"])),
    st.dictionaries(
        st.sampled_from(["rsrp_dbm", "rsrq_db NR5G", "sinr_db LTE"]),
        st.tuples(*[st.none() | st.integers(-140, 40).map(float)] * 4),
    ),
    st.lists(cells.filter(bool), max_size=6).map(tuple),
    st.lists(st.just(Carrier("PCC", None, None, None, None)), max_size=2).map(tuple),
    st.dictionaries(st.text(max_size=5), st.integers(-40, 120).map(float), max_size=3),
)  # fmt: skip


@given(samples)
def test_the_same_sample_is_no_change(sample: Sample) -> None:
    assert not changes(sample, sample)


@settings(max_examples=40)
@given(samples, samples)
def test_any_two_samples_give_a_row_an_object_and_a_screen(before: Sample, now: Sample) -> None:
    found = changes(before, now)
    assert all(change.at == now.at for change in found)
    row = csv_row(now, found, elapsed_s=now.at - before.at, simulated=True)
    assert set(row) <= set(CSV_COLUMNS)
    json.dumps(now.to_dict(), allow_nan=False)
    screen = WatchScreen("title")
    screen.add(before, ())
    screen.add(now, found)
    Console(width=100, file=io.StringIO()).print(screen)
    assert all(change.kind in screen.line() for change in found)
    assert "2 samples" in screen.summary()[0]


# -- the plot --------------------------------------------------------------------------------------

values = st.lists(st.none() | st.floats(-1e3, 1e3), max_size=80)


def dots(texts: list[Any]) -> int:
    return sum((ord(char) - BRAILLE).bit_count() for text in texts for char in text.plain)


@given(values, st.integers(1, 30), st.integers(1, 10))
def test_a_plot_has_its_size_and_a_dot_for_each_value(
    line: list[float | None], columns: int, rows: int
) -> None:
    low, high = bounds([Line("a", line)], 5.0, 20.0)
    assert high - low >= 20.0
    texts = plot([Line("a", line)], columns, rows, low, high)
    assert [len(text.plain) for text in texts] == [columns] * rows
    shown = [value for value in line[-2 * columns :] if value is not None]
    assert dots(texts) >= len(shown)
    assert bool(dots(texts)) is bool(shown)


def test_a_plot_by_hand() -> None:
    falling = plot([Line("a", [3.0, 2.0, 1.0, 0.0])], 2, 1, 0.0, 3.0)
    assert falling[0].plain == chr(BRAILLE + 0x19) + chr(BRAILLE + 0xA6)
    flat = plot([Line("a", [0.0] * 4)], 2, 1, 0.0, 3.0)
    assert flat[0].plain == chr(BRAILLE + 0xC0) * 2
    gap = plot([Line("a", [0.0, None, 0.0])], 2, 1, 0.0, 3.0)
    assert dots(gap) == 2


@pytest.mark.parametrize(
    ("columns", "rows", "low", "high"), [(0, 1, 0, 1), (1, 0, 0, 1), (1, 1, 1, 1), (1, 1, 0, math.nan)]
)
def test_no_room_no_plot(columns: int, rows: int, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="room"):
        plot([], columns, rows, low, high)


# -- the command -----------------------------------------------------------------------------------


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["watch", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_files_and_lines(tmp_path: Path) -> None:
    rows_file, lines_file = tmp_path / "w.csv", tmp_path / "w.jsonl"
    status, out, _ = call(
        "--sim", "unisoc", "--samples", "3", "--interval", "0.2",
        "--csv", str(rows_file), "--json", str(lines_file), "--trace", str(tmp_path / "t.jsonl"),
    )  # fmt: skip
    assert status == 0
    assert out.startswith("SIMULATED module, profile unisoc\n")
    assert "SIMULATED module, profile unisoc: 3 samples" in out
    with rows_file.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["simulated"] for row in rows] == ["True"] * 3
    assert tuple(rows[0]) == CSV_COLUMNS
    views = [json.loads(line) for line in lines_file.read_text().splitlines()]
    assert views[0] == {"kind": "start", "simulated": True, "profile": "unisoc", "interval_s": 0.2}
    assert views[-1] == {"kind": "end", "samples": 3, "simulated": True}
    assert sum(view["kind"] == "sample" for view in views) == 3
    assert (tmp_path / "t.jsonl").stat().st_size


def test_standard_output_is_json_alone() -> None:
    status, out, _ = call("--sim", "qualcomm", "--samples", "1", "--json", "-")
    assert status == 0
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["start", "sample", "end"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C in the middle of a long pause: summary, status 0, whole files."""
    lines_file = tmp_path / "w.jsonl"
    arguments = ["watch", "--sim", "unisoc", "--interval", "600", "--json", str(lines_file)]
    code = f"from v2x.cli.modem import app; app({arguments!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [process.stdout.readline(), process.stdout.readline()]
    process.send_signal(number)
    rest, errors = process.communicate(timeout=END_S)
    assert process.returncode == 0, errors
    assert said[0] == "SIMULATED module, profile unisoc\n"
    assert "1 samples" in rest
    assert json.loads(lines_file.read_text().splitlines()[-1])["kind"] == "end"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "No port given"),
        (("-p", "/dev/ttyUSB999"), 1, "no such device"),
        (("--sim", "unisoc", "--csv", "/nowhere/w.csv"), 1, "/nowhere/w.csv"),
        (("--sim", "other"), 1, "no module profile 'other'"),
    ],
)
def test_what_goes_wrong(arguments: tuple[str, ...], status: int, words: str) -> None:
    found, _, errors = call(*arguments)
    assert found == status
    assert words in errors
    assert "Traceback" not in errors
