"""Token frames: layout, meaning of the fields, fills, determinism, validation and files."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import FusionError
from v2x.fusion import schema as layout
from v2x.fusion.tokens import frame_digest, load_npz, save_npz, schema, tokenize, validate
from v2x.objects import (
    Connection,
    EgoState,
    Environment,
    Lane,
    LaneView,
    Light,
    ObjectKind,
    PhaseState,
    Provenance,
    RoadEvent,
    SignalView,
    Source,
    Track,
    Trust,
)

PINNED = {"1.0.0": "60476082dce58729f225f51eb32f7e58a2e492cfbe0680794195eb14a240c8f5"}
"""Each version's digest: whoever changes the layout changes the version, and adds a line here."""

NODE = (1, 2)
ORIGIN = Provenance(Source.MAP, Trust.VERIFIED, "ab", 99.0)


def _track(track_id=1, east=0.0, north=0.0, **more) -> Track:
    values = {
        "v_east_mps": 0.0, "v_north_mps": 0.0, "covariance": np.eye(4) * 0.04, "yaw_rad": 0.0,
        "yaw_sigma_rad": 0.05, "speed_mps": 0.0, "accel_mps2": 0.0, "yaw_rate_radps": 0.0, "length_m": 4.6,
        "width_m": 1.9, "height_m": 1.5, "kind": ObjectKind.CAR, "existence": 0.9, "confirmed": True,
        "hits": 5, "measured_at": 99.9, "latency_s": 0.06, "sources": frozenset({Source.BSM}),
        "trust": Trust.VERIFIED, "signer": "ab", "object_ids": frozenset({"bsm:01"}), **more,
    }  # fmt: skip
    return Track(track_id=track_id, east_m=east, north_m=north, **values)


def _lane(points, lane_id=1, *, phase=None, **more) -> LaneView:
    connection = Connection((1, 3), 1, phase, frozenset({"maneuverLeftAllowed"}))
    lane = Lane(NODE, (1, 9), lane_id, np.array(points, dtype=np.float64), 3.5, 16.7, (connection,))
    return LaneView(replace(lane, **more), ORIGIN, 1.0)


def _environment(*tracks, ego=None, lanes=(), signals=(), events=()) -> Environment:
    ego = ego or EgoState(100.0, 0.0, 0.0, math.pi / 2, 10.0, 0.5, 0.1)
    return Environment(100.0, None, ego, tracks, tuple(lanes), tuple(signals), tuple(events))  # type: ignore[arg-type]


def _row(frame, array, slot=0) -> dict[str, float]:
    row = frame.arrays[array][slot] if frame.arrays[array].ndim > 1 else frame.arrays[array]
    return {name: float(row[i]) for name, i in layout.field_index(array).items()}


def _full() -> Environment:
    lanes = [
        _lane([(2.0, -80.0), (2.0, 60.0)], 1, phase=4),
        _lane([(-50.0, 70.0), (0.0, 70.0), (30.0, 90.0)], 2),
    ]
    signal = SignalView(NODE, PhaseState(4, Light.RED, 112.0, 105.0, None, confidence=0.9), (0,), ORIGIN, 0.3)
    blind = SignalView(NODE, PhaseState(5, Light.UNAVAILABLE, None), (), ORIGIN, 0.3)
    box = np.array([[0.0, 10.0], [5.0, 30.0]])
    event = RoadEvent(
        Provenance(Source.RSI, Trust.UNSIGNED, None, 98.0), "rsi:1", 707, False, 4, 0.0, 20.0, 15.0, box, 5.0,
        ends_at=130.0,
    )  # fmt: skip
    nowhere = RoadEvent(ORIGIN, "rsi:2", 85, True, None, None, None, None)
    tracks = [
        _track(i, 10.0 * i, 20.0, v_east_mps=-10.0, speed_mps=10.0, yaw_rad=math.pi) for i in range(1, 6)
    ]
    return _environment(*tracks, lanes=lanes, signals=[signal, blind], events=[event, nowhere])


def test_the_layout_of_a_version_is_fixed() -> None:
    assert layout.digest() == PINNED[layout.VERSION], "the layout changed: raise VERSION and pin its digest"


def test_the_digest_can_be_recomputed_from_the_printed_schema() -> None:
    text = json.dumps(json.loads(json.dumps(schema())), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == layout.digest()
    assert schema()["name"] == "v2x-tokens"


def test_every_fill_says_nothing_plausible() -> None:
    """An optional field's fill lies outside its range; names are unique; ranges are ranges."""
    for spec in layout.arrays():
        names = [f.name for f in spec.fields]
        assert len(names) == len(set(names))
        for field in spec.fields:
            assert field.low < field.high, field
            assert field.scale > 0, field
            assert not (field.optional and field.low <= field.fill <= field.high), field
            assert field.unit, field
            assert field.text, field


def test_an_empty_environment_is_one_valid_ego() -> None:
    frame = tokenize(_environment())
    validate(frame)
    assert _row(frame, "ego")["speed_mps"] == 10.0
    assert not any(frame.arrays[n].any() for n in frame.arrays if n.endswith("_mask"))
    assert (frame.arrays["agents_id"] == -1).all()
    assert (frame.arrays["agents"][:, layout.field_index("agents")["conflict_s"]] == -1.0).all()


def test_an_agent_is_in_the_ego_s_frame() -> None:
    """Ego looks north; the other is 20 m ahead, 5 m to the left, and drives west, across to the left."""
    covariance = np.diag([0.09, 0.25, 1.0, 3.0])
    covariance[0, 1] = covariance[1, 0] = 0.03
    frame = tokenize(
        _environment(
            _track(
                7, -5.0, 20.0, v_east_mps=-8.0, speed_mps=8.0, yaw_rad=math.pi, covariance=covariance,
                accel_mps2=-2.0, yaw_rate_radps=0.2, braking=True, turn_left=False, hits=12,
                sources=frozenset({Source.BSM, Source.RSM}), kind=ObjectKind.TRUCK,
                unknown=frozenset({"yaw_rate_radps", "height_m"}),
            )
        )
    )  # fmt: skip
    validate(frame)
    row = _row(frame, "agents")
    assert frame.arrays["agents_id"][0] == 7
    expected = {
        "x_m": 20.0, "y_m": 5.0, "cos_yaw": 0.0, "sin_yaw": 1.0, "vx_mps": 0.0, "vy_mps": 8.0,
        "accel_mps2": -2.0, "accel_known": 1.0, "yaw_rate_known": 0.0, "length_m": 4.6, "size_known": 1.0,
        "sigma_x_m": 0.5, "sigma_y_m": 0.3, "rho_xy": -0.2, "sigma_v_mps": math.sqrt(2.0), "age_s": 0.1,
        "latency_s": 0.06, "existence": 0.9, "hits": 12.0, "kind_truck": 1.0, "kind_car": 0.0,
        "source_bsm": 1.0, "source_rsm": 1.0, "source_sensor": 0.0, "only_v2x": 1.0, "verified": 1.0,
        "braking": 1.0, "turn_left": -1.0, "turn_right": 0.0, "conflict_s": -1.0,
    }  # fmt: skip
    assert {k: row[k] for k in expected} == pytest.approx(expected, abs=1e-5)


def test_the_own_sensor_and_an_unsigned_report_are_told_apart() -> None:
    own = _track(1, sources=frozenset({Source.SENSOR}), trust=Trust.OWN, signer=None)
    unsigned = _track(2, 9.0, sources=frozenset({Source.RSM}), trust=Trust.UNSIGNED, signer=None)
    frame = tokenize(_environment(own, unsigned))
    bits = {
        int(i): (_row(frame, "agents", s)["only_v2x"], _row(frame, "agents", s)["verified"])
        for s, i in enumerate(frame.arrays["agents_id"][:2])
    }
    assert bits == {1: (0.0, 0.0), 2: (1.0, 0.0)}


def test_a_path_conflict_has_its_time() -> None:
    """Ego at 10 m/s northwards; the other comes from the east at 10 m/s; both are 30 m from the point."""
    frame = tokenize(_environment(_track(1, 30.0, 30.0, v_east_mps=-10.0, speed_mps=10.0, yaw_rad=math.pi)))
    assert _row(frame, "agents")["conflict_s"] == pytest.approx((30.0 - 0.95 - 2.3) / 10.0, abs=1e-5)


def test_who_matters_comes_first_and_the_rest_is_counted() -> None:
    crowd = [_track(i, 100.0 + i, -100.0) for i in range(1, 101)]
    crossing = _track(900, 40.0, 40.0, v_east_mps=-10.0, speed_mps=10.0, yaw_rad=math.pi)
    far = _track(901, 0.0, 800.0)
    tentative = _track(902, 1.0, 5.0, confirmed=False)
    frame = tokenize(_environment(*crowd, crossing, far, tentative))
    validate(frame)
    ids = frame.arrays["agents_id"].tolist()
    assert ids[:3] == [900, 1, 2]
    assert frame.arrays["agents_mask"].all()
    assert {901, 902}.isdisjoint(ids)
    assert _row(frame, "ego")["agents_beyond"] == 102 - 64


def test_ties_go_by_the_track_s_name() -> None:
    frame = tokenize(_environment(_track(5, 10.0), _track(3, -10.0), _track(4, 10.0)))
    assert frame.arrays["agents_id"][:3].tolist() == [3, 4, 5]


def test_a_lane_is_sampled_around_the_ego() -> None:
    frame = tokenize(
        _environment(lanes=[_lane([(2.0, -500.0), (2.0, 60.0)]), _lane([(2.0, 900.0), (2.0, 990.0)], 2)])
    )
    validate(frame)
    assert frame.arrays["map_mask"].sum() == 1
    points = frame.arrays["map"][0]
    index = layout.field_index("map")
    np.testing.assert_allclose(points[:, index["x_m"]], np.linspace(-100.0, 60.0, 20), atol=1e-3)
    np.testing.assert_allclose(points[:, index["y_m"]], -2.0, atol=1e-3)
    np.testing.assert_allclose(points[:, index["cos_yaw"]], 1.0, atol=1e-6)
    np.testing.assert_allclose(points[:, index["curvature_per_m"]], 0.0, atol=1e-6)
    assert points[0, index["from_start_m"]] == pytest.approx(400.0)
    assert points[-1, index["to_end_m"]] == 0.0


def test_a_bend_has_its_curvature() -> None:
    angle = np.linspace(0.0, math.pi / 2, 60)
    arc = np.stack((50.0 * np.cos(angle), 50.0 * np.sin(angle)), axis=1)
    frame = tokenize(_environment(lanes=[_lane(arc)]))
    curvature = frame.arrays["map"][0][2:-2, layout.field_index("map")["curvature_per_m"]]
    np.testing.assert_allclose(curvature, 0.02, rtol=0.02)


def test_a_signal_stands_at_its_stop_line() -> None:
    frame = tokenize(_full())
    validate(frame)
    row = _row(frame, "signals")
    expected = {
        "x_m": 60.0, "y_m": -2.0, "cos_yaw": 1.0, "place_known": 1.0, "light_red": 1.0,
        "light_protected_green": 0.0, "min_end_s": 5.0, "likely_end_s": 12.0, "max_end_s": -1.0,
        "confidence": 0.9, "age_s": 0.3, "verified": 1.0, "for_ego": 0.0,
    }  # fmt: skip
    assert {k: row[k] for k in expected} == pytest.approx(expected, abs=1e-5)
    blind = _row(frame, "signals", 1)
    assert blind["place_known"] == 0.0
    assert sum(v for k, v in blind.items() if k.startswith("light_")) == 0.0
    attributes = _row(frame, "map_attributes")
    assert attributes["signal_slot"] == 0.0
    assert (attributes["leads_left"], attributes["leads_right"], attributes["leads_straight"]) == (
        1.0,
        0.0,
        0.0,
    )
    assert _row(frame, "map_attributes", 1)["signal_slot"] == -1.0


def test_the_ego_s_own_signal_is_marked_and_first() -> None:
    lanes = [_lane([(0.5, -80.0), (0.5, 60.0)], 1), _lane([(-20.0, 5.0), (-6.0, 5.0)], 2)]
    signals = [
        SignalView(NODE, PhaseState(phase, Light.YELLOW, None), (lane,), ORIGIN, 0.1)
        for phase, lane in ((1, 1), (2, 0))
    ]
    frame = tokenize(_environment(lanes=lanes, signals=signals))
    assert [_row(frame, "signals", s)["for_ego"] for s in (0, 1)] == [1.0, 0.0]
    assert _row(frame, "signals")["x_m"] == pytest.approx(60.0)


def test_events_have_their_boxes() -> None:
    frame = tokenize(_full())
    first, second = _row(frame, "events"), _row(frame, "events", 1)
    assert frame.arrays["events_type"][:3].tolist() == [707, 85, -1]
    expected = {
        "x_m": 20.0, "y_m": 0.0, "place_known": 1.0, "radius_m": 15.0, "path_x_low_m": 10.0,
        "path_x_high_m": 30.0, "path_y_low_m": -5.0, "path_y_high_m": 0.0, "path_known": 1.0, "is_sign": 0.0,
        "priority": 4.0, "ends_in_s": 30.0, "age_s": 2.0, "verified": 0.0, "from_cloud": 0.0,
    }  # fmt: skip
    assert {k: first[k] for k in expected} == pytest.approx(expected, abs=1e-5)
    assert (second["place_known"], second["priority"], second["is_sign"]) == (0.0, -1.0, 1.0)


def test_the_same_input_gives_the_same_bytes() -> None:
    one, other = tokenize(_full()), tokenize(_full())
    assert frame_digest(one) == frame_digest(other)
    files = []
    for frame in (one, other):
        buffer = io.BytesIO()
        save_npz(frame, buffer)
        files.append(buffer.getvalue())
    assert files[0] == files[1]
    assert frame_digest(tokenize(replace(_full(), at=100.1))) != frame_digest(one)


def test_arrays_are_plain_and_c_ordered() -> None:
    frame = tokenize(_full())
    assert {a.dtype.str for a in frame.arrays.values()} == {"<f4", "<i8", "|b1"}
    assert all(a.flags.c_contiguous and a.flags.writeable for a in frame.arrays.values())
    assert sum(a.nbytes for a in frame.arrays.values()) < 100_000


def _spoil(name, change):
    frame = tokenize(_full())
    change(frame.arrays)
    with pytest.raises(FusionError, match=name):
        validate(frame)


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("agents: missing", lambda a: a.pop("agents")),
        ("extra: not in the schema", lambda a: a.update(extra=np.zeros(1))),
        ("agents: dtype float64", lambda a: a.update(agents=a["agents"].astype(np.float64))),
        ("agents: shape", lambda a: a.update(agents=a["agents"][:10])),
        ("agents: not in C order", lambda a: a.update(agents=np.asfortranarray(a["agents"]))),
        ("agents_mask: a valid slot behind", lambda a: a["agents_mask"].__setitem__(1, False)),
        (r"agents\.x_m, row 2: .*not finite", lambda a: a["agents"].__setitem__((2, 0), np.nan)),
        (r"agents\.existence, row 0: .*out of range", lambda a: a["agents"].__setitem__((0, 21), 1.5)),
        (r"agents\.x_m, row 60: .*empty slot", lambda a: a["agents"].__setitem__((60, 0), 1.0)),
        (r"map\.x_m, row 21: .*out of range", lambda a: a["map"].__setitem__((1, 1, 0), 9e9)),
        ("agents_id: an id appears twice", lambda a: a["agents_id"].__setitem__(1, a["agents_id"][0])),
        (r"agents_id\.track_id, row 0: .*out of range", lambda a: a["agents_id"].__setitem__(0, -1)),
        (r"signals\.min_end_s, row 0", lambda a: a["signals"].__setitem__((0, 13), -0.5)),
    ],
)
def test_validation_names_the_array_and_the_field(message, change) -> None:
    assert layout.field_index("agents")["existence"] == 21
    assert layout.field_index("signals")["min_end_s"] == 13
    _spoil(message, change)


def test_another_schema_is_refused() -> None:
    frame = tokenize(_full())
    for change in (
        {"schema_version": "2.0.0"},
        {"schema_name": "x"},
        {"schema_sha256": "0" * 64},
        {"at": math.nan},
    ):
        with pytest.raises(FusionError):
            validate(replace(frame, **change))


def test_a_file_gives_the_frame_back(tmp_path) -> None:
    frame = tokenize(_full())
    path = tmp_path / "frame.npz"
    save_npz(frame, path)
    again = load_npz(path)
    validate(again)
    assert frame_digest(again) == frame_digest(frame)
    assert again.at == frame.at


@given(st.integers(0, 3000), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_a_fusion_error(place: int, value: int) -> None:
    buffer = io.BytesIO()
    save_npz(tokenize(_full()), buffer)
    data = bytearray(buffer.getvalue())
    data[-place - 1] = value
    try:
        load_npz(io.BytesIO(bytes(data)))
        load_npz(io.BytesIO(bytes(data[:-place])) if place else io.BytesIO(bytes(data)))
    except FusionError as error:
        assert "token file" in str(error)  # noqa: PT017


def test_what_is_no_token_file_is_refused(tmp_path) -> None:
    for data in (b"", b"PK", b"not a zip file", bytes(100)):
        with pytest.raises(FusionError, match="no token file"):
            load_npz(io.BytesIO(data))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(20 << 20))
    bomb.seek(0)
    with pytest.raises(FusionError, match="unpacks to"):
        load_npz(bomb)
    pickled = io.BytesIO()
    np.savez(pickled, header=np.array([object()], dtype=object))
    pickled.seek(0)
    with pytest.raises(FusionError, match="no token file"):
        load_npz(pickled)


@given(
    st.lists(
        st.tuples(
            st.floats(-600, 600), st.floats(-600, 600), st.floats(-80, 80), st.floats(-80, 80),
            st.sampled_from(ObjectKind), st.floats(-0.2, 9.0),
        ),
        max_size=70,
    ),
    st.floats(-3.1, 3.1),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_any_environment_makes_a_valid_frame(objects, yaw) -> None:
    tracks = [
        _track(
            i, e, n, v_east_mps=a, v_north_mps=b, speed_mps=math.hypot(a, b), yaw_rad=math.atan2(b, a),
            kind=kind, measured_at=100.0 - age,
        )
        for i, (e, n, a, b, kind, age) in enumerate(objects)
    ]  # fmt: skip
    frame = tokenize(_environment(*tracks, ego=EgoState(100.0, 1.0, 2.0, yaw, 12.0)))
    validate(frame)
    reach = sum(frame.arrays["agents_mask"])
    assert reach + _row(frame, "ego")["agents_beyond"] == len(tracks)
