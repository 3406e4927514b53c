"""Plans: what is read, and that every mistake in one is an error that names its place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.bench import asks_first
from v2x.modem.errors import ProfileError
from v2x.modem.plan import Limit, PlanError, Simulated, load_plan, parse_plan
from v2x.modem.plan_steps import KINDS, Attach, BringUp, Pc5Step, Ping, Wait

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

WHOLE = """
[bench]
title = "All of it"
profile = "unisoc"
cycles = 3
duration_s = 60
pause_s = 0.5
stop_after = 2
recover = false
apn = "internet"
cid = 2
confidence = 0.9

[simulated]
speed = 10
script = "world.toml"

[[step]]
do = "bringup"
limit_s = 30

[[step]]
do = "attach"
name = "again"
by = "cfun"
go_on = true

[[step]]
do = "pc5"
monitor = [0x1, 0x2]
window_s = 2

[[limit]]
measure = "again.registered_s"
statistic = "p95"
at_most = 20
name = "soon"
"""


def least(**bench: object) -> str:
    settings = {"cycles": 1} | bench
    lines = [f"{key} = {value}" for key, value in settings.items() if value is not None]
    return "[bench]\n" + "\n".join(lines) + '\n[[step]]\ndo = "bringup"\n'


def test_a_whole_plan() -> None:
    plan = parse_plan(WHOLE, "p.toml", folder="here")
    assert plan.steps == (
        BringUp(name="bringup", limit_s=30.0),
        Attach(name="again", limit_s=Attach.LIMIT_S, by="cfun", go_on=True),
        Pc5Step(name="pc5", limit_s=Pc5Step.LIMIT_S, monitor=(1, 2), window_s=2.0),
    )
    assert plan.limits == (Limit(measure="again.registered_s", statistic="p95", at_most=20.0, name="soon"),)
    assert plan.simulated == Simulated(speed=10.0, script="world.toml")
    assert (plan.cycles, plan.duration_s, plan.pause_s, plan.stop_after) == (3, 60.0, 0.5, 2)
    assert (plan.apn, plan.cid, plan.confidence, plan.folder, plan.recover) == (
        "internet",
        2,
        0.9,
        "here",
        False,
    )
    assert [step["do"] for step in plan.to_dict()["steps"]] == ["bringup", "attach", "pc5"]
    assert "folder" not in plan.to_dict()


MISTAKES = [
    ("", "step: a bench needs one"),
    ("[bench]\ncycles = 1", "step: a bench needs one"),
    ("=", "p.toml: "),
    ("steps = 1", "unknown key steps"),
    ("bench = 3", "bench: must be a table"),
    ("step = 3", "step: tables"),
    ("[[step]]\ndo = 1", "step 1: do: one of"),
    ("[[step]]\ndo = 'fly'", "step 1: do: one of"),
    ("step = [3]", "step 1: must be a table"),
    (least(cycles=None), "cycles or duration_s"),
    (least(cycles=0), "bench: cycles: 1 to"),
    (least(cycles="true"), "bench: cycles: must be a int"),
    (least(cycles=1.5), "bench: cycles: must be a int"),
    (least(duration_s="inf"), "bench: duration_s: must be a float"),
    (least(duration_s=-1), "bench: duration_s: 0 to"),
    (least(pause_s='"1"'), "bench: pause_s: must be a float"),
    (least(confidence=1.0), "bench: confidence: 0.5 to"),
    (least(apn="'a\"b'"), "bench: cid, apn: "),
    (least(cid=99), "bench: cid, apn: "),
    (least(steps=3), "bench: unknown key steps"),
    (least(simulated=3), "bench: unknown key simulated"),
    (least(folder='"/"'), "bench: unknown key folder"),
    (least(speed=3), "bench: unknown key speed"),
    (least(port='"x"') + "[simulated]\n", "port: not beside [simulated]"),
    (least() + "[simulated]\nspeed = 0", "simulated: speed: 0.01 to"),
    (least() + "[[step]]\ndo = 'bringup'", "two are called bringup"),
    (least() + "[[step]]\ndo = 'wait'", "step 2: wait_s: missing"),
    (least() + "[[step]]\ndo = 'wait'\nwait_s = -1", "step 2: wait_s: 0 to"),
    (least() + "[[step]]\ndo = 'wait'\nwait_s = 1\nname = 'cycle'", "step 2: name: "),
    (least() + "[[step]]\ndo = 'wait'\nwait_s = 1\nname = 'A b'", "step 2: name: "),
    (least() + "[[step]]\ndo = 'wait'\nwait_s = 1\nlimit_s = 0", "step 2: limit_s"),
    (least() + "[[step]]\ndo = 'attach'\nby = 'force'", "step 2: by: cgatt or cfun"),
    (least() + "[[step]]\ndo = 'ping'\nhost = 'a\"b'", "step 2: not a string parameter"),
    (least() + "[[step]]\ndo = 'ping'\nhost = 'x'\ncount = 11", "step 2: host: "),
    (least() + "[[step]]\ndo = 'reboot'\ncommand = 'reboot'", "step 2: a command line begins with AT"),
    (least() + "[[step]]\ndo = 'reboot'\nsign_limit_s = 0", "step 2: sign_limit_s"),
    (least() + "[[step]]\ndo = 'at'\ncommand = \"AT\\u0007\"", "step 2: a command line is printable"),
    (least() + "[[step]]\ndo = 'data_up'\ncommand = 'x'", "step 2: a command line begins with AT"),
    (least() + "[[step]]\ndo = 'pc5'\nmonitor = []", "step 2: a receive test watches"),
    (least() + "[[step]]\ndo = 'pc5'\nmonitor = [0x1000000]", "step 2: a layer-2 id"),
    (least() + "[[step]]\ndo = 'pc5'\nmonitor = ['1']", "step 2: monitor: must be a list of whole numbers"),
    (least() + "[[step]]\ndo = 'pc5'\nwindow_s = 1e9", "step 2: window_s"),
    (least() + "[[step]]\ndo = 'pc5'\nsender_hz = -1", "step 2: sender_hz"),
    (least() + "[[step]]\ndo = 'pc5'\naddress = 'x'", "step 2: address"),
    (least() + "[[step]]\ndo = 'pc5'\nprovider = 'agent'", "step 2: address"),
    (least() + "[[limit]]\nmeasure = 'x.y'\nstatistic = 'p95'", "limit 1: measure: no 'x.y'; there is: "),
    (
        least() + "[[limit]]\nmeasure = 'cycle.seconds'\nstatistic = 'share'\nat_most = 1",
        "limit 1: statistic",
    ),
    (least() + "[[limit]]\nmeasure = 'cycle.success'\nstatistic = 'p95'\nat_most = 1", "limit 1: statistic"),
    (least() + "[[limit]]\nmeasure = 'cycle.seconds'\nstatistic = 'p95'", "limit 1: at_most or at_least"),
    (least() + "[[limit]]\nmeasure = 'cycle.seconds'\nstatistic = 'p95'\nat_most = nan", "limit 1: at_most"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_a_mistake_is_named(text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text, "p.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("p.toml: ")


def test_an_unknown_profile() -> None:
    with pytest.raises(ProfileError):
        parse_plan(least(profile='"other"'), "p.toml")


VALUES = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.just([]), st.just({}), st.just([1])
)


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value if not "\ud800" <= c <= "\udfff") + '"'
    return {"[]": "[]", "{}": "{}", "[1]": "[1]"}.get(str(value), str(value))


KEYS = ["name", "limit_s", "go_on", "by", "host", "count", "command", "wait_s", "monitor", "window_s"]


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_any_values_give_a_plan_or_a_plan_error(do: str, values: dict[str, object]) -> None:
    text = least() + f'[[step]]\ndo = "{do}"\n' + "\n".join(f"{k} = {as_toml(v)}" for k, v in values.items())
    with contextlib.suppress(PlanError):
        assert do == parse_plan(text, "p.toml").steps[1].KIND


@given(st.text(max_size=200))
def test_any_text_gives_a_plan_error(text: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(text, "p.toml")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(PlanError, match=r"p\.toml: no UTF-8"):
        load_plan(path)
    path.write_text("#" * 300_000)
    with pytest.raises(PlanError, match="longer than"):
        load_plan(path)
    path.write_text(least())
    assert load_plan(path).folder == str(tmp_path)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("bench-*.toml")), ids=lambda path: path.stem)
def test_the_examples(path: Path) -> None:
    if path.stem == "bench-faults":  # the world of bench-quick, no plan
        return
    plan = load_plan(path)
    assert plan.limits
    assert not asks_first(plan)
    if plan.simulated is not None and plan.simulated.script:
        assert (path.parent / plan.simulated.script).is_file()


def test_secrets_in_commands_stay_out_of_what_is_written() -> None:
    text = least() + "[[step]]\ndo = 'at'\ncommand = 'AT+CPIN=\"1234\"'"
    plan = parse_plan(text, "p.toml")
    assert "1234" not in str(plan.to_dict())
    assert "1234" not in str(plan.content)


def test_what_asks_first() -> None:
    text = least() + "[[step]]\ndo = 'at'\ncommand = 'AT+QCFG=\"usbnet\",1'"
    (asked,) = asks_first(parse_plan(text, "p.toml"))
    assert "usbnet" in asked


def test_what_two_sessions_of_one_run_must_share() -> None:
    first = parse_plan(WHOLE, "p.toml")
    longer = parse_plan(WHOLE.replace("cycles = 3", "cycles = 30").replace("pause_s = 0.5", ""), "q.toml")
    other = parse_plan(WHOLE.replace('by = "cfun"', 'by = "cgatt"'), "p.toml")
    assert first.content == longer.content
    assert first.content != other.content


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-10, 10))
def test_a_limit_holds_between_its_bounds(value: float, low: float, high: float) -> None:
    assert Limit(measure="m", statistic="p95", at_least=low, at_most=high).holds(value) == (
        low <= value <= high
    )
    assert Limit(measure="m", statistic="p95", at_least=low).holds(value) == (low <= value)
    assert Limit(measure="m", statistic="p95", at_most=high).bound == f"at most {high:g}"


def test_every_kind_says_what_it_measures() -> None:
    for kind in KINDS.values():
        assert kind.LIMIT_S > 0.0
        assert not set(kind.VALUES) & {"seconds", "success", "status"}
    assert (Ping.SHARES, Wait.VALUES) == (("loss",), ())
