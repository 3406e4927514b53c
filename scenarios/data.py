"""What the scenarios carry with them: recorded frames of a road-side unit, and the figures of C-NCAP.

``data/rsu2020.json``  MAP, RSI, SPAT and RSM as a real unit sent them in November 2020, octets unchanged;
source and licence stand in the file.  ``data/cncap.json``  the figures of the scenarios, each with its
unit, source and confidence; not official.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from v2x.errors import ScenarioError

__all__ = ["Figures", "Recorded", "recorded", "recorded_source", "scenario_figures", "scenario_names"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded payload (a MessageFrame in UPER), its profile, and when it was sent (POSIX s)."""

    kind: str
    profile: str
    octets: bytes
    recorded_at: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one scenario: ``table`` as in the file, where each leaf has value, unit, source."""

    name: str
    version: str
    official: bool
    note: str
    table: dict[str, Any]

    def value(self, *path: str) -> Any:
        """The bare value of a figure."""
        return self._leaf(path)["value"]

    def flat(self) -> dict[str, dict[str, Any]]:
        """Every figure by its dotted path, for a report."""
        found: dict[str, dict[str, Any]] = {}

        def walk(node: dict[str, Any], path: str) -> None:
            for key, child in node.items():
                if isinstance(child, dict):
                    place = f"{path}{key}"
                    if "value" in child:
                        found[place] = child
                    else:
                        walk(child, f"{place}.")

        walk(self.table, "")
        return found

    def _leaf(self, path: tuple[str, ...]) -> dict[str, Any]:
        node = self.table
        for key in path:
            node = node[key]
        return node


def _load(name: str) -> dict[str, Any]:
    text = resources.files("v2x.scenarios").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def recorded() -> dict[str, Recorded]:
    """The recorded frames by message kind: MAP, RSI, SPAT, RSM."""
    table = _load("rsu2020.json")
    return {
        kind: Recorded(kind, table["profile"], bytes.fromhex(row["hex"]), row["recorded_utc_ms"] / 1000.0)
        for kind, row in table["frames"].items()
    }


@cache
def recorded_source() -> str:
    """Where the recorded frames come from, with their licence."""
    table = _load("rsu2020.json")
    return f"{table['source']} ({table['licence']})"


def scenario_names() -> dict[str, str]:
    """Name and title of every scenario with figures."""
    return {name: table["title"] for name, table in _load("cncap.json")["scenarios"].items()}


def scenario_figures(name: str) -> Figures:
    """The figures of scenario ``name``; raises ScenarioError where there is none of that name."""
    table = _load("cncap.json")
    known = table["scenarios"]
    if name not in known:
        raise ScenarioError(f"no scenario {name!r}; there is {', '.join(sorted(known))}")
    return Figures(name, table["version"], bool(table["official"]), table["note"], known[name])
