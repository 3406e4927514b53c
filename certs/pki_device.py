"""A device at the other end of the requests: its folder, its keys, what it asks for and takes.

    DEV/keys/<name>.TEST.key.pem        encrypted private keys; their secret is kept as for a PKI directory
    DEV/enrolment.TEST.coer             the enrolment certificate, once it was accepted
    DEV/<name>.TEST.coer                other certificates

:func:`request` makes a key and a request, :func:`accept` checks an answer against what the device trusts and
keeps the certificate whose key it has.  The layout is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.certs import encrypted, sm2
from v2x.certs.certificate import Certificate
from v2x.certs.keys import read_key, write_key
from v2x.certs.passphrase import secret_for
from v2x.certs.pki_files import KEYS, PkiError, checked_name, key_path, make_folder, tidy, write_octets
from v2x.certs.request import make
from v2x.certs.trust_files import read_certificate
from v2x.certs.verifier import Verifier, VerifierSettings
from v2x.codecs import aids, coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.certs.issue import Template
    from v2x.certs.trust import TrustStore

__all__ = ["ENROLMENT", "accept", "answer_certificates", "request"]

ENROLMENT = "enrolment"
"""Name of the enrolment certificate and its key in a device's folder."""

ANSWER_AGE_S = 86_400.0
"""How old an answer may be when the device takes it: it was carried by hand, perhaps.  Ours."""

KEYS_LIMIT = 1024
"""Keys of one device's folder: three years of weekly certificates and more."""


def request(
    directory: Path,
    name: str,
    wish: Template,
    at: float,
    *,
    encrypt_to: Certificate | None = None,
    secret: bytes | None = None,
) -> bytes:
    """A request at ``at`` (POSIX s) for a new key, kept as ``name`` (ENROLMENT: the enrolment itself).

    ``encrypt_to``: the registration authority's certificate, that nobody else may read who asks.  PkiError
    where there is no enrolment yet to ask with, or a key of that name.
    """
    checked_name(name)
    with tidy(directory):
        make_folder(directory)
        make_folder(directory / KEYS)
        secret = secret_for(directory, create=True) if secret is None else secret
        path = key_path(directory, name)
        if path.exists():
            raise PkiError(f"{path}: is there already; name the new key otherwise")
        if len(list((directory / KEYS).iterdir())) >= KEYS_LIMIT:
            raise PkiError(f"{directory / KEYS}: {KEYS_LIMIT} keys and more")
        private_key = sm2.generate()
        point = sm2.public_point(private_key)
        if name == ENROLMENT:
            octets = make(wish, point, sm2.PrivateKey(private_key, sm2.DEFAULT_ID).sign, at)
        else:
            enrolment = _enrolment(directory)
            key = sm2.PrivateKey(read_key(key_path(directory, ENROLMENT), secret), enrolment.sm3)
            octets = make(wish, point, key.sign, at, enrolment=enrolment)
        if encrypt_to is not None:
            octets = encrypted.seal(octets, [_recipient(encrypt_to)])
        write_key(path, private_key, secret)
    return octets


def _enrolment(directory: Path) -> Certificate:
    path = directory / f"{ENROLMENT}.TEST.coer"
    if not path.exists():
        raise PkiError(f"{path}: missing; without an enrolment certificate there is nothing to ask with")
    return read_certificate(path)


def _recipient(certificate: Certificate) -> encrypted.PublicRecipient:
    """The holder of a certificate with an SM2 encryption key; PkiError where it has none."""
    key: dict[str, Any] | None = certificate.value["toBeSigned"].get("encryptionKey")
    if key is None or key["publicKey"][0] != "ecencSm2" or key["publicKey"][1][0] == "uncompressed":
        raise PkiError(f"certificate {certificate.hashed_id8.hex()} has no compressed SM2 encryption key")
    form, octets = key["publicKey"][1]
    point = bytes((2 + (form == "compressed-y-1"),)) + octets
    return encrypted.PublicRecipient(certificate.hashed_id8, point)


def answer_certificates(
    octets: bytes, store: TrustStore, at: float, max_age_s: float = ANSWER_AGE_S
) -> tuple[Certificate, ...]:
    """The certificates of an answer that the store believes, each issued by who signed the answer.

    TrustError or CodecError says why not.  One that begins later is judged at its beginning.
    """
    verifier = Verifier(store, VerifierSettings(max_age_s=max_age_s, max_ahead_s=60.0))
    aid = aids.CERTIFICATE_MANAGEMENT
    opened = verifier.open(DsmpFrame(aid, octets), at)
    found = []
    for value in coer.decode("SequenceOfCertificate", opened.data):
        start_at, _ = Certificate.of(value).validity(store.settings.leap_seconds)
        certificate = store.find_certificate(value, max(at, start_at)).certificate
        if certificate.issuer is None or certificate.issuer.hex() != opened.signer:
            raise TrustError(
                Reason.SIGNER_NOT_PERMITTED,
                f"certificate {certificate.hashed_id8.hex()} was not issued by who answers",
                signer=certificate.hashed_id8,
            )
        found.append(certificate)
    return tuple(found)


def accept(
    directory: Path, octets: bytes, store: TrustStore, at: float, *, secret: bytes | None = None
) -> dict[str, Certificate]:
    """Take an answer: writes each certificate beside its key and returns them by name.

    PkiError where one belongs to no key of the device.
    """
    secret = secret_for(directory) if secret is None else secret
    taken = {}
    with tidy(directory):
        keys = sorted((directory / KEYS).glob("*.TEST.key.pem"))[:KEYS_LIMIT]
        points = {sm2.compress(sm2.public_point(read_key(path, secret))): path for path in keys}
        for certificate in answer_certificates(octets, store, at):
            path = points.get(certificate.point)
            if path is None:
                raise PkiError(
                    f"{directory}: certificate {certificate.hashed_id8.hex()} is for another's key"
                )
            taken[path.name.removesuffix(".TEST.key.pem")] = certificate
        for name, certificate in taken.items():
            write_octets(directory / f"{name}.TEST.coer", certificate.octets)
    return taken
