"""Butterfly expansion: the algebra holds, and both sides find each other's keys."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import libcrypto, sm2, sm4
from v2x.certs.butterfly import (
    Caterpillar,
    CaterpillarKeys,
    add_points,
    expand,
    hatch,
    private_sum,
    sm4_expansion,
)

privates = st.integers(1, sm2.N - 2).map(lambda number: number.to_bytes(32))
indices = st.integers(0, (1 << 32) - 1)
keys16 = st.binary(min_size=16, max_size=16)


@given(privates, privates)
@settings(max_examples=30)
def test_points_add_as_their_numbers_do(one: bytes, other: bytes) -> None:
    total = private_sum(one, other)
    assert add_points(sm2.public_point(one), sm2.public_point(other)) == sm2.public_point(total)


def test_a_point_doubles_and_its_opposite_does_not_add() -> None:
    seven = (7).to_bytes(32)
    point = sm2.public_point(seven)
    assert add_points(point, point) == sm2.public_point((14).to_bytes(32))
    y = sm2.P - int.from_bytes(point[33:])
    with pytest.raises(ValueError, match="infinity"):
        add_points(point, point[:33] + y.to_bytes(32))
    with pytest.raises(ValueError, match="curve"):
        add_points(point, point[:-1] + bytes((point[-1] ^ 1,)))
    with pytest.raises(ValueError, match="no private key"):
        private_sum(seven, sm2.N - 7)
    with pytest.raises(ValueError, match="no private key"):
        private_sum(seven, sm2.N - 8)


@given(privates, indices, indices, privates)
@settings(max_examples=30)
def test_the_private_key_is_that_of_the_certified_point(secret: bytes, i: int, j: int, c: bytes) -> None:
    device = CaterpillarKeys.of(secret)
    to_certify, to_encrypt = device.public().cocoon(i, j)
    assert sm2.public_point(device.signing_key(i, j, c)) == hatch(to_certify, c)
    assert sm2.public_point(device.opening_key(i, j)) == to_encrypt


@given(keys16, indices, indices, st.booleans())
def test_the_expansion_has_the_form_of_its_source(key: bytes, i: int, j: int, encryption: bool) -> None:
    """Davies-Meyer over x+1, x+2, x+3, put together from blocks in another way than the code does."""
    head = (b"\xff" if encryption else b"\x00") * 4 + i.to_bytes(4) + j.to_bytes(4)
    blocks = [head + bytes((0, 0, 0, step)) for step in (1, 2, 3)]
    mixed = [bytes(a ^ b for a, b in zip(sm4.block(key, one), one, strict=True)) for one in blocks]
    assert sm4_expansion(key, i, j, encryption) == int.from_bytes(b"".join(mixed))


def test_no_two_keys_of_a_batch_are_alike() -> None:
    device = CaterpillarKeys.of(sm2.generate()).public()
    points = [point for i in range(3) for j in range(4) for point in device.cocoon(i, j)]
    assert len(set(points)) == len(points) == 24


def test_another_expansion_may_be_chosen() -> None:
    def simple(_key: bytes, i: int, j: int, _encryption: bool) -> int:
        return 10 * i + j

    device = CaterpillarKeys.of((5).to_bytes(32))
    point = expand(device.public().signing_point, bytes(16), 1, 2, False, simple)
    assert point == libcrypto.public_of((17).to_bytes(32))
    key = device.signing_key(1, 2, (3).to_bytes(32), simple)
    assert key == (20).to_bytes(32)


def test_misuse_is_named_and_nothing_secret_shows() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        sm4_expansion(bytes(16), 1 << 32, 0, False)
    with pytest.raises(ValueError, match="32 bits"):
        sm4_expansion(bytes(16), 0, -1, False)
    with pytest.raises(ValueError, match="16 octets"):
        sm4_expansion(bytes(15), 0, 0, False)
    device = CaterpillarKeys.of(sm2.generate())
    public = device.public()
    with pytest.raises(ValueError, match="curve"):
        Caterpillar(bytes((4,)) + bytes(64), public.encryption_point, bytes(16), bytes(16))
    with pytest.raises(ValueError, match="16 octets"):
        Caterpillar(public.signing_point, public.encryption_point, bytes(16), bytes(15))
    for secret in (device.signing, device.encryption, device.signing_expansion, device.encryption_expansion):
        assert secret.hex() not in repr(device) + repr(public)
        assert repr(secret)[2:-1] not in repr(device) + repr(public)
