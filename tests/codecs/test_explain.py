"""Every bit of a message in one row: against encoder and decoder, on whole, changed and cut octets."""

from __future__ import annotations

import json
from random import Random

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from v2x.cli import inspect
from v2x.codecs import KINDS, PROFILES, coer, decode, encode
from v2x.codecs.codec import decode_as
from v2x.codecs.coer_rows import coer_rows
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.elements import typed_of
from v2x.codecs.explain import explain, explain_frame, explanation_lines
from v2x.codecs.pcap import write_pcap
from v2x.codecs.walker import Walker
from v2x.errors import CodecError
from v2x.testing import random_message

app = typer.Typer()
app.command("explain")(inspect.explain)
app.command("diff")(inspect.diff)  # two commands, so that the name is needed


def kinds_of(profile):
    return KINDS if profile == "csae157_2020" else KINDS[:5]


def check_cover(explanation, octets, base=0):
    """The rows are the octets: no gap, no overlap, and their raw bits put together are the octets again."""
    at, bits = base, ""
    for row in explanation.rows:
        assert row.offset == at
        assert row.width > 0
        at += row.width
        digits = row.raw if row.width <= 32 and not row.raw.startswith("0x") else binary(row)
        assert len(digits) == row.width
        bits += digits
    assert at == base + 8 * len(octets)
    assert bits == "".join(f"{octet:08b}" for octet in octets)


def binary(row):
    return "".join(f"{int(digit, 16):04b}" for digit in row.raw[2:])[: row.width]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_bit_of_random_messages(profile):
    rng = Random(profile)
    for kind in kinds_of(profile):
        for _ in range(12):
            message = random_message(rng, kind, profile)
            octets = encode(message)
            explanation = explain(octets, profile)
            check_cover(explanation, octets)
            assert (explanation.error, explanation.message) == (None, message)
            assert Walker(octets, profile).walk(typed_of(profile), "MessageFrame") == message.value


def test_a_recorded_bsm(recorded):
    rows = {(row.path, row.part): row for row in explain(recorded["BSM"].octets, "csae53_2020").rows}
    body = "MessageFrame.bsmFrame"
    assert rows["MessageFrame", "index"].meaning == "0: bsmFrame"
    assert rows[f"{body}.safetyExt", "presence"].meaning == "present"
    assert rows[f"{body}.timeConfidence", "presence"].meaning == "absent"
    lat = rows[f"{body}.pos.lat", "value"]
    assert (lat.offset, lat.width, lat.meaning) == (100, 31, "39.9764645 deg")
    assert lat.raw == f"{399764645 + 900000000:031b}"
    assert rows[f"{body}.heading", "value"].meaning == "77.0125 deg"
    assert rows[f"{body}.accelSet.vert", "value"].meaning == "unavailable"
    assert rows[f"{body}.vehicleClass.classification", "value"].meaning == "10 passenger-Vehicle-TypeUnknown"
    assert rows[f"{body}.safetyExt.pathHistory.crumbData", "length"].meaning == "4 elements"
    assert (rows["MessageFrame", "padding"].width, rows["MessageFrame", "padding"].raw) == (3, "000")


def test_the_profile_is_found(recorded):
    assert explain(recorded["MAP"].octets).profile == "csae53_2020"
    cut = recorded["MAP"].octets[:-4]
    explanation = explain(cut)  # no profile fits: the one that explains most
    assert explanation.error is not None
    check_cover(explanation, cut)


def test_a_cut_message_is_explained_up_to_the_cut(recorded):
    octets = recorded["BSM"].octets
    for size in range(len(octets)):
        explanation = explain(octets[:size], "csae53_2020")
        check_cover(explanation, octets[:size])
        assert explanation.error is not None
        assert explanation.message is None
        with pytest.raises(CodecError) as caught:
            decode(octets[:size], profile="csae53_2020")
        assert explanation.error.kind == caught.value.kind
        assert explanation.error.path.startswith(caught.value.path)


def test_the_rest_is_one_row(recorded):
    explanation = explain(recorded["BSM"].octets[:20], "csae53_2020")
    assert explanation.rows[-1].part == "unread"
    assert str(explanation.error).startswith("truncated: MessageFrame.bsmFrame.pos.long (bit 131)")


def test_a_value_outside_its_range_is_marked_and_placed(recorded):
    octets = bytearray(recorded["BSM"].octets)
    octets[12:16] = b"\xff" * 4  # latitude is bits 100 to 130
    explanation = explain(bytes(octets), "csae53_2020")
    check_cover(explanation, octets)
    (row,) = [row for row in explanation.rows if row.path.endswith("pos.lat")]
    assert "outside -900000000..900000001" in row.meaning
    assert (explanation.error.kind, explanation.error.bit) == ("out_of_range", row.offset)


def test_what_follows_a_message_is_named(recorded):
    octets = recorded["BSM"].octets + b"\0\1"
    explanation = explain(octets, "csae53_2020")
    check_cover(explanation, octets)
    assert explanation.rows[-1].meaning == "2 octets behind the value"
    assert explanation.error.kind == "trailing"
    zeros = recorded["BSM"].octets + b"\0\0"
    assert explain(zeros, "csae53_2020", lenient=True).error is None


def test_additions_of_a_later_edition_are_named():
    message = random_message(Random(3), "MAP", "csae157_2020")
    for node in message.body["nodes"]:
        node.pop("inLinks", None)
    message.body["nodes"][0]["prohibitedzone"] = {}
    octets = encode(message)
    explanation = explain(octets, "ydt3709_2020")
    check_cover(explanation, octets)
    assert explanation.error is None
    unknown = [row for row in explanation.rows if row.part == "unknown"]
    assert unknown
    assert unknown[0].meaning == "of a later edition"
    assert "[addition 1]" in unknown[-1].path


def test_unknown_day2_messages_are_octets():
    octets = bytes.fromhex("8006001c03010203")
    explanation = explain(octets, "csae157_2020")
    check_cover(explanation, octets)
    assert explanation.error is None
    assert explanation.message.kind == "UNKNOWN"
    assert [row.meaning for row in explanation.rows if row.path.endswith("messageId")] == ["28"]


@settings(max_examples=150)
@given(data=st.binary(max_size=200), profile=st.sampled_from(PROFILES))
def test_any_octets_have_rows(data, profile):
    explanation = explain(data, profile)
    check_cover(explanation, data)
    assert (explanation.message is None) == (explanation.error is not None)
    assert "".join(explanation_lines(explanation)).isprintable()


def test_changed_messages_agree_with_the_decoder():
    """The walker refuses what the decoder refuses, but for encodings that are not canonical."""
    rng = Random(11)
    for _ in range(1500):
        profile = rng.choice(PROFILES)
        octets = bytearray(encode(random_message(rng, rng.choice(kinds_of(profile)), profile)))
        for _ in range(rng.randint(0, 3)):
            octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        octets = bytes(octets)
        explanation = explain(octets, profile)
        check_cover(explanation, octets)
        try:
            message = decode_as(profile, octets)
        except CodecError:
            assert explanation.error is not None
            continue
        if explanation.error is not None:
            assert encode(message) != octets
        else:
            assert explanation.message == message


# Frames


def sealed(message: bytes, **header) -> bytes:
    """A signed message by no key: its signature is zeros."""
    return coer.encode(
        "V2XSecData",
        {
            "protocolVersion": 3,
            "content": (
                "signedData",
                {
                    "hashId": "sm3",
                    "tbsData": {
                        "payload": {"data": {"protocolVersion": 3, "content": ("unsecuredData", message)}},
                        "headerInfo": {"aid": 111, **header},
                    },
                    "signer": ("digest", bytes(range(8))),
                    "signature": ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)}),
                },
            ),
        },
    )


def test_a_frame_with_a_bare_message(recorded):
    octets = DsmpFrame(111, recorded["BSM"].octets).render()
    explanation = explain_frame(octets, "csae53_2020")
    check_cover(explanation, octets)
    assert [row.path for row in explanation.rows[:6]] == [
        "DSMP.protocolType", "DSMP.version", "DSMP.extension", "DSMP.reserved", "DSMP.aid", "DSMP.length",
    ]  # fmt: skip
    assert explanation.rows[4].meaning == "111 (vehicle, periodic)"
    assert explanation.message.kind == "BSM"
    assert explanation.rows[6].offset == 40


def test_a_signed_frame(recorded):
    octets = DsmpFrame(3618, sealed(recorded["MAP"].octets, generationTime=500_000_000_000_000)).render()
    explanation = explain_frame(octets)
    check_cover(explanation, octets)
    assert (explanation.profile, explanation.message.kind, explanation.error) == ("csae53_2020", "MAP", None)
    said = {row.path: row.meaning for row in explanation.rows}
    header = "V2XSecData.content.signedData.tbsData.headerInfo"
    assert said[f"{header}.aid"] == "111 (vehicle, periodic)"
    assert said[f"{header}.generationTime"].endswith("(2019-11-05 00:53:20.000 UTC)")
    assert said["V2XSecData.content.signedData.signer.digest"] == "0001020304050607"
    assert said["V2XSecData.content.signedData.hashId"] == "2: sm3"
    assert "MessageFrame.mapFrame.msgCnt" in said


def test_broken_frames_have_rows_and_an_error(recorded):
    good = DsmpFrame(111, sealed(recorded["BSM"].octets)).render()
    for size in range(len(good)):
        explanation = explain_frame(good[:size])
        check_cover(explanation, good[:size])
        assert explanation.error is not None
    rng = Random(2)
    for _ in range(400):
        octets = bytearray(good)
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        check_cover(explain_frame(octets), octets)


def test_an_encrypted_frame_says_so():
    secured = {
        "protocolVersion": 3,
        "content": (
            "encryptedData",
            {
                "recipients": [("pskRecipInfo", bytes(8))],
                "ciphertext": ("sm4Ccm", {"nonce": bytes(12), "ccmCiphertext": b"abc"}),
            },
        ),
    }
    octets = DsmpFrame(111, coer.encode("V2XSecData", secured)).render()
    explanation = explain_frame(octets)
    check_cover(explanation, octets)
    assert explanation.error.kind == "unsupported"
    assert explanation.profile is None


def test_a_real_certificate():
    document = json.loads((inspect.Path(__file__).parents[1] / "data" / "security.json").read_text("utf-8"))
    octets = bytes.fromhex(document["trcla_certificate"]["hex"])
    found = coer_rows("Certificate", octets)
    check_cover(found, octets)
    assert found.error is None
    said = {row.path: row.meaning for row in found.rows}
    assert said["Certificate.toBeSigned.id.name"] == '"v2x.caict.ac.cn"'
    assert "2020" in said["Certificate.toBeSigned.validityPeriod.start"]


@settings(max_examples=100)
@given(data=st.binary(max_size=150), kind=st.sampled_from(["V2XSecData", "Certificate", "CrlContents"]))
def test_any_octets_have_coer_rows(data, kind):
    found = coer_rows(kind, data)
    check_cover(found, data)
    try:
        coer.decode(kind, data)
    except CodecError:
        assert found.error is not None
    else:
        assert found.error is None


# The command


def run(*arguments, data=b""):
    result = CliRunner().invoke(app, ["explain", *arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_the_command_prints_a_table(recorded):
    status, text = run(data=recorded["BSM"].octets.hex())
    lines = text.splitlines()
    assert status == 0
    assert lines[0] == "# BSM by csae157_2020, 688 bits in 88 rows"
    assert lines[1].split() == ["bit", "width", "path", "raw", "meaning"]
    assert any(line.split()[2:3] == ["bsmFrame.speed"] and line.endswith("0.00 m/s") for line in lines)


def test_the_command_reads_octets_hex_and_captures(recorded, tmp_path):
    octets = recorded["SPAT"].octets
    (tmp_path / "one.bin").write_bytes(octets)
    with (tmp_path / "one.pcap").open("wb") as stream:
        write_pcap(stream, [(1.0, DsmpFrame(3619, octets).render())])
    assert run(str(tmp_path / "one.bin"))[1].startswith("# SPAT by csae157_2020")
    status, text = run("--profile", "csae53_2020", str(tmp_path / "one.pcap"))
    assert status == 0
    assert "DSMP.aid" in text
    assert text.startswith("# SPAT by csae53_2020")


def test_json_and_errors(recorded):
    status, text = run("--json", data=recorded["BSM"].octets[:9].hex() + "\nxyz # no hex\n")
    first, second = (json.loads(line) for line in text.splitlines())
    assert status == 1
    assert (first["message"], first["error"]["kind"]) == (None, "truncated")
    assert first["rows"][1]["meaning"] == "0: bsmFrame"
    assert second["error"]["reason"] == "the line is no even number of hexadecimal digits"
    assert run("--input", "hex", data="")[0] == 2
    assert run("/nowhere")[0] == 2
