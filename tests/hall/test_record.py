"""Recordings: what was received comes back, and a full disk or limit is counted, not raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2x.codecs.pcap import read_pcap
from v2x.modem.radio import RadioFrame
from v2x.record import PcapRecorder


def test_frames_come_back_as_they_were_received(tmp_path: Path) -> None:
    path = tmp_path / "drive.pcap"
    frames = [RadioFrame(bytes((4, k)), 1_790_000_000.0 + 0.1 * k) for k in range(20)]
    with PcapRecorder(path) as recorder:
        for frame in frames:
            recorder.take(frame)
    with path.open("rb") as stream:
        packets = list(read_pcap(stream))
    assert [p.octets for p in packets] == [f.data for f in frames]
    assert [p.at for p in packets] == pytest.approx([f.received_at for f in frames], abs=1e-6)
    assert recorder.to_dict() == {"recorded": 20, "left_out": 0}


def test_the_limit_is_kept_and_counted(tmp_path: Path) -> None:
    with PcapRecorder(tmp_path / "small.pcap", size_limit=10) as recorder:
        for _ in range(5):
            recorder.take(RadioFrame(b"1234", 0.0))
    assert recorder.to_dict() == {"recorded": 2, "left_out": 3, "problem": "the size limit is reached"}


def test_a_full_disk_ends_the_recording_only() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is missing: it is part of Linux")
    with PcapRecorder(Path("/dev/full")) as recorder:
        for _ in range(2000):
            recorder.take(RadioFrame(bytes(100), 0.0))
    assert recorder.problem == "No space left on device"
    assert recorder.left_out > 0
