"""Findings become reports: thresholds, rests, evidence as received, and a report that can be sealed."""

from __future__ import annotations

import json

import pytest

from v2x.certs import Signer, spdu
from v2x.certs.issue import IssueGroup, Template, issue
from v2x.codecs import aids
from v2x.errors import Reason, TrustError
from v2x.misbehaviour import REPORT_FORMAT, SIGNER_LIMIT, Reporter, ReporterSettings, seal
from v2x.plausibility import Finding

NOW = 1_800_000_000.0
LIAR, OTHER = "aa" * 8, "bb" * 8


def finding(
    signer: str | None = LIAR, reason: Reason = Reason.PLAUSIBILITY_FROZEN, other: str | None = None
) -> Finding:
    return Finding(reason, "bsm:1 stayed in place", "bsm:1", False, signer, other)


def test_enough_findings_in_time_make_one_report() -> None:
    reporter = Reporter(ReporterSettings(findings=3, within_s=10.0, rest_s=100.0))
    made = [reporter.take([finding()], NOW + i) for i in range(20)]
    assert [index for index, reports in enumerate(made) if reports] == [2]
    (report,) = made[2]
    assert (report.signer, report.reason, report.findings) == (LIAR, Reason.PLAUSIBILITY_FROZEN, 3)
    assert report.since_at == NOW
    assert reporter.counters == {Reason.PLAUSIBILITY_FROZEN: 20}
    assert any(reporter.take([finding()], NOW + 110 + i) for i in range(3))


def test_findings_too_far_apart_make_none() -> None:
    reporter = Reporter(ReporterSettings(findings=3, within_s=10.0))
    assert not any(reporter.take([finding()], NOW + 6 * i) for i in range(50))


def test_signers_and_reasons_are_counted_apart() -> None:
    reporter = Reporter(ReporterSettings(findings=2))
    first = [finding(), finding(OTHER), finding(reason=Reason.PLAUSIBILITY_HEADING)]
    assert not reporter.take(first, NOW)
    assert {r.signer for r in reporter.take([finding(), finding(OTHER)], NOW + 1)} == {LIAR, OTHER}


def test_without_a_signer_there_is_no_proof() -> None:
    reporter = Reporter(ReporterSettings(findings=1))
    assert not reporter.take([finding(None)], NOW)
    assert reporter.counters.total() == 1


def test_the_evidence_is_the_frames_as_received() -> None:
    reporter = Reporter(ReporterSettings(findings=1, frames_kept=2))
    for index in range(5):
        reporter.remember(bytes([index]) * 40, LIAR, NOW + index)
        reporter.remember(bytes([100 + index]), OTHER, NOW + index + 0.5)
    (report,) = reporter.take([finding(other=OTHER)], NOW + 5)
    assert [(one.frame[:1], one.signer) for one in report.evidence] == [
        (b"\x03", LIAR), (b"\x04", LIAR), (b"\x68", OTHER)
    ]  # fmt: skip
    document = json.loads(report.to_bytes())
    assert document["format"] == REPORT_FORMAT
    assert document["reason"] == "plausibility/frozen"
    assert document["evidence"][0] == {"received_at": NOW + 3, "signer": LIAR, "frame": "03" * 40}


def test_reports_an_hour_are_bounded() -> None:
    reporter = Reporter(ReporterSettings(findings=1, reports_per_hour=5))
    made = [reporter.take([finding(f"{i:016x}")], NOW + i) for i in range(50)]
    assert sum(map(len, made)) == 5
    assert reporter.held_back == 45
    assert reporter.take([finding("ff" * 8)], NOW + 4000)


def test_memory_is_bounded() -> None:
    reporter = Reporter()
    for index in range(3 * SIGNER_LIMIT):
        signer = f"{index:016x}"
        reporter.remember(b"frame", signer, NOW)
        reporter.take([finding(signer)], NOW)
    assert reporter.frame_count == SIGNER_LIMIT
    assert len(reporter._found) == SIGNER_LIMIT


def test_settings_below_one_are_misuse() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ReporterSettings(findings=0)


def test_a_report_is_sealed_under_its_aid() -> None:
    root = issue(Template(NOW - 60, ("hours", 9), issues=(IssueGroup((111, aids.MISBEHAVIOUR)),)), None)
    reporter = Reporter(ReporterSettings(findings=1))
    (report,) = reporter.take([finding()], NOW)
    made = issue(Template(NOW - 60, ("hours", 1), app=(aids.MISBEHAVIOUR,)), root)
    message = spdu.parse(seal(report, Signer(made.certificate, made.private_key), NOW))
    assert isinstance(message, spdu.SignedMessage)
    assert message.aid == aids.MISBEHAVIOUR
    assert message.payload == report.to_bytes()
    vehicle = issue(Template(NOW - 60, ("hours", 1), app=(111,)), root)
    with pytest.raises(TrustError, match="does not permit"):
        seal(report, Signer(vehicle.certificate, vehicle.private_key), NOW)
