"""The receiver's way without ``await``: radio bytes in, believed observations or a counted reason out.

    frame ─► DsmpFrame.parse ─► Verifier.open ─► decode ─► plausibility ─► observe

One call does it all, in the order of the gates (cheap ones first; the verifier keeps that order inside).
This is the one place that catches ``V2XError``: it turns it into a reason, and the next frame goes on.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from v2x.codecs import aids
from v2x.codecs.detect import SenderProfiles
from v2x.codecs.dsmp import DsmpFrame
from v2x.codecs.message import UNKNOWN
from v2x.codecs.observe import observe
from v2x.errors import CodecError, CodecErrorKind, PlausibilityError, Reason, Stage, TrustError, V2XError
from v2x.objects import MapUpdate, Observation, Provenance, SignalUpdate, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.certs import VerifiedPayload
    from v2x.codecs import Message
    from v2x.geo import LocalFrame
    from v2x.objects import Observed, RoadEvent

__all__ = ["Accepted", "Dropped", "Opener", "Pipeline", "PipelineSettings", "Tally"]

SENDER_LIMIT = 4096
"""Senders that a tally keeps apart; a radio's range holds hundreds, a flood of made-up ids ends here."""

OTHER_SENDERS = -1
"""The key under which a tally adds up what comes from senders beyond the limit."""


class Opener(Protocol):
    """What makes a payload verified: ``v2x.certs.Verifier``."""

    def open(self, frame: DsmpFrame, received_at: float) -> VerifiedPayload:
        """Raise TrustError, or give the payload with its signer."""
        ...


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """Limits of the plausibility stage.

    ``position_range_m``: farthest place from the station that a message may speak of; PC5 reaches some
    hundred metres, a road-side unit's map some more.  ``speed_limit_mps``: fastest believable road user.
    ``message_age_limit_s``: largest gap between a participant's own time stamp and its reception, and
    ``signal_age_limit_s`` the same for a SPAT, whose controllers keep time less well.
    All are settings of ours, not of a standard.
    """

    position_range_m: float = 5000.0
    speed_limit_mps: float = 100.0
    message_age_limit_s: float = 2.0
    signal_age_limit_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A frame that passed every gate, and what it claims."""

    aid: int
    message: Message
    provenance: Provenance
    generated_at: float | None
    observed: tuple[Observed, ...]
    verify_s: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """A frame that didn't, the gate that stopped it, and the particulars for a log."""

    reason: Reason
    detail: str
    signer: str | None = None


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

    ``stopwatch`` times the signature check for the screen; it is not a time of day.
    """

    def __init__(
        self,
        verifier: Opener,
        frame: LocalFrame,
        settings: PipelineSettings | None = None,
        *,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._verifier = verifier
        self._frame = frame
        self._settings = settings or PipelineSettings()
        self._profiles = SenderProfiles()
        self._stopwatch = stopwatch

    def feed(self, frame: bytes, received_at: float) -> Accepted | Dropped:
        """Take one DSMP unit as the radio gave it, received at ``received_at`` (POSIX s).

        Never raises for what a peer sends: every refusal is a :class:`Dropped` with its reason.
        """
        try:
            return self._take(frame, received_at)
        except TrustError as error:
            return Dropped(error.reason, error.detail, error.signer.hex() if error.signer else None)
        except (CodecError, PlausibilityError) as error:
            return Dropped(error.reason, str(error))
        except V2XError as error:  # a leaf that no gate foresees is still counted, never lost
            return Dropped(Reason.MESSAGE_UNSUPPORTED, str(error))

    def _take(self, octets: bytes, received_at: float) -> Accepted:
        unit = DsmpFrame.parse(octets)
        entry = aids.require(unit.aid)
        started = self._stopwatch()
        payload = self._verifier.open(unit, received_at)
        verify_s = self._stopwatch() - started
        message = self._profiles.decode(payload.signer, payload.data)
        if message.kind == UNKNOWN:
            raise CodecError(CodecErrorKind.UNKNOWN_MESSAGE, "a messageId of a later edition")
        if entry.message is not None and entry.message != message.kind:
            raise TrustError(
                Reason.ENVELOPE_AID_MISMATCH, f"AID {unit.aid} carries {entry.message}, not {message.kind}"
            )
        provenance = Provenance(
            source=_SOURCE_OF_KIND.get(message.kind, Source.CLOUD),
            trust=payload.trust,
            signer=payload.signer,
            received_at=received_at,
        )
        observed = observe(message, provenance, self._frame)
        for claim in observed:
            self._check_plausible(claim, received_at)
        return Accepted(unit.aid, message, provenance, payload.generated_at, observed, verify_s)

    def _check_plausible(self, claim: Observed, received_at: float) -> None:
        """Authentic is not true: refuse what can't be where, as fast or as old as it says."""
        limits = self._settings
        if isinstance(claim, SignalUpdate):
            node = "/".join(map(str, claim.node))
            _check_age(f"SPAT of node {node}", received_at - claim.stated_at, limits.signal_age_limit_s)
            return
        if claim.east_m is not None and claim.north_m is not None:
            distance_m = math.hypot(claim.east_m, claim.north_m)
            if not distance_m <= limits.position_range_m:
                raise PlausibilityError(
                    Reason.PLAUSIBILITY_POSITION_RANGE,
                    f"{_name(claim)} is said to be {distance_m:.0f} m away",
                )
        if not isinstance(claim, Observation):
            return
        if claim.speed_mps is not None and not abs(claim.speed_mps) <= limits.speed_limit_mps:
            raise PlausibilityError(
                Reason.PLAUSIBILITY_SPEED_RANGE, f"{claim.object_id} claims {claim.speed_mps:.1f} m/s"
            )
        _check_age(claim.object_id, received_at - claim.measured_at, limits.message_age_limit_s)


def _check_age(name: str, gap_s: float, limit_s: float) -> None:
    if not abs(gap_s) <= limit_s:
        raise PlausibilityError(
            Reason.PLAUSIBILITY_MESSAGE_TIME, f"{name} dates from {gap_s:.2f} s before its reception"
        )


def _name(claim: Observation | MapUpdate | RoadEvent) -> str:
    if isinstance(claim, MapUpdate):
        return f"node {claim.node[0]}/{claim.node[1]}"
    return claim.object_id if isinstance(claim, Observation) else claim.event_id


@dataclass(slots=True)
class Tally:
    """What became of the frames: received = accepted + dropped by reason, in all and sender by sender."""

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

    def dropped_tree(self) -> dict[str, dict[str, int]]:
        """``{stage: {reason: count}}`` in the order of the gates."""
        tree: dict[str, dict[str, int]] = {}
        for stage in Stage:
            rows = {r.label: n for r, n in self.dropped.items() if r.stage is stage}
            if rows:
                tree[str(stage)] = dict(sorted(rows.items()))
        return tree

    def to_dict(self) -> dict[str, Any]:
        """The part of a report that accounts for the frames."""
        return {"received": self.received, "accepted": self.accepted, "dropped": self.dropped_tree()}
