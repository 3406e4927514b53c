"""COER codec: a real certificate and the published vector, canonical form, total on any octets, an oracle."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from v2x.codecs import coer, coer_compound, coer_nodes
from v2x.errors import CodecError, CodecErrorKind

DATA = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())
CERTIFICATE = bytes.fromhex(DATA["trcla_certificate"]["hex"])
SIGNED = bytes.fromhex(DATA["sm2_message_signature_vector"]["toBeSignedData"])
MESSAGE = b"\x03\x81\x02" + SIGNED + b"\x80" + bytes(8) + b"\x84\x40" + bytes(range(64))
ROOT = Path(__file__).parents[2]


def test_real_certificate_both_ways() -> None:
    value = coer.decode("Certificate", CERTIFICATE)
    assert coer.encode("Certificate", value) == CERTIFICATE
    assert value["issuer"] == ("self", "sm3")
    inner = value["toBeSigned"]
    assert inner["id"] == ("name", "v2x.caict.ac.cn")
    assert inner["validityPeriod"]["duration"] == ("years", 30)
    assert inner["region"] == ("identifiedRegion", [("countryOnly", 156)])
    assert [row["aid"] for row in inner["appPermissions"]] == [3627, 3628]
    first, second = inner["certIssuePermissions"]
    assert first["subjectPermissions"] == ("all", None)
    assert (first["minChainLength"], first["chainLengthRange"], first["eeType"]) == (2, -1, (b"\xc0", 8))
    assert second["minChainLength"] == 1  # DEFAULT, left out on the wire
    assert value["signature"][0] == "sm2Signature"


def test_published_message_both_ways() -> None:
    value = coer.decode("V2XSecData", MESSAGE)
    assert coer.encode("V2XSecData", value) == MESSAGE
    signed = value["content"][1]["tbsData"]
    assert signed.octets == SIGNED
    assert signed["headerInfo"] == {"aid": 32, "generationTime": 0x237303}
    assert signed["payload"]["data"]["content"] == ("unsecuredData", b"4" * 32)


def test_records_hold_the_received_octets() -> None:
    value, after = coer.decode_prefix("Certificate", b"\xff\xff" + CERTIFICATE + b"\x00", 2)
    assert after == 2 + len(CERTIFICATE)
    assert value.octets == CERTIFICATE
    assert value["toBeSigned"].octets in CERTIFICATE
    assert len(value["toBeSigned"].octets) == len(CERTIFICATE) - 1 - 1 - 1 - 2 - 66


def test_unknown_additions_survive() -> None:
    header = bytes.fromhex("80016f" + "020280" + "0105")  # presence of 6 bits, the first
    with pytest.raises(CodecError):
        coer.decode("HeaderInfo", header)  # 05 is no list of HashedId3
    header = bytes.fromhex("80016f" + "020208" + "0105")  # presence of 6 bits, the fifth: unknown here
    value = coer.decode("HeaderInfo", header)
    assert value == {"aid": 111, coer.UNKNOWN: (6, ((4, b"\x05"),))}
    assert coer.encode("HeaderInfo", value) == header
    region = bytes.fromhex("8903aabbcc")
    assert coer.decode("GeographicRegion", region) == (coer.UNKNOWN, (9, b"\xaa\xbb\xcc"))
    assert coer.encode("GeographicRegion", coer.decode("GeographicRegion", region)) == region
    for number in (9, 127):
        assert coer.encode("HashAlgorithm", coer.decode("HashAlgorithm", bytes([number]))) == bytes([number])
    assert coer.decode("HashAlgorithm", b"\x82\x00\x80") == 128


@pytest.mark.parametrize(
    ("name", "octets", "why"),
    [
        ("Opaque", "8101ff", "shortest"),
        ("Opaque", "820001", "shortest"),
        ("Opaque", "80", "length of 0"),
        ("Aid", "020001", "shortest"),
        ("Aid", "00", "0 octets"),
        ("HeaderInfo", "01016f", "padding"),
        ("HeaderInfo", "80016f020780", "end inside"),
        ("HeaderInfo", "80016f020500", "presence"),
        ("HeaderInfo", "80016f0100", "presence"),
        ("HeaderInfo", "80016f020520020105", "left over"),
        ("AidGroupPermissions", "80" + "81" + "0101", "DEFAULT"),
        ("AidGroupPermissions", "20" + "81" + "80", "DEFAULT"),
        ("IssuerIdentifier", "8302aabb", "end inside"),
        ("IssuerIdentifier", "8309aabbccddeeff001122", "left over"),
        ("Duration", "870001", "no alternative"),
        ("Duration", "1f", "no tag"),
        ("CertificateId", "8102c328", "UTF-8"),
        ("PolygonalRegion", "0102" + "00" * 16, "elements"),
        ("SequenceOfHashedId3", "04ffffffff", "elements"),
        ("SequenceOfHashedId3", "020001" + "000000", "count"),
        ("Latitude", "7fffffff", "not in"),
        ("HashAlgorithm", "8105", "shortest"),
        ("HashAlgorithm", "8500000000ff", "5 octets"),
    ],
)
def test_what_is_not_canonical_is_refused(name: str, octets: str, why: str) -> None:
    with pytest.raises(CodecError, match=why):
        coer.decode(name, bytes.fromhex(octets))


def test_error_names_path_and_bit() -> None:
    with pytest.raises(CodecError) as caught:
        coer.decode("V2XSecData", MESSAGE[:20])
    error = caught.value
    assert error.kind is CodecErrorKind.TRUNCATED
    assert error.path == "V2XSecData.content.signedData.tbsData.payload.data.content.unsecuredData"
    assert error.bit == 8 * 6
    with pytest.raises(CodecError) as caught:
        coer.decode("Certificate", CERTIFICATE + b"\x00")
    assert caught.value.kind is CodecErrorKind.TRAILING
    with pytest.raises(CodecError, match=r"\[1\]\.aid") as caught:
        coer.encode("SubjectPermissions", ("explicit", [{"aid": 1}, {"aid": "x"}]))
    assert caught.value.kind is CodecErrorKind.UNENCODABLE


def test_depth_is_bounded() -> None:
    data = b"\x03\x80\x01\x00"
    for _ in range(40):
        signed = b"\x40" + data + b"\x00\x01\x6f"
        data = b"\x03\x81\x02" + signed + b"\x82" + b"\x84\x40" + bytes(64)
    with pytest.raises(CodecError) as caught:
        coer.decode("V2XSecData", data)
    assert caught.value.kind is CodecErrorKind.UNSUPPORTED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("V2XSecData", {"protocolVersion": 3}),
        ("V2XSecData", {"protocolVersion": 3, "content": ("unsecuredData", "text")}),
        ("V2XSecData", {"protocolVersion": 3, "content": ("other", b"")}),
        ("V2XSecData", {"protocolVersion": 3, "content": ("unsecuredData", b""), "more": 1}),
        ("V2XSecData", {"protocolVersion": 300, "content": ("unsecuredData", b"")}),
        ("V2XSecData", []),
        ("HashedId8", bytes(7)),
        ("EndEntityType", (b"\x80", 7)),
        ("HashAlgorithm", "sha1"),
        ("CertificateType", -(1 << 40)),
        ("CertificateId", ("name", "\ud800")),
        ("HeaderInfo", {"aid": 1, "...": "strange"}),
        ("HeaderInfo", {"aid": 1, "...": (6, ((9, b""),))}),
        ("Duration", ("...", (9, b""))),
        ("IssuerIdentifier", ("...", (1, b""))),
        ("SequenceOfHashedId3", 5),
        ("CertificateId", ("none", 1)),
        ("Aid", -1),
    ],
)
def test_values_without_an_encoding(name: str, value: Any) -> None:
    with pytest.raises(CodecError) as caught:
        coer.encode(name, value)
    assert caught.value.kind is CodecErrorKind.UNENCODABLE


def test_an_unknown_type_is_misuse() -> None:
    with pytest.raises(ValueError, match="Nonsense"):
        coer.decode("Nonsense", b"")
    assert len(coer.type_names()) > 100


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(coer.type_names()), st.binary(max_size=80))
def test_any_octets_give_a_value_with_this_encoding_or_our_error(name: str, data: bytes) -> None:
    try:
        value, after = coer.decode_prefix(name, data, 0)
    except CodecError:
        return
    assert coer.encode(name, value) == data[:after]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([("Certificate", CERTIFICATE), ("V2XSecData", MESSAGE)]), st.data())
def test_damaged_octets_give_a_value_with_this_encoding_or_our_error(
    sample: tuple[str, bytes], data: st.DataObject
) -> None:
    name, octets = sample
    damaged = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        value = coer.decode(name, bytes(damaged))
    except CodecError:
        return
    assert coer.encode(name, value) == bytes(damaged)


def _size(draw: st.DrawFn, low: int, high: int | None) -> int:
    return draw(st.integers(low, min(low + 3, high) if high is not None else low + 3))


def _draw(draw: st.DrawFn, node: coer_nodes.Node, depth: int) -> Any:
    """A value of ``node``; below depth 0 the smallest one."""
    match node:
        case coer_nodes.Integer():
            return draw(st.integers(node.low, node.high))
        case coer_nodes.BigInteger():
            return draw(st.integers(-(1 << 63), (1 << 63) - 1) if node.signed else st.integers(0, 1 << 40))
        case coer_nodes.Octets():
            size = _size(draw, node.low, node.high)
            return draw(st.binary(min_size=size, max_size=size))
        case coer_nodes.Bits():
            return bytes([draw(st.integers(0, 255))]), node.bits
        case coer_nodes.Enumerated():
            return draw(st.sampled_from(node.names))
        case coer_nodes.Utf8():
            return draw(st.text(max_size=5))
        case coer_nodes.ListOf():
            count = node.low if depth <= 0 else _size(draw, node.low, 3 if node.low < 3 else node.low + 1)
            return [_draw(draw, node.element, depth - 1) for _ in range(count)]
        case coer_compound.Choice():
            field = draw(st.sampled_from(node.fields)) if depth > 0 else node.fields[0]
            return field.name, _draw(draw, field.node, depth - 1)
        case coer_compound.Sequence():
            value = {}
            for field in (*node.root, *node.additions):
                default = field.default is not coer_compound.NO_DEFAULT
                optional = field.optional or default or field in node.additions
                if not optional or (depth > 0 and draw(st.booleans())):
                    value[field.name] = _draw(draw, field.node, depth - 1)
                elif default:
                    value[field.name] = field.default
            return value
        case _:
            return None


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(coer.type_names()))
    return name, _draw(draw, coer._types()[name], 7)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(typed_values())
def test_values_come_back(sample: tuple[str, Any]) -> None:
    name, value = sample
    octets = coer.encode(name, value)
    assert coer.decode(name, octets) == value
    assert coer.decode_prefix(name, b"\x00" + octets + b"\x01", 1) == (value, 1 + len(octets))


def _asn1(expression: Any) -> str:
    """A type of the table in ASN.1 notation, for the oracle."""
    if isinstance(expression, str):
        return expression
    kind, body = next(iter(expression.items()))
    if kind == "INTEGER":
        low, high = body or (None, None)
        return "INTEGER" if low is None else f"INTEGER ({low}..{'MAX' if high is None else high})"
    if kind in ("OCTETS", "BITS"):
        name = "OCTET STRING" if kind == "OCTETS" else "BIT STRING"
        if not body:
            return name
        low, high = body
        span = str(low) if low == high else f"{low}..{'MAX' if high is None else high}"
        return f"{name} (SIZE({span}))"
    if kind == "ENUMERATED":
        return f"ENUMERATED {{ {', '.join(body)} }}"
    if kind == "LIST":
        size = expression.get("size")
        return f"SEQUENCE {f'(SIZE({size[0]}..MAX)) ' if size else ''}OF {_asn1(body)}"
    rows = [row if isinstance(row, str) else _asn1_row(row) for row in body]
    return f"{kind} {{ {', '.join(rows)} }}"


def _asn1_row(row: list[Any]) -> str:
    text = f"{row[0]} {_asn1(row[1])}"
    if len(row) == 2:
        return text
    if row[2] == "optional":
        return text + " OPTIONAL"
    default = row[2]["default"]
    return text + f" DEFAULT {default if isinstance(default, int) else chr(39) + '10000000' + chr(39) + 'B'}"


@cache
def _oracle() -> Any:
    import asn1tools

    table = json.loads((ROOT / "codecs" / "asn1" / "secured-message.json").read_text())["types"]
    body = "\n".join(f"{name} ::= {_asn1(expression)}" for name, expression in table.items())
    return asn1tools.compile_string(f"M DEFINITIONS AUTOMATIC TAGS ::= BEGIN\n{body}\nEND", "oer")


def _without_default_bits(value: Any) -> Any:
    """asn1tools writes a BIT STRING's DEFAULT out, which the canonical form forbids."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if (name, one) != ("eeType", (b"\x80", 8))}
        return {name: _without_default_bits(one) for name, one in kept.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without_default_bits(one) for one in value)
    return value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(typed_values())
def test_asn1tools_writes_the_same_octets(sample: tuple[str, Any]) -> None:
    name, value = sample
    theirs = _oracle().encode(name, _without_default_bits(value))
    assert theirs.hex() == coer.encode(name, value).hex()
