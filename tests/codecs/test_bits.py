"""p-encoding and bit reading: one set of tests for both paths, and both paths against each other."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.codecs import bits, purebits

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = json.loads((ROOT / "tests/data/security.json").read_text(encoding="utf-8"))["p_encoding_bounds"]


@pytest.fixture(scope="session")
def native(tmp_path_factory):
    """The C extension: the installed one, or one built for this session."""
    try:
        return importlib.import_module("v2x.codecs._native")
    except ImportError:
        pass
    compiler = (sysconfig.get_config_var("CC") or "cc").split()
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if shutil.which(compiler[0]) is None or not header.is_file():
        pytest.skip("no C compiler or no Python.h: apt-get install gcc python3-dev")
    target = tmp_path_factory.mktemp("native") / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    command = [*compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-I{header.parent}"]
    subprocess.run([*command, str(ROOT / "codecs/_native.c"), "-o", str(target)], check=True)
    spec = importlib.util.spec_from_file_location("v2x.codecs._native", target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["pure", "native"])
def path(request):
    return purebits if request.param == "pure" else request.getfixturevalue("native")


def outcome(call, *arguments):
    """What a call gives, or that it refuses."""
    try:
        return call(*arguments)
    except ValueError:
        return ValueError


@pytest.mark.parametrize(("number", "octets"), BOUNDS.items())
def test_published_bounds(path, number, octets):
    assert path.p_encode(int(number)) == bytes.fromhex(octets)
    assert path.p_decode(bytes.fromhex(octets)) == (int(number), len(octets) // 2)
    assert path.p_decode(b"\xff" + bytes.fromhex(octets) + b"\0", 1) == (int(number), 1 + len(octets) // 2)


@pytest.mark.parametrize("number", [-1, 270549120, 1 << 40, 1 << 80, -(1 << 80)])
def test_numbers_without_p_encoding(path, number):
    with pytest.raises(ValueError, match="no p-encoding"):
        path.p_encode(number)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [("", 0), ("00", 1), ("00", -1), ("80", 0), ("C000", 0), ("E00000", 0), ("F0000000", 0), ("FF", 0)],
)
def test_octets_without_p_encoded_number(path, octets, offset):
    with pytest.raises(ValueError, match="octet"):
        path.p_decode(bytes.fromhex(octets), offset)


@pytest.mark.parametrize(
    ("offset", "width", "number"),
    [
        (0, 0, 0),
        (0, 8, 0xA5),
        (4, 8, 0x5F),
        (1, 1, 0),
        (2, 1, 1),
        (0, 24, 0xA5F00F),
        (7, 9, 0x1F0),
        (24, 0, 0),
    ],
)
def test_bits(path, offset, width, number):
    assert path.read_bits(bytes.fromhex("A5F00F"), offset, width) == number


@pytest.mark.parametrize(
    ("offset", "width"),
    [(0, 25), (24, 1), (-1, 1), (0, -1), (25, 0), (sys.maxsize, sys.maxsize), (1, sys.maxsize), (1 << 70, 1)],
)
def test_bits_that_are_not_there(path, offset, width):
    with pytest.raises(ValueError):
        path.read_bits(bytes(3), offset, width)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_octets(path, kind):
    assert path.read_bits(kind(b"\xa5\xf0"), 4, 8) == 0x5F
    assert path.p_decode(kind(b"\x6f")) == (111, 1)


@given(st.integers(-5, 270549125) | st.integers(0, 70000))
def test_both_encode_alike(native, number):
    encoded = outcome(purebits.p_encode, number)
    assert outcome(native.p_encode, number) == encoded
    if encoded is not ValueError:
        assert purebits.p_decode(encoded) == (number, len(encoded))


@given(st.binary(max_size=6), st.integers(-1, 7))
def test_both_decode_alike(native, data, offset):
    assert outcome(native.p_decode, data, offset) == outcome(purebits.p_decode, data, offset)


@given(st.binary(max_size=40), st.integers(-2, 330), st.integers(-2, 330))
def test_both_read_alike(native, data, offset, width):
    assert outcome(native.read_bits, data, offset, width) == outcome(purebits.read_bits, data, offset, width)


@pytest.mark.parametrize("arguments", [(), (b"",), (b"", 0), (b"", 0, 0, 0), ("", 0, 0), (b"", "0", 0)])
def test_misuse(path, arguments):
    with pytest.raises(TypeError):
        path.read_bits(*arguments)


def test_python_can_be_chosen():
    code = (
        "from v2x.codecs import native_in_use, decode; print(native_in_use(), decode(bytes.fromhex(%r)).kind)"
    )
    rsm = "20131323334350000004ce3d680b06e03ff00040002664ccd569f9f811d71d944010269e80000000"
    environment = {**os.environ, "V2X_PURE_PYTHON": "1"}
    command = [sys.executable, "-c", code % rsm]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "RSM"]


def test_the_path_in_use_is_told():
    assert (bits.read_bits is not purebits.read_bits) == bits.NATIVE


def test_messages_are_read_alike_by_both(native, recorded, monkeypatch):
    from v2x.codecs import reference, reference_uper

    for frame in recorded.values():
        values = []
        for reader in (None, native.read_bits):
            monkeypatch.setattr(reference_uper, "NATIVE", reader is not None)
            if reader is not None:
                monkeypatch.setattr(reference_uper, "read_bits", reader)
            values.append(reference.decode_as("csae53_2020", frame.octets))
        assert values[0] == values[1]
