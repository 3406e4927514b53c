"""A bench as JUnit XML: a test case for each pass limit, and one for the run's end.

    testsuites > testsuite (name: the plan's title) > properties, testcase...

A limit that does not hold is a failure, its text the value and the bound.  The form is the one that CI
systems read, after the schema of Apache Ant's JUnit task: it has no standard.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from v2x.modem.bench_judge import judge
from v2x.modem.redaction import printable
from v2x.modem.report_svg import number

if TYPE_CHECKING:
    from v2x.modem.bench_store import Results
    from v2x.modem.plan import Plan

__all__ = ["junit_xml"]

_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 has not, beside control characters."""


def _clean(text: str) -> str:
    return _NO_XML.sub("?", printable(text))


def junit_xml(plan: Plan, results: Results) -> str:
    """The document, with its declaration."""
    verdicts = judge(plan, results.cycles)
    last = results.sessions[-1] if results.sessions else None
    ended = last.why if last is not None and last.why is not None else "not at its end"
    failed = [verdict for verdict in verdicts if not verdict.passed]
    seconds = sum(cycle.seconds for cycle in results.cycles)
    counts = {
        "tests": str(len(verdicts) + 1),
        "failures": str(len(failed) + (ended != "complete")),
        "errors": "0",
        "skipped": "0",
        "time": f"{seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": _clean(plan.title)} | counts)
    suite = ET.SubElement(root, "testsuite", {"name": _clean(plan.title)} | counts)
    if results.sessions:
        began = datetime.fromtimestamp(results.sessions[0].began_at, tz=UTC)
        suite.set("timestamp", began.strftime("%Y-%m-%dT%H:%M:%S"))
    properties = ET.SubElement(suite, "properties")
    facts = {
        "simulated": str(results.simulated or plan.simulated is not None).lower(),
        "profile": plan.profile,
    }
    facts |= {f"module.{key}": value for key, value in results.identity.items()}
    for key, value in facts.items():
        ET.SubElement(properties, "property", {"name": _clean(key), "value": _clean(value)})
    place = "simulated" if facts["simulated"] == "true" else "module"
    case = {"classname": f"v2x.bench.{place}", "time": f"{seconds:.3f}"}
    run = ET.SubElement(suite, "testcase", case | {"name": "the run comes to its end"})
    if ended != "complete":
        _fail(run, ended, f"{len(results.cycles)} cycles were done")
    for verdict in verdicts:
        element = ET.SubElement(suite, "testcase", case | {"name": _clean(verdict.name), "time": "0"})
        if not verdict.passed:
            limit = verdict.limit
            value = "no value" if verdict.value is None else number(verdict.value)
            text = f"{limit.statistic} of {limit.measure} is {value}, asked for {limit.bound}"
            _fail(element, text, f"{verdict.count} samples")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _fail(case: ET.Element, message: str, more: str) -> None:
    failure = ET.SubElement(case, "failure", {"message": _clean(message), "type": "limit"})
    failure.text = _clean(more)
