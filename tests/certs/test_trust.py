"""The trust store: chains, validity, regions, permissions, revocation, and the bounds of its memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from v2x.certs import Certificate, TrustSettings, TrustStore, TrustStoreError, sm2
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.certs.region import describe, region_complaint
from v2x.clock import to_time32
from v2x.codecs import coer
from v2x.errors import CodecError, Reason, TrustError

AT = 1_800_000_000.0
BSM = b"\x00" * 40
REAL = bytes.fromhex(
    json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())["trcla_certificate"]["hex"]
)


def refused(store: TrustStore, certificate: Certificate, at: float = AT) -> TrustError:
    with pytest.raises(TrustError) as caught:
        store.find_certificate(certificate.value, at)
    assert caught.value.signer == certificate.hashed_id8
    with pytest.raises(TrustError) as again:
        store.find_digest(certificate.hashed_id8, at)
    assert again.value.reason is caught.value.reason
    return caught.value


def changed(certificate: Certificate, **fields: Any) -> Certificate:
    """The certificate with other fields and the old signature."""
    value = coer.decode("Certificate", certificate.octets)
    for name, field in fields.items():
        if name in value:
            value[name] = field
        else:
            value["toBeSigned"][name] = field
    return Certificate.decode(coer.encode("Certificate", value))


def test_accepted_signers_are_remembered(world: Any) -> None:
    store, holder = world.store(), world.holder()
    known = store.find_certificate(holder.certificate.value, AT)
    assert store.find_digest(holder.certificate.hashed_id8, AT) is known
    assert store.find_certificate(holder.certificate.value, AT + 1) is known
    assert store.known_count == 1
    assert [member.kind for member in known.chain] == ["end entity", "authority", "root"]


def test_real_root_is_trusted_and_every_octet_of_it_matters() -> None:
    real = Certificate.decode(REAL)
    store = TrustStore([real])
    assert store.find_certificate(real.value, AT).certificate.sm3 == real.sm3
    for place in range(len(REAL)):
        damaged = REAL[:place] + bytes([REAL[place] ^ 1]) + REAL[place + 1 :]
        with pytest.raises((CodecError, TrustError)):
            TrustStore([Certificate.decode(damaged)])
        with pytest.raises((CodecError, TrustError)):
            store.find_certificate(coer.decode("Certificate", damaged), AT)


def test_only_self_signed_certificates_are_roots(world: Any) -> None:
    with pytest.raises(TrustError, match="not self-signed"):
        TrustStore([world.pseudonyms.certificate])


def test_chains_end_at_a_trusted_root(world: Any) -> None:
    stranger = issue(Template(AT - 10, ("years", 1), issues=(IssueGroup((111, 112)),)), None)
    error = refused(world.store(), world.holder(stranger).certificate)
    assert error.reason is Reason.SIGNER_CERTIFICATE_INVALID
    assert error.detail == f"chain: unknown issuer {stranger.certificate.hashed_id8.hex()}"
    error = refused(world.store(stranger.certificate), world.holder(stranger).certificate)
    assert "is not trusted" in error.detail


def test_chains_are_bounded(world: Any) -> None:
    issuer, more = world.root, []
    for _ in range(6):
        group = IssueGroup((111, 112), shortest=1, extra=-1)
        issuer = world.holder(issuer, app=(), issues=(group,))
        more.append(issuer.certificate)
    assert "more than 6" in refused(world.store(*more), world.holder(issuer).certificate).detail


@pytest.mark.parametrize(
    ("at", "detail"), [(AT - 3601, "not yet valid"), (AT + 168 * 3600 - 3599, "expired")]
)
def test_validity(world: Any, at: float, detail: str) -> None:
    certificate = world.holder().certificate
    error = refused(world.store(), certificate, at)
    assert error.reason is Reason.SIGNER_CERTIFICATE_INVALID
    assert error.detail.startswith(detail)
    store = world.store()
    store.find_certificate(certificate.value, AT)
    assert refused(store, certificate, at).detail.startswith(detail)


def test_issuers_must_be_valid_too(world: Any) -> None:
    issuer = world.holder(world.root, app=(), duration=("hours", 1), issues=(IssueGroup((111, 112)),))
    holder = world.holder(issuer, starts_at=AT - 60)
    assert "issuer" in refused(world.store(issuer.certificate), holder.certificate, AT + 60).detail


def test_a_certificate_that_becomes_valid_is_taken_then(world: Any) -> None:
    store, holder = world.store(), world.holder(starts_at=AT + 60)
    assert refused(store, holder.certificate).detail.startswith("not yet valid")
    known = store.find_certificate(holder.certificate.value, AT + 61)
    assert store.find_digest(holder.certificate.hashed_id8, AT + 61) is known
    assert store.refused_count == 0


def test_durations_in_every_unit(world: Any) -> None:
    certificate = world.holder().certificate
    spans = []
    for unit in ("microseconds", "milliseconds", "seconds", "minutes", "hours", "sixtyHours", "years"):
        period = {"start": to_time32(AT), "duration": (unit, 2)}
        start_at, end_at = changed(certificate, validityPeriod=period).validity(0, 365 * 86400)
        assert start_at == AT
        spans.append(end_at - AT)
    assert spans == pytest.approx([2e-6, 2e-3, 2, 120, 7200, 432000, 63072000], rel=0.2)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"version": 2}, "version 2"),
        ({"type": "reserved"}, "type reserved"),
        ({"issuer": ("sha256AndDigest", bytes(8))}, "sha256AndDigest"),
        ({"issuer": ("self", "sha256")}, "self sha256"),
        ({"verifyKeyIndicator": ("reconstructionValue", ("x-only", bytes(32)))}, "explicit"),
        ({"verifyKeyIndicator": ("verificationKey", ("ecdsaNistP256", ("x-only", bytes(32))))}, "x-only"),
        ({"verifyKeyIndicator": ("verificationKey", ("ecdsaBrainpoolP256r1", ("fill", None)))}, "key ecdsaB"),
        ({"issuer": ("sha384AndDigest", bytes(8))}, "sha384AndDigest"),
        ({"verifyKeyIndicator": ("verificationKey", ("ecsigSm2", ("x-only", bytes(32))))}, "x-only"),
        ({"verifyKeyIndicator": ("verificationKey", ("ecsigSm2", ("fill", None)))}, "fill"),
        ({"verifyKeyIndicator": ("verificationKey", ("...", (9, b"")))}, r"\.\.\."),
        (
            {
                "verifyKeyIndicator": (
                    "verificationKey",
                    ("ecsigSm2", ("uncompressed", {"x": bytes(32), "y": bytes(32)})),
                )
            },
            "curve",
        ),
        ({"signature": ("ecdsaNistP256Signature", {"rSig": ("fill", None), "sSig": bytes(32)})}, "ecdsa"),
    ],
)
def test_kinds_of_certificates_that_are_not_taken(world: Any, fields: dict[str, Any], detail: str) -> None:
    with pytest.raises(TrustError, match=detail) as caught:
        changed(world.holder().certificate, **fields)
    assert caught.value.reason is Reason.SIGNER_CERTIFICATE_INVALID


def test_a_certificate_without_signature(world: Any) -> None:
    value = coer.decode("Certificate", world.holder().certificate.octets)
    del value["signature"]
    with pytest.raises(TrustError, match="no signature"):
        Certificate.decode(coer.encode("Certificate", value))


def test_uncompressed_keys_are_taken(world: Any) -> None:
    from v2x.certs import sm2

    certificate = world.holder().certificate
    point = sm2.decompress(certificate.point)
    form = ("uncompressed", {"x": point[1:33], "y": point[33:]})
    other = changed(certificate, verifyKeyIndicator=("verificationKey", ("ecsigSm2", form)))
    assert other.point == certificate.point


def test_forged_certificates_are_refused_and_not_checked_again(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = world.store()
    forged = changed(world.holder().certificate, crlSeries=5)
    error = refused(store, forged)
    assert error.reason is Reason.SIGNER_CERTIFICATE_INVALID
    assert "signature" in error.detail
    monkeypatch.setattr(Certificate, "is_signed_by", None)
    assert refused(store, forged).detail == error.detail


def test_keys_off_the_curve(world: Any) -> None:
    holder = world.holder()
    bad = ("verificationKey", ("ecsigSm2", ("compressed-y-0", (5).to_bytes(32))))
    value = coer.decode("Certificate", holder.certificate.octets)
    value["toBeSigned"]["verifyKeyIndicator"] = bad
    from v2x.certs import sm2

    signed = coer.encode("ToBeSignedCertificate", value["toBeSigned"])
    issuer = world.pseudonyms
    signature = sm2.sign(issuer.private_key, signed, issuer.certificate.sm3)
    value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    error = refused(world.store(), Certificate.decode(coer.encode("Certificate", value)))
    assert "curve" in error.detail


@pytest.mark.parametrize(
    ("group", "app", "good"),
    [
        (IssueGroup((111, 112)), (111, 112), True),
        (IssueGroup((111,)), (111, 112), False),
        (IssueGroup((111, 112), shortest=2), (111, 112), False),
        (IssueGroup((111, 112), shortest=1, extra=1), (111, 112), True),
        (IssueGroup((111, 112), shortest=0, extra=-1), (111, 112), True),
        (IssueGroup((111, 112), shortest=0), (111, 112), False),
        (IssueGroup((111, 112)), (3619,), False),
        (IssueGroup((3627,)), (3627,), True),
        (IssueGroup((9999,)), (9999,), False),
    ],
)
def test_issuers_must_be_allowed_to_issue(
    world: Any, group: IssueGroup, app: tuple[int, ...], good: bool
) -> None:
    issuer = world.holder(world.root, app=(), issues=(group,))
    certificate = world.holder(issuer, app=app).certificate
    store = world.store(issuer.certificate)
    if good:
        assert store.find_certificate(certificate.value, AT).certificate is not None
        return
    error = refused(store, certificate)
    assert error.reason is Reason.SIGNER_CERTIFICATE_INVALID
    assert "may not issue AID" in error.detail


def test_end_entities_issue_nothing(world: Any) -> None:
    vehicle = world.holder()
    forged = world.holder(vehicle)
    assert "may not issue" in refused(world.store(vehicle.certificate), forged.certificate).detail


@pytest.mark.parametrize(
    ("ssp", "allowed", "good"),
    [
        (None, None, True),
        (("opaque", b"\x01"), None, False),
        (("opaque", b"\x01"), ("all", None), True),
        (("opaque", b"\x01"), ("opaque", [b"\x00", b"\x01"]), True),
        (("opaque", b"\x01"), ("opaque", [b"\x02"]), False),
        (("bitmapSsp", b"\x5a"), ("bitmapSspRange", {"sspValue": b"\x50", "sspBitmask": b"\xf0"}), True),
        (("bitmapSsp", b"\x4a"), ("bitmapSspRange", {"sspValue": b"\x50", "sspBitmask": b"\xf0"}), False),
        (("bitmapSsp", b"\x5a"), ("bitmapSspRange", {"sspValue": b"\x50\x00", "sspBitmask": b"\xf0"}), False),
        (("opaque", b"\x5a"), ("bitmapSspRange", {"sspValue": b"\x50", "sspBitmask": b"\xf0"}), False),
        (("bitmapSsp", b""), ("...", (7, b"")), False),
    ],
)
def test_service_specific_permissions(world: Any, ssp: Any, allowed: Any, good: bool) -> None:
    row = {"aid": 111} if allowed is None else {"aid": 111, "sspRange": allowed}
    permission = {"subjectPermissions": ("explicit", [row])}
    authority = changed(world.pseudonyms.certificate, certIssuePermissions=[permission])
    assert authority.issue_permissions[0].covers(111, ssp, 1) is good


def test_newer_or_other_permissions_permit_nothing(world: Any) -> None:
    rows = [
        {"subjectPermissions": ("...", (5, b""))},
        {"subjectPermissions": ("all", None), "eeType": (b"\x40", 8)},
        {"subjectPermissions": ("all", None), "chainLengthRange": -2},
    ]
    for row in rows:
        authority = changed(world.pseudonyms.certificate, certIssuePermissions=[row])
        assert not any(group.covers(111, None, 1) for group in authority.issue_permissions)


def test_revocation_by_either_hash_and_of_issuers(world: Any) -> None:
    for pick in (
        lambda holder: holder.certificate.hashed_id10,
        lambda holder: holder.certificate.hashed_id8,
        lambda _: world.pseudonyms.certificate.hashed_id10,
    ):
        store, holder = world.store(), world.holder()
        store.find_certificate(holder.certificate.value, AT)
        store.revoke([pick(holder)])
        assert refused(store, holder.certificate).reason is Reason.SIGNER_REVOKED
        fresh = world.holder()
        store.revoke([fresh.certificate.hashed_id8])
        assert refused(store, fresh.certificate).reason is Reason.SIGNER_REVOKED
    with pytest.raises(ValueError, match="HashedId"):
        world.store().revoke([b"\x00"])


def test_regions(world: Any) -> None:
    error = refused(world.store(), world.holder(countries=(840,)).certificate)
    assert error.reason is Reason.SIGNER_REGION
    assert "840" in error.detail
    for countries in ((), (840, 156)):
        world.store().find_certificate(world.holder(countries=countries).certificate.value, AT)
    abroad = world.store(settings=TrustSettings(country=840))
    assert refused(abroad, world.holder(countries=(840,)).certificate).reason is Reason.SIGNER_REGION


def corner(latitude: float, longitude: float) -> dict[str, int]:
    return {"latitude": round(latitude * 1e7), "longitude": round(longitude * 1e7)}


HERE = (28.1, 112.9)
CIRCLE = ("circularRegion", {"center": corner(28.1, 112.9), "radius": 500})
BOX = ("rectangularRegion", [{"northWest": corner(28.2, 112.8), "southEast": corner(28.0, 113.0)}])
TRIANGLE = ("polygonalRegion", [corner(28.0, 112.8), corner(28.2, 112.8), corner(28.1, 113.1)])


@pytest.mark.parametrize("region", [CIRCLE, BOX, TRIANGLE])
def test_drawn_regions_are_judged_at_the_receivers_place(region: Any) -> None:
    assert region_complaint(region, 156, HERE) is None
    complaint = region_complaint(region, 156, (28.1, 113.2))
    assert complaint
    assert "does not cover" in complaint
    complaint = region_complaint(region, 156, None)
    assert complaint
    assert "position is not set" in complaint
    assert describe(region)


def test_other_regions() -> None:
    inside = ("countryAndRegions", {"countryOnly": 156, "regions": [43]})
    finer = ("countryAndSubregions", {"country": 156, "regionAndSubregions": []})
    for entry in (inside, finer):
        assert region_complaint(("identifiedRegion", [entry]), 156, None) is None
        assert region_complaint(("identifiedRegion", [entry]), 840, None)
    assert region_complaint(("identifiedRegion", [("...", (5, b""))]), 156, None)
    assert region_complaint(("...", (5, b"")), 156, HERE)
    assert describe(("...", (5, b"")))
    assert describe(None) == "no region"


def test_a_place_outside_is_no_lasting_stain(world: Any) -> None:
    from v2x.certs import sm2

    value = coer.decode("Certificate", world.holder().certificate.octets)
    value["toBeSigned"]["region"] = CIRCLE
    signed = coer.encode("ToBeSignedCertificate", value["toBeSigned"])
    signature = sm2.sign(world.pseudonyms.private_key, signed, world.pseudonyms.certificate.sm3)
    value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    certificate = Certificate.decode(coer.encode("Certificate", value))
    store = world.store()
    assert refused(store, certificate).reason is Reason.SIGNER_REGION
    store.place = HERE
    assert store.find_digest(certificate.hashed_id8, AT).certificate.sm3 == certificate.sm3
    store.place = (40.0, 116.0)
    assert refused(store, certificate).reason is Reason.SIGNER_REGION


def test_the_issuers_hash_must_fit_who_signed(world: Any) -> None:
    """sha256AndDigest names an issuer with a key of P-256; its signature would be one of P-256."""
    with pytest.raises(TrustError, match="does not fit a signature of sm2"):
        changed(world.holder().certificate, issuer=("sha256AndDigest", bytes(8)))


def test_memory_is_bounded(world: Any) -> None:
    limits = TrustSettings(signers_limit=3, refused_limit=2)
    store = world.store(settings=limits)
    good = [world.holder().certificate for _ in range(5)]
    bad = [world.holder(countries=(1,)).certificate for _ in range(5)]
    for certificate in good:
        store.find_certificate(certificate.value, AT)
    for certificate in bad:
        assert refused(store, certificate).reason is Reason.SIGNER_REGION
    assert (store.known_count, store.refused_count) == (3, 2)
    for forgotten in (good[0], bad[0]):
        with pytest.raises(TrustError) as caught:
            store.find_digest(forgotten.hashed_id8, AT)
        assert caught.value.reason is Reason.SIGNER_UNKNOWN
    assert store.find_digest(good[-1].hashed_id8, AT)


def write_world(world: Any, folder: Path) -> None:
    for part, holders in (("roots", [world.root]), ("authorities", [world.pseudonyms, world.applications])):
        (folder / part).mkdir()
        for holder in holders:
            certificate = holder.certificate
            (folder / part / f"{certificate.hashed_id8.hex()}.coer").write_bytes(certificate.octets)


def test_a_trust_directory(world: Any, tmp_path: Path) -> None:
    write_world(world, tmp_path)
    revoked = world.holder().certificate
    (tmp_path / "revoked.txt").write_text(f"# lost\n{revoked.hashed_id10.hex()}  # a car\n\n", "ascii")
    store = TrustStore.load(tmp_path)
    assert len(store.roots) == 1
    assert len(store.authorities) == 2
    assert refused(store, revoked).reason is Reason.SIGNER_REVOKED
    assert store.find_certificate(world.holder().certificate.value, AT)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("roots/x.coer", b"", "x.coer: truncated"),
        ("roots/x.coer", REAL[:-1] + b"\x00", "no root"),
        ("roots/x.coer", b"\x80" * 5000, "larger than"),
        ("authorities/x.coer", b"\x80\x02" + REAL[2:], "version 2"),
        ("revoked.txt", b"00\xff", "octet 2"),
        ("revoked.txt", b"\nzz", "line 2"),
        ("revoked.txt", b"0011", "line 1: 2 octets"),
    ],
)
def test_trust_directories_with_a_fault(
    world: Any, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    write_world(world, tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrustStoreError, match=why):
        TrustStore.load(tmp_path)


def test_a_directory_without_a_root(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TrustStoreError, match="no trusted root"):
            TrustStore.load(folder)
    (tmp_path / "roots" / "x.coer").mkdir(parents=True)
    with pytest.raises(TrustStoreError, match=r"x\.coer: Is a directory"):
        TrustStore.load(tmp_path)


def test_chains_through_an_intermediate_authority(world: Any) -> None:
    root = issue(Template(AT - 10, ("years", 1), issues=(IssueGroup((111, 112), shortest=3),)), None)
    middle = world.holder(root, app=(), starts_at=AT - 5, issues=(IssueGroup((111, 112), shortest=2),))
    low = world.holder(middle, app=(), issues=(IssueGroup((111, 112)),))
    store = TrustStore([root.certificate], [middle.certificate, low.certificate])
    known = store.find_certificate(world.holder(low).certificate.value, AT)
    assert [member.kind for member in known.chain] == ["end entity", "authority", "authority", "root"]


def test_a_judged_chain_is_not_checked_again(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store, checked = world.store(), []
    honest = Certificate.is_signed_by

    def counting(subject: Certificate, issuer: Certificate) -> bool:
        checked.append(subject.hashed_id8)
        return honest(subject, issuer)

    monkeypatch.setattr(Certificate, "is_signed_by", counting)
    signers = [world.holder().certificate for _ in range(3)]
    for certificate in (*signers, *signers):
        store.find_certificate(certificate.value, AT)
    authority = world.pseudonyms.certificate.hashed_id8
    assert checked == [authority, *(certificate.hashed_id8 for certificate in signers)]


def test_roots_and_authorities_can_come_later(world: Any) -> None:
    root = issue(Template(AT - 10, ("years", 1), issues=(IssueGroup((111, 112), shortest=2),)), None)
    authority = world.holder(root, app=(), issues=(IssueGroup((111, 112)),))
    vehicle = world.holder(authority).certificate
    store = world.store()
    assert "unknown issuer" in refused(store, vehicle).detail
    assert store.wanted() == (authority.certificate.hashed_id8[-3:],)
    store.add_authority(authority.certificate)
    assert store.wanted() == ()
    with pytest.raises(TrustError) as caught:
        store.find_digest(vehicle.hashed_id8, AT)
    assert caught.value.reason is Reason.SIGNER_UNKNOWN, (
        "what was refused for want of the issuer is open again"
    )
    assert "unknown issuer " + root.certificate.hashed_id8.hex() in refused(store, vehicle).detail
    store.add_root(root.certificate)
    assert store.find_certificate(vehicle.value, AT)
    assert store.wanted() == ()


def test_authorities_are_learnt_by_their_chain_alone(world: Any) -> None:
    authority = world.holder(world.root, app=(), issues=(IssueGroup((111, 112)),))
    vehicle = world.holder(authority).certificate
    store = TrustStore([world.root.certificate], settings=TrustSettings(learnt_limit=2))
    assert store.learn(changed(authority.certificate, crlSeries=9).value, AT) is None, "a forged one"
    stranger = issue(Template(AT - 10, ("years", 1), issues=(IssueGroup((111,)),)), None)
    assert (
        store.learn(world.holder(stranger, app=(), issues=(IssueGroup((111,)),)).certificate.value, AT)
        is None
    )
    assert store.learn(stranger.certificate.value, AT) is None, "a root is trusted by hand only"
    assert store.learnt_count == 0
    learnt = store.learn(authority.certificate.value, AT)
    assert learnt is not None
    assert learnt.digest == authority.certificate.digest
    assert store.find_certificate(vehicle.value, AT)
    for _ in range(3):
        store.learn(world.holder(world.root, app=(), issues=(IssueGroup((111,)),)).certificate.value, AT)
    assert store.learnt_count == 2
    assert store.find_digest(vehicle.hashed_id8, AT), "known signers stay when their authority is forgotten"


def test_an_end_entity_handed_on_becomes_known(world: Any) -> None:
    store, vehicle = world.store(), world.holder().certificate
    assert store.learn(vehicle.value, AT)
    assert store.find_digest(vehicle.hashed_id8, AT)
    assert store.learn(world.holder(countries=(840,)).certificate.value, AT) is None


def test_what_is_missing_can_be_asked_for(world: Any) -> None:
    store = world.store(settings=TrustSettings(wanted_limit=3))
    vehicles = [world.holder().certificate for _ in range(5)]
    for second, certificate in enumerate(vehicles):
        with pytest.raises(TrustError):
            store.find_digest(certificate.hashed_id8, AT + second)
    assert store.wanted() == tuple(one.hashed_id8[-3:] for one in vehicles[2:])
    assert store.wanted(AT + 4) == (vehicles[4].hashed_id8[-3:],)
    store.find_certificate(vehicles[3].value, AT)
    assert vehicles[3].hashed_id8[-3:] not in store.wanted()


def test_an_ssp_beyond_the_issuers_range_says_so(world: Any) -> None:
    group = ("explicit", [{"aid": 111, "sspRange": ("opaque", [b"\x01"])}])
    row = {"subjectPermissions": group}
    any_ssp = IssueGroup((111,), shortest=2, any_ssp=True)
    root = issue(Template(AT - 10, ("years", 1), issues=(any_ssp,)), None)
    authority = resigned(changed(world.pseudonyms.certificate, certIssuePermissions=[row]), root)
    store = TrustStore([root.certificate], [authority.certificate])
    for ssp, good in ((b"\x01", True), (b"\x02", False)):
        rows = [{"aid": 111, "ssp": ("opaque", ssp)}]
        vehicle = resigned(changed(world.holder().certificate, appPermissions=rows), authority).certificate
        if good:
            assert store.find_certificate(vehicle.value, AT)
        else:
            assert "the SSP of AID 111 at distance 1" in refused(store, vehicle).detail


def resigned(certificate: Certificate, issuer: Holder) -> Holder:
    """The certificate with a new key, named and signed by ``issuer``."""
    value = coer.decode("Certificate", certificate.octets)
    private = sm2.generate()
    point = sm2.compress(sm2.public_point(private))
    form = "compressed-y-0" if point[0] == 2 else "compressed-y-1"
    value["issuer"] = ("sm3AndDigest", issuer.certificate.hashed_id8)
    value["toBeSigned"]["verifyKeyIndicator"] = ("verificationKey", ("ecsigSm2", (form, point[1:])))
    signed = coer.encode("ToBeSignedCertificate", value["toBeSigned"])
    signature = sm2.sign(issuer.private_key, signed, issuer.certificate.sm3)
    value["signature"] = ("sm2Signature", {"rSig": signature[:32], "sSig": signature[32:]})
    return Holder(Certificate.decode(coer.encode("Certificate", value)), private)


def test_revocation_counts_from_the_next_message_and_is_not_judged_twice(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, holder = world.store(), world.holder()
    known = store.find_certificate(holder.certificate.value, AT)
    asked = []
    honest = store.revocations.complaint
    monkeypatch.setattr(store.revocations, "complaint", lambda one, at: asked.append(one) or honest(one, at))
    assert store.find_digest(holder.certificate.hashed_id8, AT) is known
    assert asked == [], "nothing new was revoked since"
    store.revoke([world.holder().certificate.hashed_id10])
    for _ in range(2):
        assert store.find_digest(holder.certificate.hashed_id8, AT) is known
    assert len(asked) == 3, "once for each certificate of the chain"
    lost = world.holder().certificate
    store.revoke([lost.hashed_id10])
    refused(store, lost)
    monkeypatch.setattr(Certificate, "is_signed_by", None)
    assert refused(store, lost).reason is Reason.SIGNER_REVOKED
    assert store.is_judged(lost.value)
