"""Identities and secrets, hidden wherever text is shown.

A run of 14 to 22 characters that begins with 14 digits is taken for an identity: IMEI (15, IMEISV 16),
IMSI (14 or 15), ICCID (19 or 20, with padding ``F``).  Its last four characters stay, so that two modules
can be told apart.  Arguments of commands that carry a PIN or a password are hidden whole.  The counters of
``+CUSPCREQ`` are longer runs and stay.

Source of the lengths: 3GPP TS 23.003 (IMEI, IMSI) and ITU-T E.118 (ICCID).
"""

from __future__ import annotations

import re

__all__ = ["MaskedId", "mask", "printable", "redact"]

SHOWN_TAIL = 4
"""Characters of an identity that stay readable."""

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[0-9]{14}[0-9]{0,8}[0-9A-Fa-f]{0,2}(?![0-9A-Za-z])")
_IDENTITY_LIMIT = 22
_SECRET = re.compile(r"(\+(?:CPIN|CPWD|CLCK|CGAUTH|QICSGP)\s*=)(?!\s*\?).*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def mask(identity: str) -> str:
    """``identity`` with all but its last four characters as stars; short ones wholly."""
    if len(identity) <= 2 * SHOWN_TAIL:
        return "*" * len(identity)
    return "*" * (len(identity) - SHOWN_TAIL) + identity[-SHOWN_TAIL:]


def redact(text: str) -> str:
    """``text`` without identities and passwords, for logs, errors and screens."""

    def hide(match: re.Match[str]) -> str:
        run = match.group()
        return mask(run) if len(run) <= _IDENTITY_LIMIT else run

    return _SECRET.sub(r"\1***", _IDENTITY.sub(hide, text))


def printable(text: str) -> str:
    r"""``text`` with control characters as ``\xNN``: a module's bytes must not steer a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


class MaskedId:
    """An identity that shows itself masked; ``reveal`` gives it whole."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The identity in full."""
        return self._value

    def __str__(self) -> str:
        return mask(self._value)

    def __repr__(self) -> str:
        return f"MaskedId({mask(self._value)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskedId) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)
