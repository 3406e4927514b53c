"""Is a value one that its type allows?  UPER does not ask: a 31-bit latitude can hold 91 degrees.

Each node of the schema becomes one function that raises :class:`Fault` at the first leaf that breaks its
range, its size or its form.  Two sets of functions come from the same rules:

* for encoding (:func:`full_check`) every leaf is looked at: form, range, size, names, missing members;
* for decoding (:func:`decoded_check`) only what bits can get wrong: ranges that are no power of two, and
  values that came in extension form.  Whatever can't go wrong costs nothing.

Source: the constraints in ``asn1/``; X.691 (which of them are visible on the wire).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    Node,
    Null,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
    node_of,
)

__all__ = ["Check", "Fault", "decoded_check", "full_check"]

EXTENDED_INTEGER_BITS = 64
"""Widest value taken from an INTEGER in extension form, where the schema sets no bound."""

SHOWN = 60
"""Characters of a wrong value that a message quotes."""


class Fault(Exception):  # noqa: N818 (a message inside this room: outside it is a CodecError)
    """A value that its type does not allow; ``names`` is the path, innermost first."""

    def __init__(self, detail: str, *, unknown_extension: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.unknown_extension = unknown_extension
        self.names: list[str] = []

    def path(self, root: str) -> str:
        """``root`` and the names to the leaf: ``MessageFrame.mapFrame.nodes[0].refPos.lat``."""
        return root + "".join(name if name[0] == "[" else "." + name for name in reversed(self.names))


Check = Callable[[Any], None]


@cache
def full_check(profile: str, type_name: str = "MessageFrame") -> Check:
    """The check of a whole value before it is encoded."""
    return _check(node_of(profile, type_name), False) or _nothing


@cache
def decoded_check(profile: str, type_name: str = "MessageFrame") -> Check:
    """The check of a value that UPER decoding gave."""
    return _check(node_of(profile, type_name), True) or _nothing


def _nothing(_value: Any) -> None:
    """The check of a type whose bits can't go wrong."""


def _check(node: Node, decoded: bool) -> Check | None:
    """The check of ``node``; None where decoding can't give a wrong value."""
    match node:
        case Integer():
            return None if decoded and _exact(node) else _integer(node)
        case Enumerated():
            return None if decoded and not node.extensible else _enumerated(node)
        case SequenceOf():
            return _sequence_of(node, decoded)
        case Sequence():
            return _sequence(node, decoded)
        case Choice():
            return _choice(node, decoded)
        case OctetString() | Text():
            return None if decoded and _exact(node) else _string(node)
        case BitString():
            return None if decoded else _bit_string(node)
        case Boolean():
            return None if decoded else _boolean
        case Null():
            return None if decoded else _null


def _exact(node: Integer | OctetString | Text) -> bool:
    """True where the field holds exactly the allowed values: no extension, and a power of two of them."""
    if not isinstance(node, Text) and node.extensible:
        return False
    if node.high is None:
        return True
    count = node.high - node.low + 1
    return count & (count - 1) == 0


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _bounds(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low}..{high}"


def _integer(node: Integer) -> Check:
    low, high = node.low, node.high
    if node.extensible:
        high = (1 << (EXTENDED_INTEGER_BITS - 1)) - 1
        low = -high - 1

    def check(value: Any) -> None:
        if value.__class__ is not int:
            raise Fault(f"{_shown(value)} is no integer, allowed is {low}..{high}")
        if not low <= value <= high:
            raise Fault(f"{value if value.bit_length() < 128 else 'a huge number'} is not in {low}..{high}")

    return check


def _enumerated(node: Enumerated) -> Check:
    names = frozenset(node.names)
    allowed = ", ".join(node.names)

    def check(value: Any) -> None:
        if value is None:
            raise Fault("an enumerator that this profile does not know", unknown_extension=True)
        if not isinstance(value, str) or value not in names:
            raise Fault(f"{_shown(value)} is none of {allowed}")

    return check


def _string(node: OctetString | Text) -> Check:
    low, high = node.low, node.high
    extensible = isinstance(node, OctetString) and node.extensible
    form: type[bytes | str] = bytes if isinstance(node, OctetString) else str
    word, unit = ("octet string", "octets") if form is bytes else ("text", "characters")

    def check(value: Any) -> None:
        if not isinstance(value, form):
            raise Fault(f"{_shown(value)} is no {word}")
        if not extensible and (len(value) < low or (high is not None and len(value) > high)):
            raise Fault(f"{len(value)} {unit} ({_shown(value)}), allowed are {_bounds(low, high)}")
        if isinstance(value, str) and not value.isascii():
            raise Fault(f"{_shown(value)} has characters outside IA5 (code 0..127)")

    return check


def _bit_string(node: BitString) -> Check:
    low, high = node.low, node.high

    def check(value: Any) -> None:
        if not (
            isinstance(value, tuple)
            and len(value) == 2
            and isinstance(value[0], bytes)
            and value[1].__class__ is int
        ):
            raise Fault(f"{_shown(value)} is no bit string (octets, number of bits)")
        octets, bits = value
        if not low <= bits <= high:
            raise Fault(f"{bits} bits ({_shown(octets)}), allowed are {_bounds(low, high)}")
        if len(octets) != (bits + 7) // 8:
            raise Fault(f"{len(octets)} octets hold no {bits} bits, allowed are {(bits + 7) // 8}")
        if octets and octets[-1] & ((1 << (-bits % 8)) - 1):
            raise Fault(f"{_shown(octets)} has bits set behind its {bits} bits")

    return check


def _boolean(value: Any) -> None:
    if not isinstance(value, bool):
        raise Fault(f"{_shown(value)} is neither true nor false")


def _null(value: Any) -> None:
    if value is not None:
        raise Fault(f"{_shown(value)} is not null")


def _sequence_of(node: SequenceOf, decoded: bool) -> Check | None:
    low, high = node.low, node.high
    inner = _check(node.element, decoded)
    count = None if high is None else high - low + 1
    if inner is None and decoded and (count is None or count & (count - 1) == 0):
        return None
    element = inner or _nothing

    def check(value: Any) -> None:
        if not isinstance(value, list):
            raise Fault(f"{_shown(value)} is no list")
        if len(value) < low or (high is not None and len(value) > high):
            raise Fault(f"{len(value)} elements, allowed are {_bounds(low, high)}")
        for index, item in enumerate(value):
            try:
                element(item)
            except Fault as fault:
                fault.names.append(f"[{index}]")
                raise

    return check


def _sequence(node: Sequence, decoded: bool) -> Check | None:
    parts = [(member.name, _check(member.node, decoded)) for member in node.members]
    checks = [(name, inner) for name, inner in parts if inner is not None]

    def check_parts(value: Any) -> None:
        for name, inner in checks:
            if name in value:
                try:
                    inner(value[name])
                except Fault as fault:
                    fault.names.append(name)
                    raise

    if decoded:
        return check_parts if checks else None
    mandatory = [member.name for member in node.members if not member.optional and not member.addition]
    by_name = node.by_name

    def check(value: Any) -> None:
        if not isinstance(value, dict):
            raise Fault(f"{_shown(value)} is no object")
        for name in mandatory:
            if name not in value:
                raise _at(name, Fault("is missing"))
        for name in value:
            if name not in by_name:
                raise _at(str(name)[:SHOWN] or "''", Fault("is no member of this type"))
        check_parts(value)

    return check


def _choice(node: Choice, decoded: bool) -> Check | None:
    checks = {member.name: _check(member.node, decoded) for member in node.members}
    if decoded and not node.extensible and not any(checks.values()):
        return None
    allowed = ", ".join(checks)

    def check(value: Any) -> None:
        if not isinstance(value, tuple) or len(value) != 2:
            raise Fault(f"{_shown(value)} is no choice (name, value)")
        name, chosen = value
        if name is None:
            raise Fault("an alternative that this profile does not know", unknown_extension=True)
        if not isinstance(name, str) or name not in checks:
            raise Fault(f"{_shown(name)} is none of {allowed}")
        inner = checks[name]
        if inner is not None:
            try:
                inner(chosen)
            except Fault as fault:
                fault.names.append(name)
                raise

    return check


def _at(name: str, fault: Fault) -> Fault:
    fault.names.append(name)
    return fault
