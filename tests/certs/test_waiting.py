"""The waiting room: who gets its places, who leaves, and that it never holds more than it may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs.waiting import WaitingRoom

AT = 1_800_000_000.0


def test_a_signers_messages_come_out_oldest_first() -> None:
    room: WaitingRoom[str] = WaitingRoom(10, 4, 0.6)
    for number, (signer, entry) in enumerate(((b"a", "a1"), (b"b", "b1"), (b"a", "a2"))):
        assert room.add(signer, entry, AT + number / 100) == []
    assert len(room) == 3
    assert room.release(b"a") == ["a1", "a2"]
    assert room.release(b"a") == []
    assert room.release(b"unheard of") == []
    assert len(room) == 1


def test_what_waits_too_long_is_given_back_and_not_a_moment_earlier() -> None:
    room: WaitingRoom[str] = WaitingRoom(10, 4, 0.5)
    room.add(b"a", "a1", AT)
    room.add(b"b", "b1", AT + 0.25)
    room.add(b"a", "a2", AT + 0.125)
    assert room.expire(AT + 0.4999) == []
    assert room.expire(AT + 0.5) == ["a1"]
    assert room.expire(AT + 0.5) == []
    assert room.expire(float("inf")) == ["a2", "b1"]
    assert len(room) == 0
    assert room.expire(float("inf")) == []


def test_a_talkative_signer_gives_its_oldest() -> None:
    room: WaitingRoom[int] = WaitingRoom(100, 3, 0.6)
    left = [gone for number in range(6) for gone in room.add(b"a", number, AT + number / 10)]
    assert left == [0, 1, 2]
    assert room.release(b"a") == [3, 4, 5]


def test_a_flood_of_made_up_signers_pushes_out_nobody() -> None:
    room: WaitingRoom[str] = WaitingRoom(16, 4, 0.6)
    for number in range(8):
        room.add(bytes([number]), f"honest {number}", AT)
    flood = [room.add(number.to_bytes(8), f"made up {number}", AT) for number in range(1000)]
    assert [gone for left in flood for gone in left] == [f"made up {number}" for number in range(8, 1000)]
    assert [room.release(bytes([number])) for number in range(8)] == [[f"honest {n}"] for n in range(8)]


def test_a_full_room_takes_from_the_signer_with_the_most() -> None:
    room: WaitingRoom[str] = WaitingRoom(6, 4, 0.6)
    for entry in ("a1", "a2", "a3", "b1", "b2", "c1"):
        room.add(entry[0].encode(), entry, AT)
    assert room.add(b"d", "d1", AT) == ["a1"]
    assert room.add(b"d", "d2", AT) == ["d1"], "it would be one of the longest, and the last of them"
    assert room.add(b"e", "e1", AT) == ["a2"], "of two signers with two messages, the last to have two"
    assert len(room) == 6


@pytest.mark.parametrize(("limit", "per_signer"), [(0, 1), (1, 0)])
def test_a_room_without_a_place_is_a_mistake(limit: int, per_signer: int) -> None:
    with pytest.raises(ValueError, match="one place"):
        WaitingRoom(limit, per_signer, 0.6)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 5)),
        st.tuples(st.just("release"), st.integers(0, 5)),
        st.tuples(st.just("expire"), st.integers(0, 3)),
    ),
    max_size=80,
)


@given(STEPS, st.integers(1, 6), st.integers(1, 3))
def test_nothing_is_lost_doubled_or_beyond_the_limit(
    steps: list[tuple[str, int]], limit: int, per_signer: int
) -> None:
    room: WaitingRoom[int] = WaitingRoom(limit, per_signer, 2.0)
    inside: dict[int, int] = {}
    at = AT
    for number, (what, argument) in enumerate(steps):
        if what == "add":
            inside[number] = argument
            gone = room.add(bytes([argument]), number, at)
        elif what == "release":
            gone = room.release(bytes([argument]))
            assert gone == [one for one, signer in inside.items() if signer == argument]
        else:
            at += argument
            gone = room.expire(at)
        for one in gone:
            del inside[one]
        assert len(room) == len(inside) <= limit
        assert all(list(inside.values()).count(signer) <= per_signer for signer in inside.values())
    assert sorted(room.expire(float("inf"))) == sorted(inside)
