"""The bench of the attack suite: a trusted world, a foreign one, honest traffic, and ways to send falsehoods.

    trusted root ─┬─ pseudonym authority   ─► honest vehicles, attackers with certificates of their own
                  ├─ application authority
                  └─ revocation authority  ─► a hash list and a linkage list in the trust folder
    foreign root ─── foreign authority     ─► attackers that nobody trusts

Keys live in memory only; what a receiver trusts is written to a folder of the run and loaded from there, as
on a road.  Three honest vehicles send signed BSM at 10 Hz; they are made once and heard in every run.
Simulated: the arrangement and all places and speeds are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from v2x.certs import Signer, TrustStore, sm2, spdu
from v2x.certs.crl_make import CrlIssue, hash_crl, linked_crl, seal_crl
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.certs.linkage import LinkageSeed, RevokedSeeds, linkage_values, period_of
from v2x.clock import to_time64
from v2x.codecs import aids, coer, encode
from v2x.codecs.compose import VehicleReport, compose_bsm
from v2x.codecs.dsmp import DsmpFrame
from v2x.geo import LocalFrame

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HONEST_PERIOD_S", "RUN_AT", "RUN_S", "Bench", "Shot", "World"]

RUN_AT = 1_767_225_600.0
"""The instant at which each run begins in its fake time (2026-01-01 00:00 UTC); nothing depends on it."""

RUN_S = 2.0
"""How long the honest vehicles send: twice the time in which a message is fresh."""

HONEST_PERIOD_S = 0.1
HONEST_VEHICLES = 3
LATENCY_S = 0.02
"""From the generation of a frame to its reception."""

PLACE = (28.0985258, 112.9830304)
PROFILE = "csae53_2020"
VEHICLE_AIDS = (aids.BSM, aids.BSM_EVENT)
PSEUDONYM_AIDS = (*VEHICLE_AIDS, aids.BSM_EMERGENCY, aids.BSM_EMERGENCY_EVENT)
ROADSIDE_AIDS = (aids.MAP, aids.SPAT, aids.RSI_STATIC, aids.RSI_SEMI_STATIC, aids.RSI_DYNAMIC, aids.RSM)
LINKAGE_JS = 20
"""Certificates of a revoked vehicle in one period."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame on the air: the instant of its reception (POSIX s), its octets, the instant it was made."""

    at: float
    octets: bytes
    made_at: float

    @property
    def spdu(self) -> bytes:
        """The secured message inside."""
        return DsmpFrame.parse(self.octets).payload


@dataclass(frozen=True, slots=True)
class World:
    """Holders of all authorities; ``vehicle`` is the certificate template of an honest vehicle."""

    root: Holder
    pseudonyms: Holder
    applications: Holder
    revoker: Holder
    foreign_root: Holder
    foreign: Holder
    vehicle: Template
    seeds: tuple[LinkageSeed, LinkageSeed]

    @classmethod
    def make(cls) -> World:
        """New authorities with new keys."""
        start_at, years = RUN_AT - 30 * 86_400.0, ("years", 10)
        everything = (*PSEUDONYM_AIDS, *ROADSIDE_AIDS, aids.CRL)

        def authority(name: str, issuer: Holder | None, *groups: IssueGroup, **more: Any) -> Holder:
            return issue(Template(start_at, years, f"TEST {name}", issues=groups, **more), issuer)

        management = IssueGroup((aids.CRL,), shortest=1, any_ssp=True)
        roots = [
            authority(name, None, IssueGroup(everything, shortest=2), management)
            for name in ("root", "foreign root")
        ]
        pseudonyms = IssueGroup(PSEUDONYM_AIDS)
        return cls(
            root=roots[0],
            pseudonyms=authority("pseudonym authority", roots[0], pseudonyms),
            applications=authority("application authority", roots[0], IssueGroup(ROADSIDE_AIDS)),
            revoker=issue(Template(start_at, years, "TEST revocations", (aids.CRL,)), roots[0]),
            foreign_root=roots[1],
            foreign=authority("foreign authority", roots[1], pseudonyms),
            vehicle=Template(RUN_AT - 3600.0, ("hours", 168), app=VEHICLE_AIDS),
            seeds=(LinkageSeed(bytes((0, 1)), bytes(range(16))), LinkageSeed(bytes((0, 2)), bytes(16))),
        )

    def linkage_id(self) -> tuple[int, bytes]:
        """Period and linkage value of a certificate of the vehicle that the linkage list revokes."""
        i = period_of(RUN_AT)
        return i, linkage_values(self.seeds, [7])[0]

    def write_trust(self, folder: Path, revoked: Holder) -> None:
        """What a receiver trusts, as a trust directory; ``revoked`` stands on its list of hashes."""
        crls = [self._hash_list(revoked), self._linkage_list()]
        parts = {
            "roots": [self.root.certificate.octets],
            "authorities": [one.certificate.octets for one in (self.pseudonyms, self.applications)],
            "crls": crls,
        }
        for part, files in parts.items():
            (folder / part).mkdir(parents=True)
            for number, octets in enumerate(files, 1):
                (folder / part / f"{number:02d}.TEST.coer").write_bytes(octets)

    def _issue_of_list(self, series: int) -> CrlIssue:
        craca = self.root.certificate.hashed_id8
        return CrlIssue(craca, series, RUN_AT - 3600.0, RUN_AT + 86_400.0)

    def _hash_list(self, revoked: Holder) -> bytes:
        entries = [(revoked.certificate.hashed_id10, RUN_AT + 7 * 86_400.0)]
        return self._sealed_list(hash_crl(self._issue_of_list(0), 1, entries))

    def _linkage_list(self) -> bytes:
        i = period_of(RUN_AT)
        entries = [RevokedSeeds(self.seeds, i_max=i + 10, j_max=LINKAGE_JS)]
        return self._sealed_list(linked_crl(self._issue_of_list(1), i, 0, entries))

    def _sealed_list(self, contents: bytes) -> bytes:
        signer = Signer(self.revoker.certificate, self.revoker.private_key, enforce=False)
        return seal_crl(contents, signer, RUN_AT - 3600.0)


@dataclass(slots=True)
class Bench:
    """One world with its trust folder and its honest traffic; attacks are made with its help."""

    world: World
    folder: Path
    revoked: Holder
    frame: LocalFrame = field(default_factory=lambda: LocalFrame(*PLACE))
    honest: tuple[Shot, ...] = ()
    _count: int = 0

    @classmethod
    def make(cls, folder: Path) -> Bench:
        """A new world; ``folder`` is a new directory for what its receivers trust."""
        world = World.make()
        revoked = issue(world.vehicle, world.pseudonyms)
        world.write_trust(folder, revoked)
        bench = cls(world, folder, revoked)
        bench.honest = bench._traffic()
        return bench

    def store(self) -> TrustStore:
        """What a receiver trusts, loaded anew from the folder."""
        return TrustStore.load(self.folder)

    def holder(self, issuer: Holder | None = None, **changes: Any) -> Holder:
        """A certificate like an honest vehicle's but for ``changes`` of its template."""
        return issue(replace(self.world.vehicle, **changes), issuer or self.world.pseudonyms)

    def bsm(self, number: int, at: float, **changes: Any) -> bytes:
        """The BSM (UPER) of vehicle ``number``, eastbound on a lane of its own; ``at`` is its clock."""
        self._count = (self._count + 1) % 128
        report = VehicleReport.from_local(
            self.frame, 12.0 * (at - RUN_AT), 8.0 * number, vehicle_id=bytes((number,)) * 8,
            message_count=self._count, at=at, speed_mps=12.0, yaw_rad=0.0,
        )  # fmt: skip
        return encode(compose_bsm(replace(report, **changes), PROFILE))

    def own_shots(
        self,
        holder: Holder,
        *,
        aid: int = aids.BSM,
        skew_s: float = 0.0,
        whole: bool = False,
        **changes: Any,
    ) -> list[Shot]:
        """BSM at 10 Hz signed by ``holder``, whose clock is ahead by ``skew_s`` (below nought: behind).

        ``whole``: each with the whole certificate.  ``changes`` are fields of the vehicle's report.
        """
        signer = Signer(holder.certificate, holder.private_key, enforce=False)
        shots = []
        for step in range(round(RUN_S / HONEST_PERIOD_S)):
            made_at = RUN_AT + (step + 0.5) * HONEST_PERIOD_S
            clock_at = made_at + skew_s
            payload = self.bsm(200, clock_at, **changes)
            if whole:
                signer.introduce()
            octets = _framed(aid, signer.seal(payload, aid, clock_at))
            shots.append(Shot(made_at + LATENCY_S, octets, clock_at))
        return shots

    def handmade(self, holder: Holder, at: float, **header: Any) -> bytes:
        """A secured message signed with ``holder``'s key whose header has other fields (None: left out)."""
        fields = {"aid": aids.BSM, "generationTime": to_time64(at), **header}
        data = {"protocolVersion": spdu.PROTOCOL_VERSION, "content": ("unsecuredData", self.bsm(201, at))}
        signed = coer.encode(
            "ToBeSignedData",
            {
                "payload": {"data": data},
                "headerInfo": {name: value for name, value in fields.items() if value is not None},
            },
        )
        signature = sm2.sign(holder.private_key, signed, holder.certificate.sm3)
        return spdu.assemble(signed, ("certificate", [holder.certificate.value]), signature)

    def _traffic(self) -> tuple[Shot, ...]:
        shots = []
        for number in range(1, HONEST_VEHICLES + 1):
            holder = self.holder()
            signer = Signer(holder.certificate, holder.private_key)
            for step in range(round(RUN_S / HONEST_PERIOD_S)):
                at = RUN_AT + (step + number / (HONEST_VEHICLES + 1)) * HONEST_PERIOD_S
                octets = _framed(aids.BSM, signer.seal(self.bsm(number, at), aids.BSM, at))
                shots.append(Shot(at + LATENCY_S, octets, at))
        return tuple(sorted(shots, key=lambda shot: shot.at))


def _framed(aid: int, sealed: bytes) -> bytes:
    """The DSMP unit; one longer than receivers take is written all the same."""
    head = DsmpFrame(aid, b"").render()[:-2]
    return head + len(sealed).to_bytes(2, "big") + sealed
