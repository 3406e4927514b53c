"""``v2x cert show`` and ``v2x cert check`` as a user meets them: all objects, exit status, reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from v2x.certs import pki, sm2
from v2x.certs.crl_make import CrlIssue, hash_crl, seal_crl
from v2x.certs.issue import Template, issue
from v2x.certs.lists import RootList
from v2x.certs.request import make
from v2x.cli.cert import app
from v2x.codecs.dsmp import DsmpFrame
from v2x.scenarios.attack_world import RUN_AT, Bench

AT = 1_800_000_000.0
TIME = "2027-01-15T08:00:00Z"  # the same instant
LATER = "2027-02-15T08:00:00Z"
REAL = json.loads((Path(__file__).parents[1] / "data" / "security.json").read_text())["trcla_certificate"]
FIELDS = {"kind", "issuer", "hashed_id8", "sm3", "validity", "permissions", "region"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cert") / "pki"
    pki.init(path, vehicles=1, at=AT)
    return path


@pytest.fixture(scope="module")
def vehicle(folder: Path) -> Path:
    return folder / "signers" / "vehicle-01.TEST.coer"


def run(*arguments: str | Path, data: bytes = b"") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def checked(
    folder: Path, what: str | Path, *more: str | Path, data: bytes = b""
) -> tuple[int, dict[str, Any]]:
    status, out, _ = run("check", what, "--trust", folder, *more, data=data)
    return status, json.loads(out)


def test_show_takes_octets_hex_and_standard_input(tmp_path: Path) -> None:
    octets = bytes.fromhex(REAL["hex"])
    (tmp_path / "raw").write_bytes(octets)
    (tmp_path / "hex").write_text(f"# a real one\n{REAL['hex'][:90]}  # cut\n{REAL['hex'][90:]}\n")
    shown = [
        run("show", "--json", tmp_path / "raw"),
        run("show", "--json", tmp_path / "hex"),
        run("show", "--json", REAL["hex"]),
        run("show", "--json", "-", data=octets),
        run("show", "--json", "-", data=REAL["hex"].encode()),
    ]
    assert {status for status, _, _ in shown} == {0}
    (out,) = {out for _, out, _ in shown}
    facts = json.loads(out)
    assert set(facts) >= FIELDS
    assert (facts["sm3"], facts["hashed_id8"]) == (REAL["sm3"], REAL["hashedId8"])


def test_show_in_words(vehicle: Path) -> None:
    status, out, _ = run("show", vehicle)
    assert status == 0
    assert out.startswith("certificate (end entity), ")
    assert "AID 111 vehicle, periodic" in out


def test_show_names_the_fault(tmp_path: Path) -> None:
    status, out, err = run("show", REAL["hex"][:100])
    assert (status, out) == (1, "")
    assert "Certificate." in err
    (tmp_path / "text").write_text("-----BEGIN PRIVATE KEY-----\nabc\n")
    (tmp_path / "empty").write_bytes(b"")
    for wrong in (tmp_path / "none", tmp_path / "text", tmp_path / "empty", tmp_path, "xyz"):
        status, out, err = run("show", wrong)
        assert (status, out) == (2, "")
        assert "abc" not in err


def test_a_certificate_is_checked(folder: Path, vehicle: Path) -> None:
    status, verdict = checked(folder, vehicle, "--at", TIME)
    assert (status, verdict["verdict"]) == (0, "accepted")
    assert verdict["chain"][0] == verdict["signer"]
    assert len(verdict["chain"]) >= 3
    assert verdict["checked_at"] == "2027-01-15T08:00:00.000000Z"
    assert checked(folder, vehicle, "--at", str(AT))[0] == 0
    assert checked(folder, vehicle, "--at", "2027-01-15T16:00:00+08:00")[0] == 0
    for instant, word in ((LATER, "expired"), ("2020-01-01", "not yet valid")):
        status, verdict = checked(folder, vehicle, "--at", instant)
        assert (status, verdict["reason"]) == (1, "signer/certificate_invalid")
        assert word in verdict["detail"]


def test_a_certificate_is_refused_with_the_reason(folder: Path, vehicle: Path) -> None:
    octets = vehicle.read_bytes()
    damaged = octets[:-1] + bytes((octets[-1] ^ 1,))
    for what, reason, word in (
        (REAL["hex"], "signer/certificate_invalid", "root"),
        (damaged.hex(), "signer/certificate_invalid", "signature"),
        (octets[:-1].hex(), "envelope/malformed", "Certificate"),
        ("ff", "envelope/malformed", ""),
    ):
        status, verdict = checked(folder, what, "--at", TIME)
        assert (status, verdict["verdict"], verdict["reason"]) == (1, "refused", reason)
        assert word in verdict["detail"]


def test_a_revoked_certificate(tmp_path: Path, folder: Path, vehicle: Path) -> None:
    id10 = json.loads(run("show", "--json", vehicle)[1])["hashed_id10"]
    trust = tmp_path / "trust"
    for part in ("roots", "authorities"):
        (trust / part).mkdir(parents=True)
        for path in (folder / part).iterdir():
            (trust / part / path.name).write_bytes(path.read_bytes())
    assert checked(trust, vehicle, "--at", TIME)[0] == 0  # a directory without an index will do
    (trust / "revoked.txt").write_text(id10 + "\n")
    status, verdict = checked(trust, vehicle, "--at", TIME)
    assert (status, verdict["reason"]) == (1, "signer/revoked")


def test_messages_are_checked_as_a_receiver_does(folder: Path, vehicle: Path) -> None:
    signer = pki.load_signer(folder, "vehicle-01")
    whole, short = (signer.seal(b"\x00" * 40, 111, AT + step) for step in (0.0, 0.1))
    status, verdict = checked(folder, whole.hex(), "--at", TIME)
    assert (status, verdict["object"], verdict["aid"]) == (0, "signed message", 111)
    assert verdict["payload"] == "00" * 40
    assert checked(folder, DsmpFrame(111, whole).render().hex(), "--at", TIME)[0] == 0
    status, verdict = checked(folder, whole.hex(), "--at", LATER)
    assert (status, verdict["reason"]) == (1, "time/stale")
    status, verdict = checked(folder, short.hex(), "--at", TIME)
    assert (status, verdict["reason"]) == (1, "signer/unknown_signer")
    assert checked(folder, short.hex(), "--at", TIME, "--certificate", vehicle)[0] == 0
    status, verdict = checked(folder, DsmpFrame(112, whole).render().hex(), "--at", TIME)
    assert verdict["reason"] == "envelope/aid_mismatch"
    assert checked(folder, "0400", "--at", TIME)[1]["reason"] == "frame/length"


def test_trust_lists_are_checked(folder: Path, world: Any) -> None:
    own = world.root
    dates = {"series": 1, "issued_at": AT - 60.0, "next_at": AT + 86400.0}
    made = RootList.make([(own.certificate, None)], own.certificate, own.sign, **dates)
    status, verdict = checked(folder, made.octets.hex(), "--at", TIME)
    assert (status, verdict["reason"]) == (1, "signer/unknown_signer")
    authority = ("--authority", own.certificate.octets.hex())
    status, verdict = checked(folder, made.octets.hex(), "--at", TIME, *authority)
    assert (status, verdict["reason"]) == (1, "signer/not_permitted")  # it has no AID 3627


def test_a_trust_list_of_its_authority(tmp_path: Path, folder: Path, world: Any) -> None:
    signs = issue(Template(AT - 3600.0, ("years", 5), "lists", (3627,)), None)
    dates = {"series": 1, "issued_at": AT - 60.0, "next_at": AT + 86400.0}
    made = RootList.make([(world.root.certificate, None)], signs.certificate, signs.sign, **dates)
    (tmp_path / "trcl").write_bytes(made.octets)
    (tmp_path / "authority").write_bytes(signs.certificate.octets)
    more = ("--authority", tmp_path / "authority")
    status, verdict = checked(folder, tmp_path / "trcl", *more, "--at", TIME)
    assert (status, verdict["entries"], verdict["signer"]) == (0, 1, signs.certificate.hashed_id8.hex())
    status, verdict = checked(folder, tmp_path / "trcl", *more, "--at", LATER)
    assert (status, verdict["reason"]) == (1, "time/stale")
    damaged = made.octets[:-1] + bytes((made.octets[-1] ^ 1,))
    assert checked(folder, damaged.hex(), *more, "--at", TIME)[1]["reason"] == "signature/bad_signature"
    assert run("check", damaged.hex(), "--trust", folder, "--authority", "00")[0] == 2


def test_revocation_lists_are_checked(folder: Path) -> None:
    signer = pki.load_signer(folder, "vehicle-01", enforce=False)
    contents = hash_crl(CrlIssue(bytes(8), 0, AT - 60.0, AT + 60.0), 1, [])
    status, verdict = checked(folder, contents.hex(), "--at", TIME)
    assert (status, verdict["reason"]) == (1, "envelope/unsupported")
    status, verdict = checked(folder, seal_crl(contents, signer, AT).hex(), "--at", TIME)
    assert (status, verdict["reason"]) == (1, "signer/not_permitted")


def test_a_believed_revocation_list(tmp_path: Path) -> None:
    bench = Bench.make(tmp_path / "trust")
    for number, series in (("01", 0), ("02", 1)):
        path = bench.folder / "crls" / f"{number}.TEST.coer"
        status, verdict = checked(bench.folder, path, "--at", str(RUN_AT))
        assert (status, verdict["object"], verdict["series"]) == (0, "revocation list", series)
        assert verdict["signer"] == bench.world.revoker.certificate.hashed_id8.hex()
        assert verdict["overdue"] is False
        assert checked(bench.folder, path, "--at", str(RUN_AT + 2 * 86400))[1]["overdue"] is True
        status, verdict = checked(bench.folder, path, "--at", str(RUN_AT - 86400))
        assert (status, verdict["reason"]) == (1, "time/future")
    revoked = bench.revoked.certificate.octets.hex()
    assert checked(bench.folder, revoked, "--at", str(RUN_AT))[1]["reason"] == "signer/revoked"


def test_a_request_is_checked(folder: Path) -> None:
    key = sm2.generate()

    def sign(octets: bytes) -> bytes:
        return sm2.sign(key, octets, sm2.DEFAULT_ID)

    octets = make(Template(AT, ("hours", 168), "car", (111,)), sm2.public_point(key), sign, AT)
    status, verdict = checked(folder, octets.hex(), "--at", TIME)
    assert (status, verdict["object"], verdict["aids"]) == (0, "certificate request", [111])
    damaged = octets[:-1] + bytes((octets[-1] ^ 1,))
    assert checked(folder, damaged.hex(), "--at", TIME)[1]["reason"] == "signature/bad_signature"


def test_unusable_arguments_end_with_2(folder: Path, vehicle: Path, tmp_path: Path) -> None:
    assert run("check", vehicle)[0] == 2
    assert run("check", vehicle, "--trust", tmp_path)[0] == 2
    assert run("check", vehicle, "--trust", folder, "--at", "yesterday")[0] == 2
    assert run("check", vehicle, "--trust", folder, "--at", "nan")[0] == 2
    assert run("check", vehicle, "--trust", folder, "--certificate", "00")[0] == 2
