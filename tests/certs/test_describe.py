"""Descriptions of everything in the security layer: a real certificate, made objects, any octets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from v2x.certs import request, sm2, spdu
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl, seal_crl
from v2x.certs.describe import DescribeSettings, describe, recognise
from v2x.certs.describe_text import ENTRIES_SHOWN, text_lines
from v2x.certs.issue import Template
from v2x.certs.linkage import LinkageSeed, RevokedSeeds
from v2x.certs.lists import DomainList, RootList
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import CodecError

AT = 1_800_000_000.0
DATA = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())
REAL = DATA["trcla_certificate"]  # the certificate of a real authority
CERTIFICATE = bytes.fromhex(REAL["hex"])
SIGNED = bytes.fromhex(DATA["sm2_message_signature_vector"]["toBeSignedData"])
MESSAGE = b"\x03\x81\x02" + SIGNED + b"\x80" + bytes(8) + b"\x84\x40" + bytes(range(64))


def text_of(octets: bytes) -> str:
    return "\n".join(text_lines(describe(octets)))


def edited(value: dict[str, Any], **changes: Any) -> bytes:
    """A certificate with other fields in toBeSigned; its signature fits no more."""
    return coer.encode("Certificate", {**value, "toBeSigned": {**value["toBeSigned"], **changes}})


def test_a_real_certificate() -> None:
    facts = describe(CERTIFICATE)
    assert (facts["object"], facts["kind"], facts["issuer"]) == ("certificate", "root", "self")
    assert (facts["sm3"], facts["hashed_id8"]) == (REAL["sm3"], REAL["hashedId8"])
    assert facts["id"] == {"kind": "name", "name": "v2x.caict.ac.cn"}
    assert facts["validity"]["from"] == "2020-08-26 02:18:13 UTC"
    assert facts["validity"]["duration"] == "30 years"
    assert facts["region"]["text"] == "country 156"
    assert [row["aid"] for row in facts["permissions"]["sign"]] == [3627, 3628]
    management, revocation = (row["ssp"]["means"] for row in facts["permissions"]["sign"])
    assert management == {"ScmsSsp": {"root": {"version": 1}}}
    assert revocation == {"CrlSsp": {"version": 1, "associatedCraca": "isCraca", "crls": [0]}}
    everything, explicit = facts["permissions"]["issue"]
    assert (everything["aids"], everything["min_chain_length"], everything["max_chain_length"]) == (
        "all",
        2,
        None,
    )
    assert [row["aid"] for row in explicit["aids"]] == [3627, 3628, 3629]
    assert everything["for"] == ["app", "enroll"]
    assert facts["verification_key"]["algorithm"] == "ecsigSm2"
    assert facts["own_signature"] == "verifies"
    assert facts["unknown"] == []
    text = text_of(CERTIFICATE)
    assert "itself (sm3); its own signature verifies" in text
    assert "all AIDs; chain length below it 2 or more; for app and enroll" in text
    assert "AID 3627..3629; chain length below it 1 or more" in text


def test_a_root_whose_signature_was_damaged_says_so() -> None:
    assert describe(CERTIFICATE[:-1] + b"\x00")["own_signature"] == "does not verify"


def test_leap_seconds_are_a_setting() -> None:
    plain, counted = describe(CERTIFICATE), describe(CERTIFICATE, DescribeSettings(leap_seconds=5))
    assert plain["validity"]["from_at"] - counted["validity"]["from_at"] == 5


def test_certificates_of_a_pseudonym_world(world: Any) -> None:
    holder = world.holder(linkage=(360, bytes(range(9))), region=("circularRegion", {
        "center": {"latitude": 280985258, "longitude": 1129830304}, "radius": 900}))  # fmt: skip
    facts = describe(holder.certificate.octets)
    assert (facts["kind"], facts["issuer"]) == ("end entity", world.pseudonyms.certificate.hashed_id8.hex())
    assert facts["id"] == {
        "kind": "linkageData",
        "i": 360,
        "linkage_value": bytes(range(9)).hex(),
        "group": None,
    }
    assert facts["region"]["text"] == "circle of 900 m around 28.09853, 112.98303"
    assert facts["own_signature"] is None
    assert holder.private_key.hex() not in json.dumps(facts)
    text = text_of(holder.certificate.octets)
    assert "linkage value 000102030405060708 of period 360" in text
    assert "AID 111 vehicle, periodic" in text
    authority = describe(world.pseudonyms.certificate.octets)
    assert authority["kind"] == "authority"
    assert authority["permissions"]["issue"][0]["max_chain_length"] == 1


def test_what_receivers_do_not_support_is_explained_too(world: Any) -> None:
    value = world.holder().certificate.value
    x = sm2.public_point(sm2.generate())[1:33]
    implicit = edited(value, verifyKeyIndicator=("reconstructionValue", ("compressed-y-1", x)))
    assert describe(implicit)["verification_key"]["algorithm"].startswith("implicit")
    brainpool = edited(value, verifyKeyIndicator=("verificationKey", ("ecdsaBrainpoolP256r1", ("x-only", x))))
    assert describe(brainpool)["verification_key"] == {
        "algorithm": "ecdsaBrainpoolP256r1", "form": "x-only", "point": x.hex()}  # fmt: skip
    unsigned = {name: field for name, field in value.items() if name != "signature"}
    assert describe(coer.encode("Certificate", {**unsigned, "version": 9}))["signature"] is None


def test_unknown_extensions_are_kept(world: Any) -> None:
    value = world.holder().certificate.value
    octets = edited(value, region=(coer.UNKNOWN, (9, b"\xaa\xbb")))
    assert describe(octets)["unknown"] == [
        {"path": "toBeSigned.region", "alternative": 9, "octets": "aabb"},
    ]
    octets = edited(value, **{coer.UNKNOWN: (3, ((1, b"\x05"),))})
    facts = describe(octets)
    assert facts["unknown"] == [{"path": "toBeSigned", "addition": 1, "octets": "05"}]
    assert "unknown part" in text_of(octets)
    later = edited(value, verifyKeyIndicator=(coer.UNKNOWN, (5, b"\x01")))
    assert describe(later)["verification_key"]["algorithm"] == "unknown alternative 5"


def test_messages_say_who_signed_what(world: Any) -> None:
    signer = world.signer()
    whole, short = (signer.seal(b"\x00" * 40, 111, AT + step) for step in (0.0, 0.1))
    facts = describe(whole)
    assert (facts["object"], facts["kind"], facts["aid"]) == ("secured message", "signedData", 111)
    assert facts["generation_time"]["at"] == AT
    assert facts["signer"]["certificates"][0]["hashed_id8"] == signer.hashed_id8
    assert describe(short)["signer"] == {"kind": "digest", "hashed_id8": signer.hashed_id8}
    framed = describe(DsmpFrame(111, short).render())
    assert (framed["object"], framed["aid"], framed["content"]["kind"]) == ("DSMP unit", 111, "signedData")
    assert f"digest {signer.hashed_id8}" in text_of(short)
    assert "signer:" in text_of(whole)
    bench = describe(spdu.unsecured(b"\x01\x02"))
    assert (bench["kind"], bench["payload"]["hex"]) == ("unsecuredData", "0102")


def test_a_published_message() -> None:
    facts = describe(MESSAGE)
    assert (facts["aid"], facts["use"]) == (32, None)
    assert facts["payload"]["hex"] == "34" * 32


def test_what_else_a_message_may_carry(world: Any, handmade: Any) -> None:
    holder = world.holder()
    octets = handmade(holder, header={"encryptionKey": ("symmetric", ("sm4Ccm", bytes(range(16))))})
    facts = describe(octets)
    assert facts["other_header_fields"] == {"encryptionKey": {"symmetric": "sm4Ccm"}}
    assert bytes(range(16)).hex() not in json.dumps(facts)
    octets = handmade(holder, payload={"extDataHash": ("sm3HashedData", bytes(32))})
    assert describe(octets)["payload"]["object"] == "hash of external data"
    assert "hash of external data" in text_of(octets)
    location = {"latitude": 1, "longitude": 2, "elevation": 3}
    assert "latitude 1" in text_of(handmade(holder, header={"generationLocation": location}))
    encrypted = {
        "recipients": [("pskRecipInfo", bytes(8))],
        "ciphertext": ("sm4Ccm", {"nonce": bytes(12), "ccmCiphertext": bytes(20)}),
    }
    octets = coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("encryptedData", encrypted)})
    facts = describe(octets)
    assert facts["recipients"] == [{"kind": "pskRecipInfo", "hashed_id8": "00" * 8, "key": None}]
    assert "sm4Ccm, 20 octets" in text_of(octets)


def test_lists(world: Any) -> None:
    root, authority = world.root, world.pseudonyms
    dates = {"series": 4, "issued_at": AT, "next_at": AT + 86400.0}
    made = RootList.make([(root.certificate, "http://ca.example/list")], root.certificate, root.sign, **dates)
    facts = describe(made.octets)
    assert (facts["object"], facts["series"], facts["issuer"]) == (
        "root list", 4, root.certificate.hashed_id8.hex())  # fmt: skip
    assert facts["entries"][0]["certificate"]["hashed_id8"] == root.certificate.hashed_id8.hex()
    assert "http://ca.example/list" in text_of(made.octets)
    chain = [authority.certificate, root.certificate]
    made = DomainList.make([(chain, "http://crl", None)], root.certificate, root.sign, **dates)
    facts = describe(made.octets)
    assert (facts["object"], len(facts["entries"][0]["certificates"])) == ("domain list", 2)
    assert "crl_url http://crl" in text_of(made.octets)
    empty = RootList.make([], root.certificate, root.sign, **dates)
    assert describe(empty.octets)["object"] == "root or domain list without entries"
    assert "0 entries" in text_of(empty.octets)


def test_revocation_lists(world: Any) -> None:
    issue = CrlIssue(bytes(8), 1, AT, AT + 86400.0)
    entries = [(bytes((n,)) * 10, AT + 5.0) for n in range(ENTRIES_SHOWN + 5)]
    contents = hash_crl(issue, 7, entries)
    facts = describe(contents)
    assert (facts["object"], facts["kind"], facts["serial"]) == ("revocation list", "fullHashCrl", 7)
    assert len(facts["entries"]) == len(entries)
    assert "... and 5 more" in text_of(contents)
    sealed = seal_crl(contents, world.signer(), AT)
    assert describe(sealed)["payload"]["object"] == "revocation list"
    seeds = LinkageSeed(b"\x00\x01", bytes(16)), LinkageSeed(b"\x00\x02", bytes(16))
    facts = describe(linked_crl(issue, 300, 0, [RevokedSeeds(seeds, i_max=310, j_max=20)]))
    assert (facts["kind"], facts["i_rev"], len(facts["individual"])) == ("fullLinkedCrl", 300, 1)


def test_a_request_and_who_signed_it(world: Any) -> None:
    key = sm2.generate()
    wished = Template(AT, ("hours", 168), "car", (111,))

    def sign(octets: bytes) -> bytes:
        return sm2.sign(key, octets, sm2.DEFAULT_ID)

    octets = request.make(wished, sm2.public_point(key), sign, AT)
    facts = describe(octets)
    assert facts["kind"] == "signedCertificateRequest"
    assert facts["payload"]["object"] == "certificate request"
    assert [row["aid"] for row in facts["payload"]["permissions"]["sign"]] == [111]
    assert facts["signer"]["kind"] == "self"
    assert key.hex() not in json.dumps(facts)
    assert "the key that is to be certified" in text_of(octets)
    strange = {"protocolVersion": 3, "content": ("signedCertificateRequest", b"\x09\x09")}
    assert describe(coer.encode("V2XSecData", strange))["payload"]["hex"] == "0909"


def test_a_terminal_gets_no_commands(world: Any) -> None:
    octets = world.holder(name="evil\x1b[2Jname\u202e").certificate.octets
    assert all(line.isprintable() for line in text_lines(describe(octets)))
    assert "\\x1b[2J" in text_of(octets)


def test_messages_inside_messages_end_somewhere() -> None:
    octets = b"\x00" * 4
    for _ in range(2000):
        octets = spdu.unsecured(octets)
    facts, depth = describe(octets), 0
    while "payload" in facts:
        facts, depth = facts["payload"], depth + 1
    assert depth < 8
    assert text_of(octets)


@pytest.mark.parametrize(
    ("octets", "place"),
    [(b"", "no octets"), (CERTIFICATE[:60], "Certificate"), (CERTIFICATE + b"\x00", "left over"),
     (MESSAGE[:20], "V2XSecData"), (b"\x04\x00\x6f", "DSMP")],
)  # fmt: skip
def test_what_is_nothing_names_the_place(octets: bytes, place: str) -> None:
    with pytest.raises(CodecError, match=place):
        describe(octets)


def samples() -> list[bytes]:
    """One object of each kind, to be damaged."""
    contents = hash_crl(CrlIssue(bytes(8), 1, AT, AT + 9.0), 7, [(bytes(10), AT)])
    signed = spdu.to_be_signed(CERTIFICATE, 3627, to_time64(AT))
    wrapped = spdu.assemble(signed, ("certificate", [coer.decode("Certificate", CERTIFICATE)]), bytes(64))
    return [CERTIFICATE, MESSAGE, contents, wrapped, DsmpFrame(111, MESSAGE).render()]


SAMPLES = samples()


def checked(octets: bytes) -> None:
    try:
        facts = describe(octets)
    except CodecError:
        return
    assert json.loads(json.dumps(facts))["object"]
    assert all(line.isprintable() for line in text_lines(facts))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_objects_give_a_description_or_the_place(octets: bytes, data: st.DataObject) -> None:
    changed = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    checked(
        bytes(changed[: data.draw(st.integers(0, len(changed)))] if data.draw(st.booleans()) else changed)
    )


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120))
@example(bytes.fromhex("0183") + bytes(8) + bytes(2) + bytes(8) + b"\x01\x00")
def test_any_octets_give_a_description_or_the_place(octets: bytes) -> None:
    checked(octets)


def test_recognise_names_the_type() -> None:
    assert recognise(CERTIFICATE)[0] == "Certificate"
    assert recognise(MESSAGE)[0] == "V2XSecData"
