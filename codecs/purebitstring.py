"""A BIT STRING in Python: the contract of ``Bits`` in ``engine_bitstring.h``.

Octets, a length in bits, and the names of the bits by their numbers.  Bit 0 is the most significant one of
the first octet.  A value is immutable; two are equal if their bits are, whatever their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PureBits", "bits_of", "load_bits"]

_new = object.__new__


class PureBits:
    """``Bits(value, length, names=())``: a BIT STRING, its length, and the names of its bits.

    ``bits["name"]`` and ``bits[3]`` are bool: KeyError for a name that there is not, IndexError for a number;
    a named bit behind the end is False, as strings end in zeros.  ValueError for octets that are not those of
    ``length`` bits.
    """

    __slots__ = ("_parts",)

    _parts: tuple[bytes, int, tuple[str, ...]]

    def __init__(self, value: bytes, length: int, names: tuple[str, ...] = ()) -> None:
        whole = length >= 0 and len(value) == (length + 7) // 8
        if not whole or (length % 8 and value[-1] & (0xFF >> length % 8)):
            raise ValueError(f"{value!r} are not the octets of {length} bits")
        _store(self, (bytes(value), length, names))

    @property
    def value(self) -> bytes:
        """The octets, filled up with zeros."""
        return self._parts[0]

    @property
    def length(self) -> int:
        """The number of bits."""
        return self._parts[1]

    @property
    def names(self) -> tuple[str, ...]:
        """The names by bit number; empty for a bit without one."""
        return self._parts[2]

    @property
    def set(self) -> frozenset[str]:
        """The names of the bits that are set."""
        numbered = enumerate(self.names[: self.length])
        return frozenset(name for number, name in numbered if name and self[number])

    def __getitem__(self, key: str | int, /) -> bool:
        if isinstance(key, str):
            if not key or key not in self.names:
                raise KeyError(key)
            number = self.names.index(key)
            return number < self.length and self[number]
        if not 0 <= key < self.length:
            raise IndexError(f"bit {key} of {self.length}")
        return bool(self.value[key >> 3] >> (7 - (key & 7)) & 1)

    __iter__ = None  # else `name in bits` would compare the name with bools
    __contains__ = None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} can't be set: Bits are immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} can't be deleted: Bits are immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PureBits):
            return NotImplemented
        return self.length == other.length and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.length, self.value))

    def __repr__(self) -> str:
        return f"Bits({self.value!r}, {self.length})"

    def __copy__(self) -> PureBits:
        return self

    def __deepcopy__(self, memo: Any) -> PureBits:
        return self

    def __reduce__(self) -> tuple[Any, tuple[bytes, int, tuple[str, ...]]]:
        return PureBits, (self.value, self.length, self.names)


_store: Callable[[PureBits, tuple[bytes, int, tuple[str, ...]]], None] = PureBits.__dict__["_parts"].__set__
"""Puts the parts into a new value: the one way around ``__setattr__``."""

load_bits: Callable[[PureBits], tuple[bytes, int, tuple[str, ...]]] = PureBits.__dict__["_parts"].__get__
"""The octets, the number of bits and the names."""


def bits_of(value: bytes, length: int, names: tuple[str, ...]) -> PureBits:
    """Bits of octets that are known to be right."""
    bits = _new(PureBits)
    _store(bits, (value, length, names))
    return bits
