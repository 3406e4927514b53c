"""``v2x tokens``: the layout of the token frames, and what stands in a saved frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from v2x.fusion.schema import ArraySpec
    from v2x.objects import TokenFrame

__all__ = ["app", "schema", "show"]

app = typer.Typer(
    name="tokens",
    help="Token frames: the arrays that a driving model takes.",
    no_args_is_help=True,
)


@app.command("schema")
def schema(
    json: Annotated[bool, typer.Option("--json", help="Print the canonical schema as JSON.")] = False,
) -> None:
    """Print the layout of a token frame: every array and field with unit, range, scale and fill."""
    from v2x.fusion import schema as layout

    if json:
        import json as json_module

        typer.echo(json_module.dumps(layout.as_dict(), indent=1, sort_keys=True))
        return
    typer.echo(f"{layout.NAME} {layout.VERSION}   sha256 {layout.digest()}")
    typer.echo("Ego frame: x forward, y left. Masks: True is valid. Divide by scale to normalise.")
    for spec in layout.arrays():
        mask = f", valid where {spec.mask}" if spec.mask else ""
        typer.echo(f"\n{spec.name}  {_dtype(spec)}{list(spec.shape)}{mask}")
        for field in spec.fields:
            fill = f"unknown = {field.fill:g}" if field.optional else ""
            low_high = f"{field.low:g} .. {field.high:g}"
            columns = f"{field.name:18s} {field.unit:6s} {low_high:22s} /{field.scale:<7g} {fill:13s}"
            typer.echo(f"  {columns} {field.text}")


@app.command("show")
def show(
    file: Annotated[Path, typer.Argument(help="A token frame as .npz.")],
    json: Annotated[bool, typer.Option("--json", help="Print the valid slots as JSON.")] = False,
) -> None:
    """Check a saved token frame against the schema and print what it holds.

    Ends with status 1 if the file is no token frame or breaks the schema, and says where.
    """
    from v2x.errors import FusionError
    from v2x.fusion.tokens import frame_digest, load_npz, validate

    try:
        frame = load_npz(file)
        validate(frame)
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except FusionError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from None
    if json:
        import json as json_module

        typer.echo(json_module.dumps(_content(frame), indent=1))
        return
    typer.echo(f"{frame.schema_name} {frame.schema_version} at {frame.at:.3f}   sha256 {frame_digest(frame)}")
    for name, rows in _content(frame)["arrays"].items():
        typer.echo(f"\n{name}: {len(rows)}")
        for number, row in enumerate(rows):
            typer.echo(f"  {number:2d}  " + "  ".join(f"{key} {_short(value)}" for key, value in row.items()))


def _dtype(spec: ArraySpec) -> str:
    return {"<f4": "float32", "<i8": "int64", "|b1": "bool"}[spec.dtype]


def _short(value: object) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _content(frame: TokenFrame) -> dict[str, Any]:
    """The valid slots as records by field name; of a lane's points only the first and last."""
    from v2x.fusion.schema import arrays

    out: dict[str, list[dict[str, float]]] = {}
    for spec in arrays():
        if not spec.fields:
            continue
        array: NDArray[Any] = frame.arrays[spec.name]
        names = [field.name for field in spec.fields]
        if not spec.mask:
            rows = array[None]
        elif array.ndim == 3:
            valid = array[frame.arrays[spec.mask]]
            rows = valid[:, [0, -1]].reshape(-1, len(names))
        else:
            rows = array[frame.arrays[spec.mask]].reshape(-1, len(names))
        out[spec.name] = [dict(zip(names, row, strict=True)) for row in rows.tolist()]
    return {
        "at": frame.at,
        "schema": f"{frame.schema_name} {frame.schema_version}",
        "schema_sha256": frame.schema_sha256,
        "arrays": out,
    }
