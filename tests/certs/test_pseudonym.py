"""The pool's rule: when a certificate changes, when it may not, and what follows when all were used."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Signer
from v2x.certs.pseudonym import FIXED, POOL_LIMIT, ChangeReason, ChangeRule, Exhausted, PseudonymPool
from v2x.codecs import coer

AT = 1_800_000_000.0
START, RULE, EXPIRED = ChangeReason.START, ChangeReason.RULE, ChangeReason.EXPIRED


@dataclass(eq=False)
class Stub:
    """What a pool asks of a signer."""

    hashed_id8: str
    valid: tuple[float, float] = (AT, AT + 7 * 86400.0)
    introduced: int = field(default=0)

    def is_valid(self, at: float) -> bool:
        return self.valid[0] <= at <= self.valid[1]

    def introduce(self) -> None:
        self.introduced += 1


def pool_of(*signers: Stub, rule: ChangeRule | None = None) -> PseudonymPool:
    return PseudonymPool(cast(list[Signer], signers), rule)


def stubs(count: int) -> list[Stub]:
    return [Stub(f"{k:016x}") for k in range(count)]


def test_both_limits_must_be_reached() -> None:
    signers = stubs(3)
    pool = pool_of(*signers)
    assert pool.signer is None
    assert pool.update(AT, 0.0, 0.0, critical=False) is START
    assert pool.update(AT + 299.9, 9000.0, 0.0, critical=False) is None
    assert pool.update(AT + 300.0, 2099.9, 0.0, critical=False) is None  # driven far, but back again
    assert pool.update(AT + 900.0, 1500.0, 1400.0, critical=False) is None  # 2052 m in a straight line
    assert pool.signer is signers[0]
    assert pool.update(AT + 900.1, 1500.0, 1500.0, critical=False) is RULE
    assert pool.signer is signers[1]
    assert pool.update(AT + 1200.0, 1500.0, 9999.0, critical=False) is None  # both count from the change
    assert pool.update(AT + 1200.1, 1500.0, 3600.0, critical=False) is RULE


def test_a_critical_flag_holds_the_change_back_until_it_is_gone() -> None:
    pool = pool_of(*stubs(2))
    assert pool.update(AT, 0.0, 0.0, critical=True) is START
    for step in range(3000, 5000, 100):
        assert pool.update(AT + step / 10, 50.0 * step, 0.0, critical=True) is None
    assert pool.update(AT + 500.0, 250_000.0, 0.0, critical=False) is RULE


def test_an_expired_certificate_is_left_at_once() -> None:
    short, gone, good = Stub("s", (AT, AT + 60.0)), Stub("g", (AT, AT + 30.0)), Stub("x")
    pool = pool_of(short, gone, good)
    assert pool.update(AT, 0.0, 0.0, critical=True) is START
    assert pool.update(AT + 60.0, 0.0, 0.0, critical=True) is None
    assert pool.update(AT + 60.1, 0.0, 0.0, critical=True) is EXPIRED
    assert pool.signer is good


def test_no_valid_certificate_no_signer() -> None:
    pool = pool_of(Stub("later", (AT + 100.0, AT + 200.0)))
    assert pool.update(AT, 0.0, 0.0, critical=False) is None
    assert pool.signer is None
    assert pool.update(AT + 100.0, 0.0, 0.0, critical=False) is START
    assert pool.update(AT + 200.1, 0.0, 0.0, critical=False) is None
    assert pool.signer is None


def drive(pool: PseudonymPool, changes: int) -> list[str | None]:
    """The signer after each of so many chances to change."""
    used = []
    for k in range(changes):
        pool.update(AT + 300.0 * k, 2100.0 * k, 0.0, critical=False)
        used.append(None if pool.signer is None else pool.signer.hashed_id8[-1])
    return used


def test_an_exhausted_pool_goes_round_or_stops() -> None:
    assert drive(pool_of(*stubs(3)), 7) == ["0", "1", "2", "0", "1", "2", "0"]
    stop = ChangeRule(exhausted=Exhausted.STOP)
    assert drive(pool_of(*stubs(3), rule=stop), 6) == ["0", "1", "2", None, None, None]
    assert drive(pool_of(*stubs(1)), 4) == ["0"] * 4  # the only one stays
    assert drive(pool_of(*stubs(1), rule=stop), 3) == ["0", None, None]
    assert drive(pool_of(*stubs(3), rule=FIXED), 4) == ["0"] * 4
    assert FIXED.fixed
    assert not stop.fixed


def test_the_first_whole_certificate_is_owed_at_each_change() -> None:
    signers = stubs(2)
    drive(pool_of(*signers), 5)
    assert [signer.introduced for signer in signers] == [3, 2]


def test_a_reused_signer_introduces_itself_again(world: Any) -> None:
    def kind(signer: Signer, at: float) -> str:
        value = coer.decode("V2XSecData", signer.seal(b"\x00", 111, at))
        return str(value["content"][1]["signer"][0])

    pool = PseudonymPool([world.signer(), world.signer()], ChangeRule(period_s=0.09, distance_m=0.0))
    seen = []
    for k in range(4):
        at = AT + 0.1 * k
        pool.update(at, 0.0, 0.0, critical=False)
        assert pool.signer is not None
        seen += [kind(pool.signer, at), kind(pool.signer, at + 0.05)]
    assert seen == ["certificate", "digest"] * 4


def test_a_clock_that_was_set_back_starts_the_age_anew() -> None:
    pool = pool_of(*[Stub(str(k), (0.0, math.inf)) for k in range(2)])
    assert pool.update(AT, 0.0, 0.0, critical=False) is START
    assert pool.update(AT - 1e6, 5000.0, 0.0, critical=False) is None
    assert pool.update(AT - 1e6 + 300.0, 5000.0, 0.0, critical=False) is RULE


def test_misuse_is_refused() -> None:
    for count in (0, POOL_LIMIT + 1):
        with pytest.raises(ValueError, match="a pool has"):
            pool_of(*stubs(count))
    with pytest.raises(ValueError, match="twice"):
        pool_of(Stub("a"), Stub("a"))
    for wrong in ({"period_s": 0.0}, {"period_s": math.nan}, {"distance_m": -1.0}):
        with pytest.raises(ValueError, match="a change after"):
            ChangeRule(**wrong)


STEPS = st.lists(
    st.tuples(st.floats(0.1, 400.0), st.floats(-3000.0, 3000.0), st.floats(-3000.0, 3000.0), st.booleans()),
    max_size=40,
)
SPANS = st.lists(st.tuples(st.floats(0.0, 3000.0), st.floats(0.0, 6000.0)), min_size=1, max_size=5)


@given(steps=STEPS, spans=SPANS, exhausted=st.sampled_from(Exhausted))
def test_any_drive_keeps_the_rule(
    steps: list[tuple[float, float, float, bool]], spans: list[tuple[float, float]], exhausted: Exhausted
) -> None:
    """Nothing invalid is used; each change, and each that isn't made, has its reason."""
    signers = [
        Stub(str(k), (AT + start_s, AT + start_s + span_s)) for k, (start_s, span_s) in enumerate(spans)
    ]
    pool = pool_of(*signers, rule=ChangeRule(exhausted=exhausted))
    at, east_m, north_m = AT, 0.0, 0.0
    before: Any = None
    since_at, from_m, history = at, (0.0, 0.0), []
    for dt_s, dx_m, dy_m, critical in steps:
        at, east_m, north_m = at + dt_s, east_m + dx_m, north_m + dy_m
        reason = pool.update(at, east_m, north_m, critical=critical)
        now: Any = pool.signer
        others = [s for s in signers if s.is_valid(at) and s is not before]
        if exhausted is Exhausted.STOP:
            others = [s for s in others if s not in history]
        due = at - since_at >= 300.0 and math.dist(from_m, (east_m, north_m)) >= 2100.0 and not critical
        if now is not None:
            assert now.is_valid(at)
        if before is None:
            assert (reason is START) is (now is not None) is bool(others)
        elif not before.is_valid(at):
            assert (reason is EXPIRED) is (now is not None) is bool(others)
        elif not due:
            assert (reason, now) == (None, before)
        elif others:
            assert (reason, now in others) == (RULE, True)
        else:
            assert reason is None
            assert now is (None if exhausted is Exhausted.STOP else before)
        if reason is not None:
            history.append(now)
            since_at, from_m = at, (east_m, north_m)
        before = now
    if exhausted is Exhausted.STOP:
        assert len(set(history)) == len(history)
