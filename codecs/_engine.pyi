"""The native engine (``_engine.c``); what its methods do, the protocols say.

They are :class:`v2x.codecs.records.Engine` and :class:`v2x.codecs.coer.Coer`.
"""

from collections.abc import Callable, Sequence
from typing import Any, final

from v2x.codecs.records import Record
from v2x.errors import CodecError

FLAG_LENIENT: int
FLAG_DROP_UNKNOWN: int

@final
class Bits:
    def __init__(self, value: bytes, length: int, names: tuple[str, ...] = ()) -> None: ...
    @property
    def value(self) -> bytes: ...
    @property
    def length(self) -> int: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def set(self) -> frozenset[str]: ...
    def __getitem__(self, key: str | int, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Engine:
    def __init__(
        self,
        ops: tuple[tuple[Any, ...], ...],
        parts: tuple[tuple[Any, ...], ...],
        names: tuple[tuple[str, ...], ...],
        messages: tuple[tuple[int, int], ...],
        roots: dict[str, int],
        root: int,
        module: str,
        to_error: Callable[..., CodecError],
    ) -> None: ...
    @property
    def classes(self) -> dict[str, type[Record]]: ...
    def decode(self, data: Any, flags: int = 0, row: int = ..., /) -> Any: ...
    def decode_dict(self, data: Any, flags: int = 0, row: int = ..., /) -> Any: ...
    def inspect(
        self, data: Any, flags: int = 0, row: int = ..., form: int = 1, /
    ) -> tuple[Any, bool, int, int]: ...
    def encode(self, record: Any, /) -> bytes: ...
    def encode_dict(self, value: Any, row: int = ..., /) -> bytes: ...
    def walk_many(self, frames: Any, offsets: Any = None, flags: int = 0, row: int = ..., /) -> bytes: ...
    def columns(
        self,
        frames: Any,
        offsets: Any,
        flags: int,
        plan: Any,
        columns: Sequence[tuple[Any, ...]],
        rows: Sequence[tuple[Any, ...]],
        faults: Any,
        fill: int,
        /,
    ) -> tuple[list[int], list[int]]: ...

@final
class Coer:
    def __init__(
        self,
        ops: tuple[tuple[int, ...], ...],
        fields: tuple[tuple[int, int, str, object, bytes], ...],
        names: tuple[tuple[str, ...], ...],
        roots: dict[str, int],
        record: type[Any],
        to_error: Callable[..., CodecError],
    ) -> None: ...
    def decode(self, type_name: str, data: Any, /) -> Any: ...
    def decode_prefix(self, type_name: str, data: Any, offset: int, /) -> tuple[Any, int]: ...
    def encode(self, type_name: str, value: Any, /) -> bytes: ...
