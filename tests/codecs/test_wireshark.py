"""The dissector inside tshark: what it shows is what our own decoders read, and nothing makes it stumble.

Values are compared through ``tshark -T json``: every line's filter name and raw value, in order, against a
walk over our decoded value that shares nothing with the generator but the names of fields.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from v2x.certs import Signer, sm2
from v2x.certs.issue import IssueGroup, Template, issue
from v2x.cli import wireshark
from v2x.codecs import coer, decode, encode
from v2x.codecs import coer_compound as compound
from v2x.codecs import coer_nodes as octet
from v2x.codecs.codec import decode_as
from v2x.codecs.dsmp import DsmpFrame, DsmpSettings
from v2x.codecs.message import (
    DAY1_FRAMES,
    DAY2_FRAME,
    DAY2_MESSAGES,
    DAY2_PROFILE,
    KINDS,
    PROFILES,
    UNKNOWN,
    Message,
)
from v2x.codecs.pcap import DSMP_LINK_TYPE, write_pcap
from v2x.codecs.schema import (
    BitString,
    Boolean,
    Choice,
    Enumerated,
    Integer,
    Node,
    OctetString,
    Sequence,
    SequenceOf,
    Text,
    node_of,
)
from v2x.codecs.wireshark import FILE_NAME, ROOTS, snake
from v2x.errors import CodecError, CodecErrorKind
from v2x.testing import random_message

DATA = Path(__file__).resolve().parents[1] / "data"
TSHARK = shutil.which("tshark")
pytestmark = [
    pytest.mark.counterpart("tshark"),
    pytest.mark.skipif(TSHARK is None, reason="no tshark: apt-get install tshark"),
]

AT = 1_800_000_000.0
AIDS = {"BSM": 111, "MAP": 3618, "SPAT": 3619, "RSI": 3620, "RSM": 3623}
WIDE = DsmpSettings(max_octets=70_000)
WARNING = 0x600000


class Line(NamedTuple):
    """A line of the tree: filter name, raw value ("" for none, None for any), the lines below it."""

    name: str
    value: str | None
    kids: list[Line]


# What our decoders say


def colons(octets: bytes) -> str:
    return ":".join(f"{value:02x}" for value in octets)


def expected(node: Node, name: str, value: Any) -> Line:
    match node:
        case Integer():
            return Line(name, str(value), [])
        case Enumerated():
            return Line(name, str(node.names.index(value)), [])
        case Boolean():
            return Line(name, str(int(value)), [])
        case OctetString():
            text = [Line(f"{name}.text", None, [])] if name.endswith(".text_gb2312") else []
            return Line(name, colons(value), text)
        case Text():
            return Line(name, value.replace("\0", "\N{SYMBOL FOR NULL}"), [])
        case BitString():
            octets, count = value
            named = sorted(node.named.items(), key=lambda item: list(node.named).index(item[0]))
            bits = [(n, octets[b // 8] >> (7 - b % 8) & 1) for n, b in named if b < count]
            return Line(name, colons(octets), [Line(f"{name}.{snake(n)}", str(bit), []) for n, bit in bits])
        case Sequence():
            members = [member for member in node.members if member.name in value]
            kids = [expected(m.node, f"{name}.{snake(m.name)}", value[m.name]) for m in members]
            return Line(name, "", kids)
        case SequenceOf():
            return Line(name, str(len(value)), [element(node.element, name, item) for item in value])
        case Choice():
            chosen, inner = value
            index = [member.name for member in node.members].index(chosen)
            return Line(
                name, str(index), [expected(node.members[index].node, f"{name}.{snake(chosen)}", inner)]
            )
    return Line(name, "", [])


def element(node: Node, name: str, value: Any) -> Line:
    if isinstance(node, Sequence | Choice):
        return expected(node, name, value)._replace(name=f"{name}.item")
    return expected(node, f"{name}.item", value)


def expected_frame(message: Message) -> Line:
    name, body = message.value
    node = node_of(message.profile)
    assert isinstance(node, Choice)
    index = str([member.name for member in node.members].index(name))
    if name != DAY2_FRAME:
        kind = DAY1_FRAMES[name].lower()
        return Line("v2x.frame", index, [expected(node.by_name[name].node, f"v2x.{kind}", body)])
    day2 = DAY2_MESSAGES[body["messageId"]]
    inner = expected(node_of(message.profile, day2.type_name), f"v2x.{day2.kind.lower()}", body["value"])
    place = "v2x.frame.msg_frame_ext"
    number = Line(f"{place}.message_id", str(body["messageId"]), [])
    return Line("v2x.frame", index, [Line(place, "", [number, Line(f"{place}.value", None, [inner])])])


STANDING = {id(coer._node(name)): f"v2x.{short}" for name, short in ROOTS.items()}


def secured_parts(node: Any, name: str, value: Any) -> list[Line]:
    if isinstance(node, compound.Choice):
        chosen, inner = value
        return [secured(node.fields[node.tags[chosen]].node, f"{name}.{snake(chosen)}", inner)]
    fields = [field for field in (*node.root, *node.additions) if field.name in value]
    return [secured(field.node, f"{name}.{snake(field.name)}", value[field.name]) for field in fields]


def secured(node: Any, name: str, value: Any, line: str = "") -> Line:
    line, below = line or name, STANDING.get(id(node), name)
    match node:
        case octet.Null():
            return Line(line, "", [])
        case octet.Enumerated():
            return Line(line, str(node.numbers.get(value, value)), [])
        case octet.Octets():
            return Line(line, colons(value), [])
        case octet.Bits():
            return Line(line, colons(value[0]), [])
        case octet.ListOf():
            bare = not isinstance(node.element, compound.Choice | compound.Sequence)
            kids = [
                secured(node.element, f"{name}.item" if bare else name, item, f"{name}.item")
                for item in value
            ]
            return Line(line, str(len(value)), kids)
        case compound.Choice():
            return Line(line, str(node.tags[value[0]]), secured_parts(node, below, value))
        case compound.Sequence():
            hashed = [hash_line(value)] if below == "v2x.cert" else []
            return Line(line, "", secured_parts(node, below, value) + hashed)
    return Line(line, str(value), [])


def hash_line(certificate: coer.Record) -> Line:
    return Line("v2x.cert.hashed_id8", colons(sm2.sm3(certificate.octets)[-8:]), [])


def standing(name: str, value: Any) -> list[Line]:
    """The lines of a type that stands alone, below its layer."""
    hashed = [hash_line(value)] if name == "Certificate" else []
    return secured_parts(coer._node(name), f"v2x.{ROOTS[name]}", value) + hashed


def difference(want: Line, got: Line, path: str = "") -> str:
    """Where two trees part, or ""."""
    path = f"{path}/{want.name}"
    if want.name != got.name or (want.value is not None and want.value != got.value):
        return f"{path}: {want[:2]} is shown as {got[:2]}"
    if len(want.kids) != len(got.kids):
        return f"{path}: {[kid[:2] for kid in want.kids]} is shown as {[kid[:2] for kid in got.kids]}"
    return next(filter(None, (difference(a, b, path) for a, b in zip(want.kids, got.kids, strict=True))), "")


# What tshark says


@dataclass
class Shown:
    """One frame as tshark shows it: layers by name, and every expert info as (name, severity, text)."""

    layers: dict[str, list[Line]]
    experts: list[tuple[str, int, str]]

    def line(self, layer: str, name: str) -> Line:
        return next(line for line in self.layers[layer] if line.name == name)

    def names(self, severity: int = 0) -> set[str]:
        return {name for name, level, _ in self.experts if level >= severity}


def lines(pairs: list[tuple[str, Any]], experts: list[tuple[str, int, str]]) -> list[Line]:
    found: list[Line] = []
    for name, value in pairs:
        if name == "_ws.expert":
            said = dict(value)
            experts.append((value[0][0], int(said["_ws.expert.severity"]), said["_ws.expert.message"]))
        elif name.startswith("_ws."):
            continue
        elif name.endswith("_tree") and found and found[-1].name == name.removesuffix("_tree"):
            found[-1] = found[-1]._replace(kids=lines(value, experts))
        elif isinstance(value, list):
            found.append(Line(name, "", lines(value, experts)))
        else:
            found.append(Line(name, value, []))
    return found


class Sharks:
    """Runs tshark with the plugin that ``v2x wireshark install`` put into a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "WIRESHARK_"))}
        self.environment["HOME"] = str(home)

    def run(self, *arguments: str) -> tuple[str, str]:
        assert TSHARK is not None
        done = subprocess.run(
            [TSHARK, *arguments], env=self.environment, capture_output=True, check=False, timeout=120
        )
        said = done.stderr.decode().splitlines()
        errors = "\n".join(line for line in said if not line.startswith("Running as user"))
        assert done.returncode == 0, errors
        return done.stdout.decode("utf-8", "replace"), errors

    def capture(self, frames: list[bytes], link_type: int = DSMP_LINK_TYPE) -> str:
        target = self.home / "frames.pcap"
        with target.open("wb") as stream:
            write_pcap(stream, [(AT + 0.1 * n, frame) for n, frame in enumerate(frames)], link_type)
        return str(target)

    def text(self, frames: list[bytes], *arguments: str) -> str:
        said, errors = self.run("-n", "-r", self.capture(frames), *arguments)
        assert not errors
        assert "Lua Error" not in said
        return said

    def show(self, frames: list[bytes], *preferences: str) -> list[Shown]:
        options = [part for preference in preferences for part in ("-o", f"v2x.{preference}")]
        said = self.text(frames, "-T", "json", *options)
        shown = []
        for packet in json.loads(said, object_pairs_hook=list):
            layers: dict[str, list[Line]] = {}
            experts: list[tuple[str, int, str]] = []
            for name, content in dict(dict(packet)["_source"])["layers"]:
                if name.startswith("v2x"):
                    layers[name] = lines(content, experts) if isinstance(content, list) else []
            shown.append(Shown(layers, experts))
        assert len(shown) == len(frames)
        return shown


@pytest.fixture(scope="module")
def shark(tmp_path_factory: pytest.TempPathFactory) -> Sharks:
    """A home with the plugin in the folder that tshark names for it."""
    sharks = Sharks(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(sharks.home))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        done = CliRunner().invoke(wireshark.app, ["install"])
        assert done.exit_code == 0, done.output
    assert list(sharks.home.rglob(FILE_NAME))
    return sharks


# Messages


def messages(seed: int, each: int) -> list[tuple[Message, bytes]]:
    """``each`` random messages of every kind in every profile that has it."""
    rng = random.Random(seed)
    made = []
    for profile in PROFILES:
        for kind in KINDS:
            if profile == DAY2_PROFILE or kind in DAY1_FRAMES.values():
                made += [random_message(rng, kind, profile) for _ in range(each)]
    return [(message, encode(message)) for message in made]


def unit(message: Message, payload: bytes) -> bytes:
    return DsmpFrame(AIDS.get(message.kind, 18), payload).render(WIDE)


@pytest.fixture(scope="module")
def recorded_frames() -> list[bytes]:
    """The five frames of a road-side unit; tests/data/README.md names the source."""
    document = json.loads((DATA / "rsu2020.json").read_text("utf-8"))
    return [bytes.fromhex(frame["hex"]) for frame in document["frames"]]


def test_every_message_by_trial(shark: Sharks, recorded_frames: list[bytes]) -> None:
    """Auto finds the profile that our detector finds, and every value is the one that it decodes."""
    octets = [data for _, data in messages(11, 5)] + recorded_frames
    read = [decode(data) for data in octets]
    shown = shark.show([unit(message, data) for message, data in zip(read, octets, strict=True)])
    assert {message.kind for message in read} == set(KINDS)
    for message, frame in zip(read, shown, strict=True):
        assert frame.line("v2x", "v2x.profile").value == message.profile
        assert frame.line("v2x", "v2x.kind").value == message.kind
        assert difference(expected_frame(message), frame.line("v2x", "v2x.frame")) == ""
        assert not {n for n in frame.names(WARNING) if n != "v2x.dsmp.expert.too_long"}, frame.experts


@pytest.mark.parametrize("profile", PROFILES)
def test_every_message_by_preference(shark: Sharks, profile: str) -> None:
    made = [(message, data) for message, data in messages(12, 3) if message.profile == profile]
    shown = shark.show([data for _, data in made], "layer:MessageFrame", f"profile:{profile}")
    for (message, _), frame in zip(made, shown, strict=True):
        assert frame.line("v2x", "v2x.profile").value == profile
        assert difference(expected_frame(message), frame.line("v2x", "v2x.frame")) == ""
        assert not frame.experts


# Secured messages and certificates

GENERATED = {"v2x.sec.signer_id8", "v2x.sec.certificate_frame", "v2x.dsmp.data"}
"""Lines that the envelope's octets don't hold themselves."""


@pytest.fixture(scope="module")
def signer() -> Signer:
    aids = (111, 112, 113, 114, *range(3618, 3624), 3627, 3628, 3629)
    root = issue(Template(AT - 86400, ("years", 10), name="root", issues=(IssueGroup(aids),)), None)
    holder = issue(Template(AT - 3600, ("hours", 168), app=aids), root)
    return Signer(holder.certificate, holder.private_key, enforce=False)


def test_every_message_signed(shark: Sharks, signer: Signer) -> None:
    made = [(message, data, critical) for message, data in messages(13, 1) for critical in (True, False)]
    sealed = [
        signer.seal(data, AIDS.get(message.kind, 18), AT + 0.1 * n, critical=critical)
        for n, (message, data, critical) in enumerate(made)
    ]
    shown = shark.show([unit(message, octets) for (message, _, _), octets in zip(made, sealed, strict=True)])
    id8 = colons(signer.certificate.hashed_id8)
    for (_, data, critical), octets, frame in zip(made, sealed, shown, strict=True):
        said = [line for line in frame.layers["v2x.sec"] if line.name not in GENERATED]
        want = standing("V2XSecData", coer.decode("V2XSecData", octets))
        assert difference(Line("", "", want), Line("", "", said)) == ""
        assert frame.line("v2x.sec", "v2x.sec.signer_id8").value == id8
        if not critical:
            assert frame.line("v2x.sec", "v2x.sec.certificate_frame").value == "1"
        assert difference(expected_frame(decode(data)), frame.line("v2x", "v2x.frame")) == ""
        assert not {n for n in frame.names(WARNING) if n != "v2x.dsmp.expert.too_long"}, frame.experts


class Made:
    """Random values of the COER types."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def value(self, node: Any, depth: int = 14) -> Any:
        rng = self.rng
        match node:
            case octet.Integer():
                return rng.choice((node.low, node.high, rng.randint(node.low, node.high)))
            case octet.BigInteger():
                return rng.choice((0, 127, 128, 3618, rng.getrandbits(63))) * (
                    rng.choice((1, -1)) if node.signed else 1
                )
            case octet.Octets():
                high = node.low + 40 if node.high is None else node.high
                return rng.randbytes(rng.randint(node.low, min(high, node.low + 40)))
            case octet.Utf8():
                return "".join(rng.choice("abc.cn-\N{LATIN SMALL LETTER E WITH ACUTE}中") for _ in range(9))
            case octet.Bits():
                octets = bytearray(rng.randbytes(node.size))
                octets[-1] &= 0xFF << (8 * node.size - node.bits) & 0xFF
                return bytes(octets), node.bits
            case octet.Enumerated():
                return rng.choice(node.names)
            case octet.ListOf():
                return [self.value(node.element, depth - 1) for _ in range(node.low + rng.randrange(3))]
            case compound.Choice():
                chosen = rng.choice(node.fields if depth > 0 else node.fields[:1])
                return chosen.name, self.value(chosen.node, depth - 1)
            case compound.Sequence():
                return {
                    field.name: self.value(field.node, depth - 1)
                    for field in (*node.root, *node.additions)
                    if not (field.optional or field in node.additions) or (depth > 0 and rng.random() < 0.5)
                }
        return None


@pytest.mark.parametrize("name", [name for name in ROOTS if name != "V2XSecData"])
def test_every_type_that_stands_alone(shark: Sharks, name: str) -> None:
    made = Made(len(name))
    octets = [coer.encode(name, made.value(coer._node(name))) for _ in range(12)]
    for data, frame in zip(octets, shark.show(octets, f"layer:{name}"), strict=True):
        want = Line("", "", standing(name, coer.decode(name, data)))
        assert difference(want, Line("", "", frame.layers["v2x.sec"])) == ""
        assert not frame.names(WARNING), frame.experts


def test_secured_messages_of_any_content(shark: Sharks) -> None:
    """Encrypted ones, other algorithms, messages in messages: the envelope is read, whatever it holds."""
    made = Made(5)
    octets = [coer.encode("V2XSecData", made.value(coer._node("V2XSecData"))) for _ in range(80)]
    kinds: Counter[str] = Counter()
    for data, frame in zip(octets, shark.show(octets, "layer:V2XSecData"), strict=True):
        value = coer.decode("V2XSecData", data)
        kinds[value["content"][0]] += 1
        said = [line for line in frame.layers["v2x.sec"] if line.name not in GENERATED]
        assert difference(Line("", "", standing("V2XSecData", value)), Line("", "", said)) == ""
    assert len(kinds) == 4


def test_a_real_certificate(shark: Sharks) -> None:
    """A published one; tests/data/README-security.md names the source."""
    document = json.loads((DATA / "security.json").read_text("utf-8"))["trcla_certificate"]
    octets = bytes.fromhex(document["hex"])
    [frame] = shark.show([octets], "layer:Certificate")
    assert frame.layers["v2x.sec"] == standing("Certificate", coer.decode("Certificate", octets))
    assert frame.line("v2x.sec", "v2x.cert.hashed_id8").value == colons(bytes.fromhex(document["hashedId8"]))
    said = shark.text([octets], "-V", "-o", "v2x.layer:Certificate")
    assert f"HashedId8 {document['hashedId8']}" in said
    assert "aid: 3627 (certificate management)" in said


def test_a_revocation_list(shark: Sharks, signer: Signer) -> None:
    made = Made(3)
    value = made.value(coer._node("CrlContents"))
    sealed = signer.seal(coer.encode("CrlContents", value), 3628, AT)
    said = shark.text([DsmpFrame(3628, sealed).render(WIDE)], "-V")
    assert "C-V2X secured message: certificate revocation list" in said
    assert "crlCraca" in said


# Any octets


def mutated(rng: random.Random, octets: bytes) -> bytes:
    data = bytearray(octets)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(max(1, min(len(data), rng.choice((40, 2000)))))
        match rng.randrange(5):
            case 0 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 1 if data:
                data[at] = rng.choice((0, 255, 127, 128))
            case 2:
                del data[at:]
            case 3:
                del data[at : at + 3]
            case 4:
                data[at:at] = rng.randbytes(3)
    return bytes(data)


def any_units(signer: Signer, count: int) -> list[bytes]:
    rng = random.Random(21)
    good = [(AIDS.get(m.kind, 18), octets) for m, octets in messages(22, 1) if len(octets) < 500]
    good += [(aid, signer.seal(octets, aid, AT, critical=rng.random() < 0.5)) for aid, octets in good]
    units = []
    for _ in range(count):
        aid, octets = rng.choice(good)
        match rng.randrange(8):
            case 0:
                units.append(rng.randbytes(rng.randrange(80)))
            case 1:
                units.append(DsmpFrame(aid, rng.randbytes(rng.randrange(120))).render())
            case 2:
                head = bytes([3, rng.randrange(0x80, 0x85)])
                units.append(DsmpFrame(aid, head + rng.randbytes(rng.randrange(120))).render())
            case 3:
                units.append(mutated(rng, DsmpFrame(aid, octets).render(WIDE)))
            case _:
                units.append(DsmpFrame(aid, mutated(rng, octets)).render(WIDE))
    return units


@pytest.mark.parametrize("layer", ["DSMP", "MessageFrame", "V2XSecData", "CrlContents"])
def test_no_octets_make_it_stumble(shark: Sharks, signer: Signer, layer: str) -> None:
    units = any_units(signer, 2500 if layer == "DSMP" else 300)
    if layer != "DSMP":
        units = [octets[5:] for octets in units]
    said = shark.text(units, "-V", "-o", f"v2x.layer:{layer}")
    assert said.count("\nFrame ") + 1 == len(units)
    assert "Expert Info (Error/Malformed)" in said


def test_a_stumble_would_be_seen(shark: Sharks, tmp_path: Path) -> None:
    """The words that the tests above look for are the ones that tshark writes."""
    script = tmp_path / "broken.lua"
    script.write_text(
        'local p = Proto("broken", "Broken")\n'
        "function p.dissector(tvb) return tvb(0, 9999) end\n"
        'DissectorTable.get("wtap_encap"):add(wtap.USER5, p)\n',
        "utf-8",
    )
    said, _ = shark.run("-X", f"lua_script:{script}", "-r", shark.capture([b"\0"], DSMP_LINK_TYPE + 5), "-V")
    assert "Lua Error" in said


NAMED = {
    CodecErrorKind.TRUNCATED: "truncated",
    CodecErrorKind.OUT_OF_RANGE: "range",
    CodecErrorKind.TRAILING: "trailing",
    CodecErrorKind.UNKNOWN_MESSAGE: "unknown_message",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_what_we_refuse_is_marked_and_what_we_take_is_not(shark: Sharks, profile: str) -> None:
    rng = random.Random(31)
    good = [octets for message, octets in messages(32, 4) if message.profile == profile and len(octets) < 400]
    octets = []
    for _ in range(300):
        data = bytearray(rng.choice(good))
        bit = rng.randrange(8 * len(data))
        data[bit // 8] ^= 128 >> bit % 8
        octets.append(bytes(data) + bytes(rng.choice((0, 0, 0, 0, 2))))
    seen: Counter[str] = Counter()
    shown = shark.show(octets, "layer:MessageFrame", f"profile:{profile}")
    for data, frame in zip(octets, shown, strict=True):
        message, kind = read_or_refuse(profile, data)
        if kind in NAMED:
            seen["asked"] += 1
            seen["agreed"] += f"v2x.expert.{NAMED[kind]}" in frame.names()
        if message is None:
            assert frame.experts, kind
            continue
        assert not frame.names(WARNING), frame.experts
        if not frame.names() & {"v2x.expert.unknown_extension", "v2x.expert.noncanonical"}:
            assert difference(expected_frame(message), frame.line("v2x", "v2x.frame")) == ""
    # the first of several faults decides; which one that is may differ
    assert seen["agreed"] > 0.9 * seen["asked"] > 0, seen


def read_or_refuse(profile: str, data: bytes) -> tuple[Message | None, CodecErrorKind | None]:
    """The message, or why there is none; the dissector warns of an unknown number, which we keep."""
    try:
        message = decode_as(profile, data)
    except CodecError as error:
        return None, error.kind
    return (None, CodecErrorKind.UNKNOWN_MESSAGE) if message.kind == UNKNOWN else (message, None)


# Strange but readable


def packed(bits: str) -> bytes:
    """Octets of a text of zeros and ones, filled up with zeros."""
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")


def unpacked(octets: bytes) -> str:
    return "".join(f"{value:08b}" for value in octets)


ADDITION = "0000000" + "1" + f"{2:08b}{0xBEEF:016b}"
"""One unknown extension addition of two octets: count, presence, length, octets."""

SMALL_BSM = Message("BSM", "ydt3709_2020", ("bsmFrame", {
    "msgCnt": 7, "id": b"12345678", "secMark": 61000, "pos": {"lat": 1, "long": -1},
    "transmission": "park", "speed": 600, "heading": 28800,
    "accelSet": {"long": -1, "lat": 2001, "vert": -127, "yaw": 5}, "brakes": {},
    "size": {"width": 0, "length": 450}, "vehicleClass": {"classification": 10},
}))  # fmt: skip
"""Without optional parts: its last bits are a number that is not 0."""


def small_bsm_bits() -> str:
    """The bits of the small BSM without those that fill the last octet: its class ends in 1010, 10."""
    bits = unpacked(encode(SMALL_BSM))
    return bits[: bits.rindex("1") + 2]


def test_units_and_unavailable_codes_are_named(shark: Sharks) -> None:
    said = shark.text([DsmpFrame(111, encode(SMALL_BSM)).render()], "-V")
    for words in (
        "speed: 600 (12.00 m/s)",
        "secMark: 61000 (unavailable)",
        "heading: 28800 (unavailable)",
        "long: -1 (-0.0000001 deg)",
        "long: -1 (-0.01 m/s2)",
        "lat: 2001 (unavailable)",
        "yaw: 5 (0.05 deg/s)",
        "width: 0 (unavailable)",
        "length: 450 (4.50 m)",
        "transmission: park (1)",
        "classification: 10 (passenger-Vehicle-TypeUnknown)",
        'id: 3132333435363738 ("12345678")',
        "aid: 111 (BSM: vehicle, periodic)",
    ):
        assert words in said, words


def test_lines_cover_the_octets_that_their_bits_touch(shark: Sharks) -> None:
    """Bits of the message: 4 of the frame, 8 preamble, msgCnt 7, id 64, secMark 16, preamble 1, lat 31."""
    said = shark.text([DsmpFrame(111, encode(SMALL_BSM)).render()], "-T", "pdml")
    places = {
        name: (int(at), int(size))
        for name, size, at in re.findall(r'<field name="([^"]+)" [^>]*?size="(\d+)" pos="(\d+)"', said)
    }
    head = 5
    for name, first, last in (
        ("msg_cnt", 12, 18),
        ("id", 19, 82),
        ("sec_mark", 83, 98),
        ("pos.lat", 100, 130),
    ):
        octets = range(first // 8, last // 8 + 1)
        assert places[f"v2x.bsm.{name}"] == (head + octets.start, len(octets)), name
    assert places["v2x.dsmp.aid"] == (2, 1)


def test_the_columns(shark: Sharks, signer: Signer) -> None:
    octets = encode(SMALL_BSM)
    units = [octets, signer.seal(octets, 111, AT, critical=True), signer.seal(octets, 111, AT + 0.01)]
    said = shark.text(
        [DsmpFrame(111, data).render() for data in units],
        "-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info", "-e", "frame.protocols",
    )  # fmt: skip
    id8, head = signer.hashed_id8, "V2X\tBSM, msgCnt 7, id 12345678, csae157_2020"
    assert said.splitlines() == [
        f"{head}, not signed\tv2x.dsmp:v2x",
        f"{head}, certificate {id8}\tv2x.dsmp:v2x.sec:v2x",
        f"{head}, digest {id8}\tv2x.dsmp:v2x.sec:v2x",
    ]


def test_times_are_utc(shark: Sharks, signer: Signer) -> None:
    unit_ = DsmpFrame(111, signer.seal(encode(SMALL_BSM), 111, AT + 0.25, critical=True)).render()
    assert "2027-01-15 08:00:00.250000 UTC" in shark.text([unit_], "-V")
    assert "2027-01-15 07:59:55.250000 UTC" in shark.text([unit_], "-V", "-o", "v2x.leap_seconds:5")


def test_filters_work_on_names_and_numbers(shark: Sharks, recorded_frames: list[bytes]) -> None:
    for condition, kind in (
        ('v2x.spat.intersections.phases.phase_states.light == "red"', "SPAT"),
        ("v2x.map.nodes.in_links.lanes.maneuvers.maneuver_left_allowed == 1", "MAP"),
        ("v2x.rsi.rtes.reference_paths >= 1", "RSI"),
    ):
        frames = [DsmpFrame(18, octets).render() for octets in recorded_frames]
        assert shark.text(frames, "-Y", condition, "-T", "fields", "-e", "v2x.kind").split() == [kind]


def test_chinese_text_is_shown(shark: Sharks) -> None:
    words = "前方拥堵"
    body = {
        "msgCnt": 1, "moy": 458304, "id": b"RSU00001", "refPos": {"lat": 400000000, "long": 1160000000},
        "rtes": [{
            "rteId": 1, "eventType": 707, "eventSource": "police", "priority": b"\xa0",
            "description": ("textGB2312", words.encode("gb2312")),
        }],
    }  # fmt: skip
    frame = DsmpFrame(3620, encode(Message("RSI", "ydt3709_2020", ("rsiFrame", body)))).render()
    said = shark.text([frame], "-V")
    for text in (
        f"text: {words}",
        "eventType: 707 (traffic jam)",
        "a0 (level 5)",
        "day 319 of the year, 06:24 UTC",
    ):
        assert text in said, text


def test_a_later_edition_is_kept_as_octets(shark: Sharks) -> None:
    bits = small_bsm_bits()
    later = packed(bits[:4] + "1" + bits[5:] + ADDITION)
    name, body = decode(later).value
    assert body.pop("...") == (1, ((0, b"\xbe\xef"),))
    assert (name, body) == SMALL_BSM.value
    unknown = bytes.fromhex("80 07 0063 04 01020304")  # messageId 99
    for data, name, text in (
        (later, "v2x.expert.unknown_extension", "be:ef"),
        (unknown, "v2x.expert.unknown_message", "01:02:03:04"),
    ):
        [frame] = shark.show([DsmpFrame(111, data).render()])
        assert name in frame.names()
        assert text in str(frame.layers["v2x"])
        assert "v2x.expert.truncated" not in frame.names()


def test_bit_strings_in_extension_form_are_read(shark: Sharks) -> None:
    message = Message("VIR", DAY2_PROFILE, (DAY2_FRAME, {"messageId": 13, "value": {
        "msgCnt": 1, "id": bytes(8), "secMark": 0, "refPos": {"lat": 0, "long": 0},
        "intAndReq": {"currentBehavior": (b"\x80\x00", 14)},
    }}))  # fmt: skip
    octets = encode(message)
    text = unpacked(octets[5:])
    body = packed(text[: text.rindex("0" + "10000000000000")] + "1" + f"{16:08b}" + "1000000000000011")
    data = bytes([0x80, len(body) + 3, 0, 13, len(body)]) + body
    [frame] = shark.show([data], "layer:MessageFrame")
    assert frame.names() == {"v2x.expert.extended"}
    assert "80:03" in str(frame.layers["v2x"])


def test_a_message_without_its_frame_is_found_by_the_aid(shark: Sharks) -> None:
    [frame] = shark.show([DsmpFrame(111, packed(small_bsm_bits()[4:])).render()])
    assert "v2x.expert.bare" in frame.names()
    assert frame.line("v2x", "v2x.bsm") == expected_frame(SMALL_BSM).kids[0]


WRONG_UNITS = {
    "04": "v2x.expert.truncated",
    "0400": "v2x.dsmp.expert.aid",
    "0400f10000": "v2x.dsmp.expert.aid",
    "04006f": "v2x.expert.truncated",
    "04006f0000": "v2x.expert.truncated",
    "04206f0000": "v2x.dsmp.expert.version",
    "04106f0000": "v2x.dsmp.expert.extension",
    "040f6f0001ff": "v2x.dsmp.expert.reserved_bits",
    "04006f0009ff": "v2x.dsmp.expert.length",
    "04006f0001ffff": "v2x.dsmp.expert.length",
    "04000c0001ff": "v2x.dsmp.expert.aid_unknown",
    "0300000000": "v2x.dsmp.expert.protocol_type",
    "006f0001ff": "v2x.dsmp.expert.no_adaptation",
    "04008dab0006038003010203": "v2x.expert.unsupported",
    "04006f000338aabb": "v2x.expert.truncated",
    "04006f05dc" + "00" * 1500: "v2x.dsmp.expert.too_long",
    "04006f5000" + "00" * 0x5000: "v2x.expert.unsupported",
}


def test_what_is_wrong_with_a_unit_is_said(shark: Sharks) -> None:
    shown = shark.show([bytes.fromhex(octets) for octets in WRONG_UNITS])
    for (octets, name), frame in zip(WRONG_UNITS.items(), shown, strict=True):
        assert name in frame.names(), (octets[:40], frame.experts)


def test_aids_that_do_not_agree(shark: Sharks, signer: Signer, recorded_frames: list[bytes]) -> None:
    spat = recorded_frames[0]
    wrong, other = shark.show(
        [DsmpFrame(111, spat).render(), DsmpFrame(3618, signer.seal(spat, 3619, AT)).render()]
    )
    assert wrong.names(WARNING) == {"v2x.expert.aid_mismatch"}
    assert other.names(WARNING) == {"v2x.expert.aid_mismatch", "v2x.sec.expert.aid"}


# Fields


def message_names(node: Any, name: str, line: str = "") -> set[str]:
    """The filter names of a type of the dictionary and of all its parts."""
    found = {line or name}
    match node:
        case Sequence() | Choice():
            for member in node.members:
                kind = DAY1_FRAMES.get(member.name) if name == "v2x.frame" else None
                below = f"v2x.{kind.lower()}" if kind else f"{name}.{snake(member.name)}"
                found |= message_names(member.node, below)
        case SequenceOf():
            bare = not isinstance(node.element, Sequence | Choice)
            found |= message_names(node.element, f"{name}.item" if bare else name, f"{name}.item")
        case BitString():
            found |= {f"{name}.{snake(bit)}" for bit in node.named}
        case OctetString() if name.endswith(".text_gb2312"):
            found.add(f"{name}.text")
    return found


def secured_names(node: Any, name: str) -> set[str]:
    """The filter names of the parts of a secured type; types that stand alone have their own."""
    parts: list[tuple[Any, str, str]] = []
    if isinstance(node, octet.ListOf):
        bare = not isinstance(node.element, compound.Choice | compound.Sequence)
        parts.append((node.element, f"{name}.item" if bare else name, f"{name}.item"))
    elif isinstance(node, compound.Choice | compound.Sequence):
        fields = node.fields if isinstance(node, compound.Choice) else (*node.root, *node.additions)
        parts += [(field.node, f"{name}.{snake(field.name)}", "") for field in fields]
    found: set[str] = set()
    for inner, below, line in parts:
        found.add(line or below)
        if id(inner) not in STANDING:
            found |= secured_names(inner, below)
    return found


def schema_names() -> set[str]:
    """The filter name of every place of a value: all profiles, all messages, all secured types."""
    found: set[str] = set()
    for profile in PROFILES:
        found |= message_names(node_of(profile), "v2x.frame")
    for message in DAY2_MESSAGES.values():
        found |= message_names(node_of(DAY2_PROFILE, message.type_name), f"v2x.{message.kind.lower()}")
    for name, short in ROOTS.items():
        found |= secured_names(coer._node(name), f"v2x.{short}")
    return found


OF_OUR_OWN = {
    "v2x.kind", "v2x.profile", "v2x.profile.rejected", "v2x.unknown_extension", "v2x.trailing",
    "v2x.undecoded",
    "v2x.cert.hashed_id8", "v2x.sec.signer_id8", "v2x.sec.certificate_frame",
    "v2x.dsmp.protocol_type", "v2x.dsmp.version", "v2x.dsmp.extension", "v2x.dsmp.reserved", "v2x.dsmp.aid",
    "v2x.dsmp.length", "v2x.dsmp.data",
}  # fmt: skip
"""Fields that no type gives."""


def test_every_place_of_the_schema_has_one_field(shark: Sharks) -> None:
    said, errors = shark.run("-G", "fields")
    assert errors == ""
    fields = [row.split("\t") for row in said.splitlines() if row.startswith("F\t")]
    names = Counter(row[2] for row in fields if row[2].startswith("v2x."))
    assert max(names.values()) == 1
    ours = {name for name in names if ".expert." not in name}
    assert ours == schema_names() | OF_OUR_OWN
    assert len(ours) > 4000


def test_a_second_copy_does_no_harm(shark: Sharks, recorded_frames: list[bytes]) -> None:
    [installed] = shark.home.rglob(FILE_NAME)
    capture = shark.capture([DsmpFrame(18, recorded_frames[0]).render()])
    said, errors = shark.run("-X", f"lua_script:{installed}", "-r", capture)
    assert errors == ""
    assert "SPAT" in said
