"""Columns: what stands in the arrays is what decoding each message gives, by both engines."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from v2x.codecs import records, uper
from v2x.codecs.columnplan import Plan
from v2x.codecs.columns import decode_columns, run_plan
from v2x.codecs.faults import Fault
from v2x.codecs.message import PROFILES
from v2x.testing import random_value

BUILT = records.NATIVE
NOT_BUILT = pytest.mark.skipif(
    not BUILT, reason="the native engine is not built: apt-get install gcc python3-dev"
)
NATIVE = [pytest.param(True, id="native", marks=NOT_BUILT), pytest.param(False, id="pure")]

PROFILE = "csae53_2020"
SWL = "MAP.nodes.inLinks-ex.sections.lanes.connectsTo-ex.swl.allowedPhaseIds"
FUZZ = Path(__file__).resolve().parents[1] / "fuzz" / "inputs.py"


@cache
def make(profile, native):
    return uper.make_engine(profile, native=native)


@cache
def inputs():
    """The fuzzer's inputs; they are no package."""
    if "inputs" not in sys.modules:
        spec = importlib.util.spec_from_file_location("inputs", FUZZ)
        sys.modules["inputs"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["inputs"])
    return sys.modules["inputs"]


def damaged(profile, count):
    """Frames, right ones and wrong ones, of every kind."""
    table, engine = make(profile, False)
    rng = Random(profile)
    pool = inputs().pool_of(table, rng, engine.encode_dict, 6)
    return tuple(inputs().octets(rng, pool) if rng.random() < 0.5 else rng.choice(pool) for _ in range(count))


def columns_of(fields, frames, native, offsets=None, flags=0, profile=PROFILE):
    table, engine = make(profile, native)
    return run_plan(Plan(table, tuple(fields)), engine, frames, offsets, flags)


@pytest.fixture(scope="module")
def bsms():
    rng = Random(1)
    values = [random_value(rng, "BSM", PROFILE) for _ in range(50)]
    return values, tuple(uper.encode_dict(value, PROFILE) for value in values)


@pytest.mark.parametrize("native", NATIVE)
class TestWhatStandsInThem:
    def test_numbers_enumerators_octets_and_bits(self, bsms, native):
        values, frames = bsms
        bodies = [body for _, body in values]
        table = columns_of(["bsmFrame"], frames, native)
        assert table.objects("bsmFrame.pos.lat") == [body["pos"]["lat"] for body in bodies]
        assert table["bsmFrame.pos.lat"].dtype == np.int32
        assert table["bsmFrame.pos.lat"].tolist() == table.objects("bsmFrame.pos.lat")
        assert table.objects("bsmFrame.angle") == [body.get("angle") for body in bodies]
        assert table.masks["bsmFrame.angle"].tolist() == ["angle" in body for body in bodies]
        assert table.objects("bsmFrame.transmission") == [body["transmission"] for body in bodies]
        assert table.names["bsmFrame.transmission"][2] == "forwardGears"
        assert table["bsmFrame.id"].dtype == "S8"
        assert table.objects("bsmFrame.id") == [body["id"] for body in bodies]
        wheels = [body["brakes"].get("wheelBrakes") for body in bodies]
        for column, wanted in zip(table.objects("bsmFrame.brakes.wheelBrakes"), wheels, strict=True):
            assert column == (None if wanted is None else int(f"{wanted[0][0] >> 3:05b}"[::-1], 2))
        assert table.error_kind(0) is None
        assert table.row is None

    def test_paths_in_three_spellings(self, bsms, native):
        spellings = ["bsmFrame.pos.elevation", "bsm_frame.pos.elevation", "BSM.pos.elevation"]
        first, *others = (columns_of([path], bsms[1], native).objects(path) for path in spellings)
        assert others == [first, first]
        with pytest.raises(ValueError, match="'BSM' is 'bsmFrame': one spelling at a time"):
            columns_of(spellings[::2], bsms[1], native)

    def test_a_list_is_a_table_of_its_own(self, native):
        rng = Random(2)
        values = [random_value(rng, kind, PROFILE) for kind in ("RSM", "MAP", "BSM") for _ in range(8)]
        frames = tuple(uper.encode_dict(value, PROFILE) for value in values)
        fields = ["RSM.msgCnt", "RSM.participants.ptcId", "MAP.nodes.name", "MAP.nodes.inLinks.lanes.laneID"]
        table = columns_of(fields, frames, native)
        participants = table.children["RSM.participants"]
        found = zip(participants.row.tolist(), participants.objects("RSM.participants.ptcId"), strict=True)
        rsms = [(row, body) for row, (name, body) in enumerate(values) if name == "rsmFrame"]
        assert list(found) == [(row, one["ptcId"]) for row, body in rsms for one in body["participants"]]
        nodes = table.children["MAP.nodes"]
        names = [node.get("name") for name, body in values if name == "mapFrame" for node in body["nodes"]]
        assert nodes.objects("MAP.nodes.name") == names
        lanes = nodes.children["MAP.nodes.inLinks"].children["MAP.nodes.inLinks.lanes"]
        links = nodes.children["MAP.nodes.inLinks"]
        assert nodes.length == len(names)
        assert (links.row < nodes.length).all()
        assert (lanes.row < links.length).all()
        counts = [body["msgCnt"] if name == "rsmFrame" else None for name, body in values]
        assert table.objects("RSM.msgCnt") == counts

    def test_choices_and_lists_of_numbers(self, native):
        table_day2, engine = make("csae157_2020", native)
        rng = Random(3)
        values = [random_value(rng, "MAP", "csae157_2020") for _ in range(40)]
        frames = tuple(engine.encode_dict(value) for value in values)
        fields = (
            SWL,
            "MAP.nodes.inLinks.points.posOffset",
        )
        table = run_plan(Plan(table_day2, fields), engine, frames, None, 0)
        points = (
            table.children["MAP.nodes"].children["MAP.nodes.inLinks"].children["MAP.nodes.inLinks.points"]
        )
        wanted = [
            point["posOffset"]["offsetLL"][0]
            for _, body in values
            for node in body["nodes"]
            for link in node.get("inLinks", ())
            for point in link.get("points", ())
        ]
        assert points.objects("MAP.nodes.inLinks.points.posOffset.offsetLL") == wanted
        child, path = table, ""
        for name in SWL.split("."):
            path = f"{path}.{name}".lstrip(".")
            child = child.children.get(path, child)
        wanted = [
            number
            for _, body in values
            for node in body["nodes"]
            for link in node.get("inLinks-ex", ())
            for section in link["sections"]
            for lane in section["lanes"]
            for connection in lane.get("connectsTo-ex", ())
            for number in connection.get("swl", {}).get("allowedPhaseIds", ())
        ]
        assert child.objects(SWL) == wanted
        assert wanted

    def test_frames_that_are_none_have_their_fault(self, bsms, native):
        good = bsms[1][0]
        frames = (good, good[:-1], b"", good + b"\0", good)
        table = columns_of(["BSM.msgCnt", "BSM.safetyExt.pathHistory.crumbData.timeOffset"], frames, native)
        faults = [Fault.NONE, Fault.TRUNCATED, Fault.TRUNCATED, Fault.TAIL_OCTETS, Fault.NONE]
        assert table.faults.tolist() == faults
        assert table.masks["BSM.msgCnt"].tolist() == [True, False, False, False, True]
        assert table["BSM.msgCnt"].tolist()[1:4] == [0, 0, 0]
        assert table.error_kind(3) == "trailing"
        assert set(table.children["BSM.safetyExt.pathHistory.crumbData"].row.tolist()) <= {0, 4}
        assert columns_of(["BSM.msgCnt"], frames, native, flags=uper.LENIENT).faults.tolist() == [
            0,
            1,
            1,
            0,
            0,
        ]

    def test_frames_in_one_buffer(self, bsms, native):
        frames = bsms[1]
        offsets = np.cumsum([0, *map(len, frames)])
        apart = columns_of(["BSM"], frames, native)
        joined = columns_of(["BSM"], b"".join(frames), native, offsets=offsets)
        for name in apart:
            assert (apart[name] == joined[name]).all()
        wrong = np.array([0, len(frames[0]), 10**9, -5], np.int64)
        table = columns_of(["BSM.msgCnt"], b"".join(frames), native, offsets=wrong)
        assert table.faults.tolist() == [0, Fault.TRUNCATED, Fault.TRUNCATED]

    def test_nothing(self, native):
        table = columns_of(["BSM", "RSM.participants", "MAP.nodes.name"], (), native)
        assert table.length == 0
        assert all(len(column) == 0 for column in table.arrays.values())
        assert table.children["RSM.participants"].length == 0


@NOT_BUILT
@pytest.mark.parametrize("profile", PROFILES)
def test_every_field_of_damaged_messages_is_the_same_in_both_engines(profile):
    frames = damaged(profile, 150)
    plan = Plan.of_everything(make(profile, True)[0])
    same(*(run_plan(plan, make(profile, native)[1], frames, None, 0) for native in (True, False)))


def same(one, other):
    assert list(one) == list(other)
    assert one.length == other.length
    for name in one:
        assert one[name].dtype == other[name].dtype
        assert (one[name] == other[name]).all()
        assert (one.masks[name] == other.masks[name]).all()
    if one.faults is not None:
        assert (one.faults == other.faults).all()
        assert 0 < np.count_nonzero(one.faults) < one.length
    else:
        assert (one.row == other.row).all()
    assert list(one.children) == list(other.children)
    for path in one.children:
        same(one.children[path], other.children[path])


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("bsmFrame.pos.height", "'height' is none of lat, long, elevation"),
        ("pinkFrame", "'pinkFrame' is none of bsmFrame"),
        ("bsmFrame.pos.lat.more", "'more' is none of nothing"),
        ("PSM.speed", "'PSM' is none of"),
    ],
)
def test_fields_that_there_are_not(field, text):
    with pytest.raises(ValueError, match=text):
        decode_columns([], [field], PROFILE)


def test_misuse():
    with pytest.raises(ValueError, match="one field"):
        decode_columns([], [], PROFILE)
    with pytest.raises(TypeError, match="frame 1"):
        decode_columns([b"", "text"], ["BSM"], PROFILE)
    with pytest.raises(ValueError, match="unknown profile"):
        decode_columns([], ["BSM"], "csae53_2017")


def test_lists_are_taken_too(bsms):
    table = decode_columns(list(bsms[1]), ["BSM.msgCnt"], PROFILE)
    assert table.length == len(bsms[1])
    assert dict(table).keys() == {"BSM.msgCnt"}


@NOT_BUILT
def test_other_threads_run_meanwhile(bsms):
    """The other thread gives way all the time, this one is never made to: only the engine lets it run."""
    frames = bsms[1] * 1000
    engine = make(PROFILE, True)[1]
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    counter = threading.Thread(target=count)
    try:
        sys.setswitchinterval(1000)
        counter.start()
        for _ in range(100):  # it takes a processor that has time for both
            before = counted[0]
            assert not any(engine.walk_many(frames))
            if counted[0] > before:
                break
        assert counted[0] > before
    finally:
        done.set()
        sys.setswitchinterval(interval)
        counter.join()


def test_arrow(bsms):
    pytest.importorskip("pyarrow", reason="pip install pyarrow")
    table = decode_columns((*bsms[1], b""), ["BSM", "BSM.safetyExt.pathHistory.crumbData"], PROFILE)
    arrow = table.to_arrow()
    for name in table:
        if table[name].dtype == np.uint32 and name in table.names:
            continue
        assert arrow[name].to_pylist() == table.objects(name)
    assert arrow["fault"].to_pylist()[-1] == Fault.TRUNCATED
    child = table.children["BSM.safetyExt.pathHistory.crumbData"]
    assert child.to_arrow()["row"].to_pylist() == child.row.tolist()
