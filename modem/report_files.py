"""The files of a report, written from results that are at hand: page, JUnit XML, Parquet.

    report.html       the page (v2x.modem.report)
    junit.xml         the pass limits as test cases (v2x.modem.report_junit)
    cycles.parquet    the table of cycles.csv with its types; only with the extra ``arrow`` (pyarrow)

Each is written beside its place and then moved there: a kill leaves the old one or the new one.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from v2x.modem.bench_record import columns, row_of
from v2x.modem.report import report_page
from v2x.modem.report_junit import junit_xml

if TYPE_CHECKING:
    from pathlib import Path

    from v2x.modem.bench_store import Results
    from v2x.modem.plan import Plan

__all__ = ["write_parquet", "write_report"]


def write_report(folder: Path, plan: Plan, results: Results) -> list[Path]:
    """Write what can be written of ``results`` into ``folder``; the files.  Raises OSError."""
    written = [
        _write(folder / "report.html", report_page(plan, results)),
        _write(folder / "junit.xml", junit_xml(plan, results)),
    ]
    with suppress(ImportError):  # the extra is not there; cycles.csv holds the same
        written.append(write_parquet(folder / "cycles.parquet", plan, results))
    return written


def _write(path: Path, text: str) -> Path:
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    return beside.replace(path)


def write_parquet(path: Path, plan: Plan, results: Results) -> Path:
    """The cycles as a Parquet file.  Raises ImportError where pyarrow is missing, OSError."""
    try:
        pa: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise ImportError("pyarrow is not installed: pip install 'v2x[arrow]'") from None
    types = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
    kinds = columns(plan)
    rows = [row_of(cycle, kinds) for cycle in results.cycles]
    arrays = [
        pa.array([row[index] for row in rows], type=types[kind]) for index, kind in enumerate(kinds.values())
    ]
    beside = path.with_name(f"{path.name}.new")
    parquet.write_table(pa.table(arrays, names=list(kinds)), beside)
    return beside.replace(path)
