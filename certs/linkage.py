"""Linkage values: how one entry of a revocation list names all later pseudonyms of a vehicle, and no earlier.

    ls(i)    = SM3(la_id | ls(i-1) | 0 x 14 octets)[:16]          la_id 2 octets, seed ls 16 octets
    plv(i,j) = (SM4 under ls(i) of x, XOR x)[:9]                  x = la_id | j(4 octets) | 0 x 10 octets
    lv(i,j)  = plv of linkage authority 1 XOR plv of linkage authority 2

A vehicle has one secret seed at each of two linkage authorities.  Its certificate of period i (a week) and
index j holds ``i`` and ``lv(i,j)``.  Publishing ls(iRev) of both reveals every lv from iRev on: the hash goes
forward only, so the periods before stay unlinkable.

Source: formulas by one public source, the XOR of the two authorities and the zero start of weeks inferred;
they are those of IEEE 1609.2 with SM3 and SM4.  Group linkage values: the sources give the types only (jValue
of 4 octets beside a value of 9), so their formula is taken to be the same with j = jValue.  A single seed
gives its plv alone, without a XOR (inferred).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from v2x.certs import sm2, sm4

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FIRST_PERIOD_AT",
    "PERIOD_S",
    "VALUE_SIZE",
    "LinkageSeed",
    "RevokedSeeds",
    "after_all",
    "linkage_value",
    "linkage_values",
    "period_of",
    "period_start",
]

FIRST_PERIOD_AT = 1_578_340_800.0
"""Start of period 0, POSIX s: 2020-01-06 20:00 UTC (one source); a setting where it is used."""
PERIOD_S = 604_800.0
"""Length of a period: pseudonyms are given by the week."""
PERIODS = 1 << 16
"""i is a Uint16."""
SEED_SIZE = 16
LA_ID_SIZE = 2
J_SIZE = 4
VALUE_SIZE = 9
"""Octets of a linkage value."""
INPUTS_CACHE = 64
"""Rows of j kept ready per linkage authority: a list has a few jMax and two authorities."""


def period_of(at: float, *, first_at: float = FIRST_PERIOD_AT, period_s: float = PERIOD_S) -> int:
    """The period i that holds the instant ``at`` (POSIX s); ValueError where it has none in 0..65535."""
    i = math.floor((at - first_at) / period_s)
    if not 0 <= i < PERIODS:
        raise ValueError(f"POSIX time {at} lies in no period of linkage values")
    return i


def period_start(i: int, *, first_at: float = FIRST_PERIOD_AT, period_s: float = PERIOD_S) -> float:
    """First instant of period ``i``, POSIX s."""
    return first_at + i * period_s


@dataclass(frozen=True, slots=True)
class LinkageSeed:
    """ls of one linkage authority in some period: ``la_id`` 2 octets, ``octets`` 16 (else ValueError).

    Before its vehicle is revoked a seed is a secret, so it never shows in a representation.
    """

    la_id: bytes
    octets: bytes

    def __post_init__(self) -> None:
        if len(self.la_id) != LA_ID_SIZE or len(self.octets) != SEED_SIZE:
            raise ValueError(f"a linkage seed has {SEED_SIZE} octets and an authority's id of {LA_ID_SIZE}")

    def after(self, periods: int) -> LinkageSeed:
        """The seed ``periods`` later (not negative, else ValueError: the hash goes forward only)."""
        if periods < 0:
            raise ValueError("the seed of an earlier period can't be known")
        octets = self.octets
        for _ in range(periods):
            octets = sm2.sm3(self.la_id + octets + bytes(14))[:SEED_SIZE]
        return LinkageSeed(self.la_id, octets)

    def mask(self, js: tuple[int | bytes, ...]) -> int:
        """The uncut plv of every j behind one another, 16 octets each, as one number; ValueError for no j."""
        octets, number = _inputs(self.la_id, js)
        return int.from_bytes(sm4.blocks(self.octets, octets)) ^ number

    def __repr__(self) -> str:
        return f"<LinkageSeed of authority {self.la_id.hex()}>"


def linkage_values(seeds: Iterable[LinkageSeed], js: Iterable[int | bytes]) -> list[bytes]:
    """Linkage values of every j under the seeds of one period: 9 octets each, in the order of ``js``.

    ``seeds`` are those of the two authorities, or one alone.  A j is a number in 0..2**32-1 or, of a group,
    its 4 octets; ValueError for others.
    """
    wanted = tuple(js)
    mixed = 0
    for seed in seeds:
        mixed ^= seed.mask(wanted)
    octets = mixed.to_bytes(16 * len(wanted))
    return [octets[at : at + VALUE_SIZE] for at in range(0, len(octets), 16)]


def linkage_value(seeds: Iterable[LinkageSeed], j: int | bytes) -> bytes:
    """Linkage value of one j, 9 octets; else as :func:`linkage_values`."""
    return linkage_values(seeds, (j,))[0]


@lru_cache(maxsize=INPUTS_CACHE)
def _inputs(la_id: bytes, js: tuple[int | bytes, ...]) -> tuple[bytes, int]:
    """The x of every j, as octets and as a number: the same for all vehicles of a list."""
    octets = b"".join([la_id + _j_octets(j) + bytes(10) for j in js])
    return octets, int.from_bytes(octets)


def _j_octets(j: int | bytes) -> bytes:
    if isinstance(j, int):
        if not 0 <= j < 1 << 8 * J_SIZE:
            raise ValueError(f"j is in 0..{(1 << 8 * J_SIZE) - 1}, not {j}")
        return j.to_bytes(J_SIZE)
    if len(j) != J_SIZE:
        raise ValueError(f"the j of a group has {J_SIZE} octets, not {len(j)}")
    return bytes(j)


def after_all(seeds: Iterable[LinkageSeed], periods: int) -> tuple[LinkageSeed, ...]:
    """Every seed ``periods`` later."""
    return tuple(seed.after(periods) for seed in seeds)


@dataclass(frozen=True, slots=True)
class RevokedSeeds:
    """One entry of a linkage-based list: seeds of the list's iRev, of two authorities or of one alone.

    They hold up to and with period ``i_max``.  ``j_max`` is the highest j of a vehicle's certificates in one
    period; None is a group, whose certificates bring their j along.
    """

    seeds: tuple[LinkageSeed, ...]
    i_max: int
    j_max: int | None

    def __post_init__(self) -> None:
        if len(self.seeds) not in (1, 2):
            raise ValueError(f"seeds of one or two authorities, not of {len(self.seeds)}")
        if not 0 <= self.i_max < PERIODS or not (self.j_max is None or 0 <= self.j_max <= 255):
            raise ValueError("iMax is in 0..65535, jMax in 0..255")
