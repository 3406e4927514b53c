"""A small trusted world for the tests of this room: one root, two authorities, and frames on demand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from v2x.certs import Certificate, Signer, TrustSettings, TrustStore, Verifier, VerifierSettings, pki, spdu
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.clock import to_time64
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, TrustError

AT = 1_800_000_000.0
"""The instant of the tests, POSIX s."""
BSM = bytes.fromhex("0123456789abcdef") * 6
EVERYTHING = (111, 112, 113, 114, *range(3618, 3624), 3627, 3628, 3629)


@dataclass(frozen=True)
class World:
    root: Holder
    pseudonyms: Holder
    applications: Holder
    template: Template

    def holder(self, issuer: Holder | None = None, **changes: Any) -> Holder:
        return issue(replace(self.template, **changes), issuer or self.pseudonyms)

    def signer(self, issuer: Holder | None = None, **changes: Any) -> Signer:
        holder = self.holder(issuer, **changes)
        return Signer(holder.certificate, holder.private_key, enforce=False)

    def store(self, *more: Certificate, settings: TrustSettings | None = None) -> TrustStore:
        authorities = [self.pseudonyms.certificate, self.applications.certificate, *more]
        return TrustStore([self.root.certificate], authorities, settings=settings)

    def verifier(self, *more: Certificate, **changes: Any) -> Verifier:
        return Verifier(self.store(*more), VerifierSettings(**changes))


@pytest.fixture(scope="session")
def world() -> World:
    span = {"starts_at": AT - 86400.0, "duration": ("years", 10)}
    root = issue(Template(**span, name="root", issues=(IssueGroup(EVERYTHING, shortest=2),)), None)
    pseudonyms = issue(Template(**span, name="pca", issues=(IssueGroup((111, 112, 113, 114)),)), root)
    applications = issue(Template(**span, name="aca", issues=(IssueGroup(tuple(range(3618, 3624))),)), root)
    vehicle = Template(AT - 3600, ("hours", 168), app=(111, 112))
    return World(root, pseudonyms, applications, vehicle)


@pytest.fixture
def refusal() -> Any:
    """``refusal(verifier, octets, at, aid)``: the TrustError with which the frame is refused."""

    def refuse(verifier: Verifier, octets: bytes, at: float = AT, aid: int = 111) -> TrustError:
        with pytest.raises(TrustError) as caught:
            verifier.open(DsmpFrame(aid, octets), at)
        assert isinstance(caught.value.reason, Reason)
        assert caught.value.detail
        return caught.value

    return refuse


@pytest.fixture
def handmade() -> Any:
    """``handmade(holder, **changes)``: a signed message with strange parts, honestly signed."""
    from v2x.certs import sm2

    def make(holder: Holder, *, whole: bool = True, **changes: Any) -> bytes:
        header = {"aid": 111, "generationTime": to_time64(AT), **changes.pop("header", {})}
        header = {name: value for name, value in header.items() if value is not None}
        inner = {"protocolVersion": 3, "content": ("unsecuredData", BSM)}
        payload = changes.pop("payload", {"data": inner})
        signed = coer.encode("ToBeSignedData", {"payload": payload, "headerInfo": header})
        signature = sm2.sign(holder.private_key, signed, holder.certificate.sm3)
        signer = ("certificate", [holder.certificate.value])
        if not whole:
            signer = ("digest", holder.certificate.hashed_id8)
        octets = spdu.assemble(signed, changes.pop("signer", signer), signature)
        value = coer.decode("V2XSecData", octets)
        value["content"][1].update(changes)
        return coer.encode("V2XSecData", value)

    return make


SECRET = b"5a" * 32
"""Of the test PKIs of this folder: nothing of it goes into anybody's home."""


@pytest.fixture(scope="session")
def made_box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test PKI of three vehicles, made once; nobody writes into it."""
    path = tmp_path_factory.mktemp("box") / "pki"
    pki.init(path, vehicles=3, at=AT, secret=SECRET)
    return path


@pytest.fixture
def box(made_box: Path, tmp_path: Path) -> Path:
    """A copy of that PKI to write into."""
    return Path(shutil.copytree(made_box, tmp_path / "pki"))
