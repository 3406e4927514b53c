"""Linkage values: the formulas by hand, hashing forward only, periods, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import sm2, sm4
from v2x.certs.linkage import (
    FIRST_PERIOD_AT,
    PERIOD_S,
    LinkageSeed,
    RevokedSeeds,
    after_all,
    linkage_value,
    linkage_values,
    period_of,
    period_start,
)

la_ids = st.binary(min_size=2, max_size=2)
seeds = st.builds(LinkageSeed, la_ids, st.binary(min_size=16, max_size=16))


@given(seeds, st.integers(0, 2**32 - 1))
def test_a_pre_linkage_value_is_that_of_the_formula(seed: LinkageSeed, j: int) -> None:
    x = seed.la_id + j.to_bytes(4, "big") + bytes(10)
    ciphered = sm4.block(seed.octets, x)
    assert linkage_value((seed,), j) == bytes(a ^ b for a, b in zip(ciphered, x, strict=True))[:9]


@given(seeds, seeds, st.lists(st.integers(0, 255), max_size=5))
def test_a_linkage_value_is_the_xor_of_two(first: LinkageSeed, second: LinkageSeed, js: list[int]) -> None:
    singly = zip(linkage_values((first,), js), linkage_values((second,), js), strict=True)
    expected = [bytes(a ^ b for a, b in zip(one, two, strict=True)) for one, two in singly]
    assert linkage_values((first, second), js) == expected
    assert linkage_values((second, first), [j.to_bytes(4, "big") for j in js]) == expected


@given(seeds, st.integers(0, 5), st.integers(0, 5))
def test_seeds_go_forward_in_any_steps(seed: LinkageSeed, first: int, second: int) -> None:
    assert seed.after(first).after(second) == seed.after(first + second)
    assert after_all((seed, seed), first) == (seed.after(first),) * 2
    following = sm2.sm3(seed.la_id + seed.octets + bytes(14))[:16]
    assert seed.after(1) == LinkageSeed(seed.la_id, following)


def test_values_worked_out_with_the_openssl_program() -> None:
    """Three steps and j = 19, by `openssl dgst -sm3` and `openssl enc -sm4-ecb -nopad` of OpenSSL 3.0."""
    one = LinkageSeed(bytes.fromhex("0001"), bytes.fromhex("000102030405060708090a0b0c0d0e0f"))
    two = LinkageSeed(bytes.fromhex("0002"), bytes.fromhex("101112131415161718191a1b1c1d1e1f"))
    assert one.after(1).octets.hex() == "0acb9ef39aa48f5300252661d770252d"
    assert one.after(3).octets.hex() == "c8589df3fd2d24d7bdfa4c1ca2a2275d"
    assert two.after(3).octets.hex() == "a4594ab63655f5991c08c8cbae7ae8ac"
    assert linkage_value((one.after(3),), 19).hex() == "bfce98d2dee94efd82"
    assert linkage_value((two.after(3),), 19).hex() == "08631a9c77110a75d5"
    assert linkage_value(after_all((one, two), 3), 19).hex() == "b7ad824ea9f8448857"


def test_periods_are_weeks() -> None:
    assert FIRST_PERIOD_AT % 86400 == 20 * 3600  # 20:00 UTC
    assert period_of(FIRST_PERIOD_AT) == 0
    assert period_of(FIRST_PERIOD_AT + PERIOD_S - 0.001) == 0
    assert period_of(period_start(400)) == 400
    assert period_of(100.0, first_at=10.0, period_s=20.0) == 4
    for at in (FIRST_PERIOD_AT - 1, period_start(65536)):
        with pytest.raises(ValueError, match="no period"):
            period_of(at)


def test_what_is_no_seed_or_entry() -> None:
    seed = LinkageSeed(bytes(2), bytes(range(16)))
    for la_id, octets in ((bytes(1), bytes(16)), (bytes(2), bytes(15))):
        with pytest.raises(ValueError, match="a linkage seed has"):
            LinkageSeed(la_id, octets)
    with pytest.raises(ValueError, match="earlier"):
        seed.after(-1)
    for j in (-1, 1 << 32, b"abc"):
        with pytest.raises(ValueError, match="j"):
            linkage_value((seed,), j)
    for count, i_max, j_max in ((0, 1, 1), (3, 1, 1), (1, 65536, 1), (1, 1, 256), (2, -1, None)):
        with pytest.raises(ValueError):
            RevokedSeeds((seed,) * count, i_max, j_max)


def test_a_seed_never_shows() -> None:
    seed = LinkageSeed(b"\0\1", bytes(range(16)))
    assert seed.octets.hex() not in repr(RevokedSeeds((seed,), 1, 1))
    assert repr(seed.octets)[2:-1] not in f"{seed} {seed!r}"
