"""SPAT to SI: for each signal phase the light that shows now, and the instants at which it may change.

A phase lists states, each with a light and, optionally, its timing in one of two forms:

    counting   tenths of a second from the message's moment: start (0: already running), minimum, likely
               and maximum end
    utcTiming  the same as tenths in the UTC hour

Both become instants.  The message's moment is the junction's own moy and timeStamp, else the message's,
else the time of reception.  The state that runs is the one that has started last and not yet ended; a lone
state runs in any case.  The state that starts next gives ``next_light``; of equal starts, the one listed
first after the running state.  "Undefined" and "more than an hour" are ``None``.

Sources: T/CSAE 53-2020 and YD/T 3709-2020, SPAT; TimeMark's codes in :mod:`v2x.clock`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from v2x.clock import moment_at, time_mark_at
from v2x.codecs.parts import node_reference
from v2x.objects import Light, PhaseState, SignalUpdate
from v2x.units import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from v2x.objects import Provenance

__all__ = ["observe_spat"]

_DURATION = ELEMENTS["TimeMark"]
_CONFIDENCE = ELEMENTS["Confidence"]
_LIGHTS = {light.value: light for light in Light}
_UNTIMED: tuple[str, dict[str, int]] = ("", {})
_MARKS = {
    "counting": ("startTime", "minEndTime", "likelyEndTime", "maxEndTime"),
    "utcTiming": ("startUTCTime", "minEndUTCTime", "likelyEndUTCTime", "maxEndUTCTime"),
}
"""The fields of each form in the order of :class:`_State`."""

_ROUNDING_S = 0.05
"""Half a step of TimeMark: a start that was rounded up must not hide the state that runs."""


class _State(NamedTuple):
    """One listed state, its times made instants."""

    light: Light
    starts_at: float | None
    min_end_at: float | None
    likely_end_at: float | None
    max_end_at: float | None
    confidence: float | None

    def ended(self, at: float) -> bool:
        """True where its latest known end lies before ``at``."""
        end = self.max_end_at if self.max_end_at is not None else self.likely_end_at
        return end is not None and end < at - _ROUNDING_S


def observe_spat(body: Mapping[str, Any], provenance: Provenance) -> tuple[SignalUpdate, ...]:
    """One SignalUpdate per junction of a SPAT."""
    return tuple(_junction(state, body, provenance) for state in body["intersections"])


def _junction(state: Mapping[str, Any], body: Mapping[str, Any], provenance: Provenance) -> SignalUpdate:
    stated_at = _moment(state, provenance.received_at)
    if stated_at is None:
        stated_at = _moment(body, provenance.received_at)
    if stated_at is None:
        stated_at = provenance.received_at
    phases = tuple(
        _phase(phase["id"], [_state(entry, stated_at) for entry in phase["phaseStates"]], stated_at)
        for phase in state["phases"]
        if phase["id"] != 0  # 0 is no phase
    )
    return SignalUpdate(provenance, node_reference(state["intersectionId"]), stated_at, phases)


def _moment(stamped: Mapping[str, Any], received_at: float) -> float | None:
    stamp = stamped.get("timeStamp")
    return None if stamp is None else moment_at(stamped.get("moy"), stamp, received_at)


def _state(entry: Mapping[str, Any], at: float) -> _State:
    light = _LIGHTS.get(entry["light"], Light.UNAVAILABLE)
    form, timing = entry.get("timing") or _UNTIMED
    confidence = _CONFIDENCE.to_si(timing.get("timeConfidence"))
    names = _MARKS.get(form, ())
    times: list[float | None] = [None] * 4
    for i, name in enumerate(names):
        mark = timing.get(name)
        if mark is None:
            continue
        if form == "counting":
            wait_s = _DURATION.to_si(mark)
            times[i] = None if wait_s is None else at + wait_s
        else:
            times[i] = time_mark_at(mark, at)
    return _State(light, times[0], times[1], times[2], times[3], confidence)


def _phase(phase_id: int, states: Sequence[_State], at: float) -> PhaseState:
    index = _running(states, at)
    if index is None:
        later = _next(states, 0, at)
        return PhaseState(phase_id, Light.UNAVAILABLE, None, next_light=later)
    now = states[index]
    others = [*states[index + 1 :], *states[:index]]
    return PhaseState(
        phase_id, now.light, now.likely_end_at, now.min_end_at, now.max_end_at,
        _next(others, len(others), at), now.confidence,
    )  # fmt: skip


def _running(states: Sequence[_State], at: float) -> int | None:
    """Index of the state that runs: started last and not ended, else the one that alone has no start."""
    started = [
        (state.starts_at, state.likely_end_at != at, -i)  # a state that ends just now gives way
        for i, state in enumerate(states)
        if state.starts_at is not None and state.starts_at <= at + _ROUNDING_S and not state.ended(at)
    ]
    if started:
        return -max(started)[2]
    if len(states) == 1:
        return 0
    undated = [i for i, state in enumerate(states) if state.starts_at is None]
    return undated[0] if len(undated) == 1 else None


def _next(states: Sequence[_State], lone: int, at: float) -> Light | None:
    """Light of the state that starts next; a single other state (``lone`` 1) follows even undated."""
    coming = [(s.starts_at, i) for i, s in enumerate(states) if s.starts_at is not None and s.starts_at > at]
    if coming:
        return states[min(coming)[1]].light
    return states[0].light if lone == 1 and states[0].starts_at is None else None
