"""Colours of a drawn MAP, and how numbers and text go into an SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from v2x.codecs.mapmodel import MapGeometry

__all__ = [
    "GROUND",
    "INK",
    "LANE_COLOURS",
    "MARKING",
    "NO_PHASE",
    "SURFACE",
    "ZONE",
    "number",
    "phase_colours",
    "text",
]

SURFACE = "#e2e1dc"
GROUND, INK, FAINT, MARKING = "#f5f4ef", "#22262b", "#6d747c", "#ffffff"
ZONE = "#c2410c"
NO_PHASE = "#3f4650"

LANE_COLOURS = {
    "vehicle": "#7b838d",
    "crosswalk": "#9aa1a9",
    "bikeLane": "#b9795c",
    "sidewalk": "#cfc7b4",
    "median": "#9bb08f",
    "striping": "#a7adb4",
    "trackedVehicle": "#6a6259",
    "parking": "#8fa3bd",
    "waiting": "#b9a25c",
}
"""By the alternatives of LaneTypeAttributes, and the waiting areas of Day-2."""

_PHASES = (
    "#1d6fd1", "#c8322b", "#1f8a4c", "#8a3ffc", "#d97706", "#0f7c8a", "#c0267e", "#5b7f14", "#7a4a21",
    "#3d4db7", "#a0522d", "#0b8f6f",
)  # fmt: skip
"""Signal groups in the order of their numbers; a MAP of more begins again."""

_LONGEST = 160
"""Characters of one text."""


def number(value: float) -> str:
    """A coordinate in pixels, a tenth at the finest."""
    return f"{value:.1f}".removesuffix(".0")


def text(content: str) -> str:
    """Text for an SVG: escaped, of characters that XML knows, of bounded length."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in content)
    return escape(shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "...", {'"': "&quot;"})


def phase_colours(made: MapGeometry) -> dict[int, str]:
    """Signal phase to colour, the same however the MAP lists them."""
    phases = {turn.phase_id for junction in made.junctions for turn in junction.turns if turn.phase_id}
    phases |= {
        phase
        for junction in made.junctions
        for link in junction.links
        for _, phase in link.movements
        if phase
    }
    return {phase: _PHASES[i % len(_PHASES)] for i, phase in enumerate(sorted(phases))}
