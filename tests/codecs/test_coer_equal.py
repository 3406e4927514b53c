"""The native COER codec and its Python twin: the same values, octets and errors for any octets, any value.

The long run is ``tests/fuzz/coer_compare.py``, of which this is a short one.
"""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections import OrderedDict
from enum import IntEnum, StrEnum
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs import coer, coer_faults, coer_table, coer_wire, records
from v2x.codecs.coer_compound import MAX_TAGS
from v2x.errors import CodecError, CodecErrorKind

if not records.NATIVE:
    reason = "the native engine is not built: apt-get install gcc python3-dev"
    pytest.skip(reason, allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests" / "data" / "security.json").read_text())
FUZZ = ROOT / "tests" / "fuzz"
NAMES = coer.type_names()


@cache
def fuzz() -> Any:
    """The fuzzer's comparison; its files are no package."""
    spec = spec_from_file_location("coer_compare", FUZZ / "coer_compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def both() -> Any:
    return fuzz().Comparison()


def same(name: str, value: Any) -> Any:
    """What both codecs make of a value: the octets, or the error's parts."""
    both().check_value(name, value)
    return fuzz().outcome(both().native.encode, name, value)


def test_the_published_octets():
    """A real certificate and the signed octets of a published vector (tests/data/README-security.md)."""
    both().check("Certificate", bytes.fromhex(VECTORS["trcla_certificate"]["hex"]))
    both().check("ToBeSignedData", bytes.fromhex(VECTORS["sm2_message_signature_vector"]["toBeSignedData"]))
    assert both().counts["read"] >= 2


def test_random_damaged_and_wrong():
    counts = fuzz().run(8000, 11)
    for kind in ("read", "written", "truncated", "malformed", "out_of_range", "trailing", "unencodable"):
        assert counts[kind] > 200, kind


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=80))
def test_any_octets(name, data):
    both().check(name, data)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.binary(max_size=40) | st.floats()
)


def containers(inner):
    return st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=9), inner)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.recursive(LEAVES, containers, max_leaves=8))
def test_any_value(name, value):
    both().check_value(name, value)


class Text(str):
    """Says of itself what it likes."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked")

    def __repr__(self) -> str:
        raise AssertionError("asked")


class Number(int):
    __slots__ = ()

    def __le__(self, other: object) -> bool:
        raise AssertionError("asked")

    __ge__ = __lt__ = __gt__ = __le__  # type: ignore[assignment]

    def __index__(self) -> int:
        raise AssertionError("asked")

    __repr__ = __index__  # type: ignore[assignment]


class Fields(dict):  # type: ignore[type-arg]
    def __getitem__(self, key: Any) -> Any:
        raise AssertionError("asked")

    keys = items = get = __contains__ = __iter__ = __len__ = __getitem__  # type: ignore[assignment]


class Anything:
    """Looks like everything, and breaks when it is asked."""

    __class__ = dict  # type: ignore[assignment]

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return dict
        raise AssertionError("asked")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked")

    __hash__ = None  # type: ignore[assignment]


class Unit(StrEnum):
    YEARS = "years"


class Aid(IntEnum):
    BSM = 111


WRITTEN: list[tuple[str, Any, str]] = [
    ("Duration", (Unit.YEARS, Number(3)), "860003"),
    ("Duration", (Text("hours"), True), "840001"),
    ("HashAlgorithm", Text("sm3"), "02"),
    ("HashAlgorithm", Number(9), "09"),
    ("CertificateId", ("name", Text("é")), "8102c3a9"),
    ("HeaderInfo", Fields(aid=Aid.BSM), "00016f"),
    ("HeaderInfo", OrderedDict(generationTime=5, aid=1), "400101" + "0000000000000005"),
    ("Opaque", bytearray(b"ab"), "026162"),
    ("SequenceOfHashedId3", (b"abc",), "0101616263"),
    ("Uint64", (1 << 64) - 1, "ff" * 8),
    ("AidGroupPermissions", {"subjectPermissions": ("all", None), "minChainLength": True}, "0081"),
    ("GeographicRegion", ("...", (9, bytearray(b"\0"))), "890100"),
    ("GeographicRegion", (Text("..."), (62, b"")), "be00"),
]


@pytest.mark.parametrize(("name", "value", "octets"), WRITTEN, ids=map(str, range(len(WRITTEN))))
def test_values_of_derived_classes_are_what_they_are_underneath(name, value, octets):
    assert same(name, value).hex() == octets


REFUSED: list[tuple[str, Any, str]] = [
    ("HeaderInfo", {Text("aid"): 1}, "no field 'aid'"),
    ("HeaderInfo", {"aid": 1, 7: 2}, "no field 7"),
    ("HeaderInfo", {"aid": 1, None: 2}, "no field NoneType"),
    ("HeaderInfo", Anything(), "a dict is wanted, not Anything"),
    ("HeaderInfo", {"aid": Anything()}, "Anything is no unsigned integer of up to 8 octets"),
    ("HeaderInfo", {"aid": 1 << 500}, "a huge number is no unsigned integer of up to 8 octets"),
    ("HeaderInfo", {"aid": -1}, "-1 is no unsigned integer of up to 8 octets"),
    ("HeaderInfo", {"aid": 1, "...": (3, ((0, b"\0"),))}, "addition 0 does not fit"),
    ("HeaderInfo", {"aid": 1, "...": (1 << 99, ())}, "additions that this type can't have"),
    ("HeaderInfo", {"aid": 1, "...": (257, ((256, b""),))}, "additions that this type can't have"),
    ("HeaderInfo", {"aid": 1, "...": (9, ((7, b""), (7, b"")))}, "addition 7 does not fit"),
    ("HeaderInfo", {"aid": 1, "...": (9, ((1 << 70, b""),))}, "does not fit"),
    ("HeaderInfo", {"aid": 1, "...": (1, ()), "pduFunctionalType": 1}, "addition 2 does not fit"),
    ("TwoDLocation", {"latitude": 0, "longitude": 0, "...": (1, ())}, "can't have"),
    ("GeographicRegion", ("...", (4, "text")), "above the known ones"),
    ("GeographicRegion", (Anything(), 1), "no alternative Anything"),
    ("GeographicRegion", (Text("x" * 99), 1), "no alternative 'xxx"),
    ("Duration", ("...", (9, b"")), "no alternative '...'"),
    ("Duration", ["hours", 1], "(name, value) is wanted"),
    ("Uint64", 1 << 64, "18446744073709551616 is not in 0..18446744073709551615"),
    ("Latitude", "x", "'x' is not in -900000000..900000001"),
    ("HashAlgorithm", Text("md5"), "no value 'md5'"),
    ("HashAlgorithm", 1 << 31, "no value 2147483648"),
    ("CertificateId", ("binaryId", b""), "0 octets, not 1..64"),
    ("PolygonalRegion", [], "a list of 3..65536 elements is wanted"),
    ("EndEntityType", (b"\x80", True), "(octets, 8) is wanted"),
    ("EndEntityType", (b"\x80\0", 8), "8 bits stand in 1 octets"),
    ("LinkageSeed", "text", "octets are wanted, not str"),
]


@pytest.mark.parametrize(("name", "value", "detail"), REFUSED, ids=map(str, range(len(REFUSED))))
def test_values_without_an_encoding_have_one_error(name, value, detail):
    error = same(name, value)
    assert error[:2] == ("error", "unencodable")
    assert detail in error[4]


def test_octets_are_never_quoted():
    """A value in the wrong place may be a key."""
    for name in ("Uint8", "Aid", "HashAlgorithm", "GeographicRegion", "Duration"):
        assert "secret" not in str(same(name, b"secret")) + str(same(name, (b"secret", b"secret")))


def test_longest_octets_and_lists():
    most = coer.MAX_OCTETS
    assert len(same("Opaque", bytes(most - 4))) == most
    assert same("Opaque", bytes(most - 3))[1] == "unencodable"
    both().check("Opaque", coer.encode("Opaque", bytes(most - 4)))
    assert fuzz().outcome(coer.decode, "Opaque", bytes(most + 1))[1] == "unsupported"
    both().check("Opaque", bytes(most + 1))
    longest = same("SequenceOfHashedId3", [b"abc"] * coer_wire.MAX_LIST)
    both().check("SequenceOfHashedId3", longest)
    assert same("SequenceOfHashedId3", [b"abc"] * (coer_wire.MAX_LIST + 1))[1] == "unencodable"
    both().check("SequenceOfHashedId3", b"\x03\x01\x00\x01" + b"abc" * (coer_wire.MAX_LIST + 1))
    text = same("SspRange", ("opaque", [bytes(70_000)] * 20))
    assert text[2:4] == ("SspRange.opaque[14]", None)


def test_open_types_of_every_length():
    """The length in front of an open type has one, two, three or four octets."""
    for size in (0, 1, 125, 126, 127, 128, 250, 255, 256, 65_530, 65_540):
        octets = same("SignerIdentifier", ("x509", bytes(size)))
        both().check("SignerIdentifier", octets)
        value = {"aid": 1, "inlineP2pcdRequest": [b"abc"] * (size // 3), "...": (9, ((8, bytes(size)),))}
        both().check("HeaderInfo", same("HeaderInfo", value))


@pytest.mark.parametrize("levels", [10, 11, 12, 13, 40])
def test_depth(levels):
    value: Any = ("unsecuredData", b"")
    for _ in range(levels):
        signed = {
            "hashId": "sm3",
            "tbsData": {
                "payload": {"data": {"protocolVersion": 3, "content": value}},
                "headerInfo": {"aid": 1},
            },
            "signer": ("self", None),
            "signature": ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)}),
        }
        value = ("signedData", signed)
    fits = isinstance(same("V2XSecContent", value), bytes)
    data = b"\x80\x00"
    for _ in range(levels):
        data = b"\x81\x02" + b"\x40\x03" + data + b"\x00\x01\x01" + b"\x82" + b"\x84\x40" + bytes(64)
    both().check("V2XSecContent", data)
    assert fits == (fuzz().outcome(coer.decode, "V2XSecContent", data)[0] != "error")
    assert fits == (levels < 10)


def test_every_way_to_give_octets():
    octets = coer.encode("HeaderInfo", {"aid": 111})
    for codec in (both().native, both().pure):
        for data in (octets, bytearray(octets), memoryview(octets), memoryview(octets * 2)[: len(octets)]):
            value = codec.decode("HeaderInfo", data)
            assert (value, type(value.octets), value.octets) == ({"aid": 111}, bytes, octets)
        for data in ("text", 5, None, [0, 1, 111]):
            with pytest.raises(TypeError):
                codec.decode("HeaderInfo", data)
        for offset in (-1, 4, 1 << 80):
            with pytest.raises(ValueError):
                codec.decode_prefix("HeaderInfo", octets, offset)
        for name in ("Nonsense", 5):
            with pytest.raises(ValueError, match="no type"):
                codec.decode(name, octets)
            with pytest.raises(ValueError, match="no type"):
                codec.encode(name, octets)
        with pytest.raises(CodecError, match="truncated"):
            codec.decode_prefix("HeaderInfo", octets, 3)


def test_both_have_the_same_limits_and_faults():
    text = (ROOT / "codecs" / "engine_coer_table.h").read_text()
    limits = {
        name: int(eval(value)) for name, value in re.findall(r"#define COER_MAX_(\w+) ([\d() <]+?) +/", text)
    }
    assert limits["OCTETS"] == coer_faults.MAX_OCTETS
    assert limits["DEPTH"] == coer_faults.MAX_DEPTH
    assert limits["LIST"] == coer_wire.MAX_LIST
    assert limits["ADDITIONS"] == coer_wire.MAX_ADDITIONS
    assert limits["TAGS"] == MAX_TAGS
    numbers, number = {}, 0
    for name, start in re.findall(r"COER_FAULT_(\w+)(?: = (\d+))?,", text[: text.index("coer_step_t")]):
        number = int(start) if start else number + 1
        numbers[name] = number
    assert numbers.pop("PYTHON") == 99
    assert numbers == {fault.name: fault.value for fault in coer_faults.Fault}
    codes = re.search(r"enum \{ (COER_NULL.*?COER_END) \}", text, re.DOTALL)
    assert codes is not None
    assert len(codes[1].split(",")) == len(coer_table.Code) + 1


def test_every_fault_has_its_words():
    for fault in coer_faults.Fault:
        error = coer_faults.to_error(fault, "T", ("a", 1), 2, 3, "v", 4, 5)
        assert error.path == "T.a[1]"
        assert error.detail
        assert (error.kind is CodecErrorKind.UNENCODABLE) == (fault >= 32)


BAD_TABLES = [
    ("ops", ()),
    ("ops", ((0, 0, 0, 0, 0, 0, 0),)),
    ("ops", ((99, 0, 0, 0, 0, 0, 0, 0),)),
    ("ops", ((1, 0, 3, 0, 1, 0, 0, 0),)),
    ("ops", ((1, 0, 1, -1, 1, 0, 0, 0),)),
    ("ops", ((1, 0, 8, 0, 1 << 64, 0, 0, 0),)),
    ("ops", ((3, 0, 0, 0, -1, 99, 0, 0),)),
    ("ops", ((4, 0, 0, -1, -1, 0, 0, 0),)),
    ("ops", ((5, 0, 2, 8, 8, 0, 0, 0),)),
    ("ops", ((5, 0, 0, 0, 0, 0, 0, 0),)),
    ("ops", ((7, 0, 0, 0, -1, 0, 1, 0),)),
    ("ops", ((8, 0, 0, 0, 5, 1, 0, 0),)),
    ("ops", ((8, 0, 0, 0, -1, 0, 0, 0),)),
    ("ops", ((8, 0, 0, 0, 1 << 40, 0, 0, 0),)),
    ("fields", ((0, 0, "a", None),)),
    ("fields", ((5, 0, "a", None, b""),)),
    ("fields", ((0, 0, 7, None, b""),)),
    ("fields", ((0, 0, "a", 5, b"\5"),)),
    ("fields", ((0, 1, "a", 5, b""),)),
    ("names", "ab"),
    ("roots", {"T": 1}),
    ("roots", {"T": -1}),
    ("roots", {"T": "x"}),
    ("roots", {7: 0}),
    ("record", 5),
    ("record", int),
    ("record", dict),
    ("record", type("Sub", (coer.Record,), {})),
]


@pytest.mark.parametrize(("part", "value"), BAD_TABLES)
def test_the_native_codec_refuses_what_is_no_table(part, value):
    from v2x.codecs import _engine

    table: dict[str, Any] = {
        "ops": ((0, 0, 0, 0, 0, 0, 0, 0),),
        "fields": (),
        "names": (),
        "roots": {"T": 0},
        "record": coer.Record,
    }
    codec = _engine.Coer(*table.values(), coer_faults.to_error)
    assert codec.decode("T", b"") is None
    table[part] = value
    with pytest.raises((ValueError, TypeError, OverflowError, AttributeError)):
        _engine.Coer(*table.values(), coer_faults.to_error)


def test_two_fields_of_one_name_are_no_table():
    from v2x.codecs import _engine

    ops = ((7, 0, 0, 0, -1, 0, 2, 0), (0, 0, 0, 0, 0, 0, 0, 0))
    fields = ((1, 0, "a", None, b""), (1, 0, "a", None, b""))
    with pytest.raises(ValueError, match="one name"):
        _engine.Coer(ops, fields, (), {"T": 0}, coer.Record, coer_faults.to_error)


def test_nothing_is_left_behind():
    """Reading and writing, rightly and wrongly, keeps no memory."""
    rng = Random(3)
    native = both().native
    pool = fuzz().pool_of(rng, 4)
    pool += [(name, fuzz().mutated(rng, [data])) for name, data in pool]
    values = [(name, fuzz().spoilt(rng, fuzz().random_value(rng, name))) for name in fuzz().ROOTS * 6]

    def work() -> None:
        for name, data in pool:
            fuzz().outcome(native.decode, name, data)
        for name, value in values:
            fuzz().outcome(native.encode, name, value)

    work()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(30):
        work()
    gc.collect()
    assert sys.getallocatedblocks() - before < 25


def test_the_environment_chooses_python():
    code = "from v2x.codecs import coer; print(type(coer._codec()).__name__)"
    for value, kind in (("1", "PureCoer"), ("", "Coer")):
        environment = {**os.environ, "V2X_PURE_PYTHON": value}
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == kind
