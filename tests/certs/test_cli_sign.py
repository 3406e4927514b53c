"""``v2x sign`` as a user meets it: payloads in, signed frames out, which `v2x verify` believes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from v2x.certs import Verifier, pki, spdu
from v2x.cli.sign import sign
from v2x.codecs.dsmp import DsmpFrame

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_800_000_000.0
TIME = "2027-01-15T08:00:00Z"  # the same instant

app = typer.Typer()
app.command("sign")(sign)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sign") / "pki"
    pki.init(path, vehicles=1, at=AT)
    return path


def run(
    folder: Path, *arguments: str, data: bytes | str, signer: str = "vehicle-01"
) -> tuple[int, list[str]]:
    fixed = ["--trust", str(folder), "--signer", signer, "--aid", "111", "--at", TIME]
    result = CliRunner().invoke(app, [*fixed, *arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout.splitlines()


def has_certificate(octets: bytes) -> bool:
    message = spdu.parse(octets)
    assert isinstance(message, spdu.SignedMessage)
    return message.certificate is not None


def test_what_is_signed_is_believed(folder: Path) -> None:
    status, lines = run(folder, data="0102\n# nothing\n0304 # two\n")
    assert (status, len(lines)) == (0, 2)
    verifier = Verifier(pki.load_trust(folder))
    units = [DsmpFrame.parse(bytes.fromhex(line)) for line in lines]
    assert [verifier.open(unit, AT).data for unit in units] == [b"\x01\x02", b"\x03\x04"]
    assert [has_certificate(unit.payload) for unit in units] == [True, False]


def test_the_signer_is_named_as_asked(folder: Path) -> None:
    for option, wanted in (("--digest", False), ("--certificate", True)):
        status, lines = run(folder, option, "--spdu", data="0102\n0304\n0506\n")
        assert status == 0
        assert [has_certificate(bytes.fromhex(line)) for line in lines] == [wanted] * 3


def test_one_payload_in_octets(folder: Path) -> None:
    (line,) = run(folder, "--spdu", data=b"\x00\x01\xff")[1]
    message = spdu.parse(bytes.fromhex(line))
    assert isinstance(message, spdu.SignedMessage)
    assert message.payload == b"\x00\x01\xff"
    (line,) = run(folder, "--spdu", "--input", "bin", data=b"1234")[1]
    assert b"1234".hex() in line


def test_what_can_not_be_signed_stands_in_its_place(folder: Path) -> None:
    status, lines = run(folder, data=f"01\nxyz\n{'00' * 1400}\n02\n")
    assert status == 1
    errors = [json.loads(line)["error"] for line in lines if line.startswith("{")]
    assert [error["line"] for error in errors] == [2, 3]
    assert "too_long" in errors[1]["reason"] or "1400" in errors[1]["reason"]
    assert not lines[0].startswith("{")
    assert not lines[3].startswith("{")


def test_a_certificate_limits_its_holder(folder: Path) -> None:
    status, lines = run(folder, data="01\n", signer=pki.EXPIRED)
    assert status == 1
    assert "expired" in json.loads(lines[0])["error"]["reason"]
    status, lines = run(folder, "--force", data="01\n", signer=pki.EXPIRED)
    assert (status, len(lines)) == (0, 1)
    status, lines = run(folder, "--aid", "3618", data="01\n")
    assert status == 1
    assert "3618" in json.loads(lines[0])["error"]["reason"]


def test_unusable_arguments_end_with_2(folder: Path, tmp_path: Path) -> None:
    assert run(folder, data="01", signer="nobody") == (2, [])
    assert run(tmp_path, data="01") == (2, [])
    assert run(folder, "--aid", "999999999999", data="01") == (2, [])
    assert run(folder, "--at", "1990-01-01", data="01") == (2, [])
    assert run(folder, "--input", "pcap", data="01") == (2, [])
    assert run(folder, str(tmp_path / "none"), data="") == (2, [])


def test_no_key_is_ever_written(folder: Path) -> None:
    from v2x.certs.pki_files import load_holder, read_index, secret_of

    key = load_holder(folder, read_index(folder), "vehicle-01", secret_of(folder, None)).private_key.hex()
    for data in ("0102\n", "xyz\n"):
        assert key not in "".join(run(folder, data=data)[1])
