"""One revocation list as it is kept for asking: by hash, or by linkage (:mod:`v2x.certs.revocation`).

Both forms have the same attributes and verbs.  A :class:`LinkedPart` works its sets out on demand:

    entry, seeds of iRev  ->  seeds of i, hashed forward  ->  lv(i, 0..jMax) of all entries, one set per i

Its caches are replaced as a whole, never changed: a second thread finds the old or the new one.
"""
# ruff: noqa: ARG002, D102 - both forms have the verbs of ListPart, documented there

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from v2x.certs.instants import utc_text
from v2x.certs.linkage import RevokedSeeds, after_all, linkage_value, linkage_values

if TYPE_CHECKING:
    from v2x.certs.certificate import Certificate
    from v2x.certs.crl import Crl

__all__ = ["HashPart", "LinkedPart", "ListPart", "Subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What lists know a certificate by; ``linkage`` is its LinkageData, None where it has another id."""

    hashed_id10: bytes
    linkage: dict[str, Any] | None

    @classmethod
    def of(cls, certificate: Certificate) -> Subject:
        """Of a certificate."""
        kind, value = certificate.value["toBeSigned"]["id"]
        return cls(certificate.hashed_id10, value if kind == "linkageData" else None)


class ListPart(ABC):
    """What both forms have: their list's head, and how much they hold."""

    form = ""

    def __init__(self, crl: Crl) -> None:
        self.is_delta = crl.is_delta
        self.craca = crl.craca
        self.series = crl.series
        self.issued_at = crl.issued_at
        self.next_at = crl.next_at
        self.rank = crl.rank

    @property
    def entries(self) -> int:
        """Entries of the list."""
        return 0

    @property
    def hashes(self) -> int:
        """Certificates named by hash."""
        return 0

    @property
    def values(self) -> int:
        """Linkage values that stand for its single vehicles in one period, at most."""
        return 0

    @property
    def groups(self) -> int:
        """Groups that are tried one by one."""
        return 0

    @property
    def name(self) -> str:
        """The list's name in complaints."""
        return f"(series {self.series} of {self.craca.hex()}, {utc_text(self.issued_at)})"

    def follows(self, other: ListPart) -> bool:
        """Whether no list is missing between ``other`` and this one, by the serials."""
        _, i_rev, serial = self.rank
        _, i_before, before = other.rank
        return serial == before + 1 if i_rev == i_before else serial == 0

    def without_expired(self, at: float) -> Self:
        """The same list without what had ended before ``at`` (POSIX s); itself where nothing had."""
        return self

    def prepare(self, i: int) -> None:  # noqa: B027 - a list by hash has nothing to work out
        """Work out what is asked about certificates of period ``i``."""

    @abstractmethod
    def complaint(self, subject: Subject, at: float) -> str | None:
        """What the list says against the certificate at ``at``, up to the list's name, or None."""


class HashPart(ListPart):
    """A hash-based list; ``expiry`` is by HashedId10."""

    form = "hash"

    def __init__(self, crl: Crl) -> None:
        super().__init__(crl)
        self.expiry = dict(crl.hashed)

    @property
    def entries(self) -> int:
        return len(self.expiry)

    @property
    def hashes(self) -> int:
        return len(self.expiry)

    def without_expired(self, at: float) -> Self:
        if all(ends_at >= at for ends_at in self.expiry.values()):
            return self
        fresh = copy.copy(self)
        fresh.expiry = {one: ends_at for one, ends_at in self.expiry.items() if ends_at >= at}
        return fresh

    def complaint(self, subject: Subject, at: float) -> str | None:
        ends_at = self.expiry.get(subject.hashed_id10)
        if ends_at is None or at > ends_at:
            return None
        return f"{subject.hashed_id10.hex()} is on"


@dataclass(frozen=True, slots=True)
class _Period:
    """A list in one period: linkage values of single vehicles, and seeds of groups."""

    values: frozenset[bytes]
    groups: tuple[RevokedSeeds, ...]


class LinkedPart(ListPart):
    """A linkage-based list; ``span`` and ``periods`` as in :class:`v2x.certs.revocation.RevocationLimits`."""

    form = "linkage"

    def __init__(self, crl: Crl, *, span: int, periods: int) -> None:
        super().__init__(crl)
        self._i_rev = crl.i_rev or 0
        self._last_i = max((entry.i_max for entry in crl.linked), default=-1)
        self._span = span
        self._limit = periods
        self._revoked = crl.linked
        self._front: tuple[int, tuple[RevokedSeeds, ...]] = (self._i_rev, crl.linked)
        self._periods: dict[int, _Period] = {}
        self._values = sum(entry.j_max + 1 for entry in crl.linked if entry.j_max is not None)

    @property
    def entries(self) -> int:
        return len(self._revoked)

    @property
    def values(self) -> int:
        return self._values

    @property
    def groups(self) -> int:
        return sum(entry.j_max is None for entry in self._revoked)

    def prepare(self, i: int) -> None:
        if self._i_rev <= i <= min(self._last_i, self._i_rev + self._span):
            self._period(i)

    def complaint(self, subject: Subject, at: float) -> str | None:
        linkage = subject.linkage
        if linkage is None or not self._i_rev <= linkage["iCert"] <= self._last_i:
            return None
        i = linkage["iCert"]
        if i > self._i_rev + self._span:
            return f"its period {i} is more than {self._span} after iRev {self._i_rev} of"
        period = self._period(i)
        if linkage["linkage-value"] in period.values:
            return f"its linkage value of period {i} is on"
        group = linkage.get("group-linkage-value")
        if group is not None:
            for entry in period.groups:
                if linkage_value(entry.seeds, group["jValue"]) == group["value"]:
                    return f"the group of its linkage value of period {i} is on"
        return None

    def _period(self, i: int) -> _Period:
        """The sets of period ``i``, from the cache or worked out; the oldest of the cache gives way."""
        found = self._periods.get(i)
        if found is not None:
            return found
        revoked = self._seeds(i)
        values: set[bytes] = set()
        for entry in revoked:
            if entry.j_max is not None:
                values.update(linkage_values(entry.seeds, range(entry.j_max + 1)))
        made = _Period(frozenset(values), tuple(entry for entry in revoked if entry.j_max is None))
        kept = list(self._periods.items())[-(self._limit - 1) :] if self._limit > 1 else []
        self._periods = {**dict(kept), i: made}
        return made

    def _seeds(self, i: int) -> tuple[RevokedSeeds, ...]:
        """The entries that hold in period ``i``, with its seeds; from those of a period before, if known."""
        known_i, known = self._front
        if known_i > i:
            known_i, known = self._i_rev, self._revoked
        revoked = tuple(
            RevokedSeeds(after_all(entry.seeds, i - known_i), entry.i_max, entry.j_max)
            for entry in known
            if entry.i_max >= i
        )
        self._front = i, revoked
        return revoked
