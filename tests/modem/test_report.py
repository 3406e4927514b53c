"""The report: whole HTML that loads nothing, says what it has to, and stays small however long the run."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.modem.bench_record import Cycle, Status, StepRecord, columns
from v2x.modem.bench_store import Note, Results, Session, Store
from v2x.modem.plan import Plan, parse_plan
from v2x.modem.report import report_page
from v2x.modem.report_files import write_parquet, write_report
from v2x.modem.report_junit import junit_xml
from v2x.modem.report_svg import POINTS, Series, number, series, share_bar, spread
from v2x.modem.stats import Share

if TYPE_CHECKING:
    from pathlib import Path

STEPS = """
[[step]]
do = "bringup"
[[step]]
do = "signal"
[[step]]
do = "ping"
host = "192.0.2.1"
[[limit]]
name = "soon"
measure = "bringup.seconds"
statistic = "p95"
at_most = 2.5
[[limit]]
measure = "ping.loss"
statistic = "upper"
at_most = 0.2
"""
VOID = {"meta", "line", "rect", "circle", "polyline"}
HOSTILE = "<script>alert('x')</script> & \" \x1b[31m \ud800 \x00"


def plan_of(
    title: str = "'A bench'", simulated: str = "[simulated]\nspeed = 20\n", steps: str = STEPS
) -> Plan:
    return parse_plan(f"[bench]\ncycles = 4\ntitle = {title}\n{simulated}{steps}", "p.toml")


def cycle(number: int, *, failed: bool = False, text: str = "CME ERROR 30 (no network service)") -> Cycle:
    at = 1.8e9 + 3.0 * number
    if failed:
        up = StepRecord("bringup", Status.FAILED, 9.0, text, {"at_s": 0.5})
        return Cycle(
            number, at, 9.0, (up, *(StepRecord(name, Status.SKIPPED) for name in ("signal", "ping")))
        )
    up = StepRecord(
        "bringup", Status.OK, 1.0 + number % 7 / 10, None, {"registered_s": 0.2 + number % 5 / 10}
    )
    levels = {"rsrp_dbm": -90.0 - number % 3, "pci": 1.0 if number < 3 else 2.0}
    seen = StepRecord("signal", Status.OK, 0.05, None, levels)
    ping = StepRecord(
        "ping", Status.OK, 0.2, None, {"avg_ms": 20.0 + number % 4}, {"loss": Share(number % 2, 4)}
    )
    return Cycle(number, at, 1.5, (up, seen, ping))


def results(count: int = 4, *, why: str | None = "complete", text: str = "no network service") -> Results:
    found = Results(simulated=True, identity={"manufacturer": text, "imei": "***********0000"})
    found.sessions.append(Session(1.8e9, {"python": "3.11"}, 1.8e9 + 100.0, why))
    found.cycles = [cycle(number, failed=number % 4 == 0, text=text) for number in range(1, count + 1)]
    found.notes.append(Note(1.8e9, text))
    return found


class Page(HTMLParser):
    """Checks that what is opened is closed, and gathers tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def test_it_needs_nothing_beside_it() -> None:
    page = report_page(plan_of(), results())
    seen = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "base", "form", "a"} & set(seen.tags)
    assert not {"src", "href", "xlink:href", "action", "style"} & {name for name, _ in seen.attributes}
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|//", page.replace("<!DOCTYPE", ""))
    assert "default-src 'none'" in page


def test_it_says_what_it_has_to() -> None:
    seen = Page(report_page(plan_of(), results()))
    for words in (
        "SIMULATED", "its time ran 20 times as fast", "A bench", "FAIL", "✓ PASS", "✗ FAIL", "soon",
        "complete", "75 %", "***********0000", "no network service", "nearest rank", "Wilson", "PCI 2",
        "Signal over time", "Distributions", "Ping over time", "Pass limits",
    ):  # fmt: skip
        assert words in seen.text, words
    assert "prefers-color-scheme: dark" in report_page(plan_of(), results())


def test_a_real_module_is_not_called_simulated_and_a_simulated_one_behind_a_port_is() -> None:
    plan = plan_of(simulated="port = '/dev/ttyUSB2'\n")
    found = results()
    assert "SIMULATED" in Page(report_page(plan, found)).text
    found.simulated = False
    seen = Page(report_page(plan, found))
    assert "SIMULATED" not in seen.text
    assert "/dev/ttyUSB2" in seen.text


def test_every_plot_is_whole_and_has_a_title() -> None:
    page = report_page(plan_of(), results())
    drawings = re.findall(r"<svg.*?</svg>", page)
    assert len(drawings) > 8
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert root.findtext("title")
    figures = page.count("<figure>")
    assert figures == page.count("<figcaption>") >= 6


def test_what_others_say_is_text() -> None:
    title = '"' + "".join(f"\\U{ord(c):08x}" for c in HOSTILE if c != "\ud800") + '"'
    seen = Page(report_page(plan_of(title), results(text=HOSTILE)))
    assert "script" not in seen.tags
    assert "<script>alert('x')</script>" in seen.text
    assert "\x1b" not in seen.text
    report_page(plan_of(title), results(text=HOSTILE)).encode("utf-8")


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("why", [None, "interrupted"])
def test_a_run_that_hardly_began(count: int, why: str | None) -> None:
    seen = Page(report_page(plan_of(steps=STEPS.partition("[[limit]]")[0]), results(count, why=why)))
    assert "INCOMPLETE" in seen.text
    assert ("not at its end" if why is None else why) in seen.text
    Page(report_page(plan_of(), Results()))


def test_a_long_run_has_no_long_report() -> None:
    short, long = (len(report_page(plan_of(), results(count))) for count in (1000, 20_000))
    assert long < 1.3 * short


# -- plots -----------------------------------------------------------------------------------------

values = st.lists(st.floats(-1e9, 1e9) | st.floats(0.001, 2.0), min_size=1, max_size=40)


@settings(max_examples=60)
@given(values, st.booleans(), st.booleans(), st.lists(st.floats(-1e9, 1e9), max_size=3))
def test_any_values_can_be_drawn_inside_the_frame(
    some: list[float], zero: bool, joined: bool, limits: list[float]
) -> None:
    points = [(float(n), value) for n, value in enumerate(some)]
    lines = [(value, "limit", "limit") for value in limits]
    plot = Series(
        "<title>", points, (0.0, float(len(some))), number, 5.0, lines, [1.0], zero=zero, joined=joined
    )
    for drawing in (series(plot), spread("t", some, "s", limits), share_bar(0.5, 0.4, 0.6, "w")):
        root = ET.fromstring(drawing)
        _, _, width, height = (float(value) for value in (root.get("viewBox") or "").split())
        for element in root.iter():
            for name in ("x", "x1", "x2", "cx"):
                assert -1.0 <= float(element.get(name, "0")) <= width + 1.0
            for name in ("y", "y1", "y2", "cy"):
                assert -1.0 <= float(element.get(name, "0")) <= height + 1.0
            assert float(element.get("width", "0")) >= 0.0
            assert float(element.get("height", "0")) >= 0.0


def test_an_axis_covers_its_values_below_zero_too() -> None:
    drawing = series(Series("t", [(0.0, -95.0), (1.0, -83.0)], (0.0, 1.0), number, 1.0, zero=False))
    assert all(f">{tick}</text>" in drawing for tick in (-95, -90, -85, -80))


def test_many_points_become_bars() -> None:
    many = [(float(n), float(n % 10)) for n in range(10 * POINTS)]
    drawing = series(
        Series("t", many, (0.0, 10.0 * POINTS), number, 500.0, failed=[float(n) for n in range(9999)])
    )
    assert "<circle" not in drawing
    assert 0 < drawing.count('class="range"') <= POINTS
    assert drawing.count('class="failed"') <= POINTS


def test_a_value_far_out_makes_the_axis_logarithmic() -> None:
    plot = Series("t", [(0.0, 1.0), (1.0, 1.0), (2.0, 100.0)], (0.0, 2.0), number, 1.0)
    assert "logarithmic" in series(plot)
    assert "1 more, up to 100 s" in spread("t", [1.0, 1.1, 1.2] * 20 + [100.0], "s")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (3.0, "3"),
        (0.1234, "0.123"),
        (12.345, "12.35"),
        (123.45, "123.5"),
        (12345.6, "12346"),
        (-89, "-89"),
    ],
)
def test_numbers_for_people(value: float, text: str) -> None:
    assert number(value) == text


# -- files -----------------------------------------------------------------------------------------


def test_junit() -> None:
    root = ET.fromstring(junit_xml(plan_of(), results()).encode())
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    assert cases.keys() == {"the run comes to its end", "soon", "upper of ping.loss at most 0.2"}
    failure = cases["upper of ping.loss at most 0.2"]
    assert failure is not None
    assert "asked for at most 0.2" in (failure.get("message") or "")
    assert {"simulated", "module.imei"} <= {p.get("name") for p in suite.iter("property")}


def test_junit_of_a_run_without_an_end_and_with_any_text() -> None:
    root = ET.fromstring(junit_xml(plan_of(), results(why=HOSTILE, text=HOSTILE)).encode())
    first = root.find("testsuite/testcase/failure")
    assert first is not None
    assert "<script>" in (first.get("message") or "")
    assert ET.fromstring(junit_xml(plan_of(), Results()).encode()).get("failures") == "3"


def test_files(tmp_path: Path) -> None:
    written = write_report(tmp_path, plan_of(), results())
    assert {"report.html", "junit.xml"} <= {path.name for path in written}
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert write_report(tmp_path, plan_of(), results()) == written  # over the old ones


def test_parquet_has_the_table_of_the_csv(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install 'v2x[arrow]'")
    plan = plan_of()
    store = Store.create(tmp_path, plan)
    store.begin(1.8e9, plan, {})
    for one in results().cycles:
        store.cycle(one)
    store.close()
    table = parquet.read_table(write_parquet(tmp_path / "cycles.parquet", plan, store.results))
    assert table.column_names == list(columns(plan))
    with (tmp_path / "cycles.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("ok", "bringup.status", "ping.loss_count", "signal.rsrp_dbm", "reason"):
        texts = ["" if value is None else str(value) for value in table.column(name).to_pylist()]
        assert [text.lower() for text in texts] == [row[name].lower() for row in rows]


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"v2x\[arrow\]"):
        write_parquet(tmp_path / "x.parquet", plan_of(), results())
