"""Which signatures are checked first: the ranking by itself, and the budget by time."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs.policy import Budget, Claim, EgoView, PolicySettings, choose, urgency_s

AT = 1_800_000_000.0
SETTINGS = PolicySettings()
HERE = EgoView()


def claim(signer: str, *place: float, at: float = AT, aid: int = 111, **more: bool) -> Claim:
    east_m, north_m, v_east_mps, v_north_mps = place or (math.nan,) * 4
    return Claim(
        signer.encode(), aid, at, (east_m, north_m, v_east_mps, v_north_mps) if place else None, **more
    )


def test_urgency_is_the_time_until_it_could_be_here() -> None:
    assert urgency_s(claim("a", 100.0, 0.0, -20.0, 0.0), HERE, SETTINGS) == pytest.approx(5.0)
    assert urgency_s(claim("a", 0.0, 30.0, 0.0, 0.0), HERE, SETTINGS) == pytest.approx(30.0)
    assert urgency_s(claim("a", 0.0, 30.0, 0.0, 40.0), HERE, SETTINGS) == pytest.approx(30.0), "it leaves"
    assert urgency_s(claim("a", 0.0, 0.0, 5.0, 5.0), HERE, SETTINGS) == 0.0
    assert urgency_s(claim("a"), HERE, SETTINGS) == math.inf
    assert urgency_s(claim("a", math.nan, 0.0, 0.0, 0.0), HERE, SETTINGS) == math.inf


def test_the_own_motion_counts_and_so_does_an_event() -> None:
    standing = claim("a", 100.0, 0.0, 0.0, 0.0)
    assert urgency_s(standing, EgoView(50.0, 0.0, 25.0, 0.0), SETTINGS) == pytest.approx(2.0)
    event = claim("a", 100.0, 0.0, -20.0, 0.0, aid=112)
    assert urgency_s(event, HERE, SETTINGS) == pytest.approx(2.5)
    assert urgency_s(claim("unit", roadside=True), HERE, SETTINGS) == SETTINGS.roadside_s


def test_the_nearest_and_most_threatening_go_first() -> None:
    claims = [
        claim("far", 800.0, 0.0, 0.0, 0.0),
        claim("approaching", 200.0, 0.0, -30.0, 0.0),
        claim("near", 0.0, 15.0, 0.0, 0.0),
        claim("unit", roadside=True),
        claim("silent"),
    ]
    order = []
    for checks in range(1, 6):
        chosen = choose(claims, HERE, checks, SETTINGS)
        order += [
            one.signer.decode()
            for one, worth in zip(claims, chosen, strict=True)
            if worth and one.signer.decode() not in order
        ]
    assert order == ["unit", "approaching", "near", "far", "silent"]


def test_who_sends_more_gains_nothing() -> None:
    loud = [claim("loud", 1.0, 0.0, 0.0, 0.0, at=AT + step / 100) for step in range(20)]
    others = [claim(f"other {number}", 900.0, float(number), 0.0, 0.0) for number in range(5)]
    chosen = choose([*loud, *others], HERE, 6, SETTINGS)
    assert chosen == [False] * 19 + [True] * 6, "its newest message, and one of each other"


def test_newcomers_have_a_share_and_a_flood_of_them_no_more() -> None:
    known = [claim(f"known {number}", 10.0, float(number), 0.0, 0.0) for number in range(40)]
    flood = [claim(f"new {number}", 1.0, 0.0, -30.0, 0.0, newcomer=True) for number in range(40)]
    spent = Counter[bool]()
    for one, worth in zip([*flood, *known], choose([*flood, *known], HERE, 20, SETTINGS), strict=True):
        spent[one.newcomer] += one.checks * worth
    assert spent[True] <= 20
    far = [claim(f"new {number}", 900.0, 0.0, 0.0, 0.0, newcomer=True) for number in range(40)]
    chosen = choose([*known, *far], HERE, 20, SETTINGS)
    assert sum(chosen[:40]) == 16
    assert sum(chosen[40:]) == 2, "a quarter of the checks, two for each"


@given(
    st.lists(
        st.builds(
            Claim,
            st.binary(min_size=1, max_size=1),
            st.sampled_from((111, 112, 3619)),
            st.floats(AT, AT + 1),
            st.none() | st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4),
            st.booleans(),
            st.booleans(),
        ),
        max_size=40,
    ),
    st.integers(0, 60),
)
def test_a_choice_never_costs_more_than_there_is(claims: list[Claim], checks: int) -> None:
    chosen = choose(claims, HERE, checks, SETTINGS)
    assert len(chosen) == len(claims)
    cost = sum(one.checks for one, worth in zip(claims, chosen, strict=True) if worth)
    assert cost <= checks
    left = [one for one, worth in zip(claims, chosen, strict=True) if not worth]
    assert not left or cost + min(one.checks for one in left) > checks, "no check is left lying"


def test_a_budget_is_spent_and_comes_back_with_time() -> None:
    budget = Budget(1000.0, 0.1)
    assert budget.available(AT) == 100
    budget.spend(70)
    assert budget.available(AT) == 30
    assert budget.available(AT + 0.0205) == 50
    assert budget.available(AT + 60) == 100, "no more than a burst is saved up"
    budget.spend(1_000_000)
    assert budget.available(AT + 60) == 0
    assert budget.available(AT + 60.15) == 50, "and no more than a burst is owed"


def test_a_clock_that_goes_back_saves_nothing_up() -> None:
    budget = Budget(1000.0)
    budget.available(AT)
    budget.spend(100)
    assert budget.available(AT - 3600) == 0
    assert 9 <= budget.available(AT - 3600 + 0.01) <= 10


@pytest.mark.parametrize(("rate", "burst_s"), [(0.0, 0.1), (math.nan, 0.1), (10.0, 0.0)])
def test_an_empty_budget_is_a_mistake(rate: float, burst_s: float) -> None:
    with pytest.raises(ValueError, match="needs checks"):
        Budget(rate, burst_s)
