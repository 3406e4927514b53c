"""From findings to a report: evidence as signed bytes, thresholds, and the form in which it can be sent.

    frame, signer ─► Reporter.remember         finding ─► Reporter.take ─► Report ─► seal (AID 3629)

A finding of the plausibility stage is counted by signer and reason.  Enough of them within a span of time
make a report, which holds the frames as they were received: the signatures in them are the proof, and
whoever reads the report can check it without believing its writer.  Where a detector names a second party,
that one's last frame is evidence too.

The form of a misbehaviour report under AID 3629 is in no source that we have.  Ours is a JSON document in
UTF-8, an assumption::

    {"format": "v2x-misbehaviour-1", "reported_at": s, "reason": "...", "signer": HashedId8, "detail": "...",
     "findings": n, "since_at": s, "evidence": [{"received_at": s, "signer": HashedId8, "frame": hex}, ...]}

Sources: AID 3629 for misbehaviour reports by the IMT-2020 C-V2X configuration; every threshold is ours.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.codecs import aids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from v2x.certs import Signer
    from v2x.errors import Reason
    from v2x.plausibility import Finding

__all__ = ["REPORT_FORMAT", "Evidence", "Report", "Reporter", "ReporterSettings", "seal"]

REPORT_FORMAT = "v2x-misbehaviour-1"

SIGNER_LIMIT = 1024
"""Signers whose last frames are kept, some 1.5 KB each: more than a radio's range holds."""


@dataclass(frozen=True, slots=True)
class ReporterSettings:
    """When findings become a report; all ours.

    ``findings`` of one signer and reason within ``within_s`` make one; then that pair rests for ``rest_s``.
    ``reports_per_hour`` bounds what one station sends in all.  ``frames_kept`` of each signer are evidence.
    """

    findings: int = 3
    within_s: float = 10.0
    rest_s: float = 300.0
    reports_per_hour: int = 20
    frames_kept: int = 4

    def __post_init__(self) -> None:
        if min(self.findings, self.reports_per_hour, self.frames_kept) < 1:
            raise ValueError("findings, reports_per_hour and frames_kept are at least 1")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One frame as it was received (a DSMP unit) and whose certificate signed it."""

    frame: bytes
    received_at: float
    signer: str

    def to_dict(self) -> dict[str, Any]:
        """As the report has it."""
        return {"received_at": self.received_at, "signer": self.signer, "frame": self.frame.hex()}


@dataclass(frozen=True, slots=True)
class Report:
    """One signer's misbehaviour of one kind; ``evidence`` is in order of reception."""

    reported_at: float
    signer: str
    reason: Reason
    detail: str
    findings: int
    since_at: float
    evidence: tuple[Evidence, ...]

    def to_dict(self) -> dict[str, Any]:
        """The document described in the module's text."""
        return {
            "format": REPORT_FORMAT,
            "reported_at": self.reported_at,
            "reason": f"{self.reason.stage}/{self.reason.label}",
            "signer": self.signer,
            "detail": self.detail,
            "findings": self.findings,
            "since_at": self.since_at,
            "evidence": [one.to_dict() for one in self.evidence],
        }

    def to_bytes(self) -> bytes:
        """The document as octets: the payload under AID 3629."""
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True).encode()


class Reporter:
    """Counts findings and makes reports; one thread owns it, and it holds a bounded number of frames."""

    def __init__(self, settings: ReporterSettings | None = None) -> None:
        self.settings = settings or ReporterSettings()
        self.counters: Counter[Reason] = Counter()
        self.reports = 0
        self.held_back = 0
        self._frames: OrderedDict[str, deque[Evidence]] = OrderedDict()
        self._found: OrderedDict[tuple[str, Reason], deque[float]] = OrderedDict()
        self._rests: OrderedDict[tuple[str, Reason], float] = OrderedDict()
        self._sent_at: deque[float] = deque(maxlen=self.settings.reports_per_hour)

    @property
    def frame_count(self) -> int:
        """Frames held as evidence."""
        return sum(len(frames) for frames in self._frames.values())

    def remember(self, frame: bytes, signer: str, received_at: float) -> None:
        """Keep a frame of ``signer`` whose signature was checked, in the place of its oldest one."""
        frames = self._frames.get(signer)
        if frames is None:
            frames = self._frames[signer] = deque(maxlen=self.settings.frames_kept)
            if len(self._frames) > SIGNER_LIMIT:
                self._frames.popitem(last=False)
        else:
            self._frames.move_to_end(signer)
        frames.append(Evidence(frame, received_at, signer))

    def take(self, findings: Iterable[Finding], received_at: float) -> tuple[Report, ...]:
        """Count what the detectors found in a frame received at ``received_at``; reports that came due.

        A finding without a signer (an unsecured bench) is counted and never reported: it proves nothing.
        """
        made = []
        for one in findings:
            self.counters[one.reason] += 1
            if one.signer is not None and (report := self._count(one, one.signer, received_at)) is not None:
                made.append(report)
        return tuple(made)

    def _count(self, one: Finding, signer: str, at: float) -> Report | None:
        limits, key = self.settings, (signer, one.reason)
        rests_until_at = self._rests.get(key)
        if rests_until_at is not None:
            if at < rests_until_at:
                return None
            del self._rests[key]
        times = self._found.get(key)
        if times is None:
            times = self._found[key] = deque(maxlen=limits.findings)
            if len(self._found) > SIGNER_LIMIT:
                self._found.popitem(last=False)
        times.append(at)
        if len(times) < limits.findings or at - times[0] > limits.within_s:
            return None
        since_at = times[0]
        del self._found[key]
        self._rests[key] = at + limits.rest_s
        if len(self._rests) > SIGNER_LIMIT:
            self._rests.popitem(last=False)
        if len(self._sent_at) == self._sent_at.maxlen and at - self._sent_at[0] < 3600.0:
            self.held_back += 1
            return None
        self._sent_at.append(at)
        self.reports += 1
        return Report(at, signer, one.reason, one.detail, limits.findings, since_at, self._evidence(one))

    def _evidence(self, one: Finding) -> tuple[Evidence, ...]:
        frames: list[Evidence] = []
        if one.other is not None:
            frames += list(self._frames.get(one.other, ()))[-1:]
        if one.signer is not None:
            frames += self._frames.get(one.signer, ())
        return tuple(sorted(frames, key=lambda each: each.received_at))


def seal(report: Report, signer: Signer, at: float) -> bytes:
    """The report as a secured message under AID 3629; TrustError where the certificate doesn't permit it.

    No DSMP unit: it goes to an authority by another way, and with its evidence it is longer than a unit.
    :mod:`v2x.certs.encrypted` hides it from everybody else.
    """
    return signer.seal(report.to_bytes(), aids.MISBEHAVIOUR, at)
