"""The fuzzer's corpus: one text file, one input a line, in hex.

Kept is what gave an answer that none before it gave: a part of a message not seen before, or a fault at a
place where none was.  Every line goes to every decoder; which of them it was kept for is not written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["LONGEST", "MOST", "keep", "load"]

NAME = "octets.txt"
MOST = 1500
"""Lines: a test reads them all in a few seconds."""
LONGEST = 160
"""Octets of an input: longer ones mostly repeat, and lines have to be read."""


def load(directory: Path) -> list[bytes]:
    """The inputs; none where there is no file."""
    path = directory / NAME
    return [bytes.fromhex(line) for line in path.read_text("ascii").split()] if path.is_file() else []


def keep(directory: Path, inputs: Iterable[bytes]) -> None:
    """Write the file anew, the shortest first and no more than there is room for."""
    kept = sorted({data for data in inputs if 0 < len(data) <= LONGEST}, key=lambda data: (len(data), data))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / NAME).write_text("".join(f"{data.hex()}\n" for data in kept[:MOST]), "ascii")
