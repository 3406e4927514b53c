"""Captures: our files, those of text2pcap, both byte orders and resolutions, and broken ones."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.codecs.pcap import DSMP_LINK_TYPE, MAX_PACKET_OCTETS, Packet, read_pcap, write_pcap
from v2x.errors import CodecError

PACKETS = [
    (1605336902.333001, b"\x04\x00\x6f\x00\x01\xaa"),
    (1605336903.0, b""),
    (1605336903.5, b"\xff" * 1400),
]


def written(packets=PACKETS) -> bytes:
    stream = io.BytesIO()
    assert write_pcap(stream, packets) == len(packets)
    return stream.getvalue()


def read(octets: bytes) -> list[Packet]:
    return list(read_pcap(io.BytesIO(octets)))


def refused(octets: bytes) -> CodecError:
    with pytest.raises(CodecError) as caught:
        read(octets)
    assert caught.value.path == "pcap"
    return caught.value


def test_ours_come_back():
    packets = read(written())
    assert [(p.link_type, p.octets) for p in packets] == [(DSMP_LINK_TYPE, octets) for _, octets in PACKETS]
    assert [p.at for p in packets] == pytest.approx([at for at, _ in PACKETS], abs=1e-6)


@pytest.mark.parametrize(("magic", "unit_s"), [(0xA1B2C3D4, 1e-6), (0xA1B23C4D, 1e-9)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_both_orders_and_resolutions(order, magic, unit_s):
    octets = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 0xF0000000 | 147)
    octets += struct.pack(order + "IIII", 1605336902, 250_000, 3, 1000) + b"abc"
    (packet,) = read(octets)
    assert packet.at == pytest.approx(1605336902 + 250_000 * unit_s)
    assert (packet.link_type, packet.octets) == (147, b"abc")


def test_pcapng_is_named_and_unsupported():
    error = refused(bytes.fromhex("0A0D0D0A1C0000004D3C2B1A01000000"))
    assert error.kind == "unsupported"
    assert "editcap -F pcap" in error.detail


@pytest.mark.parametrize(
    ("octets", "kind", "detail"),
    [
        (b"", "truncated", "file header"),
        (b"\xd4\xc3", "truncated", "file header"),
        (b"GIF89a", "malformed", "begins no pcap"),
        (written()[:20], "truncated", "file header: 4 octets"),
        (written()[:30], "truncated", "packet header"),
        (written()[:44], "truncated", "inside a packet: 2 octets"),
        (written()[:4] + b"\x03" + written()[5:], "unsupported", "version 3.4"),
        (written()[:32] + struct.pack("<I", MAX_PACKET_OCTETS + 1), "truncated", "packet header"),
        (
            written()[:32] + struct.pack("<II", MAX_PACKET_OCTETS + 1, 6),
            "malformed",
            "a packet of 262145 octets",
        ),
    ],
)
def test_broken_files(octets, kind, detail):
    error = refused(octets)
    assert error.kind == kind
    assert detail in error.detail


def test_packets_before_the_break_are_given():
    packets = read_pcap(io.BytesIO(written()[:-1]))
    assert [next(packets).octets for _ in range(2)] == [PACKETS[0][1], b""]
    with pytest.raises(CodecError, match="truncated"):
        next(packets)


@given(st.binary(max_size=80))
def test_any_octets(octets):
    for start in (b"", written()[:24]):
        try:
            read(start + octets)
        except CodecError:
            continue


@pytest.mark.parametrize("packet", [(-1.0, b""), (float(1 << 32), b""), (0.0, bytes(MAX_PACKET_OCTETS + 1))])
def test_what_has_no_place(packet):
    with pytest.raises(ValueError):
        write_pcap(io.BytesIO(), [packet])


@pytest.mark.counterpart("text2pcap")
@pytest.mark.skipif(shutil.which("text2pcap") is None, reason="no text2pcap: apt-get install tshark")
def test_a_file_of_text2pcap(tmp_path):
    (tmp_path / "in.txt").write_text("0000 04 00 6f 00 01 aa\n0000 04 00 8d a2 00 00\n", encoding="ascii")
    command = ["text2pcap", "-q", "-F", "pcap", "-l", "147", tmp_path / "in.txt", tmp_path / "out.pcap"]
    subprocess.run(command, check=True, capture_output=True)
    with (tmp_path / "out.pcap").open("rb") as stream:
        packets = list(read_pcap(stream))
    assert [packet.octets.hex() for packet in packets] == ["04006f0001aa", "04008da20000"]
    assert {packet.link_type for packet in packets} == {DSMP_LINK_TYPE}


@pytest.mark.counterpart("tshark")
@pytest.mark.skipif(shutil.which("tshark") is None, reason="no tshark: apt-get install tshark")
def test_tshark_opens_ours(tmp_path):
    (tmp_path / "ours.pcap").write_bytes(written([packet for packet in PACKETS if packet[1]]))
    command = [
        "tshark",
        "-r",
        tmp_path / "ours.pcap",
        "-T",
        "fields",
        "-e",
        "frame.len",
        "-e",
        "frame.time_epoch",
    ]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [line.split("\t")[0] for line in run.stdout.splitlines()] == ["6", "1400"]
    assert "1605336902.333001" in run.stdout
