"""A test PKI in a directory: root, two authorities, vehicles, one road-side unit, one expired vehicle.

    DIR/index.json                             names, kinds, HashedId8, validity; no secrets
    DIR/roots/root.TEST.coer                   what a receiver trusts
    DIR/authorities/{pseudonym,application}-authority.TEST.coer
    DIR/signers/vehicle-01.TEST.coer ...       end entities: vehicle-NN, roadside, expired
    DIR/keys/<name>.TEST.key.pem               private keys, mode 0600 in a folder 0700, not encrypted
    DIR/revoked.txt                            optional: revoked HashedId10, one a line

TEST stands in every file's name: nothing here may ever leave a bench.  The arrangement is ours
(:mod:`v2x.certs.issue` says what follows a source).  Time is the argument ``at``; keys come from the
system's secret randomness.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.certs.keys import read_key, write_key
from v2x.certs.signer import Signer
from v2x.certs.trust import TrustSettings, TrustStore
from v2x.certs.trust_files import AUTHORITIES, ROOTS, read_certificate
from v2x.errors import V2XError

__all__ = [
    "EXPIRED",
    "ROADSIDE",
    "PkiError",
    "entries",
    "init",
    "load_signer",
    "load_trust",
    "names",
    "vehicle",
]

FORMAT = 1
INDEX, SIGNERS, KEYS = "index.json", "signers", "keys"
ROADSIDE, EXPIRED = "roadside", "expired"
VEHICLES_LIMIT = 9999
"""Vehicles of one test PKI: more than the simulated traffic ever has; each costs about 2 ms."""
INDEX_SIZE_LIMIT = 16 << 20
"""Octets of an index; VEHICLES_LIMIT entries have 4 MB."""

VEHICLE_AIDS = (111, 112)
PSEUDONYM_AIDS = (111, 112, 113, 114)
ROADSIDE_AIDS = (3618, 3619, 3620, 3621, 3622, 3623)
MANAGEMENT_AIDS = (3627, 3628, 3629)
START_MARGIN_S = 3600.0
"""Certificates begin this long before ``at``, so that a clock a little behind still finds them valid."""


class PkiError(V2XError):
    """A PKI directory can't be made or used; the message names the place and the reason."""


def vehicle(number: int, vehicles: int = 1) -> str:
    """Name of the vehicle ``number`` (from 1) in a PKI of ``vehicles``: vehicle-01 (of 100: vehicle-001)."""
    return f"vehicle-{number:0{max(2, len(str(vehicles)))}d}"


def init(
    directory: str | Path,
    vehicles: int = 30,
    *,
    at: float,
    years: int = 10,
    hours: int = 168,
    leap_seconds: int = 0,
    force: bool = False,
) -> None:
    """Make a test PKI in ``directory`` (made with mode 0700 if it isn't there; its parent must be).

    ``at`` is now (POSIX s); authorities are valid for ``years``, end entities for ``hours`` (168 as in a real
    pseudonym request), the vehicle named expired until one hour before ``at``.  ``force`` replaces a PKI that
    is there already.  PkiError says why not; ValueError for numbers out of range.
    """
    if not 1 <= vehicles <= VEHICLES_LIMIT:
        raise ValueError(f"1..{VEHICLES_LIMIT} vehicles, not {vehicles}")
    if not 1 <= years <= 100 or not 2 <= hours <= 65535:
        raise ValueError("authorities are valid for 1..100 years, end entities for 2..65535 hours")
    folder = Path(directory)
    _check(folder, force)
    holders = _make_holders(vehicles, at, years, hours, leap_seconds)
    index = {
        "format": FORMAT,
        "about": "TEST PKI of v2x: keys are not encrypted, nothing here may leave a bench",
        "leap_seconds": leap_seconds,
        "certificates": [_entry(name, *member, leap_seconds) for name, member in holders.items()],
    }
    try:
        if (folder / INDEX).exists():
            _remove(folder)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        for part in (ROOTS, AUTHORITIES, SIGNERS, KEYS):
            (folder / part).mkdir(mode=0o700, exist_ok=True)
        for name, (part, holder) in holders.items():
            (folder / part / f"{name}.TEST.coer").write_bytes(holder.certificate.octets)
            write_key(folder / KEYS / f"{name}.TEST.key.pem", holder.private_key)
        (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise PkiError(f"{error.filename or folder}: {error.strerror}") from error


def _check(folder: Path, force: bool) -> None:
    """Refuse to touch what is there, unless it is a PKI and ``force`` is set."""
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise PkiError(f"{folder}: is there and no directory")
        if (folder / INDEX).exists():
            if not force:
                raise PkiError(f"{folder}: holds a PKI already (--force replaces it)")
            entries(folder)
        elif any(folder.iterdir()):
            raise PkiError(f"{folder}: is not empty and holds no PKI; name a new directory")
    except OSError as error:
        raise PkiError(f"{folder}: {error.strerror}") from error


def _remove(folder: Path) -> None:
    """Remove what :func:`init` made before, and nothing else."""
    for entry in entries(folder):
        name = str(entry["name"])
        for path in (folder / KEYS / f"{name}.TEST.key.pem", folder / entry["file"]):
            path.unlink(missing_ok=True)
    (folder / INDEX).unlink()


def _make_holders(
    vehicles: int, at: float, years: int, hours: int, leap_seconds: int
) -> dict[str, tuple[str, Holder]]:
    starts_at = at - START_MARGIN_S

    def authority(name: str, group: IssueGroup, issuer: Holder | None, app: tuple[int, ...] = ()) -> Holder:
        made = Template(starts_at, ("years", years), f"TEST {name}", app, (group,), leap_seconds=leap_seconds)
        return issue(made, issuer)

    def signer(issuer: Holder, app: tuple[int, ...], start: float, name: str | None = None) -> Holder:
        return issue(Template(start, ("hours", hours), name, app, leap_seconds=leap_seconds), issuer)

    everything = IssueGroup(PSEUDONYM_AIDS + ROADSIDE_AIDS + MANAGEMENT_AIDS, shortest=2)
    root = authority("root", everything, None, MANAGEMENT_AIDS[:2])
    pseudonyms = authority("pseudonym authority", IssueGroup(PSEUDONYM_AIDS), root)
    applications = authority("application authority", IssueGroup(ROADSIDE_AIDS), root)
    holders = {
        "root": (ROOTS, root),
        "pseudonym-authority": (AUTHORITIES, pseudonyms),
        "application-authority": (AUTHORITIES, applications),
    }
    for number in range(1, vehicles + 1):
        holders[vehicle(number, vehicles)] = (SIGNERS, signer(pseudonyms, VEHICLE_AIDS, starts_at))
    holders[ROADSIDE] = (SIGNERS, signer(applications, ROADSIDE_AIDS, starts_at, "TEST roadside"))
    long_ago = at - 3600.0 * (hours + 1)
    holders[EXPIRED] = (SIGNERS, signer(pseudonyms, VEHICLE_AIDS, long_ago))
    return holders


def _entry(name: str, part: str, holder: Holder, leap_seconds: int) -> dict[str, Any]:
    certificate = holder.certificate
    start_at, end_at = certificate.validity(leap_seconds)
    return {
        "name": name,
        "file": f"{part}/{name}.TEST.coer",
        "kind": certificate.kind,
        "hashed_id8": certificate.hashed_id8.hex(),
        "sm3": certificate.sm3.hex(),
        "issuer": certificate.issuer.hex() if certificate.issuer else None,
        "valid_from_at": start_at,
        "valid_until_at": end_at,
        "aids": sorted(certificate.app_permissions),
    }


def entries(directory: str | Path) -> list[dict[str, Any]]:
    """The certificates of a PKI directory as its index has them; PkiError where it is none."""
    index = _read_index(Path(directory))
    rows: list[dict[str, Any]] = index["certificates"]
    return rows


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    if not path.is_file():
        raise PkiError(f"{folder}: not a PKI directory ({INDEX} is missing); `v2x pki init` makes one")
    try:
        if path.stat().st_size > INDEX_SIZE_LIMIT:
            raise PkiError(f"{path}: larger than {INDEX_SIZE_LIMIT} octets")
        text = path.read_text("utf-8")
    except OSError as error:
        raise PkiError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PkiError(f"{path}: not UTF-8 at octet {error.start}") from error
    try:
        index = json.loads(text)
        fit = index["format"] == FORMAT and isinstance(index["leap_seconds"], int)
        fit = fit and all(_entry_fits(row) for row in index["certificates"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PkiError(f"{path}: not the index of a PKI ({type(error).__name__}: {error})") from error
    if not fit:
        raise PkiError(f"{path}: not the index of a PKI of format {FORMAT}")
    return dict(index)


def _entry_fits(row: dict[str, Any]) -> bool:
    """The file is where its name says, so that a name can lead nowhere else."""
    name = str(row["name"])
    plain = name.replace("-", "").isalnum()
    return plain and row["file"] in {f"{part}/{name}.TEST.coer" for part in (ROOTS, AUTHORITIES, SIGNERS)}


def names(directory: str | Path) -> tuple[str, ...]:
    """Names of the signers (vehicles, road-side unit, expired one), in the order of the index."""
    return tuple(str(row["name"]) for row in entries(directory) if row["file"].startswith(f"{SIGNERS}/"))


def load_trust(directory: str | Path, settings: TrustSettings | None = None) -> TrustStore:
    """What a receiver of this PKI trusts; PkiError or TrustStoreError name the file and the reason."""
    index = _read_index(Path(directory))
    if settings is None:
        settings = TrustSettings(leap_seconds=index["leap_seconds"])
    return TrustStore.load(directory, settings)


def load_signer(directory: str | Path, name: str, *, enforce: bool = True) -> Signer:
    """The signer ``name``; ``enforce=False`` as in :class:`v2x.certs.Signer` (the expired one needs it)."""
    folder = Path(directory)
    index = _read_index(folder)
    row = next((row for row in index["certificates"] if row["name"] == name), None)
    if row is None:
        known = ", ".join(names(folder)[:8])
        raise PkiError(f"{folder}: no signer {name!r}; there are {known}, ...")
    certificate = read_certificate(folder / row["file"])
    path = folder / KEYS / f"{name}.TEST.key.pem"
    private_key = read_key(path)
    try:
        return Signer(certificate, private_key, leap_seconds=index["leap_seconds"], enforce=enforce)
    except ValueError as error:
        raise PkiError(f"{path}: {error}") from error
