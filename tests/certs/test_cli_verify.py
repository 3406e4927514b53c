"""``v2x verify`` as a user meets it: frames of hex, captures and pipes in, one verdict each out."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from v2x.certs import pki
from v2x.cli.instant import instant_of, iso_utc
from v2x.cli.verify import verify
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.pcap import write_pcap
from v2x.codecs.pcapng import write_pcapng

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_800_000_000.0
BSM = b"\x00" * 40

app = typer.Typer()
app.command("verify")(verify)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verify") / "pki"
    pki.init(path, vehicles=2, at=AT)
    return path


@pytest.fixture(scope="module")
def frames(folder: Path) -> list[bytes]:
    """Five of one vehicle, the first with its certificate, 100 ms from one to the next."""
    signer = pki.load_signer(folder, "vehicle-01")
    return [DsmpFrame(111, signer.seal(BSM + bytes((n,)), 111, AT + n / 10)).render() for n in range(5)]


def run(folder: Path, *arguments: str | Path, data: bytes | str = b"") -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, ["--trust", str(folder), *map(str, arguments)], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def lines(frames: list[bytes]) -> str:
    return "".join(f"{frame.hex()}\n" for frame in frames)


def test_frames_are_judged_and_certificates_learned(folder: Path, frames: list[bytes]) -> None:
    status, rows = run(folder, "--at", str(AT + 0.4), data=lines(frames))
    assert status == 0
    assert [row["verdict"] for row in rows] == ["accepted"] * 5
    signer = pki.load_signer(folder, "vehicle-01").hashed_id8
    assert rows[1] == {
        "verdict": "accepted",
        "aid": 111,
        "signer": signer,
        "generation_time": "2027-01-15T08:00:00.100000Z",
        "payload": (BSM + b"\x01").hex(),
    }


def test_what_comes_before_its_certificate_waits_for_it(folder: Path, frames: list[bytes]) -> None:
    other = pki.load_signer(folder, "vehicle-02")
    other.seal(BSM, 111, AT)
    unknown = DsmpFrame(111, other.seal(BSM, 111, AT + 0.1)).render()
    shown = [frames[1], unknown, frames[2], frames[1], b"\x03", frames[0], frames[3]]
    status, rows = run(folder, "--at", str(AT + 0.3), data=lines(shown))
    assert status == 0
    assert [row.get("reason") for row in rows] == [
        None, "unknown_signer", None, "replayed", "version", None, None]  # fmt: skip
    assert [row.get("payload", "")[-2:] for row in rows] == ["01", "", "02", "", "", "00", "03"]
    many = [frames[1]] * 12 + [frames[0]]
    _, rows = run(folder, "--at", str(AT + 0.1), data=lines(many))
    assert [row.get("reason") for row in rows] == [None, *["replayed"] * 11, None]


def test_waiting_ends_in_the_time_of_the_capture(folder: Path, frames: list[bytes]) -> None:
    stream = io.BytesIO()
    write_pcap(stream, [(AT + 0.1, frames[1]), (AT + 0.5, frames[2]), (AT + 0.75, frames[0])])
    _, rows = run(folder, data=stream.getvalue())
    assert [row.get("reason") for row in rows] == ["unknown_signer", None, None]


def test_what_is_held_back_has_a_limit(
    folder: Path, frames: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("v2x.cli.verify.HELD_LIMIT", 3)
    shown = [frames[1], *[b"\x03"] * 5, frames[2], frames[0], frames[3]]
    _, rows = run(folder, "--at", str(AT + 0.3), data=lines(shown))
    assert [row.get("reason") for row in rows] == ["unknown_signer", *["version"] * 5, None, None, None]


def test_drops_name_stage_and_reason(folder: Path, frames: list[bytes]) -> None:
    damaged = frames[0][:-1] + bytes((frames[0][-1] ^ 1,))
    old = pki.load_signer(folder, pki.EXPIRED, enforce=False)
    expired = DsmpFrame(111, old.seal(BSM, 111, AT)).render()
    shown = [damaged, frames[0], frames[0], expired, b"\x04\x00\x05\x00\x00", b"\x03\x00"]
    status, rows = run(folder, "--at", str(AT), data=lines(shown))
    assert status == 0
    assert [(row.get("stage"), row.get("reason")) for row in rows] == [
        ("signature", "bad_signature"),
        (None, None),
        ("replay", "replayed"),
        ("signer", "certificate_invalid"),
        ("frame", "unknown_aid"),
        ("frame", "version"),
    ]
    assert all(row["detail"] for row in rows if row["verdict"] == "dropped")
    status, rows = run(folder, "--at", str(AT + 60), data=lines(frames[:1]))
    assert (status, rows[0]["reason"]) == (0, "stale")


def test_broken_lines_lose_nothing(folder: Path, frames: list[bytes]) -> None:
    text = f"# one\n{frames[0].hex()}\nzz\n\n{frames[1].hex()} # two\nabc\n"
    status, rows = run(folder, "--at", str(AT), data=text)
    assert status == 2
    assert [row.get("verdict") for row in rows] == ["accepted", None, "accepted", None]
    assert rows[1]["error"]["line"] == 3
    assert rows[3]["error"]["line"] == 6
    assert "hexadecimal" in rows[1]["error"]["reason"]


@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_a_capture_brings_its_own_time(folder: Path, frames: list[bytes], write: Any, tmp_path: Path) -> None:
    stream = io.BytesIO()
    stamps = [AT + n / 10 for n in range(4)] + [AT + 3600.0]
    write(stream, zip(stamps, frames, strict=True))
    path = tmp_path / "capture"
    path.write_bytes(stream.getvalue())
    for arguments, data in (((path,), b""), (("-",), stream.getvalue()), (("--input", "pcap", path), b"")):
        status, rows = run(folder, *arguments, data=data)
        assert status == 0
        assert [row.get("reason") for row in rows] == [None] * 4 + ["stale"]
    status, rows = run(folder, path, "--at", str(AT + 0.2))
    assert [row["verdict"] for row in rows] == ["accepted"] * 5
    path.write_bytes(stream.getvalue()[:-10])
    status, rows = run(folder, path)
    assert status == 2
    assert [row.get("verdict") for row in rows] == ["accepted"] * 4 + [None]
    assert rows[4]["error"]["packet"] == 5
    other = io.BytesIO()
    write(other, [(AT, frames[0])], 1)
    status, rows = run(folder, "-", data=other.getvalue())
    assert (status, rows[0]["error"]["packet"]) == (2, 1)


def test_bare_secured_messages(folder: Path, frames: list[bytes]) -> None:
    spdu = DsmpFrame.parse(frames[0]).payload
    assert run(folder, "--at", str(AT), data=spdu.hex())[1][0]["aid"] == 111
    assert run(folder, "--at", str(AT), data=spdu)[1][0]["verdict"] == "accepted"  # one, in octets
    assert run(folder, "--at", str(AT), data=frames[0])[1][0]["verdict"] == "accepted"
    assert run(folder, "--at", str(AT), "--layer", "spdu", data=spdu.hex())[1][0]["verdict"] == "accepted"
    (row,) = run(folder, "--at", str(AT), "--layer", "frame", data=spdu.hex())[1]
    assert (row["stage"], row["reason"]) == ("frame", "version")
    (row,) = run(folder, "--at", str(AT), "--layer", "spdu", data=frames[0].hex())[1]
    assert (row["stage"], row["reason"]) == ("envelope", "unsupported")
    (row,) = run(folder, "--at", str(AT), data="038003010203")[1]
    assert (row["stage"], row["reason"]) == ("envelope", "unsupported")


def test_certificates_known_beforehand(folder: Path, frames: list[bytes]) -> None:
    status, rows = run(folder, "--at", str(AT), data=frames[1].hex())
    assert (status, rows[0]["reason"]) == (0, "unknown_signer")
    path = folder / "signers" / "vehicle-01.TEST.coer"
    assert (
        run(folder, "--at", str(AT), "--certificate", path, data=frames[1].hex())[1][0]["verdict"]
        == "accepted"
    )


def test_what_can_not_be_read(folder: Path, frames: list[bytes], tmp_path: Path) -> None:
    assert run(folder, tmp_path / "none") == (2, [])
    assert run(tmp_path, data=lines(frames)) == (2, [])
    assert run(folder, "--at", "soon", data=lines(frames)) == (2, [])
    assert run(folder, data=b"") == (0, [])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), max_size=4))
def test_any_hex_gives_one_object_a_line(folder: Path, given_frames: list[bytes]) -> None:
    status, rows = run(folder, "--at", str(AT), "--input", "hex", data=lines(given_frames))
    assert status == 0
    assert [row["verdict"] for row in rows] == ["dropped"] * len(given_frames)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_input_ends_with_a_status(folder: Path, data: bytes) -> None:
    status, _ = run(folder, "--at", str(AT), data=data)
    assert status in (0, 2)


@given(st.floats(0, 253_402_300_799))
def test_instants_go_there_and_back(at: float) -> None:
    assert instant_of(iso_utc(at)) == pytest.approx(at, abs=2e-6, rel=1e-12)
    assert instant_of(repr(at)) == at


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "2027-13-01", "1e300"])
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        instant_of(text)
