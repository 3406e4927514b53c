"""Requests: made, taken apart, judged, answered and accepted; every altered octet is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.certs import Signer, TrustStore, Verifier, pki, pki_lists, sm2
from v2x.certs.butterfly import CaterpillarKeys
from v2x.certs.issue import IssueGroup, Template, issue
from v2x.certs.keys import read_key
from v2x.certs.pki_authority import answer_request
from v2x.certs.pki_device import ENROLMENT, accept, answer_certificates, request
from v2x.certs.pki_files import PkiError, load_holder, read_index
from v2x.certs.pki_roles import PSEUDONYMS, REGISTRATION, enrolment_template
from v2x.certs.request import REQUEST_LIMIT, RequestSettings, make, parse
from v2x.certs.trust_files import read_certificate
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import CodecError, Reason, TrustError, V2XError

AT = 1_800_000_000.0
SECRET = b"5a" * 32
APP = (111, 112)
WISH = Template(AT, ("hours", 168), None, APP)
ENROL_WISH = enrolment_template("car-7", APP, AT, 0)


@pytest.fixture(scope="module")
def enrolled(made_box: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A PKI and a device that it enrolled as car-7; tests that write copy them or use own names."""
    import shutil

    folder = tmp_path_factory.mktemp("enrolled")
    box = Path(shutil.copytree(made_box, folder / "pki"))
    octets = request(folder / "device", ENROLMENT, ENROL_WISH, AT, secret=SECRET)
    answer = answer_request(box, octets, AT + 1, enrol=("car-7", APP), secret=SECRET)
    accept(folder / "device", answer, TrustStore.load(box), AT + 2, secret=SECRET)
    return box, folder / "device"


def refused(box: Path, octets: bytes, at: float = AT + 5, **more: Any) -> TrustError:
    with pytest.raises(TrustError) as caught:
        answer_request(box, octets, at, secret=SECRET, **more)
    return caught.value


def enrolled_key(device: Path) -> sm2.PrivateKey:
    certificate = read_certificate(device / "enrolment.TEST.coer")
    return sm2.PrivateKey(read_key(device / "keys" / "enrolment.TEST.key.pem", SECRET), certificate.sm3)


def signed(device: Path, wish: Template, **more: Any) -> bytes:
    """A request with the device's enrolment for a key that nobody keeps."""
    certificate = read_certificate(device / "enrolment.TEST.coer")
    point = more.pop("point", None) or sm2.public_point(sm2.generate())
    at = more.pop("at", AT)
    return make(wish, point, enrolled_key(device).sign, at, enrolment=certificate, **more)


def test_a_device_comes_to_a_certificate_that_receivers_believe(enrolled: tuple[Path, Path]) -> None:
    box, device = enrolled
    octets = request(device, "pc1", WISH, AT + 3, secret=SECRET)
    answer = answer_request(box, octets, AT + 4, secret=SECRET)
    (certificate,) = accept(device, answer, TrustStore.load(box), AT + 5, secret=SECRET).values()
    assert certificate.app_permissions == {111: None, 112: None}
    assert certificate.name is None
    assert certificate.validity() == (AT, AT + 168 * 3600)
    kept = read_certificate(device / "pc1.TEST.coer")
    signer = Signer(kept, read_key(device / "keys" / "pc1.TEST.key.pem", SECRET))
    verifier = Verifier(TrustStore.load(box))
    frame = DsmpFrame(111, signer.seal(b"BSM", 111, AT + 6))
    assert verifier.open(frame, AT + 6).signer == certificate.hashed_id8.hex()
    names = [row["name"] for row in pki.entries(box)]
    assert f"issued-{certificate.hashed_id8.hex()}" in names
    assert f"issued-{certificate.hashed_id8.hex()}" not in pki.names(box)


def test_the_enrolment_says_what_may_be_requested(enrolled: tuple[Path, Path]) -> None:
    certificate = read_certificate(enrolled[1] / "enrolment.TEST.coer")
    assert certificate.name == "car-7"
    assert set(certificate.app_permissions) == {3627}
    (group,) = certificate.value["toBeSigned"]["certRequestPermissions"]
    assert [row["aid"] for row in group["subjectPermissions"][1]] == list(APP)


def test_only_the_registration_authority_reads_an_encrypted_request(
    enrolled: tuple[Path, Path], box: Path
) -> None:
    device = enrolled[1]
    registration = read_certificate(enrolled[0] / "authorities" / f"{REGISTRATION}.TEST.coer")
    octets = request(device, "pc2", WISH, AT, encrypt_to=registration, secret=SECRET)
    assert read_certificate(device / "enrolment.TEST.coer").octets not in octets
    with pytest.raises(TrustError, match="no signed certificate request"):
        parse(octets)
    assert answer_request(enrolled[0], octets, AT + 5, secret=SECRET)
    altered = octets[:-1] + bytes((octets[-1] ^ 1,))
    assert refused(enrolled[0], altered).reason is Reason.ENVELOPE_MALFORMED
    pki.init(box.parent / "other", vehicles=1, at=AT, secret=SECRET)
    assert "others" in refused(box.parent / "other", octets).detail
    root = read_certificate(box / "roots" / "root.TEST.coer")
    with pytest.raises(PkiError, match="no compressed SM2 encryption key"):
        request(device, "pc3", WISH, AT, encrypt_to=root, secret=SECRET)


def test_nobody_is_enrolled_whom_the_operator_did_not_name(box: Path, tmp_path: Path) -> None:
    octets = request(tmp_path / "device", ENROLMENT, ENROL_WISH, AT, secret=SECRET)
    assert refused(box, octets).reason is Reason.SIGNER_UNKNOWN
    assert "'car-7', not 'car-8'" in refused(box, octets, enrol=("car-8", APP)).detail
    assert answer_request(box, octets, AT + 5, enrol=("car-7", APP), secret=SECRET)
    again = refused(box, octets, AT + 6, enrol=("car-7", APP))
    assert again.reason is Reason.REPLAY_REPLAYED
    late = refused(box, octets, AT + RequestSettings().max_age_s + 1, enrol=("car-7", APP))
    assert late.reason is Reason.TIME_STALE
    assert refused(box, octets, AT - 100.0).reason is Reason.TIME_FUTURE


def test_a_refused_request_is_not_remembered_as_answered(enrolled: tuple[Path, Path]) -> None:
    box, device = enrolled
    before = len(read_index(box).answered)
    refused(box, signed(device, replace(WISH, app=(113,))))
    assert len(read_index(box).answered) == before


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"app": (111, 113)}, Reason.SIGNER_NOT_PERMITTED, "may not request AID 113"),
        ({"app": ()}, Reason.SIGNER_NOT_PERMITTED, "no AID at all"),
        ({"ssp": {111: b"\x01"}}, Reason.SIGNER_NOT_PERMITTED, "SSP of AID 111"),
        ({"name": "me"}, Reason.SIGNER_NOT_PERMITTED, "AID 111, 112 of the application-authority"),
        ({"linkage": (1, bytes(9))}, Reason.SIGNER_NOT_PERMITTED, "id of kind linkageData"),
        ({"issues": (IssueGroup((111,)),)}, Reason.SIGNER_NOT_PERMITTED, "certIssuePermissions"),
        ({"requests": (IssueGroup((111,)),)}, Reason.SIGNER_NOT_PERMITTED, "certRequestPermissions"),
        ({"duration": ("hours", 169)}, Reason.SIGNER_NOT_PERMITTED, "up to 168 h"),
        ({"duration": ("years", 1)}, Reason.SIGNER_NOT_PERMITTED, "up to 168 h"),
        ({"duration": ("hours", 0)}, Reason.SIGNER_NOT_PERMITTED, "up to 168 h"),
        ({"duration": ("seconds", 9)}, Reason.SIGNER_NOT_PERMITTED, "up to 168 h"),
        ({"starts_at": AT - 7200}, Reason.SIGNER_NOT_PERMITTED, "too early or too late"),
        ({"starts_at": AT + 8 * 86400}, Reason.SIGNER_NOT_PERMITTED, "too early or too late"),
    ],
)
def test_nobody_gets_more_than_the_rules_give(
    enrolled: tuple[Path, Path], changes: dict[str, Any], reason: Reason, detail: str
) -> None:
    error = refused(enrolled[0], signed(enrolled[1], replace(WISH, **changes)))
    assert error.reason is reason
    assert detail in error.detail


def test_other_forms_are_unsupported(enrolled: tuple[Path, Path]) -> None:
    box, device = enrolled
    whole = parse(signed(device, WISH))
    certificate = read_certificate(device / "enrolment.TEST.coer")

    def sealed(change: Any) -> bytes:
        body = coer.decode("EeRaCertRequest", whole.signed)
        change(body)
        octets = coer.encode("EeRaCertRequest", body)
        signature = enrolled_key(device).sign(octets)
        signer = coer.encode("SignerIdentifier", ("certificate", [certificate.value]))
        parts = coer.encode("Signature", ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]}))
        content = ("signedCertificateRequest", b"\x02" + octets + signer + parts)
        return coer.encode("V2XSecData", {"protocolVersion": 3, "content": content})

    assert parse(sealed(dict)).signed == whole.signed
    for change, why in (
        (lambda body: body.update(type="reserved"), "certificate type reserved"),
        (lambda body: body["tbsCert"].update(crlSeries=3), "series than 0"),
        (lambda body: body["tbsCert"].update(cracaId=b"abc"), "cracaId"),
        (
            lambda body: body["tbsCert"].update(verifyKeyIndicator=("reconstructionValue", ("fill", None))),
            "no explicit SM2 key",
        ),
        (lambda body: body.update(additionalParams=("unified", ("sm4", bytes(16)))), "unified"),
    ):
        assert why in refused(box, sealed(change)).detail
    caterpillar = CaterpillarKeys.of(sm2.generate()).public()
    octets = signed(device, WISH, point=caterpillar.signing_point, caterpillar=caterpillar)
    assert parse(octets).caterpillar == caterpillar
    assert "batch" in refused(box, octets).detail


def test_a_request_needs_the_key_that_it_names(box: Path, enrolled: tuple[Path, Path]) -> None:
    device = enrolled[1]
    certificate = read_certificate(device / "enrolment.TEST.coer")
    stranger = sm2.PrivateKey(sm2.generate(), certificate.sm3)
    point = sm2.public_point(sm2.generate())
    octets = make(WISH, point, stranger.sign, AT, enrolment=certificate)
    assert refused(enrolled[0], octets).reason is Reason.SIGNATURE_BAD
    other_id = sm2.PrivateKey(read_key(device / "keys" / "enrolment.TEST.key.pem", SECRET), sm2.DEFAULT_ID)
    octets = make(WISH, point, other_id.sign, AT, enrolment=certificate)
    assert refused(enrolled[0], octets).reason is Reason.SIGNATURE_BAD
    alone = make(ENROL_WISH, point, sm2.PrivateKey(sm2.generate(), sm2.DEFAULT_ID).sign, AT)
    assert refused(enrolled[0], alone, enrol=("car-7", APP)).reason is Reason.SIGNATURE_BAD
    index = read_index(enrolled[0])
    vehicle = load_holder(enrolled[0], index, "vehicle-01", SECRET)
    octets = make(WISH, point, vehicle.sign, AT, enrolment=vehicle.certificate)
    assert "may not request" in refused(enrolled[0], octets).detail
    foreign = issue(ENROL_WISH, None)
    octets = make(WISH, point, foreign.sign, AT, enrolment=foreign.certificate)
    assert refused(enrolled[0], octets).reason is Reason.SIGNER_CERTIFICATE_INVALID


def test_a_revoked_enrolment_gets_nothing(box: Path, tmp_path: Path) -> None:
    device = tmp_path / "device"
    octets = request(device, ENROLMENT, ENROL_WISH, AT, secret=SECRET)
    answer = answer_request(box, octets, AT, enrol=("car-7", APP), secret=SECRET)
    (certificate,) = accept(device, answer, TrustStore.load(box), AT, secret=SECRET).values()
    asked = request(device, "pc1", WISH, AT, secret=SECRET)
    pki_lists.revoke(box, f"enrolment-{certificate.hashed_id8.hex()}", AT)
    pki_lists.publish(box, AT, secret=SECRET)
    assert refused(box, asked, AT + 1).reason is Reason.SIGNER_REVOKED


def test_every_altered_octet_of_a_request_is_refused(enrolled: tuple[Path, Path]) -> None:
    octets = signed(enrolled[1], WISH)
    store = TrustStore.load(enrolled[0])
    for place in range(len(octets)):
        altered = bytearray(octets)
        altered[place] ^= 0x04
        with pytest.raises((TrustError, CodecError)):
            parse(bytes(altered)).check(store, AT, RequestSettings())


@given(st.binary(max_size=300))
def test_any_octets_are_a_request_or_an_error(octets: bytes) -> None:
    for data in (octets, b"\x03\x83" + octets, b"\x03\x83" + bytes((min(len(octets), 127),)) + octets[:127]):
        try:
            parse(data)
        except V2XError:
            continue


def test_a_request_has_a_limit() -> None:
    with pytest.raises(TrustError, match="no request"):
        parse(bytes(REQUEST_LIMIT + 1))


def test_answers_are_taken_from_who_issued_and_for_own_keys_only(
    enrolled: tuple[Path, Path], tmp_path: Path
) -> None:
    box, device = enrolled
    store = TrustStore.load(box)
    octets = request(device, "pc9", WISH, AT, secret=SECRET)
    answer = answer_request(box, octets, AT + 1, secret=SECRET)
    for place in range(0, len(answer), 7):
        altered = bytearray(answer)
        altered[place] ^= 0x10
        with pytest.raises(V2XError):
            answer_certificates(bytes(altered), store, AT + 2)
    index = read_index(box)
    wrong = load_holder(box, index, "misbehaviour-authority", SECRET)
    signer = Signer(wrong.certificate, wrong.private_key)
    vehicle = read_certificate(box / "signers" / "vehicle-01.TEST.coer")
    payload = coer.encode("SequenceOfCertificate", [vehicle.value])
    with pytest.raises(TrustError, match="not issued by who answers"):
        answer_certificates(signer.seal(payload, 3627, AT + 2, critical=True), store, AT + 2)
    pca = load_holder(box, index, PSEUDONYMS, SECRET)
    sealed = Signer(pca.certificate, pca.private_key).seal(payload, 3627, AT + 2, critical=True)
    with pytest.raises(PkiError, match="another's key"):
        accept(device, sealed, store, AT + 2, secret=SECRET)
    with pytest.raises(PkiError, match="there already"):
        request(device, "pc9", WISH, AT, secret=SECRET)
    with pytest.raises(PkiError, match="no name"):
        request(device, "../pc9", WISH, AT, secret=SECRET)
    with pytest.raises(PkiError, match="nothing to ask with"):
        request(tmp_path / "new", "pc1", WISH, AT, secret=SECRET)
