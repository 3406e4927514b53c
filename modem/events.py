"""What the AT engine says: its states and its events, plain frozen values.

Representations hide identities; see ``v2x.modem.engine`` for what leads from one state to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from v2x.modem.fields import prefix_of
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from v2x.modem.commands import Reply
    from v2x.modem.finals import Refusal

__all__ = ["Data", "Done", "Event", "Intermediate", "Late", "Noise", "Prompted", "State", "Urc"]


class State(Enum):
    """Where the engine is; see the module's text."""

    IDLE = "idle"
    SENT = "sent"
    INTERMEDIATE = "intermediate"
    PROMPT = "prompt"
    PAYLOAD = "payload"
    FINAL = "final"
    DATA = "data"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class Urc:
    """A notification: its line, its second lines or raw octets, whether the table knows it."""

    line: str
    body: tuple[str, ...] = ()
    payload: bytes | None = field(default=None, repr=False)
    known: bool = True

    @property
    def prefix(self) -> str | None:
        """Its name, as ``+CREG``."""
        return prefix_of(self.line)

    def __repr__(self) -> str:
        return f"Urc({redact(self.line)!r})"


@dataclass(frozen=True, slots=True)
class Intermediate:
    """An information line of the pending answer, as it comes."""

    line: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompted:
    """The module asks for the payload: ``data`` is to be sent now."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """The pending command is answered; ``refusal`` is ``None`` where it succeeded."""

    reply: Reply
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """A line of an answer that nobody waits for any more."""

    line: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Data:
    """Octets of data mode."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Noise:
    """Octets that are no line: too long a line, or one that was cut off."""

    octets: int
    why: str


Event = Urc | Intermediate | Prompted | Done | Late | Data | Noise
