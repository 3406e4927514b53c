"""The agent protocol's octets: every message comes back, at every cut; anything else is one named error."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.errors import SettingError
from v2x.modem.pc5_json import from_json, to_json
from v2x.modem.pc5_layout import RESULTS, Kind
from v2x.modem.pc5_login import Greeting, Login, Token
from v2x.modem.pc5_types import (
    ChannelBusy,
    EventFlow,
    Function,
    L2Ids,
    Pc5Cause,
    Pc5Counters,
    Pc5Signal,
    Pc5State,
    Pc5Status,
    PoolStatus,
    SpsFlow,
    SyncSource,
)
from v2x.modem.pc5_wire import (
    FRAME_LIMIT,
    JSON_TYPES,
    AgentProtocolError,
    Message,
    Received,
    Send,
    Type,
    WireDecoder,
    encode,
    encode_frame,
)

if TYPE_CHECKING:
    from pathlib import Path

ids = st.none() | st.integers(0, 0xFFFFFF)
pppps = st.none() | st.integers(1, 8)
datas = st.binary(min_size=1, max_size=40)
sends = st.builds(Send, datas, ids, pppps, st.none() | st.integers(1, 0xFFFFFFFF))
instants = st.none() | st.integers(1, 4_000_000_000_000_000).map(lambda us: us / 1e6)
receptions = st.builds(Received, datas, ids, ids, pppps, instants, st.booleans())
objects = st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=4)
plain = st.builds(Message, st.sampled_from(sorted(JSON_TYPES)), objects) | st.builds(
    Message, st.sampled_from([Type.PING, Type.PONG]), st.just({}), st.binary(max_size=64)
)


def octets_of(message: Message | Received | Send) -> bytes:
    if isinstance(message, Message):
        return encode(message.type, message.values, message.body)
    return encode_frame(message)


@given(st.lists(plain | sends | receptions, max_size=6), st.lists(st.integers(0, 600), max_size=8))
def test_messages_come_back_at_every_cut(messages: list[Message | Received | Send], cuts: list[int]) -> None:
    octets = b"".join(octets_of(message) for message in messages)
    decoder, found = WireDecoder(), []
    places = [0, *sorted(cut for cut in cuts if cut < len(octets)), len(octets)]
    for start, end in itertools.pairwise(places):
        found += decoder.feed(octets[start:end])
    assert found == messages
    assert decoder.skipped == 0


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_any_octets_give_messages_or_one_error(pieces: list[bytes], framed: bool) -> None:
    decoder = WireDecoder()
    with contextlib.suppress(AgentProtocolError):
        for piece in pieces:
            decoder.feed(len(piece).to_bytes(4, "big") + piece if framed else piece)


@given(st.sampled_from(sorted(Type)), st.binary(max_size=60))
def test_any_body_gives_a_message_or_an_error(kind: Type, body: bytes) -> None:
    octets = (len(body) + 1).to_bytes(4, "big") + bytes([kind]) + body
    with contextlib.suppress(AgentProtocolError):
        assert len(WireDecoder().feed(octets)) == 1


def test_the_layout_by_hand() -> None:
    """Octets put together from the tables of docs/pc5-agent.md."""
    send = Send(b"\x04\x00", 0x000001, 5, 7)
    assert encode_frame(send).hex() == "0000000f210000000700000001050000000400"
    assert encode_frame(Send(b"x")).hex() == "0000000e2100000000ffffffff0000000078"
    received = Received(b"x", 0x0A0A01, None, None, 1.5, utc=True)
    head = "0000001620000000000016e360000a0a01ffffffff00010000"
    assert encode_frame(received).hex() == head + "78"
    assert encode(Type.PING, body=b"?").hex() == "00000002303f"
    assert encode(Type.BYE, {"reason": "x"}) == b'\x00\x00\x00\x0f\x3f{"reason":"x"}'


@pytest.mark.parametrize(
    "octets",
    [
        "00000000",
        "00004001",
        "ffffffff",
        "0000000121",
        "0000000d2100000000ffffffff00000000",
        "0000000e2100000000010000000000000078",
        "0000000e2100000000ffffffff0900000078",
        "00000003105b5d",
        "00000002107b",
        "0000000410ff2222",
    ],
)
def test_what_breaks_a_connection(octets: str) -> None:
    decoder = WireDecoder()
    with pytest.raises(AgentProtocolError):
        decoder.feed(bytes.fromhex(octets))
    with pytest.raises(AgentProtocolError, match="behind an error"):
        decoder.feed(b"")


HURTING = ['{"a":NaN}', "[" * 10_000, '{"a":' * 3_000, "1" * 9_000, '{"a":' + "9" * 9_000]


@pytest.mark.parametrize("text", HURTING, ids=["nan", "deep list", "deep object", "digits", "open digits"])
def test_json_that_hurts(text: str) -> None:
    octets = (len(text) + 1).to_bytes(4, "big") + bytes([Type.EVENT]) + text.encode()
    with pytest.raises(AgentProtocolError, match="JSON"):
        WireDecoder().feed(octets)


def test_unknown_types_are_skipped_and_limits_hold() -> None:
    decoder = WireDecoder()
    assert decoder.feed(bytes.fromhex("000000037f0102") + encode(Type.PONG)) == [Message(Type.PONG)]
    assert decoder.skipped == 1
    assert "secret" not in repr(Message(Type.LOGIN, {"proof": "secret"}))
    for frame in (
        Send(b""),
        Send(bytes(FRAME_LIMIT + 1)),
        Send(b"x", flow=-1),
        Received(b"x", received_at=-1.0),
    ):
        with pytest.raises(ValueError):
            encode_frame(frame)
    with pytest.raises(ValueError):
        encode(Type.REQUEST, {"do": "x" * 20_000})


# -- the first words -------------------------------------------------------------------------------

HELLO: dict[str, Any] = {
    "protocol": "v2x-pc5-agent",
    "versions": [1, 2],
    "name": "unit",
    "simulated": False,
    "functions": ["frames", "cbr", "of tomorrow", 5],
    "nonce": "00" * 15 + "a1",
    "auth": True,
}
NONCE = "ff" * 16


def test_a_greeting() -> None:
    greeting = Greeting.parse(HELLO | {"more": 1})
    assert greeting.functions == {Function.FRAMES, Function.CBR}
    assert (greeting.name, greeting.simulated, greeting.auth) == ("unit", False, True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("protocol", "http"),
        ("versions", [2]),
        ("versions", 1),
        ("name", ""),
        ("name", "x" * 65),
        ("name", "\x1b[31m"),
        ("name", None),
        ("simulated", 0),
        ("auth", None),
        ("functions", {"frames": 1}),
        ("nonce", "00"),
        ("nonce", "AA" * 16),
        ("nonce", None),
    ],
)
def test_greetings_that_are_none(key: str, value: Any) -> None:
    with pytest.raises(AgentProtocolError):
        Greeting.parse(HELLO | {key: value})


def test_proofs() -> None:
    """Computed here once more from the description, with the hmac module alone."""
    token, greeting = Token(b"0123456789abcdef"), Greeting.parse(HELLO)
    login = Login(greeting, NONCE, token)
    nonces = bytes.fromhex(HELLO["nonce"]) + b"\xff" * 16
    for role in (b"host", b"agent"):
        wanted = hmac.new(b"0123456789abcdef", b"v2x-pc5-agent " + role + b" " + nonces, hashlib.sha256)
        if role == b"host":
            assert login.values("v2x")["proof"] == wanted.hexdigest()
        else:
            login.check({"proof": wanted.hexdigest()})
    for proof in (login.values("v2x")["proof"], "", None, "ü" * 64):  # its own proof sent back is none
        with pytest.raises(AgentProtocolError, match="prove"):
            login.check({"proof": proof})


def test_without_a_token() -> None:
    with pytest.raises(SettingError, match="wants a token"):
        Login(Greeting.parse(HELLO), NONCE, None).values("v2x")
    open_login = Login(Greeting.parse(HELLO | {"auth": False}), NONCE, None)
    assert "proof" not in open_login.values("v2x")
    open_login.check({})


def test_tokens_show_nowhere_and_have_a_length(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"  a secret of ours\n")
    token = Token.read(path)
    assert token.proof("host", "00" * 16, NONCE) == Token(b"a secret of ours").proof("host", "00" * 16, NONCE)
    assert "secret" not in repr(token) + repr(Login(Greeting.parse(HELLO), NONCE, token))
    for octets in (b"short", b"x" * 1025):
        path.write_bytes(octets)
        with pytest.raises(SettingError, match=r"16\.\.1024") as caught:
            Token.read(path)
        assert "short" not in str(caught.value)
    with pytest.raises(SettingError):
        Token.read(tmp_path / "none")


# -- values ----------------------------------------------------------------------------------------

VALUES = [
    (Function.CBR, ChannelBusy(0.25)),
    (Function.CBR, ChannelBusy()),
    (Function.L2_IDS, L2Ids(1, 2)),
    (Function.COUNTERS, Pc5Counters((1, 2), None, (3,), sent=4)),
    (Function.SYNC_SOURCE, SyncSource("gnss", True, 55140)),
    (Function.SIGNAL, (Pc5Signal(da_rsrp_dbm=-90.0), Pc5Signal())),
    (
        Function.STATUS,
        Pc5Status(
            Pc5State.ACTIVE,
            Pc5State.SUSPENDED,
            None,
            Pc5Cause.SENSING,
            (PoolStatus(3, Pc5State.ACTIVE, Pc5State.UNKNOWN),),
            1e-7,
        ),
    ),
]


@pytest.mark.parametrize(("function", "value"), VALUES)
def test_values_come_back_through_json(function: Function, value: Any) -> None:
    text = json.dumps(to_json(value))
    assert from_json(function, json.loads(text) | {"of tomorrow": 1}) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["active", "gnss", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["pool", "rx", "tx"]), inner),
    max_leaves=6,
)
names = st.sampled_from([*(name for result in RESULTS.values() for name in result.kinds), "pools", "rows"])


@given(st.sampled_from(sorted(RESULTS)), st.dictionaries(names, json_values, max_size=8))
def test_any_object_is_a_value_or_an_error(function: Function, values: dict[str, Any]) -> None:
    with contextlib.suppress(ValueError):
        from_json(function, values)


def test_each_kind_refuses_the_others() -> None:
    good: dict[Kind, Any] = {
        Kind.BOOL: True,
        Kind.WORD: "active",
        Kind.NUMBER: 0.5,
        Kind.INT: 5,
        Kind.COUNTS: [1],
    }
    for function, name in ((Function.CBR, "pssch"), (Function.COUNTERS, "sent"), (Function.COUNTERS, "stch")):
        kind = RESULTS[function].kinds[name]
        for other, value in good.items():
            if other is kind or (kind is Kind.NUMBER and other is Kind.INT):
                continue
            with pytest.raises(ValueError, match=name):
                from_json(function, {name: value})
    for values in ({}, {"rx": "active"}, {"rx": "active", "tx": "gone"}):
        with pytest.raises(ValueError):
            from_json(Function.STATUS, values)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ChannelBusy(1.1),
        lambda: L2Ids(1 << 24),
        lambda: L2Ids(1, -1),
        lambda: EventFlow(1, 0),
        lambda: EventFlow(1 << 24),
        lambda: SpsFlow(1, 0.0, 100),
        lambda: SpsFlow(1, 0.1, 0),
        lambda: SpsFlow(1, 0.1, 100, 9),
    ],
)
def test_values_that_cannot_be(make: Any) -> None:
    with pytest.raises(ValueError):
        make()
