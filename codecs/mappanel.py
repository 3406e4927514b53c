"""The panel beside a drawn MAP: what it is, the signal groups with their ways, the legend, the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2x.codecs.mapcanvas import label
from v2x.codecs.mapmodel import node_text
from v2x.codecs.maptheme import FAINT, INK, LANE_COLOURS, NO_PHASE, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from v2x.codecs.mapmodel import Junction, MapGeometry

__all__ = ["PANEL_PX", "panel"]

PANEL_PX = 330
LINE_PX = 17.0
WRAP = 50
"""Characters of a line of the panel."""

_MANOEUVRE = {
    "maneuverStraightAllowed": "straight", "maneuverLeftAllowed": "left", "maneuverRightAllowed": "right",
    "maneuverUTurnAllowed": "U-turn", "maneuverStraight": "straight", "maneuverLeftTurn": "left",
    "maneuverRightTurn": "right", "maneuverUTurn": "U-turn",
}  # fmt: skip
_KINDS = {
    "vehicle": "vehicles", "crosswalk": "crosswalk", "bikeLane": "cycles", "sidewalk": "pavement",
    "median": "median", "striping": "striping", "trackedVehicle": "rails", "parking": "parking",
    "waiting": "waiting area",
}  # fmt: skip
_CERTAINTY = {
    "points": ("", "connection with points of its own"),
    "map": ("", "connection to a lane of this MAP"),
    "beside": ("9 5", "way out beside the approach (guess)"),
    "manoeuvre": ("3 4", "only the manoeuvre is known"),
    "stub": ("1 5", "only the node is known"),
}


class _Writer:
    """Lines of the panel from top to bottom; stops where the picture ends."""

    def __init__(self, x: float, height: float, foot: float) -> None:
        self.parts = [
            f'<rect x="{number(x)}" width="{PANEL_PX}" height="{number(height)}" fill="#ffffff"/>',
            f'<path d="M{number(x)} 0V{number(height)}" stroke="#d9d6cb"/>',
        ]
        self.x = x + 20
        self.y = 34.0
        self._end = height - foot - LINE_PX
        self.left_out = 0

    def line(
        self, said: str, *, size: float = 11.5, colour: str = INK, bold: bool = False, indent: float = 0
    ) -> None:
        if self.y > self._end:
            self.left_out += 1
            return
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{number(self.x + indent)}" y="{number(self.y)}" font-size="{number(size)}" '
            f'fill="{colour}"{weight}>{text(said)}</text>'
        )
        self.y += LINE_PX

    def heading(self, said: str) -> None:
        self.y += 9
        self.line(said.upper(), size=10.5, colour=FAINT, bold=True)

    def mark(self, part: str) -> None:
        """Something drawn in the line that comes next."""
        if self.y <= self._end:
            self.parts.append(part)


def panel(
    made: MapGeometry, x: float, height: float, colours: Mapping[int, str], foot: float = 0.0
) -> list[str]:
    """The panel's elements, from ``x`` px on; its last ``foot`` px stay free."""
    writer = _Writer(x, height, foot)
    writer.line("MAP", size=19, bold=True)
    for junction in made.junctions[:4]:
        place = f"{junction.frame.lat_deg:.7f}, {junction.frame.lon_deg:.7f}"
        writer.line(f"node {node_text(junction.node)}  {junction.name or ''}".rstrip(), bold=True)
        writer.line(place, colour=FAINT)
    if len(made.junctions) > 4:
        writer.line(f"and {len(made.junctions) - 4} nodes more", colour=FAINT)
    lanes = sum(len(junction.lanes) for junction in made.junctions)
    links = sum(len(junction.links) for junction in made.junctions)
    turns = sum(len(junction.turns) for junction in made.junctions)
    counts = ((links, "link"), (lanes, "lane"), (turns, "connection"))
    said = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
    writer.line(said, colour=FAINT)
    writer.line(f"{made.profile}, message count {made.msg_count}", colour=FAINT)
    _phases(writer, made, colours)
    _legend(writer, made)
    if made.notes:
        writer.heading("Not drawn")
        for note in made.notes:
            for piece in _wrapped(note):
                writer.line(piece, size=10.5, colour=FAINT)
    if writer.left_out:
        said = f"and {writer.left_out} lines more"
        writer.parts.append(label(writer.x, height - foot - 5, said, 10.5, FAINT))
    return writer.parts


def _phases(writer: _Writer, made: MapGeometry, colours: Mapping[int, str]) -> None:
    ways: dict[int, dict[str, None]] = {}
    for junction in made.junctions:
        for phase, way in _ways(junction):
            ways.setdefault(phase, {})[way] = None
    if not ways:
        return
    writer.heading("Signal groups")
    for phase in sorted(ways):
        for index, way in enumerate(ways[phase]):
            if not index:
                x, y = number(writer.x + 8), number(writer.y - 4)
                writer.mark(f'<circle cx="{x}" cy="{y}" r="8" fill="{colours[phase]}"/>')
                writer.mark(label(writer.x + 8, writer.y - 0.4, str(phase), 9.5, "#fff", "middle", bold=True))
            writer.line(way, indent=24)


def _ways(junction: Junction) -> Iterator[tuple[int, str]]:
    """Phase and what it governs: each way by its connections, and movements that no connection repeats."""
    stated = set()
    for turn in junction.turns:
        if turn.phase_id:
            stated.add((turn.upstream, turn.remote, turn.phase_id))
            directions = ", ".join(_MANOEUVRE[name] for name in turn.manoeuvres if name in _MANOEUVRE)
            way = f"{node_text(turn.upstream)} \u2192 {node_text(turn.remote)}"
            yield turn.phase_id, f"{way}  {directions}".rstrip()
    for link in junction.links:
        for remote, phase in link.movements:
            if phase and (link.upstream, remote, phase) not in stated:
                yield phase, f"{node_text(link.upstream)} \u2192 {node_text(remote)}  (movement only)"


def _legend(writer: _Writer, made: MapGeometry) -> None:
    kinds = dict.fromkeys(lane.kind for junction in made.junctions for lane in junction.lanes)
    certainties = dict.fromkeys(turn.certainty for junction in made.junctions for turn in junction.turns)
    if kinds or certainties:
        writer.heading("Legend")
    for kind in kinds:
        y = number(writer.y - 9)
        colour = LANE_COLOURS.get(kind, LANE_COLOURS["vehicle"])
        writer.mark(f'<rect x="{number(writer.x)}" y="{y}" width="18" height="10" fill="{colour}"/>')
        writer.line(f"lane: {_KINDS.get(kind, kind)}", indent=26)
    for certainty in certainties:
        dash, said = _CERTAINTY[certainty]
        y = number(writer.y - 4)
        style = f' stroke-dasharray="{dash}"' if dash else ""
        writer.mark(f'<path d="M{number(writer.x)} {y}h20" stroke="{NO_PHASE}" stroke-width="2.6"{style}/>')
        writer.line(said, indent=26)


def _wrapped(said: str) -> Iterator[str]:
    line = ""
    for word in said.split():
        if line and len(line) + 1 + len(word) > WRAP:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line
