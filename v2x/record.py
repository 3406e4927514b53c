"""Recording what the radio received: a pcap with one DSMP unit per packet, as received.

The file is libpcap's classic format, link type USER0 (147), readable by Wireshark, ``v2x decode --input
pcap`` and ``v2x tokens export``.  A recorder has a size limit: at the limit it stops, and counts what it
left out; a full disk ends it the same way, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.pcap import PcapWriter

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Self

    from v2x.modem.radio import RadioFrame

__all__ = ["SIZE_LIMIT", "PcapRecorder"]

SIZE_LIMIT = 4 << 30
"""Octets of one recording: ten hours at 350 frames a second of 300 octets; then it stops."""


class PcapRecorder:
    """Writes received frames to ``path``; raises OSError where the file can't be made."""

    def __init__(self, path: Path, size_limit: int = SIZE_LIMIT) -> None:
        self._stream: BinaryIO = path.open("wb")
        self._writer = PcapWriter(self._stream)
        self._room = size_limit
        self.recorded = 0
        self.left_out = 0
        self.problem: str | None = None

    def take(self, frame: RadioFrame) -> None:
        """Write one frame, or count it where there is no room; never raises for a full disk."""
        self._room -= len(frame.data)
        if self.problem is not None or self._room < 0:
            self.problem = self.problem or "the size limit is reached"
            self.left_out += 1
            return
        try:
            self._writer.write(frame.received_at, frame.data)
            self.recorded += 1
        except OSError as error:
            self.problem = error.strerror or str(error)
            self.left_out += 1

    def close(self) -> None:
        """Close the file; idempotent."""
        try:
            self._stream.close()
        except OSError as error:
            self.problem = self.problem or error.strerror or str(error)

    def to_dict(self) -> dict[str, Any]:
        """For the report; ``problem`` only where there was one."""
        view: dict[str, Any] = {"recorded": self.recorded, "left_out": self.left_out}
        return view | ({"problem": self.problem} if self.problem else {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()
