"""asn1tools' UPER codec, kept on a short leash: positions, paths and every one of its exceptions.

The wire rules themselves (X.691, basic unaligned) are asn1tools'.  This module

* compiles only the types that are protocol data units here, from the parsed modules;
* reads through :class:`BitReader`, so that the position of an error and the end of a value are known;
* turns each way in which asn1tools fails into :class:`v2x.errors.CodecError`.  It keeps no list indices, so
  the path is read from the stack of the failed call, whose frames are one schema node each.

It relies on asn1tools' inner classes and is therefore tied to one minor version of it (``pyproject.toml``).
What asn1tools 0.169 can't do: BIT STRING in extension form (``unsupported``); open types of 16,384 octets
and more, which are fragmented (the caller's limit is below that).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from asn1tools.codecs import DecodeError, EncodeError, OutOfDataError, uper

from v2x.codecs import parsed
from v2x.codecs.bits import NATIVE, read_bits
from v2x.errors import CodecError, CodecErrorKind

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BitReader", "decode_type", "encode_type"]

ROOT_MODULE = "V2X-Edition"
"""The module that imports or defines every protocol data unit's type; Day-2 types stand in the next."""

DAY2_MODULE = "V2X-Day2"


class BitReader(uper.Decoder):  # type: ignore[misc]
    """asn1tools' decoder over octets instead of a text of zeros and ones; counts what it skips.

    Without the C extension the octets are one big integer, the fastest way that Python has for messages.
    ``skipped``: extension additions of a later edition that were passed over.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.number_of_bits = self.total_number_of_bits = 8 * len(data)
        self.number = 0 if NATIVE else int.from_bytes(data, "big")
        self.skipped = 0

    @property
    def position(self) -> int:
        """Bits read so far."""
        return self.total_number_of_bits - self.number_of_bits

    def read_bit(self) -> int:
        """The next bit."""
        left = self.number_of_bits
        if left == 0:
            raise OutOfDataError(self.total_number_of_bits)
        self.number_of_bits = left - 1
        offset = self.total_number_of_bits - left
        return self.data[offset >> 3] >> (~offset & 7) & 1

    def read_non_negative_binary_integer(self, width: int) -> int:
        """The next ``width`` bits as a number."""
        left = self.number_of_bits - width
        if left < 0:
            raise OutOfDataError(self.position)
        self.number_of_bits = left
        if NATIVE:
            return read_bits(self.data, self.total_number_of_bits - left - width, width)
        return (self.number >> left) & ((1 << width) - 1)

    def read_bits(self, width: int) -> bytes:
        """The next ``width`` bits as octets, filled up with zeros at the end."""
        number = self.read_non_negative_binary_integer(width)
        return (number << (-width & 7)).to_bytes((width + 7) >> 3, "big")

    def skip_bits(self, width: int) -> None:
        """Pass over an unknown addition (whole octets) or the padding of a known one."""
        if width < 0:
            raise DecodeError("the value is longer than the open type that holds it")
        super().skip_bits(width)
        if width >= 8:
            self.skipped += 1


def decode_type(profile: str, type_name: str, data: bytes) -> tuple[Any, BitReader]:
    """The value of ``type_name`` at the start of ``data``, and the reader where it stopped.

    Raises CodecError ``truncated``, ``malformed`` or ``unsupported`` with path and bit; ranges are not
    checked, and what follows the value is the caller's to judge.
    """
    compiled = _compiled(profile, type_name)
    reader = BitReader(data)
    try:
        return compiled.decode(reader), reader
    except OutOfDataError as error:
        failure = _failure(
            CodecErrorKind.TRUNCATED, "the data end before the value does", type_name, error, reader
        )
    except DecodeError as error:
        failure = _failure(CodecErrorKind.MALFORMED, str(error.message), type_name, error, reader)
    except NotImplementedError as error:
        failure = _failure(CodecErrorKind.UNSUPPORTED, str(error), type_name, error, reader)
    except ValueError as error:  # an INTEGER in extension form with a length of 0 octets
        failure = _failure(CodecErrorKind.MALFORMED, str(error), type_name, error, reader)
    try:
        raise failure
    finally:
        del failure  # it holds this frame: without this, each bad message waits for the garbage collector


def _failure(
    kind: CodecErrorKind, detail: str, type_name: str, error: Exception, reader: BitReader
) -> CodecError:
    path = _path(type_name, error.__traceback__)
    return CodecError(kind, detail.rstrip("."), path=path, bit=reader.position)


def encode_type(profile: str, type_name: str, value: Any) -> bytes:
    """The encoding of a value that :func:`v2x.codecs.ranges.full_check` has passed."""
    encoder = uper.Encoder()
    try:
        _compiled(profile, type_name).encode(value, encoder)
    except EncodeError as error:
        raise CodecError(CodecErrorKind.UNENCODABLE, str(error.message), path=type_name) from None
    except NotImplementedError as error:
        raise CodecError(CodecErrorKind.UNENCODABLE, str(error), path=type_name) from None
    return bytes(encoder.as_bytearray())


@cache
def _compiled(profile: str, type_name: str) -> Any:
    return _compiler(profile).process_type(type_name, {"type": type_name}, _home(type_name)).type


@cache
def _compiler(profile: str) -> Any:
    compiler = uper.Compiler(parsed.load(profile))
    compiler.pre_process()
    return compiler


def _home(type_name: str) -> str:
    return ROOT_MODULE if type_name == "MessageFrame" else DAY2_MODULE


def _path(root: str, trace: TracebackType | None) -> str:
    """The names and list indices between ``root`` and the node whose ``decode`` failed."""
    path = root
    while trace is not None:
        function, names = trace.tb_frame.f_code.co_name, trace.tb_frame.f_locals
        trace = trace.tb_next
        node: Any = names.get("self")
        # What failed lies inside the part that is being read only if the next frame is that part's own.
        if trace is None:
            break
        inner: Any = trace.tb_frame.f_locals.get("self")
        if function in ("decode_root", "decode_additions"):
            if inner is not None and inner in (names.get("member"), names.get("addition")):
                path += f".{inner.name}"
        elif isinstance(node, uper.ArrayType) and inner is node.element_type:
            path += f"[{len(names['decoded'])}]"
    return path
