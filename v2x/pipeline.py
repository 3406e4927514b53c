"""The receiver's way without ``await``: radio bytes in, believed observations or a counted reason out.

    frame ─► DsmpFrame.parse ─► Verifier.open ─► decode ─► observe ─► plausibility

``feed`` takes one frame.  ``feed_many`` takes a run of them, so that their signatures are checked together,
and gives each verdict with the token that came with its frame: a message whose signer is not known yet gets
:class:`Waiting` first, and its token comes back with another verdict from a later call, or from ``expire``.
This is the one place that catches ``V2XError``: it turns it into a reason, and the next frame goes on.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from v2x.certs.policy import Budget, Claim, EgoView, PolicySettings, choose
from v2x.certs.waiting import Waiting
from v2x.codecs import aids
from v2x.codecs.codec import decode_as
from v2x.codecs.detect import SenderProfiles
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.message import UNKNOWN
from v2x.codecs.observe import observe
from v2x.errors import CodecError, CodecErrorKind, PlausibilityError, Reason, Stage, TrustError, V2XError
from v2x.objects import Observation, Provenance, Source, Trust
from v2x.plausibility import PlausibilitySettings
from v2x.plausibility.finding import out_of_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from v2x.certs import VerifiedPayload
    from v2x.certs.gates import Candidate
    from v2x.codecs import Message
    from v2x.geo import LocalFrame
    from v2x.objects import Observed
    from v2x.plausibility import Detectors, Finding

__all__ = [
    "Accepted",
    "Arrival",
    "Dropped",
    "Opener",
    "Pipeline",
    "PipelineSettings",
    "Tally",
    "Verdict",
    "Waiting",
]

SENDER_LIMIT = 4096
"""Senders that a tally keeps apart; a radio's range holds hundreds, a flood of made-up ids ends here."""

OTHER_SENDERS = -1
"""The key under which a tally adds up what comes from senders beyond the limit."""


class Opener(Protocol):
    """What makes a payload verified: ``v2x.certs.Verifier``."""

    def open(self, frame: DsmpFrame, received_at: float) -> VerifiedPayload:
        """Raise TrustError, or give the payload with its signer."""
        ...

    def open_many(
        self,
        arrivals: Iterable[tuple[DsmpFrame, float, object]],
        choose: Callable[[Sequence[Candidate]], Sequence[bool]] | None = None,
    ) -> list[tuple[object, VerifiedPayload | TrustError | Waiting]]:
        """Tokens with their verdicts, in the order of the frames."""
        ...

    def expire(self, at: float) -> list[tuple[object, VerifiedPayload | TrustError | Waiting]]:
        """Tokens of frames that have waited long enough, with their verdicts."""
        ...


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """Limits of the plausibility stage, and which signatures to check.

    ``policy``: ``all`` checks every signature; ``demand`` at most ``checks_per_s`` of them, those of the
    nearest and most threatening senders first (``ranking``, :mod:`v2x.certs.policy`).  The default of
    ``checks_per_s`` is the 2,000 frames a second that tenders ask for.  All are settings of ours.
    """

    plausibility: PlausibilitySettings = field(default_factory=PlausibilitySettings)
    policy: Literal["all", "demand"] = "all"
    checks_per_s: float = 2000.0
    ranking: PolicySettings = field(default_factory=PolicySettings)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A frame that passed every gate, and what it claims; ``findings`` say what is odd about that.

    ``provenance.trust`` says how far it was checked.  ``verify_s`` is its share of the verifier's time.
    """

    aid: int
    message: Message
    provenance: Provenance
    generated_at: float | None
    observed: tuple[Observed, ...]
    verify_s: float
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """A frame that didn't, the gate that stopped it, and the particulars for a log.

    ``findings`` are the detectors' where plausibility stopped it: then its signature was good.
    """

    reason: Reason
    detail: str
    signer: str | None = None
    findings: tuple[Finding, ...] = ()


Arrival = tuple[bytes, float, object]
"""One DSMP unit as the radio gave it, the instant of its reception (POSIX s), the caller's token for it."""

Verdict = Accepted | Dropped | Waiting

_Fed = tuple[int, int, float, object]
"""What goes along with a frame through the verifier: number of the call, place in it, reception, token."""


_SOURCE_OF_KIND = {
    "BSM": Source.BSM,
    "RSM": Source.RSM,
    "SSM": Source.SSM,
    "MAP": Source.MAP,
    "SPAT": Source.SPAT,
    "RSI": Source.RSI,
}


class Pipeline:
    """Arrows two to five of the way through the house; not thread-safe, one worker owns it.

    ``ego`` is where the station is and moves; whoever knows sets it, from any thread.  ``detectors`` judge
    claims by what was claimed before; without them each claim is only held to its own ranges.
    ``stopwatch`` times the signature check for the screen; it is not a time of day.
    """

    def __init__(
        self,
        verifier: Opener,
        frame: LocalFrame,
        settings: PipelineSettings | None = None,
        *,
        detectors: Detectors | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.ego = EgoView()
        self._verifier = verifier
        self._frame = frame
        self._settings = settings or PipelineSettings()
        self._detectors = detectors
        self._profiles = SenderProfiles()
        self._stopwatch = stopwatch
        self._calls = 0
        demand = self._settings.policy == "demand"
        self._budget = Budget(self._settings.checks_per_s) if demand else None

    def feed(self, frame: bytes, received_at: float) -> Accepted | Dropped:
        """Take one DSMP unit as the radio gave it, received at ``received_at`` (POSIX s).

        Never raises for what a peer sends: every refusal is a :class:`Dropped` with its reason.  Nothing
        waits here, and no policy chooses.
        """
        try:
            unit = _unit(frame)
            started = self._stopwatch()
            payload = self._verifier.open(unit, received_at)
        except V2XError as error:
            return _dropped(error)
        return self._believe(payload, received_at, self._stopwatch() - started)

    def feed_many(self, arrivals: Sequence[Arrival]) -> list[tuple[object, Verdict]]:
        """Take a run of frames in the order of their reception; tokens with their verdicts, in that order.

        What has waited too long by the last reception comes first.  Each token comes back once with a
        verdict that is not :class:`Waiting`, now or later.
        """
        if not arrivals:
            return []
        results = self.expire(max(received_at for _, received_at, _ in arrivals))
        self._calls += 1
        early: deque[tuple[int, tuple[object, Verdict]]] = deque()
        units: list[tuple[DsmpFrame, float, object]] = []
        for place, (data, received_at, token) in enumerate(arrivals):
            try:
                units.append((_unit(data), received_at, (self._calls, place, received_at, token)))
            except V2XError as error:
                early.append((place, (token, _dropped(error))))
        started = self._stopwatch()
        opened = self._verifier.open_many(units, None if self._budget is None else self._choose)
        share_s = (self._stopwatch() - started) / max(1, len(opened))
        for fed, verdict in opened:
            call, place, received_at, token = cast("_Fed", fed)
            while early and call == self._calls and early[0][0] < place:
                results.append(early.popleft()[1])
            results.append((token, self._conclude(verdict, received_at, share_s)))
        results.extend(result for _, result in early)
        return results

    def expire(self, at: float) -> list[tuple[object, Verdict]]:
        """Tokens and verdicts of what has waited long enough at ``at`` (POSIX s); of all at infinity."""
        results: list[tuple[object, Verdict]] = []
        for fed, verdict in self._verifier.expire(at):
            _, _, received_at, token = cast("_Fed", fed)
            results.append((token, self._conclude(verdict, received_at, 0.0)))
        return results

    def _conclude(
        self, verdict: VerifiedPayload | TrustError | Waiting, received_at: float, verify_s: float
    ) -> Verdict:
        if isinstance(verdict, TrustError):
            return _dropped(verdict)
        return verdict if isinstance(verdict, Waiting) else self._believe(verdict, received_at, verify_s)

    def _believe(self, payload: VerifiedPayload, received_at: float, verify_s: float) -> Accepted | Dropped:
        """From the payload to what it claims; ``verify_s`` is the verifier's time for it."""
        try:
            message = self._decode(payload)
            provenance = Provenance(
                _SOURCE_OF_KIND.get(message.kind, Source.CLOUD), payload.trust, payload.signer, received_at
            )
            observed = observe(message, provenance, self._frame)
            findings = self._examine(observed, received_at, payload.trust)
        except V2XError as error:
            return _dropped(error)
        for found in findings:
            if found.drop:
                return Dropped(found.reason, found.detail, payload.signer, findings)
        return Accepted(payload.aid, message, provenance, payload.generated_at, observed, verify_s, findings)

    def _decode(self, payload: VerifiedPayload) -> Message:
        """The message, which must be the one that its AID carries; who is unchecked teaches nothing."""
        if payload.trust is Trust.UNCHECKED:
            message = decode_as(self._profiles.profiles_of(payload.signer)[0], payload.data)
        else:
            message = self._profiles.decode(payload.signer, payload.data)
        if message.kind == UNKNOWN:
            raise CodecError(CodecErrorKind.UNKNOWN_MESSAGE, "a messageId of a later edition")
        wanted = aids.require(payload.aid).message
        if wanted is not None and wanted != message.kind:
            raise TrustError(
                Reason.ENVELOPE_AID_MISMATCH, f"AID {payload.aid} carries {wanted}, not {message.kind}"
            )
        return message

    def _examine(
        self, observed: tuple[Observed, ...], received_at: float, trust: Trust
    ) -> tuple[Finding, ...]:
        """Authentic is not true.  What nobody signed for leaves no trace in the detectors' memory."""
        ego = self.ego
        if self._detectors is not None and trust >= Trust.VERIFIED:
            self._detectors.station_m = (ego.east_m, ego.north_m)
            return self._detectors.examine(observed, received_at)
        limits, station_m = self._settings.plausibility, (ego.east_m, ego.north_m)
        return tuple(
            found
            for claim in observed
            if (found := out_of_range(claim, received_at, limits, station_m)) is not None
        )

    def _choose(self, candidates: Sequence[Candidate]) -> list[bool]:
        """The policy ``demand``: which candidates are worth their checks, by what they claim."""
        assert self._budget is not None
        checks = self._budget.available(max(one.received_at for one in candidates))
        prices = [2 if one.signer is None else 1 for one in candidates]
        if sum(prices) <= checks:
            chosen = [True] * len(prices)
        else:
            claims = [self._claim(one) for one in candidates]
            chosen = choose(claims, self.ego, checks, self._settings.ranking)
        self._budget.spend(sum(price for price, worth in zip(prices, chosen, strict=True) if worth))
        return chosen

    def _claim(self, candidate: Candidate) -> Claim:
        """What the unchecked message says of its sender's place and motion."""
        message = candidate.message
        roadside = aids.require(message.aid).message != "BSM"
        place = None
        if not roadside:
            try:
                profile = self._profiles.profiles_of(message.signer.hex())[0]
                provenance = Provenance(Source.BSM, Trust.UNCHECKED, None, candidate.received_at)
                said = observe(decode_as(profile, message.payload), provenance, self._frame)
                place = _motion(said)
            except V2XError:
                place = None  # no message: it comes last
        newcomer = candidate.signer is None
        return Claim(message.signer, message.aid, candidate.generated_at, place, roadside, newcomer)


def _motion(said: tuple[Observed, ...]) -> tuple[float, float, float, float] | None:
    """East, north (m) and their speeds (m/s) of the first road user."""
    for one in said:
        if isinstance(one, Observation):
            speed_mps, yaw_rad = one.speed_mps or 0.0, one.yaw_rad or 0.0
            v_east_mps, v_north_mps = speed_mps * math.cos(yaw_rad), speed_mps * math.sin(yaw_rad)
            return one.east_m, one.north_m, v_east_mps, v_north_mps
    return None


def _unit(octets: bytes) -> DsmpFrame:
    unit = DsmpFrame.parse(octets)
    aids.require(unit.aid)
    return unit


def _dropped(error: V2XError) -> Dropped:
    if isinstance(error, TrustError):
        return Dropped(error.reason, error.detail, error.signer.hex() if error.signer else None)
    if isinstance(error, CodecError | PlausibilityError):
        return Dropped(error.reason, str(error))
    return Dropped(Reason.MESSAGE_UNSUPPORTED, str(error))  # unforeseen, but counted and never lost


@dataclass(slots=True)
class Tally:
    """What became of the frames: received = accepted + dropped by reason + waiting, in all and by sender."""

    received: int = 0
    accepted: int = 0
    dropped: dict[Reason, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    senders: OrderedDict[int, Tally] = field(default_factory=OrderedDict)

    def count_received(self, sender: int | None) -> None:
        """A frame came from the radio."""
        for tally in self._both(sender):
            tally.received += 1

    def count_accepted(self, sender: int | None, kind: str) -> None:
        """A frame passed every gate and was a message of ``kind``."""
        for tally in self._both(sender):
            tally.accepted += 1
            tally.messages[kind] = tally.messages.get(kind, 0) + 1

    def count_dropped(self, sender: int | None, reason: Reason) -> None:
        """A frame was stopped for ``reason``."""
        for tally in self._both(sender):
            tally.dropped[reason] = tally.dropped.get(reason, 0) + 1

    def _both(self, sender: int | None) -> tuple[Tally, ...]:
        if sender is None:
            return (self,)
        known = self.senders.get(sender)
        if known is None:
            key = sender if len(self.senders) < SENDER_LIMIT else OTHER_SENDERS
            known = self.senders.setdefault(key, Tally())
        return (self, known)

    @property
    def dropped_total(self) -> int:
        """Frames dropped for any reason."""
        return sum(self.dropped.values())

    @property
    def waiting(self) -> int:
        """Frames without a verdict: in the worker's hands, or waiting for a certificate."""
        return self.received - self.accepted - self.dropped_total

    def dropped_tree(self) -> dict[str, dict[str, int]]:
        """``{stage: {reason: count}}`` in the order of the gates."""
        tree: dict[str, dict[str, int]] = {}
        for stage in Stage:
            rows = {r.label: n for r, n in self.dropped.items() if r.stage is stage}
            if rows:
                tree[str(stage)] = dict(sorted(rows.items()))
        return tree

    def to_dict(self) -> dict[str, Any]:
        """The part of a report that accounts for the frames; ``waiting`` stands there while some do."""
        report = {"received": self.received, "accepted": self.accepted, "dropped": self.dropped_tree()}
        return report | ({"waiting": self.waiting} if self.waiting else {})
