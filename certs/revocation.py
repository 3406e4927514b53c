"""What is revoked: ids given by hand and revocation lists, asked one certificate at a time.

Lists of one (crlCraca, crlSeries), and of one form (hash or linkage), belong together:

    full   takes the place of the full list and of the deltas that are not newer; an older full is not taken
    delta  adds to them; one that is not newer than the full list is not taken

A list whose successor is overdue goes on to count, and says so (:meth:`Revocations.states`, and in each
complaint).  A hash entry counts until its expiry.

Linkage-based entries are kept as seeds.  The first certificate of a period i has the linkage values of all
entries for that period worked out (j from 0 to jMax, so that both ways of counting j are covered) and kept as
a set, so that each further one costs a look-up.  A certificate's i decides what is worked out: ask only about
certificates whose signature was checked, or a forger chooses it.  Groups bring their j along and are
tried one by one.

Threads: one thread asks (``complaint``), another may add (``add_ids``, ``add_crl``, ``prepare``).  What is
asked is an unchanging state that an addition replaces as a whole; ``version`` grows with it.

Source: CRL types of YD/T 3957-2021; full, delta, serials and linkage as in IEEE 1609.2 (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.certs.instants import utc_text
from v2x.certs.linkage import FIRST_PERIOD_AT, PERIOD_S, period_of
from v2x.certs.revocation_parts import HashPart, LinkedPart, ListPart, Subject
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs.certificate import Certificate
    from v2x.certs.crl import Crl

__all__ = ["ListState", "RevocationLimits", "Revocations"]

_Key = tuple[bytes, int, str]


@dataclass(frozen=True, slots=True)
class RevocationLimits:
    """Bounds, and what the sources leave open; what would go beyond a bound is refused and not cut.

    ``ids``: given by hand, some 90 octets each; a file of 32 MB has not more.  ``hashes``: entries of all
    hash-based lists, some 110 octets each: four full ones of 65,536.  ``values``: linkage values of all lists
    in one period, some 90 octets each: 25,000 vehicles of 20 certificates a week.  ``periods``: sets of them
    kept per list: the week, and those beside it at its turn.  ``groups``: tried one by one for a certificate
    of a group.  ``series``: lists of all domains of a country.  ``parts``: lists of one series, since
    indexWithinI counts to 255.  ``span``: periods after iRev that are worked out; a certificate of a later
    one that the list covers is refused, since lists are issued anew within five years.

    ``match_craca``: a list counts only for certificates that name its crlCraca (its last three octets) and
    its crlSeries.  Off: known requests for pseudonyms have cracaId 000000 and series 0, so every certificate
    that a believed list names is refused.  ``first_period_at``, ``period_s``: as in
    :mod:`v2x.certs.linkage`.
    """

    ids: int = 1_000_000
    hashes: int = 262_144
    values: int = 524_288
    periods: int = 3
    groups: int = 256
    series: int = 64
    parts: int = 256
    span: int = 260
    match_craca: bool = False
    first_period_at: float = FIRST_PERIOD_AT
    period_s: float = PERIOD_S


@dataclass(frozen=True, slots=True)
class ListState:
    """What is held of one series, for reports; ``form`` is hash or linkage, instants are POSIX s.

    ``is_complete``: a full list is there and no delta between it and the newest is missing, by the serials.
    """

    craca: str
    series: int
    form: str
    entries: int
    issued_at: float
    next_at: float
    is_overdue: bool
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Series:
    """The lists of one series, oldest first; a full one can only be the first."""

    parts: tuple[ListPart, ...]

    def adding(self, part: ListPart) -> _Series | None:
        """This series with a further list; None where that brings nothing new."""
        full = self.parts[0] if self.parts and not self.parts[0].is_delta else None
        if full is not None and part.rank <= full.rank:
            return None
        if not part.is_delta:
            newer = [one for one in self.parts if one.is_delta and one.rank > part.rank]
            return _Series((part, *newer))
        if any(one.rank == part.rank for one in self.parts):
            return None
        return _Series(tuple(sorted((*self.parts, part), key=lambda one: one.rank)))

    def governs(self, certificate: Certificate) -> bool:
        """Whether the certificate says that it may stand on lists of this series."""
        value, head = certificate.value["toBeSigned"], self.parts[0]
        return bool(value["cracaId"] == head.craca[-3:] and value["crlSeries"] == head.series)

    def state(self, at: float) -> ListState:
        """For reports."""
        head, last = self.parts[0], self.parts[-1]
        followed = zip(self.parts, self.parts[1:], strict=False)
        return ListState(
            craca=head.craca.hex(),
            series=head.series,
            form=head.form,
            entries=sum(part.entries for part in self.parts),
            issued_at=last.issued_at,
            next_at=last.next_at,
            is_overdue=at > last.next_at,
            is_complete=not head.is_delta and all(after.follows(before) for before, after in followed),
        )


@dataclass(frozen=True, slots=True)
class _State:
    """All that is revoked; never changed, only replaced."""

    ids: frozenset[bytes]
    series: dict[_Key, _Series]
    version: int

    def total(self, count: str) -> int:
        """Sum of a count over all lists."""
        return sum(getattr(part, count) for series in self.series.values() for part in series.parts)


class Revocations:
    """Revoked ids and believed lists, within ``limits``."""

    def __init__(self, limits: RevocationLimits | None = None) -> None:
        self.limits = limits or RevocationLimits()
        self._state = _State(frozenset(), {}, 0)

    @property
    def version(self) -> int:
        """Grows whenever something was added: a verdict of an older version must be asked for anew."""
        return self._state.version

    def add_ids(self, ids: Iterable[bytes]) -> None:
        """Revoke certificates by HashedId10 or HashedId8 (else, and beyond the limit, ValueError)."""
        fresh = {bytes(one) for one in ids}
        wrong = [one for one in fresh if len(one) not in (8, 10)]
        if wrong:
            raise ValueError(f"{wrong[0].hex()} is neither a HashedId10 nor a HashedId8")
        state = self._state
        if fresh <= state.ids:
            return
        ids_now = state.ids | fresh
        if len(ids_now) > self.limits.ids:
            raise ValueError(f"more than {self.limits.ids} revoked ids")
        self._state = _State(ids_now, state.series, state.version + 1)

    def add_crl(self, crl: Crl) -> bool:
        """Take a believed list in; False where what is held is as new.

        TrustError (envelope/unsupported) where it would go beyond a limit; ValueError for a list that
        :func:`v2x.certs.crl.open_crl` has not believed.
        """
        if crl.signer is None:
            raise ValueError("only a list that open_crl has believed is taken")
        linked = crl.i_rev is not None
        limits = self.limits
        part = LinkedPart(crl, span=limits.span, periods=limits.periods) if linked else HashPart(crl)
        state = self._state
        key = (crl.craca, crl.series, part.form)
        series = state.series.get(key, _Series(())).adding(part)
        if series is None:
            return False
        series = _Series(tuple(one.without_expired(crl.issued_at) for one in series.parts))
        fresh = _State(state.ids, {**state.series, key: series}, state.version + 1)
        self._check_limits(fresh, series, crl.signer)
        self._state = fresh
        return True

    def _check_limits(self, state: _State, series: _Series, signer: bytes) -> None:
        limits = self.limits
        for count, limit, what in (
            (len(state.series), limits.series, "series of revocation lists"),
            (len(series.parts), limits.parts, "revocation lists of one series"),
            (state.total("hashes"), limits.hashes, "revoked ids in lists"),
            (state.total("values"), limits.values, "linkage values of a period"),
            (state.total("groups"), limits.groups, "revoked groups"),
        ):
            if count > limit:
                raise TrustError(
                    Reason.ENVELOPE_UNSUPPORTED, f"more than {limit} {what}: {count}", signer=signer
                )

    def complaint(self, certificate: Certificate, at: float) -> str | None:
        """What revokes this certificate at ``at`` (POSIX s), naming the list; None where nothing does.

        The issuers of a certificate are asked about each on its own.
        """
        state = self._state
        for one in (certificate.hashed_id10, certificate.hashed_id8):
            if one in state.ids:
                return f"{one.hex()} is on the revocation list"
        if not state.series:
            return None
        subject = Subject.of(certificate)
        for series in state.series.values():
            if self.limits.match_craca and not series.governs(certificate):
                continue
            for part in series.parts:
                found = part.complaint(subject, at)
                if found is not None:
                    next_at = series.parts[-1].next_at
                    overdue = f", whose next was due {utc_text(next_at)}" if at > next_at else ""
                    return f"{found} the revocation list {part.name}{overdue}"
        return None

    def prepare(self, at: float) -> None:
        """Work out the linkage values of the period of ``at``, so that no certificate waits for them."""
        try:
            i = period_of(at, first_at=self.limits.first_period_at, period_s=self.limits.period_s)
        except ValueError:  # a time without periods: nothing can be asked about it
            return
        for series in self._state.series.values():
            for part in series.parts:
                part.prepare(i)

    def states(self, at: float) -> tuple[ListState, ...]:
        """What is held, at ``at`` (POSIX s), for reports and notes."""
        return tuple(series.state(at) for series in self._state.series.values())

    @property
    def ids_count(self) -> int:
        """Ids given by hand."""
        return len(self._state.ids)
