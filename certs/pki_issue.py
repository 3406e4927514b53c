"""New end entities of a test PKI: what kinds there are, and issuing one with its key.

    vehicle      111 and 112, no name, by the pseudonym authority          hours
    emergency    113 and 114, a name (identity), by the application authority
    roadside     3618..3623, a name, by the application authority; perhaps for a circle around its place

Ours, not the standard's (:mod:`v2x.certs.pki_roles` has the authorities).  Who has keys of its own asks with
a request instead (:mod:`v2x.certs.pki_device`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs.issue import Template, issue
from v2x.certs.pki_files import (
    SIGNERS,
    PkiError,
    add_holder,
    checked_name,
    entry_of,
    load_holder,
    read_index,
    secret_of,
    tidy,
    write_index,
)
from v2x.certs.pki_roles import APPLICATIONS, EMERGENCY_AIDS, PSEUDONYMS, ROADSIDE_AIDS, VEHICLE_AIDS

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.certs.certificate import Certificate

__all__ = ["KINDS", "Kind", "circle", "issue_signer"]

HOURS_LIMIT = 8760
"""Longest validity: a year, as the authorities grant it on a request."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of end entity: its authority, the AIDs it may have, and whether its certificate has a name."""

    authority: str
    app: tuple[int, ...]
    named: bool


KINDS = {
    "vehicle": Kind(PSEUDONYMS, VEHICLE_AIDS, named=False),
    "emergency": Kind(APPLICATIONS, EMERGENCY_AIDS, named=True),
    "roadside": Kind(APPLICATIONS, ROADSIDE_AIDS, named=True),
}


def circle(latitude_deg: float, longitude_deg: float, radius_m: int) -> tuple[str, Any]:
    """A GeographicRegion; ValueError outside of the earth or of 1..65535 m."""
    if not (-90.0 <= latitude_deg <= 90.0 and -180.0 < longitude_deg <= 180.0 and 1 <= radius_m <= 65535):
        raise ValueError(f"no circle: {latitude_deg}, {longitude_deg} degrees, {radius_m} m")
    center = {"latitude": round(latitude_deg * 1e7), "longitude": round(longitude_deg * 1e7)}
    return "circularRegion", {"center": center, "radius": radius_m}


def issue_signer(
    directory: Path,
    name: str,
    kind: str,
    at: float,
    *,
    app: tuple[int, ...] | None = None,
    region: tuple[str, Any] | None = None,
    hours: int = 168,
    secret: bytes | None = None,
) -> Certificate:
    """A new signer of ``kind`` with its key, valid from ``at`` (POSIX s) for ``hours``.

    ``app`` are some of the AIDs of its kind (all of them if None), ``region`` a GeographicRegion (China if
    None).  PkiError for a name that is taken or an AID that the kind doesn't have; ValueError for a kind that
    there isn't, no AID, or hours out of 1..8760.
    """
    if kind not in KINDS or not 1 <= hours <= HOURS_LIMIT or (app is not None and not app):
        raise ValueError(f"kinds are {', '.join(KINDS)}, with an AID, for 1..{HOURS_LIMIT} hours")
    made = KINDS[kind]
    app = made.app if app is None else tuple(sorted(set(app)))
    foreign = sorted(set(app) - set(made.app))
    if foreign:
        allowed = ", ".join(map(str, made.app))
        raise PkiError(f"AID {foreign[0]} is not given to kind {kind} ({allowed})")
    index = read_index(directory)
    checked_name(name)
    if any(row["name"] == name for row in index.certificates):
        raise PkiError(f"{directory}: {name} is there already")
    secret = secret_of(directory, secret)
    authority = load_holder(directory, index, made.authority, secret)
    template = Template(
        at,
        ("hours", hours),
        f"TEST {name}" if made.named else None,
        app,
        region=region,
        leap_seconds=index.leap_seconds,
    )
    holder = issue(template, authority)
    with tidy(directory):
        add_holder(directory, SIGNERS, name, holder, secret)
        index.certificates.append(entry_of(name, SIGNERS, holder.certificate, index.leap_seconds, kind))
        write_index(directory, index)
    return holder.certificate
