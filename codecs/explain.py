"""The bit-level breakdown of a message or of a whole frame, as rows and as lines of text.

``explain(octets)`` gives the rows of a MessageFrame (:mod:`v2x.codecs.walker` says what a row is),
``explain_frame(octets)`` those of a DSMP unit: its header bit by bit, a secured message octet by octet
(:mod:`v2x.codecs.coer_rows`), and the message inside.  On octets that are no message the rows go up to the
fault, one row holds the rest, and ``error`` says what is wrong: the walker's word where it can't go on, else
the decoder's.  Signatures are not checked.

Source: YD/T 3708-2020 (DSMP); the modules named above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from v2x.codecs.codec import MAX_MESSAGE_OCTETS, ROOT, decode_as
from v2x.codecs.detect import detect
from v2x.codecs.elements import typed_of
from v2x.codecs.message import PROFILES, check_profile
from v2x.codecs.walker import Row, Walker, raw_bits
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.message import Message

__all__ = ["Explanation", "Row", "explain", "explain_frame", "explanation_lines"]

_DSMP = "DSMP"
_SECURED = "V2XSecData"
SHOWN_RAW = 34
"""Characters of the raw bits in a line of text: 32 bits, or a long field's beginning."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rows, whose widths add up to ``8 * len(data)``, and what the decoder made of the same octets.

    ``profile`` is None where a frame holds no message that could be looked at.
    """

    profile: str | None
    rows: tuple[Row, ...]
    message: Message | None
    error: CodecError | None


def explain(data: bytes, profile: str | None = None, *, lenient: bool = False) -> Explanation:
    """The rows of one message; never raises for what the octets hold.

    ``profile`` None or ``auto``: the newest that fits, or where none does the one that explains most.
    ValueError for a profile that there is not.
    """
    return _explain(bytes(data), profile, 0, lenient)


def explain_frame(data: bytes, profile: str | None = None) -> Explanation:
    """The rows of one DSMP unit: header, secured message where there is one, and message."""
    from v2x.codecs.coer_rows import coer_rows
    from v2x.codecs.dsmp import DsmpFrame

    data = bytes(data)
    rows, payload_at = _header_rows(data)
    try:
        payload = DsmpFrame.parse(data).payload
    except CodecError as error:
        return Explanation(None, (*rows, *_rest(data, _end(rows))), None, error)
    secured = coer_rows(_SECURED, payload, 8 * payload_at)
    if secured.error is not None:
        inner = _explain(payload, profile, 8 * payload_at, True)
        if inner.error is None or not _looks_secured(payload):
            return Explanation(inner.profile, (*rows, *inner.rows), inner.message, inner.error)
    if secured.content is None:
        fault = secured.error or CodecError(
            CodecErrorKind.UNSUPPORTED, "the secured message holds no message in the clear", path=_SECURED
        )
        return Explanation(None, (*rows, *secured.rows), None, fault)
    start, end = secured.content
    inner = _explain(payload[start:end], profile, 8 * (payload_at + start), True)
    first, last = 8 * (payload_at + start), 8 * (payload_at + end)
    rows += [row for row in secured.rows if row.offset < first]
    rows += inner.rows
    rows += [row for row in secured.rows if row.offset >= last]
    return Explanation(inner.profile, tuple(rows), inner.message, secured.error or inner.error)


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """The rows as a table of text: offset, width, path, raw bits, meaning; the error last."""
    rows = explanation.rows
    paths = [row.path.removeprefix(f"{ROOT}.") + _MARKS.get(row.part, "") for row in rows]
    width = max([len(path) for path in paths], default=4)
    raws = [row.raw if len(row.raw) <= SHOWN_RAW else row.raw[: SHOWN_RAW - 2] + ".." for row in rows]
    raw_width = max([len(raw) for raw in raws], default=3)
    yield f"{'bit':>6} {'width':>6}  {'path':<{width}}  {'raw':<{raw_width}}  meaning"
    for row, path, raw in zip(rows, paths, raws, strict=True):
        yield f"{row.offset:>6} {row.width:>6}  {path:<{width}}  {raw:<{raw_width}}  {row.meaning}".rstrip()
    if explanation.error is not None:
        yield f"error: {explanation.error}"


_MARKS = {
    "extension": " ...", "presence": " ?", "index": " <", "length": " #", "padding": " pad", "unknown": " +",
    "unread": "(rest)",
}  # fmt: skip
"""What stands behind the path of a row that is no value."""


def _explain(data: bytes, profile: str | None, base: int, lenient: bool) -> Explanation:
    if profile is None or profile == "auto":
        found = detect(data, lenient=lenient).message
        if found is None:
            made = [_explain(data, name, base, lenient) for name in PROFILES]
            return max(made, key=lambda one: sum(row.width for row in one.rows if row.part != "unread"))
        profile = found.profile
    rows, fault = _walked(data, check_profile(profile), base)
    message: Message | None = None
    error = fault
    if fault is None:
        try:
            message = decode_as(profile, data, lenient=lenient)
        except CodecError as refused:
            error = _placed(refused, rows, base)
    return Explanation(profile, tuple(rows), message, error)


def _walked(data: bytes, profile: str, base: int) -> tuple[list[Row], CodecError | None]:
    """The rows of a MessageFrame, and the fault that ended them."""
    if len(data) > MAX_MESSAGE_OCTETS:
        detail = f"{len(data)} octets, more than the {MAX_MESSAGE_OCTETS} that are read"
        return _rest(data, 0, base), CodecError(CodecErrorKind.UNSUPPORTED, detail, path=ROOT)
    walker = Walker(data, profile, base)
    fault: CodecError | None = None
    try:
        walker.walk(typed_of(profile), ROOT)
        walker.finish(ROOT)
    except CodecError as error:
        fault = error
    walker.rest()
    return walker.rows, fault


def _placed(error: CodecError, rows: list[Row], base: int) -> CodecError:
    """The decoder's error with its bit in the whole, or that of the row of its path where it has none."""
    bit = None if error.bit is None else error.bit + base
    if bit is None:
        bit = next((row.offset for row in rows if row.path == error.path and row.part == "value"), None)
    return CodecError(error.kind, error.detail, path=error.path, bit=bit)


def _end(rows: list[Row]) -> int:
    return rows[-1].offset + rows[-1].width if rows else 0


def _rest(data: bytes, start: int, base: int = 0) -> list[Row]:
    """One row for everything from bit ``start`` on."""
    width = 8 * len(data) - start
    if width <= 0:
        return []
    number = int.from_bytes(data, "big") & ((1 << width) - 1)
    return [Row(base + start, width, "", "unread", raw_bits(number, width), "not read")]


def _looks_secured(payload: bytes) -> bool:
    """Version 3 and a tag of V2XSecContent; a bare MessageFrame may begin so too, but then it decodes."""
    return payload[:1] == b"\x03" and payload[1:2] in (b"\x80", b"\x81", b"\x82", b"\x83")


def _header_rows(data: bytes) -> tuple[list[Row], int]:
    """The rows of a DSMP header as far as it goes, and the octet at which Data begins."""
    from v2x.codecs.bits import p_decode

    rows: list[Row] = []

    def add(width: int, name: str, said: str) -> None:
        at = _end(rows)
        number = int.from_bytes(data, "big") >> (8 * len(data) - at - width) & ((1 << width) - 1)
        rows.append(Row(at, width, f"{_DSMP}.{name}", "value", raw_bits(number, width), said))

    if len(data) < 2:
        return rows, len(data)
    add(8, "protocolType", "DSMP" if data[0] == 4 else f"{data[0]}, DSMP is 4")
    add(3, "version", str(data[1] >> 5))
    add(1, "extension", "an Extension field follows" if data[1] & 0x10 else "none")
    add(4, "reserved", str(data[1] & 0x0F))
    try:
        aid, after = p_decode(data, 2)
    except ValueError:
        return rows, len(data)
    add(8 * (after - 2), "aid", _aid_text(aid))
    if len(data) < after + 2:
        return rows, len(data)
    add(16, "length", f"{int.from_bytes(data[after : after + 2], 'big')} octets of Data")
    return rows, after + 2


def _aid_text(aid: int) -> str:
    from v2x.codecs.aids import lookup

    entry = lookup(aid)
    return f"{aid} ({entry.use})" if entry else f"{aid} (not registered)"
