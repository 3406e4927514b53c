r"""The end of data mode: the octets that answer the escape sequence, found among data.

    verbose   CR LF OK CR LF, or CR LF NO CARRIER CR LF where the other side is gone
    numeric   0 CR or 3 CR, with or without CR LF before

Data that hold these very octets while an escape is awaited would be taken for the answer; the guard times
make that unlikely, nothing makes it impossible.

Source: ITU-T V.250 (result codes); the escape sequence as Hayes modems and Quectel's manuals have it.
"""

from __future__ import annotations

__all__ = ["HANG_UP", "find_answer"]

HANG_UP = b"\r\nNO CARRIER\r\n"
"""What the module writes into the data when the other side is gone; the numeric form is too short to tell."""

VERBOSE = {b"\r\nOK\r\n": "OK", HANG_UP: "NO CARRIER"}
NUMERIC = {b"\r\n0\r": "OK", b"0\r": "OK", b"\r\n3\r": "NO CARRIER", b"3\r": "NO CARRIER"}


def find_answer(buffer: bytes | bytearray, *, numeric: bool) -> tuple[int, int, str | None]:
    """Octets of data, octets of the answer behind them, and the answer, ``None`` while there is none.

    Octets that may be the beginning of an answer belong to neither count yet.
    """
    answers = NUMERIC if numeric else VERBOSE
    found = min(((at, answer) for answer in answers if (at := buffer.find(answer)) >= 0), default=None)
    if found is not None:
        return found[0], len(found[1]), answers[found[1]]
    longest = min(len(buffer), max(map(len, answers)) - 1)
    for length in range(longest, 0, -1):
        if any(answer.startswith(buffer[-length:]) for answer in answers):
            return len(buffer) - length, 0, None
    return len(buffer), 0, None
