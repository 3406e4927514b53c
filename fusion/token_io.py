"""Token frames checked against the schema, and as files.

A file is a NumPy ``.npz`` with the frame's arrays and one text array ``header`` (JSON: at, schema_name,
schema_version, schema_sha256).  The same frame gives the same octets.  Nothing is unpickled; sizes are
checked before anything is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from v2x.errors import FusionError
from v2x.fusion import schema as layout
from v2x.objects import TokenFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["frame_digest", "load_npz", "save_npz", "validate"]

FILE_LIMIT = 4 << 20
"""Octets of a file and of its unpacked content; a frame has a quarter of a megabyte."""

_HEADER = ("at", "schema_name", "schema_version", "schema_sha256")


def validate(frame: TokenFrame) -> None:
    """Check a frame against the schema of this version.

    Raises FusionError that names the array and the field: another schema, a missing or surplus array, dtype,
    shape or memory order, a mask with holes, an empty slot that is not empty, a value that is not finite or
    out of its range, an id that appears twice.
    """
    if (frame.schema_name, frame.schema_version) != (layout.NAME, layout.VERSION):
        raise FusionError(
            f"schema {frame.schema_name} {frame.schema_version}: this is {layout.NAME} {layout.VERSION}"
        )
    if frame.schema_sha256 != layout.digest():
        raise FusionError(f"schema_sha256: {frame.schema_sha256[:16]}... is not {layout.digest()[:16]}...")
    if not np.isfinite(frame.at):
        raise FusionError(f"at: {frame.at!r} is no instant")
    expected = {spec.name for spec in layout.arrays()}
    for name in sorted(expected ^ set(frame.arrays)):
        raise FusionError(f"{name}: {'missing' if name in expected else 'not in the schema'}")
    for spec in layout.arrays():
        _check_form(spec, frame.arrays[spec.name])
    for spec in layout.arrays():
        if spec.fields:
            _check_values(spec, frame.arrays[spec.name], frame.arrays.get(spec.mask))
    ids = frame.arrays["agents_id"][frame.arrays["agents_mask"]]
    if np.unique(ids).size != ids.size:
        raise FusionError("agents_id: an id appears twice")


def _check_form(spec: layout.ArraySpec, array: NDArray[np.generic]) -> None:
    if array.dtype != np.dtype(spec.dtype):
        raise FusionError(f"{spec.name}: dtype {array.dtype}, not {np.dtype(spec.dtype)}")
    if array.shape != spec.shape:
        raise FusionError(f"{spec.name}: shape {array.shape}, not {spec.shape}")
    if not array.flags.c_contiguous:
        raise FusionError(f"{spec.name}: not in C order")
    if spec.dtype == "|b1" and bool((array[1:] > array[:-1]).any()):  # type: ignore[operator]
        raise FusionError(f"{spec.name}: a valid slot behind an empty one")


def _check_values(spec: layout.ArraySpec, array: NDArray[Any], mask: NDArray[Any] | None) -> None:
    low, high, fill, optional = layout.limits(spec.name)
    table = array.reshape(-1, len(spec.fields))
    valid = np.ones(len(table), dtype=bool)
    if mask is not None:
        valid = np.repeat(mask.astype(bool), len(table) // mask.size)
    checks = (
        (~np.isfinite(table), "is not finite"),
        (
            valid[:, None] & ~((table >= low) & (table <= high)) & ~(optional & (table == fill)),
            "out of range",
        ),
        (~valid[:, None] & (table != fill), "in an empty slot"),
    )
    for wrong, what in checks:
        if wrong.any():
            row, column = np.argwhere(wrong)[0].tolist()
            field = spec.fields[column].name
            raise FusionError(f"{spec.name}.{field}, row {row}: {table[row, column]!r} {what}")


def frame_digest(frame: TokenFrame) -> str:
    """SHA-256, lower-case hex, over the header and all arrays in the schema's order."""
    state = hashlib.sha256(_header(frame).encode("ascii"))
    for name in sorted(frame.arrays):
        array = np.ascontiguousarray(frame.arrays[name])
        state.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode("ascii"))
        state.update(array.tobytes())
    return state.hexdigest()


def _header(frame: TokenFrame) -> str:
    return json.dumps({name: getattr(frame, name) for name in _HEADER}, sort_keys=True)


def save_npz(frame: TokenFrame, file: Path | str | IO[bytes]) -> None:
    """Write ``frame`` to a path or a binary stream."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {name: frame.arrays[name] for name in sorted(frame.arrays)}
    np.savez(buffer, header=np.array(_header(frame)), **arrays)
    if isinstance(file, str | Path):
        Path(file).write_bytes(buffer.getvalue())
    else:
        file.write(buffer.getvalue())


def load_npz(file: Path | str | IO[bytes]) -> TokenFrame:
    """Read a frame, without checking it against a schema (see :func:`validate`).

    Raises FusionError for what is no such file, OSError where it can't be read.
    """
    if isinstance(file, str | Path):
        with Path(file).open("rb") as stream:
            data = stream.read(FILE_LIMIT + 1)
    else:
        data = file.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise FusionError(f"token file: larger than {FILE_LIMIT} octets")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > FILE_LIMIT:
                raise FusionError(f"token file: unpacks to {unpacked} octets, limit {FILE_LIMIT}")
        with np.load(io.BytesIO(data), allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        header = json.loads(str(arrays.pop("header")))
        values = [header[name] for name in _HEADER]
    except FusionError:
        raise
    except Exception as error:  # zip, npy and JSON raise a dozen types for damaged octets
        raise FusionError(
            f"token file: damaged or no token file ({type(error).__name__}: {error})"
        ) from error
    if not isinstance(values[0], int | float) or not all(isinstance(v, str) for v in values[1:]):
        raise FusionError("token file: header of another form")
    return TokenFrame(float(values[0]), values[1], values[2], values[3], arrays)
