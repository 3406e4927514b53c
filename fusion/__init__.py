"""Fusion: observations of all sources become one environment per instant, and tokens of a fixed layout.

    Tracker.step(observed, ego, at) -> Environment          v2x.fusion.tracker
    crossing_warning(environment) -> warnings               v2x.fusion.warnings
    tokenize(environment) -> TokenFrame, validate(frame)    v2x.fusion.tokens

Fusion knows neither messages nor keys: it takes claims in SI units with their provenance.
"""

from __future__ import annotations

from v2x.fusion.settings import SourceNoise, TrackerSettings, WorldSettings
from v2x.fusion.tracker import Tracker

__all__ = ["SourceNoise", "Tracker", "TrackerSettings", "WorldSettings"]
