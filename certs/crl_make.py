"""Making revocation lists: CrlContents of every kind, and the signed message (layout: :mod:`v2x.certs.crl`).

:func:`hash_crl` and :func:`linked_crl` give contents, :func:`seal_crl` signs them.  Each list of a series has
a newer issueDate or a higher serial than the one before, else receivers keep theirs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from v2x.certs.crl import CRL_AID
from v2x.clock import to_time32
from v2x.codecs import coer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs.linkage import RevokedSeeds

__all__ = ["CrlIssue", "hash_crl", "linked_crl", "seal_crl"]


class Sealer(Protocol):
    """What is needed of :class:`v2x.certs.Signer`."""

    def seal(self, payload: bytes, aid: int, at: float, *, critical: bool = False) -> bytes:
        """The secured message of ``payload``."""
        ...


@dataclass(frozen=True, slots=True)
class CrlIssue:
    """What all kinds of lists have: ``craca`` HashedId8, instants in POSIX s, ``priority`` 0..255 or None.

    A list that ``is_delta`` adds to the lists before it, another one takes their place.
    """

    craca: bytes
    series: int
    issued_at: float
    next_at: float
    is_delta: bool = False
    priority: int | None = None
    leap_seconds: int = 0

    def contents(self, form: str, specific: dict[str, Any]) -> bytes:
        """CrlContents of the form ``HashCrl`` or ``LinkedCrl``; CodecError for what has no encoding."""
        value = {
            "version": 1,
            "crlSeries": self.series,
            "crlCraca": self.craca,
            "issueDate": to_time32(self.issued_at, self.leap_seconds),
            "nextCrl": to_time32(self.next_at, self.leap_seconds),
            "priorityInfo": {} if self.priority is None else {"priority": self.priority},
            "typeSpecific": (("delta" if self.is_delta else "full") + form, specific),
        }
        return coer.encode("CrlContents", value)


def hash_crl(issue: CrlIssue, serial: int, entries: Iterable[tuple[bytes, float]]) -> bytes:
    """A list of (HashedId10, instant at which that certificate ends anyway); ``serial`` is crlSerial."""
    rows = [{"id": one, "expiry": to_time32(ends_at, issue.leap_seconds)} for one, ends_at in entries]
    return issue.contents("HashCrl", {"crlSerial": serial, "entries": rows})


def linked_crl(issue: CrlIssue, i_rev: int, index: int, entries: Iterable[RevokedSeeds]) -> bytes:
    """A list of seeds, all of period ``i_rev``; ``index`` is indexWithinI, which counts the lists of it."""
    whole: dict[int, dict[tuple[bytes, bytes], dict[int, list[RevokedSeeds]]]]
    whole = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    groups: list[dict[str, Any]] = []
    single_groups: list[dict[str, Any]] = []
    for entry in entries:
        first, *second = entry.seeds
        if entry.j_max is not None:
            authorities = first.la_id, second[0].la_id if second else bytes(2)
            whole[entry.j_max][authorities][entry.i_max].append(entry)
        elif second:
            groups.append(_group(entry))
        else:
            row = {"iMax": entry.i_max, "laid": first.la_id, "linkageSeed": first.octets}
            single_groups.append(row)
    individual = [
        {"jmax": j_max, "contents": [_la_group(ids, by_i) for ids, by_i in by_la.items()]}
        for j_max, by_la in whole.items()
    ]
    parts = {"individual": individual, "groups": groups, "groupsSingleSeed": single_groups}
    value = {"iRev": i_rev, "indexWithinI": index, **{name: part for name, part in parts.items() if part}}
    return issue.contents("LinkedCrl", value)


def _la_group(authorities: tuple[bytes, bytes], by_i: dict[int, list[RevokedSeeds]]) -> dict[str, Any]:
    first_id, second_id = authorities
    contents = [_i_max_group(i_max, rows) for i_max, rows in by_i.items()]
    return {"la1Id": first_id, "la2Id": second_id, "contents": contents}


def _group(entry: RevokedSeeds) -> dict[str, Any]:
    first, second = entry.seeds
    return {
        "iMax": entry.i_max,
        "la1Id": first.la_id,
        "linkageSeed1": first.octets,
        "la2Id": second.la_id,
        "linkageSeed2": second.octets,
    }


def _i_max_group(i_max: int, entries: list[RevokedSeeds]) -> dict[str, Any]:
    pairs = [entry.seeds for entry in entries if len(entry.seeds) == 2]
    singles = [entry.seeds[0].octets for entry in entries if len(entry.seeds) == 1]
    value: dict[str, Any] = {
        "iMax": i_max,
        "contents": [
            {"linkageSeed1": first.octets, "linkageSeed2": second.octets} for first, second in pairs
        ],
    }
    if singles:
        value["singleSeeds"] = singles
    return value


def seal_crl(contents: bytes, signer: Sealer, at: float) -> bytes:
    """The secured message of a CrlContents, with the signer's whole certificate, generated at ``at``."""
    return signer.seal(contents, CRL_AID, at, critical=True)
