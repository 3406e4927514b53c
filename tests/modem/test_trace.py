"""Traces: every octet, in order, at its time; identities never, however they are cut; bounded files."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.clock import FakeClock
from v2x.modem.errors import PortLost, TraceError
from v2x.modem.trace import HOLD_LIMIT, HOLD_S, TracePort, TraceRecord, TraceWriter, mask_octets, read_trace

FULL = Path("/dev/full")
AT = 1_800_000_000.0
IMEI = "867000012345678"


def ucs2(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"\r\n{IMEI}\r\n", "\r\n***********5678\r\n"),
        ('+CCID: "8986011234567890123F"', '+CCID: "***************0123F"'),
        (ucs2(IMEI), "*" * 44 + ucs2("5678")),
        (IMEI.encode().hex(), "*" * 22 + b"5678".hex()),
        ('AT+CPIN="1234"\r', "AT+CPIN=******\r"),
        ("AT+CPIN?\r", "AT+CPIN?\r"),
        ('AT+QICSGP=1,1,"net","me","pw",1\r', "AT+QICSGP=" + "*" * 21 + "\r"),
        ('+CNUM: "me","+8613800138000",145', '+CNUM: "me","+*************",145'),
        (f'+CLIP: "{ucs2("+8613800138000")}",145', '+CLIP: "002B' + "*" * 52 + '",145'),
        ("ATD13800138000;\r", "ATD***********;\r"),
        ("ATD*99***1#\r", "ATD*99***1#\r"),
        ('AT+CMGS="13800138000"\r', 'AT+CMGS="***********"\r'),
        ('+CRSM: 144,0,"98681021436587092143"', '+CRSM: 144,0,"' + "*" * 20 + '"'),
        ("+CMT: ,24\r\n07911326040000F0\r\n", "+CMT: ,24\r\n" + "*" * 16 + "\r\n"),
        ("+CSQ: 20,99\r\n+C5GREG: 2,1,\"0000AB\",\"000000101\",11,1\r\n", None),
        ('+CUSPCREQ: 1,1,32,"01010101010101010101010101010101"', None),
        ("+QNWINFO: \"TDD NR5G\",\"46001\",\"NR5G BAND 78\",633984", None),
    ],
)  # fmt: skip
def test_what_is_masked_and_what_stays(line: str, masked: str | None) -> None:
    assert mask_octets(line.encode()).decode() == (line if masked is None else masked)


@given(st.binary(max_size=300))
def test_masking_takes_any_octets_and_keeps_their_number(data: bytes) -> None:
    assert len(mask_octets(data)) == len(data)
    assert mask_octets(mask_octets(data)) == mask_octets(data)


def traced(path: Path, *pieces: tuple[float, bool, bytes], limit: int | None = None) -> TraceWriter:
    clock = FakeClock(AT)
    writer = TraceWriter(path, clock) if limit is None else TraceWriter(path, clock, limit=limit, files=3)
    for after_s, to_module, data in pieces:
        clock.advance(after_s)
        writer.add("p", data, to_module=to_module)
    writer.close()
    return writer


def test_the_form_of_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    traced(path, (0.25, True, b"AT+CSQ\r"), (0.06, False, b"\r\n+CSQ: 20,99\r\n\xff\x00"))
    first, second = (json.loads(line) for line in path.read_text("ascii").splitlines())
    assert first == {"t": AT + 0.25, "port": "p", "dir": "tx", "data": "AT+CSQ\r"}
    assert second["dir"] == "rx"
    assert second["data"] == "\r\n+CSQ: 20,99\r\n\xff\x00"
    assert list(read_trace(path)) == [
        TraceRecord(AT + 0.25, "p", True, b"AT+CSQ\r"),
        TraceRecord(AT + 0.31, "p", False, b"\r\n+CSQ: 20,99\r\n\xff\x00"),
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_an_identity_is_masked_wherever_reads_cut_it(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], interrupted: bool
) -> None:
    path = tmp_path_factory.mktemp("trace") / "cut.jsonl"
    data = f"AT+CGSN\r\r\n{IMEI}\r\n\r\nOK\r\n".encode()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [(0.01, False, data[a:b]) for a, b in itertools.pairwise(places)]
    if interrupted:
        pieces = [p for piece in pieces for p in (piece, (0.01, True, b"A"))]
    traced(path, *pieces)
    records = list(read_trace(path))
    assert [len(record.data) for record in records] == [len(data) for _, _, data in pieces]
    assert [record.t for record in records] == sorted(record.t for record in records)
    received = b"".join(record.data for record in records if not record.to_module)
    assert received == data.replace(IMEI[:-4].encode(), b"*" * 11)


def test_a_half_line_waits_for_its_end_or_for_silence(tmp_path: Path) -> None:
    path, clock = tmp_path / "half.jsonl", FakeClock(AT)
    writer = TraceWriter(path, clock)
    writer.add("p", b"\r\n> ", to_module=False)
    assert not list(read_trace(path))
    clock.advance(HOLD_S)
    writer.add("p", b"text", to_module=True)
    assert [record.data for record in read_trace(path)] == [b"\r\n> "]
    writer.add("p", b"x" * HOLD_LIMIT, to_module=True)
    assert len(list(read_trace(path))) == 3
    writer.close()
    writer.close()
    writer.add("p", b"late\r", to_module=True)
    assert len(list(read_trace(path))) == 3


def test_files_are_bounded_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    traced(path, *((0.1, False, b"+CSQ: %d,99\r\n" % n) for n in range(100)), limit=1000)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["long.jsonl", "long.jsonl.1", "long.jsonl.2"]
    assert all(file.stat().st_size <= 1000 for file in files)
    numbers = [int(r.data[6:-5]) for f in ("long.jsonl.2", "long.jsonl.1", "long.jsonl")
               for r in read_trace(tmp_path / f)]  # fmt: skip
    assert numbers == list(range(numbers[0], 100))


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full (Linux)")
def test_a_full_disk_ends_the_trace_and_nothing_else() -> None:
    writer = TraceWriter(FULL, FakeClock(AT))
    writer.add("p", b"AT\r", to_module=True)
    assert writer.failed
    writer.add("p", b"AT\r", to_module=True)
    writer.close()


def test_a_port_is_traced_both_ways(tmp_path: Path) -> None:
    class Said:
        name = "said"
        sent = b""

        async def read(self) -> bytes:
            if self.sent:
                raise PortLost(self.name, "over")
            return b"\r\nRDY\r\n"

        async def write(self, data: bytes) -> None:
            self.sent += data

        async def close(self) -> None:
            self.sent += b"closed"

    async def main() -> None:
        inner = Said()
        writer = TraceWriter(tmp_path / "port.jsonl", FakeClock(AT))
        port = TracePort(inner, writer)
        assert await port.read() == b"\r\nRDY\r\n"
        await port.write(b"AT")
        with pytest.raises(PortLost):
            await port.read()
        await port.close()
        assert (port.name, inner.sent) == ("said", b"ATclosed")
        writer.close()

    asyncio.run(main())
    assert [(r.to_module, r.data) for r in read_trace(tmp_path / "port.jsonl")] == [
        (False, b"\r\nRDY\r\n"),
        (True, b"AT"),
    ]


GOOD = {"t": 1.0, "port": "p", "dir": "tx", "data": "AT\r"}


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "[" * 100_000,
        json.dumps(GOOD | {"t": "1"}),
        json.dumps(GOOD | {"t": True}),
        '{"t": NaN, "port": "p", "dir": "tx", "data": ""}',
        json.dumps(GOOD | {"t": 10**400}),
        json.dumps(GOOD | {"dir": "up"}),
        json.dumps(GOOD | {"data": "\u0100"}),
        json.dumps(GOOD | {"data": None}),
    ],
)
def test_a_damaged_trace_names_the_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(GOOD) + "\n\n" + line + "\n")
    with pytest.raises(TraceError, match=r"bad\.jsonl:3: "):
        list(read_trace(path))


@given(st.binary(max_size=200))
def test_any_file_is_records_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    path.write_bytes(octets)
    with contextlib.suppress(TraceError):
        assert all(isinstance(record, TraceRecord) for record in read_trace(path))


def test_representations_are_masked() -> None:
    assert IMEI not in repr(TraceRecord(AT, "p", False, IMEI.encode()))
