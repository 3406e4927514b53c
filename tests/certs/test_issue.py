"""Certificates by template: what is asked stands in them, and the trust store believes the arrangement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from v2x.certs import TrustStore, sm2
from v2x.certs.issue import ENROLMENT, IssueGroup, Template, issue, issue_to, point_value
from v2x.certs.pki_roles import (
    APPLICATIONS,
    ENROLMENTS,
    INTERMEDIATE,
    LISTS,
    MISBEHAVIOUR,
    PSEUDONYMS,
    ROOT,
    authority_roles,
    enrolment_template,
)
from v2x.codecs import coer
from v2x.errors import CodecError, TrustError

AT = 1_800_000_000.0
SPAN = {"starts_at": AT - 10.0, "duration": ("hours", 1)}


@pytest.fixture(scope="module")
def holders() -> dict[str, object]:
    made: dict[str, object] = {}
    for name, role in authority_roles().items():
        made[name] = issue(role.template(name, AT - 60.0, 1, 0), role.issuer and made[role.issuer])
    return made


@pytest.fixture
def store(holders: dict[str, object]) -> TrustStore:
    others = [one.certificate for name, one in holders.items() if name not in (ROOT, LISTS)]
    return TrustStore([holders[ROOT].certificate], others)


def test_everything_of_a_template_stands_in_the_certificate() -> None:
    key = sm2.public_point(sm2.generate())
    region = ("circularRegion", {"center": {"latitude": 1, "longitude": 2}, "radius": 3})
    template = Template(
        **SPAN,
        app=(111, 3627),
        ssp={3627: b"\x80\x00\x01"},
        issues=(IssueGroup((111,), 2, -1, any_ssp=True, kinds=ENROLMENT),),
        requests=(IssueGroup((112,)),),
        linkage=(366, bytes(range(9))),
        region=region,
        encryption_point=key,
    )
    certificate = issue(template, None).certificate
    value = certificate.value["toBeSigned"]
    assert value["id"] == ("linkageData", {"iCert": 366, "linkage-value": bytes(range(9))})
    assert certificate.region == region
    assert certificate.app_permissions == {111: None, 3627: ("opaque", b"\x80\x00\x01")}
    (group,) = value["certIssuePermissions"]
    assert group["subjectPermissions"] == ("explicit", [{"aid": 111, "sspRange": ("all", None)}])
    assert (group["minChainLength"], group["chainLengthRange"]) == (2, -1)
    assert group["eeType"] == (b"\x40", 8)
    assert value["certRequestPermissions"][0]["subjectPermissions"] == ("explicit", [{"aid": 112}])
    assert value["encryptionKey"]["publicKey"] == ("ecencSm2", point_value(key))
    assert certificate.is_signed_by(certificate)
    assert certificate.validity() == (AT - 10.0, AT + 3590.0)
    assert coer.encode("Certificate", certificate.value) == certificate.octets


def test_certifying_the_key_of_somebody_else(holders: dict[str, object], store: TrustStore) -> None:
    private = sm2.generate()
    template = Template(**SPAN, app=(111,))
    certificate = issue_to(template, sm2.public_point(private), holders[PSEUDONYMS])
    assert certificate.point == sm2.compress(sm2.public_point(private))
    assert store.find_certificate(certificate.value, AT).certificate.octets == certificate.octets
    with pytest.raises(ValueError, match="curve"):
        issue_to(template, b"\x04" + bytes(64), holders[PSEUDONYMS])
    with pytest.raises(CodecError):
        issue(replace(template, linkage=(1, bytes(8))), holders[PSEUDONYMS])


@pytest.mark.parametrize(
    ("issuer", "app", "why"),
    [
        (PSEUDONYMS, (111, 112, 113, 114), None),
        (PSEUDONYMS, (3618,), "may not issue AID 3618"),
        (PSEUDONYMS, (3627,), "may not issue AID 3627"),
        (APPLICATIONS, (113, 3618, 3623), None),
        (APPLICATIONS, (111,), "may not issue AID 111"),
        (ENROLMENTS, (3627,), None),
        (ENROLMENTS, (111,), "may not issue AID 111"),
        (ENROLMENTS, (3628,), "may not issue AID 3628"),
        (INTERMEDIATE, (111,), "may not issue AID 111 at distance 1"),
        (ROOT, (111,), "may not issue AID 111 at distance 1"),
        (MISBEHAVIOUR, (111,), "may not issue AID 111"),
        (LISTS, (111,), "issuer"),
    ],
)
def test_authorities_issue_what_is_theirs(
    holders: dict[str, object], store: TrustStore, issuer: str, app: tuple[int, ...], why: str | None
) -> None:
    value = issue(Template(**SPAN, app=app), holders[issuer]).certificate.value
    if why is None:
        store.find_certificate(value, AT)
        return
    with pytest.raises(TrustError, match=why):
        store.find_certificate(value, AT)


def test_authorities_are_believed_when_they_sign_themselves(
    holders: dict[str, object], store: TrustStore
) -> None:
    for name, holder in holders.items():
        if name != LISTS:
            assert 3627 in store.find_certificate(holder.certificate.value, AT).certificate.app_permissions
    enrolment = issue(enrolment_template("TEST car", (111,), AT, 0), holders[ENROLMENTS]).certificate
    assert store.find_certificate(enrolment.value, AT).certificate.name == "TEST car"
    assert coer.decode("ScmsSsp", enrolment.app_permissions[3627][1]) == ("ee", {"version": 1})


def test_the_role_stands_in_the_ssp_as_in_the_published_root(holders: dict[str, object]) -> None:
    """8000 01 is the SSP of AID 3627 in the published certificate of tests/data/security.json."""
    assert holders[ROOT].certificate.app_permissions[3627] == ("opaque", bytes.fromhex("800001"))
    kinds = {
        name: coer.decode("ScmsSsp", holder.certificate.app_permissions[3627][1])[0]
        for name, holder in holders.items()
    }
    assert kinds[PSEUDONYMS] == "aca"
    assert kinds[ENROLMENTS] == "eca"
    assert kinds[MISBEHAVIOUR] == "ma"
    assert kinds["linkage-authority-2"] == "la"


def test_a_holder_never_shows_its_key(holders: dict[str, object]) -> None:
    holder = holders[ROOT]
    assert holder.private_key.hex() not in repr(holder)
    assert repr(holder.private_key)[2:-1] not in repr(holder)
