"""What a drawn MAP is made of; :mod:`v2x.codecs.mapgeometry` makes it and says what each part means.

Lines are arrays (n, 3), n >= 2: east, north, up in metres in their junction's own frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from v2x.geo import LocalFrame

    Line = NDArray[np.float64]

__all__ = [
    "DrawSettings",
    "Junction",
    "LaneLine",
    "LinkLine",
    "MapGeometry",
    "Node",
    "Turn",
    "Zone",
    "node_text",
]

Node = tuple[int, int]
"""Region and number."""

NOTES_LIMIT = 32
"""Notes kept of one MAP."""


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """What no MAP says and a drawing needs.

    ``lane_width_m``: of a lane for which neither it nor its link states one.  ``exit_offset_m``: how far to
    the left of an approach the way out towards its upstream node lies, at most (drivers keep right); the
    link's width where that is less.  ``stub_m``: length of a connection whose end is not known.
    """

    lane_width_m: float = 3.5
    exit_offset_m: float = 12.0
    stub_m: float = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class LaneLine:
    """A lane: ``name`` its number (``2:-1`` is lane -1 of section 2), ``kind`` as in LaneTypeAttributes."""

    upstream: Node
    name: str
    kind: str
    line: Line
    width_m: float
    width_stated: bool
    manoeuvres: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    speed_limits: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class LinkLine:
    """A link; ``line`` is None where it has no points.  ``movements``: remote node and phase."""

    upstream: Node
    name: str | None
    line: Line | None
    width_m: float | None
    speed_limits: Mapping[str, float | None]
    movements: tuple[tuple[Node, int | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A connection as a curve from its lane's end; ``lane`` None: a link's movement, no lane says it."""

    upstream: Node
    lane: str | None
    remote: Node
    remote_lane: str | None
    phase_id: int | None
    manoeuvres: tuple[str, ...]
    line: Line
    certainty: str


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """An area where nobody may stop or drive (Day-2); a ring of points, not closed."""

    kind: str
    ring: Line


@dataclass(slots=True, eq=False)
class Junction:
    """A node with its frame; ``origin`` is its place (east, north in m) in the first junction's frame."""

    node: Node
    name: str | None
    frame: LocalFrame
    origin: tuple[float, float]
    links: list[LinkLine] = field(default_factory=list)
    lanes: list[LaneLine] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class MapGeometry:
    """The junctions of a MAP and what could not be drawn."""

    profile: str
    msg_count: int
    minute_of_year: int | None
    junctions: list[Junction] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note while there is room."""
        if len(self.notes) < NOTES_LIMIT:
            self.notes.append(text)


def node_text(node: Node) -> str:
    """``region/number``."""
    return f"{node[0]}/{node[1]}"
