"""The op-table: cached is what is compiled, the native engine refuses what is no table, stubs are current."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from v2x.codecs import faults, optable, parsed, records, stubs, uper
from v2x.codecs.message import DAY2_MESSAGES, DAY2_PROFILE, PROFILES
from v2x.codecs.opcompile import compile_profile
from v2x.codecs.optable import EXTENSIBLE, FRAME, OPTIONAL, SELECTOR, Code, Op, OpTable
from v2x.codecs.schema import Integer, Sequence, node_of

ROOT = Path(__file__).resolve().parents[2]
BUILT = records.NATIVE
NOT_BUILT = pytest.mark.skipif(
    not BUILT, reason="the native engine is not built: apt-get install gcc python3-dev"
)


@pytest.mark.parametrize("profile", PROFILES)
class TestTables:
    def test_what_is_loaded_is_what_is_compiled(self, profile):
        table = compile_profile(profile)
        assert optable.load(profile) == table
        assert OpTable.from_json(json.loads(json.dumps(table.to_json()))) == table

    def test_parts_stand_before_wholes(self, profile):
        table = optable.load(profile)
        for row, op in enumerate(table.ops):
            below = [part.op for part in table.parts_of(op)] if op.code in (Code.SEQ, Code.CHOICE) else []
            below += [op.first] if op.code == Code.LIST else []
            below += [inner for _, inner in table.messages] if op.code == Code.OPEN else []
            assert all(inner < row for inner in below)

    def test_rows_say_what_the_schema_says(self, profile):
        table = optable.load(profile)
        frame = table.ops[table.roots["MessageFrame"]]
        assert (frame.code, frame.flags, frame.width, frame.members) == (
            Code.CHOICE,
            EXTENSIBLE | FRAME,
            3,
            5,
        )
        position = table.ops[table.roots["Position3D"]]
        node = node_of(profile, "Position3D")
        assert isinstance(node, Sequence)
        for part, member in zip(table.parts_of(position), node.members, strict=True):
            op = table.ops[part.op]
            assert (part.name, bool(part.flags & OPTIONAL)) == (member.name, member.optional)
            assert isinstance(member.node, Integer)
            assert (op.low, op.high) == (member.node.low, member.node.high)
            assert op.width == (op.high - op.low).bit_length()

    def test_the_cache_of_the_user(self, profile, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(optable, "DIRECTORY", tmp_path)
        monkeypatch.setattr(optable, "digest", lambda _profile: "0123456789abcdef0")
        optable.load.cache_clear()
        table = optable.load(profile)
        (cached,) = (tmp_path / "v2x").glob("*.optable.json")
        monkeypatch.setattr(optable, "_compiled", lambda _profile: pytest.fail("compiled again"))
        optable.load.cache_clear()
        assert optable.load(profile) == table
        for text in ("", "[]", "{}", '{"sha256": "0123456789abcdef0", "table": {"ops": 5}}'):
            cached.write_text(text, encoding="ascii")
            optable.load.cache_clear()
            with pytest.raises(pytest.fail.Exception, match="compiled again"):
                optable.load(profile)
        optable.load.cache_clear()

    def test_an_edited_source_has_another_digest(self, profile, tmp_path):
        for name in parsed.SOURCES[profile]:
            (tmp_path / name).write_bytes((parsed.DIRECTORY / name).read_bytes())
        assert optable.digest(profile, tmp_path) == optable.digest(profile)
        (tmp_path / "day1.asn").write_bytes((parsed.DIRECTORY / "day1.asn").read_bytes() + b"\n")
        assert optable.digest(profile, tmp_path) != optable.digest(profile)

    def test_the_stubs_are_up_to_date(self, profile):
        path = ROOT / "codecs" / f"{profile}.pyi"
        assert path.read_text(encoding="utf-8") == stubs.stub(profile), "python -m v2x.codecs.stubs"

    def test_stubs_and_classes_have_the_same_attributes(self, profile):
        text = stubs.stub(profile)
        for cls in uper.engine(profile)[1].classes.values():
            assert f"class {cls.__name__}(Record):" in text
            for attribute in cls.__match_args__:
                assert f"    def {attribute}(self) -> " in text


def test_the_open_type_knows_the_nine_messages():
    table = optable.load(DAY2_PROFILE)
    assert {number: table.ops[row].type_name for number, row in table.messages} == {
        number: day2.type_name for number, day2 in DAY2_MESSAGES.items()
    }
    assert [part.name for part in table.parts if part.flags & SELECTOR] == ["messageId"]
    with pytest.raises(ValueError, match="unknown profile"):
        optable.load("csae53_2017")


def test_the_faults_have_the_numbers_of_the_header():
    text = (ROOT / "codecs" / "engine_bits.h").read_text(encoding="utf-8")
    names = [line.split(",")[0].strip() for line in text.splitlines() if line.startswith("    FAULT_")]
    assert names == [f"FAULT_{fault.name}" for fault in faults.Fault] + ["FAULT_PYTHON"]
    for fault in faults.Fault:
        for encoding in (False, True):
            known = fault in (faults._ENCODED if encoding else faults._DECODED)
            if known:
                assert faults.to_error(fault, "T", ("a", 1), 3, 1, 0, 2, ("x", ""), 5, encoding).detail


def test_a_value_whose_repr_fails_is_named_by_its_type():
    class Strange:
        def __repr__(self):
            raise RuntimeError

    error = faults.to_error(faults.Fault.NO_LIST, "T", (), -1, 0, 0, 0, (), Strange(), True)
    assert error.detail == "a Strange is no list"


def broken(table):
    """Tables with one thing in them wrong."""
    sequence = table.roots["Position3D"]
    choice = table.roots["VerticalOffset"]
    rows = dict(enumerate(table.ops))
    integer = next(row for row, op in rows.items() if op.code == Code.INT and op.width)
    enumerated = next(row for row, op in rows.items() if op.code == Code.ENUM)
    listed = next(row for row, op in rows.items() if op.code == Code.LIST)
    octets = next(row for row, op in rows.items() if op.code == Code.OCTETS)
    changes = [
        (integer, {"code": 99}),
        (integer, {"width": 58}),
        (integer, {"width": 0}),
        (integer, {"high": -(1 << 40)}),
        (integer, {"low": 1 << 70}),
        (enumerated, {"high": 200, "width": 8}),
        (enumerated, {"first": 60_000}),
        (enumerated, {"width": 0}),
        (sequence, {"width": 5}),
        (sequence, {"members": 500}),
        (sequence, {"members": 0}),
        (sequence, {"first": 60_000}),
        (choice, {"width": 1}),
        (listed, {"first": len(rows) - 1}),
        (listed, {"first": listed}),
        (listed, {"high": 20_000, "width": 57}),
        (octets, {"high": -2}),
        (octets, {"low": -5}),
    ]
    for row, change in changes:
        ops = list(table.ops)
        ops[row] = ops[row]._replace(**change)
        yield table._replace(ops=tuple(ops)), f"{row} {change}"
    first = table.ops[sequence].first
    parts = list(table.parts)
    parts[first] = parts[first]._replace(op=len(rows) - 1)
    yield table._replace(parts=tuple(parts)), "a part behind its whole"
    parts[first] = table.parts[first]._replace(op=10**6)
    yield table._replace(parts=tuple(parts)), "a part of no row"
    parts[first] = table.parts[first]._replace(name=5)
    yield table._replace(parts=tuple(parts)), "a part without a name"
    yield table._replace(ops=(*table.ops[:-1], (1, 2, 3))), "a row that is too short"
    yield table._replace(ops=(*table.ops[:-1], 5)), "no row"
    yield table._replace(names=()), "no names"
    yield table._replace(names=tuple(5 for _ in table.names)), "names that are none"
    yield table._replace(messages=((0, integer),)), "a message that is no SEQUENCE"
    yield table._replace(messages=((0, -1),)), "a message of no row"
    yield table._replace(roots={}), "no roots"
    yield table._replace(roots={**table.roots, "Strange": integer}), "a root that is a number"
    yield table._replace(roots={"MessageFrame": table.roots["MessageFrame"]}), "classes missing"


@NOT_BUILT
def test_the_native_engine_refuses_what_is_no_table():
    from v2x.codecs import _engine

    def engine(table):
        root = len(table.ops) - 1
        return _engine.Engine(
            table.ops, table.parts, table.names, table.messages, table.roots, root, "m", faults.to_error
        )

    good = optable.load("ydt3709_2020")
    engine(good)
    for table, what in broken(good):
        with pytest.raises((ValueError, OverflowError, TypeError)):
            print(what, engine(table))


@NOT_BUILT
def test_types_nested_too_deep_are_refused():
    from v2x.codecs import _engine

    def tower(floors):
        ops = [Op(Code.BOOL, 0, 0, 0, 0, 0, 0, 0, 1, "")]
        ops += [Op(Code.LIST, 0, 1, 1, 0, row, 0, 0, 1, "") for row in range(floors)]
        parts = ((floors, 0, "all", "all"),)
        ops.append(Op(Code.SEQ, 0, 0, 0, 0, 0, 1, 0, 1, "Tower"))
        return tuple(ops), parts, (), (), {"Tower": floors + 1}, floors + 1, "m", faults.to_error

    low = _engine.Engine(*tower(46))
    assert low.encode_dict(low.decode_dict(b"\x80")) == b"\x80"
    assert low.encode(low.decode(b"\x80")) == b"\x80"
    with pytest.raises(ValueError, match="too deep"):
        _engine.Engine(*tower(47))


def test_the_first_message_needs_no_parser():
    """A new process decodes with neither asn1tools nor pyparsing nor numpy."""
    value = ("msgFrameExt", {"messageId": 0, "value": {"msgCnt": 5, "userData": b"abc"}})
    octets = uper.encode_dict(value, DAY2_PROFILE).hex()
    code = (
        f"import sys; from v2x.codecs import uper; uper.decode(bytes.fromhex('{octets}'), '{DAY2_PROFILE}');"
        "print(sorted({'asn1tools', 'pyparsing', 'numpy', 'v2x.codecs.schema'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"
