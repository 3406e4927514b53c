"""SM2 checked in C: published examples, libcrypto's decisions, tables that come and go, batches, threads.

The long run is ``tests/fuzz/signatures.py``, of which a short one is here.
"""

from __future__ import annotations

import json
import sys
import threading
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x import certs
from v2x.certs import libcrypto, sm2

_sm2 = pytest.importorskip("v2x.certs._sm2", reason="not built: apt-get install gcc python3-dev")

TESTS = Path(__file__).parents[1]
DATA = json.loads((TESTS / "data" / "security.json").read_text())
VECTOR = {name: bytes.fromhex(value) for name, value in DATA["sm2_message_signature_vector"].items()}
POINT = b"\x04" + VECTOR["pubX"] + VECTOR["pubY"]
MESSAGE, USER_ID, E = VECTOR["toBeSignedData"], VECTOR["signerCertSM3"], VECTOR["e"]
SIGNATURE = VECTOR["r"] + VECTOR["s"]
WRONG = SIGNATURE[:63] + bytes([SIGNATURE[63] ^ 1])
G = b"\x04" + sm2.GX.to_bytes(32) + sm2.GY.to_bytes(32)


@cache
def fuzz() -> Any:
    """The fuzzer's file, which is no package."""
    spec = spec_from_file_location("fuzz_signatures", TESTS / "fuzz" / "signatures.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["fuzz_signatures"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ready_key() -> Any:
    """A key of the vector with its table."""
    key = _sm2.Key(POINT, USER_ID)
    for _ in range(_sm2.TABLE_AFTER + 1):
        assert key.verify(MESSAGE, SIGNATURE)
    assert key.ready
    return key


@pytest.fixture(params=["", "portable", "libcrypto"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Each of the ways to check, by the environment, as a user takes it."""
    monkeypatch.setenv(sm2.CRYPTO, request.param)
    sm2._backend.cache_clear()
    sm2._public_key.cache_clear()
    yield request.param
    monkeypatch.undo()
    sm2._backend.cache_clear()
    sm2._public_key.cache_clear()


def test_the_decisions_are_those_of_libcrypto() -> None:
    comparison = fuzz().Comparison(_sm2, seed=32918)
    counts = comparison.run(10_000)  # each by lanes and by portable code
    for kind in ("good", "message", "points meet", "x1 at an end"):
        assert counts[f"{kind}: good"] > 100, counts
    for kind in ("message", "spoilt", "ends", "points meet", "x1 at an end"):
        assert counts[f"{kind}: refused"] > 100, counts
    assert counts["with a table"] > 2000


def test_the_example_of_the_standard(backend: str) -> None:
    """GB/T 32918.5, the signature of "message digest"."""
    point = bytes.fromhex(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    signature = bytes.fromhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert sm2.verify(point, b"message digest", signature, sm2.DEFAULT_ID)
    assert not sm2.verify(point, b"message digesT", signature, sm2.DEFAULT_ID)


def test_the_published_vector_by_every_way(backend: str) -> None:
    items = [(sm2.PublicKey(POINT, USER_ID), MESSAGE, SIGNATURE)] * 20
    items[7] = (items[7][0], MESSAGE, WRONG)
    for _ in range(4):  # without a table, then with one
        assert sm2.verify_keys(items) == [place != 7 for place in range(20)]
    assert items[0][0].point == POINT
    fastest = "native with AVX512-IFMA" if _sm2.LANES else "native"
    names = {"": fastest, "portable": "native", "libcrypto": "libcrypto"}
    assert sm2.implementation() == names[backend]
    key = ready_key()
    for lanes in (True, False):
        assert _sm2.verify_digests([(key, E, SIGNATURE), (key, E, WRONG)], lanes) == [True, False]


def test_many_of_mixed_points(backend: str) -> None:
    short = sm2.compress(POINT)
    items = [
        (POINT, MESSAGE, SIGNATURE, USER_ID),
        (short, MESSAGE, SIGNATURE, USER_ID),
        (POINT[:-1] + b"\x00", MESSAGE, SIGNATURE, USER_ID),
        (b"", MESSAGE, SIGNATURE, USER_ID),
        (POINT, MESSAGE, SIGNATURE[:63], USER_ID),
        (POINT, MESSAGE, b"", USER_ID),
        (POINT, MESSAGE, SIGNATURE, b""),
        (POINT, b"", SIGNATURE, USER_ID),
        (short, MESSAGE, SIGNATURE, USER_ID),
    ]
    assert sm2.verify_many(items) == [True, True, False, False, False, False, False, False, True]
    assert sm2.verify_many([]) == []
    with pytest.raises(ValueError, match="8191"):
        sm2.verify_many([(POINT, MESSAGE, SIGNATURE, bytes(8192))])
    with pytest.raises(ValueError, match="8191"):
        sm2.PublicKey(POINT, bytes(8192))


def test_a_wish_without_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r'V2X_CRYPTO may be "portable".*not \'fast\''):
        sm2._choose("fast")
    assert sm2._choose("portable").name == "native"
    monkeypatch.setitem(sys.modules, "v2x.certs._sm2", None)
    monkeypatch.delattr(certs, "_sm2", raising=False)
    assert sm2._choose("").name == sm2._choose("portable").name == "libcrypto"


def test_sm3_by_its_examples() -> None:
    """GB/T 32905, annex A."""
    first = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    second = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert _sm2.sm3(b"abc").hex() == first
    assert _sm2.sm3(b"abcd" * 16).hex() == second


def test_sm3_of_every_length_of_four_blocks() -> None:
    data = bytes(range(256))
    for size in range(257):
        assert _sm2.sm3(data[:size]) == libcrypto.sm3(data[:size])


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_sm3_of_an_id_and_a_message(user_id: bytes, message: bytes) -> None:
    """Z_A and e are made in C from parts: a signature made over libcrypto's e has to be right."""
    e = libcrypto.sm3(sm2.identity_digest(G, user_id) + message)
    r = (int.from_bytes(e) + sm2.GX) % sm2.N  # of the nonce 1, by the private key 1: P = G
    signature = r.to_bytes(32) + ((1 - r) * pow(2, -1, sm2.N) % sm2.N).to_bytes(32)
    key = _sm2.Key(G, user_id)
    assert key.verify(message, signature)
    assert not key.verify(message + b"\x00", signature)


def outcome(call: Any, octets: bytes) -> Any:
    try:
        return call(octets)
    except ValueError as error:
        return str(error)


def test_points_as_python_reads_them() -> None:
    whole, short = POINT, sm2.compress(POINT)
    high = (sm2.P + 3).to_bytes(32)
    odd = [
        b"", b"\x00", b"\x04", bytes(33), bytes(65), whole[:64], whole + b"\x00", short[:32], short + b"\x00",
        b"\x02" + sm2.P.to_bytes(32), b"\x03" + sm2.P.to_bytes(32), b"\x02" + high, b"\x03" + b"\xff" * 32,
        b"\x02" + bytes(32), b"\x03" + bytes(32), b"\x04" + high + whole[33:], whole[:33] + high,
        b"\x04" + bytes(64), G, sm2.compress(G), b"\x04" + whole[33:] + whole[1:33],
        whole[:33] + (sm2.P - int.from_bytes(whole[33:])).to_bytes(32),
    ]  # fmt: skip
    odd += [bytes([first]) + whole[1:] for first in range(256)]
    odd += [bytes([first]) + short[1:] for first in range(256)]
    for octets in odd:
        expected = outcome(sm2._decompress, octets)
        assert outcome(_sm2.decompress, octets) == expected
        assert outcome(lambda o: _sm2.Key(o, b"").point, octets) == expected


@given(st.integers(0, (1 << 256) - 1), st.sampled_from([2, 3]))
def test_any_x_is_decompressed_or_refused(x: int, first: int) -> None:
    octets = bytes([first]) + x.to_bytes(32)
    assert outcome(_sm2.decompress, octets) == outcome(sm2._decompress, octets)


@given(st.binary(max_size=70))
def test_any_octets_are_a_point_or_value_error(octets: bytes) -> None:
    assert outcome(_sm2.decompress, octets) == outcome(sm2._decompress, octets)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["good", "wrong", "short", "ready", "ready wrong"])), st.booleans())
def test_a_batch_of_any_shape(kinds: list[str], lanes: bool) -> None:
    fresh, ready = _sm2.Key(POINT, USER_ID), ready_key()
    signatures = {"wrong": WRONG, "ready wrong": WRONG, "short": SIGNATURE[:63]}
    items = [
        (ready if "ready" in kind else fresh, MESSAGE, signatures.get(kind, SIGNATURE)) for kind in kinds
    ]
    assert _sm2.verify_keys(items, lanes) == [kind in ("good", "ready") for kind in kinds]


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 9, 255, 256, 257, 520])
def test_parts_of_a_large_batch_keep_their_order(size: int) -> None:
    key = ready_key()
    items = [(key, MESSAGE, SIGNATURE if place % 3 else WRONG) for place in range(size)]
    for lanes in (True, False):
        assert _sm2.verify_keys(items, lanes) == [place % 3 > 0 for place in range(size)]


def test_octets_of_other_types_and_misuse() -> None:
    key = _sm2.Key(bytearray(POINT), memoryview(USER_ID))
    assert key.verify(bytearray(MESSAGE), memoryview(SIGNATURE))
    assert _sm2.verify_keys(iter([(key, bytearray(MESSAGE), memoryview(SIGNATURE))])) == [True]
    good = (key, MESSAGE, SIGNATURE)
    no_octets = [("key", MESSAGE, SIGNATURE), (key, "text", SIGNATURE), (key, MESSAGE, None)]
    for bad in [(key, MESSAGE), [*good], *no_octets]:
        with pytest.raises(TypeError):
            _sm2.verify_keys([good, good, bad])
    with pytest.raises(ValueError, match="32 octets"):
        _sm2.verify_digests([(key, E, SIGNATURE), (key, E[:31], SIGNATURE)])
    with pytest.raises(TypeError):
        _sm2.verify_keys(None)
    with pytest.raises(TypeError):
        _sm2.Key(POINT)
    with pytest.raises(TypeError):
        key.verify("text", SIGNATURE)
    assert key.verify(MESSAGE, SIGNATURE)


def test_a_table_is_earned_by_good_signatures_only() -> None:
    for lanes in (None, True, False):
        key = _sm2.Key(POINT, USER_ID)

        def check(signature: bytes, key: Any = key, lanes: bool | None = lanes) -> bool:
            if lanes is None:
                return bool(key.verify(MESSAGE, signature))
            return bool(_sm2.verify_keys([(key, MESSAGE, signature)], lanes)[0])

        for _ in range(5):
            assert not check(WRONG)
        for _ in range(_sm2.TABLE_AFTER):
            assert not key.ready
            assert check(SIGNATURE)
        assert not check(WRONG)
        assert key.ready
        assert check(SIGNATURE)


def test_tables_are_bounded_and_the_idle_ones_go() -> None:
    keys = [_sm2.Key(POINT, USER_ID) for _ in range(_sm2.TABLE_LIMIT + 50)]
    first, items = keys[0], [(key, E, SIGNATURE) for key in keys]
    for _ in range(_sm2.TABLE_AFTER):
        assert all(_sm2.verify_digests(items))
    for part in range(0, len(items), 250):
        assert all(_sm2.verify_digests([items[0], *items[part : part + 250]]))  # the first is always in use
    assert first.ready
    assert sum(key.ready for key in keys) == _sm2.TABLE_LIMIT
    assert not keys[1].ready
    assert keys[-1].ready
    assert all(_sm2.verify_digests(items[:40]))
    assert keys[1].ready, "it is made again when it is needed"
    del keys[100:], items[100:]
    assert all(_sm2.verify_digests(items))
    assert all(key.ready for key in keys)


def test_threads_share_keys_batches_and_the_shelf() -> None:
    keys = [_sm2.Key(POINT, USER_ID) for _ in range(20)]
    items = [(key, MESSAGE, WRONG if at % 5 == 0 else SIGNATURE) for at, key in enumerate(keys)]
    expected = [at % 5 != 0 for at in range(20)]
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(30):
            own = [(_sm2.Key(POINT, USER_ID), MESSAGE, SIGNATURE) for _ in range(3)]
            found = _sm2.verify_keys(items * 2 + own, lanes=(number + turn) % 2 == 0)
            if found != expected * 2 + [True] * 3 or not keys[turn % 20].verify(MESSAGE, SIGNATURE):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_batch_leaves_the_interpreter_to_others() -> None:
    """Nobody is asked to give the lock away meanwhile: the other thread runs only if the batch lets it."""
    go, ran = threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        ran.set()

    thread = threading.Thread(target=work)
    thread.start()
    items = [(_sm2.Key(POINT, USER_ID), MESSAGE, WRONG)] * 256
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        go.set()
        for _ in range(200):
            _sm2.verify_keys(items, lanes=False)
            if ran.is_set():
                break
        seen = ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc; run it on Linux")
def test_tables_and_failed_batches_leave_no_memory_behind() -> None:
    def resident_kb() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    def work(rounds: int) -> None:
        for _ in range(rounds):
            keys = [_sm2.Key(POINT, USER_ID) for _ in range(50)]
            for _ in range(_sm2.TABLE_AFTER):
                _sm2.verify_digests([(key, E, SIGNATURE) for key in keys])
            with pytest.raises(TypeError):
                _sm2.verify_keys([*((key, bytes(3000), SIGNATURE) for key in keys), None])
            _sm2.verify_digests([(key, E, SIGNATURE) for key in keys[:25]])

    work(10)
    before = resident_kb()
    work(60)  # 1500 tables, and as many that were begun: a leak of either would be 6 MB
    assert resident_kb() - before < 3000
