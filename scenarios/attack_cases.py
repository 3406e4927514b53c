"""The attacks as data: name, what is sent, the reason for which all of it must be dropped, how it is made.

Two kinds: what an attacker overhears and sends again, changed or not, and what it sends under certificates
of its own.  ``expected`` None: the receiver has to believe it (a clock that is off within the tolerance), so
that the suite also notices a receiver that drops too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import Certificate, sm2, spdu
from v2x.certs.issue import Holder
from v2x.clock import to_time64
from v2x.codecs import aids, coer
from v2x.codecs.dsmp import DsmpFrame
from v2x.errors import Reason, ScenarioError
from v2x.scenarios.attack_world import HONEST_PERIOD_S, LATENCY_S, RUN_AT, RUN_S, Shot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from v2x.scenarios.attack_world import Bench

__all__ = ["ATTACKS", "Attack"]

FLOOD_HZ = 2000
"""Frames a second of a flood of unknown signers: as many as tenders ask a receiver to check."""

DELUGE_HZ = 8000
"""And of one that no waiting room holds."""

AHEAD_S = -0.005
"""A delay below nought: the attacker is heard before the honest frame."""

FLOOD_CERTIFICATES = 1300
"""Certificates of a flood: more than the refused ones that a store remembers by default."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; ``shots`` makes its frames, all of which must meet ``expected`` (None: accepted).

    ``says`` must stand in the detail of each verdict: it tells the causes of one reason apart.  ``also``:
    reasons that some of its frames may meet besides.
    """

    name: str
    sends: str
    expected: Reason | None
    shots: Callable[[Bench], Sequence[Shot]]
    says: str = ""
    also: tuple[Reason, ...] = ()


def _overheard(alter: Callable[[Shot], bytes], delay_s: float = 0.03) -> Callable[[Bench], list[Shot]]:
    """Honest frames again, altered, so long after their reception (below nought: before it)."""

    def shots(bench: Bench) -> list[Shot]:
        return [Shot(shot.at + delay_s, alter(shot), shot.made_at) for shot in bench.honest]

    return shots


def _own(make: Callable[[Bench], Holder], **changes: Any) -> Callable[[Bench], list[Shot]]:
    """BSM at 10 Hz under a certificate of the attacker's own; ``changes`` as of ``Bench.own_shots``."""
    return lambda bench: bench.own_shots(make(bench), **changes)


def _certified(**changes: Any) -> Callable[[Bench], Holder]:
    """Certified by the trusted authority, with another content."""
    return lambda bench: bench.holder(**changes)


def _reframed(sealed: bytes, aid: int = aids.BSM) -> bytes:
    return DsmpFrame(aid, sealed).render()


def _edited(**changes: Any) -> Callable[[Shot], bytes]:
    """The frame with other fields of its SignedData."""

    def alter(shot: Shot) -> bytes:
        value = coer.decode("V2XSecData", shot.spdu)
        signed = {**value["content"][1], **changes}
        return _reframed(coer.encode("V2XSecData", {**value, "content": ("signedData", signed)}))

    return alter


def _rewrapped(shot: Shot) -> bytes:
    """The same message with the whole certificate where the digest was: two of them, to be no signer."""
    value = coer.decode("V2XSecData", shot.spdu)
    kind, signer = value["content"][1]["signer"]
    if kind == "certificate":
        return _edited(signer=("digest", spdu.identify(signer[0])))(shot)
    return shot.octets


def _other_payload(shot: Shot) -> bytes:
    """The same signature over a payload with one bit changed."""
    value = coer.decode("V2XSecData", shot.spdu)
    signed = value["content"][1]["tbsData"]
    payload = bytearray(signed["payload"]["data"]["content"][1])
    payload[-1] ^= 1
    data = {"protocolVersion": 3, "content": ("unsecuredData", bytes(payload))}
    return _edited(tbsData={**signed, "payload": {"data": data}})(shot)


def _two_certificates(shot: Shot) -> bytes:
    value = coer.decode("V2XSecData", shot.spdu)
    kind, signer = value["content"][1]["signer"]
    if kind == "certificate":
        return _edited(signer=("certificate", [signer[0], signer[0]]))(shot)
    return _edited(signer=("self", None))(shot)


def _bit_flipped(shot: Shot) -> bytes:
    return shot.octets[:-1] + bytes((shot.octets[-1] ^ 1,))


def _payload_alone(shot: Shot) -> bytes:
    message = spdu.parse(shot.spdu)
    return _reframed(spdu.unsecured(message if isinstance(message, bytes) else message.payload))


def _stolen(bench: Bench) -> Holder:
    """The certificate of an honest vehicle beside the attacker's own key."""
    message = next(m for m in (spdu.parse(shot.spdu) for shot in bench.honest) if not isinstance(m, bytes))
    if message.certificate is None:
        raise ScenarioError("the first honest message carries no certificate")
    return Holder(Certificate.of(message.certificate), bench.holder().private_key)


def _stolen_shots(bench: Bench) -> list[Shot]:
    stolen = _stolen(bench)
    times = [RUN_AT + (step + 0.5) * HONEST_PERIOD_S for step in range(round(RUN_S / HONEST_PERIOD_S))]
    return [Shot(at + LATENCY_S, _reframed(bench.handmade(stolen, at)), at) for at in times]


def _handmade(**header: Any) -> Callable[[Bench], list[Shot]]:
    """One properly certified message with strange header fields."""

    def shots(bench: Bench) -> list[Shot]:
        at = RUN_AT + 0.5
        fields = {name: value(at) if callable(value) else value for name, value in header.items()}
        return [Shot(at + LATENCY_S, _reframed(bench.handmade(bench.holder(), at, **fields)), at)]

    return shots


def _unsigned_certificate(bench: Bench) -> Holder:
    """A certificate that names the trusted authority and was signed by somebody else."""
    honest = bench.world.pseudonyms.certificate
    return bench.holder(Holder(honest, sm2.generate()))


def _issued_by_vehicle(bench: Bench) -> Holder:
    return bench.holder(bench.holder())


def _digest_flood(rate_hz: int) -> Callable[[Bench], list[Shot]]:
    """Fresh messages of signers that nobody knows, each with another digest, for a second."""

    def shots(bench: Bench) -> list[Shot]:
        made = []
        for number in range(rate_hz):
            at = RUN_AT + number / rate_hz
            if number % 100 == 0:
                signed = spdu.to_be_signed(bench.bsm(202, at), aids.BSM, to_time64(at))
            digest = sm2.sm3(number.to_bytes(4, "big"))[:8]
            octets = _reframed(spdu.assemble(signed, ("digest", digest), bytes(range(1, 65))))
            made.append(Shot(at + LATENCY_S, octets, at))
        return made

    return shots


def _certificate_flood(bench: Bench) -> list[Shot]:
    """Fresh messages, each with another certificate that a trusted authority is said to have issued."""
    forged = _unsigned_certificate(bench).certificate
    step_s = RUN_S / FLOOD_CERTIFICATES
    shots = []
    for number in range(FLOOD_CERTIFICATES):
        at = RUN_AT + number * step_s
        if number % 100 == 0:
            signed = spdu.to_be_signed(bench.bsm(203, at), aids.BSM, to_time64(at))
        inner = {**forged.value["toBeSigned"], "id": ("binaryId", number.to_bytes(4, "big"))}
        certificate = coer.decode(
            "Certificate", coer.encode("Certificate", {**forged.value, "toBeSigned": inner})
        )
        sealed = spdu.assemble(signed, ("certificate", [certificate]), bytes(range(1, 65)))
        shots.append(Shot(at + LATENCY_S, _reframed(sealed), at))
    return shots


def _nested(shot: Shot) -> bytes:
    """A signed message whose payload is the whole signed message again."""
    value = coer.decode("V2XSecData", shot.spdu)
    signed = value["content"][1]["tbsData"]
    return _edited(tbsData={**signed, "payload": {"data": value}})(shot)


def _cut(shot: Shot) -> bytes:
    """Half of the secured message, in a DSMP unit whose Length is right."""
    return _reframed(shot.spdu[: len(shot.spdu) // 2])


def _versioned(version: int) -> Callable[[Shot], bytes]:
    return lambda shot: _reframed(bytes((version,)) + shot.spdu[1:])


def _linked(bench: Bench) -> Holder:
    return bench.holder(linkage=bench.world.linkage_id())


_REPLAYED, _STALE, _FUTURE = Reason.REPLAY_REPLAYED, Reason.TIME_STALE, Reason.TIME_FUTURE
_BAD, _CERTIFICATE = Reason.SIGNATURE_BAD, Reason.SIGNER_CERTIFICATE_INVALID
_UNSUPPORTED, _SIGNER = Reason.ENVELOPE_UNSUPPORTED, Reason.ENVELOPE_SIGNER_TYPE

ATTACKS: tuple[Attack, ...] = (
    Attack("replay", "honest frames again, 30 ms later", _REPLAYED, _overheard(lambda s: s.octets)),
    Attack("replay, signer rewrapped", "the same with the digest for the certificate", _REPLAYED,
           _overheard(_rewrapped)),
    Attack("delay", "honest frames again, 1.5 s later", _STALE, _overheard(lambda s: s.octets, 1.5)),
    Attack("replay, other signature", "the same with one bit of the signature flipped", _REPLAYED,
           _overheard(_bit_flipped)),
    Attack("forged signature", "one bit flipped, 5 ms before the honest frame, whose slot must not burn",
           _BAD, _overheard(_bit_flipped, AHEAD_S)),
    Attack("altered payload", "one bit of the payload changed, 5 ms before the honest frame", _BAD,
           _overheard(_other_payload, AHEAD_S)),
    Attack("stolen certificate", "an honest certificate beside another key's signature", _BAD, _stolen_shots),
    Attack("wrong AID", "a vehicle signs MAP (3618)", Reason.SIGNER_NOT_PERMITTED,
           _own(_certified(), aid=aids.MAP)),
    Attack("emergency AID", "an ordinary vehicle signs as an emergency one (113)",
           Reason.SIGNER_NOT_PERMITTED, _own(_certified(), aid=aids.BSM_EMERGENCY)),
    Attack("AID of the header", "honest messages in DSMP units of AID 112", Reason.ENVELOPE_AID_MISMATCH,
           _overheard(lambda s: _reframed(s.spdu, aids.BSM_EVENT))),
    Attack("expired", "a certificate that ended an hour ago", _CERTIFICATE,
           _own(_certified(starts_at=RUN_AT - 7200.0, duration=("hours", 1))), "expired"),
    Attack("not yet valid", "a certificate that begins in an hour", _CERTIFICATE,
           _own(_certified(starts_at=RUN_AT + 3600.0)), "not yet valid"),
    Attack("revoked by hash", "a certificate of the hash-based list", Reason.SIGNER_REVOKED,
           _own(lambda bench: bench.revoked)),
    Attack("revoked by linkage", "a certificate of a vehicle whose seeds are on the list",
           Reason.SIGNER_REVOKED, _own(_linked)),
    Attack("other region", "a certificate for country 276", Reason.SIGNER_REGION,
           _own(_certified(countries=(276,)))),
    Attack("foreign root", "a chain that ends at a root nobody trusts", _CERTIFICATE,
           _own(lambda bench: bench.holder(bench.world.foreign)), "unknown issuer"),
    Attack("vehicle as authority", "a certificate that a vehicle issued", _CERTIFICATE,
           _own(_issued_by_vehicle), "unknown issuer"),
    Attack("beyond its issuer", "a vehicle's certificate for MAP by the pseudonym authority", _CERTIFICATE,
           _own(_certified(app=(aids.MAP,)), aid=aids.MAP), "may not issue"),
    Attack("forged certificate", "names a trusted authority that never signed it", _CERTIFICATE,
           _own(_unsigned_certificate), "signature"),
    Attack("clock 5 s behind", "honest but for its clock", _STALE, _own(_certified(), skew_s=-5.0)),
    Attack("clock 1 s behind", "with the latency older than one second", _STALE,
           _own(_certified(), skew_s=-1.0)),
    Attack("clock 1 s ahead", "within the tolerance: must be believed", None,
           _own(_certified(), skew_s=1.0)),
    Attack("clock 5 s ahead", "honest but for its clock", _FUTURE, _own(_certified(), skew_s=5.0)),
    Attack("expiryTime passed", "fresh, but not to be used any more", _STALE,
           _handmade(expiryTime=to_time64), "expiryTime"),
    Attack("no generationTime", "its age can't be judged", _UNSUPPORTED, _handmade(generationTime=None),
           "generationTime"),
    Attack("message version 2", "SecuredMessage of older traces", _UNSUPPORTED, _overheard(_versioned(2))),
    Attack("message version 4", "a version nobody knows", _UNSUPPORTED, _overheard(_versioned(4))),
    Attack("hash algorithm", "sha384 in the place of sm3", Reason.ENVELOPE_HASH_ALGORITHM,
           _overheard(_edited(hashId="sha384"))),
    Attack("signer type", "two certificates, or self", _SIGNER, _overheard(_two_certificates)),
    Attack("unsecured", "honest payloads without a signature", _UNSUPPORTED, _overheard(_payload_alone)),
    Attack("nested", "a signed message inside a signed message", _UNSUPPORTED, _overheard(_nested)),
    Attack("truncated message", "half of the secured message", Reason.ENVELOPE_MALFORMED, _overheard(_cut)),
    Attack("truncated frame", "the last 20 octets are missing", Reason.FRAME_LENGTH,
           _overheard(lambda s: s.octets[:-20])),
    Attack("huge certificate", "a certificate of 2,000 octets", Reason.FRAME_TOO_LONG,
           _own(_certified(name="x" * 1800), whole=True)),
    Attack("bloated certificate", "200 AIDs that its issuer may not give, in a frame that is short enough",
           _CERTIFICATE, _own(_certified(app=(*range(111, 115), *range(400, 560)))), "may not issue"),
    Attack("digest flood", "2,000 frames a second of signers that nobody knows", Reason.SIGNER_UNKNOWN,
           _digest_flood(FLOOD_HZ)),
    Attack("digest deluge", "8,000 frames a second of signers that nobody knows", Reason.SIGNER_UNKNOWN,
           _digest_flood(DELUGE_HZ), also=(Reason.QUEUE_SHED,)),
    Attack("certificate flood", "650 frames a second, each with another forged certificate", _CERTIFICATE,
           _certificate_flood, "signature"),
    Attack("liar, too far", "a certified vehicle that claims to be in Beijing",
           Reason.PLAUSIBILITY_POSITION_RANGE, _own(_certified(), lat_deg=39.9, lon_deg=116.4)),
    Attack("liar, too fast", "a certified vehicle that claims 150 m/s", Reason.PLAUSIBILITY_SPEED_RANGE,
           _own(_certified(), speed_mps=150.0)),
)  # fmt: skip
