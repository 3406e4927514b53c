"""``v2x modem parse``: recorded output of a module as typed rows, one JSON object a record.

Input are JSON lines ``{"command", "raw"}`` (``raw`` as received; a notification has no command), or one
JSON document: a list of such records, or an object with the list in ``cases``.  Other keys are left alone,
but ``id`` is repeated.  The octets go through the same engine that talks to a module.

Of each record: ``result`` (the final line, null if none came), ``code`` and ``code_text`` of an error,
``rows`` (typed values, units in the names, unknown values null, ``layout`` and how it was ``chosen``),
``urcs``, ``lines`` of the answer, ``left_over`` (what no row was made of).  A bad record gives ``error`` with
its line.

Exit status: 0 done, 1 a record was bad, 2 wrong usage.  Identities are printed as they stand in the input,
unless ``--mask`` hides them.
"""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2x.cli.inputs import opened, reader_may_leave

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["parse"]

LINE_LIMIT = 4 << 20
"""Octets of a record: the longest answer that the engine keeps has eight MiB of lines, real ones some KiB."""

DOCUMENT_LIMIT = 64 << 20
"""Octets of a document that is not JSON lines: it is held whole."""

Record = tuple[str, int, Any]
"""Where it stands (``line`` or ``case``, and its number from 1), and the record or why there is none."""


class _BadRecordError(Exception):
    """A record that can't be read; the text is the reason."""


def parse(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="JSON lines; - is standard input.")],
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="What kind of module wrote it. Default: each line's form decides."),
    ] = None,
    mask: Annotated[bool, typer.Option("--mask", help="Hide IMEI, IMSI and ICCID.")] = False,
) -> None:
    """Read recorded output of a module: one JSON object a record, with typed rows and what was left over.

    A record is a line {"command": "AT+CSQ", "raw": "..."} with what came, as received; a notification has no
    command. Status 1 where any record was bad.
    """
    from v2x.modem.errors import ProfileError
    from v2x.modem.layouts import book

    try:
        book(profile)
    except ProfileError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from None
    failed = False
    with opened(file) as stream, reader_may_leave():
        for where, number, record in _records(stream):
            view: dict[str, Any] = {where: number}
            try:
                view |= _view(record, profile)
            except _BadRecordError as error:
                failed = True
                view["error"] = str(error)
            text = json.dumps(view, ensure_ascii=False)
            typer.echo(_masked(text) if mask else text)
    if failed:
        raise typer.Exit(1)


def _view(record: Any, profile: str | None) -> dict[str, Any]:
    """One record's object.  Raises _BadRecordError with the reason."""
    from v2x.modem.parse import parse_text

    if isinstance(record, _BadRecordError):
        raise record
    if not isinstance(record, dict):
        raise _BadRecordError("a record is a JSON object")
    command, raw = record.get("command"), record.get("raw")
    if command is not None and not isinstance(command, str):
        raise _BadRecordError("command: must be a text or null")
    if not isinstance(raw, str):
        raise _BadRecordError("raw: must be a text" if "raw" in record else "raw: missing")
    try:
        parsed = parse_text(command, raw, profile)
    except ValueError as error:
        raise _BadRecordError(str(error)) from None
    known = {"id": record["id"]} if isinstance(record.get("id"), str) else {}
    return known | parsed.to_dict()


def _masked(text: str) -> str:
    from v2x.modem.redaction import redact

    return redact(text)


def _records(stream: BinaryIO) -> Iterator[Record]:
    """The records of JSON lines, or of a document; a first line that is no JSON may be the begin of one."""
    lines = _lines(stream)
    first = next(lines, b"")
    record = _loaded(first)
    if isinstance(record, _BadRecordError):
        text = first + stream.read(DOCUMENT_LIMIT)
        record = _loaded(text)
        lines = _lines(io.BytesIO(text))
    else:
        lines = itertools.chain((first,), lines)
    if _is_document(record):
        cases = record if isinstance(record, list) else record["cases"]
        yield from (("case", number, case) for number, case in enumerate(cases, 1))
        return
    yield from (("line", number, _loaded(line)) for number, line in enumerate(lines, 1) if line.strip())


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is too long the first LINE_LIMIT + 1 octets."""
    while line := stream.readline(LINE_LIMIT + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LINE_LIMIT)


def _loaded(text: bytes) -> Any:
    """JSON, or a _BadRecordError with the reason there is none."""
    if len(text) > LINE_LIMIT and b"\n" not in text[:-1]:
        return _BadRecordError(f"longer than {LINE_LIMIT} octets")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return _BadRecordError(f"no JSON: {error}")


def _is_document(record: Any) -> bool:
    return isinstance(record, list) or (isinstance(record, dict) and isinstance(record.get("cases"), list))
