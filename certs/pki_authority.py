"""The authorities at work: requests judged and answered with certificates.

    request ─► opened, where it was encrypted to the registration authority
            ─► form, age, signature, permission
            ─► which authority: enrolment, pseudonym (id none) or application (id a name) ─► its rules
            ─► certificate ─► answer: a signed message, AID 3627, whose payload is a SequenceOfCertificate

What is wished is taken only as far as the rules go; everything else in a request is refused and named.  An
answered request is remembered until it would be too old anyway, so that it is answered once.  Who a device
is that asks for its enrolment, no request can prove: the operator names it.  An enrolment certificate on the
revocation list gets nothing.

Ours, not the standard's: the rules, the answer's form (no source has it), and who answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from v2x.certs import encrypted
from v2x.certs.certificate import YEAR_S
from v2x.certs.issue import Template, issue_to
from v2x.certs.keys import read_key
from v2x.certs.pki_files import (
    ISSUED,
    PkiError,
    entry_of,
    key_path,
    load_holder,
    load_store,
    read_index,
    secret_of,
    tidy,
    write_index,
    write_octets,
)
from v2x.certs.pki_roles import (
    APPLICATIONS,
    EMERGENCY_AIDS,
    ENROLMENT_YEARS,
    PSEUDONYM_AIDS,
    PSEUDONYMS,
    REGISTRATION,
    ROADSIDE_AIDS,
    enrolment_template,
)
from v2x.certs.pki_roles import ENROLMENTS as ENROLMENT_AUTHORITY
from v2x.certs.request import Request, RequestSettings, parse
from v2x.certs.signer import Signer
from v2x.clock import from_time32
from v2x.codecs import aids, coer
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.certs.certificate import Certificate
    from v2x.certs.issue import Holder
    from v2x.certs.pki_files import Index

__all__ = ["Rule", "answer_request", "judge_wish", "open_request", "seal_answer"]

ANSWERED_LIMIT = 10_000
"""Answered requests remembered at a time: more than a bench asks within ten minutes."""

_KNOWN_FIELDS = {
    "id", "cracaId", "crlSeries", "validityPeriod", "region", "appPermissions", "verifyKeyIndicator"
}  # fmt: skip
_UNIT_S = {"minutes": 60.0, "hours": 3600.0, "sixtyHours": 216_000.0, "years": YEAR_S}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one authority grants at most: these AIDs without SSP, a validity of up to ``longest_s``."""

    authority: str
    aids: tuple[int, ...]
    longest_s: float
    ids: str
    more_fields: frozenset[str] = frozenset()


ENROLMENT_RULE = Rule(
    ENROLMENT_AUTHORITY,
    (aids.CERTIFICATE_MANAGEMENT,),
    ENROLMENT_YEARS * YEAR_S,
    "name",
    frozenset({"certRequestPermissions"}),
)
PSEUDONYM_RULE = Rule(PSEUDONYMS, PSEUDONYM_AIDS, 168 * 3600.0, "none")
"""168 hours as in a published pseudonym request."""
APPLICATION_RULE = Rule(APPLICATIONS, ROADSIDE_AIDS + EMERGENCY_AIDS, YEAR_S, "name")


def answer_request(
    directory: Path,
    octets: bytes,
    at: float,
    *,
    enrol: tuple[str, tuple[int, ...]] | None = None,
    settings: RequestSettings | None = None,
    secret: bytes | None = None,
) -> bytes:
    """The answer to a request at ``at`` (POSIX s), by the authorities of ``directory``.

    ``enrol`` is the operator's word on who asks: the device's name and the AIDs that it may have
    certificates for; without it nobody is enrolled.  TrustError or CodecError says why a request is refused,
    PkiError what is wrong with the directory.
    """
    settings = settings or RequestSettings()
    index = read_index(directory)
    secret = secret_of(directory, secret)
    request = parse(open_request(directory, octets, index, secret))
    store = load_store(directory, index)
    known = request.check(store, at, settings)
    if request.caterpillar is not None:
        raise _refused(Reason.ENVELOPE_UNSUPPORTED, "asks for a batch: `v2x pki batch` makes those")
    _check_once(index, request, at, settings)
    rule, template = judge_wish(request, store.settings.leap_seconds, at, settings)
    if known is None:
        template = _enrolment(request, template, enrol)
    authority = load_holder(directory, index, rule.authority, secret)
    for above in (authority.certificate, authority.certificate if known is None else known.certificate):
        if template.starts_at + _longest(request) > above.validity(index.leap_seconds)[1]:
            raise _refused(
                Reason.SIGNER_CERTIFICATE_INVALID, "wishes a validity beyond that of enrolment or authority"
            )
    certificate = issue_to(template, request.point, authority)
    _record(directory, index, certificate, "enrolment" if known is None else "issued")
    return seal_answer(authority, [certificate], at, index.leap_seconds)


def open_request(directory: Path, octets: bytes, index: Index, secret: bytes) -> bytes:
    """The request itself: as it came, or opened with the registration authority's key; TrustError."""
    outer = coer.decode("V2XSecData", octets)
    if outer["content"][0] != "encryptedData":
        return octets
    keys = encrypted.DecryptionKeys()
    registration = load_holder(directory, index, REGISTRATION, secret).certificate
    keys.add_private(
        registration.hashed_id8, read_key(key_path(directory, f"{REGISTRATION}-encryption"), secret)
    )
    return encrypted.open_encrypted(octets, keys)


def _check_once(index: Index, request: Request, at: float, settings: RequestSettings) -> None:
    """Refuse what was answered before, else remember it."""
    index.answered = {name: until for name, until in index.answered.items() if until >= at}
    name = request.sm3.hex()
    if name in index.answered:
        raise _refused(Reason.REPLAY_REPLAYED, "this request was answered before")
    if len(index.answered) >= ANSWERED_LIMIT:
        raise PkiError(f"more than {ANSWERED_LIMIT} requests within {settings.max_age_s:.0f} s")
    generated_at = from_time32(request.generation_time, index.leap_seconds)
    index.answered[name] = generated_at + settings.max_age_s


def judge_wish(
    request: Request, leap_seconds: int, at: float, settings: RequestSettings
) -> tuple[Rule, Template]:
    """The rule under which a request falls and the certificate that it gets; TrustError."""
    wished = request.wished
    kind, _ = wished["id"]
    if request.signer is None:
        rule = ENROLMENT_RULE
    else:
        rule = PSEUDONYM_RULE if kind == "none" else APPLICATION_RULE
    if kind != rule.ids:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"wishes an id of kind {kind}, {rule.ids} is given")
    foreign = sorted(set(wished) - _KNOWN_FIELDS - rule.more_fields)
    if foreign:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"wishes {', '.join(foreign)}, which nobody gets")
    if wished["cracaId"] != bytes(3) or wished["crlSeries"] != 0:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, "wishes another cracaId than 000000 or series than 0")
    refused = sorted(set(request.app) - set(rule.aids))
    if refused or not request.app:
        what = f"AID {', '.join(map(str, refused))}" if refused else "no AID at all"
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"wishes {what} of the {rule.authority}")
    with_ssp = sorted(aid for aid, ssp in request.app.items() if ssp is not None)
    if with_ssp and rule is not ENROLMENT_RULE:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"wishes an SSP of AID {with_ssp[0]}, none is given")
    starts_at = from_time32(wished["validityPeriod"]["start"], leap_seconds)
    if not at - settings.start_behind_s <= starts_at <= at + settings.start_ahead_s:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, "wishes a validity that begins too early or too late")
    if not 0.0 < _longest(request) <= rule.longest_s:
        hours = rule.longest_s / 3600.0
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"wishes a validity of other than up to {hours:.0f} h")
    return rule, Template(
        starts_at,
        wished["validityPeriod"]["duration"],
        request.name,
        tuple(sorted(request.app)),
        region=wished.get("region"),
        leap_seconds=leap_seconds,
    )


def _longest(request: Request) -> float:
    """Seconds of the wished validity; nought for a unit in which nobody asks."""
    unit, count = request.wished["validityPeriod"]["duration"]
    return _UNIT_S.get(unit, 0.0) * float(count)


def _enrolment(request: Request, template: Template, enrol: tuple[str, tuple[int, ...]] | None) -> Template:
    """The enrolment certificate for the device that the operator named."""
    if enrol is None:
        raise _refused(Reason.SIGNER_UNKNOWN, "asks for an enrolment, and nobody said who it is")
    name, granted = enrol
    if request.name != name:
        raise _refused(Reason.SIGNER_NOT_PERMITTED, f"names itself {request.name!r}, not {name!r}")
    made = enrolment_template(name, granted, template.starts_at, template.leap_seconds)
    return replace(made, duration=template.duration)


def _record(directory: Path, index: Index, certificate: Certificate, role: str) -> None:
    """Keep what was issued, so that it can be revoked: a row of the index and the certificate's file."""
    name = f"{role}-{certificate.hashed_id8.hex()}"
    index.certificates.append(entry_of(name, ISSUED, certificate, index.leap_seconds, role))
    with tidy(directory):
        write_octets(directory / ISSUED / f"{name}.TEST.coer", certificate.octets)
        write_index(directory, index)


def seal_answer(authority: Holder, certificates: list[Certificate], at: float, leap_seconds: int) -> bytes:
    """The answer: certificates in a message of their authority with its whole certificate."""
    signer = Signer(authority.certificate, authority.private_key, leap_seconds=leap_seconds)
    payload = coer.encode("SequenceOfCertificate", [one.value for one in certificates])
    return signer.seal(payload, aids.CERTIFICATE_MANAGEMENT, at, critical=True)


def _refused(reason: Reason, detail: str) -> TrustError:
    return TrustError(reason, f"the request {detail}")
