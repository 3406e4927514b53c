"""How a command line falls apart, and what an answer of the simulated module is made of.

    line       commands after AT, one after another: ``E0V1+CMEE=1;+CREG?``
    basic      a letter or & and a letter, digits: ``E0``, ``&F``; a register: ``S3?``, ``S3=13``
    dial       D and everything up to ``;`` or the end: ``D*99***1#``
    extended   + * ^ % $ # and a name, then nothing, ``?``, ``=?`` or ``=`` and parameters, up to ``;``

A handler gives lines, or an :class:`Answer` where it needs more: raw octets behind a line, a prompt that
asks for octets, a CONNECT that opens data mode, or time.

Sources: ITU-T V.250 (command line, S parameters, D); 3GPP TS 27.007 (extended commands, *99 dial strings).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from v2x.modem.cme import INCORRECT_PARAMETERS, NOT_SUPPORTED
from v2x.modem.fields import Field, Fields, split_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


__all__ = [
    "Answer",
    "FinalError",
    "Operation",
    "Prompt",
    "SimCommand",
    "SimError",
    "among",
    "is_extended",
    "only",
    "split_line",
]  # fmt: skip

COMMANDS_LIMIT = 16
"""Commands of one line."""

_BASIC = re.compile(r"(&?[A-Za-z])([0-9]*)", re.ASCII)
_REGISTER = re.compile(r"[Ss]([0-9]{1,3})(\?|=([0-9]{0,3}))", re.ASCII)
_EXTENDED = re.compile(r"[+*^%$#][A-Za-z0-9]+", re.ASCII)


class SimError(Exception):
    """The command is refused with CME ``code`` (CMS where ``sms``); ``None``: with ERROR in any case."""

    def __init__(self, code: int | None, *, sms: bool = False) -> None:
        self.code = code
        self.sms = sms
        super().__init__(code)


class FinalError(SimError):
    """The command ends with a final result of its own, as NO CARRIER."""

    def __init__(self, final: str) -> None:
        super().__init__(None)
        self.final = final


class Operation(Enum):
    """What is asked of a command."""

    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    SET = "="


@dataclass(frozen=True, slots=True)
class SimCommand:
    """One command of a line; ``fields`` are the parameters of a set or of a basic command."""

    name: str
    operation: Operation
    fields: Fields
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """The module says ``> `` and takes ``octets``, or with ``None`` all up to Ctrl-Z; ``done`` answers."""

    octets: int | None
    done: Callable[[bytes], Answer | str | tuple[str, ...]]


class DataSink(Protocol):
    """What is behind data mode, on context ``cid``."""

    cid: int

    def received(self, data: bytes) -> bytes:
        """Octets of the host; returns what comes back at once."""
        ...

    def hung_up(self) -> None:
        """The host left data mode for good."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """More than lines.  ``takes_s``: simulated seconds until ``later`` or the final result."""

    lines: tuple[str, ...] = ()
    payload: bytes | None = None
    final: str = "OK"
    prompt: Prompt | None = None
    connects: DataSink | None = None
    takes_s: float = 0.0
    later: Callable[[], Answer | str | tuple[str, ...]] | None = field(default=None, repr=False)


def split_line(body: str) -> Iterator[SimCommand]:
    """The commands after AT.  Raises SimError at the first that is none."""
    position = count = 0
    while position < len(body):
        if body[position] in " ;":
            position += 1
            continue
        count += 1
        if count > COMMANDS_LIMIT:
            raise SimError(None)
        if body[position] in "Dd":
            end = _end_of(body, position)
            yield SimCommand("D", Operation.SET, Fields([Field(body[position + 1 : end].strip())]))
            position = end + (end < len(body))
        elif (register := _REGISTER.match(body, position)) is not None:
            position = register.end()
            yield _register(register)
        elif (basic := _BASIC.match(body, position)) is not None:
            position = basic.end()
            digits = split_fields(basic.group(2)) if basic.group(2) else Fields()
            yield SimCommand(basic.group(1).upper(), Operation.EXECUTE, digits)
        else:
            end = _end_of(body, position)
            yield _extended(body[position:end].strip())
            position = end


def _register(match: re.Match[str]) -> SimCommand:
    number, operation = match.group(1), Operation.READ if match.group(2) == "?" else Operation.SET
    return SimCommand("S", operation, split_fields(f"{number},{match.group(3) or ''}"))


def _end_of(body: str, start: int) -> int:
    """Where an extended command ends: at a ``;`` outside quotes."""
    in_quotes = False
    for index in range(start, len(body)):
        if body[index] == '"':
            in_quotes = not in_quotes
        elif body[index] == ";" and not in_quotes:
            return index
    return len(body)


def _extended(text: str) -> SimCommand:
    name = _EXTENDED.match(text)
    if name is None:
        raise SimError(None)
    rest = text[name.end() :].strip()
    for operation in (Operation.TEST, Operation.READ, Operation.EXECUTE):
        if rest == operation.value:
            return SimCommand(name.group().upper(), operation, Fields())
    if not rest.startswith("="):
        raise SimError(None)
    return SimCommand(name.group().upper(), Operation.SET, split_fields(rest[1:]))


def is_extended(name: str) -> bool:
    """Whether ``name`` is that of an extended command."""
    return name[:1] in "+*^%$#"


def among(command: SimCommand, index: int, values: Sequence[int]) -> int:
    """A parameter that must be one of ``values``.  Raises SimError, FieldError."""
    value = command.fields.integer(index)
    if value not in values:
        raise SimError(INCORRECT_PARAMETERS)
    return value


def only(command: SimCommand, *operations: Operation) -> None:
    """Refuse any other operation with "not supported"."""
    if command.operation not in operations:
        raise SimError(NOT_SUPPORTED)
