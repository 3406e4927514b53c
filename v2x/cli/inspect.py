"""``v2x explain`` and ``v2x diff``: where each bit of a message goes, and what two messages differ in.

``explain`` prints a table for each message of the input: offset and width in bits, the path, the raw bits and
their meaning; a path's mark tells what is no value (``?`` present or not, ``...`` extension bit, ``#``
length, ``<`` chosen alternative).  ``diff`` ends like diff(1): status 0 the same, 1 different, 2 trouble.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2x.cli.inputs import (
    Input,
    InputOption,
    Layer,
    LayerOption,
    Profile,
    ProfileOption,
    fail,
    message_of,
    octets_of,
    opened,
    reader_may_leave,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs import Message
    from v2x.codecs.diff import Comparison
    from v2x.codecs.explain import Explanation
    from v2x.errors import CodecError

__all__ = ["diff", "explain", "print_explanation"]

TROUBLE = 2


def explain(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")] = Path("-"),
    profile: ProfileOption = Profile.AUTO,
    input_format: InputOption = Input.AUTO,
    layer: LayerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message, not a table.")] = False,
) -> None:
    """Show where every bit of a message goes: offset, width, path, raw bits, meaning.

    On a broken message the table goes up to the fault and ends with what is wrong. Status 1 where any message
    was broken.
    """
    from v2x.codecs.explain import explain as explain_message
    from v2x.codecs.explain import explain_frame
    from v2x.errors import CodecError

    failed, count = False, 0
    with opened(file) as stream, reader_may_leave():
        for item, what in octets_of(stream, input_format, layer):
            count += 1
            if isinstance(item, CodecError):
                failed = True
                print_error(item, as_json)
                continue
            function = explain_frame if what is Layer.FRAME else explain_message
            explanation = function(item, profile.value)
            failed |= explanation.error is not None
            print_explanation(explanation, as_json=as_json, first=count == 1)
    if not count:
        raise fail("there is no message in the input", TROUBLE)
    if failed:
        raise typer.Exit(1)


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="FILE, FILE:N for its N-th message, or hex digits.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    profile: ProfileOption = Profile.AUTO,
    input_format: InputOption = Input.AUTO,
    layer: LayerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, not a table.")] = False,
) -> None:
    """Show which fields two messages differ in, with both values.

    Lanes, links, phases, participants and the like are compared by their identity, points by their place in
    the list. Status 0: the same, 1: different, 2: trouble.
    """
    from v2x.codecs.diff import compare

    sides = [_side(text, input_format, layer, profile) for text in (a, b)]
    comparison = compare(*sides)
    with reader_may_leave():
        if as_json:
            print(json.dumps(comparison.to_json()))
        else:
            for line in _table(comparison):
                print(line)
    if not comparison.same:
        raise typer.Exit(1)


def print_explanation(explanation: Explanation, *, as_json: bool = False, first: bool = True) -> None:
    """Write an explanation to standard output; ``first``: no empty line before it."""
    from v2x.codecs.explain import explanation_lines

    if as_json:
        print(json.dumps(_explanation_json(explanation)))
        return
    if not first:
        print()
    about = [explanation.message.kind] if explanation.message is not None else []
    about += [explanation.profile] if explanation.profile is not None else []
    bits = sum(row.width for row in explanation.rows)
    print(f"# {' by '.join(about) or 'no message'}, {bits} bits in {len(explanation.rows)} rows")
    for line in explanation_lines(explanation):
        print(line)


def print_error(error: CodecError, as_json: bool) -> None:
    """Write an error in the place of a message."""
    print(json.dumps({"error": _error_json(error)}) if as_json else f"error: {error}")


def _explanation_json(explanation: Explanation) -> dict[str, Any]:
    return {
        "profile": explanation.profile,
        "message": None if explanation.message is None else explanation.message.kind,
        "rows": [
            {
                "offset": row.offset, "width": row.width, "path": row.path, "part": row.part, "raw": row.raw,
                "meaning": row.meaning,
            }
            for row in explanation.rows
        ],
        "error": None if explanation.error is None else _error_json(explanation.error),
    }  # fmt: skip


def _error_json(error: CodecError) -> dict[str, Any]:
    return {"kind": str(error.kind), "path": error.path, "bit": error.bit, "reason": error.detail}


def _side(text: str, input_format: Input, layer: Layer | None, profile: Profile) -> Message:
    """The message that an argument of ``diff`` names."""
    from v2x.errors import CodecError

    path, number = Path(text), None
    if not _is_file(text):
        numbered = re.fullmatch(r"(.+):(\d{1,9})", text)
        if numbered and _is_file(numbered[1]):
            path, number = Path(numbered[1]), int(numbered[2])
        elif re.fullmatch(r"(?:[0-9a-fA-F]{2}\s*)+", text):
            return _decoded(bytes.fromhex(text), layer, profile, "the hex digits")
    with opened(path) as stream:
        found = list(_bounded(octets_of(stream, input_format, layer), number))
    if number is None and len(found) > 1:
        raise fail(f"{text}: more than one message; name one as {text}:1", TROUBLE)
    if not found or (number is not None and not 1 <= number <= len(found)):
        raise fail(f"{text}: {len(found)} messages are there" if found else f"{text}: no message", TROUBLE)
    item, what = found[0 if number is None else number - 1]
    if isinstance(item, CodecError):
        raise fail(f"{text}: {item}", TROUBLE)
    return _decoded(item, what, profile, text)


def _is_file(name: str) -> bool:
    try:
        return name == "-" or Path(name).is_file()
    except OSError:  # hex digits are too long for a name
        return False


def _bounded(items: Iterator[Any], number: int | None) -> Iterator[Any]:
    """As many items as are needed: two tell that there is more than one."""
    for index, item in enumerate(items, 1):
        yield item
        if index >= (2 if number is None else number):
            return


def _decoded(octets: bytes, layer: Layer | None, profile: Profile, name: str) -> Message:
    from v2x.errors import CodecError

    try:
        return message_of(octets, layer or Layer.MESSAGE, profile)
    except CodecError as error:
        raise fail(f"{name}: {error}", TROUBLE) from None


def _table(comparison: Comparison) -> Iterator[str]:
    """The differences in three columns."""
    kinds = " / ".join(dict.fromkeys(comparison.kinds))
    profiles = " / ".join(dict.fromkeys(comparison.profiles))
    count = len(comparison.differences)
    yield f"# {kinds} by {profiles}: {count or 'no'} difference{'' if count == 1 else 's'}"
    rows = [(one.path or "(kind)", one.a_meaning, one.b_meaning) for one in comparison.differences]
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    yield f"{'path':<{widths[0]}}  {'A':<{widths[1]}}  B"
    for path, left, right in rows:
        yield f"{path:<{widths[0]}}  {left:<{widths[1]}}  {right}"
