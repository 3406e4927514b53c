"""A UPER reader that writes down where every bit went, and its rows.

Each bit of the octets is in exactly one row.  A row is one field of X.691 (basic unaligned):

    extension   1 bit: the value has additions, or is outside its root
    presence    1 bit per OPTIONAL member or addition
    index       which alternative of a CHOICE; constrained, or normally small for an addition
    length      of a string, list, open type or presence bitmap
    value       the bits of an element
    padding     what fills an open type or the message to whole octets
    unknown     additions of a later edition, octets behind a value
    unread      everything behind a fault

It reads the schema tree and nothing of the engine, so it is a second opinion on it.  It checks what it needs
to go on - lengths, numbers of alternatives - and notes a value outside its range in the row's meaning.

Source: ITU-T X.691; the frame of Day-2 messages as in :mod:`v2x.codecs.codec`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.codecs.elements import typed_of
from v2x.codecs.meaning import meaning
from v2x.codecs.message import DAY2_MESSAGES
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
)
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from v2x.codecs.elements import Typed

__all__ = ["Row", "Walker", "raw_bits"]

_IA5_BITS = 7
_FRAGMENTED = 0xC0
"""From this first octet on a length is that of a fragment of 16,384 octets and more."""

_BINARY_BITS = 32
"""Fields up to this width are shown bit by bit."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some bits: ``offset`` and ``width`` in bits, ``part`` as the module lists them.

    ``raw`` is binary up to 32 bits, beyond that ``0x`` and hex, filled up with zeros at the end.
    """

    offset: int
    width: int
    path: str
    part: str
    raw: str
    meaning: str


def raw_bits(number: int, width: int) -> str:
    """The text of ``width`` bits, as :class:`Row` has it."""
    if width <= _BINARY_BITS:
        return f"{number:0{width}b}"
    return f"0x{number << (-width % 4):0{(width + 3) // 4}x}"


class Walker:
    """Reads the octets from the first bit to the last and writes a row for each field."""

    def __init__(self, data: bytes, profile: str, base: int = 0) -> None:
        self.rows: list[Row] = []
        self._profile = profile
        self._base = base
        self._number = int.from_bytes(data, "big")
        self._size = 8 * len(data)
        self._end = self._size  # of the open type that is being read
        self._at = 0

    def walk(self, typed: Typed, path: str) -> Any:
        """The value of a type, in asn1tools' form; CodecError where the bits end or mean nothing."""
        node = typed.node
        match node:
            case Sequence():
                return self._sequence(typed, node, path)
            case SequenceOf():
                return self._sequence_of(typed, node, path)
            case Choice():
                return self._choice(typed, node, path)
            case Integer():
                return self._integer(typed, node, path)
            case Enumerated():
                return self._enumerated(typed, node, path)
            case Boolean():
                value = bool(self._peek(1, path))
                self._row(1, path, "value", meaning(typed, value))
                return value
            case OctetString() | BitString() | Text():
                return self._string(typed, node, path)
        return None

    def finish(self, path: str) -> None:
        """The padding behind the last value, and octets behind that."""
        self._pad(path, self._size)

    def rest(self) -> None:
        """What was not read, as one row."""
        self._end = self._size
        if self._at < self._size:
            self._row(self._size - self._at, "", "unread", "not read")

    # Fields

    def _peek(self, width: int, path: str) -> int:
        """The next bits as a number, left for a row to take."""
        if self._at + width > self._end:
            inside = self._end < self._size
            raise CodecError(
                CodecErrorKind.MALFORMED if inside else CodecErrorKind.TRUNCATED,
                "the value is longer than the open type that holds it"
                if inside
                else "the data end before the value does",
                path=path,
                bit=self._base + self._at,
            )
        return self._number >> (self._size - self._at - width) & ((1 << width) - 1)

    def _row(self, width: int, path: str, part: str, said: str) -> int:
        """Take the next bits as a row; nothing for no bits."""
        if width == 0:
            return 0
        number = self._peek(width, path)
        self.rows.append(Row(self._base + self._at, width, path, part, raw_bits(number, width), said))
        self._at += width
        return number

    def _fault(self, kind: CodecErrorKind, detail: str, path: str) -> CodecError:
        return CodecError(kind, detail, path=path, bit=self._base + self._at)

    def _flag(self, path: str, part: str, unset: str, is_set: str) -> bool:
        value = self._peek(1, path)
        self._row(1, path, part, is_set if value else unset)
        return bool(value)

    def _length(self, path: str, unit: str) -> int:
        """A general length: one octet below 128, two octets below 16,384."""
        first = self._peek(8, path)
        if first >= _FRAGMENTED:
            raise self._fault(CodecErrorKind.UNSUPPORTED, "a length in fragments", path)
        width = 16 if first & 0x80 else 8
        length = self._peek(width, path) & 0x3FFF
        self._row(width, path, "length", f"{length} {unit}")
        return length

    def _size_of(self, low: int, high: int | None, path: str, unit: str) -> int:
        """The size of a string or list: no bits where it is fixed."""
        if high is None:
            return self._length(path, unit)
        if low == high:
            return low
        width = (high - low).bit_length()
        size = low + self._peek(width, path)
        outside = f" (outside {low}..{high})" if size > high else ""
        self._row(width, path, "length", f"{size} {unit}{outside}")
        return size

    def _small(self, path: str, part: str, said: str) -> int:
        """A normally small number: 0 and six bits, or 1, a length and octets."""
        if not self._peek(1, path):
            number = self._peek(7, path)
            self._row(7, path, part, said.format(number))
            return number
        self._row(1, path, part, "a number of 64 or more")
        width = 8 * self._length(path, "octets of the number")
        number = self._peek(width, path)
        self._row(width, path, part, said.format(number))
        return number

    def _pad(self, path: str, end: int) -> None:
        """Everything up to ``end``: the bits of the last octet, then whole octets."""
        bits = min(-self._at % 8, end - self._at)
        if bits:
            left = self._peek(bits, path)
            self._row(bits, path, "padding", "not zero" if left else "zero")
        octets = (end - self._at) // 8
        if octets > 0:
            self._row(end - self._at, path, "unknown", f"{octets} octets behind the value")

    # Types

    def _integer(self, typed: Typed, node: Integer, path: str) -> int:
        if node.extensible and self._flag(path, "extension", "in its root", "outside its root"):
            octets = self._length(path, "octets")
            if octets == 0:
                raise self._fault(CodecErrorKind.MALFORMED, "an INTEGER of 0 octets", path)
            number = self._peek(8 * octets, path)
            number -= (number >> (8 * octets - 1)) << (8 * octets)
            self._row(8 * octets, path, "value", meaning(typed, number) if octets <= 8 else "a huge number")
            return number
        width = (node.high - node.low).bit_length()
        number = node.low + self._peek(width, path)
        self._row(width, path, "value", meaning(typed, number))
        return number

    def _enumerated(self, typed: Typed, node: Enumerated, path: str) -> str | None:
        if node.extensible and self._flag(path, "extension", "in its root", "of a later edition"):
            self._small(path, "value", "addition {}, unknown to this profile")
            return None
        width = (len(node.names) - 1).bit_length()
        index = self._peek(width, path)
        if index >= len(node.names):
            raise self._fault(CodecErrorKind.MALFORMED, f"enumerator {index} of {len(node.names)}", path)
        self._row(width, path, "value", meaning(typed, node.names[index]))
        return node.names[index]

    def _string(self, typed: Typed, node: OctetString | BitString | Text, path: str) -> Any:
        unit, step = {OctetString: ("octets", 8), BitString: ("bits", 1), Text: ("characters", _IA5_BITS)}[
            type(node)
        ]
        extensible = not isinstance(node, Text) and node.extensible
        if extensible and self._flag(path, "extension", "of its root size", "of another size"):
            size = self._length(path, unit)
        else:
            size = self._size_of(node.low, node.high, path, unit)
        width = size * step
        number = self._peek(width, path)
        octets = (number << (-width % 8)).to_bytes((width + 7) // 8, "big")
        value: Any = octets
        if isinstance(node, BitString):
            value = (octets, size)
        elif isinstance(node, Text):
            value = "".join(chr(number >> _IA5_BITS * i & 0x7F) for i in reversed(range(size)))
        self._row(width, path, "value", meaning(typed, value))
        return value

    def _sequence_of(self, typed: Typed, node: SequenceOf, path: str) -> list[Any]:
        count = self._size_of(node.low, node.high, path, "elements")
        assert typed.item is not None
        return [self.walk(typed.item, f"{path}[{index}]") for index in range(count)]

    def _choice(self, typed: Typed, node: Choice, path: str) -> tuple[str | None, Any]:
        root = [member for member in node.members if not member.addition]
        if node.extensible and self._flag(path, "extension", "an alternative of the root", "an addition"):
            additions = node.members[len(root) :]
            index = self._small(path, "index", "addition {}")
            name = additions[index].name if index < len(additions) else None
            inner = f"{path}.{name}" if name else f"{path}.[addition {index}]"
            return name, self._open_type(typed.parts.get(name or ""), inner)
        width = (len(root) - 1).bit_length()
        index = self._peek(width, path)
        if index >= len(root):
            raise self._fault(CodecErrorKind.MALFORMED, f"alternative {index} of {len(root)}", path)
        name = root[index].name
        self._row(width, path, "index", f"{index}: {name}")
        return name, self.walk(typed.parts[name], f"{path}.{name}")

    def _sequence(self, typed: Typed, node: Sequence, path: str) -> dict[str, Any]:
        extended = node.extensible and self._flag(path, "extension", "no additions", "with additions")
        present = {
            member.name: self._flag(f"{path}.{member.name}", "presence", "absent", "present")
            for member in node.members
            if member.optional and not member.addition
        }
        value: dict[str, Any] = {}
        for member in node.members:
            if member.addition or not present.get(member.name, True):
                continue
            inner = f"{path}.{member.name}"
            if typed.name == "MessageFrameExt" and member.name == "value":
                value["value"] = self._day2(value["messageId"], inner)
            else:
                value[member.name] = self.walk(typed.parts[member.name], inner)
        if extended:
            self._additions(typed, node, path, value)
        return value

    def _additions(self, typed: Typed, node: Sequence, path: str, value: dict[str, Any]) -> None:
        additions = [member.name for member in node.members if member.addition]
        if self._peek(2, path) == 3:
            raise self._fault(CodecErrorKind.UNSUPPORTED, "more than 127 additions", path)
        long = self._peek(1, path)
        count = self._peek(9 if long else 7, path) & 0x7F
        count += not long
        self._row(9 if long else 7, path, "length", f"{count} additions")
        names = [additions[i] if i < len(additions) else f"[addition {i}]" for i in range(count)]
        present = [self._flag(f"{path}.{name}", "presence", "absent", "present") for name in names]
        for name, there in zip(names, present, strict=True):
            if there:
                read = self._open_type(typed.parts.get(name), f"{path}.{name}")
                if name in typed.parts:
                    value[name] = read

    def _open_type(self, typed: Typed | None, path: str) -> Any:
        """A length and a value in its own octets; octets where the type is not known."""
        octets = self._length(path, "octets")
        outer, end = self._end, self._at + 8 * octets
        self._peek(8 * octets, path)
        if typed is None:
            self._row(8 * octets, path, "unknown", "of a later edition")
            return None
        self._end = end
        value = self.walk(typed, path)
        self._fill(path, end)
        self._end = outer
        return value

    def _fill(self, path: str, end: int) -> None:
        """The rest of an open type: padding counts from its own first bit."""
        left = end - self._at
        bits = left % 8
        if bits:
            self._row(bits, path, "padding", "not zero" if self._peek(bits, path) else "zero")
        if left >= 8:
            self._row(left - bits, path, "unknown", f"{left // 8} octets behind the value")

    def _day2(self, number: int, path: str) -> Any:
        """The message inside ``msgFrameExt``, whose type is told by its number."""
        day2 = DAY2_MESSAGES.get(number)
        return self._open_type(None if day2 is None else typed_of(self._profile, day2.type_name), path)
