"""What the codec tests share: the recorded frames, and a way to get at an error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2x.codecs import decode
from v2x.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Recorded:
    """A recorded frame; ``text`` are the lines that its source gives for it (or for its neighbour)."""

    name: str
    kind: str
    octets: bytes
    profiles: tuple[str, ...]
    text: tuple[str, ...]


@pytest.fixture(scope="session")
def recorded() -> dict[str, Recorded]:
    """The five frames of a road-side unit by message kind; tests/data/README.md names the source."""
    document = json.loads((DATA / "rsu2020.json").read_text(encoding="utf-8"))
    frames = [
        Recorded(f["id"], f["message"], bytes.fromhex(f["hex"]), tuple(f["profiles"]), tuple(f["text"]))
        for f in document["frames"]
    ]
    return {frame.kind: frame for frame in frames}


@pytest.fixture(scope="session")
def expect_codec_error() -> Callable[..., CodecError]:
    """Decode octets that are no message, and give the error."""

    def expect(octets: bytes, profile: str, **options: bool) -> CodecError:
        with pytest.raises(CodecError) as caught:
            decode(octets, profile=profile, **options)
        return caught.value

    return expect
