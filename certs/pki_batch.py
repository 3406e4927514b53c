"""Batches: one butterfly request, and certificates for weeks, each under a key that only the vehicle knows.

    vehicle        request with A, P and two expansion keys, signed with its enrolment certificate
    registration   for each period i and index j: B(i,j) to be certified, Q(i,j) to encrypt the answer to
    linkage 1, 2   their share of the linkage value lv(i,j)
    pseudonym      S = B + cG, certificate { id linkageData i, lv }, answer { c | certificate } sealed to Q,
                   signed with its own certificate
    vehicle        keeps the sealed answers; opens them with q(i,j) and signs with s(i,j)

All parts run in one process here, as the test PKI has all their keys, but each uses only what is its own.  A
sealed answer is what lies in DIR/pools/<name>: the one secret at rest is the vehicle's caterpillar key, and
the seeds are made from the linkage authorities' keys (ours), so that none is stored.

Sources: butterfly scheme and linkage values by our facts (:mod:`v2x.certs.butterfly`,
:mod:`v2x.certs.linkage`).  Ours: the answer's inner form, one answer a certificate, how seeds are made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from v2x.certs import encrypted, linkage, sm2, spdu
from v2x.certs.butterfly import CaterpillarKeys, hatch
from v2x.certs.certificate import Certificate
from v2x.certs.issue import Template, issue, issue_to
from v2x.certs.keys import read_key, write_key
from v2x.certs.linkage import LinkageSeed
from v2x.certs.pki_authority import judge_wish
from v2x.certs.pki_files import (
    ENROLMENTS,
    POOLS,
    SIGNERS,
    PkiError,
    add_holder,
    entry_of,
    find_entry,
    key_path,
    load_holder,
    load_store,
    make_folder,
    read_index,
    secret_of,
    tidy,
    write_index,
    write_octets,
)
from v2x.certs.pki_roles import ENROLMENTS as ENROLMENT_AUTHORITY
from v2x.certs.pki_roles import LINKAGE, PSEUDONYMS, enrolment_template
from v2x.certs.pseudonym import POOL_LIMIT
from v2x.certs.request import RequestSettings, make, parse
from v2x.certs.signer import Signer
from v2x.certs.verifier import Verifier, VerifierSettings
from v2x.codecs import aids
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import CodecError, Reason, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from v2x.certs.butterfly import Caterpillar
    from v2x.certs.pki_files import Index
    from v2x.certs.trust import TrustStore

__all__ = ["PER_WEEK_LIMIT", "batch", "open_pool", "seeds_of"]

PER_WEEK_LIMIT = 256
"""Certificates of one period: a revocation list names the highest j in one octet."""

HOURS = 168
"""Validity of a pseudonym certificate: the period, as in a published pseudonym request."""

ANSWER_SIZE_LIMIT = 4096
"""Octets of a sealed answer; ours have some 800."""


def seeds_of(directory: Path, index: Index, name: str, secret: bytes) -> tuple[LinkageSeed, ...]:
    """The seeds of a vehicle in period 0, by both linkage authorities: a hash of their key and its name."""
    seeds = []
    for authority, la_id in LINKAGE.items():
        key = load_holder(directory, index, authority, secret).private_key
        octets = sm2.sm3(b"v2x linkage seed" + key + name.encode("ascii"))[:16]
        seeds.append(LinkageSeed(la_id, octets))
    return tuple(seeds)


def batch(
    directory: Path,
    name: str,
    *,
    weeks: int,
    per_week: int,
    at: float,
    secret: bytes | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Pseudonyms of ``weeks`` from the one of ``at`` (POSIX s) on, ``per_week`` each; how many were made.

    They take the place of a pool that is there.  A vehicle without an enrolment is enrolled first.
    ``progress(done, all)`` is called after each.  PkiError, or TrustError where a part refuses the other;
    ValueError for numbers out of range.
    """
    if not 1 <= per_week <= PER_WEEK_LIMIT or weeks < 1 or weeks * per_week > POOL_LIMIT:
        raise ValueError(f"1..{PER_WEEK_LIMIT} a week and up to {POOL_LIMIT} in all")
    index = read_index(directory)
    secret = secret_of(directory, secret)
    row = _vehicle(directory, index, name)
    first = linkage.period_of(at)
    last = first + weeks - 1
    keys, octets = _ask(directory, index, row, at, secret)
    store = load_store(directory, index)
    registration = _receive(octets, store, at)
    pseudonyms = _Pseudonyms(directory, index, name, secret, registration.template, at)
    verifier = Verifier(store, VerifierSettings(max_age_s=registration.settings.max_age_s))
    answers = {}
    for i in range(first, last + 1):
        for j, value in enumerate(pseudonyms.linkage_values(i, per_week)):
            answers[i, j] = pseudonyms.answer(registration.caterpillar.cocoon(i, j), i, value)
            _take(answers[i, j], keys, (i, j), verifier, at)
            if progress is not None:
                progress(len(answers), weeks * per_week)
    with tidy(directory):
        _keep(directory, name, keys, answers, secret)
        index.pools[name] = [first, last, per_week]
        write_index(directory, index)
    return len(answers)


def _vehicle(directory: Path, index: Index, name: str) -> dict[str, Any]:
    """The row of a vehicle that may have pseudonyms, else PkiError."""
    row = find_entry(directory, index, name)
    if not row["file"].startswith(f"{SIGNERS}/") or row["role"] != "vehicle":
        raise PkiError(f"{directory}: {name} is no vehicle, and only those have pseudonyms")
    if name in index.revoked:
        raise PkiError(f"{directory}: {name} is revoked")
    return row


def _ask(
    directory: Path, index: Index, row: dict[str, Any], at: float, secret: bytes
) -> tuple[CaterpillarKeys, bytes]:
    """The vehicle's side: its enrolment, new caterpillar keys, and the request."""
    app = tuple(row["aids"])
    name = f"{row['name']}-enrolment"
    if not any(other["name"] == name for other in index.certificates):
        authority = load_holder(directory, index, ENROLMENT_AUTHORITY, secret)
        holder = issue(enrolment_template(f"TEST {row['name']}", app, at, index.leap_seconds), authority)
        with tidy(directory):
            add_holder(directory, ENROLMENTS, name, holder, secret)
        index.certificates.append(
            entry_of(name, ENROLMENTS, holder.certificate, index.leap_seconds, "enrolment")
        )
    enrolment = load_holder(directory, index, name, secret)
    keys = CaterpillarKeys.of(sm2.generate())
    caterpillar = keys.public()
    wish = Template(at, ("hours", HOURS), app=app, leap_seconds=index.leap_seconds)
    point, certificate = caterpillar.signing_point, enrolment.certificate
    octets = make(wish, point, enrolment.sign, at, enrolment=certificate, caterpillar=caterpillar)
    return keys, octets


@dataclass(frozen=True, slots=True)
class _Registration:
    """What the registration authority took out of a request."""

    caterpillar: Caterpillar
    template: Template
    settings: RequestSettings


def _receive(octets: bytes, store: TrustStore, at: float) -> _Registration:
    """The registration authority's side: TrustError unless the request may be answered with a batch."""
    settings = RequestSettings()
    request = parse(octets)
    known = request.check(store, at, settings)
    rule, template = judge_wish(request, store.settings.leap_seconds, at, settings)
    if known is None or request.caterpillar is None or rule.authority != PSEUDONYMS:
        raise TrustError(Reason.SIGNER_NOT_PERMITTED, "the request is not one for pseudonyms in a batch")
    return _Registration(request.caterpillar, template, settings)


class _Pseudonyms:
    """The pseudonym authority with what the linkage authorities gave it for one request."""

    def __init__(
        self, directory: Path, index: Index, name: str, secret: bytes, template: Template, at: float
    ) -> None:
        self._authority = load_holder(directory, index, PSEUDONYMS, secret)
        self._signer = Signer(
            self._authority.certificate, self._authority.private_key, leap_seconds=index.leap_seconds
        )
        self._seeds = seeds_of(directory, index, name, secret)
        self._template = template
        self._at = at

    def linkage_values(self, i: int, count: int) -> list[bytes]:
        """lv(i, j) for j in 0..count-1."""
        return linkage.linkage_values(linkage.after_all(self._seeds, i), range(count))

    def answer(self, cocoon: tuple[bytes, bytes], i: int, value: bytes) -> bytes:
        """Certify the cocoon key of period ``i`` and seal the answer to the vehicle."""
        to_certify, to_encrypt = cocoon
        contribution = sm2.generate()
        start_at = linkage.period_start(i)
        template = replace(self._template, starts_at=start_at, linkage=(i, value))
        certificate = issue_to(template, hatch(to_certify, contribution), self._authority)
        recipient = encrypted.PublicRecipient(
            encrypted.response_key_id(to_encrypt), to_encrypt, "rekRecipInfo"
        )
        sealed = encrypted.seal(contribution + certificate.octets, [recipient])
        return self._signer.seal(sealed, aids.CERTIFICATE_MANAGEMENT, self._at, critical=True)


def _take(
    answer: bytes, keys: CaterpillarKeys, place: tuple[int, int], verifier: Verifier, at: float
) -> None:
    """The vehicle's look at an answer: its signature, its certificate, and that the key fits; TrustError."""
    opened = verifier.open(DsmpFrame(aids.CERTIFICATE_MANAGEMENT, answer), at)
    certificate, _ = _open_sealed(opened.data, keys, place)
    start_at, _ = certificate.validity(verifier.store.settings.leap_seconds)
    believed = verifier.store.find_certificate(certificate.value, max(at, start_at)).certificate
    if believed.issuer is None or believed.issuer.hex() != opened.signer:
        raise TrustError(Reason.SIGNER_NOT_PERMITTED, "a certificate that was not issued by who answers")


def _open_sealed(sealed: bytes, keys: CaterpillarKeys, place: tuple[int, int]) -> tuple[Certificate, bytes]:
    """Certificate (i, j) and its private key; TrustError or CodecError where the answer isn't for them."""
    opening = keys.opening_key(*place)
    wanted = encrypted.DecryptionKeys()
    wanted.add_private(encrypted.response_key_id(sm2.public_point(opening)), opening, "rekRecipInfo")
    plain = encrypted.open_encrypted(sealed, wanted)
    certificate = Certificate.decode(plain[32:])
    try:
        private_key = keys.signing_key(*place, plain[:32])
        fits = sm2.compress(sm2.public_point(private_key)) == certificate.point
    except ValueError:
        fits = False
    if not fits:
        raise TrustError(Reason.ENVELOPE_MALFORMED, "an answer whose key does not fit its certificate")
    return certificate, private_key


def _keep(
    directory: Path,
    name: str,
    keys: CaterpillarKeys,
    answers: dict[tuple[int, int], bytes],
    secret: bytes,
) -> None:
    """Put a pool in the place of the one that was there."""
    pool = directory / POOLS / name
    make_folder(directory / POOLS)
    make_folder(pool)
    for path in pool.glob("*.TEST.coer"):
        path.unlink()
    write_key(key_path(directory, f"{name}-caterpillar"), keys.signing, secret)
    for place, answer in answers.items():
        write_octets(_answer_path(pool, place), answer)


def _answer_path(pool: Path, place: tuple[int, int]) -> Path:
    return pool / f"{place[0]:05d}-{place[1]:03d}.TEST.coer"


def open_pool(
    directory: Path, index: Index, name: str, secret: bytes, at: float | None = None
) -> list[Signer]:
    """The signers of a vehicle's batch, in the order of use; with ``at`` (POSIX s) none of weeks before.

    PkiError names the file and the reason, or says that all weeks are over.
    """
    first, last, per_week = index.pools[name]
    if not (0 <= first <= last < 1 << 16 and 0 < per_week <= PER_WEEK_LIMIT):
        raise PkiError(f"{directory}: the index has no such pool as {name}: {first}, {last}, {per_week}")
    if (last - first + 1) * per_week > POOL_LIMIT:
        raise PkiError(f"{directory}: the pool of {name} has more than {POOL_LIMIT} certificates")
    if at is not None:
        first = max(first, linkage.period_of(at))
        if first > last:
            raise PkiError(
                f"{directory}: all pseudonyms of {name} have expired; `v2x pki batch` makes others"
            )
    keys = CaterpillarKeys.of(read_key(key_path(directory, f"{name}-caterpillar"), secret))
    signers = []
    for place in ((i, j) for i in range(first, last + 1) for j in range(per_week)):
        path = _answer_path(directory / POOLS / name, place)
        with tidy(directory), path.open("rb") as file:
            answer = file.read(ANSWER_SIZE_LIMIT + 1)
        try:
            message = spdu.parse(answer[:ANSWER_SIZE_LIMIT])
            sealed = message if isinstance(message, bytes) else message.payload
            certificate, private_key = _open_sealed(sealed, keys, place)
        except (CodecError, TrustError) as error:
            raise PkiError(f"{path}: {error}") from error
        signers.append(Signer(certificate, private_key, leap_seconds=index.leap_seconds))
    return signers
