"""pcapng: both byte orders, resolutions, blocks that are passed over, broken files, and Wireshark's tools."""

from __future__ import annotations

import io
import math
import shutil
import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.codecs.pcap import DSMP_LINK_TYPE, MAX_PACKET_OCTETS, write_pcap
from v2x.codecs.pcapng import MAX_BLOCK_OCTETS, PcapngWriter, open_capture, read_pcapng, write_pcapng
from v2x.errors import CodecError

PACKETS = [
    (1605336902.333001, b"\x04\x00\x6f\x00\x01\xaa"),
    (1605336903.0, b""),
    (1605336903.5, b"\xff" * 1400),
]


def written(packets=PACKETS) -> bytes:
    stream = io.BytesIO()
    assert write_pcapng(stream, packets) == len(packets)
    return stream.getvalue()


def read(octets: bytes):
    return list(open_capture(io.BytesIO(octets)))


def refused(octets: bytes) -> CodecError:
    with pytest.raises(CodecError) as caught:
        list(read_pcapng(io.BytesIO(octets)))
    assert caught.value.path == "pcapng"
    return caught.value


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<", version: int = 1) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, version, 0, -1))


def interface(order: str = "<", link: int = 147, longest: int = 0, options: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, longest) + options)


def enhanced(order: str, octets: bytes, ticks: int, number: int = 0, options: bytes = b"") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), 9999)
    return block(order, 6, head + octets + bytes(-len(octets) % 4) + options)


def test_ours_come_back():
    packets = read(written())
    assert [(p.at, p.link_type, p.octets) for p in packets] == [(a, DSMP_LINK_TYPE, o) for a, o in PACKETS]


def test_the_classic_format_is_recognised():
    stream = io.BytesIO()
    write_pcap(stream, PACKETS)
    assert [p.octets for p in read(stream.getvalue())] == [octets for _, octets in PACKETS]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "ticks_per_s"), [(None, 10**6), (9, 10**9), (0x94, 2**20), (0, 1), (3, 1000)]
)
def test_orders_and_resolutions(order, resolution, ticks_per_s):
    options = b""
    if resolution is not None:
        options = struct.pack(order + "HHBxxxHHqHH", 9, 1, resolution, 14, 8, 100, 0, 0)
    ticks = 1605336902 * ticks_per_s + ticks_per_s // 4
    at = 1605336902 + (0.25 if ticks_per_s > 1 else 0)
    octets = section(order) + interface(order, options=options) + enhanced(order, b"abc", ticks)
    (packet,) = read(octets)
    assert packet == (at + (100 if options else 0), 147, b"abc")


def test_interfaces_sections_and_other_blocks():
    octets = section("<") + interface("<", link=1) + block("<", 0x0BAD, b"custom") + interface("<", link=147)
    octets += enhanced("<", b"a", 10**6, number=1, options=struct.pack("<HH4s", 1, 4, b"note"))
    octets += block("<", 5, bytes(12))  # statistics
    octets += section(">") + interface(">", link=113) + enhanced(">", b"b", 2 * 10**6)
    assert read(octets) == [(1.0, 147, b"a"), (2.0, 113, b"b")]


def test_simple_and_obsolete_packets():
    octets = section("<") + interface("<", longest=4)
    octets += block("<", 3, struct.pack("<I", 6) + b"abcd")  # 6 on the air, 4 kept
    octets += block("<", 2, struct.pack("<HHIIII", 0, 0, 0, 3_000_000, 2, 2) + b"xy")
    simple, obsolete = read(octets)
    assert math.isnan(simple.at)
    assert simple[1:] == (147, b"abcd")
    assert obsolete == (3.0, 147, b"xy")


@pytest.mark.parametrize(
    ("octets", "kind", "detail"),
    [
        (b"", None, None),
        (b"\n", "truncated", "inside a block header"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1b", "malformed", "no byte-order magic"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "malformed", "begins no pcapng file"),
        (section(version=2), "unsupported", "version 2.0"),
        (section() + enhanced("<", b"a", 0), "malformed", "interface 0 of 0"),
        (section() + interface() + block("<", 6, b"short"), "malformed", "too few octets"),
        (section() + block("<", 1, b""), "malformed", "too few octets"),
        (section() + struct.pack("<II", 1, 14), "malformed", "a block of 14 octets"),
        (section() + struct.pack("<II", 1, 8), "malformed", "a block of 8 octets"),
        (section() + struct.pack("<II", 1, MAX_BLOCK_OCTETS + 4), "unsupported", "the limit is 16777216"),
        (section() + interface()[:-1] + b"\x07", "malformed", "two lengths differ"),
        (section() + interface() * 1025, "unsupported", "more than 1024 interfaces"),
        (section()[:-6], "truncated", "inside a block"),
    ],
)
def test_broken_files(octets, kind, detail):
    if kind is None:
        assert list(read_pcapng(io.BytesIO(octets))) == []
        return
    error = refused(octets)
    assert error.kind == kind
    assert detail in error.detail


def test_a_packet_can_not_be_longer_than_its_block():
    head = struct.pack("<IIIII", 0, 0, 0, 200, 200)
    assert "200 octets" in refused(section() + interface() + block("<", 6, head + b"abcd")).detail


def test_every_cut_is_truncated_or_a_whole_capture():
    octets, kinds = written(), set()
    for size in range(len(octets)):
        try:
            packets = list(read_pcapng(io.BytesIO(octets[:size])))
        except CodecError as error:
            kinds.add(str(error.kind))
        else:
            assert len(packets) < len(PACKETS)
    assert kinds == {"truncated"}


@settings(max_examples=200)
@given(st.binary(max_size=120), st.sampled_from([b"", section(), section(">") + interface(">")]))
def test_any_octets(octets, before):
    for function in (read_pcapng, open_capture):
        try:
            packets = list(function(io.BytesIO(before + octets)))
        except CodecError:
            continue
        assert all(len(p.octets) <= MAX_PACKET_OCTETS for p in packets)


def test_changed_captures_are_read_or_refused():
    octets = written()
    for at in range(min(len(octets), 200)):
        for bit in range(8):
            broken = bytearray(octets)
            broken[at] ^= 1 << bit
            try:
                list(open_capture(io.BytesIO(bytes(broken))))
            except CodecError:
                continue


def test_the_writer_refuses_what_has_no_place():
    writer = PcapngWriter(io.BytesIO())
    for at in (-1.0, math.nan, math.inf, 1e14):
        with pytest.raises(ValueError, match="has no place"):
            writer.write(at, b"")
    with pytest.raises(ValueError, match="the limit is 262144"):
        writer.write(0.0, bytes(MAX_PACKET_OCTETS + 1))


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not here: apt-get install tshark")
    return path


def test_tshark_reads_ours(tmp_path):
    (tmp_path / "ours.pcapng").write_bytes(written())
    run = subprocess.run(
        [program("tshark"), "-r", str(tmp_path / "ours.pcapng"), "-T", "fields"]
        + [part for name in ("frame.time_epoch", "frame.len", "frame.encap_type") for part in ("-e", name)],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert [(float(at), int(size)) for at, size, _ in rows] == [(a, len(o)) for a, o in PACKETS]
    assert {encapsulation for *_, encapsulation in rows} == {"45"}  # USER0


@pytest.mark.parametrize("steps", [("pcap", "pcapng"), ("nsecpcap", "pcapng"), ("pcapng",)])
def test_what_editcap_writes_is_read(tmp_path, steps):
    here = tmp_path / "0"
    here.write_bytes(written())
    for index, form in enumerate(steps, 1):
        there = tmp_path / str(index)
        subprocess.run(
            [program("editcap"), "-F", form, str(here), str(there)], check=True, capture_output=True
        )
        here = there
    packets = read(here.read_bytes())
    assert [(p.link_type, p.octets) for p in packets] == [(147, octets) for _, octets in PACKETS]
    assert [p.at for p in packets] == pytest.approx([at for at, _ in PACKETS], abs=1e-6)
