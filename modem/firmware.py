"""The revision of a module's firmware, as Quectel writes it.

    EM05GFAR07A07M1G_01.016.01.016
    <model>R<release>A<minor>M<memory>G[_<sub-version>]

A revision of another form is text and nothing more.

Source: answers of real modules to AT+CGMR and AT+QGMR; the same reading as ModemManager's tests state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from v2x.modem.elements import Value

__all__ = ["Revision", "parse_revision", "revision_values"]

_REVISION = re.compile(
    r"(?P<model>[A-Z0-9-]{2,24}?)R(?P<release>[0-9]{2})A(?P<minor>[0-9]{2})M(?P<memory>[0-9A-Z]{1,3})G"
    r"(?:_(?P<sub>[A-Za-z0-9._-]{1,48}))?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision's parts; only ``text`` where the grammar is another."""

    text: str
    model: str | None = None
    release: int | None = None
    minor: int | None = None
    memory: str | None = None
    sub_version: str | None = None

    def __str__(self) -> str:
        return self.text


def parse_revision(text: str) -> Revision:
    """Read a revision.  Total."""
    found = _REVISION.match(text)
    if found is None:
        return Revision(text)
    release, minor = int(found["release"]), int(found["minor"])
    return Revision(text, found["model"], release, minor, found["memory"], found["sub"])


def revision_values(text: str) -> tuple[Value, ...]:
    """The same as values of a row."""
    read = parse_revision(text)
    if read.release is None:
        return (Value("revision", text, text),)
    return (
        Value("revision", text, text),
        Value("model", read.model, text),
        Value("release", read.release, text),
        Value("minor", read.minor, text),
        Value("memory", read.memory, text),
        Value("sub_version", read.sub_version, text),
    )
