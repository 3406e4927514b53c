"""Records and the folder they are kept in: nothing changes on the way, a kill loses one cycle at most."""

from __future__ import annotations

import contextlib
import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.modem.bench_record import (
    Cycle,
    RecordError,
    Status,
    StepRecord,
    columns,
    numbers_of,
    parse_cycle,
    row_of,
    share_of,
)
from v2x.modem.bench_store import CSV_NAME, EVENTS_NAME, Results, Store, read_results
from v2x.modem.plan import Plan, parse_plan
from v2x.modem.stats import Share

if TYPE_CHECKING:
    from pathlib import Path

PLAN = """
[bench]
cycles = 4
[[step]]
do = "bringup"
[[step]]
do = "ping"
host = "192.0.2.1"
"""
NAMES = ("bringup", "ping")


def plan(text: str = PLAN) -> Plan:
    return parse_plan(text, "p.toml")


finite = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
shares = (
    st.integers(0, 9).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))).map(lambda p: Share(*p))
)
steps = st.builds(
    StepRecord,
    st.sampled_from(NAMES),
    st.sampled_from(Status),
    st.none() | finite,
    st.none() | st.text(max_size=20),
    st.dictionaries(st.sampled_from(["at_s", "data_s", "min_ms"]), finite),
    st.dictionaries(st.just("loss"), shares),
)
cycles = st.builds(Cycle, st.integers(1, 9), finite.map(abs), finite, st.lists(steps, max_size=3).map(tuple))

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def cycle(number: int, *, ok: bool = True) -> Cycle:
    ping = StepRecord("ping", Status.OK, 0.25, None, {"avg_ms": 20.0}, {"loss": Share(1, 4)})
    if not ok:
        ping = StepRecord("ping", Status.FAILED, 1.0, "no reply", {}, {"loss": Share(4, 4)})
    return Cycle(
        number, 1e9 + number, 2.0, (StepRecord("bringup", Status.OK, 1.5, None, {"at_s": 0.5}), ping)
    )


@given(cycles)
def test_a_cycle_survives_json(one: Cycle) -> None:
    assert parse_cycle(json.loads(json.dumps(one.to_dict()))) == one


@given(json_values)
def test_any_json_is_a_cycle_or_a_record_error(value: Any) -> None:
    whole = cycle(1).to_dict()
    for view in (value, *({**whole, key: value} for key in whole), {**whole, "steps": [value]}):
        with contextlib.suppress(RecordError):
            assert isinstance(parse_cycle(view), Cycle)
    for view in (
        value,
        {"event": [value]},
        {"event": "end", "at": 1.0, "why": value},
        {"event": "begin", "at": 1.0, "schema": 1, "plan": value},
    ):
        with pytest.raises(RecordError):
            Results().take(view)


@given(st.lists(cycles, max_size=6))
def test_every_measure_is_in_the_table_and_adds_up(some: list[Cycle]) -> None:
    names = columns(plan())
    rows = [dict(zip(names, row_of(one, names), strict=True)) for one in some]
    assert [row["cycle"] for row in rows] == [one.number for one in some]
    assert [row["ok"] for row in rows] == [one.ok for one in some]
    done = share_of(some, "cycle.success")
    assert (done.hits, done.of) == (sum(one.ok for one in some), len(some))
    tried = [s for one in some for s in one.steps if s.name == "ping" and s.status is not Status.SKIPPED]
    assert share_of(some, "ping.success").of == len(tried)
    assert share_of(some, "ping.loss") == sum((s.shares.get("loss", Share(0, 0)) for s in tried), Share(0, 0))
    seconds = numbers_of(some, "ping.seconds")
    assert len(seconds) == sum(s.status is Status.OK and s.seconds is not None for s in tried)


def test_the_first_failure_is_the_reason() -> None:
    bad = cycle(1, ok=False)
    assert (bad.ok, bad.reason) == (False, "ping: no reply")
    assert cycle(1).reason is None
    assert numbers_of([bad, cycle(2)], "cycle.seconds") == [(2, 2.0)]


# -- the folder ------------------------------------------------------------------------------------


def filled(folder: Path, count: int = 2) -> Store:
    store = Store.create(folder, plan())
    store.begin(1.0, plan(), {"v2x": "0"})
    store.module(1.5, {"imei": "***********0000"}, simulated=True)
    for number in range(1, count + 1):
        store.cycle(cycle(number))
    store.note(2.0, "card 89001010000000000001 seen")
    return store


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    store = filled(tmp_path)
    store.end(3.0, "complete")
    store.close()
    results, whole = read_results(tmp_path)
    assert whole == (tmp_path / EVENTS_NAME).stat().st_size
    assert results == store.results
    assert [one.number for one in results.cycles] == [1, 2]
    assert results.sessions[0].why == "complete"
    assert results.simulated
    assert "89001010000000000001" not in (tmp_path / EVENTS_NAME).read_text()
    with (tmp_path / CSV_NAME).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ping.loss_count"] for row in rows] == ["1", "1"]
    assert rows[0]["ok"] == "true"
    assert rows[0]["bringup.data_s"] == ""


@settings(max_examples=25)
@given(cut=st.integers(0, 400))
def test_a_kill_at_any_octet_loses_one_cycle_at_most(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("bench")
    filled(folder, 3).close()
    path = folder / EVENTS_NAME
    octets = path.read_bytes()
    last = octets.index(b'"number": 3')
    path.write_bytes(octets[: max(last, len(octets) - cut)])
    again = Store.resume(folder, plan())
    done = len(again.results.cycles)
    assert done in (2, 3)
    again.begin(9.0, plan(), {})
    again.cycle(cycle(done + 1))
    again.close()
    results, _ = read_results(folder)
    assert [one.number for one in results.cycles] == list(range(1, done + 2))
    assert len((folder / CSV_NAME).read_text().splitlines()) == done + 2
    assert len(results.sessions) == 2
    assert results.sessions[0].why is None


def test_folders_that_can_t_be_used(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no results to go on with"):
        Store.resume(tmp_path, plan())
    filled(tmp_path).close()
    with pytest.raises(RecordError, match="holds results already"):
        Store.create(tmp_path, plan())
    with pytest.raises(RecordError, match="another plan: steps differs"):
        Store.resume(tmp_path, plan(PLAN.replace("192.0.2.1", "192.0.2.2")))
    with pytest.raises(RecordError, match="another plan: profile differs"):
        Store.resume(tmp_path, plan(PLAN.replace("cycles = 4", 'cycles = 4\nprofile = "qualcomm"')))
    Store.resume(tmp_path, plan(PLAN.replace("cycles = 4", "cycles = 9"))).close()


@pytest.mark.parametrize(
    "damage", [b"\x00\x00", b"{}", b"[]", b'{"event": "cycle", "number": 9}', b"[" * 100_000]
)
def test_a_damaged_line_in_the_middle_is_an_error(tmp_path: Path, damage: bytes) -> None:
    filled(tmp_path).close()
    path = tmp_path / EVENTS_NAME
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], damage, *lines[1:]]) + b"\n")
    with pytest.raises(RecordError, match=r"events\.jsonl:2"):
        read_results(tmp_path)


@given(st.binary(max_size=300))
def test_any_file_gives_results_or_a_record_error(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bench")
    (folder / EVENTS_NAME).write_bytes(octets)
    try:
        _, whole = read_results(folder)
    except RecordError:
        return
    assert 0 <= whole <= len(octets)
