"""``v2x map``: a MAP as a picture (SVG) or as GeoJSON."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from v2x.cli.inputs import (
    Input,
    InputOption,
    Layer,
    LayerOption,
    Profile,
    ProfileOption,
    fail,
    message_of,
    octets_of,
    opened,
)

if TYPE_CHECKING:
    from v2x.codecs import Message

__all__ = ["map_command"]

SEARCHED = 100_000
"""Messages of a capture that are looked through for a MAP, which is sent every second."""


def map_command(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Input; - is standard input.")] = Path("-"),
    svg: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write a picture; - is standard output.")
    ] = None,
    geojson: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write GeoJSON (WGS-84); - is standard output.")
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Metres around the first node to draw; 0 draws everything. Default: the junction itself.",
            show_default=False,
        ),
    ] = None,
    number: Annotated[int, typer.Option(min=1, help="Which MAP of the input, from 1.")] = 1,
    profile: ProfileOption = Profile.AUTO,
    input_format: InputOption = Input.AUTO,
    layer: LayerOption = None,
) -> None:
    """Draw a MAP: lanes with their widths, connections, signal groups, scale and north.

    The input may be a capture with other messages; the first MAP (or the one of --number) is taken. Where a
    connection leads to is mostly not in a MAP: such curves are dashed, and the legend says what is a guess.
    """
    from v2x.codecs.mapgeojson import map_geojson
    from v2x.codecs.mapgeometry import map_geometry
    from v2x.codecs.mapsvg import map_svg

    if svg is None and geojson is None:
        raise typer.BadParameter("name an output: --svg OUT or --geojson OUT (- is standard output)")
    with opened(file) as stream:
        message = _find(stream, input_format, layer, profile, number)
    made = map_geometry(message)
    if svg is not None:
        _write(svg, map_svg(made, radius_m=math.inf if radius == 0 else radius))
    if geojson is not None:
        _write(geojson, json.dumps(map_geojson(made), indent=1) + "\n")
    for note in made.notes:
        sys.stderr.write(f"not drawn: {note}\n")


def _find(
    stream: BinaryIO, input_format: Input, layer: Layer | None, profile: Profile, number: int
) -> Message:
    """The ``number``-th MAP of the input; ends the command where there is none."""
    from v2x.errors import CodecError

    kinds: dict[str, int] = {}
    error: CodecError | None = None
    for item, what in octets_of(stream, input_format, layer):
        try:
            if isinstance(item, CodecError):
                raise item
            message = message_of(item, what, profile)
        except CodecError as refused:
            error = error or refused
            continue
        kinds[message.kind] = kinds.get(message.kind, 0) + 1
        if message.kind == "MAP" and kinds["MAP"] == number:
            return message
        if sum(kinds.values()) >= SEARCHED:
            break
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "no message"
    reason = f"; the first error is {error}" if error else ""
    raise fail(f"there is no MAP number {number} in the input ({found}){reason}")


def _write(path: Path, content: str) -> None:
    if str(path) == "-":
        sys.stdout.write(content)
        return
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise fail(f"{path} can't be written: {error.strerror}") from None
