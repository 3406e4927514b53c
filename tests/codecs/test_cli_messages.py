"""``v2x decode`` and ``v2x encode`` as a user meets them: lines in, lines out, and the exit status."""

from __future__ import annotations

import functools
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import typer
from typer.testing import CliRunner

from v2x.cli import inputs, messages
from v2x.codecs import coer, decode, encode
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.jer import to_jer
from v2x.codecs.pcap import write_pcap
from v2x.codecs.pcapng import write_pcapng
from v2x.testing import random_message

ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer()
app.command("decode")(messages.decode)
app.command("encode")(messages.encode)


def run(*arguments: str, data: bytes | str = b"") -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, arguments, input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout.splitlines()


def rows(*arguments: str, data: bytes | str = b"") -> tuple[int, list[dict]]:
    status, lines = run(*arguments, data=data)
    return status, [json.loads(line) for line in lines]


def test_a_map_is_told_by_its_profile(recorded):
    status, (row,) = rows("decode", data=recorded["MAP"].octets.hex())
    assert status == 0
    assert list(row) == ["profile", "profiles", "message", "value"]
    assert (row["profile"], row["profiles"], row["message"]) == ("csae53_2020", ["csae53_2020"], "MAP")
    assert row["value"] == to_jer(decode(recorded["MAP"].octets))


def test_all_recorded_go_there_and_back(recorded, tmp_path):
    text = "".join(f"# {f.name}\n\n  {f.octets.hex(' ')}  # {f.kind}\n" for f in recorded.values())
    path = tmp_path / "in.hex"
    path.write_text(text, encoding="ascii")
    for profile in ("auto", "csae53_2020"):
        status, lines = run("decode", "--profile", profile, str(path))
        assert status == 0
        assert [json.loads(line)["message"] for line in lines] == list(recorded)
        status, encoded = run("encode", data="\n".join([*lines, "", ""]))
        assert (status, encoded) == (0, [f.octets.hex() for f in recorded.values()])


def test_the_profile_that_is_asked_for(recorded):
    _, (row,) = rows("decode", "--profile", "ydt3709_2020", data=recorded["SPAT"].octets.hex())
    assert row["profile"] == "ydt3709_2020"
    assert row["profiles"] == ["csae157_2020", "csae53_2020", "ydt3709_2020"]
    status, (row,) = rows("decode", "--profile", "ydt3709_2020", data=recorded["MAP"].octets.hex())
    assert status == 1
    assert row["error"]["kind"] == "trailing"


def test_a_bad_line_is_an_error_and_the_next_goes_on(recorded):
    status, found = rows("decode", data=b"00 2e\nxyz\n0\n\xff\xfe\n" + recorded["RSM"].octets.hex().encode())
    assert status == 1
    assert [row.get("error", {}).get("kind") for row in found] == ["truncated", *["malformed"] * 3, None]
    assert found[0]["error"] == {
        "kind": "truncated",
        "path": "MessageFrame.bsmFrame.msgCnt",
        "bit": 12,
        "reason": "the data end before the value does",
    }


def test_binary_input(recorded):
    assert rows("decode", "--input", "bin", data=recorded["BSM"].octets)[1][0]["message"] == "BSM"
    status, (row,) = rows("decode", "--input", "bin", data=b"")
    assert (status, row["error"]["kind"]) == (1, "truncated")


def test_no_input_is_no_failure():
    assert run("decode") == (0, [])
    assert run("encode") == (0, [])


def capture(*payloads: bytes, link_type: int = 147) -> bytes:
    stream = io.BytesIO()
    frames = [(1605336902.0 + n, DsmpFrame(111, payload).render()) for n, payload in enumerate(payloads)]
    write_pcap(stream, frames, link_type)
    return stream.getvalue()


def secured(payload: bytes) -> bytes:
    return coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("unsecuredData", payload)})


class TestFrames:
    def test_a_capture(self, recorded):
        status, found = rows(
            "decode", "--input", "pcap", data=capture(recorded["BSM"].octets, secured(recorded["RSI"].octets))
        )
        assert status == 0
        assert [row["message"] for row in found] == ["BSM", "RSI"]
        assert found[0]["frame"] == {"aid": 111, "signed": False, "verified": False}

    def test_a_signed_frame_is_opened_and_not_believed(self, recorded):
        signed = signed_message(recorded["MAP"].octets)
        status, (row,) = rows("decode", "--layer", "frame", data=DsmpFrame(3618, signed).render().hex())
        assert status == 0
        assert row["frame"] == {"aid": 3618, "signed": True, "verified": False, "signer": "0102030405060708"}
        assert row["value"] == to_jer(decode(recorded["MAP"].octets))

    def test_the_known_profile_of_a_signer(self, recorded):
        octets = [signed_message(recorded[kind].octets) for kind in ("SPAT", "MAP", "SPAT")]
        _, found = rows("decode", "--input", "pcap", data=capture(*octets))
        assert [row["profile"] for row in found] == ["csae157_2020", "csae53_2020", "csae53_2020"]
        assert found[2]["profiles"] == ["csae157_2020", "csae53_2020", "ydt3709_2020"]

    def test_frames_that_are_none(self):
        status, found = rows("decode", "--layer", "frame", data="04016F0001AA\n006F0001AA\n04006F000103")
        assert status == 1
        assert found[0]["error"]["reason"].startswith("reserved_bits: ")
        assert "adaptation octet" in found[1]["error"]["reason"]
        assert found[2]["error"]["path"].startswith("MessageFrame")

    def test_encrypted_is_unsupported(self):
        octets = coer.encode(
            "V2XSecData", {"protocolVersion": 3, "content": ("signedCertificateRequest", b"1")}
        )
        _, (row,) = rows("decode", "--layer", "frame", data=DsmpFrame(111, octets).render().hex())
        assert row["error"]["kind"] == "unsupported"

    def test_captures_that_are_none(self, recorded):
        whole = capture(recorded["BSM"].octets, recorded["RSM"].octets)
        status, found = rows("decode", "--input", "pcap", data=whole[:-1])
        assert status == 1
        assert (found[0]["message"], found[1]["error"]["path"]) == ("BSM", "pcap")
        _, (row,) = rows("decode", "--input", "pcap", data=capture(b"abc", link_type=1))
        assert "link type 1" in row["error"]["reason"]
        _, (row,) = rows("decode", "--input", "pcap", data=b"\x0a\x0d\x0d\x0a")
        assert row["error"]["kind"] == "truncated"

    def test_a_capture_of_bare_messages(self, recorded):
        stream = io.BytesIO()
        write_pcap(stream, [(0.0, recorded["SPAT"].octets)])
        status, (row,) = rows("decode", "--input", "pcap", "--layer", "message", data=stream.getvalue())
        assert (status, row["message"]) == (0, "SPAT")


def signed_message(payload: bytes) -> bytes:
    """A signed message whose signature is nonsense."""
    inner = {"protocolVersion": 3, "content": ("unsecuredData", payload)}
    signed = {
        "hashId": "sm3",
        "tbsData": {"payload": {"data": inner}, "headerInfo": {"aid": 3618, "generationTime": 1}},
        "signer": ("digest", bytes(range(1, 9))),
        "signature": ("sm2Signature", {"rSig": bytes(32), "sSig": bytes(32)}),
    }
    return coer.encode("V2XSecData", {"protocolVersion": 3, "content": ("signedData", signed)})


class TestEncode:
    def test_just_the_value(self):
        message = random_message(Random(1), "PSM", "csae157_2020")
        status, lines = run("encode", "--profile", "csae157_2020", data=json.dumps(to_jer(message)))
        assert (status, lines) == (0, [encode(message).hex()])

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("[", "no JSON"),
            ("[" * 100000, "no JSON"),
            ("3", "no JSON object"),
            ("{}", "names no profile"),
            ('{"bsmFrame": {}}', "names no profile"),
            ('{"profile": "csae53_2017", "value": {}}', "unknown profile 'csae53_2017'"),
            ('{"profile": [], "value": {}}', "unknown profile []"),
            ('{"profile": "csae53_2020", "value": {"bsmFrame": {}}}', "is missing"),
            ('{"error": {"kind": "truncated"}}', "is an error"),
            ("\xff", "no JSON"),
        ],
    )
    def test_what_has_no_bits(self, line, reason):
        status, (row,) = rows("encode", data=line.encode("latin-1") + b"\n")
        assert status == 1
        assert row["error"]["kind"] == "unencodable"
        assert reason in row["error"]["reason"]

    def test_a_line_whose_name_and_value_differ(self, recorded):
        row = {
            "profile": "csae53_2020",
            "message": "MAP",
            "value": to_jer(decode(recorded["RSM"].octets)),
        }
        _, (found,) = rows("encode", data=json.dumps(row))
        assert "the line says 'MAP', its value is RSM" in found["error"]["reason"]


def test_misuse_is_status_2(tmp_path):
    for arguments in (
        ["decode", str(tmp_path / "none")],
        ["decode", str(tmp_path)],
        ["decode", "--profile", "x"],
    ):
        assert CliRunner().invoke(app, arguments).exit_code == 2


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(inputs, "MAX_LINE_OCTETS", 64)
    status, found = rows("decode", data=b"0" * 1000 + b"\n00\n")
    assert status == 1
    assert [row["error"]["kind"] for row in found] == ["unsupported", "truncated"]


PROGRAM = (
    "import typer; from v2x.cli import messages; app = typer.Typer(); "
    "app.command('decode')(messages.decode); app.command('encode')(messages.encode); app()"
)


def start(*arguments: str) -> subprocess.Popen:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", PROGRAM, *arguments]
    # A runner in the background has interrupts ignored, and children inherit that: give them back.
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=listen)


def test_lines_come_as_they_are_decoded(recorded):
    with start("decode") as process:
        for frame in recorded.values():
            process.stdin.write(frame.octets.hex().encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["message"] == frame.kind
        assert process.communicate()[1] == b""
        assert process.returncode == 0


def test_a_reader_that_goes_away(recorded):
    with start("decode") as process:
        process.stdin.write((recorded["MAP"].octets.hex().encode() + b"\n") * 2)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        with process.stdin as stream:
            stream.write((recorded["MAP"].octets.hex().encode() + b"\n") * 50)
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_ctrl_c_leaves_no_traceback(recorded):
    with start("decode") as process:
        process.stdin.write(recorded["RSM"].octets.hex().encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
        assert b"Traceback" not in process.stderr.read()


def test_a_pcapng_capture(recorded):
    stream = io.BytesIO()
    write_pcapng(stream, [(1.0, DsmpFrame(111, recorded["BSM"].octets).render())])
    for name in ("pcap", "pcapng"):
        status, (row,) = rows("decode", "--input", name, data=stream.getvalue())
        assert (status, row["message"], row["frame"]["aid"]) == (0, "BSM", 111)


def test_what_was_forgiven_is_said(recorded):
    bare = encode(decode(recorded["MAP"].octets, profile="csae53_2020")).hex()
    status, (row,) = rows("decode", "--lenient", data=f"{bare}0000\n".encode())
    assert (status, row["message"]) == (0, "MAP")
    assert row["forgave"] == ["2 zero octets behind the value"]
    status, (row,) = rows("decode", data=f"{bare}0000\n".encode())
    assert (status, row["error"]["kind"]) == (1, "trailing")


def test_every_bit_is_explained(recorded):
    status, lines = run("decode", "--explain", data=recorded["BSM"].octets.hex())
    (latitude,) = [line for line in lines if "bsmFrame.pos.lat" in line]
    assert status == 0
    assert "39.9764645" in latitude
