"""The recorded junction: the MAP of node 149 decoded, in a local frame around the node.

The link from node 150 names phases 1, 2, 3 in its lane and 9, 10, 11 in its movements; the former are
those of another link, so the movements win (done in ``v2x.codecs.observe_map``, with a note).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from v2x.codecs import decode
from v2x.codecs.observe import observe
from v2x.errors import ScenarioError
from v2x.geo import LocalFrame
from v2x.objects import MapUpdate, Provenance, Source, Trust
from v2x.scenarios.data import recorded

if TYPE_CHECKING:
    from v2x.codecs import Message

__all__ = ["Junction", "recorded_junction", "recorded_message"]


@dataclass(frozen=True, slots=True)
class Junction:
    """The recorded junction: its frame (origin: the node), its MAP in SI units, and the profile it is in."""

    frame: LocalFrame
    update: MapUpdate
    profile: str


@cache
def recorded_message(kind: str) -> Message:
    """The recorded frame of ``kind`` (MAP, RSI, SPAT, RSM), decoded by the profile it was sent in."""
    frame = recorded()[kind]
    return decode(frame.octets, profile=frame.profile)


@cache
def recorded_junction() -> Junction:
    """Decode the recorded MAP; raises CodecError or ScenarioError if the file was tampered with."""
    message = recorded_message("MAP")
    place = message.body["nodes"][0]["refPos"]
    frame = LocalFrame(place["lat"] * 1e-7, place["long"] * 1e-7)
    provenance = Provenance(Source.MAP, Trust.OWN, None, recorded()["MAP"].recorded_at)
    updates = [u for u in observe(message, provenance, frame) if isinstance(u, MapUpdate)]
    if len(updates) != 1:
        raise ScenarioError(f"the recorded MAP describes {len(updates)} junctions, not one")
    return Junction(frame, updates[0], message.profile)
