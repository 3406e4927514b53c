"""Revocations: full and delta lists, linkage by the week, limits, and what stays of old lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.certs import Certificate
from v2x.certs.crl import Crl
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl
from v2x.certs.issue import Template, issue
from v2x.certs.linkage import LinkageSeed, RevokedSeeds, after_all, linkage_value, period_of
from v2x.certs.revocation import RevocationLimits, Revocations
from v2x.codecs import coer
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
DAY_S = 86400.0
CRACA = b"the-root"
HEAD = CrlIssue(CRACA, 3, AT, AT + DAY_S)
I_REV = 400

la_ids = st.binary(min_size=2, max_size=2)
seeds = st.builds(LinkageSeed, la_ids, st.binary(min_size=16, max_size=16))
pairs = st.lists(seeds, min_size=1, max_size=2, unique_by=lambda seed: seed.octets).map(tuple)


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return issue(Template(AT - DAY_S, ("hours", 168), app=(111,)), None).certificate


def linked_certificate(base: Certificate, i: int, value: bytes, group: Any = None) -> Certificate:
    """``base`` with another id; its signature is the old one, which revocations do not look at."""
    data = {"iCert": i, "linkage-value": value}
    if group is not None:
        data["group-linkage-value"] = {"jValue": group[0], "value": group[1]}
    fresh = coer.decode("Certificate", base.octets)
    fresh["toBeSigned"]["id"] = ("linkageData", data)
    return Certificate.decode(coer.encode("Certificate", fresh))


def by_hash(*ids: bytes, serial: int = 1, ends_at: float = AT + 9 * DAY_S, **changes: Any) -> Crl:
    contents = hash_crl(replace(HEAD, **changes), serial, [(one, ends_at) for one in ids])
    return replace(Crl.decode(contents), signer=CRACA)


def by_linkage(*revoked: RevokedSeeds, i_rev: int = I_REV, index: int = 0, **changes: Any) -> Crl:
    contents = linked_crl(replace(HEAD, **changes), i_rev, index, revoked)
    return replace(Crl.decode(contents), signer=CRACA)


def test_nothing_is_revoked_at_first(certificate: Certificate) -> None:
    revocations = Revocations()
    assert revocations.complaint(certificate, AT) is None
    assert (revocations.version, revocations.ids_count, revocations.states(AT)) == (0, 0, ())


def test_ids_given_by_hand(certificate: Certificate) -> None:
    for one in (certificate.hashed_id8, certificate.hashed_id10):
        revocations = Revocations(RevocationLimits(ids=2))
        revocations.add_ids([one])
        assert revocations.complaint(certificate, AT) == f"{one.hex()} is on the revocation list"
        assert revocations.version == 1
        revocations.add_ids([one])
        assert revocations.version == 1
        with pytest.raises(ValueError, match="neither"):
            revocations.add_ids([bytes(9)])
        with pytest.raises(ValueError, match="more than 2"):
            revocations.add_ids([bytes(8), bytes(10)])
        assert revocations.ids_count == 1


def test_a_list_by_hash_names_itself(certificate: Certificate) -> None:
    revocations = Revocations()
    assert revocations.add_crl(by_hash(bytes(10), certificate.hashed_id10))
    complaint = revocations.complaint(certificate, AT)
    assert complaint is not None
    assert certificate.hashed_id10.hex() in complaint
    assert f"revocation list (series 3 of {CRACA.hex()}, 2027-01-15 08:00:00 UTC)" in complaint
    assert "due" not in complaint
    late = revocations.complaint(certificate, AT + DAY_S + 1)
    assert late == f"{complaint}, whose next was due 2027-01-16 08:00:00 UTC"
    (state,) = revocations.states(AT + DAY_S + 1)
    assert (state.form, state.entries, state.is_overdue, state.is_complete) == ("hash", 2, True, True)
    assert not revocations.states(AT)[0].is_overdue


def test_only_believed_lists_are_taken(certificate: Certificate) -> None:
    with pytest.raises(ValueError, match="believed"):
        Revocations().add_crl(replace(by_hash(certificate.hashed_id10), signer=None))


def test_entries_leave_when_they_end(certificate: Certificate) -> None:
    revocations = Revocations()
    revocations.add_crl(by_hash(certificate.hashed_id10, ends_at=AT + 50))
    assert revocations.complaint(certificate, AT + 50) is not None
    assert revocations.complaint(certificate, AT + 51) is None
    assert revocations.states(AT)[0].entries == 1
    revocations.add_crl(by_hash(bytes(10), serial=2, issued_at=AT + 60, is_delta=True))
    assert revocations.states(AT)[0].entries == 1  # the new one only
    revocations.add_crl(by_hash(bytes(10), bytes([1]) * 10, ends_at=AT, serial=3, issued_at=AT + 99))
    assert revocations.states(AT)[0].entries == 0


def test_a_full_list_replaces_and_a_delta_adds(certificate: Certificate) -> None:
    mine, other = certificate.hashed_id10, bytes(10)
    revocations = Revocations()
    assert revocations.add_crl(by_hash(other, serial=1))
    assert revocations.add_crl(by_hash(mine, serial=2, issued_at=AT + 1, is_delta=True))
    assert revocations.complaint(certificate, AT + 2) is not None
    assert revocations.states(AT)[0].is_complete
    assert not revocations.add_crl(by_hash(mine, serial=2, issued_at=AT + 1, is_delta=True))
    assert revocations.version == 2
    assert revocations.add_crl(by_hash(other, serial=3, issued_at=AT + 2))
    assert revocations.complaint(certificate, AT + 2) is None
    assert not revocations.add_crl(by_hash(mine, serial=2, issued_at=AT + 1))
    assert not revocations.add_crl(by_hash(mine, serial=2, issued_at=AT + 1, is_delta=True))
    assert not revocations.add_crl(by_hash(mine, serial=3, issued_at=AT + 2))
    assert revocations.complaint(certificate, AT + 2) is None
    assert revocations.version == 3


def test_a_late_full_list_leaves_newer_deltas(certificate: Certificate) -> None:
    revocations = Revocations()
    revocations.add_crl(by_hash(bytes(10), serial=2, issued_at=AT + 1, is_delta=True))
    revocations.add_crl(by_hash(certificate.hashed_id10, serial=4, issued_at=AT + 3, is_delta=True))
    assert not revocations.states(AT)[0].is_complete
    assert revocations.add_crl(by_hash(bytes([1]) * 10, serial=3, issued_at=AT + 2))
    assert revocations.complaint(certificate, AT + 3) is not None
    (state,) = revocations.states(AT)
    assert (state.entries, state.issued_at, state.is_complete) == (2, AT + 3, True)
    revocations.add_crl(by_hash(bytes([2]) * 10, serial=6, issued_at=AT + 5, is_delta=True))
    assert not revocations.states(AT)[0].is_complete
    revocations.add_crl(by_hash(bytes([2]) * 10, serial=5, issued_at=AT + 4, is_delta=True))
    assert revocations.states(AT)[0].is_complete


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sets(st.integers(0, 5))), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(
    certificate: Certificate, issues: list[tuple[int, bool, set[int]]], random: Any
) -> None:
    """What holds is the newest full list and the deltas after it, whatever came when."""
    issues = list({number: (number, delta, ids) for number, delta, ids in issues}.values())
    random.shuffle(issues)
    revocations = Revocations()
    for number, delta, ids in issues:
        octets = [bytes([one]) * 10 for one in sorted(ids)]
        revocations.add_crl(by_hash(*octets, serial=number, issued_at=AT + number, is_delta=delta))
    full = max((number for number, delta, _ in issues if not delta), default=-1)
    expected = {one for number, _, ids in issues if number >= full for one in ids}
    for one in range(6):
        subject = Stand(bytes([one]) * 10, certificate)
        assert (revocations.complaint(subject, AT) is not None) == (one in expected)  # type: ignore[arg-type]


class Stand:
    """A certificate with a wished HashedId10."""

    def __init__(self, id10: bytes, certificate: Certificate) -> None:
        self.hashed_id10, self.hashed_id8, self.value = id10, id10[2:], certificate.value


def test_series_and_cracas_are_kept_apart(certificate: Certificate) -> None:
    revocations = Revocations()
    revocations.add_crl(by_hash(certificate.hashed_id10))
    for number, changes in enumerate(({"series": 4}, {"craca": b"another!"}), start=1):
        assert revocations.add_crl(by_hash(issued_at=AT + number, **changes))
        assert revocations.complaint(certificate, AT) is not None
    assert revocations.add_crl(by_linkage(issued_at=AT + 9))
    assert revocations.complaint(certificate, AT) is not None
    assert {(state.craca, state.series, state.form) for state in revocations.states(AT)} == {
        (CRACA.hex(), 3, "hash"), (CRACA.hex(), 4, "hash"), (b"another!".hex(), 3, "hash"),
        (CRACA.hex(), 3, "linkage"),
    }  # fmt: skip
    assert revocations.add_crl(by_hash(issued_at=AT + 1))
    assert revocations.complaint(certificate, AT) is None


def test_lists_may_count_only_where_certificates_say_so(certificate: Certificate) -> None:
    strict = Revocations(RevocationLimits(match_craca=True))
    strict.add_crl(by_hash(certificate.hashed_id10, craca=b"other" + bytes(3), series=3))
    strict.add_crl(by_hash(certificate.hashed_id10, craca=b"elsewher", series=0))
    assert strict.complaint(certificate, AT) is None
    strict.add_crl(by_hash(certificate.hashed_id10, craca=b"other" + bytes(3), series=0))
    assert strict.complaint(certificate, AT) is not None


@settings(max_examples=60, deadline=None)
@given(
    revoked=st.lists(st.tuples(pairs, st.integers(0, 6), st.integers(0, 5)), max_size=4),
    innocent=st.lists(pairs, max_size=2),
    periods=st.permutations(range(-2, 9)),
    delta=st.booleans(),
)
def test_a_revoked_vehicle_is_refused_from_i_rev_to_i_max(
    certificate: Certificate, revoked: Any, innocent: Any, periods: list[int], delta: bool
) -> None:
    """Seeds in the list are those of iRev; before it they can't be known, and beyond iMax they do not count.

    An innocent vehicle is hit by chance in 2**-72 per value: never here.
    """
    known = {seed.octets for first, _, _ in revoked for seed in first}
    innocent = [first for first in innocent if not known & {seed.octets for seed in first}]
    origin = [after_all(first, 2) for first, _, _ in revoked]  # seeds of period I_REV - 2 two steps on
    listed = [
        RevokedSeeds(now, I_REV + span, j_max) for now, (_, span, j_max) in zip(origin, revoked, strict=True)
    ]
    revocations = Revocations()
    revocations.add_crl(by_linkage(*listed, is_delta=delta))
    for step in periods:
        i = I_REV + step
        for first, span, j_max in revoked:
            for j in (0, j_max):
                value = linkage_value(after_all(first, step + 2), j)
                complaint = revocations.complaint(linked_certificate(certificate, i, value), AT)
                same = [other for other in revoked if set(other[0]) == set(first)]
                longest = max(other[1] for other in same if other[2] >= j)
                assert (complaint is not None) == (0 <= step <= longest), (step, span)
                assert complaint is None or f"linkage value of period {i} is on" in complaint
        for first in innocent:
            value = linkage_value(after_all(first, step + 2), 0)
            assert revocations.complaint(linked_certificate(certificate, i, value), AT) is None


def test_values_beyond_j_max_and_of_other_weeks_are_innocent(certificate: Certificate) -> None:
    pair = LinkageSeed(b"\0\1", bytes(16)), LinkageSeed(b"\0\2", bytes(range(16)))
    revocations = Revocations()
    revocations.add_crl(by_linkage(RevokedSeeds(pair, I_REV + 3, 20)))
    for i, j, hit in ((0, 20, True), (0, 21, False), (1, 0, False)):
        value = linkage_value(pair, j)
        found = revocations.complaint(linked_certificate(certificate, I_REV + i, value), AT)
        assert (found is not None) == hit
    assert revocations.complaint(certificate, AT) is None  # another kind of id


@settings(max_examples=40, deadline=None)
@given(pair=pairs, j=st.binary(min_size=4, max_size=4), step=st.integers(-1, 5))
def test_groups_are_tried_with_the_certificates_own_j(
    certificate: Certificate, pair: Any, j: bytes, step: int
) -> None:
    revocations = Revocations()
    revocations.add_crl(by_linkage(RevokedSeeds(pair, I_REV + 3, None)))
    value = linkage_value(after_all(pair, max(step, 0)), j)
    for group, hit in (((j, value), True), ((j, bytes(9)), False), (None, False)):
        found = revocations.complaint(linked_certificate(certificate, I_REV + step, bytes(9), group), AT)
        assert (found is not None) == (hit and 0 <= step <= 3)
        assert found is None or "the group" in found


def test_periods_too_far_from_i_rev_are_refused_and_not_worked_out(certificate: Certificate) -> None:
    pair = (LinkageSeed(b"\0\1", bytes(16)),)
    revocations = Revocations(RevocationLimits(span=5))
    revocations.add_crl(by_linkage(RevokedSeeds(pair, I_REV + 6, 3)))
    for step, word in ((5, None), (6, "more than 5 after iRev 400 of the revocation list"), (7, None)):
        found = revocations.complaint(linked_certificate(certificate, I_REV + step, bytes(9)), AT)
        assert (found is None) if word is None else (word in str(found))


def test_a_newer_list_of_seeds_replaces_the_older(certificate: Certificate) -> None:
    pair = (LinkageSeed(b"\0\1", bytes(16)),)
    mine = linked_certificate(certificate, I_REV, linkage_value(pair, 0))
    revocations = Revocations()
    revocations.add_crl(by_linkage(RevokedSeeds(pair, I_REV, 0)))
    assert revocations.complaint(mine, AT) is not None
    revocations.add_crl(by_linkage(index=1, is_delta=True, issued_at=AT + 1))
    assert revocations.states(AT)[0].is_complete
    revocations.add_crl(by_linkage(i_rev=I_REV + 1, index=0, is_delta=True, issued_at=AT + 2))
    assert revocations.states(AT)[0].is_complete
    assert revocations.complaint(mine, AT) is not None
    revocations.add_crl(by_linkage(i_rev=I_REV + 1, index=1, issued_at=AT + 3))
    assert revocations.complaint(mine, AT) is None


@pytest.mark.parametrize("periods", [1, 2])
def test_few_periods_are_kept_and_any_can_be_asked_again(certificate: Certificate, periods: int) -> None:
    pair = LinkageSeed(b"\0\1", bytes(16)), LinkageSeed(b"\0\2", bytes(range(16)))
    revocations = Revocations(RevocationLimits(periods=periods))
    revocations.add_crl(by_linkage(RevokedSeeds(pair, I_REV + 9, 2)))
    (series,) = revocations._state.series.values()
    (part,) = series.parts
    for step in (0, 4, 2, 9, 0, 2, 4):
        value = linkage_value(after_all(pair, step), 2)
        assert revocations.complaint(linked_certificate(certificate, I_REV + step, value), AT) is not None
        assert len(part._periods) <= periods
        assert I_REV + step in part._periods


def test_a_period_can_be_worked_out_beforehand(certificate: Certificate) -> None:
    i = period_of(AT)
    revocations = Revocations()
    revocations.add_crl(by_linkage(RevokedSeeds((LinkageSeed(b"\0\1", bytes(16)),), i + 1, 2), i_rev=i))
    revocations.add_crl(by_hash())
    parts = [part for series in revocations._state.series.values() for part in series.parts]
    revocations.prepare(0.0)  # before the first week
    revocations.prepare(AT - 7 * DAY_S)
    assert parts[0]._periods == {}
    revocations.prepare(AT)
    assert list(parts[0]._periods) == [i]
    assert len(parts[0]._periods[i].values) == 3


ONE = (LinkageSeed(b"12", bytes(16)),)


@pytest.mark.parametrize(
    ("limits", "lists", "word"),
    [
        ({"hashes": 2}, [by_hash(bytes(10)), by_hash(b"1" * 10, b"2" * 10, series=4)], "ids in lists"),
        ({"series": 1}, [by_hash(), by_hash(series=4)], "series of"),
        ({"parts": 1}, [by_hash(), by_hash(serial=2, issued_at=AT + 1, is_delta=True)], "of one series"),
        ({"values": 20}, [by_linkage(RevokedSeeds(ONE, 1, 20))], "linkage values"),
        ({"groups": 0}, [by_linkage(RevokedSeeds(ONE, 1, None))], "groups"),
    ],
)
def test_what_goes_beyond_a_limit_is_refused_whole(
    certificate: Certificate, limits: dict[str, int], lists: list[Crl], word: str
) -> None:
    revocations = Revocations(RevocationLimits(**limits))
    for crl in lists[:-1]:
        assert revocations.add_crl(crl)
    before = revocations.states(AT)
    with pytest.raises(TrustError, match=word) as caught:
        revocations.add_crl(lists[-1])
    assert caught.value.reason is Reason.ENVELOPE_UNSUPPORTED
    assert revocations.states(AT) == before
    assert revocations.version == len(lists) - 1


def test_an_asker_keeps_its_state_while_another_adds(certificate: Certificate) -> None:
    """An addition makes a new state; the old one is as it was."""
    revocations = Revocations()
    revocations.add_crl(by_hash(bytes(10)))
    state = revocations._state
    copy = dict(state.series)
    revocations.add_crl(by_hash(certificate.hashed_id10, series=4))
    revocations.add_ids([bytes(10)])
    assert state.series == copy
    assert state.ids == frozenset()
    assert revocations.version == 3
