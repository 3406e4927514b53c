"""The openssl program as an independent authority: it verifies what we sign, and we what it signs."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from v2x.certs import sm2, spdu
from v2x.certs.keys import read_key, write_key

PROGRAM = shutil.which("openssl")
pytestmark = [
    pytest.mark.counterpart("openssl"),
    pytest.mark.skipif(PROGRAM is None, reason="needs the openssl program (apt-get install openssl)"),
]

AT = 1_800_000_000.0
VECTOR = {
    name: bytes.fromhex(value)
    for name, value in json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())[
        "sm2_message_signature_vector"
    ].items()
}
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROGRAM is not None
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=20, check=False
    )


def verifies(folder: Path, point: bytes, message: bytes, signature: bytes, user_id: str) -> bool:
    body = base64.encodebytes(SPKI + sm2.decompress(point)).decode()
    (folder / "pub.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n")
    (folder / "message.bin").write_bytes(message)
    (folder / "signature.der").write_bytes(sm2.raw_to_der(signature))
    done = openssl(
        "dgst", "-sm3", "-verify", folder / "pub.pem", "-sigopt", user_id,
        "-signature", folder / "signature.der", folder / "message.bin",
    )  # fmt: skip
    assert done.stdout.strip() in ("Verified OK", "Verification failure", "Verification Failure"), done
    return done.returncode == 0


def test_it_verifies_the_published_vector(tmp_path: Path) -> None:
    point = b"\x04" + VECTOR["pubX"] + VECTOR["pubY"]
    signature = VECTOR["r"] + VECTOR["s"]
    user_id = "hexdistid:" + VECTOR["signerCertSM3"].hex()
    assert verifies(tmp_path, point, VECTOR["toBeSignedData"], signature, user_id)
    assert not verifies(tmp_path, point, VECTOR["toBeSignedData"], signature, "distid:1234567812345678")


def test_it_verifies_our_messages_and_certificates(world: Any, tmp_path: Path) -> None:
    signer = world.signer()
    message = spdu.parse(signer.seal(b"\x00" * 47, 111, AT))
    assert isinstance(message, spdu.SignedMessage)
    certificate, issuer = signer.certificate, world.pseudonyms.certificate
    user_id = "hexdistid:" + certificate.sm3.hex()
    assert verifies(tmp_path, certificate.point, message.to_be_signed, message.signature, user_id)
    damaged = message.to_be_signed + b"\x00"
    assert not verifies(tmp_path, certificate.point, damaged, message.signature, user_id)
    user_id = "hexdistid:" + issuer.sm3.hex()
    assert verifies(tmp_path, issuer.point, certificate.to_be_signed, certificate.signature, user_id)
    root = world.root.certificate
    assert verifies(tmp_path, root.point, root.to_be_signed, root.signature, "distid:1234567812345678")


def test_we_verify_what_it_signs_with_our_key_file(tmp_path: Path) -> None:
    key, user_id, message = sm2.generate(), sm2.sm3(b"certificate"), b"ToBeSignedData" * 9
    write_key(tmp_path / "key.pem", key, b"f" * 64)
    (tmp_path / "message.bin").write_bytes(message)
    done = openssl(
        "dgst", "-sm3", "-sign", tmp_path / "key.pem", "-passin", "pass:" + "f" * 64,
        "-sigopt", f"hexdistid:{user_id.hex()}", "-out", tmp_path / "signature.der", tmp_path / "message.bin",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    signature = sm2.raw_from_der((tmp_path / "signature.der").read_bytes())
    point = sm2.public_point(key)
    assert sm2.verify(point, message, signature, user_id)
    assert not sm2.verify(point, message, signature, sm2.DEFAULT_ID)


def test_we_read_its_key_files(tmp_path: Path) -> None:
    path = tmp_path / "its.pem"
    for arguments in (
        ("ecparam", "-genkey", "-name", "SM2", "-noout", "-out", tmp_path / "pkcs8.pem"),
        ("ec", "-in", tmp_path / "pkcs8.pem", "-out", path),
    ):
        done = openssl(*arguments)
        assert done.returncode == 0, done.stderr
    key = read_key(path)
    public = openssl("ec", "-in", path, "-pubout", "-outform", "DER", "-out", tmp_path / "pub.der")
    assert public.returncode == 0, public.stderr
    assert (tmp_path / "pub.der").read_bytes()[-65:] == sm2.public_point(key)
