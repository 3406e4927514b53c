"""The one place where a received payload becomes a verified one.

Gates in order, cheap ones first; each failure is a :class:`v2x.errors.TrustError` with its counted reason::

    envelope, AID, time     :mod:`v2x.certs.gates`
    replay                  look-up only
    signer                  digest known, or the certificate judged by the trust store; AID and SSP permitted
    signature               over ToBeSignedData as received, with the hash of the signer's certificate
    replay                  commit, only now: a forged frame can't burn an honest one's slot

``open`` takes one frame.  ``open_many`` takes a run of them: all cheap gates frame by frame, then their
signatures at once, then the commits in order; the verdicts are those that one by one would have come.  It
lets messages of an unknown signer wait for the certificate (:mod:`v2x.certs.waiting`), and a policy may
choose which signatures are worth checking (:mod:`v2x.certs.policy`).  What an accepted message hands on
(requestedCertificate) is learnt and counts from the next call.  Other header fields (generationLocation,
requests) are signed and ignored: the vehicle profile leaves them out, and a newer sender must not look like
an attacker.  Sources: receiver's checks of GB/T 45315-2025 and YD/T 3957-2021 by our facts.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING

from v2x.certs import sm2
from v2x.certs.gates import (
    Candidate,
    Frame,
    Slot,
    VerifierSettings,
    check_aid,
    check_permitted,
    check_time,
    parse,
)
from v2x.certs.replay import ReplayWindow
from v2x.certs.waiting import Waiting, WaitingRoom
from v2x.errors import Reason, TrustError
from v2x.objects import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from v2x.certs.memory import KnownSigner
    from v2x.certs.trust import TrustStore

__all__ = ["Frame", "VerifiedPayload", "Verifier", "VerifierSettings"]

_SEAL = object()


@dataclass(frozen=True, slots=True)
class VerifiedPayload:
    """A payload whose origin was checked as far as ``trust`` says; only a :class:`Verifier` makes one.

    ``data`` is the inner MessageFrame, ``signer`` the HashedId8 of the certificate in lower-case hex,
    ``generated_at`` POSIX s.  Both are None for an unsecured bench payload (``Trust.UNSIGNED``); with
    ``Trust.UNCHECKED`` they are what the message claims.
    """

    data: bytes
    aid: int
    signer: str | None
    generated_at: float | None
    trust: Trust
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only a Verifier makes a VerifiedPayload")


Verdict = VerifiedPayload | TrustError | Waiting
"""What became of a frame.  Who got :class:`Waiting` gets the token with another verdict later."""


class Verifier:
    """Opens frames against one trust store; one thread (the verification worker) owns it."""

    def __init__(self, store: TrustStore, settings: VerifierSettings | None = None) -> None:
        self.store = store
        self.settings = settings or VerifierSettings()
        self._replay = ReplayWindow(self.settings.replay_limit)
        self._room: WaitingRoom[Candidate] | None = None
        if self.settings.wait_s > 0:
            self._room = WaitingRoom(
                self.settings.waiting_limit, self.settings.waiting_per_signer, self.settings.wait_s
            )

    @property
    def replay_count(self) -> int:
        """Messages in the replay window."""
        return len(self._replay)

    @property
    def waiting_count(self) -> int:
        """Messages that wait for a certificate."""
        return 0 if self._room is None else len(self._room)

    def open(self, frame: Frame, received_at: float) -> VerifiedPayload:
        """The payload of a DSMP unit received at ``received_at`` (POSIX s), or TrustError with the reason.

        Nothing waits here: an unknown signer is refused at once.
        """
        slot = self._admit(frame, received_at, None)
        if isinstance(slot, Candidate):
            self._find(slot)
            alone: list[Slot | None] = [slot]
            self._settle(alone)
        if isinstance(slot.verdict, VerifiedPayload):
            return slot.verdict
        error: TrustError = slot.verdict
        raise error

    def open_many(
        self,
        arrivals: Iterable[tuple[Frame, float, object]],
        choose: Callable[[Sequence[Candidate]], Sequence[bool]] | None = None,
    ) -> list[tuple[object, Verdict]]:
        """Verdicts of DSMP units with their instants of reception (POSIX s) and tokens, as pairs with those.

        They come in the order of the frames; the verdict on one that waited, in this call or an earlier one,
        comes after that on the frame which ended its waiting.  ``choose`` is asked which of the candidates
        are worth a signature check (True); a candidate whose ``signer`` is None needs one more for its
        certificate.
        """
        slots: list[Slot | None] = []
        for frame, received_at, token in arrivals:
            slot = self._admit(frame, received_at, token)
            if not isinstance(slot, Candidate):
                slots.append(slot)
                continue
            _put(slot, slots)
            whole = slot.message.certificate
            if whole is None or choose is None or self.store.is_judged(whole):
                self._find(slot, slots)
        if choose is not None:
            self._choose(slots, choose)
        self._settle(slots)
        return _results(slots)

    def expire(self, at: float) -> list[tuple[object, Verdict]]:
        """Verdicts on what has waited long enough at ``at`` (POSIX s); all of it at infinity."""
        slots: list[Slot | None] = []
        if self._room is not None:
            for candidate in self._room.expire(at):
                self._resume(candidate, slots)
        self._settle(slots)
        return _results(slots)

    # -- the gates -------------------------------------------------------------------------------

    def _admit(self, frame: Frame, received_at: float, token: object) -> Slot:
        """Through the gates before the signer's; a slot with its verdict where that is the end."""
        try:
            message = parse(frame.payload, self.settings, self.store.identify)
            if isinstance(message, bytes):
                return Slot(token, VerifiedPayload(message, frame.aid, None, None, Trust.UNSIGNED, _SEAL))
            check_aid(message, frame.aid)
            generated_at = check_time(message, received_at, self.settings, self.store.settings.leap_seconds)
        except TrustError as error:
            return Slot(token, error)
        key = self._replay.key(message.signer, message.to_be_signed)
        if self._replay.seen(key, generated_at):
            return Slot(token, _replayed(message.signer))
        return Candidate(token, None, received_at, message, generated_at, key)

    def _find(self, candidate: Candidate, slots: list[Slot | None] | None = None) -> None:
        """The signer's gate.  With ``slots`` who is unknown may wait, and a certificate ends the waiting."""
        message = candidate.message
        try:
            if message.certificate is None:
                signer = self.store.find_digest(message.signer, candidate.generated_at)
            else:
                signer = self.store.find_certificate(message.certificate, candidate.generated_at)
            check_permitted(message, signer, self.settings.required_ssp)
            candidate.signer = signer
        except TrustError as error:
            candidate.verdict = error
            if slots is not None and error.reason is Reason.SIGNER_UNKNOWN:
                self._wait(candidate, slots)
        if slots is not None and message.certificate is not None:
            self._release(message.signer, slots)

    def _wait(self, candidate: Candidate, slots: list[Slot | None]) -> None:
        if self._room is None:
            return
        signer = candidate.message.signer
        candidate.verdict = Waiting(signer.hex())
        for left in self._room.add(signer, candidate, candidate.received_at):
            left.verdict = TrustError(
                Reason.QUEUE_SHED, "no room to wait for a certificate", signer=left.message.signer
            )
            if left is not candidate:
                _put(left, slots)

    def _release(self, signer: bytes, slots: list[Slot | None]) -> None:
        if self._room is not None:
            for candidate in self._room.release(signer):
                self._resume(candidate, slots)

    def _resume(self, candidate: Candidate, slots: list[Slot | None]) -> None:
        """Its waiting is over: its signer is known, refused, or stays unknown."""
        candidate.verdict = None
        _put(candidate, slots)
        self._find(candidate)

    # -- signatures ------------------------------------------------------------------------------

    def _choose(
        self, slots: list[Slot | None], choose: Callable[[Sequence[Candidate]], Sequence[bool]]
    ) -> None:
        """Ask which candidates are worth their checks, judge the certificates of those, spare the others."""
        open_ones = [slot for slot in slots if isinstance(slot, Candidate) and slot.verdict is None]
        if not open_ones:
            return
        for candidate, worth in zip(open_ones, choose(open_ones), strict=True):
            if not worth:
                candidate.skipped = True
            elif candidate.signer is None:
                self._find(candidate, slots)

    def _settle(self, slots: list[Slot | None]) -> None:
        """Check the signatures of all open candidates, and commit them in order.

        Of copies of one message only the first is checked; the next ones are looked up after its commit.
        """
        pending = _open(slots)
        while pending:
            first: dict[bytes, Candidate] = {}
            copies = [one for one in pending if first.setdefault(one.key, one) is not one]
            now = [one for one in first.values() if not self._is_replay(one)]
            before = len(slots)
            for candidate, good in zip(now, self._check(now), strict=True):
                self._commit(candidate, good, slots)
            pending = copies + _open(slots[before:])
        for slot in slots:
            if isinstance(slot, Candidate) and slot.skipped and not self._is_replay(slot):
                self._spare(slot)

    def _is_replay(self, candidate: Candidate) -> bool:
        if self._replay.seen(candidate.key, candidate.generated_at):
            candidate.verdict = _replayed(candidate.message.signer)
            return True
        return False

    def _check(self, candidates: list[Candidate]) -> list[bool]:
        """Whether each signature is its signer's; those of SM2 in one call without the interpreter lock."""
        verdicts = [False] * len(candidates)
        batch: list[tuple[sm2.PublicKey, bytes, bytes]] = []
        places: list[int] = []
        for place, candidate in enumerate(candidates):
            message, signer = candidate.message, candidate.signer
            if signer is None or message.algorithm != signer.certificate.algorithm:
                continue
            if isinstance(signer.key, sm2.PublicKey):
                batch.append((signer.key, message.to_be_signed, message.signature))
                places.append(place)
            else:
                verdicts[place] = signer.key.verify(message.to_be_signed, message.signature)
        for place, good in zip(places, sm2.verify_keys(batch), strict=True):
            verdicts[place] = good
        return verdicts

    def _commit(self, candidate: Candidate, good: bool, slots: list[Slot | None]) -> None:
        """The end of the way of a candidate whose signature was checked."""
        message, signer = candidate.message, candidate.signer
        if not good or signer is None:
            candidate.verdict = TrustError(
                Reason.SIGNATURE_BAD,
                "the signature does not fit message and certificate",
                signer=message.signer,
            )
            return
        if self._is_replay(candidate):  # a full window's floor rose meanwhile
            return
        settings = self.settings
        forget_at = candidate.received_at - settings.max_age_s - settings.wait_s
        self._replay.commit(candidate.key, candidate.generated_at, forget_at)
        candidate.verdict = _payload(candidate, signer, Trust.VERIFIED)
        if message.requested is not None:
            learnt = self.store.learn(message.requested, candidate.generated_at)
            if learnt is not None:
                self._release(learnt.hashed_id8, slots)

    def _spare(self, candidate: Candidate) -> None:
        """The end of the way of a candidate that the policy didn't choose; nothing of it is remembered."""
        signer = candidate.signer
        if signer is not None and self.settings.pass_unchecked:
            candidate.verdict = _payload(candidate, signer, Trust.UNCHECKED)
        else:
            candidate.verdict = TrustError(
                Reason.QUEUE_SHED, "more signatures than checks", signer=candidate.message.signer
            )


def _payload(candidate: Candidate, signer: KnownSigner, trust: Trust) -> VerifiedPayload:
    message = candidate.message
    return VerifiedPayload(message.payload, message.aid, signer.name, candidate.generated_at, trust, _SEAL)


def _replayed(signer: bytes) -> TrustError:
    return TrustError(Reason.REPLAY_REPLAYED, "the same message was accepted before", signer=signer)


def _open(slots: Iterable[Slot | None]) -> list[Candidate]:
    """The candidates whose signature is to be checked."""
    return [s for s in slots if isinstance(s, Candidate) and s.verdict is None and not s.skipped]


def _put(candidate: Candidate, slots: list[Slot | None]) -> None:
    """Give the candidate the last place; one that it has in this call already becomes empty."""
    if candidate.place >= 0:
        slots[candidate.place] = None
    candidate.place = len(slots)
    slots.append(candidate)


def _results(slots: Iterable[Slot | None]) -> list[tuple[object, Verdict]]:
    results = []
    for slot in slots:
        if slot is None:
            continue
        if isinstance(slot, Candidate):
            slot.place = -1
        results.append((slot.token, slot.verdict))
    return results
