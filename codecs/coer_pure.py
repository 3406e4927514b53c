"""The COER codec in Python: the twin of the native one (``engine_coer.h``), with the same values and errors.

It interprets nodes (:mod:`v2x.codecs.coer_nodes`); both are chosen between in :mod:`v2x.codecs.coer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.coer_faults import Fault, to_error
from v2x.codecs.coer_wire import MAX_DEPTH, MAX_OCTETS, NodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from v2x.codecs.coer_nodes import Node
    from v2x.errors import CodecError

__all__ = ["PureCoer"]


class PureCoer:
    """Octets into values and back; ``find`` gives the node of a type, ValueError for no type."""

    def __init__(self, find: Callable[[str], Node]) -> None:
        self._find = find

    def decode(self, type_name: str, data: bytes, /) -> Any:
        """The value of all octets; CodecError."""
        value, after = self.decode_prefix(type_name, data, 0)
        rest = memoryview(data).nbytes - after
        if rest:
            raise _codec_error(type_name, NodeError(Fault.TRAILING, after, rest))
        return value

    def decode_prefix(self, type_name: str, data: bytes, offset: int, /) -> tuple[Any, int]:
        """The value that begins at ``offset`` and the offset after it; CodecError."""
        node = self._find(type_name)
        data = bytes(memoryview(data))
        if not 0 <= offset <= len(data):
            raise ValueError(f"offset {offset} is not in 0..{len(data)}")
        if len(data) > MAX_OCTETS:
            raise _codec_error(type_name, NodeError(Fault.TOO_LONG))
        try:
            return node.read(data, offset, len(data), MAX_DEPTH)
        except NodeError as fault:
            raise _codec_error(type_name, fault) from None

    def encode(self, type_name: str, value: Any, /) -> bytes:
        """The canonical octets of a value; CodecError ``unencodable``."""
        node = self._find(type_name)
        out = bytearray()
        try:
            node.write(value, out, MAX_DEPTH)
        except NodeError as fault:
            raise _codec_error(type_name, fault) from None
        return bytes(out)


def _codec_error(type_name: str, fault: NodeError) -> CodecError:
    path = fault.names[::-1]
    return to_error(fault.fault, type_name, path, fault.at, fault.a, fault.value, *fault.bounds)
