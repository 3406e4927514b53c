"""Layout of an obstructed straight crossing: where the two cars and the obstruction are, at any instant.

    north
      |        GVT (drives south)          x = 0 is the centre line of the GVT's path
      |         v                          y = 0 is the centre line of the VUT's path
      |  [===========]  obstruction        t = 0 is the planned contact
      |  ------------ lateral
      |   VUT > (drives east)
      +------------------------ east

At contact the VUT's front centre touches the GVT's near side ``impact_share`` of its length behind its
front; both drive at constant speed.  With front at x = -gvt_width / 2 + v_vut t for the VUT and y =
-impact_share length - v_gvt t for the GVT:

    obstruction: boxes one behind the other, front end ``setback`` before x = 0, near side at y = ``lateral``
    camera: on the VUT's centre line, ``camera_setback`` behind its front

Figures: ``data/cncap.json``, after the Euro NCAP 2026 CCCscp layout, far side; an assumption for C-NCAP.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from v2x.errors import ScenarioError
from v2x.footprint import Box, overlap
from v2x.scenarios.geometry import sight_blocked

if TYPE_CHECKING:
    from v2x.scenarios.data import Figures

__all__ = ["CrossingLayout"]

DELAY_LIMIT_S = 30.0
"""How late or early the GVT may come: beyond it nothing is to be learnt, and the search takes long."""

GRID_S = 0.01
"""Step in which contact and line of sight are looked for: that of the physics."""


@dataclass(frozen=True, slots=True)
class CrossingLayout:
    """One crossing; speeds in m/s, lengths in m.  ``gvt_delay_s`` lets the GVT come late, so as to miss."""

    vut_mps: float
    gvt_mps: float
    vut_size_m: tuple[float, float]
    gvt_size_m: tuple[float, float]
    impact_share: float
    obstruction: tuple[Box, ...]
    camera_setback_m: float
    gvt_delay_s: float = 0.0

    @classmethod
    def of(
        cls, figures: Figures, vut_kmh: float, gvt_kmh: float, *, gvt_delay_s: float = 0.0
    ) -> CrossingLayout:
        """The layout by the scenario's figures; raises ScenarioError for speeds that can't be driven."""
        for name, speed in (("VUT", vut_kmh), ("GVT", gvt_kmh)):
            if not (math.isfinite(speed) and 0.0 < speed <= 200.0):
                raise ScenarioError(f"a {name} speed of {speed:g} km/h can't be driven here")
        if not abs(gvt_delay_s) <= DELAY_LIMIT_S:
            raise ScenarioError(f"a delay of {gvt_delay_s:g} s is outside +-{DELAY_LIMIT_S:g} s")
        lateral = float(figures.value("layout", "obstruction_lateral_m"))
        front = -float(figures.value("layout", "obstruction_setback_m"))
        boxes: list[Box] = []
        for length, width in figures.value("layout", "obstruction_boxes_m"):
            boxes.append(Box(front - length / 2.0, lateral + width / 2.0, 0.0, length, width))
            front -= length
        return cls(
            vut_kmh / 3.6,
            gvt_kmh / 3.6,
            (figures.value("layout", "vut_length_m"), figures.value("layout", "vut_width_m")),
            (figures.value("layout", "gvt_length_m"), figures.value("layout", "gvt_width_m")),
            float(figures.value("impact")),
            tuple(boxes),
            float(figures.value("layout", "camera_setback_m")),
            gvt_delay_s,
        )

    def vut(self, t_s: float) -> Box:
        """The VUT at ``t_s`` (0: planned contact)."""
        length, width = self.vut_size_m
        front = -self.gvt_size_m[1] / 2.0 + self.vut_mps * t_s
        return Box(front - length / 2.0, 0.0, 0.0, length, width)

    def gvt(self, t_s: float) -> Box:
        """The GVT at ``t_s``."""
        length, width = self.gvt_size_m
        front = -self.impact_share * length - self.gvt_mps * (t_s - self.gvt_delay_s)
        return Box(0.0, front + length / 2.0, -math.pi / 2.0, length, width)

    def camera(self, t_s: float) -> tuple[float, float]:
        """The camera's place."""
        vut = self.vut(t_s)
        return vut.east_m + self.vut_size_m[0] / 2.0 - self.camera_setback_m, 0.0

    def gvt_in_sight(self, t_s: float, *, half_angle_rad: float = math.pi, range_m: float = math.inf) -> bool:
        """True where a straight line from the camera to any corner or the centre of the GVT is free."""
        gvt, origin = self.gvt(t_s), self.camera(t_s)
        points = np.concatenate([gvt.corners(), [[gvt.east_m, gvt.north_m]]])
        offset = points - np.array(origin)
        inside = np.abs(np.arctan2(offset[:, 1], offset[:, 0])) <= half_angle_rad
        inside &= np.hypot(*offset.T) <= range_m
        return bool((inside & ~sight_blocked(origin, points, self.obstruction)).any())

    def contact_s(self, start_s: float) -> float:
        """When the outlines first touch; raises ScenarioError where they never do, or do from the start."""
        last_s = abs(self.gvt_delay_s) + 5.0
        for step in range(math.ceil((last_s - start_s) / GRID_S)):
            t_s = start_s + step * GRID_S
            if overlap(self.vut(t_s), self.gvt(t_s)):
                if step == 0:
                    raise ScenarioError("the two vehicles stand inside each other at the start")
                return t_s
        raise ScenarioError("the two vehicles never meet: there is nothing to warn of")

    def sight_opens_s(self, start_s: float, contact_s: float) -> float | None:
        """When the GVT comes into view and stays there until contact; None where it never does."""
        opened: float | None = None
        for step in range(math.ceil((contact_s - start_s) / GRID_S)):
            t_s = start_s + step * GRID_S
            if not self.gvt_in_sight(t_s):
                opened = None
            elif opened is None:
                opened = t_s
        return opened
