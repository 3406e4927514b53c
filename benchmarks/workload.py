"""The messages that the codec benchmarks measure: as dense as the ones in the air, built by formula.

BSM: a passenger car without history; BSM+path: eight points of it; SPAT: a junction of sixteen phases with
three states each; RSM16: sixteen participants; MAP40: a node with four approaches of ten lanes.
"""

from __future__ import annotations

from typing import Any

__all__ = ["messages"]

POSITION = {"lat": 280985258, "long": 1129830304, "elevation": 521}


def _bsm(extension: dict[str, Any]) -> dict[str, Any]:
    return {
        "msgCnt": 87,
        "id": bytes.fromhex("3a001c7f00d2e411"),
        "secMark": 41250,
        "pos": POSITION,
        "posAccuracy": {"semiMajor": 20, "semiMinor": 16, "orientation": 8000},
        "transmission": "forwardGears",
        "speed": 712,
        "heading": 21530,
        "angle": -4,
        "motionCfd": {"speedCfd": "prec10ms", "headingCfd": "prec01deg"},
        "accelSet": {"long": 35, "lat": -12, "vert": 3, "yaw": 210},
        "brakes": {
            "brakePadel": "off",
            "wheelBrakes": (b"\0", 5),
            "traction": "on",
            "abs": "on",
            "scs": "on",
            "brakeBoost": "off",
            "auxBrakes": "off",
        },
        "size": {"width": 185, "length": 472, "height": 29},
        "vehicleClass": {"classification": 10},
        "safetyExt": extension,
    }


def _offset(step: int) -> dict[str, Any]:
    """An offset that takes 16 bits a coordinate, as most points do."""
    return {"offsetLL": ("position-LL3", {"lon": 2400 - 310 * step, "lat": 120 * step - 900})}


def _path() -> dict[str, Any]:
    crumbs = [{"llvOffset": _offset(i), "timeOffset": 20 + 20 * i} for i in range(1, 9)]
    return {"crumbData": crumbs}


def _spat() -> dict[str, Any]:
    timing = [
        {"startTime": 0, "likelyEndTime": 210, "nextStartTime": 900, "nextDuration": 210},
        {"startTime": 210, "likelyEndTime": 240},
        {"startTime": 240, "likelyEndTime": 900},
    ]
    lights = ("protected-green", "yellow", "red")
    states = [
        {"light": light, "timing": ("counting", counting)}
        for light, counting in zip(lights, timing, strict=True)
    ]
    phases = [{"id": number, "phaseStates": states} for number in range(1, 17)]
    state = {
        "intersectionId": {"region": 4301, "id": 17},
        "status": (b"\x04\0", 16),
        "moy": 181_440,
        "timeStamp": 41_250,
        "phases": phases,
    }
    return {"msgCnt": 9, "name": "junction", "intersections": [state]}


def _rsm() -> dict[str, Any]:
    participants = [
        {
            "ptcType": "motor",
            "ptcId": 100 + i,
            "source": "video",
            "secMark": 41_200 + i,
            "pos": {"offsetLL": ("position-LL4", {"lon": 9000 - 700 * i, "lat": 400 * i - 3000})},
            "posConfidence": {"pos": "a50cm", "elevation": "elev-001-00"},
            "speed": 500 + 10 * i,
            "heading": 7200 + i,
            "motionCfd": {"speedCfd": "prec1ms", "headingCfd": "prec01deg"},
            "accelSet": {"long": 20, "lat": 0, "vert": 0, "yaw": i},
            "size": {"width": 180, "length": 460, "height": 30},
            "vehicleClass": {"classification": 10},
        }
        for i in range(16)
    ]
    return {
        "msgCnt": 55,
        "id": bytes.fromhex("5253553030303137"),
        "refPos": POSITION,
        "participants": participants,
    }


def _lane(number: int) -> dict[str, Any]:
    connections = [
        {
            "remoteIntersection": {"region": 4301, "id": 20 + turn},
            "connectingLane": {"lane": turn + 1, "maneuver": (b"\x80\0", 12)},
            "phaseId": turn + 1,
        }
        for turn in range(3)
    ]
    return {
        "laneID": number,
        "laneWidth": 350,
        "laneAttributes": {"shareWith": (b"\0\0", 10), "laneType": ("vehicle", (b"\0", 8))},
        "maneuvers": (b"\xc0\0", 12),
        "connectsTo": connections,
        "speedLimits": [{"type": "vehicleMaxSpeed", "speed": 833}],
        "points": [{"posOffset": _offset(step)} for step in range(8)],
    }


def _map() -> dict[str, Any]:
    links = [
        {
            "name": f"approach {side}",
            "upstreamNodeId": {"region": 4301, "id": 30 + side},
            "linkWidth": 3500,
            "points": [{"posOffset": _offset(step)} for step in range(8)],
            "movements": [
                {"remoteIntersection": {"region": 4301, "id": 20 + turn}, "phaseId": turn + 1}
                for turn in range(3)
            ],
            "lanes": [_lane(10 * side + number) for number in range(1, 11)],
        }
        for side in range(4)
    ]
    node = {"name": "junction", "id": {"region": 4301, "id": 17}, "refPos": POSITION, "inLinks": links}
    return {"msgCnt": 3, "timeStamp": 181_440, "nodes": [node]}


def messages() -> dict[str, tuple[str, Any]]:
    """MessageFrame's values by the names above; they fit ``csae157_2020`` and ``ydt3709_2020``."""
    events = {"events": (b"\0\0", 13), "lights": (b"\0\0", 9)}
    return {
        "BSM": ("bsmFrame", _bsm(events)),
        "BSM+path": ("bsmFrame", _bsm({**events, "pathHistory": _path()})),
        "SPAT": ("spatFrame", _spat()),
        "RSM16": ("rsmFrame", _rsm()),
        "MAP40": ("mapFrame", _map()),
    }
