"""Columns as Arrow tables; needs the extra ``arrow`` (pyarrow), which nothing else here does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from v2x.codecs.columns import Columns

__all__ = ["arrow_table"]


def arrow_table(columns: Columns) -> Any:
    """The table of ``columns``: names as dictionaries, octets as binary, text as strings, nulls where masked.

    A child's table begins with the column ``row``, the frames' with ``fault``.  ImportError where pyarrow is
    missing.
    """
    try:
        pa: Any = import_module("pyarrow")
    except ImportError:
        raise ImportError("pyarrow is not installed: pip install 'v2x[arrow]'") from None
    arrays: dict[str, Any] = {}
    if columns.row is not None:
        arrays["row"] = pa.array(columns.row)
    if columns.faults is not None:
        arrays["fault"] = pa.array(columns.faults)
    for name in columns:
        arrays[name] = _array(pa, columns, name)
    return pa.table(arrays)


def _array(pa: Any, columns: Columns, name: str) -> Any:
    values, absent = columns[name], ~columns.masks[name]
    if values.dtype.kind == "S":
        return _strings(pa, columns, name)
    if name in columns.names and values.dtype == np.uint8:
        return pa.DictionaryArray.from_arrays(pa.array(values, mask=absent), pa.array(columns.names[name]))
    return pa.array(values, mask=absent)


def _strings(pa: Any, columns: Columns, name: str) -> Any:
    """Octets one behind the other, without the fill of the S array; no loop over rows."""
    values, mask = columns[name], columns.masks[name]
    size = values.dtype.itemsize
    octets = values.view(np.uint8).reshape(columns.length, size)
    present = pa.array(mask).buffers()[1] if columns.length else None
    if name not in columns.lengths:
        buffers = [present, pa.py_buffer(octets.tobytes())]
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), columns.length, buffers)
    lengths = columns.lengths[name]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    data = octets[np.arange(size) < lengths[:, None]]
    kind = pa.string() if name in columns.texts else pa.binary()
    buffers = [present, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data.tobytes())]
    return pa.Array.from_buffers(kind, columns.length, buffers)
